//! Tests that a run takes only as long as its longest chain of calls, not as long as all calls
//! together.

use std::time::Duration;

use futures_util::future::join_all;
use infra_core::engine::{CallLimit, Detail, Goal, Plan, Stack};
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_core::provider::Encryption;
use tests::{ABSENT, Faulty, Lab, PRESENT, Script, spec};
use tokio::time::Instant;

const CALL: Duration = Duration::from_millis(100);

/// Returns the duration of each phase, measured in consecutive calls. There are three phases:
/// identity lookup, reading and applying.
async fn lengths(lab: &Lab, spec: &FoundationSpec, goal: Goal, detail: Detail) -> [u32; 3] {
    let slow = lab.through(|inner| Faulty::providers(inner, &Script::new().delayed(CALL)));
    let calls = |since: Instant| {
        let elapsed = since.elapsed();
        // Timers round up to the next millisecond, so the division rounds down.
        u32::try_from(elapsed.as_millis() / CALL.as_millis()).expect("a run is short")
    };
    let begin = Instant::now();
    let stack = slow.foundation(spec).await.stack(&slow.providers);
    let identity = calls(begin);
    let begin = Instant::now();
    let observation = stack.observe(detail, &slow.options).await.unwrap();
    let reading = calls(begin);
    let plan = stack.plan(&observation, goal);
    let begin = Instant::now();
    let report = stack.apply(&plan, &slow.options).await.unwrap();
    assert!(report.is_success(), "{report:#?}");
    [identity, reading, calls(begin)]
}

#[tokio::test(start_paused = true)]
async fn all_reads_of_a_plan_are_concurrent() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    assert_eq!(lengths(&lab, &spec(), PRESENT, Detail::Attributes).await, [1, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn creating_takes_as_long_as_a_role_and_a_policy_that_names_it() {
    let lengths = lengths(&Lab::new(), &spec(), PRESENT, Detail::Attributes).await;
    assert_eq!(lengths, [1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn destroying_takes_as_long_as_a_role_and_its_policy() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    // The longest chain of calls confirms the role's owner, detaches the policy, deletes the role
    // and confirms the deletion.
    assert_eq!(lengths(&lab, &spec(), ABSENT, Detail::Contents).await, [1, 1, 4]);
}

#[tokio::test(start_paused = true)]
async fn all_reads_of_a_foundation_with_every_feature_are_concurrent() {
    let (lab, mut spec) = (Lab::new(), spec());
    let statement = infra_core::policy::Statement::allow(["ssm:GetParameters"]);
    spec.execution_role.role.statements = vec![statement.with_resources(["*"])];
    spec.repository.lifecycle_policy = infra_core::foundation::LifecyclePolicy::None;
    lab.apply(&spec).await;
    let [_, reading, _] = lengths(&lab, &spec, ABSENT, Detail::Contents).await;
    assert_eq!(reading, 1);
}

#[tokio::test(start_paused = true)]
async fn correcting_all_drift_takes_as_long_as_two_calls() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let mut varied = spec();
    varied.tags.set("Team", "blue").unwrap();
    varied.cluster.container_insights = infra_core::provider::ContainerInsights::Enhanced;
    varied.execution_role.role.max_session_duration = "7200".parse().unwrap();
    varied.task_role.log_actions.truncate(1);
    varied.repository.scan_on_push = false;
    varied.log_group.retention = infra_core::provider::Retention::Never;
    // First, the owner of each resource is confirmed; then all changes are made concurrently.
    assert_eq!(lengths(&lab, &varied, PRESENT, Detail::Attributes).await, [1, 1, 2]);
    lab.assert_converged(&varied).await;
}

#[tokio::test(start_paused = true)]
async fn replacing_the_repository_takes_as_long_as_five_calls() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let mut varied = spec();
    varied.repository.encryption = Encryption::Kms(None);
    // A second read call counts the images that would be lost. The five calls that follow confirm
    // the repository's owner, delete the repository, confirm the deletion, create the repository
    // and set its policy.
    assert_eq!(lengths(&lab, &varied, PRESENT, Detail::Attributes).await, [1, 2, 5]);
}

#[tokio::test(start_paused = true)]
async fn with_a_parallelism_of_one_a_run_takes_the_sum_of_its_calls() {
    let mut lab = Lab::new();
    lab.options.parallelism = 1.try_into().unwrap();
    assert_eq!(lengths(&lab, &spec(), PRESENT, Detail::Attributes).await, [1, 13, 9]);
}

/// The number of calls that a fleet may make concurrently. All foundations in the fleet share this
/// limit.
const FLEET_CALLS: u32 = 64;

/// Checks that the calls since `begin` took at least as long as the limit requires, but at most 1.5
/// times as long.
#[track_caller]
fn assert_busy(lab: &Lab, begin: Instant) {
    let calls = u32::try_from(lab.calls().len()).expect("a run is short");
    let (elapsed, least) = (begin.elapsed(), CALL * calls / FLEET_CALLS);
    assert!(
        elapsed >= least,
        "more than {FLEET_CALLS} calls ran at once: {calls} calls in {elapsed:?}"
    );
    assert!(elapsed <= least.mul_f64(1.5), "{elapsed:?} for {calls} calls, at best {least:?}");
}

#[tokio::test(start_paused = true)]
async fn two_hundred_foundations_keep_a_shared_limit_busy() {
    let mut lab = Lab::new();
    let parallelism = usize::try_from(FLEET_CALLS).unwrap().try_into().unwrap();
    lab.options.limit = Some(CallLimit::new(parallelism));
    let slow = lab.through(|inner| Faulty::providers(inner, &Script::new().delayed(CALL)));
    let location = slow.providers.location().await.unwrap();
    let stack = |number: u32| {
        let environment = format!("e{number}").parse().unwrap();
        let spec = FoundationSpec { environment, ..spec() };
        Foundation::new(spec, location.clone()).unwrap().stack(&slow.providers)
    };
    let stacks: Vec<Stack> = (0..200).map(stack).collect();
    for goal in [PRESENT, ABSENT] {
        lab.calls();
        let begin = Instant::now();
        let reads = stacks.iter().map(|stack| stack.observe(Detail::Attributes, &slow.options));
        let observed = join_all(reads).await;
        assert_busy(&lab, begin);
        let planned = stacks
            .iter()
            .zip(observed)
            .map(|(stack, observed)| stack.plan(&observed.expect("the mock answers"), goal));
        let plans: Vec<Plan> = planned.collect();
        let begin = Instant::now();
        let runs = stacks.iter().zip(&plans).map(|(stack, plan)| stack.apply(plan, &slow.options));
        let reports = join_all(runs).await;
        assert_busy(&lab, begin);
        assert!(reports.into_iter().all(|report| report.unwrap().is_success()));
    }
}
