//! CloudWatch Logs: destinations, anomaly detectors, index policies, and the fields of log events.

use infra_mock::logs::{
    CreateLogAnomalyDetectorRequest, DeleteDestinationRequest, DeleteIndexPolicyRequest,
    DeleteLogAnomalyDetectorRequest, DescribeDestinationsRequest, DescribeFieldIndexesRequest,
    DescribeIndexPoliciesRequest, GetLogAnomalyDetectorRequest, GetLogGroupFieldsRequest,
    GetLogRecordRequest, ListAnomaliesRequest, ListLogAnomalyDetectorsRequest,
    ListLogGroupsForQueryRequest, PutBearerTokenAuthenticationRequest, PutDestinationPolicyRequest,
    PutDestinationRequest, PutIndexPolicyRequest, UpdateLogAnomalyDetectorRequest,
};
use proptest::option;
use proptest::prelude::*;

use super::super::draw::{Text, either, maybe, page, step, text, token};
use super::super::{AnyStep, LAST_DETECTOR, sent_by};
use super::{ARNS, BAD_ARNS, group, identifier, some_pairs};

sent_by! { logs:
    CreateLogAnomalyDetectorRequest {
        log_group_arn_list, detector_name, evaluation_frequency, filter_pattern, kms_key_id, anomaly_visibility_time, tags,
    } => create_log_anomaly_detector
        .set_log_group_arn_list(log_group_arn_list)
        .set_detector_name(detector_name)
        .set_evaluation_frequency(evaluation_frequency.map(|value| value.as_str().into()))
        .set_filter_pattern(filter_pattern)
        .set_kms_key_id(kms_key_id)
        .set_anomaly_visibility_time(anomaly_visibility_time)
        .set_tags(tags.map(|tags| tags.into_iter().collect()));
    DeleteDestinationRequest { destination_name } => delete_destination
        .set_destination_name(destination_name);
    DeleteIndexPolicyRequest { log_group_identifier } => delete_index_policy
        .set_log_group_identifier(log_group_identifier);
    DeleteLogAnomalyDetectorRequest { anomaly_detector_arn } => delete_log_anomaly_detector
        .set_anomaly_detector_arn(anomaly_detector_arn);
    DescribeDestinationsRequest { destination_name_prefix, next_token, limit } => describe_destinations
        .set_destination_name_prefix(destination_name_prefix)
        .set_next_token(next_token)
        .set_limit(limit);
    DescribeFieldIndexesRequest { log_group_identifiers, index_categories, next_token } => describe_field_indexes
        .set_log_group_identifiers(log_group_identifiers)
        .set_index_categories(index_categories.map(|all| all.iter().map(|it| it.as_str().into()).collect()))
        .set_next_token(next_token);
    DescribeIndexPoliciesRequest { log_group_identifiers, next_token } => describe_index_policies
        .set_log_group_identifiers(log_group_identifiers)
        .set_next_token(next_token);
    GetLogAnomalyDetectorRequest { anomaly_detector_arn } => get_log_anomaly_detector
        .set_anomaly_detector_arn(anomaly_detector_arn);
    GetLogGroupFieldsRequest { log_group_name, time, log_group_identifier } => get_log_group_fields
        .set_log_group_name(log_group_name)
        .set_time(time)
        .set_log_group_identifier(log_group_identifier);
    GetLogRecordRequest { log_record_pointer, unmask } => get_log_record
        .set_log_record_pointer(log_record_pointer)
        .set_unmask(unmask);
    ListAnomaliesRequest { anomaly_detector_arn, suppression_state, limit, next_token } => list_anomalies
        .set_anomaly_detector_arn(anomaly_detector_arn)
        .set_suppression_state(suppression_state.map(|value| value.as_str().into()))
        .set_limit(limit)
        .set_next_token(next_token);
    ListLogAnomalyDetectorsRequest { filter_log_group_arn, limit, next_token } => list_log_anomaly_detectors
        .set_filter_log_group_arn(filter_log_group_arn)
        .set_limit(limit)
        .set_next_token(next_token);
    ListLogGroupsForQueryRequest { query_id, next_token, max_results } => list_log_groups_for_query
        .set_query_id(query_id)
        .set_next_token(next_token)
        .set_max_results(max_results);
    PutBearerTokenAuthenticationRequest { log_group_identifier, bearer_token_authentication_enabled } => put_bearer_token_authentication
        .set_log_group_identifier(log_group_identifier)
        .set_bearer_token_authentication_enabled(bearer_token_authentication_enabled);
    PutDestinationPolicyRequest { destination_name, access_policy, force_update } => put_destination_policy
        .set_destination_name(destination_name)
        .set_access_policy(access_policy)
        .set_force_update(force_update);
    PutDestinationRequest { destination_name, target_arn, role_arn, tags } => put_destination
        .set_destination_name(destination_name)
        .set_target_arn(target_arn)
        .set_role_arn(role_arn)
        .set_tags(tags.map(|tags| tags.into_iter().collect()));
    PutIndexPolicyRequest { log_group_identifier, policy_document } => put_index_policy
        .set_log_group_identifier(log_group_identifier)
        .set_policy_document(policy_document);
    UpdateLogAnomalyDetectorRequest {
        anomaly_detector_arn, evaluation_frequency, filter_pattern, anomaly_visibility_time, enabled,
    } => update_log_anomaly_detector
        .set_anomaly_detector_arn(anomaly_detector_arn)
        .set_evaluation_frequency(evaluation_frequency.map(|value| value.as_str().into()))
        .set_filter_pattern(filter_pattern)
        .set_anomaly_visibility_time(anomaly_visibility_time)
        .set_enabled(enabled);
}

pub(super) fn destinations(odd: u32) -> BoxedStrategy<AnyStep> {
    let name = || text(odd, &["d1", "d2"], &["with:colon", "none", ""]);
    let target = text(odd, &["arn:aws:kinesis:us-east-1:123456789012:stream/app"], &["no arn", ""]);
    let role = text(odd, &["arn:aws:iam::123456789012:role/app"], &[""]);
    let put = (name(), target, role, option::of(some_pairs(odd))).prop_map(
        |(destination_name, target_arn, role_arn, tags)| PutDestinationRequest {
            destination_name,
            target_arn,
            role_arn,
            tags: tags.map(|tags| tags.into_iter().collect()),
        },
    );
    let policy = text(
        odd,
        &[
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"logs:PutSubscriptionFilter","Resource":"*"}]}"#,
        ],
        &["{}", "no policy"],
    );
    let set = (name(), policy, any::<Option<bool>>()).prop_map(
        |(destination_name, access_policy, force_update)| PutDestinationPolicyRequest {
            destination_name,
            access_policy,
            force_update,
        },
    );
    let describe = (maybe(odd, &["d", "d1"], &["with:colon"]), token(odd), page(odd)).prop_map(
        |(destination_name_prefix, next_token, limit)| DescribeDestinationsRequest {
            destination_name_prefix,
            next_token,
            limit,
        },
    );
    either(vec![
        (3, step(put)),
        (2, step(set)),
        (2, step(describe)),
        (
            1,
            step(name().prop_map(|destination_name| DeleteDestinationRequest { destination_name })),
        ),
    ])
}

pub(super) fn detectors(odd: u32) -> BoxedStrategy<AnyStep> {
    let arn = || -> Text { text(odd, &[LAST_DETECTOR], BAD_ARNS) };
    let frequency = || maybe(odd, &["FIVE_MIN", "ONE_HOUR"], &["NEVER"]);
    let pattern = || maybe(odd, &["one", "{ $.a = 1 }"], &["a@b"]);
    let days = || prop_oneof![3 => Just(None), 2 => Just(Some(7_i64)), 1 => Just(Some(90))];
    let create = (
        text(odd, ARNS, BAD_ARNS),
        maybe(odd, &["detector"], &[""]),
        frequency(),
        pattern(),
        days(),
        option::of(some_pairs(odd)),
    );
    let update = (arn(), frequency(), pattern(), days(), any::<bool>());
    either(vec![
        (
            3,
            step(create.prop_map(
                |(arn, detector_name, evaluation_frequency, filter_pattern, days, tags)| {
                    CreateLogAnomalyDetectorRequest {
                        log_group_arn_list: arn.map(|arn| vec![arn]),
                        detector_name,
                        evaluation_frequency,
                        filter_pattern,
                        kms_key_id: None,
                        anomaly_visibility_time: days,
                        tags: tags.map(|tags| tags.into_iter().collect()),
                    }
                },
            )),
        ),
        (
            2,
            step(update.prop_map(|(arn, evaluation_frequency, filter_pattern, days, enabled)| {
                UpdateLogAnomalyDetectorRequest {
                    anomaly_detector_arn: arn,
                    evaluation_frequency,
                    filter_pattern,
                    anomaly_visibility_time: days,
                    enabled: Some(enabled),
                }
            })),
        ),
        (
            2,
            step(arn().prop_map(|anomaly_detector_arn| GetLogAnomalyDetectorRequest {
                anomaly_detector_arn,
            })),
        ),
        (
            2,
            step((page(odd), token(odd)).prop_map(|(limit, next_token)| {
                ListLogAnomalyDetectorsRequest { limit, next_token, ..Default::default() }
            })),
        ),
        (
            1,
            step(arn().prop_map(|anomaly_detector_arn| ListAnomaliesRequest {
                anomaly_detector_arn,
                ..Default::default()
            })),
        ),
        (
            1,
            step(arn().prop_map(|anomaly_detector_arn| DeleteLogAnomalyDetectorRequest {
                anomaly_detector_arn,
            })),
        ),
    ])
}

pub(super) fn indexes(odd: u32, now: i64) -> BoxedStrategy<AnyStep> {
    let document = text(
        odd,
        &[r#"{"Fields":["a","b"]}"#, r#"{"Fields":["b"],"FieldsV2":{"c":{"type":"FACET"}}}"#],
        &["{}", "no policy"],
    );
    let groups = || identifier(odd).prop_map(|identifier| identifier.map(|it| vec![it]));
    let category = maybe(odd, &["CUSTOM", "INACTIVE", "DEFAULT"], &["OTHER"]);
    // Only the mock uses this format for log record pointers.
    let pointer = Just(Some("123456789012:/ecs/a:s1:1:1".to_owned()));
    either(vec![
        (
            2,
            step((identifier(odd), document).prop_map(
                |(log_group_identifier, policy_document)| PutIndexPolicyRequest {
                    log_group_identifier,
                    policy_document,
                },
            )),
        ),
        (
            2,
            step(groups().prop_map(|log_group_identifiers| DescribeIndexPoliciesRequest {
                log_group_identifiers,
                next_token: None,
            })),
        ),
        (
            2,
            step((groups(), category, token(odd)).prop_map(
                |(log_group_identifiers, category, next_token)| DescribeFieldIndexesRequest {
                    log_group_identifiers,
                    index_categories: category.map(|category| vec![category]),
                    next_token,
                },
            )),
        ),
        (
            1,
            step(identifier(odd).prop_map(|log_group_identifier| DeleteIndexPolicyRequest {
                log_group_identifier,
            })),
        ),
        (
            2,
            step((group(odd), any::<bool>()).prop_map(move |(log_group_name, is_recent)| {
                GetLogGroupFieldsRequest {
                    log_group_name,
                    time: (!is_recent).then_some(now / 1000),
                    log_group_identifier: None,
                }
            })),
        ),
        (
            1,
            step(pointer.prop_map(|log_record_pointer| GetLogRecordRequest {
                log_record_pointer,
                unmask: None,
            })),
        ),
        (
            1,
            // Query IDs are random, so no step can contain a valid query ID.
            step(text(odd, &["none"], &[""]).prop_map(|query_id| ListLogGroupsForQueryRequest {
                query_id,
                ..Default::default()
            })),
        ),
        (
            1,
            step((identifier(odd), any::<bool>()).prop_map(|(log_group_identifier, is)| {
                PutBearerTokenAuthenticationRequest {
                    log_group_identifier,
                    bearer_token_authentication_enabled: Some(is),
                }
            })),
        ),
    ])
}
