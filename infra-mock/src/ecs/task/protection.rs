//! `GetTaskProtection` and `UpdateTaskProtection`.

use std::time::Duration;

use super::TaskRecord;
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::reference::{self, Reference};
use crate::ecs::{
    Failure, GetTaskProtectionRequest, ProtectedTask, UpdateTaskProtectionRequest, errors,
};
use crate::time::Timestamp;

/// The limits on the number of tasks per request, and the default and maximum protection time in
/// minutes:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html>.
const MOST_READ: usize = 100;
const MOST_UPDATED: usize = 10;
const DEFAULT_MINUTES: i32 = 120;
const MOST_MINUTES: i32 = 2880;

impl TaskRecord {
    /// Returns the time at which the task's protection from scale-in and deployments expires, or
    /// `None` if the task is not protected.
    pub(in crate::ecs) fn protected_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.protected_until.filter(|until| *until > now)
    }

    fn protection(&self, now: Timestamp) -> ProtectedTask {
        let until = self.protected_until(now);
        ProtectedTask {
            task_arn: self.task.task_arn.clone(),
            protection_enabled: until.is_some(),
            expiration_date: until,
        }
    }
}

/// Applies a function to the requested tasks that belong to a service. Returns the protection of
/// these tasks, and a failure for each of the other requested tasks.
fn on_tasks(
    call: &mut Call<'_>,
    cluster: Option<&str>,
    tasks: Option<Vec<String>>,
    most: usize,
    mut apply: impl FnMut(&mut TaskRecord),
) -> ApiResult<(Vec<ProtectedTask>, Vec<Failure>)> {
    let (location, now) = (&call.caller.location, call.now);
    let cluster = Reference::required(location, cluster)?;
    let asked = tasks.unwrap_or_default();
    if asked.is_empty() {
        return Err(errors::empty("Tasks"));
    }
    if asked.len() > most {
        return Err(errors::too_many("taskIds", most));
    }
    let tasks = &mut call.ecs().known(&cluster, now)?.tasks;
    let (mut protected, mut failures) = (Vec::new(), Vec::new());
    for text in asked {
        let id = reference::id_on(location, "task", &cluster, &text);
        // Both reasons are in https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html.
        let reason = match id.and_then(|id| tasks.get_mut(&id)) {
            Some(task) if task.service.is_some() => {
                apply(task);
                protected.push(task.protection(now));
                continue;
            }
            Some(_) => "TASK_NOT_VALID",
            None => "MISSING",
        };
        let arn = if text.starts_with("arn:") {
            text
        } else {
            location.arn("ecs", format!("task/{cluster}/{text}")).to_string()
        };
        failures.push(Failure { arn, reason: reason.to_owned(), detail: None });
    }
    Ok((protected, failures))
}

/// Reports whether service tasks are protected, and when their protection ends.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html>
impl Operation for GetTaskProtectionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let cluster = self.cluster.as_deref();
        let (protected_tasks, failures) = on_tasks(call, cluster, self.tasks, MOST_READ, |_| {})?;
        Ok(Self::Output { protected_tasks, failures })
    }
}

/// Protects service tasks from scale-in and deployments for a limited time, or ends their
/// protection.
impl Operation for UpdateTaskProtectionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let minutes = self.expires_in_minutes.unwrap_or(DEFAULT_MINUTES);
        if !(1..=MOST_MINUTES).contains(&minutes) {
            // The range is in the API reference. No public source shows AWS's message.
            let range = format!("expiresInMinutes must be between 1 and {MOST_MINUTES}.");
            return Err(errors::invalid(range));
        }
        let minutes = u64::try_from(minutes).unwrap_or_default();
        let until = (self.protection_enabled == Some(true))
            .then(|| call.now.after(Duration::from_mins(minutes)));
        let cluster = self.cluster.as_deref();
        let protect = |task: &mut TaskRecord| task.protected_until = until;
        let (protected_tasks, failures) =
            on_tasks(call, cluster, self.tasks, MOST_UPDATED, protect)?;
        Ok(Self::Output { protected_tasks, failures })
    }
}
