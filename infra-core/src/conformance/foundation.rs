//! Scenarios for the engine and the foundation: planning, creating, repairing drift, changing the
//! configuration, adopting and destroying.

mod deployer;
mod drift;
mod drift_cluster;
mod drift_deployer;
mod drift_roles;
mod drift_services;
mod drift_tags;
mod foundation_fixture;
mod ownership;
mod regions;
mod removal;
mod services;
mod variations;
mod variations_roles;

use super::Scenario;

/// The scenarios for the foundation, one list per group.
pub(super) const GROUPS: [&[Scenario]; 14] = [
    foundation_fixture::SCENARIOS,
    drift::SCENARIOS,
    drift_cluster::SCENARIOS,
    drift_roles::SCENARIOS,
    drift_tags::SCENARIOS,
    variations::SCENARIOS,
    variations_roles::SCENARIOS,
    ownership::SCENARIOS,
    regions::SCENARIOS,
    removal::SCENARIOS,
    services::SCENARIOS,
    drift_services::SCENARIOS,
    deployer::SCENARIOS,
    drift_deployer::SCENARIOS,
];
