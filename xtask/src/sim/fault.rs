//! Faults in calls, the calls in which the faults occur, and the text form of both.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use infra_mock::api::{ApiError, OperationId};
use infra_mock::faults::Fault;

/// A fault in one call. Some faults have a count, which is the number of consecutive requests that
/// fail. The SDK makes at most five requests for a call, so the call fails if the count is five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CallFault {
    /// AWS refuses the request with an error that retries do not resolve. The request has no
    /// effect.
    Refused,
    /// AWS throttles the request.
    Throttled(u8),
    /// AWS returns a server error before the request takes effect.
    Failed(u8),
    /// AWS returns a server error after the request has taken effect.
    FailedAfter(u8),
    /// The connection is reset before the request arrives.
    Reset(u8),
    /// The request takes effect, but the response is lost.
    Lost(u8),
    /// The call takes this many seconds.
    Slow(u16),
    /// For this many seconds, reads do not reflect the change that the call made.
    Stale(u16),
    /// The process crashes before the request arrives.
    CrashBefore,
    /// The process crashes after the request has taken effect.
    CrashAfter,
}

/// The maximum number of requests that the SDK makes for one call.
pub(crate) const PERMANENT: u8 = 5;

impl CallFault {
    /// The faults to try at each write.
    pub(crate) const OF_CHANGES: &[Self] = &[
        Self::Refused,
        Self::Throttled(2),
        Self::Throttled(PERMANENT),
        Self::Failed(1),
        Self::Failed(PERMANENT),
        Self::FailedAfter(1),
        Self::FailedAfter(PERMANENT),
        Self::Reset(1),
        Self::Reset(PERMANENT),
        Self::Lost(1),
        Self::Lost(PERMANENT),
        Self::Slow(45),
        Self::Stale(30),
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    /// The faults to try at each read. A read changes nothing, so it makes no difference whether a
    /// fault occurs before or after the read.
    pub(crate) const OF_READS: &[Self] = &[
        Self::Refused,
        Self::Throttled(2),
        Self::Throttled(PERMANENT),
        Self::Failed(1),
        Self::Failed(PERMANENT),
        Self::Reset(1),
        Self::Reset(PERMANENT),
        Self::Slow(45),
        Self::CrashBefore,
    ];

    /// Returns whether this fault can be skipped at reads, because another fault in
    /// [`CallFault::OF_READS`] is equivalent. With equivalent faults, a read takes the same time
    /// and has the same result, except for the wording of an error.
    pub(crate) fn is_redundant_for_reads(self) -> bool {
        matches!(self, Self::Throttled(PERMANENT) | Self::Reset(_))
    }

    /// Returns the faults to try at a call.
    pub(crate) fn of(call: OperationId) -> &'static [Self] {
        if call.changes { Self::OF_CHANGES } else { Self::OF_READS }
    }

    /// Returns the faults to inject into the call's requests, in the order of the requests.
    pub(crate) fn faults(self) -> Vec<Fault> {
        let times = |fault: Fault, times: u8| vec![fault; usize::from(times)];
        match self {
            // Some services use another code for this error, but the engine maps all of these codes
            // to the same error kind.
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

    /// Returns whether the fault crashes the process.
    pub(crate) fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    /// Returns whether the caller cannot tell if the request has taken effect.
    pub(crate) fn leaves_doubt(self) -> bool {
        matches!(self, Self::Failed(_) | Self::FailedAfter(_) | Self::Reset(_) | Self::Lost(_))
    }

    /// Returns weaker variants of the fault, weakest first.
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

/// Writes the text form of the fault, such as `lost=1`, `stale=30s` or `crash-after`.
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
        let wrong =
            || format!("{text:?} is not a fault: expected, for example, lost=1 or stale=30s");
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

/// A fault at a call. The call is identified by its operation and by its position among all calls
/// to that operation in the case. This position is easier to find than a position among all calls,
/// and does not change when calls to other operations are added.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Strike {
    pub(crate) fault: CallFault,
    /// The operation, written like an IAM action, such as `iam:CreateRole`, or `*` for any
    /// operation.
    pub(crate) operation: String,
    /// The number of the call, counted from 1.
    pub(crate) nth: u32,
}

impl Strike {
    /// Creates a strike on the nth call in the case, regardless of the call's operation.
    pub(crate) fn overall(fault: CallFault, nth: u32) -> Self {
        Self { fault, operation: "*".to_owned(), nth }
    }

    /// Returns whether the strike applies to a call. `nth` is the call's number among the calls to
    /// the same operation, and `overall` is the call's number among all calls in the case.
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
        let wrong = || format!("{text:?} does not have the form FAULT@SERVICE:OPERATION#NTH");
        let (fault, call) = text.split_once('@').ok_or_else(wrong)?;
        let (operation, nth) = call.split_once('#').ok_or_else(wrong)?;
        if !operation.contains(':') && operation != "*" {
            return Err(wrong());
        }
        let nth = nth.parse().map_err(|_| wrong())?;
        Ok(Self { fault: fault.parse()?, operation: operation.to_owned(), nth })
    }
}
