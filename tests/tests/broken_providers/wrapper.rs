//! Providers of which one method is broken.

use std::cell::Cell;
use std::fmt;

use async_trait::async_trait;
use infra_core::error::{Effect, Error, ErrorKind, Result};
use infra_core::operation::Operation;
use infra_core::provider::Providers;

use super::faults::{Argument, Output};

/// In which way a method is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It fails, whatever it is asked.
    Fails,
    /// It does nothing, and says that it has, or gives nothing.
    DoesNothing,
    /// It takes every refusal for success.
    SwallowsErrors,
    /// It gives refusals another kind.
    WrongKind,
    /// It says of refusals that the request may have taken effect.
    SaysItMayHaveActed,
    /// It gives something else than it was given: in the nth way that there is for such a value.
    Spoils(usize),
    /// It takes something else than it was asked for: in the nth way that there is for such arguments.
    Mistakes(usize),
}

/// Which method is broken, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) operation: Operation,
    pub(super) how: How,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.operation, self.how)
    }
}

/// Providers of which one method is broken.
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

    /// How the method for an operation is broken, if it is that one.
    fn how(&self, operation: Operation) -> Option<How> {
        (self.fault.operation == operation).then_some(self.fault.how)
    }
}

/// What a broken method makes of what the sound one gave.
fn with_fault<T: Output>(outcome: Result<T>, operation: Operation, how: How) -> Result<T> {
    match (outcome, how) {
        (Ok(value), How::Spoils(way)) => Ok(value.with_fault(way)),
        (Err(error), How::SwallowsErrors) => T::nothing().ok_or(error),
        (Err(error), How::WrongKind) => {
            Err(Error::new(ErrorKind::Other, error.message()).with_operation(operation))
        }
        (Err(error), How::SaysItMayHaveActed) => Err(error.with_effect(Effect::Unknown)),
        (outcome, _) => outcome,
    }
}

macro_rules! broken {
    ($trait:path, $of:ident: $(
        $operation:expr => $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
    )+) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl $trait for Broken {
            $(async fn $method(&self, $($arg: $type),*) -> Result<$output> {
                let operation = $operation;
                let Some(how) = self.how(operation) else {
                    return self.inner.$of().$method($($arg),*).await;
                };
                if how == How::Fails {
                    let error = Error::new(ErrorKind::Other, "it is broken");
                    return Err(error.with_operation(operation));
                }
                if how == How::DoesNothing && let Some(nothing) = <$output>::nothing() {
                    return Ok(nothing);
                }
                let way = Cell::new(if let How::Mistakes(way) = how { Some(way) } else { None });
                $(let $arg = $arg.mistaken(&way);)*
                assert_eq!(way.take(), None, "there are so many ways to mistake what it takes");
                with_fault(self.inner.$of().$method($($arg),*).await, operation, how)
            })+
        }
    };
}

infra_core::provider_methods!(broken);

/// Every way in which each method can be broken.
pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    macro_rules! ways {
        ($trait:path, $of:ident: $(
            $operation:expr => $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
        )+) => {$({
            let nothing = <$output>::nothing().is_some();
            let arguments = 0 $(+ <$type as Argument>::WAYS)*;
            let without = [How::DoesNothing, How::SwallowsErrors].into_iter().filter(|_| nothing);
            let errors = [How::Fails, How::WrongKind, How::SaysItMayHaveActed];
            let ways = errors.into_iter().chain(without);
            let ways = ways.chain((0..<$output as Output>::WAYS).map(How::Spoils));
            let ways = ways.chain((0..arguments).map(How::Mistakes));
            faults.extend(ways.map(|how| Fault { operation: $operation, how }));
        })+};
    }
    infra_core::provider_methods!(ways);
    faults
}
