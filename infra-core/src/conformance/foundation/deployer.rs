//! Scenarios for the deployer, the IAM role that a CI/CD pipeline assumes.

use super::foundation_fixture::{ABSENT, ADOPT, FoundationFixture, PRESENT, role_of_tasks, spec};
use crate::conformance::check::{Failure, equal, holds};
use crate::conformance::show::{calls, notices};
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::OrAbsent;
use crate::foundation::{DeployerSettings, Foundation, FoundationSpec};
use crate::names::{PolicyName, RoleName, RolePath};
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::tags::Tags;

scenarios! { "deployer" needs [Identity, Clusters, Roles, Repositories, LogGroups, IdentityProviders]:
    deployer_is_created_and_the_next_plan_is_empty;
    deployer_has_the_default_attributes;
    deployer_is_added_to_a_complete_foundation;
    unmanaged_role_of_a_deployer_is_a_conflict_and_adopted;
    unmanaged_role_of_a_deployer_is_not_destroyed;
    deployer_is_destroyed_with_the_foundation;
    deployer_in_another_region_is_refused needs [SecondRegion];
}

const ISSUER: &str = "token.actions.githubusercontent.com";

/// Returns the names of the deployer's role and inline policy. The role is deleted when the
/// scenario ends.
pub(super) fn deployer(at: &Fixture) -> Verdict<(RoleName, PolicyName)> {
    Ok((at.role("t-ecs-deployer-role")?, at.text("PREFIX-t-ecs-deployer-policy").parse()?))
}

/// Adds to `spec` a deployer for the main branch of one GitHub repository, and creates the identity
/// provider that the deployer needs.
pub(super) async fn add_deployer<'s>(
    at: &Fixture,
    spec: &'s mut FoundationSpec,
) -> Verdict<&'s mut DeployerSettings> {
    deployer(at)?;
    let client_ids = vec!["sts.amazonaws.com".to_owned()];
    at.act(ExternalChange::AddIdentityProvider { issuer: ISSUER.to_owned(), client_ids }).await?;
    let settings = spec.deployer.get_or_insert_default();
    settings.trust.repositories = vec!["octo-org/octo-repo".parse()?];
    settings.trust.branches = vec!["main".parse()?];
    Ok(settings)
}

/// Returns the default specification with a deployer added, and creates the identity provider that
/// the deployer needs.
async fn with_deployer(at: &Fixture) -> Verdict<FoundationSpec> {
    let mut spec = spec(at)?;
    add_deployer(at, &mut spec).await?;
    Ok(spec)
}

/// Checks that the deployer's role exists, or that it does not exist if `expected` is false.
async fn is_there(at: &Fixture, expected: bool) -> Verdict {
    let ((role, _), mut patience) = (deployer(at)?, at.patience());
    loop {
        let found = at.roles().get_role(&role).await.or_absent()?.is_some();
        if found == expected || !patience.wait().await {
            return equal(&found, &expected);
        }
    }
}

async fn deployer_is_created_and_the_next_plan_is_empty(at: &Fixture) -> Verdict {
    let (setup, spec) = (FoundationFixture::new(at)?, with_deployer(at).await?);
    let plan = setup.run(&spec, PRESENT).await?;
    equal(&plan.summary().create, &11)?;
    setup.has_converged(&spec).await?;
    let plan = setup.run(&spec, PRESENT).await?;
    equal(&plan.summary().no_op, &11)?;
    holds(plan.steps.is_empty() && plan.notices.is_empty(), "the second plan is empty")
}

async fn deployer_has_the_default_attributes(at: &Fixture) -> Verdict {
    let spec = with_deployer(at).await?;
    let setup = FoundationFixture::created(at, &spec).await?;
    let (role, policy) = deployer(at)?;
    let found = at.roles().get_role(&role).await?;
    let provider = at.location().global_arn("iam", format!("oidc-provider/{ISSUER}"));
    let subject = "repo:octo-org/octo-repo:ref:refs/heads/main";
    let trust = Statement::allow(["sts:AssumeRoleWithWebIdentity"])
        .with_principal(PrincipalSet::federated([provider.to_string()]))
        .with_condition("StringEquals", format!("{ISSUER}:aud"), ["sts.amazonaws.com"])
        .with_condition("StringEquals", format!("{ISSUER}:sub"), [subject]);
    let trusts_main = found.trust.means_the_same(&PolicyDocument::new([trust]));
    holds(trusts_main, format!("{:?} trusts the main branch", found.trust))?;
    equal(&(found.path, found.max_session_duration), &(RolePath::default(), 3600))?;
    equal(&found.tags, &Tags::observed([("Name".to_owned(), role.to_string())]))?;
    equal(&at.roles().list_attached_role_policies(&role).await?, &Vec::new())?;
    equal(&at.roles().list_role_policies(&role).await?, &vec![policy.to_string()])?;

    let inline = at.roles().get_role_policy(&role, &policy).await?;
    let document = inline.document().map_err(|error| Failure::new(error.to_string()))?;
    let sids: Vec<_> = document.statements().iter().filter_map(Statement::sid).collect();
    let expected = ["Registry", "Images", "TaskDefinitions", "PassRoles", "Services"];
    equal(sids.as_slice(), expected.as_slice())?;
    let text = document.to_json();
    for resource in [
        setup.names.repository_arn.to_string(),
        at.text("arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role"),
        at.text("arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-task-role"),
        at.text("arn:PARTITION:ecs:REGION:ACCOUNT:service/PREFIX-t-cluster/*"),
    ] {
        holds(text.contains(&format!("{resource:?}")), format!("{text} contains {resource}"))?;
    }

    let foundation = Foundation::new(spec, at.location().clone())
        .map_err(|errors| Failure::new(errors.to_string()))?;
    let outputs = foundation.outputs();
    let outputs: Vec<_> = outputs.iter().skip(8).collect();
    equal(outputs.as_slice(), &[("deployer_role_arn", found.arn.to_string().as_str())])
}

async fn deployer_is_added_to_a_complete_foundation(at: &Fixture) -> Verdict {
    let default = spec(at)?;
    let setup = FoundationFixture::created(at, &default).await?;
    let spec = with_deployer(at).await?;
    let plan = setup.run(&spec, PRESENT).await?;
    let summary = plan.summary();
    equal(&(summary.create, summary.no_op), &(2, 9))?;
    equal(calls(&plan).as_slice(), ["iam:CreateRole", "iam:PutRolePolicy"].as_slice())?;
    setup.has_converged(&spec).await?;
    // When the deployer is removed from the configuration, its role is kept, so the plan is empty.
    setup.has_converged(&default).await?;
    is_there(at, true).await
}

/// Creates an unmanaged role that has the name of the deployer's role but no Name tag.
async fn create_unmanaged(at: &Fixture) -> Verdict {
    let tags = Tags::observed([("Owner".to_owned(), "somebody".to_owned())]);
    Ok(at.roles().create_role(&role_of_tasks(deployer(at)?.0, tags)).await.map(drop)?)
}

async fn unmanaged_role_of_a_deployer_is_a_conflict_and_adopted(at: &Fixture) -> Verdict {
    let setup = FoundationFixture::created(at, &spec(at)?).await?;
    create_unmanaged(at).await?;
    let spec = with_deployer(at).await?;
    let plan = setup.plan(&spec, PRESENT).await?;
    let refused: Vec<_> = plan.conflicts.iter().map(|it| it.address.as_str()).collect();
    equal(refused.as_slice(), ["iam_role.ecs_deployer_role"].as_slice())?;
    setup.is_not_applied(&spec, &plan).await?;
    let plan = setup.plan(&spec, ADOPT).await?;
    equal(&plan.summary().adopt, &1)?;
    let expected = ["iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy"];
    equal(calls(&plan).as_slice(), expected.as_slice())?;
    setup.apply(&spec, &plan).await?;
    setup.has_converged(&spec).await
}

async fn unmanaged_role_of_a_deployer_is_not_destroyed(at: &Fixture) -> Verdict {
    let setup = FoundationFixture::created(at, &spec(at)?).await?;
    create_unmanaged(at).await?;
    let plan = setup.run(&with_deployer(at).await?, ABSENT).await?;
    equal(&plan.summary().delete, &9)?;
    equal(&notices(&plan).len(), &1)?;
    setup.only_these_remain(&[]).await?;
    is_there(at, true).await
}

async fn deployer_is_destroyed_with_the_foundation(at: &Fixture) -> Verdict {
    let spec = with_deployer(at).await?;
    let setup = FoundationFixture::created(at, &spec).await?;
    equal(&setup.run(&spec, ABSENT).await?.summary().delete, &11)?;
    setup.only_these_remain(&[]).await?;
    is_there(at, false).await?;
    equal(&setup.plan(&spec, PRESENT).await?.summary().create, &11)
}

async fn deployer_in_another_region_is_refused(at: &Fixture) -> Verdict {
    let spec = with_deployer(at).await?;
    let first = FoundationFixture::created(at, &spec).await?;
    let second = FoundationFixture::new(at.second_region()?)?;
    let plan = second.plan(&spec, PRESENT).await?;
    let blocked: Vec<_> = plan.blockers.iter().map(|it| it.address.as_str()).collect();
    let roles =
        ["iam_role.ecs_execution_role", "iam_role.ecs_task_role", "iam_role.ecs_deployer_role"];
    equal(blocked.as_slice(), roles.as_slice())?;
    second.is_not_applied(&spec, &plan).await?;
    first.has_converged(&spec).await
}
