//! Attached and embedded policies of roles, users and groups.

use std::collections::BTreeMap;

use infra_core::arn::Arn;

use crate::api::{ApiError, ApiResult, Call};
use crate::iam::{AttachedPolicy, Policy};

use super::check::{limit_exceeded, no_such_entity, not_attachable, policy_arn, quota};
use super::document::{check_identity_policy, size};
use super::page::{Page, page};
use super::policy::find;
use super::{State, managed};

/// The default quota for managed policies attached to a single role, user or group:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_ATTACHED: usize = 10;

/// A kind of principal that has policies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Role,
    User,
    Group,
}

impl Kind {
    /// Returns the word for this kind of principal in error messages.
    fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// Returns AWS's name for the quota on attached policies:
    /// <https://github.com/aws/eks-hybrid/pull/741> for roles,
    /// <https://github.com/aws/aws-cdk/issues/13515> for groups. The name of the quota for users is
    /// not publicly documented, so the mock's name is modeled on the other two names.
    fn attachment_quota(self) -> &'static str {
        match self {
            Self::Role => "PoliciesPerRole",
            Self::User => "PoliciesPerUser",
            Self::Group => "PoliciesPerGroup",
        }
    }

    /// Returns the maximum total size of a principal's embedded policies, not counting white space:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
    const fn max_inline(self) -> usize {
        match self {
            Self::Role => 10_240,
            Self::User => 2048,
            Self::Group => 5120,
        }
    }
}

/// Checks that the managed policy with the given ARN can be attached to a principal that already
/// has the `attached` policies, and returns the policy.
pub(super) fn check_attachable(
    call: &Call<'_>,
    kind: Kind,
    text: &str,
    attached: &BTreeMap<String, String>,
) -> ApiResult<Policy> {
    let arn = policy_arn(call, text)?;
    // https://github.com/hashicorp/terraform/issues/31748
    let missing = || no_such_entity(format!("Policy {text} does not exist or is not attachable."));
    let policy = find(call, &arn).ok_or_else(missing)?;
    if policy.path.starts_with("/aws-service-role/") {
        return Err(not_attachable());
    }
    if !attached.contains_key(text) {
        quota(kind.attachment_quota(), attached.len() + 1, MAX_ATTACHED)?;
    }
    Ok(policy)
}

/// Checks that the managed policy with the given ARN is attached. The error message differs from
/// the message for attaching a policy that does not exist. It was recorded from AWS: see
/// `document.rs` for roles, and `user.rs` for users and groups.
pub(super) fn check_attached(
    call: &Call<'_>,
    text: &str,
    attached: &BTreeMap<String, String>,
) -> ApiResult<()> {
    policy_arn(call, text)?;
    let missing = || no_such_entity(format!("Policy {text} was not found."));
    attached.get(text).map(drop).ok_or_else(missing)
}

/// Returns a page of the attached policies whose paths begin with `prefix`, sorted by name without regard to case. This
/// agrees with the order in
/// <https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_roles.snapshot.json>;
/// AWS does not document the order.
pub(super) fn attached_page(
    listing: &str,
    attached: &BTreeMap<String, String>,
    prefix: Option<&str>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> ApiResult<Page<AttachedPolicy>> {
    let prefix = format!(":policy{}", prefix.unwrap_or("/"));
    let policies = attached.iter().filter(|(arn, _)| arn.contains(&prefix)).map(|(arn, name)| {
        let policy = AttachedPolicy { policy_name: name.clone(), policy_arn: arn.clone() };
        (format!("{} {arn}", name.to_lowercase()), policy)
    });
    let sorted: BTreeMap<_, _> = policies.collect();
    page(listing, sorted, marker, max_items)
}

/// Checks that a policy can be embedded in the `holder` under the given name. The policy's document
/// must be valid, and the total size of the `holder`'s embedded policies must stay within the
/// limit.
pub(super) fn check_inline(
    call: &Call<'_>,
    (kind, holder): (Kind, &str),
    inline: &BTreeMap<String, String>,
    (name, document): (&str, &str),
) -> ApiResult<()> {
    check_identity_policy(call.location().partition, document)?;
    let others = inline.iter().filter(|(its, _)| *its != name);
    let others: usize = others.map(|(_, document)| size(document)).sum();
    let max = kind.max_inline();
    if others + size(document) <= max {
        return Ok(());
    }
    // https://github.com/serverless/serverless/issues/7643 for roles, https://github.com/danvk/mapsnap/pull/483 for users,
    // https://github.com/HumanCellAtlas/data-store/issues/1963 for groups.
    let word = kind.word();
    Err(limit_exceeded(format!("Maximum policy size of {max} bytes exceeded for {word} {holder}")))
}

/// Returns the error for an embedded policy that does not exist. The message was reported for roles
/// in <https://github.com/aws/aws-cli/issues/6139> and for users in
/// <https://github.com/lucidsoftware/cumulus/issues/71>. For groups, the message was recorded from
/// AWS; see `group.rs`.
pub(super) fn no_inline(kind: Kind, name: &str) -> ApiError {
    let word = kind.word();
    no_such_entity(format!("The {word} policy with name {name} cannot be found."))
}

/// Returns a page of the names of a principal's embedded policies.
pub(super) fn inline_page(
    listing: &str,
    inline: &BTreeMap<String, String>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> ApiResult<Page<String>> {
    page(listing, inline.keys().map(|name| (name.clone(), name.clone())), marker, max_items)
}

/// Implements the operations that list a principal's attached policies, and the operations that
/// add, return, delete and list its embedded policies. Adding a policy replaces any embedded policy
/// with the same name.
macro_rules! policy_operations {
    (
        $kind:expr, $name:ident, $find:ident, $find_own:ident, $find_mut:ident;
        $(#[$list_attached_doc:meta])* $list_attached:ty;
        $(#[$put_doc:meta])* $put:ty;
        $(#[$get_doc:meta])* $get:ty;
        $(#[$delete_doc:meta])* $delete:ty;
        $(#[$list_doc:meta])* $list:ty;
    ) => {
        $(#[$list_attached_doc])*
        impl Operation for $list_attached {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let attached = &$find(call, &self.$name.unwrap_or_default())?.attached;
                let (prefix, marker) = (self.path_prefix.as_deref(), self.marker.as_deref());
                let page =
                    holder::attached_page(Self::NAME, attached, prefix, marker, self.max_items)?;
                let Page { items: attached_policies, is_truncated, marker } = page;
                Ok(Self::Output { attached_policies, is_truncated, marker })
            }
        }

        $(#[$put_doc])*
        impl Operation for $put {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let name = self.$name.unwrap_or_default();
                let policy = self.policy_name.unwrap_or_default();
                let document = self.policy_document.unwrap_or_default();
                let principal = $find_own(call, &name)?;
                let (named, inline) = (($kind, principal.name.as_str()), &principal.inline);
                holder::check_inline(call, named, inline, (&policy, &document))?;
                $find_mut(call, &name)?.inline.insert(policy, document);
                Ok(())
            }
        }

        $(#[$get_doc])*
        impl Operation for $get {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let policy_name = self.policy_name.unwrap_or_default();
                let principal = $find(call, &self.$name.unwrap_or_default())?;
                let document = principal.inline.get(&policy_name);
                let document = document.ok_or_else(|| holder::no_inline($kind, &policy_name))?;
                Ok(Self::Output {
                    $name: principal.name.clone(),
                    policy_document: encoded(document),
                    policy_name,
                })
            }
        }

        $(#[$delete_doc])*
        impl Operation for $delete {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let name = self.$name.unwrap_or_default();
                let policy = self.policy_name.unwrap_or_default();
                $find_own(call, &name)?;
                let removed = $find_mut(call, &name)?.inline.remove(&policy);
                removed.map(drop).ok_or_else(|| holder::no_inline($kind, &policy))
            }
        }

        $(#[$list_doc])*
        impl Operation for $list {
            fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
                let inline = &$find(call, &self.$name.unwrap_or_default())?.inline;
                let Page { items: policy_names, is_truncated, marker } =
                    holder::inline_page(Self::NAME, inline, self.marker.as_deref(), self.max_items)?;
                Ok(Self::Output { policy_names, is_truncated, marker })
            }
        }
    };
}
pub(super) use policy_operations;

/// Returns the documents of a principal's policies: the embedded policies, and the default versions
/// of the attached policies.
pub(super) fn documents(
    state: &State,
    attached: &BTreeMap<String, String>,
    inline: &BTreeMap<String, String>,
) -> Vec<String> {
    let attached = attached.keys().filter_map(|arn| document(state, arn));
    attached.chain(inline.values().cloned()).collect()
}

/// Returns the document of a managed policy's default version.
pub(super) fn document(state: &State, text: &str) -> Option<String> {
    let arn: Arn = text.parse().ok()?;
    if arn.account_id == "aws" {
        return managed::document(&arn);
    }
    let policy = state.policies.get(&arn.last_segment().to_lowercase())?;
    (policy.arn == text).then(|| policy.document.clone())
}
