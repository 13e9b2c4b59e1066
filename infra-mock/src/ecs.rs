//! Amazon ECS: clusters, their capacity providers, settings and tags, and what keeps them in use.
//!
//! The mock runs no containers. Services, tasks and container instances are put on a cluster by tests,
//! with [`State::add_service`] and its neighbours, so that a deletion meets them.

mod access;
mod account;
mod capacity;
mod cluster;
mod configuration;
mod describe;
mod errors;
mod fixtures;
mod list;
mod model;
mod reference;
mod role;
mod settings;
mod state;
mod tags;
#[cfg(test)]
mod tests;
pub(crate) mod violations;

pub use self::model::*;
pub use fixtures::{
    ContainerInstance, InstanceStatus, LaunchType, SchedulingStrategy, Service, ServiceStatus,
    Task, TaskStatus,
};
pub use state::State;
