//! The foundation in the languages of other tools. Nothing here reads or prints.
//!
//! Each target has a module of its own, which takes the resolved foundation apart whole: an attribute that is new
//! there does not compile before every target writes it, or says that it cannot.

mod cloudformation;
mod hcl;
mod terraform;
mod yaml;

#[cfg(test)]
mod tests;

pub(crate) use cloudformation::cloudformation;
pub(crate) use terraform::{Import, terraform};
pub(crate) use yaml::yaml;

/// A foundation in another language.
#[derive(Clone, Debug)]
pub(crate) struct Export<T> {
    /// What it is there.
    pub(crate) document: T,
    /// What that language cannot say, or what its tool does otherwise, each in a sentence.
    pub(crate) notes: Vec<String>,
}

/// A text in which an ARN of the foundation's own stands at the beginning, taken apart there.
///
/// Its place is told by the index in `arns`; what follows it begins, as parts of an ARN do, with `:` or `/`.
fn own_arn<'a>(text: &'a str, arns: &[String]) -> Option<(usize, &'a str)> {
    arns.iter().enumerate().find_map(|(index, arn)| {
        let rest = text.strip_prefix(arn.as_str())?;
        (rest.is_empty() || rest.starts_with([':', '/'])).then_some((index, rest))
    })
}
