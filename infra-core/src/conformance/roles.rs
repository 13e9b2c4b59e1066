//! Scenarios for IAM roles and their policies.

mod absent;
mod changes;
mod deletion;
mod identity_providers;
mod policies;

use super::check::{equal, holds};
use super::support::{special_character_tags, tags};
use super::{Fixture, Verdict};
use crate::error::{ErrorKind, Result};
use crate::names::{PolicyName, RoleName, RolePath};
use crate::operation::iam;
use crate::policy::{PolicyDocument, PolicyText, PrincipalSet, Statement};
use crate::provider::{Role, RoleSpec};

/// The group's scenarios, one list per file.
pub(super) const FILES: &[&[crate::conformance::Scenario]] = &[
    SCENARIOS,
    absent::SCENARIOS,
    changes::SCENARIOS,
    policies::SCENARIOS,
    deletion::SCENARIOS,
    identity_providers::SCENARIOS,
];

scenarios! { "roles" needs [Roles]:
    created_role_has_all_requested_attributes;
    minimal_role_has_no_description_boundary_or_tags;
    create_fails_if_the_role_exists;
    role_names_are_unique_regardless_of_case;
    create_rejects_a_trust_policy_without_a_principal;
    create_rejects_a_principal_that_does_not_exist;
    create_rejects_a_session_duration_out_of_range;
    create_rejects_a_boundary_that_does_not_exist;
    create_rejects_a_reserved_tag;
    trust_policy_over_the_size_quota_is_rejected;
    role_is_not_a_valid_principal_until_it_has_propagated needs [SlowRoles];
}

const EXECUTION: &str = "service-role/AmazonECSTaskExecutionRolePolicy";

fn gone(name: &RoleName) -> String {
    format!("404 NoSuchEntity: The role with name {name} cannot be found.")
}

fn trusting(service: &str) -> PolicyDocument {
    let statement = Statement::allow(["sts:AssumeRole"]);
    PolicyDocument::new([statement.with_principal(PrincipalSet::service([service]))])
}

/// Returns a policy with characters that URLs, forms and XML encode differently.
fn document() -> PolicyDocument {
    PolicyDocument::new([Statement::allow(["s3:GetObject"])
        .with_resources(["arn:aws:s3:::bucket/100%/a+b & c=<d>/é/*"])
        .with_condition("StringLike", "aws:PrincipalTag/team", ["a?b", "\"quoted\""])])
}

fn inline() -> Verdict<PolicyName> {
    Ok("inline".parse()?)
}

/// Returns the specification that most scenarios use.
fn spec(at: &Fixture) -> Verdict<RoleSpec> {
    Ok(RoleSpec {
        name: at.role("app")?,
        path: "/team/".parse()?,
        trust: trusting("ecs-tasks.amazonaws.com"),
        description: Some("one & two, 1+1=2, <é>".to_owned()),
        max_session_duration: 7_200,
        permissions_boundary: Some(at.aws_policy("PowerUserAccess")),
        tags: special_character_tags(),
    })
}

/// Returns the role that IAM should create for `spec`, with the id that IAM assigned to the role.
fn expected(at: &Fixture, spec: &RoleSpec, id: &str) -> Role {
    let RoleSpec {
        name,
        path,
        trust,
        description,
        max_session_duration,
        permissions_boundary,
        tags,
    } = spec.clone();
    Role {
        arn: at.location().global_arn("iam", format!("role{path}{name}")),
        id: id.to_owned(),
        trust: PolicyText::new(trust.to_json()),
        permissions_boundary: permissions_boundary.map(|arn| arn.to_string()),
        name,
        path,
        description,
        max_session_duration,
        tags,
    }
}

async fn found(at: &Fixture, name: &RoleName) -> Result<Role> {
    at.roles().get_role(name).await
}

/// Creates a role and checks that it can be read back as expected.
async fn create(at: &Fixture, spec: &RoleSpec) -> Verdict<Role> {
    let created = at.roles().create_role(spec).await?;
    let role = expected(at, spec, &created.id);
    reads!(at, found(at, &spec.name), role.clone());
    Ok(role)
}

/// Checks that the role is unchanged.
async fn is_untouched(at: &Fixture, role: &Role) -> Verdict {
    equal(&found(at, &role.name).await?, role)
}

async fn created_role_has_all_requested_attributes(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let created = at.roles().create_role(&spec).await?;
    let holds_id = created.id.starts_with("AROA") && created.id.len() >= 16;
    holds(holds_id, format!("{} is a role id", created.id))?;
    let role = expected(at, &spec, &created.id);
    equal(&created, &role)?;
    reads!(at, found(at, &spec.name), role);
    Ok(())
}

async fn minimal_role_has_no_description_boundary_or_tags(at: &Fixture) -> Verdict {
    let bare = RoleSpec {
        path: RolePath::default(),
        description: None,
        max_session_duration: 3_600,
        permissions_boundary: None,
        tags: tags([]),
        ..spec(at)?
    };
    let created = at.roles().create_role(&bare).await?;
    let role = expected(at, &bare, &created.id);
    equal(&created, &role)?;
    reads!(at, found(at, &bare.name), role);
    Ok(())
}

async fn create_fails_if_the_role_exists(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = create(at, &spec).await?;
    let answer = format!("409 EntityAlreadyExists: Role with name {} already exists.", spec.name);
    for path in ["/team/", "/"] {
        let again = RoleSpec { path: path.parse()?, tags: tags([]), ..spec.clone() };
        let outcome = at.roles().create_role(&again).await;
        at.refused(outcome, iam::CREATE_ROLE, ErrorKind::AlreadyExists, &answer)?;
    }
    is_untouched(at, &role).await
}

async fn role_names_are_unique_regardless_of_case(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = create(at, &spec).await?;
    let name = spec.name.as_str().to_uppercase();
    let answer = format!("409 EntityAlreadyExists: Role with name {name} already exists.");
    let outcome = at.roles().create_role(&RoleSpec { name: name.parse()?, ..spec }).await;
    at.refused(outcome, iam::CREATE_ROLE, ErrorKind::AlreadyExists, &answer)?;
    is_untouched(at, &role).await
}

/// Checks that `CreateRole` rejects the specification and creates nothing.
async fn create_refuses(at: &Fixture, spec: RoleSpec, kind: ErrorKind, answer: &str) -> Verdict {
    let outcome = at.roles().create_role(&spec).await;
    at.refused(outcome, iam::CREATE_ROLE, kind, answer)?;
    at.absent(found(at, &spec.name).await, iam::GET_ROLE)
}

async fn create_rejects_a_trust_policy_without_a_principal(at: &Fixture) -> Verdict {
    let trust = PolicyDocument::new([Statement::allow(["sts:AssumeRole"])]);
    let answer = "400 MalformedPolicyDocument: Missing required field Principal";
    create_refuses(at, RoleSpec { trust, ..spec(at)? }, ErrorKind::InvalidInput, answer).await
}

async fn create_rejects_a_principal_that_does_not_exist(at: &Fixture) -> Verdict {
    let ghost = at.location().global_arn("iam", format!("role/{}", at.role("ghost")?)).to_string();
    let statement = Statement::allow(["sts:AssumeRole"]);
    let trust = PolicyDocument::new([statement.with_principal(PrincipalSet::aws([&ghost]))]);
    let answer =
        format!("400 MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"{ghost}\"");
    create_refuses(at, RoleSpec { trust, ..spec(at)? }, ErrorKind::InvalidInput, &answer).await
}

async fn create_rejects_a_session_duration_out_of_range(at: &Fixture) -> Verdict {
    let answer = "400 ValidationError: 1 validation error detected: Value at 'maxSessionDuration' \
                  failed to satisfy constraint: Member must have value greater than or equal to 3600";
    let spec = RoleSpec { max_session_duration: 60, ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_rejects_a_boundary_that_does_not_exist(at: &Fixture) -> Verdict {
    let ghost = at.aws_policy("Ghost");
    let answer =
        format!("404 NoSuchEntity: Scope ARN: {ghost} does not exist or is not attachable.");
    let spec = RoleSpec { permissions_boundary: Some(ghost), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::NotFound, &answer).await
}

async fn create_rejects_a_reserved_tag(at: &Fixture) -> Verdict {
    let answer = "400 InvalidInput: aws: prefixed tag key names are not allowed for external use.";
    let spec = RoleSpec { tags: tags([("aws:x", "x")]), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn trust_policy_over_the_size_quota_is_rejected(at: &Fixture) -> Verdict {
    let statement = Statement::allow(["sts:AssumeRole"])
        .with_principal(PrincipalSet::service(["ecs-tasks.amazonaws.com"]))
        .with_condition("StringEquals", "aws:SourceAccount", ["x".repeat(2048)]);
    let spec = RoleSpec { trust: PolicyDocument::new([statement]), ..spec(at)? };
    let answer = "409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048";
    create_refuses(at, spec, ErrorKind::LimitExceeded, answer).await
}

async fn role_is_not_a_valid_principal_until_it_has_propagated(at: &Fixture) -> Verdict {
    let (roles, spec) = (at.roles(), spec(at)?);
    let created = roles.create_role(&spec).await?;
    let statement = Statement::allow(["sts:AssumeRole"]);
    let principal = PrincipalSet::aws([created.arn.to_string()]);
    let trust = PolicyDocument::new([statement.with_principal(principal)]);
    let second = RoleSpec { name: at.role("second")?, trust: trust.clone(), ..spec.clone() };
    let answer = format!(
        "400 MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"{}\"",
        created.arn
    );
    let outcome = roles.create_role(&second).await;
    at.refused(outcome, iam::CREATE_ROLE, ErrorKind::InvalidInput, &answer)?;
    at.pass().await?;
    roles.create_role(&second).await?;

    // After the first role is deleted, its ARN in the second role's trust policy is replaced by its
    // id.
    roles.delete_role(&spec.name).await?;
    at.pass().await?;
    let shown = roles.get_role(&second.name).await?.trust;
    holds(shown.as_str().contains(&created.id), format!("{shown:?} shows {}", created.id))?;
    holds(!shown.means_the_same(&trust), "the policy no longer contains the role's ARN")
}
