//! IAM roles with their policies.

use super::check::{equal, holds};
use super::support::{many_tags, odd_tags, owned, tags};
use super::{Deed, Fixture, Verdict};
use crate::arn::Arn;
use crate::error::{ErrorKind, Result};
use crate::names::{PolicyName, RoleName, RolePath};
use crate::operation::iam;
use crate::policy::{PolicyDocument, PolicyText, PrincipalSet, Statement};
use crate::provider::{AttachedPolicy, Role, RoleSpec};

scenarios! { "roles" needs [Roles]:
    a_role_is_created_and_found_with_all_that_was_asked_for;
    a_bare_role_has_neither_description_nor_boundary_nor_tags;
    create_finds_that_the_role_exists;
    create_finds_that_the_role_exists_in_other_letters;
    create_refuses_a_trust_policy_without_principal;
    create_refuses_a_principal_that_does_not_exist;
    create_refuses_a_session_beyond_its_bounds;
    create_refuses_a_boundary_that_does_not_exist;
    create_refuses_a_tag_that_is_aws_s_own;
    a_trust_policy_beyond_its_quota_is_refused;
    a_role_that_has_not_propagated_is_no_principal_yet needs [SlowRoles];
    an_absent_role_is_not_found;
    settings_of_an_absent_role_are_not_found;
    the_boundary_of_an_absent_role_is_not_found;
    managed_policies_of_an_absent_role_are_not_found;
    inline_policies_of_an_absent_role_are_not_found;
    instance_profiles_of_an_absent_role_are_not_found;
    tags_of_an_absent_role_are_not_found;
    session_and_description_are_updated;
    a_session_beyond_its_bounds_is_refused;
    the_trust_policy_is_replaced;
    a_trust_policy_with_a_resource_is_refused;
    the_permissions_boundary_is_replaced_and_removed;
    a_boundary_that_does_not_exist_is_not_found;
    managed_policies_are_attached_listed_and_detached;
    a_managed_policy_that_does_not_exist_is_not_found;
    a_managed_policy_that_is_not_attached_is_not_found;
    the_eleventh_managed_policy_is_beyond_the_quota needs [CustomerPolicies];
    inline_policies_are_put_read_listed_and_deleted;
    an_absent_inline_policy_is_not_found;
    an_inline_policy_with_a_principal_is_refused;
    an_inline_policy_beyond_the_quota_is_refused;
    lists_go_on_to_their_last_page needs [InstanceProfiles, Bulk];
    a_role_is_not_deleted_while_policies_are_attached;
    a_role_is_not_deleted_while_it_has_inline_policies;
    a_role_is_not_deleted_while_an_instance_profile_holds_it needs [InstanceProfiles];
    a_deleted_role_is_gone;
    a_role_made_anew_has_another_id;
    tags_are_set_beside_the_others_and_removed;
    more_tags_than_fifty_are_refused_together;
}

const EXECUTION: &str = "service-role/AmazonECSTaskExecutionRolePolicy";

fn gone(name: &RoleName) -> String {
    format!("404 NoSuchEntity: The role with name {name} cannot be found.")
}

fn trusting(service: &str) -> PolicyDocument {
    let statement = Statement::allow(["sts:AssumeRole"]);
    PolicyDocument::new([statement.with_principal(PrincipalSet::service([service]))])
}

/// A policy with signs that percent-encoding, forms and XML each treat in their own way.
fn document() -> PolicyDocument {
    PolicyDocument::new([Statement::allow(["s3:GetObject"])
        .with_resources(["arn:aws:s3:::bucket/100%/a+b & c=<d>/é/*"])
        .with_condition("StringLike", "aws:PrincipalTag/team", ["a?b", "\"quoted\""])])
}

fn inline() -> Verdict<PolicyName> {
    Ok("inline".parse()?)
}

/// The role of most scenarios.
fn spec(at: &Fixture) -> Verdict<RoleSpec> {
    Ok(RoleSpec {
        name: at.role("app")?,
        path: "/team/".parse()?,
        trust: trusting("ecs-tasks.amazonaws.com"),
        description: Some("one & two, 1+1=2, <é>".to_owned()),
        max_session_duration: 7_200,
        permissions_boundary: Some(at.aws_policy("PowerUserAccess")),
        tags: odd_tags(),
    })
}

/// The role that a specification asks for, under the id that IAM gave it.
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

/// Makes the role, and sees that it is there.
async fn made(at: &Fixture, spec: &RoleSpec) -> Verdict<Role> {
    let created = at.roles().create_role(spec).await?;
    let role = expected(at, spec, &created.id);
    reads!(at, found(at, &spec.name), role.clone());
    Ok(role)
}

/// The role as it is when nothing has changed it.
async fn is_untouched(at: &Fixture, role: &Role) -> Verdict {
    equal(&found(at, &role.name).await?, role)
}

async fn a_role_is_created_and_found_with_all_that_was_asked_for(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let created = at.roles().create_role(&spec).await?;
    let holds_id = created.id.starts_with("AROA") && created.id.len() >= 16;
    holds(holds_id, format!("{} is the id of a role", created.id))?;
    let role = expected(at, &spec, &created.id);
    equal(&created, &role)?;
    reads!(at, found(at, &spec.name), role);
    Ok(())
}

async fn a_bare_role_has_neither_description_nor_boundary_nor_tags(at: &Fixture) -> Verdict {
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

async fn create_finds_that_the_role_exists(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = made(at, &spec).await?;
    let answer = format!("409 EntityAlreadyExists: Role with name {} already exists.", spec.name);
    for path in ["/team/", "/"] {
        let again = RoleSpec { path: path.parse()?, tags: tags([]), ..spec.clone() };
        let outcome = at.roles().create_role(&again).await;
        at.refused(outcome, iam::CREATE_ROLE, ErrorKind::AlreadyExists, &answer)?;
    }
    is_untouched(at, &role).await
}

async fn create_finds_that_the_role_exists_in_other_letters(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = made(at, &spec).await?;
    let name = spec.name.as_str().to_uppercase();
    let answer = format!("409 EntityAlreadyExists: Role with name {name} already exists.");
    let outcome = at.roles().create_role(&RoleSpec { name: name.parse()?, ..spec }).await;
    at.refused(outcome, iam::CREATE_ROLE, ErrorKind::AlreadyExists, &answer)?;
    is_untouched(at, &role).await
}

/// Create refuses it, and nothing is made.
async fn create_refuses(at: &Fixture, spec: RoleSpec, kind: ErrorKind, answer: &str) -> Verdict {
    let outcome = at.roles().create_role(&spec).await;
    at.refused(outcome, iam::CREATE_ROLE, kind, answer)?;
    at.absent(found(at, &spec.name).await, iam::GET_ROLE)
}

async fn create_refuses_a_trust_policy_without_principal(at: &Fixture) -> Verdict {
    let trust = PolicyDocument::new([Statement::allow(["sts:AssumeRole"])]);
    let answer = "400 MalformedPolicyDocument: Missing required field Principal";
    create_refuses(at, RoleSpec { trust, ..spec(at)? }, ErrorKind::InvalidInput, answer).await
}

async fn create_refuses_a_principal_that_does_not_exist(at: &Fixture) -> Verdict {
    let ghost = at.location().global_arn("iam", format!("role/{}", at.role("ghost")?)).to_string();
    let statement = Statement::allow(["sts:AssumeRole"]);
    let trust = PolicyDocument::new([statement.with_principal(PrincipalSet::aws([&ghost]))]);
    let answer =
        format!("400 MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"{ghost}\"");
    create_refuses(at, RoleSpec { trust, ..spec(at)? }, ErrorKind::InvalidInput, &answer).await
}

async fn create_refuses_a_session_beyond_its_bounds(at: &Fixture) -> Verdict {
    let answer = "400 ValidationError: 1 validation error detected: Value '60' at 'maxSessionDuration' \
                  failed to satisfy constraint: Member must have value greater than or equal to 3600";
    let spec = RoleSpec { max_session_duration: 60, ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn create_refuses_a_boundary_that_does_not_exist(at: &Fixture) -> Verdict {
    let ghost = at.aws_policy("Ghost");
    let answer =
        format!("404 NoSuchEntity: Scope ARN: {ghost} does not exist or is not attachable.");
    let spec = RoleSpec { permissions_boundary: Some(ghost), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::NotFound, &answer).await
}

async fn create_refuses_a_tag_that_is_aws_s_own(at: &Fixture) -> Verdict {
    let answer = "400 InvalidInput: aws: prefixed tag key names are not allowed for external use.";
    let spec = RoleSpec { tags: tags([("aws:x", "x")]), ..spec(at)? };
    create_refuses(at, spec, ErrorKind::InvalidInput, answer).await
}

async fn a_trust_policy_beyond_its_quota_is_refused(at: &Fixture) -> Verdict {
    let statement = Statement::allow(["sts:AssumeRole"])
        .with_principal(PrincipalSet::service(["ecs-tasks.amazonaws.com"]))
        .with_condition("StringEquals", "aws:SourceAccount", ["x".repeat(2048)]);
    let spec = RoleSpec { trust: PolicyDocument::new([statement]), ..spec(at)? };
    let answer = "409 LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048";
    create_refuses(at, spec, ErrorKind::LimitExceeded, answer).await
}

async fn a_role_that_has_not_propagated_is_no_principal_yet(at: &Fixture) -> Verdict {
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

    // Once the role is gone, its id is all that the policy still shows.
    roles.delete_role(&spec.name).await?;
    at.pass().await?;
    let shown = roles.get_role(&second.name).await?.trust;
    holds(shown.as_str().contains(&created.id), format!("{shown:?} shows {}", created.id))?;
    holds(!shown.means_the_same(&trust), "it does not mean the role that is gone")
}

async fn an_absent_role_is_not_found(at: &Fixture) -> Verdict {
    let (roles, none) = (at.roles(), at.role("none")?);
    let answer = gone(&none);
    at.refused(roles.get_role(&none).await, iam::GET_ROLE, ErrorKind::NotFound, &answer)?;
    at.refused(roles.delete_role(&none).await, iam::DELETE_ROLE, ErrorKind::NotFound, &answer)
}

async fn settings_of_an_absent_role_are_not_found(at: &Fixture) -> Verdict {
    let (roles, none) = (at.roles(), at.role("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(&none));
    let updated = roles.update_role(&none, 3_600, None).await;
    at.refused(updated, iam::UPDATE_ROLE, kind, &answer)?;
    let trust = trusting("ecs-tasks.amazonaws.com");
    let updated = roles.update_assume_role_policy(&none, &trust).await;
    at.refused(updated, iam::UPDATE_ASSUME_ROLE_POLICY, kind, &answer)
}

async fn the_boundary_of_an_absent_role_is_not_found(at: &Fixture) -> Verdict {
    let (roles, none) = (at.roles(), at.role("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(&none));
    let put = roles.put_role_permissions_boundary(&none, &at.aws_policy(EXECUTION)).await;
    at.refused(put, iam::PUT_ROLE_PERMISSIONS_BOUNDARY, kind, &answer)?;
    let deleted = roles.delete_role_permissions_boundary(&none).await;
    at.refused(deleted, iam::DELETE_ROLE_PERMISSIONS_BOUNDARY, kind, &answer)
}

async fn managed_policies_of_an_absent_role_are_not_found(at: &Fixture) -> Verdict {
    let (roles, none, policy) = (at.roles(), at.role("none")?, at.aws_policy(EXECUTION));
    let (kind, answer) = (ErrorKind::NotFound, gone(&none));
    let listed = roles.list_attached_role_policies(&none).await;
    at.refused(listed, iam::LIST_ATTACHED_ROLE_POLICIES, kind, &answer)?;
    let attached = roles.attach_role_policy(&none, &policy).await;
    at.refused(attached, iam::ATTACH_ROLE_POLICY, kind, &answer)?;
    let detached = roles.detach_role_policy(&none, &policy.to_string()).await;
    at.refused(detached, iam::DETACH_ROLE_POLICY, kind, &answer)
}

async fn inline_policies_of_an_absent_role_are_not_found(at: &Fixture) -> Verdict {
    let (roles, none, inline) = (at.roles(), at.role("none")?, inline()?);
    let (kind, answer) = (ErrorKind::NotFound, gone(&none));
    let listed = roles.list_role_policies(&none).await;
    at.refused(listed, iam::LIST_ROLE_POLICIES, kind, &answer)?;
    let read = roles.get_role_policy(&none, &inline).await;
    at.refused(read, iam::GET_ROLE_POLICY, kind, &answer)?;
    let put = roles.put_role_policy(&none, &inline, &document()).await;
    at.refused(put, iam::PUT_ROLE_POLICY, kind, &answer)?;
    let deleted = roles.delete_role_policy(&none, inline.as_str()).await;
    at.refused(deleted, iam::DELETE_ROLE_POLICY, kind, &answer)
}

async fn instance_profiles_of_an_absent_role_are_not_found(at: &Fixture) -> Verdict {
    let none = at.role("none")?;
    let listed = at.roles().list_instance_profiles_for_role(&none).await;
    let operation = iam::LIST_INSTANCE_PROFILES_FOR_ROLE;
    at.refused(listed, operation, ErrorKind::NotFound, &gone(&none))
}

async fn tags_of_an_absent_role_are_not_found(at: &Fixture) -> Verdict {
    let (roles, none) = (at.roles(), at.role("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(&none));
    let tagged = roles.tag_role(&none, &tags([("a", "b")])).await;
    at.refused(tagged, iam::TAG_ROLE, kind, &answer)?;
    let untagged = roles.untag_role(&none, &owned(["a"])).await;
    at.refused(untagged, iam::UNTAG_ROLE, kind, &answer)
}

async fn session_and_description_are_updated(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = made(at, &spec).await?;
    at.roles().update_role(&spec.name, 43_200, None).await?;
    // The description stays.
    let longer = Role { max_session_duration: 43_200, ..role };
    reads!(at, found(at, &spec.name), longer.clone());
    for description in ["new", ""] {
        at.roles().update_role(&spec.name, 43_200, Some(description)).await?;
        let description = Some(description).filter(|text| !text.is_empty()).map(str::to_owned);
        reads!(at, found(at, &spec.name), Role { description, ..longer.clone() });
    }
    Ok(())
}

async fn a_session_beyond_its_bounds_is_refused(at: &Fixture) -> Verdict {
    let role = made(at, &spec(at)?).await?;
    at.refused(
        at.roles().update_role(&role.name, 43_201, None).await,
        iam::UPDATE_ROLE,
        ErrorKind::InvalidInput,
        "400 ValidationError: 1 validation error detected: Value '43201' at 'maxSessionDuration' failed to \
         satisfy constraint: Member must have value less than or equal to 43200",
    )?;
    is_untouched(at, &role).await
}

async fn the_trust_policy_is_replaced(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = made(at, &spec).await?;
    let trust = trusting("ec2.amazonaws.com");
    for _ in 0..2 {
        at.roles().update_assume_role_policy(&spec.name, &trust).await?;
        let trust = PolicyText::new(trust.to_json());
        reads!(at, found(at, &spec.name), Role { trust, ..role.clone() });
    }
    Ok(())
}

async fn a_trust_policy_with_a_resource_is_refused(at: &Fixture) -> Verdict {
    let role = made(at, &spec(at)?).await?;
    at.refused(
        at.roles().update_assume_role_policy(&role.name, &document()).await,
        iam::UPDATE_ASSUME_ROLE_POLICY,
        ErrorKind::InvalidInput,
        "400 MalformedPolicyDocument: Has prohibited field Resource",
    )?;
    is_untouched(at, &role).await
}

async fn the_permissions_boundary_is_replaced_and_removed(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = made(at, &spec).await?;
    let other = at.aws_policy("ReadOnlyAccess");
    at.roles().put_role_permissions_boundary(&spec.name, &other).await?;
    let permissions_boundary = Some(other.to_string());
    reads!(at, found(at, &spec.name), Role { permissions_boundary, ..role.clone() });
    for _ in 0..2 {
        at.roles().delete_role_permissions_boundary(&spec.name).await?;
        reads!(at, found(at, &spec.name), Role { permissions_boundary: None, ..role.clone() });
    }
    Ok(())
}

async fn a_boundary_that_does_not_exist_is_not_found(at: &Fixture) -> Verdict {
    let (role, ghost) = (made(at, &spec(at)?).await?, at.aws_policy("Ghost"));
    at.refused(
        at.roles().put_role_permissions_boundary(&role.name, &ghost).await,
        iam::PUT_ROLE_PERMISSIONS_BOUNDARY,
        ErrorKind::NotFound,
        &format!("404 NoSuchEntity: Scope ARN: {ghost} does not exist or is not attachable."),
    )?;
    is_untouched(at, &role).await
}

fn attached(policy: &Arn) -> AttachedPolicy {
    AttachedPolicy { arn: policy.to_string(), name: policy.last_segment().to_owned() }
}

/// The managed policies on a role, in order.
async fn attachments(at: &Fixture, name: &RoleName) -> Result<Vec<AttachedPolicy>> {
    let mut listed = at.roles().list_attached_role_policies(name).await?;
    listed.sort();
    Ok(listed)
}

async fn managed_policies_are_attached_listed_and_detached(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), made(at, &spec(at)?).await?);
    let (first, second) = (at.aws_policy("ReadOnlyAccess"), at.aws_policy(EXECUTION));
    reads!(at, attachments(at, &role.name), Vec::new());
    for _ in 0..2 {
        roles.attach_role_policy(&role.name, &first).await?;
        reads!(at, attachments(at, &role.name), vec![attached(&first)]);
    }
    roles.attach_role_policy(&role.name, &second).await?;
    reads!(at, attachments(at, &role.name), vec![attached(&first), attached(&second)]);
    roles.detach_role_policy(&role.name, &first.to_string()).await?;
    reads!(at, attachments(at, &role.name), vec![attached(&second)]);
    is_untouched(at, &role).await
}

async fn a_managed_policy_that_does_not_exist_is_not_found(at: &Fixture) -> Verdict {
    let (role, ghost) = (made(at, &spec(at)?).await?, at.aws_policy("Ghost"));
    at.refused(
        at.roles().attach_role_policy(&role.name, &ghost).await,
        iam::ATTACH_ROLE_POLICY,
        ErrorKind::NotFound,
        &format!("404 NoSuchEntity: Policy {ghost} does not exist or is not attachable."),
    )?;
    reads!(at, attachments(at, &role.name), Vec::new());
    Ok(())
}

async fn a_managed_policy_that_is_not_attached_is_not_found(at: &Fixture) -> Verdict {
    let (role, policy) = (made(at, &spec(at)?).await?, at.aws_policy(EXECUTION));
    at.refused(
        at.roles().detach_role_policy(&role.name, &policy.to_string()).await,
        iam::DETACH_ROLE_POLICY,
        ErrorKind::NotFound,
        &format!("404 NoSuchEntity: Policy {policy} was not found."),
    )
}

async fn the_eleventh_managed_policy_is_beyond_the_quota(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), made(at, &spec(at)?).await?);
    let mut policies = Vec::new();
    for n in 0..11 {
        let policy = format!("policy/{0}/{0}-{n:02}", at.prefix());
        let policy = at.location().global_arn("iam", policy);
        at.act(Deed::CreatePolicy { policy: policy.clone() }).await?;
        policies.push(policy);
    }
    let (eleventh, ten) = policies.split_last().expect("there are eleven");
    for policy in ten {
        roles.attach_role_policy(&role.name, policy).await?;
    }
    at.refused(
        roles.attach_role_policy(&role.name, eleventh).await,
        iam::ATTACH_ROLE_POLICY,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10",
    )?;
    reads!(at, attachments(at, &role.name), ten.iter().map(attached).collect::<Vec<_>>());
    Ok(())
}

async fn inline_policies_are_put_read_listed_and_deleted(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, made(at, &spec(at)?).await?);
    reads!(at, roles.list_role_policies(&role.name), Vec::new());
    let statement = Statement::allow(["logs:PutLogEvents"]).with_resources(["*"]);
    for document in [&PolicyDocument::new([statement]), &document(), &document()] {
        roles.put_role_policy(&role.name, &inline, document).await?;
        // To the letter: IAM gives documents back as they were put.
        let text = PolicyText::new(document.to_json());
        reads!(at, roles.get_role_policy(&role.name, &inline), text);
        reads!(at, roles.list_role_policies(&role.name), owned(["inline"]));
    }
    roles.put_role_policy(&role.name, &"second".parse()?, &document()).await?;
    reads!(at, roles.list_role_policies(&role.name), owned(["inline", "second"]));
    roles.delete_role_policy(&role.name, "inline").await?;
    reads!(at, roles.list_role_policies(&role.name), owned(["second"]));
    is_untouched(at, &role).await
}

async fn an_absent_inline_policy_is_not_found(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, made(at, &spec(at)?).await?);
    let gone = "404 NoSuchEntity: The role policy with name inline cannot be found.";
    let read = roles.get_role_policy(&role.name, &inline).await;
    at.refused(read, iam::GET_ROLE_POLICY, ErrorKind::NotFound, gone)?;
    let deleted = roles.delete_role_policy(&role.name, "inline").await;
    at.refused(deleted, iam::DELETE_ROLE_POLICY, ErrorKind::NotFound, gone)
}

async fn an_inline_policy_with_a_principal_is_refused(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, made(at, &spec(at)?).await?);
    let trust = trusting("ecs-tasks.amazonaws.com");
    at.refused(
        roles.put_role_policy(&role.name, &inline, &trust).await,
        iam::PUT_ROLE_POLICY,
        ErrorKind::InvalidInput,
        "400 MalformedPolicyDocument: Policy document should not specify a principal.",
    )?;
    equal(roles.list_role_policies(&role.name).await?.as_slice(), &[""; 0])
}

async fn an_inline_policy_beyond_the_quota_is_refused(at: &Fixture) -> Verdict {
    let (roles, inline, role) = (at.roles(), inline()?, made(at, &spec(at)?).await?);
    let resource = format!("arn:aws:s3:::{}", "x".repeat(10_240));
    let large = Statement::allow(["s3:GetObject"]).with_resources([resource]);
    at.refused(
        roles.put_role_policy(&role.name, &inline, &PolicyDocument::new([large])).await,
        iam::PUT_ROLE_POLICY,
        ErrorKind::LimitExceeded,
        &format!(
            "409 LimitExceeded: Maximum policy size of 10240 bytes exceeded for role {}",
            role.name
        ),
    )?;
    equal(roles.list_role_policies(&role.name).await?.as_slice(), &[""; 0])
}

async fn lists_go_on_to_their_last_page(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), made(at, &spec(at)?).await?);
    // As short as a policy can be: 101 of them fit into a role. A hundred are on a page.
    let short = PolicyDocument::new([Statement::allow(["s3:*"]).with_resources(["*"])]);
    let names: Vec<String> = (0..101).map(|n| format!("{}-{n:03}", at.prefix())).collect();
    for name in &names {
        roles.put_role_policy(&role.name, &name.parse()?, &short).await?;
        let (profile, role) = (name.clone(), role.name.clone());
        at.act(Deed::AddInstanceProfile { profile, role }).await?;
    }
    let mut listed = roles.list_role_policies(&role.name).await?;
    listed.sort();
    equal(&listed, &names)?;
    let mut listed = roles.list_instance_profiles_for_role(&role.name).await?;
    listed.sort();
    equal(&listed, &names)
}

/// The role is kept for as long as something hangs on it.
async fn is_kept(at: &Fixture, role: &Role, what: &str) -> Verdict {
    let answer = format!("409 DeleteConflict: Cannot delete entity, must {what} first.");
    let deleted = at.roles().delete_role(&role.name).await;
    at.refused(deleted, iam::DELETE_ROLE, ErrorKind::InUse, &answer)?;
    is_untouched(at, role).await
}

async fn a_role_is_not_deleted_while_policies_are_attached(at: &Fixture) -> Verdict {
    let (role, policy) = (made(at, &spec(at)?).await?, at.aws_policy(EXECUTION));
    at.roles().attach_role_policy(&role.name, &policy).await?;
    is_kept(at, &role, "detach all policies").await
}

async fn a_role_is_not_deleted_while_it_has_inline_policies(at: &Fixture) -> Verdict {
    let role = made(at, &spec(at)?).await?;
    at.roles().put_role_policy(&role.name, &inline()?, &document()).await?;
    is_kept(at, &role, "delete policies").await
}

async fn a_role_is_not_deleted_while_an_instance_profile_holds_it(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), made(at, &spec(at)?).await?);
    reads!(at, roles.list_instance_profiles_for_role(&role.name), Vec::new());
    let held =
        Deed::AddInstanceProfile { profile: at.prefix().to_string(), role: role.name.clone() };
    at.act(held.clone()).await?;
    let profiles = vec![at.prefix().to_string()];
    reads!(at, roles.list_instance_profiles_for_role(&role.name), profiles);
    is_kept(at, &role, "remove roles from instance profile").await?;
    if let Some(released) = held.inverse() {
        at.act(released).await?;
    }
    Ok(roles.delete_role(&role.name).await?)
}

async fn a_deleted_role_is_gone(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), made(at, &spec(at)?).await?);
    roles.delete_role(&role.name).await?;
    at.absent(found(at, &role.name).await, iam::GET_ROLE)?;
    let again = roles.delete_role(&role.name).await;
    at.refused(again, iam::DELETE_ROLE, ErrorKind::NotFound, &gone(&role.name))
}

async fn a_role_made_anew_has_another_id(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = made(at, &spec).await?;
    at.roles().delete_role(&spec.name).await?;
    let anew = made(at, &spec).await?;
    holds(anew.id != role.id, format!("{} is a new id", anew.id))
}

async fn tags_are_set_beside_the_others_and_removed(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), made(at, &spec(at)?).await?);
    for _ in 0..2 {
        roles.tag_role(&role.name, &tags([("Name", "other"), ("Team", "a + b")])).await?;
        roles.untag_role(&role.name, &owned(["ä ö", "absent"])).await?;
        let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
        reads!(at, found(at, &role.name), Role { tags: left, ..role.clone() });
    }
    Ok(())
}

async fn more_tags_than_fifty_are_refused_together(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), made(at, &spec(at)?).await?);
    at.refused(
        roles.tag_role(&role.name, &many_tags(48)).await,
        iam::TAG_ROLE,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: The number of tags has reached the maximum limit.",
    )?;
    is_untouched(at, &role).await?;
    roles.tag_role(&role.name, &many_tags(47)).await?;
    let found = found(at, &role.name).await?;
    holds(found.tags.len() == 50, format!("fifty tags are there: {found:?}"))
}
