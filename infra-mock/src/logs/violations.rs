//! The errors that CloudWatch Logs returns for requests that violate constraints in its service
//! model.

use super::check;
use crate::api::ApiError;
use crate::constraints::{Broken, Quoted, Rule, message};

/// The operations that check the constraints on their requests themselves:
/// - `CreateLogGroup`, because the mock does not support every log group class;
/// - the operations on tags, because a malformed ARN has its own error;
/// - `PutLogEvents`, because an invalid entity does not make it fail.
const CHECKED_IN_RUN: &[&str] =
    &["CreateLogGroup", "ListTagsForResource", "PutLogEvents", "TagResource", "UntagResource"];

/// Returns the error for a request that violates constraints, or `None` if the operation checks
/// them itself.
///
/// Until early 2026, AWS also quoted strings, lists and nulls
/// (<https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs/test_logs_metric_filters.snapshot.json>),
/// but now it quotes only numbers: <https://github.com/vals-ai/Valkyrie/pull/484>,
/// <https://github.com/getmoto/moto/pull/10104>.
pub(crate) fn refusal(operation: &str, broken: &[Broken]) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    // This message was recorded for `DeleteMetricFilter`:
    // https://github.com/localstack/localstack/blob/a32321c2bd0e46788c7369849dff27cdf751afce/tests/aws/services/logs/test_logs_metric_filters.snapshot.json
    let is_name = |member: &str| matches!(member, "logGroupName" | "logStreamName");
    if let [Broken { member, rule: Rule::MaxLength(512), .. }] = broken
        && is_name(member)
    {
        let sentence =
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.";
        return Some(check::invalid(sentence));
    }
    let broken = broken.iter().filter(|one| !is_valid_namespace(one));
    let broken: Vec<Broken> = broken.cloned().map(with_minimum).collect();
    let text = message(&broken, Quoted::Numbers)?;
    // The operations on deliveries return a different error code:
    // https://github.com/localstack/localstack/blob/1d13ef060601884cef1aec6dfc228f54578fdfe8/tests/aws/services/logs/test_logs_delivery.snapshot.json
    let is_delivery = operation.contains("Deliver");
    Some(if is_delivery { check::validation(text) } else { check::invalid(text) })
}

/// Returns whether the only forbidden characters in the namespace of a metric are colons. The service model's pattern excludes
/// them, but AWS accepts them: `test_put_metric_filter_with_special_namespace` in
/// <https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs/test_logs_metric_filters.snapshot.json>.
fn is_valid_namespace(Broken { member, value, rule }: &Broken) -> bool {
    let is_namespace = member.ends_with("metricNamespace") && matches!(rule, Rule::Pattern(_));
    is_namespace && value.as_ref().is_some_and(|text| !text.contains(['*', '$']))
}

/// Adds a minimum length of 0 to the constraints on the values of a map. AWS's message about an
/// invalid tag value includes this minimum, although the service model does not define it:
/// <https://github.com/SWO-GS/auto-tag/issues/77>.
fn with_minimum(mut broken: Broken) -> Broken {
    if let Rule::Values(rules) = &mut broken.rule
        && let [Rule::MaxLength(_), Rule::Pattern(_)] = rules.as_slice()
    {
        rules.insert(1, Rule::MinLength(0));
    }
    broken
}
