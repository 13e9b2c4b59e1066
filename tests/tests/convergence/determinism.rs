//! Checks that runs with the same seed make identical calls and produce byte-identical plans.

use std::path::Path;

use infra_mock::JournalEntry;
use serde_json::Value;
use tests::{ABSENT, Lab, PRESENT, spec};

/// Creates, changes and destroys a foundation, and returns every call.
async fn run() -> Vec<JournalEntry> {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let mut varied = spec();
    varied.tags.set("Team", "blue").unwrap();
    varied.execution_role.role.path = "/team/".parse().unwrap();
    lab.apply(&varied).await;
    lab.destroy(&varied).await;
    lab.calls()
}

#[tokio::test(start_paused = true)]
async fn two_runs_make_the_same_calls_in_the_same_order_at_the_same_time() {
    let (one, two) = (run().await, run().await);
    assert!(one.len() > 60);
    // The runs start at different times, so only the times relative to the first call are compared.
    let since = |calls: &[JournalEntry]| -> Vec<_> {
        let begin = calls[0].at;
        calls.iter().map(|call| call.at.since(begin)).collect()
    };
    assert_eq!(since(&one), since(&two));
    let described = |calls: &[JournalEntry]| -> Vec<_> {
        let line = |call: &JournalEntry| {
            let JournalEntry { at: _, service, operation, changes, request, refused, .. } = call;
            (service.clone(), operation.clone(), *changes, request.clone(), refused.clone())
        };
        calls.iter().map(line).collect()
    };
    assert_eq!(described(&one), described(&two));
}

#[tokio::test(start_paused = true)]
async fn the_same_world_gives_byte_identical_plans() {
    let (one, two) = (Lab::new(), Lab::new());
    for goal in [PRESENT, ABSENT] {
        let mut plans = Vec::new();
        for lab in [&one, &one, &two] {
            plans.push(serde_json::to_string(&lab.plan(&spec(), goal).await).unwrap());
        }
        assert_eq!(plans[0], plans[1], "planned twice");
        assert_eq!(plans[0], plans[2], "planned in another lab");
        one.apply(&spec()).await;
        two.apply(&spec()).await;
    }
}

/// To accept a changed plan, delete the golden file, run the test and review the new file.
#[tokio::test(start_paused = true)]
async fn the_plan_of_a_new_foundation_matches_the_golden_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/convergence/golden/create.json");
    let plan = Lab::new().plan(&spec(), PRESENT).await;
    let found = serde_json::to_value(&plan).unwrap();
    if !path.exists() {
        std::fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        panic!(
            "{} was missing and has been written; review it and run the test again",
            path.display()
        );
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(found, serde_json::from_str::<Value>(&expected).unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_summary_of_each_plan_counts_nine_resources() {
    let lab = Lab::new();
    let create = lab.apply(&spec()).await.summary();
    assert_eq!((create.create, create.no_op), (9, 0));
    let nothing = lab.plan(&spec(), PRESENT).await.summary();
    assert_eq!((nothing.create, nothing.no_op), (0, 9));
    let destroy = lab.destroy(&spec()).await.summary();
    assert_eq!((destroy.delete, destroy.no_op), (9, 0));
}
