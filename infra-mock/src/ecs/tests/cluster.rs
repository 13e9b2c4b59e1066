//! Tests for creating, describing, updating and deleting clusters.

use std::time::Duration;

use super::{ALL_FIELDS, ARN, EcsBench, demo, named, owned};
use crate::ecs::{
    CapacityProviderStrategyItem, ClusterConfiguration, ClusterServiceConnectDefaultsRequest,
    ClusterSetting, ContainerInstance, CreateClusterRequest, DeleteClusterRequest,
    DescribeClustersRequest, ExecuteCommandConfiguration, ExecuteCommandLogConfiguration,
    InstanceStatus, LaunchType, ManagedStorageConfiguration, ServiceFixture, ServiceStatus, Tag,
    TaskFixture, TaskStatus, UpdateClusterRequest, UpdateClusterSettingsRequest,
};

fn delete(name: &str) -> DeleteClusterRequest {
    DeleteClusterRequest { cluster: Some(name.to_owned()) }
}

fn update(name: &str) -> UpdateClusterRequest {
    UpdateClusterRequest { cluster: Some(name.to_owned()), ..Default::default() }
}

fn insights(name: &str, value: &str) -> UpdateClusterSettingsRequest {
    UpdateClusterSettingsRequest {
        cluster: Some(name.to_owned()),
        settings: Some(vec![ClusterSetting::container_insights(value)]),
    }
}

fn namespace(name: &str) -> ClusterServiceConnectDefaultsRequest {
    ClusterServiceConnectDefaultsRequest { namespace: Some(name.to_owned()) }
}

fn executing(logging: &str, log: Option<ExecuteCommandLogConfiguration>) -> ClusterConfiguration {
    ClusterConfiguration {
        execute_command_configuration: Some(ExecuteCommandConfiguration {
            kms_key_id: None,
            logging: (!logging.is_empty()).then(|| logging.to_owned()),
            log_configuration: log,
        }),
        managed_storage_configuration: None,
    }
}

#[test]
fn a_new_cluster_shows_its_configuration() {
    let cluster = EcsBench::new().create(demo());
    assert_eq!(cluster.cluster_arn, ARN);
    assert_eq!(cluster.status, "ACTIVE");
    assert_eq!(cluster.tags, [Tag::new("Name", "demo")]);
    assert_eq!(cluster.settings, [ClusterSetting::container_insights("enabled")]);
    assert_eq!(cluster.capacity_providers, ["FARGATE", "FARGATE_SPOT"]);
    assert_eq!(
        cluster.default_capacity_provider_strategy,
        [CapacityProviderStrategyItem::new("FARGATE", 1, 100)]
    );
    assert_eq!(cluster.attachments, Some(Vec::new()));
    assert_eq!(cluster.attachments_status.as_deref(), Some("UPDATE_COMPLETE"));
}

#[test]
fn a_cluster_without_a_name_is_called_default() {
    let mut ecs = EcsBench::new();
    let cluster = ecs.create(CreateClusterRequest::default());
    assert_eq!(cluster.cluster_name, "default");
    assert_eq!(cluster.settings, [ClusterSetting::container_insights("disabled")]);
    assert_eq!((cluster.attachments, cluster.attachments_status), (None, None));
    let described = ecs.run(DescribeClustersRequest::default()).unwrap();
    assert_eq!(described.clusters[0].cluster_name, "default");
}

#[test]
fn names_are_letters_digits_hyphens_and_underscores() {
    let mut ecs = EcsBench::new();
    assert_eq!(
        ecs.refused(named("a b")),
        r"InvalidParameterException: Cluster name must match ^[a-zA-Z0-9\-_]{1,255}$, but was a b"
    );
    assert_eq!(ecs.refused(named("")), "InvalidParameterException: Cluster name can not be blank.");
    assert!(ecs.refused(named(&"x".repeat(256))).contains("must match"));
    assert_eq!(ecs.create(named(&"x".repeat(255))).status, "ACTIVE");
}

#[test]
fn creating_a_cluster_again_with_equal_arguments_returns_it() {
    let mut ecs = EcsBench::new();
    let first = ecs.create(demo());
    let before = ecs.world.clone();
    let mut again = demo();
    again.capacity_providers = Some(owned(&["FARGATE_SPOT", "FARGATE"]));
    assert_eq!(ecs.create(again), first);
    assert_eq!(ecs.world, before);
}

#[test]
fn creating_a_cluster_again_with_other_arguments_is_refused() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let others = [
        CreateClusterRequest { tags: None, ..demo() },
        CreateClusterRequest { settings: None, ..demo() },
        CreateClusterRequest { default_capacity_provider_strategy: None, ..demo() },
        CreateClusterRequest { service_connect_defaults: Some(namespace("shop")), ..demo() },
        CreateClusterRequest { configuration: Some(executing("NONE", None)), ..demo() },
        named("demo"),
    ];
    for other in others {
        assert_eq!(
            ecs.refused(other),
            "InvalidParameterException: Arguments on this idempotent request are inconsistent with \
             arguments used in previous request(s)."
        );
    }
}

#[test]
fn arguments_are_compared_with_the_current_cluster() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.run(insights("demo", "enhanced")).unwrap();
    assert!(ecs.refused(demo()).contains("inconsistent"));
}

#[test]
fn a_deleted_cluster_is_inactive_and_still_described() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    assert_eq!(ecs.delete("demo").status, "INACTIVE");
    let cluster = ecs.look("demo");
    assert_eq!(cluster.status, "INACTIVE");
    assert_eq!(cluster.tags, []);
    assert_eq!(cluster.capacity_providers, [""; 0]);
    assert_eq!(cluster.settings, demo().settings.unwrap());
    assert_eq!(cluster.attachments_status, None);
}

#[test]
fn an_inactive_cluster_can_be_created_again_and_keeps_nothing() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.delete("demo");
    let cluster = ecs.create(named("demo"));
    assert_eq!(cluster.status, "ACTIVE");
    assert_eq!(cluster.tags, []);
    assert_eq!(cluster.settings, [ClusterSetting::container_insights("disabled")]);
    assert_eq!(cluster.capacity_providers, [""; 0]);
}

#[test]
fn deleting_an_inactive_cluster_returns_it() {
    let mut ecs = EcsBench::new();
    ecs.create(named("demo"));
    let first = ecs.delete("demo");
    ecs.pass(60);
    assert_eq!(ecs.delete(ARN), first);
}

#[test]
fn deleting_a_cluster_that_never_existed_is_refused() {
    let mut ecs = EcsBench::new();
    for missing in ["demo", "arn:aws:ecs:eu-west-1:123456789012:cluster/demo"] {
        assert_eq!(ecs.refused(delete(missing)), "ClusterNotFoundException: Cluster not found.");
    }
    assert_eq!(
        ecs.refused(DeleteClusterRequest::default()),
        "InvalidParameterException: Cluster can not be blank."
    );
}

#[test]
fn a_cluster_in_use_cannot_be_deleted() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.state(|ecs| {
        let draining =
            ServiceFixture { status: ServiceStatus::Draining, ..ServiceFixture::default() };
        assert!(ecs.add_service("demo", "web", draining));
        let pending = TaskFixture { status: TaskStatus::Pending, ..TaskFixture::default() };
        assert!(ecs.add_task("demo", "t1", pending));
        let draining = ContainerInstance { status: InstanceStatus::Draining };
        assert!(ecs.add_container_instance("demo", "i1", draining));
    });
    assert_eq!(
        ecs.refused(delete("demo")),
        "ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container \
         Instances are active or draining."
    );
    assert!(ecs.state(|ecs| ecs.remove_container_instance("demo", "i1")));
    assert_eq!(
        ecs.refused(delete("demo")),
        "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active."
    );
    assert!(ecs.state(|ecs| ecs.remove_service("demo", "web")));
    assert_eq!(
        ecs.refused(delete("demo")),
        "ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active."
    );
    assert!(ecs.state(|ecs| ecs.remove_task("demo", "t1")));
    assert_eq!(ecs.delete("demo").status, "INACTIVE");
    assert!(!ecs.state(|ecs| ecs.remove_task("demo", "t1")));
    assert!(!ecs.state(|ecs| ecs.add_task("nowhere", "t1", TaskFixture::default())));
}

#[test]
fn counters_and_statistics_match_the_resources_on_the_cluster() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.state(|ecs| {
        ecs.add_service("demo", "web", ServiceFixture::default());
        let old = ServiceFixture {
            status: ServiceStatus::Draining,
            launch_type: LaunchType::Ec2,
            ..ServiceFixture::default()
        };
        ecs.add_service("demo", "old", old);
        ecs.add_task("demo", "t1", TaskFixture::default());
        ecs.add_task(
            "demo",
            "t2",
            TaskFixture { status: TaskStatus::Pending, ..TaskFixture::default() },
        );
        ecs.add_container_instance("demo", "i1", ContainerInstance::default());
    });
    let cluster = ecs.look("demo");
    let counts = [
        cluster.active_services_count,
        cluster.running_tasks_count,
        cluster.pending_tasks_count,
        cluster.registered_container_instances_count,
    ];
    assert_eq!(counts, [1, 1, 1, 1]);
    let statistics: Vec<_> =
        cluster.statistics.iter().filter(|s| s.value.as_deref() != Some("0")).collect();
    let names: Vec<_> = statistics
        .iter()
        .map(|s| (s.name.as_deref().unwrap(), s.value.as_deref().unwrap()))
        .collect();
    assert_eq!(
        names,
        [
            ("runningFargateTasksCount", "1"),
            ("pendingFargateTasksCount", "1"),
            ("activeFargateServiceCount", "1"),
            ("drainingEC2ServiceCount", "1"),
        ]
    );
}

#[test]
fn describing_shows_only_the_requested_fields() {
    let mut ecs = EcsBench::new();
    let log = ExecuteCommandLogConfiguration {
        cloud_watch_log_group_name: Some("/exec".to_owned()),
        ..Default::default()
    };
    let configuration = Some(executing("OVERRIDE", Some(log)));
    ecs.create(CreateClusterRequest { configuration: configuration.clone(), ..demo() });
    let plain = ecs.describe(&["demo"], &[]).clusters.remove(0);
    assert_eq!((plain.settings, plain.tags, plain.statistics), (vec![], vec![], vec![]));
    assert_eq!((plain.configuration, plain.attachments), (None, None));
    assert_eq!(plain.attachments_status, None);
    assert_eq!(plain.capacity_providers, ["FARGATE", "FARGATE_SPOT"]);
    let full = ecs.describe(&[ARN], &ALL_FIELDS).clusters.remove(0);
    assert_eq!(full.configuration, configuration);
    assert_eq!(full.statistics.len(), 8);
    assert_eq!(full.tags.len(), 1);
    assert_eq!(full.attachments_status.as_deref(), Some("UPDATE_COMPLETE"));
}

#[test]
fn missing_clusters_are_failures_and_not_an_error() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let elsewhere = "arn:aws:ecs:eu-west-1:123456789012:cluster/demo";
    let described = ecs.describe(&["ghost", "demo", elsewhere], &[]);
    assert_eq!(described.clusters.len(), 1);
    let failures: Vec<_> =
        described.failures.iter().map(|f| (f.arn.as_str(), f.reason.as_str())).collect();
    assert_eq!(
        failures,
        [("arn:aws:ecs:us-east-1:123456789012:cluster/ghost", "MISSING"), (elsewhere, "MISSING")]
    );
}

#[test]
fn invalid_cluster_names_are_refused() {
    let mut ecs = EcsBench::new();
    let cases = [
        ("", "InvalidParameterException: Clusters can not be blank."),
        (
            "a b",
            r"InvalidParameterException: Cluster must match ^[a-zA-Z0-9\-_]{1,255}$, but was a b",
        ),
        (
            "arn:aws:sts::123456789012",
            "ClientException: com.amazon.arn.ARNSyntaxException: Fifth colon (namespace/relative-id \
             delimiter) not found: arn:aws:sts::123456789012",
        ),
        (
            "arn:aws:ecs:us-east-1:123456789012:service/demo/web",
            "InvalidParameterException: Unsupported resource type: service",
        ),
        (
            "arn:aws:ecs:us-east-1:123456789012:cluster/arn:aws:ecs:us-east-1:123456789012:cluster/demo",
            "InvalidParameterException: Invalid identifier: Unexpected number of separators",
        ),
        (
            "arn:aws:ecr:us-east-1:123456789012:repository/demo",
            "InvalidParameterException: The ARN provided is invalid",
        ),
    ];
    for (text, refusal) in cases {
        let clusters = Some(owned(&[text]));
        assert_eq!(ecs.refused(DescribeClustersRequest { clusters, include: None }), refusal);
    }
    let include = Some(owned(&["TAGS", "EVERYTHING"]));
    assert_eq!(
        ecs.refused(DescribeClustersRequest { clusters: None, include }),
        "InvalidParameterException: include should be one of \
         [ATTACHMENTS,CONFIGURATIONS,SETTINGS,STATISTICS,TAGS]"
    );
    let clusters = Some(vec!["demo".to_owned(); 101]);
    assert_eq!(
        ecs.refused(DescribeClustersRequest { clusters, include: None }),
        "InvalidParameterException: Clusters can have at most 100 items."
    );
}

#[test]
fn container_insights_is_the_only_setting_and_has_three_values() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    for value in ["enhanced", "disabled", "enabled"] {
        let cluster = ecs.run(insights("demo", value)).unwrap().cluster;
        assert_eq!(cluster.settings, [ClusterSetting::container_insights(value)]);
        assert_eq!(cluster.tags, [], "updates show no tags");
    }
    assert_eq!(
        ecs.refused(insights("demo", "enhaced")),
        "InvalidParameterException: Invalid setting 'value'"
    );
    let mut other = insights("demo", "enabled");
    other.settings.as_mut().unwrap()[0].name = Some("tracing".to_owned());
    assert_eq!(
        ecs.refused(other),
        "InvalidParameterException: tracing should be one of [containerInsights]"
    );
    let none = UpdateClusterSettingsRequest { settings: None, ..insights("demo", "enabled") };
    assert_eq!(ecs.refused(none), "InvalidParameterException: Settings cannot be empty.");
    let bad = Some(vec![ClusterSetting::container_insights("on")]);
    let bad = CreateClusterRequest { settings: bad, ..named("other") };
    assert_eq!(ecs.refused(bad), "InvalidParameterException: Invalid setting 'value'");
}

#[test]
fn an_update_changes_only_the_given_members() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let storage = ClusterConfiguration {
        managed_storage_configuration: Some(ManagedStorageConfiguration {
            kms_key_id: Some("key".to_owned()),
            fargate_ephemeral_storage_kms_key_id: None,
        }),
        ..Default::default()
    };
    let request = UpdateClusterRequest { configuration: Some(storage.clone()), ..update("demo") };
    ecs.run(request).unwrap();
    let enhanced = Some(vec![ClusterSetting::container_insights("enhanced")]);
    ecs.run(UpdateClusterRequest { settings: enhanced, ..update(ARN) }).unwrap();
    let cluster = ecs.look("demo");
    assert_eq!(cluster.configuration, Some(storage));
    assert_eq!(cluster.settings, [ClusterSetting::container_insights("enhanced")]);
    assert_eq!(cluster.tags.len(), 1);
}

#[test]
fn a_namespace_is_created_once_and_removed_by_an_empty_one() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let request = UpdateClusterRequest {
        service_connect_defaults: Some(namespace("shop")),
        ..update("demo")
    };
    let first = ecs.run(request.clone()).unwrap().cluster;
    assert_eq!(first.attachments.as_ref().map(Vec::len), Some(1));
    let again = ecs.run(request).unwrap().cluster;
    assert_eq!(again, first);
    let other = CreateClusterRequest {
        service_connect_defaults: Some(namespace("shop")),
        ..named("other")
    };
    assert_eq!(ecs.create(other.clone()).service_connect_defaults, first.service_connect_defaults);
    assert_eq!(ecs.create(other).cluster_name, "other");
    let none =
        UpdateClusterRequest { service_connect_defaults: Some(namespace("")), ..update("demo") };
    let cluster = ecs.run(none).unwrap().cluster;
    assert_eq!((cluster.service_connect_defaults, cluster.attachments), (None, Some(Vec::new())));
    let bad =
        UpdateClusterRequest { service_connect_defaults: Some(namespace("a/b")), ..update("demo") };
    assert!(ecs.refused(bad).starts_with("InvalidParameterException: Namespace must match"));
}

#[test]
fn execute_command_requires_a_log_only_with_override() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let bucket = ExecuteCommandLogConfiguration {
        s3_bucket_name: Some("logs".to_owned()),
        ..Default::default()
    };
    let with = |configuration| UpdateClusterRequest {
        configuration: Some(configuration),
        ..update("demo")
    };
    assert_eq!(
        ecs.refused(with(executing("OVERRIDE", None))),
        "InvalidParameterException: A CloudWatch log group name or S3 bucket name must be specified \
         when overriding the default log configuration"
    );
    assert_eq!(
        ecs.refused(with(executing("DEFAULT", Some(bucket)))),
        "InvalidParameterException: You must set logging to 'OVERRIDE' when you supply a log \
         configuration"
    );
    assert_eq!(
        ecs.refused(with(executing("SOME", None))),
        "InvalidParameterException: SOME should be one of [NONE,DEFAULT,OVERRIDE]"
    );
    let cluster = ecs.run(with(executing("", None))).unwrap().cluster;
    assert_eq!(cluster.configuration, Some(executing("DEFAULT", None)));
}

#[test]
fn updates_of_missing_clusters_are_refused() {
    let mut ecs = EcsBench::new();
    let missing = "ClusterNotFoundException: Cluster not found.";
    assert_eq!(ecs.refused(update("demo")), missing);
    assert_eq!(ecs.refused(insights("demo", "enabled")), missing);
    ecs.create(demo());
    ecs.delete("demo");
    let inactive = "ClusterNotFoundException: The referenced cluster was inactive.";
    assert_eq!(ecs.refused(update("demo")), inactive);
    assert_eq!(ecs.refused(insights("demo", "enabled")), inactive);
    let blank = "InvalidParameterException: Cluster can not be blank.";
    assert_eq!(ecs.refused(UpdateClusterRequest::default()), blank);
    assert_eq!(ecs.refused(insights("", "enabled")), blank);
}

#[test]
fn the_first_cluster_of_an_account_waits_for_the_service_linked_role() {
    let mut ecs = EcsBench::new();
    ecs.world.lag.service_linked_role = Duration::from_secs(10);
    let refusal = "InvalidParameterException: Unable to assume the service linked role. Please verify \
                   that the ECS service linked role exists.";
    // The first call fails, but creates the service-linked role.
    assert_eq!(ecs.run(demo()).unwrap_err().to_string(), refusal);
    ecs.pass(9);
    assert_eq!(ecs.refused(demo()), refusal);
    ecs.pass(1);
    assert_eq!(ecs.create(demo()).status, "ACTIVE");
    assert_eq!(ecs.create(named("second")).status, "ACTIVE");
    // All regions share the role.
    ecs.caller.location.region = "eu-west-1".parse().unwrap();
    assert_eq!(ecs.create(demo()).status, "ACTIVE");
}

#[test]
fn an_invalid_request_creates_no_service_linked_role() {
    let mut ecs = EcsBench::new();
    assert!(ecs.refused(named("a b")).contains("must match"));
}

#[test]
fn regions_have_separate_clusters() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.caller.location.region = "eu-west-1".parse().unwrap();
    assert_eq!(ecs.describe(&["demo"], &[]).failures.len(), 1);
    assert_eq!(
        ecs.create(named("demo")).cluster_arn,
        "arn:aws:ecs:eu-west-1:123456789012:cluster/demo"
    );
}
