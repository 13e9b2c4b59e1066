//! The backends of the conformance table. To add a backend, add a module that implements
//! [`Backend`] and an entry in [`all`].

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
    /// The backend. If the backend is unavailable in this run, an error that states the reason or
    /// the command that makes the backend available.
    pub(crate) backend: Result<Arc<dyn Backend>, String>,
    /// Whether at least one scenario must run on the backend.
    pub(crate) required: bool,
    /// Whether the backend was requested. A test filter must not exclude a requested backend.
    pub(crate) requested: bool,
    /// Whether the backend uses only tokio's clock, which can be paused.
    pub(crate) virtual_time: bool,
    /// A function that returns the reason why the backend lacks a capability. Without a connection
    /// to the backend, the capabilities may be unknown; then, this field is `None`. If there is a
    /// function, the backend's column in the committed table must match it.
    pub(crate) lacks: Option<fn(Capability) -> Option<String>>,
}

impl Entry {
    /// Returns the entry for a backend that runs in this process. Such a backend is always
    /// available and supports every capability.
    fn built_in(backend: impl Backend, name: &'static str, virtual_time: bool) -> Self {
        let lacks: Option<fn(Capability) -> Option<String>> = Some(|_| None);
        let backend: Arc<dyn Backend> = Arc::new(backend);
        Self { name, backend: Ok(backend), required: true, requested: false, virtual_time, lacks }
    }
}

/// Returns every backend in the order of the table's columns, and a guard that must live as long as the backends are
/// used.
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
