//! Determines who sent a request and which registry it is for.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use infra_core::arn::{AccountId, Location, Region};

use crate::ecr::token::{Token, USER};
use crate::mock::MockAws;
use crate::wire::Request;

use super::Response;
use super::error::Refusal;

/// The registry that a request is for, and the caller who sent the request.
pub(super) struct Registry {
    /// A handle that calls the mock as the owner of the token.
    pub(super) caller: MockAws,
    /// The account and region of the registry. The account can differ from the caller's.
    pub(super) location: Location,
}

impl Registry {
    /// Returns the registry, or the response that asks for credentials.
    pub(super) fn of(
        mock: &MockAws,
        request: &Request<'_>,
    ) -> Result<Result<Self, Response>, Refusal> {
        let host = request.header("host").and_then(of_host);
        let Some(token) = request.header("authorization").and_then(token) else {
            let location = match host {
                Some((account_id, region)) => mock.location(account_id, region),
                None => mock.caller().location.clone(),
            };
            return Ok(Err(challenge(&location)));
        };
        if mock.now() >= token.expires {
            // https://stackengine.dev/docker-ecr-push-no-auth-credentials-v2 shows the message and, as "denied", the code.
            return Err(Refusal::denied(
                "Your authorization token has expired. Reauthenticate and try again.",
            ));
        }
        let own = (token.account.clone(), token.region.clone());
        let (account_id, region) = host.unwrap_or(own);
        let location = mock.location(account_id, region);
        let home = Location { account_id: token.account.clone(), ..location.clone() };
        Ok(Ok(Self { caller: mock.with_token(&token, home), location }))
    }

    /// Returns the ID of the registry, which is its account ID.
    pub(super) fn id(&self) -> String {
        self.location.account_id.to_string()
    }
}

/// Returns the response to a request without valid credentials:
/// <https://github.com/NVIDIA/enroot/issues/59> and <https://github.com/google/go-containerregistry/issues/861>.
fn challenge(location: &Location) -> Response {
    let host = location.registry_host();
    let challenge = format!("Basic realm=\"https://{host}/\",service=\"ecr.amazonaws.com\"");
    Response::new(401)
        .with("www-authenticate", challenge)
        .with_body("text/plain; charset=utf-8", *b"Not Authorized\n")
}

/// Extracts the token from an `Authorization` header that uses HTTP Basic authentication.
fn token(header: &str) -> Option<Token> {
    let (scheme, credentials) = header.split_once(' ')?;
    let decoded = BASE64_STANDARD.decode(credentials.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    Token::of_password(password).filter(|_| is_basic && user == USER)
}

/// Extracts the account and region from a registry's host name. The formats are documented in
/// <https://docs.aws.amazon.com/general/latest/gr/ecr.html> and
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html>.
fn of_host(host: &str) -> Option<(AccountId, Region)> {
    let mut labels = host.split('.');
    let account = labels.next()?.parse().ok()?;
    match labels.next()? {
        "dkr" => labels.next().filter(|label| matches!(*label, "ecr" | "ecr-fips"))?,
        label @ ("dkr-ecr" | "dkr-ecr-fips") => label,
        _ => return None,
    };
    Some((account, labels.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::of_host;

    #[test]
    fn registry_hosts_name_account_and_region() {
        for host in [
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
            "111122223333.dkr.ecr-fips.eu-west-1.amazonaws.com:443",
            "111122223333.dkr-ecr.eu-west-1.on.aws",
        ] {
            let (account, region) = of_host(host).unwrap();
            assert_eq!((account.as_str(), region.as_str()), ("111122223333", "eu-west-1"));
        }
        for host in ["127.0.0.1:4566", "localhost", "api.ecr.eu-west-1.amazonaws.com", ""] {
            assert_eq!(of_host(host), None, "{host}");
        }
    }
}
