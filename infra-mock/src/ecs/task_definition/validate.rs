//! The rules for registering a task definition. ECS reports only one violation at a time:
//! <https://github.com/boto/boto3/issues/3283>.

use std::collections::BTreeSet;

use super::fargate;
use crate::api::{ApiError, ApiResult};
use crate::ecs::errors;
use crate::ecs::{ContainerDefinition, RegisterTaskDefinitionRequest};

const LONGEST_NAME: usize = 255;

/// <https://github.com/aws/containers-roadmap/issues/368>
const MOST_CONTAINERS: usize = 10;

/// Checks a request. `containers` are the request's containers, with defaults filled in.
pub(super) fn check(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> ApiResult<()> {
    let family = request.family.as_deref().unwrap_or_default();
    if !is_name(family) {
        // https://github.com/aws/amazon-ecs-cli/issues/37
        return Err(errors::client("Family contains invalid characters."));
    }
    if containers.is_empty() {
        // https://github.com/awsdocs/aws-cloudformation-user-guide/issues/454
        return Err(errors::client("Container list cannot be empty."));
    }
    if containers.len() > MOST_CONTAINERS {
        // https://github.com/aws/amazon-ecs-cli/issues/184
        return Err(errors::client("Too many containers."));
    }
    check_containers(containers)?;
    check_size(request, containers)?;
    let is_fargate = request
        .requires_compatibilities
        .as_ref()
        .is_some_and(|all| all.iter().any(|name| name == "FARGATE"));
    if is_fargate {
        check_fargate(request, containers)?;
    } else {
        // According to the API reference, each container needs a memory size, unless the task has
        // one. AWS's current message is not publicly documented.
        let has_memory =
            |c: &ContainerDefinition| c.memory.is_some() || c.memory_reservation.is_some();
        if request.memory.is_none()
            && let Some(container) = containers.iter().find(|container| !has_memory(container))
        {
            return Err(errors::client(format!(
                "Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be \
                 specified.",
                name_of(container)
            )));
        }
    }
    check_ports(containers)?;
    if request.network_mode.as_deref() == Some("awsvpc") {
        check_awsvpc(containers)?;
    }
    check_volumes(request, containers)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn name_of(container: &ContainerDefinition) -> &str {
    container.name.as_deref().unwrap_or_default()
}

fn check_containers(containers: &[ContainerDefinition]) -> ApiResult<()> {
    let mut names = BTreeSet::new();
    for container in containers {
        let name = name_of(container);
        if name.is_empty() {
            // AWS's message is not publicly documented, so the mock's message is modeled on the
            // messages for families.
            return Err(errors::client("Container.name should not be null or empty."));
        }
        if !is_name(name) {
            // AWS's message is not publicly documented, so the mock's message is modeled on the
            // messages for families.
            return Err(errors::client("Container name contains invalid characters."));
        }
        if container.image.as_deref().is_none_or(str::is_empty) {
            // AWS's message is not publicly documented.
            return Err(errors::client("Container.image should not be null or empty."));
        }
        if !names.insert(name) {
            // https://github.com/Shippable/support/issues/2946
            return Err(errors::client("Container names must be unique within a Task Definition."));
        }
    }
    if !containers.iter().any(|container| container.essential == Some(true)) {
        // https://github.com/eagletmt/hako/issues/68
        return Err(errors::client("Task definition doesn't have any essential container."));
    }
    for container in containers {
        check_dependencies(container, &names)?;
        check_log_options(container)?;
    }
    Ok(())
}

/// Checks that a container depends only on other containers of the task. The API reference states
/// this rule, but not AWS's message.
fn check_dependencies(container: &ContainerDefinition, names: &BTreeSet<&str>) -> ApiResult<()> {
    for dependency in container.depends_on.iter().flatten() {
        let on = dependency.container_name.as_deref().unwrap_or_default();
        if !names.contains(on) || Some(on) == container.name.as_deref() {
            return Err(errors::client(format!(
                "Container '{}' has an invalid dependency on '{on}'.",
                name_of(container)
            )));
        }
    }
    Ok(())
}

/// Checks that the options required by the log driver `awslogs` are set.
fn check_log_options(container: &ContainerDefinition) -> ApiResult<()> {
    let Some(log) = &container.log_configuration else { return Ok(()) };
    if log.log_driver.as_deref() != Some("awslogs") {
        return Ok(());
    }
    let options = log.options.as_ref();
    let missing: Vec<&str> = ["awslogs-region", "awslogs-group"]
        .into_iter()
        .filter(|name| options.is_none_or(|options| !options.contains_key(*name)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    // https://github.com/aws-cloudformation/cfn-lint/issues/1787 shows the message for two missing
    // options. If only one option is missing, the mock uses the same wording.
    Err(errors::client(format!("Log driver awslogs requires options: {}", missing.join(", "))))
}

/// Checks the CPU and memory size of a task, and that the memory of its containers fits into it.
fn check_size(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> ApiResult<()> {
    // https://github.com/oranmoshai/ecsServiceRestart/issues/2
    let bad = |what: &str| errors::client(format!("Invalid '{what}' setting for task."));
    if request.cpu.as_deref().is_some_and(|text| fargate::cpu_units(text).is_none()) {
        return Err(bad("cpu"));
    }
    let Some(text) = request.memory.as_deref() else { return Ok(()) };
    let memory = fargate::memory_mib(text).ok_or_else(|| bad("memory"))?.into();
    let mib = |size: Option<i32>| i64::from(size.unwrap_or_default());
    if let Some(container) = containers.iter().find(|container| mib(container.memory) > memory) {
        // https://github.com/pulumi/pulumi-awsx/issues/1220
        return Err(errors::client(format!(
            "The 'memory' setting for container '{}' is greater than for the task.",
            name_of(container)
        )));
    }
    if containers.iter().map(|container| mib(container.memory_reservation)).sum::<i64>() > memory {
        // https://github.com/cloudnativedaysjp/dreamkast-infra/pull/4766
        return Err(errors::client(
            "The sum of all container 'memoryReservation' values cannot be greater than the value of the task \
             'memory'.",
        ));
    }
    Ok(())
}

fn check_fargate(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> ApiResult<()> {
    if request.network_mode.as_deref() != Some("awsvpc") {
        // https://github.com/aws/amazon-ecs-cli/issues/1145
        return Err(errors::client("Fargate only supports network mode ‘awsvpc’."));
    }
    let missing = |what: &str| {
        // https://github.com/mongodb/terraform-aws-ecs-task-definition/issues/38
        errors::client(format!("Fargate requires that '{what}' be defined at the task level."))
    };
    let cpu = request.cpu.as_deref().ok_or_else(|| missing("cpu"))?;
    let memory = request.memory.as_deref().ok_or_else(|| missing("memory"))?;
    let (cpu, memory) = (fargate::cpu_units(cpu), fargate::memory_mib(memory));
    let (cpu, memory) = (cpu.unwrap_or_default(), memory.unwrap_or_default());
    if !fargate::has_size(cpu, memory) {
        // https://github.com/aws-games/cloud-game-development-toolkit/issues/737
        return Err(errors::client(format!(
            "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS \
             documentation for the valid values."
        )));
    }
    if let Some(message) = fargate::refusal(request, containers) {
        return Err(errors::client(message));
    }
    if request.execution_role_arn.is_none() {
        check_needs_no_execution_role(containers)?;
    }
    Ok(())
}

/// Returns an error if a container needs an execution role on Fargate. This function is called only
/// if the task definition has no execution role.
fn check_needs_no_execution_role(containers: &[ContainerDefinition]) -> ApiResult<()> {
    let needs = |what: &str| -> ApiError {
        // https://github.com/virtual-kubelet/virtual-kubelet/issues/193 shows the message for log
        // drivers, and https://github.com/hashicorp/terraform-provider-aws/issues/3051 shows the
        // message for images. AWS's messages for secrets and private registries are not publicly
        // documented, so the mock's messages are modeled on these two messages.
        errors::client(format!(
            "Fargate requires task definition to have execution role ARN to support {what}."
        ))
    };
    for container in containers {
        let driver = container.log_configuration.as_ref().and_then(|log| log.log_driver.as_deref());
        if driver == Some("awslogs") {
            return Err(needs("log driver awslogs"));
        }
        if container.image.as_deref().is_some_and(|image| image.contains(".dkr.ecr.")) {
            return Err(needs("ECR images"));
        }
        if container.secrets.as_ref().is_some_and(|secrets| !secrets.is_empty()) {
            return Err(needs("secrets"));
        }
        if container.repository_credentials.is_some() {
            return Err(needs("private registry authentication"));
        }
    }
    Ok(())
}

fn check_ports(containers: &[ContainerDefinition]) -> ApiResult<()> {
    let mut used = BTreeSet::new();
    for container in containers {
        for mapping in container.port_mappings.iter().flatten() {
            let is_port = |port: i32| (1..=65_535).contains(&port);
            if mapping.container_port_range.is_none()
                && mapping.container_port.is_none_or(|port| !is_port(port))
            {
                // https://github.com/aws/aws-cli/issues/7288 shows the message for a missing port.
                return Err(errors::client(format!(
                    "Invalid 'containerPort' setting for container '{}'.",
                    name_of(container)
                )));
            }
            let protocol = mapping.protocol.as_deref().unwrap_or("tcp").to_uppercase();
            // With host port 0, each task gets an unused port of its instance.
            if let Some(port) = mapping.host_port.filter(|port| *port != 0)
                && !used.insert((protocol.clone(), port))
            {
                // https://github.com/aws/amazon-ecs-agent/issues/1220
                return Err(errors::client(format!(
                    "{protocol} host port '{port}' is mapped multiple times in task."
                )));
            }
        }
    }
    Ok(())
}

/// Checks the rules for the network mode `awsvpc`.
fn check_awsvpc(containers: &[ContainerDefinition]) -> ApiResult<()> {
    for container in containers {
        let mut mappings = container.port_mappings.iter().flatten();
        let message = if container.hostname.as_ref().is_some_and(|name| !name.is_empty()) {
            // https://github.com/labd/ecs-deplojo/issues/26
            "hostname is not supported on container when networkMode=awsvpc."
        } else if container.links.as_ref().is_some_and(|links| !links.is_empty()) {
            // https://github.com/aws-observability/aws-otel-collector/issues/1359
            "Links are not supported when networkMode=awsvpc."
        } else if container.extra_hosts.as_ref().is_some_and(|hosts| !hosts.is_empty()) {
            // The rule is in the API reference. The wording is from a comment in a public repository.
            "Extra hosts are not supported on container when networkMode=awsvpc"
        } else if mappings.any(|mapping| {
            mapping.host_port.is_some_and(|host| host != 0 && Some(host) != mapping.container_port)
        }) {
            // https://github.com/codesuki/ecs-gen/issues/23
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
        } else {
            continue;
        };
        return Err(errors::client(message));
    }
    Ok(())
}

/// Checks that containers mount only volumes that the task definition declares. The API reference
/// states this rule, but not AWS's message.
fn check_volumes(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> ApiResult<()> {
    let names: BTreeSet<&str> =
        request.volumes.iter().flatten().filter_map(|volume| volume.name.as_deref()).collect();
    let mounts = containers.iter().flat_map(|container| container.mount_points.iter().flatten());
    for volume in mounts.filter_map(|mount| mount.source_volume.as_deref()) {
        if !names.contains(volume) {
            return Err(errors::client(format!("Unknown volume '{volume}'.")));
        }
    }
    Ok(())
}
