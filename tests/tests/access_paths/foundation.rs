//! Tests a complete foundation on each access path.

use std::num::NonZeroUsize;

use infra_core::engine::{Detail, Goal, RunOptions};
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_core::provider::Providers;

use super::access_paths;

/// Creates and applies a plan for the goal. Returns the plan, and the findings from inspecting the
/// foundation afterwards.
async fn reach(providers: &Providers, goal: Goal) -> String {
    let spec = FoundationSpec::new("demo".parse().unwrap(), "dev".parse().unwrap());
    let location = providers.location().await.unwrap();
    let stack = Foundation::new(spec, location).unwrap().stack(providers);
    // If calls are made one at a time, the mock generates IDs in the same order on every access
    // path.
    let options = RunOptions { parallelism: NonZeroUsize::MIN, ..RunOptions::default() };
    let observation = stack.observe(Detail::Contents, &options).await.unwrap();
    let plan = stack.plan(&observation, goal);
    let report = stack.apply(&plan, &options).await.unwrap();
    assert!(report.is_success(), "{report:#?}");
    let observation = stack.observe(Detail::Contents, &options).await.unwrap();
    assert!(stack.plan(&observation, goal).is_empty());
    format!("{plan:#?}\n{:#?}", stack.inspect(&observation))
}

#[tokio::test]
async fn applying_and_destroying_a_foundation_is_the_same_on_every_access_path() {
    const PRESENT: Goal = Goal::Present { adopt: false };
    const ABSENT: Goal = Goal::Absent { force: false };
    let [first, others @ ..] = access_paths().await;
    for goal in [PRESENT, PRESENT, ABSENT, ABSENT] {
        let expected = reach(&first.providers, goal).await;
        let calls = first.mock.take_journal();
        for access_path in &others {
            assert_eq!(reach(&access_path.providers, goal).await, expected, "{}", access_path.name);
            assert_eq!(access_path.mock.world(), first.mock.world(), "{}", access_path.name);
            let names = |calls: &[infra_mock::JournalEntry]| -> Vec<_> {
                let mut names: Vec<_> = calls
                    .iter()
                    .map(|call| (call.operation.clone(), call.refused.clone()))
                    .collect();
                // Calls for different resources can interleave in any order.
                names.sort();
                names
            };
            assert_eq!(
                names(&access_path.mock.take_journal()),
                names(&calls),
                "{}",
                access_path.name
            );
        }
    }
}
