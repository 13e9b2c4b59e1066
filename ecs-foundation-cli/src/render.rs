//! Formats findings, plans and results as text and JSON. This module reads no input and prints
//! nothing.

mod escape;
mod findings;
mod fold;
mod graph;
mod hints;
mod outputs;
mod plan;
mod report;
mod style;

pub(crate) use escape::plain_json;
pub(crate) use findings::{VerifyJson, table};
pub(crate) use fold::{fold, fold_report};
pub(crate) use graph::Graph;
pub(crate) use hints::{blocker_hint, error_hint};
pub(crate) use outputs::{env_line, github_line, outputs_json, shell_word, text_line};
pub(crate) use plan::{PlanJson, Target};
pub(crate) use report::{
    Counts, ErrorJson, causes, counts, is_stopped, outcome_word, outcomes, past, present, time,
};
pub(crate) use style::{BAD, BOLD, DIM, GOOD, WARN, paint, plain, tone};
