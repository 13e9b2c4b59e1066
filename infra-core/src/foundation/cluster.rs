//! The cluster and its capacity providers, which a single `CreateCluster` call creates.

mod fields;
mod plan;
mod settings;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::Arn;
use crate::engine::{
    Address, Calls, ChangeKind, Component, Declaration, Detail, Draft, Evidence, FieldChange,
    Finding, Goal,
};
use crate::error::{Effect, Error, ErrorKind, OrAbsent, Result};
use crate::operation::ecs;
use crate::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterSpec, ClusterStatus, ClusterUpdate,
    Providers,
};
use crate::resource::{
    Ownership, Permission, SEEN_WITHIN, TagChanges, UnmanagedAction, accept_found, other_findings,
    still_managed, tag_findings,
};
use crate::tags::Tags;

use super::address;
pub use settings::{
    ClusterSettings, DesiredCluster, ExecuteCommandSettings, ManagedStorageSettings,
};

/// The maximum time to wait for a cluster to settle, the same as in Terraform's AWS provider.
const SETTLING: Duration = Duration::from_mins(10);

#[derive(Debug)]
pub(super) struct ClusterComponent {
    desired: DesiredCluster,
    providers: Providers,
    main: Address,
    capacity: Address,
}

/// The observed cluster. An INACTIVE cluster counts as absent.
#[derive(Debug, Default)]
pub(super) struct ObservedCluster {
    cluster: Option<Cluster>,
    /// Whether AWS still returns a deleted (INACTIVE) cluster with this name.
    deleted: bool,
    services: Vec<String>,
    tasks: Vec<String>,
    container_instances: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClusterAction {
    Create(ClusterSpec),
    Update(ClusterUpdate),
    PutCapacity(CapacityProviders),
    /// Waits until a change that an earlier run started is complete.
    Settle,
    Tag(Arn, Tags),
    Untag(Arn, Vec<String>),
    Delete,
}

impl ClusterComponent {
    pub(super) fn new(desired: DesiredCluster, providers: &Providers) -> Self {
        let (main, capacity) = (address::cluster(), address::capacity_providers());
        Self { desired, providers: providers.clone(), main, capacity }
    }

    fn name(&self) -> &str {
        self.desired.spec.name.as_str()
    }

    /// Returns the cluster's capacity providers that are not in the configuration. AWS's own
    /// providers are not included, because the configuration always manages them. The remaining
    /// providers belong to Auto Scaling groups or Managed Instances.
    fn other_providers(&self, found: &Cluster) -> BTreeSet<String> {
        let wanted = &self.desired.spec.capacity.providers;
        let others = found.capacity.providers.difference(wanted);
        others.filter(|name| !is_fargate(name)).cloned().collect()
    }

    /// Returns the capacity providers to set. `PutClusterCapacityProviders` replaces the whole
    /// list, so the list must include the unmanaged providers that are to be kept.
    fn wanted_capacity(&self, found: &Cluster) -> CapacityProviders {
        let mut capacity = self.desired.spec.capacity.clone();
        if self.desired.unmanaged_providers == UnmanagedAction::Report {
            capacity.providers.extend(self.other_providers(found));
        }
        capacity
    }

    fn capacity_differences(&self, found: &Cluster) -> Vec<FieldChange> {
        // The value is destructured so that a new field causes a compile error until the field is
        // handled here.
        let CapacityProviders { providers, default_strategy } = &self.wanted_capacity(found);
        let mut fields = Vec::new();
        if found.capacity.providers != *providers {
            let before = &found.capacity.providers;
            fields.push(FieldChange::new("capacity_providers", before, providers));
        }
        if found.capacity.default_strategy != *default_strategy {
            let before = &found.capacity.default_strategy;
            let path = "default_capacity_provider_strategy";
            fields.push(FieldChange::new(path, before, default_strategy));
        }
        fields
    }

    async fn create(&self, spec: &ClusterSpec, calls: &Calls<'_>) -> Result<()> {
        let clusters = self.providers.clusters();
        let refusal = match calls.call(ecs::CREATE_CLUSTER, || clusters.create_cluster(spec)).await
        {
            // The create call sets the tags, so a returned cluster that has all of them is managed.
            Ok(cluster) if spec.tags.missing_from(&cluster.tags).is_empty() => {
                let cluster =
                    if cluster.is_settled() { cluster } else { self.settle(calls).await? };
                return set_up(&self.main, cluster).map(drop);
            }
            // If an ACTIVE cluster with this name and these settings already exists, ECS returns
            // that cluster without an error, even if it belongs to someone else:
            // https://github.com/hashicorp/terraform-provider-aws/issues/38875.
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Some(error),
            Err(error) => return Err(error),
        };
        let found = self.seen(calls).await?;
        let ownership = Ownership::by_name_tag(&found.tags, &spec.tags);
        let managed = ownership == Ownership::Managed;
        let found = if managed && !found.is_settled() { self.settle(calls).await? } else { found };
        let mut differences = self.differences(&found);
        differences.extend(self.capacity_differences(&found));
        accept_found(&ownership, &found.tags, &spec.tags, &differences).map_err(|judged| {
            match refusal {
                Some(refusal) => judged.with_source(refusal),
                None => judged,
            }
        })?;
        set_up(&self.main, found).map(drop)
    }

    /// Waits until `DescribeClusters` returns a cluster that has the configured name and is not
    /// INACTIVE. Returns that cluster.
    async fn seen(&self, calls: &Calls<'_>) -> Result<Cluster> {
        let name = &self.desired.spec.name;
        let look = || async {
            let describe =
                self.providers.clusters().describe_cluster(name, self.reads_configuration());
            Ok(describe.await.or_absent()?.filter(|found| found.status != ClusterStatus::Inactive))
        };
        calls
            .until(ecs::DESCRIBE_CLUSTERS, "the cluster to become visible", SEEN_WITHIN, look)
            .await
    }

    /// Waits until the cluster has settled, and returns it.
    async fn settle(&self, calls: &Calls<'_>) -> Result<Cluster> {
        let name = &self.desired.spec.name;
        let describe = || self.providers.clusters().describe_cluster(name, false);
        let look = || async {
            let cluster = describe().await.or_absent()?;
            Ok(cluster
                .filter(|found| found.status != ClusterStatus::Inactive && found.is_settled()))
        };
        let waiting_for = "the cluster's capacity providers to be set up";
        set_up(&self.main, calls.until(ecs::DESCRIBE_CLUSTERS, waiting_for, SETTLING, look).await?)
    }
}

#[async_trait]
impl Component for ClusterComponent {
    type Observed = ObservedCluster;
    type Action = ClusterAction;

    fn declarations(&self) -> Vec<Declaration> {
        let name = self.name().to_owned();
        vec![
            Declaration { address: self.main.clone(), name: name.clone(), depends_on: Vec::new() },
            Declaration {
                address: self.capacity.clone(),
                name,
                depends_on: vec![self.main.clone()],
            },
        ]
    }

    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<ObservedCluster> {
        let (name, clusters) = (&self.desired.spec.name, self.providers.clusters());
        let describe = || clusters.describe_cluster(name, self.reads_configuration());
        let cluster = calls.call(ecs::DESCRIBE_CLUSTERS, describe).await.or_absent()?;
        let deleted = cluster.as_ref().is_some_and(|it| it.status == ClusterStatus::Inactive);
        let mut observed = ObservedCluster { deleted, ..ObservedCluster::default() };
        let Some(cluster) = cluster.filter(|_| !deleted) else {
            return Ok(observed);
        };
        // A FAILED cluster is replaced only if it is empty, so its contents are always needed. If
        // the counts of services, tasks and instances in the `DescribeClusters` response are all
        // zero, there is nothing to list.
        let detail = match cluster.status {
            ClusterStatus::Failed => Detail::Contents,
            _ => detail,
        };
        if detail == Detail::Contents && !cluster.counts.is_empty() {
            let services = calls.call(ecs::LIST_SERVICES, || clusters.list_services(name));
            let tasks = calls.call(ecs::LIST_TASKS, || clusters.list_tasks(name));
            let instances = calls
                .call(ecs::LIST_CONTAINER_INSTANCES, || clusters.list_container_instances(name));
            let (services, tasks, instances) = futures_util::try_join!(services, tasks, instances)?;
            observed.services = services;
            observed.tasks = tasks;
            observed.container_instances = instances;
        }
        observed.cluster = Some(cluster);
        Ok(observed)
    }

    fn evidence(&self, observed: &ObservedCluster, evidence: &mut Evidence) {
        let wanted = &self.desired.spec.tags;
        let managed =
            |found: &Cluster| Ownership::by_name_tag(&found.tags, wanted) == Ownership::Managed;
        // Even a deleted cluster is evidence that the foundation was in this region. With this
        // evidence, a later run can continue an interrupted deletion.
        if observed.deleted || observed.cluster.as_ref().is_some_and(managed) {
            evidence.add_found(&self.main);
        }
    }

    fn plan(&self, goal: Goal, observed: &ObservedCluster, draft: &mut Draft<ClusterAction>) {
        // If the foundation is to be created or updated, a cluster that is being deleted counts as
        // absent. The create call is then retried until the deletion is complete.
        let leaving = |found: &Cluster| found.status == ClusterStatus::Deprovisioning;
        let present = matches!(goal, Goal::Present { .. });
        let found = observed.cluster.as_ref().filter(|found| !(present && leaving(found)));
        let wanted = &self.desired.spec.tags;
        let ownership = found.map(|found| {
            let own = Ownership::by_name_tag(&found.tags, wanted);
            draft.evidence().ownership(&self.main, own)
        });
        let permission = Permission::of(goal, ownership);
        let refused = permission.refuse(goal, (&self.main, self.name()), draft);
        match (goal, found) {
            (Goal::Present { .. }, _) if refused => {}
            (Goal::Present { .. }, None) => self.plan_create(draft),
            (Goal::Present { .. }, Some(found)) => {
                self.plan_present(found, observed, &permission, draft);
            }
            (Goal::Absent { .. }, Some(_)) if !refused => self.plan_delete(observed, draft),
            (Goal::Absent { .. }, _) => {
                draft.change(&self.main, self.name(), ChangeKind::NoOp, Vec::new());
                draft.change(&self.capacity, self.name(), ChangeKind::NoOp, Vec::new());
            }
        }
    }

    async fn confirm(&self, calls: &Calls<'_>) -> Result<()> {
        let (name, clusters) = (&self.desired.spec.name, self.providers.clusters());
        let describe = || clusters.describe_cluster(name, false);
        let found = calls.find(ecs::DESCRIBE_CLUSTERS, describe).await?;
        match found.filter(|found| found.status != ClusterStatus::Inactive) {
            Some(found) => {
                still_managed(&Ownership::by_name_tag(&found.tags, &self.desired.spec.tags))
            }
            None => Ok(()),
        }
    }

    async fn perform(&self, action: &ClusterAction, calls: &Calls<'_>) -> Result<()> {
        let (name, clusters) = (&self.desired.spec.name, self.providers.clusters());
        match action {
            ClusterAction::Create(spec) => self.create(spec, calls).await,
            ClusterAction::Update(update) => {
                calls.call(ecs::UPDATE_CLUSTER, || clusters.update_cluster(name, update)).await?;
                match update.service_connect_namespace {
                    Some(_) => self.settle(calls).await.map(drop),
                    None => Ok(()),
                }
            }
            ClusterAction::PutCapacity(capacity) => {
                let put = || clusters.put_capacity_providers(name, capacity);
                calls.call(ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, put).await?;
                self.settle(calls).await.map(|_| ())
            }
            ClusterAction::Settle => self.settle(calls).await.map(drop),
            ClusterAction::Tag(arn, tags) => {
                calls.call(ecs::TAG_RESOURCE, || clusters.tag_cluster(arn, tags)).await
            }
            ClusterAction::Untag(arn, keys) => {
                calls.call(ecs::UNTAG_RESOURCE, || clusters.untag_cluster(arn, keys)).await
            }
            ClusterAction::Delete => {
                calls.delete(ecs::DELETE_CLUSTER, || clusters.delete_cluster(name)).await?;
                let describe = || async {
                    let cluster = clusters.describe_cluster(name, false).await?;
                    if cluster.status == ClusterStatus::Inactive {
                        return Err(Error::new(ErrorKind::NotFound, "the cluster is INACTIVE"));
                    }
                    Ok(cluster)
                };
                calls.until_absent(ecs::DESCRIBE_CLUSTERS, SETTLING, describe).await
            }
        }
    }

    fn inspect(&self, observed: &ObservedCluster) -> Vec<Finding> {
        let ClusterSpec { name, capacity, tags, .. } = &self.desired.spec;
        let Some(cluster) = &observed.cluster else {
            return vec![
                Finding::equal(&self.main, "Cluster", name.as_str(), "absent"),
                Finding::equal(
                    &self.capacity,
                    "Capacity providers",
                    list(&capacity.providers),
                    "absent",
                ),
            ];
        };
        let others = self.other_providers(cluster);
        let mut own = cluster.capacity.clone();
        own.providers.retain(|name| !others.contains(name));
        let (main, providers) = (&self.main, &self.capacity);
        let mut findings = vec![
            Finding::equal(main, "Cluster", name.as_str(), cluster.name.as_str()),
            Finding::equal(main, "Status", ClusterStatus::Active.as_str(), cluster.status.as_str()),
            Finding::equal(
                main,
                "Launch type",
                launch_type(&capacity.providers),
                launch_type(&own.providers),
            ),
        ];
        findings.extend(self.fields(Some(cluster)).iter().map(|it| it.finding(main, "not set")));
        findings.extend([
            Finding::equal(
                providers,
                "Capacity providers",
                list(&capacity.providers),
                list(&own.providers),
            ),
            Finding::equal(providers, "Default strategy", strategy(capacity), strategy(&own)),
            Finding::info(main, "Services", cluster.counts.active_services.to_string()),
            Finding::info(main, "Running tasks", cluster.counts.running_tasks.to_string()),
            Finding::info(main, "Pending tasks", cluster.counts.pending_tasks.to_string()),
        ]);
        let others: Vec<String> = others.into_iter().collect();
        let (removed, left) = match self.desired.unmanaged_providers {
            UnmanagedAction::Report => (Vec::new(), others),
            UnmanagedAction::Remove => (others, Vec::new()),
        };
        findings.extend(other_findings(providers, "Other capacity providers", &removed, &left));
        if let Some(status) = cluster.attachments.as_ref().filter(|status| unfinished(status)) {
            let complete = AttachmentsStatus::UpdateComplete.as_str();
            let finding =
                Finding::equal(providers, "Capacity provider update", complete, status.as_str());
            findings.push(finding);
        }
        let changes = TagChanges::between(&cluster.tags, tags, self.desired.unmanaged_tags);
        findings.extend(tag_findings(main, tags, &cluster.tags, &changes));
        findings
    }
}

/// Returns the launch types that the capacity providers allow.
fn launch_type(providers: &BTreeSet<String>) -> &'static str {
    let fargate = |name: &String| is_fargate(name);
    match (providers.iter().any(fargate), providers.iter().all(fargate)) {
        (true, true) => "Fargate",
        (true, false) => "Fargate, and custom capacity providers",
        (false, false) => "custom capacity providers",
        (false, true) => "none",
    }
}

/// Returns whether a capacity provider is one of AWS's own providers for Fargate.
fn is_fargate(name: &str) -> bool {
    matches!(name, "FARGATE" | "FARGATE_SPOT")
}

/// Returns whether the last update of the cluster's attachments failed or is still in progress.
fn unfinished(status: &AttachmentsStatus) -> bool {
    matches!(status, AttachmentsStatus::UpdateInProgress | AttachmentsStatus::UpdateFailed)
}

fn list(names: &std::collections::BTreeSet<String>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn strategy(capacity: &CapacityProviders) -> String {
    let items = capacity.default_strategy.iter().map(|item| {
        format!("{} (base {}, weight {})", item.capacity_provider, item.base, item.weight)
    });
    let items: Vec<String> = items.collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

/// Returns the cluster, or an error if its setup failed.
fn set_up(main: &Address, cluster: Cluster) -> Result<Cluster> {
    let failed = cluster.status == ClusterStatus::Failed
        || cluster.attachments == Some(AttachmentsStatus::UpdateFailed);
    if !failed {
        return Ok(cluster);
    }
    let message = "ECS could not set up the cluster's capacity providers";
    Err(Error::new(ErrorKind::Service, message)
        .with_operation(ecs::DESCRIBE_CLUSTERS)
        .with_effect(Effect::None)
        .for_resource(main.as_str())
        .with_hint("check the cluster's attachments with `aws ecs describe-clusters --include ATTACHMENTS`"))
}

#[cfg(test)]
mod tests {
    use super::{AttachmentsStatus, Cluster, ClusterStatus, address, launch_type, set_up};
    use crate::provider::{CapacityProviders, ClusterConfiguration, ClusterCounts};
    use crate::tags::Tags;

    #[test]
    fn launch_type_follows_from_the_capacity_providers() {
        let of = |names: &[&str]| launch_type(&names.iter().map(|name| (*name).into()).collect());
        assert_eq!(of(&["FARGATE"]), "Fargate");
        assert_eq!(of(&["FARGATE", "FARGATE_SPOT"]), "Fargate");
        assert_eq!(of(&["FARGATE", "gpu"]), "Fargate, and custom capacity providers");
        assert_eq!(of(&["gpu"]), "custom capacity providers");
        assert_eq!(of(&[]), "none");
    }

    fn settled(status: ClusterStatus, attachments: AttachmentsStatus) -> bool {
        let cluster = Cluster {
            name: "demo".parse().unwrap(),
            arn: "arn:aws:ecs:us-east-1:123456789012:cluster/demo".parse().unwrap(),
            status,
            container_insights: None,
            configuration: ClusterConfiguration::default(),
            service_connect_namespace: None,
            capacity: CapacityProviders::fargate(),
            attachments: Some(attachments),
            tags: Tags::new(),
            counts: ClusterCounts::default(),
        };
        set_up(&address::cluster(), cluster).is_ok()
    }

    #[test]
    fn cluster_whose_setup_failed_is_an_error() {
        assert!(settled(ClusterStatus::Active, AttachmentsStatus::UpdateComplete));
        assert!(!settled(ClusterStatus::Failed, AttachmentsStatus::UpdateComplete));
        assert!(!settled(ClusterStatus::Active, AttachmentsStatus::UpdateFailed));
    }
}
