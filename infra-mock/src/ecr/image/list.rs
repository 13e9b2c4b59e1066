//! `ListImages` and `DescribeImages`.

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::ecr::{DescribeImagesRequest, ImageDetail, ImageIdentifier, ListImagesRequest};
use crate::ecr::{check, find, target};

use super::{Manifest, StoredImage};

/// A filter that selects images with tags, images without tags, or both.
struct Wanted {
    tagged: bool,
    untagged: bool,
}

impl Wanted {
    fn new(tag_status: Option<&str>, image_status: Option<&str>) -> Self {
        // The mock never archives images, so every image is ACTIVE.
        let active = matches!(image_status, None | Some("ACTIVE" | "ANY"));
        Self {
            tagged: active && tag_status != Some("UNTAGGED"),
            untagged: active && tag_status != Some("TAGGED"),
        }
    }

    fn takes(&self, image: &StoredImage) -> bool {
        if image.tags.is_empty() { self.untagged } else { self.tagged }
    }
}

/// Lists the images in a repository.
impl Operation for ListImagesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (_, name) = target(call, self.registry_id, self.repository_name)?;
        let size = check::page_size(self.max_results)?;
        let filter = self.filter.unwrap_or_default();
        let wanted = Wanted::new(filter.tag_status.as_deref(), filter.image_status.as_deref());
        let images = find(call, &name)?.images.iter().filter(|(_, image)| wanted.takes(image));
        let ids = images.flat_map(|(digest, image)| {
            let untagged = image.tags.is_empty().then_some(None);
            let tags = image.tags.iter().map(Some).chain(untagged);
            tags.map(move |tag| {
                let key = format!("{digest}\n{}", tag.map_or("", String::as_str));
                let image_digest = Some(digest.clone());
                (key, ImageIdentifier { image_digest, image_tag: tag.cloned() })
            })
        });
        let listing = format!("{} {name}", Self::NAME);
        let page = check::page(&listing, ids, self.next_token.as_deref(), size)?;
        Ok(Self::Output {
            image_ids: page.items.into_iter().map(|(_, id)| id).collect(),
            next_token: page.next_token,
        })
    }
}

/// Describes images in a repository.
impl Operation for DescribeImagesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let size = check::page_size(self.max_results)?;
        let filter = self.filter.unwrap_or_default();
        let wanted = Wanted::new(filter.tag_status.as_deref(), filter.image_status.as_deref());
        if self.image_ids.is_some() {
            // According to the service model, "This option cannot be used when you specify images
            // with imageIds".
            for (member, given) in [
                ("maxResults", self.max_results.is_some()),
                ("nextToken", self.next_token.is_some()),
            ] {
                if given {
                    let rule = format!("{member} cannot be specified together with imageIds");
                    return Err(check::invalid(member, rule));
                }
            }
        }
        let repository = find(call, &name)?;
        let Some(ids) = self.image_ids else {
            let images = repository.images.iter().filter(|(_, image)| wanted.takes(image));
            let images = images.map(|(digest, image)| (digest.clone(), image));
            let listing = format!("{} {name}", Self::NAME);
            let page = check::page(&listing, images, self.next_token.as_deref(), size)?;
            let details =
                page.items.iter().map(|(digest, image)| detail(&registry_id, &name, digest, image));
            return Ok(Self::Output {
                image_details: details.collect(),
                next_token: page.next_token,
            });
        };
        let mut image_details = Vec::with_capacity(ids.len());
        for id in &ids {
            if id.image_digest.is_none() && id.image_tag.is_none() {
                return Err(check::invalid("imageIds", "both tag and digest cannot be null"));
            }
            let image = super::find(repository, id)
                .and_then(|digest| repository.images.get_key_value(digest))
                .ok_or_else(|| no_image(&registry_id, &name, id))?;
            image_details.push(detail(&registry_id, &name, image.0, image.1));
        }
        Ok(Self::Output { image_details, next_token: None })
    }
}

pub(in crate::ecr) fn no_image(registry: &str, name: &str, id: &ImageIdentifier) -> ApiError {
    let ImageIdentifier { image_digest, image_tag } = id;
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
    let (digest, tag) = (shown(image_digest), shown(image_tag));
    // https://github.com/hashicorp/terraform-provider-aws/issues/35268
    ApiError::new(
        "ImageNotFoundException",
        format!(
            "The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist within \
             the repository with name '{name}' in the registry with id '{registry}'"
        ),
    )
}

fn detail(registry: &str, name: &str, digest: &str, image: &StoredImage) -> ImageDetail {
    let StoredImage { manifest, media_type, tags, pushed_at } = image;
    let manifest = Manifest::read(manifest);
    let size = manifest.size();
    let Manifest {
        media_type: _,
        artifact_type,
        config,
        layers: _,
        manifests: _,
        subject,
        annotations: _,
    } = manifest;
    ImageDetail {
        registry_id: registry.to_owned(),
        repository_name: name.to_owned(),
        image_digest: digest.to_owned(),
        image_tags: (!tags.is_empty()).then(|| tags.iter().cloned().collect()),
        image_size_in_bytes: size,
        image_pushed_at: *pushed_at,
        image_manifest_media_type: media_type.clone(),
        artifact_media_type: artifact_type.or_else(|| config.and_then(|config| config.media_type)),
        subject_manifest_digest: subject.and_then(|subject| subject.digest),
        image_status: "ACTIVE".to_owned(),
        ..ImageDetail::default()
    }
}
