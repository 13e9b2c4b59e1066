//! Pages of IAM's lists: `MaxItems` at a time, and a `Marker` that says where the next one begins.

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

/// The page of `all` that begins behind `marker`. The items come with the keys they are sorted by.
pub(super) fn page<T>(
    listing: &str,
    all: impl IntoIterator<Item = (String, T)>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> ApiResult<Page<T>> {
    // 100 where nothing is said: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
    let size = max_items.and_then(|max| usize::try_from(max).ok()).unwrap_or(100);
    // On record for another list: `test_iam_mfa.snapshot.json`, in the folder that user.rs names.
    let page = paging::page(listing, all, |(key, _)| key, marker, size)
        .map_err(|paging::BadToken| validation("Invalid Marker."))?;
    Ok(Page {
        items: page.items.into_iter().map(|(_, item)| item).collect(),
        is_truncated: page.next_token.is_some(),
        marker: page.next_token,
    })
}
