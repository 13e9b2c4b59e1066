//! Scenarios that change the configuration of a foundation's cluster, repository or log group. Each
//! scenario checks that the plan contains only the configured change, and that the next plan is
//! empty. The scenario then reverts the change, and creates a new foundation with the changed
//! configuration.

use super::foundation_fixture::{ABSENT, FORCE, FoundationFixture, PRESENT, capacity};
use crate::conformance::check::{equal, holds};
use crate::conformance::show::outline;
use crate::conformance::{ExternalChange, Verdict};
use crate::foundation::{FoundationSpec, LifecyclePolicy};
use crate::policy::{PrincipalSet, Statement};
use crate::provider::{
    ContainerInsights, Encryption, ExclusionFilter, ExecuteCommandLogging, LogGroupClass,
    Retention, RetentionDays, TagMutability,
};

/// Defines one scenario for each variation. A variation consists of a name, a change to the default
/// configuration, and the expected plan for an existing foundation. The plan that reverts the
/// change usually has the same outline; if it does not, `back` lists the expected outline.
macro_rules! variations {
    ($group:literal: $($name:ident $(needs [$($need:ident),+])? by |$at:pat_param, $spec:ident| $vary:block
        plans [$($line:expr),* $(,)?] $(back [$($back:expr),* $(,)?])?;
    )+) => {
        pub(super) const SCENARIOS: &[$crate::conformance::Scenario] = &[
            $($crate::conformance::Scenario {
                group: $group,
                name: stringify!($name),
                group_needs: $crate::conformance::Capability::FOUNDATION,
                own_needs: &[$($($crate::conformance::Capability::$need),+)?],
                run: |at| Box::pin(async move {
                    let varied = {
                        let (mut $spec, $at) = ($crate::conformance::foundation::foundation_fixture::spec(at)?, at);
                        $vary
                        $spec
                    };
                    let plan = [$($line.to_string()),*];
                    let back: &[&[&str]] = &[$(&[$($back),*])?];
                    let back = back.first().copied();
                    $crate::conformance::foundation::variations::varies(at, varied, &plan, back).await
                }),
            },)+
        ];
    };
}
pub(super) use variations;

/// Applies the configuration `varied` to an existing foundation, and then reverts the change. Also
/// creates and destroys a new foundation with the configuration `varied`.
pub(super) async fn varies(
    at: &crate::conformance::Fixture,
    varied: FoundationSpec,
    lines: &[String],
    back: Option<&[&str]>,
) -> Verdict {
    let default = super::foundation_fixture::spec(at)?;
    let setup = FoundationFixture::created(at, &default).await?;
    let there = setup.plan_of(&varied, lines).await?;
    setup.apply(&varied, &there).await?;
    setup.has_converged(&varied).await?;

    let plan = setup.plan(&default, PRESENT).await?;
    match back {
        Some(expected) => equal(outline(&plan).as_slice(), expected)?,
        None => equal(&outline(&plan), &outline(&there))?,
    }
    setup.apply(&default, &plan).await?;
    setup.has_converged(&default).await?;
    // A policy that is no longer configured stays on its role, because someone else could have
    // attached it. The policy would block the deletion of the role, so force the deletion.
    setup.run(&default, FORCE).await?;
    setup.only_these_remain(&[]).await?;

    let plan = setup.run(&varied, PRESENT).await?;
    holds(
        plan.summary().create >= 8,
        format!("the plan creates the foundation: {:?}", plan.summary()),
    )?;
    setup.has_converged(&varied).await?;
    setup.run(&varied, ABSENT).await?;
    let left: &[&str] = if varied.log_group.skip_destroy { &["log group"] } else { &[] };
    setup.only_these_remain(left).await
}

fn filters(patterns: &[&str]) -> std::collections::BTreeSet<ExclusionFilter> {
    patterns.iter().map(|pattern| ExclusionFilter::wildcard(*pattern)).collect()
}

fn kept(days: u32) -> Verdict<Retention> {
    Ok(Retention::Days(RetentionDays::new(days)?))
}

const FARGATES: &str = r#"["FARGATE","FARGATE_SPOT"]"#;
const STRATEGY: &str = r#"[{"base":1,"capacity_provider":"FARGATE","weight":100}]"#;
const ROLE: &str = "arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role";
const ACTIONS: &str =
    r#"["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]"#;
const RULES: &str = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":10,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;

fn pull(actions: &str, principals: &str, sid: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Action":{actions},"Effect":"Allow","Principal":{{"AWS":{principals}}},"Sid":"{sid}"}}],"Version":"2012-10-17"}}"#
    )
}

fn pull_by_default() -> String {
    pull(ACTIONS, &format!(r#""{ROLE}""#), "AllowPull")
}

/// Returns the default repository policy with an additional statement that lets the task role push
/// images.
fn pull_and_push() -> String {
    let push = r#"{"Action":"ecr:PutImage","Effect":"Allow","Principal":{"AWS":"arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-task-role"},"Sid":"AllowPush"}"#;
    pull_by_default().replace(r#"}],"Version""#, &format!(r#"}},{push}],"Version""#))
}

fn pull_becomes(policy: &str) -> String {
    format!("ecr_repository_policy.app update policy: {} -> {policy}", pull_by_default())
}

fn pull_replaced() -> String {
    format!("ecr_repository_policy.app replace policy: null -> {}", pull_by_default())
}

variations! { "variations":
    enhanced_insights by |_, spec| { spec.cluster.container_insights = ContainerInsights::Enhanced; }
        plans [r#"ecs_cluster.main update container_insights: "enabled" -> "enhanced""#];

    disabled_insights by |_, spec| { spec.cluster.container_insights = ContainerInsights::Disabled; }
        plans [r#"ecs_cluster.main update container_insights: "enabled" -> "disabled""#];

    sessions_not_logged by |_, spec| {
            spec.cluster.execute_command.get_or_insert_default().logging = ExecuteCommandLogging::None;
        }
        plans [r#"ecs_cluster.main update execute_command.logging: "DEFAULT" -> "NONE""#]
        back [];

    sessions_logged_to_a_bucket by |_, spec| {
            let command = spec.cluster.execute_command.get_or_insert_default();
            command.logging = ExecuteCommandLogging::Override;
            command.s3_bucket = Some("sessions-{region}".parse()?);
            command.s3_key_prefix = Some("exec".parse()?);
        }
        plans [
            r#"ecs_cluster.main update execute_command.logging: "DEFAULT" -> "OVERRIDE""#,
            r#"ecs_cluster.main update execute_command.s3_bucket: null -> "sessions-REGION""#,
            r#"ecs_cluster.main update execute_command.s3_key_prefix: null -> "exec""#,
            "ecs_cluster.main update execute_command.s3_encryption: null -> false",
        ]
        back [];

    default_logging_of_sessions
        by |_, spec| { spec.cluster.execute_command.get_or_insert_default(); } plans [] back [];

    a_key_for_ephemeral_storage needs [KmsKeys] by |at, spec| {
            let storage = spec.cluster.managed_storage.get_or_insert_default();
            storage.fargate_ephemeral_storage_kms_key = Some(at.kms_key(1).to_string().parse()?);
        }
        plans [r#"ecs_cluster.main update managed_storage.fargate_ephemeral_storage_kms_key: null -> "KEY_1""#]
        back [];

    a_namespace needs [CloudMap] by |at, spec| {
            spec.cluster.service_connect_namespace = Some(at.namespace(1).to_string().parse()?);
        }
        plans [r#"ecs_cluster.main update service_connect_namespace: null -> "NAMESPACE_1""#]
        back [];

    fargate_only
        by |_, spec| { spec.cluster.capacity = capacity(&["FARGATE"], &[("FARGATE", 1, 100)]); }
        plans [format!(r#"ecs_cluster_capacity_providers.main update capacity_providers: {FARGATES} -> ["FARGATE"]"#)];

    no_capacity_providers by |_, spec| { spec.cluster.capacity = capacity(&[], &[]); }
        plans [
            format!("ecs_cluster_capacity_providers.main update capacity_providers: {FARGATES} -> []"),
            format!("ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> []"),
        ];

    no_default_strategy
        by |_, spec| { spec.cluster.capacity = capacity(&["FARGATE", "FARGATE_SPOT"], &[]); }
        plans [format!("ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> []")];

    mostly_spot by |_, spec| {
            let strategy = [("FARGATE", 1, 1), ("FARGATE_SPOT", 0, 4)];
            spec.cluster.capacity = capacity(&["FARGATE", "FARGATE_SPOT"], &strategy);
        }
        plans [format!(r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> [{{"base":1,"capacity_provider":"FARGATE","weight":1}},{{"base":0,"capacity_provider":"FARGATE_SPOT","weight":4}}]"#)];

    an_auto_scaling_group needs [CapacityProviders] by |at, spec| {
            let name = format!("{}-spare", at.prefix());
            at.act(ExternalChange::AddCapacityProvider { name: name.clone() }).await?;
            spec.cluster.capacity = capacity(&[&name], &[(&name, 0, 1)]);
        }
        plans [
            format!(r#"ecs_cluster_capacity_providers.main update capacity_providers: {FARGATES} -> ["PREFIX-spare"]"#),
            format!(r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> [{{"base":0,"capacity_provider":"PREFIX-spare","weight":1}}]"#),
        ];

    immutable_tags by |_, spec| { spec.repository.tag_mutability = TagMutability::Immutable; }
        plans [r#"ecr_repository.app update image_tag_mutability: "MUTABLE" -> "IMMUTABLE""#];

    immutable_tags_with_exclusions by |_, spec| {
            let filters = filters(&["latest", "dev-*"]);
            spec.repository.tag_mutability = TagMutability::ImmutableWithExclusion(filters);
        }
        plans [r#"ecr_repository.app update image_tag_mutability: "MUTABLE" -> {"exclusion_filters":["dev-*","latest"],"mode":"IMMUTABLE_WITH_EXCLUSION"}"#];

    mutable_tags_with_exclusions by |_, spec| {
            spec.repository.tag_mutability = TagMutability::MutableWithExclusion(filters(&["v*"]));
        }
        plans [r#"ecr_repository.app update image_tag_mutability: "MUTABLE" -> {"exclusion_filters":["v*"],"mode":"MUTABLE_WITH_EXCLUSION"}"#];

    scan_on_push_disabled by |_, spec| { spec.repository.scan_on_push = false; }
        plans ["ecr_repository.app update scan_on_push: true -> false"];

    // After the change is reverted, the lifecycle policy still exists, but is no longer managed.
    lifecycle_policy_set by |_, spec| {
            let rules = serde_json::from_str(RULES).expect("the rules are JSON");
            spec.repository.lifecycle_policy = LifecyclePolicy::Document(rules);
        }
        plans [format!("ecr_repository.app update lifecycle_policy: null -> {RULES}")]
        back [];

    no_lifecycle_policy by |_, spec| { spec.repository.lifecycle_policy = LifecyclePolicy::None; }
        plans [];

    // AWS does not store `force_delete`, so turning it off requires no changes.
    no_force_delete by |_, spec| { spec.repository.force_delete = false; }
        plans [];

    another_sid by |_, spec| { spec.repository.policy_sid = "Pull".parse()?; }
        plans [pull_becomes(&pull(ACTIONS, &format!(r#""{ROLE}""#), "Pull"))];

    other_pull_actions
        by |_, spec| { spec.repository.pull_actions = vec!["ecr:BatchGetImage".parse()?]; }
        plans [pull_becomes(&pull(r#""ecr:BatchGetImage""#, &format!(r#""{ROLE}""#), "AllowPull"))];

    // If the principal is an account id, ECR returns the ARN of the account's root instead. The
    // two forms are equivalent, so the next plan is empty.
    pull_from_another_account needs [OtherAccounts] by |_, spec| {
            spec.repository.additional_pull_principals = vec!["111122223333".parse()?];
        }
        plans [pull_becomes(&pull(ACTIONS, &format!(r#"["111122223333","{ROLE}"]"#), "AllowPull"))];

    pull_by_the_task_role by |at, spec| {
            let arn = at.text("arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-task-role");
            spec.repository.additional_pull_principals = vec![arn.parse()?];
        }
        plans [pull_becomes(&pull(ACTIONS, &format!(r#"["{ROLE}","arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-task-role"]"#), "AllowPull"))];

    push_by_the_task_role by |at, spec| {
            let arn = at.text("arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-task-role");
            let push = Statement::allow(["ecr:PutImage"]).with_principal(PrincipalSet::aws([arn]));
            spec.repository.statements.push(push.with_sid("AllowPush"));
        }
        plans [pull_becomes(&pull_and_push())];

    images_encrypted_with_kms needs [KmsKeys]
        by |_, spec| { spec.repository.encryption = Encryption::Kms(None); }
        plans [
            r#"ecr_repository.app replace encryption: "AES256" -> "KMS""#.to_owned(),
            pull_replaced(),
        ];

    images_encrypted_with_a_customer_managed_key needs [KmsKeys]
        by |at, spec| { spec.repository.encryption = Encryption::Kms(Some(at.kms_key(1).to_string())); }
        plans [
            r#"ecr_repository.app replace encryption: "AES256" -> {"kms_key":"KEY_1","type":"KMS"}"#.to_owned(),
            pull_replaced(),
        ];

    images_encrypted_with_two_layers needs [KmsKeys]
        by |_, spec| { spec.repository.encryption = Encryption::KmsDsse(None); }
        plans [
            r#"ecr_repository.app replace encryption: "AES256" -> "KMS_DSSE""#.to_owned(),
            pull_replaced(),
        ];

    logs_kept_for_30_days by |_, spec| { spec.log_group.retention = kept(30)?; }
        plans ["cloudwatch_log_group.ecs update retention_in_days: 14 -> 30"];

    logs_that_never_expire by |_, spec| { spec.log_group.retention = Retention::Never; }
        plans [r#"cloudwatch_log_group.ecs update retention_in_days: 14 -> "never""#];

    logs_encrypted_with_kms needs [KmsKeys] by |at, spec| { spec.log_group.kms_key = Some(at.kms_key(1).to_string().parse()?); }
        plans [r#"cloudwatch_log_group.ecs update kms_key_id: null -> "KEY_1""#];

    infrequent_access_logs by |_, spec| { spec.log_group.class = LogGroupClass::InfrequentAccess; }
        plans [r#"cloudwatch_log_group.ecs replace class: "STANDARD" -> "INFREQUENT_ACCESS""#];

    // AWS does not store `skip_destroy`, so turning it on requires no changes.
    logs_kept_on_destroy by |_, spec| { spec.log_group.skip_destroy = true; }
        plans [];

    // A tag that is no longer configured is kept, because someone else could have added it.
    common_tags by |_, spec| { spec.tags.set("Team", "blue")?; }
        plans [
            r#"ecs_cluster.main update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_task_role update tags.Team: null -> "blue""#,
            r#"ecr_repository.app update tags.Team: null -> "blue""#,
            r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#,
        ]
        back [];

    tag_on_the_cluster_only by |_, spec| {
            spec.tags.set("Team", "blue")?;
            spec.cluster.tags.set("Team", "red")?;
        }
        plans [
            r#"ecs_cluster.main update tags.Team: null -> "red""#,
            r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_task_role update tags.Team: null -> "blue""#,
            r#"ecr_repository.app update tags.Team: null -> "blue""#,
            r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#,
        ]
        back [];

    different_tag_on_each_resource by |_, spec| {
            spec.execution_role.role.tags.set("Letter", "a")?;
            spec.task_role.role.tags.set("Letter", "b")?;
            spec.repository.tags.set("Letter", "c")?;
            spec.log_group.tags.set("Letter", "d")?;
        }
        plans [
            r#"iam_role.ecs_execution_role update tags.Letter: null -> "a""#,
            r#"iam_role.ecs_task_role update tags.Letter: null -> "b""#,
            r#"ecr_repository.app update tags.Letter: null -> "c""#,
            r#"cloudwatch_log_group.ecs update tags.Letter: null -> "d""#,
        ]
        back [];

    another_environment_tag_on_the_log_group
        by |_, spec| { spec.log_group.tags.set("Environment", "development")?; }
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: "t" -> "development""#];
}
