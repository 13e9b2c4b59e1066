//! Assertions for scenarios, and the failures that they return.
//!
//! Assertions return results instead of panicking. A failing scenario therefore still cleans up,
//! and a test that expects a failure prints no panic message.

use std::fmt::{self, Debug, Display};
use std::panic::Location;

use super::Scenario;
use crate::error::Error;
use crate::names::InvalidValue;

/// The result of a scenario.
pub type Verdict<T = ()> = std::result::Result<T, Failure>;

/// A failed assertion, with its source location in the suite.
#[derive(Debug)]
pub struct Failure {
    message: String,
    place: Option<&'static Location<'static>>,
    scenario: Option<String>,
}

impl Failure {
    /// Creates a failure that records the caller's source location.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Some(Location::caller()), scenario: None }
    }

    /// Creates a failure without a source location.
    pub(super) fn without_location(message: String) -> Self {
        Self { message, place: None, scenario: None }
    }

    /// Sets the name of the scenario that failed.
    pub fn of(mut self, scenario: &Scenario) -> Self {
        self.scenario = Some(scenario.to_string());
        self
    }

    /// Appends another problem.
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
        Self::new(format!("unexpected error: {error}\n  {error:?}"))
    }
}

impl From<InvalidValue> for Failure {
    #[track_caller]
    fn from(error: InvalidValue) -> Self {
        Self::new(format!("the prefix does not produce a valid name: {error}"))
    }
}

/// Asserts that a condition is true.
///
/// # Errors
/// Fails if the condition is false.
#[track_caller]
pub fn holds(condition: bool, what: impl Display) -> Verdict {
    if condition { Ok(()) } else { Err(Failure::new(format!("expected: {what}"))) }
}

/// Asserts that two values are equal.
///
/// # Errors
/// Fails if the values differ.
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

/// Asserts that a call returned the expected value.
///
/// # Errors
/// Fails if the call returned an error or a different value.
#[track_caller]
pub fn same<T: Debug + PartialEq>(found: Result<T, Error>, expected: &T) -> Verdict {
    match found {
        Ok(found) => equal(&found, expected),
        Err(error) => Err(error.into()),
    }
}
