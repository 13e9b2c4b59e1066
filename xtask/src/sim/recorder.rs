//! Injects a case's faults into its calls, and records the calls.

use std::sync::{Mutex, MutexGuard, PoisonError};

use infra_core::engine::{Address, Event, Events};
use infra_mock::api::OperationId;
use infra_mock::faults::Fault;
use infra_mock::interceptor::{CallPlan, Interceptor};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fault::{CallFault, Strike};

/// A call that the program made, including all of the call's requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallRecord {
    /// The number of the run, counted from 0.
    pub(crate) run: usize,
    /// The time since the case began, in milliseconds.
    pub(crate) at: u128,
    pub(crate) operation: OperationId,
    /// The number of this call among all calls to the same operation, counted from 1 across all
    /// runs.
    pub(crate) nth: u32,
    /// The resource that the call is for, or `None` if the call looks up the caller's identity.
    pub(crate) address: Option<Address>,
    pub(crate) fault: Option<CallFault>,
    /// The number of requests that AWS accepted.
    pub(crate) accepted: u32,
    /// The number of requests that AWS refused. If a fault prevents a request from being executed,
    /// the request counts as neither accepted nor refused.
    pub(crate) refused: u32,
}

impl CallRecord {
    pub(crate) fn strike(&self, fault: CallFault) -> Strike {
        Strike { fault, operation: self.operation.to_string(), nth: self.nth }
    }

    /// Returns whether the call uses the given operation to change the given resource.
    pub(crate) fn is_for(&self, address: &Address, operation: (&str, &str)) -> bool {
        self.operation.changes
            && (self.operation.service.id(), self.operation.name) == operation
            && self.address.as_ref() == Some(address)
    }
}

/// Injects faults and records calls.
#[derive(Debug)]
pub(crate) struct Recorder {
    begin: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The strikes, each with a flag that is set once the strike has occurred.
    strikes: Vec<(Strike, bool)>,
    calls: Vec<CallRecord>,
    run: usize,
    /// Whether the process has crashed. After a crash, further calls never return.
    crashed: bool,
    /// The resource that the next call is for.
    address: Option<Address>,
    /// The number of the call that cancels the run, and the token for the cancellation.
    stop: Option<(usize, CancellationToken)>,
    /// The number of calls that began after the cancellation.
    after_stop: usize,
}

/// The call number that is given to every call after a crash. These calls are not recorded.
const NO_CALL: usize = usize::MAX;

impl Recorder {
    pub(crate) fn new(strikes: &[Strike]) -> Self {
        let strikes = strikes.iter().map(|strike| (strike.clone(), false)).collect();
        let state = State { strikes, ..State::default() };
        Self { begin: Instant::now(), state: Mutex::new(state) }
    }

    /// Starts the next run.
    pub(crate) fn next_run(&self) {
        let mut state = self.state();
        state.run += usize::from(!state.calls.is_empty());
        state.crashed = false;
        state.address = None;
    }

    /// Cancels the run when the run makes its nth call.
    pub(crate) fn stop_at(&self, nth: u32, token: CancellationToken) {
        self.state().stop = Some((nth as usize, token));
    }

    /// Returns the number of calls that began after the cancellation.
    pub(crate) fn begun_after_stop(&self) -> usize {
        self.state().after_stop
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.state().crashed
    }

    pub(crate) fn calls(&self) -> Vec<CallRecord> {
        self.state().calls.clone()
    }

    /// Passes the recorded calls to a function, and returns the function's result.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&[CallRecord]) -> T) -> T {
        at(&self.state().calls)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Events for Recorder {
    fn emit(&self, event: &Event<'_>) {
        // There is only one thread, so the next call is the one that this event announces.
        if let Event::Call { address, .. } = event {
            self.state().address = Some((*address).clone());
        }
    }
}

impl Interceptor for Recorder {
    fn call_started(&self, operation: OperationId) -> CallPlan {
        let mut state = self.state();
        let State { strikes, calls, run, crashed, address, stop, after_stop } = &mut *state;
        if *crashed {
            return CallPlan { number: NO_CALL, faults: vec![Fault::Hang { took_effect: false }] };
        }
        if let Some((nth, token)) = stop {
            // The call that cancels the run is still made. Any call that begins after the
            // cancellation is an error.
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
        calls.push(CallRecord { run, at, operation, nth, address, fault, accepted, refused });
        CallPlan { number: calls.len() - 1, faults }
    }

    fn request_executed(&self, call: usize, accepted: bool) {
        if let Some(call) = self.state().calls.get_mut(call) {
            let count = if accepted { &mut call.accepted } else { &mut call.refused };
            *count += 1;
        }
    }
}
