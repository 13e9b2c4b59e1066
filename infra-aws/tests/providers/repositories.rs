//! ECR repositories with their policies and images.

use std::time::Duration;

use infra_core::arn::Arn;
use infra_core::error::ErrorKind;
use infra_core::names::RepositoryName;
use infra_core::operation::ecr;
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    Encryption, ExclusionFilter, Repository, RepositorySpec, TagMutability,
};
use infra_mock::api::Lag;
use infra_mock::time::Timestamp;

use super::{Aws, many_tags, of, owned, refused, tags};

const ARN: &str = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const LIFECYCLE: &str = r#"{"rules": [{"rulePriority": 1, "description": "\"é\" & 9", "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}, "action": {"type": "expire"}}]}"#;

const GONE: &str = "400 RepositoryNotFoundException: The repository with name 'none' does not exist in the \
                    registry with id '123456789012'";
const NO_POLICY: &str = "400 RepositoryPolicyNotFoundException: Repository policy does not exist for the \
                         repository with name 'team/app' in the registry with id '123456789012'";
const NO_LIFECYCLE: &str = "400 LifecyclePolicyNotFoundException: Lifecycle policy does not exist for the \
                            repository with name 'team/app' in the registry with id '123456789012'";

fn name() -> RepositoryName {
    of("team/app")
}

fn arn() -> Arn {
    of(ARN)
}

fn excluding(patterns: &[&str]) -> TagMutability {
    let filters = patterns.iter().map(|&pattern| ExclusionFilter::wildcard(pattern));
    TagMutability::ImmutableWithExclusion(filters.collect())
}

fn spec() -> RepositorySpec {
    RepositorySpec {
        name: name(),
        tag_mutability: excluding(&["dev-*", "*-rc*"]),
        scan_on_push: true,
        encryption: Encryption::KmsDsse(Some(KEY.to_owned())),
        tags: tags([("Name", "app"), ("ä ö", "=+/@: x"), ("empty", "")]),
    }
}

/// The repository that [`spec`] asks for.
fn expected() -> Repository {
    let RepositorySpec { name, tag_mutability, scan_on_push, encryption, tags: _ } = spec();
    Repository {
        name,
        arn: arn(),
        uri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app".to_owned(),
        tag_mutability,
        scan_on_push,
        encryption,
    }
}

async fn with_repository() -> Aws {
    let aws = Aws::new();
    aws.providers.repositories().create_repository(&spec()).await.unwrap();
    aws
}

fn allowing(principal: &str) -> PolicyDocument {
    let statement = Statement::allow(["ecr:BatchGetImage"]).with_sid("AllowPull");
    PolicyDocument::new([statement.with_principal(PrincipalSet::aws([principal]))])
}

#[tokio::test]
async fn a_repository_is_created_and_found_with_all_that_was_asked_for() {
    let aws = Aws::new();
    let repositories = aws.providers.repositories();
    assert_eq!(repositories.create_repository(&spec()).await.unwrap(), expected());
    assert_eq!(repositories.describe_repository(&name()).await.unwrap(), expected());
    assert_eq!(repositories.list_repository_tags(&arn()).await.unwrap(), spec().tags);
}

#[tokio::test]
async fn a_plain_repository_is_mutable_and_encrypted_by_s3() {
    let aws = Aws::new();
    let repositories = aws.providers.repositories();
    let plain = RepositorySpec {
        tag_mutability: TagMutability::Mutable,
        scan_on_push: false,
        encryption: Encryption::Aes256,
        tags: tags([]),
        ..spec()
    };
    let expected = Repository {
        tag_mutability: TagMutability::Mutable,
        scan_on_push: false,
        encryption: Encryption::Aes256,
        ..expected()
    };
    assert_eq!(repositories.create_repository(&plain).await.unwrap(), expected);
    let request = aws.last_request();
    assert!(request["tags"].is_null(), "{request}");
    assert!(request["imageTagMutabilityExclusionFilters"].is_null(), "{request}");
    assert_eq!(repositories.describe_repository(&name()).await.unwrap(), expected);
    assert_eq!(repositories.list_repository_tags(&arn()).await.unwrap(), tags([]));
}

#[tokio::test]
async fn a_key_that_is_not_named_is_the_one_that_aws_manages() {
    let aws = Aws::new();
    let asked = Encryption::Kms(None);
    let spec = RepositorySpec { encryption: asked.clone(), ..spec() };
    let created = aws.providers.repositories().create_repository(&spec).await.unwrap();
    let key = created.encryption.key().unwrap();
    assert!(key.starts_with("arn:aws:kms:eu-west-1:123456789012:key/"), "{key}");
    assert!(asked.is_met_by(&created.encryption));
}

#[tokio::test]
async fn create_refuses_what_ecr_does_not_take() {
    let aws = with_repository().await;
    let repositories = aws.providers.repositories();
    let new = RepositorySpec { name: of("new"), ..spec() };
    let invalid = ErrorKind::InvalidInput;
    let cases = [
        (
            spec(),
            ErrorKind::AlreadyExists,
            "400 RepositoryAlreadyExistsException: The repository with name 'team/app' already exists in \
             the registry with id '123456789012'",
        ),
        (
            RepositorySpec {
                tag_mutability: TagMutability::Unknown("SOMETIMES".to_owned()),
                ..new.clone()
            },
            invalid,
            "400 InvalidParameterException: Invalid parameter at 'imageTagMutability' failed to satisfy \
             constraint: 'Member must satisfy enum value set: [MUTABLE, IMMUTABLE, \
             IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]'",
        ),
        (
            RepositorySpec { tag_mutability: excluding(&[]), ..new.clone() },
            invalid,
            "400 InvalidParameterException: Invalid parameter at 'imageTagMutabilityExclusionFilters' \
             failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters can't be null when \
             imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION'",
        ),
        (
            RepositorySpec { encryption: Encryption::Unknown("ROT13".to_owned()), ..new.clone() },
            invalid,
            "400 InvalidParameterException: Invalid parameter at 'encryptionConfiguration.encryptionType' \
             failed to satisfy constraint: 'Member must satisfy enum value set: [AES256, KMS, KMS_DSSE]'",
        ),
        (
            RepositorySpec { tags: tags([("aws:x", "x")]), ..new.clone() },
            invalid,
            "400 InvalidTagParameterException: Invalid parameter at 'tags' failed to satisfy constraint: \
             'The prefix aws: is reserved for tags of AWS'",
        ),
        (
            RepositorySpec { tags: many_tags(51), ..new.clone() },
            ErrorKind::LimitExceeded,
            "400 TooManyTagsException: The maximum number of tags that can be applied to a repository is 50",
        ),
    ];
    for (spec, kind, answer) in cases {
        refused(repositories.create_repository(&spec).await, ecr::CREATE_REPOSITORY, kind, answer);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_any_method() {
    let aws = with_repository().await;
    let (repositories, none) = (aws.providers.repositories(), &of("none"));
    let absent = &of("arn:aws:ecr:eu-west-1:123456789012:repository/none");
    macro_rules! gone {
        ($($call:expr => $operation:expr;)+) => {
            $(refused($call.await, $operation, ErrorKind::NotFound, GONE);)+
        };
    }
    gone! {
        repositories.describe_repository(none) => ecr::DESCRIBE_REPOSITORIES;
        repositories.delete_repository(none, true) => ecr::DELETE_REPOSITORY;
        repositories.put_image_tag_mutability(none, &TagMutability::Mutable) => ecr::PUT_IMAGE_TAG_MUTABILITY;
        repositories.put_image_scanning_configuration(none, true) => ecr::PUT_IMAGE_SCANNING_CONFIGURATION;
        repositories.get_repository_policy(none) => ecr::GET_REPOSITORY_POLICY;
        repositories.set_repository_policy(none, &allowing("123456789012")) => ecr::SET_REPOSITORY_POLICY;
        repositories.delete_repository_policy(none) => ecr::DELETE_REPOSITORY_POLICY;
        repositories.get_lifecycle_policy(none) => ecr::GET_LIFECYCLE_POLICY;
        repositories.put_lifecycle_policy(none, LIFECYCLE) => ecr::PUT_LIFECYCLE_POLICY;
        repositories.delete_lifecycle_policy(none) => ecr::DELETE_LIFECYCLE_POLICY;
        repositories.count_images(none) => ecr::LIST_IMAGES;
        repositories.list_repository_tags(absent) => ecr::LIST_TAGS_FOR_RESOURCE;
        repositories.tag_repository(absent, &tags([("a", "b")])) => ecr::TAG_RESOURCE;
        repositories.untag_repository(absent, &owned(["a"])) => ecr::UNTAG_RESOURCE;
    }
    aws.assert_called(ecr::ALL);
}

#[tokio::test]
async fn mutability_and_scanning_are_set() {
    let aws = with_repository().await;
    let repositories = aws.providers.repositories();
    for tag_mutability in [
        TagMutability::Immutable,
        TagMutability::MutableWithExclusion([ExclusionFilter::wildcard("v*")].into()),
        excluding(&["a", "b", "c"]),
        TagMutability::Mutable,
    ] {
        for _ in 0..2 {
            repositories.put_image_tag_mutability(&name(), &tag_mutability).await.unwrap();
            let found = repositories.describe_repository(&name()).await.unwrap();
            assert_eq!(found, Repository { tag_mutability: tag_mutability.clone(), ..expected() });
        }
    }
    repositories.put_image_tag_mutability(&name(), &expected().tag_mutability).await.unwrap();
    for scan_on_push in [false, false, true] {
        repositories.put_image_scanning_configuration(&name(), scan_on_push).await.unwrap();
        let found = repositories.describe_repository(&name()).await.unwrap();
        assert_eq!(found, Repository { scan_on_push, ..expected() });
    }
    refused(
        repositories.put_image_tag_mutability(&name(), &excluding(&["***"])).await,
        ecr::PUT_IMAGE_TAG_MUTABILITY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid parameter at 'filter' failed to satisfy constraint: \
         'Filter must not contain more than two wildcards'",
    );
}

#[tokio::test]
async fn a_policy_is_set_read_and_deleted() {
    let aws = with_repository().await;
    let repositories = aws.providers.repositories();
    let condition = Statement::deny(["ecr:*"]).with_principal(PrincipalSet::Any).with_condition(
        "StringLike",
        "aws:PrincipalTag/é",
        ["100%25 \"+\" <&>"],
    );
    let policies = [
        allowing("arn:aws:iam::123456789012:root"),
        allowing("*").with_statement(condition).with_id("50%25"),
    ];
    for policy in &policies {
        for _ in 0..2 {
            repositories.set_repository_policy(&name(), policy).await.unwrap();
            let text = repositories.get_repository_policy(&name()).await.unwrap();
            assert!(text.means_the_same(policy), "{text:?} is not {policy:?}");
        }
    }
    repositories.delete_repository_policy(&name()).await.unwrap();
    let read = repositories.get_repository_policy(&name()).await;
    refused(read, ecr::GET_REPOSITORY_POLICY, ErrorKind::NotFound, NO_POLICY);
    let deleted = repositories.delete_repository_policy(&name()).await;
    refused(deleted, ecr::DELETE_REPOSITORY_POLICY, ErrorKind::NotFound, NO_POLICY);
}

#[tokio::test]
async fn a_policy_names_a_role_once_it_has_propagated_and_its_id_once_it_is_gone() {
    let aws = Aws::lagging(Lag { iam_propagation: Duration::from_secs(10), ..Lag::default() });
    let (roles, repositories) = (aws.providers.roles(), aws.providers.repositories());
    repositories.create_repository(&spec()).await.unwrap();
    let role = roles.create_role(&super::roles::spec()).await.unwrap();
    let policy = allowing(&role.arn.to_string());
    refused(
        repositories.set_repository_policy(&name(), &policy).await,
        ecr::SET_REPOSITORY_POLICY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: \
         'Principal not found'",
    );
    assert_eq!(aws.calls(ecr::SET_REPOSITORY_POLICY), 1, "waiting is the engine's");
    aws.pass(10);
    repositories.set_repository_policy(&name(), &policy).await.unwrap();
    let text = repositories.get_repository_policy(&name()).await.unwrap();
    assert!(text.means_the_same(&policy), "{text:?}");

    roles.delete_role(&role.name).await.unwrap();
    aws.pass(10);
    let text = repositories.get_repository_policy(&name()).await.unwrap();
    let orphans = text.document().unwrap().orphaned_principals();
    assert_eq!(orphans.len(), 1, "{text:?}");
    assert!(text.means_the_same(&allowing(&role.id)), "{text:?}");
}

#[tokio::test]
async fn a_policy_that_is_none_for_a_repository_is_refused() {
    let aws = with_repository().await;
    let statement = Statement::allow(["ecr:BatchGetImage"]).with_resources(["*"]);
    let statement = statement.with_principal(PrincipalSet::Any);
    let policy = PolicyDocument::new([statement]);
    refused(
        aws.providers.repositories().set_repository_policy(&name(), &policy).await,
        ecr::SET_REPOSITORY_POLICY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: \
         'Invalid repository policy provided'",
    );
}

#[tokio::test]
async fn a_lifecycle_policy_is_put_read_and_deleted_to_the_letter() {
    let aws = with_repository().await;
    let repositories = aws.providers.repositories();
    let other = LIFECYCLE.replace('9', "7");
    for text in [LIFECYCLE, LIFECYCLE, &other] {
        repositories.put_lifecycle_policy(&name(), text).await.unwrap();
        assert_eq!(repositories.get_lifecycle_policy(&name()).await.unwrap(), text);
    }
    refused(
        repositories.put_lifecycle_policy(&name(), &LIFECYCLE.replace("\"any\"", "\"some\"")).await,
        ecr::PUT_LIFECYCLE_POLICY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy \
         constraint: 'Lifecycle policy validation failure: instance failed to match exactly one schema \
         (matched 0 out of 4)\n'",
    );
    repositories.delete_lifecycle_policy(&name()).await.unwrap();
    let read = repositories.get_lifecycle_policy(&name()).await;
    refused(read, ecr::GET_LIFECYCLE_POLICY, ErrorKind::NotFound, NO_LIFECYCLE);
    let deleted = repositories.delete_lifecycle_policy(&name()).await;
    refused(deleted, ecr::DELETE_LIFECYCLE_POLICY, ErrorKind::NotFound, NO_LIFECYCLE);
}

#[tokio::test]
async fn an_image_counts_once_over_all_tags_and_pages() {
    let aws = with_repository().await;
    let repositories = aws.providers.repositories();
    assert_eq!(repositories.count_images(&name()).await.unwrap(), 0);
    // One time and manifest with two tags is one image; without a tag, the time makes the image.
    let at = Timestamp::from_millis;
    let _ = aws.mock.take_journal();
    for n in 0..1_001 {
        aws.elsewhere(|call| call.ecr().push_image("team/app", None, at(n))).unwrap();
    }
    assert_eq!(repositories.count_images(&name()).await.unwrap(), 1_001);
    assert_eq!(aws.calls(ecr::LIST_IMAGES), 2);
    for tag in ["v1", "latest"] {
        let image = infra_mock::ecr::PutImageRequest {
            repository_name: Some("team/app".to_owned()),
            image_manifest: Some(
                r#"{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}"#
                    .to_owned(),
            ),
            image_tag: Some(tag.to_owned()),
            ..Default::default()
        };
        aws.mock.call(image).unwrap();
    }
    assert_eq!(repositories.count_images(&name()).await.unwrap(), 1_002);
}

#[tokio::test]
async fn a_repository_with_images_is_deleted_by_force_alone() {
    let aws = with_repository().await;
    let repositories = aws.providers.repositories();
    let now = Timestamp::from_millis(1);
    aws.elsewhere(|call| call.ecr().push_image("team/app", Some("v1"), now)).unwrap();
    refused(
        repositories.delete_repository(&name(), false).await,
        ecr::DELETE_REPOSITORY,
        ErrorKind::InUse,
        "400 RepositoryNotEmptyException: The repository with name 'team/app' in registry with id \
         '123456789012' cannot be deleted because it still contains images",
    );
    repositories.delete_repository(&name(), true).await.unwrap();
    repositories.create_repository(&spec()).await.unwrap();
    assert_eq!(repositories.count_images(&name()).await.unwrap(), 0);
    repositories.delete_repository(&name(), false).await.unwrap();
    let again = repositories.delete_repository(&name(), true).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn tags_are_set_beside_the_others_and_removed() {
    let aws = with_repository().await;
    let repositories = aws.providers.repositories();
    let set = tags([("Name", "other"), ("Team", "a + b")]);
    repositories.tag_repository(&arn(), &set).await.unwrap();
    repositories.untag_repository(&arn(), &owned(["ä ö", "absent"])).await.unwrap();
    let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
    assert_eq!(repositories.list_repository_tags(&arn()).await.unwrap(), left);
    refused(
        repositories.tag_repository(&arn(), &many_tags(48)).await,
        ecr::TAG_RESOURCE,
        ErrorKind::LimitExceeded,
        "400 TooManyTagsException: The maximum number of tags that can be applied to a repository is 50",
    );
    repositories.tag_repository(&arn(), &many_tags(47)).await.unwrap();
    assert_eq!(repositories.list_repository_tags(&arn()).await.unwrap().len(), 50);
    refused(
        repositories
            .tag_repository(&of("arn:aws:ecr:us-east-1:123456789012:repository/x1"), &set)
            .await,
        ecr::TAG_RESOURCE,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: The ARN provided is invalid.",
    );
}
