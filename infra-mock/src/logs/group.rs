//! `CreateLogGroup` and `DeleteLogGroup`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation, Service};
use crate::validate::Constraints;

use super::{EmptyResponse, StoredGroup, check, find_settled, in_conflict, tags};

/// The classes of log groups.
pub(super) const CLASSES: [&str; 3] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];

/// Creates a log group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateLogGroupRequest {
    /// The name.
    pub log_group_name: Option<String>,
    /// The ARN of the key that its events are encrypted with.
    pub kms_key_id: Option<String>,
    /// The tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// `STANDARD`, which is the default, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub log_group_class: Option<String>,
    /// Whether it is kept from being deleted.
    pub deletion_protection_enabled: Option<bool>,
}

impl Operation for CreateLogGroupRequest {
    const SERVICE: Service = Service::Logs;
    const NAME: &'static str = "CreateLogGroup";
    const CHANGES: bool = true;
    type Output = EmptyResponse;

    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut constraints = Constraints::new();
        let name = check::required_group(&mut constraints, self.log_group_name.as_deref());
        constraints.length("kmsKeyId", self.kms_key_id.as_deref(), 0, 256).one_of(
            "logGroupClass",
            self.log_group_class.as_deref(),
            &CLASSES,
        );
        tags::check_shape(&mut constraints, self.tags.as_ref());
        check::finish(constraints)?;
        let tags = self.tags.unwrap_or_default();
        tags::check_reserved(&tags)?;
        if name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws/")) {
            // https://github.com/aws-solutions/application-monitoring-with-amazon-cloudwatch/issues/11
            return Err(check::invalid("Log groups starting with AWS/ are reserved for AWS."));
        }
        if let Some(key) = &self.kms_key_id {
            check::kms_key(call, key, &name)?;
        }
        let (now, lag) = (call.now, call.world.lag.log_group);
        let state = call.logs();
        if state.groups.contains_key(&name) {
            // https://github.com/aws-robotics/cloudwatchlogs-ros1/issues/1
            return Err(ApiError::new(
                "ResourceAlreadyExistsException",
                "The specified log group already exists",
            ));
        }
        state.deleted.retain(|_, deleted| now.since(*deleted) < lag);
        if state.deleted.contains_key(&name) {
            return Err(in_conflict());
        }
        let group = StoredGroup {
            created_at: now,
            changed_at: now,
            class: self.log_group_class.unwrap_or_else(|| "STANDARD".to_owned()),
            kms_key_id: self.kms_key_id,
            deletion_protection: self.deletion_protection_enabled.unwrap_or_default(),
            tags,
            ..StoredGroup::default()
        };
        state.groups.insert(name, group);
        Ok(EmptyResponse)
    }
}

/// Deletes a log group with all its events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeleteLogGroupRequest {
    /// The name.
    pub log_group_name: Option<String>,
}

impl Operation for DeleteLogGroupRequest {
    const SERVICE: Service = Service::Logs;
    const NAME: &'static str = "DeleteLogGroup";
    const CHANGES: bool = true;
    type Output = EmptyResponse;

    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = check::only_group(self.log_group_name.as_deref())?;
        if find_settled(call, &name)?.deletion_protection {
            // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html
            return Err(check::validation(
                "Cannot delete log group with deletion protection enabled. Disable deletion protection first.",
            ));
        }
        let (now, lag) = (call.now, call.world.lag.log_group);
        let state = call.logs();
        state.groups.remove(&name);
        if !lag.is_zero() {
            state.deleted.insert(name, now);
        }
        Ok(EmptyResponse)
    }
}
