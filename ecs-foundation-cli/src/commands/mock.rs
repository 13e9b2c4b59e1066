//! `mock serve`: runs the mock AWS as an HTTP server, for clients in any language.

use std::path::PathBuf;
use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Subcommand};
use infra_core::arn::{AccountId, Region};
use infra_mock::api::{Lag, OperationId};
use infra_mock::faults::Rule;
use infra_mock::server::{Limits, MockServer};
use infra_mock::time::{ManualClock, Timestamp, TokioClock};
use infra_mock::{DEFAULT_ACCOUNT, JournalEntry, MockAws};
use serde_json::json;

use crate::args::GlobalArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::interrupt::Interrupt;
use crate::printer::{Printer, Shape};
use crate::render::{DIM, WARN, paint, plain};

/// The arguments of `mock`.
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Example: ecs-foundation mock serve"
)]
pub(crate) struct MockArgs {
    #[command(subcommand)]
    command: MockCommand,
}

#[derive(Debug, Subcommand)]
enum MockCommand {
    /// Serve the mock over HTTP until Ctrl-C, SIGTERM or SIGHUP
    Serve(Box<ServeArgs>),
}

/// The arguments of `mock serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation mock serve --listen 127.0.0.1:0\n  \
        ecs-foundation mock serve --fault throttle%5 --fault cut-after@iam:CreateRole#1\n  \
        ecs-foundation mock serve --lag iam-propagation=10s --clock frozen\n  \
        curl -X POST http://127.0.0.1:4566/_mock/reset\n\n\
        Clients: export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=test \
        AWS_SECRET_ACCESS_KEY=test\n\
        An access key ID of twelve digits selects the account with that ID.\n\
        Control endpoints: /_mock/health, calls, reset, faults, lag, clock, save, load and seed.")]
struct ServeArgs {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:4566", value_parser = listen)]
    listen: String,

    /// Account ID for callers whose access key ID is not an account ID
    #[arg(long, value_name = "ID", default_value = DEFAULT_ACCOUNT)]
    account: AccountId,

    /// Seed for generated IDs and random faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Inject a fault: FAULT[@OPERATIONS][#CALLS][%PERCENT]; can be repeated
    #[arg(long = "fault", value_name = "RULE", value_parser = rule)]
    faults: Vec<Rule>,

    /// Latency of every call, such as 20ms or 20ms-80ms
    #[arg(long, value_name = "TIME", value_parser = latency)]
    latency: Option<Rule>,

    /// Eventual consistency delay: iam-propagation, service-linked-role, capacity-providers,
    /// log-group, log-query, task-provisioning, task-pending or task-stopping; can be repeated
    #[arg(long = "lag", value_name = "KIND=TIME", value_parser = lag)]
    lags: Vec<String>,

    /// real, frozen, or a fixed time such as 2026-11-24T09:30:00Z. A frozen or fixed clock advances
    /// only through /_mock/clock
    #[arg(long, value_name = "CLOCK", default_value = "real", value_parser = clock)]
    clock: ClockArg,

    /// Load the state from this file, and save it on exit and when /_mock/save is called
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,

    /// Server limit: header-bytes, body-bytes, layer-bytes, header-time, body-time, connections or
    /// shutdown-time; can be repeated
    #[arg(long = "limit", value_name = "KIND=VALUE", value_parser = limit)]
    limits: Vec<String>,

    /// Additional host name to accept, such as a container's; can be repeated. Loopback names, the
    /// --listen address and AWS host names are always accepted
    #[arg(long = "allow-host", value_name = "NAME", value_parser = host)]
    allowed_hosts: Vec<String>,

    /// Print the operations that the mock implements, and exit
    #[arg(long)]
    operations: bool,
}

#[derive(Clone, Copy, Debug)]
enum ClockArg {
    Real,
    At(Timestamp),
}

fn listen(text: &str) -> Result<String, String> {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
    match port.map(str::parse::<u16>) {
        Some(Ok(_)) => Ok(text.to_owned()),
        _ => Err("expected HOST:PORT, for example 127.0.0.1:4566 or [::1]:4566".to_owned()),
    }
}

fn rule(text: &str) -> Result<Rule, String> {
    text.parse().map_err(|why: infra_mock::faults::RuleError| format!("{why}\n{}", why.hint()))
}

fn latency(text: &str) -> Result<Rule, String> {
    let hint = "expected a duration or a range, for example 20ms or 20ms-80ms";
    // A latency applies to every call, so the parts of a rule that select calls are not allowed.
    if text.contains(['@', '#', '%']) {
        return Err(hint.to_owned());
    }
    format!("delay={text}").parse().map_err(|_| hint.to_owned())
}

fn lag(text: &str) -> Result<String, String> {
    let set = Lag::default().set(text);
    set.map(|()| text.to_owned())
        .map_err(|why| format!("{why}\nfor example iam-propagation=30s or log-group=1500ms"))
}

fn limit(text: &str) -> Result<String, String> {
    let set = Limits::default().set(text);
    set.map(|()| text.to_owned())
        .map_err(|why| format!("{why}\nfor example body-bytes=1048576 or header-time=10s"))
}

fn host(text: &str) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if text.is_empty() || !text.chars().all(is_part) {
        return Err(
            "expected a host name without a scheme or port, for example mock.internal".to_owned()
        );
    }
    Ok(text.to_owned())
}

fn clock(text: &str) -> Result<ClockArg, String> {
    match text {
        "real" => Ok(ClockArg::Real),
        "frozen" => Ok(ClockArg::At(TokioClock::START)),
        time => {
            time.parse().map(ClockArg::At).map_err(|why: infra_mock::time::InvalidTimestamp| {
                format!("expected real, frozen or a time: {why}")
            })
        }
    }
}

/// Global options that apply only to foundations and have no effect on the mock server.
const MEANINGLESS: [&str; 10] = [
    "config",
    "environment",
    "project_name",
    "backend",
    "endpoint_url",
    "ca_bundle",
    "profile",
    "missing_services",
    "memory_file",
    "parallelism",
];

fn print_operations(printer: &Printer) {
    let names = || {
        infra_mock::operations()
            .map(|OperationId { service, name, .. }| format!("{service}:{name}"))
    };
    if printer.is_json() {
        printer.json(&names().collect::<Vec<_>>(), Shape::Document);
    } else {
        printer.data(&names().map(|name| name + "\n").collect::<String>());
    }
}

pub(crate) async fn run(
    args: &MockArgs,
    global: &GlobalArgs,
    matches: &ArgMatches,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let MockCommand::Serve(args) = &args.command;
    refuse_meaningless(matches)?;
    if args.operations {
        print_operations(printer);
        return Ok(Exit::Success);
    }
    printer.never_wait();
    let mock = mock(args, global, printer)?;
    let mut limits = Limits::default();
    for text in &args.limits {
        limits.set(text).map_err(|why| Failure::new(Kind::Usage, Problem::of(&why)))?;
    }
    limits.allowed_hosts.clone_from(&args.allowed_hosts);
    let server = MockServer::bind_with(mock.clone(), &args.listen, limits).await;
    let server = server.map_err(|error| cannot_listen(&args.listen, &error))?;
    // From here on, a signal is the normal way to end the run, not an interruption.
    interrupt.expect();
    if !server.addr().ip().is_loopback() {
        let warning = paint(WARN, "warning:");
        printer.alert(&format!(
            "{warning} {} is not a loopback address: anyone who can reach this machine can call the mock, which \
             does not check signatures\n",
            server.addr()
        ));
    }
    if printer.is_json() {
        printer.json(&json!({ "event": "listening", "url": server.url() }), Shape::Line);
    } else {
        printer.data(&format!("listening on {}\n", server.url()));
    }
    interrupt.token().cancelled().await;
    server.shutdown().await;
    if let Some(path) = mock.save().map_err(|error| snapshot(&error))? {
        printer.talk(&format!("saved to {}\n", path.display()));
    }
    Ok(Exit::Success)
}

/// Returns an error for options that have no effect on the mock server. Environment variables are
/// ignored, since they may be set for other commands.
fn refuse_meaningless(matches: &ArgMatches) -> Result<(), Failure> {
    let given = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let Some(id) = MEANINGLESS.into_iter().find(given) else { return Ok(()) };
    let flag = id.replace('_', "-");
    let problem = Problem::new(format!("--{flag} has no effect on `mock serve`"));
    let help = "remove the option; `ecs-foundation mock serve --help` lists the available options";
    Err(Failure::new(Kind::Usage, problem.help(help)))
}

fn mock(args: &ServeArgs, global: &GlobalArgs, printer: &Arc<Printer>) -> Result<MockAws, Failure> {
    let mut lag = Lag::default();
    for text in &args.lags {
        lag.set(text).map_err(|why| Failure::new(Kind::Usage, Problem::of(&why)))?;
    }
    let teller = Arc::clone(printer);
    let mut builder = MockAws::builder()
        .seed(args.seed)
        .account(args.account.clone())
        .lag(lag)
        .observer(move |call| tell(&teller, call));
    if let Some(region) = &global.region {
        let region = region.parse::<Region>();
        builder =
            builder.region(region.map_err(|why| Failure::new(Kind::Usage, Problem::of(&why)))?);
    }
    if let ClockArg::At(time) = args.clock {
        builder = builder.clock(ManualClock::at(time));
    }
    for rule in args.faults.iter().chain(&args.latency) {
        builder = builder.fault(rule.clone());
    }
    if let Some(path) = &args.snapshot {
        builder = builder.file_on_request(path).map_err(|error| snapshot(&error))?;
    }
    Ok(builder.build())
}

fn snapshot(error: &infra_mock::SnapshotError) -> Failure {
    Failure::new(Kind::File, Problem::of(error).help(error.hint()))
}

fn cannot_listen(address: &str, error: &std::io::Error) -> Failure {
    let problem = Problem::new(format!("cannot listen on {address}: {error}"));
    let problem = match error.kind() {
        std::io::ErrorKind::AddrInUse => problem.help(
            "another program is using this address: stop it, or pick a free port with --listen 127.0.0.1:0",
        ),
        std::io::ErrorKind::PermissionDenied => {
            problem.help("ports below 1024 require root: use another port, such as 4566")
        }
        _ => problem.help("use an address of this machine, such as 127.0.0.1:4566"),
    };
    Failure::new(Kind::Backend, problem)
}

/// Logs a call if its operation is unsupported or if `--verbose` is set.
fn tell(printer: &Printer, call: &JournalEntry) {
    let JournalEntry { service, operation, refused, fault, .. } = call;
    let name = plain(&format!("{service}:{operation}"));
    let is_unknown = fault.is_none()
        && matches!(
            refused.as_deref(),
            Some("NotImplemented" | "UnknownOperationException" | "InvalidAction")
        );
    if is_unknown {
        printer.talk(&format!("{} {name}\n", paint(WARN, "unsupported:")));
    } else if printer.is_verbose() {
        let refused = refused.as_ref().map(|code| format!(", rejected with {code}"));
        let fault = fault.as_ref().map(|fault| format!(", injected fault: {fault}"));
        let text = format!("{name}{}{}", refused.unwrap_or_default(), fault.unwrap_or_default());
        printer.talk(&format!("{}\n", paint(DIM, plain(&text))));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use infra_mock::api::Service;
    use infra_mock::operations;

    /// Returns the table of operations for docs/operations.md.
    fn table() -> String {
        let rows = Service::ALL.map(|service| {
            let names = operations().filter(|known| known.service == service);
            let names: Vec<_> = names.map(|known| format!("`{}`", known.name)).collect();
            format!("| `{service}` | {} | {} |\n", names.len(), names.join(", "))
        });
        format!("| service | count | operations |\n|---|---|---|\n{}", rows.concat())
    }

    #[test]
    fn the_documentation_lists_every_operation() {
        const MARK: &str = "<!-- Generated by `UPDATE_GOLDEN=1 cargo test --workspace`; do not edit below this line. -->\n\n";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
        let text = std::fs::read_to_string(&path).expect("the page exists");
        let (above, below) = text.split_once(MARK).expect("the page contains a generated part");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, format!("{above}{MARK}{}", table())).expect("it can be written");
        } else {
            assert!(below == table(), "run again with UPDATE_GOLDEN=1 and review the change");
        }
    }
}
