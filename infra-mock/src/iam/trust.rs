//! Checks trust policies, which specify who may assume a role.
//!
//! IAM parses trust policies and identity policies differently and has separate error messages for
//! the two.

use std::collections::{BTreeMap, BTreeSet};

use infra_core::arn::{AccountId, Arn};
use infra_core::policy::AwsPrincipal;
use serde_json::{Map, Value};

use crate::access::matches;
use crate::api::{ApiError, ApiResult, Call};

use super::check::{malformed, quota};
use super::document::{condition_shape, size, texts};
use super::oidc::check_tenant;
use super::principal::{Principal, is_service, resolve};

/// The default quota for the length of a trust policy:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_SIZE: usize = 2048;

/// The principals that a valid trust policy names by ARN, with their unique IDs. IAM stores these
/// IDs, so a principal that is deleted and created again is no longer trusted.
#[derive(Debug)]
pub(super) struct Trust {
    pub(super) principals: BTreeMap<String, String>,
}

/// Checks a trust policy.
pub(super) fn check_trust_policy(call: &Call<'_>, text: &str) -> ApiResult<Trust> {
    // https://github.com/AWSCookbook/Security/issues/2
    let Ok(Value::Object(document)) = serde_json::from_str::<Value>(text) else {
        return Err(malformed("This policy contains invalid Json"));
    };
    let mut principals = BTreeMap::new();
    for statement in statements(&document)? {
        check_statement(call, statement, &mut principals)?;
    }
    // https://github.com/kubeflow/kubeflow/issues/6687
    quota("ACLSizePerRole", size(text), MAX_SIZE)?;
    Ok(Trust { principals })
}

fn statements(document: &Map<String, Value>) -> ApiResult<Vec<&Map<String, Value>>> {
    let known = ["Version", "Id", "Statement"];
    if let Some(key) = document.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(unknown_field(key));
    }
    let version = document.get("Version").map(|version| version.as_str().unwrap_or_default());
    if !matches!(version, None | Some("2012-10-17" | "2008-10-17")) {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements: Vec<&Map<String, Value>> = match document.get("Statement") {
        Some(Value::Object(statement)) => vec![statement],
        Some(Value::Array(all)) => {
            let all: Option<_> = all.iter().map(Value::as_object).collect();
            all.ok_or_else(|| malformed("Syntax errors in policy."))?
        }
        _ => Vec::new(),
    };
    if statements.is_empty() {
        return Err(malformed("Could not parse the policy: Statement is empty!"));
    }
    let mut seen = BTreeSet::new();
    let mut sids = statements.iter().filter_map(|s| s.get("Sid")?.as_str());
    if !sids.all(|sid| sid.is_empty() || seen.insert(sid)) {
        return Err(malformed("The Statement Ids in the policy are not unique"));
    }
    Ok(statements)
}

fn unknown_field(key: &str) -> ApiError {
    malformed(format!("Unknown field {key}"))
}

fn check_statement(
    call: &Call<'_>,
    statement: &Map<String, Value>,
    principals: &mut BTreeMap<String, String>,
) -> ApiResult<()> {
    for key in statement.keys() {
        match key.as_str() {
            "Sid" | "Effect" | "Principal" | "NotPrincipal" | "Action" | "NotAction"
            | "Condition" => {}
            // https://github.com/kubernetes-sigs/external-dns/issues/3085
            "Resource" | "NotResource" => {
                return Err(malformed(format!("Has prohibited field {key}")));
            }
            _ => return Err(unknown_field(key)),
        }
    }
    match statement.get("Effect") {
        None => return Err(malformed("Missing required field Effect")),
        Some(effect) => match effect.as_str().unwrap_or_default() {
            "Allow" | "Deny" => {}
            other => return Err(malformed(format!("Invalid effect: {other}"))),
        },
    }
    if statement.contains_key("NotPrincipal") {
        return Err(malformed("AssumeRole policy must not contain NotPrincipal field."));
    }
    check_principals(call, statement.get("Principal"), principals)?;
    let actions = statement.get("Action").or_else(|| statement.get("NotAction"));
    let actions = texts(actions.unwrap_or(&Value::Null));
    if actions.is_empty() {
        return Err(malformed("Missing required field Action"));
    }
    if !actions.iter().all(|action| !assuming(action).is_empty()) {
        // This message was recorded from AWS; see `document.rs`. For an action that does not exist,
        // the message is in https://github.com/hashicorp/terraform-provider-aws/issues/32872.
        return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
    }
    if !statement.get("Condition").is_none_or(condition_shape) {
        return Err(malformed("Syntax errors in policy."));
    }
    let by_token = actions.iter().any(|action| assuming(action).contains(&BY_TOKEN));
    let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    let providers = statement.get("Principal").and_then(|kinds| kinds.get("Federated"));
    if let Some(providers) = providers.filter(|_| by_token && allows) {
        texts(providers).into_iter().try_for_each(|name| check_tenant(statement, name))?;
    }
    Ok(())
}

/// The STS actions that a trust policy can contain.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>
const ASSUMING: [&str; 6] =
    ["AssumeRole", "AssumeRoleWithSAML", BY_TOKEN, "SetContext", "SetSourceIdentity", "TagSession"];

const BY_TOKEN: &str = "AssumeRoleWithWebIdentity";

/// Returns the actions in `ASSUMING` that match a pattern such as `sts:AssumeRole*`. Whether IAM
/// accepts wildcards in these actions is not publicly documented. The mock accepts patterns that
/// match at least one action.
fn assuming(pattern: &str) -> Vec<&'static str> {
    let name = pattern.split_once(':').filter(|(vendor, _)| vendor.eq_ignore_ascii_case("sts"));
    let Some((_, name)) = name else { return Vec::new() };
    let name = name.to_ascii_lowercase();
    ASSUMING.into_iter().filter(|action| matches(&name, &action.to_ascii_lowercase())).collect()
}

fn check_principals(
    call: &Call<'_>,
    element: Option<&Value>,
    principals: &mut BTreeMap<String, String>,
) -> ApiResult<()> {
    let kinds = match element {
        None => return Err(malformed("Missing required field Principal")),
        Some(Value::Object(kinds)) => kinds,
        // https://github.com/aws/aws-cdk/issues/5732
        Some(Value::String(text)) => {
            return Err(malformed(format!(
                "AssumeRolepolicy contained an invalid principal: \"STAR\":\"{text}\"."
            )));
        }
        Some(_) => return Err(malformed("Principal must be a JSON object.")),
    };
    if kinds.is_empty() {
        return Err(malformed("Missing required field Principal cannot be empty!"));
    }
    // A list can be empty if another one is not: the roles of
    // https://github.com/terraform-aws-modules/terraform-aws-iam/tree/v5.60.0/modules/iam-assumable-roles have the
    // principals `"AWS": ["..."], "Service": []`.
    if kinds.values().all(|values| texts(values).is_empty()) {
        // https://github.com/terraform-aws-modules/terraform-aws-iam/issues/47
        return Err(malformed(
            "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The \
             passed in policy has a statement with no principals!",
        ));
    }
    for (kind, values) in kinds {
        for value in texts(values) {
            check_principal(call, kind, value, principals)?;
        }
    }
    Ok(())
}

fn check_principal(
    call: &Call<'_>,
    kind: &str,
    value: &str,
    principals: &mut BTreeMap<String, String>,
) -> ApiResult<()> {
    let holds = match kind {
        "AWS" => match resolve(call, value) {
            Principal::Unknown => false,
            Principal::Entity { id } => {
                if matches!(
                    AwsPrincipal::classify(value),
                    AwsPrincipal::Role(_) | AwsPrincipal::User(_)
                ) {
                    principals.insert(value.to_owned(), id);
                }
                true
            }
            Principal::Everyone | Principal::Account | Principal::OtherAccount => true,
        },
        "Service" => is_service(call, value),
        "Federated" => is_provider(call, value),
        _ => false,
    };
    if holds {
        return Ok(());
    }
    // https://github.com/hashicorp/terraform/issues/35086,
    // https://github.com/databrickslabs/ucx/issues/2269
    let kind = kind.to_uppercase();
    Err(malformed(format!("Invalid principal in policy: \"{kind}\":\"{value}\"")))
}

/// Returns whether a string names an identity provider. The string must be either the ARN of a
/// provider in IAM or the domain name of a built-in provider.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity>
fn is_provider(call: &Call<'_>, text: &str) -> bool {
    const BUILT_IN: [&str; 4] = [
        "accounts.google.com",
        "cognito-identity.amazonaws.com",
        "graph.facebook.com",
        "www.amazon.com",
    ];
    let in_account = |arn: Arn| {
        arn.partition == call.location().partition
            && arn.service == "iam"
            && arn.account_id.parse::<AccountId>().is_ok()
            && ["oidc-provider/", "saml-provider/"]
                .iter()
                .any(|kind| arn.resource.starts_with(kind))
    };
    BUILT_IN.contains(&text) || text.parse().is_ok_and(in_account)
}
