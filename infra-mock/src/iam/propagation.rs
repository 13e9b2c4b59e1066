//! The settings of identity providers for trusted identity propagation. The mock keeps them; it has no IAM Identity Center.

use serde::{Deserialize, Serialize};

use crate::api::ApiResult;
use crate::iam::ContextProvider;

use super::check::invalid_input;

/// The settings of one provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Propagation {
    pub(super) context: Option<ContextProvider>,
    /// The ARN of an instance of IAM Identity Center.
    pub(super) instance: Option<String>,
}

impl Propagation {
    /// The settings of a new provider. That an instance needs a context is in the description of the member
    /// `IdentityCenterInstanceArn` in the model; the words are not on record.
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

    /// The settings after a change. The rules are in the model's descriptions; the words are not on record.
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

    /// Whether propagation is enabled, which lists show if it is: the description of
    /// `IsTrustedIdentityPropagationEnabled` in the model. Recorded answers of providers without it lack the member.
    pub(super) fn is_enabled(&self) -> Option<bool> {
        self.instance.is_some().then_some(true)
    }
}
