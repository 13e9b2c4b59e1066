//! Tests that the operator policy that ecs-foundation generates is sufficient and minimal.
//!
//! Each command must succeed on the mock with its policy, from every initial state that leads to
//! different calls. Then each permission (one action on one resource) is removed in turn. Without
//! it, at least one run must fail with an error that names the action. This detects both missing
//! and unnecessary permissions.

mod configurations;
mod scenarios;

use infra_core::foundation::{FoundationSpec, OperatorPolicy, Purpose};
use infra_core::policy::PolicyDocument;
use infra_mock::api::World;
use tests::{Lab, ReducedPolicy, reduced};

use configurations::CONFIGURATIONS;
use scenarios::Scenario;

const PURPOSES: [Purpose; 5] = [
    Purpose::Read,
    Purpose::Apply { replace: false },
    Purpose::Apply { replace: true },
    Purpose::Destroy { force: false },
    Purpose::Destroy { force: true },
];

async fn policy(spec: &FoundationSpec, purpose: Purpose) -> OperatorPolicy {
    Lab::new().foundation(spec).await.operator_policy(purpose)
}

/// A scenario and its initial state. The state is prepared once and restored before each run.
struct PreparedScenario {
    scenario: Scenario,
    lab: Lab,
    world: World,
}

impl PreparedScenario {
    async fn all(purpose: Purpose, spec: &FoundationSpec) -> Vec<Self> {
        let mut all = Vec::new();
        for scenario in scenarios::of(purpose, spec) {
            let lab = Lab::new();
            (scenario.prepare)(&lab, spec).await;
            let world = lab.mock.world();
            all.push(Self { scenario, lab, world });
        }
        all
    }

    /// Runs the scenario with the permissions in a policy. Fails if and only if the journal
    /// contains a denied call.
    async fn run(&self, spec: &FoundationSpec, policy: &PolicyDocument) -> Result<(), String> {
        let Self { scenario, lab, world } = self;
        lab.with_world(|call| *call.world = world.clone());
        lab.calls();
        let restricted = lab.mock.with_policies([policy.clone()]).expect("the policy is valid");
        let result = (scenario.run)(&lab.through(|_| restricted.providers()), spec).await;
        let denied = |code: &String| {
            // ECS returns InvalidParameterException if the caller is not allowed to create its
            // service-linked role.
            ["AccessDenied", "AccessDeniedException", "KmsException", "InvalidParameterException"]
                .contains(&code.as_str())
        };
        let refused = lab.calls().iter().any(|entry| entry.refused.as_ref().is_some_and(denied));
        assert_eq!(result.is_err(), refused, "{}: {result:?}", scenario.name);
        result
    }
}

#[tokio::test(start_paused = true)]
async fn every_command_succeeds_with_its_policy_and_needs_each_permission() {
    let mut unneeded = Vec::new();
    for (name, spec) in CONFIGURATIONS {
        let spec = spec();
        for purpose in PURPOSES {
            let full = policy(&spec, purpose).await;
            let mut scenarios = PreparedScenario::all(purpose, &spec).await;
            for prepared in &scenarios {
                if let Err(error) = prepared.run(&spec, &full.document()).await {
                    panic!("{name}, {purpose:?}, {}: {error}", prepared.scenario.name);
                }
            }
            if purpose == (Purpose::Apply { replace: false }) {
                // The policy for `replace: true` contains every permission in this one, so
                // permissions are removed only from that policy.
                continue;
            }
            for ReducedPolicy { action, resource, policy } in reduced(&full) {
                let document = policy.document();
                let mut found = None;
                for (index, prepared) in scenarios.iter().enumerate() {
                    if let Err(error) = prepared.run(&spec, &document).await {
                        let at = format!("{name}, {purpose:?}, {}", prepared.scenario.name);
                        let what = format!("without {action} on {resource}");
                        assert!(error.contains(&action), "{at}: {what}: {error}");
                        found = Some(index);
                        break;
                    }
                }
                match found {
                    // The scenario that needs this permission probably needs the next one too, so
                    // it is tried first from now on.
                    Some(index) => scenarios[..=index].rotate_right(1),
                    None => unneeded.push(format!("{name}, {purpose:?}: {action} on {resource}")),
                }
            }
        }
    }
    assert_eq!(unneeded, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_run_fails_without_any_single_statement() {
    let (_, spec) = CONFIGURATIONS[0];
    let spec = spec();
    let purpose = Purpose::Apply { replace: true };
    let full = policy(&spec, purpose).await;
    let scenarios = PreparedScenario::all(purpose, &spec).await;
    for index in 0..full.statements.len() {
        let mut policy = full.clone();
        let gone = policy.statements.remove(index);
        let document = policy.document();
        let mut errors = Vec::new();
        for prepared in &scenarios {
            errors.extend(prepared.run(&spec, &document).await.err());
        }
        let named = |error: &String| gone.actions.iter().any(|action| error.contains(action));
        assert!(!errors.is_empty() && errors.iter().all(named), "{gone:?}: {errors:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn policies_fit_in_a_managed_policy() {
    for (name, spec) in CONFIGURATIONS {
        for purpose in PURPOSES {
            let length = policy(&spec(), purpose).await.document().to_json().len();
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
            assert!(length <= 6144, "{name}, {purpose:?}: {length} characters");
        }
    }
}
