//! Users: creating, reading, updating, tagging and deleting them.
//!
//! AWS responses recorded in February 2026: `test_iam_users.snapshot.json` in
//! <https://github.com/localstack/localstack/tree/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam>.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    CreateUserRequest, DeleteUserRequest, GetUserRequest, ListUserTagsRequest, ListUsersRequest,
    TagUserRequest, UntagUserRequest, UpdateUserRequest, User,
};
use crate::time::Timestamp;

use super::boundary::{attached_boundary, check_boundary};
use super::check::{already_exists, delete_conflict, quota, validation};
use super::page::page;
use super::tags::{listed, role_tags, tag_operations};
use super::{Departed, State, UserRecord, state, user, user_mut};

/// The default quota: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
pub(super) const MAX_USERS: usize = 5000;

/// The creation time that `GetUser` returns for the root user, and for a caller that was not
/// created in the mock: 2020-01-01.
const CALLERS_BIRTH: Timestamp = Timestamp::from_millis(1_577_836_800_000);

/// Creates a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
impl Operation for CreateUserRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let path = self.path.unwrap_or_else(|| "/".to_owned());
        let tags = role_tags(&self.tags)?;
        if let Some(boundary) = &self.permissions_boundary {
            check_boundary(call, boundary)?;
        }
        let key = name.to_lowercase();
        let users = &state(call).users;
        if users.contains_key(&key) {
            return Err(already_exists(format!("User with name {name} already exists.")));
        }
        // AWS's message is not publicly documented, so the mock's message is modeled on the
        // messages for other quotas.
        quota("UsersPerAccount", users.len() + 1, MAX_USERS)?;
        let record = UserRecord {
            id: call.world.ids.iam("AIDA"),
            arn: call.location().global_arn("iam", format!("user{path}{name}")).to_string(),
            created: call.now,
            boundary: self.permissions_boundary,
            name,
            path,
            tags,
            ..UserRecord::default()
        };
        let user = shown(&record);
        call.iam().users.insert(key, record);
        Ok(Self::Output { user })
    }
}

/// Returns a user with all the members that `GetUser` returns.
fn shown(record: &UserRecord) -> User {
    User {
        permissions_boundary: record.boundary.as_deref().map(attached_boundary),
        tags: Some(listed(&record.tags)).filter(|tags| !tags.is_empty()),
        ..shown_in_list(record)
    }
}

/// Returns a user as it appears in lists, without its permissions boundary or tags:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>.
pub(super) fn shown_in_list(record: &UserRecord) -> User {
    User {
        path: record.path.clone(),
        user_name: Some(record.name.clone()),
        user_id: record.id.clone(),
        arn: record.arn.clone(),
        create_date: record.created,
        ..User::default()
    }
}

/// Returns a user, or the caller if the request names no user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
impl Operation for GetUserRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = match self.user_name {
            Some(name) => name,
            None => match caller(call) {
                Some(User { user_name: Some(name), .. }) => name,
                Some(root) => return Ok(Self::Output { user: root }),
                None => return Err(not_a_user()),
            },
        };
        let same = |user: &User| {
            user.user_name.as_ref().is_some_and(|its| its.eq_ignore_ascii_case(&name))
        };
        let user = match user(call, &name) {
            Ok(record) => shown(record),
            Err(missing) => caller(call).filter(same).ok_or(missing)?,
        };
        Ok(Self::Output { user })
    }
}

/// Returns the error for a request that does not name a user and was not made by an IAM user:
/// <https://github.com/aws/aws-sdk-java/issues/1304>,
/// <https://github.com/mhausenblas/rbIAM/issues/4>
fn not_a_user() -> crate::api::ApiError {
    validation("Must specify userName when calling with non-User credentials")
}

/// Returns the user name in a request, or the caller's name if the request names no user.
pub(super) fn named_or_caller(call: &Call<'_>, name: Option<String>) -> ApiResult<String> {
    let own = || caller(call).and_then(|user| user.user_name);
    name.or_else(own).ok_or_else(not_a_user)
}

/// Returns the caller if it is an IAM user or the account's root user.
fn caller(call: &Call<'_>) -> Option<User> {
    let caller = call.caller;
    let resource = caller.arn.splitn(6, ':').nth(5)?;
    let (path, user_name) = match resource.strip_prefix("user/") {
        Some(rest) => match rest.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), Some(name.to_owned())),
            None => ("/".to_owned(), Some(rest.to_owned())),
        },
        None if resource == "root" => ("/".to_owned(), None),
        None => return None,
    };
    Some(User {
        path,
        user_name,
        user_id: caller.user_id.clone(),
        arn: caller.arn.clone(),
        create_date: CALLERS_BIRTH,
        ..User::default()
    })
}

/// Lists users whose path starts with a prefix.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>
impl Operation for ListUsersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let users = state(call).users.iter().filter(|(_, user)| user.path.starts_with(prefix));
        let users = users.map(|(key, user)| (key.clone(), shown_in_list(user)));
        let page = page(Self::NAME, users, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { users: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// Changes the name or the path of a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>
impl Operation for UpdateUserRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let (old, new) = (name.to_lowercase(), self.new_user_name.as_ref());
        user(call, &name)?;
        let new_key = new.map_or_else(|| old.clone(), |new| new.to_lowercase());
        if new_key != old && state(call).users.contains_key(&new_key) {
            let new = self.new_user_name.unwrap_or_default();
            return Err(already_exists(format!("User with name {new} already exists.")));
        }
        let location = call.location().clone();
        let iam = call.iam();
        let Some(mut record) = iam.users.remove(&old) else { return Ok(()) };
        record.name = self.new_user_name.unwrap_or(record.name);
        record.path = self.new_path.unwrap_or(record.path);
        let resource = format!("user{}{}", record.path, record.name);
        record.arn = location.global_arn("iam", resource).to_string();
        for group in iam.groups.values_mut() {
            if group.members.remove(&old) {
                group.members.insert(new_key.clone());
            }
        }
        for owner in iam.owners_mut().filter(|owner| **owner == old) {
            owner.clone_from(&new_key);
        }
        iam.users.insert(new_key, record);
        Ok(())
    }
}

/// Deletes a user. The user must have no credentials or policies, and must not be in any group.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
impl Operation for DeleteUserRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let (user, key) = (user(call, &name)?, name.to_lowercase());
        let state = state(call);
        // The order in which AWS checks for these conflicts is not publicly documented.
        let conflicts = [
            (!user.attached.is_empty(), "must detach all policies first"),
            (!user.inline.is_empty(), "must delete policies first"),
            // https://github.com/aws-controllers-k8s/community/issues/2229
            (
                state.access_keys.values().any(|access_key| access_key.user == key),
                "must delete access keys first",
            ),
            // https://github.com/cloud-custodian/cloud-custodian/issues/1663
            (user.login.is_some(), "must delete login profile first"),
            // https://github.com/rebuy-de/aws-nuke/issues/671
            (
                state.signing_certificates.values().any(|its| its.user == key),
                "must delete certificates first",
            ),
            // https://github.com/rebuy-de/aws-nuke/issues/281
            (
                state
                    .mfa_devices
                    .values()
                    .filter_map(|its| its.holder.as_ref())
                    .any(|its| its.user == key),
                "must delete MFA device first",
            ),
            // For SSH keys, see https://github.com/rebuy-de/aws-nuke/issues/470. The response for
            // service-specific credentials was recorded from AWS; see `service_credential.rs`.
            (
                state.ssh_keys.values().any(|its| its.user == key)
                    || state.service_credentials.values().any(|its| its.user == key),
                "must remove referenced objects first",
            ),
            // https://github.com/mozilla-services/userplex/issues/17
            (
                state.groups.values().any(|group| group.members.contains(&key)),
                "must remove users from group first",
            ),
        ];
        if let Some((_, words)) = conflicts.into_iter().find(|(holds, _)| *holds) {
            return Err(delete_conflict(format!("Cannot delete entity, {words}.")));
        }
        let now = call.now;
        let iam = call.iam();
        if let Some(UserRecord { id, arn, created, .. }) = iam.users.remove(&key) {
            iam.departed.insert(id, Departed { arn, created, deleted: now });
        }
        Ok(())
    }
}

impl State {
    /// Returns mutable references to the user names in all records that belong to users, such as
    /// access keys. Renaming a user changes the name in these records.
    fn owners_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let holders = self.mfa_devices.values_mut().filter_map(|its| its.holder.as_mut());
        let keys = self.access_keys.values_mut().map(|its| &mut its.user);
        keys.chain(self.ssh_keys.values_mut().map(|its| &mut its.user))
            .chain(self.signing_certificates.values_mut().map(|its| &mut its.user))
            .chain(self.service_credentials.values_mut().map(|its| &mut its.user))
            .chain(holders.map(|its| &mut its.user))
    }
}

tag_operations! {
    user_name, role_tags, str::to_lowercase, user, user_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html>
    TagUserRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html>
    UntagUserRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html>
    ListUserTagsRequest;
}

/// Adds a user that policies can name as a principal.
///
/// # Errors
/// Returns an error if the user already exists.
pub fn add_user(call: &mut Call<'_>, name: &str) -> ApiResult<()> {
    let request = CreateUserRequest { user_name: Some(name.to_owned()), ..Default::default() };
    request.run(call).map(drop)
}
