//! ECS: task definitions, tasks, services and capacity providers.

mod deployments;
mod steps;
mod task_sets;

use aws_sdk_ecs::types as sdk;
use infra_mock::api::OperationId;
use infra_mock::ecs::{
    AutoScalingGroupProvider, AutoScalingGroupProviderUpdate, AwsVpcConfiguration,
    CapacityProviderStrategyItem, ContainerDefinition, CreateCapacityProviderRequest,
    CreateServiceRequest, DeleteCapacityProviderRequest, DeleteServiceRequest,
    DeleteTaskDefinitionsRequest, DeploymentController, DeregisterTaskDefinitionRequest,
    DescribeCapacityProvidersRequest, DescribeServicesRequest, DescribeTaskDefinitionRequest,
    DescribeTasksRequest, ListTaskDefinitionFamiliesRequest, ListTaskDefinitionsRequest,
    ManagedScaling, NetworkConfiguration, RegisterTaskDefinitionRequest, RunTaskRequest,
    StopTaskRequest, Tag, UpdateCapacityProviderRequest, UpdateServiceRequest,
};

use proptest::prelude::*;

use super::draw::either;
use super::{AnyStep, BySdk, Clients, Outcome, sent_by};

/// Returns the operations that the submodules draw.
pub(super) fn drawn_below() -> Vec<OperationId> {
    [deployments::DRAWN, task_sets::DRAWN].concat()
}

/// Draws requests from the submodules `steps` and `deployments`.
pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![(8, steps::steps(odd)), (2, deployments::steps(odd)), (1, task_sets::steps(odd))])
}

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
        enable_ecs_managed_tags, propagate_tags, enable_execute_command, deployment_controller;
        availability_zone_rebalancing, load_balancers, service_registries, platform_version, role,
        deployment_configuration, placement_constraints, placement_strategy,
        health_check_grace_period_seconds, service_connect_configuration,
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
        .set_enable_execute_command(enable_execute_command)
        .set_deployment_controller(deployment_controller.map(controller));
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

fn controller(controller: DeploymentController) -> sdk::DeploymentController {
    let DeploymentController { r#type } = controller;
    let kind = r#type.as_deref().unwrap_or_default().into();
    sdk::DeploymentController::builder().r#type(kind).build().expect("the type is set")
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
        .expect("the model sets a provider in every item")
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
            .expect("the model sets subnets in every configuration")
    });
    sdk::NetworkConfiguration::builder().set_awsvpc_configuration(vpc).build()
}

/// Converts a container definition, and omits members that steps cannot set.
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
        .expect("the model sets a group in every provider")
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
