//! Turns drafted steps into a graph: which step waits for which, by the resources' edges.

use std::collections::BTreeMap;

use super::plan::{Address, Declaration, Phase, Step, StepId};

/// Fills in what each step requires.
///
/// - Within a resource: what prepares, then what removes, then what establishes, then what adjusts.
/// - A resource is established or adjusted after those that it depends on are established.
/// - A resource is removed after those that depend on it are removed.
pub(super) fn link(declarations: &[Declaration], steps: &mut [Step]) {
    let depends_on: BTreeMap<&Address, &[Address]> =
        declarations.iter().map(|node| (&node.address, node.depends_on.as_slice())).collect();
    let depends = |dependent: &Step, on: &Step| {
        dependent.addresses().any(|address| {
            let edges = depends_on.get(address).copied().unwrap_or_default();
            on.addresses().any(|address| edges.contains(address))
        })
    };
    let waits = |step: &Step, other: &Step| {
        let shared = step.addresses().any(|address| other.addresses().any(|a| a == address));
        if shared && other.phase < step.phase {
            return true;
        }
        match step.phase {
            Phase::Establish | Phase::Adjust => {
                other.phase == Phase::Establish && depends(step, other)
            }
            Phase::Remove => other.phase == Phase::Remove && depends(other, step),
            Phase::Prepare => false,
        }
    };
    let requires: Vec<Vec<StepId>> = steps
        .iter()
        .map(|step| {
            let others = steps.iter().filter(|other| other.id != step.id && waits(step, other));
            others.map(|other| other.id).collect()
        })
        .collect();
    for (step, requires) in steps.iter_mut().zip(requires) {
        step.requires = requires;
    }
}
