//! ECS: clusters, their settings, capacity providers and tags, and account settings.

use aws_sdk_ecs::types as sdk;
use infra_mock::ecs::{
    CapacityProviderStrategyItem, ClusterConfiguration, ClusterServiceConnectDefaultsRequest,
    ClusterSetting, CreateClusterRequest, DeleteClusterRequest, DescribeClustersRequest,
    ExecuteCommandConfiguration, ExecuteCommandLogConfiguration, ListAccountSettingsRequest,
    ListClustersRequest, ListContainerInstancesRequest, ListServicesRequest,
    ListTagsForResourceRequest, ListTasksRequest, ManagedStorageConfiguration,
    PutAccountSettingDefaultRequest, PutAccountSettingRequest, PutClusterCapacityProvidersRequest,
    Tag, TagResourceRequest, UntagResourceRequest, UpdateClusterRequest,
    UpdateClusterSettingsRequest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::draw::{Text, either, keys, maybe, number, page, pairs, rather, step, text, token};
use super::{AnyStep, sent_by};

sent_by! { ecs:
    CreateClusterRequest {
        cluster_name, tags, settings, configuration, capacity_providers,
        default_capacity_provider_strategy, service_connect_defaults,
    } => create_cluster
        .set_cluster_name(cluster_name)
        .set_tags(list(tags, tag))
        .set_settings(list(settings, setting))
        .set_configuration(configuration.map(self::configuration))
        .set_capacity_providers(capacity_providers)
        .set_default_capacity_provider_strategy(list(default_capacity_provider_strategy, item))
        .set_service_connect_defaults(service_connect_defaults.map(defaults));
    DeleteClusterRequest { cluster } => delete_cluster.set_cluster(cluster);
    DescribeClustersRequest { clusters, include } => describe_clusters
        .set_clusters(clusters)
        .set_include(list(include, |name| name.as_str().into()));
    ListAccountSettingsRequest {
        name, value, principal_arn, effective_settings, next_token, max_results,
    } => list_account_settings
        .set_name(name.map(|name| name.as_str().into()))
        .set_value(value)
        .set_principal_arn(principal_arn)
        .set_effective_settings(effective_settings)
        .set_next_token(next_token)
        .set_max_results(max_results);
    ListClustersRequest { next_token, max_results } => list_clusters
        .set_next_token(next_token)
        .set_max_results(max_results);
    ListContainerInstancesRequest {
        cluster, filter, next_token, max_results, status,
    } => list_container_instances
        .set_cluster(cluster)
        .set_filter(filter)
        .set_next_token(next_token)
        .set_max_results(max_results)
        .set_status(status.map(|status| status.as_str().into()));
    ListServicesRequest {
        cluster, next_token, max_results, launch_type, scheduling_strategy, resource_management_type,
    } => list_services
        .set_cluster(cluster)
        .set_next_token(next_token)
        .set_max_results(max_results)
        .set_launch_type(launch_type.map(|kind| kind.as_str().into()))
        .set_scheduling_strategy(scheduling_strategy.map(|strategy| strategy.as_str().into()))
        .set_resource_management_type(resource_management_type.map(|kind| kind.as_str().into()));
    ListTagsForResourceRequest { resource_arn } => list_tags_for_resource
        .set_resource_arn(resource_arn);
    ListTasksRequest {
        cluster, container_instance, family, next_token, max_results, started_by, service_name,
        desired_status, launch_type, daemon_name,
    } => list_tasks
        .set_cluster(cluster)
        .set_container_instance(container_instance)
        .set_family(family)
        .set_next_token(next_token)
        .set_max_results(max_results)
        .set_started_by(started_by)
        .set_service_name(service_name)
        .set_desired_status(desired_status.map(|status| status.as_str().into()))
        .set_launch_type(launch_type.map(|kind| kind.as_str().into()))
        .set_daemon_name(daemon_name);
    PutAccountSettingRequest { name, value, principal_arn } => put_account_setting
        .set_name(name.map(|name| name.as_str().into()))
        .set_value(value)
        .set_principal_arn(principal_arn);
    PutAccountSettingDefaultRequest { name, value } => put_account_setting_default
        .set_name(name.map(|name| name.as_str().into()))
        .set_value(value);
    PutClusterCapacityProvidersRequest {
        cluster, capacity_providers, default_capacity_provider_strategy,
    } => put_cluster_capacity_providers
        .set_cluster(cluster)
        .set_capacity_providers(capacity_providers)
        .set_default_capacity_provider_strategy(list(default_capacity_provider_strategy, item));
    TagResourceRequest { resource_arn, tags } => tag_resource
        .set_resource_arn(resource_arn)
        .set_tags(list(tags, tag));
    UntagResourceRequest { resource_arn, tag_keys } => untag_resource
        .set_resource_arn(resource_arn)
        .set_tag_keys(tag_keys);
    UpdateClusterRequest {
        cluster, settings, configuration, service_connect_defaults,
    } => update_cluster
        .set_cluster(cluster)
        .set_settings(list(settings, setting))
        .set_configuration(configuration.map(self::configuration))
        .set_service_connect_defaults(service_connect_defaults.map(defaults));
    UpdateClusterSettingsRequest { cluster, settings } => update_cluster_settings
        .set_cluster(cluster)
        .set_settings(list(settings, setting));
}

fn list<T, U>(items: Option<Vec<T>>, convert: impl Fn(T) -> U) -> Option<Vec<U>> {
    items.map(|items| items.into_iter().map(convert).collect())
}

fn tag(tag: Tag) -> sdk::Tag {
    let Tag { key, value } = tag;
    sdk::Tag::builder().set_key(key).set_value(value).build()
}

fn setting(setting: ClusterSetting) -> sdk::ClusterSetting {
    let ClusterSetting { name, value } = setting;
    let name = name.map(|name| name.as_str().into());
    sdk::ClusterSetting::builder().set_name(name).set_value(value).build()
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

fn configuration(configuration: ClusterConfiguration) -> sdk::ClusterConfiguration {
    let ClusterConfiguration { execute_command_configuration, managed_storage_configuration } =
        configuration;
    let execute = execute_command_configuration.map(|execute| {
        let ExecuteCommandConfiguration { kms_key_id, logging, log_configuration } = execute;
        sdk::ExecuteCommandConfiguration::builder()
            .set_kms_key_id(kms_key_id)
            .set_logging(logging.map(|logging| logging.as_str().into()))
            .set_log_configuration(log_configuration.map(self::log_configuration))
            .build()
    });
    let storage = managed_storage_configuration.map(|storage| {
        let ManagedStorageConfiguration { kms_key_id, fargate_ephemeral_storage_kms_key_id } =
            storage;
        sdk::ManagedStorageConfiguration::builder()
            .set_kms_key_id(kms_key_id)
            .set_fargate_ephemeral_storage_kms_key_id(fargate_ephemeral_storage_kms_key_id)
            .build()
    });
    sdk::ClusterConfiguration::builder()
        .set_execute_command_configuration(execute)
        .set_managed_storage_configuration(storage)
        .build()
}

fn log_configuration(log: ExecuteCommandLogConfiguration) -> sdk::ExecuteCommandLogConfiguration {
    let ExecuteCommandLogConfiguration {
        cloud_watch_log_group_name,
        cloud_watch_encryption_enabled,
        s3_bucket_name,
        s3_encryption_enabled,
        s3_key_prefix,
    } = log;
    sdk::ExecuteCommandLogConfiguration::builder()
        .set_cloud_watch_log_group_name(cloud_watch_log_group_name)
        .set_cloud_watch_encryption_enabled(cloud_watch_encryption_enabled)
        .set_s3_bucket_name(s3_bucket_name)
        .set_s3_encryption_enabled(s3_encryption_enabled)
        .set_s3_key_prefix(s3_key_prefix)
        .build()
}

fn defaults(
    defaults: ClusterServiceConnectDefaultsRequest,
) -> sdk::ClusterServiceConnectDefaultsRequest {
    let ClusterServiceConnectDefaultsRequest { namespace } = defaults;
    sdk::ClusterServiceConnectDefaultsRequest::builder()
        .set_namespace(namespace)
        .build()
        .expect("the model sets a namespace")
}

const BAD: &[&str] = &["no such name!", "ünïcode", "arn:aws:ecs:us-east-1:123456789012:service/a"];
const ARNS: &[&str] = &[
    "arn:aws:ecs:us-east-1:123456789012:cluster/a",
    "arn:aws:ecs:us-east-1:123456789012:cluster/b",
];
const BAD_ARNS: &[&str] = &[
    "arn:aws:ecs:eu-west-1:123456789012:cluster/a",
    "arn:aws:ecs:us-east-1:123456789012:cluster/none",
    "arn:aws:ecs:us-east-1:123456789012:service/a/b",
    "no arn",
    "",
];

fn name(odd: u32) -> Text {
    text(odd, &["a", "a", "b", "default"], BAD)
}

fn cluster(odd: u32) -> Text {
    const GOOD: &[&str] = &["a", "a", "b", "default", ARNS[0]];
    text(odd, GOOD, BAD)
}

fn arn(odd: u32) -> Text {
    text(odd, ARNS, BAD_ARNS)
}

fn tags(odd: u32) -> BoxedStrategy<Vec<Tag>> {
    let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
    pairs(odd).prop_map(move |pairs| pairs.into_iter().map(tag).collect()).boxed()
}

fn settings(odd: u32) -> BoxedStrategy<Vec<ClusterSetting>> {
    let name = text(odd, &["containerInsights"], &["other", ""]);
    let value = text(odd, &["enabled", "disabled", "enhanced"], &["on", ""]);
    let setting = (name, value).prop_map(|(name, value)| ClusterSetting { name, value });
    vec(setting, 1..2).boxed()
}

fn providers(odd: u32) -> BoxedStrategy<Vec<String>> {
    let good = select(vec![
        vec![],
        vec!["FARGATE"],
        vec!["FARGATE", "FARGATE_SPOT"],
        vec!["FARGATE_SPOT"],
    ]);
    let bad = select(vec![vec!["GHOST"], vec!["FARGATE", "FARGATE"], vec![""]]);
    rather(odd, good.boxed(), bad.boxed())
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
        .boxed()
}

fn strategy(odd: u32) -> BoxedStrategy<Vec<CapacityProviderStrategyItem>> {
    let item = |provider: &'static str| {
        let base = number(odd, &[0], &[-1, 100_001]);
        (base, number(odd, &[1, 100], &[-1, 1001])).prop_map(move |(base, weight)| {
            CapacityProviderStrategyItem {
                capacity_provider: Some(provider.to_owned()),
                base,
                weight,
            }
        })
    };
    prop_oneof![
        Just(Vec::new()),
        item("FARGATE").prop_map(|item| vec![item]),
        (item("FARGATE"), item("FARGATE_SPOT"), 0..2_i32).prop_map(|(mut first, second, base)| {
            first.base = Some(base);
            vec![first, second]
        }),
        item("GHOST").prop_map(|item| vec![item]),
    ]
    .boxed()
}

fn configurations(odd: u32) -> BoxedStrategy<Option<ClusterConfiguration>> {
    let log = (option::of(Just("/ecs/exec".to_owned())), any::<Option<bool>>()).prop_map(
        |(cloud_watch_log_group_name, cloud_watch_encryption_enabled)| {
            ExecuteCommandLogConfiguration {
                cloud_watch_log_group_name,
                cloud_watch_encryption_enabled,
                ..ExecuteCommandLogConfiguration::default()
            }
        },
    );
    let logging = text(odd, &["DEFAULT", "NONE"], &["OVERRIDE", "ODD"]);
    let execute = (logging, rather(odd, Just(None).boxed(), option::of(log).boxed())).prop_map(
        |(logging, log_configuration)| ClusterConfiguration {
            execute_command_configuration: Some(ExecuteCommandConfiguration {
                kms_key_id: None,
                logging,
                log_configuration,
            }),
            managed_storage_configuration: None,
        },
    );
    prop_oneof![4 => Just(None), 1 => execute.prop_map(Some)].boxed()
}

/// Draws requests to ECS.
pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![(6, clusters(odd)), (6, changes(odd)), (4, listings(odd)), (1, account(odd))])
}

fn clusters(odd: u32) -> BoxedStrategy<AnyStep> {
    let create = (
        name(odd),
        option::of(tags(odd)),
        option::of(settings(odd)),
        configurations(odd),
        option::of(providers(odd)),
        option::of(strategy(odd)),
    );
    let include = vec(
        text(odd, &["SETTINGS", "TAGS", "STATISTICS", "CONFIGURATIONS", "ATTACHMENTS"], &["ODD"]),
        0..4,
    );
    let describe = (option::of(vec(cluster(odd), 0..3)), option::of(include));
    let simple =
        (name(odd), any::<bool>()).prop_map(|(cluster_name, is_named)| CreateClusterRequest {
            cluster_name: cluster_name.filter(|_| is_named),
            ..Default::default()
        });
    either(vec![
        (
            3,
            step(create.prop_map(
                |(
                    cluster_name,
                    tags,
                    settings,
                    configuration,
                    capacity_providers,
                    default_capacity_provider_strategy,
                )| CreateClusterRequest {
                    cluster_name,
                    tags,
                    settings,
                    configuration,
                    capacity_providers,
                    default_capacity_provider_strategy,
                    service_connect_defaults: None,
                },
            )),
        ),
        (2, step(simple)),
        (
            3,
            step(describe.prop_map(|(clusters, include)| DescribeClustersRequest {
                clusters: clusters.map(|clusters| clusters.into_iter().flatten().collect()),
                include: include.map(|include| include.into_iter().flatten().collect()),
            })),
        ),
        (2, step(cluster(odd).prop_map(|cluster| DeleteClusterRequest { cluster }))),
    ])
}

fn changes(odd: u32) -> BoxedStrategy<AnyStep> {
    let namespace = text(odd, &["", "shop"], &["no arn:"]).prop_map(|namespace| {
        namespace
            .map(|namespace| ClusterServiceConnectDefaultsRequest { namespace: Some(namespace) })
    });
    let namespace = prop_oneof![8 => Just(None), 1 => namespace];
    let update = (cluster(odd), option::of(settings(odd)), configurations(odd), namespace);
    either(vec![
        (
            2,
            step(update.prop_map(
                |(cluster, settings, configuration, service_connect_defaults)| {
                    UpdateClusterRequest {
                        cluster,
                        settings,
                        configuration,
                        service_connect_defaults,
                    }
                },
            )),
        ),
        (
            2,
            step((cluster(odd), settings(odd)).prop_map(|(cluster, settings)| {
                UpdateClusterSettingsRequest { cluster, settings: Some(settings) }
            })),
        ),
        (
            3,
            step((cluster(odd), providers(odd), strategy(odd)).prop_map(
                |(cluster, providers, strategy)| PutClusterCapacityProvidersRequest {
                    cluster,
                    capacity_providers: Some(providers),
                    default_capacity_provider_strategy: Some(strategy),
                },
            )),
        ),
        (
            2,
            step((arn(odd), tags(odd)).prop_map(|(resource_arn, tags)| TagResourceRequest {
                resource_arn,
                tags: Some(tags),
            })),
        ),
        (
            1,
            step((arn(odd), keys(odd)).prop_map(|(resource_arn, keys)| UntagResourceRequest {
                resource_arn,
                tag_keys: Some(keys),
            })),
        ),
    ])
}

fn listings(odd: u32) -> BoxedStrategy<AnyStep> {
    let launch = || maybe(odd, &["EC2", "FARGATE"], &["MOON"]);
    either(vec![
        (
            3,
            step((token(odd), page(odd)).prop_map(|(next_token, max_results)| {
                ListClustersRequest { next_token, max_results }
            })),
        ),
        (3, step(arn(odd).prop_map(|resource_arn| ListTagsForResourceRequest { resource_arn }))),
        (
            1,
            step((cluster(odd), page(odd), launch()).prop_map(
                |(cluster, max_results, launch_type)| ListServicesRequest {
                    cluster,
                    max_results,
                    launch_type,
                    ..Default::default()
                },
            )),
        ),
        (
            1,
            step((cluster(odd), page(odd), launch()).prop_map(
                |(cluster, max_results, launch_type)| ListTasksRequest {
                    cluster,
                    max_results,
                    launch_type,
                    ..Default::default()
                },
            )),
        ),
        (
            1,
            step((cluster(odd), page(odd)).prop_map(|(cluster, max_results)| {
                ListContainerInstancesRequest { cluster, max_results, ..Default::default() }
            })),
        ),
    ])
}

fn account(odd: u32) -> BoxedStrategy<AnyStep> {
    let name = || text(odd, &["containerInsights"], &["odd"]);
    let value = || text(odd, &["enabled", "disabled", "enhanced"], &["odd"]);
    either(vec![
        (
            2,
            step((name(), value()).prop_map(|(name, value)| PutAccountSettingRequest {
                name,
                value,
                principal_arn: None,
            })),
        ),
        (
            1,
            step(
                (name(), value())
                    .prop_map(|(name, value)| PutAccountSettingDefaultRequest { name, value }),
            ),
        ),
        (
            2,
            step((option::of(name()), any::<bool>(), page(odd), token(odd)).prop_map(
                |(name, effective, max_results, next_token)| ListAccountSettingsRequest {
                    name: name.flatten(),
                    effective_settings: Some(effective),
                    max_results,
                    next_token,
                    ..Default::default()
                },
            )),
        ),
    ])
}
