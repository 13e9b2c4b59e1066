//! A provider of nothing, for backends that have some services and not the others.

use async_trait::async_trait;

use super::Providers;
use crate::arn::Region;
use crate::error::{Error, ErrorKind, Result};

/// Answers every call with an error of kind [`Unsupported`](ErrorKind::Unsupported), which says why.
///
/// ```
/// use std::sync::Arc;
/// use infra_core::provider::{LogGroupProvider, Providers, Unsupported};
///
/// /// A backend that has log groups alone.
/// fn bundle(groups: Arc<dyn LogGroupProvider>) -> Providers {
///     let region = "eu-west-1".parse().expect("that is a region");
///     Unsupported::providers(region, "this backend has log groups alone").with_log_groups(groups)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Unsupported {
    why: String,
    hint: Option<String>,
}

impl Unsupported {
    /// A provider of nothing; `why` is lower-case, without a full stop.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hint: None }
    }

    /// The same, whose errors also say what the reader can do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A bundle of nothing, to which [`Providers::with_log_groups`] and its like add what is there.
    pub fn providers(region: Region, why: impl Into<String>) -> Providers {
        Providers::from_one(region, Self::new(why))
    }
}

macro_rules! unsupported {
    ($trait:path, $of:ident: $(
        $operation:expr => $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
    )+) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl $trait for Unsupported {
            $(async fn $method(&self, $(_: $type),*) -> Result<$output> {
                let error = Error::new(ErrorKind::Unsupported, &*self.why).with_operation($operation);
                Err(match &self.hint {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                })
            })+
        }
    };
}

crate::provider_methods!(unsupported);
