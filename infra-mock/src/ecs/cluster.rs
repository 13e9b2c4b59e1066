//! `CreateCluster` and `DeleteCluster`.

use super::account::Principal;
use super::reference::{self, Reference};
use super::service::INACTIVE;
use super::state::{CHANGED, CREATED, Change, Record, Spec, Status};
use super::{capacity, configuration, errors, role, settings, tags};
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{CreateClusterRequest, DeleteClusterRequest};

/// Creates a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html>
impl Operation for CreateClusterRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let settles_at = now.after(call.world.lag.capacity_providers);
        let name = self.cluster_name.unwrap_or_else(|| "default".to_owned());
        if name.is_empty() {
            return Err(errors::blank("Cluster name"));
        }
        reference::check_name("Cluster name", &name)?;
        let tags = tags::check_all(self.tags.unwrap_or_default())?;
        let given = settings::check(self.settings.unwrap_or_default())?;
        let configuration = configuration::check(self.configuration)?;
        let namespace = settings::namespace(self.service_connect_defaults)?;
        let principal = Principal::of_caller(call.caller);
        let state = call.ecs();
        let capacity = capacity::check(
            state,
            self.capacity_providers.unwrap_or_default(),
            self.default_capacity_provider_strategy.unwrap_or_default(),
        )?;
        let container_insights =
            given.unwrap_or_else(|| state.effective(&principal, "containerInsights").0);
        // A namespace that does not exist yet has no ARN, so `spec` contains the namespace's name
        // until the cluster is created. Such a `spec` never equals the one in an existing cluster's
        // record, because records contain only ARNs.
        let namespace = namespace.map(|n| state.namespaces.get(&n).cloned().unwrap_or(n));
        let mut spec = Spec { container_insights, capacity, configuration, namespace, tags };
        role::assume(call)?;

        if let Some(record) = call.ecs().clusters.get(&name) {
            match record.status(now) {
                Status::Active | Status::Provisioning if record.spec == spec => {
                    let cluster = record.view(location, &name, now, CREATED);
                    return Ok(Self::Output { cluster });
                }
                Status::Active | Status::Provisioning => return Err(errors::inconsistent()),
                // AWS's message for this case is not publicly documented. The mock returns the
                // error that other operations return while a cluster is not ACTIVE.
                Status::Deprovisioning => return Err(errors::not_active()),
                // The new cluster inherits nothing from the INACTIVE cluster.
                Status::Inactive => {}
            }
        }

        if let Some(new) = spec.namespace.take_if(|namespace| !namespace.starts_with("arn:")) {
            let arn = capacity::new_namespace(location, &mut call.world.ids);
            call.ecs().namespaces.insert(new, arn.clone());
            spec.namespace = Some(arn);
        }
        let attached = (!spec.capacity.is_empty() || spec.namespace.is_some()).then(|| {
            let namespace = spec.namespace.is_some();
            capacity::attachments(&spec.capacity, namespace, &[], &mut call.world.ids)
        });
        let mut record = Record::new(spec, now);
        if let Some(attachments) = attached {
            record.attach(Change::Create, settles_at, attachments);
        }
        let cluster = record.view(location, &name, now, CREATED);
        call.ecs().clusters.insert(name, record);
        Ok(Self::Output { cluster })
    }
}

/// Deletes a cluster, which then becomes INACTIVE.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html>
impl Operation for DeleteClusterRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let settles_at = now.after(call.world.lag.capacity_providers);
        let name = Reference::required(location, self.cluster.as_deref())?;
        let record = call.ecs().clusters.get_mut(&name).ok_or_else(errors::cluster_not_found)?;
        // Deleting an INACTIVE cluster returns it unchanged. AWS's response is not publicly
        // documented.
        if record.status(now) != Status::Inactive {
            blockers(record)?;
            if record.is_busy(now) {
                return Err(errors::busy());
            }
            // The cluster is DEPROVISIONING while its capacity providers are being removed. A
            // cluster without capacity providers becomes INACTIVE immediately, as in the example
            // for `aws ecs delete-cluster`.
            let attached =
                !record.spec.capacity.providers.is_empty() || !record.attachments().is_empty();
            record.delete(if attached { settles_at } else { now });
        }
        Ok(Self::Output { cluster: record.view(location, &name, now, CHANGED) })
    }
}

/// Returns an error if the cluster still contains services, tasks or container instances.
fn blockers(record: &Record) -> ApiResult<()> {
    let (code, what) = if !record.instances.is_empty() {
        // https://github.com/aws-samples/aws-scalable-big-blue-button-example/issues/79
        ("ClusterContainsContainerInstancesException", "Container Instances are active or draining")
    } else if record.services.values().any(|service| service.status() != INACTIVE) {
        // https://github.com/aws/amazon-cloudwatch-agent/pull/1799. DRAINING services also block
        // the deletion.
        ("ClusterContainsServicesException", "Services are active")
    } else if record.live_tasks().next().is_some() {
        // https://github.com/gruntwork-io/cloud-nuke/issues/368 shows this for a pending task.
        ("ClusterContainsTasksException", "Tasks are active")
    } else {
        return Ok(());
    };
    Err(ApiError::new(code, format!("The Cluster cannot be deleted while {what}.")))
}
