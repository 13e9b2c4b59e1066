//! ECR's messages for requests that violate its model.

use super::check;
use crate::api::ApiError;
use crate::constraints::{Broken, Rule};

/// The operations that validate their requests in `run` instead of here.
const CHECKED_IN_RUN: &[&str] = &[
    "CreateRepository",
    "DescribeRepositories",
    "GetAuthorizationToken",
    "PutImageTagMutability",
    "TagResource",
];

/// Returns the error for a request that violates the model. ECR reports only the first violation.
pub(crate) fn refusal(operation: &str, broken: &[Broken]) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    let first = broken.first()?;
    if first.member != "repositoryName" {
        return Some(check::invalid(&first.member, first.rule.words()));
    }
    // If a repository name violates several rules, ECR reports the length limit first.
    let mut of_name = broken.iter().filter(|other| other.member == first.member);
    let is_length = |other: &&Broken| matches!(other.rule, Rule::MinLength(_) | Rule::MaxLength(_));
    let Broken { member, rule, .. } = of_name.find(is_length).unwrap_or(first);
    Some(check::invalid(member, check::of_repository_name(rule)))
}
