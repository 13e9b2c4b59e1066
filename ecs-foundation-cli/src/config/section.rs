//! What a table of the file can hold.
//!
//! A [`Section`] is a table; its one list of [`Key`]s is what the file is read by, what an unknown key is
//! measured against, what the schema is made of, and what the tests compare the reference with.

use std::ops::Range;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::DeValue;

use super::error::{At, ConfigError};
use super::reader::Reader;
use super::schema;

/// A table of the file and the keys that it has.
pub(super) trait Section: Sized + 'static {
    const KEYS: &'static [Key<Self>];

    /// What the schema of the table says beyond its keys.
    fn rules() -> Value {
        json!({})
    }
}

/// A key of a table: its name, what it is for, what its value may be, and what that does to the table's target.
pub(super) struct Key<T> {
    pub(super) name: &'static str,
    /// For who writes the file, in an editor that knows the schema.
    pub(super) about: &'static str,
    /// The schema of the value.
    pub(super) shape: fn() -> Value,
    pub(super) read: Read<T>,
    /// Adds the paths of what is below it, under a prefix.
    below: fn(&str, &mut Vec<String>),
    /// Whether the tables of environments lack it.
    pub(super) only_top: bool,
}

/// Takes a value into the target of its table.
type Read<T> = fn(&mut Reader<'_>, &Entry<'_>, &mut T);

impl<T> Key<T> {
    /// A key whose value is no section.
    pub(super) const fn value(
        name: &'static str,
        about: &'static str,
        shape: fn() -> Value,
        read: Read<T>,
    ) -> Self {
        Self { name, about, shape, read, below: |_, _| (), only_top: false }
    }

    /// A key whose value is a section.
    pub(super) const fn section<S: Section>(
        name: &'static str,
        about: &'static str,
        read: Read<T>,
    ) -> Self {
        let (shape, below) = (schema::table::<S> as fn() -> Value, collect_paths::<S> as _);
        Self { name, about, shape, read, below, only_top: false }
    }

    /// A key whose value is a list of sections.
    pub(super) const fn sections<S: Section>(
        name: &'static str,
        about: &'static str,
        read: Read<T>,
    ) -> Self {
        Self { shape: schema::tables::<S>, ..Self::section::<S>(name, about, read) }
    }

    /// The same key, which the tables of environments do not have.
    pub(super) const fn only_top(self) -> Self {
        Self { only_top: true, ..self }
    }
}

/// The paths of every key of a section and of those below it.
pub(super) fn paths<S: Section>() -> Vec<String> {
    let mut paths = Vec::new();
    collect_paths::<S>("", &mut paths);
    paths
}

fn collect_paths<S: Section>(prefix: &str, paths: &mut Vec<String>) {
    for key in S::KEYS {
        let path = join(prefix, key.name);
        (key.below)(&path, paths);
        paths.push(path);
    }
}

/// A value of the file and where it is.
pub(super) struct Entry<'a> {
    /// The setting, without the table of an environment.
    pub(super) path: String,
    pub(super) value: &'a Spanned<DeValue<'a>>,
    /// Where its key is, or itself where it has none.
    pub(super) key: Range<usize>,
}

impl<'a> Entry<'a> {
    /// What to underline: the value, or the header of a table.
    pub(super) fn span(&self) -> Range<usize> {
        match self.value.get_ref() {
            DeValue::Table(_) => self.key.clone(),
            _ => self.value.span(),
        }
    }

    /// An error about a part of the entry.
    pub(super) fn error_at(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        ConfigError::new(message).about(&self.path).mark(At::File(span), None)
    }

    /// An error about the value of the entry.
    pub(super) fn error(&self, message: impl Into<String>) -> ConfigError {
        self.error_at(self.span(), message)
    }

    /// An item of the entry's list.
    pub(super) fn item(&self, index: usize, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { path: format!("{}[{index}]", self.path), value, key: value.span() }
    }
}

/// A path and one more key.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
