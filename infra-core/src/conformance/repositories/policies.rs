//! Scenarios for repository policies and lifecycle policies.

use super::{LIFECYCLE, allowing, create, is_untouched, spec};
use crate::conformance::check::holds;
use crate::conformance::support::tags;
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::names::RepositoryName;
use crate::operation::ecr;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::RoleSpec;

scenarios! { "repositories" needs [Repositories]:
    policy_is_set_read_and_deleted;
    absent_policy_is_not_found;
    policy_with_a_resource_is_rejected;
    policy_for_a_principal_that_does_not_exist_is_rejected needs [Roles];
    policy_shows_the_id_of_a_deleted_role needs [Roles];
    policy_accepts_a_role_after_it_has_propagated needs [Roles, SlowRoles];
    lifecycle_policy_is_put_read_verbatim_and_deleted;
    absent_lifecycle_policy_is_not_found;
    invalid_lifecycle_policy_is_rejected;
}

/// Checks that the repository's policy is equivalent to `policy`.
async fn has_policy(at: &Fixture, name: &RepositoryName, policy: &PolicyDocument) -> Verdict {
    let text = at.repositories().get_repository_policy(name).await?;
    holds(text.means_the_same(policy), format!("{text:?} means {policy:?}"))
}

async fn policy_is_set_read_and_deleted(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    let repository = create(at, &spec).await?;
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

async fn absent_policy_is_not_found(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    create(at, &spec).await?;
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

/// Checks that `SetRepositoryPolicy` rejects the policy and leaves the repository without a policy.
async fn policy_is_refused(at: &Fixture, policy: &PolicyDocument, problem: &str) -> Verdict {
    let spec = spec(at)?;
    create(at, &spec).await?;
    let answer = format!(
        "400 InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: \
         '{problem}'"
    );
    let set = at.repositories().set_repository_policy(&spec.name, policy).await;
    at.refused(set, ecr::SET_REPOSITORY_POLICY, ErrorKind::InvalidInput, &answer)?;
    at.absent(at.repositories().get_repository_policy(&spec.name).await, ecr::GET_REPOSITORY_POLICY)
}

async fn policy_with_a_resource_is_rejected(at: &Fixture) -> Verdict {
    let statement = Statement::allow(["ecr:BatchGetImage"]).with_resources(["*"]);
    let policy = PolicyDocument::new([statement.with_principal(PrincipalSet::Any)]);
    policy_is_refused(at, &policy, "Invalid repository policy provided").await
}

async fn policy_for_a_principal_that_does_not_exist_is_rejected(at: &Fixture) -> Verdict {
    let ghost = at.location().global_arn("iam", format!("role/{}", at.role("ghost")?));
    // The text of this error is quoted in hashicorp/terraform-provider-aws#39064.
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

async fn policy_shows_the_id_of_a_deleted_role(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    create(at, &spec).await?;
    let role = at.roles().create_role(&role(at)?).await?;
    let policy = allowing(&role.arn.to_string());
    let mut patience = at.patience();
    while let Err(error) = repositories.set_repository_policy(&spec.name, &policy).await {
        // ECR can take a few seconds to recognize a new role.
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
            return holds(orphans == Ok(1), format!("{text:?} contains the id of a deleted role"));
        }
        if !patience.wait().await {
            return holds(false, format!("{text:?} shows {}", role.id));
        }
    }
}

async fn policy_accepts_a_role_after_it_has_propagated(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = at.roles().create_role(&role(at)?).await?;
    let policy = allowing(&role.arn.to_string());
    policy_is_refused(at, &policy, "Principal not found").await?;
    at.pass().await?;
    at.repositories().set_repository_policy(&spec.name, &policy).await?;
    has_policy(at, &spec.name, &policy).await
}

async fn lifecycle_policy_is_put_read_verbatim_and_deleted(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    let repository = create(at, &spec).await?;
    let other = LIFECYCLE.replace('9', "7");
    for text in [LIFECYCLE, LIFECYCLE, &other] {
        repositories.put_lifecycle_policy(&spec.name, text).await?;
        reads!(at, repositories.get_lifecycle_policy(&spec.name), text.to_owned());
    }
    repositories.delete_lifecycle_policy(&spec.name).await?;
    at.absent(repositories.get_lifecycle_policy(&spec.name).await, ecr::GET_LIFECYCLE_POLICY)?;
    is_untouched(at, &repository).await
}

async fn absent_lifecycle_policy_is_not_found(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    create(at, &spec).await?;
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

async fn invalid_lifecycle_policy_is_rejected(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    create(at, &spec).await?;
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
