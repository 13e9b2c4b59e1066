//! Checks well-formed policy documents for errors before any call to AWS is made.
//!
//! AWS would report these errors only after other resources have been created. For most of them,
//! IAM returns only a short message: `The policy failed legacy parsing`. The rules come from the
//! [policy
//! grammar](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html) and
//! from published IAM responses.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::LazyLock;

use regex_lite::Regex;

use crate::arn::Partition;
use crate::names::InvalidValue;
use crate::values::{
    Action, ConditionOperator, PullPrincipal, ResourcePattern, ServicePrincipal, StatementId,
    is_policy_character,
};

use super::elements::{PrincipalKind, ResourceElement};
use super::{PolicyDocument, Statement};

/// What a policy is used for. The rules that AWS applies to a policy depend on its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyUse {
    /// The permissions policy of a role.
    Identity,
    /// The trust policy of a role: who can assume it.
    Trust,
    /// The policy of an ECR repository.
    Repository,
}

impl PolicyUse {
    /// Returns the maximum number of characters in a policy. IAM does not count white space.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>,
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html>.
    const fn longest(self) -> usize {
        match self {
            Self::Identity | Self::Repository => 10_240,
            Self::Trust => 2048,
        }
    }
}

/// The errors found in a document so far.
struct Findings(Vec<InvalidValue>);

impl Findings {
    fn add(&mut self, what: &'static str, value: &str, rule: impl Into<String>) {
        self.0.push(InvalidValue::new(what, value, rule, None));
    }

    /// Checks a string against the rule for type `T` and returns whether the string is valid.
    fn parse<T: FromStr<Err = InvalidValue>>(&mut self, text: &str) -> bool {
        let result = text.parse::<T>();
        let holds = result.is_ok();
        self.0.extend(result.err());
        holds
    }
}

impl PolicyDocument {
    /// Returns an error for each AWS rule that the document breaks. `used_as` selects the rules.
    /// Rules that depend on the account are not checked.
    ///
    /// ```
    /// use infra_core::policy::{PolicyDocument, PolicyUse, Statement};
    ///
    /// let read = Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:iam::ACCOUNT_ID:role/x"]);
    /// let broken = PolicyDocument::new([read]).broken_rules(PolicyUse::Identity);
    /// assert_eq!(broken.len(), 1);
    /// assert!(broken[0].rule().contains("twelve digits"));
    /// ```
    pub fn broken_rules(&self, used_as: PolicyUse) -> Vec<InvalidValue> {
        let mut findings = Findings(Vec::new());
        let json = self.to_json();
        let length = json.chars().filter(|c| !c.is_whitespace()).count();
        let longest = used_as.longest();
        if length > longest {
            let rule =
                format!("AWS accepts at most {longest} characters, not counting white space");
            findings.add("length of a policy", &length.to_string(), rule);
        }
        let mut seen = BTreeSet::new();
        for statement in self.statements() {
            actions(&mut findings, used_as, statement);
            conditions(&mut findings, statement);
            principals(&mut findings, used_as, statement);
            if used_as == PolicyUse::Identity {
                resources(&mut findings, statement);
                if let Some(sid) = statement.sid() {
                    findings.parse::<StatementId>(sid);
                    if !seen.insert(sid) {
                        let rule = "statement ids must be unique within a policy";
                        findings.add("statement id", sid, rule);
                    }
                }
            }
        }
        // ECR stores the text unchanged but parses it with IAM's parser, so IAM's character set
        // also applies to repository policies.
        let known = |c: &char| findings.0.iter().any(|error| error.value().contains(*c));
        let foreign = json.chars().find(|c| !is_policy_character(*c)).filter(|c| !known(c));
        if let Some(character) = foreign {
            let rule = "a policy can contain only characters up to U+00FF (Latin-1)";
            findings.add("character of a policy", &character.to_string(), rule);
        }
        findings.0
    }

    /// Returns an error for each ARN or service principal that belongs to a partition other than
    /// `own`.
    pub fn foreign_partitions(&self, own: Partition) -> Vec<InvalidValue> {
        let mut findings = Findings(Vec::new());
        let is_own = |arn: &str| {
            let partition = arn.split(':').nth(1).unwrap_or_default();
            !arn.starts_with("arn:") || partition == own.id() || partition == "*"
        };
        for statement in self.statements() {
            let rule = || {
                format!(
                    "the account is in the partition {own}; write arn:{own} or arn:{{partition}}"
                )
            };
            let resources = statement.resource().into_iter().flat_map(ResourceElement::values);
            for arn in resources.filter(|arn| !is_own(arn)) {
                findings.add("resource", arn, rule());
            }
            let Some(element) = statement.principal() else { continue };
            for kind in [PrincipalKind::Aws, PrincipalKind::Federated] {
                for arn in element.principals().of(kind).filter(|arn| !is_own(arn)) {
                    findings.add("principal", arn, rule());
                }
            }
            for name in element.principals().of(PrincipalKind::Service) {
                let elsewhere = Partition::ALL.into_iter().any(|other| other.has_host(name));
                if elsewhere && !own.has_host(name) && !Partition::Aws.has_host(name) {
                    let suffix = own.dns_suffix();
                    let rule = format!(
                        "service principals in the partition {own} end in amazonaws.com or {suffix}"
                    );
                    findings.add("service principal", name, rule);
                }
            }
        }
        findings.0
    }
}

fn actions(findings: &mut Findings, used_as: PolicyUse, statement: &Statement) {
    let actions = statement.action().values();
    if actions.is_empty() {
        findings.add("statement", &statement.to_json(), "a statement must have actions");
    }
    for action in actions {
        let well_formed = findings.parse::<Action>(action);
        if used_as == PolicyUse::Repository && well_formed {
            let of_ecr = action == "*"
                || action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("ecr:"));
            if !of_ecr {
                findings.add("action", action, "a repository policy can contain only ECR actions");
            }
        }
    }
}

/// Checks the principal and the resources of a statement in a role's permissions policy.
fn resources(findings: &mut Findings, statement: &Statement) {
    if statement.principal().is_some() {
        let rule = "a statement in a role's policy cannot have a principal";
        findings.add("statement", &statement.to_json(), rule);
    }
    let resources = statement.resource().map(ResourceElement::values);
    if resources.is_none_or(BTreeSet::is_empty) {
        let rule = "a statement in a role's policy must have resources";
        findings.add("statement", &statement.to_json(), rule);
    }
    for text in resources.into_iter().flatten() {
        findings.parse::<ResourcePattern>(text);
    }
}

fn conditions(findings: &mut Findings, statement: &Statement) {
    for (operator, _, values) in statement.condition().iter() {
        findings.parse::<ConditionOperator>(operator);
        let name = operator.rsplit(':').next().unwrap_or(operator);
        if name.starts_with("Date") {
            for value in values.iter().filter(|value| !is_date(value)) {
                let rule =
                    "write an ISO 8601 date, like 2026-11-30T12:00:00Z, or seconds since 1970";
                findings.add("date", value, rule);
            }
        }
    }
}

/// Returns whether a string is a valid date for a condition: an ISO 8601 date or seconds since
/// 1970.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.
fn is_date(text: &str) -> bool {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        let day = "[0-9]{1,9}(-(0?[0-9]|1[0-2])(-([0-2]?[0-9]|3[01]))?)?";
        let time = r"([01]?[0-9]|2[0-4])(:[0-5]?[0-9](:([0-5]?[0-9]|60)(\.[0-9]{1,9})?)?)?";
        let zone = "(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?";
        let pattern = format!("^(-?[0-9]{{1,18}}|{day}(T({time}{zone})?)?)$");
        Regex::new(&pattern).expect("the pattern is a valid regular expression")
    });
    DATE.is_match(&text.to_ascii_uppercase())
}

fn principals(findings: &mut Findings, used_as: PolicyUse, statement: &Statement) {
    let Some(element) = statement.principal() else { return };
    for name in element.principals().of(PrincipalKind::Service) {
        findings.parse::<ServicePrincipal>(name);
    }
    if used_as == PolicyUse::Repository {
        for name in element.principals().of(PrincipalKind::Aws).filter(|name| *name != "*") {
            findings.parse::<PullPrincipal>(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PolicyUse::{Identity, Repository, Trust};
    use super::{PolicyDocument, PolicyUse};
    use crate::arn::Partition;
    use crate::policy::{PrincipalSet, Statement};

    fn rules(statement: Statement, used_as: PolicyUse) -> Vec<String> {
        let broken = PolicyDocument::new([statement]).broken_rules(used_as);
        broken.into_iter().map(|error| error.rule().to_owned()).collect()
    }

    fn on(resource: &str) -> Statement {
        Statement::allow(["s3:GetObject"]).with_resources([resource])
    }

    #[test]
    fn resources_are_arns_whose_fields_iam_accepts() {
        for good in [
            "*",
            "arn:aws:s3:::bucket/*",
            "arn:*:kms:*:${aws:PrincipalAccount}:key/*",
            "arn:aws-iso-b:iam::*:role/x",
            "arn:aws:iam::aws:policy/x",
            "arn:aws:iam::123456789012:root",
            "arn:aws:logs:us-east-1:1234????????:log-group:/ecs/x:*",
            "arn:aws:s3:eu-west-1:123456789012:job/*",
        ] {
            assert_eq!(rules(on(good), Identity), [""; 0], "{good}");
        }
        for bad in [
            "bucket",
            "arn:aws:s3",
            "arn:mars:s3:::bucket",
            "arn:aws:s*:::bucket",
            "arn:aws:iam::ACCOUNT_ID:role/x",
            "arn:aws:iam::<ID>:role/x",
            "arn:aws:iam::${AWS::AccountId}:role/x",
            "arn:aws:iam:us-east-1:123456789012:role/x",
            "arn:aws:iam::123456789012:bucket",
            "arn:aws:s3:us-east-1::bucket",
            "arn:aws:s3:::日本",
        ] {
            assert_eq!(rules(on(bad), Identity).len(), 1, "{bad}");
        }
        assert_eq!(rules(on("arn:aws:s3:::größe/*"), Identity), [""; 0]);
        let named = on("*").with_condition("StringEquals", "aws:x", ["日本"]);
        assert_eq!(rules(named, Identity).len(), 1);
    }

    #[test]
    fn statements_of_a_role_have_actions_resources_and_different_ids() {
        let document = |sids: [&str; 2]| PolicyDocument::new(sids.map(|sid| on("*").with_sid(sid)));
        assert_eq!(document(["a", "b"]).broken_rules(Identity), []);
        assert_eq!(document(["a", "a"]).broken_rules(Identity).len(), 1);
        assert_eq!(document(["a-b", "c d"]).broken_rules(Identity).len(), 2);
        for action in ["", "GetObject", "s3:", ":x", "s 3:x", "s3:a:b"] {
            let statement = Statement::allow([action]).with_resources(["*"]);
            assert_eq!(rules(statement, Identity).len(), 1, "{action}");
        }
        assert_eq!(rules(Statement::allow(["s3:GetObject"]), Identity).len(), 1);
        let whose = on("*").with_principal(PrincipalSet::Any);
        assert_eq!(rules(whose, Identity).len(), 1);
        let none: [&str; 0] = [];
        assert_eq!(rules(Statement::allow(none).with_resources(["*"]), Identity).len(), 1);
    }

    #[test]
    fn conditions_have_known_operators_and_dates() {
        let with = |operator: &str, value: &str| {
            rules(on("*").with_condition(operator, "aws:x", [value]), Identity)
        };
        for (operator, value) in [
            ("ForAnyValue:StringLikeIfExists", "x"),
            ("Null", "true"),
            ("DateLessThan", "2026-01-31T10:00:00Z"),
            ("DateGreaterThan", "2026-01-31"),
            ("DateLessThan", "2026"),
            ("DateLessThan", "2026-11-30T12:00:00.5+01:00"),
            ("DateEqualsIfExists", "1767225600"),
        ] {
            assert_eq!(with(operator, value), [""; 0], "{operator} {value}");
        }
        for (operator, value) in [
            ("Sounds", "x"),
            ("stringequals", "x"),
            ("DateLessThan", "soon"),
            ("DateLessThan", "2026-13-01"),
        ] {
            assert_eq!(with(operator, value).len(), 1, "{operator} {value}");
        }
    }

    #[test]
    fn a_repository_allows_actions_of_ecr_to_principals() {
        let to = |principal: &str, action: &str| {
            let principal = PrincipalSet::aws([principal]);
            rules(Statement::allow([action]).with_principal(principal), Repository)
        };
        for good in ["*", "123456789012", "arn:aws:iam::123456789012:role/x"] {
            assert_eq!(to(good, "ecr:*"), [""; 0], "{good}");
        }
        for bad in ["arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:policy/x", "me"]
        {
            assert_eq!(to(bad, "ECR:Batch*").len(), 1, "{bad}");
        }
        assert_eq!(to("*", "s3:GetObject").len(), 1);
    }

    #[test]
    fn policies_have_the_lengths_of_their_use() {
        let trust = |service: &str| {
            let services = PrincipalSet::service([service]);
            Statement::allow(["sts:AssumeRole"]).with_principal(services)
        };
        assert_eq!(rules(trust("ecs-tasks.amazonaws.com"), Trust), [""; 0]);
        assert_eq!(rules(trust("ecs.c2s.ic.gov"), Trust), [""; 0]);
        assert_eq!(rules(trust("ecs-tasks"), Trust).len(), 1);
        assert_eq!(rules(trust("ECS.amazonaws.com"), Trust).len(), 1);
        let long = trust("ecs-tasks.amazonaws.com").with_condition(
            "ArnLike",
            "aws:SourceArn",
            (0..60).map(|i| format!("arn:aws:ecs:us-east-1:123456789012:cluster/{i}")),
        );
        assert_eq!(rules(long.clone(), Trust).len(), 1);
    }

    #[test]
    fn another_partition_is_reported() {
        let foreign = |statement: Statement, own| {
            PolicyDocument::new([statement]).foreign_partitions(own).len()
        };
        assert_eq!(foreign(on("arn:aws:s3:::b"), Partition::Aws), 0);
        assert_eq!(foreign(on("arn:*:s3:::b"), Partition::AwsCn), 0);
        assert_eq!(foreign(on("arn:aws:s3:::b"), Partition::AwsCn), 1);
        let who = |set| Statement::allow(["sts:AssumeRole"]).with_principal(set);
        let root = "arn:aws-us-gov:iam::123456789012:root";
        assert_eq!(foreign(who(PrincipalSet::aws([root, "*"])), Partition::Aws), 1);
        let services = ["ec2.amazonaws.com.cn", "ecs-tasks.amazonaws.com"];
        assert_eq!(foreign(who(PrincipalSet::service(services)), Partition::Aws), 1);
        assert_eq!(foreign(who(PrincipalSet::service(services)), Partition::AwsCn), 0);
    }
}
