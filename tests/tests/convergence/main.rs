//! Tests that every run brings a foundation to the configured state, including runs that correct,
//! adopt or destroy resources and runs after an interruption. The tests use the mock AWS in process
//! and in virtual time.

mod budget;
mod cluster_settings;
mod cluster_status;
mod defaults;
mod determinism;
mod drift;
mod interrupted;
mod lag;
mod log_group_settings;
mod lost_answers;
mod ownership;
mod removal;
mod unmanaged;
mod variations;
mod wall_time;
