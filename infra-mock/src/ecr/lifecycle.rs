//! `PutLifecyclePolicy`, `GetLifecyclePolicy` and `DeleteLifecyclePolicy`.

mod rules;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation, Service};
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PutLifecyclePolicyRequest {
    /// The account that the registry belongs to; the caller's where missing.
    pub registry_id: Option<String>,
    /// The repository.
    pub repository_name: Option<String>,
    /// The policy.
    pub lifecycle_policy_text: Option<String>,
}

/// The policy that now holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PutLifecyclePolicyResponse {
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// The repository.
    pub repository_name: String,
    /// The policy.
    pub lifecycle_policy_text: String,
}

impl Operation for PutLifecyclePolicyRequest {
    const SERVICE: Service = Service::Ecr;
    const NAME: &'static str = "PutLifecyclePolicy";
    const CHANGES: bool = true;
    type Output = PutLifecyclePolicyResponse;

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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GetLifecyclePolicyRequest {
    /// The account that the registry belongs to; the caller's where missing.
    pub registry_id: Option<String>,
    /// The repository.
    pub repository_name: Option<String>,
}

/// The policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetLifecyclePolicyResponse {
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// The repository.
    pub repository_name: String,
    /// The policy.
    pub lifecycle_policy_text: String,
    /// When it was last carried out: never, which is the beginning of 1970.
    #[serde(serialize_with = "Timestamp::as_epoch_seconds")]
    pub last_evaluated_at: Timestamp,
}

impl Operation for GetLifecyclePolicyRequest {
    const SERVICE: Service = Service::Ecr;
    const NAME: &'static str = "GetLifecyclePolicy";
    const CHANGES: bool = false;
    type Output = GetLifecyclePolicyResponse;

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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeleteLifecyclePolicyRequest {
    /// The account that the registry belongs to; the caller's where missing.
    pub registry_id: Option<String>,
    /// The repository.
    pub repository_name: Option<String>,
}

/// The policy that is no more.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteLifecyclePolicyResponse {
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// The repository.
    pub repository_name: String,
    /// The policy as it was.
    pub lifecycle_policy_text: String,
    /// When it was last carried out: never, which is the beginning of 1970.
    #[serde(serialize_with = "Timestamp::as_epoch_seconds")]
    pub last_evaluated_at: Timestamp,
}

impl Operation for DeleteLifecyclePolicyRequest {
    const SERVICE: Service = Service::Ecr;
    const NAME: &'static str = "DeleteLifecyclePolicy";
    const CHANGES: bool = true;
    type Output = DeleteLifecyclePolicyResponse;

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
