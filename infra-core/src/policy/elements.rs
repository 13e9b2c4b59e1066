//! The elements of policy documents and statements, as they are written.
//!
//! `==` compares the strings in two elements exactly: their case matters, but their order does not.
//! In contrast, [`PolicyDocument`](super::PolicyDocument) and [`Statement`](super::Statement) are
//! compared by meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::strings;

/// The version of the policy language.
///
/// Policy variables such as `${aws:username}` work only in the newer version. In the older version,
/// they are literal text.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Version {
    /// `2008-10-17`, which also applies to documents without a `Version`.
    #[serde(rename = "2008-10-17")]
    V2008_10_17,
    /// `2012-10-17`, the current version.
    #[serde(rename = "2012-10-17")]
    V2012_10_17,
}

impl Version {
    /// Returns the version as it is written in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2008_10_17 => "2008-10-17",
            Self::V2012_10_17 => "2012-10-17",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a statement allows or denies its actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Effect {
    /// The actions are allowed, unless another statement denies them.
    Allow,
    /// The actions are denied, even if other statements allow them.
    Deny,
}

impl Effect {
    /// Returns the effect as it is written in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Defines an element that has a negated form.
macro_rules! element {
    (
        $(#[$doc:meta])* $type:ident:
        $(#[$plain_doc:meta])* $plain:ident,
        $(#[$negated_doc:meta])* $negated:ident,
        $(#[$values_doc:meta])* $values:ident -> $set:ty
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $(#[$plain_doc])*
            $plain($set),
            $(#[$negated_doc])*
            $negated($set),
        }

        impl $type {
            /// Returns the element's name in a document.
            pub const fn name(&self) -> &'static str {
                match self {
                    Self::$plain(_) => stringify!($plain),
                    Self::$negated(_) => stringify!($negated),
                }
            }

            $(#[$values_doc])*
            pub const fn $values(&self) -> &$set {
                match self {
                    Self::$plain(values) | Self::$negated(values) => values,
                }
            }
        }
    };
}

element! {
    /// The `Principal` or `NotPrincipal` element of a statement.
    PrincipalElement:
    /// The statement applies to these principals.
    Principal,
    /// The statement applies to everyone except these principals.
    NotPrincipal,
    /// Returns the principals in the element.
    principals -> PrincipalSet
}

/// A set of principals: either everyone or the listed principals.
///
/// ```
/// use infra_core::policy::{PrincipalKind, PrincipalSet};
///
/// let principals = PrincipalSet::service(["ecs-tasks.amazonaws.com"])
///     .with(PrincipalKind::Aws, ["arn:aws:iam::123456789012:role/deployer"]);
/// assert_ne!(PrincipalSet::Any, PrincipalSet::aws(["*"]));
/// # let _ = principals;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalSet {
    /// `"*"`: everyone, including anonymous callers. Some services treat it differently from
    /// `{"AWS": "*"}`.
    Any,
    /// The listed principals, grouped by kind.
    Listed(BTreeMap<PrincipalKind, BTreeSet<String>>),
}

impl PrincipalSet {
    /// Creates a set of AWS principals: ARNs of roles, users or accounts, account ids, or `*`.
    pub fn aws(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Listed(BTreeMap::from([(PrincipalKind::Aws, strings(ids))]))
    }

    /// Creates a set of AWS services, for example `ecs-tasks.amazonaws.com`.
    pub fn service(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Listed(BTreeMap::from([(PrincipalKind::Service, strings(names))]))
    }

    /// Creates a set of identity providers outside AWS. An OIDC provider is given by its ARN.
    pub fn federated(providers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Listed(BTreeMap::from([(PrincipalKind::Federated, strings(providers))]))
    }

    /// Adds principals of one kind. [`Any`](Self::Any) already includes everyone and is not
    /// changed.
    pub fn with(
        mut self,
        kind: PrincipalKind,
        ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        if let Self::Listed(listed) = &mut self {
            listed.entry(kind).or_default().extend(strings(ids));
        }
        self
    }

    /// Returns the listed principals of one kind, sorted. [`Any`](Self::Any) lists no principals.
    pub fn of(&self, kind: PrincipalKind) -> impl Iterator<Item = &str> {
        let ids = match self {
            Self::Any => None,
            Self::Listed(listed) => listed.get(&kind),
        };
        ids.into_iter().flatten().map(String::as_str)
    }
}

/// A kind of principal. In a `Principal` element, the kind is the key, and the principals of that
/// kind are its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// Accounts, roles, users and sessions.
    Aws,
    /// AWS services.
    Service,
    /// Identity providers outside AWS.
    Federated,
    /// Accounts, identified by their Amazon S3 canonical user ids.
    CanonicalUser,
}

impl PrincipalKind {
    /// All kinds, in the order in which they are written in documents.
    pub const ALL: [Self; 4] = [Self::Aws, Self::Service, Self::Federated, Self::CanonicalUser];

    /// Returns the kind as it is written in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

element! {
    /// The `Action` or `NotAction` element of a statement.
    ActionElement:
    /// The statement applies to these actions.
    Action,
    /// The statement applies to all actions except these.
    NotAction,
    /// Returns the actions in the element.
    values -> BTreeSet<String>
}

element! {
    /// The `Resource` or `NotResource` element of a statement.
    ResourceElement:
    /// The statement applies to these resources.
    Resource,
    /// The statement applies to all resources except these.
    NotResource,
    /// Returns the resources in the element.
    values -> BTreeSet<String>
}

/// The condition keys under one operator, with their values.
pub(super) type ConditionKeys = BTreeMap<String, BTreeSet<String>>;

/// The `Condition` element of a statement: operators with their keys and values.
///
/// Operators without keys are omitted. No operator has two keys that differ only in case.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition(pub(super) BTreeMap<String, ConditionKeys>);

impl Condition {
    /// Returns whether there are no conditions.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over all keys, each with its operator and its values.
    ///
    /// ```
    /// use infra_core::policy::Statement;
    ///
    /// let statement = Statement::allow(["sts:AssumeRole"])
    ///     .with_condition("StringEquals", "aws:SourceAccount", ["123456789012"]);
    /// let (operator, key, values) = statement.condition().iter().next().unwrap();
    /// assert_eq!((operator, key), ("StringEquals", "aws:SourceAccount"));
    /// assert!(values.contains("123456789012"));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &BTreeSet<String>)> {
        self.0.iter().flat_map(|(operator, keys)| {
            keys.iter().map(move |(key, values)| (operator.as_str(), key.as_str(), values))
        })
    }

    /// Adds values to a key. The key is looked up case-insensitively.
    pub(super) fn add(&mut self, operator: String, key: String, values: BTreeSet<String>) {
        let keys = self.0.entry(operator).or_default();
        let known = keys.keys().find(|known| known.eq_ignore_ascii_case(&key)).cloned();
        keys.entry(known.unwrap_or(key)).or_default().extend(values);
    }
}
