//! The keys of a role's `[[statements]]`.

use infra_core::policy::{ActionElement, Effect, Statement};
use infra_core::values::{
    self, Action, ConditionKey, ConditionOperator, ConditionValue, EffectWord, ResourcePattern,
    StatementId, Template,
};
use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::super::error::At;
use super::super::reader::Reader;
use super::super::schema;
use super::super::section::{Entry, Keys, Section, collect_paths, join};
use super::super::value::Value;

/// A statement from the file, which may be incomplete.
#[derive(Debug, Default)]
struct PartialStatement {
    sid: Option<StatementId>,
    effect: Option<EffectWord>,
    actions: Option<Vec<Action>>,
    not_actions: Option<Vec<Action>>,
    resources: Option<Vec<Template<ResourcePattern>>>,
    not_resources: Option<Vec<Template<ResourcePattern>>>,
    conditions: Conditions,
}

impl Section for PartialStatement {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("sid", "The statement ID: letters and digits.", |it| &mut it.sid);
        keys.key("effect", "Allow, which is the default, or Deny.", |it| &mut it.effect);
        keys.key("actions", "The actions.", |it| &mut it.actions).non_empty();
        keys.key("not_actions", "All actions except these.", |it| &mut it.not_actions).non_empty();
        keys.key("resources", "The resources.", |it| &mut it.resources).non_empty();
        keys.key("not_resources", "All resources except these.", |it| &mut it.not_resources)
            .non_empty();
        keys.key(
            "conditions",
            "The conditions: IAM operators, each with condition keys and values.",
            |it| &mut it.conditions,
        );
    }

    fn rules() -> Json {
        let either =
            |one, other| json!({ "oneOf": [{ "required": [one] }, { "required": [other] }] });
        json!({
            "allOf": [either("actions", "not_actions"), either("resources", "not_resources")],
        })
    }
}

impl Value for Statement {
    fn schema() -> Json {
        schema::table::<PartialStatement>()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        PartialStatement::read(reader, entry)?.complete(reader, entry)
    }

    fn paths(prefix: &str, paths: &mut Vec<String>) {
        collect_paths::<PartialStatement>(prefix, paths);
    }

    fn check_list(reader: &mut Reader<'_>, items: &[(&Entry<'_>, &Self)]) {
        for (index, (item, statement)) in items.iter().enumerate() {
            let Some(sid) = statement.sid() else { continue };
            let twin = items[..index].iter().find(|(_, earlier)| earlier.sid() == Some(sid));
            let Some((twin, _)) = twin else { continue };
            let place = |item: &Entry<'_>| {
                let path = format!("{}.sid", item.path);
                reader.place(&path).cloned().unwrap_or_else(|| At::File(item.span()))
            };
            let mut error = item
                .error(format!("two statements have the same sid {sid:?}"))
                .rule("the statement IDs of a policy must be unique")
                .hint("change or remove one of the two sids");
            error.marks.clear();
            let error = error.mark(place(item), None).mark(place(twin), Some("first used here"));
            reader.error(error);
        }
    }
}

impl PartialStatement {
    fn complete(self, reader: &mut Reader<'_>, item: &Entry<'_>) -> Option<Statement> {
        let actions =
            one_list(reader, item, ("actions", self.actions), ("not_actions", self.not_actions));
        let resources = one_list(
            reader,
            item,
            ("resources", self.resources),
            ("not_resources", self.not_resources),
        );
        let ((no_action, actions), (no_resource, resources)) = (actions?, resources?);
        let actions = actions.into_iter().map(String::from).collect();
        let actions = if no_action {
            ActionElement::NotAction(actions)
        } else {
            ActionElement::Action(actions)
        };
        let effect = self.effect.map_or(Effect::Allow, Effect::from);
        let mut statement = Statement::new(effect, actions);
        if let Some(sid) = self.sid {
            statement = statement.with_sid(sid);
        }
        let resources = resources.iter().map(Template::as_str);
        statement = if no_resource {
            statement.with_not_resources(resources)
        } else {
            statement.with_resources(resources)
        };
        for (operator, key, values) in self.conditions.0 {
            let values = values.into_iter().map(String::from);
            statement = statement.with_condition(operator.as_str(), key, values);
        }
        Some(statement)
    }
}

/// Returns the list that was given, and whether it is the negated one.
fn one_list<T>(
    reader: &mut Reader<'_>,
    item: &Entry<'_>,
    (plain, list): (&str, Option<Vec<T>>),
    (negated, not_list): (&str, Option<Vec<T>>),
) -> Option<(bool, Vec<T>)> {
    let (message, hint) = match (list, not_list) {
        (Some(list), None) if !list.is_empty() => return Some((false, list)),
        (None, Some(list)) if !list.is_empty() => return Some((true, list)),
        (Some(_), Some(_)) => (
            format!("a statement has both `{plain}` and `{negated}`"),
            "keep one of them, or write two statements".to_owned(),
        ),
        (None, None) => {
            (format!("a statement has no `{plain}`"), format!("write {plain} = [\"...\"]"))
        }
        (list, _) => {
            let name = if list.is_some() { plain } else { negated };
            (
                format!("the list `{name}` of a statement is empty"),
                "add an item, or remove the statement".to_owned(),
            )
        }
    };
    let error = item.error(message).hint(hint);
    reader.error(error);
    None
}

/// The conditions of a statement: operators, each with keys and values.
#[derive(Debug, Default)]
struct Conditions(Vec<(ConditionOperator, ConditionKey, Vec<ConditionValue>)>);

impl Value for Conditions {
    fn schema() -> Json {
        let value = json!({ "type": ["string", "integer", "boolean"] });
        let list = json!({ "type": "array", "items": value });
        json!({
            "type": "object",
            "propertyNames": <ConditionOperator as values::Value>::schema(),
            "additionalProperties": {
                "type": "object",
                "propertyNames": <ConditionKey as values::Value>::schema(),
                "additionalProperties": { "anyOf": [value, list] },
            },
        })
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let mut conditions = Vec::new();
        for (key, value) in reader.table(entry)? {
            let operator = key.get_ref().as_ref();
            let entry = Entry::new(join(&entry.path, operator), key.span(), value);
            let Some(operator) = reader.key::<ConditionOperator>(&entry, operator) else {
                continue;
            };
            let Some(keys) = reader.table(&entry) else { continue };
            for (key, value) in keys {
                let name = key.get_ref().as_ref();
                let entry = Entry::new(join(&entry.path, name), key.span(), value);
                let name = reader.key::<ConditionKey>(&entry, name);
                let values = condition_values(reader, &entry);
                if let Some((name, values)) = name.zip(values) {
                    conditions.push((operator.clone(), name, values));
                }
            }
        }
        Some(Self(conditions))
    }
}

/// Reads a value or a list of values: strings, and the numbers and booleans that IAM treats as strings.
fn condition_values(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<ConditionValue>> {
    let value = |reader: &mut Reader<'_>, entry: &Entry<'_>| match entry.value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        DeValue::Boolean(value) => value.to_string().parse().ok(),
        _ => reader.parse(entry),
    };
    match entry.value.get_ref() {
        DeValue::Array(_) => {
            let items = reader.list(entry)?;
            let values: Vec<_> = items.iter().map(|item| value(reader, item)).collect();
            values.into_iter().collect()
        }
        _ => value(reader, entry).map(|value| vec![value]),
    }
}
