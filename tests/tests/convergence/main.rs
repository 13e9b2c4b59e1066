//! Tests that every run brings a foundation to the desired state, whether the run creates,
//! corrects, adopts or destroys resources, or continues after an interruption. The tests call the
//! mock in process and use virtual time.

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
