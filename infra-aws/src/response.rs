//! Converts values between the types of the SDK and the types of `infra_core`.

use std::str::FromStr;

use aws_smithy_types::error::operation::BuildError;
use infra_core::error::{Effect, Error, ErrorKind, Result};
use infra_core::names::InvalidValue;
use infra_core::operation::Operation;

/// Returns a response member that AWS always sends, or an error if the member is missing.
pub(crate) fn required<T>(operation: Operation, what: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| unexpected(operation, format!("the response has no {what}")))
}

/// Parses a required member of a response.
pub(crate) fn parsed<T>(operation: Operation, what: &str, value: Option<&str>) -> Result<T>
where
    T: FromStr<Err = InvalidValue>,
{
    required(operation, what, value)?.parse().map_err(|source: InvalidValue| {
        unexpected(operation, format!("the response contains an invalid {what}"))
            .with_source(source)
    })
}

/// Returns the error for a response that violates the operation's contract. The operation may still
/// have taken effect.
fn unexpected(operation: Operation, message: String) -> Error {
    Error::new(ErrorKind::Other, message).with_operation(operation).with_effect(Effect::Unknown)
}

/// Converts a signed number in a response to an unsigned number. A number that does not fit becomes
/// 0.
pub(crate) fn count<N: TryInto<u32>>(value: N) -> u32 {
    value.try_into().unwrap_or_default()
}

/// Converts a number to the signed type that SDK requests use.
///
/// A number that does not fit becomes `i32::MAX`, which AWS also rejects as too large.
pub(crate) fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Returns a function that converts the error that the SDK reports if a request lacks a required
/// member. The error never occurs, because the types in `infra_core` contain all required members.
pub(crate) fn unbuilt(operation: Operation) -> impl Fn(BuildError) -> Error {
    move |source| {
        Error::new(ErrorKind::InvalidInput, "the request is incomplete")
            .with_operation(operation)
            .with_source(source)
    }
}

/// Returns the list, or `None` if the list is empty. The SDK omits `None` from the request.
pub(crate) fn some_if_any<T>(values: Vec<T>) -> Option<Vec<T>> {
    (!values.is_empty()).then_some(values)
}
