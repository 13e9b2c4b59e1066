//! Scenarios for CloudWatch log groups.

use super::check::{equal, holds};
use super::support::{many_tags, owned, special_character_tags, tags};
use super::{ExternalChange, Fixture, Verdict};
use crate::arn::Arn;
use crate::error::ErrorKind;
use crate::names::LogGroupName;
use crate::operation::logs;
use crate::provider::{LogGroup, LogGroupClass, LogGroupSpec, RetentionDays};

scenarios! { "log_groups" needs [LogGroups]:
    created_log_group_has_all_requested_attributes;
    infrequent_access_log_group_is_created_with_its_key needs [KmsKeys];
    minimal_log_group_has_standard_class_and_no_key_or_tags;
    delivery_log_group_has_a_fixed_retention_of_two_days;
    create_fails_if_the_log_group_exists;
    create_rejects_an_unknown_class;
    create_rejects_an_unknown_key;
    create_rejects_a_reserved_tag;
    prefix_of_a_log_group_name_is_not_found;
    log_group_with_the_exact_name_is_found_on_any_page needs [Bulk];
    deleting_an_absent_log_group_fails;
    changing_the_retention_of_an_absent_log_group_fails;
    changing_the_key_of_an_absent_log_group_fails needs [KmsKeys];
    changing_the_deletion_protection_of_an_absent_log_group_fails needs [DeletionProtection];
    counting_streams_of_an_absent_log_group_fails;
    tagging_an_absent_log_group_fails;
    every_retention_is_set_and_removed;
    key_is_replaced_and_removed needs [KmsKeys];
    deletion_protection_is_set_and_removed needs [DeletionProtection];
    key_in_another_region_is_rejected needs [KmsKeys];
    log_group_rejects_changes_right_after_a_change needs [SlowLogGroups, KmsKeys];
    log_group_cannot_be_created_again_right_after_deletion needs [SlowLogGroups];
    deleted_log_group_can_be_created_again;
    log_group_is_deleted_with_its_events needs [LogEvents];
    stored_bytes_are_counted needs [LogEvents, StoredBytes];
    new_log_group_has_no_streams;
    streams_are_counted_across_pages_up_to_the_limit needs [LogEvents, Bulk];
    tags_are_added_and_removed;
    more_than_50_tags_are_rejected_as_a_whole;
    tags_cannot_be_read_by_the_arn_with_a_wildcard;
}

const GONE: &str = "400 ResourceNotFoundException: The specified log group does not exist.";
const BUSY: &str = "400 OperationAbortedException: A conflicting operation is currently in progress against \
                    this resource. Please try again.";

fn arn(at: &Fixture, name: &LogGroupName) -> Arn {
    at.location().arn("logs", format!("log-group:{name}"))
}

/// Returns the specification that most scenarios use.
fn spec(at: &Fixture) -> Verdict<LogGroupSpec> {
    Ok(LogGroupSpec {
        name: at.log_group("app")?,
        class: LogGroupClass::Standard,
        kms_key: None,
        tags: special_character_tags(),
    })
}

/// Returns the log group that `spec` should produce.
fn expected(at: &Fixture, spec: &LogGroupSpec) -> LogGroup {
    let LogGroupSpec { name, class, kms_key, tags: _ } = spec.clone();
    LogGroup {
        arn: arn(at, &name),
        name,
        class,
        kms_key: kms_key.map(|key| key.to_string()),
        retention_days: None,
        stored_bytes: 0,
        deletion_protection: false,
        retention_policy: None,
        below: Vec::new(),
    }
}

/// Creates the log group, and checks that it matches `spec`.
async fn create(at: &Fixture, spec: &LogGroupSpec) -> Verdict<LogGroup> {
    let group = expected(at, spec);
    at.log_groups().create_log_group(spec).await?;
    reads!(at, at.log_groups().describe_log_group(&spec.name), group.clone());
    Ok(group)
}

fn days(days: u32) -> Verdict<RetentionDays> {
    Ok(RetentionDays::new(days)?)
}

async fn created_log_group_has_all_requested_attributes(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let group = create(at, &spec).await?;
    reads!(at, at.log_groups().list_log_group_tags(&group.arn), spec.tags.clone());
    Ok(())
}

async fn infrequent_access_log_group_is_created_with_its_key(at: &Fixture) -> Verdict {
    let kms_key = Some(at.kms_key(1));
    let spec = LogGroupSpec { class: LogGroupClass::InfrequentAccess, kms_key, ..spec(at)? };
    create(at, &spec).await.map(drop)
}

async fn minimal_log_group_has_standard_class_and_no_key_or_tags(at: &Fixture) -> Verdict {
    let group = create(at, &LogGroupSpec { tags: tags([]), ..spec(at)? }).await?;
    reads!(at, at.log_groups().list_log_group_tags(&group.arn), tags([]));
    Ok(())
}

async fn delivery_log_group_has_a_fixed_retention_of_two_days(at: &Fixture) -> Verdict {
    let (groups, spec) =
        (at.log_groups(), LogGroupSpec { class: LogGroupClass::Delivery, ..spec(at)? });
    groups.create_log_group(&spec).await?;
    let group = LogGroup { retention_days: Some(2), ..expected(at, &spec) };
    reads!(at, groups.describe_log_group(&spec.name), group.clone());
    let answer = "400 ValidationException: This operation is not supported for Delivery log class";
    let put = groups.put_retention_policy(&spec.name, days(14)?).await;
    at.refused(put, logs::PUT_RETENTION_POLICY, ErrorKind::InvalidInput, answer)?;
    let deleted = groups.delete_retention_policy(&spec.name).await;
    at.refused(deleted, logs::DELETE_RETENTION_POLICY, ErrorKind::InvalidInput, answer)
}

async fn create_fails_if_the_log_group_exists(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let group = create(at, &spec).await?;
    at.refused(
        at.log_groups().create_log_group(&LogGroupSpec { tags: tags([]), ..spec.clone() }).await,
        logs::CREATE_LOG_GROUP,
        ErrorKind::AlreadyExists,
        "400 ResourceAlreadyExistsException: The specified log group already exists",
    )?;
    equal(&at.log_groups().describe_log_group(&spec.name).await?, &group)?;
    equal(&at.log_groups().list_log_group_tags(&group.arn).await?, &spec.tags)
}

/// Checks that `CreateLogGroup` rejects the specification and creates nothing.
async fn create_refuses(at: &Fixture, spec: LogGroupSpec, answer: &str) -> Verdict {
    let outcome = at.log_groups().create_log_group(&spec).await;
    at.refused(outcome, logs::CREATE_LOG_GROUP, ErrorKind::InvalidInput, answer)?;
    at.absent(at.log_groups().describe_log_group(&spec.name).await, logs::DESCRIBE_LOG_GROUPS)
}

async fn create_rejects_an_unknown_class(at: &Fixture) -> Verdict {
    let class = LogGroupClass::Unknown("RARE".to_owned());
    let answer = "400 InvalidParameterException: 1 validation error detected: Value at \
                  'logGroupClass' failed to satisfy constraint: Member must satisfy enum value set: \
                  [STANDARD, INFREQUENT_ACCESS, DELIVERY]";
    create_refuses(at, LogGroupSpec { class, ..spec(at)? }, answer).await
}

async fn create_rejects_an_unknown_key(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let answer = format!(
        "400 InvalidParameterException: The specified KMS Key Id could not be found. '{}'",
        spec.name
    );
    let kms_key = Some(arn(at, &spec.name));
    create_refuses(at, LogGroupSpec { kms_key, ..spec }, &answer).await
}

async fn create_rejects_a_reserved_tag(at: &Fixture) -> Verdict {
    let tags = tags([("aws:x", "x")]);
    let answer = "400 InvalidParameterException: aws: prefixed tag key names are not allowed for external use.";
    create_refuses(at, LogGroupSpec { tags, ..spec(at)? }, answer).await
}

async fn prefix_of_a_log_group_name_is_not_found(at: &Fixture) -> Verdict {
    // CloudWatch Logs looks up log groups by name prefix. A search for `ap` finds
    // `app`, although no group is named `ap`.
    create(at, &spec(at)?).await?;
    let none = at.log_group("ap")?;
    at.absent(at.log_groups().describe_log_group(&none).await, logs::DESCRIBE_LOG_GROUPS)
}

async fn log_group_with_the_exact_name_is_found_on_any_page(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    let named = |suffix: &str| -> Verdict<LogGroupSpec> {
        Ok(LogGroupSpec { name: at.log_group(suffix)?, tags: tags([]), ..spec.clone() })
    };
    // CloudWatch Logs sorts groups by name and returns 50 per page. Create 51 groups with names
    // that start with `app`, but no group with the name `app` itself.
    for n in 10..61 {
        groups.create_log_group(&named(&format!("app-{n}"))?).await?;
    }
    at.absent(groups.describe_log_group(&spec.name).await, logs::DESCRIBE_LOG_GROUPS)?;
    // `_` sorts after the digits, so the group `app-_` is on the second page.
    let last = named("app-_")?;
    groups.create_log_group(&last).await?;
    reads!(at, groups.describe_log_group(&last.name), expected(at, &last));
    create(at, &spec).await.map(drop)
}

async fn deleting_an_absent_log_group_fails(at: &Fixture) -> Verdict {
    let deleted = at.log_groups().delete_log_group(&at.log_group("none")?).await;
    at.refused(deleted, logs::DELETE_LOG_GROUP, ErrorKind::NotFound, GONE)
}

async fn changing_the_retention_of_an_absent_log_group_fails(at: &Fixture) -> Verdict {
    let (groups, none) = (at.log_groups(), &at.log_group("none")?);
    let put = groups.put_retention_policy(none, days(14)?).await;
    at.refused(put, logs::PUT_RETENTION_POLICY, ErrorKind::NotFound, GONE)?;
    let deleted = groups.delete_retention_policy(none).await;
    at.refused(deleted, logs::DELETE_RETENTION_POLICY, ErrorKind::NotFound, GONE)
}

async fn changing_the_key_of_an_absent_log_group_fails(at: &Fixture) -> Verdict {
    let (groups, none) = (at.log_groups(), &at.log_group("none")?);
    let associated = groups.associate_kms_key(none, &at.kms_key(1)).await;
    at.refused(associated, logs::ASSOCIATE_KMS_KEY, ErrorKind::NotFound, GONE)?;
    let disassociated = groups.disassociate_kms_key(none).await;
    at.refused(disassociated, logs::DISASSOCIATE_KMS_KEY, ErrorKind::NotFound, GONE)
}

async fn counting_streams_of_an_absent_log_group_fails(at: &Fixture) -> Verdict {
    let counted = at.log_groups().count_log_streams(&at.log_group("none")?, 10).await;
    at.refused(counted, logs::DESCRIBE_LOG_STREAMS, ErrorKind::NotFound, GONE)
}

async fn tagging_an_absent_log_group_fails(at: &Fixture) -> Verdict {
    let (groups, absent) = (at.log_groups(), &arn(at, &at.log_group("none")?));
    let gone = ErrorKind::NotFound;
    let listed = groups.list_log_group_tags(absent).await;
    at.refused(listed, logs::LIST_TAGS_FOR_RESOURCE, gone, GONE)?;
    let tagged = groups.tag_log_group(absent, &tags([("a", "b")])).await;
    at.refused(tagged, logs::TAG_RESOURCE, gone, GONE)?;
    let untagged = groups.untag_log_group(absent, &owned(["a"])).await;
    at.refused(untagged, logs::UNTAG_RESOURCE, gone, GONE)
}

async fn every_retention_is_set_and_removed(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    let group = create(at, &spec).await?;
    for value in RetentionDays::ALLOWED {
        groups.put_retention_policy(&spec.name, days(value)?).await?;
        let kept = LogGroup { retention_days: Some(value), ..group.clone() };
        reads!(at, groups.describe_log_group(&spec.name), kept.clone());
    }
    for _ in 0..2 {
        groups.delete_retention_policy(&spec.name).await?;
        reads!(at, groups.describe_log_group(&spec.name), group.clone());
    }
    Ok(())
}

async fn deletion_protection_is_set_and_removed(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    let group = create(at, &spec).await?;
    for deletion_protection in [true, true, false, false] {
        groups.put_deletion_protection(&spec.name, deletion_protection).await?;
        let changed = LogGroup { deletion_protection, ..group.clone() };
        reads!(at, groups.describe_log_group(&spec.name), changed.clone());
    }
    Ok(())
}

async fn changing_the_deletion_protection_of_an_absent_log_group_fails(at: &Fixture) -> Verdict {
    let put = at.log_groups().put_deletion_protection(&at.log_group("none")?, true).await;
    at.refused(put, logs::PUT_LOG_GROUP_DELETION_PROTECTION, ErrorKind::NotFound, GONE)
}

async fn key_is_replaced_and_removed(at: &Fixture) -> Verdict {
    let (groups, spec) =
        (at.log_groups(), LogGroupSpec { kms_key: Some(at.kms_key(1)), ..spec(at)? });
    let group = create(at, &spec).await?;
    let other = at.kms_key(2);
    for _ in 0..2 {
        groups.associate_kms_key(&spec.name, &other).await?;
        let keyed = LogGroup { kms_key: Some(other.to_string()), ..group.clone() };
        reads!(at, groups.describe_log_group(&spec.name), keyed.clone());
    }
    for _ in 0..2 {
        groups.disassociate_kms_key(&spec.name).await?;
        let plain = LogGroup { kms_key: None, ..group.clone() };
        reads!(at, groups.describe_log_group(&spec.name), plain.clone());
    }
    Ok(())
}

async fn key_in_another_region_is_rejected(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    let group = create(at, &spec).await?;
    let far = Arn { region: "sa-east-1".to_owned(), ..at.kms_key(1) };
    let answer = format!(
        "400 InvalidParameterException: The specified KMS Key Id could not be found. '{}'",
        spec.name
    );
    let associated = groups.associate_kms_key(&spec.name, &far).await;
    at.refused(associated, logs::ASSOCIATE_KMS_KEY, ErrorKind::InvalidInput, &answer)?;
    equal(&groups.describe_log_group(&spec.name).await?, &group)
}

async fn log_group_rejects_changes_right_after_a_change(at: &Fixture) -> Verdict {
    let (groups, spec, busy) = (at.log_groups(), spec(at)?, ErrorKind::ChangeInProgress);
    groups.create_log_group(&spec).await?;
    let put = groups.put_retention_policy(&spec.name, days(14)?).await;
    at.refused(put, logs::PUT_RETENTION_POLICY, busy, BUSY)?;
    let deleted = groups.delete_retention_policy(&spec.name).await;
    at.refused(deleted, logs::DELETE_RETENTION_POLICY, busy, BUSY)?;
    let associated = groups.associate_kms_key(&spec.name, &at.kms_key(1)).await;
    at.refused(associated, logs::ASSOCIATE_KMS_KEY, busy, BUSY)?;
    let disassociated = groups.disassociate_kms_key(&spec.name).await;
    at.refused(disassociated, logs::DISASSOCIATE_KMS_KEY, busy, BUSY)?;
    at.refused(groups.delete_log_group(&spec.name).await, logs::DELETE_LOG_GROUP, busy, BUSY)?;
    equal(&groups.describe_log_group(&spec.name).await?, &expected(at, &spec))?;
    at.pass().await?;
    Ok(groups.put_retention_policy(&spec.name, days(14)?).await?)
}

async fn log_group_cannot_be_created_again_right_after_deletion(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    groups.create_log_group(&spec).await?;
    at.pass().await?;
    groups.delete_log_group(&spec.name).await?;
    let created = groups.create_log_group(&spec).await;
    at.refused(created, logs::CREATE_LOG_GROUP, ErrorKind::ChangeInProgress, BUSY)?;
    at.pass().await?;
    create(at, &spec).await.map(drop)
}

async fn deleted_log_group_can_be_created_again(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    create(at, &spec).await?;
    groups.put_retention_policy(&spec.name, days(14)?).await?;
    groups.delete_log_group(&spec.name).await?;
    at.absent(groups.describe_log_group(&spec.name).await, logs::DESCRIBE_LOG_GROUPS)?;
    // The new group has neither the tags nor the retention of the deleted group.
    let plain = LogGroupSpec { tags: tags([]), ..spec };
    let group = create(at, &plain).await?;
    reads!(at, groups.list_log_group_tags(&group.arn), tags([]));
    Ok(())
}

fn stream(group: &LogGroupName, stream: &str, event: Option<&str>) -> ExternalChange {
    let (group, stream) = (group.clone(), stream.to_owned());
    ExternalChange::AddLogStream { group, stream, event: event.map(str::to_owned) }
}

async fn log_group_is_deleted_with_its_events(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    create(at, &spec).await?;
    at.act(stream(&spec.name, "one", Some("hello"))).await?;
    reads!(at, groups.count_log_streams(&spec.name, 10), 1);
    groups.delete_log_group(&spec.name).await?;
    at.absent(groups.describe_log_group(&spec.name).await, logs::DESCRIBE_LOG_GROUPS)?;
    create(at, &spec).await?;
    equal(&groups.count_log_streams(&spec.name, 10).await?, &0)
}

async fn stored_bytes_are_counted(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    let group = create(at, &spec).await?;
    at.act(stream(&spec.name, "one", Some("hello"))).await?;
    // For each event, CloudWatch Logs counts the bytes of the message plus 26 bytes.
    let holds = LogGroup { stored_bytes: 31, ..group };
    reads!(at, groups.describe_log_group(&spec.name), holds.clone());
    Ok(())
}

async fn new_log_group_has_no_streams(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    create(at, &spec).await?;
    equal(&at.log_groups().count_log_streams(&spec.name, 500).await?, &0)
}

async fn streams_are_counted_across_pages_up_to_the_limit(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    create(at, &spec).await?;
    // CloudWatch Logs returns 50 streams per page.
    for n in 0..101 {
        at.act(stream(&spec.name, &format!("task/{n}"), None)).await?;
    }
    for (at_most, counted) in [(500, 101), (101, 101), (75, 75), (40, 40)] {
        reads!(at, groups.count_log_streams(&spec.name, at_most), counted);
    }
    Ok(())
}

async fn tags_are_added_and_removed(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    let group = create(at, &spec).await?;
    for _ in 0..2 {
        let set = tags([("Name", "other"), ("Team", "a + b")]);
        groups.tag_log_group(&group.arn, &set).await?;
        groups.untag_log_group(&group.arn, &owned(["ä ö", "absent"])).await?;
        let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
        reads!(at, groups.list_log_group_tags(&group.arn), left);
    }
    Ok(())
}

async fn more_than_50_tags_are_rejected_as_a_whole(at: &Fixture) -> Verdict {
    let (groups, spec) = (at.log_groups(), spec(at)?);
    let group = create(at, &spec).await?;
    at.refused(
        groups.tag_log_group(&group.arn, &many_tags(48)).await,
        logs::TAG_RESOURCE,
        ErrorKind::LimitExceeded,
        "400 TooManyTagsException: A resource can have no more than 50 tags.",
    )?;
    equal(&groups.list_log_group_tags(&group.arn).await?, &spec.tags)?;
    groups.tag_log_group(&group.arn, &many_tags(47)).await?;
    let found = groups.list_log_group_tags(&group.arn).await?;
    holds(found.len() == 50, format!("the log group has 50 tags: {found:?}"))
}

async fn tags_cannot_be_read_by_the_arn_with_a_wildcard(at: &Fixture) -> Verdict {
    let group = create(at, &spec(at)?).await?;
    let star = Arn { resource: format!("{}:*", group.arn.resource), ..group.arn };
    // The issue boto/boto3#4104 describes this error.
    at.refused(
        at.log_groups().list_log_group_tags(&star).await,
        logs::LIST_TAGS_FOR_RESOURCE,
        ErrorKind::InvalidInput,
        "400 ValidationException: Invalid resourceArn",
    )
}
