//! What has to change about a role and its policies.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::arn::Arn;
use crate::engine::{
    Address, ChangeKind, Component, Declaration, Draft, Drafted, FieldChange, Goal, Phase,
};
use crate::operation::iam;
use crate::policy::PolicyDocument;
use crate::provider::{AttachedPolicy, Role, RoleSpec};

use super::super::ownership::{Standing, TagStep, tags_to_set};
use super::super::spec::UnmanagedAction;
use super::{ObservedRole, RoleAction, RoleComponent, policy_value};

impl RoleComponent {
    pub(super) fn foreign<'a>(&self, observed: &'a ObservedRole) -> Foreign<'a> {
        let ours: BTreeSet<String> =
            self.desired.attachments.iter().map(|(_, arn)| arn.to_string()).collect();
        let attached = observed.attached.iter().filter(|policy| !ours.contains(&policy.arn));
        let inline = observed.inline_names.iter().map(String::as_str);
        Foreign {
            attached: attached.collect(),
            inline: inline.filter(|name| *name != self.desired.inline_name.as_str()).collect(),
        }
    }

    pub(super) fn plan_create(
        &self,
        kind: ChangeKind,
        changed: Vec<FieldChange>,
        draft: &mut Draft<RoleAction>,
    ) {
        let role = &self.desired.address;
        let RoleSpec {
            name,
            path,
            trust,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
        } = &self.desired.spec;
        let mut fields = changed;
        if kind == ChangeKind::Create {
            fields.push(FieldChange::set("assume_role_policy", trust));
            fields.push(FieldChange::set("path", path));
            fields.push(FieldChange::set("max_session_duration", max_session_duration));
            fields.extend(description.as_ref().map(|text| FieldChange::set("description", text)));
            let boundary = permissions_boundary.as_ref();
            fields.extend(boundary.map(|arn| FieldChange::set("permissions_boundary", arn)));
            fields.extend(tags_to_set(tags));
        }
        draft.change(role, name.as_str(), kind, fields);
        let create = RoleAction::Create(self.desired.spec.clone());
        draft.step(role, Phase::Establish, iam::CREATE_ROLE, create);
        for (address, arn) in &self.desired.attachments {
            self.plan_attach(address, arn, kind, draft);
        }
        if let Some(document) = &self.desired.inline {
            self.plan_put_inline(document, kind, FieldChange::set("policy", document), draft);
        }
    }

    pub(super) fn plan_attach(
        &self,
        address: &Address,
        arn: &Arn,
        kind: ChangeKind,
        draft: &mut Draft<RoleAction>,
    ) -> Drafted {
        let field = FieldChange::set("policy_arn", arn);
        draft.change(address, self.name(), kind, vec![field]);
        let attach = RoleAction::Attach(arn.clone());
        draft.step(address, Phase::Establish, iam::ATTACH_ROLE_POLICY, attach)
    }

    pub(super) fn plan_put_inline(
        &self,
        document: &PolicyDocument,
        kind: ChangeKind,
        field: FieldChange,
        draft: &mut Draft<RoleAction>,
    ) -> Drafted {
        let (address, name) = (&self.desired.inline_address, &self.desired.inline_name);
        draft.change(address, name.as_str(), kind, vec![field]);
        let put = RoleAction::PutInline(name.clone(), document.clone());
        draft.step(address, Phase::Establish, iam::PUT_ROLE_POLICY, put)
    }

    pub(super) fn plan_present(
        &self,
        found: &Role,
        observed: &ObservedRole,
        standing: &Standing,
        draft: &mut Draft<RoleAction>,
    ) {
        let (role, spec) = (&self.desired.address, &self.desired.spec);
        let fixed = self.fixed_differences(found);
        standing.guard(role, &fixed, draft);
        if !fixed.is_empty() {
            self.plan_removal(observed, Goal::Present { adopt: false }, draft);
            return self.plan_create(ChangeKind::Replace, fixed, draft);
        }
        let mut fields = Vec::new();
        if let Some(change) = self.trust_difference(found) {
            fields.push(change);
            for orphan in
                found.trust.document().iter().flat_map(|trust| trust.orphaned_principals())
            {
                let message = format!("the trust policy names {orphan}; it will be set anew");
                draft.notice(role, message);
            }
            let action = RoleAction::SetTrust(spec.trust.clone());
            draft.step(role, Phase::Adjust, iam::UPDATE_ASSUME_ROLE_POLICY, action);
        }
        let updates = self.update_differences(found);
        if !updates.is_empty() {
            fields.extend(updates);
            let action = RoleAction::Update {
                max_session_duration: spec.max_session_duration,
                description: spec.description.clone(),
            };
            draft.step(role, Phase::Adjust, iam::UPDATE_ROLE, action);
        }
        if let Some(change) = self.boundary_difference(found) {
            fields.push(change);
            let operation = match spec.permissions_boundary {
                Some(_) => iam::PUT_ROLE_PERMISSIONS_BOUNDARY,
                None => iam::DELETE_ROLE_PERMISSIONS_BOUNDARY,
            };
            let action = RoleAction::SetBoundary(spec.permissions_boundary.clone());
            draft.step(role, Phase::Adjust, operation, action);
        }
        let removed = self.plan_foreign(&self.foreign(observed), &mut fields, draft);
        let tags = self.tag_changes(found);
        tags.plan(role, draft, |draft, change| match change {
            TagStep::Set(tags) => {
                draft.step(role, Phase::Adjust, iam::TAG_ROLE, RoleAction::Tag(tags))
            }
            TagStep::Remove(keys) => {
                draft.step(role, Phase::Adjust, iam::UNTAG_ROLE, RoleAction::Untag(keys))
            }
        });
        fields.extend(tags.fields);
        draft.change(role, self.name(), standing.action(&fields), fields);
        // What goes away goes first: a role that has as many policies as it can have takes no other before.
        let attached = self.plan_attachments(observed, draft);
        let embedded = self.plan_inline(observed, draft);
        for step in attached.into_iter().chain(embedded) {
            draft.order(removed.iter().copied(), step);
        }
    }

    /// Attaches what is missing; gives the steps.
    fn plan_attachments(
        &self,
        observed: &ObservedRole,
        draft: &mut Draft<RoleAction>,
    ) -> Vec<Drafted> {
        let mut steps = Vec::new();
        for (address, arn) in &self.desired.attachments {
            let text = arn.to_string();
            if observed.attached.iter().any(|policy| policy.arn == text) {
                draft.change(address, self.name(), ChangeKind::NoOp, Vec::new());
            } else {
                steps.push(self.plan_attach(address, arn, ChangeKind::Create, draft));
            }
        }
        steps
    }

    /// Sets the inline policy right; gives the step that puts it, where one does.
    fn plan_inline(
        &self,
        observed: &ObservedRole,
        draft: &mut Draft<RoleAction>,
    ) -> Option<Drafted> {
        let (address, name) = (&self.desired.inline_address, self.desired.inline_name.as_str());
        match (&self.desired.inline, &observed.inline) {
            (Some(wanted), None) => {
                let field = FieldChange::set("policy", wanted);
                Some(self.plan_put_inline(wanted, ChangeKind::Create, field, draft))
            }
            (Some(wanted), Some(found)) if found.means_the_same(wanted) => {
                draft.change(address, name, ChangeKind::NoOp, Vec::new());
                None
            }
            (Some(wanted), Some(found)) => {
                let field = FieldChange::new("policy", policy_value(found), wanted);
                Some(self.plan_put_inline(wanted, ChangeKind::Update, field, draft))
            }
            (None, _) => {
                self.plan_stale_inline(observed, ChangeKind::Delete, draft);
                None
            }
        }
    }

    /// Our inline policy on a role that is to have none: it is left over from an earlier configuration.
    pub(super) fn plan_stale_inline(
        &self,
        observed: &ObservedRole,
        kind: ChangeKind,
        draft: &mut Draft<RoleAction>,
    ) {
        let (address, name) = (&self.desired.inline_address, self.desired.inline_name.as_str());
        if self.desired.inline.is_some() || !observed.inline_names.iter().any(|other| other == name)
        {
            return;
        }
        draft.declare(Declaration {
            address: address.clone(),
            name: name.to_owned(),
            depends_on: vec![self.desired.address.clone()],
        });
        draft.change(address, name, kind, Vec::new());
        let action = RoleAction::DeleteInline(name.to_owned());
        draft.step(address, Phase::Remove, iam::DELETE_ROLE_POLICY, action);
    }

    /// Reports policies that others put on the role, or removes them where that was asked for; gives the steps
    /// that do.
    fn plan_foreign(
        &self,
        foreign: &Foreign<'_>,
        fields: &mut Vec<FieldChange>,
        draft: &mut Draft<RoleAction>,
    ) -> Vec<Drafted> {
        let role = &self.desired.address;
        match self.desired.unmanaged_policies {
            UnmanagedAction::Report => {
                if let Some(list) = foreign.list() {
                    let message =
                        format!("left policies that the configuration does not name: {list}");
                    draft.notice(role, message);
                }
                Vec::new()
            }
            UnmanagedAction::Remove => {
                for policy in &foreign.attached {
                    let path = format!("managed_policies.{}", policy.name);
                    fields.push(FieldChange::new(path, &policy.arn, Value::Null));
                }
                for name in &foreign.inline {
                    let path = format!("inline_policies.{name}");
                    fields.push(FieldChange::new(path, "present", Value::Null));
                }
                // They stand in the way of nothing but other policies, which are put in order by themselves.
                self.remove_foreign(foreign, Phase::Adjust, draft)
            }
        }
    }

    /// Takes off the role what others put on it.
    fn remove_foreign(
        &self,
        foreign: &Foreign<'_>,
        phase: Phase,
        draft: &mut Draft<RoleAction>,
    ) -> Vec<Drafted> {
        let role = &self.desired.address;
        let attached = foreign
            .attached
            .iter()
            .map(|policy| (iam::DETACH_ROLE_POLICY, RoleAction::Detach(policy.arn.clone())));
        let inline = foreign
            .inline
            .iter()
            .map(|name| (iam::DELETE_ROLE_POLICY, RoleAction::DeleteInline((*name).to_owned())));
        let steps = attached.chain(inline);
        steps.map(|(operation, action)| draft.step(role, phase, operation, action)).collect()
    }

    /// The steps that remove the role with all that is on it, and what stands in their way.
    pub(super) fn plan_removal(
        &self,
        observed: &ObservedRole,
        goal: Goal,
        draft: &mut Draft<RoleAction>,
    ) {
        let role = &self.desired.address;
        let foreign = self.foreign(observed);
        let force = matches!(goal, Goal::Absent { force: true });
        if force || self.desired.unmanaged_policies == UnmanagedAction::Remove {
            if let Some(list) = foreign.list() {
                draft.notice(role, format!("removes policies that others put on the role: {list}"));
            }
            self.remove_foreign(&foreign, Phase::Prepare, draft);
        } else if let Some(list) = foreign.list() {
            let message = format!("others put policies on the role, which keep it: {list}");
            let hint = match goal {
                Goal::Absent { .. } => "take them off, or pass --force",
                Goal::Present { .. } => "take them off, or set unmanaged.policies = \"remove\"",
            };
            draft.blocker(role, message, hint);
        }
        if !observed.instance_profiles.is_empty() {
            let message = format!(
                "instance profiles hold the role: {}",
                observed.instance_profiles.join(", ")
            );
            let hint = "take it out: `aws iam remove-role-from-instance-profile`";
            draft.blocker(role, message, hint);
        }
        for (address, arn) in &self.desired.attachments {
            let arn = arn.to_string();
            if observed.attached.iter().any(|policy| policy.arn == arn) {
                let detach = RoleAction::Detach(arn);
                draft.step(address, Phase::Remove, iam::DETACH_ROLE_POLICY, detach);
            }
        }
        if self.desired.inline.is_some() && observed.inline.is_some() {
            let delete = RoleAction::DeleteInline(self.desired.inline_name.to_string());
            let address = &self.desired.inline_address;
            draft.step(address, Phase::Remove, iam::DELETE_ROLE_POLICY, delete);
        }
        self.plan_stale_inline(observed, ChangeKind::Delete, draft);
        draft.step(role, Phase::Remove, iam::DELETE_ROLE, RoleAction::Delete);
    }

    pub(super) fn plan_delete(
        &self,
        observed: &ObservedRole,
        force: bool,
        draft: &mut Draft<RoleAction>,
    ) {
        draft.change(&self.desired.address, self.name(), ChangeKind::Delete, Vec::new());
        for (address, arn) in &self.desired.attachments {
            let arn = arn.to_string();
            let there = observed.attached.iter().any(|policy| policy.arn == arn);
            draft.change(address, self.name(), delete_if(there), Vec::new());
        }
        if self.desired.inline.is_some() {
            let there = observed.inline.is_some();
            let name = self.desired.inline_name.as_str();
            draft.change(&self.desired.inline_address, name, delete_if(there), Vec::new());
        }
        self.plan_removal(observed, Goal::Absent { force }, draft);
    }

    pub(super) fn plan_nothing(&self, draft: &mut Draft<RoleAction>) {
        for declaration in Component::declarations(self) {
            draft.change(&declaration.address, &declaration.name, ChangeKind::NoOp, Vec::new());
        }
    }
}

/// The policies on a role that are not ours.
pub(super) struct Foreign<'a> {
    attached: Vec<&'a AttachedPolicy>,
    inline: Vec<&'a str>,
}

impl Foreign<'_> {
    pub(super) fn names(&self) -> Vec<String> {
        let attached = self.attached.iter().map(|policy| policy.arn.clone());
        let inline = self.inline.iter().map(|name| format!("{name} (inline)"));
        attached.chain(inline).collect()
    }

    fn list(&self) -> Option<String> {
        let all = self.names();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

fn delete_if(there: bool) -> ChangeKind {
    if there { ChangeKind::Delete } else { ChangeKind::NoOp }
}
