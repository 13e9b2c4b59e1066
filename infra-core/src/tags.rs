//! Tags, checked against rules that are the same in all supported AWS services.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::names::InvalidValue;

/// The key of the tag that determines the ownership of a resource.
pub const NAME_KEY: &str = "Name";

/// The maximum number of tags on a resource.
pub const MAX_TAGS: usize = 50;

/// The tags of a resource. There can be at most 50 tags. A key has 1 to 128 characters and must not
/// start with `aws:`. A value has at most 256 characters.
///
/// Source: <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Creates an empty set of tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates tags from an AWS response. The tags are not checked, because AWS's own tags have
    /// keys that [`Tags::set`] rejects.
    pub fn observed(tags: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(tags.into_iter().collect())
    }

    /// Sets a tag.
    ///
    /// # Errors
    /// Returns an error if the key or value is invalid, or if there are already 50 tags.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), InvalidValue> {
        check(key, value)?;
        if self.0.len() == MAX_TAGS && !self.0.contains_key(key) {
            return Err(InvalidValue::new("tag", key, "a resource can have at most 50 tags", None));
        }
        self.0.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// Returns the value of a tag.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Returns the value of the `Name` tag.
    pub fn name(&self) -> Option<&str> {
        self.get(NAME_KEY)
    }

    /// Returns the number of tags.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no tags.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over keys and values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns the tags that are missing from `other` or have a different value there.
    pub fn missing_from(&self, other: &Self) -> Self {
        let missing = self.iter().filter(|(key, value)| other.get(key) != Some(value));
        Self::observed(missing.map(|(key, value)| (key.to_owned(), value.to_owned())))
    }

    /// Returns the keys that are not in `wanted`, except keys that are reserved for AWS.
    pub fn keys_beyond(&self, wanted: &Self) -> Vec<String> {
        let extra = self.0.keys().filter(|key| wanted.get(key).is_none() && !is_reserved(key));
        extra.cloned().collect()
    }
}

impl Tags {
    /// Returns the rules for tags as a draft-7 JSON Schema. The schema rejects a `Name` tag,
    /// because the resource's name determines the value of that tag.
    pub fn schema() -> serde_json::Value {
        serde_json::json!({
            "type": "object",
            "propertyNames": {
                "minLength": 1,
                "maxLength": 128,
                "not": { "anyOf": [{ "const": NAME_KEY }, { "pattern": "^[aA][wW][sS]:" }] },
            },
            "additionalProperties": { "type": "string", "maxLength": 256 },
            "maxProperties": MAX_TAGS,
        })
    }
}

/// Returns whether a string starts with `aws:`, ignoring case. AWS reserves this prefix in keys
/// and, for some services, also in values.
pub(crate) fn is_reserved(text: &str) -> bool {
    text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

const CHARACTERS: &str = "use letters, digits, spaces and any of _ . : / = + - @; AWS does not \
                          accept combining marks, such as vowel signs";

/// Returns whether a character is allowed in the keys and values of tags. All services use the
/// pattern `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
fn allowed(c: char) -> bool {
    use GeneralCategoryGroup::{Letter, Number, Separator};
    matches!(c.general_category_group(), Letter | Number | Separator) || "_.:/=+-@".contains(c)
}

fn check(key: &str, value: &str) -> Result<(), InvalidValue> {
    let invalid = |what, given: &str, rule: &str| Err(InvalidValue::new(what, given, rule, None));
    if key.is_empty() || key.chars().count() > 128 {
        return invalid("tag key", key, "a tag key must have 1 to 128 characters");
    }
    if is_reserved(key) {
        return invalid("tag key", key, "keys that begin with aws: are reserved for AWS");
    }
    if !key.chars().all(allowed) {
        return invalid("tag key", key, CHARACTERS);
    }
    if value.chars().count() > 256 {
        return invalid("tag value", value, "a tag value can have at most 256 characters");
    }
    if !value.chars().all(allowed) {
        return invalid("tag value", value, CHARACTERS);
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = BTreeMap::<String, String>::deserialize(deserializer)?;
        let mut tags = Self::new();
        for (key, value) in given {
            tags.set(&key, &value).map_err(serde::de::Error::custom)?;
        }
        Ok(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::Tags;

    #[test]
    fn aws_rules_are_checked() {
        let mut tags = Tags::new();
        assert!(tags.set("Name", "demo").is_ok());
        assert!(tags.set("", "x").is_err());
        assert!(tags.set("AWS:x", "x").is_err());
        assert!(tags.set(&"k".repeat(129), "x").is_err());
        assert!(tags.set("k", &"v".repeat(257)).is_err());
        assert!(tags.set("k", "a|b").is_err());
        assert!(tags.set("k", "a b\u{a0}c").is_ok());
        for letters in ["Größe", "名前", "हल", "Ⅷ", "½"] {
            assert!(tags.set("k", letters).is_ok(), "{letters}");
        }
        for marks in ["की", "\u{940}", "e\u{301}"] {
            assert!(tags.set("k", marks).is_err() && tags.set(marks, "v").is_err(), "{marks}");
        }
        for separator in ['\t', '\n', '\r', '\u{85}'] {
            assert!(tags.set("k", &format!("a{separator}b")).is_err(), "{separator:?}");
            assert!(tags.set(&format!("a{separator}b"), "v").is_err(), "{separator:?}");
        }
        tags = Tags::new();
        tags.set("Name", "demo").unwrap();
        for i in 1..50 {
            tags.set(&format!("k{i}"), "").unwrap();
        }
        assert!(tags.set("one more", "").is_err());
        assert!(tags.set("k1", "changed").is_ok());
    }

    #[test]
    fn difference_contains_tags_to_set_and_additional_keys() {
        let of = |pairs: &[(&str, &str)]| {
            Tags::observed(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
        };
        let wanted = of(&[("Name", "x"), ("Team", "a")]);
        let found = of(&[("Name", "x"), ("Team", "b"), ("Owner", "me"), ("aws:createdBy", "y")]);
        assert_eq!(wanted.missing_from(&found), of(&[("Team", "a")]));
        assert_eq!(found.keys_beyond(&wanted), ["Owner"]);
    }
}
