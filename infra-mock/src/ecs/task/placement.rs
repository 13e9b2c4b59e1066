//! Task placement: launch types and capacity provider strategies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::ApiResult;
use crate::ecs::capacity;
use crate::ecs::errors;
use crate::ecs::fixtures::LaunchType;
use crate::ecs::state::{Record, Share, State};
use crate::ecs::{CapacityProviderStrategyItem, TaskDefinition};

/// A launch type or a capacity provider strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::ecs) enum Capacity {
    LaunchType(LaunchType),
    Strategy(BTreeMap<String, Share>),
}

impl Default for Capacity {
    fn default() -> Self {
        Self::LaunchType(LaunchType::default())
    }
}

/// The launch type or capacity provider of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ecs) struct Placement {
    pub(in crate::ecs) launch_type: LaunchType,
    pub(in crate::ecs) capacity_provider: Option<String>,
}

impl Capacity {
    /// Reads the launch type or strategy from a request. The default is the cluster's strategy, or
    /// the EC2 launch type if the cluster has no strategy.
    pub(in crate::ecs) fn read(
        state: &State,
        cluster: &Record,
        launch_type: Option<&str>,
        strategy: Option<Vec<CapacityProviderStrategyItem>>,
    ) -> ApiResult<Self> {
        let strategy = strategy.filter(|items| !items.is_empty());
        if launch_type.is_some() && strategy.is_some() {
            // https://github.com/terraform-linters/tflint-ruleset-aws/issues/349
            return Err(errors::invalid(
                "Specifying both a launch type and capacity provider strategy is not supported. Remove one and \
                 try again.",
            ));
        }
        if let Some(name) = launch_type {
            return Ok(Self::LaunchType(LaunchType::read(name).unwrap_or_default()));
        }
        let shares = match strategy {
            Some(items) => {
                let providers = cluster.spec.capacity.providers.iter().cloned().collect();
                capacity::check(state, providers, items)?.strategy
            }
            None if cluster.spec.capacity.strategy.is_empty() => {
                return Ok(Self::LaunchType(LaunchType::Ec2));
            }
            None => cluster.spec.capacity.strategy.clone(),
        };
        if shares.values().all(|share| share.weight == 0) {
            // https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/27
            return Err(errors::invalid(
                "There are no capacity providers with a weight value greater than zero defined in the default \
                 capacity provider strategy.",
            ));
        }
        Ok(Self::Strategy(shares))
    }

    /// Chooses the launch type or capacity provider of the next task. A task on a capacity provider
    /// is added to `counts`, which holds the number of tasks on each provider.
    ///
    /// The bases of a strategy are filled before its weights apply:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>.
    pub(in crate::ecs) fn place(&self, counts: &mut BTreeMap<String, i64>) -> Placement {
        let shares = match self {
            Self::LaunchType(launch_type) => {
                return Placement { launch_type: *launch_type, capacity_provider: None };
            }
            Self::Strategy(shares) => shares,
        };
        let count = |name: &String| counts.get(name).copied().unwrap_or_default();
        let based = shares.iter().find(|(name, share)| count(name) < i64::from(share.base));
        // Selects the provider with the lowest quotient (tasks + 1 - base) / weight. Comparing
        // cross products avoids the actual division.
        let weighted = shares.iter().filter(|(_, share)| share.weight > 0);
        let least = weighted.min_by(|(one, a), (other, b)| {
            let used = |name: &String, share: &Share| count(name) - i64::from(share.base) + 1;
            let left = used(one, a) * i64::from(b.weight);
            left.cmp(&(used(other, b) * i64::from(a.weight)))
        });
        let name = based.or(least).map(|(name, _)| name.clone()).unwrap_or_default();
        *counts.entry(name.clone()).or_default() += 1;
        let launch_type =
            if capacity::is_fargate(&name) { LaunchType::Fargate } else { LaunchType::Ec2 };
        Placement { launch_type, capacity_provider: Some(name) }
    }

    /// Returns the launch types that the tasks can have.
    fn launch_types(&self) -> Vec<LaunchType> {
        match self {
            Self::LaunchType(launch_type) => vec![*launch_type],
            Self::Strategy(shares) if shares.keys().any(|name| capacity::is_fargate(name)) => {
                vec![LaunchType::Fargate]
            }
            Self::Strategy(_) => vec![LaunchType::Ec2],
        }
    }

    /// Returns whether tasks run on Fargate.
    pub(in crate::ecs) fn is_fargate(&self) -> bool {
        self.launch_types() == [LaunchType::Fargate]
    }

    /// Returns the launch type, or `None` if a strategy is used instead.
    pub(in crate::ecs) fn launch_type(&self) -> Option<LaunchType> {
        match self {
            Self::LaunchType(launch_type) => Some(*launch_type),
            Self::Strategy(_) => None,
        }
    }

    /// Returns the strategy as it appears in responses, or `None` if a launch type is used instead.
    pub(in crate::ecs) fn items(&self) -> Option<Vec<CapacityProviderStrategyItem>> {
        let Self::Strategy(shares) = self else { return None };
        let item = |(name, share): (&String, &Share)| {
            CapacityProviderStrategyItem::new(name, share.base, share.weight)
        };
        Some(shares.iter().map(item).collect())
    }

    /// Returns the capacity providers in the strategy.
    pub(in crate::ecs) fn providers(&self) -> impl Iterator<Item = &String> {
        let shares = match self {
            Self::LaunchType(_) => None,
            Self::Strategy(shares) => Some(shares),
        };
        shares.into_iter().flat_map(BTreeMap::keys)
    }

    /// Returns an error if the task definition does not support the launch type that the tasks
    /// would have.
    pub(in crate::ecs) fn check(&self, definition: &TaskDefinition) -> ApiResult<()> {
        for launch_type in self.launch_types() {
            let name = launch_type.as_str();
            if !definition.compatibilities.iter().any(|known| known == name) {
                // https://github.com/buildkite-plugins/ecs-deploy-buildkite-plugin/issues/34
                return Err(errors::invalid(format!(
                    "Task definition does not support launch_type {name}."
                )));
            }
        }
        Ok(())
    }
}
