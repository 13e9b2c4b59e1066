//! Scenarios for a repository's tag mutability and image scanning.

use super::{create, excluding, found, is_untouched, spec};
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::ecr;
use crate::provider::{ExclusionFilter, Repository, TagMutability};

scenarios! { "repositories" needs [Repositories]:
    mutability_is_set;
    scanning_is_set;
    exclusion_filter_with_three_wildcards_is_rejected;
}

async fn mutability_is_set(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let repository = create(at, &spec).await?;
    for tag_mutability in [
        TagMutability::Mutable,
        TagMutability::MutableWithExclusion([ExclusionFilter::wildcard("v*")].into()),
        excluding(&["a", "b", "c"]),
        TagMutability::Immutable,
    ] {
        for _ in 0..2 {
            at.repositories().put_image_tag_mutability(&spec.name, &tag_mutability).await?;
            let tag_mutability = tag_mutability.clone();
            reads!(at, found(at, &spec.name), Repository { tag_mutability, ..repository.clone() });
        }
    }
    Ok(())
}

async fn scanning_is_set(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let repository = create(at, &spec).await?;
    for scan_on_push in [false, false, true] {
        at.repositories().put_image_scanning_configuration(&spec.name, scan_on_push).await?;
        reads!(at, found(at, &spec.name), Repository { scan_on_push, ..repository.clone() });
    }
    Ok(())
}

async fn exclusion_filter_with_three_wildcards_is_rejected(at: &Fixture) -> Verdict {
    let repository = create(at, &spec(at)?).await?;
    at.refused(
        at.repositories().put_image_tag_mutability(&repository.name, &excluding(&["***"])).await,
        ecr::PUT_IMAGE_TAG_MUTABILITY,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: Invalid parameter at 'filter' failed to satisfy constraint: \
         'Filter must not contain more than two wildcards'",
    )?;
    is_untouched(at, &repository).await
}
