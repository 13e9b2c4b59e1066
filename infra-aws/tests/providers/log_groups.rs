//! CloudWatch log groups.

use std::time::Duration;

use infra_core::arn::Arn;
use infra_core::error::{ErrorKind, OrAbsent};
use infra_core::names::LogGroupName;
use infra_core::operation::logs;
use infra_core::provider::{LogGroup, LogGroupClass, LogGroupSpec, RetentionDays};
use infra_mock::api::Lag;
use infra_mock::time::Timestamp;

use super::{Aws, many_tags, of, owned, refused, tags};

const ARN: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/app";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const GONE: &str = "400 ResourceNotFoundException: The specified log group does not exist.";
const BUSY: &str = "400 OperationAbortedException: A conflicting operation is currently in progress against \
                    this resource. Please try again.";

fn name() -> LogGroupName {
    of("/ecs/app")
}

fn arn() -> Arn {
    of(ARN)
}

fn spec() -> LogGroupSpec {
    LogGroupSpec {
        name: name(),
        class: LogGroupClass::InfrequentAccess,
        kms_key: Some(of(KEY)),
        tags: tags([("Name", "app"), ("ä ö", "=+/@: x"), ("empty", "")]),
    }
}

/// The group that [`spec`] asks for.
fn expected() -> LogGroup {
    let LogGroupSpec { name, class, kms_key, tags: _ } = spec();
    LogGroup {
        name,
        arn: arn(),
        class,
        kms_key: kms_key.map(|key| key.to_string()),
        retention_days: None,
        stored_bytes: 0,
    }
}

async fn with_group() -> Aws {
    let aws = Aws::new();
    aws.providers.log_groups().create_log_group(&spec()).await.unwrap();
    aws
}

fn days(days: u32) -> RetentionDays {
    RetentionDays::new(days).unwrap()
}

#[tokio::test]
async fn a_group_is_created_and_found_with_all_that_was_asked_for() {
    let aws = with_group().await;
    let groups = aws.providers.log_groups();
    assert_eq!(groups.describe_log_group(&name()).await.unwrap(), expected());
    assert_eq!(groups.list_log_group_tags(&arn()).await.unwrap(), spec().tags);
}

#[tokio::test]
async fn a_plain_group_is_standard_without_key_and_tags() {
    let aws = Aws::new();
    let groups = aws.providers.log_groups();
    let plain =
        LogGroupSpec { class: LogGroupClass::Standard, kms_key: None, tags: tags([]), ..spec() };
    groups.create_log_group(&plain).await.unwrap();
    let request = aws.last_request();
    for member in ["logGroupClass", "kmsKeyId", "tags"] {
        assert!(
            request[member].is_null(),
            "{member} is left out of {request}: emulators may not know it"
        );
    }
    let expected = LogGroup { class: LogGroupClass::Standard, kms_key: None, ..expected() };
    assert_eq!(groups.describe_log_group(&name()).await.unwrap(), expected);
    assert_eq!(groups.list_log_group_tags(&arn()).await.unwrap(), tags([]));
}

#[tokio::test]
async fn a_group_of_the_delivery_class_keeps_events_for_two_days() {
    let aws = Aws::new();
    let groups = aws.providers.log_groups();
    let delivery = LogGroupSpec { class: LogGroupClass::Delivery, ..spec() };
    groups.create_log_group(&delivery).await.unwrap();
    let found = groups.describe_log_group(&name()).await.unwrap();
    let class = LogGroupClass::Delivery;
    assert_eq!(found, LogGroup { class, retention_days: Some(2), ..expected() });
    let answer = "400 ValidationException: This operation is not supported for Delivery log class";
    let put = groups.put_retention_policy(&name(), days(14)).await;
    refused(put, logs::PUT_RETENTION_POLICY, ErrorKind::InvalidInput, answer);
    let deleted = groups.delete_retention_policy(&name()).await;
    refused(deleted, logs::DELETE_RETENTION_POLICY, ErrorKind::InvalidInput, answer);
}

#[tokio::test]
async fn create_refuses_what_logs_does_not_take() {
    let aws = with_group().await;
    let groups = aws.providers.log_groups();
    let new = LogGroupSpec { name: of("/new"), ..spec() };
    let invalid = ErrorKind::InvalidInput;
    let cases = [
        (
            spec(),
            ErrorKind::AlreadyExists,
            "400 ResourceAlreadyExistsException: The specified log group already exists",
        ),
        (
            LogGroupSpec { class: LogGroupClass::Unknown("RARE".to_owned()), ..new.clone() },
            invalid,
            "400 InvalidParameterException: 1 validation error detected: Value 'RARE' at 'logGroupClass' \
             failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, \
             INFREQUENT_ACCESS, DELIVERY]",
        ),
        (
            LogGroupSpec { kms_key: Some(of(ARN)), ..new.clone() },
            invalid,
            "400 InvalidParameterException: The specified KMS Key Id could not be found. '/new'",
        ),
        (
            LogGroupSpec { tags: tags([("aws:x", "x")]), ..new.clone() },
            invalid,
            "400 InvalidParameterException: aws: prefixed tag key names are not allowed for external use.",
        ),
    ];
    for (spec, kind, answer) in cases {
        refused(groups.create_log_group(&spec).await, logs::CREATE_LOG_GROUP, kind, answer);
    }
    assert_eq!(groups.describe_log_group(&name()).await.unwrap(), expected());
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_any_method() {
    let aws = with_group().await;
    let (groups, none) = (aws.providers.log_groups(), &of("/ecs/ap"));
    let absent = &of("arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/ap");

    // To Logs a listing without the group is no error, and groups that only begin with the name are in it.
    let error = groups.describe_log_group(none).await.unwrap_err();
    let (operation, kind) = (Some(logs::DESCRIBE_LOG_GROUPS), ErrorKind::NotFound);
    assert_eq!((error.operation(), error.kind()), (operation, kind));
    assert_eq!(error.to_string(), "logs:DescribeLogGroups: there is no log group /ecs/ap");

    macro_rules! gone {
        ($($call:expr => $operation:expr;)+) => {
            $(refused($call.await, $operation, ErrorKind::NotFound, GONE);)+
        };
    }
    gone! {
        groups.delete_log_group(none) => logs::DELETE_LOG_GROUP;
        groups.put_retention_policy(none, days(14)) => logs::PUT_RETENTION_POLICY;
        groups.delete_retention_policy(none) => logs::DELETE_RETENTION_POLICY;
        groups.associate_kms_key(none, &of(KEY)) => logs::ASSOCIATE_KMS_KEY;
        groups.disassociate_kms_key(none) => logs::DISASSOCIATE_KMS_KEY;
        groups.count_log_streams(none, 10) => logs::DESCRIBE_LOG_STREAMS;
        groups.list_log_group_tags(absent) => logs::LIST_TAGS_FOR_RESOURCE;
        groups.tag_log_group(absent, &tags([("a", "b")])) => logs::TAG_RESOURCE;
        groups.untag_log_group(absent, &owned(["a"])) => logs::UNTAG_RESOURCE;
    }
    aws.assert_called(logs::ALL);
}

#[tokio::test]
async fn the_group_of_exactly_the_name_is_found_on_whatever_page() {
    let aws = Aws::new();
    let groups = aws.providers.log_groups();
    let named = |name: &str| LogGroupSpec { name: of(name), ..spec() };
    // Logs lists by name: fifty groups come before this one, and it begins the names of fifty more.
    for n in 10..60 {
        groups.create_log_group(&named(&format!("/ecs/app-{n}"))).await.unwrap();
    }
    let absent = groups.describe_log_group(&name()).await.or_absent().unwrap();
    assert_eq!(absent, None);
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_GROUPS), 1);
    groups.create_log_group(&named("/ecs/app-60")).await.unwrap();
    assert_eq!(groups.describe_log_group(&name()).await.or_absent().unwrap(), None);
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_GROUPS), 3, "the second page is read as well");
    groups.create_log_group(&spec()).await.unwrap();
    assert_eq!(groups.describe_log_group(&name()).await.unwrap(), expected());
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_GROUPS), 4, "what comes after the group is not read");
}

#[tokio::test]
async fn every_retention_is_set_and_taken_away() {
    let aws = with_group().await;
    let groups = aws.providers.log_groups();
    for value in RetentionDays::ALLOWED {
        groups.put_retention_policy(&name(), days(value)).await.unwrap();
        let found = groups.describe_log_group(&name()).await.unwrap();
        assert_eq!(found, LogGroup { retention_days: Some(value), ..expected() });
    }
    for _ in 0..2 {
        groups.delete_retention_policy(&name()).await.unwrap();
        assert_eq!(groups.describe_log_group(&name()).await.unwrap(), expected());
    }
}

#[tokio::test]
async fn the_key_is_replaced_and_taken_away() {
    let aws = with_group().await;
    let groups = aws.providers.log_groups();
    let other = "arn:aws:kms:eu-west-1:123456789012:key/other";
    for _ in 0..2 {
        groups.associate_kms_key(&name(), &of(other)).await.unwrap();
        let found = groups.describe_log_group(&name()).await.unwrap();
        assert_eq!(found, LogGroup { kms_key: Some(other.to_owned()), ..expected() });
    }
    refused(
        groups.associate_kms_key(&name(), &of("arn:aws:kms:us-east-1:123456789012:key/far")).await,
        logs::ASSOCIATE_KMS_KEY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: The specified KMS Key Id could not be found. '/ecs/app'",
    );
    for _ in 0..2 {
        groups.disassociate_kms_key(&name()).await.unwrap();
        let found = groups.describe_log_group(&name()).await.unwrap();
        assert_eq!(found, LogGroup { kms_key: None, ..expected() });
    }
}

#[tokio::test]
async fn a_group_that_was_just_changed_takes_no_change() {
    let aws = Aws::lagging(Lag { log_group: Duration::from_secs(10), ..Lag::default() });
    let groups = aws.providers.log_groups();
    let busy = ErrorKind::ChangeInProgress;
    groups.create_log_group(&spec()).await.unwrap();
    let put = groups.put_retention_policy(&name(), days(14)).await;
    refused(put, logs::PUT_RETENTION_POLICY, busy, BUSY);
    let deleted = groups.delete_retention_policy(&name()).await;
    refused(deleted, logs::DELETE_RETENTION_POLICY, busy, BUSY);
    let associated = groups.associate_kms_key(&name(), &of(KEY)).await;
    refused(associated, logs::ASSOCIATE_KMS_KEY, busy, BUSY);
    let disassociated = groups.disassociate_kms_key(&name()).await;
    refused(disassociated, logs::DISASSOCIATE_KMS_KEY, busy, BUSY);
    refused(groups.delete_log_group(&name()).await, logs::DELETE_LOG_GROUP, busy, BUSY);
    assert_eq!(aws.calls(logs::DELETE_LOG_GROUP), 1, "waiting is the engine's");
    aws.pass(10);
    groups.delete_log_group(&name()).await.unwrap();
    refused(groups.create_log_group(&spec()).await, logs::CREATE_LOG_GROUP, busy, BUSY);
    aws.pass(10);
    groups.create_log_group(&spec()).await.unwrap();
}

#[tokio::test]
async fn a_group_is_deleted_with_its_events() {
    let aws = with_group().await;
    let groups = aws.providers.log_groups();
    let now = Timestamp::from_millis(1_767_225_600_000);
    aws.elsewhere(|call| call.logs().add_stream("/ecs/app", "one", [(now, "hello")], now)).unwrap();
    let found = groups.describe_log_group(&name()).await.unwrap();
    assert_eq!(found, LogGroup { stored_bytes: 31, ..expected() });
    groups.delete_log_group(&name()).await.unwrap();
    assert_eq!(groups.describe_log_group(&name()).await.or_absent().unwrap(), None);
    groups.create_log_group(&spec()).await.unwrap();
    assert_eq!(groups.describe_log_group(&name()).await.unwrap(), expected());
    assert_eq!(groups.count_log_streams(&name(), 10).await.unwrap(), 0);
}

#[tokio::test]
async fn streams_are_counted_over_all_pages_and_no_further_than_asked() {
    let aws = with_group().await;
    let groups = aws.providers.log_groups();
    assert_eq!(groups.count_log_streams(&name(), 500).await.unwrap(), 0);
    let now = Timestamp::from_millis(1_767_225_600_000);
    aws.elsewhere(|call| {
        for n in 0..101 {
            call.logs().add_stream("/ecs/app", &format!("task/{n}"), [], now).unwrap();
        }
    });
    let _ = aws.mock.take_journal();
    assert_eq!(groups.count_log_streams(&name(), 500).await.unwrap(), 101);
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_STREAMS), 3);
    assert_eq!(groups.count_log_streams(&name(), 40).await.unwrap(), 40);
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_STREAMS), 4, "one page holds more than forty");
}

#[tokio::test]
async fn tags_are_set_beside_the_others_and_removed() {
    let aws = with_group().await;
    let groups = aws.providers.log_groups();
    let set = tags([("Name", "other"), ("Team", "a + b")]);
    groups.tag_log_group(&arn(), &set).await.unwrap();
    groups.untag_log_group(&arn(), &owned(["ä ö", "absent"])).await.unwrap();
    let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
    assert_eq!(groups.list_log_group_tags(&arn()).await.unwrap(), left);
    refused(
        groups.tag_log_group(&arn(), &many_tags(48)).await,
        logs::TAG_RESOURCE,
        ErrorKind::LimitExceeded,
        "400 TooManyTagsException: A resource can have no more than 50 tags.",
    );
    groups.tag_log_group(&arn(), &many_tags(47)).await.unwrap();
    assert_eq!(groups.list_log_group_tags(&arn()).await.unwrap().len(), 50);
    refused(
        groups.list_log_group_tags(&of(&format!("{ARN}:*"))).await,
        logs::LIST_TAGS_FOR_RESOURCE,
        ErrorKind::InvalidInput,
        "400 ValidationException: Invalid resourceArn",
    );
}
