//! The permissions that each CloudWatch Logs operation requires.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html>
//!
//! AWS's reference lists one ARN format for log groups, but AWS checks two:
//! - Operations that name the group use `log-group:NAME:log-stream:`. A policy must use
//!   `log-group:NAME:*` to match this ARN:
//!   <https://github.com/aws-solutions/instance-scheduler-on-aws/issues/578>,
//!   <https://github.com/vectordotdev/vector/issues/714>.
//! - Tag operations that identify the group by ARN use `log-group:NAME`:
//!   <https://github.com/ministryofjustice/modernisation-platform/pull/7184>.

mod deliveries;

use crate::access::{Need, RefusalForm, needs, needs_on, needs_on_all};
use crate::api::Call;
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::logs::model::*;

needs_on! {
    group(log_group_identifier):
        DeleteDataProtectionPolicyRequest, GetDataProtectionPolicyRequest,
        PutBearerTokenAuthenticationRequest, PutDataProtectionPolicyRequest;
    group(log_group_name):
        DeleteLogGroupRequest, DeleteMetricFilterRequest, DeleteRetentionPolicyRequest,
        DeleteSubscriptionFilterRequest, DescribeMetricFiltersRequest,
        DescribeSubscriptionFiltersRequest, ListTagsLogGroupRequest, PutMetricFilterRequest,
        PutRetentionPolicyRequest;
    resource(anomaly_detector_arn):
        DeleteLogAnomalyDetectorRequest, GetLogAnomalyDetectorRequest, ListAnomaliesRequest,
        UpdateLogAnomalyDetectorRequest;
    resource(resource_arn): ListTagsForResourceRequest;
    destination(destination_name): DeleteDestinationRequest, PutDestinationPolicyRequest;
}

needs_on_all! {
    DeleteIndexPolicyRequest, DeleteQueryDefinitionRequest, DeleteResourcePolicyRequest,
    DescribeAccountPoliciesRequest, DescribeDeliveriesRequest, DescribeDeliveryDestinationsRequest,
    DescribeDeliverySourcesRequest, DescribeDestinationsRequest, DescribeFieldIndexesRequest,
    DescribeIndexPoliciesRequest, DescribeQueriesRequest, DescribeQueryDefinitionsRequest,
    DescribeResourcePoliciesRequest, GetQueryResultsRequest, ListLogAnomalyDetectorsRequest,
    ListLogGroupsForQueryRequest, ListLogGroupsRequest, PutIndexPolicyRequest,
    PutQueryDefinitionRequest, PutResourcePolicyRequest, StopQueryRequest, TestMetricFilterRequest;
}

needs! {
    AssociateKmsKeyRequest => |request, call| {
        let name = request.log_group_name.as_deref().or(request.resource_identifier.as_deref());
        vec![group(call, "logs:AssociateKmsKey", name)]
    };
    CreateLogAnomalyDetectorRequest => |request, call| {
        let arns = request.log_group_arn_list.iter().flatten();
        let needs = arns.map(|arn| group(call, "logs:CreateLogAnomalyDetector", Some(arn)));
        needs.map(|need| need.with_request_tags(pairs(request.tags.as_ref()))).collect()
    };
    CreateLogGroupRequest => |request, call| create(request, call);
    CreateLogStreamRequest => |request, call| {
        let (group, stream) = (request.log_group_name.as_deref(), request.log_stream_name.as_deref());
        vec![stream_of(call, "logs:CreateLogStream", group, stream)]
    };
    DeleteAccountPolicyRequest => |request, _| {
        account_policy("logs:DeleteAccountPolicy", "Delete", request.policy_type.as_deref())
    };
    DeleteLogStreamRequest => |request, call| {
        let (group, stream) = (request.log_group_name.as_deref(), request.log_stream_name.as_deref());
        vec![stream_of(call, "logs:DeleteLogStream", group, stream)]
    };
    // AWS checks this permission on an ARN with an empty group name:
    // https://github.com/hashicorp/terraform-provider-aws/issues/8804.
    DescribeLogGroupsRequest => |_, call| vec![group(call, "logs:DescribeLogGroups", None)];
    DescribeLogStreamsRequest => |request, call| {
        let name = request.log_group_name.as_deref().or(request.log_group_identifier.as_deref());
        vec![group(call, "logs:DescribeLogStreams", name)]
    };
    DisassociateKmsKeyRequest => |request, call| {
        let name = request.log_group_name.as_deref().or(request.resource_identifier.as_deref());
        vec![group(call, "logs:DisassociateKmsKey", name)]
    };
    FilterLogEventsRequest => |request, call| {
        let name = request.log_group_name.as_deref().or(request.log_group_identifier.as_deref());
        let unmask = request.unmask.unwrap_or_default().then(|| group(call, "logs:Unmask", name));
        std::iter::once(group(call, "logs:FilterLogEvents", name)).chain(unmask).collect()
    };
    GetLogEventsRequest => |request, call| {
        let group = request.log_group_name.as_deref().or(request.log_group_identifier.as_deref());
        vec![stream_of(call, "logs:GetLogEvents", group, request.log_stream_name.as_deref())]
    };
    GetLogGroupFieldsRequest => |request, call| {
        let name = request.log_group_name.as_deref().or(request.log_group_identifier.as_deref());
        vec![group(call, "logs:GetLogGroupFields", name)]
    };
    // The pointer to a record contains the name of the log group. See `queries/run.rs`.
    GetLogRecordRequest => |request, call| {
        let pointer = request.log_record_pointer.as_deref().unwrap_or_default();
        let name = pointer.split(':').nth(1);
        let unmask = request.unmask.unwrap_or_default().then(|| group(call, "logs:Unmask", name));
        std::iter::once(group(call, "logs:GetLogRecord", name)).chain(unmask).collect()
    };
    PutAccountPolicyRequest => |request, _| {
        account_policy("logs:PutAccountPolicy", "Put", request.policy_type.as_deref())
    };
    PutDestinationRequest => |request, call| {
        let need = destination(call, "logs:PutDestination", request.destination_name.as_deref());
        let role = request.role_arn.as_ref().map(|role| Need::new("iam:PassRole", role));
        let need = need.with_request_tags(pairs(request.tags.as_ref()));
        std::iter::once(need).chain(role).collect()
    };
    PutLogEventsRequest => |request, call| {
        let (group, stream) = (request.log_group_name.as_deref(), request.log_stream_name.as_deref());
        vec![stream_of(call, "logs:PutLogEvents", group, stream)]
    };
    PutLogGroupDeletionProtectionRequest => |request, call| {
        let name = request.log_group_identifier.as_deref();
        vec![group(call, "logs:PutLogGroupDeletionProtection", name)]
    };
    PutSubscriptionFilterRequest => |request, call| {
        let need = group(call, "logs:PutSubscriptionFilter", request.log_group_name.as_deref());
        let destination = request.destination_arn.clone();
        let role = request.role_arn.as_ref().map(|role| Need::new("iam:PassRole", role));
        std::iter::once(need.with("logs:DestinationArn", destination)).chain(role).collect()
    };
    StartQueryRequest => |request, call| {
        let names = request.log_group_name.iter().chain(request.log_group_names.iter().flatten());
        let names = names.chain(request.log_group_identifiers.iter().flatten());
        names.map(|name| group(call, "logs:StartQuery", Some(name))).collect()
    };
    TagLogGroupRequest => |request, call| {
        let need = group(call, "logs:TagLogGroup", request.log_group_name.as_deref());
        vec![need.with_request_tags(pairs(request.tags.as_ref()))]
    };
    TagResourceRequest => |request, call| {
        let need = resource(call, "logs:TagResource", request.resource_arn.as_deref());
        vec![need.with_request_tags(pairs(request.tags.as_ref()))]
    };
    UntagLogGroupRequest => |request, call| {
        let need = group(call, "logs:UntagLogGroup", request.log_group_name.as_deref());
        vec![need.with_all("aws:TagKeys", request.tags.clone().unwrap_or_default())]
    };
    UntagResourceRequest => |request, call| {
        let need = resource(call, "logs:UntagResource", request.resource_arn.as_deref());
        vec![need.with_all("aws:TagKeys", request.tag_keys.clone().unwrap_or_default())]
    };
}

/// Returns the permissions that an operation on an account policy requires. The second permission
/// depends on the policy's type:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html>.
fn account_policy(action: &str, verb: &str, policy_type: Option<&str>) -> Vec<Need> {
    let kind = match policy_type {
        Some("DATA_PROTECTION_POLICY") => "DataProtectionPolicy",
        Some("SUBSCRIPTION_FILTER_POLICY") => "SubscriptionFilter",
        Some("TRANSFORMER_POLICY") => "Transformer",
        Some("FIELD_INDEX_POLICY") => "IndexPolicy",
        Some("METRIC_EXTRACTION_POLICY") => "MetricExtractionPolicy",
        _ => "RetentionPolicy",
    };
    vec![Need::new(action, "*"), Need::new(format!("logs:{verb}{kind}"), "*")]
}

/// Returns the permissions required to create a log group. If the request contains tags, the caller
/// also needs permission to tag the group. Without that permission, AWS returns a different
/// message: <https://github.com/DataDog/cloudformation-template/pull/61>.
fn create(request: &CreateLogGroupRequest, call: &Call<'_>) -> Vec<Need> {
    let name = request.log_group_name.as_deref();
    let tags = || pairs(request.tags.as_ref());
    let mut needs = vec![group(call, "logs:CreateLogGroup", name).with_request_tags(tags())];
    if tags().next().is_some() {
        let arn = arn(call, name.unwrap_or_default());
        let tag = resource(call, "logs:TagResource", Some(&arn)).with_request_tags(tags());
        needs.push(tag.refused_as(RefusalForm::TagsOfNewLogGroup));
    }
    needs
}

/// Converts the name or the ARN of a log group to the ARN without the suffix `:*`.
fn arn(call: &Call<'_>, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.strip_suffix(":*").unwrap_or(name).to_owned();
    }
    call.arn("logs", format!("log-group:{name}")).to_string()
}

fn destination(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let arn = call.arn("logs", format!("destination:{}", name.unwrap_or_default()));
    resource(call, action, Some(&arn.to_string()))
}

fn group(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    stream_of(call, action, name, None)
}

fn stream_of(call: &Call<'_>, action: &str, group: Option<&str>, stream: Option<&str>) -> Need {
    let group = arn(call, group.unwrap_or_default());
    let need = Need::new(action, format!("{group}:log-stream:{}", stream.unwrap_or_default()));
    need.with_resource_tags(tags(call, &group))
}

fn resource(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or("*");
    Need::new(action, arn).with_resource_tags(tags(call, arn))
}

fn tags<'c>(call: &'c Call<'_>, arn: &str) -> impl Iterator<Item = (&'c str, &'c str)> {
    let resource = arn.splitn(6, ':').nth(5);
    let tags = resource.and_then(|resource| call.logs_seen()?.tags(resource));
    tags.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()))
}

fn pairs(
    tags: Option<&std::collections::BTreeMap<String, String>>,
) -> impl Iterator<Item = (&str, &str)> {
    tags.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()))
}
