//! A mock AWS for tests of Rust code: ECS, IAM, ECR, CloudWatch Logs and STS in memory, without an account, a
//! container or a socket.
//!
//! It reproduces the behavior of AWS that breaks code in production: roles that other services do
//! not know yet, deleted clusters that are still described as INACTIVE, repository policies that
//! contain the ID of a deleted role. Errors have AWS's codes, statuses and messages.
//!
//! # Test code that uses the SDK
//!
//! ```toml
//! [dev-dependencies]
//! infra-mock = { version = "0.1", features = ["sdk"] }
//! ```
//!
//! `MockAws::sdk_config` returns an `SdkConfig` for unmodified SDK clients. Requests are routed by
//! service, so one configuration works for all clients:
//!
//! ```
//! use infra_mock::MockAws;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mock = MockAws::new();
//! # #[cfg(feature = "sdk")]
//! # {
//! let ecs = aws_sdk_ecs::Client::new(&mock.sdk_config());
//! ecs.create_cluster().cluster_name("shop").send().await?;
//! ecs.delete_cluster().cluster("shop").send().await?;
//! let found = ecs.describe_clusters().clusters("shop").send().await?;
//! assert_eq!(found.clusters()[0].status(), Some("INACTIVE"));
//!
//! // The journal records every call.
//! let deleted = mock.requests::<infra_mock::ecs::DeleteClusterRequest>();
//! assert_eq!(deleted[0].cluster.as_deref(), Some("shop"));
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! A [rule](faults::Rule) injects throttling, server errors, lost responses, delays or stale reads into the calls that
//! it matches. Here, the response to the first `CreateRole` call is lost after the role has been created:
//!
//! ```
//! use infra_mock::MockAws;
//! use infra_mock::faults::{Fault, Rule};
//! use infra_mock::iam::CreateRoleRequest;
//!
//! let lost = Fault::Cut { took_effect: true };
//! let mock = MockAws::builder()
//!     .fault(Rule::new(lost).on_operation::<CreateRoleRequest>().nth(1))
//!     .build();
//! # drop(mock);
//! ```
//!
//! # Eventual consistency
//!
//! AWS is eventually consistent, and so is the mock if it has a [lag](api::Lag). With tokio's clock paused, waiting for
//! the lag takes no time:
//!
//! ```
//! use std::time::Duration;
//!
//! use infra_mock::MockAws;
//! use infra_mock::api::Lag;
//! use infra_mock::ecr::{CreateRepositoryRequest, SetRepositoryPolicyRequest};
//! use infra_mock::iam::CreateRoleRequest;
//! use infra_mock::time::TokioClock;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] // In a test: #[tokio::test(start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lag = Lag { iam_propagation: Duration::from_secs(10), ..Lag::default() };
//! let mock = MockAws::builder().lag(lag).clock(TokioClock::default()).build();
//! let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
//!     "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
//! let role = mock.call(CreateRoleRequest {
//!     role_name: Some("pull".to_owned()),
//!     assume_role_policy_document: Some(trust.to_owned()),
//!     ..Default::default()
//! })?;
//! let repository_name = Some("shop".to_owned());
//! let create = CreateRepositoryRequest { repository_name: repository_name.clone(), ..Default::default() };
//! mock.call(create)?;
//! let allow_pull = SetRepositoryPolicyRequest {
//!     repository_name,
//!     policy_text: Some(format!(
//!         r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow",
//!             "Principal": {{"AWS": "{}"}}, "Action": "ecr:BatchGetImage"}}}}"#,
//!         role.role.arn
//!     )),
//!     ..Default::default()
//! };
//! // ECR does not know the new role yet.
//! let refusal = mock.call(allow_pull.clone()).unwrap_err();
//! assert_eq!(refusal.code, "InvalidParameterException");
//! tokio::time::sleep(Duration::from_secs(10)).await;
//! assert!(mock.call(allow_pull).is_ok());
//! # Ok(())
//! # }
//! ```
//!
//! # Permissions
//!
//! Callers have all permissions until they are given policies, which are evaluated as in AWS; see
//! [`access`].
//!
//! ```
//! use infra_mock::MockAws;
//! use infra_mock::ecs::CreateClusterRequest;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let read_only = r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}}"#;
//! let mock = MockAws::new().with_policies([read_only.parse()?])?;
//! let refusal = mock.call(CreateClusterRequest::default()).unwrap_err();
//! assert_eq!(refusal.code, "AccessDeniedException");
//! # Ok(())
//! # }
//! ```
//!
//! # Tasks and services
//!
//! Tasks and services run as on AWS Fargate, with the permissions of their roles. No container is actually started: a
//! [script](ecs::Script) defines the behavior of all containers with a given name, and containers without a script run
//! until they are stopped.
//!
//! ```
//! use std::time::Duration;
//!
//! use infra_mock::MockAws;
//! use infra_mock::ecs::Script;
//!
//! let mock = MockAws::new();
//! mock.on_container("web", Script::runs().prints("listening on port 80"));
//! mock.on_container("migrate", Script::exits(1).after(Duration::from_secs(20)).prints("cannot connect"));
//! ```
//!
//! # Three access paths
//!
//! One state machine serves three kinds of callers: [`MockAws::providers`] returns `infra-core`'s provider traits;
//! `MockAws::sdk_config` (feature `sdk`) connects SDK clients in process; `server::MockServer` (feature `server`)
//! serves clients in any language. [`MockAws::call`] calls an operation directly. [`external_change`] adds resources
//! that other people's code would create, such as an image or a running service.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | none (default) | the state machine, the provider traits, and the router for HTTP requests; no HTTP crate |
//! | `sdk` | the in-process HTTP client for the AWS SDK for Rust |
//! | `server` | a local server for clients in any language |
//! | `localstack-endpoint` | detection of the services that a running LocalStack provides, and mocks for the missing ones |
//! | `localstack` | a way to start LocalStack in a container, using testcontainers |
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
pub mod registry;
#[cfg(feature = "server")]
pub mod server;
pub mod snapshot;
pub mod sts;
#[cfg(test)]
mod testing;
pub mod time;
mod validate;
pub mod wire;

pub use infra_core::policy::PolicyDocument;
pub use mock::{DEFAULT_ACCOUNT, JournalEntry, MockAws, MockBuilder};
pub use snapshot::SnapshotError;
pub use wire::operations;

/// Runs the examples in the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
