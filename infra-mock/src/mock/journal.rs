//! The journal of calls.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::api::Operation;
use crate::time::Timestamp;

/// A recorded call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalEntry {
    /// The time of the call.
    pub at: Timestamp,
    /// The service prefix that IAM actions use, such as `ecs`.
    pub service: Cow<'static, str>,
    /// The operation. For an unimplemented operation, this is the name in the HTTP request.
    pub operation: Cow<'static, str>,
    /// Whether the operation changes state.
    pub changes: bool,
    /// The request in the service's format; null if it could not be parsed.
    pub request: Value,
    /// The error code, if the call was rejected.
    pub refused: Option<String>,
    /// The [fault](crate::faults) that affected the call.
    pub fault: Option<Cow<'static, str>>,
}

impl JournalEntry {
    /// Returns whether this is a call to the operation `O`.
    pub fn is<O: Operation>(&self) -> bool {
        self.service == O::SERVICE.id() && self.operation == O::NAME
    }
}

/// The limits of the journal: the number of calls and the total size of their requests. They limit
/// how much memory a long-running mock uses, regardless of what its clients send.
const MOST_CALLS: usize = 100_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The most recent calls, in order.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<JournalEntry>,
    /// The approximate size of the requests.
    bytes: usize,
}

impl Journal {
    pub(super) fn push(&mut self, entry: JournalEntry) {
        self.bytes += weight(&entry.request);
        self.entries.push_back(entry);
        // The last call is always kept.
        while self.entries.len() > MOST_CALLS || self.bytes > MOST_BYTES && self.entries.len() > 1 {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= weight(&oldest.request);
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &JournalEntry> {
        self.entries.iter()
    }

    pub(super) fn into_entries(self) -> Vec<JournalEntry> {
        self.entries.into()
    }
}

/// Returns the approximate size of a value in memory.
fn weight(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| name.len() + weight(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    inner + size_of::<Value>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Journal, JournalEntry, MOST_BYTES, MOST_CALLS};
    use crate::time::Timestamp;

    fn entry(request: serde_json::Value) -> JournalEntry {
        JournalEntry {
            at: Timestamp::default(),
            service: "ecs".into(),
            operation: "CreateCluster".into(),
            changes: true,
            request,
            refused: None,
            fault: None,
        }
    }

    #[test]
    fn journal_is_limited_in_calls_and_bytes() {
        let mut journal = Journal::default();
        for number in 0..=MOST_CALLS {
            journal.push(entry(json!(number)));
        }
        assert_eq!(journal.entries().count(), MOST_CALLS);
        assert_eq!(journal.entries().next().unwrap().request, json!(1));
        let large = json!({"clusterName": "x".repeat(MOST_BYTES / 4)});
        for _ in 0..6 {
            journal.push(entry(large.clone()));
        }
        assert_eq!(journal.entries().count(), 3);
        journal.push(entry(json!("x".repeat(MOST_BYTES))));
        assert_eq!(journal.entries().count(), 1);
        journal.push(entry(json!({})));
        assert_eq!(journal.entries().count(), 1);
        assert!(journal.bytes < 1024, "{}", journal.bytes);
    }
}
