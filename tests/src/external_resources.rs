//! Resources of somebody else's that have the names of ours.

use std::collections::BTreeMap;

use infra_core::operation::{Operation, ecr as ecr_operation, ecs as ecs_operation};
use infra_core::operation::{iam as iam_operation, logs as logs_operation};
use infra_mock::api::Operation as Request;
use infra_mock::{MockAws, ecr, ecs, iam, logs};

use super::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, REPOSITORY, TASK_ROLE};

/// A tagged resource of the foundation, and how somebody else makes one of its name.
#[derive(Clone, Copy, Debug)]
pub struct ExternalResource {
    /// Where it would stand in the foundation.
    pub address: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The Name tag that we would give it.
    pub our_tag: &'static str,
    /// What makes it.
    pub creation: Operation,
    make: fn(&MockAws, Option<&str>),
}

impl ExternalResource {
    /// The five.
    pub const ALL: [Self; 5] =
        [Self::CLUSTER, Self::EXECUTION_ROLE, Self::TASK_ROLE, Self::REPOSITORY, Self::LOG_GROUP];

    /// A cluster without Container Insights and capacity providers.
    pub const CLUSTER: Self = Self {
        address: "ecs_cluster.main",
        name: CLUSTER,
        our_tag: "demo-dev-cluster",
        creation: ecs_operation::CREATE_CLUSTER,
        make: cluster,
    };
    /// A role that EC2 may assume, for two hours.
    pub const EXECUTION_ROLE: Self = Self {
        address: "iam_role.ecs_execution_role",
        name: EXECUTION_ROLE,
        our_tag: "demo-dev-ecs-execution-role",
        creation: iam_operation::CREATE_ROLE,
        make: |mock, tag| role(mock, EXECUTION_ROLE, tag),
    };
    /// A role that EC2 may assume, for two hours.
    pub const TASK_ROLE: Self = Self {
        address: "iam_role.ecs_task_role",
        name: TASK_ROLE,
        our_tag: "demo-dev-ecs-task-role",
        creation: iam_operation::CREATE_ROLE,
        make: |mock, tag| role(mock, TASK_ROLE, tag),
    };
    /// An immutable repository that is not scanned.
    pub const REPOSITORY: Self = Self {
        address: "ecr_repository.app",
        name: REPOSITORY,
        our_tag: "demo-dev-app-repo",
        creation: ecr_operation::CREATE_REPOSITORY,
        make: repository,
    };
    /// A log group that keeps its events for ever.
    pub const LOG_GROUP: Self = Self {
        address: "cloudwatch_log_group.ecs",
        name: LOG_GROUP,
        our_tag: "demo-dev-ecs-logs",
        creation: logs_operation::CREATE_LOG_GROUP,
        make: log_group,
    };

    /// Makes it, with the tag Owner=somebody and, where given, a Name tag.
    ///
    /// # Panics
    /// It is there already.
    pub fn make(&self, mock: &MockAws, name_tag: Option<&str>) {
        (self.make)(mock, name_tag);
    }
}

fn call<O: Request>(mock: &MockAws, request: O) {
    if let Err(refusal) = mock.call(request) {
        panic!("{}: {refusal}", O::NAME);
    }
}

fn tags(name_tag: Option<&str>) -> impl Iterator<Item = (&'static str, String)> {
    let name = name_tag.map(|name| ("Name", name.to_owned()));
    [("Owner", "somebody".to_owned())].into_iter().chain(name)
}

fn cluster(mock: &MockAws, name_tag: Option<&str>) {
    let request = ecs::CreateClusterRequest {
        cluster_name: Some(CLUSTER.to_owned()),
        settings: Some(vec![ecs::ClusterSetting::container_insights("disabled")]),
        tags: Some(tags(name_tag).map(|(key, value)| ecs::Tag::new(key, value)).collect()),
        ..Default::default()
    };
    call(mock, request);
}

fn role(mock: &MockAws, name: &str, name_tag: Option<&str>) {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let request = iam::CreateRoleRequest {
        role_name: Some(name.to_owned()),
        assume_role_policy_document: Some(trust.to_owned()),
        max_session_duration: Some(7200),
        tags: tags(name_tag).map(|(key, value)| iam::Tag::new(key, value)).collect(),
        ..Default::default()
    };
    call(mock, request);
}

fn repository(mock: &MockAws, name_tag: Option<&str>) {
    let tag =
        |(key, value): (&str, String)| ecr::Tag { key: Some(key.to_owned()), value: Some(value) };
    let request = ecr::CreateRepositoryRequest {
        repository_name: Some(REPOSITORY.to_owned()),
        image_tag_mutability: Some("IMMUTABLE".to_owned()),
        tags: Some(tags(name_tag).map(tag).collect()),
        ..Default::default()
    };
    call(mock, request);
}

fn log_group(mock: &MockAws, name_tag: Option<&str>) {
    let tags: BTreeMap<String, String> =
        tags(name_tag).map(|(key, value)| (key.to_owned(), value)).collect();
    let request = logs::CreateLogGroupRequest {
        log_group_name: Some(LOG_GROUP.to_owned()),
        tags: Some(tags),
        ..Default::default()
    };
    call(mock, request);
}
