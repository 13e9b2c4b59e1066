//! Evaluates policies for an action on a resource, given the values of the condition keys.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use infra_core::policy::{
    ActionElement, Effect, PolicyDocument, PrincipalElement, ResourceElement, Statement, Version,
};

use super::Context;
use super::condition::{self, Operator};
use super::pattern::Pattern;

/// The combined result of all policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// At least one statement allows the action and none denies it.
    Allowed,
    /// At least one statement denies the action.
    Denied,
    /// No statement applies.
    NotAllowed,
}

/// The reason why a policy cannot be attached to a caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("statement {index} of the policy {why}")]
pub struct UnusablePolicy {
    /// The number of the statement, starting at 1.
    index: usize,
    why: String,
}

/// Rejects identity-based policies that IAM does not accept or that the mock cannot evaluate.
pub(super) fn check(policy: &PolicyDocument) -> Result<(), UnusablePolicy> {
    for (index, statement) in policy.statements().iter().enumerate() {
        let fail = |why: String| Err(UnusablePolicy { index: index + 1, why });
        if statement.principal().is_some() {
            return fail(
                "has a principal, which is allowed only in resource-based policies".to_owned(),
            );
        }
        if statement.resource().is_none() {
            return fail("has no resource".to_owned());
        }
        for (operator, _, _) in statement.condition().iter() {
            if Operator::read(operator).is_none() {
                return fail(format!(
                    "uses the condition operator {operator}, which the mock does not implement"
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn decide(
    policies: &[PolicyDocument],
    action: &str,
    resource: &str,
    context: &Context,
) -> Decision {
    let mut decision = Decision::NotAllowed;
    for policy in policies {
        for statement in policy.statements() {
            if !applies(statement, policy.version(), action, resource, context) {
                continue;
            }
            match statement.effect() {
                Effect::Deny => return Decision::Denied,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
    }
    decision
}

/// Returns the index and effect of each statement that applies to an action on a resource.
pub(crate) fn matching<'p>(
    policy: &'p PolicyDocument,
    action: &'p str,
    resource: &'p str,
    context: &'p Context,
) -> impl Iterator<Item = (usize, Effect)> + 'p {
    let statements = policy.statements().iter().enumerate();
    statements
        .filter(move |(_, statement)| {
            applies(statement, policy.version(), action, resource, context)
        })
        .map(|(place, statement)| (place, statement.effect()))
}

/// Returns the condition keys that a policy uses.
pub(crate) fn condition_keys(policy: &PolicyDocument) -> impl Iterator<Item = String> {
    let conditions = policy.statements().iter().flat_map(|statement| statement.condition().iter());
    conditions.map(|(_, key, _)| key.to_owned())
}

/// The result of evaluating a trust policy for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// A statement denies the caller.
    Denied,
    /// No statement applies.
    Nobody,
    /// The policy trusts the caller's account, so the caller's own policies decide.
    Account,
    /// The policy trusts the caller itself.
    Caller,
}

/// Evaluates a trust policy. `reach` returns how a principal element identifies the caller, or
/// `None` if the element does not match the caller.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
pub(crate) fn trust(
    policy: &PolicyDocument,
    action: &str,
    context: &Context,
    reach: impl Fn(&PrincipalElement) -> Option<Trust>,
) -> Trust {
    let mut trust = Trust::Nobody;
    for statement in policy.statements() {
        let Some(reach) = statement.principal().and_then(&reach) else { continue };
        let version = policy.version();
        if !acts(statement, action) || !holds(statement, version, context) {
            continue;
        }
        match statement.effect() {
            Effect::Deny => return Trust::Denied,
            Effect::Allow => trust = trust.max(reach),
        }
    }
    trust
}

fn applies(
    statement: &Statement,
    version: Version,
    action: &str,
    resource: &str,
    context: &Context,
) -> bool {
    let to_resource = |patterns: &std::collections::BTreeSet<String>| {
        patterns.iter().any(|pattern| {
            Pattern::read(&whole(pattern), version, context)
                .is_some_and(|pattern| pattern.matches(resource))
        })
    };
    let reaches = || match statement.resource() {
        Some(ResourceElement::Resource(patterns)) => to_resource(patterns),
        Some(ResourceElement::NotResource(patterns)) => !to_resource(patterns),
        None => false,
    };
    acts(statement, action) && reaches() && holds(statement, version, context)
}

fn acts(statement: &Statement, action: &str) -> bool {
    let to_action = |patterns: &std::collections::BTreeSet<String>| {
        // Actions are case-insensitive and cannot contain variables.
        let action = action.to_lowercase();
        patterns.iter().any(|pattern| Pattern::plain(&pattern.to_lowercase()).matches(&action))
    };
    match statement.action() {
        ActionElement::Action(patterns) => to_action(patterns),
        ActionElement::NotAction(patterns) => !to_action(patterns),
    }
}

fn holds(statement: &Statement, version: Version, context: &Context) -> bool {
    statement.condition().iter().all(|(operator, key, values)| {
        Operator::read(operator).is_some_and(|operator| {
            condition::holds(operator, context.get(key), values, version, context)
        })
    })
}

/// Completes an ARN pattern that has fewer than six parts. The missing parts are `*`, as defined in
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>.
fn whole(pattern: &str) -> String {
    let colons = pattern.matches(':').count();
    let missing = if pattern.starts_with("arn:") { 5_usize.saturating_sub(colons) } else { 0 };
    format!("{pattern}{}", ":*".repeat(missing))
}
