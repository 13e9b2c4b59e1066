//! Scenarios, each of which consists of an initial state and the command to run in that state.

use std::future::Future;
use std::pin::Pin;

use infra_core::engine::{Detail, Goal};
use infra_core::error::Error;
use infra_core::foundation::{
    FoundationSpec, LifecyclePolicy, LogGroupSettings, Purpose, RepositorySettings, RoleSettings,
    ServiceSettings, UnmanagedAction,
};
use infra_core::provider::{Encryption, LogGroupClass};
use infra_mock::time::Timestamp;
use infra_mock::{ecr, ecs, iam, logs};
use tests::external_resources::ExternalResource;
use tests::parts::{
    CLUSTER, DEPLOYER_POLICY, DEPLOYER_ROLE, EXECUTION_ROLE, LOG_GROUP, REPOSITORY, TASK_POLICY,
    TASK_ROLE,
};
use tests::{ABSENT, ADOPT, ClusterQuirk, FORCE, Lab, PRESENT, UnusualClusters, some};

use crate::configurations::{BOUNDARY, KEY};

type Run<T> = for<'a> fn(&'a Lab, &'a FoundationSpec) -> Pin<Box<dyn Future<Output = T> + 'a>>;

/// An initial state and a command.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Prepares the initial state with unrestricted permissions.
    pub(crate) prepare: Run<()>,
    /// Runs the command and returns its errors.
    pub(crate) run: Run<Result<(), String>>,
}

macro_rules! scenario {
    ($name:literal, $prepare:ident, $run:ident) => {
        Scenario {
            name: $name,
            prepare: |lab, spec| Box::pin($prepare(lab, spec)),
            run: |lab, spec| Box::pin($run(lab, spec)),
        }
    };
}

/// Returns the scenarios for a purpose: one for each initial state that causes a different set of
/// calls.
pub(crate) fn of(purpose: Purpose, spec: &FoundationSpec) -> Vec<Scenario> {
    let reads = [
        scenario!("reading an empty account", nothing, read),
        scenario!("reading a foundation that is in use", in_use, read),
    ];
    let applies = [
        scenario!("creating", nothing, apply),
        scenario!("correcting drift", drifted, apply),
        scenario!("adopting", unmanaged, adopt),
        scenario!("deleting an inline policy from an earlier configuration", stale, apply),
        scenario!(
            "reading a cluster that is in use although its setup failed",
            in_use,
            read_failed_cluster
        ),
    ];
    let replaces = [
        scenario!("replacing the repository and the log group", other_configuration, apply),
        scenario!("replacing a cluster whose setup failed", foundation, replace_failed_cluster),
    ];
    let destroys = [
        scenario!("running destroy in an empty account", nothing, destroy),
        scenario!("destroying a foundation with contents", with_contents, destroy),
        scenario!(
            "destroying a foundation with policies from an earlier configuration",
            stale,
            destroy
        ),
    ];
    let forces =
        [scenario!("force-destroying roles with unmanaged policies", with_policies, force)];
    let removals = [scenario!("destroying roles with unmanaged policies", with_policies, destroy)];
    let mut all: Vec<Scenario> = reads.into();
    match purpose {
        Purpose::Read => {}
        Purpose::Push | Purpose::Deploy => unreachable!("pipelines do not run ecs-foundation"),
        Purpose::Apply { replace } => {
            all.extend(applies);
            if replace {
                all.extend(replaces);
            }
        }
        Purpose::Destroy { force } => {
            all.extend(destroys);
            if spec.unmanaged.policies == UnmanagedAction::Remove {
                all.extend(removals);
            }
            if force {
                all.extend(forces);
            }
        }
    }
    all
}

#[expect(
    clippy::unused_async,
    reason = "all functions that prepare scenarios have the same signature"
)]
async fn nothing(_: &Lab, _: &FoundationSpec) {}

/// Creates the foundation.
async fn foundation(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
}

/// A service's settings and the names of its resources.
struct Service {
    role: String,
    policy: String,
    repository: String,
    log_group: String,
    settings: ServiceSettings,
}

/// Returns the default service, followed by the additional services.
fn services(spec: &FoundationSpec) -> Vec<Service> {
    let default = Service {
        role: TASK_ROLE.to_owned(),
        policy: TASK_POLICY.to_owned(),
        repository: REPOSITORY.to_owned(),
        log_group: LOG_GROUP.to_owned(),
        settings: ServiceSettings {
            task_role: spec.task_role.clone(),
            repository: spec.repository.clone(),
            log_group: spec.log_group.clone(),
        },
    };
    let others = spec.services.iter().map(|(name, settings)| Service {
        role: format!("demo-dev-{name}-task-role"),
        policy: format!("demo-dev-{name}-task-policy"),
        repository: format!("demo-dev-{name}"),
        log_group: format!("{LOG_GROUP}/{name}"),
        settings: settings.clone(),
    });
    std::iter::once(default).chain(others).collect()
}

/// Creates the foundation, and adds images and log events, which do not block a destroy.
async fn with_contents(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    lab.with_world(|call| {
        for Service { repository, log_group, .. } in services(spec) {
            call.ecr().push_image(&repository, Some("v1"), Timestamp::default());
            let events = [(Timestamp::default(), "up")];
            call.logs().add_stream(&log_group, "web", events, Timestamp::default());
        }
    });
}

/// Like [`with_contents`], but also runs workloads on the cluster.
async fn in_use(lab: &Lab, spec: &FoundationSpec) {
    with_contents(lab, spec).await;
    lab.with_world(|call| {
        let ecs = call.ecs();
        ecs.add_service(CLUSTER, "web", ecs::ServiceFixture::default());
        ecs.add_task(CLUSTER, "0123456789abcdef", ecs::TaskFixture::default());
        ecs.add_container_instance(CLUSTER, "i-0a1b", ecs::ContainerInstance::default());
    });
}

/// Creates the foundation, then changes every attribute that the configuration sets.
async fn drifted(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    let cluster = some("arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster");
    let team = "team".to_owned();

    lab.act(ecs::UpdateClusterSettingsRequest {
        cluster: some(CLUSTER),
        settings: Some(vec![ecs::ClusterSetting::container_insights("disabled")]),
    });
    lab.act(ecs::PutClusterCapacityProvidersRequest {
        cluster: some(CLUSTER),
        capacity_providers: Some(vec!["FARGATE".to_owned()]),
        default_capacity_provider_strategy: Some(Vec::new()),
    });
    lab.act(ecs::UntagResourceRequest {
        resource_arn: cluster.clone(),
        tag_keys: Some(vec![team]),
    });
    let tags = Some(vec![ecs::Tag::new("Cost", "42")]);
    lab.act(ecs::TagResourceRequest { resource_arn: cluster, tags });

    let execution = &spec.execution_role.role;
    drift_role(lab, spec, execution, (EXECUTION_ROLE, "demo-dev-ecs-execution-policy"));
    for service in services(spec) {
        drift_role(lab, spec, &service.settings.task_role.role, (&service.role, &service.policy));
        drift_service(lab, &service);
    }
    if let Some(settings) = &spec.deployer {
        drift_role(lab, spec, settings, (DEPLOYER_ROLE, DEPLOYER_POLICY));
    }
}

/// Changes every attribute of a service's repository and log group.
fn drift_service(lab: &Lab, service: &Service) {
    let Service { repository, log_group, settings, .. } = service;
    let location = "us-east-1:123456789012";
    let repository_arn = some(&format!("arn:aws:ecr:{location}:repository/{repository}"));
    let group = some(&format!("arn:aws:logs:{location}:log-group:{log_group}"));
    let (team, cost) = ("team".to_owned(), "Cost".to_owned());

    lab.act(ecr::PutImageTagMutabilityRequest {
        repository_name: some(repository),
        image_tag_mutability: some("IMMUTABLE"),
        ..Default::default()
    });
    lab.act(ecr::PutImageScanningConfigurationRequest {
        repository_name: some(repository),
        image_scanning_configuration: Some(ecr::ImageScanningConfiguration {
            scan_on_push: Some(false),
        }),
        ..Default::default()
    });
    lab.act(ecr::DeleteRepositoryPolicyRequest {
        repository_name: some(repository),
        ..Default::default()
    });
    if settings.repository.lifecycle_policy == LifecyclePolicy::None {
        let text = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}"#;
        lab.act(ecr::PutLifecyclePolicyRequest {
            repository_name: some(repository),
            lifecycle_policy_text: some(text),
            ..Default::default()
        });
    }
    lab.act(ecr::UntagResourceRequest {
        resource_arn: repository_arn.clone(),
        tag_keys: Some(vec![team.clone()]),
    });
    let tags = Some(vec![ecr::Tag { key: Some(cost.clone()), value: some("42") }]);
    lab.act(ecr::TagResourceRequest { resource_arn: repository_arn, tags });

    let log_group_name = some(log_group);
    lab.act(logs::PutRetentionPolicyRequest { log_group_name, retention_in_days: Some(3) });
    if settings.log_group.kms_key.is_some() {
        let log_group_name = some(log_group);
        lab.act(logs::DisassociateKmsKeyRequest { log_group_name, ..Default::default() });
    } else {
        let (log_group_name, kms_key_id) = (some(log_group), some(KEY));
        lab.act(logs::AssociateKmsKeyRequest { log_group_name, kms_key_id, ..Default::default() });
    }
    let tag_keys = Some(vec![team]);
    lab.act(logs::UntagResourceRequest { resource_arn: group.clone(), tag_keys });
    let tags = Some([(cost, "42".to_owned())].into());
    lab.act(logs::TagResourceRequest { resource_arn: group, tags });
}

fn drift_role<T>(
    lab: &Lab,
    spec: &FoundationSpec,
    settings: &RoleSettings<T>,
    (name, inline): (&str, &str),
) {
    let role_name = || some(name);
    lab.act(iam::UpdateRoleRequest {
        role_name: role_name(),
        max_session_duration: Some(7200),
        ..Default::default()
    });
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    lab.act(iam::UpdateAssumeRolePolicyRequest {
        role_name: role_name(),
        policy_document: some(trust),
    });
    if settings.permissions_boundary.is_some() {
        lab.act(iam::DeleteRolePermissionsBoundaryRequest { role_name: role_name() });
    } else {
        lab.act(iam::PutRolePermissionsBoundaryRequest {
            role_name: role_name(),
            permissions_boundary: some(BOUNDARY),
        });
    }
    put_inline(lab, name, inline);
    if spec.unmanaged.policies == UnmanagedAction::Remove {
        add_policies(lab, name);
    }
    let tag_keys = vec!["team".to_owned()];
    lab.act(iam::UntagRoleRequest { role_name: role_name(), tag_keys });
    let tags = vec![iam::Tag::new("Cost", "42")];
    lab.act(iam::TagRoleRequest { role_name: role_name(), tags });
}

fn put_inline(lab: &Lab, role: &str, policy: &str) {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    lab.act(iam::PutRolePolicyRequest {
        role_name: some(role),
        policy_name: some(policy),
        policy_document: some(document),
    });
}

/// Attaches a managed policy to a role and adds an inline policy to the role.
fn add_policies(lab: &Lab, name: &str) {
    lab.act(iam::AttachRolePolicyRequest {
        role_name: some(name),
        policy_arn: some("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"),
    });
    put_inline(lab, name, "stranger");
}

async fn with_policies(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    add_policies(lab, EXECUTION_ROLE);
    for service in services(spec) {
        add_policies(lab, &service.role);
    }
    if spec.deployer.is_some() {
        add_policies(lab, DEPLOYER_ROLE);
    }
}

/// Adds inline policies to the roles, as if they came from an earlier configuration. The policies
/// have the names that ecs-foundation uses.
async fn stale(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    put_inline(lab, EXECUTION_ROLE, "demo-dev-ecs-execution-policy");
    for service in services(spec) {
        put_inline(lab, &service.role, &service.policy);
    }
    if spec.deployer.is_some() {
        put_inline(lab, DEPLOYER_ROLE, DEPLOYER_POLICY);
    }
}

/// Creates unmanaged resources with the names of the foundation's resources. Leaves out resources
/// whose path or encryption could prevent adoption.
#[expect(
    clippy::unused_async,
    reason = "all functions that prepare scenarios have the same signature"
)]
async fn unmanaged(lab: &Lab, spec: &FoundationSpec) {
    for resource in
        [ExternalResource::CLUSTER, ExternalResource::LOG_GROUP, ExternalResource::EXECUTION_ROLE]
    {
        resource.create(&lab.mock, None);
    }
    if spec.repository.encryption == Encryption::Aes256 {
        ExternalResource::REPOSITORY.create(&lab.mock, None);
    }
}

/// Creates the foundation with a different configuration, so that the next apply must replace the
/// repository and the log group.
async fn other_configuration(lab: &Lab, spec: &FoundationSpec) {
    let mut other = spec.clone();
    let change = |repository: &mut RepositorySettings, log_group: &mut LogGroupSettings| {
        repository.encryption = match repository.encryption {
            Encryption::Aes256 => Encryption::Kms(None),
            _ => Encryption::Aes256,
        };
        if !log_group.skip_destroy {
            log_group.class = LogGroupClass::InfrequentAccess;
        }
    };
    change(&mut other.repository, &mut other.log_group);
    for service in other.services.values_mut() {
        change(&mut service.repository, &mut service.log_group);
    }
    with_contents(lab, &other).await;
}

fn error_text<'e>(errors: impl IntoIterator<Item = &'e Error>) -> String {
    let mut lines = Vec::new();
    for error in errors {
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(one) = cause {
            lines.push(one.to_string());
            cause = one.source();
        }
        lines.push(format!("hint: {}", error.hint().unwrap_or_default()));
    }
    lines.join("\n")
}

/// Performs the same reads as `plan`, `output` and `verify`.
async fn read(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    let stack = lab.foundation(spec).await.stack(&lab.providers);
    for detail in [Detail::Attributes, Detail::Contents] {
        let observed = stack.observe(detail, &lab.options).await;
        let observed = observed.map_err(|errors| error_text(errors.iter()))?;
        stack.plan(&observed, PRESENT);
        stack.inspect(&observed);
    }
    Ok(())
}

async fn run(lab: &Lab, spec: &FoundationSpec, goal: Goal) -> Result<(), String> {
    let stack = lab.foundation(spec).await.stack(&lab.providers);
    let detail = match goal {
        Goal::Absent { .. } => Detail::Contents,
        _ => Detail::Attributes,
    };
    let observed = stack.observe(detail, &lab.options).await;
    let observed = observed.map_err(|errors| error_text(errors.iter()))?;
    let plan = stack.plan(&observed, goal);
    assert!(plan.is_executable(), "{:#?} {:#?}", plan.conflicts, plan.blockers);
    let report = stack.apply(&plan, &lab.options).await;
    let report = report.map_err(|errors| error_text(errors.iter()))?;
    if report.is_success() {
        Ok(())
    } else {
        Err(error_text(report.failures().map(|(_, error)| error)))
    }
}

async fn apply(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    run(lab, spec, PRESENT).await?;
    // The second plan must be empty and must not require further permissions.
    let stack = lab.foundation(spec).await.stack(&lab.providers);
    let observed = stack.observe(Detail::Attributes, &lab.options).await;
    let plan = stack.plan(&observed.map_err(|errors| error_text(errors.iter()))?, PRESENT);
    assert!(plan.is_empty(), "{plan:#?}");
    Ok(())
}

async fn adopt(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    run(lab, spec, ADOPT).await
}

async fn destroy(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    run(lab, spec, ABSENT).await
}

async fn force(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    run(lab, spec, FORCE).await
}

fn with_failed_cluster(lab: &Lab) -> Lab {
    let providers = UnusualClusters::providers(lab.providers.clone(), ClusterQuirk::SetupFailed);
    lab.through(|_| providers)
}

async fn read_failed_cluster(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    read(&with_failed_cluster(lab), spec).await
}

async fn replace_failed_cluster(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    apply(&with_failed_cluster(lab), spec).await
}
