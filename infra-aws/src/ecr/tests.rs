//! Tests of ECR repositories, on answers as ECR gives them.

use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::EncryptionType;
use infra_core::arn::Arn;
use infra_core::error::ErrorKind;
use infra_core::names::RepositoryName;
use infra_core::policy::{PolicyDocument, Statement};
use infra_core::provider::{
    Encryption, ExclusionFilter, RepositoryProvider, RepositorySpec, TagMutability,
};

use super::EcrRepositories;
use crate::testing::{answers, assert_error, client, http, json_error, of, tags};

const ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/demo-app";

const GONE: &str =
    "The repository with name 'demo-app' does not exist in the registry with id '123456789012'";

fn repository(more: &str) -> String {
    format!(
        r#"{{"repositoryArn": "{ARN}", "registryId": "123456789012", "repositoryName": "demo-app",
            "repositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-app"{more}}}"#
    )
}

fn name() -> RepositoryName {
    of("demo-app")
}

fn policy() -> PolicyDocument {
    PolicyDocument::new([Statement::allow(["ecr:BatchGetImage"])])
}

fn spec() -> RepositorySpec {
    RepositorySpec {
        name: name(),
        tag_mutability: TagMutability::Mutable,
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: tags([("Name", "demo-app-repo")]),
    }
}

fn except(pattern: &str) -> TagMutability {
    TagMutability::ImmutableWithExclusion([ExclusionFilter::wildcard(pattern)].into())
}

#[tokio::test]
async fn a_repository_is_read_with_all_that_it_has() {
    let rule = answers!(Client::describe_repositories, if |request| {
            request.repository_names() == ["demo-app"]
        };
        http(200, format!(r#"{{"repositories": [{}]}}"#, repository(
            r#", "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "dev-*"}],
            "imageScanningConfiguration": {"scanOnPush": true}, "createdAt": 1.7e9,
            "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "arn:aws:kms:k"}"#))));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let repository = repositories.describe_repository(&name()).await.unwrap();
    assert_eq!(repository.arn, of(ARN));
    assert_eq!(repository.uri, "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-app");
    assert_eq!(repository.tag_mutability, except("dev-*"));
    assert!(repository.scan_on_push);
    assert_eq!(repository.encryption, Encryption::Kms(Some("arn:aws:kms:k".to_owned())));
}

#[tokio::test]
async fn a_repository_of_which_little_is_said_has_the_defaults() {
    let rule = answers!(Client::describe_repositories;
        http(200, format!(r#"{{"repositories": [{}]}}"#, repository(""))));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let repository = repositories.describe_repository(&name()).await.unwrap();
    assert_eq!(repository.tag_mutability, TagMutability::Mutable);
    assert_eq!(repository.encryption, Encryption::Aes256);
    assert!(!repository.scan_on_push);
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_not_found() {
    let rule = answers!(Client::describe_repositories;
        json_error(400, "RepositoryNotFoundException", GONE),
        http(200, r#"{"repositories": []}"#));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let error = repositories.describe_repository(&name()).await.unwrap_err();
    assert_error(&error, ErrorKind::NotFound, "RepositoryNotFoundException", GONE, 400);
    let error = repositories.describe_repository(&name()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn one_create_carries_all_that_the_repository_is_to_be() {
    let rule = answers!(Client::create_repository, if |request| {
            let filters = request.image_tag_mutability_exclusion_filters();
            let encryption = request.encryption_configuration().unwrap();
            request.repository_name() == Some("demo-app")
                && request.image_tag_mutability().unwrap().as_str() == "IMMUTABLE_WITH_EXCLUSION"
                && filters.len() == 1
                && (filters[0].filter_type().as_str(), filters[0].filter()) == ("WILDCARD", "dev-*")
                && request.image_scanning_configuration().unwrap().scan_on_push()
                && encryption.encryption_type() == &EncryptionType::KmsDsse
                && encryption.kms_key() == Some("arn:aws:kms:k")
                && (request.tags()[0].key(), request.tags()[0].value()) == ("Name", "demo-app-repo")
        };
        http(200, format!(r#"{{"repository": {}}}"#, repository(""))));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let full = RepositorySpec {
        tag_mutability: except("dev-*"),
        encryption: Encryption::KmsDsse(Some("arn:aws:kms:k".to_owned())),
        ..spec()
    };
    assert_eq!(repositories.create_repository(&full).await.unwrap().name, name());
}

#[tokio::test]
async fn a_plain_create_sends_no_filters_key_or_tags() {
    let rule = answers!(Client::create_repository, if |request| {
            request.image_tag_mutability().unwrap().as_str() == "MUTABLE"
                && request.image_tag_mutability_exclusion_filters.is_none()
                && request.encryption_configuration().unwrap().kms_key().is_none()
                && request.tags.is_none()
        };
        http(200, format!(r#"{{"repository": {}}}"#, repository(""))));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    repositories.create_repository(&RepositorySpec { tags: tags([]), ..spec() }).await.unwrap();
}

#[tokio::test]
async fn a_repository_that_is_there_cannot_be_created() {
    let message =
        "The repository with name 'demo-app' already exists in the registry with id '123456789012'";
    let rule = answers!(Client::create_repository;
        json_error(400, "RepositoryAlreadyExistsException", message));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let error = repositories.create_repository(&spec()).await.unwrap_err();
    let code = "RepositoryAlreadyExistsException";
    assert_error(&error, ErrorKind::AlreadyExists, code, message, 400);
}

#[tokio::test]
async fn a_repository_with_images_is_deleted_by_force_alone() {
    let message = "The repository with name 'demo-app' in registry with id '123456789012' cannot be \
                   deleted because it still contains images";
    let gentle = answers!(Client::delete_repository, if |request| request.force() == Some(false);
        json_error(400, "RepositoryNotEmptyException", message));
    let forced = answers!(Client::delete_repository, if |request| {
            request.force() == Some(true) && request.repository_name() == Some("demo-app")
        };
        http(200, format!(r#"{{"repository": {}}}"#, repository(""))));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &gentle, &forced));
    let error = repositories.delete_repository(&name(), false).await.unwrap_err();
    assert_error(&error, ErrorKind::InUse, "RepositoryNotEmptyException", message, 400);
    repositories.delete_repository(&name(), true).await.unwrap();
}

#[tokio::test]
async fn mutability_and_scanning_are_set_by_name() {
    let mutability = answers!(Client::put_image_tag_mutability, if |request| {
            let filters = request.image_tag_mutability_exclusion_filters();
            request.repository_name() == Some("demo-app")
                && request.image_tag_mutability().unwrap().as_str() == "IMMUTABLE_WITH_EXCLUSION"
                && filters[0].filter() == "v*"
        };
        http(200, "{}"));
    let scanning = answers!(Client::put_image_scanning_configuration, if |request| {
            request.repository_name() == Some("demo-app")
                && !request.image_scanning_configuration().unwrap().scan_on_push()
        };
        http(200, "{}"));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &mutability, &scanning));
    repositories.put_image_tag_mutability(&name(), &except("v*")).await.unwrap();
    repositories.put_image_scanning_configuration(&name(), false).await.unwrap();
}

#[tokio::test]
async fn a_policy_is_set_read_and_deleted() {
    let set = answers!(Client::set_repository_policy, if |request| {
            request.repository_name() == Some("demo-app")
                && request.policy_text() == Some(&policy().to_json())
        };
        http(200, "{}"));
    // A `%` belongs to the text: ECR does not encode it.
    let get = answers!(Client::get_repository_policy, if |request| {
            request.repository_name() == Some("demo-app")
        };
        http(200, r#"{"policyText":
            "{\"Version\": \"2012-10-17\", \"Id\": \"50%25\", \"Statement\": []}"}"#));
    let delete = answers!(Client::delete_repository_policy, if |request| {
            request.repository_name() == Some("demo-app")
        };
        http(200, "{}"));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &set, &get, &delete));
    repositories.set_repository_policy(&name(), &policy()).await.unwrap();
    let text = repositories.get_repository_policy(&name()).await.unwrap();
    assert_eq!(text.as_str(), r#"{"Version": "2012-10-17", "Id": "50%25", "Statement": []}"#);
    repositories.delete_repository_policy(&name()).await.unwrap();
}

#[tokio::test]
async fn a_principal_that_has_not_propagated_is_refused_in_two_wordings() {
    let messages = [
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy \
         provided'",
    ];
    for message in messages {
        let rule = answers!(Client::set_repository_policy;
            json_error(400, "InvalidParameterException", message));
        let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
        let error = repositories.set_repository_policy(&name(), &policy()).await.unwrap_err();
        assert_error(&error, ErrorKind::InvalidInput, "InvalidParameterException", message, 400);
        assert_eq!(rule.num_calls(), 1, "waiting is the engine's");
    }
}

#[tokio::test]
async fn policies_that_are_not_there_are_not_found() {
    let none = "Repository policy does not exist for the repository with name 'demo-app' in the registry \
                with id '123456789012'";
    let no_lifecycle = "Lifecycle policy does not exist for the repository with name 'demo-app' in the \
                        registry with id '123456789012'";
    let policy = "RepositoryPolicyNotFoundException";
    let lifecycle = "LifecyclePolicyNotFoundException";
    let get = answers!(Client::get_repository_policy; json_error(400, policy, none));
    let delete = answers!(Client::delete_repository_policy; json_error(400, policy, none));
    let get_life = answers!(Client::get_lifecycle_policy; json_error(400, lifecycle, no_lifecycle));
    let delete_life =
        answers!(Client::delete_lifecycle_policy; json_error(400, lifecycle, no_lifecycle));
    let repositories =
        EcrRepositories::new(client!(aws_sdk_ecr; &get, &delete, &get_life, &delete_life));
    for error in [
        repositories.get_repository_policy(&name()).await.unwrap_err(),
        repositories.delete_repository_policy(&name()).await.unwrap_err(),
    ] {
        assert_error(&error, ErrorKind::NotFound, policy, none, 400);
    }
    for error in [
        repositories.get_lifecycle_policy(&name()).await.unwrap_err(),
        repositories.delete_lifecycle_policy(&name()).await.unwrap_err(),
    ] {
        assert_error(&error, ErrorKind::NotFound, lifecycle, no_lifecycle, 400);
    }
}

#[tokio::test]
async fn a_lifecycle_policy_is_put_read_and_deleted_as_text() {
    const TEXT: &str = r#"{"rules":[]}"#;
    let put = answers!(Client::put_lifecycle_policy, if |request| {
            request.repository_name() == Some("demo-app")
                && request.lifecycle_policy_text() == Some(TEXT)
        };
        http(200, "{}"));
    let get = answers!(Client::get_lifecycle_policy;
        http(200, r#"{"lifecyclePolicyText": "{\"rules\":[]}", "lastEvaluatedAt": 0}"#));
    let delete = answers!(Client::delete_lifecycle_policy; http(200, "{}"));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &put, &get, &delete));
    repositories.put_lifecycle_policy(&name(), TEXT).await.unwrap();
    assert_eq!(repositories.get_lifecycle_policy(&name()).await.unwrap(), TEXT);
    repositories.delete_lifecycle_policy(&name()).await.unwrap();
}

#[tokio::test]
async fn an_image_counts_once_over_all_tags_and_pages() {
    let first = answers!(Client::list_images, if |request| {
            request.repository_name() == Some("demo-app") && request.next_token().is_none()
        };
        http(200, r#"{"imageIds": [{"imageDigest": "sha256:a", "imageTag": "v1"},
            {"imageDigest": "sha256:b"}], "nextToken": "more"}"#));
    let second = answers!(Client::list_images, if |request| request.next_token() == Some("more");
        http(200, r#"{"imageIds": [{"imageDigest": "sha256:a", "imageTag": "latest"},
            {"imageDigest": "sha256:c", "imageTag": "v0"}]}"#),
        json_error(400, "RepositoryNotFoundException", GONE));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &first, &second));
    assert_eq!(repositories.count_images(&name()).await.unwrap(), 3);
}

#[tokio::test]
async fn images_of_a_repository_that_is_not_there_are_not_found() {
    let rule = answers!(Client::list_images; json_error(400, "RepositoryNotFoundException", GONE));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &rule));
    let error = repositories.count_images(&name()).await.unwrap_err();
    assert_error(&error, ErrorKind::NotFound, "RepositoryNotFoundException", GONE, 400);
}

#[tokio::test]
async fn tags_are_read_set_and_removed_by_arn() {
    let list = answers!(Client::list_tags_for_resource, if |request| {
            request.resource_arn() == Some(ARN)
        };
        http(200, r#"{"tags": [{"Key": "Name", "Value": "demo-app-repo"}]}"#));
    let set = answers!(Client::tag_resource, if |request| {
            request.resource_arn() == Some(ARN)
                && (request.tags()[0].key(), request.tags()[0].value()) == ("Team", "a")
        };
        http(200, "{}"));
    let removed = answers!(Client::untag_resource, if |request| {
            request.resource_arn() == Some(ARN) && request.tag_keys() == ["Team"]
        };
        http(200, "{}"));
    let repositories = EcrRepositories::new(client!(aws_sdk_ecr; &list, &set, &removed));
    let arn: Arn = of(ARN);
    let found = repositories.list_repository_tags(&arn).await.unwrap();
    assert_eq!(found, tags([("Name", "demo-app-repo")]));
    repositories.tag_repository(&arn, &tags([("Team", "a")])).await.unwrap();
    repositories.untag_repository(&arn, &["Team".to_owned()]).await.unwrap();
}
