//! A folder of its own with a configuration on the memory backend, and ways to run the program in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use infra_core::provider::Providers;
use infra_mock::MockAws;
use tempfile::TempDir;

/// The configuration that a sandbox begins with.
pub(crate) const CONFIG: &str = "\
project_name = \"demo\"
environment = \"dev\"
backend = \"memory\"
region = \"us-east-1\"
memory_file = \"memory.json\"
";

/// A folder that goes away with it.
pub(crate) struct Sandbox {
    dir: TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self::with_config(CONFIG)
    }

    pub(crate) fn with_config(config: &str) -> Self {
        let sandbox = Self { dir: TempDir::new().expect("a temporary folder") };
        sandbox.write("ecs-foundation.toml", config);
        sandbox
    }

    /// A sandbox whose foundation is there already.
    pub(crate) fn applied() -> Self {
        let sandbox = Self::new();
        sandbox.run("apply --yes").succeeds();
        sandbox
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
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-foundation"));
        command.args(line.split_whitespace()).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if ["AWS_", "ECS_FOUNDATION_", "CLICOLOR"].iter().any(|own| name.starts_with(own)) {
                command.env_remove(&*name);
            }
        }
        command.env_remove("NO_COLOR");
        command
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        Run::of(&self.command(line).output().expect("the program starts"))
    }

    /// Providers on the sandbox's state, to change it behind the program's back; drop them before the
    /// next run.
    pub(crate) fn providers(&self) -> Providers {
        self.mock().providers()
    }

    /// The sandbox's state; drop it before the next run.
    pub(crate) fn mock(&self) -> MockAws {
        let region = "us-east-1".parse().expect("a region");
        MockAws::open_file(&self.file("memory.json"), region).expect("the snapshot")
    }
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
