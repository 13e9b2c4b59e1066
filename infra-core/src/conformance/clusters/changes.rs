//! Scenarios for a cluster's settings and capacity providers.

use super::{BUSY, NO_PROVIDER, NOT_ACTIVE, at_rest, create, described, expected, only, spec};
use crate::conformance::check::{equal, holds};
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::ecs;
use crate::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterStatus, ContainerInsights,
};

scenarios! { "clusters" needs [Clusters]:
    updating_settings_changes_nothing_else;
    update_rejects_an_invalid_setting;
    capacity_providers_are_replaced_and_removed;
    unknown_capacity_provider_is_rejected;
    strategy_with_an_unassociated_capacity_provider_is_rejected;
    strategy_with_two_bases_is_rejected;
    base_and_weight_out_of_range_are_rejected;
    capacity_provider_in_use_cannot_be_removed needs [Workloads];
    cluster_rejects_changes_until_it_has_settled needs [SlowClusters];
}

async fn updating_settings_changes_nothing_else(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    let values = [
        ContainerInsights::Disabled,
        ContainerInsights::Disabled,
        ContainerInsights::Enabled,
        ContainerInsights::Enhanced,
    ];
    for value in values {
        at.clusters().update_cluster(&spec.name, &value.clone().into()).await?;
        let expected = Cluster { container_insights: Some(value), ..cluster.clone() };
        reads!(at, described(at, &spec.name), expected);
    }
    Ok(())
}

async fn update_rejects_an_invalid_setting(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    let on = ContainerInsights::Unknown("on".to_owned());
    at.refused(
        at.clusters().update_cluster(&spec.name, &on.into()).await,
        ecs::UPDATE_CLUSTER,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid setting 'value'",
    )?;
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn capacity_providers_are_replaced_and_removed(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    for capacity in [only("FARGATE_SPOT", 3, 1000), CapacityProviders::default()] {
        for _ in 0..2 {
            at.clusters().put_capacity_providers(&spec.name, &capacity).await?;
            let expected = Cluster { capacity: capacity.clone(), ..cluster.clone() };
            reads!(at, described(at, &spec.name), expected);
        }
    }
    Ok(())
}

/// Checks that ECS rejects each case and leaves the cluster's capacity providers and strategy
/// unchanged.
async fn put_refuses(at: &Fixture, cases: &[(CapacityProviders, &str)]) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    for (capacity, answer) in cases {
        let outcome = at.clusters().put_capacity_providers(&spec.name, capacity).await;
        let operation = ecs::PUT_CLUSTER_CAPACITY_PROVIDERS;
        at.refused(outcome, operation, ErrorKind::InvalidInput, answer)?;
    }
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn unknown_capacity_provider_is_rejected(at: &Fixture) -> Verdict {
    put_refuses(at, &[(only("GHOST", 0, 1), NO_PROVIDER)]).await
}

async fn strategy_with_an_unassociated_capacity_provider_is_rejected(at: &Fixture) -> Verdict {
    let providers = ["FARGATE_SPOT".to_owned()].into();
    let stray = CapacityProviders { providers, ..only("FARGATE", 1, 1) };
    let answer = "400 InvalidParameterException: The specified capacity provider strategy cannot contain a \
                  capacity provider that is not associated with the cluster. Associate the capacity provider \
                  with the cluster or specify a valid capacity provider and try again.";
    put_refuses(at, &[(stray, answer)]).await
}

async fn strategy_with_two_bases_is_rejected(at: &Fixture) -> Verdict {
    let mut two_bases = only("FARGATE", 1, 1);
    two_bases.providers.extend(only("FARGATE_SPOT", 1, 1).providers);
    two_bases.default_strategy.extend(only("FARGATE_SPOT", 1, 1).default_strategy);
    let answer = "400 InvalidParameterException: The specified capacity provider strategy contains multiple \
                  capacity providers with a base value defined.";
    put_refuses(at, &[(two_bases, answer)]).await
}

async fn base_and_weight_out_of_range_are_rejected(at: &Fixture) -> Verdict {
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

async fn capacity_provider_in_use_cannot_be_removed(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    at.act(ExternalChange::AddService {
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

async fn cluster_rejects_changes_until_it_has_settled(at: &Fixture) -> Verdict {
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
    let found = clusters.describe_cluster(name, false).await?;
    holds(!found.is_settled(), "a cluster that is being created has not settled")?;
    equal(&found, &provisioning)?;
    at.refused(clusters.put_capacity_providers(name, &fargate).await, put, busy, NOT_ACTIVE)?;
    let updated = clusters.update_cluster(name, &ContainerInsights::Disabled.into()).await;
    at.refused(updated, ecs::UPDATE_CLUSTER, busy, NOT_ACTIVE)?;
    at.pass().await?;
    let found = clusters.describe_cluster(name, false).await?;
    holds(found.is_settled(), "the cluster has settled")?;
    equal(&found.attachments, &Some(AttachmentsStatus::UpdateComplete))?;
    equal(&at_rest(found), &cluster)?;

    clusters.put_capacity_providers(name, &fargate).await?;
    let changed = Cluster { capacity: fargate.clone(), ..cluster };
    let found = clusters.describe_cluster(name, false).await?;
    holds(!found.is_settled(), "a cluster whose capacity providers are changing has not settled")?;
    equal(&found, &Cluster { attachments: in_progress, ..changed.clone() })?;
    at.refused(clusters.put_capacity_providers(name, &fargate).await, put, busy, BUSY)?;
    at.refused(clusters.delete_cluster(name).await, ecs::DELETE_CLUSTER, busy, BUSY)?;
    at.pass().await?;
    equal(&described(at, name).await?, &changed)
}
