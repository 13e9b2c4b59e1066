//! Checks request members. ECR reports only the first violation, in its own format.

use std::fmt::Display;

use infra_core::arn::AccountId;
use infra_core::names::RepositoryName;

use crate::api::{ApiError, ApiResult, Call};
use crate::constraints::Rule;
use crate::paging::{self, Page};

/// Returns ECR's error for a member that violates a rule:
/// <https://github.com/andrey-pohilko/registry-cli/issues/79>.
pub(super) fn invalid(member: &str, rule: impl Display) -> ApiError {
    ApiError::new(
        "InvalidParameterException",
        format!("Invalid parameter at '{member}' failed to satisfy constraint: '{rule}'"),
    )
}

/// Returns the value of a required member.
pub(super) fn required<T>(member: &str, value: Option<T>) -> ApiResult<T> {
    value.ok_or_else(|| invalid(member, "Member must not be null"))
}

/// Checks that a number of characters or items is between `min` and `max`.
pub(super) fn length(member: &str, count: usize, min: usize, max: usize) -> ApiResult<()> {
    if count < min {
        return Err(invalid(
            member,
            format!("Member must have length greater than or equal to {min}"),
        ));
    }
    if count > max {
        return Err(invalid(
            member,
            format!("Member must have length less than or equal to {max}"),
        ));
    }
    Ok(())
}

/// Checks that a value is one of the allowed values.
pub(super) fn one_of(member: &str, value: &str, allowed: &[&str]) -> ApiResult<()> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let set = allowed.join(", ");
    Err(invalid(member, format!("Member must satisfy enum value set: [{set}]")))
}

/// Returns an error if a member does not match its pattern, that is, if `holds` is false.
pub(super) fn pattern(member: &str, pattern: &str, holds: bool) -> ApiResult<()> {
    if holds {
        return Ok(());
    }
    Err(invalid(member, format!("Member must satisfy regular expression pattern: {pattern}")))
}

/// Returns ECR's wording for the constraint that a repository name violates:
/// <https://github.com/aws/aws-dotnet-deploy/issues/549>.
pub(super) fn of_repository_name(rule: &Rule) -> String {
    match rule {
        Rule::MinLength(min) => format!("must have length greater than or equal to {min}"),
        Rule::MaxLength(max) => format!("must have length less than or equal to {max}"),
        // AWS's message contains this pattern, although AWS also accepts names that do not match
        // the pattern: https://github.com/localstack/localstack/issues/8051
        Rule::Pattern(_) => "must satisfy regular expression \
                             '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'"
            .to_owned(),
        rule => rule.words(),
    }
}

/// Checks a repository name and returns it.
pub(super) fn repository_name(value: Option<String>) -> ApiResult<String> {
    const MEMBER: &str = "repositoryName";
    let name = required(MEMBER, value)?;
    let rule = match name.chars().count() {
        0 | 1 => Some(Rule::MinLength(2)),
        257.. => Some(Rule::MaxLength(256)),
        _ if name.parse::<RepositoryName>().is_err() => Some(Rule::Pattern("")),
        _ => None,
    };
    match rule {
        Some(rule) => Err(invalid(MEMBER, of_repository_name(&rule))),
        None => Ok(name),
    }
}

/// Checks the ID of a registry. If the ID is valid, [`located`](super::access::located) has already
/// moved the call to that registry.
pub(super) fn registry(registry_id: Option<&str>) -> ApiResult<()> {
    let is_valid = registry_id.is_none_or(|id| id.parse::<AccountId>().is_ok());
    pattern("registryId", "[0-9]{12}", is_valid)
}

/// Checks the registry and the repository name in a request, and returns the registry's ID and the
/// name.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers move this value out of a request that they own"
)]
pub(super) fn target(
    call: &Call<'_>,
    registry_id: Option<String>,
    name: Option<String>,
) -> ApiResult<(String, String)> {
    let name = repository(registry_id.as_deref(), name)?;
    Ok((call.caller.location.account_id.to_string(), name))
}

/// Checks the registry and the repository name in a request, and returns the name.
pub(super) fn repository(registry_id: Option<&str>, name: Option<String>) -> ApiResult<String> {
    let name = repository_name(name)?;
    registry(registry_id)?;
    Ok(name)
}

/// Returns the page size, which is 100 by default and must be between 1 and 1000.
pub(super) fn page_size(max_results: Option<i32>) -> ApiResult<usize> {
    const MEMBER: &str = "maxResults";
    match max_results {
        None => Ok(100),
        Some(value) if value > 1000 => {
            Err(invalid(MEMBER, "Member must have value less than or equal to 1000"))
        }
        Some(value) => usize::try_from(value)
            .ok()
            .filter(|size| *size > 0)
            .ok_or_else(|| invalid(MEMBER, "Member must have value greater than or equal to 1")),
    }
}

/// Returns one page of a list that is sorted by the first element of each pair.
pub(super) fn page<T>(
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
    token: Option<&str>,
    size: usize,
) -> ApiResult<Page<(String, T)>> {
    paging::page(listing, items, |(key, _)| key, token, size)
        .map_err(|_| invalid("nextToken", "Invalid token"))
}
