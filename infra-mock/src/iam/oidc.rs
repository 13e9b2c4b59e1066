//! Checks trust policies for identity providers that many organizations share.

use serde_json::{Map, Value};

use crate::api::ApiResult;

use super::check::malformed;
use super::document::texts;

/// The issuer of GitHub Actions. An enterprise can have its own issuer at a path on this host.
const GITHUB: &str = "token.actions.githubusercontent.com";

/// Issuers that many organizations share, other than GitHub Actions. Each issuer is listed with the
/// condition key that tells its organizations apart:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html>.
const SHARED: [(&str, &str); 15] = [
    ("agent.buildkite.com", "agent.buildkite.com:sub"),
    ("api.pulumi.com/oidc", "api.pulumi.com/oidc:aud"),
    ("app.terraform.io", "app.terraform.io:sub"),
    ("gitlab.com", "gitlab.com:sub"),
    (
        "oidc-configuration.audit-log.githubusercontent.com",
        "oidc-configuration.audit-log.githubusercontent.com:sub",
    ),
    ("oidc.codefresh.io", "oidc.codefresh.io:sub"),
    (
        "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb",
        "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb:sub",
    ),
    ("oidc.vercel.com", "oidc.vercel.com:aud"),
    ("proidc.upbound.io", "proidc.upbound.io:sub"),
    ("sandboxes.cloud", "sandboxes.cloud:aud"),
    ("scalr.io", "scalr.io:sub"),
    ("sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", "sts:RoleSessionName"),
    ("studio.datachain.ai/api", "studio.datachain.ai/api:sub"),
    ("tokens.cloud.shisho.dev", "tokens.cloud.shisho.dev:sub"),
    ("vstoken.actions.githubusercontent.com", "vstoken.actions.githubusercontent.com:sub"),
];

/// The condition operators that can restrict which users are trusted. An operator can have a
/// prefix such as `ForAnyValue:`.
const OPERATORS: [&str; 3] = ["StringEquals", "StringLike", "StringEqualsIgnoreCase"];

/// Checks a statement that trusts `provider`. If many organizations share the provider, the
/// statement must restrict which of the provider's users can assume the role.
///
/// The value `*`, which matches every user, does not count as a restriction. Any other value does,
/// even `repo:*`. In a list of values, one restriction is enough.
pub(super) fn check_tenant(statement: &Map<String, Value>, provider: &str) -> ApiResult<()> {
    let Some((_, issuer)) = provider.split_once(":oidc-provider/") else { return Ok(()) };
    let shared = SHARED.into_iter().find(|(shared, _)| *shared == issuer);
    let keys = match shared {
        Some((_, key)) => vec![key.to_owned()],
        None if issuer.split('/').next() == Some(GITHUB) => {
            ["sub", "job_workflow_ref"].map(|claim| format!("{issuer}:{claim}")).into()
        }
        None => return Ok(()),
    };
    if evaluates(statement.get("Condition"), &keys) {
        return Ok(());
    }
    // The message for GitHub Actions was reported at a time when IAM accepted only one condition
    // key: https://github.com/unfunco/terraform-aws-oidc-github/issues/57. The message for other
    // issuers is not publicly documented, so the mock uses the same wording with their condition
    // keys.
    let keys = keys.join(" or ");
    Err(malformed(format!(
        "Trust policy with trusted principal {provider} must evaluate, using StringEquals, StringLike or \
         StringEqualsIgnoreCase, {keys} which is not scoped to all."
    )))
}

/// Returns whether a condition block compares one of `keys` with a value that counts as a
/// restriction.
fn evaluates(condition: Option<&Value>, keys: &[String]) -> bool {
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    operators
        .filter(|(operator, _)| {
            let name = operator.rsplit(':').next().unwrap_or(operator);
            OPERATORS.iter().any(|counts| counts.eq_ignore_ascii_case(name))
        })
        .filter_map(|(_, compared)| compared.as_object())
        .flatten()
        .filter(|(key, _)| keys.iter().any(|wanted| wanted.eq_ignore_ascii_case(key)))
        .flat_map(|(_, values)| texts(values))
        .any(|value| !value.trim().chars().all(|c| c == '*'))
}
