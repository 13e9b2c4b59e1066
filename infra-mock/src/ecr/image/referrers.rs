//! `ListImageReferrers`.

use std::collections::BTreeMap;

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::ecr::{ImageReferrer, ListImageReferrersRequest, check, find, target};

use super::{Manifest, StoredImage, is_digest};

/// "If this parameter is not used, then `ListImageReferrers` returns up to 20 results":
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html>.
const PAGE: usize = 20;

/// Lists the artifacts whose manifests name the given image as their subject. The image does not
/// have to exist.
impl Operation for ListImageReferrersRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (_, name) = target(call, self.registry_id, self.repository_name)?;
        let subject = self.subject_id.and_then(|id| id.image_digest).unwrap_or_default();
        if !is_digest(&subject) {
            // AWS's message is not publicly documented. This message is modeled on the one for
            // `BatchGetImage`.
            return Err(check::invalid(
                "subjectId.imageDigest",
                "image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
            ));
        }
        let filter = self.filter.unwrap_or_default();
        // The mock never archives images, so every artifact is ACTIVE.
        let is_active = matches!(filter.artifact_status.as_deref(), None | Some("ACTIVE" | "ANY"));
        let types = filter.artifact_types.unwrap_or_default();
        let images = &find(call, &name)?.images;
        let referrers = images.iter().filter_map(|(digest, image)| {
            let found = referrer(digest, image, &subject).filter(|_| is_active)?;
            let is_wanted =
                types.is_empty() || found.artifact_type.iter().any(|it| types.contains(it));
            is_wanted.then(|| (digest.clone(), found))
        });
        let size = self.max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
        let listing = format!("{} {name} {subject}", Self::NAME);
        let page = check::page(&listing, referrers, self.next_token.as_deref(), size)?;
        Ok(Self::Output {
            referrers: page.items.into_iter().map(|(_, referrer)| referrer).collect(),
            next_token: page.next_token,
        })
    }
}

/// Returns the description of an image if its subject has the given digest. The description has the
/// same members as the descriptors in
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers>, so
/// its size is the size of the manifest.
fn referrer(digest: &str, image: &StoredImage, subject: &str) -> Option<ImageReferrer> {
    let manifest = Manifest::read(&image.manifest);
    if manifest.subject?.digest? != subject {
        return None;
    }
    let texts = manifest.annotations.into_iter().filter_map(|(key, value)| {
        let text = value.as_str()?.to_owned();
        Some((key, text))
    });
    let annotations: BTreeMap<String, String> = texts.collect();
    Some(ImageReferrer {
        digest: digest.to_owned(),
        media_type: image.media_type.clone(),
        artifact_type: manifest
            .artifact_type
            .or_else(|| manifest.config.and_then(|config| config.media_type)),
        size: i64::try_from(image.manifest.len()).unwrap_or(i64::MAX),
        annotations: (!annotations.is_empty()).then_some(annotations),
        artifact_status: "ACTIVE".to_owned(),
    })
}
