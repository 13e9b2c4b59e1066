//! Pagination of IAM's lists: a page has at most `MaxItems` items. Every page except the last has a
//! `Marker` for requesting the next page.

use crate::api::ApiResult;
use crate::paging;

use super::check::validation;

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) is_truncated: bool,
    pub(super) marker: Option<String>,
}

/// Returns the page of `all` that begins after the item to which `marker` refers. Each item is
/// paired with its sort key.
pub(super) fn page<T>(
    listing: &str,
    all: impl IntoIterator<Item = (String, T)>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> ApiResult<Page<T>> {
    // The default is 100: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
    let size = max_items.and_then(|max| usize::try_from(max).ok()).unwrap_or(100);
    // The error was recorded for a list of MFA devices: `test_iam_mfa.snapshot.json`, in the folder
    // cited in `user.rs`.
    let page = paging::page(listing, all, |(key, _)| key, marker, size)
        .map_err(|paging::BadToken| validation("Invalid Marker."))?;
    Ok(Page {
        items: page.items.into_iter().map(|(_, item)| item).collect(),
        is_truncated: page.next_token.is_some(),
        marker: page.next_token,
    })
}
