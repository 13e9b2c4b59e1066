//! Draws the resources as a graph in Mermaid, DOT or SVG format. The output for a given plan is
//! always the same, byte for byte.

mod svg;

use infra_core::engine::{ChangeKind, Declaration, Plan};
use serde::Serialize;

use super::style::plain;

/// The planned action for a resource in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Mark {
    Create,
    Update,
    Replace,
    Delete,
    Adopt,
    NoOp,
    /// The resource exists but is not managed by ecs-foundation, so the plan cannot be applied.
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
            Self::Conflict => "not managed",
        }
    }

    /// Returns the name of the Mermaid class, which cannot contain spaces.
    fn class(self) -> String {
        self.name().replace(' ', "_")
    }

    /// Returns the fill and border colors. Black text is readable on each fill color. The action is
    /// also shown as text, for readers who cannot tell the colors apart.
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

/// The colors for a resource if there is no plan.
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

/// A dependency: `then` depends on `first`, so `first` is created before `then`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Edge {
    first: usize,
    then: usize,
}

/// The resources with their planned actions and dependencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Graph {
    name: String,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl Graph {
    /// Builds the graph of a stack, with the actions of a plan if there is one.
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
        // Add resources that are no longer configured. The plan deletes them, but the stack does
        // not declare them.
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

    /// Returns the graph in Mermaid format, which GitHub and GitLab render in Markdown.
    pub(crate) fn mermaid(&self) -> String {
        let mut lines = vec!["flowchart LR".to_owned()];
        for (index, node) in self.nodes.iter().enumerate() {
            // Escape `#`, which starts a Mermaid entity, and `"`, which would end the label.
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

    /// Returns the graph in DOT format, for Graphviz.
    pub(crate) fn dot(&self) -> String {
        let mut lines = vec![
            format!("digraph {} {{", quoted(&self.name)),
            "  rankdir=LR;".to_owned(),
            "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\"];".to_owned(),
        ];
        for node in &self.nodes {
            let (fill, line) = node.colours();
            // In DOT, `\n` starts a new line in a label.
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

    /// Returns the graph as a standalone SVG image.
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
