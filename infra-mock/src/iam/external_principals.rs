//! Roles that exist in another implementation of IAM, such as LocalStack's. The mock records only
//! the ARNs and unique IDs of these roles. The mock's other services need this data to accept the
//! roles as principals.

use infra_core::arn::Arn;
use infra_core::names::RoleName;

use crate::api::{Call, Caller, World};
use crate::time::Timestamp;

use super::role::DEFAULT_SESSION;
use super::{Departed, RoleRecord};

/// Returns the unique ID that was last recorded for a role in the caller's account.
pub(crate) fn kept_elsewhere(world: &World, caller: &Caller, name: &str) -> Option<String> {
    let state = world.iam_of(&caller.location.account_id)?;
    state.roles.get(&name.to_lowercase()).map(|role| role.id.clone())
}

/// Records the current ARN and unique ID of a role in the caller's account. If `found` is `None`,
/// the role does not exist.
///
/// A changed ID means that the role was deleted and created again. Policies that named the deleted
/// role then contain its ID instead of its ARN.
pub(crate) fn see_role(call: &mut Call<'_>, name: &RoleName, found: Option<(Arn, String)>) {
    let (key, now) = (name.as_str().to_lowercase(), call.now);
    let iam = call.iam();
    if let Some(before) = iam.roles.get(&key)
        && found.as_ref().is_none_or(|(_, id)| before.id != *id)
    {
        let RoleRecord { id, arn, created, .. } = before;
        let gone = Departed { arn: arn.clone(), created: *created, deleted: now };
        iam.departed.insert(id.clone(), gone);
        iam.roles.remove(&key);
    }
    if let Some((arn, id)) = found {
        let path =
            arn.resource.strip_prefix("role").and_then(|rest| rest.strip_suffix(name.as_str()));
        let record = RoleRecord {
            name: name.to_string(),
            path: path.unwrap_or("/").to_owned(),
            id,
            arn: arn.to_string(),
            // A creation time in the distant past means that the role has already propagated.
            created: Timestamp::default(),
            max_session: DEFAULT_SESSION,
            ..RoleRecord::default()
        };
        iam.roles.entry(key).or_insert(record);
    }
}
