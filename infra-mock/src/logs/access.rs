//! What the operations of CloudWatch Logs are checked against.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html>
//!
//! The reference knows one ARN of a log group. What is checked has two forms: operations that name the group have
//! `log-group:NAME:log-stream:`, which only `log-group:NAME:*` in a policy covers
//! (<https://github.com/aws-solutions/instance-scheduler-on-aws/issues/578>,
//! <https://github.com/vectordotdev/vector/issues/714>); those that take an ARN, which are those on tags, have
//! `log-group:NAME` (<https://github.com/ministryofjustice/modernisation-platform/pull/7184>).

use crate::access::{Need, RefusalForm, needs};
use crate::api::Call;
use crate::logs::{
    AssociateKmsKeyRequest, CreateLogGroupRequest, CreateLogStreamRequest, DeleteLogGroupRequest,
    DeleteRetentionPolicyRequest, DescribeLogGroupsRequest, DescribeLogStreamsRequest,
    DisassociateKmsKeyRequest, GetLogEventsRequest, ListTagsForResourceRequest,
    ListTagsLogGroupRequest, PutLogEventsRequest, PutLogGroupDeletionProtectionRequest,
    PutRetentionPolicyRequest, TagLogGroupRequest, TagResourceRequest, UntagLogGroupRequest,
    UntagResourceRequest,
};

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
    DeleteRetentionPolicyRequest => |request, call| {
        vec![group(call, "logs:DeleteRetentionPolicy", request.log_group_name.as_deref())]
    };
    // Without a group's name between its colons:
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

/// Tags need a permission of their own, whose refusal has words of its own:
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

/// The ARN of a log group that is named by name or ARN, without `:*`.
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
