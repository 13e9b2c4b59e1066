//! CloudWatch Logs: deliveries, their sources and their destinations.

use aws_sdk_cloudwatchlogs::types as sdk;
use infra_mock::logs::{
    CreateDeliveryRequest, DeleteDeliveryDestinationPolicyRequest,
    DeleteDeliveryDestinationRequest, DeleteDeliveryRequest, DeleteDeliverySourceRequest,
    DeliveryDestinationConfiguration, DescribeDeliveriesRequest,
    DescribeDeliveryDestinationsRequest, DescribeDeliverySourcesRequest,
    GetDeliveryDestinationPolicyRequest, GetDeliveryDestinationRequest, GetDeliveryRequest,
    GetDeliverySourceRequest, PutDeliveryDestinationPolicyRequest, PutDeliveryDestinationRequest,
    PutDeliverySourceRequest, S3DeliveryConfiguration, UpdateDeliveryConfigurationRequest,
};
use proptest::option;
use proptest::prelude::*;

use super::super::draw::{Text, either, maybe, page, step, text, token};
use super::super::{AnyStep, LAST_DELIVERY, sent_by};
use super::some_pairs;

sent_by! { logs:
    CreateDeliveryRequest {
        delivery_source_name, delivery_destination_arn, record_fields, field_delimiter, s3_delivery_configuration, tags,
    } => create_delivery
        .set_delivery_source_name(delivery_source_name)
        .set_delivery_destination_arn(delivery_destination_arn)
        .set_record_fields(record_fields)
        .set_field_delimiter(field_delimiter)
        .set_s3_delivery_configuration(s3_delivery_configuration.map(s3))
        .set_tags(tags.map(|tags| tags.into_iter().collect()));
    DeleteDeliveryRequest { id } => delete_delivery
        .set_id(id);
    DeleteDeliveryDestinationRequest { name } => delete_delivery_destination
        .set_name(name);
    DeleteDeliveryDestinationPolicyRequest { delivery_destination_name } => delete_delivery_destination_policy
        .set_delivery_destination_name(delivery_destination_name);
    DeleteDeliverySourceRequest { name } => delete_delivery_source
        .set_name(name);
    DescribeDeliveriesRequest { next_token, limit, delivery_source_names } => describe_deliveries
        .set_next_token(next_token)
        .set_limit(limit)
        .set_delivery_source_names(delivery_source_names);
    DescribeDeliveryDestinationsRequest { next_token, limit, names } => describe_delivery_destinations
        .set_next_token(next_token)
        .set_limit(limit)
        .set_names(names);
    DescribeDeliverySourcesRequest { next_token, limit, resource_arns } => describe_delivery_sources
        .set_next_token(next_token)
        .set_limit(limit)
        .set_resource_arns(resource_arns);
    GetDeliveryRequest { id } => get_delivery
        .set_id(id);
    GetDeliveryDestinationRequest { name } => get_delivery_destination
        .set_name(name);
    GetDeliveryDestinationPolicyRequest { delivery_destination_name } => get_delivery_destination_policy
        .set_delivery_destination_name(delivery_destination_name);
    GetDeliverySourceRequest { name } => get_delivery_source
        .set_name(name);
    PutDeliveryDestinationRequest {
        name, output_format, delivery_destination_configuration, delivery_destination_type, role_arn, tags,
    } => put_delivery_destination
        .set_name(name)
        .set_output_format(output_format.map(|value| value.as_str().into()))
        .set_delivery_destination_configuration(delivery_destination_configuration.map(configuration))
        .set_delivery_destination_type(delivery_destination_type.map(|value| value.as_str().into()))
        .set_role_arn(role_arn)
        .set_tags(tags.map(|tags| tags.into_iter().collect()));
    PutDeliveryDestinationPolicyRequest { delivery_destination_name, delivery_destination_policy } => put_delivery_destination_policy
        .set_delivery_destination_name(delivery_destination_name)
        .set_delivery_destination_policy(delivery_destination_policy);
    PutDeliverySourceRequest { name, resource_arn, log_type, tags, delivery_source_configuration } => put_delivery_source
        .set_name(name)
        .set_resource_arn(resource_arn)
        .set_log_type(log_type)
        .set_tags(tags.map(|tags| tags.into_iter().collect()))
        .set_delivery_source_configuration(delivery_source_configuration.map(|pairs| pairs.into_iter().collect()));
    UpdateDeliveryConfigurationRequest { id, record_fields, field_delimiter, s3_delivery_configuration } => update_delivery_configuration
        .set_id(id)
        .set_record_fields(record_fields)
        .set_field_delimiter(field_delimiter)
        .set_s3_delivery_configuration(s3_delivery_configuration.map(s3));
}

fn s3(value: S3DeliveryConfiguration) -> sdk::S3DeliveryConfiguration {
    let S3DeliveryConfiguration { suffix_path, enable_hive_compatible_path } = value;
    sdk::S3DeliveryConfiguration::builder()
        .set_suffix_path(suffix_path)
        .set_enable_hive_compatible_path(enable_hive_compatible_path)
        .build()
}

fn configuration(value: DeliveryDestinationConfiguration) -> sdk::DeliveryDestinationConfiguration {
    let DeliveryDestinationConfiguration { destination_resource_arn } = value;
    sdk::DeliveryDestinationConfiguration::builder()
        .set_destination_resource_arn(destination_resource_arn)
        .build()
        .expect("the model sets the ARN")
}

const BAD: &[&str] = &["with space", "none", ""];

fn source(odd: u32) -> Text {
    text(odd, &["s1", "s2"], BAD)
}

fn destination(odd: u32) -> Text {
    text(odd, &["d1", "d2"], BAD)
}

fn id(odd: u32) -> Text {
    text(odd, &[LAST_DELIVERY], &["none", "no-id", ""])
}

fn path(odd: u32) -> BoxedStrategy<Option<S3DeliveryConfiguration>> {
    let path = text(odd, &["logs/", "x"], &[""]);
    let configuration = path.prop_map(|suffix_path| S3DeliveryConfiguration {
        suffix_path,
        enable_hive_compatible_path: Some(true),
    });
    option::of(configuration).boxed()
}

/// Draws requests for deliveries, their sources and their destinations.
pub(super) fn deliveries(odd: u32) -> BoxedStrategy<AnyStep> {
    const DESTINATIONS: &[&str] = &[
        "arn:aws:logs:us-east-1:123456789012:delivery-destination:d1",
        "arn:aws:logs:us-east-1:123456789012:delivery-destination:d2",
    ];
    let fields = || option::of(Just(vec!["date".to_owned(), "time".to_owned()]));
    let delimiter = || maybe(odd, &[",", ""], &["too long"]);
    let create = (
        source(odd),
        text(
            odd,
            DESTINATIONS,
            &["no arn", "", "arn:aws:logs:us-east-1:123456789012:destination:d1"],
        ),
        fields(),
        delimiter(),
        path(odd),
        option::of(some_pairs(odd)),
    );
    let update = (id(odd), fields(), delimiter(), path(odd));
    let pages = || (token(odd), page(odd));
    either(vec![
        (
            3,
            step(create.prop_map(|(source, arn, record_fields, delimiter, path, tags)| {
                CreateDeliveryRequest {
                    delivery_source_name: source,
                    delivery_destination_arn: arn,
                    record_fields,
                    field_delimiter: delimiter,
                    s3_delivery_configuration: path,
                    tags: tags.map(|tags| tags.into_iter().collect()),
                }
            })),
        ),
        (1, step(id(odd).prop_map(|id| GetDeliveryRequest { id }))),
        (
            1,
            step(update.prop_map(|(id, record_fields, delimiter, path)| {
                UpdateDeliveryConfigurationRequest {
                    id,
                    record_fields,
                    field_delimiter: delimiter,
                    s3_delivery_configuration: path,
                }
            })),
        ),
        (1, step(id(odd).prop_map(|id| DeleteDeliveryRequest { id }))),
        (
            1,
            step(pages().prop_map(|(next_token, limit)| DescribeDeliveriesRequest {
                next_token,
                limit,
                delivery_source_names: None,
            })),
        ),
        (4, sources(odd)),
        (5, destinations(odd)),
    ])
}

fn sources(odd: u32) -> BoxedStrategy<AnyStep> {
    const RESOURCES: &[&str] = &[
        "arn:aws:cloudfront::123456789012:distribution/E1",
        "arn:aws:cloudfront::123456789012:distribution/E2",
    ];
    let put = (
        source(odd),
        text(odd, RESOURCES, &["no arn", "arn:aws:s3:::b"]),
        option::of(some_pairs(odd)),
    );
    either(vec![
        (
            3,
            step(put.prop_map(|(name, resource_arn, tags)| PutDeliverySourceRequest {
                name,
                resource_arn,
                log_type: Some("ACCESS_LOGS".to_owned()),
                tags: tags.map(|tags| tags.into_iter().collect()),
                delivery_source_configuration: None,
            })),
        ),
        (1, step(source(odd).prop_map(|name| GetDeliverySourceRequest { name }))),
        (1, step(source(odd).prop_map(|name| DeleteDeliverySourceRequest { name }))),
        (
            1,
            step((token(odd), page(odd)).prop_map(|(next_token, limit)| {
                DescribeDeliverySourcesRequest { next_token, limit, resource_arns: None }
            })),
        ),
    ])
}

fn destinations(odd: u32) -> BoxedStrategy<AnyStep> {
    const RESOURCES: &[&str] =
        &["arn:aws:s3:::logs", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a"];
    let put = (
        destination(odd),
        maybe(odd, &["json", "plain"], &["foobar"]),
        text(odd, RESOURCES, &["no arn", ""]),
        option::of(some_pairs(odd)),
    );
    let policy = text(
        odd,
        &[
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"logs:CreateDelivery","Resource":"*"}]}"#,
        ],
        &["{}", "no policy"],
    );
    either(vec![
        (
            3,
            step(put.prop_map(|(name, output_format, arn, tags)| PutDeliveryDestinationRequest {
                name,
                output_format,
                delivery_destination_configuration: Some(DeliveryDestinationConfiguration {
                    destination_resource_arn: Some(arn.unwrap_or_default()),
                }),
                delivery_destination_type: None,
                role_arn: None,
                tags: tags.map(|tags| tags.into_iter().collect()),
            })),
        ),
        (1, step(destination(odd).prop_map(|name| GetDeliveryDestinationRequest { name }))),
        (1, step(destination(odd).prop_map(|name| DeleteDeliveryDestinationRequest { name }))),
        (
            1,
            step((token(odd), page(odd)).prop_map(|(next_token, limit)| {
                DescribeDeliveryDestinationsRequest { next_token, limit, names: None }
            })),
        ),
        (
            1,
            step((destination(odd), policy).prop_map(|(name, policy)| {
                PutDeliveryDestinationPolicyRequest {
                    delivery_destination_name: name,
                    delivery_destination_policy: policy,
                }
            })),
        ),
        (
            1,
            step(destination(odd).prop_map(|name| GetDeliveryDestinationPolicyRequest {
                delivery_destination_name: name,
            })),
        ),
        (
            1,
            step(destination(odd).prop_map(|name| DeleteDeliveryDestinationPolicyRequest {
                delivery_destination_name: name,
            })),
        ),
    ])
}
