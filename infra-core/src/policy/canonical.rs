//! The canonical form of a policy document, and the rules that produce it.
//!
//! | rule | source |
//! |---|---|
//! | a list with one element equals the element | "the brackets are optional" around a single value, [grammar] |
//! | order and repetition are ignored | every list is a set of alternatives, and so is the list of statements |
//! | actions are case-insensitive | "the prefix and the action name are case insensitive", [action] |
//! | condition keys are case-insensitive | "context key names are not case-sensitive", [condition] |
//! | condition values are case-sensitive | "case-sensitivity of context key values depends on the condition operator", [condition] |
//! | condition operators are case-sensitive | the documentation does not say otherwise |
//! | resources and principals are case-sensitive | ARNs are case-sensitive; for other principals see [principal] |
//! | an account id equals the account's root ARN | "the account ARN and the shortened account ID behave the same way", [principal] |
//! | `"*"` differs from `{"AWS": "*"}` | they are equivalent only "for anonymous users", [principal] |
//! | an empty `Condition` equals a missing one, and an empty list of principals of one kind equals a missing list | "does not affect the policy", [checks] |
//! | a document without `Version` has the version 2008-10-17 | [version] |
//!
//! `Sid` and `Id` do not affect permissions, but users set and see them, so they count as part of
//! the meaning. An empty `Sid` or `Id` equals a missing one.
//!
//! Where the documentation is silent, the stricter rule applies. Treating equal documents as
//! different costs a needless update, but treating different documents as equal hides a change in
//! permissions.
//!
//! [grammar]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
//! [action]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
//! [condition]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
//! [principal]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
//! [checks]: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
//! [version]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html

use std::collections::BTreeSet;

use super::elements::{
    ActionElement, Condition, Effect, PrincipalElement, PrincipalKind, PrincipalSet,
    ResourceElement, Version,
};
use super::principal::AwsPrincipal;
use super::{PolicyDocument, Statement};

/// The canonical form of a document, for comparing, sorting and hashing documents by meaning.
///
/// ```
/// use std::collections::BTreeSet;
/// use infra_core::policy::{PolicyDocument, Statement};
///
/// let meanings: BTreeSet<_> = [["s3:GetObject", "s3:PutObject"], ["s3:putobject", "s3:getobject"]]
///     .map(|actions| PolicyDocument::new([Statement::allow(actions)]).canonical())
///     .into();
/// assert_eq!(meanings.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalPolicy {
    version: Version,
    id: Option<String>,
    statements: BTreeSet<CanonicalStatement>,
}

impl CanonicalPolicy {
    /// Returns the canonical form as a document.
    pub fn to_document(&self) -> PolicyDocument {
        let Self { version, id, statements } = self;
        let statements = statements.iter().map(|canonical| {
            let CanonicalStatement { sid, effect, principal, action, resource, condition } =
                canonical.clone();
            Statement { sid, effect, principal, action, resource, condition }
        });
        PolicyDocument { version: *version, id: id.clone(), statements: statements.collect() }
    }
}

/// A statement in canonical form. Two canonical statements have the same meaning if and only if all
/// their fields are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CanonicalStatement {
    sid: Option<String>,
    effect: Effect,
    principal: Option<PrincipalElement>,
    action: ActionElement,
    resource: Option<ResourceElement>,
    condition: Condition,
}

pub(super) fn document(document: &PolicyDocument) -> CanonicalPolicy {
    let PolicyDocument { version, id, statements } = document;
    CanonicalPolicy {
        version: *version,
        id: id.clone(),
        statements: statements.iter().map(statement).collect(),
    }
}

pub(super) fn statement(statement: &Statement) -> CanonicalStatement {
    let Statement { sid, effect, principal, action, resource, condition } = statement;
    CanonicalStatement {
        sid: sid.clone(),
        effect: *effect,
        principal: principal.as_ref().map(|element| match element {
            PrincipalElement::Principal(set) => PrincipalElement::Principal(principals(set)),
            PrincipalElement::NotPrincipal(set) => PrincipalElement::NotPrincipal(principals(set)),
        }),
        action: match action {
            ActionElement::Action(actions) => ActionElement::Action(caseless(actions)),
            ActionElement::NotAction(actions) => ActionElement::NotAction(caseless(actions)),
        },
        resource: resource.clone(),
        condition: conditions(condition),
    }
}

fn principals(set: &PrincipalSet) -> PrincipalSet {
    let PrincipalSet::Listed(listed) = set else {
        return PrincipalSet::Any;
    };
    let listed = listed.iter().filter(|(_, ids)| !ids.is_empty()).map(|(kind, ids)| {
        let ids = match kind {
            PrincipalKind::Aws => ids.iter().map(|id| aws_principal(id)).collect(),
            PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::CanonicalUser => {
                ids.clone()
            }
        };
        (*kind, ids)
    });
    PrincipalSet::Listed(listed.collect())
}

/// Replaces the root ARN of an account with the account id.
///
/// An account id cannot be replaced by the root ARN, because the id does not contain the partition.
/// No information is lost: "each AWS account is scoped to one partition" (Access Analyzer's policy
/// checks), so the twelve digits identify the account. If root ARNs were kept, equality would not
/// be transitive: an id would equal its root ARN in every partition, but these root ARNs would
/// differ from each other.
fn aws_principal(id: &str) -> String {
    match AwsPrincipal::classify(id) {
        AwsPrincipal::Account(account) => account.to_owned(),
        _ => id.to_owned(),
    }
}

fn conditions(condition: &Condition) -> Condition {
    let mut canonical = Condition::default();
    for (operator, key, values) in condition.iter() {
        // Only ASCII letters are converted. The tag key of `aws:ResourceTag/...` can contain other
        // letters, and AWS does not document whether their case matters.
        canonical.add(operator.to_owned(), key.to_ascii_lowercase(), values.clone());
    }
    canonical
}

/// Converts action names, which contain only ASCII, to lower case.
fn caseless(names: &BTreeSet<String>) -> BTreeSet<String> {
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}
