//! Forms of the Query protocol: `Tags.member.1.Key=Name&...` as a tree.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use std::collections::BTreeMap;

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use crate::shapes::Mismatch;

/// The maximum number of parts in a parameter's name. No service has a parameter with more parts,
/// so longer names are ignored like other unknown names.
const DEEPEST: usize = 8;

/// The parameters of a request. If a parameter occurs twice, the last value is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads the parameters from a request body or query string. Returns `false` if they are not
    /// valid text.
    pub(crate) fn read(&mut self, encoded: &[u8]) -> bool {
        encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).all(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(equals);
            let decoded = decode(name).zip(decode(value.get(1..).unwrap_or_default()));
            decoded.map(|(name, value)| self.0.insert(name, value)).is_some()
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Splits the parameters' names into parts and returns the parameters as a tree: nested objects
    /// that contain strings.
    pub(super) fn into_tree(self) -> Result<Value, Mismatch> {
        let mut root = Map::new();
        for (name, text) in self.0 {
            let parts: Vec<&str> = name.split('.').collect();
            if parts.len() <= DEEPEST {
                insert(&mut root, &parts, text)?;
            }
        }
        Ok(Value::Object(root))
    }
}

fn decode(encoded: &[u8]) -> Option<String> {
    let spaced: Vec<u8> =
        encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    // Most names and values contain no percent escapes, so percent-decoding would only copy them.
    let decoded = if encoded.contains(&b'%') { percent_decode(&spaced).collect() } else { spaced };
    String::from_utf8(decoded).ok()
}

fn insert(map: &mut Map<String, Value>, parts: &[&str], text: String) -> Result<(), Mismatch> {
    let Some((first, rest)) = parts.split_first() else { return Ok(()) };
    if rest.is_empty() {
        // The names are sorted, so a name comes before all names that extend it, and nothing is
        // overwritten.
        map.insert((*first).to_owned(), Value::String(text));
        return Ok(());
    }
    let next = map.entry(*first).or_insert_with(|| Value::Object(Map::new()));
    match next {
        Value::Object(inner) => insert(inner, rest, text),
        _ => Err(Mismatch::words("Start of list found where not expected")),
    }
}
