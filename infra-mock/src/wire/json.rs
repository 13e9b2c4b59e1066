//! The JSON 1.1 protocol of ECS, ECR and CloudWatch Logs.

use serde_json::json;

use crate::api::Service;
use crate::mock::MockAws;
use crate::shapes::Member;

use super::scope::Scope;
use super::table::{find, is_not_implemented};
use super::{NOT_IMPLEMENTED, Protocol, Refusal, Request, Routed, asked, unroutable};

pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

fn service(prefix: &str) -> Option<Service> {
    match prefix {
        "AmazonEC2ContainerServiceV20141113" => Some(Service::Ecs),
        "AmazonEC2ContainerRegistry_V20150921" => Some(Service::Ecr),
        "Logs_20140328" => Some(Service::Logs),
        _ => None,
    }
}

/// Returns the call that a request makes.
pub(super) fn route(mock: &MockAws, request: &Request<'_>) -> Result<Routed, Refusal> {
    if request.method != "POST" {
        return Err(unroutable(mock, request, &asked(request), Refusal::nameless()));
    }
    let target = request.header("x-amz-target").unwrap_or_default();
    let (prefix, name) = target.split_once('.').unwrap_or_default();
    if request.content_type() != CONTENT_TYPE {
        let is_named = !prefix.is_empty() && !name.is_empty();
        let refusal = if is_named { Refusal::foreign_body() } else { Refusal::nameless() };
        return Err(unroutable(mock, request, &asked(request), refusal));
    }
    let known = service(prefix).and_then(|service| Some((service, find(service, name)?)));
    let Some((service, entry)) = known else {
        if let Some(service) = service(prefix)
            && is_not_implemented(service, name)
        {
            mock.record_refused(service.id(), name, false, NOT_IMPLEMENTED);
            return Err(Refusal::not_implemented(service, name));
        }
        // AWS sends no message: https://github.com/aws/aws-sdk-net/issues/1536
        let refusal = Refusal::new(Protocol::Json, 400, "UnknownOperationException");
        return Err(unroutable(mock, request, name, refusal));
    };
    let refuse = |refusal: Refusal| {
        mock.record_refused(service.id(), entry.id.name, entry.id.changes, &refusal.code);
        refusal
    };
    let body = Member::json(request.body).ok_or_else(|| refuse(malformed()))?;
    let caller = Scope::of(request, |_| None)
        .and_then(|scope| scope.caller(service, mock))
        .map_err(|why| refuse(Refusal::unsigned(Protocol::Json, why)))?;
    let typed = (entry.read)(body).map_err(refuse)?;
    Ok(Routed { call: entry.id, caller, typed })
}

/// Creates the error for a malformed request. AWS sends this error without a message:
/// <https://github.com/pplu/aws-sdk-perl/issues/237>.
pub(super) fn malformed() -> Refusal {
    Refusal::new(Protocol::Json, 400, "SerializationException")
}

pub(super) fn error(refusal: &Refusal) -> String {
    let Refusal { protocol: _, status: _, code, message } = refusal;
    let body = match message {
        None => json!({ "__type": code }),
        // In this error, AWS's front end names the member `Message`, with a capital letter:
        // https://github.com/mhart/kinesalite
        Some(message) if code == "SerializationException" => {
            json!({ "__type": code, "Message": message })
        }
        Some(message) => json!({ "__type": code, "message": message }),
    };
    body.to_string()
}
