//! What a provider must do, written once and run on any backend (feature `conformance`).
//!
//! A [`Scenario`] is a fact about a backend, with the [`Capability`]s that it needs; [`scenarios`] is the one
//! list of them. They cover every method of every provider trait (what it does, and what it answers where
//! something is absent, exists, is in use, repeated, invalid or comes in pages), and the engine with the
//! foundation on top of them.
//!
//! A backend is tested by giving each scenario a [`Fixture`]: the providers, the place where they work, and a
//! prefix that makes every name unique, so that several runs can share one account. Scenarios take all their
//! names from the fixture, which removes what is left of them at the end, also of those that failed.
//! No scenario looks at anything but its own names, so that the account may hold whatever else there is.
//!
//! ```
//! use infra_core::arn::Location;
//! use infra_core::conformance::{Capability, Failure, Fixture, scenarios};
//! use infra_core::provider::Providers;
//!
//! /// Runs what a backend with nothing but log groups can show.
//! async fn check(providers: Providers, location: Location) -> Result<(), Failure> {
//!     let has = [Capability::LogGroups];
//!     for (number, scenario) in scenarios().enumerate() {
//!         if scenario.needs().all(|capability| has.contains(&capability)) {
//!             let prefix = format!("conf-{number}").parse().expect("a prefix is a project name");
//!             let fixture = Fixture::new(providers.clone(), location.clone(), prefix);
//!             scenario.run(fixture).await.map_err(|failure| failure.of(scenario))?;
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Where tests are generated, as in this project's own matrix of backends, a [`Backend`] says what it lacks
//! and why, and makes the fixtures.

/// Reads until what is found equals what is expected, as long as the fixture is patient.
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

/// Lists a group's scenarios: the functions of the file that are scenarios, each with what it needs beyond
/// the group.
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

/// Every scenario, group by group.
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
