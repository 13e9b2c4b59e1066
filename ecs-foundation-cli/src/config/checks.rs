//! The rules of single values that are plain text in a [`FoundationSpec`](infra_core::foundation::FoundationSpec).

use infra_core::arn::{AccountId, Arn};
use infra_core::foundation::{ManagedPolicy, SourceAccount};
use infra_core::names::InvalidValue;

use super::suggest::nearest;

type Checked<T> = Result<T, InvalidValue>;

fn hold(holds: bool, what: &'static str, text: &str, rule: &str) -> Checked<String> {
    if holds { Ok(text.to_owned()) } else { Err(InvalidValue::new(what, text, rule, None)) }
}

/// One of several words; the suggestion is the nearest of them.
pub(super) fn one_of<T: Clone>(
    what: &'static str,
    text: &str,
    known: &[(&'static str, T)],
) -> Checked<T> {
    let names = || known.iter().map(|(name, _)| *name);
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == text) {
        return Ok(value.clone());
    }
    let list: Vec<String> = names().map(|name| format!("{name:?}")).collect();
    let rule = format!("use {}", either(&list));
    Err(InvalidValue::new(what, text, rule, nearest(text, names()).map(str::to_owned)))
}

/// `a`, `a or b`, `a, b or c`.
fn either(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        names => names.concat(),
    }
}

/// Any text but none.
pub(super) fn something(what: &'static str) -> impl Fn(&str) -> Checked<String> {
    move |text| hold(!text.trim().is_empty(), what, text, "write something between the quotes")
}

pub(super) fn url(text: &str) -> Checked<String> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let holds = !host.is_empty()
        && !host.starts_with(':')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let missing_scheme = !text.contains("://") && !text.is_empty();
    hold(holds, "endpoint URL", text, "a URL reads http://HOST:PORT or https://HOST:PORT").map_err(
        |error| match missing_scheme.then(|| url(&format!("http://{text}")).ok()).flatten() {
            None => error,
            Some(url) => InvalidValue::new(error.what(), text, error.rule(), Some(url)),
        },
    )
}

/// The name of a capacity provider. AWS keeps names that begin with `aws`, `ecs` or `fargate` to itself:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html>.
pub(super) fn capacity_provider(text: &str) -> Checked<String> {
    const AWS_S: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];
    if AWS_S.contains(&text) {
        return Ok(text.to_owned());
    }
    let lower = text.to_lowercase();
    let reserved = ["aws", "ecs", "fargate"].iter().any(|prefix| lower.starts_with(prefix));
    let characters = (1..=255).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if characters && !reserved {
        return Ok(text.to_owned());
    }
    let rule = "use FARGATE, FARGATE_SPOT, or the name of a provider of your own: letters, digits, hyphens \
                and underscores, not beginning with aws, ecs or fargate";
    let suggestion = nearest(text, AWS_S).map(str::to_owned);
    Err(InvalidValue::new("capacity provider", text, rule, suggestion))
}

/// The ARN of a managed policy, which is also what a permissions boundary is.
pub(super) fn policy_arn(what: &'static str) -> impl Fn(&str) -> Checked<Arn> {
    move |text| {
        let arn = text.parse::<Arn>().ok();
        let is_policy = |arn: &Arn| {
            arn.service == "iam" && arn.region.is_empty() && arn.resource.starts_with("policy/")
        };
        let rule = "the ARN of a managed policy reads arn:aws:iam::ACCOUNT:policy/NAME";
        arn.filter(is_policy).ok_or_else(|| InvalidValue::new(what, text, rule, None))
    }
}

pub(super) fn managed_policy(text: &str) -> Checked<ManagedPolicy> {
    const WHAT: &str = "managed policy";
    if text.starts_with("arn:") {
        return policy_arn(WHAT)(text).map(ManagedPolicy::Arn);
    }
    let name = |segment: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
        !segment.is_empty() && segment.chars().all(allowed)
    };
    let rule = "give an ARN, or the path and name of a policy that AWS manages, like \
                service-role/AmazonECSTaskExecutionRolePolicy";
    hold(text.split('/').all(name), WHAT, text, rule).map(ManagedPolicy::AwsManaged)
}

pub(super) fn service(text: &str) -> Checked<String> {
    let word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let holds = text.split('.').count() >= 3 && text.split('.').all(word);
    let rule = "a service is named like ecs-tasks.amazonaws.com";
    hold(holds, "service principal", text, rule)
}

pub(super) fn source_account(text: &str) -> Checked<SourceAccount> {
    if text == "own" {
        return Ok(SourceAccount::Own);
    }
    let rule = "use twelve digits, or \"own\" for the account that the foundation is in";
    let id = text.parse().map(SourceAccount::Id);
    id.map_err(|error: InvalidValue| InvalidValue::new(error.what(), text, rule, None))
}

/// An ARN whose parts may hold wildcards and policy variables.
fn is_arn_pattern(text: &str) -> bool {
    text.strip_prefix("arn:").is_some_and(|rest| rest.contains('*') || rest.split(':').count() >= 5)
}

pub(super) fn source_arn(text: &str) -> Checked<String> {
    let rule = "write an ARN, with * and ? as wildcards, like arn:aws:ecs:us-east-1:123456789012:*";
    hold(is_arn_pattern(text), "source ARN", text, rule)
}

pub(super) fn resource(text: &str) -> Checked<String> {
    let rule = "write an ARN, with * and ? as wildcards, or \"*\" for all resources";
    hold(text == "*" || is_arn_pattern(text), "resource", text, rule)
}

pub(super) fn action(text: &str) -> Checked<String> {
    let holds = text.split_once(':').is_some_and(|(service, name)| {
        let word = |text: &str, more: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        word(service, "-") && word(name, "*?")
    });
    let rule =
        "an action reads SERVICE:OPERATION, like logs:PutLogEvents, with * and ? as wildcards";
    hold(text == "*" || holds, "action", text, rule)
}

/// The Sid of a statement of a role's policy:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>.
pub(super) fn sid(text: &str) -> Checked<String> {
    let holds = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    hold(holds, "statement id", text, "IAM takes letters and digits alone").map_err(|error| {
        let suggestion = Some(letters).filter(|letters| !letters.is_empty());
        InvalidValue::new(error.what(), text, error.rule(), suggestion)
    })
}

/// Who may pull: an account, or an ARN of IAM or STS.
pub(super) fn principal(text: &str) -> Checked<String> {
    let is_arn = |arn: &Arn| matches!(arn.service.as_str(), "iam" | "sts");
    let holds =
        text.parse::<AccountId>().is_ok() || text.parse::<Arn>().is_ok_and(|arn| is_arn(&arn));
    let rule = "use the twelve digits of an account, or the ARN of a role or user, like \
                arn:aws:iam::123456789012:role/deployer";
    hold(holds, "principal", text, rule)
}

/// CloudWatch Logs takes the ARN of a key, not its id or alias:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>.
pub(super) fn log_key(text: &str) -> Checked<Arn> {
    let arn = text.parse::<Arn>().ok();
    let is_key = |arn: &Arn| arn.service == "kms" && arn.resource.starts_with("key/");
    let rule = "CloudWatch Logs wants the ARN of the key, arn:aws:kms:REGION:ACCOUNT:key/ID";
    arn.filter(is_key).ok_or_else(|| InvalidValue::new("KMS key", text, rule, None))
}

/// The pattern of a filter:
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html>.
pub(super) fn exclusion_filter(text: &str) -> Checked<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._*-".contains(c);
    let holds = (1..=128).contains(&text.len())
        && text.chars().all(allowed)
        && text.matches('*').count() <= 2;
    let rule =
        "a filter has 1 to 128 letters, digits and any of . _ -, and at most two wildcards *";
    hold(holds, "exclusion filter", text, rule)
}

/// IAM's `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`, up to 1,000 characters.
pub(super) fn description(text: &str) -> Checked<String> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    let holds = text.chars().count() <= 1000 && text.chars().all(allowed);
    let rule = "IAM takes at most 1000 characters of Latin-1";
    hold(holds, "description", text, rule)
}
