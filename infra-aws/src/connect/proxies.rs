//! Reads the proxy settings from the environment.
//!
//! The rules are the same as in the AWS CLI, which uses Python's `getproxies_environment` and
//! `proxy_bypass_environment`
//! (<https://github.com/python/cpython/blob/3.13/Lib/urllib/request.py>). Lowercase variables take
//! precedence over uppercase variables. An entry in `NO_PROXY` is a host, with or without a port,
//! and also applies to the host's subdomains.
//!
//! Unlike in the AWS CLI, `NO_PROXY` can also contain address ranges, and connections to this
//! machine never use a proxy.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_runtime_api::client::result::ConnectorError;
use hyper_util::client::proxy::matcher::Matcher;
use infra_core::error::Result;

use super::settings::{Settings, invalid};
use super::without_user;

/// The proxies that the environment configures.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    no_proxy: String,
}

/// A proxy. The `Debug` and `Display` output omits the proxy's user name and password.
#[derive(Clone)]
pub(super) struct Proxy {
    url: String,
    variable: &'static str,
    config: ProxyConfig,
}

impl Proxies {
    /// Reads the environment.
    pub(super) fn read(settings: &Settings) -> Result<Self> {
        Ok(Self {
            http: Proxy::read(settings, ["http_proxy", "HTTP_PROXY"])?,
            https: Proxy::read(settings, ["https_proxy", "HTTPS_PROXY"])?,
            no_proxy: ["no_proxy", "NO_PROXY"]
                .iter()
                .find_map(|name| settings.variable(name))
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// Returns the proxies for HTTP and for HTTPS.
    pub(super) fn each(&self) -> [Option<&Proxy>; 2] {
        [self.http.as_ref(), self.https.as_ref()]
    }

    /// Returns the proxy for requests to a URI, or `None` if they use no proxy.
    pub(super) fn of(&self, uri: &str) -> Option<&Proxy> {
        let proxy = if super::has_scheme(uri, "https://") { &self.https } else { &self.http };
        let proxy = proxy.as_ref()?;
        let (host, port) = host_and_port(uri);
        (!is_local(&host) && !self.is_bypassed(&host, port) && !self.is_in_range(uri))
            .then_some(proxy)
    }

    fn is_bypassed(&self, host: &str, port: Option<&str>) -> bool {
        let with_port = port.map(|port| format!("{host}:{port}"));
        self.no_proxy.split(',').map(str::trim).filter(|name| !name.is_empty()).any(|name| {
            let name = name.trim_start_matches('.').to_lowercase();
            let is_within = |host: &str| {
                let beginning = host.strip_suffix(name.as_str());
                beginning.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            name == "*" || is_within(host) || with_port.as_deref().is_some_and(is_within)
        })
    }

    fn is_in_range(&self, uri: &str) -> bool {
        let any = Matcher::builder().all("http://proxy.invalid").no(self.no_proxy.as_str()).build();
        uri.parse().is_ok_and(|uri| any.intercept(&uri).is_none())
    }
}

impl Proxy {
    fn read(settings: &Settings, names: [&'static str; 2]) -> Result<Option<Self>> {
        let given = names.into_iter().find_map(|name| Some((name, settings.variable(name)?)));
        let Some((variable, value)) = given else {
            return Ok(None);
        };
        // As in the AWS CLI, `http` is the default scheme of a proxy's URL.
        let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let config = ProxyConfig::all(url.clone()).map_err(|_| {
            invalid(format!(
                "{variable} is {:?}, which is not the URL of a proxy",
                without_user(&url)
            ))
            .with_hint("use a URL such as http://proxy.example.com:3128")
        })?;
        Ok(Some(Self { url, variable, config }))
    }

    /// Returns the proxy in the form that aws-smithy-http-client requires.
    pub(super) fn config(&self) -> ProxyConfig {
        self.config.clone()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", without_user(&self.url), self.variable)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.to_string()).finish()
    }
}

/// An error on a connection through a proxy.
#[derive(Debug)]
pub(crate) struct ThroughProxy {
    proxy: String,
    source: ConnectorError,
}

impl ThroughProxy {
    /// Wraps an error, and records the proxy that the connection used.
    pub(super) fn wrap(error: ConnectorError, proxy: &Proxy) -> ConnectorError {
        let (is_timeout, is_user, is_io) = (error.is_timeout(), error.is_user(), error.is_io());
        let other = error.as_other();
        let wrapped = Box::new(Self { proxy: proxy.to_string(), source: error });
        match () {
            () if is_timeout => ConnectorError::timeout(wrapped),
            () if is_user => ConnectorError::user(wrapped),
            () if is_io => ConnectorError::io(wrapped),
            () => ConnectorError::other(wrapped, other),
        }
    }

    /// Returns the proxy's URL and the variable that contains it, for use in messages.
    pub(crate) fn proxy(&self) -> &str {
        &self.proxy
    }
}

impl fmt::Display for ThroughProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request went through the proxy {}", self.proxy)
    }
}

impl StdError for ThroughProxy {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

/// Returns the host and the port of a URI. The host is in lower case. An IPv6 address has no
/// brackets.
fn host_and_port(uri: &str) -> (String, Option<&str>) {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let (host, behind) = match host.strip_prefix('[') {
        Some(v6) => v6.split_once(']').unwrap_or((v6, "")),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    (host.to_lowercase(), behind.strip_prefix(':'))
}

/// Returns whether a host name or address refers to this machine. On a proxy's machine, the same
/// name or address would refer to that machine instead.
fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::super::settings::example;
    use super::{Proxies, host_and_port, is_local};

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::read(&example(None, variables, "", "").unwrap()).unwrap()
    }

    #[test]
    fn loopback_is_told_from_everything_else() {
        for local in [
            "http://127.0.0.1:4566/",
            "http://127.8.9.1",
            "https://LOCALHOST:4566",
            "http://logs.localhost/x",
            "http://user:secret@[::1]:80/",
        ] {
            assert!(is_local(&host_and_port(local).0), "{local}");
        }
        for far in [
            "http://169.254.169.254/latest",
            "http://localhost.example.org",
            "http://localstack:4566",
            "http://127.0.0.1@example.org/",
        ] {
            assert!(!is_local(&host_and_port(far).0), "{far}");
        }
    }

    #[test]
    fn each_scheme_has_its_proxy_and_this_machine_none() {
        let proxies = proxies(&[
            ("HTTPS_PROXY", "http://me:secret@upper:3128"),
            ("https_proxy", "lower:3128"),
            ("HTTP_PROXY", "http://me:secret@plain:3128"),
        ]);
        let shown = |uri| proxies.of(uri).map(ToString::to_string);
        let https = Some("http://lower:3128 (https_proxy)".to_owned());
        assert_eq!(shown("https://sts.eu-west-1.amazonaws.com"), https);
        assert_eq!(
            shown("http://localstack:4566"),
            Some("http://***@plain:3128 (HTTP_PROXY)".to_owned())
        );
        assert_eq!(shown("https://localhost:4566"), None);
        assert!(!format!("{proxies:?}").contains("secret"));
    }

    #[test]
    fn no_proxy_names_hosts_ports_domains_and_ranges() {
        let proxies = proxies(&[
            ("HTTPS_PROXY", "http://proxy:3128"),
            ("NO_PROXY", " ecs.example.com:8443 , .internal,Example.NET,10.0.0.0/8,"),
        ]);
        for (uri, is_proxied) in [
            ("https://ecs.example.com:8443/x", false),
            ("https://ecs.example.com/x", true),
            ("https://a.internal", false),
            ("https://internal:8443", false),
            ("https://notinternal", true),
            ("https://x.example.net:1", false),
            ("https://10.1.2.3", false),
            ("https://11.1.2.3", true),
        ] {
            assert_eq!(proxies.of(uri).is_some(), is_proxied, "{uri}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_url_is_named_without_its_password() {
        let settings = example(None, &[("HTTPS_PROXY", "http://me:secret@ho st")], "", "").unwrap();
        let error = Proxies::read(&settings).unwrap_err();
        assert_eq!(
            error.message(),
            "HTTPS_PROXY is \"http://***@ho st\", which is not the URL of a proxy"
        );
    }
}
