//! The form that all documents of one meaning share, and the rules that lead to it.
//!
//! | rule | source |
//! |---|---|
//! | a list of one is its element | where only one value is included "the brackets are optional", [grammar] |
//! | order and repetition mean nothing | every list is a set of alternatives, and so are the statements |
//! | actions are compared without case | "the prefix and the action name are case insensitive", [action] |
//! | condition keys are compared without case | "context key names are not case-sensitive", [condition] |
//! | condition values are compared with case | "case-sensitivity of context key values depends on the condition operator", [condition] |
//! | condition operators are compared with case | nothing says otherwise |
//! | resources and principals are compared with case | ARNs are; for principals see [principal] |
//! | an account's id is its root ARN | "the account ARN and the shortened account ID behave the same way", [principal] |
//! | `"*"` is not `{"AWS": "*"}` | they are equivalent "for anonymous users" alone, [principal] |
//! | an empty `Condition` is none; an empty list of principals is none of its kind | "does not affect the policy", [checks] |
//! | without `Version` a document is of 2008-10-17 | [version] |
//!
//! `Sid` and `Id` change no permission, but they are attributes that a user sets and sees. They belong to
//! the meaning here; an empty one is none.
//!
//! Where the documentation is silent, the rule is the stricter one: calling equal documents different
//! costs a needless update, calling different ones equal hides a change of permissions.
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

/// The canonical form of a document: equal, in order and in hash, exactly when the meaning is.
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
    /// A document of this meaning, in canonical spelling.
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

/// A statement whose elements are in canonical spelling, so that comparing as written compares meanings.
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

/// An account, under its id or its root ARN, becomes its id.
///
/// The other way round would need the partition, which a document with only the id does not tell. Nothing
/// is lost: "each AWS account is scoped to one partition", as the policy checks of Access Analyzer put it,
/// so that the twelve digits name it alone; and since the id equals the root ARN of whichever partition, no
/// other choice would be transitive.
fn aws_principal(id: &str) -> String {
    match AwsPrincipal::classify(id) {
        AwsPrincipal::Account(account) => account.to_owned(),
        _ => id.to_owned(),
    }
}

fn conditions(condition: &Condition) -> Condition {
    let mut canonical = Condition::default();
    for (operator, key, values) in condition.iter() {
        canonical.add(operator.to_owned(), key.to_ascii_lowercase(), values.clone());
    }
    canonical
}

/// Lowers ASCII only: action names have nothing else, and how AWS folds the letters of a tag key in
/// `aws:ResourceTag/...` beyond ASCII is not documented.
fn caseless(names: &BTreeSet<String>) -> BTreeSet<String> {
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}
