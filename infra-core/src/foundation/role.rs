//! A role with its attached and inline policies.

mod plan;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::arn::Arn;
use crate::engine::{
    Address, Calls, ChangeKind, Component, Declaration, Detail, Draft, FieldChange, Finding, Goal,
    to_value,
};
use crate::error::{ErrorKind, OrAbsent, Result};
use crate::names::PolicyName;
use crate::operation::iam;
use crate::policy::{PolicyDocument, PolicyText};
use crate::provider::{AttachedPolicy, Providers, Role, RoleSpec};
use crate::tags::Tags;

use super::desired::DesiredRole;
use super::ownership::{GONE_WITHIN, Standing, TagChanges, accept_found, others, tag_findings};
use super::spec::UnmanagedAction;

#[derive(Debug)]
pub(super) struct RoleComponent {
    desired: DesiredRole,
    providers: Providers,
}

#[derive(Debug, Default)]
pub(super) struct ObservedRole {
    role: Option<Role>,
    attached: Vec<AttachedPolicy>,
    inline_names: Vec<String>,
    /// The inline policy that is ours, where the configuration wants one.
    inline: Option<PolicyText>,
    /// Read only with the contents: they keep a role from being deleted.
    instance_profiles: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleAction {
    Create(RoleSpec),
    Update { max_session_duration: u32, description: Option<String> },
    SetTrust(PolicyDocument),
    SetBoundary(Option<Arn>),
    Attach(Arn),
    Detach(String),
    PutInline(PolicyName, PolicyDocument),
    DeleteInline(String),
    Tag(Tags),
    Untag(Vec<String>),
    Delete,
}

impl RoleComponent {
    pub(super) fn new(desired: DesiredRole, providers: &Providers) -> Self {
        Self { desired, providers: providers.clone() }
    }

    fn name(&self) -> &str {
        self.desired.spec.name.as_str()
    }

    /// What only a new role can have.
    fn fixed_differences(&self, found: &Role) -> Vec<FieldChange> {
        let wanted = &self.desired.spec.path;
        let change = FieldChange::new("path", &found.path, wanted);
        (found.path != *wanted).then_some(change).into_iter().collect()
    }

    fn trust_difference(&self, found: &Role) -> Option<FieldChange> {
        let wanted = &self.desired.spec.trust;
        (!found.trust.means_the_same(wanted))
            .then(|| FieldChange::new("assume_role_policy", policy_value(&found.trust), wanted))
    }

    fn boundary_difference(&self, found: &Role) -> Option<FieldChange> {
        let wanted = self.desired.spec.permissions_boundary.as_ref().map(Arn::to_string);
        let before = &found.permissions_boundary;
        (*before != wanted).then(|| FieldChange::new("permissions_boundary", before, &wanted))
    }

    /// What `UpdateRole` sets.
    fn update_differences(&self, found: &Role) -> Vec<FieldChange> {
        let RoleSpec { max_session_duration, description, .. } = &self.desired.spec;
        let mut fields = Vec::new();
        if found.max_session_duration != *max_session_duration {
            let before = found.max_session_duration;
            fields.push(FieldChange::new("max_session_duration", before, max_session_duration));
        }
        // AWS gives no description back where it is empty.
        let before = found.description.as_deref().unwrap_or_default();
        if description.as_deref().is_some_and(|wanted| wanted != before) {
            fields.push(FieldChange::new("description", &found.description, description));
        }
        fields
    }

    fn tag_changes(&self, found: &Role) -> TagChanges {
        let DesiredRole { spec, unmanaged_tags, .. } = &self.desired;
        TagChanges::between(&found.tags, &spec.tags, *unmanaged_tags).whatever_the_case()
    }

    async fn create(&self, spec: &RoleSpec, calls: &Calls<'_>) -> Result<()> {
        let roles = self.providers.roles();
        match calls.call(iam::CREATE_ROLE, || roles.create_role(spec)).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let get = || roles.get_role(&spec.name);
                let found = calls.read_back(iam::GET_ROLE, get).await?;
                let mut differences = self.fixed_differences(&found);
                differences.extend(self.trust_difference(&found));
                differences.extend(self.update_differences(&found));
                differences.extend(self.boundary_difference(&found));
                accept_found(&found.tags, &spec.tags, &differences).map_err(|judged| {
                    judged.for_resource(self.desired.address.as_str()).with_source(error)
                })
            }
            result => result.map(|_| ()),
        }
    }
}

#[async_trait]
impl Component for RoleComponent {
    type Observed = ObservedRole;
    type Action = RoleAction;

    fn declarations(&self) -> Vec<Declaration> {
        let DesiredRole { address: role, attachments, inline_address, inline_name, inline, .. } =
            &self.desired;
        let on_role = |address: &Address, name: &str| Declaration {
            address: address.clone(),
            name: name.to_owned(),
            depends_on: vec![role.clone()],
        };
        let own = Declaration {
            address: role.clone(),
            name: self.name().to_owned(),
            depends_on: Vec::new(),
        };
        let attached = attachments.iter().map(|(address, _)| on_role(address, self.name()));
        let inline = inline.iter().map(|_| on_role(inline_address, inline_name.as_str()));
        std::iter::once(own).chain(attached).chain(inline).collect()
    }

    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<ObservedRole> {
        let (name, roles) = (&self.desired.spec.name, self.providers.roles());
        let role = async { calls.call(iam::GET_ROLE, || roles.get_role(name)).await.or_absent() };
        let attached = async {
            let list = || roles.list_attached_role_policies(name);
            calls.call(iam::LIST_ATTACHED_ROLE_POLICIES, list).await.or_absent()
        };
        let inline_names = async {
            let list = || roles.list_role_policies(name);
            calls.call(iam::LIST_ROLE_POLICIES, list).await.or_absent()
        };
        let inline = async {
            if self.desired.inline.is_none() {
                return Ok(None);
            }
            let get = || roles.get_role_policy(name, &self.desired.inline_name);
            calls.call(iam::GET_ROLE_POLICY, get).await.or_absent()
        };
        let profiles = async {
            if detail == Detail::Attributes {
                return Ok(None);
            }
            let list = || roles.list_instance_profiles_for_role(name);
            calls.call(iam::LIST_INSTANCE_PROFILES_FOR_ROLE, list).await.or_absent()
        };
        let (role, attached, inline_names, inline, profiles) =
            futures_util::try_join!(role, attached, inline_names, inline, profiles)?;
        // They keep a role from being replaced as well, which is seen only now.
        let profiles = match (&role, profiles) {
            (Some(found), None) if !self.fixed_differences(found).is_empty() => {
                let list = || roles.list_instance_profiles_for_role(name);
                calls.call(iam::LIST_INSTANCE_PROFILES_FOR_ROLE, list).await.or_absent()?
            }
            (_, profiles) => profiles,
        };
        Ok(ObservedRole {
            role,
            attached: attached.unwrap_or_default(),
            inline_names: inline_names.unwrap_or_default(),
            inline,
            instance_profiles: profiles.unwrap_or_default(),
        })
    }

    fn plan(&self, goal: Goal, observed: &ObservedRole, draft: &mut Draft<RoleAction>) {
        let found = observed.role.as_ref();
        let standing = Standing::of(goal, found.map(|found| &found.tags), &self.desired.spec.tags);
        let role = &self.desired.address;
        match (goal, found, standing) {
            (Goal::Present { .. }, None, _) => {
                self.plan_create(ChangeKind::Create, Vec::new(), draft);
            }
            (Goal::Present { .. }, Some(_), Standing::Foreign { reason }) => {
                draft.conflict(role, self.name(), reason);
            }
            (Goal::Present { .. }, Some(found), standing) => {
                self.plan_present(found, observed, &standing, draft);
            }
            (Goal::Absent { force }, Some(_), Standing::Ours) => {
                self.plan_delete(observed, force, draft);
            }
            (Goal::Absent { .. }, _, standing) => {
                if let Standing::Foreign { reason } = standing {
                    draft.notice(role, format!("left, it is not ours: {reason}"));
                }
                self.plan_nothing(draft);
            }
        }
    }

    async fn perform(&self, action: &RoleAction, calls: &Calls<'_>) -> Result<()> {
        let (name, roles) = (&self.desired.spec.name, self.providers.roles());
        match action {
            RoleAction::Create(spec) => self.create(spec, calls).await,
            RoleAction::Update { max_session_duration, description } => {
                let update =
                    || roles.update_role(name, *max_session_duration, description.as_deref());
                calls.call(iam::UPDATE_ROLE, update).await
            }
            RoleAction::SetTrust(trust) => {
                let update = || roles.update_assume_role_policy(name, trust);
                calls.call(iam::UPDATE_ASSUME_ROLE_POLICY, update).await
            }
            RoleAction::SetBoundary(Some(policy)) => {
                let put = || roles.put_role_permissions_boundary(name, policy);
                calls.call(iam::PUT_ROLE_PERMISSIONS_BOUNDARY, put).await
            }
            RoleAction::SetBoundary(None) => {
                let delete = || roles.delete_role_permissions_boundary(name);
                calls.delete(iam::DELETE_ROLE_PERMISSIONS_BOUNDARY, delete).await
            }
            RoleAction::Attach(policy) => {
                calls.call(iam::ATTACH_ROLE_POLICY, || roles.attach_role_policy(name, policy)).await
            }
            RoleAction::Detach(policy) => {
                calls
                    .delete(iam::DETACH_ROLE_POLICY, || roles.detach_role_policy(name, policy))
                    .await
            }
            RoleAction::PutInline(policy, document) => {
                let put = || roles.put_role_policy(name, policy, document);
                calls.call(iam::PUT_ROLE_POLICY, put).await
            }
            RoleAction::DeleteInline(policy) => {
                calls
                    .delete(iam::DELETE_ROLE_POLICY, || roles.delete_role_policy(name, policy))
                    .await
            }
            RoleAction::Tag(tags) => calls.call(iam::TAG_ROLE, || roles.tag_role(name, tags)).await,
            RoleAction::Untag(keys) => {
                calls.call(iam::UNTAG_ROLE, || roles.untag_role(name, keys)).await
            }
            RoleAction::Delete => {
                calls.delete(iam::DELETE_ROLE, || roles.delete_role(name)).await?;
                calls.until_absent(iam::GET_ROLE, GONE_WITHIN, || roles.get_role(name)).await
            }
        }
    }

    fn inspect(&self, observed: &ObservedRole) -> Vec<Finding> {
        let RoleSpec {
            name,
            path,
            trust,
            description,
            max_session_duration,
            permissions_boundary,
            tags,
        } = &self.desired.spec;
        let role = &self.desired.address;
        let mut findings = Vec::new();
        if let Some(found) = &observed.role {
            let boundary = |arn: Option<&str>| arn.unwrap_or("none").to_owned();
            findings.push(Finding::equal(role, "Role", name.as_str(), found.name.as_str()));
            findings.push(Finding::equal(role, "Path", path.as_str(), found.path.as_str()));
            findings.push(policy_finding(role, "Trust policy", trust, Some(&found.trust)));
            // Nothing is expected of a description that the configuration does not set.
            if let Some(wanted) = description {
                let has = found.description.as_deref().unwrap_or_default();
                findings.push(Finding::equal(role, "Description", wanted, has));
            }
            findings.push(Finding::equal(
                role,
                "Maximum session duration",
                format!("{max_session_duration} s"),
                format!("{} s", found.max_session_duration),
            ));
            findings.push(Finding::equal(
                role,
                "Permissions boundary",
                boundary(permissions_boundary.as_ref().map(Arn::to_string).as_deref()),
                boundary(found.permissions_boundary.as_deref()),
            ));
            findings.extend(tag_findings(role, tags, &found.tags, &self.tag_changes(found)));
            let foreign = self.foreign(observed).names();
            let (removed, left) = match self.desired.unmanaged_policies {
                UnmanagedAction::Report => (Vec::new(), foreign),
                UnmanagedAction::Remove => (foreign, Vec::new()),
            };
            findings.extend(others(role, "Other policies", &removed, &left));
        } else {
            findings.push(Finding::equal(role, "Role", name.as_str(), "absent"));
        }
        for (address, arn) in &self.desired.attachments {
            let expected = arn.to_string();
            let there = observed.attached.iter().any(|policy| policy.arn == expected);
            let found = if there { expected.clone() } else { "absent".to_owned() };
            findings.push(Finding::equal(address, "Attached policy", expected, found));
        }
        if let Some(document) = &self.desired.inline {
            let attribute = format!("Inline policy {}", self.desired.inline_name);
            let found = observed.inline.as_ref();
            let address = &self.desired.inline_address;
            findings.push(policy_finding(address, &attribute, document, found));
        } else if observed.inline_names.iter().any(|name| name == self.desired.inline_name.as_str())
        {
            let attribute = format!("Inline policy {}", self.desired.inline_name);
            let address = &self.desired.inline_address;
            findings.push(Finding::equal(address, &attribute, "absent", "present"));
        }
        findings
    }
}

/// A policy as JSON, or its text where it is none.
pub(super) fn policy_value(text: &PolicyText) -> Value {
    match text.document() {
        Ok(document) => to_value(document),
        Err(_) => Value::from(text.as_str()),
    }
}

pub(super) fn policy_finding(
    address: &Address,
    attribute: &str,
    expected: &PolicyDocument,
    found: Option<&PolicyText>,
) -> Finding {
    let same = found.is_some_and(|found| found.means_the_same(expected));
    let shown = match found {
        None => "absent".to_owned(),
        Some(_) if same => expected.to_json(),
        Some(text) => text.as_str().to_owned(),
    };
    Finding::compared(address, attribute, expected.to_json(), shown, same)
}
