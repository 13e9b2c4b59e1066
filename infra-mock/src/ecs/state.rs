//! The state of ECS in one account and region: clusters, the resources in them, and account
//! settings.

use std::collections::{BTreeMap, BTreeSet};

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use super::capacity_provider::{self, ProviderRecord};
use super::errors;
use super::fixtures::{ContainerInstance, InstanceStatus, LaunchType};
use super::service::{ACTIVE, DRAINING, ServiceRecord};
use super::task::{TaskRecord, TokenUse};
use super::task_definition::Family;
use crate::api::ApiResult;
use crate::ecs::{
    Attachment, CapacityProviderStrategyItem, Cluster, ClusterConfiguration,
    ClusterServiceConnectDefaults, ClusterSetting, KeyValuePair, Tag,
};
use crate::time::Timestamp;

/// The fields that `CreateCluster` returns: all except the statistics, as in the examples for
/// `aws ecs create-cluster`.
pub(super) const CREATED: &[Field] =
    &[Field::Attachments, Field::Configurations, Field::Settings, Field::Tags];

/// The fields in the responses of operations that change or delete a cluster. The tags are not
/// included, as in the examples for `aws ecs update-cluster-settings`,
/// `put-cluster-capacity-providers` and `delete-cluster`.
pub(super) const CHANGED: &[Field] = &[Field::Attachments, Field::Configurations, Field::Settings];

/// The state of the service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    pub(super) clusters: BTreeMap<String, Record>,
    /// The capacity providers that use an Auto Scaling group, by name. `FARGATE` and `FARGATE_SPOT`
    /// are not included, because they always exist.
    #[serde(deserialize_with = "capacity_provider::read")]
    pub(super) capacity_providers: BTreeMap<String, ProviderRecord>,
    /// The account's default value for each setting.
    pub(super) account_settings: BTreeMap<String, String>,
    /// The values that individual principals have set, by principal and setting name.
    pub(super) principal_settings: BTreeMap<String, BTreeMap<String, String>>,
    /// The ARNs of namespaces that ECS created for Service Connect, by name.
    pub(super) namespaces: BTreeMap<String, String>,
    /// The task definitions, by family.
    pub(super) task_definitions: BTreeMap<String, Family>,
}

impl State {
    /// Returns a cluster, or an error if the cluster does not exist or is INACTIVE.
    pub(super) fn known(&mut self, name: &str, now: Timestamp) -> ApiResult<&mut Record> {
        let record = self.clusters.get_mut(name).ok_or_else(errors::cluster_not_found)?;
        match record.status(now) {
            Status::Inactive => Err(errors::cluster_inactive()),
            _ => Ok(record),
        }
    }
}

impl State {
    /// Returns the names of the clusters that are not INACTIVE.
    pub(crate) fn cluster_names(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let active = self
            .clusters
            .iter()
            .filter(move |(_, record)| !matches!(record.status(now), Status::Inactive));
        active.map(|(name, _)| name.as_str())
    }
}

/// The properties of a cluster. If the cluster already exists, `CreateCluster` compares these
/// properties with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spec {
    pub(super) container_insights: String,
    pub(super) capacity: Capacity,
    pub(super) configuration: Option<ClusterConfiguration>,
    /// The ARN of the cluster's default namespace for Service Connect.
    pub(super) namespace: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
}

/// The capacity providers and the default strategy of a cluster. The order of the providers and the
/// order of the strategy's items do not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Capacity {
    pub(super) providers: BTreeSet<String>,
    /// The base and weight of each capacity provider.
    pub(super) strategy: BTreeMap<String, Share>,
}

/// The share of one capacity provider in a strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) base: i32,
    pub(super) weight: i32,
}

/// The kind of the most recent change to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    Create,
    Update,
    Delete,
}

/// The status of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Provisioning,
    Deprovisioning,
    Inactive,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Provisioning => "PROVISIONING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// A field that `DescribeClusters` adds only on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Attachments,
    Configurations,
    Settings,
    Statistics,
    Tags,
}

impl Field {
    pub(super) const NAMES: [&'static str; 5] =
        ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"];

    pub(super) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "ATTACHMENTS" => Self::Attachments,
            "CONFIGURATIONS" => Self::Configurations,
            "SETTINGS" => Self::Settings,
            "STATISTICS" => Self::Statistics,
            "TAGS" => Self::Tags,
            _ => return None,
        })
    }
}

/// A cluster and the resources in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) spec: Spec,
    change: Change,
    /// The time at which the most recent change finishes.
    settles_at: Timestamp,
    /// The attachments, or `None` if no change has affected them yet.
    attachments: Option<Vec<Attachment>>,
    pub(super) services: BTreeMap<String, ServiceRecord>,
    pub(super) tasks: BTreeMap<String, TaskRecord>,
    pub(super) instances: BTreeMap<String, ContainerInstance>,
    /// The client tokens of requests that started tasks.
    #[serde(default)]
    pub(super) tokens: BTreeMap<String, TokenUse>,
    /// The custom attributes of container instances, by ID.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, BTreeMap<String, Option<String>>>,
}

impl Record {
    /// Creates a cluster that has no attachments and is ACTIVE immediately.
    pub(super) fn new(spec: Spec, now: Timestamp) -> Self {
        Self {
            spec,
            change: Change::Create,
            settles_at: now,
            attachments: None,
            services: BTreeMap::new(),
            tasks: BTreeMap::new(),
            instances: BTreeMap::new(),
            tokens: BTreeMap::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// Starts a change to the attachments. The change finishes at `settles_at`.
    pub(super) fn attach(
        &mut self,
        change: Change,
        settles_at: Timestamp,
        attachments: Vec<Attachment>,
    ) {
        self.change = change;
        self.settles_at = settles_at;
        self.attachments = Some(attachments);
    }

    /// Deletes the cluster. The cluster becomes INACTIVE at `settles_at`.
    pub(super) fn delete(&mut self, settles_at: Timestamp) {
        self.change = Change::Delete;
        self.settles_at = settles_at;
    }

    pub(super) fn attachments(&self) -> &[Attachment] {
        self.attachments.as_deref().unwrap_or_default()
    }

    /// Returns whether a change to the cluster or its attachments is in progress.
    pub(super) fn is_busy(&self, now: Timestamp) -> bool {
        now < self.settles_at
    }

    pub(super) fn status(&self, now: Timestamp) -> Status {
        match (self.change, self.is_busy(now)) {
            (Change::Create, true) => Status::Provisioning,
            (Change::Delete, true) => Status::Deprovisioning,
            (Change::Delete, false) => Status::Inactive,
            (Change::Create, false) | (Change::Update, _) => Status::Active,
        }
    }

    /// Returns the cluster as it appears in responses, with the requested fields.
    pub(super) fn view(
        &self,
        location: &Location,
        name: &str,
        now: Timestamp,
        include: &[Field],
    ) -> Cluster {
        let asked = |field| include.contains(&field);
        let status = self.status(now);
        // For an INACTIVE cluster, ECS returns only the name and the setting, as in the output of
        // `aws ecs delete-cluster` in
        // https://github.com/BlueSageSolutions/courier/blob/be3a4e779ea5aa3fadc9b15714bedd175ce614f2/scripts/exp/deployed-at-2023-12-07.12-54-21/README.md
        let gone;
        let shown = if status == Status::Inactive {
            let container_insights = self.spec.container_insights.clone();
            gone = Record::new(Spec { container_insights, ..Spec::default() }, now);
            &gone
        } else {
            self
        };
        let Spec { container_insights, capacity, configuration, namespace, tags } = &shown.spec;
        let setting = (!container_insights.is_empty() && asked(Field::Settings))
            .then(|| ClusterSetting::container_insights(container_insights));
        let tags = tags.iter().filter(|_| asked(Field::Tags));
        Cluster {
            cluster_arn: cluster_arn(location, name),
            cluster_name: name.to_owned(),
            configuration: configuration.clone().filter(|_| asked(Field::Configurations)),
            status: status.as_str().to_owned(),
            registered_container_instances_count: count(shown.instances.len()),
            running_tasks_count: shown.count_tasks(TaskRecord::is_running),
            pending_tasks_count: shown.count_tasks(TaskRecord::is_pending),
            active_services_count: shown.count_services(|s| s.status() == ACTIVE),
            statistics: if asked(Field::Statistics) { shown.statistics() } else { Vec::new() },
            tags: tags.map(|(key, value)| Tag::new(key, value)).collect(),
            settings: setting.into_iter().collect(),
            capacity_providers: capacity.providers.iter().cloned().collect(),
            default_capacity_provider_strategy: capacity.items(),
            attachments: shown.attachments_view(now).filter(|_| asked(Field::Attachments)),
            attachments_status: shown.attachments_status(now).filter(|_| asked(Field::Attachments)),
            service_connect_defaults: namespace
                .clone()
                .map(|namespace| ClusterServiceConnectDefaults { namespace }),
        }
    }

    fn attachments_status(&self, now: Timestamp) -> Option<String> {
        let status = if self.is_busy(now) { "UPDATE_IN_PROGRESS" } else { "UPDATE_COMPLETE" };
        self.attachments.is_some().then(|| status.to_owned())
    }

    /// Returns the attachments with their current status. During a change, the stored status is
    /// already the status after the change.
    fn attachments_view(&self, now: Timestamp) -> Option<Vec<Attachment>> {
        let mut attachments = self.attachments.clone()?;
        if self.is_busy(now) {
            for attachment in &mut attachments {
                let service_connect = attachment.r#type == "sc";
                let status = match (self.change, service_connect) {
                    (Change::Delete, false) => "DELETING",
                    (Change::Delete, true) => "DETACHING",
                    (_, false) => "PRECREATED",
                    (_, true) => "ATTACHING",
                };
                status.clone_into(&mut attachment.status);
            }
        }
        Some(attachments)
    }

    fn count_tasks(&self, which: impl Fn(&TaskRecord) -> bool) -> i32 {
        count(self.tasks.values().filter(|task| which(task)).count())
    }

    /// Returns whether [`complete`](Self::complete) has anything to do.
    pub(super) fn is_incomplete(&self) -> bool {
        let has_instances = self.active_instances().next().is_some();
        self.tasks.values().any(|task| task.is_incomplete() || (task.waits && has_instances))
            || self.services.values().any(ServiceRecord::is_incomplete)
    }

    /// Fills in the missing attributes of resources that tests added, and places waiting tasks on
    /// the first active container instance.
    pub(super) fn complete(&mut self, location: &Location, name: &str, now: Timestamp) {
        let instance = self.active_instances().next().map(str::to_owned);
        for (service, record) in &mut self.services {
            if record.is_incomplete() {
                record.complete(location, name, service, now);
            }
        }
        for (id, task) in &mut self.tasks {
            if task.is_incomplete() {
                task.complete(location, name, id, now);
            }
            if task.waits
                && let Some(instance) = &instance
            {
                let arn = location.arn("ecs", format!("container-instance/{name}/{instance}"));
                task.place_on(arn.to_string(), now);
            }
        }
    }

    /// Returns the IDs of the container instances that accept tasks.
    pub(super) fn active_instances(&self) -> impl Iterator<Item = &str> {
        let active =
            |(_, instance): &(_, &ContainerInstance)| instance.status == InstanceStatus::Active;
        self.instances.iter().filter(active).map(|(id, _)| id.as_str())
    }

    /// Returns the tasks that are not STOPPED.
    pub(super) fn live_tasks(&self) -> impl Iterator<Item = &TaskRecord> {
        self.tasks.values().filter(|task| !task.is_stopped())
    }

    fn count_services(&self, which: impl Fn(&ServiceRecord) -> bool) -> i32 {
        count(self.services.values().filter(|service| which(service)).count())
    }

    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html#ECS-Type-Cluster-statistics>
    fn statistics(&self) -> Vec<KeyValuePair> {
        let tasks = |which: fn(&TaskRecord) -> bool, launch: LaunchType| {
            self.count_tasks(|task| which(task) && task.task.launch_type == launch.as_str())
        };
        let (running, pending) = (TaskRecord::is_running, TaskRecord::is_pending);
        let services = |status, launch: LaunchType| {
            self.count_services(|s| s.status() == status && s.runs_on(launch))
        };
        let (ec2, fargate) = (LaunchType::Ec2, LaunchType::Fargate);
        [
            ("runningEC2TasksCount", tasks(running, ec2)),
            ("runningFargateTasksCount", tasks(running, fargate)),
            ("pendingEC2TasksCount", tasks(pending, ec2)),
            ("pendingFargateTasksCount", tasks(pending, fargate)),
            ("activeEC2ServiceCount", services(ACTIVE, ec2)),
            ("activeFargateServiceCount", services(ACTIVE, fargate)),
            ("drainingEC2ServiceCount", services(DRAINING, ec2)),
            ("drainingFargateServiceCount", services(DRAINING, fargate)),
        ]
        .map(|(name, value)| KeyValuePair {
            name: Some(name.to_owned()),
            value: Some(value.to_string()),
        })
        .into()
    }
}

impl Capacity {
    /// Returns whether the cluster has neither capacity providers nor a default strategy.
    pub(super) fn is_empty(&self) -> bool {
        self.providers.is_empty() && self.strategy.is_empty()
    }

    /// Returns the items of the strategy. ECS returns the base and the weight even if they are 0.
    fn items(&self) -> Vec<CapacityProviderStrategyItem> {
        self.strategy
            .iter()
            .map(|(name, share)| CapacityProviderStrategyItem::new(name, share.base, share.weight))
            .collect()
    }
}

/// Returns the ARN of a cluster.
pub(super) fn cluster_arn(location: &Location, name: &str) -> String {
    location.arn("ecs", format!("cluster/{name}")).to_string()
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
