//! Data protection policies for log groups. The mock stores and returns these policies but does not
//! mask data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{
    DeleteDataProtectionPolicyRequest, GetDataProtectionPolicyRequest,
    PutDataProtectionPolicyRequest,
};
use crate::time::Timestamp;

use super::{check, find, find_settled, long};

/// Whether a log group has a data protection policy or used to have one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum DataProtection {
    /// The policy, and the time at which it was set.
    Policy(String, Timestamp),
    /// The log group had a policy, but the policy was deleted.
    Deleted,
}

impl DataProtection {
    /// Returns the value of the `dataProtectionStatus` member, which "displays whether this log
    /// group has a protection policy, or whether it had one in the past":
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html>.
    pub(super) fn status(&self) -> &'static str {
        match self {
            Self::Policy(..) => "ACTIVATED",
            Self::Deleted => "DELETED",
        }
    }
}

/// Checks that a policy has exactly two statements: one that audits data, and one that masks the
/// same data.
///
/// The rules come from
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDataProtectionPolicy.html>.
/// AWS's message is not publicly documented.
pub(super) fn check(policy: &Value) -> ApiResult<()> {
    let statements = policy.get("Statement").and_then(Value::as_array);
    let with = |operation: &str, inner: &str| {
        statements.into_iter().flatten().find_map(|statement| {
            statement.get("Operation")?.get(operation)?.get(inner)?.as_object()?;
            statement.get("DataIdentifier").filter(|data| data.is_array())
        })
    };
    let audited = with("Audit", "FindingsDestination");
    let masked = with("Deidentify", "MaskConfig");
    if audited.is_some() && audited == masked && statements.is_some_and(|all| all.len() == 2) {
        return Ok(());
    }
    Err(check::invalid("Invalid data protection policy"))
}

/// Sets the data protection policy of a log group.
impl Operation for PutDataProtectionPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let identifier = self.log_group_identifier.unwrap_or_default();
        let document = self.policy_document.unwrap_or_default();
        let name = check::group_of_identifier(call, &identifier)?;
        let now = call.now;
        let group = find_settled(call, &name)?;
        if document.chars().count() > 30_720 {
            return Err(check::invalid("Policy document must not exceed 30720 characters"));
        }
        let policy: Value = serde_json::from_str(&document)
            .map_err(|_| check::invalid("Policy document is not valid JSON"))?;
        self::check(&policy)?;
        group.data_protection = Some(DataProtection::Policy(document.clone(), now));
        Ok(Self::Output {
            log_group_identifier: identifier,
            policy_document: document,
            last_updated_time: long(now.millis()),
        })
    }
}

/// Returns the data protection policy of a log group. If the group has no policy, the response
/// omits the policy document.
impl Operation for GetDataProtectionPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let identifier = self.log_group_identifier.unwrap_or_default();
        let name = check::group_of_identifier(call, &identifier)?;
        let (document, time) = match &find(call, &name)?.data_protection {
            Some(DataProtection::Policy(document, time)) => (Some(document.clone()), Some(*time)),
            Some(DataProtection::Deleted) | None => (None, None),
        };
        Ok(Self::Output {
            log_group_identifier: identifier,
            policy_document: document,
            last_updated_time: time.map(|time| long(time.millis())),
        })
    }
}

/// Deletes the data protection policy of a log group.
impl Operation for DeleteDataProtectionPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let identifier = self.log_group_identifier.unwrap_or_default();
        let name = check::group_of_identifier(call, &identifier)?;
        let group = find_settled(call, &name)?;
        if group.data_protection.is_some() {
            group.data_protection = Some(DataProtection::Deleted);
        }
        Ok(())
    }
}
