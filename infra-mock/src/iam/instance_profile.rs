//! Instance profiles, which give roles to EC2 instances.
//!
//! Recorded AWS responses: `test_iam_instance_profiles.snapshot.json`, in the folder cited in `user.rs`.

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    AddRoleToInstanceProfileRequest, CreateInstanceProfileRequest, DeleteInstanceProfileRequest,
    GetInstanceProfileRequest, InstanceProfile, ListInstanceProfileTagsRequest,
    ListInstanceProfilesForRoleRequest, ListInstanceProfilesRequest,
    RemoveRoleFromInstanceProfileRequest, Role, TagInstanceProfileRequest,
    UntagInstanceProfileRequest,
};

use super::check::{already_exists, delete_conflict, no_such_entity, quota};
use super::page::{Page, page};
use super::role::shown as shown_role;
use super::tags::{listed, policy_tags, tag_operations};
use super::{InstanceProfileRecord, own_role, role, state};

/// The default quota: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_PROFILES: usize = 1000;

fn no_profile(name: &str) -> ApiError {
    no_such_entity(format!("Instance Profile {name} cannot be found."))
}

fn profile<'c>(call: &'c Call<'_>, name: &str) -> ApiResult<&'c InstanceProfileRecord> {
    state(call).instance_profiles.get(&name.to_lowercase()).ok_or_else(|| no_profile(name))
}

fn profile_mut<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut InstanceProfileRecord> {
    profile(call, name)?;
    let profiles = &mut call.iam().instance_profiles;
    profiles.get_mut(&name.to_lowercase()).ok_or_else(|| no_profile(name))
}

fn path(record: &InstanceProfileRecord) -> &str {
    if record.path.is_empty() { "/" } else { &record.path }
}

/// Returns an instance profile as it appears in lists, without its tags.
pub(super) fn shown(call: &Call<'_>, record: &InstanceProfileRecord) -> InstanceProfile {
    let role = record.role.as_ref().and_then(|key| state(call).roles.get(key));
    let held = |record| Role {
        description: None,
        max_session_duration: None,
        max_signin_session_duration: None,
        permissions_boundary: None,
        tags: None,
        role_last_used: None,
        ..shown_role(call, record)
    };
    InstanceProfile {
        path: path(record).to_owned(),
        instance_profile_name: record.name.clone(),
        instance_profile_id: record.id.clone(),
        arn: record.arn.clone(),
        create_date: record.created,
        roles: role.map(held).into_iter().collect(),
        tags: None,
    }
}

/// Creates an instance profile.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html>
impl Operation for CreateInstanceProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.instance_profile_name.unwrap_or_default();
        let path = self.path.unwrap_or_else(|| "/".to_owned());
        let tags = policy_tags(&self.tags)?;
        let key = name.to_lowercase();
        let profiles = &state(call).instance_profiles;
        if profiles.contains_key(&key) {
            return Err(already_exists(format!("Instance Profile {name} already exists.")));
        }
        // AWS's message is not publicly documented, so the mock's message is modeled on the
        // messages for other quotas.
        quota("InstanceProfilesPerAccount", profiles.len() + 1, MAX_PROFILES)?;
        let resource = format!("instance-profile{path}{name}");
        let record = InstanceProfileRecord {
            id: call.world.ids.iam("AIPA"),
            arn: call.location().global_arn("iam", resource).to_string(),
            created: call.now,
            name,
            path,
            role: None,
            tags,
        };
        let tags = Some(listed(&record.tags)).filter(|tags| !tags.is_empty());
        let instance_profile = InstanceProfile { tags, ..shown(call, &record) };
        call.iam().instance_profiles.insert(key, record);
        Ok(Self::Output { instance_profile })
    }
}

/// Returns an instance profile.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html>
impl Operation for GetInstanceProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let record = profile(call, &self.instance_profile_name.unwrap_or_default())?;
        let tags = Some(listed(&record.tags));
        Ok(Self::Output { instance_profile: InstanceProfile { tags, ..shown(call, record) } })
    }
}

/// Lists instance profiles whose path starts with a prefix.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html>
impl Operation for ListInstanceProfilesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let profiles = state(call).instance_profiles.iter();
        let profiles = profiles.filter(|(_, record)| path(record).starts_with(prefix));
        let profiles = profiles.map(|(key, record)| (key.clone(), shown(call, record)));
        let Page { items: instance_profiles, is_truncated, marker } =
            page(Self::NAME, profiles, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { instance_profiles, is_truncated, marker })
    }
}

/// Lists the instance profiles that contain a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html>
impl Operation for ListInstanceProfilesForRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let role = role(call, name)?.name.to_lowercase();
        let profiles = state(call).instance_profiles.iter();
        let profiles = profiles.filter(|(_, record)| record.role.as_ref() == Some(&role));
        let profiles = profiles.map(|(key, record)| (key.clone(), shown(call, record)));
        let Page { items: instance_profiles, is_truncated, marker } =
            page(Self::NAME, profiles, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { instance_profiles, is_truncated, marker })
    }
}

/// Deletes an instance profile that contains no role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html>
impl Operation for DeleteInstanceProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.instance_profile_name.unwrap_or_default();
        if profile(call, &name)?.role.is_some() {
            return Err(delete_conflict(
                "Cannot delete entity, must remove roles from instance profile first.",
            ));
        }
        call.iam().instance_profiles.remove(&name.to_lowercase());
        Ok(())
    }
}

/// Adds a role to an instance profile. A profile can contain only one role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>
impl Operation for AddRoleToInstanceProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.instance_profile_name.unwrap_or_default();
        let held = usize::from(profile(call, &name)?.role.is_some());
        let role = own_role(call, &self.role_name.unwrap_or_default())?.name.to_lowercase();
        quota("InstanceSessionsPerInstanceProfile", held + 1, 1)?;
        profile_mut(call, &name)?.role = Some(role);
        Ok(())
    }
}

/// Removes a role from an instance profile.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html>
impl Operation for RemoveRoleFromInstanceProfileRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.instance_profile_name.unwrap_or_default();
        let role_name = self.role_name.unwrap_or_default();
        let record = profile(call, &name)?;
        let role = own_role(call, &role_name)?.name.to_lowercase();
        if record.role.as_ref() != Some(&role) {
            return Err(no_such_entity(format!(
                "Role {role_name} in Instance Profile {name} cannot be found."
            )));
        }
        profile_mut(call, &name)?.role = None;
        Ok(())
    }
}

tag_operations! {
    instance_profile_name, policy_tags, str::to_owned, profile, profile_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html>
    TagInstanceProfileRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html>
    UntagInstanceProfileRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html>
    ListInstanceProfileTagsRequest;
}

/// Simulates someone else adding an instance profile that contains a role.
///
/// # Errors
/// Returns an error if the role does not exist or the instance profile already exists.
pub fn add_instance_profile(call: &mut Call<'_>, name: &str, role_name: &str) -> ApiResult<()> {
    own_role(call, role_name)?;
    let (name, role_name) = (Some(name.to_owned()), Some(role_name.to_owned()));
    let create =
        CreateInstanceProfileRequest { instance_profile_name: name.clone(), ..Default::default() };
    create.run(call)?;
    AddRoleToInstanceProfileRequest { instance_profile_name: name, role_name }.run(call)
}

/// Removes an instance profile, if it exists.
pub fn remove_instance_profile(call: &mut Call<'_>, name: &str) {
    call.iam().instance_profiles.remove(&name.to_lowercase());
}
