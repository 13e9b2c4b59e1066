//! Roles: creating, reading, updating and deleting them.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    CreateRoleRequest, DeleteRoleRequest, GetRoleRequest, ListRolesRequest, Role, RoleLastUsed,
    UpdateAssumeRolePolicyRequest, UpdateRoleDescriptionRequest, UpdateRoleRequest,
};

use super::boundary::{attached_boundary, check_boundary};
use super::check::{already_exists, delete_conflict, invalid_input, quota};
use super::page::page;
use super::tags::{listed, role_tags};
use super::trust::check_trust_policy;
use super::{Departed, RoleRecord, encoded, own_role, principal, role, role_mut, state};

/// The default quota: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_ROLES: usize = 1000;

pub(super) const DEFAULT_SESSION: i32 = 3600;

/// Creates a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
impl Operation for CreateRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let path = self.path.as_deref().unwrap_or("/");
        let name = self.role_name.as_deref().unwrap_or_default();
        let trust = self.assume_role_policy_document.as_deref().unwrap_or_default();
        let tags = role_tags(&self.tags)?;
        if path.starts_with("/aws-service-role/") {
            // https://github.com/tilfin/aws-iam-policy-tool/pull/9
            return Err(invalid_input(
                "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles",
            ));
        }
        let trusted = check_trust_policy(call, trust)?.principals;
        if let Some(boundary) = &self.permissions_boundary {
            check_boundary(call, boundary)?;
        }
        let key = name.to_lowercase();
        let roles = &state(call).roles;
        if roles.contains_key(&key) {
            return Err(already_exists(format!("Role with name {name} already exists.")));
        }
        // The message is modeled on a message reported for an account with a quota of 1500.
        quota("RolesPerAccount", roles.len() + 1, MAX_ROLES)?;
        let record = RoleRecord {
            name: name.to_owned(),
            path: path.to_owned(),
            id: call.world.ids.iam("AROA"),
            arn: call.location().global_arn("iam", format!("role{path}{name}")).to_string(),
            created: call.now,
            trust: trust.to_owned(),
            trusted,
            description: self.description.filter(|text| !text.is_empty()),
            max_session: self.max_session_duration.unwrap_or(DEFAULT_SESSION),
            max_signin_session: self.max_signin_session_duration,
            boundary: self.permissions_boundary,
            tags,
            ..RoleRecord::default()
        };
        // In recorded responses, CreateRole omits these three members; see `document.rs`.
        let full = shown(call, &record);
        let role =
            Role { description: None, max_session_duration: None, role_last_used: None, ..full };
        call.iam().roles.insert(key, record);
        Ok(Self::Output { role })
    }
}

/// Returns a role with all the members that `GetRole` returns.
pub(super) fn shown(call: &Call<'_>, record: &RoleRecord) -> Role {
    let RoleRecord {
        name,
        path,
        id,
        arn,
        created,
        trust: _, // shown with its principals below
        trusted: _,
        description,
        max_session,
        max_signin_session,
        boundary,
        tags,
        attached: _, // returned by other operations
        inline: _,
        service_linked: _, // visible in the path
    } = record;
    Role {
        path: path.clone(),
        role_name: name.clone(),
        role_id: id.clone(),
        arn: arn.clone(),
        create_date: *created,
        assume_role_policy_document: Some(encoded(&shown_trust(call, record))),
        description: description.clone(),
        max_session_duration: Some(*max_session),
        max_signin_session_duration: *max_signin_session,
        permissions_boundary: boundary.as_deref().map(attached_boundary),
        tags: (!tags.is_empty()).then(|| listed(tags)),
        role_last_used: Some(RoleLastUsed::default()),
        source_role_template: None,
    }
}

/// Returns a role's trust policy, in which deleted principals appear as unique IDs.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>
fn shown_trust(call: &Call<'_>, record: &RoleRecord) -> String {
    record.trusted.iter().fold(record.trust.clone(), |text, (arn, id)| {
        let now = principal::shown(call, arn, id);
        if now == *arn { text } else { text.replace(&format!("\"{arn}\""), &format!("\"{now}\"")) }
    })
}

/// Returns a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
impl Operation for GetRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        Ok(Self::Output { role: shown(call, role(call, name)?) })
    }
}

/// Lists roles whose path starts with a prefix.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>
impl Operation for ListRolesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let roles = state(call).roles.iter().filter(|(_, role)| role.path.starts_with(prefix));
        let roles = roles.map(|(key, role)| (key.clone(), role));
        let page = page(Self::NAME, roles, self.marker.as_deref(), self.max_items)?;
        let listed = |record: &RoleRecord| Role {
            tags: None,
            permissions_boundary: None,
            role_last_used: None,
            ..shown(call, record)
        };
        Ok(Self::Output {
            roles: page.items.into_iter().map(listed).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Changes the description and the maximum session duration of a role. Values that the request
/// omits do not change.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
impl Operation for UpdateRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let resets = self.reset_max_signin_session_duration == Some(true);
        if resets && self.max_signin_session_duration.is_some() {
            // According to the model, a request can contain only one of these two members. The
            // model also names the error code. AWS's message is not publicly documented.
            return Err(invalid_input(
                "MaxSigninSessionDuration cannot be specified together with \
                 ResetMaxSigninSessionDuration.",
            ));
        }
        if self.max_session_duration.or(self.max_signin_session_duration).is_some() || resets {
            // The description is the only property of a service-linked role that can be changed:
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
            own_role(call, name)?;
        }
        let role = role_mut(call, name)?;
        if let Some(text) = self.description {
            role.description = Some(text).filter(|text| !text.is_empty());
        }
        if let Some(seconds) = self.max_session_duration {
            role.max_session = seconds;
        }
        if self.max_signin_session_duration.is_some() || resets {
            role.max_signin_session = self.max_signin_session_duration;
        }
        Ok(Self::Output {})
    }
}

/// Changes the description of a role. This operation is an older form of `UpdateRole`.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>
impl Operation for UpdateRoleDescriptionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let text = self.description.as_deref().unwrap_or_default();
        role_mut(call, name)?.description = Some(text.to_owned()).filter(|text| !text.is_empty());
        let full = shown(call, role(call, name)?);
        let role = Role { max_session_duration: None, role_last_used: None, ..full };
        Ok(Self::Output { role })
    }
}

/// Sets the trust policy of a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
impl Operation for UpdateAssumeRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let document = self.policy_document.as_deref().unwrap_or_default();
        own_role(call, name)?;
        let trust = check_trust_policy(call, document)?;
        let role = role_mut(call, name)?;
        document.clone_into(&mut role.trust);
        role.trusted = trust.principals;
        Ok(())
    }
}

/// Deletes a role. The role must have no policies and must not be in an instance profile.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
impl Operation for DeleteRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let role = own_role(call, name)?;
        let key = name.to_lowercase();
        if state(call).instance_profiles.values().any(|profile| profile.role.as_ref() == Some(&key))
        {
            // https://github.com/99designs/iamy/pull/68
            return Err(delete_conflict(
                "Cannot delete entity, must remove roles from instance profile first.",
            ));
        }
        if !role.attached.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
        }
        if !role.inline.is_empty() {
            return Err(delete_conflict("Cannot delete entity, must delete policies first."));
        }
        let now = call.now;
        let iam = call.iam();
        if let Some(RoleRecord { id, arn, created, .. }) = iam.roles.remove(&key) {
            iam.departed.insert(id, Departed { arn, created, deleted: now });
        }
        Ok(())
    }
}
