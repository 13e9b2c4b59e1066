//! Fault rules and their text format. A rule selects the calls that a fault affects.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use humantime::{DurationError, format_duration, parse_duration};

use crate::api::{ApiError, Operation, OperationId, Service};
use crate::wire::operations;

use super::Fault;

/// A fault and the calls that it applies to.
///
/// The text format, as in `ecs-foundation mock serve --fault`, is
/// `FAULT[@OPERATIONS][#CALLS][%PERCENT]`.
///
/// | part | forms | default |
/// |---|---|---|
/// | `FAULT` | `throttle`, `server-error`, `server-error-after`, `cut-before`, `cut-after`, `hang-before`, `hang-after`, `refuse=CODE`, `delay=20ms`, `delay=20ms-80ms`, `stale=5s` | |
/// | `OPERATIONS` | `*`, `reads`, `changes`, `iam:*`, `iam:Create*`, `iam:CreateRole` | `*` |
/// | `CALLS` | `3`, `2-4`, `2-`: which of the calls to `OPERATIONS`, where 1 is the first call | all |
/// | `PERCENT` | the percentage of these calls, selected at random with the mock's seed | 100 |
///
/// ```
/// use infra_mock::faults::{Fault, Rule};
///
/// let rule: Rule = "cut-after@iam:CreateRole#1".parse().unwrap();
/// let same = Rule::new(Fault::Cut { took_effect: true }).on("iam:CreateRole").unwrap().nth(1);
/// assert_eq!(rule, same);
/// assert_eq!("throttle%2.5".parse::<Rule>().unwrap().to_string(), "throttle@*%2.5");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    fault: Fault,
    on: Pattern,
    calls: RangeInclusive<u64>,
    percent: f64,
}

/// A pattern for operation names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    All,
    Reads,
    Changes,
    /// A service, and an operation name or prefix.
    Named {
        service: Service,
        name: String,
        is_whole: bool,
    },
}

const EVERY_CALL: RangeInclusive<u64> = 1..=u64::MAX;

impl Rule {
    /// Creates a rule that applies a fault to every call.
    pub fn new(fault: Fault) -> Self {
        Self { fault, on: Pattern::All, calls: EVERY_CALL, percent: 100.0 }
    }

    /// Limits the rule to the operations that match a pattern: `*`, `reads`, `changes`, `iam:*`,
    /// `iam:Create*` or `iam:CreateRole`.
    ///
    /// # Errors
    /// Returns an error if the pattern is invalid or matches none of the mock's operations.
    pub fn on(mut self, pattern: &str) -> Result<Self, RuleError> {
        self.on = pattern.parse()?;
        Ok(self)
    }

    /// Limits the rule to the operation with this request type.
    ///
    /// ```
    /// use infra_mock::faults::{Fault, Rule};
    /// use infra_mock::iam::CreateRoleRequest;
    ///
    /// let rule = Rule::new(Fault::Throttle).on_operation::<CreateRoleRequest>();
    /// assert_eq!(rule.to_string(), "throttle@iam:CreateRole");
    /// ```
    pub fn on_operation<O: Operation>(mut self) -> Self {
        let name = O::NAME.to_owned();
        self.on = Pattern::Named { service: O::SERVICE, name, is_whole: true };
        self
    }

    /// Limits the rule to the nth matching call. The first call is number 1.
    pub fn nth(self, nth: u64) -> Self {
        self.calls(nth..=nth)
    }

    /// Limits the rule to a range of matching calls. The first call is number 1.
    pub fn calls(mut self, calls: RangeInclusive<u64>) -> Self {
        self.calls = calls;
        self
    }

    /// Limits the rule to a percentage of the matching calls, selected at random with the mock's
    /// seed.
    ///
    /// # Panics
    /// Panics if `percent` is not between 0 and 100.
    pub fn percent(mut self, percent: f64) -> Self {
        assert!((0.0..=100.0).contains(&percent), "{percent} is not a percentage");
        self.percent = percent;
        self
    }

    pub(super) fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Returns whether the rule counts the call.
    pub(super) fn concerns(&self, call: OperationId) -> bool {
        // A stale fault hides changes, so it applies only to write operations.
        let can_strike = call.changes || !matches!(self.fault, Fault::Stale(_));
        can_strike && self.on.matches(call)
    }

    /// Returns whether the rule applies to the nth call that it counts.
    pub(super) fn strikes(&self, nth: u64, draw: impl FnOnce() -> f64) -> bool {
        self.calls.contains(&nth) && (self.percent >= 100.0 || draw() * 100.0 < self.percent)
    }
}

impl Pattern {
    fn matches(&self, call: OperationId) -> bool {
        match self {
            Self::All => true,
            Self::Reads => !call.changes,
            Self::Changes => call.changes,
            Self::Named { service, name, is_whole: true } => {
                call.service == *service && call.name == name
            }
            Self::Named { service, name, is_whole: false } => {
                call.service == *service && call.name.starts_with(name)
            }
        }
    }

    /// Returns whether the pattern matches any write operation.
    fn has_changes(&self) -> bool {
        operations().any(|known| known.changes && self.matches(known))
    }
}

impl FromStr for Pattern {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        match text {
            "*" => return Ok(Self::All),
            "reads" => return Ok(Self::Reads),
            "changes" => return Ok(Self::Changes),
            _ => {}
        }
        let fail = |why| RuleError::new(text, why);
        let (service, name) = text
            .split_once(':')
            .ok_or_else(|| fail("expected *, reads, changes or SERVICE:OPERATION"))?;
        let service = Service::ALL
            .into_iter()
            .find(|known| known.id() == service)
            .ok_or_else(|| fail("unknown service, expected ecs, iam, ecr, logs or sts"))?;
        let (name, is_whole) = match name.strip_suffix('*') {
            Some(beginning) => (beginning, false),
            None => (name, true),
        };
        let pattern = Self::Named { service, name: name.to_owned(), is_whole };
        if operations().any(|known| pattern.matches(known)) {
            Ok(pattern)
        } else {
            Err(fail("the mock does not implement this operation"))
        }
    }
}

impl FromStr for Fault {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let fail = |why: String| RuleError::new(text, why);
        let wrong = |error: DurationError| fail(error.to_string());
        let plain = [
            Self::Throttle,
            Self::ServerError { took_effect: false },
            Self::ServerError { took_effect: true },
            Self::Cut { took_effect: false },
            Self::Cut { took_effect: true },
            Self::Hang { took_effect: false },
            Self::Hang { took_effect: true },
        ];
        if let Some(fault) = plain.into_iter().find(|fault| fault.name() == text) {
            return Ok(fault);
        }
        match text.split_once('=') {
            Some(("refuse", code)) if !code.is_empty() => {
                let error = ApiError::new(code.to_owned(), "rejected by one of the mock's fault rules");
                Ok(Self::Refuse(error.with_status(status(code))))
            }
            Some(("stale", time)) => parse_duration(time).map(Self::Stale).map_err(wrong),
            Some(("delay", times)) => {
                let (from, to) = times.split_once('-').unwrap_or((times, times));
                let (from, to) =
                    (parse_duration(from).map_err(wrong)?, parse_duration(to).map_err(wrong)?);
                if from > to {
                    return Err(fail("the minimum is longer than the maximum".to_owned()));
                }
                Ok(Self::Delay { from, to })
            }
            _ => Err(fail(
                "unknown fault, expected throttle, server-error, server-error-after, cut-before, cut-after, \
                 hang-before, hang-after, refuse=CODE, delay=TIME or stale=TIME"
                    .to_owned(),
            )),
        }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (rest, percent) = match text.rsplit_once('%') {
            Some((rest, percent)) => (rest, parse_percent(percent)?),
            None => (text, 100.0),
        };
        let (rest, calls) = match rest.rsplit_once('#') {
            Some((rest, calls)) => (rest, parse_calls(calls)?),
            None => (rest, EVERY_CALL),
        };
        let (fault, on) = match rest.split_once('@') {
            Some((fault, pattern)) => (fault, pattern.parse()?),
            None => (rest, Pattern::All),
        };
        let fault: Fault = fault.parse()?;
        if matches!(fault, Fault::Stale(_)) && !on.has_changes() {
            return Err(RuleError::new(text, "stale applies only to write operations"));
        }
        Ok(Self { fault, on, calls, percent })
    }
}

/// Returns the HTTP status that the service models define for an error code, or 400 if they define
/// none. In every service, server faults have status 500. Only IAM defines other statuses.
fn status(code: &str) -> u16 {
    match code {
        "NoSuchEntity" => 404,
        "ConcurrentModification" | "DeleteConflict" | "EntityAlreadyExists" | "LimitExceeded" => {
            409
        }
        "InternalFailure"
        | "ServerException"
        | "ServiceFailure"
        | "ServiceUnavailableException" => 500,
        _ => 400,
    }
}

fn parse_percent(text: &str) -> Result<f64, RuleError> {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| RuleError::new(text, "expected a percentage from 0 to 100"))
}

fn parse_calls(text: &str) -> Result<RangeInclusive<u64>, RuleError> {
    let number = |text: &str| {
        text.parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| RuleError::new(text, "call numbers start at 1"))
    };
    let calls = match text.split_once('-') {
        None => {
            let nth = number(text)?;
            nth..=nth
        }
        Some((from, "")) => number(from)?..=u64::MAX,
        Some((from, to)) => number(from)?..=number(to)?,
    };
    if calls.is_empty() {
        return Err(RuleError::new(text, "the first call number is greater than the last"));
    }
    Ok(calls)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Reads => f.write_str("reads"),
            Self::Changes => f.write_str("changes"),
            Self::Named { service, name, is_whole } => {
                write!(f, "{service}:{name}{}", if *is_whole { "" } else { "*" })
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Refuse(error) => write!(f, "={}", error.code),
            Self::Stale(time) => write!(f, "={}", format_duration(*time)),
            Self::Delay { from, to } if from == to => write!(f, "={}", format_duration(*from)),
            Self::Delay { from, to } => {
                write!(f, "={}-{}", format_duration(*from), format_duration(*to))
            }
            Self::Throttle | Self::ServerError { .. } | Self::Cut { .. } | Self::Hang { .. } => {
                Ok(())
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, on, calls, percent } = self;
        write!(f, "{fault}@{on}")?;
        let (from, to) = (calls.start(), calls.end());
        if *calls == EVERY_CALL {
        } else if from == to {
            write!(f, "#{from}")?;
        } else if *to == u64::MAX {
            write!(f, "#{from}-")?;
        } else {
            write!(f, "#{from}-{to}")?;
        }
        if *percent < 100.0 { write!(f, "%{percent}") } else { Ok(()) }
    }
}

/// The reason why a string is not a valid [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part:?} in fault rule: {why}")]
pub struct RuleError {
    part: String,
    why: String,
}

impl RuleError {
    fn new(part: &str, why: impl Into<String>) -> Self {
        Self { part: part.to_owned(), why: why.into() }
    }

    /// Describes the format of rules, with examples.
    pub fn hint(&self) -> &'static str {
        "the format is FAULT[@OPERATIONS][#CALLS][%PERCENT], for example throttle%5, cut-after@iam:CreateRole#1 or \
         delay=20ms-80ms@reads"
    }
}
