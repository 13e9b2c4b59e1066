//! Accepted differences in IAM: the versions, tags and attachments of managed policies, and calls
//! that concern the whole account.

use super::super::{Accepted, recorded, row};

pub(in super::super) const ROWS: &[Accepted] = &[
    // moto omits an empty tag list.
    row(
        "iam:GetAccountAuthorizationDetails",
        "userdetaillist[].tags",
        "[]",
        "absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html",
    ),
    // AWS omits an empty list of inline policies.
    row(
        "iam:GetAccountAuthorizationDetails",
        "userdetaillist[].userpolicylist",
        "absent",
        "[]",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html",
    ),
    // moto also lists AWS managed policies that are not in use. AWS does not list them.
    row(
        "iam:GetAccountAuthorizationDetails",
        "policies",
        "[]|[{arn: \"arn:aws:iam::*",
        "[{arn: \"arn:aws:iam::aws:policy/*",
        "https://github.com/joshlarsen/aws-recon/issues/21",
    ),
    // moto omits these checks.
    row(
        "iam:DeleteAccountAlias",
        "",
        "404 NoSuchEntity: The account alias * cannot be found.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html",
    ),
    row(
        "iam:CreateAccountAlias",
        "",
        "409 EntityAlreadyExists: The account alias * already exists.",
        "answer",
        "https://github.com/awslabs/aws-deployment-framework/pull/465",
    ),
    row(
        "iam:GetServiceLinkedRoleDeletionStatus",
        "",
        "404 NoSuchEntity: The deletion task * cannot be found.|400 InvalidInput: The deletion task id * is not valid.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html",
    ),
    row(
        "iam:DeleteServiceLinkedRole",
        "",
        "404 NoSuchEntity: The role with name * cannot be found.",
        "answer|409 DeleteConflict: *",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html",
    ),
    row(
        "iam:ListEntitiesForPolicy",
        "",
        "404 NoSuchEntity: Policy * does not exist or is not attachable.",
        "answer",
        recorded!("test_iam_policies"),
    ),
    row(
        "iam:CreatePolicyVersion",
        "",
        "403 AccessDenied: Cannot create policy versions for policies outside your own account.",
        "answer|400 MalformedPolicyDocument: *|409 LimitExceeded: *",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html",
    ),
    row(
        "iam:DeletePolicyVersion",
        "",
        "403 AccessDenied: Cannot delete policy versions for policies outside your own account.",
        "404 NoSuchEntity: Policy *not found|409 DeleteConflict: Cannot delete the default version of a policy.",
        recorded!("test_iam_managed_policies"),
    ),
    row(
        "iam:SetDefaultPolicyVersion",
        "",
        "403 AccessDenied: Cannot update policies outside your own account.",
        "answer|404 NoSuchEntity: Policy *",
        recorded!("test_iam_managed_policies"),
    ),
    row(
        "iam:TagPolicy|iam:UntagPolicy",
        "",
        "400 InvalidInput: Tags not supported for policies in this domain",
        "answer|404 NoSuchEntity: Policy * not found",
        "https://github.com/aws-controllers-k8s/community/issues/2774",
    ),
    row(
        "iam:DeletePolicy",
        "",
        "409 DeleteConflict: Cannot delete a policy attached to entities.|409 DeleteConflict: This policy has more than one version. *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html",
    ),
    row(
        "iam:*",
        "",
        "400 InvalidInput: aws: prefixed tag key names are not allowed for external use.",
        "answer|404 NoSuchEntity: *|409 EntityAlreadyExists: *",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
    ),
    row("iam:*", "", "400 ValidationError: Invalid Marker.", "answer", recorded!("test_iam_mfa")),
    // Messages.
    row(
        "iam:DeletePolicyVersion|iam:SetDefaultPolicyVersion",
        "",
        "404 NoSuchEntity: Policy * version * does not exist or is not attachable.",
        "404 NoSuchEntity: Policy not found|404 NoSuchEntity: Policy * not found",
        recorded!("test_iam_policies"),
    ),
    // Members of answers.
    row(
        "iam:ListPolicyVersions",
        "versions[].document",
        "absent",
        r#""{*"#,
        recorded!("test_iam_policies"),
    ),
    row(
        "iam:CreatePolicyVersion",
        "policyversion.document",
        "absent",
        r#""{*"#,
        recorded!("test_iam_policies"),
    ),
    row(
        "iam:GetAccountSummary",
        "summarymap.accountpasswordpresent",
        "1",
        "absent",
        recorded!("test_iam_account_summary"),
    ),
    row(
        "iam:GetAccountSummary",
        "summarymap.policyversionsinuse",
        "0|1|2|3|4",
        "1|2|3|4|5|6|7|8",
        "https://hackage.haskell.org/package/amazonka-iam-1.4.0/docs/Network-AWS-IAM-GetAccountSummary.html",
    ),
    row(
        "iam:GetAccountPasswordPolicy",
        "passwordpolicy.hardexpiry|passwordpolicy.maxpasswordage",
        "absent",
        "false|0",
        recorded!("test_iam_account_password_policy"),
    ),
    row(
        "iam:DeleteServiceLinkedRole",
        "deletiontaskid",
        r#""task/aws-service-role/*"#,
        r#""*""#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html",
    ),
    row(
        "iam:ListRoles",
        "roles[].description",
        r#""*""#,
        "absent",
        "https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/iam/test_iam.snapshot.json",
    ),
    // moto returns each list as a single page, ignores the policy usage filter, and does not filter
    // groups by path.
    row(
        "iam:ListEntitiesForPolicy",
        "policygroups|policyroles|policyusers",
        "[]|[{*|* items",
        "[*|* items",
        recorded!("test_iam_policies"),
    ),
    row(
        "iam:ListEntitiesForPolicy|iam:ListPolicyVersions|iam:ListAccountAliases",
        "istruncated|marker",
        "true|present",
        "false|absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html",
    ),
    row(
        "iam:ListPolicyVersions|iam:ListAccountAliases",
        "versions|accountaliases",
        "* items|[*",
        "[*|* items",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html",
    ),
    // moto reports a full page as truncated even if no items follow.
    row(
        "iam:ListAttached*Policies",
        "istruncated|marker|attachedpolicies",
        "false|absent|[*",
        "true|present|* items",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html",
    ),
];
