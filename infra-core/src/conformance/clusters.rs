//! ECS clusters.

use super::check::{Failure, equal, holds};
use super::support::{many_tags, odd_tags, owned, tags};
use super::{Deed, Fixture, Verdict};
use crate::arn::Arn;
use crate::error::{ErrorKind, Result};
use crate::names::ClusterName;
use crate::operation::ecs;
use crate::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterCounts, ClusterSpec, ClusterStatus,
    ContainerInsights, StrategyItem,
};

scenarios! { "clusters" needs [Clusters]:
    a_cluster_is_created_and_found_with_all_that_was_asked_for;
    a_bare_cluster_has_neither_providers_nor_tags;
    create_repeated_gives_the_cluster_that_is_there;
    create_with_other_settings_finds_that_the_cluster_exists;
    create_with_other_providers_finds_that_the_cluster_exists;
    create_with_other_tags_finds_that_the_cluster_exists;
    create_refuses_a_setting_that_is_none;
    create_refuses_a_provider_that_is_none;
    create_refuses_a_tag_that_is_aws_s_own;
    create_refuses_more_tags_than_fifty;
    the_first_cluster_waits_for_the_role_that_ecs_makes_itself needs [SlowServiceLinkedRole];
    a_cluster_that_is_absent_is_not_found;
    settings_and_providers_of_an_absent_cluster_are_not_found;
    an_absent_cluster_is_not_found_by_delete;
    lists_of_an_absent_cluster_are_not_found;
    tags_of_an_absent_cluster_are_not_found;
    settings_are_updated_and_all_else_stays;
    settings_that_are_none_are_refused;
    capacity_providers_are_replaced_and_taken_away;
    capacity_providers_that_do_not_exist_are_refused;
    a_strategy_over_other_providers_is_refused;
    a_strategy_with_two_bases_is_refused;
    a_base_and_a_weight_beyond_their_bounds_are_refused;
    a_capacity_provider_in_use_cannot_be_taken_away_yet needs [Workloads];
    a_cluster_settles_and_is_busy_until_then needs [SlowClusters];
    a_deleted_cluster_is_on_its_way_and_then_inactive needs [SlowClusters];
    a_deleted_cluster_is_inactive_and_can_be_deleted_again;
    an_inactive_cluster_takes_no_change;
    lists_of_an_inactive_cluster_are_not_found;
    an_inactive_cluster_takes_no_tags;
    an_inactive_cluster_is_made_anew_as_asked_for;
    a_new_cluster_has_nothing_on_it;
    what_is_on_a_cluster_is_counted needs [Workloads];
    services_keep_a_cluster_from_being_deleted needs [Workloads];
    tasks_keep_a_cluster_from_being_deleted needs [Workloads];
    container_instances_keep_a_cluster_from_being_deleted needs [Workloads];
    services_tasks_and_instances_are_listed needs [Workloads];
    lists_go_on_to_their_last_page needs [Workloads, Bulk];
    tags_are_set_beside_the_others_and_removed;
    a_tag_that_is_aws_s_own_is_refused;
    more_tags_than_fifty_are_refused_together;
}

const GONE: &str = "400 ClusterNotFoundException: Cluster not found.";
const INACTIVE: &str = "400 ClusterNotFoundException: The referenced cluster was inactive.";
const NOT_ACTIVE: &str = "400 ClientException: Cluster was not ACTIVE.";
const BUSY: &str = "400 UpdateInProgressException: The specified cluster is in a busy state. Cluster \
                    attachments must be in UPDATE_COMPLETE or UPDATE_FAILED state before they can be updated.";
const OTHER: &str = "400 InvalidParameterException: Arguments on this idempotent request are inconsistent with \
                     arguments used in previous request(s).";
const NO_PROVIDER: &str = "400 InvalidParameterException: The specified capacity provider was not found. \
                           Specify a valid capacity provider and try again.";

fn arn(at: &Fixture, name: &ClusterName) -> Arn {
    at.location().arn("ecs", format!("cluster/{name}"))
}

/// The cluster of most scenarios.
fn spec(at: &Fixture) -> Verdict<ClusterSpec> {
    Ok(ClusterSpec {
        name: at.cluster("main")?,
        container_insights: ContainerInsights::Enhanced,
        capacity: CapacityProviders::fargate(),
        tags: odd_tags(),
    })
}

/// The cluster that a specification asks for, once it has settled.
fn expected(at: &Fixture, spec: &ClusterSpec) -> Cluster {
    let ClusterSpec { name, container_insights, capacity, tags } = spec.clone();
    Cluster {
        arn: arn(at, &name),
        name,
        status: ClusterStatus::Active,
        container_insights: Some(container_insights),
        capacity,
        attachments: None,
        tags,
        counts: ClusterCounts::default(),
    }
}

/// The cluster without its attachments' status, if that says that they are settled or nothing.
fn at_rest(mut cluster: Cluster) -> Cluster {
    if cluster.attachments == Some(AttachmentsStatus::UpdateComplete) {
        cluster.attachments = None;
    }
    cluster
}

/// The cluster as create gives it: it may still be on its way.
fn created(mut cluster: Cluster) -> Cluster {
    if !cluster.is_settled() && cluster.status == ClusterStatus::Provisioning {
        cluster.status = ClusterStatus::Active;
        cluster.attachments = None;
    }
    at_rest(cluster)
}

async fn described(at: &Fixture, name: &ClusterName) -> Result<Cluster> {
    at.clusters().describe_cluster(name).await.map(at_rest)
}

/// Makes the cluster, and waits until it has settled.
async fn made(at: &Fixture, spec: &ClusterSpec) -> Verdict<Cluster> {
    let cluster = expected(at, spec);
    at.clusters().create_cluster(spec).await?;
    reads!(at, described(at, &spec.name), cluster.clone());
    Ok(cluster)
}

fn only(provider: &str, base: u32, weight: u32) -> CapacityProviders {
    let item = StrategyItem { capacity_provider: provider.to_owned(), base, weight };
    CapacityProviders { providers: [provider.to_owned()].into(), default_strategy: [item].into() }
}

async fn a_cluster_is_created_and_found_with_all_that_was_asked_for(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = expected(at, &spec);
    equal(&created(at.clusters().create_cluster(&spec).await?), &cluster)?;
    reads!(at, described(at, &spec.name), cluster);
    Ok(())
}

async fn a_bare_cluster_has_neither_providers_nor_tags(at: &Fixture) -> Verdict {
    let bare = ClusterSpec {
        container_insights: ContainerInsights::Disabled,
        capacity: CapacityProviders::default(),
        tags: tags([]),
        ..spec(at)?
    };
    equal(&created(at.clusters().create_cluster(&bare).await?), &expected(at, &bare))?;
    reads!(at, described(at, &bare.name), expected(at, &bare));
    Ok(())
}

async fn create_repeated_gives_the_cluster_that_is_there(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    equal(&created(at.clusters().create_cluster(&spec).await?), &cluster)?;
    reads!(at, described(at, &spec.name), cluster);
    Ok(())
}

async fn exists_with_other_arguments(
    at: &Fixture,
    other: impl FnOnce(ClusterSpec) -> ClusterSpec,
) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    let outcome = at.clusters().create_cluster(&other(spec.clone())).await;
    at.refused(outcome, ecs::CREATE_CLUSTER, ErrorKind::AlreadyExists, OTHER)?;
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn create_with_other_settings_finds_that_the_cluster_exists(at: &Fixture) -> Verdict {
    let container_insights = ContainerInsights::Disabled;
    exists_with_other_arguments(at, |spec| ClusterSpec { container_insights, ..spec }).await
}

async fn create_with_other_providers_finds_that_the_cluster_exists(at: &Fixture) -> Verdict {
    let capacity = CapacityProviders::default();
    exists_with_other_arguments(at, |spec| ClusterSpec { capacity, ..spec }).await
}

async fn create_with_other_tags_finds_that_the_cluster_exists(at: &Fixture) -> Verdict {
    exists_with_other_arguments(at, |spec| ClusterSpec { tags: tags([]), ..spec }).await
}

/// Create refuses it, and nothing is made.
async fn create_refuses(at: &Fixture, spec: ClusterSpec, answer: &str) -> Verdict {
    let outcome = at.clusters().create_cluster(&spec).await;
    at.refused(outcome, ecs::CREATE_CLUSTER, ErrorKind::InvalidInput, answer)?;
    at.absent(at.clusters().describe_cluster(&spec.name).await, ecs::DESCRIBE_CLUSTERS)
}

async fn create_refuses_a_setting_that_is_none(at: &Fixture) -> Verdict {
    let container_insights = ContainerInsights::Unknown("on".to_owned());
    let answer = "400 InvalidParameterException: Invalid setting 'value'";
    create_refuses(at, ClusterSpec { container_insights, ..spec(at)? }, answer).await
}

async fn create_refuses_a_provider_that_is_none(at: &Fixture) -> Verdict {
    let capacity = only("GHOST", 0, 1);
    create_refuses(at, ClusterSpec { capacity, ..spec(at)? }, NO_PROVIDER).await
}

async fn create_refuses_a_tag_that_is_aws_s_own(at: &Fixture) -> Verdict {
    let tags = tags([("aws:x", "x")]);
    let answer = "400 InvalidParameterException: Tag key must not start with aws:";
    create_refuses(at, ClusterSpec { tags, ..spec(at)? }, answer).await
}

async fn create_refuses_more_tags_than_fifty(at: &Fixture) -> Verdict {
    let tags = many_tags(51);
    let answer = "400 InvalidParameterException: Tags can have at most 50 items.";
    create_refuses(at, ClusterSpec { tags, ..spec(at)? }, answer).await
}

async fn the_first_cluster_waits_for_the_role_that_ecs_makes_itself(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    at.refused(
        at.clusters().create_cluster(&spec).await,
        ecs::CREATE_CLUSTER,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Unable to assume the service linked role. Please verify that the \
         ECS service linked role exists.",
    )?;
    at.pass().await?;
    made(at, &spec).await.map(drop)
}

async fn a_cluster_that_is_absent_is_not_found(at: &Fixture) -> Verdict {
    // To ECS a cluster that is missing is no error: the answer is a success that says so.
    made(at, &spec(at)?).await?;
    let none = at.cluster("mai")?;
    at.absent(at.clusters().describe_cluster(&none).await, ecs::DESCRIBE_CLUSTERS)
}

async fn settings_and_providers_of_an_absent_cluster_are_not_found(at: &Fixture) -> Verdict {
    let (clusters, none, gone) = (at.clusters(), &at.cluster("none")?, ErrorKind::NotFound);
    let updated = clusters.update_cluster(none, &ContainerInsights::Disabled).await;
    at.refused(updated, ecs::UPDATE_CLUSTER, gone, GONE)?;
    let put = clusters.put_capacity_providers(none, &CapacityProviders::fargate()).await;
    at.refused(put, ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, gone, GONE)
}

async fn an_absent_cluster_is_not_found_by_delete(at: &Fixture) -> Verdict {
    let deleted = at.clusters().delete_cluster(&at.cluster("none")?).await;
    at.refused(deleted, ecs::DELETE_CLUSTER, ErrorKind::NotFound, GONE)
}

/// No list is of a cluster that is not there, or not any more.
async fn lists_are_not_found(at: &Fixture, name: &ClusterName, answer: &str) -> Verdict {
    let (clusters, gone) = (at.clusters(), ErrorKind::NotFound);
    at.refused(clusters.list_services(name).await, ecs::LIST_SERVICES, gone, answer)?;
    at.refused(clusters.list_tasks(name).await, ecs::LIST_TASKS, gone, answer)?;
    let instances = clusters.list_container_instances(name).await;
    at.refused(instances, ecs::LIST_CONTAINER_INSTANCES, gone, answer)
}

async fn lists_of_an_absent_cluster_are_not_found(at: &Fixture) -> Verdict {
    lists_are_not_found(at, &at.cluster("none")?, GONE).await
}

async fn tags_of_an_absent_cluster_are_not_found(at: &Fixture) -> Verdict {
    let (clusters, absent) = (at.clusters(), &arn(at, &at.cluster("none")?));
    let tagged = clusters.tag_cluster(absent, &tags([("a", "b")])).await;
    at.refused(tagged, ecs::TAG_RESOURCE, ErrorKind::NotFound, GONE)?;
    let untagged = clusters.untag_cluster(absent, &owned(["a"])).await;
    at.refused(untagged, ecs::UNTAG_RESOURCE, ErrorKind::NotFound, GONE)
}

async fn settings_are_updated_and_all_else_stays(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    let values = [
        ContainerInsights::Disabled,
        ContainerInsights::Disabled,
        ContainerInsights::Enabled,
        ContainerInsights::Enhanced,
    ];
    for value in values {
        at.clusters().update_cluster(&spec.name, &value).await?;
        let expected = Cluster { container_insights: Some(value), ..cluster.clone() };
        reads!(at, described(at, &spec.name), expected);
    }
    Ok(())
}

async fn settings_that_are_none_are_refused(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    let on = ContainerInsights::Unknown("on".to_owned());
    at.refused(
        at.clusters().update_cluster(&spec.name, &on).await,
        ecs::UPDATE_CLUSTER,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid setting 'value'",
    )?;
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn capacity_providers_are_replaced_and_taken_away(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    for capacity in [only("FARGATE_SPOT", 3, 1000), CapacityProviders::default()] {
        for _ in 0..2 {
            at.clusters().put_capacity_providers(&spec.name, &capacity).await?;
            let expected = Cluster { capacity: capacity.clone(), ..cluster.clone() };
            reads!(at, described(at, &spec.name), expected);
        }
    }
    Ok(())
}

/// ECS refuses the providers or their strategy, and leaves what is there.
async fn put_refuses(at: &Fixture, cases: &[(CapacityProviders, &str)]) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    for (capacity, answer) in cases {
        let outcome = at.clusters().put_capacity_providers(&spec.name, capacity).await;
        let operation = ecs::PUT_CLUSTER_CAPACITY_PROVIDERS;
        at.refused(outcome, operation, ErrorKind::InvalidInput, answer)?;
    }
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn capacity_providers_that_do_not_exist_are_refused(at: &Fixture) -> Verdict {
    put_refuses(at, &[(only("GHOST", 0, 1), NO_PROVIDER)]).await
}

async fn a_strategy_over_other_providers_is_refused(at: &Fixture) -> Verdict {
    let providers = ["FARGATE_SPOT".to_owned()].into();
    let stray = CapacityProviders { providers, ..only("FARGATE", 1, 1) };
    let answer = "400 InvalidParameterException: The specified capacity provider strategy cannot contain a \
                  capacity provider that is not associated with the cluster. Associate the capacity provider \
                  with the cluster or specify a valid capacity provider and try again.";
    put_refuses(at, &[(stray, answer)]).await
}

async fn a_strategy_with_two_bases_is_refused(at: &Fixture) -> Verdict {
    let mut two_bases = only("FARGATE", 1, 1);
    two_bases.providers.extend(only("FARGATE_SPOT", 1, 1).providers);
    two_bases.default_strategy.extend(only("FARGATE_SPOT", 1, 1).default_strategy);
    let answer = "400 InvalidParameterException: The specified capacity provider strategy contains multiple \
                  capacity providers with a base value defined.";
    put_refuses(at, &[(two_bases, answer)]).await
}

async fn a_base_and_a_weight_beyond_their_bounds_are_refused(at: &Fixture) -> Verdict {
    let cases = [
        (
            only("FARGATE", 100_001, 1),
            "400 InvalidParameterException: Invalid base value 100001. The base value must be between 0 and \
             100000.",
        ),
        (
            only("FARGATE", 0, 1001),
            "400 InvalidParameterException: Invalid weight value 1001. The weight value must be between 0 \
             and 1000.",
        ),
    ];
    put_refuses(at, &cases).await
}

async fn a_capacity_provider_in_use_cannot_be_taken_away_yet(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    at.act(Deed::AddService {
        cluster: spec.name.clone(),
        service: "web".to_owned(),
        capacity_provider: Some("FARGATE_SPOT".to_owned()),
    })
    .await?;
    at.refused(
        at.clusters().put_capacity_providers(&spec.name, &only("FARGATE", 1, 100)).await,
        ecs::PUT_CLUSTER_CAPACITY_PROVIDERS,
        ErrorKind::InUse,
        "400 ResourceInUseException: The specified capacity provider is in use and cannot be removed.",
    )?;
    equal(&described(at, &spec.name).await?.capacity, &cluster.capacity)
}

async fn a_cluster_settles_and_is_busy_until_then(at: &Fixture) -> Verdict {
    let (clusters, spec) = (at.clusters(), spec(at)?);
    let (name, cluster) = (&spec.name, expected(at, &spec));
    let in_progress = Some(AttachmentsStatus::UpdateInProgress);
    let (busy, put) = (ErrorKind::ChangeInProgress, ecs::PUT_CLUSTER_CAPACITY_PROVIDERS);
    let fargate = only("FARGATE", 0, 1);

    let provisioning = Cluster {
        status: ClusterStatus::Provisioning,
        attachments: in_progress.clone(),
        ..cluster.clone()
    };
    equal(&clusters.create_cluster(&spec).await?, &provisioning)?;
    let found = clusters.describe_cluster(name).await?;
    holds(!found.is_settled(), "a cluster that is being made has not settled")?;
    equal(&found, &provisioning)?;
    at.refused(clusters.put_capacity_providers(name, &fargate).await, put, busy, NOT_ACTIVE)?;
    let updated = clusters.update_cluster(name, &ContainerInsights::Disabled).await;
    at.refused(updated, ecs::UPDATE_CLUSTER, busy, NOT_ACTIVE)?;
    at.pass().await?;
    let found = clusters.describe_cluster(name).await?;
    holds(found.is_settled(), "the cluster has settled")?;
    equal(&found.attachments, &Some(AttachmentsStatus::UpdateComplete))?;
    equal(&at_rest(found), &cluster)?;

    clusters.put_capacity_providers(name, &fargate).await?;
    let changed = Cluster { capacity: fargate.clone(), ..cluster };
    let found = clusters.describe_cluster(name).await?;
    holds(!found.is_settled(), "a cluster whose providers change has not settled")?;
    equal(&found, &Cluster { attachments: in_progress, ..changed.clone() })?;
    at.refused(clusters.put_capacity_providers(name, &fargate).await, put, busy, BUSY)?;
    at.refused(clusters.delete_cluster(name).await, ecs::DELETE_CLUSTER, busy, BUSY)?;
    at.pass().await?;
    equal(&described(at, name).await?, &changed)
}

async fn a_deleted_cluster_is_on_its_way_and_then_inactive(at: &Fixture) -> Verdict {
    let (clusters, spec) = (at.clusters(), spec(at)?);
    clusters.create_cluster(&spec).await?;
    at.pass().await?;
    clusters.delete_cluster(&spec.name).await?;
    let found = clusters.describe_cluster(&spec.name).await?;
    equal(&found.status, &ClusterStatus::Deprovisioning)?;
    holds(!found.is_settled(), "a cluster that is being removed has not settled")?;
    let (busy, again) = (ErrorKind::ChangeInProgress, clusters.delete_cluster(&spec.name).await);
    at.refused(again, ecs::DELETE_CLUSTER, busy, BUSY)?;
    let created = clusters.create_cluster(&spec).await;
    at.refused(created, ecs::CREATE_CLUSTER, busy, NOT_ACTIVE)?;
    at.pass().await?;
    is_inactive(at, &spec.name).await
}

/// The cluster is INACTIVE, or not described any more.
async fn is_inactive(at: &Fixture, name: &ClusterName) -> Verdict {
    let mut patience = at.patience();
    loop {
        let found = match at.clusters().describe_cluster(name).await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if found.status == ClusterStatus::Inactive {
            equal(&found.arn, &arn(at, name))?;
            return holds(found.is_settled() && found.counts.is_empty(), "nothing is on it");
        }
        if !patience.wait().await {
            return Err(Failure::new(format!("the deleted cluster is {}", found.status)));
        }
    }
}

/// A cluster that was there and is INACTIVE.
async fn inactive(at: &Fixture) -> Verdict<ClusterSpec> {
    let spec = spec(at)?;
    made(at, &spec).await?;
    at.clusters().delete_cluster(&spec.name).await?;
    is_inactive(at, &spec.name).await?;
    Ok(spec)
}

async fn a_deleted_cluster_is_inactive_and_can_be_deleted_again(at: &Fixture) -> Verdict {
    let spec = inactive(at).await?;
    at.clusters().delete_cluster(&spec.name).await?;
    is_inactive(at, &spec.name).await
}

async fn an_inactive_cluster_takes_no_change(at: &Fixture) -> Verdict {
    let (ClusterSpec { name, .. }, clusters) = (inactive(at).await?, at.clusters());
    let updated = clusters.update_cluster(&name, &ContainerInsights::Enabled).await;
    at.refused(updated, ecs::UPDATE_CLUSTER, ErrorKind::NotFound, INACTIVE)?;
    let put = clusters.put_capacity_providers(&name, &CapacityProviders::fargate()).await;
    at.refused(put, ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, ErrorKind::NotFound, INACTIVE)
}

async fn lists_of_an_inactive_cluster_are_not_found(at: &Fixture) -> Verdict {
    lists_are_not_found(at, &inactive(at).await?.name, INACTIVE).await
}

async fn an_inactive_cluster_takes_no_tags(at: &Fixture) -> Verdict {
    let arn = arn(at, &inactive(at).await?.name);
    // Seen in aws/copilot-cli#5052.
    let answer = "400 InvalidParameterException: The specified cluster is inactive. Specify an active \
                  cluster and try again.";
    let tagged = at.clusters().tag_cluster(&arn, &tags([("a", "b")])).await;
    at.refused(tagged, ecs::TAG_RESOURCE, ErrorKind::InvalidInput, answer)?;
    let untagged = at.clusters().untag_cluster(&arn, &owned(["a"])).await;
    at.refused(untagged, ecs::UNTAG_RESOURCE, ErrorKind::InvalidInput, answer)
}

async fn an_inactive_cluster_is_made_anew_as_asked_for(at: &Fixture) -> Verdict {
    let spec = inactive(at).await?;
    let anew = ClusterSpec {
        container_insights: ContainerInsights::Disabled,
        capacity: only("FARGATE", 0, 1),
        tags: tags([]),
        ..spec
    };
    equal(&created(at.clusters().create_cluster(&anew).await?), &expected(at, &anew))?;
    reads!(at, described(at, &anew.name), expected(at, &anew));
    Ok(())
}

async fn a_new_cluster_has_nothing_on_it(at: &Fixture) -> Verdict {
    let (clusters, ClusterSpec { name, .. }) = (at.clusters(), spec(at)?);
    made(at, &spec(at)?).await?;
    equal(clusters.list_services(&name).await?.as_slice(), &[""; 0])?;
    equal(clusters.list_tasks(&name).await?.as_slice(), &[""; 0])?;
    equal(clusters.list_container_instances(&name).await?.as_slice(), &[""; 0])
}

fn service(cluster: &ClusterName, service: &str) -> Deed {
    let (cluster, service) = (cluster.clone(), service.to_owned());
    Deed::AddService { cluster, service, capacity_provider: None }
}

fn task(cluster: &ClusterName, task: &str, pending: bool) -> Deed {
    Deed::AddTask { cluster: cluster.clone(), task: task.to_owned(), pending }
}

fn instance(cluster: &ClusterName, instance: &str) -> Deed {
    Deed::AddContainerInstance { cluster: cluster.clone(), instance: instance.to_owned() }
}

async fn what_is_on_a_cluster_is_counted(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    at.act(service(&spec.name, "web")).await?;
    for (id, pending) in [("1", false), ("2", false), ("3", true)] {
        at.act(task(&spec.name, id, pending)).await?;
    }
    for id in ["a", "b", "c", "d"] {
        at.act(instance(&spec.name, id)).await?;
    }
    let counts = ClusterCounts {
        active_services: 1,
        running_tasks: 2,
        pending_tasks: 1,
        container_instances: 4,
    };
    reads!(at, described(at, &spec.name), Cluster { counts, ..cluster });
    Ok(())
}

/// What is on the cluster keeps it, until it is gone.
async fn keeps_a_cluster(at: &Fixture, deed: Deed, answer: &str) -> Verdict {
    let spec = spec(at)?;
    made(at, &spec).await?;
    let inverse = deed.inverse();
    at.act(deed).await?;
    let deleted = at.clusters().delete_cluster(&spec.name).await;
    at.refused(deleted, ecs::DELETE_CLUSTER, ErrorKind::InUse, answer)?;
    if let Some(inverse) = inverse {
        at.act(inverse).await?;
    }
    at.clusters().delete_cluster(&spec.name).await?;
    is_inactive(at, &spec.name).await
}

async fn services_keep_a_cluster_from_being_deleted(at: &Fixture) -> Verdict {
    let answer = "400 ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.";
    keeps_a_cluster(at, service(&at.cluster("main")?, "web"), answer).await
}

async fn tasks_keep_a_cluster_from_being_deleted(at: &Fixture) -> Verdict {
    let answer =
        "400 ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active.";
    keeps_a_cluster(at, task(&at.cluster("main")?, "1", false), answer).await
}

async fn container_instances_keep_a_cluster_from_being_deleted(at: &Fixture) -> Verdict {
    let answer = "400 ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container \
                  Instances are active or draining.";
    keeps_a_cluster(at, instance(&at.cluster("main")?, "i"), answer).await
}

fn arns(at: &Fixture, kind: &str, cluster: &ClusterName, ids: &[String]) -> Vec<String> {
    let arn = |id| at.location().arn("ecs", format!("{kind}/{cluster}/{id}")).to_string();
    ids.iter().map(arn).collect()
}

async fn services_tasks_and_instances_are_listed(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let name = &spec.name;
    made(at, &spec).await?;
    at.act(service(name, "web")).await?;
    at.act(task(name, "running", false)).await?;
    at.act(task(name, "waiting", true)).await?;
    at.act(instance(name, "i")).await?;
    let listed = |kind: &str, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        arns(at, kind, name, &ids)
    };
    equal(&clusters.list_services(name).await?, &listed("service", &["web"]))?;
    let mut tasks = clusters.list_tasks(name).await?;
    tasks.sort();
    equal(&tasks, &listed("task", &["running", "waiting"]))?;
    let instances = clusters.list_container_instances(name).await?;
    equal(&instances, &listed("container-instance", &["i"]))
}

async fn lists_go_on_to_their_last_page(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let name = &spec.name;
    made(at, &spec).await?;
    let ids = |letter: char, count| -> Vec<String> {
        (0..count).map(|n| format!("{letter}{n:03}")).collect()
    };
    // Ten services are on a page, and a hundred of the others.
    let (services, tasks, instances) = (ids('s', 21), ids('t', 201), ids('i', 201));
    for id in &services {
        at.act(service(name, id)).await?;
    }
    for (n, id) in tasks.iter().enumerate() {
        at.act(task(name, id, n % 2 == 1)).await?;
    }
    for id in &instances {
        at.act(instance(name, id)).await?;
    }
    let mut found = clusters.list_services(name).await?;
    found.sort();
    equal(&found, &arns(at, "service", name, &services))?;
    let mut found = clusters.list_tasks(name).await?;
    found.sort();
    equal(&found, &arns(at, "task", name, &tasks))?;
    let mut found = clusters.list_container_instances(name).await?;
    found.sort();
    equal(&found, &arns(at, "container-instance", name, &instances))
}

async fn tags_are_set_beside_the_others_and_removed(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let cluster = made(at, &spec).await?;
    for _ in 0..2 {
        let set = tags([("Name", "other"), ("Team", "a + b")]);
        clusters.tag_cluster(&cluster.arn, &set).await?;
        clusters.untag_cluster(&cluster.arn, &owned(["ä ö", "absent"])).await?;
        let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
        reads!(at, described(at, &spec.name), Cluster { tags: left, ..cluster.clone() });
    }
    Ok(())
}

async fn a_tag_that_is_aws_s_own_is_refused(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = made(at, &spec).await?;
    at.refused(
        at.clusters().tag_cluster(&cluster.arn, &tags([("AWS:x", "x")])).await,
        ecs::TAG_RESOURCE,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Tag key must not start with aws:",
    )?;
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn more_tags_than_fifty_are_refused_together(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let cluster = made(at, &spec).await?;
    at.refused(
        clusters.tag_cluster(&cluster.arn, &many_tags(48)).await,
        ecs::TAG_RESOURCE,
        ErrorKind::LimitExceeded,
        "400 LimitExceededException: The resource can have at most 50 tags.",
    )?;
    equal(&described(at, &spec.name).await?, &cluster)?;
    clusters.tag_cluster(&cluster.arn, &many_tags(47)).await?;
    let mut all = cluster.tags.clone();
    for (key, value) in many_tags(47).iter() {
        all.set(key, value)?;
    }
    reads!(at, described(at, &spec.name), Cluster { tags: all.clone(), ..cluster.clone() });
    Ok(())
}
