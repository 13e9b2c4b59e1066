//! Scenarios for roles that do not exist.

use super::{EXECUTION, document, gone, inline, trusting};
use crate::conformance::support::{owned, tags};
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::iam;

scenarios! { "roles" needs [Roles]:
    absent_role_is_not_found;
    changing_an_absent_role_fails;
    changing_the_boundary_of_an_absent_role_fails;
    managed_policies_of_an_absent_role_are_not_found;
    inline_policies_of_an_absent_role_are_not_found;
    instance_profiles_of_an_absent_role_are_not_found;
    tagging_an_absent_role_fails;
}

async fn absent_role_is_not_found(at: &Fixture) -> Verdict {
    let (roles, none) = (at.roles(), at.role("none")?);
    let answer = gone(&none);
    at.refused(roles.get_role(&none).await, iam::GET_ROLE, ErrorKind::NotFound, &answer)?;
    at.refused(roles.delete_role(&none).await, iam::DELETE_ROLE, ErrorKind::NotFound, &answer)
}

async fn changing_an_absent_role_fails(at: &Fixture) -> Verdict {
    let (roles, none) = (at.roles(), at.role("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(&none));
    let updated = roles.update_role(&none, 3_600, None).await;
    at.refused(updated, iam::UPDATE_ROLE, kind, &answer)?;
    let trust = trusting("ecs-tasks.amazonaws.com");
    let updated = roles.update_assume_role_policy(&none, &trust).await;
    at.refused(updated, iam::UPDATE_ASSUME_ROLE_POLICY, kind, &answer)
}

async fn changing_the_boundary_of_an_absent_role_fails(at: &Fixture) -> Verdict {
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

async fn tagging_an_absent_role_fails(at: &Fixture) -> Verdict {
    let (roles, none) = (at.roles(), at.role("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(&none));
    let tagged = roles.tag_role(&none, &tags([("a", "b")])).await;
    at.refused(tagged, iam::TAG_ROLE, kind, &answer)?;
    let untagged = roles.untag_role(&none, &owned(["a"])).await;
    at.refused(untagged, iam::UNTAG_ROLE, kind, &answer)
}
