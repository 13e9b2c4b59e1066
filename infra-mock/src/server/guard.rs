//! Which requests the server accepts at all: none that a web page of another site sends.
//!
//! The server checks no signatures, so a page that a developer visits could otherwise change or read the mock: by a
//! form or an image that calls `http://127.0.0.1:4566`, or under a host name of its own that it makes resolve to
//! this machine (DNS rebinding). AWS's clients send neither `Origin` nor `Sec-Fetch-Site`, and name the host
//! that they were configured with.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hyper::header::{HOST, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use infra_core::arn::Partition;

use super::Limits;

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A web page of another site has sent it.
    Origin(String),
    /// It addresses the server by a name that is not the server's.
    Host(String),
}

impl Refusal {
    /// What to do about it.
    pub(super) fn help(&self) -> String {
        match self {
            Self::Origin(_) => {
                "call the mock from a program; web pages of other sites are refused".to_owned()
            }
            Self::Host(host) => format!(
                "call it as localhost or by its address, or start it with: mock serve --allow-host {host}"
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(origin) => write!(f, "requests from the web page {origin:?} are refused"),
            Self::Host(host) => write!(f, "the host {host:?} is not a name of this mock server"),
        }
    }
}

/// Refuses requests of foreign web pages, and requests to hosts that are not this server.
pub(super) fn check(
    request: &Parts,
    bound: SocketAddr,
    limits: &Limits,
) -> Result<(), Box<Refusal>> {
    let header = |name: &str| {
        let mut values = request.headers.get_all(name).iter();
        values.next().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    // The target of a request to a proxy names the host, and then wins over the header (RFC 9112, section 3.2.2).
    let named = request.uri.authority().map(ToString::to_string).or_else(|| header(HOST.as_str()));
    if let Some(named) = &named {
        let host = named.parse().ok().map(|authority: Authority| authority.host().to_owned());
        if !host.as_deref().is_some_and(|host| is_own(host, bound, limits)) {
            return Err(Box::new(Refusal::Host(host.unwrap_or_else(|| named.clone()))));
        }
    }
    // A page that this server itself has sent has its origin.
    let own = |origin: &str| {
        let rest = origin.split_once("://").map(|(_, rest)| rest);
        rest.is_some_and(|rest| named.as_deref().is_some_and(|named| rest == named))
    };
    if let Some(origin) = header(ORIGIN.as_str()).filter(|origin| !own(origin)) {
        return Err(Box::new(Refusal::Origin(origin)));
    }
    // An image or a link carries no Origin, but browsers say where it comes from.
    if header("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        let page = header("referer").unwrap_or_else(|| "of another site".to_owned());
        return Err(Box::new(Refusal::Origin(page)));
    }
    Ok(())
}

/// Whether a host, with brackets around an IPv6 address, is a name of this server.
fn is_own(host: &str, bound: SocketAddr, limits: &Limits) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        // No name is resolved to get to an address, so there is nothing to rebind; a server that listens on all
        // addresses of its machine has all of them, and those that a container's ports are published on.
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
