//! Selects images according to the rules in a lifecycle policy.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::ecr::image::{Manifest, StoredImage};
use crate::ecr::{StoredRepository, settings};
use crate::time::Timestamp;

use super::rules::{Action, CountType, Rule, Selection, StorageClass, TagStatus};

/// "Amazon ECR expires images within 24 hours of their meeting the criteria". The mock evaluates each policy once a
/// day.
const PERIOD: Duration = Duration::from_hours(24);

/// The rule that applies to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    pub(super) priority: u32,
    pub(super) expires: bool,
}

/// Returns the images that the rules apply to, each with its rule. "An image is expired by exactly
/// one or zero rules", and "rules can never mark images that are marked by higher priority rules,
/// but can still identify them as if they haven't been expired".
pub(super) fn evaluate<'r>(
    rules: &[Rule],
    images: &'r BTreeMap<String, StoredImage>,
    now: Timestamp,
) -> BTreeMap<&'r str, Applied> {
    // "If an image is referenced by a manifest list, it cannot be expired without the manifest list being deleted first."
    let listed: BTreeSet<String> = images
        .values()
        .flat_map(|image| {
            let manifest = Manifest::read(&image.manifest);
            manifest.listed().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let mut by_priority: Vec<&Rule> = rules.iter().collect();
    by_priority.sort_by_key(|rule| rule.rule_priority);
    let mut applied = BTreeMap::new();
    for rule in by_priority {
        let expires = matches!(rule.action, Action::Expire {});
        for digest in selected(&rule.selection, images, now) {
            if !listed.contains(digest) {
                applied.entry(digest).or_insert(Applied { priority: rule.rule_priority, expires });
            }
        }
    }
    applied
}

fn selected<'r>(
    selection: &Selection,
    images: &'r BTreeMap<String, StoredImage>,
    now: Timestamp,
) -> Vec<&'r str> {
    // The mock never archives images, so no image is in this storage class.
    if selection.storage_class == StorageClass::Archive {
        return Vec::new();
    }
    let mut matching: Vec<(&String, &StoredImage)> =
        images.iter().filter(|(_, image)| has_tags(selection, image)).collect();
    // The newest images come first.
    matching.sort_by(|(one, image), (other, newer)| {
        (newer.pushed_at, *other).cmp(&(image.pushed_at, *one))
    });
    let number = usize::try_from(selection.count_number).unwrap_or(usize::MAX);
    let is_old = |image: &StoredImage| {
        let age = Duration::from_hours(24).saturating_mul(selection.count_number);
        now.since(image.pushed_at) > age
    };
    let digests = matching.into_iter().map(|(digest, image)| (digest.as_str(), image));
    match selection.count_type {
        CountType::ImageCountMoreThan => digests.skip(number).map(|(digest, _)| digest).collect(),
        CountType::SinceImagePushed => {
            digests.filter(|(_, image)| is_old(image)).map(|(digest, _)| digest).collect()
        }
        // The mock neither records pulls nor archives images, so no image matches.
        CountType::SinceImagePulled | CountType::SinceImageTransitioned => Vec::new(),
    }
}

/// Returns whether an image matches the tag criteria of a selection. "An image is successfully
/// matched if all of the tags in the list are matched against any of the image's tags."
fn has_tags(selection: &Selection, image: &StoredImage) -> bool {
    let has = |fits: &dyn Fn(&str) -> bool| image.tags.iter().any(|tag| fits(tag));
    match selection.tag_status {
        TagStatus::Any => true,
        TagStatus::Untagged => image.tags.is_empty(),
        TagStatus::Tagged => {
            let mut prefixes = selection.tag_prefix_list.iter();
            let mut patterns = selection.tag_pattern_list.iter();
            prefixes.all(|prefix| has(&|tag| tag.starts_with(prefix.as_str())))
                && patterns.all(|pattern| has(&|tag| settings::matches(pattern, tag)))
        }
    }
}

impl StoredRepository {
    /// Returns the most recent time at which an evaluation of the lifecycle policy was due. Returns
    /// `None` if there is no policy, or if the policy was set less than a day ago.
    pub(super) fn evaluated_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.lifecycle_policy.as_ref()?;
        let days = now.since(self.lifecycle_set_at).as_millis() / PERIOD.as_millis();
        let days = u32::try_from(days).ok().filter(|days| *days > 0)?;
        Some(self.lifecycle_set_at.after(PERIOD.saturating_mul(days)))
    }

    /// Returns whether an evaluation of the lifecycle policy is due.
    pub(in crate::ecr) fn is_due(&self, now: Timestamp) -> bool {
        self.evaluated_at(now).is_some_and(|time| time > self.lifecycle_evaluated_at)
    }

    /// Removes the images that expire under the lifecycle policy.
    pub(in crate::ecr) fn expire_images(&mut self, now: Timestamp) {
        let Some(time) = self.evaluated_at(now) else { return };
        self.lifecycle_evaluated_at = time;
        let text = self.lifecycle_policy.as_deref().unwrap_or_default();
        let Some(rules) = super::rules::read(text) else { return };
        let mut there = self.images.clone();
        there.retain(|_, image| image.pushed_at <= time);
        for (digest, applied) in evaluate(&rules, &there, time) {
            if applied.expires {
                self.images.remove(digest);
                self.scans.remove(digest);
            }
        }
    }
}
