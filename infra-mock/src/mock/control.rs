//! What the owner of a mock sets while it runs: faults, lag, the clock, the snapshot.

use std::path::PathBuf;
use std::time::Duration;

use crate::api::Lag;
use crate::faults::Rule;
use crate::snapshot::SnapshotError;
use crate::time::Timestamp;

use super::{MockAws, State};

impl MockAws {
    /// Adds a rule for [faults](crate::faults), after those that there are.
    pub fn add_fault(&self, rule: Rule) {
        self.lock().faults.add(rule);
    }

    /// Takes all rules for faults away, and shows reads the newest state again.
    pub fn clear_faults(&self) {
        self.set_faults([]);
    }

    /// Puts these rules in the place of all others, and shows reads the newest state again.
    pub fn set_faults(&self, rules: impl IntoIterator<Item = Rule>) {
        let State { faults, replicas, .. } = &mut *self.lock();
        faults.clear();
        replicas.clear();
        for rule in rules {
            faults.add(rule);
        }
    }

    /// The rules for faults, in their order.
    pub fn faults(&self) -> Vec<Rule> {
        self.lock().faults.rules().cloned().collect()
    }

    /// How slowly changes settle.
    pub fn lag(&self) -> Lag {
        self.lock().world.lag.clone()
    }

    /// Says how slowly changes settle from now on, those that have not yet settled included.
    ///
    /// # Errors
    /// The snapshot file could not be written; the lag is set all the same.
    pub fn set_lag(&self, lag: Lag) -> Result<(), SnapshotError> {
        self.with_world(|call| call.world.lag = lag)
    }

    /// The time on the mock's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves the mock's clock forward. False where it runs by itself and cannot be moved.
    pub fn advance(&self, by: Duration) -> bool {
        self.shared.clock.try_advance(by)
    }

    /// Writes everything that there is to the snapshot file, and says where that is; `None` where the mock
    /// has no file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self) -> Result<Option<PathBuf>, SnapshotError> {
        let State { world, keeping, .. } = &*self.lock();
        let Some(file) = keeping.file() else { return Ok(None) };
        file.save(world)?;
        Ok(Some(file.path().to_owned()))
    }

    /// Goes back to what the snapshot file holds, which is nothing where it was never written, and says where
    /// that is; `None` where the mock has no file. Journal, faults and lag stay.
    ///
    /// # Errors
    /// The file is damaged or cannot be read; the mock is then as it was.
    pub fn load(&self) -> Result<Option<PathBuf>, SnapshotError> {
        let State { world, keeping, replicas, .. } = &mut *self.lock();
        let Some(file) = keeping.file() else { return Ok(None) };
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
