//! Accepted differences in ECR.

use super::{Accepted, row};

pub(super) const ROWS: &[Accepted] = &[
    // moto omits these checks or performs them in a different order.
    row(
        "ecr:CreateRepository|ecr:TagResource|ecr:UntagResource",
        "",
        "400 InvalidTagParameterException: *|400 TooManyTagsException: *",
        "*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html",
    ),
    row(
        "ecr:TagResource|ecr:UntagResource|ecr:ListTagsForResource",
        "",
        "400 InvalidParameterException: The ARN provided is invalid.",
        "answer|400 RepositoryNotFoundException: *",
        "https://github.com/boto/boto3/issues/2774",
    ),
    row(
        "ecr:PutImageScanningConfiguration|ecr:DescribeRepositories|ecr:DeleteRepository",
        "*imagescanningconfiguration.scanonpush",
        "false",
        "true",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html",
    ),
    row(
        "ecr:SetRepositoryPolicy|ecr:GetRepositoryPolicy|ecr:DeleteRepositoryPolicy|ecr:PutRegistryPolicy|ecr:GetRegistryPolicy|ecr:DeleteRegistryPolicy",
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
        "ecr:ListImages",
        "imageids|nexttoken",
        "* items|present",
        "[*|* items|absent",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImages.html",
    ),
    row(
        "ecr:DescribeRepositories",
        "nexttoken|repositories",
        "present|* items",
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
    // moto computes image digests differently, so it does not find an image by the correct digest.
    row(
        "ecr:PutImage",
        "",
        "400 ImageAlreadyExistsException: Image with digest 'sha256:*",
        "400 ImageAlreadyExistsException: Image with digest 'sha256:*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html",
    ),
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
        "answer|400 RepositoryAlreadyExistsException: *",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html",
    ),
    // In AWS, an image's digest is the hash of the manifest exactly as it was pushed, and the
    // image's size is the total size of the configuration and the layers.
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
    // moto does not find the image with the requested digest, and omits the digest from the
    // failure.
    row(
        "ecr:BatchGetImage",
        "failures[].imageid.imagedigest",
        r#""sha256:*"#,
        "absent",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html",
    ),
    row(
        "ecr:BatchGetImage",
        "failures[].imageid.imagetag",
        "absent",
        r#""null""#,
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html",
    ),
    row(
        "ecr:BatchGetImage",
        "failures|images",
        "[*",
        "[*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html",
    ),
    row(
        "ecr:StartImageScan|ecr:DescribeImageScanFindings",
        "",
        "answer|400 LimitExceededException: *|400 ScanNotFoundException: *|400 ImageNotFoundException: *",
        "400 ImageNotFoundException: *",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html",
    ),
    row(
        "ecr:StartImageScan|ecr:DescribeImageScanFindings",
        "",
        "400 InvalidParameterException: *",
        "400 ImageNotFoundException: *",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html",
    ),
    // AWS does not document the text of `failureReason`.
    row(
        "ecr:BatchGetRepositoryScanningConfiguration",
        "failures[].failurereason",
        r#""Repository not found""#,
        r#""REPOSITORY_NOT_FOUND""#,
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryScanningConfigurationFailure.html",
    ),
    // moto applies the registry's scanning rules only to repositories that exist when the rules are
    // set.
    row(
        "ecr:BatchGetRepositoryScanningConfiguration",
        "scanningconfigurations[].scanfrequency|scanningconfigurations[].scanonpush|scanningconfigurations[].appliedscanfilters",
        "scanonpush|manual|true|false|[*",
        "scanonpush|manual|true|false|[*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RepositoryScanningConfiguration.html",
    ),
    row(
        "ecr:DescribeImages",
        "imagedetails",
        "[]",
        "[{*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImagesFilter.html",
    ),
    row(
        "ecr:DescribeImages",
        "",
        "400 ImageNotFoundException: The image with imageId {*",
        "400 ImageNotFoundException: The image with imageId {*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html",
    ),
];
