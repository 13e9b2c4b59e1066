//! Manages CloudWatch log groups with the AWS SDK.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::{Client, types};
use infra_core::arn::Arn;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::LogGroupName;
use infra_core::operation::{Operation, logs};
use infra_core::provider::{
    LogGroup, LogGroupClass, LogGroupProvider, LogGroupSpec, RetentionDays,
};
use infra_core::tags::Tags;

use crate::attempts::send;
use crate::pages::Pages;
use crate::provider::provider;
use crate::response::{count, parsed, signed};

provider! {
    /// Implements [`LogGroupProvider`] with a CloudWatch Logs client. Clones share the client.
    LogGroups(Client)
}

#[async_trait]
impl LogGroupProvider for LogGroups {
    async fn describe_log_group(&self, name: &LogGroupName) -> Result<LogGroup> {
        let operation = logs::DESCRIBE_LOG_GROUPS;
        let pages = self.0.describe_log_groups().log_group_name_prefix(name.as_str());
        let mut pages = Pages::new(operation, pages.into_paginator().send());
        while let Some(page) = pages.next().await? {
            let groups = page.log_groups();
            let mut names = groups.iter().map(types::LogGroup::log_group_name);
            if let Some(index) = names.position(|it| it == Some(name.as_str())) {
                let all = groups.iter().filter_map(types::LogGroup::log_group_name);
                return Ok(LogGroup {
                    below: name.below(all),
                    ..observed(operation, &groups[index])?
                });
            }
        }
        Err(Error::new(ErrorKind::NotFound, format!("log group {name} does not exist"))
            .with_operation(operation))
    }

    async fn create_log_group(&self, spec: &LogGroupSpec) -> Result<()> {
        let LogGroupSpec { name, class, kms_key, tags } = spec;
        // The default class is omitted, because older emulators do not support `logGroupClass`.
        let class = Some(class).filter(|class| **class != LogGroupClass::Standard);
        let request = self
            .0
            .create_log_group()
            .log_group_name(name.as_str())
            .set_log_group_class(class.map(|class| class.as_str().into()))
            .set_kms_key_id(kms_key.as_ref().map(ToString::to_string))
            .set_tags(Some(tag_map(tags)).filter(|tags| !tags.is_empty()));
        send!(logs::CREATE_LOG_GROUP, request).map(drop)
    }

    async fn delete_log_group(&self, name: &LogGroupName) -> Result<()> {
        let request = self.0.delete_log_group().log_group_name(name.as_str());
        send!(logs::DELETE_LOG_GROUP, request).map(drop)
    }

    async fn put_retention_policy(&self, name: &LogGroupName, days: RetentionDays) -> Result<()> {
        let request = self.0.put_retention_policy().log_group_name(name.as_str());
        send!(logs::PUT_RETENTION_POLICY, request.retention_in_days(signed(days.days()))).map(drop)
    }

    async fn delete_retention_policy(&self, name: &LogGroupName) -> Result<()> {
        let request = self.0.delete_retention_policy().log_group_name(name.as_str());
        send!(logs::DELETE_RETENTION_POLICY, request).map(drop)
    }

    async fn associate_kms_key(&self, name: &LogGroupName, key: &Arn) -> Result<()> {
        let request = self.0.associate_kms_key().log_group_name(name.as_str());
        send!(logs::ASSOCIATE_KMS_KEY, request.kms_key_id(key.to_string())).map(drop)
    }

    async fn disassociate_kms_key(&self, name: &LogGroupName) -> Result<()> {
        let request = self.0.disassociate_kms_key().log_group_name(name.as_str());
        send!(logs::DISASSOCIATE_KMS_KEY, request).map(drop)
    }

    async fn put_deletion_protection(&self, name: &LogGroupName, enabled: bool) -> Result<()> {
        let request = self.0.put_log_group_deletion_protection();
        let request = request.log_group_identifier(name.as_str());
        let request = request.deletion_protection_enabled(enabled);
        send!(logs::PUT_LOG_GROUP_DELETION_PROTECTION, request).map(drop)
    }

    async fn count_log_streams(&self, name: &LogGroupName, at_most: u64) -> Result<u64> {
        let operation = logs::DESCRIBE_LOG_STREAMS;
        let pages = self.0.describe_log_streams().log_group_name(name.as_str());
        let mut pages = Pages::new(operation, pages.into_paginator().send());
        let mut count = 0;
        while count < at_most {
            let Some(page) = pages.next().await? else { break };
            count += u64::try_from(page.log_streams().len()).unwrap_or(u64::MAX);
        }
        Ok(count.min(at_most))
    }

    async fn list_log_group_tags(&self, arn: &Arn) -> Result<Tags> {
        let request = self.0.list_tags_for_resource().resource_arn(arn.to_string());
        let answer = send!(logs::LIST_TAGS_FOR_RESOURCE, request)?;
        Ok(Tags::observed(answer.tags.unwrap_or_default()))
    }

    async fn tag_log_group(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        let request = self.0.tag_resource().resource_arn(arn.to_string());
        send!(logs::TAG_RESOURCE, request.set_tags(Some(tag_map(tags)))).map(drop)
    }

    async fn untag_log_group(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        let request = self.0.untag_resource().resource_arn(arn.to_string());
        send!(logs::UNTAG_RESOURCE, request.set_tag_keys(Some(keys.to_vec()))).map(drop)
    }
}

fn observed(operation: Operation, group: &types::LogGroup) -> Result<LogGroup> {
    // The tagging operations accept `logGroupArn`, but not `arn`, which ends in `:*`. Older
    // emulators return only `arn`.
    let arn = group.log_group_arn().or(group.arn());
    let arn = arn.map(|arn| arn.strip_suffix(":*").unwrap_or(arn));
    let class = group.log_group_class().map(|class| class.as_str().into());
    Ok(LogGroup {
        name: parsed(operation, "log group name", group.log_group_name())?,
        arn: parsed(operation, "log group ARN", arn)?,
        class: class.unwrap_or(LogGroupClass::Standard),
        kms_key: group.kms_key_id().map(str::to_owned),
        retention_days: group.retention_in_days().map(count),
        deletion_protection: group.deletion_protection_enabled().unwrap_or_default(),
        retention_policy: group.retention_policy_name().map(str::to_owned),
        stored_bytes: group.stored_bytes().and_then(|n| n.try_into().ok()).unwrap_or_default(),
        below: Vec::new(),
    })
}

fn tag_map(tags: &Tags) -> HashMap<String, String> {
    tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
