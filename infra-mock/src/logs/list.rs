//! `DescribeLogGroups`.

use serde::{Deserialize, Serialize};

use infra_core::arn::Location;

use crate::api::{ApiResult, Call, Operation, Service};
use crate::paging;
use crate::validate::Constraints;

use super::group::CLASSES;
use super::{StoredGroup, check};

/// Describes log groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DescribeLogGroupsRequest {
    /// Linked accounts to search; there are none.
    pub account_identifiers: Option<Vec<String>>,
    /// What the name begins with.
    pub log_group_name_prefix: Option<String>,
    /// What the name contains; not together with a prefix.
    pub log_group_name_pattern: Option<String>,
    /// What an earlier page gave.
    pub next_token: Option<String>,
    /// The size of a page, 1 to 50, by default 50.
    pub limit: Option<i32>,
    /// Whether linked accounts are searched; there are none.
    pub include_linked_accounts: Option<bool>,
    /// The class.
    pub log_group_class: Option<String>,
    /// Names or ARNs, 1 to 50; not together with another filter.
    pub log_group_identifiers: Option<Vec<String>>,
}

/// The log groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeLogGroupsResponse {
    /// The log groups, by name.
    pub log_groups: Vec<LogGroup>,
    /// What leads to the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A log group. Of one found by pattern, AWS leaves out what is counted or can be set.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    /// The name.
    pub log_group_name: String,
    /// When it was created, in milliseconds.
    pub creation_time: u64,
    /// For how many days events are kept; for ever where missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_in_days: Option<i32>,
    /// How many metric filters it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_filter_count: Option<i32>,
    /// The ARN with `:*` at its end, as IAM policies need it.
    pub arn: String,
    /// How many bytes it stores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored_bytes: Option<u64>,
    /// The ARN of the key that its events are encrypted with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// The class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group_class: Option<String>,
    /// The ARN without `:*`, as tagging needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<String>,
    /// Whether it is kept from being deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_protection_enabled: Option<bool>,
    /// Whether bearer tokens are allowed; they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer_token_authentication_enabled: Option<bool>,
}

impl LogGroup {
    fn new(location: &Location, name: &str, stored: &StoredGroup) -> Self {
        let StoredGroup {
            created_at,
            class,
            kms_key_id,
            retention_in_days,
            deletion_protection,
            stored_bytes,
            // The service's own affair.
            changed_at: _,
            // These have operations of their own.
            tags: _,
            streams: _,
        } = stored;
        let arn = location.arn("logs", format!("log-group:{name}")).to_string();
        // https://github.com/hashicorp/terraform-provider-aws/pull/42658
        let retention_in_days = if stored.is_delivery() { Some(2) } else { *retention_in_days };
        Self {
            log_group_name: name.to_owned(),
            creation_time: created_at.millis(),
            retention_in_days,
            metric_filter_count: Some(0),
            arn: format!("{arn}:*"),
            stored_bytes: Some(*stored_bytes),
            kms_key_id: kms_key_id.clone(),
            log_group_class: Some(class.clone()),
            log_group_arn: Some(arn),
            deletion_protection_enabled: Some(*deletion_protection),
            bearer_token_authentication_enabled: Some(false),
        }
    }

    /// Without what the answer to a pattern leaves out. The documentation says that only `arn`, `creationTime` and
    /// `logGroupName` are in it; AWS's own answers, as recorded in February 2026, have more:
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

impl Operation for DescribeLogGroupsRequest {
    const SERVICE: Service = Service::Logs;
    const NAME: &'static str = "DescribeLogGroups";
    const CHANGES: bool = false;
    type Output = DescribeLogGroupsResponse;

    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let limit = self.check()?;
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
        let groups = call.logs().groups.iter().filter(|(name, group)| {
            prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
                && pattern.as_ref().is_none_or(|pattern| name.contains(pattern))
                && class.as_ref().is_none_or(|class| group.class == *class)
                && names.as_ref().is_none_or(|names| names.contains(name))
        });
        // A token is good for the filters that it was given for.
        let listing = format!("groups {prefix:?} {pattern:?} {class:?} {names:?}");
        let token = self.next_token.as_deref();
        let page = paging::page(&listing, groups, |(name, _)| name, token, limit)
            .map_err(|_| check::bad_token())?;
        let described = page.items.into_iter().map(|(name, group)| {
            let group = LogGroup::new(location, name, group);
            if pattern.is_some() { group.brief() } else { group }
        });
        Ok(DescribeLogGroupsResponse {
            log_groups: described.collect(),
            next_token: page.next_token,
        })
    }
}

impl DescribeLogGroupsRequest {
    /// Checks the filters and gives the size of a page.
    fn check(&self) -> ApiResult<usize> {
        let mut constraints = Constraints::new();
        let prefix = self.log_group_name_prefix.as_deref();
        check::group_name(&mut constraints, "logGroupNamePrefix", prefix);
        let pattern = self.log_group_name_pattern.as_deref();
        let holds = pattern.is_none_or(|pattern| pattern.chars().all(check::name_char));
        constraints
            .pattern("logGroupNamePattern", r"[\.\-_/#A-Za-z0-9]*", holds)
            .length("logGroupNamePattern", pattern, 0, 512)
            .length("nextToken", self.next_token.as_deref(), 1, usize::MAX)
            .one_of("logGroupClass", self.log_group_class.as_deref(), &CLASSES);
        let limit = check::limit(&mut constraints, self.limit);
        if let Some(accounts) = &self.account_identifiers {
            constraints.items("accountIdentifiers", accounts.len(), 0, 20);
        }
        if let Some(identifiers) = &self.log_group_identifiers {
            constraints.items("logGroupIdentifiers", identifiers.len(), 1, 50);
        }
        check::finish(constraints)?;
        if prefix.is_some() && pattern.is_some() {
            // Recorded against AWS in LocalStack's tests (tests/aws/services/logs/test_logs.snapshot.json).
            return Err(check::invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let filtered = prefix.or(pattern).or(self.log_group_class.as_deref()).is_some();
        if filtered && self.log_group_identifiers.is_some() {
            // The rule is the model's; the words follow the ones above.
            return Err(check::invalid(
                "LogGroup identifiers and other filters are mutually exclusive parameters.",
            ));
        }
        Ok(limit)
    }
}
