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
    calls: VecDeque<Recorded>,
    /// The total size of the requests.
    bytes: usize,
}

/// A call in the journal. Its request is stored as text, because a [`Value`] needs several times
/// as much memory.
#[derive(Debug)]
pub(super) struct Recorded {
    without_request: JournalEntry,
    request: Box<str>,
}

impl Recorded {
    /// Records a call. The entry's request is null; `request` is the request as JSON text.
    pub(super) fn new(without_request: JournalEntry, request: String) -> Self {
        Self { without_request, request: request.into_boxed_str() }
    }

    /// Sets the error code.
    pub(super) fn refused(mut self, refused: Option<String>) -> Self {
        self.without_request.refused = refused;
        self
    }

    /// Returns the call, but with a null request.
    pub(super) fn without_request(&self) -> &JournalEntry {
        &self.without_request
    }

    /// Returns the request, or `None` if the call is not to the operation `O`.
    pub(super) fn request<O: Operation>(&self) -> Option<O> {
        let request = self.without_request.is::<O>().then_some(&self.request)?;
        serde_json::from_str(request).ok()
    }

    pub(super) fn entry(&self) -> JournalEntry {
        let request = serde_json::from_str(&self.request).unwrap_or_default();
        JournalEntry { request, ..self.without_request.clone() }
    }
}

impl Journal {
    pub(super) fn push(&mut self, call: Recorded) {
        self.bytes += call.request.len();
        self.calls.push_back(call);
        // The last call is always kept.
        while self.calls.len() > MOST_CALLS || self.bytes > MOST_BYTES && self.calls.len() > 1 {
            let Some(oldest) = self.calls.pop_front() else { break };
            self.bytes -= oldest.request.len();
        }
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = &Recorded> {
        self.calls.iter()
    }

    pub(super) fn entries(&self) -> Vec<JournalEntry> {
        self.calls().map(Recorded::entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Journal, JournalEntry, MOST_BYTES, MOST_CALLS, Recorded};
    use crate::time::Timestamp;

    fn call(request: &serde_json::Value) -> Recorded {
        let entry = JournalEntry {
            at: Timestamp::default(),
            service: "ecs".into(),
            operation: "CreateCluster".into(),
            changes: true,
            request: serde_json::Value::Null,
            refused: None,
            fault: None,
        };
        Recorded::new(entry, request.to_string())
    }

    #[test]
    fn journal_is_limited_in_calls_and_bytes() {
        let mut journal = Journal::default();
        for number in 0..=MOST_CALLS {
            journal.push(call(&json!(number)));
        }
        assert_eq!(journal.calls().count(), MOST_CALLS);
        assert_eq!(journal.calls().next().unwrap().entry().request, json!(1));
        let large = json!({"clusterName": "x".repeat(MOST_BYTES / 4)});
        for _ in 0..6 {
            journal.push(call(&large));
        }
        assert_eq!(journal.calls().count(), 3);
        journal.push(call(&json!("x".repeat(MOST_BYTES))));
        assert_eq!(journal.calls().count(), 1);
        journal.push(call(&json!({})));
        assert_eq!(journal.calls().count(), 1);
        assert!(journal.bytes < 1024, "{}", journal.bytes);
    }
}
