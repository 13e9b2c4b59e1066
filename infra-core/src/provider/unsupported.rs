//! A provider that supports no operations, for backends that implement only some services.

use async_trait::async_trait;

use super::Providers;
use crate::arn::Region;
use crate::error::{Error, ErrorKind, Result};

/// A provider that fails every call. Each error is of kind
/// [`Unsupported`](ErrorKind::Unsupported), and its message is the reason passed to the
/// constructor.
///
/// ```
/// use std::sync::Arc;
/// use infra_core::provider::{LogGroupProvider, Providers, Unsupported};
///
/// /// A backend that supports only log groups.
/// fn bundle(groups: Arc<dyn LogGroupProvider>) -> Providers {
///     let region = "eu-west-1".parse().expect("a valid region");
///     Unsupported::providers(region, "this backend supports only log groups").with_log_groups(groups)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Unsupported {
    reason: String,
    hint: Option<String>,
}

impl Unsupported {
    /// Creates a provider that uses `reason` as the message of every error. The reason should begin
    /// with a lower-case letter and not end with a period.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None }
    }

    /// Adds a hint for the user to every error.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Creates a bundle that supports no services. Use [`Providers::with_log_groups`] and similar
    /// methods to add providers for the supported services.
    pub fn providers(region: Region, reason: impl Into<String>) -> Providers {
        Providers::from_one(region, Self::new(reason))
    }
}

macro_rules! unsupported {
    ($trait:path, $of:ident, $service:ident $title:literal: $(
        $kind:ident $operation:ident = $name:literal =>
            $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
    )+) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl $trait for Unsupported {
            $(async fn $method(&self, $(_: $type),*) -> Result<$output> {
                let error = Error::new(ErrorKind::Unsupported, &*self.reason).with_operation(crate::operation::$service::$operation);
                Err(match &self.hint {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                })
            })+
        }
    };
}

crate::provider_methods!(unsupported);
