//! The conformance suite catches a broken provider: each method of each trait is broken in turn, in each way in
//! which such a method can be broken, and each time at least one scenario fails.

mod faults;
mod wrapper;

use std::collections::BTreeMap;

use infra_core::conformance::{Capability, Scenario, Verdict, scenarios};
use infra_core::operation::{Operation, ecr, ecs, iam, logs, sts};
use tests::Place;

use wrapper::{Broken, Fault, How, faults};

/// Which scenarios of a group call which operations, cheap ones first. Those of the foundation would catch some of
/// what is broken as well, but what a method does is to be seen by itself.
async fn callers(group: &str) -> BTreeMap<String, Vec<&'static Scenario>> {
    let mut callers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let is_bulk = |scenario: &Scenario| scenario.needs().any(|need| need == Capability::Bulk);
    let mut all: Vec<_> = scenarios().filter(|scenario| scenario.group() == group).collect();
    all.sort_by_key(|scenario| is_bulk(scenario));
    // The wrapper by itself breaks nothing.
    let none = Fault { operation: Operation::read("none", "None"), how: How::Fails };
    for scenario in all {
        let place = Place::new(scenario);
        let providers = Broken::providers(place.mock.providers(), none);
        let verdict = scenario.run(place.fixture(providers, "sound")).await;
        verdict.unwrap_or_else(|failure| panic!("without a fault: {}", failure.of(scenario)));
        for operation in place.mock.call_counts().into_keys() {
            callers.entry(operation).or_default().push(scenario);
        }
    }
    callers
}

async fn run(scenario: &Scenario, fault: Fault) -> Verdict {
    let place = Place::new(scenario);
    let sound = place.mock.providers();
    let fixture = place.fixture(Broken::providers(sound.clone(), fault), "broken");
    scenario.run(fixture.with_caretaker(sound)).await
}

/// What nothing but a caller without credentials can show, whom a backend does not have.
fn cannot_be_seen(fault: Fault) -> bool {
    let of_errors =
        matches!(fault.how, How::SwallowsErrors | How::WrongKind | How::SaysItMayHaveActed);
    fault.operation == sts::GET_CALLER_IDENTITY && of_errors
}

/// Breaks every method of a service in every way, and expects each to be caught.
async fn every_fault_is_caught(group: &str, operations: &[Operation]) {
    let callers = callers(group).await;
    let (mut uncaught, mut broken) = (Vec::new(), 0);
    for fault in faults().into_iter().filter(|fault| operations.contains(&fault.operation)) {
        if cannot_be_seen(fault) {
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
    assert!(uncaught.is_empty(), "no scenario fails where {}", uncaught.join(",\n  "));
    assert!(broken >= 3 * operations.len(), "only {broken} faults of {operations:?}");
}

#[tokio::test(start_paused = true)]
async fn a_broken_provider_of_clusters_is_caught() {
    every_fault_is_caught("clusters", ecs::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_provider_of_roles_is_caught() {
    every_fault_is_caught("roles", iam::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_provider_of_repositories_is_caught() {
    every_fault_is_caught("repositories", ecr::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_provider_of_log_groups_is_caught() {
    every_fault_is_caught("log_groups", logs::ALL).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_provider_of_identity_is_caught() {
    every_fault_is_caught("identity", sts::ALL).await;
}

#[test]
fn every_operation_of_the_providers_is_broken_in_several_ways() {
    for operation in [ecs::ALL, iam::ALL, ecr::ALL, logs::ALL, sts::ALL].into_iter().flatten() {
        let ways = faults().iter().filter(|fault| fault.operation == *operation).count();
        assert!(ways >= 4, "{operation} is broken in {ways} ways");
    }
}
