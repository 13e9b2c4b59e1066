//! The backends in the conformance table. To add a backend, write a module that implements
//! [`Backend`], and add an entry to [`all`].

mod external;
mod external_actor;
mod in_process;
mod localstack;

use std::sync::Arc;

use infra_core::conformance::{Backend, Capability};

/// A backend, with settings that determine how the tests use it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The backend's name in tests and in the table.
    pub(crate) name: &'static str,
    /// The backend, or an error if the backend is unavailable in this run. The error states the
    /// reason, or the command that makes the backend available.
    pub(crate) backend: Result<Arc<dyn Backend>, String>,
    /// Whether at least one scenario must run on the backend.
    pub(crate) required: bool,
    /// Whether an environment variable requests the backend. A test filter must not exclude all
    /// tests of a requested backend.
    pub(crate) requested: bool,
    /// Whether scenarios can run on the backend while tokio's clock is paused.
    pub(crate) virtual_time: bool,
    /// A function that returns why the backend lacks a capability. The backend's column in the
    /// committed table must match this function. The field is `None` if the committed table has no
    /// column for the backend.
    pub(crate) lacks: Option<fn(Capability) -> Option<String>>,
}

impl Entry {
    /// Returns the entry for an in-process backend. Such a backend is always available and supports
    /// every capability.
    fn built_in(backend: impl Backend, name: &'static str, virtual_time: bool) -> Self {
        let lacks: Option<fn(Capability) -> Option<String>> = Some(|_| None);
        let backend: Arc<dyn Backend> = Arc::new(backend);
        Self { name, backend: Ok(backend), required: true, requested: false, virtual_time, lacks }
    }
}

/// Returns the entries for all backends, and the LocalStack container if one was started. The
/// entries have the same order as the table's columns. The container stops when the caller drops
/// it.
pub(crate) fn all() -> (Vec<Entry>, Option<localstack::Started>) {
    use in_process::{InProcess, Memory, OverServer};
    let mut entries = vec![
        Entry::built_in(Memory, "memory", true),
        Entry::built_in(InProcess, "sdk-in-process", true),
        Entry::built_in(OverServer, "sdk-over-server", false),
        external::moto(),
    ];
    let (localstack, started) = localstack::entries();
    entries.extend(localstack);
    entries.extend([external::endpoint(), external::aws()]);
    (entries, started)
}
