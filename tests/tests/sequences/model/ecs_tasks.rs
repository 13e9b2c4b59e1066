//! ECS: task definitions, tasks, services and capacity providers.

use aws_sdk_ecs::types as sdk;
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

use super::draw::{Text, either, maybe, number, page, pairs, rather, step, text, token};
use super::{AnyStep, sent_by};

sent_by! { ecs:
    CreateCapacityProviderRequest {
        name, auto_scaling_group_provider, tags; cluster, managed_instances_provider
    } => create_capacity_provider
        .set_name(name)
        .set_auto_scaling_group_provider(auto_scaling_group_provider.map(group))
        .set_tags(list(tags, tag));
    CreateServiceRequest {
        cluster, service_name, task_definition, desired_count, client_token, launch_type,
        capacity_provider_strategy, network_configuration, scheduling_strategy, tags,
        enable_ecs_managed_tags, propagate_tags, enable_execute_command;
        availability_zone_rebalancing, load_balancers, service_registries, platform_version, role,
        deployment_configuration, placement_constraints, placement_strategy,
        health_check_grace_period_seconds, deployment_controller, service_connect_configuration,
        volume_configurations, vpc_lattice_configurations, gateway_connectors, monitoring
    } => create_service
        .set_cluster(cluster)
        .set_service_name(service_name)
        .set_task_definition(task_definition)
        .set_desired_count(desired_count)
        .set_client_token(client_token)
        .set_launch_type(launch_type.map(|kind| kind.as_str().into()))
        .set_capacity_provider_strategy(list(capacity_provider_strategy, item))
        .set_network_configuration(network_configuration.map(network))
        .set_scheduling_strategy(scheduling_strategy.map(|strategy| strategy.as_str().into()))
        .set_tags(list(tags, tag))
        .set_enable_ecs_managed_tags(enable_ecs_managed_tags)
        .set_propagate_tags(propagate_tags.map(|from| from.as_str().into()))
        .set_enable_execute_command(enable_execute_command);
    DeleteCapacityProviderRequest { capacity_provider; cluster } => delete_capacity_provider
        .set_capacity_provider(capacity_provider);
    DeleteServiceRequest { cluster, service, force } => delete_service
        .set_cluster(cluster)
        .set_service(service)
        .set_force(force);
    DeleteTaskDefinitionsRequest { task_definitions } => delete_task_definitions
        .set_task_definitions(task_definitions);
    DeregisterTaskDefinitionRequest { task_definition } => deregister_task_definition
        .set_task_definition(task_definition);
    DescribeCapacityProvidersRequest {
        capacity_providers, include, max_results, next_token; cluster
    } => describe_capacity_providers
        .set_capacity_providers(capacity_providers)
        .set_include(list(include, |name| name.as_str().into()))
        .set_max_results(max_results)
        .set_next_token(next_token);
    DescribeServicesRequest { cluster, services, include } => describe_services
        .set_cluster(cluster)
        .set_services(services)
        .set_include(list(include, |name| name.as_str().into()));
    DescribeTaskDefinitionRequest { task_definition, include } => describe_task_definition
        .set_task_definition(task_definition)
        .set_include(list(include, |name| name.as_str().into()));
    DescribeTasksRequest { cluster, tasks, include } => describe_tasks
        .set_cluster(cluster)
        .set_tasks(tasks)
        .set_include(list(include, |name| name.as_str().into()));
    ListTaskDefinitionFamiliesRequest { family_prefix, status, next_token, max_results }
        => list_task_definition_families
        .set_family_prefix(family_prefix)
        .set_status(status.map(|status| status.as_str().into()))
        .set_next_token(next_token)
        .set_max_results(max_results);
    ListTaskDefinitionsRequest { family_prefix, status, sort, next_token, max_results }
        => list_task_definitions
        .set_family_prefix(family_prefix)
        .set_status(status.map(|status| status.as_str().into()))
        .set_sort(sort.map(|sort| sort.as_str().into()))
        .set_next_token(next_token)
        .set_max_results(max_results);
    RegisterTaskDefinitionRequest {
        family, task_role_arn, execution_role_arn, network_mode, container_definitions,
        requires_compatibilities, cpu, memory, tags;
        volumes, placement_constraints, pid_mode, ipc_mode, proxy_configuration,
        inference_accelerators, ephemeral_storage, runtime_platform, enable_fault_injection,
        trusted_execution_configuration
    } => register_task_definition
        .set_family(family)
        .set_task_role_arn(task_role_arn)
        .set_execution_role_arn(execution_role_arn)
        .set_network_mode(network_mode.map(|mode| mode.as_str().into()))
        .set_container_definitions(list(container_definitions, container))
        .set_requires_compatibilities(list(requires_compatibilities, |kind| kind.as_str().into()))
        .set_cpu(cpu)
        .set_memory(memory)
        .set_tags(list(tags, tag));
    RunTaskRequest {
        cluster, task_definition, count, launch_type, capacity_provider_strategy, group,
        network_configuration, started_by, tags, propagate_tags, client_token,
        enable_ecs_managed_tags;
        enable_execute_command, overrides, placement_constraints, placement_strategy,
        platform_version, reference_id, volume_configurations
    } => run_task
        .set_cluster(cluster)
        .set_task_definition(task_definition)
        .set_count(count)
        .set_launch_type(launch_type.map(|kind| kind.as_str().into()))
        .set_capacity_provider_strategy(list(capacity_provider_strategy, item))
        .set_group(group)
        .set_network_configuration(network_configuration.map(network))
        .set_started_by(started_by)
        .set_tags(list(tags, tag))
        .set_propagate_tags(propagate_tags.map(|from| from.as_str().into()))
        .set_client_token(client_token)
        .set_enable_ecs_managed_tags(enable_ecs_managed_tags);
    StopTaskRequest { cluster, task, reason } => stop_task
        .set_cluster(cluster)
        .set_task(task)
        .set_reason(reason);
    UpdateCapacityProviderRequest {
        name, auto_scaling_group_provider; cluster, managed_instances_provider
    } => update_capacity_provider
        .set_name(name)
        .set_auto_scaling_group_provider(auto_scaling_group_provider.map(group_update));
    UpdateServiceRequest {
        cluster, service, desired_count, task_definition, capacity_provider_strategy,
        force_new_deployment, enable_execute_command, propagate_tags;
        deployment_configuration, availability_zone_rebalancing, network_configuration,
        placement_constraints, placement_strategy, platform_version,
        health_check_grace_period_seconds, deployment_controller, enable_ecs_managed_tags,
        load_balancers, service_registries, service_connect_configuration, volume_configurations,
        vpc_lattice_configurations, gateway_connectors, monitoring
    } => update_service
        .set_cluster(cluster)
        .set_service(service)
        .set_desired_count(desired_count)
        .set_task_definition(task_definition)
        .set_capacity_provider_strategy(list(capacity_provider_strategy, item))
        .set_force_new_deployment(force_new_deployment)
        .set_enable_execute_command(enable_execute_command)
        .set_propagate_tags(propagate_tags.map(|from| from.as_str().into()));
}

fn list<T, U>(items: Option<Vec<T>>, convert: impl Fn(T) -> U) -> Option<Vec<U>> {
    items.map(|items| items.into_iter().map(convert).collect())
}

fn tag(tag: Tag) -> sdk::Tag {
    let Tag { key, value } = tag;
    sdk::Tag::builder().set_key(key).set_value(value).build()
}

fn item(item: CapacityProviderStrategyItem) -> sdk::CapacityProviderStrategyItem {
    let CapacityProviderStrategyItem { capacity_provider, weight, base } = item;
    sdk::CapacityProviderStrategyItem::builder()
        .set_capacity_provider(capacity_provider)
        .set_weight(weight)
        .set_base(base)
        .build()
        .expect("the model names a provider in every item")
}

fn network(network: NetworkConfiguration) -> sdk::NetworkConfiguration {
    let NetworkConfiguration { awsvpc_configuration } = network;
    let vpc = awsvpc_configuration.map(|vpc| {
        let AwsVpcConfiguration { subnets, security_groups, assign_public_ip } = vpc;
        sdk::AwsVpcConfiguration::builder()
            .set_subnets(subnets)
            .set_security_groups(security_groups)
            .set_assign_public_ip(assign_public_ip.map(|is| is.as_str().into()))
            .build()
            .expect("the model names subnets in every configuration")
    });
    sdk::NetworkConfiguration::builder().set_awsvpc_configuration(vpc).build()
}

/// The members that are drawn.
fn container(container: ContainerDefinition) -> sdk::ContainerDefinition {
    let ContainerDefinition { name, image, cpu, memory, essential, command, user, .. } = container;
    sdk::ContainerDefinition::builder()
        .set_name(name)
        .set_image(image)
        .set_cpu(cpu)
        .set_memory(memory)
        .set_essential(essential)
        .set_command(command)
        .set_user(user)
        .build()
}

fn scaling(scaling: ManagedScaling) -> sdk::ManagedScaling {
    let ManagedScaling {
        status,
        target_capacity,
        minimum_scaling_step_size,
        maximum_scaling_step_size,
        instance_warmup_period,
    } = scaling;
    sdk::ManagedScaling::builder()
        .set_status(status.map(|status| status.as_str().into()))
        .set_target_capacity(target_capacity)
        .set_minimum_scaling_step_size(minimum_scaling_step_size)
        .set_maximum_scaling_step_size(maximum_scaling_step_size)
        .set_instance_warmup_period(instance_warmup_period)
        .build()
}

fn group(group: AutoScalingGroupProvider) -> sdk::AutoScalingGroupProvider {
    let AutoScalingGroupProvider {
        auto_scaling_group_arn,
        managed_scaling,
        managed_termination_protection,
        managed_draining,
    } = group;
    sdk::AutoScalingGroupProvider::builder()
        .set_auto_scaling_group_arn(auto_scaling_group_arn)
        .set_managed_scaling(managed_scaling.map(scaling))
        .set_managed_termination_protection(
            managed_termination_protection.map(|is| is.as_str().into()),
        )
        .set_managed_draining(managed_draining.map(|is| is.as_str().into()))
        .build()
        .expect("the model names a group in every provider")
}

fn group_update(group: AutoScalingGroupProviderUpdate) -> sdk::AutoScalingGroupProviderUpdate {
    let AutoScalingGroupProviderUpdate {
        managed_scaling,
        managed_termination_protection,
        managed_draining,
    } = group;
    sdk::AutoScalingGroupProviderUpdate::builder()
        .set_managed_scaling(managed_scaling.map(scaling))
        .set_managed_termination_protection(
            managed_termination_protection.map(|is| is.as_str().into()),
        )
        .set_managed_draining(managed_draining.map(|is| is.as_str().into()))
        .build()
}

const BAD: &[&str] = &["no such name!", "arn:aws:ecs:eu-west-1:123456789012:cluster/a", ""];

fn cluster(odd: u32) -> Text {
    text(odd, &["a", "a", "b", "default"], BAD)
}

fn family(odd: u32) -> Text {
    text(odd, &["app", "app", "worker"], &["a b", "ünïcode", ""])
}

/// A task definition by family, by revision or by ARN.
fn definition(odd: u32) -> Text {
    const GOOD: &[&str] = &[
        "app",
        "app",
        "app:1",
        "worker:1",
        "arn:aws:ecs:us-east-1:123456789012:task-definition/app:2",
    ];
    text(odd, GOOD, &["none", "app:99", "app:x", "arn:aws:ecs:us-east-1:123456789012:cluster/a"])
}

fn service(odd: u32) -> Text {
    text(odd, &["web", "web", "api"], &["none", "no such name!"])
}

fn include(odd: u32) -> BoxedStrategy<Option<Vec<String>>> {
    let tags = text(odd, &["TAGS"], &["ODD"]).prop_map(|name| name.into_iter().collect());
    option::of(tags).boxed()
}

fn tags(odd: u32) -> BoxedStrategy<Option<Vec<Tag>>> {
    let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
    let tags = pairs(odd).prop_map(move |pairs| pairs.into_iter().map(tag).collect());
    option::of(tags).boxed()
}

fn subnets() -> BoxedStrategy<Option<NetworkConfiguration>> {
    let vpc = |subnets: &[&str]| NetworkConfiguration {
        awsvpc_configuration: Some(AwsVpcConfiguration {
            subnets: Some(subnets.iter().map(|&subnet| subnet.to_owned()).collect()),
            ..AwsVpcConfiguration::default()
        }),
    };
    let with = vpc(&["subnet-1", "subnet-2"]);
    prop_oneof![6 => Just(Some(with)), 1 => Just(Some(vpc(&[]))), 1 => Just(None)].boxed()
}

fn strategy(odd: u32) -> BoxedStrategy<Option<Vec<CapacityProviderStrategyItem>>> {
    let name = text(odd, &["FARGATE", "FARGATE_SPOT"], &["GHOST"]);
    let items = (name, number(odd, &[0, 1], &[-1]), number(odd, &[1, 100], &[0, -1])).prop_map(
        |(name, base, weight)| {
            let capacity_provider = Some(name.unwrap_or_default());
            vec![CapacityProviderStrategyItem { capacity_provider, base, weight }]
        },
    );
    option::of(items).boxed()
}

fn launch_type(odd: u32) -> Text {
    maybe(odd, &["FARGATE", "FARGATE", "EC2"], &["MOON"])
}

/// Requests on task definitions, tasks, services and capacity providers.
pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
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
        // Without a token, the SDK would draw one.
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
