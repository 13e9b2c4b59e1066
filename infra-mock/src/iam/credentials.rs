//! Looks up IAM data that is needed to authenticate requests and to run STS operations: the owners
//! of access keys, the policies of users and roles, and the client IDs of OIDC providers.

use infra_core::arn::{AccountId, Location};

use crate::access::{Context, Permissions, PolicyTexts};
use crate::api::{Caller, World};

use super::holder::{document, documents};
use super::{RoleRecord, State, UserRecord};

/// The result of looking up the access key that signed a request.
#[derive(Debug)]
pub(crate) enum KeyHolder {
    /// The key is active, and its user is the caller.
    User(Caller),
    /// The key is inactive, or its user does not exist.
    Invalid,
}

/// Looks up an access key that `CreateAccessKey` returned. If the key is valid, returns its user as
/// a caller in the region of `location`.
pub(crate) fn key_holder(world: &World, id: &str, location: &Location) -> Option<KeyHolder> {
    let (account_id, state, key) = world
        .iam_states()
        .find_map(|(account_id, state)| Some((account_id, state, state.access_keys.get(id)?)))?;
    let user = state.users.get(&key.user).filter(|_| key.status == super::access_key::ACTIVE);
    let Some(user) = user else { return Some(KeyHolder::Invalid) };
    let location = Location { account_id: account_id.clone(), ..location.clone() };
    Some(KeyHolder::User(Caller {
        arn: user.arn.clone(),
        user_id: user.id.clone(),
        permissions: Permissions::of_principal(&user_policies(state, user), user_context(user)),
        location,
    }))
}

/// Returns the account that an access key belongs to, or `None` if no account has the key.
pub(crate) fn key_account(world: &World, id: &str) -> Option<AccountId> {
    let mut states = world.iam_states();
    states.find(|(_, state)| state.access_keys.contains_key(id)).map(|(account, _)| account.clone())
}

/// Returns the policies of a user and of the groups that the user is in.
fn user_policies(state: &State, user: &UserRecord) -> PolicyTexts {
    let mut identity = documents(state, &user.attached, &user.inline);
    let key = user.name.to_lowercase();
    for group in state.groups.values().filter(|group| group.members.contains(&key)) {
        identity.extend(documents(state, &group.attached, &group.inline));
    }
    let boundary = bounds(state, user.boundary.as_deref());
    PolicyTexts { identity: Some(identity), boundary, session: None }
}

fn bounds(state: &State, boundary: Option<&str>) -> Option<Vec<String>> {
    Some(document(state, boundary?).into_iter().collect())
}

/// Returns the condition keys for a user's tags:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltag>.
fn user_context(user: &UserRecord) -> Context {
    let mut context = Context::default();
    for tag in user.tags.values() {
        let (Some(key), Some(value)) = (&tag.key, &tag.value) else { continue };
        context.set(&format!("aws:PrincipalTag/{key}"), [value.clone()]);
    }
    context
}

/// The role properties that STS needs.
#[derive(Clone, Debug)]
pub(crate) struct AssumableRole {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) max_session: i32,
    pub(crate) trust: String,
    /// Maps the ARN of each user and role in the trust policy to its unique ID.
    pub(crate) trusted: std::collections::BTreeMap<String, String>,
    /// The role's tags.
    pub(crate) tags: Vec<(String, String)>,
}

impl State {
    /// Returns the role with the given ARN.
    pub(crate) fn assumable_role(&self, arn: &str) -> Option<AssumableRole> {
        let role = self.roles.values().find(|role| role.arn == arn)?;
        let RoleRecord { name, id, arn, max_session, trust, trusted, tags, .. } = role.clone();
        let tags = tags.into_values().filter_map(|tag| Some((tag.key?, tag.value?))).collect();
        Some(AssumableRole { name, id, arn, max_session, trust, trusted, tags })
    }

    /// Returns the ARN and unique ID of the role with the given name.
    pub(crate) fn role_by_name(&self, name: &str) -> Option<(&str, &str)> {
        self.roles.get(&name.to_lowercase()).map(|role| (role.arn.as_str(), role.id.as_str()))
    }

    /// Returns the policies of the role with the given unique ID, or `None` if the role does not
    /// exist.
    pub(crate) fn role_policies(&self, id: &str) -> Option<PolicyTexts> {
        let role = self.roles.values().find(|role| role.id == id)?;
        let identity = Some(documents(self, &role.attached, &role.inline));
        let boundary = bounds(self, role.boundary.as_deref());
        Some(PolicyTexts { identity, boundary, session: None })
    }

    /// Returns the policies of the user with the given unique ID, including the policies of the
    /// user's groups.
    pub(crate) fn user_policies(&self, id: &str) -> Option<PolicyTexts> {
        let user = self.users.values().find(|user| user.id == id)?;
        Some(user_policies(self, user))
    }

    /// Returns the document of a customer managed or AWS managed policy.
    pub(crate) fn managed_document(&self, arn: &str) -> Option<String> {
        document(self, arn)
    }

    /// Returns the client IDs of the OIDC provider with the given ARN.
    pub(crate) fn oidc_clients(&self, arn: &str) -> Option<&[String]> {
        self.oidc_providers.get(arn).map(|provider| provider.clients.as_slice())
    }
}
