//! Delivers requests to the mock and responses to the caller, and injects faults on the way.

use std::time::Duration;

use crate::api::{ApiError, ApiResult, OperationId};
use crate::mock::MockAws;

use super::{Delivery, Outcome};

/// The reason why the operation's own response does not reach the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// The service returned this error instead of the operation's response.
    Refused(ApiError),
    /// The connection broke.
    Lost,
}

impl Stopped {
    /// Returns the error that the caller receives instead of the response, or `None` if the
    /// connection broke.
    pub(crate) fn into_answer<T>(self) -> Option<ApiResult<T>> {
        match self {
            Self::Refused(error) => Some(Err(error)),
            Self::Lost => None,
        }
    }
}

impl MockAws {
    /// Delivers a request to the mock. If no fault stops the request, the caller executes the
    /// operation with the returned delivery and then calls
    /// [`deliver_response`](Self::deliver_response).
    pub(crate) async fn deliver_request(
        &self,
        delivery: Delivery,
        call: OperationId,
        request: &(dyn Fn() -> String + Sync),
    ) -> Result<Delivery, Stopped> {
        sleep(delivery.delay / 2).await;
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
                // If the connection is lost, there is no response to wait for.
                if stopped != Stopped::Lost {
                    sleep(delivery.delay / 2).await;
                }
                Err(stopped)
            }
        }
    }

    /// Delivers a response to the caller, unless a fault prevents this.
    pub(crate) async fn deliver_response(&self, delivery: Delivery) -> Result<(), Stopped> {
        let Delivery { outcome, delay, stale: _ } = delivery;
        if matches!(outcome, Outcome::Hung { .. }) {
            self.hang().await;
        }
        sleep(delay / 2).await;
        match outcome {
            Outcome::Failed(error) => Err(Stopped::Refused(error)),
            Outcome::Cut { .. } => Err(Stopped::Lost),
            Outcome::Answered | Outcome::Refused(..) | Outcome::Hung { .. } => Ok(()),
        }
    }

    /// Waits until [`release_hung`](Self::release_hung) is called.
    async fn hang(&self) {
        let released = self.released();
        let mut released = std::pin::pin!(released);
        // A test may release this call as soon as `count_hung` reports it, so start waiting first.
        released.as_mut().enable();
        self.count_hung();
        released.await;
    }
}

async fn sleep(time: Duration) {
    // Calls without a delay must also work in a tokio runtime without a timer.
    if time > Duration::ZERO {
        tokio::time::sleep(time).await;
    }
}
