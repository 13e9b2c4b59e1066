//! Roles that are deleted, and tags.

use super::{EXECUTION, document, found, gone, inline, is_untouched, made, spec};
use crate::conformance::check::holds;
use crate::conformance::support::{many_tags, owned, tags};
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::iam;
use crate::provider::Role;

scenarios! { "roles" needs [Roles]:
    a_role_is_not_deleted_while_policies_are_attached;
    a_role_is_not_deleted_while_it_has_inline_policies;
    a_role_is_not_deleted_while_an_instance_profile_holds_it needs [InstanceProfiles];
    a_deleted_role_is_gone;
    a_role_made_anew_has_another_id;
    tags_are_set_beside_the_others_and_removed;
    more_tags_than_fifty_are_refused_together;
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
