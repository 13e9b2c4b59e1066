//! Destinations for cross-account subscriptions: `PutDestination`, `PutDestinationPolicy`,
//! `DescribeDestinations` and `DeleteDestination`.
//!
//! The mock has no Kinesis or Firehose streams, so nothing is delivered. The mock also does not
//! check that a destination's stream and role exist. Responses match
//! <https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs/test_logs_destinations.snapshot.json>.

use std::collections::BTreeMap;

use infra_core::arn::{Arn, Location};
use infra_core::policy::PolicyDocument;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    DeleteDestinationRequest, DescribeDestinationsRequest, Destination,
    PutDestinationPolicyRequest, PutDestinationRequest,
};
use crate::time::Timestamp;

use super::{check, long, tags};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredDestination {
    target_arn: String,
    role_arn: String,
    access_policy: Option<String>,
    created_at: Timestamp,
    pub(super) tags: BTreeMap<String, String>,
}

impl StoredDestination {
    fn shown(&self, location: &Location, name: &str) -> Destination {
        let Self { target_arn, role_arn, access_policy, created_at, tags: _ } = self;
        Destination {
            destination_name: name.to_owned(),
            target_arn: target_arn.clone(),
            role_arn: role_arn.clone(),
            access_policy: access_policy.clone(),
            arn: location.arn("logs", format!("destination:{name}")).to_string(),
            creation_time: long(created_at.millis()),
        }
    }
}

/// The error message for a nonexistent destination. AWS's message is not publicly documented.
const NO_DESTINATION: &str = "The specified destination does not exist.";

pub(super) fn no_destination() -> ApiError {
    ApiError::new("ResourceNotFoundException", NO_DESTINATION)
}

/// Returns whether a string is the ARN of a Kinesis data stream or a Firehose stream:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html>.
fn is_stream(text: &str) -> bool {
    text.parse::<Arn>().is_ok_and(|arn| match arn.service.as_str() {
        "kinesis" => arn.resource.starts_with("stream/"),
        "firehose" => arn.resource.starts_with("deliverystream/"),
        _ => false,
    })
}

/// Creates a destination, or replaces the stream and the role of an existing destination.
impl Operation for PutDestinationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.destination_name.unwrap_or_default();
        let new_tags = self.tags.unwrap_or_default();
        tags::check_reserved(&new_tags)?;
        let target_arn = self.target_arn.unwrap_or_default();
        if !is_stream(&target_arn) {
            // https://github.com/awslabs/landing-zone-accelerator-on-aws/issues/792
            return Err(check::invalid(
                "Could not deliver test message to specified destination. Check if the destination is valid.",
            ));
        }
        let (now, location) = (call.now, &call.caller.location);
        let destination = call.logs().destinations.entry(name.clone()).or_insert_with(|| {
            // AWS does not document whether an update changes the tags. In the mock, as in moto, an
            // update leaves the tags unchanged.
            StoredDestination { created_at: now, tags: new_tags, ..StoredDestination::default() }
        });
        destination.target_arn = target_arn;
        destination.role_arn = self.role_arn.unwrap_or_default();
        Ok(Self::Output { destination: destination.shown(location, &name) })
    }
}

/// Sets the access policy of a destination.
impl Operation for PutDestinationPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy = self.access_policy.unwrap_or_default();
        // "This can be up to 5120 bytes":
        // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestinationPolicy.html
        // AWS's message is not publicly documented. In these policies, AWS accepts principals that
        // it rejects in resource policies. For example, the policy in LocalStack's snapshot
        // contains the principal {"AWS": "logs.amazonaws.com"}.
        if policy.len() > 5120 || PolicyDocument::parse(&policy).is_err() {
            return Err(check::invalid("Invalid access policy"));
        }
        let destination =
            call.logs().destinations.get_mut(&self.destination_name.unwrap_or_default());
        // According to the service model, this operation does not return ResourceNotFoundException.
        destination.ok_or_else(|| check::invalid(NO_DESTINATION))?.access_policy = Some(policy);
        Ok(())
    }
}

/// Describes the destinations with the given name prefix, or all destinations.
impl Operation for DescribeDestinationsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.destination_name_prefix.unwrap_or_default();
        let location = &call.caller.location;
        let all = call.logs().destinations.iter().filter(|(name, _)| name.starts_with(&prefix));
        let listing = format!("destinations {prefix}");
        let page = check::page(&listing, all, |(name, _)| name, self.next_token, self.limit)?;
        let shown = page.items.into_iter().map(|(name, stored)| stored.shown(location, name));
        Ok(Self::Output { destinations: shown.collect(), next_token: page.next_token })
    }
}

/// Deletes a destination.
impl Operation for DeleteDestinationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.destination_name.unwrap_or_default();
        call.logs().destinations.remove(&name).map(drop).ok_or_else(no_destination)
    }
}
