//! Rules that involve several values in a [`FoundationSpec`](super::FoundationSpec).
//!
//! The rules for a single value are part of its type ([`values`](crate::values)).
//! [`FoundationSpec::validate`] applies the rules in this module. These rules are public so that a
//! program that reads the values from a file can report the position of each invalid value.
//!
//! [`FoundationSpec::validate`]: super::FoundationSpec::validate

use std::collections::BTreeSet;

use crate::provider::StrategyItem;

/// The rule for the number of filters that exclude image tags from the tag mutability setting.
pub const FILTER_COUNT: &str = "tag mutability with exclusion requires 1 to 5 filters";

/// A rule that a capacity provider strategy breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyError {
    /// The index of the item, or `None` if the error concerns the whole strategy.
    pub index: Option<usize>,
    /// The name of the item's field in the configuration, or an empty string if the error concerns
    /// the whole strategy.
    pub field: &'static str,
    /// The index of the earlier item that this item conflicts with, if there is one.
    pub earlier: Option<usize>,
    /// The error message.
    pub message: String,
    /// The rule that is broken.
    pub rule: String,
    /// A hint on how to fix the error.
    pub hint: String,
}

/// Returns every rule that a default capacity provider strategy breaks on a cluster with these
/// providers.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>
/// and `API_CreateCluster`.
pub fn strategy(items: &[StrategyItem], providers: &BTreeSet<String>) -> Vec<StrategyError> {
    const PROVIDER: &str = "capacity_provider";
    let mut errors = Vec::new();
    let of_whole = |message: String, rule: &str, hint: &str| StrategyError {
        index: None,
        field: "",
        earlier: None,
        message,
        rule: rule.to_owned(),
        hint: hint.to_owned(),
    };
    for (index, item) in items.iter().enumerate() {
        let name = &item.capacity_provider;
        let of_item = |field, earlier, message: String, rule: String, hint: String| StrategyError {
            index: Some(index),
            field,
            earlier,
            message,
            rule,
            hint,
        };
        if !providers.contains(name) {
            errors.push(of_item(
                PROVIDER,
                None,
                format!("the cluster has no capacity provider {name:?}"),
                known_providers(providers),
                format!(
                    "add {name:?} to the cluster's capacity providers, or use another provider here"
                ),
            ));
        }
        let twin = items[..index].iter().position(|earlier| earlier.capacity_provider == *name);
        if twin.is_some() {
            errors.push(of_item(
                PROVIDER,
                twin,
                format!("the strategy lists {name:?} twice"),
                "a strategy can list each capacity provider only once".to_owned(),
                "remove one of the two".to_owned(),
            ));
        }
        let based = items[..index].iter().position(|earlier| earlier.base > 0);
        if item.base > 0 && based.is_some() {
            errors.push(of_item(
                "base",
                based,
                "the strategy has more than one base".to_owned(),
                "only one capacity provider in a strategy can have a base".to_owned(),
                "remove this base and distribute the tasks by weight".to_owned(),
            ));
        }
    }
    if !items.is_empty() && items.iter().all(|item| item.weight == 0) {
        errors.push(of_whole(
            "all weights in the strategy are 0".to_owned(),
            "at least one capacity provider in a strategy needs a weight above 0",
            "write weight = 1",
        ));
    }
    let fargate = |item: &&StrategyItem| item.capacity_provider.starts_with("FARGATE");
    let other = |item: &&StrategyItem| !fargate(item);
    if let Some((fargate, other)) = items.iter().find(fargate).zip(items.iter().find(other)) {
        let (fargate, other) = (&fargate.capacity_provider, &other.capacity_provider);
        errors.push(of_whole(
            format!("the strategy mixes {fargate:?} and {other:?}"),
            "a strategy can use either Fargate or Auto Scaling group providers, not both",
            "keep one kind here; each service or task can define its own strategy",
        ));
    }
    errors
}

/// Returns the rule that limits a strategy to the cluster's capacity providers. The text lists
/// these providers.
pub fn known_providers(providers: &BTreeSet<String>) -> String {
    let list: Vec<&str> = providers.iter().map(String::as_str).collect();
    let list = if list.is_empty() { "the cluster has none".to_owned() } else { list.join(", ") };
    format!("a strategy can use only the cluster's capacity providers: {list}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::strategy;
    use crate::provider::StrategyItem;

    fn item(name: &str, base: u32, weight: u32) -> StrategyItem {
        StrategyItem { capacity_provider: name.to_owned(), base, weight }
    }

    #[test]
    fn a_strategy_error_names_its_item_and_the_earlier_one() {
        let providers: BTreeSet<String> = ["FARGATE".to_owned()].into();
        let items = [item("FARGATE", 1, 1), item("FARGATE", 2, 0), item("x", 0, 0)];
        let found: Vec<_> = strategy(&items, &providers)
            .into_iter()
            .map(|error| (error.index, error.field, error.earlier))
            .collect();
        let provider = "capacity_provider";
        assert_eq!(
            found,
            [
                (Some(1), provider, Some(0)),
                (Some(1), "base", Some(0)),
                (Some(2), provider, None),
                (None, "", None),
            ]
        );
        assert_eq!(strategy(&items[..1], &providers), []);
    }
}
