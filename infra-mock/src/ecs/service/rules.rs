//! The rules for the parameters of services and task sets.

use super::{DAEMON, ServiceRecord};
use crate::api::{ApiError, ApiResult};
use crate::ecs::task::network;
use crate::ecs::task::placement::Capacity;
use crate::ecs::{LoadBalancer, NetworkConfiguration, TaskDefinition, errors};

impl ServiceRecord {
    /// Returns whether the service runs one task on each container instance.
    pub(super) fn is_daemon(&self) -> bool {
        self.service.scheduling_strategy.as_deref() == Some(DAEMON)
    }

    /// Checks the parameters of a service against each other and against its task definition.
    pub(super) fn check(&self, definition: &TaskDefinition) -> ApiResult<()> {
        let service = &self.service;
        if self.is_daemon() {
            self.check_daemon()?;
        }
        let network = service.network_configuration.as_ref();
        check_tasks(definition, &self.capacity, network, &service.load_balancers)?;
        if self.capacity.is_fargate() && !service.placement_constraints.is_empty() {
            // https://github.com/GetSimpl/cloudlift/pull/138
            return Err(errors::invalid(
                "Placement constraints are not supported with FARGATE launch type.",
            ));
        }
        let deployment = service.deployment_configuration.as_ref();
        let both = deployment.map(|it| (it.maximum_percent, it.minimum_healthy_percent));
        if both == Some((Some(100), Some(100))) && !self.has_task_sets() {
            // https://github.com/hashicorp/terraform-provider-aws/issues/6150
            return Err(errors::invalid(
                "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
            ));
        }
        Ok(())
    }

    /// Returns the parameters that [`check`](Self::check) reads, to see whether an update changes any of them.
    pub(super) fn checked(&self) -> impl PartialEq {
        let service = &self.service;
        (
            &self.capacity,
            &service.task_definition,
            &service.network_configuration,
            &service.load_balancers,
            &service.placement_constraints,
            &service.placement_strategy,
            &service.deployment_configuration,
        )
    }

    /// Rejects parameters that the scheduling strategy DAEMON does not support.
    fn check_daemon(&self) -> ApiResult<()> {
        let deployment = self.service.deployment_configuration.as_ref();
        let message = if !self.service.placement_strategy.is_empty() {
            // https://github.com/kayac/ecspresso/pull/402
            "The daemon scheduling strategy does not support placement strategies. Remove the placement strategy and try \
             again"
        } else if deployment.and_then(|it| it.maximum_percent).is_some_and(|maximum| maximum > 100)
        {
            // https://github.com/aws/aws-cdk/issues/2209
            "The daemon scheduling strategy does not support values above 100 for maximumPercent on a deployment \
             configuration. Change the maximumPercent value to 100, and try again"
        } else if self.capacity.launch_type().is_none() {
            // https://github.com/aws/containers-roadmap/issues/692
            "Specifying a capacity provider strategy is not supported when you create a service using the DAEMON \
             scheduling strategy."
        } else if self.capacity.is_fargate() {
            // The rule is in the API reference. No source was found for the wording.
            "The daemon scheduling strategy does not support the FARGATE launch type. Use another launch type and try again"
        } else {
            return Ok(());
        };
        Err(errors::invalid(message))
    }
}

/// Returns the error for a desired count in a request for a DAEMON service:
/// <https://github.com/kayac/ecspresso/pull/20>.
pub(super) fn daemon_with_desired_count() -> ApiError {
    errors::invalid(
        "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value \
         and try again",
    )
}

/// Checks the parameters of tasks against their task definition.
pub(super) fn check_tasks<'l>(
    definition: &TaskDefinition,
    capacity: &Capacity,
    configuration: Option<&NetworkConfiguration>,
    load_balancers: impl IntoIterator<Item = &'l LoadBalancer>,
) -> ApiResult<()> {
    capacity.check(definition)?;
    network(definition, capacity, configuration)?;
    check_load_balancers(definition, load_balancers)
}

/// Checks that the task definition has the containers and ports that the load balancers use.
fn check_load_balancers<'l>(
    definition: &TaskDefinition,
    load_balancers: impl IntoIterator<Item = &'l LoadBalancer>,
) -> ApiResult<()> {
    for balancer in load_balancers {
        let Some(name) = &balancer.container_name else { continue };
        let mut containers = definition.container_definitions.iter();
        let Some(container) = containers.find(|known| known.name.as_ref() == Some(name)) else {
            // https://github.com/aws/amazon-ecs-agent/issues/1276
            return Err(errors::invalid(format!(
                "The container {name} does not exist in the task definition."
            )));
        };
        let Some(port) = balancer.container_port else { continue };
        let mut mappings = container.port_mappings.iter().flatten();
        let is_mapped =
            mappings.any(|it| it.container_port == Some(port) || it.container_port_range.is_some());
        if !is_mapped {
            // https://github.com/pulumi/pulumi-awsx/issues/1172
            return Err(errors::invalid(format!(
                "The container {name} did not have a container port {port} defined."
            )));
        }
    }
    Ok(())
}
