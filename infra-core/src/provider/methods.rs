//! A macro that lists every method of every provider trait. Use it to implement wrappers around all
//! providers.

/// Calls a macro once for each provider trait. The macro receives:
///
/// - the trait;
/// - the accessor on [`Providers`](crate::provider::Providers);
/// - the service's prefix and full name;
/// - one row for each method of the trait.
///
/// Each row contains the operation's kind (`read` or `write`), its constant in
/// [`operation`](crate::operation), its name in AWS, and the method's signature. The constants
/// themselves are also generated from these rows.
///
/// The called macro needs only one arm to implement a wrapper around all providers. For example,
/// the wrapper can count calls, delay them or make them fail. Add
/// `#[deny(clippy::missing_trait_methods)]` to each generated `impl` block. Clippy then rejects the
/// block if the list lacks a method that has a default implementation.
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
///     ($trait:path, $of:ident, $service:ident $title:literal: $(
///         $kind:ident $operation:ident = $name:literal =>
///             $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
///     )+) => {
///         #[async_trait]
///         impl $trait for Logged {
///             $(async fn $method(&self, $($arg: $type),*) -> infra_core::Result<$output> {
///                 println!("{}", infra_core::operation::$service::$operation);
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
        $callback! { $crate::provider::IdentityProvider, identity, sts "AWS Security Token Service":
            read GET_CALLER_IDENTITY = "GetCallerIdentity" =>
                caller_identity() -> $crate::provider::CallerIdentity;
        }

        $callback! { $crate::provider::ClusterProvider, clusters, ecs "Amazon Elastic Container Service":
            read DESCRIBE_CLUSTERS = "DescribeClusters" =>
                describe_cluster(
                    name: &$crate::names::ClusterName,
                    configuration: bool
                ) -> $crate::provider::Cluster;
            read LIST_SERVICES = "ListServices" =>
                list_services(name: &$crate::names::ClusterName) -> Vec<String>;
            read LIST_TASKS = "ListTasks" =>
                list_tasks(name: &$crate::names::ClusterName) -> Vec<String>;
            read LIST_CONTAINER_INSTANCES = "ListContainerInstances" =>
                list_container_instances(name: &$crate::names::ClusterName) -> Vec<String>;
            write CREATE_CLUSTER = "CreateCluster" =>
                create_cluster(spec: &$crate::provider::ClusterSpec) -> $crate::provider::Cluster;
            write UPDATE_CLUSTER = "UpdateCluster" =>
                update_cluster(
                    name: &$crate::names::ClusterName,
                    update: &$crate::provider::ClusterUpdate
                ) -> ();
            write PUT_CLUSTER_CAPACITY_PROVIDERS = "PutClusterCapacityProviders" =>
                put_capacity_providers(
                    name: &$crate::names::ClusterName,
                    capacity: &$crate::provider::CapacityProviders
                ) -> ();
            write DELETE_CLUSTER = "DeleteCluster" =>
                delete_cluster(name: &$crate::names::ClusterName) -> ();
            write TAG_RESOURCE = "TagResource" =>
                tag_cluster(arn: &$crate::arn::Arn, tags: &$crate::tags::Tags) -> ();
            write UNTAG_RESOURCE = "UntagResource" =>
                untag_cluster(arn: &$crate::arn::Arn, keys: &[String]) -> ();
        }

        $callback! { $crate::provider::RoleProvider, roles, iam "AWS Identity and Access Management":
            read GET_ROLE = "GetRole" =>
                get_role(name: &$crate::names::RoleName) -> $crate::provider::Role;
            read LIST_ATTACHED_ROLE_POLICIES = "ListAttachedRolePolicies" =>
                list_attached_role_policies(
                    name: &$crate::names::RoleName
                ) -> Vec<$crate::provider::AttachedPolicy>;
            read LIST_ROLE_POLICIES = "ListRolePolicies" =>
                list_role_policies(name: &$crate::names::RoleName) -> Vec<String>;
            read GET_ROLE_POLICY = "GetRolePolicy" =>
                get_role_policy(
                    name: &$crate::names::RoleName,
                    policy: &$crate::names::PolicyName
                ) -> $crate::policy::PolicyText;
            read LIST_INSTANCE_PROFILES_FOR_ROLE = "ListInstanceProfilesForRole" =>
                list_instance_profiles_for_role(name: &$crate::names::RoleName) -> Vec<String>;
            read GET_OPEN_ID_CONNECT_PROVIDER = "GetOpenIDConnectProvider" =>
                get_open_id_connect_provider(
                    arn: &$crate::arn::Arn
                ) -> $crate::provider::OpenIdConnectProvider;
            write CREATE_ROLE = "CreateRole" =>
                create_role(spec: &$crate::provider::RoleSpec) -> $crate::provider::Role;
            write UPDATE_ROLE = "UpdateRole" =>
                update_role(
                    name: &$crate::names::RoleName,
                    seconds: u32,
                    description: Option<&str>
                ) -> ();
            write UPDATE_ASSUME_ROLE_POLICY = "UpdateAssumeRolePolicy" =>
                update_assume_role_policy(
                    name: &$crate::names::RoleName,
                    trust: &$crate::policy::PolicyDocument
                ) -> ();
            write PUT_ROLE_PERMISSIONS_BOUNDARY = "PutRolePermissionsBoundary" =>
                put_role_permissions_boundary(
                    name: &$crate::names::RoleName,
                    policy: &$crate::arn::Arn
                ) -> ();
            write DELETE_ROLE_PERMISSIONS_BOUNDARY = "DeleteRolePermissionsBoundary" =>
                delete_role_permissions_boundary(name: &$crate::names::RoleName) -> ();
            write DELETE_ROLE = "DeleteRole" =>
                delete_role(name: &$crate::names::RoleName) -> ();
            write ATTACH_ROLE_POLICY = "AttachRolePolicy" =>
                attach_role_policy(
                    name: &$crate::names::RoleName,
                    policy: &$crate::arn::Arn
                ) -> ();
            write DETACH_ROLE_POLICY = "DetachRolePolicy" =>
                detach_role_policy(name: &$crate::names::RoleName, policy: &str) -> ();
            write PUT_ROLE_POLICY = "PutRolePolicy" =>
                put_role_policy(
                    name: &$crate::names::RoleName,
                    policy: &$crate::names::PolicyName,
                    document: &$crate::policy::PolicyDocument
                ) -> ();
            write DELETE_ROLE_POLICY = "DeleteRolePolicy" =>
                delete_role_policy(name: &$crate::names::RoleName, policy: &str) -> ();
            write TAG_ROLE = "TagRole" =>
                tag_role(name: &$crate::names::RoleName, tags: &$crate::tags::Tags) -> ();
            write UNTAG_ROLE = "UntagRole" =>
                untag_role(name: &$crate::names::RoleName, keys: &[String]) -> ();
        }

        $callback! { $crate::provider::RepositoryProvider, repositories, ecr "Amazon Elastic Container Registry":
            read DESCRIBE_REPOSITORIES = "DescribeRepositories" =>
                describe_repository(
                    name: &$crate::names::RepositoryName
                ) -> $crate::provider::Repository;
            read GET_REPOSITORY_POLICY = "GetRepositoryPolicy" =>
                get_repository_policy(
                    name: &$crate::names::RepositoryName
                ) -> $crate::policy::PolicyText;
            read GET_LIFECYCLE_POLICY = "GetLifecyclePolicy" =>
                get_lifecycle_policy(name: &$crate::names::RepositoryName) -> String;
            read LIST_TAGS_FOR_RESOURCE = "ListTagsForResource" =>
                list_repository_tags(arn: &$crate::arn::Arn) -> $crate::tags::Tags;
            read LIST_IMAGES = "ListImages" =>
                count_images(name: &$crate::names::RepositoryName) -> u64;
            write CREATE_REPOSITORY = "CreateRepository" =>
                create_repository(
                    spec: &$crate::provider::RepositorySpec
                ) -> $crate::provider::Repository;
            write DELETE_REPOSITORY = "DeleteRepository" =>
                delete_repository(name: &$crate::names::RepositoryName, force: bool) -> ();
            write SET_REPOSITORY_POLICY = "SetRepositoryPolicy" =>
                set_repository_policy(
                    name: &$crate::names::RepositoryName,
                    policy: &$crate::policy::PolicyDocument
                ) -> ();
            write DELETE_REPOSITORY_POLICY = "DeleteRepositoryPolicy" =>
                delete_repository_policy(name: &$crate::names::RepositoryName) -> ();
            write PUT_IMAGE_TAG_MUTABILITY = "PutImageTagMutability" =>
                put_image_tag_mutability(
                    name: &$crate::names::RepositoryName,
                    mutability: &$crate::provider::TagMutability
                ) -> ();
            write PUT_IMAGE_SCANNING_CONFIGURATION = "PutImageScanningConfiguration" =>
                put_image_scanning_configuration(
                    name: &$crate::names::RepositoryName,
                    scan_on_push: bool
                ) -> ();
            write PUT_LIFECYCLE_POLICY = "PutLifecyclePolicy" =>
                put_lifecycle_policy(name: &$crate::names::RepositoryName, text: &str) -> ();
            write DELETE_LIFECYCLE_POLICY = "DeleteLifecyclePolicy" =>
                delete_lifecycle_policy(name: &$crate::names::RepositoryName) -> ();
            write TAG_RESOURCE = "TagResource" =>
                tag_repository(arn: &$crate::arn::Arn, tags: &$crate::tags::Tags) -> ();
            write UNTAG_RESOURCE = "UntagResource" =>
                untag_repository(arn: &$crate::arn::Arn, keys: &[String]) -> ();
        }

        $callback! { $crate::provider::LogGroupProvider, log_groups, logs "Amazon CloudWatch Logs":
            read DESCRIBE_LOG_GROUPS = "DescribeLogGroups" =>
                describe_log_group(name: &$crate::names::LogGroupName) -> $crate::provider::LogGroup;
            read DESCRIBE_LOG_STREAMS = "DescribeLogStreams" =>
                count_log_streams(name: &$crate::names::LogGroupName, at_most: u64) -> u64;
            read LIST_TAGS_FOR_RESOURCE = "ListTagsForResource" =>
                list_log_group_tags(arn: &$crate::arn::Arn) -> $crate::tags::Tags;
            write CREATE_LOG_GROUP = "CreateLogGroup" =>
                create_log_group(spec: &$crate::provider::LogGroupSpec) -> ();
            write DELETE_LOG_GROUP = "DeleteLogGroup" =>
                delete_log_group(name: &$crate::names::LogGroupName) -> ();
            write PUT_RETENTION_POLICY = "PutRetentionPolicy" =>
                put_retention_policy(
                    name: &$crate::names::LogGroupName,
                    days: $crate::provider::RetentionDays
                ) -> ();
            write DELETE_RETENTION_POLICY = "DeleteRetentionPolicy" =>
                delete_retention_policy(name: &$crate::names::LogGroupName) -> ();
            write ASSOCIATE_KMS_KEY = "AssociateKmsKey" =>
                associate_kms_key(name: &$crate::names::LogGroupName, key: &$crate::arn::Arn) -> ();
            write DISASSOCIATE_KMS_KEY = "DisassociateKmsKey" =>
                disassociate_kms_key(name: &$crate::names::LogGroupName) -> ();
            write PUT_LOG_GROUP_DELETION_PROTECTION = "PutLogGroupDeletionProtection" =>
                put_deletion_protection(name: &$crate::names::LogGroupName, enabled: bool) -> ();
            write TAG_RESOURCE = "TagResource" =>
                tag_log_group(arn: &$crate::arn::Arn, tags: &$crate::tags::Tags) -> ();
            write UNTAG_RESOURCE = "UntagResource" =>
                untag_log_group(arn: &$crate::arn::Arn, keys: &[String]) -> ();
        }
    };
}
