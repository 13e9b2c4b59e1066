//! What the operations of ECS are checked against.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html>

use crate::access::{Need, needs};
use crate::api::Call;
use crate::ecs::{
    CreateClusterRequest, DeleteClusterRequest, DescribeClustersRequest,
    ListAccountSettingsRequest, ListClustersRequest, ListContainerInstancesRequest,
    ListServicesRequest, ListTagsForResourceRequest, ListTasksRequest,
    PutAccountSettingDefaultRequest, PutAccountSettingRequest, PutClusterCapacityProvidersRequest,
    Tag, TagResourceRequest, UntagResourceRequest, UpdateClusterRequest,
    UpdateClusterSettingsRequest,
};

use super::State;
use super::account::Principal;

needs! {
    CreateClusterRequest => |request, call| create(request, call);
    DeleteClusterRequest => |request, call| cluster(call, "ecs:DeleteCluster", request.cluster.as_deref());
    DescribeClustersRequest => |request, call| match &request.clusters {
        None => cluster(call, "ecs:DescribeClusters", None),
        Some(names) => names
            .iter()
            .flat_map(|name| cluster(call, "ecs:DescribeClusters", Some(name)))
            .collect(),
    };
    ListAccountSettingsRequest => |_, _| vec![Need::new("ecs:ListAccountSettings", "*")];
    ListClustersRequest => |_, _| vec![Need::new("ecs:ListClusters", "*")];
    ListContainerInstancesRequest => |request, call| {
        cluster(call, "ecs:ListContainerInstances", request.cluster.as_deref())
    };
    ListServicesRequest => |request, call| {
        vec![on_cluster(call, Need::new("ecs:ListServices", "*"), request.cluster.as_deref())]
    };
    ListTagsForResourceRequest => |request, call| {
        vec![resource(call, "ecs:ListTagsForResource", request.resource_arn.as_deref())]
    };
    ListTasksRequest => |request, call| vec![tasks(request, call)];
    PutAccountSettingRequest => |request, _| {
        vec![Need::new("ecs:PutAccountSetting", "*").with("ecs:account-setting", request.name.as_ref())]
    };
    PutAccountSettingDefaultRequest => |request, _| {
        let need = Need::new("ecs:PutAccountSettingDefault", "*");
        vec![need.with("ecs:account-setting", request.name.as_ref())]
    };
    PutClusterCapacityProvidersRequest => |request, call| {
        cluster(call, "ecs:PutClusterCapacityProviders", request.cluster.as_deref())
    };
    TagResourceRequest => |request, call| {
        let need = resource(call, "ecs:TagResource", request.resource_arn.as_deref());
        vec![need.with_request_tags(pairs(request.tags.as_deref()))]
    };
    UntagResourceRequest => |request, call| {
        let need = resource(call, "ecs:UntagResource", request.resource_arn.as_deref());
        vec![need.with_all("aws:TagKeys", request.tag_keys.clone().unwrap_or_default())]
    };
    UpdateClusterRequest => |request, call| {
        cluster(call, "ecs:UpdateCluster", request.cluster.as_deref())
    };
    UpdateClusterSettingsRequest => |request, call| {
        cluster(call, "ecs:UpdateClusterSettings", request.cluster.as_deref())
    };
}

/// Tags need a permission of their own, unless the account has set `tagResourceAuthorization` off:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html>.
fn create(request: &CreateClusterRequest, call: &Call<'_>) -> Vec<Need> {
    let mut needs = cluster(call, "ecs:CreateCluster", request.cluster_name.as_deref());
    let tags: Vec<(&str, &str)> = pairs(request.tags.as_deref()).collect();
    let Some(need) = needs.pop() else { return needs };
    let arn = need.resource.clone();
    needs.push(need.with_request_tags(tags.iter().copied()));
    let setting = |state: &State| {
        state.effective(&Principal::of_caller(call.caller), "tagResourceAuthorization").0 != "off"
    };
    if !tags.is_empty() && call.ecs_seen().is_none_or(setting) {
        let need =
            Need::new("ecs:TagResource", arn).with("ecs:CreateAction", Some("CreateCluster"));
        needs.push(need.with_request_tags(tags));
    }
    needs
}

/// `ListTasks` knows container instances only, and without one is checked on `*`:
/// <https://github.com/cdklabs/construct-hub/pull/1207>.
fn tasks(request: &ListTasksRequest, call: &Call<'_>) -> Need {
    let name = request.cluster.as_deref();
    let resource = match request.container_instance.as_deref() {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        Some(id) => {
            let cluster = arn(call, name);
            let cluster = cluster.rsplit('/').next().unwrap_or_default();
            call.arn("ecs", format!("container-instance/{cluster}/{id}")).to_string()
        }
        None => "*".to_owned(),
    };
    on_cluster(call, Need::new("ecs:ListTasks", resource), name)
}

fn cluster(call: &Call<'_>, action: &str, name: Option<&str>) -> Vec<Need> {
    vec![resource(call, action, Some(&arn(call, name)))]
}

/// The ARN of a cluster that is named by name or ARN, or not at all.
fn arn(call: &Call<'_>, name: Option<&str>) -> String {
    match name.unwrap_or("default") {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        name => call.arn("ecs", format!("cluster/{name}")).to_string(),
    }
}

/// An action on a resource, with the tags that it has where it is a cluster.
fn resource(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or("*");
    Need::new(action, arn).with_resource_tags(tags(call, arn))
}

/// An action that the key `ecs:cluster` narrows to a cluster.
fn on_cluster(call: &Call<'_>, need: Need, name: Option<&str>) -> Need {
    let arn = arn(call, name);
    need.with_resource_tags(tags(call, &arn)).with("ecs:cluster", Some(arn))
}

fn tags<'c>(call: &'c Call<'_>, arn: &str) -> impl Iterator<Item = (&'c str, &'c str)> {
    let name = arn.split_once(":cluster/").map(|(_, name)| name);
    let record = name.and_then(|name| call.ecs_seen()?.clusters.get(name));
    let tags = record.into_iter().flat_map(|record| &record.spec.tags);
    tags.map(|(key, value)| (key.as_str(), value.as_str()))
}

fn pairs(tags: Option<&[Tag]>) -> impl Iterator<Item = (&str, &str)> {
    tags.unwrap_or_default().iter().map(|Tag { key, value }| {
        (key.as_deref().unwrap_or_default(), value.as_deref().unwrap_or_default())
    })
}
