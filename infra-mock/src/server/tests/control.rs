//! Tests for the mock's own paths.

use serde_json::{Value, json};

use super::{Limits, ask, connect, request};
use crate::mock::{MockAws, MockBuilder};
use crate::server::MockServer;
use crate::time::{ManualClock, Timestamp};
use crate::{ecr, ecs, iam};

async fn served(mock: MockBuilder) -> (MockAws, MockServer) {
    let mock = mock.build();
    let server = MockServer::start(mock.clone()).await.unwrap();
    (mock, server)
}

/// Sends a request on a separate connection and returns the status and the response.
async fn control(server: &MockServer, line: &str, body: &str) -> (u16, Value) {
    let (method, path) = line.split_once(' ').unwrap();
    let request = format!(
        "{method} /_mock/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (head, body) = ask(&mut connect(server).await, &request).await;
    (head[9..12].parse().unwrap(), serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn calls_are_told_and_a_reset_forgets_them() {
    let (mock, server) = super::server(Limits::default()).await;
    let mut stream = connect(&server).await;
    let (status, health) = control(&server, "GET health", "").await;
    assert_eq!((status, &health["status"]), (200, &json!("ok")));
    let operations = health["operations"].as_array().unwrap();
    assert!(operations.contains(&json!("iam:CreateRole")), "{operations:?}");
    ask(&mut stream, &request("CreateCluster", r#"{"clusterName":"main"}"#)).await;
    ask(&mut stream, &request("DiscoverPollEndpoint", "{}")).await;
    let (_, calls) = control(&server, "GET calls", "").await;
    assert_eq!(calls[0]["operation"], "CreateCluster");
    assert_eq!(calls[0]["request"]["clusterName"], "main");
    assert_eq!(calls[1]["operation"], "DiscoverPollEndpoint");
    assert_eq!(calls[1]["refused"], "NotImplemented");
    let (status, refused) = control(&server, "GET reset", "").await;
    assert_eq!((status, &refused["error"]), (405, &json!("/_mock/reset only accepts POST")));
    assert_eq!(mock.journal().len(), 2);
    let (status, _) = control(&server, "POST reset", "").await;
    assert_eq!((status, mock.journal().len()), (200, 0));
    assert_eq!(control(&server, "GET nothing", "").await.0, 404);
}

#[tokio::test]
async fn rules_for_faults_are_shown_replaced_added_and_cleared() {
    let (mock, server) = served(MockAws::builder()).await;
    let rules = async |line: &str, body: &str| control(&server, line, body).await;
    assert_eq!(rules("GET faults", "").await, (200, json!([])));
    let both = json!(["throttle@ecs:ListClusters#1", "delay=1ms@reads"]);
    assert_eq!(rules("PUT faults", &both.to_string()).await, (200, both));
    let (head, _) = ask(&mut connect(&server).await, &request("ListClusters", "{}")).await;
    assert!(head.starts_with("http/1.1 400"), "{head}");
    let (status, refused) = rules("PUT faults", r#"["throttle", "no"]"#).await;
    assert_eq!(status, 400);
    assert!(refused["error"].as_str().unwrap().starts_with("\"no\" in fault rule"), "{refused}");
    assert!(refused["help"].as_str().unwrap().starts_with("the format is FAULT"), "{refused}");
    assert_eq!(mock.faults().len(), 2, "if one rule is invalid, none is accepted");
    let (_, three) = rules("POST faults", r#"["cut-before"]"#).await;
    assert_eq!(three[2], "cut-before@*");
    assert_eq!(rules("DELETE faults", "").await, (200, json!([])));
    assert_eq!(rules("PUT faults", "{}").await.0, 400);
}

#[tokio::test]
async fn containers_are_scripted_by_name() {
    let (_mock, server) = served(MockAws::builder()).await;
    let scripts =
        r#"{"web": {"exit-code": 1, "after": "20s", "lines": ["one", "two"]}, "agent": {}}"#;
    assert_eq!(control(&server, "PUT containers", scripts).await, (200, json!({})));
    for wrong in [r#"{"web": {"after": "soon"}}"#, r#"{"web": {"code": 1}}"#, "[]"] {
        let (status, refused) = control(&server, "PUT containers", wrong).await;
        assert_eq!((status, refused["help"].is_string()), (400, true), "{wrong}: {refused}");
    }
}

#[tokio::test]
async fn lag_is_set_by_its_kinds_and_the_clock_is_moved() {
    let start = Timestamp::from_millis(1_767_225_600_000);
    let (mock, server) = served(MockAws::builder().clock(ManualClock::at(start))).await;
    let (status, lag) = control(&server, "PUT lag", r#"{"log-group": "1m"}"#).await;
    assert_eq!((status, &lag["log-group"]), (200, &json!("1m")));
    assert_eq!(lag["iam-propagation"], "0s");
    for wrong in [r#"{"log-group": "1m", "roles": "3s"}"#, r#"{"log-group": "soon"}"#, "[]", ""] {
        let (status, refused) = control(&server, "PUT lag", wrong).await;
        assert_eq!((status, refused["help"].is_string()), (400, true), "{wrong}: {refused}");
    }
    assert_eq!(control(&server, "GET lag", "").await.1, lag);

    let (_, moved) = control(&server, "POST clock", r#"{"advance": "2m"}"#).await;
    assert_eq!(moved, json!({ "now": "2026-01-01T00:02:00Z", "millis": 1_767_225_720_000_u64 }));
    assert_eq!(mock.now().millis(), 1_767_225_720_000);
    for wrong in [r#"{"advance": "9000y"}"#, r#"{"advance": "-1s"}"#, r#"{"by": "1s"}"#] {
        assert_eq!(control(&server, "POST clock", wrong).await.0, 400, "{wrong}");
    }
    assert_eq!(control(&server, "GET clock", "").await.1, moved);

    let (_mock, server) = served(MockAws::builder()).await;
    let (status, refused) = control(&server, "POST clock", r#"{"advance": "2m"}"#).await;
    assert_eq!(
        (status, &refused["error"]),
        (409, &json!("the mock's clock is running and cannot be moved"))
    );
}

#[tokio::test]
async fn a_snapshot_is_saved_and_loaded_when_asked() {
    let (_mock, server) = served(MockAws::builder()).await;
    for line in ["POST save", "POST load"] {
        assert_eq!(control(&server, line, "").await.0, 409, "without a file");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.json");
    let (mock, server) = served(MockAws::builder().file_on_request(&path).unwrap()).await;
    let create = |name: &str| ecs::CreateClusterRequest {
        cluster_name: Some(name.to_owned()),
        ..Default::default()
    };
    mock.call(create("first")).unwrap();
    assert!(!path.exists());
    let (status, saved) = control(&server, "POST save", "").await;
    assert_eq!((status, &saved["status"]), (200, &json!("saved")));
    let then = mock.world();
    mock.call(create("second")).unwrap();
    assert_eq!(control(&server, "POST load", "").await.0, 200);
    assert_eq!(mock.world(), then);

    std::fs::write(&path, "{}").unwrap();
    let (status, damaged) = control(&server, "POST load", "").await;
    assert_eq!((status, damaged["help"].is_string()), (500, true), "{damaged}");
    assert_eq!(mock.world(), then);
}

#[tokio::test]
async fn what_others_made_is_put_in_where_it_belongs() {
    let (mock, server) = served(MockAws::builder()).await;
    let dublin = mock.in_region("eu-west-1".parse().unwrap());
    let repository = ecr::CreateRepositoryRequest {
        repository_name: Some("app".to_owned()),
        ..Default::default()
    };
    dublin.call(repository).unwrap();
    mock.call(ecs::CreateClusterRequest::default()).unwrap();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = iam::CreateRoleRequest {
        role_name: Some("task".to_owned()),
        assume_role_policy_document: Some(trust.to_owned()),
        ..Default::default()
    };
    mock.call(role).unwrap();
    let calls = mock.journal().len();
    for seed in [
        json!({ "image": { "repository": "app", "tag": "v1" }, "region": "eu-west-1" }),
        json!({ "image": { "repository": "app" }, "region": "eu-west-1", "account": "123456789012" }),
        json!({ "service": { "cluster": "default", "name": "web" } }),
        json!({ "task": { "cluster": "default", "id": "one", "service": "web" } }),
        json!({ "container-instance": { "cluster": "default", "id": "two" } }),
        json!({ "capacity-provider": { "name": "spot" } }),
        json!({ "role-policy": { "role": "task", "policy-arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" } }),
        json!({ "inline-policy": { "role": "task", "name": "more" } }),
        json!({ "instance-profile": { "name": "old", "role": "task" } }),
    ] {
        let (status, answer) = control(&server, "POST seed", &seed.to_string()).await;
        assert_eq!((status, answer), (200, json!({ "status": "seeded" })), "{seed}");
    }
    assert_eq!(mock.journal().len(), calls, "external changes are not recorded as calls");
    let deletion = ecs::DeleteClusterRequest { cluster: Some("default".to_owned()) };
    let refused = mock.call(deletion).unwrap_err();
    assert_eq!(refused.code, "ClusterContainsContainerInstancesException");
    let images = dublin.with_world(|call| call.ecr().image_count("app")).unwrap();
    assert_eq!(images, Some(2));
    let policies =
        iam::ListRolePoliciesRequest { role_name: Some("task".to_owned()), ..Default::default() };
    assert_eq!(mock.call(policies).unwrap().policy_names, ["more"]);

    for (seed, status) in [
        (json!({ "image": { "repository": "app" } }), 409),
        (json!({ "service": { "cluster": "none", "name": "web" } }), 409),
        (
            json!({ "role-policy": { "role": "none", "policy-arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" } }),
            409,
        ),
        (json!({ "image": { "repo": "app" } }), 400),
        (json!({ "bucket": { "name": "app" } }), 400),
        (json!({ "image": { "repository": "app" }, "region": "atlantis" }), 400),
        (json!({}), 400),
        (json!([]), 400),
    ] {
        let (found, answer) = control(&server, "POST seed", &seed.to_string()).await;
        assert_eq!((found, answer["error"].is_string()), (status, true), "{seed}: {answer}");
    }
}
