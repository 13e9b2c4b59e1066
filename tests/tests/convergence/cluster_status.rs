//! Tests for clusters whose status is not ACTIVE, and for clusters that another process creates
//! between planning and applying.

use std::sync::Arc;
use std::time::Duration;

use infra_core::engine::{Event, Events, Finding, RunOptions, Verdict};
use infra_core::error::{Effect, ErrorKind};
use infra_core::operation::ecs as operation;
use infra_mock::api::Lag;
use infra_mock::ecs;
use tests::parts::{CLUSTER, Part};
use tests::show::{blockers, changes, changing_sorted, conflicts, failures, notices};
use tests::{ABSENT, ADOPT, ClusterQuirk, Lab, PRESENT, UnusualClusters, spec};
use tokio::time::Instant;

fn with_quirk(lab: &Lab, quirk: ClusterQuirk) -> Lab {
    lab.through(|inner| UnusualClusters::providers(inner, quirk))
}

/// Returns the names of the attributes that differ from the configuration.
fn differing(findings: &[Finding]) -> Vec<&str> {
    let differing = findings.iter().filter(|finding| finding.verdict == Verdict::Differs);
    differing.map(|finding| finding.attribute.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_cluster_whose_setup_failed_is_replaced() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let failed = with_quirk(&lab, ClusterQuirk::SetupFailed);
    assert_eq!(differing(&failed.findings(&spec()).await), ["Status"]);
    let plan = failed.plan(&spec(), PRESENT).await;
    let expected = [
        r#"ecs_cluster.main replace status: "FAILED" -> "ACTIVE""#,
        "ecs_cluster_capacity_providers.main replace",
    ];
    assert_eq!(changes(&plan), expected);
    assert!(notices(&plan)[0].contains("--include ATTACHMENTS"), "{:?}", notices(&plan));
    failed.calls();
    assert!(failed.carry_out(&spec(), &plan).await.is_success());
    assert_eq!(changing_sorted(&failed.calls()), ["ecs:CreateCluster", "ecs:DeleteCluster"]);
    failed.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn a_cluster_whose_setup_failed_is_kept_while_it_is_in_use() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.with_world(|call| call.ecs().add_service(CLUSTER, "web", ecs::ServiceFixture::default()));
    let failed = with_quirk(&lab, ClusterQuirk::SetupFailed);
    let plan = failed.plan(&spec(), PRESENT).await;
    assert_eq!(blockers(&plan), ["ecs_cluster.main: the cluster has services: web"]);
}

#[tokio::test(start_paused = true)]
async fn an_unmanaged_cluster_whose_setup_failed_is_never_deleted() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    remove_name_tag(&lab);
    let failed = with_quirk(&lab, ClusterQuirk::SetupFailed);
    let plan = failed.plan(&spec(), PRESENT).await;
    assert_eq!(conflicts(&plan).len(), 1);
    let plan = failed.plan(&spec(), ADOPT).await;
    let expected = "ecs_cluster.main: the cluster could not be set up, so adopting it would \
                    delete and recreate it";
    assert_eq!(blockers(&plan), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_whose_setup_failed_is_destroyed_like_any_other() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let failed = with_quirk(&lab, ClusterQuirk::SetupFailed);
    failed.destroy(&spec()).await;
    assert!(failed.plan(&spec(), ABSENT).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn capacity_providers_whose_update_failed_are_set_again() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let failed = with_quirk(&lab, ClusterQuirk::UpdateFailed);
    assert_eq!(differing(&failed.findings(&spec()).await), ["Capacity provider update"]);
    let plan = failed.plan(&spec(), PRESENT).await;
    let expected = r#"ecs_cluster_capacity_providers.main update attachments_status: "UPDATE_FAILED" -> "UPDATE_COMPLETE""#;
    assert_eq!(changes(&plan), [expected]);
    failed.calls();
    assert!(failed.carry_out(&spec(), &plan).await.is_success());
    assert_eq!(changing_sorted(&failed.calls()), ["ecs:PutClusterCapacityProviders"]);
    failed.assert_converged(&spec()).await;
}

/// Cancels the run as soon as it starts to wait for the cluster.
#[derive(Debug)]
struct CancelWhileWaiting(RunOptions);

impl Events for CancelWhileWaiting {
    fn emit(&self, event: &Event<'_>) {
        if let Event::Waiting { operation: operation::DESCRIBE_CLUSTERS, .. } = event {
            self.0.cancel.cancel();
        }
    }
}

fn slow() -> Lab {
    Lab::with_lag(Lag { capacity_providers: Duration::from_mins(1), ..Lag::default() })
}

/// Applies the foundation, and cancels the run while the new cluster is PROVISIONING.
async fn cancelled_while_provisioning() -> Lab {
    let mut lab = slow();
    let run = RunOptions::default();
    lab.options = RunOptions { events: Arc::new(CancelWhileWaiting(run.clone())), ..run };
    let report = lab.attempt(&spec(), PRESENT).await;
    let failed: Vec<_> = report.failures().collect();
    let [(step, error)] = &failed[..] else { panic!("{report:#?}") };
    assert_eq!(step.operation, operation::CREATE_CLUSTER);
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Done));
    assert_eq!(error.resource(), Some("ecs_cluster.main"));
    assert_eq!(
        error.message(),
        "cancelled while waiting for the cluster's capacity providers to be set up"
    );
    lab.options = RunOptions::default();
    lab
}

#[tokio::test(start_paused = true)]
async fn apply_waits_for_a_cluster_that_an_earlier_run_left_provisioning() {
    let lab = cancelled_while_provisioning().await;
    let begin = Instant::now();
    let plan = lab.apply(&spec()).await;
    let lines = changes(&plan);
    let expected = [
        r#"ecs_cluster.main update status: "PROVISIONING" -> "ACTIVE""#,
        r#"ecs_cluster_capacity_providers.main update attachments_status: "UPDATE_IN_PROGRESS" -> "UPDATE_COMPLETE""#,
    ];
    assert_eq!(lines[..2], expected);
    let elapsed = begin.elapsed().as_secs();
    assert!((50..70).contains(&elapsed), "{elapsed}");
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn apply_waits_for_a_provisioning_cluster_before_it_changes_capacity_providers() {
    let lab = cancelled_while_provisioning().await;
    let mut varied = spec();
    varied.cluster.capacity.default_strategy.clear();
    lab.calls();
    lab.apply(&varied).await;
    let put = "PutClusterCapacityProviders";
    let puts = lab.calls().iter().filter(|call| call.operation == put).count();
    assert_eq!(puts, 1, "the run waits until the cluster is ACTIVE before changing it");
    lab.assert_converged(&varied).await;
}

#[tokio::test(start_paused = true)]
async fn apply_waits_for_capacity_providers_that_are_being_updated() {
    let lab = slow();
    lab.apply(&spec()).await;
    // Setting the capacity providers takes time even if the values stay the same.
    let item = ecs::CapacityProviderStrategyItem::new("FARGATE", 1, 100);
    lab.act(ecs::PutClusterCapacityProvidersRequest {
        cluster: Some(CLUSTER.to_owned()),
        capacity_providers: Some(["FARGATE", "FARGATE_SPOT"].map(str::to_owned).into()),
        default_capacity_provider_strategy: Some(vec![item]),
    });
    let plan = lab.plan(&spec(), PRESENT).await;
    let expected = r#"ecs_cluster_capacity_providers.main update attachments_status: "UPDATE_IN_PROGRESS" -> "UPDATE_COMPLETE""#;
    assert_eq!(changes(&plan), [expected]);
    lab.calls();
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_cancelled_while_it_confirms_a_deletion_reports_the_deletion_as_done() {
    let mut lab = slow();
    lab.apply(&spec()).await;
    let run = RunOptions::default();
    lab.options = RunOptions { events: Arc::new(CancelWhileWaiting(run.clone())), ..run };
    let report = lab.attempt(&spec(), ABSENT).await;
    let deletion = report.failures().find(|(step, _)| step.operation == operation::DELETE_CLUSTER);
    let (_, error) = deletion.expect("deleting the cluster takes a minute");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Done));
}

fn remove_name_tag(lab: &Lab) {
    let resource_arn = Some(format!("arn:aws:ecs:us-east-1:123456789012:cluster/{CLUSTER}"));
    let tag_keys = Some(vec!["Name".to_owned()]);
    lab.act(ecs::UntagResourceRequest { resource_arn, tag_keys });
}

/// Creates the planned cluster outside ecs-foundation, with the given tags, and then applies the
/// plan. Returns the lab, the errors from the apply, and the kinds of these errors.
async fn cluster_created_concurrently(tags: &[(&str, &str)]) -> (Lab, Vec<String>, Vec<ErrorKind>) {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    Part::Cluster.remove(&lab);
    let plan = lab.plan(&spec(), PRESENT).await;
    lab.act(ecs::CreateClusterRequest {
        cluster_name: Some(CLUSTER.to_owned()),
        settings: Some(vec![ecs::ClusterSetting::container_insights("enabled")]),
        capacity_providers: Some(["FARGATE", "FARGATE_SPOT"].map(str::to_owned).into()),
        default_capacity_provider_strategy: Some(vec![ecs::CapacityProviderStrategyItem::new(
            "FARGATE", 1, 100,
        )]),
        tags: Some(tags.iter().map(|(key, value)| ecs::Tag::new(*key, *value)).collect()),
        ..Default::default()
    });
    let before = lab.mock.world();
    let report = with_quirk(&lab, ClusterQuirk::Idempotent).carry_out(&spec(), &plan).await;
    assert_eq!(lab.mock.world(), before, "the run changed nothing");
    let effects = report.failures().map(|(_, error)| error.effect());
    assert!(effects.eq(report.failures().map(|(_, error)| match error.kind() {
        // AWS answers as if this run had created the cluster. If the returned cluster is not
        // managed, the run cannot have created it.
        ErrorKind::NotManaged => Effect::None,
        _ => Effect::Unknown,
    })));
    let described = report.failures().all(|(step, error)| {
        let place = (error.operation(), error.resource());
        place == (Some(operation::CREATE_CLUSTER), Some(step.address.as_str()))
            && error.hint().is_some()
    });
    assert!(described, "{report:#?}");
    let kinds = report.failures().map(|(_, error)| error.kind()).collect();
    (lab, failures(&report), kinds)
}

#[tokio::test(start_paused = true)]
async fn an_equal_unmanaged_cluster_that_create_returns_is_not_adopted() {
    let (lab, errors, kinds) = cluster_created_concurrently(&[]).await;
    assert_eq!(kinds, [ErrorKind::NotManaged]);
    let expected = "ecs:CreateCluster for ecs_cluster.main: the resource was created by someone else in the \
                    meantime: its Name tag is missing, expected \"demo-dev-cluster\"";
    assert_eq!(errors, [expected]);
    assert_eq!(conflicts(&lab.plan(&spec(), PRESENT).await).len(), 1);

    let (_, errors, kinds) = cluster_created_concurrently(&[("Name", "theirs")]).await;
    assert_eq!(kinds, [ErrorKind::NotManaged]);
    assert!(errors[0].contains("its Name tag is \"theirs\""), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn an_equal_cluster_with_our_name_tag_that_create_returns_is_managed() {
    let (lab, errors, _) = cluster_created_concurrently(&[("Name", CLUSTER)]).await;
    assert_eq!(errors, [""; 0]);
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_create_returns_without_configured_tags_is_reported() {
    let lab = Lab::new();
    let mut tagged = spec();
    tagged.tags.set("Team", "blue").unwrap();
    let plan = lab.plan(&tagged, PRESENT).await;
    lab.apply(&spec()).await;
    let idempotent = with_quirk(&lab, ClusterQuirk::Idempotent);
    let report = idempotent.carry_out(&tagged, &plan).await;
    let cluster = report.failures().find(|(step, _)| step.address.as_str() == "ecs_cluster.main");
    let (_, error) = cluster.expect("the tag is missing");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Changed, Effect::Unknown));
    assert_eq!(
        error.message(),
        "the resource was created after planning, and its tags.Team does not match the configuration"
    );
    lab.apply(&tagged).await;
    lab.assert_converged(&tagged).await;
}
