//! Forms of the Query protocol: `Tags.member.1.Key=Name&...` as a tree.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use std::borrow::Cow;

use percent_encoding::percent_decode;
use serde_json_borrow::Value;

use crate::shapes::Mismatch;

/// The maximum number of parts in a parameter's name. No service has a parameter with more parts,
/// so longer names are ignored like other unknown names.
const DEEPEST: usize = 8;

/// The parameters of a request. If a parameter occurs twice, the last value is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Form<'r> {
    /// Reads the parameters from a request body or query string. Returns `false` if they are not
    /// valid text.
    pub(crate) fn read(&mut self, encoded: &'r [u8]) -> bool {
        encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).all(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(equals);
            let decoded = decode(name).zip(decode(value.get(1..).unwrap_or_default()));
            decoded.map(|parameter| self.0.push(parameter)).is_some()
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// Splits the parameters' names into parts and returns the parameters as a tree: nested objects
    /// that contain strings.
    pub(super) fn tree(&self) -> Result<Value<'_>, Mismatch> {
        let parameters = self.0.iter().map(|(name, text)| (&**name, &**text));
        let mut parameters: Vec<_> =
            parameters.filter(|(name, _)| name.split('.').count() <= DEEPEST).collect();
        // Sort by parts, so that each name comes directly before the names that extend it.
        parameters.sort_by(|(one, _), (other, _)| one.split('.').cmp(other.split('.')));
        object(&parameters)
    }
}

/// Decodes a name or value. Most need no decoding and are borrowed.
fn decode(encoded: &[u8]) -> Option<Cow<'_, str>> {
    if !encoded.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return str::from_utf8(encoded).ok().map(Cow::Borrowed);
    }
    let spaced: Vec<u8> =
        encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).ok().map(Cow::Owned)
}

/// Creates an object from sorted parameters.
fn object<'f>(sorted: &[(&'f str, &'f str)]) -> Result<Value<'f>, Mismatch> {
    let first = |name: &'f str| name.split_once('.').map_or(name, |(first, _)| first);
    let rest = |(name, text): &(&'f str, &'f str)| Some((name.split_once('.')?.1, *text));
    let mut members = Vec::new();
    for group in sorted.chunk_by(|(one, _), (other, _)| first(one) == first(other)) {
        let Some((name, text)) = group.last() else { continue };
        let inner: Vec<_> = group.iter().filter_map(rest).collect();
        let value = if inner.is_empty() {
            Value::Str((*text).into())
        } else if inner.len() == group.len() {
            object(&inner)?
        } else {
            return Err(Mismatch::words("Start of list found where not expected"));
        };
        members.push((first(name), value));
    }
    Ok(Value::Object(members.into()))
}
