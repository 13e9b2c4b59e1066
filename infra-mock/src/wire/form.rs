//! Forms of the Query protocol: `Tags.member.1.Key=Name&...` as a tree.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::shapes::{Mismatch, Untyped};

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
    pub(super) fn into_tree(self) -> Result<Untyped<'r>, Mismatch> {
        let Self(mut parameters) = self;
        parameters.retain(|(name, _)| name.split('.').count() <= DEEPEST);
        // Sort by parts, so that each name comes directly before the names that extend it.
        parameters.sort_by(|(one, _), (other, _)| one.split('.').cmp(other.split('.')));
        let mut root = Vec::new();
        for (name, text) in parameters {
            insert(&mut root, name, text)?;
        }
        Ok(Untyped::Object(root))
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

/// Inserts a parameter into an object. The parameters must be inserted in sorted order, so that only
/// the last member can have the same first part.
fn insert<'r>(
    object: &mut Vec<(Cow<'r, str>, Untyped<'r>)>,
    name: Cow<'r, str>,
    text: Cow<'r, str>,
) -> Result<(), Mismatch> {
    let (first, rest) = split(name);
    let last = object.pop_if(|(last, _)| *last == first).map(|(_, value)| value);
    let Some(rest) = rest else {
        // A name comes before the names that extend it, so this replaces only an earlier value of
        // the same parameter.
        object.push((first, Untyped::Text(text)));
        return Ok(());
    };
    let mut inner = match last {
        None => Vec::new(),
        Some(Untyped::Object(inner)) => inner,
        Some(_) => return Err(Mismatch::words("Start of list found where not expected")),
    };
    insert(&mut inner, rest, text)?;
    object.push((first, Untyped::Object(inner)));
    Ok(())
}

/// Splits a name into its first part and the rest.
fn split(name: Cow<'_, str>) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    match name {
        Cow::Borrowed(name) => match name.split_once('.') {
            Some((first, rest)) => (first.into(), Some(rest.into())),
            None => (name.into(), None),
        },
        Cow::Owned(name) => match name.split_once('.') {
            Some((first, rest)) => (first.to_owned().into(), Some(rest.to_owned().into())),
            None => (name.into(), None),
        },
    }
}
