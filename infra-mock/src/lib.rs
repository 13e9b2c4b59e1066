//! A mock AWS for tests: ECS clusters, IAM roles, ECR repositories, CloudWatch log groups and STS. It behaves like AWS,
//! but runs in memory, responds in milliseconds, and needs neither an account nor Docker.
//!
//! [`MockAws`] is the mock. It is based on a single state machine: every operation of AWS is a request type that
//! implements [`api::Operation`], and every access path ends in [`MockAws::call`].
//!
//! Code under test sees what it would see in AWS: a new role that other services do not know yet, a deleted cluster
//! that is still described as INACTIVE, a repository policy that shows the unique id of a deleted role. Time, ids, lag
//! and [`faults`] are injected and seeded, so tests are fully repeatable. [`external_change`] creates resources that
//! code outside the test would have created.
//!
//! ```
//! use infra_core::engine::{Detail, Goal, RunOptions};
//! use infra_core::foundation::{Foundation, FoundationSpec};
//! use infra_mock::MockAws;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mock = MockAws::new();
//! let providers = mock.providers();
//! let spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
//! let foundation = Foundation::new(spec, providers.location().await?)?;
//!
//! let (stack, options) = (foundation.stack(&providers), RunOptions::default());
//! let found = stack.observe(Detail::Attributes, &options).await?;
//! let plan = stack.plan(&found, Goal::Present { adopt: false });
//! assert!(stack.apply(&plan, &options).await?.is_success());
//! assert_eq!(mock.call_counts()["iam:CreateRole"], 2);
//! # Ok(())
//! # }
//! ```
//!
//! There are three access paths: [`MockAws::providers`] returns the provider traits; with the feature `sdk`,
//! `MockAws::sdk_config` lets any client of the AWS SDK call the mock in-process; with the feature `server`,
//! `server::MockServer` listens for clients in any language. The two HTTP access paths share one router, [`wire`].
//!
//! With the feature `localstack-endpoint`, the module `localstack` detects the services of a LocalStack and bundles it
//! with a mock for the other services. With the feature `localstack`, it also starts LocalStack in a container.
//!
//! Callers may do everything until they are given policies, which are then evaluated as in AWS; see [`access`].
//!
//! # Features
//!
//! No feature is enabled by default, and then the crate does not depend on any HTTP crate. `sdk` adds the HTTP client
//! for SDK clients, `server` the local server, `localstack-endpoint` the combination with a running LocalStack, and
//! `localstack` a LocalStack in a container, which testcontainers starts.
//!
//! The minimum supported Rust version is 1.94.1.

pub mod access;
pub mod api;
#[cfg(feature = "sdk")]
mod client;
pub mod constraints;
pub mod ecr;
pub mod ecs;
pub mod external_change;
pub mod faults;
pub mod iam;
pub mod ids;
pub mod interceptor;
#[cfg(feature = "localstack-endpoint")]
pub mod localstack;
pub mod logs;
mod mock;
mod paging;
mod providers;
#[cfg(feature = "server")]
pub mod server;
pub mod snapshot;
pub mod sts;
#[cfg(test)]
mod testing;
pub mod time;
mod validate;
pub mod wire;

pub use mock::{DEFAULT_ACCOUNT, JournalEntry, MockAws, MockBuilder};
pub use snapshot::SnapshotError;

/// Runs the examples in the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
