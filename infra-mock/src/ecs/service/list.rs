//! `ListServices`.

use super::{DAEMON, INACTIVE, REPLICA, ServiceRecord};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::ListServicesRequest;
use crate::ecs::list::{LAUNCH_TYPES, check_enum, cut, passes};
use crate::ecs::reference::Reference;

const SCHEDULING_STRATEGIES: [&str; 2] = [REPLICA, DAEMON];
const RESOURCE_MANAGEMENT_TYPES: [&str; 2] = ["CUSTOMER", "ECS"];

/// Lists the services of a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html>
impl Operation for ListServicesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        check_enum(self.launch_type.as_deref(), &LAUNCH_TYPES)?;
        check_enum(self.scheduling_strategy.as_deref(), &SCHEDULING_STRATEGIES)?;
        check_enum(self.resource_management_type.as_deref(), &RESOURCE_MANAGEMENT_TYPES)?;
        let wanted = |record: &ServiceRecord| {
            let service = &record.service;
            service.status != INACTIVE
                && passes(self.launch_type.as_deref(), service.launch_type.as_deref())
                && passes(
                    self.scheduling_strategy.as_deref(),
                    service.scheduling_strategy.as_deref(),
                )
                && passes(self.resource_management_type.as_deref(), Some("CUSTOMER"))
        };
        let services = call.ecs().known(&cluster, now)?.services.iter();
        let arns = services
            .filter(|(_, service)| wanted(service))
            .map(|(name, _)| location.arn("ecs", format!("service/{cluster}/{name}")).to_string())
            .collect();
        let listing = format!("ListServices/{cluster}");
        let page = cut(&listing, arns, self.next_token.as_deref(), self.max_results, 10)?;
        Ok(Self::Output { service_arns: page.items, next_token: page.next_token })
    }
}
