//! Removes one permission at a time from a policy, so that tests can show that every permission is
//! needed.

use std::collections::BTreeSet;

use infra_core::foundation::{OperatorPolicy, OperatorStatement};

/// A variant of a policy that lacks one of its permissions.
#[derive(Debug)]
pub struct ReducedPolicy {
    /// The action that is no longer allowed.
    pub action: String,
    /// The resource on which the action is no longer allowed.
    pub resource: String,
    /// The rest of the policy.
    pub policy: OperatorPolicy,
}

/// Returns one policy for each permission in `full`, with that permission removed. A permission is
/// one action on one resource. Where necessary, a statement is split to keep all other permissions.
pub fn reduced(full: &OperatorPolicy) -> Vec<ReducedPolicy> {
    let mut all = Vec::new();
    for (index, statement) in full.statements.iter().enumerate() {
        for action in &statement.actions {
            for resource in &statement.resources {
                let others = |set: &BTreeSet<String>, gone: &str| {
                    set.iter().filter(|one| *one != gone).cloned().collect::<BTreeSet<_>>()
                };
                let of_other_actions = OperatorStatement {
                    actions: others(&statement.actions, action),
                    ..statement.clone()
                };
                let on_other_resources = OperatorStatement {
                    sid: format!("{}Rest", statement.sid),
                    actions: [action.clone()].into(),
                    resources: others(&statement.resources, resource),
                    ..statement.clone()
                };
                let mut policy = full.clone();
                policy.statements.splice(index..=index, [of_other_actions, on_other_resources]);
                policy.statements.retain(|s| !s.actions.is_empty() && !s.resources.is_empty());
                all.push(ReducedPolicy {
                    action: action.clone(),
                    resource: resource.clone(),
                    policy,
                });
            }
        }
    }
    all
}
