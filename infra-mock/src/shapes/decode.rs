//! Reads request members as AWS does. If a member has the wrong type, returns AWS's message.
//!
//! The messages come from <https://github.com/floci-io/floci/pull/2686> (observed in AWS for
//! scalars, lists and structures), <https://github.com/async-aws/aws/issues/1667> (numbers),
//! <https://github.com/aws/aws-sdk-js-v3/issues/7215> (lists) and
//! <https://github.com/mhart/kinesalite> (maps, and the treatment of null as absent).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json_borrow::{ObjectAsVec, Value};

use crate::api::Blob;
use crate::time::Timestamp;

/// The error for a member with the wrong type. It contains AWS's message, if known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(pub(crate) Option<String>);

impl Mismatch {
    pub(crate) fn words(words: impl Into<String>) -> Self {
        Self(Some(words.into()))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("a member has the wrong type"))
    }
}

impl std::error::Error for Mismatch {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Json,
    Form,
    /// JSON that is read through serde, such as a snapshot. It is read as leniently as a request.
    Stored,
}

/// A request or a request member that has not yet been decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'r> {
    value: Value<'r>,
    origin: Origin,
}

impl<'r> Member<'r> {
    /// Reads a JSON object, where values have types. Returns `None` for any other text.
    pub(crate) fn json(text: &'r [u8]) -> Option<Self> {
        let value = serde_json::from_slice(text).ok()?;
        matches!(value, Value::Object(_)).then_some(Self { value, origin: Origin::Json })
    }

    /// Creates a member from a form. In a form, all values are strings, and lists are objects whose
    /// keys are numbers.
    pub(crate) fn form(value: Value<'r>) -> Self {
        Self { value, origin: Origin::Form }
    }

    /// Creates a member from JSON that is read through serde, such as a snapshot.
    pub(super) fn stored(value: Value<'r>) -> Self {
        Self { value, origin: Origin::Stored }
    }

    /// Returns the error for a value that is not a scalar of the given type.
    fn no_scalar(&self, article_and_name: &str) -> Mismatch {
        let token = match &self.value {
            Value::Array(_) => return Mismatch::words("Start of list found where not expected"),
            Value::Object(_) if self.origin == Origin::Form => {
                return Mismatch::words("Start of list found where not expected");
            }
            Value::Object(_) => {
                return Mismatch::words("Start of structure or map found where not expected.");
            }
            _ if self.origin == Origin::Form => return Mismatch(None),
            Value::Null => "NULL_VALUE",
            Value::Bool(true) => "TRUE_VALUE",
            Value::Bool(false) => "FALSE_VALUE",
            Value::Number(_) => "NUMBER_VALUE",
            Value::Str(_) => "STRING_VALUE",
        };
        Mismatch::words(format!("{token} can not be converted to {article_and_name}"))
    }

    fn integer(&self, article_and_name: &str) -> Result<i64, Mismatch> {
        let number = match (&self.value, self.origin) {
            (Value::Number(number), _) => number.as_i64().or_else(|| number.as_f64().map(whole)),
            (Value::Str(text), Origin::Form) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.no_scalar(article_and_name))
    }

    fn double(&self) -> Result<f64, Mismatch> {
        let number = match (&self.value, self.origin) {
            (Value::Number(number), _) => number.as_f64(),
            (Value::Str(text), Origin::Form) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.no_scalar("a Double"))
    }

    fn text(self) -> Result<Cow<'r, str>, Mismatch> {
        match self.value {
            Value::Str(text) => Ok(text),
            _ => Err(self.no_scalar("a String")),
        }
    }

    fn items(self) -> Result<impl Iterator<Item = Self>, Mismatch> {
        let Self { value, origin } = self;
        let items = match (value, origin) {
            (Value::Array(items), _) => items,
            (Value::Str(text), Origin::Form) if text.is_empty() => Vec::new(),
            (Value::Object(members), Origin::Form) => {
                let list = members.into_vec().into_iter().find(|(name, _)| name == "member");
                match list.map(|(_, list)| list) {
                    Some(Value::Object(items)) => by_number(items)?,
                    Some(Value::Str(text)) if text.is_empty() => Vec::new(),
                    // https://github.com/aws-beam/aws-elixir/pull/199
                    _ => {
                        return Err(Mismatch::words(
                            "Top level element may not be treated as a list",
                        ));
                    }
                }
            }
            (Value::Object(_), _) => {
                return Err(Mismatch::words("Start of structure or map found where not expected."));
            }
            _ => return Err(Mismatch::words("Expected list or null")),
        };
        let present = items.into_iter().filter(|item| !item.is_null());
        Ok(present.map(move |value| Self { value, origin }))
    }

    fn members(
        self,
        otherwise: &str,
    ) -> Result<impl Iterator<Item = (Cow<'r, str>, Self)> + use<'r>, Mismatch> {
        let Self { value, origin } = self;
        match value {
            Value::Object(members) => {
                let mut members = members.into_vec();
                // If JSON contains a name twice, the last value is used.
                let mut names = BTreeSet::new();
                members.reverse();
                members.retain(|(name, _)| names.insert(name.clone()));
                members.reverse();
                let present = members.into_iter().filter(|(_, value)| !value.is_null());
                Ok(present.map(move |(name, value)| (name, Self { value, origin })))
            }
            Value::Array(_) => Err(Mismatch::words("Start of list found where not expected")),
            _ => Err(Mismatch::words(otherwise)),
        }
    }
}

/// Rounds a number down to an integer, as AWS does.
#[expect(
    clippy::cast_possible_truncation,
    reason = "an out-of-range number is clamped to the nearest limit"
)]
fn whole(number: f64) -> i64 {
    number.floor() as i64
}

fn by_number(items: ObjectAsVec<'_>) -> Result<Vec<Value<'_>>, Mismatch> {
    let mut numbered = items
        .into_vec()
        .into_iter()
        .map(|(number, item)| Some((number.parse::<u32>().ok()?, item)))
        .collect::<Option<Vec<_>>>()
        .ok_or(Mismatch(None))?;
    numbered.sort_by_key(|(number, _)| *number);
    Ok(numbered.into_iter().map(|(_, item)| item).collect())
}

/// A type whose values can be read.
pub trait Decode {
    /// Replaces the value with that of a member.
    ///
    /// # Errors
    /// Returns an error if the member has the wrong type.
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch>;

    /// Reads a value.
    ///
    /// # Errors
    /// Returns an error if the member has the wrong type.
    fn decode(member: Member<'_>) -> Result<Self, Mismatch>
    where
        Self: Default,
    {
        let mut value = Self::default();
        value.read(member)?;
        Ok(value)
    }
}

/// A structure whose members can be read.
pub(crate) trait Slots {
    /// Returns the field of the member with this name.
    fn slot(&mut self, name: &str) -> Option<&mut dyn Decode>;
}

/// Reads the members of a structure. Unknown members are ignored, and missing members keep their
/// values.
pub(crate) fn decode_structure(
    structure: &mut dyn Slots,
    member: Member<'_>,
) -> Result<(), Mismatch> {
    for (name, member) in member.members("Expected null")? {
        if let Some(slot) = structure.slot(&name) {
            slot.read(member)?;
        }
    }
    Ok(())
}

impl Decode for bool {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = match &member.value {
            Value::Bool(is) => *is,
            // AWS also accepts strings in JSON: https://github.com/mhart/kinesalite
            Value::Str(text) if text.eq_ignore_ascii_case("true") => true,
            Value::Str(text) if text.eq_ignore_ascii_case("false") => false,
            _ => return Err(member.no_scalar("a Boolean")),
        };
        Ok(())
    }
}

impl Decode for i32 {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = member.integer("an Integer")?.try_into().map_err(|_| Mismatch(None))?;
        Ok(())
    }
}

impl Decode for i64 {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = member.integer("a Long")?;
        Ok(())
    }
}

impl Decode for f64 {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = member.double()?;
        Ok(())
    }
}

impl Decode for String {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = member.text()?.into_owned();
        Ok(())
    }
}

impl Decode for Blob {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        self.0 = BASE64_STANDARD.decode(&*member.text()?).map_err(|_| Mismatch(None))?;
        Ok(())
    }
}

/// JSON requests contain a number of seconds, and forms contain text. In snapshots, both occur.
impl Decode for Timestamp {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = match &member.value {
            Value::Str(text) if member.origin != Origin::Json => {
                text.parse().map_err(|_| Mismatch(None))?
            }
            _ => Self::from_seconds(member.double()?),
        };
        Ok(())
    }
}

impl Decode for serde_json::Value {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = member.value.into();
        Ok(())
    }
}

impl<T: Decode + Default> Decode for Option<T> {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = Some(T::decode(member)?);
        Ok(())
    }
}

impl<T: Decode + Default> Decode for Vec<T> {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        *self = member.items()?.map(T::decode).collect::<Result<_, _>>()?;
        Ok(())
    }
}

impl<T: Decode + Default> Decode for BTreeMap<String, T> {
    fn read(&mut self, member: Member<'_>) -> Result<(), Mismatch> {
        let entries = member.members("Expected map or null")?;
        *self = entries
            .map(|(key, value)| Ok((key.into_owned(), T::decode(value)?)))
            .collect::<Result<_, Mismatch>>()?;
        Ok(())
    }
}
