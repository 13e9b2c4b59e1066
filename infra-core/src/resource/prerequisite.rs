//! Prerequisites: what a resource needs but the configuration does not manage.

use crate::engine::{Address, Finding};

/// Something that a resource needs but the configuration does not manage, such as an identity
/// provider. A prerequisite is either met or missing.
///
/// A missing prerequisite does not block a plan, because it can still be provided after the
/// resource is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prerequisite {
    label: &'static str,
    required: String,
    found: String,
    /// The notice for the user, if the prerequisite is missing.
    notice: Option<String>,
}

impl Prerequisite {
    /// Returns a prerequisite that is met; `label` is its name in the AWS console.
    pub fn met(label: &'static str, found: impl Into<String>) -> Self {
        let found = found.into();
        Self { label, required: found.clone(), found, notice: None }
    }

    /// Returns a prerequisite that is not met. `notice` explains what does not work without the
    /// prerequisite and how to provide it.
    pub fn missing(
        label: &'static str,
        required: impl Into<String>,
        found: impl Into<String>,
        notice: impl Into<String>,
    ) -> Self {
        let (required, found) = (required.into(), found.into());
        Self { label, required, found, notice: Some(notice.into()) }
    }

    pub(super) fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    pub(super) fn finding(&self, address: &Address) -> Finding {
        let Self { label, required, found, notice } = self;
        Finding::compared(address, label, required, found, notice.is_none())
    }
}
