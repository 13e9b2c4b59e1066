//! Property tests: a rewritten document equals the original if the meaning is unchanged, and
//! differs from the original if the meaning has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;
use proptest::{option, prop_assert, prop_assert_eq, prop_assert_ne};

use super::{
    ActionElement, Condition, Effect, PolicyDiff, PolicyDocument, PolicyText, PrincipalElement,
    PrincipalKind, PrincipalSet, ResourceElement, Statement, Version,
};

const ACTIONS: &[&str] =
    &["*", "sts:AssumeRole", "STS:assumerole", "logs:PutLogEvents", "s3:Get*", "ecr:BatchGetImage"];
const RESOURCES: &[&str] =
    &["*", "arn:aws:s3:::bucket", "arn:aws:s3:::Bucket", "arn:aws:logs:us-east-1:123456789012:x:*"];
const AWS: &[&str] = &[
    "*",
    "123456789012",
    "210987654321",
    "arn:aws:iam::123456789012:root",
    "arn:aws-cn:iam::123456789012:root",
    "arn:aws:iam::123456789012:role/Ann",
    "arn:aws:iam::123456789012:role/ann",
    "AROADBQP57FF2AEXAMPLE",
];
const OTHERS: &[&str] = &["ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "123456789012"];
const OPERATORS: &[&str] = &["StringEquals", "ArnLike", "Bool", "ForAnyValue:StringLike"];
const KEYS: &[&str] = &["aws:SourceArn", "AWS:sourcearn", "aws:SourceAccount", "aws:ResourceTag/Ö"];

fn set_of(pool: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(select(pool).prop_map(str::to_owned), 0..4)
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        select(&["true", "false", "10", "-3", "0.5", "Value", "value", "ß\"\\\u{1F980}"][..])
            .prop_map(str::to_owned),
        "\\PC{0,6}",
    ]
}

fn principals() -> impl Strategy<Value = PrincipalSet> {
    let listed = option::of(set_of(AWS)).prop_flat_map(|aws| {
        let others = select(&PrincipalKind::ALL[1..]);
        btree_map(others, set_of(OTHERS), 0..3).prop_map(move |mut listed| {
            listed.extend(aws.clone().map(|aws| (PrincipalKind::Aws, aws)));
            PrincipalSet::Listed(listed)
        })
    });
    prop_oneof![1 => Just(PrincipalSet::Any), 4 => listed]
}

fn condition() -> impl Strategy<Value = Condition> {
    let entry = (select(OPERATORS), select(KEYS), btree_set(value(), 0..3));
    vec(entry, 0..4).prop_map(|entries| {
        let mut condition = Condition::default();
        for (operator, key, values) in entries {
            condition.add(operator.to_owned(), key.to_owned(), values);
        }
        condition
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    let principal = option::of((any::<bool>(), principals()));
    let resource = option::of((any::<bool>(), set_of(RESOURCES)));
    let sid = option::of(select(&["Read", "read", "Write"][..]));
    (sid, any::<bool>(), principal, any::<bool>(), set_of(ACTIONS), resource, condition()).prop_map(
        |(sid, allow, principal, action, actions, resource, condition)| Statement {
            sid: sid.map(str::to_owned),
            effect: if allow { Effect::Allow } else { Effect::Deny },
            principal: principal.map(|(plain, set)| {
                if plain {
                    PrincipalElement::Principal(set)
                } else {
                    PrincipalElement::NotPrincipal(set)
                }
            }),
            action: if action {
                ActionElement::Action(actions)
            } else {
                ActionElement::NotAction(actions)
            },
            resource: resource.map(|(plain, set)| {
                if plain {
                    ResourceElement::Resource(set)
                } else {
                    ResourceElement::NotResource(set)
                }
            }),
            condition,
        },
    )
}

fn document() -> impl Strategy<Value = PolicyDocument> {
    let version = select(&[Version::V2008_10_17, Version::V2012_10_17][..]);
    let id = option::of(select(&["one", "Two words"][..]).prop_map(str::to_owned));
    (version, id, vec(statement(), 1..4)).prop_map(|(version, id, statements)| PolicyDocument {
        version,
        id,
        statements,
    })
}

/// Random numbers, drawn in advance, that decide how to rewrite a document. To simplify a failing
/// case, proptest reduces the numbers toward 0, which stands for "no rewrite".
#[derive(Debug)]
struct Choices {
    drawn: Vec<u8>,
    next: usize,
}

impl Choices {
    /// Returns the next choice as a number below `count`, or 0 if `count` is 0 or no numbers were
    /// drawn. After the last number, starts again with the first.
    fn pick(&mut self, count: usize) -> usize {
        if self.drawn.is_empty() || count == 0 {
            return 0;
        }
        let choice = usize::from(self.drawn[self.next % self.drawn.len()]);
        self.next += 1;
        choice % count
    }

    fn yes(&mut self) -> bool {
        self.pick(2) == 1
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            let other = place - self.pick(place + 1);
            list.swap(place, other);
        }
    }

    fn recase(&mut self, text: &str) -> String {
        match self.pick(3) {
            0 => text.to_owned(),
            1 => text.to_ascii_uppercase(),
            _ => text.to_ascii_lowercase(),
        }
    }
}

fn choices() -> impl Strategy<Value = Choices> {
    vec(any::<u8>(), 0..200).prop_map(|drawn| Choices { drawn, next: 0 })
}

/// A JSON value that can be written in several ways.
enum Node {
    Bare(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    fn write(self, choices: &mut Choices, out: &mut String) {
        space(choices, out);
        match self {
            Self::Bare(text) => out.push_str(&text),
            Self::Text(text) => quote(&text, choices, out),
            Self::List(list) => {
                out.push('[');
                for (place, node) in list.into_iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    node.write(choices, out);
                }
                out.push(']');
            }
            Self::Object(mut members) => {
                choices.shuffle(&mut members);
                out.push('{');
                for (place, (name, node)) in members.into_iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    space(choices, out);
                    quote(&name, choices, out);
                    out.push(':');
                    node.write(choices, out);
                }
                out.push('}');
            }
        }
        space(choices, out);
    }
}

fn space(choices: &mut Choices, out: &mut String) {
    out.push_str(["", "", " ", "\n\t", "\r\n"][choices.pick(5)]);
}

/// Writes a JSON string. Randomly escapes either all characters or only those that require it.
fn quote(text: &str, choices: &mut Choices, out: &mut String) {
    if choices.pick(3) < 2 {
        out.push_str(&serde_json::to_string(text).expect("a string is JSON"));
        return;
    }
    out.push('"');
    for unit in text.encode_utf16() {
        write!(out, "\\u{unit:04x}").expect("writing to a string succeeds");
    }
    out.push('"');
}

/// Returns the elements of a set as a list in random order. The list also contains `again`, an
/// optional duplicate of one of the elements. A single element is sometimes returned on its own,
/// without a list.
fn list(mut nodes: Vec<Node>, again: Option<Node>, choices: &mut Choices) -> Node {
    if nodes.len() == 1 && choices.yes() {
        return nodes.remove(0);
    }
    nodes.extend(again);
    choices.shuffle(&mut nodes);
    Node::List(nodes)
}

fn names(set: &BTreeSet<String>, choices: &mut Choices, spell: Spelling) -> Node {
    let nodes = set.iter().map(|name| Node::Text(spell(name, choices))).collect();
    let again = set.first().filter(|_| choices.yes()).map(|name| Node::Text(spell(name, choices)));
    list(nodes, again, choices)
}

type Spelling = fn(&str, &mut Choices) -> String;

fn as_written(text: &str, _: &mut Choices) -> String {
    text.to_owned()
}

fn aws_principal(text: &str, choices: &mut Choices) -> String {
    let account = match text.strip_suffix(":root") {
        Some(arn) => arn.rsplit(':').next().unwrap_or_default(),
        None => text,
    };
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    match choices.pick(5) {
        0 => text.to_owned(),
        1 => account.to_owned(),
        other => {
            let partition = ["aws", "aws-cn", "aws-us-gov"][other - 2];
            format!("arn:{partition}:iam::{account}:root")
        }
    }
}

fn condition_value(text: &str, choices: &mut Choices) -> Node {
    let bare = matches!(text, "true" | "false" | "10" | "-3" | "0.5");
    if bare && choices.yes() { Node::Bare(text.to_owned()) } else { Node::Text(text.to_owned()) }
}

/// Writes `document` as JSON, choosing at random among spellings with the same meaning.
fn respell(document: &PolicyDocument, choices: &mut Choices) -> String {
    let mut members = Vec::new();
    if document.version == Version::V2012_10_17 || choices.yes() {
        members.push(("Version".to_owned(), Node::Text(document.version.to_string())));
    }
    if document.id.is_some() || choices.yes() {
        let id = document.id.clone().unwrap_or_default();
        members.push(("Id".to_owned(), Node::Text(id)));
    }
    let statements =
        document.statements.iter().map(|statement| respell_statement(statement, choices)).collect();
    let again = choices.yes().then(|| respell_statement(&document.statements[0], choices));
    members.push(("Statement".to_owned(), list(statements, again, choices)));
    let mut text = String::new();
    Node::Object(members).write(choices, &mut text);
    text
}

fn respell_statement(statement: &Statement, choices: &mut Choices) -> Node {
    let Statement { sid, effect, principal, action, resource, condition } = statement;
    let mut members = Vec::new();
    if sid.is_some() || choices.yes() {
        members.push(("Sid".to_owned(), Node::Text(sid.clone().unwrap_or_default())));
    }
    members.push(("Effect".to_owned(), Node::Text(choices.recase(effect.as_str()))));
    if let Some(element) = principal {
        let name = match element {
            PrincipalElement::Principal(_) => "Principal",
            PrincipalElement::NotPrincipal(_) => "NotPrincipal",
        };
        members.push((name.to_owned(), respell_principals(element.principals(), choices)));
    }
    let actions = names(action.values(), choices, |text, choices| choices.recase(text));
    members.push((action.name().to_owned(), actions));
    if let Some(resource) = resource {
        let resources = names(resource.values(), choices, as_written);
        members.push((resource.name().to_owned(), resources));
    }
    let mut operators = BTreeMap::<&str, Vec<_>>::new();
    for (operator, key, values) in condition.iter() {
        let nodes = values.iter().map(|value| condition_value(value, choices)).collect();
        let again = values.first().filter(|_| choices.yes());
        let again = again.map(|value| condition_value(value, choices));
        let entry = (choices.recase(key), list(nodes, again, choices));
        operators.entry(operator).or_default().push(entry);
    }
    if choices.yes() {
        operators.entry("Null").or_default();
    }
    if !operators.is_empty() || choices.yes() {
        let operators = operators
            .into_iter()
            .map(|(operator, keys)| (operator.to_owned(), Node::Object(keys)))
            .collect();
        members.push(("Condition".to_owned(), Node::Object(operators)));
    }
    Node::Object(members)
}

fn respell_principals(set: &PrincipalSet, choices: &mut Choices) -> Node {
    let PrincipalSet::Listed(listed) = set else {
        return Node::Text("*".to_owned());
    };
    let mut kinds = Vec::new();
    for kind in PrincipalKind::ALL {
        let spelling = if kind == PrincipalKind::Aws { aws_principal } else { as_written };
        let ids = listed.get(&kind).cloned().unwrap_or_default();
        if !ids.is_empty() || choices.yes() {
            kinds.push((kind.as_str().to_owned(), names(&ids, choices, spelling)));
        }
    }
    Node::Object(kinds)
}

/// Changes the meaning of `document`, which must not contain two equal statements. Returns `None`
/// if the chosen change does not apply.
fn change(document: &mut PolicyDocument, choices: &mut Choices) -> Option<()> {
    let place = choices.pick(document.statements.len());
    let kind = choices.pick(24);
    match kind {
        0 => {
            document.version = match document.version {
                Version::V2008_10_17 => Version::V2012_10_17,
                Version::V2012_10_17 => Version::V2008_10_17,
            };
        }
        1 => document.id = Some("another".to_owned()),
        2 => document.id = Some(document.id.take()?.to_ascii_uppercase()),
        3 => drop((document.statements.len() > 1).then(|| document.statements.remove(place))?),
        4 => document.statements.push(Statement::deny(["new:Action"])),
        _ => change_statement(&mut document.statements[place], kind, choices)?,
    }
    Some(())
}

fn change_statement(statement: &mut Statement, kind: usize, choices: &mut Choices) -> Option<()> {
    let Statement { sid, effect, principal, action, resource, condition } = statement;
    match kind {
        5 => {
            *effect = match effect {
                Effect::Allow => Effect::Deny,
                Effect::Deny => Effect::Allow,
            };
        }
        6 => {
            *sid = match sid {
                Some(_) => None,
                None => Some("New".to_owned()),
            };
        }
        7..=9 => {
            let (ActionElement::Action(actions) | ActionElement::NotAction(actions)) = action;
            match kind {
                7 => drop(actions.insert("new:Action".to_owned())),
                8 => drop(actions.pop_first()?),
                _ => {
                    let actions = actions.clone();
                    *action = match action {
                        ActionElement::Action(_) => ActionElement::NotAction(actions),
                        ActionElement::NotAction(_) => ActionElement::Action(actions),
                    };
                }
            }
        }
        10..=13 => change_resource(resource, kind)?,
        14..=19 => change_principal(principal, kind, choices)?,
        20 => condition.add("Bool".to_owned(), "new:key".to_owned(), BTreeSet::new()),
        21 => {
            let operator = condition.0.keys().next()?.clone();
            let keys = condition.0.get_mut(&operator)?;
            keys.pop_first();
            if keys.is_empty() {
                condition.0.remove(&operator);
            }
        }
        22 => {
            let values = condition.0.values_mut().next()?.values_mut().next()?;
            let value = values.iter().find(|value| swapped(value) != **value)?.clone();
            values.remove(&value);
            values.insert(swapped(&value));
        }
        _ => {
            let (operator, keys) = condition.0.pop_first()?;
            condition.0.insert(swapped(&operator), keys);
        }
    }
    Some(())
}

/// Swaps the case of every ASCII letter.
fn swapped(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_ascii_uppercase() {
                letter.to_ascii_lowercase()
            } else {
                letter.to_ascii_uppercase()
            }
        })
        .collect()
}

fn change_resource(resource: &mut Option<ResourceElement>, kind: usize) -> Option<()> {
    let Some(ResourceElement::Resource(set) | ResourceElement::NotResource(set)) = resource else {
        *resource = Some(ResourceElement::Resource(BTreeSet::new()));
        return Some(());
    };
    match kind {
        10 => drop(set.insert("arn:aws:s3:::new".to_owned())),
        11 => drop(set.pop_first()?),
        12 => *resource = None,
        _ => {
            let set = set.clone();
            *resource = Some(match resource {
                Some(ResourceElement::Resource(_)) => ResourceElement::NotResource(set),
                _ => ResourceElement::Resource(set),
            });
        }
    }
    Some(())
}

fn change_principal(
    principal: &mut Option<PrincipalElement>,
    kind: usize,
    choices: &mut Choices,
) -> Option<()> {
    let Some(PrincipalElement::Principal(set) | PrincipalElement::NotPrincipal(set)) = principal
    else {
        *principal = Some(PrincipalElement::Principal(PrincipalSet::Any));
        return Some(());
    };
    let every_account = *set == PrincipalSet::aws(["*"]);
    match (kind, &mut *set) {
        (14, _) => *principal = None,
        (15, _) => {
            let set = set.clone();
            *principal = Some(match principal {
                Some(PrincipalElement::Principal(_)) => PrincipalElement::NotPrincipal(set),
                _ => PrincipalElement::Principal(set),
            });
        }
        (_, PrincipalSet::Any) => *set = PrincipalSet::aws(["*"]),
        (16, PrincipalSet::Listed(_)) if every_account => *set = PrincipalSet::Any,

        (16 | 17, PrincipalSet::Listed(listed)) => {
            let kind = PrincipalKind::ALL[choices.pick(4)];
            listed.entry(kind).or_default().insert("999999999999".to_owned());
        }
        (18, PrincipalSet::Listed(listed)) => {
            // Replaces an account with a different account, or with a role in the same account.
            let ids = listed.get_mut(&PrincipalKind::Aws)?;
            let account = ids.iter().find(|id| id.len() == 12)?.clone();
            ids.remove(&account);
            ids.insert(if choices.yes() {
                "111111111111".to_owned()
            } else {
                format!("arn:aws:iam::{account}:role/root")
            });
        }
        (_, PrincipalSet::Listed(listed)) => {
            listed.values_mut().find(|ids| !ids.is_empty())?.pop_last();
        }
    }
    Some(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2 * ProptestConfig::default().cases, failure_persistence: None, ..Default::default() })]

    #[test]
    fn respelling_keeps_the_meaning(document in document(), mut choices in choices()) {
        let text = respell(&document, &mut choices);
        let read = PolicyDocument::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&document), "{}", text);
        let observed = PolicyText::new(text);
        prop_assert!(observed.means_the_same(&document));
        prop_assert_eq!(observed.difference_to(&document), None);
        let twice = respell(observed.document().expect("the text was parsed"), &mut choices);
        prop_assert_eq!(PolicyDocument::parse(&twice).expect("the text parses").canonical(), document.canonical());
    }

    #[test]
    fn changing_the_meaning_makes_documents_differ(document in document(), mut choices in choices()) {
        let before = document.canonical().to_document();
        let mut after = before.clone();
        if change(&mut after, &mut choices).is_some() {
            prop_assert_ne!(&after, &before);
            prop_assert!(!after.canonical().eq(&before.canonical()));
            prop_assert!(!PolicyDiff::between(&before, &after).is_empty());
            let observed = PolicyText::new(respell(&before, &mut choices));
            prop_assert!(!observed.means_the_same(&after));
            prop_assert!(observed.difference_to(&after).is_some());
        }
    }

    #[test]
    fn written_documents_parse_to_the_same_document(document in document()) {
        for text in [document.to_json(), document.to_json_pretty()] {
            let read = PolicyDocument::parse(&text).expect("the written text is a valid document");
            prop_assert_eq!(read.to_json(), document.to_json());
            prop_assert_eq!(&read, &document);
        }
    }

    #[test]
    fn canonicalization_is_idempotent(document in document()) {
        let canonical = document.canonical();
        prop_assert_eq!(&canonical.to_document().canonical(), &canonical);
        prop_assert_eq!(
            canonical.to_document().canonical().to_document().to_json(),
            canonical.to_document().to_json()
        );
        prop_assert_eq!(canonical.to_document(), document);
    }

    #[test]
    fn diff_is_empty_if_and_only_if_documents_are_equal(one in document(), other in document()) {
        let diff = PolicyDiff::between(&one, &other);
        prop_assert_eq!(diff.is_empty(), one == other);
        prop_assert_eq!(diff.to_string().is_empty(), one == other);
    }

    #[test]
    fn parsing_arbitrary_text_does_not_panic(text in "\\PC*") {
        drop(PolicyDocument::parse(&text));
    }

    #[test]
    fn parsing_a_damaged_document_does_not_panic(
        document in document(),
        mut choices in choices(),
        place in any::<usize>(),
        damage in "[\\[\\]{}\",:a0\\\\]{0,3}",
    ) {
        let mut letters: Vec<char> = respell(&document, &mut choices).chars().collect();
        let place = place % letters.len();
        letters.splice(place..=place, damage.chars());
        drop(PolicyDocument::parse(&letters.into_iter().collect::<String>()));
    }
}
