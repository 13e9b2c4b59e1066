//! What has to change about the repository and its policy.

use crate::engine::{ChangeKind, Draft, FieldChange, Phase};
use crate::operation::ecr;
use crate::provider::{Repository, RepositorySpec};

use super::super::address;
use super::super::ownership::{Standing, TagChanges, TagStep, counted, tags_to_set};
use super::super::role::policy_value;
use super::{ObservedRepository, RepositoryAction, RepositoryComponent, encryption, mutability};

impl RepositoryComponent {
    pub(super) fn plan_lifecycle(
        &self,
        found: Option<&str>,
        fields: &mut Vec<FieldChange>,
        draft: &mut Draft<RepositoryAction>,
    ) {
        if let Some((field, action)) = self.lifecycle_difference(found) {
            let operation = match action {
                RepositoryAction::DeleteLifecycle => ecr::DELETE_LIFECYCLE_POLICY,
                _ => ecr::PUT_LIFECYCLE_POLICY,
            };
            fields.push(field);
            draft.step(&self.main, Phase::Adjust, operation, action);
        }
    }

    pub(super) fn plan_create(
        &self,
        kind: ChangeKind,
        changed: Vec<FieldChange>,
        draft: &mut Draft<RepositoryAction>,
    ) {
        let RepositorySpec { name, tag_mutability, scan_on_push, encryption: wanted, tags } =
            &self.desired.spec;
        let mut fields = changed;
        if kind == ChangeKind::Create {
            fields.push(FieldChange::set("image_tag_mutability", mutability(tag_mutability)));
            fields.push(FieldChange::set("scan_on_push", scan_on_push));
            fields.push(FieldChange::set("encryption", encryption(wanted)));
            fields.extend(tags_to_set(tags));
        }
        let create = RepositoryAction::Create(self.desired.spec.clone());
        draft.step(&self.main, Phase::Establish, ecr::CREATE_REPOSITORY, create);
        self.plan_lifecycle(None, &mut fields, draft);
        draft.change(&self.main, name.as_str(), kind, fields);
        self.plan_policy(kind, FieldChange::set("policy", &self.desired.policy), draft);
    }

    pub(super) fn plan_policy(
        &self,
        kind: ChangeKind,
        field: FieldChange,
        draft: &mut Draft<RepositoryAction>,
    ) {
        draft.change(&self.policy, self.name(), kind, vec![field]);
        // Setting makes and replaces alike; either way the policy stands only afterwards.
        let action = RepositoryAction::SetPolicy(self.desired.policy.clone());
        draft.step(&self.policy, Phase::Adjust, ecr::SET_REPOSITORY_POLICY, action);
    }

    pub(super) fn plan_present(
        &self,
        found: &Repository,
        observed: &ObservedRepository,
        standing: &Standing,
        draft: &mut Draft<RepositoryAction>,
    ) {
        let spec = &self.desired.spec;
        let fixed = self.fixed_differences(found);
        standing.guard(&self.main, &fixed, draft);
        if !fixed.is_empty() {
            let images = observed.images.unwrap_or_default();
            if images > 0 && !self.desired.force_delete {
                let held = counted(images, "image");
                let message = format!("replacing it would delete {held}, and force_delete is off");
                let hint = "set repository.force_delete = true, or take the change back";
                draft.blocker(&self.main, message, hint);
            }
            let held = counted(images, "image");
            draft.notice(&self.main, format!("replacing the repository deletes {held}"));
            let delete = RepositoryAction::Delete { force: self.desired.force_delete };
            draft.step(&self.main, Phase::Remove, ecr::DELETE_REPOSITORY, delete);
            return self.plan_create(ChangeKind::Replace, fixed, draft);
        }
        let mut fields = Vec::new();
        if let Some(change) = self.mutability_difference(found) {
            fields.push(change);
            let action = RepositoryAction::SetMutability(spec.tag_mutability.clone());
            draft.step(&self.main, Phase::Adjust, ecr::PUT_IMAGE_TAG_MUTABILITY, action);
        }
        if let Some(change) = self.scanning_difference(found) {
            fields.push(change);
            let action = RepositoryAction::SetScanning(spec.scan_on_push);
            draft.step(&self.main, Phase::Adjust, ecr::PUT_IMAGE_SCANNING_CONFIGURATION, action);
        }
        self.plan_lifecycle(observed.lifecycle.as_deref(), &mut fields, draft);
        let tags = TagChanges::between(&observed.tags, &spec.tags, self.desired.unmanaged_tags);
        tags.plan(&self.main, draft, |draft, change| match change {
            TagStep::Set(tags) => {
                let action = RepositoryAction::Tag(tags);
                draft.step(&self.main, Phase::Adjust, ecr::TAG_RESOURCE, action)
            }
            TagStep::Remove(keys) => {
                let action = RepositoryAction::Untag(keys);
                draft.step(&self.main, Phase::Adjust, ecr::UNTAG_RESOURCE, action)
            }
        });
        fields.extend(tags.fields);
        draft.change(&self.main, self.name(), standing.action(&fields), fields);

        match &observed.policy {
            None => {
                let field = FieldChange::set("policy", &self.desired.policy);
                self.plan_policy(ChangeKind::Create, field, draft);
            }
            Some(text) if text.means_the_same(&self.desired.policy) => {
                draft.change(&self.policy, self.name(), ChangeKind::NoOp, Vec::new());
                // ECR keeps the id of the role that the policy was set with. Where that role is gone and is
                // made anew, the policy may still show its ARN for a while, and never means the new one.
                draft.rebind(
                    &self.policy,
                    &address::execution_role(),
                    (
                        FieldChange::new("policy", policy_value(text), &self.desired.policy),
                        "the policy is set again, because its role is made anew and gets another id",
                    ),
                    ecr::SET_REPOSITORY_POLICY,
                    RepositoryAction::SetPolicy(self.desired.policy.clone()),
                );
            }
            Some(text) => {
                for orphan in text.document().iter().flat_map(|found| found.orphaned_principals()) {
                    let message = format!("the policy names {orphan}; it will be set anew");
                    draft.notice(&self.policy, message);
                }
                let field = FieldChange::new("policy", policy_value(text), &self.desired.policy);
                self.plan_policy(ChangeKind::Update, field, draft);
            }
        }
    }

    pub(super) fn plan_delete(
        &self,
        observed: &ObservedRepository,
        force: bool,
        draft: &mut Draft<RepositoryAction>,
    ) {
        let force = force || self.desired.force_delete;
        let images = observed.images.unwrap_or_default();
        if images > 0 && force {
            draft.notice(&self.main, format!("deletes {}", counted(images, "image")));
        } else if images > 0 {
            let message = format!(
                "the repository holds {}, and force_delete is off",
                counted(images, "image")
            );
            draft.blocker(&self.main, message, "pass --force, or delete the images first");
        }
        draft.change(&self.main, self.name(), ChangeKind::Delete, Vec::new());
        let policy = match observed.policy {
            Some(_) => ChangeKind::Delete,
            None => ChangeKind::NoOp,
        };
        draft.change(&self.policy, self.name(), policy, Vec::new());
        // The policy goes with its repository: one call removes both.
        draft.step_for(
            &self.main,
            std::slice::from_ref(&self.policy),
            Phase::Remove,
            ecr::DELETE_REPOSITORY,
            RepositoryAction::Delete { force },
        );
    }
}
