//! `PutSigningConfiguration`, `GetSigningConfiguration` and `DeleteSigningConfiguration`.
//!
//! The signing configuration is stored and returned. It has no effect, because the mock does not
//! implement AWS Signer.

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecr::{
    DeleteSigningConfigurationRequest, GetSigningConfigurationRequest,
    PutSigningConfigurationRequest,
};

fn no_configuration() -> ApiError {
    // The message is the service model's description of this error code.
    ApiError::new(
        "SigningConfigurationNotFoundException",
        "The specified signing configuration was not found.",
    )
}

/// Sets the rules for signing images.
impl Operation for PutSigningConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let signing_configuration = self.signing_configuration.unwrap_or_default();
        call.ecr().signing = Some(signing_configuration.clone());
        Ok(Self::Output { signing_configuration })
    }
}

/// Returns the rules for signing images.
impl Operation for GetSigningConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let registry_id = call.location().account_id.to_string();
        let signing_configuration = call.ecr().signing.clone().ok_or_else(no_configuration)?;
        Ok(Self::Output { registry_id, signing_configuration })
    }
}

/// Deletes the rules for signing images.
impl Operation for DeleteSigningConfigurationRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let registry_id = call.location().account_id.to_string();
        let signing_configuration = call.ecr().signing.take().ok_or_else(no_configuration)?;
        Ok(Self::Output { registry_id, signing_configuration })
    }
}
