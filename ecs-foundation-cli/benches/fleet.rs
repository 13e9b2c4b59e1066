//! Runs commands with `--all-environments` on many environments, and measures each command's run
//! time, memory use and number of calls.
//!
//! The program and `mock serve` are separate processes, and the mock delays each call by
//! [`LATENCY`]. The benchmark prints a line of JSON for each command. `cargo xtask bench` turns
//! these lines into a table.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::IgnoredAny;
use tokio::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ecs-foundation");
const ENVIRONMENTS: usize = 200;
const LATENCY: Duration = Duration::from_millis(50);
const PARALLELISM: u32 = 64;

/// The commands to measure, in order. The first command runs in an empty account.
const COMMANDS: [&[&str]; 4] = [&["plan"], &["apply", "--yes"], &["verify"], &["destroy", "--yes"]];

/// The interval at which the benchmark reads the program's peak memory. The kernel records the
/// peak, so the benchmark misses only an increase after the last reading.
const WATCH: Duration = Duration::from_millis(5);

/// The measurements for one command.
#[derive(Debug, Serialize)]
struct Measured {
    command: &'static str,
    environments: usize,
    latency_seconds: f64,
    parallelism: u32,
    calls: usize,
    seconds: f64,
    /// The peak resident memory, if the system reports it.
    peak_kib: Option<u64>,
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its results")]
fn main() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let folder = folder.path();
    let tables = (0..ENVIRONMENTS).map(|number| format!("[environments.e{number:03}]\n"));
    let config = "project_name = \"fleet\"\nregion = \"us-east-1\"\n".to_owned();
    fs::write(folder.join("ecs-foundation.toml"), config + &tables.collect::<String>())
        .expect("the configuration can be written");
    let server = Server::start(folder);
    let mut before = server.calls();
    for arguments in COMMANDS {
        let (seconds, peak_kib) = run(folder, &server.url, arguments);
        let calls = server.calls();
        let measured = Measured {
            command: arguments[0],
            environments: ENVIRONMENTS,
            latency_seconds: LATENCY.as_secs_f64(),
            parallelism: PARALLELISM,
            calls: calls - before,
            seconds,
            peak_kib,
        };
        println!("{}", serde_json::to_string(&measured).expect("a measurement is JSON"));
        before = calls;
    }
}

/// Runs a command for all environments. Returns its run time in seconds and its peak resident
/// memory in KiB.
fn run(folder: &Path, url: &str, arguments: &[&str]) -> (f64, Option<u64>) {
    let parallelism = PARALLELISM.to_string();
    let begin = Instant::now();
    let mut child = program(folder)
        .args(arguments)
        .args(["--all-environments", "--parallelism", &parallelism, "--endpoint-url", url])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be started");
    let (id, runs) = (child.id(), Arc::new(AtomicBool::new(true)));
    let watched = Arc::clone(&runs);
    let watch = thread::spawn(move || {
        let mut peak = None;
        while watched.load(Ordering::Relaxed) {
            peak = peak_of(id).or(peak);
            thread::sleep(WATCH);
        }
        peak
    });
    let status = child.wait().expect("the program ends");
    let seconds = begin.elapsed().as_secs_f64();
    runs.store(false, Ordering::Relaxed);
    assert!(status.success(), "{arguments:?} failed: {status}");
    (seconds, watch.join().expect("the thread does not panic"))
}

/// Returns a command that runs the program in a folder, without the user's settings.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .current_dir(folder)
        .env_clear()
        .envs([("HOME", folder)])
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
    command
}

/// Returns the peak resident memory of a running process in KiB, or `None` on systems other than Linux.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// A running `mock serve`.
#[derive(Debug)]
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let latency = format!("{}ms", LATENCY.as_millis());
        let mut child = program(folder)
            .args(["mock", "serve", "--listen", "127.0.0.1:0", "--latency", &latency])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        let mut line = String::new();
        let output = child.stdout.take().expect("the output is a pipe");
        BufReader::new(output).read_line(&mut line).expect("the output can be read");
        let url = line.trim().strip_prefix("listening on ").expect("the server prints its address");
        Self { child, url: url.to_owned() }
    }

    /// Returns the number of calls that the server has received.
    fn calls(&self) -> usize {
        let journal = self.get("/_mock/calls").expect("the server answers");
        serde_json::from_str::<Vec<IgnoredAny>>(&journal).expect("the journal is a list").len()
    }

    /// Sends a GET request and returns the body of the response.
    fn get(&self, path: &str) -> io::Result<String> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        Ok(response.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ignore errors, because the server may already have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
