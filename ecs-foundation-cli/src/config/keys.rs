//! The keys of the file. These lists are the only ones: a key that is not here is unknown, and the schema is made
//! of them.

mod role;
mod storage;

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;

use infra_core::foundation::{ExecutionRoleSettings, TaskRoleSettings, Unmanaged, UnmanagedAction};
use infra_core::names::InvalidValue;
use infra_core::provider::ContainerInsights;
use infra_core::tags::{NAME_KEY, Tags};
use serde_json::{Value, json};

use super::draft::{ClusterDraft, Draft, LogGroupDraft, RepositoryDraft, StrategyDraft};
use super::reader::{Reader, put, title};
use super::section::{Entry, Key, Section, join};
use super::{Backend, GivenRates, MissingServices, Rate, checks, shape};
use crate::cost::each_rate;

const PARALLELISM: RangeInclusive<u32> = 1..=u32::MAX;
const BASE: RangeInclusive<u32> = 0..=100_000;
const WEIGHT: RangeInclusive<u32> = 0..=1000;
const UNMANAGED: [(&str, UnmanagedAction); 2] =
    [("report", UnmanagedAction::Report), ("remove", UnmanagedAction::Remove)];

impl Section for Draft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value(
            "project_name",
            "The first part of every name: lower-case letters, digits and single hyphens or underscores. Also \
             --project-name, ECS_FOUNDATION_PROJECT_NAME.",
            shape::word,
            |r, e, draft| put(&mut draft.project_name, r.parse(e).map(Some)),
        ),
        Key::<Self>::value(
            "environment",
            "The second part of every name; by default dev. Also -e, --environment, ECS_FOUNDATION_ENVIRONMENT.",
            shape::word,
            |r, e, draft| put(&mut draft.environment, r.parse(e).map(Some)),
        )
        .only_top(),
        Key::value(
            "backend",
            "Where to: aws, memory (a mock in the program, nothing is created in AWS) or localstack. Also \
             --backend, ECS_FOUNDATION_BACKEND.",
            || shape::one_of(&Backend::ALL.map(Backend::as_str)),
            |r, e, draft| put(&mut draft.backend, r.parse(e).map(Some)),
        ),
        Key::value(
            "region",
            "The region; by default that of the AWS configuration files. Also --region, ECS_FOUNDATION_REGION, \
             AWS_REGION, AWS_DEFAULT_REGION.",
            shape::region,
            |r, e, draft| put(&mut draft.region, r.parse(e).map(Some)),
        ),
        Key::value(
            "profile",
            "The profile of the AWS configuration files. Also --profile, ECS_FOUNDATION_PROFILE, AWS_PROFILE.",
            shape::something,
            |r, e, draft| {
                put(&mut draft.profile, r.text(e, checks::something("profile")).map(Some));
            },
        ),
        Key::value(
            "endpoint_url",
            "The endpoint of an emulator. Also --endpoint-url, ECS_FOUNDATION_ENDPOINT_URL, AWS_ENDPOINT_URL.",
            shape::url,
            |r, e, draft| put(&mut draft.endpoint_url, r.text(e, checks::url).map(Some)),
        ),
        Key::value(
            "ca_bundle",
            "A PEM file of certificates to trust; paths begin where this file is. Also --ca-bundle, \
             ECS_FOUNDATION_CA_BUNDLE, AWS_CA_BUNDLE.",
            shape::something,
            |r, e, draft| {
                let path = r.text(e, checks::something("file name"));
                put(&mut draft.ca_bundle, path.map(|path| Some(path.into())));
            },
        ),
        Key::value(
            "missing_services",
            "What becomes of services that LocalStack lacks: error names them, memory has them from a mock in the \
             program. Also --missing-services, ECS_FOUNDATION_MISSING_SERVICES.",
            || shape::one_of(&MissingServices::ALL.map(MissingServices::as_str)),
            |r, e, draft| put(&mut draft.missing_services, r.parse(e).map(Some)),
        ),
        Key::value(
            "memory_file",
            "Where a mock in the program keeps its state; by default .ecs-foundation/memory.json, beside \
             LocalStack .ecs-foundation/localstack.json. Also --memory-file, ECS_FOUNDATION_MEMORY_FILE.",
            shape::something,
            |r, e, draft| {
                let path = r.text(e, checks::something("file name"));
                put(&mut draft.memory_file, path.map(|path| Some(path.into())));
            },
        ),
        Key::value(
            "parallelism",
            "How many operations run at the same time. Also --parallelism, ECS_FOUNDATION_PARALLELISM.",
            || shape::number(&PARALLELISM),
            |r, e, draft| {
                let number = r.number(e, "parallelism", PARALLELISM);
                let number = number.and_then(|number| usize::try_from(number).ok());
                put(&mut draft.parallelism, number.map(NonZeroUsize::new));
            },
        ),
        Key::value(
            "tags",
            "Tags of every resource. The tag Name tells whose a resource is and cannot be set.",
            shape::tags,
            |r, e, draft| tags(r, e, &mut draft.tags),
        ),
        Key::section::<Unmanaged>(
            "unmanaged",
            "What becomes of what others have put on our resources.",
            |r, e, draft| r.section(e, &mut draft.unmanaged),
        ),
        Key::section::<ClusterDraft>("cluster", "The ECS cluster.", |r, e, draft| {
            r.section(e, &mut draft.cluster);
        }),
        Key::section::<ExecutionRoleSettings>(
            "execution_role",
            "The role by which ECS pulls images and writes logs.",
            |r, e, draft| r.section(e, &mut draft.execution_role),
        ),
        Key::section::<TaskRoleSettings>(
            "task_role",
            "The role of the code in the containers.",
            |r, e, draft| r.section(e, &mut draft.task_role),
        ),
        Key::section::<RepositoryDraft>("repository", "The ECR repository.", |r, e, draft| {
            r.section(e, &mut draft.repository);
        }),
        Key::section::<LogGroupDraft>("log_group", "The log group.", |r, e, draft| {
            r.section(e, &mut draft.log_group);
        }),
        Key::section::<GivenRates>(
            "rates",
            "What `cost` counts with, in USD and in quotes, in the place of AWS's list prices.",
            |r, e, draft| r.section(e, &mut draft.rates),
        ),
        // The tables of environments are read once it is known which one is meant, and their schema is that of
        // the root.
        Key::<Self>::value(
            "environments",
            "What each environment has of its own. Values and lists replace those above, tags come on top.",
            || json!({ "type": "object" }),
            |_, _, _| (),
        )
        .only_top(),
    ];
}

impl Section for Unmanaged {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("tags", "Tags: report them, or remove them.", unmanaged_words, |r, e, it| {
            put(&mut it.tags, unmanaged_action(r, e));
        }),
        Key::value(
            "policies",
            "Policies of our roles: report them, or remove them.",
            unmanaged_words,
            |r, e, it| put(&mut it.policies, unmanaged_action(r, e)),
        ),
    ];
}

fn unmanaged_words() -> Value {
    shape::one_of(&UNMANAGED.map(|(word, _)| word))
}

fn unmanaged_action(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<UnmanagedAction> {
    reader.text(entry, |text| checks::one_of("action", text, &UNMANAGED))
}

/// A key for each rate.
macro_rules! rate_keys {
    ($($rate:ident, $key:literal, $page:ident, $about:literal;)+) => {
        impl Section for GivenRates {
            const KEYS: &'static [Key<Self>] = &[$(
                Key::value($key, $about, shape::rate, |r, e, rates| {
                    if let Some(usd) = r.parse(e) {
                        rates.insert(Rate::$rate, usd);
                    }
                }),
            )+];
        }
    };
}

each_rate!(rate_keys);

impl Section for ClusterDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value(
            "name",
            "Its name; by default PROJECT-ENVIRONMENT-cluster.",
            shape::cluster_name,
            |r, e, cluster| put(&mut cluster.settings.name, r.parse(e).map(Some)),
        ),
        Key::value(
            "container_insights",
            "Container Insights: enabled, enhanced (down to tasks and containers) or disabled.",
            || shape::one_of(ContainerInsights::KNOWN),
            |r, e, cluster| {
                let words = known("Container Insights setting", ContainerInsights::KNOWN);
                let value = r.text(e, words);
                put(&mut cluster.settings.container_insights, value.map(ContainerInsights::from));
            },
        ),
        Key::value(
            "capacity_providers",
            "The capacity providers that it has.",
            || shape::list(&shape::capacity_provider()),
            |r, e, cluster| {
                let names = r.texts(e, checks::capacity_provider);
                let names = names.map(|names| names.into_iter().collect());
                put(&mut cluster.settings.capacity.providers, names);
            },
        ),
        Key::sections::<StrategyDraft>(
            "default_capacity_provider_strategy",
            "For services and tasks that name no strategy; [] is none.",
            |r, e, cluster| put(&mut cluster.strategy, strategy(r, e).map(Some)),
        ),
        Key::value("tags", "More tags of the cluster.", shape::tags, |r, e, cluster| {
            tags(r, e, &mut cluster.settings.tags);
        }),
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
        Key::value(
            "capacity_provider",
            "One of the cluster's.",
            shape::capacity_provider,
            |r, e, item| {
                put(&mut item.capacity_provider, r.text(e, checks::capacity_provider));
            },
        ),
        Key::value(
            "base",
            "How many tasks run on it before the weights count; one item can have a base.",
            || shape::number(&BASE),
            |r, e, item| put(&mut item.base, r.number(e, "base", BASE)),
        ),
        Key::value(
            "weight",
            "Its share of the tasks beyond the base.",
            || shape::number(&WEIGHT),
            |r, e, item| put(&mut item.weight, r.number(e, "weight", WEIGHT)),
        ),
    ];

    fn rules() -> Value {
        json!({ "required": ["capacity_provider"] })
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
) -> impl Fn(&str) -> Result<&'static str, InvalidValue> {
    move |text| {
        let known: Vec<_> = words.iter().map(|word| (*word, *word)).collect();
        checks::one_of(what, text, &known)
    }
}
