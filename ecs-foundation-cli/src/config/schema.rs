//! The JSON Schema of the file, by which editors complete and check it.
//!
//! It follows from the lists of keys by which the file is read. What only the whole can tell right from wrong,
//! such as a strategy that names a provider of the cluster, is left to the program.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::section::{Key, Section};
use super::shape;

/// The table of the tables of environments.
const ENVIRONMENTS: &str = "environments";

/// Where the schema of this version is published.
pub(crate) const SCHEMA_URL: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/raw/v",
    env!("CARGO_PKG_VERSION"),
    "/docs/ecs-foundation.schema.json"
);

/// The schema, in the dialect that editors know best.
pub(crate) fn schema() -> Value {
    let mut definitions = Map::new();
    let mut top = Map::new();
    let mut inner = Map::new();
    for key in Draft::KEYS {
        if key.name == ENVIRONMENTS {
            continue;
        }
        let reference = json!({ "$ref": format!("#/definitions/{}", key.name) });
        if !key.only_top {
            inner.insert(key.name.to_owned(), reference.clone());
        }
        top.insert(key.name.to_owned(), reference);
        definitions.insert(key.name.to_owned(), described(key));
    }
    let about = Draft::KEYS.iter().find(|key| key.name == ENVIRONMENTS).map(|key| key.about);
    top.insert(
        ENVIRONMENTS.to_owned(),
        json!({
            "description": about,
            "type": "object",
            "propertyNames": { "pattern": shape::WORDS, "maxLength": 40 },
            "additionalProperties": {
                "description": "What this environment has of its own.",
                "type": "object",
                "properties": inner,
                "additionalProperties": false,
            },
        }),
    );
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_URL,
        "title": "ecs-foundation.toml",
        "description": "What ecs-foundation creates, checks and removes.",
        "type": "object",
        "properties": top,
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// A table with the keys of a section.
pub(super) fn table<S: Section>() -> Value {
    let properties: Map<String, Value> =
        S::KEYS.iter().map(|key| (key.name.to_owned(), described(key))).collect();
    let mut table = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Some(table), Value::Object(rules)) = (table.as_object_mut(), S::rules()) {
        table.extend(rules);
    }
    table
}

/// A list of such tables.
pub(super) fn tables<S: Section>() -> Value {
    shape::list(&table::<S>())
}

/// What a key says about itself, and what its value may be.
fn described<T>(key: &Key<T>) -> Value {
    let mut value = Map::new();
    value.insert("description".to_owned(), key.about.into());
    if let Value::Object(shape) = (key.shape)() {
        value.extend(shape);
    }
    value.into()
}
