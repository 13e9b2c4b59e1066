//! Makes external changes through AWS's API. Only changes that need no compute resources are
//! supported.

use std::fmt::Debug;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_ecr::primitives::Blob;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use infra_core::conformance::{ExternalActor, ExternalChange};
use infra_core::error::{Error, ErrorKind, Result};
use infra_mock::time::{Clock, SystemClock};
use sha2::{Digest, Sha256};

/// An external actor that uses SDK clients.
#[derive(Debug)]
pub(super) struct BySdk {
    iam: aws_sdk_iam::Client,
    ecr: aws_sdk_ecr::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
}

const LISTING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}"#;

impl BySdk {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            iam: aws_sdk_iam::Client::new(config),
            ecr: aws_sdk_ecr::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
        }
    }

    /// Uploads a layer, and returns its digest.
    ///
    /// Errors are ignored, because some emulators do not support layers, and AWS refuses a layer
    /// that already exists. If a required layer is missing after the upload, pushing the image
    /// fails.
    async fn upload(&self, repository: &str, content: String) -> String {
        let bytes = Sha256::digest(&content);
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("sha256:{}", hex.concat());
        // Emulators that do not support layers return HTTP 500 or 501. By default, the SDK would
        // retry each of these calls.
        let once = aws_sdk_ecr::config::Builder::new().retry_config(RetryConfig::disabled());
        let start = self.ecr.initiate_layer_upload().repository_name(repository).customize();
        let started = start.config_override(once).send().await;
        let Some(id) = started.ok().and_then(|started| started.upload_id) else { return digest };
        let last = i64::try_from(content.len()).unwrap_or(i64::MAX) - 1;
        let part = self.ecr.upload_layer_part().repository_name(repository).upload_id(&id);
        let part = part.part_first_byte(0).part_last_byte(last);
        if part.layer_part_blob(Blob::new(content)).send().await.is_ok() {
            let end = self.ecr.complete_layer_upload().repository_name(repository).upload_id(id);
            drop(end.layer_digests(&digest).send().await);
        }
        digest
    }

    async fn push(&self, repository: &str, image: usize, tags: &[String]) -> Result<()> {
        let digest = self.upload(repository, format!("layer {image}")).await;
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{digest}","size":{image}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{digest}","size":{image}}}]}}"#
        );
        for tag in tags {
            let put = self.ecr.put_image().repository_name(repository).image_tag(tag);
            done(put.image_manifest(&manifest).send().await)?;
        }
        Ok(())
    }

    async fn stream(&self, group: &str, stream: &str, event: Option<&str>) -> Result<()> {
        let made = self.logs.create_log_stream().log_group_name(group).log_stream_name(stream);
        done(made.send().await)?;
        let Some(message) = event else { return Ok(()) };
        let now = i64::try_from(SystemClock.now().millis()).unwrap_or_default();
        let event = InputLogEvent::builder().timestamp(now).message(message).build();
        let event =
            event.map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()))?;
        let put = self.logs.put_log_events().log_group_name(group).log_stream_name(stream);
        done(put.log_events(event).send().await)
    }
}

/// Discards the output of a successful call, or converts the error from a failed call.
fn done<T, E>(outcome: std::result::Result<T, E>) -> Result<()>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    outcome.map(drop).map_err(|error| {
        let kind = match error.code() {
            Some("NoSuchEntity") => ErrorKind::NotFound,
            _ => ErrorKind::Other,
        };
        Error::new(kind, DisplayErrorContext(error).to_string())
    })
}

#[async_trait]
impl ExternalActor for BySdk {
    async fn act(&self, change: &ExternalChange) -> Result<()> {
        match change {
            ExternalChange::PushImage { repository, image, tags } => {
                self.push(repository.as_str(), *image, tags).await
            }
            ExternalChange::AddLogStream { group, stream, event } => {
                self.stream(group.as_str(), stream, event.as_deref()).await
            }
            ExternalChange::AddInstanceProfile { profile, role } => {
                let made = self.iam.create_instance_profile().instance_profile_name(profile);
                done(made.send().await)?;
                let held = self.iam.add_role_to_instance_profile().role_name(role.as_str());
                done(held.instance_profile_name(profile).send().await)
            }
            ExternalChange::RemoveInstanceProfile { profile, role } => {
                let held = self.iam.remove_role_from_instance_profile().role_name(role.as_str());
                let released = done(held.instance_profile_name(profile).send().await);
                let gone = self.iam.delete_instance_profile().instance_profile_name(profile);
                match (released, done(gone.send().await)) {
                    (_, Ok(())) => Ok(()),
                    (Ok(()), Err(error)) | (Err(error), Err(_)) => Err(error),
                }
            }
            ExternalChange::CreatePolicy { policy } => {
                let name = policy.last_segment();
                let path = policy.resource.strip_prefix("policy");
                let path = path.and_then(|rest| rest.strip_suffix(name)).unwrap_or("/");
                let made = self.iam.create_policy().policy_name(name).path(path);
                done(made.policy_document(LISTING).send().await)
            }
            ExternalChange::DeletePolicy { policy } => {
                done(self.iam.delete_policy().policy_arn(policy.to_string()).send().await)
            }
            ExternalChange::AddIdentityProvider { issuer, client_ids } => {
                let made = self.iam.create_open_id_connect_provider();
                let made = made.url(format!("https://{issuer}"));
                // Without a thumbprint in the request, AWS would connect to the issuer to retrieve
                // one.
                let made = made.thumbprint_list("0".repeat(40));
                match made.set_client_id_list(Some(client_ids.clone())).send().await {
                    Err(error) if error.code() == Some("EntityAlreadyExists") => Ok(()),
                    outcome => done(outcome),
                }
            }
            other => Err(Error::new(
                ErrorKind::Unsupported,
                format!("the change is not possible through API calls alone: {other:?}"),
            )),
        }
    }
}
