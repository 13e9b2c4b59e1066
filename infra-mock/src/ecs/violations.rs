//! ECS's messages for requests that violate its model.

use super::errors;
use crate::api::ApiError;
use crate::constraints::{Broken, Rule};

/// The operations that check their request members in `run`, because the order of these checks
/// differs from the order in the model.
const CHECKED_IN_RUN: &[&str] = &[
    "CreateCluster",
    "DeleteCluster",
    "ListAccountSettings",
    "ListContainerInstances",
    "ListServices",
    "ListTagsForResource",
    "ListTasks",
    "PutAccountSetting",
    "PutAccountSettingDefault",
    "PutClusterCapacityProviders",
    "TagResource",
    "UntagResource",
    "UpdateCluster",
    "UpdateClusterSettings",
];

/// Returns the error for a request that violates the model. ECS reports only the first violation.
pub(crate) fn refusal(operation: &str, broken: Vec<Broken>) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    let Broken { member, value, rule } = broken.into_iter().next()?;
    let what = shown(&member);
    Some(match rule {
        Rule::Required => errors::blank(&what),
        Rule::Enum(values) => errors::not_one_of(&value.unwrap_or_default(), values),
        Rule::Items(rules) => match rules.as_slice() {
            [Rule::Enum(values)] => errors::not_one_of(&member, values),
            _ => errors::invalid(format!("Invalid {what}")),
        },
        Rule::MinLength(_) => errors::empty(&what),
        Rule::MaxLength(most) => errors::too_many(&what, usize::try_from(most).unwrap_or_default()),
        // ECS's messages for other constraints are not publicly documented.
        rule => errors::invalid(format!("{what}: {}", rule.words())),
    })
}

/// Returns a member's name as it appears in messages, without its path. For example,
/// `taskDefinition` becomes `Task definition`.
fn shown(member: &str) -> String {
    let last = member.rsplit('.').find(|part| *part != "member" && part.parse::<usize>().is_err());
    let mut text = String::new();
    for char in last.unwrap_or(member).chars() {
        if text.is_empty() {
            text.extend(char.to_uppercase());
        } else if char.is_ascii_uppercase() {
            text.push(' ');
            text.push(char.to_ascii_lowercase());
        } else {
            text.push(char);
        }
    }
    text
}
