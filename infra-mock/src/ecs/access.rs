//! The permissions that each ECS operation requires.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html>

mod services;

use crate::access::{Need, needs, needs_on, needs_on_all};
use crate::api::Call;
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::ecs::model::*;

use super::State;
use super::account::Principal;
use super::task::roles;
use super::task_definition::Named;

needs_on! {
    cluster(cluster):
        DeleteClusterRequest, ListAttributesRequest, ListContainerInstancesRequest,
        PutClusterCapacityProvidersRequest, UpdateClusterRequest, UpdateClusterSettingsRequest;
    resource(resource_arn): ListTagsForResourceRequest;
    provider(name): UpdateCapacityProviderRequest;
    provider(capacity_provider): DeleteCapacityProviderRequest;
    account_setting(name):
        DeleteAccountSettingRequest, PutAccountSettingDefaultRequest, PutAccountSettingRequest;
}

needs_on_all! {
    DeregisterTaskDefinitionRequest, DescribeTaskDefinitionRequest, ListAccountSettingsRequest,
    ListClustersRequest, ListTaskDefinitionFamiliesRequest, ListTaskDefinitionsRequest;
}

needs! {
    CreateClusterRequest => |request, call| create(request, call);
    DescribeClustersRequest => |request, call| match &request.clusters {
        None => vec![cluster(call, "ecs:DescribeClusters", None)],
        Some(names) => {
            names.iter().map(|name| cluster(call, "ecs:DescribeClusters", Some(name))).collect()
        }
    };
    ListTasksRequest => |request, call| vec![tasks(request, call)];
    DeleteAttributesRequest => |request, call| {
        attributes(call, "ecs:DeleteAttributes", request.cluster.as_deref(), request.attributes.as_deref())
    };
    PutAttributesRequest => |request, call| {
        attributes(call, "ecs:PutAttributes", request.cluster.as_deref(), request.attributes.as_deref())
    };
    ExecuteCommandRequest => |request, call| {
        let (name, task) = (request.cluster.as_deref(), request.task.as_deref());
        let need = on_task(call, "ecs:ExecuteCommand", name, task);
        let on_task = need.with("ecs:container-name", request.container.as_ref());
        vec![cluster(call, "ecs:ExecuteCommand", name), on_task]
    };
    GetTaskProtectionRequest => |request, call| {
        let (cluster, tasks) = (request.cluster.as_deref(), request.tasks.iter().flatten());
        tasks.map(|task| on_task(call, "ecs:GetTaskProtection", cluster, Some(task))).collect()
    };
    UpdateTaskProtectionRequest => |request, call| {
        let (cluster, tasks) = (request.cluster.as_deref(), request.tasks.iter().flatten());
        tasks.map(|task| on_task(call, "ecs:UpdateTaskProtection", cluster, Some(task))).collect()
    };
    DeleteTaskDefinitionsRequest => |request, call| {
        let names = request.task_definitions.iter().flatten();
        names.map(|name| task_definition(call, "ecs:DeleteTaskDefinitions", Some(name))).collect()
    };
    DescribeTasksRequest => |request, call| {
        let cluster = request.cluster.as_deref();
        let tasks = request.tasks.iter().flatten();
        tasks.map(|task| on_task(call, "ecs:DescribeTasks", cluster, Some(task))).collect()
    };
    RunTaskRequest => |request, call| run_task(request, call);
    CreateCapacityProviderRequest => |request, call| {
        let need = provider(call, "ecs:CreateCapacityProvider", request.name.as_deref());
        let arn = need.resource.clone();
        with_tags(call, need, "CreateCapacityProvider", arn, request.tags.as_deref())
    };
    DescribeCapacityProvidersRequest => |request, call| match &request.capacity_providers {
        None => vec![provider(call, "ecs:DescribeCapacityProviders", Some("*"))],
        Some(names) => {
            let action = "ecs:DescribeCapacityProviders";
            names.iter().map(|name| provider(call, action, Some(name))).collect()
        }
    };
    StopTaskRequest => |request, call| {
        vec![on_task(call, "ecs:StopTask", request.cluster.as_deref(), request.task.as_deref())]
    };
    RegisterTaskDefinitionRequest => |request, call| register(request, call);
    TagResourceRequest => |request, call| {
        let need = resource(call, "ecs:TagResource", request.resource_arn.as_deref());
        vec![need.with_request_tags(pairs(request.tags.as_deref()))]
    };
    UntagResourceRequest => |request, call| {
        let need = resource(call, "ecs:UntagResource", request.resource_arn.as_deref());
        vec![need.with_all("aws:TagKeys", request.tag_keys.clone().unwrap_or_default())]
    };
}

/// Returns the permissions for creating a cluster. Tags require a separate permission, unless the account has turned
/// `tagResourceAuthorization` off:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html>.
fn create(request: &CreateClusterRequest, call: &Call<'_>) -> Vec<Need> {
    let need = cluster(call, "ecs:CreateCluster", request.cluster_name.as_deref());
    let arn = need.resource.clone();
    with_tags(call, need, "CreateCluster", arn, request.tags.as_deref())
}

/// Returns the permissions for creating a resource with tags: one for the action itself, and one
/// for tagging the new resource.
fn with_tags(
    call: &Call<'_>,
    need: Need,
    create_action: &str,
    arn: String,
    tags: Option<&[Tag]>,
) -> Vec<Need> {
    let tags: Vec<(&str, &str)> = pairs(tags).collect();
    let mut needs = vec![need.with_request_tags(tags.iter().copied())];
    let setting = |state: &State| {
        state.effective(&Principal::of_caller(call.caller), "tagResourceAuthorization").0 != "off"
    };
    if !tags.is_empty() && call.ecs_seen().is_none_or(setting) {
        let need = Need::new("ecs:TagResource", arn).with("ecs:CreateAction", Some(create_action));
        needs.push(need.with_request_tags(tags));
    }
    needs
}

/// Returns the permissions for `RegisterTaskDefinition`. AWS checks `ecs:RegisterTaskDefinition` on
/// the resource `*`, as AWS's error messages in public deployment logs show. The caller must also
/// be allowed to pass the task definition's roles:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html>.
fn register(request: &RegisterTaskDefinitionRequest, call: &Call<'_>) -> Vec<Need> {
    let family = request.family.as_deref().unwrap_or_default();
    let arn = call.arn("ecs", format!("task-definition/{family}:*")).to_string();
    let need = Need::new("ecs:RegisterTaskDefinition", "*");
    let tags = request.tags.as_deref();
    let mut needs = with_tags(call, need, "RegisterTaskDefinition", arn, tags);
    needs.extend(pass_roles([&request.task_role_arn, &request.execution_role_arn]));
    needs
}

/// Returns the permissions for passing roles to tasks.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
fn pass_roles<'r>(
    roles: impl IntoIterator<Item = &'r Option<String>>,
) -> impl Iterator<Item = Need> {
    let pass = |role: &String| {
        Need::new("iam:PassRole", role).with("iam:PassedToService", Some("ecs-tasks.amazonaws.com"))
    };
    let mut seen = std::collections::BTreeSet::new();
    roles.into_iter().flatten().filter(move |role| seen.insert(*role)).map(pass)
}

/// Returns the permissions for `RunTask`. AWS checks `ecs:RunTask` on the task definition's ARN,
/// including the revision:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>.
fn run_task(request: &RunTaskRequest, call: &Call<'_>) -> Vec<Need> {
    let cluster = request.cluster.as_deref();
    let location = call.location();
    let name = request.task_definition.as_deref().unwrap_or_default();
    let revision = call
        .ecs_seen()
        .zip(Named::read(location, name))
        .and_then(|(state, named)| state.task_definition(&named));
    let name = revision.map_or(name, |revision| revision.definition.task_definition_arn.as_str());
    let need = on_cluster(call, task_definition(call, "ecs:RunTask", Some(name)), cluster);
    let cluster_arn = arn(call, cluster);
    let cluster_name = cluster_arn.rsplit('/').next().unwrap_or_default();
    let new = call.arn("ecs", format!("task/{cluster_name}/*")).to_string();
    let mut needs = with_tags(call, need, "RunTask", new, request.tags.as_deref());
    let overrides = request.overrides.as_ref();
    let roles = revision.map(|revision| roles(&revision.definition, overrides));
    let roles: Vec<Option<String>> =
        roles.into_iter().flatten().map(|role| role.map(str::to_owned)).collect();
    needs.extend(pass_roles(&roles));
    needs
}

/// Returns the permissions for an action on attributes of container instances.
fn attributes(
    call: &Call<'_>,
    action: &str,
    cluster: Option<&str>,
    attributes: Option<&[Attribute]>,
) -> Vec<Need> {
    let cluster_arn = arn(call, cluster);
    let name = cluster_arn.rsplit('/').next().unwrap_or_default();
    let targets = attributes.unwrap_or_default().iter();
    let targets = targets.map(|attribute| attribute.target_id.as_deref().unwrap_or_default());
    let needs = targets.map(|target| {
        let of_instance = arn_of(call, target, &format!("container-instance/{name}"));
        on_cluster(call, Need::new(action, of_instance), Some(&cluster_arn))
    });
    needs.collect()
}

/// Returns the permission for an action on a capacity provider, given its name or ARN.
fn provider(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    resource(call, action, Some(&arn_of(call, name.unwrap_or_default(), "capacity-provider")))
}

/// Returns the permission for an action on a task, given its ID or ARN.
fn on_task(call: &Call<'_>, action: &str, cluster: Option<&str>, task: Option<&str>) -> Need {
    in_cluster(call, action, "task", cluster, task)
}

/// Returns the permission for an action on a resource in a cluster. `name` is the name or ARN of
/// the resource.
fn in_cluster(
    call: &Call<'_>,
    action: &str,
    kind: &str,
    cluster: Option<&str>,
    name: Option<&str>,
) -> Need {
    let cluster_arn = arn(call, cluster);
    let cluster = cluster_arn.rsplit('/').next().unwrap_or_default();
    let arn = arn_of(call, name.unwrap_or_default(), &format!("{kind}/{cluster}"));
    resource(call, action, Some(&arn)).with("ecs:cluster", Some(cluster_arn))
}

/// Returns the permission for an action on a task definition, given its family, its
/// `family:revision` or its ARN.
fn task_definition(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    resource(call, action, Some(&arn_of(call, name.unwrap_or_default(), "task-definition")))
}

/// Returns the permission for `ListTasks`. AWS checks it on the container instance that the request
/// names, or on `*` if the request names none:
/// <https://github.com/cdklabs/construct-hub/pull/1207>.
fn tasks(request: &ListTasksRequest, call: &Call<'_>) -> Need {
    let name = request.cluster.as_deref();
    let resource = match request.container_instance.as_deref() {
        Some(id) => {
            let cluster = arn(call, name);
            let cluster = cluster.rsplit('/').next().unwrap_or_default();
            arn_of(call, id, &format!("container-instance/{cluster}"))
        }
        None => "*".to_owned(),
    };
    on_cluster(call, Need::new("ecs:ListTasks", resource), name)
}

fn account_setting(_: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    Need::new(action, "*").with("ecs:account-setting", name)
}

fn cluster(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    resource(call, action, Some(&arn(call, name)))
}

/// Returns the ARN of a cluster, given its name or ARN. If neither is given, returns the ARN of the
/// cluster `default`.
fn arn(call: &Call<'_>, name: Option<&str>) -> String {
    arn_of(call, name.unwrap_or("default"), "cluster")
}

/// Returns `name` if it is already an ARN. Otherwise, returns the ARN of the resource
/// `{parent}/{name}`.
fn arn_of(call: &Call<'_>, name: &str, parent: &str) -> String {
    if name.starts_with("arn:") {
        name.to_owned()
    } else {
        call.arn("ecs", format!("{parent}/{name}")).to_string()
    }
}

/// Returns the permission for an action on a resource, with the resource's tags as condition keys.
fn resource(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or("*");
    Need::new(action, arn).with_resource_tags(tags(call, arn))
}

/// Adds the condition key `ecs:cluster` to a permission.
fn on_cluster(call: &Call<'_>, need: Need, name: Option<&str>) -> Need {
    let arn = arn(call, name);
    need.with_resource_tags(tags(call, &arn)).with("ecs:cluster", Some(arn))
}

fn tags<'c>(call: &'c Call<'_>, arn: &str) -> impl Iterator<Item = (&'c str, &'c str)> {
    let tags = call.ecs_seen().map(|state| state.tags_of(call.location(), arn));
    tags.into_iter().flatten()
}

fn pairs(tags: Option<&[Tag]>) -> impl Iterator<Item = (&str, &str)> {
    tags.unwrap_or_default().iter().map(|Tag { key, value }| {
        (key.as_deref().unwrap_or_default(), value.as_deref().unwrap_or_default())
    })
}
