//! Scenarios for drift in the deployer's role and its policies.

use super::deployer::{add_deployer, deployer};
use super::drift::drifts;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::tags::Tags;

const TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"repo:octo-org/octo-repo:ref:refs/heads/main"}},"Effect":"Allow","Principal":{"Federated":"arn:PARTITION:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com"}}],"Version":"2012-10-17"}"#;
const OTHER_TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"}"#;
const INLINE: &str = r#"{"Statement":[{"Action":"ecr:GetAuthorizationToken","Effect":"Allow","Resource":"*","Sid":"Registry"},{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:CompleteLayerUpload","ecr:InitiateLayerUpload","ecr:PutImage","ecr:UploadLayerPart"],"Effect":"Allow","Resource":"arn:PARTITION:ecr:REGION:ACCOUNT:repository/PREFIX-t-app","Sid":"Images"},{"Action":"ecs:RegisterTaskDefinition","Effect":"Allow","Resource":"*","Sid":"TaskDefinitions"},{"Action":"iam:PassRole","Condition":{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}},"Effect":"Allow","Resource":["arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role","arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-task-role"],"Sid":"PassRoles"},{"Action":["ecs:DescribeServices","ecs:UpdateService"],"Effect":"Allow","Resource":"arn:PARTITION:ecs:REGION:ACCOUNT:service/PREFIX-t-cluster/*","Sid":"Services"}],"Version":"2012-10-17"}"#;
const OTHER_INLINE: &str =
    r#"{"Statement":[{"Action":"ecr:*","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#;
const POLICY: &str = "AmazonSSMReadOnlyAccess";
const BOUNDARY: &str = "AmazonEC2ReadOnlyAccess";

drifts! { "drift_of_a_deployer":
    trust_policy_changed needs [IdentityProviders] given |at, spec| { add_deployer(at, &mut spec).await?; }
        by |at, _it| {
            let ec2 = PrincipalSet::service(["ec2.amazonaws.com"]);
            let trust = Statement::allow(["sts:AssumeRole"]).with_principal(ec2);
            let trust = PolicyDocument::new([trust]);
            at.roles().update_assume_role_policy(&deployer(at)?.0, &trust).await?;
        }
        plans [format!("iam_role.ecs_deployer_role update assume_role_policy: {OTHER_TRUST} -> {TRUST}")]
        calls ["iam:UpdateAssumeRolePolicy"];

    session_duration_and_description_changed needs [IdentityProviders] given |at, spec| {
            add_deployer(at, &mut spec).await?.description = Some("for the pipeline".parse()?);
        }
        by |at, _it| {
            let other = Some("for something else");
            at.roles().update_role(&deployer(at)?.0, 7200, other).await?;
        }
        plans [
            r"iam_role.ecs_deployer_role update max_session_duration: 7200 -> 3600",
            r#"iam_role.ecs_deployer_role update description: "for something else" -> "for the pipeline""#,
        ]
        calls ["iam:UpdateRole"];

    permissions_boundary_removed needs [IdentityProviders] given |at, spec| {
            let boundary = at.aws_policy(BOUNDARY).to_string();
            add_deployer(at, &mut spec).await?.permissions_boundary = Some(boundary.parse()?);
        }
        by |at, _it| { at.roles().delete_role_permissions_boundary(&deployer(at)?.0).await?; }
        plans [format!(r#"iam_role.ecs_deployer_role update permissions_boundary: null -> "arn:PARTITION:iam::aws:policy/{BOUNDARY}""#)]
        calls ["iam:PutRolePermissionsBoundary"];

    managed_policy_detached needs [IdentityProviders] given |at, spec| {
            let settings = add_deployer(at, &mut spec).await?;
            settings.additional_managed_policies = vec![POLICY.parse()?];
        }
        by |at, _it| {
            let policy = at.aws_policy(POLICY).to_string();
            at.roles().detach_role_policy(&deployer(at)?.0, &policy).await?;
        }
        plans [format!(r#"iam_role_policy_attachment.ecs_deployer_role_policy["{POLICY}"] create policy_arn: null -> "arn:PARTITION:iam::aws:policy/{POLICY}""#)]
        calls ["iam:AttachRolePolicy"];

    inline_policy_changed needs [IdentityProviders] given |at, spec| { add_deployer(at, &mut spec).await?; }
        by |at, _it| {
            let other = Statement::allow(["ecr:*"]).with_resources(["*"]);
            let ((role, policy), document) = (deployer(at)?, PolicyDocument::new([other]));
            at.roles().put_role_policy(&role, &policy, &document).await?;
        }
        plans [format!("iam_role_policy.ecs_deployer_role_policy update policy: {OTHER_INLINE} -> {INLINE}")]
        calls ["iam:PutRolePolicy"];

    inline_policy_removed needs [IdentityProviders] given |at, spec| { add_deployer(at, &mut spec).await?; }
        by |at, _it| {
            let (role, policy) = deployer(at)?;
            at.roles().delete_role_policy(&role, policy.as_str()).await?;
        }
        plans [format!("iam_role_policy.ecs_deployer_role_policy create policy: null -> {INLINE}")]
        calls ["iam:PutRolePolicy"];

    role_tag_changed needs [IdentityProviders] given |at, spec| {
            add_deployer(at, &mut spec).await?.tags.set("Team", "blue")?;
        }
        by |at, _it| {
            let red = Tags::observed([("Team".to_owned(), "red".to_owned())]);
            at.roles().tag_role(&deployer(at)?.0, &red).await?;
        }
        plans [r#"iam_role.ecs_deployer_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    role_deleted needs [IdentityProviders] given |at, spec| { add_deployer(at, &mut spec).await?; }
        by |at, _it| {
            let (role, policy) = deployer(at)?;
            at.roles().delete_role_policy(&role, policy.as_str()).await?;
            at.roles().delete_role(&role).await?;
        }
        plans [
            format!("iam_role.ecs_deployer_role create assume_role_policy: null -> {TRUST}"),
            r#"iam_role.ecs_deployer_role create path: null -> "/""#.to_owned(),
            "iam_role.ecs_deployer_role create max_session_duration: null -> 3600".to_owned(),
            r#"iam_role.ecs_deployer_role create tags.Name: null -> "PREFIX-t-ecs-deployer-role""#.to_owned(),
            format!("iam_role_policy.ecs_deployer_role_policy create policy: null -> {INLINE}"),
        ]
        calls ["iam:CreateRole", "iam:PutRolePolicy"];
}
