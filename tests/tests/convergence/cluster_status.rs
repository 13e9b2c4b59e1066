//! Clusters that are not simply ACTIVE: what a plan makes of each status, and clusters that were there first.

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

fn odd(lab: &Lab, odd: ClusterQuirk) -> Lab {
    lab.through(|inner| UnusualClusters::providers(inner, odd))
}

/// The attributes of the cluster and its capacity providers that differ.
fn differing(findings: &[Finding]) -> Vec<&str> {
    let differing = findings.iter().filter(|finding| finding.verdict == Verdict::Differs);
    differing.map(|finding| finding.attribute.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_cluster_whose_setup_failed_is_made_anew() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let failed = odd(&lab, ClusterQuirk::SetupFailed);
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
async fn a_cluster_whose_setup_failed_is_kept_while_something_is_on_it() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.with_world(|call| call.ecs().add_service(CLUSTER, "web", ecs::Service::default()));
    let failed = odd(&lab, ClusterQuirk::SetupFailed);
    let plan = failed.plan(&spec(), PRESENT).await;
    assert_eq!(blockers(&plan), ["ecs_cluster.main: the cluster has services: web"]);
}

#[tokio::test(start_paused = true)]
async fn somebody_else_s_cluster_whose_setup_failed_is_never_deleted() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    take_name_tag_off(&lab);
    let failed = odd(&lab, ClusterQuirk::SetupFailed);
    let plan = failed.plan(&spec(), PRESENT).await;
    assert_eq!(conflicts(&plan).len(), 1);
    let plan = failed.plan(&spec(), ADOPT).await;
    let expected = "ecs_cluster.main: its setup has failed, and taking it over would delete it";
    assert_eq!(blockers(&plan), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_whose_setup_failed_is_destroyed_like_any_other() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let failed = odd(&lab, ClusterQuirk::SetupFailed);
    failed.destroy(&spec()).await;
    assert!(failed.plan(&spec(), ABSENT).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn capacity_providers_whose_update_failed_are_set_again() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let failed = odd(&lab, ClusterQuirk::UpdateFailed);
    assert_eq!(differing(&failed.findings(&spec()).await), ["Capacity provider update"]);
    let plan = failed.plan(&spec(), PRESENT).await;
    let expected = r#"ecs_cluster_capacity_providers.main update attachments_status: "UPDATE_FAILED" -> "UPDATE_COMPLETE""#;
    assert_eq!(changes(&plan), [expected]);
    failed.calls();
    assert!(failed.carry_out(&spec(), &plan).await.is_success());
    assert_eq!(changing_sorted(&failed.calls()), ["ecs:PutClusterCapacityProviders"]);
    failed.assert_converged(&spec()).await;
}

/// Stops the run as the cluster is waited for.
#[derive(Debug)]
struct StopsAsItSettles(RunOptions);

impl Events for StopsAsItSettles {
    fn emit(&self, event: &Event<'_>) {
        if let Event::Waiting { operation: operation::DESCRIBE_CLUSTERS, .. } = event {
            self.0.cancel.cancel();
        }
    }
}

fn slow() -> Lab {
    Lab::with_lag(Lag { capacity_providers: Duration::from_mins(1), ..Lag::default() })
}

/// Applies, and stops as the new cluster is PROVISIONING.
async fn stopped_as_it_settles() -> Lab {
    let mut lab = slow();
    let run = RunOptions::default();
    lab.options = RunOptions { events: Arc::new(StopsAsItSettles(run.clone())), ..run };
    let report = lab.attempt(&spec(), PRESENT).await;
    let failed: Vec<_> = report.failures().collect();
    let [(step, error)] = &failed[..] else { panic!("{report:#?}") };
    assert_eq!(step.operation, operation::CREATE_CLUSTER);
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Done));
    assert_eq!(error.resource(), Some("ecs_cluster.main"));
    assert_eq!(
        error.message(),
        "stopped while waiting for the cluster's capacity providers to be set up"
    );
    lab.options = RunOptions::default();
    lab
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_an_earlier_run_left_provisioning_is_waited_for() {
    let lab = stopped_as_it_settles().await;
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
async fn a_cluster_left_provisioning_is_waited_for_before_its_capacity_providers_change() {
    let lab = stopped_as_it_settles().await;
    let mut varied = spec();
    varied.cluster.capacity.default_strategy.clear();
    lab.calls();
    lab.apply(&varied).await;
    let put = "PutClusterCapacityProviders";
    let puts = lab.calls().iter().filter(|call| call.operation == put).count();
    assert_eq!(puts, 1, "the cluster was ACTIVE before it was changed");
    lab.assert_converged(&varied).await;
}

#[tokio::test(start_paused = true)]
async fn capacity_providers_that_are_being_changed_are_waited_for() {
    let lab = slow();
    lab.apply(&spec()).await;
    // Somebody sets what is there, which takes its time all the same.
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
async fn a_run_stopped_while_it_sees_to_a_deletion_says_that_it_was_deleted() {
    let mut lab = slow();
    lab.apply(&spec()).await;
    let run = RunOptions::default();
    lab.options = RunOptions { events: Arc::new(StopsAsItSettles(run.clone())), ..run };
    let report = lab.attempt(&spec(), ABSENT).await;
    let deletion = report.failures().find(|(step, _)| step.operation == operation::DELETE_CLUSTER);
    let (_, error) = deletion.expect("the cluster takes a minute to go");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Done));
}

fn take_name_tag_off(lab: &Lab) {
    let resource_arn = Some(format!("arn:aws:ecs:us-east-1:123456789012:cluster/{CLUSTER}"));
    let tag_keys = Some(vec!["Name".to_owned()]);
    lab.act(ecs::UntagResourceRequest { resource_arn, tag_keys });
}

/// Between plan and apply somebody makes a cluster equal to ours but for its tags.
async fn somebody_was_quicker(tags: &[(&str, &str)]) -> (Lab, Vec<String>, Vec<ErrorKind>) {
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
    let report = odd(&lab, ClusterQuirk::Idempotent).carry_out(&spec(), &plan).await;
    assert_eq!(lab.mock.world(), before, "it was not touched");
    let effects = report.failures().map(|(_, error)| error.effect());
    assert!(effects.eq(report.failures().map(|(_, error)| match error.kind() {
        // Not ours: then this run has not made it, though AWS answered as if it had.
        ErrorKind::NotOurs => Effect::None,
        _ => Effect::Unknown,
    })));
    let told = report.failures().all(|(step, error)| {
        let place = (error.operation(), error.resource());
        place == (Some(operation::CREATE_CLUSTER), Some(step.address.as_str()))
            && error.hint().is_some()
    });
    assert!(told, "{report:#?}");
    let kinds = report.failures().map(|(_, error)| error.kind()).collect();
    (lab, failures(&report), kinds)
}

#[tokio::test(start_paused = true)]
async fn an_equal_cluster_of_somebody_else_s_that_create_gives_back_is_not_taken_over() {
    let (lab, errors, kinds) = somebody_was_quicker(&[]).await;
    assert_eq!(kinds, [ErrorKind::NotOurs]);
    let expected = "ecs:CreateCluster for ecs_cluster.main: it was made by somebody else meanwhile: it \
                    has no Name tag, ours would be \"demo-dev-cluster\"";
    assert_eq!(errors, [expected]);
    assert_eq!(conflicts(&lab.plan(&spec(), PRESENT).await).len(), 1);

    let (_, errors, kinds) = somebody_was_quicker(&[("Name", "theirs")]).await;
    assert_eq!(kinds, [ErrorKind::NotOurs]);
    assert!(errors[0].contains("its Name tag is \"theirs\""), "{errors:?}");
}

#[tokio::test(start_paused = true)]
async fn an_equal_cluster_of_our_name_that_create_gives_back_is_ours() {
    let (lab, errors, _) = somebody_was_quicker(&[("Name", CLUSTER)]).await;
    assert_eq!(errors, [""; 0]);
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_create_gives_back_without_some_of_our_tags_is_told() {
    let lab = Lab::new();
    let mut tagged = spec();
    tagged.tags.set("Team", "blue").unwrap();
    let plan = lab.plan(&tagged, PRESENT).await;
    lab.apply(&spec()).await;
    let odd = odd(&lab, ClusterQuirk::Idempotent);
    let report = odd.carry_out(&tagged, &plan).await;
    let cluster = report.failures().find(|(step, _)| step.address.as_str() == "ecs_cluster.main");
    let (_, error) = cluster.expect("the tag is missing");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Changed, Effect::Unknown));
    assert_eq!(error.message(), "it was made meanwhile, but its tags.Team differs");
    lab.apply(&tagged).await;
    lab.assert_converged(&tagged).await;
}
