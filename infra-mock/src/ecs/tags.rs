//! `TagResource`, `UntagResource`, `ListTagsForResource`, and the rules for tags.

use std::collections::BTreeMap;

use infra_core::arn::Location;

use super::errors;
use super::reference::{self, ResourceArn};
use super::state::{State, Status};
use super::task_definition::Named;
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{ListTagsForResourceRequest, Tag, TagResourceRequest, UntagResourceRequest};
use crate::validate::is_tag_character;

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>
const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
const PATTERN: &str = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";

/// Checks the tags of a new resource against the rules in [`check`] and the limit of 50 tags.
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
            // The rule is in the API reference. AWS's message is not publicly documented.
            return Err(errors::invalid("Tag keys must be unique"));
        }
    }
    Ok(checked)
}

fn check_text(what: &str, text: &str, longest: usize) -> ApiResult<()> {
    // https://github.com/aws/amazon-ecs-agent/issues/1704 shows this message for keys. According to
    // the API reference, neither keys nor values can start with `aws:`, in any combination of upper
    // and lower case.
    let prefix = text.get(..4).unwrap_or_default();
    if prefix.eq_ignore_ascii_case("aws:") {
        return Err(errors::invalid(format!("{what} must not start with aws:")));
    }
    // The limits come from the API reference. The messages are modeled on AWS's messages for names.
    if text.chars().count() > longest {
        return Err(errors::invalid(format!("{what} can have at most {longest} characters.")));
    }
    if text.chars().all(is_tag_character) {
        Ok(())
    } else {
        Err(errors::no_match(what, PATTERN, text))
    }
}

/// Applies `change` to the tags of the resource with the given ARN, and returns the resulting tags.
fn change(
    call: &mut Call<'_>,
    arn: Option<&str>,
    change: impl FnOnce(&mut BTreeMap<String, String>) -> ApiResult<()>,
) -> ApiResult<BTreeMap<String, String>> {
    if let Some(listed) = listed(call, arn) {
        let pair = |Tag { key, value }: Tag| (key.unwrap_or_default(), value.unwrap_or_default());
        let mut tags = listed.iter().cloned().map(pair).collect();
        change(&mut tags)?;
        *listed = tags.iter().map(|(key, value)| Tag::new(key, value)).collect();
        return Ok(tags);
    }
    let tags = taggable(call, arn)?;
    change(tags)?;
    Ok(tags.clone())
}

/// Returns the tags of the task, service or task set with the given ARN, or `None` for other resources.
fn listed<'c>(call: &'c mut Call<'_>, arn: Option<&str>) -> Option<&'c mut Vec<Tag>> {
    let location = &call.caller.location;
    let resource = ResourceArn::read(arn?).ok().filter(|resource| resource.is_in(location))?;
    let (cluster, name) = resource.name.split_once('/')?;
    let kind = resource.kind;
    let cluster = call.ecs().clusters.get_mut(cluster)?;
    match kind {
        "task" => cluster.tasks.get_mut(name).map(|record| &mut record.task.tags),
        "service" => cluster.services.get_mut(name).map(|record| &mut record.service.tags),
        "task-set" => {
            let (service, id) = name.split_once('/')?;
            cluster.services.get_mut(service)?.tags_of_set_mut(id)
        }
        _ => None,
    }
}

/// Returns the tags of a resource that is not a task, service or task set, given the resource's ARN.
fn taggable<'c>(
    call: &'c mut Call<'_>,
    arn: Option<&str>,
) -> ApiResult<&'c mut BTreeMap<String, String>> {
    let (location, now) = (&call.caller.location, call.now);
    let arn = arn.filter(|arn| !arn.trim().is_empty());
    let arn = arn.ok_or_else(|| errors::blank("Resource ARN"))?;
    let resource = ResourceArn::read(arn)?;
    match resource.kind {
        "cluster" if resource.is_in(location) => {
            reference::check_name("Cluster", resource.name)?;
            let cluster = call.ecs().clusters.get_mut(resource.name);
            let record = cluster.ok_or_else(errors::cluster_not_found)?;
            match record.status(now) {
                Status::Inactive => Err(errors::inactive_for_tags()),
                _ => Ok(&mut record.spec.tags),
            }
        }
        "cluster" => Err(errors::cluster_not_found()),
        "service" | "task" if !resource.name.contains('/') => {
            // https://github.com/reproio/ecs_deploy/pull/49
            Err(errors::invalid("Long arn format must be used for tagging operations"))
        }
        kind @ ("service" | "task" | "task-set" | "task-definition" | "container-instance"
        | "capacity-provider") => {
            let is_here = resource.is_in(location);
            let named = Named::read(location, arn).filter(|named| named.revision.is_some());
            let state = call.ecs();
            let found = match kind {
                "task-definition" => {
                    named.and_then(|named| state.task_definition_mut(&named)).map(|r| &mut r.tags)
                }
                "capacity-provider" => {
                    state.capacity_providers.get_mut(resource.name).map(|record| &mut record.tags)
                }
                _ => None,
            };
            // The code and message are in the API reference.
            let missing = "The specified resource wasn't found.";
            found
                .filter(|_| is_here)
                .ok_or_else(|| ApiError::new("ResourceNotFoundException", missing))
        }
        other => Err(errors::invalid(format!("Unsupported resource type: {other}"))),
    }
}

impl State {
    /// Returns the tags of the resource with the given ARN in this account and region.
    pub(super) fn tags_of(&self, location: &Location, arn: &str) -> Vec<(&str, &str)> {
        fn pairs(tags: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
            tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
        }
        fn listed_pairs(tags: &[Tag]) -> Vec<(&str, &str)> {
            tags.iter()
                .filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref()?)))
                .collect()
        }
        let resource = ResourceArn::read(arn).ok().filter(|resource| resource.is_in(location));
        let Some(resource) = resource else { return Vec::new() };
        let on_cluster = || {
            let (cluster, name) = resource.name.split_once('/')?;
            Some((self.clusters.get(cluster)?, name))
        };
        let found = match resource.kind {
            "cluster" => self.clusters.get(resource.name).map(|record| pairs(&record.spec.tags)),
            "task-definition" => self.task_definition_of(location, arn).map(|r| pairs(&r.tags)),
            "task" => on_cluster()
                .and_then(|(cluster, id)| cluster.tasks.get(id))
                .map(|record| listed_pairs(&record.task.tags)),
            "service" => on_cluster()
                .and_then(|(cluster, name)| cluster.services.get(name))
                .map(|record| listed_pairs(&record.service.tags)),
            "task-set" => on_cluster().and_then(|(cluster, name)| {
                let (service, id) = name.split_once('/')?;
                cluster.services.get(service)?.tags_of_set(id).map(|tags| listed_pairs(tags))
            }),
            "capacity-provider" => {
                self.capacity_providers.get(resource.name).map(|record| pairs(&record.tags))
            }
            _ => None,
        };
        found.unwrap_or_default()
    }
}

/// Sets tags on a resource. Existing tags with other keys are not changed.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html>
impl Operation for TagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let new = check_all(self.tags.ok_or_else(|| errors::empty("Tags"))?)?;
        change(call, self.resource_arn.as_deref(), |tags| {
            let mut all = tags.clone();
            all.extend(new);
            if all.len() > MOST_TAGS {
                // The API reference lists this code for `TagResource`. AWS's message is not
                // publicly documented.
                return Err(ApiError::new(
                    "LimitExceededException",
                    format!("The resource can have at most {MOST_TAGS} tags."),
                ));
            }
            *tags = all;
            Ok(())
        })?;
        Ok(Self::Output {})
    }
}

/// Removes tags from a resource. Keys that do not exist are ignored.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UntagResource.html>
impl Operation for UntagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let keys = self.tag_keys.ok_or_else(|| errors::empty("Tag keys"))?;
        for key in &keys {
            check_text("Tag key", key, LONGEST_KEY)?;
        }
        change(call, self.resource_arn.as_deref(), |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })?;
        Ok(Self::Output {})
    }
}

/// Lists the tags of a resource.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTagsForResource.html>
impl Operation for ListTagsForResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let tags = change(call, self.resource_arn.as_deref(), |_| Ok(()))?;
        let tags = tags.iter().map(|(key, value)| Tag::new(key, value)).collect();
        Ok(Self::Output { tags })
    }
}

impl Tag {
    /// Creates a tag.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()) }
    }
}
