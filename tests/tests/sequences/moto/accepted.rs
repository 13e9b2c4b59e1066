//! Where moto answers otherwise than the mock, and AWS's own word that shows the mock to be right.

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
pub(super) const ACCEPTED: &[Accepted] = &[
    // Constraints of the service models, which moto asks for few of.
    row(
        "ecs:*|ecr:*|logs:*|iam:*",
        "",
        "400 InvalidParameterException: * failed to satisfy constraint: *|400 ValidationError: *validation error*",
        "*",
        "https://github.com/boto/botocore/tree/develop/botocore/data",
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
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html",
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
        "https://docs.aws.amazon.com/cli/latest/reference/ecs/create-cluster.html",
    ),
    row(
        "ecs:ListTagsForResource",
        "tags",
        "[]",
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTagsForResource.html",
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
        "https://github.com/aws-samples/aws-scalable-big-blue-button-example/issues/79",
    ),
    row(
        "ecs:CreateCluster|ecs:PutClusterCapacityProviders",
        "",
        "400 InvalidParameterException: The specified capacity provider strategy cannot contain *",
        "*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html",
    ),
    row(
        "ecs:DeleteCluster",
        "cluster.settings",
        "[]",
        "[{name: containerinsights*",
        "https://docs.aws.amazon.com/cli/latest/reference/ecs/delete-cluster.html",
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
    row("ecs:ListClusters", "clusterarns", "*", "[*", "https://github.com/aws/aws-cli/issues/2078"),
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
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Setting.html",
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
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html",
    ),
    row(
        "iam:PutRolePermissionsBoundary",
        "",
        "404 NoSuchEntity: Scope ARN: *",
        "404 NoSuchEntity: Role * not found",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html",
    ),
    // IAM: what moto does not check.
    row(
        "iam:CreateRole",
        "",
        "404 NoSuchEntity: Scope ARN: * does not exist or is not attachable.",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
    ),
    row(
        "iam:DeletePolicy",
        "",
        "403 AccessDenied: *",
        "answer",
        "https://github.com/hashicorp/terraform-provider-aws/issues/32906",
    ),
    row(
        "iam:ListInstanceProfilesForRole",
        "",
        "404 NoSuchEntity: *",
        "answer",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html",
    ),
    // IAM: names are told apart without case, which moto does not do.
    row(
        "iam:*",
        "",
        "answer",
        "404 NoSuchEntity: Role * not found",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    // IAM: members of answers. Documents are percent-encoded by RFC 3986.
    row(
        "iam:CreateRole",
        "role.description|role.maxsessionduration",
        "absent",
        "*",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-role.html",
    ),
    row(
        "iam:CreateServiceLinkedRole",
        "role.maxsessionduration",
        "absent",
        "3600",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-service-linked-role.html",
    ),
    row(
        "iam:CreateRole|iam:CreateServiceLinkedRole",
        "role.rolelastused",
        "absent",
        "{}",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-role.html",
    ),
    row(
        "iam:CreateServiceLinkedRole",
        "role.tags",
        "absent",
        "[]",
        "https://docs.aws.amazon.com/cli/latest/reference/iam/create-service-linked-role.html",
    ),
    row(
        "iam:CreateServiceLinkedRole",
        "role.arn|role.rolename",
        r#"*AWSServiceRoleForECS""#,
        r#"*AWSServiceRoleForecs""#,
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html",
    ),
    row(
        "iam:CreatePolicy|iam:GetPolicy|iam:ListPolicies",
        "polic*.permissionsboundaryusagecount",
        "0",
        "absent",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html",
    ),
    row(
        "iam:GetPolicyVersion",
        "policyversion.document",
        r#""%7B*"#,
        r#""{*"#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html",
    ),
    row(
        "iam:CreateServiceLinkedRole|iam:ListRoles",
        "role*.assumerolepolicydocument",
        r#""%7B*"#,
        r#""{*"#,
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html",
    ),
    row(
        "iam:ListRoleTags",
        "tags*",
        "*",
        "*",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html",
    ),
    row(
        "iam:CreateRole|iam:GetRole|iam:ListRoles",
        "role*.permissionsboundary.permissionsboundarytype",
        r#""Policy""#,
        "policy",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPermissionsBoundary.html",
    ),
    row(
        "iam:ListPolicies",
        "policies*|istruncated|marker",
        "*",
        "*",
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
    ),
    // ECR: the digest is that of the manifest as it came, and the size that of all that it lists.
    row(
        "ecr:*",
        "image*.imagedigest",
        r#""sha256:*"#,
        r#""sha256:*"#,
        "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Image.html",
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
        "logs:DescribeLogGroups",
        "loggroups[].bearertokenauthenticationenabled|loggroups[].deletionprotectionenabled|loggroups[].loggroupclass",
        "*",
        "absent",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html",
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
        "https://github.com/aws-robotics/cloudwatchlogs-ros1/issues/1",
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
