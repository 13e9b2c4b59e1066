//! `ListContainerInstances`, and helpers for all ECS listings.

use super::errors;
use super::reference::Reference;
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::ListContainerInstancesRequest;
use crate::paging::{self, Page};

pub(super) const LAUNCH_TYPES: [&str; 4] = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];
const INSTANCE_STATUSES: [&str; 5] =
    ["ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"];

/// The maximum page size of every ECS listing except `ListAccountSettings`.
const MOST_RESULTS: i32 = 100;

/// Sorts ARNs and returns the page after `token`. `default` is the page size if the request does
/// not specify one.
pub(super) fn cut(
    listing: &str,
    mut arns: Vec<String>,
    token: Option<&str>,
    max_results: Option<i32>,
    default: usize,
) -> ApiResult<Page<String>> {
    let size = size(max_results, MOST_RESULTS, default)?;
    arns.sort();
    paging::page(listing, arns, String::as_str, token, size).map_err(|_| bad_token())
}

/// Returns the page size. The allowed range comes from the API reference. The error message is
/// modeled on AWS's messages for other request members.
pub(super) fn size(max_results: Option<i32>, most: i32, default: usize) -> ApiResult<usize> {
    let Some(max_results) = max_results else { return Ok(default) };
    usize::try_from(max_results)
        .ok()
        .filter(|_| (1..=most).contains(&max_results))
        .ok_or_else(|| errors::invalid(format!("maxResults must be between 1 and {most}.")))
}

/// Returns the error for an invalid token. The code comes from the API reference; AWS's message is
/// not publicly documented.
pub(super) fn bad_token() -> ApiError {
    errors::invalid("Invalid nextToken.")
}

pub(super) fn check_enum(value: Option<&str>, allowed: &[&str]) -> ApiResult<()> {
    match value {
        Some(value) if !allowed.contains(&value) => Err(errors::not_one_of(value, allowed)),
        _ => Ok(()),
    }
}

/// Returns whether a filter is absent or equals the value.
pub(super) fn passes(filter: Option<&str>, value: Option<&str>) -> bool {
    filter.is_none() || filter == value
}

/// Lists the container instances of a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html>
impl Operation for ListContainerInstancesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        check_enum(self.status.as_deref(), &INSTANCE_STATUSES)?;
        let instances = call.ecs().known(&cluster, now)?.instances.iter();
        let arn =
            |id| location.arn("ecs", format!("container-instance/{cluster}/{id}")).to_string();
        let arns = instances
            .filter(|(_, instance)| passes(self.status.as_deref(), Some(instance.status.as_str())))
            .map(|(id, _)| arn(id))
            .collect();
        let listing = format!("ListContainerInstances/{cluster}");
        let page = cut(&listing, arns, self.next_token.as_deref(), self.max_results, 100)?;
        Ok(Self::Output { container_instance_arns: page.items, next_token: page.next_token })
    }
}
