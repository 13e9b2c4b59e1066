//! Tests for the cluster's execute command configuration, managed storage and Service Connect
//! namespace.

use std::time::Duration;

use infra_core::engine::Verdict;
use infra_core::foundation::FoundationSpec;
use infra_core::provider::ExecuteCommandLogging;
use infra_mock::api::Lag;
use infra_mock::ecs;
use tests::parts::CLUSTER;
use tests::show::{changes, changing_sorted};
use tests::{Lab, PRESENT, some, spec};

const ADDRESS: &str = "ecs_cluster.main";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
const NAMESPACE: &str = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1";

/// Changes the cluster's configuration and namespace outside ecs-foundation.
fn update(lab: &Lab, configuration: ecs::ClusterConfiguration, namespace: &str) {
    let namespace = some(namespace);
    lab.act(ecs::UpdateClusterRequest {
        cluster: some(CLUSTER),
        configuration: Some(configuration),
        service_connect_defaults: Some(ecs::ClusterServiceConnectDefaultsRequest { namespace }),
        ..ecs::UpdateClusterRequest::default()
    });
}

fn storage(key: &str) -> ecs::ManagedStorageConfiguration {
    ecs::ManagedStorageConfiguration {
        kms_key_id: some(key),
        ..ecs::ManagedStorageConfiguration::default()
    }
}

fn sessions(logging: &str) -> ecs::ExecuteCommandConfiguration {
    ecs::ExecuteCommandConfiguration {
        logging: some(logging),
        ..ecs::ExecuteCommandConfiguration::default()
    }
}

fn cluster(lab: &Lab) -> ecs::Cluster {
    let response = lab.act(ecs::DescribeClustersRequest {
        clusters: Some(vec![CLUSTER.to_owned()]),
        include: Some(vec!["CONFIGURATIONS".to_owned()]),
    });
    response.clusters.into_iter().next().unwrap()
}

fn namespace(lab: &Lab) -> Option<String> {
    cluster(lab).service_connect_defaults.map(|defaults| defaults.namespace)
}

fn logged() -> FoundationSpec {
    let mut spec = spec();
    let command = spec.cluster.execute_command.get_or_insert_default();
    command.logging = ExecuteCommandLogging::None;
    spec
}

#[tokio::test(start_paused = true)]
async fn settings_that_are_not_configured_are_neither_read_nor_changed() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let configuration = ecs::ClusterConfiguration {
        execute_command_configuration: Some(sessions("NONE")),
        managed_storage_configuration: Some(storage(KEY)),
    };
    update(&lab, configuration.clone(), NAMESPACE);
    lab.calls();
    lab.assert_converged(&spec()).await;
    for call in lab.calls() {
        assert!(!call.request.to_string().contains("CONFIGURATIONS"), "{call:?}");
    }
    // Changing another attribute also leaves these settings unchanged.
    let mut insights = spec();
    insights.cluster.container_insights = infra_core::provider::ContainerInsights::Enhanced;
    lab.apply(&insights).await;
    assert_eq!(cluster(&lab).configuration, Some(configuration));
    assert_eq!(namespace(&lab).as_deref(), Some(NAMESPACE));
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_configuration_that_is_not_configured_is_kept() {
    let lab = Lab::new();
    lab.apply(&logged()).await;
    let drift = ecs::ClusterConfiguration {
        execute_command_configuration: Some(sessions("DEFAULT")),
        managed_storage_configuration: Some(storage("1234abcd")),
    };
    update(&lab, drift, NAMESPACE);
    let plan = lab.apply(&logged()).await;
    let changed = format!(r#"{ADDRESS} update execute_command.logging: "DEFAULT" -> "NONE""#);
    assert_eq!(changes(&plan), [changed]);
    let expected = ecs::ClusterConfiguration {
        execute_command_configuration: Some(sessions("NONE")),
        managed_storage_configuration: Some(storage("1234abcd")),
    };
    assert_eq!(cluster(&lab).configuration, Some(expected));
    assert_eq!(namespace(&lab).as_deref(), Some(NAMESPACE));
    lab.assert_converged(&logged()).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_table_restores_aws_s_defaults() {
    let lab = Lab::new();
    let mut keyed = logged();
    keyed.cluster.execute_command.get_or_insert_default().kms_key = KEY.parse().ok();
    keyed.cluster.managed_storage.get_or_insert_default().kms_key = KEY.parse().ok();
    lab.apply(&keyed).await;
    // If these settings are not configured, their current values are kept.
    lab.assert_converged(&spec()).await;
    let mut emptied = spec();
    emptied.cluster.execute_command =
        Some(infra_core::foundation::ExecuteCommandSettings::default());
    emptied.cluster.managed_storage =
        Some(infra_core::foundation::ManagedStorageSettings::default());
    let plan = lab.apply(&emptied).await;
    let expected = [
        format!(r#"{ADDRESS} update execute_command.kms_key: "{KEY}" -> null"#),
        format!(r#"{ADDRESS} update execute_command.logging: "NONE" -> "DEFAULT""#),
        format!(r#"{ADDRESS} update managed_storage.kms_key: "{KEY}" -> null"#),
    ];
    assert_eq!(changes(&plan), expected);
    lab.assert_converged(&emptied).await;
}

#[tokio::test(start_paused = true)]
async fn verify_shows_each_configured_attribute() {
    let lab = Lab::new();
    let mut configured = logged();
    configured.cluster.service_connect_namespace = NAMESPACE.parse().ok();
    lab.apply(&configured).await;
    update(&lab, ecs::ClusterConfiguration::default(), "");
    let findings = lab.findings(&configured).await;
    let of = |attribute: &str| {
        let finding = findings.iter().find(|finding| finding.attribute == attribute).unwrap();
        (finding.expected.as_deref().unwrap_or_default(), finding.found.as_str(), finding.verdict)
    };
    assert_eq!(of("ECS Exec logging"), ("NONE", "NONE", Verdict::Ok));
    assert_eq!(of("Service Connect namespace"), (NAMESPACE, "not set", Verdict::Differs));
}

#[tokio::test(start_paused = true)]
async fn namespace_and_capacity_providers_change_one_after_the_other() {
    let lag = Lag { capacity_providers: Duration::from_secs(30), ..Lag::default() };
    let lab = Lab::with_lag(lag);
    lab.apply(&spec()).await;
    let mut changed = spec();
    changed.cluster.service_connect_namespace = NAMESPACE.parse().ok();
    changed.cluster.capacity.providers.remove("FARGATE_SPOT");
    let plan = lab.plan(&changed, PRESENT).await;
    lab.calls();
    let report = lab.carry_out(&changed, &plan).await;
    assert!(report.is_success(), "{report:?}");
    let calls = lab.calls();
    assert!(calls.iter().all(|call| call.refused.is_none()), "a call was refused: {calls:?}");
    assert_eq!(changing_sorted(&calls), ["ecs:PutClusterCapacityProviders", "ecs:UpdateCluster"]);
    lab.assert_converged(&changed).await;
    // An empty namespace in the configuration removes the cluster's current namespace.
    changed.cluster.service_connect_namespace = "".parse().ok();
    let plan = lab.apply(&changed).await;
    let removed = format!(r#"{ADDRESS} update service_connect_namespace: "{NAMESPACE}" -> null"#);
    assert_eq!(changes(&plan), [removed]);
    assert_eq!(namespace(&lab), None);
    lab.assert_converged(&changed).await;
}
