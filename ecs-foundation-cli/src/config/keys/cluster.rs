//! The keys of `[cluster]`.

use infra_core::values::{CapacityProviderName, InsightsSetting};
use serde_json::{Value as Json, json};

use super::super::partial::{PartialCluster, PartialStrategy};
use super::super::reader::Reader;
use super::super::section::{Entry, Keys, Section};

impl Section for PartialCluster {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("name", "The name; by default PROJECT-ENVIRONMENT-cluster.", |it| {
            &mut it.settings.name
        });
        keys.set(
            "container_insights",
            "Container Insights: enabled, enhanced (down to tasks and containers) or disabled.",
            |it, word: InsightsSetting| it.settings.container_insights = word.into(),
        );
        keys.set(
            "capacity_providers",
            "The capacity providers of the cluster.",
            |it, names: Vec<CapacityProviderName>| {
                it.settings.capacity.providers = names.into_iter().map(String::from).collect();
            },
        );
        keys.key(
            "default_capacity_provider_strategy",
            "The strategy for services and tasks that do not specify one; [] for none.",
            |it| &mut it.strategy,
        );
        keys.key("tags", "Additional tags of the cluster.", |it| &mut it.settings.tags);
    }
}

impl Section for PartialStrategy {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("capacity_provider", "A capacity provider of the cluster.", |it| {
            &mut it.capacity_provider
        });
        keys.key(
            "base",
            "The number of tasks placed on it before the weights apply; only one item can have a base.",
            |it| &mut it.base,
        );
        keys.key("weight", "Its relative share of the tasks above the base.", |it| &mut it.weight);
    }

    fn rules() -> Json {
        json!({ "required": ["capacity_provider"] })
    }

    fn check(&self, reader: &mut Reader<'_>, entry: &Entry<'_>) {
        let given = reader.place(&format!("{}.capacity_provider", entry.path)).is_some();
        if !given && entry.value.get_ref().is_table() {
            let error = entry
                .error("an item of the strategy has no capacity provider")
                .hint("write capacity_provider = \"FARGATE\"");
            reader.error(error);
        }
    }
}
