//! Retention, encryption and deletion protection of log groups.

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{
    AssociateKmsKeyRequest, DeleteRetentionPolicyRequest, DisassociateKmsKeyRequest,
    PutBearerTokenAuthenticationRequest, PutLogGroupDeletionProtectionRequest,
    PutRetentionPolicyRequest,
};

use super::{StoredGroup, check, find_settled};

/// The retention periods that a log group can have, in days:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
const RETENTION_IN_DAYS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Returns an error for log groups in the delivery class, which always keep events for two days:
/// <https://github.com/hashicorp/terraform-provider-aws/issues/42657>.
fn check_class(group: &StoredGroup) -> ApiResult<()> {
    if group.is_delivery() {
        return Err(check::validation("This operation is not supported for Delivery log class"));
    }
    Ok(())
}

/// Sets the retention of a log group.
impl Operation for PutRetentionPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.log_group_name.unwrap_or_default();
        let days = self.retention_in_days.unwrap_or_default();
        if !RETENTION_IN_DAYS.contains(&days) {
            // The message in https://github.com/aws/aws-cdk/issues/1343 has an older, shorter list.
            // The model declares no constraints for the number of days, so the number is checked
            // here.
            return Err(check::invalid(format!(
                "Invalid retention value. Valid values are: {RETENTION_IN_DAYS:?}"
            )));
        }
        let now = call.now;
        let group = find_settled(call, &name)?;
        check_class(group)?;
        call.logs().remove_expired(&name, now);
        let group = find_settled(call, &name)?;
        group.retention_in_days = Some(days);
        group.changed_at = now;
        Ok(())
    }
}

/// Removes the retention setting of a log group. Its events then never expire, unless an account
/// policy sets a retention period for the log group.
impl Operation for DeleteRetentionPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.log_group_name.unwrap_or_default();
        let now = call.now;
        let group = find_settled(call, &name)?;
        check_class(group)?;
        call.logs().remove_expired(&name, now);
        let group = find_settled(call, &name)?;
        group.retention_in_days = None;
        group.changed_at = now;
        Ok(())
    }
}

/// The resource that a KMS key encrypts.
enum Target {
    Group(String),
    QueryResults,
}

impl Target {
    fn read(call: &Call<'_>, name: Option<&str>, resource: Option<&str>) -> ApiResult<Self> {
        match (name, resource) {
            (Some(name), None) => Ok(Self::Group(name.to_owned())),
            (None, Some(resource)) => {
                if resource == call.arn("logs", "query-result:*").to_string() {
                    return Ok(Self::QueryResults);
                }
                let group = check::group_of_arn(call, resource).map(Self::Group);
                group.ok_or_else(|| check::invalid("Invalid resourceIdentifier"))
            }
            // According to the model, exactly one of the two members is required. The message is
            // modeled on similar messages.
            _ => Err(check::invalid(
                "LogGroup name and resource identifier are mutually exclusive parameters, and one of \
                 them is required.",
            )),
        }
    }
}

/// Encrypts a log group, or the account's query results, with a KMS key.
impl Operation for AssociateKmsKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let key = self.kms_key_id.unwrap_or_default();
        let (name, resource) = (self.log_group_name, self.resource_identifier);
        let now = call.now;
        match Target::read(call, name.as_deref(), resource.as_deref())? {
            Target::Group(name) => {
                check::kms_key(call, &key, &name)?;
                let group = find_settled(call, &name)?;
                group.kms_key_id = Some(key);
                group.changed_at = now;
            }
            Target::QueryResults => {
                check::kms_key(call, &key, "query-result:*")?;
                call.logs().query_results_key = Some(key);
            }
        }
        Ok(())
    }
}

/// Stops encrypting a log group, or the account's query results, with a KMS key.
impl Operation for DisassociateKmsKeyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (name, resource) = (self.log_group_name, self.resource_identifier);
        let now = call.now;
        match Target::read(call, name.as_deref(), resource.as_deref())? {
            Target::Group(name) => {
                let group = find_settled(call, &name)?;
                group.kms_key_id = None;
                group.changed_at = now;
            }
            Target::QueryResults => call.logs().query_results_key = None,
        }
        Ok(())
    }
}

/// Sets whether a log group is protected from deletion.
impl Operation for PutLogGroupDeletionProtectionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let identifier = self.log_group_identifier.unwrap_or_default();
        let name = check::group_of_identifier(call, &identifier)?;
        let now = call.now;
        let group = find_settled(call, &name)?;
        group.deletion_protection = self.deletion_protection_enabled.unwrap_or_default();
        group.changed_at = now;
        Ok(())
    }
}

/// Sets whether clients can use a bearer token to send events to a log group. The mock only stores
/// the setting, because it does not accept bearer tokens.
impl Operation for PutBearerTokenAuthenticationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name =
            check::group_of_identifier(call, &self.log_group_identifier.unwrap_or_default())?;
        let now = call.now;
        let group = find_settled(call, &name)?;
        group.bearer_token_authentication =
            self.bearer_token_authentication_enabled.unwrap_or_default();
        group.changed_at = now;
        Ok(())
    }
}
