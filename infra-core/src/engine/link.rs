//! Orders steps by the dependencies of their resources, and reports invalid dependencies.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Address, Blocker, Declaration, Phase, Step, StepId};

/// Returns the errors in the resources' declarations: duplicate addresses, dependencies on unknown
/// resources, and cycles. If there are any errors, the steps cannot be ordered.
pub(super) fn wiring_errors(declarations: &[Declaration]) -> Vec<Blocker> {
    let mut known: BTreeMap<&Address, &Declaration> = BTreeMap::new();
    let mut wrong = Vec::new();
    for node in declarations {
        if let Some(first) = known.insert(&node.address, node) {
            wrong.push(Blocker {
                address: node.address.clone(),
                message: format!(
                    "two resources have this address: {} and {}",
                    first.name, node.name
                ),
                hint: "use unique addresses, for example with Address::keyed".to_owned(),
                remedy: None,
            });
        }
    }
    for node in declarations {
        for on in node.depends_on.iter().filter(|on| !known.contains_key(on)) {
            wrong.push(Blocker {
                address: node.address.clone(),
                message: format!(
                    "the resource depends on {on}, but no component in the stack declares {on}"
                ),
                hint: format!(
                    "add the component that declares {on}, or remove {on} from depends_on"
                ),
                remedy: None,
            });
        }
    }
    let edges = |address: &&Address| {
        known.get(address).into_iter().flat_map(|node| node.depends_on.iter()).collect()
    };
    let circle = circle(declarations.iter().map(|node| &node.address), edges);
    if let Some(circle) = circle {
        wrong.push(Blocker {
            address: circle[0].clone(),
            message: format!("the resource depends on itself: {}", arrows(&circle)),
            hint: "remove one of these dependencies".to_owned(),
            remedy: None,
        });
    }
    wrong
}

/// Adds to each step the requirements that follow from phases and dependencies.
///
/// - The phases of a resource run in this order: prepare, remove, establish, adjust.
/// - A resource is established or adjusted after its dependencies have been established.
/// - A resource is removed after the resources that depend on it have been removed, unless
///   `released` contains the pair (dependent, dependency).
///
/// Returns a blocker if the steps cannot be ordered. This can happen even if the dependencies have
/// no cycle, because a step can change several resources.
pub(super) fn link(
    declarations: &[Declaration],
    released: &[(Address, Address)],
    steps: &mut [Step],
) -> Option<Blocker> {
    let depends_on: BTreeMap<&Address, &[Address]> =
        declarations.iter().map(|node| (&node.address, node.depends_on.as_slice())).collect();
    let edges = |dependent: &Step, on: &Step, counts: &dyn Fn(&Address, &Address) -> bool| {
        dependent.addresses().any(|from| {
            let edges = depends_on.get(from).copied().unwrap_or_default();
            on.addresses().any(|to| edges.contains(to) && counts(from, to))
        })
    };
    let depends = |dependent: &Step, on: &Step| edges(dependent, on, &|_, _| true);
    let holds = |dependent: &Step, on: &Step| {
        let is_released = |from: &Address, to: &Address| {
            released.iter().any(|(dependent, on)| dependent == from && on == to)
        };
        edges(dependent, on, &|from, to| !is_released(from, to))
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
            Phase::Remove => other.phase == Phase::Remove && holds(other, step),
            Phase::Prepare => false,
        }
    };
    let requires: Vec<BTreeSet<StepId>> = steps
        .iter()
        .map(|step| {
            let others = steps.iter().filter(|other| other.id != step.id && waits(step, other));
            others.map(|other| other.id).chain(step.requires.iter().copied()).collect()
        })
        .collect();
    for (step, requires) in steps.iter_mut().zip(requires) {
        step.requires = requires.into_iter().collect();
    }
    let edges = |id: &StepId| steps.get(id.0).map(|step| step.requires.clone()).unwrap_or_default();
    let circle = circle(steps.iter().map(|step| step.id), edges)?;
    let circle: Vec<&Step> = circle.iter().filter_map(|id| steps.get(id.0)).collect();
    let names = circle.iter().map(|step| format!("{} for {}", step.operation, step.address));
    Some(Blocker {
        address: circle.first()?.address.clone(),
        message: format!(
            "the resource's steps are part of a dependency cycle: {}",
            arrows(&names.collect::<Vec<_>>())
        ),
        hint: "remove a dependency, or split the step that changes several resources".to_owned(),
        remedy: None,
    })
}

fn arrows<T: ToString>(circle: &[T]) -> String {
    circle.iter().map(ToString::to_string).collect::<Vec<_>>().join(" -> ")
}

/// Returns the first cycle in a graph, with its first node repeated at the end.
fn circle<N: Copy + Ord>(
    nodes: impl IntoIterator<Item = N>,
    edges: impl Fn(&N) -> Vec<N>,
) -> Option<Vec<N>> {
    let mut settled = BTreeSet::new();
    for node in nodes {
        // The nodes on the path from `node` to the current node, each with its unvisited edges.
        let mut way = vec![(node, edges(&node))];
        while let Some((at, open)) = way.last_mut() {
            let Some(next) = open.pop() else {
                settled.insert(*at);
                way.pop();
                continue;
            };
            if let Some(start) = way.iter().position(|(passed, _)| *passed == next) {
                let circle = way[start..].iter().map(|(passed, _)| *passed);
                return Some(circle.chain([next]).collect());
            }
            if !settled.contains(&next) {
                way.push((next, edges(&next)));
            }
        }
    }
    None
}
