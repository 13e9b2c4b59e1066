//! Starts and stops the tasks of task sets.

use super::{Scheduler, named, tags};
use crate::ecs::Service;
use crate::ecs::service::ServiceRecord;
use crate::ecs::service::task_set::{STEADY_STATE, TaskSetRecord};

impl Scheduler<'_, '_> {
    /// Maintains the computed number of tasks of each task set, and removes deleted task sets whose tasks have ended.
    pub(super) fn keep_task_sets(&mut self, service: &mut ServiceRecord) {
        let mut sets = std::mem::take(&mut service.task_sets);
        for set in &mut sets {
            self.keep_task_set(service, set);
        }
        sets.retain(|set| !set.is_draining() || !self.has_ended(&set.set.id));
        let is_steady = sets.iter().all(|set| set.set.stability_status == STEADY_STATE);
        if is_steady && !sets.is_empty() && !service.is_steady {
            service.is_steady = true;
            service.say(&mut self.call.world.ids, self.now, "has reached a steady state.");
        }
        service.task_sets = sets;
    }

    fn has_ended(&self, set: &str) -> bool {
        let mut tasks = self.record().into_iter().flat_map(|record| record.tasks.values());
        tasks.all(|task| task.task.started_by.as_deref() != Some(set) || task.has_ended())
    }

    fn keep_task_set(&mut self, service: &mut ServiceRecord, set: &mut TaskSetRecord) {
        let id = set.set.id.clone();
        let desired = set.desired(service.service.desired_count);
        let tasks = self.tasks_of(&id);
        let running = tasks.iter().filter(|(is_running, _)| *is_running).count();
        if running > 0 {
            set.deployment.failures = 0;
        }
        let count = tasks.len();
        let surplus = self.unprotected(tasks).into_iter().take(count.saturating_sub(desired));
        let surplus: Vec<_> = surplus.map(|(_, task)| (task, id.clone())).collect();
        self.stop(service, &surplus);
        self.start_in(service, set, desired.saturating_sub(count));
        if count == desired && running == desired && set.set.stability_status != STEADY_STATE {
            STEADY_STATE.clone_into(&mut set.set.stability_status);
            set.set.stability_status_at = self.now;
            set.set.updated_at = self.now;
        }
    }

    fn start_in(&mut self, service: &mut ServiceRecord, set: &mut TaskSetRecord, missing: usize) {
        if missing == 0 {
            return;
        }
        if self.now < set.deployment.pause_until {
            service.next = service.next.into_iter().chain([set.deployment.pause_until]).min();
            return;
        }
        let location = self.call.caller.location.clone();
        let revision = self.call.ecs().task_definition_of(&location, &set.set.task_definition);
        let Some(revision) = revision.cloned() else { return };
        // The service with the parameters of the task set.
        let own = ServiceRecord {
            capacity: set.capacity.clone(),
            service: Service {
                network_configuration: set.set.network_configuration.clone(),
                ..service.service.clone()
            },
            ..ServiceRecord::default()
        };
        if let Err(what) = self.can_start(&own, &revision.definition) {
            service.say(&mut self.call.world.ids, self.now, &what);
            set.deployment.failed(self.now);
            service.next = service.next.into_iter().chain([set.deployment.pause_until]).min();
            return;
        }
        let tags = tags(&own, &revision.tags);
        let mut counts = self.by_provider();
        let id = &set.set.id;
        let started: Vec<String> = (0..missing)
            .map(|_| self.start(&own, id, &revision.definition, tags.clone(), &mut counts))
            .collect();
        service.is_steady = false;
        let what = format!("has started {} tasks: {}.", started.len(), named(&started));
        service.say(&mut self.call.world.ids, self.now, &what);
    }
}
