//! Scenarios for deleting and tagging a role.

use super::{EXECUTION, create, document, found, gone, inline, is_untouched, spec};
use crate::conformance::check::holds;
use crate::conformance::support::{many_tags, owned, tags};
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::iam;
use crate::provider::Role;

scenarios! { "roles" needs [Roles]:
    role_with_attached_policies_cannot_be_deleted;
    role_with_inline_policies_cannot_be_deleted;
    role_in_an_instance_profile_cannot_be_deleted needs [InstanceProfiles];
    deleted_role_is_not_found;
    role_created_again_has_a_new_id;
    tags_are_added_and_removed;
    more_than_50_tags_are_rejected_as_a_whole;
}

/// Checks that deleting the role fails with an error that says what must be done first.
async fn is_kept(at: &Fixture, role: &Role, what: &str) -> Verdict {
    let answer = format!("409 DeleteConflict: Cannot delete entity, must {what} first.");
    let deleted = at.roles().delete_role(&role.name).await;
    at.refused(deleted, iam::DELETE_ROLE, ErrorKind::InUse, &answer)?;
    is_untouched(at, role).await
}

async fn role_with_attached_policies_cannot_be_deleted(at: &Fixture) -> Verdict {
    let (role, policy) = (create(at, &spec(at)?).await?, at.aws_policy(EXECUTION));
    at.roles().attach_role_policy(&role.name, &policy).await?;
    is_kept(at, &role, "detach all policies").await
}

async fn role_with_inline_policies_cannot_be_deleted(at: &Fixture) -> Verdict {
    let role = create(at, &spec(at)?).await?;
    at.roles().put_role_policy(&role.name, &inline()?, &document()).await?;
    is_kept(at, &role, "delete policies").await
}

async fn role_in_an_instance_profile_cannot_be_deleted(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), create(at, &spec(at)?).await?);
    reads!(at, roles.list_instance_profiles_for_role(&role.name), Vec::new());
    let held = ExternalChange::AddInstanceProfile {
        profile: at.prefix().to_string(),
        role: role.name.clone(),
    };
    at.act(held.clone()).await?;
    let profiles = vec![at.prefix().to_string()];
    reads!(at, roles.list_instance_profiles_for_role(&role.name), profiles);
    is_kept(at, &role, "remove roles from instance profile").await?;
    if let Some(released) = held.inverse() {
        at.act(released).await?;
    }
    Ok(roles.delete_role(&role.name).await?)
}

async fn deleted_role_is_not_found(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), create(at, &spec(at)?).await?);
    roles.delete_role(&role.name).await?;
    at.absent(found(at, &role.name).await, iam::GET_ROLE)?;
    let again = roles.delete_role(&role.name).await;
    at.refused(again, iam::DELETE_ROLE, ErrorKind::NotFound, &gone(&role.name))
}

async fn role_created_again_has_a_new_id(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let role = create(at, &spec).await?;
    at.roles().delete_role(&spec.name).await?;
    let recreated = create(at, &spec).await?;
    holds(recreated.id != role.id, format!("the role has a new id: {}", recreated.id))
}

async fn tags_are_added_and_removed(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), create(at, &spec(at)?).await?);
    for _ in 0..2 {
        roles.tag_role(&role.name, &tags([("Name", "other"), ("Team", "a + b")])).await?;
        roles.untag_role(&role.name, &owned(["ä ö", "absent"])).await?;
        let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
        reads!(at, found(at, &role.name), Role { tags: left, ..role.clone() });
    }
    Ok(())
}

async fn more_than_50_tags_are_rejected_as_a_whole(at: &Fixture) -> Verdict {
    let (roles, role) = (at.roles(), create(at, &spec(at)?).await?);
    at.refused(
        roles.tag_role(&role.name, &many_tags(48)).await,
        iam::TAG_ROLE,
        ErrorKind::LimitExceeded,
        "409 LimitExceeded: The number of tags has reached the maximum limit.",
    )?;
    is_untouched(at, &role).await?;
    roles.tag_role(&role.name, &many_tags(47)).await?;
    let found = found(at, &role.name).await?;
    holds(found.tags.len() == 50, format!("the role has 50 tags: {found:?}"))
}
