//! Validates a specification before any AWS call is made.

use std::str::FromStr;

use crate::arn::{Location, Region};
use crate::names::{EnvironmentName, InvalidValue};
use crate::provider::{
    CapacityProviders, ContainerInsights, ExecuteCommandLogging, LogGroupClass, Retention,
    RetentionDays, StrategyItem, TagMutability,
};
use crate::values::{
    CapacityProviderName, EncryptionType, ExecuteCommandLoggingWord, InsightsSetting, KeyArn,
    KeyPrefix, LogGroupClassName, StrategyBase, StrategyWeight, TagFilter, TagMutabilityMode,
    Template, sample,
};

use super::Resolved;
use super::deployer::GitHubTrust;
use super::rules;
use super::service::GivenService;
use super::{
    ExecuteCommandSettings, FoundationSpec, LogGroupSettings, RepositorySettings, RoleSettings,
    SpecError,
};

/// Collects the broken rules, each with the setting that breaks it.
#[derive(Default)]
struct Findings(Vec<SpecError>);

impl Findings {
    fn add(
        &mut self,
        path: impl Into<String>,
        what: &'static str,
        value: &str,
        rule: impl Into<String>,
    ) {
        let error = InvalidValue::new(what, value, rule, None);
        self.0.push(SpecError { path: path.into(), error });
    }

    fn keep(&mut self, path: impl Into<String>, result: Result<(), InvalidValue>) {
        if let Err(error) = result {
            self.0.push(SpecError { path: path.into(), error });
        }
    }
}

impl FoundationSpec {
    /// Returns every rule that the specification breaks, with the setting that breaks it.
    ///
    /// Validation needs no account and makes no AWS calls. Everything that is derived from the
    /// settings, such as default names and policies, is checked too.
    pub fn validate(&self) -> Vec<SpecError> {
        self.validate_in(&sample().region)
    }

    /// Validates the specification as [`validate`](Self::validate) does, but for a given region.
    /// The region can matter because role names may include the region.
    pub fn validate_in(&self, region: &Region) -> Vec<SpecError> {
        let location = Location { region: region.clone(), ..sample() };
        self.resolve(&location, Resolved::broken_rules).err().unwrap_or_default()
    }

    /// Checks the settings, and the resources that result from them at `location`. `check` returns
    /// the rules that these resources break.
    pub(super) fn resolve(
        &self,
        location: &Location,
        check: impl FnOnce(&Resolved) -> Vec<SpecError>,
    ) -> Result<Resolved, Vec<SpecError>> {
        let mut errors = self.broken_rules();
        match Resolved::new(self, location) {
            Err(unresolved) => errors.extend(unresolved),
            Ok(resolved) => {
                let mut more = check(&resolved);
                // Settings that already have an error are not reported again.
                more.retain(|new| errors.iter().all(|known| known.path != new.path));
                errors.extend(more);
                if errors.is_empty() {
                    return Ok(resolved);
                }
            }
        }
        Err(errors)
    }

    /// Returns every rule that the settings themselves break.
    fn broken_rules(&self) -> Vec<SpecError> {
        let mut findings = Findings::default();
        cluster(&mut findings, &self.cluster.capacity, &self.cluster.container_insights);
        if let Some(settings) = &self.cluster.execute_command {
            execute_command(&mut findings, settings);
        }
        role(&mut findings, "execution_role", &self.execution_role.role);
        for GivenService { naming, task_role, repository: images, log_group: logs } in
            self.each_service()
        {
            role(&mut findings, &naming.setting("task_role"), &task_role.role);
            repository(&mut findings, &naming.setting("repository"), images);
            log_group(&mut findings, &naming.setting("log_group"), logs, &self.environment);
        }
        if let Some(settings) = &self.deployer {
            deployer(&mut findings, &settings.trust);
        }
        findings.0
    }
}

/// Checks `CreateCluster`'s rules for capacity providers and the default strategy.
fn cluster(findings: &mut Findings, capacity: &CapacityProviders, insights: &ContainerInsights) {
    const PROVIDERS: &str = "cluster.capacity_providers";
    const STRATEGY: &str = "cluster.default_capacity_provider_strategy";
    findings.keep("cluster.container_insights", parsed::<InsightsSetting>(insights.as_str()));
    let CapacityProviders { providers, default_strategy } = capacity;
    for name in providers {
        findings.keep(PROVIDERS, parsed::<CapacityProviderName>(name));
    }
    if providers.len() > 20 {
        let rule = "a cluster can have at most 20 capacity providers";
        let count = providers.len().to_string();
        findings.add(PROVIDERS, "list of capacity providers", &count, rule);
    }
    for item in default_strategy {
        findings.keep(STRATEGY, StrategyBase::new(item.base).map(drop));
        findings.keep(STRATEGY, StrategyWeight::new(item.weight).map(drop));
    }
    let items: Vec<StrategyItem> = default_strategy.iter().cloned().collect();
    for error in rules::strategy(&items, providers) {
        let value = error.index.map(|index| items[index].capacity_provider.as_str());
        let what = "capacity provider strategy";
        findings.add(STRATEGY, what, value.unwrap_or_default(), error.rule);
    }
}

/// Checks the rules of `API_ExecuteCommandConfiguration`. Also reports encryption and prefix
/// settings that have no effect because their log group or bucket is missing.
fn execute_command(findings: &mut Findings, settings: &ExecuteCommandSettings) {
    const LOGGING: &str = "cluster.execute_command.logging";
    let ExecuteCommandSettings {
        kms_key: _,
        logging,
        cloudwatch_log_group,
        cloudwatch_encryption,
        s3_bucket,
        s3_key_prefix,
        s3_encryption,
    } = settings;
    let word = logging.as_str();
    findings.keep(LOGGING, parsed::<ExecuteCommandLoggingWord>(word));
    let has_target = cloudwatch_log_group.is_some() || s3_bucket.is_some();
    if *logging == ExecuteCommandLogging::Override && !has_target {
        let rule = "OVERRIDE requires a log group, a bucket or both";
        findings.add(LOGGING, "logging mode without a log group or bucket", word, rule);
    } else if *logging != ExecuteCommandLogging::Override && has_target {
        let rule = "a log group or bucket requires the logging mode OVERRIDE";
        let what = "logging mode with a log group or bucket";
        let error = InvalidValue::new(what, word, rule, Some("OVERRIDE".to_owned()));
        findings.keep(LOGGING, Err(error));
    }
    let mut needs =
        |what: &'static str, key: &str, value: Option<&str>, is_met: bool, rule: &str| {
            if let Some(value) = value.filter(|_| !is_met) {
                findings.add(format!("cluster.execute_command.{key}"), what, value, rule);
            }
        };
    let (group, bucket) = ("specify a log group as well", "specify a bucket as well");
    let on = |encryption: bool| encryption.then_some("true");
    needs(
        "encryption setting without a log group",
        "cloudwatch_encryption",
        on(*cloudwatch_encryption),
        cloudwatch_log_group.is_some(),
        group,
    );
    needs(
        "encryption setting without a bucket",
        "s3_encryption",
        on(*s3_encryption),
        s3_bucket.is_some(),
        bucket,
    );
    let prefix = s3_key_prefix.as_ref().map(KeyPrefix::as_str);
    needs("key prefix without a bucket", "s3_key_prefix", prefix, s3_bucket.is_some(), bucket);
}

/// Checks a string against the rule for type `T`.
fn parsed<T: FromStr<Err = InvalidValue>>(text: &str) -> Result<(), InvalidValue> {
    text.parse::<T>().map(drop)
}

fn role(findings: &mut Findings, path: &str, settings: &RoleSettings) {
    if settings.trust.services.is_empty() {
        let rule = "at least one service must be able to assume the role";
        findings.add(format!("{path}.trust.services"), "list of services", "", rule);
    }
}

/// Checks that the settings allow at least one workflow to assume the deployer's role. For GitHub's
/// identity provider, IAM rejects a trust policy without a condition on the subject.
fn deployer(findings: &mut Findings, trust: &GitHubTrust) {
    let GitHubTrust { repositories, branches, tags, environments } = trust;
    let mut required = |holds: bool, key: &str, what, rule: &str| {
        if !holds {
            findings.add(format!("deployer.github.{key}"), what, "", rule);
        }
    };
    let rule = "at least one repository must be able to assume the role";
    required(!repositories.is_empty(), "repositories", "list of repositories", rule);
    let is_limited = !(branches.is_empty() && tags.is_empty() && environments.is_empty());
    let rule = "at least one branch, tag or environment must be able to assume the role";
    required(is_limited, "branches", "list of branches", rule);
}

/// Checks the limits of `API_CreateRepository` and `API_SetRepositoryPolicy`.
fn repository(findings: &mut Findings, path: &str, settings: &RepositorySettings) {
    let filters_path = format!("{path}.image_tag_mutability_exclusion_filters");
    let mutability = &settings.tag_mutability;
    let with_exclusion = matches!(
        mutability,
        TagMutability::MutableWithExclusion(_) | TagMutability::ImmutableWithExclusion(_)
    );
    for filter in mutability.filters() {
        findings.keep(&*filters_path, parsed::<TagFilter>(&filter.filter));
    }
    let filters = mutability.filters().count();
    if with_exclusion && !(1..=5).contains(&filters) {
        findings.add(
            filters_path,
            "list of exclusion filters",
            &filters.to_string(),
            rules::FILTER_COUNT,
        );
    }
    findings.keep(
        format!("{path}.image_tag_mutability"),
        parsed::<TagMutabilityMode>(mutability.as_str()),
    );
    let encryption = &settings.encryption;
    findings.keep(format!("{path}.encryption.type"), parsed::<EncryptionType>(encryption.kind()));
    // ECR always reports the key as an ARN. A key in another form would look like a change on every
    // run, and each run would replace the repository and delete its images.
    if let Some(key) = encryption.key() {
        findings.keep(format!("{path}.encryption.kms_key"), parsed::<Template<KeyArn>>(key));
    }
    if settings.pull_actions.is_empty() {
        let rule = "the repository policy must allow at least one action";
        findings.add(format!("{path}.pull_actions"), "list of actions", "", rule);
    }
}

fn log_group(
    findings: &mut Findings,
    path: &str,
    settings: &LogGroupSettings,
    environment: &EnvironmentName,
) {
    let class = format!("{path}.class");
    if settings.class == LogGroupClass::Delivery {
        let rule = "tasks cannot write to a log group of class DELIVERY, and AWS fixes its \
                    retention; use STANDARD or INFREQUENT_ACCESS";
        findings.add(class, "log group class", "DELIVERY", rule);
    } else {
        findings.keep(class, parsed::<LogGroupClassName>(settings.class.as_str()));
    }
    if let Retention::Days(days) = settings.retention
        && environment.is_production()
        && days < RetentionDays::THIRTY
    {
        let error = InvalidValue::new(
            "retention for production",
            &days.days().to_string(),
            format!(
                "production must keep its logs for at least {} days",
                RetentionDays::THIRTY.days()
            ),
            Some(RetentionDays::THIRTY.days().to_string()),
        );
        findings.keep(format!("{path}.retention_in_days"), Err(error));
    }
}

#[cfg(test)]
mod tests {
    use super::FoundationSpec;
    use crate::foundation::{ExecuteCommandSettings, LifecyclePolicy};
    use crate::policy::Statement;
    use crate::provider::{
        CapacityProviders, Encryption, ExclusionFilter, ExecuteCommandLogging, LogGroupClass,
        Retention, RetentionDays, StrategyItem, TagMutability,
    };

    fn spec() -> FoundationSpec {
        FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap())
    }

    fn paths(spec: &FoundationSpec) -> Vec<String> {
        spec.validate().into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn defaults_are_valid() {
        assert_eq!(paths(&spec()), [""; 0]);
    }

    #[test]
    fn all_broken_rules_are_reported_together() {
        let mut spec = spec();
        spec.log_group.class = LogGroupClass::Delivery;
        spec.task_role.role.trust.services.clear();
        spec.repository.pull_actions.clear();
        let expected = ["task_role.trust.services", "repository.pull_actions", "log_group.class"];
        assert_eq!(paths(&spec), expected);
    }

    #[test]
    fn strategies_follow_the_ecs_rules() {
        let item = |name: &str, base, weight| StrategyItem {
            capacity_provider: name.to_owned(),
            base,
            weight,
        };
        let broken = |items: Vec<StrategyItem>| {
            let mut spec = spec();
            spec.cluster.capacity = CapacityProviders {
                default_strategy: items.into_iter().collect(),
                ..CapacityProviders::fargate()
            };
            spec.validate().into_iter().map(|it| it.error.rule().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(broken(vec![item("FARGATE", 1, 1), item("FARGATE_SPOT", 0, 4)]), [""; 0]);
        let two = broken(vec![item("FARGATE", 1, 1), item("FARGATE_SPOT", 1, 1)]);
        assert_eq!(two, ["only one capacity provider in a strategy can have a base"]);
        assert_eq!(broken(vec![item("FARGATE", 0, 1001)]), ["use a whole number from 0 to 1000"]);
        assert_eq!(
            broken(vec![item("FARGATE", 100_001, 1)]),
            ["use a whole number from 0 to 100000"]
        );
        assert_eq!(broken(vec![item("mine", 0, 1)]).len(), 1);
        let idle = broken(vec![item("FARGATE", 0, 0)]);
        assert_eq!(idle, ["at least one capacity provider in a strategy needs a weight above 0"]);
    }

    #[test]
    fn sessions_are_logged_to_a_log_group_or_bucket_only_with_override() {
        let broken = |change: fn(&mut ExecuteCommandSettings)| {
            let mut spec = spec();
            change(spec.cluster.execute_command.get_or_insert_default());
            paths(&spec)
                .iter()
                .map(|path| path.replace("cluster.execute_command.", ""))
                .collect::<Vec<_>>()
        };
        assert_eq!(broken(|_| {}), [""; 0]);
        assert_eq!(broken(|it| it.logging = ExecuteCommandLogging::None), [""; 0]);
        assert_eq!(broken(|it| it.logging = ExecuteCommandLogging::Override), ["logging"]);
        assert_eq!(broken(|it| it.logging = "ALL".into()), ["logging"]);
        assert_eq!(broken(|it| it.cloudwatch_log_group = "/exec".parse().ok()), ["logging"]);
        let unused = ["cloudwatch_encryption", "s3_encryption", "s3_key_prefix"];
        assert_eq!(
            broken(|it| {
                it.cloudwatch_encryption = true;
                it.s3_encryption = true;
                it.s3_key_prefix = "exec".parse().ok();
            }),
            unused
        );
        assert_eq!(
            broken(|it| {
                it.logging = ExecuteCommandLogging::Override;
                it.cloudwatch_log_group = "/exec".parse().ok();
                it.cloudwatch_encryption = true;
                it.s3_bucket = "sessions-{account_id}".parse().ok();
                it.s3_encryption = true;
                it.s3_key_prefix = "exec".parse().ok();
            }),
            [""; 0]
        );
    }

    #[test]
    fn tag_keys_of_a_role_that_differ_only_by_case_are_rejected() {
        let mut spec = spec();
        spec.tags.set("team", "a").unwrap();
        spec.task_role.role.tags.set("Team", "b").unwrap();
        spec.cluster.tags.set("Team", "b").unwrap();
        assert_eq!(paths(&spec), ["task_role.tags"]);
    }

    #[test]
    fn tag_values_that_begin_with_aws_are_refused_where_ecs_and_ecr_have_them() {
        let mut spec = spec();
        spec.tags.set("Team", "AWS:x").unwrap();
        assert_eq!(paths(&spec), ["cluster.tags", "repository.tags"]);
    }

    #[test]
    fn values_that_aws_rejects_are_found_before_any_call() {
        let mut spec = spec();
        spec.cluster.capacity.providers.insert("aws-mine".to_owned());
        let foreign = Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:s3:::日本/*"]);
        spec.task_role.role.statements = vec![foreign];
        let filters = [ExclusionFilter::wildcard("a/b".to_owned())].into();
        spec.repository.tag_mutability = TagMutability::ImmutableWithExclusion(filters);
        assert_eq!(
            paths(&spec),
            [
                "cluster.capacity_providers",
                "repository.image_tag_mutability_exclusion_filters",
                "task_role.statements",
            ]
        );
    }

    #[test]
    fn same_name_for_both_roles_is_rejected_in_any_case() {
        let mut spec = spec();
        spec.execution_role.role.name = Some("Same".parse().unwrap());
        spec.task_role.role.name = Some("same".parse().unwrap());
        assert_eq!(paths(&spec), ["task_role.name"]);
    }

    #[test]
    fn name_that_is_invalid_as_a_tag_value_is_rejected() {
        let mut spec = spec();
        spec.execution_role.role.name = Some("a,b".parse().unwrap());
        assert_eq!(paths(&spec), ["execution_role.name"]);
    }

    #[test]
    fn repository_key_must_be_an_arn() {
        let mut spec = spec();
        for key in ["alias/images", "1234abcd-12ab-34cd-56ef-1234567890ab"] {
            spec.repository.encryption = Encryption::Kms(Some(key.to_owned()));
            assert_eq!(paths(&spec), ["repository.encryption.kms_key"]);
        }
        let arn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        spec.repository.encryption = Encryption::KmsDsse(Some(arn.to_owned()));
        assert_eq!(paths(&spec), [""; 0]);
    }

    #[test]
    fn lifecycle_policy_outside_the_ecr_limits_is_rejected() {
        for document in [serde_json::json!({}), serde_json::json!({ "rules": [] })] {
            let mut spec = spec();
            spec.repository.lifecycle_policy = LifecyclePolicy::Document(document);
            assert_eq!(paths(&spec), ["repository.lifecycle_policy"]);
        }
    }

    #[test]
    fn derived_name_that_is_too_long_is_found_before_any_call() {
        let spec =
            FoundationSpec::new("p".repeat(40).parse().unwrap(), "e".repeat(40).parse().unwrap());
        assert_eq!(paths(&spec), ["execution_role.name", "task_role.name"]);
    }

    #[test]
    fn production_keeps_its_logs_for_a_month() {
        let production = || FoundationSpec::new("shop".parse().unwrap(), "prod".parse().unwrap());
        let mut spec = production();
        assert_eq!(spec.log_group.retention, Retention::Days(RetentionDays::THIRTY));
        assert_eq!(paths(&spec), [""; 0]);
        spec.log_group.retention = Retention::Days(RetentionDays::FOURTEEN);
        assert_eq!(paths(&spec), ["log_group.retention_in_days"]);
        spec.log_group.retention = Retention::Never;
        assert_eq!(paths(&spec), [""; 0]);
    }

    #[test]
    fn role_names_with_a_region_keep_iam_s_limit() {
        let project = "p".repeat(28).parse().unwrap();
        let mut spec = FoundationSpec::new(project, "staging".parse().unwrap());
        spec.role_names_include_region = true;
        let found = |region: &str| {
            let errors = spec.validate_in(&region.parse().unwrap());
            errors.into_iter().map(|error| error.path).collect::<Vec<_>>()
        };
        assert_eq!(found("eu-west-1"), ["execution_role.name"]);
        let both = ["execution_role.name", "task_role.name"];
        assert_eq!(found("ap-southeast-1"), both);
    }
}
