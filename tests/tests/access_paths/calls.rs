//! Tests every method of the provider traits on each access path.

use std::collections::BTreeSet;

use infra_core::arn::Arn;
use infra_core::operation::{ecr, ecs, iam, logs, sts};
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ClusterConfiguration, ClusterSpec, ClusterUpdate, ContainerInsights,
    Encryption, ExecuteCommand, ExecuteCommandLogging, LogGroupClass, LogGroupSpec, ManagedStorage,
    Providers, RepositorySpec, RetentionDays, RoleSpec, ServiceConnectNamespace, SessionBucket,
    SessionLogGroup, StrategyItem, TagMutability,
};
use infra_core::tags::Tags;

use super::{access_paths, shown};

fn tags(pairs: &[(&str, &str)]) -> Tags {
    Tags::observed(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
}

fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

/// A list of calls, each with its result.
type Transcript = Vec<(&'static str, String)>;

macro_rules! record {
    ($transcript:ident: $($call:expr;)+) => {
        $($transcript.push((stringify!($call), shown($call.await)));)+
    };
}

const NAMESPACE: &str = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1";

async fn clusters(providers: &Providers) -> Transcript {
    let (clusters, name, none) =
        (providers.clusters(), &"main".parse().unwrap(), &"none".parse().unwrap());
    let spec = ClusterSpec {
        name: "main".parse().unwrap(),
        container_insights: ContainerInsights::Enhanced,
        configuration: ClusterConfiguration {
            execute_command: Some(ExecuteCommand {
                kms_key: Some("1234abcd".to_owned()),
                logging: ExecuteCommandLogging::Override,
                log_group: Some(SessionLogGroup { name: "/exec".to_owned(), encryption: true }),
                bucket: Some(SessionBucket {
                    name: "sessions".to_owned(),
                    key_prefix: Some("exec".to_owned()),
                    encryption: false,
                }),
            }),
            managed_storage: Some(ManagedStorage {
                kms_key: Some("1234abcd".to_owned()),
                fargate_ephemeral_storage_kms_key: None,
            }),
        },
        service_connect_namespace: NAMESPACE.parse().ok(),
        capacity: CapacityProviders::fargate(),
        tags: tags(&[("Name", "main"), ("ä ö", "=+/")]),
    };
    let other = ClusterSpec { container_insights: ContainerInsights::Disabled, ..spec.clone() };
    let bare = ClusterUpdate {
        configuration: Some(ClusterConfiguration {
            execute_command: Some(ExecuteCommand::default()),
            managed_storage: None,
        }),
        service_connect_namespace: Some(ServiceConnectNamespace::None),
        ..ClusterUpdate::default()
    };
    let ghost = CapacityProviders {
        providers: ["GHOST".to_owned()].into(),
        default_strategy: [StrategyItem {
            capacity_provider: "GHOST".to_owned(),
            base: 0,
            weight: 1,
        }]
        .into(),
    };
    let arn = &arn("arn:aws:ecs:eu-west-1:123456789012:cluster/main");
    let mut transcript = Transcript::new();
    record! { transcript:
        clusters.describe_cluster(name, false);
        clusters.create_cluster(&spec);
        clusters.create_cluster(&spec);
        clusters.create_cluster(&other);
        clusters.describe_cluster(name, false);
        clusters.update_cluster(name, &ContainerInsights::Disabled.into());
        clusters.update_cluster(none, &ContainerInsights::Disabled.into());
        clusters.describe_cluster(name, true);
        clusters.update_cluster(name, &bare);
        clusters.describe_cluster(name, true);
        clusters.put_capacity_providers(name, &ghost);
        clusters.put_capacity_providers(name, &CapacityProviders::default());
        clusters.tag_cluster(arn, &tags(&[("Team", "x")]));
        clusters.tag_cluster(arn, &tags(&[("aws:x", "x")]));
        clusters.untag_cluster(arn, &["ä ö".to_owned()]);
        clusters.list_services(name);
        clusters.list_tasks(name);
        clusters.list_container_instances(none);
        clusters.describe_cluster(name, false);
        clusters.delete_cluster(name);
        clusters.describe_cluster(name, false);
        clusters.delete_cluster(none);
    }
    transcript
}

async fn roles(providers: &Providers) -> Transcript {
    let (roles, name, none) =
        (providers.roles(), &"app".parse().unwrap(), &"none".parse().unwrap());
    let trusted = |service: &str| {
        let statement = Statement::allow(["sts:AssumeRole"]);
        PolicyDocument::new([statement.with_principal(PrincipalSet::service([service]))])
    };
    let document =
        &PolicyDocument::new([Statement::allow(["logs:PutLogEvents"]).with_resources(["*"])]);
    let inline = &"inline".parse().unwrap();
    let identity_provider =
        &"arn:aws:iam::123456789012:oidc-provider/id.example.com".parse().unwrap();
    let spec = RoleSpec {
        name: "app".parse().unwrap(),
        path: "/team/".parse().unwrap(),
        trust: trusted("ecs-tasks.amazonaws.com"),
        description: Some("one & two, 1+1=2".to_owned()),
        max_session_duration: 7200,
        permissions_boundary: Some(arn("arn:aws:iam::aws:policy/PowerUserAccess")),
        tags: tags(&[("Name", "app"), ("with space", "a+b=c/d@e")]),
    };
    let managed = &arn("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy");
    let ghost = &arn("arn:aws:iam::aws:policy/Ghost");
    let mut transcript = Transcript::new();
    record! { transcript:
        roles.get_role(name);
        roles.create_role(&spec);
        roles.create_role(&spec);
        roles.get_role(name);
        roles.update_role(name, 7200, None);
        roles.update_role(name, 7, Some("x"));
        roles.update_assume_role_policy(name, &trusted("ec2.amazonaws.com"));
        roles.update_assume_role_policy(name, document);
        roles.delete_role_permissions_boundary(name);
        roles.put_role_permissions_boundary(name, managed);
        roles.attach_role_policy(name, managed);
        roles.attach_role_policy(name, ghost);
        roles.list_attached_role_policies(name);
        roles.list_attached_role_policies(none);
        roles.put_role_policy(name, inline, document);
        roles.get_role_policy(name, inline);
        roles.get_role_policy(none, inline);
        roles.list_role_policies(name);
        roles.list_instance_profiles_for_role(name);
        roles.tag_role(name, &tags(&[("empty", "")]));
        roles.untag_role(name, &["Name".to_owned(), "absent".to_owned()]);
        roles.get_role(name);
        roles.delete_role(name);
        roles.detach_role_policy(name, &managed.to_string());
        roles.detach_role_policy(name, &managed.to_string());
        roles.delete_role_policy(name, "inline");
        roles.delete_role(name);
        roles.get_role(name);
        roles.get_open_id_connect_provider(identity_provider);
    }
    transcript
}

async fn repositories(providers: &Providers) -> Transcript {
    let (repositories, name, none) =
        (providers.repositories(), &"team/app".parse().unwrap(), &"none".parse().unwrap());
    let spec = RepositorySpec {
        name: "team/app".parse().unwrap(),
        tag_mutability: TagMutability::Mutable,
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: tags(&[("Name", "app")]),
    };
    let policy = |principal: &str| {
        let statement = Statement::allow(["ecr:BatchGetImage"]).with_sid("AllowPull");
        PolicyDocument::new([statement.with_principal(PrincipalSet::aws([principal]))])
    };
    let lifecycle = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}"#;
    let arn = &arn("arn:aws:ecr:eu-west-1:123456789012:repository/team/app");
    let mut transcript = Transcript::new();
    record! { transcript:
        repositories.describe_repository(name);
        repositories.create_repository(&spec);
        repositories.create_repository(&spec);
        repositories.describe_repository(name);
        repositories.put_image_tag_mutability(name, &TagMutability::Immutable);
        repositories.put_image_scanning_configuration(name, false);
        repositories.get_repository_policy(name);
        repositories.set_repository_policy(name, &policy("123456789012"));
        repositories.set_repository_policy(name, &policy("arn:aws:iam::123456789012:role/ghost"));
        repositories.get_repository_policy(name);
        repositories.delete_repository_policy(name);
        repositories.get_lifecycle_policy(name);
        repositories.put_lifecycle_policy(name, lifecycle);
        repositories.put_lifecycle_policy(name, "{}");
        repositories.get_lifecycle_policy(name);
        repositories.delete_lifecycle_policy(name);
        repositories.count_images(name);
        repositories.count_images(none);
        repositories.tag_repository(arn, &tags(&[("Team", "x")]));
        repositories.untag_repository(arn, &["Name".to_owned()]);
        repositories.list_repository_tags(arn);
        repositories.describe_repository(name);
        repositories.delete_repository(name, false);
        repositories.delete_repository(name, true);
    }
    transcript
}

async fn log_groups(providers: &Providers) -> Transcript {
    let (groups, name, none) =
        (providers.log_groups(), &"/ecs/app".parse().unwrap(), &"none".parse().unwrap());
    let spec = LogGroupSpec {
        name: "/ecs/app".parse().unwrap(),
        class: LogGroupClass::Standard,
        kms_key: None,
        tags: tags(&[("Name", "app")]),
    };
    let key = &arn("arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555");
    let days = RetentionDays::new(14).unwrap();
    let arn = &arn("arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/app");
    let mut transcript = Transcript::new();
    record! { transcript:
        groups.describe_log_group(name);
        groups.create_log_group(&spec);
        groups.create_log_group(&spec);
        groups.put_retention_policy(name, days);
        groups.put_retention_policy(none, days);
        groups.put_deletion_protection(name, true);
        groups.describe_log_group(name);
        groups.put_deletion_protection(name, false);
        groups.put_deletion_protection(none, true);
        groups.associate_kms_key(name, key);
        groups.describe_log_group(name);
        groups.disassociate_kms_key(name);
        groups.delete_retention_policy(name);
        groups.count_log_streams(name, 10);
        groups.tag_log_group(arn, &tags(&[("Team", "x")]));
        groups.untag_log_group(arn, &["Name".to_owned()]);
        groups.list_log_group_tags(arn);
        groups.describe_log_group(name);
        groups.delete_log_group(name);
        groups.delete_log_group(name);
    }
    transcript
}

async fn everything(providers: &Providers) -> Transcript {
    let mut transcript = Transcript::new();
    record! { transcript: providers.identity().caller_identity(); }
    transcript.extend(clusters(providers).await);
    transcript.extend(roles(providers).await);
    transcript.extend(repositories(providers).await);
    transcript.extend(log_groups(providers).await);
    transcript
}

#[tokio::test]
async fn every_method_returns_the_same_result_on_every_access_path() {
    let [first, others @ ..] = access_paths().await;
    let expected = everything(&first.providers).await;
    for access_path in others {
        let found = everything(&access_path.providers).await;
        let differences: Vec<_> =
            expected.iter().zip(&found).filter(|(expected, found)| expected != found).collect();
        assert!(
            differences.is_empty(),
            "the {} access path returns different results: {differences:#?}",
            access_path.name
        );
        assert_eq!(
            access_path.mock.world(),
            first.mock.world(),
            "the world behind the {}",
            access_path.name
        );
        assert_eq!(access_path.mock.call_counts(), first.mock.call_counts());
    }
    let called: BTreeSet<String> = first.mock.call_counts().into_keys().collect();
    for operation in [sts::ALL, ecs::ALL, iam::ALL, ecr::ALL, logs::ALL].concat() {
        assert!(called.contains(&operation.to_string()), "{operation} was not called");
    }
}
