//! Formats plans as text for users. The `Display` implementation of [`Plan`] writes plain text.
//! Programs that use colors pass a [`Paint`] to the functions of this module.

mod escape;
mod policy;
mod value;

use std::fmt;

use crate::engine::{Blocker, ChangeKind, Conflict, Notice, Plan, ResourceChange, Summary};

pub use escape::{escaped, needs_escape};
pub use policy::{policy_departures, policy_statements};

/// The maximum length of a path that affects the alignment of the values.
const MAX_ALIGNED: usize = 36;

/// The meaning of a piece of text, which determines its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is created or added.
    Added,
    /// Something changes in place.
    Changed,
    /// Something is deleted or replaced.
    Removed,
    /// Something is adopted.
    Adopted,
    /// Something is unchanged.
    Kept,
    /// A heading, such as a resource's address.
    Heading,
    /// The label of a notice.
    Note,
}

/// Decorates a piece of text, for example with terminal colors.
pub type Paint = fn(Tone, &str) -> String;

/// Returns text unchanged.
pub fn unpainted(_: Tone, text: &str) -> String {
    text.to_owned()
}

/// Returns the changed resources as a diff. The text is empty if nothing changes.
pub fn changes(plan: &Plan, paint: Paint) -> String {
    let mut text = String::new();
    let mut after_block = false;
    for change in plan.changes.iter().filter(|change| change.action != ChangeKind::NoOp) {
        // Changes without fields take one line each, without blank lines between them.
        let is_block = !change.fields.is_empty();
        if !text.is_empty() && (is_block || after_block) {
            text.push('\n');
        }
        after_block = is_block;
        text.push_str(&resource(change, paint));
    }
    text
}

fn resource(change: &ResourceChange, paint: Paint) -> String {
    let ResourceChange { address, kind: _, name, action, fields } = change;
    let (sign, tone) = mark(*action);
    let mut text = format!(
        "{} {} ({}) {}\n",
        paint(tone, sign),
        paint(Tone::Heading, address.as_str()),
        escaped(name),
        future(*action),
    );
    let width = fields.iter().map(|field| field.path.len()).filter(|len| *len <= MAX_ALIGNED).max();
    for field in fields {
        let (before, after, width) = (&field.before, &field.after, width.unwrap_or(0));
        for line in value::lines(&field.path, before, after, width, paint) {
            text.push_str("    ");
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Returns the diff mark for a kind of change.
pub const fn mark(kind: ChangeKind) -> (&'static str, Tone) {
    match kind {
        ChangeKind::Create => ("+", Tone::Added),
        ChangeKind::Update => ("~", Tone::Changed),
        ChangeKind::Replace => ("-/+", Tone::Removed),
        ChangeKind::Delete => ("-", Tone::Removed),
        ChangeKind::Adopt => (">", Tone::Adopted),
        ChangeKind::NoOp => (" ", Tone::Kept),
    }
}

const fn future(action: ChangeKind) -> &'static str {
    match action {
        ChangeKind::Create => "will be created",
        ChangeKind::Update => "will be updated in place",
        ChangeKind::Replace => "must be replaced",
        ChangeKind::Delete => "will be deleted",
        ChangeKind::Adopt => "is not managed and will be adopted",
        ChangeKind::NoOp => "is unchanged",
    }
}

/// Returns the notices of a plan, one per line.
pub fn notices(notices: &[Notice], paint: Paint) -> String {
    let line = |Notice { address, message }: &Notice| {
        format!("{} {address}: {}\n", paint(Tone::Note, "note:"), escaped(message))
    };
    notices.iter().map(line).collect()
}

/// Returns one line with the number of changes of each kind in a plan.
pub fn summary(summary: Summary, paint: Paint) -> String {
    let Summary { create, update, replace, delete, adopt, no_op } = summary;
    let mut parts = vec![
        format!("{create} to create"),
        format!("{update} to update"),
        format!("{delete} to delete"),
    ];
    let rare = [(replace, "to replace"), (adopt, "to adopt"), (no_op, "unchanged")];
    let rare = rare.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(rare.map(|(count, what)| format!("{count} {what}")));
    format!("{} {}.", paint(Tone::Heading, "Plan:"), parts.join(", "))
}

/// Writes the changes, the notices, the reasons why the plan cannot be applied, and the number of
/// changes of each kind.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (changes, notices) = (changes(self, unpainted), notices(&self.notices, unpainted));
        for block in [changes, notices] {
            if !block.is_empty() {
                writeln!(f, "{block}")?;
            }
        }
        for Conflict { address, name, reason } in &self.conflicts {
            writeln!(
                f,
                "conflict: {address}: {} is not managed by this configuration: {}",
                escaped(name),
                escaped(reason)
            )?;
        }
        for Blocker { address, message, hint, remedy: _ } in &self.blockers {
            writeln!(f, "blocker: {address}: {}; {}", escaped(message), escaped(hint))?;
        }
        f.write_str(&summary(self.summary(), unpainted))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::engine::{
        Address, Blocker, ChangeKind, Conflict, FieldChange, Notice, Plan, ResourceChange,
    };

    fn change(
        kind: &str,
        name: &str,
        action: ChangeKind,
        fields: Vec<FieldChange>,
    ) -> ResourceChange {
        ResourceChange {
            address: Address::new(kind, "main"),
            kind: kind.to_owned(),
            name: name.to_owned(),
            action,
            fields,
        }
    }

    fn plan() -> Plan {
        Plan {
            changes: vec![
                change(
                    "ecs_cluster",
                    "demo-dev-cluster",
                    ChangeKind::Create,
                    vec![
                        FieldChange::set("container_insights", "enabled"),
                        FieldChange::set("tags.Name", "demo-dev-cluster"),
                    ],
                ),
                change(
                    "cloudwatch_log_group",
                    "/ecs/demo-dev",
                    ChangeKind::Update,
                    vec![
                        FieldChange::new("retention_in_days", 7, 14),
                        FieldChange::new("tags.Team", "a", Value::Null),
                    ],
                ),
                change("iam_role", "demo-dev-ecs-task-role", ChangeKind::NoOp, vec![]),
            ],
            notices: vec![Notice {
                address: Address::new("iam_role", "main"),
                message: "the tag Owner is not in the configuration and is kept".to_owned(),
            }],
            ..Plan::default()
        }
    }

    #[test]
    fn plan_is_shown_as_a_diff_without_unchanged_resources() {
        assert_eq!(
            plan().to_string(),
            "\
+ ecs_cluster.main (demo-dev-cluster) will be created
    + container_insights = \"enabled\"
    + tags.Name          = \"demo-dev-cluster\"

~ cloudwatch_log_group.main (/ecs/demo-dev) will be updated in place
    ~ retention_in_days = 7 -> 14
    - tags.Team         = \"a\"

note: iam_role.main: the tag Owner is not in the configuration and is kept

Plan: 1 to create, 1 to update, 0 to delete, 1 unchanged."
        );
    }

    #[test]
    fn conflicts_and_blockers_are_shown() {
        let address = Address::new("iam_role", "main");
        let conflict =
            Conflict { address: address.clone(), name: "a".to_owned(), reason: "b".to_owned() };
        let blocker =
            Blocker { address, message: "c".to_owned(), hint: "d".to_owned(), remedy: None };
        let plan = Plan { conflicts: vec![conflict], blockers: vec![blocker], ..Plan::default() };
        assert_eq!(
            plan.to_string(),
            "\
conflict: iam_role.main: a is not managed by this configuration: b
blocker: iam_role.main: c; d
Plan: 0 to create, 0 to update, 0 to delete."
        );
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(super::escaped("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
        assert_eq!(super::escaped("/ecs/démo"), "/ecs/démo");
    }
}
