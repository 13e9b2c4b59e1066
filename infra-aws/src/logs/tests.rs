//! Tests with responses that the mock AWS never sends. The tests that use the mock are in
//! `tests/providers`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_cloudwatchlogs::Client;
use infra_core::error::{ErrorKind, OrAbsent};
use infra_core::names::LogGroupName;
use infra_core::provider::{LogGroupClass, LogGroupProvider, LogGroupSpec, RetentionDays};

use super::LogGroups;
use crate::testing::{answers, assert_error, client, http, json_error, of, tags};

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";

fn name() -> LogGroupName {
    of("/ecs/demo")
}

#[tokio::test]
async fn wildcard_suffix_of_an_arn_is_removed() {
    let rule = answers!(Client::describe_log_groups;
        http(200, format!(r#"{{"logGroups": [{{"logGroupName": "/ecs/demo", "arn": "{ARN}:*"}}]}}"#)));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let group = groups.describe_log_group(&name()).await.unwrap();
    assert_eq!(group.arn, of(ARN));
    assert_eq!(group.class, LogGroupClass::Standard);
    assert_eq!((group.retention_days, group.kms_key, group.stored_bytes), (None, None, 0));
}

#[tokio::test]
async fn log_group_is_found_after_an_empty_page() {
    let rule = answers!(Client::describe_log_groups;
        http(200, r#"{"logGroups": [], "nextToken": "more"}"#),
        http(200, format!(r#"{{"logGroups": [{{"logGroupName": "/ecs/demo", "arn": "{ARN}:*",
            "logGroupArn": "{ARN}", "storedBytes": 12345678901}}], "nextToken": "and more"}}"#)));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let group = groups.describe_log_group(&name()).await.unwrap();
    assert_eq!(group.stored_bytes, 12_345_678_901);
    assert_eq!(rule.num_calls(), 2, "later pages are not read");
}

#[tokio::test]
async fn empty_list_means_that_the_log_group_does_not_exist() {
    let rule = answers!(Client::describe_log_groups; http(200, "{}"));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    assert_eq!(groups.describe_log_group(&name()).await.or_absent().unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn quota_error_is_returned_after_the_sdk_has_retried() {
    // The SDK classifies this code as throttling, because some services return it when they
    // throttle a request.
    let (code, message) = ("LimitExceededException", "Resource limit exceeded.");
    let refuse = move || json_error(400, code, message);
    let rule = answers!(Client::create_log_group; refuse(), refuse(), refuse());
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let spec = LogGroupSpec {
        name: name(),
        class: LogGroupClass::Standard,
        kms_key: None,
        tags: tags([]),
    };
    let error = groups.create_log_group(&spec).await.unwrap_err();
    assert_error(&error, ErrorKind::LimitExceeded, code, message, 400);
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test]
async fn permission_that_lags_behind_create_is_access_denied_and_not_retried() {
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
async fn failed_page_fails_the_count() {
    let message = "The specified log group does not exist.";
    let rule = answers!(Client::describe_log_streams;
        http(200, r#"{"logStreams": [{"logStreamName": "a"}], "nextToken": "more"}"#),
        json_error(400, "ResourceNotFoundException", message));
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let error = groups.count_log_streams(&name(), 500).await.unwrap_err();
    assert_error(&error, ErrorKind::NotFound, "ResourceNotFoundException", message, 400);
}

#[tokio::test]
async fn a_listing_whose_marker_never_ends_is_an_error() {
    let pages = Arc::new(AtomicUsize::new(0));
    let rule = aws_smithy_mocks::mock!(Client::describe_log_groups).then_http_response(move || {
        let next = pages.fetch_add(1, Ordering::Relaxed);
        http(200, format!(r#"{{"logGroups": [], "nextToken": "{next}"}}"#))
    });
    let groups = LogGroups::new(client!(aws_sdk_cloudwatchlogs; &rule));
    let error = groups.describe_log_group(&name()).await.unwrap_err();
    assert_eq!(error.message(), "the list did not end after 2000 pages");
    assert_eq!(
        error.operation().map(|it| it.to_string()),
        Some("logs:DescribeLogGroups".to_owned())
    );
}
