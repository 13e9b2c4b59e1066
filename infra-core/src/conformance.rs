//! Scenarios that define how a provider must behave. They run on any backend, and require the
//! `conformance` feature. The API of this module is not stable: any release can change it.
//!
//! A [`Scenario`] checks one required behavior, and lists the [`Capability`]s that the backend
//! needs for it. [`scenarios`] returns all scenarios. The scenarios for a provider check the effect
//! of each method. They also check repeated calls, invalid calls, results with several pages, and
//! calls for resources that are absent, already exist or are in use. The other scenarios check the
//! engine together with the foundation.
//!
//! To test a backend, give each scenario a [`Fixture`] with the providers, their location and a
//! unique prefix. The fixture adds the prefix to resource names, so several runs can share an
//! account. Scenarios ignore all other resources in the account. The fixture cleans up after each
//! scenario, even if the scenario failed.
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
//! creates the fixtures. For each capability that it lacks, it also gives the reason.

/// Repeats a read until it returns the expected value. Fails when the fixture's time limit is
/// reached.
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

/// Defines the list of the scenarios in a file. The first `needs` lists the capabilities that
/// every scenario in the file needs. A `needs` after a scenario's name lists additional
/// capabilities for that scenario.
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

/// Returns every scenario, group by group.
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
