//! A Docker engine: one that runs, or one of our own for the time of the run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::api;
use crate::process::{self, Result, cannot, root, say};

/// Where Debian's package puts the client.
pub(super) const CLIENT: &str = "/usr/bin/docker";

/// Where engines listen where nobody says otherwise.
const USUAL: &str = "/var/run/docker.sock";

/// A path of a Unix socket is at most 107 bytes long, and the engine makes some below its folder.
const LONGEST_FOLDER: usize = 60;

/// An engine, or why there can be none.
pub(super) enum Found {
    Engine(Engine),
    Impossible(String),
}

/// A Docker engine. One of our own ends with this value.
pub(super) struct Engine {
    host: String,
    own: Option<Daemon>,
}

impl Engine {
    /// The engine that runs, or one of our own.
    pub(super) fn find() -> Result<Found> {
        if let Some(host) = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()) {
            // Whoever names an engine wants that one.
            return match api::status(&host, "/_ping") {
                Some(200) => Ok(Found::Engine(Self { host, own: None })),
                _ => Err(format!("no Docker engine answers at DOCKER_HOST, which is {host}")),
            };
        }
        let host = format!("unix://{USUAL}");
        if api::status(&host, "/_ping") == Some(200) {
            return Ok(Found::Engine(Self { host, own: None }));
        }
        if let Some(why) = cannot_be_started() {
            return Ok(Found::Impossible(why));
        }
        install_missing(&["dockerd", "mmdebstrap"])?;
        Ok(match Daemon::start()? {
            Ok(daemon) => Found::Engine(Self { host: daemon.host(), own: Some(daemon) }),
            Err(why) => Found::Impossible(why),
        })
    }

    /// Where it listens, as `DOCKER_HOST` says it.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is our own.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Whether it has an image.
    pub(super) fn has_image(&self, image: &str) -> Result<bool> {
        match api::status(&self.host, &format!("/images/{image}/json")) {
            Some(200) => Ok(true),
            Some(404) => Ok(false),
            other => Err(format!("the Docker engine at {} answers {other:?}", self.host)),
        }
    }
}

/// Why no engine can be installed and started; nothing where it can be tried.
fn cannot_be_started() -> Option<String> {
    let id = Command::new("id").arg("-u").output().ok();
    if id.is_none_or(|id| id.stdout.trim_ascii() != b"0") {
        return Some("none runs, and only root can start one".to_owned());
    }
    let is_debian = Path::new("/etc/debian_version").exists() && program("apt-get").is_some();
    (!is_debian).then(|| "none runs, and it is only installed on a Debian".to_owned())
}

/// Where a program is: on the path, or where root's are.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
}

/// The package that a program comes from.
fn package(program: &str) -> &str {
    if program == "dockerd" { "docker.io" } else { program }
}

/// Installs the packages of the programs that are not there.
pub(super) fn install_missing(programs: &[&str]) -> Result<()> {
    let missing = programs.iter().filter(|name| program(name).is_none());
    let packages: Vec<_> = missing.map(|name| package(name)).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").stdout(Stdio::null());
        apt
    };
    process::run(apt().arg("update"))?;
    process::run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

/// An engine that we have started, and that ends with this value.
struct Daemon {
    child: Child,
    folder: PathBuf,
    /// Whether there was a bridge before it, which then stays.
    had_bridge: bool,
}

impl Daemon {
    /// Starts it, and waits until it answers. Where it ends at once, as in a container that may not have an engine, it
    /// says why.
    fn start() -> Result<Result<Self>> {
        let folder = root().join("target/localstack");
        let folder = if folder.as_os_str().len() > LONGEST_FOLDER {
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
        // Containers are reached by their published ports and reach nothing themselves, which tests of one's own
        // machine want; so the engine leaves the machine's network as it is.
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
                let said = fs::read_to_string(&log).unwrap_or_default();
                let last = said.lines().last().unwrap_or("it says nothing").to_owned();
                return Ok(Err(format!("dockerd ended with {status}: {last}")));
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("dockerd does not answer after a minute; {} may say why", log.display()))
    }

    fn host(&self) -> String {
        format!("unix://{}", self.folder.join("docker.sock").display())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let number = self.child.id().to_string();
        // It has to end its containers' shims, and so is asked before it is made to.
        let asked = Command::new("kill").args(["-TERM", &number]).status();
        for _ in 0..300 {
            if asked.is_err() || !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        // It has ended, unless it did not heed that; there is nothing else to do about it here.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.had_bridge && has_bridge() {
            let _ = Command::new("ip").args(["link", "delete", "docker0"]).status();
        }
    }
}

/// Whether there is a network bridge by the engine's name for it.
fn has_bridge() -> bool {
    Path::new("/sys/class/net/docker0").exists()
}
