//! A LocalStack in a container goes with what stands for it, however that ends. `cargo xtask localstack` runs this, where
//! a Docker engine has LocalStack's image; elsewhere it is ignored, and says so.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use infra_core::error::{Error, ErrorKind};
use infra_mock::api::Service;
use infra_mock::localstack::LocalStack;
use infra_mock::localstack::container::{Container, Options};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

/// Set where it is there.
const HERE: &str = "ECS_FOUNDATION_TEST_LOCALSTACK";

/// Set in a process that starts a container, says where, and waits to be killed.
const HOLDS: &str = "ECS_FOUNDATION_TEST_HOLDS_LOCALSTACK";

/// What a test does.
type Run = fn() -> Result<(), Failed>;

fn main() -> ExitCode {
    if std::env::var_os(HOLDS).is_some() {
        return hold();
    }
    let trials: [(&str, Run); 3] = [
        ("it_is_ready_and_says_what_it_has", it_is_ready_and_says_what_it_has),
        ("dropped_its_container_is_removed", dropped_its_container_is_removed),
        (
            "a_container_of_a_killed_process_is_removed_at_the_next_start",
            a_container_of_a_killed_process_is_removed_at_the_next_start,
        ),
    ];
    let here = std::env::var_os(HERE).is_some();
    let trials = trials.map(|(name, run)| {
        let trial = Trial::test(name, run).with_ignored_flag(!here);
        if here { trial } else { trial.with_kind("`cargo xtask localstack` runs it") }
    });
    // One after the other: each looks at what the others would start and remove.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

#[expect(clippy::print_stdout, reason = "the process that waits for it reads it")]
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

/// Whether nobody answers at a URL any more.
async fn is_gone(url: &str) -> Result<bool, Failed> {
    for _ in 0..100 {
        match LocalStack::ask(url).await.as_ref().map_err(Error::kind) {
            Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(ErrorKind::Connection) => return Ok(true),
            Err(kind) => return Err(format!("{url} answers, but {kind:?}").into()),
        }
    }
    Ok(false)
}

fn hold_true(what: &str, holds: bool) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn it_is_ready_and_says_what_it_has() -> Result<(), Failed> {
    runtime()?.block_on(async {
        let container = start().await?;
        let localstack = container.localstack().clone();
        for service in [Service::Iam, Service::Logs, Service::Sts] {
            hold_true(&format!("{localstack} has {service}"), localstack.has(service))?;
        }
        container.stop().await.map_err(|error| format!("{error:?}"))?;
        hold_true("a stopped container does not answer", is_gone(localstack.url()).await?)
    })
}

fn dropped_its_container_is_removed() -> Result<(), Failed> {
    runtime()?.block_on(async {
        let container = start().await?;
        let url = container.localstack().url().to_owned();
        drop(container);
        hold_true("a dropped container does not answer", is_gone(&url).await?)
    })
}

fn a_container_of_a_killed_process_is_removed_at_the_next_start() -> Result<(), Failed> {
    let mut child = Command::new(std::env::current_exe()?);
    let mut child = child.env(HOLDS, "yes").stdout(Stdio::piped()).spawn()?;
    let mut url = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
    child.kill()?;
    child.wait()?;
    let url = url.trim();
    runtime()?.block_on(async {
        let left = LocalStack::ask(url).await;
        hold_true(&format!("a killed process leaves its container: {left:?}"), left.is_ok())?;
        let next = start().await?;
        let gone = is_gone(url).await;
        next.stop().await.map_err(|error| format!("{error:?}"))?;
        hold_true("the next start has removed it", gone?)
    })
}
