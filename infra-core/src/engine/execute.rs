//! Runs a plan's steps, each as soon as those before it are done.

use std::collections::BTreeMap;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::calls::{Calls, Fresh, Run};
use super::event::{Event, Events, Outcome, Report, StepReport};
use super::plan::{Address, Phase, Plan, Step, StepId};
use super::stack::AnyComponent;
use crate::error::{Effect, Error, ErrorKind, Result};

/// Carries out a plan.
///
/// A step that fails stops only what requires it: everything else goes ahead, because each step done is
/// one less for the next run, and a half-made foundation does no harm. Once the run is cancelled no step
/// is begun, and those under way begin no further call.
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

/// The error for a plan that another stack has made.
pub(super) fn foreign() -> Error {
    Error::new(ErrorKind::InvalidInput, "the plan was made by a different stack")
        .with_hint("apply it with the stack that made it, or make a new plan with this stack")
}

/// What this run will have done before the step starts.
fn fresh(plan: &Plan, step: &Step) -> Fresh {
    let mut required = step.requires.iter().filter_map(|id| plan.steps.get(id.0));
    Fresh { created: required.any(|step| step.phase == Phase::Establish) }
}

/// How a step ended. Its error gets what the step alone knows: what it was for, and what its calls before the
/// failed one have changed.
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
        // Somebody else made it: then no call of ours did, even where AWS answered as if one had.
        (ErrorKind::NotOurs, _) => error.with_effect(Effect::None),
        // It is ours, but whether this step or another run made it cannot be told.
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
    // A step that was not tried names the resource at the root, not the step just before it. Requirements
    // form no circle, but a step may stand before one that it requires: settle the rest by rounds.
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
        assert!(open.len() < before, "a plan whose steps form a circle is not carried out");
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

/// The resource because of which nothing can follow the step; `None` where it was done or only cancelled.
fn culprit(plan: &Plan, outcomes: &BTreeMap<StepId, Outcome>, id: StepId) -> Option<Address> {
    match outcomes.get(&id)? {
        Outcome::Done => None,
        Outcome::Failed { error } if error.kind() == ErrorKind::Cancelled => None,
        Outcome::Failed { .. } => plan.steps.get(id.0).map(|step| step.address.clone()),
        Outcome::NotTried { because } => because.clone(),
    }
}
