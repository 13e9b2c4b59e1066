//! Tests with responses that the mock AWS never sends. The tests that use the mock are in
//! `tests/providers`.

use aws_sdk_ecs::Client;
use infra_core::error::ErrorKind;
use infra_core::names::ClusterName;
use infra_core::provider::{
    ClusterConfiguration, ClusterProvider, ClusterStatus, ExecuteCommand, ExecuteCommandLogging,
    ManagedStorage, SessionBucket,
};

use super::EcsClusters;
use crate::testing::{answers, assert_error, client, http, json_error, of, tags};

fn name() -> ClusterName {
    of("demo")
}

#[tokio::test]
async fn unknown_failure_reason_is_a_separate_error() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"clusters": [], "failures": [
        {"reason": "ACCESS_LOST", "detail": "the account was closed"}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.describe_cluster(&name(), false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.code(), Some("ACCESS_LOST"));
    assert_eq!(error.message(), "the account was closed");
}

#[tokio::test]
async fn empty_response_means_that_the_cluster_does_not_exist() {
    let rule = answers!(Client::describe_clusters; http(200, "{}"));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.describe_cluster(&name(), false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn deleted_cluster_is_inactive_and_has_no_other_attributes() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"failures": [], "clusters": [{
        "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "clusterName": "demo",
        "status": "INACTIVE"}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let cluster = clusters.describe_cluster(&name(), false).await.unwrap();
    assert_eq!(cluster.status, ClusterStatus::Inactive);
    assert_eq!(cluster.container_insights, None);
    assert_eq!(cluster.attachments, None);
    assert!(cluster.is_settled() && cluster.counts.is_empty() && cluster.tags.is_empty());
}

#[tokio::test]
async fn unknown_status_and_tag_without_value_are_accepted() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"clusters": [{
        "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "clusterName": "demo",
        "status": "FROZEN", "tags": [{"key": "Name", "value": "demo"}, {"key": "Empty"}]}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let cluster = clusters.describe_cluster(&name(), false).await.unwrap();
    assert_eq!(cluster.status, ClusterStatus::Unknown("FROZEN".to_owned()));
    assert_eq!(cluster.tags, tags([("Name", "demo"), ("Empty", "")]));
}

#[tokio::test]
async fn response_without_a_status_is_an_error() {
    let rule = answers!(Client::describe_clusters; http(200, r#"{"clusters": [{
        "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "clusterName": "demo"}]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.describe_cluster(&name(), false).await.unwrap_err();
    assert_eq!(error.message(), "the response has no cluster status");
}

#[tokio::test]
async fn configuration_without_optional_members_has_aws_s_defaults() {
    let described = |configuration: &str| {
        http(
            200,
            format!(
                r#"{{"clusters": [{{"clusterName": "demo", "status": "ACTIVE",
            "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/demo",
            "configuration": {configuration}}}]}}"#
            ),
        )
    };
    let rule = answers!(Client::describe_clusters;
        described("{}"),
        described(r#"{"executeCommandConfiguration": {}, "managedStorageConfiguration": {}}"#),
        described(r#"{"executeCommandConfiguration": {"kmsKeyId": "1234abcd", "logging": "OVERRIDE",
            "logConfiguration": {"cloudWatchEncryptionEnabled": true, "s3BucketName": "logs"}}}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(clusters.describe_cluster(&name(), true).await.unwrap().configuration);
    }
    let bucket = SessionBucket { name: "logs".to_owned(), key_prefix: None, encryption: false };
    let overriding = ExecuteCommand {
        kms_key: Some("1234abcd".to_owned()),
        logging: ExecuteCommandLogging::Override,
        log_group: None,
        bucket: Some(bucket),
    };
    let expected = [
        ClusterConfiguration::default(),
        ClusterConfiguration {
            execute_command: Some(ExecuteCommand::default()),
            managed_storage: Some(ManagedStorage::default()),
        },
        ClusterConfiguration { execute_command: Some(overriding), managed_storage: None },
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn empty_page_does_not_end_the_list() {
    let tasks = answers!(Client::list_tasks;
        http(200, r#"{"taskArns": [], "nextToken": "more"}"#),
        http(200, r#"{"taskArns": ["t1"]}"#));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &tasks));
    assert_eq!(clusters.list_tasks(&name()).await.unwrap(), ["t1"]);
}

#[tokio::test]
async fn failed_page_fails_the_list() {
    let gone = || json_error(400, "ClusterNotFoundException", "Cluster not found.");
    let services = answers!(Client::list_services;
        http(200, r#"{"serviceArns": ["s1"], "nextToken": "more"}"#), gone());
    let tasks = answers!(Client::list_tasks;
        http(200, r#"{"taskArns": ["t1"], "nextToken": "more"}"#), gone());
    let instances = answers!(Client::list_container_instances;
        http(200, r#"{"containerInstanceArns": ["i1"], "nextToken": "more"}"#), gone());
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
