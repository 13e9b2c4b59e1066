//! ECR's words for requests that break its model.

use super::check;
use crate::api::ApiError;
use crate::constraints::Broken;

/// Operations that check their members themselves.
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

/// The refusal of a request, if it breaks something. ECR names the first violation alone.
pub(crate) fn refusal(operation: &str, broken: Vec<Broken>) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    let Broken { member, rule } = broken.into_iter().next()?;
    Some(check::invalid(&member, rule.words()))
}
