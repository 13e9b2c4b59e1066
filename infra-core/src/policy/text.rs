//! The text of a policy as read from AWS. It is parsed on first use.

use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{PolicyDiff, PolicyDocument, PolicyError};

/// The text of a policy as read from AWS. It is parsed on first use.
///
/// IAM returns policies percent-encoded, but the backend has already decoded this text. Two texts
/// are equal if they are identical or if their documents have the same meaning. A `PolicyText` is
/// serialized as its text.
///
/// ```
/// use infra_core::policy::{PolicyDocument, PolicyText, Statement};
///
/// let desired = PolicyDocument::new([Statement::allow(["s3:GetObject"])]);
/// let observed = PolicyText::new(
///     r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:GetObject"]}}"#,
/// );
/// assert!(observed.means_the_same(&desired));
/// assert_eq!(observed.difference_to(&desired), None);
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct PolicyText {
    text: String,
    /// Set on first use. Most texts are identical to the desired ones and are never parsed.
    parsed: OnceLock<Result<PolicyDocument, PolicyError>>,
}

impl PolicyText {
    /// Creates a value from the text of a policy, valid or not.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), parsed: OnceLock::new() }
    }

    /// Returns the text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the parsed document.
    ///
    /// # Errors
    /// Returns the parse error if the text is invalid.
    pub fn document(&self) -> Result<&PolicyDocument, &PolicyError> {
        self.parsed.get_or_init(|| PolicyDocument::parse(&self.text)).as_ref()
    }

    /// Returns whether the text is valid and has the same meaning as `desired`.
    pub fn means_the_same(&self, desired: &PolicyDocument) -> bool {
        self.document().is_ok_and(|document| document.means_the_same(desired))
    }

    /// Returns the difference between this text and `desired`, or `None` if both have the same
    /// meaning.
    ///
    /// A text that cannot be parsed always differs, because its meaning is unknown.
    pub fn difference_to(&self, desired: &PolicyDocument) -> Option<PolicyDifference> {
        match self.document() {
            Ok(document) => Some(PolicyDiff::between(document, desired))
                .filter(|diff| !diff.is_empty())
                .map(PolicyDifference::Changed),
            Err(error) => Some(PolicyDifference::Unreadable(error.clone())),
        }
    }
}

impl fmt::Debug for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PolicyText").field(&self.text).finish()
    }
}

impl From<String> for PolicyText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<PolicyText> for String {
    fn from(text: PolicyText) -> Self {
        text.text
    }
}

impl From<PolicyDocument> for PolicyText {
    fn from(document: PolicyDocument) -> Self {
        Self { text: document.to_json(), parsed: Ok(document).into() }
    }
}

impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        let documents = || (self.document().ok(), other.document().ok());
        self.text == other.text || matches!(documents(), (Some(this), Some(that)) if this == that)
    }
}

impl Eq for PolicyText {}

/// The difference between an observed policy and the desired policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyDifference {
    /// The differences between the two documents.
    Changed(PolicyDiff),
    /// The observed text is not a valid policy document.
    Unreadable(PolicyError),
}

impl fmt::Display for PolicyDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(diff) => diff.fmt(f),
            Self::Unreadable(error) => write!(f, "the policy cannot be parsed: {error}"),
        }
    }
}
