//! The layers of a configuration, from lowest to highest precedence: the top level of the file, the
//! table of the selected environment, environment variables, options.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use infra_core::names::{EnvironmentName, ProjectName};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{At, ConfigError, ConfigErrors, SourceFile};
use super::partial::Partial;
use super::reader::Reader;
use super::section::{Entry, keys, paths};
use super::settings::{Given, Origin, Overrides, Setting};
use super::tables::Tables;
use super::{Backend, Config, DEFAULT_FILE, Loaded};

/// The maximum number of syntax errors to show.
const MOST_SYNTAX_ERRORS: usize = 8;

/// Builds a configuration from the overrides and, if there is one, the file.
///
/// `fallback` returns the project name to use if there is no file and the backend is the built-in
/// mock.
pub(super) fn read(
    file: Option<(&Path, &str)>,
    overrides: &Overrides,
    fallback: impl FnOnce() -> Option<ProjectName>,
) -> Result<Config, ConfigErrors> {
    Tables::read(file)?.config(overrides, fallback, &mut None)
}

/// Builds the configuration of each environment in a file, in the order of [`environments`].
pub(super) fn read_all(
    file: Option<(&Path, &str)>,
    overrides: &Overrides,
    fallback: impl Fn() -> Option<ProjectName>,
) -> Result<Vec<Loaded>, ConfigErrors> {
    let tables = Tables::read(file)?;
    let mut collisions = None;
    // If two environments share a resource, the error suggests changing whichever environment was
    // built first. Build the environments in reverse order, so that the suggestion is about the
    // last one in the file.
    let mut configs: Vec<_> = tables
        .names()
        .into_iter()
        .rev()
        .map(|name| {
            let overrides = overrides.clone().with_flag(Setting::Environment, name.as_str());
            let config = tables.config(&overrides, &fallback, &mut collisions);
            (name, config)
        })
        .collect();
    configs.reverse();
    Ok(configs)
}

/// Returns every environment in a file: first the environment set at the top level, if any, and
/// then each environment that has a table, in the order of the file.
///
/// Errors other than syntax errors are reported when an environment's configuration is built.
pub(super) fn environments(
    file: Option<(&Path, &str)>,
) -> Result<Vec<EnvironmentName>, ConfigErrors> {
    Tables::read(file).map(|tables| tables.names())
}

pub(super) fn source(path: Option<&Path>, text: &str) -> SourceFile {
    SourceFile {
        name: path.map(|path| path.display().to_string()).unwrap_or_default(),
        text: text.to_owned(),
    }
}

/// Parses the file.
pub(super) fn syntax<'t>(
    source: &SourceFile,
    text: &'t str,
) -> Result<Spanned<DeTable<'t>>, ConfigErrors> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(root);
    }
    // Report only syntax errors, because errors about a partially parsed file would be misleading.
    // Limit the number of errors, because the file may not be TOML at all.
    let known = known_names();
    let errors =
        errors.iter().take(MOST_SYNTAX_ERRORS).map(|error| syntax_error(text, &known, error));
    Err(ConfigErrors::new(source.clone(), errors.collect()))
}

/// Returns a syntax error. It quotes the invalid line only if that line sets a known key or starts
/// a known table. Other lines are not shown, because the file could be a credentials file or a
/// private key that was passed by mistake.
fn syntax_error(text: &str, known: &BTreeSet<String>, error: &toml::de::Error) -> ConfigError {
    let found = ConfigError::new(format!("this is not valid TOML: {}", error.message()));
    let Some(span) = error.span() else { return found };
    let start = text.floor_char_boundary(span.start);
    let begin = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[begin..].lines().next().unwrap_or_default().trim_start();
    let name = line.trim_start_matches('[').split(['=', '.', ']']).next().unwrap_or_default();
    let is_known = known.contains(name.trim());
    let found = found.mark(At::File(span), None);
    if is_known { found } else { found.unquoted() }
}

/// Returns the names of all keys that a configuration file can contain.
fn known_names() -> BTreeSet<String> {
    let name = |path: String| path.rsplit('.').next().unwrap_or_default().to_owned();
    paths::<Partial>().into_iter().map(name).collect()
}

/// Reads options and environment variables as if they were keys in the file.
pub(super) fn apply_overrides(
    reader: &mut Reader<'_>,
    partial: &mut Partial,
    overrides: &Overrides,
) {
    type Forget = fn(&mut Partial);
    let forgotten: [(Setting, Forget); 3] = [
        (Setting::Profile, |partial| partial.profile = None),
        (Setting::EndpointUrl, |partial| partial.endpoint_url = None),
        (Setting::CaBundle, |partial| partial.ca_bundle = None),
    ];
    for (setting, forget) in forgotten {
        if overrides.is_left_to_sdk(setting) {
            forget(partial);
            reader.forget(setting.key());
        }
    }
    let keys = keys::<Partial>();
    for setting in Setting::ALL.into_iter().filter(|setting| *setting != Setting::Environment) {
        let key = keys.iter().find(|key| key.name == setting.key());
        let Some((key, given)) = key.zip(overrides.get(setting)) else { continue };
        let value = given_value(given);
        let entry = given_entry(setting, given, &value);
        let errors = reader.error_count();
        key.read(reader, &entry, partial);
        if reader.error_count() == errors {
            reader.set_place(&entry.path, entry.at());
        }
    }
}

pub(super) fn given_value(given: &Given) -> Spanned<DeValue<'_>> {
    Spanned::new(0..0, DeValue::String(Cow::Owned(given.value.to_string_lossy().into_owned())))
}

pub(super) fn given_entry<'a>(
    setting: Setting,
    given: &'a Given,
    value: &'a Spanned<DeValue<'a>>,
) -> Entry<'a> {
    Entry { given: Some(given), ..Entry::new(setting.key().to_owned(), 0..0, value) }
}

/// Checks the rules that depend on all layers, for example that a project name is set.
pub(super) fn check_settings(
    reader: &mut Reader<'_>,
    partial: &Partial,
    overrides: &Overrides,
    source: &SourceFile,
) {
    let key = Setting::ProjectName.key();
    if partial.project_name.is_none() && !reader.has_failed(key) {
        let mut variables = Setting::ProjectName.variables().iter();
        let given = format!(
            "pass {} NAME or set {}=NAME",
            Setting::ProjectName.flag(),
            variables.next().unwrap_or(&""),
        );
        let (rule, hint) = if source.name.is_empty() {
            (
                format!(
                    "every resource name starts with the project name, and there is no {DEFAULT_FILE} in this directory"
                ),
                format!("create a configuration with `ecs-foundation init`, or {given}"),
            )
        } else {
            (
                "every resource name starts with the project name".to_owned(),
                format!("write project_name = \"NAME\" at the top of {}, or {given}", source.name),
            )
        };
        let error = ConfigError::new("the project name is missing").about(key).hint(hint);
        reader.error(error.rule(rule));
    }
    if partial.allowed_account_ids.as_ref().is_some_and(Vec::is_empty) {
        let key = "allowed_account_ids";
        let mut error = ConfigError::new(format!("the list `{key}` is empty"))
            .about(key)
            .rule("an empty list would allow no account")
            .hint("add an account, or remove the setting");
        if let Some(place) = reader.place(key) {
            error = error.mark(place.clone(), None);
        }
        reader.error(error);
    }
    let role = &partial.assume_role;
    if role.role_arn.is_none()
        && !reader.has_failed("assume_role")
        && let Some(place) = reader.place("assume_role").cloned()
    {
        let error = ConfigError::new("`assume_role` has no role_arn")
            .about("assume_role")
            .mark(place, None)
            .hint("write role_arn = \"arn:aws:iam::123456789012:role/NAME\"");
        reader.error(error);
    }
    // If a setting given as an option does not fit the backend, report an error. The same setting
    // in the file or in an environment variable may be meant for another environment or run.
    let by_flag =
        |setting| overrides.get(setting).filter(|given| matches!(given.origin, Origin::Flag(_)));
    let backend = partial.backend.unwrap_or_default();
    let mut refuse = |setting: Setting, message: &str, hint: &str| {
        let Some(given) = by_flag(setting) else { return };
        let mut error = ConfigError::new(message)
            .about(setting.key())
            .mark(At::Given(given.clone()), None)
            .hint(hint);
        if let Some(place) = reader.place(Setting::Backend.key()) {
            error = error.mark(place.clone(), Some("the backend is set here"));
        }
        reader.error(error);
    };
    if backend == Backend::Memory {
        let hint = "add --backend aws, or remove the endpoint";
        refuse(Setting::EndpointUrl, "the memory backend has no endpoint", hint);
    }
    if backend != Backend::LocalStack {
        let message = format!("the {backend} backend provides every service");
        let hint = "add --backend localstack, or remove the setting";
        refuse(Setting::MissingServices, &message, hint);
    }
}
