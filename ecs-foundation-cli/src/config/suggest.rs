//! Which known name somebody meant who wrote another.

/// The known name nearest to `given`, if one is near: one typing error for each three letters, at least one.
pub(super) fn nearest<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let given = given.to_lowercase().replace('-', "_");
    let distances = known.into_iter().map(|name| {
        let spelled = name.to_lowercase().replace('-', "_");
        let limit = (spelled.chars().count().max(given.chars().count()) / 3).max(1);
        (distance(&given, &spelled), limit, name)
    });
    distances
        .filter(|(distance, limit, _)| distance <= limit)
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, name)| name)
}

/// How many letters have to be put in, left out, changed, or swapped with the next one.
fn distance(a: &str, b: &str) -> usize {
    // A name is short; what is not is none that is known.
    const LONGEST: usize = 64;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().max(b.len()) > LONGEST {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let changed = last[j] + usize::from(from != to);
            let mut best = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_distance_counts_each_typing_error_once() {
        for (a, b, errors) in [
            ("region", "region", 0),
            ("regoin", "region", 1),
            ("regio", "region", 1),
            ("regiom", "region", 1),
            ("", "region", 6),
        ] {
            assert_eq!(distance(a, b), errors, "{a} {b}");
        }
    }

    #[test]
    fn only_near_names_are_suggested() {
        let known = ["region", "profile", "retention_in_days"];
        assert_eq!(nearest("Region", known), Some("region"));
        assert_eq!(nearest("retention-days", known), Some("retention_in_days"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"r".repeat(1000), known), None);
    }
}
