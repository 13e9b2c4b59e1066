//! Tags of log groups, destinations, anomaly detectors and deliveries. Most operations identify a
//! resource by ARN. The older operations, which support only log groups, identify a log group by
//! name.

use std::collections::BTreeMap;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    ListTagsForResourceRequest, ListTagsLogGroupRequest, TagLogGroupRequest, TagResourceRequest,
    UntagLogGroupRequest, UntagResourceRequest,
};
use crate::validate::{Constraints, is_tag_character};

use super::{State, anomaly_detectors, check, deliveries, destinations, find};

const MAX_TAGS: usize = 50;

const ITEM_RULE: &str = r"Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]";

const KEY_RULE: &str = r"Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]";

// https://github.com/SWO-GS/auto-tag/issues/77
const VALUE_RULE: &str = r"Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$]";

fn fits(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count()) && text.chars().all(is_tag_character)
}

/// Checks the keys of the tags to remove, and the number of keys.
fn check_keys(constraints: &mut Constraints, keys: Option<Vec<String>>) -> Vec<String> {
    const MEMBER: &str = "tagKeys";
    constraints.required(MEMBER, keys.as_ref());
    let Some(keys) = keys else { return Vec::new() };
    if !keys.iter().all(|key| fits(key, 1, 128)) {
        constraints.violation(MEMBER, ITEM_RULE);
    }
    constraints.items(MEMBER, keys.len(), 0, MAX_TAGS);
    keys
}

/// Checks the number of tags, and the length and characters of their keys and values.
pub(super) fn check_shape(constraints: &mut Constraints, tags: Option<&BTreeMap<String, String>>) {
    let Some(tags) = tags else { return };
    if !tags.keys().all(|key| fits(key, 1, 128)) {
        constraints.violation("tags", KEY_RULE);
    }
    if !tags.values().all(|value| fits(value, 0, 256)) {
        constraints.violation("tags", VALUE_RULE);
    }
    constraints.items("tags", tags.len(), 1, MAX_TAGS);
}

/// Returns an error for tags that only AWS can set.
pub(super) fn check_reserved(tags: &BTreeMap<String, String>) -> ApiResult<()> {
    let reserved =
        |text: &str| text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    if tags.keys().any(|key| reserved(key)) {
        // Other AWS services use this message:
        // https://github.com/aws-quickstart/quickstart-amazon-eks/issues/42
        return Err(check::invalid(
            "aws: prefixed tag key names are not allowed for external use.",
        ));
    }
    Ok(())
}

fn check_tags(tags: Option<BTreeMap<String, String>>) -> ApiResult<BTreeMap<String, String>> {
    let mut constraints = Constraints::new();
    constraints.required("tags", tags.as_ref());
    check_shape(&mut constraints, tags.as_ref());
    check::finish(constraints)?;
    let tags = tags.unwrap_or_default();
    check_reserved(&tags)?;
    Ok(tags)
}

/// Adds tags. If the resource would have too many tags, none are added.
fn add(
    tags: &mut BTreeMap<String, String>,
    new: BTreeMap<String, String>,
    code: &'static str,
) -> ApiResult<()> {
    let more = new.keys().filter(|key| !tags.contains_key(*key)).count();
    if tags.len() + more > MAX_TAGS {
        // The message is the model's description of TooManyTagsException.
        return Err(ApiError::new(code, "A resource can have no more than 50 tags."));
    }
    tags.extend(new);
    Ok(())
}

/// Returns the tags of the resource with this ARN. The ARN of a log group must not end in `:*`:
/// <https://github.com/boto/boto3/issues/4104>.
fn of_arn<'c>(
    call: &'c mut Call<'_>,
    arn: Option<&str>,
) -> ApiResult<&'c mut BTreeMap<String, String>> {
    let mut constraints = Constraints::new();
    constraints.required("resourceArn", arn.as_ref()).length("resourceArn", arn, 1, 1011);
    check::finish(constraints)?;
    let arn = arn.unwrap_or_default();
    if let Some(name) = check::group_of_arn(call, arn) {
        return find(call, &name).map(|group| &mut group.tags);
    }
    let resource = check::resource_of_arn(call, arn).unwrap_or_default();
    let state = call.logs();
    match resource.split_once(':') {
        Some(("destination", name)) => {
            let destination = state.destinations.get_mut(name);
            destination.map(|it| &mut it.tags).ok_or_else(destinations::no_destination)
        }
        Some(("anomaly-detector", id)) => {
            let detector = state.anomaly_detectors.get_mut(id);
            detector.map(|it| &mut it.tags).ok_or_else(anomaly_detectors::no_detector)
        }
        Some(("delivery", id)) => {
            let delivery = state.deliveries.get_mut(id);
            delivery.map(|it| &mut it.tags).ok_or_else(deliveries::no_delivery)
        }
        Some(("delivery-source", name)) => {
            let source = state.delivery_sources.get_mut(name);
            source.map(|it| &mut it.tags).ok_or_else(deliveries::no_source)
        }
        Some(("delivery-destination", name)) => {
            let destination = state.delivery_destinations.get_mut(name);
            destination.map(|it| &mut it.tags).ok_or_else(deliveries::no_destination)
        }
        _ => Err(check::validation("Invalid resourceArn")),
    }
}

impl State {
    /// Returns the tags of a resource. `resource` is the part of its ARN after the account ID.
    pub(super) fn tags(&self, resource: &str) -> Option<&BTreeMap<String, String>> {
        let (kind, id) = resource.split_once(':')?;
        match kind {
            "log-group" => self.groups.get(id).map(|group| &group.tags),
            "destination" => self.destinations.get(id).map(|destination| &destination.tags),
            "delivery" => self.deliveries.get(id).map(|delivery| &delivery.tags),
            "delivery-source" => self.delivery_sources.get(id).map(|source| &source.tags),
            "delivery-destination" => {
                self.delivery_destinations.get(id).map(|destination| &destination.tags)
            }
            "anomaly-detector" => self.anomaly_detectors.get(id).map(|detector| &detector.tags),
            _ => None,
        }
    }
}

/// Adds tags to a resource, replacing the values of existing keys.
impl Operation for TagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let tags = check_tags(self.tags)?;
        add(of_arn(call, self.resource_arn.as_deref())?, tags, "TooManyTagsException")
    }
}

/// Removes tags from a resource. Keys that the resource does not have are ignored.
impl Operation for UntagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut constraints = Constraints::new();
        let keys = check_keys(&mut constraints, self.tag_keys);
        check::finish(constraints)?;
        of_arn(call, self.resource_arn.as_deref())?.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

/// Lists the tags of a resource.
impl Operation for ListTagsForResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let tags = of_arn(call, self.resource_arn.as_deref())?.clone();
        Ok(Self::Output { tags })
    }
}

/// Adds tags to the log group with this name. AWS recommends `TagResource` instead.
impl Operation for TagLogGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (name, tags) = (self.log_group_name.unwrap_or_default(), self.tags.unwrap_or_default());
        check_reserved(&tags)?;
        // The model does not declare TooManyTagsException for this operation.
        add(&mut find(call, &name)?.tags, tags, "InvalidParameterException")
    }
}

/// Removes tags from the log group with this name. AWS recommends `UntagResource` instead.
impl Operation for UntagLogGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.log_group_name.unwrap_or_default();
        let keys = self.tags.unwrap_or_default();
        find(call, &name)?.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

/// Lists the tags of the log group with this name. AWS recommends `ListTagsForResource` instead.
impl Operation for ListTagsLogGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.log_group_name.unwrap_or_default();
        Ok(Self::Output { tags: find(call, &name)?.tags.clone() })
    }
}
