//! Draws requests for service deployments, task protection, container instance attributes and
//! account settings.

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types as sdk;
use infra_mock::ecs::{
    Attribute, CreatedAt, DeleteAccountSettingRequest, DeleteAttributesRequest,
    DescribeServiceDeploymentsRequest, DescribeServiceRevisionsRequest, ExecuteCommandRequest,
    GetTaskProtectionRequest, ListAttributesRequest, ListServiceDeploymentsRequest,
    ListServicesByNamespaceRequest, PutAttributesRequest, UpdateTaskProtectionRequest,
};
use infra_mock::time::Timestamp;
use proptest::option;
use proptest::prelude::*;

use super::list;
use super::steps::{cluster, service};
use crate::model::draw::{Text, either, maybe, number, page, step, text, token};
use crate::model::{AnyStep, sent_by};

sent_by! { ecs:
    DeleteAccountSettingRequest { name, principal_arn } => delete_account_setting
        .set_name(name.map(|name| name.as_str().into()))
        .set_principal_arn(principal_arn);
    DeleteAttributesRequest { cluster, attributes } => delete_attributes
        .set_cluster(cluster)
        .set_attributes(list(attributes, attribute));
    DescribeServiceDeploymentsRequest { service_deployment_arns } => describe_service_deployments
        .set_service_deployment_arns(service_deployment_arns);
    DescribeServiceRevisionsRequest { service_revision_arns } => describe_service_revisions
        .set_service_revision_arns(service_revision_arns);
    ExecuteCommandRequest { cluster, container, command, interactive, task } => execute_command
        .set_cluster(cluster)
        .set_container(container)
        .set_command(command)
        .set_interactive(interactive)
        .set_task(task);
    GetTaskProtectionRequest { cluster, tasks } => get_task_protection
        .set_cluster(cluster)
        .set_tasks(tasks);
    ListAttributesRequest {
        cluster, target_type, attribute_name, attribute_value, next_token, max_results,
    } => list_attributes
        .set_cluster(cluster)
        .set_target_type(target_type.map(|kind| kind.as_str().into()))
        .set_attribute_name(attribute_name)
        .set_attribute_value(attribute_value)
        .set_next_token(next_token)
        .set_max_results(max_results);
    ListServiceDeploymentsRequest {
        service, cluster, status, created_at, next_token, max_results,
    } => list_service_deployments
        .set_service(service)
        .set_cluster(cluster)
        .set_status(list(status, |status| status.as_str().into()))
        .set_created_at(created_at.as_ref().map(created))
        .set_next_token(next_token)
        .set_max_results(max_results);
    ListServicesByNamespaceRequest { namespace, next_token, max_results } => list_services_by_namespace
        .set_namespace(namespace)
        .set_next_token(next_token)
        .set_max_results(max_results);
    PutAttributesRequest { cluster, attributes } => put_attributes
        .set_cluster(cluster)
        .set_attributes(list(attributes, attribute));
    UpdateTaskProtectionRequest { cluster, tasks, protection_enabled, expires_in_minutes } => update_task_protection
        .set_cluster(cluster)
        .set_tasks(tasks)
        .set_protection_enabled(protection_enabled)
        .set_expires_in_minutes(expires_in_minutes);
}

fn attribute(value: Attribute) -> sdk::Attribute {
    let Attribute { name, value, target_type, target_id } = value;
    sdk::Attribute::builder()
        .set_name(name)
        .set_value(value)
        .set_target_type(target_type.map(|kind| kind.as_str().into()))
        .set_target_id(target_id)
        .build()
        .expect("the model sets the name")
}

fn created(value: &CreatedAt) -> sdk::CreatedAt {
    let CreatedAt { before, after } = *value;
    let time =
        |time: Timestamp| DateTime::from_millis(i64::try_from(time.millis()).unwrap_or(i64::MAX));
    sdk::CreatedAt::builder().set_before(before.map(time)).set_after(after.map(time)).build()
}

const BAD_ARNS: &[&str] = &["no arn", "arn:aws:ecs:us-east-1:123456789012:cluster/a", ""];

fn arns(odd: u32, good: &'static [&'static str]) -> BoxedStrategy<Option<Vec<String>>> {
    text(odd, good, BAD_ARNS).prop_map(|arn| arn.map(|arn| vec![arn])).boxed()
}

fn namespace(odd: u32) -> Text {
    text(odd, &["app", "shop"], &[""])
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    const DEPLOYMENTS: &[&str] = &[
        "arn:aws:ecs:us-east-1:123456789012:service-deployment/a/web/0",
        "arn:aws:ecs:us-east-1:123456789012:service-deployment/b/api/0",
    ];
    const REVISIONS: &[&str] = &["arn:aws:ecs:us-east-1:123456789012:service-revision/a/web/0"];
    // Task IDs are random, so steps cannot contain a valid task ID.
    let tasks = || text(odd, &["none"], BAD_ARNS).prop_map(|task| task.map(|task| vec![task]));
    let required = || text(odd, &["a", "b"], &["no such name!", ""]);
    let attributes = || {
        let name = text(odd, &["stack", "rack"], &["a!", ""]);
        let target = text(odd, &["i1", "i2"], &["", "none"]);
        (name, option::of(Just("x".to_owned())), target).prop_map(|(name, value, target_id)| {
            let target_type = Some("container-instance".to_owned());
            let name = Some(name.unwrap_or_default());
            Some(vec![Attribute { name, value, target_type, target_id }])
        })
    };
    let listed = (cluster(odd), maybe(odd, &["stack"], &["a!"]), token(odd), page(odd));
    let history = (service(odd), cluster(odd), token(odd), page(odd));
    let minutes = option::of(number(odd, &[1, 60, 2880], &[0, -1, 2881])).prop_map(Option::flatten);
    let setting = text(odd, &["containerInsights", "awsvpcTrunking"], &["odd", ""]);
    let principal = maybe(0, &["arn:aws:iam::123456789012:user/ada"], &[]);
    either(vec![
        (
            1,
            step((setting, principal).prop_map(|(name, principal_arn)| {
                DeleteAccountSettingRequest { name, principal_arn }
            })),
        ),
        (
            1,
            step(
                (cluster(odd), attributes())
                    .prop_map(|(cluster, attributes)| PutAttributesRequest { cluster, attributes }),
            ),
        ),
        (
            1,
            step(listed.prop_map(|(cluster, attribute_name, next_token, max_results)| {
                ListAttributesRequest {
                    cluster,
                    target_type: Some("container-instance".to_owned()),
                    attribute_name,
                    attribute_value: None,
                    next_token,
                    max_results,
                }
            })),
        ),
        (
            1,
            step(
                (cluster(odd), attributes()).prop_map(|(cluster, attributes)| {
                    DeleteAttributesRequest { cluster, attributes }
                }),
            ),
        ),
        (
            3,
            step(history.prop_map(|(service, cluster, next_token, max_results)| {
                ListServiceDeploymentsRequest {
                    service,
                    cluster,
                    next_token,
                    max_results,
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step(arns(odd, DEPLOYMENTS).prop_map(|service_deployment_arns| {
                DescribeServiceDeploymentsRequest { service_deployment_arns }
            })),
        ),
        (
            1,
            step(arns(odd, REVISIONS).prop_map(|service_revision_arns| {
                DescribeServiceRevisionsRequest { service_revision_arns }
            })),
        ),
        (
            1,
            step(
                (required(), tasks())
                    .prop_map(|(cluster, tasks)| GetTaskProtectionRequest { cluster, tasks }),
            ),
        ),
        (
            1,
            step((required(), tasks(), any::<bool>(), minutes).prop_map(
                |(cluster, tasks, is_protected, expires_in_minutes)| UpdateTaskProtectionRequest {
                    cluster,
                    tasks,
                    protection_enabled: Some(is_protected),
                    expires_in_minutes,
                },
            )),
        ),
        (
            1,
            step((cluster(odd), any::<bool>()).prop_map(|(cluster, interactive)| {
                ExecuteCommandRequest {
                    cluster,
                    container: None,
                    command: Some("/bin/sh".to_owned()),
                    interactive: Some(interactive),
                    task: Some("none".to_owned()),
                }
            })),
        ),
        (
            1,
            step((namespace(odd), token(odd), page(odd)).prop_map(
                |(namespace, next_token, max_results)| ListServicesByNamespaceRequest {
                    namespace,
                    next_token,
                    max_results,
                },
            )),
        ),
    ])
}
