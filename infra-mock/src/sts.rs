//! AWS Security Token Service: the caller's identity, and temporary credentials.

mod assume;
mod federation;
mod model;
mod session;
pub(crate) mod violations;
mod web_identity;

#[cfg(test)]
mod tests;

use crate::access::{Need, needs};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::iam::key_account;

pub use self::model::*;
pub(crate) use self::session::{BadSession, Session};

/// Returns the caller's identity. No permission is required.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
impl Operation for GetCallerIdentityRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let caller = call.caller;
        Ok(Self::Output {
            user_id: caller.user_id.clone(),
            account: caller.location.account_id.to_string(),
            arn: caller.arn.clone(),
        })
    }
}

/// The default lifetime, in seconds, of temporary credentials that an IAM user requests without
/// assuming a role.
const USER_DURATION: i32 = 43_200;

/// The default and maximum lifetime, in seconds, of temporary credentials that the root user
/// requests.
const ROOT_DURATION: i32 = 3600;

/// Starts a session for the calling user. MFA devices and codes are not checked: a request that
/// contains a serial number and a code counts as authenticated with MFA.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
impl Operation for GetSessionTokenRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let caller = call.caller;
        if session::Origin::of(caller).is_session || caller.arn.contains(":assumed-role/") {
            // https://github.com/aws/aws-sdk-php/issues/1876
            let words = "Cannot call GetSessionToken with session credentials";
            return Err(ApiError::new("AccessDenied", words).with_status(403));
        }
        let is_root = caller.arn.ends_with(":root");
        let default = if is_root { ROOT_DURATION } else { USER_DURATION };
        let duration = self.duration_seconds.unwrap_or(default);
        let duration = if is_root { duration.min(ROOT_DURATION) } else { duration };
        let session = Session {
            account: caller.location.account_id.clone(),
            arn: caller.arn.clone(),
            user_id: caller.user_id.clone(),
            issued: call.now,
            expires: session::after(call.now, duration),
            role: None,
            identity: caller.permissions.identity_texts(),
            policies: None,
            tags: std::collections::BTreeMap::new(),
            transitive: std::collections::BTreeSet::new(),
            source_identity: None,
            provider: None,
            federating: None,
            mfa: self.serial_number.is_some() && self.token_code.is_some(),
        };
        Ok(Self::Output {
            credentials: session.credentials(self.minimum_session_token_size),
            session_token_utilization: None,
            session_token_size: None,
        })
    }
}

/// Returns the account that an access key belongs to. A key that was not created with
/// `CreateAccessKey` counts as a key of the caller's account.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
impl Operation for GetAccessKeyInfoRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        assume::check_session(call, "sts:GetAccessKeyInfo", "*")?;
        let id = self.access_key_id.unwrap_or_default();
        let own = || call.location().account_id.clone();
        let account = key_account(call.world, &id).unwrap_or_else(own).to_string();
        Ok(Self::Output { account })
    }
}

// The operations that assume a role check permissions themselves, because the role's trust policy
// also matters:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// GetCallerIdentity and GetSessionToken need no permission and cannot be denied: "No permissions
// are required to perform this operation", in
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html and its
// counterpart for GetSessionToken.
needs! {
    AssumeRoleRequest => |_, _| Vec::new();
    AssumeRoleWithWebIdentityRequest => |_, _| Vec::new();
    GetAccessKeyInfoRequest => |_, _| vec![Need::new("sts:GetAccessKeyInfo", "*")];
    GetCallerIdentityRequest => |_, _| Vec::new();
    GetFederationTokenRequest => |request, call| {
        let name = request.name.as_deref().unwrap_or_default();
        let arn = call.location().global_arn("sts", format!("federated-user/{name}")).to_string();
        let tags = || request.tags.iter().filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref()?)));
        let need = |action: &str| Need::new(action, &arn).with_request_tags(tags());
        let tag = (!request.tags.is_empty()).then(|| need("sts:TagSession"));
        std::iter::once(need("sts:GetFederationToken")).chain(tag).collect()
    };
    GetSessionTokenRequest => |_, _| Vec::new();
}
