//! The services of a foundation. A service is a workload on the cluster that has its own task role,
//! repository and log group.

use serde::Serialize;

use crate::engine::Address;
use crate::names::{EnvironmentName, ServiceName};
use crate::provider::{Retention, RetentionDays};

use super::{DesiredLogGroup, DesiredRepository, DesiredRole, DesiredService, Resolved};
use super::{FoundationSpec, LogGroupSettings, RepositorySettings, TaskRoleSettings};

/// The settings of a service: a workload with its own task role, repository and log group.
///
/// The services of a foundation share its cluster and its execution role.
///
/// ```
/// use infra_core::foundation::{FoundationSpec, ServiceSettings};
///
/// # fn main() -> Result<(), infra_core::names::InvalidValue> {
/// let mut spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
/// let mut worker = ServiceSettings::new(&spec.environment);
/// worker.repository.scan_on_push = false;
/// spec.services.insert("worker".parse()?, worker);
/// assert_eq!(spec.validate(), []);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceSettings {
    /// The role that the code in the service's containers uses.
    pub task_role: TaskRoleSettings,
    /// The service's image repository.
    pub repository: RepositorySettings,
    /// The service's log group.
    pub log_group: LogGroupSettings,
}

impl ServiceSettings {
    /// Returns the default settings for an environment.
    ///
    /// Logs are kept for 30 days in production and for 14 days in every other environment.
    pub fn new(environment: &EnvironmentName) -> Self {
        let mut log_group = LogGroupSettings::default();
        if environment.is_production() {
            log_group.retention = Retention::Days(RetentionDays::THIRTY);
        }
        Self {
            task_role: TaskRoleSettings::default(),
            repository: RepositorySettings::default(),
            log_group,
        }
    }
}

/// The addresses of a service's resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAddresses {
    /// The task role.
    pub task_role: Address,
    /// The inline policy of the task role.
    pub task_role_policy: Address,
    /// The repository.
    pub repository: Address,
    /// The repository policy.
    pub repository_policy: Address,
    /// The log group.
    pub log_group: Address,
}

/// The settings of one service in a specification, with the [`Naming`] of its resources.
#[derive(Clone, Copy, Debug)]
pub(super) struct GivenService<'a> {
    pub(super) naming: Naming<'a>,
    pub(super) task_role: &'a TaskRoleSettings,
    pub(super) repository: &'a RepositorySettings,
    pub(super) log_group: &'a LogGroupSettings,
}

impl FoundationSpec {
    /// Iterates over the services: first the default service, then the others, sorted by name.
    pub(super) fn each_service(&self) -> impl Iterator<Item = GivenService<'_>> {
        let Self { task_role, repository, log_group, .. } = self;
        let default = GivenService { naming: Naming(None), task_role, repository, log_group };
        let others = self.services.iter().map(|(name, settings)| {
            let ServiceSettings { task_role, repository, log_group } = settings;
            GivenService { naming: Naming(Some(name)), task_role, repository, log_group }
        });
        std::iter::once(default).chain(others)
    }
}

/// The default names of a service's resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultNames {
    /// The name of the task role, without the optional region suffix.
    pub task_role: String,
    /// The name of the repository.
    pub repository: String,
    /// The name of the log group.
    pub log_group: String,
}

impl DefaultNames {
    /// Returns the default names of a service's resources in a foundation with this
    /// [base name](FoundationSpec::base_name). `None` stands for the default service.
    pub fn new(base: &str, service: Option<&ServiceName>) -> Self {
        let naming = Naming(service);
        Self {
            task_role: format!("{}-role", naming.task(base)),
            repository: naming.repository(base),
            log_group: naming.log_group(base),
        }
    }
}

/// Returns a notice that a resource with the default name exists although another name is
/// configured.
pub(super) fn unused_default(what: &str, name: impl std::fmt::Display) -> String {
    format!(
        "the {what} {name} also exists; it has the default name, which the configuration no longer uses, and is left \
         unchanged"
    )
}

/// The desired state of one service.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedService<'a> {
    /// The name of the service, or `None` for the default service.
    pub name: Option<&'a ServiceName>,
    /// The service's task role.
    pub task_role: &'a DesiredRole,
    /// The service's repository.
    pub repository: &'a DesiredRepository,
    /// The service's log group.
    pub log_group: &'a DesiredLogGroup,
}

impl Resolved {
    /// Iterates over the services: first the default service, then the others, sorted by name.
    pub fn each_service(&self) -> impl Iterator<Item = ResolvedService<'_>> {
        let Self { task_role, repository, log_group, .. } = self;
        let default = ResolvedService { name: None, task_role, repository, log_group };
        let others = self.services.iter().map(|(name, service)| {
            let DesiredService { task_role, repository, log_group } = service;
            ResolvedService { name: Some(name), task_role, repository, log_group }
        });
        std::iter::once(default).chain(others)
    }

    /// Iterates over all roles: the roles that tasks use, then the deployer's role.
    pub fn roles(&self) -> impl Iterator<Item = &DesiredRole> {
        self.roles_of_tasks().chain(self.deployer.iter().map(|deployer| &deployer.role))
    }

    /// Iterates over the roles that tasks use: the execution role, then the task role of each
    /// service.
    pub fn roles_of_tasks(&self) -> impl Iterator<Item = &DesiredRole> {
        let task_roles = self.each_service().map(|service| service.task_role);
        std::iter::once(&self.execution_role).chain(task_roles)
    }
}

/// Builds the names, addresses and setting paths of a service. The default service has no name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming<'a>(pub(super) Option<&'a ServiceName>);

impl<'a> Naming<'a> {
    /// Returns the word that stands for the service in resource names: the service's name, or the
    /// given word for the default service.
    fn word(self, default: &'static str) -> &'a str {
        self.0.map_or(default, ServiceName::as_str)
    }

    /// Returns the word that stands for the service in addresses, with underscores instead of
    /// hyphens.
    fn identifier(self, default: &'static str) -> String {
        self.word(default).replace('-', "_")
    }

    /// Returns the path of one of the service's tables in the configuration.
    pub(super) fn setting(self, table: &str) -> String {
        match self.0 {
            None => table.to_owned(),
            Some(name) => format!("services.{name}.{table}"),
        }
    }

    /// Returns a description of one of the service's resources for use in messages.
    pub(super) fn describe(self, resource: &str) -> String {
        match self.0 {
            None => resource.to_owned(),
            Some(name) => format!("{resource} of the service {name}"),
        }
    }

    /// Returns the prefix that the default names of the task role and its inline policy share.
    pub(super) fn task(self, base: &str) -> String {
        format!("{base}-{}-task", self.word("ecs"))
    }

    /// Returns the part of addresses that identifies the task role.
    pub(super) fn task_role_identifier(self) -> String {
        format!("{}_task_role", self.identifier("ecs"))
    }

    pub(super) fn repository(self, base: &str) -> String {
        format!("{base}-{}", self.word("app"))
    }

    pub(super) fn log_group(self, base: &str) -> String {
        match self.0 {
            None => format!("/ecs/{base}"),
            Some(name) => format!("/ecs/{base}/{name}"),
        }
    }

    /// Returns the value of the log group's `Name` tag.
    pub(super) fn logs(self, base: &str) -> String {
        format!("{base}-{}-logs", self.word("ecs"))
    }

    pub(super) fn addresses(self) -> ServiceAddresses {
        let (role, repository) = (self.task_role_identifier(), self.identifier("app"));
        ServiceAddresses {
            task_role_policy: Address::new("iam_role_policy", &format!("{role}_policy")),
            task_role: Address::new("iam_role", &role),
            repository_policy: Address::new("ecr_repository_policy", &repository),
            repository: Address::new("ecr_repository", &repository),
            log_group: Address::new("cloudwatch_log_group", &self.identifier("ecs")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DefaultNames, ServiceSettings};
    use crate::arn::Location;
    use crate::foundation::{Foundation, FoundationSpec, Outputs, Resolved, address};
    use crate::provider::{
        Encryption, LogGroupClass, Providers, Retention, RetentionDays, Unsupported,
    };

    fn location() -> Location {
        Location::new("123456789012".parse().unwrap(), "us-east-1".parse().unwrap()).unwrap()
    }

    /// Returns a specification with these additional services.
    fn spec(services: &[&str]) -> FoundationSpec {
        let mut spec = FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap());
        for name in services {
            let settings = ServiceSettings::new(&spec.environment);
            spec.services.insert(name.parse().unwrap(), settings);
        }
        spec
    }

    fn worker(spec: &mut FoundationSpec) -> &mut ServiceSettings {
        spec.services.get_mut("worker").unwrap()
    }

    fn resolved(spec: FoundationSpec) -> Resolved {
        Foundation::new(spec, location()).unwrap().resolved().clone()
    }

    fn paths(spec: &FoundationSpec) -> Vec<String> {
        spec.validate().into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn names_tags_and_addresses_are_derived_from_the_service_s_name() {
        let all = resolved(spec(&["worker"]));
        let worker = &all.services["worker"];
        let (role, repository, group) = (&worker.task_role, &worker.repository, &worker.log_group);
        assert_eq!(role.spec.name.as_str(), "shop-dev-worker-task-role");
        assert_eq!(role.inline_name.as_str(), "shop-dev-worker-task-policy");
        assert_eq!(role.spec.tags.name(), Some("shop-dev-worker-task-role"));
        assert_eq!(role.spec.trust, all.task_role.spec.trust);
        assert_eq!(repository.spec.name.as_str(), "shop-dev-worker");
        assert_eq!(repository.spec.tags.name(), Some("shop-dev-worker-repo"));
        assert_eq!(repository.uri, "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-dev-worker");
        assert_eq!(group.spec.name.as_str(), "/ecs/shop-dev/worker");
        assert_eq!(group.spec.tags.name(), Some("shop-dev-worker-logs"));
        assert_eq!(group.spec.tags.get("Environment"), Some("dev"));
        let addresses = address::of_service(&"worker".parse().unwrap());
        assert_eq!(addresses.task_role.as_str(), "iam_role.worker_task_role");
        assert_eq!(addresses.task_role_policy.as_str(), "iam_role_policy.worker_task_role_policy");
        assert_eq!(addresses.repository.as_str(), "ecr_repository.worker");
        assert_eq!(addresses.repository_policy.as_str(), "ecr_repository_policy.worker");
        assert_eq!(addresses.log_group.as_str(), "cloudwatch_log_group.worker");
        assert_eq!(
            [&role.address, &role.inline_address, &repository.address, &repository.policy_address],
            [
                &addresses.task_role,
                &addresses.task_role_policy,
                &addresses.repository,
                &addresses.repository_policy,
            ]
        );
        assert_eq!(group.address, addresses.log_group);
        let names = DefaultNames::new("shop-dev", Some(&"worker".parse().unwrap()));
        assert_eq!(names.task_role, role.spec.name.as_str());
        assert_eq!(names.repository, repository.spec.name.as_str());
        assert_eq!(names.log_group, group.spec.name.as_str());
    }

    #[test]
    fn policies_are_about_the_execution_role_and_the_service_s_own_log_group() {
        let all = resolved(spec(&["worker"]));
        let worker = &all.services["worker"];
        assert_eq!(worker.repository.policy, all.repository.policy);
        let inline = worker.task_role.inline.as_ref().unwrap().to_json();
        let own = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop-dev/worker:*";
        assert!(inline.contains(own), "{inline}");
        assert!(!inline.contains("/ecs/shop-dev:*"), "{inline}");
    }

    #[test]
    fn the_default_service_has_the_same_addresses_with_and_without_others() {
        let (alone, all) = (resolved(spec(&[])), resolved(spec(&["a", "z"])));
        let default = address::of_default_service();
        for it in [&alone, &all] {
            assert_eq!(it.task_role.address, address::task_role());
            assert_eq!(it.task_role.inline_address, address::task_role_policy());
            assert_eq!(it.repository.address, address::repository());
            assert_eq!(it.repository.policy_address, address::repository_policy());
            assert_eq!(it.log_group.address, address::log_group());
            assert_eq!(default.task_role, it.task_role.address);
            assert_eq!(default.log_group, it.log_group.address);
        }
        assert_eq!(alone.execution_role.address, address::execution_role());
        assert_eq!(alone.execution_role.inline_address, address::execution_role_policy());
        let names: Vec<_> = all.each_service().map(|it| it.name.map(AsRef::as_ref)).collect();
        assert_eq!(names, [None, Some("a"), Some("z")]);
    }

    #[test]
    fn hyphens_become_underscores_in_addresses_and_outputs() {
        let foundation = Foundation::new(spec(&["mail-2"]), location()).unwrap();
        let mail = &foundation.resolved().services["mail-2"];
        assert_eq!(mail.repository.spec.name.as_str(), "shop-dev-mail-2");
        assert_eq!(mail.task_role.address.as_str(), "iam_role.mail_2_task_role");
        assert_eq!(mail.repository.address.as_str(), "ecr_repository.mail_2");
        let outputs = foundation.outputs();
        let names: Vec<_> = outputs.iter().map(|(name, _)| name).collect();
        assert_eq!(names[..8], Outputs::NAMES);
        assert_eq!(
            names[8..],
            [
                "ecs_task_role_arn_mail_2",
                "ecr_repository_url_mail_2",
                "ecr_repository_arn_mail_2",
                "cloudwatch_log_group_name_mail_2",
                "cloudwatch_log_group_arn_mail_2",
            ]
        );
        assert_eq!(names, Outputs::names(foundation.spec()));
        assert_eq!(outputs.get("cloudwatch_log_group_name_mail_2"), Some("/ecs/shop-dev/mail-2"));
        let address = outputs.address("ecr_repository_url_mail_2").unwrap();
        assert_eq!(address.as_str(), "ecr_repository.mail_2");
        assert_eq!(outputs.address("ecs_cluster_id"), Some(&address::cluster()));
    }

    #[test]
    fn role_names_include_the_region_if_configured() {
        let mut spec = spec(&["worker"]);
        spec.role_names_include_region = true;
        let all = resolved(spec);
        let role = &all.services["worker"].task_role;
        assert_eq!(role.spec.name.as_str(), "shop-dev-worker-task-role-us-east-1");
        assert_eq!(role.inline_name.as_str(), "shop-dev-worker-task-policy-us-east-1");
    }

    #[test]
    fn additional_policies_have_addresses_of_the_service() {
        let mut spec = spec(&["worker"]);
        worker(&mut spec).task_role.role.additional_managed_policies =
            vec!["AmazonSSMReadOnlyAccess".parse().unwrap()];
        let all = resolved(spec);
        let [(at, _)] = &all.services["worker"].task_role.attachments[..] else {
            panic!("one policy is attached");
        };
        let expected =
            r#"iam_role_policy_attachment.worker_task_role_policy["AmazonSSMReadOnlyAccess"]"#;
        assert_eq!(at.as_str(), expected);
    }

    #[test]
    fn broken_rules_have_the_service_s_settings() {
        let mut spec = spec(&["worker"]);
        let own = worker(&mut spec);
        own.task_role.role.trust.services.clear();
        own.repository.pull_actions.clear();
        own.repository.encryption = Encryption::Kms(Some("alias/x".to_owned()));
        own.log_group.class = LogGroupClass::Delivery;
        assert_eq!(
            paths(&spec),
            [
                "services.worker.task_role.trust.services",
                "services.worker.repository.encryption.kms_key",
                "services.worker.repository.pull_actions",
                "services.worker.log_group.class",
            ]
        );
    }

    #[test]
    fn what_is_misplaced_has_the_service_s_setting() {
        let mut spec = spec(&["worker"]);
        let own = worker(&mut spec);
        own.log_group.kms_key = "arn:aws:kms:eu-west-1:123456789012:key/1".parse().ok();
        own.task_role.role.permissions_boundary =
            "arn:aws-cn:iam::123456789012:policy/boundary".parse().ok();
        let errors = Foundation::new(spec, location()).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "services.worker.task_role.permissions_boundary",
                "services.worker.log_group.kms_key_id"
            ]
        );
    }

    #[test]
    fn production_keeps_the_logs_of_every_service_for_a_month() {
        let mut spec = FoundationSpec::new("shop".parse().unwrap(), "prod".parse().unwrap());
        let mut settings = ServiceSettings::new(&spec.environment);
        assert_eq!(settings.log_group.retention, Retention::Days(RetentionDays::THIRTY));
        settings.log_group.retention = Retention::Days(RetentionDays::FOURTEEN);
        spec.services.insert("worker".parse().unwrap(), settings);
        assert_eq!(paths(&spec), ["services.worker.log_group.retention_in_days"]);
    }

    #[test]
    fn resources_that_two_services_name_are_refused() {
        let mut spec = spec(&["other", "worker"]);
        let own = worker(&mut spec);
        own.task_role.role.name = "SHOP-dev-ecs-task-role".parse().ok();
        own.repository.name = "shop-dev-other".parse().ok();
        own.log_group.name = "/ecs/shop-dev".parse().ok();
        let errors = spec.validate();
        let shown: Vec<_> =
            errors.iter().map(|it| format!("{}: {}", it.path, it.error.rule())).collect();
        assert_eq!(
            shown,
            [
                "services.worker.task_role.name: the task role has the same name, and IAM ignores case; give the \
                 task role of the service worker a different name",
                "services.worker.repository.name: the repository of the service other has the same name; give the \
                 repository of the service worker a different name",
                "services.worker.log_group.name: the log group has the same name; give the log group of the service \
                 worker a different name",
            ]
        );
        assert_eq!(errors[1].error.what(), "repository name");
    }

    #[test]
    fn names_that_differ_only_in_hyphens_are_refused() {
        assert_eq!(paths(&spec(&["mail-2", "mail2"])), ["services.mail2"]);
        assert_eq!(paths(&spec(&["mail-2", "mail-3"])), [""; 0]);
    }

    #[test]
    fn a_name_that_is_too_long_is_found_before_any_call() {
        let long = "w".repeat(40);
        let setting = format!("services.{long}.task_role.name");
        let mut spec = spec(&[&long]);
        assert_eq!(paths(&spec), [""; 0]);
        spec.role_names_include_region = true;
        assert_eq!(paths(&spec), [setting]);
    }

    #[test]
    fn the_stack_has_the_resources_of_every_service() {
        let foundation = Foundation::new(spec(&["a", "worker"]), location()).unwrap();
        let providers: Providers =
            Unsupported::providers("us-east-1".parse().unwrap(), "nothing is called");
        let stack = foundation.stack(&providers);
        let declarations = stack.declarations().into_iter();
        let addresses: Vec<String> = declarations.map(|it| it.address.to_string()).collect();
        let services: Vec<&str> = addresses[9..].iter().map(String::as_str).collect();
        let of = |name: &str| {
            [
                format!("iam_role.{name}_task_role"),
                format!("iam_role_policy.{name}_task_role_policy"),
                format!("ecr_repository.{name}"),
                format!("ecr_repository_policy.{name}"),
                format!("cloudwatch_log_group.{name}"),
            ]
        };
        assert_eq!(services, [of("a"), of("worker")].concat());
    }
}
