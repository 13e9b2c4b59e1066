//! Settings that AWS changes in place.

use infra_core::arn::Arn;
use infra_core::foundation::{FoundationSpec, LifecyclePolicy, ManagedPolicy, SourceAccount};
use infra_core::policy::Statement;
use infra_core::provider::{
    CapacityProviders, ContainerInsights, ExclusionFilter, Retention, RetentionDays, StrategyItem,
    TagMutability,
};
use tests::show::changes;
use tests::{Lab, PRESENT, spec};

use super::variations;

fn capacity(providers: &[&str], strategy: &[(&str, u32, u32)]) -> CapacityProviders {
    let item = |(name, base, weight): &(&str, u32, u32)| StrategyItem {
        capacity_provider: (*name).to_owned(),
        base: *base,
        weight: *weight,
    };
    CapacityProviders {
        providers: providers.iter().map(|name| (*name).to_owned()).collect(),
        default_strategy: strategy.iter().map(item).collect(),
    }
}

const FARGATES: &str = r#"["FARGATE","FARGATE_SPOT"]"#;
const STRATEGY: &str = r#"[{"base":1,"capacity_provider":"FARGATE","weight":100}]"#;

variations! {
    enhanced_insights by |spec| spec.cluster.container_insights = ContainerInsights::Enhanced,
        plans [r#"ecs_cluster.main update container_insights: "enabled" -> "enhanced""#];

    disabled_insights by |spec| spec.cluster.container_insights = ContainerInsights::Disabled,
        plans [r#"ecs_cluster.main update container_insights: "enabled" -> "disabled""#];

    only_fargate
        by |spec| spec.cluster.capacity = capacity(&["FARGATE"], &[("FARGATE", 1, 100)]),
        plans [format!(r#"ecs_cluster_capacity_providers.main update capacity_providers: {FARGATES} -> ["FARGATE"]"#)];

    no_capacity_providers by |spec| spec.cluster.capacity = capacity(&[], &[]),
        plans [
            format!("ecs_cluster_capacity_providers.main update capacity_providers: {FARGATES} -> []"),
            format!("ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> []"),
        ];

    no_default_strategy
        by |spec| spec.cluster.capacity = capacity(&["FARGATE", "FARGATE_SPOT"], &[]),
        plans [format!("ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> []")];

    mostly_spot by |spec| {
            let strategy = [("FARGATE", 1, 1), ("FARGATE_SPOT", 0, 4)];
            spec.cluster.capacity = capacity(&["FARGATE", "FARGATE_SPOT"], &strategy);
        },
        plans [format!(r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> [{{"base":1,"capacity_provider":"FARGATE","weight":1}},{{"base":0,"capacity_provider":"FARGATE_SPOT","weight":4}}]"#)];

    an_auto_scaling_group
        by |spec| spec.cluster.capacity = capacity(&["spare"], &[("spare", 0, 1)]),
        plans [
            format!(r#"ecs_cluster_capacity_providers.main update capacity_providers: {FARGATES} -> ["spare"]"#),
            format!(r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: {STRATEGY} -> [{{"base":0,"capacity_provider":"spare","weight":1}}]"#),
        ];
}

const LOGS: &str = r#"{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*"}"#;
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db";
const READ_SECRET: &str = r#"{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:db"}"#;
const BOUNDARY: &str = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";
const READ_ONLY: &str = "AmazonDynamoDBReadOnlyAccess";

fn inline(statements: &[&str]) -> String {
    format!(r#"{{"Statement":[{}],"Version":"2012-10-17"}}"#, statements.join(","))
}

fn trust(services: &str, condition: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Action":"sts:AssumeRole",{condition}"Effect":"Allow","Principal":{{"Service":{services}}}}}],"Version":"2012-10-17"}}"#
    )
}

const TASKS: &str = r#""ecs-tasks.amazonaws.com""#;

fn read_secret() -> Statement {
    Statement::allow(["secretsmanager:GetSecretValue"]).with_resources([SECRET])
}

fn read_only() -> ManagedPolicy {
    ManagedPolicy::AwsManaged(READ_ONLY.to_owned())
}

variations! {
    a_boundary_on_the_execution_role
        by |spec| spec.execution_role.role.permissions_boundary = Some(BOUNDARY.parse().unwrap()),
        plans [format!(r#"iam_role.ecs_execution_role update permissions_boundary: null -> "{BOUNDARY}""#)];

    a_boundary_on_the_task_role
        by |spec| spec.task_role.role.permissions_boundary = Some(BOUNDARY.parse().unwrap()),
        plans [format!(r#"iam_role.ecs_task_role update permissions_boundary: null -> "{BOUNDARY}""#)];

    long_sessions_of_the_execution_role
        by |spec| spec.execution_role.role.max_session_duration = 43_200,
        plans ["iam_role.ecs_execution_role update max_session_duration: 3600 -> 43200"];

    long_sessions_of_the_task_role by |spec| spec.task_role.role.max_session_duration = 7200,
        plans ["iam_role.ecs_task_role update max_session_duration: 3600 -> 7200"];

    // Without a description in the configuration, the one that is there stays.
    a_description by |spec| spec.task_role.role.description = Some("for the app".to_owned()),
        plans [r#"iam_role.ecs_task_role update description: null -> "for the app""#]
        back [];

    a_description_and_long_sessions by |spec| {
            spec.task_role.role.description = Some("for the app".to_owned());
            spec.task_role.role.max_session_duration = 7200;
        },
        plans [
            "iam_role.ecs_task_role update max_session_duration: 3600 -> 7200",
            r#"iam_role.ecs_task_role update description: null -> "for the app""#,
        ]
        back ["iam_role.ecs_task_role update max_session_duration"];

    // What the configuration does not name any more could be somebody else's, so that it stays.
    another_managed_policy_on_the_execution_role
        by |spec| spec.execution_role.role.additional_managed_policies = vec![read_only()],
        plans [format!(r#"iam_role_policy_attachment.ecs_execution_role_policy["{READ_ONLY}"] create policy_arn: null -> "arn:aws:iam::aws:policy/{READ_ONLY}""#)]
        back [];

    managed_policies_on_the_task_role by |spec| {
            let arn: Arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess".parse().unwrap();
            spec.task_role.role.additional_managed_policies =
                vec![read_only(), ManagedPolicy::Arn(arn)];
        },
        plans [
            format!(r#"iam_role_policy_attachment.ecs_task_role_policy["{READ_ONLY}"] create policy_arn: null -> "arn:aws:iam::aws:policy/{READ_ONLY}""#),
            r#"iam_role_policy_attachment.ecs_task_role_policy["AWSXRayDaemonWriteAccess"] create policy_arn: null -> "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess""#,
        ]
        back [];

    a_statement_on_the_task_role
        by |spec| spec.task_role.role.statements = vec![read_secret()],
        plans [format!("iam_role_policy.ecs_task_role_policy update policy: {} -> {}", inline(&[LOGS]), inline(&[LOGS, READ_SECRET]))];

    a_statement_on_the_execution_role
        by |spec| spec.execution_role.role.statements = vec![read_secret()],
        plans [format!("iam_role_policy.ecs_execution_role_policy create policy: null -> {}", inline(&[READ_SECRET]))]
        back ["iam_role_policy.ecs_execution_role_policy delete"];

    no_log_actions by |spec| spec.task_role.log_actions.clear(),
        plans ["iam_role_policy.ecs_task_role_policy delete"]
        back ["iam_role_policy.ecs_task_role_policy create policy"];

    one_log_action by |spec| spec.task_role.log_actions.truncate(1),
        plans [format!("iam_role_policy.ecs_task_role_policy update policy: {} -> {}", inline(&[LOGS]), inline(&[&LOGS.replace(r#"["logs:CreateLogStream","logs:PutLogEvents"]"#, r#""logs:CreateLogStream""#)]))];

    trust_narrowed_to_the_own_account
        by |spec| spec.execution_role.role.trust.source_accounts = vec![SourceAccount::Own],
        plans [format!("iam_role.ecs_execution_role update assume_role_policy: {} -> {}", trust(TASKS, ""), trust(TASKS, r#""Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}},"#))];

    trust_narrowed_to_another_account by |spec| {
            let other = SourceAccount::Id("210987654321".parse().unwrap());
            spec.task_role.role.trust.source_accounts = vec![SourceAccount::Own, other];
        },
        plans [format!("iam_role.ecs_task_role update assume_role_policy: {} -> {}", trust(TASKS, ""), trust(TASKS, r#""Condition":{"StringEquals":{"aws:SourceAccount":["123456789012","210987654321"]}},"#))];

    trust_narrowed_to_arns
        by |spec| spec.task_role.role.trust.source_arns = vec!["arn:aws:ecs:us-east-1:123456789012:*".to_owned()],
        plans [format!("iam_role.ecs_task_role update assume_role_policy: {} -> {}", trust(TASKS, ""), trust(TASKS, r#""Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:123456789012:*"}},"#))];

    another_service_trusted
        by |spec| spec.task_role.role.trust.services.push("ec2.amazonaws.com".to_owned()),
        plans [format!("iam_role.ecs_task_role update assume_role_policy: {} -> {}", trust(TASKS, ""), trust(r#"["ec2.amazonaws.com","ecs-tasks.amazonaws.com"]"#, ""))];
}

fn filters(patterns: &[&str]) -> std::collections::BTreeSet<ExclusionFilter> {
    patterns.iter().map(|pattern| ExclusionFilter::wildcard(*pattern)).collect()
}

const ROLE: &str = "arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role";
const ACTIONS: &str =
    r#"["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]"#;

fn pull(actions: &str, principals: &str, sid: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Action":{actions},"Effect":"Allow","Principal":{{"AWS":{principals}}},"Sid":"{sid}"}}],"Version":"2012-10-17"}}"#
    )
}

fn pull_by_default() -> String {
    pull(ACTIONS, &format!(r#""{ROLE}""#), "AllowPull")
}

const RULES: &str = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":10,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;

variations! {
    immutable_tags by |spec| spec.repository.tag_mutability = TagMutability::Immutable,
        plans [r#"ecr_repository.app update image_tag_mutability: "MUTABLE" -> "IMMUTABLE""#];

    immutable_tags_but_some by |spec| {
            let filters = filters(&["latest", "dev-*"]);
            spec.repository.tag_mutability = TagMutability::ImmutableWithExclusion(filters);
        },
        plans [r#"ecr_repository.app update image_tag_mutability: "MUTABLE" -> {"exclusion_filters":["dev-*","latest"],"mode":"IMMUTABLE_WITH_EXCLUSION"}"#];

    mutable_tags_but_some by |spec| {
            let filters = filters(&["v*"]);
            spec.repository.tag_mutability = TagMutability::MutableWithExclusion(filters);
        },
        plans [r#"ecr_repository.app update image_tag_mutability: "MUTABLE" -> {"exclusion_filters":["v*"],"mode":"MUTABLE_WITH_EXCLUSION"}"#];

    no_scanning by |spec| spec.repository.scan_on_push = false,
        plans ["ecr_repository.app update scan_on_push: true -> false"];

    // Back to unmanaged, the policy that is there is nobody's business.
    a_lifecycle_policy by |spec| {
            let rules = serde_json::from_str(RULES).unwrap();
            spec.repository.lifecycle_policy = LifecyclePolicy::Document(rules);
        },
        plans [format!("ecr_repository.app update lifecycle_policy: null -> {RULES}")]
        back [];

    no_lifecycle_policy by |spec| spec.repository.lifecycle_policy = LifecyclePolicy::None,
        plans [];

    // It counts when the repository is deleted.
    no_force_delete by |spec| spec.repository.force_delete = false,
        plans [];

    another_sid by |spec| spec.repository.policy_sid = String::from("Pull"),
        plans [format!("ecr_repository_policy.app update policy: {} -> {}", pull_by_default(), pull(ACTIONS, &format!(r#""{ROLE}""#), "Pull"))];

    other_pull_actions
        by |spec| spec.repository.pull_actions = vec!["ecr:BatchGetImage".to_owned()],
        plans [format!("ecr_repository_policy.app update policy: {} -> {}", pull_by_default(), pull(r#""ecr:BatchGetImage""#, &format!(r#""{ROLE}""#), "AllowPull"))];

    // ECR answers an account id with the ARN of its root, which is the same.
    another_account_pulls
        by |spec| spec.repository.additional_pull_principals = vec!["210987654321".to_owned()],
        plans [format!("ecr_repository_policy.app update policy: {} -> {}", pull_by_default(), pull(ACTIONS, &format!(r#"["210987654321","{ROLE}"]"#), "AllowPull"))];

    the_task_role_pulls by |spec| {
            let arn = "arn:aws:iam::123456789012:role/demo-dev-ecs-task-role";
            spec.repository.additional_pull_principals = vec![arn.to_owned()];
        },
        plans [format!("ecr_repository_policy.app update policy: {} -> {}", pull_by_default(), pull(ACTIONS, &format!(r#"["{ROLE}","arn:aws:iam::123456789012:role/demo-dev-ecs-task-role"]"#), "AllowPull"))];
}

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-aaaa-bbbb-cccc-0123456789ab";

fn kept(days: u32) -> Retention {
    Retention::Days(RetentionDays::new(days).unwrap())
}

variations! {
    a_month_of_logs by |spec| spec.log_group.retention = kept(30),
        plans ["cloudwatch_log_group.ecs update retention_in_days: 14 -> 30"];

    logs_for_ever by |spec| spec.log_group.retention = Retention::Never,
        plans [r#"cloudwatch_log_group.ecs update retention_in_days: 14 -> "never""#];

    encrypted_logs by |spec| spec.log_group.kms_key = Some(KEY.parse().unwrap()),
        plans [format!(r#"cloudwatch_log_group.ecs update kms_key_id: null -> "{KEY}""#)];

    // It counts when the foundation is destroyed.
    logs_kept_at_the_end by |spec| spec.log_group.skip_destroy = true,
        plans [];
}

#[tokio::test(start_paused = true)]
async fn every_retention_that_aws_takes_is_set_and_found_again() {
    let (lab, mut spec) = (Lab::new(), spec());
    lab.apply(&spec).await;
    let mut before = 14;
    for days in RetentionDays::ALLOWED.into_iter().filter(|days| *days != 14) {
        spec.log_group.retention = kept(days);
        let plan = lab.apply(&spec).await;
        let line = format!("cloudwatch_log_group.ecs update retention_in_days: {before} -> {days}");
        assert_eq!(changes(&plan), [line]);
        lab.assert_converged(&spec).await;
        before = days;
    }
}

fn tagged(spec: &mut FoundationSpec) {
    spec.tags.set("Team", "blue").unwrap();
}

// A tag that the configuration does not name any more could be somebody else's, so that it stays.
variations! {
    common_tags by tagged,
        plans [
            r#"ecs_cluster.main update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_task_role update tags.Team: null -> "blue""#,
            r#"ecr_repository.app update tags.Team: null -> "blue""#,
            r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#,
        ]
        back [];

    a_tag_of_the_cluster_s_own by |spec| {
            tagged(spec);
            spec.cluster.tags.set("Team", "red").unwrap();
        },
        plans [
            r#"ecs_cluster.main update tags.Team: null -> "red""#,
            r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_task_role update tags.Team: null -> "blue""#,
            r#"ecr_repository.app update tags.Team: null -> "blue""#,
            r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#,
        ]
        back [];

    a_tag_of_each_resource_s_own by |spec| {
            let tags = [
                &mut spec.execution_role.role.tags,
                &mut spec.task_role.role.tags,
                &mut spec.repository.tags,
                &mut spec.log_group.tags,
            ];
            for (tags, value) in tags.into_iter().zip(["a", "b", "c", "d"]) {
                tags.set("Letter", value).unwrap();
            }
        },
        plans [
            r#"iam_role.ecs_execution_role update tags.Letter: null -> "a""#,
            r#"iam_role.ecs_task_role update tags.Letter: null -> "b""#,
            r#"ecr_repository.app update tags.Letter: null -> "c""#,
            r#"cloudwatch_log_group.ecs update tags.Letter: null -> "d""#,
        ]
        back [];

    another_environment_tag_on_the_log_group
        by |spec| spec.log_group.tags.set("Environment", "development").unwrap(),
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: "dev" -> "development""#];
}

// The old policies stay with a notice: by the configuration alone nobody can tell whose they are.
variations! {
    another_name_for_the_inline_policy
        by |spec| spec.task_role.role.inline_policy_name = Some("logs".parse().unwrap()),
        plans [format!("iam_role_policy.ecs_task_role_policy create policy: null -> {}", inline(&[LOGS]))]
        back [];

    another_managed_policy_for_the_execution_role
        by |spec| spec.execution_role.managed_policy = read_only(),
        plans [format!(r#"iam_role_policy_attachment.ecs_execution_role_policy create policy_arn: null -> "arn:aws:iam::aws:policy/{READ_ONLY}""#)]
        back [];
}

#[tokio::test(start_paused = true)]
async fn names_of_one_s_own_are_taken_for_every_resource() {
    let (lab, mut spec) = (Lab::new(), spec());
    spec.cluster.name = Some("Main".parse().unwrap());
    spec.execution_role.role.name = Some("Agent".parse().unwrap());
    spec.task_role.role.name = Some("App".parse().unwrap());
    spec.repository.name = Some("team/app".parse().unwrap());
    spec.log_group.name = Some("/app".parse().unwrap());
    lab.apply(&spec).await;
    lab.assert_converged(&spec).await;
    let expected = [
        "cluster arn:aws:ecs:us-east-1:123456789012:cluster/Main",
        "role Agent",
        "role App",
        "repository team/app",
        "log group /app",
    ];
    assert_eq!(tests::parts::everything(&lab), expected);
}

#[tokio::test(start_paused = true)]
async fn two_foundations_in_one_account_do_not_see_each_other() {
    let lab = Lab::new();
    let mut other = spec();
    other.environment = "prod".parse().unwrap();
    lab.apply(&spec()).await;
    assert_eq!(lab.apply(&other).await.summary().create, 9);
    lab.assert_converged(&spec()).await;
    lab.destroy(&other).await;
    lab.assert_converged(&spec()).await;
    assert_eq!(lab.plan(&other, PRESENT).await.summary().create, 9);
}
