//! Tests how many pages of each list are read: as many as needed, and no more. The conformance
//! suite checks what the lists contain.

use infra_core::error::OrAbsent;
use infra_core::names::LogGroupName;
use infra_core::operation::{ecr, ecs, iam, logs};
use infra_core::policy::{PolicyDocument, Statement};
use infra_core::provider::{
    Encryption, LogGroupClass, LogGroupSpec, RepositorySpec, TagMutability,
};
use infra_core::tags::Tags;
use infra_mock::ecs::{ContainerInstance, ServiceFixture, TaskFixture};
use infra_mock::iam::add_instance_profile;
use infra_mock::time::Timestamp;

use super::{Aws, cluster, of, role};

#[tokio::test]
async fn cluster_contents_are_listed_page_by_page() {
    let aws = Aws::new();
    let (clusters, name) = (aws.providers.clusters(), cluster().name);
    clusters.create_cluster(&cluster()).await.unwrap();
    aws.change_directly(|call| {
        let ecs = call.ecs();
        for n in 0..21 {
            ecs.add_service(name.as_str(), &format!("s{n}"), ServiceFixture::default());
        }
        for n in 0..201 {
            ecs.add_task(name.as_str(), &format!("t{n}"), TaskFixture::default());
            let instance = ContainerInstance::default();
            ecs.add_container_instance(name.as_str(), &format!("i{n}"), instance);
        }
    });
    let _ = aws.mock.take_journal();
    assert_eq!(clusters.list_services(&name).await.unwrap().len(), 21);
    assert_eq!(clusters.list_tasks(&name).await.unwrap().len(), 201);
    assert_eq!(clusters.list_container_instances(&name).await.unwrap().len(), 201);
    let pages = [ecs::LIST_SERVICES, ecs::LIST_TASKS, ecs::LIST_CONTAINER_INSTANCES];
    assert_eq!(pages.map(|operation| aws.calls(operation)), [3, 3, 3]);
}

#[tokio::test]
async fn role_policies_and_profiles_are_listed_page_by_page() {
    let aws = Aws::new();
    let (roles, name) = (aws.providers.roles(), role().name);
    roles.create_role(&role()).await.unwrap();
    // The policies are short, because IAM limits the total size of a role's inline policies.
    let short = PolicyDocument::new([Statement::allow(["s3:*"]).with_resources(["*"])]);
    for n in 0..101 {
        let policy = format!("p{n:03}");
        roles.put_role_policy(&name, &of(&policy), &short).await.unwrap();
        aws.change_directly(|call| add_instance_profile(call, &policy, name.as_str())).unwrap();
    }
    assert_eq!(roles.list_role_policies(&name).await.unwrap().len(), 101);
    assert_eq!(roles.list_instance_profiles_for_role(&name).await.unwrap().len(), 101);
    let pages = [iam::LIST_ROLE_POLICIES, iam::LIST_INSTANCE_PROFILES_FOR_ROLE];
    assert_eq!(pages.map(|operation| aws.calls(operation)), [2, 2]);
}

#[tokio::test]
async fn images_are_counted_page_by_page() {
    let aws = Aws::new();
    let spec = RepositorySpec {
        name: of("app"),
        tag_mutability: TagMutability::Mutable,
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: Tags::new(),
    };
    let repositories = aws.providers.repositories();
    repositories.create_repository(&spec).await.unwrap();
    aws.change_directly(|call| {
        for n in 0..1_001 {
            // The images have no tags, so without different push times they would be identical.
            call.ecr().push_image("app", None, Timestamp::from_millis(n)).unwrap();
        }
    });
    assert_eq!(repositories.count_images(&spec.name).await.unwrap(), 1_001);
    assert_eq!(aws.calls(ecr::LIST_IMAGES), 2);
}

fn group(name: &str) -> LogGroupSpec {
    let class = LogGroupClass::Standard;
    LogGroupSpec { name: of(name), class, kms_key: None, tags: Tags::new() }
}

#[tokio::test]
async fn pages_after_the_requested_log_group_are_not_read() {
    let aws = Aws::new();
    let (groups, name) = (aws.providers.log_groups(), of::<LogGroupName>("/ecs/app"));
    // The provider requests the log groups whose names start with `/ecs/app`. CloudWatch Logs
    // returns 50 log groups per page, sorted by name, so the following 50 fill the first page.
    for n in 10..60 {
        groups.create_log_group(&group(&format!("/ecs/app-{n}"))).await.unwrap();
    }
    assert_eq!(groups.describe_log_group(&name).await.or_absent().unwrap(), None);
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_GROUPS), 1);
    groups.create_log_group(&group("/ecs/app-60")).await.unwrap();
    assert_eq!(groups.describe_log_group(&name).await.or_absent().unwrap(), None);
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_GROUPS), 3, "the second page is also read");
    groups.create_log_group(&group("/ecs/app")).await.unwrap();
    groups.describe_log_group(&name).await.unwrap();
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_GROUPS), 4, "later pages are not read");
}

#[tokio::test]
async fn pages_after_the_stream_limit_are_not_read() {
    let aws = Aws::new();
    let groups = aws.providers.log_groups();
    groups.create_log_group(&group("/ecs/app")).await.unwrap();
    aws.change_directly(|call| {
        for n in 0..101 {
            let now = call.now;
            call.logs().add_stream("/ecs/app", &format!("task/{n}"), [], now).unwrap();
        }
    });
    assert_eq!(groups.count_log_streams(&of("/ecs/app"), 500).await.unwrap(), 101);
    assert_eq!(aws.calls(logs::DESCRIBE_LOG_STREAMS), 3);
    assert_eq!(groups.count_log_streams(&of("/ecs/app"), 40).await.unwrap(), 40);
    assert_eq!(
        aws.calls(logs::DESCRIBE_LOG_STREAMS),
        4,
        "the first page already contains 40 streams"
    );
}
