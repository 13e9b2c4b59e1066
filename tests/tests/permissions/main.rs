//! The policy that the tool says its operator needs is enough, and nothing of it is too much.
//!
//! Every command runs on the mock under the policy it was given, from every state that makes it call something
//! else, and succeeds. Then each permission, which is one action on one resource, is taken away in turn: some run
//! has to fail, and to name the action. So a row that is missing shows, and so does one that nobody needs.

mod configurations;
mod scenarios;

use std::collections::BTreeSet;

use infra_core::foundation::{FoundationSpec, OperatorPolicy, OperatorStatement, Purpose};
use infra_core::policy::PolicyDocument;
use infra_mock::api::World;
use tests::Lab;

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

/// A policy without one of its permissions.
struct Lacking {
    action: String,
    resource: String,
    policy: OperatorPolicy,
}

/// Every policy that lacks one permission of `whole`: a statement of several actions and resources is split, so that
/// nothing else goes with it.
fn lacking(whole: &OperatorPolicy) -> Vec<Lacking> {
    let mut all = Vec::new();
    for (index, statement) in whole.statements.iter().enumerate() {
        for action in &statement.actions {
            for resource in &statement.resources {
                let others = |set: &BTreeSet<String>, gone: &str| {
                    set.iter().filter(|one| *one != gone).cloned().collect::<BTreeSet<_>>()
                };
                let of_other_actions = OperatorStatement {
                    actions: others(&statement.actions, action),
                    ..statement.clone()
                };
                let on_other_resources = OperatorStatement {
                    sid: format!("{}Rest", statement.sid),
                    actions: [action.clone()].into(),
                    resources: others(&statement.resources, resource),
                    ..statement.clone()
                };
                let mut policy = whole.clone();
                policy.statements.splice(index..=index, [of_other_actions, on_other_resources]);
                policy.statements.retain(|s| !s.actions.is_empty() && !s.resources.is_empty());
                all.push(Lacking { action: action.clone(), resource: resource.clone(), policy });
            }
        }
    }
    all
}

/// A scenario in the state that it begins in, which is brought about once and put back before each run.
struct Stage {
    scenario: Scenario,
    lab: Lab,
    world: World,
}

impl Stage {
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

    /// Runs it under a policy. What was refused has to be in the journal as well as in the error.
    async fn run(&self, spec: &FoundationSpec, policy: &PolicyDocument) -> Result<(), String> {
        let Self { scenario, lab, world } = self;
        lab.with_world(|call| *call.world = world.clone());
        lab.calls();
        let restricted = lab.mock.with_policies([policy.clone()]).expect("IAM takes the policy");
        let result = (scenario.act)(&lab.through(|_| restricted.providers()), spec).await;
        let denied = |code: &String| {
            // ECS says that it cannot assume its role where it may not have it made.
            ["AccessDenied", "AccessDeniedException", "KmsException", "InvalidParameterException"]
                .contains(&code.as_str())
        };
        let refused = lab.calls().iter().any(|entry| entry.refused.as_ref().is_some_and(denied));
        assert_eq!(result.is_err(), refused, "{}: {result:?}", scenario.name);
        result
    }
}

#[tokio::test(start_paused = true)]
async fn every_command_succeeds_under_its_policy_and_fails_without_any_permission_of_it() {
    let mut useless = Vec::new();
    for (name, spec) in CONFIGURATIONS {
        let spec = spec();
        for purpose in PURPOSES {
            let whole = policy(&spec, purpose).await;
            let mut stages = Stage::all(purpose, &spec).await;
            for stage in &stages {
                if let Err(error) = stage.run(&spec, &whole.document()).await {
                    panic!("{name}, {purpose:?}, {}: {error}", stage.scenario.name);
                }
            }
            if purpose == (Purpose::Apply { replace: false }) {
                // It is the policy with replacing, less what only that needs: its permissions are tried there.
                continue;
            }
            for Lacking { action, resource, policy } in lacking(&whole) {
                let document = policy.document();
                let mut found = None;
                for (index, stage) in stages.iter().enumerate() {
                    if let Err(error) = stage.run(&spec, &document).await {
                        let at = format!("{name}, {purpose:?}, {}", stage.scenario.name);
                        let what = format!("without {action} on {resource}");
                        assert!(error.contains(&action), "{at}: {what}: {error}");
                        found = Some(index);
                        break;
                    }
                }
                match found {
                    // Where the lack of one permission shows, that of the next is likely to show.
                    Some(index) => stages[..=index].rotate_right(1),
                    None => useless.push(format!("{name}, {purpose:?}: {action} on {resource}")),
                }
            }
        }
    }
    assert_eq!(useless, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_run_fails_without_any_one_statement() {
    let (_, spec) = CONFIGURATIONS[0];
    let spec = spec();
    let purpose = Purpose::Apply { replace: true };
    let whole = policy(&spec, purpose).await;
    let stages = Stage::all(purpose, &spec).await;
    for index in 0..whole.statements.len() {
        let mut policy = whole.clone();
        let gone = policy.statements.remove(index);
        let document = policy.document();
        let mut errors = Vec::new();
        for stage in &stages {
            errors.extend(stage.run(&spec, &document).await.err());
        }
        let named = |error: &String| gone.actions.iter().any(|action| error.contains(action));
        assert!(!errors.is_empty() && errors.iter().all(named), "{gone:?}: {errors:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn policies_fit_into_a_managed_policy() {
    for (name, spec) in CONFIGURATIONS {
        for purpose in PURPOSES {
            let length = policy(&spec(), purpose).await.document().to_json().len();
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
            assert!(length <= 6144, "{name}, {purpose:?}: {length} characters");
        }
    }
}
