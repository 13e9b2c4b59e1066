//! The rules of single values that are plain text in a [`FoundationSpec`](super::FoundationSpec).
//!
//! [`FoundationSpec::validate`](super::FoundationSpec::validate) applies them all. They are public for programs
//! that read such a value and want to say at once, and at its place, what is wrong with it.

use crate::arn::{AccountId, Arn};
use crate::names::InvalidValue;

fn hold(holds: bool, what: &'static str, text: &str, rule: &str) -> Result<(), InvalidValue> {
    if holds { Ok(()) } else { Err(InvalidValue::new(what, text, rule, None)) }
}

/// A role's description: IAM's `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`, up to 1,000 characters.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
///
/// # Errors
/// It is longer, or has a character beyond Latin-1.
pub fn role_description(text: &str) -> Result<(), InvalidValue> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    let holds = text.chars().count() <= 1000 && text.chars().all(allowed);
    hold(holds, "description", text, "IAM takes at most 1000 characters of Latin-1")
}

/// Who may pull images: an account by its twelve digits, or an ARN of IAM or STS.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
///
/// # Errors
/// It is neither.
pub fn pull_principal(text: &str) -> Result<(), InvalidValue> {
    let is_arn = |arn: &Arn| matches!(arn.service.as_str(), "iam" | "sts");
    let holds =
        text.parse::<AccountId>().is_ok() || text.parse::<Arn>().is_ok_and(|arn| is_arn(&arn));
    let rule = "use the twelve digits of an account, or the ARN of a role or user, like \
                arn:aws:iam::123456789012:role/deployer";
    hold(holds, "principal", text, rule)
}

/// The key of a log group: CloudWatch Logs takes the ARN of a key, not that of an alias, and reports the key's
/// ARN whatever it was given.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>.
///
/// # Errors
/// It is the ARN of something else.
pub fn log_group_key(arn: &Arn) -> Result<(), InvalidValue> {
    let holds = arn.service == "kms" && arn.resource.starts_with("key/");
    let rule = "CloudWatch Logs wants the ARN of the key, arn:aws:kms:REGION:ACCOUNT:key/ID";
    hold(holds, "KMS key", &arn.to_string(), rule)
}

/// The name of a capacity provider. AWS keeps names that begin with `aws`, `ecs` or `fargate` to itself.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html>.
///
/// # Errors
/// It is neither one of AWS's two nor a name that one's own can have.
pub fn capacity_provider(text: &str) -> Result<(), InvalidValue> {
    let lower = text.to_lowercase();
    let reserved = ["aws", "ecs", "fargate"].iter().any(|prefix| lower.starts_with(prefix));
    let characters = (1..=255).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let holds = ["FARGATE", "FARGATE_SPOT"].contains(&text) || (characters && !reserved);
    let rule = "use FARGATE, FARGATE_SPOT, or the name of a provider of your own: letters, digits, hyphens \
                and underscores, not beginning with aws, ecs or fargate";
    hold(holds, "capacity provider", text, rule)
}

/// A filter of image tags that are exempt from a repository's tag mutability.
///
/// Source: <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html>.
///
/// # Errors
/// It is empty, too long, or has other characters or more than two wildcards.
pub fn exclusion_filter(text: &str) -> Result<(), InvalidValue> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._*-".contains(c);
    let holds = (1..=128).contains(&text.len())
        && text.chars().all(allowed)
        && text.matches('*').count() <= 2;
    let rule =
        "a filter has 1 to 128 letters, digits and any of . _ -, and at most two wildcards *";
    hold(holds, "exclusion filter", text, rule)
}

#[cfg(test)]
mod tests {
    use super::{
        capacity_provider, exclusion_filter, log_group_key, pull_principal, role_description,
    };
    use crate::names::InvalidValue;

    fn check(rule: fn(&str) -> Result<(), InvalidValue>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(rule(text), Ok(()), "{text:?}");
        }
        for text in bad {
            assert!(rule(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_role_s_description_is_latin_1() {
        let (longest, longer) = ("x".repeat(1000), "x".repeat(1001));
        let good = ["", "pulls images\n\tand writes logs", "für Aufgaben: ¡ÿ!", &longest];
        check(role_description, &good, &["“quoted”", "日本", "a\u{a0}b", "\u{7f}", &longer]);
    }

    #[test]
    fn who_pulls_is_an_account_or_an_arn_of_iam_or_sts() {
        let good = [
            "123456789012",
            "arn:aws:iam::123456789012:role/deployer",
            "arn:aws:sts::123456789012:assumed-role/deployer/session",
        ];
        let bad = ["", "*", "12345", "deployer", "arn:aws:s3:::bucket", "arn:mars:iam::aws:role/x"];
        check(pull_principal, &good, &bad);
    }

    #[test]
    fn a_log_group_s_key_is_a_key_and_no_alias() {
        let parse = |text: &str| log_group_key(&text.parse().unwrap());
        let account = "us-east-1:123456789012";
        assert_eq!(parse(&format!("arn:aws:kms:{account}:key/1234abcd")), Ok(()));
        assert!(parse(&format!("arn:aws:kms:{account}:alias/logs")).is_err());
        assert!(parse(&format!("arn:aws:logs:{account}:key/1234abcd")).is_err());
    }

    #[test]
    fn a_capacity_provider_is_aws_s_or_one_s_own() {
        let good = ["FARGATE", "FARGATE_SPOT", "spot-2", "my_asg"];
        let bad = ["", "fargate", "FARGATE_FAST", "aws-x", "ECS", "a b", &"x".repeat(256)];
        check(capacity_provider, &good, &bad);
    }

    #[test]
    fn an_exclusion_filter_has_two_wildcards_at_most() {
        let good = ["latest", "v*", "v*.*", "a_b-c.d"];
        check(exclusion_filter, &good, &["", "*.*.*", "a/b", "a b", &"x".repeat(129)]);
    }
}
