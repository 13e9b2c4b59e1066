//! The log group provider.

use async_trait::async_trait;
use infra_core::Result;
use infra_core::arn::Arn;
use infra_core::error::{Error, ErrorKind};
use infra_core::names::LogGroupName;
use infra_core::operation::logs as operation;
use infra_core::provider::{
    LogGroup, LogGroupClass, LogGroupProvider, LogGroupSpec, RetentionDays,
};
use infra_core::tags::Tags;

use super::{MockProviders, broken};
use crate::logs;

#[async_trait]
impl LogGroupProvider for MockProviders {
    async fn describe_log_group(&self, name: &LogGroupName) -> Result<LogGroup> {
        let mut request = logs::DescribeLogGroupsRequest {
            log_group_name_prefix: Some(name.to_string()),
            ..Default::default()
        };
        loop {
            let page = self.call(request.clone()).await?;
            let below =
                name.below(page.log_groups.iter().map(|group| group.log_group_name.as_str()));
            let mut groups = page.log_groups.into_iter();
            if let Some(group) = groups.find(|group| group.log_group_name == name.as_str()) {
                return Ok(LogGroup { below, ..from_wire(group)? });
            }
            request.next_token = page.next_token;
            if request.next_token.is_none() {
                // AWS responds with an empty list, but the provider traits require an error.
                let message = format!("log group {name} does not exist");
                return Err(Error::new(ErrorKind::NotFound, message)
                    .with_operation(operation::DESCRIBE_LOG_GROUPS));
            }
        }
    }

    async fn create_log_group(&self, spec: &LogGroupSpec) -> Result<()> {
        let LogGroupSpec { name, class, kms_key, tags } = spec;
        self.send(logs::CreateLogGroupRequest {
            log_group_name: Some(name.to_string()),
            kms_key_id: kms_key.as_ref().map(Arn::to_string),
            tags: (!tags.is_empty()).then(|| tags_to_map(tags)),
            log_group_class: Some(class.as_str().to_owned()),
            ..Default::default()
        })
        .await
    }

    async fn delete_log_group(&self, name: &LogGroupName) -> Result<()> {
        self.send(logs::DeleteLogGroupRequest { log_group_name: Some(name.to_string()) }).await
    }

    async fn put_retention_policy(&self, name: &LogGroupName, days: RetentionDays) -> Result<()> {
        self.send(logs::PutRetentionPolicyRequest {
            log_group_name: Some(name.to_string()),
            retention_in_days: i32::try_from(days.days()).ok(),
        })
        .await
    }

    async fn delete_retention_policy(&self, name: &LogGroupName) -> Result<()> {
        let log_group_name = Some(name.to_string());
        self.send(logs::DeleteRetentionPolicyRequest { log_group_name }).await
    }

    async fn associate_kms_key(&self, name: &LogGroupName, key: &Arn) -> Result<()> {
        self.send(logs::AssociateKmsKeyRequest {
            log_group_name: Some(name.to_string()),
            kms_key_id: Some(key.to_string()),
            ..Default::default()
        })
        .await
    }

    async fn disassociate_kms_key(&self, name: &LogGroupName) -> Result<()> {
        self.send(logs::DisassociateKmsKeyRequest {
            log_group_name: Some(name.to_string()),
            ..Default::default()
        })
        .await
    }

    async fn put_deletion_protection(&self, name: &LogGroupName, enabled: bool) -> Result<()> {
        self.send(logs::PutLogGroupDeletionProtectionRequest {
            log_group_identifier: Some(name.to_string()),
            deletion_protection_enabled: Some(enabled),
        })
        .await
    }

    async fn count_log_streams(&self, name: &LogGroupName, at_most: u64) -> Result<u64> {
        let mut request = logs::DescribeLogStreamsRequest {
            log_group_name: Some(name.to_string()),
            ..Default::default()
        };
        let mut count = 0;
        loop {
            let page = self.call(request.clone()).await?;
            count += u64::try_from(page.log_streams.len()).unwrap_or(u64::MAX);
            request.next_token = page.next_token;
            if count >= at_most || request.next_token.is_none() {
                return Ok(count.min(at_most));
            }
        }
    }

    async fn list_log_group_tags(&self, arn: &Arn) -> Result<Tags> {
        let response = self
            .call(logs::ListTagsForResourceRequest { resource_arn: Some(arn.to_string()) })
            .await?;
        Ok(Tags::observed(response.tags))
    }

    async fn tag_log_group(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        self.send(logs::TagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tags: Some(tags_to_map(tags)),
        })
        .await
    }

    async fn untag_log_group(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        self.send(logs::UntagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tag_keys: Some(keys.to_vec()),
        })
        .await
    }
}

fn tags_to_map(tags: &Tags) -> std::collections::BTreeMap<String, String> {
    tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn from_wire(group: logs::LogGroup) -> Result<LogGroup> {
    let arn = group.log_group_arn.unwrap_or(group.arn);
    let class = group.log_group_class.as_deref();
    Ok(LogGroup {
        name: group.log_group_name.parse().map_err(broken(operation::DESCRIBE_LOG_GROUPS))?,
        arn: arn.parse().map_err(broken(operation::DESCRIBE_LOG_GROUPS))?,
        class: class.map_or(LogGroupClass::Standard, LogGroupClass::from),
        kms_key: group.kms_key_id,
        deletion_protection: group.deletion_protection_enabled.unwrap_or_default(),
        retention_policy: group.retention_policy_name,
        retention_days: group.retention_in_days.and_then(|days| u32::try_from(days).ok()),
        stored_bytes: group
            .stored_bytes
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or_default(),
        below: Vec::new(),
    })
}
