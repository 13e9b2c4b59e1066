//! `GetAuthorizationToken`.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use infra_core::arn::{AccountId, Location};

use crate::api::{ApiResult, Call, Operation};
use crate::ecr::{AuthorizationData, GetAuthorizationTokenRequest, GetAuthorizationTokenResponse};

use super::{check, image};

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
        // The secret is fake, but it depends on the caller and the time.
        let secret = image::digest(&format!("{} {}", call.caller.arn, call.now.millis()));
        // Clients split the token at its colon, so the password must not contain one.
        let password = secret.trim_start_matches("sha256:");
        let authorization_token = BASE64_STANDARD.encode(format!("AWS:{password}"));
        let expires_at = call.now.after(Duration::from_hours(12));
        let authorization_data = registries.into_iter().map(|account_id| {
            let host = Location { account_id, ..own.clone() }.registry_host();
            AuthorizationData {
                authorization_token: authorization_token.clone(),
                expires_at,
                proxy_endpoint: format!("https://{host}"),
            }
        });
        Ok(GetAuthorizationTokenResponse { authorization_data: authorization_data.collect() })
    }
}
