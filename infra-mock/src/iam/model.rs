//! What IAM's answers are made of, by AWS's names.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A tag: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub value: Option<String>,
}

impl Tag {
    /// A tag of both.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()) }
    }
}

/// The permissions boundary of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPermissionsBoundary {
    /// The word `Policy`, whatever the model says: <https://github.com/awsdocs/iam-user-guide/issues/82>.
    pub permissions_boundary_type: String,
    /// The ARN of the policy.
    pub permissions_boundary_arn: String,
}

/// When a role was last used. Nothing uses roles here, so it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleLastUsed {
    /// The region of the last use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// A role. Which members are there depends on the operation, as with AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Role {
    /// The path.
    pub path: String,
    /// The name.
    pub role_name: String,
    /// The unique id, `AROA...`.
    pub role_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    #[serde(serialize_with = "Timestamp::as_iso_8601")]
    pub create_date: Timestamp,
    /// The trust policy, percent-encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assume_role_policy_document: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The longest session, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<i32>,
    /// The longest session of a user who signs in with the role, in seconds, where that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_signin_session_duration: Option<i32>,
    /// The permissions boundary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<AttachedPermissionsBoundary>,
    /// The tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_last_used: Option<RoleLastUsed>,
}

/// A managed policy that is attached to a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPolicy {
    /// The name.
    pub policy_name: String,
    /// The ARN.
    pub policy_arn: String,
}

/// A managed policy without its document, which is its default version's:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    /// The name.
    pub policy_name: String,
    /// The unique id, `ANPA...`.
    pub policy_id: String,
    /// The ARN.
    pub arn: String,
    /// The path.
    pub path: String,
    /// The version in force.
    pub default_version_id: String,
    /// How many roles it is attached to.
    pub attachment_count: i32,
    /// How many roles have it for a boundary.
    pub permissions_boundary_usage_count: i32,
    /// Whether it can be attached.
    pub is_attachable: bool,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was created.
    #[serde(serialize_with = "Timestamp::as_iso_8601")]
    pub create_date: Timestamp,
    /// When it last got a new version.
    #[serde(serialize_with = "Timestamp::as_iso_8601")]
    pub update_date: Timestamp,
    /// The tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersion {
    /// The document, percent-encoded.
    pub document: String,
    /// The version's id, `v1`.
    pub version_id: String,
    /// Whether it is the one in force.
    pub is_default_version: bool,
    /// When it was created.
    #[serde(serialize_with = "Timestamp::as_iso_8601")]
    pub create_date: Timestamp,
}

/// An instance profile, which keeps its role from being deleted:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceProfile {
    /// The path.
    pub path: String,
    /// The name.
    pub instance_profile_name: String,
    /// The unique id, `AIPA...`.
    pub instance_profile_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    #[serde(serialize_with = "Timestamp::as_iso_8601")]
    pub create_date: Timestamp,
    /// The role in it.
    pub roles: Vec<Role>,
}

/// A user, who can be the principal of a policy:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct User {
    /// The path.
    pub path: String,
    /// The name; the root user has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The unique id, `AIDA...`.
    pub user_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    #[serde(serialize_with = "Timestamp::as_iso_8601")]
    pub create_date: Timestamp,
}
