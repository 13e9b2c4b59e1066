//! Persistence of a mock's world.

use crate::api::World;
use crate::snapshot::{SnapshotError, SnapshotFile};

/// Whether and when the world is saved.
#[derive(Debug)]
pub(super) enum Persistence {
    Nowhere,
    /// After every change. The file always matches the world.
    EachChange(SnapshotFile),
    OnRequest(SnapshotFile),
}

impl Persistence {
    pub(super) fn file(&self) -> Option<&SnapshotFile> {
        match self {
            Self::Nowhere => None,
            Self::EachChange(file) | Self::OnRequest(file) => Some(file),
        }
    }

    pub(super) fn follows_changes(&self) -> bool {
        matches!(self, Self::EachChange(_))
    }

    /// Saves the world after a change, if every change must be saved.
    pub(super) fn changed(&self, world: &World) -> Result<(), SnapshotError> {
        match self {
            Self::EachChange(file) => file.save(world),
            Self::Nowhere | Self::OnRequest(_) => Ok(()),
        }
    }
}
