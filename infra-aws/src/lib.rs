//! The provider traits of [`infra_core`] on the AWS SDK for Rust.
//!
//! This crate is the only one that knows an SDK type. [`connect`] makes the whole bundle as a command-line
//! tool wants it; [`providers`] makes it of an [`SdkConfig`](aws_config::SdkConfig) that the caller
//! has; and each service's type takes a client of that service, so that one can be used alone.
//!
//! ```no_run
//! # async fn example() -> infra_core::Result<()> {
//! use infra_aws::{ConnectOptions, connect};
//! use infra_core::error::OrAbsent;
//!
//! let options = ConnectOptions {
//!     profile: Some("staging".to_owned()),
//!     ..ConnectOptions::default()
//! };
//! let providers = connect(&options).await?;
//! let name = "demo-dev-cluster".parse().expect("a valid name");
//! if let Some(cluster) = providers.clusters().describe_cluster(&name).await.or_absent()? {
//!     println!("{} is {}", cluster.arn, cluster.status);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! One method is one operation of AWS; lists follow all pages. The SDK retries throttling, failures of the
//! service and connection trouble; every other wait is the engine's.
//!
//! The crate has no features. The smallest Rust version is 1.94.1.

mod answer;
mod attempts;
mod connect;
mod ecr;
mod ecs;
pub mod error;
mod iam;
mod logs;
mod sts;
#[cfg(test)]
mod testing;

pub use connect::{ConnectOptions, connect, providers, sdk_config};
pub use ecr::EcrRepositories;
pub use ecs::EcsClusters;
pub use iam::IamRoles;
pub use logs::LogGroups;
pub use sts::StsIdentity;

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
