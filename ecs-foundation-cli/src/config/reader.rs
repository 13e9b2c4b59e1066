//! Reading a tree of TOML by tables of keys, with every error collected on the way.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use infra_core::names::InvalidValue;
use toml::de::{DeTable, DeValue};

use super::error::{At, ConfigError};
use super::section::{Entry, Section, join, paths};
use super::suggest::nearest;

/// Collects errors, and where each setting was given last.
pub(super) struct Reader<'t> {
    text: &'t str,
    root_paths: fn() -> Vec<String>,
    /// The table that is read by the keys of the root, `environments.NAME.` or nothing.
    scope: String,
    errors: Vec<ConfigError>,
    places: BTreeMap<String, At>,
}

impl<'t> Reader<'t> {
    pub(super) fn new<Root: Section>(text: &'t str) -> Self {
        Self {
            text,
            root_paths: paths::<Root>,
            scope: String::new(),
            errors: Vec::new(),
            places: BTreeMap::new(),
        }
    }

    pub(super) fn into_errors(self) -> Vec<ConfigError> {
        self.errors
    }

    pub(super) fn error(&mut self, error: ConfigError) {
        self.errors.push(error);
    }

    /// Where a setting was given last.
    pub(super) fn place(&self, path: &str) -> Option<&At> {
        self.places.get(path)
    }

    pub(super) fn set_place(&mut self, path: &str, at: At) {
        self.places.insert(path.to_owned(), at);
    }

    /// Whether a setting, or what is below it, has an error already.
    pub(super) fn has_failed(&self, path: &str) -> bool {
        self.errors.iter().any(|error| {
            error.path.strip_prefix(path).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')
            })
        })
    }

    /// Reads the table of one environment over `target`, with the same keys as the root. A table that is
    /// only checked leaves no trace but its errors.
    pub(super) fn environment<S: Section>(
        &mut self,
        name: &str,
        entry: &Entry<'_>,
        target: &mut S,
        only_check: bool,
    ) {
        let places = only_check.then(|| self.places.clone());
        self.scope = format!("environments.{name}.");
        if let Some(table) = self.table(entry) {
            self.entries("", table, target);
        }
        self.scope.clear();
        if let Some(places) = places {
            self.places = places;
        }
    }

    /// Reads a section.
    pub(super) fn section<S: Section>(&mut self, entry: &Entry<'_>, target: &mut S) {
        if let Some(table) = self.table(entry) {
            self.entries(&entry.path, table, target);
        }
    }

    /// Reads the table of the whole file.
    pub(super) fn root<S: Section>(&mut self, table: &DeTable<'_>, target: &mut S) {
        self.entries("", table, target);
    }

    fn entries<S: Section>(&mut self, path: &str, table: &DeTable<'_>, target: &mut S) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let entry = Entry { path: join(path, name), value, key: key.span() };
            let in_environment = path.is_empty() && !self.scope.is_empty();
            match S::KEYS.iter().find(|key| key.name == name) {
                Some(key) if key.only_top && in_environment => {
                    let message = format!("`{name}` cannot stand in [{}]", self.header(path));
                    let error = entry
                        .error_at(entry.key.clone(), message)
                        .rule(format!("`{name}` belongs to the top of the file"))
                        .hint("leave it out");
                    self.error(error);
                }
                Some(key) => {
                    self.forget(&entry.path);
                    self.set_place(&entry.path, At::File(entry.span()));
                    (key.read)(self, &entry, target);
                }
                None => self.unknown::<S>(path, &entry, name),
            }
        }
    }

    /// Forgets where an earlier value and its items were, which another one replaces.
    pub(super) fn forget(&mut self, path: &str) {
        let items = format!("{path}[");
        self.places.retain(|known, _| known != path && !known.starts_with(&items));
    }

    /// A table as its header in the file has it.
    fn header(&self, path: &str) -> String {
        format!("{}{path}", self.scope).trim_end_matches('.').to_owned()
    }

    fn unknown<S: Section>(&mut self, path: &str, entry: &Entry<'_>, name: &str) {
        let inner = path.is_empty() && !self.scope.is_empty();
        let known = S::KEYS.iter().filter(|key| !(inner && key.only_top)).map(|key| key.name);
        let elsewhere = || {
            let paths = (self.root_paths)();
            let at_top = paths.iter().any(|path| path == name);
            let table = paths.iter().find_map(|path| path.strip_suffix(name)?.strip_suffix('.'));
            match table {
                _ if at_top => Some("write it at the top, before the first table".to_owned()),
                table => table.map(|table| format!("write it in [{}]", self.header(table))),
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

    /// Reports that a value breaks the rule of its kind.
    pub(super) fn invalid(&mut self, entry: &Entry<'_>, error: &InvalidValue) {
        let is_text = matches!(entry.value.get_ref(), DeValue::String(_));
        let error =
            entry.error(title(error, is_text)).rule(error.rule()).hint_if(error.suggestion().map(
                |value| if is_text { format!("write {value:?}") } else { format!("write {value}") },
            ));
        self.error(error);
    }

    /// Reports that a value is of another type than `wanted`, for instance `a string`.
    pub(super) fn wrong_type(&mut self, entry: &Entry<'_>, wanted: &str) {
        let name = entry.path.rsplit('.').next().unwrap_or_default();
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
        let message = format!("`{name}` is {found}, where {wanted} belongs");
        let error = entry.error(message).hint_if(hint);
        self.error(error);
    }

    /// The entry's table.
    pub(super) fn table<'a>(&mut self, entry: &Entry<'a>) -> Option<&'a DeTable<'a>> {
        if let DeValue::Table(table) = entry.value.get_ref() {
            return Some(table);
        }
        self.wrong_type(entry, "a table");
        None
    }

    /// The entry's items.
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

    /// A string that a check accepts.
    pub(super) fn text<T>(
        &mut self,
        entry: &Entry<'_>,
        check: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let DeValue::String(text) = entry.value.get_ref() else {
            self.wrong_type(entry, "a string");
            return None;
        };
        check(text).map_err(|error| self.invalid(entry, &error)).ok()
    }

    /// A string that is one of a kind of names.
    pub(super) fn parse<T: std::str::FromStr<Err = InvalidValue>>(
        &mut self,
        entry: &Entry<'_>,
    ) -> Option<T> {
        self.text(entry, str::parse)
    }

    /// A list of strings, each of which a check accepts.
    pub(super) fn texts<T>(
        &mut self,
        entry: &Entry<'_>,
        check: impl Fn(&str) -> Result<T, InvalidValue>,
    ) -> Option<Vec<T>> {
        let items = self.list(entry)?;
        let texts: Vec<_> = items.iter().map(|item| self.text(item, &check)).collect();
        texts.into_iter().collect()
    }

    /// Such a list, which is not empty; `rule` says why.
    pub(super) fn some_texts<T>(
        &mut self,
        entry: &Entry<'_>,
        rule: &str,
        check: impl Fn(&str) -> Result<T, InvalidValue>,
    ) -> Option<Vec<T>> {
        let texts = self.texts(entry, check)?;
        if texts.is_empty() {
            let name = entry.path.rsplit('.').next().unwrap_or_default();
            let error = entry.error(format!("the list `{name}` is empty")).rule(rule);
            self.error(error);
            return None;
        }
        Some(texts)
    }

    /// The character at a line and column of a string's text, where the file has that text as it is, that
    /// is, without escapes.
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

    /// A list of sections.
    pub(super) fn sections<S: Section + Default>(&mut self, entry: &Entry<'_>) -> Option<Vec<S>> {
        let items = self.list(entry)?;
        let sections = items.iter().map(|item| {
            let errors = self.errors.len();
            let mut section = S::default();
            self.section(item, &mut section);
            (self.errors.len() == errors).then_some(section)
        });
        let sections: Vec<_> = sections.collect();
        sections.into_iter().collect()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, entry: &Entry<'_>) -> Option<bool> {
        if let DeValue::Boolean(value) = entry.value.get_ref() {
            return Some(*value);
        }
        self.wrong_type(entry, "a boolean");
        None
    }

    /// A whole number in a range; `what` is for instance `weight`.
    pub(super) fn number(
        &mut self,
        entry: &Entry<'_>,
        what: &'static str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let DeValue::Integer(number) = entry.value.get_ref() else {
            self.wrong_type(entry, "an integer");
            return None;
        };
        let value = i64::from_str_radix(number.as_str(), number.radix());
        // What no 64 bits hold is beyond every range.
        let value =
            value.unwrap_or(if number.as_str().starts_with('-') { i64::MIN } else { i64::MAX });
        let within = u32::try_from(value).ok().filter(|value| range.contains(value));
        if within.is_none() {
            let nearest = value.clamp(i64::from(*range.start()), i64::from(*range.end()));
            let rule = match *range.end() {
                u32::MAX => format!("write {} or more", range.start()),
                end => format!("a {what} is from {} to {end}", range.start()),
            };
            let shown = self.text.get(entry.value.span()).unwrap_or_else(|| number.as_str());
            let error = InvalidValue::new(what, shown, rule, Some(nearest.to_string()));
            self.invalid(entry, &error);
        }
        within
    }
}

/// What is wrong, in one line.
pub(super) fn title(error: &InvalidValue, is_text: bool) -> String {
    let value = shorten(error.value());
    if is_text {
        format!("{value:?} is not a valid {}", error.what())
    } else {
        format!("{value} is not a valid {}", error.what())
    }
}

/// Puts a value, if it is there.
pub(super) fn put<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

/// A value short enough for a line.
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
