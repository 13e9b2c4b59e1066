//! Lists and their pages.

use super::{ARN, EcsBench, demo, named};
use crate::ecs::{
    ContainerInstance, InstanceStatus, LaunchType, ListClustersRequest,
    ListContainerInstancesRequest, ListServicesRequest, ListTasksRequest, SchedulingStrategy,
    ServiceFixture, TaskFixture, TaskStatus,
};

fn services() -> ListServicesRequest {
    ListServicesRequest { cluster: Some("demo".to_owned()), ..Default::default() }
}

fn tasks() -> ListTasksRequest {
    ListTasksRequest { cluster: Some(ARN.to_owned()), ..Default::default() }
}

fn instances() -> ListContainerInstancesRequest {
    ListContainerInstancesRequest { cluster: Some("demo".to_owned()), ..Default::default() }
}

#[test]
fn clusters_are_listed_by_arn_without_inactive_ones() {
    let mut ecs = EcsBench::new();
    for name in ["b", "a", "c"] {
        ecs.create(named(name));
    }
    ecs.delete("a");
    let listed = ecs.run(ListClustersRequest::default()).unwrap();
    let arn = |name| format!("arn:aws:ecs:us-east-1:123456789012:cluster/{name}");
    assert_eq!(listed.cluster_arns, [arn("b"), arn("c")]);
    assert_eq!(listed.next_token, None);
}

#[test]
fn pages_of_clusters_make_up_the_whole_list() {
    let mut ecs = EcsBench::new();
    for n in 0..105 {
        ecs.create(named(&format!("c{n}")));
    }
    let mut sizes = Vec::new();
    let mut all = Vec::new();
    let mut next_token = None;
    loop {
        let page = ecs.run(ListClustersRequest { next_token, max_results: None }).unwrap();
        sizes.push(page.cluster_arns.len());
        all.extend(page.cluster_arns);
        next_token = page.next_token;
        if next_token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [100, 5]);
    assert!(all.is_sorted());
    let one = ecs.run(ListClustersRequest { next_token: None, max_results: Some(1) }).unwrap();
    assert_eq!(one.cluster_arns, all[..1]);
}

#[test]
fn bad_sizes_and_tokens_are_refused() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    for bad in [0, -1, 101] {
        let request = ListClustersRequest { next_token: None, max_results: Some(bad) };
        assert_eq!(
            ecs.refused(request),
            "InvalidParameterException: maxResults must be between 1 and 100."
        );
    }
    let token = Some("nonsense".to_owned());
    let request = ListClustersRequest { next_token: token.clone(), max_results: None };
    assert_eq!(ecs.refused(request), "InvalidParameterException: Invalid nextToken.");
    let request = ListServicesRequest { next_token: token, ..services() };
    assert_eq!(ecs.refused(request), "InvalidParameterException: Invalid nextToken.");
}

#[test]
fn services_are_listed_ten_at_a_time_and_filtered() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.state(|ecs| {
        for n in 10..22 {
            ecs.add_service("demo", &format!("s{n}"), ServiceFixture::default());
        }
        let daemon = ServiceFixture {
            launch_type: LaunchType::Ec2,
            scheduling_strategy: SchedulingStrategy::Daemon,
            ..ServiceFixture::default()
        };
        ecs.add_service("demo", "agent", daemon);
    });
    let first = ecs.run(services()).unwrap();
    assert_eq!(first.service_arns.len(), 10);
    assert_eq!(first.service_arns[0], "arn:aws:ecs:us-east-1:123456789012:service/demo/agent");
    let rest = ecs.run(ListServicesRequest { next_token: first.next_token, ..services() }).unwrap();
    assert_eq!((rest.service_arns.len(), rest.next_token), (3, None));
    for request in [
        ListServicesRequest { launch_type: Some("EC2".to_owned()), ..services() },
        ListServicesRequest { scheduling_strategy: Some("DAEMON".to_owned()), ..services() },
    ] {
        assert_eq!(ecs.run(request).unwrap().service_arns.len(), 1);
    }
    let by = Some("ECS".to_owned());
    let request = ListServicesRequest { resource_management_type: by, ..services() };
    assert_eq!(ecs.run(request).unwrap().service_arns, [""; 0]);
    let request = ListServicesRequest { launch_type: Some("MOON".to_owned()), ..services() };
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: MOON should be one of [EC2,FARGATE,EXTERNAL,MANAGED_INSTANCES]"
    );
}

#[test]
fn tasks_are_listed_with_pending_ones_and_filtered() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    let text = |text: &str| Some(text.to_owned());
    ecs.state(|ecs| {
        ecs.add_service("demo", "web", ServiceFixture::default());
        ecs.add_task("demo", "t1", TaskFixture { service: text("web"), ..TaskFixture::default() });
        let batch = TaskFixture {
            status: TaskStatus::Pending,
            launch_type: LaunchType::Ec2,
            family: text("batch"),
            started_by: text("cron"),
            container_instance: text("i1"),
            ..TaskFixture::default()
        };
        ecs.add_task("demo", "t2", batch);
    });
    let all = ecs.run(tasks()).unwrap();
    assert_eq!(all.task_arns.len(), 2);
    assert_eq!(all.task_arns[0], "arn:aws:ecs:us-east-1:123456789012:task/demo/t1");
    let instance = "arn:aws:ecs:us-east-1:123456789012:container-instance/demo/i1";
    let one = [
        ListTasksRequest { service_name: text("web"), ..tasks() },
        ListTasksRequest { family: text("batch"), ..tasks() },
        ListTasksRequest { started_by: text("cron"), ..tasks() },
        ListTasksRequest { container_instance: text(instance), ..tasks() },
        ListTasksRequest { launch_type: text("EC2"), ..tasks() },
    ];
    for request in one {
        assert_eq!(ecs.run(request).unwrap().task_arns.len(), 1);
    }
    for status in ["PENDING", "STOPPED"] {
        let request = ListTasksRequest { desired_status: text(status), ..tasks() };
        assert_eq!(ecs.run(request).unwrap().task_arns, [""; 0]);
    }
    let request = ListTasksRequest { desired_status: text("DONE"), ..tasks() };
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: DONE should be one of [RUNNING,PENDING,STOPPED]"
    );
    let request = ListTasksRequest { service_name: text("web"), family: text("batch"), ..tasks() };
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: cannot specify serviceName with other arguments"
    );
    let request = ListTasksRequest { started_by: text("cron"), family: text("batch"), ..tasks() };
    assert_eq!(
        ecs.refused(request),
        "InvalidParameterException: cannot specify startedBy with other arguments"
    );
    let request = ListTasksRequest { service_name: text("ghost"), ..tasks() };
    assert_eq!(ecs.refused(request), "ServiceNotFoundException: Service not found.");
    let page = ecs.run(ListTasksRequest { max_results: Some(1), ..tasks() }).unwrap();
    let page = ecs.run(ListTasksRequest { next_token: page.next_token, ..tasks() }).unwrap();
    assert_eq!(page.task_arns, all.task_arns[1..]);
}

#[test]
fn container_instances_are_listed_and_filtered_by_status() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.state(|ecs| {
        ecs.add_container_instance("demo", "i1", ContainerInstance::default());
        let draining = ContainerInstance { status: InstanceStatus::Draining };
        ecs.add_container_instance("demo", "i2", draining);
    });
    let all = ecs.run(instances()).unwrap().container_instance_arns;
    assert_eq!(all[0], "arn:aws:ecs:us-east-1:123456789012:container-instance/demo/i1");
    let status = Some("DRAINING".to_owned());
    let draining = ecs.run(ListContainerInstancesRequest { status, ..instances() }).unwrap();
    assert_eq!(draining.container_instance_arns, all[1..]);
    let page =
        ecs.run(ListContainerInstancesRequest { max_results: Some(1), ..instances() }).unwrap();
    assert_eq!(page.container_instance_arns, all[..1]);
    assert!(page.next_token.is_some());
    let status = Some("ASLEEP".to_owned());
    assert!(
        ecs.refused(ListContainerInstancesRequest { status, ..instances() })
            .starts_with("InvalidParameterException: ASLEEP should be one of [ACTIVE,DRAINING,")
    );
}

#[test]
fn listing_resources_of_missing_clusters_is_refused() {
    let mut ecs = EcsBench::new();
    let missing = "ClusterNotFoundException: Cluster not found.";
    assert_eq!(ecs.refused(ListServicesRequest::default()), missing);
    assert_eq!(ecs.refused(tasks()), missing);
    assert_eq!(ecs.refused(instances()), missing);
    ecs.create(demo());
    ecs.delete("demo");
    let inactive = "ClusterNotFoundException: The referenced cluster was inactive.";
    assert_eq!(ecs.refused(services()), inactive);
    assert_eq!(ecs.refused(tasks()), inactive);
    assert_eq!(ecs.refused(instances()), inactive);
}

#[test]
fn an_empty_cluster_is_the_default_cluster() {
    let mut ecs = EcsBench::new();
    let empty = || Some(String::new());
    let missing = "ClusterNotFoundException: Cluster not found.";
    assert_eq!(ecs.refused(ListServicesRequest { cluster: empty(), ..services() }), missing);
    ecs.create(named("default"));
    let listed = ecs.run(ListServicesRequest { cluster: empty(), ..services() }).unwrap();
    assert_eq!(listed.service_arns, [""; 0]);
    let blank = ListServicesRequest { cluster: Some(" ".to_owned()), ..services() };
    assert_eq!(ecs.refused(blank), "InvalidParameterException: Cluster can not be blank.");
}
