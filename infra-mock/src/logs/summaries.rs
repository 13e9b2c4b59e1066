//! `ListLogGroups`.

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{ListLogGroupsRequest, LogGroupSummary, TagFilter};

use super::{StoredGroup, check};

/// Returns whether a name matches one of the pattern's alternatives. An alternative that begins
/// with `^` must match the start of the name. Any other alternative can match anywhere.
fn is_match(pattern: &str, name: &str) -> bool {
    pattern.split('|').any(|pattern| match pattern.strip_prefix('^') {
        Some(prefix) => name.starts_with(prefix),
        None => name.contains(pattern),
    })
}

/// Returns whether a log group matches a tag filter. An exclamation mark before a value in the
/// filter excludes the log groups with that value.
///
/// The syntax of values is documented in
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagFilter.html>.
fn has_tag(group: &StoredGroup, filter: &TagFilter) -> bool {
    let value = filter.key.as_ref().and_then(|key| group.tags.get(key));
    let values = filter.values.as_deref().unwrap_or_default();
    let fits = |wanted: &str| {
        value.is_some_and(|value| {
            let (start, rest) = match wanted.strip_prefix('*') {
                Some(rest) => (true, rest),
                None => (false, wanted),
            };
            match (start, rest.strip_suffix('*')) {
                (true, Some(middle)) => value.contains(middle),
                (true, None) => value.ends_with(rest),
                (false, Some(prefix)) => value.starts_with(prefix),
                (false, None) => value == rest,
            }
        })
    };
    let excluded = values.iter().filter_map(|value| value.strip_prefix('!'));
    let mut wanted = values.iter().filter(|value| !value.starts_with('!')).peekable();
    let is_wanted = match wanted.peek() {
        Some(_) => wanted.any(|value| fits(value)),
        None => values.is_empty() && value.is_some() || !values.is_empty(),
    };
    is_wanted && !excluded.into_iter().any(fits)
}

/// Lists log groups.
impl Operation for ListLogGroupsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let location = &call.caller.location;
        let (pattern, class) = (self.log_group_name_pattern, self.log_group_class);
        let tags = self.log_group_tags.unwrap_or_default();
        let accounts = self.account_identifiers.unwrap_or_default();
        let indexes = self.field_index_names.unwrap_or_default();
        // In the mock, no log group has a data source, so a filter by data source matches nothing.
        let is_possible = self.data_sources.is_none()
            && (accounts.is_empty()
                || accounts.iter().any(|id| id == location.account_id.as_str()));
        let state = call.logs();
        let groups = state.groups.iter().filter(|(name, group)| {
            is_possible
                && pattern.as_ref().is_none_or(|pattern| is_match(pattern, name))
                && class.as_ref().is_none_or(|class| group.class == *class)
                && tags.iter().all(|filter| has_tag(group, filter))
                && (indexes.is_empty() || state.has_indexes(name, group, &indexes))
        });
        let listing = format!("log groups {pattern:?} {class:?} {tags:?} {indexes:?}");
        let page = check::page(&listing, groups, |(name, _)| name, self.next_token, self.limit)?;
        let summaries = page.items.into_iter().map(|(name, group)| LogGroupSummary {
            log_group_name: name.clone(),
            log_group_arn: location.arn("logs", format!("log-group:{name}")).to_string(),
            log_group_class: group.class.clone(),
        });
        Ok(Self::Output { log_groups: summaries.collect(), next_token: page.next_token })
    }
}
