//! The rules for capacity providers and default strategies, and `PutClusterCapacityProviders`.

use std::collections::BTreeMap;

use infra_core::arn::Location;

use super::errors;
use super::reference::Reference;
use super::service::ServiceRecord;
use super::state::{CHANGED, Capacity, Change, Record, Share, State, Status};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{
    Attachment, CapacityProviderStrategyItem, KeyValuePair, PutClusterCapacityProvidersRequest,
};
use crate::ids::Ids;

/// The capacity providers that exist in every account.
pub(super) const FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

/// Returns whether a capacity provider is `FARGATE` or `FARGATE_SPOT`.
pub(super) fn is_fargate(name: &str) -> bool {
    FARGATE.contains(&name)
}

/// The maximum number of capacity providers per cluster:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>.
const MOST_PROVIDERS: usize = 20;

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>
const MOST_ITEMS: usize = 20;
const MOST_BASE: i32 = 100_000;
const MOST_WEIGHT: i32 = 1_000;

/// Replaces a cluster's capacity providers and default strategy.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html>
impl Operation for PutClusterCapacityProvidersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let settles_at = now.after(call.world.lag.capacity_providers);
        let name = Reference::required(location, self.cluster.as_deref())?;
        // Both members are required. The messages are modeled on the messages for other lists.
        let providers =
            self.capacity_providers.ok_or_else(|| errors::empty("Capacity providers"))?;
        let strategy = self
            .default_capacity_provider_strategy
            .ok_or_else(|| errors::empty("Default capacity provider strategy"))?;
        let capacity = check(call.ecs(), providers, strategy)?;

        let record = call.ecs().known(&name, now)?;
        if record.status(now) != Status::Active {
            return Err(errors::not_active());
        }
        if record.is_busy(now) {
            return Err(errors::busy());
        }
        if in_use(record).any(|provider| !capacity.providers.contains(provider)) {
            return Err(ApiError::new(
                "ResourceInUseException",
                // https://github.com/aws/containers-roadmap/issues/631
                "The specified capacity provider is in use and cannot be removed.",
            ));
        }
        let before = record.attachments().to_vec();
        let namespace = record.spec.namespace.is_some();
        let attachments = attachments(&capacity, namespace, &before, &mut call.world.ids);

        let record = call.ecs().known(&name, now)?;
        record.spec.capacity = capacity;
        record.attach(Change::Update, settles_at, attachments);
        Ok(Self::Output { cluster: record.view(location, &name, now, CHANGED) })
    }
}

/// Returns the capacity providers that the cluster's services and tasks use.
fn in_use(record: &Record) -> impl Iterator<Item = &String> {
    let services = record.services.values().flat_map(ServiceRecord::capacity_providers);
    services.chain(record.live_tasks().filter_map(|task| task.task.capacity_provider_name.as_ref()))
}

/// Checks capacity providers and a strategy according to the rules for `CreateCluster` and
/// `PutClusterCapacityProviders`.
pub(super) fn check(
    state: &State,
    providers: Vec<String>,
    strategy: Vec<CapacityProviderStrategyItem>,
) -> ApiResult<Capacity> {
    let known = |name: &String| {
        FARGATE.contains(&name.as_str()) || state.capacity_providers.contains_key(name)
    };
    if !providers.iter().all(known) {
        // https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/53
        return Err(errors::invalid(
            "The specified capacity provider was not found. Specify a valid capacity provider and try \
             again.",
        ));
    }
    let mut capacity =
        Capacity { providers: providers.into_iter().collect(), strategy: BTreeMap::new() };
    if capacity.providers.len() > MOST_PROVIDERS {
        // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1086
        return Err(errors::invalid(
            "The maximum number of capacity providers per cluster has been exceeded.",
        ));
    }
    if strategy.len() > MOST_ITEMS {
        return Err(errors::too_many("Capacity provider strategy", MOST_ITEMS));
    }
    for item in strategy {
        let (name, share) = share(item)?;
        if !capacity.providers.contains(&name) {
            // https://github.com/dask/dask-cloudprovider/issues/328
            return Err(errors::invalid(
                "The specified capacity provider strategy cannot contain a capacity provider that is \
                 not associated with the cluster. Associate the capacity provider with the cluster or \
                 specify a valid capacity provider and try again.",
            ));
        }
        if capacity.strategy.insert(name, share).is_some() {
            // AWS's message is not publicly documented, so this message is modeled on the others in
            // this function.
            return Err(errors::invalid(
                "The specified capacity provider strategy cannot contain duplicate capacity providers.",
            ));
        }
    }
    let fargate = capacity.strategy.keys().filter(|name| FARGATE.contains(&name.as_str())).count();
    if fargate > 0 && fargate < capacity.strategy.len() {
        // https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/68
        return Err(errors::invalid(
            "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling \
             groups and Fargate providers. Specify one or the other and try again.",
        ));
    }
    if capacity.strategy.values().filter(|share| share.base > 0).count() > 1 {
        // Public tools that check templates before deployment quote this message for
        // `CreateCluster`.
        return Err(errors::invalid(
            "The specified capacity provider strategy contains multiple capacity providers with a base \
             value defined.",
        ));
    }
    // ECS accepts a default strategy in which every weight is 0. `CreateService` and `RunTask`
    // reject that strategy: "There are no capacity providers with a weight value greater than zero
    // defined in the default capacity provider strategy":
    // https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/27.
    Ok(capacity)
}

/// Checks one item of a strategy. The ranges come from the service model. The messages are the
/// mock's own.
fn share(item: CapacityProviderStrategyItem) -> ApiResult<(String, Share)> {
    let CapacityProviderStrategyItem { capacity_provider, weight, base } = item;
    let name = capacity_provider
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| errors::blank("Capacity provider"))?;
    let share = Share { base: base.unwrap_or(0), weight: weight.unwrap_or(0) };
    if !(0..=MOST_BASE).contains(&share.base) {
        return Err(errors::invalid(format!(
            "Invalid base value {}. The base value must be between 0 and {MOST_BASE}.",
            share.base
        )));
    }
    if !(0..=MOST_WEIGHT).contains(&share.weight) {
        return Err(errors::invalid(format!(
            "Invalid weight value {}. The weight value must be between 0 and {MOST_WEIGHT}.",
            share.weight
        )));
    }
    Ok((name, share))
}

/// Returns the attachments of a cluster: one scaling policy for each capacity provider with an Auto
/// Scaling group, and one attachment for Service Connect if the cluster has a namespace. Fargate's
/// capacity providers have no attachments. An attachment that the cluster already has is reused.
///
/// The format of the attachments follows the examples for `aws ecs put-cluster-capacity-providers`
/// and `aws ecs update-cluster`.
pub(super) fn attachments(
    capacity: &Capacity,
    namespace: bool,
    before: &[Attachment],
    ids: &mut Ids,
) -> Vec<Attachment> {
    let provider_of = |attachment: &Attachment| attachment.details.first()?.value.clone();
    let policies = capacity.providers.iter().filter(|name| !FARGATE.contains(&name.as_str()));
    let mut all: Vec<Attachment> = policies
        .map(|name| {
            let kept = before.iter().find(|&a| provider_of(a).as_ref() == Some(name)).cloned();
            kept.unwrap_or_else(|| policy(name, ids))
        })
        .collect();
    if namespace {
        let kept = before.iter().find(|attachment| attachment.r#type == "sc").cloned();
        all.push(kept.unwrap_or_else(|| Attachment {
            id: ids.uuid(),
            r#type: "sc".to_owned(),
            status: "ATTACHED".to_owned(),
            details: Vec::new(),
        }));
    }
    all
}

fn policy(provider: &str, ids: &mut Ids) -> Attachment {
    let detail =
        |name: &str, value| KeyValuePair { name: Some(name.to_owned()), value: Some(value) };
    Attachment {
        id: ids.uuid(),
        r#type: "as_policy".to_owned(),
        status: "CREATED".to_owned(),
        details: vec![
            detail("capacityProviderName", provider.to_owned()),
            detail("scalingPolicyName", format!("ECSManagedAutoScalingPolicy-{}", ids.uuid())),
        ],
    }
}

/// Returns the ARN for a new namespace that ECS creates for Service Connect.
pub(super) fn new_namespace(location: &Location, ids: &mut Ids) -> String {
    location.arn("servicediscovery", format!("namespace/ns-{}", ids.hex(16))).to_string()
}

impl CapacityProviderStrategyItem {
    /// Creates a strategy item for a capacity provider, with a base and a weight.
    pub fn new(capacity_provider: impl Into<String>, base: i32, weight: i32) -> Self {
        Self {
            capacity_provider: Some(capacity_provider.into()),
            weight: Some(weight),
            base: Some(base),
        }
    }
}
