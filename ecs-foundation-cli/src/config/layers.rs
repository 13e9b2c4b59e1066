//! The layers of a configuration, from lowest to highest precedence: the top level of the file, the table of the
//! selected environment, environment variables, options.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use infra_core::names::{EnvironmentName, ProjectName};
use infra_core::values::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::collisions::{self, Claimant};
use super::error::{At, ConfigError, ConfigErrors, SourceFile};
use super::partial::Partial;
use super::reader::{Reader, title};
use super::schema::ENVIRONMENTS;
use super::section::{Entry, join, keys, paths};
use super::settings::{Given, Origin, Overrides, Setting};
use super::{AssumeRole, Backend, Config, DEFAULT_FILE, resolve};

/// The default environment.
const DEFAULT_ENVIRONMENT: &str = "dev";

/// The maximum number of syntax errors to show.
const MOST_SYNTAX_ERRORS: usize = 8;

/// Builds a configuration from a file, if there is one, and the overrides.
///
/// `fallback` is the project name to use if none is set and nothing would be created in AWS.
pub(super) fn read(
    file: Option<(&Path, &str)>,
    overrides: &Overrides,
    fallback: impl FnOnce() -> Option<ProjectName>,
) -> Result<Config, ConfigErrors> {
    let (path, text) = file.unzip();
    let text = text.unwrap_or_default();
    let source = source(path, text);
    let root = syntax(&source, text)?;
    let root = root.get_ref();
    let mut reader = Reader::new::<Partial>(text);
    let mut partial = Partial::default();
    reader.root(root, &mut partial);
    let declared = declared_environments(&mut reader, root);
    let environment = choose_environment(&mut reader, &partial, &declared, overrides);
    let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
    let mut others = Vec::new();
    for (name, table) in declared.iter().filter(|(name, _)| environment.as_ref() != Some(name)) {
        let mut other = partial.clone();
        reader.environment(name.as_str(), table, &mut other, |reader, other| {
            place_files(other, folder);
            others.push(Claimant::new(reader, name, other));
        });
    }
    // The top-level environment can be selected without a table.
    let own = partial.environment.clone().filter(|own| {
        environment.as_ref() != Some(own) && declared.iter().all(|(name, _)| name != own)
    });
    if let Some(own) = own {
        let mut top = partial.clone();
        place_files(&mut top, folder);
        others.push(Claimant::new(&reader, &own, &top));
    }
    if let Some((name, table)) =
        declared.iter().find(|(name, _)| environment.as_ref() == Some(name))
    {
        reader.chosen_environment(name.as_str(), table, &mut partial);
    }
    place_files(&mut partial, folder);
    apply_overrides(&mut reader, &mut partial, overrides);
    let backend = partial.backend.unwrap_or_default();
    if partial.project_name.is_none() && file.is_none() && backend == Backend::Memory {
        partial.project_name = fallback();
    }
    check_settings(&mut reader, &partial, overrides, &source);
    if let Some(environment) = &environment {
        let chosen = Claimant::new(&reader, environment, &partial);
        collisions::report(&mut reader, others, chosen, overrides);
    }
    let origin = |setting: Setting| Some((setting, source.place(reader.place(setting.key())?)));
    let origins: BTreeMap<_, _> = Setting::ALL.into_iter().filter_map(origin).collect();
    let spec = resolve::spec(&mut reader, &partial, environment);
    match (spec, reader.into_errors()) {
        (Some(spec), (errors, _)) if errors.is_empty() => Ok(Config {
            spec,
            backend,
            region: partial.region,
            partition: partial.partition,
            profile: partial.profile,
            allowed_account_ids: partial.allowed_account_ids.unwrap_or_default(),
            assume_role: partial.assume_role.role_arn.map(|role_arn| AssumeRole {
                role_arn,
                session_name: partial.assume_role.session_name,
                external_id: partial.assume_role.external_id,
            }),
            endpoint_url: partial.endpoint_url,
            ca_bundle: partial.ca_bundle,
            missing_services: partial.missing_services.unwrap_or_default(),
            memory_file: partial.memory_file.unwrap_or_else(|| backend.memory_file().into()),
            rates: partial.rates,
            parallelism: partial
                .parallelism
                .and_then(|number| NonZeroUsize::new(usize::try_from(number.get()).ok()?)),
            file: path.map(Path::to_owned),
            origins,
        }),
        (_, (errors, more)) => Err(ConfigErrors::new(source, errors).and_more(more)),
    }
}

/// Resolves a path in the configuration relative to the directory of the file.
fn place_files(partial: &mut Partial, folder: &Path) {
    for path in [&mut partial.ca_bundle, &mut partial.memory_file].into_iter().flatten() {
        *path = folder.join(&*path);
    }
}

/// Returns every environment of a file: the top-level one, if set, and then those with a table, in the order of the
/// file.
///
/// Other errors are reported when the file is read for one of the environments.
pub(super) fn environments(
    file: Option<(&Path, &str)>,
) -> Result<Vec<EnvironmentName>, ConfigErrors> {
    let (path, text) = file.unzip();
    let text = text.unwrap_or_default();
    let root = syntax(&source(path, text), text)?;
    let mut reader = Reader::new::<Partial>(text);
    let mut partial = Partial::default();
    reader.root(root.get_ref(), &mut partial);
    let mut declared = declared_environments(&mut reader, root.get_ref());
    declared.sort_by_key(|(_, entry)| entry.key.start);
    let own = partial.environment;
    let mut names: Vec<EnvironmentName> = own.iter().cloned().collect();
    names.extend(
        declared.into_iter().map(|(name, _)| name).filter(|name| own.as_ref() != Some(name)),
    );
    if names.is_empty() {
        names.extend(DEFAULT_ENVIRONMENT.parse());
    }
    Ok(names)
}

fn source(path: Option<&Path>, text: &str) -> SourceFile {
    SourceFile {
        name: path.map(|path| path.display().to_string()).unwrap_or_default(),
        text: text.to_owned(),
    }
}

/// Parses the file.
fn syntax<'t>(source: &SourceFile, text: &'t str) -> Result<Spanned<DeTable<'t>>, ConfigErrors> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(root);
    }
    // Further errors of a partially parsed file would be misleading, and so would a long list of syntax errors for a
    // file that is not TOML at all.
    let known = known_names();
    let errors =
        errors.iter().take(MOST_SYNTAX_ERRORS).map(|error| syntax_error(text, &known, error));
    Err(ConfigErrors::new(source.clone(), errors.collect()))
}

/// Returns a syntax error. The line is only shown if it sets a known key or starts a known table, because the file
/// could be a credentials file or a private key that was passed by mistake.
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

/// Returns the name of every key.
fn known_names() -> BTreeSet<String> {
    let name = |path: String| path.rsplit('.').next().unwrap_or_default().to_owned();
    paths::<Partial>().into_iter().map(name).collect()
}

/// Returns the environment tables by name.
fn declared_environments<'a>(
    reader: &mut Reader<'_>,
    root: &'a DeTable<'a>,
) -> Vec<(EnvironmentName, Entry<'a>)> {
    let Some((key, value)) = root.get_key_value(ENVIRONMENTS) else { return Vec::new() };
    let environments = Entry::new(ENVIRONMENTS.to_owned(), key.span(), value);
    let Some(table) = reader.table(&environments) else { return Vec::new() };
    let mut declared = Vec::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let entry = Entry::new(join(ENVIRONMENTS, name), key.span(), value);
        match name.parse::<EnvironmentName>() {
            Ok(name) => declared.push((name, entry)),
            Err(error) => {
                let hint = error.suggestion().map(|name| format!("write [{ENVIRONMENTS}.{name}]"));
                let error = entry
                    .error_at(key.span(), title(&error, true))
                    .rule(error.rule())
                    .hint_if(hint);
                reader.error(error);
            }
        }
    }
    declared
}

/// Returns the selected environment, or `None` after an error.
///
/// If the file has environment tables, a name from an option or variable must be one of them, because a typing error
/// would otherwise create a second foundation. The top-level environment does not need a table.
fn choose_environment(
    reader: &mut Reader<'_>,
    partial: &Partial,
    declared: &[(EnvironmentName, Entry<'_>)],
    overrides: &Overrides,
) -> Option<EnvironmentName> {
    let own = match &partial.environment {
        Some(name) => Some(name.clone()),
        None if reader.has_failed("environment") => None,
        None => DEFAULT_ENVIRONMENT.parse().ok(),
    };
    let Some(given) = overrides.get(Setting::Environment) else { return own };
    let value = given_value(given);
    let entry = given_entry(Setting::Environment, given, &value);
    let chosen: EnvironmentName = reader.parse(&entry)?;
    reader.set_place(&entry.path, entry.at());
    let known = || declared.iter().map(|(name, _)| name).chain(&own);
    if declared.is_empty() || known().any(|name| *name == chosen) {
        return Some(chosen);
    }
    let mut names: Vec<&str> = known().map(EnvironmentName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let hint = match nearest(chosen.as_str(), names.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("use one of them, or add [environments.{chosen}]"),
    };
    let error = ConfigError::new(format!("the file has no environment {:?}", chosen.as_str()))
        .about(Setting::Environment.key())
        .mark(At::Given(given.clone()), None)
        .rule(format!("its environments are {}", names.join(", ")))
        .hint(hint);
    reader.error(error);
    None
}

/// Reads options and environment variables like the keys of the file.
fn apply_overrides(reader: &mut Reader<'_>, partial: &mut Partial, overrides: &Overrides) {
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

fn given_value(given: &Given) -> Spanned<DeValue<'_>> {
    Spanned::new(0..0, DeValue::String(Cow::Owned(given.value.to_string_lossy().into_owned())))
}

fn given_entry<'a>(
    setting: Setting,
    given: &'a Given,
    value: &'a Spanned<DeValue<'a>>,
) -> Entry<'a> {
    Entry { given: Some(given), ..Entry::new(setting.key().to_owned(), 0..0, value) }
}

/// Checks the rules that involve several settings of a run.
fn check_settings(
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
                    "every resource name starts with it, and there is no {DEFAULT_FILE} in this directory"
                ),
                format!("create a configuration with `ecs-foundation init`, or {given}"),
            )
        } else {
            (
                "every resource name starts with it".to_owned(),
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
            .rule("no account would be allowed")
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
    // A setting in the file may be meant for another environment or run, but an option is meant for this one.
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
