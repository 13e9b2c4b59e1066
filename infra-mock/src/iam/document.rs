//! Checks identity policies, both inline and managed.
//!
//! IAM checks a document in stages and reports only the first error. First, it checks the types and
//! keys. Second, it checks the version. Third, it rejects documents that its legacy parser cannot
//! read. Finally, it checks the contents of the elements. The stages and messages come from IAM's
//! recorded responses to 78 documents. The recordings were made in February 2026 and are public.
//! They also contain many responses to operations on roles and policies. When a comment in this
//! crate refers to this file for a recorded response, the response is in one of two files in
//! `tests/aws/services/iam` of <https://github.com/localstack/localstack>:
//! `test_iam_policies.snapshot.json` at commit 030eb47feca926b78463a732b5d1de229c9dcbf2 and
//! `test_iam_roles.snapshot.json` at commit 3cc59f9404198f1f7da42a0fa4f1ccd108fc1dd1.

use std::collections::BTreeSet;

use infra_core::arn::{AccountId, Partition};
use serde_json::{Map, Value};

use crate::api::ApiResult;

use super::check::malformed;

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";

/// The condition operators:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.
const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

/// The allowed prefixes of IAM resource paths, as listed in IAM's error message.
const IAM_RESOURCES: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Returns the number of characters in a document that count toward quotas. White space does not
/// count.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
pub(crate) fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

/// Checks an identity policy for an account in the given partition.
pub(crate) fn check_identity_policy(partition: Partition, document: &str) -> ApiResult<()> {
    let Ok(Value::Object(document)) = serde_json::from_str::<Value>(document) else {
        return Err(malformed(SYNTAX));
    };
    let statements = shape(&document).ok_or_else(|| malformed(SYNTAX))?;
    if document.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
        return Err(malformed("Policy document must be version 2012-10-17 or greater."));
    }
    let has_principal =
        |s: &&Statement<'_>| s.0.contains_key("Principal") || s.0.contains_key("NotPrincipal");
    if statements.iter().any(|s| has_principal(&s)) {
        // https://github.com/hashicorp/terraform/issues/13449
        return Err(malformed("Policy document should not specify a principal."));
    }
    if !statements.iter().all(Statement::an_older_parser_reads_it) {
        return Err(malformed(LEGACY));
    }
    sids(&statements)?;
    for statement in &statements {
        if statement.texts("Action", "NotAction").is_empty() {
            return Err(malformed("Policy statement must contain actions."));
        }
        if statement.texts("Resource", "NotResource").is_empty() {
            return Err(malformed("Policy statement must contain resources."));
        }
    }
    for statement in &statements {
        let mut resources = statement.texts("Resource", "NotResource").into_iter();
        resources.try_for_each(|text| resource(partition, text))?;
    }
    for statement in &statements {
        statement.texts("Action", "NotAction").into_iter().try_for_each(action)?;
    }
    Ok(())
}

/// A statement whose elements have valid types and keys.
struct Statement<'d>(&'d Map<String, Value>);

impl<'d> Statement<'d> {
    /// Returns the strings in an element such as `Action`, or in its negated form, such as
    /// `NotAction`.
    fn texts(&self, key: &str, negated: &str) -> Vec<&'d str> {
        self.0.get(key).or_else(|| self.0.get(negated)).map(texts).unwrap_or_default()
    }

    fn an_older_parser_reads_it(&self) -> bool {
        let effect = self.0.get("Effect").and_then(Value::as_str).unwrap_or_default();
        matches!(effect, "Allow" | "Deny")
            && self.texts("Resource", "NotResource").into_iter().all(has_all_fields)
            && dates(self.0).into_iter().all(is_date)
    }
}

/// Returns the strings in a list. A value that is a single string counts as a list of one string.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

/// Returns the statements of a document if the types and keys of all elements are valid.
fn shape(document: &Map<String, Value>) -> Option<Vec<Statement<'_>>> {
    let holds = document.iter().all(|(key, value)| match key.as_str() {
        "Version" => matches!(value.as_str(), Some("2012-10-17" | "2008-10-17")),
        "Id" => value.is_string(),
        "Statement" => true,
        _ => false,
    });
    if !holds {
        return None;
    }
    let statements: Option<Vec<_>> = match document.get("Statement")? {
        Value::Object(statement) => Some(vec![Statement(statement)]),
        Value::Array(all) if !all.is_empty() => {
            all.iter().map(|statement| statement.as_object().map(Statement)).collect()
        }
        _ => None,
    };
    statements.filter(|all| all.iter().all(|statement| statement_shape(statement.0)))
}

fn statement_shape(statement: &Map<String, Value>) -> bool {
    let both = |one, other| statement.contains_key(one) && statement.contains_key(other);
    let types = statement.iter().all(|(key, value)| match key.as_str() {
        "Sid" => value.is_string(),
        "Effect" => value.as_str().is_some_and(|effect| {
            effect.eq_ignore_ascii_case("allow") || effect.eq_ignore_ascii_case("deny")
        }),
        "Action" | "NotAction" => is_list(value, Value::is_string),
        // IAM ignores null values in the list of resources:
        // https://github.com/getmoto/moto/pull/9715
        "Resource" | "NotResource" => is_list(value, |item| item.is_string() || item.is_null()),
        "Principal" | "NotPrincipal" => value.is_string() || value.is_object(),
        "Condition" => condition_shape(value),
        _ => false,
    });
    types
        && statement.contains_key("Effect")
        && !both("Action", "NotAction")
        && !both("Resource", "NotResource")
}

fn is_list(value: &Value, holds: impl Fn(&Value) -> bool) -> bool {
    value.is_string() || value.as_array().is_some_and(|items| items.iter().all(holds))
}

/// Returns whether a condition block is well-formed. Its operators must be known, and the values of
/// their keys must be strings, booleans, numbers or lists of these. An operator without keys may
/// have any name.
pub(super) fn condition_shape(condition: &Value) -> bool {
    let plain = |value: &Value| value.is_string() || value.is_boolean() || value.is_number();
    let values = |value: &Value| {
        plain(value) || value.as_array().is_some_and(|items| items.iter().all(plain))
    };
    condition.as_object().is_some_and(|operators| {
        operators.iter().all(|(operator, keys)| {
            keys.as_object().is_some_and(|keys| {
                keys.is_empty() || is_operator(operator) && keys.values().all(values)
            })
        })
    })
}

fn is_operator(text: &str) -> bool {
    let text = text
        .strip_prefix("ForAllValues:")
        .or_else(|| text.strip_prefix("ForAnyValue:"))
        .unwrap_or(text);
    let text = text.strip_suffix("IfExists").unwrap_or(text);
    OPERATORS.iter().any(|operator| operator.eq_ignore_ascii_case(text))
}

fn sids(statements: &[Statement<'_>]) -> ApiResult<()> {
    let mut seen = BTreeSet::new();
    for sid in statements.iter().filter_map(|s| s.0.get("Sid")?.as_str()) {
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            // https://github.com/aws-cloudformation/cfn-lint/issues/1376
            return Err(malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
                 regular expression [0-9A-Za-z]*",
            ));
        }
        if !sid.is_empty() && !seen.insert(sid) {
            return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
        }
    }
    Ok(())
}

/// Returns whether a resource has the fields that IAM's legacy parser requires. An ARN in a known
/// partition must either end after the service, or have six fields with a valid account in the
/// fifth.
fn has_all_fields(resource: &str) -> bool {
    let mut fields = resource.splitn(5, ':');
    let mut next = || fields.next();
    let (Some("arn"), Some(partition), Some(service), Some(_)) = (next(), next(), next(), next())
    else {
        return true;
    };
    if partition.parse::<Partition>().is_err() {
        return true;
    }
    !service.is_empty() && next().is_some_and(begins_with_account)
}

/// Splits the text after an ARN's region into the account and the resource. The account can be a
/// policy variable, which itself contains a colon, as in the AWS managed policy
/// `AmazonTimestreamInfluxDBServiceRolePolicy`.
fn split_account(text: &str) -> Option<(&str, &str)> {
    let variable = text.starts_with("${").then(|| text.find("}:")).flatten();
    variable.map(|end| (&text[..=end], &text[end + 2..])).or_else(|| text.split_once(':'))
}

/// Returns whether a string begins with a valid account field of an ARN, followed by a colon. The
/// field may be empty.
///
/// A placeholder such as `ACCOUNT_ID`, `<ID>` or `${AWS::AccountId}` is not a valid account:
/// <https://github.com/ryanto/next-s3-upload/issues/58>. The placeholder `account-id` is accepted:
/// `test_create_policy_valid_document` in
/// <https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_policies.snapshot.json>.
/// Only this placeholder was recorded. The mock assumes the same for other names of lower-case letters, digits and hyphens.
fn begins_with_account(text: &str) -> bool {
    let Some((account, _)) = split_account(text) else { return false };
    if let Some(variable) = account.strip_prefix("${").and_then(|text| text.strip_suffix('}')) {
        let name = variable.split_once(':');
        return name.is_some_and(|(vendor, key)| {
            !vendor.is_empty() && !key.is_empty() && !key.contains(':')
        });
    }
    account.is_empty()
        || account.parse::<AccountId>().is_ok()
        || account.contains(['*', '?'])
            && account.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '?'))
        || account.starts_with(|c: char| c.is_ascii_lowercase())
            && account.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn resource(own: Partition, text: &str) -> ApiResult<()> {
    if text == "*" {
        return Ok(());
    }
    if !text.contains(':') {
        return Err(malformed(format!("Resource {text} must be in ARN format or \"*\".")));
    }
    let mut fields: Vec<&str> = text.split(':').collect();
    fields[0] = "arn";
    let given = fields.len();
    fields.resize(given.max(6), "*");
    let partition = fields[1];
    if partition != "*" && partition != own.id() {
        // https://github.com/aws/chalice/issues/777, https://github.com/aws/copilot-cli/issues/3844
        let shown = fields.join(":");
        return Err(malformed(format!(
            "Partition \"{partition}\" is not valid for resource \"{shown}\"."
        )));
    }
    let (service, region) = (fields[2], fields[3]);
    let rest = text.splitn(5, ':').nth(4).and_then(split_account);
    let (account, path) = rest.unwrap_or((fields[4], "*"));
    let path = path.split(':').next().unwrap_or(path);
    if service.contains(['*', '?']) {
        return Err(malformed(
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ));
    }
    let has_region = given > 3 && !region.is_empty();
    match service {
        "iam" if has_region => {
            Err(malformed(format!("IAM resource {text} cannot contain region information.")))
        }
        // AWS's own policies also refer to role templates, although the error message does not list
        // them.
        "iam" if !(matches!(path, "*" | "root") || begins_as_iam(path)) => Err(malformed(format!(
            "IAM resource path must either be \"*\", root, or start with {}.",
            IAM_RESOURCES.join(", ")
        ))),
        // The ARNs of S3 access points and jobs have both a region and an account, so a region is
        // an error only if the account is empty.
        "s3" if has_region && account.is_empty() => {
            Err(malformed(format!("Resource {text} can not contain region information.")))
        }
        _ => Ok(()),
    }
}

fn begins_as_iam(path: &str) -> bool {
    IAM_RESOURCES.iter().chain(&["role-template/"]).any(|prefix| path.starts_with(prefix))
}

fn action(text: &str) -> ApiResult<()> {
    if text == "*" {
        return Ok(());
    }
    let Some((vendor, name)) = text.split_once(':') else {
        return Err(malformed(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ));
    };
    if name.contains(':') {
        return Err(malformed("Actions/Condition can contain only one colon."));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if vendor.is_empty() || !vendor.chars().all(allowed) {
        return Err(malformed(format!("Vendor {vendor} is not valid")));
    }
    Ok(())
}

/// Returns the values that a statement compares as dates.
fn dates(statement: &Map<String, Value>) -> Vec<&str> {
    let operators = statement.get("Condition").and_then(Value::as_object);
    let is_dated = |operator: &str| {
        let name = operator.rsplit(':').next().unwrap_or(operator);
        name.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("date"))
    };
    let blocks = operators.into_iter().flatten().filter(|(operator, _)| is_dated(operator));
    let keys = blocks.filter_map(|(_, keys)| keys.as_object());
    keys.flat_map(Map::values).flat_map(texts).collect()
}

/// Returns whether IAM accepts a string as a date. IAM accepts a number of seconds or milliseconds
/// since 1970. It also accepts ISO 8601 dates, from a year alone to a full date and time with
/// nanoseconds.
fn is_date(text: &str) -> bool {
    if text.parse::<i64>().is_ok() {
        return true;
    }
    let upper = text.to_ascii_uppercase();
    let (date, time) = match upper.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (upper.as_str(), None),
    };
    is_day(date) && time.is_none_or(|time| time.is_empty() || is_time(time))
}

fn number(text: &str, digits: usize, max: u32) -> bool {
    text.len() <= digits && text.parse::<u32>().is_ok_and(|n| n <= max)
}

fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let year = parts.next().is_some_and(|year| number(year, 9, u32::MAX));
    let month = parts.next().is_none_or(|month| number(month, 2, 12));
    let day = parts.next().is_none_or(|day| number(day, 2, 31));
    year && month && day && parts.next().is_none()
}

fn is_time(text: &str) -> bool {
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let zone_holds = match zone.strip_prefix(['+', '-']) {
        None => zone.is_empty() || zone == "Z",
        // A time zone offset has two digits for the hours. The minutes are optional and can be
        // separated from the hours by a colon.
        Some(offset) => {
            let minutes = offset.get(2..).unwrap_or("x");
            offset.get(..2).is_some_and(|hours| number(hours, 2, 23))
                && (minutes.is_empty() || number(minutes.trim_start_matches(':'), 2, 59))
        }
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let mut next = |max| parts.next().is_none_or(|part| number(part, 2, max));
    let clock_holds = next(24) && next(59) && next(60);
    zone_holds && clock_holds && number(fraction, 9, u32::MAX)
}
