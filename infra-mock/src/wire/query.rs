//! The Query protocol of IAM and STS. Requests are forms, and responses are XML.

use crate::api::Service;
use crate::mock::MockAws;
use crate::shapes::{Member, Mismatch};

use super::form::Form;
use super::scope::{Scope, Unsigned};
use super::table::{find, is_not_implemented};
use super::{NOT_IMPLEMENTED, Protocol, Refusal, Request, Routed, asked, protocol, unroutable};

/// The namespace of errors that belong to no service:
/// <https://github.com/django-ses/django-ses/issues/158>.
pub(super) const NO_SERVICE: Protocol =
    Protocol::Query("http://webservices.amazon.com/AWSFault/2005-15-09");

/// Returns the XML namespace of a service's responses.
pub(super) const fn namespace(service: Service) -> &'static str {
    match service {
        Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        _ => "https://iam.amazonaws.com/doc/2010-05-08/",
    }
}

fn service(version: &str) -> Option<Service> {
    match version {
        "2010-05-08" => Some(Service::Iam),
        "2011-06-15" => Some(Service::Sts),
        _ => None,
    }
}

/// Returns the call that a request makes.
pub(super) fn route(mock: &MockAws, request: &Request<'_>) -> Result<Routed, Refusal> {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let mut form = Form::default();
    let is_text = match request.method {
        "GET" => form.read(query.as_bytes()),
        "POST" if request.content_type() == "application/x-www-form-urlencoded" => {
            form.read(query.as_bytes()) && form.read(request.body)
        }
        "POST" => {
            return Err(unroutable(mock, request, &asked(request), Refusal::foreign_body()));
        }
        _ => return Err(unroutable(mock, request, &asked(request), Refusal::nameless())),
    };
    if !is_text {
        // This error and the next one are documented in
        // https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html.
        return Err(Refusal::new(NO_SERVICE, 404, "MalformedQueryString")
            .saying("The query string contains a syntax error."));
    }
    let Some(action) = form.get("Action") else {
        let refusal = Refusal::new(NO_SERVICE, 400, "MissingAction")
            .saying("The request is missing an action or a required parameter.");
        return Err(unroutable(mock, request, &asked(request), refusal));
    };
    let version = form.get("Version").unwrap_or("NO_VERSION_SPECIFIED");
    let known = service(version).and_then(|service| Some((service, find(service, action)?)));
    let Some((service, entry)) = known else {
        if let Some(service) = service(version)
            && is_not_implemented(service, action)
        {
            mock.record_refused(service.id(), action, false, NOT_IMPLEMENTED);
            return Err(Refusal::not_implemented(service, action));
        }
        // https://github.com/fog/fog-aws/issues/368
        let refusal = Refusal::new(NO_SERVICE, 400, "InvalidAction")
            .saying(format!("Could not find operation {action} for version {version}"));
        return Err(unroutable(mock, request, action, refusal));
    };
    let refuse = |refusal: Refusal| {
        mock.record_refused(service.id(), entry.id.name, entry.id.changes, &refusal.code);
        refusal
    };
    let caller =
        Scope::of(request, |name| form.get(name)).and_then(|scope| scope.caller(service, mock));
    let caller = match caller {
        // A caller with a token from an identity provider needs no credentials:
        // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
        Err(Unsigned::Missing) if entry.id.name == "AssumeRoleWithWebIdentity" => mock.clone(),
        other => other.map_err(|why| refuse(Refusal::unsigned(protocol(service), why)))?,
    };
    let body = form.tree().map_err(|why| refuse(malformed(service, why)))?;
    let typed = (entry.read)(Member::form(body)).map_err(refuse)?;
    Ok(Routed { call: entry.id, caller, typed })
}

/// Creates the error for a malformed request, with a message
/// (<https://github.com/brendanhay/amazonka/issues/209>) or without one
/// (<https://github.com/neillturner/knife-cfn/issues/13>).
pub(super) fn malformed(service: Service, why: Mismatch) -> Refusal {
    Refusal { message: why.0, ..Refusal::new(protocol(service), 400, "MalformedInput") }
}
