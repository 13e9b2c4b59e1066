//! Scenarios for drift in the roles and their policies.

use super::drift::drifts;
use crate::conformance::{Fixture, Verdict};
use crate::names::RoleName;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};

const TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#;
const OTHER_TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}"#;
const INLINE: &str = r#"{"Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:PARTITION:logs:REGION:ACCOUNT:log-group:/ecs/PREFIX-t:*"}],"Version":"2012-10-17"}"#;
const OTHER_INLINE: &str = r#"{"Statement":[{"Action":"logs:PutLogEvents","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#;
const PULL: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;
const PULL_BY_NOBODY: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"AROA~"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;
const EXECUTION: &str = "service-role/AmazonECSTaskExecutionRolePolicy";
const BOUNDARY: &str = "AmazonEC2ReadOnlyAccess";
const OTHER_BOUNDARY: &str = "AmazonEC2FullAccess";

async fn trust_ec2(at: &Fixture, role: &RoleName) -> Verdict {
    let ec2 = PrincipalSet::service(["ec2.amazonaws.com"]);
    let trust = PolicyDocument::new([Statement::allow(["sts:AssumeRole"]).with_principal(ec2)]);
    Ok(at.roles().update_assume_role_policy(role, &trust).await?)
}

drifts! { "drift_of_roles":
    execution_role_trust_policy_changed
        by |at, it| { trust_ec2(at, &it.execution_role).await?; }
        plans [format!("iam_role.ecs_execution_role update assume_role_policy: {OTHER_TRUST} -> {TRUST}")]
        calls ["iam:UpdateAssumeRolePolicy"];

    task_role_trust_policy_changed
        by |at, it| { trust_ec2(at, &it.task_role).await?; }
        plans [format!("iam_role.ecs_task_role update assume_role_policy: {OTHER_TRUST} -> {TRUST}")]
        calls ["iam:UpdateAssumeRolePolicy"];

    execution_role_session_duration_changed
        by |at, it| { at.roles().update_role(&it.execution_role, 7200, None).await?; }
        plans ["iam_role.ecs_execution_role update max_session_duration: 7200 -> 3600"]
        calls ["iam:UpdateRole"];

    task_role_session_duration_changed
        by |at, it| { at.roles().update_role(&it.task_role, 7200, None).await?; }
        plans ["iam_role.ecs_task_role update max_session_duration: 7200 -> 3600"]
        calls ["iam:UpdateRole"];

    description_changed
        given |_, spec| { spec.task_role.role.description = Some("for the app".parse()?); }
        by |at, it| {
            let other = Some("for something else");
            at.roles().update_role(&it.task_role, 3600, other).await?;
        }
        plans [r#"iam_role.ecs_task_role update description: "for something else" -> "for the app""#]
        calls ["iam:UpdateRole"];

    description_emptied
        given |_, spec| { spec.execution_role.role.description = Some("for the agent".parse()?); }
        by |at, it| { at.roles().update_role(&it.execution_role, 3600, Some("")).await?; }
        plans [r#"iam_role.ecs_execution_role update description: null -> "for the agent""#]
        calls ["iam:UpdateRole"];

    permissions_boundary_added by |at, it| {
            let policy = at.aws_policy(BOUNDARY);
            at.roles().put_role_permissions_boundary(&it.task_role, &policy).await?;
        }
        plans [format!(r#"iam_role.ecs_task_role update permissions_boundary: "arn:PARTITION:iam::aws:policy/{BOUNDARY}" -> null"#)]
        calls ["iam:DeleteRolePermissionsBoundary"];

    permissions_boundary_changed
        given |at, spec| { spec.task_role.role.permissions_boundary = Some(at.aws_policy(BOUNDARY).to_string().parse()?); }
        by |at, it| {
            let policy = at.aws_policy(OTHER_BOUNDARY);
            at.roles().put_role_permissions_boundary(&it.task_role, &policy).await?;
        }
        plans [format!(r#"iam_role.ecs_task_role update permissions_boundary: "arn:PARTITION:iam::aws:policy/{OTHER_BOUNDARY}" -> "arn:PARTITION:iam::aws:policy/{BOUNDARY}""#)]
        calls ["iam:PutRolePermissionsBoundary"];

    permissions_boundary_removed
        given |at, spec| { spec.execution_role.role.permissions_boundary = Some(at.aws_policy(BOUNDARY).to_string().parse()?); }
        by |at, it| { at.roles().delete_role_permissions_boundary(&it.execution_role).await?; }
        plans [format!(r#"iam_role.ecs_execution_role update permissions_boundary: null -> "arn:PARTITION:iam::aws:policy/{BOUNDARY}""#)]
        calls ["iam:PutRolePermissionsBoundary"];

    managed_policy_detached by |at, it| {
            let policy = at.aws_policy(EXECUTION).to_string();
            at.roles().detach_role_policy(&it.execution_role, &policy).await?;
        }
        plans [format!(r#"iam_role_policy_attachment.ecs_execution_role_policy create policy_arn: null -> "arn:PARTITION:iam::aws:policy/{EXECUTION}""#)]
        calls ["iam:AttachRolePolicy"];

    inline_policy_changed by |at, it| {
            let other = Statement::allow(["logs:PutLogEvents"]).with_resources(["*"]);
            let document = PolicyDocument::new([other]);
            at.roles().put_role_policy(&it.task_role, &it.task_policy, &document).await?;
        }
        plans [format!("iam_role_policy.ecs_task_role_policy update policy: {OTHER_INLINE} -> {INLINE}")]
        calls ["iam:PutRolePolicy"];

    inline_policy_removed by |at, it| {
            at.roles().delete_role_policy(&it.task_role, it.task_policy.as_str()).await?;
        }
        plans [format!("iam_role_policy.ecs_task_role_policy create policy: null -> {INLINE}")]
        calls ["iam:PutRolePolicy"];

    execution_role_deleted by |at, it| {
            let policy = at.aws_policy(EXECUTION).to_string();
            at.roles().detach_role_policy(&it.execution_role, &policy).await?;
            at.roles().delete_role(&it.execution_role).await?;
        }
        plans [
            format!("iam_role.ecs_execution_role create assume_role_policy: null -> {TRUST}"),
            r#"iam_role.ecs_execution_role create path: null -> "/""#.to_owned(),
            "iam_role.ecs_execution_role create max_session_duration: null -> 3600".to_owned(),
            r#"iam_role.ecs_execution_role create tags.Name: null -> "PREFIX-t-ecs-execution-role""#.to_owned(),
            format!(r#"iam_role_policy_attachment.ecs_execution_role_policy create policy_arn: null -> "arn:PARTITION:iam::aws:policy/{EXECUTION}""#),
            format!("ecr_repository_policy.app update policy: {PULL_BY_NOBODY} -> {PULL}"),
        ]
        calls ["ecr:SetRepositoryPolicy", "iam:AttachRolePolicy", "iam:CreateRole"];

    task_role_deleted by |at, it| {
            at.roles().delete_role_policy(&it.task_role, it.task_policy.as_str()).await?;
            at.roles().delete_role(&it.task_role).await?;
        }
        plans [
            format!("iam_role.ecs_task_role create assume_role_policy: null -> {TRUST}"),
            r#"iam_role.ecs_task_role create path: null -> "/""#.to_owned(),
            "iam_role.ecs_task_role create max_session_duration: null -> 3600".to_owned(),
            r#"iam_role.ecs_task_role create tags.Name: null -> "PREFIX-t-ecs-task-role""#.to_owned(),
            format!("iam_role_policy.ecs_task_role_policy create policy: null -> {INLINE}"),
        ]
        calls ["iam:CreateRole", "iam:PutRolePolicy"];
}
