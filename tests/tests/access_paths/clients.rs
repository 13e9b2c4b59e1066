//! Features of SDK clients: pagination, typed errors and request IDs.

use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_iam::operation::RequestId;

use super::mock;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ecs-tasks.amazonaws.com"}}]}"#;

#[tokio::test]
async fn errors_are_typed_and_have_a_request_id() {
    let config = mock().sdk_config();
    let iam = aws_sdk_iam::Client::new(&config);
    let error = iam.get_role().role_name("none").send().await.unwrap_err();
    assert!(error.request_id().is_some_and(|id| id.len() == 36));
    let error = error.into_service_error();
    assert!(error.is_no_such_entity_exception());
    assert_eq!(error.message(), Some("The role with name none cannot be found."));

    let ecr = aws_sdk_ecr::Client::new(&config);
    let refused = ecr.describe_repositories().repository_names("none").send().await;
    assert!(refused.unwrap_err().into_service_error().is_repository_not_found_exception());

    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let refused = logs.delete_log_group().log_group_name("none").send().await;
    assert!(refused.unwrap_err().into_service_error().is_resource_not_found_exception());

    let ecs = aws_sdk_ecs::Client::new(&config);
    let refused = ecs.discover_poll_endpoint().send().await.unwrap_err();
    assert_eq!(refused.code(), Some("NotImplemented"));
    assert_eq!(refused.message(), Some("infra-mock does not implement ecs:DiscoverPollEndpoint"));
}

#[tokio::test]
async fn lists_are_paginated() {
    let config = mock().sdk_config();
    let ecs = aws_sdk_ecs::Client::new(&config);
    let iam = aws_sdk_iam::Client::new(&config);
    for number in 0..5 {
        ecs.create_cluster().cluster_name(format!("c{number}")).send().await.unwrap();
        let role = iam.create_role().role_name(format!("r{number}"));
        role.assume_role_policy_document(TRUST).path("/mine/").send().await.unwrap();
    }
    let pages = ecs.list_clusters().max_results(2).into_paginator().send();
    let pages: Vec<_> = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.cluster_arns().len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    let roles = iam.list_roles().path_prefix("/mine/").max_items(2).into_paginator().items().send();
    let roles: Vec<_> = roles.collect::<Result<Vec<_>, _>>().await.unwrap();
    let names: Vec<_> = roles.iter().map(aws_sdk_iam::types::Role::role_name).collect();
    assert_eq!(names, ["r0", "r1", "r2", "r3", "r4"]);
}

#[tokio::test]
async fn each_client_uses_its_own_region_and_account() {
    let mock = mock();
    let here = aws_sdk_ecs::Client::new(&mock.sdk_config());
    here.create_cluster().cluster_name("main").send().await.unwrap();
    let there = mock.in_region("ap-south-1".parse().unwrap());
    let there = aws_sdk_ecs::Client::new(&there.sdk_config());
    assert_eq!(there.list_clusters().send().await.unwrap().cluster_arns(), [""; 0]);
    let account = infra_mock::MockAws::builder().account("111122223333".parse().unwrap()).build();
    let sts = aws_sdk_sts::Client::new(&account.sdk_config());
    let identity = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("111122223333"));
}
