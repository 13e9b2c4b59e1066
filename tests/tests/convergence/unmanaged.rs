//! Tests for unmanaged tags, policies and capacity providers on managed resources. ecs-foundation
//! reports and keeps them, unless it is configured to remove them.

use infra_core::engine::{Step, Verdict};
use infra_core::foundation::{FoundationSpec, ManagedPolicy, UnmanagedAction};
use infra_core::operation::{self, Operation};
use infra_mock::external_change::ExternalChange;
use infra_mock::{ecr, ecs, iam, logs};
use tests::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, TASK_ROLE};
use tests::show::{changes, changing_sorted, notices};
use tests::{Lab, PRESENT, some, spec};

fn remove_unmanaged() -> FoundationSpec {
    let mut spec = spec();
    spec.unmanaged.tags = UnmanagedAction::Remove;
    spec.unmanaged.policies = UnmanagedAction::Remove;
    spec
}

/// Adds the tag `Cost=42` to all five resources, as another program would.
fn tag(lab: &Lab) {
    let cluster = some("arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster");
    let tags = Some(vec![ecs::Tag::new("Cost", "42")]);
    lab.act(ecs::TagResourceRequest { resource_arn: cluster, tags });
    for role in [EXECUTION_ROLE, TASK_ROLE] {
        let tags = vec![iam::Tag::new("Cost", "42")];
        lab.act(iam::TagRoleRequest { role_name: some(role), tags });
    }
    let repository = some("arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app");
    let tags = Some(vec![ecr::Tag { key: some("Cost"), value: some("42") }]);
    lab.act(ecr::TagResourceRequest { resource_arn: repository, tags });
    lab.act(logs::TagLogGroupRequest {
        log_group_name: some(LOG_GROUP),
        tags: Some([("Cost".to_owned(), "42".to_owned())].into()),
    });
}

const TAGGED: [&str; 5] = [
    "ecs_cluster.main",
    "iam_role.ecs_execution_role",
    "iam_role.ecs_task_role",
    "ecr_repository.app",
    "cloudwatch_log_group.ecs",
];

#[tokio::test(start_paused = true)]
async fn unmanaged_tags_are_reported_and_kept() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    tag(&lab);
    let plan = lab.plan(&spec(), PRESENT).await;
    assert!(plan.is_empty());
    let left = |address| format!("{address}: keeps unmanaged tags: Cost");
    assert_eq!(notices(&plan), TAGGED.map(left));
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn unmanaged_tags_are_removed_if_configured() {
    let (lab, spec) = (Lab::new(), remove_unmanaged());
    lab.apply(&spec).await;
    tag(&lab);
    let plan = lab.plan(&spec, PRESENT).await;
    let removed = |address| format!(r#"{address} update tags.Cost: "42" -> null"#);
    assert_eq!(changes(&plan), TAGGED.map(removed));
    assert_eq!(plan.notices, []);
    lab.calls();
    assert!(lab.carry_out(&spec, &plan).await.is_success());
    let untagged = [
        "ecr:UntagResource",
        "ecs:UntagResource",
        "iam:UntagRole",
        "iam:UntagRole",
        "logs:UntagResource",
    ];
    assert_eq!(changing_sorted(&lab.calls()), untagged);
    lab.assert_converged(&spec).await;
}

/// Associates an unmanaged capacity provider with the cluster, as another program would.
fn associate(lab: &Lab, default_strategy: Vec<ecs::CapacityProviderStrategyItem>) {
    lab.mock.seed(&ExternalChange::CapacityProvider { name: "gpu".to_owned() }).unwrap();
    lab.act(ecs::PutClusterCapacityProvidersRequest {
        cluster: some(CLUSTER),
        capacity_providers: Some(["FARGATE", "FARGATE_SPOT", "gpu"].map(str::to_owned).into()),
        default_capacity_provider_strategy: Some(default_strategy),
    });
}

const CAPACITY: &str = "ecs_cluster_capacity_providers.main";

#[tokio::test(start_paused = true)]
async fn capacity_providers_of_others_are_reported_and_kept() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    // The changed default strategy is reported as a difference. Correcting it does not remove the
    // unmanaged capacity provider.
    associate(&lab, Vec::new());
    let plan = lab.plan(&spec(), PRESENT).await;
    let left = format!("{CAPACITY}: keeps unmanaged capacity providers: gpu");
    assert_eq!(notices(&plan), std::slice::from_ref(&left));
    let expected = r#"default_capacity_provider_strategy: [] -> [{"base":1,"capacity_provider":"FARGATE","weight":100}]"#;
    assert_eq!(changes(&plan), [format!("{CAPACITY} update {expected}")]);
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    let plan = lab.plan(&spec(), PRESENT).await;
    assert!(plan.is_empty());
    assert_eq!(notices(&plan), [left]);
    let others = found(&lab, &spec(), "Other capacity providers").await;
    assert_eq!(others, [format!("{CAPACITY} - gpu info")]);
    lab.assert_converged(&spec()).await;

    // A capacity provider that is associated but not configured counts as a difference only if it
    // is FARGATE or FARGATE_SPOT.
    let mut varied = spec();
    varied.cluster.capacity.providers.remove("FARGATE_SPOT");
    let plan = lab.apply(&varied).await;
    let expected = r#"capacity_providers: ["FARGATE","FARGATE_SPOT","gpu"] -> ["FARGATE","gpu"]"#;
    assert_eq!(changes(&plan), [format!("{CAPACITY} update {expected}")]);
    lab.assert_converged(&varied).await;
    lab.destroy(&varied).await;
}

#[tokio::test(start_paused = true)]
async fn capacity_providers_of_others_are_removed_if_configured() {
    let (lab, mut spec) = (Lab::new(), spec());
    spec.unmanaged.capacity_providers = UnmanagedAction::Remove;
    lab.apply(&spec).await;
    associate(&lab, Vec::new());
    let others = found(&lab, &spec, "Other capacity providers").await;
    assert_eq!(others, [format!("{CAPACITY} none gpu differs")]);
    let plan = lab.apply(&spec).await;
    assert_eq!(plan.notices, []);
    assert_eq!(plan.steps.len(), 1);
    lab.assert_converged(&spec).await;
}

/// Attaches a managed policy and adds an inline policy to each role, as another program would.
fn add_policies(lab: &Lab) {
    for role in [EXECUTION_ROLE, TASK_ROLE] {
        lab.act(iam::AttachRolePolicyRequest {
            role_name: some(role),
            policy_arn: some("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"),
        });
        lab.act(iam::PutRolePolicyRequest {
            role_name: some(role),
            policy_name: some("debug"),
            policy_document: some(
                r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ssmmessages:*","Resource":"*"}}"#,
            ),
        });
    }
}

const ROLES: [&str; 2] = ["iam_role.ecs_execution_role", "iam_role.ecs_task_role"];

#[tokio::test(start_paused = true)]
async fn unmanaged_policies_are_reported_and_kept() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    add_policies(&lab);
    let plan = lab.plan(&spec(), PRESENT).await;
    assert!(plan.is_empty());
    let left = |address| {
        format!(
            "{address}: keeps unmanaged policies: \
             arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess, debug (inline)"
        )
    };
    assert_eq!(notices(&plan), ROLES.map(left));
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn unmanaged_policies_are_removed_if_configured() {
    let (lab, spec) = (Lab::new(), remove_unmanaged());
    lab.apply(&spec).await;
    add_policies(&lab);
    let plan = lab.plan(&spec, PRESENT).await;
    let expected: Vec<String> = ROLES
        .iter()
        .flat_map(|address| {
            let arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess";
            [
                format!(
                    r#"{address} update managed_policies.AWSXRayDaemonWriteAccess: "{arn}" -> null"#
                ),
                format!(r#"{address} update inline_policies.debug: "present" -> null"#),
            ]
        })
        .collect();
    assert_eq!(changes(&plan), expected);
    lab.calls();
    assert!(lab.carry_out(&spec, &plan).await.is_success());
    let removed = [
        "iam:DeleteRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:DetachRolePolicy",
    ];
    assert_eq!(changing_sorted(&lab.calls()), removed);
    lab.assert_converged(&spec).await;
}

#[tokio::test(start_paused = true)]
async fn tags_and_policies_dropped_from_the_configuration_are_removed_if_configured() {
    let (lab, default) = (Lab::new(), remove_unmanaged());
    let mut varied = default.clone();
    varied.tags.set("Team", "blue").unwrap();
    let policy = ManagedPolicy::AwsManaged("AWSXRayDaemonWriteAccess".to_owned());
    varied.task_role.role.additional_managed_policies = vec![policy];
    varied.task_role.role.inline_policy_name = Some("logs".parse().unwrap());
    lab.apply(&varied).await;
    lab.assert_converged(&varied).await;

    let plan = lab.apply(&default).await;
    let dropped = |path: &str| changes(&plan).iter().filter(|line| line.contains(path)).count();
    assert_eq!(dropped(r#"tags.Team: "blue" -> null"#), 5);
    assert_eq!(dropped("managed_policies.AWSXRayDaemonWriteAccess"), 1);
    assert_eq!(dropped("inline_policies.logs"), 1);
    lab.assert_converged(&default).await;
    assert_eq!(lab.plan(&default, PRESENT).await.notices, []);
}

#[tokio::test(start_paused = true)]
async fn a_tag_key_that_differs_only_in_case_is_corrected() {
    let (lab, mut spec) = (Lab::new(), remove_unmanaged());
    spec.tags.set("Team", "blue").unwrap();
    lab.apply(&spec).await;
    // IAM ignores case when comparing tag keys, and keeps the most recent spelling.
    let tags = vec![iam::Tag::new("team", "red")];
    lab.act(iam::TagRoleRequest { role_name: some(TASK_ROLE), tags });
    lab.apply(&spec).await;
    lab.assert_converged(&spec).await;
}

/// Returns one line of text for each resource that has a finding about the attribute. The line
/// contains the address, the expected value, the actual value and the verdict.
async fn found(lab: &Lab, spec: &FoundationSpec, attribute: &str) -> Vec<String> {
    let findings = lab.findings(spec).await.into_iter();
    let findings = findings.filter(|finding| finding.attribute == attribute);
    let show = |finding: infra_core::engine::Finding| {
        let expected = finding.expected.as_deref().unwrap_or("-");
        let verdict = match finding.verdict {
            Verdict::Ok => "ok",
            Verdict::Differs => "differs",
            Verdict::Info => "info",
        };
        format!("{} {expected} {} {verdict}", finding.address, finding.found)
    };
    findings.map(show).collect()
}

#[tokio::test(start_paused = true)]
async fn unmanaged_additions_are_differences_if_they_are_to_be_removed() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    tag(&lab);
    add_policies(&lab);
    let tags = |expected: &str, verdict: &str| {
        TAGGED.map(|address| format!("{address} {expected} Cost {verdict}"))
    };
    assert_eq!(found(&lab, &spec(), "Other tags").await, tags("-", "info"));
    assert_eq!(found(&lab, &remove_unmanaged(), "Other tags").await, tags("none", "differs"));
    let policies = |expected: &str, verdict: &str| {
        let all = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess, debug (inline)";
        ROLES.map(|address| format!("{address} {expected} {all} {verdict}"))
    };
    assert_eq!(found(&lab, &spec(), "Other policies").await, policies("-", "info"));
    assert_eq!(
        found(&lab, &remove_unmanaged(), "Other policies").await,
        policies("none", "differs")
    );
    lab.apply(&remove_unmanaged()).await;
    lab.assert_converged(&remove_unmanaged()).await;
}

/// Applies a plan in which additions must wait for removals from the same resource. Also checks
/// that the plan contains exactly `pairs` such dependencies. Checking only the order of the
/// calls would prove nothing, because without latency the order could be right by chance.
async fn assert_removals_come_first(
    lab: &Lab,
    spec: &FoundationSpec,
    remove: &[Operation],
    add: &[Operation],
    pairs: usize,
) {
    let plan = lab.plan(spec, PRESENT).await;
    let of = |operations: &[Operation]| {
        let steps = plan.steps.iter().filter(|step| operations.contains(&step.operation));
        steps.cloned().collect::<Vec<Step>>()
    };
    // An attached policy has a different address from its role.
    let same = |removed: &Step, added: &Step| {
        removed.address == added.address
            || (removed.address.as_str() == "iam_role.ecs_task_role"
                && added.address.as_str().contains("ecs_task_role_policy"))
    };
    let mut found = 0;
    for added in of(add) {
        for removed in of(remove).iter().filter(|removed| same(removed, &added)) {
            assert!(added.requires.contains(&removed.id), "{added:?}\n{removed:?}");
            found += 1;
        }
    }
    assert_eq!(found, pairs);
    let report = lab.carry_out(spec, &plan).await;
    assert!(report.is_success(), "{report:#?}");
    lab.assert_converged(spec).await;
}

#[tokio::test(start_paused = true)]
async fn unmanaged_tags_are_removed_before_a_full_resource_gets_new_tags() {
    let (lab, mut spec) = (Lab::new(), remove_unmanaged());
    lab.apply(&spec).await;
    let pairs = |most: usize| (0..most).map(|index| (format!("k{index:02}"), "theirs".to_owned()));
    let (cluster, repository) = (
        some("arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster"),
        some("arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app"),
    );
    // A resource can have up to 50 tags. Every resource already has the Name tag, and the log group
    // also has the Environment tag.
    let tags = pairs(49).map(|(key, value)| ecs::Tag::new(key, value)).collect();
    lab.act(ecs::TagResourceRequest { resource_arn: cluster, tags: Some(tags) });
    for role in [EXECUTION_ROLE, TASK_ROLE] {
        let tags = pairs(49).map(|(key, value)| iam::Tag::new(key, value)).collect();
        lab.act(iam::TagRoleRequest { role_name: some(role), tags });
    }
    let tags = pairs(49).map(|(key, value)| ecr::Tag { key: Some(key), value: Some(value) });
    lab.act(ecr::TagResourceRequest { resource_arn: repository, tags: Some(tags.collect()) });
    let tags = Some(pairs(48).collect());
    lab.act(logs::TagLogGroupRequest { log_group_name: some(LOG_GROUP), tags });

    spec.tags.set("Team", "blue").unwrap();
    let untag = [
        operation::ecs::UNTAG_RESOURCE,
        operation::iam::UNTAG_ROLE,
        operation::ecr::UNTAG_RESOURCE,
        operation::logs::UNTAG_RESOURCE,
    ];
    let tag = [
        operation::ecs::TAG_RESOURCE,
        operation::iam::TAG_ROLE,
        operation::ecr::TAG_RESOURCE,
        operation::logs::TAG_RESOURCE,
    ];
    assert_removals_come_first(&lab, &spec, &untag, &tag, 5).await;
}

#[tokio::test(start_paused = true)]
async fn unmanaged_policies_are_detached_before_a_full_role_gets_new_policies() {
    let (lab, mut spec) = (Lab::new(), remove_unmanaged());
    lab.apply(&spec).await;
    let names = [
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonS3ReadOnlyAccess",
        "AmazonSSMReadOnlyAccess",
        "AWSXRayDaemonWriteAccess",
        "CloudWatchAgentServerPolicy",
        "CloudWatchLogsFullAccess",
        "AmazonSQSFullAccess",
        "AmazonDynamoDBFullAccess",
        "AmazonSNSFullAccess",
        "SecretsManagerReadWrite",
    ];
    for name in names {
        lab.act(iam::AttachRolePolicyRequest {
            role_name: some(TASK_ROLE),
            policy_arn: Some(format!("arn:aws:iam::aws:policy/{name}")),
        });
    }
    let policy = ManagedPolicy::AwsManaged("AmazonEC2ReadOnlyAccess".to_owned());
    spec.task_role.role.additional_managed_policies = vec![policy];
    let (detach, attach) =
        ([operation::iam::DETACH_ROLE_POLICY], [operation::iam::ATTACH_ROLE_POLICY]);
    assert_removals_come_first(&lab, &spec, &detach, &attach, 10).await;
}

#[tokio::test(start_paused = true)]
async fn unmanaged_inline_policies_are_deleted_before_a_full_role_gets_its_own() {
    let (lab, spec) = (Lab::new(), remove_unmanaged());
    lab.apply(&spec).await;
    lab.act(iam::DeleteRolePolicyRequest {
        role_name: some(TASK_ROLE),
        policy_name: some("demo-dev-ecs-task-policy"),
    });
    // A role's inline policies can have 10,240 characters in total.
    let actions: Vec<String> =
        (0..400).map(|index| format!(r#""s3:GetObject{index:06}""#)).collect();
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{}],"Resource":"*"}}}}"#,
        actions.join(",")
    );
    lab.act(iam::PutRolePolicyRequest {
        role_name: some(TASK_ROLE),
        policy_name: some("huge"),
        policy_document: Some(document),
    });
    let (delete, put) = ([operation::iam::DELETE_ROLE_POLICY], [operation::iam::PUT_ROLE_POLICY]);
    assert_removals_come_first(&lab, &spec, &delete, &put, 1).await;
}
