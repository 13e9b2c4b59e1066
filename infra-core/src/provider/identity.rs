//! The caller's identity, as reported by AWS STS.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::{AccountId, Arn};
use crate::error::Result;

/// The principal that the current credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallerIdentity {
    /// The account id.
    pub account_id: AccountId,
    /// The principal's ARN, which also contains the account's partition.
    pub arn: Arn,
    /// The principal's unique id.
    pub user_id: String,
}

/// The STS operation that identifies the caller.
#[async_trait]
pub trait IdentityProvider: Debug + Send + Sync + 'static {
    /// Returns the caller's identity, using `sts:GetCallerIdentity`.
    ///
    /// # Behavior
    /// The call needs no permissions. With the same credentials, the call always returns the same
    /// identity.
    ///
    /// # Errors
    /// [`Credentials`](crate::ErrorKind::Credentials) if the credentials are missing, invalid or
    /// expired.
    async fn caller_identity(&self) -> Result<CallerIdentity>;
}
