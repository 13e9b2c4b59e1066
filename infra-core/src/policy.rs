//! Types for IAM policy documents, which are compared by meaning and not as text.
//!
//! AWS rewrites policies: a list with one element becomes a string, an account id becomes a root
//! ARN, and elements are reordered. A comparison of the texts would therefore report a difference
//! on every run. This module parses a policy into a [`PolicyDocument`] and compares documents
//! through their [canonical form](PolicyDocument::canonical). `policy/canonical.rs` lists the rules
//! for this form and their sources.
//!
//! ```
//! use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
//!
//! // The trust policy of a role used by ECS tasks.
//! let trust = PolicyDocument::new([Statement::allow(["sts:AssumeRole"])
//!     .with_principal(PrincipalSet::service(["ecs-tasks.amazonaws.com"]))
//!     .with_condition("StringEquals", "aws:SourceAccount", ["123456789012"])]);
//!
//! let from_aws = PolicyDocument::parse(
//!     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:assumerole"],
//!        "Principal":{"Service":["ecs-tasks.amazonaws.com"]},
//!        "Condition":{"StringEquals":{"AWS:SourceAccount":123456789012}}}}"#,
//! )?;
//! assert!(trust.means_the_same(&from_aws));
//! # Ok::<(), infra_core::policy::PolicyError>(())
//! ```

mod canonical;
mod check;
mod diff;
mod elements;
mod json;
mod parse;
mod principal;
mod text;
mod write;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::str::FromStr;

pub use self::canonical::CanonicalPolicy;
pub use self::check::PolicyUse;
pub use self::diff::{PolicyDiff, StatementChange, ValueChange};
pub use self::elements::{
    ActionElement, Condition, Effect, PrincipalElement, PrincipalKind, PrincipalSet,
    ResourceElement, Version,
};
pub use self::parse::PolicyError;
pub use self::principal::{AwsPrincipal, OrphanKind, OrphanedPrincipal};
pub use self::text::{PolicyDifference, PolicyText};

/// A policy document: the version of the policy language, an optional id and the statements.
///
/// `==` compares documents by meaning, like [`means_the_same`](Self::means_the_same). To sort or
/// hash documents, use their [canonical form](Self::canonical).
///
/// ```
/// use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
///
/// // A repository policy. It names a principal but no resource, as ECR requires.
/// let role = "arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role";
/// let pull = PolicyDocument::new([Statement::allow(["ecr:BatchGetImage"])
///     .with_sid("AllowPull")
///     .with_principal(PrincipalSet::aws([role]))]);
/// assert_eq!(
///     pull.to_json(),
///     format!(
///         r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"AllowPull","Effect":"Allow","#,
///     ) + &format!(r#""Principal":{{"AWS":"{role}"}},"Action":"ecr:BatchGetImage"}}]}}"#),
/// );
/// ```
#[derive(Clone, Debug)]
pub struct PolicyDocument {
    version: Version,
    id: Option<String>,
    statements: Vec<Statement>,
}

impl PolicyDocument {
    /// Creates a document with these statements, in the current version of the policy language.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self {
            version: Version::V2012_10_17,
            id: None,
            statements: statements.into_iter().collect(),
        }
    }

    /// Reads a document from JSON text.
    ///
    /// Accepts different ways to write the same policy: a single statement or string instead of a
    /// list, `Effect` in any case, and unquoted numbers and booleans as condition values. Rejects
    /// what AWS rejects with `MalformedPolicyDocument`: unknown elements, mutually exclusive
    /// elements and duplicate keys.
    ///
    /// # Errors
    /// Returns a [`PolicyError`] that contains the problem, its position and a fix.
    ///
    /// ```
    /// use infra_core::policy::PolicyDocument;
    ///
    /// let text = r#"{"Statement": [{"Effect": "Allow", "Action": 7}]}"#;
    /// let error = PolicyDocument::parse(text).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "Statement[0].Action: found a number; write a string or a list of strings",
    /// );
    /// ```
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        parse::document(text)
    }

    /// Sets the version of the policy language.
    pub fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Sets the document's id. An empty string removes the id.
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into()).filter(|id| !id.is_empty());
        self
    }

    /// Appends a statement.
    pub fn with_statement(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Returns the version of the policy language. A document without `Version` has the version
    /// 2008-10-17.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the document's id, or `None` if it is missing or empty.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns the statements in the order in which they were written.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Returns whether this document and `other` have the same meaning.
    ///
    /// ```
    /// use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
    ///
    /// let trusting = |principal| {
    ///     PolicyDocument::new([Statement::allow(["sts:AssumeRole"]).with_principal(principal)])
    /// };
    /// let id = trusting(PrincipalSet::aws(["123456789012"]));
    /// let root = trusting(PrincipalSet::aws(["arn:aws:iam::123456789012:root"]));
    /// assert!(id.means_the_same(&root));
    ///
    /// let everyone = trusting(PrincipalSet::Any);
    /// let every_account = trusting(PrincipalSet::aws(["*"]));
    /// assert!(!everyone.means_the_same(&every_account));
    /// ```
    pub fn means_the_same(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// Returns the canonical form, which is the same for all documents with the same meaning.
    pub fn canonical(&self) -> CanonicalPolicy {
        canonical::document(self)
    }

    /// Returns the document as compact JSON, with the elements in AWS's usual order.
    ///
    /// Sets are sorted, and a set with one element is written as a plain string.
    pub fn to_json(&self) -> String {
        write::compact(self)
    }

    /// Returns the document as JSON indented by two spaces.
    pub fn to_json_pretty(&self) -> String {
        write::pretty(self)
    }

    /// Returns the deleted roles and users whose unique ids are still in the policy.
    ///
    /// ```
    /// use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
    ///
    /// let policy = PolicyDocument::new([Statement::allow(["ecr:BatchGetImage"])
    ///     .with_principal(PrincipalSet::aws(["AROADBQP57FF2AEXAMPLE"]))]);
    /// assert_eq!(
    ///     policy.orphaned_principals()[0].to_string(),
    ///     "AROADBQP57FF2AEXAMPLE: the role with this id was deleted",
    /// );
    /// ```
    pub fn orphaned_principals(&self) -> Vec<OrphanedPrincipal> {
        principal::orphans(self)
    }
}

/// Parses a document with [`PolicyDocument::parse`].
impl FromStr for PolicyDocument {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text)
    }
}

impl PartialEq for PolicyDocument {
    fn eq(&self, other: &Self) -> bool {
        self.means_the_same(other)
    }
}

impl Eq for PolicyDocument {}

/// A policy statement: who is allowed or denied which actions, on which resources, under which
/// conditions.
///
/// As with [`PolicyDocument`], `==` compares statements by meaning.
///
/// ```
/// use infra_core::policy::Statement;
///
/// let logs = Statement::allow(["logs:PutLogEvents", "logs:CreateLogStream"])
///     .with_resources(["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*"]);
/// let reordered = Statement::allow(["logs:CreateLogStream", "logs:PutLogEvents"])
///     .with_resources(["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*"]);
/// assert_eq!(logs, reordered);
/// ```
#[derive(Clone, Debug)]
pub struct Statement {
    sid: Option<String>,
    effect: Effect,
    principal: Option<PrincipalElement>,
    action: ActionElement,
    resource: Option<ResourceElement>,
    condition: Condition,
}

impl Statement {
    /// Creates a statement with this effect and action element.
    pub fn new(effect: Effect, action: ActionElement) -> Self {
        Self {
            sid: None,
            effect,
            principal: None,
            action,
            resource: None,
            condition: Condition::default(),
        }
    }

    /// Creates a statement that allows these actions.
    pub fn allow(actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(Effect::Allow, ActionElement::Action(strings(actions)))
    }

    /// Creates a statement that denies these actions.
    pub fn deny(actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(Effect::Deny, ActionElement::Action(strings(actions)))
    }

    /// Sets the statement's `Sid`. An empty string removes the `Sid`.
    ///
    /// The `Sid` is not checked here, because each service has its own rules for allowed characters
    /// and uniqueness.
    pub fn with_sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into()).filter(|sid| !sid.is_empty());
        self
    }

    /// Makes the statement apply to these principals.
    pub fn with_principal(mut self, principals: PrincipalSet) -> Self {
        self.principal = Some(PrincipalElement::Principal(principals));
        self
    }

    /// Makes the statement apply to everyone except these principals.
    pub fn with_not_principal(mut self, principals: PrincipalSet) -> Self {
        self.principal = Some(PrincipalElement::NotPrincipal(principals));
        self
    }

    /// Makes the statement apply to these resources.
    pub fn with_resources(
        mut self,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.resource = Some(ResourceElement::Resource(strings(resources)));
        self
    }

    /// Makes the statement apply to all resources except these.
    pub fn with_not_resources(
        mut self,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.resource = Some(ResourceElement::NotResource(strings(resources)));
        self
    }

    /// Adds a condition, for example with the operator `"ArnLike"`, the key `"aws:SourceArn"` and
    /// ARNs as values. If the key already has values under this operator, the new values are added
    /// to them.
    pub fn with_condition(
        mut self,
        operator: impl Into<String>,
        key: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.condition.add(operator.into(), key.into(), strings(values));
        self
    }

    /// Returns the statement's `Sid`, or `None` if it is missing or empty.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Returns the effect: whether the statement allows or denies the actions.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns the `Principal` or `NotPrincipal` element. Only trust policies and other
    /// resource-based policies have one of these elements.
    pub fn principal(&self) -> Option<&PrincipalElement> {
        self.principal.as_ref()
    }

    /// Returns the `Action` or `NotAction` element.
    pub fn action(&self) -> &ActionElement {
        &self.action
    }

    /// Returns the `Resource` or `NotResource` element. Trust policies and repository policies have
    /// neither, because they apply to the resource that they are attached to.
    pub fn resource(&self) -> Option<&ResourceElement> {
        self.resource.as_ref()
    }

    /// Returns the conditions under which the statement applies. A statement without conditions
    /// always applies.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Returns the statement with `map` applied to each principal, resource and condition value.
    pub(crate) fn map_texts(mut self, map: impl Fn(&str) -> String) -> Self {
        let all = |texts: &BTreeSet<String>| texts.iter().map(|text| map(text)).collect();
        self.resource = self.resource.map(|element| match element {
            ResourceElement::Resource(texts) => ResourceElement::Resource(all(&texts)),
            ResourceElement::NotResource(texts) => ResourceElement::NotResource(all(&texts)),
        });
        if let Some(element) = &mut self.principal {
            let (PrincipalElement::Principal(set) | PrincipalElement::NotPrincipal(set)) = element;
            if let PrincipalSet::Listed(listed) = set {
                for texts in listed.values_mut() {
                    *texts = all(texts);
                }
            }
        }
        for values in self.condition.0.values_mut().flat_map(|keys| keys.values_mut()) {
            *values = all(values);
        }
        self
    }

    /// Returns the statement as compact JSON, like [`PolicyDocument::to_json`].
    pub fn to_json(&self) -> String {
        write::compact(self)
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        canonical::statement(self) == canonical::statement(other)
    }
}

impl Eq for Statement {}

/// Collects strings into a set.
fn strings(values: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    values.into_iter().map(Into::into).collect()
}
