//! Executes the steps of a plan, each as soon as its requirements are met.

use std::collections::BTreeMap;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::calls::{Calls, Fresh, Run};
use super::event::{Event, Events, Outcome, Report, StepReport};
use super::plan::{Address, ChangeKind, Phase, Plan, Step, StepId};
use super::stack::Entry;
use crate::error::{Effect, Error, ErrorKind, Result};

/// Executes a plan.
///
/// If a step fails, only the steps that require it are skipped. All other steps still run. A
/// partial foundation does no harm, and the next run performs only the remaining steps. After
/// cancellation, no step starts, and running steps make no further calls.
pub(super) async fn execute(components: &[Entry], plan: &Plan, run: &Run<'_>) -> Report {
    let events = &*run.options().events;
    let mut outcomes: BTreeMap<StepId, Outcome> = BTreeMap::new();
    let mut waiting: Vec<&Step> = plan.steps.iter().collect();
    let confirmed: Vec<Confirmed> = components.iter().map(|_| Confirmed::default()).collect();
    let confirmed = &confirmed;
    let mut under_way = FuturesUnordered::new();
    loop {
        if !run.options().cancel.is_cancelled() {
            let done = |id: &StepId| matches!(outcomes.get(id), Some(Outcome::Done));
            let (ready, later): (Vec<&Step>, Vec<&Step>) =
                waiting.into_iter().partition(|step| step.requires.iter().all(done));
            waiting = later;
            for step in ready {
                let fresh = fresh(plan, step);
                under_way.push(async move {
                    let start = Instant::now();
                    events.emit(&Event::Started {
                        step: step.id,
                        address: &step.address,
                        operation: step.operation,
                    });
                    let calls = Calls::new(run, &step.address, fresh);
                    let result = match confirm(components, confirmed, plan, step, run).await {
                        Ok(()) => perform(components, step, &calls).await,
                        Err(error) => Err(error),
                    };
                    (step, outcome(result, step, &calls), start.elapsed())
                });
            }
        }
        let Some((step, outcome, elapsed)) = under_way.next().await else {
            break;
        };
        events.emit(&Event::Finished {
            step: step.id,
            address: &step.address,
            operation: step.operation,
            outcome: &outcome,
            elapsed,
        });
        outcomes.insert(step.id, outcome);
    }
    report(plan, outcomes, events)
}

fn not_tried(step: &Step, because: Option<&Address>, events: &dyn Events) {
    events.emit(&Event::NotTried {
        step: step.id,
        address: &step.address,
        operation: step.operation,
        because,
    });
}

/// The result of confirming a component: an error, or `None` if the component was confirmed.
type Confirmed = OnceCell<Option<Error>>;

/// Confirms, once per run, that the resources of the step's component are still managed.
async fn confirm(
    components: &[Entry],
    confirmed: &[Confirmed],
    plan: &Plan,
    step: &Step,
    run: &Run<'_>,
) -> Result<()> {
    let Entry { component, declarations } = components.get(step.component).ok_or_else(foreign)?;
    let confirmed = confirmed.get(step.component).ok_or_else(foreign)?;
    let main = declarations.first().map_or(&step.address, |first| &first.address);
    let change = plan.change(main.as_str()).map(|change| change.action);
    if matches!(change, None | Some(ChangeKind::Create | ChangeKind::Adopt)) {
        return Ok(());
    }
    // The calls for the confirmation are not counted as calls of this step. If the step is then
    // cancelled before its own first call, it is reported as not tried.
    let calls = Calls::new(run, main, Fresh::default());
    let confirm = || async { component.confirm(&calls).await.err() };
    match confirmed.get_or_init(confirm).await {
        // Every step of the component fails with this error.
        Some(error) => Err(error.clone().with_effect(Effect::None)),
        None => Ok(()),
    }
}

async fn perform(components: &[Entry], step: &Step, calls: &Calls<'_>) -> Result<()> {
    match components.get(step.component) {
        Some(entry) => entry.component.perform(step, calls).await,
        None => Err(foreign()),
    }
}

/// Returns the error for a plan that was made by another stack.
pub(super) fn foreign() -> Error {
    Error::new(ErrorKind::InvalidInput, "the plan was made by another stack")
        .with_hint("apply the plan with the stack that made it, or make a new plan with this stack")
}

/// Determines whether the run created a resource that this step depends on.
fn fresh(plan: &Plan, step: &Step) -> Fresh {
    let mut required = step.requires.iter().filter_map(|id| plan.steps.get(id.0));
    Fresh { created: required.any(|step| step.phase == Phase::Establish) }
}

/// Returns the outcome of a step. If the step failed, its error names the step's resource and
/// operation, and includes the combined effect of the step's calls.
fn outcome(result: Result<()>, step: &Step, calls: &Calls<'_>) -> Outcome {
    let error = match result {
        Ok(()) => return Outcome::Done,
        Err(error) if error.kind() == ErrorKind::Cancelled && !calls.made_any() => {
            return Outcome::NotTried { because: None };
        }
        Err(error) => error,
    };
    let error = error.with_effect_of_at_least(calls.effect());
    let error = match (error.kind(), error.effect()) {
        // Someone else created the resource, so this step changed nothing, even if AWS's response
        // suggests otherwise.
        (ErrorKind::NotManaged, _) => error.with_effect(Effect::None),
        // The resource is managed, but either this step or another run may have created it.
        (ErrorKind::Changed, Effect::Done) => error.with_effect(Effect::Unknown),
        (ErrorKind::Cancelled, Effect::Done) => error.with_hint(
            "the change was made, but may not have taken effect yet; run again to check",
        ),
        (ErrorKind::Cancelled, Effect::Unknown) => {
            error.with_hint("the change may have been made; run again to check")
        }
        _ => error,
    };
    let error = error.with_operation(step.operation).for_resource(step.address.as_str());
    Outcome::Failed { error }
}

fn report(plan: &Plan, mut outcomes: BTreeMap<StepId, Outcome>, events: &dyn Events) -> Report {
    // The report on a skipped step names the resource of the step that failed, not the resource of
    // another skipped step. A step may be listed before a step that it requires, so this loop may
    // need several passes. It ends because requirements have no cycles.
    let mut open: Vec<&Step> =
        plan.steps.iter().filter(|step| !outcomes.contains_key(&step.id)).collect();
    while !open.is_empty() {
        let before = open.len();
        open.retain(|step| {
            if !step.requires.iter().all(|id| outcomes.contains_key(id)) {
                return true;
            }
            let because = step.requires.iter().find_map(|id| culprit(plan, &outcomes, *id));
            not_tried(step, because.as_ref(), events);
            outcomes.insert(step.id, Outcome::NotTried { because });
            false
        });
        assert!(open.len() < before, "the steps in an executable plan must not form a cycle");
    }
    let steps = plan.steps.iter().filter_map(|step| {
        outcomes.remove(&step.id).map(|outcome| StepReport {
            step: step.id,
            address: step.address.clone(),
            also: step.also.clone(),
            operation: step.operation,
            outcome,
        })
    });
    Report { steps: steps.collect() }
}

/// Returns the resource of step `id` if the step failed. If the step was skipped because another
/// step failed, returns the resource of that other step. If the step succeeded or was cancelled,
/// returns `None`.
fn culprit(plan: &Plan, outcomes: &BTreeMap<StepId, Outcome>, id: StepId) -> Option<Address> {
    match outcomes.get(&id)? {
        Outcome::Done => None,
        Outcome::Failed { error } if error.kind() == ErrorKind::Cancelled => None,
        Outcome::Failed { .. } => plan.steps.get(id.0).map(|step| step.address.clone()),
        Outcome::NotTried { because } => because.clone(),
    }
}
