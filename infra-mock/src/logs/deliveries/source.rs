//! Delivery sources: `PutDeliverySource`, `GetDeliverySource`, `DescribeDeliverySources` and
//! `DeleteDeliverySource`.

use std::collections::BTreeMap;

use infra_core::arn::{Arn, Location};
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    DeleteDeliverySourceRequest, DeliverySource, DescribeDeliverySourcesRequest,
    GetDeliverySourceRequest, PutDeliverySourceRequest,
};
use crate::paging;

use super::super::check;
use super::{bad_token, check_tags, conflict, no_source, no_tags_in_updates, shown};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::logs) struct StoredDeliverySource {
    resource_arn: String,
    service: String,
    log_type: String,
    configuration: Option<BTreeMap<String, String>>,
    pub(in crate::logs) tags: BTreeMap<String, String>,
}

impl StoredDeliverySource {
    /// Returns the service that sends the logs.
    pub(super) fn service(&self) -> &str {
        &self.service
    }

    fn shown(&self, location: &Location, name: &str) -> DeliverySource {
        let Self { resource_arn, service, log_type, configuration, tags } = self;
        DeliverySource {
            name: name.to_owned(),
            arn: location.arn("logs", format!("delivery-source:{name}")).to_string(),
            resource_arns: vec![resource_arn.clone()],
            service: service.clone(),
            log_type: log_type.clone(),
            tags: shown(tags),
            delivery_source_configuration: configuration.clone(),
            ..DeliverySource::default()
        }
    }
}

/// Services that cannot send logs through deliveries. The mock accepts every other service, because
/// AWS's list of supported services grows over time:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html>.
const OTHERS: [&str; 6] = ["dynamodb", "ec2", "ecr", "iam", "kms", "s3"];

/// Creates a delivery source, or changes the configuration of an existing delivery source.
impl Operation for PutDeliverySourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let resource_arn = self.resource_arn.unwrap_or_default();
        let new_tags = self.tags.unwrap_or_default();
        check_tags(&new_tags)?;
        let arn = resource_arn.parse::<Arn>().ok();
        let arn = arn.filter(|arn| !OTHERS.contains(&arn.service.as_str()));
        let Some(arn) = arn else {
            // AWS returned this error for the ARN of an S3 bucket.
            let message = "Cannot access provided service.";
            return Err(ApiError::new("ResourceNotFoundException", message));
        };
        let location = &call.caller.location;
        let sources = &mut call.logs().delivery_sources;
        if let Some(source) = sources.get(&name) {
            if !new_tags.is_empty() {
                return Err(no_tags_in_updates());
            }
            if source.resource_arn != resource_arn {
                // This message is from moto. No other public source contains the complete message.
                return Err(conflict(
                    "Update to existing Delivery Source with new ResourceId is not allowed. Please create a new \
                     Delivery Source instead.",
                ));
            }
        }
        let source = sources
            .entry(name.clone())
            .or_insert_with(|| StoredDeliverySource { tags: new_tags, ..Default::default() });
        source.resource_arn = resource_arn;
        source.service = arn.service;
        source.log_type = self.log_type.unwrap_or_default();
        source.configuration = self.delivery_source_configuration;
        Ok(Self::Output { delivery_source: source.shown(location, &name) })
    }
}

/// Returns a delivery source.
impl Operation for GetDeliverySourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let location = &call.caller.location;
        let source = call.logs().delivery_sources.get(&name).ok_or_else(no_source)?;
        Ok(Self::Output { delivery_source: source.shown(location, &name) })
    }
}

/// Describes the delivery sources for the given resources, or all delivery sources.
impl Operation for DescribeDeliverySourcesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arns = self.resource_arns;
        let location = &call.caller.location;
        let sources = call.logs().delivery_sources.iter().filter(|(_, source)| {
            arns.as_ref().is_none_or(|arns| arns.contains(&source.resource_arn))
        });
        let listing = format!("delivery sources {arns:?}");
        let token = self.next_token.as_deref();
        let page =
            paging::page(&listing, sources, |(name, _)| name, token, check::page_size(self.limit))
                .map_err(|_| bad_token())?;
        let shown = page.items.into_iter().map(|(name, source)| source.shown(location, name));
        Ok(Self::Output { delivery_sources: shown.collect(), next_token: page.next_token })
    }
}

/// Deletes a delivery source. Fails if the source still has deliveries.
impl Operation for DeleteDeliverySourceRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let state = call.logs();
        if state.deliveries.values().any(|delivery| delivery.source == name) {
            // AWS's documentation says: "You can't delete a delivery source if any current
            // deliveries are associated with it." AWS's message is not publicly documented.
            return Err(conflict("Deliveries are associated with this Delivery Source."));
        }
        state.delivery_sources.remove(&name).map(drop).ok_or_else(no_source)
    }
}
