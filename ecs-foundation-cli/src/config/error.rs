//! What is wrong with a configuration: each rule that is broken, where, and what to write instead.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::endpoint::mask_users;
use super::settings::{Given, Origin};

/// One rule that the configuration breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigError {
    /// The setting, by its path in the file without the table of an environment, for instance
    /// `log_group.class`; empty where no one setting is to blame.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The rule that is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where the value was given; `None` where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(skip)]
    pub(super) marks: Vec<Mark>,
    /// Whether the text of the file is not to be shown with it.
    #[serde(skip)]
    pub(super) unquoted: bool,
}

impl ConfigError {
    /// An error that nothing given is to blame for.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
            rule: None,
            hint: None,
            place: None,
            marks: Vec::new(),
            unquoted: false,
        }
    }

    /// The same error, shown without the text of the file.
    pub(super) fn unquoted(self) -> Self {
        Self { unquoted: true, ..self }
    }

    /// The same error about a setting.
    pub(super) fn about(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub(super) fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn hint_if(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Underlines one more part of what was given. The first is where the error is.
    pub(super) fn mark(mut self, at: At, label: Option<&str>) -> Self {
        self.marks.push(Mark { at, label: label.map(str::to_owned) });
        self
    }

    /// Where errors are sorted by: first those of the file in its order, then the command line's.
    pub(super) fn order(&self) -> (bool, usize) {
        match self.marks.first().map(|mark| &mark.at) {
            Some(At::File(span)) => (false, span.start),
            Some(At::Given(_)) | None => (true, 0),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// In the file.
    File {
        /// The file's name, as it was asked for.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The character in its line, counted from 1.
        column: usize,
    },
    /// By a flag.
    Flag {
        /// The flag, for instance `--region`.
        flag: &'static str,
    },
    /// By an environment variable.
    Variable {
        /// The variable, for instance `ECS_FOUNDATION_REGION`.
        variable: &'static str,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Flag { flag } => f.write_str(flag),
            Self::Variable { variable } => f.write_str(variable),
        }
    }
}

/// What an error underlines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: At,
    pub(super) label: Option<String>,
}

/// A part of the file's text, or a value from the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum At {
    File(Range<usize>),
    Given(Given),
}

/// The file that was read, for the snippets of its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SourceFile {
    pub(super) name: String,
    pub(super) text: String,
}

impl SourceFile {
    /// Returns the text to show, of the same length: users of URLs and values of keys that are named like secrets are
    /// masked.
    pub(super) fn shown(&self) -> String {
        let line = |line: &str| {
            let masked = mask_users(line);
            match masked.find('=') {
                Some(at) if is_secret(&line[..at]) => {
                    let value = &line[at + 1..];
                    let end = value.trim_end_matches(['\r', '\n']).len();
                    format!("{}={}{}", &line[..at], "*".repeat(end), &value[end..])
                }
                _ => masked,
            }
        };
        self.text.split_inclusive('\n').map(line).collect()
    }

    pub(super) fn place(&self, at: &At) -> Place {
        match at {
            At::File(span) => {
                let before = self.text.get(..span.start).unwrap_or(&self.text);
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                Place::File {
                    file: self.name.clone(),
                    line: before.matches('\n').count() + 1,
                    column: before[line_start..].chars().count() + 1,
                }
            }
            At::Given(given) => match given.origin {
                Origin::Flag(flag) => Place::Flag { flag },
                Origin::Variable(variable) => Place::Variable { variable },
            },
        }
    }
}

/// Whether a key is named like a secret, as in AWS's credentials files.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["secret", "password", "passwd", "token", "credential", "access_key", "private", "api_key"]
        .iter()
        .any(|word| key.contains(word))
}

/// Every rule that a configuration breaks, in the order of the file, then of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    pub(super) file: SourceFile,
    errors: Vec<ConfigError>,
    more: usize,
}

impl ConfigErrors {
    pub(super) fn new(file: SourceFile, mut errors: Vec<ConfigError>) -> Self {
        for error in &mut errors {
            error.place = error.marks.first().map(|mark| file.place(&mark.at));
        }
        errors.sort_by_key(ConfigError::order);
        Self { file, errors, more: 0 }
    }

    /// The same errors, and so many more that are not kept.
    pub(super) fn and_more(self, more: usize) -> Self {
        Self { more, ..self }
    }

    /// The errors, of which there is at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.errors.iter()
    }

    /// Returns how many errors there are. [`iter`](Self::iter) has the first 100 of them at most.
    pub fn count(&self) -> usize {
        self.errors.len() + self.more
    }

    /// Returns the number of errors as a sentence.
    pub(super) fn summary(&self) -> String {
        let shown = match self.more {
            0 => String::new(),
            _ => format!("; the first {} are shown", self.errors.len()),
        };
        format!("the configuration has {} errors{shown}", self.count())
    }
}

impl<'a> IntoIterator for &'a ConfigErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errors.as_slice() {
            [only] => write!(f, "{only}"),
            _ => f.write_str(&self.summary()),
        }
    }
}

impl std::error::Error for ConfigErrors {}
