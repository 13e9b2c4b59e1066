//! Attributes that somebody changed or removed.

use infra_core::arn::Arn;
use infra_core::foundation::LifecyclePolicy;
use infra_mock::{ecr, ecs, iam, logs};
use tests::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, Part, REPOSITORY, TASK_POLICY, TASK_ROLE};
use tests::{Lab, some};

use super::drifts;

fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

const TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#;
const OTHER_TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}"#;
const INLINE: &str = r#"{"Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*"}],"Version":"2012-10-17"}"#;
const OTHER_INLINE: &str = r#"{"Statement":[{"Action":"logs:PutLogEvents","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#;
const PULL: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;
const PULL_BY_NOBODY: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"AROA~"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;
const PULL_BY_ALL: &str = r#"{"Statement":[{"Action":"ecr:BatchGetImage","Effect":"Allow","Principal":"*"}],"Version":"2012-10-17"}"#;

fn insights(lab: &Lab, value: &str) {
    lab.act(ecs::UpdateClusterSettingsRequest {
        cluster: some(CLUSTER),
        settings: Some(vec![ecs::ClusterSetting::container_insights(value)]),
    });
}

fn capacity(lab: &Lab, providers: &[&str], strategy: &[(&str, i32, i32)]) {
    let item = |(provider, base, weight): &(&str, i32, i32)| {
        ecs::CapacityProviderStrategyItem::new(*provider, *base, *weight)
    };
    lab.act(ecs::PutClusterCapacityProvidersRequest {
        cluster: some(CLUSTER),
        capacity_providers: Some(providers.iter().map(|name| (*name).to_owned()).collect()),
        default_capacity_provider_strategy: Some(strategy.iter().map(item).collect()),
    });
}

drifts! {
    container_insights_disabled by |lab| insights(lab, "disabled"),
        plans [r#"ecs_cluster.main update container_insights: "disabled" -> "enabled""#]
        calls ["ecs:UpdateCluster"];

    container_insights_enhanced by |lab| insights(lab, "enhanced"),
        plans [r#"ecs_cluster.main update container_insights: "enhanced" -> "enabled""#]
        calls ["ecs:UpdateCluster"];

    a_capacity_provider_removed by |lab| capacity(lab, &["FARGATE"], &[("FARGATE", 1, 100)]),
        plans [r#"ecs_cluster_capacity_providers.main update capacity_providers: ["FARGATE"] -> ["FARGATE","FARGATE_SPOT"]"#]
        calls ["ecs:PutClusterCapacityProviders"];

    a_capacity_provider_added by |lab| {
            lab.with_world(|call| call.ecs().add_capacity_provider("spare"));
            capacity(lab, &["FARGATE", "FARGATE_SPOT", "spare"], &[("FARGATE", 1, 100)]);
        },
        plans [r#"ecs_cluster_capacity_providers.main update capacity_providers: ["FARGATE","FARGATE_SPOT","spare"] -> ["FARGATE","FARGATE_SPOT"]"#]
        calls ["ecs:PutClusterCapacityProviders"];

    the_default_strategy_changed
        by |lab| capacity(lab, &["FARGATE", "FARGATE_SPOT"], &[("FARGATE_SPOT", 0, 1)]),
        plans [r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [{"base":0,"capacity_provider":"FARGATE_SPOT","weight":1}] -> [{"base":1,"capacity_provider":"FARGATE","weight":100}]"#]
        calls ["ecs:PutClusterCapacityProviders"];

    the_weight_of_the_default_strategy_changed
        by |lab| capacity(lab, &["FARGATE", "FARGATE_SPOT"], &[("FARGATE", 1, 50)]),
        plans [r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [{"base":1,"capacity_provider":"FARGATE","weight":50}] -> [{"base":1,"capacity_provider":"FARGATE","weight":100}]"#]
        calls ["ecs:PutClusterCapacityProviders"];

    the_default_strategy_removed
        by |lab| capacity(lab, &["FARGATE", "FARGATE_SPOT"], &[]),
        plans [r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [] -> [{"base":1,"capacity_provider":"FARGATE","weight":100}]"#]
        calls ["ecs:PutClusterCapacityProviders"];

    providers_and_strategy_removed by |lab| Part::CapacityProviders.remove(lab),
        plans [
            r#"ecs_cluster_capacity_providers.main update capacity_providers: [] -> ["FARGATE","FARGATE_SPOT"]"#,
            r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [] -> [{"base":1,"capacity_provider":"FARGATE","weight":100}]"#,
        ]
        calls ["ecs:PutClusterCapacityProviders"];

    settings_and_providers_of_the_cluster_at_once by |lab| {
            insights(lab, "disabled");
            capacity(lab, &["FARGATE"], &[("FARGATE", 1, 100)]);
        },
        plans [
            r#"ecs_cluster.main update container_insights: "disabled" -> "enabled""#,
            r#"ecs_cluster_capacity_providers.main update capacity_providers: ["FARGATE"] -> ["FARGATE","FARGATE_SPOT"]"#,
        ]
        calls ["ecs:PutClusterCapacityProviders", "ecs:UpdateCluster"];
}

fn trust(lab: &Lab, role: &str) {
    lab.act(iam::UpdateAssumeRolePolicyRequest {
        role_name: some(role),
        policy_document: some(OTHER_TRUST),
    });
}

fn session(lab: &Lab, role: &str) {
    let max_session_duration = Some(7200);
    let role_name = some(role);
    lab.act(iam::UpdateRoleRequest { role_name, max_session_duration, ..Default::default() });
}

fn description(lab: &Lab, role: &str, text: &str) {
    let description = some(text);
    lab.act(iam::UpdateRoleRequest { role_name: some(role), description, ..Default::default() });
}

const BOUNDARY: &str = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";
const OTHER_BOUNDARY: &str = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";

fn boundary(lab: &Lab, role: &str, policy: &str) {
    lab.act(iam::PutRolePermissionsBoundaryRequest {
        role_name: some(role),
        permissions_boundary: some(policy),
    });
}

drifts! {
    the_trust_policy_of_the_execution_role_changed by |lab| trust(lab, EXECUTION_ROLE),
        plans [format!("iam_role.ecs_execution_role update assume_role_policy: {OTHER_TRUST} -> {TRUST}")]
        calls ["iam:UpdateAssumeRolePolicy"];

    the_trust_policy_of_the_task_role_changed by |lab| trust(lab, TASK_ROLE),
        plans [format!("iam_role.ecs_task_role update assume_role_policy: {OTHER_TRUST} -> {TRUST}")]
        calls ["iam:UpdateAssumeRolePolicy"];

    the_session_of_the_execution_role_lengthened by |lab| session(lab, EXECUTION_ROLE),
        plans ["iam_role.ecs_execution_role update max_session_duration: 7200 -> 3600"]
        calls ["iam:UpdateRole"];

    the_session_of_the_task_role_lengthened by |lab| session(lab, TASK_ROLE),
        plans ["iam_role.ecs_task_role update max_session_duration: 7200 -> 3600"]
        calls ["iam:UpdateRole"];

    the_description_changed
        given |spec| spec.task_role.role.description = some("for the app"),
        by |lab| description(lab, TASK_ROLE, "for something else"),
        plans [r#"iam_role.ecs_task_role update description: "for something else" -> "for the app""#]
        calls ["iam:UpdateRole"];

    the_description_emptied
        given |spec| spec.execution_role.role.description = some("for the agent"),
        by |lab| description(lab, EXECUTION_ROLE, ""),
        plans [r#"iam_role.ecs_execution_role update description: null -> "for the agent""#]
        calls ["iam:UpdateRole"];

    a_permissions_boundary_set by |lab| boundary(lab, TASK_ROLE, BOUNDARY),
        plans [format!(r#"iam_role.ecs_task_role update permissions_boundary: "{BOUNDARY}" -> null"#)]
        calls ["iam:DeleteRolePermissionsBoundary"];

    the_permissions_boundary_changed
        given |spec| spec.task_role.role.permissions_boundary = Some(arn(BOUNDARY)),
        by |lab| boundary(lab, TASK_ROLE, OTHER_BOUNDARY),
        plans [format!(r#"iam_role.ecs_task_role update permissions_boundary: "{OTHER_BOUNDARY}" -> "{BOUNDARY}""#)]
        calls ["iam:PutRolePermissionsBoundary"];

    the_permissions_boundary_removed
        given |spec| spec.execution_role.role.permissions_boundary = Some(arn(BOUNDARY)),
        by |lab| {
            let role_name = some(EXECUTION_ROLE);
            lab.act(iam::DeleteRolePermissionsBoundaryRequest { role_name });
        },
        plans [format!(r#"iam_role.ecs_execution_role update permissions_boundary: null -> "{BOUNDARY}""#)]
        calls ["iam:PutRolePermissionsBoundary"];

    the_managed_policy_detached by |lab| Part::ExecutionRoleAttachment.remove(lab),
        plans [r#"iam_role_policy_attachment.ecs_execution_role_policy create policy_arn: null -> "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy""#]
        calls ["iam:AttachRolePolicy"];

    the_inline_policy_changed by |lab| lab.act(iam::PutRolePolicyRequest {
            role_name: some(TASK_ROLE),
            policy_name: some(TASK_POLICY),
            policy_document: some(OTHER_INLINE),
        }),
        plans [format!("iam_role_policy.ecs_task_role_policy update policy: {OTHER_INLINE} -> {INLINE}")]
        calls ["iam:PutRolePolicy"];

    the_inline_policy_removed by |lab| Part::TaskRolePolicy.remove(lab),
        plans [format!("iam_role_policy.ecs_task_role_policy create policy: null -> {INLINE}")]
        calls ["iam:PutRolePolicy"];
}

fn mutability(lab: &Lab, value: &str, filter: Option<&str>) {
    let filter = filter.map(|filter| ecr::ImageTagMutabilityExclusionFilter {
        filter_type: some("WILDCARD"),
        filter: some(filter),
    });
    lab.act(ecr::PutImageTagMutabilityRequest {
        repository_name: some(REPOSITORY),
        image_tag_mutability: some(value),
        image_tag_mutability_exclusion_filters: filter.map(|filter| vec![filter]),
        ..Default::default()
    });
}

fn repository_policy(lab: &Lab, text: &str) {
    lab.act(ecr::SetRepositoryPolicyRequest {
        repository_name: some(REPOSITORY),
        policy_text: some(text),
        ..Default::default()
    });
}

/// Another run, or another tool, makes the role anew as it was: the policy on the repository knows its old
/// id alone.
fn execution_role_made_anew(lab: &Lab) {
    Part::ExecutionRole.remove(lab);
    lab.act(iam::CreateRoleRequest {
        role_name: some(EXECUTION_ROLE),
        assume_role_policy_document: some(TRUST),
        tags: vec![iam::Tag::new("Name", EXECUTION_ROLE)],
        ..Default::default()
    });
    lab.act(iam::AttachRolePolicyRequest {
        role_name: some(EXECUTION_ROLE),
        policy_arn: some(tests::parts::EXECUTION_POLICY),
    });
}

const RULES: &str = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":10,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;
const OTHER_RULES: &str = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":99,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;

fn rules(lab: &Lab) {
    lab.act(ecr::PutLifecyclePolicyRequest {
        repository_name: some(REPOSITORY),
        lifecycle_policy_text: some(OTHER_RULES),
        ..Default::default()
    });
}

drifts! {
    tags_made_immutable by |lab| mutability(lab, "IMMUTABLE", None),
        plans [r#"ecr_repository.app update image_tag_mutability: "IMMUTABLE" -> "MUTABLE""#]
        calls ["ecr:PutImageTagMutability"];

    tags_made_immutable_with_exceptions
        by |lab| mutability(lab, "IMMUTABLE_WITH_EXCLUSION", Some("dev-*")),
        plans [r#"ecr_repository.app update image_tag_mutability: {"exclusion_filters":["dev-*"],"mode":"IMMUTABLE_WITH_EXCLUSION"} -> "MUTABLE""#]
        calls ["ecr:PutImageTagMutability"];

    scanning_switched_off by |lab| {
            lab.act(ecr::PutImageScanningConfigurationRequest {
                repository_name: some(REPOSITORY),
                image_scanning_configuration: Some(ecr::ImageScanningConfiguration {
                    scan_on_push: Some(false),
                }),
                ..Default::default()
            });
        },
        plans ["ecr_repository.app update scan_on_push: false -> true"]
        calls ["ecr:PutImageScanningConfiguration"];

    the_repository_policy_changed by |lab| repository_policy(lab, PULL_BY_ALL),
        plans [format!("ecr_repository_policy.app update policy: {PULL_BY_ALL} -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    the_repository_policy_removed by |lab| Part::RepositoryPolicy.remove(lab),
        plans [format!("ecr_repository_policy.app create policy: null -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    the_repository_policy_names_a_role_that_was_made_anew by execution_role_made_anew,
        plans [format!("ecr_repository_policy.app update policy: {PULL_BY_NOBODY} -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    the_lifecycle_policy_changed
        given |spec| {
            let rules = serde_json::from_str(RULES).unwrap();
            spec.repository.lifecycle_policy = LifecyclePolicy::Document(rules);
        },
        by rules,
        plans [format!("ecr_repository.app update lifecycle_policy: {OTHER_RULES} -> {RULES}")]
        calls ["ecr:PutLifecyclePolicy"];

    the_lifecycle_policy_removed
        given |spec| {
            let rules = serde_json::from_str(RULES).unwrap();
            spec.repository.lifecycle_policy = LifecyclePolicy::Document(rules);
        },
        by |lab| {
            let repository_name = some(REPOSITORY);
            lab.act(ecr::DeleteLifecyclePolicyRequest { repository_name, ..Default::default() });
        },
        plans [format!("ecr_repository.app update lifecycle_policy: null -> {RULES}")]
        calls ["ecr:PutLifecyclePolicy"];

    a_lifecycle_policy_where_there_is_to_be_none
        given |spec| spec.repository.lifecycle_policy = LifecyclePolicy::None,
        by rules,
        plans [format!("ecr_repository.app update lifecycle_policy: {OTHER_RULES} -> null")]
        calls ["ecr:DeleteLifecyclePolicy"];
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_names_a_deleted_role_is_explained() {
    let (lab, spec) = (Lab::new(), tests::spec());
    lab.apply(&spec).await;
    execution_role_made_anew(&lab);
    let plan = lab.plan(&spec, tests::PRESENT).await;
    let [notice] = &plan.notices[..] else { panic!("{:?}", plan.notices) };
    assert_eq!(notice.address.as_str(), "ecr_repository_policy.app");
    assert!(notice.message.contains("AROA"), "{}", notice.message);
    assert!(notice.message.contains("was deleted; it will be set anew"), "{}", notice.message);
}

#[tokio::test(start_paused = true)]
async fn a_lifecycle_policy_that_nobody_manages_is_neither_read_nor_changed() {
    let (lab, spec) = (Lab::new(), tests::spec());
    lab.apply(&spec).await;
    rules(&lab);
    lab.calls();
    lab.assert_converged(&spec).await;
    assert!(lab.calls().iter().all(|call| call.operation != "GetLifecyclePolicy"));
}

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-aaaa-bbbb-cccc-0123456789ab";
const OTHER_KEY: &str =
    "arn:aws:kms:us-east-1:123456789012:key/ffffffff-aaaa-bbbb-cccc-0123456789ab";

fn key(lab: &Lab, key: &str) {
    let (log_group_name, kms_key_id) = (some(LOG_GROUP), some(key));
    lab.act(logs::AssociateKmsKeyRequest { log_group_name, kms_key_id, ..Default::default() });
}

drifts! {
    the_retention_changed by |lab| {
            let (log_group_name, retention_in_days) = (some(LOG_GROUP), Some(30));
            lab.act(logs::PutRetentionPolicyRequest { log_group_name, retention_in_days });
        },
        plans ["cloudwatch_log_group.ecs update retention_in_days: 30 -> 14"]
        calls ["logs:PutRetentionPolicy"];

    the_retention_removed by |lab| Part::Retention.remove(lab),
        plans [r#"cloudwatch_log_group.ecs update retention_in_days: "never" -> 14"#]
        calls ["logs:PutRetentionPolicy"];

    a_retention_where_events_are_to_stay_for_ever
        given |spec| spec.log_group.retention = infra_core::provider::Retention::Never,
        by |lab| {
            let (log_group_name, retention_in_days) = (some(LOG_GROUP), Some(1));
            lab.act(logs::PutRetentionPolicyRequest { log_group_name, retention_in_days });
        },
        plans [r#"cloudwatch_log_group.ecs update retention_in_days: 1 -> "never""#]
        calls ["logs:DeleteRetentionPolicy"];

    a_key_for_the_log_group_set by |lab| key(lab, KEY),
        plans [format!(r#"cloudwatch_log_group.ecs update kms_key_id: "{KEY}" -> null"#)]
        calls ["logs:DisassociateKmsKey"];

    the_key_of_the_log_group_changed
        given |spec| spec.log_group.kms_key = Some(arn(KEY)),
        by |lab| key(lab, OTHER_KEY),
        plans [format!(r#"cloudwatch_log_group.ecs update kms_key_id: "{OTHER_KEY}" -> "{KEY}""#)]
        calls ["logs:AssociateKmsKey"];

    the_key_of_the_log_group_removed
        given |spec| spec.log_group.kms_key = Some(arn(KEY)),
        by |lab| {
            let log_group_name = some(LOG_GROUP);
            lab.act(logs::DisassociateKmsKeyRequest { log_group_name, ..Default::default() });
        },
        plans [format!(r#"cloudwatch_log_group.ecs update kms_key_id: null -> "{KEY}""#)]
        calls ["logs:AssociateKmsKey"];
}
