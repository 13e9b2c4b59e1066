//! What the mock costs by each of its access paths, beside moto, as measured in one run; and the table of it in the docs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::time::Instant;

use crate::process::{self, Result, cannot, cargo, say};
use crate::python::{self, Environment, Moto};

/// Options of the measurement.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    python: python::Options,
    /// The file whose table is brought up to date: docs/benchmarks.md.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
}

/// Between these lines of the file the table stands.
const BEGIN: &str = "<!-- made by cargo xtask bench: begin -->";
const END: &str = "<!-- made by cargo xtask bench: end -->";

/// How many calls a bench of many clients makes in one go.
const AT_ONCE: f64 = 128.0;

/// Installs moto, starts both servers, measures, and makes the table.
pub(crate) fn run(options: &Options) -> Result<()> {
    let environment = Environment::install(&options.python)?;
    // The program as its tests build it: optimised, the SDK would have to be built once more for it.
    process::run(&mut cargo(["test", "--workspace", "--test", "cli", "--no-run"]))?;
    let ours = start_of_ours()?;
    let begin = Instant::now();
    let moto = Moto::start(&environment)?;
    let theirs = Start { seconds: begin.elapsed().as_secs_f64(), memory: memory_of(moto.id()) };
    let lines = lines_of_bench(&moto.url())?;
    let table = table(&medians(&lines)?, &ours, &theirs)?;
    say(&table);
    match &options.table {
        Some(file) => put(&process::root().join(file), &table),
        None => Ok(()),
    }
}

/// How a server starts.
#[derive(Debug)]
struct Start {
    seconds: f64,
    /// Resident memory then, in MiB, where the system tells.
    memory: Option<u64>,
}

/// Starts `mock serve` and waits for the line that says where it listens.
fn start_of_ours() -> Result<Start> {
    let program = process::root().join("target/debug/ecs-foundation");
    let shown = program.display().to_string();
    let begin = Instant::now();
    let mut server = Command::new(&program)
        .args(["mock", "serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(cannot(&shown))?;
    let mut line = String::new();
    let out = server.stdout.take().ok_or("a child with a pipe has one")?;
    let read = BufReader::new(out).read_line(&mut line);
    let start = Start { seconds: begin.elapsed().as_secs_f64(), memory: memory_of(server.id()) };
    // It is ours, and has served its purpose.
    let _ = server.kill();
    let _ = server.wait();
    read.map_err(|error| format!("`{shown}` says nothing: {error}"))?;
    if line.starts_with("listening on ") {
        Ok(start)
    } else {
        Err(format!("`{shown} mock serve` said {line:?} in place of where it listens"))
    }
}

fn memory_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

/// Runs the bench and shows its lines as they come.
fn lines_of_bench(moto: &str) -> Result<Vec<String>> {
    let mut bench = cargo(["bench", "--workspace", "--bench", "access_paths"]);
    bench.env("ECS_FOUNDATION_TEST_MOTO", moto).stdout(Stdio::piped());
    let shown = "cargo bench --workspace --bench access_paths";
    say(&format!("$ {shown}"));
    let mut child = bench.spawn().map_err(cannot(shown))?;
    let out = child.stdout.take().ok_or("a child with a pipe has one")?;
    let mut lines = Vec::new();
    for line in BufReader::new(out).lines() {
        let line = line.map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
        say(&line);
        lines.push(line);
    }
    let status = child.wait().map_err(cannot(shown))?;
    if status.success() { Ok(lines) } else { Err(format!("`{shown}` ended with {status}")) }
}

/// The medians in microseconds, by `group/bench/argument`, from divan's tree.
fn medians(lines: &[String]) -> Result<BTreeMap<String, f64>> {
    let mut path: Vec<&str> = Vec::new();
    let mut medians = BTreeMap::new();
    for line in lines {
        // Each level is three characters wide: a line down or a branch, and blanks.
        let rest = line.trim_start_matches(['│', '├', '╰', '─', ' ']);
        let depth = line[..line.len() - rest.len()].chars().count() / 3;
        let Some((name, columns)) = rest.split_once(' ') else { continue };
        if depth == 0 || depth > path.len() + 1 {
            continue;
        }
        path.truncate(depth - 1);
        path.push(name);
        let mut columns = columns.split('│').map(str::trim);
        let Some(median) = columns.nth(2).filter(|median| !median.is_empty()) else { continue };
        medians.insert(path.join("/"), microseconds(median)?);
    }
    if medians.is_empty() { Err("the bench has measured nothing".to_owned()) } else { Ok(medians) }
}

/// Reads a time as divan writes it, such as `27.41 µs`.
fn microseconds(text: &str) -> Result<f64> {
    let unknown = || format!("{text:?} is no time of the bench");
    let (number, unit) = text.split_once(' ').ok_or_else(unknown)?;
    let number: f64 = number.parse().map_err(|_| unknown())?;
    let factor = match unit {
        "ns" => 1e-3,
        "µs" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return Err(unknown()),
    };
    Ok(number * factor)
}

fn table(medians: &BTreeMap<String, f64>, ours: &Start, theirs: &Start) -> Result<String> {
    let of = |name: &str| {
        medians
            .get(name)
            .copied()
            .ok_or_else(|| format!("the bench has no {name}: the table asks for it"))
    };
    let a_second = |micros: f64| thousands(1e6 / micros);
    let mut text = String::new();
    let _ = writeln!(text, "Measured on {}.\n", machine()?);
    text.push_str("| calls a second, one caller | typed call | SDK in process | SDK on the server | SDK on moto |\n|---|--:|--:|--:|--:|\n");
    let calls = medians.keys().filter_map(|name| name.strip_prefix("calls/typed/"));
    for call in calls {
        let _ = write!(text, "| {call} |");
        for access_path in ["typed", "in_process", "server", "moto"] {
            let _ = write!(text, " {} |", a_second(of(&format!("calls/{access_path}/{call}"))?));
        }
        text.push('\n');
    }
    let _ = write!(text, "| all of them by 16 callers at once | |");
    for access_path in ["in_process", "server", "moto"] {
        let micros = of(&format!("calls/{access_path}_128_concurrent"))?;
        let _ = write!(text, " {} |", a_second(micros / AT_ONCE));
    }
    text.push_str("\n\n| a whole foundation, in milliseconds | provider traits | SDK in process | SDK on the server | SDK on moto |\n|---|--:|--:|--:|--:|\n");
    for (what, shown) in
        [("plan", "plan that finds nothing to do"), ("apply", "apply from nothing")]
    {
        let _ = write!(text, "| {shown} |");
        for access_path in ["traits", "in_process", "server", "moto"] {
            let _ =
                write!(text, " {:.2} |", of(&format!("foundation/{what}_{access_path}"))? / 1e3);
        }
        text.push('\n');
    }
    text.push_str(
        "\n| from start to the first answer | milliseconds | memory then |\n|---|--:|--:|\n",
    );
    for (name, shown) in [
        ("typed", "typed call in a test"),
        ("in_process", "SDK client in process in a test"),
        ("server", "SDK client on a server in a test"),
    ] {
        let _ = writeln!(text, "| {shown} | {:.3} | |", of(&format!("start/start_{name}"))? / 1e3);
    }
    for (shown, Start { seconds, memory }) in
        [("`mock serve`, unoptimised, to its port", ours), ("moto, to its port", theirs)]
    {
        let memory = memory.map_or_else(String::new, |mib| format!("{mib} MiB"));
        let _ = writeln!(text, "| {shown} | {:.1} | {memory} |", seconds * 1e3);
    }
    Ok(text)
}

/// A whole number with a comma at each thousand.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many cores, and when.
fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output().map_err(cannot("date"))?;
    Ok(format!("{cores} cores, {}", String::from_utf8_lossy(&date.stdout).trim()))
}

/// Puts the table into the file, between the lines that are there for it.
fn put(file: &Path, table: &str) -> Result<()> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    let parts =
        text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) =
        parts.ok_or_else(|| format!("{shown} lacks the line {BEGIN} or, after it, {END}"))?;
    let text = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
    std::fs::write(file, text).map_err(|error| format!("{shown}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::{medians, microseconds, thousands};

    #[test]
    fn medians_are_read_from_the_tree_of_the_bench() {
        let lines = [
            "Timer precision: 20 ns",
            "doors               fastest       │ slowest       │ median        │ mean          │ samples │ iters",
            "├─ calls                          │               │               │               │         │",
            "│  ├─ moto                        │               │               │               │         │",
            "│  │  ╰─ GetRole    2 ms          │ 3 ms          │ 2.5 ms        │ 2.5 ms        │ 100     │ 100",
            "│  ╰─ many          1 µs          │ 3 µs          │ 2 µs          │ 2 µs          │ 100     │ 100",
            "╰─ start                          │               │               │               │         │",
            "   ╰─ start_typed   100 ns        │ 300 ns        │ 200 ns        │ 200 ns        │ 100     │ 100",
        ];
        let found = medians(&lines.map(str::to_owned)).expect("they can be read");
        let found: Vec<_> = found.iter().map(|(name, micros)| format!("{name} {micros}")).collect();
        assert_eq!(found, ["calls/many 2", "calls/moto/GetRole 2500", "start/start_typed 0.2"]);
        assert!(medians(&["nothing".to_owned()]).is_err());
        assert!(microseconds("3 days").is_err());
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!(
            [1.0, 999.4, 1000.0, 1_234_567.0].map(thousands),
            ["1", "999", "1,000", "1,234,567"]
        );
    }
}
