//! Errors of the cluster and its capacity providers.

use super::{none, shop, shows};

#[test]
fn a_value_that_is_none_of_the_words_is_refused_with_the_nearest() {
    shows(
        &shop(
            r#"[cluster]
container_insights = "Enabled"
"#,
        ),
        &none(),
        r#"
error: "Enabled" is not a valid Container Insights setting
 --> ecs-foundation.toml:3:22
  |
3 | container_insights = "Enabled"
  |                      ^^^^^^^^^
  |
  = note: use "enabled", "enhanced" or "disabled"
  = help: write "enabled"
"#,
    );
}

#[test]
fn a_second_base_in_a_strategy_is_refused() {
    shows(
        &shop(
            r#"[[cluster.default_capacity_provider_strategy]]
capacity_provider = "FARGATE"
base = 1
weight = 1

[[cluster.default_capacity_provider_strategy]]
capacity_provider = "FARGATE_SPOT"
base = 2
"#,
        ),
        &none(),
        r"
error: a second base in the strategy
 --> ecs-foundation.toml:9:8
  |
4 | base = 1
  |        - the first base
...
9 | base = 2
  |        ^
  |
  = note: only one capacity provider of a strategy can have a base
  = help: leave this base out, and let the weights share the tasks
",
    );
}

#[test]
fn a_weight_of_1001_is_refused() {
    shows(
        &shop(
            r#"[[cluster.default_capacity_provider_strategy]]
capacity_provider = "FARGATE"
weight = 1001
"#,
        ),
        &none(),
        r"
error: 1001 is not a valid weight
 --> ecs-foundation.toml:4:10
  |
4 | weight = 1001
  |          ^^^^
  |
  = note: a weight is from 0 to 1000
  = help: write 1000
",
    );
}

#[test]
fn a_provider_that_the_cluster_lacks_is_refused_in_a_strategy() {
    shows(
        &shop(
            r#"[cluster]
capacity_providers = ["FARGATE"]
[[cluster.default_capacity_provider_strategy]]
capacity_provider = "FARGATE_SPOT"
weight = 1
"#,
        ),
        &none(),
        r#"
error: the cluster has no capacity provider "FARGATE_SPOT"
 --> ecs-foundation.toml:5:21
  |
3 | capacity_providers = ["FARGATE"]
  |                      ----------- the cluster's
4 | [[cluster.default_capacity_provider_strategy]]
5 | capacity_provider = "FARGATE_SPOT"
  |                     ^^^^^^^^^^^^^^
  |
  = note: a strategy can only name capacity providers of the cluster: FARGATE
  = help: add "FARGATE_SPOT" to capacity_providers, or name another one here
"#,
    );
}

#[test]
fn a_strategy_names_a_provider_once() {
    shows(
        &shop(
            r#"[[cluster.default_capacity_provider_strategy]]
capacity_provider = "FARGATE"
weight = 1
[[cluster.default_capacity_provider_strategy]]
capacity_provider = "FARGATE"
weight = 2
"#,
        ),
        &none(),
        r#"
error: the strategy names "FARGATE" twice
 --> ecs-foundation.toml:6:21
  |
3 | capacity_provider = "FARGATE"
  |                     --------- first here
...
6 | capacity_provider = "FARGATE"
  |                     ^^^^^^^^^
  |
  = note: a strategy names each capacity provider once
  = help: leave one of the two out
"#,
    );
}

#[test]
fn providers_without_fargate_need_another_strategy() {
    shows(
        &shop(
            r#"cluster.capacity_providers = ["FARGATE_SPOT"]
"#,
        ),
        &none(),
        r#"
error: the default strategy needs the capacity provider "FARGATE"
 --> ecs-foundation.toml:2:30
  |
2 | cluster.capacity_providers = ["FARGATE_SPOT"]
  |                              ^^^^^^^^^^^^^^^^
  |
  = note: a strategy can only name capacity providers of the cluster: FARGATE_SPOT
  = help: write [[cluster.default_capacity_provider_strategy]] with a provider of the list, or default_capacity_provider_strategy = [] for none
"#,
    );
}

#[test]
fn an_item_of_a_strategy_needs_a_provider() {
    shows(
        &shop(
            r"[[cluster.default_capacity_provider_strategy]]
weight = 1
",
        ),
        &none(),
        r#"
error: an item of the strategy names no capacity provider
 --> ecs-foundation.toml:2:1
  |
2 | [[cluster.default_capacity_provider_strategy]]
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write capacity_provider = "FARGATE"
"#,
    );
}

#[test]
fn a_strategy_without_any_weight_is_refused() {
    shows(
        &shop(
            r#"cluster.default_capacity_provider_strategy = [{ capacity_provider = "FARGATE", base = 1 }]
"#,
        ),
        &none(),
        r#"
error: the strategy has no weight
 --> ecs-foundation.toml:2:46
  |
2 | cluster.default_capacity_provider_strategy = [{ capacity_provider = "FARGATE", base = 1 }]
  |                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: at least one capacity provider of a strategy needs a weight above 0
  = help: write weight = 1
"#,
    );
}

#[test]
fn an_unknown_provider_of_fargate_s_names_is_refused() {
    shows(
        &shop(
            r#"cluster.capacity_providers = ["FARGATE", "FARGATE-SPOT"]
"#,
        ),
        &none(),
        r#"
error: "FARGATE-SPOT" is not a valid capacity provider
 --> ecs-foundation.toml:2:42
  |
2 | cluster.capacity_providers = ["FARGATE", "FARGATE-SPOT"]
  |                                          ^^^^^^^^^^^^^^
  |
  = note: use FARGATE, FARGATE_SPOT, or the name of a provider of your own: letters, digits, hyphens and underscores, not beginning with aws, ecs or fargate
  = help: write "FARGATE_SPOT"
"#,
    );
}

#[test]
fn fargate_and_other_providers_are_not_mixed_in_a_strategy() {
    shows(
        &shop(
            r#"[cluster]
capacity_providers = ["FARGATE", "own"]
default_capacity_provider_strategy = [
  { capacity_provider = "FARGATE", weight = 1 },
  { capacity_provider = "own", weight = 1 },
]
"#,
        ),
        &none(),
        r#"
error: the strategy mixes "FARGATE" and "own"
 --> ecs-foundation.toml:4:38
  |
4 | default_capacity_provider_strategy = [
  |                                      ^
  |
  = note: a strategy names either Fargate or Auto Scaling group providers, not both
  = help: keep those of one kind; services and tasks can name a strategy of their own
"#,
    );
}
