//! Exports the foundation as configuration for other tools. This module reads no input and prints nothing.
//!
//! Each target has its own module, which destructures the resolved foundation and lists every
//! field. If a field is added, the code does not compile until every target handles the new field.

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

/// Finds the longest ARN in `own` that the text starts with, and splits the text after it.
///
/// Returns the value paired with the ARN, and the rest of the text. The rest is empty or starts
/// with `:` or `/`.
fn own_arn<'a, 'o, T>(text: &'a str, own: &'o [(String, T)]) -> Option<(&'o T, &'a str)> {
    let found = own.iter().filter_map(|(arn, of)| {
        let rest = text.strip_prefix(arn.as_str())?;
        (rest.is_empty() || rest.starts_with([':', '/'])).then_some((of, rest))
    });
    // Several ARNs can match, because the names of services' log groups start with the name of the
    // default log group.
    found.min_by_key(|(_, rest)| rest.len())
}
