//! IAM's words for requests that break its model.

use super::check;
use crate::api::ApiError;
use crate::constraints::{Broken, message};

/// Operations that check their members themselves.
const CHECKED_IN_RUN: &[&str] = &[
    "AttachRolePolicy",
    "CreatePolicy",
    "CreateRole",
    "CreateServiceLinkedRole",
    "DeletePolicy",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "GetPolicy",
    "GetPolicyVersion",
    "GetRole",
    "GetRolePolicy",
    "GetUser",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "ListPolicies",
    "ListRolePolicies",
    "ListRoleTags",
    "ListRoles",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "UpdateRoleDescription",
];

/// The refusal of a request, if it breaks something. IAM tells all violations at once.
pub(crate) fn refusal(operation: &str, broken: &[Broken]) -> Option<ApiError> {
    if CHECKED_IN_RUN.contains(&operation) {
        return None;
    }
    message(broken).map(check::validation)
}
