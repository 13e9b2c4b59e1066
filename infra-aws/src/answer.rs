//! Reading what the SDK leaves optional or untyped.

use std::str::FromStr;

use aws_smithy_types::error::operation::BuildError;
use infra_core::error::{Effect, Error, ErrorKind, Result};
use infra_core::names::InvalidValue;
use infra_core::operation::Operation;

/// A part of an answer that AWS always gives.
pub(crate) fn required<T>(operation: Operation, what: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| unexpected(operation, format!("the answer lacks {what}")))
}

/// A part of an answer that has a type of its own.
pub(crate) fn parsed<T>(operation: Operation, what: &str, value: Option<&str>) -> Result<T>
where
    T: FromStr<Err = InvalidValue>,
{
    required(operation, what, value)?.parse().map_err(|source: InvalidValue| {
        unexpected(operation, format!("the answer's {what} cannot be read")).with_source(source)
    })
}

/// An answer that says something else than the operation's contract. What was asked for may be done.
fn unexpected(operation: Operation, message: String) -> Error {
    Error::new(ErrorKind::Other, message).with_operation(operation).with_effect(Effect::Unknown)
}

/// A count, of which AWS's models know only that it is an integer.
pub(crate) fn count<N: TryInto<u32>>(value: N) -> u32 {
    value.try_into().unwrap_or_default()
}

/// A number of a request, in the signed type of AWS's models.
///
/// What does not fit is far beyond every limit of AWS, which then refuses it in its own words.
pub(crate) fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// A request that lacks what the SDK requires; the types of `infra_core` do not let it happen.
pub(crate) fn unbuilt(operation: Operation) -> impl Fn(BuildError) -> Error {
    move |source| {
        Error::new(ErrorKind::InvalidInput, "the request is incomplete")
            .with_operation(operation)
            .with_source(source)
    }
}

/// A list for a request: an empty one is left out of it.
pub(crate) fn some_if_any<T>(values: Vec<T>) -> Option<Vec<T>> {
    (!values.is_empty()).then_some(values)
}
