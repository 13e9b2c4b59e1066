//! The types of a trimmed model.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::process::Result;

/// The model of a service.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Model {
    pub(super) botocore: String,
    pub(super) api_version: String,
    pub(super) protocol: Protocol,
    pub(super) operations: BTreeMap<String, Operation>,
    /// The names of the operations that the mock does not implement.
    pub(super) others: Vec<String>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Protocol {
    Json,
    Query,
}

#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    pub(super) input: Option<String>,
    pub(super) output: Option<String>,
    pub(super) errors: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "botocore defines these members")]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) required: Vec<String>,
    #[serde(default)]
    pub(super) members: serde_json::Map<String, Value>,
    pub(super) member: Option<Reference>,
    pub(super) key: Option<Reference>,
    pub(super) value: Option<Reference>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<String>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
    #[serde(default, rename = "union")]
    pub(super) _union: bool,
    #[serde(default)]
    pub(super) document: bool,
    #[serde(default)]
    pub(super) eventstream: bool,
    #[serde(default)]
    pub(super) exception: bool,
    #[serde(default)]
    pub(super) fault: bool,
    pub(super) error: Option<ErrorTrait>,
    /// Whether any of the service's requests contains the shape.
    #[serde(default)]
    pub(super) request: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Timestamp,
    Blob,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    pub(super) shape: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorTrait {
    pub(super) code: String,
    pub(super) status: Option<u16>,
}

/// One member of a structure.
#[derive(Debug)]
pub(super) struct Member<'m> {
    pub(super) name: &'m str,
    pub(super) shape_name: &'m str,
    pub(super) shape: &'m Shape,
    pub(super) required: bool,
}

impl Model {
    pub(super) fn read(trimmed: &Value) -> Result<Self> {
        Self::deserialize(trimmed).map_err(|error| error.to_string())
    }

    pub(super) fn shape(&self, name: &str) -> Result<&Shape> {
        self.shapes.get(name).ok_or_else(|| format!("the model has no shape {name}"))
    }

    /// Returns the members of a structure in the model's order.
    pub(super) fn members<'m>(&'m self, shape: &'m Shape) -> Result<Vec<Member<'m>>> {
        let member = |(name, value): (&'m String, &'m Value)| {
            let has_another_form = value.as_object().is_some_and(|object| object.len() > 1);
            let shape_name = value["shape"].as_str().filter(|_| !has_another_form);
            let shape_name = shape_name
                .ok_or_else(|| format!("{name} has a different form on the wire: {value}"))?;
            let required = shape.required.contains(name);
            Ok(Member { name, shape_name, shape: self.shape(shape_name)?, required })
        };
        shape.members.iter().map(member).collect()
    }

    /// Returns the shape of a list's items, or of a map's keys or values.
    pub(super) fn inner<'m>(
        &'m self,
        reference: Option<&'m Reference>,
    ) -> Result<(&'m str, &'m Shape)> {
        let name = &reference.ok_or("a list or map in the model has no item shape")?.shape;
        Ok((name, self.shape(name)?))
    }
}
