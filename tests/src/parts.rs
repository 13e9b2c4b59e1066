//! The parts of the foundation `demo-dev`. This module names the parts, deletes a part directly in
//! the mock, and lists the resources that remain.

use infra_mock::{ecr, ecs, iam, logs};

use super::Lab;

/// The cluster's name.
pub const CLUSTER: &str = "demo-dev-cluster";
/// The execution role's name.
pub const EXECUTION_ROLE: &str = "demo-dev-ecs-execution-role";
/// The task role's name.
pub const TASK_ROLE: &str = "demo-dev-ecs-task-role";
/// The name of the task role's inline policy.
pub const TASK_POLICY: &str = "demo-dev-ecs-task-policy";
/// The name of the deployer's role, if the foundation has a deployer.
pub const DEPLOYER_ROLE: &str = "demo-dev-ecs-deployer-role";
/// The name of the inline policy in the deployer's role.
pub const DEPLOYER_POLICY: &str = "demo-dev-ecs-deployer-policy";
/// The repository's name.
pub const REPOSITORY: &str = "demo-dev-app";
/// The log group's name.
pub const LOG_GROUP: &str = "/ecs/demo-dev";
/// The ARN of the managed policy attached to the execution role.
pub const EXECUTION_POLICY: &str =
    "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

/// A part that can be missing after an interrupted run or an external change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The cluster and its capacity providers.
    Cluster,
    /// The cluster's capacity providers and default strategy.
    CapacityProviders,
    /// The execution role and its policy attachment.
    ExecutionRole,
    /// The managed policy attached to the execution role.
    ExecutionRoleAttachment,
    /// The task role and its inline policy.
    TaskRole,
    /// The task role's inline policy.
    TaskRolePolicy,
    /// The repository and its policy.
    Repository,
    /// The repository's policy.
    RepositoryPolicy,
    /// The log group.
    LogGroup,
    /// The log group's retention, which is set by a separate call.
    Retention,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 10] = [
        Self::Cluster,
        Self::CapacityProviders,
        Self::ExecutionRole,
        Self::ExecutionRoleAttachment,
        Self::TaskRole,
        Self::TaskRolePolicy,
        Self::Repository,
        Self::RepositoryPolicy,
        Self::LogGroup,
        Self::Retention,
    ];

    /// Deletes the part and everything that belongs to it. Does nothing if the part no longer
    /// exists, so parts can be removed in any order.
    pub fn remove(self, lab: &Lab) {
        let mock = &lab.mock;
        let text = |name: &str| Some(name.to_owned());
        match self {
            Self::Cluster => {
                let _ = mock.call(ecs::DeleteClusterRequest { cluster: text(CLUSTER) });
            }
            Self::CapacityProviders => {
                let _ = mock.call(ecs::PutClusterCapacityProvidersRequest {
                    cluster: text(CLUSTER),
                    capacity_providers: Some(Vec::new()),
                    default_capacity_provider_strategy: Some(Vec::new()),
                });
            }
            Self::ExecutionRole => {
                Self::ExecutionRoleAttachment.remove(lab);
                let _ = mock.call(iam::DeleteRoleRequest { role_name: text(EXECUTION_ROLE) });
            }
            Self::ExecutionRoleAttachment => {
                let _ = mock.call(iam::DetachRolePolicyRequest {
                    role_name: text(EXECUTION_ROLE),
                    policy_arn: text(EXECUTION_POLICY),
                });
            }
            Self::TaskRole => {
                Self::TaskRolePolicy.remove(lab);
                let _ = mock.call(iam::DeleteRoleRequest { role_name: text(TASK_ROLE) });
            }
            Self::TaskRolePolicy => {
                let _ = mock.call(iam::DeleteRolePolicyRequest {
                    role_name: text(TASK_ROLE),
                    policy_name: text(TASK_POLICY),
                });
            }
            Self::Repository => {
                let _ = mock.call(ecr::DeleteRepositoryRequest {
                    repository_name: text(REPOSITORY),
                    ..Default::default()
                });
            }
            Self::RepositoryPolicy => {
                let _ = mock.call(ecr::DeleteRepositoryPolicyRequest {
                    repository_name: text(REPOSITORY),
                    ..Default::default()
                });
            }
            Self::LogGroup => {
                let _ = mock.call(logs::DeleteLogGroupRequest { log_group_name: text(LOG_GROUP) });
            }
            Self::Retention => {
                let log_group_name = text(LOG_GROUP);
                let _ = mock.call(logs::DeleteRetentionPolicyRequest { log_group_name });
            }
        }
    }
}

/// Lists the account's clusters, roles, repositories and log groups, except INACTIVE clusters and
/// service-linked roles.
pub fn everything(lab: &Lab) -> Vec<String> {
    let clusters = lab.act(ecs::ListClustersRequest::default()).cluster_arns;
    let clusters = clusters.into_iter().map(|arn| format!("cluster {arn}"));
    let roles = lab.act(iam::ListRolesRequest::default()).roles.into_iter();
    let roles = roles
        .filter(|role| !role.path.starts_with("/aws-service-role/"))
        .map(|role| format!("role {}", role.role_name));
    let repositories = lab.act(ecr::DescribeRepositoriesRequest::default()).repositories;
    let repositories =
        repositories.into_iter().map(|it| format!("repository {}", it.repository_name));
    let groups = lab.act(logs::DescribeLogGroupsRequest::default()).log_groups;
    let groups = groups.into_iter().map(|group| format!("log group {}", group.log_group_name));
    clusters.chain(roles).chain(repositories).chain(groups).collect()
}
