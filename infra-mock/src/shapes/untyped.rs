//! Values of requests whose types are not yet known.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// A value of a request. Unlike [`Value`], it borrows strings from the request. Strings with
/// escapes are copied.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Untyped<'r> {
    Null,
    Boolean(bool),
    Number(Number),
    Text(Cow<'r, str>),
    List(Vec<Self>),
    /// The members. Each name occurs once.
    Object(Vec<(Cow<'r, str>, Self)>),
}

impl From<Untyped<'_>> for Value {
    fn from(untyped: Untyped<'_>) -> Self {
        match untyped {
            Untyped::Null => Self::Null,
            Untyped::Boolean(is) => Self::Bool(is),
            Untyped::Number(number) => Self::Number(number),
            Untyped::Text(text) => Self::String(text.into_owned()),
            Untyped::List(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Untyped::Object(members) => Self::Object(
                members
                    .into_iter()
                    .map(|(name, value)| (name.into_owned(), value.into()))
                    .collect(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Untyped<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Untyped<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Untyped::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Untyped::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, is: bool) -> Result<Self::Value, E> {
        Ok(Untyped::Boolean(is))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Untyped::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Untyped::Number(number.into()))
    }

    /// JSON has no infinite numbers, so they become null, as in [`Value`].
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Untyped::Null, Untyped::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Untyped::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Untyped::Text(text.to_owned().into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Untyped::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Untyped::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object: Vec<(Cow<'de, str>, Untyped<'de>)> = Vec::new();
        while let Some((Name(name), value)) = members.next_entry()? {
            object.push((name, value));
        }
        // If a name occurs twice, the last value is used.
        let mut names = BTreeSet::new();
        object.reverse();
        object.retain(|(name, _)| names.insert(name.clone()));
        object.reverse();
        Ok(Untyped::Object(object))
    }
}

/// The name of a member. Serde borrows a `Cow` only with `#[serde(borrow)]`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);
