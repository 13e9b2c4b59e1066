//! Providers that inject faults: delayed calls, refused calls and lost responses.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::operation::Operation;
use infra_core::provider::Providers;

/// A fault to inject into one call.
pub enum Fault {
    /// The given function changes the world immediately before the call.
    Before(Box<dyn FnOnce() + Send>),
    /// AWS refuses the call with this code and message; the call has no effect.
    Refuse(&'static str, &'static str),
    /// The call takes effect, but its response is lost.
    LoseAnswer,
    /// The call takes effect, its response is lost, and the SDK retries the call.
    Retry,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(_) => f.write_str("Before(..)"),
            Self::Refuse(code, _) => write!(f, "Refuse({code})"),
            Self::LoseAnswer => f.write_str("LoseAnswer"),
            Self::Retry => f.write_str("Retry"),
        }
    }
}

/// A connection that breaks permanently.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// The number of writes that still succeed before the connection breaks.
    left: usize,
    /// Whether the write during which the connection breaks still takes effect.
    takes_effect: bool,
}

/// The faults to inject. Clones share their faults, so a test can add faults during a run.
#[derive(Clone, Debug, Default)]
pub struct Script(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    delay: Duration,
    faults: BTreeMap<Operation, VecDeque<Fault>>,
    cut: Option<Cut>,
}

impl Script {
    /// Creates a script without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Delays every call.
    pub fn delayed(self, delay: Duration) -> Self {
        self.with(|lines| lines.delay = delay);
        self
    }

    /// Queues a fault for the operation. Each call to the operation consumes one fault.
    pub fn fault(self, operation: Operation, fault: Fault) -> Self {
        self.with(|lines| lines.faults.entry(operation).or_default().push_back(fault));
        self
    }

    /// Breaks the connection permanently after `after` writes.
    ///
    /// If `takes_effect` is set, the next write still takes effect but its response is lost, as if
    /// the process were killed while waiting for the response.
    pub fn cut(self, after: usize, takes_effect: bool) -> Self {
        self.with(|lines| lines.cut = Some(Cut { left: after, takes_effect }));
        self
    }

    /// Returns whether every fault has been injected.
    pub fn is_done(&self) -> bool {
        self.with(|lines| lines.faults.values().all(VecDeque::is_empty))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Lines) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns whether the call reaches AWS, and whether its response arrives.
    fn connection(&self, operation: Operation) -> (bool, bool) {
        self.with(|lines| match &mut lines.cut {
            None => (true, true),
            Some(cut) if cut.left > 0 => {
                cut.left -= usize::from(operation.changes());
                (true, true)
            }
            // The connection breaks during the next write. Reads before that write still succeed.
            Some(cut) if cut.takes_effect && !operation.changes() => (true, true),
            Some(cut) => (std::mem::take(&mut cut.takes_effect), false),
        })
    }

    async fn through<T, F>(&self, operation: Operation, call: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let lost = || {
            Error::new(ErrorKind::Connection, "connection reset by peer").with_operation(operation)
        };
        let delay = self.with(|lines| lines.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let (arrives, answers) = self.connection(operation);
        if !arrives {
            return Err(lost());
        }
        let fault = self.with(|lines| lines.faults.get_mut(&operation)?.pop_front());
        let result = match fault {
            None => call().await,
            Some(Fault::Before(act)) => {
                act();
                call().await
            }
            Some(Fault::Refuse(code, message)) => {
                Err(Error::from_aws(operation, code, message, Some(400)))
            }
            Some(Fault::LoseAnswer) => {
                call().await?;
                Err(lost())
            }
            Some(Fault::Retry) => {
                call().await?;
                call().await
            }
        };
        if answers { result } else { Err(lost()) }
    }
}

/// Providers that inject the faults of a [`Script`].
#[derive(Debug)]
pub struct Faulty {
    inner: Providers,
    script: Script,
}

impl Faulty {
    /// Wraps `inner` in a provider that injects the script's faults into calls to `inner`.
    pub fn providers(inner: Providers, script: &Script) -> Providers {
        let region = inner.region().clone();
        Providers::from_one(region, Self { inner, script: script.clone() })
    }
}

macro_rules! faulty {
    ($trait:path, $of:ident, $service:ident $title:literal: $(
        $kind:ident $operation:ident = $name:literal =>
            $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
    )+) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl $trait for Faulty {
            $(async fn $method(&self, $($arg: $type),*) -> Result<$output> {
                self.script.through(infra_core::operation::$service::$operation, || self.inner.$of().$method($($arg),*)).await
            })+
        }
    };
}

infra_core::provider_methods!(faulty);
