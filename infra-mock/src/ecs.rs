//! Amazon ECS: clusters, their capacity providers, settings and tags, and the contents that keep them in use.
//!
//! The mock runs no containers. Tests put services, tasks and container instances on a cluster, with
//! [`State::add_service`] and similar functions, to prevent its deletion.

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
