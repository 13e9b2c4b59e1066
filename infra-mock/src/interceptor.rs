//! Lets a simulation control and observe every call.
//!
//! [Rules](crate::faults::Rule) apply to individual requests. A simulation must control whole
//! *calls*, including the SDK's retries, but the typed access path does not use the SDK. An
//! intercepted access path therefore retries requests itself, and reports every call to its
//! interceptor. The retries follow the SDK's standard retry mode, which is the default in
//! infra-aws.

use std::fmt;
use std::time::Duration;

use infra_core::error::{Effect, Error, ErrorKind};

use crate::api::OperationId;
use crate::faults::Fault;

/// Determines the faults for every call on an intercepted access path, and observes the results.
pub trait Interceptor: fmt::Debug + Send + Sync + 'static {
    /// Called when a call begins. Returns the faults for the call.
    fn call_started(&self, call: OperationId) -> CallPlan;

    /// Called after each request of a call is executed. `accepted` is `true` if the request
    /// succeeded, even if its response is then lost.
    fn request_executed(&self, call: usize, accepted: bool);
}

/// The faults for one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPlan {
    /// The number that the interceptor assigned to the call.
    pub number: usize,
    /// The faults for the call's first requests, in order. The mock's own rules apply to any later
    /// requests.
    pub faults: Vec<Fault>,
}

/// The maximum number of requests per call. infra-aws has the same maximum by default.
const REQUESTS: u32 = 5;

/// The retry state of one call.
///
/// The delays are those of `aws_smithy_types::retry::RetryConfig::standard()`: exponential backoff
/// starting at 1 s with a maximum of 20 s,
/// <https://docs.rs/aws-smithy-types/latest/aws_smithy_types/retry/struct.RetryConfig.html>. The
/// SDK waits for a random fraction of each delay. The mock always waits for the full delay, so that
/// runs are repeatable. The SDK's retry quota of 500 tokens allows at least fifty retries per
/// process and service. The mock has no retry quota.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    made: u32,
    /// Whether any of the failed requests may have taken effect. infra-aws also keeps track of
    /// this.
    lost: bool,
}

impl Retries {
    /// Records that a request failed. Returns how long to wait before the next request, or the
    /// error for the whole call if there is no next request.
    pub(crate) fn failed(&mut self, error: Error) -> Result<Duration, Error> {
        self.made += 1;
        self.lost |= error.effect() != Effect::None;
        let passes = matches!(
            error.kind(),
            ErrorKind::Throttled | ErrorKind::Service | ErrorKind::Connection
        );
        if passes && self.made < REQUESTS {
            let seconds = 1 << (self.made - 1);
            return Ok(Duration::from_secs(seconds).min(Duration::from_secs(20)));
        }
        Err(if self.lost { error.with_effect(Effect::Unknown) } else { error })
    }
}
