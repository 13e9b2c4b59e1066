//! Scenarios for a repository's images, deletion and tags.

use super::{LIFECYCLE, create, found, gone, is_untouched, spec};
use crate::arn::Arn;
use crate::conformance::check::{equal, holds};
use crate::conformance::support::{many_tags, owned, special_character_tags, tags};
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::ErrorKind;
use crate::names::RepositoryName;
use crate::operation::ecr;
use crate::provider::Repository;

scenarios! { "repositories" needs [Repositories]:
    new_repository_has_no_images;
    image_with_several_tags_counts_once needs [Images];
    images_on_every_page_are_counted needs [Images, Bulk];
    repository_with_images_is_only_deleted_with_force needs [Images];
    empty_repository_is_deleted;
    tags_are_added_and_removed;
    more_than_50_tags_are_rejected_as_a_whole;
    arn_in_another_region_is_rejected;
}

async fn new_repository_has_no_images(at: &Fixture) -> Verdict {
    let repository = create(at, &spec(at)?).await?;
    equal(&at.repositories().count_images(&repository.name).await?, &0)
}

fn image(repository: &RepositoryName, image: usize, tags: &[&str]) -> ExternalChange {
    let tags = tags.iter().map(|&tag| tag.to_owned()).collect();
    ExternalChange::PushImage { repository: repository.clone(), image, tags }
}

async fn image_with_several_tags_counts_once(at: &Fixture) -> Verdict {
    let Repository { name, .. } = create(at, &spec(at)?).await?;
    at.act(image(&name, 1, &["v1", "latest"])).await?;
    reads!(at, at.repositories().count_images(&name), 1);
    at.act(image(&name, 2, &["v2"])).await?;
    reads!(at, at.repositories().count_images(&name), 2);
    Ok(())
}

async fn images_on_every_page_are_counted(at: &Fixture) -> Verdict {
    let Repository { name, .. } = create(at, &spec(at)?).await?;
    // ECR lists at most 1,000 images on a page.
    for n in 0..1_001 {
        at.act(image(&name, n, &[&format!("v{n}")])).await?;
    }
    reads!(at, at.repositories().count_images(&name), 1_001);
    Ok(())
}

async fn repository_with_images_is_only_deleted_with_force(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    let repository = create(at, &spec).await?;
    at.act(image(&spec.name, 1, &["v1"])).await?;
    let answer = format!(
        "400 RepositoryNotEmptyException: The repository with name '{}' in registry with id '{}' cannot be \
         deleted because it still contains images",
        spec.name,
        at.location().account_id
    );
    let deleted = repositories.delete_repository(&spec.name, false).await;
    at.refused(deleted, ecr::DELETE_REPOSITORY, ErrorKind::InUse, &answer)?;
    is_untouched(at, &repository).await?;
    equal(&repositories.count_images(&spec.name).await?, &1)?;
    repositories.delete_repository(&spec.name, true).await?;
    create(at, &spec).await?;
    equal(&repositories.count_images(&spec.name).await?, &0)
}

async fn empty_repository_is_deleted(at: &Fixture) -> Verdict {
    let (repositories, spec) = (at.repositories(), spec(at)?);
    for force in [false, true] {
        create(at, &spec).await?;
        repositories.put_lifecycle_policy(&spec.name, LIFECYCLE).await?;
        repositories.delete_repository(&spec.name, force).await?;
        at.absent(found(at, &spec.name).await, ecr::DESCRIBE_REPOSITORIES)?;
        let again = repositories.delete_repository(&spec.name, force).await;
        let kind = ErrorKind::NotFound;
        at.refused(again, ecr::DELETE_REPOSITORY, kind, &gone(at, &spec.name))?;
    }
    Ok(())
}

async fn tags_are_added_and_removed(at: &Fixture) -> Verdict {
    let (repositories, Repository { arn, .. }) = (at.repositories(), create(at, &spec(at)?).await?);
    for _ in 0..2 {
        repositories.tag_repository(&arn, &tags([("Name", "other"), ("Team", "a + b")])).await?;
        repositories.untag_repository(&arn, &owned(["ä ö", "absent"])).await?;
        let left = tags([("Name", "other"), ("Team", "a + b"), ("empty", "")]);
        reads!(at, repositories.list_repository_tags(&arn), left);
    }
    Ok(())
}

async fn more_than_50_tags_are_rejected_as_a_whole(at: &Fixture) -> Verdict {
    let (repositories, Repository { arn, .. }) = (at.repositories(), create(at, &spec(at)?).await?);
    at.refused(
        repositories.tag_repository(&arn, &many_tags(48)).await,
        ecr::TAG_RESOURCE,
        ErrorKind::LimitExceeded,
        "400 TooManyTagsException: The maximum number of tags that can be applied to a repository is 50",
    )?;
    equal(&repositories.list_repository_tags(&arn).await?, &special_character_tags())?;
    repositories.tag_repository(&arn, &many_tags(47)).await?;
    let found = repositories.list_repository_tags(&arn).await?;
    holds(found.len() == 50, format!("the repository has 50 tags: {found:?}"))
}

async fn arn_in_another_region_is_rejected(at: &Fixture) -> Verdict {
    let repository = create(at, &spec(at)?).await?;
    let far = Arn { region: "sa-east-1".to_owned(), ..repository.arn };
    at.refused(
        at.repositories().tag_repository(&far, &tags([("a", "b")])).await,
        ecr::TAG_RESOURCE,
        ErrorKind::InvalidInput,
        "400 InvalidParameterException: The ARN provided is invalid.",
    )
}
