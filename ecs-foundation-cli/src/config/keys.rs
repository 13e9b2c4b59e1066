//! The top-level keys of the file. Most tables have a module of their own.
//!
//! The lists in these modules define every key of the file: the reader rejects any other key, and
//! the schema is generated from the lists.

mod cluster;
mod log_group;
mod repository;
mod role;
mod services;
mod statement;

use infra_core::foundation::Unmanaged;
use serde_json::{Value as Json, json};

use super::partial::{Environments, Partial, PartialAssumeRole};
use super::reader::Reader;
use super::schema::ENVIRONMENTS;
use super::section::{Entry, Keys, Section, define_keys};
use super::value::{Profile, Value};
use super::{Decimal, GivenRates, Rate};
use crate::cost::each_rate;

impl Section for Partial {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            project_name:
                "The first part of every resource name: lower-case letters, digits and single hyphens or underscores. \
                 Option: --project-name. Variable: ECS_FOUNDATION_PROJECT_NAME.";
            environment [only_top]:
                "The second part of every resource name; by default dev. Also -e, --environment, \
                 ECS_FOUNDATION_ENVIRONMENT.";
            backend:
                "Backend to use: aws, memory (built-in mock; nothing is created in AWS) or localstack. \
                 Option: --backend. Variable: ECS_FOUNDATION_BACKEND.";
            region:
                "The region; by default from the AWS configuration files. \
                 Option: --region. Variables: ECS_FOUNDATION_REGION, AWS_REGION, AWS_DEFAULT_REGION.";
            partition:
                "The partition of the region, such as aws or aws-cn; needed for a region that matches no known \
                 partition. Option: --partition. Variable: ECS_FOUNDATION_PARTITION.";
            profile:
                "The profile from the AWS configuration files. \
                 Option: --profile. Variables: ECS_FOUNDATION_PROFILE, AWS_PROFILE."
                => |it, Profile(name)| it.profile = Some(name);
            allowed_account_ids [non_empty]:
                "The accounts that commands may use. With credentials for any other account, they stop before reading \
                 or changing anything.";
            assume_role: "A role to assume before any other call.";
            endpoint_url:
                "The endpoint of an emulator. \
                 Option: --endpoint-url. Variables: ECS_FOUNDATION_ENDPOINT_URL, AWS_ENDPOINT_URL.";
            ca_bundle:
                "A PEM file of certificates to trust; relative to this file. \
                 Option: --ca-bundle. Variables: ECS_FOUNDATION_CA_BUNDLE, AWS_CA_BUNDLE.";
            missing_services:
                "How to handle services missing from LocalStack: error lists them, memory uses the built-in mock. \
                 Option: --missing-services. Variable: ECS_FOUNDATION_MISSING_SERVICES.";
            memory_file:
                "The state file of the built-in mock; by default .ecs-foundation/memory.json, or \
                 .ecs-foundation/localstack.json with LocalStack. \
                 Option: --memory-file. Variable: ECS_FOUNDATION_MEMORY_FILE.";
            parallelism:
                "The maximum number of concurrent AWS calls. \
                 Option: --parallelism. Variable: ECS_FOUNDATION_PARALLELISM.";
            role_names_include_region:
                "Whether the default names of the roles and their inline policies end with the region. IAM roles are \
                 global, so set this to run the same environment in several regions of one account.";
            tags: "Tags for every resource. The tag Name marks a resource as managed and cannot be set.";
            unmanaged: "How to handle tags, policies and capacity providers that are not in the configuration.";
            cluster: "The ECS cluster.";
            execution_role: "The role that ECS uses to pull images and write logs.";
            task_role: "The role of the code in the containers.";
            repository: "The ECR repository.";
            log_group: "The log group.";
            services:
                "Further services on the same cluster, each with a task role, repository and log group of its own. By \
                 default, the service worker has PROJECT-ENVIRONMENT-worker-task-role, PROJECT-ENVIRONMENT-worker and \
                 /ecs/PROJECT-ENVIRONMENT/worker.";
            deployer:
                "A role for a pipeline that pushes images to the repositories and deploys to the cluster. GitHub \
                 Actions workflows assume it without stored keys.";
            rates: "Rates that `cost` uses instead of the AWS list prices: amounts in USD, as strings.";
        }
        keys.key(
            ENVIRONMENTS,
            "Settings for individual environments. Values and lists replace the settings above; tags are added.",
            |it| &mut it.environments,
        )
        .only_top();
    }
}

/// `Tables::read` reads the environment tables after the top level, so `read` does nothing here.
/// `schema::schema` adds the schema of the environment tables.
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
        define_keys! { keys, it => it;
            role_arn: "The ARN of the role.";
            session_name: "The session name, as shown in CloudTrail; by default ecs-foundation.";
            external_id: "The external ID that the role's trust policy requires.";
        }
    }
}

impl Section for Unmanaged {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            tags: "Whether to report or remove unmanaged tags.";
            policies: "Whether to report or remove unmanaged policies of the roles.";
            capacity_providers: "Whether to report or remove unmanaged capacity providers of the cluster.";
        }
    }
}

/// Defines a key for each rate.
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
