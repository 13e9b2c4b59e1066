//! The tables of a file: the top level, and environment tables, which override top-level settings.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use infra_core::names::{EnvironmentName, ProjectName};
use infra_core::values::nearest;
use toml::de::DeTable;

use super::collisions::{self, Claimant};
use super::error::{At, ConfigError, ConfigErrors, SourceFile};
use super::layers::{apply_overrides, check_settings, given_entry, given_value, source, syntax};
use super::partial::Partial;
use super::reader::{Reader, title};
use super::schema::ENVIRONMENTS;
use super::section::{Entry, join};
use super::settings::{Overrides, Setting};
use super::{AssumeRole, Backend, Config, resolve};

/// The default environment.
const DEFAULT_ENVIRONMENT: &str = "dev";

/// The settings of a file, before an environment is selected.
pub(super) struct Tables<'t> {
    path: Option<&'t Path>,
    source: SourceFile,
    /// The errors in all tables, and the locations of the top-level settings.
    reader: Reader<'t>,
    top: Partial,
    /// The environment to use if the overrides do not select one: the environment set at the top
    /// level, or else the default environment. This is `None` if the environment set at the top
    /// level is invalid.
    own: Option<EnvironmentName>,
    environments: Vec<EnvironmentTable>,
}

/// The settings of an environment that has a table. Settings in the table override top-level
/// settings.
struct EnvironmentTable {
    name: EnvironmentName,
    /// The position of the table in the file.
    start: usize,
    settings: Partial,
    places: BTreeMap<String, At>,
}

impl<'t> Tables<'t> {
    /// Reads all tables of a file. Without a file, there are no settings to read.
    pub(super) fn read(file: Option<(&'t Path, &'t str)>) -> Result<Self, ConfigErrors> {
        let (path, text) = file.unzip();
        let text = text.unwrap_or_default();
        let source = source(path, text);
        let root = syntax(&source, text)?;
        let root = root.get_ref();
        let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
        let mut reader = Reader::new::<Partial>(text);
        let mut top = Partial::default();
        reader.root(root, &mut top);
        let own = match &top.environment {
            Some(name) => Some(name.clone()),
            None if reader.has_failed("environment") => None,
            None => DEFAULT_ENVIRONMENT.parse().ok(),
        };
        let declared = declared_environments(&mut reader, root);
        let environments = declared.into_iter().map(|(name, entry)| {
            let mut settings = top.clone();
            let places = reader.environment(name.as_str(), &entry, &mut settings);
            place_files(&mut settings, folder);
            EnvironmentTable { name, start: entry.key.start, settings, places }
        });
        let environments = environments.collect();
        place_files(&mut top, folder);
        Ok(Self { path, source, reader, top, own, environments })
    }

    pub(super) fn names(&self) -> Vec<EnvironmentName> {
        let own = self.top.environment.as_ref();
        let mut tables: Vec<_> =
            self.environments.iter().filter(|table| own != Some(&table.name)).collect();
        tables.sort_by_key(|table| table.start);
        let mut names: Vec<_> =
            own.into_iter().chain(tables.into_iter().map(|table| &table.name)).cloned().collect();
        if names.is_empty() {
            names.extend(DEFAULT_ENVIRONMENT.parse());
        }
        names
    }

    /// Returns the table of an environment, or `None` if it has no table.
    fn table(&self, name: &EnvironmentName) -> Option<&EnvironmentTable> {
        self.environments.iter().find(|table| table.name == *name)
    }

    /// Builds the configuration of the selected environment.
    ///
    /// The first call stores the errors about shared resources in `collisions`, and later calls
    /// reuse these errors.
    pub(super) fn config(
        &self,
        overrides: &Overrides,
        fallback: impl FnOnce() -> Option<ProjectName>,
        collisions: &mut Option<Vec<ConfigError>>,
    ) -> Result<Config, ConfigErrors> {
        let Self { path, source, reader, top, own: _, environments: _ } = self;
        let mut reader = reader.clone();
        let environment = self.choose_environment(&mut reader, overrides);
        let mut partial = match environment.as_ref().and_then(|name| self.table(name)) {
            None => top.clone(),
            Some(table) => {
                let key = Setting::Environment.key();
                let place = reader.place(key).cloned();
                reader.set_places(table.places.clone());
                if let Some(place) = place {
                    reader.set_place(key, place);
                }
                table.settings.clone()
            }
        };
        apply_overrides(&mut reader, &mut partial, overrides);
        let backend = partial.backend.unwrap_or_default();
        if partial.project_name.is_none() && path.is_none() && backend == Backend::Memory {
            partial.project_name = fallback();
        }
        check_settings(&mut reader, &partial, overrides, source);
        if let Some(environment) = &environment {
            let find = || self.collisions(&reader, environment, &partial, overrides);
            for error in collisions.get_or_insert_with(find) {
                reader.error(error.clone());
            }
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
            (_, (errors, more)) => Err(ConfigErrors::new(source.clone(), errors).and_more(more)),
        }
    }

    /// Returns an error for each resource that more than one environment uses. `settings` contains
    /// the selected environment's settings, including the overrides.
    fn collisions(
        &self,
        reader: &Reader<'_>,
        selected: &EnvironmentName,
        settings: &Partial,
        overrides: &Overrides,
    ) -> Vec<ConfigError> {
        let mut claimants: Vec<Claimant> = self
            .environments
            .iter()
            .filter(|table| table.name != *selected)
            .map(|EnvironmentTable { name, settings, places, .. }| {
                Claimant::new(places, name, settings)
            })
            .collect();
        // The environment set at the top level does not need a table.
        let own = self.top.environment.as_ref();
        if let Some(own) = own.filter(|own| *own != selected && self.table(own).is_none()) {
            claimants.push(Claimant::new(self.reader.places(), own, &self.top));
        }
        let selected = Claimant::new(reader.places(), selected, settings);
        collisions::find(claimants, selected, overrides)
    }

    /// Returns the selected environment. If it is invalid, reports an error and returns `None`.
    ///
    /// If the file has environment tables, an option or variable can select only an environment
    /// that has a table or is set at the top level. This prevents a typo from creating a second
    /// foundation.
    fn choose_environment(
        &self,
        reader: &mut Reader<'_>,
        overrides: &Overrides,
    ) -> Option<EnvironmentName> {
        let own = &self.own;
        let Some(given) = overrides.get(Setting::Environment) else { return own.clone() };
        let value = given_value(given);
        let entry = given_entry(Setting::Environment, given, &value);
        let chosen: EnvironmentName = reader.parse(&entry)?;
        reader.set_place(&entry.path, entry.at());
        if self.environments.is_empty()
            || own.as_ref() == Some(&chosen)
            || self.table(&chosen).is_some()
        {
            return Some(chosen);
        }
        let known = self.environments.iter().map(|table| &table.name).chain(own);
        let mut names: Vec<&str> = known.map(EnvironmentName::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let hint = match nearest(chosen.as_str(), names.iter().copied()) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("use one of these environments, or add [environments.{chosen}]"),
        };
        let error = ConfigError::new(format!("the file has no environment {:?}", chosen.as_str()))
            .about(Setting::Environment.key())
            .mark(At::Given(given.clone()), None)
            .rule(format!("the file's environments are {}", names.join(", ")))
            .hint(hint);
        reader.error(error);
        None
    }
}

/// Resolves the paths in the configuration relative to the directory that contains the file.
fn place_files(partial: &mut Partial, folder: &Path) {
    for path in [&mut partial.ca_bundle, &mut partial.memory_file].into_iter().flatten() {
        *path = folder.join(&*path);
    }
}

/// Returns the name and table of each environment that has a table.
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
