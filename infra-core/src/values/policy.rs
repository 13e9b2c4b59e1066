//! IAM's rules for the strings in a policy: resources, ARNs with wildcards, and service principals.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::arn::{AccountId, Partition};

/// Returns whether IAM accepts a character in a policy document.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>.
pub(crate) fn is_policy_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

/// Returns whether a string has the form of an action.
pub(super) fn is_action(text: &str) -> bool {
    let consists_of = |part: &str, more: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let parts = text.split_once(':');
    let valid = |(service, name)| consists_of(service, "-") && consists_of(name, "*?");
    text == "*" || parts.is_some_and(valid)
}

/// The JSON Schema pattern for ARNs with wildcards. It does not check the account in the ARN,
/// but the types that use the pattern do.
pub(super) const ARN_PATTERN: &str =
    r"arn:([\t\n\r -\u00ff]*\*[\t\n\r -\u00ff]*|([\t\n\r -\u00ff]*:){4}[\t\n\r -\u00ff]*)";

/// Returns whether a string is an ARN, possibly with wildcards.
pub(super) fn is_arn_pattern(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("arn:") else { return false };
    let fields: Vec<&str> = rest.splitn(5, ':').collect();
    let account = |field: &str| {
        field.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "*?".contains(c))
    };
    text.chars().all(is_policy_character)
        && match fields[..] {
            [_, _, _, id, _] => account(id),
            _ => rest.contains('*'),
        }
}

/// The valid prefixes of the resource part of an IAM ARN.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>.
/// `role-template/` comes from AWS's own managed policies.
const IAM_RESOURCES: [&str; 14] = [
    "access-report/",
    "federated-user/",
    "group/",
    "instance-profile/",
    "mfa/",
    "oidc-provider/",
    "policy/",
    "report/",
    "role/",
    "role-template/",
    "saml-provider/",
    "server-certificate/",
    "sms-mfa/",
    "user/",
];

/// Checks that IAM accepts a string as the resource of a statement: `*`, or an ARN with six fields.
/// The error is the rule that the invalid field breaks, or `None` if the text is not an ARN.
///
/// IAM rejects a placeholder that was left in the account field, such as `ACCOUNT_ID` or
/// `${AWS::AccountId}`, with "The policy failed legacy parsing"
/// (<https://github.com/ryanto/next-s3-upload/issues/58> is one of many reports). IAM's other
/// responses are recorded in `tests/aws/services/iam/test_iam_policies.snapshot.json` of
/// <https://github.com/localstack/localstack>.
pub(super) fn resource(text: &str) -> Result<(), Option<&'static str>> {
    if text == "*" {
        return Ok(());
    }
    if !text.chars().all(is_policy_character) {
        return Err(Some("IAM accepts only Latin-1 characters in a policy"));
    }
    let mut fields = text.strip_prefix("arn:").ok_or(None)?.splitn(4, ':');
    let mut next = || fields.next().ok_or(None);
    let (partition, service, region, rest) = (next()?, next()?, next()?, next()?);
    if partition != "*" && partition.parse::<Partition>().is_err() {
        return Err(Some("the second field of an ARN must be * or an AWS partition, such as aws"));
    }
    if service.is_empty() || service.contains(['*', '?']) {
        return Err(Some("the third field of an ARN must be a service name without wildcards"));
    }
    // The account can be a policy variable. The colon in the variable's name does not end the
    // field.
    let (account, path) = match rest.strip_prefix("${").and_then(|rest| rest.split_once("}:")) {
        Some((variable, path)) if is_variable(variable) => ("*", path),
        _ => rest.split_once(':').ok_or(None)?,
    };
    let wildcards = || account.chars().all(|c| c.is_ascii_digit() || c == '*' || c == '?');
    let pattern = account.contains(['*', '?']) && wildcards();
    if !(matches!(account, "" | "aws") || pattern || account.parse::<AccountId>().is_ok()) {
        return Err(Some(
            "the account in an ARN must be twelve digits, a pattern with wildcards, or empty",
        ));
    }
    match service {
        "iam" if !region.is_empty() => Err(Some("IAM ARNs have no region")),
        "iam"
            if !matches!(path, "*" | "root")
                && !IAM_RESOURCES.iter().any(|kind| path.starts_with(kind)) =>
        {
            Err(Some(
                "the resource in an IAM ARN must start with its type, such as role/ or policy/",
            ))
        }
        "s3" if !region.is_empty() && account.is_empty() => {
            Err(Some("an S3 ARN with a region must have an account"))
        }
        _ => Ok(()),
    }
}

/// Returns whether a string is the name of a policy variable, such as `aws:PrincipalAccount`.
fn is_variable(name: &str) -> bool {
    let parts = name.split_once(':');
    parts.is_some_and(|(prefix, key)| !prefix.is_empty() && !key.is_empty() && !key.contains(':'))
}

/// The domain of a few internal services, such as `api-service.dnssec.route53.aws.internal` in
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateKeySigningKey.html>.
const INTERNAL: &str = ".aws.internal";

/// Checks that a string is a service principal of some partition. The error suggests the name that
/// was probably meant, such as `ecs-tasks.amazonaws.com` for `ecs-tasks`.
pub(super) fn service(text: &str) -> Result<(), Option<String>> {
    if is_service(text) {
        return Ok(());
    }
    let name = text.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let meant = format!("{name}.{}", Partition::Aws.dns_suffix());
    Err(is_service(&meant).then_some(meant))
}

fn is_service(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let of_aws = Partition::ALL.into_iter().any(|partition| partition.has_host(text))
        || text.ends_with(INTERNAL);
    of_aws && text.split('.').all(label)
}

/// Returns the rule that [`service`] checks, as a JSON Schema.
pub(super) fn service_schema() -> Json {
    let suffixes: BTreeSet<&str> = Partition::ALL.into_iter().map(Partition::dns_suffix).collect();
    let suffixes: Vec<&str> = suffixes.into_iter().chain(INTERNAL.strip_prefix('.')).collect();
    let suffixes = suffixes.join("|").replace('.', r"\.");
    json!({ "type": "string", "pattern": format!(r"^([a-z0-9-]+\.)+({suffixes})$") })
}
