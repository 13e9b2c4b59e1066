//! `GetAuthorizationToken`.

use std::time::Duration;

use infra_core::arn::{AccountId, Location};
use serde::{Deserialize, Serialize};

use crate::api::{ApiResult, Call, Operation, Service};

use super::model::AuthorizationData;
use super::{check, image};

/// Gives what logs `docker` in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GetAuthorizationTokenRequest {
    /// The accounts whose registries to log in to; the caller's where missing. AWS advises against it,
    /// since one token is good for all of them.
    pub registry_ids: Option<Vec<String>>,
}

/// One token for each registry.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetAuthorizationTokenResponse {
    /// The tokens.
    pub authorization_data: Vec<AuthorizationData>,
}

impl Operation for GetAuthorizationTokenRequest {
    const SERVICE: Service = Service::Ecr;
    const NAME: &'static str = "GetAuthorizationToken";
    const CHANGES: bool = false;
    type Output = GetAuthorizationTokenResponse;

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
        // No real secret, but one that differs from caller to caller and from time to time.
        let secret = image::digest(&format!("{} {}", call.caller.arn, call.now.millis()));
        // Clients split the token at its colon: the password must have none.
        let password = secret.trim_start_matches("sha256:");
        let authorization_token = base64(format!("AWS:{password}").as_bytes());
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

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |place: usize| group.get(place).copied().map_or(0, usize::from);
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * place) & 63];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base_64_is_that_of_the_rfc() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, text) in cases {
            assert_eq!(base64(plain.as_bytes()), text);
        }
    }
}
