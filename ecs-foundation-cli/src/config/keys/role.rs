//! The keys of `[execution_role]` and `[task_role]`, which have most keys in common.

use infra_core::foundation::{
    ExecutionRoleSettings, RoleSettings, TaskRoleSettings, TrustSettings,
};

use super::super::section::{Keys, Section};

/// Adds the keys that both roles have.
fn shared<T: 'static>(
    keys: &mut Keys<T>,
    role: fn(&mut T) -> &mut RoleSettings,
    name: &'static str,
    inline_policy_name: &'static str,
) {
    keys.key("name", name, move |it| &mut role(it).name);
    keys.key("path", "The IAM path.", move |it| &mut role(it).path);
    keys.key("description", "The description.", move |it| &mut role(it).description);
    keys.key("max_session_duration", "The maximum session duration in seconds.", move |it| {
        &mut role(it).max_session_duration
    });
    keys.key("permissions_boundary", "The ARN of the permissions boundary policy.", move |it| {
        &mut role(it).permissions_boundary
    });
    keys.key("trust", "Who can assume the role.", move |it| &mut role(it).trust);
    keys.key(
        "additional_managed_policies",
        "Additional managed policies: ARNs, or names of AWS managed policies.",
        move |it| &mut role(it).additional_managed_policies,
    );
    keys.key("inline_policy_name", inline_policy_name, move |it| &mut role(it).inline_policy_name);
    keys.key("statements", "Additional statements of the inline policy.", move |it| {
        &mut role(it).statements
    });
    keys.key("tags", "Additional tags of the role.", move |it| &mut role(it).tags);
}

impl Section for ExecutionRoleSettings {
    fn keys(keys: &mut Keys<Self>) {
        shared(
            keys,
            |it| &mut it.role,
            "The name; by default PROJECT-ENVIRONMENT-ecs-execution-role.",
            "The name of the inline policy, which is created if there are statements; by default \
             PROJECT-ENVIRONMENT-ecs-execution-policy.",
        );
        keys.key(
            "managed_policy",
            "The managed policy that lets ECS pull images and write logs: an ARN, or the name of an AWS managed \
             policy.",
            |it| &mut it.managed_policy,
        );
    }
}

impl Section for TaskRoleSettings {
    fn keys(keys: &mut Keys<Self>) {
        shared(
            keys,
            |it| &mut it.role,
            "The name; by default PROJECT-ENVIRONMENT-ecs-task-role.",
            "The name of the inline policy; by default PROJECT-ENVIRONMENT-ecs-task-policy.",
        );
        keys.key(
            "log_actions",
            "The actions that the role allows on the log streams of the log group; [] for none.",
            |it| &mut it.log_actions,
        );
    }
}

impl Section for TrustSettings {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("services", "The services that can assume the role.", |it| &mut it.services)
            .non_empty();
        keys.key(
            "source_accounts",
            "Restricts the trust to requests from these accounts: account IDs, or \"own\".",
            |it| &mut it.source_accounts,
        );
        keys.key(
            "source_arns",
            "Restricts the trust to requests from these resources; * and ? are wildcards.",
            |it| &mut it.source_arns,
        );
    }
}
