//! The words of CloudWatch Logs for requests that break its model.

use super::check;
use crate::api::ApiError;
use crate::constraints::{Broken, message};

/// Operations that check their members themselves.
const CHECKED_IN_RUN: &[&str] = &[
    "AssociateKmsKey",
    "CreateLogGroup",
    "CreateLogStream",
    "DeleteLogGroup",
    "DeleteRetentionPolicy",
    "DescribeLogGroups",
    "DescribeLogStreams",
    "DisassociateKmsKey",
    "GetLogEvents",
    "ListTagsForResource",
    "ListTagsLogGroup",
    "PutLogEvents",
    "PutLogGroupDeletionProtection",
    "PutRetentionPolicy",
    "TagLogGroup",
    "TagResource",
    "UntagLogGroup",
    "UntagResource",
];

/// The refusal of a request, if it breaks something.
pub(crate) fn refusal(operation: &str, broken: &[Broken]) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    message(broken).map(check::invalid)
}
