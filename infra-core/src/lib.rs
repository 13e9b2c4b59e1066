//! Provider traits, policy documents, a planner and an executor for AWS resources, and a
//! ready-made ECS foundation. This crate uses no SDK types, does no I/O and needs no state file.
//!
//! - [`provider`]: one object-safe trait per service, and [`Providers`](provider::Providers), which
//!   bundles implementations of these traits. `infra-aws` implements the traits with the AWS SDK,
//!   and `infra-mock` implements them in memory.
//! - [`policy`]: IAM policy documents that are compared by meaning.
//! - [`engine`]: observes [components](engine::Component), plans changes without making calls, and
//!   applies the plans. [`text`] formats plans for users.
//! - [`resource`]: the easiest way to add a resource of your own.
//! - [`foundation`]: the nine resources of the ECS foundation. Other crates can add resources to
//!   the same [`Stack`](engine::Stack).
//!
//! All names and ARNs of a foundation are known without calling AWS:
//!
//! ```
//! use infra_core::arn::Location;
//! use infra_core::foundation::{Foundation, FoundationSpec};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let location = Location::new("123456789012".parse()?, "cn-north-1".parse()?)?;
//! let spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
//! let foundation = Foundation::new(spec, location)?;
//! assert_eq!(
//!     foundation.outputs().get("ecr_repository_url"),
//!     Some("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop-dev-app")
//! );
//! # Ok(())
//! # }
//! ```
//!
//! To observe, plan and apply a foundation, pass providers to `foundation.stack(&providers)`. The
//! `infra-aws` documentation shows how to do this in an AWS account, and the `infra-mock`
//! documentation shows how to do it in memory.
//!
//! # Features
//!
//! No feature is enabled by default. The `conformance` feature adds the `conformance` module. Its
//! scenarios define how providers must behave, and the tests of any implementation can run them.
//!
//! The minimum supported Rust version is 1.94.1.

pub mod arn;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod engine;
pub mod error;
pub mod foundation;
pub mod names;
pub mod operation;
pub mod policy;
pub mod provider;
pub mod resource;
pub mod tags;
pub mod text;
pub mod values;

pub use error::{Error, ErrorKind, Result};

/// Runs the examples in the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
