//! Accepted differences in IAM: groups and instance profiles.

use super::super::{Accepted, recorded, row};

pub(in super::super) const ROWS: &[Accepted] = &[
    // moto returns different messages, and performs the checks in a different order.
    row(
        "iam:*",
        "",
        "404 NoSuchEntity: The group with name * cannot be found.",
        "404 NoSuchEntity: Group * not found",
        recorded!("test_iam_groups"),
    ),
    row(
        "iam:CreateGroup|iam:UpdateGroup",
        "",
        "409 EntityAlreadyExists: Group with name * already exists.",
        "409 EntityAlreadyExists: Group * already exists",
        recorded!("test_iam_groups"),
    ),
    row(
        "iam:DeleteGroupPolicy|iam:GetGroupPolicy",
        "",
        "404 NoSuchEntity: The group policy with name * cannot be found.",
        "404 NoSuchEntity: Policy * not found",
        recorded!("test_iam_groups"),
    ),
    row(
        "iam:RemoveUserFromGroup",
        "",
        "404 NoSuchEntity: The user with name * cannot be found.",
        "404 NoSuchEntity: Group * not found",
        recorded!("test_iam_groups"),
    ),
    row(
        "iam:AttachGroupPolicy|iam:DetachGroupPolicy",
        "",
        "404 NoSuchEntity: The group with name * cannot be found.",
        "404 NoSuchEntity: Policy * was not found.",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html",
    ),
    row(
        "iam:AttachGroupPolicy",
        "",
        "404 NoSuchEntity: Policy * does not exist or is not attachable.",
        "404 NoSuchEntity: Policy * was not found.",
        "https://github.com/hashicorp/terraform/issues/31748",
    ),
    row(
        "iam:UpdateGroup",
        "",
        "404 NoSuchEntity: The group with name * cannot be found.",
        "answer|409 EntityAlreadyExists: Group * already exists",
        recorded!("test_iam_groups"),
    ),
    row(
        "iam:*",
        "",
        "404 NoSuchEntity: Instance Profile * cannot be found.",
        "404 NoSuchEntity: Instance profile * not found",
        recorded!("test_iam_instance_profiles"),
    ),
    // moto omits these checks.
    row(
        "iam:CreateInstanceProfile|iam:TagInstanceProfile",
        "",
        "400 InvalidInput: Duplicate tag keys found.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
    ),
    row(
        "iam:DeleteGroup",
        "",
        "409 DeleteConflict: Cannot delete entity, must *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html",
    ),
    // moto changes a group's path only if the name also changes.
    row(
        "iam:UpdateGroup",
        "",
        "answer",
        "409 EntityAlreadyExists: Group * already exists",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html",
    ),
    row(
        "iam:GetGroup|iam:ListGroups|iam:ListGroupsForUser",
        "group*.arn|group*.path",
        r#""arn:aws:iam::*:group/*|"/*"#,
        r#""arn:aws:iam::*:group/*|"/*"#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html",
    ),
    row(
        "iam:RemoveUserFromGroup",
        "",
        "answer",
        "404 NoSuchEntity: User * not in group *",
        recorded!("test_iam_users"),
    ),
    // Members of answers.
    row(
        "iam:CreateInstanceProfile",
        "instanceprofile.tags",
        "absent",
        "[]",
        recorded!("test_iam_instance_profiles"),
    ),
    row(
        "iam:ListInstanceProfiles|iam:ListInstanceProfilesForRole",
        "instanceprofiles[].tags",
        "absent",
        "[*",
        recorded!("test_iam_instance_profiles"),
    ),
    row(
        "iam:GetInstanceProfile|iam:ListInstanceProfiles|iam:ListInstanceProfilesForRole",
        "instanceprofile*.roles[].assumerolepolicydocument",
        r#""%7B*"#,
        r#""{*"#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html",
    ),
    row(
        "iam:GetInstanceProfile|iam:ListInstanceProfiles|iam:ListInstanceProfilesForRole",
        "instanceprofile*.roles[].description|instanceprofile*.roles[].maxsessionduration|instanceprofile*.roles[].permissionsboundary|instanceprofile*.roles[].rolelastused|instanceprofile*.roles[].tags",
        "absent",
        "*",
        recorded!("test_iam_instance_profiles"),
    ),
    // moto returns these lists as a single page, and does not filter them by path.
    row(
        "iam:GetGroup|iam:ListGroupPolicies|iam:ListGroups|iam:ListGroupsForUser|iam:ListInstanceProfiles|iam:ListInstanceProfilesForRole",
        "istruncated|marker",
        "true|present",
        "false|absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html",
    ),
    row(
        "iam:GetGroup|iam:ListGroupPolicies|iam:ListGroups|iam:ListGroupsForUser|iam:ListInstanceProfiles|iam:ListInstanceProfilesForRole",
        "groups|instanceprofiles|policynames|users",
        "* items",
        "[*|* items",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html",
    ),
    row(
        "iam:ListGroups|iam:ListInstanceProfiles",
        "groups|instanceprofiles",
        "[]|[{*",
        "[{*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html",
    ),
];
