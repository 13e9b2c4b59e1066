//! Checks that every configuration that the tool accepts can be applied. The mock checks each call
//! against its own copy of AWS's rules, and must accept every call. After the apply, the next plan
//! must be empty.

use infra_core::engine::{Detail, Goal, Report, RunOptions};
use infra_core::foundation::Foundation;
use infra_mock::MockAws;
use proptest::test_runner::TestCaseError;

use super::specs::Drawn;
use crate::sim::clock::VirtualClock;
use crate::sim::runner::runtime;

/// Applies a drawn foundation if the tool accepts it. Returns whether the tool accepted the
/// foundation.
pub(super) fn check(drawn: Drawn) -> Result<bool, TestCaseError> {
    let Drawn { spec, location } = drawn;
    let region = location.region.clone();
    let Ok(foundation) = Foundation::new(spec, location.clone()) else { return Ok(false) };
    let mock = MockAws::builder()
        .account(location.account_id)
        .region(region)
        .clock(VirtualClock::start())
        .without_journal()
        .build();
    let stack = foundation.stack(&mock.providers());
    let goal = Goal::Present { adopt: false };
    let options = RunOptions::default();
    let run = async {
        let observation = stack.observe(Detail::Contents, &options).await;
        let plan = stack.plan(&observation.map_err(|errors| errors.to_string())?, goal);
        let applied = stack.apply(&plan, &options).await.and_then(Report::into_result);
        applied.map_err(|errors| format!("apply failed: {errors}"))?;
        let observation = stack.observe(Detail::Contents, &options).await;
        let left = stack.plan(&observation.map_err(|errors| errors.to_string())?, goal);
        if left.is_empty() {
            Ok(true)
        } else {
            Err(format!("a second plan still contains changes: {:#?}", left.changes))
        }
    };
    runtime().block_on(run).map_err(TestCaseError::fail)
}
