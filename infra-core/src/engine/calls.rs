//! The way every call to AWS takes: cancelled before it starts, bounded in number, waited for by the table.

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::event::{Event, Events, Silent};
use super::plan::Address;
use super::retry::{Refusal, RetryTable, delay};
use crate::error::{Error, ErrorKind, OrAbsent, Result};
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
    /// Which refusals are waited out.
    pub retry: RetryTable,
}

impl Default for RunOptions {
    /// Twenty calls at once: every read of a foundation with all its contents starts together.
    fn default() -> Self {
        Self {
            parallelism: const { NonZeroUsize::new(20).expect("20 is not zero") },
            cancel: CancellationToken::new(),
            events: Arc::new(Silent),
            retry: RetryTable::default(),
        }
    }
}

/// What this run did to a resource before the call at hand; eventual consistency makes it matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fresh {
    /// It made the resource, or one that the call depends on.
    pub created: bool,
    /// It removed something from the resource.
    pub removed: bool,
}

/// What all calls of one run share.
#[derive(Debug)]
pub(super) struct Run<'a> {
    options: &'a RunOptions,
    permits: Semaphore,
}

impl<'a> Run<'a> {
    pub(super) fn new(options: &'a RunOptions) -> Self {
        Self { options, permits: Semaphore::new(options.parallelism.get()) }
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
}

impl<'a> Calls<'a> {
    pub(super) fn new(run: &'a Run<'a>, address: &'a Address, fresh: Fresh) -> Self {
        Self { run, address, fresh, made: AtomicBool::new(false) }
    }

    /// Whether any call was begun.
    pub(super) fn made_any(&self) -> bool {
        self.made.load(Ordering::Relaxed)
    }

    /// Makes a call, again while the table says that the refusal passes.
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
        self.call_as(operation, Fresh { created: true, ..self.fresh }, attempt).await
    }

    /// Makes a call that deletes: what is already gone is deleted.
    ///
    /// # Errors
    /// As [`Calls::call`], but not [`ErrorKind::NotFound`].
    pub async fn delete<F>(&self, operation: Operation, attempt: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let fresh = Fresh { created: false, ..self.fresh };
        self.call_as(operation, fresh, attempt).await.or_absent().map(|_| ())
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
        let begin = Instant::now();
        for attempt in 0.. {
            if let Some(value) = self.call(operation, &look).await? {
                return Ok(value);
            }
            let wait = Wait { operation, waiting_for, limit, attempt };
            self.pause(&wait, begin.elapsed(), None).await?;
        }
        unreachable!("the loop ends by its pause")
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
        self.until(operation, "AWS to see that it is gone", limit, || async {
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
        let begin = Instant::now();
        for attempt in 0.. {
            let error = match self.once(operation, &call).await {
                Ok(value) => return Ok(value),
                Err(error) => error.with_operation(operation).for_resource(self.address.as_str()),
            };
            let refusal = Refusal { operation, error: &error, fresh };
            let Some(row) = self.run.options.retry.row(&refusal).copied() else {
                return Err(error);
            };
            let wait = Wait { operation, waiting_for: row.waiting_for, limit: row.limit, attempt };
            self.pause(&wait, begin.elapsed(), Some((error, row.hint))).await?;
        }
        unreachable!("the loop ends by its pause")
    }

    /// One request, within the bound on requests under way. A request that has begun is let end.
    async fn once<T, F>(&self, operation: Operation, call: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let options = self.run.options;
        let cancelled = || {
            Error::new(ErrorKind::Cancelled, "not tried, the run was stopped")
                .with_operation(operation)
        };
        let permit = tokio::select! {
            biased;
            () = options.cancel.cancelled() => return Err(cancelled()),
            permit = self.run.permits.acquire() => permit,
        };
        self.made.store(true, Ordering::Relaxed);
        options.events.emit(&Event::Call { address: self.address, operation });
        let result = call().await;
        drop(permit);
        result
    }

    /// Waits before the next attempt, unless the bound is reached or the run cancelled.
    async fn pause(
        &self,
        wait: &Wait<'_>,
        elapsed: Duration,
        last: Option<(Error, &str)>,
    ) -> Result<()> {
        let Wait { operation, waiting_for, limit, attempt } = *wait;
        let failed = |kind, what: String| {
            let error = Error::new(kind, what)
                .with_operation(operation)
                .for_resource(self.address.as_str());
            match last {
                Some((last, hint)) if kind == ErrorKind::Timeout => {
                    error.with_hint(hint).with_source(last)
                }
                Some((last, _)) => error.with_source(last),
                None => error,
            }
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Calls, Fresh, Run, RunOptions};
    use crate::engine::Address;
    use crate::error::{Error, ErrorKind, Result};
    use crate::operation::{ecr, ecs, iam};

    fn principal_not_found() -> Error {
        Error::from_aws(
            ecr::SET_REPOSITORY_POLICY,
            "InvalidParameterException",
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
            Some(400),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_reaches_its_bound_says_what_for_how_long_and_what_to_do() {
        let options = RunOptions::default();
        let (run, address) = (Run::new(&options), Address::new("ecr_repository_policy", "app"));
        let calls = Calls::new(&run, &address, Fresh::default());
        let begin = Instant::now();
        let error = calls
            .call(ecr::SET_REPOSITORY_POLICY, || async { Err::<(), _>(principal_not_found()) })
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(
            error.to_string(),
            "ecr:SetRepositoryPolicy for ecr_repository_policy.app: waited 2 minutes for IAM to make the \
             role known to ECR"
        );
        assert!(error.hint().unwrap().contains("principal"));
        assert!(
            std::error::Error::source(&error).unwrap().to_string().contains("Principal not found")
        );
        assert_eq!(begin.elapsed().as_secs(), 120);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_passes_costs_no_more_than_its_backoff() {
        let options = RunOptions::default();
        let (run, address) = (Run::new(&options), Address::new("ecr_repository_policy", "app"));
        let calls = Calls::new(&run, &address, Fresh::default());
        let tries = AtomicU32::new(0);
        let begin = Instant::now();
        calls
            .call(ecr::SET_REPOSITORY_POLICY, || async {
                if tries.fetch_add(1, Ordering::Relaxed) < 3 {
                    return Err(principal_not_found());
                }
                Ok(())
            })
            .await
            .unwrap();
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn after_cancelling_no_call_is_begun_and_a_wait_ends() {
        let options = RunOptions::default();
        let (run, address) = (Run::new(&options), Address::new("ecs_cluster", "main"));
        let calls = Calls::new(&run, &address, Fresh::default());
        let cancel = options.cancel.clone();
        let stopper = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            cancel.cancel();
        };
        let waiting = calls
            .call(ecr::SET_REPOSITORY_POLICY, || async { Err::<(), _>(principal_not_found()) });
        let (result, ()) = tokio::join!(waiting, stopper);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);

        let tried = AtomicU32::new(0);
        let result: Result<()> = calls
            .call(ecs::CREATE_CLUSTER, || async {
                tried.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(tried.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn deleting_what_is_gone_succeeds_at_once() {
        let options = RunOptions::default();
        let (run, address) = (Run::new(&options), Address::new("iam_role", "x"));
        let calls = Calls::new(&run, &address, Fresh { created: true, removed: true });
        let begin = Instant::now();
        calls
            .delete(iam::DELETE_ROLE, || async {
                Err(Error::from_aws(iam::DELETE_ROLE, "NoSuchEntity", "gone", Some(404)))
            })
            .await
            .unwrap();
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }
}
