//! Where a mock keeps its world beyond its own life.

use crate::api::World;
use crate::snapshot::{SnapshotError, SnapshotFile};

/// Whether and when the world is saved.
#[derive(Debug)]
pub(super) enum Keeping {
    Nowhere,
    /// The file is never behind the world.
    EachChange(SnapshotFile),
    OnRequest(SnapshotFile),
}

impl Keeping {
    pub(super) fn file(&self) -> Option<&SnapshotFile> {
        match self {
            Self::Nowhere => None,
            Self::EachChange(file) | Self::OnRequest(file) => Some(file),
        }
    }

    pub(super) fn follows_changes(&self) -> bool {
        matches!(self, Self::EachChange(_))
    }

    /// Saves a world that has changed, where that is wanted at once.
    pub(super) fn changed(&self, world: &World) -> Result<(), SnapshotError> {
        match self {
            Self::EachChange(file) => file.save(world),
            Self::Nowhere | Self::OnRequest(_) => Ok(()),
        }
    }
}
