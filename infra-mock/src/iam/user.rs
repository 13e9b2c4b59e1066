//! Users and instance profiles: as much of both as a role's life touches.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    GetUserRequest, GetUserResponse, InstanceProfile, ListInstanceProfilesForRoleRequest,
    ListInstanceProfilesForRoleResponse, Role, User,
};
use crate::time::Timestamp;

use super::check::{Checks, already_exists, no_such_entity, validation};
use super::page::page;
use super::role::shown;
use super::{InstanceProfileRecord, UserRecord, role, state};

/// When a user that nobody added here, because it makes the calls, was created: 2020-01-01.
const CALLERS_BIRTH: Timestamp = Timestamp::from_millis(1_577_836_800_000);

/// Shows a user; the caller where no name is given.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
impl Operation for GetUserRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        if self.user_name.is_some() {
            checks.name("userName", self.user_name.as_deref(), 128);
        }
        checks.finish()?;
        let caller = caller(call);
        let Some(name) = self.user_name else {
            // https://github.com/mhausenblas/rbIAM/issues/4
            let words = "Must specify userName when calling with non-User credentials";
            return caller.map(|user| GetUserResponse { user }).ok_or_else(|| validation(words));
        };
        let same = |user: &User| {
            user.user_name.as_ref().is_some_and(|its| its.eq_ignore_ascii_case(&name))
        };
        if let Some(user) = caller.filter(same) {
            return Ok(GetUserResponse { user });
        }
        let UserRecord { name, path, id, arn, created } =
            state(call).users.get(&name.to_lowercase()).cloned().ok_or_else(|| {
                no_such_entity(format!("The user with name {name} cannot be found."))
            })?;
        let user = User {
            path,
            user_name: Some(name),
            user_id: id,
            arn,
            create_date: created,
            ..User::default()
        };
        Ok(GetUserResponse { user })
    }
}

/// The caller, where it is a user or the root of the account.
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

/// Lists the instance profiles that hold a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html>
impl Operation for ListInstanceProfilesForRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        checks.paging(self.marker.as_deref(), self.max_items);
        checks.finish()?;
        let record = role(call, name)?;
        let full = shown(call, record);
        let held = Role {
            description: None,
            max_session_duration: None,
            max_signin_session_duration: None,
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
            ..full
        };
        let key = record.name.to_lowercase();
        let profiles = state(call).instance_profiles.iter();
        let profiles = profiles.filter(|(_, profile)| profile.role == key).map(|(key, profile)| {
            let InstanceProfileRecord { name, id, arn, created, role: _ } = profile.clone();
            let profile = InstanceProfile {
                path: "/".to_owned(),
                instance_profile_name: name,
                instance_profile_id: id,
                arn,
                create_date: created,
                roles: vec![held.clone()],
                tags: None,
            };
            (key.clone(), profile)
        });
        let page = page(Self::NAME, profiles, self.marker.as_deref(), self.max_items)?;
        Ok(ListInstanceProfilesForRoleResponse {
            instance_profiles: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Adds an instance profile that holds a role, as somebody else might have done.
///
/// # Errors
/// There is no such role, or there is an instance profile of that name.
pub fn add_instance_profile(call: &mut Call<'_>, name: &str, role_name: &str) -> ApiResult<()> {
    let role = role(call, role_name)?.name.to_lowercase();
    if state(call).instance_profiles.contains_key(&name.to_lowercase()) {
        return Err(already_exists(format!("Instance Profile {name} already exists.")));
    }
    let record = InstanceProfileRecord {
        name: name.to_owned(),
        id: call.world.ids.iam("AIPA"),
        arn: call.location().global_arn("iam", format!("instance-profile/{name}")).to_string(),
        created: call.now,
        role,
    };
    call.iam().instance_profiles.insert(name.to_lowercase(), record);
    Ok(())
}

/// Removes an instance profile; it need not be there.
pub fn remove_instance_profile(call: &mut Call<'_>, name: &str) {
    call.iam().instance_profiles.remove(&name.to_lowercase());
}

/// Adds a user, for policies to name.
///
/// # Errors
/// There is a user of that name.
pub fn add_user(call: &mut Call<'_>, name: &str) -> ApiResult<()> {
    if state(call).users.contains_key(&name.to_lowercase()) {
        return Err(already_exists(format!("User with name {name} already exists.")));
    }
    let record = UserRecord {
        name: name.to_owned(),
        path: "/".to_owned(),
        id: call.world.ids.iam("AIDA"),
        arn: call.location().global_arn("iam", format!("user/{name}")).to_string(),
        created: call.now,
    };
    call.iam().users.insert(name.to_lowercase(), record);
    Ok(())
}
