//! Resolves a specification into the desired state: names, ARNs, policies and tags.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::arn::Location;
use crate::names::{InvalidValue, ServiceName};
use crate::tags::{MAX_TAGS, NAME_KEY, Tags, is_reserved};
use crate::values::Template;

use super::cluster::DesiredCluster;
use super::deployer::DesiredDeployer;
use super::log_group::DesiredLogGroup;
use super::repository::DesiredRepository;
use super::role::DesiredRole;
use super::service::GivenService;
use super::spec::{FoundationSpec, SpecError};

/// The desired state of a foundation: the result of resolving a
/// [`FoundationSpec`](super::FoundationSpec) for one account and region.
///
/// The components change the resources to match this state. Exports, such as templates, are also
/// generated from this state. If your code must handle every attribute, destructure this type
/// without `..`, so that the compiler reports attributes that a later version adds.
///
/// ```
/// use infra_core::arn::Location;
/// use infra_core::foundation::{DesiredLogGroup, Foundation, FoundationSpec};
/// use infra_core::provider::Retention;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let location = Location::new("123456789012".parse()?, "eu-central-1".parse()?)?;
/// let foundation =
///     Foundation::new(FoundationSpec::new("shop".parse()?, "dev".parse()?), location)?;
/// let DesiredLogGroup { spec, arn, retention, .. } = &foundation.resolved().log_group;
/// assert_eq!(spec.tags.get("Environment"), Some("dev"));
/// assert_eq!(arn.to_string(), "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/shop-dev");
/// assert!(matches!(retention, Retention::Days(days) if days.days() == 14));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The cluster and its capacity providers.
    pub cluster: DesiredCluster,
    /// The role that ECS uses to pull images and write logs.
    pub execution_role: DesiredRole,
    /// The role that the application code in the containers uses.
    pub task_role: DesiredRole,
    /// The image repository and its policies.
    pub repository: DesiredRepository,
    /// The log group.
    pub log_group: DesiredLogGroup,
    /// The additional services. `task_role`, `repository` and `log_group` belong to the default
    /// service.
    pub services: BTreeMap<ServiceName, DesiredService>,
    /// The deployer, if one is configured.
    pub deployer: Option<DesiredDeployer>,
}

/// The desired state of a service's own resources.
#[derive(Clone, Debug)]
pub struct DesiredService {
    /// The role that the code in the service's containers uses.
    pub task_role: DesiredRole,
    /// The service's image repository and the repository's policies.
    pub repository: DesiredRepository,
    /// Its log group.
    pub log_group: DesiredLogGroup,
}

impl Resolved {
    /// Resolves a specification, or returns all its errors.
    pub(super) fn new(spec: &FoundationSpec, location: &Location) -> Result<Self, Vec<SpecError>> {
        let mut resolver = Resolver { spec, location, errors: Vec::new() };
        match resolver.resolve() {
            Some(all) if resolver.errors.is_empty() => Ok(all),
            _ => Err(resolver.errors),
        }
    }
}

pub(super) struct Resolver<'a> {
    pub(super) spec: &'a FoundationSpec,
    pub(super) location: &'a Location,
    pub(super) errors: Vec<SpecError>,
}

impl Resolver<'_> {
    fn resolve(&mut self) -> Option<Resolved> {
        let spec = self.spec;
        let execution_role = self.execution_role();
        let execution_role_arn = execution_role.as_ref().map(|role| role.arn.to_string());
        let cluster = self.cluster();
        let mut used = UsedNames::default();
        if let Some(role) = &execution_role {
            used.roles.insert(role.spec.name.as_str().to_lowercase(), "execution role".to_owned());
        }
        let mut services = spec.each_service();
        let default = services
            .next()
            .and_then(|it| self.service(it, execution_role_arn.as_deref(), &mut used));
        let mut others = BTreeMap::new();
        for (name, given) in spec.services.keys().zip(services) {
            self.refuse_names_alike(name, &others);
            let service = self.service(given, execution_role_arn.as_deref(), &mut used);
            others.insert(name.clone(), service);
        }
        let others = others.into_iter().map(|(name, service)| Some((name, service?)));
        let others: Option<BTreeMap<_, _>> = others.collect();
        let parts = default.zip(cluster).zip(execution_role.zip(others));
        let all = parts.map(|((service, cluster), (execution_role, services))| {
            let DesiredService { task_role, repository, log_group } = service;
            Resolved {
                cluster,
                execution_role,
                task_role,
                repository,
                log_group,
                services,
                deployer: None,
            }
        });
        let Some(settings) = &spec.deployer else { return all };
        let deployer = self.deployer(settings, all.as_ref(), &mut used);
        Some(Resolved { deployer: Some(deployer?), ..all? })
    }

    /// Rejects service names that differ only in hyphens, because the logical ids in an exported
    /// CloudFormation template contain no hyphens.
    fn refuse_names_alike<T>(&mut self, name: &ServiceName, earlier: &BTreeMap<ServiceName, T>) {
        let bare = |name: &ServiceName| name.as_str().replace('-', "");
        let Some(other) = earlier.keys().find(|other| bare(other) == bare(name)) else { return };
        let rule = format!("use a name that differs from {other} in more than hyphens");
        let error = InvalidValue::new("service name", name.as_str(), rule, None);
        self.errors.push(SpecError { path: format!("services.{name}"), error });
    }

    fn service(
        &mut self,
        given: GivenService<'_>,
        execution_role_arn: Option<&str>,
        used: &mut UsedNames,
    ) -> Option<DesiredService> {
        let GivenService { naming, task_role, repository, log_group } = given;
        let log_group = self.log_group(naming, log_group);
        let log_group_arn = log_group.as_ref().map(|log_group| log_group.arn.to_string());
        let task_role = self.task_role(naming, task_role, log_group_arn.as_deref());
        let repository = self.repository(naming, repository, execution_role_arn);
        if let Some(role) = &task_role {
            self.refuse_role_twice(used, role, naming.describe("task role"));
        }
        if let Some(repository) = &repository {
            let (setting, name) = (&repository.setting, repository.spec.name.as_str());
            let name = (name, "repository name", "");
            self.refuse_twice(&mut used.repositories, setting, naming.describe("repository"), name);
        }
        if let Some(group) = &log_group {
            let name = (group.spec.name.as_str(), "log group name", "");
            self.refuse_twice(
                &mut used.log_groups,
                &group.setting,
                naming.describe("log group"),
                name,
            );
        }
        let (task_role, repository, log_group) = (task_role?, repository?, log_group?);
        Some(DesiredService { task_role, repository, log_group })
    }

    /// Returns the configured name, or the default derived from the base name.
    pub(super) fn name<T: Clone + FromStr<Err = InvalidValue>>(
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

    pub(super) fn keep<T>(&mut self, path: &str, result: Result<T, InvalidValue>) -> Option<T> {
        result
            .map_err(|error| {
                let path = path.to_owned();
                self.errors.push(SpecError { path, error });
            })
            .ok()
    }

    /// Returns all tags of a resource: the common tags, `more`, the resource's own tags, and the
    /// Name tag, which determines ownership. If several tags have the same key, the last one wins.
    pub(super) fn tags(
        &mut self,
        path: &str,
        own: &Tags,
        name: &str,
        more: &[(&str, &str)],
    ) -> Option<Tags> {
        let mut tags = Tags::new();
        let all = self.spec.tags.iter().chain(more.iter().copied()).chain(own.iter());
        for (key, value) in all.chain([(NAME_KEY, name)]) {
            let set = tags.set(key, value);
            if key == NAME_KEY && set.is_err() && tags.len() < MAX_TAGS {
                let rule = "the name becomes the Name tag, and a tag value can have at most 256 letters, \
                            digits, spaces and any of _ . : / = + - @";
                let error = InvalidValue::new("name", value, rule, None);
                self.keep::<()>(&format!("{path}.name"), Err(error))?;
            }
            self.keep(&format!("{path}.tags"), set)?;
        }
        Some(tags)
    }

    /// Fills in the placeholders in a value. Records an error if the result is invalid.
    pub(super) fn filled<T: FromStr<Err = InvalidValue>>(
        &mut self,
        path: &str,
        given: Option<&Template<T>>,
    ) -> Option<T> {
        given.and_then(|template| self.keep(path, template.resolve(self.location)))
    }

    /// Rejects a name that another resource of the same kind already has. For example, two roles
    /// with the same name would be a single role with the permissions of both. IAM ignores case in
    /// role names.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    pub(super) fn refuse_twice(
        &mut self,
        used: &mut BTreeMap<String, String>,
        setting: &str,
        what: String,
        (name, kind, reason): (&str, &'static str, &str),
    ) {
        let key = if kind == "role name" { name.to_lowercase() } else { name.to_owned() };
        let Some(other) = used.get(&key) else {
            used.insert(key, what);
            return;
        };
        let rule =
            format!("the {other} has the same name{reason}; give the {what} a different name");
        let error = InvalidValue::new(kind, name, rule, None);
        self.errors.push(SpecError { path: format!("{setting}.name"), error });
    }

    /// Rejects tag values that start with `aws:`. ECS and ECR reserve this prefix in values as
    /// well; the other services reserve it only in keys.
    ///
    /// Sources: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>,
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html>.
    pub(super) fn refuse_reserved_values(&mut self, path: &str, service: &str, tags: &Tags) {
        for (_, value) in tags.iter().filter(|(_, value)| is_reserved(value)) {
            let rule = format!("{service} reserves values that begin with aws:");
            let error = InvalidValue::new("tag value", value, rule, None);
            self.errors.push(SpecError { path: format!("{path}.tags"), error });
        }
    }
}

/// The names that are in use, each with a description of the resource that uses it.
#[derive(Default)]
pub(super) struct UsedNames {
    /// The names are in lower case, because IAM ignores case.
    pub(super) roles: BTreeMap<String, String>,
    repositories: BTreeMap<String, String>,
    log_groups: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::{FoundationSpec, Location, Resolved};
    use crate::arn::Partition;
    use crate::policy::Statement;
    use crate::provider::Encryption;

    fn spec() -> FoundationSpec {
        FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap())
    }

    fn resolved(spec: &FoundationSpec) -> Resolved {
        let location = Location {
            partition: Partition::AwsCn,
            account_id: "210987654321".parse().unwrap(),
            region: "cn-north-1".parse().unwrap(),
        };
        Resolved::new(spec, &location).unwrap()
    }

    #[test]
    fn placeholders_are_the_foundation_s_own_account_region_and_partition() {
        let mut spec = spec();
        let key = "arn:{partition}:kms:{region}:{account_id}:key/1234abcd";
        spec.log_group.kms_key = key.parse().ok();
        spec.repository.encryption = Encryption::Kms(Some(key.to_owned()));
        spec.repository.additional_pull_principals = vec!["{account_id}".parse().unwrap()];
        let role = &mut spec.task_role.role;
        role.permissions_boundary =
            "arn:{partition}:iam::{account_id}:policy/boundary".parse().ok();
        role.additional_managed_policies =
            vec!["arn:{partition}:iam::{account_id}:policy/own".parse().unwrap()];
        role.trust.source_arns =
            vec!["arn:{partition}:ecs:{region}:{account_id}:*".parse().unwrap()];
        role.statements = vec![
            Statement::allow(["s3:GetObject"])
                .with_resources(["arn:{partition}:s3:::shop-{account_id}/${aws:username}/*"])
                .with_condition("StringEquals", "aws:ResourceAccount", ["{account_id}"]),
        ];
        assert_eq!(spec.validate(), []);
        let all = resolved(&spec);
        let filled = "arn:aws-cn:kms:cn-north-1:210987654321:key/1234abcd";
        assert_eq!(all.log_group.spec.kms_key.unwrap().to_string(), filled);
        assert_eq!(all.repository.spec.encryption.key(), Some(filled));
        assert!(all.repository.policy.to_json().contains(r#""210987654321""#));
        let role = &all.task_role;
        let policy = |name: &str| format!("arn:aws-cn:iam::210987654321:policy/{name}");
        assert_eq!(
            role.spec.permissions_boundary.as_ref().unwrap().to_string(),
            policy("boundary")
        );
        assert_eq!(role.attachments[0].1.to_string(), policy("own"));
        let trust = role.spec.trust.to_json();
        assert!(trust.contains("arn:aws-cn:ecs:cn-north-1:210987654321:*"), "{trust}");
        let inline = role.inline.as_ref().unwrap().to_json();
        assert!(inline.contains("arn:aws-cn:s3:::shop-210987654321/${aws:username}/*"), "{inline}");
        assert!(inline.contains(r#""aws:ResourceAccount":"210987654321""#), "{inline}");
    }

    #[test]
    fn role_names_with_a_region_are_in_the_outputs_and_policies_too() {
        let mut spec = spec();
        spec.role_names_include_region = true;
        let all = resolved(&spec);
        let (execution, task) = (&all.execution_role, &all.task_role);
        assert_eq!(execution.spec.name.as_str(), "shop-dev-ecs-execution-role-cn-north-1");
        assert_eq!(execution.inline_name.as_str(), "shop-dev-ecs-execution-policy-cn-north-1");
        assert_eq!(task.spec.name.as_str(), "shop-dev-ecs-task-role-cn-north-1");
        assert_eq!(task.inline_name.as_str(), "shop-dev-ecs-task-policy-cn-north-1");
        assert_eq!(task.spec.tags.name(), Some(task.spec.name.as_str()));
        let arn = execution.arn.to_string();
        assert!(arn.ends_with("role/shop-dev-ecs-execution-role-cn-north-1"), "{arn}");
        assert!(all.repository.policy.to_json().contains(&arn));
        // A configured name is used unchanged.
        spec.task_role.role.name = "worker".parse().ok();
        assert_eq!(resolved(&spec).task_role.spec.name.as_str(), "worker");
    }

    #[test]
    fn a_policy_that_is_too_long_is_found_before_any_call() {
        let mut spec = spec();
        let resources =
            (0..300).map(|bucket| format!("arn:aws:s3:::a-long-bucket-name-{bucket}/*"));
        spec.task_role.role.statements =
            vec![Statement::allow(["s3:GetObject"]).with_resources(resources)];
        let source = |cluster| format!("arn:aws:ecs:eu-west-1:123456789012:cluster/{cluster}");
        spec.execution_role.role.trust.source_arns =
            (0..50).map(|cluster| source(cluster).parse().unwrap()).collect();
        let paths: Vec<_> = spec.validate().into_iter().map(|error| error.path).collect();
        assert_eq!(paths, ["execution_role.trust", "task_role.statements"]);
    }

    #[test]
    fn resources_and_policies_are_of_the_foundation_s_partition() {
        let mut spec = spec();
        spec.task_role.role.statements = vec![
            Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:s3:::b/*", "arn:*:s3:::b"]),
        ];
        spec.execution_role.role.permissions_boundary =
            "arn:aws:iam::210987654321:policy/boundary".parse().ok();
        assert_eq!(spec.validate(), []);
        let location = Location {
            partition: Partition::AwsCn,
            account_id: "210987654321".parse().unwrap(),
            region: "cn-north-1".parse().unwrap(),
        };
        let errors = crate::foundation::Foundation::new(spec, location).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["execution_role.permissions_boundary", "task_role.statements"]);
    }
}
