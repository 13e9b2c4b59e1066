//! Amazon ECS: clusters, their capacity providers, settings and tags, task definitions, tasks and services.
//!
//! The mock runs no containers. A [`Script`] stands in for the code in a container. Everything
//! else about a task, such as its roles, image pulls and logs, behaves as on AWS Fargate. With
//! [`State::add_service`] and similar functions, tests can add resources to a cluster as if other
//! people had created them.

mod access;
mod account;
mod attributes;
mod capacity;
mod capacity_provider;
mod cluster;
mod configuration;
mod describe;
mod errors;
mod execute_command;
mod fixtures;
mod list;
mod model;
mod platform;
mod reference;
mod role;
mod service;
mod settings;
mod state;
mod tags;
mod task;
mod task_definition;
#[cfg(test)]
mod tests;
pub(crate) mod violations;

pub use self::model::*;
pub use fixtures::{
    ContainerInstance, InstanceStatus, LaunchType, SchedulingStrategy, ServiceFixture,
    ServiceStatus, TaskFixture, TaskStatus,
};
pub use platform::{RunningContainer, Script};
pub(crate) use platform::{Scripts, settle};
pub use state::State;
