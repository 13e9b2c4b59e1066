//! `AssumeRole`: checks who may assume a role, and determines the permissions of the session.
//!
//! Recorded AWS responses: `tests/aws/services/sts/test_sts.snapshot.json` in
//! <https://github.com/localstack/localstack/tree/f87be267779418a193b0272603afc7c8dc69ccb2>.

use std::collections::{BTreeMap, BTreeSet};

use infra_core::arn::{AccountId, Partition};
use infra_core::policy::{
    AwsPrincipal, PolicyDocument, PrincipalElement, PrincipalKind, PrincipalSet,
};

use crate::access::{Context, Need, Trust, Verdict, trust};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::iam::{self, AssumableRole, check_identity_policy, policy_size};
use crate::sts::{AssumeRoleRequest, AssumedRoleUser, PolicyDescriptorType, Tag};

use super::session::{Origin, Session, after};

/// The maximum duration, in seconds, of a role session that is started with the credentials of
/// another role session (role chaining).
const MAX_CHAINED: i32 = 3600;

const DEFAULT_DURATION: i32 = 3600;

/// The maximum total length of session policies and tags, in characters:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>.
const PACKED: usize = 2048;

/// Returns an access denied error. AWS's message does not state why access was denied:
/// <https://github.com/amzn/selling-partner-api-models/issues/2523>.
fn denied(call: &Call<'_>, action: &str, role: &str) -> ApiError {
    let caller = &call.caller.arn;
    let words =
        format!("User: {caller} is not authorized to perform: {action} on resource: {role}");
    ApiError::new("AccessDenied", words).with_status(403)
}

/// Checks that the caller's session can call an STS operation. A federated user can call only
/// `GetCallerIdentity`, and a session from `GetSessionToken` can also call `AssumeRole`:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>,
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>.
///
/// No source for AWS's message was found, so the mock uses the message for a missing permission.
pub(super) fn check_session(call: &Call<'_>, action: &str, resource: &str) -> ApiResult<()> {
    let arn = &call.caller.arn;
    let is_of_user = Origin::of(call.caller).is_session && !arn.contains(":assumed-role/");
    if is_of_user && (action != "sts:AssumeRole" || arn.contains(":federated-user/")) {
        return Err(denied(call, action, resource));
    }
    Ok(())
}

pub(super) fn validation(words: impl Into<String>) -> ApiError {
    ApiError::new("ValidationError", words)
}

fn invalid_value(words: &str) -> ApiError {
    ApiError::new("InvalidParameterValue", words)
}

/// Returns the account in a role's ARN, or `None` if the ARN contains no valid account ID.
pub(super) fn account_of(arn: &str) -> ApiResult<Option<AccountId>> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let is_arn = matches!(
        fields[..],
        ["arn", partition, service, _, _, resource]
            if !partition.is_empty() && !service.is_empty() && !resource.is_empty()
    );
    if !is_arn {
        return Err(validation(format!("{arn} is invalid")));
    }
    Ok(fields[4].parse().ok())
}

/// Starts a session for a role.
///
/// MFA devices and codes are not checked: a request that contains a serial number and a code counts
/// as authenticated with MFA.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
impl Operation for AssumeRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.role_arn.as_deref().unwrap_or_default();
        let name = self.role_session_name.as_deref().unwrap_or_default();
        let account = account_of(arn)?;
        check_session(call, "sts:AssumeRole", arn)?;
        let origin = Origin::of(call.caller);
        let (tags, transitive) = session_tags(&self, &origin)?;
        if !self.provided_contexts.is_empty() {
            // Context assertions come from IAM Identity Center, which the mock does not implement.
            // The error code comes from the service model.
            return Err(ApiError::new(
                "InvalidContextAssertion",
                "infra-mock does not implement context assertions",
            ));
        }
        let session_policies =
            session_policies(call, account.as_ref(), self.policy.as_deref(), &self.policy_arns)?;
        let packed = packed_size(self.policy.as_deref(), &self.policy_arns, &self.tags)?;
        let no_access = || denied(call, "sts:AssumeRole", arn);
        let account = account.ok_or_else(no_access)?;
        let role = call.iam_of(&account).and_then(|iam| iam.assumable_role(arn));
        let role = role.ok_or_else(no_access)?;

        let mfa = self.serial_number.is_some() && self.token_code.is_some();
        let source_identity = self.source_identity.clone().or(origin.source_identity);
        let context = context(&self, &tags, &transitive, mfa);
        let mut actions = vec!["sts:AssumeRole"];
        actions.extend((!self.tags.is_empty()).then_some("sts:TagSession"));
        actions.extend(self.source_identity.is_some().then_some("sts:SetSourceIdentity"));
        for action in actions {
            if !may(call, &role, &account, action, &context) {
                return Err(denied(call, action, arn));
            }
        }
        let duration = self.duration_seconds.unwrap_or(DEFAULT_DURATION);
        check_duration(duration, role.max_session)?;
        if call.caller.arn.contains(":assumed-role/") && duration > MAX_CHAINED {
            // https://github.com/coinbase/assume-role/issues/24
            return Err(validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role \
                 chaining.",
            ));
        }
        let user = assumed(call.location().partition, &account, &role, name);
        let mut all_tags: BTreeMap<String, String> = role.tags.iter().cloned().collect();
        all_tags.extend(tags);
        let session = Session {
            account,
            arn: user.arn.clone(),
            user_id: user.assumed_role_id.clone(),
            issued: call.now,
            expires: after(call.now, duration),
            role: Some(role.arn),
            identity: None,
            policies: session_policies,
            tags: all_tags,
            transitive,
            source_identity: source_identity.clone(),
            provider: None,
            federating: None,
            mfa,
        };
        Ok(Self::Output {
            credentials: session.credentials(self.minimum_session_token_size),
            assumed_role_user: user,
            packed_policy_size: packed,
            source_identity,
            session_token_utilization: None,
            session_token_size: None,
        })
    }
}

/// Checks that a session lasts no longer than its role allows: <https://github.com/kreuzwerker/awsu/issues/27>.
pub(super) fn check_duration(duration: i32, max: i32) -> ApiResult<()> {
    if duration > max {
        return Err(validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(())
}

/// Returns the ARN and unique ID of a role session.
pub(super) fn assumed(
    partition: Partition,
    account: &AccountId,
    role: &AssumableRole,
    session: &str,
) -> AssumedRoleUser {
    let AssumableRole { name, id, .. } = role;
    AssumedRoleUser {
        assumed_role_id: format!("{id}:{session}"),
        arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
    }
}

/// Returns a request's tags as a map from key to value.
pub(super) fn tags_by_key(tags: &[Tag]) -> ApiResult<BTreeMap<String, String>> {
    let mut by_key = BTreeMap::new();
    let mut folded = BTreeSet::new();
    for Tag { key, value } in tags {
        let key = key.clone().unwrap_or_default();
        if !folded.insert(key.to_lowercase()) {
            return Err(invalid_value(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        by_key.insert(key, value.clone().unwrap_or_default());
    }
    Ok(by_key)
}

/// Returns the new session's tags, and the keys of the tags that are transitive. The new session
/// gets the tags in the request and the calling session's transitive tags.
fn session_tags(
    request: &AssumeRoleRequest,
    origin: &Origin,
) -> ApiResult<(BTreeMap<String, String>, BTreeSet<String>)> {
    let mut tags = tags_by_key(&request.tags)?;
    let folded: BTreeSet<String> = tags.keys().map(|key| key.to_lowercase()).collect();
    let is_known = |key: &String| folded.contains(&key.to_lowercase());
    if !request.transitive_tag_keys.iter().all(is_known) {
        return Err(invalid_value(
            "The specified transitive tag key must be included in the requested tags.",
        ));
    }
    if origin.transitive.keys().any(is_known) {
        return Err(invalid_value(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
             from the calling session.",
        ));
    }
    let mut transitive: BTreeSet<String> = request.transitive_tag_keys.iter().cloned().collect();
    transitive.extend(origin.transitive.keys().cloned());
    tags.extend(origin.transitive.clone());
    Ok((tags, transitive))
}

/// Returns the session policies of a request, if it has any.
pub(super) fn session_policies(
    call: &Call<'_>,
    account: Option<&AccountId>,
    policy: Option<&str>,
    arns: &[PolicyDescriptorType],
) -> ApiResult<Option<Vec<String>>> {
    if policy.is_none() && arns.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    if let Some(policy) = policy {
        check_identity_policy(call.location().partition, policy)?;
        all.push(policy.to_owned());
    }
    // AWS managed policies exist even in accounts that have never been used.
    let unused = iam::State::default();
    let iam = account.and_then(|account| call.iam_of(account)).unwrap_or(&unused);
    for PolicyDescriptorType { arn } in arns {
        let arn = arn.as_deref().unwrap_or_default();
        let document = iam.managed_document(arn);
        // It is not publicly documented how AWS responds if the policy does not exist. Of the error
        // codes in the service model, this one fits best.
        let missing = || {
            let words = format!("Policy {arn} does not exist or is not attachable.");
            ApiError::new("MalformedPolicyDocument", words)
        };
        all.push(document.ok_or_else(missing)?);
    }
    Ok(Some(all))
}

/// Returns the percentage of the available space that a request's policies and tags use. AWS
/// measures their size after compressing them; the mock counts their characters. The error message
/// is based on the error's description in the service model.
pub(super) fn packed_size(
    policy: Option<&str>,
    arns: &[PolicyDescriptorType],
    tags: &[Tag],
) -> ApiResult<Option<i32>> {
    if policy.is_none() && arns.is_empty() && tags.is_empty() {
        return Ok(None);
    }
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let size = policy.map_or(0, policy_size)
        + arns.iter().map(|descriptor| length(&descriptor.arn)).sum::<usize>()
        + tags.iter().map(|tag| length(&tag.key) + length(&tag.value)).sum::<usize>();
    let percent = (size * 100).div_ceil(PACKED);
    if percent > 100 {
        let words = format!(
            "Packed policy consumes {percent}% of allotted space, please use smaller policy."
        );
        return Err(ApiError::new("PackedPolicyTooLarge", words));
    }
    Ok(Some(i32::try_from(percent).unwrap_or(i32::MAX)))
}

/// Returns the values of the STS condition keys:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>.
fn context(
    request: &AssumeRoleRequest,
    tags: &BTreeMap<String, String>,
    transitive: &BTreeSet<String>,
    mfa: bool,
) -> Context {
    let mut context = Context::default();
    context.set("sts:ExternalId", request.external_id.clone());
    context.set("sts:RoleSessionName", request.role_session_name.clone());
    context.set("sts:SourceIdentity", request.source_identity.clone());
    context.set("sts:TransitiveTagKeys", transitive.iter().cloned());
    for (key, value) in tags {
        context.set(&format!("aws:RequestTag/{key}"), [value.clone()]);
    }
    context.set("aws:TagKeys", tags.keys().cloned());
    context.set("aws:MultiFactorAuthPresent", mfa.then(|| "true".to_owned()));
    context
}

/// Returns whether the caller may perform an action on a role. The role's trust policy must trust
/// either the caller or the caller's account. If the trust policy trusts only the account, or if
/// the caller and the role are in different accounts, the caller's own policies must also allow the
/// action.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>
fn may(
    call: &Call<'_>,
    role: &AssumableRole,
    account: &AccountId,
    action: &str,
    context: &Context,
) -> bool {
    let caller = call.caller;
    let mut need = Need::new(action, &role.arn)
        .with_resource_tags(role.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    need.context.extend(context);
    let verdict = caller.permissions.decide(&need, caller);
    if matches!(verdict, Verdict::Denied(_)) {
        return false;
    }
    let Ok(policy) = PolicyDocument::parse(&role.trust) else { return false };
    let full = caller.permissions.context(&need.context, caller);
    let principal = principal(call);
    let reach = |element: &PrincipalElement| names(element, call, role, &principal);
    match trust(&policy, action, &full, reach) {
        Trust::Denied | Trust::Nobody => false,
        Trust::Caller if *account == caller.location.account_id => true,
        Trust::Account | Trust::Caller => verdict == Verdict::Allowed,
    }
}

/// Returns the ARN and unique ID of the caller. For a role session, returns the ARN and unique ID
/// of the session's role.
fn principal(call: &Call<'_>) -> (String, String) {
    let caller = call.caller;
    let role = caller.arn.split_once(":assumed-role/").and_then(|(_, rest)| {
        let iam = call.iam_of(&caller.location.account_id)?;
        iam.role_by_name(rest.split('/').next()?)
    });
    let (arn, id) = role.unwrap_or((&caller.arn, &caller.user_id));
    (arn.to_owned(), id.to_owned())
}

/// Determines whether a trust policy's principal element names the caller or only the caller's
/// account. Returns `None` if the element names neither.
fn names(
    element: &PrincipalElement,
    call: &Call<'_>,
    role: &AssumableRole,
    (arn, id): &(String, String),
) -> Option<Trust> {
    let PrincipalElement::Principal(set) = element else { return None };
    if *set == PrincipalSet::Any {
        return Some(Trust::Caller);
    }
    let caller = call.caller;
    let is_own = |text: &str| role.trusted.get(text).is_none_or(|trusted| trusted == id);
    let reach = |text: &str| match AwsPrincipal::classify(text) {
        AwsPrincipal::Any => Some(Trust::Caller),
        AwsPrincipal::Account(account) => {
            (account == caller.location.account_id.as_str()).then_some(Trust::Account)
        }
        AwsPrincipal::Role(text) | AwsPrincipal::User(text) => {
            (text == arn && is_own(text)).then_some(Trust::Caller)
        }
        AwsPrincipal::AssumedRole(text) => (text == caller.arn).then_some(Trust::Caller),
        AwsPrincipal::RoleId(text) | AwsPrincipal::UserId(text) => {
            (text == id || text == caller.user_id).then_some(Trust::Caller)
        }
        AwsPrincipal::Other(_) => None,
    };
    set.of(PrincipalKind::Aws).filter_map(reach).max()
}
