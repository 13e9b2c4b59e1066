//! Accepted differences in CloudWatch Logs.

use super::{Accepted, row};

pub(super) const ROWS: &[Accepted] = &[
    row(
        "logs:*",
        "",
        "400 InvalidParameterException: Invalid LogGroup or LogStream, both must have length *",
        "*",
        "https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs/test_logs_groups.snapshot.json",
    ),
    // Features and checks that moto does not have.
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
        "[]|[{*",
        "[{*",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html",
    ),
    row(
        "logs:DescribeLogGroups|logs:DescribeLogStreams",
        "log*.storedbytes",
        "*",
        "*",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html",
    ),
    row(
        "logs:PutRetentionPolicy",
        "",
        "400 InvalidParameterException: Invalid retention value. *",
        "*",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    ),
    row(
        "logs:TagResource|logs:TagLogGroup|logs:CreateLogGroup",
        "",
        "400 InvalidParameterException: aws: prefixed tag key names are not allowed for external use.",
        "*",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    ),
    row(
        "logs:DescribeLogGroups",
        "",
        "400 InvalidParameterException: LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        "answer",
        "https://github.com/localstack/localstack/blob/e3b2b97e6ae4079d235263943f5084137e0f00ce/tests/aws/services/logs/test_logs_groups.snapshot.json",
    ),
    row(
        "logs:CreateLogStream",
        "",
        "400 ResourceAlreadyExistsException: The specified log stream already exists",
        "400 ResourceAlreadyExistsException: The specified log group already exists",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html",
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
];
