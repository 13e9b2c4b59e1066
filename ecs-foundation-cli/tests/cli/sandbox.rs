//! A temporary directory with a configuration and a mock AWS, and helpers to run the program there.
//!
//! Each scenario runs against two kinds of mock. The memory backend is part of the program and
//! stores its state in a file. The other mock is a server in the test process, and the program
//! calls this server over HTTP as if it were AWS.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use infra_core::provider::Providers;
use infra_mock::server::{Limits, MockServer};
use infra_mock::{JournalEntry, MockAws, MockBuilder};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The initial configuration of a sandbox.
pub(crate) const CONFIG: &str = "\
project_name = \"demo\"
environment = \"dev\"
backend = \"memory\"
region = \"us-east-1\"
memory_file = \"memory.json\"
";

/// The backend that the program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// The memory backend: a mock that runs inside the program and stores its state in a file.
    Memory,
    /// A mock that runs inside the test process. The program calls it over HTTP.
    Http,
}

/// Defines two tests for each scenario, one per backend: `over_memory::NAME` and `over_http::NAME`.
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

/// A temporary directory and its mock AWS. Dropping the sandbox deletes both.
pub(crate) struct Sandbox {
    dir: TempDir,
    served: Option<Served>,
}

/// A running server, and the mock that answers its requests.
struct Served {
    mock: MockAws,
    server: MockServer,
    runtime: Runtime,
}

impl Served {
    fn start(mock: MockAws, limits: &Limits) -> Self {
        Self::start_at(mock, (Ipv4Addr::LOCALHOST, 0).into(), limits)
    }

    fn start_at(mock: MockAws, address: SocketAddr, limits: &Limits) -> Self {
        // Use a separate thread, because the server must answer while the test waits for the
        // program.
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a thread");
        let bind = async {
            // While the server was stopped, another connection may have taken its port. Retry until
            // the port is free again.
            for _ in 0..600 {
                match MockServer::bind_with(mock.clone(), address, limits.clone()).await {
                    Ok(server) => return server,
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
            panic!("{address} is in use");
        };
        let server = runtime.block_on(bind);
        Self { mock, server, runtime }
    }
}

/// The exit code and the output of a program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// Creates a sandbox that uses the memory backend.
    pub(crate) fn new() -> Self {
        Self::on(Backend::Memory)
    }

    /// Creates a sandbox that uses the memory backend and the given configuration.
    pub(crate) fn with_config(config: &str) -> Self {
        let sandbox = Self::new();
        sandbox.write("ecs-foundation.toml", config);
        sandbox
    }

    /// Creates a sandbox that uses the memory backend, and creates the foundation in it.
    pub(crate) fn applied() -> Self {
        Self::applied_on(Backend::Memory)
    }

    pub(crate) fn on(backend: Backend) -> Self {
        match backend {
            Backend::Memory => Self::create(None),
            Backend::Http => Self::served(MockAws::builder()),
        }
    }

    pub(crate) fn applied_on(backend: Backend) -> Self {
        let sandbox = Self::on(backend);
        sandbox.run("apply --yes").succeeds();
        sandbox
    }

    /// Creates a sandbox in which the program calls the given mock over HTTP.
    pub(crate) fn served(mock: MockBuilder) -> Self {
        Self::served_within(&Limits::default(), mock)
    }

    /// Creates a sandbox in which the program calls the given mock over HTTP. The server enforces
    /// the given limits.
    pub(crate) fn served_within(limits: &Limits, mock: MockBuilder) -> Self {
        Self::create(Some(Served::start(mock.seed(3).build(), limits)))
    }

    /// Creates a sandbox in which the program calls a mock over HTTP. The mock stores its state in
    /// a file.
    pub(crate) fn served_from_file() -> Self {
        let mut sandbox = Self::create(None);
        sandbox.start_server((Ipv4Addr::LOCALHOST, 0).into());
        sandbox
    }

    /// Starts a server at the address. The mock's state is loaded from a file and saved to the same
    /// file.
    pub(crate) fn start_server(&mut self, address: SocketAddr) {
        let open = || MockAws::builder().seed(3).file(&self.file("served.json"));
        // If another test is spawning a process, the new process inherits the lock and holds it
        // briefly, until it calls `exec`.
        let free = (0..600).find_map(|_| match open() {
            Ok(mock) => Some(mock),
            Err(error) => {
                assert!(error.to_string().contains("another process is using the file"), "{error}");
                std::thread::sleep(Duration::from_millis(100));
                None
            }
        });
        let mock = free.expect("the snapshot").build();
        self.served = Some(Served::start_at(mock, address, &Limits::default()));
    }

    /// Stops the server as if it were killed: its connections break, but its state stays in the
    /// file. Returns the server's address and the calls that the server received.
    pub(crate) fn kill_server(&mut self) -> (SocketAddr, Vec<JournalEntry>) {
        let Served { mock, server, runtime } = self.served.take().expect("a server");
        runtime.shutdown_timeout(Duration::from_mins(1));
        (server.addr(), mock.take_journal())
    }

    /// Returns the URL of the server.
    pub(crate) fn url(&self) -> String {
        self.served.as_ref().expect("a server").server.url()
    }

    fn create(served: Option<Served>) -> Self {
        let sandbox = Self { dir: TempDir::new().expect("a temporary folder"), served };
        sandbox.write("ecs-foundation.toml", CONFIG);
        sandbox
    }

    /// Creates a sandbox without a configuration and without a server.
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

    /// Returns a command that runs the program. The command has no standard input, and it does not
    /// inherit environment variables that would affect the program.
    ///
    /// The configuration selects the memory backend. If the sandbox has a server, the command also
    /// has flags and credentials that make the program call this server instead.
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

    /// Configures a command to run in the sandbox, and removes inherited environment variables that
    /// would affect the program or AWS clients.
    pub(crate) fn forget_environment(&self, command: &mut Command) {
        command.current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let prefixes = ["AWS_", "ECS_FOUNDATION_", "CLICOLOR", "TF_"];
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
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
            "the program did not use the server"
        );
        run
    }

    /// Returns providers for the sandbox's mock AWS, so that a test can make changes without the
    /// program. Drop the providers before the next run, because the memory backend locks its file.
    pub(crate) fn providers(&self) -> Providers {
        self.mock().providers()
    }

    /// Returns the sandbox's mock AWS. Drop the mock before the next run, because the memory
    /// backend locks its file.
    pub(crate) fn mock(&self) -> MockAws {
        if let Some(served) = &self.served {
            return served.mock.clone();
        }
        let region = "us-east-1".parse().expect("a region");
        MockAws::open_file(&self.file("memory.json"), region).expect("the snapshot")
    }

    /// Returns the complete state of the sandbox's mock AWS, for a later comparison.
    pub(crate) fn state(&self) -> String {
        match &self.served {
            Some(served) => serde_json::to_string(&served.mock.world()).expect("a world is JSON"),
            None => self.read("memory.json").unwrap_or_default(),
        }
    }

    /// Returns the calls that the server has received since this function was last called.
    pub(crate) fn calls(&self) -> Vec<JournalEntry> {
        self.served.as_ref().expect("a server").mock.take_journal()
    }

    /// Waits until the server has received a matching call.
    #[track_caller]
    pub(crate) fn await_call(&self, such: impl Fn(&JournalEntry) -> bool) {
        for _ in 0..6_000 {
            if self.mock().journal().iter().any(&such) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no matching call was made within a minute: {:#?}", self.calls());
    }

    /// Runs the program and returns the calls it made.
    #[track_caller]
    pub(crate) fn calls_of(&self, line: &str) -> Vec<JournalEntry> {
        self.calls();
        self.run(line).succeeds();
        self.calls()
    }
}

/// Returns the path of a program or directory that `cargo xtask clients` has found or installed.
#[cfg(unix)]
pub(crate) fn installed(variable: &str) -> PathBuf {
    std::env::var_os(variable).expect("`cargo xtask clients` sets it").into()
}

/// Runs a future to completion.
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
