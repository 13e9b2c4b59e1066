//! Values that requests are drawn from: few that are right, and some that AWS refuses.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use super::{AnyStep, LAST_TOKEN, Step};

/// A text that is there.
pub(super) type Text = BoxedStrategy<Option<String>>;

/// One of the good texts, and `odd` times of a thousand one of the others, or none at all.
pub(super) fn text(odd: u32, good: &'static [&'static str], bad: &'static [&'static str]) -> Text {
    let good = select(good).prop_map(|text| Some(text.to_owned()));
    if odd == 0 {
        return good.boxed();
    }
    // A few letters more than any name may have.
    let long = Just(Some("x".repeat(520)));
    let bad = prop_oneof![
        4 => select(bad).prop_map(|text| Some(text.to_owned())),
        1 => long,
        1 => Just(None),
    ];
    rather(odd, good.boxed(), bad.boxed())
}

/// The same where the member may be left out.
pub(super) fn maybe(odd: u32, good: &'static [&'static str], bad: &'static [&'static str]) -> Text {
    prop_oneof![2 => Just(None), 3 => text(odd, good, bad)].boxed()
}

/// Up to two of the texts.
pub(super) fn several(
    odd: u32,
    good: &'static [&'static str],
    bad: &'static [&'static str],
) -> BoxedStrategy<Vec<String>> {
    let one = text(odd, good, bad).prop_map(Option::unwrap_or_default);
    proptest::collection::vec(one, 0..3).boxed()
}

/// One of the good values, and `odd` times of a thousand one of the others.
pub(super) fn rather<T: std::fmt::Debug + Clone + 'static>(
    odd: u32,
    good: BoxedStrategy<T>,
    bad: BoxedStrategy<T>,
) -> BoxedStrategy<T> {
    // A weight of zero would be no strategy.
    if odd == 0 { good } else { prop_oneof![1000 - odd => good, odd => bad].boxed() }
}

/// A number of a set, or one that is out of its range.
pub(super) fn number(
    odd: u32,
    good: &'static [i32],
    bad: &'static [i32],
) -> BoxedStrategy<Option<i32>> {
    rather(odd, select(good).prop_map(Some).boxed(), select(bad).prop_map(Some).boxed())
}

/// A size of a page, or none.
pub(super) fn page(odd: u32) -> BoxedStrategy<Option<i32>> {
    prop_oneof![1 => Just(None), 1 => number(odd, &[1, 2, 50], &[0, -1, 100_000])].boxed()
}

/// Where a listing goes on.
pub(super) fn token(odd: u32) -> Text {
    let good = prop_oneof![3 => Just(None), 1 => Just(Some(LAST_TOKEN.to_owned()))];
    rather(odd, good.boxed(), Just(Some("bm93aGVyZQ==".to_owned())).boxed())
}

/// Keys and values of tags.
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
        // The same key twice.
        pair.prop_map(|pair| vec![pair.clone(), pair]),
        // More than a resource can have.
        Just((0..51).map(|number| (format!("k{number}"), String::new())).collect::<Vec<_>>()),
    ];
    rather(odd, unique.boxed(), bad.boxed())
}

/// Keys of tags.
pub(super) fn keys(odd: u32) -> BoxedStrategy<Vec<String>> {
    let key = text(odd, &["Name", "team", "a b+c=d", "nobody has this"], &["aws:own", ""]);
    proptest::collection::vec(key.prop_map(|key| key.unwrap_or_else(|| "k".repeat(129))), 1..3)
        .boxed()
}

/// A step of a request.
pub(super) fn step<S: Step + Clone + std::fmt::Debug + 'static>(
    requests: impl Strategy<Value = S> + 'static,
) -> BoxedStrategy<AnyStep> {
    requests.prop_map(|request| Arc::new(request) as AnyStep).boxed()
}

/// Steps, some oftener than others.
pub(super) fn either(steps: Vec<(u32, BoxedStrategy<AnyStep>)>) -> BoxedStrategy<AnyStep> {
    proptest::strategy::Union::new_weighted(steps).boxed()
}
