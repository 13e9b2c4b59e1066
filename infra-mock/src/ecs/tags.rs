//! Tags: their rules, `TagResource`, `UntagResource` and `ListTagsForResource`.

use std::collections::BTreeMap;

use infra_core::arn::Location;

use super::errors;
use super::reference::{self, ResourceArn};
use super::state::{Record, Status};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest,
    TagResourceResponse, UntagResourceRequest, UntagResourceResponse,
};
use crate::validate::is_tag_character;

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>
const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
const PATTERN: &str = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";

/// Checks the tags of a new resource: what [`check`] checks, and at most 50.
pub(super) fn check_all(tags: Vec<Tag>) -> ApiResult<BTreeMap<String, String>> {
    if tags.len() > MOST_TAGS {
        return Err(errors::too_many("Tags", MOST_TAGS));
    }
    check(tags)
}

/// Checks keys and values.
fn check(tags: Vec<Tag>) -> ApiResult<BTreeMap<String, String>> {
    let mut checked = BTreeMap::new();
    for Tag { key, value } in tags {
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| errors::blank("Tag key"))?;
        let value = value.unwrap_or_default();
        check_text("Tag key", &key, LONGEST_KEY)?;
        check_text("Tag value", &value, LONGEST_VALUE)?;
        if checked.insert(key, value).is_some() {
            // The rule is in the API reference; no thread shows the words.
            return Err(errors::invalid("Tag keys must be unique"));
        }
    }
    Ok(checked)
}

fn check_text(what: &str, text: &str, longest: usize) -> ApiResult<()> {
    // https://github.com/aws/amazon-ecs-agent/issues/1704 for keys; the API reference reserves the prefix
    // for values as well, in any case of letters.
    let prefix = text.get(..4).unwrap_or_default();
    if prefix.eq_ignore_ascii_case("aws:") {
        return Err(errors::invalid(format!("{what} must not start with aws:")));
    }
    // The limits are the API reference's; the words are modelled on those for names.
    if text.chars().count() > longest {
        return Err(errors::invalid(format!("{what} can have at most {longest} characters.")));
    }
    if text.chars().all(is_tag_character) {
        Ok(())
    } else {
        Err(errors::no_match(what, PATTERN, text))
    }
}

/// The name of the cluster that an ARN means.
fn cluster(location: &Location, arn: Option<&str>) -> ApiResult<String> {
    let arn = arn.filter(|arn| !arn.trim().is_empty());
    let resource = ResourceArn::read(arn.ok_or_else(|| errors::blank("Resource ARN"))?)?;
    match resource.kind {
        "cluster" if resource.is_in(location) => {
            reference::check_name("Cluster", resource.name)?;
            Ok(resource.name.to_owned())
        }
        "cluster" => Err(errors::cluster_not_found()),
        "service" | "task" if !resource.name.contains('/') => {
            // https://github.com/reproio/ecs_deploy/pull/49
            Err(errors::invalid("Long arn format must be used for tagging operations"))
        }
        "service" | "task" | "task-set" | "task-definition" | "container-instance"
        | "capacity-provider" => {
            // The mock keeps no tags of these. The code and words are the API reference's.
            Err(ApiError::new("ResourceNotFoundException", "The specified resource wasn't found."))
        }
        other => Err(errors::invalid(format!("Unsupported resource type: {other}"))),
    }
}

/// The cluster of an ARN, where it is not INACTIVE.
fn taggable<'c>(call: &'c mut Call<'_>, arn: Option<&str>) -> ApiResult<&'c mut Record> {
    let now = call.now;
    let name = cluster(&call.caller.location, arn)?;
    let record = call.ecs().clusters.get_mut(&name).ok_or_else(errors::cluster_not_found)?;
    match record.status(now) {
        Status::Inactive => Err(errors::inactive_for_tags()),
        _ => Ok(record),
    }
}

/// Sets tags of a resource and leaves the others.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html>
impl Operation for TagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let new = check_all(self.tags.ok_or_else(|| errors::empty("Tags"))?)?;
        let record = taggable(call, self.resource_arn.as_deref())?;
        let mut tags = record.spec.tags.clone();
        tags.extend(new);
        if tags.len() > MOST_TAGS {
            // The code is the API reference's for TagResource; no thread shows the words.
            return Err(ApiError::new(
                "LimitExceededException",
                format!("The resource can have at most {MOST_TAGS} tags."),
            ));
        }
        record.spec.tags = tags;
        Ok(TagResourceResponse {})
    }
}

/// Removes tags of a resource; keys that are not there are no error.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UntagResource.html>
impl Operation for UntagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let keys = self.tag_keys.ok_or_else(|| errors::empty("Tag keys"))?;
        for key in &keys {
            check_text("Tag key", key, LONGEST_KEY)?;
        }
        let record = taggable(call, self.resource_arn.as_deref())?;
        record.spec.tags.retain(|key, _| !keys.contains(key));
        Ok(UntagResourceResponse {})
    }
}

/// Lists the tags of a resource.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTagsForResource.html>
impl Operation for ListTagsForResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let record = taggable(call, self.resource_arn.as_deref())?;
        let tags = record.spec.tags.iter().map(|(key, value)| Tag::new(key, value)).collect();
        Ok(ListTagsForResourceResponse { tags })
    }
}

impl Tag {
    /// A tag with key and value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()) }
    }
}
