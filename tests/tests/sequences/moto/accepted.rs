//! Where moto answers otherwise than the mock, and AWS's own word that shows the mock to be right: its documentation, its
//! service models, or an answer of its own. LocalStack's snapshots are such answers: its tests that are marked
//! `aws.validated` recorded them from AWS.
//!
//! Where a request has two mistakes, no document of AWS's says which is told first. In such a row, the source says that
//! what the mock tells is a mistake.

/// A difference that is accepted. In the patterns, `*` stands for any text and `|` stands between alternatives.
#[derive(Debug)]
pub(super) struct Accepted {
    /// The operations.
    pub(super) on: &'static str,
    /// The member of the answers in which they differ; empty where a side refuses.
    pub(super) at: &'static str,
    /// What the mock says: `answer`, a refusal as `400 Code: words`, or the member's value.
    pub(super) ours: &'static str,
    /// What moto says.
    pub(super) moto: &'static str,
    /// Where AWS says that the mock is right.
    pub(super) source: &'static str,
}

const fn row(
    on: &'static str,
    at: &'static str,
    ours: &'static str,
    moto: &'static str,
    source: &'static str,
) -> Accepted {
    Accepted { on, at, ours, moto, source }
}

/// All of them; of several that fit, the first counts.
pub(super) static ACCEPTED: &[Accepted] = &[
    // Constraints of the service models, which moto asks for few of.
    row(
        "ecr:*|logs:*|iam:*",
        "",
        "400 InvalidParameterException: * failed to satisfy constraint: *|400 ValidationError: *validation error*",
        "*",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    row(
        "logs:*",
        "",
        "400 InvalidParameterException: Invalid LogGroup or LogStream, both must have length *",
        "*",
        "https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs/test_logs_groups.snapshot.json",
    ),
    row(
        "ecs:*",
        "",
        "400 InvalidParameterException: Tag key *|400 InvalidParameterException: Tag value *",
        "*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html",
    ),
    row(
        "ecs:PutClusterCapacityProviders|ecs:CreateCluster",
        "",
        "400 InvalidParameterException: Invalid weight value *|400 InvalidParameterException: Invalid base value *",
        "*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
    ),
    row(
        "iam:*",
        "",
        "400 ValidationError: The specified value for *",
        "*",
        "https://github.com/aws/aws-sdk/issues/36",
    ),
    row(
        "ecs:ListAccountSettings",
        "",
        "400 InvalidParameterException: maxResults must be between *",
        "answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAccountSettings.html",
    ),
    // ECS gives lists that are empty; moto leaves them out.
    row(
        "ecs:CreateCluster|ecs:DeleteCluster|ecs:DescribeClusters|ecs:UpdateCluster|ecs:PutClusterCapacityProviders",
        "cluster*",
        "[]",
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html",
    ),
    row(
        "ecs:ListTagsForResource",
        "tags",
        "[]",
        "absent",
        "https://github.com/aws/aws-sdk-go/issues/2883",
    ),
    // ECS: what moto does not keep, does not check or makes up.
    row(
        "ecs:*",
        "cluster*.attachmentsstatus",
        r#""*""#,
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html",
    ),
    row(
        "ecs:CreateCluster",
        "",
        "400 InvalidParameterException: Arguments on this idempotent request are inconsistent *",
        "answer",
        "https://github.com/hashicorp/terraform/issues/24615",
    ),
    row(
        "ecs:CreateCluster|ecs:PutClusterCapacityProviders",
        "",
        "400 InvalidParameterException: The specified capacity provider strategy cannot contain *",
        "*",
        "https://github.com/dask/dask-cloudprovider/issues/328",
    ),
    row(
        "ecs:DescribeClusters",
        "failures",
        r#"[{arn: *cluster/default", reason: "MISSING"}]"#,
        "[]",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html",
    ),
    row(
        "ecs:ListAccountSettings",
        "nexttoken|settings*",
        "*",
        "absent|[*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAccountSettings.html",
    ),
    row(
        "ecs:ListClusters",
        "clusterarns",
        "*",
        "[*",
        "https://github.com/aws/copilot-cli/issues/5052",
    ),
    row(
        "ecs:ListClusters",
        "",
        "400 InvalidParameterException: Invalid nextToken.",
        "answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html",
    ),
    row(
        "ecs:CreateCluster",
        "",
        "400 InvalidParameterException: Cluster name must match *",
        "answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html",
    ),
    row(
        "ecs:CreateCluster|ecs:UpdateCluster",
        "",
        "400 InvalidParameterException: * should be one of [*",
        "answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html",
    ),
    row(
        "ecs:CreateCluster|ecs:DescribeClusters|ecs:DeleteCluster",
        "cluster*.settings[].value",
        "*",
        "*abled",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSetting.html",
    ),
    row(
        "ecs:UpdateCluster|ecs:PutClusterCapacityProviders|ecs:DeleteCluster|ecs:DescribeClusters",
        "cluster*.tags",
        "[]",
        "[{*",
        "https://docs.aws.amazon.com/cli/latest/reference/ecs/put-cluster-capacity-providers.html",
    ),
    row(
        "ecs:UpdateCluster|ecs:DescribeClusters|ecs:PutClusterCapacityProviders",
        "cluster*.serviceconnectdefaults",
        "absent",
        "{namespace: *",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterServiceConnectDefaultsRequest.html",
    ),
    row(
        "ecs:DeleteCluster",
        "cluster.configuration",
        "absent",
        "*",
        "https://docs.aws.amazon.com/cli/latest/reference/ecs/delete-cluster.html",
    ),
    row(
        "ecs:DescribeClusters",
        "clusters[].statistics",
        "[{*",
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html",
    ),
    row(
        "ecs:TagResource|ecs:UntagResource|ecs:ListTagsForResource",
        "",
        "400 InvalidParameterException: The specified cluster is inactive. Specify an active cluster and try again.",
        "answer",
        "https://github.com/gruntwork-io/cloud-nuke/issues/145",
    ),
    row(
        "ecs:*",
        "",
        "400 ClusterNotFoundException: The referenced cluster was inactive.",
        "answer",
        "https://github.com/vatertime/minecraft-spot-pricing/issues/4",
    ),
    row(
        "ecs:*",
        "",
        "400 InvalidParameterException: Unsupported resource type: *",
        "*",
        "https://github.com/aws/aws-cli/issues/7875",
    ),
    row(
        "ecs:ListContainerInstances",
        "",
        "400 ClusterNotFoundException: *",
        "answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html",
    ),
    row(
        "ecs:PutAccountSetting",
        "setting.principalarn|setting.type",
        "*",
        "absent",
        "https://docs.aws.amazon.com/cli/latest/reference/ecs/put-account-setting.html",
    ),
    row(
        "ecs:DescribeClusters",
        "clusters[].settings",
        "[]",
        "[{name: containerinsights*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html",
    ),
    // IAM: words, and the order in which things are missed.
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
        "404 NoSuchEntity: Role * not found",
        "https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json",
    ),
    // IAM: what moto does not check.
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
    // IAM: names are told apart without case, which moto does not do.
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
        "400 InvalidInput: Service role name * has been taken in this account, please try a different suffix.",
        "409 EntityAlreadyExists: *",
        "https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83683/tests/aws/services/iam/test_iam.snapshot.json",
    ),
    // IAM: what is wrong with a document.
    row(
        "iam:CreateRole",
        "",
        "400 MalformedPolicyDocument: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
    ),
    // IAM: members of answers. Documents are percent-encoded by RFC 3986.
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
        "iam:ListRoleTags",
        "tags*",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html",
    ),
    row(
        "iam:CreateRole|iam:GetRole",
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
    // ECR: what moto does not check, or takes in another order.
    row(
        "ecr:CreateRepository|ecr:TagResource",
        "",
        "400 InvalidTagParameterException: *",
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
        "ecr:DescribeRepositories",
        "nexttoken|repositories",
        "there|* of them",
        "absent|[{*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html",
    ),
    row(
        "ecr:PutImage",
        "",
        "400 ImageAlreadyExistsException: *",
        "answer",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html",
    ),
    row(
        "ecr:BatchDeleteImage",
        "failures[].imageid.*",
        "*",
        "*",
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html",
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
    // CloudWatch Logs: what moto does not have or does not look for.
    row(
        "logs:DescribeLogStreams",
        "",
        "400 InvalidParameterException: Cannot order by LastEventTime with a logStreamNamePrefix.",
        "400 ResourceNotFoundException: *",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html",
    ),
    row(
        "logs:DescribeLogGroups",
        "loggroups",
        "[]",
        "[{*",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html",
    ),
    row(
        "logs:DeleteLogGroup",
        "",
        "400 ValidationException: Cannot delete log group with deletion protection enabled. *",
        "answer",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html",
    ),
    row(
        "logs:DescribeLogGroups",
        "loggroups[].bearertokenauthenticationenabled|loggroups[].deletionprotectionenabled|loggroups[].loggroupclass",
        "*",
        "absent",
        "https://github.com/localstack/localstack/blob/e3b2b97e6ae4079d235263943f5084137e0f00ce/tests/aws/services/logs/test_logs_groups.snapshot.json",
    ),
    row(
        "logs:TagResource|logs:UntagResource|logs:ListTagsForResource",
        "",
        "400 ValidationException: Invalid resourceArn",
        "answer",
        "https://github.com/boto/boto3/issues/4104",
    ),
    row(
        "logs:DescribeLogGroups|logs:GetLogEvents",
        "",
        "400 InvalidParameterException: The specified nextToken is invalid.",
        "*",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html",
    ),
    row(
        "logs:TagResource|logs:UntagResource|logs:ListTagsForResource",
        "",
        "400 ResourceNotFoundException: *",
        "answer",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html",
    ),
    row(
        "logs:GetLogEvents|logs:PutLogEvents",
        "",
        "400 ResourceNotFoundException: The specified log stream does not exist.",
        "400 ResourceNotFoundException: The specified log group does not exist.",
        "https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83683/tests/aws/services/logs/test_logs_events.snapshot.json",
    ),
    // STS: who calls with keys of nobody is each mock's own choice; a user's ARN is one of IAM's.
    row(
        "sts:GetCallerIdentity",
        "arn|userid",
        "*",
        "*",
        "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
    ),
];
