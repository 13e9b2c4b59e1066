//! Scenarios that change the configuration of the roles and their policies.

use super::variations::variations;
use crate::foundation::{ManagedPolicy, SourceAccount};
use crate::policy::Statement;
use crate::values::SessionDuration;

const LOGS: &str = r#"{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:PARTITION:logs:REGION:ACCOUNT:log-group:/ecs/PREFIX-t:*"}"#;
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db";
const READ_SECRET: &str = r#"{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:db"}"#;
const BOUNDARY: &str = "AmazonEC2ReadOnlyAccess";
const READ_ONLY: &str = "AmazonDynamoDBReadOnlyAccess";
const TASKS: &str = r#""ecs-tasks.amazonaws.com""#;
const PULL: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;

fn inline(statements: &[&str]) -> String {
    format!(r#"{{"Statement":[{}],"Version":"2012-10-17"}}"#, statements.join(","))
}

fn trust(services: &str, condition: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Action":"sts:AssumeRole",{condition}"Effect":"Allow","Principal":{{"Service":{services}}}}}],"Version":"2012-10-17"}}"#
    )
}

/// Returns the line that the plan contains if a role's trust policy changes from the default to
/// `after`.
fn trusts(role: &str, after: &str) -> String {
    format!("iam_role.{role} update assume_role_policy: {} -> {after}", trust(TASKS, ""))
}

/// Returns the line that the plan contains if the statements of the task role's inline policy
/// change from the default to `statements`.
fn may(statements: &[&str]) -> String {
    let (before, after) = (inline(&[LOGS]), inline(statements));
    format!("iam_role_policy.ecs_task_role_policy update policy: {before} -> {after}")
}

fn read_secret() -> Statement {
    Statement::allow(["secretsmanager:GetSecretValue"]).with_resources([SECRET])
}

fn read_only() -> ManagedPolicy {
    ManagedPolicy::AwsManaged(READ_ONLY.to_owned())
}

variations! { "variations_of_roles":
    boundary_on_the_execution_role
        by |at, spec| { spec.execution_role.role.permissions_boundary = Some(at.aws_policy(BOUNDARY).to_string().parse()?); }
        plans [format!(r#"iam_role.ecs_execution_role update permissions_boundary: null -> "arn:PARTITION:iam::aws:policy/{BOUNDARY}""#)];

    boundary_on_the_task_role
        by |at, spec| { spec.task_role.role.permissions_boundary = Some(at.aws_policy(BOUNDARY).to_string().parse()?); }
        plans [format!(r#"iam_role.ecs_task_role update permissions_boundary: null -> "arn:PARTITION:iam::aws:policy/{BOUNDARY}""#)];

    longer_execution_role_sessions
        by |_, spec| { spec.execution_role.role.max_session_duration = SessionDuration::new(43_200)?; }
        plans ["iam_role.ecs_execution_role update max_session_duration: 3600 -> 43200"];

    longer_task_role_sessions by |_, spec| { spec.task_role.role.max_session_duration = SessionDuration::new(7200)?; }
        plans ["iam_role.ecs_task_role update max_session_duration: 3600 -> 7200"];

    // The role keeps its description when the description is removed from the configuration.
    role_description by |_, spec| { spec.task_role.role.description = Some("for the app".parse()?); }
        plans [r#"iam_role.ecs_task_role update description: null -> "for the app""#]
        back [];

    role_description_and_longer_sessions by |_, spec| {
            spec.task_role.role.description = Some("for the app".parse()?);
            spec.task_role.role.max_session_duration = SessionDuration::new(7200)?;
        }
        plans [
            "iam_role.ecs_task_role update max_session_duration: 3600 -> 7200",
            r#"iam_role.ecs_task_role update description: null -> "for the app""#,
        ]
        back ["iam_role.ecs_task_role update max_session_duration"];

    // A policy that is no longer configured is kept, because someone else could have attached it.
    additional_managed_policy_on_the_execution_role
        by |_, spec| { spec.execution_role.role.additional_managed_policies = vec![read_only()]; }
        plans [format!(r#"iam_role_policy_attachment.ecs_execution_role_policy["{READ_ONLY}"] create policy_arn: null -> "arn:PARTITION:iam::aws:policy/{READ_ONLY}""#)]
        back [];

    managed_policies_on_the_task_role by |at, spec| {
            let by_arn = at.aws_policy("AWSXRayDaemonWriteAccess").to_string().parse()?;
            spec.task_role.role.additional_managed_policies = vec![read_only(), by_arn];
        }
        plans [
            format!(r#"iam_role_policy_attachment.ecs_task_role_policy["{READ_ONLY}"] create policy_arn: null -> "arn:PARTITION:iam::aws:policy/{READ_ONLY}""#),
            r#"iam_role_policy_attachment.ecs_task_role_policy["AWSXRayDaemonWriteAccess"] create policy_arn: null -> "arn:PARTITION:iam::aws:policy/AWSXRayDaemonWriteAccess""#.to_owned(),
        ]
        back [];

    statement_on_the_task_role
        by |_, spec| { spec.task_role.role.statements = vec![read_secret()]; }
        plans [may(&[LOGS, READ_SECRET])];

    statement_on_the_execution_role
        by |_, spec| { spec.execution_role.role.statements = vec![read_secret()]; }
        plans [format!("iam_role_policy.ecs_execution_role_policy create policy: null -> {}", inline(&[READ_SECRET]))]
        back ["iam_role_policy.ecs_execution_role_policy delete"];

    no_log_actions by |_, spec| { spec.task_role.log_actions.clear(); }
        plans ["iam_role_policy.ecs_task_role_policy delete"]
        back ["iam_role_policy.ecs_task_role_policy create policy"];

    one_log_action by |_, spec| { spec.task_role.log_actions.truncate(1); }
        plans [may(&[&LOGS.replace(r#"["logs:CreateLogStream","logs:PutLogEvents"]"#, r#""logs:CreateLogStream""#)])];

    trust_restricted_to_the_same_account
        by |_, spec| { spec.execution_role.role.trust.source_accounts = vec![SourceAccount::Own]; }
        plans [trusts("ecs_execution_role", &trust(TASKS, r#""Condition":{"StringEquals":{"aws:SourceAccount":"ACCOUNT"}},"#))];

    trust_restricted_to_other_accounts by |_, spec| {
            let accounts = ["111122223333", "444455556666"];
            for account in accounts {
                spec.task_role.role.trust.source_accounts.push(SourceAccount::Id(account.parse()?));
            }
        }
        plans [trusts("ecs_task_role", &trust(TASKS, r#""Condition":{"StringEquals":{"aws:SourceAccount":["111122223333","444455556666"]}},"#))];

    trust_restricted_to_arns by |_, spec| {
            let arn = "arn:aws:ecs:us-east-1:123456789012:*".parse()?;
            spec.task_role.role.trust.source_arns = vec![arn];
        }
        plans [trusts("ecs_task_role", &trust(TASKS, r#""Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:123456789012:*"}},"#))];

    additional_trusted_service
        by |_, spec| { spec.task_role.role.trust.services.push("ec2.amazonaws.com".parse()?); }
        plans [trusts("ecs_task_role", &trust(r#"["ec2.amazonaws.com","ecs-tasks.amazonaws.com"]"#, ""))];

    // The policy with the old name is kept and reported, because someone else could have created
    // it.
    different_inline_policy_name
        by |_, spec| { spec.task_role.role.inline_policy_name = Some("logs".parse()?); }
        plans [format!("iam_role_policy.ecs_task_role_policy create policy: null -> {}", inline(&[LOGS]))]
        back [];

    different_managed_policy_for_the_execution_role
        by |_, spec| { spec.execution_role.managed_policy = read_only(); }
        plans [format!(r#"iam_role_policy_attachment.ecs_execution_role_policy create policy_arn: null -> "arn:PARTITION:iam::aws:policy/{READ_ONLY}""#)]
        back [];

    execution_role_path by |_, spec| { spec.execution_role.role.path = "/team/".parse()?; }
        plans [
            r#"iam_role.ecs_execution_role replace path: "/" -> "/team/""#.to_owned(),
            r#"iam_role_policy_attachment.ecs_execution_role_policy replace policy_arn: null -> "arn:PARTITION:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy""#.to_owned(),
            format!("ecr_repository_policy.app update policy: {PULL} -> {}", PULL.replace("role/", "role/team/")),
        ];

    task_role_path by |_, spec| { spec.task_role.role.path = "/team/".parse()?; }
        plans [
            r#"iam_role.ecs_task_role replace path: "/" -> "/team/""#.to_owned(),
            format!("iam_role_policy.ecs_task_role_policy replace policy: null -> {}", inline(&[LOGS])),
        ];
}
