//! Accepted differences in IAM: identity providers.

use super::super::{Accepted, recorded, row};

pub(in super::super) const ROWS: &[Accepted] = &[
    // Messages.
    row(
        "iam:CreateOpenIDConnectProvider",
        "",
        "409 EntityAlreadyExists: Provider with url * already exists.",
        "409 EntityAlreadyExists: Unknown",
        recorded!("test_iam_oidc"),
    ),
    row(
        "iam:*SAMLProvider",
        "",
        "404 NoSuchEntity: Manifest not found for arn *",
        "404 NoSuchEntity: SamlProvider * not found",
        recorded!("test_iam_saml_providers"),
    ),
    row(
        "iam:CreateOpenIDConnectProvider|iam:TagOpenIDConnectProvider|iam:CreatePolicy|iam:TagPolicy",
        "",
        "400 InvalidInput: Duplicate tag keys found.",
        "400 InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        recorded!("test_iam_policies"),
    ),
    // moto omits these checks.
    row(
        "iam:DeleteOpenIDConnectProvider",
        "",
        "404 NoSuchEntity: OpenId connect Provider * cannot be found.",
        "answer",
        recorded!("test_iam_oidc"),
    ),
    row(
        "iam:*OpenIDConnectProvider*|iam:*SAMLProvider*",
        "",
        "400 InvalidInput: ARN * is not valid.",
        "answer|404 NoSuchEntity: *",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html",
    ),
    row(
        "iam:DeleteSAMLProvider",
        "",
        "404 NoSuchEntity: Manifest not found for arn *",
        "answer",
        recorded!("test_iam_saml_providers"),
    ),
    row(
        "iam:CreateSAMLProvider",
        "",
        "400 InvalidInput: Duplicate tag keys found.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
    ),
    row(
        "iam:CreateSAMLProvider",
        "",
        "409 EntityAlreadyExists: Provider with name * already exists.",
        "answer",
        "https://github.com/org-formation/aws-resource-providers/issues/59",
    ),
    row(
        "iam:CreateSAMLProvider|iam:UpdateSAMLProvider",
        "",
        "400 InvalidInput: Could not parse metadata",
        "answer|404 NoSuchEntity: SamlProvider * not found",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html",
    ),
    row(
        "iam:UpdateSAMLProvider",
        "",
        "409 LimitExceeded: Cannot exceed quota for PrivateKeysPerSAMLProvider: 2",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html",
    ),
    // Members of answers.
    row(
        "iam:CreateOpenIDConnectProvider",
        "tags",
        "[{*",
        "absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html",
    ),
    row(
        "iam:GetOpenIDConnectProvider",
        "thumbprintlist",
        r#"["*"]"#,
        "[]",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html",
    ),
    row(
        "iam:CreateSAMLProvider",
        "tags",
        "[{*",
        "absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html",
    ),
    row(
        "iam:GetSAMLProvider",
        "assertionencryptionmode|privatekeylist|samlprovideruuid|tags",
        "*",
        "absent",
        recorded!("test_iam_saml_providers"),
    ),
];
