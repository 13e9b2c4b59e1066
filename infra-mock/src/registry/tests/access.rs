//! Tests for credentials, permissions, accounts and regions.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use infra_core::policy::PolicyDocument;
use serde_json::json;

use super::{Lab, authorization, create, header, json_of};
use crate::api::Service;
use crate::ecr::SetRepositoryPolicyRequest;
use crate::iam::{
    CreateAccessKeyRequest, CreateUserRequest, DeleteUserPolicyRequest, PutUserPolicyRequest,
};
use crate::mock::MockAws;

const PULL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*",
    "Action": ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}}"#;

#[tokio::test]
async fn requests_without_a_valid_token_are_asked_for_one() {
    let lab = Lab::new();
    let encoded = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
    let other_user = {
        let token = lab.authorization.strip_prefix("Basic ").unwrap();
        let text = String::from_utf8(BASE64_STANDARD.decode(token).unwrap()).unwrap();
        encoded(&text.replacen("AWS", "admin", 1))
    };
    for authorization in
        ["", "Basic", "Basic !", &encoded("AWS"), &encoded("AWS:password"), "Bearer x", &other_user]
    {
        for line in ["GET /v2/", "GET /v2/team/app/tags/list", "PUT /v2/team/app/manifests/v1"] {
            let more = [("authorization", authorization)];
            let answer = lab.ask_with(line, &more, b"").await;
            assert_eq!((answer.status, &*answer.body), (401, &b"Not Authorized\n"[..]));
            assert_eq!(
                header(&answer, "www-authenticate").unwrap(),
                "Basic realm=\"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/\",service=\"ecr.amazonaws.com\""
            );
            assert_eq!(header(&answer, "docker-distribution-api-version"), Some("registry/2.0"));
        }
    }
    let host = ("host", "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn");
    let answer = lab.ask_with("GET /v2/", &[host, ("authorization", "")], b"").await;
    assert_eq!(
        header(&answer, "www-authenticate").unwrap(),
        "Basic realm=\"https://111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/\",service=\"ecr.amazonaws.com\""
    );
    assert_eq!(lab.mock.journal(), []);
}

#[tokio::test]
async fn a_token_is_valid_for_twelve_hours() {
    let lab = Lab::new();
    lab.clock.advance(Duration::from_hours(12) - Duration::from_millis(1));
    assert_eq!(lab.ask("GET /v2/", b"").await.status, 200);
    lab.clock.advance(Duration::from_millis(1));
    let expired = lab.ask("GET /v2/", b"").await;
    assert_eq!(expired.status, 403);
    let error = json!({
        "code": "DENIED",
        "message": "Your authorization token has expired. Reauthenticate and try again.",
    });
    assert_eq!(json_of(&expired), json!({ "errors": [error] }));
}

#[tokio::test]
async fn the_token_or_the_host_determines_account_and_region() {
    let lab = Lab::new();
    let other = lab.mock.in_account("111122223333".parse().unwrap());
    let other = other.in_region("eu-west-1".parse().unwrap());
    create(&other, "theirs");
    let token = authorization(&other);
    let by_token = [("authorization", token.as_str())];
    let tags = "GET /v2/theirs/tags/list";
    assert_eq!(lab.ask_with(tags, &by_token, b"").await.status, 200);
    assert_eq!(lab.ask(tags, b"").await.status, 404);
    let own_host = ("host", "111122223333.dkr.ecr.eu-west-1.amazonaws.com");
    assert_eq!(lab.ask_with(tags, &[by_token[0], own_host], b"").await.status, 200);
    let other_region = ("host", "111122223333.dkr.ecr.us-east-1.amazonaws.com");
    let answer = lab.ask_with(tags, &[by_token[0], other_region], b"").await;
    assert_eq!(
        json_of(&answer)["errors"][0]["message"],
        "The repository with name 'theirs' does not exist in the registry with id '111122223333'"
    );
    // A repository in another account is accessible only if its policy grants the caller access.
    let answer = lab.ask_with(tags, &[own_host], b"").await;
    assert_eq!((answer.status, &json_of(&answer)["errors"][0]["code"]), (403, &json!("DENIED")));
    let message = json_of(&answer)["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("arn:aws:ecr:eu-west-1:111122223333:repository/theirs"), "{message}");
    let policy = json!({"Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "ecr:ListImages",
    }});
    let request = SetRepositoryPolicyRequest {
        repository_name: Some("theirs".to_owned()),
        policy_text: Some(policy.to_string()),
        ..Default::default()
    };
    other.call(request).unwrap();
    assert_eq!(lab.ask_with(tags, &[own_host], b"").await.status, 200);
}

/// Creates an IAM user with the policy `PULL`, and returns a handle that makes calls as this user.
fn user(mock: &MockAws) -> MockAws {
    let user_name = Some("puller".to_owned());
    mock.call(CreateUserRequest { user_name: user_name.clone(), ..Default::default() }).unwrap();
    mock.call(PutUserPolicyRequest {
        user_name: user_name.clone(),
        policy_name: Some("pull".to_owned()),
        policy_document: Some(PULL.to_owned()),
    })
    .unwrap();
    let key = mock.call(CreateAccessKeyRequest { user_name }).unwrap().access_key.access_key_id;
    mock.by(&key, None, Service::Ecr, &mock.caller().location).unwrap()
}

#[tokio::test]
async fn a_token_has_the_current_permissions_of_its_user() {
    let lab = Lab::new();
    lab.push("team/app", "v1").await;
    let token = authorization(&user(&lab.mock));
    let own = [("authorization", token.as_str())];
    let pull = "GET /v2/team/app/manifests/v1";
    assert_eq!(lab.ask_with(pull, &own, b"").await.status, 200);
    let refused = lab.ask_with("POST /v2/team/app/blobs/uploads/", &own, b"").await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        json_of(&refused)["errors"][0],
        json!({
            "code": "DENIED",
            "message": "User: arn:aws:iam::123456789012:user/puller is not authorized to perform: \
                        ecr:InitiateLayerUpload on resource: \
                        arn:aws:ecr:us-east-1:123456789012:repository/team/app because no identity-based policy \
                        allows the ecr:InitiateLayerUpload action",
        })
    );
    lab.mock
        .call(DeleteUserPolicyRequest {
            user_name: Some("puller".to_owned()),
            policy_name: Some("pull".to_owned()),
        })
        .unwrap();
    assert_eq!(lab.ask_with(pull, &own, b"").await.status, 403);
}

#[tokio::test]
async fn a_token_of_a_registered_access_key_has_its_policies() {
    let lab = Lab::new();
    lab.push("team/app", "v1").await;
    let policies = [PolicyDocument::parse(PULL).unwrap()];
    lab.mock.add_access_key("111122223333", "ada", policies).unwrap();
    let location = lab.mock.caller().location.clone();
    let ada = lab.mock.by("111122223333", None, Service::Ecr, &location).unwrap();
    let token = authorization(&ada);
    let own = [("authorization", token.as_str())];
    assert_eq!(lab.ask_with("GET /v2/team/app/manifests/v1", &own, b"").await.status, 200);
    assert_eq!(lab.ask_with("GET /v2/team/app/tags/list", &own, b"").await.status, 403);
}
