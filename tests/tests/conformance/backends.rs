//! The backends of the matrix. To add one: a file here with its [`Backend`], and an entry in [`all`].

mod external;
mod external_actor;
mod in_process;
mod localstack;

use std::sync::Arc;

use infra_core::conformance::{Backend, Capability};

/// A backend and how the matrix goes about it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: &'static str,
    /// The backend, or why it is not there for this run and how to get it.
    pub(crate) backend: Result<Arc<dyn Backend>, String>,
    /// Whether at least one scenario has to run on it.
    pub(crate) required: bool,
    /// Whether somebody asked for it, so that a choice of tests cannot leave it out.
    pub(crate) asked: bool,
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
        let backend: Arc<dyn Backend> = Arc::new(backend);
        Self { name, backend: Ok(backend), required: true, asked: false, virtual_time, lacks }
    }
}

/// Every backend, in the order of the table's columns, and what has to live as long as they are used.
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
