//! Tests with responses that the mock AWS never sends. The tests that use the mock are in
//! `tests/providers`.

use aws_sdk_ecr::Client;
use infra_core::error::ErrorKind;
use infra_core::names::RepositoryName;
use infra_core::provider::{Encryption, RepositoryProvider, TagMutability};

use super::EcrRepositories;
use crate::testing::{answers, assert_error, client, http, json_error, of};

fn name() -> RepositoryName {
    of("demo-app")
}

fn repository(more: &str) -> String {
    format!(
        r#"{{"repositories": [{{"registryId": "123456789012", "repositoryName": "demo-app",
            "repositoryArn": "arn:aws:ecr:us-east-1:123456789012:repository/demo-app",
            "repositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-app"{more}}}]}}"#
    )
}

#[tokio::test]
async fn omitted_attributes_have_their_defaults() {
    let rule = answers!(Client::describe_repositories; http(200, repository("")));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let repository = repositories.describe_repository(&name()).await.unwrap();
    assert_eq!(repository.tag_mutability, TagMutability::Mutable);
    assert_eq!(repository.encryption, Encryption::Aes256);
    assert!(!repository.scan_on_push);
}

#[tokio::test]
async fn unknown_values_are_kept() {
    let rule = answers!(Client::describe_repositories; http(200, repository(
        r#", "imageTagMutability": "ON_SUNDAYS",
        "encryptionConfiguration": {"encryptionType": "ROT13"}"#)));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let repository = repositories.describe_repository(&name()).await.unwrap();
    assert_eq!(repository.tag_mutability, TagMutability::Unknown("ON_SUNDAYS".to_owned()));
    assert_eq!(repository.encryption, Encryption::Unknown("ROT13".to_owned()));
}

#[tokio::test]
async fn empty_response_means_that_the_repository_does_not_exist() {
    let rule = answers!(Client::describe_repositories; http(200, r#"{"repositories": []}"#));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let error = repositories.describe_repository(&name()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "ecr:DescribeRepositories: repository demo-app does not exist");
}

#[tokio::test]
async fn response_without_a_policy_is_an_error() {
    let policy = answers!(Client::get_repository_policy; http(200, "{}"));
    let lifecycle = answers!(Client::get_lifecycle_policy; http(200, "{}"));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &policy, &lifecycle));
    for error in [
        repositories.get_repository_policy(&name()).await.unwrap_err(),
        repositories.get_lifecycle_policy(&name()).await.unwrap_err(),
    ] {
        assert_eq!(error.message(), "the response has no policy text");
    }
}

#[tokio::test]
async fn failed_page_fails_the_count() {
    let message =
        "The repository with name 'demo-app' does not exist in the registry with id '123456789012'";
    let rule = answers!(Client::list_images;
        http(200, r#"{"imageIds": [{"imageDigest": "sha256:a"}], "nextToken": "more"}"#),
        json_error(400, "RepositoryNotFoundException", message));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let error = repositories.count_images(&name()).await.unwrap_err();
    assert_error(&error, ErrorKind::NotFound, "RepositoryNotFoundException", message, 400);
}
