//! ECS clusters.

use std::time::Duration;

use infra_core::arn::Arn;
use infra_core::error::ErrorKind;
use infra_core::names::ClusterName;
use infra_core::operation::ecs;
use infra_core::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterCounts, ClusterSpec, ClusterStatus,
    ContainerInsights, StrategyItem,
};
use infra_mock::api::Lag;
use infra_mock::ecs::{ContainerInstance, Service, ServiceStatus, Task, TaskStatus};

use super::{Aws, many_tags, of, owned, refused, tags};

const ARN: &str = "arn:aws:ecs:eu-west-1:123456789012:cluster/main";
const GONE: &str = "400 ClusterNotFoundException: Cluster not found.";
const INACTIVE: &str = "400 ClusterNotFoundException: The referenced cluster was inactive.";
const NOT_ACTIVE: &str = "400 ClientException: Cluster was not ACTIVE.";
const BUSY: &str = "400 UpdateInProgressException: The specified cluster is in a busy state. Cluster \
                    attachments must be in UPDATE_COMPLETE or UPDATE_FAILED state before they can be updated.";

fn name() -> ClusterName {
    of("main")
}

fn arn() -> Arn {
    of(ARN)
}

fn spec() -> ClusterSpec {
    ClusterSpec {
        name: name(),
        container_insights: ContainerInsights::Enhanced,
        capacity: CapacityProviders::fargate(),
        tags: tags([("Name", "main"), ("ä ö", "=+/@: x"), ("empty", "")]),
    }
}

/// The cluster that [`spec`] asks for.
fn expected() -> Cluster {
    let ClusterSpec { name, container_insights, capacity, tags } = spec();
    Cluster {
        name,
        arn: arn(),
        status: ClusterStatus::Active,
        container_insights: Some(container_insights),
        capacity,
        attachments: Some(AttachmentsStatus::UpdateComplete),
        tags,
        counts: ClusterCounts::default(),
    }
}

fn only(provider: &str, base: u32, weight: u32) -> CapacityProviders {
    let item = StrategyItem { capacity_provider: provider.to_owned(), base, weight };
    CapacityProviders { providers: [provider.to_owned()].into(), default_strategy: [item].into() }
}

async fn with_cluster() -> Aws {
    let aws = Aws::new();
    aws.providers.clusters().create_cluster(&spec()).await.unwrap();
    aws
}

fn settling_in_ten_seconds() -> Aws {
    Aws::lagging(Lag { capacity_providers: Duration::from_secs(10), ..Lag::default() })
}

#[tokio::test]
async fn a_cluster_is_created_and_found_with_all_that_was_asked_for() {
    let aws = Aws::new();
    let clusters = aws.providers.clusters();
    assert_eq!(clusters.create_cluster(&spec()).await.unwrap(), expected());
    assert_eq!(clusters.describe_cluster(&name()).await.unwrap(), expected());
}

#[tokio::test]
async fn a_bare_cluster_has_neither_providers_nor_tags() {
    let aws = Aws::new();
    let clusters = aws.providers.clusters();
    let bare = ClusterSpec {
        container_insights: ContainerInsights::Disabled,
        capacity: CapacityProviders::default(),
        tags: tags([]),
        ..spec()
    };
    clusters.create_cluster(&bare).await.unwrap();
    let request = aws.last_request();
    for member in ["tags", "capacityProviders", "defaultCapacityProviderStrategy"] {
        assert!(request[member].is_null(), "{member} is left out of {request}");
    }
    let expected = Cluster {
        container_insights: Some(ContainerInsights::Disabled),
        capacity: CapacityProviders::default(),
        attachments: None,
        tags: tags([]),
        ..expected()
    };
    assert_eq!(clusters.describe_cluster(&name()).await.unwrap(), expected);
}

#[tokio::test]
async fn create_repeated_gives_the_cluster_that_is_there() {
    let aws = with_cluster().await;
    assert_eq!(aws.providers.clusters().create_cluster(&spec()).await.unwrap(), expected());
}

#[tokio::test]
async fn create_with_other_arguments_finds_that_the_cluster_exists() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    for other in [
        ClusterSpec { container_insights: ContainerInsights::Disabled, ..spec() },
        ClusterSpec { capacity: CapacityProviders::default(), ..spec() },
        ClusterSpec { tags: tags([]), ..spec() },
    ] {
        refused(
            clusters.create_cluster(&other).await,
            ecs::CREATE_CLUSTER,
            ErrorKind::AlreadyExists,
            "400 InvalidParameterException: Arguments on this idempotent request are inconsistent with \
             arguments used in previous request(s).",
        );
    }
    assert_eq!(clusters.describe_cluster(&name()).await.unwrap(), expected());
}

#[tokio::test]
async fn create_refuses_what_ecs_does_not_take() {
    let aws = Aws::new();
    let clusters = aws.providers.clusters();
    let cases = [
        (
            ClusterSpec {
                container_insights: ContainerInsights::Unknown("on".to_owned()),
                ..spec()
            },
            "400 InvalidParameterException: Invalid setting 'value'",
        ),
        (
            ClusterSpec { capacity: only("GHOST", 0, 1), ..spec() },
            "400 InvalidParameterException: The specified capacity provider was not found. Specify a \
             valid capacity provider and try again.",
        ),
        (
            ClusterSpec { tags: tags([("aws:x", "x")]), ..spec() },
            "400 InvalidParameterException: Tag key must not start with aws:",
        ),
        (
            ClusterSpec { tags: many_tags(51), ..spec() },
            "400 InvalidParameterException: Tags can have at most 50 items.",
        ),
    ];
    for (spec, answer) in cases {
        let outcome = clusters.create_cluster(&spec).await;
        refused(outcome, ecs::CREATE_CLUSTER, ErrorKind::InvalidInput, answer);
    }
}

#[tokio::test]
async fn the_first_cluster_waits_for_the_role_that_ecs_makes_itself() {
    let lag = Lag { service_linked_role: Duration::from_secs(10), ..Lag::default() };
    let aws = Aws::lagging(lag);
    let clusters = aws.providers.clusters();
    refused(
        clusters.create_cluster(&spec()).await,
        ecs::CREATE_CLUSTER,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Unable to assume the service linked role. Please verify that the \
         ECS service linked role exists.",
    );
    assert_eq!(aws.calls(ecs::CREATE_CLUSTER), 1, "waiting is the engine's");
    aws.pass(10);
    assert_eq!(clusters.create_cluster(&spec()).await.unwrap(), expected());
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_any_method() {
    let aws = with_cluster().await;
    let (clusters, none) = (aws.providers.clusters(), &of("none"));
    let absent = &of("arn:aws:ecs:eu-west-1:123456789012:cluster/none");

    // To ECS a cluster that is missing is no error: the answer is a success that says so.
    let error = clusters.describe_cluster(none).await.unwrap_err();
    assert_eq!(
        (error.operation(), error.kind()),
        (Some(ecs::DESCRIBE_CLUSTERS), ErrorKind::NotFound)
    );
    assert_eq!(error.to_string(), "ecs:DescribeClusters: there is no cluster none (MISSING)");

    let gone = ErrorKind::NotFound;
    let disabled = &ContainerInsights::Disabled;
    refused(clusters.update_cluster(none, disabled).await, ecs::UPDATE_CLUSTER, gone, GONE);
    let put = clusters.put_capacity_providers(none, &CapacityProviders::fargate()).await;
    refused(put, ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, gone, GONE);
    refused(clusters.delete_cluster(none).await, ecs::DELETE_CLUSTER, gone, GONE);
    refused(clusters.list_services(none).await, ecs::LIST_SERVICES, gone, GONE);
    refused(clusters.list_tasks(none).await, ecs::LIST_TASKS, gone, GONE);
    let instances = clusters.list_container_instances(none).await;
    refused(instances, ecs::LIST_CONTAINER_INSTANCES, gone, GONE);
    let tagged = clusters.tag_cluster(absent, &tags([("a", "b")])).await;
    refused(tagged, ecs::TAG_RESOURCE, gone, GONE);
    let untagged = clusters.untag_cluster(absent, &owned(["a"])).await;
    refused(untagged, ecs::UNTAG_RESOURCE, gone, GONE);
    aws.assert_called(ecs::ALL);
}

#[tokio::test]
async fn settings_are_updated_and_all_else_stays() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    let disabled = ContainerInsights::Disabled;
    for _ in 0..2 {
        clusters.update_cluster(&name(), &disabled).await.unwrap();
        let found = clusters.describe_cluster(&name()).await.unwrap();
        assert_eq!(found, Cluster { container_insights: Some(disabled.clone()), ..expected() });
    }
    refused(
        clusters.update_cluster(&name(), &ContainerInsights::Unknown("on".to_owned())).await,
        ecs::UPDATE_CLUSTER,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid setting 'value'",
    );
}

#[tokio::test]
async fn capacity_providers_are_replaced_and_taken_away() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    for capacity in [only("FARGATE_SPOT", 3, 1000), CapacityProviders::default()] {
        for _ in 0..2 {
            clusters.put_capacity_providers(&name(), &capacity).await.unwrap();
            let found = clusters.describe_cluster(&name()).await.unwrap();
            assert_eq!(found, Cluster { capacity: capacity.clone(), ..expected() });
        }
    }
}

#[tokio::test]
async fn capacity_providers_that_cannot_be_are_refused() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    let stray = CapacityProviders {
        providers: ["FARGATE_SPOT".to_owned()].into(),
        ..only("FARGATE", 1, 1)
    };
    let mut two_bases = only("FARGATE", 1, 1);
    two_bases.providers.extend(only("FARGATE_SPOT", 1, 1).providers);
    two_bases.default_strategy.extend(only("FARGATE_SPOT", 1, 1).default_strategy);
    let cases = [
        (
            only("GHOST", 0, 1),
            "The specified capacity provider was not found. Specify a valid capacity provider and try again.",
        ),
        (
            stray,
            "The specified capacity provider strategy cannot contain a capacity provider that is not \
             associated with the cluster. Associate the capacity provider with the cluster or specify a \
             valid capacity provider and try again.",
        ),
        (
            two_bases,
            "The specified capacity provider strategy contains multiple capacity providers with a base \
             value defined.",
        ),
        // Beyond what the model's integers hold, the largest of them is sent.
        (
            only("FARGATE", u32::MAX, 1),
            "Invalid base value 2147483647. The base value must be between 0 and 100000.",
        ),
        (
            only("FARGATE", 0, 1001),
            "Invalid weight value 1001. The weight value must be between 0 and 1000.",
        ),
    ];
    for (capacity, words) in cases {
        refused(
            clusters.put_capacity_providers(&name(), &capacity).await,
            ecs::PUT_CLUSTER_CAPACITY_PROVIDERS,
            ErrorKind::InvalidInput,
            &format!("400 InvalidParameterException: {words}"),
        );
    }
    assert_eq!(clusters.describe_cluster(&name()).await.unwrap(), expected());
}

#[tokio::test]
async fn a_capacity_provider_in_use_cannot_be_taken_away_yet() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    let capacity_provider = Some("FARGATE_SPOT".to_owned());
    let service = Service { capacity_provider, ..Service::default() };
    assert!(aws.elsewhere(|call| call.ecs().add_service("main", "web", service)));
    refused(
        clusters.put_capacity_providers(&name(), &only("FARGATE", 1, 100)).await,
        ecs::PUT_CLUSTER_CAPACITY_PROVIDERS,
        ErrorKind::InUse,
        "400 ResourceInUseException: The specified capacity provider is in use and cannot be removed.",
    );
}

#[tokio::test]
async fn a_cluster_settles_and_is_busy_until_then() {
    let aws = settling_in_ten_seconds();
    let clusters = aws.providers.clusters();
    let in_progress = Some(AttachmentsStatus::UpdateInProgress);
    let busy = ErrorKind::ChangeInProgress;
    let put = ecs::PUT_CLUSTER_CAPACITY_PROVIDERS;
    let fargate = only("FARGATE", 0, 1);

    let provisioning = Cluster {
        status: ClusterStatus::Provisioning,
        attachments: in_progress.clone(),
        ..expected()
    };
    assert_eq!(clusters.create_cluster(&spec()).await.unwrap(), provisioning);
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert!(!found.is_settled());
    assert_eq!(found, provisioning);
    refused(clusters.put_capacity_providers(&name(), &fargate).await, put, busy, NOT_ACTIVE);
    let updated = clusters.update_cluster(&name(), &ContainerInsights::Disabled).await;
    refused(updated, ecs::UPDATE_CLUSTER, busy, NOT_ACTIVE);
    aws.pass(10);
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert!(found.is_settled());
    assert_eq!(found, expected());

    clusters.put_capacity_providers(&name(), &fargate).await.unwrap();
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert!(!found.is_settled());
    let changed = Cluster { capacity: fargate.clone(), ..expected() };
    assert_eq!(found, Cluster { attachments: in_progress, ..changed.clone() });
    refused(clusters.put_capacity_providers(&name(), &fargate).await, put, busy, BUSY);
    refused(clusters.delete_cluster(&name()).await, ecs::DELETE_CLUSTER, busy, BUSY);
    aws.pass(10);
    assert_eq!(clusters.describe_cluster(&name()).await.unwrap(), changed);
}

#[tokio::test]
async fn a_deleted_cluster_is_on_its_way_and_then_inactive() {
    let aws = settling_in_ten_seconds();
    let clusters = aws.providers.clusters();
    clusters.create_cluster(&spec()).await.unwrap();
    aws.pass(10);
    clusters.delete_cluster(&name()).await.unwrap();
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert_eq!(found.status, ClusterStatus::Deprovisioning);
    assert!(!found.is_settled());
    let again = clusters.delete_cluster(&name()).await;
    refused(again, ecs::DELETE_CLUSTER, ErrorKind::ChangeInProgress, BUSY);
    let created = clusters.create_cluster(&spec()).await;
    refused(created, ecs::CREATE_CLUSTER, ErrorKind::ChangeInProgress, NOT_ACTIVE);
    aws.pass(10);
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert_eq!(found.status, ClusterStatus::Inactive);
    assert!(found.is_settled() && found.counts.is_empty());
}

#[tokio::test]
async fn an_inactive_cluster_is_gone_to_all_but_describe_and_delete() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    clusters.delete_cluster(&name()).await.unwrap();
    clusters.delete_cluster(&name()).await.unwrap();
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert_eq!((found.arn, found.status), (arn(), ClusterStatus::Inactive));

    let gone = ErrorKind::NotFound;
    let enabled = &ContainerInsights::Enabled;
    let updated = clusters.update_cluster(&name(), enabled).await;
    refused(updated, ecs::UPDATE_CLUSTER, gone, INACTIVE);
    let put = clusters.put_capacity_providers(&name(), &CapacityProviders::fargate()).await;
    refused(put, ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, gone, INACTIVE);
    refused(clusters.list_services(&name()).await, ecs::LIST_SERVICES, gone, INACTIVE);
    refused(clusters.list_tasks(&name()).await, ecs::LIST_TASKS, gone, INACTIVE);
    let instances = clusters.list_container_instances(&name()).await;
    refused(instances, ecs::LIST_CONTAINER_INSTANCES, gone, INACTIVE);
    let words = "400 InvalidParameterException: The specified cluster is inactive. Specify an active \
                 cluster and try again.";
    let tagged = clusters.tag_cluster(&arn(), &tags([("a", "b")])).await;
    refused(tagged, ecs::TAG_RESOURCE, ErrorKind::InvalidInput, words);
    let untagged = clusters.untag_cluster(&arn(), &owned(["a"])).await;
    refused(untagged, ecs::UNTAG_RESOURCE, ErrorKind::InvalidInput, words);

    let anew = ClusterSpec { tags: tags([]), ..spec() };
    let created = clusters.create_cluster(&anew).await.unwrap();
    assert_eq!(created, Cluster { tags: tags([]), ..expected() });
}

#[tokio::test]
async fn what_is_on_a_cluster_is_counted_and_keeps_it_from_being_deleted() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    let cannot = |what| format!("The Cluster cannot be deleted while {what}.");
    aws.elsewhere(|call| {
        let ecs = call.ecs();
        let draining = Service { status: ServiceStatus::Draining, ..Service::default() };
        ecs.add_service("main", "web", Service::default());
        ecs.add_service("main", "old", draining);
        for (id, status) in
            [("1", TaskStatus::Running), ("2", TaskStatus::Running), ("3", TaskStatus::Pending)]
        {
            ecs.add_task("main", id, Task { status, ..Task::default() });
        }
        ecs.add_container_instance("main", "i", ContainerInstance::default());
    });
    let counts = ClusterCounts {
        active_services: 1,
        running_tasks: 2,
        pending_tasks: 1,
        container_instances: 1,
    };
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert_eq!(found, Cluster { counts, ..expected() });

    let (operation, in_use) = (ecs::DELETE_CLUSTER, ErrorKind::InUse);
    let words = cannot("Container Instances are active or draining");
    let answer = format!("400 ClusterContainsContainerInstancesException: {words}");
    refused(clusters.delete_cluster(&name()).await, operation, in_use, &answer);
    aws.elsewhere(|call| call.ecs().remove_container_instance("main", "i"));
    let words = cannot("Services are active");
    let answer = format!("400 ClusterContainsServicesException: {words}");
    refused(clusters.delete_cluster(&name()).await, operation, in_use, &answer);
    aws.elsewhere(|call| {
        call.ecs().remove_service("main", "web");
        call.ecs().remove_service("main", "old");
    });
    let words = cannot("Tasks are active");
    let answer = format!("400 ClusterContainsTasksException: {words}");
    refused(clusters.delete_cluster(&name()).await, operation, in_use, &answer);
    aws.elsewhere(|call| ["1", "2", "3"].map(|id| call.ecs().remove_task("main", id)));
    clusters.delete_cluster(&name()).await.unwrap();
}

#[tokio::test]
async fn lists_go_on_to_their_last_page() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    assert_eq!(clusters.list_services(&name()).await.unwrap(), [""; 0]);
    assert_eq!(clusters.list_tasks(&name()).await.unwrap(), [""; 0]);
    assert_eq!(clusters.list_container_instances(&name()).await.unwrap(), [""; 0]);
    aws.elsewhere(|call| {
        let ecs = call.ecs();
        for n in 0..21 {
            ecs.add_service("main", &format!("s{n:03}"), Service::default());
        }
        for n in 0..201 {
            let status = if n % 2 == 0 { TaskStatus::Running } else { TaskStatus::Pending };
            ecs.add_task("main", &format!("t{n:03}"), Task { status, ..Task::default() });
            ecs.add_container_instance("main", &format!("i{n:03}"), ContainerInstance::default());
        }
    });
    let arns = |kind: &str, letter: char, count: usize| -> Vec<String> {
        let place = "arn:aws:ecs:eu-west-1:123456789012";
        (0..count).map(|n| format!("{place}:{kind}/main/{letter}{n:03}")).collect()
    };
    let _ = aws.mock.take_journal();
    assert_eq!(clusters.list_services(&name()).await.unwrap(), arns("service", 's', 21));
    assert_eq!(clusters.list_tasks(&name()).await.unwrap(), arns("task", 't', 201));
    let instances = clusters.list_container_instances(&name()).await.unwrap();
    assert_eq!(instances, arns("container-instance", 'i', 201));
    let pages = [ecs::LIST_SERVICES, ecs::LIST_TASKS, ecs::LIST_CONTAINER_INSTANCES];
    assert_eq!(pages.map(|operation| aws.calls(operation)), [3, 3, 3]);
}

#[tokio::test]
async fn tags_are_set_beside_the_others_and_removed() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    let set = tags([("Name", "other"), ("Team", "a + b")]);
    clusters.tag_cluster(&arn(), &set).await.unwrap();
    clusters.untag_cluster(&arn(), &owned(["ä ö", "absent"])).await.unwrap();
    let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
    let found = clusters.describe_cluster(&name()).await.unwrap();
    assert_eq!(found, Cluster { tags: left, ..expected() });
    refused(
        clusters.tag_cluster(&arn(), &tags([("AWS:x", "x")])).await,
        ecs::TAG_RESOURCE,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Tag key must not start with aws:",
    );
}

#[tokio::test(start_paused = true)]
async fn more_tags_than_fifty_are_refused_together() {
    let aws = with_cluster().await;
    let clusters = aws.providers.clusters();
    refused(
        clusters.tag_cluster(&arn(), &many_tags(48)).await,
        ecs::TAG_RESOURCE,
        ErrorKind::LimitExceeded,
        "400 LimitExceededException: The resource can have at most 50 tags.",
    );
    assert_eq!(clusters.describe_cluster(&name()).await.unwrap(), expected());
    clusters.tag_cluster(&arn(), &many_tags(47)).await.unwrap();
    assert_eq!(clusters.describe_cluster(&name()).await.unwrap().tags.len(), 50);
}
