//! `DeleteService`.

use super::{ACTIVE, DRAINING, INACTIVE};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::reference::{self, Reference};
use crate::ecs::{DeleteServiceRequest, errors};

/// Deletes a service. The service is DRAINING until the containers of its tasks have ended, and
/// then becomes INACTIVE.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html>
impl Operation for DeleteServiceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let text = self.service.unwrap_or_default();
        let name = reference::id_on(location, "service", &cluster, &text);
        let name = name.ok_or_else(errors::service_not_found)?;
        let record = call.ecs().known(&cluster, now)?;
        let found = record.services.get_mut(&name).filter(|found| found.status() != INACTIVE);
        let service = found.ok_or_else(errors::service_not_found)?;
        if service.status() == ACTIVE {
            if service.service.desired_count > 0 && self.force != Some(true) {
                // The message comes from public logs, the code from
                // https://github.com/getmoto/moto.
                return Err(errors::invalid(
                    "The service cannot be stopped while it is scaled above 0.",
                ));
            }
            DRAINING.clone_into(&mut service.service.status);
            service.service.desired_count = 0;
            service.is_external = false;
            service.next = Some(now);
        }
        let service = record.services.get(&name).map(|service| service.view(record, true));
        Ok(Self::Output { service: service.unwrap_or_default() })
    }
}
