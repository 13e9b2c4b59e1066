//! Capacity providers with an Auto Scaling group, and Fargate's capacity providers, which exist in
//! every account.

use std::collections::BTreeMap;

use infra_core::arn::Location;
use serde::{Deserialize, Deserializer, Serialize};

use super::capacity::{FARGATE, is_fargate};
use super::reference::ResourceArn;
use super::state::{State, Status};
use super::{errors, list, tags};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{
    AutoScalingGroupProvider, CapacityProvider, CreateCapacityProviderRequest,
    DeleteCapacityProviderRequest, DescribeCapacityProvidersRequest, Failure, ManagedScaling, Tag,
    UpdateCapacityProviderRequest,
};
use crate::paging;

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeCapacityProviders.html>
const MOST_DESCRIBED: i32 = 10;

const LONGEST_NAME: usize = 255;

/// A capacity provider with an Auto Scaling group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ProviderRecord {
    group: AutoScalingGroupProvider,
    pub(super) tags: BTreeMap<String, String>,
    /// Whether the capacity provider has been updated since it was created.
    is_updated: bool,
}

/// Deserializes capacity providers. Snapshots from older versions of the mock contain only the
/// names of the capacity providers.
pub(super) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, ProviderRecord>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Records(BTreeMap<String, ProviderRecord>),
        Names(Vec<String>),
    }
    Ok(match Stored::deserialize(deserializer)? {
        Stored::Records(records) => records,
        Stored::Names(names) => {
            names.into_iter().map(|name| (name, ProviderRecord::default())).collect()
        }
    })
}

impl ProviderRecord {
    fn view(&self, location: &Location, name: &str) -> CapacityProvider {
        let Self { group, tags, is_updated } = self;
        let mut group = group.clone();
        // A capacity provider that a test added has no stored group ARN, so the mock returns the
        // ARN of an imaginary Auto Scaling group with the capacity provider's name.
        group.auto_scaling_group_arn.get_or_insert_with(|| {
            let resource = format!(
                "autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/{name}"
            );
            location.arn("autoscaling", resource).to_string()
        });
        group.managed_scaling = Some(with_defaults(group.managed_scaling.unwrap_or_default()));
        group.managed_termination_protection.get_or_insert_with(|| "DISABLED".to_owned());
        group.managed_draining.get_or_insert_with(|| "ENABLED".to_owned());
        let update_status = if *is_updated { "UPDATE_COMPLETE" } else { "CREATE_COMPLETE" };
        CapacityProvider {
            capacity_provider_arn: arn(location, name),
            name: name.to_owned(),
            status: "ACTIVE".to_owned(),
            auto_scaling_group_provider: Some(group),
            update_status: Some(update_status.to_owned()),
            tags: tags.iter().map(|(key, value)| Tag::new(key, value)).collect(),
            r#type: Some("EC2_AUTOSCALING".to_owned()),
            ..CapacityProvider::default()
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedScaling.html>
fn with_defaults(mut scaling: ManagedScaling) -> ManagedScaling {
    scaling.status.get_or_insert_with(|| "DISABLED".to_owned());
    scaling.target_capacity.get_or_insert(100);
    scaling.minimum_scaling_step_size.get_or_insert(1);
    scaling.maximum_scaling_step_size.get_or_insert(10_000);
    scaling.instance_warmup_period.get_or_insert(300);
    scaling
}

fn arn(location: &Location, name: &str) -> String {
    location.arn("ecs", format!("capacity-provider/{name}")).to_string()
}

/// Returns the name of a capacity provider, given its name or ARN.
fn named(location: &Location, text: &str) -> Option<String> {
    if !text.starts_with("arn:") {
        return Some(text.to_owned());
    }
    let arn = ResourceArn::read(text).ok()?;
    (arn.kind == "capacity-provider" && arn.is_in(location)).then(|| arn.name.to_owned())
}

/// Returns the error for a capacity provider that does not exist, as quoted for `DeleteCapacityProvider` in
/// `internal/service/ecs/capacity_provider.go` of <https://github.com/hashicorp/terraform-provider-aws>.
fn missing() -> ApiError {
    errors::client(
        "The specified capacity provider does not exist. Specify a valid name or ARN and try again.",
    )
}

/// Rejects capacity providers for Managed Instances, which the mock does not implement. The message
/// is the mock's own.
fn check_kind(cluster: Option<&String>, managed: bool) -> ApiResult<()> {
    if managed || cluster.is_some() {
        let what =
            "infra-mock does not implement capacity providers for Amazon ECS Managed Instances";
        return Err(ApiError::new("NotImplemented", what).with_status(501));
    }
    Ok(())
}

/// Creates a capacity provider. The mock does not check whether the Auto Scaling group exists.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html>
impl Operation for CreateCapacityProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        check_kind(self.cluster.as_ref(), self.managed_instances_provider.is_some())?;
        let name = self.name.unwrap_or_default();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(allowed) {
            // The rule is in the API reference. The message is modeled on the messages for
            // clusters.
            return Err(errors::no_match(
                "Capacity provider name",
                r"^[a-zA-Z0-9\-_]{1,255}$",
                &name,
            ));
        }
        let lower = name.to_lowercase();
        if ["aws", "ecs", "fargate"].iter().any(|prefix| lower.starts_with(prefix)) {
            // The rule is in the API reference. AWS's message is not publicly documented.
            return Err(errors::invalid(
                "The capacity provider name must not start with aws, ecs or fargate.",
            ));
        }
        let group = self
            .auto_scaling_group_provider
            .ok_or_else(|| errors::blank("Auto scaling group provider"))?;
        let tags = tags::check_all(self.tags.unwrap_or_default())?;
        let location = call.caller.location.clone();
        let providers = &mut call.ecs().capacity_providers;
        if providers.contains_key(&name) {
            // Public Terraform configurations quote this message.
            return Err(errors::client(
                "The specified capacity provider already exists. To change the configuration of an existing \
                 capacity provider, update the capacity provider.",
            ));
        }
        let record = ProviderRecord { group, tags, is_updated: false };
        let capacity_provider = record.view(&location, &name);
        providers.insert(name, record);
        Ok(Self::Output { capacity_provider })
    }
}

/// Changes how a capacity provider scales its Auto Scaling group. Settings that the request omits
/// keep their values.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCapacityProvider.html>
impl Operation for UpdateCapacityProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        check_kind(self.cluster.as_ref(), self.managed_instances_provider.is_some())?;
        let location = call.caller.location.clone();
        let name = named(&location, &self.name.unwrap_or_default()).ok_or_else(missing)?;
        let record = call.ecs().capacity_providers.get_mut(&name).ok_or_else(missing)?;
        let new = self
            .auto_scaling_group_provider
            .ok_or_else(|| errors::blank("Auto scaling group provider"))?;
        let ProviderRecord { group, is_updated, .. } = record;
        if let Some(new) = new.managed_scaling {
            let old = group.managed_scaling.take().unwrap_or_default();
            group.managed_scaling = Some(ManagedScaling {
                status: new.status.or(old.status),
                target_capacity: new.target_capacity.or(old.target_capacity),
                minimum_scaling_step_size: new
                    .minimum_scaling_step_size
                    .or(old.minimum_scaling_step_size),
                maximum_scaling_step_size: new
                    .maximum_scaling_step_size
                    .or(old.maximum_scaling_step_size),
                instance_warmup_period: new.instance_warmup_period.or(old.instance_warmup_period),
            });
        }
        if new.managed_termination_protection.is_some() {
            group.managed_termination_protection = new.managed_termination_protection;
        }
        if new.managed_draining.is_some() {
            group.managed_draining = new.managed_draining;
        }
        *is_updated = true;
        let capacity_provider = record.view(&location, &name);
        Ok(Self::Output { capacity_provider })
    }
}

/// Deletes a capacity provider that no cluster uses.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCapacityProvider.html>
impl Operation for DeleteCapacityProviderRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        check_kind(self.cluster.as_ref(), false)?;
        let (location, now) = (call.caller.location.clone(), call.now);
        let text = self.capacity_provider.unwrap_or_default();
        let name = named(&location, &text).ok_or_else(missing)?;
        if is_fargate(&name) {
            // The rule is in the API reference. AWS's message is not publicly documented.
            return Err(errors::client(
                "The FARGATE and FARGATE_SPOT capacity providers are reserved and cannot be deleted.",
            ));
        }
        let state = call.ecs();
        let record = state.capacity_providers.get(&name).ok_or_else(missing)?;
        let has = |(_, cluster): &(_, &super::state::Record)| {
            cluster.status(now) != Status::Inactive
                && cluster.spec.capacity.providers.contains(&name)
        };
        if let Some((cluster, _)) = state.clusters.iter().find(has) {
            // Public notes on deleting capacity providers quote this message. The code is the same
            // as for the operation's other errors.
            return Err(errors::client(format!(
                "The capacity provider cannot be deleted because it is associated with cluster: {cluster}. Remove \
                 the capacity provider from the cluster and try again."
            )));
        }
        let capacity_provider = CapacityProvider {
            status: "INACTIVE".to_owned(),
            update_status: Some("DELETE_COMPLETE".to_owned()),
            ..record.view(&location, &name)
        };
        state.capacity_providers.remove(&name);
        Ok(Self::Output { capacity_provider })
    }
}

/// Describes capacity providers, including Fargate's.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeCapacityProviders.html>
impl Operation for DescribeCapacityProvidersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        check_kind(self.cluster.as_ref(), false)?;
        let size = list::size(self.max_results, MOST_DESCRIBED, 10)?;
        let with_tags = self.include.is_some_and(|include| include.iter().any(|i| i == "TAGS"));
        let location = call.caller.location.clone();
        let state = call.ecs();
        let shown = |mut provider: CapacityProvider| {
            if !with_tags {
                provider.tags.clear();
            }
            provider
        };
        let asked = self.capacity_providers.unwrap_or_default();
        let mut failures = Vec::new();
        let mut found: Vec<CapacityProvider> = Vec::new();
        if asked.is_empty() {
            found.extend(FARGATE.map(|name| of_fargate(&location, name)));
            found.extend(state.providers(&location));
        }
        for text in asked {
            let name = named(&location, &text);
            let own = name.as_ref().and_then(|name| {
                state.capacity_providers.get(name).map(|record| record.view(&location, name))
            });
            let provider = own.or_else(|| {
                let name = name.filter(|name| is_fargate(name))?;
                Some(of_fargate(&location, &name))
            });
            match provider {
                Some(provider) => found.push(provider),
                // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
                None => failures.push(Failure {
                    arn: if text.starts_with("arn:") { text } else { arn(&location, &text) },
                    reason: "MISSING".to_owned(),
                    detail: None,
                }),
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found.dedup_by(|one, other| one.name == other.name);
        let token = self.next_token.as_deref();
        let page =
            paging::page("DescribeCapacityProviders", found, |p| p.name.as_str(), token, size)
                .map_err(|_| list::bad_token())?;
        Ok(Self::Output {
            capacity_providers: page.items.into_iter().map(shown).collect(),
            failures,
            next_token: page.next_token,
        })
    }
}

/// Returns one of Fargate's capacity providers in the form shown in the example for
/// `aws ecs describe-capacity-providers`:
/// <https://docs.aws.amazon.com/cli/latest/reference/ecs/describe-capacity-providers.html>.
fn of_fargate(location: &Location, name: &str) -> CapacityProvider {
    CapacityProvider {
        capacity_provider_arn: arn(location, name),
        name: name.to_owned(),
        status: "ACTIVE".to_owned(),
        r#type: Some(name.to_owned()),
        ..CapacityProvider::default()
    }
}

impl State {
    fn providers(&self, location: &Location) -> impl Iterator<Item = CapacityProvider> {
        self.capacity_providers.iter().map(|(name, record)| record.view(location, name))
    }
}
