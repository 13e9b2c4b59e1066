//! Scenarios for repositories that do not exist.

use super::{LIFECYCLE, allowing, arn, found, gone};
use crate::conformance::support::{owned, tags};
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::ecr;
use crate::provider::TagMutability;

scenarios! { "repositories" needs [Repositories]:
    absent_repository_is_not_found;
    changing_an_absent_repository_fails;
    policies_of_an_absent_repository_are_not_found;
    lifecycle_policies_of_an_absent_repository_are_not_found;
    images_of_an_absent_repository_are_not_found;
    tagging_an_absent_repository_fails;
}

async fn absent_repository_is_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    at.refused(found(at, &none).await, ecr::DESCRIBE_REPOSITORIES, kind, &answer)?;
    let deleted = repositories.delete_repository(&none, true).await;
    at.refused(deleted, ecr::DELETE_REPOSITORY, kind, &answer)
}

async fn changing_an_absent_repository_fails(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    let put = repositories.put_image_tag_mutability(&none, &TagMutability::Mutable).await;
    at.refused(put, ecr::PUT_IMAGE_TAG_MUTABILITY, kind, &answer)?;
    let put = repositories.put_image_scanning_configuration(&none, true).await;
    at.refused(put, ecr::PUT_IMAGE_SCANNING_CONFIGURATION, kind, &answer)
}

async fn policies_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    let read = repositories.get_repository_policy(&none).await;
    at.refused(read, ecr::GET_REPOSITORY_POLICY, kind, &answer)?;
    let own = at.location().global_arn("iam", "root").to_string();
    let set = repositories.set_repository_policy(&none, &allowing(&own)).await;
    at.refused(set, ecr::SET_REPOSITORY_POLICY, kind, &answer)?;
    let deleted = repositories.delete_repository_policy(&none).await;
    at.refused(deleted, ecr::DELETE_REPOSITORY_POLICY, kind, &answer)
}

async fn lifecycle_policies_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer) = (ErrorKind::NotFound, gone(at, &none));
    let read = repositories.get_lifecycle_policy(&none).await;
    at.refused(read, ecr::GET_LIFECYCLE_POLICY, kind, &answer)?;
    let put = repositories.put_lifecycle_policy(&none, LIFECYCLE).await;
    at.refused(put, ecr::PUT_LIFECYCLE_POLICY, kind, &answer)?;
    let deleted = repositories.delete_lifecycle_policy(&none).await;
    at.refused(deleted, ecr::DELETE_LIFECYCLE_POLICY, kind, &answer)
}

async fn images_of_an_absent_repository_are_not_found(at: &Fixture) -> Verdict {
    let none = at.repository("none")?;
    let counted = at.repositories().count_images(&none).await;
    at.refused(counted, ecr::LIST_IMAGES, ErrorKind::NotFound, &gone(at, &none))
}

async fn tagging_an_absent_repository_fails(at: &Fixture) -> Verdict {
    let (repositories, none) = (at.repositories(), at.repository("none")?);
    let (kind, answer, absent) = (ErrorKind::NotFound, gone(at, &none), &arn(at, &none));
    let listed = repositories.list_repository_tags(absent).await;
    at.refused(listed, ecr::LIST_TAGS_FOR_RESOURCE, kind, &answer)?;
    let tagged = repositories.tag_repository(absent, &tags([("a", "b")])).await;
    at.refused(tagged, ecr::TAG_RESOURCE, kind, &answer)?;
    let untagged = repositories.untag_repository(absent, &owned(["a"])).await;
    at.refused(untagged, ecr::UNTAG_RESOURCE, kind, &answer)
}
