//! A folder of its own with a configuration, an AWS that nobody pays for, and ways to run the program there.
//!
//! That AWS is either of two, and a scenario runs on both: the memory backend, which the program brings along
//! and keeps in a file, and a server in the test's process, which the program takes for AWS and calls over HTTP.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use infra_core::provider::Providers;
use infra_mock::server::MockServer;
use infra_mock::{JournalEntry, MockAws, MockBuilder};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The configuration that a sandbox begins with.
pub(crate) const CONFIG: &str = "\
project_name = \"demo\"
environment = \"dev\"
backend = \"memory\"
region = \"us-east-1\"
memory_file = \"memory.json\"
";

/// What the program works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A mock within the program, kept in a file.
    Memory,
    /// A mock behind a server.
    Http,
}

/// Each scenario as one test on each backend: `over_memory::NAME` and `over_http::NAME`.
macro_rules! on_each_backend {
    ($($(#[$attribute:meta])* $scenario:ident,)+) => {
        mod over_memory {
            $(
                $(#[$attribute])*
                #[test]
                fn $scenario() {
                    super::$scenario($crate::sandbox::Backend::Memory);
                }
            )+
        }
        mod over_http {
            $(
                $(#[$attribute])*
                #[test]
                fn $scenario() {
                    super::$scenario($crate::sandbox::Backend::Http);
                }
            )+
        }
    };
}
pub(crate) use on_each_backend;

/// A folder, and the AWS that belongs to it; both go away with it.
pub(crate) struct Sandbox {
    dir: TempDir,
    served: Option<Served>,
}

/// A mock that listens.
struct Served {
    mock: MockAws,
    server: MockServer,
    runtime: Runtime,
}

impl Served {
    fn start(mock: MockAws) -> Self {
        Self::start_at(mock, (Ipv4Addr::LOCALHOST, 0).into())
    }

    fn start_at(mock: MockAws, address: SocketAddr) -> Self {
        // A thread of its own, for the server has to answer while the test waits for the program.
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a thread");
        let bind = async {
            // While nobody listens at it, somebody else's connection can have a port for a while.
            for _ in 0..600 {
                match MockServer::bind(mock.clone(), address).await {
                    Ok(server) => return server,
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
            panic!("{address} is taken");
        };
        let server = runtime.block_on(bind);
        Self { mock, server, runtime }
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// A sandbox on the memory backend.
    pub(crate) fn new() -> Self {
        Self::on(Backend::Memory)
    }

    /// A sandbox on the memory backend with a configuration of its own.
    pub(crate) fn with_config(config: &str) -> Self {
        let sandbox = Self::new();
        sandbox.write("ecs-foundation.toml", config);
        sandbox
    }

    /// A sandbox whose foundation is there already, on the memory backend.
    pub(crate) fn applied() -> Self {
        Self::applied_on(Backend::Memory)
    }

    pub(crate) fn on(backend: Backend) -> Self {
        match backend {
            Backend::Memory => Self::made(None),
            Backend::Http => Self::served(MockAws::builder()),
        }
    }

    pub(crate) fn applied_on(backend: Backend) -> Self {
        let sandbox = Self::on(backend);
        sandbox.run("apply --yes").succeeds();
        sandbox
    }

    /// A sandbox whose AWS is behind a server, and begins as told.
    pub(crate) fn served(mock: MockBuilder) -> Self {
        Self::made(Some(Served::start(mock.seed(3).build())))
    }

    /// A sandbox whose AWS is behind a server that keeps it in a file.
    pub(crate) fn served_from_file() -> Self {
        let mut sandbox = Self::made(None);
        sandbox.start_server((Ipv4Addr::LOCALHOST, 0).into());
        sandbox
    }

    /// Starts a server at that address, from the file.
    pub(crate) fn start_server(&mut self, address: SocketAddr) {
        let open = || MockAws::builder().seed(3).file(&self.file("served.json"));
        // A process that another test is just about to start can hold the lock for a moment.
        let free = (0..600).find_map(|_| match open() {
            Ok(mock) => Some(mock),
            Err(error) => {
                assert!(error.to_string().contains("another process is using it"), "{error}");
                std::thread::sleep(Duration::from_millis(100));
                None
            }
        });
        self.served = Some(Served::start_at(free.expect("the snapshot").build(), address));
    }

    /// Ends the server as a kill does: connections break, nothing is answered, and what it knew is in its file.
    /// Gives its address, and the calls that it had.
    pub(crate) fn kill_server(&mut self) -> (SocketAddr, Vec<JournalEntry>) {
        let Served { mock, server, runtime } = self.served.take().expect("a server");
        runtime.shutdown_timeout(Duration::from_mins(1));
        (server.addr(), mock.take_journal())
    }

    /// Where a server stands for AWS, its URL.
    pub(crate) fn url(&self) -> String {
        self.served.as_ref().expect("a server").server.url()
    }

    fn made(served: Option<Served>) -> Self {
        let sandbox = Self { dir: TempDir::new().expect("a temporary folder"), served };
        sandbox.write("ecs-foundation.toml", CONFIG);
        sandbox
    }

    /// A folder with nothing in it.
    pub(crate) fn bare() -> Self {
        Self { dir: TempDir::new().expect("a temporary folder"), served: None }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).expect("a file in the sandbox");
    }

    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.file(name)).ok()
    }

    /// The program with nothing of the caller's environment that it would heed, and nobody to ask.
    ///
    /// The configuration names the memory backend; where a server stands for AWS, flags and keys say so.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-foundation"));
        self.forget_environment(&mut command);
        command.args(line.split_whitespace()).stdin(Stdio::null());
        if let Some(served) = &self.served {
            command.args(["--backend", "aws", "--endpoint-url", &served.server.url()]);
            command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        }
        command
    }

    /// Has a program run in the sandbox, with nothing of the caller's environment that it or AWS's clients would
    /// heed.
    pub(crate) fn forget_environment(&self, command: &mut Command) {
        command.current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let heeded = ["AWS_", "ECS_FOUNDATION_", "CLICOLOR", "TF_"];
            if heeded.iter().any(|beginning| name.starts_with(beginning)) {
                command.env_remove(&*name);
            }
        }
        command.env_remove("NO_COLOR");
        for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            command.env(file, self.file("none"));
        }
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        let run = Run::of(&self.command(line).output().expect("the program starts"));
        assert!(
            self.served.is_none() || self.read("memory.json").is_none(),
            "it called the server"
        );
        run
    }

    /// Providers on the sandbox's AWS, to change it behind the program's back; drop them before the next
    /// run, which in the memory backend has the file for itself.
    pub(crate) fn providers(&self) -> Providers {
        self.mock().providers()
    }

    /// The sandbox's AWS; drop it before the next run.
    pub(crate) fn mock(&self) -> MockAws {
        if let Some(served) = &self.served {
            return served.mock.clone();
        }
        let region = "us-east-1".parse().expect("a region");
        MockAws::open_file(&self.file("memory.json"), region).expect("the snapshot")
    }

    /// All that there is in the sandbox's AWS, to see whether it changed.
    pub(crate) fn state(&self) -> String {
        match &self.served {
            Some(served) => serde_json::to_string(&served.mock.world()).expect("a world is JSON"),
            None => self.read("memory.json").unwrap_or_default(),
        }
    }

    /// The calls since they were last asked for, of an AWS behind a server.
    pub(crate) fn calls(&self) -> Vec<JournalEntry> {
        self.served.as_ref().expect("a server").mock.take_journal()
    }

    /// Waits until an AWS behind a server has had such a call.
    #[track_caller]
    pub(crate) fn await_call(&self, such: impl Fn(&JournalEntry) -> bool) {
        for _ in 0..6_000 {
            if self.mock().journal().iter().any(&such) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("there was no such call in a minute: {:#?}", self.calls());
    }

    /// Runs the program, and gives the calls that it made.
    #[track_caller]
    pub(crate) fn calls_of(&self, line: &str) -> Vec<JournalEntry> {
        self.calls();
        self.run(line).succeeds();
        self.calls()
    }
}

/// A program or folder that the task which runs a test has found or installed.
#[cfg(unix)]
pub(crate) fn installed(variable: &str) -> PathBuf {
    std::env::var_os(variable).expect("`cargo xtask clients` sets it").into()
}

/// Waits for what a provider does.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output in UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    #[track_caller]
    pub(crate) fn fails(self) -> Self {
        self.ends_with(1)
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text:?} is not in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
