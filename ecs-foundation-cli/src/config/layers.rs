//! The layers of a configuration, from the weakest to the strongest: the top of the file, the table of the
//! chosen environment, environment variables, flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use infra_core::names::{EnvironmentName, InvalidValue};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::draft::Draft;
use super::error::{At, ConfigError, ConfigErrors, SourceFile};
use super::reader::{Reader, put, title};
use super::section::{Entry, join};
use super::settings::{Origin, Overrides, Setting};
use super::suggest::nearest;
use super::{Backend, Config, DEFAULT_FILE, checks, finish};

/// The environment where none is named.
const DEFAULT_ENVIRONMENT: &str = "dev";

/// How many errors of syntax are shown.
const MOST_SYNTAX_ERRORS: usize = 8;

/// Makes a configuration of a file, where there is one, and the overrides.
pub(super) fn read(
    file: Option<(&Path, &str)>,
    overrides: &Overrides,
) -> Result<Config, ConfigErrors> {
    let (path, text) = file.unzip();
    let text = text.unwrap_or_default();
    let source = source(path, text);
    let root = syntax(&source, text)?;
    let root = root.get_ref();
    let mut reader = Reader::new::<Draft>(text);
    let mut draft = Draft::default();
    reader.root(root, &mut draft);
    let declared = declared_environments(&mut reader, root);
    let environment = choose_environment(&mut reader, &draft, &declared, overrides);
    for (name, table) in &declared {
        if environment.as_ref() == Some(name) {
            reader.environment(name.as_str(), table, &mut draft, false);
        } else {
            reader.environment(name.as_str(), table, &mut draft.clone(), true);
        }
    }
    let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
    for path in [&mut draft.ca_bundle, &mut draft.memory_file].into_iter().flatten() {
        *path = folder.join(&*path);
    }
    apply_overrides(&mut reader, &mut draft, overrides);
    check_settings(&mut reader, &draft, overrides, &source);
    let origin = |setting: Setting| Some((setting, source.place(reader.place(setting.key())?)));
    let origins: BTreeMap<_, _> = Setting::ALL.into_iter().filter_map(origin).collect();
    let settings = draft.clone();
    let backend = settings.backend.unwrap_or_default();
    let spec = finish::spec(&mut reader, draft, environment);
    match (spec, reader.into_errors()) {
        (Some(spec), errors) if errors.is_empty() => Ok(Config {
            spec,
            backend,
            region: settings.region,
            profile: settings.profile,
            endpoint_url: settings.endpoint_url,
            ca_bundle: settings.ca_bundle,
            missing_services: settings.missing_services.unwrap_or_default(),
            memory_file: settings.memory_file.unwrap_or_else(|| backend.memory_file().into()),
            rates: settings.rates,
            parallelism: settings.parallelism,
            file: path.map(Path::to_owned),
            origins,
        }),
        (_, errors) => Err(ConfigErrors::new(source, errors)),
    }
}

/// Every environment of a file: its own, where it names one, then those that have a table, in its order.
///
/// What else is wrong with the file is told when it is read for one of them.
pub(super) fn environments(
    file: Option<(&Path, &str)>,
) -> Result<Vec<EnvironmentName>, ConfigErrors> {
    let (path, text) = file.unzip();
    let text = text.unwrap_or_default();
    let root = syntax(&source(path, text), text)?;
    let mut reader = Reader::new::<Draft>(text);
    let mut draft = Draft::default();
    reader.root(root.get_ref(), &mut draft);
    let mut declared = declared_environments(&mut reader, root.get_ref());
    declared.sort_by_key(|(_, entry)| entry.key.start);
    let own = draft.environment;
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

/// The tree of the file.
fn syntax<'t>(source: &SourceFile, text: &'t str) -> Result<Spanned<DeTable<'t>>, ConfigErrors> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(root);
    }
    // What follows from half a file would mostly be untrue, and so would the hundredth error of a file
    // that is no TOML at all.
    let errors = errors.iter().take(MOST_SYNTAX_ERRORS).map(syntax_error);
    Err(ConfigErrors::new(source.clone(), errors.collect()))
}

fn syntax_error(error: &toml::de::Error) -> ConfigError {
    let message = format!("this is not TOML: {}", error.message());
    let at = error.span().map(At::File);
    let error = ConfigError::new(message);
    match at {
        Some(at) => error.mark(at, None),
        None => error,
    }
}

/// The tables of environments, by name.
fn declared_environments<'a>(
    reader: &mut Reader<'_>,
    root: &'a DeTable<'a>,
) -> Vec<(EnvironmentName, Entry<'a>)> {
    const KEY: &str = "environments";
    let entry = |path: String, key: &Spanned<_>, value: &'a Spanned<DeValue<'a>>| Entry {
        path,
        value,
        key: key.span(),
    };
    let Some((key, value)) = root.get_key_value(KEY) else { return Vec::new() };
    let environments = entry(KEY.to_owned(), key, value);
    let Some(table) = reader.table(&environments) else { return Vec::new() };
    let mut declared = Vec::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let entry = entry(join(KEY, name), key, value);
        match name.parse::<EnvironmentName>() {
            Ok(name) => declared.push((name, entry)),
            Err(error) => {
                let hint = error.suggestion().map(|name| format!("write [{KEY}.{name}]"));
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

/// The environment that is meant; `None` after an error.
///
/// A name from a flag or variable has to be known where the file declares environments: a typing error
/// would otherwise make a second foundation. The file's own environment need not be declared.
fn choose_environment(
    reader: &mut Reader<'_>,
    draft: &Draft,
    declared: &[(EnvironmentName, Entry<'_>)],
    overrides: &Overrides,
) -> Option<EnvironmentName> {
    let own = match &draft.environment {
        Some(name) => Some(name.clone()),
        None if reader.has_failed("environment") => None,
        None => DEFAULT_ENVIRONMENT.parse().ok(),
    };
    let Some(given) = overrides.get(Setting::Environment) else { return own };
    let chosen: EnvironmentName =
        override_text(reader, overrides, Setting::Environment, str::parse)?;
    let known = || declared.iter().map(|(name, _)| name).chain(&own);
    if declared.is_empty() || known().any(|name| *name == chosen) {
        return Some(chosen);
    }
    let mut names: Vec<&str> = known().map(EnvironmentName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let hint = match nearest(chosen.as_str(), names.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("give one of them, or add [environments.{chosen}]"),
    };
    let error = ConfigError::new(format!("the file declares no environment {:?}", chosen.as_str()))
        .about(Setting::Environment.key())
        .mark(At::Given(given.clone()), None)
        .rule(format!("its environments are {}", names.join(", ")))
        .hint(hint);
    reader.error(error);
    None
}

fn apply_overrides(reader: &mut Reader<'_>, draft: &mut Draft, overrides: &Overrides) {
    if overrides.endpoint_is_the_sdk_s() {
        draft.endpoint_url = None;
        reader.forget(Setting::EndpointUrl.key());
    }
    let r = reader;
    let o = overrides;
    let profile = checks::something("profile");
    put(&mut draft.project_name, override_text(r, o, Setting::ProjectName, str::parse).map(Some));
    put(&mut draft.backend, override_text(r, o, Setting::Backend, str::parse).map(Some));
    put(&mut draft.region, override_text(r, o, Setting::Region, str::parse).map(Some));
    put(&mut draft.profile, override_text(r, o, Setting::Profile, profile).map(Some));
    put(&mut draft.endpoint_url, override_text(r, o, Setting::EndpointUrl, checks::url).map(Some));
    put(&mut draft.ca_bundle, override_path(r, o, Setting::CaBundle).map(Some));
    put(
        &mut draft.missing_services,
        override_text(r, o, Setting::MissingServices, str::parse).map(Some),
    );
    put(&mut draft.memory_file, override_path(r, o, Setting::MemoryFile).map(Some));
    put(&mut draft.parallelism, override_text(r, o, Setting::Parallelism, parallelism).map(Some));
}

fn parallelism(text: &str) -> Result<NonZeroUsize, InvalidValue> {
    let rule = "write a whole number from 1 on";
    text.parse().map_err(|_| InvalidValue::new("parallelism", text, rule, None))
}

/// The text that was given for a setting, if it was given and keeps its rule.
fn override_text<T>(
    reader: &mut Reader<'_>,
    overrides: &Overrides,
    setting: Setting,
    check: impl FnOnce(&str) -> Result<T, InvalidValue>,
) -> Option<T> {
    let given = overrides.get(setting)?;
    let at = At::Given(given.clone());
    let checked = match given.value.to_str() {
        Some(text) => check(text).map_err(|error| {
            let hint = error.suggestion().map(|value| match given.origin {
                Origin::Flag(flag) => format!("write {flag} {value}"),
                Origin::Variable(variable) => format!("write {variable}={value}"),
            });
            ConfigError::new(title(&error, true)).rule(error.rule()).hint_if(hint)
        }),
        None => Err(ConfigError::new(format!("the value of {} is not UTF-8", given.origin))),
    };
    match checked {
        Ok(value) => {
            reader.set_place(setting.key(), at);
            Some(value)
        }
        Err(error) => {
            reader.error(error.about(setting.key()).mark(at, None));
            None
        }
    }
}

fn override_path(
    reader: &mut Reader<'_>,
    overrides: &Overrides,
    setting: Setting,
) -> Option<PathBuf> {
    let given = overrides.get(setting)?;
    if given.value.is_empty() {
        override_text(reader, overrides, setting, checks::something("file name"))?;
    }
    reader.set_place(setting.key(), At::Given(given.clone()));
    Some(OsString::clone(&given.value).into())
}

/// What the settings of a run have to fulfil together.
fn check_settings(
    reader: &mut Reader<'_>,
    draft: &Draft,
    overrides: &Overrides,
    source: &SourceFile,
) {
    let key = Setting::ProjectName.key();
    if draft.project_name.is_none() && !reader.has_failed(key) {
        let mut variables = Setting::ProjectName.variables().iter();
        let given = format!(
            "give {} NAME or {}=NAME",
            Setting::ProjectName.flag(),
            variables.next().unwrap_or(&""),
        );
        let (rule, hint) = if source.name.is_empty() {
            (
                format!("every name begins with it, and there is no {DEFAULT_FILE} here"),
                format!("write a configuration by `ecs-foundation init`, or {given}"),
            )
        } else {
            (
                "every name begins with it".to_owned(),
                format!("write project_name = \"NAME\" at the top of {}, or {given}", source.name),
            )
        };
        let error = ConfigError::new("there is no project name").about(key).hint(hint);
        reader.error(error.rule(rule));
    }
    // In the file it may stand for another environment or run; a flag is meant now.
    let by_flag =
        |setting| overrides.get(setting).filter(|given| matches!(given.origin, Origin::Flag(_)));
    let backend = draft.backend.unwrap_or_default();
    let mut refuse = |setting: Setting, message: &str, hint: &str| {
        let Some(given) = by_flag(setting) else { return };
        let mut error = ConfigError::new(message)
            .about(setting.key())
            .mark(At::Given(given.clone()), None)
            .hint(hint);
        if let Some(place) = reader.place(Setting::Backend.key()) {
            error = error.mark(place.clone(), Some("the backend is chosen here"));
        }
        reader.error(error);
    };
    if backend == Backend::Memory {
        let hint = "give --backend aws as well, or leave the endpoint out";
        refuse(Setting::EndpointUrl, "the memory backend has no endpoint", hint);
    }
    if backend != Backend::LocalStack {
        let message = format!("the {backend} backend has every service");
        let hint = "give --backend localstack as well, or leave it out";
        refuse(Setting::MissingServices, &message, hint);
    }
}
