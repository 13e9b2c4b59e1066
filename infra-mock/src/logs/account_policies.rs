//! `PutAccountPolicy`, `DescribeAccountPolicies` and `DeleteAccountPolicy`.
//!
//! Retention policies determine the retention of log groups, and index policies determine the field
//! indexes of log groups. Policies of other types are stored and returned but have no effect: the
//! mock does not transform or mask events, send them to subscribers, or extract metrics from them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    AccountPolicy, DeleteAccountPolicyRequest, DescribeAccountPoliciesRequest, DryRunResult,
    LogGroupImpact, PutAccountPolicyRequest,
};
use crate::time::Timestamp;

use super::{State, StoredGroup, check, data_protection, limit_exceeded, long, retention};

const RETENTION: &str = "RETENTION_POLICY";
const INDEX: &str = "FIELD_INDEX_POLICY";

/// The delay before a retention policy takes effect. "A retention policy takes effect 24 hours
/// after you create it":
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html>.
/// The other rules in this file are from the same page.
const DELAY: Duration = Duration::from_hours(24);

const RETENTION_IN_DAYS: [i64; 17] =
    [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredAccountPolicy {
    document: String,
    selection_criteria: Option<String>,
    pub(super) created_at: Timestamp,
    updated_at: Timestamp,
    /// The versions of a retention policy, oldest first. The newest version that has already taken
    /// effect applies.
    retention: Vec<PolicyRetention>,
}

/// A version of a retention policy, and the time at which this version takes effect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PolicyRetention {
    from: Timestamp,
    /// The retention in days, or `None` if events never expire.
    pub(super) days: Option<i32>,
    /// If set, the policy applies only to log groups that are created after this time.
    only_after: Option<Timestamp>,
    /// The policy applies to log groups with these name prefixes. If the list is empty, the policy
    /// applies to all log groups.
    prefixes: Vec<String>,
}

impl PolicyRetention {
    pub(super) fn applies_to(&self, name: &str, group: &StoredGroup) -> bool {
        let Self { from: _, days: _, only_after, prefixes } = self;
        only_after.is_none_or(|time| group.created_at > time)
            && (prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix)))
    }
}

impl StoredAccountPolicy {
    /// Returns the version of this retention policy that is in effect at the given time.
    pub(super) fn retention_at(&self, now: Timestamp) -> Option<&PolicyRetention> {
        self.retention.iter().rev().find(|retention| retention.from <= now)
    }

    pub(super) fn document(&self) -> &str {
        &self.document
    }

    pub(super) fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn shown(&self, account: &str, policy_type: &str, name: &str) -> AccountPolicy {
        let Self { document, selection_criteria, created_at: _, updated_at, retention: _ } = self;
        AccountPolicy {
            policy_name: name.to_owned(),
            policy_document: document.clone(),
            last_updated_time: long(updated_at.millis()),
            policy_type: policy_type.to_owned(),
            scope: "ALL".to_owned(),
            selection_criteria: selection_criteria.clone(),
            account_id: account.to_owned(),
        }
    }
}

impl State {
    /// Returns the account's retention policies, by name.
    pub(super) fn retention_policies(&self) -> &BTreeMap<String, StoredAccountPolicy> {
        static NONE: BTreeMap<String, StoredAccountPolicy> = BTreeMap::new();
        self.account_policies.get(RETENTION).unwrap_or(&NONE)
    }

    /// Returns the name and content of the account's index policy for a log group. This policy
    /// applies only if the log group has no index policy of its own.
    pub(super) fn account_index_policy(&self, group: &str) -> Option<(&str, &StoredAccountPolicy)> {
        let policies = self.account_policies.get(INDEX)?;
        let policy = policies.iter().find(|(_, policy)| {
            let criteria = policy.selection_criteria.as_deref();
            // In the mock, a policy that selects data sources does not apply to any log group.
            let is_of_groups = criteria.is_none_or(|text| !text.starts_with("DataSourceName"));
            let prefixes = check_criteria(INDEX, criteria).unwrap_or_default();
            is_of_groups
                && (prefixes.is_empty() || prefixes.iter().any(|prefix| group.starts_with(prefix)))
        });
        policy.map(|(name, policy)| (name.as_str(), policy))
    }

    /// Sets a retention policy for all log groups in the account. The policy takes effect
    /// immediately. If `retention_in_days` is `None`, events never expire.
    pub fn set_account_retention(&mut self, policy_name: &str, retention_in_days: Option<i32>) {
        let days = retention_in_days.map_or_else(|| "NEVER_EXPIRE".into(), Value::from);
        let document =
            serde_json::json!({"retentionInDays": days, "enforcementMode": "RETROACTIVE"});
        let policy = StoredAccountPolicy {
            document: document.to_string(),
            retention: vec![PolicyRetention {
                days: retention_in_days,
                ..PolicyRetention::default()
            }],
            ..StoredAccountPolicy::default()
        };
        let policies = self.account_policies.entry(RETENTION.to_owned()).or_default();
        policies.insert(policy_name.to_owned(), policy);
    }
}

/// Creates an account policy, or replaces the existing policy with the same type and name.
impl Operation for PutAccountPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy_type = self.policy_type.unwrap_or_default();
        let name = self.policy_name.unwrap_or_default();
        let document = self.policy_document.unwrap_or_default();
        let criteria = self.selection_criteria;
        let is_dry = self.dry_run.unwrap_or_default();
        // The rules come from AWS's documentation, but AWS's messages for violations are not
        // publicly documented.
        if name.is_empty() || name.starts_with("aws/") {
            return Err(check::invalid("Policy name must not be empty or start with aws/"));
        }
        if is_dry && policy_type != RETENTION {
            return Err(only_retention());
        }
        if document.chars().count() > 30_720 {
            return Err(check::invalid("Policy document must not exceed 30720 characters"));
        }
        let json: Value = serde_json::from_str(&document)
            .map_err(|_| check::invalid("Policy document is not valid JSON"))?;
        let prefixes = check_criteria(&policy_type, criteria.as_deref())?;
        let (now, account) = (call.now, call.caller.location.account_id.to_string());
        let mut retention = None;
        match policy_type.as_str() {
            RETENTION => retention = Some(read_retention(&json, prefixes, now)?),
            "DATA_PROTECTION_POLICY" => data_protection::check(&json)?,
            _ => {}
        }
        let state = call.logs();
        if let (true, Some(retention)) = (is_dry, &retention) {
            let result = impact(state, retention, |_, _| retention.days, now);
            let account_policy = None;
            return Ok(Self::Output { account_policy, dry_run_result: Some(result) });
        }
        let policies = state.account_policies.entry(policy_type.clone()).or_default();
        if !policies.contains_key(&name)
            && policies.len() >= quota(&policy_type, policies, criteria.as_deref())
        {
            return Err(limit_exceeded());
        }
        state.remove_all_expired(now);
        let policies = state.account_policies.entry(policy_type.clone()).or_default();
        let created = StoredAccountPolicy { created_at: now, ..StoredAccountPolicy::default() };
        let policy = policies.entry(name.clone()).or_insert(created);
        policy.document = document;
        policy.selection_criteria = criteria;
        policy.updated_at = now;
        policy.retention.extend(retention);
        let account_policy = Some(policy.shown(&account, &policy_type, &name));
        Ok(Self::Output { account_policy, dry_run_result: None })
    }
}

/// Returns the maximum number of policies of the given type in an account. Except for retention
/// policies, a policy without selection criteria must be the only policy of its type.
fn quota(
    policy_type: &str,
    policies: &BTreeMap<String, StoredAccountPolicy>,
    criteria: Option<&str>,
) -> usize {
    let is_alone =
        criteria.is_none() || policies.values().any(|policy| policy.selection_criteria.is_none());
    match policy_type {
        RETENTION => 20,
        "TRANSFORMER_POLICY" | "FIELD_INDEX_POLICY" if !is_alone => 20,
        "METRIC_EXTRACTION_POLICY" if !is_alone => 5,
        _ => 1,
    }
}

/// Checks selection criteria, such as `LogGroupNamePrefix IN ["/aws/"]`, and returns the listed
/// values.
fn check_criteria(policy_type: &str, criteria: Option<&str>) -> ApiResult<Vec<String>> {
    let Some(text) = criteria else { return Ok(Vec::new()) };
    let fields: &[&str] = match policy_type {
        "SUBSCRIPTION_FILTER_POLICY" => &["LogGroupName NOT IN"],
        "METRIC_EXTRACTION_POLICY" => &[
            "LogGroupName IN",
            "LogGroupName NOT IN",
            "LogGroupNamePrefix IN",
            "LogGroupNamePrefix NOT IN",
        ],
        "FIELD_INDEX_POLICY" if text.starts_with("DataSourceName") => return Ok(Vec::new()),
        "TRANSFORMER_POLICY" | "FIELD_INDEX_POLICY" | RETENTION => &["LogGroupNamePrefix IN"],
        _ => &[],
    };
    let list = fields.iter().find_map(|field| text.trim().strip_prefix(field));
    list.and_then(|list| serde_json::from_str(list).ok())
        .ok_or_else(|| check::invalid("Invalid selection criteria"))
}

fn read_retention(
    json: &Value,
    prefixes: Vec<String>,
    now: Timestamp,
) -> ApiResult<PolicyRetention> {
    let invalid = || check::invalid("Invalid retention policy document");
    let days = match json.get("retentionInDays") {
        Some(Value::String(text)) if text == "NEVER_EXPIRE" => None,
        Some(days) => {
            let days = days.as_i64().filter(|days| RETENTION_IN_DAYS.contains(days));
            Some(days.and_then(|days| i32::try_from(days).ok()).ok_or_else(invalid)?)
        }
        None => return Err(invalid()),
    };
    let only_after = match json.get("enforcementMode").and_then(Value::as_str) {
        Some("RETROACTIVE") => None,
        Some("NEW_ONLY") => Some(now),
        _ => return Err(invalid()),
    };
    Ok(PolicyRetention { from: now.after(DELAY), days, only_after, prefixes })
}

fn no_policy(name: &str) -> ApiError {
    // AWS's message is not publicly documented. This message is modeled on the message for
    // DeleteResourcePolicy.
    let message = format!("Policy with name [{name}] does not exist.");
    ApiError::new("ResourceNotFoundException", message)
}

fn only_retention() -> ApiError {
    check::invalid("dryRun is only supported for RETENTION_POLICY")
}

/// Returns the result of a dry run, which shows how setting or deleting a retention policy would
/// affect the log groups that the policy applies to. `after` returns a group's retention after the
/// change.
fn impact(
    state: &State,
    retention: &PolicyRetention,
    after: impl Fn(&str, &StoredGroup) -> Option<i32>,
    now: Timestamp,
) -> DryRunResult {
    let shown =
        |days: Option<i32>| days.map_or_else(|| "NEVER_EXPIRE".to_owned(), |days| days.to_string());
    let mut result = DryRunResult {
        total_matched_log_groups: Some(0),
        increased_retention_log_group_count: Some(0),
        decreased_retention_log_group_count: Some(0),
        unchanged_retention_log_group_count: Some(0),
        failed_analysis_count: Some(0),
        top_log_groups_impacted: None,
    };
    let mut impacted = Vec::new();
    for (name, group) in
        state.groups.iter().filter(|(name, group)| retention.applies_to(name, group))
    {
        let current = retention::of_group(state.retention_policies(), name, group, now);
        let length = |days: Option<i32>| days.unwrap_or(i32::MAX);
        let proposed = after(name, group);
        let count = match length(proposed).cmp(&length(current.days)) {
            std::cmp::Ordering::Greater => &mut result.increased_retention_log_group_count,
            std::cmp::Ordering::Less => &mut result.decreased_retention_log_group_count,
            std::cmp::Ordering::Equal => &mut result.unchanged_retention_log_group_count,
        };
        *count = count.map(|count| count + 1);
        result.total_matched_log_groups = result.total_matched_log_groups.map(|count| count + 1);
        if proposed != current.days {
            impacted.push(LogGroupImpact {
                log_group_name: Some(name.clone()),
                current_retention: Some(shown(current.days)),
                proposed_retention: Some(shown(proposed)),
                stored_bytes: Some(long(group.bytes_kept(current.oldest(now)))),
            });
        }
    }
    result.top_log_groups_impacted = Some(impacted);
    result
}

/// Describes the account policies of the given type.
impl Operation for DescribeAccountPoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy_type = self.policy_type.unwrap_or_default();
        let account = call.caller.location.account_id.to_string();
        let others = self.account_identifiers.unwrap_or_default();
        let is_here = others.is_empty() || others.contains(&account);
        let listing = format!("account policies {policy_type} {:?}", self.policy_name);
        let wanted = self.policy_name;
        if let Some(name) = &wanted
            && !call
                .logs()
                .account_policies
                .get(&policy_type)
                .is_some_and(|all| all.contains_key(name))
        {
            return Err(no_policy(name));
        }
        let policies = call.logs().account_policies.get(&policy_type);
        let policies = policies
            .into_iter()
            .flatten()
            .filter(|(name, _)| is_here && wanted.as_ref().is_none_or(|wanted| wanted == *name));
        let page = check::page(&listing, policies, |(name, _)| name, self.next_token, None)?;
        let shown = |(name, policy): (&String, &StoredAccountPolicy)| {
            policy.shown(&account, &policy_type, name)
        };
        let account_policies = page.items.into_iter().map(shown).collect();
        Ok(Self::Output { account_policies, next_token: page.next_token })
    }
}

/// Deletes an account policy.
impl Operation for DeleteAccountPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy_type = self.policy_type.unwrap_or_default();
        let name = self.policy_name.unwrap_or_default();
        let now = call.now;
        let is_dry = self.dry_run.unwrap_or_default();
        if is_dry && policy_type != RETENTION {
            return Err(only_retention());
        }
        let state = call.logs();
        if !state.account_policies.get(&policy_type).is_some_and(|all| all.contains_key(&name)) {
            return Err(no_policy(&name));
        }
        if is_dry {
            let mut others = state.retention_policies().clone();
            let policy = others.remove(&name);
            let retention = policy.as_ref().and_then(|policy| policy.retention.last());
            let result = retention.map(|retention| {
                let after = |group: &str, stored: &StoredGroup| {
                    retention::of_group(&others, group, stored, now).days
                };
                impact(state, retention, after, now)
            });
            return Ok(Self::Output { dry_run_result: result });
        }
        state.remove_all_expired(now);
        if let Some(policies) = state.account_policies.get_mut(&policy_type) {
            policies.remove(&name);
            if policies.is_empty() {
                state.account_policies.remove(&policy_type);
            }
        }
        Ok(Self::Output::default())
    }
}
