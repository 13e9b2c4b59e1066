//! `UpdateService`.

use super::create::check_strategy;
use super::task_set::EXTERNAL;
use super::{ACTIVE, REPLICA, ServiceRecord, configuration, rules};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::reference::{self, Reference};
use crate::ecs::task::placement::Capacity;
use crate::ecs::task::runnable;
use crate::ecs::{DeploymentConfiguration, Service, UpdateServiceRequest, errors};
use crate::time::Timestamp;

/// Changes a service. A change that requires new tasks starts a deployment.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
impl Operation for UpdateServiceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (call.caller.location.clone(), call.now);
        let cluster = Reference::optional(&location, self.cluster.as_deref())?;
        let text = self.service.clone().unwrap_or_default();
        let name = reference::id_on(&location, "service", &cluster, &text);
        let name = name.ok_or_else(errors::service_not_found)?;
        check_strategy(self.deployment_configuration.as_ref())?;
        if self.desired_count.is_some_and(|count| count < 0) {
            // The rule is in the API reference. AWS's message is not publicly documented.
            return Err(errors::invalid("Desired count must not be negative."));
        }
        let record = call.ecs().known(&cluster, now)?;
        let current = record.services.get(&name).cloned().ok_or_else(errors::service_not_found)?;
        if current.status() != ACTIVE {
            // https://github.com/hashicorp/terraform/issues/3582
            return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE."));
        }
        self.check_controller(&current)?;
        if current.is_daemon() && self.desired_count.is_some() {
            return Err(rules::daemon_with_desired_count());
        }
        let mut changed = current.clone();
        let mut replaces = self.force_new_deployment == Some(true);
        if let Some(text) = &self.task_definition {
            let definition = runnable(call, text).map_err(|refusal| {
                // According to https://github.com/aws/aws-cdk/issues/33195, this code differs from
                // the one that `RunTask` returns.
                if refusal.code == "InvalidParameterException" {
                    errors::client(refusal.message)
                } else {
                    refusal
                }
            })?;
            changed.service.task_definition = Some(definition.definition.task_definition_arn);
        }
        if let Some(items) = self.capacity_provider_strategy {
            let state = call.ecs();
            let record = state.clusters.get(&cluster).ok_or_else(errors::cluster_not_found)?;
            // An empty list removes the capacity providers. A service without a launch type then
            // gets the launch type FARGATE.
            let launch_type =
                items.is_empty().then_some(()).and(current.service.launch_type.as_deref());
            let launch_type = launch_type.or(items.is_empty().then_some("FARGATE"));
            changed.capacity = Capacity::read(state, record, launch_type, Some(items))?;
            changed.service.capacity_provider_strategy = changed.capacity.items();
            changed.service.launch_type =
                changed.capacity.launch_type().map(|kind| kind.as_str().to_owned());
        }
        let service = &mut changed.service;
        macro_rules! replace {
            ($($field:ident),+) => {$(
                if let Some(value) = self.$field {
                    service.$field = value.into();
                }
            )+};
        }
        replace!(
            desired_count,
            network_configuration,
            platform_version,
            load_balancers,
            service_registries,
            placement_constraints,
            placement_strategy,
            health_check_grace_period_seconds,
            enable_execute_command,
            enable_ecs_managed_tags,
            propagate_tags,
            availability_zone_rebalancing
        );
        let connections = &mut changed.connections;
        if let Some(new) = self.service_connect_configuration {
            connections.service_connect = Some(new);
        }
        if let Some(new) = self.volume_configurations {
            connections.volumes = Some(new);
        }
        if let Some(new) = self.vpc_lattice_configurations {
            connections.vpc_lattice = Some(new);
        }
        if let Some(new) = self.deployment_configuration {
            reconfigure(service, new);
        }
        // Only changes to these members replace the service's tasks:
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html
        let before = &current.service;
        replaces |= service.task_definition != before.task_definition
            || service.network_configuration != before.network_configuration
            || service.platform_version != before.platform_version
            || service.load_balancers != before.load_balancers
            || service.service_registries != before.service_registries
            || service.enable_execute_command != before.enable_execute_command
            || changed.connections != current.connections;
        let arn = service.task_definition.clone().unwrap_or_default();
        // A service that an older version of the mock accepted can still be scaled and deployed again.
        if changed.checked() != current.checked()
            && let Some(revision) = call.ecs().task_definition_of(&location, &arn)
        {
            changed.check(&revision.definition)?;
        }
        if replaces && !changed.has_task_sets() {
            changed.deploy(&mut call.world.ids, now);
        } else if changed != current {
            changed.reschedule(&current, now);
        }
        let record = call.ecs().known(&cluster, now)?;
        let service = changed.view(record, true);
        record.services.insert(name, changed);
        Ok(Self::Output { service })
    }
}

/// Changes the deployment configuration of a service. Members that the request omits keep their values:
/// `resourceServiceUpdate` in
/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/service.go> sends only the members
/// that change.
fn reconfigure(service: &mut Service, new: DeploymentConfiguration) {
    let old = service.deployment_configuration.take().unwrap_or_default();
    let all = DeploymentConfiguration {
        deployment_circuit_breaker: new
            .deployment_circuit_breaker
            .or(old.deployment_circuit_breaker),
        maximum_percent: new.maximum_percent.or(old.maximum_percent),
        minimum_healthy_percent: new.minimum_healthy_percent.or(old.minimum_healthy_percent),
        alarms: new.alarms.or(old.alarms),
        strategy: new.strategy.or(old.strategy),
        bake_time_in_minutes: new.bake_time_in_minutes.or(old.bake_time_in_minutes),
        lifecycle_hooks: new.lifecycle_hooks.or(old.lifecycle_hooks),
        linear_configuration: new.linear_configuration.or(old.linear_configuration),
        canary_configuration: new.canary_configuration.or(old.canary_configuration),
        early_success_criteria: new.early_success_criteria.or(old.early_success_criteria),
    };
    let strategy = service.scheduling_strategy.as_deref().unwrap_or(REPLICA);
    service.deployment_configuration = Some(configuration(Some(all), strategy));
}

impl UpdateServiceRequest {
    /// Rejects parameters of task sets for a service with an external deployment controller, or with `CodeDeploy`.
    fn check_controller(&self, current: &ServiceRecord) -> ApiResult<()> {
        if !current.has_task_sets() || !self.changes_tasks() {
            return Ok(());
        }
        if current.controller() == Some(EXTERNAL) {
            // The rule is in the API reference. No source was found for the wording.
            return Err(errors::invalid(
                "Unable to update the parameters of task sets on services with an EXTERNAL deployment controller. Use \
                 CreateTaskSet to create a new task set.",
            ));
        }
        let what = if self.task_definition.is_some() {
            // https://github.com/boto/boto3/issues/1936
            "update task definition"
        } else if self.network_configuration.is_some() {
            // https://github.com/hashicorp/terraform-provider-aws/issues/13473
            "update network parameters"
        } else if self.load_balancers.is_some() {
            // https://github.com/kayac/ecspresso/issues/393
            "update load balancers"
        } else {
            // The rule is in the API reference. No source was found for the wording.
            "start a deployment"
        };
        Err(errors::invalid(format!(
            "Unable to {what} on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a \
             new deployment."
        )))
    }

    /// Returns whether the request has parameters that belong to task sets.
    fn changes_tasks(&self) -> bool {
        self.task_definition.is_some()
            || self.capacity_provider_strategy.is_some()
            || self.network_configuration.is_some()
            || self.platform_version.is_some()
            || self.load_balancers.is_some()
            || self.service_registries.is_some()
            || self.force_new_deployment == Some(true)
    }
}

impl ServiceRecord {
    /// Lets the scheduler check the service again after a change that starts no deployment.
    fn reschedule(&mut self, before: &Self, now: Timestamp) {
        self.is_steady = false;
        self.is_external = false;
        self.next = Some(now);
        if self.service.desired_count != before.service.desired_count {
            self.task_sets.iter_mut().for_each(|set| set.destabilize(now));
        }
        if let Some(primary) = self.deployments.first_mut() {
            primary.deployment.updated_at = now;
        }
    }
}
