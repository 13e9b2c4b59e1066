//! Texts and JSON for what the engine found, planned and did. Nothing here reads or prints.

mod findings;
mod fold;
mod graph;
mod outputs;
mod plan;
mod policy;
mod report;
mod style;
mod value;

pub(crate) use findings::{VerifyJson, table};
pub(crate) use fold::{fold, fold_report};
pub(crate) use graph::Graph;
pub(crate) use outputs::{env_line, github_line, outputs_json, shell_word, text_line};
pub(crate) use plan::{PlanJson, Target, changes, notices, summary_line};
pub(crate) use report::{
    Counts, ErrorJson, causes, counts, is_stopped, outcome_word, outcomes, past, present, time,
};
pub(crate) use style::{BAD, BOLD, DIM, GOOD, WARN, paint, plain};
