//! The task sizes and features that Fargate supports.

use crate::ecs::{ContainerDefinition, RegisterTaskDefinitionRequest};

/// The smallest memory size that Fargate supports, in MiB.
const HALF: u32 = 512;
const GIB: u32 = 1024;

/// Returns whether Fargate supports this combination of CPU units and memory in MiB.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size>
pub(super) fn has_size(cpu: u32, memory: u32) -> bool {
    let steps = |from: u32, to: u32, step: u32| {
        (from * GIB..=to * GIB).contains(&memory) && memory.is_multiple_of(step * GIB)
    };
    match cpu {
        256 => [HALF, GIB, 2 * GIB].contains(&memory),
        512 => steps(1, 4, 1),
        1024 => steps(2, 8, 1),
        2048 => steps(4, 16, 1),
        4096 => steps(8, 30, 1),
        8192 => steps(16, 60, 4),
        16_384 => steps(32, 120, 8),
        _ => false,
    }
}

/// The log drivers that Fargate supports:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html>.
const LOG_DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

/// Returns AWS's message about a setting that Fargate does not support, or `None` if Fargate supports all settings.
pub(super) fn refusal(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> Option<String> {
    if request.ipc_mode.is_some() {
        // https://github.com/cn-terraform/terraform-aws-ecs-fargate/issues/2
        return Some("Tasks using the Fargate launch type do not support ipcMode.".to_owned());
    }
    if let Some(mode) = request.pid_mode.as_deref().filter(|mode| *mode != "task") {
        // https://github.com/aws/aws-cdk/issues/29619
        return Some(format!(
            "Tasks using the Fargate launch type do not support pidMode '{mode}'. The supported value for pidMode is \
             'task'."
        ));
    }
    // https://github.com/cloudposse/terraform-aws-ecs-alb-service-task/issues/174 shows the message for sourcePath. The
    // messages for other features are modeled on this message.
    let feature = unsupported(request, containers)?;
    Some(format!("Fargate compatible task definitions do not support {feature}"))
}

/// Returns the name of a feature that the task definition uses but Fargate does not support.
///
/// The API reference describes these features as unsupported.
fn unsupported(
    request: &RegisterTaskDefinitionRequest,
    containers: &[ContainerDefinition],
) -> Option<&'static str> {
    fn has<T>(list: Option<&Vec<T>>) -> bool {
        list.is_some_and(|items| !items.is_empty())
    }
    let mut volumes = request.volumes.iter().flatten();
    let uses_volume = volumes.find_map(|volume| {
        let path = volume.host.as_ref().and_then(|host| host.source_path.as_ref());
        let docker = volume.docker_volume_configuration.as_ref();
        path.map(|_| "sourcePath").or(docker.map(|_| "dockerVolumeConfiguration"))
    });
    let of_task = has(request.placement_constraints.as_ref()).then_some("placementConstraints");
    let mut of_containers = containers.iter().filter_map(|container| {
        let linux = container.linux_parameters.as_ref();
        let log = container.log_configuration.as_ref();
        let driver = log.and_then(|log| log.log_driver.as_deref());
        let uses = [
            ("privileged", container.privileged == Some(true)),
            ("dockerSecurityOptions", has(container.docker_security_options.as_ref())),
            ("devices", has(linux.and_then(|it| it.devices.as_ref()))),
            ("sharedMemorySize", linux.is_some_and(|it| it.shared_memory_size.is_some())),
            ("maxSwap", linux.is_some_and(|it| it.max_swap.is_some())),
            ("swappiness", linux.is_some_and(|it| it.swappiness.is_some())),
            ("logDriver", driver.is_some_and(|name| !LOG_DRIVERS.contains(&name))),
        ];
        uses.into_iter().find(|(_, is_used)| *is_used).map(|(name, _)| name)
    });
    uses_volume.or(of_task).or_else(|| of_containers.next())
}

/// Parses the CPU size of a task, such as `256`, `.25 vCPU` or `1 vcpu`, into CPU units.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html#ECS-RegisterTaskDefinition-request-cpu>
pub(super) fn cpu_units(text: &str) -> Option<u32> {
    sized(text, "vcpu")
}

/// Parses the memory size of a task, such as `512`, `0.5GB` or `1 GB`, into MiB.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html#ECS-RegisterTaskDefinition-request-memory>
pub(super) fn memory_mib(text: &str) -> Option<u32> {
    sized(text, "gb")
}

fn sized(text: &str, unit: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let Some(number) = text.strip_suffix(unit) else {
        return text.parse().ok().filter(|number| *number > 0);
    };
    // To avoid floating-point numbers, the number is converted to thousandths: .25 becomes 250.
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    if part.len() > 3 || (whole == 0 && part.is_empty()) {
        return None;
    }
    let part: u32 = format!("{part:0<3}").parse().ok()?;
    let thousandths = whole.checked_mul(1000)?.checked_add(part)?;
    Some(thousandths.checked_mul(1024)? / 1000).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::{cpu_units, has_size, memory_mib};

    #[test]
    fn supported_sizes_match_the_guide() {
        for (cpu, memory) in
            [(256, 512), (256, 2048), (512, 4096), (1024, 2048), (4096, 30_720), (8192, 16_384)]
        {
            assert!(has_size(cpu, memory), "{cpu} {memory}");
        }
        for (cpu, memory) in [(1024, 1024), (256, 4096), (300, 512), (8192, 18_432), (512, 1100)] {
            assert!(!has_size(cpu, memory), "{cpu} {memory}");
        }
    }

    #[test]
    fn cpu_and_memory_are_read_in_both_units() {
        for (text, units) in
            [("256", 256), (".25 vCPU", 256), ("0.5vcpu", 512), ("1 vCPU", 1024), ("4 VCPU", 4096)]
        {
            assert_eq!(cpu_units(text), Some(units), "{text}");
        }
        for (text, mib) in [("512", 512), ("0.5GB", 512), ("1 GB", 1024), ("30 gb", 30_720)] {
            assert_eq!(memory_mib(text), Some(mib), "{text}");
        }
        for text in ["", "0", "-1", "much", "GB", "1.2345 GB", "1 vCPU"] {
            assert_eq!(memory_mib(text), None, "{text}");
        }
    }
}
