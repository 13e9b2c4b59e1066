//! Tags of log groups. Requests identify the log group by ARN or, in the older operations, by name.

use std::collections::BTreeMap;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, ListTagsLogGroupRequest,
    ListTagsLogGroupResponse, TagLogGroupRequest, TagResourceRequest, UntagLogGroupRequest,
    UntagResourceRequest,
};
use crate::validate::{Constraints, is_tag_character};

use super::{check, find};

const MAX_TAGS: usize = 50;

const ITEM_RULE: &str = r"Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]";

const KEY_RULE: &str = r"Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]";

// https://github.com/SWO-GS/auto-tag/issues/77
const VALUE_RULE: &str = r"Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$]";

fn fits(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count()) && text.chars().all(is_tag_character)
}

/// Checks the keys and the number of tags to remove.
fn check_keys(
    constraints: &mut Constraints,
    member: &str,
    keys: Option<Vec<String>>,
    min: usize,
    max: usize,
) -> Vec<String> {
    constraints.required(member, keys.as_ref());
    let Some(keys) = keys else { return Vec::new() };
    if !keys.iter().all(|key| fits(key, 1, 128)) {
        constraints.violation(member, ITEM_RULE);
    }
    constraints.items(member, keys.len(), min, max);
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

fn check_tags(
    tags: Option<BTreeMap<String, String>>,
    mut constraints: Constraints,
) -> ApiResult<BTreeMap<String, String>> {
    constraints.required("tags", tags.as_ref());
    check_shape(&mut constraints, tags.as_ref());
    check::finish(constraints)?;
    let tags = tags.unwrap_or_default();
    check_reserved(&tags)?;
    Ok(tags)
}

/// Adds tags. If the group would have too many tags, none are added.
fn add(
    call: &mut Call<'_>,
    name: &str,
    new: BTreeMap<String, String>,
    code: &'static str,
) -> ApiResult<()> {
    let tags = &mut find(call, name)?.tags;
    let more = new.keys().filter(|key| !tags.contains_key(*key)).count();
    if tags.len() + more > MAX_TAGS {
        // The message is the model's description of TooManyTagsException.
        return Err(ApiError::new(code, "A resource can have no more than 50 tags."));
    }
    tags.extend(new);
    Ok(())
}

/// Returns the name of the log group with this ARN, which must not end in `:*`:
/// <https://github.com/boto/boto3/issues/4104>.
fn group(call: &Call<'_>, arn: Option<&str>) -> ApiResult<String> {
    let mut constraints = Constraints::new();
    constraints.required("resourceArn", arn.as_ref()).length("resourceArn", arn, 1, 1011);
    check::finish(constraints)?;
    let name = check::group_of_arn(call, arn.unwrap_or_default());
    name.ok_or_else(|| check::validation("Invalid resourceArn"))
}

/// Adds tags to a log group, replacing the values of existing keys.
impl Operation for TagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let tags = check_tags(self.tags, Constraints::new())?;
        let name = group(call, self.resource_arn.as_deref())?;
        add(call, &name, tags, "TooManyTagsException")?;
        Ok(())
    }
}

/// Removes tags from a log group. Ignores keys that the log group does not have.
impl Operation for UntagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut constraints = Constraints::new();
        let keys = check_keys(&mut constraints, "tagKeys", self.tag_keys, 0, MAX_TAGS);
        check::finish(constraints)?;
        let name = group(call, self.resource_arn.as_deref())?;
        find(call, &name)?.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

/// Lists the tags of a log group.
impl Operation for ListTagsForResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = group(call, self.resource_arn.as_deref())?;
        Ok(ListTagsForResourceResponse { tags: find(call, &name)?.tags.clone() })
    }
}

/// Adds tags to the log group with this name. AWS recommends `TagResource` instead.
impl Operation for TagLogGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut constraints = Constraints::new();
        let name = check::required_group(&mut constraints, self.log_group_name.as_deref());
        let tags = check_tags(self.tags, constraints)?;
        // This operation cannot return TooManyTagsException.
        add(call, &name, tags, "InvalidParameterException")?;
        Ok(())
    }
}

/// Removes tags from the log group with this name. AWS recommends `UntagResource` instead.
impl Operation for UntagLogGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut constraints = Constraints::new();
        let name = check::required_group(&mut constraints, self.log_group_name.as_deref());
        let keys = check_keys(&mut constraints, "tags", self.tags, 1, usize::MAX);
        check::finish(constraints)?;
        find(call, &name)?.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

/// Lists the tags of the log group with this name. AWS recommends `ListTagsForResource` instead.
impl Operation for ListTagsLogGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = check::only_group(self.log_group_name.as_deref())?;
        Ok(ListTagsLogGroupResponse { tags: find(call, &name)?.tags.clone() })
    }
}
