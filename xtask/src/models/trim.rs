//! Reduces botocore's model of a service to the parts that the mock implements, and removes the
//! documentation.

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::process::{Result, root};

/// The selected operations and the corrections from `infra-mock/models/SERVICE.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Selection {
    /// The operations that the mock implements, sorted.
    pub(super) operations: Vec<String>,
    /// Operations that change nothing although their names suggest otherwise.
    #[serde(default)]
    pub(super) reads: Vec<String>,
    /// Response structures that can also be deserialized. The mock keeps these structures in its
    /// state and reads them from snapshots.
    #[serde(default)]
    pub(super) stored: Vec<String>,
    /// Response members, in the form `Structure.Member`, that AWS sometimes omits although AWS's
    /// model requires them.
    #[serde(default)]
    pub(super) optional: Vec<String>,
    /// Response members, in the form `Structure.Member`, that AWS always sends although AWS's model
    /// does not require them.
    #[serde(default)]
    pub(super) present: Vec<String>,
}

impl Selection {
    pub(super) fn read(service: &str) -> Result<Self> {
        let file = root().join(format!("infra-mock/models/{service}.toml"));
        let fail = |error: String| format!("{}: {error}", file.display());
        let text = fs::read_to_string(&file).map_err(|error| fail(error.to_string()))?;
        let mut selection: Self = toml::from_str(&text).map_err(|error| fail(error.to_string()))?;
        if !selection.operations.is_sorted() {
            return Err(fail("operations are not sorted".to_owned()));
        }
        selection.operations.dedup();
        Ok(selection)
    }
}

/// The keys that are kept from botocore's model of a shape.
const KEPT: [&str; 14] = [
    "type",
    "required",
    "members",
    "member",
    "key",
    "value",
    "min",
    "max",
    "pattern",
    "enum",
    "union",
    "document",
    "eventstream",
    "exception",
];

/// Returns the selected operations, everything that they refer to, and the names of the other
/// operations.
pub(super) fn trim(
    service: &str,
    full: &Value,
    selection: &Selection,
    version: &str,
) -> Result<Value> {
    let all = full["operations"].as_object().ok_or("the model has no operations")?;
    let mut operations = Map::new();
    let mut reached = BTreeSet::new();
    for name in &selection.operations {
        let operation = all.get(name).ok_or_else(|| format!("AWS has no {service}:{name}"))?;
        let errors = shape_names(&operation["errors"]);
        let (input, output) = (shape_name(&operation["input"]), shape_name(&operation["output"]));
        for root in input.iter().chain(&output).chain(&errors) {
            reach(full, root, &mut reached);
        }
        operations
            .insert(name.clone(), json!({ "input": input, "output": output, "errors": errors }));
    }
    // The Rust types of a structure's members depend on whether a request contains the structure.
    // The loop also covers the operations that the mock does not implement, so that these types do
    // not change when the mock implements another operation.
    let mut of_requests = BTreeSet::new();
    for operation in all.values() {
        if let Some(input) = shape_name(&operation["input"]) {
            reach(full, &input, &mut of_requests);
        }
    }
    let mut shapes = Map::new();
    for name in reached {
        let mut shape = without_prose(&full["shapes"][&name]);
        if shape["type"] == "structure" && of_requests.contains(&name) {
            shape["request"] = json!(true);
        }
        shapes.insert(name, shape);
    }
    let others: Vec<&String> =
        all.keys().filter(|name| !selection.operations.contains(name)).collect();
    let metadata = &full["metadata"];
    Ok(json!({
        "botocore": version,
        "service": service,
        "apiVersion": metadata["apiVersion"],
        "protocol": metadata["protocol"],
        "operations": operations,
        "others": others,
        "shapes": shapes,
    }))
}

fn shape_name(reference: &Value) -> Option<String> {
    reference["shape"].as_str().map(str::to_owned)
}

fn shape_names(references: &Value) -> Vec<String> {
    references.as_array().into_iter().flatten().filter_map(shape_name).collect()
}

fn reach(full: &Value, name: &str, reached: &mut BTreeSet<String>) {
    if !reached.insert(name.to_owned()) {
        return;
    }
    let shape = &full["shapes"][name];
    let members = shape["members"].as_object().into_iter().flat_map(Map::values);
    let inner = ["member", "key", "value"].into_iter().map(|key| &shape[key]);
    for name in members.chain(inner).filter_map(shape_name) {
        reach(full, &name, reached);
    }
}

fn without_prose(shape: &Value) -> Value {
    let mut kept = Map::new();
    for key in KEPT {
        let value = match (key, &shape[key]) {
            (_, Value::Null) => continue,
            ("members", Value::Object(members)) => {
                let members =
                    members.iter().map(|(name, member)| (name.clone(), reference(member)));
                Value::Object(members.collect())
            }
            ("member" | "key" | "value", inner) => reference(inner),
            (_, value) => value.clone(),
        };
        kept.insert(key.to_owned(), value);
    }
    if let Some(error) = shape["error"].as_object() {
        kept.insert(
            "error".to_owned(),
            json!({ "code": error["code"], "status": error["httpStatusCode"] }),
        );
    }
    if shape["fault"] == true {
        kept.insert("fault".to_owned(), json!(true));
    }
    Value::Object(kept)
}

/// Removes the documentation from a member's reference to its shape. Keeps the keys that change how
/// the member is sent, although none of the current models contains such a key.
fn reference(member: &Value) -> Value {
    let changing = ["locationName", "flattened", "jsonvalue", "timestampFormat", "xmlAttribute"];
    let mut kept = Map::from_iter([("shape".to_owned(), member["shape"].clone())]);
    for key in changing {
        if !member[key].is_null() {
            kept.insert(key.to_owned(), member[key].clone());
        }
    }
    Value::Object(kept)
}
