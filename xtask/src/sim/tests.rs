//! Tests that the simulation is reproducible, can parse the faults that it prints, shrinks failing
//! cases, and fails if the program has a bug.

use async_trait::async_trait;
use infra_core::engine::{
    Address, Calls, Component, Declaration, Detail, Draft, Finding, Goal, Phase, Stack,
};
use infra_core::error::{OrAbsent, Result};
use infra_core::foundation::{Foundation, retry_table};
use infra_core::names::LogGroupName;
use infra_core::operation::logs;
use infra_core::provider::{LogGroupClass, LogGroupSpec, Providers};
use infra_core::tags::Tags;
use tokio::runtime::Runtime;

use super::fault::{CallFault, Strike};
use super::random::shrunk;
use super::runner::{CaseResult, Rig, runtime};
use super::scenario::{self, Scenario};
use super::world_summary::world_summary;

fn scenario(runtime: &Runtime, name: &str) -> Scenario {
    let all = runtime.block_on(scenario::central());
    all.into_iter().find(|scenario| scenario.name == name).expect("the scenario exists")
}

fn strikes(texts: &[&str]) -> Vec<Strike> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Runs a scenario without faults, and then with the given faults. Returns the first expectation
/// that is violated, if any.
fn verdict(rig: &Rig, name: &str, texts: &[&str]) -> Option<String> {
    let runtime = runtime();
    let scenario = scenario(&runtime, name);
    match rig.baseline(&runtime, &scenario) {
        Err(wrong) => Some(wrong),
        Ok(baseline) => {
            rig.run_case(&runtime, &scenario, &strikes(texts), Some(&baseline), false).wrong
        }
    }
}

#[test]
fn a_case_is_reproducible() {
    let case = ["stale=30s@iam:CreateRole#1", "lost=5@ecr:CreateRepository#1"];
    let run = || {
        let runtime = runtime();
        let scenario = scenario(&runtime, "create with lag");
        let CaseResult { calls, journal, world, wrong, .. } =
            Rig::default().run_case(&runtime, &scenario, &strikes(&case), None, true);
        assert_eq!(wrong, None);
        (calls, journal, world)
    };
    let (one, two) = (run(), run());
    assert!(one.1.len() > 40, "{}", one.1.len());
    assert_eq!(one, two);
}

#[test]
fn a_strike_is_parsed_from_its_text_form() {
    for fault in CallFault::OF_CHANGES {
        let strike = Strike { fault: *fault, operation: "iam:CreateRole".to_owned(), nth: 2 };
        assert_eq!(strike.to_string().parse(), Ok(strike));
    }
    for text in ["lost@iam:CreateRole#1", "lost=1@iam:CreateRole", "burnt@iam:CreateRole#1"] {
        assert!(text.parse::<Strike>().is_err(), "{text}");
    }
}

#[test]
fn world_summaries_ignore_times_and_ids() {
    let runtime = runtime();
    let create = scenario(&runtime, "create");
    let final_world = |case: &[&str]| {
        Rig::default().run_case(&runtime, &create, &strikes(case), None, false).world
    };
    let straight = final_world(&[]);
    let detour = final_world(&["slow=45s@iam:CreateRole#2", "crash-after@iam:CreateRole#1"]);
    assert_ne!(straight, detour);
    assert_eq!(world_summary(&straight), world_summary(&detour));
    assert_ne!(world_summary(&straight), world_summary(&create.start));
}

#[test]
fn a_failing_case_is_shrunk_to_a_minimum() {
    let drawn = strikes(&[
        "throttled=2@iam:GetRole#1",
        "lost=5@iam:CreateRole#1",
        "slow=45s@ecs:CreateCluster#1",
    ]);
    let fails = |strikes: &[Strike]| {
        strikes.iter().any(|strike| {
            matches!(strike.fault, CallFault::Lost(n) if n > 1)
                && strike.operation == "iam:CreateRole"
        })
    };
    assert_eq!(shrunk(&drawn, fails), strikes(&["lost=2@iam:CreateRole#1"]));
}

#[test]
fn cases_with_typical_faults_pass() {
    let rig = Rig::default();
    let cases: [(&str, &[&str]); 4] = [
        ("create", &["crash-after@iam:CreateRole#1", "lost=5@ecr:CreateRepository#1"]),
        ("create with lag", &["stale=30s@iam:CreateRole#1", "crash-before@iam:PutRolePolicy#1"]),
        ("destroy", &["failed-after=5@ecr:DeleteRepository#1", "crash-after@iam:DeleteRole#1"]),
        ("adopt untagged", &["refused@iam:TagRole#1", "reset=5@ecs:TagResource#1"]),
    ];
    for (name, case) in cases {
        assert_eq!(verdict(&rig, name, case), None, "{name}: {case:?}");
    }
}

#[test]
fn a_removed_wait_is_detected() {
    let cases: [(&str, &str, &[&str]); 3] = [
        ("repository-policy-principal", "create with lag", &[]),
        ("service-linked-role", "create the first cluster with lag", &[]),
        ("log-group-changing", "create with lag", &[]),
    ];
    for (row, name, case) in cases {
        assert_eq!(verdict(&Rig::default(), name, case), None, "with {row}");
        let retry = retry_table().without(row);
        let rig = Rig { retry, ..Rig::default() };
        let wrong = verdict(&rig, name, case)
            .unwrap_or_else(|| panic!("the removal of {row} was not detected"));
        assert!(wrong.contains("failed without a fault"), "{row}: {wrong}");
    }
}

/// A component that manages an additional log group and may have a flaw.
#[derive(Debug)]
struct Faulty {
    flaw: Flaw,
    providers: Providers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// The component has no flaw, and the simulation must accept it.
    None,
    /// The component fails if the resource already exists, even if the component itself created the
    /// resource.
    NotIdempotent,
    /// The component always reports success.
    ReportsSuccess,
    /// The component deletes a log group without checking its owner.
    DeletesUnmanaged,
    /// The component tries to create its log group in every run, even if the log group exists.
    NeverDone,
    /// The component waits forever.
    Hangs,
}

const OWN: &str = "/faulty/own";
const NEIGHBOR_LOG_GROUP: &str = "/ecs/demo-dev-2";

impl Faulty {
    fn name() -> LogGroupName {
        OWN.parse().unwrap()
    }

    fn address() -> Address {
        Address::new("log_group", "faulty")
    }
}

#[async_trait]
impl Component for Faulty {
    type Observed = bool;
    type Action = ();

    fn declarations(&self) -> Vec<Declaration> {
        let name = OWN.to_owned();
        vec![Declaration { address: Self::address(), name, depends_on: Vec::new() }]
    }

    async fn observe(&self, _: Detail, calls: &Calls<'_>) -> Result<bool> {
        let describe = || async {
            let found = self.providers.log_groups().describe_log_group(&Self::name()).await;
            found.or_absent()
        };
        Ok(calls.call(logs::DESCRIBE_LOG_GROUPS, describe).await?.is_some())
    }

    fn plan(&self, _: Goal, found: &bool, draft: &mut Draft<()>) {
        if !found || self.flaw == Flaw::NeverDone {
            draft.step(&Self::address(), Phase::Establish, logs::CREATE_LOG_GROUP, ());
        }
    }

    async fn perform(&self, (): &(), calls: &Calls<'_>) -> Result<()> {
        let groups = self.providers.log_groups();
        let spec = LogGroupSpec {
            name: Self::name(),
            class: LogGroupClass::Standard,
            kms_key: None,
            tags: Tags::new(),
        };
        if self.flaw == Flaw::DeletesUnmanaged {
            let theirs = NEIGHBOR_LOG_GROUP.parse().unwrap();
            let delete = || groups.delete_log_group(&theirs);
            calls.call(logs::DELETE_LOG_GROUP, delete).await.or_absent()?;
        }
        if self.flaw == Flaw::Hangs {
            std::future::pending::<()>().await;
        }
        let made = calls.call(logs::CREATE_LOG_GROUP, || groups.create_log_group(&spec)).await;
        match made {
            Err(_) if self.flaw == Flaw::ReportsSuccess => Ok(()),
            Err(error) if self.flaw == Flaw::NotIdempotent => Err(error),
            Err(error) if error.kind() == infra_core::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    fn inspect(&self, _: &bool) -> Vec<Finding> {
        Vec::new()
    }
}

macro_rules! rigs {
    ($($name:ident: $flaw:ident;)+) => {$(
        fn $name() -> Rig {
            fn stack(foundation: &Foundation, providers: &Providers) -> Stack {
                let providers = providers.clone();
                foundation.stack(&providers).with(Faulty { flaw: Flaw::$flaw, providers })
            }
            Rig { stack, ..Rig::default() }
        }
    )+};
}

rigs! {
    flawless: None;
    not_idempotent: NotIdempotent;
    reporting_success: ReportsSuccess;
    deleting_unmanaged: DeletesUnmanaged;
    never_done: NeverDone;
    hanging: Hangs;
}

/// Returns cases with faults at the component's `CreateLogGroup` call. That call is number 2,
/// because the foundation makes its own `CreateLogGroup` call first.
fn faults() -> [Vec<&'static str>; 4] {
    [
        vec!["lost=1@logs:CreateLogGroup#2"],
        vec!["refused@logs:CreateLogGroup#2"],
        vec!["crash-after@logs:CreateLogGroup#2"],
        vec!["refused@logs:CreateLogGroup#2", "refused@iam:CreateRole#1"],
    ]
}

#[test]
fn a_component_without_a_flaw_passes() {
    for case in faults() {
        assert_eq!(verdict(&flawless(), "create", &case), None, "{case:?}");
    }
}

#[test]
fn a_step_that_is_not_idempotent_is_detected() {
    // If only a response is lost, the next run sees the log group and succeeds. If a run does not
    // see the log group yet, the run tries to create it again and fails.
    assert_eq!(verdict(&not_idempotent(), "create", &["lost=1@logs:CreateLogGroup#2"]), None);
    let stale = ["stale=30s@logs:CreateLogGroup#2", "crash-before@iam:AttachRolePolicy#1"];
    let wrong = verdict(&not_idempotent(), "create", &stale).unwrap();
    assert!(wrong.contains("failed without a fault"), "{wrong}");
}

#[test]
fn a_false_report_is_detected() {
    let [_, refused, _, both] = faults();
    for case in [refused, both] {
        let wrong = verdict(&reporting_success(), "create", &case).unwrap();
        assert!(
            wrong.contains("is reported as done but was not done")
                || wrong.contains("planned changes after"),
            "{wrong}"
        );
    }
}

#[test]
fn a_change_to_an_unmanaged_resource_is_detected() {
    let wrong = verdict(&deleting_unmanaged(), "create", &[]).unwrap();
    assert!(wrong.contains("unmanaged resources were changed"), "{wrong}");
}

#[test]
fn a_program_that_is_never_done_is_detected() {
    let wrong = verdict(&never_done(), "create", &[]).unwrap();
    assert!(
        wrong.contains("run 1 planned changes after an earlier run had reported success"),
        "{wrong}"
    );
}

#[test]
fn a_run_that_hangs_is_detected() {
    let wrong = verdict(&hanging(), "create", &[]).unwrap();
    assert!(wrong.contains("the case hangs"), "{wrong}");
}
