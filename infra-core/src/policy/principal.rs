//! Classifies the entries under `"AWS"` in a `Principal` element, including the ids of deleted
//! principals.

use std::fmt;

use serde::Serialize;

use super::PolicyDocument;
use super::elements::PrincipalKind;

/// The kind of principal that an entry under `"AWS"` in a `Principal` element refers to.
///
/// ```
/// use infra_core::policy::AwsPrincipal;
///
/// let classify = AwsPrincipal::classify;
/// assert_eq!(classify("123456789012"), AwsPrincipal::Account("123456789012"));
/// assert_eq!(classify("arn:aws-cn:iam::123456789012:root"), AwsPrincipal::Account("123456789012"));
/// assert_eq!(classify("AROADBQP57FF2AEXAMPLE"), AwsPrincipal::RoleId("AROADBQP57FF2AEXAMPLE"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AwsPrincipal<'a> {
    /// `*`: every account.
    Any,
    /// The id of an account. The entry itself can be the id or the account's root ARN.
    Account(&'a str),
    /// The ARN of a role.
    Role(&'a str),
    /// The ARN of a user.
    User(&'a str),
    /// The ARN of one session of a role.
    AssumedRole(&'a str),
    /// The unique id of a role. If a policy read from AWS contains this id, the role was deleted.
    RoleId(&'a str),
    /// The unique id of a user. If a policy read from AWS contains this id, the user was deleted.
    UserId(&'a str),
    /// Anything else.
    Other(&'a str),
}

impl<'a> AwsPrincipal<'a> {
    /// Classifies an entry.
    pub fn classify(text: &'a str) -> Self {
        if text == "*" {
            return Self::Any;
        }
        if is_account_id(text) {
            return Self::Account(text);
        }
        // For the prefixes, see
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
        // An entry for a session of a role has the form ROLE_ID:SESSION.
        let id = text.split(':').next().unwrap_or_default();
        if id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            if id.starts_with("AROA") {
                return Self::RoleId(text);
            }
            if id == text && id.starts_with("AIDA") {
                return Self::UserId(text);
            }
        }
        Self::classify_arn(text).unwrap_or(Self::Other(text))
    }

    fn classify_arn(text: &'a str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        let mut next = || fields.next();
        let (arn, partition, service, region) = (next()?, next()?, next()?, next()?);
        let (account, resource) = (next()?, next()?);
        // In addition to aws, aws-cn and aws-us-gov, there are isolated partitions such as aws-iso.
        let is_partition = partition == "aws" || partition.starts_with("aws-");
        if arn != "arn" || !is_partition || !region.is_empty() || !is_account_id(account) {
            return None;
        }
        let kind = resource.split('/').next().unwrap_or_default();
        match (service, kind) {
            ("iam", "root") if kind == resource => Some(Self::Account(account)),
            ("iam", "role") => Some(Self::Role(text)),
            ("iam", "user") => Some(Self::User(text)),
            ("sts", "assumed-role") => Some(Self::AssumedRole(text)),
            _ => None,
        }
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The kind of a deleted principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrphanKind {
    /// A role.
    Role,
    /// A user.
    User,
}

/// A deleted principal whose unique id is still in a policy.
///
/// In a policy, AWS stores the unique id of a principal instead of the ARN. When the policy is
/// read, AWS converts the id back to an ARN if the principal still exists. A role that is recreated
/// under the same name gets a different id, so the policy does not apply to the new role until the
/// policy is set again.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OrphanedPrincipal {
    /// The unique id, as it appears in the policy.
    pub id: String,
    /// The kind of the deleted principal.
    pub kind: OrphanKind,
    /// The index of the statement in its document.
    pub statement: usize,
    /// The statement's `Sid`.
    pub sid: Option<String>,
}

impl fmt::Display for OrphanedPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            OrphanKind::Role => "role",
            OrphanKind::User => "user",
        };
        write!(f, "{}: the {kind} with this id was deleted", self.id)
    }
}

pub(super) fn orphans(document: &PolicyDocument) -> Vec<OrphanedPrincipal> {
    let mut orphans = Vec::new();
    for (place, statement) in document.statements().iter().enumerate() {
        let Some(element) = statement.principal() else {
            continue;
        };
        for id in element.principals().of(PrincipalKind::Aws) {
            let kind = match AwsPrincipal::classify(id) {
                AwsPrincipal::RoleId(_) => OrphanKind::Role,
                AwsPrincipal::UserId(_) => OrphanKind::User,
                _ => continue,
            };
            orphans.push(OrphanedPrincipal {
                id: id.to_owned(),
                kind,
                statement: place,
                sid: statement.sid().map(str::to_owned),
            });
        }
    }
    orphans
}
