//! Accepted differences in IAM: roles and managed policies.

pub(super) mod account;
pub(super) mod credentials;
pub(super) mod groups;
pub(super) mod providers;
pub(super) mod users;

use super::{Accepted, row};

pub(super) const ROWS: &[Accepted] = &[
    row(
        "iam:*",
        "",
        "400 ValidationError: The specified value for *",
        "*",
        "https://github.com/aws/aws-sdk/issues/36",
    ),
    // moto returns different messages, and performs the checks in a different order.
    row(
        "iam:*",
        "",
        "404 NoSuchEntity: The role with name * cannot be found.",
        "404 NoSuchEntity: Role * not found",
        "https://github.com/cloudquery/cq-provider-aws/issues/843",
    ),
    row(
        "iam:AttachRolePolicy|iam:DetachRolePolicy",
        "",
        "404 NoSuchEntity: The role with name * cannot be found.",
        "404 NoSuchEntity: Policy *",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html",
    ),
    row(
        "iam:*",
        "",
        "404 NoSuchEntity: Policy * was not found.",
        "404 NoSuchEntity: Policy * not found",
        "https://github.com/pulumi/pulumi-aws/issues/501",
    ),
    row(
        "iam:GetPolicyVersion",
        "",
        "404 NoSuchEntity: Policy * version * does not exist or is not attachable.",
        "404 NoSuchEntity: Policy * not found",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_policies.snapshot.json",
    ),
    row(
        "iam:PutRolePermissionsBoundary",
        "",
        "404 NoSuchEntity: Scope ARN: *",
        "404 NoSuchEntity: Role * not found|answer",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    // moto omits these checks.
    row(
        "iam:CreateRole",
        "",
        "404 NoSuchEntity: Scope ARN: * does not exist or is not attachable.",
        "answer|409 EntityAlreadyExists: *",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    row(
        "iam:DeletePolicy",
        "",
        "403 AccessDenied: *",
        "answer",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_managed_policies.snapshot.json",
    ),
    row(
        "iam:ListInstanceProfilesForRole",
        "",
        "404 NoSuchEntity: *",
        "answer",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_instance_profiles.snapshot.json",
    ),
    // IAM ignores case when comparing names, but moto does not.
    row(
        "iam:*",
        "",
        "answer|404 NoSuchEntity: The role policy with name * cannot be found.|404 NoSuchEntity: Policy * was not found.|409 DeleteConflict: *",
        "404 NoSuchEntity: Role * not found",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    row(
        "iam:CreateRole",
        "",
        "409 EntityAlreadyExists: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
    ),
    row(
        "iam:GetRolePolicy",
        "",
        "404 NoSuchEntity: The role policy with name * cannot be found.",
        "404 NoSuchEntity: Policy Document * not attached to role *",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    row(
        "iam:CreateServiceLinkedRole",
        "",
        "400 InvalidInput: Custom suffix is not allowed for *",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html",
    ),
    row(
        "iam:*",
        "",
        "400 ValidationError: ARN *",
        "404 NoSuchEntity: Policy *|404 NoSuchEntity: Role *",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html",
    ),
    row(
        "iam:CreateServiceLinkedRole",
        "",
        "400 InvalidInput: Service role name * has been taken in this account, please try a different suffix.",
        "409 EntityAlreadyExists: *|answer",
        "https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83683/tests/aws/services/iam/test_iam.snapshot.json",
    ),
    // moto accepts some malformed policy documents.
    row(
        "iam:CreateRole",
        "",
        "400 MalformedPolicyDocument: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
    ),
    // Members of answers. IAM percent-encodes documents according to RFC 3986.
    row(
        "iam:CreateRole|iam:GetRole|iam:ListRoles|iam:UpdateRoleDescription",
        "role*.description|role.maxsessionduration",
        "absent",
        "*",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    row(
        "iam:CreateServiceLinkedRole",
        "role.maxsessionduration",
        "absent",
        "3600",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-service-linked-role.html",
    ),
    row(
        "iam:CreateRole|iam:CreateServiceLinkedRole|iam:UpdateRoleDescription",
        "role.rolelastused",
        "absent",
        "{}",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-role.html",
    ),
    row(
        "iam:CreateServiceLinkedRole|iam:UpdateRoleDescription",
        "role.tags",
        "absent",
        "[]",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-service-linked-role.html",
    ),
    row(
        "iam:CreateServiceLinkedRole|iam:ListRoles",
        "role*.arn|role*.rolename",
        r#"*AWSServiceRoleForECS""#,
        r#"*AWSServiceRoleForecs""#,
        "https://docs.aws.amazon.com/cli/latest/reference/ecs/create-service.html",
    ),
    row(
        "iam:CreatePolicy|iam:GetPolicy|iam:ListPolicies",
        "polic*.permissionsboundaryusagecount",
        "0",
        "absent",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-policy.html",
    ),
    row(
        "iam:GetPolicy",
        "policy.description",
        r#""Provides *"#,
        "*",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_managed_policies.snapshot.json",
    ),
    row(
        "iam:GetPolicyVersion",
        "policyversion.document",
        r#""%7B*"#,
        r#""{*"#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html",
    ),
    row(
        "iam:CreateServiceLinkedRole|iam:ListRoles|iam:UpdateRoleDescription",
        "role*.assumerolepolicydocument",
        r#""%7B*"#,
        r#""{*"#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html",
    ),
    row(
        "iam:GetGroupPolicy|iam:GetRolePolicy|iam:GetUserPolicy",
        "policydocument",
        r#""%7B*%2F*"#,
        r#""%7B*/*"#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html",
    ),
    row(
        "iam:ListRoleTags",
        "tags*",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html",
    ),
    row(
        "iam:CreateRole|iam:GetRole|iam:UpdateRoleDescription",
        "role.permissionsboundary.permissionsboundarytype",
        r#""Policy""#,
        "policy",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    row(
        "iam:ListPolicies",
        "policies*|istruncated|marker",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html",
    ),
];
