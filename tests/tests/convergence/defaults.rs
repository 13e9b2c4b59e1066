//! Tests that check exactly what an apply creates in an empty AWS account. The tests read the
//! created resources directly through AWS's API, without ecs-foundation.

use std::collections::BTreeMap;

use infra_core::foundation::Outputs;
use infra_mock::{ecr, ecs, iam, logs};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tests::parts::{
    CLUSTER, EXECUTION_POLICY, EXECUTION_ROLE, LOG_GROUP, REPOSITORY, TASK_POLICY, TASK_ROLE,
    everything,
};
use tests::{Lab, some, spec};

async fn applied() -> Lab {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
    lab
}

fn decoded(document: &str) -> Value {
    let text = percent_decode_str(document).decode_utf8().unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn apply_creates_only_the_foundation() {
    let lab = applied().await;
    let expected = [
        "cluster arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster",
        "role demo-dev-ecs-execution-role",
        "role demo-dev-ecs-task-role",
        "repository demo-dev-app",
        "log group /ecs/demo-dev",
    ];
    assert_eq!(everything(&lab), expected);
}

#[tokio::test(start_paused = true)]
async fn the_cluster_has_container_insights_fargate_providers_and_its_tag() {
    let lab = applied().await;
    let all = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"];
    let described = lab.act(ecs::DescribeClustersRequest {
        clusters: Some(vec![CLUSTER.to_owned()]),
        include: Some(all.map(str::to_owned).into()),
    });
    let [cluster] = &described.clusters[..] else { panic!("{described:?}") };
    assert_eq!(cluster.cluster_arn, "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster");
    assert_eq!(cluster.cluster_name, "demo-dev-cluster");
    assert_eq!(cluster.status, "ACTIVE");
    assert_eq!(cluster.settings, [ecs::ClusterSetting::container_insights("enabled")]);
    assert_eq!(cluster.capacity_providers, ["FARGATE", "FARGATE_SPOT"]);
    let strategy = ecs::CapacityProviderStrategyItem::new("FARGATE", 1, 100);
    assert_eq!(cluster.default_capacity_provider_strategy, [strategy]);
    assert_eq!(cluster.tags, [ecs::Tag::new("Name", "demo-dev-cluster")]);
    assert_eq!(cluster.configuration, None);
    assert_eq!(cluster.service_connect_defaults, None);
}

fn role(lab: &Lab, name: &str) -> iam::Role {
    lab.act(iam::GetRoleRequest { role_name: some(name) }).role
}

fn attached(lab: &Lab, name: &str) -> Vec<(String, String)> {
    let request =
        iam::ListAttachedRolePoliciesRequest { role_name: some(name), ..Default::default() };
    let policies = lab.act(request).attached_policies;
    policies.into_iter().map(|policy| (policy.policy_name, policy.policy_arn)).collect()
}

fn inline(lab: &Lab, name: &str) -> BTreeMap<String, Value> {
    let request = iam::ListRolePoliciesRequest { role_name: some(name), ..Default::default() };
    let names = lab.act(request).policy_names;
    let read = |policy: String| {
        let request =
            iam::GetRolePolicyRequest { role_name: some(name), policy_name: some(&policy) };
        (policy, decoded(&lab.act(request).policy_document))
    };
    names.into_iter().map(read).collect()
}

fn assert_role(found: &iam::Role, name: &str) {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "ecs-tasks.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    });
    assert_eq!(found.role_name, name);
    assert_eq!(found.arn, format!("arn:aws:iam::123456789012:role/{name}"));
    assert_eq!(found.path, "/");
    assert_eq!(decoded(found.assume_role_policy_document.as_deref().unwrap()), trust);
    assert_eq!(found.description, None);
    assert_eq!(found.max_session_duration, Some(3600));
    assert_eq!(found.permissions_boundary, None);
    assert_eq!(found.tags, Some(vec![iam::Tag::new("Name", name)]));
}

#[tokio::test(start_paused = true)]
async fn the_execution_role_trusts_tasks_and_has_only_the_managed_policy() {
    let lab = applied().await;
    assert_role(&role(&lab, EXECUTION_ROLE), "demo-dev-ecs-execution-role");
    let policy = ("AmazonECSTaskExecutionRolePolicy".to_owned(), EXECUTION_POLICY.to_owned());
    assert_eq!(attached(&lab, EXECUTION_ROLE), [policy]);
    assert_eq!(inline(&lab, EXECUTION_ROLE), BTreeMap::new());
}

#[tokio::test(start_paused = true)]
async fn the_task_role_trusts_tasks_and_can_write_only_to_the_log_group() {
    let lab = applied().await;
    assert_role(&role(&lab, TASK_ROLE), "demo-dev-ecs-task-role");
    assert_eq!(attached(&lab, TASK_ROLE), []);
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*",
        }],
    });
    assert_eq!(inline(&lab, TASK_ROLE), [(TASK_POLICY.to_owned(), document)].into());
}

#[tokio::test(start_paused = true)]
async fn the_repository_is_mutable_and_scanned_and_the_execution_role_can_pull() {
    let lab = applied().await;
    let request = ecr::DescribeRepositoriesRequest {
        repository_names: Some(vec![REPOSITORY.to_owned()]),
        ..Default::default()
    };
    let repository = lab.act(request).repositories.remove(0);
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app";
    assert_eq!(repository.repository_arn, arn);
    let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app";
    assert_eq!(repository.repository_uri, uri);
    assert_eq!(repository.image_tag_mutability, "MUTABLE");
    assert_eq!(repository.image_tag_mutability_exclusion_filters, None);
    assert_eq!(repository.image_scanning_configuration.scan_on_push, Some(true));
    let encryption = &repository.encryption_configuration;
    assert_eq!(encryption.encryption_type.as_deref(), Some("AES256"));
    assert_eq!(encryption.kms_key, None);

    let tags = lab.act(ecr::ListTagsForResourceRequest { resource_arn: some(arn) }).tags;
    assert_eq!(tags, [ecr::Tag { key: some("Name"), value: some("demo-dev-app-repo") }]);

    let request =
        ecr::GetRepositoryPolicyRequest { repository_name: some(REPOSITORY), ..Default::default() };
    let mut policy: Value = serde_json::from_str(&lab.act(request).policy_text).unwrap();
    // ECR can return a policy's actions in any order.
    let actions = policy["Statement"][0]["Action"].as_array_mut().unwrap();
    actions.sort_by_key(Value::to_string);
    let expected = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "AllowPull",
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role" },
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
        }],
    });
    assert_eq!(policy, expected);

    let request =
        ecr::GetLifecyclePolicyRequest { repository_name: some(REPOSITORY), ..Default::default() };
    let refusal = lab.mock.call(request).unwrap_err();
    assert_eq!(refusal.code, "LifecyclePolicyNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn the_log_group_keeps_events_for_two_weeks_and_has_both_tags() {
    let lab = applied().await;
    let request =
        logs::DescribeLogGroupsRequest { log_group_name_prefix: some("/"), ..Default::default() };
    let groups = lab.act(request).log_groups;
    let [group] = &groups[..] else { panic!("{groups:?}") };
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev";
    assert_eq!(group.log_group_name, LOG_GROUP);
    assert_eq!(group.log_group_arn.as_deref(), Some(arn));
    assert_eq!(group.retention_in_days, Some(14));
    assert_eq!(group.log_group_class.as_deref(), Some("STANDARD"));
    assert_eq!(group.kms_key_id, None);
    let tags = lab.act(logs::ListTagsForResourceRequest { resource_arn: some(arn) }).tags;
    let expected = [("Environment", "dev"), ("Name", "demo-dev-ecs-logs")];
    assert_eq!(tags, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
}

async fn outputs(region: &str) -> Outputs {
    let lab = Lab::in_region(region);
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
    lab.foundation(&spec()).await.outputs()
}

#[tokio::test(start_paused = true)]
async fn the_outputs_have_eight_names_and_values() {
    let expected = [
        ("ecs_cluster_id", "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster"),
        ("ecs_cluster_arn", "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster"),
        ("ecs_execution_role_arn", "arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role"),
        ("ecs_task_role_arn", "arn:aws:iam::123456789012:role/demo-dev-ecs-task-role"),
        ("ecr_repository_url", "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app"),
        ("ecr_repository_arn", "arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app"),
        ("cloudwatch_log_group_name", "/ecs/demo-dev"),
        ("cloudwatch_log_group_arn", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev"),
    ];
    assert_eq!(outputs("us-east-1").await.iter().collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn china_regions_use_their_own_partition_and_registry_domain() {
    let outputs = outputs("cn-north-1").await;
    let get = |name| outputs.get(name).unwrap();
    assert_eq!(
        get("ecr_repository_url"),
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/demo-dev-app"
    );
    assert_eq!(
        get("ecs_cluster_arn"),
        "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/demo-dev-cluster"
    );
    assert_eq!(
        get("ecs_task_role_arn"),
        "arn:aws-cn:iam::123456789012:role/demo-dev-ecs-task-role"
    );
}

#[tokio::test(start_paused = true)]
async fn govcloud_regions_use_their_own_partition() {
    let outputs = outputs("us-gov-west-1").await;
    let get = |name| outputs.get(name).unwrap();
    assert_eq!(
        get("ecr_repository_url"),
        "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/demo-dev-app"
    );
    assert_eq!(
        get("cloudwatch_log_group_arn"),
        "arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:/ecs/demo-dev"
    );
}

#[tokio::test(start_paused = true)]
async fn managed_policies_use_the_partition_of_the_region() {
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")] {
        let lab = Lab::in_region(region);
        lab.apply(&spec()).await;
        let arn = format!(
            "arn:{partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
        );
        let name = "AmazonECSTaskExecutionRolePolicy".to_owned();
        assert_eq!(attached(&lab, EXECUTION_ROLE), [(name, arn)]);
        let policies = inline(&lab, TASK_ROLE);
        let resource = &policies[TASK_POLICY]["Statement"][0]["Resource"];
        assert!(resource.as_str().unwrap().starts_with(&format!("arn:{partition}:logs:{region}:")));
    }
}
