//! Draws requests for services with an external deployment controller, and for their task sets.

use aws_sdk_ecs::types as sdk;
use infra_mock::ecs::{
    CreateServiceRequest, CreateTaskSetRequest, DeleteTaskSetRequest, DeploymentController,
    DescribeTaskSetsRequest, Scale, UpdateServicePrimaryTaskSetRequest, UpdateTaskSetRequest,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::steps::{cluster, definition, include, launch_type, service, strategy, subnets, tags};
use super::{item, list, network, tag};
use crate::model::draw::{Text, either, maybe, number, rather, step, text};
use crate::model::{AnyStep, LAST_TASK_SET, sent_by};

sent_by! { ecs:
    CreateTaskSetRequest {
        cluster, service, task_definition, network_configuration, launch_type,
        capacity_provider_strategy, scale, client_token, external_id, tags;
        load_balancers, service_registries, platform_version
    } => create_task_set
        .set_cluster(cluster)
        .set_service(service)
        .set_task_definition(task_definition)
        .set_network_configuration(network_configuration.map(network))
        .set_launch_type(launch_type.map(|kind| kind.as_str().into()))
        .set_capacity_provider_strategy(list(capacity_provider_strategy, item))
        .set_scale(scale.map(scaled))
        .set_client_token(client_token)
        .set_external_id(external_id)
        .set_tags(list(tags, tag));
    DeleteTaskSetRequest { cluster, service, task_set, force } => delete_task_set
        .set_cluster(cluster)
        .set_service(service)
        .set_task_set(task_set)
        .set_force(force);
    DescribeTaskSetsRequest { cluster, service, task_sets, include } => describe_task_sets
        .set_cluster(cluster)
        .set_service(service)
        .set_task_sets(task_sets)
        .set_include(list(include, |name| name.as_str().into()));
    UpdateServicePrimaryTaskSetRequest { cluster, service, primary_task_set } => update_service_primary_task_set
        .set_cluster(cluster)
        .set_service(service)
        .set_primary_task_set(primary_task_set);
    UpdateTaskSetRequest { cluster, service, task_set, scale } => update_task_set
        .set_cluster(cluster)
        .set_service(service)
        .set_task_set(task_set)
        .set_scale(scale.map(scaled));
}

fn scaled(scale: Scale) -> sdk::Scale {
    let Scale { value, unit } = scale;
    let unit = unit.map(|unit| unit.as_str().into());
    sdk::Scale::builder().set_value(value).set_unit(unit).build()
}

fn required(odd: u32) -> Text {
    text(odd, &["a"], &["none", ""])
}

fn task_set(odd: u32) -> Text {
    text(
        odd,
        &[LAST_TASK_SET],
        &["ecs-svc/1", "none", "arn:aws:ecs:us-east-1:123456789012:cluster/a"],
    )
}

fn scale(odd: u32) -> BoxedStrategy<Option<Scale>> {
    let value =
        rather(odd, select(vec![0.0, 50.0, 100.0]).boxed(), select(vec![-1.0, 101.0]).boxed());
    value
        .prop_map(|value| Some(Scale { value: Some(value), unit: Some("PERCENT".to_owned()) }))
        .boxed()
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    let service_with_sets = (cluster(odd), service(odd), number(odd, &[1, 3], &[-1]), tags(odd));
    let create = (
        (required(odd), service(odd), definition(odd)),
        (launch_type(odd), strategy(odd), subnets()),
        (option::of(scale(odd)), maybe(0, &["once"], &[]), maybe(0, &["mine"], &[]), tags(odd)),
    );
    let force = option::of(any::<bool>());
    either(vec![
        (
            2,
            step(service_with_sets.prop_map(|(cluster, service_name, desired_count, tags)| {
                let r#type = Some("EXTERNAL".to_owned());
                CreateServiceRequest {
                    cluster,
                    service_name,
                    desired_count,
                    tags,
                    deployment_controller: Some(DeploymentController { r#type }),
                    ..CreateServiceRequest::default()
                }
            })),
        ),
        (
            3,
            step(create.prop_map(
                |(place, placement, (scale, client_token, external_id, tags))| {
                    let (cluster, service, task_definition) = place;
                    let (launch_type, capacity_provider_strategy, network_configuration) =
                        placement;
                    CreateTaskSetRequest {
                        cluster,
                        service,
                        task_definition,
                        launch_type,
                        capacity_provider_strategy,
                        network_configuration,
                        scale: scale.flatten(),
                        client_token,
                        external_id,
                        tags,
                        ..CreateTaskSetRequest::default()
                    }
                },
            )),
        ),
        (
            2,
            step((required(odd), service(odd), task_set(odd), include(odd)).prop_map(
                |(cluster, service, task_set, include)| DescribeTaskSetsRequest {
                    cluster,
                    service,
                    task_sets: Some(task_set.into_iter().collect()),
                    include,
                },
            )),
        ),
        (
            2,
            step((required(odd), service(odd), task_set(odd), scale(odd)).prop_map(
                |(cluster, service, task_set, scale)| UpdateTaskSetRequest {
                    cluster,
                    service,
                    task_set,
                    scale,
                },
            )),
        ),
        (
            1,
            step((required(odd), service(odd), task_set(odd)).prop_map(
                |(cluster, service, primary_task_set)| UpdateServicePrimaryTaskSetRequest {
                    cluster,
                    service,
                    primary_task_set,
                },
            )),
        ),
        (
            1,
            step((required(odd), service(odd), task_set(odd), force).prop_map(
                |(cluster, service, task_set, force)| DeleteTaskSetRequest {
                    cluster,
                    service,
                    task_set,
                    force,
                },
            )),
        ),
    ])
}
