//! `StartLifecyclePolicyPreview` and `GetLifecyclePolicyPreview`. A preview completes immediately.

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::ecr::{
    GetLifecyclePolicyPreviewRequest, LifecyclePolicyPreviewResult, LifecyclePolicyPreviewSummary,
    LifecyclePolicyRuleAction, StartLifecyclePolicyPreviewRequest, TransitioningImageTotalCount,
};
use crate::ecr::{check, find, target};
use crate::time::Timestamp;

use super::evaluate::evaluate;
use super::{check_text, no_policy, rules};

/// A preview of a lifecycle policy, with the images that its rules would expire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::ecr) struct StoredPreview {
    text: String,
    results: Vec<StoredResult>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StoredResult {
    digest: String,
    tags: Vec<String>,
    pushed_at: Timestamp,
    priority: u32,
    expires: bool,
}

impl StoredResult {
    fn shown(&self) -> LifecyclePolicyPreviewResult {
        let Self { digest, tags, pushed_at, priority, expires } = self;
        LifecyclePolicyPreviewResult {
            image_tags: Some(tags.clone()).filter(|tags| !tags.is_empty()),
            image_digest: digest.clone(),
            image_pushed_at: *pushed_at,
            action: LifecyclePolicyRuleAction {
                r#type: if *expires { "EXPIRE" } else { "TRANSITION" }.to_owned(),
                target_storage_class: (!expires).then(|| "ARCHIVE".to_owned()),
            },
            applied_rule_priority: i32::try_from(*priority).unwrap_or(i32::MAX),
            storage_class: Some("STANDARD".to_owned()),
        }
    }
}

/// Previews the lifecycle policy in the request, or the repository's own policy if the request
/// contains none.
impl Operation for StartLifecyclePolicyPreviewRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let now = call.now;
        let repository = find(call, &name)?;
        let text = self.lifecycle_policy_text.or_else(|| repository.lifecycle_policy.clone());
        let text = text.ok_or_else(|| no_policy(&registry_id, &name))?;
        check_text(&text)?;
        let rules = rules::read(&text).unwrap_or_default();
        let applied = evaluate(&rules, &repository.images, now);
        let results = applied.into_iter().filter_map(|(digest, applied)| {
            let image = repository.images.get(digest)?;
            Some(StoredResult {
                digest: digest.to_owned(),
                tags: image.tags.iter().cloned().collect(),
                pushed_at: image.pushed_at,
                priority: applied.priority,
                expires: applied.expires,
            })
        });
        let results = results.collect();
        repository.preview = Some(StoredPreview { text: text.clone(), results });
        Ok(Self::Output {
            registry_id,
            repository_name: name,
            lifecycle_policy_text: text,
            status: "IN_PROGRESS".to_owned(),
        })
    }
}

/// Returns the results of a preview.
impl Operation for GetLifecyclePolicyPreviewRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let repository = find(call, &name)?;
        let Some(StoredPreview { text, results }) = repository.preview.clone() else {
            // The code comes from the service model. The message is modeled on the messages for
            // policies, because AWS's own message is not publicly documented.
            return Err(ApiError::new(
                "LifecyclePolicyPreviewNotFoundException",
                format!(
                    "Lifecycle policy preview does not exist for the repository with name '{name}' in the registry with id \
                     '{registry_id}'"
                ),
            ));
        };
        let status = self.filter.and_then(|filter| filter.tag_status);
        let ids = self.image_ids;
        let is_wanted = |result: &StoredResult| {
            let has_status = match status.as_deref() {
                Some("TAGGED") => !result.tags.is_empty(),
                Some("UNTAGGED") => result.tags.is_empty(),
                _ => true,
            };
            let is_named = ids.as_ref().is_none_or(|ids| {
                ids.iter().any(|id| {
                    id.image_digest.as_ref().is_none_or(|digest| *digest == result.digest)
                        && id.image_tag.as_ref().is_none_or(|tag| result.tags.contains(tag))
                })
            });
            has_status && is_named
        };
        let count = |expires| results.iter().filter(|result| result.expires == expires).count();
        let count = |expires| i32::try_from(count(expires)).unwrap_or(i32::MAX);
        let summary = LifecyclePolicyPreviewSummary {
            expiring_image_total_count: count(true),
            transitioning_image_total_counts: Some(count(false)).filter(|count| *count > 0).map(
                |count| {
                    vec![TransitioningImageTotalCount {
                        target_storage_class: Some("ARCHIVE".to_owned()),
                        image_total_count: Some(count),
                    }]
                },
            ),
        };
        let size = self.max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(100);
        let wanted = results.iter().filter(|result| is_wanted(result));
        let wanted = wanted.map(|result| (result.digest.clone(), result));
        let listing = format!("{} {name} {status:?} {ids:?}", Self::NAME);
        let page = check::page(&listing, wanted, self.next_token.as_deref(), size)?;
        Ok(Self::Output {
            registry_id,
            repository_name: name,
            lifecycle_policy_text: text,
            status: "COMPLETE".to_owned(),
            next_token: page.next_token,
            preview_results: page.items.into_iter().map(|(_, result)| result.shown()).collect(),
            summary,
        })
    }
}
