//! `CreateTaskSet`.

use super::{STABILIZING, Target, TaskSetRecord, check_scale, not_active};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::service::rules::check_tasks;
use crate::ecs::service::{ACTIVE, DeploymentRecord, deployment_id};
use crate::ecs::task::placement::Capacity;
use crate::ecs::task::runnable;
use crate::ecs::{
    CreateTaskSetRequest, CreateTaskSetResponse, Deployment, Scale, Tag, TaskSet, errors, tags,
};

/// <https://github.com/aws-samples/ecs-bg-external-controller/issues/6>
const MOST_TASK_SETS: usize = 5;

/// Creates a task set. Its tasks start after the call.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateTaskSet.html>
impl Operation for CreateTaskSetRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let target = Target::read(call, self.cluster.as_deref(), self.service.as_deref())?;
        let tags = tags::check_all(self.tags.clone().unwrap_or_default())?;
        let service = target.service(call)?;
        if service.status() != ACTIVE {
            return Err(not_active());
        }
        let is_repeated = |set: &&TaskSetRecord| {
            self.client_token.is_some() && set.request.client_token == self.client_token
        };
        if let Some(set) = service.task_sets.iter().find(is_repeated) {
            if *set.request != self {
                return Err(errors::inconsistent());
            }
            let id = set.set.id.clone();
            return Ok(CreateTaskSetResponse { task_set: target.view(call, &id, true)? });
        }
        let count = service.task_sets.len();
        if count >= MOST_TASK_SETS {
            return Err(errors::invalid(format!(
                "{count} deployments exist on the service. Unable to create new TaskSet since this exceeds the \
                 maximum limit."
            )));
        }
        let definition = runnable(call, self.task_definition.as_deref().unwrap_or_default())?;
        let definition = definition.definition;
        let state = call.ecs();
        let record = state.clusters.get(&target.cluster).ok_or_else(errors::cluster_not_found)?;
        let strategy = self.capacity_provider_strategy.clone();
        let capacity = Capacity::read(state, record, self.launch_type.as_deref(), strategy)?;
        let network = self.network_configuration.as_ref();
        check_tasks(&definition, &capacity, network, self.load_balancers.iter().flatten())?;
        // In the example for `aws ecs create-task-set`, the default is 0 percent.
        let mut scale = self.scale.clone().unwrap_or_default();
        check_scale(&scale)?;
        scale = Scale {
            value: Some(scale.value.unwrap_or_default()),
            unit: Some(scale.unit.unwrap_or_else(|| "PERCENT".to_owned())),
        };

        let task_definition = definition.task_definition_arn;
        let given = Self { scale: Some(scale), ..self.clone() };
        let set = target.task_set(call, given, task_definition, &capacity);
        let id = set.id.clone();
        let set = TaskSet {
            tags: tags.into_iter().map(|(key, value)| Tag::new(key, value)).collect(),
            ..set
        };
        let record = TaskSetRecord::new(set, capacity, self);
        target.service(call)?.task_sets.push(record);
        let task_set = target.change(call, &id, |_, _| Ok(()))?;
        Ok(CreateTaskSetResponse { task_set })
    }
}

impl Target {
    /// Returns a new task set with the parameters of a request.
    pub(in crate::ecs::service) fn task_set(
        &self,
        call: &mut Call<'_>,
        given: CreateTaskSetRequest,
        task_definition: String,
        capacity: &Capacity,
    ) -> TaskSet {
        let (location, now) = (&call.caller.location, call.now);
        let id = deployment_id(&mut call.world.ids);
        let is_fargate = capacity.is_fargate();
        let service = format!("service/{}/{}", self.cluster, self.service);
        TaskSet {
            id: id.clone(),
            task_set_arn: self.arn(location, &id),
            service_arn: location.arn("ecs", service).to_string(),
            cluster_arn: location.arn("ecs", format!("cluster/{}", self.cluster)).to_string(),
            external_id: given.external_id,
            status: ACTIVE.to_owned(),
            task_definition,
            created_at: now,
            updated_at: now,
            launch_type: capacity.launch_type().map(|kind| kind.as_str().to_owned()),
            capacity_provider_strategy: capacity.items(),
            platform_version: is_fargate
                .then(|| given.platform_version.unwrap_or_else(|| "LATEST".to_owned())),
            platform_family: is_fargate.then(|| "Linux".to_owned()),
            network_configuration: given.network_configuration,
            load_balancers: given.load_balancers.unwrap_or_default(),
            service_registries: given.service_registries.unwrap_or_default(),
            scale: given.scale.unwrap_or_default(),
            stability_status: STABILIZING.to_owned(),
            stability_status_at: now,
            ..TaskSet::default()
        }
    }
}

impl TaskSetRecord {
    /// Returns a record for a new task set.
    pub(in crate::ecs::service) fn new(
        set: TaskSet,
        capacity: Capacity,
        request: CreateTaskSetRequest,
    ) -> Self {
        let deployment = Deployment { id: set.id.clone(), ..Deployment::default() };
        let deployment = DeploymentRecord { deployment, ..DeploymentRecord::default() };
        Self { set, capacity, deployment, request: Box::new(request) }
    }
}
