//! States that a command can meet, and the command.

use std::future::Future;
use std::pin::Pin;

use infra_core::engine::{Detail, Goal};
use infra_core::error::Error;
use infra_core::foundation::{FoundationSpec, LifecyclePolicy, Purpose, UnmanagedAction};
use infra_core::provider::{Encryption, LogGroupClass};
use infra_mock::time::Timestamp;
use infra_mock::{ecr, ecs, iam, logs};
use tests::external_resources::ExternalResource;
use tests::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, REPOSITORY, TASK_ROLE};
use tests::{ABSENT, ADOPT, ClusterQuirk, FORCE, Lab, PRESENT, UnusualClusters, some};

use crate::configurations::{BOUNDARY, KEY};

type Run<T> = for<'a> fn(&'a Lab, &'a FoundationSpec) -> Pin<Box<dyn Future<Output = T> + 'a>>;

/// A state, and what is done in it.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Brings the state about, with every permission.
    pub(crate) prepare: Run<()>,
    /// Does what is to be done, and gives what failed.
    pub(crate) act: Run<Result<(), String>>,
}

macro_rules! scenario {
    ($name:literal, $prepare:ident, $act:ident) => {
        Scenario {
            name: $name,
            prepare: |lab, spec| Box::pin($prepare(lab, spec)),
            act: |lab, spec| Box::pin($act(lab, spec)),
        }
    };
}

/// Every state that a command of that purpose can meet.
pub(crate) fn of(purpose: Purpose, spec: &FoundationSpec) -> Vec<Scenario> {
    let looks = [
        scenario!("looking at nothing", nothing, look),
        scenario!("looking at everything", full, look),
    ];
    let applies = [
        scenario!("creating", nothing, apply),
        scenario!("putting right", drifted, apply),
        scenario!("taking over", foreign, adopt),
        scenario!("taking off an inline policy of an earlier configuration", stale, apply),
        scenario!("a cluster whose setup has failed, with tasks", full, look_at_a_failed_cluster),
    ];
    let replaces = [
        scenario!("replacing repository and log group", other, apply),
        scenario!(
            "making a cluster anew whose setup has failed",
            there,
            apply_over_a_failed_cluster
        ),
    ];
    let destroys = [
        scenario!("destroying nothing", nothing, destroy),
        scenario!("destroying everything", with_contents, destroy),
        scenario!("destroying what an earlier configuration left", stale, destroy),
    ];
    let forces = [scenario!("destroying what others have put policies on", beset, force)];
    let tidies = [scenario!("destroying with what others have put on the roles", beset, destroy)];
    let mut all: Vec<Scenario> = looks.into();
    match purpose {
        Purpose::Read => {}
        Purpose::Apply { replace } => {
            all.extend(applies);
            if replace {
                all.extend(replaces);
            }
        }
        Purpose::Destroy { force } => {
            all.extend(destroys);
            if spec.unmanaged.policies == UnmanagedAction::Remove {
                all.extend(tidies);
            }
            if force {
                all.extend(forces);
            }
        }
    }
    all
}

#[expect(clippy::unused_async, reason = "all beginnings of scenarios have one form")]
async fn nothing(_: &Lab, _: &FoundationSpec) {}

/// The whole foundation.
async fn there(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
}

/// The whole foundation with something in everything that does not keep it from being destroyed.
async fn with_contents(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    lab.with_world(|call| {
        call.ecr().push_image(REPOSITORY, Some("v1"), Timestamp::default());
        call.logs().add_stream(
            LOG_GROUP,
            "web",
            [(Timestamp::default(), "up")],
            Timestamp::default(),
        );
    });
}

/// That, and something on the cluster.
async fn full(lab: &Lab, spec: &FoundationSpec) {
    with_contents(lab, spec).await;
    lab.with_world(|call| {
        let ecs = call.ecs();
        ecs.add_service(CLUSTER, "web", ecs::Service::default());
        ecs.add_task(CLUSTER, "0123456789abcdef", ecs::Task::default());
        ecs.add_container_instance(CLUSTER, "i-0a1b", ecs::ContainerInstance::default());
    });
}

/// The foundation with everything on it that the configuration says otherwise.
async fn drifted(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    let cluster = some("arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster");
    let repository = some("arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app");
    let group = some("arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev");
    let (team, cost) = ("team".to_owned(), "Cost".to_owned());

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
        tag_keys: Some(vec![team.clone()]),
    });
    let tags = Some(vec![ecs::Tag::new("Cost", "42")]);
    lab.act(ecs::TagResourceRequest { resource_arn: cluster, tags });

    for (name, inline) in
        [(EXECUTION_ROLE, "demo-dev-ecs-execution-policy"), (TASK_ROLE, "demo-dev-ecs-task-policy")]
    {
        drift_role(lab, spec, name, inline);
    }

    lab.act(ecr::PutImageTagMutabilityRequest {
        repository_name: some(REPOSITORY),
        image_tag_mutability: some("IMMUTABLE"),
        ..Default::default()
    });
    lab.act(ecr::PutImageScanningConfigurationRequest {
        repository_name: some(REPOSITORY),
        image_scanning_configuration: Some(ecr::ImageScanningConfiguration {
            scan_on_push: Some(false),
        }),
        ..Default::default()
    });
    lab.act(ecr::DeleteRepositoryPolicyRequest {
        repository_name: some(REPOSITORY),
        ..Default::default()
    });
    if spec.repository.lifecycle_policy == LifecyclePolicy::None {
        let text = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}"#;
        lab.act(ecr::PutLifecyclePolicyRequest {
            repository_name: some(REPOSITORY),
            lifecycle_policy_text: some(text),
            ..Default::default()
        });
    }
    lab.act(ecr::UntagResourceRequest {
        resource_arn: repository.clone(),
        tag_keys: Some(vec![team.clone()]),
    });
    let tags = Some(vec![ecr::Tag { key: Some(cost.clone()), value: some("42") }]);
    lab.act(ecr::TagResourceRequest { resource_arn: repository, tags });

    let log_group_name = some(LOG_GROUP);
    lab.act(logs::PutRetentionPolicyRequest { log_group_name, retention_in_days: Some(3) });
    if spec.log_group.kms_key.is_some() {
        let log_group_name = some(LOG_GROUP);
        lab.act(logs::DisassociateKmsKeyRequest { log_group_name, ..Default::default() });
    } else {
        let (log_group_name, kms_key_id) = (some(LOG_GROUP), some(KEY));
        lab.act(logs::AssociateKmsKeyRequest { log_group_name, kms_key_id, ..Default::default() });
    }
    let tag_keys = Some(vec![team]);
    lab.act(logs::UntagResourceRequest { resource_arn: group.clone(), tag_keys });
    let tags = Some([(cost, "42".to_owned())].into());
    lab.act(logs::TagResourceRequest { resource_arn: group, tags });
}

fn drift_role(lab: &Lab, spec: &FoundationSpec, name: &str, inline: &str) {
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
    let settings = if name == TASK_ROLE { &spec.task_role.role } else { &spec.execution_role.role };
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
        beset_role(lab, name);
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

/// Somebody attaches a policy to a role and embeds another.
fn beset_role(lab: &Lab, name: &str) {
    lab.act(iam::AttachRolePolicyRequest {
        role_name: some(name),
        policy_arn: some("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"),
    });
    put_inline(lab, name, "stranger");
}

async fn beset(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    beset_role(lab, EXECUTION_ROLE);
    beset_role(lab, TASK_ROLE);
}

/// Roles with inline policies of our names, which an earlier configuration may have wanted.
async fn stale(lab: &Lab, spec: &FoundationSpec) {
    lab.apply(spec).await;
    put_inline(lab, EXECUTION_ROLE, "demo-dev-ecs-execution-policy");
    put_inline(lab, TASK_ROLE, "demo-dev-ecs-task-policy");
}

/// Somebody else's resources of our names. Roles can be taken over only under the path that ours have.
#[expect(clippy::unused_async, reason = "all beginnings of scenarios have one form")]
async fn foreign(lab: &Lab, spec: &FoundationSpec) {
    for foreign in
        [ExternalResource::CLUSTER, ExternalResource::LOG_GROUP, ExternalResource::EXECUTION_ROLE]
    {
        foreign.make(&lab.mock, None);
    }
    if spec.repository.encryption == Encryption::Aes256 {
        ExternalResource::REPOSITORY.make(&lab.mock, None);
    }
}

/// The foundation as another configuration has made it, whose repository and log group have to be replaced.
async fn other(lab: &Lab, spec: &FoundationSpec) {
    let mut other = spec.clone();
    other.repository.encryption = match spec.repository.encryption {
        Encryption::Aes256 => Encryption::Kms(None),
        _ => Encryption::Aes256,
    };
    if !spec.log_group.skip_destroy {
        other.log_group.class = LogGroupClass::InfrequentAccess;
    }
    with_contents(lab, &other).await;
}

fn text<'e>(errors: impl IntoIterator<Item = &'e Error>) -> String {
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

/// What `plan`, `output` and `verify` read.
async fn look(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    let stack = lab.foundation(spec).await.stack(&lab.providers);
    for detail in [Detail::Attributes, Detail::Contents] {
        let observed = stack.observe(detail, &lab.options).await;
        let observed = observed.map_err(|errors| text(errors.iter()))?;
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
    let observed = observed.map_err(|errors| text(errors.iter()))?;
    let plan = stack.plan(&observed, goal);
    assert!(plan.is_executable(), "{:#?} {:#?}", plan.conflicts, plan.blockers);
    let report = stack.apply(&plan, &lab.options).await;
    if report.is_success() { Ok(()) } else { Err(text(report.failures().map(|(_, error)| error))) }
}

async fn apply(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    run(lab, spec, PRESENT).await?;
    // What is done is done: nothing is left to do, and looking at it takes no more.
    let stack = lab.foundation(spec).await.stack(&lab.providers);
    let observed = stack.observe(Detail::Attributes, &lab.options).await;
    let plan = stack.plan(&observed.map_err(|errors| text(errors.iter()))?, PRESENT);
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

fn failed(lab: &Lab) -> Lab {
    let providers = UnusualClusters::providers(lab.providers.clone(), ClusterQuirk::SetupFailed);
    lab.through(|_| providers)
}

async fn look_at_a_failed_cluster(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    look(&failed(lab), spec).await
}

async fn apply_over_a_failed_cluster(lab: &Lab, spec: &FoundationSpec) -> Result<(), String> {
    apply(&failed(lab), spec).await
}
