//! Draws requests for task definitions, tasks, services and capacity providers.

use infra_mock::ecs::{
    AutoScalingGroupProvider, AutoScalingGroupProviderUpdate, AwsVpcConfiguration,
    CapacityProviderStrategyItem, ContainerDefinition, CreateCapacityProviderRequest,
    CreateServiceRequest, DeleteCapacityProviderRequest, DeleteServiceRequest,
    DeleteTaskDefinitionsRequest, DeregisterTaskDefinitionRequest,
    DescribeCapacityProvidersRequest, DescribeServicesRequest, DescribeTaskDefinitionRequest,
    DescribeTasksRequest, ListTaskDefinitionFamiliesRequest, ListTaskDefinitionsRequest,
    ManagedScaling, NetworkConfiguration, RegisterTaskDefinitionRequest, RunTaskRequest,
    StopTaskRequest, Tag, UpdateCapacityProviderRequest, UpdateServiceRequest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::model::AnyStep;
use crate::model::draw::{Text, either, maybe, number, page, pairs, rather, step, text, token};

const BAD: &[&str] = &["no such name!", "arn:aws:ecs:eu-west-1:123456789012:cluster/a", ""];

pub(super) fn cluster(odd: u32) -> Text {
    text(odd, &["a", "a", "b", "default"], BAD)
}

fn family(odd: u32) -> Text {
    text(odd, &["app", "app", "worker"], &["a b", "ünïcode", ""])
}

/// Draws a reference to a task definition: a family, a family with a revision, or an ARN.
pub(super) fn definition(odd: u32) -> Text {
    const GOOD: &[&str] = &[
        "app",
        "app",
        "app:1",
        "worker:1",
        "arn:aws:ecs:us-east-1:123456789012:task-definition/app:2",
    ];
    text(odd, GOOD, &["none", "app:99", "app:x", "arn:aws:ecs:us-east-1:123456789012:cluster/a"])
}

pub(super) fn service(odd: u32) -> Text {
    text(odd, &["web", "web", "api"], &["none", "no such name!"])
}

pub(super) fn include(odd: u32) -> BoxedStrategy<Option<Vec<String>>> {
    let tags = text(odd, &["TAGS"], &["ODD"]).prop_map(|name| name.into_iter().collect());
    option::of(tags).boxed()
}

pub(super) fn tags(odd: u32) -> BoxedStrategy<Option<Vec<Tag>>> {
    let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
    let tags = pairs(odd).prop_map(move |pairs| pairs.into_iter().map(tag).collect());
    option::of(tags).boxed()
}

pub(super) fn subnets() -> BoxedStrategy<Option<NetworkConfiguration>> {
    let vpc = |subnets: &[&str]| NetworkConfiguration {
        awsvpc_configuration: Some(AwsVpcConfiguration {
            subnets: Some(subnets.iter().map(|&subnet| subnet.to_owned()).collect()),
            ..AwsVpcConfiguration::default()
        }),
    };
    let with = vpc(&["subnet-1", "subnet-2"]);
    prop_oneof![6 => Just(Some(with)), 1 => Just(Some(vpc(&[]))), 1 => Just(None)].boxed()
}

pub(super) fn strategy(odd: u32) -> BoxedStrategy<Option<Vec<CapacityProviderStrategyItem>>> {
    let name = text(odd, &["FARGATE", "FARGATE_SPOT"], &["GHOST"]);
    let items = (name, number(odd, &[0, 1], &[-1]), number(odd, &[1, 100], &[0, -1])).prop_map(
        |(name, base, weight)| {
            let capacity_provider = Some(name.unwrap_or_default());
            vec![CapacityProviderStrategyItem { capacity_provider, base, weight }]
        },
    );
    option::of(items).boxed()
}

pub(super) fn launch_type(odd: u32) -> Text {
    maybe(odd, &["FARGATE", "FARGATE", "EC2"], &["MOON"])
}

/// Draws requests for task definitions, tasks, services and capacity providers.
pub(in crate::model) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (4, definitions(odd)),
        (4, tasks(odd)),
        (4, services(odd)),
        (1, capacity_providers(odd)),
    ])
}

fn definitions(odd: u32) -> BoxedStrategy<AnyStep> {
    let one = (
        text(odd, &["web"], &["", "a b"]),
        text(odd, &["nginx", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"], &[""]),
        number(odd, &[64, 128], &[0]),
        option::of(any::<bool>()),
    )
        .prop_map(|(name, image, memory, essential)| ContainerDefinition {
            name,
            image,
            memory,
            essential,
            command: Some(vec!["serve".to_owned()]),
            ..ContainerDefinition::default()
        });
    let mode = maybe(odd, &["awsvpc", "awsvpc", "bridge"], &["mesh"]);
    let size = rather(
        odd,
        select(vec![("256", "512"), (".5 vCPU", "1 GB"), ("1024", "2048")]).boxed(),
        select(vec![("1024", "1024"), ("much", "512"), ("256", "")]).boxed(),
    );
    let role = maybe(odd, &["arn:aws:iam::123456789012:role/execution"], &["no arn"]);
    let register = (family(odd), mode, vec(one, 1..3), any::<bool>(), size, role, tags(odd));
    either(vec![
        (
            5,
            step(register.prop_map(
                |(family, network_mode, containers, is_fargate, (cpu, memory), role, tags)| {
                    let fargate = vec!["FARGATE".to_owned()];
                    RegisterTaskDefinitionRequest {
                        family,
                        network_mode,
                        container_definitions: Some(containers),
                        requires_compatibilities: is_fargate.then_some(fargate),
                        cpu: Some(cpu.to_owned()),
                        memory: Some(memory.to_owned()),
                        execution_role_arn: role,
                        tags,
                        ..RegisterTaskDefinitionRequest::default()
                    }
                },
            )),
        ),
        (
            2,
            step((definition(odd), include(odd)).prop_map(|(task_definition, include)| {
                DescribeTaskDefinitionRequest { task_definition, include }
            })),
        ),
        (
            1,
            step(
                definition(odd).prop_map(|task_definition| DeregisterTaskDefinitionRequest {
                    task_definition,
                }),
            ),
        ),
        (
            1,
            step(vec(definition(odd), 0..3).prop_map(|names| DeleteTaskDefinitionsRequest {
                task_definitions: Some(names.into_iter().flatten().collect()),
            })),
        ),
        (
            2,
            step(
                (
                    maybe(odd, &["app"], &["none"]),
                    maybe(odd, &["ACTIVE", "INACTIVE"], &["ODD"]),
                    maybe(odd, &["ASC", "DESC"], &["ODD"]),
                    token(odd),
                    page(odd),
                )
                    .prop_map(
                        |(family_prefix, status, sort, next_token, max_results)| {
                            ListTaskDefinitionsRequest {
                                family_prefix,
                                status,
                                sort,
                                next_token,
                                max_results,
                            }
                        },
                    ),
            ),
        ),
        (
            1,
            step(
                (
                    maybe(odd, &["a", "w"], &["none"]),
                    maybe(odd, &["ACTIVE", "INACTIVE", "ALL"], &["ODD"]),
                    token(odd),
                    page(odd),
                )
                    .prop_map(
                        |(family_prefix, status, next_token, max_results)| {
                            ListTaskDefinitionFamiliesRequest {
                                family_prefix,
                                status,
                                next_token,
                                max_results,
                            }
                        },
                    ),
            ),
        ),
    ])
}

fn tasks(odd: u32) -> BoxedStrategy<AnyStep> {
    let run = (
        cluster(odd),
        definition(odd),
        option::of(number(odd, &[1, 2], &[0, 11])),
        launch_type(odd),
        strategy(odd),
        subnets(),
        tags(odd),
        maybe(odd, &["TASK_DEFINITION", "NONE"], &["SERVICE", "ODD"]),
        // Without a token, the SDK would generate a random one.
        text(odd, &["once", "twice"], &["a b"])
            .prop_map(|token| Some(token.unwrap_or_else(|| "once".to_owned()))),
    );
    let id = || text(odd, &["0123456789abcdef0123456789abcdef"], &["", "arn:aws:ecs"]);
    either(vec![
        (
            4,
            step(run.prop_map(
                |(
                    cluster,
                    task_definition,
                    count,
                    launch_type,
                    capacity_provider_strategy,
                    network_configuration,
                    tags,
                    propagate_tags,
                    client_token,
                )| RunTaskRequest {
                    cluster,
                    task_definition,
                    count: count.flatten(),
                    launch_type,
                    capacity_provider_strategy,
                    network_configuration,
                    tags,
                    propagate_tags,
                    client_token,
                    started_by: Some("ops".to_owned()),
                    enable_ecs_managed_tags: Some(true),
                    ..RunTaskRequest::default()
                },
            )),
        ),
        (
            1,
            step((cluster(odd), vec(id(), 0..3), include(odd)).prop_map(
                |(cluster, tasks, include)| DescribeTasksRequest {
                    cluster,
                    tasks: Some(tasks.into_iter().flatten().collect()),
                    include,
                },
            )),
        ),
        (
            1,
            step((cluster(odd), id()).prop_map(|(cluster, task)| StopTaskRequest {
                cluster,
                task,
                reason: Some("no longer needed".to_owned()),
            })),
        ),
    ])
}

fn services(odd: u32) -> BoxedStrategy<AnyStep> {
    let create = (
        cluster(odd),
        service(odd),
        definition(odd),
        number(odd, &[0, 1, 2], &[-1]),
        launch_type(odd),
        strategy(odd),
        subnets(),
        tags(odd),
    );
    let update = (
        cluster(odd),
        service(odd),
        option::of(number(odd, &[0, 1, 3], &[-1])),
        option::of(definition(odd)),
        option::of(any::<bool>()),
        strategy(odd),
    );
    either(vec![
        (
            3,
            step(create.prop_map(
                |(
                    cluster,
                    service_name,
                    task_definition,
                    desired_count,
                    launch_type,
                    capacity_provider_strategy,
                    network_configuration,
                    tags,
                )| CreateServiceRequest {
                    cluster,
                    service_name,
                    task_definition,
                    desired_count,
                    launch_type,
                    capacity_provider_strategy,
                    network_configuration,
                    tags,
                    propagate_tags: Some("SERVICE".to_owned()),
                    ..CreateServiceRequest::default()
                },
            )),
        ),
        (
            2,
            step(update.prop_map(
                |(
                    cluster,
                    service,
                    desired_count,
                    task_definition,
                    force_new_deployment,
                    capacity_provider_strategy,
                )| UpdateServiceRequest {
                    cluster,
                    service,
                    desired_count: desired_count.flatten(),
                    task_definition: task_definition.flatten(),
                    force_new_deployment,
                    capacity_provider_strategy,
                    ..UpdateServiceRequest::default()
                },
            )),
        ),
        (
            3,
            step((cluster(odd), vec(service(odd), 0..3), include(odd)).prop_map(
                |(cluster, services, include)| DescribeServicesRequest {
                    cluster,
                    services: Some(services.into_iter().flatten().collect()),
                    include,
                },
            )),
        ),
        (
            1,
            step((cluster(odd), service(odd), option::of(any::<bool>())).prop_map(
                |(cluster, service, force)| DeleteServiceRequest { cluster, service, force },
            )),
        ),
    ])
}

fn capacity_providers(odd: u32) -> BoxedStrategy<AnyStep> {
    const GROUP: &str = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:\
                         00000000-0000-4000-8000-000000000000:autoScalingGroupName/gpu";
    let name = || text(odd, &["gpu", "gpu", "cpu"], &["FARGATE", "ecs-own", "a b"]);
    let scaling = || {
        (maybe(odd, &["ENABLED", "DISABLED"], &["ODD"]), number(odd, &[80, 100], &[0, 101]))
            .prop_map(|(status, target_capacity)| ManagedScaling {
                status,
                target_capacity,
                ..ManagedScaling::default()
            })
    };
    either(vec![
        (
            3,
            step((name(), option::of(scaling()), tags(odd)).prop_map(
                |(name, managed_scaling, tags)| CreateCapacityProviderRequest {
                    name,
                    auto_scaling_group_provider: Some(AutoScalingGroupProvider {
                        auto_scaling_group_arn: Some(GROUP.to_owned()),
                        managed_scaling,
                        ..AutoScalingGroupProvider::default()
                    }),
                    tags,
                    ..CreateCapacityProviderRequest::default()
                },
            )),
        ),
        (
            1,
            step((name(), scaling()).prop_map(|(name, managed_scaling)| {
                UpdateCapacityProviderRequest {
                    name,
                    auto_scaling_group_provider: Some(AutoScalingGroupProviderUpdate {
                        managed_scaling: Some(managed_scaling),
                        ..AutoScalingGroupProviderUpdate::default()
                    }),
                    ..UpdateCapacityProviderRequest::default()
                }
            })),
        ),
        (
            1,
            step(name().prop_map(|capacity_provider| DeleteCapacityProviderRequest {
                capacity_provider,
                cluster: None,
            })),
        ),
        (
            2,
            step((option::of(vec(name(), 0..3)), include(odd), token(odd)).prop_map(
                |(names, include, next_token)| DescribeCapacityProvidersRequest {
                    capacity_providers: names.map(|names| names.into_iter().flatten().collect()),
                    include,
                    next_token,
                    max_results: Some(2),
                    cluster: None,
                },
            )),
        ),
    ])
}
