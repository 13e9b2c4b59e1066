//! Reads that see yesterday: states of services as they were before changes that are not to be seen yet.

use std::time::Duration;

use infra_core::arn::Location;

use crate::api::{Service, World};
use crate::time::Timestamp;

/// What reads see in place of the newest state, per change that stays unseen.
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
    /// Keeps what was there before a change, for reads until `time` from `now` is over.
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

    /// The world as a read of that service sees it, where that is not the newest.
    ///
    /// A service that lags does so as a whole: of several changes that stay unseen the oldest decides, and what
    /// came after it is unseen as well.
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
                // IAM is one over all regions.
                && (service == Service::Iam || replica.place.region == place.region)
        };
        let replica = self.0.iter().find(is_of)?;
        Some(world.with_older(&replica.before, service, place))
    }

    /// Lets reads see everything.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
