//! The JSON Schema of the configuration file. Editors use it to complete and check the file.
//!
//! The schema is generated from the lists of keys that the reader uses and from the types of the
//! values. Some rules that involve several values are not in the schema, for example that a
//! strategy can use only the cluster's capacity providers. Only the program checks these rules.

use infra_core::names::EnvironmentName;
use infra_core::values::Value as _;
use serde_json::{Map, Value as Json, json};

use super::partial::Partial;
use super::section::{Key, Section, keys};

/// The key of the table that contains the environments.
pub(super) const ENVIRONMENTS: &str = "environments";

/// The URL of the published schema for this version.
pub(crate) const SCHEMA_URL: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/raw/v",
    env!("CARGO_PKG_VERSION"),
    "/docs/ecs-foundation.schema.json"
);

/// Returns the schema in draft 7 of JSON Schema, which is the version that editors support best.
pub(crate) fn schema() -> Json {
    let mut definitions = Map::new();
    let mut top = Map::new();
    let mut inner = Map::new();
    let keys = keys::<Partial>();
    for key in keys.iter().filter(|key| key.name != ENVIRONMENTS) {
        let reference = json!({ "$ref": format!("#/definitions/{}", key.name) });
        if !key.only_top {
            inner.insert(key.name.to_owned(), reference.clone());
        }
        top.insert(key.name.to_owned(), reference);
        definitions.insert(key.name.to_owned(), described(key));
    }
    let about = keys.iter().find(|key| key.name == ENVIRONMENTS).map(|key| key.about);
    top.insert(
        ENVIRONMENTS.to_owned(),
        json!({
            "description": about,
            "type": "object",
            "propertyNames": EnvironmentName::schema(),
            "additionalProperties": {
                "description": "The settings of this environment.",
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
        "description": "The configuration of ecs-foundation.",
        "type": "object",
        "properties": top,
        "additionalProperties": false,
        "definitions": definitions,
    })
}

/// Returns the schema of a table.
pub(super) fn table<S: Section>() -> Json {
    let properties: Map<String, Json> =
        keys::<S>().iter().map(|key| (key.name.to_owned(), described(key))).collect();
    let mut table = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Some(table), Json::Object(rules)) = (table.as_object_mut(), S::rules()) {
        table.extend(rules);
    }
    table
}

/// Returns the schema of a key's value, with the documentation of the key as its description.
fn described<T>(key: &Key<T>) -> Json {
    let mut described = Map::new();
    described.insert("description".to_owned(), key.about.into());
    if let Json::Object(schema) = key.schema() {
        described.extend(schema);
    }
    if key.non_empty {
        described.insert("minItems".to_owned(), 1.into());
    }
    described.into()
}
