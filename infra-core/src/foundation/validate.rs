//! The rules that a foundation has to keep before any call is made.

use std::collections::BTreeSet;

use crate::arn::{AccountId, Arn, Location, Region};
use crate::names::InvalidValue;
use crate::provider::{
    CapacityProviders, ContainerInsights, Encryption, LogGroupClass, TagMutability,
};

use super::desired::Resolved;
use super::rules;
use super::spec::{
    FoundationSpec, LifecyclePolicy, LogGroupSettings, ManagedPolicy, RepositorySettings,
    RoleSettings, SpecError,
};

/// Collects what is wrong, with the setting that it is about.
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
    /// Every rule that the specification breaks, with the setting that breaks it.
    ///
    /// Nothing of it needs an account or a call. Names are checked with all that is made of them.
    pub fn validate(&self) -> Vec<SpecError> {
        let mut findings = Findings::default();
        cluster(&mut findings, &self.cluster.capacity, &self.cluster.container_insights);
        role(&mut findings, "execution_role", &self.execution_role.role);
        managed_policy(
            &mut findings,
            "execution_role.managed_policy",
            &self.execution_role.managed_policy,
        );
        role(&mut findings, "task_role", &self.task_role.role);
        actions(&mut findings, "task_role.log_actions", &self.task_role.log_actions);
        repository(&mut findings, &self.repository);
        log_group(&mut findings, &self.log_group);
        let mut errors = findings.0;
        if let Err(unresolved) = Resolved::new(self, &anywhere()) {
            errors.extend(unresolved);
        }
        errors
    }
}

/// A place to resolve names in; none of the rules depends on it.
fn anywhere() -> Location {
    let region: Region = "us-east-1".parse().expect("us-east-1 is a region");
    let account_id: AccountId = "123456789012".parse().expect("these are twelve digits");
    Location { partition: region.partition(), account_id, region }
}

/// The rules of `CreateCluster` for providers and strategy.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>
/// and `API_CreateCluster`.
fn cluster(findings: &mut Findings, capacity: &CapacityProviders, insights: &ContainerInsights) {
    if let ContainerInsights::Unknown(value) = insights {
        findings.add(
            "cluster.container_insights",
            "Container Insights setting",
            value,
            format!("use one of {}", ContainerInsights::KNOWN.join(", ")),
        );
    }
    let CapacityProviders { providers, default_strategy } = capacity;
    let path = "cluster.default_capacity_provider_strategy";
    for name in providers {
        findings.keep("cluster.capacity_providers", rules::capacity_provider(name));
    }
    if providers.len() > 20 {
        findings.add(
            "cluster.capacity_providers",
            "list of capacity providers",
            &providers.len().to_string(),
            "a cluster has at most 20 capacity providers",
        );
    }
    let mut seen = BTreeSet::new();
    for item in default_strategy {
        let name = item.capacity_provider.as_str();
        if !seen.insert(name) {
            let rule = "a strategy names each capacity provider once";
            findings.add(path, "capacity provider strategy", name, rule);
        }
        if !providers.contains(name) {
            let known: Vec<&str> = providers.iter().map(String::as_str).collect();
            let rule = format!(
                "a strategy can only name capacity providers of the cluster: {}",
                if known.is_empty() { "it has none".to_owned() } else { known.join(", ") }
            );
            findings.add(path, "capacity provider", name, rule);
        }
        if item.base > 100_000 {
            findings.add(path, "base", &item.base.to_string(), "a base is 0 to 100000");
        }
        if item.weight > 1000 {
            findings.add(path, "weight", &item.weight.to_string(), "a weight is 0 to 1000");
        }
    }
    if default_strategy.iter().filter(|item| item.base > 0).count() > 1 {
        let rule = "only one capacity provider of a strategy can have a base";
        findings.add(path, "capacity provider strategy", "several bases", rule);
    }
    if !default_strategy.is_empty() && default_strategy.iter().all(|item| item.weight == 0) {
        let rule = "at least one capacity provider of a strategy needs a weight above 0";
        findings.add(path, "capacity provider strategy", "no weight", rule);
    }
    let fargate = |name: &&str| name.starts_with("FARGATE");
    if seen.iter().any(fargate) && !seen.iter().all(fargate) {
        let rule = "a strategy names either Fargate or Auto Scaling group providers, not both";
        findings.add(path, "capacity provider strategy", "mixed", rule);
    }
}

fn role(findings: &mut Findings, path: &str, settings: &RoleSettings) {
    let seconds = settings.max_session_duration;
    if !(3600..=43_200).contains(&seconds) {
        findings.add(
            format!("{path}.max_session_duration"),
            "session duration",
            &seconds.to_string(),
            "a session lasts 3600 to 43200 seconds",
        );
    }
    if let Some(description) = &settings.description {
        findings.keep(format!("{path}.description"), rules::role_description(description));
    }
    if settings.trust.services.is_empty() {
        findings.add(
            format!("{path}.trust.services"),
            "trust policy",
            "",
            "at least one service has to be able to assume the role",
        );
    }
    for policy in &settings.additional_managed_policies {
        managed_policy(findings, &format!("{path}.additional_managed_policies"), policy);
    }
    if let Some(boundary) = &settings.permissions_boundary
        && !(boundary.service == "iam" && boundary.resource.starts_with("policy/"))
    {
        findings.add(
            format!("{path}.permissions_boundary"),
            "permissions boundary",
            &boundary.to_string(),
            "a permissions boundary is the ARN of a managed policy",
        );
    }
    for statement in &settings.statements {
        let path = format!("{path}.statements");
        let shown = statement.to_json();
        if statement.principal().is_some() {
            let rule = "a statement of a role's policy names no principal";
            findings.add(&path, "statement", &shown, rule);
        }
        if statement.resource().is_none() {
            let rule = "a statement of a role's policy names its resources";
            findings.add(&path, "statement", &shown, rule);
        }
    }
}

fn managed_policy(findings: &mut Findings, path: &str, policy: &ManagedPolicy) {
    match policy {
        ManagedPolicy::Arn(arn) => {
            if !(arn.service == "iam" && arn.resource.starts_with("policy/")) {
                let rule =
                    "the ARN of a managed policy reads arn:PARTITION:iam::ACCOUNT:policy/NAME";
                findings.add(path, "managed policy", &arn.to_string(), rule);
            }
        }
        ManagedPolicy::AwsManaged(name) => {
            let holds = |segment: &str| {
                !segment.is_empty()
                    && segment.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c))
            };
            if !name.split('/').all(holds) {
                let rule = "give an ARN, or the path and name of a policy that AWS manages, like \
                            service-role/AmazonECSTaskExecutionRolePolicy";
                findings.add(path, "managed policy", name, rule);
            }
        }
    }
}

fn actions(findings: &mut Findings, path: &str, actions: &[String]) {
    for action in actions {
        let valid = action == "*"
            || action.split_once(':').is_some_and(|(service, name)| {
                !service.is_empty()
                    && !name.is_empty()
                    && service.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '*' || c == '?')
            });
        if !valid {
            let rule = "an action reads SERVICE:OPERATION, like logs:PutLogEvents";
            findings.add(path, "action", action, rule);
        }
    }
}

/// The limits of `API_CreateRepository` and `API_SetRepositoryPolicy`.
fn repository(findings: &mut Findings, settings: &RepositorySettings) {
    let mutability = &settings.tag_mutability;
    let with_exclusion = matches!(
        mutability,
        TagMutability::MutableWithExclusion(_) | TagMutability::ImmutableWithExclusion(_)
    );
    for filter in mutability.filters() {
        let path = "repository.image_tag_mutability_exclusion_filters";
        findings.keep(path, rules::exclusion_filter(&filter.filter));
    }
    let filters = mutability.filters().count();
    if with_exclusion && !(1..=5).contains(&filters) {
        findings.add(
            "repository.image_tag_mutability_exclusion_filters",
            "list of exclusion filters",
            &filters.to_string(),
            "a mutability with exclusion has 1 to 5 filters",
        );
    }
    if let TagMutability::Unknown(value) = mutability {
        let rule = "use MUTABLE, IMMUTABLE, MUTABLE_WITH_EXCLUSION or IMMUTABLE_WITH_EXCLUSION";
        findings.add("repository.image_tag_mutability", "tag mutability", value, rule);
    }
    if let Encryption::Unknown(value) = &settings.encryption {
        let rule = "use AES256, KMS or KMS_DSSE";
        findings.add("repository.encryption.type", "encryption", value, rule);
    }
    // ECR reports the key's ARN, whatever it was given: anything else would look changed on every run, and
    // a change of the key replaces the repository with its images.
    if let Some(key) = settings.encryption.key() {
        let is_key = |arn: &Arn| arn.service == "kms" && arn.resource.starts_with("key/");
        if !key.parse().is_ok_and(|arn| is_key(&arn)) {
            let rule = "give the key's ARN, arn:PARTITION:kms:REGION:ACCOUNT:key/ID";
            findings.add("repository.encryption.kms_key", "KMS key", key, rule);
        }
    }
    if settings.pull_actions.is_empty() {
        let rule = "the repository policy allows at least one action";
        findings.add("repository.pull_actions", "list of actions", "", rule);
    }
    actions(findings, "repository.pull_actions", &settings.pull_actions);
    for principal in &settings.additional_pull_principals {
        findings.keep("repository.additional_pull_principals", rules::pull_principal(principal));
    }
    if let LifecyclePolicy::Document(document) = &settings.lifecycle_policy
        && let Some(rule) = lifecycle_problem(document)
    {
        findings.add(
            "repository.lifecycle_policy",
            "lifecycle policy",
            &document.to_string(),
            rule,
        );
    }
}

/// The limits of `PutLifecyclePolicy`: a list of rules, in a text of 100 to 30,720 characters.
fn lifecycle_problem(document: &serde_json::Value) -> Option<&'static str> {
    let rules = document.get("rules").and_then(serde_json::Value::as_array);
    if rules.is_none_or(Vec::is_empty) {
        return Some("a lifecycle policy is a JSON object with a list of rules, at least one");
    }
    let length = document.to_string().chars().count();
    (!(100..=30_720).contains(&length))
        .then_some("ECR takes a lifecycle policy of 100 to 30720 characters")
}

fn log_group(findings: &mut Findings, settings: &LogGroupSettings) {
    match &settings.class {
        LogGroupClass::Standard | LogGroupClass::InfrequentAccess => {}
        LogGroupClass::Delivery => {
            let rule = "tasks cannot write to a log group of class DELIVERY, and AWS fixes its \
                        retention; use STANDARD or INFREQUENT_ACCESS";
            findings.add("log_group.class", "log group class", "DELIVERY", rule);
        }
        LogGroupClass::Unknown(value) => {
            let rule = "use STANDARD or INFREQUENT_ACCESS";
            findings.add("log_group.class", "log group class", value, rule);
        }
    }
    if let Some(key) = &settings.kms_key {
        findings.keep("log_group.kms_key_id", rules::log_group_key(key));
    }
}

#[cfg(test)]
mod tests {
    use super::{FoundationSpec, LifecyclePolicy};
    use crate::provider::{
        CapacityProviders, Encryption, ExclusionFilter, LogGroupClass, StrategyItem, TagMutability,
    };

    fn spec() -> FoundationSpec {
        FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap())
    }

    fn paths(spec: &FoundationSpec) -> Vec<String> {
        spec.validate().into_iter().map(|error| error.path).collect()
    }

    #[test]
    fn the_defaults_break_no_rule() {
        assert_eq!(paths(&spec()), [""; 0]);
    }

    #[test]
    fn every_broken_rule_is_reported_at_once() {
        let mut spec = spec();
        spec.log_group.class = LogGroupClass::Delivery;
        spec.task_role.role.max_session_duration = 60;
        spec.repository.pull_actions = vec!["pull".to_owned()];
        let expected =
            ["task_role.max_session_duration", "repository.pull_actions", "log_group.class"];
        assert_eq!(paths(&spec), expected);
    }

    #[test]
    fn a_strategy_keeps_the_rules_of_ecs() {
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
        assert_eq!(two, ["only one capacity provider of a strategy can have a base"]);
        assert_eq!(broken(vec![item("FARGATE", 0, 1001)]), ["a weight is 0 to 1000"]);
        assert_eq!(broken(vec![item("FARGATE", 100_001, 1)]), ["a base is 0 to 100000"]);
        assert_eq!(broken(vec![item("mine", 0, 1)]).len(), 1);
        let idle = broken(vec![item("FARGATE", 0, 0)]);
        assert_eq!(idle, ["at least one capacity provider of a strategy needs a weight above 0"]);
    }

    #[test]
    fn tag_keys_of_a_role_that_differ_in_case_alone_are_refused() {
        let mut spec = spec();
        spec.tags.set("team", "a").unwrap();
        spec.task_role.role.tags.set("Team", "b").unwrap();
        spec.cluster.tags.set("Team", "b").unwrap();
        assert_eq!(paths(&spec), ["task_role.tags"]);
    }

    #[test]
    fn tag_values_that_begin_with_aws_are_refused_on_the_cluster_alone() {
        let mut spec = spec();
        spec.tags.set("Team", "AWS:x").unwrap();
        assert_eq!(paths(&spec), ["cluster.tags"]);
    }

    #[test]
    fn values_that_aws_would_refuse_are_found_before_any_call() {
        let mut spec = spec();
        spec.cluster.capacity.providers.insert("aws-mine".to_owned());
        spec.execution_role.role.description = Some("“pulls”".to_owned());
        spec.task_role.role.description = Some("x".repeat(1001));
        let filters = [ExclusionFilter::wildcard("a/b".to_owned())].into();
        spec.repository.tag_mutability = TagMutability::ImmutableWithExclusion(filters);
        spec.repository.additional_pull_principals =
            vec!["123456789012".to_owned(), "deployer".to_owned()];
        let alias = "arn:aws:kms:us-east-1:123456789012:alias/logs";
        spec.log_group.kms_key = Some(alias.parse().unwrap());
        assert_eq!(
            paths(&spec),
            [
                "cluster.capacity_providers",
                "execution_role.description",
                "task_role.description",
                "repository.image_tag_mutability_exclusion_filters",
                "repository.additional_pull_principals",
                "log_group.kms_key_id",
            ]
        );
    }

    #[test]
    fn one_name_for_both_roles_is_refused_whatever_its_case() {
        let mut spec = spec();
        spec.execution_role.role.name = Some("Same".parse().unwrap());
        spec.task_role.role.name = Some("same".parse().unwrap());
        assert_eq!(paths(&spec), ["task_role.name"]);
    }

    #[test]
    fn a_name_that_no_tag_can_take_is_refused_at_the_name() {
        let mut spec = spec();
        spec.execution_role.role.name = Some("a,b".parse().unwrap());
        assert_eq!(paths(&spec), ["execution_role.name"]);
    }

    #[test]
    fn a_repository_s_key_is_given_by_its_arn() {
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
    fn a_lifecycle_policy_that_ecr_would_not_take_is_refused() {
        for document in [serde_json::json!({}), serde_json::json!({ "rules": [] })] {
            let mut spec = spec();
            spec.repository.lifecycle_policy = LifecyclePolicy::Document(document);
            assert_eq!(paths(&spec), ["repository.lifecycle_policy"]);
        }
    }

    #[test]
    fn a_name_that_grows_too_long_is_found_before_any_call() {
        let spec =
            FoundationSpec::new("p".repeat(40).parse().unwrap(), "e".repeat(40).parse().unwrap());
        assert_eq!(paths(&spec), ["execution_role.name", "task_role.name"]);
    }
}
