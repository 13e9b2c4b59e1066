//! Controls a mock at runtime: faults, lag, clock and snapshot.

use std::path::PathBuf;
use std::time::Duration;

use crate::api::Lag;
use crate::faults::Rule;
use crate::snapshot::SnapshotError;
use crate::time::Timestamp;

use super::{MockAws, State};

impl MockAws {
    /// Adds a [fault](crate::faults) rule after the existing ones.
    pub fn add_fault(&self, rule: Rule) {
        self.lock().faults.add(rule);
    }

    /// Removes all fault rules and makes all changes visible to reads.
    pub fn clear_faults(&self) {
        self.set_faults([]);
    }

    /// Replaces all fault rules and makes all changes visible to reads.
    pub fn set_faults(&self, rules: impl IntoIterator<Item = Rule>) {
        let State { faults, replicas, .. } = &mut *self.lock();
        faults.clear();
        replicas.clear();
        for rule in rules {
            faults.add(rule);
        }
    }

    /// Returns the fault rules in order.
    pub fn faults(&self) -> Vec<Rule> {
        self.lock().faults.rules().cloned().collect()
    }

    /// Returns how long changes take to become effective.
    pub fn lag(&self) -> Lag {
        self.lock().world.lag.clone()
    }

    /// Sets how long changes take to become effective. This also applies to changes in progress.
    ///
    /// # Errors
    /// Returns an error if the snapshot file cannot be written. The lag is set anyway.
    pub fn set_lag(&self, lag: Lag) -> Result<(), SnapshotError> {
        self.with_world(|call| call.world.lag = lag)
    }

    /// Returns the time on the mock's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves the mock's clock forward. Returns `false` if the clock is running, because a running
    /// clock cannot be moved.
    pub fn advance(&self, by: Duration) -> bool {
        self.shared.clock.try_advance(by)
    }

    /// Writes the state to the snapshot file and returns its path, or `None` if the mock has no
    /// file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn save(&self) -> Result<Option<PathBuf>, SnapshotError> {
        let State { world, persistence, .. } = &*self.lock();
        let Some(file) = persistence.file() else { return Ok(None) };
        file.save(world)?;
        Ok(Some(file.path().to_owned()))
    }

    /// Restores the state from the snapshot file and returns its path, or `None` if the mock has no
    /// file. If the file does not exist yet, the state becomes empty. The journal, faults and lag
    /// are kept.
    ///
    /// # Errors
    /// Returns an error if the file is damaged or cannot be read. The state is then unchanged.
    pub fn load(&self) -> Result<Option<PathBuf>, SnapshotError> {
        let State { world, persistence, replicas, .. } = &mut *self.lock();
        let Some(file) = persistence.file() else { return Ok(None) };
        match file.load()? {
            Some(saved) => {
                let lag = std::mem::take(&mut world.lag);
                *world = saved;
                world.lag = lag;
            }
            None => world.reset(),
        }
        replicas.clear();
        Ok(Some(file.path().to_owned()))
    }
}
