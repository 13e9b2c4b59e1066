//! `RegisterTaskDefinition`.

use std::collections::BTreeSet;

use super::{ACTIVE, Revision, fargate, validate};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::tags;
use crate::ecs::{
    Attribute, ContainerDefinition, RegisterTaskDefinitionRequest, Tag, TaskDefinition,
};

/// Registers a new revision of a family.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
impl Operation for RegisterTaskDefinitionRequest {
    fn run(mut self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let is_awsvpc = self.network_mode.as_deref() == Some("awsvpc");
        let containers: Vec<ContainerDefinition> = self
            .container_definitions
            .take()
            .unwrap_or_default()
            .into_iter()
            .map(|container| with_defaults(container, is_awsvpc))
            .collect();
        validate::check(&self, &containers)?;
        let tags = tags::check_all(self.tags.take().unwrap_or_default())?;
        let requires_attributes = attributes(&self, &containers);
        let compatibilities = compatibilities(&self, &containers);
        let Self {
            family,
            task_role_arn,
            execution_role_arn,
            network_mode,
            container_definitions: _, // taken above
            volumes,
            placement_constraints,
            requires_compatibilities,
            cpu,
            memory,
            tags: _, // taken above
            pid_mode,
            ipc_mode,
            proxy_configuration,
            inference_accelerators,
            ephemeral_storage,
            runtime_platform,
            enable_fault_injection,
            trusted_execution_configuration,
        } = self;
        let name = family.unwrap_or_default();
        let (registered_at, registered_by) = (call.now, call.caller.arn.clone());
        let arn = call.arn("ecs", format!("task-definition/{name}"));
        let family = call.ecs().task_definitions.entry(name.clone()).or_default();
        family.latest += 1;
        let definition = TaskDefinition {
            task_definition_arn: format!("{arn}:{}", family.latest),
            container_definitions: containers,
            family: name,
            task_role_arn,
            execution_role_arn,
            network_mode,
            revision: family.latest,
            volumes: volumes.unwrap_or_default(),
            status: ACTIVE.to_owned(),
            requires_attributes,
            placement_constraints: placement_constraints.unwrap_or_default(),
            compatibilities,
            runtime_platform,
            requires_compatibilities,
            cpu: cpu.map(|text| normal(&text, fargate::cpu_units)),
            memory: memory.map(|text| normal(&text, fargate::memory_mib)),
            inference_accelerators,
            pid_mode,
            ipc_mode,
            proxy_configuration,
            registered_at,
            deregistered_at: None,
            delete_requested_at: None,
            registered_by,
            ephemeral_storage,
            enable_fault_injection: Some(enable_fault_injection.unwrap_or(false)),
            trusted_execution_configuration,
        };
        let revision = Revision { definition: definition.clone(), tags };
        let tags: Vec<Tag> =
            revision.tags.iter().map(|(key, value)| Tag::new(key, value)).collect();
        family.revisions.insert(definition.revision, revision);
        Ok(Self::Output {
            task_definition: definition,
            tags: Some(tags).filter(|tags| !tags.is_empty()),
        })
    }
}

/// Normalizes a CPU or memory size. ECS stores sizes as plain numbers: `1 vCPU` becomes `1024`.
fn normal(text: &str, read: impl Fn(&str) -> Option<u32>) -> String {
    read(text).map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// Fills in AWS's defaults, as shown in the examples for `aws ecs register-task-definition`:
/// <https://docs.aws.amazon.com/cli/latest/reference/ecs/register-task-definition.html>.
fn with_defaults(mut container: ContainerDefinition, is_awsvpc: bool) -> ContainerDefinition {
    container.cpu.get_or_insert(0);
    container.essential.get_or_insert(true);
    container.environment.get_or_insert_default();
    container.mount_points.get_or_insert_default();
    container.volumes_from.get_or_insert_default();
    container.system_controls.get_or_insert_default();
    for mapping in container.port_mappings.get_or_insert_default() {
        mapping.protocol.get_or_insert_with(|| "tcp".to_owned());
        if mapping.container_port_range.is_none() {
            let port = if is_awsvpc { mapping.container_port } else { Some(0) };
            mapping.host_port = mapping.host_port.or(port);
        }
    }
    container
}

/// Returns the attributes that a container instance needs to run the tasks. AWS returns them in
/// varying order. The mock sorts them by name.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html#attributes>
///
/// Responses in public repositories show that `awslogs` requires version 1.19 of the Docker API,
/// and that version 1.18 is enough for ECR images.
fn attributes(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> Vec<Attribute> {
    let mut names = BTreeSet::new();
    let has_execution_role = request.execution_role_arn.is_some();
    if request.network_mode.as_deref() == Some("awsvpc") {
        names.insert("ecs.capability.task-eni".to_owned());
        names.insert("com.amazonaws.ecs.capability.docker-remote-api.1.18".to_owned());
    }
    if request.task_role_arn.is_some() {
        names.insert("com.amazonaws.ecs.capability.task-iam-role".to_owned());
    }
    for container in containers {
        if container.image.as_deref().is_some_and(|image| image.contains(".dkr.ecr.")) {
            names.insert("com.amazonaws.ecs.capability.ecr-auth".to_owned());
            if has_execution_role {
                names.insert("ecs.capability.execution-role-ecr-pull".to_owned());
            }
        }
        let Some(log) = &container.log_configuration else { continue };
        let driver = log.log_driver.as_deref().unwrap_or_default();
        names.insert(format!("com.amazonaws.ecs.capability.logging-driver.{driver}"));
        if driver == "awslogs" {
            names.insert("com.amazonaws.ecs.capability.docker-remote-api.1.19".to_owned());
            if has_execution_role {
                names.insert("ecs.capability.execution-role-awslogs".to_owned());
            }
        }
    }
    let attribute = |name| Attribute { name: Some(name), ..Attribute::default() };
    names.into_iter().map(attribute).collect()
}

/// Returns the launch types that the tasks support. EC2 is always supported. EXTERNAL is supported
/// unless the network mode is `awsvpc`. FARGATE is supported if the network mode is `awsvpc` and
/// Fargate supports the task size and all other settings.
///
/// These rules are undocumented. They were inferred from responses in public repositories, except
/// for the rule about other settings, which is an assumption.
fn compatibilities(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> Vec<String> {
    let is_awsvpc = request.network_mode.as_deref() == Some("awsvpc");
    let size = |text: &Option<String>, read: fn(&str) -> Option<u32>| {
        text.as_deref().and_then(read).unwrap_or_default()
    };
    let (cpu, memory) =
        (size(&request.cpu, fargate::cpu_units), size(&request.memory, fargate::memory_mib));
    let mut all = vec!["EC2".to_owned()];
    let is_supported = fargate::refusal(request, containers).is_none();
    if is_awsvpc && fargate::has_size(cpu, memory) && is_supported {
        all.push("FARGATE".to_owned());
    }
    if !is_awsvpc {
        all.insert(0, "EXTERNAL".to_owned());
    }
    all
}
