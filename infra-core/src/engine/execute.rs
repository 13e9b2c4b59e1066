//! Runs the steps of a plan, each as soon as the steps before it are done.

use std::collections::BTreeMap;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::calls::{Calls, Fresh, Run};
use super::event::{Event, Events, Outcome, Report, StepReport};
use super::plan::{Address, Phase, Plan, Step, StepId};
use super::stack::AnyComponent;
use crate::error::{Effect, Error, ErrorKind, Result};

/// Applies a plan.
///
/// A failed step stops only the steps that require it. Everything else continues, because each completed step saves
/// work in the next run, and a partial foundation does no harm. After cancellation, no step is started, and steps in
/// progress start no further call.
pub(super) async fn execute(
    components: &[Box<dyn AnyComponent>],
    plan: &Plan,
    run: &Run<'_>,
) -> Report {
    let events = &*run.options().events;
    let mut outcomes: BTreeMap<StepId, Outcome> = BTreeMap::new();
    let mut waiting: Vec<&Step> = plan.steps.iter().collect();
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
                    let begin = Instant::now();
                    events.emit(&Event::Started {
                        step: step.id,
                        address: &step.address,
                        operation: step.operation,
                    });
                    let calls = Calls::new(run, &step.address, fresh);
                    let result = perform(components, step, &calls).await;
                    (step, outcome(result, step, &calls), begin.elapsed())
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

async fn perform(
    components: &[Box<dyn AnyComponent>],
    step: &Step,
    calls: &Calls<'_>,
) -> Result<()> {
    match components.get(step.component) {
        Some(component) => component.perform(step, calls).await,
        None => Err(foreign()),
    }
}

/// Returns the error for a plan that was made by a different stack.
pub(super) fn foreign() -> Error {
    Error::new(ErrorKind::InvalidInput, "the plan was made by a different stack")
        .with_hint("apply it with the stack that made it, or make a new plan with this stack")
}

/// Returns what the run has done before the step starts.
fn fresh(plan: &Plan, step: &Step) -> Fresh {
    let mut required = step.requires.iter().filter_map(|id| plan.steps.get(id.0));
    Fresh { created: required.any(|step| step.phase == Phase::Establish) }
}

/// Returns the outcome of a step. Its error gets the context of the step: the resource, and the effect of the calls
/// before the failed one.
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
        // Someone else created the resource, so no call of this run did, even if AWS answered as if one had.
        (ErrorKind::NotOurs, _) => error.with_effect(Effect::None),
        // The resource is managed, but it is unknown whether this step or another run created it.
        (ErrorKind::Changed, Effect::Done) => error.with_effect(Effect::Unknown),
        (ErrorKind::Cancelled, Effect::Done) => {
            error.with_hint("the change was made but has not stabilized yet; run again to check it")
        }
        (ErrorKind::Cancelled, Effect::Unknown) => {
            error.with_hint("the change may have been made; run again to check it")
        }
        _ => error,
    };
    let error = error.with_operation(step.operation).for_resource(step.address.as_str());
    Outcome::Failed { error }
}

fn report(plan: &Plan, mut outcomes: BTreeMap<StepId, Outcome>, events: &dyn Events) -> Report {
    // A step that was not started names the resource at the root cause, not the step just before it. Requirements have
    // no cycles, but a step may precede one that it requires, so resolve the rest in rounds.
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
        assert!(open.len() < before, "a plan with a cycle of steps is never applied");
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

/// Returns the resource whose failure prevents the steps after this one; `None` if the step succeeded or was cancelled.
fn culprit(plan: &Plan, outcomes: &BTreeMap<StepId, Outcome>, id: StepId) -> Option<Address> {
    match outcomes.get(&id)? {
        Outcome::Done => None,
        Outcome::Failed { error } if error.kind() == ErrorKind::Cancelled => None,
        Outcome::Failed { .. } => plan.steps.get(id.0).map(|step| step.address.clone()),
        Outcome::NotTried { because } => because.clone(),
    }
}
