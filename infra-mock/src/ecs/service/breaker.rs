//! The deployment circuit breaker.

use super::{ACTIVE, DeploymentRecord, ServiceRecord};
use crate::api::Call;
use crate::ecs::DeploymentConfiguration;

/// Stops the PRIMARY deployment if too many of its tasks failed to start. If rollback is enabled,
/// restores the last deployment that completed. Returns whether the deployment was stopped.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>;
/// <https://github.com/aws/containers-roadmap/issues/1206> shows that tasks do not count if they fail after they have
/// started running.
pub(super) fn break_circuit(call: &mut Call<'_>, service: &mut ServiceRecord) -> bool {
    let now = call.now;
    let configuration = service.service.deployment_configuration.clone().unwrap_or_default();
    let Some(threshold) = threshold(&configuration, service.service.desired_count) else {
        return false;
    };
    let Some(primary) = service.deployments.first_mut() else { return false };
    let failed = primary.deployment.failed_tasks;
    if primary.is_stopped || primary.is_completed() || failed < threshold {
        return false;
    }
    primary.is_stopped = true;
    primary.deployment.rollout_state = Some("FAILED".to_owned());
    // https://github.com/aws/containers-roadmap/issues/1488
    let reason = "ECS deployment circuit breaker: tasks failed to start.";
    primary.deployment.rollout_state_reason = Some(reason.to_owned());
    let failed = primary.deployment.clone();
    let id = failed.id.clone();
    let ids = &mut call.world.ids;
    service.say(ids, now, &format!("(deployment {id}) deployment failed: tasks failed to start."));
    let breaker = configuration.deployment_circuit_breaker.unwrap_or_default();
    let previous = service.deployments.iter().position(DeploymentRecord::is_completed);
    let previous = previous.filter(|_| breaker.rollback == Some(true));
    let back_to = previous.and_then(|place| service.deployments.get(place));
    let back_to = back_to.map(|back| back.deployment.id.clone());
    service.deployment_failed(&failed, back_to.as_deref(), now);
    if let Some(previous) = previous {
        let mut back = service.deployments.remove(previous);
        let to = back.deployment.id.clone();
        service.say(ids, now, &format!("rolling back to deployment {to}."));
        for other in &mut service.deployments {
            ACTIVE.clone_into(&mut other.deployment.status);
        }
        "PRIMARY".clone_into(&mut back.deployment.status);
        back.deployment.updated_at = now;
        back.deployment.rollout_state = Some("IN_PROGRESS".to_owned());
        back.deployment.rollout_state_reason =
            Some(format!("ECS deployment circuit breaker: rolling back to deploymentId {to}."));
        service.service.task_definition = Some(back.deployment.task_definition.clone());
        service.service.network_configuration.clone_from(&back.deployment.network_configuration);
        service.deployments.insert(0, back);
    }
    true
}

/// Returns the number of tasks that must fail to start before the circuit breaker stops a
/// deployment, or `None` if the breaker is off.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html>
pub(super) fn threshold(configuration: &DeploymentConfiguration, desired: i32) -> Option<i32> {
    let breaker = configuration.deployment_circuit_breaker.as_ref()?;
    if breaker.enable != Some(true) {
        return None;
    }
    let given = breaker.threshold_configuration.as_ref();
    let value = given.and_then(|given| given.value).unwrap_or(50);
    let percent = || {
        let product = i64::from(desired) * i64::from(value);
        i32::try_from((product + 99) / 100).unwrap_or(i32::MAX)
    };
    Some(match given.and_then(|given| given.r#type.as_deref()) {
        Some("COUNT") => value.max(1),
        Some("UNBOUNDED_PERCENT") => percent().max(1),
        _ => percent().clamp(3, 200),
    })
}
