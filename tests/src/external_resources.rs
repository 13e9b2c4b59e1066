//! Unmanaged resources with the same names as the foundation's resources.

use std::collections::BTreeMap;

use infra_core::operation::{Operation, ecr as ecr_operation, ecs as ecs_operation};
use infra_core::operation::{iam as iam_operation, logs as logs_operation};
use infra_mock::api::Operation as Request;
use infra_mock::{MockAws, ecr, ecs, iam, logs};

use super::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, REPOSITORY, TASK_ROLE};

/// An unmanaged resource that has the same name as one of the foundation's tagged resources.
#[derive(Clone, Copy, Debug)]
pub struct ExternalResource {
    /// The address of the foundation's resource with the same name.
    pub address: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The Name tag that ecs-foundation would set.
    pub managed_name_tag: &'static str,
    /// The operation that creates the resource.
    pub creation: Operation,
    create: fn(&MockAws, Option<&str>),
}

impl ExternalResource {
    /// All five resources.
    pub const ALL: [Self; 5] =
        [Self::CLUSTER, Self::EXECUTION_ROLE, Self::TASK_ROLE, Self::REPOSITORY, Self::LOG_GROUP];

    /// A cluster without Container Insights or capacity providers.
    pub const CLUSTER: Self = Self {
        address: "ecs_cluster.main",
        name: CLUSTER,
        managed_name_tag: "demo-dev-cluster",
        creation: ecs_operation::CREATE_CLUSTER,
        create: cluster,
    };
    /// A role that EC2 can assume, with a maximum session duration of two hours.
    pub const EXECUTION_ROLE: Self = Self {
        address: "iam_role.ecs_execution_role",
        name: EXECUTION_ROLE,
        managed_name_tag: "demo-dev-ecs-execution-role",
        creation: iam_operation::CREATE_ROLE,
        create: |mock, tag| role(mock, EXECUTION_ROLE, tag),
    };
    /// A role that EC2 can assume, with a maximum session duration of two hours.
    pub const TASK_ROLE: Self = Self {
        address: "iam_role.ecs_task_role",
        name: TASK_ROLE,
        managed_name_tag: "demo-dev-ecs-task-role",
        creation: iam_operation::CREATE_ROLE,
        create: |mock, tag| role(mock, TASK_ROLE, tag),
    };
    /// An immutable repository that does not scan images.
    pub const REPOSITORY: Self = Self {
        address: "ecr_repository.app",
        name: REPOSITORY,
        managed_name_tag: "demo-dev-app-repo",
        creation: ecr_operation::CREATE_REPOSITORY,
        create: repository,
    };
    /// A log group whose events never expire.
    pub const LOG_GROUP: Self = Self {
        address: "cloudwatch_log_group.ecs",
        name: LOG_GROUP,
        managed_name_tag: "demo-dev-ecs-logs",
        creation: logs_operation::CREATE_LOG_GROUP,
        create: log_group,
    };

    /// Creates the resource with the tag `Owner=somebody`. If `name_tag` is given, also adds a Name
    /// tag with this value.
    ///
    /// # Panics
    /// Panics if the resource already exists.
    pub fn create(&self, mock: &MockAws, name_tag: Option<&str>) {
        (self.create)(mock, name_tag);
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
