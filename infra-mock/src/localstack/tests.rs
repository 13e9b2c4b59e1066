//! Tests for reading LocalStack's health response and for combining LocalStack with a mock.

use std::sync::Arc;

use hyper::StatusCode;
use infra_core::error::{ErrorKind, Result};
use infra_core::policy::PolicyDocument;
use infra_core::provider::{
    Encryption, Providers, RepositorySpec, RoleSpec, TagMutability, Unsupported,
};
use infra_core::tags::Tags;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{LocalStack, health, listed};
use crate::api::Service;
use crate::mock::MockAws;

/// The health response of LocalStack 4.14.0, shortened to a few services.
const FREE: &str = r#"{"services": {"acm": "available", "iam": "running", "logs": "available", "s3": "available",
    "sts": "running"}, "edition": "community", "version": "4.14.0"}"#;

fn read(body: &str) -> Result<LocalStack> {
    health::read("http://localhost:4566", StatusCode::OK, body.as_bytes())
}

fn free() -> LocalStack {
    read(FREE).unwrap()
}

/// Starts a server that sends the given response to one request, and returns the server's URL.
async fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let length = stream.read(&mut request).await.unwrap();
        let request = String::from_utf8_lossy(&request[..length]).into_owned();
        assert!(request.starts_with("GET /_localstack/health HTTP/1.1\r\n"), "{request}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    url
}

#[test]
fn free_edition_lacks_ecs_and_ecr() {
    let localstack = free();
    assert_eq!(localstack.missing(), [Service::Ecs, Service::Ecr]);
    assert_eq!(localstack.to_string(), "LocalStack 4.14.0 at http://localhost:4566");
    let error = localstack.error_of_missing().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.to_string(), "LocalStack 4.14.0 at http://localhost:4566 lacks ECS and ECR");
    assert!(error.hint().unwrap().contains("LOCALSTACK_AUTH_TOKEN"), "{error:?}");
}

#[test]
fn disabled_and_failed_services_are_missing() {
    let body = FREE.replace(r#""iam": "running""#, r#""iam": "disabled""#);
    let body = body.replace(r#""logs": "available""#, r#""logs": "error""#);
    let missing = read(&body).unwrap().missing();
    assert_eq!(missing, [Service::Ecs, Service::Iam, Service::Ecr, Service::Logs]);
    assert_eq!(listed(&missing), "ECS, IAM, ECR and CloudWatch Logs");
}

#[test]
fn localstack_with_all_services_lacks_nothing() {
    let body = FREE.replace(r#""acm""#, r#""ecs": "available", "ecr": "available", "acm""#);
    let localstack = read(&body).unwrap();
    assert_eq!(localstack.missing(), []);
    assert!(localstack.error_of_missing().is_none());
}

#[tokio::test]
async fn running_localstack_is_queried() {
    let url = server(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n\
         {\"services\": {\"iam\": \"available\"}, \"version\": \"2026.6.1.dev65\"}",
    )
    .await;
    let localstack = LocalStack::ask(&url).await.unwrap();
    assert!(localstack.has(Service::Iam) && !localstack.has(Service::Logs));
    assert_eq!(localstack.to_string(), format!("LocalStack 2026.6.1.dev65 at {url}"));
}

#[tokio::test]
async fn other_servers_are_rejected() {
    let url = server("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let error = LocalStack::ask(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().ends_with("with HTTP 404"), "{error}");
}

#[tokio::test]
async fn closed_port_cannot_be_reached() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = LocalStack::ask(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn https_url_is_rejected() {
    for url in ["https://localhost:4566", "localhost:4566", "http://", ""] {
        let error = LocalStack::ask(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
    }
}

/// Returns providers that use a mock to simulate LocalStack. Calls to services that LocalStack
/// lacks fail with `Unsupported`.
fn played(localstack: &LocalStack, by: &MockAws) -> Providers {
    localstack.providers(&by.providers())
}

#[tokio::test]
async fn services_are_detected_through_providers() {
    let sdk = played(&free(), &MockAws::new());
    let asked = LocalStack::ask_through("https://localhost:4566", &sdk).await.unwrap();
    assert_eq!(asked.missing(), [Service::Ecs, Service::Ecr]);
    assert_eq!(asked.to_string(), "LocalStack at https://localhost:4566");
}

#[tokio::test]
async fn call_to_a_missing_service_has_a_hint() {
    let bundle = free().providers(&MockAws::new().providers());
    let error =
        bundle.clusters().describe_cluster(&"shop".parse().unwrap(), false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(
        error.to_string(),
        "ecs:DescribeClusters: LocalStack 4.14.0 at http://localhost:4566 lacks ECS"
    );
    assert!(error.hint().unwrap().contains("in-memory mock"), "{error:?}");
    assert!(bundle.location().await.is_ok());
}

fn trust() -> PolicyDocument {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":
        {"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    PolicyDocument::parse(text).unwrap()
}

fn pull(principal: &str) -> PolicyDocument {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},
        "Action":"ecr:BatchGetImage"}}]}}"#
    );
    PolicyDocument::parse(&text).unwrap()
}

fn repository() -> RepositorySpec {
    RepositorySpec {
        name: "shop".parse().unwrap(),
        tag_mutability: TagMutability::Mutable,
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: Tags::default(),
    }
}

/// Returns the providers of a simulated LocalStack, and a bundle in which another mock replaces the
/// missing services.
async fn mixed() -> (Providers, Providers) {
    let theirs = MockAws::builder().account("000000000000".parse().unwrap()).seed(7).build();
    let localstack = free();
    let sdk = played(&localstack, &theirs);
    let memory = localstack.mock_beside(&sdk).await.unwrap().build();
    let bundle = localstack.providers_beside(&sdk, &memory);
    (sdk, bundle)
}

#[tokio::test]
async fn missing_services_are_mocked_in_the_same_account() {
    let (_, bundle) = mixed().await;
    let repository = bundle.repositories().create_repository(&repository()).await.unwrap();
    assert_eq!(repository.arn.to_string(), "arn:aws:ecr:us-east-1:000000000000:repository/shop");
    assert_eq!(bundle.location().await.unwrap().account_id.as_str(), "000000000000");
}

#[tokio::test]
async fn repository_policy_can_use_roles_in_localstack() {
    let (_, bundle) = mixed().await;
    let (roles, repositories) = (bundle.roles(), bundle.repositories());
    let name = "shop".parse().unwrap();
    repositories.create_repository(&repository()).await.unwrap();
    let role = "shop-puller".parse().unwrap();
    let arn = "arn:aws:iam::000000000000:role/shop-puller";

    let refusal = repositories.set_repository_policy(&name, &pull(arn)).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::InvalidInput);
    assert!(refusal.to_string().contains("Principal not found"), "{refusal}");

    let spec = RoleSpec {
        name: "shop-puller".parse().unwrap(),
        path: "/".parse().unwrap(),
        trust: trust(),
        description: None,
        max_session_duration: 3600,
        permissions_boundary: None,
        tags: Tags::default(),
    };
    let first = roles.create_role(&spec).await.unwrap();
    repositories.set_repository_policy(&name, &pull(arn)).await.unwrap();
    let read = repositories.get_repository_policy(&name).await.unwrap();
    assert!(read.means_the_same(&pull(arn)), "{read:?}");

    // A new role has the same name, but the policy still refers to the deleted role.
    roles.delete_role(&role).await.unwrap();
    let second = roles.create_role(&spec).await.unwrap();
    assert_ne!(first.id, second.id);
    let read = repositories.get_repository_policy(&name).await.unwrap();
    assert!(read.means_the_same(&pull(&first.id)), "{read:?}");

    repositories.set_repository_policy(&name, &pull(arn)).await.unwrap();
    roles.delete_role(&role).await.unwrap();
    let read = repositories.get_repository_policy(&name).await.unwrap();
    assert!(read.means_the_same(&pull(&second.id)), "{read:?}");
}

#[tokio::test]
async fn failed_role_lookup_fails_the_call() {
    let memory = MockAws::new();
    let why = "no connection";
    let sdk = memory.providers().with_roles(Arc::new(Unsupported::new(why)));
    let bundle = free().providers_beside(&sdk, &memory);
    let (repositories, name) = (bundle.repositories(), "shop".parse().unwrap());
    repositories.create_repository(&repository()).await.unwrap();
    let arn = "arn:aws:iam::123456789012:role/shop-puller";
    let error = repositories.set_repository_policy(&name, &pull(arn)).await.unwrap_err();
    assert_eq!(error.to_string(), "iam:GetRole: no connection");
}
