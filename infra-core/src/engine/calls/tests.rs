//! Tests for the retries, limits and cancellation of single calls, in virtual time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Calls, Fresh, Run, RunOptions};
use crate::engine::Address;
use crate::error::{Effect, Error, ErrorKind, Result};
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
async fn timeout_names_the_reason_the_duration_and_the_fix() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecr_repository_policy", "app"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let start = Instant::now();
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
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("Principal not found"));
    assert_eq!(start.elapsed().as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn temporary_error_costs_no_more_than_its_backoff() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecr_repository_policy", "app"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let tries = AtomicU32::new(0);
    let start = Instant::now();
    calls
        .call(ecr::SET_REPOSITORY_POLICY, || async {
            if tries.fetch_add(1, Ordering::Relaxed) < 3 {
                return Err(principal_not_found());
            }
            Ok(())
        })
        .await
        .unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn cancellation_prevents_calls_and_ends_waits() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecs_cluster", "main"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let cancel = options.cancel.clone();
    let stopper = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        cancel.cancel();
    };
    let waiting =
        calls.call(ecr::SET_REPOSITORY_POLICY, || async { Err::<(), _>(principal_not_found()) });
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

fn service_linked_role() -> Error {
    let words = "Unable to assume the service linked role.";
    Error::from_aws(ecs::CREATE_CLUSTER, "InvalidParameterException", words, Some(400))
}

fn not_active() -> Error {
    let words = "Cluster was not ACTIVE.";
    Error::from_aws(ecs::CREATE_CLUSTER, "ClientException", words, Some(400))
}

#[tokio::test(start_paused = true)]
async fn second_error_of_another_row_has_its_own_limit_and_backoff() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecs_cluster", "main"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let start = Instant::now();
    // The call fails with the first error for 110 s and then with the second error for 30 s. Each
    // of these periods is shorter than the limit for its error.
    let until = |seconds| start + Duration::from_secs(seconds);
    let tries = AtomicU32::new(0);
    calls
        .call(ecs::CREATE_CLUSTER, || async {
            let now = Instant::now();
            if now < until(110) {
                return Err(not_active());
            }
            tries.fetch_add(1, Ordering::Relaxed);
            if now < until(140) { Err(service_linked_role()) } else { Ok(()) }
        })
        .await
        .unwrap();
    assert!(start.elapsed() < Duration::from_secs(146), "{:?}", start.elapsed());
    // After the second error first occurs, the delays are 0.25 s, 0.5 s, 1 s, 2 s, 4 s, and from
    // then on 5 s, each reduced by up to a quarter. If the second error did not restart the
    // backoff, there would be only about seven attempts in the last 30 s.
    assert!(tries.load(Ordering::Relaxed) >= 10, "{tries:?}");
}

#[tokio::test(start_paused = true)]
async fn endlessly_alternating_errors_end_in_a_timeout() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecs_cluster", "main"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let tries = AtomicU32::new(0);
    let start = Instant::now();
    let error = calls
        .call(ecs::CREATE_CLUSTER, || async {
            if tries.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                return Err::<(), _>(not_active());
            }
            Err(service_linked_role())
        })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() <= Duration::from_mins(12), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn timeout_after_a_lost_response_has_an_unknown_effect() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecs_cluster", "main"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let tries = AtomicU32::new(0);
    // The response to the first attempt is lost.
    let refuse = || async {
        let first = tries.fetch_add(1, Ordering::Relaxed) == 0;
        let effect = if first { Effect::Unknown } else { Effect::None };
        Err::<(), _>(not_active().with_effect(effect).with_request_id(Some("r-1")))
    };
    let error = calls.call(ecs::CREATE_CLUSTER, refuse).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
    let answer = error.answer().unwrap();
    assert_eq!((answer.code(), answer.request_id()), (Some("ClientException"), Some("r-1")));
    assert_eq!(calls.effect(), Effect::Unknown);

    tries.store(0, Ordering::Relaxed);
    let cancel = options.cancel.clone();
    let stopper = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        cancel.cancel();
    };
    let (result, ()) = tokio::join!(calls.call(ecs::CREATE_CLUSTER, refuse), stopper);
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Unknown));
    assert_eq!(error.answer().unwrap().code(), Some("ClientException"));
}

#[tokio::test(start_paused = true)]
async fn error_after_a_lost_response_has_an_unknown_effect() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecs_cluster", "main"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let tries = AtomicU32::new(0);
    let error = calls
        .call(ecs::CREATE_CLUSTER, || async {
            if tries.fetch_add(1, Ordering::Relaxed) == 0 {
                return Err::<(), _>(not_active().with_effect(Effect::Unknown));
            }
            Err(Error::from_aws(ecs::CREATE_CLUSTER, "AccessDeniedException", "no", Some(400)))
        })
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::AccessDenied, Effect::Unknown));
}

#[tokio::test(start_paused = true)]
async fn read_with_a_lost_response_has_no_effect() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("ecs_cluster", "main"));
    let calls = Calls::new(&run, &address, Fresh::default());
    let lost = || async { Err::<(), _>(Error::new(ErrorKind::Connection, "lost")) };
    let error = calls.call(ecs::DESCRIBE_CLUSTERS, lost).await.unwrap_err();
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(calls.effect(), Effect::None);
}

#[tokio::test(start_paused = true)]
async fn call_queued_at_cancellation_keeps_its_earlier_error() {
    let table = crate::foundation::retry_table();
    let options = RunOptions { parallelism: 1.try_into().unwrap(), ..RunOptions::default() };
    let (run, address) = (Run::new(&options, &table), Address::new("ecs_cluster", "main"));
    let (calls, other) =
        (Calls::new(&run, &address, Fresh::default()), Address::new("iam_role", "x"));
    let busy = Calls::new(&run, &other, Fresh::default());
    let refused = calls.call(ecs::CREATE_CLUSTER, || async { Err::<(), _>(not_active()) });
    // This call takes the only permit while the first call waits to be retried, and still holds it
    // when the run is cancelled.
    let holds = busy.call(iam::CREATE_ROLE, || async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(())
    });
    let stopper = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        options.cancel.cancel();
    };
    let (result, held, ()) = tokio::join!(refused, holds, stopper);
    held.unwrap();
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.message(), "cancelled before the call was retried");
    assert_eq!(error.resource(), Some("ecs_cluster.main"));
    assert_eq!(error.operation(), Some(ecs::CREATE_CLUSTER));
    assert_eq!(error.answer().unwrap().code(), Some("ClientException"));
}

#[tokio::test(start_paused = true)]
async fn deleting_an_absent_resource_succeeds_immediately() {
    let table = crate::foundation::retry_table();
    let options = RunOptions::default();
    let (run, address) = (Run::new(&options, &table), Address::new("iam_role", "x"));
    let calls = Calls::new(&run, &address, Fresh { created: true });
    let start = Instant::now();
    calls
        .delete(iam::DELETE_ROLE, || async {
            Err(Error::from_aws(iam::DELETE_ROLE, "NoSuchEntity", "gone", Some(404)))
        })
        .await
        .unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}
