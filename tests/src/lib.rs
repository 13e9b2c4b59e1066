//! Helpers shared by the integration tests:
//!
//! - [`Lab`] is a mock AWS with methods that plan, apply and destroy foundations, and methods that
//!   make changes outside ecs-foundation.
//! - [`show`] renders plans and journals as lines of text for assertions.
//! - [`parts`] deletes a foundation's resources one by one, and [`external_resources`] creates
//!   unmanaged resources with the same names as the foundation's resources.
//! - [`reduced`] returns variants of a policy, each of which lacks one permission.
//! - [`ScenarioMock`] is a mock for the conformance suite's scenarios.
//! - [`UnusualClusters`] reports cluster states that occur in AWS but not in the mock.
//! - [`Faulty`] wraps providers to delay calls, refuse calls or lose responses.

pub mod external_resources;
mod faults;
mod lab;
pub mod parts;
mod reduced_policy;
mod scenario_mock;
pub mod show;
mod unusual_clusters;

pub use faults::{Fault, Faulty, Script};
pub use lab::{ABSENT, ADOPT, FORCE, Lab, PRESENT, some, spec};
pub use reduced_policy::{ReducedPolicy, reduced};
pub use scenario_mock::ScenarioMock;
pub use unusual_clusters::{ClusterQuirk, UnusualClusters};

/// Runs the examples in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
