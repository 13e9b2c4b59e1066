//! What moto answers otherwise in ECR.

use super::{Accepted, row};

pub(super) const ROWS: &[Accepted] = &[
    // ECR: what moto does not check, or takes in another order.
    row(
        "ecr:CreateRepository|ecr:TagResource|ecr:UntagResource",
        "",
        "400 InvalidTagParameterException: *|400 TooManyTagsException: *",
        "*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html",
    ),
    row(
        "ecr:PutImageScanningConfiguration|ecr:DescribeRepositories",
        "*imagescanningconfiguration.scanonpush",
        "false",
        "true",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html",
    ),
    row(
        "ecr:SetRepositoryPolicy|ecr:GetRepositoryPolicy|ecr:DeleteRepositoryPolicy",
        "policytext",
        r#""{\n*"#,
        r#""{\"*"#,
        "https://docs.aws.amazon.com/cli/latest/reference/ecr/set-repository-policy.html",
    ),
    row(
        "ecr:*",
        "repositor*.encryptionconfiguration.kmskey",
        r#""arn:aws:kms:*:key/*"#,
        r#""arn:aws:kms:*:key/*"#,
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html",
    ),
    row(
        "ecr:ListImages",
        "imageids",
        "[]",
        "[{*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImagesFilter.html",
    ),
    row(
        "ecr:DescribeRepositories",
        "nexttoken|repositories",
        "there|* of them",
        "absent|[{*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html",
    ),
    row(
        "ecr:PutImage",
        "",
        "400 ImageAlreadyExistsException: *|400 ImageDigestDoesNotMatchException: *",
        "answer",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html",
    ),
    // moto's digests are its own, so that it has no image of a digest that is the image's.
    row(
        "ecr:BatchDeleteImage",
        "failures*|imageids*",
        "*",
        "*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html",
    ),
    row(
        "ecr:DeleteRepository",
        "",
        "answer",
        "400 RepositoryNotEmptyException: *",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html",
    ),
    row(
        "ecr:CreateRepository",
        "",
        "400 AccessDeniedException: *",
        "answer",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html",
    ),
    // ECR: the digest is that of the manifest as it came, and the size that of all that it lists.
    row(
        "ecr:*",
        "image*.imagedigest",
        r#""sha256:*"#,
        r#""sha256:*"#,
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html",
    ),
    row(
        "ecr:DescribeImages",
        "imagedetails[].imagesizeinbytes",
        "*",
        "*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html",
    ),
    row(
        "ecr:DescribeImages",
        "imagedetails[].artifactmediatype|imagedetails[].imagestatus",
        "*",
        "absent",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html",
    ),
];
