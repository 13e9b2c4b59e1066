//! Scenarios for the services, tasks and container instances in a cluster.

use super::inactive::is_inactive;
use super::{create, described, spec};
use crate::conformance::check::equal;
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::error::ErrorKind;
use crate::names::ClusterName;
use crate::operation::ecs;
use crate::provider::{Cluster, ClusterCounts, ClusterSpec};

scenarios! { "clusters" needs [Clusters]:
    new_cluster_is_empty;
    services_tasks_and_instances_are_counted needs [Workloads];
    cluster_with_services_cannot_be_deleted needs [Workloads];
    cluster_with_tasks_cannot_be_deleted needs [Workloads];
    cluster_with_container_instances_cannot_be_deleted needs [Workloads];
    services_tasks_and_instances_are_listed needs [Workloads];
    lists_include_every_page needs [Workloads, Bulk];
}

async fn new_cluster_is_empty(at: &Fixture) -> Verdict {
    let (clusters, ClusterSpec { name, .. }) = (at.clusters(), spec(at)?);
    create(at, &spec(at)?).await?;
    equal(clusters.list_services(&name).await?.as_slice(), &[""; 0])?;
    equal(clusters.list_tasks(&name).await?.as_slice(), &[""; 0])?;
    equal(clusters.list_container_instances(&name).await?.as_slice(), &[""; 0])
}

fn service(cluster: &ClusterName, service: &str) -> ExternalChange {
    let (cluster, service) = (cluster.clone(), service.to_owned());
    ExternalChange::AddService { cluster, service, capacity_provider: None }
}

fn task(cluster: &ClusterName, task: &str, pending: bool) -> ExternalChange {
    ExternalChange::AddTask { cluster: cluster.clone(), task: task.to_owned(), pending }
}

fn instance(cluster: &ClusterName, instance: &str) -> ExternalChange {
    ExternalChange::AddContainerInstance { cluster: cluster.clone(), instance: instance.to_owned() }
}

async fn services_tasks_and_instances_are_counted(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let cluster = create(at, &spec).await?;
    at.act(service(&spec.name, "web")).await?;
    for (id, pending) in [("1", false), ("2", false), ("3", true)] {
        at.act(task(&spec.name, id, pending)).await?;
    }
    for id in ["a", "b", "c", "d"] {
        at.act(instance(&spec.name, id)).await?;
    }
    let counts = ClusterCounts {
        active_services: 1,
        running_tasks: 2,
        pending_tasks: 1,
        container_instances: 4,
    };
    reads!(at, described(at, &spec.name), Cluster { counts, ..cluster });
    Ok(())
}

/// Makes an external change, and checks that the cluster cannot be deleted until the change is
/// undone.
async fn keeps_a_cluster(at: &Fixture, change: ExternalChange, answer: &str) -> Verdict {
    let spec = spec(at)?;
    create(at, &spec).await?;
    let inverse = change.inverse();
    at.act(change).await?;
    let deleted = at.clusters().delete_cluster(&spec.name).await;
    at.refused(deleted, ecs::DELETE_CLUSTER, ErrorKind::InUse, answer)?;
    if let Some(inverse) = inverse {
        at.act(inverse).await?;
    }
    at.clusters().delete_cluster(&spec.name).await?;
    is_inactive(at, &spec.name).await
}

async fn cluster_with_services_cannot_be_deleted(at: &Fixture) -> Verdict {
    let answer = "400 ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.";
    keeps_a_cluster(at, service(&at.cluster("main")?, "web"), answer).await
}

async fn cluster_with_tasks_cannot_be_deleted(at: &Fixture) -> Verdict {
    let answer =
        "400 ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active.";
    keeps_a_cluster(at, task(&at.cluster("main")?, "1", false), answer).await
}

async fn cluster_with_container_instances_cannot_be_deleted(at: &Fixture) -> Verdict {
    let answer = "400 ClusterContainsContainerInstancesException: The Cluster cannot be deleted while Container \
                  Instances are active or draining.";
    keeps_a_cluster(at, instance(&at.cluster("main")?, "i"), answer).await
}

fn arns(at: &Fixture, kind: &str, cluster: &ClusterName, ids: &[String]) -> Vec<String> {
    let arn = |id| at.location().arn("ecs", format!("{kind}/{cluster}/{id}")).to_string();
    ids.iter().map(arn).collect()
}

async fn services_tasks_and_instances_are_listed(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let name = &spec.name;
    create(at, &spec).await?;
    at.act(service(name, "web")).await?;
    at.act(task(name, "running", false)).await?;
    at.act(task(name, "waiting", true)).await?;
    at.act(instance(name, "i")).await?;
    let listed = |kind: &str, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        arns(at, kind, name, &ids)
    };
    equal(&clusters.list_services(name).await?, &listed("service", &["web"]))?;
    let mut tasks = clusters.list_tasks(name).await?;
    tasks.sort();
    equal(&tasks, &listed("task", &["running", "waiting"]))?;
    let instances = clusters.list_container_instances(name).await?;
    equal(&instances, &listed("container-instance", &["i"]))
}

async fn lists_include_every_page(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let name = &spec.name;
    create(at, &spec).await?;
    let ids = |letter: char, count| -> Vec<String> {
        (0..count).map(|n| format!("{letter}{n:03}")).collect()
    };
    // A page contains at most 10 services, 100 tasks or 100 container instances, so each list has
    // three pages.
    let (services, tasks, instances) = (ids('s', 21), ids('t', 201), ids('i', 201));
    for id in &services {
        at.act(service(name, id)).await?;
    }
    for (n, id) in tasks.iter().enumerate() {
        at.act(task(name, id, n % 2 == 1)).await?;
    }
    for id in &instances {
        at.act(instance(name, id)).await?;
    }
    let mut found = clusters.list_services(name).await?;
    found.sort();
    equal(&found, &arns(at, "service", name, &services))?;
    let mut found = clusters.list_tasks(name).await?;
    found.sort();
    equal(&found, &arns(at, "task", name, &tasks))?;
    let mut found = clusters.list_container_instances(name).await?;
    found.sort();
    equal(&found, &arns(at, "container-instance", name, &instances))
}
