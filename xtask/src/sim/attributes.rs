//! Lists every attribute of a foundation, with variations of each.

use std::collections::BTreeSet;
use std::fmt::Debug;

use infra_core::foundation::{
    ClusterSettings, DeployerSettings, ExecutionRoleSettings, FoundationSpec, GitHubTrust,
    LifecyclePolicy, LogGroupSettings, ManagedPolicy, RepositorySettings, RoleSettings,
    ServiceSettings, SourceAccount, TaskRoleSettings, TrustSettings, Unmanaged, UnmanagedAction,
};
use infra_core::policy::{PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ContainerInsights, Encryption, ExclusionFilter, ExecuteCommandLogging,
    LogGroupClass, Retention, RetentionDays, StrategyItem, TagMutability,
};
use infra_core::tags::Tags;

/// Returns every attribute with its path and its value. Each structure is destructured completely,
/// so that the code does not compile until a new attribute is added here. [`unvaried`] then
/// requires a [`Variation`] for it.
#[expect(clippy::too_many_lines, reason = "this is the list of all attributes")]
pub(super) fn attributes(spec: &FoundationSpec) -> Vec<(String, String)> {
    let FoundationSpec {
        project_name,
        environment,
        role_names_include_region,
        tags,
        unmanaged:
            Unmanaged {
                tags: unmanaged_tags,
                policies: unmanaged_policies,
                capacity_providers: unmanaged_providers,
            },
        cluster:
            ClusterSettings {
                name: cluster,
                container_insights,
                execute_command,
                service_connect_namespace,
                managed_storage,
                capacity: CapacityProviders { providers, default_strategy },
                tags: cluster_tags,
            },
        execution_role: ExecutionRoleSettings { role: execution_role, managed_policy },
        task_role: TaskRoleSettings { role: task_role, log_actions },
        repository:
            RepositorySettings {
                name: repository,
                tag_mutability,
                scan_on_push,
                encryption,
                force_delete,
                lifecycle_policy,
                policy_sid,
                pull_actions,
                additional_pull_principals,
                statements,
                tags: repository_tags,
            },
        log_group:
            LogGroupSettings {
                name: log_group,
                retention,
                kms_key,
                class,
                deletion_protection,
                skip_destroy,
                tags: log_group_tags,
            },
        // Services have the same settings as the default service, whose attributes are listed and
        // varied below.
        services,
        // The deployer's attributes are varied in `changed_deployer`.
        deployer,
    } = spec;
    let value = |path: &str, value: &dyn Debug| (path.to_owned(), format!("{value:?}"));
    let mut all = vec![
        value("project_name", project_name),
        value("environment", environment),
        value("role_names_include_region", role_names_include_region),
        value("tags", tags),
        value("unmanaged.tags", unmanaged_tags),
        value("unmanaged.policies", unmanaged_policies),
        value("unmanaged.capacity_providers", unmanaged_providers),
        value("cluster.name", cluster),
        value("cluster.container_insights", container_insights),
        value("cluster.execute_command", execute_command),
        value("cluster.service_connect_namespace", service_connect_namespace),
        value("cluster.managed_storage", managed_storage),
        value("cluster.capacity.providers", providers),
        value("cluster.capacity.default_strategy", default_strategy),
        value("cluster.tags", cluster_tags),
        value("execution_role.managed_policy", managed_policy),
        value("task_role.log_actions", log_actions),
        value("repository.name", repository),
        value("repository.tag_mutability", tag_mutability),
        value("repository.scan_on_push", scan_on_push),
        value("repository.encryption", encryption),
        value("repository.force_delete", force_delete),
        value("repository.lifecycle_policy", lifecycle_policy),
        value("repository.policy_sid", policy_sid),
        value("repository.pull_actions", pull_actions),
        value("repository.additional_pull_principals", additional_pull_principals),
        value("repository.statements", statements),
        value("repository.tags", repository_tags),
        value("log_group.name", log_group),
        value("log_group.retention", retention),
        value("log_group.kms_key", kms_key),
        value("log_group.class", class),
        value("log_group.deletion_protection", deletion_protection),
        value("log_group.skip_destroy", skip_destroy),
        value("log_group.tags", log_group_tags),
        value("services", services),
        value("deployer", deployer),
    ];
    for (role, settings) in [("execution_role", execution_role), ("task_role", task_role)] {
        let RoleSettings {
            name,
            path,
            description,
            max_session_duration,
            permissions_boundary,
            trust: TrustSettings { services, source_accounts, source_arns },
            additional_managed_policies,
            inline_policy_name,
            statements,
            tags,
        } = settings;
        let values: [(&str, &dyn Debug); 12] = [
            ("name", name),
            ("path", path),
            ("description", description),
            ("max_session_duration", max_session_duration),
            ("permissions_boundary", permissions_boundary),
            ("trust.services", services),
            ("trust.source_accounts", source_accounts),
            ("trust.source_arns", source_arns),
            ("additional_managed_policies", additional_managed_policies),
            ("inline_policy_name", inline_policy_name),
            ("statements", statements),
            ("tags", tags),
        ];
        all.extend(values.map(|(name, it)| value(&format!("{role}.{name}"), it)));
    }
    all
}

/// A foundation that differs from the default in one attribute.
#[derive(Clone, Debug)]
pub(super) struct Variation {
    /// The attribute's path, followed by a word if the attribute has several variations.
    pub(super) name: String,
    /// The foundation with a different value of the attribute, and defaults for all others.
    pub(super) spec: FoundationSpec,
}

impl Variation {
    /// Returns the attribute's path.
    pub(super) fn path(&self) -> &str {
        self.name.split(' ').next().unwrap_or(&self.name)
    }
}

/// Returns the attributes that no variation changes; there must be none.
pub(super) fn unvaried() -> Vec<String> {
    let by_default = attributes(&defaults());
    let variations = variations();
    let is_varied = |(path, value): &(String, String)| {
        variations.iter().filter(|variation| variation.path() == path).any(|variation| {
            let varied = attributes(&variation.spec);
            varied.iter().any(|(at, to)| at == path && to != value)
        })
    };
    let unvaried = by_default.into_iter().filter(|attribute| !is_varied(attribute));
    unvaried.map(|(path, _)| path).collect()
}

/// Returns the foundation that every variation differs from in one attribute.
pub(super) fn defaults() -> FoundationSpec {
    let valid = "the names of the simulation are valid";
    FoundationSpec::new("demo".parse().expect(valid), "dev".parse().expect(valid))
}

/// Returns the foundation with a service, both with default settings.
pub(super) fn with_service() -> FoundationSpec {
    let mut spec = defaults();
    service(&mut spec);
    spec
}

/// Returns the foundation with a deployer for the main branch of a repository.
pub(super) fn with_deployer() -> FoundationSpec {
    let mut spec = defaults();
    deployer(&mut spec);
    spec
}

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-aaaa-bbbb-cccc-0123456789ab";
const RULES: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}"#;

/// The name of a variation, and a function that makes it.
type Vary = (&'static str, fn(&mut FoundationSpec));

/// The name of a variation of both roles, and a function that makes it for one role.
type VaryRole = (&'static str, fn(&mut RoleSettings));

/// Returns variations of every attribute, at least one for each kind of value that needs a
/// different AWS call.
pub(super) fn variations() -> Vec<Variation> {
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

/// Returns the variations that both roles have.
fn of_roles() -> impl Iterator<Item = Variation> {
    let both: &[VaryRole] = &[
        ("name", |role| role.name = Some("other".parse().expect("valid"))),
        ("path", |role| role.path = "/team/".parse().expect("valid")),
        ("description", |role| role.description = "for the app".parse().ok()),
        ("max_session_duration", |role| role.max_session_duration = "7200".parse().expect("valid")),
        ("permissions_boundary", |role| {
            let arn = "arn:aws:iam::aws:policy/PowerUserAccess".parse().expect("valid");
            role.permissions_boundary = Some(arn);
        }),
        ("trust.services", |role| {
            role.trust.services.push("ec2.amazonaws.com".parse().expect("valid"));
        }),
        ("trust.source_accounts", |role| role.trust.source_accounts = vec![SourceAccount::Own]),
        ("trust.source_arns", |role| {
            role.trust.source_arns =
                vec!["arn:aws:ecs:us-east-1:123456789012:*".parse().expect("valid")];
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
    ];
    both.iter().flat_map(|(name, vary)| {
        [
            varied(format!("execution_role.{name}"), |spec| vary(&mut spec.execution_role.role)),
            varied(format!("task_role.{name}"), |spec| vary(&mut spec.task_role.role)),
        ]
    })
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

/// Adds a deployer with a different value for every attribute that can be changed in place.
pub(super) fn changed_deployer(spec: &mut FoundationSpec) {
    let settings = deployer(spec);
    settings.trust = GitHubTrust {
        repositories: vec!["octo-org@1/octo-repo@2".parse().expect("valid")],
        branches: vec!["release/*".parse().expect("valid")],
        tags: vec!["v1".parse().expect("valid")],
        environments: vec!["production".parse().expect("valid")],
    };
    settings.description = "for the pipeline".parse().ok();
    settings.max_session_duration = "7200".parse().expect("valid");
    settings.permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess".parse().ok();
    settings.additional_managed_policies = vec![managed("AmazonSSMReadOnlyAccess")];
    let read = Statement::allow(["ecs:DescribeTaskDefinition"]).with_resources(["*"]);
    settings.statements.push(read);
    tag(&mut settings.tags);
}

fn tag(tags: &mut Tags) {
    tags.set("Team", "blue").expect("the tag is valid");
}

fn managed(name: &str) -> ManagedPolicy {
    ManagedPolicy::AwsManaged(name.to_owned())
}
