//! Tests of ECS clusters, on answers as ECS gives them.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{ClusterField, ClusterSetting, ClusterSettingName};
use infra_core::arn::Arn;
use infra_core::error::{ErrorKind, OrAbsent};
use infra_core::names::ClusterName;
use infra_core::provider::{
    AttachmentsStatus, CapacityProviders, ClusterProvider, ClusterSpec, ClusterStatus,
    ContainerInsights,
};

use super::EcsClusters;
use crate::testing::{answers, assert_error, client, http, json_error, of, tags};

const ARN: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/demo";

const CLUSTER: &str = r#"{
    "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "clusterName": "demo",
    "status": "ACTIVE", "activeServicesCount": 1, "runningTasksCount": 2, "pendingTasksCount": 3,
    "registeredContainerInstancesCount": 4,
    "settings": [{"name": "containerInsights", "value": "enhanced"}],
    "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
    "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 100, "base": 1}],
    "attachments": [], "attachmentsStatus": "UPDATE_IN_PROGRESS",
    "tags": [{"key": "Name", "value": "demo"}, {"key": "Empty"}], "statistics": []
}"#;

fn name() -> ClusterName {
    of("demo")
}

fn spec() -> ClusterSpec {
    ClusterSpec {
        name: name(),
        container_insights: ContainerInsights::Enabled,
        capacity: CapacityProviders::fargate(),
        tags: tags([("Name", "demo")]),
    }
}

#[tokio::test]
async fn describe_asks_for_what_it_reads_and_reads_all_of_it() {
    let rule = answers!(Client::describe_clusters, if |request| {
            request.clusters() == ["demo"]
                && request.include()
                    == [ClusterField::Settings, ClusterField::Tags, ClusterField::Attachments]
        };
        http(200, format!(r#"{{"clusters": [{CLUSTER}], "failures": []}}"#)));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let cluster = clusters.describe_cluster(&name()).await.unwrap();
    assert_eq!(cluster.arn.to_string(), ARN);
    assert_eq!(cluster.status, ClusterStatus::Active);
    assert_eq!(cluster.container_insights, Some(ContainerInsights::Enhanced));
    assert_eq!(cluster.capacity, CapacityProviders::fargate());
    assert_eq!(cluster.attachments, Some(AttachmentsStatus::UpdateInProgress));
    assert_eq!(cluster.tags, tags([("Name", "demo"), ("Empty", "")]));
    assert!(!cluster.is_settled());
    let counts = cluster.counts;
    assert_eq!((counts.active_services, counts.running_tasks), (1, 2));
    assert_eq!((counts.pending_tasks, counts.container_instances), (3, 4));
}

#[tokio::test]
async fn a_missing_cluster_is_not_found() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"clusters": [], "failures": [
        {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "reason": "MISSING"}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.describe_cluster(&name()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "ecs:DescribeClusters: there is no cluster demo (MISSING)");
    assert!(Err::<(), _>(error).or_absent().unwrap().is_none());
}

#[tokio::test]
async fn another_reason_for_not_describing_is_an_error_of_its_own() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"clusters": [], "failures": [
        {"reason": "ACCESS_LOST", "detail": "the account was closed"}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.describe_cluster(&name()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.code(), Some("ACCESS_LOST"));
    assert_eq!(error.message(), "the account was closed");
}

#[tokio::test]
async fn a_deleted_cluster_is_described_as_inactive_with_nothing_to_it() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"failures": [], "clusters": [{
        "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "clusterName": "demo",
        "status": "INACTIVE"}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let cluster = clusters.describe_cluster(&name()).await.unwrap();
    assert_eq!(cluster.status, ClusterStatus::Inactive);
    assert_eq!(cluster.container_insights, None);
    assert_eq!(cluster.attachments, None);
    assert!(cluster.is_settled() && cluster.counts.is_empty() && cluster.tags.is_empty());
}

#[tokio::test]
async fn an_answer_without_a_status_is_an_error_that_says_so() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"clusters": [{
        "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "clusterName": "demo"}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.describe_cluster(&name()).await.unwrap_err();
    assert_eq!(error.message(), "the answer lacks cluster status");
}

#[tokio::test]
async fn one_create_carries_settings_tags_providers_and_strategy() {
    let rule = answers!(Client::create_cluster, if |request| {
            let setting = ClusterSetting::builder()
                .name(ClusterSettingName::ContainerInsights)
                .value("enabled")
                .build();
            let strategy = request.default_capacity_provider_strategy();
            request.cluster_name() == Some("demo")
                && request.settings() == [setting]
                && request.capacity_providers() == ["FARGATE", "FARGATE_SPOT"]
                && strategy.len() == 1
                && strategy[0].capacity_provider() == "FARGATE"
                && (strategy[0].base(), strategy[0].weight()) == (1, 100)
                && request.tags().len() == 1
                && request.tags()[0].key() == Some("Name")
                && request.tags()[0].value() == Some("demo")
        };
        http(200, format!(r#"{{"cluster": {CLUSTER}}}"#)));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    assert_eq!(clusters.create_cluster(&spec()).await.unwrap().name, name());
}

#[tokio::test]
async fn a_create_without_tags_and_providers_sends_none() {
    let rule = answers!(Client::create_cluster, if |request| {
            request.tags.is_none()
                && request.capacity_providers.is_none()
                && request.default_capacity_provider_strategy.is_none()
        };
        http(200, format!(r#"{{"cluster": {CLUSTER}}}"#)));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let bare = ClusterSpec { tags: tags([]), capacity: CapacityProviders::default(), ..spec() };
    clusters.create_cluster(&bare).await.unwrap();
}

#[tokio::test]
async fn create_tells_other_arguments_from_a_role_that_is_not_there_yet() {
    let other = "Arguments on this idempotent request are inconsistent with arguments used in previous \
                 request(s).";
    let race = "Unable to assume the service linked role. Please verify that the ECS service linked role \
                exists.";
    let rule = answers!(Client::create_cluster;
        json_error(400, "InvalidParameterException", other),
        json_error(400, "InvalidParameterException", race));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.create_cluster(&spec()).await.unwrap_err();
    assert_error(&error, ErrorKind::AlreadyExists, "InvalidParameterException", other, 400);
    let error = clusters.create_cluster(&spec()).await.unwrap_err();
    assert_error(&error, ErrorKind::InvalidInput, "InvalidParameterException", race, 400);
}

#[tokio::test]
async fn settings_are_updated_by_name() {
    let rule = answers!(Client::update_cluster, if |request| {
            request.cluster() == Some("demo") && request.settings()[0].value() == Some("disabled")
        };
        http(200, format!(r#"{{"cluster": {CLUSTER}}}"#)),
        json_error(400, "ClusterNotFoundException", "Cluster not found."));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let disabled = ContainerInsights::Disabled;
    clusters.update_cluster(&name(), &disabled).await.unwrap();
    let error = clusters.update_cluster(&name(), &disabled).await.unwrap_err();
    let (code, message) = ("ClusterNotFoundException", "Cluster not found.");
    assert_error(&error, ErrorKind::NotFound, code, message, 400);
}

#[tokio::test]
async fn taking_away_all_capacity_providers_sends_empty_lists() {
    let rule = answers!(Client::put_cluster_capacity_providers, if |request| {
            request.cluster() == Some("demo")
                && request.capacity_providers.as_ref().is_some_and(Vec::is_empty)
                && request.default_capacity_provider_strategy.as_ref().is_some_and(Vec::is_empty)
        };
        http(200, format!(r#"{{"cluster": {CLUSTER}}}"#)));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    clusters.put_capacity_providers(&name(), &CapacityProviders::default()).await.unwrap();
}

#[tokio::test]
async fn what_keeps_capacity_providers_from_changing_says_what_it_is() {
    let cases = [
        (
            "UpdateInProgressException",
            ErrorKind::ChangeInProgress,
            "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_COMPLETE or \
             UPDATE_FAILED state before they can be updated. Wait and try again.",
        ),
        (
            "ResourceInUseException",
            ErrorKind::InUse,
            "The specified capacity provider is in use and cannot be removed.",
        ),
        ("ClientException", ErrorKind::ChangeInProgress, "Cluster was not ACTIVE."),
    ];
    for (code, kind, message) in cases {
        let rule = answers!(Client::put_cluster_capacity_providers; json_error(400, code, message));
        let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
        let capacity = CapacityProviders::fargate();
        let error = clusters.put_capacity_providers(&name(), &capacity).await.unwrap_err();
        assert_error(&error, kind, code, message, 400);
    }
}

#[tokio::test]
async fn what_keeps_a_cluster_from_being_deleted_says_what_it_is() {
    let cases = [
        ("UpdateInProgressException", ErrorKind::ChangeInProgress, "The cluster is busy."),
        (
            "ClusterContainsTasksException",
            ErrorKind::InUse,
            "The Cluster cannot be deleted while Tasks are active.",
        ),
        (
            "ClusterContainsServicesException",
            ErrorKind::InUse,
            "The Cluster cannot be deleted while Services are active.",
        ),
        (
            "ClusterContainsContainerInstancesException",
            ErrorKind::InUse,
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        ),
        ("ClusterNotFoundException", ErrorKind::NotFound, "Cluster not found."),
    ];
    for (code, kind, message) in cases {
        let rule = answers!(Client::delete_cluster, if |request| request.cluster() == Some("demo");
            json_error(400, code, message), http(200, "{}"));
        let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
        let error = clusters.delete_cluster(&name()).await.unwrap_err();
        assert_error(&error, kind, code, message, 400);
        clusters.delete_cluster(&name()).await.unwrap();
    }
}

#[tokio::test]
async fn lists_go_on_to_their_last_page() {
    let services = answers!(Client::list_services, if |request| request.cluster() == Some("demo");
        http(200, r#"{"serviceArns": ["s1", "s2"], "nextToken": "more"}"#),
        http(200, r#"{"serviceArns": ["s3"]}"#));
    let tasks = answers!(Client::list_tasks, if |request| {
            request.cluster() == Some("demo") && request.desired_status().is_none()
        };
        http(200, r#"{"taskArns": [], "nextToken": "more"}"#),
        http(200, r#"{"taskArns": ["t1"]}"#));
    let instances = answers!(Client::list_container_instances, if |request| {
            request.cluster() == Some("demo")
        };
        http(200, r#"{"containerInstanceArns": ["i1"], "nextToken": "more"}"#),
        http(200, r#"{"containerInstanceArns": ["i2"]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &services, &tasks, &instances));
    assert_eq!(clusters.list_services(&name()).await.unwrap(), ["s1", "s2", "s3"]);
    assert_eq!(clusters.list_tasks(&name()).await.unwrap(), ["t1"]);
    assert_eq!(clusters.list_container_instances(&name()).await.unwrap(), ["i1", "i2"]);
    assert_eq!((services.num_calls(), tasks.num_calls(), instances.num_calls()), (2, 2, 2));
}

#[tokio::test]
async fn a_second_page_is_asked_for_with_the_token_of_the_first() {
    let first = answers!(Client::list_services, if |request| request.next_token().is_none();
        http(200, r#"{"serviceArns": ["s1"], "nextToken": "more"}"#));
    let second = answers!(Client::list_services, if |request| request.next_token() == Some("more");
        http(200, r#"{"serviceArns": ["s2"]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &first, &second));
    assert_eq!(clusters.list_services(&name()).await.unwrap(), ["s1", "s2"]);
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list() {
    let gone = || json_error(400, "ClusterNotFoundException", "Cluster not found.");
    let services = answers!(Client::list_services;
        http(200, r#"{"serviceArns": ["s1"], "nextToken": "more"}"#), gone());
    let tasks = answers!(Client::list_tasks; gone());
    let instances = answers!(Client::list_container_instances; gone());
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &services, &tasks, &instances));
    for error in [
        clusters.list_services(&name()).await.unwrap_err(),
        clusters.list_tasks(&name()).await.unwrap_err(),
        clusters.list_container_instances(&name()).await.unwrap_err(),
    ] {
        let (code, message) = ("ClusterNotFoundException", "Cluster not found.");
        assert_error(&error, ErrorKind::NotFound, code, message, 400);
    }
}

#[tokio::test]
async fn tags_are_set_and_removed_by_arn() {
    let inactive = "The specified cluster is inactive. Specify an active cluster and try again.";
    let set = answers!(Client::tag_resource, if |request| {
            request.resource_arn() == Some(ARN)
                && request.tags()[0].key() == Some("Team")
                && request.tags()[0].value() == Some("a")
        };
        http(200, "{}"),
        json_error(400, "InvalidParameterException", inactive));
    let removed = answers!(Client::untag_resource, if |request| {
            request.resource_arn() == Some(ARN) && request.tag_keys() == ["Team"]
        };
        http(200, "{}"));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &set, &removed));
    let arn: Arn = of(ARN);
    clusters.tag_cluster(&arn, &tags([("Team", "a")])).await.unwrap();
    let error = clusters.tag_cluster(&arn, &tags([("Team", "a")])).await.unwrap_err();
    assert_error(&error, ErrorKind::InvalidInput, "InvalidParameterException", inactive, 400);
    clusters.untag_cluster(&arn, &["Team".to_owned()]).await.unwrap();
}
