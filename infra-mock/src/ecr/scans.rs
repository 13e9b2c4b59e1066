//! `StartImageScan` and `DescribeImageScanFindings`.
//!
//! A scan completes immediately and finds nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecr::{
    DescribeImageScanFindingsRequest, ImageIdentifier, ImageScanFindings, ImageScanStatus,
    StartImageScanRequest,
};

use super::image::{self, no_image};
use super::{check, find, target};

/// "A basic image scan can only be started once per 24 hours on an individual image. This limit includes if an image was
/// scanned on initial push": <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartImageScan.html>.
const PERIOD: Duration = Duration::from_hours(24);

/// Returns the digest of the image that a request identifies.
fn digest(call: &mut Call<'_>, name: &str, id: &ImageIdentifier) -> ApiResult<String> {
    let registry = call.caller.location.account_id.to_string();
    if id.image_digest.is_none() && id.image_tag.is_none() {
        return Err(check::invalid("imageId", "both tag and digest cannot be null"));
    }
    let repository = find(call, name)?;
    let digest = image::find(repository, id).map(str::to_owned);
    digest.ok_or_else(|| no_image(&registry, name, id))
}

/// Scans an image.
impl Operation for StartImageScanRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.image_id.unwrap_or_default();
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let digest = digest(call, &name, &id)?;
        let now = call.now;
        let scans = &mut find(call, &name)?.scans;
        if scans.get(&digest).is_some_and(|scanned| now.since(*scanned) < PERIOD) {
            // The code comes from the service model. AWS's message is not publicly documented.
            return Err(ApiError::new(
                "LimitExceededException",
                "The scan quota per image has been exceeded. Wait and try again.",
            ));
        }
        scans.insert(digest.clone(), now);
        Ok(Self::Output {
            registry_id,
            repository_name: name,
            image_id: ImageIdentifier { image_digest: Some(digest), image_tag: id.image_tag },
            image_scan_status: ImageScanStatus {
                status: "IN_PROGRESS".to_owned(),
                description: None,
            },
        })
    }
}

/// Describes the findings of an image's last scan.
impl Operation for DescribeImageScanFindingsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.image_id.unwrap_or_default();
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let digest = digest(call, &name, &id)?;
        if self.next_token.is_some() {
            // There are no findings, so there is only one page and no token is valid.
            return Err(check::invalid("nextToken", "Invalid token"));
        }
        let Some(scanned_at) = find(call, &name)?.scans.get(&digest).copied() else {
            // The code comes from the service model. The message is modeled on the messages for
            // images, because AWS's own message is not publicly documented.
            let tag = id.image_tag.unwrap_or_else(|| "null".to_owned());
            return Err(ApiError::new(
                "ScanNotFoundException",
                format!(
                    "Image scan does not exist for the image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} \
                     within the repository with name '{name}' in the registry with id '{registry_id}'"
                ),
            ));
        };
        Ok(Self::Output {
            registry_id,
            repository_name: name,
            image_id: ImageIdentifier { image_digest: Some(digest), image_tag: id.image_tag },
            image_scan_status: ImageScanStatus {
                status: "COMPLETE".to_owned(),
                description: Some("The scan was completed successfully.".to_owned()),
            },
            image_scan_findings: Some(ImageScanFindings {
                image_scan_completed_at: scanned_at,
                vulnerability_source_updated_at: scanned_at,
                finding_severity_counts: BTreeMap::new(),
                findings: Vec::new(),
                enhanced_findings: None,
            }),
            next_token: None,
        })
    }
}
