//! `DescribeTaskDefinition`, `ListTaskDefinitions` and `ListTaskDefinitionFamilies`.

use super::{ACTIVE, Family, INACTIVE, Named, Revision};
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::{
    DescribeTaskDefinitionRequest, ListTaskDefinitionFamiliesRequest, ListTaskDefinitionsRequest,
    Tag,
};
use crate::ecs::{errors, list};
use crate::paging;

/// Describes a revision.
///
/// AWS still describes unused INACTIVE revisions, although the API reference says otherwise:
/// <https://github.com/aws/aws-sdk-js/issues/3868>.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html>
impl Operation for DescribeTaskDefinitionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.task_definition.unwrap_or_default();
        let named = Named::read(&call.caller.location, &text);
        // https://github.com/sil-org/ecs-deploy/issues/145
        let missing = || errors::client("Unable to describe task definition.");
        let found = named.and_then(|named| call.ecs().task_definition(&named).cloned());
        let Revision { definition, tags } = found.ok_or_else(missing)?;
        let with_tags = self.include.is_some_and(|include| include.iter().any(|i| i == "TAGS"));
        let tags = tags.iter().map(|(key, value)| Tag::new(key, value));
        Ok(Self::Output { task_definition: definition, tags: with_tags.then(|| tags.collect()) })
    }
}

/// Lists the ARNs of revisions, sorted by family and number.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html>
impl Operation for ListTaskDefinitionsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let size = list::size(self.max_results, 100, 100)?;
        let status = self.status.as_deref().unwrap_or(ACTIVE);
        let wanted = self.family_prefix.as_deref();
        let descending = self.sort.as_deref() == Some("DESC");
        let families = call.ecs().task_definitions.iter();
        let families = families.filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name));
        let revisions = families.flat_map(|(_, family)| family.revisions.values());
        let mut arns: Vec<(String, String)> = revisions
            .filter(|revision| revision.is(status))
            .map(|revision| (key(revision), revision.definition.task_definition_arn.clone()))
            .collect();
        arns.sort();
        if descending {
            arns.reverse();
            // Pagination requires ascending keys, so each key starts with the position in the list.
            for (place, (key, _)) in arns.iter_mut().enumerate() {
                *key = format!("{place:08} {key}");
            }
        }
        let listing = format!("ListTaskDefinitions {status} {descending} {wanted:?}");
        let token = self.next_token.as_deref();
        let page = paging::page(&listing, arns, |(key, _)| key.as_str(), token, size)
            .map_err(|_| list::bad_token())?;
        Ok(Self::Output {
            task_definition_arns: page.items.into_iter().map(|(_, arn)| arn).collect(),
            next_token: page.next_token,
        })
    }
}

/// Returns a key for sorting revisions by family and number.
fn key(revision: &Revision) -> String {
    format!("{} {:010}", revision.definition.family, revision.definition.revision)
}

/// Lists the names of families.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitionFamilies.html>
impl Operation for ListTaskDefinitionFamiliesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let size = list::size(self.max_results, 100, 100)?;
        let status = self.status.as_deref().unwrap_or("ALL");
        let prefix = self.family_prefix.as_deref().unwrap_or_default();
        let wanted = |family: &Family| match status {
            ACTIVE => family.latest_active().is_some(),
            INACTIVE => family.latest_active().is_none(),
            _ => true,
        };
        let families = call.ecs().task_definitions.iter();
        let names: Vec<String> = families
            .filter(|(name, family)| {
                name.starts_with(prefix) && !family.revisions.is_empty() && wanted(family)
            })
            .map(|(name, _)| name.clone())
            .collect();
        let listing = format!("ListTaskDefinitionFamilies {status} {prefix:?}");
        let token = self.next_token.as_deref();
        let page = paging::page(&listing, names, String::as_str, token, size)
            .map_err(|_| list::bad_token())?;
        Ok(Self::Output { families: page.items, next_token: page.next_token })
    }
}
