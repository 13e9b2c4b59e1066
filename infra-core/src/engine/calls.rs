//! Calls to AWS, with cancellation, a concurrency limit and retries.

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

/// A concurrency limit that several runs can share. Clones share the same limit.
#[derive(Clone, Debug)]
pub struct CallLimit(Arc<Semaphore>);

impl CallLimit {
    /// Creates a limit of `parallelism` concurrent calls.
    pub fn new(parallelism: NonZeroUsize) -> Self {
        Self(Arc::new(Semaphore::new(parallelism.get().min(Semaphore::MAX_PERMITS))))
    }

    /// Makes a call as soon as the limit allows it. Calls start in the order in which they arrive.
    pub async fn within<T>(&self, call: impl Future<Output = T>) -> T {
        let _permit = self.0.acquire().await;
        call.await
    }
}

/// Options for the calls that a run makes.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The maximum number of concurrent calls. Ignored if `limit` is set.
    pub parallelism: NonZeroUsize,
    /// A limit to share with other runs, used instead of `parallelism`.
    pub limit: Option<CallLimit>,
    /// Cancels the run. Calls in progress finish, but no new call is started.
    pub cancel: CancellationToken,
    /// The receiver of events.
    pub events: Arc<dyn Events>,
    /// The retry table to use instead of the stack's.
    pub retry: Option<RetryTable>,
}

impl Default for RunOptions {
    /// Returns options that allow 20 concurrent calls, which is enough to start all reads of a
    /// foundation and its contents at the same time.
    fn default() -> Self {
        Self {
            parallelism: const { NonZeroUsize::new(20).expect("20 is not zero") },
            limit: None,
            cancel: CancellationToken::new(),
            events: Arc::new(Silent),
            retry: None,
        }
    }
}

/// What the run did before the current call. The retry table uses this history to decide whether
/// eventual consistency can explain an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    /// Whether the run created the resource that the call is for, or a resource that the call
    /// depends on.
    pub created: bool,
}

/// The options, the retry table and the limit that all calls in a run share.
#[derive(Debug)]
pub(super) struct Run<'a> {
    options: &'a RunOptions,
    retry: &'a RetryTable,
    limit: CallLimit,
}

impl<'a> Run<'a> {
    pub(super) fn new(options: &'a RunOptions, stack: &'a RetryTable) -> Self {
        let retry = options.retry.as_ref().unwrap_or(stack);
        let limit = options.limit.clone().unwrap_or_else(|| CallLimit::new(options.parallelism));
        Self { options, retry, limit }
    }

    pub(super) fn options(&self) -> &'a RunOptions {
        self.options
    }
}

/// Makes the calls for one resource within a run.
#[derive(Debug)]
pub struct Calls<'a> {
    run: &'a Run<'a>,
    address: &'a Address,
    fresh: Fresh,
    made: AtomicBool,
    /// The greatest [`Effect`] of the write calls made so far.
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

    /// Returns the combined effect of all calls. For example, if a write succeeded and a later read
    /// failed, the step has still changed something.
    pub(super) fn effect(&self) -> Effect {
        let effect = self.effect.load(Ordering::Relaxed);
        [Effect::None, Effect::Unknown]
            .into_iter()
            .find(|known| *known as u8 == effect)
            .unwrap_or(Effect::Done)
    }

    /// Makes a call and retries it according to the retry table.
    ///
    /// Each row in the table has its own time limit and backoff. If successive errors match
    /// different rows, each error is retried up to the full limit of its own row. The sum of these
    /// limits is the maximum time for which a call is retried.
    ///
    /// # Errors
    /// Returns the call's error, with the resource's address attached; [`ErrorKind::Timeout`] if a
    /// limit was reached; [`ErrorKind::Cancelled`] if the run was cancelled before the call or
    /// during a wait.
    pub async fn call<T, F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.call_as(operation, self.fresh, attempt).await
    }

    /// Reads a resource that this run has created, or may have created. Retries while the resource
    /// is not found.
    ///
    /// # Errors
    /// Returns the same errors as [`Calls::call`].
    pub async fn read_back<T, F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.call_as(operation, Fresh { created: true }, attempt).await
    }

    /// Makes a delete call. The call also succeeds if the resource no longer exists.
    ///
    /// # Errors
    /// Returns the same errors as [`Calls::call`], except [`ErrorKind::NotFound`].
    pub async fn delete<F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let fresh = Fresh { created: false };
        self.call_as(operation, fresh, attempt).await.or_absent().map(|_| ())
    }

    /// Reads a resource that may be absent. If the error is [`ErrorKind::NotFound`], returns `None`
    /// without retrying.
    ///
    /// # Errors
    /// Returns the same errors as [`Calls::call`], except [`ErrorKind::NotFound`].
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

    /// If `wanted` is true, calls [`Calls::find`]. Otherwise, returns `None` without making a call.
    /// This method is convenient when several reads run concurrently and only some of them are
    /// needed.
    ///
    /// # Errors
    /// Returns the same errors as [`Calls::find`].
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

    /// Calls `look` immediately and then at increasing intervals until `look` returns a value.
    /// `look` makes its own calls; `operation` is used only in events and errors that describe the
    /// wait.
    ///
    /// # Errors
    /// Returns any error from `look`, or [`ErrorKind::Timeout`] after `limit`.
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
        let start = Instant::now();
        for attempt in 0.. {
            if let Some(value) = look().await? {
                return Ok(value);
            }
            let wait = Wait { operation, waiting_for, limit, attempt };
            self.pause(&wait, start.elapsed()).await?;
        }
        unreachable!("`pause` fails once the time limit is reached")
    }

    /// Makes the call `look` immediately, and then repeats it at increasing intervals until it
    /// returns a value.
    ///
    /// # Errors
    /// Returns the same errors as [`Calls::call`], and [`ErrorKind::Timeout`] after `limit`.
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
    /// Returns the same errors as [`Calls::until`].
    pub async fn until_absent<T, F>(
        &self,
        operation: Operation,
        limit: Duration,
        look: impl Fn() -> F,
    ) -> Result<()>
    where
        F: Future<Output = Result<T>>,
    {
        self.until(operation, "the deletion to become visible", limit, || async {
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
        // Combine the effects of all attempts, because the last error describes only the last
        // attempt.
        let mut effect = Effect::None;
        let mut last = None;
        loop {
            let error = match self.once(operation, &call).await {
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) => error,
                None => return Err(self.stopped(operation, effect, last)),
            };
            // A read changes nothing, even if its response is lost.
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
                // The row's hint applies only if the time limit was reached.
                let timeout = ended.kind() == ErrorKind::Timeout;
                let ended = if timeout { ended.with_hint(row.hint) } else { ended };
                return Err(ended.with_source(error));
            }
            last = Some(error);
        }
    }

    /// Makes one request within the concurrency limit. Returns `None` if the run was cancelled
    /// before the request started. Once started, a request always finishes.
    async fn once<T, F>(&self, operation: Operation, call: impl Fn() -> F) -> Option<Result<T>>
    where
        F: Future<Output = Result<T>>,
    {
        let options = self.run.options;
        let permit = tokio::select! {
            biased;
            () = options.cancel.cancelled() => return None,
            permit = self.run.limit.0.acquire() => permit,
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

    /// Returns the error for a call that was not made, or not retried, because the run was
    /// cancelled.
    fn stopped(&self, operation: Operation, effect: Effect, last: Option<Error>) -> Error {
        let what = match (&last, self.made_any()) {
            (Some(_), _) => "cancelled before the call was retried",
            (None, true) => "cancelled before this call was made",
            (None, false) => "not attempted: the run was cancelled",
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

    /// Waits before the next attempt, unless the limit is reached or the run is cancelled.
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
                let what = format!("cancelled while waiting for {waiting_for}");
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

/// Formats a time limit in whole minutes if possible, and otherwise in seconds.
fn plain(duration: Duration) -> String {
    let unit =
        |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match duration.as_secs() {
        seconds if seconds > 0 && seconds % 60 == 0 => unit(seconds / 60, "minute"),
        seconds => unit(seconds, "second"),
    }
}
