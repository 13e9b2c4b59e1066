//! Deliveries of logs from AWS services: `CreateDelivery`, `GetDelivery`, `DescribeDeliveries`,
//! `UpdateDeliveryConfiguration` and `DeleteDelivery`. A delivery connects a source to a
//! destination.
//!
//! The mock delivers nothing. It also does not check whether the resources that send and receive
//! logs exist, because they belong to other services. Comments that say "recorded" refer to
//! <https://github.com/localstack/localstack/blob/1d13ef060601884cef1aec6dfc228f54578fdfe8/tests/aws/services/logs/test_logs_delivery.snapshot.json>.

mod destination;
mod source;

use std::collections::BTreeMap;

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    CreateDeliveryRequest, DeleteDeliveryRequest, Delivery, DescribeDeliveriesRequest,
    GetDeliveryRequest, S3DeliveryConfiguration, UpdateDeliveryConfigurationRequest,
};
use crate::paging;

use super::{check, tags};

pub(super) use self::destination::StoredDeliveryDestination;
pub(super) use self::source::StoredDeliverySource;

/// The recorded default fields for a delivery of CloudFront's access logs.
const CLOUDFRONT_FIELDS: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status \
                                 cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type \
                                 x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for \
                                 ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status \
                                 fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type \
                                 sc-content-type sc-content-len sc-range-start sc-range-end";

/// The recorded default path for CloudFront's logs in a bucket.
const CLOUDFRONT_PATH: &str = "AWSLogs/{account-id}/CloudFront/";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredDelivery {
    source: String,
    destination_arn: String,
    destination_type: String,
    record_fields: Option<Vec<String>>,
    field_delimiter: Option<String>,
    s3: Option<S3DeliveryConfiguration>,
    pub(super) tags: BTreeMap<String, String>,
}

impl StoredDelivery {
    fn shown(&self, location: &Location, id: &str) -> Delivery {
        let Self {
            source,
            destination_arn,
            destination_type,
            record_fields,
            field_delimiter,
            s3,
            tags,
        } = self;
        Delivery {
            id: id.to_owned(),
            arn: location.arn("logs", format!("delivery:{id}")).to_string(),
            delivery_source_name: source.clone(),
            delivery_destination_arn: destination_arn.clone(),
            delivery_destination_type: destination_type.clone(),
            record_fields: record_fields.clone(),
            field_delimiter: field_delimiter.clone(),
            s3_delivery_configuration: s3.clone(),
            tags: shown(tags),
        }
    }
}

/// Returns the `tags` member of a response. For a resource without tags, the recorded responses
/// omit this member.
fn shown(tags: &BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
    (!tags.is_empty()).then(|| tags.clone())
}

/// Returns an error if the key of a tag is reserved for AWS.
fn check_tags(new: &BTreeMap<String, String>) -> ApiResult<()> {
    tags::check_reserved(new).map_err(|error| check::validation(error.message))
}

/// Returns the recorded error for a missing `Delivery`, `Delivery Source` or
/// `Delivery Destination`.
fn missing(kind: &str) -> ApiError {
    let message = format!("Requested {kind} does not exist in this account.");
    ApiError::new("ResourceNotFoundException", message)
}

pub(super) fn no_delivery() -> ApiError {
    missing("Delivery")
}

pub(super) fn no_source() -> ApiError {
    missing("Delivery Source")
}

pub(super) fn no_destination() -> ApiError {
    missing("Delivery Destination")
}

fn conflict(message: &str) -> ApiError {
    ApiError::new("ConflictException", message)
}

/// Returns the error for tags in a request that updates an existing resource:
/// <https://github.com/hashicorp/terraform-provider-aws/issues/43572>.
fn no_tags_in_updates() -> ApiError {
    conflict("Tags can only be provided when a resource is being created, not updated.")
}

/// Connects a source to a destination.
impl Operation for CreateDeliveryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let new_tags = self.tags.unwrap_or_default();
        check_tags(&new_tags)?;
        let source_name = self.delivery_source_name.unwrap_or_default();
        let destination_arn = self.delivery_destination_arn.unwrap_or_default();
        let name = check::resource_of_arn(call, &destination_arn)
            .and_then(|resource| resource.strip_prefix("delivery-destination:").map(str::to_owned));
        let state = call.logs();
        let source = state.delivery_sources.get(&source_name).ok_or_else(no_source)?;
        let destination = name.and_then(|name| state.delivery_destinations.get(&name));
        let destination = destination.ok_or_else(no_destination)?;
        let destination_type = destination.kind().to_owned();
        let is_s3 = destination_type == "S3";
        let is_cloudfront = source.service() == "cloudfront";
        let of_source = state.deliveries.values().filter(|other| other.source == source_name);
        for other in of_source {
            // AWS's messages for these conflicts are not publicly documented.
            if other.destination_arn == destination_arn {
                return Err(conflict("The specified Delivery already exists"));
            }
            if other.destination_type == destination_type {
                return Err(conflict(
                    "Delivery already exists for this Delivery Source with the same Delivery Destination Type.",
                ));
            }
        }
        if self.s3_delivery_configuration.is_some() && !is_s3 {
            // AWS's documentation says: "This structure contains parameters that are valid only
            // when the delivery's delivery destination is an S3 bucket." AWS's message is not
            // publicly documented.
            return Err(check::validation(
                "S3 delivery configuration is valid only for S3 delivery destinations.",
            ));
        }
        let fields = || CLOUDFRONT_FIELDS.split(' ').map(str::to_owned).collect();
        // These defaults were recorded for CloudFront. The defaults for other services are unknown.
        let mut s3 = self.s3_delivery_configuration;
        if is_s3 && is_cloudfront {
            let s3 = s3.get_or_insert_default();
            s3.suffix_path.get_or_insert_with(|| CLOUDFRONT_PATH.to_owned());
            s3.enable_hive_compatible_path.get_or_insert(false);
        }
        let delivery = StoredDelivery {
            source: source_name,
            destination_arn,
            destination_type,
            record_fields: self.record_fields.or_else(|| is_cloudfront.then(fields)),
            field_delimiter: self.field_delimiter,
            s3,
            tags: new_tags,
        };
        let id = call.world.ids.hex(16);
        let shown = delivery.shown(call.location(), &id);
        call.logs().deliveries.insert(id, delivery);
        Ok(Self::Output { delivery: shown })
    }
}

/// Returns a delivery.
impl Operation for GetDeliveryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.id.unwrap_or_default();
        let location = &call.caller.location;
        let delivery = call.logs().deliveries.get(&id).ok_or_else(no_delivery)?;
        Ok(Self::Output { delivery: delivery.shown(location, &id) })
    }
}

/// Describes the deliveries from the given sources, or all deliveries.
impl Operation for DescribeDeliveriesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let sources = self.delivery_source_names;
        let location = &call.caller.location;
        let deliveries = call.logs().deliveries.iter().filter(|(_, delivery)| {
            sources.as_ref().is_none_or(|sources| sources.contains(&delivery.source))
        });
        let listing = format!("deliveries {sources:?}");
        let token = self.next_token.as_deref();
        let page =
            paging::page(&listing, deliveries, |(id, _)| id, token, check::page_size(self.limit))
                .map_err(|_| bad_token())?;
        let shown = page.items.into_iter().map(|(id, delivery)| delivery.shown(location, id));
        Ok(Self::Output { deliveries: shown.collect(), next_token: page.next_token })
    }
}

/// Returns the error for an invalid pagination token. Operations on deliveries use the code
/// `ValidationException` for this error, while other operations use `InvalidParameterException`.
fn bad_token() -> ApiError {
    check::validation("The specified nextToken is invalid.")
}

/// Changes the format of delivered logs. Settings that the request omits keep their values.
impl Operation for UpdateDeliveryConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.id.unwrap_or_default();
        let delivery = call.logs().deliveries.get_mut(&id).ok_or_else(no_delivery)?;
        if self.s3_delivery_configuration.is_some() && delivery.destination_type != "S3" {
            return Err(check::validation(
                "S3 delivery configuration is valid only for S3 delivery destinations.",
            ));
        }
        delivery.record_fields = self.record_fields.or(delivery.record_fields.take());
        delivery.field_delimiter = self.field_delimiter.or(delivery.field_delimiter.take());
        if let Some(new) = self.s3_delivery_configuration {
            let s3 = delivery.s3.get_or_insert_default();
            s3.suffix_path = new.suffix_path.or(s3.suffix_path.take());
            s3.enable_hive_compatible_path =
                new.enable_hive_compatible_path.or(s3.enable_hive_compatible_path);
        }
        Ok(Self::Output {})
    }
}

/// Deletes a delivery, but keeps its source and its destination.
impl Operation for DeleteDeliveryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.id.unwrap_or_default();
        call.logs().deliveries.remove(&id).map(drop).ok_or_else(no_delivery)
    }
}
