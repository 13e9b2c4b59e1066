//! `BatchDeleteImage`.

use crate::api::{ApiResult, Call, Operation};
use crate::ecr::{BatchDeleteImageRequest, ImageFailure, ImageIdentifier};
use crate::ecr::{StoredRepository, find, target};

use super::Manifest;

/// Deletes images by digest, or removes tags from them. Removing an image's last tag deletes the
/// image.
impl Operation for BatchDeleteImageRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (_, name) = target(call, self.registry_id, self.repository_name)?;
        let ids = self.image_ids.unwrap_or_default();
        let repository = find(call, &name)?;
        let mut response = Self::Output::default();
        for id in ids {
            match delete(repository, &id) {
                Ok(deleted) => response.image_ids.extend(deleted),
                Err((code, reason)) => response.failures.push(ImageFailure {
                    image_id: id,
                    failure_code: code.to_owned(),
                    failure_reason: reason,
                }),
            }
        }
        Ok(response)
    }
}

/// Deletes one image or removes one tag. Returns the deleted IDs, or the code and reason of the
/// failure.
fn delete(
    repository: &mut StoredRepository,
    id: &ImageIdentifier,
) -> Result<Vec<ImageIdentifier>, (&'static str, String)> {
    let found = super::identified(repository, id).map(str::to_owned);
    let digest = found.map_err(|(code, reason)| (code, reason.to_owned()))?;
    let Some(image) = repository.images.get(&digest) else { return Ok(Vec::new()) };
    let gone: Vec<Option<String>> = match (&id.image_digest, &id.image_tag) {
        (None, Some(tag)) => vec![Some(tag.clone())],
        _ if image.tags.is_empty() => vec![None],
        _ => image.tags.iter().cloned().map(Some).collect(),
    };
    let whole = gone.len() == image.tags.len().max(1);
    if whole {
        let lists: Vec<&str> = repository
            .images
            .iter()
            .filter(|(_, list)| Manifest::read(&list.manifest).listed().any(|its| its == digest))
            .map(|(list, _)| list.as_str())
            .collect();
        if !lists.is_empty() {
            // https://github.com/aws/containers-roadmap/issues/1567
            let reason =
                format!("Requested image referenced by manifest list: [{}]", lists.join(", "));
            return Err(("ImageReferencedByManifestList", reason));
        }
        repository.images.remove(&digest);
        repository.scans.remove(&digest);
    } else if let Some(image) = repository.images.get_mut(&digest) {
        image.tags.retain(|tag| !gone.contains(&Some(tag.clone())));
    }
    let deleted = gone
        .into_iter()
        .map(|image_tag| ImageIdentifier { image_digest: Some(digest.clone()), image_tag });
    Ok(deleted.collect())
}
