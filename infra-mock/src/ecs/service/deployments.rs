//! Service deployments and service revisions: `ListServiceDeployments`, `DescribeServiceDeployments` and
//! `DescribeServiceRevisions`.
//!
//! The ID of a service revision is the ID of its deployment without the prefix `ecs-svc/`.

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use super::{ServiceRecord, number};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::reference::{self, Reference, ResourceArn};
use crate::ecs::state::Record;
use crate::ecs::task::TaskRecord;
use crate::ecs::{
    ContainerImage, Deployment, DescribeServiceDeploymentsRequest, DescribeServiceRevisionsRequest,
    Failure, ListServiceDeploymentsRequest, Rollback, ServiceDeployment, ServiceDeploymentAlarms,
    ServiceDeploymentBrief, ServiceDeploymentCircuitBreaker, ServiceRevision,
    ServiceRevisionSummary, errors, list,
};
use crate::ids::sha256;
use crate::paging;
use crate::time::Timestamp;

const MOST_DESCRIBED: usize = 20;

/// A deployment in a service's history, with the service revision that it deployed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct HistoryEntry {
    /// The deployment in its initial state. If the circuit breaker stops the deployment, the number
    /// of failed tasks is updated, but nothing else.
    deployment: Deployment,
    /// The service at the start of the deployment. It provides what `deployment` does not contain,
    /// such as the load balancers.
    service: crate::ecs::Service,
    /// The IDs of the deployments that this deployment replaced.
    sources: Vec<String>,
    status: Status,
    ended_at: Option<Timestamp>,
    updated_at: Timestamp,
    /// The reason for the rollback, the time of the rollback, and the ID of the restored
    /// deployment.
    rollback: Option<(String, Timestamp, String)>,
}

/// The status of a service deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Status {
    #[default]
    InProgress,
    Successful,
    /// The circuit breaker stopped the deployment without a rollback:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html>. No
    /// public source shows the status of a deployment that ends because a newer deployment starts
    /// or because the service is deleted. The mock uses STOPPED in both cases.
    Stopped,
    RollbackInProgress,
    RollbackSuccessful,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::Stopped => "STOPPED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
        }
    }
}

impl HistoryEntry {
    fn end(&mut self, status: Status, now: Timestamp) {
        self.status = status;
        self.ended_at = Some(now);
        self.updated_at = now;
    }

    fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }
}

/// Returns the last part of a revision's ARN.
fn revision(deployment_id: &str) -> &str {
    deployment_id.rsplit('/').next().unwrap_or(deployment_id)
}

/// Derives the last part of a service deployment's ARN from the deployment's ID.
fn key(deployment_id: &str) -> String {
    sha256(deployment_id.as_bytes()).chars().take(21).collect()
}

impl ServiceRecord {
    /// Ends the deployments that are still in progress, and adds the new PRIMARY deployment to the
    /// history.
    pub(super) fn deployment_started(&mut self, now: Timestamp) {
        self.deployments_stopped(now);
        let Some((primary, older)) = self.deployments.split_first() else { return };
        self.history.push(HistoryEntry {
            deployment: primary.deployment.clone(),
            service: crate::ecs::Service { events: Vec::new(), ..self.service.clone() },
            sources: older.iter().map(|older| older.deployment.id.clone()).collect(),
            updated_at: now,
            ..HistoryEntry::default()
        });
    }

    /// Ends the deployments that are still in progress, with the status STOPPED. This happens if a
    /// newer deployment replaces them or the service is deleted.
    pub(super) fn deployments_stopped(&mut self, now: Timestamp) {
        for entry in self.history.iter_mut().filter(|entry| entry.is_open()) {
            entry.end(Status::Stopped, now);
        }
    }

    /// Records that the deployment in progress has succeeded. This happens once all its tasks are
    /// running.
    pub(super) fn deployment_completed(&mut self, now: Timestamp) {
        for entry in self.history.iter_mut().filter(|entry| entry.is_open()) {
            let status = match entry.status {
                Status::RollbackInProgress => Status::RollbackSuccessful,
                _ => Status::Successful,
            };
            entry.end(status, now);
        }
    }

    /// Records that the circuit breaker has stopped a deployment. Starts a rollback if `back_to` is
    /// given, and otherwise ends the deployment.
    pub(super) fn deployment_failed(
        &mut self,
        failed: &Deployment,
        back_to: Option<&str>,
        now: Timestamp,
    ) {
        let entry = self.history.iter_mut().rfind(|entry| entry.deployment.id == failed.id);
        let Some(entry) = entry else { return };
        entry.deployment.failed_tasks = failed.failed_tasks;
        let Some(back_to) = back_to else { return entry.end(Status::Stopped, now) };
        let reason = failed.rollout_state_reason.clone().unwrap_or_default();
        entry.status = Status::RollbackInProgress;
        entry.updated_at = now;
        entry.rollback = Some((reason, now, back_to.to_owned()));
    }

    fn arn(&self, location: &Location, kind: &str, id: &str) -> String {
        let (_, path) = self.service.service_arn.split_once(":service/").unwrap_or_default();
        location.arn("ecs", format!("{kind}/{path}/{id}")).to_string()
    }

    fn summary(&self, location: &Location, cluster: &Record, id: &str) -> ServiceRevisionSummary {
        let tasks = cluster.tasks.values();
        let own: Vec<&TaskRecord> =
            tasks.filter(|task| task.task.started_by.as_deref() == Some(id)).collect();
        let is_primary = self.deployments.first().is_some_and(|first| first.deployment.id == id);
        ServiceRevisionSummary {
            arn: self.arn(location, "service-revision", revision(id)),
            requested_task_count: if is_primary { self.service.desired_count } else { 0 },
            running_task_count: number(own.iter().filter(|task| task.is_running()).count()),
            pending_task_count: number(own.iter().filter(|task| task.is_pending()).count()),
            ..ServiceRevisionSummary::default()
        }
    }

    fn brief(&self, location: &Location, entry: &HistoryEntry) -> ServiceDeploymentBrief {
        let Deployment { id, created_at, .. } = &entry.deployment;
        ServiceDeploymentBrief {
            service_deployment_arn: self.arn(location, "service-deployment", &key(id)),
            service_arn: self.service.service_arn.clone(),
            cluster_arn: self.service.cluster_arn.clone(),
            started_at: *created_at,
            created_at: *created_at,
            finished_at: entry.ended_at,
            target_service_revision_arn: self.arn(location, "service-revision", revision(id)),
            status: entry.status.as_str().to_owned(),
            status_reason: None,
        }
    }

    fn described(
        &self,
        location: &Location,
        cluster: &Record,
        entry: &HistoryEntry,
    ) -> ServiceDeployment {
        let brief = self.brief(location, entry);
        let configuration = entry.service.deployment_configuration.clone().unwrap_or_default();
        let live = self.deployments.iter().find(|live| live.deployment.id == entry.deployment.id);
        let deployment = live.map_or(&entry.deployment, |live| &live.deployment);
        let threshold = super::breaker::threshold(&configuration, entry.service.desired_count);
        // In the history, the number of failed tasks stays 0 until the circuit breaker stops the
        // deployment.
        let is_triggered = entry.deployment.failed_tasks > 0;
        let breaker = match (threshold, is_triggered, entry.status) {
            (None, _, _) => "DISABLED",
            (_, true, _) => "TRIGGERED",
            (_, _, Status::InProgress) => "MONITORING",
            _ => "MONITORING_COMPLETE",
        };
        let alarms = configuration.alarms.clone().unwrap_or_default();
        let is_stopped = matches!(entry.status, Status::Stopped);
        ServiceDeployment {
            service_deployment_arn: brief.service_deployment_arn,
            service_arn: brief.service_arn,
            cluster_arn: brief.cluster_arn,
            created_at: brief.created_at,
            started_at: brief.started_at,
            finished_at: entry.ended_at,
            stopped_at: entry.ended_at.filter(|_| is_stopped),
            updated_at: entry.updated_at,
            source_service_revisions: entry
                .sources
                .iter()
                .map(|id| self.summary(location, cluster, id))
                .collect(),
            target_service_revision: self.summary(location, cluster, &entry.deployment.id),
            status: brief.status,
            rollback: entry.rollback.as_ref().map(|(reason, at, to)| Rollback {
                reason: Some(reason.clone()),
                started_at: Some(*at),
                service_revision_arn: Some(self.arn(location, "service-revision", revision(to))),
            }),
            deployment_circuit_breaker: Some(ServiceDeploymentCircuitBreaker {
                status: Some(breaker.to_owned()),
                failure_count: Some(deployment.failed_tasks),
                threshold: Some(threshold.unwrap_or_default()),
            }),
            // The mock has no alarms, so no alarm is triggered.
            alarms: Some(ServiceDeploymentAlarms {
                status: Some("DISABLED".to_owned()),
                alarm_names: alarms.alarm_names,
                triggered_alarm_names: None,
            }),
            deployment_configuration: configuration,
            ..ServiceDeployment::default()
        }
    }
}

/// Lists the deployments of a service, newest first.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html>
impl Operation for ListServiceDeploymentsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let text = self.service.unwrap_or_default();
        // If the request does not specify a cluster, the cluster is taken from the service's ARN.
        let of_arn = ResourceArn::read(&text).ok().and_then(|arn| arn.name.split_once('/'));
        let cluster = match (self.cluster.filter(|name| !name.is_empty()), of_arn) {
            (None, Some((cluster, _))) => cluster.to_owned(),
            (given, _) => Reference::optional(location, given.as_deref())?,
        };
        let size = list::size(self.max_results, 100, 20)?;
        let name = reference::id_on(location, "service", &cluster, &text);
        let record = call.ecs().known(&cluster, now)?;
        let service = name.and_then(|name| record.services.get(&name));
        let service = service.ok_or_else(errors::service_not_found)?;
        let statuses = self.status.unwrap_or_default();
        let created = self.created_at.unwrap_or_default();
        let found = service.history.iter().enumerate().rev().filter(|(_, entry)| {
            let time = entry.deployment.created_at;
            (statuses.is_empty() || statuses.iter().any(|status| status == entry.status.as_str()))
                && created.before.is_none_or(|before| time < before)
                && created.after.is_none_or(|after| time > after)
        });
        let found = found.map(|(place, entry)| (format!("{:020}", usize::MAX - place), entry));
        let listing = format!("ListServiceDeployments/{text} {statuses:?} {created:?}");
        let page = paging::page(&listing, found, |(key, _)| key, self.next_token.as_deref(), size)
            .map_err(|_| list::bad_token())?;
        let briefs = page.items.into_iter().map(|(_, entry)| service.brief(location, entry));
        Ok(Self::Output { service_deployments: briefs.collect(), next_token: page.next_token })
    }
}

/// Calls `found` for each ARN, with the service, its cluster and the ID from the ARN. `found`
/// returns `false` if the service has no resource with this ID.
fn find_each(
    call: &mut Call<'_>,
    what: &str,
    arns: Option<Vec<String>>,
    mut found: impl FnMut(&ServiceRecord, &Record, &str) -> bool,
) -> ApiResult<Vec<Failure>> {
    let now = call.now;
    let arns = arns.unwrap_or_default();
    if arns.is_empty() {
        return Err(errors::empty(what));
    }
    if arns.len() > MOST_DESCRIBED {
        return Err(errors::too_many(what, MOST_DESCRIBED));
    }
    let mut failures = Vec::new();
    for arn in arns {
        let parts = ResourceArn::read(&arn)?;
        let names = parts.name.split_once('/').and_then(|(cluster, rest)| {
            let (service, id) = rest.split_once('/')?;
            Some((cluster, service, id))
        });
        let Some((cluster, service, id)) = names else {
            return Err(errors::invalid("Invalid identifier: Unexpected number of separators"));
        };
        let record = call.ecs().known(cluster, now)?;
        let service = record.services.get(service).ok_or_else(errors::service_not_found)?;
        if !found(service, record, id) {
            failures.push(Failure { arn, reason: "MISSING".to_owned(), detail: None });
        }
    }
    Ok(failures)
}

/// Describes service deployments.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html>
impl Operation for DescribeServiceDeploymentsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let location = call.caller.location.clone();
        let mut service_deployments = Vec::new();
        let arns = self.service_deployment_arns;
        let failures = find_each(call, "Service deployment ARNs", arns, |service, record, id| {
            let entry = service.history.iter().find(|entry| key(&entry.deployment.id) == id);
            let described = entry.map(|entry| service.described(&location, record, entry));
            let is_found = described.is_some();
            service_deployments.extend(described);
            is_found
        })?;
        Ok(Self::Output { service_deployments, failures })
    }
}

/// Describes service revisions. Each revision is the configuration that one deployment rolls out.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html>
impl Operation for DescribeServiceRevisionsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let location = call.caller.location.clone();
        let mut service_revisions = Vec::new();
        let arns = self.service_revision_arns;
        let failures = find_each(call, "Service revision ARNs", arns, |service, _, id| {
            let entry = service.history.iter().find(|entry| revision(&entry.deployment.id) == id);
            let described = entry.map(|entry| {
                let HistoryEntry { deployment, service: then, .. } = entry;
                ServiceRevision {
                    service_revision_arn: service.arn(&location, "service-revision", id),
                    service_arn: then.service_arn.clone(),
                    cluster_arn: then.cluster_arn.clone(),
                    task_definition: deployment.task_definition.clone(),
                    capacity_provider_strategy: deployment
                        .capacity_provider_strategy
                        .clone()
                        .unwrap_or_default(),
                    launch_type: deployment.launch_type.clone(),
                    platform_version: deployment.platform_version.clone(),
                    platform_family: deployment.platform_family.clone(),
                    load_balancers: then.load_balancers.clone(),
                    service_registries: then.service_registries.clone(),
                    network_configuration: deployment.network_configuration.clone(),
                    guard_duty_enabled: false,
                    service_connect_configuration: deployment.service_connect_configuration.clone(),
                    volume_configurations: deployment.volume_configurations.clone(),
                    vpc_lattice_configurations: deployment.vpc_lattice_configurations.clone(),
                    created_at: deployment.created_at,
                    ..ServiceRevision::default()
                }
            });
            let is_found = described.is_some();
            service_revisions.extend(described);
            is_found
        })?;
        for revision in &mut service_revisions {
            let definition = call.ecs().task_definition_of(&location, &revision.task_definition);
            let containers =
                definition.into_iter().flat_map(|it| &it.definition.container_definitions);
            // The mock does not record the digests of the images that tasks pulled.
            revision.container_images = containers
                .map(|container| ContainerImage {
                    container_name: container.name.clone(),
                    image_digest: None,
                    image: container.image.clone(),
                })
                .collect();
        }
        Ok(Self::Output { service_revisions, failures })
    }
}
