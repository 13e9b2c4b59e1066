//! `PutMetricFilter`, `DescribeMetricFilters`, `DeleteMetricFilter` and `TestMetricFilter`.
//!
//! Comments that say "recorded" refer to
//! <https://github.com/localstack/localstack/blob/a32321c2bd0e46788c7369849dff27cdf751afce/tests/aws/services/logs/test_logs_metric_filters.snapshot.json>.

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    DeleteMetricFilterRequest, DescribeMetricFiltersRequest, MetricFilter, MetricFilterMatchRecord,
    MetricTransformation, PutMetricFilterRequest, TestMetricFilterRequest,
};
use crate::time::Timestamp;

use super::pattern::Pattern;
use super::subscription_filters::StoredSubscriptionFilter;
use super::{check, find_settled, limit_exceeded, long, no_group};

/// The maximum number of metric filters per log group:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>.
const MAX_FILTERS: usize = 100;

/// "There is a maximum of 5 filter patterns containing regex for each log group":
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>.
const MAX_REGEX_FILTERS: usize = 5;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredMetricFilter {
    created_at: Timestamp,
    pattern: String,
    transformations: Vec<MetricTransformation>,
    apply_on_transformed_logs: bool,
    field_selection_criteria: Option<String>,
    emit_system_field_dimensions: Option<Vec<String>>,
}

/// Returns an error if the pattern contains a regular expression and the log group already has
/// `MAX_REGEX_FILTERS` other patterns with regular expressions.
pub(super) fn check_regexes<'p>(
    pattern: &Pattern,
    others: impl Iterator<Item = &'p str>,
) -> ApiResult<()> {
    let has_regex = |text: &str| Pattern::parse(text).is_ok_and(|pattern| pattern.has_regex());
    if pattern.has_regex() && others.filter(|text| has_regex(text)).count() >= MAX_REGEX_FILTERS {
        return Err(limit_exceeded());
    }
    Ok(())
}

fn parse(text: &str) -> ApiResult<Pattern> {
    Pattern::parse(text).map_err(|bad| check::invalid(bad.message("metric filter")))
}

fn check_transformations(
    pattern: &Pattern,
    transformations: &[MetricTransformation],
) -> ApiResult<()> {
    const MAX_DIMENSIONS: usize = 3;
    for transformation in transformations {
        let Some(dimensions) = &transformation.dimensions else { continue };
        if dimensions.is_empty() {
            continue;
        }
        if transformation.default_value.is_some() {
            // https://github.com/aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock/pull/632
            return Err(check::invalid(
                "Invalid metric transformation: dimensions and default value are mutually exclusive properties",
            ));
        }
        if !pattern.supports_dimensions() {
            // https://github.com/hashicorp/terraform-provider-aws/issues/28881
            return Err(check::invalid("The specified filter pattern does not support dimensions"));
        }
        if dimensions.values().any(|value| !value.starts_with('$')) {
            // https://github.com/aws/aws-cdk/issues/35097
            return Err(check::invalid(
                "Invalid metric transformation: dimension value must be valid selector",
            ));
        }
        if dimensions.len() > MAX_DIMENSIONS {
            // The quota is from
            // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html;
            // AWS's message is not publicly documented.
            return Err(check::invalid(
                "Invalid metric transformation: a metric can have at most 3 dimensions",
            ));
        }
    }
    Ok(())
}

/// Creates a metric filter, or replaces the existing filter with the same name.
impl Operation for PutMetricFilterRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.filter_name.unwrap_or_default();
        let text = self.filter_pattern.unwrap_or_default();
        let transformations = self.metric_transformations.unwrap_or_default();
        let pattern = parse(&text)?;
        check_transformations(&pattern, &transformations)?;
        let now = call.now;
        let group = find_settled(call, &self.log_group_name.unwrap_or_default())?;
        check::standard_class(group)?;
        let others = group.metric_filters.iter().filter(|(other, _)| **other != name);
        let patterns = others.clone().map(|(_, other)| other.pattern.as_str());
        let subscriptions =
            group.subscription_filters.values().map(StoredSubscriptionFilter::pattern);
        check_regexes(&pattern, patterns.chain(subscriptions))?;
        if others.count() >= MAX_FILTERS {
            return Err(limit_exceeded());
        }
        let created_at = group.metric_filters.get(&name).map_or(now, |filter| filter.created_at);
        let filter = StoredMetricFilter {
            created_at,
            pattern: text,
            transformations,
            apply_on_transformed_logs: self.apply_on_transformed_logs.unwrap_or_default(),
            field_selection_criteria: self.field_selection_criteria,
            emit_system_field_dimensions: self.emit_system_field_dimensions,
        };
        group.metric_filters.insert(name, filter);
        Ok(())
    }
}

impl StoredMetricFilter {
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    fn shown(&self, group: &str, name: &str) -> MetricFilter {
        let Self {
            created_at,
            pattern,
            transformations,
            apply_on_transformed_logs,
            field_selection_criteria,
            emit_system_field_dimensions,
        } = self;
        MetricFilter {
            filter_name: name.to_owned(),
            filter_pattern: pattern.clone(),
            metric_transformations: transformations.clone(),
            creation_time: long(created_at.millis()),
            log_group_name: group.to_owned(),
            apply_on_transformed_logs: *apply_on_transformed_logs,
            field_selection_criteria: field_selection_criteria.clone(),
            emit_system_field_dimensions: emit_system_field_dimensions.clone(),
        }
    }
}

/// Describes the metric filters of one log group or of all log groups.
impl Operation for DescribeMetricFiltersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let Self { log_group_name, filter_name_prefix, metric_name, metric_namespace, .. } = self;
        if metric_name.is_some() != metric_namespace.is_some() {
            // The rule comes from the service model; AWS's message is not publicly documented.
            return Err(check::invalid(
                "metricName and metricNamespace must be specified together.",
            ));
        }
        let state = call.logs();
        if log_group_name.as_ref().is_some_and(|name| !state.groups.contains_key(name)) {
            // https://github.com/turbot/steampipe-plugin-aws/issues/1419
            return Err(no_group());
        }
        let groups = state.groups.iter();
        let groups =
            groups.filter(|(name, _)| log_group_name.as_ref().is_none_or(|wanted| wanted == *name));
        let filters = groups.flat_map(|(group, stored)| {
            let filters = stored.metric_filters.iter();
            filters
                .map(move |(name, filter)| (format!("{group}\n{name}"), filter.shown(group, name)))
        });
        let publishes = |filter: &MetricFilter| {
            metric_name.is_none()
                || filter.metric_transformations.iter().any(|transformation| {
                    transformation.metric_name == metric_name
                        && transformation.metric_namespace == metric_namespace
                })
        };
        let filters = filters.filter(|(_, filter)| {
            let prefix = filter_name_prefix.as_ref();
            prefix.is_none_or(|prefix| filter.filter_name.starts_with(prefix)) && publishes(filter)
        });
        let listing = format!(
            "metric filters {log_group_name:?} {filter_name_prefix:?} {metric_name:?} {metric_namespace:?}"
        );
        let page = check::page(&listing, filters, |(key, _)| key, self.next_token, self.limit)?;
        Ok(Self::Output {
            metric_filters: page.items.into_iter().map(|(_, filter)| filter).collect(),
            next_token: page.next_token,
        })
    }
}

/// Deletes a metric filter.
impl Operation for DeleteMetricFilterRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.filter_name.unwrap_or_default();
        let group = find_settled(call, &self.log_group_name.unwrap_or_default())?;
        match group.metric_filters.remove(&name) {
            Some(_) => Ok(()),
            // AWS's message is not publicly documented, so the mock's message is modeled on the
            // recorded message for subscription filters.
            None => Err(ApiError::new(
                "ResourceNotFoundException",
                "The specified metric filter does not exist.",
            )),
        }
    }
}

/// Returns the messages in the request that match a filter pattern.
impl Operation for TestMetricFilterRequest {
    fn run(self, _: &mut Call<'_>) -> ApiResult<Self::Output> {
        let pattern = parse(&self.filter_pattern.unwrap_or_default())?;
        let messages = self.log_event_messages.unwrap_or_default();
        let matches = (1..).zip(messages).filter(|(_, message)| pattern.matches(message));
        let matches = matches.map(|(event_number, event_message)| MetricFilterMatchRecord {
            event_number,
            extracted_values: pattern.extracted(&event_message),
            event_message,
        });
        Ok(Self::Output { matches: matches.collect() })
    }
}
