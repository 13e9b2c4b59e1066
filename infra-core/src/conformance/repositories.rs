//! ECR repositories with their policies and images.

use super::check::{equal, holds};
use super::support::{many_tags, odd_tags, owned, tags};
use super::{Deed, Fixture, Verdict};
use crate::arn::Arn;
use crate::error::{ErrorKind, Result};
use crate::names::RepositoryName;
use crate::operation::ecr;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::{
    Encryption, ExclusionFilter, Repository, RepositorySpec, RoleSpec, TagMutability,
};

scenarios! { "repositories" needs [Repositories]:
    a_repository_is_created_and_found_with_all_that_was_asked_for;
    a_plain_repository_is_mutable_and_encrypted_by_s3;
    a_repository_is_encrypted_by_the_key_that_was_asked_for needs [KmsKeys];
    a_key_that_is_not_named_is_the_one_that_aws_manages needs [KmsKeys];
    create_finds_that_the_repository_exists;
    create_refuses_a_mutability_that_is_none;
    create_refuses_exclusions_without_a_filter;
    create_refuses_an_encryption_that_is_none;
    create_refuses_a_tag_that_is_aws_s_own;
    create_refuses_more_tags_than_fifty;
    an_absent_repository_is_not_found;
    settings_of_an_absent_repository_are_not_found;
    policies_of_an_absent_repository_are_not_found;
    lifecycle_policies_of_an_absent_repository_are_not_found;
    images_of_an_absent_repository_are_not_found;
    tags_of_an_absent_repository_are_not_found;
    mutability_is_set;
    scanning_is_set;
    a_filter_of_three_wildcards_is_refused;
    a_policy_is_set_read_and_deleted;
    an_absent_policy_is_not_found;
    a_policy_with_a_resource_is_refused;
    a_policy_for_a_principal_that_does_not_exist_is_refused needs [Roles];
    a_policy_names_a_role_and_its_id_once_it_is_gone needs [Roles];
    a_policy_names_a_role_once_it_has_propagated needs [Roles, SlowRoles];
    a_lifecycle_policy_is_put_read_and_deleted_to_the_letter;
    an_absent_lifecycle_policy_is_not_found;
    a_lifecycle_policy_that_is_none_is_refused;
    a_new_repository_has_no_images;
    an_image_counts_once_whatever_tags_it_has needs [Images];
    images_are_counted_over_all_pages needs [Images, Bulk];
    a_repository_with_images_is_deleted_by_force_alone needs [Images];
    an_empty_repository_is_deleted_and_gone;
    tags_are_set_beside_the_others_and_removed;
    more_tags_than_fifty_are_refused_together;
    an_arn_of_another_region_is_refused;
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

/// The repository of most scenarios.
fn spec(at: &Fixture) -> Verdict<RepositorySpec> {
    Ok(RepositorySpec {
        name: at.repository("team/app")?,
        tag_mutability: TagMutability::Immutable,
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: odd_tags(),
    })
}

/// The repository that a specification asks for.
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

/// Makes the repository, and sees that it is there.
async fn made(at: &Fixture, spec: &RepositorySpec) -> Verdict<Repository> {
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

async fn a_repository_is_created_and_found_with_all_that_was_asked_for(at: &Fixture) -> Verdict {
    let spec = RepositorySpec { tag_mutability: excluding(&["dev-*", "*-rc*"]), ..spec(at)? };
    let repository = expected(at, &spec);
    equal(&at.repositories().create_repository(&spec).await?, &repository)?;
    reads!(at, found(at, &spec.name), repository.clone());
    reads!(at, at.repositories().list_repository_tags(&repository.arn), spec.tags.clone());
    Ok(())
}

async fn a_plain_repository_is_mutable_and_encrypted_by_s3(at: &Fixture) -> Verdict {
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

async fn a_repository_is_encrypted_by_the_key_that_was_asked_for(at: &Fixture) -> Verdict {
    let encryption = Encryption::KmsDsse(Some(at.kms_key(1).to_string()));
    made(at, &RepositorySpec { encryption, ..spec(at)? }).await.map(drop)
}

async fn a_key_that_is_not_named_is_the_one_that_aws_manages(at: &Fixture) -> Verdict {
    let asked = Encryption::Kms(None);
    let spec = RepositorySpec { encryption: asked.clone(), ..spec(at)? };
    let created = at.repositories().create_repository(&spec).await?;
    let key = created.encryption.key().unwrap_or_default();
    let begin = at.location().arn("kms", "key/").to_string();
    holds(key.starts_with(&begin), format!("{key:?} is the ARN of a key"))?;
    holds(asked.is_met_by(&created.encryption), "that is what was asked for")
}

async fn create_finds_that_the_repository_exists(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let repository = made(at, &spec).await?;
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

/// Create refuses it, and nothing is made.
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

async fn create_refuses_a_mutability_that_is_none(at: &Fixture) -> Verdict {
    let tag_mutability = TagMutability::Unknown("SOMETIMES".to_owned());
    let answer = "400 InvalidParameterException: Invalid parameter at 'imageTagMutability' failed to satisfy \
                  constraint: 'Member must satisfy enum value set: [MUTABLE, IMMUTABLE, \
                  IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]'";
    let spec = RepositorySpec { tag_mutability, ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_refuses_exclusions_without_a_filter(at: &Fixture) -> Verdict {
    let answer = "400 InvalidParameterException: Invalid parameter at \
                  'imageTagMutabilityExclusionFilters' failed to satisfy constraint: \
                  'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as \
                  IMMUTABLE_WITH_EXCLUSION'";
    let spec = RepositorySpec { tag_mutability: excluding(&[]), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_refuses_an_encryption_that_is_none(at: &Fixture) -> Verdict {
    let encryption = Encryption::Unknown("ROT13".to_owned());
    let answer = "400 InvalidParameterException: Invalid parameter at \
                  'encryptionConfiguration.encryptionType' failed to satisfy constraint: 'Member must \
                  satisfy enum value set: [AES256, KMS, KMS_DSSE]'";
    let spec = RepositorySpec { encryption, ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_refuses_a_tag_that_is_aws_s_own(at: &Fixture) -> Verdict {
    let answer = "400 InvalidTagParameterException: Invalid parameter at 'tags' failed to satisfy constraint: \
                  'The prefix aws: is reserved for tags of AWS'";
    let spec = RepositorySpec { tags: tags([("aws:x", "x")]), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_refuses_more_tags_than_fifty(at: &Fixture) -> Verdict {
    let answer = "400 TooManyTagsException: The maximum number of tags that can be applied to a repository \
                  is 50";
    let spec = RepositorySpec { tags: many_tags(51), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::LimitExceeded, answer).await
}

async fn an_absent_repository_is_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    at.refused(found(at, &none).await, ecr::DESCRIBE_REPOSITORIES, kind, &answer)?;
    let deleted = repositories.delete_repository(&none, true).await;
    at.refused(deleted, ecr::DELETE_REPOSITORY, kind, &answer)
}

async fn settings_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    let put = repositories.put_image_tag_mutability(&none, &TagMutability::Mutable).await;
    at.refused(put, ecr::PUT_IMAGE_TAG_MUTABILITY, kind, &answer)?;
    let put = repositories.put_image_scanning_configuration(&none, true).await;
    at.refused(put, ecr::PUT_IMAGE_SCANNING_CONFIGURATION, kind, &answer)
}

async fn policies_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    let read = repositories.get_repository_policy(&none).await;
    at.refused(read, ecr::GET_REPOSITORY_POLICY, kind, &answer)?;
    let own = at.location().global_arn("iam", "root").to_string();
    let set = repositories.set_repository_policy(&none, &allowing(&own)).await;
    at.refused(set, ecr::SET_REPOSITORY_POLICY, kind, &answer)?;
    let deleted = repositories.delete_repository_policy(&none).await;
    at.refused(deleted, ecr::DELETE_REPOSITORY_POLICY, kind, &answer)
}

async fn lifecycle_policies_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    let read = repositories.get_lifecycle_policy(&none).await;
    at.refused(read, ecr::GET_LIFECYCLE_POLICY, kind, &answer)?;
    let put = repositories.put_lifecycle_policy(&none, LIFECYCLE).await;
    at.refused(put, ecr::PUT_LIFECYCLE_POLICY, kind, &answer)?;
    let deleted = repositories.delete_lifecycle_policy(&none).await;
    at.refused(deleted, ecr::DELETE_LIFECYCLE_POLICY, kind, &answer)
}

async fn images_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let none = at.repository("none")?;
    let counted = at.repositories().count_images(&none).await;
    at.refused(counted, ecr::LIST_IMAGES, ErrorKind::NotFound, &gone(at, &none))
}

async fn tags_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer, absent) = (ErrorKind::NotFound, gone(at, &none), &arn(at, &none));
    let listed = repositories.list_repository_tags(absent).await;
    at.refused(listed, ecr::LIST_TAGS_FOR_RESOURCE, kind, &answer)?;
    let tagged = repositories.tag_repository(absent, &tags([("a", "b")])).await;
    at.refused(tagged, ecr::TAG_RESOURCE, kind, &answer)?;
    let untagged = repositories.untag_repository(absent, &owned(["a"])).await;
    at.refused(untagged, ecr::UNTAG_RESOURCE, kind, &answer)
}

async fn mutability_is_set(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let repository = made(at, &spec).await?;
    for tag_mutability in [
        TagMutability::Mutable,
        TagMutability::MutableWithExclusion([ExclusionFilter::wildcard("v*")].into()),
        excluding(&["a", "b", "c"]),
        TagMutability::Immutable,
    ] {
        for _ in 0..2 {
            at.repositories().put_image_tag_mutability(&spec.name, &tag_mutability).await?;
            let tag_mutability = tag_mutability.clone();
            reads!(at, found(at, &spec.name), Repository { tag_mutability, ..repository.clone() });
        }
    }
    Ok(())
}

async fn scanning_is_set(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let repository = made(at, &spec).await?;
    for scan_on_push in [false, false, true] {
        at.repositories().put_image_scanning_configuration(&spec.name, scan_on_push).await?;
        reads!(at, found(at, &spec.name), Repository { scan_on_push, ..repository.clone() });
    }
    Ok(())
}

async fn a_filter_of_three_wildcards_is_refused(at: &Fixture) -> Verdict {
    let repository = made(at, &spec(at)?).await?;
    at.refused(
        at.repositories().put_image_tag_mutability(&repository.name, &excluding(&["***"])).await,
        ecr::PUT_IMAGE_TAG_MUTABILITY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid parameter at 'filter' failed to satisfy constraint: \
         'Filter must not contain more than two wildcards'",
    )?;
    is_untouched(at, &repository).await
}

/// The policy that is read means the same as this one.
async fn has_policy(at: &Fixture, name: &RepositoryName, policy: &PolicyDocument) -> Verdict {
    let text = at.repositories().get_repository_policy(name).await?;
    holds(text.means_the_same(policy), format!("{text:?} is {policy:?}"))
}

async fn a_policy_is_set_read_and_deleted(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    let repository = made(at, &spec).await?;
    let condition = Statement::deny(["ecr:*"]).with_principal(PrincipalSet::Any).with_condition(
        "StringLike",
        "aws:PrincipalTag/é",
        ["100%25 \"+\" <&>"],
    );
    let policies = [
        allowing(&at.location().global_arn("iam", "root").to_string()),
        allowing("*").with_statement(condition).with_id("50%25"),
    ];
    for policy in &policies {
        for _ in 0..2 {
            repositories.set_repository_policy(&spec.name, policy).await?;
            has_policy(at, &spec.name, policy).await?;
        }
    }
    repositories.delete_repository_policy(&spec.name).await?;
    at.absent(repositories.get_repository_policy(&spec.name).await, ecr::GET_REPOSITORY_POLICY)?;
    is_untouched(at, &repository).await
}

async fn an_absent_policy_is_not_found(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    made(at, &spec).await?;
    let answer = format!(
        "400 RepositoryPolicyNotFoundException: Repository policy does not exist for the repository with \
         name '{}' in the registry with id '{}'",
        spec.name,
        at.location().account_id
    );
    let read = repositories.get_repository_policy(&spec.name).await;
    at.refused(read, ecr::GET_REPOSITORY_POLICY, ErrorKind::NotFound, &answer)?;
    let deleted = repositories.delete_repository_policy(&spec.name).await;
    at.refused(deleted, ecr::DELETE_REPOSITORY_POLICY, ErrorKind::NotFound, &answer)
}

/// Set refuses it, and there is no policy.
async fn policy_is_refused(at: &Fixture, policy: &PolicyDocument, problem: &str) -> Verdict {
    let spec = spec(at)?;
    made(at, &spec).await?;
    let answer = format!(
        "400 InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: \
         '{problem}'"
    );
    let set = at.repositories().set_repository_policy(&spec.name, policy).await;
    at.refused(set, ecr::SET_REPOSITORY_POLICY, ErrorKind::InvalidInput, &answer)?;
    at.absent(at.repositories().get_repository_policy(&spec.name).await, ecr::GET_REPOSITORY_POLICY)
}

async fn a_policy_with_a_resource_is_refused(at: &Fixture) -> Verdict {
    let statement = Statement::allow(["ecr:BatchGetImage"]).with_resources(["*"]);
    let policy = PolicyDocument::new([statement.with_principal(PrincipalSet::Any)]);
    policy_is_refused(at, &policy, "Invalid repository policy provided").await
}

async fn a_policy_for_a_principal_that_does_not_exist_is_refused(at: &Fixture) -> Verdict {
    let ghost = at.location().global_arn("iam", format!("role/{}", at.role("ghost")?));
    // Seen in hashicorp/terraform-provider-aws#39064.
    policy_is_refused(at, &allowing(&ghost.to_string()), "Principal not found").await
}

fn role(at: &Fixture) -> Verdict<RoleSpec> {
    let service = PrincipalSet::service(["ecs-tasks.amazonaws.com"]);
    Ok(RoleSpec {
        name: at.role("puller")?,
        path: "/".parse()?,
        trust: PolicyDocument::new([Statement::allow(["sts:AssumeRole"]).with_principal(service)]),
        description: None,
        max_session_duration: 3_600,
        permissions_boundary: None,
        tags: tags([]),
    })
}

async fn a_policy_names_a_role_and_its_id_once_it_is_gone(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    made(at, &spec).await?;
    let role = at.roles().create_role(&role(at)?).await?;
    let policy = allowing(&role.arn.to_string());
    let mut patience = at.patience();
    while let Err(error) = repositories.set_repository_policy(&spec.name, &policy).await {
        // ECR may not know the role for some seconds.
        if error.kind() != ErrorKind::InvalidInput || !patience.wait().await {
            return Err(error.into());
        }
    }
    has_policy(at, &spec.name, &policy).await?;
    at.roles().delete_role(&role.name).await?;
    let mut patience = at.patience();
    loop {
        let text = repositories.get_repository_policy(&spec.name).await?;
        if text.means_the_same(&allowing(&role.id)) {
            let orphans = text.document().map(|document| document.orphaned_principals().len());
            return holds(orphans == Ok(1), format!("{text:?} names a role that is gone"));
        }
        if !patience.wait().await {
            return holds(false, format!("{text:?} shows {}", role.id));
        }
    }
}

async fn a_policy_names_a_role_once_it_has_propagated(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = at.roles().create_role(&role(at)?).await?;
    let policy = allowing(&role.arn.to_string());
    policy_is_refused(at, &policy, "Principal not found").await?;
    at.pass().await?;
    at.repositories().set_repository_policy(&spec.name, &policy).await?;
    has_policy(at, &spec.name, &policy).await
}

async fn a_lifecycle_policy_is_put_read_and_deleted_to_the_letter(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    let repository = made(at, &spec).await?;
    let other = LIFECYCLE.replace('9', "7");
    for text in [LIFECYCLE, LIFECYCLE, &other] {
        repositories.put_lifecycle_policy(&spec.name, text).await?;
        reads!(at, repositories.get_lifecycle_policy(&spec.name), text.to_owned());
    }
    repositories.delete_lifecycle_policy(&spec.name).await?;
    at.absent(repositories.get_lifecycle_policy(&spec.name).await, ecr::GET_LIFECYCLE_POLICY)?;
    is_untouched(at, &repository).await
}

async fn an_absent_lifecycle_policy_is_not_found(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    made(at, &spec).await?;
    let answer = format!(
        "400 LifecyclePolicyNotFoundException: Lifecycle policy does not exist for the repository with name \
         '{}' in the registry with id '{}'",
        spec.name,
        at.location().account_id
    );
    let read = repositories.get_lifecycle_policy(&spec.name).await;
    at.refused(read, ecr::GET_LIFECYCLE_POLICY, ErrorKind::NotFound, &answer)?;
    let deleted = repositories.delete_lifecycle_policy(&spec.name).await;
    at.refused(deleted, ecr::DELETE_LIFECYCLE_POLICY, ErrorKind::NotFound, &answer)
}

async fn a_lifecycle_policy_that_is_none_is_refused(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    made(at, &spec).await?;
    at.refused(
        repositories
            .put_lifecycle_policy(&spec.name, &LIFECYCLE.replace("\"any\"", "\"some\""))
            .await,
        ecr::PUT_LIFECYCLE_POLICY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy \
         constraint: 'Lifecycle policy validation failure: instance failed to match exactly one schema \
         (matched 0 out of 4)\n'",
    )?;
    at.absent(repositories.get_lifecycle_policy(&spec.name).await, ecr::GET_LIFECYCLE_POLICY)
}

async fn a_new_repository_has_no_images(at: &Fixture) -> Verdict {
    let repository = made(at, &spec(at)?).await?;
    equal(&at.repositories().count_images(&repository.name).await?, &0)
}

fn image(repository: &RepositoryName, image: usize, tags: &[&str]) -> Deed {
    let tags = tags.iter().map(|&tag| tag.to_owned()).collect();
    Deed::PushImage { repository: repository.clone(), image, tags }
}

async fn an_image_counts_once_whatever_tags_it_has(at: &Fixture) -> Verdict {
    let Repository { name, .. } = made(at, &spec(at)?).await?;
    at.act(image(&name, 1, &["v1", "latest"])).await?;
    reads!(at, at.repositories().count_images(&name), 1);
    at.act(image(&name, 2, &["v2"])).await?;
    reads!(at, at.repositories().count_images(&name), 2);
    Ok(())
}

async fn images_are_counted_over_all_pages(at: &Fixture) -> Verdict {
    let Repository { name, .. } = made(at, &spec(at)?).await?;
    // A thousand are on a page.
    for n in 0..1_001 {
        at.act(image(&name, n, &[&format!("v{n}")])).await?;
    }
    reads!(at, at.repositories().count_images(&name), 1_001);
    Ok(())
}

async fn a_repository_with_images_is_deleted_by_force_alone(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    let repository = made(at, &spec).await?;
    at.act(image(&spec.name, 1, &["v1"])).await?;
    let answer = format!(
        "400 RepositoryNotEmptyException: The repository with name '{}' in registry with id '{}' cannot be \
         deleted because it still contains images",
        spec.name,
        at.location().account_id
    );
    let deleted = repositories.delete_repository(&spec.name, false).await;
    at.refused(deleted, ecr::DELETE_REPOSITORY, ErrorKind::InUse, &answer)?;
    is_untouched(at, &repository).await?;
    equal(&repositories.count_images(&spec.name).await?, &1)?;
    repositories.delete_repository(&spec.name, true).await?;
    made(at, &spec).await?;
    equal(&repositories.count_images(&spec.name).await?, &0)
}

async fn an_empty_repository_is_deleted_and_gone(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    for force in [false, true] {
        made(at, &spec).await?;
        repositories.put_lifecycle_policy(&spec.name, LIFECYCLE).await?;
        repositories.delete_repository(&spec.name, force).await?;
        at.absent(found(at, &spec.name).await, ecr::DESCRIBE_REPOSITORIES)?;
        let again = repositories.delete_repository(&spec.name, force).await;
        let kind = ErrorKind::NotFound;
        at.refused(again, ecr::DELETE_REPOSITORY, kind, &gone(at, &spec.name))?;
    }
    Ok(())
}

async fn tags_are_set_beside_the_others_and_removed(at: &Fixture) -> Verdict {
    let (repositories, Repository { arn, .. }) = (at.repositories(), made(at, &spec(at)?).await?);
    for _ in 0..2 {
        repositories.tag_repository(&arn, &tags([("Name", "other"), ("Team", "a + b")])).await?;
        repositories.untag_repository(&arn, &owned(["ä ö", "absent"])).await?;
        let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
        reads!(at, repositories.list_repository_tags(&arn), left);
    }
    Ok(())
}

async fn more_tags_than_fifty_are_refused_together(at: &Fixture) -> Verdict {
    let (repositories, Repository { arn, .. }) = (at.repositories(), made(at, &spec(at)?).await?);
    at.refused(
        repositories.tag_repository(&arn, &many_tags(48)).await,
        ecr::TAG_RESOURCE,
        ErrorKind::LimitExceeded,
        "400 TooManyTagsException: The maximum number of tags that can be applied to a repository is 50",
    )?;
    equal(&repositories.list_repository_tags(&arn).await?, &odd_tags())?;
    repositories.tag_repository(&arn, &many_tags(47)).await?;
    let found = repositories.list_repository_tags(&arn).await?;
    holds(found.len() == 50, format!("fifty tags are there: {found:?}"))
}

async fn an_arn_of_another_region_is_refused(at: &Fixture) -> Verdict {
    let repository = made(at, &spec(at)?).await?;
    let far = Arn { region: "sa-east-1".to_owned(), ..repository.arn };
    at.refused(
        at.repositories().tag_repository(&far, &tags([("a", "b")])).await,
        ecr::TAG_RESOURCE,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: The ARN provided is invalid.",
    )
}
