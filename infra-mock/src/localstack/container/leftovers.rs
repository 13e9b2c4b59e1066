//! Containers that nobody removes any more: whose they are, and their removal.

use std::collections::HashMap;
use std::fs;
use std::process;
use std::time::Duration;

use infra_core::error::{Error, ErrorKind, Result};
use testcontainers::bollard::errors::Error as EngineError;
use testcontainers::bollard::query_parameters::{ListContainersOptions, RemoveContainerOptions};
use testcontainers::core::client::docker_client_instance;

use crate::time::{Clock, SystemClock, Timestamp};

/// The label of every container that is started here; its value is the machine that the process runs on.
const MACHINE: &str = "ecs-foundation.infra-mock.machine";

/// The label with the process that started it.
const PROCESS: &str = "ecs-foundation.infra-mock.process";

/// After that long no test runs any more that was started on another machine, whose processes cannot be seen.
const LONGEST: Duration = Duration::from_hours(24);

/// The labels of a container of this process.
pub(super) fn labels() -> HashMap<String, String> {
    let process = Process::this();
    HashMap::from([(MACHINE.to_owned(), process.machine), (PROCESS.to_owned(), process.identity)])
}

/// A process, so that another of the same number is not taken for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    /// The machine since its last start, and what of its processes is seen from here.
    machine: String,
    /// The number, and when it was started.
    identity: String,
}

impl Process {
    fn this() -> Self {
        let identity = identity(process::id()).unwrap_or_else(|| format!("{}@", process::id()));
        Self { machine: machine(), identity }
    }

    /// Whether it runs; `None` where that cannot be seen from here.
    fn runs(&self) -> Option<bool> {
        let number = self.identity.split('@').next()?.parse().ok()?;
        let (complete, seen) = (!self.identity.ends_with('@'), self.machine == machine());
        (seen && complete).then(|| identity(number).as_ref() == Some(&self.identity))
    }
}

/// What tells this machine and its view of processes from others; nothing where the system does not say.
fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let view = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {}", boot.trim(), view.display())
}

/// The number of a process and the time at which it was started, in ticks since that of the machine.
fn identity(number: u32) -> Option<String> {
    let fields = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The second field is the program's name in brackets, which may hold anything; the time is the 22nd.
    let started = fields.rsplit_once(')')?.1.split_whitespace().nth(19)?;
    Some(format!("{number}@{started}"))
}

/// Whether a container can be removed: it is one of ours, and its process is gone.
fn is_left(labels: &HashMap<String, String>, created: Timestamp, now: Timestamp) -> bool {
    let (Some(machine), Some(identity)) = (labels.get(MACHINE), labels.get(PROCESS)) else {
        return false;
    };
    let process = Process { machine: machine.clone(), identity: identity.clone() };
    match process.runs() {
        Some(runs) => !runs,
        None => now.since(created) > LONGEST,
    }
}

/// Removes every container that is left.
pub(super) async fn remove() -> Result<()> {
    let engine = docker_client_instance().await.map_err(|error| {
        Error::new(ErrorKind::Connection, "no Docker engine can be reached")
            .with_source(error)
            .with_hint("start one, or say where it is by DOCKER_HOST")
    })?;
    let filters = HashMap::from([("label".to_owned(), vec![MACHINE.to_owned()])]);
    let options = ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
    let listed = engine.list_containers(Some(options)).await.map_err(|error| {
        Error::new(ErrorKind::Connection, "no Docker engine can be reached")
            .with_source(error)
            .with_hint("start one, or say where it is by DOCKER_HOST")
    })?;
    let now = SystemClock.now();
    for container in listed {
        let seconds = container.created.and_then(|seconds| u64::try_from(seconds).ok());
        let created = Timestamp::from_millis(seconds.unwrap_or_default().saturating_mul(1000));
        let Some(id) = container.id else { continue };
        if !is_left(&container.labels.unwrap_or_default(), created, now) {
            continue;
        }
        let force = RemoveContainerOptions { force: true, v: true, ..Default::default() };
        match engine.remove_container(&id, Some(force)).await {
            // Another process that starts now has removed it, or is about to.
            Ok(()) | Err(EngineError::DockerResponseServerError { status_code: 404 | 409, .. }) => {
            }
            Err(error) => {
                let message = format!("the container {id}, which is left over, cannot be removed");
                return Err(Error::new(ErrorKind::Other, message).with_source(error));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MACHINE, PROCESS, Process, is_left, labels};
    use crate::time::Timestamp;

    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_running_process_has_started_is_not_left() {
        assert_eq!(Process::this().runs(), Some(true));
        assert!(!is_left(&labels(), Timestamp::default(), NOON));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_process_has_started_that_is_gone_is_left() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut labels = labels();
        labels.insert(PROCESS.to_owned(), super::identity(child.id()).unwrap());
        assert!(!is_left(&labels, NOON, NOON));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_left(&labels, NOON, NOON));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_process_of_the_same_number_is_not_taken_for_it() {
        let mut labels = labels();
        labels.insert(PROCESS.to_owned(), format!("{}@1", std::process::id()));
        assert!(is_left(&labels, NOON, NOON));
    }

    #[test]
    fn what_comes_from_another_machine_is_left_after_a_day() {
        let mut labels = labels();
        labels.insert(MACHINE.to_owned(), "another".to_owned());
        assert!(!is_left(&labels, NOON, NOON.after(LONGEST)));
        assert!(is_left(&labels, NOON, NOON.after(LONGEST * 2)));
    }

    #[test]
    fn what_has_no_labels_of_ours_is_nobody_s_business_here() {
        let mut labels = labels();
        labels.remove(PROCESS);
        assert!(!is_left(&labels, Timestamp::default(), NOON));
    }
}
