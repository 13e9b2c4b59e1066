//! A macro that lists every method of every provider trait, for wrappers around all providers.

/// Calls a macro once for each provider trait. The arguments are the trait, the accessor on
/// [`Providers`](crate::provider::Providers), and every method with its operation, name, arguments
/// and return type.
///
/// With this macro, a single macro arm implements a wrapper around all providers, for example to
/// count, delay or fail calls. Add `#[deny(clippy::missing_trait_methods)]` to the implementations,
/// so that they do not compile if a method is missing from the list.
///
/// ```
/// use async_trait::async_trait;
/// use infra_core::provider::Providers;
///
/// /// Prints each operation before calling it.
/// #[derive(Debug)]
/// struct Logged(Providers);
///
/// macro_rules! logged {
///     ($trait:path, $of:ident: $(
///         $operation:expr => $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
///     )+) => {
///         #[async_trait]
///         impl $trait for Logged {
///             $(async fn $method(&self, $($arg: $type),*) -> infra_core::Result<$output> {
///                 println!("{}", $operation);
///                 self.0.$of().$method($($arg),*).await
///             })+
///         }
///     };
/// }
/// infra_core::provider_methods!(logged);
/// ```
#[macro_export]
macro_rules! provider_methods {
    ($callback:ident) => {
        $callback! { $crate::provider::IdentityProvider, identity:
            $crate::operation::sts::GET_CALLER_IDENTITY =>
                caller_identity() -> $crate::provider::CallerIdentity;
        }

        $callback! { $crate::provider::ClusterProvider, clusters:
            $crate::operation::ecs::DESCRIBE_CLUSTERS =>
                describe_cluster(
                    name: &$crate::names::ClusterName,
                    configuration: bool
                ) -> $crate::provider::Cluster;
            $crate::operation::ecs::CREATE_CLUSTER =>
                create_cluster(spec: &$crate::provider::ClusterSpec) -> $crate::provider::Cluster;
            $crate::operation::ecs::UPDATE_CLUSTER =>
                update_cluster(
                    name: &$crate::names::ClusterName,
                    update: &$crate::provider::ClusterUpdate
                ) -> ();
            $crate::operation::ecs::PUT_CLUSTER_CAPACITY_PROVIDERS =>
                put_capacity_providers(
                    name: &$crate::names::ClusterName,
                    capacity: &$crate::provider::CapacityProviders
                ) -> ();
            $crate::operation::ecs::DELETE_CLUSTER =>
                delete_cluster(name: &$crate::names::ClusterName) -> ();
            $crate::operation::ecs::LIST_SERVICES =>
                list_services(name: &$crate::names::ClusterName) -> Vec<String>;
            $crate::operation::ecs::LIST_TASKS =>
                list_tasks(name: &$crate::names::ClusterName) -> Vec<String>;
            $crate::operation::ecs::LIST_CONTAINER_INSTANCES =>
                list_container_instances(name: &$crate::names::ClusterName) -> Vec<String>;
            $crate::operation::ecs::TAG_RESOURCE =>
                tag_cluster(arn: &$crate::arn::Arn, tags: &$crate::tags::Tags) -> ();
            $crate::operation::ecs::UNTAG_RESOURCE =>
                untag_cluster(arn: &$crate::arn::Arn, keys: &[String]) -> ();
        }

        $callback! { $crate::provider::RoleProvider, roles:
            $crate::operation::iam::GET_ROLE =>
                get_role(name: &$crate::names::RoleName) -> $crate::provider::Role;
            $crate::operation::iam::CREATE_ROLE =>
                create_role(spec: &$crate::provider::RoleSpec) -> $crate::provider::Role;
            $crate::operation::iam::UPDATE_ROLE =>
                update_role(
                    name: &$crate::names::RoleName,
                    seconds: u32,
                    description: Option<&str>
                ) -> ();
            $crate::operation::iam::UPDATE_ASSUME_ROLE_POLICY =>
                update_assume_role_policy(
                    name: &$crate::names::RoleName,
                    trust: &$crate::policy::PolicyDocument
                ) -> ();
            $crate::operation::iam::PUT_ROLE_PERMISSIONS_BOUNDARY =>
                put_role_permissions_boundary(
                    name: &$crate::names::RoleName,
                    policy: &$crate::arn::Arn
                ) -> ();
            $crate::operation::iam::DELETE_ROLE_PERMISSIONS_BOUNDARY =>
                delete_role_permissions_boundary(name: &$crate::names::RoleName) -> ();
            $crate::operation::iam::DELETE_ROLE =>
                delete_role(name: &$crate::names::RoleName) -> ();
            $crate::operation::iam::LIST_ATTACHED_ROLE_POLICIES =>
                list_attached_role_policies(
                    name: &$crate::names::RoleName
                ) -> Vec<$crate::provider::AttachedPolicy>;
            $crate::operation::iam::ATTACH_ROLE_POLICY =>
                attach_role_policy(
                    name: &$crate::names::RoleName,
                    policy: &$crate::arn::Arn
                ) -> ();
            $crate::operation::iam::DETACH_ROLE_POLICY =>
                detach_role_policy(name: &$crate::names::RoleName, policy: &str) -> ();
            $crate::operation::iam::LIST_ROLE_POLICIES =>
                list_role_policies(name: &$crate::names::RoleName) -> Vec<String>;
            $crate::operation::iam::GET_ROLE_POLICY =>
                get_role_policy(
                    name: &$crate::names::RoleName,
                    policy: &$crate::names::PolicyName
                ) -> $crate::policy::PolicyText;
            $crate::operation::iam::PUT_ROLE_POLICY =>
                put_role_policy(
                    name: &$crate::names::RoleName,
                    policy: &$crate::names::PolicyName,
                    document: &$crate::policy::PolicyDocument
                ) -> ();
            $crate::operation::iam::DELETE_ROLE_POLICY =>
                delete_role_policy(name: &$crate::names::RoleName, policy: &str) -> ();
            $crate::operation::iam::LIST_INSTANCE_PROFILES_FOR_ROLE =>
                list_instance_profiles_for_role(name: &$crate::names::RoleName) -> Vec<String>;
            $crate::operation::iam::GET_OPEN_ID_CONNECT_PROVIDER =>
                get_open_id_connect_provider(
                    arn: &$crate::arn::Arn
                ) -> $crate::provider::OpenIdConnectProvider;
            $crate::operation::iam::TAG_ROLE =>
                tag_role(name: &$crate::names::RoleName, tags: &$crate::tags::Tags) -> ();
            $crate::operation::iam::UNTAG_ROLE =>
                untag_role(name: &$crate::names::RoleName, keys: &[String]) -> ();
        }

        $callback! { $crate::provider::RepositoryProvider, repositories:
            $crate::operation::ecr::DESCRIBE_REPOSITORIES =>
                describe_repository(
                    name: &$crate::names::RepositoryName
                ) -> $crate::provider::Repository;
            $crate::operation::ecr::CREATE_REPOSITORY =>
                create_repository(
                    spec: &$crate::provider::RepositorySpec
                ) -> $crate::provider::Repository;
            $crate::operation::ecr::DELETE_REPOSITORY =>
                delete_repository(name: &$crate::names::RepositoryName, force: bool) -> ();
            $crate::operation::ecr::PUT_IMAGE_TAG_MUTABILITY =>
                put_image_tag_mutability(
                    name: &$crate::names::RepositoryName,
                    mutability: &$crate::provider::TagMutability
                ) -> ();
            $crate::operation::ecr::PUT_IMAGE_SCANNING_CONFIGURATION =>
                put_image_scanning_configuration(
                    name: &$crate::names::RepositoryName,
                    scan_on_push: bool
                ) -> ();
            $crate::operation::ecr::GET_REPOSITORY_POLICY =>
                get_repository_policy(
                    name: &$crate::names::RepositoryName
                ) -> $crate::policy::PolicyText;
            $crate::operation::ecr::SET_REPOSITORY_POLICY =>
                set_repository_policy(
                    name: &$crate::names::RepositoryName,
                    policy: &$crate::policy::PolicyDocument
                ) -> ();
            $crate::operation::ecr::DELETE_REPOSITORY_POLICY =>
                delete_repository_policy(name: &$crate::names::RepositoryName) -> ();
            $crate::operation::ecr::GET_LIFECYCLE_POLICY =>
                get_lifecycle_policy(name: &$crate::names::RepositoryName) -> String;
            $crate::operation::ecr::PUT_LIFECYCLE_POLICY =>
                put_lifecycle_policy(name: &$crate::names::RepositoryName, text: &str) -> ();
            $crate::operation::ecr::DELETE_LIFECYCLE_POLICY =>
                delete_lifecycle_policy(name: &$crate::names::RepositoryName) -> ();
            $crate::operation::ecr::LIST_IMAGES =>
                count_images(name: &$crate::names::RepositoryName) -> u64;
            $crate::operation::ecr::LIST_TAGS_FOR_RESOURCE =>
                list_repository_tags(arn: &$crate::arn::Arn) -> $crate::tags::Tags;
            $crate::operation::ecr::TAG_RESOURCE =>
                tag_repository(arn: &$crate::arn::Arn, tags: &$crate::tags::Tags) -> ();
            $crate::operation::ecr::UNTAG_RESOURCE =>
                untag_repository(arn: &$crate::arn::Arn, keys: &[String]) -> ();
        }

        $callback! { $crate::provider::LogGroupProvider, log_groups:
            $crate::operation::logs::DESCRIBE_LOG_GROUPS =>
                describe_log_group(name: &$crate::names::LogGroupName) -> $crate::provider::LogGroup;
            $crate::operation::logs::CREATE_LOG_GROUP =>
                create_log_group(spec: &$crate::provider::LogGroupSpec) -> ();
            $crate::operation::logs::DELETE_LOG_GROUP =>
                delete_log_group(name: &$crate::names::LogGroupName) -> ();
            $crate::operation::logs::PUT_RETENTION_POLICY =>
                put_retention_policy(
                    name: &$crate::names::LogGroupName,
                    days: $crate::provider::RetentionDays
                ) -> ();
            $crate::operation::logs::DELETE_RETENTION_POLICY =>
                delete_retention_policy(name: &$crate::names::LogGroupName) -> ();
            $crate::operation::logs::ASSOCIATE_KMS_KEY =>
                associate_kms_key(name: &$crate::names::LogGroupName, key: &$crate::arn::Arn) -> ();
            $crate::operation::logs::DISASSOCIATE_KMS_KEY =>
                disassociate_kms_key(name: &$crate::names::LogGroupName) -> ();
            $crate::operation::logs::PUT_LOG_GROUP_DELETION_PROTECTION =>
                put_deletion_protection(name: &$crate::names::LogGroupName, enabled: bool) -> ();
            $crate::operation::logs::DESCRIBE_LOG_STREAMS =>
                count_log_streams(name: &$crate::names::LogGroupName, at_most: u64) -> u64;
            $crate::operation::logs::LIST_TAGS_FOR_RESOURCE =>
                list_log_group_tags(arn: &$crate::arn::Arn) -> $crate::tags::Tags;
            $crate::operation::logs::TAG_RESOURCE =>
                tag_log_group(arn: &$crate::arn::Arn, tags: &$crate::tags::Tags) -> ();
            $crate::operation::logs::UNTAG_RESOURCE =>
                untag_log_group(arn: &$crate::arn::Arn, keys: &[String]) -> ();
        }
    };
}
