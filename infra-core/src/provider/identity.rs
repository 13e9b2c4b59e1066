//! Who the caller is, by AWS STS.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::{AccountId, Arn};
use crate::error::Result;

/// The principal behind the credentials in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallerIdentity {
    /// The account.
    pub account_id: AccountId,
    /// The principal's ARN; its partition is the account's.
    pub arn: Arn,
    /// The principal's unique id.
    pub user_id: String,
}

/// STS, as far as telling whose account is called goes.
#[async_trait]
pub trait IdentityProvider: Debug + Send + Sync + 'static {
    /// The caller, by `sts:GetCallerIdentity`.
    ///
    /// # Behaviour
    /// Needs no permission; the same credentials always give the same answer.
    ///
    /// # Errors
    /// [`Credentials`](crate::ErrorKind::Credentials) where there are none, or they are wrong or expired.
    async fn caller_identity(&self) -> Result<CallerIdentity>;
}
