//! Tests that the example of a custom provider passes the conformance scenarios for its
//! capabilities.

#![allow(
    unreachable_pub,
    reason = "the example has public items, and this test includes it as a module"
)]

#[path = "../examples/log_groups.rs"]
mod log_groups;

use infra_core::conformance::{Capability, scenarios};

#[tokio::test]
async fn a_custom_provider_passes_the_scenarios_for_its_capabilities() {
    let (passed, lacking) = log_groups::run().await.unwrap();
    let has = [Capability::LogGroups, Capability::Bulk];
    let runnable = scenarios().filter(|it| it.needs().all(|need| has.contains(&need))).count();
    assert_eq!((passed, passed + lacking), (runnable, scenarios().count()));
    assert!(passed >= 15, "{passed} scenarios passed");
}
