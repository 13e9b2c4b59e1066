//! CloudWatch Logs messages for requests that violate the constraints in the service's model.

use super::check;
use crate::api::ApiError;
use crate::constraints::{Broken, Rule, message};

/// The operations that check their request members themselves.
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

/// Returns the error for a request that violates constraints.
pub(crate) fn refusal(operation: &str, broken: &[Broken]) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    // This message was recorded for `DeleteMetricFilter`:
    // https://github.com/localstack/localstack/blob/a32321c2bd0e46788c7369849dff27cdf751afce/tests/aws/services/logs/test_logs_metric_filters.snapshot.json
    let is_name = |member: &str| matches!(member, "logGroupName" | "logStreamName");
    if let [Broken { member, rule: Rule::MaxLength(512) }] = broken
        && is_name(member)
    {
        let sentence =
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.";
        return Some(check::invalid(sentence));
    }
    message(broken).map(check::invalid)
}
