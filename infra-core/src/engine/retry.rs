//! The one table of waits: which refusals pass by themselves, how long that may take, and what to say.
//!
//! Throttling, failures of the service and connection trouble are not here: the SDK's retryer below the
//! provider traits deals with them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

use super::calls::Fresh;
use crate::error::{Error, ErrorKind};
use crate::operation::{Operation, ecr, ecs, iam, logs};

const MINUTE: Duration = Duration::from_mins(1);

/// A refusal to judge: what was called, what came back, and what this run did before.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// What was called.
    pub operation: Operation,
    /// What came back.
    pub error: &'a Error,
    /// What this run did before.
    pub fresh: Fresh,
}

impl Refusal<'_> {
    fn says(&self, words: &str) -> bool {
        self.error.message().contains(words)
    }

    fn code(&self, code: &str) -> bool {
        self.error.code() == Some(code)
    }
}

/// A refusal that passes by itself.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What the row is called in tests.
    pub name: &'static str,
    /// What is waited for, as in "waiting for ...".
    pub waiting_for: &'static str,
    /// How long at most.
    pub limit: Duration,
    /// What to do when that was not enough.
    pub hint: &'static str,
    matches: fn(&Refusal<'_>) -> bool,
}

/// Every row. The words are AWS's own; the threads are listed with the behaviour of each service in
/// hashicorp/terraform-provider-aws, whose waits these bounds follow.
const ROWS: &[Row] = &[
    Row {
        name: "repository-policy-principal",
        waiting_for: "IAM to make the role known to ECR",
        limit: MINUTE.saturating_mul(2),
        hint: "check that every principal of the repository policy exists, and run again",
        // hashicorp/terraform-provider-aws#39064 gives both texts.
        matches: |refusal| {
            refusal.operation == ecr::SET_REPOSITORY_POLICY
                && refusal.code("InvalidParameterException")
                && (refusal.says("Principal not found")
                    || refusal.says("Invalid repository policy provided"))
        },
    },
    Row {
        name: "service-linked-role",
        waiting_for: "ECS to be able to use its service-linked role, made for the account's first cluster",
        limit: MINUTE.saturating_mul(2),
        hint: "allow the caller iam:CreateServiceLinkedRole, or have the role made with `aws iam \
               create-service-linked-role --aws-service-name ecs.amazonaws.com`, and run again",
        matches: |refusal| {
            refusal.operation == ecs::CREATE_CLUSTER
                && refusal.code("InvalidParameterException")
                && refusal.says("Unable to assume the service linked role")
        },
    },
    Row {
        name: "cluster-changing",
        waiting_for: "an earlier change of the cluster's capacity providers to settle",
        limit: MINUTE.saturating_mul(10),
        hint: "see the cluster's attachments with `aws ecs describe-clusters --include ATTACHMENTS`, \
               and run again",
        matches: |refusal| {
            refusal.operation.service() == "ecs"
                && refusal.operation != ecs::DELETE_CLUSTER
                && refusal.code("UpdateInProgressException")
        },
    },
    Row {
        name: "cluster-not-active",
        waiting_for: "the cluster to be done with being set up or deleted",
        limit: MINUTE.saturating_mul(10),
        hint: "see the cluster's status with `aws ecs describe-clusters`, and run again",
        // PROVISIONING or DEPROVISIONING; both end by themselves.
        matches: |refusal| {
            refusal.operation.service() == "ecs"
                && refusal.operation != ecs::DELETE_CLUSTER
                && refusal.error.kind() == ErrorKind::ChangeInProgress
                && !refusal.code("UpdateInProgressException")
        },
    },
    Row {
        name: "capacity-provider-in-use",
        waiting_for: "tasks to leave the capacity provider that is to be taken off the cluster",
        limit: MINUTE.saturating_mul(10),
        hint: "move services to another provider with `aws ecs update-service \
               --capacity-provider-strategy`, stop tasks that use it, or keep it in \
               cluster.capacity_providers, and run again",
        // A provider can be taken off "if it's not being used by any existing tasks":
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html.
        matches: |refusal| {
            refusal.operation == ecs::PUT_CLUSTER_CAPACITY_PROVIDERS
                && refusal.code("ResourceInUseException")
        },
    },
    Row {
        name: "cluster-draining",
        waiting_for: "the cluster's services, tasks and attachments to go",
        limit: MINUTE.saturating_mul(10),
        hint: "stop what runs on the cluster and run again",
        matches: |refusal| {
            refusal.operation == ecs::DELETE_CLUSTER
                && (refusal.error.kind() == ErrorKind::ChangeInProgress
                    || refusal.code("ClusterContainsTasksException")
                    || refusal.code("ClusterContainsServicesException")
                    || refusal.code("ClusterContainsContainerInstancesException"))
        },
    },
    Row {
        name: "role-concurrent-modification",
        waiting_for: "another change of the role to end",
        limit: MINUTE.saturating_mul(2),
        hint: "see who else changes the role, and run again",
        matches: |refusal| {
            refusal.operation.service() == "iam"
                && refusal.error.kind() == ErrorKind::ChangeInProgress
        },
    },
    Row {
        name: "trust-principal",
        waiting_for: "IAM to know the principal of the trust policy",
        limit: MINUTE.saturating_mul(2),
        hint: "check that every principal of the trust policy exists, and run again",
        matches: |refusal| {
            matches!(refusal.operation, iam::CREATE_ROLE | iam::UPDATE_ASSUME_ROLE_POLICY)
                && refusal.code("MalformedPolicyDocument")
                && refusal.says("Invalid principal in policy")
        },
    },
    Row {
        name: "role-delete-conflict",
        waiting_for: "IAM to see that the role's policies are gone",
        limit: MINUTE.saturating_mul(2),
        hint: "see what is left with `aws iam list-attached-role-policies`, and run again",
        // The plan has seen that nothing is left on the role but what it takes off itself, and what an earlier run
        // took off just before it was killed IAM may not have seen yet either: so what this run did says nothing.
        matches: |refusal| refusal.operation == iam::DELETE_ROLE && refusal.code("DeleteConflict"),
    },
    Row {
        name: "log-group-changing",
        waiting_for: "another operation on the log group to end",
        limit: MINUTE.saturating_mul(2),
        hint: "run again in a few minutes",
        matches: |refusal| {
            refusal.operation.service() == "logs" && refusal.code("OperationAbortedException")
        },
    },
    Row {
        name: "retention-denied-by-tags",
        waiting_for: "the new log group's tags to count in your permissions",
        limit: MINUTE,
        hint: "allow the caller logs:PutRetentionPolicy on the log group",
        // hashicorp/terraform-provider-aws#27028: policies with conditions on tags lag behind them.
        matches: |refusal| {
            refusal.operation == logs::PUT_RETENTION_POLICY
                && refusal.fresh.created
                && refusal.error.kind() == ErrorKind::AccessDenied
                && refusal.says("no identity-based policy allows")
        },
    },
    Row {
        name: "stale-not-found",
        waiting_for: "AWS to see what was just made",
        limit: MINUTE.saturating_mul(2),
        hint: "run again; if it is still not found, somebody else has removed it",
        matches: |refusal| {
            refusal.fresh.created
                && refusal.error.kind() == ErrorKind::NotFound
                // AttachRolePolicy says so of the policy, which this run did not make.
                && !refusal.says("is not attachable")
        },
    },
];

/// Which refusals are waited out. The default is every row there is.
#[derive(Clone, Debug)]
pub struct RetryTable(Vec<Row>);

impl Default for RetryTable {
    fn default() -> Self {
        Self(ROWS.to_vec())
    }
}

impl RetryTable {
    /// The rows, in the order in which a refusal is looked up: the first that fits counts.
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The table without the row of that name: a test shows with it that the row is needed.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|row| row.name != name);
        self
    }

    /// The first row that the refusal falls under.
    pub fn row(&self, refusal: &Refusal<'_>) -> Option<&Row> {
        self.0.iter().find(|row| (row.matches)(refusal))
    }
}

/// How long and how often each row has been waited for within one call: a refusal that follows another has
/// the whole bound of its own row before it.
#[derive(Debug, Default)]
pub(super) struct Patience {
    rows: Vec<Spent>,
    /// The row of the last refusal, and when that came.
    current: Option<(usize, Instant)>,
}

#[derive(Debug)]
struct Spent {
    row: &'static str,
    attempts: u32,
    elapsed: Duration,
}

impl Patience {
    /// Takes note of a refusal; gives how many of that row came before, and how long they have been waited
    /// for. The time from one refusal to the next counts for the row of the first.
    pub(super) fn refused_by(&mut self, row: &'static str) -> (u32, Duration) {
        let now = Instant::now();
        if let Some((index, since)) = self.current
            && let Some(spent) = self.rows.get_mut(index)
        {
            spent.attempts += 1;
            spent.elapsed += now - since;
        }
        let index = self.rows.iter().position(|spent| spent.row == row).unwrap_or_else(|| {
            self.rows.push(Spent { row, attempts: 0, elapsed: Duration::ZERO });
            self.rows.len() - 1
        });
        self.current = Some((index, now));
        let Spent { row: _, attempts, elapsed } = self.rows[index];
        (attempts, elapsed)
    }
}

/// How long to wait before attempt `attempt` (from 0): 0.25 s, doubled up to 5 s, less up to a quarter.
///
/// What is taken off follows from `key`, so that resources that wait together do not call together, and a
/// run repeats exactly.
pub(super) fn delay(attempt: u32, key: impl Hash) -> Duration {
    let full = Duration::from_millis(250).saturating_mul(1 << attempt.min(5));
    let full = full.min(Duration::from_secs(5));
    let mut hasher = DefaultHasher::new();
    (attempt, key).hash(&mut hasher);
    let permille = u32::try_from(hasher.finish() % 250).unwrap_or(0);
    full.saturating_mul(1000 - permille) / 1000
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::{Fresh, Refusal, RetryTable, delay};
    use crate::error::Error;
    use crate::operation::{Operation, ecr, ecs, iam, logs};

    fn row(operation: Operation, code: &str, message: &str, fresh: Fresh) -> Option<&'static str> {
        let error = Error::from_aws(operation, code, message, Some(400));
        RetryTable::default().row(&Refusal { operation, error: &error, fresh }).map(|row| row.name)
    }

    const OLD: Fresh = Fresh { created: false };
    const CREATED: Fresh = Fresh { created: true };

    /// What is called, the code and words of the refusal, what the run did before, and the row.
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
    fn each_row_matches_aws_s_words_and_nothing_near_them() {
        let mut seen = BTreeSet::new();
        for (operation, code, message, fresh, expected) in CASES {
            assert_eq!(
                row(*operation, code, message, *fresh),
                *expected,
                "{operation} {code} {message}"
            );
            seen.extend(*expected);
        }
        let all: BTreeSet<_> = RetryTable::default().rows().iter().map(|row| row.name).collect();
        assert_eq!(seen, all, "every row has a case");
    }

    #[test]
    fn delays_grow_to_a_bound_and_differ_between_resources() {
        for attempt in 0..40 {
            let wait = delay(attempt, "a");
            assert!(wait >= Duration::from_millis(187) && wait <= Duration::from_secs(5));
        }
        assert!(delay(6, "a") > Duration::from_millis(3700));
        assert_ne!(delay(3, "a"), delay(3, "b"));
        assert_eq!(delay(3, "a"), delay(3, "a"));
    }
}
