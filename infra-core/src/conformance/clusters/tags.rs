//! Scenarios for cluster tags.

use super::{create, described, spec};
use crate::conformance::check::equal;
use crate::conformance::support::{many_tags, owned, tags};
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::ecs;
use crate::provider::Cluster;

scenarios! { "clusters" needs [Clusters]:
    tags_are_added_and_removed;
    reserved_tag_is_rejected;
    more_than_50_tags_are_rejected_as_a_whole;
}

async fn tags_are_added_and_removed(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let cluster = create(at, &spec).await?;
    for _ in 0..2 {
        let set = tags([("Name", "other"), ("Team", "a + b")]);
        clusters.tag_cluster(&cluster.arn, &set).await?;
        clusters.untag_cluster(&cluster.arn, &owned(["ä ö", "absent"])).await?;
        let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
        reads!(at, described(at, &spec.name), Cluster { tags: left, ..cluster.clone() });
    }
    Ok(())
}

async fn reserved_tag_is_rejected(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    at.refused(
        at.clusters().tag_cluster(&cluster.arn, &tags([("AWS:x", "x")])).await,
        ecs::TAG_RESOURCE,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Tag key must not start with aws:",
    )?;
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn more_than_50_tags_are_rejected_as_a_whole(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let cluster = create(at, &spec).await?;
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
