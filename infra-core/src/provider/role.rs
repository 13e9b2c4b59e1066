//! The desired and observed state of IAM roles, and the provider trait for roles and their
//! policies.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::Arn;
use crate::error::Result;
use crate::names::{PolicyName, RoleName, RolePath};
use crate::policy::{PolicyDocument, PolicyText};
use crate::tags::Tags;

/// The part of a role's desired state that a single `CreateRole` call sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleSpec {
    /// The role's name.
    pub name: RoleName,
    /// The path, which is part of the role's ARN.
    pub path: RolePath,
    /// The trust policy, which defines who can assume the role.
    pub trust: PolicyDocument,
    /// The description. If it is `None`, a new role has no description and an existing role keeps
    /// its current description.
    pub description: Option<String>,
    /// The maximum session duration in seconds: 3,600 to 43,200.
    pub max_session_duration: u32,
    /// The ARN of the permissions boundary.
    pub permissions_boundary: Option<Arn>,
    /// The tags.
    pub tags: Tags,
}

/// A role as AWS describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The role's name.
    pub name: RoleName,
    /// The role's ARN.
    pub arn: Arn,
    /// The unique id, which begins with `AROA`. If the role is deleted and created again under the
    /// same name, the new role has a different id.
    pub id: String,
    /// The path.
    pub path: RolePath,
    /// The trust policy, percent-decoded.
    pub trust: PolicyText,
    /// The description.
    pub description: Option<String>,
    /// The maximum session duration in seconds.
    pub max_session_duration: u32,
    /// The ARN of the permissions boundary.
    pub permissions_boundary: Option<String>,
    /// The tags.
    pub tags: Tags,
}

/// A managed policy that is attached to a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AttachedPolicy {
    /// The policy's ARN.
    pub arn: String,
    /// The policy's name.
    pub name: String,
}

/// An `OpenID` Connect identity provider. Tokens from the provider can be exchanged for the
/// credentials of a role that trusts the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIdConnectProvider {
    /// The URL of the issuer, without `https://`.
    pub url: String,
    /// The client ids. IAM accepts a token only if the token's audience is one of these ids.
    pub client_ids: Vec<String>,
}

/// The IAM operations on roles and on the identity providers that roles trust.
#[async_trait]
pub trait RoleProvider: Debug + Send + Sync + 'static {
    /// Reads a role, including its tags, using `iam:GetRole`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn get_role(&self, name: &RoleName) -> Result<Role>;

    /// Creates a role, using `iam:CreateRole`.
    ///
    /// # Behavior
    /// IAM is eventually consistent: for a few seconds, later calls and other services may not find
    /// the new role.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists),
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded), or
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the trust policy is malformed or names
    /// an unknown principal.
    async fn create_role(&self, spec: &RoleSpec) -> Result<Role>;

    /// Sets the description and the maximum session duration in seconds, using `iam:UpdateRole`.
    ///
    /// # Behavior
    /// If `description` is `None`, the role keeps its current description.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn update_role(
        &self,
        name: &RoleName,
        max_session_duration: u32,
        description: Option<&str>,
    ) -> Result<()>;

    /// Replaces the trust policy, using `iam:UpdateAssumeRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn update_assume_role_policy(
        &self,
        name: &RoleName,
        trust: &PolicyDocument,
    ) -> Result<()>;

    /// Sets the permissions boundary, using `iam:PutRolePermissionsBoundary`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the role or the policy does not exist.
    async fn put_role_permissions_boundary(&self, name: &RoleName, policy: &Arn) -> Result<()>;

    /// Removes the permissions boundary, using `iam:DeleteRolePermissionsBoundary`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn delete_role_permissions_boundary(&self, name: &RoleName) -> Result<()>;

    /// Deletes a role, using `iam:DeleteRole`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or [`InUse`](crate::ErrorKind::InUse) while the
    /// role has attached or inline policies or belongs to an instance profile.
    async fn delete_role(&self, name: &RoleName) -> Result<()>;

    /// Lists the managed policies attached to the role, using `iam:ListAttachedRolePolicies`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_attached_role_policies(&self, name: &RoleName) -> Result<Vec<AttachedPolicy>>;

    /// Attaches a managed policy, using `iam:AttachRolePolicy`.
    ///
    /// # Behavior
    /// Attaching a policy again changes nothing.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the role or the policy does not exist, or
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn attach_role_policy(&self, name: &RoleName, policy: &Arn) -> Result<()>;

    /// Detaches a managed policy, using `iam:DetachRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the role does not exist or the policy is not
    /// attached.
    async fn detach_role_policy(&self, name: &RoleName, policy_arn: &str) -> Result<()>;

    /// Lists the names of the inline policies, using `iam:ListRolePolicies`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_role_policies(&self, name: &RoleName) -> Result<Vec<String>>;

    /// Reads an inline policy, using `iam:GetRolePolicy`. The returned text is percent-decoded.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the role or the policy does not exist.
    async fn get_role_policy(&self, name: &RoleName, policy: &PolicyName) -> Result<PolicyText>;

    /// Creates or replaces an inline policy, using `iam:PutRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput),
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn put_role_policy(
        &self,
        name: &RoleName,
        policy: &PolicyName,
        document: &PolicyDocument,
    ) -> Result<()>;

    /// Deletes an inline policy, using `iam:DeleteRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the role or the policy does not exist.
    async fn delete_role_policy(&self, name: &RoleName, policy: &str) -> Result<()>;

    /// Lists the names of the instance profiles that contain the role, using
    /// `iam:ListInstanceProfilesForRole`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_instance_profiles_for_role(&self, name: &RoleName) -> Result<Vec<String>>;

    /// Reads an identity provider, using `iam:GetOpenIDConnectProvider`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn get_open_id_connect_provider(&self, arn: &Arn) -> Result<OpenIdConnectProvider>;

    /// Adds or overwrites tags, using `iam:TagRole`. All other tags are kept.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn tag_role(&self, name: &RoleName, tags: &Tags) -> Result<()>;

    /// Removes tags, using `iam:UntagRole`. Keys that do not exist are ignored.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn untag_role(&self, name: &RoleName, keys: &[String]) -> Result<()>;
}
