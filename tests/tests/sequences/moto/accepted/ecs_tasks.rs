//! Accepted differences in ECS: task definitions, tasks, services and capacity providers.

use super::{Accepted, row};

pub(super) const ROWS: &[Accepted] = &[
    // moto omits these checks or performs them in a different order.
    row(
        "ecs:RegisterTaskDefinition",
        "",
        "400 ClientException: *",
        "answer|400 ClientException: *",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
    ),
    row(
        "ecs:CreateService|ecs:DeregisterTaskDefinition|ecs:RunTask|ecs:UpdateService",
        "",
        "400 ClientException: TaskDefinition not found.|400 ClientException: The specified task definition does not exist.",
        "400 ClientException: Unable to describe task definition.",
        "https://github.com/Cloud-CV/EvalAI/issues/2419",
    ),
    row(
        "ecs:DeregisterTaskDefinition",
        "",
        "400 ClientException: You must specify a revision.",
        "400 ClientException: Revision is missing.",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html",
    ),
    row(
        "ecs:DeregisterTaskDefinition",
        "",
        "400 ClientException: The specified task definition does not exist.|400 ClientException: You must specify a revision.",
        "400 InvalidParameterException: Invalid revision number. *|400 ClientException: *",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html",
    ),
    row(
        "ecs:DescribeTasks",
        "failures",
        r#"[{*reason: "MISSING"}]"#,
        "[]",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html",
    ),
    row(
        "ecs:CreateService|ecs:DescribeServices|ecs:DescribeTasks|ecs:RunTask|ecs:StopTask|ecs:UpdateService",
        "",
        "400 InvalidParameterException: * cannot be empty.|400 InvalidParameterException: Service name must match *|400 InvalidParameterException: Key: *|400 InvalidParameterException: Value: *|400 InvalidParameterException: subnets can not be empty.|400 InvalidParameterException: * be one of *|400 InvalidParameterException: Base: *|400 InvalidParameterException: Weight: *",
        "400 ClusterNotFoundException: Cluster not found.|answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
    ),
    row(
        "ecs:*",
        "",
        "400 ClusterNotFoundException: Cluster not found.",
        "answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html",
    ),
    row(
        "ecs:RunTask|ecs:CreateService",
        "",
        "400 InvalidParameterException: *",
        "400 ClusterNotFoundException: Cluster not found.|400 ClientException: Unable to describe task definition.",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html",
    ),
    // Subnets belong to EC2. moto reports that the subnets do not exist. The mock does not check
    // whether they exist.
    row(
        "ecs:CreateService|ecs:UpdateService",
        "",
        "answer|400 InvalidParameterException: *|400 ClientException: *",
        "400 InvalidParameterException: Error retrieving subnet information for *",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    ),
    // Members of task definitions.
    row(
        "ecs:DeregisterTaskDefinition|ecs:DescribeTaskDefinition|ecs:DeleteTaskDefinitions|ecs:RegisterTaskDefinition",
        "taskdefinition*.enablefaultinjection|taskdefinition*.registeredat|taskdefinition*.registeredby|taskdefinition*.requiresattributes|taskdefinition*.deleterequestedat|taskdefinition*.deregisteredat|taskdefinition*.containerdefinitions[].systemcontrols",
        "*",
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html",
    ),
    row(
        "ecs:DeregisterTaskDefinition|ecs:DescribeTaskDefinition|ecs:DeleteTaskDefinitions|ecs:RegisterTaskDefinition",
        "taskdefinition*.compatibilities",
        "[*ec2*]",
        "[ec2*]",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html",
    ),
    row(
        "ecs:DeregisterTaskDefinition|ecs:DescribeTaskDefinition|ecs:DeleteTaskDefinitions|ecs:RegisterTaskDefinition",
        "taskdefinition*.networkmode",
        "absent|bridge|awsvpc",
        "bridge|awsvpc",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html",
    ),
    row(
        "ecs:DeregisterTaskDefinition|ecs:DescribeTaskDefinition|ecs:DeleteTaskDefinitions|ecs:RegisterTaskDefinition",
        "taskdefinition*.cpu|taskdefinition*.memory",
        r#""512"|"1024""#,
        r#"".5 vCPU"|"1 GB""#,
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
    ),
    row(
        "ecs:RegisterTaskDefinition|ecs:DescribeTaskDefinition",
        "tags",
        "[*",
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
    ),
    // AWS does not document the text of these messages.
    row(
        "ecs:DeleteTaskDefinitions",
        "",
        "400 InvalidParameterException: Task definitions cannot be empty.",
        "400 InvalidParameterException: size of TaskDefinition references list must be greater than 0",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html",
    ),
    row(
        "ecs:DeleteTaskDefinitions",
        "failures[].reason",
        r#""The specified task definition does not exist. *"#,
        r#""The specified task definition identifier is invalid. *"#,
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html",
    ),
    row(
        "ecs:ListTaskDefinitions|ecs:ListTaskDefinitionFamilies",
        "families|nexttoken|taskdefinitionarns",
        "present|[*",
        "absent|[*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html",
    ),
    row(
        "ecs:ListTaskDefinitions",
        "taskdefinitionarns[]",
        r#""arn:*"#,
        r#""arn:*"#,
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html",
    ),
    // Capacity providers.
    row(
        "ecs:CreateCapacityProvider|ecs:DeleteCapacityProvider|ecs:DescribeCapacityProviders|ecs:UpdateCapacityProvider",
        "capacityprovider*.autoscalinggroupprovider.manageddraining|capacityprovider*.type|capacityprovider*.updatestatus|capacityprovider*.tags",
        "*",
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProvider.html",
    ),
    row(
        "ecs:DeleteCapacityProvider",
        "capacityprovider.status",
        "inactive",
        "active",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProvider.html",
    ),
    row(
        "ecs:DescribeCapacityProviders",
        "failures[].arn",
        r#""arn:*:capacity-provider/*"#,
        r#""arn:*:capacity_provider/*"#,
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProvider.html",
    ),
    row(
        "ecs:DescribeCapacityProviders",
        "capacityproviders|nexttoken",
        "[{*|present",
        "[*|absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeCapacityProviders.html",
    ),
    row(
        "ecs:CreateCapacityProvider|ecs:DeleteCapacityProvider|ecs:UpdateCapacityProvider",
        "",
        "400 ClientException: *|400 InvalidParameterException: *",
        "answer",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html",
    ),
    // Attributes and settings. moto looks for the target before checking the attributes.
    row(
        "ecs:PutAttributes|ecs:DeleteAttributes",
        "",
        "400 InvalidParameterException: *|400 TargetNotFoundException: *",
        "400 TargetNotFoundException: *",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAttributes.html",
    ),
    row(
        "ecs:DeleteAccountSetting",
        "setting",
        "{*",
        "absent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteAccountSetting.html",
    ),
    // Task sets: moto does not check the service, its deployment controller, the task definition or the scale, requires
    // EC2's subnets, and stores the request unchanged.
    row(
        "ecs:CreateTaskSet|ecs:DescribeTaskSets|ecs:UpdateTaskSet|ecs:UpdateServicePrimaryTaskSet|ecs:DeleteTaskSet",
        "",
        "400 *",
        "*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateTaskSet.html",
    ),
    row(
        "ecs:CreateTaskSet",
        "",
        "answer",
        "400 InvalidParameterException: Error retrieving subnet information for *",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    ),
    row(
        "ecs:CreateTaskSet|ecs:DescribeTaskSets|ecs:UpdateTaskSet|ecs:UpdateServicePrimaryTaskSet|ecs:DeleteTaskSet",
        "taskset*|failures",
        "*",
        "*",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html",
    ),
];
