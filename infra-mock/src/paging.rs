//! Pagination of lists, with opaque tokens.

/// A page of items, and a token for the next page if there are more items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// The items in list order.
    pub(crate) items: Vec<T>,
    /// The token for the next page, if there is one.
    pub(crate) next_token: Option<String>,
}

/// The error for a token that is malformed or belongs to another list. Each service has its own
/// message for this error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadToken;

/// Returns up to `size` items: those that follow `token`, or the first ones if there is no token.
///
/// `items` must be sorted by `key`. A token contains the key of the last returned item, so it stays
/// valid if items are added or removed. A token also contains `listing`: the operation, and any
/// filters that must be the same for every page. A token with a different `listing` is rejected.
pub(crate) fn page<T>(
    listing: &str,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    token: Option<&str>,
    size: usize,
) -> Result<Page<T>, BadToken> {
    let after = token.map(|token| decode(listing, token).ok_or(BadToken)).transpose()?;
    let mut rest = items
        .into_iter()
        .skip_while(|item| after.as_deref().is_some_and(|after| key(item) <= after));
    let items: Vec<T> = rest.by_ref().take(size.max(1)).collect();
    let more = rest.next().is_some();
    let next_token = items.last().filter(|_| more).map(|last| encode(listing, key(last)));
    Ok(Page { items, next_token })
}

fn encode(listing: &str, key: &str) -> String {
    use std::fmt::Write as _;

    let plain = format!("{listing}\n{key}");
    plain.bytes().fold(String::with_capacity(2 * plain.len()), |mut token, byte| {
        // Writing to a String cannot fail.
        let _ = write!(token, "{byte:02x}");
        token
    })
}

fn decode(listing: &str, token: &str) -> Option<String> {
    if !token.is_ascii() || !token.len().is_multiple_of(2) {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..token.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(token.get(at..at + 2)?, 16).ok())
        .collect();
    let plain = String::from_utf8(bytes?).ok()?;
    let (from, key) = plain.split_once('\n')?;
    (from == listing).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{BadToken, page};

    fn names(token: Option<&str>) -> Result<(Vec<&'static str>, Option<String>), BadToken> {
        let page = page("names", ["a", "b", "c"], |name| name, token, 2)?;
        Ok((page.items, page.next_token))
    }

    #[test]
    fn pages_together_contain_the_whole_list() {
        let (first, token) = names(None).unwrap();
        let (second, end) = names(token.as_deref()).unwrap();
        assert_eq!((first, second, end), (vec!["a", "b"], vec!["c"], None));
    }

    #[test]
    fn token_stays_valid_after_its_item_is_deleted() {
        let (_, token) = names(None).unwrap();
        let rest = page("names", ["a", "c", "d"], |name| name, token.as_deref(), 2).unwrap();
        assert_eq!(rest.items, ["c", "d"]);
    }

    #[test]
    fn invalid_token_and_token_of_another_list_are_rejected() {
        for bad in ["", "zz", "616", "é1", "6e616d6573"] {
            assert_eq!(names(Some(bad)), Err(BadToken), "{bad}");
        }
        let other = page("others", ["a", "b"], |name| name, None, 1).unwrap();
        assert_eq!(names(other.next_token.as_deref()), Err(BadToken));
    }
}
