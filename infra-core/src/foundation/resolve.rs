//! From what the user said to what each resource is to be: names, ARNs, policies, tags.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use crate::arn::{Arn, Location};
use crate::engine::Address;
use crate::names::InvalidValue;
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::{ClusterSpec, LogGroupSpec, RepositorySpec, RoleSpec};
use crate::tags::{MAX_TAGS, NAME_KEY, Tags, is_reserved};

use super::address;
use super::desired::{DesiredCluster, DesiredLogGroup, DesiredRepository, DesiredRole, Resolved};
use super::spec::{FoundationSpec, ManagedPolicy, RoleSettings, SpecError, TrustSettings};

impl Resolved {
    /// Resolves everything, or says all that stands in the way.
    pub(super) fn new(spec: &FoundationSpec, location: &Location) -> Result<Self, Vec<SpecError>> {
        let mut resolver = Resolver { spec, location, errors: Vec::new() };
        match resolver.resolve() {
            Some(all) if resolver.errors.is_empty() => Ok(all),
            _ => Err(resolver.errors),
        }
    }
}

struct Resolver<'a> {
    spec: &'a FoundationSpec,
    location: &'a Location,
    errors: Vec<SpecError>,
}

impl Resolver<'_> {
    fn resolve(&mut self) -> Option<Resolved> {
        let log_group = self.log_group();
        let log_group_arn = log_group.as_ref().map(|log_group| log_group.arn.to_string());
        let execution_role = self.execution_role();
        let execution_role_arn = execution_role.as_ref().map(|role| role.arn.to_string());
        let cluster = self.cluster();
        let task_role = self.task_role(log_group_arn.as_deref());
        self.refuse_one_role_twice(execution_role.as_ref(), task_role.as_ref());
        let repository = self.repository(execution_role_arn);
        Some(Resolved {
            cluster: cluster?,
            execution_role: execution_role?,
            task_role: task_role?,
            repository: repository?,
            log_group: log_group?,
        })
    }

    /// The name that was given, or the one that follows from the base name.
    fn name<T: Clone + FromStr<Err = InvalidValue>>(
        &mut self,
        path: &str,
        given: Option<&T>,
        default: impl Display,
    ) -> Option<T> {
        let result = match given {
            Some(name) => Ok(name.clone()),
            None => default.to_string().parse(),
        };
        self.keep(path, result)
    }

    fn keep<T>(&mut self, path: &str, result: Result<T, InvalidValue>) -> Option<T> {
        result
            .map_err(|error| {
                let path = path.to_owned();
                self.errors.push(SpecError { path, error });
            })
            .ok()
    }

    /// Common tags, then the resource's own, then the Name tag, which tells whose it is.
    fn tags(&mut self, path: &str, own: &Tags, name: &str, more: &[(&str, &str)]) -> Option<Tags> {
        let mut tags = Tags::new();
        let all = self.spec.tags.iter().chain(more.iter().copied()).chain(own.iter());
        for (key, value) in all.chain([(NAME_KEY, name)]) {
            let set = tags.set(key, value);
            if key == NAME_KEY && set.is_err() && tags.len() < MAX_TAGS {
                let rule = "it becomes the Name tag, and the value of a tag has at most 256 letters, \
                            digits, spaces and any of _ . : / = + - @";
                let error = InvalidValue::new("name", value, rule, None);
                self.keep::<()>(&format!("{path}.name"), Err(error))?;
            }
            self.keep(&format!("{path}.tags"), set)?;
        }
        Some(tags)
    }

    fn cluster(&mut self) -> Option<DesiredCluster> {
        let (base, settings) = (self.spec.base_name(), &self.spec.cluster);
        let name =
            self.name("cluster.name", settings.name.as_ref(), format_args!("{base}-cluster"))?;
        let tags = self.tags("cluster", &settings.tags, name.as_str(), &[])?;
        self.refuse_reserved_values("cluster", &tags);
        Some(DesiredCluster {
            arn: self.location.arn("ecs", format!("cluster/{name}")),
            spec: ClusterSpec {
                tags,
                name,
                container_insights: settings.container_insights.clone(),
                capacity: settings.capacity.clone(),
            },
            unmanaged_tags: self.spec.unmanaged.tags,
        })
    }

    fn execution_role(&mut self) -> Option<DesiredRole> {
        let settings = &self.spec.execution_role;
        let own = (address::execution_role_attachment(), &settings.managed_policy);
        let statements = settings.role.statements.clone();
        self.role(
            "execution",
            &settings.role,
            (address::execution_role(), address::execution_role_policy()),
            Some(own),
            statements,
        )
    }

    fn task_role(&mut self, log_group_arn: Option<&str>) -> Option<DesiredRole> {
        let settings = &self.spec.task_role;
        let logs = (!settings.log_actions.is_empty()).then(|| {
            Statement::allow(settings.log_actions.iter().cloned())
                .with_resources([format!("{}:*", log_group_arn.unwrap_or_default())])
        });
        let statements = logs.into_iter().chain(settings.role.statements.iter().cloned()).collect();
        self.role(
            "task",
            &settings.role,
            (address::task_role(), address::task_role_policy()),
            None,
            statements,
        )
    }

    fn role(
        &mut self,
        which: &str,
        settings: &RoleSettings,
        (address, inline_address): (Address, Address),
        own_policy: Option<(Address, &ManagedPolicy)>,
        statements: Vec<Statement>,
    ) -> Option<DesiredRole> {
        let (base, path) = (self.spec.base_name(), format!("{which}_role"));
        let name = self.name(
            &format!("{path}.name"),
            settings.name.as_ref(),
            format_args!("{base}-ecs-{which}-role"),
        )?;
        let inline_name = self.name(
            &format!("{path}.inline_policy_name"),
            settings.inline_policy_name.as_ref(),
            format_args!("{base}-ecs-{which}-policy"),
        )?;
        let location = self.location;
        let own = own_policy.map(|(address, policy)| (address, policy.arn(location)));
        let mut attachments: Vec<(Address, Arn)> = own.into_iter().collect();
        let mut additional: Vec<Arn> = Vec::new();
        for arn in settings.additional_managed_policies.iter().map(|policy| policy.arn(location)) {
            if !additional.contains(&arn) && attachments.iter().all(|(_, known)| *known != arn) {
                additional.push(arn);
            }
        }
        attachments.extend(additional.iter().map(|arn| {
            let key = attachment_key(arn, &additional);
            (address::additional_attachment(&format!("ecs_{which}_role"), &key), arn.clone())
        }));
        let tags = self.tags(&path, &settings.tags, name.as_str(), &[])?;
        self.refuse_keys_alike(&path, &tags);
        Some(DesiredRole {
            address,
            arn: location.global_arn("iam", format!("role{}{name}", settings.path)),
            spec: RoleSpec {
                tags,
                name,
                path: settings.path.clone(),
                trust: trust_policy(&settings.trust, location),
                description: settings.description.clone(),
                max_session_duration: settings.max_session_duration,
                permissions_boundary: settings.permissions_boundary.clone(),
            },
            attachments,
            inline_address,
            inline_name,
            inline: (!statements.is_empty()).then(|| PolicyDocument::new(statements)),
            unmanaged_tags: self.spec.unmanaged.tags,
            unmanaged_policies: self.spec.unmanaged.policies,
        })
    }

    /// One role in both places would hold the rights of both. IAM's role names are unique without case.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    fn refuse_one_role_twice(
        &mut self,
        execution: Option<&DesiredRole>,
        task: Option<&DesiredRole>,
    ) {
        let (Some(execution), Some(task)) = (execution, task) else { return };
        let (first, second) = (execution.spec.name.as_str(), task.spec.name.as_str());
        if first.eq_ignore_ascii_case(second) {
            let rule = "the execution role has that name, and IAM tells no case apart; give the task \
                        role a name of its own";
            let error = InvalidValue::new("role name", second, rule, None);
            self.errors.push(SpecError { path: "task_role.name".to_owned(), error });
        }
    }

    /// IAM takes tag keys of a role that differ in case alone for one key.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating>.
    fn refuse_keys_alike(&mut self, path: &str, tags: &Tags) {
        let mut seen = BTreeSet::new();
        for (key, _) in tags.iter() {
            if !seen.insert(key.to_lowercase()) {
                let rule = "IAM takes keys that differ in case alone for one; keep one of them";
                let error = InvalidValue::new("tag key", key, rule, None);
                self.errors.push(SpecError { path: format!("{path}.tags"), error });
            }
        }
    }

    /// ECS keeps the prefix `aws:` to itself in values as well; the other services only in keys.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>.
    fn refuse_reserved_values(&mut self, path: &str, tags: &Tags) {
        for (_, value) in tags.iter().filter(|(_, value)| is_reserved(value)) {
            let rule = "ECS keeps values that begin with aws: to itself";
            let error = InvalidValue::new("tag value", value, rule, None);
            self.errors.push(SpecError { path: format!("{path}.tags"), error });
        }
    }

    fn repository(&mut self, execution_role_arn: Option<String>) -> Option<DesiredRepository> {
        let (base, settings) = (self.spec.base_name(), &self.spec.repository);
        let name =
            self.name("repository.name", settings.name.as_ref(), format_args!("{base}-app"))?;
        let principals =
            execution_role_arn.into_iter().chain(settings.additional_pull_principals.clone());
        let pull = Statement::allow(settings.pull_actions.iter().cloned())
            .with_sid(&settings.policy_sid)
            .with_principal(PrincipalSet::aws(principals));
        // The tutorial tags the repository with a name that is not the repository's.
        let name_tag = format!("{name}-repo");
        Some(DesiredRepository {
            arn: self.location.arn("ecr", format!("repository/{name}")),
            uri: format!("{}/{name}", self.location.registry_host()),
            spec: RepositorySpec {
                tags: self.tags("repository", &settings.tags, &name_tag, &[])?,
                name,
                tag_mutability: settings.tag_mutability.clone(),
                scan_on_push: settings.scan_on_push,
                encryption: settings.encryption.clone(),
            },
            policy: PolicyDocument::new([pull]),
            lifecycle: settings.lifecycle_policy.clone(),
            force_delete: settings.force_delete,
            unmanaged_tags: self.spec.unmanaged.tags,
        })
    }

    fn log_group(&mut self) -> Option<DesiredLogGroup> {
        let (base, settings) = (self.spec.base_name(), &self.spec.log_group);
        let name =
            self.name("log_group.name", settings.name.as_ref(), format_args!("/ecs/{base}"))?;
        let environment = self.spec.environment.as_str();
        let name_tag = format!("{base}-ecs-logs");
        let more = [("Environment", environment)];
        Some(DesiredLogGroup {
            arn: self.location.arn("logs", format!("log-group:{name}")),
            spec: LogGroupSpec {
                tags: self.tags("log_group", &settings.tags, &name_tag, &more)?,
                name,
                class: settings.class.clone(),
                kms_key: settings.kms_key.clone(),
            },
            retention: settings.retention,
            skip_destroy: settings.skip_destroy,
            unmanaged_tags: self.spec.unmanaged.tags,
        })
    }
}

/// What tells the attachment of a policy from those of others to the same role: the policy's name, or its ARN
/// where another has that name too, under another path or in another account.
fn attachment_key(arn: &Arn, all: &[Arn]) -> String {
    let name = arn.last_segment();
    let alike = all.iter().filter(|other| other.last_segment() == name).count();
    if alike > 1 { arn.to_string() } else { name.to_owned() }
}

fn trust_policy(trust: &TrustSettings, location: &Location) -> PolicyDocument {
    let mut statement = Statement::allow(["sts:AssumeRole"])
        .with_principal(PrincipalSet::service(trust.services.iter().cloned()));
    if !trust.source_accounts.is_empty() {
        let accounts =
            trust.source_accounts.iter().map(|account| account.resolve(location).as_str());
        statement = statement.with_condition("StringEquals", "aws:SourceAccount", accounts);
    }
    if !trust.source_arns.is_empty() {
        statement =
            statement.with_condition("ArnLike", "aws:SourceArn", trust.source_arns.iter().cloned());
    }
    PolicyDocument::new([statement])
}
