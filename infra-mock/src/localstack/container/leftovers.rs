//! Detects and removes containers that were started by processes that no longer exist.

use std::collections::HashMap;
use std::fs;
use std::process;
use std::time::Duration;

use infra_core::error::{Error, ErrorKind, Result};
use testcontainers::bollard::errors::Error as EngineError;
use testcontainers::bollard::query_parameters::{ListContainersOptions, RemoveContainerOptions};
use testcontainers::core::client::docker_client_instance;

use crate::time::{Clock, SystemClock, Timestamp};

/// The label that identifies the machine from which the container was started.
const MACHINE: &str = "ecs-foundation.infra-mock.machine";

/// The label that identifies the process that started the container.
const PROCESS: &str = "ecs-foundation.infra-mock.process";

/// The age at which a container from another machine is considered abandoned. This machine cannot
/// check whether the process that started the container still exists.
const LONGEST: Duration = Duration::from_hours(24);

/// Returns the labels for containers that this process starts.
pub(super) fn labels() -> HashMap<String, String> {
    let process = Process::this();
    HashMap::from([(MACHINE.to_owned(), process.machine), (PROCESS.to_owned(), process.identity)])
}

/// The identity of a process. A later process with the same ID has a different identity.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    /// The machine's boot ID and the process's PID namespace.
    machine: String,
    /// The process's ID and start time.
    identity: String,
}

impl Process {
    fn this() -> Self {
        let identity = identity(process::id()).unwrap_or_else(|| format!("{}@", process::id()));
        Self { machine: machine(), identity }
    }

    /// Returns whether the process is running, or `None` if the current process cannot determine
    /// this.
    fn runs(&self) -> Option<bool> {
        let number = self.identity.split('@').next()?.parse().ok()?;
        let (complete, seen) = (!self.identity.ends_with('@'), self.machine == machine());
        (seen && complete).then(|| identity(number).as_ref() == Some(&self.identity))
    }
}

/// Returns an identifier for this machine and PID namespace. Parts that the operating system does
/// not provide are left empty.
fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let view = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {}", boot.trim(), view.display())
}

/// Returns the ID of a process and its start time, in clock ticks since boot.
fn identity(number: u32) -> Option<String> {
    let fields = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The second field is the program name in parentheses. The name itself can contain spaces and
    // parentheses, so the later fields are counted from the last `)`. The start time is field 22.
    let started = fields.rsplit_once(')')?.1.split_whitespace().nth(19)?;
    Some(format!("{number}@{started}"))
}

/// Returns whether a container was left behind by a process that used this crate and no longer
/// exists. If the process cannot be checked, the result depends on the container's age.
fn is_abandoned(labels: &HashMap<String, String>, created: Timestamp, now: Timestamp) -> bool {
    let (Some(machine), Some(identity)) = (labels.get(MACHINE), labels.get(PROCESS)) else {
        return false;
    };
    let process = Process { machine: machine.clone(), identity: identity.clone() };
    match process.runs() {
        Some(runs) => !runs,
        None => now.since(created) > LONGEST,
    }
}

/// Removes every abandoned container.
pub(super) async fn remove() -> Result<()> {
    let engine = docker_client_instance().await.map_err(|error| {
        Error::new(ErrorKind::Connection, "cannot reach a Docker engine")
            .with_source(error)
            .with_hint("start a Docker engine, or set DOCKER_HOST")
    })?;
    let filters = HashMap::from([("label".to_owned(), vec![MACHINE.to_owned()])]);
    let options = ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
    let listed = engine.list_containers(Some(options)).await.map_err(|error| {
        Error::new(ErrorKind::Connection, "cannot reach a Docker engine")
            .with_source(error)
            .with_hint("start a Docker engine, or set DOCKER_HOST")
    })?;
    let now = SystemClock.now();
    for container in listed {
        let seconds = container.created.and_then(|seconds| u64::try_from(seconds).ok());
        let created = Timestamp::from_millis(seconds.unwrap_or_default().saturating_mul(1000));
        let Some(id) = container.id else { continue };
        if !is_abandoned(&container.labels.unwrap_or_default(), created, now) {
            continue;
        }
        let force = RemoveContainerOptions { force: true, v: true, ..Default::default() };
        match engine.remove_container(&id, Some(force)).await {
            // Status 404 means that another process has already removed the container. Status 409
            // means that another process is removing it now.
            Ok(()) | Err(EngineError::DockerResponseServerError { status_code: 404 | 409, .. }) => {
            }
            Err(error) => {
                let message = format!("cannot remove the abandoned container {id}");
                return Err(Error::new(ErrorKind::Other, message).with_source(error));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MACHINE, PROCESS, Process, is_abandoned, labels};
    use crate::time::Timestamp;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[cfg(target_os = "linux")]
    #[test]
    fn container_of_a_running_process_is_kept() {
        assert_eq!(Process::this().runs(), Some(true));
        assert!(!is_abandoned(&labels(), Timestamp::default(), NOON));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn container_of_an_ended_process_is_abandoned() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut labels = labels();
        labels.insert(PROCESS.to_owned(), super::identity(child.id()).unwrap());
        assert!(!is_abandoned(&labels, NOON, NOON));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_abandoned(&labels, NOON, NOON));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn process_id_reuse_is_detected() {
        let mut labels = labels();
        labels.insert(PROCESS.to_owned(), format!("{}@1", std::process::id()));
        assert!(is_abandoned(&labels, NOON, NOON));
    }

    #[test]
    fn container_from_another_machine_is_abandoned_after_a_day() {
        let mut labels = labels();
        labels.insert(MACHINE.to_owned(), "another".to_owned());
        assert!(!is_abandoned(&labels, NOON, NOON.after(LONGEST)));
        assert!(is_abandoned(&labels, NOON, NOON.after(LONGEST * 2)));
    }

    #[test]
    fn container_without_labels_is_kept() {
        let mut labels = labels();
        labels.remove(PROCESS);
        assert!(!is_abandoned(&labels, Timestamp::default(), NOON));
    }
}
