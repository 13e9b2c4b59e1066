//! The keys of `[execution_role]` and `[task_role]`, most of which they share.

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
    keys.key("path", "Its path in IAM.", move |it| &mut role(it).path);
    keys.key("description", "Its description.", move |it| &mut role(it).description);
    keys.key("max_session_duration", "The longest session, in seconds.", move |it| {
        &mut role(it).max_session_duration
    });
    keys.key(
        "permissions_boundary",
        "The ARN of the managed policy that limits its permissions.",
        move |it| &mut role(it).permissions_boundary,
    );
    keys.key("trust", "Who can assume it.", move |it| &mut role(it).trust);
    keys.key(
        "additional_managed_policies",
        "More managed policies: by ARN, or an AWS managed policy by its name.",
        move |it| &mut role(it).additional_managed_policies,
    );
    keys.key("inline_policy_name", inline_policy_name, move |it| &mut role(it).inline_policy_name);
    keys.key("statements", "More statements of its inline policy.", move |it| {
        &mut role(it).statements
    });
    keys.key("tags", "More tags of the role.", move |it| &mut role(it).tags);
}

impl Section for ExecutionRoleSettings {
    fn keys(keys: &mut Keys<Self>) {
        shared(
            keys,
            |it| &mut it.role,
            "Its name; by default PROJECT-ENVIRONMENT-ecs-execution-role.",
            "The name of its inline policy, which is created if there are statements; by default \
             PROJECT-ENVIRONMENT-ecs-execution-policy.",
        );
        keys.key(
            "managed_policy",
            "The managed policy that lets ECS pull images and write logs: by ARN, or an AWS managed policy by its \
             name.",
            |it| &mut it.managed_policy,
        );
    }
}

impl Section for TaskRoleSettings {
    fn keys(keys: &mut Keys<Self>) {
        shared(
            keys,
            |it| &mut it.role,
            "Its name; by default PROJECT-ENVIRONMENT-ecs-task-role.",
            "The name of its inline policy; by default PROJECT-ENVIRONMENT-ecs-task-policy.",
        );
        keys.key(
            "log_actions",
            "The actions that it may perform on the streams of the log group; [] for none.",
            |it| &mut it.log_actions,
        );
    }
}

impl Section for TrustSettings {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("services", "The services that can assume it.", |it| &mut it.services).non_empty();
        keys.key(
            "source_accounts",
            "Only for requests of these accounts: twelve digits, or \"own\".",
            |it| &mut it.source_accounts,
        );
        keys.key(
            "source_arns",
            "Only for requests of these resources; * and ? are wildcards.",
            |it| &mut it.source_arns,
        );
    }
}
