//! A Docker engine that is already running or that this task starts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::api;
use crate::debian::{self, program};
use crate::process::{Result, cannot, root, say};

/// The path of the Docker client that Debian's package installs.
pub(super) const CLIENT: &str = "/usr/bin/docker";

/// The default socket of Docker engines.
const USUAL: &str = "/var/run/docker.sock";

/// The maximum length of the path of the engine's directory. The engine creates Unix sockets below
/// this directory, and the path of a Unix socket is limited to 107 bytes.
const LONGEST_DIRECTORY: usize = 60;

/// An engine, or the reason why no engine is available.
pub(super) enum Found {
    Engine(Engine),
    Impossible(String),
}

/// A Docker engine. If this task started the engine, dropping this value stops the engine.
pub(super) struct Engine {
    host: String,
    own: Option<Daemon>,
}

impl Engine {
    /// Finds a running engine, or starts an engine if none is running.
    pub(super) fn find() -> Result<Found> {
        if let Some(host) = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()) {
            // If DOCKER_HOST is set, use only that engine.
            return match api::status(&host, "/_ping") {
                Some(200) => Ok(Found::Engine(Self { host, own: None })),
                _ => Err(format!("no Docker engine answers at DOCKER_HOST ({host})")),
            };
        }
        let host = format!("unix://{USUAL}");
        if api::status(&host, "/_ping") == Some(200) {
            return Ok(Found::Engine(Self { host, own: None }));
        }
        if let Some(why) = debian::cannot_install() {
            return Ok(Found::Impossible(format!("no engine is running, and {why}")));
        }
        debian::install_missing(&["dockerd", "mmdebstrap"])?;
        Ok(match Daemon::start()? {
            Ok(daemon) => Found::Engine(Self { host: daemon.host(), own: Some(daemon) }),
            Err(why) => Found::Impossible(why),
        })
    }

    /// Returns the engine's address in the format that `DOCKER_HOST` uses.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Returns whether this task started the engine.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Returns whether the engine already has the image.
    pub(super) fn has_image(&self, image: &str) -> Result<bool> {
        match api::status(&self.host, &format!("/images/{image}/json")) {
            Some(200) => Ok(true),
            Some(404) => Ok(false),
            other => Err(format!(
                "the Docker engine at {} gave an unexpected answer: {other:?}",
                self.host
            )),
        }
    }
}

/// An engine that this task started. The engine stops when this value is dropped.
struct Daemon {
    child: Child,
    folder: PathBuf,
    /// Whether the network bridge existed before the engine was started. If so, the bridge is kept.
    had_bridge: bool,
}

impl Daemon {
    /// Starts the engine and waits until the engine answers. If the engine exits immediately, for
    /// example in a container without the necessary privileges, the inner result contains the
    /// reason.
    fn start() -> Result<Result<Self>> {
        let folder = root().join("target/localstack");
        let folder = if folder.as_os_str().len() > LONGEST_DIRECTORY {
            std::env::temp_dir().join("ecs-foundation-docker")
        } else {
            folder
        };
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let log = folder.join("dockerd.log");
        let output = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let errors = output.try_clone().map_err(|error| error.to_string())?;
        let mut command = Command::new(program("dockerd").unwrap_or_else(|| "dockerd".into()));
        command.arg("--data-root").arg(folder.join("data"));
        command.arg("--exec-root").arg(folder.join("exec"));
        command.arg("--pidfile").arg(folder.join("docker.pid"));
        command.arg("--host").arg(format!("unix://{}", folder.join("docker.sock").display()));
        // The containers need no outgoing connections and are reached through their published
        // ports, so the engine does not need to change the machine's network configuration.
        command.args(["--iptables=false", "--ip6tables=false", "--ip-forward=false"]);
        command.args(["--ip-masq=false", "--dns=127.0.0.1"]);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        say(&format!("$ dockerd --data-root {}/data ... &", folder.display()));
        let had_bridge = has_bridge();
        let child = command.spawn().map_err(cannot("dockerd"))?;
        let mut daemon = Self { child, folder, had_bridge };
        for _ in 0..600 {
            if api::status(&daemon.host(), "/_ping") == Some(200) {
                return Ok(Ok(daemon));
            }
            if let Ok(Some(status)) = daemon.child.try_wait() {
                let log = fs::read_to_string(&log).unwrap_or_default();
                let last = log.lines().last().unwrap_or("no output").to_owned();
                return Ok(Err(format!("dockerd exited with {status}: {last}")));
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("dockerd did not answer within a minute; see {}", log.display()))
    }

    fn host(&self) -> String {
        format!("unix://{}", self.folder.join("docker.sock").display())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let number = self.child.id().to_string();
        // Send SIGTERM first, because the engine needs time to stop its containers' shims.
        let asked = Command::new("kill").args(["-TERM", &number]).status();
        for _ in 0..300 {
            if asked.is_err() || !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        // Kill the engine if it has not stopped. Errors are ignored, because the engine may already
        // have exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.had_bridge && has_bridge() {
            let _ = Command::new("ip").args(["link", "delete", "docker0"]).status();
        }
    }
}

/// Returns whether the engine's default network bridge exists.
fn has_bridge() -> bool {
    Path::new("/sys/class/net/docker0").exists()
}
