//! The caller's identity, as reported by AWS STS.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::{AccountId, Arn};
use crate::error::Result;

/// The principal behind the credentials in use.
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
    /// The call needs no permission. For the same credentials, it always returns the same identity.
    ///
    /// # Errors
    /// [`Credentials`](crate::ErrorKind::Credentials) if credentials are missing, invalid or
    /// expired.
    async fn caller_identity(&self) -> Result<CallerIdentity>;
}
