//! `PutLifecyclePolicy`, `GetLifecyclePolicy` and `DeleteLifecyclePolicy`.

mod evaluate;
mod preview;
mod rules;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecr::{
    DeleteLifecyclePolicyRequest, GetLifecyclePolicyRequest, PutLifecyclePolicyRequest,
};
use crate::time::Timestamp;

use super::{check, find, target};

pub(super) use self::preview::StoredPreview;

/// The evaluation time that AWS returns for a policy that has never been evaluated.
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

fn check_text(text: &str) -> ApiResult<()> {
    rules::check(text).map_err(|rule| {
        let rule = format!("Lifecycle policy validation failure: {rule}");
        check::invalid("LifecyclePolicyText", rule)
    })
}

/// Sets the lifecycle policy of a repository.
impl Operation for PutLifecyclePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let text = self.lifecycle_policy_text.unwrap_or_default();
        find(call, &name)?;
        check_text(&text)?;
        let now = call.now;
        let repository = find(call, &name)?;
        repository.lifecycle_policy = Some(text.clone());
        repository.lifecycle_set_at = now;
        repository.lifecycle_evaluated_at = now;
        Ok(Self::Output { registry_id, repository_name: name, lifecycle_policy_text: text })
    }
}

/// Returns the lifecycle policy of a repository.
impl Operation for GetLifecyclePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let now = call.now;
        let repository = find(call, &name)?;
        let evaluated_at = repository.evaluated_at(now);
        let text = repository.lifecycle_policy.clone();
        Ok(Self::Output {
            lifecycle_policy_text: text.ok_or_else(|| no_policy(&registry_id, &name))?,
            registry_id,
            repository_name: name,
            last_evaluated_at: evaluated_at.unwrap_or(NEVER),
        })
    }
}

/// Removes the lifecycle policy of a repository.
impl Operation for DeleteLifecyclePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let now = call.now;
        let repository = find(call, &name)?;
        let evaluated_at = repository.evaluated_at(now);
        let text = repository.lifecycle_policy.take();
        Ok(Self::Output {
            lifecycle_policy_text: text.ok_or_else(|| no_policy(&registry_id, &name))?,
            registry_id,
            repository_name: name,
            last_evaluated_at: evaluated_at.unwrap_or(NEVER),
        })
    }
}
