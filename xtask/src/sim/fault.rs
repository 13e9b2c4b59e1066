//! What can go wrong with a call, where it does, and how both are written.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use infra_mock::api::{ApiError, OperationId};
use infra_mock::faults::Fault;

/// What goes wrong with one call. A number says how many of its requests meet it, one after the other; the SDK
/// makes five at most, so that five is for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CallFault {
    /// AWS refuses, before anything happens, in a way that trying again does not help.
    Refused,
    /// AWS asks for fewer requests.
    Throttled(u8),
    /// AWS fails before anything happens.
    Failed(u8),
    /// AWS fails after it did what it was asked to.
    FailedAfter(u8),
    /// The connection is reset before the request arrives.
    Reset(u8),
    /// The request takes effect, and the answer is lost.
    Lost(u8),
    /// The call takes that many seconds.
    Slow(u16),
    /// What the call changes stays unseen by reads for that many seconds.
    Stale(u16),
    /// The process dies before the request arrives.
    CrashBefore,
    /// The process dies after the request took effect.
    CrashAfter,
}

/// How many requests the SDK makes of one call at most.
pub(crate) const FOR_GOOD: u8 = 5;

impl CallFault {
    /// What each call that changes something is tried with.
    pub(crate) const OF_CHANGES: &[Self] = &[
        Self::Refused,
        Self::Throttled(2),
        Self::Throttled(FOR_GOOD),
        Self::Failed(1),
        Self::Failed(FOR_GOOD),
        Self::FailedAfter(1),
        Self::FailedAfter(FOR_GOOD),
        Self::Reset(1),
        Self::Reset(FOR_GOOD),
        Self::Lost(1),
        Self::Lost(FOR_GOOD),
        Self::Slow(45),
        Self::Stale(30),
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    /// What each call that reads is tried with. A read leaves nothing behind, so that before and after are the
    /// same to whatever follows.
    pub(crate) const OF_READS: &[Self] = &[
        Self::Refused,
        Self::Throttled(2),
        Self::Throttled(FOR_GOOD),
        Self::Failed(1),
        Self::Failed(FOR_GOOD),
        Self::Reset(1),
        Self::Reset(FOR_GOOD),
        Self::Slow(45),
        Self::CrashBefore,
    ];

    /// Whether a read with it goes as one with another of [`CallFault::OF_READS`]: it takes the same time, and comes to
    /// the same but for the words of an error.
    pub(crate) fn has_a_twin(self) -> bool {
        matches!(self, Self::Throttled(FOR_GOOD) | Self::Reset(_))
    }

    /// What a call of that kind is tried with.
    pub(crate) fn of(call: OperationId) -> &'static [Self] {
        if call.changes { Self::OF_CHANGES } else { Self::OF_READS }
    }

    /// What the requests of the call meet.
    pub(crate) fn faults(self) -> Vec<Fault> {
        let times = |fault: Fault, times: u8| vec![fault; usize::from(times)];
        match self {
            // Each service's own spelling is the kind AccessDenied to the engine.
            Self::Refused => {
                let denied = ApiError::new("AccessDeniedException", "refused by the simulation");
                vec![Fault::Refuse(denied)]
            }
            Self::Throttled(n) => times(Fault::Throttle, n),
            Self::Failed(n) => times(Fault::ServerError { took_effect: false }, n),
            Self::FailedAfter(n) => times(Fault::ServerError { took_effect: true }, n),
            Self::Reset(n) => times(Fault::Cut { took_effect: false }, n),
            Self::Lost(n) => times(Fault::Cut { took_effect: true }, n),
            Self::Slow(seconds) => {
                let time = Duration::from_secs(seconds.into());
                vec![Fault::Delay { from: time, to: time }]
            }
            Self::Stale(seconds) => vec![Fault::Stale(Duration::from_secs(seconds.into()))],
            Self::CrashBefore => vec![Fault::Hang { took_effect: false }],
            Self::CrashAfter => vec![Fault::Hang { took_effect: true }],
        }
    }

    /// Whether the process ends with it.
    pub(crate) fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    /// Whether it can leave the caller in the dark about what the request did.
    pub(crate) fn leaves_doubt(self) -> bool {
        matches!(self, Self::Failed(_) | Self::FailedAfter(_) | Self::Reset(_) | Self::Lost(_))
    }

    /// The same, but less of it, the least first.
    pub(crate) fn weaker(self) -> Vec<Self> {
        let fewer = |n: u8, make: fn(u8) -> Self| (1..n).map(make).collect();
        match self {
            Self::Throttled(n) => fewer(n, Self::Throttled),
            Self::Failed(n) => fewer(n, Self::Failed),
            Self::FailedAfter(n) => fewer(n, Self::FailedAfter),
            Self::Reset(n) => fewer(n, Self::Reset),
            Self::Lost(n) => fewer(n, Self::Lost),
            Self::Slow(seconds) if seconds > 1 => vec![Self::Slow(1), Self::Slow(seconds / 2)],
            Self::Stale(seconds) if seconds > 1 => vec![Self::Stale(1), Self::Stale(seconds / 2)],
            _ => Vec::new(),
        }
    }
}

/// As it is written: `lost=1`, `stale=30s`, `crash-after`.
impl fmt::Display for CallFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Throttled(n) => write!(f, "throttled={n}"),
            Self::Failed(n) => write!(f, "failed={n}"),
            Self::FailedAfter(n) => write!(f, "failed-after={n}"),
            Self::Reset(n) => write!(f, "reset={n}"),
            Self::Lost(n) => write!(f, "lost={n}"),
            Self::Slow(seconds) => write!(f, "slow={seconds}s"),
            Self::Stale(seconds) => write!(f, "stale={seconds}s"),
            Self::CrashBefore => f.write_str("crash-before"),
            Self::CrashAfter => f.write_str("crash-after"),
        }
    }
}

impl FromStr for CallFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no fault: say for instance lost=1 or stale=30s");
        let (name, number) = text.split_once('=').unwrap_or((text, ""));
        let count = || number.parse::<u8>().map_err(|_| wrong());
        let seconds = || number.trim_end_matches('s').parse::<u16>().map_err(|_| wrong());
        Ok(match name {
            "refused" => Self::Refused,
            "throttled" => Self::Throttled(count()?),
            "failed" => Self::Failed(count()?),
            "failed-after" => Self::FailedAfter(count()?),
            "reset" => Self::Reset(count()?),
            "lost" => Self::Lost(count()?),
            "slow" => Self::Slow(seconds()?),
            "stale" => Self::Stale(seconds()?),
            "crash-before" => Self::CrashBefore,
            "crash-after" => Self::CrashAfter,
            _ => return Err(wrong()),
        })
    }
}

/// A call that something goes wrong with, by its operation and how many calls of that operation came before it
/// in the whole case. Unlike a number in the order of all calls it says what it strikes, and other operations
/// that come in between do not move it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Strike {
    pub(crate) fault: CallFault,
    /// As IAM actions spell it; `*` is any.
    pub(crate) operation: String,
    /// Counted from 1.
    pub(crate) nth: u32,
}

impl Strike {
    /// The call that comes so late among all calls, whatever it is.
    pub(crate) fn overall(fault: CallFault, nth: u32) -> Self {
        Self { fault, operation: "*".to_owned(), nth }
    }

    /// Whether a call is meant that is the nth of its operation and so late among all.
    pub(crate) fn hits(&self, operation: OperationId, nth: u32, overall: usize) -> bool {
        if self.operation == "*" {
            return usize::try_from(self.nth) == Ok(overall);
        }
        let name = self.operation.strip_prefix(operation.service.id());
        self.nth == nth && name.and_then(|name| name.strip_prefix(':')) == Some(operation.name)
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, operation, nth } = self;
        write!(f, "{fault}@{operation}#{nth}")
    }
}

impl FromStr for Strike {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} has not the form TROUBLE@SERVICE:OPERATION#NTH");
        let (fault, call) = text.split_once('@').ok_or_else(wrong)?;
        let (operation, nth) = call.split_once('#').ok_or_else(wrong)?;
        if !operation.contains(':') && operation != "*" {
            return Err(wrong());
        }
        let nth = nth.parse().map_err(|_| wrong())?;
        Ok(Self { fault: fault.parse()?, operation: operation.to_owned(), nth })
    }
}
