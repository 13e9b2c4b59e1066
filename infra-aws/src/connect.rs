//! Creates clients from options, the environment and the AWS configuration files.

pub(crate) mod bounded;
mod chain;
mod credentials;
mod endpoints;
mod ini;
pub(crate) mod proxies;
mod self_signed;
mod settings;
#[cfg(test)]
mod tests;
mod transport;
mod trust;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::imds;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use infra_core::arn::Region;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::provider::Providers;

use self::chain::Role;
pub use self::credentials::MfaPrompt;
use self::credentials::Primed;
use self::endpoints::Endpoints;
use self::proxies::Proxies;
use self::settings::{Found, Settings, invalid};
use self::transport::Transport;
use crate::{EcrRepositories, EcsClusters, IamRoles, LogGroups, StsIdentity};

const DEFAULT_APP_NAME: &str = "ecs-foundation";
const DEFAULT_ATTEMPTS: u32 = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(1);

/// Options for connecting to AWS or an emulator.
///
/// All other settings come from the environment and the AWS configuration files, with the same
/// precedence as in the AWS CLI. The `Debug` output omits user names and passwords in URLs.
#[derive(Clone, Default)]
pub struct ConnectOptions {
    /// The region. By default, the region comes from `AWS_REGION`, `AWS_DEFAULT_REGION`, the
    /// profile or, on AWS, the instance.
    pub region: Option<Region>,
    /// The profile. As with `--profile` in the AWS CLI, this profile overrides access keys in
    /// environment variables. By default, the profile comes from `AWS_DEFAULT_PROFILE` or
    /// `AWS_PROFILE`. These variables do not override access keys.
    pub profile: Option<String>,
    /// The endpoint for all services, for example the URL of an emulator. By default, the endpoint
    /// comes from `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL` or the profile.
    pub endpoint_url: Option<String>,
    /// A file that contains PEM certificates. As in the AWS CLI, these certificates *replace* the
    /// machine's trusted certificates. By default, the file comes from `AWS_CA_BUNDLE`, the
    /// profile's `ca_bundle` or `REQUESTS_CA_BUNDLE`. A default file is read only if HTTPS is used.
    pub ca_bundle: Option<PathBuf>,
    /// The maximum number of attempts per request. By default, `AWS_MAX_ATTEMPTS` or the profile
    /// sets the maximum. Without either setting, the maximum is 5.
    pub max_attempts: Option<u32>,
    /// Whether to use the adaptive retry mode. In this mode, the client also slows down new
    /// requests after AWS throttles a request, which helps in accounts with many stacks. If this
    /// option is off, `AWS_RETRY_MODE` or the profile selects the mode.
    pub adaptive_retries: bool,
    /// Whether to sign requests with `test` as both the key ID and the secret key. This option is
    /// ignored if a profile is selected or environment variables provide credentials. Use this
    /// option with emulators that accept any keys.
    pub placeholder_keys: bool,
    /// A role to assume. The role's credentials then sign all requests, and the credentials from
    /// the other settings are used only to assume the role.
    pub assume_role: Option<AssumeRole>,
    /// The prompt that asks for MFA codes. Without a prompt, a role with `mfa_serial` cannot be
    /// assumed.
    pub mfa_prompt: Option<Arc<dyn MfaPrompt>>,
    /// The application name in the user agent. `CloudTrail` records the user agent. The default is
    /// `ecs-foundation`.
    pub app_name: Option<String>,
}

/// A role to assume before any other call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    /// The ARN of the role.
    pub role_arn: String,
    /// The name of the session, which `CloudTrail` records.
    pub session_name: Option<String>,
    /// The external ID that the role's trust policy requires.
    pub external_id: Option<String>,
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
            assume_role,
            mfa_prompt,
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
            .field("assume_role", assume_role)
            .field("mfa_prompt", mfa_prompt)
            .field("app_name", app_name)
            .finish()
    }
}

/// Builds a provider for each service from the options, the environment and the profile.
///
/// If nothing else specifies a region, this function queries the instance metadata service. If the
/// credentials come from a `credential_process`, the function runs that process. If a role has an
/// `mfa_serial`, the function assumes the role. The function makes no other calls.
///
/// # Errors
/// Returns [`InvalidInput`](ErrorKind::InvalidInput) if the region or the selected profile is
/// missing, if an option, variable, file or profile is invalid, or if HTTPS is used without trusted
/// certificates. Returns [`Credentials`](ErrorKind::Credentials) if a `credential_process` fails or
/// a role with `mfa_serial` cannot be assumed.
pub async fn connect(options: &ConnectOptions) -> Result<Providers> {
    providers(&sdk_config(options).await?)
}

/// Builds a provider for each service, with new clients that use `config`.
///
/// The clients use all settings in `config`, such as the region, credentials, HTTP client, endpoint
/// and retry mode.
///
/// # Errors
/// Returns [`InvalidInput`](ErrorKind::InvalidInput) if the region in `config` is missing or
/// invalid.
pub fn providers(config: &SdkConfig) -> Result<Providers> {
    let region = config.region().ok_or_else(|| no_region("the configuration"))?;
    Ok(Providers::new(
        parse_region(region.as_ref(), "the configuration")?,
        Arc::new(StsIdentity::from_config(config)),
        Arc::new(EcsClusters::from_config(config)),
        Arc::new(IamRoles::from_config(config)),
        Arc::new(EcrRepositories::from_config(config)),
        Arc::new(LogGroups::from_config(config)),
    ))
}

/// Builds the same SDK configuration as [`connect`], for use with clients of other services.
///
/// # Errors
/// Returns the same errors as [`connect`].
pub async fn sdk_config(options: &ConnectOptions) -> Result<SdkConfig> {
    let settings = Settings::load(options.profile.as_deref())?;
    let bundle = bundle(options, &settings)?;
    let transport = Transport::new(Proxies::read(&settings)?, bundle);
    let source = chain::source(&settings)?;
    let configured = match options.endpoint_url {
        Some(_) if !source.calls_services() => Endpoints::default(),
        _ => Endpoints::read(&settings)?,
    };
    let endpoints = match &options.endpoint_url {
        Some(url) => Endpoints::all(url, "--endpoint-url")?,
        None => configured.clone(),
    };
    let base = ProviderConfig::without_region()
        .with_behavior_version(Some(BehaviorVersion::latest()))
        .with_http_client(transport.clone());
    let imds = imds_client(&settings, &base)?;
    let (region, is_fips_region) = region(options, &settings, &endpoints, &imds).await?;
    let fips = settings.switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
    let dual_stack = settings.switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?;
    for switch in fips.iter().chain(&dual_stack) {
        endpoints.refuse_beside(&switch.origin)?;
    }
    let (fips, dual_stack) = (fips.is_some() || is_fips_region, dual_stack.is_some());

    let region = aws_config::Region::new(region.as_str().to_owned());
    let retries = retries(&settings, options.max_attempts, options.adaptive_retries)?;
    let common = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region.clone())
        .http_client(transport.clone())
        .app_name(parse_app_name(options.app_name.as_deref())?)
        .retry_config(retries.clone())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
        .use_fips(fips)
        .use_dual_stack(dual_stack)
        .identity_cache(IdentityCache::lazy().load_timeout(ATTEMPT_TIMEOUT).build())
        .build();
    let at = |endpoints: &Endpoints| {
        let mut config = common.to_builder().service_config(endpoints.clone());
        config.set_endpoint_url(endpoints.global().map(str::to_owned));
        config
    };
    let builder = credentials::Builder {
        base: base
            .with_region(Some(region))
            .with_use_fips(Some(fips))
            .with_use_dual_stack(Some(dual_stack))
            .with_retry_config(retries),
        sts: at(&configured).build(),
        endpoints: configured,
        imds,
        mfa: options.mfa_prompt.clone(),
        searched: settings.searched(),
    };
    let config = at(&endpoints);
    let keys = if options.placeholder_keys
        && options.profile.is_none()
        && !names_credentials(&settings)
    {
        SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "placeholder"))
    } else {
        let is_interactive = source.is_interactive();
        let provider = builder.provider(source)?;
        if is_interactive {
            SharedCredentialsProvider::new(Primed::ask(provider).await?)
        } else {
            provider
        }
    };
    let keys = match &options.assume_role {
        None => keys,
        Some(AssumeRole { role_arn, session_name, external_id }) => {
            let role = Role {
                role_arn: role_arn.clone(),
                session_name: session_name.clone(),
                external_id: external_id.clone(),
                duration_seconds: None,
                mfa_serial: None,
            };
            let builder = credentials::Builder { sts: at(&endpoints).build(), ..builder };
            SharedCredentialsProvider::new(builder.role(keys, role))
        }
    };
    if !endpoints.are_plain_http() {
        transport.prepare_tls()?;
    }
    Ok(config.credentials_provider(keys).build())
}

/// Returns the certificates to trust, or `None` to trust the machine's certificates.
fn bundle(options: &ConnectOptions, settings: &Settings) -> Result<Option<trust::Bundle>> {
    if let Some(file) = &options.ca_bundle {
        return trust::Bundle::read(file, "--ca-bundle").map(Some);
    }
    let found = match settings.setting("AWS_CA_BUNDLE", "ca_bundle")? {
        Some(found) => Some((found.value, found.origin)),
        // As in botocore, this variable has the lowest precedence.
        None => settings
            .variable("REQUESTS_CA_BUNDLE")
            .map(|file| (file.to_owned(), "REQUESTS_CA_BUNDLE".to_owned())),
    };
    Ok(found.map(|(file, origin)| trust::Bundle::later(file, origin)))
}

/// Returns the client for the instance metadata service.
fn imds_client(settings: &Settings, base: &ProviderConfig) -> Result<imds::Client> {
    let key = |name: &str| (format!("AWS_{}", name.to_uppercase()), name.to_owned());
    let get = |name: &str| {
        let (variable, key) = key(name);
        settings.setting(&variable, &key)
    };
    let url =
        match (get("ec2_metadata_service_endpoint")?, get("ec2_metadata_service_endpoint_mode")?) {
            (Some(Found { value, origin }), _) => {
                endpoints::check(&value, &origin)?;
                value
            }
            (None, None) => "http://169.254.169.254".to_owned(),
            (None, Some(Found { value, origin })) => match value.to_lowercase().as_str() {
                "ipv4" => "http://169.254.169.254".to_owned(),
                "ipv6" => "http://[fd00:ec2::254]".to_owned(),
                _ => {
                    return Err(invalid(format!(
                        "{origin} is {value:?}, which is not IPv4 or IPv6"
                    )));
                }
            },
        };
    // Always set the endpoint. Otherwise, aws-config would look for an endpoint in the
    // configuration files, which it parses differently from the AWS CLI.
    let builder = imds::Client::builder().configure(base).endpoint(&url).map_err(|source| {
        invalid(format!("the endpoint {url:?} for the instance metadata service cannot be used"))
            .with_source(source)
    })?;
    Ok(builder.build())
}

/// Returns the region, and whether to use FIPS endpoints. A configured region name such as
/// `us-east-1-fips` requests FIPS endpoints. The region comes from the options, the environment,
/// the profile or the instance.
///
/// If a custom endpoint is set, the program probably runs outside AWS. There, a query to the
/// instance metadata service takes several seconds to fail, so this function does not send one.
async fn region(
    options: &ConnectOptions,
    settings: &Settings,
    endpoints: &Endpoints,
    imds: &imds::Client,
) -> Result<(Region, bool)> {
    if let Some(region) = &options.region {
        return Ok((region.clone(), false));
    }
    let found = match settings.variable("AWS_REGION") {
        Some(value) => Some(Found { value: value.to_owned(), origin: "AWS_REGION".to_owned() }),
        None => settings.setting("AWS_DEFAULT_REGION", "region")?,
    };
    let found = match found {
        None if endpoints.any().is_none() => {
            let provider = ImdsRegionProvider::builder().imds_client(imds.clone()).build();
            let region = provider.region().await;
            region.map(|region| Found {
                value: region.to_string(),
                origin: "the region from the instance metadata service".to_owned(),
            })
        }
        found => found,
    };
    let Found { value, origin } = found.ok_or_else(|| no_region(&settings.searched()))?;
    // FIPS endpoints used to have their own region names; see `_normalize_fips_region` in
    // <https://github.com/boto/botocore/blob/develop/botocore/client.py>.
    let name = value.strip_prefix("fips-").or_else(|| value.strip_suffix("-fips"));
    Ok((parse_region(name.unwrap_or(&value), &origin)?, name.is_some()))
}

/// Returns whether the environment specifies a source of credentials.
fn names_credentials(settings: &Settings) -> bool {
    ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"]
        .iter()
        .chain(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"])
        .any(|name| settings.variable(name).is_some())
}

fn no_region(searched: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("no region is set; searched {searched}"))
        .with_hint("pass --region, set AWS_REGION, or give the profile a region")
}

fn parse_region(region: &str, origin: &str) -> Result<Region> {
    region.parse().map_err(|source: infra_core::names::InvalidValue| {
        Error::new(ErrorKind::InvalidInput, format!("{origin}: {source}"))
            .with_hint("check --region, AWS_REGION and the profile")
    })
}

fn parse_app_name(name: Option<&str>) -> Result<AppName> {
    AppName::new(name.unwrap_or(DEFAULT_APP_NAME).to_owned()).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the application name for the user agent is invalid")
            .with_source(source)
    })
}

/// Returns the retry configuration from the options, the environment, the profile and the defaults,
/// in this order of precedence.
fn retries(settings: &Settings, max_attempts: Option<u32>, adaptive: bool) -> Result<RetryConfig> {
    let attempts = match settings.setting("AWS_MAX_ATTEMPTS", "max_attempts")? {
        None => DEFAULT_ATTEMPTS,
        Some(Found { value, origin }) => match value.trim().parse() {
            Ok(attempts) if attempts > 0 => attempts,
            _ => {
                return Err(invalid(format!(
                    "{origin} is {value:?}, which is not a positive whole number"
                )));
            }
        },
    };
    let mode = match settings.setting("AWS_RETRY_MODE", "retry_mode")? {
        _ if adaptive => RetryMode::Adaptive,
        None => RetryMode::Standard,
        Some(Found { value, origin }) => match value.to_lowercase().as_str() {
            // SDKs without a legacy mode use the standard mode
            // (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
            "standard" | "legacy" => RetryMode::Standard,
            "adaptive" => RetryMode::Adaptive,
            _ => {
                return Err(invalid(format!("{origin} is {value:?}, which is not a retry mode"))
                    .with_hint("use standard, adaptive or legacy"));
            }
        },
    };
    Ok(RetryConfig::standard()
        .with_retry_mode(mode)
        .with_max_attempts(max_attempts.unwrap_or(attempts).max(1)))
}

fn is_plain_http(url: &str) -> bool {
    has_scheme(url, "http://")
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Returns a URL without its user name and password.
fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => url.to_owned(),
    }
}
