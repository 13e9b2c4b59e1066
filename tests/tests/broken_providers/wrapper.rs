//! Providers with one broken method.

use std::cell::Cell;
use std::fmt;

use async_trait::async_trait;
use infra_core::error::{Effect, Error, ErrorKind, Result};
use infra_core::operation::Operation;
use infra_core::provider::Providers;

use super::faults::{Argument, Output};

/// The way in which a method is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The method fails for every input.
    Fails,
    /// The method does nothing and reports success or an empty result.
    DoesNothing,
    /// The method hides every error and reports success.
    SwallowsErrors,
    /// The method changes the kind of every error.
    WrongKind,
    /// The method reports that a refused request may have taken effect.
    ReportsUnknownEffect,
    /// The method returns a wrong result. The number selects the way in which the result is wrong.
    WrongResult(usize),
    /// The method uses a wrong argument. The number selects the argument and its wrong value.
    WrongArgument(usize),
}

/// The broken method, and the way in which it is broken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) operation: Operation,
    pub(super) kind: FaultKind,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.operation, self.kind)
    }
}

/// Providers with one broken method.
#[derive(Debug)]
pub(super) struct Broken {
    inner: Providers,
    fault: Fault,
}

impl Broken {
    pub(super) fn providers(inner: Providers, fault: Fault) -> Providers {
        let region = inner.region().clone();
        Providers::from_one(region, Self { inner, fault })
    }

    /// Returns how the method for an operation is broken, or `None` if the method is intact.
    fn kind(&self, operation: Operation) -> Option<FaultKind> {
        (self.fault.operation == operation).then_some(self.fault.kind)
    }
}

/// Converts the intact method's result to the result that the broken method returns.
fn with_fault<T: Output>(outcome: Result<T>, operation: Operation, kind: FaultKind) -> Result<T> {
    match (outcome, kind) {
        (Ok(value), FaultKind::WrongResult(way)) => Ok(value.with_fault(way)),
        (Err(error), FaultKind::SwallowsErrors) => T::nothing().ok_or(error),
        (Err(error), FaultKind::WrongKind) => {
            Err(Error::new(ErrorKind::Other, error.message()).with_operation(operation))
        }
        (Err(error), FaultKind::ReportsUnknownEffect) => Err(error.with_effect(Effect::Unknown)),
        (outcome, _) => outcome,
    }
}

macro_rules! broken {
    ($trait:path, $of:ident, $service:ident $title:literal: $(
        $kind:ident $operation:ident = $name:literal =>
            $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
    )+) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl $trait for Broken {
            $(async fn $method(&self, $($arg: $type),*) -> Result<$output> {
                let operation = infra_core::operation::$service::$operation;
                let Some(kind) = self.kind(operation) else {
                    return self.inner.$of().$method($($arg),*).await;
                };
                if kind == FaultKind::Fails {
                    let error = Error::new(ErrorKind::Other, "the method is broken");
                    return Err(error.with_operation(operation));
                }
                if kind == FaultKind::DoesNothing && let Some(nothing) = <$output>::nothing() {
                    return Ok(nothing);
                }
                let way = Cell::new(if let FaultKind::WrongArgument(way) = kind { Some(way) } else { None });
                $(let $arg = $arg.altered(&way);)*
                assert_eq!(way.take(), None, "`WAYS` counts every wrong argument");
                with_fault(self.inner.$of().$method($($arg),*).await, operation, kind)
            })+
        }
    };
}

infra_core::provider_methods!(broken);

/// Returns all faults of all methods.
pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    macro_rules! ways {
        ($trait:path, $of:ident, $service:ident $title:literal: $(
            $kind:ident $operation:ident = $name:literal =>
                $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
        )+) => {$({
            let nothing = <$output>::nothing().is_some();
            let arguments = 0 $(+ <$type as Argument>::WAYS)*;
            let without = [FaultKind::DoesNothing, FaultKind::SwallowsErrors].into_iter().filter(|_| nothing);
            let errors = [FaultKind::Fails, FaultKind::WrongKind, FaultKind::ReportsUnknownEffect];
            let ways = errors.into_iter().chain(without);
            let ways = ways.chain((0..<$output as Output>::WAYS).map(FaultKind::WrongResult));
            let ways = ways.chain((0..arguments).map(FaultKind::WrongArgument));
            faults.extend(ways.map(|kind| Fault { operation: infra_core::operation::$service::$operation, kind }));
        })+};
    }
    infra_core::provider_methods!(ways);
    faults
}
