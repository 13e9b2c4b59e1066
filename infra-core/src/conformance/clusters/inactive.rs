//! Scenarios for clusters that are deleted or being deleted.

use super::{
    BUSY, INACTIVE, NOT_ACTIVE, arn, create, created, described, expected, lists_are_not_found,
    only, spec,
};
use crate::conformance::check::{Failure, equal, holds};
use crate::conformance::support::{owned, tags};
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::names::ClusterName;
use crate::operation::ecs;
use crate::provider::{CapacityProviders, ClusterSpec, ClusterStatus, ContainerInsights};

scenarios! { "clusters" needs [Clusters]:
    deleted_cluster_is_deprovisioning_before_it_is_inactive needs [SlowClusters];
    deleted_cluster_is_inactive_and_can_be_deleted_again;
    inactive_cluster_rejects_changes;
    listing_the_contents_of_an_inactive_cluster_fails;
    inactive_cluster_rejects_tags;
    inactive_cluster_is_created_again_with_the_requested_attributes;
}

async fn deleted_cluster_is_deprovisioning_before_it_is_inactive(at: &Fixture) -> Verdict {
    let (clusters, spec) = (at.clusters(), spec(at)?);
    clusters.create_cluster(&spec).await?;
    at.pass().await?;
    clusters.delete_cluster(&spec.name).await?;
    let found = clusters.describe_cluster(&spec.name, false).await?;
    equal(&found.status, &ClusterStatus::Deprovisioning)?;
    holds(!found.is_settled(), "a cluster that is being deleted has not settled")?;
    let (busy, again) = (ErrorKind::ChangeInProgress, clusters.delete_cluster(&spec.name).await);
    at.refused(again, ecs::DELETE_CLUSTER, busy, BUSY)?;
    let created = clusters.create_cluster(&spec).await;
    at.refused(created, ecs::CREATE_CLUSTER, busy, NOT_ACTIVE)?;
    at.pass().await?;
    is_inactive(at, &spec.name).await
}

/// Checks that the cluster becomes INACTIVE or is no longer returned.
pub(super) async fn is_inactive(at: &Fixture, name: &ClusterName) -> Verdict {
    let mut patience = at.patience();
    loop {
        let found = match at.clusters().describe_cluster(name, false).await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if found.status == ClusterStatus::Inactive {
            equal(&found.arn, &arn(at, name))?;
            return holds(
                found.is_settled() && found.counts.is_empty(),
                "the inactive cluster has settled and is empty",
            );
        }
        if !patience.wait().await {
            return Err(Failure::new(format!(
                "the deleted cluster did not become inactive; its status is {}",
                found.status
            )));
        }
    }
}

/// Creates and deletes a cluster, so that its status is INACTIVE.
async fn inactive(at: &Fixture) -> Verdict<ClusterSpec> {
    let spec = spec(at)?;
    create(at, &spec).await?;
    at.clusters().delete_cluster(&spec.name).await?;
    is_inactive(at, &spec.name).await?;
    Ok(spec)
}

async fn deleted_cluster_is_inactive_and_can_be_deleted_again(at: &Fixture) -> Verdict {
    let spec = inactive(at).await?;
    at.clusters().delete_cluster(&spec.name).await?;
    is_inactive(at, &spec.name).await
}

async fn inactive_cluster_rejects_changes(at: &Fixture) -> Verdict {
    let (ClusterSpec { name, .. }, clusters) = (inactive(at).await?, at.clusters());
    let updated = clusters.update_cluster(&name, &ContainerInsights::Enabled.into()).await;
    at.refused(updated, ecs::UPDATE_CLUSTER, ErrorKind::NotFound, INACTIVE)?;
    let put = clusters.put_capacity_providers(&name, &CapacityProviders::fargate()).await;
    at.refused(put, ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, ErrorKind::NotFound, INACTIVE)
}

async fn listing_the_contents_of_an_inactive_cluster_fails(at: &Fixture) -> Verdict {
    lists_are_not_found(at, &inactive(at).await?.name, INACTIVE).await
}

async fn inactive_cluster_rejects_tags(at: &Fixture) -> Verdict {
    let arn = arn(at, &inactive(at).await?.name);
    // The text of this error comes from aws/copilot-cli#5052.
    let answer = "400 InvalidParameterException: The specified cluster is inactive. Specify an active \
                  cluster and try again.";
    let tagged = at.clusters().tag_cluster(&arn, &tags([("a", "b")])).await;
    at.refused(tagged, ecs::TAG_RESOURCE, ErrorKind::InvalidInput, answer)?;
    let untagged = at.clusters().untag_cluster(&arn, &owned(["a"])).await;
    at.refused(untagged, ecs::UNTAG_RESOURCE, ErrorKind::InvalidInput, answer)
}

async fn inactive_cluster_is_created_again_with_the_requested_attributes(at: &Fixture) -> Verdict {
    let spec = inactive(at).await?;
    let recreated = ClusterSpec {
        container_insights: ContainerInsights::Disabled,
        capacity: only("FARGATE", 0, 1),
        tags: tags([]),
        ..spec
    };
    equal(&created(at.clusters().create_cluster(&recreated).await?), &expected(at, &recreated))?;
    reads!(at, described(at, &recreated.name), expected(at, &recreated));
    Ok(())
}
