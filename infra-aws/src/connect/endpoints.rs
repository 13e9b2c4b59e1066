//! Finds the endpoint for each service.
//!
//! The order is the same as in botocore's `ConfiguredEndpointProvider`
//! (<https://github.com/boto/botocore/blob/develop/botocore/configprovider.py>): the variable for
//! the service, `AWS_ENDPOINT_URL`, the profile's `services` section, and finally the profile's
//! `endpoint_url`. By contrast, aws-config gives the `services` section precedence over
//! `AWS_ENDPOINT_URL`.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use infra_core::error::Result;

use super::settings::{Found, Settings, invalid};
use super::{has_scheme, is_plain_http, without_user};

/// The service IDs of the services that the providers call.
const SERVICES: [&str; 5] = ["STS", "ECS", "IAM", "ECR", "CloudWatch Logs"];

/// The service IDs of the services that provide credentials. aws-config calls these services and
/// reads their endpoints from a profile.
const CREDENTIALS: [&str; 3] = ["SSO", "SSO OIDC", "Signin"];

/// The endpoints that the environment and the profile configure. The `Debug` output omits the URLs,
/// because URLs may contain passwords.
#[derive(Clone, Default)]
pub(super) struct Endpoints {
    /// The endpoints for individual services, by service ID in snake case.
    of_service: BTreeMap<String, Found>,
    global: Option<Found>,
    /// The origin of the setting that disables all configured endpoints, or `None` if that setting
    /// is off.
    ignored_by: Option<String>,
}

impl Endpoints {
    /// Uses one endpoint for all services.
    pub(super) fn all(url: &str, origin: &str) -> Result<Self> {
        check(url, origin)?;
        let global = Some(Found { value: url.to_owned(), origin: origin.to_owned() });
        Ok(Self { global, ..Self::default() })
    }

    /// Reads the configured endpoints, and validates each URL that is not overridden.
    pub(super) fn read(settings: &Settings) -> Result<Self> {
        let ignore = settings
            .switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")?;
        if let Some(Found { origin, .. }) = ignore {
            return Ok(Self { ignored_by: Some(origin), ..Self::default() });
        }
        let from_environment = settings.variable("AWS_ENDPOINT_URL");
        let global = settings.setting("AWS_ENDPOINT_URL", "endpoint_url")?;
        if let Some(found) = &global {
            check(&found.value, &found.origin)?;
        }
        let section = match settings.get(settings.profile(), "services")? {
            None => None,
            Some(Found { value: name, origin }) => {
                Some(settings.section("services", &name).ok_or_else(|| {
                    invalid(format!("{origin} names [services {name}], which does not exist"))
                })?)
            }
        };
        let mut of_service = BTreeMap::new();
        for service in SERVICES.iter().chain(&CREDENTIALS) {
            let id = snake(service);
            let variable = format!("AWS_ENDPOINT_URL_{}", id.to_uppercase());
            let found = match settings.variable(&variable) {
                Some(value) => Some(Found { value: value.to_owned(), origin: variable }),
                None if from_environment.is_some() => None,
                None => section.and_then(|section| section.nested(&id, "endpoint_url")),
            };
            if let Some(found) = found.filter(|found| !found.value.is_empty()) {
                check(&found.value, &found.origin)?;
                of_service.insert(id, found);
            }
        }
        Ok(Self { of_service, global, ignored_by: None })
    }

    /// Returns the endpoint for services that have no endpoint of their own.
    pub(super) fn global(&self) -> Option<&str> {
        self.global.as_ref().map(|found| found.value.as_str())
    }

    fn of(&self, id: &str) -> Option<&Found> {
        self.of_service.get(id).or(self.global.as_ref())
    }

    /// Returns the custom endpoint of the first service in [`SERVICES`] that has one, or `None` if
    /// all these services use AWS's endpoints.
    pub(super) fn any(&self) -> Option<&Found> {
        SERVICES.iter().find_map(|service| self.of(&snake(service)))
    }

    /// Returns an error if a custom endpoint is set. The setting `switch` turns on FIPS or
    /// dual-stack endpoints, which AWS's endpoint rules do not allow together with a custom
    /// endpoint.
    pub(super) fn refuse_beside(&self, switch: &str) -> Result<()> {
        match self.any() {
            None => Ok(()),
            Some(Found { value, origin }) => Err(invalid(format!(
                "{switch} cannot be combined with the endpoint {} of {origin}",
                without_user(value)
            ))
            .with_hint("unset one of them")),
        }
    }

    /// Returns whether the providers call every service over plain HTTP.
    pub(super) fn are_plain_http(&self) -> bool {
        SERVICES.iter().all(|service| {
            self.of(&snake(service)).is_some_and(|found| is_plain_http(&found.value))
        })
    }

    /// Returns the endpoints as lines of a profile, for aws-config's providers.
    pub(super) fn as_profile(&self) -> Result<String> {
        if let Some(switch) = &self.ignored_by {
            // aws-config's clients for SSO and login ignore this setting but still read the
            // endpoint variables.
            let variables = CREDENTIALS
                .map(|service| format!("AWS_ENDPOINT_URL_{}", snake(service).to_uppercase()));
            let set = variables.iter().map(String::as_str).chain(["AWS_ENDPOINT_URL"]);
            let is_set =
                |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            if let Some(variable) = set.into_iter().find(is_set) {
                return Err(invalid(format!(
                    "{switch} is not supported with IAM Identity Center or `aws login` while {variable} is set"
                ))
                .with_hint(format!("unset {variable}")));
            }
        }
        let mut text = String::from("services = all\n[services all]\n");
        for id in CREDENTIALS.map(snake) {
            if let Some(Found { value, .. }) = self.of(&id) {
                let _ = write!(text, "{id} =\n  endpoint_url = {value}\n");
            }
        }
        Ok(text)
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").finish_non_exhaustive()
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.profile() == "endpoint_url")
            .then(|| self.of(&snake(key.service_id())))
            .flatten()
            .map(|found| found.value.clone())
    }
}

fn snake(service_id: &str) -> String {
    service_id.to_lowercase().replace([' ', '-'], "_")
}

/// Validates an endpoint URL. Without this check, a missing scheme would make the first call fail
/// with an error that does not mention the scheme.
pub(super) fn check(url: &str, origin: &str) -> Result<()> {
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    if (is_plain_http(url) || has_scheme(url, "https://"))
        && !host.is_empty()
        && !host.starts_with(['/', '?', '#', ':'])
        && !url.contains(char::is_whitespace)
    {
        return Ok(());
    }
    let message = format!("{origin} is {:?}, which is not an HTTP or HTTPS URL", without_user(url));
    Err(invalid(message).with_hint("use a URL such as http://127.0.0.1:4566"))
}
