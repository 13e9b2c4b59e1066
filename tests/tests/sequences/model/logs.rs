//! CloudWatch Logs: log groups (retention, keys, tags and filters), streams, events, queries and
//! policies.
#![expect(deprecated, reason = "clients still tag log groups by name")]

mod deliveries;
mod filters;
mod resources;

use aws_sdk_cloudwatchlogs::types as sdk;
use infra_mock::api::OperationId;
use infra_mock::logs::{
    AssociateKmsKeyRequest, CreateLogGroupRequest, CreateLogStreamRequest, DataSourceFilter,
    DeleteAccountPolicyRequest, DeleteDataProtectionPolicyRequest, DeleteLogGroupRequest,
    DeleteLogStreamRequest, DeleteMetricFilterRequest, DeleteQueryDefinitionRequest,
    DeleteResourcePolicyRequest, DeleteRetentionPolicyRequest, DeleteSubscriptionFilterRequest,
    DescribeAccountPoliciesRequest, DescribeLogGroupsRequest, DescribeLogStreamsRequest,
    DescribeMetricFiltersRequest, DescribeQueriesRequest, DescribeQueryDefinitionsRequest,
    DescribeResourcePoliciesRequest, DescribeSubscriptionFiltersRequest, DisassociateKmsKeyRequest,
    Entity, FilterLogEventsRequest, GetDataProtectionPolicyRequest, GetLogEventsRequest,
    GetQueryResultsRequest, InputLogEvent, ListLogGroupsRequest, ListTagsForResourceRequest,
    ListTagsLogGroupRequest, MetricTransformation, PutAccountPolicyRequest,
    PutDataProtectionPolicyRequest, PutLogEventsRequest, PutLogGroupDeletionProtectionRequest,
    PutMetricFilterRequest, PutQueryDefinitionRequest, PutResourcePolicyRequest,
    PutRetentionPolicyRequest, PutSubscriptionFilterRequest, QueryParameter, StartQueryRequest,
    StopQueryRequest, TagFilter, TagLogGroupRequest, TagResourceRequest, TestMetricFilterRequest,
    UntagLogGroupRequest, UntagResourceRequest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::draw::{Text, either, keys, maybe, number, page, pairs, rather, step, text, token};
use super::{AnyStep, BySdk, Clients, Outcome, sent_by};

sent_by! { logs:
    DeleteAccountPolicyRequest { policy_name, policy_type, dry_run } => delete_account_policy
        .set_policy_name(policy_name)
        .set_policy_type(policy_type.map(|value| value.as_str().into()))
        .set_dry_run(dry_run);
    DeleteDataProtectionPolicyRequest { log_group_identifier } => delete_data_protection_policy
        .set_log_group_identifier(log_group_identifier);
    DeleteLogStreamRequest { log_group_name, log_stream_name } => delete_log_stream
        .set_log_group_name(log_group_name)
        .set_log_stream_name(log_stream_name);
    DeleteMetricFilterRequest { log_group_name, filter_name } => delete_metric_filter
        .set_log_group_name(log_group_name)
        .set_filter_name(filter_name);
    DeleteQueryDefinitionRequest { query_definition_id } => delete_query_definition
        .set_query_definition_id(query_definition_id);
    DeleteResourcePolicyRequest { policy_name, resource_arn, expected_revision_id } => delete_resource_policy
        .set_policy_name(policy_name)
        .set_resource_arn(resource_arn)
        .set_expected_revision_id(expected_revision_id);
    DeleteSubscriptionFilterRequest { log_group_name, filter_name } => delete_subscription_filter
        .set_log_group_name(log_group_name)
        .set_filter_name(filter_name);
    DescribeAccountPoliciesRequest { policy_type, policy_name, account_identifiers, next_token } => describe_account_policies
        .set_policy_type(policy_type.map(|value| value.as_str().into()))
        .set_policy_name(policy_name)
        .set_account_identifiers(account_identifiers)
        .set_next_token(next_token);
    DescribeMetricFiltersRequest { log_group_name, filter_name_prefix, next_token, limit, metric_name, metric_namespace } => describe_metric_filters
        .set_log_group_name(log_group_name)
        .set_filter_name_prefix(filter_name_prefix)
        .set_next_token(next_token)
        .set_limit(limit)
        .set_metric_name(metric_name)
        .set_metric_namespace(metric_namespace);
    DescribeQueriesRequest { log_group_name, status, max_results, next_token, query_language } => describe_queries
        .set_log_group_name(log_group_name)
        .set_status(status.map(|value| value.as_str().into()))
        .set_max_results(max_results)
        .set_next_token(next_token)
        .set_query_language(query_language.map(|value| value.as_str().into()));
    DescribeQueryDefinitionsRequest { query_language, query_definition_name_prefix, max_results, next_token } => describe_query_definitions
        .set_query_language(query_language.map(|value| value.as_str().into()))
        .set_query_definition_name_prefix(query_definition_name_prefix)
        .set_max_results(max_results)
        .set_next_token(next_token);
    DescribeResourcePoliciesRequest { next_token, limit, resource_arn, policy_scope } => describe_resource_policies
        .set_next_token(next_token)
        .set_limit(limit)
        .set_resource_arn(resource_arn)
        .set_policy_scope(policy_scope.map(|value| value.as_str().into()));
    DescribeSubscriptionFiltersRequest { log_group_name, filter_name_prefix, next_token, limit } => describe_subscription_filters
        .set_log_group_name(log_group_name)
        .set_filter_name_prefix(filter_name_prefix)
        .set_next_token(next_token)
        .set_limit(limit);
    FilterLogEventsRequest { log_group_name, log_group_identifier, log_stream_names, log_stream_name_prefix, start_time, end_time, filter_pattern, next_token, limit, start_from_head, interleaved, unmask } => filter_log_events
        .set_log_group_name(log_group_name)
        .set_log_group_identifier(log_group_identifier)
        .set_log_stream_names(log_stream_names)
        .set_log_stream_name_prefix(log_stream_name_prefix)
        .set_start_time(start_time)
        .set_end_time(end_time)
        .set_filter_pattern(filter_pattern)
        .set_next_token(next_token)
        .set_limit(limit)
        .set_start_from_head(start_from_head)
        .set_interleaved(interleaved)
        .set_unmask(unmask);
    GetDataProtectionPolicyRequest { log_group_identifier } => get_data_protection_policy
        .set_log_group_identifier(log_group_identifier);
    GetQueryResultsRequest { query_id, next_token, max_items } => get_query_results
        .set_query_id(query_id)
        .set_next_token(next_token)
        .set_max_items(max_items);
    ListLogGroupsRequest { log_group_name_pattern, log_group_class, include_linked_accounts, account_identifiers, next_token, limit, data_sources, field_index_names, log_group_tags } => list_log_groups
        .set_log_group_name_pattern(log_group_name_pattern)
        .set_log_group_class(log_group_class.map(|value| value.as_str().into()))
        .set_include_linked_accounts(include_linked_accounts)
        .set_account_identifiers(account_identifiers)
        .set_next_token(next_token)
        .set_limit(limit)
        .set_data_sources(list(data_sources, data_source_filter))
        .set_field_index_names(field_index_names)
        .set_log_group_tags(list(log_group_tags, tag_filter));
    PutAccountPolicyRequest { policy_name, policy_document, policy_type, scope, selection_criteria, dry_run } => put_account_policy
        .set_policy_name(policy_name)
        .set_policy_document(policy_document)
        .set_policy_type(policy_type.map(|value| value.as_str().into()))
        .set_scope(scope.map(|value| value.as_str().into()))
        .set_selection_criteria(selection_criteria)
        .set_dry_run(dry_run);
    PutDataProtectionPolicyRequest { log_group_identifier, policy_document } => put_data_protection_policy
        .set_log_group_identifier(log_group_identifier)
        .set_policy_document(policy_document);
    PutMetricFilterRequest { log_group_name, filter_name, filter_pattern, metric_transformations, apply_on_transformed_logs, field_selection_criteria, emit_system_field_dimensions } => put_metric_filter
        .set_log_group_name(log_group_name)
        .set_filter_name(filter_name)
        .set_filter_pattern(filter_pattern)
        .set_metric_transformations(list(metric_transformations, metric_transformation))
        .set_apply_on_transformed_logs(apply_on_transformed_logs)
        .set_field_selection_criteria(field_selection_criteria)
        .set_emit_system_field_dimensions(emit_system_field_dimensions);
    PutQueryDefinitionRequest { query_language, name, query_definition_id, log_group_names, query_string, client_token, parameters } => put_query_definition
        .set_query_language(query_language.map(|value| value.as_str().into()))
        .set_name(name)
        .set_query_definition_id(query_definition_id)
        .set_log_group_names(log_group_names)
        .set_query_string(query_string)
        .set_client_token(client_token)
        .set_parameters(list(parameters, query_parameter));
    PutResourcePolicyRequest { policy_name, policy_document, resource_arn, expected_revision_id } => put_resource_policy
        .set_policy_name(policy_name)
        .set_policy_document(policy_document)
        .set_resource_arn(resource_arn)
        .set_expected_revision_id(expected_revision_id);
    PutSubscriptionFilterRequest { log_group_name, filter_name, filter_pattern, destination_arn, role_arn, distribution, apply_on_transformed_logs, field_selection_criteria, emit_system_fields } => put_subscription_filter
        .set_log_group_name(log_group_name)
        .set_filter_name(filter_name)
        .set_filter_pattern(filter_pattern)
        .set_destination_arn(destination_arn)
        .set_role_arn(role_arn)
        .set_distribution(distribution.map(|value| value.as_str().into()))
        .set_apply_on_transformed_logs(apply_on_transformed_logs)
        .set_field_selection_criteria(field_selection_criteria)
        .set_emit_system_fields(emit_system_fields);
    StartQueryRequest { query_language, log_group_name, log_group_names, log_group_identifiers, start_time, end_time, query_string, limit } => start_query
        .set_query_language(query_language.map(|value| value.as_str().into()))
        .set_log_group_name(log_group_name)
        .set_log_group_names(log_group_names)
        .set_log_group_identifiers(log_group_identifiers)
        .set_start_time(start_time)
        .set_end_time(end_time)
        .set_query_string(query_string)
        .set_limit(limit);
    StopQueryRequest { query_id } => stop_query
        .set_query_id(query_id);
    TestMetricFilterRequest { filter_pattern, log_event_messages } => test_metric_filter
        .set_filter_pattern(filter_pattern)
        .set_log_event_messages(log_event_messages);
    AssociateKmsKeyRequest { log_group_name, kms_key_id, resource_identifier } => associate_kms_key
        .set_log_group_name(log_group_name)
        .set_kms_key_id(kms_key_id)
        .set_resource_identifier(resource_identifier);
    CreateLogGroupRequest {
        log_group_name, kms_key_id, tags, log_group_class, deletion_protection_enabled,
    } => create_log_group
        .set_log_group_name(log_group_name)
        .set_kms_key_id(kms_key_id)
        .set_tags(tags.map(|tags| tags.into_iter().collect()))
        .set_log_group_class(log_group_class.map(|class| class.as_str().into()))
        .set_deletion_protection_enabled(deletion_protection_enabled);
    CreateLogStreamRequest { log_group_name, log_stream_name } => create_log_stream
        .set_log_group_name(log_group_name)
        .set_log_stream_name(log_stream_name);
    DeleteLogGroupRequest { log_group_name } => delete_log_group
        .set_log_group_name(log_group_name);
    DeleteRetentionPolicyRequest { log_group_name } => delete_retention_policy
        .set_log_group_name(log_group_name);
    DescribeLogGroupsRequest {
        account_identifiers, log_group_name_prefix, log_group_name_pattern, next_token, limit,
        include_linked_accounts, log_group_class, log_group_identifiers,
    } => describe_log_groups
        .set_account_identifiers(account_identifiers)
        .set_log_group_name_prefix(log_group_name_prefix)
        .set_log_group_name_pattern(log_group_name_pattern)
        .set_next_token(next_token)
        .set_limit(limit)
        .set_include_linked_accounts(include_linked_accounts)
        .set_log_group_class(log_group_class.map(|class| class.as_str().into()))
        .set_log_group_identifiers(log_group_identifiers);
    DescribeLogStreamsRequest {
        log_group_name, log_group_identifier, log_stream_name_prefix, order_by, descending,
        next_token, limit,
    } => describe_log_streams
        .set_log_group_name(log_group_name)
        .set_log_group_identifier(log_group_identifier)
        .set_log_stream_name_prefix(log_stream_name_prefix)
        .set_order_by(order_by.map(|order| order.as_str().into()))
        .set_descending(descending)
        .set_next_token(next_token)
        .set_limit(limit);
    DisassociateKmsKeyRequest { log_group_name, resource_identifier } => disassociate_kms_key
        .set_log_group_name(log_group_name)
        .set_resource_identifier(resource_identifier);
    GetLogEventsRequest {
        log_group_name, log_group_identifier, log_stream_name, start_time, end_time, next_token,
        limit, start_from_head, unmask,
    } => get_log_events
        .set_log_group_name(log_group_name)
        .set_log_group_identifier(log_group_identifier)
        .set_log_stream_name(log_stream_name)
        .set_start_time(start_time)
        .set_end_time(end_time)
        .set_next_token(next_token)
        .set_limit(limit)
        .set_start_from_head(start_from_head)
        .set_unmask(unmask);
    ListTagsForResourceRequest { resource_arn } => list_tags_for_resource
        .set_resource_arn(resource_arn);
    ListTagsLogGroupRequest { log_group_name } => list_tags_log_group
        .set_log_group_name(log_group_name);
    PutLogEventsRequest {
        log_group_name, log_stream_name, log_events, sequence_token, entity,
    } => put_log_events
        .set_log_group_name(log_group_name)
        .set_log_stream_name(log_stream_name)
        .set_log_events(log_events.map(|events| events.into_iter().map(event).collect()))
        .set_sequence_token(sequence_token)
        .set_entity(entity.map(self::entity));
    PutLogGroupDeletionProtectionRequest {
        log_group_identifier, deletion_protection_enabled,
    } => put_log_group_deletion_protection
        .set_log_group_identifier(log_group_identifier)
        .set_deletion_protection_enabled(deletion_protection_enabled);
    PutRetentionPolicyRequest { log_group_name, retention_in_days } => put_retention_policy
        .set_log_group_name(log_group_name)
        .set_retention_in_days(retention_in_days);
    TagLogGroupRequest { log_group_name, tags } => tag_log_group
        .set_log_group_name(log_group_name)
        .set_tags(tags.map(|tags| tags.into_iter().collect()));
    TagResourceRequest { resource_arn, tags } => tag_resource
        .set_resource_arn(resource_arn)
        .set_tags(tags.map(|tags| tags.into_iter().collect()));
    UntagLogGroupRequest { log_group_name, tags } => untag_log_group
        .set_log_group_name(log_group_name)
        .set_tags(tags);
    UntagResourceRequest { resource_arn, tag_keys } => untag_resource
        .set_resource_arn(resource_arn)
        .set_tag_keys(tag_keys);
}

fn list<T, U>(items: Option<Vec<T>>, convert: impl Fn(T) -> U) -> Option<Vec<U>> {
    items.map(|items| items.into_iter().map(convert).collect())
}

fn data_source_filter(value: DataSourceFilter) -> sdk::DataSourceFilter {
    let DataSourceFilter { name, r#type } = value;
    sdk::DataSourceFilter::builder()
        .set_name(name)
        .set_type(r#type)
        .build()
        .expect("the model sets the required members")
}

fn tag_filter(value: TagFilter) -> sdk::TagFilter {
    let TagFilter { key, values } = value;
    sdk::TagFilter::builder()
        .set_key(key)
        .set_values(values)
        .build()
        .expect("the model sets the required members")
}

fn metric_transformation(value: MetricTransformation) -> sdk::MetricTransformation {
    let MetricTransformation {
        metric_name,
        metric_namespace,
        metric_value,
        default_value,
        dimensions,
        unit,
    } = value;
    sdk::MetricTransformation::builder()
        .set_metric_name(metric_name)
        .set_metric_namespace(metric_namespace)
        .set_metric_value(metric_value)
        .set_default_value(default_value)
        .set_dimensions(dimensions.map(|pairs| pairs.into_iter().collect()))
        .set_unit(unit.map(|value| value.as_str().into()))
        .build()
        .expect("the model sets the required members")
}

fn query_parameter(value: QueryParameter) -> sdk::QueryParameter {
    let QueryParameter { name, default_value, description } = value;
    sdk::QueryParameter::builder()
        .set_name(name)
        .set_default_value(default_value)
        .set_description(description)
        .build()
        .expect("the model sets the required members")
}

fn event(event: InputLogEvent) -> sdk::InputLogEvent {
    let InputLogEvent { timestamp, message } = event;
    sdk::InputLogEvent::builder()
        .set_timestamp(timestamp)
        .set_message(message)
        .build()
        .expect("the model sets every event time and message")
}

fn entity(entity: Entity) -> sdk::Entity {
    let Entity { key_attributes, attributes } = entity;
    sdk::Entity::builder()
        .set_key_attributes(key_attributes.map(|pairs| pairs.into_iter().collect()))
        .set_attributes(attributes.map(|pairs| pairs.into_iter().collect()))
        .build()
}

const ARNS: &[&str] = &[
    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a",
    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/b",
];
const BAD_ARNS: &[&str] = &[
    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a:*",
    "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/a",
    "arn:aws:logs:us-east-1:123456789012:log-group:none",
    "no arn",
    "",
];
const KEYS: &[&str] =
    &["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"];
const BAD: &[&str] = &["no such name!", "none", ""];

fn group(odd: u32) -> Text {
    text(odd, &["/ecs/a", "/ecs/a", "/ecs/b", "other"], BAD)
}

fn stream(odd: u32) -> Text {
    text(odd, &["s1", "s1", "s2"], &["with:colon", "with*star", "none", ""])
}

fn arn(odd: u32) -> Text {
    const GOOD: &[&str] = &[ARNS[0], ARNS[1], "arn:aws:logs:us-east-1:123456789012:destination:d1"];
    text(odd, GOOD, BAD_ARNS)
}

/// Draws the name or the ARN of a log group.
fn identifier(odd: u32) -> Text {
    const GOOD: &[&str] = &["/ecs/a", "/ecs/b", ARNS[0]];
    text(odd, GOOD, BAD_ARNS)
}

/// Draws one or more tags, or an empty list for an invalid request.
fn some_pairs(odd: u32) -> BoxedStrategy<Vec<(String, String)>> {
    let some = pairs(odd).prop_map(|mut pairs| {
        if pairs.is_empty() {
            pairs.push(("Name".to_owned(), String::new()));
        }
        pairs
    });
    rather(odd, some.boxed(), Just(Vec::new()).boxed())
}

/// Returns the operations that the submodules draw.
pub(super) fn drawn_below() -> Vec<OperationId> {
    [deliveries::DRAWN, resources::DRAWN].concat()
}

/// Draws requests to CloudWatch Logs.
pub(super) fn steps(odd: u32, now: i64) -> BoxedStrategy<AnyStep> {
    either(vec![
        (6, groups(odd)),
        (4, settings(odd)),
        (4, tags(odd)),
        (6, streams(odd, now)),
        (3, filters::filters(odd)),
        (2, filters::policies(odd)),
        (2, filters::queries(odd, now)),
        (2, deliveries::deliveries(odd)),
        (1, resources::destinations(odd)),
        (1, resources::detectors(odd)),
        (2, resources::indexes(odd, now)),
    ])
}

fn groups(odd: u32) -> BoxedStrategy<AnyStep> {
    let class = maybe(odd, &["STANDARD", "INFREQUENT_ACCESS"], &["MOON", "DELIVERY"]);
    let create = (
        group(odd),
        prop_oneof![4 => Just(None), 1 => text(odd, KEYS, &["no key"])],
        option::of(some_pairs(odd)),
        class.clone(),
        prop_oneof![6 => Just(None), 1 => any::<bool>().prop_map(Some)],
    );
    let describe = (
        maybe(odd, &["/ecs/", "/ecs/a", "o"], &["no such name!"]),
        token(odd),
        page(odd),
        prop_oneof![6 => Just(None), 1 => class],
        rather(odd, Just(None).boxed(), maybe(0, &["ecs", "ther"], &[])),
    );
    either(vec![
        (
            4,
            step(create.prop_map(
                |(
                    log_group_name,
                    kms_key_id,
                    tags,
                    log_group_class,
                    deletion_protection_enabled,
                )| {
                    CreateLogGroupRequest {
                        log_group_name,
                        kms_key_id,
                        tags: tags.map(|tags| tags.into_iter().collect()),
                        log_group_class,
                        deletion_protection_enabled,
                    }
                },
            )),
        ),
        (
            4,
            step(describe.prop_map(
                |(
                    log_group_name_prefix,
                    next_token,
                    limit,
                    log_group_class,
                    log_group_name_pattern,
                )| DescribeLogGroupsRequest {
                    log_group_name_prefix,
                    next_token,
                    limit,
                    log_group_class,
                    log_group_name_pattern,
                    ..Default::default()
                },
            )),
        ),
        (2, step(group(odd).prop_map(|log_group_name| DeleteLogGroupRequest { log_group_name }))),
    ])
}

fn settings(odd: u32) -> BoxedStrategy<AnyStep> {
    let days = number(odd, &[1, 14, 30, 3653], &[0, 2, -1, 100_000]);
    let key = || text(odd, KEYS, &["no key", ""]);
    either(vec![
        (
            4,
            step((group(odd), days).prop_map(|(log_group_name, retention_in_days)| {
                PutRetentionPolicyRequest { log_group_name, retention_in_days }
            })),
        ),
        (
            2,
            step(
                group(odd)
                    .prop_map(|log_group_name| DeleteRetentionPolicyRequest { log_group_name }),
            ),
        ),
        (
            1,
            step((group(odd), key()).prop_map(|(log_group_name, kms_key_id)| {
                AssociateKmsKeyRequest { log_group_name, kms_key_id, resource_identifier: None }
            })),
        ),
        (
            1,
            step(group(odd).prop_map(|log_group_name| DisassociateKmsKeyRequest {
                log_group_name,
                resource_identifier: None,
            })),
        ),
        (
            1,
            step((identifier(odd), any::<bool>()).prop_map(|(log_group_identifier, is)| {
                PutLogGroupDeletionProtectionRequest {
                    log_group_identifier,
                    deletion_protection_enabled: Some(is),
                }
            })),
        ),
    ])
}

fn tags(odd: u32) -> BoxedStrategy<AnyStep> {
    let map = || some_pairs(odd).prop_map(|pairs| Some(pairs.into_iter().collect()));
    either(vec![
        (
            2,
            step(
                (arn(odd), map())
                    .prop_map(|(resource_arn, tags)| TagResourceRequest { resource_arn, tags }),
            ),
        ),
        (
            1,
            step((arn(odd), keys(odd)).prop_map(|(resource_arn, keys)| UntagResourceRequest {
                resource_arn,
                tag_keys: Some(keys),
            })),
        ),
        (2, step(arn(odd).prop_map(|resource_arn| ListTagsForResourceRequest { resource_arn }))),
        (
            2,
            step(
                (group(odd), map())
                    .prop_map(|(log_group_name, tags)| TagLogGroupRequest { log_group_name, tags }),
            ),
        ),
        (
            1,
            step((group(odd), keys(odd)).prop_map(|(log_group_name, keys)| UntagLogGroupRequest {
                log_group_name,
                tags: Some(keys),
            })),
        ),
        (1, step(group(odd).prop_map(|log_group_name| ListTagsLogGroupRequest { log_group_name }))),
    ])
}

fn streams(odd: u32, now: i64) -> BoxedStrategy<AnyStep> {
    const DAY: i64 = 86_400_000;
    let time = rather(
        odd,
        select(vec![now - 1, now, now + 1]).boxed(),
        select(vec![now - 15 * DAY, now + DAY, 0]).boxed(),
    );
    let message = text(odd, &["one", "two\nlines", "ü"], &[""]);
    let event = (time, message).prop_map(|(timestamp, message)| InputLogEvent {
        timestamp: Some(timestamp),
        message: Some(message.unwrap_or_default()),
    });
    // In a valid request, the events are in chronological order.
    let events = vec(event.clone(), 1..4).prop_map(|mut events| {
        events.sort_by_key(|event| event.timestamp);
        events
    });
    let events = rather(odd, events.boxed(), vec(event, 0..3).boxed());
    let order = maybe(odd, &["LogStreamName", "LastEventTime"], &["ClusterQuirk"]);
    let describe = (
        group(odd),
        maybe(odd, &["s", "s1"], &["with:colon"]),
        order,
        any::<Option<bool>>(),
        token(odd),
        page(odd),
    );
    let read = (group(odd), stream(odd), any::<Option<bool>>(), token(odd), page(odd));
    either(vec![
        (
            3,
            step((group(odd), stream(odd)).prop_map(|(log_group_name, log_stream_name)| {
                CreateLogStreamRequest { log_group_name, log_stream_name }
            })),
        ),
        (
            2,
            step(describe.prop_map(
                |(
                    log_group_name,
                    log_stream_name_prefix,
                    order_by,
                    descending,
                    next_token,
                    limit,
                )| DescribeLogStreamsRequest {
                    log_group_name,
                    log_stream_name_prefix,
                    order_by,
                    descending,
                    next_token,
                    limit,
                    log_group_identifier: None,
                },
            )),
        ),
        (
            3,
            step((group(odd), stream(odd), events).prop_map(
                |(log_group_name, log_stream_name, events)| PutLogEventsRequest {
                    log_group_name,
                    log_stream_name,
                    log_events: Some(events),
                    sequence_token: None,
                    entity: None,
                },
            )),
        ),
        (
            3,
            step(read.prop_map(
                |(log_group_name, log_stream_name, start_from_head, next_token, limit)| {
                    GetLogEventsRequest {
                        log_group_name,
                        log_stream_name,
                        start_from_head,
                        next_token,
                        limit,
                        ..Default::default()
                    }
                },
            )),
        ),
    ])
}
