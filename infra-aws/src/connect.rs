//! From options and environment to clients.

pub(crate) mod bounded;
#[cfg(test)]
mod tests;
mod transport;
mod trust;

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::default_provider::retry_config;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use infra_core::arn::Region;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::provider::Providers;

use self::transport::Transport;
use crate::{EcrRepositories, EcsClusters, IamRoles, LogGroups, StsIdentity};

const DEFAULT_APP_NAME: &str = "ecs-foundation";
const DEFAULT_ATTEMPTS: u32 = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(1);

/// How to reach AWS, or what stands for it. What is not said comes from environment and profile, as with
/// AWS's own tools.
///
/// `Debug` leaves out what an endpoint's URL says of users and passwords.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// The region; else `AWS_REGION`, the profile, and, at AWS itself, the instance's.
    pub region: Option<Region>,
    /// The profile, which then alone gives the credentials, as `--profile` does for the AWS CLI; else
    /// `AWS_PROFILE` and the whole chain: environment, profile (with SSO, assumed roles, credential
    /// processes), web identity, container, instance.
    pub profile: Option<String>,
    /// The endpoint of all services, for an emulator; else `AWS_ENDPOINT_URL` and the profile.
    pub endpoint_url: Option<String>,
    /// A file of PEM certificates that are trusted *instead of* the machine's own, as with the AWS CLI: the
    /// certificates of authorities, for one of the server's own vouches for nobody. Else `AWS_CA_BUNDLE`,
    /// which is only read once something is to be reached by https.
    pub ca_bundle: Option<PathBuf>,
    /// How many times a request is tried at most; else `AWS_MAX_ATTEMPTS` and the profile; else 5.
    pub max_attempts: Option<u32>,
    /// Whether retries also slow down all other requests, for accounts with many stacks; else
    /// `AWS_RETRY_MODE` and the profile.
    pub adaptive_retries: bool,
    /// Signs with the keys `test` and `test` where neither profile nor environment gives any, for an emulator
    /// that takes every key.
    pub placeholder_keys: bool,
    /// The name in the user agent, by which `CloudTrail` tells who called; else `ecs-foundation`.
    pub app_name: Option<String>,
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            region,
            profile,
            endpoint_url,
            ca_bundle,
            max_attempts,
            adaptive_retries,
            placeholder_keys,
            app_name,
        } = self;
        f.debug_struct("ConnectOptions")
            .field("region", region)
            .field("profile", profile)
            .field("endpoint_url", &endpoint_url.as_deref().map(without_user))
            .field("ca_bundle", ca_bundle)
            .field("max_attempts", max_attempts)
            .field("adaptive_retries", adaptive_retries)
            .field("placeholder_keys", placeholder_keys)
            .field("app_name", app_name)
            .finish()
    }
}

/// A provider of each service, as the options, the environment and the profile say.
///
/// No service is called yet; only the region may be asked of the instance this runs on.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) where there is no region, an option or variable cannot be
/// read, or the certificates that https needs are missing.
pub async fn connect(options: &ConnectOptions) -> Result<Providers> {
    providers(&sdk_config(options).await?)
}

/// A provider of each service on new clients of `config`, in its region.
///
/// All that the clients need is taken from `config`: credentials, HTTP client, endpoint, retries.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) where `config` has no region, or one that cannot be.
pub fn providers(config: &SdkConfig) -> Result<Providers> {
    let region = config.region().ok_or_else(no_region)?;
    Ok(Providers::new(
        parse_region(region.as_ref())?,
        Arc::new(StsIdentity::from_config(config)),
        Arc::new(EcsClusters::from_config(config)),
        Arc::new(IamRoles::from_config(config)),
        Arc::new(EcrRepositories::from_config(config)),
        Arc::new(LogGroups::from_config(config)),
    ))
}

/// The configuration behind [`connect`], for clients of other services.
///
/// # Errors
/// As [`connect`].
pub async fn sdk_config(options: &ConnectOptions) -> Result<SdkConfig> {
    let ConnectOptions {
        region,
        profile,
        endpoint_url,
        ca_bundle,
        max_attempts,
        adaptive_retries,
        placeholder_keys,
        app_name,
    } = options;
    let transport = Transport::new(match ca_bundle {
        Some(file) => Some(trust::Bundle::read(file, "--ca-bundle")?),
        None => variable("AWS_CA_BUNDLE").map(|file| trust::Bundle::later(file, "AWS_CA_BUNDLE")),
    });
    let ambient_endpoint = variable("AWS_ENDPOINT_URL");
    let endpoint = endpoint_url.as_deref().or(ambient_endpoint.as_deref());
    let origin = if endpoint_url.is_some() { "--endpoint-url" } else { "AWS_ENDPOINT_URL" };
    check_endpoint(endpoint, origin)?;
    let base = ProviderConfig::without_region()
        .with_behavior_version(Some(BehaviorVersion::latest()))
        .with_http_client(transport.clone());
    let region = match region {
        Some(region) => region.clone(),
        None => ambient_region(&base, profile.as_deref(), endpoint.is_some()).await?,
    };
    let region = aws_config::Region::new(region.as_str().to_owned());

    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        .http_client(transport.clone())
        .app_name(parse_app_name(app_name.as_deref())?)
        .retry_config(retries(profile.as_deref(), *max_attempts, *adaptive_retries).await?)
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        );
    if let Some(url) = endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(name) = profile {
        // In aws-config's own chain keys in the environment win over a profile that was asked for: the
        // wrong account, and nobody would see it.
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&base.with_region(Some(region)))
            .profile_name(name)
            .build();
        loader = loader.profile_name(name).credentials_provider(credentials);
    } else if *placeholder_keys && !names_credentials() {
        let keys = Credentials::new("test", "test", None, None, "placeholder");
        loader = loader.credentials_provider(keys);
    }
    let config = loader.load().await;
    if !config.endpoint_url().is_some_and(is_plain_http) {
        transport.prepare_tls()?;
    }
    Ok(config)
}

/// The region that environment, profile or instance give.
///
/// With an endpoint of its own, the instance is not asked: off AWS nobody answers there, and that takes
/// seconds to find out.
async fn ambient_region(
    base: &ProviderConfig,
    profile: Option<&str>,
    has_endpoint: bool,
) -> Result<Region> {
    let mut of_profile = ProfileFileRegionProvider::builder().configure(base);
    if let Some(name) = profile {
        of_profile = of_profile.profile_name(name);
    }
    let mut chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(of_profile.build());
    if !has_endpoint {
        chain = chain.or_else(ImdsRegionProvider::builder().configure(base).build());
    }
    let region = chain.region().await.ok_or_else(no_region)?;
    parse_region(region.as_ref())
}

/// Whether the environment says where credentials come from.
fn names_credentials() -> bool {
    ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"]
        .iter()
        .chain(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"])
        .any(|name| variable(name).is_some())
}

fn no_region() -> Error {
    Error::new(ErrorKind::InvalidInput, "no region is given")
        .with_hint("pass --region, set AWS_REGION, or give the profile a region")
}

fn parse_region(region: &str) -> Result<Region> {
    region.parse().map_err(|source: infra_core::names::InvalidValue| {
        Error::new(ErrorKind::InvalidInput, source.to_string())
            .with_hint("look at --region, AWS_REGION and the profile")
    })
}

fn parse_app_name(name: Option<&str>) -> Result<AppName> {
    AppName::new(name.unwrap_or(DEFAULT_APP_NAME).to_owned()).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the name for the user agent cannot be used")
            .with_source(source)
    })
}

/// The retries of environment and profile, under the options and above the defaults.
async fn retries(
    profile: Option<&str>,
    max_attempts: Option<u32>,
    adaptive: bool,
) -> Result<RetryConfig> {
    // aws-config panics on what it cannot read here.
    let attempts = variable("AWS_MAX_ATTEMPTS");
    let mode = variable("AWS_RETRY_MODE");
    check_retries(attempts.as_deref(), mode.as_deref())?;
    let mut ambient = retry_config::default_provider();
    if let Some(name) = profile {
        ambient = ambient.profile_name(name);
    }
    let ambient = ambient.retry_config().await;
    // A profile that says three is not told from one that says nothing.
    let unsaid =
        attempts.is_none() && ambient.max_attempts() == RetryConfig::standard().max_attempts();
    let ambient_attempts = if unsaid { DEFAULT_ATTEMPTS } else { ambient.max_attempts() };
    let mode = if adaptive { RetryMode::Adaptive } else { ambient.mode() };
    Ok(ambient
        .with_retry_mode(mode)
        .with_max_attempts(max_attempts.unwrap_or(ambient_attempts).max(1)))
}

fn check_retries(max_attempts: Option<&str>, mode: Option<&str>) -> Result<()> {
    let invalid = |message| Err(Error::new(ErrorKind::InvalidInput, message));
    match max_attempts {
        Some(text) if !text.parse::<u32>().is_ok_and(|n| n > 0) => {
            return invalid(format!("AWS_MAX_ATTEMPTS is {text:?}, not a number from 1 on"));
        }
        _ => {}
    }
    match mode {
        Some(text) if text.parse::<RetryMode>().is_err() => {
            invalid(format!("AWS_RETRY_MODE is {text:?}, not standard or adaptive"))
        }
        _ => Ok(()),
    }
}

/// An endpoint without a scheme would fail at the first call, with an error that does not name it.
fn check_endpoint(url: Option<&str>, origin: &str) -> Result<()> {
    match url {
        Some(url) if !is_plain_http(url) && !has_scheme(url, "https://") => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{origin} is {:?}, which is no URL of http or https", without_user(url)),
        )
        .with_hint("write it like http://127.0.0.1:4566")),
        _ => Ok(()),
    }
}

fn is_plain_http(url: &str) -> bool {
    has_scheme(url, "http://")
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// A URL without the user and password in it.
fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => url.to_owned(),
    }
}

/// A variable of the environment; an empty one counts as none, as AWS's tools have it.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
