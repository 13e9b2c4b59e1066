//! The example of a provider of somebody else's passes the conformance suite, as far as it goes.

#![allow(
    unreachable_pub,
    reason = "the example is public in its own right, and taken in as a module here"
)]

#[path = "../examples/log_groups.rs"]
mod log_groups;

use infra_core::conformance::{Capability, scenarios};

#[tokio::test]
async fn a_provider_of_somebody_else_s_runs_the_scenarios_of_what_it_has() {
    let (passed, lacking) = log_groups::run().await.unwrap();
    let has = [Capability::LogGroups, Capability::Bulk];
    let runnable = scenarios().filter(|it| it.needs().all(|need| has.contains(&need))).count();
    assert_eq!((passed, passed + lacking), (runnable, scenarios().count()));
    assert!(passed >= 15, "{passed} scenarios passed");
}
