//! Reads request members as AWS does. If a member has the wrong type, returns AWS's message.
//!
//! The messages come from <https://github.com/floci-io/floci/pull/2686> (observed in AWS for
//! scalars, lists and structures), <https://github.com/async-aws/aws/issues/1667> (numbers),
//! <https://github.com/aws/aws-sdk-js-v3/issues/7215> (lists) and
//! <https://github.com/mhart/kinesalite> (maps, and the treatment of null as absent).

use std::fmt;

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// The error for a member with the wrong type. It contains AWS's message, if known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch(pub(super) Option<String>);

impl Mismatch {
    pub(super) fn words(words: impl Into<String>) -> Self {
        Self(Some(words.into()))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("a member has the wrong type"))
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(None)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Json,
    Form,
}

/// An untyped value: a request or a request member that has not yet been deserialized.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    value: Value,
    origin: Origin,
}

impl Member {
    /// Creates a member from JSON, where values have types.
    pub(super) fn json(value: Value) -> Self {
        Self { value, origin: Origin::Json }
    }

    /// Creates a member from a form. In a form, all values are strings, and lists are objects whose
    /// keys are numbers.
    pub(super) fn form(value: Value) -> Self {
        Self { value, origin: Origin::Form }
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
            Value::String(_) => "STRING_VALUE",
        };
        Mismatch::words(format!("{token} can not be converted to {article_and_name}"))
    }

    fn integer(&self, article_and_name: &str) -> Result<i64, Mismatch> {
        let number = match (&self.value, self.origin) {
            (Value::Number(number), _) => number.as_i64().or_else(|| number.as_f64().map(whole)),
            (Value::String(text), Origin::Form) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.no_scalar(article_and_name))
    }

    fn items(self) -> Result<impl Iterator<Item = Self>, Mismatch> {
        let Self { value, origin } = self;
        let items = match (value, origin) {
            (Value::Array(items), _) => items,
            (Value::String(text), Origin::Form) if text.is_empty() => Vec::new(),
            (Value::Object(mut members), Origin::Form) => match members.remove("member") {
                Some(Value::Object(items)) => by_number(items)?,
                Some(Value::String(text)) if text.is_empty() => Vec::new(),
                // https://github.com/aws-beam/aws-elixir/pull/199
                _ => return Err(Mismatch::words("Top level element may not be treated as a list")),
            },
            (Value::Object(_), Origin::Json) => {
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
    ) -> Result<impl Iterator<Item = (String, Self)> + use<>, Mismatch> {
        let Self { value, origin } = self;
        match value {
            Value::Object(members) => {
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

fn by_number(items: serde_json::Map<String, Value>) -> Result<Vec<Value>, Mismatch> {
    let mut numbered = items
        .into_iter()
        .map(|(number, item)| Some((number.parse::<u32>().ok()?, item)))
        .collect::<Option<Vec<_>>>()
        .ok_or(Mismatch(None))?;
    numbered.sort_by_key(|(number, _)| *number);
    Ok(numbered.into_iter().map(|(_, item)| item).collect())
}

impl IntoDeserializer<'_, Mismatch> for Member {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! integers {
    ($($method:ident as $words:literal;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            visitor.visit_i64(self.integer($words)?)
        })+
    };
}

macro_rules! texts {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.value {
                Value::String(text) => visitor.visit_string(text),
                _ => Err(self.no_scalar("a String")),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for Member {
    type Error = Mismatch;

    integers! {
        deserialize_i8 as "a Byte";
        deserialize_i16 as "a Short";
        deserialize_i32 as "an Integer";
        deserialize_i64 as "a Long";
        deserialize_u8 as "a Byte";
        deserialize_u16 as "a Short";
        deserialize_u32 as "an Integer";
        deserialize_u64 as "a Long";
    }

    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let is = match &self.value {
            Value::Bool(is) => *is,
            // AWS also accepts strings in JSON: https://github.com/mhart/kinesalite
            Value::String(text) if text.eq_ignore_ascii_case("true") => true,
            Value::String(text) if text.eq_ignore_ascii_case("false") => false,
            _ => return Err(self.no_scalar("a Boolean")),
        };
        visitor.visit_bool(is)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let number = match (&self.value, self.origin) {
            (Value::Number(number), _) => number.as_f64(),
            (Value::String(text), Origin::Form) => text.parse().ok(),
            _ => None,
        };
        visitor.visit_f64(number.ok_or_else(|| self.no_scalar("a Double"))?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_seq(SeqDeserializer::new(self.items()?))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_map(MapDeserializer::new(self.members("Expected map or null")?))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_map(MapDeserializer::new(self.members("Expected null")?))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(is),
            Value::Number(_) => self.deserialize_f64(visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 f32 bytes byte_buf unit unit_struct tuple tuple_struct enum
    }
}
