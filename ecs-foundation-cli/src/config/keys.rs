//! The keys of the file. These lists are the only ones: a key that is not here is unknown.

mod role;

use std::num::NonZeroUsize;

use infra_core::foundation::{
    ExecutionRoleSettings, LifecyclePolicy, TaskRoleSettings, Unmanaged, UnmanagedAction,
};
use infra_core::names::InvalidName;
use infra_core::provider::{ContainerInsights, LogGroupClass, Retention, RetentionDays};
use infra_core::tags::{NAME_KEY, Tags};
use toml::de::DeValue;

use super::checks;
use super::draft::{
    ClusterDraft, Draft, EncryptionDraft, LogGroupDraft, RepositoryDraft, StrategyDraft,
};
use super::reader::{Reader, put, shorten, title};
use super::section::{Entry, Key, Section, join};
use super::{GivenRates, Rate};

impl Section for Draft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("project_name", |r, e, draft| {
            put(&mut draft.project_name, r.parse(e).map(Some));
        }),
        Key::<Self>::value("environment", |r, e, draft| {
            put(&mut draft.environment, r.parse(e).map(Some));
        })
        .only_top(),
        Key::value("backend", |r, e, draft| put(&mut draft.backend, r.parse(e).map(Some))),
        Key::value("region", |r, e, draft| put(&mut draft.region, r.parse(e).map(Some))),
        Key::value("profile", |r, e, draft| {
            put(&mut draft.profile, r.text(e, checks::something("profile")).map(Some));
        }),
        Key::value("endpoint_url", |r, e, draft| {
            put(&mut draft.endpoint_url, r.text(e, checks::url).map(Some));
        }),
        Key::value("ca_bundle", |r, e, draft| {
            let path = r.text(e, checks::something("file name"));
            put(&mut draft.ca_bundle, path.map(|path| Some(path.into())));
        }),
        Key::value("memory_file", |r, e, draft| {
            let path = r.text(e, checks::something("file name"));
            put(&mut draft.memory_file, path.map(|path| Some(path.into())));
        }),
        Key::value("parallelism", |r, e, draft| {
            let number = r.number(e, "parallelism", 1..=u32::MAX);
            let number = number.and_then(|number| usize::try_from(number).ok());
            put(&mut draft.parallelism, number.map(NonZeroUsize::new));
        }),
        Key::value("tags", |r, e, draft| tags(r, e, &mut draft.tags)),
        Key::section::<Unmanaged>("unmanaged", |r, e, draft| r.section(e, &mut draft.unmanaged)),
        Key::section::<ClusterDraft>("cluster", |r, e, draft| r.section(e, &mut draft.cluster)),
        Key::section::<ExecutionRoleSettings>("execution_role", |r, e, draft| {
            r.section(e, &mut draft.execution_role);
        }),
        Key::section::<TaskRoleSettings>("task_role", |r, e, draft| {
            r.section(e, &mut draft.task_role);
        }),
        Key::section::<RepositoryDraft>("repository", |r, e, draft| {
            r.section(e, &mut draft.repository);
        }),
        Key::section::<LogGroupDraft>("log_group", |r, e, draft| {
            r.section(e, &mut draft.log_group);
        }),
        Key::section::<GivenRates>("rates", |r, e, draft| r.section(e, &mut draft.rates)),
        // The tables of environments are read once it is known which one is meant.
        Key::<Self>::value("environments", |_, _, _| ()).only_top(),
    ];
}

impl Section for Unmanaged {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("tags", |r, e, unmanaged| put(&mut unmanaged.tags, unmanaged_action(r, e))),
        Key::value("policies", |r, e, unmanaged| {
            put(&mut unmanaged.policies, unmanaged_action(r, e));
        }),
    ];
}

fn unmanaged_action(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<UnmanagedAction> {
    let known = [("report", UnmanagedAction::Report), ("remove", UnmanagedAction::Remove)];
    reader.text(entry, |text| checks::one_of("action", text, &known))
}

/// A key for each rate.
macro_rules! rates {
    ($($rate:ident),+ $(,)?) => {
        impl Section for GivenRates {
            const KEYS: &'static [Key<Self>] = &[$(
                Key::value(Rate::$rate.key(), |r, e, rates| {
                    if let Some(usd) = r.parse(e) {
                        rates.insert(Rate::$rate, usd);
                    }
                }),
            )+];
        }
    };
}

rates! {
    FargateVcpuHour,
    FargateGbHour,
    FargateSpotVcpuHour,
    FargateSpotGbHour,
    EcrGbMonth,
    LogsIngestionGb,
    LogsInfrequentAccessIngestionGb,
    LogsStorageGbMonth,
    LogsInfrequentAccessStorageGbMonth,
    InsightsMetricMonth,
    InsightsEnhancedMetricMonth,
}

impl Section for ClusterDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("name", |r, e, cluster| put(&mut cluster.settings.name, r.parse(e).map(Some))),
        Key::value("container_insights", |r, e, cluster| {
            let value = r.text(e, known("Container Insights setting", ContainerInsights::KNOWN));
            put(&mut cluster.settings.container_insights, value.map(ContainerInsights::from));
        }),
        Key::value("capacity_providers", |r, e, cluster| {
            let names = r.texts(e, checks::capacity_provider);
            let names = names.map(|names| names.into_iter().collect());
            put(&mut cluster.settings.capacity.providers, names);
        }),
        Key::section::<StrategyDraft>("default_capacity_provider_strategy", |r, e, cluster| {
            put(&mut cluster.strategy, strategy(r, e).map(Some));
        }),
        Key::value("tags", |r, e, cluster| tags(r, e, &mut cluster.settings.tags)),
    ];
}

fn strategy(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<StrategyDraft>> {
    let items = reader.sections::<StrategyDraft>(entry)?;
    for index in 0..items.len() {
        let path = format!("{}[{index}]", entry.path);
        if reader.place(&format!("{path}.capacity_provider")).is_none() {
            let item = reader.list(entry)?.swap_remove(index);
            let error = item
                .error_at(item.span(), "an item of the strategy names no capacity provider")
                .hint("write capacity_provider = \"FARGATE\"");
            reader.error(error);
        }
    }
    Some(items)
}

impl Section for StrategyDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("capacity_provider", |r, e, item| {
            put(&mut item.capacity_provider, r.text(e, checks::capacity_provider));
        }),
        Key::value("base", |r, e, item| put(&mut item.base, r.number(e, "base", 0..=100_000))),
        Key::value("weight", |r, e, item| put(&mut item.weight, r.number(e, "weight", 0..=1000))),
    ];
}

impl Section for RepositoryDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("name", |r, e, repository| {
            put(&mut repository.settings.name, r.parse(e).map(Some));
        }),
        Key::value("image_tag_mutability", |r, e, repository| {
            let known = known("tag mutability", MUTABILITIES);
            put(&mut repository.mutability, r.text(e, known).map(Some));
        }),
        Key::value("image_tag_mutability_exclusion_filters", |r, e, repository| {
            put(&mut repository.exclusion_filters, r.texts(e, checks::exclusion_filter));
        }),
        Key::value("scan_on_push", |r, e, repository| {
            put(&mut repository.settings.scan_on_push, r.boolean(e));
        }),
        Key::section::<EncryptionDraft>("encryption", |r, e, repository| {
            r.section(e, &mut repository.encryption);
        }),
        Key::value("force_delete", |r, e, repository| {
            put(&mut repository.settings.force_delete, r.boolean(e));
        }),
        Key::value("lifecycle_policy", |r, e, repository| {
            put(&mut repository.settings.lifecycle_policy, lifecycle_policy(r, e));
        }),
        Key::value("policy_sid", |r, e, repository| {
            put(&mut repository.settings.policy_sid, r.text(e, checks::something("statement id")));
        }),
        Key::value("pull_actions", |r, e, repository| {
            let rule = "the repository policy allows at least one action";
            put(&mut repository.settings.pull_actions, r.some_texts(e, rule, checks::action));
        }),
        Key::value("additional_pull_principals", |r, e, repository| {
            let principals = r.texts(e, checks::principal);
            put(&mut repository.settings.additional_pull_principals, principals);
        }),
        Key::value("tags", |r, e, repository| tags(r, e, &mut repository.settings.tags)),
    ];
}

const MUTABILITIES: &[&str] =
    &["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"];

impl Section for EncryptionDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("type", |r, e, encryption| {
            let known = known("encryption type", &["AES256", "KMS", "KMS_DSSE"]);
            put(&mut encryption.kind, r.text(e, known).map(Some));
        }),
        Key::value("kms_key", |r, e, encryption| {
            put(&mut encryption.kms_key, r.text(e, checks::something("KMS key")).map(Some));
        }),
    ];
}

impl Section for LogGroupDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("name", |r, e, log_group| {
            put(&mut log_group.settings.name, r.parse(e).map(Some));
        }),
        Key::value("retention_in_days", |r, e, log_group| {
            put(&mut log_group.retention, retention(r, e).map(Some));
        }),
        Key::value("kms_key_id", |r, e, log_group| {
            put(&mut log_group.settings.kms_key, r.text(e, checks::log_key).map(Some));
        }),
        Key::value("class", |r, e, log_group| {
            let class = r.text(e, known("log group class", &["STANDARD", "INFREQUENT_ACCESS"]));
            put(&mut log_group.settings.class, class.map(LogGroupClass::from));
        }),
        Key::value("skip_destroy", |r, e, log_group| {
            put(&mut log_group.settings.skip_destroy, r.boolean(e));
        }),
        Key::value("tags", |r, e, log_group| tags(r, e, &mut log_group.settings.tags)),
    ];
}

fn retention(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Retention> {
    match entry.value.get_ref() {
        DeValue::String(text) if text == "never" => Some(Retention::Never),
        DeValue::String(text) if text.parse::<u32>().is_err() => {
            let error = entry
                .error(format!("{:?} is not a valid retention", shorten(text)))
                .rule("a retention is a number of days, or \"never\" to keep events for ever")
                .hint("write 30, or \"never\"");
            reader.error(error);
            None
        }
        DeValue::Integer(number) if number.as_str() == "0" => {
            let error = entry
                .error("0 is not a valid retention")
                .rule("a log group keeps events for at least a day")
                .hint("write \"never\" to keep events for ever");
            reader.error(error);
            None
        }
        _ => {
            let days = reader.number(entry, "retention", 1..=u32::MAX)?;
            match RetentionDays::new(days) {
                Ok(days) => Some(Retention::Days(days)),
                Err(error) => {
                    reader.invalid(entry, &error);
                    None
                }
            }
        }
    }
}

fn lifecycle_policy(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<LifecyclePolicy> {
    let text = reader.text(entry, |text| Ok(text.to_owned()))?;
    match text.trim() {
        "unmanaged" => return Some(LifecyclePolicy::Unmanaged),
        "none" => return Some(LifecyclePolicy::None),
        _ => {}
    }
    let example = "write '''{\"rules\": [...]}''', \"none\", or \"unmanaged\" to leave it alone";
    if !text.trim_start().starts_with(['{', '[']) {
        let message = format!("{:?} is not a valid lifecycle policy", shorten(&text));
        let error = entry.error(message).hint(example);
        reader.error(error);
        return None;
    }
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(document) if document.get("rules").is_some_and(serde_json::Value::is_array) => {
            Some(LifecyclePolicy::Document(document))
        }
        Ok(_) => {
            let error = entry
                .error("the lifecycle policy has no list of rules")
                .rule("a lifecycle policy is a JSON object with a list of rules")
                .hint(example);
            reader.error(error);
            None
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let span = reader.inside(entry, &text, line, column);
            let place = match span {
                Some(_) => String::new(),
                None => format!(", at line {line}, column {column} of it"),
            };
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            let error = entry
                .error_at(
                    span.unwrap_or_else(|| entry.span()),
                    format!("the lifecycle policy is not JSON{place}"),
                )
                .rule(reason);
            reader.error(error);
            None
        }
    }
}

/// Adds the tags of a table to those that are there.
fn tags(reader: &mut Reader<'_>, entry: &Entry<'_>, tags: &mut Tags) {
    let Some(table) = reader.table(entry) else { return };
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let entry = Entry { path: join(&entry.path, name), value, key: key.span() };
        if name == NAME_KEY {
            let error = entry
                .error_at(entry.key.clone(), "the tag `Name` cannot be set")
                .rule(
                    "the Name tag tells whose a resource is, and follows from the resource's name",
                )
                .hint("leave it out, or use another key");
            reader.error(error);
            continue;
        }
        let Some(text) = reader.text(&entry, |text| Ok(text.to_owned())) else { continue };
        if let Err(error) = tags.set(name, &text) {
            let span = match error.what() {
                "tag value" => entry.span(),
                _ => entry.key.clone(),
            };
            let error = entry.error_at(span, title(&error, true)).rule(error.rule());
            reader.error(error);
        }
    }
}

/// A check for one of AWS's own words.
fn known(
    what: &'static str,
    words: &'static [&'static str],
) -> impl Fn(&str) -> Result<&'static str, InvalidName> {
    move |text| {
        let known: Vec<_> = words.iter().map(|word| (*word, *word)).collect();
        checks::one_of(what, text, &known)
    }
}
