//! `PutSubscriptionFilter`, `DescribeSubscriptionFilters` and `DeleteSubscriptionFilter`.
//!
//! The mock has no destination services, so it delivers nothing and does not check that
//! destinations exist. Comments that say "recorded" refer to
//! <https://github.com/localstack/localstack/blob/90e540cf081e4c05bc4634e1fbc694c3e3f7c1d0/tests/aws/services/logs/test_logs_subscription_filters.snapshot.json>.

use infra_core::arn::Arn;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    DeleteSubscriptionFilterRequest, DescribeSubscriptionFiltersRequest,
    PutSubscriptionFilterRequest, SubscriptionFilter,
};
use crate::time::Timestamp;

use super::metric_filters::{StoredMetricFilter, check_regexes};
use super::pattern::Pattern;
use super::{check, find, find_settled, limit_exceeded, long};

/// The maximum number of subscription filters per log group:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>.
const MAX_FILTERS: usize = 2;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredSubscriptionFilter {
    created_at: Timestamp,
    pattern: String,
    destination_arn: String,
    role_arn: Option<String>,
    distribution: String,
    apply_on_transformed_logs: bool,
    field_selection_criteria: Option<String>,
    emit_system_fields: Option<Vec<String>>,
}

/// Returns an error if the ARN of a destination is not allowed or a required role is missing.
fn check_destination(call: &Call<'_>, destination: &str, role: Option<&str>) -> ApiResult<()> {
    let location = call.location();
    // AWS's message for an ARN from another service is not publicly documented.
    let invalid = || check::invalid("Invalid destinationArn");
    let arn: Arn = destination.parse().map_err(|_| invalid())?;
    let is_here = arn.account_id == location.account_id.as_str();
    match arn.service.as_str() {
        vendor @ ("kinesis" | "firehose") if role.is_none() => Err(check::invalid(format!(
            // This message was recorded for a Kinesis stream.
            "destinationArn for vendor {vendor} cannot be used without roleArn"
        ))),
        // This error was recorded.
        "lambda" if !is_here => Err(ApiError::new(
            "AccessDeniedException",
            "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross \
             account lambda triggers.",
        )),
        "kinesis" | "firehose" | "lambda" | "logs" => Ok(()),
        _ => Err(invalid()),
    }
}

/// Creates a subscription filter, or replaces the existing filter with the same name.
impl Operation for PutSubscriptionFilterRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.filter_name.unwrap_or_default();
        let text = self.filter_pattern.unwrap_or_default();
        let destination_arn = self.destination_arn.unwrap_or_default();
        let pattern = Pattern::parse(&text).map_err(|bad| check::invalid(bad.message("filter")))?;
        // According to the recorded responses, AWS checks the destination before it looks up the
        // log group.
        check_destination(call, &destination_arn, self.role_arn.as_deref())?;
        let now = call.now;
        let group = find_settled(call, &self.log_group_name.unwrap_or_default())?;
        check::standard_class(group)?;
        let others = group.subscription_filters.iter().filter(|(other, _)| **other != name);
        let patterns = others.clone().map(|(_, other)| other.pattern.as_str());
        let metrics = group.metric_filters.values().map(StoredMetricFilter::pattern);
        check_regexes(&pattern, patterns.chain(metrics))?;
        if others.count() >= MAX_FILTERS {
            return Err(limit_exceeded());
        }
        let created = group.subscription_filters.get(&name).map(|filter| filter.created_at);
        let filter = StoredSubscriptionFilter {
            created_at: created.unwrap_or(now),
            pattern: text,
            destination_arn,
            role_arn: self.role_arn,
            distribution: self.distribution.unwrap_or_else(|| "ByLogStream".to_owned()),
            apply_on_transformed_logs: self.apply_on_transformed_logs.unwrap_or_default(),
            field_selection_criteria: self.field_selection_criteria,
            emit_system_fields: self.emit_system_fields,
        };
        group.subscription_filters.insert(name, filter);
        Ok(())
    }
}

impl StoredSubscriptionFilter {
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    fn shown(&self, group: &str, name: &str) -> SubscriptionFilter {
        let Self {
            created_at,
            pattern,
            destination_arn,
            role_arn,
            distribution,
            apply_on_transformed_logs,
            field_selection_criteria,
            emit_system_fields,
        } = self;
        SubscriptionFilter {
            filter_name: name.to_owned(),
            log_group_name: group.to_owned(),
            filter_pattern: pattern.clone(),
            destination_arn: destination_arn.clone(),
            role_arn: role_arn.clone(),
            distribution: distribution.clone(),
            apply_on_transformed_logs: *apply_on_transformed_logs,
            creation_time: long(created_at.millis()),
            field_selection_criteria: field_selection_criteria.clone(),
            emit_system_fields: emit_system_fields.clone(),
        }
    }
}

/// Describes the subscription filters of a log group.
impl Operation for DescribeSubscriptionFiltersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let group_name = self.log_group_name.unwrap_or_default();
        let prefix = self.filter_name_prefix;
        let group = find(call, &group_name)?;
        let filters = group.subscription_filters.iter();
        let filters = filters
            .filter(|(name, _)| prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix)));
        let listing = format!("subscription filters {group_name} {prefix:?}");
        let page = check::page(&listing, filters, |(name, _)| name, self.next_token, self.limit)?;
        let shown = page.items.into_iter().map(|(name, filter)| filter.shown(&group_name, name));
        Ok(Self::Output { subscription_filters: shown.collect(), next_token: page.next_token })
    }
}

/// Deletes a subscription filter.
impl Operation for DeleteSubscriptionFilterRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.filter_name.unwrap_or_default();
        let group = find_settled(call, &self.log_group_name.unwrap_or_default())?;
        match group.subscription_filters.remove(&name) {
            Some(_) => Ok(()),
            // This error was recorded.
            None => Err(ApiError::new(
                "ResourceNotFoundException",
                "The specified subscription filter does not exist.",
            )),
        }
    }
}
