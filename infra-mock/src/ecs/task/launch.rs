//! Starts a task for a request or a service.

use std::collections::BTreeMap;

use infra_core::arn::Location;

use super::placement::Placement;
use super::{PENDING, PROVISIONING, RUNNING, Step, StepKind, TaskRecord};
use crate::api::Call;
use crate::ecs::fixtures::LaunchType;
use crate::ecs::{
    Attachment, Attribute, AwsVpcConfiguration, Container, ContainerDefinition, ContainerOverride,
    EphemeralStorage, KeyValuePair, Tag, Task, TaskDefinition, TaskEphemeralStorage, TaskOverride,
};

/// The newest platform version of Fargate:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html>.
pub(in crate::ecs) const PLATFORM_VERSION: &str = "1.4.0";

/// The default size of a Fargate task's ephemeral storage:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>.
const STORAGE_IN_GIB: i32 = 20;

/// The parameters of a new task.
#[derive(Clone, Debug)]
pub(in crate::ecs) struct Launch<'a> {
    pub(in crate::ecs) cluster: &'a str,
    pub(in crate::ecs) definition: &'a TaskDefinition,
    pub(in crate::ecs) placement: Placement,
    pub(in crate::ecs) network: Option<&'a AwsVpcConfiguration>,
    pub(in crate::ecs) overrides: Option<&'a TaskOverride>,
    pub(in crate::ecs) group: String,
    pub(in crate::ecs) started_by: Option<String>,
    pub(in crate::ecs) service: Option<String>,
    pub(in crate::ecs) tags: BTreeMap<String, String>,
    pub(in crate::ecs) enable_execute_command: bool,
    /// Whether ECS adds its own tags, such as `aws:ecs:clusterName`.
    pub(in crate::ecs) managed_tags: bool,
}

impl Launch<'_> {
    /// Starts the task and returns it as it appears in the response.
    pub(in crate::ecs) fn start(self, call: &mut Call<'_>) -> Task {
        let (location, now) = (call.caller.location.clone(), call.now);
        let id = call.world.ids.hex(32);
        let arn = |resource: String| location.arn("ecs", resource).to_string();
        let task_arn = arn(format!("task/{}/{id}", self.cluster));
        let instance = self.instance(call);
        let waits = self.placement.launch_type != LaunchType::Fargate && instance.is_none();
        let attachment = self.network.map(|network| attachment(call, network));
        let containers: Vec<Container> = self
            .definition
            .container_definitions
            .iter()
            .map(|definition| Container {
                container_arn: arn(format!(
                    "container/{}/{id}/{}",
                    self.cluster,
                    call.world.ids.uuid()
                )),
                task_arn: task_arn.clone(),
                name: definition.name.clone().unwrap_or_default(),
                image: definition.image.clone(),
                last_status: PENDING.to_owned(),
                health_status: "UNKNOWN".to_owned(),
                cpu: number(definition.cpu),
                memory: definition.memory.map(|memory| memory.to_string()),
                memory_reservation: definition.memory_reservation.map(|memory| memory.to_string()),
                ..Container::default()
            })
            .collect();
        let is_fargate = self.placement.launch_type == LaunchType::Fargate;
        // A task that needs no network interface is PROVISIONING only while it waits for a
        // container instance.
        let is_attached = attachment.is_none() && !waits;
        let mut tags = self.tags.clone();
        if self.managed_tags {
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html#managed-tags
            tags.insert("aws:ecs:clusterName".to_owned(), self.cluster.to_owned());
            if let Some(service) = &self.service {
                tags.insert("aws:ecs:serviceName".to_owned(), service.clone());
            }
        }
        let storage = || self.definition.ephemeral_storage.as_ref().and_then(|s| s.size_in_gi_b);
        let storage =
            self.overridden(|o| o.ephemeral_storage.as_ref()?.size_in_gi_b).or_else(storage);
        let storage = is_fargate.then(|| storage.unwrap_or(STORAGE_IN_GIB));
        let task = Task {
            attachments: attachment.into_iter().collect(),
            attributes: vec![Attribute {
                name: Some("ecs.cpu-architecture".to_owned()),
                value: Some(architecture(self.definition)),
                ..Attribute::default()
            }],
            availability_zone: Some(format!("{}a", location.region)),
            capacity_provider_name: self.placement.capacity_provider.clone(),
            cluster_arn: arn(format!("cluster/{}", self.cluster)),
            container_instance_arn: instance
                .map(|id| arn(format!("container-instance/{}/{id}", self.cluster))),
            containers,
            cpu: self.overridden(|o| o.cpu.clone()).or_else(|| self.definition.cpu.clone()),
            memory: self
                .overridden(|o| o.memory.clone())
                .or_else(|| self.definition.memory.clone()),
            created_at: now,
            desired_status: RUNNING.to_owned(),
            last_status: if is_attached { PENDING } else { PROVISIONING }.to_owned(),
            enable_execute_command: self.enable_execute_command,
            group: Some(self.group.clone()),
            health_status: "UNKNOWN".to_owned(),
            launch_type: self.placement.launch_type.as_str().to_owned(),
            overrides: self.all_overrides(),
            platform_version: is_fargate.then(|| PLATFORM_VERSION.to_owned()),
            platform_family: is_fargate.then(|| "Linux".to_owned()),
            started_by: self.started_by.clone(),
            task_arn,
            task_definition_arn: self.definition.task_definition_arn.clone(),
            version: 1,
            ephemeral_storage: storage.map(|size| EphemeralStorage { size_in_gi_b: Some(size) }),
            fargate_ephemeral_storage: storage.map(|size| TaskEphemeralStorage {
                size_in_gi_b: Some(size),
                ..Default::default()
            }),
            tags: tags.into_iter().map(|(key, value)| Tag::new(key, value)).collect(),
            ..Task::default()
        };
        let kind = if is_attached { StepKind::Start } else { StepKind::Attach };
        let record = TaskRecord {
            exits: vec![None; task.containers.len()],
            task: task.clone(),
            service: self.service,
            next: (!waits).then(|| Step::new(kind, now)),
            waits,
            protected_until: None,
        };
        if let Some(cluster) = call.ecs().clusters.get_mut(self.cluster) {
            cluster.tasks.insert(id, record);
        }
        task
    }

    fn overridden<T>(&self, read: impl Fn(&TaskOverride) -> Option<T>) -> Option<T> {
        self.overrides.and_then(read)
    }

    /// Returns the ID of the container instance with the fewest tasks, or `None` if the task runs
    /// on Fargate or the cluster has no ACTIVE container instance.
    fn instance(&self, call: &Call<'_>) -> Option<String> {
        if self.placement.launch_type == LaunchType::Fargate {
            return None;
        }
        let cluster = call.ecs_seen()?.clusters.get(self.cluster)?;
        let tasks = |id: &str| {
            let here =
                |task: &&TaskRecord| task.container_instance() == Some(id) && !task.is_stopped();
            cluster.tasks.values().filter(here).count()
        };
        cluster.active_instances().min_by_key(|id| tasks(id)).map(str::to_owned)
    }

    /// Returns the overrides as ECS reports them, with an entry for every container.
    fn all_overrides(&self) -> TaskOverride {
        let given = self.overrides.cloned().unwrap_or_default();
        let mut all = given.container_overrides.unwrap_or_default();
        for ContainerDefinition { name, .. } in &self.definition.container_definitions {
            if !all.iter().any(|one| one.name == *name) {
                all.push(ContainerOverride { name: name.clone(), ..ContainerOverride::default() });
            }
        }
        TaskOverride {
            container_overrides: Some(all),
            inference_accelerator_overrides: Some(
                given.inference_accelerator_overrides.unwrap_or_default(),
            ),
            ..given
        }
    }
}

fn number(number: Option<i32>) -> String {
    number.unwrap_or_default().to_string()
}

fn architecture(definition: &TaskDefinition) -> String {
    let platform = definition.runtime_platform.as_ref();
    let name = platform.and_then(|platform| platform.cpu_architecture.as_deref());
    name.unwrap_or("x86_64").to_lowercase()
}

fn detail(name: &str, value: impl Into<String>) -> KeyValuePair {
    KeyValuePair { name: Some(name.to_owned()), value: Some(value.into()) }
}

/// Creates a network interface for a task. `attach` attaches it later.
fn attachment(call: &mut Call<'_>, network: &AwsVpcConfiguration) -> Attachment {
    let subnet = network.subnets.iter().flatten().next().cloned().unwrap_or_default();
    Attachment {
        id: call.world.ids.uuid(),
        r#type: "ElasticNetworkInterface".to_owned(),
        status: "PRECREATED".to_owned(),
        details: vec![detail("subnetId", subnet)],
    }
}

/// Attaches the network interface of a task. The details have the same names as in the example for
/// `aws ecs describe-tasks`:
/// <https://docs.aws.amazon.com/cli/latest/reference/ecs/describe-tasks.html>.
pub(in crate::ecs) fn attach(record: &mut TaskRecord, location: &Location, digits: &str) {
    let Some(attachment) = record.task.attachments.first_mut() else { return };
    "ATTACHED".clone_into(&mut attachment.status);
    let byte = |at: usize| {
        digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).unwrap_or_default()
    };
    let address = format!("10.0.{}.{}", byte(0), byte(2).max(4));
    let suffix = if location.region.as_str() == "us-east-1" {
        "ec2.internal".to_owned()
    } else {
        format!("{}.compute.internal", location.region)
    };
    let mac = format!(
        "0a:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}",
        byte(4),
        byte(6),
        byte(8),
        byte(10),
        byte(12)
    );
    attachment.details.extend([
        detail("networkInterfaceId", format!("eni-{digits}")),
        detail("macAddress", mac),
        detail("privateDnsName", format!("ip-{}.{suffix}", address.replace('.', "-"))),
        detail("privateIPv4Address", address.clone()),
    ]);
    let id = attachment.id.clone();
    for container in &mut record.task.containers {
        container.network_interfaces = vec![crate::ecs::NetworkInterface {
            attachment_id: Some(id.clone()),
            private_ipv4_address: Some(address.clone()),
            ipv6_address: None,
        }];
    }
}
