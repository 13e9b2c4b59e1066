//! The first door: the provider traits, on the typed operations.

mod cluster;
mod log_group;
mod repository;
mod role;

use async_trait::async_trait;
use infra_core::Result;
use infra_core::error::{Error, ErrorKind};
use infra_core::operation::sts;
use infra_core::provider::{CallerIdentity, IdentityProvider};

use crate::api::{ApiError, Operation};
use crate::mock::{MockAws, named};
use crate::sts::GetCallerIdentityRequest;

/// Every provider trait on one mock.
#[derive(Debug)]
pub(crate) struct Door {
    mock: MockAws,
}

impl Door {
    pub(crate) fn new(mock: MockAws) -> Self {
        Self { mock }
    }

    async fn call<O: Operation>(&self, request: O) -> Result<O::Output> {
        let operation = named(O::SERVICE, O::NAME, O::CHANGES);
        let Some(result) = self.mock.send(request).await else {
            let words = "the connection was lost before the answer came";
            return Err(Error::new(ErrorKind::Connection, words).with_operation(operation));
        };
        result.map_err(|ApiError { code, status, message }| {
            Error::from_aws(operation, code, message, Some(status))
        })
    }
}

/// The error for an answer that breaks the mock's own rules.
fn broken<E>(operation: infra_core::operation::Operation) -> impl FnOnce(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| {
        Error::new(ErrorKind::Other, "the mock gave an answer that AWS would not give")
            .with_operation(operation)
            .with_source(error)
    }
}

/// A tag of any of the services, which all spell key and value alike.
macro_rules! tags_to_wire {
    ($tags:expr, $service:ident) => {
        $tags
            .iter()
            .map(|(key, value)| $service::Tag {
                key: Some(key.to_owned()),
                value: Some(value.to_owned()),
            })
            .collect()
    };
}
macro_rules! tags_from_wire {
    ($tags:expr) => {
        infra_core::tags::Tags::observed(
            $tags
                .into_iter()
                .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())),
        )
    };
}
use {tags_from_wire, tags_to_wire};

#[async_trait]
impl IdentityProvider for Door {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        let identity = self.call(GetCallerIdentityRequest {}).await?;
        Ok(CallerIdentity {
            account_id: identity.account.parse().map_err(broken(sts::GET_CALLER_IDENTITY))?,
            arn: identity.arn.parse().map_err(broken(sts::GET_CALLER_IDENTITY))?,
            user_id: identity.user_id,
        })
    }
}
