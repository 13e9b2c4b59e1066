//! Benchmarks one read and one repeatable write for each service. For STS, only a read is
//! benchmarked.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_types::SdkConfig;
use divan::Bencher;
use infra_mock::api::Operation;
use infra_mock::{MockAws, ecr, ecs, iam, logs, sts};
use tests::some;

use super::{AccessPath, runtime, wait};

/// The operation to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    DescribeClusters,
    UpdateCluster,
    GetRole,
    TagRole,
    DescribeRepositories,
    PutImageTagMutability,
    DescribeLogGroups,
    PutRetentionPolicy,
    GetCallerIdentity,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

pub(super) const CALLS: [Call; 9] = [
    Call::DescribeClusters,
    Call::UpdateCluster,
    Call::GetRole,
    Call::TagRole,
    Call::DescribeRepositories,
    Call::PutImageTagMutability,
    Call::DescribeLogGroups,
    Call::PutRetentionPolicy,
    Call::GetCallerIdentity,
];

/// The number of concurrent clients. Each client makes [`EACH`] calls per sample.
const CLIENTS: usize = 16;
const EACH: usize = 8;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const NAME: &str = "bench";

#[derive(Debug)]
pub(super) struct Clients {
    ecs: aws_sdk_ecs::Client,
    iam: aws_sdk_iam::Client,
    ecr: aws_sdk_ecr::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    sts: aws_sdk_sts::Client,
}

impl Clients {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            ecr: aws_sdk_ecr::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
        }
    }

    /// Creates clients and the resources that the calls need.
    pub(super) async fn prepared(config: &SdkConfig) -> Self {
        let clients = Self::new(config);
        // Errors are ignored, because an earlier benchmark may have created the resources on the
        // same server.
        let _ = clients.ecs.create_cluster().cluster_name(NAME).send().await;
        let role = clients.iam.create_role().role_name(NAME);
        let _ = role.assume_role_policy_document(TRUST).send().await;
        let _ = clients.ecr.create_repository().repository_name(NAME).send().await;
        let _ = clients.logs.create_log_group().log_group_name(NAME).send().await;
        clients
    }

    pub(super) async fn make(&self, call: Call) {
        let Self { ecs, iam, ecr, logs, sts } = self;
        let made = match call {
            Call::DescribeClusters => {
                ecs.describe_clusters().clusters(NAME).send().await.map(drop).map_err(shown)
            }
            Call::UpdateCluster => {
                let setting = aws_sdk_ecs::types::ClusterSetting::builder()
                    .name("containerInsights".into())
                    .value("enabled")
                    .build();
                let update = ecs.update_cluster().cluster(NAME).settings(setting);
                update.send().await.map(drop).map_err(shown)
            }
            Call::GetRole => iam.get_role().role_name(NAME).send().await.map(drop).map_err(shown),
            Call::TagRole => {
                let tag = aws_sdk_iam::types::Tag::builder().key("a").value("b").build();
                let tag = iam
                    .tag_role()
                    .role_name(NAME)
                    .tags(tag.expect("the tag has a key and a value"));
                tag.send().await.map(drop).map_err(shown)
            }
            Call::DescribeRepositories => {
                let describe = ecr.describe_repositories().repository_names(NAME);
                describe.send().await.map(drop).map_err(shown)
            }
            Call::PutImageTagMutability => {
                let put = ecr.put_image_tag_mutability().repository_name(NAME);
                put.image_tag_mutability("IMMUTABLE".into()).send().await.map(drop).map_err(shown)
            }
            Call::DescribeLogGroups => {
                let describe = logs.describe_log_groups().log_group_name_prefix(NAME);
                describe.send().await.map(drop).map_err(shown)
            }
            Call::PutRetentionPolicy => {
                let put = logs.put_retention_policy().log_group_name(NAME).retention_in_days(14);
                put.send().await.map(drop).map_err(shown)
            }
            Call::GetCallerIdentity => {
                sts.get_caller_identity().send().await.map(drop).map_err(shown)
            }
        };
        made.unwrap_or_else(|why| panic!("{call}: {why}"));
    }
}

fn shown(error: impl fmt::Debug) -> String {
    format!("{error:?}")
}

fn make<O: Operation>(mock: &MockAws, operation: O) {
    mock.call(operation).unwrap_or_else(|error| panic!("{}: {error}", O::NAME));
}

/// Benchmarks typed calls, which run the mock's state machine without a client.
#[divan::bench(args = CALLS)]
fn typed(bencher: Bencher<'_, '_>, call: Call) {
    let mock = MockAws::new();
    wait(Clients::prepared(&mock.sdk_config()));
    bencher.bench(|| match call {
        Call::DescribeClusters => make(
            &mock,
            ecs::DescribeClustersRequest { clusters: Some(vec![NAME.to_owned()]), include: None },
        ),
        Call::UpdateCluster => make(
            &mock,
            ecs::UpdateClusterRequest {
                cluster: some(NAME),
                settings: Some(vec![ecs::ClusterSetting::container_insights("enabled")]),
                ..ecs::UpdateClusterRequest::default()
            },
        ),
        Call::GetRole => make(&mock, iam::GetRoleRequest { role_name: some(NAME) }),
        Call::TagRole => make(
            &mock,
            iam::TagRoleRequest { role_name: some(NAME), tags: vec![iam::Tag::new("a", "b")] },
        ),
        Call::DescribeRepositories => make(
            &mock,
            ecr::DescribeRepositoriesRequest {
                repository_names: Some(vec![NAME.to_owned()]),
                ..ecr::DescribeRepositoriesRequest::default()
            },
        ),
        Call::PutImageTagMutability => make(
            &mock,
            ecr::PutImageTagMutabilityRequest {
                repository_name: some(NAME),
                image_tag_mutability: some("IMMUTABLE"),
                ..ecr::PutImageTagMutabilityRequest::default()
            },
        ),
        Call::DescribeLogGroups => make(
            &mock,
            logs::DescribeLogGroupsRequest {
                log_group_name_prefix: some(NAME),
                ..logs::DescribeLogGroupsRequest::default()
            },
        ),
        Call::PutRetentionPolicy => make(
            &mock,
            logs::PutRetentionPolicyRequest {
                log_group_name: some(NAME),
                retention_in_days: Some(14),
            },
        ),
        Call::GetCallerIdentity => make(&mock, sts::GetCallerIdentityRequest {}),
    });
}

/// Benchmarks one call at a time.
fn alone(bencher: Bencher<'_, '_>, access_path: AccessPath, call: Call) {
    let Some((config, _mock, _server)) = access_path.open() else { return };
    let clients = wait(Clients::prepared(&config));
    bencher.bench(|| wait(clients.make(call)));
}

/// Benchmarks [`CLIENTS`] concurrent clients that make [`EACH`] calls each.
fn concurrently(bencher: Bencher<'_, '_>, access_path: AccessPath) {
    let Some((config, _mock, _server)) = access_path.open() else { return };
    let clients = Arc::new(wait(Clients::prepared(&config)));
    bencher.bench(|| {
        let callers: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let clients = Arc::clone(&clients);
                runtime().spawn(async move {
                    for nth in 0..EACH {
                        clients.make(CALLS[(number + nth) % CALLS.len()]).await;
                    }
                })
            })
            .collect();
        for caller in callers {
            wait(caller).expect("no caller panics");
        }
    });
}

#[divan::bench(args = CALLS, sample_count = 1_000)]
fn in_process(bencher: Bencher<'_, '_>, call: Call) {
    alone(bencher, AccessPath::InProcess, call);
}

#[divan::bench(args = CALLS, sample_count = 1_000)]
fn server(bencher: Bencher<'_, '_>, call: Call) {
    alone(bencher, AccessPath::Server, call);
}

#[divan::bench(args = CALLS)]
fn moto(bencher: Bencher<'_, '_>, call: Call) {
    alone(bencher, AccessPath::Moto, call);
}

/// Benchmarks 128 calls from 16 concurrent clients.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn in_process_128_concurrent(bencher: Bencher<'_, '_>) {
    concurrently(bencher, AccessPath::InProcess);
}

#[divan::bench(sample_count = 30, sample_size = 1)]
fn server_128_concurrent(bencher: Bencher<'_, '_>) {
    concurrently(bencher, AccessPath::Server);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn moto_128_concurrent(bencher: Bencher<'_, '_>) {
    concurrently(bencher, AccessPath::Moto);
}

/// Benchmarks a read in worlds of different sizes, to show that a read does not copy the world.
#[divan::bench(args = [1, 1_000, 10_000])]
fn typed_read_among_many(bencher: Bencher<'_, '_>, many: usize) {
    let mock = MockAws::new();
    for number in 0..many {
        let tags: HashMap<_, _> = [("Name", format!("g{number}"))].into();
        make(
            &mock,
            logs::CreateLogGroupRequest {
                log_group_name: Some(format!("g{number}")),
                tags: Some(tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
                ..logs::CreateLogGroupRequest::default()
            },
        );
    }
    bencher.bench(|| {
        make(&mock, logs::ListTagsLogGroupRequest { log_group_name: some("g0") });
    });
}
