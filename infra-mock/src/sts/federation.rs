//! `GetFederationToken`: sessions for users whom the caller has authenticated outside AWS.

use std::collections::BTreeSet;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::sts::{FederatedUser, GetFederationTokenRequest};

use super::assume::{packed_size, session_policies, tags_by_key};
use super::session::{Origin, Session, after};
use super::{ROOT_DURATION, USER_DURATION};

/// Starts a session for a federated user. The session may do only what both the calling user's
/// policies and the session policies allow. A session without session policies has no permissions.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
impl Operation for GetFederationTokenRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let caller = call.caller;
        if Origin::of(caller).is_session || caller.arn.contains(":assumed-role/") {
            // https://github.com/fwdcloudsec/granted/issues/151
            let words = "Cannot call GetFederationToken with session credentials";
            return Err(ApiError::new("AccessDenied", words).with_status(403));
        }
        let name = self.name.unwrap_or_default();
        let account = &caller.location.account_id;
        let tags = tags_by_key(&self.tags)?;
        let policies =
            session_policies(call, Some(account), self.policy.as_deref(), &self.policy_arns)?;
        let packed = packed_size(self.policy.as_deref(), &self.policy_arns, &self.tags)?;
        let is_root = caller.arn.ends_with(":root");
        let default = if is_root { ROOT_DURATION } else { USER_DURATION };
        let duration = self.duration_seconds.unwrap_or(default);
        let duration = if is_root { duration.min(ROOT_DURATION) } else { duration };
        let partition = call.location().partition;
        let federated_user = FederatedUser {
            federated_user_id: format!("{account}:{name}"),
            arn: format!("arn:{partition}:sts::{account}:federated-user/{name}"),
        };
        let session = Session {
            account: account.clone(),
            arn: federated_user.arn.clone(),
            user_id: federated_user.federated_user_id.clone(),
            issued: call.now,
            expires: after(call.now, duration),
            role: None,
            identity: caller.permissions.identity_texts(),
            policies: Some(policies.unwrap_or_default()),
            tags,
            transitive: BTreeSet::new(),
            source_identity: None,
            provider: None,
            federating: Some(caller.user_id.clone()),
            mfa: false,
        };
        Ok(Self::Output {
            credentials: session.credentials(self.minimum_session_token_size),
            federated_user,
            // Unlike the other operations, this operation always returns the size:
            // https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/sts/test_sts.snapshot.json
            packed_policy_size: packed.or(Some(0)),
            session_token_utilization: None,
            session_token_size: None,
        })
    }
}
