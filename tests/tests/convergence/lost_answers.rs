//! A call takes effect, and its answer is lost: the run goes on, or the next one does.

use infra_core::error::{Effect, ErrorKind};
use infra_core::operation::{Operation, ecr, ecs, iam, logs};
use infra_mock::ecs as mock_ecs;
use infra_mock::iam as mock_iam;
use tests::external_resources::ExternalResource;
use tests::parts::{CLUSTER, TASK_ROLE, everything};
use tests::show::{changing_sorted, failures};
use tests::{ABSENT, Fault, Faulty, Lab, PRESENT, Script, spec};

/// The lab, with one fault at the next call of that operation.
fn with_fault(lab: &Lab, operation: Operation, fault: Fault) -> (Lab, Script) {
    let script = Script::new().fault(operation, fault);
    (lab.through(|inner| Faulty::providers(inner, &script)), script)
}

/// The answer is lost for good: the step fails, all that does not need it goes on, the next apply finds it.
async fn create_is_found_by_the_next_apply(operation: Operation) {
    let lab = Lab::new();
    let (faulty, script) = with_fault(&lab, operation, Fault::LoseAnswer);
    let report = faulty.attempt(&spec(), PRESENT).await;
    assert!(script.is_done());
    let failures: Vec<_> = report.failures().collect();
    let [(step, error)] = &failures[..] else { panic!("{failures:#?}") };
    assert_eq!(step.operation, operation);
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.effect(), Effect::Unknown);

    lab.calls();
    lab.apply(&spec()).await;
    let calls = changing_sorted(&lab.calls());
    assert!(!calls.contains(&operation.to_string()) || operation == iam::CREATE_ROLE, "{calls:?}");
    lab.assert_converged(&spec()).await;
}

/// The answer is lost, the SDK calls again, and AWS answers as to a second call.
async fn create_called_twice_is_accepted(operation: Operation) {
    let lab = Lab::new();
    let (faulty, script) = with_fault(&lab, operation, Fault::Retry);
    faulty.apply(&spec()).await;
    assert!(script.is_done());
    lab.assert_converged(&spec()).await;
}

async fn delete_is_found_by_the_next_destroy(operation: Operation) {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let (faulty, script) = with_fault(&lab, operation, Fault::LoseAnswer);
    assert!(!faulty.attempt(&spec(), ABSENT).await.is_success());
    assert!(script.is_done());
    lab.destroy(&spec()).await;
    assert_eq!(everything(&lab), [""; 0]);
}

async fn delete_called_twice_is_accepted(operation: Operation) {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let (faulty, script) = with_fault(&lab, operation, Fault::Retry);
    faulty.destroy(&spec()).await;
    assert!(script.is_done());
    assert_eq!(everything(&lab), [""; 0]);
}

/// Two tests an operation, in a module of its name.
macro_rules! lost {
    ($($name:ident: $service:ident::$operation:ident, $next:ident, $twice:ident;)+) => {$(
        mod $name {
            #[tokio::test(start_paused = true)]
            async fn with_its_answer_lost_is_found_by_the_next_run() {
                super::$next(super::$service::$operation).await;
            }

            #[tokio::test(start_paused = true)]
            async fn called_twice_is_accepted() {
                super::$twice(super::$service::$operation).await;
            }
        }
    )+};
}

lost! {
    create_cluster: ecs::CREATE_CLUSTER,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    create_role: iam::CREATE_ROLE,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    attach_role_policy: iam::ATTACH_ROLE_POLICY,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    put_role_policy: iam::PUT_ROLE_POLICY,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    create_repository: ecr::CREATE_REPOSITORY,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    set_repository_policy: ecr::SET_REPOSITORY_POLICY,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    create_log_group: logs::CREATE_LOG_GROUP,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    put_retention_policy: logs::PUT_RETENTION_POLICY,
        create_is_found_by_the_next_apply, create_called_twice_is_accepted;
    delete_cluster: ecs::DELETE_CLUSTER,
        delete_is_found_by_the_next_destroy, delete_called_twice_is_accepted;
    detach_role_policy: iam::DETACH_ROLE_POLICY,
        delete_is_found_by_the_next_destroy, delete_called_twice_is_accepted;
    delete_role_policy: iam::DELETE_ROLE_POLICY,
        delete_is_found_by_the_next_destroy, delete_called_twice_is_accepted;
    delete_role: iam::DELETE_ROLE,
        delete_is_found_by_the_next_destroy, delete_called_twice_is_accepted;
    delete_repository: ecr::DELETE_REPOSITORY,
        delete_is_found_by_the_next_destroy, delete_called_twice_is_accepted;
    delete_log_group: logs::DELETE_LOG_GROUP,
        delete_is_found_by_the_next_destroy, delete_called_twice_is_accepted;
}

/// Between plan and creation somebody else makes a resource of that name.
async fn somebody_was_quicker(foreign: ExternalResource) {
    let lab = Lab::new();
    let mock = lab.mock.clone();
    let act = move || foreign.make(&mock, Some("theirs"));
    // Both roles are made by the same operation: the first to be called is the execution role.
    let script = Script::new();
    let script = if foreign.address == ExternalResource::TASK_ROLE.address {
        script.fault(foreign.creation, Fault::Before(Box::new(|| ())))
    } else {
        script
    };
    let script = script.fault(foreign.creation, Fault::Before(Box::new(act)));
    let faulty = lab.through(|inner| Faulty::providers(inner, &script));
    let report = faulty.attempt(&spec(), PRESENT).await;
    assert!(script.is_done());

    let failed: Vec<_> = report.failures().collect();
    let [(step, error)] = &failed[..] else { panic!("{failed:#?}") };
    assert_eq!(step.address.as_str(), foreign.address);
    assert_eq!(error.kind(), ErrorKind::NotOurs);
    assert_eq!(error.resource(), Some(foreign.address));
    assert!(error.hint().unwrap().contains("--adopt"));
    let chain = failures(&report).remove(0);
    assert!(chain.contains(r#"its Name tag is "theirs""#), "{chain}");

    // It stands as a conflict in the next plan, and nothing was done to it.
    let plan = lab.plan(&spec(), PRESENT).await;
    assert_eq!(plan.conflicts.len(), 1);
    assert_eq!(plan.conflicts[0].address.as_str(), foreign.address);
    let calls = lab.calls();
    let made = calls.iter().position(|call| call.request.to_string().contains("theirs"));
    let after = calls.iter().skip(made.expect("somebody made it") + 1);
    let touched = after.filter(|call| {
        call.changes
            && call.refused.is_none()
            && call.service == foreign.creation.service()
            && call.request.to_string().contains(foreign.name)
    });
    assert_eq!(touched.count(), 0);
}

macro_rules! quicker {
    ($($name:ident: $foreign:expr;)+) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            somebody_was_quicker($foreign).await;
        }
    )+};
}

quicker! {
    a_cluster_that_somebody_made_meanwhile_is_not_taken_over: ExternalResource::CLUSTER;
    an_execution_role_that_somebody_made_meanwhile_is_not_taken_over: ExternalResource::EXECUTION_ROLE;
    a_task_role_that_somebody_made_meanwhile_is_not_taken_over: ExternalResource::TASK_ROLE;
    a_repository_that_somebody_made_meanwhile_is_not_taken_over: ExternalResource::REPOSITORY;
    a_log_group_that_somebody_made_meanwhile_is_not_taken_over: ExternalResource::LOG_GROUP;
}

/// Another run of the same foundation makes a resource meanwhile, but of other attributes.
async fn made_otherwise(operation: Operation, path: &str, make: fn(&infra_mock::MockAws)) {
    let lab = Lab::new();
    let mock = lab.mock.clone();
    let (faulty, script) =
        with_fault(&lab, operation, Fault::Before(Box::new(move || make(&mock))));
    let report = faulty.attempt(&spec(), PRESENT).await;
    assert!(script.is_done());
    let failed: Vec<_> = report.failures().collect();
    let [(_, error)] = &failed[..] else { panic!("{failed:#?}") };
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert_eq!(error.message(), format!("it was made meanwhile, but its {path} differs"));
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn a_cluster_made_otherwise_meanwhile_is_put_right_by_the_next_apply() {
    made_otherwise(ecs::CREATE_CLUSTER, "container_insights", |mock| {
        let request = mock_ecs::CreateClusterRequest {
            cluster_name: Some(CLUSTER.to_owned()),
            settings: Some(vec![mock_ecs::ClusterSetting::container_insights("disabled")]),
            tags: Some(vec![mock_ecs::Tag::new("Name", CLUSTER)]),
            ..Default::default()
        };
        mock.call(request).unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_log_group_made_without_its_tags_meanwhile_is_put_right_by_the_next_apply() {
    made_otherwise(logs::CREATE_LOG_GROUP, "tags.Environment", |mock| {
        let request = infra_mock::logs::CreateLogGroupRequest {
            log_group_name: Some("/ecs/demo-dev".to_owned()),
            tags: Some([("Name".to_owned(), "demo-dev-ecs-logs".to_owned())].into()),
            ..Default::default()
        };
        mock.call(request).unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn two_applies_at_once_end_in_one_foundation() {
    let (lab, spec) = (Lab::new(), spec());
    let (one, two) = tokio::join!(lab.attempt(&spec, PRESENT), lab.attempt(&spec, PRESENT));
    assert!(one.is_success() && two.is_success(), "{one:#?}\n{two:#?}");
    lab.assert_converged(&spec).await;
}

#[tokio::test(start_paused = true)]
async fn two_destroys_at_once_leave_nothing() {
    let (lab, spec) = (Lab::new(), spec());
    lab.apply(&spec).await;
    let (one, two) = tokio::join!(lab.attempt(&spec, ABSENT), lab.attempt(&spec, ABSENT));
    assert!(one.is_success() && two.is_success(), "{one:#?}\n{two:#?}");
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_reality_has_left_behind_ends_in_what_it_wanted() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    // The plan wants to detach and delete what somebody has removed meanwhile.
    let plan = lab.plan(&spec(), ABSENT).await;
    let role_name = Some(TASK_ROLE.to_owned());
    tests::parts::Part::TaskRolePolicy.remove(&lab);
    lab.act(mock_iam::DeleteRoleRequest { role_name });
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    assert_eq!(everything(&lab), [""; 0]);
}
