//! Foundation configurations that need different permissions.

use infra_core::foundation::{
    DeployerSettings, FoundationSpec, LifecyclePolicy, ManagedPolicy, ServiceSettings,
    UnmanagedAction,
};
use infra_core::policy::Statement;
use infra_core::provider::{Encryption, Retention};
use serde_json::json;

/// The KMS key in the configurations that use one.
pub(crate) const KEY: &str =
    "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-aaaa-bbbb-cccc-0123456789ab";
/// The Service Connect namespace in the configurations that use one.
const NAMESPACE: &str = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1";
/// The permissions boundary in the configurations that use one.
pub(crate) const BOUNDARY: &str = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";

type Configuration = (&'static str, fn() -> FoundationSpec);

pub(crate) const CONFIGURATIONS: &[Configuration] = &[
    ("every default", defaults),
    ("unmanaged tags and policies removed", remove_unmanaged),
    ("every optional feature", every_feature),
    ("every optional feature disabled", no_features),
    ("a service", service),
    ("a deployer", deployer),
    ("a deployer with other settings", other_deployer),
];

/// Returns the default configuration with an additional tag, which the drift scenario removes.
fn defaults() -> FoundationSpec {
    let mut spec = tests::spec();
    spec.tags.set("team", "platform").expect("a tag");
    spec
}

fn remove_unmanaged() -> FoundationSpec {
    let mut spec = defaults();
    spec.unmanaged.tags = UnmanagedAction::Remove;
    spec.unmanaged.policies = UnmanagedAction::Remove;
    spec
}

fn every_feature() -> FoundationSpec {
    let mut spec = defaults();
    let extra = Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:s3:::shop/*"]);
    spec.execution_role.role.statements = vec![extra];
    spec.execution_role.role.permissions_boundary = BOUNDARY.parse().ok();
    spec.task_role.role.path = "/app/".parse().expect("a path");
    spec.task_role.role.additional_managed_policies =
        vec![ManagedPolicy::AwsManaged("AmazonDynamoDBReadOnlyAccess".to_owned())];
    spec.repository.encryption = Encryption::Kms(Some(KEY.to_owned()));
    spec.repository.lifecycle_policy = LifecyclePolicy::Document(json!({ "rules": [{
        "rulePriority": 1,
        "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 20 },
        "action": { "type": "expire" },
    }] }));
    spec.log_group.kms_key = KEY.parse().ok();
    spec.cluster.execute_command.get_or_insert_default().kms_key = KEY.parse().ok();
    spec.cluster.managed_storage.get_or_insert_default().kms_key = KEY.parse().ok();
    spec.cluster.service_connect_namespace = NAMESPACE.parse().ok();
    spec
}

fn no_features() -> FoundationSpec {
    let mut spec = defaults();
    spec.task_role.log_actions = Vec::new();
    spec.repository.lifecycle_policy = LifecyclePolicy::None;
    spec.log_group.retention = Retention::Never;
    spec.log_group.skip_destroy = true;
    spec
}

/// Returns the default configuration with a service.
fn service() -> FoundationSpec {
    let mut spec = defaults();
    let settings = ServiceSettings::new(&spec.environment);
    spec.services.insert("worker".parse().expect("a name"), settings);
    spec
}

/// Returns the default configuration with a deployer.
fn deployer() -> FoundationSpec {
    let mut spec = defaults();
    let mut deployer = DeployerSettings::default();
    deployer.trust.repositories = vec!["octo-org/octo-repo".parse().expect("a repository")];
    deployer.trust.branches = vec!["main".parse().expect("a branch")];
    spec.deployer = Some(deployer);
    spec
}

fn other_deployer() -> FoundationSpec {
    let mut spec = deployer();
    if let Some(deployer) = &mut spec.deployer {
        deployer.path = "/ci/".parse().expect("a path");
        deployer.permissions_boundary = BOUNDARY.parse().ok();
        deployer.additional_managed_policies =
            vec![ManagedPolicy::AwsManaged("AmazonDynamoDBReadOnlyAccess".to_owned())];
    }
    spec
}
