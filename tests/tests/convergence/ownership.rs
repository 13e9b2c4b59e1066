//! Whose a resource is: what is there but not ours is refused, left untouched, and taken over when told to.

use infra_core::engine::Outcome;
use infra_core::provider::{Encryption, LogGroupClass};
use tests::foreign::Foreign;
use tests::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, Part, TASK_ROLE, everything};
use tests::show::{changes, changing_sorted, conflicts, notices};
use tests::{ABSENT, ADOPT, FORCE, Lab, PRESENT, spec};

fn reason(foreign: &Foreign, name_tag: Option<&str>) -> String {
    let Foreign { our_tag, .. } = foreign;
    match name_tag {
        Some(other) => format!("its Name tag is {other:?}, ours would be {our_tag:?}"),
        None => format!("it has no Name tag, ours would be {our_tag:?}"),
    }
}

/// Nothing of the foundation is there, but a resource of somebody else's stands in the way.
async fn is_refused(foreign: Foreign, name_tag: Option<&str>) {
    let lab = Lab::new();
    foreign.make(&lab.mock, name_tag);
    lab.calls();
    let plan = lab.plan(&spec(), PRESENT).await;
    let Foreign { address, name, .. } = foreign;
    assert_eq!(conflicts(&plan), [format!("{address} {name}: {}", reason(&foreign, name_tag))]);
    assert!(!plan.is_executable());
    assert!(!plan.is_empty());

    let before = lab.mock.world();
    let report = lab.carry_out(&spec(), &plan).await;
    assert!(!report.is_success());
    let untried = |outcome: &Outcome| matches!(outcome, Outcome::NotTried { .. });
    assert!(report.steps.iter().all(|step| untried(&step.outcome)), "{report:#?}");
    assert_eq!(lab.mock.world(), before);
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
}

/// A complete foundation but for one resource, in the place of which somebody made one of their own.
async fn taken_by(foreign: Foreign, part: Part, name_tag: Option<&str>) -> Lab {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    part.remove(&lab);
    foreign.make(&lab.mock, name_tag);
    lab.calls();
    lab
}

async fn is_taken_over(
    foreign: Foreign,
    part: Part,
    name_tag: Option<&str>,
    expected: &[&str],
    calls: &[&str],
) {
    let lab = taken_by(foreign, part, name_tag).await;
    let plan = lab.plan(&spec(), ADOPT).await;
    let Foreign { address, our_tag, .. } = foreign;
    let before = name_tag.map_or("null".to_owned(), |tag| format!("{tag:?}"));
    let name_line = format!("{address} adopt tags.Name: {before} -> {our_tag:?}");
    let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
    let adopted = expected.iter().filter(|line| line.contains(" adopt ")).count();
    expected.insert(adopted, name_line);
    assert_eq!(changes(&plan), expected);
    let left = format!("{address}: left tags that the configuration does not name: Owner");
    assert!(notices(&plan).contains(&left), "{:?}", notices(&plan));

    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    assert_eq!(changing_sorted(&lab.calls()), calls);
    lab.assert_converged(&spec()).await;
}

async fn is_left_by_destroy(foreign: Foreign, part: Part, name_tag: Option<&str>) {
    for goal in [ABSENT, FORCE] {
        let lab = taken_by(foreign, part, name_tag).await;
        let plan = lab.run(&spec(), goal).await;
        let Foreign { address, name, .. } = foreign;
        let left = format!("{address}: left, it is not ours: {}", reason(&foreign, name_tag));
        assert_eq!(notices(&plan), [left]);
        let rest = everything(&lab);
        assert!(rest.len() == 1 && rest[0].ends_with(name), "{rest:?}");
        let calls = lab.calls();
        let changed = calls.iter().filter(|call| call.changes);
        let named = changed.filter(|call| call.request.to_string().contains(name));
        assert_eq!(named.count(), 0, "nothing of it was touched");
    }
}

/// Six tests a resource, in a module of its name.
macro_rules! somebody_else_s {
    ($($name:ident: $foreign:expr, $part:expr,
        plans [$($line:expr),* $(,)?] calls [$($call:expr),* $(,)?];
    )+) => {$(
        mod $name {
            use super::{Foreign, Part, is_left_by_destroy, is_refused, is_taken_over};

            const OTHER: Option<&str> = Some("theirs");

            #[tokio::test(start_paused = true)]
            async fn without_a_name_tag_is_refused_and_untouched() {
                is_refused($foreign, None).await;
            }

            #[tokio::test(start_paused = true)]
            async fn of_another_name_tag_is_refused_and_untouched() {
                is_refused($foreign, OTHER).await;
            }

            #[tokio::test(start_paused = true)]
            async fn without_a_name_tag_is_taken_over_when_told_to() {
                is_taken_over($foreign, $part, None, &[$($line),*], &[$($call),*]).await;
            }

            #[tokio::test(start_paused = true)]
            async fn of_another_name_tag_is_taken_over_when_told_to() {
                is_taken_over($foreign, $part, OTHER, &[$($line),*], &[$($call),*]).await;
            }

            #[tokio::test(start_paused = true)]
            async fn without_a_name_tag_is_left_by_destroy() {
                is_left_by_destroy($foreign, $part, None).await;
            }

            #[tokio::test(start_paused = true)]
            async fn of_another_name_tag_is_left_by_destroy() {
                is_left_by_destroy($foreign, $part, OTHER).await;
            }
        }
    )+};
}

somebody_else_s! {
    a_cluster: Foreign::CLUSTER, Part::Cluster,
        plans [
            r#"ecs_cluster.main adopt container_insights: "disabled" -> "enabled""#,
            r#"ecs_cluster_capacity_providers.main update capacity_providers: [] -> ["FARGATE","FARGATE_SPOT"]"#,
            r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [] -> [{"base":1,"capacity_provider":"FARGATE","weight":100}]"#,
        ]
        calls ["ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UpdateCluster"];

    an_execution_role: Foreign::EXECUTION_ROLE, Part::ExecutionRole,
        plans [
            r#"iam_role.ecs_execution_role adopt assume_role_policy: {"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"} -> {"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#,
            "iam_role.ecs_execution_role adopt max_session_duration: 7200 -> 3600",
            r#"iam_role_policy_attachment.ecs_execution_role_policy create policy_arn: null -> "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy""#,
            r#"ecr_repository_policy.app update policy: {"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"AROA~"},"Sid":"AllowPull"}],"Version":"2012-10-17"} -> {"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#,
        ]
        calls [
            "ecr:SetRepositoryPolicy", "iam:AttachRolePolicy", "iam:TagRole",
            "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
        ];

    a_task_role: Foreign::TASK_ROLE, Part::TaskRole,
        plans [
            r#"iam_role.ecs_task_role adopt assume_role_policy: {"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"} -> {"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#,
            "iam_role.ecs_task_role adopt max_session_duration: 7200 -> 3600",
            r#"iam_role_policy.ecs_task_role_policy create policy: null -> {"Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*"}],"Version":"2012-10-17"}"#,
        ]
        calls ["iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"];

    a_repository: Foreign::REPOSITORY, Part::Repository,
        plans [
            r#"ecr_repository.app adopt image_tag_mutability: "IMMUTABLE" -> "MUTABLE""#,
            "ecr_repository.app adopt scan_on_push: false -> true",
            r#"ecr_repository_policy.app create policy: null -> {"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#,
        ]
        calls [
            "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability",
            "ecr:SetRepositoryPolicy", "ecr:TagResource",
        ];

    a_log_group: Foreign::LOG_GROUP, Part::LogGroup,
        plans [
            r#"cloudwatch_log_group.ecs adopt retention_in_days: "never" -> 14"#,
            r#"cloudwatch_log_group.ecs adopt tags.Environment: null -> "dev""#,
        ]
        calls ["logs:PutRetentionPolicy", "logs:TagResource"];
}

#[tokio::test(start_paused = true)]
async fn all_that_is_not_ours_is_named_at_once() {
    let lab = Lab::new();
    for foreign in Foreign::ALL {
        foreign.make(&lab.mock, None);
    }
    let plan = lab.plan(&spec(), PRESENT).await;
    let addresses: Vec<&str> = plan.conflicts.iter().map(|it| it.address.as_str()).collect();
    assert_eq!(addresses, Foreign::ALL.map(|foreign| foreign.address));
    lab.run(&spec(), ADOPT).await;
    lab.assert_converged(&spec()).await;
}

/// Takes the Name tag off the five resources.
fn take_name_tags_off(lab: &Lab) {
    use infra_mock::{ecr, ecs, iam, logs};

    let some = |text: &str| Some(text.to_owned());
    let name = || vec!["Name".to_owned()];
    let cluster = format!("arn:aws:ecs:us-east-1:123456789012:cluster/{CLUSTER}");
    lab.act(ecs::UntagResourceRequest { resource_arn: Some(cluster), tag_keys: Some(name()) });
    for role in [EXECUTION_ROLE, TASK_ROLE] {
        lab.act(iam::UntagRoleRequest { role_name: some(role), tag_keys: name() });
    }
    let repository = some("arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app");
    lab.act(ecr::UntagResourceRequest { resource_arn: repository, tag_keys: Some(name()) });
    let group = Some(format!("arn:aws:logs:us-east-1:123456789012:log-group:{LOG_GROUP}"));
    lab.act(logs::UntagResourceRequest { resource_arn: group, tag_keys: Some(name()) });
    lab.calls();
}

#[tokio::test(start_paused = true)]
async fn what_lost_its_name_tag_is_not_ours_any_more() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    take_name_tags_off(&lab);
    assert_eq!(lab.plan(&spec(), PRESENT).await.conflicts.len(), 5);

    let before = lab.mock.world();
    let plan = lab.destroy(&spec()).await;
    assert!(plan.is_empty());
    assert_eq!(plan.notices.len(), 5);
    assert_eq!(lab.mock.world(), before);
}

#[tokio::test(start_paused = true)]
async fn taking_over_what_is_as_it_should_be_sets_the_name_tag_alone() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    take_name_tags_off(&lab);
    let plan = lab.run(&spec(), ADOPT).await;
    assert_eq!(plan.summary().adopt, 5);
    let tags =
        ["ecr:TagResource", "ecs:TagResource", "iam:TagRole", "iam:TagRole", "logs:TagResource"];
    assert_eq!(changing_sorted(&lab.calls()), tags);
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn leave_to_take_over_changes_nothing_where_all_is_ours() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let plan = lab.plan(&spec(), ADOPT).await;
    assert!(plan.is_empty());
    assert_eq!(plan.summary().no_op, 9);
}

#[tokio::test(start_paused = true)]
async fn taking_over_never_deletes_what_is_somebody_elses() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    take_name_tags_off(&lab);
    let mut wanted = spec();
    wanted.repository.encryption = Encryption::Kms(None);
    wanted.log_group.class = LogGroupClass::InfrequentAccess;
    wanted.task_role.role.path = "/team/".parse().unwrap();

    let plan = lab.plan(&wanted, ADOPT).await;
    let blocked: Vec<&str> = plan.blockers.iter().map(|blocker| blocker.address.as_str()).collect();
    assert_eq!(
        blocked,
        ["iam_role.ecs_task_role", "ecr_repository.app", "cloudwatch_log_group.ecs"]
    );
    assert_eq!(
        plan.blockers[0].message,
        "taking it over would delete it, because its path cannot be changed"
    );
    let before = lab.mock.world();
    assert!(!lab.carry_out(&wanted, &plan).await.is_success());
    assert_eq!(lab.mock.world(), before);
}
