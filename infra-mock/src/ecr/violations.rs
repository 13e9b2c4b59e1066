//! ECR's messages for requests that violate its model.

use super::check;
use crate::api::ApiError;
use crate::constraints::Broken;

/// The operations whose own code checks their members.
const CHECKED_IN_RUN: &[&str] = &[
    "BatchDeleteImage",
    "CreateRepository",
    "DeleteLifecyclePolicy",
    "DeleteRepository",
    "DeleteRepositoryPolicy",
    "DescribeImages",
    "DescribeRepositories",
    "GetAuthorizationToken",
    "GetLifecyclePolicy",
    "GetRepositoryPolicy",
    "ListImages",
    "ListTagsForResource",
    "PutImage",
    "PutImageScanningConfiguration",
    "PutImageTagMutability",
    "PutLifecyclePolicy",
    "SetRepositoryPolicy",
    "TagResource",
    "UntagResource",
];

/// Returns the error for a request that violates the model. ECR reports only the first violation.
pub(crate) fn refusal(operation: &str, broken: Vec<Broken>) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    let Broken { member, rule } = broken.into_iter().next()?;
    Some(check::invalid(&member, rule.words()))
}
