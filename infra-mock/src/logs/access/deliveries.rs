//! The permissions required by operations on deliveries, delivery sources and delivery
//! destinations.

use crate::access::{Need, needs};
use crate::api::Call;
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::logs::model::*;

use super::{pairs, resource};

/// Declares the permissions for operations on a resource of kind `$kind`. `$member` is the request
/// member that identifies the resource.
macro_rules! on_named {
    ($($request:ty => $action:literal, $kind:literal, $member:ident;)+) => {
        needs! {$(
            $request => |request, call| vec![named(call, $action, $kind, request.$member.as_deref())];
        )+}
    };
}

// For DeleteDeliverySource, AWS's reference lists a delivery destination as the resource. The
// request names only a delivery source, so the mock checks the permission on that source.
on_named! {
    DeleteDeliveryRequest => "logs:DeleteDelivery", "delivery", id;
    DeleteDeliveryDestinationRequest => "logs:DeleteDeliveryDestination", "delivery-destination", name;
    DeleteDeliveryDestinationPolicyRequest => "logs:DeleteDeliveryDestinationPolicy", "delivery-destination", delivery_destination_name;
    DeleteDeliverySourceRequest => "logs:DeleteDeliverySource", "delivery-source", name;
    GetDeliveryRequest => "logs:GetDelivery", "delivery", id;
    GetDeliveryDestinationRequest => "logs:GetDeliveryDestination", "delivery-destination", name;
    GetDeliveryDestinationPolicyRequest => "logs:GetDeliveryDestinationPolicy", "delivery-destination", delivery_destination_name;
    GetDeliverySourceRequest => "logs:GetDeliverySource", "delivery-source", name;
    PutDeliveryDestinationPolicyRequest => "logs:PutDeliveryDestinationPolicy", "delivery-destination", delivery_destination_name;
    // AWS's reference also lists the source and the destination as resources, but the request names
    // neither.
    UpdateDeliveryConfigurationRequest => "logs:UpdateDeliveryConfiguration", "delivery", id;
}

needs! {
    CreateDeliveryRequest => |request, call| {
        let action = "logs:CreateDelivery";
        let source = request.delivery_source_name.as_deref();
        let tags = || pairs(request.tags.as_ref());
        vec![
            named(call, action, "delivery", Some("*")).with_request_tags(tags()),
            named(call, action, "delivery-source", source).with_request_tags(tags()),
            resource(call, action, request.delivery_destination_arn.as_deref()).with_request_tags(tags()),
        ]
    };
    PutDeliveryDestinationRequest => |request, call| {
        let need = named(call, "logs:PutDeliveryDestination", "delivery-destination", request.name.as_deref());
        let receiver = request.delivery_destination_configuration.as_ref();
        let receiver = receiver.and_then(|it| it.destination_resource_arn.as_ref());
        let need = need.with_request_tags(pairs(request.tags.as_ref()));
        let role = request.role_arn.as_ref().map(|role| Need::new("iam:PassRole", role));
        std::iter::once(need.with("logs:DeliveryDestinationResourceArn", receiver)).chain(role).collect()
    };
    PutDeliverySourceRequest => |request, call| {
        let need = named(call, "logs:PutDeliverySource", "delivery-source", request.name.as_deref());
        let need = need.with_request_tags(pairs(request.tags.as_ref()));
        vec![need.with("logs:LogGeneratingResourceArns", request.resource_arn.as_ref())]
    };
}

fn named(call: &Call<'_>, action: &str, kind: &str, name: Option<&str>) -> Need {
    let arn = call.arn("logs", format!("{kind}:{}", name.unwrap_or_default()));
    resource(call, action, Some(&arn.to_string()))
}
