//! The resources as a graph: Mermaid, DOT and SVG, the same to the byte for the same plan.

mod svg;

use infra_core::engine::{ChangeKind, Declaration, Plan};
use serde::Serialize;

use super::style::plain;

/// What the plan does with a resource, as the graph shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Mark {
    Create,
    Update,
    Replace,
    Delete,
    Adopt,
    NoOp,
    /// There but not ours: the plan does nothing with it, and cannot be carried out.
    Conflict,
}

impl Mark {
    const ALL: [Self; 7] = [
        Self::Create,
        Self::Update,
        Self::Replace,
        Self::Delete,
        Self::Adopt,
        Self::NoOp,
        Self::Conflict,
    ];

    fn of(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Create => Self::Create,
            ChangeKind::Update => Self::Update,
            ChangeKind::Replace => Self::Replace,
            ChangeKind::Delete => Self::Delete,
            ChangeKind::Adopt => Self::Adopt,
            ChangeKind::NoOp => Self::NoOp,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
            Self::NoOp => "no change",
            Self::Conflict => "not ours",
        }
    }

    /// The name of its class in Mermaid, which takes no space.
    fn class(self) -> String {
        self.name().replace(' ', "_")
    }

    /// Fill and border; black text reads well on each fill, and the action is written beside its colour.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Create => ("#d4f4dd", "#1a7f37"),
            Self::Update => ("#fff3c4", "#9a6700"),
            Self::Replace => ("#ffe0c2", "#bc4c00"),
            Self::Delete | Self::Conflict => ("#ffd7d5", "#cf222e"),
            Self::Adopt => ("#e8dcff", "#8250df"),
            Self::NoOp => ("#f3f4f6", "#57606a"),
        }
    }
}

/// The colours of a resource without a plan.
const PLAIN: (&str, &str) = ("#ffffff", "#24292f");

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Node {
    address: String,
    name: String,
    action: Option<Mark>,
}

impl Node {
    fn lines(&self) -> Vec<&str> {
        let action = self.action.map(Mark::name);
        [self.address.as_str(), self.name.as_str()].into_iter().chain(action).collect()
    }

    fn colours(&self) -> (&'static str, &'static str) {
        self.action.map_or(PLAIN, Mark::colours)
    }
}

/// An edge: one resource stands on another, which is made first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Edge {
    first: usize,
    then: usize,
}

/// The resources, what is done with them, and what is made before what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Graph {
    name: String,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl Graph {
    /// The graph of a stack; of its plan, where there is one.
    pub(crate) fn new(name: &str, declarations: &[Declaration], plan: Option<&Plan>) -> Self {
        let conflicts = |address: &str| {
            plan.is_some_and(|plan| plan.conflicts.iter().any(|it| it.address.as_str() == address))
        };
        let action = |address: &str| {
            if conflicts(address) {
                return Some(Mark::Conflict);
            }
            plan.and_then(|plan| plan.change(address)).map(|change| Mark::of(change.action))
        };
        let mut nodes: Vec<Node> = declarations
            .iter()
            .map(|Declaration { address, name, depends_on: _ }| Node {
                action: action(address.as_str()),
                address: address.to_string(),
                name: plain(name),
            })
            .collect();
        // What an earlier configuration left and the plan removes is declared by the plan alone.
        for change in plan.iter().flat_map(|plan| &plan.changes) {
            let address = change.address.to_string();
            if !nodes.iter().any(|node| node.address == address) {
                let action = Some(Mark::of(change.action));
                nodes.push(Node { address, name: plain(&change.name), action });
            }
        }
        let at = |address: &str| nodes.iter().position(|node| node.address == address);
        let edges = declarations.iter().flat_map(|declaration| {
            let then = at(declaration.address.as_str());
            declaration.depends_on.iter().filter_map(move |on| Some((on, then?)))
        });
        let edges = edges.filter_map(|(on, then)| Some(Edge { first: at(on.as_str())?, then }));
        Self { name: name.to_owned(), edges: edges.collect(), nodes }
    }

    /// For Markdown: GitHub and GitLab draw it.
    pub(crate) fn mermaid(&self) -> String {
        let mut lines = vec!["flowchart LR".to_owned()];
        for (index, node) in self.nodes.iter().enumerate() {
            // Mermaid has entities of its own, and quotes end a label.
            let label = node.lines().join("<br/>").replace('#', "#35;").replace('"', "#quot;");
            lines.push(format!("  n{index}[\"{label}\"]"));
        }
        lines.extend(
            self.edges.iter().map(|Edge { first, then }| format!("  n{first} --> n{then}")),
        );
        for mark in Mark::ALL {
            let members =
                self.nodes.iter().enumerate().filter(|(_, node)| node.action == Some(mark));
            let members: Vec<String> = members.map(|(index, _)| format!("n{index}")).collect();
            if !members.is_empty() {
                let ((fill, line), class) = (mark.colours(), mark.class());
                lines.push(format!("  classDef {class} fill:{fill},stroke:{line},color:#000"));
                lines.push(format!("  class {} {class}", members.join(",")));
            }
        }
        lines.join("\n") + "\n"
    }

    /// For Graphviz.
    pub(crate) fn dot(&self) -> String {
        let mut lines = vec![
            format!("digraph {} {{", quoted(&self.name)),
            "  rankdir=LR;".to_owned(),
            "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\"];".to_owned(),
        ];
        for node in &self.nodes {
            let (fill, line) = node.colours();
            // The line breaks of a label are escapes of DOT's own.
            let label: Vec<String> = node.lines().into_iter().map(escaped).collect();
            lines.push(format!(
                "  {} [label=\"{}\", fillcolor=\"{fill}\", color=\"{line}\"];",
                quoted(&node.address),
                label.join("\\n")
            ));
        }
        for Edge { first, then } in &self.edges {
            let (first, then) = (&self.nodes[*first].address, &self.nodes[*then].address);
            lines.push(format!("  {} -> {};", quoted(first), quoted(then)));
        }
        lines.join("\n") + "\n}\n"
    }

    /// A picture by itself.
    pub(crate) fn svg(&self) -> String {
        svg::draw(&self.nodes, &self.edges)
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}
