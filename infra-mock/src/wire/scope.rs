//! Reads the signer and the scope of a request's signature from the Authorization header or the
//! presigned URL.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::borrow::Cow;

use infra_core::arn::{Location, Region};

use crate::api::Service;
use crate::mock::MockAws;
use crate::sts::BadSession;

use super::Request;

/// A problem with a signature. The signature's value is not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// The request is not signed.
    Missing,
    /// A part of the signature is missing or cannot be read.
    Incomplete(String),
    /// The signature is ambiguous, or its scope is invalid or does not match the request.
    Mismatch(String),
    /// The request was signed with credentials that have expired.
    Expired,
    /// The request was signed with invalid credentials.
    Invalid,
}

impl From<BadSession> for Unsigned {
    fn from(bad: BadSession) -> Self {
        match bad {
            BadSession::Expired => Self::Expired,
            BadSession::Invalid => Self::Invalid,
        }
    }
}

/// The scope of a request's signature, with the signer's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope<'r> {
    access_key: &'r str,
    region: &'r str,
    service: &'r str,
    /// The session token, which is sent separately from the scope.
    token: Option<&'r str>,
}

impl<'r> Scope<'r> {
    /// Returns the scope of a request. `parameter` looks up a parameter of the request's URL.
    pub(super) fn of(
        request: &Request<'r>,
        parameter: impl Fn(&str) -> Option<&'r str>,
    ) -> Result<Self, Unsigned> {
        let is_presigned = parameter("X-Amz-Algorithm").is_some();
        let token =
            request.header("x-amz-security-token").or_else(|| parameter("X-Amz-Security-Token"));
        let scope = match (request.header("authorization"), is_presigned) {
            (None, false) => Err(Unsigned::Missing),
            // This error and the next two come from https://github.com/mhart/kinesalite.
            (Some(_), true) => Err(Unsigned::Mismatch(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
                    .to_owned(),
            )),
            (Some(header), false) => Self::of_header(header, request),
            (None, true) => Self::of_url(parameter),
        }?;
        Ok(Self { token, ..scope })
    }

    fn of_header(header: &'r str, request: &Request<'_>) -> Result<Self, Unsigned> {
        let parts = header.split_once(' ').map_or("", |(_algorithm, parts)| parts);
        let mut found = [None; 3];
        // A split at one character uses memchr; a split at either of two characters does not.
        let parts = parts.split(',').flat_map(|part| part.split(' '));
        for part in parts.filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                // https://github.com/boto/boto3/issues/2280
                return Err(Unsigned::Incomplete(format!(
                    "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header: \
                     '{header}'."
                )));
            };
            if let Some(at) = PARTS.iter().position(|known| *known == name) {
                found[at] = Some(value).filter(|value| !value.is_empty());
            }
        }
        let date = request.header("x-amz-date");
        let mut words: Vec<String> = PARTS
            .iter()
            .zip(found)
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
            .collect();
        if date.or(request.header("date")).is_none() {
            words.push(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                    .to_owned(),
            );
        }
        match found[0] {
            Some(credential) if words.is_empty() => Self::parse(credential, date),
            // https://github.com/aws/chalice/issues/828
            _ => Err(Unsigned::Incomplete(format!("{} Authorization={header}", words.join(" ")))),
        }
    }

    fn of_url(parameter: impl Fn(&str) -> Option<&'r str>) -> Result<Self, Unsigned> {
        let mut words: Vec<String> = PARAMETERS
            .iter()
            .filter(|name| parameter(name).is_none_or(str::is_empty))
            .map(|name| format!("AWS query-string parameters must include '{name}'."))
            .collect();
        match parameter("X-Amz-Credential") {
            Some(credential) if words.is_empty() => {
                Self::parse(credential, parameter("X-Amz-Date"))
            }
            _ => {
                words.push("Re-examine the query-string parameters.".to_owned());
                Err(Unsigned::Incomplete(words.join(" ")))
            }
        }
    }

    fn parse(credential: &'r str, amz_date: Option<&str>) -> Result<Self, Unsigned> {
        let mut elements = credential.split('/');
        let first = std::array::from_fn(|_| elements.next());
        let ([Some(access_key), Some(date), Some(region), Some(service), Some(terminator)], None) =
            (first, elements.next())
        else {
            // https://github.com/mhart/aws4/issues/97
            return Err(Unsigned::Incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            )));
        };
        if terminator != "aws4_request" {
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
            return Err(Unsigned::Mismatch(
                "Credential should be scoped with a valid terminator: 'aws4_request'".to_owned(),
            ));
        }
        if let Some(whole) = amz_date {
            let day = whole.split('T').next().unwrap_or_default();
            if day != date {
                // https://github.com/tedder/requests-aws4auth/issues/7
                return Err(Unsigned::Mismatch(format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
                     HTTP: '{date}' != '{day}', from '{whole}'."
                )));
            }
        }
        Ok(Self { access_key, region, service, token: None })
    }

    /// Returns a handle to the mock whose caller is the signer of a call to `service`.
    pub(super) fn caller(&self, service: Service, mock: &MockAws) -> Result<MockAws, Unsigned> {
        let place = self.place(service, mock)?;
        Ok(mock.by(self.access_key, self.token, service, &place)?)
    }

    /// Returns the location of a call to `service` with this scope. A twelve-digit access key ID is
    /// used as the account ID; any other key belongs to the mock's own account.
    ///
    /// The scope of an IAM request may contain any region, although all regions share IAM's state:
    /// with a custom endpoint, boto3 and the SDKs for Rust and Go sign for their configured region.
    fn place<'m>(
        &self,
        service: Service,
        mock: &'m MockAws,
    ) -> Result<Cow<'m, Location>, Unsigned> {
        if self.service != service.id() {
            // The message ends with a space: https://github.com/aws/aws-sdk-ruby/issues/431.
            return Err(Unsigned::Mismatch(format!(
                "Credential should be scoped to correct service: '{service}'. "
            )));
        }
        let own = &mock.caller().location;
        // Most requests are for the mock's own location.
        if self.region == own.region.as_str() && self.access_key == own.account_id.as_str() {
            return Ok(Cow::Borrowed(own));
        }
        let Ok(region) = self.region.parse::<Region>() else {
            // https://github.com/JuliaCloud/AWS.jl/issues/565
            return Err(Unsigned::Mismatch(format!(
                "Credential should be scoped to a valid region, not '{}'. ",
                self.region
            )));
        };
        let account_id = self.access_key.parse().unwrap_or_else(|_| own.account_id.clone());
        Ok(Cow::Owned(mock.location(account_id, region)))
    }
}

/// Returns the service that a request was signed for, if the signature contains one. Other parts of
/// the signature may be missing.
pub(super) fn signed_service<'r>(request: &Request<'r>) -> Option<&'r str> {
    let credential = match request.header("authorization") {
        Some(header) => header.split_once("Credential=")?.1.split([',', ' ']).next()?,
        None => request.target.split_once("X-Amz-Credential=")?.1.split('&').next()?,
    };
    // Slashes are percent-encoded in URLs.
    let mut elements = credential.split('/').flat_map(|part| part.split("%2F"));
    elements.nth(3).filter(|service| !service.is_empty())
}

const PARTS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];
const PARAMETERS: [&str; 5] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
