//! `GetAuthorizationToken`, and the token that it returns.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use infra_core::arn::{AccountId, Location, Region};
use serde::{Deserialize, Serialize};

use crate::access::{Context, Permissions, PolicyTexts};
use crate::api::{ApiResult, Call, Caller, Operation, World};
use crate::ecr::{AuthorizationData, GetAuthorizationTokenRequest};
use crate::time::Timestamp;

use super::check;

/// The user name of every token: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html>.
pub(crate) const USER: &str = "AWS";

/// A token for the registry protocol. The mock does not store tokens, because each token contains
/// everything needed to reconstruct the caller. A request with a token has the current permissions
/// of the principal that requested the token:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) expires: Timestamp,
    /// The session policies of the caller, if there are any.
    session: Option<Vec<String>>,
    /// The condition keys that come with the caller's credentials.
    context: Context,
}

impl Token {
    fn of(caller: &Caller, expires: Timestamp) -> Self {
        let (session, context) = caller.permissions.of_session();
        let Location { partition: _, account_id, region } = caller.location.clone();
        let (arn, user_id) = (caller.arn.clone(), caller.user_id.clone());
        Self { account: account_id, region, arn, user_id, expires, session, context }
    }

    /// Encodes the token as the password of the user [`AWS`](USER). The encoding contains no colon,
    /// because a colon separates the user name from the password.
    pub(crate) fn password(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_string(self).unwrap_or_default())
    }

    /// Decodes a token from a password. Returns `None` if the password is not an encoded token.
    pub(crate) fn of_password(password: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(password).ok()?).ok()
    }

    /// Returns the name of the IAM user that requested the token, or `None` for other principals.
    pub(crate) fn user_name(&self) -> Option<&str> {
        let (_, path) = self.arn.split_once(":user/")?;
        path.rsplit('/').next()
    }

    /// Returns the caller that requested the token, with the policies that its role or user now has
    /// in the mock's IAM. A role or user that no longer exists has no permissions.
    pub(crate) fn principal(&self, world: &World, location: Location) -> Caller {
        let iam = world.iam_of(&self.account);
        let id = self.user_id.split(':').next().unwrap_or_default();
        let texts = iam.and_then(|iam| iam.role_policies(id).or_else(|| iam.user_policies(id)));
        let nothing = || PolicyTexts { identity: Some(Vec::new()), ..PolicyTexts::default() };
        let texts = PolicyTexts { session: self.session.clone(), ..texts.unwrap_or_else(nothing) };
        Caller {
            location,
            arn: self.arn.clone(),
            user_id: self.user_id.clone(),
            permissions: Permissions::of_principal(&texts, self.context.clone()),
        }
    }
}

/// Returns a token for `docker login`.
impl Operation for GetAuthorizationTokenRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let own = &call.caller.location;
        let registries = match self.registry_ids {
            None => vec![own.account_id.clone()],
            Some(ids) => {
                check::length("registryIds", ids.len(), 1, 10)?;
                let parsed: Option<Vec<AccountId>> = ids.iter().map(|id| id.parse().ok()).collect();
                // https://github.com/aws-actions/amazon-ecr-login/issues/225
                parsed.ok_or_else(|| {
                    let rule = "Member must satisfy constraint: [Member must satisfy regular \
                                expression pattern: [0-9]{12}]";
                    check::invalid("registryIds", rule)
                })?
            }
        };
        let expires_at = call.now.after(Duration::from_hours(12));
        let password = Token::of(call.caller, expires_at).password();
        let authorization_token = BASE64_STANDARD.encode(format!("{USER}:{password}"));
        let authorization_data = registries.into_iter().map(|account_id| {
            let host = Location { account_id, ..own.clone() }.registry_host();
            AuthorizationData {
                authorization_token: authorization_token.clone(),
                expires_at,
                proxy_endpoint: format!("https://{host}"),
            }
        });
        Ok(Self::Output { authorization_data: authorization_data.collect() })
    }
}
