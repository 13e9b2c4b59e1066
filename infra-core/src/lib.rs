//! Provider traits, policy documents, planner and executor for resources of AWS, and the ECS foundation made
//! of them. No SDK type, no I/O, no state file.
//!
//! - [`provider`] has one object-safe trait for each service, and [`Providers`](provider::Providers), the
//!   bundle of them. `infra-aws` implements them on the AWS SDK, `infra-mock` in memory.
//! - [`policy`] has IAM policy documents that are equal when they mean the same.
//! - [`engine`] observes [components](engine::Component), plans without a call, and applies plans; [`text`] shows them.
//! - [`resource`] is the way to write a resource of your own in a few lines.
//! - [`foundation`] has the nine resources; another crate adds its own to the same [`Stack`](engine::Stack).
//!
//! Nothing has to be asked of AWS to know what a foundation will be called:
//!
//! ```
//! use infra_core::arn::{Location, Region};
//! use infra_core::foundation::{Foundation, FoundationSpec};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let region: Region = "cn-north-1".parse()?;
//! let location =
//!     Location { partition: region.partition(), account_id: "123456789012".parse()?, region };
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
//! With providers, `foundation.stack(&providers)` is observed, planned and applied; the front page of `infra-aws`
//! shows it against an account, that of `infra-mock` in memory.
//!
//! # Features
//!
//! None is on by default. `conformance` adds the module of that name: what a provider must do, as scenarios that
//! the tests of any backend run.
//!
//! The smallest Rust version is 1.94.1.

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
pub mod resource;
pub mod tags;
pub mod text;

pub use error::{Error, ErrorKind, Result};

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
