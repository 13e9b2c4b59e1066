//! `DeleteTaskSet`.

use super::{DRAINING, PRIMARY, Target, read_id};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::{DeleteTaskSetRequest, DeleteTaskSetResponse, errors};

/// Deletes a task set. It is DRAINING until its tasks have stopped.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskSet.html>
impl Operation for DeleteTaskSetRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (call.caller.location.clone(), call.now);
        let target = Target::read(call, self.cluster.as_deref(), self.service.as_deref())?;
        let id = read_id(&location, self.task_set.as_deref().unwrap_or_default())?;
        let shown = target.view(call, &id, false)?;
        let task_set = target.change(call, &id, |service, place| {
            let set = &mut service.task_sets[place];
            // Without `force`, AWS deletes neither the PRIMARY task set
            // (https://github.com/hashicorp/terraform-provider-aws/pull/30839) nor a task set that has not been scaled
            // down to zero. A task set without tasks counts as scaled down: Terraform's tests delete a task set with a
            // scale of 100 percent on a cluster without instances. No source was found for the wording.
            let has_tasks = shown.running_count > 0;
            if self.force != Some(true) && (has_tasks || set.set.status == PRIMARY) {
                return Err(errors::invalid(
                    "The task set cannot be deleted while it is the primary task set or scaled above 0.",
                ));
            }
            set.destabilize(now);
            DRAINING.clone_into(&mut set.set.status);
            Ok(())
        })?;
        Ok(DeleteTaskSetResponse { task_set })
    }
}
