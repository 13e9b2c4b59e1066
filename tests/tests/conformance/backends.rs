//! The backends of the matrix. To add one: a file here with its [`Backend`], and an entry in [`all`].

mod in_process;

use std::sync::Arc;

use infra_core::conformance::Backend;

/// A backend and how the matrix goes about it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: &'static str,
    /// The backend, or why it is not there for this run and how to get it.
    pub(crate) backend: Result<Arc<dyn Backend>, String>,
    /// Whether somebody asked for it: then at least one scenario has to run on it.
    pub(crate) required: bool,
    /// Whether it knows no time but tokio's, which can then be paused.
    pub(crate) virtual_time: bool,
}

impl Entry {
    /// A backend within this process, which is always there.
    fn built_in(backend: impl Backend, name: &'static str, virtual_time: bool) -> Self {
        Self { name, backend: Ok(Arc::new(backend)), required: true, virtual_time }
    }
}

/// Every backend, in the order of the table's columns.
pub(crate) fn all() -> Vec<Entry> {
    use in_process::{InProcess, Memory, OverServer};
    vec![
        Entry::built_in(Memory, "memory", true),
        Entry::built_in(InProcess, "sdk-in-process", true),
        Entry::built_in(OverServer, "sdk-over-server", false),
    ]
}
