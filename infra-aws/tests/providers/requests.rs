//! Tests what requests contain, and which details of AWS's response are kept in an error.

use infra_core::error::{Effect, ErrorKind};
use infra_core::operation::{ecs, iam};
use infra_core::provider::{
    CapacityProviders, ClusterConfiguration, ClusterSpec, ClusterUpdate, ContainerInsights,
    Encryption, ExecuteCommand, ExecuteCommandLogging, LogGroupClass, LogGroupSpec, RepositorySpec,
    ServiceConnectNamespace, SessionLogGroup, StrategyItem, TagMutability,
};
use serde_json::json;

use super::{Aws, cluster, of, role};

#[tokio::test]
async fn minimal_cluster_request_omits_everything_but_name_and_settings() {
    let aws = Aws::new();
    let (clusters, name) = (aws.providers.clusters(), &cluster().name);
    let none = Some(ServiceConnectNamespace::None);
    for service_connect_namespace in [None, none] {
        clusters
            .create_cluster(&ClusterSpec { service_connect_namespace, ..cluster() })
            .await
            .unwrap();
        let settings = json!([{ "name": "containerInsights", "value": "disabled" }]);
        assert_eq!(aws.last_request(), json!({ "clusterName": "main", "settings": settings }));
    }
    clusters.update_cluster(name, &ContainerInsights::Enabled.into()).await.unwrap();
    let settings = json!([{ "name": "containerInsights", "value": "enabled" }]);
    assert_eq!(aws.last_request(), json!({ "cluster": "main", "settings": settings }));
    clusters.describe_cluster(name, false).await.unwrap();
    let include = json!(["SETTINGS", "TAGS", "ATTACHMENTS"]);
    assert_eq!(aws.last_request(), json!({ "clusters": ["main"], "include": include }));
}

#[tokio::test]
async fn update_of_the_cluster_contains_only_what_changes() {
    let aws = Aws::new();
    let (clusters, name) = (aws.providers.clusters(), &cluster().name);
    clusters.create_cluster(&cluster()).await.unwrap();
    let log_group = SessionLogGroup { name: "/exec".to_owned(), encryption: false };
    let command = ExecuteCommand {
        logging: ExecuteCommandLogging::Override,
        log_group: Some(log_group),
        ..ExecuteCommand::default()
    };
    let configuration =
        ClusterConfiguration { execute_command: Some(command), managed_storage: None };
    let update = ClusterUpdate { configuration: Some(configuration), ..ClusterUpdate::default() };
    clusters.update_cluster(name, &update).await.unwrap();
    let mut log =
        json!({ "cloudWatchLogGroupName": "/exec", "cloudWatchEncryptionEnabled": false });
    // The SDK always sends `s3EncryptionEnabled`, even if no bucket is configured.
    log["s3EncryptionEnabled"] = false.into();
    let command = json!({ "logging": "OVERRIDE", "logConfiguration": log });
    let configuration = json!({ "executeCommandConfiguration": command });
    assert_eq!(aws.last_request(), json!({ "cluster": "main", "configuration": configuration }));
    let update = ClusterUpdate {
        service_connect_namespace: Some(ServiceConnectNamespace::None),
        ..ClusterUpdate::default()
    };
    clusters.update_cluster(name, &update).await.unwrap();
    let removed = json!({ "namespace": "" });
    assert_eq!(aws.last_request(), json!({ "cluster": "main", "serviceConnectDefaults": removed }));
}

#[tokio::test]
async fn minimal_role_request_omits_description_and_boundary() {
    let aws = Aws::new();
    aws.providers.roles().create_role(&role()).await.unwrap();
    let request = aws.last_request();
    assert!(request["Description"].is_null(), "{request}");
    assert!(request["PermissionsBoundary"].is_null(), "{request}");
}

#[tokio::test]
async fn minimal_repository_request_omits_tags_and_filters() {
    let aws = Aws::new();
    let plain = RepositorySpec {
        name: of("app"),
        tag_mutability: TagMutability::Mutable,
        scan_on_push: false,
        encryption: Encryption::Aes256,
        tags: infra_core::tags::Tags::new(),
    };
    aws.providers.repositories().create_repository(&plain).await.unwrap();
    let request = aws.last_request();
    assert!(request["tags"].is_null(), "{request}");
    assert!(request["imageTagMutabilityExclusionFilters"].is_null(), "{request}");
}

#[tokio::test]
async fn minimal_log_group_request_omits_members_unknown_to_emulators() {
    let aws = Aws::new();
    let plain = LogGroupSpec {
        name: of("/app"),
        class: LogGroupClass::Standard,
        kms_key: None,
        tags: infra_core::tags::Tags::new(),
    };
    aws.providers.log_groups().create_log_group(&plain).await.unwrap();
    let request = aws.last_request();
    for member in ["logGroupClass", "kmsKeyId", "tags"] {
        assert!(request[member].is_null(), "{member} is omitted from {request}");
    }
}

#[tokio::test]
async fn number_too_large_for_the_model_is_sent_as_the_maximum() {
    let aws = Aws::new();
    aws.providers.clusters().create_cluster(&cluster()).await.unwrap();
    let item = StrategyItem { capacity_provider: "FARGATE".to_owned(), base: u32::MAX, weight: 1 };
    let capacity = CapacityProviders {
        providers: ["FARGATE".to_owned()].into(),
        default_strategy: [item].into(),
    };
    let error = aws
        .providers
        .clusters()
        .put_capacity_providers(&cluster().name, &capacity)
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "Invalid base value 2147483647. The base value must be between 0 and 100000."
    );
    let role = role();
    aws.providers.roles().create_role(&role).await.unwrap();
    aws.providers.roles().update_role(&role.name, u32::MAX, None).await.unwrap_err();
    assert_eq!(aws.last_request()["MaxSessionDuration"], i32::MAX);
}

#[tokio::test]
async fn error_keeps_code_status_and_request_id_in_both_protocols() {
    let aws = Aws::new();
    let json = aws.providers.clusters().delete_cluster(&of("none")).await.unwrap_err();
    assert_eq!((json.code(), json.status()), (Some("ClusterNotFoundException"), Some(400)));
    let query = aws.providers.roles().delete_role(&of("none")).await.unwrap_err();
    assert_eq!((query.code(), query.status()), (Some("NoSuchEntity"), Some(404)));
    for (error, operation) in [(json, ecs::DELETE_CLUSTER), (query, iam::DELETE_ROLE)] {
        assert_eq!((error.operation(), error.kind()), (Some(operation), ErrorKind::NotFound));
        assert_eq!(error.effect(), Effect::None, "{error:?}");
        assert!(error.request_id().is_some_and(|id| id.len() == 36), "{error:?}");
    }
}

#[tokio::test]
async fn service_linked_role_can_be_read_but_not_changed() {
    let aws = Aws::new();
    aws.change_directly(infra_mock::iam::ensure_ecs_service_linked_role);
    let (roles, linked) = (aws.providers.roles(), of("AWSServiceRoleForECS"));
    let role = roles.get_role(&linked).await.unwrap();
    assert_eq!(role.path, of("/aws-service-role/ecs.amazonaws.com/"));
    assert!(role.tags.is_empty(), "{role:?}");
    let error = roles.delete_role(&linked).await.unwrap_err();
    let (code, kind) = (error.code(), error.kind());
    assert_eq!((code, kind), (Some("UnmodifiableEntity"), ErrorKind::InvalidInput));
}
