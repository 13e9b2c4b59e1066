//! The tables of the file and their keys.
//!
//! A [`Section`] is a table. The reader, the suggestions for unknown keys, the schema and the tests
//! of the reference file all use the section's list of [`Key`]s. A key consists of its name, its
//! documentation and the field that it sets. The type of the field determines how the value is read
//! and which schema it has.

use std::ops::Range;

use serde_json::{Value as Json, json};
use toml::Spanned;
use toml::de::DeValue;

use super::error::{At, ConfigError};
use super::reader::Reader;
use super::settings::Given;
use super::value::Value;

/// A table of the file and its keys.
pub(super) trait Section: Default + 'static {
    /// Returns the keys of the table.
    fn keys(keys: &mut Keys<Self>);

    /// Returns additional schema rules for the table.
    fn rules() -> Json {
        json!({})
    }

    /// Reports missing keys. Only tables that are items of a list need this check.
    fn check(&self, _reader: &mut Reader<'_>, _entry: &Entry<'_>) {}
}

/// A key of a table that is read into a `T`.
pub(super) struct Key<T> {
    pub(super) name: &'static str,
    /// The description of the key in the schema.
    pub(super) about: &'static str,
    /// Whether the key is allowed only at the top level, not in environment tables.
    pub(super) only_top: bool,
    /// Whether the key's value is a list that must contain at least one item.
    pub(super) non_empty: bool,
    schema: fn() -> Json,
    /// Adds the paths of all nested keys. Each path starts with the given prefix.
    below: fn(&str, &mut Vec<String>),
    read: Box<Read<T>>,
}

type Read<T> = dyn Fn(&mut Reader<'_>, &Entry<'_>, &mut T);

impl<T> Key<T> {
    pub(super) fn schema(&self) -> Json {
        (self.schema)()
    }

    pub(super) fn read(&self, reader: &mut Reader<'_>, entry: &Entry<'_>, target: &mut T) {
        (self.read)(reader, entry, target);
    }

    /// Allows the key only at the top level.
    pub(super) fn only_top(&mut self) {
        self.only_top = true;
    }

    /// Makes the schema require at least one item in the key's list.
    pub(super) fn non_empty(&mut self) {
        self.non_empty = true;
    }
}

/// The keys of a table.
pub(super) struct Keys<T>(Vec<Key<T>>);

impl<T: 'static> Keys<T> {
    /// Adds a key that sets a field.
    pub(super) fn key<V: Value>(
        &mut self,
        name: &'static str,
        about: &'static str,
        field: impl Fn(&mut T) -> &mut V + 'static,
    ) -> &mut Key<T> {
        self.add::<V>(
            name,
            about,
            Box::new(move |reader, entry, target| V::read_over(reader, entry, field(target))),
        )
    }

    /// Adds a key and a function that stores its value in one or more fields.
    pub(super) fn set<V: Value>(
        &mut self,
        name: &'static str,
        about: &'static str,
        set: impl Fn(&mut T, V) + 'static,
    ) -> &mut Key<T> {
        self.add::<V>(
            name,
            about,
            Box::new(move |reader, entry, target| {
                if let Some(value) = V::read(reader, entry) {
                    set(target, value);
                }
            }),
        )
    }

    fn add<V: Value>(
        &mut self,
        name: &'static str,
        about: &'static str,
        read: Box<Read<T>>,
    ) -> &mut Key<T> {
        let (schema, below) = (V::schema as fn() -> Json, V::paths as _);
        let at = self.0.len();
        self.0.push(Key { name, about, only_top: false, non_empty: false, schema, below, read });
        &mut self.0[at]
    }
}

/// Adds keys to a list, each with its name and documentation. By default, a key sets the field of
/// `$at` that has the same name. Parentheses after the name select another field; a function after
/// the documentation can set one or more fields. Brackets contain a method of [`Key`] to call.
macro_rules! define_keys {
    ($keys:ident, $it:ident => $at:expr; $(
        $name:ident $([$option:ident])? $(($field:expr))?: $about:expr $(=> $set:expr)?;
    )+) => {
        $(define_keys!(@add $keys, $it => $at; $name, $about $(, field $field)? $(, set $set)?)
            $(.$option())?;)+
    };
    (@add $keys:ident, $it:ident => $at:expr; $name:ident, $about:expr) => {
        $keys.key(stringify!($name), $about, move |$it| &mut $at.$name)
    };
    (@add $keys:ident, $it:ident => $at:expr; $name:ident, $about:expr, field $field:expr) => {
        $keys.key(stringify!($name), $about, move |$it| &mut $field)
    };
    (@add $keys:ident, $it:ident => $at:expr; $name:ident, $about:expr, set $set:expr) => {
        $keys.set(stringify!($name), $about, $set)
    };
}
pub(super) use define_keys;

/// Returns the keys of a section.
pub(super) fn keys<S: Section>() -> Vec<Key<S>> {
    let mut keys = Keys(Vec::new());
    S::keys(&mut keys);
    keys.0
}

/// Returns the paths of all keys in a section, including nested keys.
pub(super) fn paths<S: Section>() -> Vec<String> {
    let mut paths = Vec::new();
    collect_paths::<S>("", &mut paths);
    paths
}

pub(super) fn collect_paths<S: Section>(prefix: &str, paths: &mut Vec<String>) {
    for key in keys::<S>() {
        let path = join(prefix, key.name);
        (key.below)(&path, paths);
        paths.push(path);
    }
}

/// A value and its location.
pub(super) struct Entry<'a> {
    /// The path of the setting, relative to the environment's table or to the top level.
    pub(super) path: String,
    pub(super) value: &'a Spanned<DeValue<'a>>,
    /// The location of the key, or the location of the value if there is no key.
    pub(super) key: Range<usize>,
    /// The option or variable that set the value, or `None` for a value from the file.
    pub(super) given: Option<&'a Given>,
}

impl<'a> Entry<'a> {
    /// Creates an entry for a value in the file.
    pub(super) fn new(path: String, key: Range<usize>, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { path, value, key, given: None }
    }

    /// Returns the part of the file to underline: the value, or the header of a table.
    pub(super) fn span(&self) -> Range<usize> {
        match self.value.get_ref() {
            DeValue::Table(_) => self.key.clone(),
            _ => self.value.span(),
        }
    }

    /// Returns where the value was given.
    pub(super) fn at(&self) -> At {
        self.given.map_or_else(|| At::File(self.span()), |given| At::Given(given.clone()))
    }

    /// Returns the last part of the setting's path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// Returns an error about a part of the file.
    pub(super) fn error_at(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        ConfigError::new(message).about(&self.path).mark(At::File(span), None)
    }

    /// Returns an error about the value.
    pub(super) fn error(&self, message: impl Into<String>) -> ConfigError {
        ConfigError::new(message).about(&self.path).mark(self.at(), None)
    }

    /// Creates an entry for an item of this entry's list.
    pub(super) fn item(&self, index: usize, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self::new(format!("{}[{index}]", self.path), value.span(), value)
    }
}

/// Appends a key to a path.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
