//! The way every call to AWS takes: cancelled before it starts, bounded in number, waited for by the table.

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

/// How a run goes about its calls.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How many calls are under way at once, at most.
    pub parallelism: NonZeroUsize,
    /// Once cancelled, no call is begun; those under way end.
    pub cancel: CancellationToken,
    /// Who is told what happens.
    pub events: Arc<dyn Events>,
    /// Which refusals are waited out, in place of the stack's own table.
    pub retry: Option<RetryTable>,
}

impl Default for RunOptions {
    /// Twenty calls at once: every read of a foundation with all its contents starts together.
    fn default() -> Self {
        Self {
            parallelism: const { NonZeroUsize::new(20).expect("20 is not zero") },
            cancel: CancellationToken::new(),
            events: Arc::new(Silent),
            retry: None,
        }
    }
}

/// What this run did to a resource before the call at hand; eventual consistency makes it matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    /// It made the resource, or one that the call depends on.
    pub created: bool,
}

/// What all calls of one run share.
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

/// The calls for one resource, within one run.
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

    /// Whether any call was begun.
    pub(super) fn made_any(&self) -> bool {
        self.made.load(Ordering::Relaxed)
    }

    /// What all calls together have changed: a step that fails while it reads back what it has made has
    /// made it all the same.
    pub(super) fn effect(&self) -> Effect {
        let effect = self.effect.load(Ordering::Relaxed);
        [Effect::None, Effect::Unknown]
            .into_iter()
            .find(|known| *known as u8 == effect)
            .unwrap_or(Effect::Done)
    }

    /// Makes a call, again while the table says that the refusal passes.
    ///
    /// Each row of the table has a bound and a backoff of its own, so that a refusal which follows another is
    /// not given up on because of the first. All bounds together bound the call.
    ///
    /// # Errors
    /// The call's error with the resource added; [`ErrorKind::Timeout`] where the wait reached its bound;
    /// [`ErrorKind::Cancelled`] where the run was cancelled before the call or while it waited.
    pub async fn call<T, F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.call_as(operation, self.fresh, attempt).await
    }

    /// Reads back what this run has, or may have, just made: not finding it is waited out.
    ///
    /// # Errors
    /// As [`Calls::call`].
    pub async fn read_back<T, F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.call_as(operation, Fresh { created: true }, attempt).await
    }

    /// Makes a call that deletes: what is already gone is deleted.
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

    /// Reads what may be absent: [`ErrorKind::NotFound`] is `None` and is not waited out.
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

    /// [`Calls::find`] where `wanted` holds; `None` without a call elsewhere. Several of these can be joined.
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

    /// Polls until `look`, which makes its own calls, gives a value: at once, then less and less often. Events and
    /// errors of the wait name `operation`.
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

    /// Polls until `look` gives a value: at once, then less and less often.
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

    /// Polls until `look` does not find the resource any more.
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
        // Whether any of the attempts may have taken effect; the last one alone does not tell.
        let mut effect = Effect::None;
        let mut last = None;
        loop {
            let error = match self.once(operation, &call).await {
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) => error,
                None => return Err(self.stopped(operation, effect, last)),
            };
            // A read changes nothing, even where its answer is lost.
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
                // The row's hint is for those who have waited in vain.
                let timeout = ended.kind() == ErrorKind::Timeout;
                let ended = if timeout { ended.with_hint(row.hint) } else { ended };
                return Err(ended.with_source(error));
            }
            last = Some(error);
        }
    }

    /// One request, within the bound on requests under way; `None` where the run was cancelled before it. A
    /// request that has begun is let end.
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

    /// The error for a call that is not made, or not made again, because the run was cancelled.
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

    /// Waits before the next attempt, unless the bound is reached or the run cancelled.
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

/// A bound as people say it; all bounds are whole minutes or seconds.
fn plain(duration: Duration) -> String {
    let unit =
        |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match duration.as_secs() {
        seconds if seconds > 0 && seconds % 60 == 0 => unit(seconds / 60, "minute"),
        seconds => unit(seconds, "second"),
    }
}
