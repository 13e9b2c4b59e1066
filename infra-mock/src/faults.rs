//! Fault injection: rules and a seed determine which calls fail or are delayed, and how.
//!
//! Faults are injected outside the state machine, before or after a call is executed. They affect
//! calls through the provider traits, SDK clients and the server in the same way.
//! [`MockAws::call`](crate::MockAws::call) and [`MockAws::answer`](crate::MockAws::answer) bypass
//! fault injection.
//!
//! ```
//! use infra_mock::MockAws;
//! use infra_mock::faults::{Fault, Rule};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mock = MockAws::builder()
//!     .fault(Rule::new(Fault::Cut { took_effect: true }).on("logs:DeleteLogGroup")?.nth(1))
//!     .build();
//! let refused = mock.providers().log_groups().delete_log_group(&"/ecs/shop".parse()?).await;
//! assert!(refused.unwrap_err().to_string().contains("the connection was lost"));
//! assert_eq!(mock.journal()[0].fault.as_deref(), Some("cut-after"));
//! # Ok(())
//! # }
//! ```

mod delivery;
mod rule;
mod stale;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{ApiError, OperationId, Service};

pub(crate) use delivery::Stopped;
pub use rule::{Rule, RuleError};
pub(crate) use stale::Replicas;

/// A failure or delay that affects a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The service throttles the call. The call has no effect, and SDKs retry it.
    Throttle,
    /// The service fails with HTTP status 500.
    ServerError {
        /// Whether the operation took effect despite the error.
        took_effect: bool,
    },
    /// The service rejects the call with this error. The call has no effect.
    Refuse(ApiError),
    /// The connection breaks before the response arrives.
    Cut {
        /// Whether the operation took effect despite the broken connection.
        took_effect: bool,
    },
    /// The response does not arrive, but the connection stays open.
    /// [`MockAws::until_hung`](crate::MockAws::until_hung) waits until a call hangs, and
    /// [`MockAws::release_hung`](crate::MockAws::release_hung) lets hanging calls continue.
    Hang {
        /// Whether the operation took effect even though the response does not arrive.
        took_effect: bool,
    },
    /// The call is delayed. Half of the delay comes before the operation, and half comes after it.
    Delay {
        /// The shortest delay.
        from: Duration,
        /// The longest delay.
        to: Duration,
    },
    /// The call's changes are hidden from reads of the same service until this time has passed.
    /// Write operations always see the current state. This fault applies only to write operations.
    Stale(Duration),
}

impl Fault {
    /// Returns the fault's name, as used in the journal and in the text format of rules.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::ServerError { took_effect: false } => "server-error",
            Self::ServerError { took_effect: true } => "server-error-after",
            Self::Refuse(_) => "refuse",
            Self::Cut { took_effect: false } => "cut-before",
            Self::Cut { took_effect: true } => "cut-after",
            Self::Hang { took_effect: false } => "hang-before",
            Self::Hang { took_effect: true } => "hang-after",
            Self::Delay { .. } => "delay",
            Self::Stale(_) => "stale",
        }
    }
}

/// The rules of a mock, and the number of calls that each rule has counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    seed: u64,
    rules: Vec<(Rule, u64)>,
    calls: BTreeMap<OperationId, u64>,
}

/// The faults that apply to one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) outcome: Outcome,
    /// The total delay, before and after the operation.
    pub(crate) delay: Duration,
    /// How long the change is hidden from reads.
    pub(crate) stale: Option<Duration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    #[default]
    Answered,
    /// The call was rejected before the operation was executed.
    Refused(&'static str, ApiError),
    /// The call failed after the operation was executed.
    Failed(ApiError),
    Cut {
        took_effect: bool,
    },
    Hung {
        took_effect: bool,
    },
}

impl Delivery {
    /// Creates the delivery for a call that only this fault affects.
    pub(crate) fn of(fault: &Fault, service: Service) -> Self {
        let mut delivery = Self::default();
        delivery.meet(fault, service, || 0.0);
        delivery
    }

    /// Adds a fault. `draw` returns a number from 0 to 1, which selects a delay within the fault's
    /// bounds.
    fn meet(&mut self, fault: &Fault, service: Service, draw: impl FnOnce() -> f64) {
        match fault {
            Fault::Delay { from, to } => {
                self.delay += *from + to.saturating_sub(*from).mul_f64(draw());
            }
            Fault::Stale(time) => self.stale = self.stale.max(Some(*time)),
            _ if self.outcome != Outcome::Answered => {}
            Fault::Throttle => {
                self.outcome = Outcome::Refused(fault.name(), throttled(service));
            }
            Fault::ServerError { took_effect: false } => {
                self.outcome = Outcome::Refused(fault.name(), failed(service));
            }
            Fault::ServerError { took_effect: true } => {
                self.outcome = Outcome::Failed(failed(service));
            }
            Fault::Refuse(error) => {
                self.outcome = Outcome::Refused(fault.name(), error.clone());
            }
            Fault::Cut { took_effect } => {
                self.outcome = Outcome::Cut { took_effect: *took_effect };
            }
            Fault::Hang { took_effect } => {
                self.outcome = Outcome::Hung { took_effect: *took_effect };
            }
        }
    }

    /// Returns the name of the fault that prevents the operation's response from being delivered.
    /// If there is no such fault, returns `stale` for a hidden change, or `delay` for a delayed
    /// call.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let named = |fault: Fault| Some(fault.name());
        match &self.outcome {
            Outcome::Refused(name, _) => Some(name),
            Outcome::Failed(_) => named(Fault::ServerError { took_effect: true }),
            Outcome::Cut { took_effect } => named(Fault::Cut { took_effect: *took_effect }),
            Outcome::Hung { took_effect } => named(Fault::Hang { took_effect: *took_effect }),
            Outcome::Answered => match self.stale {
                Some(time) => named(Fault::Stale(time)),
                None if self.delay > Duration::ZERO => {
                    named(Fault::Delay { from: self.delay, to: self.delay })
                }
                None => None,
            },
        }
    }
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    pub(crate) fn add(&mut self, rule: Rule) {
        self.rules.push((rule, 0));
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|(rule, _)| rule)
    }

    /// Removes the rules. This does not undo faults that have already occurred.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Resets the call counts.
    pub(crate) fn restart(&mut self) {
        self.calls.clear();
        for (_, seen) in &mut self.rules {
            *seen = 0;
        }
    }

    /// Returns the delivery for the next call to an operation. If several rules match, their delays
    /// add up, and the longest `stale` time applies. Of all other faults, only the first applies.
    ///
    /// Random draws depend only on the seed, the rule, the operation, and the number of earlier
    /// calls to this operation. The order of calls to different operations does not matter.
    pub(crate) fn delivery(&mut self, call: OperationId) -> Delivery {
        let mut delivery = Delivery::default();
        if self.rules.is_empty() {
            return delivery;
        }
        let nth = self.calls.entry(call).or_default();
        *nth += 1;
        for (place, (rule, seen)) in self.rules.iter_mut().enumerate() {
            if !rule.concerns(call) {
                continue;
            }
            *seen += 1;
            let draw = Draw { seed: self.seed, place: place as u64, call, nth: *nth };
            if !rule.strikes(*seen, || draw.fraction()) {
                continue;
            }
            delivery.meet(rule.fault(), call.service, || draw.again().fraction());
        }
        delivery
    }
}

/// The inputs that determine a rule's random number for a call.
#[derive(Clone, Copy)]
struct Draw {
    seed: u64,
    place: u64,
    call: OperationId,
    nth: u64,
}

impl Draw {
    /// Returns the inputs for a second, independent draw for the same rule and call.
    fn again(self) -> Self {
        Self { seed: !self.seed, ..self }
    }

    /// Returns a number from 0 (inclusive) to 1 (exclusive).
    fn fraction(self) -> f64 {
        let Self { seed, place, call, nth } = self;
        // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), because the standard library's
        // hashes may change between compiler versions.
        let numbers = [seed, place, nth].into_iter().flat_map(u64::to_le_bytes);
        let bytes = numbers.chain(call.service.id().bytes()).chain(call.name.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        fastrand::Rng::with_seed(hash).f64()
    }
}

/// Returns the throttling error of a service. The codes are documented under "Common Errors" in the
/// API references, for example
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>. The Query
/// services use `Throttling` (<https://github.com/hashicorp/terraform/issues/5460>, which also
/// shows the message).
fn throttled(service: Service) -> ApiError {
    let code = match service {
        Service::Iam | Service::Sts => "Throttling",
        Service::Ecs | Service::Ecr | Service::Logs => "ThrottlingException",
    };
    ApiError::new(code, "Rate exceeded")
}

/// Returns the error that the service model marks as a server fault. The model of STS has none, so
/// STS uses the error in <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.
fn failed(service: Service) -> ApiError {
    let (code, message): (_, Cow<'static, str>) = match service {
        Service::Ecs | Service::Ecr => ("ServerException", "Service Unavailable".into()),
        Service::Logs => {
            ("ServiceUnavailableException", "The service cannot complete the request.".into())
        }
        Service::Iam => (
            "ServiceFailure",
            "The request processing has failed because of an unknown error, exception or failure."
                .into(),
        ),
        Service::Sts => (
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure."
                .into(),
        ),
    };
    ApiError::new(code, message).with_status(500)
}
