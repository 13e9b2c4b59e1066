//! Delivery destinations and their policies: `PutDeliveryDestination`, `GetDeliveryDestination`,
//! `DescribeDeliveryDestinations`, `DeleteDeliveryDestination`, `PutDeliveryDestinationPolicy`,
//! `GetDeliveryDestinationPolicy` and `DeleteDeliveryDestinationPolicy`.

use std::collections::BTreeMap;

use infra_core::arn::{Arn, Location};
use infra_core::policy::PolicyDocument;
use serde::{Deserialize, Serialize};

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{
    DeleteDeliveryDestinationPolicyRequest, DeleteDeliveryDestinationRequest, DeliveryDestination,
    DeliveryDestinationConfiguration, DescribeDeliveryDestinationsRequest,
    GetDeliveryDestinationPolicyRequest, GetDeliveryDestinationRequest, Policy,
    PutDeliveryDestinationPolicyRequest, PutDeliveryDestinationRequest,
};
use crate::paging;

use super::super::check;
use super::{bad_token, check_tags, conflict, no_destination, no_tags_in_updates, shown};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::logs) struct StoredDeliveryDestination {
    /// The type: `S3`, `CWL`, `FH` or `XRAY`.
    kind: String,
    /// The ARN of the resource that receives the logs. `None` for an X-Ray destination.
    resource_arn: Option<String>,
    output_format: Option<String>,
    role_arn: Option<String>,
    policy: Option<String>,
    pub(in crate::logs) tags: BTreeMap<String, String>,
}

impl StoredDeliveryDestination {
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    fn shown(&self, location: &Location, name: &str) -> DeliveryDestination {
        let Self { kind, resource_arn, output_format, role_arn, policy: _, tags } = self;
        let configuration = |arn: &String| DeliveryDestinationConfiguration {
            destination_resource_arn: Some(arn.clone()),
        };
        DeliveryDestination {
            name: name.to_owned(),
            arn: arn(location, name),
            delivery_destination_type: kind.clone(),
            output_format: output_format.clone(),
            delivery_destination_configuration: resource_arn.as_ref().map(configuration),
            role_arn: role_arn.clone(),
            tags: shown(tags),
        }
    }
}

fn arn(location: &Location, name: &str) -> String {
    location.arn("logs", format!("delivery-destination:{name}")).to_string()
}

/// Returns the type of a delivery destination, given the ARN of the resource that receives the
/// logs.
fn kind_of(text: &str) -> Option<&'static str> {
    match text.parse::<Arn>().ok()?.service.as_str() {
        "s3" => Some("S3"),
        "logs" => Some("CWL"),
        "firehose" => Some("FH"),
        _ => None,
    }
}

/// Creates a delivery destination, or changes the resource that receives its logs.
impl Operation for PutDeliveryDestinationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let new_tags = self.tags.unwrap_or_default();
        check_tags(&new_tags)?;
        let configuration = self.delivery_destination_configuration;
        let resource_arn = configuration.and_then(|it| it.destination_resource_arn);
        // AWS's documentation says: "deliveryDestinationConfiguration is required for CloudWatch
        // Logs, Amazon S3, Firehose log delivery destinations and not required for X-Ray trace
        // delivery destinations." AWS's messages for violations are not publicly documented.
        let kind = match (&resource_arn, self.delivery_destination_type.as_deref()) {
            (None, Some("XRAY")) => Some("XRAY"),
            (Some(arn), given) => kind_of(arn).filter(|kind| given.is_none_or(|it| it == *kind)),
            (None, _) => None,
        };
        let kind =
            kind.ok_or_else(|| check::validation("Invalid Delivery Destination resource."))?;
        if self.role_arn.is_some() && kind != "XRAY" {
            return Err(check::validation(
                "A role is supported only for X-Ray trace delivery destinations.",
            ));
        }
        let location = &call.caller.location;
        let destinations = &mut call.logs().delivery_destinations;
        if let Some(old) = destinations.get(&name) {
            if !new_tags.is_empty() {
                return Err(no_tags_in_updates());
            }
            if self.output_format.is_some() && self.output_format != old.output_format {
                // https://github.com/KensioSoftware/yulin/pull/980 describes the rule. The message
                // is moto's.
                return Err(check::validation(
                    "Update to existing Delivery Destination with new Output Format is not allowed. Please create a \
                     new Delivery Destination instead.",
                ));
            }
        }
        let format = self.output_format;
        let destination =
            destinations.entry(name.clone()).or_insert_with(|| StoredDeliveryDestination {
                output_format: format,
                tags: new_tags,
                ..Default::default()
            });
        kind.clone_into(&mut destination.kind);
        destination.resource_arn = resource_arn;
        destination.role_arn = self.role_arn;
        // Recorded: the response does not contain the tags.
        let delivery_destination =
            DeliveryDestination { tags: None, ..destination.shown(location, &name) };
        Ok(Self::Output { delivery_destination })
    }
}

/// Returns a delivery destination.
impl Operation for GetDeliveryDestinationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let location = &call.caller.location;
        let destination =
            call.logs().delivery_destinations.get(&name).ok_or_else(no_destination)?;
        let delivery_destination = destination.shown(location, &name);
        Ok(Self::Output { delivery_destination })
    }
}

/// Describes delivery destinations.
impl Operation for DescribeDeliveryDestinationsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let names = self.names;
        let location = &call.caller.location;
        let all = call.logs().delivery_destinations.iter();
        let all = all.filter(|(name, _)| names.as_ref().is_none_or(|names| names.contains(name)));
        let listing = format!("delivery destinations {names:?}");
        let token = self.next_token.as_deref();
        let page =
            paging::page(&listing, all, |(name, _)| name, token, check::page_size(self.limit))
                .map_err(|_| bad_token())?;
        let shown = page.items.into_iter().map(|(name, stored)| stored.shown(location, name));
        Ok(Self::Output { delivery_destinations: shown.collect(), next_token: page.next_token })
    }
}

/// Deletes a delivery destination. Fails if the destination still has deliveries.
impl Operation for DeleteDeliveryDestinationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.name.unwrap_or_default();
        let arn = arn(call.location(), &name);
        let state = call.logs();
        if state.deliveries.values().any(|delivery| delivery.destination_arn == arn) {
            // AWS's documentation says: "You can't delete a delivery destination if any current
            // deliveries are associated with it." AWS's message is not publicly documented.
            return Err(conflict("Deliveries are associated with this Delivery Destination."));
        }
        state.delivery_destinations.remove(&name).map(drop).ok_or_else(no_destination)
    }
}

fn find<'c>(
    call: &'c mut Call<'_>,
    name: Option<String>,
) -> ApiResult<&'c mut StoredDeliveryDestination> {
    let name = name.unwrap_or_default();
    call.logs().delivery_destinations.get_mut(&name).ok_or_else(no_destination)
}

/// Sets the policy that allows other accounts to create deliveries to a destination. The mock does
/// not evaluate this policy.
impl Operation for PutDeliveryDestinationPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let destination = find(call, self.delivery_destination_name)?;
        let document = self.delivery_destination_policy.unwrap_or_default();
        if PolicyDocument::parse(&document).is_err() {
            // https://github.com/hashicorp/terraform-provider-aws/issues/40885
            return Err(check::validation(
                "Invalid Delivery Destination resource Policy is provided.",
            ));
        }
        destination.policy = Some(document.clone());
        let policy = Policy { delivery_destination_policy: Some(document) };
        Ok(Self::Output { policy })
    }
}

/// Returns the policy of a delivery destination. If the destination has no policy, the response
/// contains an empty `policy` structure.
impl Operation for GetDeliveryDestinationPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let destination = find(call, self.delivery_destination_name)?;
        let policy = Policy { delivery_destination_policy: destination.policy.clone() };
        Ok(Self::Output { policy })
    }
}

/// Deletes the policy of a delivery destination.
impl Operation for DeleteDeliveryDestinationPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        find(call, self.delivery_destination_name)?.policy = None;
        Ok(())
    }
}
