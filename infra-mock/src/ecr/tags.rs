//! `TagResource`, `UntagResource` and `ListTagsForResource`.

use std::collections::BTreeMap;

use infra_core::arn::Arn;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecr::{ListTagsForResourceRequest, Tag, TagResourceRequest, UntagResourceRequest};
use crate::validate::is_tag_character;

use super::{check, find};

/// The maximum number of tags on a repository:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html>.
const MAX_TAGS: usize = 50;

/// Adds tags to the existing tags. If any of the new tags is invalid, none of them is added.
///
/// The codes come from the service model. AWS's messages for `InvalidTagParameterException` are not
/// publicly documented.
pub(super) fn add(tags: &mut BTreeMap<String, String>, new: Vec<Tag>) -> ApiResult<()> {
    insert(tags, read(new)?)
}

/// Checks the tags in a request and returns them.
fn read(new: Vec<Tag>) -> ApiResult<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for Tag { key, value } in new {
        let key = check::required("tags", key)?;
        let value = check::required("tags", value)?;
        check_length(&key)?;
        if value.chars().count() > 256 {
            return Err(invalid_tag("Tag values must have a length of at most 256 characters"));
        }
        if is_reserved(&key) || is_reserved(&value) {
            return Err(invalid_tag("The prefix aws: is reserved for tags of AWS"));
        }
        if !key.chars().chain(value.chars()).all(is_tag_character) {
            return Err(invalid_tag(
                "Tag keys and values may only contain letters, spaces, numbers and _ . : / = + - @",
            ));
        }
        all.insert(key, value);
    }
    Ok(all)
}

fn check_length(key: &str) -> ApiResult<()> {
    if (1..=128).contains(&key.chars().count()) {
        return Ok(());
    }
    Err(invalid_tag("Tag keys must have a length between 1 and 128 characters"))
}

fn insert(tags: &mut BTreeMap<String, String>, new: BTreeMap<String, String>) -> ApiResult<()> {
    let mut all = tags.clone();
    all.extend(new);
    if all.len() > MAX_TAGS {
        return Err(ApiError::new(
            "TooManyTagsException",
            format!("The maximum number of tags that can be applied to a repository is {MAX_TAGS}"),
        ));
    }
    *tags = all;
    Ok(())
}

fn is_reserved(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

fn invalid_tag(rule: &str) -> ApiError {
    ApiError::new(
        "InvalidTagParameterException",
        format!("Invalid parameter at 'tags' failed to satisfy constraint: '{rule}'"),
    )
}

/// Returns the name of the repository with this ARN.
fn repository(call: &Call<'_>, arn: Option<&str>) -> ApiResult<String> {
    let text = check::required("resourceArn", arn)?;
    let location = call.location();
    let found = text.parse::<Arn>().ok().filter(|arn| {
        arn.service == "ecr"
            && arn.partition == location.partition
            && arn.region == location.region.as_str()
    });
    let name = found.as_ref().and_then(|arn| arn.resource.strip_prefix("repository/"));
    let (Some(arn), Some(name)) = (&found, name) else {
        // https://github.com/boto/boto3/issues/2774
        return Err(ApiError::new("InvalidParameterException", "The ARN provided is invalid."));
    };
    check::repository(Some(&arn.account_id), Some(name.to_owned()))
}

/// Adds tags to a repository. If a key already exists, its value is replaced.
impl Operation for TagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = repository(call, self.resource_arn.as_deref())?;
        let tags = check::required("tags", self.tags)?;
        let tags = read(tags)?;
        insert(&mut find(call, &name)?.tags, tags)?;
        Ok(Self::Output {})
    }
}

/// Removes tags from a repository. Keys that do not exist are ignored.
impl Operation for UntagResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = repository(call, self.resource_arn.as_deref())?;
        let keys = self.tag_keys.unwrap_or_default();
        keys.iter().try_for_each(|key| check_length(key))?;
        let tags = &mut find(call, &name)?.tags;
        tags.retain(|key, _| !keys.contains(key));
        Ok(Self::Output {})
    }
}

/// Lists the tags of a repository.
impl Operation for ListTagsForResourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = repository(call, self.resource_arn.as_deref())?;
        let tags = find(call, &name)?.tags.clone();
        let tags = tags.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) });
        Ok(Self::Output { tags: tags.collect() })
    }
}
