//! Tests of log groups, on answers as CloudWatch Logs gives them.

use aws_sdk_cloudwatchlogs::Client;
use infra_core::arn::Arn;
use infra_core::error::ErrorKind;
use infra_core::names::LogGroupName;
use infra_core::provider::{LogGroupClass, LogGroupProvider, LogGroupSpec, RetentionDays};

use super::LogGroups;
use crate::testing::{answers, assert_error, client, http, json_error, of, tags};

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/k";

fn name() -> LogGroupName {
    of("/ecs/demo")
}

fn spec() -> LogGroupSpec {
    LogGroupSpec {
        name: name(),
        class: LogGroupClass::Standard,
        kms_key: None,
        tags: tags([("Name", "demo-ecs-logs")]),
    }
}

#[tokio::test]
async fn the_group_of_exactly_the_name_is_found_on_a_later_page() {
    let first = answers!(Client::describe_log_groups, if |request| {
            request.log_group_name_prefix() == Some("/ecs/demo") && request.next_token().is_none()
        };
        http(200, r#"{"logGroups": [{"logGroupName": "/ecs/demo-2", "arn": "arn:other"}],
            "nextToken": "more"}"#));
    let second = answers!(Client::describe_log_groups, if |request| {
            request.next_token() == Some("more")
        };
        http(200, format!(r#"{{"logGroups": [{{"logGroupName": "/ecs/demo", "arn": "{ARN}:*",
            "logGroupArn": "{ARN}", "retentionInDays": 14, "storedBytes": 12345678901,
            "kmsKeyId": "{KEY}", "logGroupClass": "INFREQUENT_ACCESS"}}], "nextToken": "and more"}}"#)));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &first, &second));
    let group = groups.describe_log_group(&name()).await.unwrap();
    assert_eq!(group.arn, of(ARN));
    assert_eq!(group.class, LogGroupClass::InfrequentAccess);
    assert_eq!(group.retention_days, Some(14));
    assert_eq!(group.stored_bytes, 12_345_678_901);
    assert_eq!(group.kms_key.as_deref(), Some(KEY));
    assert_eq!(second.num_calls(), 1, "what comes after the group is not read");
}

#[tokio::test]
async fn an_arn_that_ends_in_a_star_loses_it() {
    let rule = answers!(Client::describe_log_groups;
        http(200, format!(r#"{{"logGroups": [{{"logGroupName": "/ecs/demo", "arn": "{ARN}:*"}}]}}"#)));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let group = groups.describe_log_group(&name()).await.unwrap();
    assert_eq!(group.arn, of(ARN));
    assert_eq!(group.class, LogGroupClass::Standard);
    assert_eq!((group.retention_days, group.kms_key, group.stored_bytes), (None, None, 0));
}

#[tokio::test]
async fn groups_that_only_begin_with_the_name_do_not_count() {
    let rule = answers!(Client::describe_log_groups;
        http(200, r#"{"logGroups": [{"logGroupName": "/ecs/demo-2", "arn": "x"}]}"#));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let error = groups.describe_log_group(&name()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "logs:DescribeLogGroups: there is no log group /ecs/demo");
}

#[tokio::test]
async fn one_create_carries_class_key_and_tags() {
    let rule = answers!(Client::create_log_group, if |request| {
            let tags = request.tags().unwrap();
            request.log_group_name() == Some("/ecs/demo")
                && request.log_group_class().unwrap().as_str() == "INFREQUENT_ACCESS"
                && request.kms_key_id() == Some(KEY)
                && tags.len() == 1
                && tags["Name"] == "demo-ecs-logs"
        };
        http(200, ""));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let full =
        LogGroupSpec { class: LogGroupClass::InfrequentAccess, kms_key: Some(of(KEY)), ..spec() };
    groups.create_log_group(&full).await.unwrap();
}

#[tokio::test]
async fn a_plain_create_sends_the_name_alone() {
    let rule = answers!(Client::create_log_group, if |request| {
            request.log_group_class.is_none()
                && request.kms_key_id.is_none()
                && request.tags.is_none()
        };
        http(200, ""));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    groups.create_log_group(&LogGroupSpec { tags: tags([]), ..spec() }).await.unwrap();
}

#[tokio::test]
async fn what_create_refuses_is_told_apart() {
    let cases = [
        (
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
            ErrorKind::AlreadyExists,
        ),
        (
            "OperationAbortedException",
            "A conflicting operation is currently in progress against this resource. Please try again.",
            ErrorKind::ChangeInProgress,
        ),
        (
            "InvalidParameterException",
            "The specified KMS key does not exist or is not allowed to be used.",
            ErrorKind::InvalidInput,
        ),
    ];
    for (code, message, kind) in cases {
        let rule = answers!(Client::create_log_group; json_error(400, code, message));
        let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
        let error = groups.create_log_group(&spec()).await.unwrap_err();
        assert_error(&error, kind, code, message, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_is_told_after_the_sdk_s_retries() {
    // The SDK takes this code for throttling, which it is with some services.
    let (code, message) = ("LimitExceededException", "Resource limit exceeded.");
    let refuse = move || json_error(400, code, message);
    let rule = answers!(Client::create_log_group; refuse(), refuse(), refuse());
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let error = groups.create_log_group(&spec()).await.unwrap_err();
    assert_error(&error, ErrorKind::LimitExceeded, code, message, 400);
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test]
async fn a_group_is_changed_and_deleted_by_name() {
    let put = answers!(Client::put_retention_policy, if |request| {
            request.log_group_name() == Some("/ecs/demo") && request.retention_in_days() == Some(14)
        };
        http(200, ""));
    let never = answers!(Client::delete_retention_policy, if |request| {
            request.log_group_name() == Some("/ecs/demo")
        };
        http(200, ""));
    let with_key = answers!(Client::associate_kms_key, if |request| {
            request.log_group_name() == Some("/ecs/demo") && request.kms_key_id() == Some(KEY)
        };
        http(200, ""));
    let without_key = answers!(Client::disassociate_kms_key, if |request| {
            request.log_group_name() == Some("/ecs/demo")
        };
        http(200, ""));
    let delete = answers!(Client::delete_log_group, if |request| {
            request.log_group_name() == Some("/ecs/demo")
        };
        http(200, ""));
    let groups = LogGroups::new(
        client!(aws_sdk_cloudwatchlogs; &put, &never, &with_key, &without_key, &delete),
    );
    groups.put_retention_policy(&name(), RetentionDays::FOURTEEN).await.unwrap();
    groups.delete_retention_policy(&name()).await.unwrap();
    groups.associate_kms_key(&name(), &of(KEY)).await.unwrap();
    groups.disassociate_kms_key(&name()).await.unwrap();
    groups.delete_log_group(&name()).await.unwrap();
}

#[tokio::test]
async fn a_busy_or_missing_group_is_told_for_every_changing_operation() {
    let cases = [
        ("OperationAbortedException", ErrorKind::ChangeInProgress, "Try again."),
        (
            "ResourceNotFoundException",
            ErrorKind::NotFound,
            "The specified log group does not exist.",
        ),
    ];
    for (code, kind, message) in cases {
        let refuse = move || json_error(400, code, message);
        let put = answers!(Client::put_retention_policy; refuse());
        let never = answers!(Client::delete_retention_policy; refuse());
        let with_key = answers!(Client::associate_kms_key; refuse());
        let without_key = answers!(Client::disassociate_kms_key; refuse());
        let delete = answers!(Client::delete_log_group; refuse());
        let groups = LogGroups::new(
            client!(aws_sdk_cloudwatchlogs; &put, &never, &with_key, &without_key, &delete),
        );
        for outcome in [
            groups.put_retention_policy(&name(), RetentionDays::FOURTEEN).await,
            groups.delete_retention_policy(&name()).await,
            groups.associate_kms_key(&name(), &of(KEY)).await,
            groups.disassociate_kms_key(&name()).await,
            groups.delete_log_group(&name()).await,
        ] {
            assert_error(&outcome.unwrap_err(), kind, code, message, 400);
        }
    }
}

#[tokio::test]
async fn a_permission_that_lags_behind_create_is_access_denied_and_not_retried_here() {
    let message = "User: arn:aws:iam::123456789012:user/x is not authorized to perform: \
                   logs:PutRetentionPolicy on resource: \
                   arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo:log-stream: because no \
                   identity-based policy allows the logs:PutRetentionPolicy action";
    let rule = answers!(Client::put_retention_policy;
        json_error(400, "AccessDeniedException", message));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let outcome = groups.put_retention_policy(&name(), RetentionDays::FOURTEEN).await;
    let error = outcome.unwrap_err();
    assert_error(&error, ErrorKind::AccessDenied, "AccessDeniedException", message, 400);
    assert_eq!(rule.num_calls(), 1);
}

#[tokio::test]
async fn streams_are_counted_over_all_pages() {
    let first = answers!(Client::describe_log_streams, if |request| {
            request.log_group_name() == Some("/ecs/demo") && request.next_token().is_none()
        };
        http(200, r#"{"logStreams": [{"logStreamName": "a"}, {"logStreamName": "b"}],
            "nextToken": "more"}"#));
    let second = answers!(Client::describe_log_streams, if |request| {
            request.next_token() == Some("more")
        };
        http(200, r#"{"logStreams": [{"logStreamName": "c"}]}"#));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &first, &second));
    assert_eq!(groups.count_log_streams(&name(), 500).await.unwrap(), 3);
}

#[tokio::test]
async fn streams_of_a_group_that_is_not_there_are_not_found() {
    let message = "The specified log group does not exist.";
    let rule = answers!(Client::describe_log_streams;
        json_error(400, "ResourceNotFoundException", message));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let error = groups.count_log_streams(&name(), 500).await.unwrap_err();
    assert_error(&error, ErrorKind::NotFound, "ResourceNotFoundException", message, 400);
}

#[tokio::test]
async fn tags_are_read_set_and_removed_by_arn() {
    let list = answers!(Client::list_tags_for_resource, if |request| {
            request.resource_arn() == Some(ARN)
        };
        http(200, r#"{"tags": {"Name": "demo-ecs-logs", "Environment": "dev"}}"#));
    let set = answers!(Client::tag_resource, if |request| {
            request.resource_arn() == Some(ARN) && request.tags().unwrap()["Team"] == "a"
        };
        http(200, ""));
    let removed = answers!(Client::untag_resource, if |request| {
            request.resource_arn() == Some(ARN) && request.tag_keys() == ["Team"]
        };
        http(200, ""));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &list, &set, &removed));
    let arn: Arn = of(ARN);
    let found = groups.list_log_group_tags(&arn).await.unwrap();
    assert_eq!(found, tags([("Name", "demo-ecs-logs"), ("Environment", "dev")]));
    groups.tag_log_group(&arn, &tags([("Team", "a")])).await.unwrap();
    groups.untag_log_group(&arn, &["Team".to_owned()]).await.unwrap();
}
