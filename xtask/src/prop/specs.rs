//! Draws foundations in which every setting can vary. Most values are valid. AWS or the tool
//! rejects the rest.
//!
//! Values are parsed from drawn strings. If a string cannot be parsed, the value is omitted,
//! because the tool could not read a configuration that contains the string.

use std::collections::BTreeMap;
use std::str::FromStr;

use infra_core::arn::Location;
use infra_core::foundation::{
    ClusterSettings, DeployerSettings, ExecuteCommandSettings, ExecutionRoleSettings,
    FoundationSpec, GitHubTrust, LifecyclePolicy, LogGroupSettings, ManagedPolicy,
    ManagedStorageSettings, RepositorySettings, RoleSettings, ServiceSettings, TaskRoleSettings,
    TrustSettings, Unmanaged, UnmanagedAction,
};
use infra_core::names::{LogGroupName, ServiceName};
use infra_core::policy::{PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ContainerInsights, Encryption, ExclusionFilter, ExecuteCommandLogging,
    LogGroupClass, Retention, RetentionDays, StrategyItem, TagMutability,
};
use infra_core::tags::Tags;
use proptest::prelude::{Just, Strategy, any, prop};
use proptest::prop_oneof;
use proptest::strategy::BoxedStrategy;
use serde_json::{Value, json};

/// The regions of the drawn foundations, one from each partition.
const REGIONS: [&str; 8] = [
    "eu-west-1",
    "cn-north-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "us-gov-west-1",
];

/// A foundation and its location.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) spec: FoundationSpec,
    pub(super) location: Location,
}

/// Draws foundations.
pub(super) fn drawn() -> impl Strategy<Value = Drawn> {
    let account_id = "123456789012".parse().expect("these are twelve digits");
    let regions = prop_oneof![3 => Just(REGIONS[0]), 1 => prop::sample::select(&REGIONS)];
    regions
        .prop_map(move |region| {
            let region = region.parse().expect("the regions are AWS's");
            Location::new(Clone::clone(&account_id), region).expect("each is in a partition")
        })
        .prop_flat_map(|location| {
            spec(&location).prop_map(move |spec| Drawn { spec, location: location.clone() })
        })
}

/// Draws one of the valid texts or, occasionally, one of the invalid texts.
fn text(good: &[&str], bad: &[&str], location: &Location) -> BoxedStrategy<String> {
    let place = |text: &&str| {
        let Location { partition, account_id, region } = location;
        text.replace("PARTITION", partition.id())
            .replace("REGION", region.as_str())
            .replace("ACCOUNT", account_id.as_str())
    };
    let (good, bad): (Vec<_>, Vec<_>) =
        (good.iter().map(place).collect(), bad.iter().map(place).collect());
    prop_oneof![150 => prop::sample::select(good), 1 => prop::sample::select(bad)].boxed()
}

fn several(
    texts: BoxedStrategy<String>,
    count: std::ops::Range<usize>,
) -> BoxedStrategy<Vec<String>> {
    prop::collection::vec(texts, count).boxed()
}

fn parsed<T: FromStr>(texts: Vec<String>) -> Vec<T> {
    texts.into_iter().filter_map(|text| text.parse().ok()).collect()
}

fn name<T: FromStr + std::fmt::Debug + Clone>(
    pattern: &'static str,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.3, pattern.prop_map(|text| text.parse().ok()))
        .prop_map(Option::flatten)
}

/// Draws tags. AWS accepts most of the characters in these tags, but not all of them.
fn tags() -> impl Strategy<Value = Tags> {
    let characters = r"[\p{L}\p{N}\p{Z}\p{M}_.:/=+@-]{0,8}";
    let key = prop_oneof![3 => characters, 6 => "[A-Za-z]{1,8}", 1 => "aws:[a-z]{1,3}", 1 => "[a-z|]{1,4}"];
    let value =
        prop_oneof![30 => characters, 60 => "[A-Za-z ]{0,8}", 1 => "aws:[a-z]{1,3}", 9 => "\\t"];
    prop::collection::vec((key, value), 0..4).prop_map(|pairs| {
        let mut tags = Tags::new();
        for (key, value) in pairs {
            // An invalid tag is omitted, because the tool could not read a configuration that
            // contains the tag.
            let _ = tags.set(&key, &value);
        }
        tags
    })
}

fn spec(location: &Location) -> impl Strategy<Value = FoundationSpec> + use<> {
    let names = (
        "[a-z][a-z0-9]{1,10}([-_][a-z0-9]{1,8}){0,2}"
            .prop_filter_map("a name", |text| text.parse().ok()),
        "[a-z][a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}"
            .prop_filter_map("a name", |text| text.parse().ok()),
    );
    let action = || prop::sample::select(vec![UnmanagedAction::Report, UnmanagedAction::Remove]);
    let roles = (role(location), role(location), managed_policy(location), log_actions(location));
    let all = (
        names,
        tags(),
        (action(), action(), action()),
        cluster(location),
        roles,
        repository(location),
        log_group(location),
        (services(location), deployer(location)),
    );
    all.prop_map(|(names, tags, unmanaged, cluster, roles, repository, log_group, more)| {
        let (project_name, environment) = names;
        let (execution, task, managed_policy, log_actions) = roles;
        let mut spec = FoundationSpec::new(project_name, environment);
        spec.tags = tags;
        spec.unmanaged =
            Unmanaged { tags: unmanaged.0, policies: unmanaged.1, capacity_providers: unmanaged.2 };
        spec.cluster = cluster;
        spec.execution_role = ExecutionRoleSettings { role: execution, managed_policy };
        spec.task_role = TaskRoleSettings { role: task, log_actions: parsed(log_actions) };
        spec.repository = repository;
        spec.log_group = log_group;
        (spec.services, spec.deployer) = more;
        spec
    })
}

/// Draws at most one service, so that most foundations are small.
fn services(
    location: &Location,
) -> impl Strategy<Value = BTreeMap<ServiceName, ServiceSettings>> + use<> {
    let settings =
        (role(location), log_actions(location), repository(location), log_group(location));
    let name = "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,2}";
    let service = (name, settings).prop_map(|(name, settings)| {
        let (role, log_actions, repository, log_group) = settings;
        let task_role = TaskRoleSettings { role, log_actions: parsed(log_actions) };
        // `ecs` and `app` are reserved and cannot be parsed as service names.
        let name = name.parse().ok()?;
        Some((name, ServiceSettings { task_role, repository, log_group }))
    });
    prop::option::weighted(0.2, service)
        .prop_map(|service| service.flatten().into_iter().collect())
        .boxed()
}

/// Draws a deployer for some foundations.
fn deployer(location: &Location) -> impl Strategy<Value = Option<DeployerSettings>> + use<> {
    let repositories = text(
        &["octo-org/octo-repo", "o/r.js", "Octo_1@1/a-b@22"],
        &["octo-org", "octo-org/a@1", "octo-org/a b"],
        location,
    );
    let refs =
        || text(&["main", "release/*", "v?.1"], &["refs/heads/main", "a..b", "$x"], location);
    let environments = text(&["production", "EU: prod *"], &["\u{65e5}", " x"], location);
    let trust = (
        several(repositories, 1..3),
        several(refs(), 0..3),
        several(refs(), 0..2),
        several(environments, 0..2),
    );
    let trust = trust.prop_map(|(repositories, branches, tags, environments)| GitHubTrust {
        repositories: parsed(repositories),
        branches: parsed(branches),
        tags: parsed(tags),
        environments: parsed(environments),
    });
    let settings = (role(location), trust).prop_map(|(role, trust)| DeployerSettings {
        name: role.name,
        path: role.path,
        description: role.description,
        max_session_duration: role.max_session_duration,
        permissions_boundary: role.permissions_boundary,
        trust,
        additional_managed_policies: role.additional_managed_policies,
        inline_policy_name: role.inline_policy_name,
        statements: role.statements,
        tags: role.tags,
    });
    prop::option::weighted(0.2, settings)
}

/// Draws the configuration of ECS Exec. The configuration rarely contains a log group or bucket
/// that the logging setting does not allow.
fn execute_command(location: &Location) -> impl Strategy<Value = ExecuteCommandSettings> + use<> {
    let key = text(
        &[
            "arn:PARTITION:kms:REGION:ACCOUNT:key/mrk-0f1e2d3c",
            "arn:{partition}:kms:{region}:{account_id}:key/1",
        ],
        &["alias/x", "arn:PARTITION:kms:us-west-2:ACCOUNT:key/1"],
        location,
    );
    let bucket = text(&["sessions", "logs-{account_id}"], &["Sessions", "10.0.0.1"], location);
    let logging = prop_oneof![
        1 => Just(ExecuteCommandLogging::Default),
        1 => Just(ExecuteCommandLogging::None),
        5 => Just(ExecuteCommandLogging::Override),
    ];
    let key = prop::option::weighted(0.3, key);
    let bucket = prop::option::of(bucket);
    let prefix = prop::option::of(text(&["exec", "a/b"], &["", " "], location));
    let group = name("[A-Za-z0-9_./#-]{1,30}");
    let parts = (key, logging, group, bucket, prefix, any::<bool>(), any::<bool>());
    let stray = prop_oneof![20 => Just(false), 1 => Just(true)];
    (parts, stray).prop_map(
        |((key, logging, group, bucket, prefix, of_group, of_bucket), stray)| {
            let overrides = stray || logging == ExecuteCommandLogging::Override;
            let group: Option<LogGroupName> = group.filter(|_| overrides);
            let bucket = bucket.and_then(|it| it.parse().ok()).filter(|_| overrides);
            let prefix = prefix.and_then(|it| it.parse().ok());
            ExecuteCommandSettings {
                kms_key: key.and_then(|key| key.parse().ok()),
                logging,
                cloudwatch_encryption: of_group && (stray || group.is_some()),
                cloudwatch_log_group: group,
                s3_key_prefix: prefix.filter(|_| stray || bucket.is_some()),
                s3_encryption: of_bucket && (stray || bucket.is_some()),
                s3_bucket: bucket,
            }
        },
    )
}

/// Draws KMS keys for managed storage. One of the invalid keys is a multi-Region key, which managed
/// storage does not support.
fn managed_storage(location: &Location) -> impl Strategy<Value = ManagedStorageSettings> + use<> {
    let key = text(
        &["arn:PARTITION:kms:REGION:ACCOUNT:key/0f1e2d3c"],
        &[
            "arn:PARTITION:kms:REGION:ACCOUNT:key/mrk-1",
            "arn:PARTITION:kms:us-west-2:ACCOUNT:key/1",
        ],
        location,
    );
    let key = prop::option::of(key);
    (key.clone(), key).prop_map(|(volumes, fargate)| ManagedStorageSettings {
        kms_key: volumes.and_then(|key| key.parse().ok()),
        fargate_ephemeral_storage_kms_key: fargate.and_then(|key| key.parse().ok()),
    })
}

fn cluster(location: &Location) -> impl Strategy<Value = ClusterSettings> + use<> {
    let insights = prop::sample::select(vec![
        ContainerInsights::Enabled,
        ContainerInsights::Enhanced,
        ContainerInsights::Disabled,
    ]);
    let provider = || prop::sample::select(vec!["FARGATE", "FARGATE_SPOT"]);
    let item = (
        provider(),
        prop_oneof![Just(0_u32), 0..=100_001_u32],
        prop_oneof![1..=100_u32, 0..=1001_u32],
    );
    let item = item.prop_map(|(name, base, weight)| StrategyItem {
        capacity_provider: name.to_owned(),
        base,
        weight,
    });
    let capacity = (
        prop::collection::btree_set(provider().prop_map(str::to_owned), 0..3),
        prop::collection::btree_set(item, 0..3),
    );
    let capacity = prop_oneof![
        1 => Just(CapacityProviders::fargate()),
        1 => capacity.prop_map(|(providers, default_strategy)| {
            // A strategy can use only the cluster's providers.
            let known = |item: &StrategyItem| providers.contains(&item.capacity_provider);
            let default_strategy = default_strategy.into_iter().filter(known).collect();
            CapacityProviders { providers, default_strategy }
        }),
    ];
    let namespace = text(
        &["", "arn:PARTITION:servicediscovery:REGION:ACCOUNT:namespace/ns-1"],
        &["shop", "arn:PARTITION:servicediscovery:us-west-2:ACCOUNT:namespace/ns-1"],
        location,
    );
    let settings = (
        prop::option::weighted(0.3, execute_command(location)),
        prop::option::weighted(0.3, namespace),
        prop::option::weighted(0.3, managed_storage(location)),
    );
    let name = name("[A-Za-z][A-Za-z0-9_-]{0,20}");
    (name, insights, settings, capacity, tags()).prop_map(
        |(
            name,
            container_insights,
            (execute_command, namespace, managed_storage),
            capacity,
            tags,
        )| {
            ClusterSettings {
                name,
                container_insights,
                execute_command,
                service_connect_namespace: namespace.and_then(|text| text.parse().ok()),
                managed_storage,
                capacity,
                tags,
            }
        },
    )
}

fn managed_policy(location: &Location) -> impl Strategy<Value = ManagedPolicy> + use<> {
    let good = [
        "AmazonSSMReadOnlyAccess",
        "PowerUserAccess",
        "service-role/AmazonECSTaskExecutionRolePolicy",
        "arn:PARTITION:iam::aws:policy/AmazonSSMReadOnlyAccess",
    ];
    let bad = [
        "aws-service-role/AmazonECSServiceRolePolicy",
        "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess",
        "arn:PARTITION:iam::210987654321:policy/theirs",
    ];
    text(&good, &bad, location).prop_map(|text| match text.parse() {
        Ok(arn) => ManagedPolicy::Arn(arn),
        Err(_) => ManagedPolicy::AwsManaged(text),
    })
}

fn log_actions(location: &Location) -> BoxedStrategy<Vec<String>> {
    let good = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:*", "*"];
    several(text(&good, &["logs", "logs:Put Events", "l\u{f6}gs:x"], location), 0..3)
}

fn statement(location: &Location) -> impl Strategy<Value = Statement> + use<> {
    let actions = ["s3:GetObject", "s3:*", "*", "kms:Decrypt", "ECR:Get?"];
    let actions =
        several(text(&actions, &["s3", "s3:a:b", "s 3:x", "\u{65e5}:x", ""], location), 1..3);
    let good = [
        "*",
        "arn:PARTITION:s3:::bucket/*",
        "arn:*:s3:::bucket",
        "arn:PARTITION:iam::*:role/x",
        "arn:PARTITION:logs:REGION:ACCOUNT:log-group:/ecs/x:*",
        "arn:PARTITION:kms:*:${aws:PrincipalAccount}:key/*",
        "arn:PARTITION:s3:::gr\u{f6}\u{df}e",
    ];
    let bad = [
        "bucket",
        "arn:aws:s3:::bucket",
        "arn:mars:s3:::bucket",
        "arn:PARTITION:iam::ACCOUNT_ID:role/x",
        "arn:PARTITION:iam::<ID>:role/x",
        "arn:PARTITION:iam::${AWS::AccountId}:role/x",
        "arn:PARTITION:s3",
        "arn:PARTITION:s3:::\u{65e5}\u{672c}",
        "arn:PARTITION:iam::ACCOUNT:bucket",
        "",
    ];
    let resources = several(text(&good, &bad, location), 1..3);
    let sid = text(&["", "Read", "Read2"], &["not-one", "\u{e4}"], location);
    let operators = ["StringEquals", "ForAnyValue:StringLikeIfExists", "Null", "ArnLike"];
    let condition = prop_oneof![
        (text(&operators, &["Sounds", ""], location), "[a-z]{1,4}:[A-Za-z]{1,8}", r"\PC{0,6}"),
        (
            text(&["DateLessThan", "DateGreaterThanIfExists"], &["DateX"], location),
            Just("aws:CurrentTime".to_owned()),
            text(
                &["2026-01-31T10:00:00Z", "2026-01-31", "1767225600"],
                &["soon", "31.1.2026", ""],
                location
            ),
        ),
    ];
    let conditions = prop::collection::vec(condition, 0..2);
    let principal = prop::bool::weighted(0.01);
    let drawn = (any::<bool>(), actions, resources, any::<bool>(), sid, conditions, principal);
    drawn.prop_map(|(allow, actions, resources, not, sid, conditions, principal)| {
        let mut statement =
            if allow { Statement::allow(actions) } else { Statement::deny(actions) }.with_sid(sid);
        statement = if not && !allow {
            statement.with_not_resources(resources)
        } else {
            statement.with_resources(resources)
        };
        for (operator, key, value) in conditions {
            statement = statement.with_condition(operator, key, [value]);
        }
        if principal { statement.with_principal(PrincipalSet::aws(["*"])) } else { statement }
    })
}

fn trust(location: &Location) -> impl Strategy<Value = TrustSettings> + use<> {
    let services = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com"];
    let bad = ["ec2.amazonaws.com.cn", "ecs.c2s.ic.gov", "ecs-tasks", "ECS.amazonaws.com", ""];
    let services = several(text(&services, &bad, location), 1..3);
    let accounts = several(text(&["123456789012", "210987654321"], &["1234"], location), 0..2);
    let arns =
        ["arn:PARTITION:ecs:REGION:ACCOUNT:*", "arn:PARTITION:ecs:*:*:cluster/gr\u{f6}\u{df}e"];
    let source_arns = several(text(&arns, &["arn:aws:ecs:*\u{65e5}", "x"], location), 0..3);
    (services, accounts, source_arns).prop_map(|(services, accounts, source_arns)| TrustSettings {
        services: parsed(services),
        source_accounts: accounts
            .into_iter()
            .filter_map(|id| id.parse().ok())
            .map(infra_core::foundation::SourceAccount::Id)
            .collect(),
        source_arns: parsed(source_arns),
    })
}

fn role(location: &Location) -> impl Strategy<Value = RoleSettings> + use<> {
    let path = text(&["/", "/team/", "/a/b/"], &["team", "/team"], location);
    let description =
        text(&["for the app", "f\u{fc}r alle"], &["\u{201c}x\u{201d}", "\u{65e5}"], location);
    let boundary = text(
        &["arn:PARTITION:iam::aws:policy/PowerUserAccess"],
        &["arn:aws:iam::aws:policy/PowerUserAccess", "arn:PARTITION:iam::ACCOUNT:role/x"],
        location,
    );
    let settings = (
        name("[A-Za-z][A-Za-z0-9+=,.@_-]{0,20}"),
        path,
        prop::option::of(description),
        prop_oneof![30 => 3600..=43_200_u32, 1 => 0..100_000_u32],
        prop::option::weighted(0.2, boundary),
        trust(location),
    );
    let policies = (
        prop::collection::vec(managed_policy(location), 0..3),
        name("[A-Za-z][A-Za-z0-9+=,.@_-]{0,20}"),
        prop::collection::vec(statement(location), 0..3),
        prop_oneof![100 => Just(0_usize), 1 => 0..11_000_usize],
        tags(),
    );
    (settings, policies).prop_map(|(settings, policies)| {
        let (name, path, description, seconds, boundary, trust) = settings;
        let (additional_managed_policies, inline_policy_name, mut statements, length, tags) =
            policies;
        if length > 0 {
            let long = format!("arn:*:s3:::{}", "x".repeat(length));
            statements.push(Statement::allow(["s3:GetObject"]).with_resources([long]));
        }
        let default: RoleSettings = RoleSettings::default();
        RoleSettings {
            name,
            path: path.parse().unwrap_or(default.path),
            description: description.and_then(|text| text.parse().ok()),
            max_session_duration: seconds
                .to_string()
                .parse()
                .unwrap_or(default.max_session_duration),
            permissions_boundary: boundary.and_then(|arn| arn.parse().ok()),
            trust,
            additional_managed_policies,
            inline_policy_name,
            statements,
            tags,
        }
    })
}

/// Draws lifecycle policies that satisfy ECR's rules, or violate them only slightly.
fn lifecycle() -> impl Strategy<Value = LifecyclePolicy> {
    let status = prop::sample::select(vec!["any", "untagged", "tagged", "other"]);
    let count = prop::sample::select(vec![
        "imageCountMoreThan",
        "sinceImagePushed",
        "sinceImageTransitioned",
    ]);
    let rule =
        (0..4_u32, status, count, 0..20_u32, prop::collection::vec("[a-z*]{1,6}", 1..3), 0..25_u8);
    let rule = rule.prop_map(|(priority, status, count, number, patterns, odd)| {
        let mut selection = json!({"tagStatus": status, "countType": count, "countNumber": number});
        if (status == "tagged") != (odd == 0) {
            selection["tagPatternList"] = json!(patterns);
        }
        if (count != "imageCountMoreThan") != (odd == 1) {
            selection["countUnit"] = json!("days");
        }
        if odd == 2 || (count == "sinceImageTransitioned" && odd != 3) {
            selection["storageClass"] = json!("archive");
        }
        if odd == 4 {
            selection["tagPrefixList"] = Value::Null;
        }
        let action = match odd {
            5 => json!({"type": "transition", "targetStorageClass": "archive"}),
            6 => json!({"type": "expire", "more": 1}),
            _ => json!({"type": "expire"}),
        };
        json!({"rulePriority": priority, "description": "drawn", "selection": selection, "action": action})
    });
    prop_oneof![
        6 => Just(LifecyclePolicy::Unmanaged),
        1 => Just(LifecyclePolicy::None),
        3 => prop::collection::vec(rule, 1..3)
            .prop_map(|rules| LifecyclePolicy::Document(json!({"rules": rules}))),
    ]
}

fn repository(location: &Location) -> impl Strategy<Value = RepositorySettings> + use<> {
    let filters = several(text(&["v*", "dev-*", "latest"], &["*.*.*", "a b"], location), 1..4);
    let mutability = prop_oneof![
        2 => Just((0, Vec::new())),
        2 => Just((1, Vec::new())),
        1 => (2..4_u8, filters),
    ];
    let mutability = mutability.prop_map(|(kind, filters)| {
        let filters = filters.iter().map(ExclusionFilter::wildcard).collect();
        match kind {
            0 => TagMutability::Mutable,
            1 => TagMutability::Immutable,
            2 => TagMutability::MutableWithExclusion(filters),
            _ => TagMutability::ImmutableWithExclusion(filters),
        }
    });
    let key = text(
        &["arn:PARTITION:kms:REGION:ACCOUNT:key/0f1e2d3c"],
        &[
            "alias/x",
            "arn:PARTITION:kms:REGION:ACCOUNT:alias/x",
            "arn:aws:kms:us-west-2:ACCOUNT:key/1",
        ],
        location,
    );
    let encryption = (0..3_u8, prop::option::of(key)).prop_map(|(kind, key)| {
        let key = key.and_then(|key| key.parse().ok());
        match kind {
            0 => Encryption::Aes256,
            1 => Encryption::Kms(key),
            _ => Encryption::KmsDsse(key),
        }
    });
    let actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:*", "*"];
    let actions = several(text(&actions, &["s3:GetObject", "ecr", "ecr:a b"], location), 1..4);
    let principals = [
        "210987654321",
        "arn:PARTITION:iam::210987654321:root",
        "arn:PARTITION:iam::210987654321:role/theirs",
        "arn:PARTITION:sts::210987654321:assumed-role/theirs/ci",
    ];
    let bad = [
        "arn:aws:iam::210987654321:root",
        "arn:PARTITION:iam::210987654321:role/*",
        "arn:PARTITION:iam::210987654321:policy/x",
        "arn:PARTITION:s3:::bucket",
        "1234",
    ];
    let statement =
        (text(&principals, &bad, location), text(&["ecr:PutImage", "ecr:*"], &["s3:*"], location));
    let statement = statement.prop_map(|(principal, action)| {
        Statement::allow([action]).with_principal(PrincipalSet::aws([principal]))
    });
    let statements = prop::collection::vec(statement, 0..3);
    let principals = several(text(&principals, &bad, location), 0..3);
    let sid = text(&["AllowPull", "Allow pull", "gr\u{f6}\u{df}e", ""], &["\u{65e5}"], location);
    let settings = (
        name("[a-z][a-z0-9]{1,8}([/._-][a-z0-9]{1,8}){0,2}"),
        mutability,
        any::<bool>(),
        encryption,
        any::<bool>(),
    );
    let policies = (lifecycle(), sid, actions, principals, statements, tags());
    (settings, policies).prop_map(|(settings, policies)| {
        let (name, tag_mutability, scan_on_push, encryption, force_delete) = settings;
        let (lifecycle_policy, sid, pull_actions, principals, statements, tags) = policies;
        let default = RepositorySettings::default();
        RepositorySettings {
            name,
            tag_mutability,
            scan_on_push,
            encryption,
            force_delete,
            lifecycle_policy,
            policy_sid: sid.parse().unwrap_or(default.policy_sid),
            pull_actions: parsed(pull_actions),
            additional_pull_principals: parsed(principals),
            statements,
            tags,
        }
    })
}

fn log_group(location: &Location) -> impl Strategy<Value = LogGroupSettings> + use<> {
    let retention = prop::option::of(prop::sample::select(RetentionDays::ALLOWED.to_vec()));
    let retention = retention.prop_map(|days| {
        days.and_then(|days| RetentionDays::new(days).ok())
            .map_or(Retention::Never, Retention::Days)
    });
    let key = text(
        &["arn:PARTITION:kms:REGION:ACCOUNT:key/0f1e2d3c"],
        &["arn:PARTITION:kms:REGION:ACCOUNT:alias/x", "arn:PARTITION:kms:us-west-2:ACCOUNT:key/1"],
        location,
    );
    let class = prop_oneof![
        20 => Just(LogGroupClass::Standard),
        10 => Just(LogGroupClass::InfrequentAccess),
        1 => Just(LogGroupClass::Delivery),
    ];
    (
        name("[A-Za-z0-9_./#-]{1,30}"),
        retention,
        prop::option::weighted(0.3, key),
        class,
        any::<bool>(),
        prop::option::of(any::<bool>()),
        tags(),
    )
        .prop_map(|(name, retention, key, class, skip_destroy, deletion_protection, tags)| {
            LogGroupSettings {
                name,
                retention,
                kms_key: key.and_then(|key| key.parse().ok()),
                class,
                skip_destroy,
                deletion_protection,
                tags,
            }
        })
}
