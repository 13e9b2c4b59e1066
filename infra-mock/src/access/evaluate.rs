//! Whether policies allow an action on a resource in a context.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use infra_core::policy::{
    ActionElement, Effect, PolicyDocument, ResourceElement, Statement, Version,
};

use super::Context;
use super::condition::{self, Operator};
use super::pattern::Pattern;

/// What policies together say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// One allows it and none denies it.
    Allowed,
    /// One denies it.
    Denied,
    /// None says anything.
    NotAllowed,
}

/// Why a document cannot be a caller's policy here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("statement {index} of the policy {why}")]
pub struct UnusablePolicy {
    /// Which statement, from 1.
    index: usize,
    why: String,
}

/// Refuses what IAM does not take for an identity, and what cannot be evaluated here.
pub(super) fn check(policy: &PolicyDocument) -> Result<(), UnusablePolicy> {
    for (index, statement) in policy.statements().iter().enumerate() {
        let fail = |why: String| Err(UnusablePolicy { index: index + 1, why });
        if statement.principal().is_some() {
            return fail("names a principal, which only a policy on a resource does".to_owned());
        }
        if statement.resource().is_none() {
            return fail("names no resource".to_owned());
        }
        for (operator, _, _) in statement.condition().iter() {
            if Operator::read(operator).is_none() {
                return fail(format!(
                    "has the condition operator {operator}, which the mock lacks"
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

fn applies(
    statement: &Statement,
    version: Version,
    action: &str,
    resource: &str,
    context: &Context,
) -> bool {
    let to_action = |patterns: &std::collections::BTreeSet<String>| {
        // Actions are one without regard to case, and have no variables.
        let action = action.to_lowercase();
        patterns.iter().any(|pattern| Pattern::plain(&pattern.to_lowercase()).matches(&action))
    };
    let acts = match statement.action() {
        ActionElement::Action(patterns) => to_action(patterns),
        ActionElement::NotAction(patterns) => !to_action(patterns),
    };
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
    let holds = || {
        statement.condition().iter().all(|(operator, key, values)| {
            Operator::read(operator).is_some_and(|operator| {
                condition::holds(operator, context.get(key), values, version, context)
            })
        })
    };
    acts && reaches() && holds()
}

/// An ARN with fewer than its six parts stands for one that has `*` in their place:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>.
fn whole(pattern: &str) -> String {
    let colons = pattern.matches(':').count();
    let missing = if pattern.starts_with("arn:") { 5_usize.saturating_sub(colons) } else { 0 };
    format!("{pattern}{}", ":*".repeat(missing))
}
