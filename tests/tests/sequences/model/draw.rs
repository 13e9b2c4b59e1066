//! Draws values for requests. Most values are valid and come from a small set. AWS would reject the
//! rest.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use super::{AnyStep, LAST_TOKEN, Step};

/// A string member of a request, or `None` if the request omits the member.
pub(super) type Text = BoxedStrategy<Option<String>>;

/// Draws a valid string or, with a probability of `odd` per thousand, an invalid value. An invalid
/// value is one of the bad strings, a string that is too long, or `None`.
pub(super) fn text(odd: u32, good: &'static [&'static str], bad: &'static [&'static str]) -> Text {
    let good = select(good).prop_map(|text| Some(text.to_owned()));
    if odd == 0 {
        return good.boxed();
    }
    // This string is longer than any name that AWS allows.
    let long = Just(Some("x".repeat(520)));
    let bad = prop_oneof![
        4 => select(bad).prop_map(|text| Some(text.to_owned())),
        1 => long,
        1 => Just(None),
    ];
    rather(odd, good.boxed(), bad.boxed())
}

/// Draws a string as [`text`] does, or omits the member.
pub(super) fn maybe(odd: u32, good: &'static [&'static str], bad: &'static [&'static str]) -> Text {
    prop_oneof![2 => Just(None), 3 => text(odd, good, bad)].boxed()
}

/// Draws up to two strings.
pub(super) fn several(
    odd: u32,
    good: &'static [&'static str],
    bad: &'static [&'static str],
) -> BoxedStrategy<Vec<String>> {
    let one = text(odd, good, bad).prop_map(Option::unwrap_or_default);
    proptest::collection::vec(one, 0..3).boxed()
}

/// Draws a valid value or, with a probability of `odd` per thousand, an invalid value.
pub(super) fn rather<T: std::fmt::Debug + Clone + 'static>(
    odd: u32,
    good: BoxedStrategy<T>,
    bad: BoxedStrategy<T>,
) -> BoxedStrategy<T> {
    // proptest does not allow a weight of zero.
    if odd == 0 { good } else { prop_oneof![1000 - odd => good, odd => bad].boxed() }
}

/// Draws one of the good numbers or, with a probability of `odd` per thousand, a number that is out
/// of range.
pub(super) fn number(
    odd: u32,
    good: &'static [i32],
    bad: &'static [i32],
) -> BoxedStrategy<Option<i32>> {
    rather(odd, select(good).prop_map(Some).boxed(), select(bad).prop_map(Some).boxed())
}

/// Draws a page size, or omits the member.
pub(super) fn page(odd: u32) -> BoxedStrategy<Option<i32>> {
    prop_oneof![1 => Just(None), 1 => number(odd, &[1, 2, 50], &[0, -1, 100_000])].boxed()
}

/// Draws the pagination token from the last answer, an invalid token, or no token.
pub(super) fn token(odd: u32) -> Text {
    let good = prop_oneof![3 => Just(None), 1 => Just(Some(LAST_TOKEN.to_owned()))];
    rather(odd, good.boxed(), Just(Some("bm93aGVyZQ==".to_owned())).boxed())
}

/// Draws the keys and values for a list of tags.
pub(super) fn pairs(odd: u32) -> BoxedStrategy<Vec<(String, String)>> {
    let key = text(odd, &["Name", "team", "a b+c=d", "ключ"], &["aws:own", "", "<no>"]);
    let value = text(odd, &["x", "", "ü y/z:1"], &["*", "<no>"]);
    let pair = (key, value).prop_map(|(key, value)| {
        (key.unwrap_or_else(|| "k".repeat(129)), value.unwrap_or_default())
    });
    let unique = proptest::collection::vec(pair.clone(), 0..4).prop_map(|mut pairs| {
        pairs.sort();
        pairs.dedup_by(|one, other| one.0 == other.0);
        pairs
    });
    let bad = prop_oneof![
        // A duplicate key.
        pair.prop_map(|pair| vec![pair.clone(), pair]),
        // More tags than a resource can have.
        Just((0..51).map(|number| (format!("k{number}"), String::new())).collect::<Vec<_>>()),
    ];
    rather(odd, unique.boxed(), bad.boxed())
}

/// Draws tag keys.
pub(super) fn keys(odd: u32) -> BoxedStrategy<Vec<String>> {
    let key = text(odd, &["Name", "team", "a b+c=d", "nobody has this"], &["aws:own", ""]);
    proptest::collection::vec(key.prop_map(|key| key.unwrap_or_else(|| "k".repeat(129))), 1..3)
        .boxed()
}

/// Converts drawn requests to steps of a sequence.
pub(super) fn step<S: Step + Clone + std::fmt::Debug + 'static>(
    requests: impl Strategy<Value = S> + 'static,
) -> BoxedStrategy<AnyStep> {
    requests.prop_map(|request| Arc::new(request) as AnyStep).boxed()
}

/// Draws a step from one of several strategies, which are chosen by weight.
pub(super) fn either(steps: Vec<(u32, BoxedStrategy<AnyStep>)>) -> BoxedStrategy<AnyStep> {
    proptest::strategy::Union::new_weighted(steps).boxed()
}
