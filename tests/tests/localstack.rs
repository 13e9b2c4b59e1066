//! Tests that a LocalStack container is removed when its handle is dropped. If the process that
//! started a container was killed, starting another container must remove the old one.
//! These tests are ignored unless `cargo xtask localstack` runs them.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use infra_core::error::{Error, ErrorKind};
use infra_mock::api::Service;
use infra_mock::localstack::LocalStack;
use infra_mock::localstack::container::{Container, Options};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

/// The environment variable that is set if LocalStack is available.
const AVAILABLE: &str = "ECS_FOUNDATION_TEST_LOCALSTACK";

/// The environment variable that makes a child process start a container, print the container's URL
/// and wait to be killed.
const HOLD: &str = "ECS_FOUNDATION_TEST_HOLD_LOCALSTACK";

/// The body of a test.
type Run = fn() -> Result<(), Failed>;

fn main() -> ExitCode {
    if std::env::var_os(HOLD).is_some() {
        return hold();
    }
    let trials: [(&str, Run); 3] = [
        ("localstack_starts_and_reports_its_services", localstack_starts_and_reports_its_services),
        ("dropping_the_handle_removes_the_container", dropping_the_handle_removes_the_container),
        (
            "the_next_start_removes_the_container_of_a_killed_process",
            the_next_start_removes_the_container_of_a_killed_process,
        ),
    ];
    let available = std::env::var_os(AVAILABLE).is_some();
    let trials = trials.map(|(name, run)| {
        let trial = Trial::test(name, run).with_ignored_flag(!available);
        if available { trial } else { trial.with_kind("run `cargo xtask localstack`") }
    });
    // The tests run one at a time, because starting a container in one test could remove a
    // container that another test is still checking.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

#[expect(clippy::print_stdout, reason = "the parent process reads the output")]
fn hold() -> ExitCode {
    let held = runtime().and_then(|it| it.block_on(start()).map_err(Failed::from));
    match held {
        Ok(container) => println!("{}", container.localstack().url()),
        Err(error) => {
            println!("{}", error.message().unwrap_or("no container"));
            return ExitCode::FAILURE;
        }
    }
    loop {
        std::thread::sleep(Duration::from_mins(1));
    }
}

fn runtime() -> Result<Runtime, Failed> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

async fn start() -> Result<Container, String> {
    Container::start(&Options::from_env()).await.map_err(|error| format!("{error:?}"))
}

/// Waits up to ten seconds for the server at the URL to stop answering, and returns whether it did.
async fn is_gone(url: &str) -> Result<bool, Failed> {
    for _ in 0..100 {
        match LocalStack::ask(url).await.as_ref().map_err(Error::kind) {
            Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(ErrorKind::Connection) => return Ok(true),
            Err(kind) => return Err(format!("unexpected error from {url}: {kind:?}").into()),
        }
    }
    Ok(false)
}

fn check(what: &str, holds: bool) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn localstack_starts_and_reports_its_services() -> Result<(), Failed> {
    runtime()?.block_on(async {
        let container = start().await?;
        let localstack = container.localstack().clone();
        for service in [Service::Iam, Service::Logs, Service::Sts] {
            check(&format!("{localstack} does not report {service}"), localstack.has(service))?;
        }
        container.stop().await.map_err(|error| format!("{error:?}"))?;
        check("the container still answers after it was stopped", is_gone(localstack.url()).await?)
    })
}

fn dropping_the_handle_removes_the_container() -> Result<(), Failed> {
    runtime()?.block_on(async {
        let container = start().await?;
        let url = container.localstack().url().to_owned();
        drop(container);
        check("the container still answers after its handle was dropped", is_gone(&url).await?)
    })
}

fn the_next_start_removes_the_container_of_a_killed_process() -> Result<(), Failed> {
    let mut child = Command::new(std::env::current_exe()?);
    let mut child = child.env(HOLD, "yes").stdout(Stdio::piped()).spawn()?;
    let mut url = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
    child.kill()?;
    child.wait()?;
    let url = url.trim();
    runtime()?.block_on(async {
        let left = LocalStack::ask(url).await;
        check(&format!("the killed process left no running container: {left:?}"), left.is_ok())?;
        let next = start().await?;
        let gone = is_gone(url).await;
        next.stop().await.map_err(|error| format!("{error:?}"))?;
        check("the next start did not remove the container", gone?)
    })
}
