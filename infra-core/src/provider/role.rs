//! IAM roles with their trust, attached and inline policies.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::Arn;
use crate::error::Result;
use crate::names::{PolicyName, RoleName, RolePath};
use crate::policy::{PolicyDocument, PolicyText};
use crate::tags::Tags;

/// What a role is to be, all of which one `CreateRole` carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleSpec {
    /// Its name.
    pub name: RoleName,
    /// Its path, part of its ARN.
    pub path: RolePath,
    /// Its trust policy: who may assume it.
    pub trust: PolicyDocument,
    /// Its description; `None` leaves what is there.
    pub description: Option<String>,
    /// The longest session, in seconds: 3,600 to 43,200.
    pub max_session_duration: u32,
    /// The ARN of the policy that bounds its permissions.
    pub permissions_boundary: Option<Arn>,
    /// Its tags.
    pub tags: Tags,
}

/// A role as AWS describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// Its ARN.
    pub arn: Arn,
    /// Its unique id, `AROA...`: a role made anew under the same name has another one.
    pub id: String,
    /// Its path.
    pub path: RolePath,
    /// Its trust policy, percent-decoded.
    pub trust: PolicyText,
    /// Its description.
    pub description: Option<String>,
    /// The longest session, in seconds.
    pub max_session_duration: u32,
    /// The ARN of the policy that bounds its permissions.
    pub permissions_boundary: Option<String>,
    /// Its tags.
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

/// IAM, as far as roles go.
#[async_trait]
pub trait RoleProvider: Debug + Send + Sync + 'static {
    /// Reads one role with its tags, by `iam:GetRole`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn get_role(&self, name: &RoleName) -> Result<Role>;

    /// Makes a role, by `iam:CreateRole`.
    ///
    /// # Behaviour
    /// Other services, and later calls, may not know the role for some seconds.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists), [`InvalidInput`](crate::ErrorKind::InvalidInput)
    /// for a malformed trust policy or a principal in it that IAM does not know,
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn create_role(&self, spec: &RoleSpec) -> Result<Role>;

    /// Sets the longest session, in seconds, and the description, by `iam:UpdateRole`.
    ///
    /// # Behaviour
    /// `None` leaves the description that is there.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn update_role(
        &self,
        name: &RoleName,
        max_session_duration: u32,
        description: Option<&str>,
    ) -> Result<()>;

    /// Replaces the trust policy, by `iam:UpdateAssumeRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn update_assume_role_policy(
        &self,
        name: &RoleName,
        trust: &PolicyDocument,
    ) -> Result<()>;

    /// Sets the permissions boundary, by `iam:PutRolePermissionsBoundary`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the role or the policy.
    async fn put_role_permissions_boundary(&self, name: &RoleName, policy: &Arn) -> Result<()>;

    /// Removes the permissions boundary, by `iam:DeleteRolePermissionsBoundary`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn delete_role_permissions_boundary(&self, name: &RoleName) -> Result<()>;

    /// Deletes a role, by `iam:DeleteRole`.
    ///
    /// # Errors
    /// [`InUse`](crate::ErrorKind::InUse) while policies are attached or inline or an instance profile
    /// holds it, [`NotFound`](crate::ErrorKind::NotFound).
    async fn delete_role(&self, name: &RoleName) -> Result<()>;

    /// Every managed policy on the role, by `iam:ListAttachedRolePolicies`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_attached_role_policies(&self, name: &RoleName) -> Result<Vec<AttachedPolicy>>;

    /// Attaches a managed policy, by `iam:AttachRolePolicy`.
    ///
    /// # Behaviour
    /// Attaching it again changes nothing.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the role or the policy,
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn attach_role_policy(&self, name: &RoleName, policy: &Arn) -> Result<()>;

    /// Detaches a managed policy, by `iam:DetachRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where the role is absent or the policy not attached.
    async fn detach_role_policy(&self, name: &RoleName, policy_arn: &str) -> Result<()>;

    /// The names of every inline policy, by `iam:ListRolePolicies`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_role_policies(&self, name: &RoleName) -> Result<Vec<String>>;

    /// Reads one inline policy, percent-decoded, by `iam:GetRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the role or the policy.
    async fn get_role_policy(&self, name: &RoleName, policy: &PolicyName) -> Result<PolicyText>;

    /// Makes or replaces an inline policy, by `iam:PutRolePolicy`.
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

    /// Deletes an inline policy, by `iam:DeleteRolePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the role or the policy.
    async fn delete_role_policy(&self, name: &RoleName, policy: &str) -> Result<()>;

    /// The names of the instance profiles that hold the role, by `iam:ListInstanceProfilesForRole`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_instance_profiles_for_role(&self, name: &RoleName) -> Result<Vec<String>>;

    /// Sets tags and leaves the others, by `iam:TagRole`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn tag_role(&self, name: &RoleName, tags: &Tags) -> Result<()>;

    /// Removes tags; keys that are not there are no error, by `iam:UntagRole`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn untag_role(&self, name: &RoleName, keys: &[String]) -> Result<()>;
}
