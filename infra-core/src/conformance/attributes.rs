//! Lists every attribute of a foundation, and creates variations of each attribute.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::foundation::{
    DeployerSettings, FoundationSpec, LifecyclePolicy, ManagedPolicy, RoleSettings,
    ServiceSettings, SourceAccount, UnmanagedAction,
};
use crate::policy::{PrincipalSet, Statement};
use crate::provider::{
    ContainerInsights, Encryption, ExclusionFilter, ExecuteCommandLogging, LogGroupClass,
    Retention, RetentionDays, StrategyItem, TagMutability,
};
use crate::tags::Tags;

/// Returns a map from the path of each attribute, such as `log_group.retention`, to the attribute's
/// value. The attributes are the leaves of the serialized foundation, so a new attribute is
/// included automatically. [`unvaried`] returns the attributes that have no [`Variation`] yet.
pub fn attributes(spec: &FoundationSpec) -> BTreeMap<String, Json> {
    fn collect(path: &str, value: Json, into: &mut BTreeMap<String, Json>) {
        match value {
            Json::Object(members) if !members.is_empty() => {
                for (name, member) in members {
                    collect(&format!("{path}.{name}"), member, into);
                }
            }
            leaf => {
                // The settings that all roles share are in a nested field named `role`. In the
                // configuration, the path does not contain this field.
                into.insert(path.trim_start_matches('.').replace("role.role.", "role."), leaf);
            }
        }
    }
    let mut attributes = BTreeMap::new();
    collect("", serde_json::to_value(spec).expect("it is serializable"), &mut attributes);
    attributes
}

/// A foundation that differs from a base foundation in one attribute.
#[derive(Clone, Debug)]
pub struct Variation {
    /// The attribute's path. Further variations of the same attribute add a space and a word to the
    /// path, as in `log_group.retention never`.
    pub name: String,
    /// The foundation. It differs from the base foundation only in this attribute.
    pub spec: FoundationSpec,
}

impl Variation {
    /// Returns the attribute's path.
    pub fn path(&self) -> &str {
        self.name.split(' ').next().unwrap_or(&self.name)
    }
}

/// Returns the attributes that no variation changes. The list must be empty.
pub fn unvaried() -> Vec<String> {
    let foundation = unvaried_in(&defaults(), &variations());
    let deployer = unvaried_in(&with_deployer(), &deployer_variations());
    let deployer = deployer.into_iter().filter(|path| path.starts_with("deployer."));
    foundation.into_iter().chain(deployer).collect()
}

fn unvaried_in(base: &FoundationSpec, variations: &[Variation]) -> Vec<String> {
    let varied: Vec<_> = variations.iter().map(|it| (it.path(), attributes(&it.spec))).collect();
    let is_varied = |path: &str, value: &Json| {
        let of_path = varied.iter().filter(|(of, _)| path.starts_with(of));
        of_path.into_iter().any(|(_, varied)| varied.get(path) != Some(value))
    };
    let unvaried = attributes(base).into_iter().filter(|(path, value)| !is_varied(path, value));
    unvaried.map(|(path, _)| path).collect()
}

/// Returns the base foundation. Each variation changes one of its attributes.
pub fn defaults() -> FoundationSpec {
    let valid = "the names are valid";
    FoundationSpec::new("demo".parse().expect(valid), "dev".parse().expect(valid))
}

/// Returns the base foundation with an additional service that has default settings.
pub fn with_service() -> FoundationSpec {
    let mut spec = defaults();
    service(&mut spec);
    spec
}

/// Returns the base foundation with a deployer for the main branch of a repository.
pub fn with_deployer() -> FoundationSpec {
    let mut spec = defaults();
    deployer(&mut spec);
    spec
}

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-aaaa-bbbb-cccc-0123456789ab";
const RULES: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}"#;

/// The path of an attribute, and a function that changes the attribute's value.
type Vary<T = FoundationSpec> = (&'static str, fn(&mut T));

/// Returns variations of every attribute. An attribute has several variations if its values lead to
/// different AWS calls.
pub fn variations() -> Vec<Variation> {
    let of_all: &[Vary] = &[
        ("project_name", |spec| spec.project_name = "other".parse().expect("valid")),
        ("environment", |spec| spec.environment = "test".parse().expect("valid")),
        ("role_names_include_region", |spec| spec.role_names_include_region = true),
        ("tags", |spec| tag(&mut spec.tags)),
        ("unmanaged.tags", |spec| spec.unmanaged.tags = UnmanagedAction::Remove),
        ("unmanaged.policies", |spec| spec.unmanaged.policies = UnmanagedAction::Remove),
        ("unmanaged.capacity_providers", |spec| {
            spec.unmanaged.capacity_providers = UnmanagedAction::Remove;
        }),
        ("services", |spec| {
            service(spec);
        }),
        ("services with_settings", |spec| {
            let ServiceSettings { task_role, repository, log_group } = service(spec);
            task_role.role.additional_managed_policies = vec![managed("AmazonSSMReadOnlyAccess")];
            tag(&mut task_role.role.tags);
            repository.tag_mutability = TagMutability::Immutable;
            repository.lifecycle_policy = LifecyclePolicy::None;
            log_group.kms_key = Some(KEY.parse().expect("valid"));
            log_group.retention = Retention::Never;
        }),
        ("deployer", |spec| {
            deployer(spec);
        }),
        ("deployer with_settings", changed_deployer),
    ];
    let of_cluster: &[Vary] = &[
        ("cluster.name", |spec| spec.cluster.name = Some("other".parse().expect("valid"))),
        ("cluster.container_insights", |spec| {
            spec.cluster.container_insights = ContainerInsights::Enhanced;
        }),
        ("cluster.execute_command", |spec| {
            let command = spec.cluster.execute_command.get_or_insert_default();
            command.kms_key = Some(KEY.parse().expect("valid"));
            command.logging = ExecuteCommandLogging::Override;
            command.cloudwatch_log_group = Some("/sessions".parse().expect("valid"));
        }),
        ("cluster.execute_command none", |spec| {
            let command = spec.cluster.execute_command.get_or_insert_default();
            command.logging = ExecuteCommandLogging::None;
        }),
        ("cluster.service_connect_namespace", |spec| {
            let namespace = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1";
            spec.cluster.service_connect_namespace = Some(namespace.parse().expect("valid"));
        }),
        ("cluster.service_connect_namespace none", |spec| {
            spec.cluster.service_connect_namespace = Some("".parse().expect("valid"));
        }),
        ("cluster.managed_storage", |spec| {
            let storage = spec.cluster.managed_storage.get_or_insert_default();
            storage.fargate_ephemeral_storage_kms_key = Some(KEY.parse().expect("valid"));
        }),
        ("cluster.capacity.providers", |spec| {
            spec.cluster.capacity.providers.remove("FARGATE_SPOT");
        }),
        ("cluster.capacity.default_strategy", |spec| {
            let item = |name: &str, base, weight| {
                let capacity_provider = name.to_owned();
                StrategyItem { capacity_provider, base, weight }
            };
            spec.cluster.capacity.default_strategy =
                [item("FARGATE", 1, 1), item("FARGATE_SPOT", 0, 4)].into();
        }),
        ("cluster.capacity.default_strategy none", |spec| {
            spec.cluster.capacity.default_strategy.clear();
        }),
        ("cluster.tags", |spec| tag(&mut spec.cluster.tags)),
    ];
    let of_own_roles: &[Vary] = &[
        ("execution_role.managed_policy", |spec| {
            spec.execution_role.managed_policy = managed("AmazonSSMReadOnlyAccess");
        }),
        ("task_role.log_actions", |spec| spec.task_role.log_actions.truncate(1)),
        ("task_role.log_actions none", |spec| spec.task_role.log_actions.clear()),
    ];
    let all = of_all.iter().chain(of_cluster).chain(of_own_roles).chain(OF_STORES);
    let own = all.map(|(name, vary)| varied(*name, vary));
    own.chain(of_roles()).collect()
}

/// The variations of the repository and the log group.
const OF_STORES: &[Vary] = &[
    ("repository.name", |spec| spec.repository.name = Some("team/app".parse().expect("valid"))),
    ("repository.tag_mutability", |spec| {
        spec.repository.tag_mutability = TagMutability::Immutable;
    }),
    ("repository.tag_mutability with_exclusion", |spec| {
        let filters = BTreeSet::from([ExclusionFilter::wildcard("dev-*")]);
        spec.repository.tag_mutability = TagMutability::ImmutableWithExclusion(filters);
    }),
    ("repository.scan_on_push", |spec| spec.repository.scan_on_push = false),
    ("repository.encryption", |spec| spec.repository.encryption = Encryption::Kms(None)),
    ("repository.encryption own_key", |spec| {
        spec.repository.encryption = Encryption::Kms(Some(KEY.to_owned()));
    }),
    ("repository.encryption dsse", |spec| spec.repository.encryption = Encryption::KmsDsse(None)),
    ("repository.force_delete", |spec| spec.repository.force_delete = false),
    ("repository.lifecycle_policy", |spec| {
        let rules = serde_json::from_str(RULES).expect("the rules are JSON");
        spec.repository.lifecycle_policy = LifecyclePolicy::Document(rules);
    }),
    ("repository.lifecycle_policy none", |spec| {
        spec.repository.lifecycle_policy = LifecyclePolicy::None;
    }),
    ("repository.policy_sid", |spec| spec.repository.policy_sid = "Pull".parse().expect("valid")),
    ("repository.pull_actions", |spec| spec.repository.pull_actions.truncate(2)),
    ("repository.additional_pull_principals", |spec| {
        spec.repository.additional_pull_principals = vec!["210987654321".parse().expect("valid")];
    }),
    ("repository.additional_pull_principals role", |spec| {
        let role = "arn:aws:iam::123456789012:role/demo-dev-ecs-task-role";
        spec.repository.additional_pull_principals = vec![role.parse().expect("valid")];
    }),
    ("repository.statements", |spec| {
        let push =
            Statement::allow(["ecr:PutImage"]).with_principal(PrincipalSet::aws(["210987654321"]));
        spec.repository.statements.push(push);
    }),
    ("repository.tags", |spec| tag(&mut spec.repository.tags)),
    ("log_group.name", |spec| spec.log_group.name = Some("/app".parse().expect("valid"))),
    ("log_group.retention", |spec| {
        spec.log_group.retention = RetentionDays::new(30).map_or(Retention::Never, Retention::Days);
    }),
    ("log_group.retention never", |spec| spec.log_group.retention = Retention::Never),
    ("log_group.kms_key", |spec| spec.log_group.kms_key = Some(KEY.parse().expect("valid"))),
    ("log_group.class", |spec| spec.log_group.class = LogGroupClass::InfrequentAccess),
    ("log_group.deletion_protection off", |spec| spec.log_group.deletion_protection = Some(false)),
    ("log_group.skip_destroy", |spec| spec.log_group.skip_destroy = true),
    ("log_group.tags", |spec| tag(&mut spec.log_group.tags)),
];

/// Returns one change for each attribute that all roles share.
fn of_role<T>() -> [Vary<RoleSettings<T>>; 9] {
    [
        ("name", |role| role.name = Some("other".parse().expect("valid"))),
        ("path", |role| role.path = "/team/".parse().expect("valid")),
        ("description", |role| role.description = "for the app".parse().ok()),
        ("max_session_duration", |role| role.max_session_duration = "7200".parse().expect("valid")),
        ("permissions_boundary", |role| {
            let arn = "arn:aws:iam::aws:policy/PowerUserAccess".parse().expect("valid");
            role.permissions_boundary = Some(arn);
        }),
        ("additional_managed_policies", |role| {
            role.additional_managed_policies =
                vec![managed("AmazonSSMReadOnlyAccess"), managed("AmazonDynamoDBReadOnlyAccess")];
        }),
        ("inline_policy_name", |role| {
            role.inline_policy_name = Some("mine".parse().expect("valid"));
        }),
        ("statements", |role| {
            let read = Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:s3:::x/*"]);
            role.statements.push(read);
        }),
        ("tags", |role| tag(&mut role.tags)),
    ]
}

/// Returns the variations of the execution role and the task role.
fn of_roles() -> impl Iterator<Item = Variation> {
    let of_trust: [Vary<RoleSettings>; 3] = [
        ("trust.services", |role| {
            role.trust.services.push("ec2.amazonaws.com".parse().expect("valid"));
        }),
        ("trust.source_accounts", |role| role.trust.source_accounts = vec![SourceAccount::Own]),
        ("trust.source_arns", |role| {
            role.trust.source_arns =
                vec!["arn:aws:ecs:us-east-1:123456789012:*".parse().expect("valid")];
        }),
    ];
    of_role().into_iter().chain(of_trust).flat_map(|(name, vary)| {
        [
            varied(format!("execution_role.{name}"), |spec| vary(&mut spec.execution_role.role)),
            varied(format!("task_role.{name}"), |spec| vary(&mut spec.task_role.role)),
        ]
    })
}

/// Returns a variation of every attribute of the deployer. Each variation differs from
/// [`with_deployer`] in one attribute.
pub fn deployer_variations() -> Vec<Variation> {
    let vary = |(name, vary): Vary<DeployerSettings>| {
        varied(format!("deployer.{name}"), |spec| vary(deployer(spec)))
    };
    of_deployer().map(vary).collect()
}

fn of_deployer() -> impl Iterator<Item = Vary<DeployerSettings>> {
    let of_trust: [Vary<DeployerSettings>; 4] = [
        ("trust.repositories", |role| {
            role.trust.repositories = vec!["octo-org@1/octo-repo@2".parse().expect("valid")];
        }),
        ("trust.branches", |role| {
            role.trust.branches = vec!["release/*".parse().expect("valid")];
        }),
        ("trust.tags", |role| role.trust.tags = vec!["v1".parse().expect("valid")]),
        ("trust.environments", |role| {
            role.trust.environments = vec!["production".parse().expect("valid")];
        }),
    ];
    of_role().into_iter().chain(of_trust)
}

fn varied(name: impl Into<String>, vary: impl Fn(&mut FoundationSpec)) -> Variation {
    let mut spec = defaults();
    vary(&mut spec);
    Variation { name: name.into(), spec }
}

/// Adds a service and returns its settings.
fn service(spec: &mut FoundationSpec) -> &mut ServiceSettings {
    let settings = ServiceSettings::new(&spec.environment);
    spec.services.entry("worker".parse().expect("valid")).or_insert(settings)
}

/// Adds a deployer and returns its settings.
fn deployer(spec: &mut FoundationSpec) -> &mut DeployerSettings {
    let settings = spec.deployer.get_or_insert_default();
    settings.trust.repositories = vec!["octo-org/octo-repo".parse().expect("valid")];
    settings.trust.branches = vec!["main".parse().expect("valid")];
    settings
}

/// Adds a deployer that differs from the one in [`with_deployer`] in every attribute that can be
/// changed in place.
pub fn changed_deployer(spec: &mut FoundationSpec) {
    let settings = deployer(spec);
    for (name, vary) in of_deployer() {
        if !["name", "path", "inline_policy_name"].contains(&name) {
            vary(settings);
        }
    }
}

fn tag(tags: &mut Tags) {
    tags.set("Team", "blue").expect("the tag is valid");
}

fn managed(name: &str) -> ManagedPolicy {
    ManagedPolicy::AwsManaged(name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{attributes, defaults, deployer_variations, unvaried, variations, with_deployer};

    #[test]
    fn every_attribute_has_a_variation_that_changes_nothing_else() {
        assert_eq!(unvaried(), [""; 0]);
        for (base, variations) in
            [(defaults(), variations()), (with_deployer(), deployer_variations())]
        {
            let base = attributes(&base);
            for variation in variations {
                let varied = attributes(&variation.spec);
                let paths: BTreeSet<_> = base.keys().chain(varied.keys()).collect();
                let changed: Vec<_> =
                    paths.into_iter().filter(|path| base.get(*path) != varied.get(*path)).collect();
                assert!(!changed.is_empty(), "{} changes nothing", variation.name);
                let of_path = |path: &&String| path.starts_with(variation.path());
                assert!(changed.iter().all(of_path), "{}: {changed:?}", variation.name);
            }
        }
    }
}
