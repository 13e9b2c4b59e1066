//! Roles that are kept by another IAM than the mock's, of which the mock only has to know that they are there: its
//! other services then take them for principals.

use std::collections::BTreeMap;

use infra_core::arn::Arn;
use infra_core::names::RoleName;

use crate::api::{Call, Caller, World};
use crate::time::Timestamp;

use super::role::DEFAULT_SESSION;
use super::{Departed, RoleRecord};

/// The unique id of a role of the caller's account as it was last seen.
pub(crate) fn kept_elsewhere(world: &World, caller: &Caller, name: &str) -> Option<String> {
    let state = world.iam_of(&caller.location.account_id)?;
    state.roles.get(&name.to_lowercase()).map(|role| role.id.clone())
}

/// Says what has become of a role of the caller's account: its ARN and unique id now, or nothing where it is gone.
///
/// A role of another id has come after the one that was there, whose id is then shown in policies.
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
            // Long ago: whoever keeps it has let it come about.
            created: Timestamp::default(),
            trust: String::new(),
            trusted: BTreeMap::new(),
            description: None,
            max_session: DEFAULT_SESSION,
            max_signin_session: None,
            boundary: None,
            tags: BTreeMap::new(),
            attached: BTreeMap::new(),
            inline: BTreeMap::new(),
            service_linked: false,
        };
        iam.roles.entry(key).or_insert(record);
    }
}
