//! The keys of `[[statements]]` in the tables of roles and repositories.

use infra_core::policy::{ActionElement, Effect, PrincipalKind, PrincipalSet, Statement};
use infra_core::values::{
    self, Action, ConditionKey, ConditionOperator, ConditionValue, EffectWord, RepositoryPrincipal,
    ResourcePattern, ServicePrincipal, StatementId, Template,
};
use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::super::error::At;
use super::super::reader::Reader;
use super::super::schema;
use super::super::section::{Entry, Keys, Section, collect_paths, define_keys, join};
use super::super::value::Value;

/// The keys that role statements and repository statements have in common.
#[derive(Debug, Default)]
struct Common {
    sid: Option<StatementId>,
    effect: Option<EffectWord>,
    actions: Option<Vec<Action>>,
    not_actions: Option<Vec<Action>>,
    conditions: Conditions,
}

impl Common {
    fn keys<T: 'static>(keys: &mut Keys<T>, at: fn(&mut T) -> &mut Self) {
        define_keys! { keys, it => at(it);
            sid: "The statement ID: letters and digits.";
            effect: "Allow, which is the default, or Deny.";
            actions [non_empty]: "The actions.";
            not_actions [non_empty]: "All actions except these.";
            conditions: "The conditions: IAM operators, each with condition keys and values.";
        }
    }

    fn complete(self, reader: &mut Reader<'_>, item: &Entry<'_>) -> Option<Statement> {
        let (no_action, actions) =
            one_list(reader, item, ("actions", self.actions), ("not_actions", self.not_actions))?;
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
        for (operator, key, values) in self.conditions.0 {
            let values = values.into_iter().map(String::from);
            statement = statement.with_condition(operator.as_str(), key, values);
        }
        Some(statement)
    }
}

fn one_of(one: &str, other: &str) -> Json {
    json!({ "oneOf": [{ "required": [one] }, { "required": [other] }] })
}

/// A role's statement as read from the file. It might be incomplete.
#[derive(Debug, Default)]
struct PartialStatement {
    common: Common,
    resources: Option<Vec<Template<ResourcePattern>>>,
    not_resources: Option<Vec<Template<ResourcePattern>>>,
}

impl Section for PartialStatement {
    fn keys(keys: &mut Keys<Self>) {
        Common::keys(keys, |it| &mut it.common);
        define_keys! { keys, it => it;
            resources [non_empty]: "The resources.";
            not_resources [non_empty]: "All resources except these.";
        }
    }

    fn rules() -> Json {
        json!({ "allOf": [one_of("actions", "not_actions"), one_of("resources", "not_resources")] })
    }
}

/// A repository policy's statement as read from the file. It might be incomplete.
#[derive(Debug, Default)]
struct PartialRepositoryStatement {
    common: Common,
    principals: Vec<Template<RepositoryPrincipal>>,
    services: Vec<ServicePrincipal>,
}

impl Section for PartialRepositoryStatement {
    fn keys(keys: &mut Keys<Self>) {
        Common::keys(keys, |it| &mut it.common);
        define_keys! { keys, it => it;
            principals: "Who the statement applies to: accounts, ARNs of roles and users, or \"*\" for everyone.";
            services: "The AWS services that the statement applies to.";
        }
    }

    fn rules() -> Json {
        json!({
            "allOf": [one_of("actions", "not_actions")],
            "anyOf": [{ "required": ["principals"] }, { "required": ["services"] }],
        })
    }
}

/// A statement of a repository policy.
#[derive(Debug)]
pub(in crate::config) struct RepositoryStatement(pub(in crate::config) Statement);

impl Value for RepositoryStatement {
    fn schema() -> Json {
        schema::table::<PartialRepositoryStatement>()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let PartialRepositoryStatement { common, principals, services } =
            PartialRepositoryStatement::read(reader, entry)?;
        let statement = common.complete(reader, entry)?;
        let everyone = principals.iter().any(|principal| principal.as_str() == "*");
        if principals.is_empty() && services.is_empty() {
            let error = entry.error("a statement has neither `principals` nor `services`");
            reader.error(error.hint("write principals = [\"123456789012\"]"));
            return None;
        }
        if everyone && statement.effect() == Effect::Allow && statement.condition().is_empty() {
            let error = entry
                .error("a statement gives everyone access to the repository")
                .rule("a statement that allows \"*\" must have a condition")
                .hint("add a condition, such as StringEquals with aws:PrincipalOrgID");
            reader.error(error);
            return None;
        }
        let mut set = PrincipalSet::Listed(std::collections::BTreeMap::new());
        if !principals.is_empty() {
            set = set.with(PrincipalKind::Aws, principals.iter().map(Template::as_str));
        }
        if !services.is_empty() {
            set = set.with(PrincipalKind::Service, services);
        }
        Some(Self(statement.with_principal(set)))
    }

    fn paths(prefix: &str, paths: &mut Vec<String>) {
        collect_paths::<PartialRepositoryStatement>(prefix, paths);
    }

    fn check_list(reader: &mut Reader<'_>, items: &[(&Entry<'_>, &Self)]) {
        let statements: Vec<_> = items.iter().map(|(entry, it)| (*entry, &it.0)).collect();
        Statement::check_list(reader, &statements);
    }
}

impl Value for Statement {
    fn schema() -> Json {
        schema::table::<PartialStatement>()
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let PartialStatement { common, resources, not_resources } =
            PartialStatement::read(reader, entry)?;
        let statement = common.complete(reader, entry);
        let lists = (("resources", resources), ("not_resources", not_resources));
        let (no_resource, resources) = one_list(reader, entry, lists.0, lists.1)?;
        let resources = resources.iter().map(Template::as_str);
        statement.map(|statement| {
            if no_resource {
                statement.with_not_resources(resources)
            } else {
                statement.with_resources(resources)
            }
        })
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

/// Returns whichever of the two lists was given, for example `actions` or `not_actions`. The
/// boolean is true for the negated list.
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
            "keep one of them, or split the statement in two".to_owned(),
        ),
        (None, None) => {
            (format!("a statement has no `{plain}`"), format!("write {plain} = [\"...\"]"))
        }
        (list, _) => {
            let name = if list.is_some() { plain } else { negated };
            (
                format!("a statement has an empty `{name}` list"),
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

/// Reads a value or a list of values. Each value is a string, an integer or a boolean. IAM treats
/// them all as strings.
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
