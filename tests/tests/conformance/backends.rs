//! The backends of the matrix. To add one: a file here with its [`Backend`], and an entry in [`all`].

mod elsewhere;
mod external;
mod in_process;

use std::sync::Arc;

use infra_core::conformance::{Backend, Capability};

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
    /// What it lacks, where that is known without asking it: its column of the committed table then has to say
    /// just that.
    pub(crate) lacks: Option<fn(Capability) -> Option<String>>,
}

impl Entry {
    /// A backend within this process, which is always there and lacks nothing.
    fn built_in(backend: impl Backend, name: &'static str, virtual_time: bool) -> Self {
        let lacks: Option<fn(Capability) -> Option<String>> = Some(|_| None);
        Self { name, backend: Ok(Arc::new(backend)), required: true, virtual_time, lacks }
    }
}

/// Every backend, in the order of the table's columns.
pub(crate) fn all() -> Vec<Entry> {
    use in_process::{InProcess, Memory, OverServer};
    vec![
        Entry::built_in(Memory, "memory", true),
        Entry::built_in(InProcess, "sdk-in-process", true),
        Entry::built_in(OverServer, "sdk-over-server", false),
        external::moto(),
        external::endpoint(),
        external::aws(),
    ]
}
