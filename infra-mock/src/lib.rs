//! An in-memory mock of AWS for testing Rust code. It provides ECS, IAM, ECR, CloudWatch Logs and
//! STS, and needs no account, container or socket.
//!
//! The mock reproduces AWS behavior that breaks code in production: new roles that other services
//! cannot find yet, deleted clusters that are still returned as INACTIVE, and repository policies
//! that contain the ID of a deleted role. Errors have the same codes, HTTP statuses and messages as
//! in AWS.
//!
//! # Test code that uses the SDK
//!
//! ```toml
//! [dev-dependencies]
//! infra-mock = { version = "0.1", features = ["sdk"] }
//! ```
//!
//! `MockAws::sdk_config` returns an `SdkConfig` for unmodified SDK clients. Requests are routed by
//! service, so the clients of all services can share one configuration:
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
//! AWS is eventually consistent. The mock is too if you configure a [lag](api::Lag). In a test that
//! pauses tokio's clock, waiting for the lag takes no real time:
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
//! // The new role has not propagated to ECR yet.
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
//! By default, callers have all permissions. To restrict callers, attach policies. The mock
//! evaluates policies as AWS does. See [`access`].
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
//! Tasks and services behave as on AWS Fargate, and tasks have the permissions of their roles. No
//! real container is started. Instead, a [script](ecs::Script) defines the behavior of all
//! containers with a given name. A container without a script runs until it is stopped.
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
//! # Ways to call the mock
//!
//! There are four ways to call the mock. All of them use the same state machine:
//! - [`MockAws::call`] calls an operation directly.
//! - [`MockAws::providers`] returns implementations of `infra-core`'s provider traits.
//! - `MockAws::sdk_config` (feature `sdk`) connects SDK clients in process.
//! - `server::MockServer` (feature `server`) serves clients in any language.
//!
//! In addition, [`external_change`] simulates changes that someone else makes, such as pushing an
//! image or starting a service.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | none (default) | the state machine, the provider traits, and the router for HTTP requests; no dependency on an HTTP crate |
//! | `sdk` | the in-process HTTP client for the AWS SDK for Rust |
//! | `server` | a local server for clients in any language |
//! | `localstack-endpoint` | detection of the services that a running LocalStack provides, and mocks for the missing services |
//! | `localstack` | `localstack::container::Container`, which starts LocalStack in a container with testcontainers |
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
mod shapes;
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
