//! Detects environments in one file that use the same AWS resource.

use std::collections::BTreeMap;

use infra_core::arn::{AccountId, Region};
use infra_core::foundation::DefaultNames;
use infra_core::names::EnvironmentName;
use infra_core::values::RoleArn;

use super::error::{At, ConfigError};
use super::partial::{Partial, PartialDeployer, PartialServices};
use super::settings::{Overrides, Setting};

/// An environment's settings, and the location of each setting that names a resource.
#[derive(Debug)]
pub(super) struct Claimant {
    environment: EnvironmentName,
    settings: Partial,
    places: BTreeMap<String, At>,
}

/// A resource, identified by its kind, name, region and account. The account ID may be unknown, so
/// accounts are compared by the settings that select them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Resource {
    kind: &'static str,
    name: String,
    scope: Scope,
    account: Account,
}

/// The scope in which a resource's name must be unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// All regions, as for IAM roles.
    Global,
    /// One region, or `None` for the region set in the AWS configuration files.
    Region(Option<Region>),
}

/// The settings that determine the account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    backend: &'static str,
    profile: Option<String>,
    endpoint: Option<String>,
    memory_file: Option<std::path::PathBuf>,
    role: Option<RoleArn>,
    ids: Option<Vec<AccountId>>,
}

impl Claimant {
    pub(super) fn new(
        places: &BTreeMap<String, At>,
        environment: &EnvironmentName,
        settings: &Partial,
    ) -> Self {
        let mut claimant = Self {
            environment: environment.clone(),
            settings: settings.clone(),
            places: BTreeMap::new(),
        };
        let names = claimant.resources().into_iter().map(|(_, setting)| setting);
        let place = |setting: String| Some((places.get(&setting)?.clone(), setting));
        claimant.places = names.filter_map(place).map(|(at, setting)| (setting, at)).collect();
        claimant
    }

    /// Returns the resources that the environment uses, each with the setting that names it.
    fn resources(&self) -> Vec<(Resource, String)> {
        let Self { environment, settings: it, .. } = self;
        let Some(project) = &it.project_name else { return Vec::new() };
        let base = format!("{project}-{environment}");
        let suffix = match &it.region {
            Some(region) if it.role_names_include_region => format!("-{region}"),
            _ => String::new(),
        };
        let account = Account {
            backend: it.backend.unwrap_or_default().as_str(),
            profile: it.profile.clone(),
            endpoint: it.endpoint_url.as_ref().map(|url| url.as_str().to_owned()),
            memory_file: it.memory_file.clone(),
            role: it.assume_role.role_arn.clone(),
            ids: it.allowed_account_ids.clone(),
        };
        let named = |kind: &'static str, table: String, given: Option<String>, default: String| {
            let name = given.unwrap_or(default);
            // IAM ignores case in role names and has no regions.
            let (name, scope) = match kind {
                "role" => (name.to_lowercase(), Scope::Global),
                _ => (name, Scope::Region(it.region.clone())),
            };
            let resource = Resource { kind, name, scope, account: account.clone() };
            (resource, format!("{table}.name"))
        };
        let cluster = it.cluster.settings.name.as_ref().map(ToString::to_string);
        let execution = it.execution_role.role.name.as_ref().map(ToString::to_string);
        let mut all = vec![
            named("cluster", "cluster".to_owned(), cluster, format!("{base}-cluster")),
            named(
                "role",
                "execution_role".to_owned(),
                execution,
                format!("{base}-ecs-execution-role{suffix}"),
            ),
        ];
        let PartialServices(services) = &it.services;
        let default = (None, &it.task_role, &it.repository, &it.log_group);
        let others = services.iter().map(|(name, service)| {
            (Some(name), &service.task_role, &service.repository, &service.log_group)
        });
        for (service, task_role, repository, log_group) in std::iter::once(default).chain(others) {
            let defaults = DefaultNames::new(&base, service);
            let table = |table: &str| match service {
                None => table.to_owned(),
                Some(name) => format!("services.{name}.{table}"),
            };
            let given = task_role.role.name.as_ref().map(ToString::to_string);
            all.push(named("role", table("task_role"), given, defaults.task_role + &suffix));
            let given = repository.settings.name.as_ref().map(ToString::to_string);
            all.push(named("repository", table("repository"), given, defaults.repository));
            let given = log_group.settings.name.as_ref().map(ToString::to_string);
            all.push(named("log group", table("log_group"), given, defaults.log_group));
        }
        if let PartialDeployer(Some(deployer)) = &it.deployer {
            let given = deployer.name.as_ref().map(ToString::to_string);
            let default = format!("{base}-ecs-deployer-role{suffix}");
            all.push(named("role", "deployer".to_owned(), given, default));
        }
        all
    }
}

/// Returns an error for each resource that several environments use.
///
/// Values from options and environment variables apply to every environment. The caller has set
/// them only in `chosen`, the selected environment, so this function copies them to `claimants`.
pub(super) fn find(
    mut claimants: Vec<Claimant>,
    chosen: Claimant,
    overrides: &Overrides,
) -> Vec<ConfigError> {
    for Claimant { settings, .. } in &mut claimants {
        let from = &chosen.settings;
        for setting in Setting::ALL.into_iter().filter(|setting| overrides.get(*setting).is_some())
        {
            match setting {
                Setting::ProjectName => settings.project_name.clone_from(&from.project_name),
                Setting::Backend => settings.backend = from.backend,
                Setting::Region => settings.region.clone_from(&from.region),
                Setting::Profile => settings.profile.clone_from(&from.profile),
                Setting::EndpointUrl => settings.endpoint_url.clone_from(&from.endpoint_url),
                Setting::MemoryFile => settings.memory_file.clone_from(&from.memory_file),
                Setting::Environment
                | Setting::Partition
                | Setting::CaBundle
                | Setting::MissingServices
                | Setting::Parallelism => {}
            }
        }
    }
    claimants.push(chosen);
    let mut claims: BTreeMap<Resource, Vec<(&Claimant, String)>> = BTreeMap::new();
    for claimant in &claimants {
        for (resource, setting) in claimant.resources() {
            claims.entry(resource).or_default().push((claimant, setting));
        }
    }
    let mut errors = Vec::new();
    for (Resource { kind, name, scope, .. }, claims) in claims {
        let [(first, setting), others @ ..] = &claims[..] else { continue };
        let other = others.iter().find(|(other, _)| other.environment != first.environment);
        let Some((other, other_setting)) = other else { continue };
        let (one, two) = (&first.environment, &other.environment);
        let place = match scope {
            Scope::Region(Some(region)) => format!(" in {region}"),
            Scope::Region(None) | Scope::Global => String::new(),
        };
        let message =
            format!("the environments {one} and {two} have the same {kind} {name:?}{place}");
        let table = other_setting.strip_suffix(".name").unwrap_or(other_setting);
        let rule = match kind {
            "role" => {
                "IAM roles are global: every environment needs its own roles, even in another region"
            }
            _ => {
                "every environment needs its own resources; otherwise, a change to one environment would affect another"
            }
        };
        let mut error = ConfigError::new(message)
            .about(other_setting)
            .rule(rule)
            .hint(format!("set a different name in [environments.{two}.{table}]"));
        let mut places = Vec::new();
        for place in [other.places.get(other_setting), first.places.get(setting)] {
            if let Some(place) = place.filter(|place| !places.contains(place)) {
                places.push(place);
                error = error.mark(place.clone(), None);
            }
        }
        errors.push(error);
    }
    errors
}
