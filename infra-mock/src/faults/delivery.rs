//! The way of a call to the mock and of its answer back, the same for every access path.

use std::time::Duration;

use serde_json::Value;

use crate::api::{ApiError, ApiResult, OperationId};
use crate::mock::MockAws;

use super::{Delivery, Outcome};

/// Why no answer of the operation itself comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The service's front end answered in its place.
    Refused(ApiError),
    /// The connection broke.
    Lost,
}

impl Stopped {
    /// What the caller gets in place of an answer.
    pub(crate) fn into_answer<T>(self) -> Option<ApiResult<T>> {
        match self {
            Self::Refused(error) => Some(Err(error)),
            Self::Lost => None,
        }
    }
}

impl MockAws {
    /// Takes a call to the mock. One that arrives is to be carried out with the delivery that this gives, and
    /// its answer taken back by [`bring_back`](Self::bring_back).
    pub(crate) async fn bring(
        &self,
        call: OperationId,
        request: impl FnOnce() -> Value,
    ) -> Result<Delivery, Stopped> {
        self.bring_with(self.delivery(call), call, request).await
    }

    /// The same with a delivery that is already known.
    pub(crate) async fn bring_with(
        &self,
        delivery: Delivery,
        call: OperationId,
        request: impl FnOnce() -> Value,
    ) -> Result<Delivery, Stopped> {
        take(delivery.delay / 2).await;
        let (code, stopped) = match &delivery.outcome {
            Outcome::Answered
            | Outcome::Failed(_)
            | Outcome::Cut { took_effect: true }
            | Outcome::Hung { took_effect: true } => return Ok(delivery),
            Outcome::Refused(_, error) => {
                (Some(&error.code), Some(Stopped::Refused(error.clone())))
            }
            Outcome::Cut { took_effect: false } => (None, Some(Stopped::Lost)),
            Outcome::Hung { took_effect: false } => (None, None),
        };
        self.record_stopped(call, request(), code.map(ToString::to_string), delivery.fault());
        match stopped {
            None => {
                self.hang().await;
                Ok(Delivery { outcome: Outcome::Answered, ..delivery })
            }
            Some(stopped) => {
                // What broke on the way there is not waited for on the way back.
                if stopped != Stopped::Lost {
                    take(delivery.delay / 2).await;
                }
                Err(stopped)
            }
        }
    }

    /// Takes an answer back to the caller.
    pub(crate) async fn bring_back(&self, delivery: Delivery) -> Result<(), Stopped> {
        let Delivery { outcome, delay, stale: _ } = delivery;
        if matches!(outcome, Outcome::Hung { .. }) {
            self.hang().await;
        }
        take(delay / 2).await;
        match outcome {
            Outcome::Failed(error) => Err(Stopped::Refused(error)),
            Outcome::Cut { .. } => Err(Stopped::Lost),
            Outcome::Answered | Outcome::Refused(..) | Outcome::Hung { .. } => Ok(()),
        }
    }

    /// Waits until somebody lets go.
    async fn hang(&self) {
        let released = self.released();
        let mut released = std::pin::pin!(released);
        // Whoever hears of this call may let go at once, so the waiting begins before it is told.
        released.as_mut().enable();
        self.count_hung();
        released.await;
    }
}

async fn take(time: Duration) {
    // Calls without a delay need no runtime with a clock.
    if time > Duration::ZERO {
        tokio::time::sleep(time).await;
    }
}
