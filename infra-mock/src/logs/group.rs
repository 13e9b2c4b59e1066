//! `CreateLogGroup` and `DeleteLogGroup`.

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{CreateLogGroupRequest, DeleteLogGroupRequest};
use crate::validate::Constraints;

use super::{StoredGroup, check, find_settled, in_conflict, tags};

/// The log group classes that the mock supports.
const CLASSES: [&str; 3] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];

/// Creates a log group.
impl Operation for CreateLogGroupRequest {
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
        Ok(())
    }
}

/// Deletes a log group and all its events.
impl Operation for DeleteLogGroupRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.log_group_name.unwrap_or_default();
        if find_settled(call, &name)?.deletion_protection {
            // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html
            return Err(check::validation(
                "Cannot delete log group with deletion protection enabled. Disable deletion protection first.",
            ));
        }
        let (now, lag) = (call.now, call.world.lag.log_group);
        let arn = call.arn("logs", format!("log-group:{name}")).to_string();
        let state = call.logs();
        state.groups.remove(&name);
        state.group_policies.remove(&arn);
        if !lag.is_zero() {
            state.deleted.insert(name, now);
        }
        Ok(())
    }
}
