//! The trusted identity propagation settings of identity providers. The mock stores these settings
//! but has no IAM Identity Center.

use serde::{Deserialize, Serialize};

use crate::api::ApiResult;
use crate::iam::ContextProvider;

use super::check::invalid_input;

/// The trusted identity propagation settings of one provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Propagation {
    pub(super) context: Option<ContextProvider>,
    /// The ARN of an IAM Identity Center instance.
    pub(super) instance: Option<String>,
}

impl Propagation {
    /// Returns the settings of a new provider. According to the model's description of
    /// `IdentityCenterInstanceArn`, an instance requires a context; AWS's message is not publicly
    /// documented.
    pub(super) fn new(
        context: Option<ContextProvider>,
        instance: Option<String>,
    ) -> ApiResult<Self> {
        if instance.is_some() && context.is_none() {
            return Err(invalid_input(
                "ContextProvider is required if IdentityCenterInstanceArn is specified.",
            ));
        }
        Ok(Self { context, instance })
    }

    /// Returns the settings after a change. The rules come from the model's descriptions; AWS's
    /// messages are not publicly documented.
    pub(super) fn changed(
        &self,
        (context, remove_context): (Option<ContextProvider>, bool),
        (instance, remove_instance): (Option<String>, bool),
    ) -> ApiResult<Self> {
        if context.is_some() && remove_context {
            return Err(invalid_input(
                "ContextProvider cannot be specified together with RemoveContextProvider.",
            ));
        }
        if instance.is_some() && remove_instance {
            return Err(invalid_input(
                "IdentityCenterInstanceArn cannot be specified together with RemoveIdentityCenterInstance.",
            ));
        }
        let context = context.or_else(|| self.context.clone().filter(|_| !remove_context));
        let instance = instance.or_else(|| self.instance.clone().filter(|_| !remove_instance));
        Self::new(context, instance)
    }

    /// Returns `Some(true)` if propagation is enabled, and `None` otherwise: lists include
    /// `IsTrustedIdentityPropagationEnabled` only if it is true, and recorded responses for providers without
    /// propagation omit it.
    pub(super) fn is_enabled(&self) -> Option<bool> {
        self.instance.is_some().then_some(true)
    }
}
