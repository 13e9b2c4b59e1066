//! The engine with the foundation on a backend: planned, made, changed behind its back, varied, taken over,
//! refused and removed.

mod drift;
mod drift_roles;
mod drift_tags;
mod foundation_fixture;
mod ownership;
mod removal;
mod variations;
mod variations_roles;

use super::Scenario;

/// The scenarios of the foundation, group by group.
pub(super) const GROUPS: [&[Scenario]; 8] = [
    foundation_fixture::SCENARIOS,
    drift::SCENARIOS,
    drift_roles::SCENARIOS,
    drift_tags::SCENARIOS,
    variations::SCENARIOS,
    variations_roles::SCENARIOS,
    ownership::SCENARIOS,
    removal::SCENARIOS,
];
