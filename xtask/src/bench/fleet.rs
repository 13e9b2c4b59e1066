//! Benchmarks commands that run on many environments, and formats the results as a table.

use std::fmt::Write as _;

use serde::Deserialize;

use super::{run_benchmarks, thousands};
use crate::process::Result;

/// A measurement. The benchmark prints each measurement as one line of JSON.
#[derive(Debug, Deserialize)]
struct Measured {
    command: String,
    environments: usize,
    latency_seconds: f64,
    parallelism: u32,
    calls: u32,
    seconds: f64,
    peak_kib: Option<u64>,
}

/// Runs the benchmark and returns the results as a table.
pub(super) fn table() -> Result<String> {
    text(&run_benchmarks("fleet", &[])?)
}

fn text(lines: &[String]) -> Result<String> {
    let lines = lines.iter().filter(|line| line.starts_with('{'));
    let all =
        lines.map(|line| serde_json::from_str(line).map_err(|error| format!("{line}: {error}")));
    let all: Vec<Measured> = all.collect::<Result<_>>()?;
    let first = all.first().ok_or("the benchmark output contains no results")?;
    let mut text = format!(
        "| {} environments, {:.0} ms for each call, {} calls at a time | calls | seconds | calls × latency / parallelism \
         | ratio | peak memory |\n|---|--:|--:|--:|--:|--:|\n",
        first.environments,
        first.latency_seconds * 1e3,
        first.parallelism,
    );
    for Measured { command, latency_seconds, parallelism, calls, seconds, peak_kib, .. } in &all {
        let ideal = f64::from(*calls) * latency_seconds / f64::from(*parallelism);
        let memory = peak_kib.map_or_else(String::new, |kib| format!("{} MiB", kib.div_ceil(1024)));
        let _ = writeln!(
            text,
            "| `{command}` | {} | {seconds:.2} | {ideal:.2} | {:.2} | {memory} |",
            thousands(f64::from(*calls)),
            seconds / ideal,
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn each_line_of_json_is_a_row() {
        let lines = [
            "running",
            r#"{"command":"plan","environments":200,"latency_seconds":0.05,"parallelism":64,"calls":2601,"seconds":2.4384375,"peak_kib":40961}"#,
            r#"{"command":"verify","environments":200,"latency_seconds":0.05,"parallelism":64,"calls":640,"seconds":1.0,"peak_kib":null}"#,
        ];
        let table = text(&lines.map(str::to_owned)).expect("the lines can be parsed");
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `plan` | 2,601 | 2.44 | 2.03 | 1.20 | 41 MiB |",
                "| `verify` | 640 | 1.00 | 0.50 | 2.00 |  |"
            ]
        );
        assert!(
            table.starts_with(
                "| 200 environments, 50 ms for each call, 64 calls at a time | calls |"
            )
        );
        assert!(text(&["nothing".to_owned()]).is_err());
    }
}
