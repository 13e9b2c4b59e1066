//! Tag handling shared by IAM's resources, and the tags of roles.

use std::collections::BTreeMap;

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{ListRoleTagsRequest, Tag, TagRoleRequest, UntagRoleRequest};

use super::check::{invalid_input, limit_exceeded};
use super::page::{Page, page};
use super::{role, role_mut};

const MAX_TAGS: usize = 50;

fn by_key(
    tags: &[Tag],
    fold: fn(&str) -> String,
    doubled: &str,
) -> ApiResult<BTreeMap<String, Tag>> {
    let mut map = BTreeMap::new();
    for tag in tags {
        let key = tag.key.as_deref().unwrap_or_default();
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            // The prefix is reserved:
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules. IAM's
            // message is not publicly documented, so the mock uses the message that other services
            // return.
            return Err(invalid_input(
                "aws: prefixed tag key names are not allowed for external use.",
            ));
        }
        if map.insert(fold(key), tag.clone()).is_some() {
            return Err(invalid_input(doubled));
        }
    }
    Ok(map)
}

/// Returns the tags of a role by key, ignoring case. <https://github.com/serverless/serverless/issues/7885>
pub(super) fn role_tags(tags: &[Tag]) -> ApiResult<BTreeMap<String, Tag>> {
    by_key(
        tags,
        str::to_lowercase,
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
}

/// Returns the tags of a policy by key. Unlike the keys of role tags, these are case-sensitive
/// (recorded from AWS; see `document.rs`).
pub(super) fn policy_tags(tags: &[Tag]) -> ApiResult<BTreeMap<String, Tag>> {
    by_key(tags, str::to_owned, "Duplicate tag keys found.")
}

pub(super) fn listed(tags: &BTreeMap<String, Tag>) -> Vec<Tag> {
    tags.values().cloned().collect()
}

/// Adds or replaces tags. A replaced tag gets the new spelling of its key:
/// <https://github.com/aws/aws-cdk/issues/26253>.
pub(super) fn set_tags(
    old: &BTreeMap<String, Tag>,
    new: BTreeMap<String, Tag>,
) -> ApiResult<BTreeMap<String, Tag>> {
    let mut all = old.clone();
    all.extend(new);
    if all.len() > MAX_TAGS {
        // https://github.com/versity/versitygw/pull/2316
        return Err(limit_exceeded("The number of tags has reached the maximum limit."));
    }
    Ok(all)
}

/// Returns a page of tags, sorted by key.
pub(super) fn tags_page(
    listing: &str,
    tags: &BTreeMap<String, Tag>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> ApiResult<Page<Tag>> {
    page(listing, tags.iter().map(|(key, tag)| (key.clone(), tag.clone())), marker, max_items)
}

/// Adds tags to a role, replacing existing tags with the same keys. Other tags are kept.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>
impl Operation for TagRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let new = role_tags(&self.tags)?;
        let all = set_tags(&role(call, name)?.tags, new)?;
        role_mut(call, name)?.tags = all;
        Ok(())
    }
}

/// Removes tags from a role. Ignores keys that the role does not have.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html>
impl Operation for UntagRoleRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let role = role_mut(call, name)?;
        for key in &self.tag_keys {
            role.tags.remove(&key.to_lowercase());
        }
        Ok(())
    }
}

/// Lists the tags of a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html>
impl Operation for ListRoleTagsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let tags = &role(call, name)?.tags;
        let page = tags_page(Self::NAME, tags, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

impl Tag {
    /// Returns a tag with the given key and value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()) }
    }
}
