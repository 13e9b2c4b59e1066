//! The AWS operations behind the provider traits, under AWS's own names.

use std::fmt;

use serde::{Serialize, Serializer};

/// An operation of an AWS service, for example `ecs:CreateCluster`.
///
/// Operations identify calls in errors, the retry table, events and call counts. The constants in
/// the submodules cover the services that the foundation uses. Other crates define their own
/// operations with [`Operation::read`] and [`Operation::write`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    service: &'static str,
    name: &'static str,
    changes: bool,
}

impl Operation {
    /// Creates an operation that only reads.
    ///
    /// `service` is the prefix that IAM actions use (`ecs`, `iam`, `ecr`, `logs`, `sts`).
    pub const fn read(service: &'static str, name: &'static str) -> Self {
        Self { service, name, changes: false }
    }

    /// Creates an operation that changes something in AWS.
    pub const fn write(service: &'static str, name: &'static str) -> Self {
        Self { service, name, changes: true }
    }

    /// Returns the service, as IAM actions spell it.
    pub const fn service(self) -> &'static str {
        self.service
    }

    /// Returns the operation's name, as the service's API reference spells it.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns whether the operation changes something in AWS.
    pub const fn changes(self) -> bool {
        self.changes
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! operations {
    ($(#[$doc:meta])* $module:ident, $service:literal: $($kind:ident $constant:ident = $name:literal;)+) => {
        $(#[$doc])*
        pub mod $module {
            use super::Operation;
            $(
                #[doc = concat!("`", $service, ":", $name, "`.")]
                pub const $constant: Operation = Operation::$kind($service, $name);
            )+
            /// Every operation in this module.
            pub const ALL: &[Operation] = &[$($constant),+];
        }
    };
}

operations! {
    /// AWS Security Token Service.
    sts, "sts":
    read GET_CALLER_IDENTITY = "GetCallerIdentity";
}

operations! {
    /// Amazon Elastic Container Service.
    ecs, "ecs":
    read DESCRIBE_CLUSTERS = "DescribeClusters";
    read LIST_SERVICES = "ListServices";
    read LIST_TASKS = "ListTasks";
    read LIST_CONTAINER_INSTANCES = "ListContainerInstances";
    write CREATE_CLUSTER = "CreateCluster";
    write UPDATE_CLUSTER = "UpdateCluster";
    write PUT_CLUSTER_CAPACITY_PROVIDERS = "PutClusterCapacityProviders";
    write DELETE_CLUSTER = "DeleteCluster";
    write TAG_RESOURCE = "TagResource";
    write UNTAG_RESOURCE = "UntagResource";
}

operations! {
    /// AWS Identity and Access Management.
    iam, "iam":
    read GET_ROLE = "GetRole";
    read LIST_ATTACHED_ROLE_POLICIES = "ListAttachedRolePolicies";
    read LIST_ROLE_POLICIES = "ListRolePolicies";
    read GET_ROLE_POLICY = "GetRolePolicy";
    read LIST_INSTANCE_PROFILES_FOR_ROLE = "ListInstanceProfilesForRole";
    read GET_OPEN_ID_CONNECT_PROVIDER = "GetOpenIDConnectProvider";
    write CREATE_ROLE = "CreateRole";
    write UPDATE_ROLE = "UpdateRole";
    write UPDATE_ASSUME_ROLE_POLICY = "UpdateAssumeRolePolicy";
    write PUT_ROLE_PERMISSIONS_BOUNDARY = "PutRolePermissionsBoundary";
    write DELETE_ROLE_PERMISSIONS_BOUNDARY = "DeleteRolePermissionsBoundary";
    write DELETE_ROLE = "DeleteRole";
    write ATTACH_ROLE_POLICY = "AttachRolePolicy";
    write DETACH_ROLE_POLICY = "DetachRolePolicy";
    write PUT_ROLE_POLICY = "PutRolePolicy";
    write DELETE_ROLE_POLICY = "DeleteRolePolicy";
    write TAG_ROLE = "TagRole";
    write UNTAG_ROLE = "UntagRole";
}

operations! {
    /// Amazon Elastic Container Registry.
    ecr, "ecr":
    read DESCRIBE_REPOSITORIES = "DescribeRepositories";
    read GET_REPOSITORY_POLICY = "GetRepositoryPolicy";
    read GET_LIFECYCLE_POLICY = "GetLifecyclePolicy";
    read LIST_TAGS_FOR_RESOURCE = "ListTagsForResource";
    read LIST_IMAGES = "ListImages";
    write CREATE_REPOSITORY = "CreateRepository";
    write DELETE_REPOSITORY = "DeleteRepository";
    write SET_REPOSITORY_POLICY = "SetRepositoryPolicy";
    write DELETE_REPOSITORY_POLICY = "DeleteRepositoryPolicy";
    write PUT_IMAGE_TAG_MUTABILITY = "PutImageTagMutability";
    write PUT_IMAGE_SCANNING_CONFIGURATION = "PutImageScanningConfiguration";
    write PUT_LIFECYCLE_POLICY = "PutLifecyclePolicy";
    write DELETE_LIFECYCLE_POLICY = "DeleteLifecyclePolicy";
    write TAG_RESOURCE = "TagResource";
    write UNTAG_RESOURCE = "UntagResource";
}

operations! {
    /// Amazon CloudWatch Logs.
    logs, "logs":
    read DESCRIBE_LOG_GROUPS = "DescribeLogGroups";
    read DESCRIBE_LOG_STREAMS = "DescribeLogStreams";
    read LIST_TAGS_FOR_RESOURCE = "ListTagsForResource";
    write CREATE_LOG_GROUP = "CreateLogGroup";
    write DELETE_LOG_GROUP = "DeleteLogGroup";
    write PUT_RETENTION_POLICY = "PutRetentionPolicy";
    write DELETE_RETENTION_POLICY = "DeleteRetentionPolicy";
    write ASSOCIATE_KMS_KEY = "AssociateKmsKey";
    write DISASSOCIATE_KMS_KEY = "DisassociateKmsKey";
    write PUT_LOG_GROUP_DELETION_PROTECTION = "PutLogGroupDeletionProtection";
    write TAG_RESOURCE = "TagResource";
    write UNTAG_RESOURCE = "UntagResource";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ecr, ecs, iam, logs, sts};

    #[test]
    fn operation_constants_are_distinct() {
        let all: Vec<_> =
            [sts::ALL, ecs::ALL, iam::ALL, ecr::ALL, logs::ALL].into_iter().flatten().collect();
        let distinct: BTreeSet<_> = all.iter().map(std::string::ToString::to_string).collect();
        assert_eq!(distinct.len(), all.len());
    }
}
