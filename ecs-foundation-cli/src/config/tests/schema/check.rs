//! Implements the part of JSON Schema that the file's schema uses, for the tree from which the file is read. The schema
//! must not use any other keyword.

use std::cell::RefCell;
use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// Follows a reference. Other members of the node are ignored.
pub(super) fn resolve<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').expect("a reference within the schema");
            schema.pointer(pointer).expect("a definition")
        }
        None => node,
    }
}

pub(super) struct Checker<'a> {
    schema: &'a Value,
}

type Verdict = Result<(), String>;

fn hold(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(why()) }
}

impl<'a> Checker<'a> {
    pub(super) fn new(schema: &'a Value) -> Self {
        Self { schema }
    }

    pub(super) fn table(&self, node: &Value, table: &DeTable<'_>) -> Verdict {
        self.value(node, &DeValue::Table(table.clone()))
    }

    fn value(&self, node: &Value, value: &DeValue<'_>) -> Verdict {
        if node.is_boolean() {
            return hold(node == &Value::Bool(true), || "it has no place here".to_owned());
        }
        let node = resolve(self.schema, node);
        for (word, rule) in node.as_object().expect("a schema") {
            self.rule(node, word, rule, value)?;
        }
        Ok(())
    }

    fn rule(&self, node: &Value, word: &str, rule: &Value, value: &DeValue<'_>) -> Verdict {
        let wrong = || format!("{word} {rule} does not allow {value:?}");
        let text = if let DeValue::String(text) = value { Some(text.as_ref()) } else { None };
        let integer = if let DeValue::Integer(number) = value {
            Some(i64::from_str_radix(number.as_str(), number.radix()).expect("64 bits"))
        } else {
            None
        };
        let length = text.map(|text| text.chars().count() as u64);
        let all = || rule.as_array().expect("a list").iter().map(|one| self.value(one, value));
        match word {
            "$schema" | "$id" | "title" | "description" | "definitions" => Ok(()),
            "type" => {
                let names = rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice);
                hold(names.iter().any(|name| is_type(name, value)), wrong)
            }
            "enum" | "const" => {
                let words = rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice);
                let is = |word: &Value| {
                    text.is_some_and(|text| word == text)
                        || integer.is_some_and(|number| *word == number)
                };
                hold(words.iter().any(is), wrong)
            }
            "pattern" => {
                let pattern = rule.as_str().expect("a text");
                hold(text.is_none_or(|text| is_match(pattern, text)), wrong)
            }
            "minLength" => hold(length.is_none_or(|length| Some(length) >= rule.as_u64()), wrong),
            "maxLength" => hold(length.is_none_or(|length| Some(length) <= rule.as_u64()), wrong),
            "minimum" => hold(integer.is_none_or(|number| Some(number) >= rule.as_i64()), wrong),
            "maximum" => hold(integer.is_none_or(|number| Some(number) <= rule.as_i64()), wrong),
            "allOf" => all().collect(),
            "anyOf" => hold(all().any(|verdict| verdict.is_ok()), wrong),
            "oneOf" => hold(all().flatten().count() == 1, wrong),
            "not" => hold(self.value(rule, value).is_err(), wrong),
            "items" | "minItems" => match value {
                DeValue::Array(items) if word == "items" => {
                    items.iter().try_for_each(|item| self.value(rule, item.get_ref()))
                }
                DeValue::Array(items) => hold(Some(items.len() as u64) >= rule.as_u64(), wrong),
                _ => Ok(()),
            },
            _ => match value {
                DeValue::Table(table) => self.of_table(node, word, rule, table),
                _ => Ok(()),
            },
        }
    }

    fn of_table(&self, node: &Value, word: &str, rule: &Value, table: &DeTable<'_>) -> Verdict {
        let known = |key: &str| node["properties"].get(key).is_some();
        let mut entries =
            table.iter().map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()));
        let result = match word {
            "properties" => entries.try_for_each(|(key, value)| {
                rule.get(key).map_or(Ok(()), |node| self.value(node, value))
            }),
            "additionalProperties" => entries
                .filter(|(key, _)| !known(key))
                .try_for_each(|(_, value)| self.value(rule, value)),
            "propertyNames" => entries
                .try_for_each(|(key, _)| self.value(rule, &DeValue::String(key.to_owned().into()))),
            "required" => {
                let names = rule.as_array().expect("a list");
                let has = |name: &Value| table.keys().any(|key| name == key.get_ref().as_ref());
                hold(names.iter().all(has), || format!("it lacks some of {rule}"))
            }
            "maxProperties" => hold(Some(table.len() as u64) <= rule.as_u64(), || {
                "it has too many keys".to_owned()
            }),
            _ => panic!("the schema uses {word}, which is not checked here"),
        };
        result.map_err(|why| {
            format!("{why} (in {:?})", table.keys().map(toml::Spanned::get_ref).collect::<Vec<_>>())
        })
    }
}

/// Returns whether a text matches a pattern. Each pattern is compiled once.
fn is_match(pattern: &str, text: &str) -> bool {
    thread_local! {
        static READ: RefCell<BTreeMap<String, Regex>> = RefCell::default();
    }
    READ.with_borrow_mut(|read| {
        let read = read.entry(pattern.to_owned());
        read.or_insert_with(|| Regex::new(pattern).expect("a pattern")).is_match(text)
    })
}

fn is_type(name: &Value, value: &DeValue<'_>) -> bool {
    match value {
        DeValue::String(_) => name == "string",
        DeValue::Integer(number) => name == "integer" && number.radix() == 10,
        DeValue::Float(_) => name == "number",
        DeValue::Boolean(_) => name == "boolean",
        DeValue::Array(_) => name == "array",
        DeValue::Table(_) => name == "object",
        // JSON has no dates, so TOML validators treat them as texts with a format.
        DeValue::Datetime(_) => false,
    }
}
