//! Amazon ECS: clusters, their capacity providers, settings and tags, and what keeps them in use.
//!
//! The mock runs no containers. Services, tasks and container instances are put on a cluster by tests,
//! with [`State::add_service`] and its neighbours, so that a deletion meets them.

mod access;
mod account;
mod capacity;
mod cluster;
mod configuration;
mod describe;
mod errors;
mod fixtures;
mod list;
mod model;
mod reference;
mod role;
mod settings;
mod state;
mod tags;
#[cfg(test)]
mod tests;

pub use account::{
    ListAccountSettingsRequest, ListAccountSettingsResponse, PutAccountSettingDefaultRequest,
    PutAccountSettingDefaultResponse, PutAccountSettingRequest, PutAccountSettingResponse, Setting,
};
pub use capacity::{PutClusterCapacityProvidersRequest, PutClusterCapacityProvidersResponse};
pub use cluster::{
    CreateClusterRequest, CreateClusterResponse, DeleteClusterRequest, DeleteClusterResponse,
};
pub use describe::{
    DescribeClustersRequest, DescribeClustersResponse, ListClustersRequest, ListClustersResponse,
};
pub use fixtures::{
    ContainerInstance, InstanceStatus, LaunchType, SchedulingStrategy, Service, ServiceStatus,
    Task, TaskStatus,
};
pub use list::{
    ListContainerInstancesRequest, ListContainerInstancesResponse, ListServicesRequest,
    ListServicesResponse, ListTasksRequest, ListTasksResponse,
};
pub use model::{
    Attachment, CapacityProviderStrategyItem, Cluster, ClusterConfiguration,
    ClusterServiceConnectDefaults, ClusterServiceConnectDefaultsRequest, ClusterSetting,
    ExecuteCommandConfiguration, ExecuteCommandLogConfiguration, Failure, KeyValuePair,
    ManagedStorageConfiguration, Tag,
};
pub use settings::{
    UpdateClusterRequest, UpdateClusterResponse, UpdateClusterSettingsRequest,
    UpdateClusterSettingsResponse,
};
pub use state::State;
pub use tags::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, TagResourceRequest,
    TagResourceResponse, UntagResourceRequest, UntagResourceResponse,
};

/// Hands the request types of every operation to the macro `$each`.
macro_rules! for_each_ecs_operation {
    ($each:ident) => {
        $each! {
            $crate::ecs::CreateClusterRequest,
            $crate::ecs::DeleteClusterRequest,
            $crate::ecs::DescribeClustersRequest,
            $crate::ecs::ListAccountSettingsRequest,
            $crate::ecs::ListClustersRequest,
            $crate::ecs::ListContainerInstancesRequest,
            $crate::ecs::ListServicesRequest,
            $crate::ecs::ListTagsForResourceRequest,
            $crate::ecs::ListTasksRequest,
            $crate::ecs::PutAccountSettingRequest,
            $crate::ecs::PutAccountSettingDefaultRequest,
            $crate::ecs::PutClusterCapacityProvidersRequest,
            $crate::ecs::TagResourceRequest,
            $crate::ecs::UntagResourceRequest,
            $crate::ecs::UpdateClusterRequest,
            $crate::ecs::UpdateClusterSettingsRequest,
        }
    };
}
pub(crate) use for_each_ecs_operation;

macro_rules! names {
    ($($operation:ty),+ $(,)?) => { &[$(<$operation as crate::api::Operation>::NAME),+] };
}

/// The names of all operations of ECS that the mock has.
pub const OPERATIONS: &[&str] = for_each_ecs_operation!(names);
