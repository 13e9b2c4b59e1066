//! Tests for capacity providers, strategies, and attachment changes that take time.

use std::time::Duration;

use super::{EcsBench, demo, named, owned};
use crate::ecs::{
    CapacityProviderStrategyItem as Item, ClusterSetting, CreateClusterRequest,
    DeleteClusterRequest, PutClusterCapacityProvidersRequest, ServiceFixture, TaskFixture,
    UpdateClusterRequest, UpdateClusterSettingsRequest,
};

/// The provider, base and weight of each item.
type Strategy<'a> = &'a [(&'a str, i32, i32)];

fn put(providers: &[&str], strategy: Strategy<'_>) -> PutClusterCapacityProvidersRequest {
    let items = strategy.iter().map(|&(name, base, weight)| Item::new(name, base, weight));
    PutClusterCapacityProvidersRequest {
        cluster: Some("demo".to_owned()),
        capacity_providers: Some(owned(providers)),
        default_capacity_provider_strategy: Some(items.collect()),
    }
}

fn lagging() -> EcsBench {
    let mut ecs = EcsBench::new();
    ecs.world.lag.capacity_providers = Duration::from_secs(30);
    ecs
}

const BUSY: &str = "UpdateInProgressException: The specified cluster is in a busy state. Cluster \
                    attachments must be in UPDATE_COMPLETE or UPDATE_FAILED state before they can be \
                    updated.";

#[test]
fn capacity_providers_are_replaced() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let cluster = ecs.run(put(&["FARGATE_SPOT"], &[("FARGATE_SPOT", 0, 1)])).unwrap().cluster;
    assert_eq!(cluster.capacity_providers, ["FARGATE_SPOT"]);
    assert_eq!(cluster.default_capacity_provider_strategy, [Item::new("FARGATE_SPOT", 0, 1)]);
    assert_eq!(cluster.attachments_status.as_deref(), Some("UPDATE_COMPLETE"));
    let cluster = ecs.run(put(&[], &[])).unwrap().cluster;
    assert_eq!(cluster.capacity_providers, [""; 0]);
    assert_eq!(cluster.default_capacity_provider_strategy, []);
}

#[test]
fn base_and_weight_default_to_zero_and_are_always_shown() {
    let mut ecs = EcsBench::new();
    let bare = Item { capacity_provider: Some("FARGATE".to_owned()), weight: None, base: None };
    let cluster = ecs.create(CreateClusterRequest {
        capacity_providers: Some(owned(&["FARGATE"])),
        default_capacity_provider_strategy: Some(vec![bare]),
        ..named("demo")
    });
    // `RunTask` and `CreateService` reject a strategy in which all weights are 0, but
    // `CreateCluster` accepts it.
    assert_eq!(cluster.default_capacity_provider_strategy, [Item::new("FARGATE", 0, 0)]);
}

#[test]
fn both_members_are_required() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let mut request = put(&["FARGATE"], &[]);
    request.default_capacity_provider_strategy = None;
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: Default capacity provider strategy cannot be empty."
    );
    let request = PutClusterCapacityProvidersRequest { capacity_providers: None, ..put(&[], &[]) };
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: Capacity providers cannot be empty."
    );
}

#[test]
fn strategies_that_break_a_rule_are_refused() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.state(|ecs| assert!(ecs.add_capacity_provider("asg")));
    let both = &["FARGATE", "FARGATE_SPOT", "asg"][..];
    let cases: [(&[&str], Strategy, &str); 8] = [
        (
            &["FARGET"],
            &[],
            "The specified capacity provider was not found. Specify a valid capacity provider and try \
             again.",
        ),
        (
            &["FARGATE"],
            &[("FARGATE_SPOT", 0, 1)],
            "The specified capacity provider strategy cannot contain a capacity provider that is not \
             associated with the cluster. Associate the capacity provider with the cluster or specify \
             a valid capacity provider and try again.",
        ),
        (
            both,
            &[("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 1)],
            "The specified capacity provider strategy contains multiple capacity providers with a base \
             value defined.",
        ),
        (
            both,
            &[("FARGATE", 1, 1), ("asg", 0, 1)],
            "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling \
             groups and Fargate providers. Specify one or the other and try again.",
        ),
        (
            both,
            &[("FARGATE", 0, 1), ("FARGATE", 0, 2)],
            "The specified capacity provider strategy cannot contain duplicate capacity providers.",
        ),
        (
            both,
            &[("FARGATE", 0, 1001)],
            "Invalid weight value 1001. The weight value must be between 0 and 1000.",
        ),
        (
            both,
            &[("FARGATE", 100_001, 1)],
            "Invalid base value 100001. The base value must be between 0 and 100000.",
        ),
        (both, &[("", 0, 1)], "Capacity provider can not be blank."),
    ];
    for (providers, strategy, message) in cases {
        let request = put(providers, strategy);
        let expected = format!("InvalidParameterException: {message}");
        let created = CreateClusterRequest {
            capacity_providers: request.capacity_providers.clone(),
            default_capacity_provider_strategy: request.default_capacity_provider_strategy.clone(),
            ..named("other")
        };
        assert_eq!(ecs.refused(request), expected);
        assert_eq!(ecs.refused(created), expected);
    }
    assert!(ecs.refused(put(both, &[("FARGATE", 0, -1)])).contains("weight value -1"));
    let many = [("FARGATE", 0, 1); 21];
    assert_eq!(
        ecs.refused(put(both, &many)),
        "InvalidParameterException: Capacity provider strategy can have at most 20 items."
    );
}

#[test]
fn a_cluster_has_at_most_twenty_capacity_providers() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let names: Vec<String> = (0..21).map(|n| format!("asg-{n}")).collect();
    ecs.state(|ecs| names.iter().for_each(|name| assert!(ecs.add_capacity_provider(name))));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        ecs.refused(put(&names, &[])),
        "InvalidParameterException: The maximum number of capacity providers per cluster has been \
         exceeded."
    );
    let cluster = ecs.run(put(&names[..20], &[])).unwrap().cluster;
    let attachments = cluster.attachments.unwrap();
    assert_eq!(attachments.len(), 20);
    assert_eq!(attachments[0].r#type, "as_policy");
    // The remaining capacity provider keeps its attachment.
    let fewer = ecs.run(put(&names[..1], &[])).unwrap().cluster;
    assert_eq!(fewer.attachments.unwrap(), attachments[..1]);
    assert!(ecs.state(|ecs| ecs.remove_capacity_provider("asg-5")));
    assert!(ecs.refused(put(&["asg-5"], &[])).contains("was not found"));
}

#[test]
fn a_capacity_provider_in_use_cannot_be_removed() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let on = Some("FARGATE_SPOT".to_owned());
    ecs.state(|ecs| {
        ecs.add_task(
            "demo",
            "t",
            TaskFixture { capacity_provider: on.clone(), ..TaskFixture::default() },
        );
    });
    let refusal = "ResourceInUseException: The specified capacity provider is in use and cannot be \
                   removed.";
    assert_eq!(ecs.refused(put(&["FARGATE"], &[])), refusal);
    ecs.state(|ecs| {
        ecs.remove_task("demo", "t");
        ecs.add_service(
            "demo",
            "s",
            ServiceFixture { capacity_provider: on, ..ServiceFixture::default() },
        );
    });
    assert_eq!(ecs.refused(put(&["FARGATE"], &[])), refusal);
    ecs.state(|ecs| ecs.remove_service("demo", "s"));
    assert!(ecs.run(put(&["FARGATE"], &[])).is_ok());
}

#[test]
fn capacity_providers_of_missing_clusters_are_refused() {
    let mut ecs = EcsBench::new();
    assert_eq!(ecs.refused(put(&[], &[])), "ClusterNotFoundException: Cluster not found.");
    ecs.create(named("demo"));
    ecs.delete("demo");
    assert_eq!(
        ecs.refused(put(&[], &[])),
        "ClusterNotFoundException: The referenced cluster was inactive."
    );
}

#[test]
fn a_new_cluster_with_providers_is_provisioning_until_they_have_settled() {
    let mut ecs = lagging();
    let cluster = ecs.create(demo());
    assert_eq!(cluster.status, "PROVISIONING");
    assert_eq!(cluster.attachments_status.as_deref(), Some("UPDATE_IN_PROGRESS"));
    assert_eq!(ecs.refused(put(&["FARGATE"], &[])), "ClientException: Cluster was not ACTIVE.");
    let update = UpdateClusterRequest { cluster: Some("demo".to_owned()), ..Default::default() };
    assert_eq!(ecs.refused(update), "ClientException: Cluster was not ACTIVE.");
    assert_eq!(ecs.create(demo()), cluster, "creating the cluster again changes nothing");
    let delete = DeleteClusterRequest { cluster: Some("demo".to_owned()) };
    assert_eq!(ecs.refused(delete), BUSY);
    ecs.pass(30);
    let cluster = ecs.look("demo");
    assert_eq!(cluster.status, "ACTIVE");
    assert_eq!(cluster.attachments_status.as_deref(), Some("UPDATE_COMPLETE"));
}

#[test]
fn a_new_cluster_without_providers_is_active_at_once() {
    assert_eq!(lagging().create(named("demo")).status, "ACTIVE");
}

#[test]
fn while_attachments_settle_further_changes_are_refused() {
    let mut ecs = lagging();
    ecs.create(named("demo"));
    let cluster = ecs.run(put(&["FARGATE"], &[])).unwrap().cluster;
    assert_eq!(cluster.status, "ACTIVE");
    assert_eq!(cluster.attachments_status.as_deref(), Some("UPDATE_IN_PROGRESS"));
    ecs.pass(29);
    assert_eq!(ecs.refused(put(&["FARGATE"], &[])), BUSY);
    let delete = DeleteClusterRequest { cluster: Some("demo".to_owned()) };
    assert_eq!(ecs.refused(delete), BUSY);
    let settings = UpdateClusterSettingsRequest {
        cluster: Some("demo".to_owned()),
        settings: Some(vec![ClusterSetting::container_insights("enabled")]),
    };
    assert_eq!(ecs.refused(settings.clone()), BUSY);
    ecs.pass(1);
    assert!(ecs.run(settings).is_ok());
    assert!(ecs.run(put(&["FARGATE"], &[])).is_ok());
}

#[test]
fn a_deleted_cluster_with_providers_is_deprovisioning_first() {
    let mut ecs = lagging();
    ecs.create(demo());
    ecs.pass(30);
    let cluster = ecs.delete("demo");
    assert_eq!(cluster.status, "DEPROVISIONING");
    assert_eq!(cluster.capacity_providers, ["FARGATE", "FARGATE_SPOT"]);
    assert_eq!(ecs.refused(demo()), "ClientException: Cluster was not ACTIVE.");
    assert_eq!(ecs.refused(put(&["FARGATE"], &[])), "ClientException: Cluster was not ACTIVE.");
    let delete = DeleteClusterRequest { cluster: Some("demo".to_owned()) };
    assert_eq!(ecs.refused(delete), BUSY);
    ecs.pass(30);
    assert_eq!(ecs.look("demo").status, "INACTIVE");
    assert_eq!(ecs.create(demo()).status, "PROVISIONING");
}

#[test]
fn attachments_show_their_progress() {
    let mut ecs = lagging();
    ecs.state(|ecs| ecs.add_capacity_provider("asg"));
    let request =
        CreateClusterRequest { capacity_providers: Some(owned(&["asg"])), ..named("demo") };
    let status = |cluster: crate::ecs::Cluster| cluster.attachments.unwrap()[0].status.clone();
    assert_eq!(status(ecs.create(request)), "PRECREATED");
    ecs.pass(30);
    assert_eq!(status(ecs.look("demo")), "CREATED");
    assert_eq!(status(ecs.delete("demo")), "DELETING");
}
