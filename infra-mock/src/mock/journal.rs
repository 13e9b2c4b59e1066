//! The journal of calls.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::time::Timestamp;

/// One call that the mock was asked to make.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalEntry {
    /// When.
    pub at: Timestamp,
    /// The service, as IAM actions spell it.
    pub service: Cow<'static, str>,
    /// The operation, or what a request over HTTP called for that the mock does not have.
    pub operation: Cow<'static, str>,
    /// Whether the operation changes something.
    pub changes: bool,
    /// The request, in the form of its service; null where it could not be read.
    pub request: Value,
    /// The code that it was refused with.
    pub refused: Option<String>,
    /// The [fault](crate::faults) that it met on its way.
    pub fault: Option<Cow<'static, str>>,
}

/// A mock that runs for days stays small, whatever its clients send: the journal keeps so many calls, and requests of so
/// many bytes in all.
const MOST_CALLS: usize = 100_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The last calls, in order.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<JournalEntry>,
    /// About what their requests hold.
    bytes: usize,
}

impl Journal {
    pub(super) fn push(&mut self, entry: JournalEntry) {
        self.bytes += weight(&entry.request);
        self.entries.push_back(entry);
        // The last one stays, however large.
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

/// About how many bytes a value takes in memory.
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
    fn a_journal_is_bounded_in_calls_and_in_bytes() {
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
