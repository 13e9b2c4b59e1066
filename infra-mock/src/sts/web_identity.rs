//! `AssumeRoleWithWebIdentity`: role sessions for users whom an identity provider has
//! authenticated.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use infra_core::policy::{PolicyDocument, PrincipalElement, PrincipalKind};
use serde_json::{Map, Value};

use crate::access::{Context, Trust, trust};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::sts::AssumeRoleWithWebIdentityRequest;

use super::assume::{account_of, assumed, check_duration, packed_size, session_policies};
use super::session::{Session, after};

/// Returns the access denied error, as in <https://github.com/aws/aws-sdk-net/issues/1522>.
fn denied() -> ApiError {
    ApiError::new("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        .with_status(403)
}

fn invalid_token(words: impl Into<String>) -> ApiError {
    ApiError::new("InvalidIdentityToken", words)
}

/// Starts a role session for the subject of a JSON Web Token. The token's issuer must be an OIDC
/// provider that exists in IAM. The mock does not check the token's signature.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
impl Operation for AssumeRoleWithWebIdentityRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.role_arn.as_deref().unwrap_or_default();
        let name = self.role_session_name.as_deref().unwrap_or_default();
        let account = account_of(arn)?.ok_or_else(denied)?;
        if let Some(provider) = &self.provider_id {
            // The `ProviderId` member is for OAuth 2.0 providers. The error message is the mock's
            // own, not AWS's.
            let words = format!("infra-mock does not call the identity provider {provider}");
            return Err(ApiError::new("IDPCommunicationError", words));
        }
        let claims = claims(self.web_identity_token.as_deref().unwrap_or_default())?;
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str).unwrap_or_default();
        let issuer = text("iss");
        let host = issuer.strip_prefix("https://").unwrap_or(issuer).trim_end_matches('/');
        let partition = call.location().partition;
        let provider = format!("arn:{partition}:iam::{account}:oidc-provider/{host}");
        let iam = call.iam_of(&account);
        let clients = iam.and_then(|iam| iam.oidc_clients(&provider));
        // https://github.com/aws-actions/configure-aws-credentials/issues/280
        let no_provider = || {
            invalid_token(format!("No OpenIDConnect provider found in your account for {issuer}"))
        };
        let clients = clients.ok_or_else(no_provider)?;
        let audience = audience(&claims, clients)?;
        check_expiration(&claims, call)?;
        let role = iam.and_then(|iam| iam.assumable_role(arn)).ok_or_else(denied)?;
        let mut context = Context::default();
        for (claim, value) in &claims {
            let values = match value {
                Value::Array(items) => {
                    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
                }
                Value::String(text) => vec![text.clone()],
                other => vec![other.to_string()],
            };
            context.set(&format!("{host}:{claim}"), values);
        }
        context.set(&format!("{host}:aud"), [audience.clone()]);
        context.set("aws:FederatedProvider", [provider.clone()]);
        context.set("sts:RoleSessionName", [name.to_owned()]);
        let names = |element: &PrincipalElement| {
            let mut federated = element.principals().of(PrincipalKind::Federated);
            federated.any(|text| text == provider).then_some(Trust::Caller)
        };
        let policy = PolicyDocument::parse(&role.trust).map_err(|_| denied())?;
        let action = "sts:AssumeRoleWithWebIdentity";
        if trust(&policy, action, &context, names) != Trust::Caller {
            return Err(denied());
        }
        let session_policies =
            session_policies(call, Some(&account), self.policy.as_deref(), &self.policy_arns)?;
        let packed = packed_size(self.policy.as_deref(), &self.policy_arns, &[])?;
        let duration = self.duration_seconds.unwrap_or(3600);
        check_duration(duration, role.max_session)?;
        let user = assumed(partition, &account, &role, name);
        let session = Session {
            account,
            arn: user.arn.clone(),
            user_id: user.assumed_role_id.clone(),
            issued: call.now,
            expires: after(call.now, duration),
            role: Some(role.arn),
            identity: None,
            policies: session_policies,
            tags: role.tags.into_iter().collect(),
            transitive: std::collections::BTreeSet::new(),
            source_identity: None,
            provider: Some(provider.clone()),
            federating: None,
            mfa: false,
        };
        Ok(Self::Output {
            credentials: session.credentials(self.minimum_session_token_size),
            subject_from_web_identity_token: text("sub").to_owned(),
            assumed_role_user: user,
            packed_policy_size: packed,
            provider,
            audience,
            source_identity: None,
            session_token_utilization: None,
            session_token_size: None,
            trusted_identity_propagation_context: None,
        })
    }
}

/// Returns the claims of a token. AWS's message for an invalid token is not publicly documented.
fn claims(token: &str) -> ApiResult<Map<String, Value>> {
    let payload = token.split('.').nth(1).filter(|_| token.split('.').count() == 3);
    let decoded = payload.and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    match decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        Some(Value::Object(claims)) => Ok(claims),
        _ => Err(invalid_token("The ID Token provided is not a valid JWT.")),
    }
}

/// Returns the first of the token's audiences that is also a client ID of the provider.
fn audience(claims: &Map<String, Value>, clients: &[String]) -> ApiResult<String> {
    let mut audiences = match claims.get("aud") {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text.as_str()],
        _ => Vec::new(),
    };
    audiences.retain(|audience| clients.iter().any(|client| client == audience));
    // https://github.com/awslabs/amazon-eks-irsa-cfn/pull/18
    let first = audiences.first().ok_or_else(|| invalid_token("Incorrect token audience"))?;
    Ok((*first).to_owned())
}

/// Checks that a token has not expired: <https://github.com/aws/aws-sdk-java-v2/issues/5709>.
fn check_expiration(claims: &Map<String, Value>, call: &Call<'_>) -> ApiResult<()> {
    let now = call.now.millis() / 1000;
    let Some(expiration) = claims.get("exp").and_then(Value::as_u64) else { return Ok(()) };
    if now < expiration {
        return Ok(());
    }
    let words = format!(
        "Token expired: current date/time {now} must be before the expiration date/time {expiration}"
    );
    Err(ApiError::new("ExpiredTokenException", words))
}
