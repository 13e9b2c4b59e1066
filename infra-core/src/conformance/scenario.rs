//! A scenario, and the backend that it runs on.

use std::fmt;
use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::{Capability, Failure, Fixture, Verdict};
use crate::error::Result;

/// A fact about a backend, and how it shows.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) group_needs: &'static [Capability],
    pub(super) own_needs: &'static [Capability],
    pub(super) run: for<'a> fn(&'a Fixture) -> LocalBoxFuture<'a, Verdict>,
}

impl Scenario {
    /// The part of the contract that it belongs to, for instance `clusters`.
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// What is so, within its group. With the group it is unique: that is what `Display` shows.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it needs of a backend.
    pub fn needs(&self) -> impl Iterator<Item = Capability> + use<> {
        self.group_needs.iter().chain(self.own_needs).copied()
    }

    /// Runs it, removes what it has left, and says how it went.
    ///
    /// # Errors
    /// What was not as expected, a panic of the provider, or something that could not be removed.
    pub async fn run(&self, fixture: Fixture) -> Verdict {
        let ran = AssertUnwindSafe((self.run)(&fixture)).catch_unwind().await;
        let verdict = ran.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Failure::elsewhere(format!("panicked: {}", text.unwrap_or("without words"))))
        });
        let slow = self.needs().any(Capability::is_slowness);
        let left = fixture.clean_up(slow).await.err();
        match (verdict, left) {
            (verdict, None) => verdict,
            (Ok(()), Some(left)) => Err(Failure::elsewhere(left)),
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

/// A backend that scenarios are run on.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// Its name, in one word.
    fn name(&self) -> &str;

    /// Why it lacks a capability; `None` where it has it.
    fn lacks(&self, capability: Capability) -> Option<String>;

    /// A place for one run of one scenario.
    ///
    /// `prefix` is this run's alone. Where the scenario needs the backend to be slow, it has to be slow in
    /// just that, by ten seconds, which [`ExternalChange::Pass`](super::ExternalChange::Pass) lets pass.
    ///
    /// # Errors
    /// The backend cannot be reached.
    async fn fixture(&self, scenario: &Scenario, prefix: &str) -> Result<Fixture>;

    /// Why the scenario cannot run on it; `None` where it can.
    fn lacks_for(&self, scenario: &Scenario) -> Option<String> {
        scenario.needs().find_map(|capability| self.lacks(capability))
    }
}
