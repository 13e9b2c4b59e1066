//! Tags, beside the Name tag, that somebody changed or removed.

use infra_core::foundation::FoundationSpec;
use infra_mock::{ecr, ecs, iam, logs};
use tests::parts::{EXECUTION_ROLE, LOG_GROUP, TASK_ROLE};
use tests::{Lab, some};

use super::drifts;

const CLUSTER_ARN: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster";
const REPOSITORY_ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app";
const LOG_GROUP_ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev";

/// A foundation whose resources all have the tag Team=blue.
fn team(spec: &mut FoundationSpec) {
    spec.tags.set("Team", "blue").unwrap();
}

fn role_tag_changed(lab: &Lab, role: &str) {
    lab.act(iam::TagRoleRequest {
        role_name: some(role),
        tags: vec![iam::Tag::new("Team", "red")],
    });
}

fn role_tag_removed(lab: &Lab, role: &str) {
    lab.act(iam::UntagRoleRequest { role_name: some(role), tag_keys: vec!["Team".to_owned()] });
}

fn group_tag_changed(lab: &Lab, key: &str, value: &str) {
    lab.act(logs::TagResourceRequest {
        resource_arn: some(LOG_GROUP_ARN),
        tags: Some([(key.to_owned(), value.to_owned())].into()),
    });
}

fn group_tag_removed(lab: &Lab, key: &str) {
    lab.act(logs::UntagResourceRequest {
        resource_arn: some(LOG_GROUP_ARN),
        tag_keys: Some(vec![key.to_owned()]),
    });
}

drifts! {
    a_tag_of_the_cluster_changed given team, by |lab| {
            lab.act(ecs::TagResourceRequest {
                resource_arn: some(CLUSTER_ARN),
                tags: Some(vec![ecs::Tag::new("Team", "red")]),
            });
        },
        plans [r#"ecs_cluster.main update tags.Team: "red" -> "blue""#]
        calls ["ecs:TagResource"];

    a_tag_of_the_cluster_removed given team, by |lab| {
            lab.act(ecs::UntagResourceRequest {
                resource_arn: some(CLUSTER_ARN),
                tag_keys: Some(vec!["Team".to_owned()]),
            });
        },
        plans [r#"ecs_cluster.main update tags.Team: null -> "blue""#]
        calls ["ecs:TagResource"];

    a_tag_of_the_execution_role_changed given team, by |lab| role_tag_changed(lab, EXECUTION_ROLE),
        plans [r#"iam_role.ecs_execution_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_execution_role_removed given team, by |lab| role_tag_removed(lab, EXECUTION_ROLE),
        plans [r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_task_role_changed given team, by |lab| role_tag_changed(lab, TASK_ROLE),
        plans [r#"iam_role.ecs_task_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_task_role_removed given team, by |lab| role_tag_removed(lab, TASK_ROLE),
        plans [r#"iam_role.ecs_task_role update tags.Team: null -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_repository_changed given team, by |lab| {
            lab.act(ecr::TagResourceRequest {
                resource_arn: some(REPOSITORY_ARN),
                tags: Some(vec![ecr::Tag { key: some("Team"), value: some("red") }]),
            });
        },
        plans [r#"ecr_repository.app update tags.Team: "red" -> "blue""#]
        calls ["ecr:TagResource"];

    a_tag_of_the_repository_removed given team, by |lab| {
            lab.act(ecr::UntagResourceRequest {
                resource_arn: some(REPOSITORY_ARN),
                tag_keys: Some(vec!["Team".to_owned()]),
            });
        },
        plans [r#"ecr_repository.app update tags.Team: null -> "blue""#]
        calls ["ecr:TagResource"];

    a_tag_of_the_log_group_changed given team, by |lab| group_tag_changed(lab, "Team", "red"),
        plans [r#"cloudwatch_log_group.ecs update tags.Team: "red" -> "blue""#]
        calls ["logs:TagResource"];

    a_tag_of_the_log_group_removed given team, by |lab| group_tag_removed(lab, "Team"),
        plans [r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#]
        calls ["logs:TagResource"];

    the_environment_of_the_log_group_changed
        by |lab| group_tag_changed(lab, "Environment", "prod"),
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: "prod" -> "dev""#]
        calls ["logs:TagResource"];

    the_environment_of_the_log_group_removed by |lab| group_tag_removed(lab, "Environment"),
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: null -> "dev""#]
        calls ["logs:TagResource"];

    several_tags_of_a_resource_are_set_in_one_call given team, by |lab| {
            group_tag_removed(lab, "Team");
            group_tag_changed(lab, "Environment", "prod");
        },
        plans [
            r#"cloudwatch_log_group.ecs update tags.Environment: "prod" -> "dev""#,
            r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#,
        ]
        calls ["logs:TagResource"];

    the_tags_of_all_resources_are_put_right_at_once given team, by |lab| {
            lab.act(logs::TagLogGroupRequest {
                log_group_name: some(LOG_GROUP),
                tags: Some([("Team".to_owned(), "red".to_owned())].into()),
            });
            role_tag_removed(lab, EXECUTION_ROLE);
            role_tag_changed(lab, TASK_ROLE);
        },
        plans [
            r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_task_role update tags.Team: "red" -> "blue""#,
            r#"cloudwatch_log_group.ecs update tags.Team: "red" -> "blue""#,
        ]
        calls ["iam:TagRole", "iam:TagRole", "logs:TagResource"];
}
