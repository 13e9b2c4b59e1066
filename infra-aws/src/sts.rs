//! Reads the caller's identity with the AWS SDK.

use async_trait::async_trait;
use aws_sdk_sts::Client;
use infra_core::error::Result;
use infra_core::operation::sts;
use infra_core::provider::{CallerIdentity, IdentityProvider};

use crate::attempts::send;
use crate::provider::provider;
use crate::response::{parsed, required};

provider! {
    /// Implements [`IdentityProvider`] with an STS client. Clones share the client.
    StsIdentity(Client)
}

#[async_trait]
impl IdentityProvider for StsIdentity {
    async fn caller_identity(&self) -> Result<CallerIdentity> {
        let operation = sts::GET_CALLER_IDENTITY;
        let answer = send!(operation, self.0.get_caller_identity())?;
        Ok(CallerIdentity {
            account_id: parsed(operation, "account ID", answer.account())?,
            arn: parsed(operation, "ARN", answer.arn())?,
            user_id: required(operation, "user id", answer.user_id)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::Client;
    use infra_core::error::ErrorKind;
    use infra_core::provider::IdentityProvider;

    use super::StsIdentity;
    use crate::testing::{answers, assert_error, client, query, query_error};

    fn caller(account: &str) -> String {
        format!(
            "<Arn>arn:aws-cn:sts::123456789012:assumed-role/admin/me</Arn>\
             <UserId>AROAEXAMPLE:me</UserId><Account>{account}</Account>"
        )
    }

    #[tokio::test]
    async fn invalid_account_id_is_an_error_that_names_it() {
        let rule = answers!(Client::get_caller_identity; query("GetCallerIdentity", &caller("12")));
        let identity = StsIdentity::new(client!(aws_sdk_sts; &rule));
        let error = identity.caller_identity().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "sts:GetCallerIdentity: the response contains an invalid account ID"
        );
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("\"12\""), "{source}");
    }

    #[tokio::test]
    async fn invalid_and_expired_keys_are_credentials_errors() {
        let cases = [
            ("InvalidClientTokenId", "The security token included in the request is invalid."),
            ("ExpiredToken", "The security token included in the request is expired"),
            ("SignatureDoesNotMatch", "The request signature we calculated does not match"),
        ];
        for (code, message) in cases {
            let rule = answers!(Client::get_caller_identity; query_error(403, code, message));
            let identity = StsIdentity::new(client!(aws_sdk_sts; &rule));
            let error = identity.caller_identity().await.unwrap_err();
            assert_error(&error, ErrorKind::Credentials, code, message, 403);
        }
    }
}
