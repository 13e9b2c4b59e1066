//! Scenarios that define the required behavior of a provider and run on any backend (feature
//! `conformance`).
//!
//! A [`Scenario`] checks one required behavior and lists the [`Capability`]s it needs;
//! [`scenarios`] returns all scenarios. For each method of a provider trait, the scenarios check
//! the method's effect, repeated calls, invalid calls, results with several pages, and the behavior
//! for resources that are absent, already exist or are in use. The other scenarios check the engine
//! together with the foundation.
//!
//! To test a backend, give each scenario a [`Fixture`]: the providers, their location, and a prefix
//! that makes all names unique, so that several runs can share an account. Scenarios get all names
//! from the fixture and ignore all other resources in the account. The fixture cleans up at the
//! end, even after a failure.
//! ```
//! use infra_core::arn::Location;
//! use infra_core::conformance::{Capability, Failure, Fixture, scenarios};
//! use infra_core::provider::Providers;
//!
//! /// Runs the scenarios for a backend that supports only log groups.
//! async fn check(providers: Providers, location: Location) -> Result<(), Failure> {
//!     let has = [Capability::LogGroups];
//!     for (number, scenario) in scenarios().enumerate() {
//!         if scenario.needs().all(|capability| has.contains(&capability)) {
//!             let prefix = format!("conf-{number}").parse().expect("the prefix is a valid project name");
//!             let fixture = Fixture::new(providers.clone(), location.clone(), prefix);
//!             scenario.run(fixture).await.map_err(|failure| failure.of(scenario))?;
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! To generate one test per scenario, as this project does, implement [`Backend`]. A backend
//! creates the fixtures and states the reason for each missing capability.

/// Repeats a read until it returns the expected value or the fixture's time limit is reached.
macro_rules! reads {
    ($at:expr, $read:expr, $expected:expr $(,)?) => {{
        let expected = $expected;
        let mut patience = $at.patience();
        loop {
            match $crate::conformance::check::same($read.await, &expected) {
                Ok(()) => break,
                Err(_) if patience.wait().await => {}
                Err(failure) => return Err(failure),
            }
        }
    }};
}

/// Lists the scenarios in a file. After `needs`, each scenario lists the capabilities that it needs
/// in addition to the capabilities of its group.
macro_rules! scenarios {
    ($group:literal needs [$($base:ident),*]: $($name:ident $(needs [$($more:ident),+])?;)+) => {
        pub(super) const SCENARIOS: &[$crate::conformance::Scenario] = {
            const NEEDS: &[$crate::conformance::Capability] =
                &[$($crate::conformance::Capability::$base),*];
            &[$($crate::conformance::Scenario {
                group: $group,
                name: stringify!($name),
                group_needs: NEEDS,
                own_needs: &[$($($crate::conformance::Capability::$more),+)?],
                run: |at| Box::pin($name(at)),
            }),+]
        };
    };
}

pub mod attributes;
mod capability;
pub mod check;
mod clusters;
mod external_change;
mod fixture;
mod foundation;
mod identity;
mod log_groups;
mod repositories;
mod roles;
mod scenario;
pub mod show;
mod support;

pub use capability::Capability;
pub use check::{Failure, Verdict};
pub use external_change::{ExternalActor, ExternalChange};
pub use fixture::{Answers, Fixture, Patience};
pub use scenario::{Backend, Scenario};

/// Iterates over every scenario, group by group.
pub fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    let providers: [&'static [&'static [Scenario]]; 5] = [
        &[identity::SCENARIOS],
        clusters::FILES,
        roles::FILES,
        repositories::FILES,
        &[log_groups::SCENARIOS],
    ];
    providers.into_iter().flatten().copied().chain(foundation::GROUPS).flatten()
}
