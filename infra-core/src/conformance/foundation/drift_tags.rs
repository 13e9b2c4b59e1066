//! Scenarios for drift in tags other than the Name tag.

use super::drift::drifts;
use crate::conformance::Verdict;
use crate::foundation::FoundationSpec;
use crate::tags::Tags;

/// Configures the tag Team=blue for all resources.
fn team(spec: &mut FoundationSpec) -> Verdict {
    Ok(spec.tags.set("Team", "blue")?)
}

fn tag(key: &str, value: &str) -> Tags {
    Tags::observed([(key.to_owned(), value.to_owned())])
}

fn red() -> Tags {
    tag("Team", "red")
}

fn keys(key: &str) -> [String; 1] {
    [key.to_owned()]
}

drifts! { "drift_of_tags":
    cluster_tag_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.clusters().tag_cluster(&it.cluster_arn, &red()).await?; }
        plans [r#"ecs_cluster.main update tags.Team: "red" -> "blue""#]
        calls ["ecs:TagResource"];

    cluster_tag_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.clusters().untag_cluster(&it.cluster_arn, &keys("Team")).await?; }
        plans [r#"ecs_cluster.main update tags.Team: null -> "blue""#]
        calls ["ecs:TagResource"];

    execution_role_tag_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().tag_role(&it.execution_role, &red()).await?; }
        plans [r#"iam_role.ecs_execution_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    execution_role_tag_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().untag_role(&it.execution_role, &keys("Team")).await?; }
        plans [r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#]
        calls ["iam:TagRole"];

    task_role_tag_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().tag_role(&it.task_role, &red()).await?; }
        plans [r#"iam_role.ecs_task_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    task_role_tag_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().untag_role(&it.task_role, &keys("Team")).await?; }
        plans [r#"iam_role.ecs_task_role update tags.Team: null -> "blue""#]
        calls ["iam:TagRole"];

    repository_tag_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.repositories().tag_repository(&it.repository_arn, &red()).await?; }
        plans [r#"ecr_repository.app update tags.Team: "red" -> "blue""#]
        calls ["ecr:TagResource"];

    repository_tag_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.repositories().untag_repository(&it.repository_arn, &keys("Team")).await?; }
        plans [r#"ecr_repository.app update tags.Team: null -> "blue""#]
        calls ["ecr:TagResource"];

    log_group_tag_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.log_groups().tag_log_group(&it.log_group_arn, &red()).await?; }
        plans [r#"cloudwatch_log_group.ecs update tags.Team: "red" -> "blue""#]
        calls ["logs:TagResource"];

    log_group_tag_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.log_groups().untag_log_group(&it.log_group_arn, &keys("Team")).await?; }
        plans [r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#]
        calls ["logs:TagResource"];

    log_group_environment_tag_changed by |at, it| {
            let other = tag("Environment", "prod");
            at.log_groups().tag_log_group(&it.log_group_arn, &other).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: "prod" -> "t""#]
        calls ["logs:TagResource"];

    log_group_environment_tag_removed by |at, it| {
            at.log_groups().untag_log_group(&it.log_group_arn, &keys("Environment")).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: null -> "t""#]
        calls ["logs:TagResource"];

    several_tags_of_one_resource_are_fixed_in_one_call given |_, spec| { team(&mut spec)?; }
        by |at, it| {
            at.log_groups().untag_log_group(&it.log_group_arn, &keys("Team")).await?;
            let other = tag("Environment", "prod");
            at.log_groups().tag_log_group(&it.log_group_arn, &other).await?;
        }
        plans [
            r#"cloudwatch_log_group.ecs update tags.Environment: "prod" -> "t""#,
            r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#,
        ]
        calls ["logs:TagResource"];

    tags_of_several_resources_are_fixed_in_one_run given |_, spec| { team(&mut spec)?; }
        by |at, it| {
            at.log_groups().tag_log_group(&it.log_group_arn, &red()).await?;
            at.roles().untag_role(&it.execution_role, &keys("Team")).await?;
            at.roles().tag_role(&it.task_role, &red()).await?;
        }
        plans [
            r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#,
            r#"iam_role.ecs_task_role update tags.Team: "red" -> "blue""#,
            r#"cloudwatch_log_group.ecs update tags.Team: "red" -> "blue""#,
        ]
        calls ["iam:TagRole", "iam:TagRole", "logs:TagResource"];
}
