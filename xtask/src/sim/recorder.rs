//! Where a case is played: decides on each call by the fault plan, and takes down what was called.

use std::sync::{Mutex, MutexGuard, PoisonError};

use infra_core::engine::{Address, Event, Events};
use infra_mock::api::OperationId;
use infra_mock::faults::Fault;
use infra_mock::interceptor::{CallPlan, Interceptor};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fault::{CallFault, Strike};

/// One call of the program, with all requests that were made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Called {
    /// In which run, counted from 0.
    pub(crate) run: usize,
    /// When, in milliseconds since the case began.
    pub(crate) at: u128,
    pub(crate) operation: OperationId,
    /// Which of the calls of its operation, counted from 1 over all runs.
    pub(crate) nth: u32,
    /// The resource that it was for; none where the run asked who calls.
    pub(crate) address: Option<Address>,
    pub(crate) fault: Option<CallFault>,
    /// How many of its requests AWS accepted, and how many it refused; the others did not come through.
    pub(crate) accepted: u32,
    pub(crate) refused: u32,
}

impl Called {
    pub(crate) fn strike(&self, fault: CallFault) -> Strike {
        Strike { fault, operation: self.operation.to_string(), nth: self.nth }
    }

    /// Whether it was to change something at that resource by that operation.
    pub(crate) fn is_for(&self, address: &Address, operation: (&str, &str)) -> bool {
        self.operation.changes
            && (self.operation.service.id(), self.operation.name) == operation
            && self.address.as_ref() == Some(address)
    }
}

/// Decides and takes down.
#[derive(Debug)]
pub(crate) struct Recorder {
    begin: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Each with whether it has come up.
    strikes: Vec<(Strike, bool)>,
    calls: Vec<Called>,
    run: usize,
    /// The process is dead; what still asks for a call asks in vain.
    crashed: bool,
    /// What the next call is for.
    address: Option<Address>,
    /// At which call the run is stopped, and how.
    stop: Option<(usize, CancellationToken)>,
    /// How many calls were begun after that.
    after_stop: usize,
}

/// The number of a call that was never made.
const NOBODY: usize = usize::MAX;

impl Recorder {
    pub(crate) fn new(strikes: &[Strike]) -> Self {
        let strikes = strikes.iter().map(|strike| (strike.clone(), false)).collect();
        let state = State { strikes, ..State::default() };
        Self { begin: Instant::now(), state: Mutex::new(state) }
    }

    /// A process starts.
    pub(crate) fn next_run(&self) {
        let mut state = self.state();
        state.run += usize::from(!state.calls.is_empty());
        state.crashed = false;
        state.address = None;
    }

    /// Stops the run as it makes its nth call.
    pub(crate) fn stop_at(&self, nth: u32, token: CancellationToken) {
        self.state().stop = Some((nth as usize, token));
    }

    /// How many calls began all the same.
    pub(crate) fn begun_after_stop(&self) -> usize {
        self.state().after_stop
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.state().crashed
    }

    pub(crate) fn calls(&self) -> Vec<Called> {
        self.state().calls.clone()
    }

    /// What the calls say that fulfil a condition.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&[Called]) -> T) -> T {
        at(&self.state().calls)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Events for Recorder {
    fn emit(&self, event: &Event<'_>) {
        // It comes just before the call itself, on the one thread that there is.
        if let Event::Call { address, .. } = event {
            self.state().address = Some((*address).clone());
        }
    }
}

impl Interceptor for Recorder {
    fn begins(&self, operation: OperationId) -> CallPlan {
        let mut state = self.state();
        let State { strikes, calls, run, crashed, address, stop, after_stop } = &mut *state;
        if *crashed {
            return CallPlan { number: NOBODY, faults: vec![Fault::Hang { took_effect: false }] };
        }
        if let Some((nth, token)) = stop {
            // The same instant others may be on their way; a call that begins later is one too many.
            *after_stop += usize::from(token.is_cancelled());
            if calls.len() + 1 >= *nth {
                token.cancel();
            }
        }
        let before = calls.iter().rev().find(|call| call.operation == operation);
        let nth = before.map_or(0, |call| call.nth) + 1;
        let overall = calls.len() + 1;
        let strike = strikes.iter_mut().find(|(strike, _)| strike.hits(operation, nth, overall));
        let fault = strike.map(|(strike, struck)| {
            *struck = true;
            strike.fault
        });
        *crashed = fault.is_some_and(CallFault::is_crash);
        let faults = fault.map(CallFault::faults).unwrap_or_default();
        let at = self.begin.elapsed().as_millis();
        let address = address.take();
        let (accepted, refused) = (0, 0);
        let run = *run;
        calls.push(Called { run, at, operation, nth, address, fault, accepted, refused });
        CallPlan { number: calls.len() - 1, faults }
    }

    fn carried_out(&self, call_plan: usize, accepted: bool) {
        if let Some(call) = self.state().calls.get_mut(call_plan) {
            let count = if accepted { &mut call.accepted } else { &mut call.refused };
            *count += 1;
        }
    }
}
