//! The keys of the two roles, most of which they share.

use std::ops::RangeInclusive;

use infra_core::foundation::{ExecutionRoleSettings, TaskRoleSettings, TrustSettings};
use infra_core::policy::{ActionElement, Effect, Statement};
use serde_json::{Value, json};
use toml::de::DeValue;

use super::super::error::At;
use super::super::reader::{Reader, put};
use super::super::section::{Entry, Key, Section, join};
use super::super::{checks, shape};
use super::tags;

const SESSION: RangeInclusive<u32> = 3600..=43_200;
const EFFECTS: [(&str, Effect); 2] = [("Allow", Effect::Allow), ("Deny", Effect::Deny)];

/// The keys that both roles have, for the type of one of them.
macro_rules! role_keys {
    ($name:literal, $policy:literal, $($own:expr,)+) => {
        &[
            Key::value("name", $name, || shape::iam_name(64), |r, e, all| {
                put(&mut all.role.name, r.parse(e).map(Some));
            }),
            Key::value("path", "Its path in IAM.", shape::role_path, |r, e, all| {
                put(&mut all.role.path, r.parse(e));
            }),
            Key::value("description", "What it is for.", shape::description, |r, e, all| {
                put(&mut all.role.description, r.text(e, checks::description).map(Some));
            }),
            Key::value(
                "max_session_duration",
                "How long a session of it lasts at most, in seconds.",
                || shape::number(&SESSION),
                |r, e, all| {
                    let seconds = r.number(e, "session duration in seconds", SESSION);
                    put(&mut all.role.max_session_duration, seconds);
                },
            ),
            Key::value(
                "permissions_boundary",
                "The ARN of the managed policy beyond which it may do nothing.",
                shape::policy_arn,
                |r, e, all| {
                    let arn = r.text(e, checks::policy_arn("permissions boundary"));
                    put(&mut all.role.permissions_boundary, arn.map(Some));
                },
            ),
            Key::section::<TrustSettings>("trust", "Who can assume it.", |r, e, all| {
                r.section(e, &mut all.role.trust);
            }),
            Key::value(
                "additional_managed_policies",
                "More managed policies: by ARN, or one of AWS's by its name.",
                || shape::list(&shape::managed_policy()),
                |r, e, all| {
                    let policies = r.texts(e, checks::managed_policy);
                    put(&mut all.role.additional_managed_policies, policies);
                },
            ),
            Key::value("inline_policy_name", $policy, || shape::iam_name(128), |r, e, all| {
                put(&mut all.role.inline_policy_name, r.parse(e).map(Some));
            }),
            Key::sections::<StatementDraft>(
                "statements",
                "What it may do beyond that, or not.",
                |r, e, all| put(&mut all.role.statements, statements(r, e)),
            ),
            Key::value("tags", "More tags of the role.", shape::tags, |r, e, all| {
                tags(r, e, &mut all.role.tags);
            }),
            $($own,)+
        ]
    };
}

impl Section for ExecutionRoleSettings {
    const KEYS: &'static [Key<Self>] = role_keys![
        "Its name; by default PROJECT-ENVIRONMENT-ecs-execution-role.",
        "The name of its inline policy, which is made where there are statements; by default \
         PROJECT-ENVIRONMENT-ecs-execution-policy.",
        Key::value(
            "managed_policy",
            "The managed policy by which it pulls and logs: by ARN, or one of AWS's by its name.",
            shape::managed_policy,
            |r, e, all| put(&mut all.managed_policy, r.text(e, checks::managed_policy)),
        ),
    ];
}

impl Section for TaskRoleSettings {
    const KEYS: &'static [Key<Self>] = role_keys![
        "Its name; by default PROJECT-ENVIRONMENT-ecs-task-role.",
        "The name of its inline policy; by default PROJECT-ENVIRONMENT-ecs-task-policy.",
        Key::value(
            "log_actions",
            "What it may do on the streams of the log group; [] leaves that out of its policy.",
            || shape::list(&shape::action()),
            |r, e, all| put(&mut all.log_actions, r.texts(e, checks::action)),
        ),
    ];
}

impl Section for TrustSettings {
    const KEYS: &'static [Key<Self>] = &[
        Key::value(
            "services",
            "The services that can assume it.",
            || shape::some(&shape::service()),
            |r, e, trust| {
                let rule = "at least one service has to be able to assume the role";
                put(&mut trust.services, r.some_texts(e, rule, checks::service));
            },
        ),
        Key::value(
            "source_accounts",
            "Only for requests of these accounts: twelve digits, or \"own\".",
            || shape::list(&shape::source_account()),
            |r, e, trust| put(&mut trust.source_accounts, r.texts(e, checks::source_account)),
        ),
        Key::value(
            "source_arns",
            "Only for requests of these resources; * and ? are wildcards.",
            || shape::list(&shape::source_arn()),
            |r, e, trust| put(&mut trust.source_arns, r.texts(e, checks::source_arn)),
        ),
    ];
}

/// A statement as the file has it, which may lack what a statement needs.
#[derive(Debug, Default)]
struct StatementDraft {
    sid: Option<String>,
    effect: Option<Effect>,
    actions: Option<Vec<String>>,
    not_actions: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    not_resources: Option<Vec<String>>,
    conditions: Vec<(String, String, Vec<String>)>,
}

impl Section for StatementDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value("sid", "An id of letters and digits.", shape::sid, |r, e, statement| {
            put(&mut statement.sid, r.text(e, checks::sid).map(Some));
        }),
        Key::value(
            "effect",
            "Whether it allows, as by default, or denies.",
            || shape::one_of(&EFFECTS.map(|(word, _)| word)),
            |r, e, statement| {
                let effect = r.text(e, |text| checks::one_of("effect", text, &EFFECTS));
                put(&mut statement.effect, effect.map(Some));
            },
        ),
        Key::value("actions", "What it is about.", actions_shape, |r, e, statement| {
            put(&mut statement.actions, r.texts(e, checks::action).map(Some));
        }),
        Key::value("not_actions", "All actions but these.", actions_shape, |r, e, statement| {
            put(&mut statement.not_actions, r.texts(e, checks::action).map(Some));
        }),
        Key::value("resources", "What it is done to.", resources_shape, |r, e, statement| {
            put(&mut statement.resources, r.texts(e, checks::resource).map(Some));
        }),
        Key::value(
            "not_resources",
            "All resources but these.",
            resources_shape,
            |r, e, statement| {
                put(&mut statement.not_resources, r.texts(e, checks::resource).map(Some));
            },
        ),
        Key::value(
            "conditions",
            "Where it holds: IAM's operators, each with its keys and their values.",
            || shape::conditions(&OPERATORS),
            |r, e, statement| conditions(r, e, &mut statement.conditions),
        ),
    ];

    fn rules() -> Value {
        let either =
            |one, other| json!({ "oneOf": [{ "required": [one] }, { "required": [other] }] });
        json!({
            "allOf": [either("actions", "not_actions"), either("resources", "not_resources")],
        })
    }
}

fn actions_shape() -> Value {
    shape::some(&shape::action())
}

fn resources_shape() -> Value {
    shape::some(&shape::resource())
}

fn statements(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<Statement>> {
    let drafts = reader.sections::<StatementDraft>(entry)?;
    let items = reader.list(entry)?;
    let mut statements: Vec<Statement> = Vec::new();
    let mut complete = true;
    for (draft, item) in drafts.into_iter().zip(&items) {
        let Some(statement) = draft.finish(reader, item) else {
            complete = false;
            continue;
        };
        let twin = statement
            .sid()
            .and_then(|sid| statements.iter().position(|earlier| earlier.sid() == Some(sid)));
        if let Some((twin, sid)) = twin.zip(statement.sid()) {
            let place = |item: &Entry<'_>| {
                let path = format!("{}.sid", item.path);
                reader.place(&path).cloned().unwrap_or_else(|| At::File(item.span()))
            };
            let mut error = item
                .error(format!("two statements have the sid {sid:?}"))
                .rule("the sids of a policy differ from each other")
                .hint("give one of them another sid, or none");
            error.marks.clear();
            let error =
                error.mark(place(item), None).mark(place(&items[twin]), Some("it is here already"));
            reader.error(error);
        }
        statements.push(statement);
    }
    complete.then_some(statements)
}

impl StatementDraft {
    fn finish(self, reader: &mut Reader<'_>, item: &Entry<'_>) -> Option<Statement> {
        let actions =
            one_list(reader, item, ("actions", self.actions), ("not_actions", self.not_actions));
        let resources = one_list(
            reader,
            item,
            ("resources", self.resources),
            ("not_resources", self.not_resources),
        );
        let (no_action, actions) = actions?;
        let (no_resource, resources) = resources?;
        let actions = actions.into_iter().collect();
        let actions = if no_action {
            ActionElement::NotAction(actions)
        } else {
            ActionElement::Action(actions)
        };
        let mut statement = Statement::new(self.effect.unwrap_or(Effect::Allow), actions);
        if let Some(sid) = self.sid {
            statement = statement.with_sid(sid);
        }
        statement = if no_resource {
            statement.with_not_resources(resources)
        } else {
            statement.with_resources(resources)
        };
        for (operator, key, values) in self.conditions {
            statement = statement.with_condition(operator, key, values);
        }
        Some(statement)
    }
}

/// The one of two lists that is there, and whether it is the second, which negates.
fn one_list(
    reader: &mut Reader<'_>,
    item: &Entry<'_>,
    (plain, list): (&str, Option<Vec<String>>),
    (negated, not_list): (&str, Option<Vec<String>>),
) -> Option<(bool, Vec<String>)> {
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
                "write what it holds for, or leave the statement out".to_owned(),
            )
        }
    };
    let error = item.error(message).hint(hint);
    reader.error(error);
    None
}

/// IAM's condition operators, each of which can have a prefix and a suffix:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

fn is_operator(name: &str) -> bool {
    let name = ["ForAllValues:", "ForAnyValue:"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let plain = name.strip_suffix("IfExists").filter(|plain| *plain != "Null").unwrap_or(name);
    OPERATORS.contains(&plain)
}

fn conditions(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    conditions: &mut Vec<(String, String, Vec<String>)>,
) {
    let Some(operators) = reader.table(entry) else { return };
    for (key, value) in operators {
        let operator = key.get_ref().as_ref();
        let entry = Entry { path: join(&entry.path, operator), value, key: key.span() };
        if !is_operator(operator) {
            let nearest = super::super::suggest::nearest(operator, OPERATORS);
            let error = entry
                .error_at(entry.key.clone(), format!("unknown condition operator `{operator}`"))
                .rule(
                    "an operator is one of IAM's, like StringEquals or ArnLike, perhaps with \
                     ForAnyValue: or ForAllValues: before it or IfExists after it",
                )
                .hint_if(nearest.map(|name| format!("did you mean `{name}`?")));
            reader.error(error);
            continue;
        }
        let Some(keys) = reader.table(&entry) else { continue };
        for (key, value) in keys {
            let name = key.get_ref().as_ref();
            let entry = Entry { path: join(&entry.path, name), value, key: key.span() };
            if let Some(values) = condition_values(reader, &entry) {
                conditions.push((operator.to_owned(), name.to_owned(), values));
            }
        }
    }
}

/// A value, or a list of them: strings, and the numbers and booleans that IAM takes for strings.
fn condition_values(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<String>> {
    let value = |reader: &mut Reader<'_>, entry: &Entry<'_>| match entry.value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => reader.text(entry, |text| Ok(text.to_owned())),
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
