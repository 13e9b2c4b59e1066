//! The permissions that each CloudWatch Logs operation requires.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html>
//!
//! The reference lists one ARN for log groups, but AWS checks two forms: operations that name the
//! group use `log-group:NAME:log-stream:`, which a policy can only match with `log-group:NAME:*`
//! (<https://github.com/aws-solutions/instance-scheduler-on-aws/issues/578>,
//! <https://github.com/vectordotdev/vector/issues/714>); operations on tags, which identify the
//! group by ARN, use `log-group:NAME`
//! (<https://github.com/ministryofjustice/modernisation-platform/pull/7184>).

use crate::access::{Need, RefusalForm, needs};
use crate::api::Call;
use crate::logs::{
    AssociateKmsKeyRequest, CreateLogGroupRequest, CreateLogStreamRequest,
    DeleteAccountPolicyRequest, DeleteDataProtectionPolicyRequest, DeleteLogGroupRequest,
    DeleteLogStreamRequest, DeleteMetricFilterRequest, DeleteQueryDefinitionRequest,
    DeleteResourcePolicyRequest, DeleteRetentionPolicyRequest, DeleteSubscriptionFilterRequest,
    DescribeAccountPoliciesRequest, DescribeLogGroupsRequest, DescribeLogStreamsRequest,
    DescribeMetricFiltersRequest, DescribeQueriesRequest, DescribeQueryDefinitionsRequest,
    DescribeResourcePoliciesRequest, DescribeSubscriptionFiltersRequest, DisassociateKmsKeyRequest,
    FilterLogEventsRequest, GetDataProtectionPolicyRequest, GetLogEventsRequest,
    GetQueryResultsRequest, ListLogGroupsRequest, ListTagsForResourceRequest,
    ListTagsLogGroupRequest, PutAccountPolicyRequest, PutDataProtectionPolicyRequest,
    PutLogEventsRequest, PutLogGroupDeletionProtectionRequest, PutMetricFilterRequest,
    PutQueryDefinitionRequest, PutResourcePolicyRequest, PutRetentionPolicyRequest,
    PutSubscriptionFilterRequest, StartQueryRequest, StopQueryRequest, TagLogGroupRequest,
    TagResourceRequest, TestMetricFilterRequest, UntagLogGroupRequest, UntagResourceRequest,
};

/// Declares the permissions for operations on a log group. `$member` is the request member that
/// identifies the group.
macro_rules! on_group {
    ($($request:ty => $action:literal, $member:ident;)+) => {
        needs! {$(
            $request => |request, call| vec![group(call, $action, request.$member.as_deref())];
        )+}
    };
}

on_group! {
    DeleteDataProtectionPolicyRequest => "logs:DeleteDataProtectionPolicy", log_group_identifier;
    DeleteMetricFilterRequest => "logs:DeleteMetricFilter", log_group_name;
    DeleteSubscriptionFilterRequest => "logs:DeleteSubscriptionFilter", log_group_name;
    DescribeMetricFiltersRequest => "logs:DescribeMetricFilters", log_group_name;
    DescribeSubscriptionFiltersRequest => "logs:DescribeSubscriptionFilters", log_group_name;
    GetDataProtectionPolicyRequest => "logs:GetDataProtectionPolicy", log_group_identifier;
    PutDataProtectionPolicyRequest => "logs:PutDataProtectionPolicy", log_group_identifier;
    PutMetricFilterRequest => "logs:PutMetricFilter", log_group_name;
}

/// Declares the permissions for operations that do not apply to a particular resource.
macro_rules! on_everything {
    ($($request:ty => $action:literal;)+) => {
        needs! {$($request => |_, _| vec![Need::new($action, "*")];)+}
    };
}

on_everything! {
    DeleteQueryDefinitionRequest => "logs:DeleteQueryDefinition";
    DeleteResourcePolicyRequest => "logs:DeleteResourcePolicy";
    DescribeAccountPoliciesRequest => "logs:DescribeAccountPolicies";
    DescribeQueriesRequest => "logs:DescribeQueries";
    DescribeQueryDefinitionsRequest => "logs:DescribeQueryDefinitions";
    DescribeResourcePoliciesRequest => "logs:DescribeResourcePolicies";
    GetQueryResultsRequest => "logs:GetQueryResults";
    ListLogGroupsRequest => "logs:ListLogGroups";
    PutQueryDefinitionRequest => "logs:PutQueryDefinition";
    PutResourcePolicyRequest => "logs:PutResourcePolicy";
    StopQueryRequest => "logs:StopQuery";
    TestMetricFilterRequest => "logs:TestMetricFilter";
}

needs! {
    AssociateKmsKeyRequest => |request, call| {
        let name = request.log_group_name.as_deref().or(request.resource_identifier.as_deref());
        vec![group(call, "logs:AssociateKmsKey", name)]
    };
    CreateLogGroupRequest => |request, call| create(request, call);
    CreateLogStreamRequest => |request, call| {
        let (group, stream) = (request.log_group_name.as_deref(), request.log_stream_name.as_deref());
        vec![stream_of(call, "logs:CreateLogStream", group, stream)]
    };
    DeleteLogGroupRequest => |request, call| {
        vec![group(call, "logs:DeleteLogGroup", request.log_group_name.as_deref())]
    };
    DeleteAccountPolicyRequest => |request, _| {
        account_policy("logs:DeleteAccountPolicy", "Delete", request.policy_type.as_deref())
    };
    DeleteLogStreamRequest => |request, call| {
        let (group, stream) = (request.log_group_name.as_deref(), request.log_stream_name.as_deref());
        vec![stream_of(call, "logs:DeleteLogStream", group, stream)]
    };
    DeleteRetentionPolicyRequest => |request, call| {
        vec![group(call, "logs:DeleteRetentionPolicy", request.log_group_name.as_deref())]
    };
    // AWS checks the permission on an ARN whose group name is empty:
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
    ListTagsForResourceRequest => |request, call| {
        vec![resource(call, "logs:ListTagsForResource", request.resource_arn.as_deref())]
    };
    ListTagsLogGroupRequest => |request, call| {
        vec![group(call, "logs:ListTagsLogGroup", request.log_group_name.as_deref())]
    };
    PutAccountPolicyRequest => |request, _| {
        account_policy("logs:PutAccountPolicy", "Put", request.policy_type.as_deref())
    };
    PutLogEventsRequest => |request, call| {
        let (group, stream) = (request.log_group_name.as_deref(), request.log_stream_name.as_deref());
        vec![stream_of(call, "logs:PutLogEvents", group, stream)]
    };
    PutLogGroupDeletionProtectionRequest => |request, call| {
        let name = request.log_group_identifier.as_deref();
        vec![group(call, "logs:PutLogGroupDeletionProtection", name)]
    };
    PutRetentionPolicyRequest => |request, call| {
        vec![group(call, "logs:PutRetentionPolicy", request.log_group_name.as_deref())]
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

/// Returns the permissions for an account policy. One of them depends on the policy's type:
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

/// Returns the permissions to create a log group. A request with tags also requires permission to
/// tag the group. If that permission is missing, AWS returns a different message:
/// <https://github.com/DataDog/cloudformation-template/pull/61>.
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

/// Returns the ARN of a log group, given its name or ARN, without `:*`.
fn arn(call: &Call<'_>, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.strip_suffix(":*").unwrap_or(name).to_owned();
    }
    call.arn("logs", format!("log-group:{name}")).to_string()
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
    let name = arn.split_once(":log-group:").map(|(_, name)| name);
    let stored = name.and_then(|name| call.logs_seen()?.groups.get(name));
    let tags = stored.into_iter().flat_map(|stored| &stored.tags);
    tags.map(|(key, value)| (key.as_str(), value.as_str()))
}

fn pairs(
    tags: Option<&std::collections::BTreeMap<String, String>>,
) -> impl Iterator<Item = (&str, &str)> {
    tags.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()))
}
