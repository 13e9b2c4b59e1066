//! Shows the progress of a run that applies a plan. Progress is shown as spinners on a terminal, as
//! plain lines elsewhere, or as JSON events.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use infra_core::engine::{Address, ChangeKind, Event, Events, Outcome, Plan, Step, StepId};
use infra_core::operation::Operation;
use serde::Serialize;
use tokio::time::Instant;

use crate::printer::{Printer, Shape};
use crate::render::{
    BAD, DIM, ErrorJson, GOOD, WARN, is_stopped, paint, past, plain, present, time,
};

/// How often a plain line reports that a step is still waiting.
const REMIND_AFTER: Duration = Duration::from_secs(10);

/// Prints each AWS call if `--verbose` is set.
#[derive(Debug)]
pub(crate) struct CallLog(pub(crate) Arc<Printer>);

impl Events for CallLog {
    fn emit(&self, event: &Event<'_>) {
        tell_call(&self.0, event);
    }
}

fn tell_call(printer: &Printer, event: &Event<'_>) {
    if let Event::Call { address, operation } = event
        && printer.is_verbose()
    {
        let text = paint(DIM, format!("{address}: calling {operation}"));
        printer.talk(&format!("{text}\n"));
    }
}

/// A spinner on the terminal, removed when dropped.
#[derive(Debug)]
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    pub(crate) fn start(printer: &Printer, text: &'static str) -> Self {
        Self(printer.bars().map(|bars| spinner(bars, text.to_owned())))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn spinner(bars: &MultiProgress, text: String) -> ProgressBar {
    // This template is valid, so the default style is never used.
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = bars.add(ProgressBar::new_spinner().with_style(style).with_message(text));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A line on the terminal that shows how many environments are done. Removed when dropped.
#[derive(Debug)]
pub(crate) struct Tally {
    bar: Option<ProgressBar>,
    doing: &'static str,
    done: AtomicUsize,
    all: usize,
}

impl Tally {
    pub(crate) fn start(printer: &Printer, doing: &'static str, all: usize) -> Self {
        let text = tally(doing, 0, all);
        let bar = printer.bars().map(|bars| spinner(bars, text));
        Self { bar, doing, done: AtomicUsize::new(0), all }
    }

    pub(crate) fn count(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.bar {
            bar.set_message(tally(self.doing, done, self.all));
        }
    }
}

fn tally(doing: &str, done: usize, all: usize) -> String {
    format!("{doing}: {done} of {all} environments done")
}

impl Drop for Tally {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows the progress of each resource in a plan.
#[derive(Debug)]
pub(crate) struct Progress {
    printer: Arc<Printer>,
    steps: Vec<(StepId, Vec<Address>)>,
    resources: Mutex<BTreeMap<Address, Resource>>,
}

#[derive(Debug)]
struct Resource {
    action: ChangeKind,
    steps_left: usize,
    begun: Option<Instant>,
    failed: bool,
    bar: Option<ProgressBar>,
    /// The last plain line about a wait: the reason for waiting and the elapsed time.
    told: Option<(String, Duration)>,
}

impl Progress {
    pub(crate) fn new(printer: &Arc<Printer>, plan: &Plan) -> Self {
        let mut resources = BTreeMap::new();
        for address in plan.steps.iter().flat_map(Step::addresses) {
            let action = plan.change(address.as_str()).map_or(ChangeKind::Update, |it| it.action);
            let resource = resources.entry(address.clone()).or_insert(Resource {
                action,
                steps_left: 0,
                begun: None,
                failed: false,
                bar: None,
                told: None,
            });
            resource.steps_left += 1;
        }
        let steps = plan.steps.iter().map(|step| (step.id, step.addresses().cloned().collect()));
        Self {
            printer: Arc::clone(printer),
            steps: steps.collect(),
            resources: Mutex::new(resources),
        }
    }

    fn each(&self, step: StepId, mut work: impl FnMut(&Address, &mut Resource)) {
        let addresses = self.steps.iter().find(|(id, _)| *id == step).map(|(_, all)| all);
        let mut resources = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
        for address in addresses.into_iter().flatten() {
            if let Some(resource) = resources.get_mut(address) {
                work(address, resource);
            }
        }
    }

    fn started(&self, address: &Address, resource: &mut Resource) {
        if resource.begun.is_some() {
            return;
        }
        resource.begun = Some(Instant::now());
        let text = format!("{address}: {}", present(resource.action));
        match self.printer.bars() {
            Some(bars) => resource.bar = Some(spinner(bars, text)),
            None => self.printer.talk(&format!("{text}\n")),
        }
    }

    fn waiting(&self, wait: &Wait<'_>) {
        let Wait { address, operation, reason, elapsed, limit } = *wait;
        let mut resources = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(resource) = resources.get_mut(address) else { return };
        let text = format!(
            "{address}: {operation} is waiting for {}, up to {}",
            plain(reason),
            time(limit)
        );
        if let Some(bar) = &resource.bar {
            bar.set_message(paint(WARN, text));
            return;
        }
        let due = resource.told.as_ref().is_none_or(|(before, at)| {
            before != reason || elapsed < *at || elapsed.saturating_sub(*at) >= REMIND_AFTER
        });
        if due {
            resource.told = Some((reason.to_owned(), elapsed));
            self.printer.talk(&format!("{text} ({} so far)\n", time(elapsed)));
        }
    }

    fn finished(
        &self,
        address: &Address,
        resource: &mut Resource,
        operation: Operation,
        outcome: &Outcome,
    ) {
        resource.steps_left = resource.steps_left.saturating_sub(1);
        let line = match outcome {
            // Print nothing, because the summary of the run lists the stopped steps.
            Outcome::Failed { error } if is_stopped(error) => {
                resource.failed = true;
                return;
            }
            Outcome::Failed { error } => {
                resource.failed = true;
                let what = error.code().map_or_else(|| plain(error.message()), plain);
                paint(BAD, format!("{address}: {operation} failed: {what}"))
            }
            Outcome::Done if resource.steps_left == 0 && !resource.failed => {
                let took = resource.begun.map(|begun| begun.elapsed()).unwrap_or_default();
                let done = paint(GOOD, past(resource.action));
                format!("{address}: {done} ({})", time(took))
            }
            Outcome::Done | Outcome::NotTried { .. } => return,
        };
        if let Some(bar) = resource.bar.take() {
            bar.finish_and_clear();
        }
        self.printer.talk(&format!("{line}\n"));
    }
}

/// The fields of [`Event::Waiting`].
#[derive(Clone, Copy)]
struct Wait<'a> {
    address: &'a Address,
    operation: Operation,
    reason: &'a str,
    elapsed: Duration,
    limit: Duration,
}

impl Events for Progress {
    fn emit(&self, event: &Event<'_>) {
        match *event {
            Event::Started { step, .. } => {
                self.each(step, |address, resource| self.started(address, resource));
            }
            Event::Waiting { address, operation, reason, elapsed, limit } => {
                self.waiting(&Wait { address, operation, reason, elapsed, limit });
            }
            Event::Finished { step, operation, outcome, .. } => {
                self.each(step, |address, resource| {
                    self.finished(address, resource, operation, outcome);
                });
            }
            _ => tell_call(&self.printer, event),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let mut resources = self.resources.lock().unwrap_or_else(PoisonError::into_inner);
        for bar in resources.values_mut().filter_map(|resource| resource.bar.take()) {
            bar.finish_and_clear();
        }
    }
}

/// Writes one JSON event per line to standard output.
#[derive(Debug)]
pub(crate) struct JsonLines(pub(crate) Arc<Printer>);

/// The end of a step, with the details of the error if the step failed.
#[derive(Serialize)]
struct FinishedJson<'a> {
    event: &'static str,
    step: StepId,
    address: &'a Address,
    operation: Operation,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson>,
    elapsed: f64,
}

impl Events for JsonLines {
    fn emit(&self, event: &Event<'_>) {
        match event {
            Event::Call { .. } if !self.0.is_verbose() => {}
            Event::Finished { step, address, operation, outcome, elapsed } => {
                let (word, error) = match outcome {
                    Outcome::Done => ("done", None),
                    Outcome::Failed { error } => ("failed", Some(ErrorJson::of(error))),
                    Outcome::NotTried { .. } => ("not_tried", None),
                };
                let line = FinishedJson {
                    event: "finished",
                    step: *step,
                    address,
                    operation: *operation,
                    outcome: word,
                    error,
                    elapsed: elapsed.as_secs_f64(),
                };
                self.0.json(&line, Shape::Line);
            }
            other => self.0.json(other, Shape::Line),
        }
    }
}
