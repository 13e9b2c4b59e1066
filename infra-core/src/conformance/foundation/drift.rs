//! Scenarios for drift in the cluster, repository and log group. Each scenario checks that the plan
//! contains only the changes and calls that repair the drift, and that the next plan is empty.

use super::foundation_fixture::{FoundationFixture, capacity, named, role_of_tasks};
use crate::conformance::check::{equal, holds};
use crate::conformance::show::calls;
use crate::conformance::{ExternalChange, Verdict};
use crate::foundation::{FoundationSpec, LifecyclePolicy, UnmanagedAction};
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::{
    ContainerInsights, ExclusionFilter, Retention, RetentionDays, RoleSpec, TagMutability,
};

/// Defines one scenario for each case of drift. A case consists of a name, code that causes the
/// drift, and the expected plan and calls. A case can also modify the default configuration.
macro_rules! drifts {
    ($group:literal: $($name:ident $(needs [$($need:ident),+])?
        $(given |$given_at:pat_param, $spec:ident| $given:block)? by |$at:ident, $it:ident| $happens:block
        plans [$($line:expr),* $(,)?] calls [$($call:literal),* $(,)?];
    )+) => {
        pub(super) const SCENARIOS: &[$crate::conformance::Scenario] = &[
            $($crate::conformance::Scenario {
                group: $group,
                name: stringify!($name),
                group_needs: $crate::conformance::Capability::FOUNDATION,
                own_needs: &[$($($crate::conformance::Capability::$need),+)?],
                run: |at| Box::pin(async move {
                    let spec = $crate::conformance::foundation::foundation_fixture::spec(at)?;
                    $(let spec = {
                        let (mut $spec, $given_at) = (spec, at);
                        $given
                        $spec
                    };)?
                    let setup = $crate::conformance::foundation::foundation_fixture::FoundationFixture::created(at, &spec).await?;
                    setup.has_converged(&spec).await?;
                    {
                        let ($at, $it) = (at, &setup.names);
                        $happens
                    }
                    let plan = [$($line.to_string()),*];
                    let calls: &[&str] = &[$($call),*];
                    $crate::conformance::foundation::drift::is_repaired(&setup, &spec, &plan, calls).await
                }),
            },)+
        ];
    };
}
pub(super) use drifts;

/// Checks that the plan contains exactly the changes in `lines` and the calls in `expected`. Then
/// applies the plan, and checks that the next plan is empty.
pub(super) async fn is_repaired(
    setup: &FoundationFixture<'_>,
    spec: &FoundationSpec,
    lines: &[String],
    expected: &[&str],
) -> Verdict {
    let plan = setup.plan_of(spec, lines).await?;
    // The `verify` command must also report the drift.
    let differences = setup.differences(spec).await?;
    holds(!differences.is_empty(), "the drift is reported")?;
    equal(calls(&plan).as_slice(), expected)?;
    setup.apply(spec, &plan).await?;
    setup.has_converged(spec).await
}

const FARGATES: &[&str] = &["FARGATE", "FARGATE_SPOT"];
const STRATEGY: &str = r#"[{"base":1,"capacity_provider":"FARGATE","weight":100}]"#;
const PULL: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;
const PULL_BY_NOBODY: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"AROA~"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;
const PULL_BY_ALL: &str = r#"{"Statement":[{"Action":"ecr:BatchGetImage","Effect":"Allow","Principal":"*"}],"Version":"2012-10-17"}"#;
const RULES: &str = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":10,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;
const OTHER_RULES: &str = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":99,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;

fn rules() -> LifecyclePolicy {
    LifecyclePolicy::Document(serde_json::from_str(RULES).expect("the rules are JSON"))
}

fn days(days: u32) -> Verdict<RetentionDays> {
    Ok(RetentionDays::new(days)?)
}

/// Returns the execution role as specified by the default configuration.
fn execution_role(names: &super::foundation_fixture::Names) -> RoleSpec {
    let name = names.execution_role.clone();
    let tags = named(name.as_str());
    role_of_tasks(name, tags)
}

drifts! { "drift":
    container_insights_disabled by |at, it| {
            at.clusters().update_cluster(&it.cluster, &ContainerInsights::Disabled.into()).await?;
        }
        plans [r#"ecs_cluster.main update container_insights: "disabled" -> "enabled""#]
        calls ["ecs:UpdateCluster"];

    container_insights_enhanced by |at, it| {
            at.clusters().update_cluster(&it.cluster, &ContainerInsights::Enhanced.into()).await?;
        }
        plans [r#"ecs_cluster.main update container_insights: "enhanced" -> "enabled""#]
        calls ["ecs:UpdateCluster"];

    capacity_provider_removed by |at, it| {
            let left = capacity(&["FARGATE"], &[("FARGATE", 1, 100)]);
            at.clusters().put_capacity_providers(&it.cluster, &left).await?;
        }
        plans [r#"ecs_cluster_capacity_providers.main update capacity_providers: ["FARGATE"] -> ["FARGATE","FARGATE_SPOT"]"#]
        calls ["ecs:PutClusterCapacityProviders"];

    capacity_provider_added needs [CapacityProviders]
        given |_, spec| { spec.unmanaged.capacity_providers = UnmanagedAction::Remove; } by |at, it| {
            let name = format!("{}-spare", at.prefix());
            at.act(ExternalChange::AddCapacityProvider { name: name.clone() }).await?;
            let more = capacity(&["FARGATE", "FARGATE_SPOT", &name], &[("FARGATE", 1, 100)]);
            at.clusters().put_capacity_providers(&it.cluster, &more).await?;
        }
        plans [r#"ecs_cluster_capacity_providers.main update capacity_providers: ["FARGATE","FARGATE_SPOT","PREFIX-spare"] -> ["FARGATE","FARGATE_SPOT"]"#]
        calls ["ecs:PutClusterCapacityProviders"];

    default_strategy_changed by |at, it| {
            let other = capacity(FARGATES, &[("FARGATE_SPOT", 0, 1)]);
            at.clusters().put_capacity_providers(&it.cluster, &other).await?;
        }
        plans [format!(r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [{{"base":0,"capacity_provider":"FARGATE_SPOT","weight":1}}] -> {STRATEGY}"#)]
        calls ["ecs:PutClusterCapacityProviders"];

    default_strategy_weight_changed by |at, it| {
            let other = capacity(FARGATES, &[("FARGATE", 1, 50)]);
            at.clusters().put_capacity_providers(&it.cluster, &other).await?;
        }
        plans [format!(r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [{{"base":1,"capacity_provider":"FARGATE","weight":50}}] -> {STRATEGY}"#)]
        calls ["ecs:PutClusterCapacityProviders"];

    default_strategy_removed by |at, it| {
            at.clusters().put_capacity_providers(&it.cluster, &capacity(FARGATES, &[])).await?;
        }
        plans [format!("ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [] -> {STRATEGY}")]
        calls ["ecs:PutClusterCapacityProviders"];

    capacity_providers_and_strategy_removed by |at, it| {
            at.clusters().put_capacity_providers(&it.cluster, &capacity(&[], &[])).await?;
        }
        plans [
            r#"ecs_cluster_capacity_providers.main update capacity_providers: [] -> ["FARGATE","FARGATE_SPOT"]"#,
            format!("ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [] -> {STRATEGY}"),
        ]
        calls ["ecs:PutClusterCapacityProviders"];

    cluster_settings_and_capacity_providers_changed by |at, it| {
            at.clusters().update_cluster(&it.cluster, &ContainerInsights::Disabled.into()).await?;
            let left = capacity(&["FARGATE"], &[("FARGATE", 1, 100)]);
            at.clusters().put_capacity_providers(&it.cluster, &left).await?;
        }
        plans [
            r#"ecs_cluster.main update container_insights: "disabled" -> "enabled""#,
            r#"ecs_cluster_capacity_providers.main update capacity_providers: ["FARGATE"] -> ["FARGATE","FARGATE_SPOT"]"#,
        ]
        calls ["ecs:PutClusterCapacityProviders", "ecs:UpdateCluster"];

    cluster_deleted by |at, it| {
            at.clusters().delete_cluster(&it.cluster).await?;
        }
        plans [
            r#"ecs_cluster.main create container_insights: null -> "enabled""#,
            r#"ecs_cluster.main create tags.Name: null -> "PREFIX-t-cluster""#,
            r#"ecs_cluster_capacity_providers.main create capacity_providers: null -> ["FARGATE","FARGATE_SPOT"]"#,
            format!("ecs_cluster_capacity_providers.main create default_capacity_provider_strategy: null -> {STRATEGY}"),
        ]
        calls ["ecs:CreateCluster"];

    tag_mutability_changed by |at, it| {
            let repositories = at.repositories();
            repositories.put_image_tag_mutability(&it.repository, &TagMutability::Immutable).await?;
        }
        plans [r#"ecr_repository.app update image_tag_mutability: "IMMUTABLE" -> "MUTABLE""#]
        calls ["ecr:PutImageTagMutability"];

    tag_mutability_changed_with_exclusions by |at, it| {
            let filters = [ExclusionFilter::wildcard("dev-*")].into();
            let some = TagMutability::ImmutableWithExclusion(filters);
            at.repositories().put_image_tag_mutability(&it.repository, &some).await?;
        }
        plans [r#"ecr_repository.app update image_tag_mutability: {"exclusion_filters":["dev-*"],"mode":"IMMUTABLE_WITH_EXCLUSION"} -> "MUTABLE""#]
        calls ["ecr:PutImageTagMutability"];

    scan_on_push_disabled by |at, it| {
            at.repositories().put_image_scanning_configuration(&it.repository, false).await?;
        }
        plans ["ecr_repository.app update scan_on_push: false -> true"]
        calls ["ecr:PutImageScanningConfiguration"];

    repository_policy_changed by |at, it| {
            let pull = Statement::allow(["ecr:BatchGetImage"]).with_principal(PrincipalSet::Any);
            let policy = PolicyDocument::new([pull]);
            at.repositories().set_repository_policy(&it.repository, &policy).await?;
        }
        plans [format!("ecr_repository_policy.app update policy: {PULL_BY_ALL} -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    repository_policy_removed by |at, it| {
            at.repositories().delete_repository_policy(&it.repository).await?;
        }
        plans [format!("ecr_repository_policy.app create policy: null -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    // Someone else deletes the execution role and creates it again with the same attributes. The
    // repository policy then contains the id of the deleted role instead of the role's ARN.
    role_in_the_repository_policy_recreated by |at, it| {
            let policy = at.aws_policy("service-role/AmazonECSTaskExecutionRolePolicy");
            let (roles, role) = (at.roles(), &it.execution_role);
            roles.detach_role_policy(role, &policy.to_string()).await?;
            roles.delete_role(role).await?;
            roles.create_role(&execution_role(it)).await?;
            roles.attach_role_policy(role, &policy).await?;
        }
        plans [format!("ecr_repository_policy.app update policy: {PULL_BY_NOBODY} -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    lifecycle_policy_changed given |_, spec| { spec.repository.lifecycle_policy = rules(); }
        by |at, it| {
            at.repositories().put_lifecycle_policy(&it.repository, OTHER_RULES).await?;
        }
        plans [format!("ecr_repository.app update lifecycle_policy: {OTHER_RULES} -> {RULES}")]
        calls ["ecr:PutLifecyclePolicy"];

    lifecycle_policy_removed given |_, spec| { spec.repository.lifecycle_policy = rules(); }
        by |at, it| {
            at.repositories().delete_lifecycle_policy(&it.repository).await?;
        }
        plans [format!("ecr_repository.app update lifecycle_policy: null -> {RULES}")]
        calls ["ecr:PutLifecyclePolicy"];

    unwanted_lifecycle_policy_added
        given |_, spec| { spec.repository.lifecycle_policy = LifecyclePolicy::None; }
        by |at, it| {
            at.repositories().put_lifecycle_policy(&it.repository, OTHER_RULES).await?;
        }
        plans [format!("ecr_repository.app update lifecycle_policy: {OTHER_RULES} -> null")]
        calls ["ecr:DeleteLifecyclePolicy"];

    repository_deleted by |at, it| {
            at.repositories().delete_repository(&it.repository, true).await?;
        }
        plans [
            r#"ecr_repository.app create image_tag_mutability: null -> "MUTABLE""#.to_owned(),
            "ecr_repository.app create scan_on_push: null -> true".to_owned(),
            r#"ecr_repository.app create encryption: null -> "AES256""#.to_owned(),
            r#"ecr_repository.app create tags.Name: null -> "PREFIX-t-app-repo""#.to_owned(),
            format!("ecr_repository_policy.app create policy: null -> {PULL}"),
        ]
        calls ["ecr:CreateRepository", "ecr:SetRepositoryPolicy"];

    retention_changed by |at, it| {
            at.log_groups().put_retention_policy(&it.log_group, days(30)?).await?;
        }
        plans ["cloudwatch_log_group.ecs update retention_in_days: 30 -> 14"]
        calls ["logs:PutRetentionPolicy"];

    retention_removed by |at, it| {
            at.log_groups().delete_retention_policy(&it.log_group).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update retention_in_days: "never" -> 14"#]
        calls ["logs:PutRetentionPolicy"];

    unwanted_retention_added
        given |_, spec| { spec.log_group.retention = Retention::Never; }
        by |at, it| {
            at.log_groups().put_retention_policy(&it.log_group, days(1)?).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update retention_in_days: 1 -> "never""#]
        calls ["logs:DeleteRetentionPolicy"];

    log_group_key_added needs [KmsKeys] by |at, it| {
            at.log_groups().associate_kms_key(&it.log_group, &at.kms_key(1)).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update kms_key_id: "KEY_1" -> null"#]
        calls ["logs:DisassociateKmsKey"];

    log_group_key_changed needs [KmsKeys]
        given |at, spec| { spec.log_group.kms_key = Some(at.kms_key(1).to_string().parse()?); }
        by |at, it| {
            at.log_groups().associate_kms_key(&it.log_group, &at.kms_key(2)).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update kms_key_id: "KEY_2" -> "KEY_1""#]
        calls ["logs:AssociateKmsKey"];

    log_group_key_removed needs [KmsKeys]
        given |at, spec| { spec.log_group.kms_key = Some(at.kms_key(1).to_string().parse()?); }
        by |at, it| {
            at.log_groups().disassociate_kms_key(&it.log_group).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update kms_key_id: null -> "KEY_1""#]
        calls ["logs:AssociateKmsKey"];

    log_group_deleted by |at, it| {
            at.log_groups().delete_log_group(&it.log_group).await?;
        }
        plans [
            "cloudwatch_log_group.ecs create retention_in_days: null -> 14",
            r#"cloudwatch_log_group.ecs create class: null -> "STANDARD""#,
            r#"cloudwatch_log_group.ecs create tags.Environment: null -> "t""#,
            r#"cloudwatch_log_group.ecs create tags.Name: null -> "PREFIX-t-ecs-logs""#,
        ]
        calls ["logs:CreateLogGroup", "logs:PutRetentionPolicy"];
}
