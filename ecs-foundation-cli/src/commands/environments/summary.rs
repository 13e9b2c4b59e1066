//! Summarizes the results of a command for several environments.

use infra_core::engine::Summary;
use infra_core::names::EnvironmentName;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{BAD, BOLD, DIM, GOOD, WARN, paint};

/// The result for one environment.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: EnvironmentName,
    pub(super) verdict: Verdict,
    pub(super) text: String,
}

/// The kind of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is nothing to change, or all attributes match.
    Same,
    /// The plan contains changes, changes were applied, or an attribute differs.
    Changed,
    Failed,
    NotStarted,
}

/// The words that describe a command's results in the last line of the summary, such as `unchanged`
/// and `applied`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    same: &'static str,
    changed: &'static str,
}

impl Words {
    pub(super) const PLAN: Self = Self { same: "unchanged", changed: "with changes" };
    pub(super) const VERIFY: Self = Self { same: "verified", changed: "differ" };
    pub(super) const APPLY: Self = Self { same: "unchanged", changed: "applied" };
    pub(super) const DESTROY: Self = Self { same: "unchanged", changed: "destroyed" };
}

impl Row {
    /// Returns the row for a failed environment. If `failure` is an interruption, returns an error
    /// instead, because an interruption ends the run.
    pub(super) fn failed(name: EnvironmentName, failure: &Failure) -> Result<Self, Failure> {
        if failure.exit() != Exit::Failure {
            return Err(Failure::interrupted());
        }
        let text = format!("failed: {}", failure.headline());
        Ok(Self { name, verdict: Verdict::Failed, text })
    }
}

/// Formats the summary: one line for each environment, and a last line with the counts.
pub(super) fn text(rows: &[Row], words: Words) -> String {
    let width = rows.iter().map(|row| row.name.as_str().len()).max().unwrap_or_default();
    let mut text = format!("\n{}\n", paint(BOLD, "Summary"));
    for Row { name, verdict, text: result } in rows {
        let style = match verdict {
            Verdict::Same => DIM,
            Verdict::Changed => GOOD,
            Verdict::Failed => BAD,
            Verdict::NotStarted => WARN,
        };
        text.extend([format!("  {:width$}  {}\n", name.as_str(), paint(style, result))]);
    }
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let parts = [
        (count(Verdict::Changed), words.changed),
        (count(Verdict::Same), words.same),
        (count(Verdict::Failed), "failed"),
        (count(Verdict::NotStarted), "not started"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    text + &format!("{} {}.\n", paint(BOLD, "Environments:"), parts.join(", "))
}

/// Formats the nonzero counts of a plan, for example `2 to create, 1 to delete`.
pub(super) fn counts(summary: Summary) -> String {
    let Summary { create, update, replace, delete, adopt, no_op: _ } = summary;
    let parts = [
        (create, "to create"),
        (update, "to update"),
        (replace, "to replace"),
        (delete, "to delete"),
        (adopt, "to adopt"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { "no changes".to_owned() } else { parts.join(", ") }
}

pub(super) fn add(sum: &mut Summary, more: Summary) {
    let Summary { create, update, replace, delete, adopt, no_op } = more;
    sum.create += create;
    sum.update += update;
    sum.replace += replace;
    sum.delete += delete;
    sum.adopt += adopt;
    sum.no_op += no_op;
}
