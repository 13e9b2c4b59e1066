//! Tests for calls that take effect but whose responses are lost. Either the same run or the next
//! run must complete the work.

use infra_core::error::{Effect, ErrorKind};
use infra_core::operation::{Operation, ecr, ecs, iam, logs};
use infra_mock::MockAws;
use infra_mock::ecs as mock_ecs;
use infra_mock::iam as mock_iam;
use infra_mock::time::TokioClock;
use tests::external_resources::ExternalResource;
use tests::parts::{CLUSTER, TASK_ROLE, everything};
use tests::show::{changing_sorted, failures};
use tests::{ABSENT, Fault, Faulty, Lab, PRESENT, Script, spec};

/// Returns a lab that injects the fault into the next call to the operation. Also returns the
/// script, which knows whether the fault has been injected.
fn with_fault(lab: &Lab, operation: Operation, fault: Fault) -> (Lab, Script) {
    let script = Script::new().fault(operation, fault);
    (lab.through(|inner| Faulty::providers(inner, &script)), script)
}

/// Checks the effect of losing a response when the SDK does not retry the call: only the step that
/// made the call fails, and the next apply finds the resource.
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

/// Checks that an apply succeeds if the SDK retries a call after its response was lost.
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

/// Defines two tests for each operation, in a module named after the operation.
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

/// Creates an unmanaged resource just before the apply would create one with the same name, and
/// checks that the apply does not adopt it.
async fn created_concurrently(unmanaged: ExternalResource) {
    let lab = Lab::new();
    let mock = lab.mock.clone();
    let act = move || unmanaged.create(&mock, Some("theirs"));
    // Both roles are created by the same operation. To reach the task role, the script skips the
    // first call, which creates the execution role.
    let script = Script::new();
    let script = if unmanaged.address == ExternalResource::TASK_ROLE.address {
        script.fault(unmanaged.creation, Fault::Before(Box::new(|| ())))
    } else {
        script
    };
    let script = script.fault(unmanaged.creation, Fault::Before(Box::new(act)));
    let faulty = lab.through(|inner| Faulty::providers(inner, &script));
    let report = faulty.attempt(&spec(), PRESENT).await;
    assert!(script.is_done());

    let failed: Vec<_> = report.failures().collect();
    let [(step, error)] = &failed[..] else { panic!("{failed:#?}") };
    assert_eq!(step.address.as_str(), unmanaged.address);
    assert_eq!(error.kind(), ErrorKind::NotManaged);
    assert_eq!(error.resource(), Some(unmanaged.address));
    assert!(error.hint().unwrap().contains("adopt"));
    let chain = failures(&report).remove(0);
    assert!(chain.contains(r#"its Name tag is "theirs""#), "{chain}");

    // The next plan must report a conflict, and the resource must be unchanged.
    let plan = lab.plan(&spec(), PRESENT).await;
    assert_eq!(plan.conflicts.len(), 1);
    assert_eq!(plan.conflicts[0].address.as_str(), unmanaged.address);
    let calls = lab.calls();
    let created = calls.iter().position(|call| call.request.to_string().contains("theirs"));
    let after = calls.iter().skip(created.expect("the resource was created") + 1);
    let changes = after.filter(|call| {
        call.changes
            && call.refused.is_none()
            && call.service == unmanaged.creation.service()
            && call.request.to_string().contains(unmanaged.name)
    });
    assert_eq!(changes.count(), 0);
}

macro_rules! created_concurrently {
    ($($name:ident: $resource:expr;)+) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            created_concurrently($resource).await;
        }
    )+};
}

created_concurrently! {
    a_cluster_created_concurrently_is_not_adopted: ExternalResource::CLUSTER;
    an_execution_role_created_concurrently_is_not_adopted: ExternalResource::EXECUTION_ROLE;
    a_task_role_created_concurrently_is_not_adopted: ExternalResource::TASK_ROLE;
    a_repository_created_concurrently_is_not_adopted: ExternalResource::REPOSITORY;
    a_log_group_created_concurrently_is_not_adopted: ExternalResource::LOG_GROUP;
}

/// Creates one of the foundation's resources with different attributes just before the apply would
/// create it, as a concurrent run might. Checks that the next apply corrects the attributes.
async fn created_with_other_attributes(
    operation: Operation,
    path: &str,
    create: fn(&infra_mock::MockAws),
) {
    let lab = Lab::new();
    let mock = lab.mock.clone();
    let (faulty, script) =
        with_fault(&lab, operation, Fault::Before(Box::new(move || create(&mock))));
    let report = faulty.attempt(&spec(), PRESENT).await;
    assert!(script.is_done());
    let failed: Vec<_> = report.failures().collect();
    let [(_, error)] = &failed[..] else { panic!("{failed:#?}") };
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert_eq!(
        error.message(),
        format!(
            "the resource was created after planning, and its {path} does not match the configuration"
        )
    );
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn the_next_apply_corrects_a_cluster_created_concurrently_with_other_settings() {
    created_with_other_attributes(ecs::CREATE_CLUSTER, "container_insights", |mock| {
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
async fn the_next_apply_corrects_a_log_group_created_concurrently_without_its_tags() {
    created_with_other_attributes(logs::CREATE_LOG_GROUP, "tags.Environment", |mock| {
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
async fn two_concurrent_applies_create_one_foundation() {
    let (lab, spec) = (Lab::new(), spec());
    let (one, two) = tokio::join!(lab.attempt(&spec, PRESENT), lab.attempt(&spec, PRESENT));
    assert!(one.is_success() && two.is_success(), "{one:#?}\n{two:#?}");
    lab.assert_converged(&spec).await;
}

/// A run may find a resource whose tags are not visible yet, because another run is still creating
/// the resource.
#[tokio::test(start_paused = true)]
async fn ten_concurrent_applies_with_latency_create_one_foundation() {
    for seed in 0..40 {
        let latency = "delay=5ms-60ms".parse().unwrap();
        let mock = MockAws::builder().seed(seed).clock(TokioClock::default()).fault(latency);
        let (lab, spec) = (Lab::on(mock.build()), spec());
        let applies = (0..10).map(|_| lab.attempt(&spec, PRESENT));
        for report in futures_util::future::join_all(applies).await {
            assert!(report.is_success(), "seed {seed}: {report:#?}");
        }
        lab.assert_converged(&spec).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_concurrent_destroys_leave_nothing() {
    let (lab, spec) = (Lab::new(), spec());
    lab.apply(&spec).await;
    let (one, two) = tokio::join!(lab.attempt(&spec, ABSENT), lab.attempt(&spec, ABSENT));
    assert!(one.is_success() && two.is_success(), "{one:#?}\n{two:#?}");
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_outdated_destroy_plan_still_succeeds() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    // Some of the resources that the plan deletes are gone before the plan is applied.
    let plan = lab.plan(&spec(), ABSENT).await;
    let role_name = Some(TASK_ROLE.to_owned());
    tests::parts::Part::TaskRolePolicy.remove(&lab);
    lab.act(mock_iam::DeleteRoleRequest { role_name });
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    assert_eq!(everything(&lab), [""; 0]);
}
