//! `UpdateTaskSet` and `UpdateServicePrimaryTaskSet`.

use super::{PRIMARY, Target, check_scale, read_id};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::service::ACTIVE;
use crate::ecs::{
    Scale, UpdateServicePrimaryTaskSetRequest, UpdateServicePrimaryTaskSetResponse,
    UpdateTaskSetRequest, UpdateTaskSetResponse, errors,
};

/// Changes the scale of a task set.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskSet.html>
impl Operation for UpdateTaskSetRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (call.caller.location.clone(), call.now);
        let target = Target::read(call, self.cluster.as_deref(), self.service.as_deref())?;
        let id = read_id(&location, self.task_set.as_deref().unwrap_or_default())?;
        let scale = self.scale.unwrap_or_default();
        check_scale(&scale)?;
        let task_set = target.change(call, &id, |service, place| {
            let set = &mut service.task_sets[place];
            set.set.scale = Scale {
                value: Some(scale.value.unwrap_or_default()),
                unit: scale.unit.or_else(|| set.set.scale.unit.clone()),
            };
            set.destabilize(now);
            Ok(())
        })?;
        Ok(UpdateTaskSetResponse { task_set })
    }
}

/// Makes a task set the PRIMARY one, and copies its parameters to the service.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateServicePrimaryTaskSet.html>
impl Operation for UpdateServicePrimaryTaskSetRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (call.caller.location.clone(), call.now);
        let target = Target::read(call, self.cluster.as_deref(), self.service.as_deref())?;
        let id = read_id(&location, self.primary_task_set.as_deref().unwrap_or_default())?;
        let task_set = target.change(call, &id, |service, place| {
            if service.task_sets[place].is_draining() {
                // No source was found for the wording.
                return Err(errors::invalid("The task set is being deleted."));
            }
            for set in service.task_sets.iter_mut().filter(|set| set.set.status == PRIMARY) {
                ACTIVE.clone_into(&mut set.set.status);
            }
            let record = &mut service.task_sets[place];
            PRIMARY.clone_into(&mut record.set.status);
            record.set.updated_at = now;
            let set = record.set.clone();
            service.capacity = record.capacity.clone();
            service.service.task_definition = Some(set.task_definition);
            service.service.launch_type = set.launch_type;
            service.service.capacity_provider_strategy = set.capacity_provider_strategy;
            service.service.platform_version = set.platform_version;
            service.service.platform_family = set.platform_family;
            service.service.network_configuration = set.network_configuration;
            service.service.load_balancers = set.load_balancers;
            service.service.service_registries = set.service_registries;
            Ok(())
        })?;
        Ok(UpdateServicePrimaryTaskSetResponse { task_set })
    }
}
