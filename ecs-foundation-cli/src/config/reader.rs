//! Reads a TOML document according to the lists of keys, and collects all errors.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;
use std::str::FromStr;

use infra_core::names::InvalidValue;
use infra_core::values::nearest;
use toml::de::{DeTable, DeValue};

use super::error::{At, ConfigError};
use super::section::{Entry, Section, join, keys, paths};
use super::settings::Origin;

/// The maximum number of errors to keep. Further errors are only counted, because reporting
/// millions of errors would take minutes.
pub(super) const MOST_ERRORS: usize = 100;

/// Reads tables, collects errors, and records where each setting was last given.
#[derive(Clone)]
pub(super) struct Reader<'t> {
    text: &'t str,
    root_paths: fn() -> Vec<String>,
    /// The prefix of the table that is being read: `environments.NAME.`, or empty.
    scope: String,
    errors: Vec<ConfigError>,
    /// The number of errors that were not kept because there were already [`MOST_ERRORS`].
    more: usize,
    places: BTreeMap<String, At>,
}

impl<'t> Reader<'t> {
    pub(super) fn new<Root: Section>(text: &'t str) -> Self {
        Self {
            text,
            root_paths: paths::<Root>,
            scope: String::new(),
            errors: Vec::new(),
            more: 0,
            places: BTreeMap::new(),
        }
    }

    /// Returns the errors, and the number of errors that were not kept.
    pub(super) fn into_errors(self) -> (Vec<ConfigError>, usize) {
        (self.errors, self.more)
    }

    pub(super) fn error(&mut self, error: ConfigError) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(error);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn error_count(&self) -> usize {
        self.errors.len() + self.more
    }

    /// Returns the location where a setting was last given.
    pub(super) fn place(&self, path: &str) -> Option<&At> {
        self.places.get(path)
    }

    /// Returns the location of each setting.
    pub(super) fn places(&self) -> &BTreeMap<String, At> {
        &self.places
    }

    pub(super) fn set_places(&mut self, places: BTreeMap<String, At>) {
        self.places = places;
    }

    pub(super) fn set_place(&mut self, path: &str, at: At) {
        self.places.insert(path.to_owned(), at);
    }

    /// Returns whether a setting, or a setting nested in it, already has an error.
    pub(super) fn has_failed(&self, path: &str) -> bool {
        self.errors.iter().any(|error| {
            error.path.strip_prefix(path).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')
            })
        })
    }

    /// Reads the table of an environment into `target`. The table has the same keys as the top
    /// level. Returns the locations of the settings that apply to the environment. The reader keeps
    /// the errors, but not these locations.
    pub(super) fn environment<S: Section>(
        &mut self,
        name: &str,
        entry: &Entry<'_>,
        target: &mut S,
    ) -> BTreeMap<String, At> {
        let top = self.places.clone();
        self.scope = format!("environments.{name}.");
        if let Some(table) = self.table(entry) {
            self.entries("", table, target);
        }
        self.scope.clear();
        mem::replace(&mut self.places, top)
    }

    /// Reads a section.
    pub(super) fn section<S: Section>(&mut self, entry: &Entry<'_>, target: &mut S) {
        if let Some(table) = self.table(entry) {
            self.entries(&entry.path, table, target);
        }
    }

    /// Reads the top-level table.
    pub(super) fn root<S: Section>(&mut self, table: &DeTable<'_>, target: &mut S) {
        self.entries("", table, target);
    }

    fn entries<S: Section>(&mut self, path: &str, table: &DeTable<'_>, target: &mut S) {
        let keys = keys::<S>();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let entry = Entry::new(join(path, name), key.span(), value);
            let in_environment = path.is_empty() && !self.scope.is_empty();
            match keys.iter().find(|key| key.name == name) {
                Some(key) if key.only_top && in_environment => {
                    let message = format!("`{name}` cannot be set in [{}]", self.header(path));
                    let error = entry
                        .error_at(entry.key.clone(), message)
                        .rule(format!("`{name}` is a top-level setting"))
                        .hint("remove it");
                    self.error(error);
                }
                Some(key) => {
                    self.forget(&entry.path);
                    self.set_place(&entry.path, At::File(entry.span()));
                    key.read(self, &entry, target);
                }
                None if self.errors.len() >= MOST_ERRORS => self.more += 1,
                None => self.unknown::<S>(path, &entry, name),
            }
        }
    }

    /// Removes the locations of a replaced value and of its items.
    pub(super) fn forget(&mut self, path: &str) {
        let items = format!("{path}[");
        self.places.remove(path);
        let found = self.places.range(items.clone()..).map(|(known, _)| known);
        let of_items: Vec<_> =
            found.take_while(|known| known.starts_with(&items)).cloned().collect();
        for known in of_items {
            self.places.remove(&known);
        }
    }

    /// Returns the header of a table, without brackets.
    fn header(&self, path: &str) -> String {
        format!("{}{path}", self.scope).trim_end_matches('.').to_owned()
    }

    fn unknown<S: Section>(&mut self, path: &str, entry: &Entry<'_>, name: &str) {
        let inner = path.is_empty() && !self.scope.is_empty();
        let keys = keys::<S>();
        let known = keys.iter().filter(|key| !(inner && key.only_top)).map(|key| key.name);
        let elsewhere = || {
            let paths = (self.root_paths)();
            let at_top = paths.iter().any(|path| path == name);
            let table = paths.iter().find_map(|path| path.strip_suffix(name)?.strip_suffix('.'));
            match table {
                _ if at_top => {
                    Some("move the key to the top of the file, before the first table".to_owned())
                }
                table => table.map(|table| format!("move the key to [{}]", self.header(table))),
            }
        };
        let hint = nearest(name, known.clone())
            .map(|meant| format!("did you mean `{meant}`?"))
            .or_else(elsewhere);
        let place = match self.header(path) {
            header if header.is_empty() => header,
            header => format!(" in [{header}]"),
        };
        let message = format!("unknown key `{}`{place}", shorten(name));
        let mut error = entry.error_at(entry.key.clone(), message).hint_if(hint);
        if error.hint.is_none() {
            let keys: Vec<String> = known.map(|name| format!("`{name}`")).collect();
            error = error.rule(format!("the keys here are {}", keys.join(", ")));
        }
        self.error(error);
    }

    /// Reports a value that breaks the rule for its type.
    pub(super) fn invalid(&mut self, entry: &Entry<'_>, error: &InvalidValue) {
        let is_text = matches!(entry.value.get_ref(), DeValue::String(_));
        let hint = error.suggestion().map(|value| match entry.given.map(|given| given.origin) {
            Some(Origin::Flag(flag)) => format!("write {flag} {value}"),
            Some(Origin::Variable(variable)) => format!("write {variable}={value}"),
            None if is_text || value.parse::<i64>().is_err() => format!("write {value:?}"),
            None => format!("write {value}"),
        });
        let error = entry.error(title(error, is_text)).rule(error.rule()).hint_if(hint);
        self.error(error);
    }

    /// Reports a value that does not have the type `wanted`, for example `a string`.
    pub(super) fn wrong_type(&mut self, entry: &Entry<'_>, wanted: &str) {
        let name = entry.name();
        let (found, hint) = match (entry.value.get_ref(), wanted) {
            (DeValue::String(text), _) => {
                let unquoted = match wanted {
                    "an integer" => text.parse::<i64>().is_ok(),
                    _ => wanted == "a boolean" && matches!(text.as_ref(), "true" | "false"),
                };
                let hint = if unquoted {
                    Some(format!("write {text} without quotes"))
                } else {
                    (wanted == "a list").then(|| format!("write [{:?}]", shorten(text)))
                };
                ("a string", hint)
            }
            (DeValue::Integer(number), _) => ("an integer", quoted(wanted, number.as_str())),
            (DeValue::Float(number), _) => {
                ("a number with a fraction", quoted(wanted, number.as_str()))
            }
            (DeValue::Boolean(value), _) => ("a boolean", quoted(wanted, &value.to_string())),
            (DeValue::Datetime(value), _) => ("a date or time", quoted(wanted, &value.to_string())),
            (DeValue::Array(_), "a table") => {
                ("a list", Some("write the header in single brackets".to_owned()))
            }
            (DeValue::Array(_), _) => ("a list", None),
            (DeValue::Table(_), "a list") => {
                ("a table", Some(format!("write [[{}{}]]", self.scope, entry.path)))
            }
            (DeValue::Table(_), _) => ("a table", None),
        };
        let message = format!("`{name}` is {found}, expected {wanted}");
        let error = entry.error(message).hint_if(hint);
        self.error(error);
    }

    /// Returns the entry's table, or reports an error if the value is not a table.
    pub(super) fn table<'a>(&mut self, entry: &Entry<'a>) -> Option<&'a DeTable<'a>> {
        if let DeValue::Table(table) = entry.value.get_ref() {
            return Some(table);
        }
        self.wrong_type(entry, "a table");
        None
    }

    /// Returns the items of the entry's list, or reports an error if the value is not a list.
    pub(super) fn list<'a>(&mut self, entry: &Entry<'a>) -> Option<Vec<Entry<'a>>> {
        let DeValue::Array(items) = entry.value.get_ref() else {
            self.wrong_type(entry, "a list");
            return None;
        };
        let items: Vec<_> =
            items.iter().enumerate().map(|(index, value)| entry.item(index, value)).collect();
        for item in &items {
            self.set_place(&item.path, At::File(item.span()));
        }
        Some(items)
    }

    /// Reads a string, and reports an error unless `check` accepts it.
    pub(super) fn text<T>(
        &mut self,
        entry: &Entry<'_>,
        check: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        if let Some(given) = entry.given.filter(|given| given.value.to_str().is_none()) {
            let error = entry.error(format!("the value of {} is not UTF-8", given.origin));
            self.error(error);
            return None;
        }
        let DeValue::String(text) = entry.value.get_ref() else {
            self.wrong_type(entry, "a string");
            return None;
        };
        check(text).map_err(|error| self.invalid(entry, &error)).ok()
    }

    /// Reads a string and parses it as a `T`.
    pub(super) fn parse<T: FromStr<Err = InvalidValue>>(&mut self, entry: &Entry<'_>) -> Option<T> {
        self.text(entry, str::parse)
    }

    /// Parses a table key that is itself a value, such as a service name.
    pub(super) fn key<T: FromStr<Err = InvalidValue>>(
        &mut self,
        entry: &Entry<'_>,
        key: &str,
    ) -> Option<T> {
        let read = key.parse::<T>();
        read.map_err(|error| {
            let hint = error.suggestion().map(|known| format!("did you mean `{known}`?"));
            let error = entry.error_at(entry.key.clone(), title(&error, true)).rule(error.rule());
            self.error(error.hint_if(hint));
        })
        .ok()
    }

    /// Returns the position in the file that corresponds to a line and column in `text`. Returns
    /// `None` if the file does not contain `text` literally, for example because of escapes.
    pub(super) fn inside(
        &self,
        entry: &Entry<'_>,
        text: &str,
        line: usize,
        column: usize,
    ) -> Option<Range<usize>> {
        let value = entry.value.span();
        let start = value.start + self.text.get(value.clone())?.find(text)?;
        let before: usize =
            text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let at = (start + before + column.saturating_sub(1)).min(value.end);
        Some(at..(at + 1).min(value.end))
    }

    /// Reads an integer and converts it to the setting's type. An option or environment variable
    /// gives the integer as text.
    pub(super) fn number<T: FromStr<Err = InvalidValue>>(
        &mut self,
        entry: &Entry<'_>,
    ) -> Option<T> {
        let number = match entry.value.get_ref() {
            DeValue::Integer(number) => number,
            DeValue::String(_) if entry.given.is_some() => return self.parse(entry),
            _ => {
                self.wrong_type(entry, "an integer");
                return None;
            }
        };
        let decimal = match number.radix() {
            10 => number.as_str().to_owned(),
            // A number that does not fit into 64 bits is out of range for every setting.
            radix => i64::from_str_radix(number.as_str(), radix).unwrap_or(i64::MAX).to_string(),
        };
        let read = decimal.parse::<T>();
        read.map_err(|error| {
            let shown = self.text.get(entry.value.span()).unwrap_or(&decimal);
            let suggestion = error.suggestion().map(str::to_owned);
            let error = InvalidValue::new(error.what(), shown, error.rule(), suggestion);
            self.invalid(entry, &error);
        })
        .ok()
    }
}

/// Returns a one-line description of an invalid value.
pub(super) fn title(error: &InvalidValue, is_text: bool) -> String {
    let value = shorten(error.value());
    if is_text {
        format!("{value:?} is not a valid {}", error.what())
    } else {
        format!("{value} is not a valid {}", error.what())
    }
}

/// Shortens a value so that it fits on a line.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 72;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST - 3).collect();
    format!("{head}...")
}

fn quoted(wanted: &str, value: &str) -> Option<String> {
    (wanted == "a string").then(|| format!("write {value:?}, in quotes"))
}
