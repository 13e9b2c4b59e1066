//! Tests for the deployer on the mock. Like a GitHub Actions workflow, the tests use a token to
//! assume the deployer's role. Then they use the SDK to push an image to each service's repository
//! and to deploy the image. The tests show that a workflow needs every permission of the role, that
//! the role allows nothing else, and that no other workflow can assume the role.

use std::time::Duration;

use aws_sdk_ecr::primitives::Blob;
use aws_sdk_ecs::client::Waiters;
use aws_sdk_ecs::types::{ContainerDefinition, NetworkMode};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_types::SdkConfig;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use infra_core::engine::Verdict;
use infra_core::foundation::{
    Foundation, FoundationSpec, OperatorPolicy, Purpose, ServiceSettings, address,
};
use infra_core::policy::PolicyDocument;
use infra_mock::api::{Operation, World};
use infra_mock::external_change::ExternalChange;
use infra_mock::{ecs, iam};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::parts::{CLUSTER, DEPLOYER_POLICY, DEPLOYER_ROLE};
use tests::show::{changing_sorted, notices, tally};
use tests::{ABSENT, Lab, PRESENT, ReducedPolicy, reduced};

const ISSUER: &str = "token.actions.githubusercontent.com";
const PROVIDER: &str =
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
const MAIN: &str = "repo:octo-org/octo-repo:ref:refs/heads/main";

/// The services, each with its repository and task role.
const SERVICES: [(&str, &str, &str); 2] = [
    ("web", "demo-dev-app", "demo-dev-ecs-task-role"),
    ("worker", "demo-dev-worker", "demo-dev-worker-task-role"),
];

fn read<O: Operation>(request: Value) -> O {
    serde_json::from_value(request).expect("the request is valid")
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

fn image(repository: &str, tag: &str) -> String {
    format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/{repository}:{tag}")
}

/// Returns the configuration of a foundation with an additional service and with a deployer that
/// trusts the main branch of a GitHub repository.
fn spec() -> FoundationSpec {
    let mut spec = tests::spec();
    let settings = ServiceSettings::new(&spec.environment);
    spec.services.insert("worker".parse().expect("a name"), settings);
    let trust = &mut spec.deployer.get_or_insert_default().trust;
    trust.repositories = vec!["octo-org/octo-repo".parse().expect("a repository")];
    trust.branches = vec!["main".parse().expect("a branch")];
    spec
}

fn create_provider(lab: &Lab, audience: &str) {
    let request = json!({"Url": format!("https://{ISSUER}"), "ClientIDList": [audience]});
    lab.act(read::<iam::CreateOpenIDConnectProviderRequest>(request));
}

/// Returns a token in the form that GitHub issues.
fn token(subject: &str, audience: &str) -> String {
    let claims = json!({"iss": format!("https://{ISSUER}"), "sub": subject, "aud": audience});
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Formats an error with its causes.
fn text<E: std::error::Error + 'static>(error: E) -> String {
    DisplayErrorContext(error).to_string()
}

/// Exchanges a token for credentials of the deployer's role, as the GitHub action
/// `configure-aws-credentials` does.
async fn assume(lab: &Lab, subject: &str, audience: &str) -> Result<SdkConfig, String> {
    let config = lab.mock.sdk_config();
    let sts = aws_sdk_sts::Client::new(&config);
    let assumed = sts
        .assume_role_with_web_identity()
        .role_arn(role(DEPLOYER_ROLE))
        .role_session_name("ci")
        .web_identity_token(token(subject, audience))
        .send()
        .await
        .map_err(text)?;
    let keys = assumed.credentials.ok_or("the response contains no credentials")?;
    let (id, secret, session) = (keys.access_key_id, keys.secret_access_key, keys.session_token);
    let keys = Credentials::new(id, secret, Some(session), None, "test");
    Ok(config.to_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build())
}

/// Pushes an image with the API calls that correspond to a `docker push`.
async fn push(config: &SdkConfig, repository: &str) -> Result<(), String> {
    let ecr = aws_sdk_ecr::Client::new(config);
    ecr.get_authorization_token().send().await.map_err(text)?;
    let layer = format!("layer of {repository}");
    let hex: Vec<String> =
        Sha256::digest(&layer).iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = format!("sha256:{}", hex.concat());
    let check = ecr.batch_check_layer_availability().repository_name(repository);
    check.layer_digests(&digest).send().await.map_err(text)?;
    let started = ecr.initiate_layer_upload().repository_name(repository).send().await;
    let upload = started.map_err(text)?.upload_id.ok_or("the response contains no upload ID")?;
    let last = i64::try_from(layer.len()).unwrap_or(i64::MAX) - 1;
    let part = ecr.upload_layer_part().repository_name(repository).upload_id(&upload);
    let part = part.part_first_byte(0).part_last_byte(last).layer_part_blob(Blob::new(layer));
    part.send().await.map_err(text)?;
    let complete = ecr.complete_layer_upload().repository_name(repository).upload_id(upload);
    complete.layer_digests(&digest).send().await.map_err(text)?;
    let blob = |kind: &str| {
        let media_type = format!("application/vnd.oci.image.{kind}");
        json!({"mediaType": media_type, "digest": digest, "size": last + 1})
    };
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob("config.v1+json"),
        "layers": [blob("layer.v1.tar")],
    });
    let put = ecr.put_image().repository_name(repository).image_tag("2");
    put.image_manifest(manifest.to_string()).send().await.map_err(text)?;
    let id = aws_sdk_ecr::types::ImageIdentifier::builder().image_tag("2").build();
    let found = ecr.batch_get_image().repository_name(repository).image_ids(id).send().await;
    match found.map_err(text)?.images() {
        [_] => Ok(()),
        other => Err(format!("the image was not found: {other:?}")),
    }
}

/// Deploys an image to a service: registers a task definition, updates the service and waits until
/// the service is stable.
async fn deploy(
    config: &SdkConfig,
    (service, repository, task_role): (&str, &str, &str),
) -> Result<String, String> {
    let ecs = aws_sdk_ecs::Client::new(config);
    let container = ContainerDefinition::builder().name("app").image(image(repository, "2"));
    let registered = ecs
        .register_task_definition()
        .family(service)
        .network_mode(NetworkMode::Awsvpc)
        .cpu("256")
        .memory("512")
        .execution_role_arn(role("demo-dev-ecs-execution-role"))
        .task_role_arn(role(task_role))
        .container_definitions(container.essential(true).build())
        .send()
        .await
        .map_err(text)?;
    let definition = registered.task_definition.and_then(|it| it.task_definition_arn);
    let definition = definition.ok_or("the response has no ARN")?;
    let update = ecs.update_service().cluster(CLUSTER).service(service);
    update.task_definition(&definition).send().await.map_err(text)?;
    let stable = ecs.wait_until_services_stable().cluster(CLUSTER).services(service);
    stable.wait(Duration::from_mins(10)).await.map_err(text)?;
    Ok(definition)
}

async fn push_and_deploy(config: &SdkConfig) -> Result<(), String> {
    for (service, repository, task_role) in SERVICES {
        push(config, repository).await?;
        deploy(config, (service, repository, task_role)).await?;
    }
    Ok(())
}

/// Creates the identity provider and the foundation, and starts every service.
async fn stage(spec: &FoundationSpec) -> Lab {
    let lab = Lab::new();
    create_provider(&lab, "sts.amazonaws.com");
    lab.apply(spec).await;
    for (service, repository, task_role) in SERVICES {
        let (to, tag) = (repository.to_owned(), Some("1".to_owned()));
        lab.mock.seed(&ExternalChange::Image { repository: to, tag }).expect("it can be pushed");
        lab.act(read::<ecs::RegisterTaskDefinitionRequest>(json!({
            "family": service,
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": role("demo-dev-ecs-execution-role"),
            "taskRoleArn": role(task_role),
            "containerDefinitions": [{"name": "app", "image": image(repository, "1")}],
        })));
        lab.act(read::<ecs::CreateServiceRequest>(json!({
            "cluster": CLUSTER,
            "serviceName": service,
            "taskDefinition": service,
            "desiredCount": 1,
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        })));
    }
    lab
}

/// Returns one policy that combines the policies for pushing and for deploying.
fn permissions(foundation: &Foundation) -> OperatorPolicy {
    let mut policy = foundation.operator_policy(Purpose::Push);
    policy.statements.extend(foundation.operator_policy(Purpose::Deploy).statements);
    policy
}

#[tokio::test(start_paused = true)]
async fn a_workflow_pushes_and_deploys_every_service() {
    let lab = stage(&spec()).await;
    let config = assume(&lab, MAIN, "sts.amazonaws.com").await.unwrap();
    push_and_deploy(&config).await.unwrap();
    for (service, ..) in SERVICES {
        let request = json!({"cluster": CLUSTER, "services": [service]});
        let found = lab.act(read::<ecs::DescribeServicesRequest>(request)).services.remove(0);
        let definition = found.task_definition.as_deref().unwrap_or_default();
        assert!(definition.ends_with(&format!("{service}:2")), "{found:?}");
        assert_eq!((found.running_count, found.deployments.len()), (1, 1), "{found:?}");
    }
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn the_role_has_the_permissions_that_policy_prints_and_needs_each_of_them() {
    let spec = spec();
    let lab = stage(&spec).await;
    let foundation = lab.foundation(&spec).await;
    let full = permissions(&foundation);
    let inline = foundation.resolved().deployer.as_ref().and_then(|it| it.role.inline.clone());
    assert_eq!(inline, Some(full.document()));

    let world: World = lab.mock.world();
    let run = async |document: &PolicyDocument| {
        lab.with_world(|call| *call.world = world.clone());
        lab.act(read::<iam::PutRolePolicyRequest>(json!({
            "RoleName": DEPLOYER_ROLE,
            "PolicyName": DEPLOYER_POLICY,
            "PolicyDocument": document.to_json(),
        })));
        let config = assume(&lab, MAIN, "sts.amazonaws.com").await?;
        push_and_deploy(&config).await
    };
    run(&full.document()).await.unwrap();
    let all = reduced(&full);
    // The permissions are `GetAuthorizationToken`, six actions on each of two repositories,
    // `RegisterTaskDefinition`, `PassRole` for three roles, and two actions on services.
    assert_eq!(all.len(), 1 + 6 * 2 + 1 + 3 + 2);
    for ReducedPolicy { action, resource, policy } in all {
        let error = run(&policy.document()).await.expect_err(&format!("{action} on {resource}"));
        assert!(error.contains(&format!("not authorized to perform: {action}")), "{error}");
    }
    for index in 0..full.statements.len() {
        let mut policy = full.clone();
        let sid = policy.statements.remove(index).sid;
        run(&policy.document()).await.expect_err(&sid);
    }
}

#[tokio::test(start_paused = true)]
async fn no_other_workflow_can_assume_the_role() {
    let lab = stage(&spec()).await;
    for subject in [
        "repo:octo-org/octo-repo:ref:refs/heads/other",
        "repo:octo-org/octo-repo:ref:refs/heads/main2",
        "repo:octo-org/octo-repo:ref:refs/tags/main",
        "repo:octo-org/octo-repo:environment:main",
        "repo:octo-org/octo-repo:pull_request",
        "repo:octo-org/other:ref:refs/heads/main",
        "repo:other/octo-repo:ref:refs/heads/main",
        "repo:octo-org@1/octo-repo@2:ref:refs/heads/main",
        "REPO:octo-org/octo-repo:ref:refs/heads/main",
    ] {
        let error = assume(&lab, subject, "sts.amazonaws.com").await.expect_err(subject);
        let refusal = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        assert!(error.contains(refusal), "{subject}: {error}");
    }
    let error = assume(&lab, MAIN, "https://github.com/octo-org").await.unwrap_err();
    assert!(error.contains("Incorrect token audience"), "{error}");
    assume(&lab, MAIN, "sts.amazonaws.com").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn branches_tags_and_environments_are_matched_with_wildcards() {
    let mut spec = spec();
    let trust = &mut spec.deployer.get_or_insert_default().trust;
    trust.repositories =
        ["octo-org/octo-repo", "octo-org@1/octo-repo@2"].map(|it| it.parse().unwrap()).into();
    trust.branches = vec!["release/*".parse().unwrap()];
    trust.tags = vec!["v?.0".parse().unwrap()];
    trust.environments = vec!["EU: production".parse().unwrap()];
    let lab = stage(&spec).await;
    for repository in ["octo-org/octo-repo", "octo-org@1/octo-repo@2"] {
        for (context, accepted) in [
            ("ref:refs/heads/release/1", true),
            ("ref:refs/tags/v1.0", true),
            // GitHub percent-encodes the colons of an environment name in the token's subject.
            ("environment:EU%3A production", true),
            ("environment:EU: production", false),
            ("ref:refs/heads/main", false),
            ("ref:refs/heads/release", false),
            ("ref:refs/tags/v10.0", false),
            ("pull_request", false),
        ] {
            let subject = format!("repo:{repository}:{context}");
            let assumed = assume(&lab, &subject, "sts.amazonaws.com").await;
            assert_eq!(assumed.is_ok(), accepted, "{subject}");
        }
    }
    let other = assume(&lab, "repo:octo-org@1/octo-repo@3:ref:refs/tags/v1.0", "sts.amazonaws.com");
    assert!(other.await.is_err(), "a repository with the same name but another ID is rejected");
}

#[tokio::test(start_paused = true)]
async fn the_role_cannot_do_anything_else() {
    let lab = stage(&spec()).await;
    let neighbor = FoundationSpec { environment: "test".parse().unwrap(), ..spec() };
    lab.apply(&neighbor).await;
    lab.act(read::<ecs::CreateServiceRequest>(json!({
        "cluster": "demo-test-cluster",
        "serviceName": "web",
        "taskDefinition": "web",
        "desiredCount": 0,
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    })));
    let config = assume(&lab, MAIN, "sts.amazonaws.com").await.unwrap();
    let denied = |what: &str, error: String| {
        assert!(error.contains("is not authorized to perform"), "{what}: {error}");
    };
    denied("another repository", push(&config, "demo-test-app").await.unwrap_err());
    let other_role = ("web", "demo-dev-app", "demo-test-ecs-task-role");
    denied("another role", deploy(&config, other_role).await.unwrap_err());

    let ecs = aws_sdk_ecs::Client::new(&config);
    let update = ecs.update_service().cluster("demo-test-cluster").service("web");
    denied("another cluster", text(update.desired_count(3).send().await.unwrap_err()));
    let delete = ecs.delete_service().cluster(CLUSTER).service("web").force(true);
    denied("deleting a service", text(delete.send().await.unwrap_err()));
    let run = ecs.run_task().cluster(CLUSTER).task_definition("web");
    denied("running a task", text(run.send().await.unwrap_err()));
    let ecr = aws_sdk_ecr::Client::new(&config);
    let id = aws_sdk_ecr::types::ImageIdentifier::builder().image_tag("1").build();
    let delete = ecr.batch_delete_image().repository_name("demo-dev-app").image_ids(id);
    denied("deleting an image", text(delete.send().await.unwrap_err()));
    let delete = ecr.delete_repository().repository_name("demo-dev-app").force(true);
    denied("deleting a repository", text(delete.send().await.unwrap_err()));
    let iam = aws_sdk_iam::Client::new(&config);
    let attach = iam.attach_role_policy().role_name(DEPLOYER_ROLE);
    let attach = attach.policy_arn("arn:aws:iam::aws:policy/AdministratorAccess");
    denied("its own permissions", text(attach.send().await.unwrap_err()));
}

/// Returns the attribute and the actual value of every difference that `verify` reports for the
/// deployer's role.
async fn differing(lab: &Lab, spec: &FoundationSpec) -> Vec<(String, String)> {
    let findings = lab.findings(spec).await.into_iter();
    let of_role = findings.filter(|finding| finding.address == address::deployer_role());
    let differing = of_role.filter(|finding| finding.verdict == Verdict::Differs);
    differing.map(|finding| (finding.attribute, finding.found)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_missing_identity_provider_is_reported_until_it_exists() {
    let (lab, spec) = (Lab::new(), spec());
    let absent = format!(
        "iam_role.ecs_deployer_role: no workflow can assume the role yet, because the account has no identity provider \
         for {ISSUER}; create it with `aws iam create-open-id-connect-provider --url https://{ISSUER} \
         --client-id-list sts.amazonaws.com`"
    );
    let plan = lab.plan(&spec, PRESENT).await;
    assert_eq!(notices(&plan), std::slice::from_ref(&absent));
    assert!(plan.is_executable());
    lab.apply(&spec).await;
    let plan = lab.plan(&spec, PRESENT).await;
    assert!(plan.is_empty());
    assert_eq!(notices(&plan), [absent]);
    let provider = ("Identity provider".to_owned(), "absent".to_owned());
    assert_eq!(differing(&lab, &spec).await, [provider]);

    create_provider(&lab, "https://github.com/octo-org");
    let refused = format!(
        "iam_role.ecs_deployer_role: no workflow can assume the role yet, because the account's identity provider for \
         {ISSUER} does not accept the audience sts.amazonaws.com; add it with `aws iam \
         add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {PROVIDER} --client-id \
         sts.amazonaws.com`"
    );
    assert_eq!(notices(&lab.plan(&spec, PRESENT).await), [refused]);
    let audience = "Audience of the identity provider".to_owned();
    assert_eq!(
        differing(&lab, &spec).await,
        [(audience, "https://github.com/octo-org".to_owned())]
    );

    lab.act(read::<iam::AddClientIDToOpenIDConnectProviderRequest>(
        json!({"OpenIDConnectProviderArn": PROVIDER, "ClientID": "sts.amazonaws.com"}),
    ));
    lab.assert_converged(&spec).await;
    assert_eq!(notices(&lab.plan(&spec, PRESENT).await), [""; 0]);
    // A destroy keeps the identity provider, because it belongs to the account and not to the
    // foundation.
    assert_eq!(notices(&lab.destroy(&spec).await), [""; 0]);
    let request = json!({"OpenIDConnectProviderArn": PROVIDER});
    lab.act(read::<iam::GetOpenIDConnectProviderRequest>(request));
}

#[tokio::test(start_paused = true)]
async fn a_deployer_adds_five_reads_and_two_changing_calls() {
    let (with, without) = (spec(), FoundationSpec { deployer: None, ..spec() });
    let lab = Lab::new();
    lab.plan(&without, PRESENT).await;
    let reads = tally(&lab.calls());
    lab.plan(&with, PRESENT).await;
    let mut expected = reads;
    for operation in [
        "GetRole",
        "ListAttachedRolePolicies",
        "ListRolePolicies",
        "GetRolePolicy",
        "GetOpenIDConnectProvider",
    ] {
        *expected.entry(format!("iam:{operation}")).or_default() += 1;
    }
    assert_eq!(tally(&lab.calls()), expected);
    lab.apply(&without).await;
    lab.calls();
    lab.apply(&with).await;
    assert_eq!(changing_sorted(&lab.calls()), ["iam:CreateRole", "iam:PutRolePolicy"]);
    lab.apply(&without).await;
    lab.calls();
    lab.run(&without, ABSENT).await;
    let without_deployer = changing_sorted(&lab.calls()).len();
    // The deployer's role still exists, because the destroy above used a configuration without a
    // deployer.
    lab.apply(&without).await;
    lab.calls();
    lab.run(&with, ABSENT).await;
    assert_eq!(changing_sorted(&lab.calls()).len(), without_deployer + 2);
}
