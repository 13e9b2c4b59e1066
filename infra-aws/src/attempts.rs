//! What became of all attempts of one call, where the SDK's error tells only of the last one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use infra_core::Error;
use infra_core::error::Effect;

use crate::error::never_connected;

/// Sends one request of an SDK client and turns its failure into an [`Error`].
macro_rules! send {
    ($operation:expr, $request:expr) => {{
        let attempts = $crate::attempts::Attempts::default();
        $request
            .customize()
            .interceptor(attempts.clone())
            .send()
            .await
            .map_err(|error| attempts.judge($crate::error::from_sdk($operation, error)))
    }};
}
pub(crate) use send;

/// Remembers whether an attempt got lost that may have taken effect all the same.
///
/// The SDK retries by itself: where the answer to the first `CreateRole` is lost, the second attempt is
/// answered with `EntityAlreadyExists`, and that is all the caller sees. With this the error says that the
/// role may be the caller's own. `Clone` shares the memory; one call has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts {
    lost: Arc<AtomicBool>,
}

impl Attempts {
    /// The error of the whole call, of which `error` is the last attempt's.
    pub(crate) fn judge(&self, error: Error) -> Error {
        if self.lost.load(Ordering::Relaxed) { error.with_effect(Effect::Unknown) } else { error }
    }
}

#[dyn_dispatch_hint]
impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
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
            !never_connected(error)
        } else {
            error.is_timeout_error()
        };
        if lost {
            self.lost.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
