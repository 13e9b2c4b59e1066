//! What became of all attempts of one call, where the SDK's error tells only of the last one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use infra_core::Error;
use infra_core::error::Effect;
use infra_core::operation::Operation;

use crate::error::{from_call, never_connected};

/// Sends one request of an SDK client and turns its failure into an [`Error`].
macro_rules! send {
    ($operation:expr, $request:expr) => {{
        let attempts = $crate::attempts::Attempts::default();
        $request
            .customize()
            .interceptor(attempts.clone())
            .send()
            .await
            .map_err(|error| attempts.error($operation, error))
    }};
}
pub(crate) use send;

/// Remembers whether an attempt got lost that may have taken effect all the same.
///
/// The SDK retries by itself: where the answer to the first `CreateRole` is lost, the second attempt is
/// answered with `EntityAlreadyExists`, and that is all the caller sees. With this the error says that the
/// role may be the caller's own. `Clone` shares the memory; one call has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// A request was handed to the HTTP client.
    transmitted: AtomicBool,
    /// An attempt may have taken effect, though it failed.
    lost: AtomicBool,
}

impl Attempts {
    /// The error of the whole call, of which `error` is the last attempt's.
    pub(crate) fn error<E>(&self, operation: Operation, error: SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let error = from_call(operation, error, self.0.transmitted.load(Ordering::Relaxed));
        if self.0.lost.load(Ordering::Relaxed) { error.with_effect(Effect::Unknown) } else { error }
    }
}

#[dyn_dispatch_hint]
impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.transmitted.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _runtime_components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else {
            return Ok(());
        };
        let lost = if let Some(response) = context.response() {
            // A success that cannot be read is a success; 501 says that there is no such operation, any
            // other 5xx may have come midway.
            let status = response.status();
            let failed_midway = status.is_server_error() && status.as_u16() != 501;
            status.is_success() || failed_midway
        } else if let Some(error) = error.as_connector_error() {
            !error.is_user() && !never_connected(error)
        } else {
            error.is_timeout_error()
        };
        if lost {
            self.0.lost.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
