//! Scenarios for ECR repositories, their policies and images.

mod absent;
mod images;
mod policies;
mod settings;

use super::check::{equal, holds};
use super::support::{many_tags, special_character_tags, tags};
use super::{Fixture, Verdict};
use crate::arn::Arn;
use crate::error::{ErrorKind, Result};
use crate::names::RepositoryName;
use crate::operation::ecr;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::{Encryption, ExclusionFilter, Repository, RepositorySpec, TagMutability};

/// The scenarios of the group `repositories`, with one list per source file.
pub(super) const FILES: &[&[crate::conformance::Scenario]] =
    &[SCENARIOS, absent::SCENARIOS, settings::SCENARIOS, policies::SCENARIOS, images::SCENARIOS];

scenarios! { "repositories" needs [Repositories]:
    created_repository_has_all_requested_attributes;
    minimal_repository_has_mutable_tags_and_aes256_encryption;
    repository_is_encrypted_with_the_requested_key needs [KmsKeys];
    encryption_without_a_key_uses_the_aws_managed_key needs [KmsKeys];
    create_fails_if_the_repository_exists;
    create_rejects_an_unknown_mutability;
    create_rejects_exclusions_without_a_filter;
    create_rejects_an_unknown_encryption_type;
    create_rejects_a_reserved_tag;
    create_rejects_more_than_50_tags;
}

const LIFECYCLE: &str = r#"{"rules": [{"rulePriority": 1, "description": "\"é\" & 9", "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}, "action": {"type": "expire"}}]}"#;

fn gone(at: &Fixture, name: &RepositoryName) -> String {
    let account = &at.location().account_id;
    format!(
        "400 RepositoryNotFoundException: The repository with name '{name}' does not exist in the registry \
         with id '{account}'"
    )
}

fn arn(at: &Fixture, name: &RepositoryName) -> Arn {
    at.location().arn("ecr", format!("repository/{name}"))
}

fn excluding(patterns: &[&str]) -> TagMutability {
    let filters = patterns.iter().map(|&pattern| ExclusionFilter::wildcard(pattern));
    TagMutability::ImmutableWithExclusion(filters.collect())
}

/// Returns the specification that most scenarios use.
fn spec(at: &Fixture) -> Verdict<RepositorySpec> {
    Ok(RepositorySpec {
        name: at.repository("team/app")?,
        tag_mutability: TagMutability::Immutable,
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: special_character_tags(),
    })
}

/// Returns the repository that `spec` should produce.
fn expected(at: &Fixture, spec: &RepositorySpec) -> Repository {
    let RepositorySpec { name, tag_mutability, scan_on_push, encryption, tags: _ } = spec.clone();
    Repository {
        arn: arn(at, &name),
        uri: format!("{}/{name}", at.location().registry_host()),
        name,
        tag_mutability,
        scan_on_push,
        encryption,
    }
}

async fn found(at: &Fixture, name: &RepositoryName) -> Result<Repository> {
    at.repositories().describe_repository(name).await
}

/// Creates the repository, and checks that it matches `spec`.
async fn create(at: &Fixture, spec: &RepositorySpec) -> Verdict<Repository> {
    let repository = expected(at, spec);
    at.repositories().create_repository(spec).await?;
    reads!(at, found(at, &spec.name), repository.clone());
    Ok(repository)
}

async fn is_untouched(at: &Fixture, repository: &Repository) -> Verdict {
    equal(&found(at, &repository.name).await?, repository)
}

fn allowing(principal: &str) -> PolicyDocument {
    let statement = Statement::allow(["ecr:BatchGetImage"]).with_sid("AllowPull");
    PolicyDocument::new([statement.with_principal(PrincipalSet::aws([principal]))])
}

async fn created_repository_has_all_requested_attributes(at: &Fixture) -> Verdict {
    let spec = RepositorySpec { tag_mutability: excluding(&["dev-*", "*-rc*"]), ..spec(at)? };
    let repository = expected(at, &spec);
    equal(&at.repositories().create_repository(&spec).await?, &repository)?;
    reads!(at, found(at, &spec.name), repository.clone());
    reads!(at, at.repositories().list_repository_tags(&repository.arn), spec.tags.clone());
    Ok(())
}

async fn minimal_repository_has_mutable_tags_and_aes256_encryption(at: &Fixture) -> Verdict {
    let plain = RepositorySpec {
        tag_mutability: TagMutability::Mutable,
        scan_on_push: false,
        tags: tags([]),
        ..spec(at)?
    };
    let repository = expected(at, &plain);
    equal(&at.repositories().create_repository(&plain).await?, &repository)?;
    reads!(at, found(at, &plain.name), repository.clone());
    reads!(at, at.repositories().list_repository_tags(&repository.arn), tags([]));
    Ok(())
}

async fn repository_is_encrypted_with_the_requested_key(at: &Fixture) -> Verdict {
    let encryption = Encryption::KmsDsse(Some(at.kms_key(1).to_string()));
    create(at, &RepositorySpec { encryption, ..spec(at)? }).await.map(drop)
}

async fn encryption_without_a_key_uses_the_aws_managed_key(at: &Fixture) -> Verdict {
    let asked = Encryption::Kms(None);
    let spec = RepositorySpec { encryption: asked.clone(), ..spec(at)? };
    let created = at.repositories().create_repository(&spec).await?;
    let key = created.encryption.key().unwrap_or_default();
    let prefix = at.location().arn("kms", "key/").to_string();
    holds(key.starts_with(&prefix), format!("{key:?} is the ARN of a KMS key"))?;
    holds(asked.is_met_by(&created.encryption), "the encryption is as requested")
}

async fn create_fails_if_the_repository_exists(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let repository = create(at, &spec).await?;
    let answer = format!(
        "400 RepositoryAlreadyExistsException: The repository with name '{}' already exists in the \
         registry with id '{}'",
        spec.name,
        at.location().account_id
    );
    let again = RepositorySpec { tag_mutability: TagMutability::Mutable, ..spec };
    let outcome = at.repositories().create_repository(&again).await;
    at.refused(outcome, ecr::CREATE_REPOSITORY, ErrorKind::AlreadyExists, &answer)?;
    is_untouched(at, &repository).await
}

/// Checks that `CreateRepository` rejects the specification and creates nothing.
async fn create_refuses(
    at: &Fixture,
    spec: RepositorySpec,
    kind: ErrorKind,
    answer: &str,
) -> Verdict {
    let outcome = at.repositories().create_repository(&spec).await;
    at.refused(outcome, ecr::CREATE_REPOSITORY, kind, answer)?;
    at.absent(found(at, &spec.name).await, ecr::DESCRIBE_REPOSITORIES)
}

async fn create_rejects_an_unknown_mutability(at: &Fixture) -> Verdict {
    let tag_mutability = TagMutability::Unknown("SOMETIMES".to_owned());
    let answer = "400 InvalidParameterException: Invalid parameter at 'imageTagMutability' failed to satisfy \
                  constraint: 'Member must satisfy enum value set: [MUTABLE, IMMUTABLE, \
                  IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]'";
    let spec = RepositorySpec { tag_mutability, ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_rejects_exclusions_without_a_filter(at: &Fixture) -> Verdict {
    let answer = "400 InvalidParameterException: Invalid parameter at \
                  'imageTagMutabilityExclusionFilters' failed to satisfy constraint: \
                  'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as \
                  IMMUTABLE_WITH_EXCLUSION'";
    let spec = RepositorySpec { tag_mutability: excluding(&[]), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_rejects_an_unknown_encryption_type(at: &Fixture) -> Verdict {
    let encryption = Encryption::Unknown("ROT13".to_owned());
    let answer = "400 InvalidParameterException: Invalid parameter at \
                  'encryptionConfiguration.encryptionType' failed to satisfy constraint: 'Member must \
                  satisfy enum value set: [AES256, KMS, KMS_DSSE]'";
    let spec = RepositorySpec { encryption, ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_rejects_a_reserved_tag(at: &Fixture) -> Verdict {
    let answer = "400 InvalidTagParameterException: Invalid parameter at 'tags' failed to satisfy constraint: \
                  'The prefix aws: is reserved for tags of AWS'";
    let spec = RepositorySpec { tags: tags([("aws:x", "x")]), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_rejects_more_than_50_tags(at: &Fixture) -> Verdict {
    let answer = "400 TooManyTagsException: The maximum number of tags that can be applied to a repository \
                  is 50";
    let spec = RepositorySpec { tags: many_tags(51), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::LimitExceeded, answer).await
}
