//! How a scenario says what it expects, and what it says where that is not so.
//!
//! Expectations are results rather than panics: a scenario that fails still cleans up, and a test that runs
//! scenarios which are meant to fail prints nothing.

use std::fmt::{self, Debug, Display};
use std::panic::Location;

use super::Scenario;
use crate::error::Error;
use crate::names::InvalidValue;

/// How a scenario ended.
pub type Verdict<T = ()> = std::result::Result<T, Failure>;

/// What was not as expected, and where in the suite that shows.
#[derive(Debug)]
pub struct Failure {
    message: String,
    place: Option<&'static Location<'static>>,
    scenario: Option<String>,
}

impl Failure {
    /// A failure at the place of the caller.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Some(Location::caller()), scenario: None }
    }

    /// A failure at no place of the suite.
    pub(super) fn elsewhere(message: String) -> Self {
        Self { message, place: None, scenario: None }
    }

    /// Says whose failure it is.
    pub fn of(mut self, scenario: &Scenario) -> Self {
        self.scenario = Some(scenario.to_string());
        self
    }

    /// The failure, and what else went wrong after it.
    pub(super) fn and(mut self, more: &str) -> Self {
        self.message = format!("{}\n{more}", self.message);
        self
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scenario) = &self.scenario {
            write!(f, "{scenario}: ")?;
        }
        f.write_str(&self.message)?;
        self.place.map_or(Ok(()), |place| write!(f, "\n  at {}:{}", place.file(), place.line()))
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new(format!("a call that should succeed failed: {error}\n  {error:?}"))
    }
}

impl From<InvalidValue> for Failure {
    #[track_caller]
    fn from(error: InvalidValue) -> Self {
        Self::new(format!("the prefix makes no valid name: {error}"))
    }
}

/// Expects a condition to hold.
///
/// # Errors
/// It does not.
#[track_caller]
pub fn holds(condition: bool, what: impl Display) -> Verdict {
    if condition { Ok(()) } else { Err(Failure::new(format!("this should hold: {what}"))) }
}

/// Expects two values to be equal.
///
/// # Errors
/// They are not.
#[track_caller]
pub fn equal<T: Debug + PartialEq<U> + ?Sized, U: Debug + ?Sized>(
    found: &T,
    expected: &U,
) -> Verdict {
    if found == expected {
        return Ok(());
    }
    Err(Failure::new(format!("expected {expected:#?}\nfound {found:#?}")))
}

/// Expects a call to succeed and to give just that.
///
/// # Errors
/// It failed, or gave something else.
#[track_caller]
pub fn same<T: Debug + PartialEq>(found: Result<T, Error>, expected: &T) -> Verdict {
    match found {
        Ok(found) => equal(&found, expected),
        Err(error) => Err(error.into()),
    }
}
