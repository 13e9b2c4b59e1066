//! Formats policy documents as text for users, statement by statement.

use std::collections::BTreeSet;

use crate::policy::{
    PolicyDiff, PolicyDocument, PrincipalKind, PrincipalSet, Statement, StatementChange,
    ValueChange,
};
use serde_json::Value;

use super::value::sign;
use super::{Paint, escaped};

/// Returns the lines for an attribute whose value is a policy document, or `None` for other
/// attributes.
pub(super) fn lines(
    path: &str,
    before: &Value,
    after: &Value,
    paint: Paint,
) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    match (before, after) {
        (Value::Null, after) => {
            let document = document(after)?;
            lines.push(format!("{} {path}", sign("+", paint)));
            lines.extend(whole("+", &document, paint));
        }
        (before, Value::Null) => {
            let document = document(before)?;
            lines.push(format!("{} {path}", sign("-", paint)));
            lines.extend(whole("-", &document, paint));
        }
        (before, after) => {
            let after = document(after)?;
            lines.push(format!("{} {path}", sign("~", paint)));
            if let Some(before) = document(before) {
                lines.extend(difference(&before, &after, paint));
            } else {
                let text = escaped(before.as_str().unwrap_or(&before.to_string()));
                lines.push(format!("    {} {text}", sign("-", paint)));
                lines.extend(whole("+", &after, paint));
            }
        }
    }
    Some(lines)
}

/// Returns lines that list the elements of each statement in a policy document, or `None` if the
/// text is not a policy document.
pub fn policy_statements(text: &str) -> Option<Vec<String>> {
    let document = document(&Value::String(text.to_owned()))?;
    let bodies = document.statements().iter().flat_map(|statement| {
        let sid = statement.sid().map(|sid| format!("{:12} {}", "Sid", escaped(sid)));
        sid.into_iter().chain(body(statement))
    });
    Some(bodies.collect())
}

/// Returns lines that show how to change the found policy document into the expected one, or `None`
/// if either text is not a policy document.
pub fn policy_departures(expected: &str, found: &str, paint: Paint) -> Option<Vec<String>> {
    let document = |text: &str| document(&Value::String(text.to_owned()));
    Some(difference(&document(found)?, &document(expected)?, paint))
}

/// Returns the policy document in a value. The value can be a JSON object with a `Statement`
/// member, or a string that contains JSON text.
fn document(value: &Value) -> Option<PolicyDocument> {
    match value {
        Value::Object(map) if map.contains_key("Statement") => {
            PolicyDocument::parse(&value.to_string()).ok()
        }
        Value::String(text) if text.trim_start().starts_with('{') => {
            PolicyDocument::parse(text).ok()
        }
        _ => None,
    }
}

fn whole(mark: &'static str, document: &PolicyDocument, paint: Paint) -> Vec<String> {
    document.statements().iter().flat_map(|statement| one(mark, statement, paint)).collect()
}

fn difference(before: &PolicyDocument, after: &PolicyDocument, paint: Paint) -> Vec<String> {
    let PolicyDiff { version, id, mut removed, mut changed, mut added } =
        PolicyDiff::between(before, after);
    // If exactly one statement is removed and one is added, and neither has a Sid, show them as one
    // changed statement.
    if let ([old], [new]) = (&removed[..], &added[..])
        && old.sid().is_none()
        && new.sid().is_none()
    {
        changed.push(StatementChange {
            sid: String::new(),
            before: old.clone(),
            after: new.clone(),
        });
        removed.clear();
        added.clear();
    }
    let mut lines = Vec::new();
    if let Some(ValueChange { before, after }) = version {
        lines.push(format!("    {} Version {before} -> {after}", sign("~", paint)));
    }
    if let Some(ValueChange { before, after }) = id {
        let name =
            |id: Option<String>| id.map_or("(none)".to_owned(), |id| escaped(&format!("{id:?}")));
        lines.push(format!("    {} Id {} -> {}", sign("~", paint), name(before), name(after)));
    }
    lines.extend(removed.iter().flat_map(|statement| one("-", statement, paint)));
    for StatementChange { sid, before, after } in &changed {
        lines.push(heading("~", sid, paint));
        lines.extend(element_changes(before, after, paint));
    }
    lines.extend(added.iter().flat_map(|statement| one("+", statement, paint)));
    lines
}

fn heading(mark: &'static str, sid: &str, paint: Paint) -> String {
    let space = if sid.is_empty() { "" } else { " " };
    format!("    {} statement{space}{}", sign(mark, paint), escaped(sid))
}

fn one(mark: &'static str, statement: &Statement, paint: Paint) -> Vec<String> {
    let mut lines = vec![heading(mark, statement.sid().unwrap_or_default(), paint)];
    lines.extend(body(statement).into_iter().map(|line| format!("        {line}")));
    lines
}

fn body(statement: &Statement) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, values) in elements(statement) {
        let mut label = name;
        for value in values {
            lines.push(format!("{label:12} {value}"));
            label = "";
        }
    }
    lines
}

fn element_changes(before: &Statement, after: &Statement, paint: Paint) -> Vec<String> {
    let (old, new) = (elements(before), elements(after));
    let of = |side: &[(&'static str, BTreeSet<String>)], name: &str| {
        let found = side.iter().find(|(other, _)| *other == name);
        found.map(|(_, values)| values.clone()).unwrap_or_default()
    };
    let mut names: Vec<&'static str> = old.iter().map(|(name, _)| *name).collect();
    names.extend(new.iter().map(|(name, _)| *name).filter(|name| of(&old, name).is_empty()));
    let mut lines = Vec::new();
    for name in names {
        let (old, new) = (of(&old, name), of(&new, name));
        let gone = old.difference(&new).map(|value| ("-", value));
        let come = new.difference(&old).map(|value| ("+", value));
        let mut label = name;
        for (mark, value) in gone.chain(come) {
            lines.push(format!("        {label:12} {} {value}", sign(mark, paint)));
            label = "";
        }
    }
    lines
}

/// Returns the elements of a statement in AWS's usual order, with their values as text.
fn elements(statement: &Statement) -> Vec<(&'static str, BTreeSet<String>)> {
    let mut elements = vec![("Effect", BTreeSet::from([statement.effect().as_str().to_owned()]))];
    if let Some(principal) = statement.principal() {
        elements.push((principal.name(), principals(principal.principals())));
    }
    let action = statement.action();
    elements.push((action.name(), escaped_all(action.values())));
    if let Some(resource) = statement.resource() {
        elements.push((resource.name(), escaped_all(resource.values())));
    }
    let conditions = statement.condition().iter().flat_map(|(operator, key, values)| {
        values.iter().map(move |value| escaped(&format!("{operator} {key} {value:?}")))
    });
    let conditions: BTreeSet<_> = conditions.collect();
    if !conditions.is_empty() {
        elements.push(("Condition", conditions));
    }
    elements
}

fn escaped_all(values: &BTreeSet<String>) -> BTreeSet<String> {
    values.iter().map(|value| escaped(value)).collect()
}

fn principals(set: &PrincipalSet) -> BTreeSet<String> {
    if matches!(set, PrincipalSet::Any) {
        return BTreeSet::from(["*".to_owned()]);
    }
    let of = |kind: PrincipalKind| {
        set.of(kind).map(move |id| escaped(&format!("{} {id}", kind.as_str())))
    };
    PrincipalKind::ALL.into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use crate::policy::{PolicyDocument, PrincipalSet, Statement};
    use serde_json::{Value, json};

    fn text(before: &Value, after: &Value) -> String {
        super::lines("policy", before, after, super::super::unpainted).unwrap().join("\n")
    }

    fn value(statements: impl IntoIterator<Item = Statement>) -> Value {
        serde_json::from_str(&PolicyDocument::new(statements).to_json()).unwrap()
    }

    fn pull() -> Statement {
        Statement::allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
            .with_sid("AllowPull")
            .with_principal(PrincipalSet::aws(["arn:aws:iam::123456789012:role/pull"]))
    }

    #[test]
    fn new_policy_shows_each_statement() {
        assert_eq!(
            text(&Value::Null, &value([pull()])),
            "\
+ policy
    + statement AllowPull
        Effect       Allow
        Principal    AWS arn:aws:iam::123456789012:role/pull
        Action       ecr:BatchGetImage
                     ecr:GetDownloadUrlForLayer"
        );
    }

    #[test]
    fn changed_statement_shows_only_the_differing_elements() {
        let after = Statement::allow(["ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"])
            .with_sid("AllowPull")
            .with_principal(PrincipalSet::aws(["arn:aws:iam::123456789012:role/pull"]))
            .with_condition("StringEquals", "aws:SourceAccount", ["123456789012"]);
        assert_eq!(
            text(&value([pull()]), &value([after])),
            "\
~ policy
    ~ statement AllowPull
        Action       - ecr:GetDownloadUrlForLayer
                     + ecr:BatchCheckLayerAvailability
        Condition    + StringEquals aws:SourceAccount \"123456789012\""
        );
    }

    #[test]
    fn statement_without_a_sid_is_compared_with_its_replacement() {
        let trust = |service: &str| {
            value([Statement::allow(["sts:AssumeRole"])
                .with_principal(PrincipalSet::service([service]))])
        };
        assert_eq!(
            text(&trust("ec2.amazonaws.com"), &trust("ecs-tasks.amazonaws.com")),
            "\
~ policy
    ~ statement
        Principal    - Service ec2.amazonaws.com
                     + Service ecs-tasks.amazonaws.com"
        );
    }

    #[test]
    fn policy_text_is_parsed_and_invalid_text_is_shown_verbatim() {
        let text_of = Value::String(PolicyDocument::new([pull()]).to_json());
        assert!(text(&text_of, &Value::Null).contains("- statement AllowPull"));
        let broken = text(&json!("{\"Statement\": 7}"), &text_of);
        assert!(broken.contains("- {\"Statement\": 7}\n    + statement AllowPull"), "{broken}");
    }

    #[test]
    fn other_values_are_not_shown_as_policies() {
        assert!(super::lines("x", &json!("a"), &json!("b"), super::super::unpainted).is_none());
        assert!(
            super::lines("x", &Value::Null, &json!({"rules": []}), super::super::unpainted)
                .is_none()
        );
    }
}
