//! A mock AWS for tests: ECS clusters, IAM roles, ECR repositories, CloudWatch log groups and STS, with
//! AWS's own behaviour, in memory, in milliseconds, without an account or Docker.
//!
//! [`MockAws`] is the mock. Behind it stands one state machine: every operation of AWS is a request type
//! that implements [`api::Operation`], and every way in goes through [`MockAws::call`].
//!
//! What code under test sees is what AWS does: a created role that other services do not know yet, a
//! deleted cluster that is still described as INACTIVE, a repository policy that shows the unique id of a
//! role that is gone. Time, ids, lag and [`faults`] are injected and seeded, so a test repeats to the letter.
//! [`external_change`] puts in what users' own code would have made.
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
//! There are three access paths: [`MockAws::providers`] gives the provider traits; with the feature `sdk`,
//! `MockAws::sdk_config` makes any client of the AWS SDK call the mock in-process; with the feature
//! `server`, `server::MockServer` listens for clients of any language. The two HTTP access paths share one
//! router, [`wire`].
//!
//! With the feature `localstack-endpoint`, the module `localstack` asks a LocalStack what it has and makes one bundle
//! of it and of a mock for the rest; with `localstack`, it starts one in a container.
//!
//! Callers may do everything until they are given policies, which are then evaluated as AWS evaluates them:
//! [`access`].
//!
//! # Features
//!
//! None is on by default, and then no HTTP crate is in the tree. `sdk` adds the HTTP client for the SDK's clients,
//! `server` the local server, `localstack-endpoint` what there is beside a LocalStack that runs, and `localstack` one in
//! a container, by testcontainers.
//!
//! The smallest Rust version is 1.94.1.

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
pub use wire::operations;

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
