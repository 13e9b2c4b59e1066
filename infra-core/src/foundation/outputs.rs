//! The eight outputs, with the names from Terraform's tutorial.

use super::desired::Resolved;

/// Names and values of the outputs, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs([(&'static str, String); 8]);

impl Outputs {
    /// The names, in order.
    pub const NAMES: [&'static str; 8] = [
        "ecs_cluster_id",
        "ecs_cluster_arn",
        "ecs_execution_role_arn",
        "ecs_task_role_arn",
        "ecr_repository_url",
        "ecr_repository_arn",
        "cloudwatch_log_group_name",
        "cloudwatch_log_group_arn",
    ];

    pub(super) fn new(resolved: &Resolved) -> Self {
        let Resolved { cluster, execution_role, task_role, repository, log_group } = resolved;
        let values = [
            cluster.arn.to_string(),
            cluster.arn.to_string(),
            execution_role.arn.to_string(),
            task_role.arn.to_string(),
            repository.uri.clone(),
            repository.arn.to_string(),
            log_group.spec.name.to_string(),
            log_group.arn.to_string(),
        ];
        let mut values = values.into_iter();
        Self(Self::NAMES.map(|name| (name, values.next().unwrap_or_default())))
    }

    /// Iterates over names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Returns the value of an output.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}
