//! Tracks all attempts at a call, because the SDK's error describes only the last attempt.

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

/// Sends a request with an SDK client, and converts a failure to an [`Error`].
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

/// Records whether a failed attempt may have taken effect.
///
/// For example, if the response to a `CreateRole` call is lost, the SDK's second attempt fails with
/// `EntityAlreadyExists`, and the SDK reports only that error. This record lets the caller report
/// that the first attempt may have created the role. Use one value per call. Clones share the
/// record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// Whether a request was handed to the HTTP client.
    transmitted: AtomicBool,
    /// Whether a failed attempt may have taken effect.
    lost: AtomicBool,
}

impl Attempts {
    /// Converts the error from the last attempt into the error for the whole call.
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
            // If a response with a success status cannot be parsed, the operation has taken effect.
            // After a 5xx status, the operation may have taken effect. The exception is 501, which
            // means that the operation does not exist.
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
