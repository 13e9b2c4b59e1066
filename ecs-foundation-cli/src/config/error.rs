//! Configuration errors, each with the violated rule, the location and a suggested correction.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use super::endpoint::mask_users;
use super::settings::{Given, Origin};

/// An error in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigError {
    /// The path of the setting, for example `log_group.class`, without the environment's table. It
    /// is empty if the error is not about a single setting.
    pub path: String,
    /// The message.
    pub message: String,
    /// The violated rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How to correct the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The location of the error, or `None` if there is none, for example because a value is
    /// missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(skip)]
    pub(super) marks: Vec<Mark>,
    /// Whether to report the error without quoting the file, which may contain secrets.
    #[serde(skip)]
    pub(super) unquoted: bool,
}

impl ConfigError {
    /// Creates an error without a location.
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

    /// Disables quoting the file when the error is shown.
    pub(super) fn unquoted(self) -> Self {
        Self { unquoted: true, ..self }
    }

    /// Sets the path of the setting.
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

    /// Underlines a part of the input when the error is shown. The first part that is added becomes
    /// the location of the error.
    pub(super) fn mark(mut self, at: At, label: Option<&str>) -> Self {
        self.marks.push(Mark { at, label: label.map(str::to_owned) });
        self
    }

    /// Returns a sort key. Errors in the file come first, by position, and then all others.
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

/// The location where a value was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// In the file.
    File {
        /// The name of the file, as it was given.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
    },
    /// On the command line.
    Flag {
        /// The option, for example `--region`.
        flag: &'static str,
    },
    /// In an environment variable.
    Variable {
        /// The variable, for example `ECS_FOUNDATION_REGION`.
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

/// A part of the input that an error underlines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: At,
    pub(super) label: Option<String>,
}

/// A part of the file's text, or the value of an option or environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum At {
    File(Range<usize>),
    Given(Given),
}

/// The name and text of the configuration file, which error messages quote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SourceFile {
    pub(super) name: String,
    pub(super) text: String,
}

impl SourceFile {
    /// Returns the text with secrets masked by asterisks, so that positions do not change. Secrets
    /// are user names and passwords in URLs, and the values of keys whose names suggest a secret.
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

/// Returns whether a key's name suggests a secret, as `aws_secret_access_key` does.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["secret", "password", "passwd", "token", "credential", "access_key", "private", "api_key"]
        .iter()
        .any(|word| key.contains(word))
}

/// The errors in a configuration: first those in the file, by position, and then all others.
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

    /// Sets the number of further errors, which were counted but not kept.
    pub(super) fn and_more(self, more: usize) -> Self {
        Self { more, ..self }
    }

    /// Returns the errors. There is always at least one error.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.errors.iter()
    }

    /// Returns the number of errors. [`iter`](Self::iter) returns at most the first 100 errors.
    pub fn count(&self) -> usize {
        self.errors.len() + self.more
    }

    /// Returns a message with the number of errors.
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
