//! The URL of an endpoint.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use infra_core::names::InvalidValue;
use infra_core::values::Value;
use serde_json::json;

/// An HTTP or HTTPS URL. Its `Display` and `Debug` output omits the user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl {
    text: String,
    uri: Uri,
}

impl EndpointUrl {
    /// Returns the URL as it was given, including any user name and password.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether the URL uses HTTPS.
    pub fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Returns whether the host is this machine: `localhost`, a subdomain of it, or a loopback
    /// address.
    pub fn is_loopback(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        // Subdomains of localhost resolve to the loopback interface: RFC 6761, section 6.3.
        name == "localhost"
            || name.ends_with(".localhost")
            || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

/// Masks the user names and passwords in URLs. Each byte becomes an asterisk, so that positions in
/// the text do not change.
pub(super) fn mask_users(text: &str) -> String {
    let mut masked = text.as_bytes().to_vec();
    for (at, _) in text.match_indices("://") {
        let start = at + "://".len();
        let authority = text[start..].split(|c: char| {
            matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace() || c.is_control()
        });
        let authority = authority.into_iter().next().unwrap_or_default();
        if let Some(length) = authority.rfind('@') {
            masked[start..start + length].fill(b'*');
        }
    }
    String::from_utf8(masked).unwrap_or_default()
}

impl FromStr for EndpointUrl {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = || {
            let with_scheme = format!("http://{text}");
            let suggestion = (!text.is_empty() && !text.contains("://"))
                .then_some(with_scheme)
                .filter(|url| url.parse::<Self>().is_ok());
            let rule = "a URL has the form http://HOST:PORT or https://HOST:PORT";
            InvalidValue::new("endpoint URL", &mask_users(text), rule, suggestion)
        };
        let uri: Uri = text.parse().map_err(|_| invalid())?;
        let has_scheme = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        // The parser drops fragments, so URLs with a fragment must be rejected here.
        if !has_scheme || !has_host || text.contains('#') {
            return Err(invalid());
        }
        Ok(Self { text: text.to_owned(), uri })
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let path = self.uri.path_and_query().map_or("", |path| path.as_str());
        let path = if self.text.ends_with(authority) { "" } else { path };
        write!(f, "{scheme}://{host}{path}")
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Value for EndpointUrl {
    fn schema() -> serde_json::Value {
        json!({ "type": "string", "pattern": r"^https?://[^/?#:\s]\S*$" })
    }
}

#[cfg(test)]
mod tests {
    use super::{EndpointUrl, mask_users};

    fn url(text: &str) -> EndpointUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        assert_eq!(url("http://127.0.0.1:1/x@y").to_string(), "http://127.0.0.1:1/x@y");
        assert_eq!(url("https://me:secret@host:1/x").to_string(), "https://host:1/x");
        assert_eq!(url("http://localhost:1").to_string(), "http://localhost:1");
        let text = "endpoint_url = \"http://me:secret@[::1\" # http://x/a@b";
        assert_eq!(mask_users(text), "endpoint_url = \"http://*********@[::1\" # http://x/a@b");
        let error = "ftp://me:secret@h".parse::<EndpointUrl>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for local in [
            "http://localhost:4566",
            "http://LOCALHOST:4566",
            "http://ecs.localhost:4566",
            "http://127.0.0.1:5000/",
            "https://[::1]:9297",
            "http://a@127.0.0.1",
        ] {
            assert!(url(local).is_loopback(), "{local}");
        }
        for remote in [
            "http://10.0.0.1:4566",
            "https://ecs.us-east-1.amazonaws.com",
            "http://x/127.0.0.1",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
        ] {
            assert!(!url(remote).is_loopback(), "{remote}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in ["", "http://", "ftp://x", "http://:80", "http://x y", "http://[::1", "x/y"] {
            assert!(text.parse::<EndpointUrl>().is_err(), "{text}");
        }
        let error = "localhost:4566".parse::<EndpointUrl>().unwrap_err();
        assert_eq!(error.suggestion(), Some("http://localhost:4566"));
    }
}
