//! `PutLifecyclePolicy`, `GetLifecyclePolicy` and `DeleteLifecyclePolicy`.

mod rules;

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::ecr::{
    DeleteLifecyclePolicyRequest, DeleteLifecyclePolicyResponse, GetLifecyclePolicyRequest,
    GetLifecyclePolicyResponse, PutLifecyclePolicyRequest, PutLifecyclePolicyResponse,
};
use crate::time::Timestamp;

use super::{check, find};

/// When a policy was last carried out, as AWS gives it for one that never was.
const NEVER: Timestamp = Timestamp::from_millis(0);

fn no_policy(registry: &str, name: &str) -> ApiError {
    // https://github.com/cloudquery/cloudquery/pull/14730
    ApiError::new(
        "LifecyclePolicyNotFoundException",
        format!(
            "Lifecycle policy does not exist for the repository with name '{name}' in the registry \
             with id '{registry}'"
        ),
    )
}

/// Sets the lifecycle policy of a repository.
impl Operation for PutLifecyclePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        const MEMBER: &str = "lifecyclePolicyText";
        let name = check::repository(
            call,
            Self::NAME,
            self.registry_id.as_deref(),
            self.repository_name.as_deref(),
        )?;
        let text = check::required(MEMBER, self.lifecycle_policy_text)?;
        check::length(MEMBER, text.chars().count(), 100, 30_720)?;
        find(call, &name)?;
        rules::check(&text).map_err(|rule| {
            let rule = format!("Lifecycle policy validation failure: {rule}");
            check::invalid("LifecyclePolicyText", rule)
        })?;
        find(call, &name)?.lifecycle_policy = Some(text.clone());
        Ok(PutLifecyclePolicyResponse {
            registry_id: call.caller.location.account_id.to_string(),
            repository_name: name,
            lifecycle_policy_text: text,
        })
    }
}

/// Reads the lifecycle policy of a repository.
impl Operation for GetLifecyclePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = check::repository(
            call,
            Self::NAME,
            self.registry_id.as_deref(),
            self.repository_name.as_deref(),
        )?;
        let registry_id = call.caller.location.account_id.to_string();
        let text = find(call, &name)?.lifecycle_policy.clone();
        Ok(GetLifecyclePolicyResponse {
            lifecycle_policy_text: text.ok_or_else(|| no_policy(&registry_id, &name))?,
            registry_id,
            repository_name: name,
            last_evaluated_at: NEVER,
        })
    }
}

/// Removes the lifecycle policy of a repository.
impl Operation for DeleteLifecyclePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = check::repository(
            call,
            Self::NAME,
            self.registry_id.as_deref(),
            self.repository_name.as_deref(),
        )?;
        let registry_id = call.caller.location.account_id.to_string();
        let text = find(call, &name)?.lifecycle_policy.take();
        Ok(DeleteLifecyclePolicyResponse {
            lifecycle_policy_text: text.ok_or_else(|| no_policy(&registry_id, &name))?,
            registry_id,
            repository_name: name,
            last_evaluated_at: NEVER,
        })
    }
}
