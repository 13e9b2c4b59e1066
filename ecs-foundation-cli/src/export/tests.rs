//! Tests that a change to any setting of a foundation appears in each export or in its notes.

use infra_core::arn::{Arn, Location};
use infra_core::conformance::attributes::{
    Variation, defaults, deployer_variations, variations, with_deployer,
};
use infra_core::foundation::{
    ExecuteCommandSettings, Foundation, FoundationSpec, ManagedStorageSettings, Outputs,
    ServiceSettings,
};
use infra_core::policy::Statement;
use infra_core::provider::{ExclusionFilter, ExecuteCommandLogging, TagMutability};
use serde_json::json;

use super::{Export, Import, cloudformation, terraform, yaml};

fn plain() -> FoundationSpec {
    FoundationSpec::new("shop".parse().unwrap(), "dev".parse().unwrap())
}

fn placed(spec: FoundationSpec, region: &str) -> Foundation {
    let account_id = "123456789012".parse().unwrap();
    Foundation::new(spec, Location::new(account_id, region.parse().unwrap()).unwrap()).unwrap()
}

fn key() -> Arn {
    "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab".parse().unwrap()
}

const NAMESPACE: &str = "arn:aws:servicediscovery:{region}:{account_id}:namespace/ns-1";

/// Returns the Terraform and CloudFormation exports, each followed by its notes.
fn both(spec: &FoundationSpec) -> [(&'static str, String); 2] {
    let foundation = placed(spec.clone(), "us-east-1");
    let Export { document, notes } = terraform(&foundation, Import::Blocks);
    let hcl = format!("{document}{notes:#?}");
    let Export { document, notes } = cloudformation(&foundation);
    [("terraform", hcl), ("cloudformation", format!("{}{notes:#?}", yaml(&document)))]
}

/// Checks that, in every format, the export of each variation differs from the export of `base`.
fn shows(base: &FoundationSpec, variations: impl IntoIterator<Item = (String, FoundationSpec)>) {
    let before = both(base);
    for (name, spec) in variations {
        for ((target, after), (_, before)) in both(&spec).iter().zip(&before) {
            assert_ne!(after, before, "{name} does not show in {target}");
        }
    }
}

#[test]
fn a_change_of_any_setting_shows_in_every_export() {
    let variations = variations().into_iter().map(|Variation { name, mut spec }| {
        // Without statements, the execution role has no inline policy.
        if name == "execution_role.inline_policy_name" {
            spec.execution_role.role.statements =
                vec![Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:s3:::shop/*"])];
        }
        (name, spec)
    });
    // Some variations set `unmanaged` to `remove`, which CloudFormation does not support. These
    // variations change only the notes of the CloudFormation export.
    shows(&defaults(), variations);
    let deployer = deployer_variations().into_iter();
    shows(&with_deployer(), deployer.map(|Variation { name, spec }| (name, spec)));
}

/// Returns ECS Exec settings with a value for every field.
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

/// Returns the default foundation with an additional service for each name. All additional services
/// have the same settings.
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
    let variations = variations().into_iter().map(|Variation { name, spec }| {
        let FoundationSpec { task_role, repository, log_group, .. } = spec;
        (name, ServiceSettings { task_role, repository, log_group })
    });
    let variations = variations.filter(|(_, settings)| *settings != default);
    let variations = variations.map(|(name, settings)| {
        (format!("{name} of a service"), with_services(&["worker"], &settings))
    });
    shows(&with_services(&["worker"], &default), variations);
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
    // The template contains the cluster, the execution role, and four resources for each service. A
    // repository's policy is not a separate resource, but a property of the repository.
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
