//! What a table of the file can hold.
//!
//! A [`Section`] is a table; its one list of [`Key`]s is what the file is read by, what an unknown key is
//! measured against, and what the tests compare the reference with.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::error::{At, ConfigError};
use super::reader::Reader;

/// A table of the file and the keys that it has.
pub(super) trait Section: Sized + 'static {
    const KEYS: &'static [Key<Self>];
}

/// A key of a table: its name, and what it does to the table's target.
pub(super) struct Key<T> {
    pub(super) name: &'static str,
    pub(super) read: fn(&mut Reader<'_>, &Entry<'_>, &mut T),
    /// Adds the paths of what is below it, under a prefix.
    below: fn(&str, &mut Vec<String>),
    /// Whether the tables of environments lack it.
    pub(super) only_top: bool,
}

impl<T> Key<T> {
    /// A key whose value is no section.
    pub(super) const fn value(
        name: &'static str,
        read: fn(&mut Reader<'_>, &Entry<'_>, &mut T),
    ) -> Self {
        Self { name, read, below: |_, _| (), only_top: false }
    }

    /// A key whose value is a section, or a list of them.
    pub(super) const fn section<S: Section>(
        name: &'static str,
        read: fn(&mut Reader<'_>, &Entry<'_>, &mut T),
    ) -> Self {
        Self { name, read, below: collect_paths::<S>, only_top: false }
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
