//! `PutImageTagMutability` and `PutImageScanningConfiguration`.

use crate::api::{ApiResult, Call, Operation};
use crate::ecr::{
    ImageScanningConfiguration, ImageTagMutabilityExclusionFilter,
    PutImageScanningConfigurationRequest, PutImageTagMutabilityRequest,
};

use super::{StoredRepository, check, find, target};

const FILTERS: &str = "imageTagMutabilityExclusionFilters";

/// Checks a mutability setting and its exclusion filters, and returns the filters.
pub(super) fn exclusion_filters(
    mutability: &str,
    filters: Option<Vec<ImageTagMutabilityExclusionFilter>>,
) -> ApiResult<Vec<ImageTagMutabilityExclusionFilter>> {
    let allowed = ["MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"];
    check::one_of("imageTagMutability", mutability, &allowed)?;
    let excluding = mutability.ends_with("_WITH_EXCLUSION");
    match filters {
        None if excluding => {
            // https://github.com/aws/aws-cdk/pull/35246
            let rule = format!(
                "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as \
                 {mutability}"
            );
            Err(check::invalid(FILTERS, rule))
        }
        None => Ok(Vec::new()),
        Some(filters) => {
            check::length(FILTERS, filters.len(), 1, 5)?;
            filters.iter().try_for_each(check_filter)?;
            if !excluding {
                let rule = format!(
                    "ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is \
                     set to {mutability}"
                );
                return Err(check::invalid(FILTERS, rule));
            }
            Ok(filters)
        }
    }
}

fn check_filter(filter: &ImageTagMutabilityExclusionFilter) -> ApiResult<()> {
    let kind = check::required("filterType", filter.filter_type.as_deref())?;
    check::one_of("filterType", kind, &["WILDCARD"])?;
    let text = check::required("filter", filter.filter.as_deref())?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._*-".contains(c);
    let holds = (1..=128).contains(&text.len()) && text.chars().all(allowed);
    check::pattern("filter", "^[0-9a-zA-Z._*-]{1,128}$", holds)?;
    // At most two wildcards are allowed:
    // https://github.com/hashicorp/terraform-provider-aws/pull/43642
    if text.matches('*').count() > 2 {
        return Err(check::invalid("filter", "Filter must not contain more than two wildcards"));
    }
    Ok(())
}

/// Returns whether a tag in this repository is immutable.
pub(super) fn is_immutable(repository: &StoredRepository, tag: &str) -> bool {
    let filters = repository.exclusion_filters.iter().filter_map(|f| f.filter.as_deref());
    let excluded = filters.into_iter().any(|filter| matches(filter, tag));
    match repository.image_tag_mutability.as_str() {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => !excluded,
        "MUTABLE_WITH_EXCLUSION" => excluded,
        _ => false,
    }
}

/// Returns whether a string matches a pattern. In the pattern, `*` matches any sequence of
/// characters.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| rest.get(at..).is_some_and(|rest| matches(after, rest)))
        }),
    }
}

pub(super) fn scan_on_push(configuration: Option<&ImageScanningConfiguration>) -> bool {
    configuration.and_then(|configuration| configuration.scan_on_push).unwrap_or_default()
}

/// Sets whether tags in a repository can be moved from one image to another.
impl Operation for PutImageTagMutabilityRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let mutability = check::required("imageTagMutability", self.image_tag_mutability)?;
        let filters = exclusion_filters(&mutability, self.image_tag_mutability_exclusion_filters)?;
        let repository = find(call, &name)?;
        repository.image_tag_mutability.clone_from(&mutability);
        repository.exclusion_filters.clone_from(&filters);
        Ok(Self::Output {
            registry_id,
            repository_name: name,
            image_tag_mutability: mutability,
            image_tag_mutability_exclusion_filters: Some(filters).filter(|f| !f.is_empty()),
        })
    }
}

/// Sets whether images are scanned when they are pushed to a repository.
impl Operation for PutImageScanningConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let scan_on_push = scan_on_push(self.image_scanning_configuration.as_ref());
        find(call, &name)?.scan_on_push = scan_on_push;
        Ok(Self::Output {
            registry_id,
            repository_name: name,
            image_scanning_configuration: ImageScanningConfiguration {
                scan_on_push: Some(scan_on_push),
            },
        })
    }
}
