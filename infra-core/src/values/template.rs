//! Values in which placeholders stand for the account, region and partition.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use super::{Value, nearest};
use crate::arn::{AccountId, Location, Partition, Region};
use crate::names::InvalidValue;

/// The names of the placeholders.
const PLACEHOLDERS: [&str; 3] = ["account_id", "region", "partition"];

/// A value that can contain `{account_id}`, `{region}` and `{partition}`.
///
/// ```
/// use infra_core::arn::Location;
/// use infra_core::values::{KeyArn, Template};
///
/// let key: Template<KeyArn> = "arn:{partition}:kms:{region}:{account_id}:key/1234abcd".parse()?;
/// let location = Location::new("123456789012".parse()?, "eu-west-1".parse()?)?;
/// assert_eq!(
///     key.resolve(&location)?.to_string(),
///     "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
/// );
/// # Ok::<(), infra_core::names::InvalidValue>(())
/// ```
pub struct Template<T> {
    text: String,
    kind: PhantomData<fn() -> T>,
}

impl<T> Template<T> {
    /// Returns the original text, including the placeholders.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T: FromStr<Err = InvalidValue>> Template<T> {
    /// Replaces the placeholders with the values from `location`.
    ///
    /// # Errors
    /// Returns an error if the result is not a valid `T`.
    pub fn resolve(&self, location: &Location) -> Result<T, InvalidValue> {
        fill(&self.text, location).parse()
    }
}

/// Replaces the placeholders in a string. Policy variables, such as `${aws:username}`, and all
/// other braces are left unchanged.
pub(crate) fn fill(text: &str, location: &Location) -> String {
    let Location { partition, account_id, region } = location;
    let mut filled = String::with_capacity(text.len());
    for (literal, name) in parts(text) {
        filled.push_str(literal);
        match name {
            Some("account_id") => filled.push_str(account_id.as_str()),
            Some("region") => filled.push_str(region.as_str()),
            Some("partition") => filled.push_str(partition.id()),
            Some(other) => filled.extend(["{", other, "}"]),
            None => {}
        }
    }
    filled
}

/// Splits a string at its placeholders. Each pair consists of a literal and the name of the
/// placeholder that follows it. In the last pair, the name is `None`.
fn parts(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        from = open + 1;
        let Some(close) = text[from..].find(['{', '}']).map(|at| from + at) else { break };
        let name = &text[from..close];
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if text[close..].starts_with('}') && is_name && !text[..open].ends_with('$') {
            parts.push((&text[start..open], Some(name)));
            (start, from) = (close + 1, close + 1);
        }
    }
    parts.push((&text[start..], None));
    parts
}

/// Returns a sample location for checking a template before its real location is known. Any
/// location works, because the rules are the same everywhere.
pub(crate) fn sample() -> Location {
    let region: Region = "us-east-1".parse().expect("us-east-1 is a region");
    let account_id: AccountId = "123456789012".parse().expect("these are twelve digits");
    Location { partition: Partition::Aws, account_id, region }
}

impl<T: FromStr<Err = InvalidValue>> FromStr for Template<T> {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        for (_, name) in parts(text) {
            if let Some(name) = name.filter(|name| !PLACEHOLDERS.contains(name)) {
                let rule = "the valid placeholders are {account_id}, {region} and {partition}";
                let suggestion = nearest(name, PLACEHOLDERS)
                    .map(|known| text.replace(&format!("{{{name}}}"), &format!("{{{known}}}")));
                let given = format!("{{{name}}}");
                return Err(InvalidValue::new("placeholder", &given, rule, suggestion));
            }
        }
        fill(text, &sample()).parse::<T>().map_err(|error| {
            InvalidValue::new(
                error.what(),
                text,
                error.rule(),
                error.suggestion().map(str::to_owned),
            )
        })?;
        Ok(Self { text: text.to_owned(), kind: PhantomData })
    }
}

impl<T: Value> Value for Template<T> {
    fn schema() -> Json {
        T::schema()
    }
}

impl<T: fmt::Display> From<T> for Template<T> {
    fn from(value: T) -> Self {
        Self { text: value.to_string(), kind: PhantomData }
    }
}

impl<T> fmt::Display for Template<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T> Serialize for Template<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<T> fmt::Debug for Template<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<T> Clone for Template<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<T> PartialEq for Template<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Template<T> {}
