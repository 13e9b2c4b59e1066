//! Builds the credentials provider for each source.
//!
//! Most sources use aws-config's providers. Roles use the provider [`AssumeRole`], because
//! aws-config's provider for roles supports neither MFA nor session durations.

use std::error::Error as StdError;
use std::fmt;
use std::fs;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::credential_process::CredentialProcessProvider;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
#[expect(deprecated, reason = "aws-config has no other way to read a profile from text")]
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_credential_types::{Credentials, provider};
use aws_sdk_sts::Client;
use aws_sdk_sts::types::Credentials as StsCredentials;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use infra_core::error::{Error, ErrorKind, Result};

use super::chain::{Keys, Role, Source, Sso, WebIdentity};
use super::endpoints::Endpoints;
use super::settings::invalid;
use crate::error::innermost;

const PROVIDER_NAME: &str = "ecs-foundation";

/// Asks the user for a code from an MFA device.
#[async_trait]
pub trait MfaPrompt: fmt::Debug + Send + Sync {
    /// Asks for a code from the device with this serial number or ARN. Returns `None` if there is
    /// no user to ask.
    async fn code(&self, serial: &str) -> Option<String>;
}

/// Builds credentials providers.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    /// The region and HTTP client for aws-config's providers.
    pub(super) base: ProviderConfig,
    /// The configuration for STS, without credentials.
    pub(super) sts: SdkConfig,
    pub(super) endpoints: Endpoints,
    pub(super) imds: imds::Client,
    pub(super) mfa: Option<Arc<dyn MfaPrompt>>,
    /// The paths of the configuration files that were searched, for use in error messages.
    pub(super) searched: String,
}

impl Builder {
    /// Returns the credentials provider for a source.
    pub(super) fn provider(&self, source: Source) -> Result<SharedCredentialsProvider> {
        let (provider, message, hint): (SharedCredentialsProvider, _, _) = match source {
            Source::Keys(Keys { id, secret, token }) => {
                let keys = Credentials::new(id, secret, token, None, PROVIDER_NAME);
                return Ok(SharedCredentialsProvider::new(keys));
            }
            Source::Role { base, role } => {
                let base = self.provider(*base)?;
                return Ok(SharedCredentialsProvider::new(self.role(base, role)));
            }
            Source::WebIdentity(identity) => {
                let sts = Client::new(&self.sts);
                return Ok(SharedCredentialsProvider::new(AssumeWebIdentity { identity, sts }));
            }
            Source::Process { profile, command } => (
                SharedCredentialsProvider::new(CredentialProcessProvider::new(command)),
                format!("the credential_process of profile {profile:?} failed"),
                "run the credential_process command directly to see the problem".to_owned(),
            ),
            Source::Sso(sso) => (
                self.profile_provider(&sso_profile(&sso)?)?,
                format!("IAM Identity Center returned no credentials for profile {:?}", sso.profile),
                format!("log in with `aws sso login --profile {}`", sso.profile),
            ),
            Source::Login { profile, session } => (
                self.profile_provider(&format!("[default]\nlogin_session = {session}\n"))?,
                format!("the `aws login` session returned no credentials for profile {profile:?}"),
                format!("log in with `aws login --profile {profile}`"),
            ),
            Source::Container => (
                SharedCredentialsProvider::new(
                    EcsCredentialsProvider::builder().configure(&self.base).build(),
                ),
                "the container's credentials endpoint returned no credentials".to_owned(),
                "check AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and the \
                 task role or pod identity"
                    .to_owned(),
            ),
            Source::Instance => (
                SharedCredentialsProvider::new(
                    ImdsCredentialsProvider::builder()
                        .configure(&self.base)
                        .imds_client(self.imds.clone())
                        .build(),
                ),
                format!(
                    "no credentials were found in the environment or in {}, and the instance metadata \
                     service returned none",
                    self.searched
                ),
                crate::error::NO_CREDENTIALS_HINT.to_owned(),
            ),
        };
        Ok(SharedCredentialsProvider::new(Explained { provider, message, hint }))
    }

    /// Returns the provider for a role that is assumed with the credentials of `base`.
    pub(super) fn role(&self, base: SharedCredentialsProvider, role: Role) -> AssumeRole {
        let sts = self.sts.to_builder().credentials_provider(base).build();
        AssumeRole { role, sts: Client::new(&sts), mfa: self.mfa.clone() }
    }

    /// Returns an aws-config provider that reads a profile from the given text.
    fn profile_provider(&self, profile: &str) -> Result<SharedCredentialsProvider> {
        let endpoints = self.endpoints.as_profile()?;
        #[expect(deprecated, reason = "aws-config has no other way to read a profile from text")]
        let files = ProfileFiles::builder()
            .with_contents(ProfileFileKind::Config, format!("{profile}{endpoints}"))
            .build();
        Ok(SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .configure(&self.base)
                .profile_files(files)
                .profile_name("default")
                .build(),
        ))
    }
}

fn sso_profile(sso: &Sso) -> Result<String> {
    let Sso { profile: _, session, start_url, region, account_id, role_name } = sso;
    let server = format!("sso_start_url = {start_url}\nsso_region = {region}\n");
    let role = format!("sso_account_id = {account_id}\nsso_role_name = {role_name}\n");
    Ok(match session {
        // This function cannot replace these characters in the session's name, because the login
        // token is stored under that name.
        Some(session) if session.contains([']', '"', '\\', '\'']) => {
            return Err(invalid(format!("the name of [sso-session {session}] is not supported"))
                .with_hint("use only letters, digits, `-` and `_` in the name"));
        }
        Some(session) => {
            format!("[sso-session {session}]\n{server}[default]\nsso_session = {session}\n{role}")
        }
        None => format!("[default]\n{server}{role}"),
    })
}

/// Adds a message and a hint to the errors from a provider.
#[derive(Debug)]
struct Explained {
    provider: SharedCredentialsProvider,
    message: String,
    hint: String,
}

impl ProvideCredentials for Explained {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.provider.provide_credentials().await.map_err(|error| {
                let message = format!("{}: {}", self.message, innermost(&error));
                failed(&message, &self.hint, Some(error.into()))
            })
        })
    }
}

/// Assumes a role each time credentials are requested.
#[derive(Debug)]
pub(super) struct AssumeRole {
    role: Role,
    sts: Client,
    mfa: Option<Arc<dyn MfaPrompt>>,
}

impl AssumeRole {
    async fn assume(&self) -> provider::Result {
        let Role { role_arn, session_name, external_id, duration_seconds, mfa_serial } = &self.role;
        let code = match mfa_serial {
            None => None,
            Some(serial) => Some(self.code(serial).await?),
        };
        let request = self.sts.assume_role().role_arn(role_arn);
        let answer = request
            .role_session_name(session_name.as_deref().unwrap_or(PROVIDER_NAME))
            .set_external_id(external_id.clone())
            .set_duration_seconds(*duration_seconds)
            .set_serial_number(mfa_serial.clone())
            .set_token_code(code)
            .send()
            .await
            .map_err(|error| refused(role_arn, error))?;
        credentials(role_arn, answer.credentials)
    }

    async fn code(&self, serial: &str) -> std::result::Result<String, CredentialsError> {
        let code = match &self.mfa {
            Some(prompt) => prompt.code(serial).await,
            None => None,
        };
        code.filter(|code| !code.is_empty()).ok_or_else(|| {
            let message =
                format!("role {} requires a code from MFA device {serial}", self.role.role_arn);
            failed(
                &message,
                "run the program in a terminal, or use a profile without mfa_serial",
                None,
            )
        })
    }
}

impl ProvideCredentials for AssumeRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

/// Assumes a role with a web identity token. The token file is read each time credentials are
/// requested.
#[derive(Debug)]
struct AssumeWebIdentity {
    identity: WebIdentity,
    sts: Client,
}

impl AssumeWebIdentity {
    async fn assume(&self) -> provider::Result {
        let WebIdentity { role_arn, token_file, session_name } = &self.identity;
        let token = fs::read_to_string(token_file).map_err(|error| {
            let message = format!("the web identity token {token_file} cannot be read: {error}");
            failed(&message, "check AWS_WEB_IDENTITY_TOKEN_FILE or web_identity_token_file", None)
        })?;
        let request = self.sts.assume_role_with_web_identity().role_arn(role_arn);
        let answer = request
            .role_session_name(session_name.as_deref().unwrap_or(PROVIDER_NAME))
            .web_identity_token(token)
            .send()
            .await
            .map_err(|error| refused(role_arn, error))?;
        credentials(role_arn, answer.credentials)
    }
}

impl ProvideCredentials for AssumeWebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

/// A provider that has already prompted the user and received credentials. The first request
/// returns these credentials. Later requests get new credentials from the inner provider.
#[derive(Debug)]
pub(super) struct Primed {
    first: Mutex<Option<Credentials>>,
    provider: SharedCredentialsProvider,
}

impl Primed {
    /// Requests credentials immediately. If the SDK requested them during a call instead, the user
    /// would have to answer before the call's timeout, and each attempt would prompt the user
    /// again.
    pub(super) async fn ask(provider: SharedCredentialsProvider) -> Result<Self> {
        let first = provider.provide_credentials().await;
        let first = first.map_err(|error| crate::error::no_credentials(&error))?;
        Ok(Self { first: Mutex::new(Some(first)), provider })
    }
}

impl ProvideCredentials for Primed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let first = mem::take(&mut *self.first.lock().unwrap_or_else(PoisonError::into_inner));
        match first {
            Some(first) => future::ProvideCredentials::ready(Ok(first)),
            None => self.provider.provide_credentials(),
        }
    }
}

fn credentials(role_arn: &str, answer: Option<StsCredentials>) -> provider::Result {
    let Some(StsCredentials {
        access_key_id, secret_access_key, session_token, expiration, ..
    }) = answer
    else {
        let message = format!("AWS STS returned no credentials for role {role_arn}");
        return Err(failed(&message, "check the AWS STS endpoint", None));
    };
    let expiry = SystemTime::try_from(expiration).ok();
    Ok(Credentials::new(
        access_key_id,
        secret_access_key,
        Some(session_token),
        expiry,
        PROVIDER_NAME,
    ))
}

/// Returns the error for a role that could not be assumed.
fn refused<E, R>(role_arn: &str, error: SdkError<E, R>) -> CredentialsError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let why = match (error.message(), error.code()) {
        (Some(message), Some(code)) => format!("{message} ({code})"),
        (None, Some(code)) => code.to_owned(),
        _ => innermost(&error),
    };
    let hint = "check that the role exists and that its trust policy allows these credentials";
    failed(&format!("cannot assume role {role_arn}: {why}"), hint, Some(error.into()))
}

/// Creates an error. [`from_sdk`](crate::error::from_sdk) preserves its message and hint.
fn failed(
    message: &str,
    hint: &str,
    source: Option<Box<dyn StdError + Send + Sync>>,
) -> CredentialsError {
    let error = Error::new(ErrorKind::Credentials, message).with_hint(hint);
    CredentialsError::provider_error(match source {
        Some(source) => error.with_source(source),
        None => error,
    })
}
