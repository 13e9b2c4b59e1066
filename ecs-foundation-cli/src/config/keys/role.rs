//! The keys of `[execution_role]`, `[task_role]` and `[deployer]`. These tables have most of their
//! keys in common.

use infra_core::foundation::{
    DeployerSettings, ExecutionRoleSettings, GitHubTrust, RoleSettings, TaskRoleSettings,
    TrustSettings,
};
use serde_json::Value as Json;

use super::super::partial::PartialDeployer;
use super::super::reader::Reader;
use super::super::section::{Entry, Keys, Section, define_keys};
use super::super::value::Value;

/// Adds the keys that every role has. `trust` is the key that specifies who can assume the role.
fn shared<T: 'static, U: Section>(
    keys: &mut Keys<T>,
    role: fn(&mut T) -> &mut RoleSettings<U>,
    name: &'static str,
    inline_policy_name: &'static str,
    (trust, about_trust): (&'static str, &'static str),
) {
    define_keys! { keys, it => role(it);
        name: name;
        path: "The IAM path.";
        description: "The description.";
        max_session_duration: "The maximum session duration in seconds.";
        permissions_boundary: "The ARN of the permissions boundary policy.";
    }
    keys.key(trust, about_trust, move |it| &mut role(it).trust);
    define_keys! { keys, it => role(it);
        additional_managed_policies: "Additional managed policies: ARNs, or names of AWS managed policies.";
        inline_policy_name: inline_policy_name;
        statements: "Additional statements of the inline policy.";
        tags: "Additional tags of the role.";
    }
}

const TRUST: (&str, &str) = ("trust", "Who can assume the role.");

impl Section for ExecutionRoleSettings {
    fn keys(keys: &mut Keys<Self>) {
        shared(
            keys,
            |it| &mut it.role,
            "The name; by default PROJECT-ENVIRONMENT-ecs-execution-role.",
            "The name of the inline policy, which is created if there are statements; by default \
             PROJECT-ENVIRONMENT-ecs-execution-policy.",
            TRUST,
        );
        define_keys! { keys, it => it;
            managed_policy:
                "The managed policy that lets ECS pull images and write logs: an ARN, or the name of an AWS managed \
                 policy.";
        }
    }
}

impl Section for TaskRoleSettings {
    fn keys(keys: &mut Keys<Self>) {
        shared(
            keys,
            |it| &mut it.role,
            "The name; by default PROJECT-ENVIRONMENT-ecs-task-role.",
            "The name of the inline policy; by default PROJECT-ENVIRONMENT-ecs-task-policy.",
            TRUST,
        );
        define_keys! { keys, it => it;
            log_actions: "The actions that the role allows on the log streams of the log group; [] for none.";
        }
    }
}

impl Section for TrustSettings {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            services [non_empty]: "The services that can assume the role.";
            source_accounts: "Restricts the trust to requests from these accounts: account IDs, or \"own\".";
            source_arns: "Restricts the trust to requests from these resources; * and ? are wildcards.";
        }
    }
}

impl Section for DeployerSettings {
    fn keys(keys: &mut Keys<Self>) {
        shared(
            keys,
            |it| it,
            "The name; by default PROJECT-ENVIRONMENT-ecs-deployer-role.",
            "The name of the inline policy; by default PROJECT-ENVIRONMENT-ecs-deployer-policy.",
            ("github", "The GitHub Actions workflows that can assume the role."),
        );
    }
}

impl Section for GitHubTrust {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            repositories [non_empty]:
                "The repositories, as OWNER/REPOSITORY, with the same case as on GitHub. Repositories created after \
                 15 July 2026 need OWNER@ID/REPOSITORY@ID.";
            branches:
                "The branches whose jobs can assume the role, unless they reference an environment; * and ? are \
                 wildcards.";
            tags:
                "The tags whose jobs can assume the role, unless they reference an environment; * and ? are \
                 wildcards.";
            environments: "The environments whose jobs can assume the role; * and ? are wildcards.";
        }
    }
}

/// The deployer is created if there is a `[deployer]` table at the top level or in the environment.
/// Settings in the environment override those at the top level.
impl Value for PartialDeployer {
    fn schema() -> Json {
        DeployerSettings::schema()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut deployer = Self::default();
        Self::read_over(reader, entry, &mut deployer);
        Some(deployer)
    }

    fn read_over(reader: &mut Reader<'_>, entry: &Entry<'_>, Self(deployer): &mut Self) {
        DeployerSettings::read_over(reader, entry, deployer.get_or_insert_default());
    }

    fn paths(prefix: &str, paths: &mut Vec<String>) {
        DeployerSettings::paths(prefix, paths);
    }
}
