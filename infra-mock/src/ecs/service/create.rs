//! `CreateService`.

use infra_core::arn::Location;

use super::task_set::{CODE_DEPLOY, EXTERNAL, PRIMARY, Target, TaskSetRecord};
use super::{ACTIVE, Connections, DAEMON, DRAINING, REPLICA, ServiceRecord, configuration, rules};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::fixtures::LaunchType;
use crate::ecs::reference::{self, Reference};
use crate::ecs::task::placement::Capacity;
use crate::ecs::task::runnable;
use crate::ecs::{
    CreateServiceRequest, CreateTaskSetRequest, DeploymentConfiguration, DeploymentController,
    Scale, Service, TaskDefinition, errors, tags,
};

/// Creates a service. The call returns before the service's tasks start.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
impl Operation for CreateServiceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (call.caller.location.clone(), call.now);
        let cluster = Reference::optional(&location, self.cluster.as_deref())?;
        let name = self.service_name.clone().unwrap_or_default();
        if name.is_empty() {
            return Err(errors::blank("Service name"));
        }
        reference::check_name("Service name", &name)?;
        check_strategy(self.deployment_configuration.as_ref())?;
        let tags = tags::check_all(self.tags.clone().unwrap_or_default())?;
        let scheduling_strategy = self.scheduling_strategy.as_deref().unwrap_or(REPLICA);
        if let Some(service) = self.repeated(call, &cluster, &name)? {
            return Ok(Self::Output { service });
        }
        let desired = self.desired(scheduling_strategy == DAEMON)?;
        call.ecs().known(&cluster, now)?;
        let (definition, capacity) = if self.is_external() {
            self.check_external()?;
            (None, Capacity::LaunchType(LaunchType::Ec2))
        } else {
            let (definition, capacity) = self.tasks(call, &cluster)?;
            (Some(definition), capacity)
        };

        let arn = |resource: String| location.arn("ecs", resource).to_string();
        let is_fargate = capacity.is_fargate();
        let given = self.clone();
        let role_arn = self.role_arn(&location);
        let service = Service {
            service_arn: arn(format!("service/{cluster}/{name}")),
            cluster_arn: arn(format!("cluster/{cluster}")),
            service_name: name.clone(),
            load_balancers: given.load_balancers.unwrap_or_default(),
            service_registries: given.service_registries.unwrap_or_default(),
            status: ACTIVE.to_owned(),
            desired_count: desired,
            launch_type: capacity.launch_type().map(|kind| kind.as_str().to_owned()),
            capacity_provider_strategy: capacity.items(),
            platform_version: is_fargate
                .then(|| given.platform_version.unwrap_or_else(|| "LATEST".to_owned())),
            platform_family: is_fargate.then(|| "Linux".to_owned()),
            task_definition: definition.as_ref().map(|it| it.task_definition_arn.clone()),
            deployment_configuration: Some(configuration(
                given.deployment_configuration,
                scheduling_strategy,
            )),
            created_at: now,
            created_by: Some(creator(&call.caller.arn)),
            placement_constraints: given.placement_constraints.unwrap_or_default(),
            placement_strategy: given.placement_strategy.unwrap_or_default(),
            network_configuration: given.network_configuration,
            health_check_grace_period_seconds: given.health_check_grace_period_seconds,
            scheduling_strategy: Some(scheduling_strategy.to_owned()),
            deployment_controller: Some(
                given
                    .deployment_controller
                    .unwrap_or_else(|| DeploymentController { r#type: Some("ECS".to_owned()) }),
            ),
            enable_ecs_managed_tags: given.enable_ecs_managed_tags.unwrap_or_default(),
            propagate_tags: Some(given.propagate_tags.unwrap_or_else(|| "NONE".to_owned())),
            enable_execute_command: given.enable_execute_command.unwrap_or_default(),
            availability_zone_rebalancing: Some(
                given.availability_zone_rebalancing.unwrap_or_else(|| "ENABLED".to_owned()),
            ),
            ..Service::default()
        };
        let connections = Connections {
            service_connect: given.service_connect_configuration,
            volumes: given.volume_configurations,
            vpc_lattice: given.vpc_lattice_configurations,
        };
        let mut record = ServiceRecord {
            service,
            capacity,
            connections,
            request: Some(Box::new(self)),
            ..ServiceRecord::default()
        };
        if let Some(definition) = definition {
            record.check(&definition)?;
        }
        record.service.role_arn = role_arn?;
        record.set_tags(tags);
        match record.controller() {
            Some(EXTERNAL) => record.is_steady = true,
            Some(CODE_DEPLOY) => record.start_task_set(call, &cluster, &name),
            _ => record.deploy(&mut call.world.ids, now),
        }
        let cluster = call.ecs().known(&cluster, now)?;
        let service = record.view(cluster, true);
        cluster.services.insert(name, record);
        Ok(Self::Output { service })
    }
}

impl ServiceRecord {
    /// Adds the first task set of a service whose later deployments are started by `CodeDeploy`.
    fn start_task_set(&mut self, call: &mut Call<'_>, cluster: &str, name: &str) {
        let target = Target { cluster: cluster.to_owned(), service: name.to_owned() };
        let own = self.service.clone();
        let request = CreateTaskSetRequest {
            network_configuration: own.network_configuration,
            load_balancers: Some(own.load_balancers),
            service_registries: Some(own.service_registries),
            platform_version: own.platform_version,
            scale: Some(Scale { value: Some(100.0), unit: Some("PERCENT".to_owned()) }),
            ..CreateTaskSetRequest::default()
        };
        let definition = own.task_definition.unwrap_or_default();
        let mut set = target.task_set(call, request.clone(), definition, &self.capacity);
        PRIMARY.clone_into(&mut set.status);
        self.task_sets.push(TaskSetRecord::new(set, self.capacity.clone(), request));
        self.next = Some(call.now);
    }
}

impl CreateServiceRequest {
    /// Returns whether the request has this deployment controller.
    fn has_controller(&self, name: &str) -> bool {
        let controller = self.deployment_controller.as_ref();
        controller.is_some_and(|controller| controller.r#type.as_deref() == Some(name))
    }

    /// Returns the desired number of tasks. For a DAEMON service, the scheduler sets it later.
    fn desired(&self, is_daemon: bool) -> ApiResult<i32> {
        if is_daemon && (self.is_external() || self.has_controller(CODE_DEPLOY)) {
            // The rule is in the API reference. No source was found for the wording.
            return Err(errors::invalid("Scheduling strategy must be REPLICA."));
        }
        match self.desired_count {
            // The rules are in the API reference. AWS's messages are not publicly documented.
            None if !is_daemon && !self.is_external() => Err(errors::blank("Desired count")),
            Some(count) if count < 0 => Err(errors::invalid("Desired count must not be negative.")),
            Some(_) if is_daemon => Err(rules::daemon_with_desired_count()),
            count => Ok(count.unwrap_or_default()),
        }
    }

    /// Returns whether an external controller manages the service's deployments.
    fn is_external(&self) -> bool {
        self.has_controller(EXTERNAL)
    }

    /// Rejects the parameters that `CreateTaskSet` sets.
    fn check_external(&self) -> ApiResult<()> {
        let message = if self.task_definition.as_ref().is_some_and(String::is_empty) {
            // https://github.com/hashicorp/terraform-provider-aws/issues/27428
            "Family should not be null or empty."
        } else if self.task_definition.is_some() {
            // https://github.com/aws/aws-cdk/issues/6245
            "TaskDefinition must be blank."
        } else if self.network_configuration.is_some() {
            // https://github.com/aws/aws-cdk/issues/26335
            "NetworkConfiguration must be null."
        } else if self.load_balancers.as_ref().is_some_and(|given| !given.is_empty()) {
            // https://github.com/hashicorp/terraform-provider-aws/issues/27291
            "LoadBalancers must be empty or null."
        } else {
            return Ok(());
        };
        Err(errors::invalid(message))
    }

    /// Returns the ARN of the role with which ECS calls load balancers. By default, this is the service-linked role. The
    /// examples for `aws ecs create-service` show it for services with an external deployment controller, a network
    /// configuration, load balancers or volumes, but not for other services. The mock also shows it for services with
    /// service registries; no source was found for them.
    fn role_arn(&self, location: &Location) -> ApiResult<Option<String>> {
        let role = self.role.as_deref().filter(|role| !role.is_empty());
        if role.is_some() && self.network_configuration.is_some() {
            // https://github.com/hashicorp/terraform-provider-aws/issues/4657
            return Err(errors::invalid(
                "You cannot specify an IAM role for services that require a service linked role.",
            ));
        }
        let needs_role = self.is_external()
            || self.network_configuration.is_some()
            || self.load_balancers.as_ref().is_some_and(|given| !given.is_empty())
            || self.service_registries.as_ref().is_some_and(|given| !given.is_empty())
            || self.volume_configurations.as_ref().is_some_and(|given| !given.is_empty());
        let role = match role {
            Some(arn) if arn.starts_with("arn:") => return Ok(Some(arn.to_owned())),
            Some(name) => name.trim_start_matches('/'),
            None if needs_role => "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            None => return Ok(None),
        };
        Ok(Some(location.global_arn("iam", format!("role/{role}")).to_string()))
    }

    /// Returns the task definition and the capacity of the service's tasks.
    fn tasks(&self, call: &mut Call<'_>, cluster: &str) -> ApiResult<(TaskDefinition, Capacity)> {
        let text = self.task_definition.as_deref().unwrap_or_default();
        if text.is_empty() {
            return Err(errors::blank("Task definition"));
        }
        let definition = runnable(call, text)?.definition;
        let state = call.ecs();
        let record = state.clusters.get(cluster).ok_or_else(errors::cluster_not_found)?;
        let strategy = self.capacity_provider_strategy.clone();
        let capacity = Capacity::read(state, record, self.launch_type.as_deref(), strategy)?;
        Ok((definition, capacity))
    }

    /// Returns the existing service if it was created by an identical request.
    fn repeated(
        &self,
        call: &mut Call<'_>,
        cluster: &str,
        name: &str,
    ) -> ApiResult<Option<Service>> {
        let Some(record) = call.ecs().clusters.get(cluster) else { return Ok(None) };
        let Some(existing) = record.services.get(name) else { return Ok(None) };
        match existing.status() {
            // Scripts that wait for a service to drain, such as scripts that call
            // `ecs-cli compose service`, contain this message.
            DRAINING => Err(errors::invalid("Unable to Start a service that is still Draining.")),
            ACTIVE => {
                let is_same = existing.request.as_deref().is_some_and(|first| {
                    // The client token is not a property of the service, so the comparison ignores
                    // it.
                    Self { client_token: None, ..first.clone() }
                        == Self { client_token: None, ..self.clone() }
                });
                if is_same {
                    return Ok(Some(existing.view(record, true)));
                }
                // https://github.com/Shippable/support/issues/4753
                Err(errors::invalid("Creation of service was not idempotent."))
            }
            _ => Ok(None),
        }
    }
}

/// Rejects deployment strategies that the mock does not implement.
pub(super) fn check_strategy(configuration: Option<&DeploymentConfiguration>) -> ApiResult<()> {
    let strategy = configuration.and_then(|all| all.strategy.as_deref());
    match strategy.filter(|name| *name != "ROLLING") {
        Some(other) => Err(not_implemented(&format!("the deployment strategy {other}"))),
        None => Ok(()),
    }
}

fn not_implemented(what: &str) -> ApiError {
    let message = format!("infra-mock does not implement {what} for services");
    ApiError::new("NotImplemented", message).with_status(501)
}

/// Returns the value of `createdBy` for a service. If a role session created the service, this is
/// the ARN of the role.
fn creator(arn: &str) -> String {
    let Some((account, session)) = arn.split_once(":assumed-role/") else { return arn.to_owned() };
    let role = session.split('/').next().unwrap_or(session);
    format!("{}:role/{role}", account.replacen(":sts:", ":iam:", 1))
}
