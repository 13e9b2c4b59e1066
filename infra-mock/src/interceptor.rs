//! A run that is directed from outside, call by call: the seam of simulations.
//!
//! [Rules](crate::faults::Rule) strike requests. A simulation has to strike *calls*, each with all the requests
//! that an SDK makes of it, and the first access path, of which the state machine is a function call away, has no SDK.
//! So an intercepted access path tries again as the SDK's standard retryer does under infra-aws, and tells its interceptor of
//! every call.

use std::fmt;
use std::time::Duration;

use infra_core::error::{Effect, Error, ErrorKind};

use crate::api::OperationId;
use crate::faults::Fault;

/// Decides what happens to each call that comes by an intercepted access path, and sees what becomes of it.
pub trait Interceptor: fmt::Debug + Send + Sync + 'static {
    /// A call begins.
    fn begins(&self, call: OperationId) -> CallPlan;

    /// A request of that call was carried out, and accepted or refused; whether the answer comes back is
    /// another matter.
    fn carried_out(&self, call_plan: usize, accepted: bool);
}

/// What is to happen to one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPlan {
    /// What the interceptor calls it by.
    pub number: usize,
    /// What its requests meet, the first the first, and so on; those that follow meet the mock's own rules.
    pub faults: Vec<Fault>,
}

/// How many requests the SDK makes of one call at most, as infra-aws sets it up.
const REQUESTS: u32 = 5;

/// The retries of one call.
///
/// The numbers are those of `aws_smithy_types::retry::RetryConfig::standard()`: exponential backoff from 1 s
/// with at most 20 s, <https://docs.rs/aws-smithy-types/latest/aws_smithy_types/retry/struct.RetryConfig.html>.
/// The SDK draws a time between none and that; here it is always the longest, so that runs repeat. Its quota for
/// retries, of 500 tokens, lasts for fifty at least in one process and service; here there is none.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    made: u32,
    /// Whether a request got lost that may have taken effect all the same, as infra-aws remembers it.
    lost: bool,
}

impl Retries {
    /// Judges a request that failed: the pause before the next one, or the error of the whole call.
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
