//! Tests that every setting of a foundation affects every export or its notes.

use infra_core::arn::{Arn, Location};
use infra_core::foundation::{
    ClusterSettings, DeployerSettings, ExecuteCommandSettings, ExecutionRoleSettings, Foundation,
    FoundationSpec, GitHubTrust, LifecyclePolicy, LogGroupSettings, ManagedPolicy,
    ManagedStorageSettings, Outputs, RepositorySettings, RoleSettings, ServiceSettings,
    SourceAccount, TaskRoleSettings, TrustSettings, Unmanaged, UnmanagedAction,
};
use infra_core::policy::{PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ContainerInsights, Encryption, ExclusionFilter, ExecuteCommandLogging,
    LogGroupClass, Retention, StrategyItem, TagMutability,
};
use infra_core::tags::Tags;
use serde_json::json;

use super::{Export, Import, cloudformation, terraform, yaml};

fn plain() -> FoundationSpec {
    FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap())
}

fn placed(spec: FoundationSpec, region: &str) -> Foundation {
    let account_id = "123456789012".parse().unwrap();
    Foundation::new(spec, Location::new(account_id, region.parse().unwrap()).unwrap()).unwrap()
}

fn tag() -> Tags {
    let mut tags = Tags::new();
    tags.set("owner", "us").unwrap();
    tags
}

fn statement() -> Statement {
    Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:s3:::shop/*"])
}

fn push() -> Statement {
    Statement::allow(["ecr:PutImage"]).with_principal(PrincipalSet::aws(["210987654321"]))
}

fn key() -> Arn {
    "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap()
}

const NAMESPACE: &str = "arn:aws:servicediscovery:{region}:{account_id}:namespace/ns-1";

/// Returns the name of a setting, and a specification in which it has another value.
macro_rules! vary {
    ($($setting:ident).+ = $value:expr) => {{
        let mut spec = plain();
        spec.$($setting).+ = $value;
        (stringify!($($setting).+), spec)
    }};
}

/// Returns one variation for each attribute. If an attribute is added, [`taken_apart`] fails to compile.
fn variations() -> Vec<(&'static str, FoundationSpec)> {
    let spot = StrategyItem { capacity_provider: "FARGATE_SPOT".to_owned(), base: 0, weight: 1 };
    let filter = ExclusionFilter::wildcard("dev-*");
    let mut rows = vec![
        vary!(project_name = "other".parse().unwrap()),
        vary!(environment = "staging".parse().unwrap()),
        vary!(role_names_include_region = true),
        vary!(tags = tag()),
        vary!(unmanaged.tags = UnmanagedAction::Remove),
        vary!(unmanaged.policies = UnmanagedAction::Remove),
        vary!(unmanaged.capacity_providers = UnmanagedAction::Remove),
        vary!(cluster.name = "other".parse().ok()),
        vary!(cluster.container_insights = ContainerInsights::Enhanced),
        vary!(cluster.execute_command = Some(ExecuteCommandSettings::default())),
        vary!(cluster.service_connect_namespace = NAMESPACE.parse().ok()),
        vary!(cluster.service_connect_namespace = "".parse().ok()),
        vary!(cluster.managed_storage = Some(ManagedStorageSettings::default())),
        vary!(cluster.capacity.providers = ["FARGATE".to_owned()].into()),
        vary!(cluster.capacity.default_strategy = [spot].into()),
        vary!(cluster.tags = tag()),
        vary!(execution_role.managed_policy = ManagedPolicy::AwsManaged("ReadOnlyAccess".into())),
        vary!(task_role.log_actions = vec!["logs:PutLogEvents".parse().unwrap()]),
        vary!(repository.name = "other".parse().ok()),
        vary!(repository.tag_mutability = TagMutability::Immutable),
        vary!(repository.tag_mutability = TagMutability::ImmutableWithExclusion([filter].into())),
        vary!(repository.scan_on_push = false),
        vary!(repository.encryption = Encryption::Kms(None)),
        vary!(repository.encryption = Encryption::KmsDsse(Some(key().to_string()))),
        vary!(repository.force_delete = false),
        vary!(repository.lifecycle_policy = LifecyclePolicy::None),
        vary!(
            repository.lifecycle_policy = LifecyclePolicy::Document(json!({ "rules": [{
            "rulePriority": 1,
            "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9 },
            "action": { "type": "expire" },
        }] }))
        ),
        vary!(repository.policy_sid = "Pull".parse().unwrap()),
        vary!(repository.pull_actions = vec!["ecr:BatchGetImage".parse().unwrap()]),
        vary!(repository.additional_pull_principals = vec!["210987654321".parse().unwrap()]),
        vary!(repository.statements = vec![push()]),
        vary!(repository.tags = tag()),
        vary!(log_group.name = "/other".parse().ok()),
        vary!(log_group.retention = Retention::Never),
        vary!(log_group.kms_key = key().to_string().parse().ok()),
        vary!(log_group.class = LogGroupClass::InfrequentAccess),
        vary!(log_group.deletion_protection = Some(true)),
        vary!(log_group.skip_destroy = true),
        vary!(log_group.tags = tag()),
    ];
    macro_rules! both_roles {
        ($($($setting:ident).+ = $value:expr;)+) => { $(
            rows.push(vary!(execution_role.role.$($setting).+ = $value));
            rows.push(vary!(task_role.role.$($setting).+ = $value));
        )+ };
    }
    both_roles! {
        name = "other".parse().ok();
        path = "/other/".parse().unwrap();
        description = "other".parse().ok();
        max_session_duration = "7200".parse().unwrap();
        permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().ok();
        trust.services = vec!["ecs.amazonaws.com".parse().unwrap()];
        trust.source_accounts = vec![SourceAccount::Own];
        trust.source_arns = vec!["arn:aws:ecs:us-east-1:123456789012:*".parse().unwrap()];
        additional_managed_policies = vec![ManagedPolicy::AwsManaged("ReadOnlyAccess".into())];
        statements = vec![statement()];
        tags = tag();
    }
    rows.extend(deployers());
    rows.push(vary!(task_role.role.inline_policy_name = "other".parse().ok()));
    let (path, mut spec) = vary!(execution_role.role.inline_policy_name = "other".parse().ok());
    spec.execution_role.role.statements = vec![statement()];
    rows.push((path, spec));
    rows
}

/// Returns a foundation with a deployer whose settings are changed.
fn deployer(change: impl FnOnce(&mut DeployerSettings)) -> FoundationSpec {
    let mut spec = plain();
    let settings = spec.deployer.get_or_insert_default();
    settings.trust.repositories = vec!["octo-org/octo-repo".parse().unwrap()];
    settings.trust.branches = vec!["main".parse().unwrap()];
    change(settings);
    spec
}

/// Returns one variation for each attribute of a deployer.
fn deployers() -> Vec<(&'static str, FoundationSpec)> {
    let mut rows = vec![("deployer", deployer(|_| ()))];
    macro_rules! vary_deployer {
        ($($($setting:ident).+ = $value:expr;)+) => { $(
            let name = concat!("deployer.", stringify!($($setting).+));
            rows.push((name, deployer(|it| it.$($setting).+ = $value)));
        )+ };
    }
    vary_deployer! {
        name = "other".parse().ok();
        path = "/other/".parse().unwrap();
        description = "other".parse().ok();
        max_session_duration = "7200".parse().unwrap();
        permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().ok();
        trust.repositories = vec!["octo-org@1/octo-repo@2".parse().unwrap()];
        trust.branches = vec!["release/*".parse().unwrap()];
        trust.tags = vec!["v*".parse().unwrap()];
        trust.environments = vec!["production".parse().unwrap()];
        additional_managed_policies = vec![ManagedPolicy::AwsManaged("ReadOnlyAccess".into())];
        inline_policy_name = "other".parse().ok();
        statements = vec![statement()];
        tags = tag();
    }
    rows
}

#[test]
fn a_change_of_any_setting_of_a_deployer_shows_too() {
    let rows = deployers();
    let before = both(&rows[0].1);
    for (setting, spec) in &rows[1..] {
        for ((target, after), (_, before)) in both(spec).iter().zip(&before) {
            assert_ne!(after, before, "{setting} does not show in {target}");
        }
    }
}

/// Destructures every attribute. A new attribute requires a variation in [`variations`].
#[expect(dead_code, reason = "it only has to compile")]
fn taken_apart(spec: FoundationSpec) -> [RoleSettings; 2] {
    let FoundationSpec {
        project_name: _,
        environment: _,
        role_names_include_region: _,
        tags: _,
        unmanaged: Unmanaged { tags: _, policies: _, capacity_providers: _ },
        cluster:
            ClusterSettings {
                name: _,
                container_insights: _,
                // Their parts are varied in `each_part_of_the_configuration_of_a_cluster_shows`.
                execute_command: _,
                service_connect_namespace: _,
                managed_storage: _,
                capacity: CapacityProviders { providers: _, default_strategy: _ },
                tags: _,
            },
        execution_role: ExecutionRoleSettings { role: execution_role, managed_policy: _ },
        task_role: TaskRoleSettings { role: task_role, log_actions: _ },
        repository:
            RepositorySettings {
                name: _,
                tag_mutability: _,
                scan_on_push: _,
                encryption: _,
                force_delete: _,
                lifecycle_policy: _,
                policy_sid: _,
                pull_actions: _,
                additional_pull_principals: _,
                statements: _,
                tags: _,
            },
        log_group:
            LogGroupSettings {
                name: _,
                retention: _,
                kms_key: _,
                class: _,
                deletion_protection: _,
                skip_destroy: _,
                tags: _,
            },
        // Services have the same settings as the default one; see `a_change_of_any_setting_of_a_service_shows_too`.
        services: _,
        // Each setting is varied in `deployers`.
        deployer,
    } = spec;
    let GitHubTrust { repositories: _, branches: _, tags: _, environments: _ } =
        deployer.unwrap_or_default().trust;
    [execution_role, task_role].map(|role| {
        let RoleSettings {
            name: _,
            path: _,
            description: _,
            max_session_duration: _,
            permissions_boundary: _,
            trust: TrustSettings { services: _, source_accounts: _, source_arns: _ },
            additional_managed_policies: _,
            inline_policy_name: _,
            statements: _,
            tags: _,
        } = &role;
        role
    })
}

/// Returns each export with its notes.
fn both(spec: &FoundationSpec) -> [(&'static str, String); 2] {
    let foundation = placed(spec.clone(), "us-east-1");
    let Export { document, notes } = terraform(&foundation, Import::Blocks);
    let hcl = format!("{document}{notes:#?}");
    let Export { document, notes } = cloudformation(&foundation);
    [("terraform", hcl), ("cloudformation", format!("{}{notes:#?}", yaml(&document)))]
}

#[test]
fn a_change_of_any_setting_shows_in_every_export() {
    // CloudFormation always keeps unmanaged tags and policies, so `report` makes no difference for it.
    let before = both(&plain());
    for (setting, spec) in variations() {
        for ((target, after), (_, before)) in both(&spec).iter().zip(&before) {
            assert_ne!(after, before, "{setting} does not show in {target}");
        }
    }
}

/// Returns the configuration of a cluster with a value for every part.
fn sessions() -> ExecuteCommandSettings {
    ExecuteCommandSettings {
        kms_key: key().to_string().parse().ok(),
        logging: ExecuteCommandLogging::Override,
        cloudwatch_log_group: "/sessions".parse().ok(),
        cloudwatch_encryption: true,
        s3_bucket: "sessions".parse().ok(),
        s3_key_prefix: "exec".parse().ok(),
        s3_encryption: true,
    }
}

#[test]
fn each_part_of_the_configuration_of_a_cluster_shows() {
    let mut spec = plain();
    spec.cluster.execute_command = Some(sessions());
    spec.cluster.managed_storage = Some(ManagedStorageSettings {
        kms_key: key().to_string().parse().ok(),
        fargate_ephemeral_storage_kms_key: key().to_string().parse().ok(),
    });
    spec.cluster.service_connect_namespace = NAMESPACE.parse().ok();
    let foundation = placed(spec, "us-east-1");
    let key = key();
    let hcl = terraform(&foundation, Import::None).document;
    let expected = format!(
        "  configuration {{
    execute_command_configuration {{
      kms_key_id = \"{key}\"
      logging    = \"OVERRIDE\"

      log_configuration {{
        cloud_watch_log_group_name     = \"/sessions\"
        cloud_watch_encryption_enabled = true
        s3_bucket_name                 = \"sessions\"
        s3_key_prefix                  = \"exec\"
        s3_bucket_encryption_enabled   = true
      }}
    }}

    managed_storage_configuration {{
      kms_key_id                           = \"{key}\"
      fargate_ephemeral_storage_kms_key_id = \"{key}\"
    }}
  }}

  service_connect_defaults {{
    namespace = \"arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1\"
  }}
"
    );
    assert!(hcl.contains(&expected), "{hcl}");
    let template = cloudformation(&foundation).document;
    let properties = &template["Resources"]["EcsCluster"]["Properties"];
    assert_eq!(
        properties["Configuration"],
        json!({
            "ExecuteCommandConfiguration": {
                "KmsKeyId": key.to_string(),
                "Logging": "OVERRIDE",
                "LogConfiguration": {
                    "CloudWatchLogGroupName": "/sessions",
                    "CloudWatchEncryptionEnabled": true,
                    "S3BucketName": "sessions",
                    "S3KeyPrefix": "exec",
                    "S3EncryptionEnabled": true,
                },
            },
            "ManagedStorageConfiguration": {
                "KmsKeyId": key.to_string(),
                "FargateEphemeralStorageKmsKeyId": key.to_string(),
            },
        })
    );
    assert_eq!(
        properties["ServiceConnectDefaults"],
        json!({ "Namespace": "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1" })
    );
}

/// Returns the default foundation with services, each with these settings.
fn with_services(names: &[&str], settings: &ServiceSettings) -> FoundationSpec {
    let mut spec = plain();
    for name in names {
        spec.services.insert(name.parse().unwrap(), settings.clone());
    }
    spec
}

#[test]
fn a_change_of_any_setting_of_a_service_shows_too() {
    let default = ServiceSettings::new(&plain().environment);
    let before = both(&with_services(&["worker"], &default));
    for (setting, spec) in variations() {
        let FoundationSpec { task_role, repository, log_group, .. } = spec;
        let settings = ServiceSettings { task_role, repository, log_group };
        if settings == default {
            continue;
        }
        for ((target, after), (_, before)) in
            both(&with_services(&["worker"], &settings)).iter().zip(&before)
        {
            assert_ne!(after, before, "{setting} of a service does not show in {target}");
        }
    }
}

#[test]
fn services_have_resources_and_outputs_of_their_own() {
    let settings = ServiceSettings::new(&plain().environment);
    let names = ["cloudwatch", "ecr", "mail-2", "policy", "worker"];
    let foundation = placed(with_services(&names, &settings), "us-east-1");
    let Export { document: hcl, notes: _ } = terraform(&foundation, Import::Blocks);
    let template = cloudformation(&foundation).document;
    for name in names.map(|name| name.replace('-', "_")) {
        for line in [
            format!("resource \"aws_iam_role\" \"{name}_task_role\" {{"),
            format!("resource \"aws_iam_role_policy\" \"{name}_task_role_policy\" {{"),
            format!("resource \"aws_ecr_repository\" \"{name}\" {{"),
            format!("resource \"aws_ecr_repository_policy\" \"{name}\" {{"),
            format!("resource \"aws_cloudwatch_log_group\" \"{name}\" {{"),
            format!("\"${{aws_cloudwatch_log_group.{name}.arn}}:*\""),
            format!("output \"ecr_repository_url_{name}\" {{"),
        ] {
            assert_eq!(hcl.matches(&line).count(), 1, "{line} in {hcl}");
        }
    }
    let resources = template["Resources"].as_object().unwrap();
    // The cluster, the execution role, and four resources for each service. A repository's policy
    // is a property of the repository.
    assert_eq!(resources.len(), 2 + 4 * (1 + names.len()), "{:?}", resources.keys());
    let outputs = template["Outputs"].as_object().unwrap();
    assert_eq!(outputs.len(), 8 + 5 * names.len());
    assert_eq!(
        outputs["EcrRepositoryUrlMail2"]["Value"],
        json!({ "Fn::GetAtt": ["Mail2EcrRepository", "RepositoryUri"] })
    );
    assert_eq!(
        resources["WorkerTaskRolePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"],
        json!({ "Fn::GetAtt": ["WorkerCloudwatchLogGroup", "Arn"] })
    );
    let described: Vec<&str> =
        outputs.values().filter_map(|output| output["Description"].as_str()).collect();
    assert_eq!(described, Outputs::names(foundation.spec()));
}

#[test]
fn filters_of_image_tags_need_a_newer_provider_of_terraform() {
    let mut spec = plain();
    let filters = ["dev-*", "latest"].map(ExclusionFilter::wildcard);
    spec.repository.tag_mutability = TagMutability::ImmutableWithExclusion(filters.into());
    let foundation = placed(spec, "us-east-1");
    let Export { document, notes } = terraform(&foundation, Import::None);
    assert!(notes[0].contains("need version 6.8"), "{notes:?}");
    assert!(document.contains("version = \"~> 6.8\""), "{document}");
    let block = "  image_tag_mutability_exclusion_filter {\n    filter_type = \"WILDCARD\"\n    \
                 filter      = \"dev-*\"\n  }\n";
    assert!(document.contains(block), "{document}");
    let template = cloudformation(&foundation).document;
    let properties = &template["Resources"]["EcrRepository"]["Properties"];
    assert_eq!(properties["ImageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
    assert_eq!(
        properties["ImageTagMutabilityExclusionFilters"][1],
        json!({
            "ImageTagMutabilityExclusionFilterType": "WILDCARD",
            "ImageTagMutabilityExclusionFilterValue": "latest",
        })
    );
}

#[test]
fn partitions_are_those_of_the_place() {
    let foundation = placed(plain(), "cn-north-1");
    let policy = "arn:aws-cn:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    assert!(terraform(&foundation, Import::Blocks).document.contains(policy));
    assert!(yaml(&cloudformation(&foundation).document).contains(policy));
}

#[test]
fn resources_of_the_foundation_are_references_and_never_in_a_trust_policy() {
    let mut spec = plain();
    let own = "arn:aws:iam::123456789012:role/shop-dev-ecs-task-role";
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop-dev";
    spec.task_role.role.trust.source_arns = vec![own.parse().unwrap()];
    spec.task_role.role.statements = vec![
        Statement::allow(["sts:AssumeRole"]).with_resources([own, &format!("{own}2")]),
        Statement::allow(["logs:GetLogEvents"])
            .with_resources([format!("{group}:log-stream:${{aws:username}}")]),
    ];
    let foundation = placed(spec, "us-east-1");
    let hcl = terraform(&foundation, Import::Blocks).document;
    for line in [
        format!("\"aws:SourceArn\" = {own:?}"),
        "aws_iam_role.ecs_task_role.arn,".to_owned(),
        format!("\"{own}2\""),
        "\"${aws_cloudwatch_log_group.ecs.arn}:log-stream:$${aws:username}\"".to_owned(),
        "\"${aws_cloudwatch_log_group.ecs.arn}:*\"".to_owned(),
    ] {
        assert!(hcl.contains(&line), "{line} is not in {hcl}");
    }
    let yaml = yaml(&cloudformation(&foundation).document);
    for line in [
        format!("aws:SourceArn: {own}\n"),
        "- !GetAtt EcsTaskRole.Arn\n".to_owned(),
        format!("- {own}2\n"),
        "log-group:${CloudwatchLogGroup}:log-stream:${!aws:username}\"".to_owned(),
        "Resource: !GetAtt CloudwatchLogGroup.Arn\n".to_owned(),
    ] {
        assert!(yaml.contains(&line), "{line} is not in {yaml}");
    }
}
