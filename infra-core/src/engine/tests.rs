//! Tests for the engine's handling of dependencies, failures, cancellation and time. All resources
//! are fake.

mod effects;
mod wiring;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::{
    Address, CallLimit, Calls, ChangeKind, Component, Declaration, Detail, Draft, Event, Events,
    Finding, Goal, Outcome, Phase, Plan, Report, RunOptions, Stack,
};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;

const READ: Operation = Operation::read("toy", "Read");
const MAKE: Operation = Operation::write("toy", "Make");
const TUNE: Operation = Operation::write("toy", "Tune");
const CLEAR: Operation = Operation::write("toy", "Clear");
const DROP: Operation = Operation::write("toy", "Drop");

/// The duration of each call.
const CALL: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct Shelf {
    there: BTreeSet<String>,
    failing: BTreeSet<String>,
    log: Vec<String>,
}

/// A fake resource. One call creates the resource. If `tuned` is set, a second call tunes it.
#[derive(Clone, Debug)]
struct Toy {
    name: &'static str,
    after: &'static [&'static str],
    tuned: bool,
    shelf: Arc<Mutex<Shelf>>,
}

impl Toy {
    async fn act(&self, what: &str) -> Result<()> {
        sleep(CALL).await;
        let mut toys = self.shelf.lock().unwrap();
        if toys.failing.contains(self.name) {
            return Err(Error::new(ErrorKind::AccessDenied, "no"));
        }
        toys.log.push(format!("{what} {}", self.name));
        if what == "make" {
            toys.there.insert(self.name.to_owned());
        } else if what == "drop" {
            toys.there.remove(self.name);
        }
        Ok(())
    }
}

fn at(name: &str) -> Address {
    Address::new("toy", name)
}

#[async_trait]
impl Component for Toy {
    type Observed = bool;
    type Action = &'static str;

    fn declarations(&self) -> Vec<Declaration> {
        vec![Declaration {
            address: at(self.name),
            name: self.name.to_owned(),
            depends_on: self.after.iter().map(|name| at(name)).collect(),
        }]
    }

    async fn observe(&self, _: Detail, calls: &Calls<'_>) -> Result<bool> {
        let read = || async {
            sleep(CALL).await;
            Ok(self.shelf.lock().unwrap().there.contains(self.name))
        };
        calls.call(READ, read).await
    }

    fn plan(&self, goal: Goal, there: &bool, draft: &mut Draft<&'static str>) {
        let address = at(self.name);
        match (goal, there) {
            (Goal::Present { .. }, false) => {
                draft.change(&address, self.name, ChangeKind::Create, Vec::new());
                draft.step(&address, Phase::Establish, MAKE, "make");
                if self.tuned {
                    draft.step(&address, Phase::Adjust, TUNE, "tune");
                }
            }
            (Goal::Absent { .. }, true) => {
                draft.change(&address, self.name, ChangeKind::Delete, Vec::new());
                if self.tuned {
                    draft.step(&address, Phase::Prepare, CLEAR, "clear");
                }
                draft.step(&address, Phase::Remove, DROP, "drop");
            }
            _ => draft.change(&address, self.name, ChangeKind::NoOp, Vec::new()),
        }
    }

    async fn perform(&self, action: &&'static str, calls: &Calls<'_>) -> Result<()> {
        calls.call(MAKE, || self.act(action)).await
    }

    fn inspect(&self, there: &bool) -> Vec<Finding> {
        vec![Finding::equal(&at(self.name), "There", "true", there.to_string())]
    }
}

/// Builds a stack in which `roof` depends on `wall`, and `wall` depends on `base`. `tree` is
/// independent. The wall is tuned.
fn garden(shelf: &Arc<Mutex<Shelf>>) -> Stack {
    let toy = |name, after, tuned| Toy { name, after, tuned, shelf: Arc::clone(shelf) };
    Stack::new()
        // The roof comes first, so that the order of declaration does not match the dependencies.
        .with(toy("roof", &["wall"], false))
        .with(toy("base", &[], false))
        .with(toy("wall", &["base"], true))
        .with(toy("tree", &[], false))
}

async fn plan(stack: &Stack, goal: Goal) -> Plan {
    let options = RunOptions::default();
    let observation = stack.observe(Detail::Attributes, &options).await.unwrap();
    stack.plan(&observation, goal)
}

const PRESENT: Goal = Goal::Present { adopt: false };
const ABSENT: Goal = Goal::Absent { force: false };

fn required(plan: &Plan) -> BTreeMap<String, Vec<String>> {
    let name = |id: usize| {
        format!("{} {}", plan.steps[id].action.as_str().unwrap(), plan.steps[id].address)
    };
    let requires = |id: usize| plan.steps[id].requires.iter().map(|step| name(step.0)).collect();
    (0..plan.steps.len()).map(|id| (name(id), requires(id))).collect()
}

fn outcomes(report: &Report) -> BTreeMap<String, String> {
    let shown = |outcome: &Outcome| match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Failed { error } => format!("failed: {error}"),
        Outcome::NotTried { because: Some(address) } => format!("not tried: {address}"),
        Outcome::NotTried { because: None } => "not tried".to_owned(),
    };
    let line = |step: &super::StepReport| {
        (format!("{} {}", step.operation.name(), step.address), shown(&step.outcome))
    };
    report.steps.iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn steps_wait_only_for_their_dependencies() {
    let shelf = Arc::default();
    let stack = garden(&shelf);
    let create = plan(&stack, PRESENT).await;
    let expected = [
        ("make toy.base", vec![]),
        ("make toy.roof", vec!["make toy.wall"]),
        ("make toy.tree", vec![]),
        ("make toy.wall", vec!["make toy.base"]),
        ("tune toy.wall", vec!["make toy.base", "make toy.wall"]),
    ];
    let expected: BTreeMap<String, Vec<String>> = expected
        .into_iter()
        .map(|(step, after)| (step.to_owned(), after.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(required(&create), expected);
}

#[tokio::test(start_paused = true)]
async fn removal_runs_in_reverse_order() {
    let shelf = Arc::default();
    let stack = garden(&shelf);
    let create = plan(&stack, PRESENT).await;
    assert!(stack.apply(&create, &RunOptions::default()).await.unwrap().is_success());
    let destroy = required(&plan(&stack, ABSENT).await);
    assert_eq!(destroy["drop toy.base"], ["drop toy.wall"]);
    assert_eq!(destroy["drop toy.wall"], ["drop toy.roof", "clear toy.wall"]);
    assert_eq!(destroy["drop toy.roof"], [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn run_takes_as_long_as_its_longest_chain_and_reads_are_concurrent() {
    let shelf = Arc::default();
    let stack = garden(&shelf);
    let start = Instant::now();
    let create = plan(&stack, PRESENT).await;
    assert_eq!(start.elapsed(), CALL);
    let start = Instant::now();
    assert!(stack.apply(&create, &RunOptions::default()).await.unwrap().is_success());
    assert_eq!(start.elapsed(), CALL * 3);
    assert!(plan(&stack, PRESENT).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn parallelism_limits_concurrent_calls() {
    let shelf = Arc::default();
    let stack = garden(&shelf);
    let options = RunOptions { parallelism: 1.try_into().unwrap(), ..RunOptions::default() };
    let start = Instant::now();
    stack.observe(Detail::Attributes, &options).await.unwrap();
    assert_eq!(start.elapsed(), CALL * 4);
}

#[tokio::test(start_paused = true)]
async fn runs_can_share_a_limit_on_concurrent_calls() {
    let shelf = Arc::default();
    let (one, other) = (garden(&shelf), garden(&shelf));
    let limit = CallLimit::new(2.try_into().unwrap());
    let options = RunOptions { limit: Some(limit.clone()), ..RunOptions::default() };
    let start = Instant::now();
    let observe = |stack| Stack::observe(stack, Detail::Attributes, &options);
    let (first, second) = tokio::join!(observe(&one), observe(&other));
    first.and(second).unwrap();
    assert_eq!(start.elapsed(), CALL * 4, "eight calls run two at a time");
    limit.within(tokio::time::sleep(CALL)).await;
    assert_eq!(start.elapsed(), CALL * 5);
}

#[tokio::test(start_paused = true)]
async fn failure_stops_only_dependents_and_the_next_run_continues() {
    let shelf: Arc<Mutex<Shelf>> = Arc::default();
    shelf.lock().unwrap().failing.insert("wall".to_owned());
    let stack = garden(&shelf);
    let first = plan(&stack, PRESENT).await;
    let report = stack.apply(&first, &RunOptions::default()).await.unwrap();
    let expected = [
        ("Make toy.base", "done"),
        ("Make toy.roof", "not tried: toy.wall"),
        ("Make toy.tree", "done"),
        ("Make toy.wall", "failed: toy:Make for toy.wall: no"),
        ("Tune toy.wall", "not tried: toy.wall"),
    ];
    let expected = expected.map(|(step, outcome)| (step.to_owned(), outcome.to_owned()));
    assert_eq!(outcomes(&report), expected.into());

    shelf.lock().unwrap().failing.clear();
    let second = plan(&stack, PRESENT).await;
    assert_eq!(second.summary().create, 2);
    assert!(stack.apply(&second, &RunOptions::default()).await.unwrap().is_success());
    assert!(plan(&stack, PRESENT).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn failures_are_reported_with_resource_operation_and_hint() {
    let shelf: Arc<Mutex<Shelf>> = Arc::default();
    shelf.lock().unwrap().failing.extend(["tree".to_owned(), "wall".to_owned()]);
    let stack = garden(&shelf);
    let create = plan(&stack, PRESENT).await;
    let report = stack.apply(&create, &RunOptions::default()).await.unwrap();
    let mut failed: Vec<_> = report
        .failures()
        .map(|(step, error)| {
            assert_eq!(error.resource(), Some(step.address.as_str()));
            assert_eq!(error.operation(), Some(step.operation));
            assert!(error.hint().is_some());
            step.address.to_string()
        })
        .collect();
    failed.sort();
    assert_eq!(failed, ["toy.tree", "toy.wall"]);
    assert_eq!(report.done(), 1);
    assert_eq!(outcomes(&report)["Make toy.roof"], "not tried: toy.wall");
}

#[tokio::test(start_paused = true)]
async fn cancellation_finishes_calls_in_progress_and_starts_no_others() {
    let shelf: Arc<Mutex<Shelf>> = Arc::default();
    let stack = garden(&shelf);
    let create = plan(&stack, PRESENT).await;
    let options = RunOptions::default();
    let cancel = async {
        sleep(CALL / 2).await;
        options.cancel.cancel();
    };
    let (report, ()) = tokio::join!(stack.apply(&create, &options), cancel);
    let report = report.unwrap();
    let outcomes = outcomes(&report);
    assert_eq!(outcomes["Make toy.base"], "done");
    assert_eq!(outcomes["Make toy.tree"], "done");
    assert_eq!(outcomes["Make toy.wall"], "not tried");
    assert_eq!(outcomes["Make toy.roof"], "not tried");
    assert_eq!(shelf.lock().unwrap().log.len(), 2);
}

#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<String>>);

impl Events for Recorder {
    fn emit(&self, event: &Event<'_>) {
        let line = match event {
            Event::Call { address, operation } => format!("call {operation} {address}"),
            Event::Started { address, .. } => format!("started {address}"),
            Event::Waiting { address, .. } => format!("waiting {address}"),
            Event::Finished { address, outcome: Outcome::Done, .. } => format!("done {address}"),
            Event::Finished { address, .. } => format!("failed {address}"),
            Event::NotTried { address, because: None, .. } => format!("not tried {address}"),
            Event::NotTried { address, because: Some(other), .. } => {
                format!("not tried {address} because of {other}")
            }
        };
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test(start_paused = true)]
async fn events_report_each_step_and_each_call() {
    let shelf = Arc::default();
    let stack = Stack::new().with(Toy { name: "tree", after: &[], tuned: false, shelf });
    let recorder = Arc::new(Recorder::default());
    let options =
        RunOptions { events: Arc::clone(&recorder) as Arc<dyn Events>, ..RunOptions::default() };
    let observation = stack.observe(Detail::Attributes, &options).await.unwrap();
    let create = stack.plan(&observation, PRESENT);
    let report = stack.apply(&create, &options).await.unwrap();
    assert!(report.is_success());
    let expected =
        ["call toy:Read toy.tree", "started toy.tree", "call toy:Make toy.tree", "done toy.tree"];
    assert_eq!(*recorder.0.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn events_report_skipped_steps_with_the_reason() {
    let shelf: Arc<Mutex<Shelf>> = Arc::default();
    shelf.lock().unwrap().failing.insert("base".to_owned());
    let stack = garden(&shelf);
    let create = plan(&stack, PRESENT).await;
    let recorder = Arc::new(Recorder::default());
    let options =
        RunOptions { events: Arc::clone(&recorder) as Arc<dyn Events>, ..RunOptions::default() };
    let report = stack.apply(&create, &options).await.unwrap();
    let lines = recorder.0.lock().unwrap();
    let mut untried: Vec<_> = lines.iter().filter(|line| line.starts_with("not tried")).collect();
    untried.sort();
    let expected = [
        "not tried toy.roof because of toy.base",
        "not tried toy.wall because of toy.base",
        "not tried toy.wall because of toy.base",
    ];
    assert_eq!(untried, expected.iter().collect::<Vec<_>>());
    let ended = |line: &&String| line.starts_with("done") || line.starts_with("failed");
    assert_eq!(lines.iter().filter(ended).count() + untried.len(), report.steps.len());
}

#[tokio::test(start_paused = true)]
async fn plan_of_another_stack_is_rejected() {
    let shelf = Arc::default();
    let create = plan(&garden(&shelf), PRESENT).await;
    let errors = Stack::new().apply(&create, &RunOptions::default()).await.unwrap_err();
    assert!(errors.iter().all(|error| error.message().contains("made by another stack")));
    assert_eq!(errors.iter().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn plan_of_another_stack_with_the_same_types_is_rejected() {
    let shelf: Arc<Mutex<Shelf>> = Arc::default();
    let create = plan(&garden(&shelf), PRESENT).await;
    let other = Stack::new()
        .with(Toy { name: "roof", after: &[], tuned: false, shelf: Arc::clone(&shelf) })
        .with(Toy { name: "moon", after: &[], tuned: false, shelf: Arc::clone(&shelf) });
    assert!(other.apply(&create, &RunOptions::default()).await.is_err());
    assert!(shelf.lock().unwrap().log.is_empty());
}

#[tokio::test(start_paused = true)]
async fn serialized_plan_contains_the_requirements_of_each_step() {
    let shelf = Arc::default();
    let create = plan(&garden(&shelf), PRESENT).await;
    let json = serde_json::to_value(&create).unwrap();
    assert_eq!(json["steps"][0]["operation"], "toy:Make");
    assert_eq!(json["steps"][0]["requires"], serde_json::json!([2]));
    assert_eq!(json["changes"][0]["action"], "create");
}
