//! Builds the foundation from the settings, and checks the rules that involve several settings.

use infra_core::foundation::rules;
use infra_core::foundation::{
    FoundationSpec, LifecyclePolicy, LogGroupSettings, RepositorySettings, ServiceSettings,
    SpecError,
};
use infra_core::names::{EnvironmentName, ProjectName};
use infra_core::provider::{Encryption, ExclusionFilter, Retention, StrategyItem, TagMutability};

use super::error::{At, ConfigError};
use super::partial::{
    Partial, PartialCluster, PartialDeployer, PartialEncryption, PartialLogGroup,
    PartialRepository, PartialService, PartialServices, PartialStrategy,
};
use super::reader::{Reader, title};

const STRATEGY: &str = "cluster.default_capacity_provider_strategy";
const PROVIDERS: &str = "cluster.capacity_providers";
const RETENTION: &str = "retention_in_days";

/// Builds the foundation and reports conflicting settings.
///
/// If the project name or the environment is missing, the other settings are checked with the
/// shortest possible name in its place.
pub(super) fn spec(
    reader: &mut Reader<'_>,
    partial: &Partial,
    environment: Option<EnvironmentName>,
) -> Option<FoundationSpec> {
    let named = partial.project_name.is_some() && environment.is_some();
    let shortest: Option<(ProjectName, EnvironmentName)> = "x".parse().ok().zip("x".parse().ok());
    let (short_project, short_environment) = shortest?;
    let project_name = partial.project_name.clone().unwrap_or(short_project);
    let environment = environment.unwrap_or(short_environment);

    let mut spec = FoundationSpec::new(project_name, environment);
    spec.role_names_include_region = partial.role_names_include_region;
    spec.tags = partial.tags.clone();
    spec.unmanaged = partial.unmanaged;
    spec.execution_role = partial.execution_role.clone();
    spec.task_role = partial.task_role.clone();
    cluster(reader, &partial.cluster, &mut spec);
    spec.repository = repository(reader, "repository", &partial.repository);
    let PartialServices(services) = &partial.services;
    let default = ServiceSettings::new(&spec.environment).log_group.retention;
    spec.log_group = log_group(&partial.log_group, default);
    for (name, service) in services {
        let PartialService { task_role, repository: images, log_group: logs } = service;
        let settings = ServiceSettings {
            task_role: task_role.clone(),
            repository: repository(reader, &format!("services.{name}.repository"), images),
            log_group: log_group(logs, default),
        };
        spec.services.insert(name.clone(), settings);
    }
    let PartialDeployer(deployer) = &partial.deployer;
    spec.deployer.clone_from(deployer);
    let broken = match &partial.region {
        Some(region) => spec.validate_in(region),
        None => spec.validate(),
    };
    for error in broken {
        if !reader.has_failed(&error.path) {
            let error = placed(reader, &error, &spec);
            reader.error(error);
        }
    }
    named.then_some(spec)
}

fn cluster(reader: &mut Reader<'_>, partial: &PartialCluster, spec: &mut FoundationSpec) {
    spec.cluster = partial.settings.clone();
    let capacity = &mut spec.cluster.capacity;
    let Some(items) = &partial.strategy else {
        let lacking = capacity
            .default_strategy
            .first()
            .filter(|item| !capacity.providers.contains(&item.capacity_provider));
        if let Some(item) = lacking.filter(|_| !reader.has_failed(PROVIDERS)) {
            let name = &item.capacity_provider;
            let message = format!("the default strategy requires the capacity provider {name:?}");
            let error = about(PROVIDERS, message, reader.place(PROVIDERS).cloned())
                .rule(rules::known_providers(&capacity.providers))
                .hint(
                    "write [[cluster.default_capacity_provider_strategy]] with a provider of the list, or \
                     default_capacity_provider_strategy = [] for none",
                );
            reader.error(error);
        }
        return;
    };
    let item = |item: &PartialStrategy| StrategyItem {
        capacity_provider: item.capacity_provider.clone().map(String::from).unwrap_or_default(),
        base: item.base.get(),
        weight: item.weight.get(),
    };
    let items: Vec<StrategyItem> = items.iter().map(item).collect();
    capacity.default_strategy = items.iter().cloned().collect();
    if reader.has_failed(STRATEGY) {
        return;
    }
    let at = |reader: &Reader<'_>, index: usize, key: &str| {
        let item = format!("{STRATEGY}[{index}]");
        let place = reader.place(&format!("{item}.{key}")).or_else(|| reader.place(&item));
        place.cloned()
    };
    for error in rules::strategy(&items, &capacity.providers) {
        let unknown = error.index.is_some_and(|index| {
            error.earlier.is_none() && !capacity.providers.contains(&items[index].capacity_provider)
        });
        if unknown && reader.has_failed(PROVIDERS) {
            continue;
        }
        let place = match error.index {
            Some(index) => at(reader, index, error.field),
            None => reader.place(STRATEGY).cloned(),
        };
        let mut found = about(STRATEGY, error.message, place).rule(error.rule).hint(error.hint);
        if let Some(earlier) = error.earlier {
            found = with_context(found, at(reader, earlier, error.field), "first here");
        } else if unknown {
            let providers = reader.place(PROVIDERS).cloned();
            found = with_context(found, providers, "the cluster's capacity providers");
        }
        reader.error(found);
    }
}

/// Builds repository settings from the table at `path`.
fn repository(
    reader: &mut Reader<'_>,
    path: &str,
    partial: &PartialRepository,
) -> RepositorySettings {
    let mode_path = format!("{path}.image_tag_mutability");
    let filters_path = format!("{path}.image_tag_mutability_exclusion_filters");
    let key_path = format!("{path}.encryption.kms_key");
    let PartialRepository {
        settings,
        mutability,
        exclusion_filters,
        encryption,
        keep_last_images,
        expire_untagged_after_days,
    } = partial;

    let mode = mutability.map_or("MUTABLE", |mode| mode.as_str());
    let has_exclusion =
        mutability.is_some_and(infra_core::values::TagMutabilityMode::has_exclusion);
    if !exclusion_filters.is_empty() && !has_exclusion {
        let error = about(
            &filters_path,
            format!("exclusion filters cannot be combined with tag mutability {mode}"),
            reader.place(&filters_path).cloned(),
        );
        let error = with_context(error, reader.place(&mode_path).cloned(), "without exclusion");
        reader.error(error.hint(format!("write image_tag_mutability = \"{mode}_WITH_EXCLUSION\"")));
    } else if exclusion_filters.is_empty() && has_exclusion && !reader.has_failed(&filters_path) {
        let message = format!("tag mutability {mode} requires exclusion filters");
        let error = about(&filters_path, message, reader.place(&mode_path).cloned())
            .rule(rules::FILTER_COUNT)
            .hint("write image_tag_mutability_exclusion_filters = [\"latest\"], or use another mutability");
        reader.error(error);
    }
    let filters = exclusion_filters.iter().map(|filter| ExclusionFilter::wildcard(filter.as_str()));

    let PartialEncryption { kind, kms_key } = encryption;
    let kind = kind.map_or("AES256", |kind| kind.as_str());
    if kms_key.is_some() && kind == "AES256" {
        let error = about(
            &key_path,
            "a KMS key cannot be combined with AES256 encryption",
            reader.place(&key_path).cloned(),
        )
        .rule("AES256 uses keys managed by Amazon S3; the types KMS and KMS_DSSE use a KMS key")
        .hint("write type = \"KMS\", or remove kms_key");
        reader.error(error);
    }
    let lifecycle_policy = match (keep_last_images, expire_untagged_after_days) {
        (None, None) => settings.lifecycle_policy.clone(),
        limits => {
            let policy_path = format!("{path}.lifecycle_policy");
            if settings.lifecycle_policy != LifecyclePolicy::Unmanaged {
                let key = if limits.0.is_some() {
                    "keep_last_images"
                } else {
                    "expire_untagged_after_days"
                };
                let message = format!("{key} cannot be combined with a lifecycle policy");
                let error = about(&policy_path, message, reader.place(&policy_path).cloned());
                let other = reader.place(&format!("{path}.{key}")).cloned();
                let error = with_context(error, other, "also given here");
                reader.error(error.hint(format!("remove lifecycle_policy or {key}")));
            }
            LifecyclePolicy::limits(*limits.0, *limits.1)
        }
    };
    RepositorySettings {
        lifecycle_policy,
        tag_mutability: TagMutability::from_wire(mode, filters.collect()),
        encryption: Encryption::from_wire(kind, kms_key.as_ref().map(ToString::to_string)),
        ..settings.clone()
    }
}

fn log_group(partial: &PartialLogGroup, default: Retention) -> LogGroupSettings {
    let PartialLogGroup { settings, retention } = partial;
    LogGroupSettings { retention: retention.unwrap_or(default), ..settings.clone() }
}

/// Returns an error about a setting, with the location of the setting.
fn about(setting: &str, message: impl Into<String>, place: Option<At>) -> ConfigError {
    let error = ConfigError::new(message).about(setting);
    match place {
        Some(place) => error.mark(place, None),
        None => error,
    }
}

fn with_context(error: ConfigError, place: Option<At>, label: &str) -> ConfigError {
    match place {
        Some(place) => error.mark(place, Some(label)),
        None => error,
    }
}

/// Converts an error from the specification, and adds the location of the invalid setting.
///
/// A default name starts with the project name and the environment, so an error about a default
/// name points to both settings. If a resource has no tags of its own, an error about its tags
/// points to the common tags.
fn placed(reader: &Reader<'_>, error: &SpecError, spec: &FoundationSpec) -> ConfigError {
    let SpecError { path, error } = error;
    let key = path.rsplit('.').next().unwrap_or_default();
    if reader.place(path).is_none() && matches!(key, "name" | "inline_policy_name") {
        let message = title(error, true);
        let mut placed = about(path, message, reader.place("project_name").cloned());
        if let Some(mark) = placed.marks.first_mut() {
            mark.label = Some("the first part of the name".to_owned());
        }
        placed = with_context(placed, reader.place("environment").cloned(), "the second part");
        let mut parts = path.splitn(3, '.');
        if parts.next() == Some("services") {
            let service = format!("services.{}", parts.next().unwrap_or_default());
            placed = with_context(placed, reader.place(&service).cloned(), "the third part");
        }
        let base = spec.base_name();
        return placed
            .rule(error.rule())
            .hint(format!("shorten the project name or environment in {base:?}, or set {path}"));
    }
    let message = match (error.what(), error.value()) {
        // Do not mention the tag that exceeded the limit: it can be `Name`, which users cannot set.
        ("tag", _) => {
            format!("too many tags for `{}`", path.strip_suffix(".tags").unwrap_or(path))
        }
        (_, "") => format!("the list `{key}` is empty"),
        (_, value) => title(error, value.parse::<i64>().is_err()),
    };
    let common = (key == "tags").then_some("tags");
    let around = path.rmatch_indices('.').map(|(dot, _)| &path[..dot]);
    let place = std::iter::once(path.as_str())
        .chain(common)
        .chain(around)
        .find_map(|path| reader.place(path).cloned());
    let table = path.rsplit_once('.').map_or("", |(table, _)| table);
    let hint = error.suggestion().map(|value| match key {
        RETENTION => format!(
            "use {value} or more; to change only this environment, put the setting under \
             [environments.{}.{table}]",
            spec.environment
        ),
        _ => format!("write {value}"),
    });
    about(path, message, place).rule(error.rule()).hint_if(hint)
}
