//! Tests that the conformance suite detects broken providers. The tests break each method of each
//! provider trait in every way that [`faults()`] lists. Each time, at least one scenario must fail.

mod faults;
mod wrapper;

use std::collections::BTreeMap;

use infra_core::conformance::{Capability, Scenario, Verdict, scenarios};
use infra_core::operation::{Operation, ecr, ecs, iam, logs, sts};
use tests::ScenarioMock;

use wrapper::{Broken, Fault, FaultKind, faults};

/// Maps each operation to those scenarios of `group` that call the operation, cheapest first.
/// Scenarios in other groups are ignored, because the scenarios in a method's own group must detect
/// every fault in the method.
async fn callers(group: &str) -> BTreeMap<String, Vec<&'static Scenario>> {
    let mut callers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let is_bulk = |scenario: &Scenario| scenario.needs().any(|need| need == Capability::Bulk);
    let mut all: Vec<_> = scenarios().filter(|scenario| scenario.group() == group).collect();
    all.sort_by_key(|scenario| is_bulk(scenario));
    // This fault applies to no method, so every scenario must pass.
    let none = Fault { operation: Operation::read("none", "None"), kind: FaultKind::Fails };
    for scenario in all {
        let backend = ScenarioMock::new(scenario);
        let providers = Broken::providers(backend.mock.providers(), none);
        let verdict = scenario.run(backend.fixture(providers, "sound")).await;
        verdict.unwrap_or_else(|failure| {
            panic!("a scenario fails even though no method is broken: {}", failure.of(scenario))
        });
        for operation in backend.mock.call_counts().into_keys() {
            callers.entry(operation).or_default().push(scenario);
        }
    }
    callers
}

async fn run(scenario: &Scenario, fault: Fault) -> Verdict {
    let backend = ScenarioMock::new(scenario);
    let sound = backend.mock.providers();
    let fixture = backend.fixture(Broken::providers(sound.clone(), fault), "broken");
    scenario.run(fixture.with_caretaker(sound)).await
}

/// Returns whether the fault is impossible to detect. `GetCallerIdentity` fails only if there are
/// no credentials. Every backend has credentials, so no scenario can detect a fault that changes
/// the errors from `GetCallerIdentity`.
fn is_invisible(fault: Fault) -> bool {
    let of_errors = matches!(
        fault.kind,
        FaultKind::SwallowsErrors | FaultKind::WrongKind | FaultKind::ReportsUnknownEffect
    );
    fault.operation == sts::GET_CALLER_IDENTITY && of_errors
}

/// Breaks every method of a service in every way and expects a scenario to fail each time.
async fn every_fault_is_caught(group: &str, operations: &[Operation]) {
    let callers = callers(group).await;
    let (mut uncaught, mut broken) = (Vec::new(), 0);
    for fault in faults().into_iter().filter(|fault| operations.contains(&fault.operation)) {
        if is_invisible(fault) {
            continue;
        }
        broken += 1;
        let scenarios = callers.get(&fault.operation.to_string());
        let mut caught = false;
        for scenario in scenarios.into_iter().flatten() {
            caught |= run(scenario, fault).await.is_err();
            if caught {
                break;
            }
        }
        if !caught {
            uncaught.push(fault.to_string());
        }
    }
    assert!(uncaught.is_empty(), "no scenario fails for {}", uncaught.join(",\n  "));
    assert!(broken >= 3 * operations.len(), "only {broken} faults were tried for {operations:?}");
}

#[tokio::test(start_paused = true)]
async fn broken_cluster_providers_are_caught() {
    every_fault_is_caught("clusters", ecs::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn broken_role_providers_are_caught() {
    every_fault_is_caught("roles", iam::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn broken_repository_providers_are_caught() {
    every_fault_is_caught("repositories", ecr::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn broken_log_group_providers_are_caught() {
    every_fault_is_caught("log_groups", logs::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn broken_identity_providers_are_caught() {
    every_fault_is_caught("identity", sts::ALL).await;
}

#[test]
fn every_provider_operation_is_broken_in_several_ways() {
    for operation in [ecs::ALL, iam::ALL, ecr::ALL, logs::ALL, sts::ALL].into_iter().flatten() {
        let ways = faults().iter().filter(|fault| fault.operation == *operation).count();
        assert!(ways >= 4, "{operation} is broken in {ways} ways");
    }
}
