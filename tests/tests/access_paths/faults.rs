//! Tests injected faults on each access path.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use infra_core::arn::Region;
use infra_core::error::OrAbsent;
use infra_core::names::LogGroupName;
use infra_core::provider::{LogGroupClass, LogGroupSpec, Providers};
use infra_core::tags::Tags;
use infra_mock::api::{ApiError, OperationId};
use infra_mock::faults::{Fault, Rule};
use infra_mock::interceptor::{CallPlan, Interceptor};

use super::{AccessPath, access_paths_with, mock, shown};

fn name() -> LogGroupName {
    "/ecs/app".parse().unwrap()
}

async fn create(providers: &Providers) -> infra_core::Result<()> {
    let spec = LogGroupSpec {
        name: name(),
        class: LogGroupClass::Standard,
        kms_key: None,
        tags: Tags::default(),
    };
    providers.log_groups().create_log_group(&spec).await
}

#[tokio::test]
async fn a_fault_looks_the_same_on_every_access_path() {
    let faults = [
        "throttle",
        "server-error",
        "server-error-after",
        "cut-before",
        "cut-after",
        "refuse=OperationAbortedException",
        "stale=1h",
        "delay=1ms",
    ];
    for fault in faults {
        let mut seen = Vec::new();
        for AccessPath { name: access_path, mock, providers, _server } in
            access_paths_with(&RetryConfig::disabled()).await
        {
            mock.add_fault(format!("{fault}@logs:CreateLogGroup#1").parse().unwrap());
            let created = create(&providers).await;
            let effect = created.as_ref().err().map(infra_core::Error::effect);
            let created = shown(created);
            let found = providers.log_groups().describe_log_group(&name()).await;
            let found = found.or_absent().unwrap().is_some();
            let world = mock.world();
            let injected = mock.journal()[0].fault.clone();
            assert_eq!(injected.as_deref(), fault.split('=').next());
            seen.push((access_path, (created, effect, found, world)));
        }
        for (access_path, what) in &seen[1..] {
            assert_eq!(*what, seen[0].1, "{fault} through the {access_path}");
        }
    }
}

#[tokio::test]
async fn sdk_clients_retry_until_the_call_succeeds() {
    let retries = RetryConfig::standard()
        .with_initial_backoff(Duration::from_millis(1))
        .with_max_backoff(Duration::from_millis(2));
    for fault in ["throttle", "server-error", "cut-before"] {
        let [_, in_process, server] = access_paths_with(&retries).await;
        for AccessPath { name: access_path, mock, providers, _server } in [in_process, server] {
            mock.add_fault(format!("{fault}@logs:CreateLogGroup#1-2").parse().unwrap());
            create(&providers)
                .await
                .unwrap_or_else(|error| panic!("{fault} through the {access_path}: {error}"));
            assert_eq!(
                mock.call_counts()["logs:CreateLogGroup"],
                3,
                "{fault} through the {access_path}"
            );
        }
    }
}

/// Injects one fault into each attempt to send a write: the first fault into the first attempt, the
/// second fault into the second attempt, and so on.
#[derive(Debug)]
struct Script(Vec<Fault>);

impl Interceptor for Script {
    fn call_started(&self, call: OperationId) -> CallPlan {
        let faults = if call.changes { self.0.clone() } else { Vec::new() };
        CallPlan { number: 0, faults }
    }

    fn request_executed(&self, _: usize, _: bool) {}
}

#[tokio::test(start_paused = true)]
async fn an_intercepted_call_is_retried_like_an_sdk_client_call() {
    let (cut, failed) = (
        |took_effect| Fault::Cut { took_effect },
        |took_effect| Fault::ServerError { took_effect },
    );
    let denied = Fault::Refuse(ApiError::new("AccessDeniedException", "no"));
    let mut scripts = vec![
        vec![],
        vec![denied.clone()],
        vec![cut(true), denied.clone()],
        vec![Fault::Throttle, failed(true), Fault::Throttle],
        vec![cut(false), cut(false), cut(true), cut(false), cut(false)],
    ];
    for fault in [Fault::Throttle, failed(false), failed(true), cut(false), cut(true)] {
        scripts.extend((1..=6).map(|times| vec![fault.clone(); times]));
    }
    // SDK clients for the same service and region share a retry quota of 500 tokens, and a retry
    // costs up to ten tokens. Only a few scripts run in each region, so that the clients stay
    // within the quota.
    let regions = ["eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-1"];
    assert!(scripts.len() <= 8 * regions.len());
    for (number, script) in scripts.into_iter().enumerate() {
        let region: Region = regions[number / 8].parse().unwrap();
        let (intercepted, called) = (mock().in_region(region.clone()), mock().in_region(region));
        for (at, fault) in (1..).zip(&script) {
            let rule = Rule::new(fault.clone()).on("logs:CreateLogGroup").unwrap().nth(at);
            called.add_fault(rule);
        }
        let through = intercepted.intercepted_by(Arc::new(Script(script.clone())));
        // infra-aws uses the same retry configuration by default.
        let retries = RetryConfig::standard().with_max_attempts(5);
        let config = called.sdk_config().to_builder().retry_config(retries).build();
        let sdk = infra_aws::providers(&config).unwrap();
        let mut seen = Vec::new();
        for (mock, providers) in [(intercepted, through), (called, sdk)] {
            let created = create(&providers).await;
            let effect = created.as_ref().err().map(infra_core::Error::effect);
            let requests: Vec<_> =
                mock.take_journal().into_iter().map(|entry| (entry.refused, entry.fault)).collect();
            seen.push((shown(created), effect, requests, mock.world()));
        }
        assert_eq!(seen[0], seen[1], "{script:?}");
    }
}
