//! The table of scenarios and backends in `docs/conformance.md`: a run updates it, and a test compares it
//! with the suite.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use infra_core::conformance::{Scenario, scenarios};
use libtest_mimic::{Failed, Trial};

use super::backends::Entry;
use super::deviations::{self, Deviation};
use super::matrix::Record;

/// The line above the table; everything before it is written by hand.
const MARK: &str = "conformance.md`. -->/conformance.md`. -->";

/// The result of a scenario on a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// It passed.
    Passed,
    /// The backend does not support something that the scenario needs.
    Ignored(String),
    /// The backend deviates from AWS in a known way.
    Differs(&'static Deviation),
    /// It failed.
    Failed,
}

impl Cell {
    /// Whether the scenario has run.
    pub(crate) fn has_run(&self) -> bool {
        !matches!(self, Self::Ignored(_))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Ignored(why) => write!(f, "ignored: {why}"),
            Self::Differs(Deviation { does, document, .. }) => {
                write!(f, "differs: {does} ([AWS]({document}))")
            }
            Self::Failed => f.write_str("failed"),
        }
    }
}

/// A table with a row for each scenario and a column for each backend.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    backends: Vec<String>,
    cells: BTreeMap<(String, String), String>,
    /// The scenarios, in order.
    rows: Vec<String>,
}

impl Table {
    /// Updates the columns of the backends that have run, and keeps the other columns.
    pub(crate) fn update(file: &Path, records: &[Record]) -> Result<(), String> {
        let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
        let (above, below) =
            text.split_once(MARK).ok_or_else(|| format!("the line {MARK:?} is missing"))?;
        let mut table = Self::read(below);
        table.rows = scenarios().map(Scenario::to_string).collect();
        for Record { backend, scenario, cell } in records {
            if !table.backends.iter().any(|name| name == backend) {
                table.backends.push((*backend).to_owned());
            }
            table.cells.insert((scenario.to_string(), (*backend).to_owned()), cell.to_string());
        }
        fs::write(file, format!("{above}{MARK}\n\n{table}")).map_err(|error| error.to_string())
    }

    fn read(text: &str) -> Self {
        let mut rows = text.lines().filter_map(|line| {
            let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
            Some(cells.split(" | ").map(str::to_owned).collect::<Vec<_>>())
        });
        let backends = rows.next().unwrap_or_default().into_iter().skip(1).collect();
        let mut table = Self { backends, ..Self::default() };
        for row in rows {
            let mut cells = row.into_iter();
            let scenario = cells.next().unwrap_or_default();
            let scenario = scenario.trim_matches('`').to_owned();
            for (backend, cell) in table.backends.iter().zip(cells) {
                table.cells.insert((scenario.clone(), backend.clone()), cell);
            }
            table.rows.push(scenario);
        }
        table
    }

    fn cell(&self, scenario: &str, backend: &str) -> &str {
        let cell = self.cells.get(&(scenario.to_owned(), backend.to_owned()));
        cell.map_or("not run", String::as_str)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| scenario | {} |", self.backends.join(" | "))?;
        writeln!(f, "|---|{}", "---|".repeat(self.backends.len()))?;
        for row in &self.rows {
            let cells: Vec<_> =
                self.backends.iter().map(|backend| self.cell(row, backend)).collect();
            writeln!(f, "| `{row}` | {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md")
}

/// Compares the committed table with the suite.
pub(crate) fn trials(entries: &[Entry]) -> Vec<Trial> {
    let known: Vec<_> = entries.iter().filter_map(|it| Some((it.name, it.lacks?))).collect();
    let check = move || {
        let text = fs::read_to_string(committed())?;
        let table = Table::read(text.split_once(MARK).ok_or("the table is missing")?.1);
        let mut wrong = Vec::new();
        let rows: Vec<_> = scenarios().map(Scenario::to_string).collect();
        if table.rows != rows {
            wrong.push("the scenarios differ from those of the suite".to_owned());
        }
        for (backend, lacks) in &known {
            for scenario in scenarios() {
                let lacking = scenario.needs().find_map(*lacks).map(Cell::Ignored);
                let differs = deviations::of(backend, scenario).map(Cell::Differs);
                let expected = lacking.or(differs).unwrap_or(Cell::Passed).to_string();
                let found = table.cell(&scenario.to_string(), backend);
                if found != expected {
                    wrong.push(format!(
                        "{scenario} on {backend} is {found:?}, expected {expected:?}"
                    ));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let how = "run `cargo xtask conformance --backend moto --table docs/conformance.md`";
        Err(Failed::from(format!("docs/conformance.md: {}\n{how}", wrong.join("\n"))))
    };
    vec![
        Trial::test("table::matches_the_suite", check),
        Trial::test("deviations::name_existing_scenarios", || {
            match deviations::strays().as_slice() {
                [] => Ok(()),
                strays => Err(format!("no such scenarios: {strays:?}").into()),
            }
        }),
    ]
}
