//! The provider traits of [`infra_core`], implemented with the AWS SDK for Rust.
//!
//! This is the only crate that uses SDK types. For command-line tools, [`connect`] creates all
//! providers from the environment. [`providers`] creates all providers from an existing
//! [`SdkConfig`](aws_config::SdkConfig). To use a single service, create its provider from an SDK
//! client.
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
//! Each method calls one AWS operation, and list methods read all pages. The SDK retries after
//! throttling, service failures and connection errors. The engine handles all other retries and
//! waits.
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
