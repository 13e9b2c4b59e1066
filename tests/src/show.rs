//! Renders plans and journals as lines of text, so that an assertion fits on a single line.

use std::collections::BTreeMap;

pub use infra_core::conformance::show::{
    action, blockers, changes, conflicts, json, notices, outline,
};
use infra_core::engine::Report;
use infra_mock::JournalEntry;

/// Returns the name of each call as `service:Operation`, in order.
pub fn names(calls: &[JournalEntry]) -> Vec<String> {
    calls.iter().map(|call| format!("{}:{}", call.service, call.operation)).collect()
}

/// Returns the names of all writes in order, including refused writes.
pub fn changing(calls: &[JournalEntry]) -> Vec<String> {
    let changing: Vec<JournalEntry> = calls.iter().filter(|call| call.changes).cloned().collect();
    names(&changing)
}

/// Returns the names of all writes in alphabetical order, including refused writes. Use this
/// function if the order of the calls may vary.
pub fn changing_sorted(calls: &[JournalEntry]) -> Vec<String> {
    let mut names = changing(calls);
    names.sort();
    names
}

/// Counts the calls by name.
pub fn tally(calls: &[JournalEntry]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for name in names(calls) {
        *tally.entry(name).or_default() += 1;
    }
    tally
}

/// Returns the errors from a run, each with its causes.
pub fn failures(report: &Report) -> Vec<String> {
    let chain = |error: &infra_core::Error| {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    };
    report.failures().map(|(_, error)| chain(error)).collect()
}
