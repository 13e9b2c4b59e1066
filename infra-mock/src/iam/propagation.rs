//! The trusted identity propagation settings of identity providers. The mock only stores these
//! settings, because it does not implement IAM Identity Center.

use serde::{Deserialize, Serialize};

use crate::api::ApiResult;
use crate::iam::ContextProvider;

use super::check::invalid_input;

/// The trusted identity propagation settings for one provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Propagation {
    pub(super) context: Option<ContextProvider>,
    /// The ARN of an IAM Identity Center instance.
    pub(super) instance: Option<String>,
}

impl Propagation {
    /// Returns the settings for a new provider. According to the model's description of
    /// `IdentityCenterInstanceArn`, a provider that has an IAM Identity Center instance must also
    /// have a context provider. AWS's message is not publicly documented.
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

    /// Returns the settings after an update. The rules come from the model's descriptions. AWS's
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

    /// Returns `Some(true)` if propagation is enabled, and `None` otherwise. Recorded responses
    /// omit `IsTrustedIdentityPropagationEnabled` for providers without propagation.
    pub(super) fn is_enabled(&self) -> Option<bool> {
        self.instance.is_some().then_some(true)
    }
}
