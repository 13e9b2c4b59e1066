//! The permissions of a pipeline that pushes images to the repository and deploys to the cluster.

use crate::arn::Location;
use crate::policy::Statement;

use super::{OperatorPolicy, Resolved, Topic, Want, statements, want};

/// The repository actions that `docker push` requires:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html>.
const PUSH: [&str; 6] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
];

/// The actions that a pipeline needs to deploy to a service and wait for the deployment, from the
/// minimum permissions in
/// <https://github.com/aws-actions/amazon-ecs-deploy-task-definition#permissions>.
const DEPLOY: [&str; 2] = ["ecs:DescribeServices", "ecs:UpdateService"];

/// Returns the policy for pushing images.
pub(super) fn push(resolved: &Resolved) -> OperatorPolicy {
    let token = want("ecr:GetAuthorizationToken", "*", Topic::new("Registry", None)).because(
        "the action cannot be limited to a resource: the token it returns is valid for the whole registry",
    );
    let repositories = resolved.each_service().map(|service| service.repository.arn.to_string());
    let images = repositories.flat_map(|repository| {
        PUSH.map(|action| want(action, &repository, Topic::new("Images", None)))
    });
    OperatorPolicy {
        statements: statements(std::iter::once(token).chain(images).collect()),
        notes: vec![
            "no image can be deleted, but a mutable tag can be moved to another image".to_owned(),
        ],
    }
}

/// Returns the policy for rolling deployments.
pub(super) fn deploy(resolved: &Resolved, location: &Location) -> OperatorPolicy {
    let cluster = &resolved.cluster;
    // As in the minimum permissions that AWS documents, this action is allowed on all resources.
    let register = want("ecs:RegisterTaskDefinition", "*", Topic::new("TaskDefinitions", None))
        .because("a task definition does not belong to a cluster");
    let pass = resolved.roles_of_tasks().map(|role| pass_role(&role.arn.to_string()));
    let services = location.arn("ecs", format!("service/{}/*", cluster.spec.name)).to_string();
    let services =
        DEPLOY.into_iter().map(|action| want(action, &services, Topic::new("Services", None)));
    let task_roles = if resolved.services.is_empty() { "the task role" } else { "the task roles" };
    OperatorPolicy {
        statements: statements(std::iter::once(register).chain(pass).chain(services).collect()),
        notes: vec![
            "the services must already exist, because ecs:CreateService is not included".to_owned(),
            format!(
                "only the execution role and {task_roles} can be passed, and only to ECS tasks"
            ),
        ],
    }
}

/// Returns the statements for a role that pushes images and deploys.
pub(in crate::foundation) fn of_deployer(
    resolved: &Resolved,
    location: &Location,
) -> Vec<Statement> {
    let policies = [push(resolved), deploy(resolved, location)];
    policies.iter().flat_map(|policy| policy.document().statements().to_vec()).collect()
}

/// Returns the permission to pass a role to ECS tasks:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>.
fn pass_role(role: &str) -> Want {
    let service = ["ecs-tasks.amazonaws.com".to_owned()].into();
    want("iam:PassRole", role, Topic::new("PassRoles", None)).when(
        "StringEquals",
        "iam:PassedToService",
        service,
    )
}
