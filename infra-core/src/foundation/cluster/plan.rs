//! Plans changes to the cluster and its capacity providers.

use crate::engine::{Address, ChangeKind, Draft, FieldChange, Phase};
use crate::operation::ecs;
use crate::provider::{AttachmentsStatus, CapacityProviders, Cluster, ClusterSpec, ClusterStatus};
use crate::resource::{Field, Permission, TagChange, TagChanges, UnmanagedAction, tags_to_set};

use super::{ClusterAction, ClusterComponent, ObservedCluster, unfinished};

impl ClusterComponent {
    pub(super) fn plan_create(&self, draft: &mut Draft<ClusterAction>) {
        let ClusterSpec { name, capacity, tags, .. } = &self.desired.spec;
        let fields = self.fields(None);
        let fields = fields.iter().filter_map(Field::creation).chain(tags_to_set(tags)).collect();
        draft.change(&self.main, name.as_str(), ChangeKind::Create, fields);
        let CapacityProviders { providers, default_strategy } = capacity;
        let fields = vec![
            FieldChange::set("capacity_providers", providers),
            FieldChange::set("default_capacity_provider_strategy", default_strategy),
        ];
        draft.change(&self.capacity, name.as_str(), ChangeKind::Create, fields);
        self.plan_creation(draft);
    }

    /// Plans the call that creates the cluster with its capacity providers.
    fn plan_creation(&self, draft: &mut Draft<ClusterAction>) {
        draft.step_for(
            &self.main,
            std::slice::from_ref(&self.capacity),
            Phase::Establish,
            ecs::CREATE_CLUSTER,
            ClusterAction::Create(self.desired.spec.clone()),
        );
    }

    /// Plans the changes to an existing cluster, depending on the status of the cluster and of its
    /// attachments:
    ///
    /// - FAILED: ECS could not create the resources that the capacity providers need, and no
    ///   documented operation repairs this. The cluster is replaced, unless it has contents.
    /// - PROVISIONING: the run waits until the setup is complete. A run that continues an
    ///   interrupted run therefore ends with a working cluster or an error.
    /// - DEPROVISIONING or INACTIVE: the caller treats the cluster as absent, and does not call
    ///   this method.
    /// - Attachments: if they are being updated, the run waits. If their last update failed, the
    ///   run sets the capacity providers again.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html>.
    pub(super) fn plan_present(
        &self,
        found: &Cluster,
        observed: &ObservedCluster,
        permission: &Permission,
        draft: &mut Draft<ClusterAction>,
    ) {
        if found.status == ClusterStatus::Failed {
            return self.plan_replacement(observed, permission, draft);
        }
        let spec = &self.desired.spec;
        let mut fields = self.differences(found);
        // A change to the namespace or to the capacity providers also changes the cluster's
        // attachments. ECS accepts only one such change at a time.
        let mut attaching = None;
        if !fields.is_empty() {
            let update = self.update(found, &fields);
            let attaches = update.service_connect_namespace.is_some();
            let action = ClusterAction::Update(update);
            let update = draft.step(&self.main, Phase::Adjust, ecs::UPDATE_CLUSTER, action);
            attaching = attaches.then_some(update);
        }
        let tags = TagChanges::between(&found.tags, &spec.tags, self.desired.unmanaged_tags);
        tags.plan(&self.main, draft, |draft, change| match change {
            TagChange::Set(tags) => {
                let action = ClusterAction::Tag(found.arn.clone(), tags);
                draft.step(&self.main, Phase::Adjust, ecs::TAG_RESOURCE, action)
            }
            TagChange::Remove(keys) => {
                let action = ClusterAction::Untag(found.arn.clone(), keys);
                draft.step(&self.main, Phase::Adjust, ecs::UNTAG_RESOURCE, action)
            }
        });
        fields.extend(tags.fields);

        let others: Vec<String> = self.other_providers(found).into_iter().collect();
        if self.desired.unmanaged_providers == UnmanagedAction::Report && !others.is_empty() {
            let list = others.join(", ");
            let message = format!("keeps unmanaged capacity providers: {list}");
            draft.notice(&self.capacity, message);
        }
        let mut capacity_fields = self.capacity_differences(found);
        let put = !capacity_fields.is_empty()
            || found.attachments == Some(AttachmentsStatus::UpdateFailed);
        if let Some(status) = found.attachments.as_ref().filter(|status| unfinished(status)) {
            let after = AttachmentsStatus::UpdateComplete;
            capacity_fields.push(FieldChange::new("attachments_status", status, after));
        }
        let mut settle = |address: &Address, also: &[Address]| {
            let (phase, operation) = (Phase::Adjust, ecs::DESCRIBE_CLUSTERS);
            draft.step_for(address, also, phase, operation, ClusterAction::Settle)
        };
        let settled = if found.status == ClusterStatus::Provisioning {
            fields.push(FieldChange::new("status", &found.status, ClusterStatus::Active));
            let also = if put { &[][..] } else { std::slice::from_ref(&self.capacity) };
            Some(settle(&self.main, also))
        } else if !found.is_settled() && !put {
            Some(settle(&self.capacity, &[]))
        } else {
            None
        };
        if let Some(update) = attaching {
            draft.order(settled, update);
        }
        if put {
            let action = ClusterAction::PutCapacity(self.wanted_capacity(found));
            let operation = ecs::PUT_CLUSTER_CAPACITY_PROVIDERS;
            let put = draft.step(&self.capacity, Phase::Adjust, operation, action);
            draft.order(settled.into_iter().chain(attaching), put);
        }
        draft.change(&self.main, self.name(), permission.action(&fields), fields);
        let kind = if capacity_fields.is_empty() { ChangeKind::NoOp } else { ChangeKind::Update };
        draft.change(&self.capacity, self.name(), kind, capacity_fields);
    }

    /// Plans the replacement of a cluster whose setup failed.
    fn plan_replacement(
        &self,
        observed: &ObservedCluster,
        permission: &Permission,
        draft: &mut Draft<ClusterAction>,
    ) {
        let (main, name) = (&self.main, self.name());
        let look = format!("aws ecs describe-clusters --clusters {name} --include ATTACHMENTS");
        if *permission == Permission::Adopted {
            let message =
                "the cluster could not be set up, so adopting it would delete and recreate it";
            draft.blocker(
                main,
                message,
                format!("find the reason with `{look}`, then delete the cluster manually"),
            );
        }
        self.plan_blockers(observed, draft);
        let notice = format!(
            "ECS could not set up the cluster's capacity providers; the cluster is replaced (see `{look}`)"
        );
        draft.notice(main, notice);
        let status = FieldChange::new("status", ClusterStatus::Failed, ClusterStatus::Active);
        draft.change(main, name, ChangeKind::Replace, vec![status]);
        draft.change(&self.capacity, name, ChangeKind::Replace, Vec::new());
        self.plan_removal(draft);
        self.plan_creation(draft);
    }

    /// Reports the contents of the cluster that prevent its deletion.
    fn plan_blockers(&self, observed: &ObservedCluster, draft: &mut Draft<ClusterAction>) {
        let name = self.name();
        let mut block = |what: &str, arns: &[String], hint: String| {
            if !arns.is_empty() {
                let names: Vec<&str> =
                    arns.iter().map(|arn| arn.rsplit('/').next().unwrap_or(arn)).collect();
                let message = format!("the cluster has {what}: {}", names.join(", "));
                draft.blocker(&self.main, message, hint);
            }
        };
        let command = |what: &str| format!("aws ecs {what} --cluster {name}");
        block(
            "services",
            &observed.services,
            format!("delete them: `{} --service NAME --force`", command("delete-service")),
        );
        block("tasks", &observed.tasks, format!("stop them: `{} --task ID`", command("stop-task")));
        block(
            "container instances",
            &observed.container_instances,
            format!(
                "deregister them: `{} --container-instance ID`",
                command("deregister-container-instance")
            ),
        );
    }

    pub(super) fn plan_delete(&self, observed: &ObservedCluster, draft: &mut Draft<ClusterAction>) {
        self.plan_blockers(observed, draft);
        draft.change(&self.main, self.name(), ChangeKind::Delete, Vec::new());
        draft.change(&self.capacity, self.name(), ChangeKind::Delete, Vec::new());
        self.plan_removal(draft);
    }

    fn plan_removal(&self, draft: &mut Draft<ClusterAction>) {
        draft.step_for(
            &self.main,
            std::slice::from_ref(&self.capacity),
            Phase::Remove,
            ecs::DELETE_CLUSTER,
            ClusterAction::Delete,
        );
    }
}
