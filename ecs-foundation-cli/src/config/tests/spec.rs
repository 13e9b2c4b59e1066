//! Tests that every key in the file reaches the foundation, and that the reference file contains
//! every key.

use infra_core::foundation::{
    DeployerSettings, ExecuteCommandSettings, FoundationSpec, GitHubTrust, LifecyclePolicy,
    ManagedPolicy, ManagedStorageSettings, ServiceSettings, SourceAccount, UnmanagedAction,
};
use infra_core::policy::{ActionElement, Effect, PrincipalKind, PrincipalSet, Statement};
use infra_core::provider::{
    ContainerInsights, Encryption, ExclusionFilter, ExecuteCommandLogging, LogGroupClass,
    Retention, RetentionDays, StrategyItem, TagMutability,
};
use toml::de::{DeTable, DeValue};

use super::super::partial::Partial;
use super::super::section::paths;
use super::super::{Backend, Setting, parse};
use super::{accept, accept_with, flags};

const OWN: &str = include_str!("../../../../ecs-foundation.toml");
pub(super) const REFERENCE: &str = include_str!("../../../../ecs-foundation.example.toml");
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Returns the reference file with all commented-out settings enabled. If the file also sets one of
/// these keys to its default value, the enabled setting replaces that line.
pub(super) fn reference_in_full() -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in REFERENCE.lines() {
        let Some(setting) =
            line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '#', ':']))
        else {
            lines.push(line);
            continue;
        };
        if let Some((key, _)) = setting.split_once(" = ") {
            let default = format!("{key} = ");
            let table = lines.iter().rposition(|line| line.starts_with('[')).unwrap_or(0);
            if let Some(at) = lines[table..].iter().position(|line| line.starts_with(&default)) {
                lines.remove(table + at);
            }
        }
        lines.push(setting);
    }
    lines.join("\n")
}

fn days(days: u32) -> Retention {
    Retention::Days(RetentionDays::new(days).unwrap())
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn the_repository_s_own_file_selects_the_embedded_mock() {
    let config = accept(OWN);
    assert_eq!(config.backend, Backend::Memory);
    let wanted = FoundationSpec::new("demo".parse().unwrap(), "dev".parse().unwrap());
    assert_eq!(config.spec, wanted);
    assert_eq!(config.region.unwrap().as_str(), "us-east-1");
    let production = accept_with(OWN, &flags(&[(Setting::Environment, "prod")]));
    assert_eq!(production.spec.log_group.retention, days(90));
}

#[test]
fn the_reference_shows_the_defaults() {
    let config = accept(REFERENCE);
    let plain = accept("project_name = 'shop'");
    assert_eq!(config.spec, plain.spec);
    assert_eq!(config.spec, FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap()));
    assert_eq!(config.memory_file, plain.memory_file);
    assert_eq!(config.backend, plain.backend);
}

#[test]
fn the_reference_names_every_key() {
    fn collect(prefix: &str, value: &DeValue<'_>, found: &mut Vec<String>) {
        match value {
            DeValue::Table(table) => {
                for (key, value) in table {
                    let dot = if prefix.is_empty() { "" } else { "." };
                    let path = format!("{prefix}{dot}{}", key.get_ref());
                    collect(&path, value.get_ref(), found);
                    found.push(path);
                }
            }
            DeValue::Array(items) => {
                items.iter().for_each(|item| collect(prefix, item.get_ref(), found));
            }
            _ => {}
        }
    }
    let text = reference_in_full();
    let root = DeTable::parse(&text).unwrap().into_inner();
    let mut found = Vec::new();
    collect("", &DeValue::Table(root), &mut found);
    let absent: Vec<String> = paths::<Partial>()
        .into_iter()
        // The reference file contains statements for only one role.
        .filter(|path| !path.starts_with("execution_role.statements."))
        .filter(|path| !path.starts_with("deployer.statements."))
        .filter(|path| !found.contains(path))
        .collect();
    assert_eq!(absent, [""; 0], "the reference does not contain these keys");
}

#[test]
fn every_key_reaches_the_foundation() {
    let text = reference_in_full();
    let config = accept(&text);
    assert_eq!(config.region.unwrap().as_str(), "eu-central-1");
    assert_eq!(config.profile.as_deref(), Some("shop"));
    assert_eq!(config.endpoint_url.unwrap().as_str(), "http://127.0.0.1:4566");
    assert_eq!(config.allowed_account_ids, ["123456789012".parse().unwrap()]);
    let assumed = config.assume_role.unwrap();
    assert_eq!(assumed.role_arn.to_string(), "arn:aws:iam::123456789012:role/deployer");
    assert_eq!(assumed.session_name.unwrap().as_str(), "shop-deploy");
    assert_eq!(assumed.external_id.unwrap().as_str(), "shop");
    assert_eq!(config.ca_bundle.as_deref(), Some("certs/proxy.pem".as_ref()));
    assert_eq!(config.parallelism.map(usize::from), Some(4));

    let tag = |key: &str, value: &str| {
        let mut tags = infra_core::tags::Tags::new();
        tags.set(key, value).unwrap();
        tags
    };
    let mut spec = FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap());
    spec.role_names_include_region = true;
    spec.tags = tag("team", "platform");
    spec.tags.set("cost:center", "4711").unwrap();

    spec.cluster.name = Some("shop".parse().unwrap());
    let key = "arn:{partition}:kms:{region}:{account_id}:key/1234abcd";
    spec.cluster.execute_command = Some(ExecuteCommandSettings {
        kms_key: key.parse().ok(),
        logging: ExecuteCommandLogging::Override,
        cloudwatch_log_group: "/ecs/sessions".parse().ok(),
        cloudwatch_encryption: true,
        s3_bucket: "sessions-{account_id}".parse().ok(),
        s3_key_prefix: "shop".parse().ok(),
        s3_encryption: true,
    });
    spec.cluster.managed_storage = Some(ManagedStorageSettings {
        kms_key: key.parse().ok(),
        fargate_ephemeral_storage_kms_key: key.parse().ok(),
    });
    let namespace =
        "arn:{partition}:servicediscovery:{region}:{account_id}:namespace/ns-abcdefghijklmnop";
    spec.cluster.service_connect_namespace = namespace.parse().ok();
    let spot = StrategyItem { capacity_provider: "FARGATE_SPOT".to_owned(), base: 0, weight: 300 };
    spec.cluster.capacity.default_strategy.insert(spot);
    spec.cluster.tags = tag("tier", "compute");

    let boundary = "arn:aws:iam::123456789012:policy/boundary";
    let role = &mut spec.execution_role.role;
    role.name = Some("shop-execution".parse().unwrap());
    role.description = "Lets ECS pull images and write logs".parse().ok();
    role.permissions_boundary = boundary.parse().ok();
    role.inline_policy_name = Some("shop-execution".parse().unwrap());
    role.statements = vec![
        Statement::allow(["secretsmanager:GetSecretValue"])
            .with_sid("ReadSecrets")
            .with_resources(["arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-*"]),
    ];
    role.tags = tag("tier", "platform");

    let role = &mut spec.task_role.role;
    role.name = Some("shop-task".parse().unwrap());
    role.description = "Permissions of the containers".parse().ok();
    role.permissions_boundary = boundary.parse().ok();
    role.inline_policy_name = Some("shop-task".parse().unwrap());
    let actions = texts(&["dynamodb:*", "logs:*"]).into_iter().collect();
    role.statements = vec![
        Statement::allow(["dynamodb:GetItem", "dynamodb:PutItem"])
            .with_sid("Orders")
            .with_resources(["arn:aws:dynamodb:eu-central-1:123456789012:table/orders"])
            .with_condition("StringEquals", "aws:ResourceAccount", ["123456789012"]),
        Statement::new(Effect::Deny, ActionElement::NotAction(actions))
            .with_not_resources(["arn:aws:s3:::shop-public/*"]),
    ];
    role.tags = tag("tier", "application");

    let repository = &mut spec.repository;
    repository.name = Some("shop/app".parse().unwrap());
    let filters = ["latest", "dev-*"].map(ExclusionFilter::wildcard);
    repository.tag_mutability = TagMutability::ImmutableWithExclusion(filters.into());
    repository.encryption = Encryption::Kms(Some(KEY.to_owned()));
    repository.lifecycle_policy = LifecyclePolicy::limits("20".parse().ok(), "14".parse().ok());
    let reads = texts(&["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]);
    repository.statements = vec![
        Statement::allow([
            "ecr:BatchCheckLayerAvailability",
            "ecr:CompleteLayerUpload",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        ])
        .with_sid("AllowPush")
        .with_principal(PrincipalSet::aws(["arn:{partition}:iam::{account_id}:role/deployer"])),
        Statement::allow(reads.clone())
            .with_sid("LambdaPull")
            .with_principal(PrincipalSet::service(["lambda.amazonaws.com"]))
            .with_condition(
                "StringLike",
                "aws:sourceArn",
                ["arn:{partition}:lambda:{region}:{account_id}:function:*"],
            ),
        Statement::new(Effect::Deny, ActionElement::NotAction(reads.into_iter().collect()))
            .with_principal(PrincipalSet::aws(["*"]))
            .with_condition("StringNotEquals", "aws:PrincipalOrgID", ["o-example"]),
    ];
    repository.tags = tag("tier", "images");

    spec.log_group.name = Some("/shop/app".parse().unwrap());
    spec.log_group.kms_key = "arn:{partition}:kms:{region}:{account_id}:key/1234abcd".parse().ok();
    spec.log_group.deletion_protection = Some(true);
    spec.log_group.tags = tag("tier", "logs");

    let mut worker = ServiceSettings::new(&spec.environment);
    worker.task_role.log_actions = vec!["logs:PutLogEvents".parse().unwrap()];
    worker.repository.scan_on_push = false;
    worker.repository.lifecycle_policy = LifecyclePolicy::limits("20".parse().ok(), None);
    worker.log_group.retention = days(7);
    spec.services.insert("worker".parse().unwrap(), worker);

    let read = Statement::allow(["ecs:DescribeTaskDefinition"]).with_resources(["*"]);
    spec.deployer = Some(DeployerSettings {
        name: Some("shop-deployer".parse().unwrap()),
        path: "/ci/".parse().unwrap(),
        description: "Pushes images and deploys".parse().ok(),
        max_session_duration: "7200".parse().unwrap(),
        permissions_boundary: "arn:aws:iam::123456789012:policy/boundary".parse().ok(),
        trust: GitHubTrust {
            repositories: vec!["octo-org/octo-repo".parse().unwrap()],
            branches: vec!["main".parse().unwrap()],
            tags: vec!["v*".parse().unwrap()],
            environments: vec!["production".parse().unwrap()],
        },
        additional_managed_policies: Vec::new(),
        inline_policy_name: Some("shop-deployer".parse().unwrap()),
        statements: vec![read.with_sid("ReadTaskDefinitions")],
        tags: tag("tier", "pipeline"),
    });
    assert_eq!(config.spec, spec);

    let production = accept_with(&text, &flags(&[(Setting::Environment, "prod")]));
    assert_eq!(production.region.unwrap().as_str(), "eu-west-1");
    assert_eq!(production.spec.log_group.retention, days(365));
    assert_eq!(production.spec.services["worker"].log_group.retention, days(90));
    let github = production.spec.deployer.map(|deployer| deployer.trust).unwrap();
    assert_eq!(github.environments, ["prod".parse().unwrap()]);
    assert_eq!(github.branches, ["main".parse().unwrap()]);
    assert_eq!(production.spec.tags.get("criticality"), Some("high"));
    assert_eq!(production.spec.tags.get("team"), Some("platform"));
}

/// In the reference file, some settings have their default values. This test sets other values.
#[test]
fn every_other_value_reaches_the_foundation_too() {
    let text = r#"
        project_name = "shop"
        unmanaged = { tags = "remove", policies = "remove", capacity_providers = "remove" }
        [cluster]
        container_insights = "enhanced"
        capacity_providers = ["FARGATE_SPOT", "own"]
        default_capacity_provider_strategy = [{ capacity_provider = "own", weight = 1 }]
        service_connect_namespace = ""
        execute_command = { logging = "NONE" }
        managed_storage = {}
        [execution_role]
        path = "/shop/"
        max_session_duration = 7200
        managed_policy = "arn:aws:iam::123456789012:policy/execution"
        additional_managed_policies = ["AmazonSSMReadOnlyAccess", "arn:aws:iam::aws:policy/x/y"]
        trust.services = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]
        trust.source_accounts = ["own", "123456789012"]
        trust.source_arns = ["arn:aws:ecs:*:123456789012:*"]
        [[execution_role.statements]]
        actions = ["s3:Get*"]
        resources = ["*"]
        conditions."ForAnyValue:StringLikeIfExists"."aws:TagKeys" = ["a", 1, true]
        conditions.Bool."aws:SecureTransport" = true
        [task_role]
        log_actions = []
        [repository]
        image_tag_mutability = "IMMUTABLE"
        scan_on_push = false
        force_delete = false
        lifecycle_policy = "none"
        policy_sid = "Pull images"
        pull_actions = ["ecr:*"]
        additional_pull_principals = ["123456789012", "arn:aws:iam::123456789012:role/deployer"]
        encryption.type = "KMS_DSSE"
        [log_group]
        retention_in_days = "never"
        class = "INFREQUENT_ACCESS"
        deletion_protection = true
        skip_destroy = true
    "#;
    let spec = accept(text).spec;
    assert_eq!(spec.unmanaged.tags, UnmanagedAction::Remove);
    assert_eq!(spec.unmanaged.policies, UnmanagedAction::Remove);
    assert_eq!(spec.unmanaged.capacity_providers, UnmanagedAction::Remove);
    assert_eq!(spec.log_group.deletion_protection, Some(true));

    assert_eq!(spec.cluster.container_insights, ContainerInsights::Enhanced);
    let logging = ExecuteCommandLogging::None;
    let command = ExecuteCommandSettings { logging, ..ExecuteCommandSettings::default() };
    assert_eq!(spec.cluster.execute_command, Some(command));
    assert_eq!(spec.cluster.managed_storage, Some(ManagedStorageSettings::default()));
    assert_eq!(spec.cluster.service_connect_namespace, "".parse().ok());
    let providers: Vec<_> = spec.cluster.capacity.providers.iter().collect();
    assert_eq!(providers, ["FARGATE_SPOT", "own"]);
    let own = StrategyItem { capacity_provider: "own".to_owned(), base: 0, weight: 1 };
    assert_eq!(spec.cluster.capacity.default_strategy, [own].into());

    let execution = &spec.execution_role;
    let arn = |text: &str| ManagedPolicy::Arn(text.parse().unwrap());
    assert_eq!(execution.managed_policy, arn("arn:aws:iam::123456789012:policy/execution"));
    assert_eq!(
        execution.role.additional_managed_policies,
        [
            ManagedPolicy::AwsManaged("AmazonSSMReadOnlyAccess".to_owned()),
            arn("arn:aws:iam::aws:policy/x/y"),
        ]
    );
    assert_eq!(execution.role.path.as_str(), "/shop/");
    assert_eq!(execution.role.max_session_duration.get(), 7200);
    let trust = &execution.role.trust;
    let services = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"];
    assert_eq!(trust.services, services.map(|name| name.parse().unwrap()));
    let other = SourceAccount::Id("123456789012".parse().unwrap());
    assert_eq!(trust.source_accounts, [SourceAccount::Own, other]);
    assert_eq!(trust.source_arns, ["arn:aws:ecs:*:123456789012:*".parse().unwrap()]);
    let statement = Statement::allow(["s3:Get*"])
        .with_resources(["*"])
        .with_condition("ForAnyValue:StringLikeIfExists", "aws:TagKeys", ["a", "1", "true"])
        .with_condition("Bool", "aws:SecureTransport", ["true"]);
    assert_eq!(execution.role.statements, [statement]);
    assert_eq!(spec.task_role.log_actions, []);

    assert_eq!(spec.repository.tag_mutability, TagMutability::Immutable);
    assert!(!spec.repository.scan_on_push && !spec.repository.force_delete);
    assert_eq!(spec.repository.lifecycle_policy, LifecyclePolicy::None);
    assert_eq!(spec.repository.policy_sid.as_str(), "Pull images");
    assert_eq!(spec.repository.pull_actions, ["ecr:*".parse().unwrap()]);
    let principals = ["123456789012", "arn:aws:iam::123456789012:role/deployer"];
    let principals = principals.map(|principal| principal.parse().unwrap());
    assert_eq!(spec.repository.additional_pull_principals, principals);
    assert_eq!(spec.repository.encryption, Encryption::KmsDsse(None));

    assert_eq!(spec.log_group.retention, Retention::Never);
    assert_eq!(spec.log_group.class, LogGroupClass::InfrequentAccess);
    assert!(spec.log_group.skip_destroy);
}

#[test]
fn lifecycle_limits_and_repository_statements_reach_the_foundation() {
    let text = r#"
        project_name = "shop"
        [repository]
        keep_last_images = 20
        expire_untagged_after_days = 14
        [[repository.statements]]
        sid = "AllowPush"
        principals = ["{account_id}", "*"]
        services = ["lambda.amazonaws.com"]
        not_actions = ["ecr:Delete*"]
        conditions.StringEquals."aws:PrincipalOrgID" = "o-example"
        [environments.prod]
        repository.keep_last_images = 100
    "#;
    let repository = accept(text).spec.repository;
    let limits = LifecyclePolicy::limits("20".parse().ok(), "14".parse().ok());
    assert_eq!(repository.lifecycle_policy, limits);
    let actions = ActionElement::NotAction(["ecr:Delete*".to_owned()].into());
    let principals = PrincipalSet::aws(["{account_id}", "*"])
        .with(PrincipalKind::Service, ["lambda.amazonaws.com"]);
    let statement = Statement::new(Effect::Allow, actions)
        .with_sid("AllowPush")
        .with_principal(principals)
        .with_condition("StringEquals", "aws:PrincipalOrgID", ["o-example"]);
    assert_eq!(repository.statements, [statement]);
    let prod = accept_with(text, &flags(&[(Setting::Environment, "prod")])).spec.repository;
    let limits = LifecyclePolicy::limits("100".parse().ok(), "14".parse().ok());
    assert_eq!(prod.lifecycle_policy, limits);
}

#[test]
fn each_variation_of_cluster_and_retention_is_accepted() {
    for insights in ContainerInsights::KNOWN {
        let text = format!("project_name = 'a'\ncluster.container_insights = '{insights}'");
        assert_eq!(accept(&text).spec.cluster.container_insights.as_str(), *insights);
    }
    for number in RetentionDays::ALLOWED {
        let text = format!("project_name = 'a'\nlog_group.retention_in_days = {number}");
        assert_eq!(accept(&text).spec.log_group.retention, days(number));
    }
    let none = "project_name = 'a'\n[cluster]\ncapacity_providers = []\n\
                default_capacity_provider_strategy = []";
    assert!(accept(none).spec.cluster.capacity.default_strategy.is_empty());
}

#[test]
fn production_keeps_its_logs_for_thirty_days_by_default() {
    for (environment, wanted) in [("prod", 30), ("production", 30), ("dev", 14), ("prod-like", 14)]
    {
        let text = format!("project_name = 'shop'\nenvironment = '{environment}'");
        let config = accept(&text);
        assert_eq!(config.spec.log_group.retention, days(wanted), "{environment}");
        assert_eq!(config.is_production(), wanted == 30, "{environment}");
    }
}

#[test]
fn environments_that_name_one_resource_are_refused() {
    let refused = |text: &str, environment: &str| -> Vec<String> {
        let text = format!("project_name = 'shop'\n{text}");
        let flags = flags(&[(Setting::Environment, environment)]);
        match parse(&text, "f", &flags) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.iter().map(|error| error.message.clone()).collect(),
        }
    };
    let two = "[environments.dev]\n[environments.prod]\n";
    let same = "the environments dev and prod have the same";
    for environment in ["dev", "prod"] {
        let repository = format!("repository.name = 'shop/app'\n{two}");
        let found = refused(&repository, environment);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("have the same repository \"shop/app\""), "{found:?}");
        assert_eq!(refused(two, environment), [""; 0]);
    }
    // Regional resources can have the same name in two regions, but roles cannot.
    let regions = "[environments.dev]\nregion = 'eu-west-1'\n[environments.prod]\n\
                   region = 'us-east-1'\n";
    assert_eq!(refused(&format!("cluster.name = 'shop'\n{regions}"), "dev"), [""; 0]);
    let role = refused(&format!("task_role.name = 'Shop'\n{regions}"), "prod");
    assert_eq!(role, [format!("{same} role \"shop\"")]);
    // Resources in different accounts can have the same name.
    let profiles = "[environments.dev]\nprofile = 'a'\n[environments.prod]\nprofile = 'b'\n";
    assert_eq!(refused(&format!("task_role.name = 'shop'\n{profiles}"), "dev"), [""; 0]);
    // Different project and environment names can result in the same resource names: `shop-a` and
    // `b`, or `shop` and `a-b`.
    let words = "environment = 'a-b'\n[environments.b]\nproject_name = 'shop-a'\n";
    assert_eq!(refused(words, "b").len(), 5);
    // An option applies to every environment.
    let text = format!("project_name = 'shop'\nlog_group.name = '/shop'\n{regions}");
    let flags = flags(&[(Setting::Environment, "dev"), (Setting::Region, "us-east-1")]);
    assert!(parse(&text, "f", &flags).is_err());
}

#[test]
fn an_account_list_and_a_role_are_complete_or_absent() {
    for wrong in ["allowed_account_ids = []", "[assume_role]\nexternal_id = 'shop'"] {
        let text = format!("project_name = 'shop'\n{wrong}\n");
        let errors = parse(&text, "f", &flags(&[])).unwrap_err();
        assert_eq!(errors.count(), 1, "{}", errors.render(false));
    }
}
