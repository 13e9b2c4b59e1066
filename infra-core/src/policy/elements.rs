//! The elements that a statement is made of, as they were written.
//!
//! The types here compare as written; [`PolicyDocument`](super::PolicyDocument) and
//! [`Statement`](super::Statement) compare by meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::strings;

/// The version of the policy language that a document is written in.
///
/// The two differ in meaning: only in the newer one is `${aws:username}` a variable, in the older one
/// it is text. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Version {
    /// `2008-10-17`, which is also the version of a document that names none.
    #[serde(rename = "2008-10-17")]
    V2008_10_17,
    /// `2012-10-17`, the current version.
    #[serde(rename = "2012-10-17")]
    V2012_10_17,
}

impl Version {
    /// The version as documents write it.
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

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Effect {
    /// The actions are allowed, unless another statement denies them.
    Allow,
    /// The actions are denied, whatever other statements allow.
    Deny,
}

impl Effect {
    /// The effect as documents write it.
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

/// The `Principal` or the `NotPrincipal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalElement {
    /// The statement applies to these principals.
    Principal(PrincipalSet),
    /// The statement applies to everybody except these principals.
    NotPrincipal(PrincipalSet),
}

impl PrincipalElement {
    /// The element's name in a document.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Principal(_) => "Principal",
            Self::NotPrincipal(_) => "NotPrincipal",
        }
    }

    /// The principals that the element lists.
    pub const fn principals(&self) -> &PrincipalSet {
        match self {
            Self::Principal(principals) | Self::NotPrincipal(principals) => principals,
        }
    }
}

/// A set of principals: everybody, or those listed.
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
    /// `"*"`: everybody, anonymous callers too. Services tell it from `{"AWS": "*"}`.
    Any,
    /// The principals of each kind.
    Listed(BTreeMap<PrincipalKind, BTreeSet<String>>),
}

impl PrincipalSet {
    /// Principals in AWS: ARNs of roles, users or accounts, account ids, or `*`.
    pub fn aws(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Listed(BTreeMap::from([(PrincipalKind::Aws, strings(ids))]))
    }

    /// Services of AWS, for instance `ecs-tasks.amazonaws.com`.
    pub fn service(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Listed(BTreeMap::from([(PrincipalKind::Service, strings(names))]))
    }

    /// The same set with more principals of a kind. A set that is everybody stays that.
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

    /// The principals of one kind, sorted; none if the set is everybody.
    pub fn of(&self, kind: PrincipalKind) -> impl Iterator<Item = &str> {
        let ids = match self {
            Self::Any => None,
            Self::Listed(listed) => listed.get(&kind),
        };
        ids.into_iter().flatten().map(String::as_str)
    }
}

/// The kinds of principals, which are the keys of a `Principal` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// Accounts, roles, users and their sessions.
    Aws,
    /// Services of AWS.
    Service,
    /// Identity providers outside AWS.
    Federated,
    /// Accounts under the id that Amazon S3 knows them by.
    CanonicalUser,
}

impl PrincipalKind {
    /// Every kind, in the order in which they are written.
    pub const ALL: [Self; 4] = [Self::Aws, Self::Service, Self::Federated, Self::CanonicalUser];

    /// The kind as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

/// The `Action` or the `NotAction` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionElement {
    /// The statement applies to these actions.
    Action(BTreeSet<String>),
    /// The statement applies to all actions except these.
    NotAction(BTreeSet<String>),
}

impl ActionElement {
    /// The element's name in a document.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Action(_) => "Action",
            Self::NotAction(_) => "NotAction",
        }
    }

    /// The actions that the element lists.
    pub const fn values(&self) -> &BTreeSet<String> {
        match self {
            Self::Action(actions) | Self::NotAction(actions) => actions,
        }
    }
}

/// The `Resource` or the `NotResource` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceElement {
    /// The statement applies to these resources.
    Resource(BTreeSet<String>),
    /// The statement applies to all resources except these.
    NotResource(BTreeSet<String>),
}

impl ResourceElement {
    /// The element's name in a document.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Resource(_) => "Resource",
            Self::NotResource(_) => "NotResource",
        }
    }

    /// The resources that the element lists.
    pub const fn values(&self) -> &BTreeSet<String> {
        match self {
            Self::Resource(resources) | Self::NotResource(resources) => resources,
        }
    }
}

/// The values of each key under an operator.
pub(super) type ConditionKeys = BTreeMap<String, BTreeSet<String>>;

/// The `Condition` of a statement: operators, under each its keys, under each the values.
///
/// An operator without keys is not kept, and no operator has two keys that differ by case alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition(pub(super) BTreeMap<String, ConditionKeys>);

impl Condition {
    /// Whether there is no condition at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every operator, key and set of values.
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

    /// Adds values to a key, which is looked up without regard to case.
    pub(super) fn add(&mut self, operator: String, key: String, values: BTreeSet<String>) {
        let keys = self.0.entry(operator).or_default();
        let known = keys.keys().find(|known| known.eq_ignore_ascii_case(&key)).cloned();
        keys.entry(known.unwrap_or(key)).or_default().extend(values);
    }
}
