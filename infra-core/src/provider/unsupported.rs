//! A provider that supports no operations, for backends that implement only some services.

use async_trait::async_trait;

use super::Providers;
use crate::arn::Region;
use crate::error::{Error, ErrorKind, Result};

/// A provider whose calls all fail with an error of kind [`Unsupported`](ErrorKind::Unsupported)
/// and a given reason.
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
    /// Creates a provider whose error message is `reason`. The reason should be in lower case and
    /// not end with a period.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None }
    }

    /// Adds a hint for the user to every error.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Creates a bundle in which no service is supported. Add providers for supported services with
    /// [`Providers::with_log_groups`] and similar methods.
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
