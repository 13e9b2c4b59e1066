//! Accepted differences in IAM: users.

use super::super::{Accepted, recorded, row};

pub(in super::super) const ROWS: &[Accepted] = &[
    // Messages.
    row(
        "iam:*",
        "",
        "404 NoSuchEntity: The user with name * cannot be found.",
        "404 NoSuchEntity: User * not found",
        recorded!("test_iam_users"),
    ),
    row(
        "iam:CreateUser",
        "",
        "409 EntityAlreadyExists: User with name * already exists.",
        "409 EntityAlreadyExists: User * already exists",
        recorded!("test_iam_users"),
    ),
    row(
        "iam:GetAccessKeyLastUsed",
        "",
        "403 AccessDenied: User: * is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key *",
        "404 NoSuchEntity: The Access Key with id * cannot be found",
        recorded!("test_iam_users"),
    ),
    row(
        "iam:DeleteAccessKey|iam:UpdateAccessKey",
        "",
        "404 NoSuchEntity: The Access Key with id * cannot be found.",
        "404 NoSuchEntity: The Access Key with id * cannot be found",
        recorded!("test_iam_users"),
    ),
    row(
        "iam:DeleteLoginProfile|iam:GetLoginProfile|iam:UpdateLoginProfile",
        "",
        "404 NoSuchEntity: Login Profile for User * cannot be found.",
        "404 NoSuchEntity: Login profile for * not found",
        recorded!("test_iam_users"),
    ),
    row(
        "iam:CreateLoginProfile",
        "",
        "409 EntityAlreadyExists: Login Profile for user * already exists.",
        "409 EntityAlreadyExists: User * already has password",
        recorded!("test_iam_users"),
    ),
    row(
        "iam:DeleteUserPolicy|iam:GetUserPolicy",
        "",
        "404 NoSuchEntity: The user policy with name * cannot be found.",
        "404 NoSuchEntity: Policy * not found",
        "https://github.com/lucidsoftware/cumulus/issues/71",
    ),
    // moto performs these checks in a different order.
    row(
        "iam:AttachUserPolicy",
        "",
        "404 NoSuchEntity: The user with name * cannot be found.",
        "404 NoSuchEntity: Policy * does not exist or is not attachable.",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html",
    ),
    row(
        "iam:DetachUserPolicy",
        "",
        "404 NoSuchEntity: The user with name * cannot be found.",
        "404 NoSuchEntity: Policy * was not found.",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html",
    ),
    // moto omits these checks.
    row(
        "iam:CreateUser",
        "",
        "404 NoSuchEntity: Scope ARN: * does not exist or is not attachable.|400 InvalidInput: ARN * is not valid.",
        "answer|409 EntityAlreadyExists: User * already exists",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html",
    ),
    row(
        "iam:CreateUser|iam:TagUser",
        "",
        "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
    ),
    row(
        "iam:UpdateUser",
        "",
        "409 EntityAlreadyExists: User with name * already exists.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html",
    ),
    row(
        "iam:DeleteUser",
        "",
        "409 DeleteConflict: Cannot delete entity, must delete access keys first.|409 DeleteConflict: Cannot delete entity, must delete login profile first.|409 DeleteConflict: Cannot delete entity, must remove users from group first.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html",
    ),
    row(
        "iam:CreateLoginProfile|iam:UpdateLoginProfile",
        "",
        "400 PasswordPolicyViolation: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html",
    ),
    // IAM ignores case when comparing names, but moto does not.
    row(
        "iam:*",
        "",
        "answer|409 DeleteConflict: *|409 EntityAlreadyExists: *|409 LimitExceeded: *|404 NoSuchEntity: Policy * was not found.|404 NoSuchEntity: The user policy with name *|404 NoSuchEntity: Login Profile for User *|404 NoSuchEntity: The Access Key with id *",
        "404 NoSuchEntity: The user with name ADA cannot be found.|404 NoSuchEntity: The user with name ada cannot be found.|404 NoSuchEntity: User ADA not found|404 NoSuchEntity: User ada not found",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    row(
        "iam:CreateUser",
        "",
        "409 EntityAlreadyExists: User with name * already exists.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html",
    ),
    // A request without a user name applies to the caller.
    row(
        "iam:CreateAccessKey|iam:DeleteAccessKey|iam:ListAccessKeys|iam:UpdateAccessKey",
        "",
        "404 NoSuchEntity: The user with name mock cannot be found.",
        "404 NoSuchEntity: The Access Key with id * cannot be found",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html",
    ),
    // Members of answers.
    row(
        "iam:CreateUser|iam:GetUser",
        "user.permissionsboundary",
        "{*",
        "absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html",
    ),
    row(
        "iam:GetUser",
        "user.tags",
        "[{*",
        "absent",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html",
    ),
    row(
        "iam:ListUserTags",
        "tags",
        "[{*",
        "[]",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html",
    ),
    row(
        "iam:ListAccessKeys",
        "accesskeymetadata[].username",
        r#""*""#,
        r#""*""#,
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html",
    ),
    row(
        "iam:CreateLoginProfile|iam:GetLoginProfile",
        "loginprofile.passwordresetrequired",
        "true|false",
        "true|false",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_LoginProfile.html",
    ),
    // moto returns these lists as a single page.
    row(
        "iam:ListAccessKeys|iam:ListUserPolicies|iam:ListUserTags|iam:ListUsers",
        "istruncated|marker",
        "true|present",
        "false|absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html",
    ),
    row(
        "iam:ListAccessKeys|iam:ListUserPolicies|iam:ListUserTags|iam:ListUsers",
        "accesskeymetadata|policynames|tags|users",
        "* items",
        "[*|* items",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html",
    ),
];
