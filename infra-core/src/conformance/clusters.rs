//! Scenarios for ECS clusters.

mod changes;
mod configuration;
mod contents;
mod inactive;
mod tags;

use super::check::equal;
use super::support::{many_tags, owned, special_character_tags, tags};
use super::{Fixture, Verdict};
use crate::arn::Arn;
use crate::error::{ErrorKind, Result};
use crate::names::ClusterName;
use crate::operation::ecs;
use crate::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterConfiguration, ClusterCounts,
    ClusterSpec, ClusterStatus, ContainerInsights, ServiceConnectNamespace, StrategyItem,
};

/// The group's scenarios, one list per file.
pub(super) const FILES: &[&[crate::conformance::Scenario]] = &[
    SCENARIOS,
    changes::SCENARIOS,
    configuration::SCENARIOS,
    inactive::SCENARIOS,
    contents::SCENARIOS,
    tags::SCENARIOS,
];

scenarios! { "clusters" needs [Clusters]:
    created_cluster_has_all_requested_attributes;
    minimal_cluster_has_no_capacity_providers_and_no_tags;
    repeated_create_returns_the_existing_cluster;
    create_with_different_settings_fails_if_the_cluster_exists;
    create_with_different_capacity_providers_fails_if_the_cluster_exists;
    create_with_different_tags_fails_if_the_cluster_exists;
    create_rejects_an_invalid_setting;
    create_rejects_an_unknown_capacity_provider;
    create_rejects_a_reserved_tag;
    create_rejects_more_than_50_tags;
    first_cluster_waits_for_the_service_linked_role needs [SlowServiceLinkedRole];
    absent_cluster_is_not_found;
    changing_an_absent_cluster_fails;
    deleting_an_absent_cluster_fails;
    listing_the_contents_of_an_absent_cluster_fails;
    tagging_an_absent_cluster_fails;
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

/// Returns the specification that most scenarios use.
fn spec(at: &Fixture) -> Verdict<ClusterSpec> {
    Ok(ClusterSpec {
        name: at.cluster("main")?,
        container_insights: ContainerInsights::Enhanced,
        configuration: ClusterConfiguration::default(),
        service_connect_namespace: None,
        capacity: CapacityProviders::fargate(),
        tags: special_character_tags(),
    })
}

/// Returns the expected state of a cluster once it has been created from `spec`.
fn expected(at: &Fixture, spec: &ClusterSpec) -> Cluster {
    let ClusterSpec {
        name,
        container_insights,
        configuration,
        service_connect_namespace,
        capacity,
        tags,
    } = spec.clone();
    Cluster {
        arn: arn(at, &name),
        name,
        status: ClusterStatus::Active,
        container_insights: Some(container_insights),
        configuration,
        service_connect_namespace: service_connect_namespace.and_then(
            |namespace| match namespace {
                ServiceConnectNamespace::None => None,
                ServiceConnectNamespace::Arn(arn) => Some(arn.to_string()),
            },
        ),
        capacity,
        attachments: None,
        tags,
        counts: ClusterCounts::default(),
    }
}

/// Removes the attachments status if it is `UPDATE_COMPLETE`, because AWS may omit that status.
fn at_rest(mut cluster: Cluster) -> Cluster {
    if cluster.attachments == Some(AttachmentsStatus::UpdateComplete) {
        cluster.attachments = None;
    }
    cluster
}

/// Returns the settled state of a new cluster. `CreateCluster` may return the cluster while its
/// status is still PROVISIONING.
fn created(mut cluster: Cluster) -> Cluster {
    if !cluster.is_settled() && cluster.status == ClusterStatus::Provisioning {
        cluster.status = ClusterStatus::Active;
        cluster.attachments = None;
    }
    at_rest(cluster)
}

async fn described(at: &Fixture, name: &ClusterName) -> Result<Cluster> {
    at.clusters().describe_cluster(name, true).await.map(at_rest)
}

/// Creates the cluster and waits until it has settled.
async fn create(at: &Fixture, spec: &ClusterSpec) -> Verdict<Cluster> {
    let cluster = expected(at, spec);
    at.clusters().create_cluster(spec).await?;
    reads!(at, described(at, &spec.name), cluster.clone());
    Ok(cluster)
}

fn only(provider: &str, base: u32, weight: u32) -> CapacityProviders {
    let item = StrategyItem { capacity_provider: provider.to_owned(), base, weight };
    CapacityProviders { providers: [provider.to_owned()].into(), default_strategy: [item].into() }
}

async fn created_cluster_has_all_requested_attributes(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = expected(at, &spec);
    equal(&created(at.clusters().create_cluster(&spec).await?), &cluster)?;
    reads!(at, described(at, &spec.name), cluster);
    Ok(())
}

async fn minimal_cluster_has_no_capacity_providers_and_no_tags(at: &Fixture) -> Verdict {
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

async fn repeated_create_returns_the_existing_cluster(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    equal(&created(at.clusters().create_cluster(&spec).await?), &cluster)?;
    reads!(at, described(at, &spec.name), cluster);
    Ok(())
}

async fn exists_with_other_arguments(
    at: &Fixture,
    other: impl FnOnce(ClusterSpec) -> ClusterSpec,
) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    let outcome = at.clusters().create_cluster(&other(spec.clone())).await;
    at.refused(outcome, ecs::CREATE_CLUSTER, ErrorKind::AlreadyExists, OTHER)?;
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn create_with_different_settings_fails_if_the_cluster_exists(at: &Fixture) -> Verdict {
    let container_insights = ContainerInsights::Disabled;
    exists_with_other_arguments(at, |spec| ClusterSpec { container_insights, ..spec }).await
}

async fn create_with_different_capacity_providers_fails_if_the_cluster_exists(
    at: &Fixture,
) -> Verdict {
    let capacity = CapacityProviders::default();
    exists_with_other_arguments(at, |spec| ClusterSpec { capacity, ..spec }).await
}

async fn create_with_different_tags_fails_if_the_cluster_exists(at: &Fixture) -> Verdict {
    exists_with_other_arguments(at, |spec| ClusterSpec { tags: tags([]), ..spec }).await
}

/// Checks that `CreateCluster` rejects the specification and creates nothing.
async fn create_refuses(at: &Fixture, spec: ClusterSpec, answer: &str) -> Verdict {
    let outcome = at.clusters().create_cluster(&spec).await;
    at.refused(outcome, ecs::CREATE_CLUSTER, ErrorKind::InvalidInput, answer)?;
    at.absent(at.clusters().describe_cluster(&spec.name, false).await, ecs::DESCRIBE_CLUSTERS)
}

async fn create_rejects_an_invalid_setting(at: &Fixture) -> Verdict {
    let container_insights = ContainerInsights::Unknown("on".to_owned());
    let answer = "400 InvalidParameterException: Invalid setting 'value'";
    create_refuses(at, ClusterSpec { container_insights, ..spec(at)? }, answer).await
}

async fn create_rejects_an_unknown_capacity_provider(at: &Fixture) -> Verdict {
    let capacity = only("GHOST", 0, 1);
    create_refuses(at, ClusterSpec { capacity, ..spec(at)? }, NO_PROVIDER).await
}

async fn create_rejects_a_reserved_tag(at: &Fixture) -> Verdict {
    let tags = tags([("aws:x", "x")]);
    let answer = "400 InvalidParameterException: Tag key must not start with aws:";
    create_refuses(at, ClusterSpec { tags, ..spec(at)? }, answer).await
}

async fn create_rejects_more_than_50_tags(at: &Fixture) -> Verdict {
    let tags = many_tags(51);
    let answer = "400 InvalidParameterException: Tags can have at most 50 items.";
    create_refuses(at, ClusterSpec { tags, ..spec(at)? }, answer).await
}

async fn first_cluster_waits_for_the_service_linked_role(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    at.refused(
        at.clusters().create_cluster(&spec).await,
        ecs::CREATE_CLUSTER,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Unable to assume the service linked role. Please verify that the \
         ECS service linked role exists.",
    )?;
    at.pass().await?;
    create(at, &spec).await.map(drop)
}

async fn absent_cluster_is_not_found(at: &Fixture) -> Verdict {
    // For an absent cluster, ECS returns a successful response that lists the cluster under
    // `failures`.
    create(at, &spec(at)?).await?;
    let none = at.cluster("mai")?;
    at.absent(at.clusters().describe_cluster(&none, false).await, ecs::DESCRIBE_CLUSTERS)
}

async fn changing_an_absent_cluster_fails(at: &Fixture) -> Verdict {
    let (clusters, none, gone) = (at.clusters(), &at.cluster("none")?, ErrorKind::NotFound);
    let updated = clusters.update_cluster(none, &ContainerInsights::Disabled.into()).await;
    at.refused(updated, ecs::UPDATE_CLUSTER, gone, GONE)?;
    let put = clusters.put_capacity_providers(none, &CapacityProviders::fargate()).await;
    at.refused(put, ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, gone, GONE)
}

async fn deleting_an_absent_cluster_fails(at: &Fixture) -> Verdict {
    let deleted = at.clusters().delete_cluster(&at.cluster("none")?).await;
    at.refused(deleted, ecs::DELETE_CLUSTER, ErrorKind::NotFound, GONE)
}

/// Checks that listing the contents of an absent or inactive cluster fails.
async fn lists_are_not_found(at: &Fixture, name: &ClusterName, answer: &str) -> Verdict {
    let (clusters, gone) = (at.clusters(), ErrorKind::NotFound);
    at.refused(clusters.list_services(name).await, ecs::LIST_SERVICES, gone, answer)?;
    at.refused(clusters.list_tasks(name).await, ecs::LIST_TASKS, gone, answer)?;
    let instances = clusters.list_container_instances(name).await;
    at.refused(instances, ecs::LIST_CONTAINER_INSTANCES, gone, answer)
}

async fn listing_the_contents_of_an_absent_cluster_fails(at: &Fixture) -> Verdict {
    lists_are_not_found(at, &at.cluster("none")?, GONE).await
}

async fn tagging_an_absent_cluster_fails(at: &Fixture) -> Verdict {
    let (clusters, absent) = (at.clusters(), &arn(at, &at.cluster("none")?));
    let tagged = clusters.tag_cluster(absent, &tags([("a", "b")])).await;
    at.refused(tagged, ecs::TAG_RESOURCE, ErrorKind::NotFound, GONE)?;
    let untagged = clusters.untag_cluster(absent, &owned(["a"])).await;
    at.refused(untagged, ecs::UNTAG_RESOURCE, ErrorKind::NotFound, GONE)
}
