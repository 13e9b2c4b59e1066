//! Rejects requests from web pages on other sites.
//!
//! The server does not check signatures. Without this module, a web page that a developer visits
//! could therefore read or change the mock: the page could contain a form or an image that calls
//! `http://127.0.0.1:4566`, or it could call its own host name after making that name resolve to
//! this machine (DNS rebinding). AWS's clients are not rejected: they send neither `Origin` nor
//! `Sec-Fetch-Site`, and they use the host name that they were configured with.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hyper::header::{HOST, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use infra_core::arn::Partition;

use super::Limits;

/// The reason why a request is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request comes from a web page on another site.
    Origin(String),
    /// The request uses a host name that does not belong to the server.
    Host(String),
}

impl Refusal {
    /// Returns a hint for the user.
    pub(super) fn help(&self) -> String {
        match self {
            Self::Origin(_) => "call the mock from a program instead of a web page".to_owned(),
            Self::Host(host) => format!(
                "use localhost or the server's address, or start the server with: mock serve --allow-host {host}"
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(origin) => {
                write!(f, "requests from other websites are refused: {origin:?}")
            }
            Self::Host(host) => write!(f, "the host {host:?} does not belong to this mock server"),
        }
    }
}

/// Rejects requests from web pages on other sites, and requests for hosts that do not belong to
/// this server.
pub(super) fn check(
    request: &Parts,
    bound: SocketAddr,
    limits: &Limits,
) -> Result<(), Box<Refusal>> {
    let header = |name: &str| {
        let mut values = request.headers.get_all(name).iter();
        values.next().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    // In a proxied request, the target contains the host and overrides the `Host` header (RFC 9112,
    // section 3.2.2).
    let named = request.uri.authority().map(ToString::to_string).or_else(|| header(HOST.as_str()));
    if let Some(named) = &named {
        let host = named.parse().ok().map(|authority: Authority| authority.host().to_owned());
        if !host.as_deref().is_some_and(|host| is_own(host, bound, limits)) {
            return Err(Box::new(Refusal::Host(host.unwrap_or_else(|| named.clone()))));
        }
    }
    // A page from this server has the server's own origin.
    let own = |origin: &str| {
        let rest = origin.split_once("://").map(|(_, rest)| rest);
        rest.is_some_and(|rest| named.as_deref().is_some_and(|named| rest == named))
    };
    if let Some(origin) = header(ORIGIN.as_str()).filter(|origin| !own(origin)) {
        return Err(Box::new(Refusal::Origin(origin)));
    }
    // When a page loads an image or a user follows a link, the browser sends no `Origin` header.
    // However, the browser states in `Sec-Fetch-Site` whether the request comes from another site.
    if header("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        let page = header("referer").unwrap_or_else(|| "unknown site".to_owned());
        return Err(Box::new(Refusal::Origin(page)));
    }
    Ok(())
}

/// Returns whether a host name or address belongs to this server. An IPv6 address may be in
/// brackets.
fn is_own(host: &str, bound: SocketAddr, limits: &Limits) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        // An IP address needs no name resolution, so it cannot be used for DNS rebinding. A server
        // that listens on all addresses of its machine can be reached at any of them. In a
        // container, it can also be reached at any address on which the container's ports are
        // published.
        return address.is_loopback() || bound.ip().is_unspecified() || address == bound.ip();
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let within = |suffix: &str| {
        name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let of_aws = |partition: Partition| {
        within(partition.dns_suffix()) || within(partition.dual_stack_dns_suffix())
    };
    within("localhost")
        || Partition::ALL.into_iter().any(of_aws)
        || limits.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&name))
}
