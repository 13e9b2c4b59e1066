//! The permissions that operations on services and their deployments require.

use crate::access::{Need, needs};
use crate::api::Call;
use crate::ecs::task_definition::Named;
use crate::ecs::{
    CreateServiceRequest, CreateTaskSetRequest, DeleteServiceRequest, DeleteTaskSetRequest,
    DescribeServiceDeploymentsRequest, DescribeServiceRevisionsRequest, DescribeServicesRequest,
    DescribeTaskSetsRequest, ListServiceDeploymentsRequest, ListServicesByNamespaceRequest,
    ListServicesRequest, UpdateServicePrimaryTaskSetRequest, UpdateServiceRequest,
    UpdateTaskSetRequest,
};

use super::{arn, in_cluster, on_cluster, resource, with_tags};

needs! {
    ListServicesRequest => |request, call| {
        vec![on_cluster(call, Need::new("ecs:ListServices", "*"), request.cluster.as_deref())]
    };
    CreateServiceRequest => |request, call| {
        let name = request.service_name.as_deref();
        let need = on_service(call, "ecs:CreateService", request.cluster.as_deref(), name);
        let task_definition = request.task_definition.as_deref();
        let need = need.with("ecs:task-definition", resolved(call, task_definition));
        let arn = need.resource.clone();
        let mut needs = with_tags(call, need, "CreateService", arn, request.tags.as_deref());
        // The role for the load balancer is passed to ECS, not to the tasks.
        needs.extend(request.role.as_ref().map(|role| {
            Need::new("iam:PassRole", role).with("iam:PassedToService", Some("ecs.amazonaws.com"))
        }));
        needs
    };
    UpdateServiceRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        let need = on_service(call, "ecs:UpdateService", cluster, name);
        let task_definition = request.task_definition.as_deref();
        vec![need.with("ecs:task-definition", resolved(call, task_definition))]
    };
    DeleteServiceRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        vec![on_service(call, "ecs:DeleteService", cluster, name)]
    };
    DescribeServicesRequest => |request, call| {
        let cluster = request.cluster.as_deref();
        let names = request.services.iter().flatten();
        names.map(|name| on_service(call, "ecs:DescribeServices", cluster, Some(name))).collect()
    };
    ListServicesByNamespaceRequest => |request, _| {
        let need = Need::new("ecs:ListServicesByNamespace", "*");
        vec![need.with("ecs:namespace", request.namespace.as_ref())]
    };
    ListServiceDeploymentsRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        vec![on_service(call, "ecs:ListServiceDeployments", cluster, name)]
    };
    DescribeServiceDeploymentsRequest => |request, call| {
        of_service(call, "ecs:DescribeServiceDeployments", request.service_deployment_arns.as_deref())
    };
    DescribeServiceRevisionsRequest => |request, call| {
        of_service(call, "ecs:DescribeServiceRevisions", request.service_revision_arns.as_deref())
    };
    CreateTaskSetRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        let need = on_task_set(call, "ecs:CreateTaskSet", cluster, name, "*");
        let need = need.with("ecs:task-definition", resolved(call, request.task_definition.as_deref()));
        let arn = need.resource.clone();
        with_tags(call, need, "CreateTaskSet", arn, request.tags.as_deref())
    };
    DescribeTaskSetsRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        let sets = request.task_sets.iter().flatten();
        sets.map(|set| on_task_set(call, "ecs:DescribeTaskSets", cluster, name, set)).collect()
    };
    UpdateTaskSetRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        let set = request.task_set.as_deref().unwrap_or_default();
        vec![on_task_set(call, "ecs:UpdateTaskSet", cluster, name, set)]
    };
    DeleteTaskSetRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        let set = request.task_set.as_deref().unwrap_or_default();
        vec![on_task_set(call, "ecs:DeleteTaskSet", cluster, name, set)]
    };
    UpdateServicePrimaryTaskSetRequest => |request, call| {
        let (cluster, name) = (request.cluster.as_deref(), request.service.as_deref());
        vec![on_service(call, "ecs:UpdateServicePrimaryTaskSet", cluster, name)]
    };
}

/// Returns the permissions for an action on service deployments or service revisions, and on the
/// services that they belong to.
fn of_service(call: &Call<'_>, action: &str, arns: Option<&[String]>) -> Vec<Need> {
    let needs = arns.unwrap_or_default().iter().flat_map(|arn| {
        let (start, kind_and_name) = arn.rsplit_once(":service-").unwrap_or_default();
        let name = kind_and_name.split('/').skip(1).take(2).collect::<Vec<_>>();
        let cluster = format!("{start}:cluster/{}", name.first().unwrap_or(&""));
        let service = format!("{start}:service/{}", name.join("/"));
        [service, arn.clone()].map(|arn| {
            resource(call, action, Some(&arn)).with("ecs:cluster", Some(cluster.clone()))
        })
    });
    needs.collect()
}

/// Returns the permission for an action on a service, given its name or ARN.
fn on_service(call: &Call<'_>, action: &str, cluster: Option<&str>, name: Option<&str>) -> Need {
    in_cluster(call, action, "service", cluster, name)
}

/// Returns the permission for an action on a task set, given its ID or ARN.
fn on_task_set(
    call: &Call<'_>,
    action: &str,
    cluster: Option<&str>,
    service: Option<&str>,
    set: &str,
) -> Need {
    let of_service = on_service(call, action, cluster, service).resource;
    let of_set = if set.starts_with("arn:") {
        set.to_owned()
    } else {
        format!("{}/{set}", of_service.replacen(":service/", ":task-set/", 1))
    };
    let need = resource(call, action, Some(&of_set)).with("ecs:service", Some(of_service));
    need.with("ecs:cluster", Some(arn(call, cluster)))
}

/// Returns the ARN of a task definition, including the revision. AWS checks permissions on this
/// ARN: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>.
fn resolved(call: &Call<'_>, name: Option<&str>) -> Option<String> {
    let named = Named::read(call.location(), name?)?;
    let revision = call.ecs_seen()?.task_definition(&named)?;
    Some(revision.definition.task_definition_arn.clone())
}
