//! Tests for drift that can be simulated only in the mock. The conformance suite covers drift in
//! each attribute.

use infra_mock::{ecr, iam};
use tests::parts::{EXECUTION_POLICY, EXECUTION_ROLE, Part, REPOSITORY};
use tests::show::changing_sorted;
use tests::{Lab, PRESENT, some, spec};

#[tokio::test(start_paused = true)]
async fn each_step_makes_exactly_the_changing_call_that_it_names() {
    for part in Part::ALL {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        part.remove(&lab);
        let plan = lab.plan(&spec(), PRESENT).await;
        lab.calls();
        assert!(lab.carry_out(&spec(), &plan).await.is_success());
        let mut named: Vec<_> = plan.steps.iter().map(|step| step.operation.to_string()).collect();
        named.sort();
        assert_eq!(changing_sorted(&lab.calls()), named, "without {part:?}");
        assert!(!named.is_empty(), "without {part:?}");
        lab.assert_converged(&spec()).await;
    }
}

/// Deletes the execution role and creates it again outside ecs-foundation. The repository policy
/// still refers to the old role's unique ID.
fn replace_execution_role(lab: &Lab) {
    Part::ExecutionRole.remove(lab);
    let trust = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#;
    lab.act(iam::CreateRoleRequest {
        role_name: some(EXECUTION_ROLE),
        assume_role_policy_document: some(trust),
        tags: vec![iam::Tag::new("Name", EXECUTION_ROLE)],
        ..Default::default()
    });
    lab.act(iam::AttachRolePolicyRequest {
        role_name: some(EXECUTION_ROLE),
        policy_arn: some(EXECUTION_POLICY),
    });
}

#[tokio::test(start_paused = true)]
async fn a_repository_policy_that_names_a_deleted_role_is_explained() {
    let (lab, spec) = (Lab::new(), spec());
    lab.apply(&spec).await;
    replace_execution_role(&lab);
    let plan = lab.plan(&spec, PRESENT).await;
    let [notice] = &plan.notices[..] else { panic!("{:?}", plan.notices) };
    assert_eq!(notice.address.as_str(), "ecr_repository_policy.app");
    assert!(notice.message.contains("AROA"), "{}", notice.message);
    assert!(notice.message.contains("the policy will be set again"), "{}", notice.message);
}

#[tokio::test(start_paused = true)]
async fn an_unmanaged_lifecycle_policy_is_neither_read_nor_changed() {
    let (lab, spec) = (Lab::new(), spec());
    lab.apply(&spec).await;
    let rules = r#"{"rules":[{"action":{"type":"expire"},"rulePriority":1,"selection":{"countNumber":99,"countType":"imageCountMoreThan","tagStatus":"any"}}]}"#;
    lab.act(ecr::PutLifecyclePolicyRequest {
        repository_name: some(REPOSITORY),
        lifecycle_policy_text: some(rules),
        ..Default::default()
    });
    lab.calls();
    lab.assert_converged(&spec).await;
    assert!(lab.calls().iter().all(|call| call.operation != "GetLifecyclePolicy"));
}
