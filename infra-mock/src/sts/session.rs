//! Temporary credentials. The mock does not store sessions: all the data of a session is encoded in
//! the session's token.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use infra_core::arn::{AccountId, Location};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::{Context, Permissions, PolicyTexts};
use crate::api::{Caller, World};
use crate::sts::Credentials;
use crate::time::Timestamp;

/// The prefix of the mock's session tokens. The mock ignores session tokens without this prefix.
const PREFIX: &str = "infra-mock.";

/// The condition key that lists the keys of a session's transitive tags. If the session assumes a
/// role, the new session inherits these tags. This condition key exists only in the mock.
const TRANSITIVE: &str = "infra-mock:TransitiveTagKeys";

/// The condition key that is set only for requests signed with temporary credentials.
const ISSUED: &str = "aws:TokenIssueTime";

/// A session of a role or a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(super) account: AccountId,
    pub(super) arn: String,
    pub(super) user_id: String,
    pub(super) issued: Timestamp,
    pub(super) expires: Timestamp,
    /// The ARN of the role, or `None` for a user's session.
    pub(super) role: Option<String>,
    /// The identity-based policies of the user who started the session, or `None` if the user's
    /// permissions are not restricted. The policies are used only if the user does not exist in
    /// the mock's IAM.
    pub(super) identity: Option<Vec<String>>,
    pub(super) policies: Option<Vec<String>>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) transitive: BTreeSet<String>,
    pub(super) source_identity: Option<String>,
    /// For a session from `AssumeRoleWithWebIdentity`, the ARN of the identity provider.
    pub(super) provider: Option<String>,
    /// For a federated user's session, the unique ID of the IAM user who started the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) federating: Option<String>,
    pub(super) mfa: bool,
}

/// The reason why the mock rejects a request that contains one of its session tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadSession {
    Expired,
    Invalid,
}

impl Session {
    /// Returns the session that a token encodes, or `None` if the mock did not issue the token.
    pub(crate) fn of_token(token: &str) -> Option<Self> {
        let text = token.strip_prefix(PREFIX)?.split('.').next()?;
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    /// Returns the credentials of the session. They are computed from the session, so issuing them
    /// changes no state.
    pub(super) fn credentials(&self, minimum_size: Option<i32>) -> Credentials {
        let text = serde_json::to_string(self).unwrap_or_default();
        let mut session_token = format!("{PREFIX}{}.", BASE64_URL_SAFE_NO_PAD.encode(&text));
        let minimum = usize::try_from(minimum_size.unwrap_or_default()).unwrap_or_default();
        while session_token.len() < minimum {
            session_token.push('0');
        }
        let secret = Sha256::digest(format!("secret {text}"));
        Credentials {
            access_key_id: key_id(&text),
            secret_access_key: BASE64_URL_SAFE_NO_PAD.encode(&secret[..30]),
            session_token,
            expiration: self.expires,
        }
    }

    /// Checks that the session belongs to the access key of a request, and has not expired at the
    /// time `now`.
    pub(crate) fn check(&self, access_key: &str, now: Timestamp) -> Result<(), BadSession> {
        let text = serde_json::to_string(self).unwrap_or_default();
        if key_id(&text) != access_key {
            return Err(BadSession::Invalid);
        }
        if now >= self.expires { Err(BadSession::Expired) } else { Ok(()) }
    }

    /// Returns whether AWS rejects all IAM calls from this session. This applies to sessions
    /// from `GetSessionToken` without MFA
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>) and from
    /// `GetFederationToken`
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>). The
    /// error is the same as for an invalid token:
    /// <https://github.com/cloudyr/aws.iam/issues/15>.
    pub(crate) fn is_barred_from_iam(&self) -> bool {
        self.role.is_none() && !self.mfa
    }

    /// Returns the caller for requests that are sent with this session to the region of `location`.
    /// The caller's permissions come from the policies that the session's role or user has now, and
    /// from the session policies.
    pub(crate) fn caller(&self, world: &World, location: &Location) -> Caller {
        let iam = world.iam_of(&self.account);
        let id = self.user_id.split(':').next().unwrap_or_default();
        let nothing = PolicyTexts { identity: Some(Vec::new()), ..PolicyTexts::default() };
        let mut texts = match &self.role {
            Some(_) => iam.and_then(|iam| iam.role_policies(id)).unwrap_or(nothing),
            None => iam
                .and_then(|iam| iam.user_policies(self.federating.as_deref().unwrap_or(id)))
                .unwrap_or_else(|| PolicyTexts {
                    identity: self.identity.clone(),
                    ..PolicyTexts::default()
                }),
        };
        texts.session.clone_from(&self.policies);
        Caller {
            location: Location { account_id: self.account.clone(), ..location.clone() },
            arn: self.arn.clone(),
            user_id: self.user_id.clone(),
            permissions: Permissions::of_principal(&texts, self.context()),
        }
    }

    /// Returns the condition keys that describe the session and its principal:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.
    fn context(&self) -> Context {
        let mut context = Context::default();
        context.set("aws:PrincipalArn", self.role.clone());
        context.set(ISSUED, [self.issued.to_string()]);
        context.set("aws:MultiFactorAuthPresent", [self.mfa.to_string()]);
        context.set("aws:SourceIdentity", self.source_identity.clone());
        context.set("aws:FederatedProvider", self.provider.clone());
        for (key, value) in &self.tags {
            context.set(&format!("aws:PrincipalTag/{key}"), [value.clone()]);
        }
        context.set(TRANSITIVE, self.transitive.iter().cloned());
        context
    }
}

/// Returns the ID of a session's access key: `ASIA` followed by 16 base-32 characters.
fn key_id(text: &str) -> String {
    const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(text);
    let tail = digest.iter().take(16).map(|byte| char::from(BASE_32[usize::from(byte % 32)]));
    "ASIA".chars().chain(tail).collect()
}

/// Information about the caller's session, if there is one. The information is read from the
/// caller's condition keys.
pub(super) struct Origin {
    pub(super) is_session: bool,
    pub(super) source_identity: Option<String>,
    pub(super) transitive: BTreeMap<String, String>,
}

impl Origin {
    pub(super) fn of(caller: &Caller) -> Self {
        let context = caller.permissions.context(&Context::default(), caller);
        let one = |key: &str| context.get(key).and_then(|values| values.first().cloned());
        let keys = context.get(TRANSITIVE).unwrap_or_default();
        let value = |key: &String| {
            let value = one(&format!("aws:PrincipalTag/{key}"))?;
            Some((key.clone(), value))
        };
        Self {
            is_session: one(ISSUED).is_some(),
            source_identity: one("aws:SourceIdentity"),
            transitive: keys.iter().filter_map(value).collect(),
        }
    }
}

/// Returns the expiration time of credentials that are issued at `now` with the given lifetime.
pub(super) fn after(now: Timestamp, seconds: i32) -> Timestamp {
    now.after(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}
