//! Exports the foundation as configuration for other tools. This module reads no input and prints nothing.
//!
//! Each target has its own module, which destructures the resolved foundation completely, so that a new attribute fails
//! to compile until every target exports it or adds a note that it cannot.

mod cloudformation;
mod hcl;
mod terraform;
mod yaml;

#[cfg(test)]
mod tests;

pub(crate) use cloudformation::cloudformation;
pub(crate) use terraform::{Import, terraform};
pub(crate) use yaml::yaml;

/// A foundation as configuration for another tool.
#[derive(Clone, Debug)]
pub(crate) struct Export<T> {
    /// The exported document.
    pub(crate) document: T,
    /// Notes about everything that the target cannot express or does differently.
    pub(crate) notes: Vec<String>,
}

/// Splits a string after the longest ARN in `own` that it starts with.
///
/// Returns the value paired with the ARN, and the rest of the text, which is empty or starts with `:` or `/`.
fn own_arn<'a, 'o, T>(text: &'a str, own: &'o [(String, T)]) -> Option<(&'o T, &'a str)> {
    let found = own.iter().filter_map(|(arn, of)| {
        let rest = text.strip_prefix(arn.as_str())?;
        (rest.is_empty() || rest.starts_with([':', '/'])).then_some((of, rest))
    });
    // The name of a service's log group begins with the name of the default service's log group.
    found.min_by_key(|(_, rest)| rest.len())
}
