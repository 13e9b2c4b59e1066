//! Converts the types from AWS's models to text, and text to these types.
//!
//! [`structure!`] defines each type by its members. All other code works on these lists and is
//! compiled once. The code that serde derives would be compiled for each type and each format.

mod decode;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Debug as _};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

use crate::api::Blob;
use crate::time::Timestamp;

pub(crate) use decode::{Decode, Member, Mismatch, Slots, decode_structure};

/// A value of a request or response.
#[derive(Clone, PartialEq)]
pub enum View<'v> {
    /// A member that is not set, or the output of an operation without an output.
    Absent,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Double(f64),
    /// A string, or bytes in base64.
    Text(Cow<'v, str>),
    /// A point in time whose format depends on the protocol.
    Time(Timestamp),
    /// The items of a list.
    List(Vec<Self>),
    /// The entries of a map.
    Map(Vec<(&'v str, Self)>),
    /// The members of a structure that are set.
    Structure(Vec<(&'v str, Self)>),
    /// Any JSON.
    Document(&'v serde_json::Value),
}

impl<'v> View<'v> {
    /// Creates a structure in a protocol's form, and leaves out the members that are not set.
    pub fn structure(form: Form, mut members: Vec<(&'v str, Self)>) -> Self {
        members.retain_mut(|(_, value)| match value {
            Self::Absent => false,
            // In the Query protocol, an empty list cannot be distinguished from a missing list.
            Self::List(items) if form == Form::QueryRequest => !items.is_empty(),
            Self::Time(time) => {
                *value = match form {
                    Form::Json => Self::Double(time.seconds()),
                    Form::Query | Form::QueryRequest => Self::Text(time.to_string().into()),
                };
                true
            }
            _ => true,
        });
        Self::Structure(members)
    }

    /// Returns the member of a structure with this name, if it is set.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Structure(members) = self else { return None };
        members.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
impl<'v> View<'v> {
    /// Returns JSON in which each object is a structure.
    pub(crate) fn of_json(json: &'v serde_json::Value) -> Self {
        use serde_json::Value;
        match json {
            Value::Null => Self::Absent,
            Value::Bool(is) => Self::Boolean(*is),
            Value::Number(number) => number
                .as_i64()
                .map_or_else(|| Self::Double(number.as_f64().unwrap()), Self::Integer),
            Value::String(text) => Self::Text(text.into()),
            Value::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            Value::Object(members) => Self::structure(
                Form::Json,
                members.iter().map(|(name, value)| (name.as_str(), Self::of_json(value))).collect(),
            ),
        }
    }
}

/// The form of a structure, which depends on the protocol of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In JSON, a time is a number of seconds since the epoch, with a fraction.
    Json,
    /// In a response of the Query protocol, a time is text such as `2026-11-24T09:30:00Z`.
    Query,
    /// A request of the Query protocol also leaves out empty lists.
    QueryRequest,
}

/// The members and items are written in the order in which the view contains them.
impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_unit(),
            Self::Boolean(is) => serializer.serialize_bool(*is),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Double(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Time(time) => serializer.serialize_f64(time.seconds()),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) | Self::Structure(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
            Self::Document(json) => json.serialize(serializer),
        }
    }
}

/// A type whose values can be written.
pub trait Encode {
    /// Returns the value in a form that can be written.
    fn view(&self) -> View<'_>;
}

/// The output of operations without an output.
impl Encode for () {
    fn view(&self) -> View<'_> {
        View::Absent
    }
}

impl Encode for bool {
    fn view(&self) -> View<'_> {
        View::Boolean(*self)
    }
}

impl Encode for i32 {
    fn view(&self) -> View<'_> {
        View::Integer((*self).into())
    }
}

impl Encode for i64 {
    fn view(&self) -> View<'_> {
        View::Integer(*self)
    }
}

impl Encode for f64 {
    fn view(&self) -> View<'_> {
        View::Double(*self)
    }
}

impl Encode for String {
    fn view(&self) -> View<'_> {
        View::Text(self.into())
    }
}

impl Encode for Blob {
    fn view(&self) -> View<'_> {
        View::Text(BASE64_STANDARD.encode(&self.0).into())
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}

impl Encode for Timestamp {
    fn view(&self) -> View<'_> {
        View::Time(*self)
    }
}

impl Encode for serde_json::Value {
    fn view(&self) -> View<'_> {
        View::Document(self)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, T::view)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self.iter().map(T::view).collect())
    }
}

impl<T: Encode> Encode for BTreeMap<String, T> {
    fn view(&self) -> View<'_> {
        View::Map(self.iter().map(|(key, value)| (key.as_str(), value.view())).collect())
    }
}

/// Formats a structure with its name and the members that are set.
pub(crate) fn debug(name: &str, view: &View<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let View::Structure(members) = view else { return view.fmt(f) };
    let mut shown = f.debug_struct(name);
    for (name, value) in members {
        shown.field(name, value);
    }
    shown.finish()
}

/// Formats the value without the name of its variant.
impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("None"),
            Self::Boolean(is) => is.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Double(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::List(items) => items.fmt(f),
            Self::Map(members) | Self::Structure(members) => {
                f.debug_map().entries(members.iter().map(|(name, value)| (name, value))).finish()
            }
            Self::Document(json) => json.fmt(f),
        }
    }
}

/// Reads a structure from any format of serde.
pub(crate) fn deserialize<'de, T: Decode + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = serde_json_borrow::Value::deserialize(deserializer)?;
    T::decode(Member::stored(value)).map_err(D::Error::custom)
}

/// Defines a structure whose fields are members, each with its name in the protocol. With `read`,
/// the macro also implements decoding.
macro_rules! structure {
    (
        $form:ident $(#[$meta:meta])* $visible:vis struct $name:ident {
            $($member:literal => $field_visible:vis $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $visible struct $name {
            $($field_visible $field: $type,)*
        }

        impl $crate::shapes::Encode for $name {
            fn view(&self) -> $crate::shapes::View<'_> {
                $crate::shapes::View::structure(
                    $crate::shapes::Form::$form,
                    vec![$(($member, $crate::shapes::Encode::view(&self.$field))),*],
                )
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::shapes::debug(stringify!($name), &$crate::shapes::Encode::view(self), f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::shapes::Encode::view(self), serializer)
            }
        }
    };
    (
        read $form:ident $(#[$meta:meta])* $visible:vis struct $name:ident {
            $($member:literal => $field_visible:vis $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $crate::shapes::structure!($form $(#[$meta])* $visible struct $name {
            $($member => $field_visible $field: $type),*
        });

        impl $crate::shapes::Slots for $name {
            fn slot(&mut self, name: &str) -> Option<&mut dyn $crate::shapes::Decode> {
                match name {
                    $($member => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }

        impl $crate::shapes::Decode for $name {
            fn read(
                &mut self,
                member: $crate::shapes::Member<'_>,
            ) -> Result<(), $crate::shapes::Mismatch> {
                $crate::shapes::decode_structure(self, member)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                $crate::shapes::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use structure;
