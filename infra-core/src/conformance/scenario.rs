//! A scenario, and the backend that runs it.

use std::fmt;
use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Capability, Failure, Fixture, Verdict};
use crate::error::Result;

/// A required behavior of a backend, with the code that checks it.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) group_needs: &'static [Capability],
    pub(super) own_needs: &'static [Capability],
    pub(super) run: for<'a> fn(&'a Fixture) -> LocalBoxFuture<'a, Verdict>,
}

impl Scenario {
    /// Returns the group, for example `clusters`.
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// Returns the name, which states the behavior. The name is unique within the group; `Display`
    /// prints the group and the name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Iterates over the capabilities that the scenario needs.
    pub fn needs(&self) -> impl Iterator<Item = Capability> + use<> {
        self.group_needs.iter().chain(self.own_needs).copied()
    }

    /// Runs the scenario, cleans up and returns the result.
    ///
    /// # Errors
    /// Fails if an expectation is not met, the provider panics, or cleanup fails.
    pub async fn run(&self, fixture: Fixture) -> Verdict {
        let ran = AssertUnwindSafe((self.run)(&fixture)).catch_unwind().await;
        let verdict = ran.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Failure::without_location(format!(
                "panicked: {}",
                text.unwrap_or("without a message")
            )))
        });
        let slow = self.needs().any(Capability::is_slowness);
        let left = fixture.clean_up(slow).await.err();
        match (verdict, left) {
            (verdict, None) => verdict,
            (Ok(()), Some(left)) => Err(Failure::without_location(left)),
            (Err(failure), Some(left)) => Err(failure.and(&left)),
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.group, self.name)
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scenario({self}, needs {:?})", self.needs().collect::<Vec<_>>())
    }
}

/// A backend that can run scenarios.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// Returns the backend's name, a single word.
    fn name(&self) -> &str;

    /// Returns the reason why the backend lacks the capability, or `None` if the backend has it.
    fn lacks(&self, capability: Capability) -> Option<String>;

    /// Creates the environment for one run of one scenario.
    ///
    /// `prefix` is unique to this run. Changes take effect immediately, unless the scenario needs
    /// them to be slow; see [`Capability::is_slowness`]. A slow change takes effect after ten
    /// seconds, or earlier if [`ExternalChange::Pass`](super::ExternalChange::Pass) advances time.
    ///
    /// # Errors
    /// Fails if the backend cannot be reached.
    async fn fixture(&self, scenario: &Scenario, prefix: &str) -> Result<Fixture>;

    /// Returns the reason why the backend cannot run the scenario, or `None` if it can.
    fn lacks_for(&self, scenario: &Scenario) -> Option<String> {
        scenario.needs().find_map(|capability| self.lacks(capability))
    }
}
