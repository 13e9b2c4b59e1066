//! Stale reads: keeps earlier states of services for reads that must not see recent changes.

use std::time::Duration;

use infra_core::arn::Location;

use crate::api::{Service, World};
use crate::time::Timestamp;

/// The earlier states that stale reads see, one for each hidden change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replicas(Vec<Replica>);

#[derive(Clone, Debug)]
struct Replica {
    service: Service,
    place: Location,
    until: Timestamp,
    before: World,
}

impl Replicas {
    /// Keeps the state from before a change. Reads see this state for the duration `time`, starting
    /// at `now`.
    pub(crate) fn keep(
        &mut self,
        service: Service,
        place: &Location,
        before: World,
        now: Timestamp,
        time: Duration,
    ) {
        self.0.push(Replica { service, place: place.clone(), until: now.after(time), before });
    }

    /// Returns the stale state that a read from this service sees, or `None` if no change is
    /// hidden.
    ///
    /// While a change to a service is hidden, all later changes to the same service are hidden too.
    pub(crate) fn seen(
        &mut self,
        service: Service,
        place: &Location,
        now: Timestamp,
        world: &World,
    ) -> Option<World> {
        self.0.retain(|replica| replica.until > now);
        let is_of = |replica: &&Replica| {
            replica.service == service
                && replica.place.account_id == place.account_id
                // IAM is global.
                && (service == Service::Iam || replica.place.region == place.region)
        };
        let replica = self.0.iter().find(is_of)?;
        Some(world.with_older(&replica.before, service, place))
    }

    /// Makes all changes visible to reads.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
