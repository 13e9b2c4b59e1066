//! Tags, beside the Name tag, that somebody changed or removed.

use super::drift::drifts;
use crate::conformance::Verdict;
use crate::foundation::FoundationSpec;
use crate::tags::Tags;

/// A foundation whose resources all have the tag Team=blue.
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
    a_tag_of_the_cluster_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.clusters().tag_cluster(&it.cluster_arn, &red()).await?; }
        plans [r#"ecs_cluster.main update tags.Team: "red" -> "blue""#]
        calls ["ecs:TagResource"];

    a_tag_of_the_cluster_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.clusters().untag_cluster(&it.cluster_arn, &keys("Team")).await?; }
        plans [r#"ecs_cluster.main update tags.Team: null -> "blue""#]
        calls ["ecs:TagResource"];

    a_tag_of_the_execution_role_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().tag_role(&it.execution_role, &red()).await?; }
        plans [r#"iam_role.ecs_execution_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_execution_role_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().untag_role(&it.execution_role, &keys("Team")).await?; }
        plans [r#"iam_role.ecs_execution_role update tags.Team: null -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_task_role_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().tag_role(&it.task_role, &red()).await?; }
        plans [r#"iam_role.ecs_task_role update tags.Team: "red" -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_task_role_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.roles().untag_role(&it.task_role, &keys("Team")).await?; }
        plans [r#"iam_role.ecs_task_role update tags.Team: null -> "blue""#]
        calls ["iam:TagRole"];

    a_tag_of_the_repository_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.repositories().tag_repository(&it.repository_arn, &red()).await?; }
        plans [r#"ecr_repository.app update tags.Team: "red" -> "blue""#]
        calls ["ecr:TagResource"];

    a_tag_of_the_repository_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.repositories().untag_repository(&it.repository_arn, &keys("Team")).await?; }
        plans [r#"ecr_repository.app update tags.Team: null -> "blue""#]
        calls ["ecr:TagResource"];

    a_tag_of_the_log_group_changed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.log_groups().tag_log_group(&it.log_group_arn, &red()).await?; }
        plans [r#"cloudwatch_log_group.ecs update tags.Team: "red" -> "blue""#]
        calls ["logs:TagResource"];

    a_tag_of_the_log_group_removed given |_, spec| { team(&mut spec)?; }
        by |at, it| { at.log_groups().untag_log_group(&it.log_group_arn, &keys("Team")).await?; }
        plans [r#"cloudwatch_log_group.ecs update tags.Team: null -> "blue""#]
        calls ["logs:TagResource"];

    the_environment_of_the_log_group_changed by |at, it| {
            let other = tag("Environment", "prod");
            at.log_groups().tag_log_group(&it.log_group_arn, &other).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: "prod" -> "t""#]
        calls ["logs:TagResource"];

    the_environment_of_the_log_group_removed by |at, it| {
            at.log_groups().untag_log_group(&it.log_group_arn, &keys("Environment")).await?;
        }
        plans [r#"cloudwatch_log_group.ecs update tags.Environment: null -> "t""#]
        calls ["logs:TagResource"];

    several_tags_of_a_resource_are_set_in_one_call given |_, spec| { team(&mut spec)?; }
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

    the_tags_of_several_resources_are_put_right_at_once given |_, spec| { team(&mut spec)?; }
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
