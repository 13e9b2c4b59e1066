//! Reads settings from the environment and the AWS configuration files, and interprets them as the
//! AWS CLI does.
//!
//! This module does not use aws-config, because aws-config panics on some values and its order of
//! precedence differs from the AWS CLI's. The rules are the same as in botocore's `session.py` and
//! `configloader.py`
//! (<https://github.com/boto/botocore/blob/develop/botocore/configloader.py>).

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use infra_core::error::{Error, ErrorKind, Result};

use super::ini::{self, Entry, Options, Sections};

/// The environment, the configuration files and the selected profile.
///
/// The `Debug` output omits the values, because many are secrets.
pub(super) struct Settings {
    environment: HashMap<String, String>,
    config: File,
    credentials: File,
    profiles: BTreeMap<String, Values>,
    chosen: Chosen,
}

/// The selected profile.
#[derive(Debug)]
struct Chosen {
    name: String,
    /// The option or variable that selects the profile, or `None` for the default profile.
    origin: Option<&'static str>,
}

/// A configuration file.
#[derive(Debug)]
struct File {
    path: Arc<Path>,
    sections: Sections,
    /// The reason why the file could not be read, or `None` if it was read.
    missing: Option<String>,
}

/// The values of a profile. The credentials file overrides the configuration file.
type Values = BTreeMap<String, (Arc<Path>, Entry)>;

/// A value and its origin, such as `AWS_REGION` or `region in /home/me/.aws/config, line 3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) value: String,
    pub(super) origin: String,
}

/// One of the two configuration files. Some keys are read from only one of the files.
#[derive(Clone, Copy, Debug)]
pub(super) enum FileKind {
    Config,
    Credentials,
}

impl Settings {
    /// Reads the environment of this process and the configuration files.
    pub(super) fn load(profile: Option<&str>) -> Result<Self> {
        // A variable is ignored if its name or its value is not UTF-8.
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::of(env::vars_os().filter_map(text).collect(), profile)
    }

    fn of(environment: HashMap<String, String>, profile: Option<&str>) -> Result<Self> {
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let file = |name: &str, default: &str| {
            let path = variable(name).map_or(default, String::as_str);
            File::read(&expand(path, &environment))
        };
        let config = file("AWS_CONFIG_FILE", "~/.aws/config")?;
        let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")?;
        let mut profiles = BTreeMap::<String, Values>::new();
        for (section, options) in &config.sections {
            if let Some(name) = named(section, "profile") {
                // As in botocore, a second section for a profile replaces the first.
                profiles.insert(name, config.values(options).collect());
            }
        }
        for (section, options) in &credentials.sections {
            profiles.entry(section.clone()).or_default().extend(credentials.values(options));
        }
        // Like botocore, check AWS_DEFAULT_PROFILE first.
        let chosen = profile.map(|name| (name, "--profile")).or_else(|| {
            let from = |name| variable(name).map(|value| (value.as_str(), name));
            from("AWS_DEFAULT_PROFILE").or_else(|| from("AWS_PROFILE"))
        });
        let chosen = match chosen {
            Some((name, origin)) => Chosen { name: name.to_owned(), origin: Some(origin) },
            None => Chosen { name: "default".to_owned(), origin: None },
        };
        let settings = Self { environment, config, credentials, profiles, chosen };
        match settings.chosen.origin {
            Some(origin) if !settings.has_profile(settings.profile()) => {
                Err(settings.missing_profile(origin))
            }
            _ => Ok(settings),
        }
    }

    /// Returns the value of an environment variable. An empty variable counts as unset.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the name of the selected profile.
    pub(super) fn profile(&self) -> &str {
        &self.chosen.name
    }

    /// Returns whether the profile was selected with `--profile`, which overrides access keys in
    /// environment variables.
    pub(super) fn has_explicit_profile(&self) -> bool {
        self.chosen.origin == Some("--profile")
    }

    /// Returns whether the profile exists.
    pub(super) fn has_profile(&self, name: &str) -> bool {
        self.profiles.contains_key(name)
    }

    /// Returns the value of a key in a profile.
    pub(super) fn get(&self, profile: &str, key: &str) -> Result<Option<Found>> {
        let found = self.profiles.get(profile).and_then(|values| values.get(key));
        found.map(|(path, entry)| single(path, key, entry)).transpose()
    }

    /// Returns the value of a key in a profile, or an error if the profile does not contain the
    /// key.
    pub(super) fn require(&self, profile: &str, key: &str, because: &str) -> Result<Found> {
        self.get(profile, key)?.ok_or_else(|| {
            invalid(format!("profile {profile:?} has no {key}, but {because} requires one"))
                .with_hint(format!("searched {}", self.searched()))
        })
    }

    /// Returns the value of a key in a profile. Only the file `kind` is searched.
    pub(super) fn get_in(&self, kind: FileKind, profile: &str, key: &str) -> Result<Option<Found>> {
        let (file, found) = match kind {
            FileKind::Credentials => {
                let found = self.credentials.sections.iter().find(|(name, _)| name == profile);
                (&self.credentials, found)
            }
            FileKind::Config => {
                let is_profile =
                    |section: &str| named(section, "profile").as_deref() == Some(profile);
                let found = self.config.sections.iter().rev().find(|(name, _)| is_profile(name));
                (&self.config, found)
            }
        };
        let entry = found.and_then(|(_, options)| options.get(key));
        entry.map(|entry| single(&file.path, key, entry)).transpose()
    }

    /// Returns a setting from a variable or, if the variable is not set, from the selected profile.
    pub(super) fn setting(&self, variable: &str, key: &str) -> Result<Option<Found>> {
        match self.variable(variable) {
            Some(value) => Ok(Some(Found { value: value.to_owned(), origin: variable.to_owned() })),
            None => Ok(self.get(self.profile(), key)?.filter(|found| !found.value.is_empty())),
        }
    }

    /// Returns a boolean setting if it is on, or `None` otherwise. As in botocore, only `true`
    /// means on. Letter case is ignored.
    pub(super) fn switch(&self, variable: &str, key: &str) -> Result<Option<Found>> {
        let found = self.setting(variable, key)?;
        Ok(found.filter(|found| found.value.eq_ignore_ascii_case("true")))
    }

    /// Returns a section such as `[sso-session NAME]`.
    pub(super) fn section(&self, kind: &str, name: &str) -> Option<Section<'_>> {
        let is_it = |section: &str| named(section, kind).as_deref() == Some(name);
        let (_, options) = self.config.sections.iter().rev().find(|(name, _)| is_it(name))?;
        Some(Section { path: &self.config.path, options })
    }

    /// Returns the paths of both files, for use in messages. If a file could not be read, its path
    /// is followed by the reason.
    pub(super) fn searched(&self) -> String {
        let show = |file: &File| match &file.missing {
            Some(why) => format!("{} ({why})", file.path.display()),
            None => file.path.display().to_string(),
        };
        format!("{} and {}", show(&self.config), show(&self.credentials))
    }

    fn missing_profile(&self, origin: &str) -> Error {
        let name = self.profile();
        let message = format!("profile {name:?} ({origin}) does not exist in {}", self.searched());
        let is_bare = self.config.sections.iter().any(|(section, _)| section == name);
        let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        invalid(message).with_hint(if is_bare {
            format!("in {}, write [profile {name}] instead of [{name}]", self.config.path.display())
        } else if names.is_empty() {
            format!("create the profile with `aws configure --profile {name}`")
        } else {
            format!("use one of these profiles: {}", names.join(", "))
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("profile", &self.chosen).finish_non_exhaustive()
    }
}

/// A section that is not a profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'a> {
    path: &'a Arc<Path>,
    options: &'a Options,
}

impl Section<'_> {
    /// Returns the value of a key in the section.
    pub(super) fn get(&self, key: &str) -> Result<Option<Found>> {
        self.options.get(key).map(|entry| single(self.path, key, entry)).transpose()
    }

    /// Returns the value of a key in the indented lines below the key `block`.
    pub(super) fn nested(&self, block: &str, key: &str) -> Option<Found> {
        let (line, value) = self.options.get(block)?.nested(key)?;
        Some(Found { value: value.to_owned(), origin: place(self.path, key, line) })
    }
}

impl File {
    /// Reads a file. As in the AWS CLI, a file that cannot be read counts as empty, but invalid
    /// content is an error.
    fn read(path: &Path) -> Result<Self> {
        let shared: Arc<Path> = path.into();
        let empty = |why: String| Self {
            path: shared.clone(),
            sections: Sections::new(),
            missing: Some(why),
        };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(empty("does not exist".to_owned()));
            }
            Err(error) => return Ok(empty(format!("cannot be read: {error}"))),
        };
        let broken = |line: usize, problem: &str| {
            invalid(format!("{}, line {line}: {problem}", path.display()))
                .with_hint("fix the file; the AWS CLI cannot read it either")
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + String::from_utf8_lossy(valid).matches('\n').count();
            broken(line, "the text is not UTF-8")
        })?;
        let sections = ini::parse(&text).map_err(|error| broken(error.line, &error.problem))?;
        Ok(Self { path: shared, sections, missing: None })
    }

    fn values(&self, options: &Options) -> impl Iterator<Item = (String, (Arc<Path>, Entry))> {
        options.iter().map(|(key, entry)| (key.clone(), (self.path.clone(), entry.clone())))
    }
}

fn single(path: &Path, key: &str, entry: &Entry) -> Result<Found> {
    let origin = place(path, key, entry.line());
    match entry.text() {
        Some(value) => Ok(Found { value: value.to_owned(), origin }),
        None => Err(invalid(format!("{origin}: the value has more than one line"))
            .with_hint("write the value on one line, and do not indent the keys of a profile")),
    }
}

fn place(path: &Path, key: &str, line: usize) -> String {
    format!("{key} in {}, line {line}", path.display())
}

/// Returns the name in a section header such as `[profile NAME]`. The header is split into words
/// like a shell command. The header `[default]` stands for the profile `default`.
fn named(section: &str, kind: &str) -> Option<String> {
    if kind == "profile" && section == "default" {
        return Some(section.to_owned());
    }
    let words = section.starts_with(kind).then(|| shlex::split(section)).flatten()?;
    <[String; 2]>::try_from(words).ok().map(|[_, name]| name)
}

/// Expands `~` and variables in a path, like Python's `expandvars` and `expanduser`.
fn expand(path: &str, environment: &HashMap<String, String>) -> PathBuf {
    let mut expanded = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let braced = after.strip_prefix('{').and_then(|braced| braced.split_once('}'));
        let (name, behind) = braced.unwrap_or_else(|| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len()))
        });
        match environment.get(name) {
            Some(value) => expanded.push_str(value),
            // As in Python, a reference to an unset variable stays in the path.
            None => expanded.push_str(&rest[before.len()..rest.len() - behind.len()]),
        }
        rest = behind;
    }
    expanded.push_str(rest);
    let home = || environment.get("HOME").map(PathBuf::from).or_else(env::home_dir);
    match (expanded.strip_prefix('~'), home()) {
        (Some(""), Some(home)) => home,
        (Some(below), Some(home)) if below.starts_with('/') => home.join(&below[1..]),
        _ => expanded.into(),
    }
}

/// Creates an error about the user's configuration.
pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// Creates settings for tests, from variables and the text of both files.
#[cfg(test)]
pub(super) fn example(
    profile: Option<&str>,
    variables: &[(&str, &str)],
    config: &str,
    credentials: &str,
) -> Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let mut environment: HashMap<String, String> =
        variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let files = [("AWS_CONFIG_FILE", config), ("AWS_SHARED_CREDENTIALS_FILE", credentials)];
    for (variable, text) in files {
        let path = folder.path().join(variable);
        if !text.is_empty() {
            fs::write(&path, text).unwrap();
        }
        environment.insert(variable.to_owned(), path.to_str().unwrap().to_owned());
    }
    Settings::of(environment, profile)
}
