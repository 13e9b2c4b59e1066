//! The keys of the top of the file. Each of its tables has a module of its own.
//!
//! These lists are the only ones: a key that is not here is unknown, and the schema is made of them.

mod cluster;
mod log_group;
mod repository;
mod role;
mod statement;

use infra_core::foundation::Unmanaged;
use serde_json::{Value as Json, json};

use super::partial::{Environments, Partial, PartialAssumeRole};
use super::reader::Reader;
use super::schema::ENVIRONMENTS;
use super::section::{Entry, Keys, Section};
use super::value::{Profile, Value};
use super::{Decimal, GivenRates, Rate};
use crate::cost::each_rate;

impl Section for Partial {
    #[expect(clippy::too_many_lines, reason = "it is the list of keys")]
    fn keys(keys: &mut Keys<Self>) {
        keys.key(
            "project_name",
            "The first part of every resource name: lower-case letters, digits and single hyphens or underscores. \
             Also --project-name, ECS_FOUNDATION_PROJECT_NAME.",
            |it| &mut it.project_name,
        );
        keys.key(
            "environment",
            "The second part of every resource name; by default dev. Also -e, --environment, \
             ECS_FOUNDATION_ENVIRONMENT.",
            |it| &mut it.environment,
        )
        .only_top();
        keys.key(
            "backend",
            "Backend to use: aws, memory (built-in mock, nothing is created in AWS) or localstack. Also --backend, \
             ECS_FOUNDATION_BACKEND.",
            |it| &mut it.backend,
        );
        keys.key(
            "region",
            "The region; by default that of the AWS configuration files. Also --region, ECS_FOUNDATION_REGION, \
             AWS_REGION, AWS_DEFAULT_REGION.",
            |it| &mut it.region,
        );
        keys.key(
            "partition",
            "The partition of the region, such as aws or aws-cn; needed for a region that matches no known \
             partition. Also --partition, ECS_FOUNDATION_PARTITION.",
            |it| &mut it.partition,
        );
        keys.set(
            "profile",
            "The profile of the AWS configuration files. Also --profile, ECS_FOUNDATION_PROFILE, AWS_PROFILE.",
            |it, Profile(name)| it.profile = Some(name),
        );
        keys.key(
            "allowed_account_ids",
            "The only accounts that commands may work in. With credentials of another account they stop before \
             they read or change anything.",
            |it| &mut it.allowed_account_ids,
        )
        .non_empty();
        keys.key("assume_role", "A role to assume with the credentials that were found.", |it| {
            &mut it.assume_role
        });
        keys.key(
            "endpoint_url",
            "The endpoint of an emulator. Also --endpoint-url, ECS_FOUNDATION_ENDPOINT_URL, AWS_ENDPOINT_URL.",
            |it| &mut it.endpoint_url,
        );
        keys.key(
            "ca_bundle",
            "A PEM file of certificates to trust; relative to this file. Also --ca-bundle, \
             ECS_FOUNDATION_CA_BUNDLE, AWS_CA_BUNDLE.",
            |it| &mut it.ca_bundle,
        );
        keys.key(
            "missing_services",
            "What to do about services that LocalStack lacks: error lists them, memory serves them from the built-in \
             mock. Also --missing-services, ECS_FOUNDATION_MISSING_SERVICES.",
            |it| &mut it.missing_services,
        );
        keys.key(
            "memory_file",
            "The file in which the built-in mock keeps its state; by default .ecs-foundation/memory.json, beside \
             LocalStack .ecs-foundation/localstack.json. Also --memory-file, ECS_FOUNDATION_MEMORY_FILE.",
            |it| &mut it.memory_file,
        );
        keys.key(
            "parallelism",
            "The number of operations that run at the same time. Also --parallelism, ECS_FOUNDATION_PARALLELISM.",
            |it| &mut it.parallelism,
        );
        keys.key(
            "role_names_include_region",
            "Whether the default names of the roles and their inline policies end in the region. IAM roles are \
             global: set it to run the same environment in several regions of one account.",
            |it| &mut it.role_names_include_region,
        );
        keys.key(
            "tags",
            "Tags of every resource. The tag Name marks a resource as managed and cannot be set.",
            |it| &mut it.tags,
        );
        keys.key(
            "unmanaged",
            "What to do with tags and policies that others put on managed resources.",
            |it| &mut it.unmanaged,
        );
        keys.key("cluster", "The ECS cluster.", |it| &mut it.cluster);
        keys.key("execution_role", "The role that ECS uses to pull images and write logs.", |it| {
            &mut it.execution_role
        });
        keys.key("task_role", "The role of the code in the containers.", |it| &mut it.task_role);
        keys.key("repository", "The ECR repository.", |it| &mut it.repository);
        keys.key("log_group", "The log group.", |it| &mut it.log_group);
        keys.key(
            "rates",
            "Rates that `cost` uses in place of AWS's list prices, in USD and in quotes.",
            |it| &mut it.rates,
        );
        keys.key(
            ENVIRONMENTS,
            "Settings of single environments. Values and lists replace those above, tags are added to them.",
            |it| &mut it.environments,
        )
        .only_top();
    }
}

/// The tables of environments are read once it is known which one is chosen, and their schema is that of the root.
impl Value for Environments {
    fn schema() -> Json {
        json!({ "type": "object" })
    }

    fn read(_: &mut Reader<'_>, _: &Entry<'_>) -> Option<Self> {
        None
    }
}

impl Section for PartialAssumeRole {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("role_arn", "The ARN of the role.", |it| &mut it.role_arn);
        keys.key(
            "session_name",
            "The name of the session, which CloudTrail shows; by default ecs-foundation.",
            |it| &mut it.session_name,
        );
        keys.key("external_id", "The external id that the role's trust policy asks for.", |it| {
            &mut it.external_id
        });
    }
}

impl Section for Unmanaged {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("tags", "Tags: report or remove them.", |it| &mut it.tags);
        keys.key("policies", "Policies of the roles: report or remove them.", |it| {
            &mut it.policies
        });
    }
}

/// A key for each rate.
macro_rules! rate_keys {
    ($($rate:ident, $key:literal, $page:ident, $about:literal;)+) => {
        impl Section for GivenRates {
            fn keys(keys: &mut Keys<Self>) {
                $(keys.set($key, $about, |rates, usd: Decimal| {
                    rates.insert(Rate::$rate, usd);
                });)+
            }
        }
    };
}

each_rate!(rate_keys);
