//! Faults to order: what a network and a busy service do to calls, by rules and from a seed.
//!
//! The state machine knows nothing of this. A fault happens on the way to it or back, so it is the same
//! behind every access path: a provider trait, an SDK client and a client of the server meet it alike.
//! [`MockAws::call`](crate::MockAws::call) and [`MockAws::answer`](crate::MockAws::answer) have no way, and so no
//! faults.
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

/// What can go wrong with a call, or take its time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The service asks for fewer requests; nothing has happened. SDKs try again by themselves.
    Throttle,
    /// The service fails with a status of 500.
    ServerError {
        /// Whether the operation was carried out all the same.
        took_effect: bool,
    },
    /// The service refuses with an error of the test's choice; nothing has happened.
    Refuse(ApiError),
    /// The connection breaks before an answer comes.
    Cut {
        /// Whether the operation was carried out all the same.
        took_effect: bool,
    },
    /// No answer comes, and the connection stays. [`MockAws::until_hung`](crate::MockAws::until_hung) tells when
    /// a call has come to that, and [`MockAws::release_hung`](crate::MockAws::release_hung) lets it go on.
    Hang {
        /// Whether the operation was carried out all the same.
        took_effect: bool,
    },
    /// The call takes a time between the two, half of it on the way there, half on the way back.
    Delay {
        /// At least.
        from: Duration,
        /// At most.
        to: Duration,
    },
    /// What the call changes stays unseen by reads of the same service for that long. Calls that change
    /// something are never fooled, and calls that change nothing do not have this fault.
    Stale(Duration),
}

impl Fault {
    /// The name in rules that are written as text, and in the journal.
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

/// The rules of a mock and what they have seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    seed: u64,
    rules: Vec<(Rule, u64)>,
    calls: BTreeMap<OperationId, u64>,
}

/// What happens to one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) outcome: Outcome,
    /// How long it takes, on both ways together.
    pub(crate) delay: Duration,
    /// How long reads do not see what it changes.
    pub(crate) stale: Option<Duration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    #[default]
    Answered,
    /// Refused before it is carried out.
    Refused(&'static str, ApiError),
    /// Failed after it was carried out.
    Failed(ApiError),
    Cut {
        took_effect: bool,
    },
    Hung {
        took_effect: bool,
    },
}

impl Delivery {
    /// What happens to a call that meets that one fault.
    pub(crate) fn of(fault: &Fault, service: Service) -> Self {
        let mut delivery = Self::default();
        delivery.meet(fault, service, || 0.0);
        delivery
    }

    /// Adds a fault; `draw` says where in its bounds a delay lies.
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

    /// The name of the fault, of several the one that decides the outcome.
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

    /// Forgets the rules; what they have already done stays done.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Begins to count anew.
    pub(crate) fn restart(&mut self) {
        self.calls.clear();
        for (_, seen) in &mut self.rules {
            *seen = 0;
        }
    }

    /// What happens to the next call of an operation: all delays that apply, the longest staleness, and
    /// the outcome that the first rule gives which has one.
    ///
    /// Draws follow from the seed, the rule, the operation and how many calls of the operation came before:
    /// the order in which calls of different operations meet makes no difference.
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

/// One draw of one rule for one call.
#[derive(Clone, Copy)]
struct Draw {
    seed: u64,
    place: u64,
    call: OperationId,
    nth: u64,
}

impl Draw {
    /// Another draw for the same.
    fn again(self) -> Self {
        Self { seed: !self.seed, ..self }
    }

    /// A number from 0 up to 1.
    fn fraction(self) -> f64 {
        let Self { seed, place, call, nth } = self;
        // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), which stays what it is from one compiler to
        // the next, as the standard library's hashes need not.
        let numbers = [seed, place, nth].into_iter().flat_map(u64::to_le_bytes);
        let bytes = numbers.chain(call.service.id().bytes()).chain(call.name.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        fastrand::Rng::with_seed(hash).f64()
    }
}

/// Codes: "Common Errors" of the API references, for instance
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>; the Query services spell
/// it `Throttling` (<https://github.com/hashicorp/terraform/issues/5460>, which has the words too).
fn throttled(service: Service) -> ApiError {
    let code = match service {
        Service::Iam | Service::Sts => "Throttling",
        Service::Ecs | Service::Ecr | Service::Logs => "ThrottlingException",
    };
    ApiError::new(code, "Rate exceeded")
}

/// The errors that the service models mark as the service's own fault; STS has none, so the common one of
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.
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
