//! Implements the provider traits of [`infra_core`] with the AWS SDK for Rust.
//!
//! The traits themselves use no SDK types. In a command-line tool, use [`connect`], which creates
//! all providers from options, the environment and the AWS configuration files. If you already have
//! an [`SdkConfig`](aws_config::SdkConfig), pass it to [`providers`]. To use a single service,
//! create its provider from an SDK client.
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
//! if let Some(cluster) = providers.clusters().describe_cluster(&name, false).await.or_absent()? {
//!     println!("{} is {}", cluster.arn, cluster.status);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Each method calls one AWS operation, and list methods read all pages. The SDK repeats calls that
//! fail because of throttling, a service failure or a connection error. All other retrying and
//! waiting is left to the engine in [`infra_core`].
//!
//! The crate has no Cargo features. The minimum supported Rust version is 1.94.1.

mod attempts;
mod connect;
mod ecr;
mod ecs;
pub mod error;
mod iam;
mod logs;
mod pages;
mod provider;
mod response;
mod sts;
#[cfg(test)]
mod testing;

pub use connect::{AssumeRole, ConnectOptions, MfaPrompt, connect, providers, sdk_config};
pub use ecr::EcrRepositories;
pub use ecs::EcsClusters;
pub use iam::IamRoles;
pub use logs::LogGroups;
pub use sts::StsIdentity;

/// Runs the examples in the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
