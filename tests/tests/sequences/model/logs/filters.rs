//! CloudWatch Logs: filters and queries on log groups, and policies.

use infra_mock::logs::{
    DeleteAccountPolicyRequest, DeleteDataProtectionPolicyRequest, DeleteLogStreamRequest,
    DeleteMetricFilterRequest, DeleteQueryDefinitionRequest, DeleteResourcePolicyRequest,
    DeleteSubscriptionFilterRequest, DescribeAccountPoliciesRequest, DescribeMetricFiltersRequest,
    DescribeQueriesRequest, DescribeQueryDefinitionsRequest, DescribeResourcePoliciesRequest,
    DescribeSubscriptionFiltersRequest, FilterLogEventsRequest, GetDataProtectionPolicyRequest,
    GetQueryResultsRequest, ListLogGroupsRequest, MetricTransformation, PutAccountPolicyRequest,
    PutDataProtectionPolicyRequest, PutMetricFilterRequest, PutQueryDefinitionRequest,
    PutResourcePolicyRequest, PutSubscriptionFilterRequest, StartQueryRequest, StopQueryRequest,
    TestMetricFilterRequest,
};
use proptest::prelude::*;

use super::super::AnyStep;
use super::super::draw::{either, maybe, page, step, text, token};
use super::{BAD, group, identifier, stream};

pub(super) fn filters(odd: u32) -> BoxedStrategy<AnyStep> {
    let pattern = || {
        text(
            odd,
            &["one", "?one ?two", "%o.e%", "{ $.a = 1 }", "[a, b]", ""],
            &["a@b", "{ $.a }", "[a"],
        )
    };
    let filter = || text(odd, &["f", "g", "h"], &["with:colon", "none", ""]);
    let transformation = |metric_name: Option<String>| MetricTransformation {
        metric_name: Some(metric_name.unwrap_or_default()),
        metric_namespace: Some("app".to_owned()),
        metric_value: Some("1".to_owned()),
        default_value: None,
        dimensions: None,
        unit: Some("Count".to_owned()),
    };
    let metric = text(odd, &["m", "n"], &["with:colon", "with$dollar"]);
    let put_metric = (group(odd), filter(), pattern(), metric).prop_map(
        move |(log_group_name, filter_name, filter_pattern, name)| PutMetricFilterRequest {
            log_group_name,
            filter_name,
            filter_pattern,
            metric_transformations: Some(vec![transformation(name)]),
            ..Default::default()
        },
    );
    let destination = text(
        odd,
        &["arn:aws:lambda:us-east-1:123456789012:function:app"],
        &["arn:aws:kinesis:us-east-1:123456789012:stream/app", "no arn", ""],
    );
    let put_subscription = (group(odd), filter(), pattern(), destination).prop_map(
        |(log_group_name, filter_name, filter_pattern, destination_arn)| {
            PutSubscriptionFilterRequest {
                log_group_name,
                filter_name,
                filter_pattern,
                destination_arn,
                ..Default::default()
            }
        },
    );
    let describe = (maybe(odd, &["/ecs/a", "/ecs/b"], BAD), token(odd), page(odd)).prop_map(
        |(log_group_name, next_token, limit)| DescribeMetricFiltersRequest {
            log_group_name,
            next_token,
            limit,
            ..Default::default()
        },
    );
    let find = (group(odd), pattern(), any::<Option<bool>>(), token(odd), page(odd)).prop_map(
        |(log_group_name, filter_pattern, start_from_head, next_token, limit)| {
            FilterLogEventsRequest {
                log_group_name,
                filter_pattern,
                start_from_head,
                next_token,
                limit,
                ..Default::default()
            }
        },
    );
    either(vec![
        (3, step(put_metric)),
        (2, step(describe)),
        (
            1,
            step((group(odd), filter()).prop_map(|(log_group_name, filter_name)| {
                DeleteMetricFilterRequest { log_group_name, filter_name }
            })),
        ),
        (
            1,
            step(pattern().prop_map(|filter_pattern| TestMetricFilterRequest {
                filter_pattern,
                log_event_messages: Some(vec!["one two".to_owned(), "{\"a\": 1}".to_owned()]),
            })),
        ),
        (2, step(put_subscription)),
        (
            1,
            step((group(odd), token(odd), page(odd)).prop_map(
                |(log_group_name, next_token, limit)| DescribeSubscriptionFiltersRequest {
                    log_group_name,
                    next_token,
                    limit,
                    ..Default::default()
                },
            )),
        ),
        (
            1,
            step((group(odd), filter()).prop_map(|(log_group_name, filter_name)| {
                DeleteSubscriptionFilterRequest { log_group_name, filter_name }
            })),
        ),
        (4, step(find)),
        (
            1,
            step((group(odd), stream(odd)).prop_map(|(log_group_name, log_stream_name)| {
                DeleteLogStreamRequest { log_group_name, log_stream_name }
            })),
        ),
        (
            1,
            step((page(odd), token(odd)).prop_map(|(limit, next_token)| ListLogGroupsRequest {
                limit,
                next_token,
                ..Default::default()
            })),
        ),
    ])
}

pub(super) fn policies(odd: u32) -> BoxedStrategy<AnyStep> {
    let document = text(
        odd,
        &[
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"route53.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"*"}]}"#,
        ],
        &["{}", "no policy"],
    );
    let retention = text(
        odd,
        &[
            r#"{"retentionInDays":30,"enforcementMode":"RETROACTIVE"}"#,
            r#"{"retentionInDays":"NEVER_EXPIRE","enforcementMode":"NEW_ONLY"}"#,
        ],
        &["{}", "no policy"],
    );
    let protection = text(
        odd,
        &[
            r#"{"Name":"mask","Version":"2021-06-01","Statement":[{"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],"Operation":{"Audit":{"FindingsDestination":{}}}},{"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],"Operation":{"Deidentify":{"MaskConfig":{}}}}]}"#,
        ],
        &["{}", "no policy"],
    );
    let policy = || text(odd, &["p", "q"], &["aws/p", "none"]);
    let kind = || text(odd, &["RETENTION_POLICY"], &["ODD_POLICY"]);
    either(vec![
        (
            2,
            step((policy(), document).prop_map(|(policy_name, policy_document)| {
                PutResourcePolicyRequest {
                    policy_name,
                    policy_document,
                    resource_arn: None,
                    expected_revision_id: None,
                }
            })),
        ),
        (
            1,
            step((token(odd), page(odd)).prop_map(|(next_token, limit)| {
                DescribeResourcePoliciesRequest { next_token, limit, ..Default::default() }
            })),
        ),
        (
            1,
            step(policy().prop_map(|policy_name| DeleteResourcePolicyRequest {
                policy_name,
                resource_arn: None,
                expected_revision_id: None,
            })),
        ),
        (
            2,
            step((policy(), kind(), retention).prop_map(
                |(policy_name, policy_type, policy_document)| PutAccountPolicyRequest {
                    policy_name,
                    policy_type,
                    policy_document,
                    ..Default::default()
                },
            )),
        ),
        (
            1,
            step(kind().prop_map(|policy_type| DescribeAccountPoliciesRequest {
                policy_type,
                ..Default::default()
            })),
        ),
        (
            1,
            step((policy(), kind()).prop_map(|(policy_name, policy_type)| {
                DeleteAccountPolicyRequest { policy_name, policy_type, dry_run: None }
            })),
        ),
        (
            1,
            step((identifier(odd), protection).prop_map(
                |(log_group_identifier, policy_document)| PutDataProtectionPolicyRequest {
                    log_group_identifier,
                    policy_document,
                },
            )),
        ),
        (
            1,
            step(identifier(odd).prop_map(|log_group_identifier| GetDataProtectionPolicyRequest {
                log_group_identifier,
            })),
        ),
        (
            1,
            step(identifier(odd).prop_map(|log_group_identifier| {
                DeleteDataProtectionPolicyRequest { log_group_identifier }
            })),
        ),
    ])
}

pub(super) fn queries(odd: u32, now: i64) -> BoxedStrategy<AnyStep> {
    let query = || {
        text(
            odd,
            &[
                "fields @message | limit 2",
                "stats count(*) by @logStream",
                "filter @message like /o/",
            ],
            &["count()", "fields", ""],
        )
    };
    // Query IDs are random, so no step can contain a valid query ID.
    let id = || text(odd, &["none"], &[""]);
    either(vec![
        (
            2,
            step((group(odd), query()).prop_map(move |(log_group_name, query_string)| {
                StartQueryRequest {
                    log_group_name,
                    query_string,
                    start_time: Some(now / 1000 - 60),
                    end_time: Some(now / 1000 + 60),
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step(
                id().prop_map(|query_id| GetQueryResultsRequest { query_id, ..Default::default() }),
            ),
        ),
        (1, step(id().prop_map(|query_id| StopQueryRequest { query_id }))),
        (
            1,
            step((maybe(odd, &["/ecs/a"], BAD), token(odd), page(odd)).prop_map(
                |(log_group_name, next_token, max_results)| DescribeQueriesRequest {
                    log_group_name,
                    next_token,
                    max_results,
                    ..Default::default()
                },
            )),
        ),
        (
            2,
            step((text(odd, &["q", "r"], &[""]), query()).prop_map(|(name, query_string)| {
                // Without a token, the SDK would generate a random one.
                let client_token = Some("token".to_owned());
                PutQueryDefinitionRequest { name, query_string, client_token, ..Default::default() }
            })),
        ),
        (
            1,
            step((token(odd), page(odd)).prop_map(|(next_token, max_results)| {
                DescribeQueryDefinitionsRequest { next_token, max_results, ..Default::default() }
            })),
        ),
        (
            1,
            step(id().prop_map(|query_definition_id| DeleteQueryDefinitionRequest {
                query_definition_id,
            })),
        ),
    ])
}
