//! Provider traits, planner and executor for an ECS foundation on AWS.

pub mod arn;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod engine;
pub mod error;
pub mod foundation;
pub mod names;
pub mod operation;
pub mod policy;
pub mod provider;
pub mod tags;

pub use error::{Error, ErrorKind, Result};
