//! How calls to AWS are made: limited in number, retried according to the retry table, and not started after
//! cancellation.

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::event::{Event, Events, Silent};
use super::plan::Address;
use super::retry::{Patience, Refusal, RetryTable, delay};
use crate::error::{Effect, Error, ErrorKind, OrAbsent, Result};
use crate::operation::Operation;

/// The options of a run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The maximum number of concurrent calls.
    pub parallelism: NonZeroUsize,
    /// After cancellation, no call is started; calls in progress finish.
    pub cancel: CancellationToken,
    /// The receiver of events.
    pub events: Arc<dyn Events>,
    /// The retry table, instead of the stack's own table.
    pub retry: Option<RetryTable>,
}

impl Default for RunOptions {
    /// Twenty concurrent calls: all reads of a foundation and its contents start together.
    fn default() -> Self {
        Self {
            parallelism: const { NonZeroUsize::new(20).expect("20 is not zero") },
            cancel: CancellationToken::new(),
            events: Arc::new(Silent),
            retry: None,
        }
    }
}

/// What this run did to a resource before the current call. It matters because of eventual consistency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    /// The run created the resource, or one that the call depends on.
    pub created: bool,
}

/// The state shared by all calls of a run.
#[derive(Debug)]
pub(super) struct Run<'a> {
    options: &'a RunOptions,
    retry: &'a RetryTable,
    permits: Semaphore,
}

impl<'a> Run<'a> {
    pub(super) fn new(options: &'a RunOptions, stack: &'a RetryTable) -> Self {
        let retry = options.retry.as_ref().unwrap_or(stack);
        Self { options, retry, permits: Semaphore::new(options.parallelism.get()) }
    }

    pub(super) fn options(&self) -> &'a RunOptions {
        self.options
    }
}

/// The calls for one resource in a run.
#[derive(Debug)]
pub struct Calls<'a> {
    run: &'a Run<'a>,
    address: &'a Address,
    fresh: Fresh,
    made: AtomicBool,
    /// The greatest [`Effect`] of the calls that change something.
    effect: AtomicU8,
}

impl<'a> Calls<'a> {
    pub(super) fn new(run: &'a Run<'a>, address: &'a Address, fresh: Fresh) -> Self {
        let (made, effect) = (AtomicBool::new(false), AtomicU8::new(Effect::None as u8));
        Self { run, address, fresh, made, effect }
    }

    /// Returns whether any call was started.
    pub(super) fn made_any(&self) -> bool {
        self.made.load(Ordering::Relaxed)
    }

    /// Returns the combined effect of all calls: a step that fails while it reads back its change has still made the
    /// change.
    pub(super) fn effect(&self) -> Effect {
        let effect = self.effect.load(Ordering::Relaxed);
        [Effect::None, Effect::Unknown]
            .into_iter()
            .find(|known| *known as u8 == effect)
            .unwrap_or(Effect::Done)
    }

    /// Makes a call, and retries it while a row of the retry table matches the error.
    ///
    /// Each row has its own time limit and backoff, so time spent on one kind of error does not count for another. The
    /// sum of all limits bounds the call.
    ///
    /// # Errors
    /// The call's error with the resource added; [`ErrorKind::Timeout`] if the time limit was reached;
    /// [`ErrorKind::Cancelled`] if the run was cancelled before the call or while it waited.
    pub async fn call<T, F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.call_as(operation, self.fresh, attempt).await
    }

    /// Reads a resource that this run has, or may have, just created, and retries while it is not found.
    ///
    /// # Errors
    /// As [`Calls::call`].
    pub async fn read_back<T, F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.call_as(operation, Fresh { created: true }, attempt).await
    }

    /// Makes a call that deletes a resource. A resource that does not exist counts as deleted.
    ///
    /// # Errors
    /// As [`Calls::call`], but not [`ErrorKind::NotFound`].
    pub async fn delete<F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let fresh = Fresh { created: false };
        self.call_as(operation, fresh, attempt).await.or_absent().map(|_| ())
    }

    /// Reads a resource that may not exist. [`ErrorKind::NotFound`] becomes `None` and is not retried.
    ///
    /// # Errors
    /// As [`Calls::call`], but not [`ErrorKind::NotFound`].
    pub async fn find<T, F>(
        &self,
        operation: Operation,
        attempt: impl Fn() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<T>>,
    {
        self.call_as(operation, Fresh { created: false }, attempt).await.or_absent()
    }

    /// Calls [`Calls::find`] if `wanted` is true, and otherwise returns `None` without a call. Useful for joining reads.
    ///
    /// # Errors
    /// As [`Calls::find`].
    pub async fn find_if<T, F>(
        &self,
        wanted: bool,
        operation: Operation,
        attempt: impl Fn() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<T>>,
    {
        if wanted { self.find(operation, attempt).await } else { Ok(None) }
    }

    /// Polls until `look`, which makes its own calls, returns a value: immediately, then with increasing delays. Events
    /// and errors of the wait name `operation`.
    ///
    /// # Errors
    /// Those of `look`; [`ErrorKind::Timeout`] after `limit`.
    pub async fn poll<T, F>(
        &self,
        operation: Operation,
        waiting_for: &str,
        limit: Duration,
        look: impl Fn() -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let begin = Instant::now();
        for attempt in 0.. {
            if let Some(value) = look().await? {
                return Ok(value);
            }
            let wait = Wait { operation, waiting_for, limit, attempt };
            self.pause(&wait, begin.elapsed()).await?;
        }
        unreachable!("the loop ends by its pause")
    }

    /// Polls until `look` returns a value: immediately, then with increasing delays.
    ///
    /// # Errors
    /// As [`Calls::call`]; [`ErrorKind::Timeout`] after `limit`.
    pub async fn until<T, F>(
        &self,
        operation: Operation,
        waiting_for: &str,
        limit: Duration,
        look: impl Fn() -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        self.poll(operation, waiting_for, limit, || self.call(operation, &look)).await
    }

    /// Polls until `look` no longer finds the resource.
    ///
    /// # Errors
    /// As [`Calls::until`].
    pub async fn until_absent<T, F>(
        &self,
        operation: Operation,
        limit: Duration,
        look: impl Fn() -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<T>>,
    {
        self.until(operation, "AWS to confirm the deletion", limit, || async {
            Ok(look().await.or_absent()?.is_none().then_some(()))
        })
        .await
    }

    async fn call_as<T, F>(
        &self,
        operation: Operation,
        fresh: Fresh,
        call: impl Fn() -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut patience = Patience::default();
        // Any of the attempts may have taken effect, not only the last one.
        let mut effect = Effect::None;
        let mut last = None;
        loop {
            let error = match self.once(operation, &call).await {
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) => error,
                None => return Err(self.stopped(operation, effect, last)),
            };
            // A read changes nothing, even if its answer is lost.
            effect = effect.max(if operation.changes() { error.effect() } else { Effect::None });
            let error = error
                .with_operation(operation)
                .for_resource(self.address.as_str())
                .with_effect(effect);
            let refusal = Refusal { operation, error: &error, fresh };
            let Some(row) = self.run.retry.row(&refusal).copied() else {
                return Err(error);
            };
            let (attempt, elapsed) = patience.refused_by(row.name);
            let wait = Wait { operation, waiting_for: row.waiting_for, limit: row.limit, attempt };
            if let Err(ended) = self.pause(&wait, elapsed).await {
                let ended = ended.with_effect(effect);
                // The row's hint applies once the wait has timed out.
                let timeout = ended.kind() == ErrorKind::Timeout;
                let ended = if timeout { ended.with_hint(row.hint) } else { ended };
                return Err(ended.with_source(error));
            }
            last = Some(error);
        }
    }

    /// Makes one request, within the limit of concurrent requests. Returns `None` if the run was cancelled before it
    /// started. A request in progress always finishes.
    async fn once<T, F>(&self, operation: Operation, call: impl Fn() -> F) -> Option<Result<T>>
    where
        F: Future<Output = Result<T>>,
    {
        let options = self.run.options;
        let permit = tokio::select! {
            biased;
            () = options.cancel.cancelled() => return None,
            permit = self.run.permits.acquire() => permit,
        };
        self.made.store(true, Ordering::Relaxed);
        options.events.emit(&Event::Call { address: self.address, operation });
        let result = call().await;
        drop(permit);
        if operation.changes() {
            let effect = result.as_ref().map_or_else(Error::effect, |_| Effect::Done);
            self.effect.fetch_max(effect as u8, Ordering::Relaxed);
        }
        Some(result)
    }

    /// Returns the error for a call that is not made, or not retried, because the run was cancelled.
    fn stopped(&self, operation: Operation, effect: Effect, last: Option<Error>) -> Error {
        let what = match (&last, self.made_any()) {
            (Some(_), _) => "the run was stopped before the call was made again",
            (None, true) => "the run was stopped before this call was made",
            (None, false) => "not started: the run was stopped",
        };
        let error = Error::new(ErrorKind::Cancelled, what)
            .with_operation(operation)
            .for_resource(self.address.as_str())
            .with_effect(effect);
        match last {
            Some(last) => error.with_source(last),
            None => error,
        }
    }

    /// Waits before the next attempt, unless the time limit is reached or the run is cancelled.
    async fn pause(&self, wait: &Wait<'_>, elapsed: Duration) -> Result<()> {
        let Wait { operation, waiting_for, limit, attempt } = *wait;
        let failed = |kind, what: String| {
            Error::new(kind, what).with_operation(operation).for_resource(self.address.as_str())
        };
        if elapsed >= limit {
            let what = format!("waited {} for {waiting_for}", plain(limit));
            return Err(failed(ErrorKind::Timeout, what));
        }
        let options = self.run.options;
        options.events.emit(&Event::Waiting {
            address: self.address,
            operation,
            reason: waiting_for,
            elapsed,
            limit,
        });
        let pause =
            delay(attempt, (self.address.as_str(), operation)).min(limit.saturating_sub(elapsed));
        tokio::select! {
            biased;
            () = options.cancel.cancelled() => {
                let what = format!("stopped while waiting for {waiting_for}");
                Err(failed(ErrorKind::Cancelled, what))
            }
            () = sleep(pause) => Ok(()),
        }
    }
}

#[derive(Clone, Copy)]
struct Wait<'a> {
    operation: Operation,
    waiting_for: &'a str,
    limit: Duration,
    attempt: u32,
}

/// Formats a time limit for people. All limits are whole minutes or seconds.
fn plain(duration: Duration) -> String {
    let unit =
        |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match duration.as_secs() {
        seconds if seconds > 0 && seconds % 60 == 0 => unit(seconds / 60, "minute"),
        seconds => unit(seconds, "second"),
    }
}
