//! Evaluates resource-based policies and trust policies for a principal. A statement without a
//! `Resource` applies to the resource that the policy is attached to.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use infra_core::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, PrincipalKind, PrincipalSet,
    Statement, Version,
};

use super::Context;
use super::condition::{self, Operator};
use super::pattern::Pattern;
use crate::api::Caller;

/// The result of evaluating a policy for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// At least one statement allows the action, and none denies it.
    Allowed,
    /// At least one statement denies the action.
    Denied,
    /// No statement applies.
    Silent,
}

/// The principal that makes a request: a service or an AWS principal. A policy can refer to an AWS
/// principal by any of several names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who<'w> {
    Service(&'w str),
    Aws(&'w [String]),
}

/// The result of evaluating a resource-based policy for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A statement denies the action.
    Denied,
    /// No statement allows the caller to perform the action.
    Nobody,
    /// A statement allows the caller's account to perform the action, so the caller's own policies
    /// decide.
    Account,
    /// A statement allows the role of the caller's session to perform the action.
    Role,
    /// A statement allows the user, the session or everyone to perform the action.
    Principal,
}

/// Evaluates a resource-based policy for a caller. The policy must identify users and roles by ID,
/// not by ARN, unless their account was unused when the policy was set.
pub(crate) fn reach(
    policy: &PolicyDocument,
    caller: &Caller,
    action: &str,
    context: &Context,
) -> Reach {
    let Caller { location, arn, user_id, permissions: _ } = caller;
    let granted = |names: &[String]| grant(policy, Who::Aws(names), action, context);
    let itself = [arn.clone(), user_id.clone()];
    // The ID of a session consists of its role's ID, a colon, and the session's name. The principal
    // ARN of a session is the ARN of its role.
    let role = user_id.split_once(':').into_iter().flat_map(|(role, _)| {
        let arn = context.get("aws:PrincipalArn").into_iter().flatten().cloned();
        std::iter::once(role.to_owned()).chain(arn)
    });
    let role: Vec<String> = role.collect();
    let account = caller.account().to_owned();
    let root = format!("arn:{}:iam::{account}:root", location.partition);
    let account = [account, root];
    let all: Vec<String> = itself.iter().chain(&role).chain(&account).cloned().collect();
    match granted(&all) {
        Grant::Denied => Reach::Denied,
        Grant::Silent => Reach::Nobody,
        Grant::Allowed if granted(&itself) == Grant::Allowed => Reach::Principal,
        Grant::Allowed if granted(&role) == Grant::Allowed => Reach::Role,
        Grant::Allowed => Reach::Account,
    }
}

/// Evaluates a policy. A condition is never met if the mock does not implement its operator.
pub(crate) fn grant(
    document: &PolicyDocument,
    who: Who<'_>,
    action: &str,
    context: &Context,
) -> Grant {
    let mut grant = Grant::Silent;
    for statement in document.statements() {
        if !applies(statement, document.version(), who, action, context) {
            continue;
        }
        match statement.effect() {
            Effect::Deny => return Grant::Denied,
            Effect::Allow => grant = Grant::Allowed,
        }
    }
    grant
}

fn applies(
    statement: &Statement,
    version: Version,
    who: Who<'_>,
    action: &str,
    context: &Context,
) -> bool {
    let is_meant = match statement.principal() {
        None => false,
        Some(PrincipalElement::Principal(set)) => has(set, who),
        Some(PrincipalElement::NotPrincipal(set)) => !has(set, who),
    };
    let action = action.to_lowercase();
    let names_action = |patterns: &std::collections::BTreeSet<String>| {
        patterns.iter().any(|pattern| Pattern::plain(&pattern.to_lowercase()).matches(&action))
    };
    let acts = match statement.action() {
        ActionElement::Action(patterns) => names_action(patterns),
        ActionElement::NotAction(patterns) => !names_action(patterns),
    };
    is_meant
        && acts
        && statement.condition().iter().all(|(operator, key, values)| {
            Operator::read(operator).is_some_and(|operator| {
                condition::holds(operator, context.get(key), values, version, context)
            })
        })
}

fn has(set: &PrincipalSet, who: Who<'_>) -> bool {
    if matches!(set, PrincipalSet::Any) {
        return true;
    }
    match who {
        Who::Service(name) => set.of(PrincipalKind::Service).any(|known| known == name),
        Who::Aws(names) => {
            set.of(PrincipalKind::Aws).any(|known| known == "*" || names.iter().any(|n| n == known))
        }
    }
}

#[cfg(test)]
mod tests {
    use infra_core::policy::PolicyDocument;

    use super::{Grant, Who, grant};
    use crate::access::Context;

    fn of(policy: &str, who: Who<'_>) -> Grant {
        let mut context = Context::default();
        context.set("aws:SourceAccount", ["111122223333".to_owned()]);
        grant(&PolicyDocument::parse(policy).unwrap(), who, "sts:AssumeRole", &context)
    }

    #[test]
    fn principals_actions_and_conditions_decide_and_a_denial_wins() {
        let tasks = Who::Service("ecs-tasks.amazonaws.com");
        let statement = |effect: &str, service: &str, account: &str| {
            format!(
                r#"{{"Effect": "{effect}", "Principal": {{"Service": "{service}"}}, "Action": "sts:Assume*",
                    "Condition": {{"StringEquals": {{"aws:SourceAccount": "{account}"}}}}}}"#
            )
        };
        let policy = |statements: &[String]| {
            format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","))
        };
        let allow = statement("Allow", "ecs-tasks.amazonaws.com", "111122223333");
        assert_eq!(of(&policy(std::slice::from_ref(&allow)), tasks), Grant::Allowed);
        let deny = statement("Deny", "ecs-tasks.amazonaws.com", "111122223333");
        assert_eq!(of(&policy(&[allow.clone(), deny]), tasks), Grant::Denied);
        let other = statement("Allow", "ecs.amazonaws.com", "111122223333");
        assert_eq!(of(&policy(&[other]), tasks), Grant::Silent);
        let elsewhere = statement("Allow", "ecs-tasks.amazonaws.com", "444455556666");
        assert_eq!(of(&policy(&[elsewhere]), tasks), Grant::Silent);
        assert_eq!(of(&policy(&[allow]), Who::Aws(&["AROA".to_owned()])), Grant::Silent);
    }

    #[test]
    fn names_under_aws_and_the_wildcard_are_compared() {
        let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "AROA1"},
            "Action": "*"}}"#;
        assert_eq!(of(policy, Who::Aws(&["AROA1".to_owned()])), Grant::Allowed);
        assert_eq!(of(policy, Who::Aws(&["AROA2".to_owned()])), Grant::Silent);
        let anybody = policy.replace("AROA1", "*");
        assert_eq!(of(&anybody, Who::Aws(&[])), Grant::Allowed);
    }
}
