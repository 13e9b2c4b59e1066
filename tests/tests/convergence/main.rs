//! Tests that the foundation converges when it is planned, applied, corrected, adopted, interrupted and destroyed on
//! the in-memory AWS, in process and in virtual time.

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
