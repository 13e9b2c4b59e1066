//! Determines how long the events of a log group are kept, and removes expired events.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::time::Timestamp;

use super::account_policies::StoredAccountPolicy;
use super::{State, StoredEvent, StoredGroup, StoredStream, event_size};

const DAY: Duration = Duration::from_hours(24);

/// The retention period of a log group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Retention<'s> {
    /// The retention in days, or `None` if events never expire.
    pub(super) days: Option<i32>,
    /// The name of the account policy that determines the retention, if there is one.
    pub(super) policy: Option<&'s str>,
}

impl Retention<'_> {
    /// Returns the cutoff time, in milliseconds: events before that time have expired.
    pub(super) fn oldest(&self, now: Timestamp) -> u64 {
        let days = self.days.and_then(|days| u32::try_from(days).ok());
        days.map_or(0, |days| {
            let kept = u64::try_from((DAY * days).as_millis()).unwrap_or(u64::MAX);
            now.millis().saturating_sub(kept)
        })
    }
}

/// Returns the retention of a log group.
///
/// "When more than one retention policy applies to a log group, the policy with the longest retention period is used.
/// [...] If two policies that apply to the same log group specify the same retention period, the policy that was created
/// first is the one reported in retentionPolicyName", and "an account-level retention policy replaces the retention period
/// set on a log group": <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html>.
pub(super) fn of_group<'s>(
    policies: &'s BTreeMap<String, StoredAccountPolicy>,
    name: &str,
    group: &StoredGroup,
    now: Timestamp,
) -> Retention<'s> {
    let applying = policies.iter().filter_map(|(policy, stored)| {
        let retention = stored.retention_at(now).filter(|it| it.applies_to(name, group))?;
        let length = retention.days.map_or(i64::MAX, i64::from);
        Some((length, std::cmp::Reverse(stored.created_at), retention.days, policy))
    });
    let longest = applying.max_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    match longest {
        Some((_, _, days, policy)) => Retention { days, policy: Some(policy) },
        // https://github.com/hashicorp/terraform-provider-aws/pull/42658
        None if group.is_delivery() => Retention { days: Some(2), policy: None },
        None => Retention { days: group.retention_in_days, policy: None },
    }
}

impl State {
    /// Returns a log group's cutoff time, in milliseconds: events before that time have expired.
    pub(super) fn oldest_kept(&self, name: &str, now: Timestamp) -> u64 {
        let Some(group) = self.groups.get(name) else { return 0 };
        of_group(self.retention_policies(), name, group, now).oldest(now)
    }

    /// Removes the expired events of a log group. No operation returns expired events, but a longer
    /// retention period would make them visible again. They are therefore removed before the
    /// retention period changes.
    pub(super) fn remove_expired(&mut self, name: &str, now: Timestamp) {
        let oldest = self.oldest_kept(name, now);
        let Some(group) = self.groups.get_mut(name) else { return };
        for stream in group.streams.values_mut() {
            let expired = stream.events.len() - stream.kept(oldest).len();
            let sizes = stream.events.drain(..expired).map(|event| event_size(&event.message));
            group.stored_bytes = group.stored_bytes.saturating_sub(sizes.sum());
        }
    }

    /// Removes the expired events of every log group.
    pub(super) fn remove_all_expired(&mut self, now: Timestamp) {
        let names: Vec<String> = self.groups.keys().cloned().collect();
        for name in names {
            self.remove_expired(&name, now);
        }
    }
}

impl StoredStream {
    /// Returns the events that are not older than `oldest`.
    pub(super) fn kept(&self, oldest: u64) -> &[StoredEvent] {
        let expired = self.events.partition_point(|event| event.timestamp < oldest);
        self.events.get(expired..).unwrap_or_default()
    }
}

impl StoredGroup {
    /// Returns the size in bytes of the events that are not older than `oldest`.
    pub(super) fn bytes_kept(&self, oldest: u64) -> u64 {
        let expired = self.streams.values().flat_map(|stream| {
            stream.events.iter().take_while(move |event| event.timestamp < oldest)
        });
        self.stored_bytes.saturating_sub(expired.map(|event| event_size(&event.message)).sum())
    }
}
