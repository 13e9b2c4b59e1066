//! A role and its attached and inline policies.

mod resolve;
mod settings;

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::arn::{Arn, Region};
use crate::engine::{Address, Calls, Evidence, Remedy};
use crate::error::Result;
use crate::names::{PolicyName, RoleName};
use crate::operation::iam;
use crate::policy::{PolicyDocument, PolicyText, ResourceElement};
use crate::provider::{AttachedPolicy, Providers, Role, RoleSpec};
use crate::resource::{
    Depth, Extra, Extras, Field, Identity, Notes, Operations, Ownership, Part, Prerequisite,
    Removal, Resource, TagChange, Tagging, UnmanagedAction, Update,
};
use crate::tags::Tags;

use super::address;
use super::deployer::{self, DesiredDeployer};
use super::log_group::DesiredLogGroup;
use super::resolve::Resolved;
pub use settings::{
    DesiredRole, ExecutionRoleSettings, ManagedPolicy, RoleSettings, SourceAccount,
    TaskRoleSettings, TrustSettings,
};

#[derive(Debug)]
pub(super) struct RoleResource {
    desired: DesiredRole,
    /// Whether the role is a task role. The inline policy of a task role contains the region where
    /// the role is used.
    is_task_role: bool,
    /// The task roles whose policies reveal the region where this role is used. For a task role,
    /// the list contains only the role itself. For any other role, the list contains all task
    /// roles.
    task_roles: Vec<TaskRole>,
    /// The addresses of all roles of the foundation.
    roles: Vec<Address>,
    /// The addresses of the foundation's regional resources.
    regional: Vec<Address>,
    /// The region of the foundation.
    region: String,
    /// The identity provider that the role trusts, if it is the deployer's role.
    identity_provider: Option<Arn>,
    providers: Providers,
}

/// A task role. The inline policy of a task role contains the region where the foundation's roles
/// are used.
#[derive(Debug)]
struct TaskRole {
    name: RoleName,
    policy: PolicyName,
    /// The ARN of its log group.
    log_group: Arn,
}

#[derive(Debug)]
pub(super) struct FoundRole {
    role: Role,
    attached: Vec<AttachedPolicy>,
    inline_names: Vec<String>,
    /// The inline policy with the configured name. It is read only for task roles and for roles
    /// whose configuration contains an inline policy.
    inline: Option<PolicyText>,
    /// The inline policies of the task roles, in the order of `RoleResource::task_roles`. The
    /// execution role and the deployer's role read these policies to determine the region where the
    /// roles are used. A task role reads only its own policy, into `inline`.
    task_policies: Vec<Option<PolicyText>>,
}

impl TaskRole {
    fn new(role: &DesiredRole, log_group: &DesiredLogGroup) -> Self {
        let DesiredRole { spec, inline_name, .. } = role;
        Self {
            name: spec.name.clone(),
            policy: inline_name.clone(),
            log_group: log_group.arn.clone(),
        }
    }
}

impl RoleResource {
    /// Returns the execution role.
    pub(super) fn execution(desired: &DesiredRole, all: &Resolved, providers: &Providers) -> Self {
        let services = all.each_service();
        let task_roles = services.map(|it| TaskRole::new(it.task_role, it.log_group)).collect();
        Self::new(desired, false, task_roles, all, providers)
    }

    /// Returns the deployer's role. As with the execution role, only the policies of the task roles
    /// reveal the region where the role is used.
    pub(super) fn deployer(
        desired: &DesiredDeployer,
        all: &Resolved,
        providers: &Providers,
    ) -> Self {
        let DesiredDeployer { role, identity_provider } = desired;
        let identity_provider = Some(identity_provider.clone());
        Self { identity_provider, ..Self::execution(role, all, providers) }
    }

    /// Returns the task role of the service that has this log group.
    pub(super) fn task(
        desired: &DesiredRole,
        log_group: &DesiredLogGroup,
        all: &Resolved,
        providers: &Providers,
    ) -> Self {
        Self::new(desired, true, vec![TaskRole::new(desired, log_group)], all, providers)
    }

    fn new(
        desired: &DesiredRole,
        is_task_role: bool,
        task_roles: Vec<TaskRole>,
        all: &Resolved,
        providers: &Providers,
    ) -> Self {
        let services = all.each_service();
        let regional = services.flat_map(|it| [&it.repository.address, &it.log_group.address]);
        Self {
            desired: desired.clone(),
            is_task_role,
            task_roles,
            roles: all.roles().map(|role| role.address.clone()).collect(),
            regional: std::iter::once(address::cluster()).chain(regional.cloned()).collect(),
            region: all.log_group.arn.region.clone(),
            identity_provider: None,
            providers: providers.clone(),
        }
    }

    /// Returns the region where the role is used, if it is not the foundation's region. Roles are
    /// global, so a foundation with the same names in another region uses the same roles. If there
    /// is such a foundation, the policies of the task roles refer to log groups in its region.
    fn other_region(&self, found: &FoundRole) -> Option<String> {
        let policies = if self.is_task_role {
            std::slice::from_ref(&found.inline)
        } else {
            found.task_policies.as_slice()
        };
        let mut read = self.task_roles.iter().zip(policies);
        read.find_map(|(task_role, policy)| {
            self.region_in(policy.as_ref()?.document().ok()?, &task_role.log_group)
        })
    }

    /// Returns the region of the log groups in a task role's policy, if none of them is in the
    /// region of the role's own log group.
    fn region_in(&self, policy: &PolicyDocument, own: &Arn) -> Option<String> {
        let named = log_groups(policy);
        let wanted = self.desired.inline.as_ref().map(log_groups).unwrap_or_default();
        let writes_logs = wanted.iter().any(|arn| arn.region == own.region);
        let is_foundation_s = |arn: &&Arn| {
            let rest = arn.resource.strip_prefix(&own.resource);
            // If the configured policy refers to no log group in the foundation's region, only log
            // groups with the same name as the role's own log group are considered.
            writes_logs || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        if named.iter().any(|arn| arn.region == own.region) {
            return None;
        }
        let mut others = named.iter().filter(|arn| arn.account_id == own.account_id);
        others
            .find(|arn| !wanted.contains(arn) && is_foundation_s(arn))
            .map(|arn| arn.region.clone())
    }

    fn attachments(&self, found: Option<&FoundRole>) -> impl Iterator<Item = Part> {
        self.desired.attachments.iter().map(move |(address, arn)| {
            let arn = arn.to_string();
            let attached = found.map(|found| found.attached.iter().any(|it| it.arn == arn));
            let attached = attached.map(|attached| attached.then_some(&arn));
            let field = Field::new("policy_arn", "Attached policy", &arn, attached);
            let role = self.desired.spec.name.as_str();
            Part::new(address.clone(), role, iam::ATTACH_ROLE_POLICY, field)
                .removed_by(iam::DETACH_ROLE_POLICY)
                .key(arn)
        })
    }

    fn inline(&self, found: Option<&FoundRole>) -> Part {
        let DesiredRole { inline, inline_name, inline_address, .. } = &self.desired;
        let label = format!("Inline policy {inline_name}");
        let field = if let Some(document) = inline {
            let found = found.map(|found| found.inline.as_ref());
            Field::policy("policy", label, Some(document), found)
        } else {
            // An earlier configuration may have left a policy with this name.
            let is_left =
                |it: &FoundRole| it.inline_names.iter().any(|it| *it == inline_name.as_str());
            let left = found.map(|found| is_left(found).then_some("present"));
            Field::new("policy", label, None::<()>, left)
        };
        let name = inline_name.as_str();
        Part::new(inline_address.clone(), name, iam::PUT_ROLE_POLICY, field)
            .removed_by(iam::DELETE_ROLE_POLICY)
            .key(name)
    }
}

#[async_trait]
impl Resource for RoleResource {
    type Found = FoundRole;
    /// The names of the instance profiles that contain the role and prevent its deletion.
    type Contents = Vec<String>;

    fn identity(&self) -> Identity {
        let operations =
            Operations { read: iam::GET_ROLE, create: iam::CREATE_ROLE, delete: iam::DELETE_ROLE };
        let DesiredRole { address, spec, .. } = &self.desired;
        Identity::new(address.clone(), "Role", spec.name.as_str(), operations)
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.desired.spec.tags, iam::TAG_ROLE, iam::UNTAG_ROLE)
            .unmanaged(self.desired.unmanaged_tags)
            .ignoring_case()
    }

    fn tags(found: &FoundRole) -> Option<&Tags> {
        Some(&found.role.tags)
    }

    fn fields(&self, found: Option<&FoundRole>) -> Vec<Field> {
        let RoleSpec {
            name: _,
            path,
            trust,
            description,
            max_session_duration: session,
            permissions_boundary: boundary,
            tags: _,
        } = &self.desired.spec;
        let role = found.map(|found| &found.role);
        let trusted = role.map(|role| Some(&role.trust));
        let mut fields = vec![
            Field::policy("assume_role_policy", "Trust policy", Some(trust), trusted)
                .updated_by(iam::UPDATE_ASSUME_ROLE_POLICY),
            Field::new("path", "Path", path, role.map(|role| &role.path)).identifying(),
            Field::new(
                "max_session_duration",
                "Maximum session duration",
                session,
                role.map(|role| role.max_session_duration),
            )
            .shown(|seconds| format!("{seconds} s"))
            .updated_by(iam::UPDATE_ROLE),
        ];
        // If no description is configured, the role keeps its current description.
        if let Some(text) = description {
            // AWS omits an empty description.
            let has = role.map(|role| role.description.as_deref());
            let same = has.is_some_and(|has| has.unwrap_or_default() == text);
            let field = Field::new("description", "Description", text, has);
            fields.push(field.satisfied_if(same).updated_by(iam::UPDATE_ROLE));
        }
        let has = role.map(|role| &role.permissions_boundary);
        fields.push(
            Field::new("permissions_boundary", "Permissions boundary", boundary, has).updated_by(
                match boundary {
                    Some(_) => iam::PUT_ROLE_PERMISSIONS_BOUNDARY,
                    None => iam::DELETE_ROLE_PERMISSIONS_BOUNDARY,
                },
            ),
        );
        fields
    }

    fn parts(&self, found: Option<&FoundRole>) -> Vec<Part> {
        self.attachments(found).chain([self.inline(found)]).collect()
    }

    fn extras(&self, found: &FoundRole) -> Extras {
        let configured: BTreeSet<String> =
            self.desired.attachments.iter().map(|(_, arn)| arn.to_string()).collect();
        let attached = found.attached.iter().filter(|policy| !configured.contains(&policy.arn));
        let attached = attached.map(|AttachedPolicy { arn, name }| {
            let path = format!("managed_policies.{name}");
            Extra::new(path, arn, arn, iam::DETACH_ROLE_POLICY, arn)
        });
        let names = found.inline_names.iter();
        let inline = names.filter(|name| *name != self.desired.inline_name.as_str()).map(|name| {
            let (path, shown) = (format!("inline_policies.{name}"), format!("{name} (inline)"));
            Extra::new(path, "present", shown, iam::DELETE_ROLE_POLICY, name)
        });
        let remove = self.desired.unmanaged_policies == UnmanagedAction::Remove;
        Extras::new("policies", attached.chain(inline).collect(), remove)
            .removed_with(Remedy::setting("unmanaged.policies", "\"remove\""))
    }

    fn ownership(&self, found: &FoundRole) -> Ownership {
        let by_name_tag = Ownership::by_name_tag(&found.role.tags, &self.desired.spec.tags);
        match (by_name_tag, self.other_region(found)) {
            (Ownership::Managed, Some(region)) => claimed_by("it", &region),
            (by_name_tag, _) => by_name_tag,
        }
    }

    /// If this role is used in another region, adds evidence that all the foundation's roles are
    /// used there. A foundation uses all its roles in one region, but only the policies of task
    /// roles contain that region.
    fn implies(&self, found: &FoundRole, evidence: &mut Evidence) {
        if let (Ownership::Claimed { .. }, Some(region)) =
            (self.ownership(found), self.other_region(found))
        {
            let name = &self.desired.spec.name;
            let subject = format!("the foundation's role {name}");
            for role in &self.roles {
                evidence.add_ownership(role, claimed_by(&subject, &region));
            }
        }
    }

    fn doubt(&self, evidence: &Evidence) -> Option<(String, String)> {
        if self.regional.iter().any(|address| evidence.is_found(address)) {
            return None;
        }
        let (name, region) = (&self.desired.spec.name, &self.region);
        let message = format!(
            "the role {name} exists, but no cluster, repository or log group of the foundation exists in {region}; \
             roles are global, and may be in use in another region"
        );
        Some((message, "check the region".to_owned()))
    }

    fn obstacles(&self, _: &FoundRole, profiles: &Vec<String>, _: Removal, notes: &mut Notes) {
        if !profiles.is_empty() {
            let message = format!("the role is in instance profiles: {}", profiles.join(", "));
            let hint = "remove the role from them with `aws iam remove-role-from-instance-profile`";
            notes.blocker(message, hint);
        }
    }

    async fn read(&self, depth: Depth, calls: &Calls<'_>) -> Result<Option<FoundRole>> {
        let DesiredRole { spec, inline, inline_name, .. } = &self.desired;
        let (name, roles, all) = (&spec.name, self.providers.roles(), depth >= Depth::Attributes);
        let reads_inline = match depth {
            Depth::Presence => false,
            Depth::Identity => self.is_task_role,
            Depth::Attributes => inline.is_some() || self.is_task_role,
        };
        let reads_task_policies = depth == Depth::Identity && !self.is_task_role;
        let task_policies = self.task_roles.iter().map(|TaskRole { name, policy, .. }| {
            calls.find_if(reads_task_policies, iam::GET_ROLE_POLICY, move || {
                roles.get_role_policy(name, policy)
            })
        });
        let (role, attached, inline_names, inline, task_policies) = futures_util::try_join!(
            calls.find(iam::GET_ROLE, || roles.get_role(name)),
            calls.find_if(all, iam::LIST_ATTACHED_ROLE_POLICIES, || {
                roles.list_attached_role_policies(name)
            }),
            calls.find_if(all, iam::LIST_ROLE_POLICIES, || roles.list_role_policies(name)),
            calls.find_if(reads_inline, iam::GET_ROLE_POLICY, || {
                roles.get_role_policy(name, inline_name)
            }),
            futures_util::future::try_join_all(task_policies),
        )?;
        Ok(role.map(|role| FoundRole {
            role,
            attached: attached.unwrap_or_default(),
            inline_names: inline_names.unwrap_or_default(),
            inline,
            task_policies,
        }))
    }

    async fn contents(&self, calls: &Calls<'_>) -> Result<Vec<String>> {
        let (name, roles) = (&self.desired.spec.name, self.providers.roles());
        let list = || roles.list_instance_profiles_for_role(name);
        Ok(calls.find(iam::LIST_INSTANCE_PROFILES_FOR_ROLE, list).await?.unwrap_or_default())
    }

    async fn prerequisites(&self, calls: &Calls<'_>) -> Result<Vec<Prerequisite>> {
        let Some(arn) = &self.identity_provider else { return Ok(Vec::new()) };
        let read = || self.providers.roles().get_open_id_connect_provider(arn);
        let found = calls.find(iam::GET_OPEN_ID_CONNECT_PROVIDER, read).await?;
        Ok(deployer::prerequisites(arn, found))
    }

    async fn create(&self, calls: &Calls<'_>) -> Result<()> {
        let (spec, roles) = (&self.desired.spec, self.providers.roles());
        calls.call(iam::CREATE_ROLE, || roles.create_role(spec)).await.map(drop)
    }

    async fn update(&self, update: &Update, calls: &Calls<'_>) -> Result<()> {
        let DesiredRole { spec, attachments, inline, inline_name, .. } = &self.desired;
        let (name, roles, key) = (&spec.name, self.providers.roles(), update.key());
        let operation = update.operation();
        match operation {
            iam::UPDATE_ROLE => {
                let (session, text) = (spec.max_session_duration, spec.description.as_deref());
                calls.call(operation, || roles.update_role(name, session, text)).await
            }
            iam::UPDATE_ASSUME_ROLE_POLICY => {
                let set = || roles.update_assume_role_policy(name, &spec.trust);
                calls.call(operation, set).await
            }
            iam::PUT_ROLE_PERMISSIONS_BOUNDARY => {
                let policy: &Arn =
                    spec.permissions_boundary.as_ref().ok_or_else(|| update.unknown())?;
                calls.call(operation, || roles.put_role_permissions_boundary(name, policy)).await
            }
            iam::DELETE_ROLE_PERMISSIONS_BOUNDARY => {
                calls.delete(operation, || roles.delete_role_permissions_boundary(name)).await
            }
            iam::ATTACH_ROLE_POLICY => {
                let mut arns = attachments.iter().map(|(_, arn)| arn);
                let policy = arns.find(|arn| arn.to_string() == key);
                let policy = policy.ok_or_else(|| update.unknown())?;
                calls.call(operation, || roles.attach_role_policy(name, policy)).await
            }
            iam::DETACH_ROLE_POLICY => {
                calls.delete(operation, || roles.detach_role_policy(name, key)).await
            }
            iam::PUT_ROLE_POLICY => {
                let document = inline.as_ref().ok_or_else(|| update.unknown())?;
                calls.call(operation, || roles.put_role_policy(name, inline_name, document)).await
            }
            iam::DELETE_ROLE_POLICY => {
                calls.delete(operation, || roles.delete_role_policy(name, key)).await
            }
            _ => Err(update.unknown()),
        }
    }

    async fn tag(&self, change: &TagChange, calls: &Calls<'_>) -> Result<()> {
        let (name, roles) = (&self.desired.spec.name, self.providers.roles());
        let operation = self.tagging().operation(change);
        match change {
            TagChange::Set(tags) => calls.call(operation, || roles.tag_role(name, tags)).await,
            TagChange::Remove(keys) => calls.call(operation, || roles.untag_role(name, keys)).await,
        }
    }

    async fn delete(&self, _force: bool, calls: &Calls<'_>) -> Result<()> {
        let (name, roles) = (&self.desired.spec.name, self.providers.roles());
        calls.delete(iam::DELETE_ROLE, || roles.delete_role(name)).await
    }
}

fn claimed_by(subject: &str, region: &str) -> Ownership {
    Ownership::Claimed {
        reason: format!(
            "{subject} is used by the foundation of the same name in {region}, and IAM roles are global"
        ),
        hint: format!(
            "give the roles different names, or destroy the foundation in {region} first"
        ),
        remedy: Some(Remedy::setting("role_names_include_region", "true")),
    }
}

/// Returns the log group ARNs in a policy, except those that have a wildcard in place of a region.
fn log_groups(document: &PolicyDocument) -> Vec<Arn> {
    let named = document.statements().iter().filter_map(|statement| statement.resource());
    let arns = named.flat_map(|element| match element {
        ResourceElement::Resource(arns) | ResourceElement::NotResource(arns) => arns,
    });
    let arns = arns.filter_map(|arn| arn.parse::<Arn>().ok());
    let is_group = |arn: &Arn| arn.service == "logs" && arn.resource.starts_with("log-group:");
    arns.filter(|arn| is_group(arn) && arn.region.parse::<Region>().is_ok()).collect()
}
