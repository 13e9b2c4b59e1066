//! Resolution of the roles.

use std::collections::BTreeSet;

use crate::arn::{Arn, Location};
use crate::engine::Address;
use crate::names::InvalidValue;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::RoleSpec;
use crate::tags::Tags;
use crate::values::{Action, ServicePrincipal, fill};

use super::settings::{DesiredRole, RoleSettings, TaskRoleSettings, TrustSettings};
use crate::foundation::deployer::{self, DeployerSettings, DesiredDeployer};
use crate::foundation::resolve::{Resolved, Resolver, UsedNames};
use crate::foundation::service::Naming;
use crate::foundation::spec::SpecError;
use crate::foundation::{address, permissions};

impl Resolver<'_> {
    pub(in crate::foundation) fn execution_role(&mut self) -> Option<DesiredRole> {
        let settings = &self.spec.execution_role;
        let own = settings.managed_policy.arn(self.location);
        let own = self.keep("execution_role.managed_policy", own)?;
        let own = (address::execution_role_attachment(), own);
        let statements = settings.role.statements.clone();
        let naming = RoleNaming {
            setting: "execution_role".to_owned(),
            name: format!("{}-ecs-execution", self.spec.base_name()),
            identifier: "ecs_execution_role".to_owned(),
        };
        let trust = trust_policy(&settings.role.trust, self.location);
        let trust = self.keep("execution_role.trust.source_arns", trust);
        self.role(naming, &settings.role, trust, Some(own), statements)
    }

    pub(in crate::foundation) fn task_role(
        &mut self,
        naming: Naming<'_>,
        settings: &TaskRoleSettings,
        log_group_arn: Option<&str>,
    ) -> Option<DesiredRole> {
        let logs = (!settings.log_actions.is_empty()).then(|| {
            Statement::allow(settings.log_actions.iter().map(Action::as_str))
                .with_resources([format!("{}:*", log_group_arn.unwrap_or_default())])
        });
        let statements = logs.into_iter().chain(settings.role.statements.iter().cloned()).collect();
        let naming = RoleNaming {
            setting: naming.setting("task_role"),
            name: naming.task(&self.spec.base_name()),
            identifier: naming.task_role_identifier(),
        };
        let trust = trust_policy(&settings.role.trust, self.location);
        let trust = self.keep(&format!("{}.trust.source_arns", naming.setting), trust);
        self.role(naming, &settings.role, trust, None, statements)
    }

    /// Resolves the deployer. `all` contains the resources that the deployer's permissions refer
    /// to.
    pub(in crate::foundation) fn deployer(
        &mut self,
        settings: &DeployerSettings,
        all: Option<&Resolved>,
        used: &mut UsedNames,
    ) -> Option<DesiredDeployer> {
        let permissions = all.map(|all| permissions::of_deployer(all, self.location));
        let own = settings.statements.iter().cloned();
        let statements = permissions.unwrap_or_default().into_iter().chain(own).collect();
        let naming = RoleNaming {
            setting: "deployer".to_owned(),
            name: deployer::base_name(&self.spec.base_name()),
            identifier: "ecs_deployer_role".to_owned(),
        };
        let identity_provider = deployer::identity_provider(self.location);
        let trust = settings.trust.policy(&identity_provider);
        let role = self.role(naming, settings, Some(trust), None, statements)?;
        self.refuse_role_twice(used, &role, "deployer role".to_owned());
        Some(DesiredDeployer { role, identity_provider })
    }

    /// Rejects a role that has the same name as another role. Case is ignored, as in IAM.
    pub(in crate::foundation) fn refuse_role_twice(
        &mut self,
        used: &mut UsedNames,
        role: &DesiredRole,
        what: String,
    ) {
        let name = (role.spec.name.as_str(), "role name", ", and IAM ignores case");
        self.refuse_twice(&mut used.roles, &role.setting, what, name);
    }

    fn role<T>(
        &mut self,
        naming: RoleNaming,
        settings: &RoleSettings<T>,
        trust: Option<PolicyDocument>,
        own_policy: Option<(Address, Arn)>,
        statements: Vec<Statement>,
    ) -> Option<DesiredRole> {
        let RoleNaming { setting: path, name: start, identifier } = naming;
        let suffix = if self.spec.role_names_include_region {
            format!("-{}", self.location.region)
        } else {
            String::new()
        };
        let name = self.name(
            &format!("{path}.name"),
            settings.name.as_ref(),
            format_args!("{start}-role{suffix}"),
        )?;
        let inline_name = self.name(
            &format!("{path}.inline_policy_name"),
            settings.inline_policy_name.as_ref(),
            format_args!("{start}-policy{suffix}"),
        )?;
        let location = self.location;
        let mut attachments: Vec<(Address, Arn)> = own_policy.into_iter().collect();
        let mut additional: Vec<Arn> = Vec::new();
        for policy in &settings.additional_managed_policies {
            let key = format!("{path}.additional_managed_policies");
            let arn = self.keep(&key, policy.arn(location))?;
            if !additional.contains(&arn) && attachments.iter().all(|(_, known)| *known != arn) {
                additional.push(arn);
            }
        }
        attachments.extend(additional.iter().map(|arn| {
            let key = attachment_key(arn, &additional);
            (address::additional_attachment(&identifier, &key), arn.clone())
        }));
        let boundary = settings.permissions_boundary.as_ref().map(|arn| arn.resolve(location));
        let boundary = self.keep(&format!("{path}.permissions_boundary"), boundary.transpose())?;
        let tags = self.tags(&path, &settings.tags, name.as_str(), &[])?;
        self.refuse_keys_alike(&path, &tags);
        let statements: Vec<Statement> = statements
            .into_iter()
            .map(|statement| statement.map_texts(|text| fill(text, location)))
            .collect();
        let inline = (!statements.is_empty()).then(|| PolicyDocument::new(statements));
        Some(DesiredRole {
            address: Address::new("iam_role", &identifier),
            setting: path,
            arn: location.global_arn("iam", format!("role{}{name}", settings.path)),
            spec: RoleSpec {
                tags,
                name,
                path: settings.path.clone(),
                trust: trust?,
                description: settings.description.clone().map(String::from),
                max_session_duration: settings.max_session_duration.get(),
                permissions_boundary: boundary.map(Arn::from),
            },
            attachments,
            inline_address: Address::new("iam_role_policy", &format!("{identifier}_policy")),
            inline_name,
            inline,
            unmanaged_tags: self.spec.unmanaged.tags,
            unmanaged_policies: self.spec.unmanaged.policies,
        })
    }

    /// Rejects tag keys that differ only in case, because IAM treats them as the same key.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating>.
    fn refuse_keys_alike(&mut self, path: &str, tags: &Tags) {
        let mut seen = BTreeSet::new();
        for (key, _) in tags.iter() {
            if !seen.insert(key.to_lowercase()) {
                let rule =
                    "IAM treats keys that differ only in case as the same key; remove one of them";
                let error = InvalidValue::new("tag key", key, rule, None);
                self.errors.push(SpecError { path: format!("{path}.tags"), error });
            }
        }
    }
}

/// The strings that identify a role in setting paths, names and addresses.
struct RoleNaming {
    /// The path of its settings.
    setting: String,
    /// The prefix of the role's default name and of its inline policy's default name.
    name: String,
    /// The part of addresses that identifies the role.
    identifier: String,
}

/// Returns the key for the address of a policy attachment: the policy's name, or its ARN if another
/// of these policies has the same name but a different path or account.
fn attachment_key(arn: &Arn, all: &[Arn]) -> String {
    let name = arn.last_segment();
    let alike = all.iter().filter(|other| other.last_segment() == name).count();
    if alike > 1 { arn.to_string() } else { name.to_owned() }
}

fn trust_policy(
    trust: &TrustSettings,
    location: &Location,
) -> Result<PolicyDocument, InvalidValue> {
    let services = trust.services.iter().map(ServicePrincipal::as_str);
    let mut statement =
        Statement::allow(["sts:AssumeRole"]).with_principal(PrincipalSet::service(services));
    if !trust.source_accounts.is_empty() {
        let accounts =
            trust.source_accounts.iter().map(|account| account.resolve(location).as_str());
        statement = statement.with_condition("StringEquals", "aws:SourceAccount", accounts);
    }
    if !trust.source_arns.is_empty() {
        let arns = trust.source_arns.iter().map(|arn| arn.resolve(location).map(String::from));
        let arns: Vec<String> = arns.collect::<Result<_, _>>()?;
        statement = statement.with_condition("ArnLike", "aws:SourceArn", arns);
    }
    Ok(PolicyDocument::new([statement]))
}
