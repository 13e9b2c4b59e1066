//! Resolves the principals in policies. Creating or deleting a principal takes effect only after a
//! propagation delay.

use std::time::Duration;

use infra_core::policy::AwsPrincipal;

use crate::api::Call;
use crate::time::Timestamp;

use super::State;

/// The meaning of an entry under `"AWS"` in a policy's principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Everyone, written `*`.
    Everyone,
    /// A whole account.
    Account,
    /// A role or user that exists. The policy contains its ARN, its unique ID, or the ARN of one of
    /// the role's sessions.
    Entity {
        /// The principal's unique ID, `AROA...` or `AIDA...`, which AWS stores in place of the ARN.
        id: String,
    },
    /// A role or user in an account that has not been used in this mock. The mock cannot know
    /// whether the principal exists, so every service accepts it.
    OtherAccount,
    /// A principal that does not exist, was deleted, has not propagated yet, or is invalid.
    Unknown,
}

/// Resolves `text`, an entry under `"AWS"` in a policy's principal. The result is what services
/// other than IAM see at the time of the call.
///
/// Until the propagation lag has passed, a new role is still unknown, and a deleted role is still
/// known:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>.
pub fn resolve(call: &Call<'_>, text: &str) -> Principal {
    let (now, lag) = (call.now, call.world.lag.iam_propagation);
    let partition = call.location().partition.id();
    if text.starts_with("arn:") && text.split(':').nth(1) != Some(partition) {
        return Principal::Unknown;
    }
    let by_arn = |arn: &str, shown: &str| {
        let account = shown.split(':').nth(4).and_then(|account| account.parse().ok());
        let Some(account) = account.filter(|_| !has_wildcard(shown)) else {
            return Principal::Unknown;
        };
        if arn == call.caller.arn {
            return Principal::Entity { id: call.caller.user_id.clone() };
        }
        match call.iam_of(&account) {
            None if account == call.location().account_id => Principal::Unknown,
            None => Principal::OtherAccount,
            Some(state) => match state.principal_id(arn, now, lag) {
                Some(id) => Principal::Entity { id: id.to_owned() },
                None => Principal::Unknown,
            },
        }
    };
    match AwsPrincipal::classify(text) {
        AwsPrincipal::Any => Principal::Everyone,
        AwsPrincipal::Account(_) => Principal::Account,
        AwsPrincipal::Role(arn) | AwsPrincipal::User(arn) => by_arn(arn, text),
        AwsPrincipal::AssumedRole(arn) => {
            // arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION does not include the role's path.
            let account = arn.split(':').nth(4).and_then(|account| account.parse().ok());
            let name = arn.split('/').nth(1).unwrap_or_default();
            let Some(account) = account else { return Principal::Unknown };
            match call.iam_of(&account) {
                // The account has not been used in this mock, so nothing is known about the role.
                None => by_arn(arn, text),
                Some(state) => {
                    let role = state.roles.get(&name.to_lowercase());
                    role.map_or(Principal::Unknown, |role| by_arn(&role.arn, text))
                }
            }
        }
        AwsPrincipal::RoleId(id) | AwsPrincipal::UserId(id) => {
            let bare = id.split(':').next().unwrap_or(id);
            let here = call.iam_of(&call.location().account_id);
            match here.and_then(|state| state.principal_arn(bare, now, lag)) {
                Some(_) => Principal::Entity { id: bare.to_owned() },
                None => Principal::Unknown,
            }
        }
        AwsPrincipal::Other(_) => Principal::Unknown,
    }
}

/// Returns whether an ARN contains a wildcard. IAM does not allow wildcards in a principal's ARN:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
fn has_wildcard(arn: &str) -> bool {
    arn.contains(['*', '?'])
}

/// Returns whether a string has the form of a service principal: a name under `amazonaws.com`,
/// `aws.internal` or the partition's own domain. The first two are valid in every partition. AWS
/// accepts only the names of existing services, but the mock accepts every name of this form.
pub fn is_service(call: &Call<'_>, name: &str) -> bool {
    let host = name.strip_suffix(".amazonaws.com").or_else(|| name.strip_suffix(".aws.internal"));
    let own = || {
        let name = name.strip_suffix(call.location().partition.dns_suffix())?;
        name.strip_suffix('.')
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    host.or_else(own).is_some_and(|host| host.split('.').all(label))
}

/// Returns the text that a policy shows for a principal that was stored with the given ARN and
/// unique ID. While the principal exists, the policy shows its current ARN, which changes if a user
/// is renamed. After the principal is deleted, the policy shows its unique ID, even if a new
/// principal has the same ARN.
pub fn shown(call: &Call<'_>, arn: &str, id: &str) -> String {
    let (now, lag) = (call.now, call.world.lag.iam_propagation);
    let account = arn.split(':').nth(4).and_then(|account| account.parse().ok());
    let state = account.and_then(|account| call.iam_of(&account));
    let is_caller = call.caller.user_id == id;
    match state.and_then(|state| state.principal_arn(id, now, lag)) {
        // Only users can be renamed. For a role, keep the given ARN, because it may be the ARN of a
        // session.
        Some(now) if arn.contains(":user/") => now.to_owned(),
        Some(_) => arn.to_owned(),
        None if is_caller => arn.to_owned(),
        None => id.to_owned(),
    }
}

impl State {
    /// Returns the unique ID that services other than IAM associate with the given role or user ARN
    /// at `now`.
    pub fn principal_id(&self, arn: &str, now: Timestamp, lag: Duration) -> Option<&str> {
        let roles = self.roles.values().map(|role| (&role.arn, &role.id, role.created));
        let users = self.users.values().map(|user| (&user.arn, &user.id, user.created));
        let live = roles
            .chain(users)
            .find(|(its, _, created)| *its == arn && now.since(*created) >= lag)
            .map(|(_, id, _)| id.as_str());
        live.or_else(|| {
            self.departed
                .iter()
                .filter(|(_, gone)| gone.arn == arn && gone.is_still_known(now, lag))
                .max_by_key(|(_, gone)| gone.deleted)
                .map(|(id, _)| id.as_str())
        })
    }

    /// Returns the role or user ARN that services other than IAM associate with the given unique ID
    /// at `now`.
    pub fn principal_arn(&self, id: &str, now: Timestamp, lag: Duration) -> Option<&str> {
        let roles = self.roles.values().map(|role| (&role.id, &role.arn));
        let users = self.users.values().map(|user| (&user.id, &user.arn));
        let live = roles.chain(users).find(|(its, _)| *its == id).map(|(_, arn)| arn.as_str());
        live.or_else(|| {
            let gone = self.departed.get(id)?;
            gone.is_still_known(now, lag).then_some(gone.arn.as_str())
        })
    }

    /// Returns the ARN of the role or user that has or had the given unique ID.
    pub fn remembered_arn(&self, id: &str) -> Option<&str> {
        let live = self.principal_arn(id, Timestamp::default(), Duration::ZERO);
        live.or_else(|| self.departed.get(id).map(|gone| gone.arn.as_str()))
    }
}
