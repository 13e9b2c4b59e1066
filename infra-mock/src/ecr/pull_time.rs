//! `RegisterPullTimeUpdateExclusion`, `ListPullTimeUpdateExclusions` and `DeregisterPullTimeUpdateExclusion`.
//!
//! Exclusions are stored and returned, but have no effect because the mock does not record pull
//! times. The messages are the service model's descriptions of the error codes.

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::ecr::{
    DeregisterPullTimeUpdateExclusionRequest, ListPullTimeUpdateExclusionsRequest,
    RegisterPullTimeUpdateExclusionRequest,
};

use super::check;

/// The maximum page size, according to the service model.
const MAX_PAGE: usize = 100;

/// Excludes a principal, so that pulls by this principal no longer update pull times.
impl Operation for RegisterPullTimeUpdateExclusionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let principal_arn = self.principal_arn.unwrap_or_default();
        let now = call.now;
        if !call.ecr().pull_time_exclusions.insert(principal_arn.clone()) {
            return Err(ApiError::new(
                "ExclusionAlreadyExistsException",
                "The specified pull time update exclusion already exists for the registry.",
            ));
        }
        Ok(Self::Output { principal_arn, created_at: now })
    }
}

/// Lists the excluded principals.
impl Operation for ListPullTimeUpdateExclusionsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let size = check::page_size(self.max_results)?.min(MAX_PAGE);
        let all = call.ecr().pull_time_exclusions.iter().map(|arn| (arn.clone(), ()));
        let page = check::page(Self::NAME, all, self.next_token.as_deref(), size)?;
        Ok(Self::Output {
            pull_time_update_exclusions: page.items.into_iter().map(|(arn, ())| arn).collect(),
            next_token: page.next_token,
        })
    }
}

/// Ends the exclusion of a principal.
impl Operation for DeregisterPullTimeUpdateExclusionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let principal_arn = self.principal_arn.unwrap_or_default();
        if !call.ecr().pull_time_exclusions.remove(&principal_arn) {
            return Err(ApiError::new(
                "ExclusionNotFoundException",
                "The specified pull time update exclusion was not found.",
            ));
        }
        Ok(Self::Output { principal_arn })
    }
}
