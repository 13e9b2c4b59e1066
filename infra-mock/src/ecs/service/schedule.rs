//! The service scheduler, which maintains the desired number of tasks, replaces tasks during deployments, and stops
//! failing deployments.

mod task_sets;

use std::collections::BTreeMap;

use super::breaker;
use super::{ACTIVE, DRAINING, INACTIVE, PAUSE, ServiceRecord};
use crate::api::Call;
use crate::ecs::TaskDefinition;
use crate::ecs::fixtures::LaunchType;
use crate::ecs::state::Record;
use crate::ecs::task::launch::Launch;
use crate::ecs::task::placement::Capacity;
use crate::ecs::task::{TaskRecord, check_roles};
use crate::time::Timestamp;

/// Returns the tasks that the scheduler counts: the service's tasks that are running or about to run.
fn live<'c>(
    cluster: &'c Record,
    service: &'c str,
) -> impl Iterator<Item = (&'c String, &'c TaskRecord)> {
    let of = move |task: &TaskRecord| task.service.as_deref() == Some(service) && task.is_wanted();
    cluster.tasks.iter().filter(move |(_, task)| of(task))
}

/// Checks a service once, and sets the time of the next check.
pub(in crate::ecs) fn schedule(call: &mut Call<'_>, cluster: &str, name: &str) {
    let now = call.now;
    let Some(record) = call.ecs().clusters.get(cluster) else { return };
    let Some(mut service) = record.services.get(name).cloned() else { return };
    service.next = None;
    if service.status() == DRAINING {
        drain(call, cluster, &mut service);
    } else if service.status() == ACTIVE && service.has_task_sets() {
        Scheduler { call, cluster, name, now }.keep_task_sets(&mut service);
    } else if service.status() == ACTIVE && !service.deployments.is_empty() {
        Scheduler { call, cluster, name, now }.keep(&mut service);
    }
    if let Some(record) = call.ecs().clusters.get_mut(cluster) {
        record.services.insert(name.to_owned(), service);
    }
}

fn drain(call: &mut Call<'_>, cluster: &str, service: &mut ServiceRecord) {
    let now = call.now;
    let name = service.service.service_name.clone();
    let Some(record) = call.ecs().clusters.get_mut(cluster) else { return };
    let id = service.deployments.first().map(|first| first.deployment.id.clone());
    let id = id.or_else(|| service.task_sets.first().map(|first| first.set.id.clone()));
    let reason = scaling(id.as_deref().unwrap_or_default());
    let mut is_empty = true;
    for task in record.tasks.values_mut().filter(|task| task.service.as_ref() == Some(&name)) {
        // "After all tasks have transitioned to either STOPPING or STOPPED status":
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html.
        is_empty &= task.has_ended();
        if task.is_wanted() {
            task.stop("ServiceSchedulerInitiated", reason.clone(), now);
        }
    }
    if is_empty {
        INACTIVE.clone_into(&mut service.service.status);
        service.deployments.clear();
        service.task_sets.clear();
        service.deployments_stopped(now);
    }
}

/// Returns the stop reason for a task that the scheduler stops. Published events for stopped
/// tasks show this text.
fn scaling(deployment: &str) -> String {
    format!("Scaling activity initiated by (deployment {deployment})")
}

/// Records that a service's task has ended. If `failure` is given, it is the reason why the task
/// could not start.
pub(in crate::ecs) fn task_ended(
    call: &mut Call<'_>,
    cluster: &str,
    id: &str,
    failure: Option<&str>,
) {
    let (now, ids) = (call.now, call.world.ids.clone());
    let Some(record) = call.ecs().clusters.get_mut(cluster) else { return };
    let Some(task) = record.tasks.get(id) else { return };
    let Some(service) = task.service.as_ref().and_then(|name| record.services.get_mut(name)) else {
        return;
    };
    let started_by = task.task.started_by.as_deref().unwrap_or_default();
    let of_sets = service.task_sets.iter_mut().map(|set| &mut set.deployment);
    let mut deployments = service.deployments.iter_mut().chain(of_sets);
    let found = deployments.find(|d| d.deployment.id == started_by);
    if let Some(deployment) = found {
        match failure {
            Some(_) => deployment.failed(now),
            // A task that ran and then ended is replaced after a pause.
            None => deployment.pause_until = now.after(PAUSE),
        }
    }
    if service.is_external {
        return;
    }
    service.is_steady = false;
    service.next = Some(now);
    let mut ids = ids;
    if let Some(reason) = failure {
        service.say(&mut ids, now, &format!("was unable to place a task. Reason: {reason}."));
    }
    call.world.ids = ids;
}

/// One check of one service.
struct Scheduler<'s, 'c> {
    call: &'s mut Call<'c>,
    cluster: &'s str,
    name: &'s str,
    now: Timestamp,
}

impl Scheduler<'_, '_> {
    fn keep(&mut self, service: &mut ServiceRecord) {
        if service.is_daemon() {
            service.service.desired_count =
                self.record().map_or(0, |record| super::number(record.active_instances().count()));
        }
        self.reset_failures(service);
        if breaker::break_circuit(self.call, service) {
            return self.keep(service);
        }
        self.stop_surplus(service);
        self.start_missing(service);
        self.finish(service);
        // When the protection of a task ends, the service is checked again, because the scheduler
        // can then stop the task.
        let ends = self.record().and_then(|record| {
            let tasks = live(record, self.name);
            tasks.filter_map(|(_, task)| task.protected_until(self.now)).min()
        });
        service.next = [service.next, ends].into_iter().flatten().min();
    }

    fn record(&self) -> Option<&Record> {
        self.call.ecs_seen()?.clusters.get(self.cluster)
    }

    /// Returns the IDs of a deployment's live tasks, and whether each task is running. Running
    /// tasks come last.
    fn tasks_of(&self, deployment: &str) -> Vec<(bool, String)> {
        let Some(record) = self.record() else { return Vec::new() };
        let of = |task: &TaskRecord| task.task.started_by.as_deref() == Some(deployment);
        let tasks = live(record, self.name).filter(|(_, task)| of(task));
        let mut tasks: Vec<_> = tasks.map(|(id, task)| (task.is_running(), id.clone())).collect();
        tasks.sort();
        tasks
    }

    /// Returns the tasks that are not protected from scale-in and deployments.
    fn unprotected(&self, mut tasks: Vec<(bool, String)>) -> Vec<(bool, String)> {
        let is_protected = |id: &String| {
            let task = self.record().and_then(|record| record.tasks.get(id));
            task.is_some_and(|task| task.protected_until(self.now).is_some())
        };
        tasks.retain(|(_, id)| !is_protected(id));
        tasks
    }

    fn counts(&self) -> (usize, usize) {
        let Some(record) = self.record() else { return (0, 0) };
        let running = live(record, self.name).filter(|(_, task)| task.is_running()).count();
        (live(record, self.name).count(), running)
    }

    /// Resets the failure count of each deployment that has a running task.
    fn reset_failures(&self, service: &mut ServiceRecord) {
        for deployment in &mut service.deployments {
            if self.tasks_of(&deployment.deployment.id).iter().any(|(is_running, _)| *is_running) {
                deployment.failures = 0;
            }
        }
    }

    /// Stops tasks beyond the desired number. Also stops tasks of older deployments, as long as
    /// enough tasks keep running.
    fn stop_surplus(&mut self, service: &mut ServiceRecord) {
        let desired = usize::try_from(service.service.desired_count).unwrap_or_default();
        let configuration = service.service.deployment_configuration.clone().unwrap_or_default();
        let percent = usize::try_from(configuration.minimum_healthy_percent.unwrap_or(100));
        let healthy = (desired * percent.unwrap_or(100)).div_ceil(100);
        let (_, running) = self.counts();
        let mut spare = running.saturating_sub(healthy);
        let Some((primary, older)) = service.deployments.split_first() else { return };
        let mut stopped = Vec::new();
        // If the PRIMARY deployment has failed, it does not replace the tasks of older deployments.
        if !primary.is_stopped {
            for deployment in older {
                let id = deployment.deployment.id.clone();
                for (is_running, task) in self.unprotected(self.tasks_of(&id)) {
                    if is_running && spare == 0 {
                        continue;
                    }
                    spare = spare.saturating_sub(usize::from(is_running));
                    stopped.push((task, id.clone()));
                }
            }
        }
        let id = primary.deployment.id.clone();
        let own = self.tasks_of(&id);
        let surplus =
            if primary.is_stopped { own.len() } else { own.len().saturating_sub(desired) };
        let own = self.unprotected(own).into_iter();
        stopped.extend(own.take(surplus).map(|(_, task)| (task, id.clone())));
        if primary.is_stopped {
            // Together, the older deployments keep the desired number of tasks. Only surplus tasks
            // are stopped.
            let (live, _) = self.counts();
            let rest = live.saturating_sub(surplus).saturating_sub(desired);
            let older = older.iter().flat_map(|older| {
                let id = older.deployment.id.clone();
                let tasks = self.unprotected(self.tasks_of(&id)).into_iter();
                tasks.map(move |(_, task)| (task, id.clone()))
            });
            stopped.extend(older.take(rest).collect::<Vec<_>>());
        }
        self.stop(service, &stopped);
    }

    fn stop(&mut self, service: &mut ServiceRecord, tasks: &[(String, String)]) {
        if tasks.is_empty() {
            return;
        }
        let (cluster, now) = (self.cluster, self.now);
        let Some(record) = self.call.ecs().clusters.get_mut(cluster) else { return };
        for (id, deployment) in tasks {
            if let Some(task) = record.tasks.get_mut(id) {
                task.stop("ServiceSchedulerInitiated", scaling(deployment), now);
            }
        }
        service.is_steady = false;
        let names = named(tasks.iter().map(|(id, _)| id));
        let what = format!("has stopped {} running tasks: {names}.", tasks.len());
        service.say(&mut self.call.world.ids, now, &what);
    }

    /// Starts the missing tasks of the newest deployment that has not failed, up to the maximum
    /// number of simultaneous tasks.
    fn start_missing(&mut self, service: &mut ServiceRecord) {
        let desired = usize::try_from(service.service.desired_count).unwrap_or_default();
        let configuration = service.service.deployment_configuration.clone().unwrap_or_default();
        let percent = usize::try_from(configuration.maximum_percent.unwrap_or(200));
        let most = desired * percent.unwrap_or(200) / 100;
        // If the newest deployment failed and was not rolled back, an older deployment starts the
        // missing tasks.
        let Some(place) = service.deployments.iter().position(|d| !d.is_stopped) else { return };
        let Some(deployment) = service.deployments.get(place) else { return };
        let id = deployment.deployment.id.clone();
        let missing = desired.saturating_sub(self.tasks_of(&id).len());
        let (total, _) = self.counts();
        let room = most.max(1).saturating_sub(total);
        let missing = if service.deployments.len() > 1 { missing.min(room) } else { missing };
        if missing == 0 {
            return;
        }
        if self.now < deployment.pause_until {
            service.next = Some(deployment.pause_until);
            return;
        }
        let definition_arn = deployment.deployment.task_definition.clone();
        let location = self.call.caller.location.clone();
        let state = self.call.ecs();
        let Some(revision) = state.task_definition_of(&location, &definition_arn).cloned() else {
            return;
        };
        if let Err(what) = self.can_start(service, &revision.definition) {
            service.say(&mut self.call.world.ids, self.now, &what);
            if let Some(deployment) = service.deployments.get_mut(place) {
                deployment.failed(self.now);
                service.next = Some(deployment.pause_until);
            }
            return;
        }
        let tags = tags(service, &revision.tags);
        let mut counts = self.by_provider();
        let started: Vec<String> = (0..missing)
            .map(|_| self.start(service, &id, &revision.definition, tags.clone(), &mut counts))
            .collect();
        service.is_steady = false;
        let what = format!("has started {} tasks: {}.", started.len(), named(&started));
        service.say(&mut self.call.world.ids, self.now, &what);
    }

    /// Checks whether the service can start tasks. If it cannot, the error is the text of the
    /// service event that reports the problem.
    fn can_start(
        &self,
        service: &ServiceRecord,
        definition: &TaskDefinition,
    ) -> Result<(), String> {
        if let Err(refusal) = check_roles(self.call, definition, None) {
            // https://github.com/telia-oss/terraform-aws-ecs-fargate/issues/58 quotes this message from the console.
            return Err(format!("failed to launch a task with (error {}).", refusal.message));
        }
        let needs_instance = matches!(
            service.capacity,
            Capacity::LaunchType(launch_type) if launch_type != LaunchType::Fargate
        );
        let has_instances =
            self.record().is_some_and(|record| record.active_instances().next().is_some());
        if needs_instance && !has_instances {
            // https://github.com/jazztong/mongo-ecs-ha-tf/issues/1
            return Err("was unable to place a task because no container instance met all of its requirements. \
                        Reason: No Container Instances were found in your cluster. For more information, see the \
                        Troubleshooting section of the Amazon ECS Developer Guide."
                .to_owned());
        }
        Ok(())
    }

    fn start(
        &mut self,
        service: &ServiceRecord,
        deployment: &str,
        definition: &TaskDefinition,
        tags: BTreeMap<String, String>,
        counts: &mut BTreeMap<String, i64>,
    ) -> String {
        let network = service.service.network_configuration.as_ref();
        let task = Launch {
            cluster: self.cluster,
            definition,
            placement: service.capacity.place(counts),
            network: network.and_then(|network| network.awsvpc_configuration.as_ref()),
            overrides: None,
            group: format!("service:{}", self.name),
            started_by: Some(deployment.to_owned()),
            service: Some(self.name.to_owned()),
            tags,
            enable_execute_command: service.service.enable_execute_command,
            managed_tags: service.service.enable_ecs_managed_tags,
        }
        .start(self.call);
        task.task_arn.rsplit('/').next().unwrap_or(&task.task_arn).to_owned()
    }

    /// Returns how many of the service's live tasks use each capacity provider.
    fn by_provider(&self) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        let Some(record) = self.record() else { return counts };
        for (_, task) in live(record, self.name) {
            if let Some(provider) = &task.task.capacity_provider_name {
                *counts.entry(provider.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// Completes the PRIMARY deployment if all its tasks are running and the service has no other
    /// tasks.
    fn finish(&mut self, service: &mut ServiceRecord) {
        let desired = usize::try_from(service.service.desired_count).unwrap_or_default();
        let (live, running) = self.counts();
        let Some(primary) = service.deployments.first() else { return };
        let own = self.tasks_of(&primary.deployment.id).len();
        if primary.is_stopped || live != desired || running != desired || own != desired {
            return;
        }
        service.deployments.truncate(1);
        let Some(primary) = service.deployments.first_mut() else { return };
        let id = primary.deployment.id.clone();
        if !primary.is_completed() {
            primary.deployment.rollout_state = Some("COMPLETED".to_owned());
            primary.deployment.rollout_state_reason =
                Some(format!("ECS deployment {id} completed."));
            primary.deployment.updated_at = self.now;
            let what = format!("(deployment {id}) deployment completed.");
            service.say(&mut self.call.world.ids, self.now, &what);
            service.deployment_completed(self.now);
        }
        if !service.is_steady {
            service.is_steady = true;
            service.say(&mut self.call.world.ids, self.now, "has reached a steady state.");
        }
    }
}

/// Returns the tags that a service gives to its tasks.
fn tags(
    service: &ServiceRecord,
    of_definition: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    match service.service.propagate_tags.as_deref() {
        Some("TASK_DEFINITION") => of_definition.clone(),
        Some("SERVICE") => {
            let tags = service.service.tags.iter().cloned();
            tags.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Formats task IDs for a service event.
fn named<'t>(ids: impl IntoIterator<Item = &'t String>) -> String {
    ids.into_iter().map(|id| format!("(task {id})")).collect::<Vec<_>>().join(" ")
}
