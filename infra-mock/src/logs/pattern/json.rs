//! JSON patterns: conditions on the values that selectors refer to.

use serde_json::Value;

use super::expression::Expression;
use super::scanner::Scanner;
use super::value::Comparison;

/// A condition on a value.
#[derive(Debug)]
pub(super) struct Condition {
    selector: Vec<Step>,
    test: Test,
}

/// One step of a selector. Each step selects parts of a JSON value.
#[derive(Debug)]
enum Step {
    Member(String),
    Item(usize),
    /// The wildcard `.*`: any member of an object.
    AnyMember,
    /// The wildcard `[*]`: any item of an array.
    AnyItem,
}

impl Step {
    fn is_wildcard(&self) -> bool {
        matches!(self, Self::AnyMember | Self::AnyItem)
    }

    /// Returns the parts of a value that the step selects.
    fn take<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match (self, value) {
            (Self::Member(name), _) => value.get(name).into_iter().collect(),
            (Self::Item(place), _) => value.get(place).into_iter().collect(),
            (Self::AnyMember, Value::Object(members)) => members.values().collect(),
            (Self::AnyItem, Value::Array(items)) => items.iter().collect(),
            (Self::AnyMember | Self::AnyItem, _) => Vec::new(),
        }
    }
}

#[derive(Debug)]
enum Test {
    Compare(Comparison),
    IsNull,
    IsBoolean(bool),
    NotExists,
}

/// "You can only use up to one wildcard selector in a property selector, and up to three wildcard
/// selectors in a filter pattern with compound expressions", according to the syntax documentation.
const MAX_WILDCARDS: usize = 3;

/// Parses the part of a pattern that follows the opening brace.
pub(super) fn parse(scanner: &mut Scanner<'_>) -> Option<Expression<Condition>> {
    let expression = Expression::parse(scanner, &Condition::parse)?;
    let mut wildcards = 0;
    expression.each(&mut |condition| {
        wildcards += condition.selector.iter().filter(|step| step.is_wildcard()).count();
    });
    let is_whole = scanner.eat("}") && scanner.is_done();
    (is_whole && wildcards <= MAX_WILDCARDS).then_some(expression)
}

/// Returns whether a message is a JSON object that matches the expression.
pub(super) fn match_message(expression: &Expression<Condition>, message: &str) -> bool {
    serde_json::from_str::<Value>(message)
        .is_ok_and(|json| json.is_object() && expression.holds(&|part| part.holds(&json)))
}

impl Condition {
    fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        let selector = selector(scanner)?;
        let test = if scanner.eat("NOT") {
            scanner.eat("EXISTS").then_some(Test::NotExists)?
        } else if scanner.eat("IS") {
            if scanner.eat("NULL") {
                Test::IsNull
            } else if scanner.eat("TRUE") {
                Test::IsBoolean(true)
            } else {
                scanner.eat("FALSE").then_some(Test::IsBoolean(false))?
            }
        } else {
            Test::Compare(Comparison::parse(scanner)?)
        };
        Some(Self { selector, test })
    }

    fn holds(&self, json: &Value) -> bool {
        let found = self.selector.iter().fold(vec![json], |values, step| {
            values.into_iter().flat_map(|value| step.take(value)).collect()
        });
        match &self.test {
            Test::NotExists => found.is_empty(),
            Test::IsNull => found.into_iter().any(Value::is_null),
            Test::IsBoolean(is) => found.into_iter().any(|value| value.as_bool() == Some(*is)),
            // "If a property selector points to an array or object, the filter pattern won't match
            // the log format", according to the syntax documentation.
            Test::Compare(comparison) => found.into_iter().any(|value| match value {
                Value::String(text) => comparison.holds(text),
                Value::Number(number) => comparison.holds(&number.to_string()),
                _ => false,
            }),
        }
    }
}

/// Parses a selector, such as `$.users[0].email`, `$.users[*].id` or `$.['cluster.name']`.
fn selector(scanner: &mut Scanner<'_>) -> Option<Vec<Step>> {
    if !scanner.eat("$") {
        return None;
    }
    let mut steps = Vec::new();
    loop {
        let step = match scanner.peek() {
            Some('.') => {
                scanner.eat(".");
                if scanner.eat("*") {
                    Step::AnyMember
                } else if scanner.eat("['") {
                    bracketed(scanner)?
                } else {
                    let wanted = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
                    let name = scanner.take_while(wanted);
                    Step::Member((!name.is_empty()).then(|| name.to_owned())?)
                }
            }
            Some('[') if scanner.eat("['") => bracketed(scanner)?,
            Some('[') => {
                scanner.eat("[");
                let step = if scanner.eat("*") {
                    Step::AnyItem
                } else {
                    Step::Item(scanner.take_while(|char| char.is_ascii_digit()).parse().ok()?)
                };
                scanner.eat("]").then_some(step)?
            }
            _ => break,
        };
        steps.push(step);
    }
    let wildcards = steps.iter().filter(|step| step.is_wildcard()).count();
    (!steps.is_empty() && wildcards <= 1).then_some(steps)
}

/// Reads the rest of a step such as `['name']`, after the opening quote.
fn bracketed(scanner: &mut Scanner<'_>) -> Option<Step> {
    let name = scanner.take_while(|char| char != '\'');
    (!name.is_empty() && scanner.eat("']")).then(|| Step::Member(name.to_owned()))
}
