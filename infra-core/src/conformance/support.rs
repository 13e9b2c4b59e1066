//! Helpers shared by scenarios in several groups.

use crate::tags::Tags;

/// Returns tags with characters that JSON, forms and XML encode differently.
pub(super) fn special_character_tags() -> Tags {
    tags([("Name", "app"), ("ä ö", "a+b=c/d@e:_-. x"), ("empty", "")])
}

pub(super) fn tags<const N: usize>(pairs: [(&str, &str); N]) -> Tags {
    Tags::observed(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())))
}

/// Returns `count` tags with different keys.
pub(super) fn many_tags(count: usize) -> Tags {
    Tags::observed((0..count).map(|n| (format!("key-{n}"), n.to_string())))
}

pub(super) fn owned<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}
