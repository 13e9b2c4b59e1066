//! The rows of the retry table for the AWS services that a foundation uses.

use std::time::Duration;

use crate::engine::{RetryTable, Row};
use crate::error::ErrorKind;
use crate::operation::{ecr, ecs, iam, logs};

const MINUTE: Duration = Duration::from_mins(1);

/// Returns the retry table for the foundation's stack.
pub fn table() -> RetryTable {
    RetryTable::default().with(ROWS.iter().copied())
}

/// All rows of the table. The error messages come from AWS; the limits are based on
/// hashicorp/terraform-provider-aws.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "repository-policy-principal",
        waiting_for: "IAM to make the role known to ECR",
        limit: MINUTE.saturating_mul(2),
        hint: "check that every principal in the repository policy exists, then run again",
        // Both messages are reported in hashicorp/terraform-provider-aws#39064.
        matches: |refusal| {
            refusal.operation == ecr::SET_REPOSITORY_POLICY
                && refusal.has_code("InvalidParameterException")
                && (refusal.says("Principal not found")
                    || refusal.says("Invalid repository policy provided"))
        },
    },
    Row {
        name: "service-linked-role",
        waiting_for: "ECS to assume its service-linked role, which is created with the account's first cluster",
        limit: MINUTE.saturating_mul(2),
        hint: "grant the caller iam:CreateServiceLinkedRole, or create the role with `aws iam \
               create-service-linked-role --aws-service-name ecs.amazonaws.com`, then run again",
        matches: |refusal| {
            refusal.operation == ecs::CREATE_CLUSTER
                && refusal.has_code("InvalidParameterException")
                && refusal.says("Unable to assume the service linked role")
        },
    },
    Row {
        name: "cluster-changing",
        waiting_for: "an earlier change to the cluster's capacity providers to complete",
        limit: MINUTE.saturating_mul(10),
        hint: "check the cluster's attachments with `aws ecs describe-clusters --include ATTACHMENTS`, \
               then run again",
        matches: |refusal| {
            refusal.operation.service() == "ecs"
                && refusal.operation != ecs::DELETE_CLUSTER
                && refusal.has_code("UpdateInProgressException")
        },
    },
    Row {
        name: "cluster-not-active",
        waiting_for: "the cluster to finish provisioning or deprovisioning",
        limit: MINUTE.saturating_mul(10),
        hint: "check the cluster's status with `aws ecs describe-clusters`, then run again",
        // The cluster is PROVISIONING or DEPROVISIONING. It leaves either state on its own.
        matches: |refusal| {
            refusal.operation.service() == "ecs"
                && refusal.operation != ecs::DELETE_CLUSTER
                && refusal.error.kind() == ErrorKind::ChangeInProgress
                && !refusal.has_code("UpdateInProgressException")
        },
    },
    Row {
        name: "capacity-provider-in-use",
        waiting_for: "tasks to stop using the capacity provider that is being removed",
        limit: MINUTE.saturating_mul(10),
        hint: "move services to another provider with `aws ecs update-service \
               --capacity-provider-strategy`, stop tasks that use it, or keep it among the cluster's \
               capacity providers, then run again",
        // A provider can be removed "if it's not being used by any existing tasks":
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html.
        matches: |refusal| {
            refusal.operation == ecs::PUT_CLUSTER_CAPACITY_PROVIDERS
                && refusal.has_code("ResourceInUseException")
        },
    },
    Row {
        name: "cluster-draining",
        waiting_for: "the cluster's services, tasks and attachments to be removed",
        limit: MINUTE.saturating_mul(10),
        hint: "stop everything that is running in the cluster, then run again",
        matches: |refusal| {
            refusal.operation == ecs::DELETE_CLUSTER
                && (refusal.error.kind() == ErrorKind::ChangeInProgress
                    || refusal.has_code("ClusterContainsTasksException")
                    || refusal.has_code("ClusterContainsServicesException")
                    || refusal.has_code("ClusterContainsContainerInstancesException"))
        },
    },
    Row {
        name: "role-concurrent-modification",
        waiting_for: "another change to the role to finish",
        limit: MINUTE.saturating_mul(2),
        hint: "check who else is changing the role, then run again",
        matches: |refusal| {
            refusal.operation.service() == "iam"
                && refusal.error.kind() == ErrorKind::ChangeInProgress
        },
    },
    Row {
        name: "trust-principal",
        waiting_for: "IAM to find the principal in the trust policy",
        limit: MINUTE.saturating_mul(2),
        hint: "check that every principal in the trust policy exists, then run again",
        matches: |refusal| {
            matches!(refusal.operation, iam::CREATE_ROLE | iam::UPDATE_ASSUME_ROLE_POLICY)
                && refusal.has_code("MalformedPolicyDocument")
                && refusal.says("Invalid principal in policy")
        },
    },
    Row {
        name: "role-delete-conflict",
        waiting_for: "the removal of the role's policies to become visible",
        limit: MINUTE.saturating_mul(2),
        hint: "check the remaining policies with `aws iam list-attached-role-policies`, then run again",
        // Planning has already checked that nothing other than policies prevents the deletion. An
        // interrupted earlier run may have detached the policies, so this row applies even if the
        // current run has not detached any.
        matches: |refusal| {
            refusal.operation == iam::DELETE_ROLE && refusal.has_code("DeleteConflict")
        },
    },
    Row {
        name: "log-group-changing",
        waiting_for: "another operation on the log group to finish",
        limit: MINUTE.saturating_mul(2),
        hint: "run again in a few minutes",
        matches: |refusal| {
            refusal.operation.service() == "logs" && refusal.has_code("OperationAbortedException")
        },
    },
    Row {
        name: "retention-denied-by-tags",
        waiting_for: "IAM to apply permissions based on the new log group's tags",
        limit: MINUTE,
        hint: "grant the caller logs:PutRetentionPolicy on the log group",
        // hashicorp/terraform-provider-aws#27028: permissions that depend on tags take effect only
        // after a delay.
        matches: |refusal| {
            refusal.operation == logs::PUT_RETENTION_POLICY
                && refusal.fresh.created
                && refusal.error.kind() == ErrorKind::AccessDenied
                && refusal.says("no identity-based policy allows")
        },
    },
    Row {
        name: "stale-not-found",
        waiting_for: "the new resource to become visible",
        limit: MINUTE.saturating_mul(2),
        hint: "run again; if the resource is still not found, someone else has deleted it",
        matches: |refusal| {
            refusal.fresh.created
                && refusal.error.kind() == ErrorKind::NotFound
                // AttachRolePolicy returns this message if the managed policy does not exist. A
                // foundation never creates managed policies, so waiting would not help.
                && !refusal.says("is not attachable")
        },
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::table;
    use crate::engine::{Fresh, Refusal};
    use crate::error::Error;
    use crate::operation::{Operation, ecr, ecs, iam, logs};

    fn row(operation: Operation, code: &str, message: &str, fresh: Fresh) -> Option<&'static str> {
        let error = Error::from_aws(operation, code, message, Some(400));
        table().row(&Refusal { operation, error: &error, fresh }).map(|row| row.name)
    }

    const OLD: Fresh = Fresh { created: false };
    const CREATED: Fresh = Fresh { created: true };

    /// Each case has an operation, an error code, a message, `CREATED` or `OLD` for the resource,
    /// and the name of the row that matches, if there is one.
    const CASES: &[(Operation, &str, &str, Fresh, Option<&str>)] = &[
        (
            ecr::SET_REPOSITORY_POLICY,
            "InvalidParameterException",
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
            OLD,
            Some("repository-policy-principal"),
        ),
        (
            ecr::SET_REPOSITORY_POLICY,
            "InvalidParameterException",
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository \
                 policy provided'",
            OLD,
            Some("repository-policy-principal"),
        ),
        (ecr::SET_REPOSITORY_POLICY, "InvalidParameterException", "too long", OLD, None),
        (
            ecs::CREATE_CLUSTER,
            "InvalidParameterException",
            "Unable to assume the service linked role. Please verify that the ECS service linked \
                 role exists.",
            OLD,
            Some("service-linked-role"),
        ),
        (ecs::CREATE_CLUSTER, "InvalidParameterException", "bad name", OLD, None),
        (
            ecs::PUT_CLUSTER_CAPACITY_PROVIDERS,
            "UpdateInProgressException",
            "",
            OLD,
            Some("cluster-changing"),
        ),
        (
            ecs::PUT_CLUSTER_CAPACITY_PROVIDERS,
            "ResourceInUseException",
            "The specified capacity provider is in use and cannot be removed.",
            OLD,
            Some("capacity-provider-in-use"),
        ),
        (
            ecs::PUT_CLUSTER_CAPACITY_PROVIDERS,
            "ClientException",
            "Cluster was not ACTIVE.",
            OLD,
            Some("cluster-not-active"),
        ),
        (
            ecs::CREATE_CLUSTER,
            "ClientException",
            "Cluster was not ACTIVE.",
            OLD,
            Some("cluster-not-active"),
        ),
        (
            ecs::DELETE_CLUSTER,
            "ClientException",
            "Cluster was not ACTIVE.",
            OLD,
            Some("cluster-draining"),
        ),
        (ecs::TAG_RESOURCE, "ResourceInUseException", "", OLD, None),
        (ecs::DELETE_CLUSTER, "UpdateInProgressException", "", OLD, Some("cluster-draining")),
        (ecs::DELETE_CLUSTER, "ClusterContainsTasksException", "", OLD, Some("cluster-draining")),
        (
            ecs::DELETE_CLUSTER,
            "ClusterContainsServicesException",
            "",
            OLD,
            Some("cluster-draining"),
        ),
        (
            ecs::DELETE_CLUSTER,
            "ClusterContainsContainerInstancesException",
            "",
            OLD,
            Some("cluster-draining"),
        ),
        (
            iam::PUT_ROLE_POLICY,
            "ConcurrentModification",
            "",
            OLD,
            Some("role-concurrent-modification"),
        ),
        (
            iam::CREATE_ROLE,
            "MalformedPolicyDocument",
            "Invalid principal in policy: \"AWS\":\"x\"",
            OLD,
            Some("trust-principal"),
        ),
        (iam::CREATE_ROLE, "MalformedPolicyDocument", "Syntax errors in policy.", OLD, None),
        (iam::DELETE_ROLE, "DeleteConflict", "", OLD, Some("role-delete-conflict")),
        (iam::DELETE_ROLE_POLICY, "DeleteConflict", "", OLD, None),
        (logs::CREATE_LOG_GROUP, "OperationAbortedException", "", OLD, Some("log-group-changing")),
        (
            logs::PUT_RETENTION_POLICY,
            "AccessDeniedException",
            "... because no identity-based policy allows the logs:PutRetentionPolicy action",
            CREATED,
            Some("retention-denied-by-tags"),
        ),
        (
            logs::PUT_RETENTION_POLICY,
            "AccessDeniedException",
            "... because no identity-based policy allows the logs:PutRetentionPolicy action",
            OLD,
            None,
        ),
        (iam::ATTACH_ROLE_POLICY, "NoSuchEntity", "", CREATED, Some("stale-not-found")),
        (iam::ATTACH_ROLE_POLICY, "NoSuchEntity", "", OLD, None),
        (
            iam::ATTACH_ROLE_POLICY,
            "NoSuchEntity",
            "Policy arn:aws:iam::aws:policy/X does not exist or is not attachable.",
            CREATED,
            None,
        ),
    ];

    #[test]
    fn each_row_matches_only_the_exact_aws_message() {
        let mut seen = BTreeSet::new();
        for (operation, code, message, fresh, expected) in CASES {
            assert_eq!(
                row(*operation, code, message, *fresh),
                *expected,
                "{operation} {code} {message}"
            );
            seen.extend(*expected);
        }
        let all: BTreeSet<_> = table().rows().iter().map(|row| row.name).collect();
        assert_eq!(seen, all, "every row has a case");
    }
}
