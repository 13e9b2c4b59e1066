//! Scenarios for drift in the resources of an additional service.

use super::drift::drifts;
use super::services::{Worker, add_worker, worker};
use crate::conformance::{Fixture, Verdict};
use crate::foundation::LifecyclePolicy;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::{RetentionDays, TagMutability};
use crate::tags::Tags;

const TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#;
const OTHER_TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}"#;
const INLINE: &str = r#"{"Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:PARTITION:logs:REGION:ACCOUNT:log-group:/ecs/PREFIX-t/worker:*"}],"Version":"2012-10-17"}"#;
const OTHER_INLINE: &str = r#"{"Statement":[{"Action":"logs:PutLogEvents","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#;
const PULL: &str = r#"{"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#;
const PULL_BY_ALL: &str = r#"{"Statement":[{"Action":"ecr:BatchGetImage","Effect":"Allow","Principal":"*"}],"Version":"2012-10-17"}"#;
const RULES: &str = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":10,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;
const POLICY: &str = "AmazonSSMReadOnlyAccess";
const BOUNDARY: &str = "AmazonEC2ReadOnlyAccess";

fn tag(key: &str, value: &str) -> Tags {
    Tags::observed([(key.to_owned(), value.to_owned())])
}

/// Deletes the task role of the `worker` service, including the role's inline policy.
async fn delete_role(at: &Fixture) -> Verdict {
    let Worker { role, policy, .. } = worker(at)?;
    at.roles().delete_role_policy(&role, policy.as_str()).await?;
    Ok(at.roles().delete_role(&role).await?)
}

drifts! { "drift_of_services":
    trust_policy_changed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| {
            let ec2 = PrincipalSet::service(["ec2.amazonaws.com"]);
            let trust = Statement::allow(["sts:AssumeRole"]).with_principal(ec2);
            let trust = PolicyDocument::new([trust]);
            at.roles().update_assume_role_policy(&worker(at)?.role, &trust).await?;
        }
        plans [format!("iam_role.worker_task_role update assume_role_policy: {OTHER_TRUST} -> {TRUST}")]
        calls ["iam:UpdateAssumeRolePolicy"];

    session_duration_changed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| { at.roles().update_role(&worker(at)?.role, 7200, None).await?; }
        plans ["iam_role.worker_task_role update max_session_duration: 7200 -> 3600"]
        calls ["iam:UpdateRole"];

    description_changed given |at, spec| {
            let settings = add_worker(at, &mut spec)?;
            settings.task_role.role.description = Some("for the worker".parse()?);
        }
        by |at, _it| {
            let other = Some("for something else");
            at.roles().update_role(&worker(at)?.role, 3600, other).await?;
        }
        plans [r#"iam_role.worker_task_role update description: "for something else" -> "for the worker""#]
        calls ["iam:UpdateRole"];

    permissions_boundary_added given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| {
            let policy = at.aws_policy(BOUNDARY);
            at.roles().put_role_permissions_boundary(&worker(at)?.role, &policy).await?;
        }
        plans [format!(r#"iam_role.worker_task_role update permissions_boundary: "arn:PARTITION:iam::aws:policy/{BOUNDARY}" -> null"#)]
        calls ["iam:DeleteRolePermissionsBoundary"];

    managed_policy_detached given |at, spec| {
            let settings = add_worker(at, &mut spec)?;
            settings.task_role.role.additional_managed_policies = vec![POLICY.parse()?];
        }
        by |at, _it| {
            let policy = at.aws_policy(POLICY).to_string();
            at.roles().detach_role_policy(&worker(at)?.role, &policy).await?;
        }
        plans [format!(r#"iam_role_policy_attachment.worker_task_role_policy["{POLICY}"] create policy_arn: null -> "arn:PARTITION:iam::aws:policy/{POLICY}""#)]
        calls ["iam:AttachRolePolicy"];

    inline_policy_changed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| {
            let other = Statement::allow(["logs:PutLogEvents"]).with_resources(["*"]);
            let (own, document) = (worker(at)?, PolicyDocument::new([other]));
            at.roles().put_role_policy(&own.role, &own.policy, &document).await?;
        }
        plans [format!("iam_role_policy.worker_task_role_policy update policy: {OTHER_INLINE} -> {INLINE}")]
        calls ["iam:PutRolePolicy"];

    inline_policy_removed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| {
            let own = worker(at)?;
            at.roles().delete_role_policy(&own.role, own.policy.as_str()).await?;
        }
        plans [format!("iam_role_policy.worker_task_role_policy create policy: null -> {INLINE}")]
        calls ["iam:PutRolePolicy"];

    role_tag_changed given |at, spec| {
            add_worker(at, &mut spec)?.task_role.role.tags.set("Team", "blue")?;
        }
        by |at, _it| { at.roles().tag_role(&worker(at)?.role, &tag("Team", "red")).await?; }
        plans [r#"iam_role.worker_task_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    role_deleted given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| { delete_role(at).await?; }
        plans [
            format!("iam_role.worker_task_role create assume_role_policy: null -> {TRUST}"),
            r#"iam_role.worker_task_role create path: null -> "/""#.to_owned(),
            "iam_role.worker_task_role create max_session_duration: null -> 3600".to_owned(),
            r#"iam_role.worker_task_role create tags.Name: null -> "PREFIX-t-worker-task-role""#.to_owned(),
            format!("iam_role_policy.worker_task_role_policy create policy: null -> {INLINE}"),
        ]
        calls ["iam:CreateRole", "iam:PutRolePolicy"];

    tag_mutability_changed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| {
            let (repositories, immutable) = (at.repositories(), TagMutability::Immutable);
            repositories.put_image_tag_mutability(&worker(at)?.repository, &immutable).await?;
        }
        plans [r#"ecr_repository.worker update image_tag_mutability: "IMMUTABLE" -> "MUTABLE""#]
        calls ["ecr:PutImageTagMutability"];

    scan_on_push_enabled given |at, spec| {
            add_worker(at, &mut spec)?.repository.scan_on_push = false;
        }
        by |at, _it| {
            let repositories = at.repositories();
            repositories.put_image_scanning_configuration(&worker(at)?.repository, true).await?;
        }
        plans ["ecr_repository.worker update scan_on_push: true -> false"]
        calls ["ecr:PutImageScanningConfiguration"];

    lifecycle_policy_removed given |at, spec| {
            let rules = serde_json::from_str(RULES).expect("the rules are JSON");
            add_worker(at, &mut spec)?.repository.lifecycle_policy = LifecyclePolicy::Document(rules);
        }
        by |at, _it| { at.repositories().delete_lifecycle_policy(&worker(at)?.repository).await?; }
        plans [format!("ecr_repository.worker update lifecycle_policy: null -> {RULES}")]
        calls ["ecr:PutLifecyclePolicy"];

    repository_policy_changed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| {
            let pull = Statement::allow(["ecr:BatchGetImage"]).with_principal(PrincipalSet::Any);
            let policy = PolicyDocument::new([pull]);
            at.repositories().set_repository_policy(&worker(at)?.repository, &policy).await?;
        }
        plans [format!("ecr_repository_policy.worker update policy: {PULL_BY_ALL} -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    repository_policy_removed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| { at.repositories().delete_repository_policy(&worker(at)?.repository).await?; }
        plans [format!("ecr_repository_policy.worker create policy: null -> {PULL}")]
        calls ["ecr:SetRepositoryPolicy"];

    repository_tag_changed given |at, spec| {
            add_worker(at, &mut spec)?.repository.tags.set("Team", "blue")?;
        }
        by |at, _it| {
            let own = worker(at)?;
            at.repositories().tag_repository(&own.repository_arn, &tag("Team", "red")).await?;
        }
        plans [r#"ecr_repository.worker update tags.Team: "red" -> "blue""#]
        calls ["ecr:TagResource"];

    repository_deleted given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| { at.repositories().delete_repository(&worker(at)?.repository, true).await?; }
        plans [
            r#"ecr_repository.worker create image_tag_mutability: null -> "MUTABLE""#.to_owned(),
            "ecr_repository.worker create scan_on_push: null -> true".to_owned(),
            r#"ecr_repository.worker create encryption: null -> "AES256""#.to_owned(),
            r#"ecr_repository.worker create tags.Name: null -> "PREFIX-t-worker-repo""#.to_owned(),
            format!("ecr_repository_policy.worker create policy: null -> {PULL}"),
        ]
        calls ["ecr:CreateRepository", "ecr:SetRepositoryPolicy"];

    retention_changed given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| {
            let days = RetentionDays::new(30)?;
            at.log_groups().put_retention_policy(&worker(at)?.log_group, days).await?;
        }
        plans ["cloudwatch_log_group.worker update retention_in_days: 30 -> 14"]
        calls ["logs:PutRetentionPolicy"];

    log_group_key_changed needs [KmsKeys] given |at, spec| {
            let key = at.kms_key(1).to_string().parse()?;
            add_worker(at, &mut spec)?.log_group.kms_key = Some(key);
        }
        by |at, _it| {
            at.log_groups().associate_kms_key(&worker(at)?.log_group, &at.kms_key(2)).await?;
        }
        plans [r#"cloudwatch_log_group.worker update kms_key_id: "KEY_2" -> "KEY_1""#]
        calls ["logs:AssociateKmsKey"];

    deletion_protection_enabled needs [DeletionProtection] given |at, spec| {
            add_worker(at, &mut spec)?.log_group.deletion_protection = Some(false);
        }
        by |at, _it| {
            at.log_groups().put_deletion_protection(&worker(at)?.log_group, true).await?;
        }
        plans ["cloudwatch_log_group.worker update deletion_protection: true -> false"]
        calls ["logs:PutLogGroupDeletionProtection"];

    log_group_tags_changed given |at, spec| {
            add_worker(at, &mut spec)?.log_group.tags.set("Team", "blue")?;
        }
        by |at, _it| {
            let own = worker(at)?;
            at.log_groups().tag_log_group(&own.log_group_arn, &tag("Environment", "other")).await?;
            at.log_groups().untag_log_group(&own.log_group_arn, &["Team".to_owned()]).await?;
        }
        plans [
            r#"cloudwatch_log_group.worker update tags.Environment: "other" -> "t""#,
            r#"cloudwatch_log_group.worker update tags.Team: null -> "blue""#,
        ]
        calls ["logs:TagResource"];

    log_group_deleted given |at, spec| { add_worker(at, &mut spec)?; }
        by |at, _it| { at.log_groups().delete_log_group(&worker(at)?.log_group).await?; }
        plans [
            "cloudwatch_log_group.worker create retention_in_days: null -> 14",
            r#"cloudwatch_log_group.worker create class: null -> "STANDARD""#,
            r#"cloudwatch_log_group.worker create tags.Environment: null -> "t""#,
            r#"cloudwatch_log_group.worker create tags.Name: null -> "PREFIX-t-worker-logs""#,
        ]
        calls ["logs:CreateLogGroup", "logs:PutRetentionPolicy"];
}
