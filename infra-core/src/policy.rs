//! IAM policy documents as types, equal when they mean the same.
//!
//! AWS hands a policy back in other words than it was given: a list of one becomes a string, an account
//! id becomes a root ARN, elements change places. Comparing texts would therefore report a difference on
//! every run. Here a document is parsed into a [`PolicyDocument`], and documents are compared through
//! their [canonical form](PolicyDocument::canonical), whose rules, each with its source, stand in one
//! place (`policy/canonical.rs`).
//!
//! ```
//! use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
//!
//! // The trust policy of a role that tasks in ECS run with.
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

pub use self::canonical::CanonicalPolicy;
pub use self::diff::{PolicyDiff, StatementChange, ValueChange};
pub use self::elements::{
    ActionElement, Condition, Effect, PrincipalElement, PrincipalKind, PrincipalSet,
    ResourceElement, Version,
};
pub use self::parse::PolicyError;
pub use self::principal::{AwsPrincipal, OrphanKind, OrphanedPrincipal};
pub use self::text::{PolicyDifference, PolicyText};

/// A policy: the version of its language, an optional id, and its statements.
///
/// `==` is equality by meaning, the same as [`means_the_same`](Self::means_the_same). To sort or hash
/// documents, use their [canonical form](Self::canonical).
///
/// ```
/// use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
///
/// // The policy of a repository: it names a principal and, as ECR wants it, no resource.
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
    /// A document of these statements, in the current version of the policy language.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self {
            version: Version::V2012_10_17,
            id: None,
            statements: statements.into_iter().collect(),
        }
    }

    /// Reads a document from JSON text.
    ///
    /// What AWS takes for the same is read as the same: one statement without its list, one string
    /// without its list, `Effect` in any case, unquoted numbers and booleans as condition values. The
    /// rest is strict, since AWS answers it with `MalformedPolicyDocument`: unknown elements, elements
    /// that exclude each other, the same key twice.
    ///
    /// # Errors
    /// A [`PolicyError`] that says where in the document what is wrong, and what would be right.
    ///
    /// ```
    /// use infra_core::policy::PolicyDocument;
    ///
    /// let text = r#"{"Statement": [{"Effect": "Allow", "Action": 7}]}"#;
    /// let error = PolicyDocument::parse(text).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "Statement[0].Action: this is a number; write a string or a list of strings",
    /// );
    /// ```
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        parse::document(text)
    }

    /// The same document in another version of the policy language.
    pub fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// The same document with an id; an empty one is none.
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into()).filter(|id| !id.is_empty());
        self
    }

    /// The same document with one more statement at its end.
    pub fn with_statement(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// The version of the policy language. A document that names none is in the version of 2008.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The document's id, never empty.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The statements, in the order in which they were written.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Whether the two documents mean the same.
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

    /// The one form that all documents of this meaning share.
    pub fn canonical(&self) -> CanonicalPolicy {
        canonical::document(self)
    }

    /// The document as compact JSON, with the elements in AWS's usual order.
    ///
    /// The text is the same for the same document: sets are sorted, and a set of one is a plain string.
    pub fn to_json(&self) -> String {
        write::compact(self)
    }

    /// The document as JSON for people, indented by two spaces.
    pub fn to_json_pretty(&self) -> String {
        write::pretty(self)
    }

    /// The principals that stand for deleted roles and users.
    ///
    /// ```
    /// use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
    ///
    /// let policy = PolicyDocument::new([Statement::allow(["ecr:BatchGetImage"])
    ///     .with_principal(PrincipalSet::aws(["AROADBQP57FF2AEXAMPLE"]))]);
    /// assert_eq!(
    ///     policy.orphaned_principals()[0].to_string(),
    ///     "AROADBQP57FF2AEXAMPLE: the role this id belonged to was deleted",
    /// );
    /// ```
    pub fn orphaned_principals(&self) -> Vec<OrphanedPrincipal> {
        principal::orphans(self)
    }
}

impl PartialEq for PolicyDocument {
    fn eq(&self, other: &Self) -> bool {
        self.means_the_same(other)
    }
}

impl Eq for PolicyDocument {}

/// One statement of a policy: what is allowed or denied, to whom, on what, and when.
///
/// `==` is equality by meaning, as for [`PolicyDocument`].
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
    /// A statement of this effect on these actions.
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

    /// A statement that allows these actions.
    pub fn allow(actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(Effect::Allow, ActionElement::Action(strings(actions)))
    }

    /// A statement that denies these actions.
    pub fn deny(actions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(Effect::Deny, ActionElement::Action(strings(actions)))
    }

    /// The same statement under a name; an empty one is none.
    ///
    /// Whether a `Sid` must be unique in its document, and of which characters, is for the service to
    /// say that the policy belongs to.
    pub fn with_sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into()).filter(|sid| !sid.is_empty());
        self
    }

    /// The same statement for these principals.
    pub fn with_principal(mut self, principals: PrincipalSet) -> Self {
        self.principal = Some(PrincipalElement::Principal(principals));
        self
    }

    /// The same statement for everybody except these principals.
    pub fn with_not_principal(mut self, principals: PrincipalSet) -> Self {
        self.principal = Some(PrincipalElement::NotPrincipal(principals));
        self
    }

    /// The same statement on these resources.
    pub fn with_resources(
        mut self,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.resource = Some(ResourceElement::Resource(strings(resources)));
        self
    }

    /// The same statement on all resources except these.
    pub fn with_not_resources(
        mut self,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.resource = Some(ResourceElement::NotResource(strings(resources)));
        self
    }

    /// The same statement with one more condition, for instance `"ArnLike"`, `"aws:SourceArn"` and
    /// the ARNs. Values for a key that has some under this operator are added to them.
    pub fn with_condition(
        mut self,
        operator: impl Into<String>,
        key: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.condition.add(operator.into(), key.into(), strings(values));
        self
    }

    /// The statement's name, never empty.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether the statement allows or denies.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// To whom the statement applies. Only policies on a resource, and trust policies, say so.
    pub fn principal(&self) -> Option<&PrincipalElement> {
        self.principal.as_ref()
    }

    /// To which actions the statement applies.
    pub fn action(&self) -> &ActionElement {
        &self.action
    }

    /// To which resources the statement applies. Trust policies and policies of repositories leave it
    /// out: theirs is the resource that they are attached to.
    pub fn resource(&self) -> Option<&ResourceElement> {
        self.resource.as_ref()
    }

    /// When the statement applies; empty if always.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The statement as compact JSON, as in [`PolicyDocument::to_json`].
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

/// A set of strings from whatever a caller has at hand.
fn strings(values: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    values.into_iter().map(Into::into).collect()
}
