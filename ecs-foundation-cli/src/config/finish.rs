//! From a draft to a foundation: what only the whole can tell right from wrong.

use infra_core::foundation::{FoundationSpec, SpecError};
use infra_core::names::{EnvironmentName, ProjectName};
use infra_core::provider::{
    CapacityProviders, Encryption, ExclusionFilter, Retention, RetentionDays, StrategyItem,
    TagMutability,
};

use super::draft::{
    ClusterDraft, Draft, EncryptionDraft, LogGroupDraft, RepositoryDraft, StrategyDraft,
};
use super::error::{At, ConfigError};
use super::reader::{Reader, put, title};

const STRATEGY: &str = "cluster.default_capacity_provider_strategy";
const PROVIDERS: &str = "cluster.capacity_providers";
const RETENTION: &str = "log_group.retention_in_days";

/// How long production keeps its logs at least, and by default.
const PRODUCTION_RETENTION: u32 = 30;

/// Whether an environment is production, by its name.
pub(super) fn is_production(environment: &EnvironmentName) -> bool {
    matches!(environment.as_str(), "prod" | "production")
}

/// Makes a foundation of a draft, and reports what does not fit together.
///
/// Without a project name all else is still checked, under a name as short as can be.
pub(super) fn spec(
    reader: &mut Reader<'_>,
    draft: Draft,
    environment: Option<EnvironmentName>,
) -> Option<FoundationSpec> {
    let named = draft.project_name.is_some() && environment.is_some();
    let shortest: Option<(ProjectName, EnvironmentName)> = "x".parse().ok().zip("x".parse().ok());
    let (short_project, short_environment) = shortest?;
    let project_name = draft.project_name.unwrap_or(short_project);
    let environment = environment.unwrap_or(short_environment);

    let mut spec = FoundationSpec::new(project_name, environment);
    spec.tags = draft.tags;
    spec.unmanaged = draft.unmanaged;
    spec.execution_role = draft.execution_role;
    spec.task_role = draft.task_role;
    cluster(reader, draft.cluster, &mut spec);
    repository(reader, draft.repository, &mut spec);
    log_group(reader, draft.log_group, &mut spec);
    for error in spec.validate() {
        if !reader.has_failed(&error.path) {
            let error = placed(reader, &error, &spec);
            reader.error(error);
        }
    }
    named.then_some(spec)
}

fn cluster(reader: &mut Reader<'_>, draft: ClusterDraft, spec: &mut FoundationSpec) {
    spec.cluster = draft.settings;
    let providers = &spec.cluster.capacity.providers;
    let items = match &draft.strategy {
        Some(items) => items.as_slice(),
        None => &[],
    };
    let list: Vec<&str> = providers.iter().map(String::as_str).collect();
    let list = if list.is_empty() { "it has none".to_owned() } else { list.join(", ") };
    let lacks = "a strategy can only name capacity providers of the cluster";
    let at = |reader: &Reader<'_>, index: usize, key: &str| {
        let item = format!("{STRATEGY}[{index}]");
        let place = reader.place(&format!("{item}.{key}")).or_else(|| reader.place(&item));
        place.cloned()
    };
    let judge = !reader.has_failed(STRATEGY);
    let judge_providers = judge && !reader.has_failed(PROVIDERS);
    for (index, item) in items.iter().enumerate().filter(|_| judge) {
        let name = &item.capacity_provider;
        let earlier = &items[..index];
        if judge_providers && !providers.contains(name) {
            let message = format!("the cluster has no capacity provider {name:?}");
            let mut error = about(STRATEGY, message, at(reader, index, "capacity_provider"))
                .rule(format!("{lacks}: {list}"))
                .hint(format!("add {name:?} to capacity_providers, or name another one here"));
            if let Some(place) = reader.place(PROVIDERS) {
                error = error.mark(place.clone(), Some("the cluster's"));
            }
            reader.error(error);
        }
        if let Some(first) = earlier.iter().position(|earlier| earlier.capacity_provider == *name) {
            let message = format!("the strategy names {name:?} twice");
            let error = about(STRATEGY, message, at(reader, index, "capacity_provider"))
                .rule("a strategy names each capacity provider once")
                .hint("leave one of the two out");
            let error = with_context(error, at(reader, first, "capacity_provider"), "first here");
            reader.error(error);
        }
        let based = earlier.iter().position(|earlier| earlier.base > 0);
        if let Some(first) = based.filter(|_| item.base > 0) {
            let error = about(STRATEGY, "a second base in the strategy", at(reader, index, "base"))
                .rule("only one capacity provider of a strategy can have a base")
                .hint("leave this base out, and let the weights share the tasks");
            let error = with_context(error, at(reader, first, "base"), "the first base");
            reader.error(error);
        }
    }
    if judge && !items.is_empty() && items.iter().all(|item| item.weight == 0) {
        let error = about(STRATEGY, "the strategy has no weight", reader.place(STRATEGY).cloned())
            .rule("at least one capacity provider of a strategy needs a weight above 0")
            .hint("write weight = 1");
        reader.error(error);
    }
    let fargate = |item: &&StrategyDraft| item.capacity_provider.starts_with("FARGATE");
    let mixed = items.iter().find(fargate).zip(items.iter().find(|item| !fargate(item)));
    if let Some((fargate, other)) = mixed.filter(|_| judge) {
        let (fargate, other) = (&fargate.capacity_provider, &other.capacity_provider);
        let message = format!("the strategy mixes {fargate:?} and {other:?}");
        let error = about(STRATEGY, message, reader.place(STRATEGY).cloned())
            .rule("a strategy names either Fargate or Auto Scaling group providers, not both")
            .hint("keep those of one kind; services and tasks can name a strategy of their own");
        reader.error(error);
    }
    if let Some(items) = draft.strategy {
        let items = items.into_iter().map(|item| StrategyItem {
            capacity_provider: item.capacity_provider,
            base: item.base,
            weight: item.weight,
        });
        spec.cluster.capacity.default_strategy = items.collect();
    } else if let Some(item) = spec.cluster.capacity.default_strategy.first()
        && judge_providers
        && !providers.contains(&item.capacity_provider)
    {
        let name = &item.capacity_provider;
        let message = format!("the default strategy needs the capacity provider {name:?}");
        let error = about(PROVIDERS, message, reader.place(PROVIDERS).cloned())
            .rule(format!("{lacks}: {list}"))
            .hint(
                "write [[cluster.default_capacity_provider_strategy]] with a provider of the list, or \
                 default_capacity_provider_strategy = [] for none",
            );
        reader.error(error);
        // It has been said, and need not be said again in the words of the specification.
        let CapacityProviders { default_strategy, .. } = &mut spec.cluster.capacity;
        default_strategy.clear();
    }
}

fn repository(reader: &mut Reader<'_>, draft: RepositoryDraft, spec: &mut FoundationSpec) {
    const MUTABILITY: &str = "repository.image_tag_mutability";
    const FILTERS: &str = "repository.image_tag_mutability_exclusion_filters";
    const KEY: &str = "repository.encryption.kms_key";
    let RepositoryDraft { settings, mutability, exclusion_filters, encryption } = draft;
    spec.repository = settings;

    let kind = mutability.unwrap_or("MUTABLE");
    if !exclusion_filters.is_empty() && !kind.ends_with("_WITH_EXCLUSION") {
        let error = about(
            FILTERS,
            format!("exclusion filters do not go with the tag mutability {kind}"),
            reader.place(FILTERS).cloned(),
        );
        let error = with_context(error, reader.place(MUTABILITY).cloned(), "without exclusion");
        reader.error(error.hint(format!("write image_tag_mutability = \"{kind}_WITH_EXCLUSION\"")));
    } else if exclusion_filters.is_empty()
        && kind.ends_with("_WITH_EXCLUSION")
        && !reader.has_failed(FILTERS)
    {
        let message = format!("the tag mutability {kind} needs exclusion filters");
        let error = about(MUTABILITY, message, reader.place(MUTABILITY).cloned())
            .rule("a mutability with exclusion has 1 to 5 filters")
            .hint("write image_tag_mutability_exclusion_filters = [\"latest\"], or another mutability");
        reader.error(error);
        // Said, as above.
        spec.repository.tag_mutability = TagMutability::Mutable;
    }
    if !(exclusion_filters.is_empty() && kind.ends_with("_WITH_EXCLUSION")) {
        let filters = exclusion_filters.into_iter().map(ExclusionFilter::wildcard).collect();
        spec.repository.tag_mutability = TagMutability::from_wire(kind, filters);
    }

    let EncryptionDraft { kind, kms_key } = encryption;
    let kind = kind.unwrap_or("AES256");
    if kms_key.is_some() && kind == "AES256" {
        let error = about(
            KEY,
            "a KMS key does not go with the encryption AES256",
            reader.place(KEY).cloned(),
        )
        .rule("AES256 uses keys of Amazon S3; the types KMS and KMS_DSSE use a KMS key")
        .hint("write type = \"KMS\", or leave kms_key out");
        reader.error(error);
    }
    spec.repository.encryption = Encryption::from_wire(kind, kms_key);
}

fn log_group(reader: &mut Reader<'_>, draft: LogGroupDraft, spec: &mut FoundationSpec) {
    spec.log_group = draft.settings;
    put(&mut spec.log_group.retention, draft.retention);
    if !is_production(&spec.environment) {
        return;
    }
    match draft.retention {
        None => {
            let days = RetentionDays::new(PRODUCTION_RETENTION).ok().map(Retention::Days);
            put(&mut spec.log_group.retention, days);
        }
        Some(Retention::Days(days)) if days.days() < PRODUCTION_RETENTION => {
            let environment = &spec.environment;
            let message = format!("{} is too short for the environment {environment}", days.days());
            let error = about(RETENTION, message, reader.place(RETENTION).cloned())
                .rule(format!("production keeps its logs {PRODUCTION_RETENTION} days or more"))
                .hint(format!(
                    "write {PRODUCTION_RETENTION} or more, for this environment alone under \
                     [environments.{environment}.log_group]",
                ));
            reader.error(error);
        }
        Some(Retention::Days(_) | Retention::Never) => {}
    }
}

/// An error about a setting that stands at a place.
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

/// An error of the specification in its place.
///
/// A name that the configuration does not give follows from project and environment: then these are to
/// blame. Tags of a resource that has none of its own are the common ones.
fn placed(reader: &Reader<'_>, error: &SpecError, spec: &FoundationSpec) -> ConfigError {
    let SpecError { path, error } = error;
    let message = title(error, true);
    let key = path.rsplit('.').next().unwrap_or_default();
    if reader.place(path).is_none() && matches!(key, "name" | "inline_policy_name") {
        let mut placed = about(path, message, reader.place("project_name").cloned());
        if let Some(mark) = placed.marks.first_mut() {
            mark.label = Some("the name begins with this".to_owned());
        }
        placed =
            with_context(placed, reader.place("environment").cloned(), "and goes on with this");
        let base = spec.base_name();
        return placed.rule(error.rule()).hint(format!(
            "write a shorter project name or environment than {base:?}, or set {path}"
        ));
    }
    let message = match error.what() {
        // The last tag that is set is the Name, which would say little.
        "tag" => format!("too many tags for `{}`", path.split('.').next().unwrap_or_default()),
        _ => message,
    };
    let common = (key == "tags").then_some("tags");
    let around = path.rmatch_indices('.').map(|(dot, _)| &path[..dot]);
    let place = std::iter::once(path.as_str())
        .chain(common)
        .chain(around)
        .find_map(|path| reader.place(path).cloned());
    let hint = error.suggestion().map(|value| format!("write {value}"));
    about(path, message, place).rule(error.rule()).hint_if(hint)
}
