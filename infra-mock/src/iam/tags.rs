//! Tag handling shared by IAM's resources, and the tags of roles.

use std::collections::{BTreeMap, BTreeSet};

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

/// Returns the tags of a role, indexed by lower-case key. A role's tag keys are case-insensitive:
/// <https://github.com/serverless/serverless/issues/7885>.
pub(super) fn role_tags(tags: &[Tag]) -> ApiResult<BTreeMap<String, Tag>> {
    by_key(
        tags,
        str::to_lowercase,
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
}

/// Returns the tags of a policy, indexed by key. Unlike a role's tag keys, a policy's tag keys are
/// case-sensitive (recorded from AWS; see `document.rs`).
pub(super) fn policy_tags(tags: &[Tag]) -> ApiResult<BTreeMap<String, Tag>> {
    by_key(tags, str::to_owned, "Duplicate tag keys found.")
}

pub(super) fn listed(tags: &BTreeMap<String, Tag>) -> Vec<Tag> {
    tags.values().cloned().collect()
}

/// Adds or replaces tags. Fails without changing any if the resource would then have too many tags.
/// When a tag is replaced, its key takes on the spelling in `new`:
/// <https://github.com/aws/aws-cdk/issues/26253>.
pub(super) fn set_tags(
    tags: &mut BTreeMap<String, Tag>,
    new: BTreeMap<String, Tag>,
) -> ApiResult<()> {
    if tags.keys().chain(new.keys()).collect::<BTreeSet<_>>().len() > MAX_TAGS {
        // https://github.com/versity/versitygw/pull/2316
        return Err(limit_exceeded("The number of tags has reached the maximum limit."));
    }
    tags.extend(new);
    Ok(())
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

/// Implements the operations that add, remove and list the tags of a resource. Adding a tag
/// replaces any tag with the same key. Removing a tag that does not exist has no effect.
macro_rules! tag_operations {
    (
        $name:ident, $checked:ident, $fold:expr, $find:ident, $find_mut:ident;
        $(#[$tag_doc:meta])* $tag:ty;
        $(#[$untag_doc:meta])* $untag:ty;
        $(#[$list_doc:meta])* $list:ty;
    ) => {
        $(#[$tag_doc])*
        impl Operation for $tag {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let new = $checked(&self.tags)?;
                let record = $find_mut(call, &self.$name.unwrap_or_default())?;
                $crate::iam::tags::set_tags(&mut record.tags, new)
            }
        }

        $(#[$untag_doc])*
        impl Operation for $untag {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let record = $find_mut(call, &self.$name.unwrap_or_default())?;
                for key in &self.tag_keys {
                    record.tags.remove(&$fold(key));
                }
                Ok(())
            }
        }

        $(#[$list_doc])*
        impl Operation for $list {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let tags = &$find(call, &self.$name.unwrap_or_default())?.tags;
                let (marker, max) = (self.marker.as_deref(), self.max_items);
                let page = $crate::iam::tags::tags_page(Self::NAME, tags, marker, max)?;
                let $crate::iam::page::Page { items: tags, is_truncated, marker } = page;
                Ok(Self::Output { tags, is_truncated, marker })
            }
        }
    };
}
pub(super) use tag_operations;

tag_operations! {
    role_name, role_tags, str::to_lowercase, role, role_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>
    TagRoleRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html>
    UntagRoleRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html>
    ListRoleTagsRequest;
}

impl Tag {
    /// Returns a tag with the given key and value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()) }
    }
}
