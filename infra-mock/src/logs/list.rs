//! `DescribeLogGroups`.

use infra_core::arn::Location;

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{DescribeLogGroupsRequest, LogGroup};

use super::retention::{self, Retention};
use super::{DataProtection, StoredGroup, check, long};

impl LogGroup {
    fn new(
        location: &Location,
        name: &str,
        stored: &StoredGroup,
        retention: Retention<'_>,
        oldest: u64,
    ) -> Self {
        let StoredGroup {
            created_at,
            class,
            kms_key_id,
            deletion_protection,
            metric_filters,
            data_protection,
            bearer_token_authentication,
            // `bytes_kept` calculates the size without expired events.
            stored_bytes: _,
            // An account policy may override this setting.
            retention_in_days: _,
            // AWS does not return this internal field.
            changed_at: _,
            // `DescribeLogGroups` does not return these members.
            tags: _,
            streams: _,
            subscription_filters: _,
            index_policy: _,
            former_indexes: _,
        } = stored;
        let arn = location.arn("logs", format!("log-group:{name}")).to_string();
        // The documentation says about `retentionPolicyName`: "When it is returned, retentionInDays
        // shows the retention period from that policy instead of the retention period set on the
        // log group. If the policy specifies that log events never expire, retentionInDays is not
        // returned":
        // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
        let Retention { days, policy } = retention;
        Self {
            log_group_name: name.to_owned(),
            creation_time: long(created_at.millis()),
            retention_in_days: days,
            metric_filter_count: Some(i32::try_from(metric_filters.len()).unwrap_or(i32::MAX)),
            arn: format!("{arn}:*"),
            stored_bytes: Some(long(stored.bytes_kept(oldest))),
            kms_key_id: kms_key_id.clone(),
            log_group_class: Some(class.clone()),
            log_group_arn: Some(arn),
            deletion_protection_enabled: Some(*deletion_protection),
            retention_policy_name: policy.map(str::to_owned),
            data_protection_status: data_protection
                .as_ref()
                .map(DataProtection::status)
                .map(str::to_owned),
            bearer_token_authentication_enabled: Some(*bearer_token_authentication),
            ..Self::default()
        }
    }

    /// Removes the members that AWS omits if the request contains a name pattern. According to the
    /// documentation, only `arn`, `creationTime` and `logGroupName` remain, but AWS responses
    /// recorded in February 2026 contain more members:
    /// <https://github.com/localstack/localstack/blob/e3b2b97e6ae4079d235263943f5084137e0f00ce/tests/aws/services/logs/test_logs_groups.snapshot.json>.
    fn brief(self) -> Self {
        Self {
            retention_in_days: None,
            stored_bytes: None,
            kms_key_id: None,
            deletion_protection_enabled: None,
            bearer_token_authentication_enabled: None,
            ..self
        }
    }
}

/// Describes log groups.
impl Operation for DescribeLogGroupsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        self.check()?;
        let (prefix, pattern) = (self.log_group_name_prefix, self.log_group_name_pattern);
        let (class, identifiers) = (self.log_group_class, self.log_group_identifiers);
        let names: Option<Vec<String>> = match &identifiers {
            None => None,
            Some(identifiers) => {
                let names = identifiers.iter().map(|id| check::group_of_identifier(call, id));
                Some(names.collect::<ApiResult<_>>()?)
            }
        };
        let location = &call.caller.location;
        let now = call.now;
        let state = call.logs();
        let groups = state.groups.iter().filter(|(name, group)| {
            prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
                && pattern.as_ref().is_none_or(|pattern| name.contains(pattern))
                && class.as_ref().is_none_or(|class| group.class == *class)
                && names.as_ref().is_none_or(|names| names.contains(name))
        });
        // A page token is valid only in a request with the same filters.
        let listing = format!("groups {prefix:?} {pattern:?} {class:?} {names:?}");
        let page = check::page(&listing, groups, |(name, _)| name, self.next_token, self.limit)?;
        let described = page.items.into_iter().map(|(name, group)| {
            let retention = retention::of_group(state.retention_policies(), name, group, now);
            let group = LogGroup::new(location, name, group, retention, retention.oldest(now));
            if pattern.is_some() { group.brief() } else { group }
        });
        Ok(Self::Output { log_groups: described.collect(), next_token: page.next_token })
    }
}

impl DescribeLogGroupsRequest {
    /// Returns an error if the request combines filters that exclude each other.
    fn check(&self) -> ApiResult<()> {
        let prefix = self.log_group_name_prefix.as_deref();
        let pattern = self.log_group_name_pattern.as_deref();
        if prefix.is_some() && pattern.is_some() {
            // This message was recorded in LocalStack's AWS-validated tests
            // (tests/aws/services/logs/test_logs.snapshot.json).
            return Err(check::invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let filtered = prefix.or(pattern).or(self.log_group_class.as_deref()).is_some();
        if filtered && self.log_group_identifiers.is_some() {
            // The rule comes from the service model; the message is modeled on the message above.
            return Err(check::invalid(
                "LogGroup identifiers and other filters are mutually exclusive parameters.",
            ));
        }
        Ok(())
    }
}
