//! What the integration tests share: a mock AWS with a foundation on it, plans as lines of text, resources
//! of somebody else's, and providers that go wrong to order.
//!
//! - [`Lab`] is the place: it observes, plans, applies and destroys, and changes things behind the tool's
//!   back.
//! - [`show`] turns plans and journals into what an assertion can say in a line.
//! - [`parts`] takes a foundation's resources away one by one, and [`foreign`] puts somebody else's in
//!   their place.
//! - [`Place`] is a mock for scenarios of the conformance suite.
//! - [`UnusualClusters`] are as AWS's clusters can be and the mock's never are.
//! - [`Faulty`] stands between the engine and any providers, and delays, refuses and loses calls.

pub mod external_resources;
mod faults;
mod lab;
pub mod parts;
mod place;
pub mod show;
mod unusual_clusters;

pub use faults::{Fault, Faulty, Script};
pub use lab::{ABSENT, ADOPT, FORCE, Lab, PRESENT, some, spec};
pub use place::Place;
pub use unusual_clusters::{ClusterQuirk, UnusualClusters};

/// The examples of the project's README are tested.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
