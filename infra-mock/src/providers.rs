//! The typed access path: provider traits implemented by calling the mock's operations.

mod cluster;
mod log_group;
mod repository;
mod role;

use std::sync::Arc;

use async_trait::async_trait;
use infra_core::Result;
use infra_core::error::{Error, ErrorKind};
use infra_core::operation::sts;
use infra_core::provider::{CallerIdentity, IdentityProvider};

use crate::api::{ApiError, Operation, OperationId};
use crate::faults::Delivery;
use crate::interceptor::{CallPlan, Interceptor, Retries};
use crate::mock::{MockAws, named};
use crate::sts::GetCallerIdentityRequest;

/// An implementation of every provider trait, backed by one mock.
#[derive(Debug)]
pub(crate) struct MockProviders {
    mock: MockAws,
    interceptor: Option<Arc<dyn Interceptor>>,
}

impl MockProviders {
    pub(crate) fn new(mock: MockAws) -> Self {
        Self { mock, interceptor: None }
    }

    pub(crate) fn intercepted(mock: MockAws, interceptor: Arc<dyn Interceptor>) -> Self {
        Self { mock, interceptor: Some(interceptor) }
    }

    async fn call<O: Operation>(&self, request: O) -> Result<O::Output> {
        let id = OperationId::of::<O>();
        let Some(interceptor) = &self.interceptor else {
            return self.request(request, self.mock.delivery(id), |_| ()).await;
        };
        let CallPlan { number, faults } = interceptor.call_started(id);
        let mut faults = faults.iter();
        let mut retries = Retries::default();
        loop {
            let delivery = match faults.next() {
                Some(fault) => Delivery::of(fault, O::SERVICE),
                None => self.mock.delivery(id),
            };
            let seen = |accepted| interceptor.request_executed(number, accepted);
            match self.request(request.clone(), delivery, seen).await {
                Ok(output) => return Ok(output),
                Err(error) => tokio::time::sleep(retries.failed(error)?).await,
            }
        }
    }

    /// Calls an operation whose output is not needed.
    async fn send<O: Operation>(&self, request: O) -> Result<()> {
        self.call(request).await.map(drop)
    }

    /// Sends one request and returns the response. Once the operation has run, `executed` is called
    /// with `true` if it succeeded, and otherwise with `false`.
    async fn request<O: Operation>(
        &self,
        request: O,
        delivery: Delivery,
        executed: impl FnOnce(bool) + Send,
    ) -> Result<O::Output> {
        let operation = named(O::SERVICE, O::NAME, O::CHANGES);
        let Some(result) = self.mock.send_with(delivery, request, executed).await else {
            let words = "the connection was lost before the response arrived";
            return Err(Error::new(ErrorKind::Connection, words).with_operation(operation));
        };
        result.map_err(|ApiError { code, status, message }| {
            Error::from_aws(operation, code, message, Some(status))
        })
    }
}

/// Returns the error for a response that cannot be converted to the types that the provider traits
/// use.
fn broken<E>(operation: infra_core::operation::Operation) -> impl FnOnce(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| {
        Error::new(ErrorKind::Other, "the mock returned an invalid response")
            .with_operation(operation)
            .with_source(error)
    }
}

/// Calls an operation until no pages are left, and returns the items of all pages.
macro_rules! all_pages {
    ($providers:expr, $request:expr, $items:ident, $token:ident) => {{
        let (mut request, mut items) = ($request, Vec::new());
        loop {
            let page = $providers.call(request.clone()).await?;
            items.extend(page.$items);
            request.$token = page.$token;
            if request.$token.is_none() {
                break items;
            }
        }
    }};
}

/// Converts tags to a service's own `Tag` type. Every service names the members `key` and `value`.
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
use {all_pages, tags_from_wire, tags_to_wire};

#[async_trait]
impl IdentityProvider for MockProviders {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        let identity = self.call(GetCallerIdentityRequest {}).await?;
        Ok(CallerIdentity {
            account_id: identity.account.parse().map_err(broken(sts::GET_CALLER_IDENTITY))?,
            arn: identity.arn.parse().map_err(broken(sts::GET_CALLER_IDENTITY))?,
            user_id: identity.user_id,
        })
    }
}
