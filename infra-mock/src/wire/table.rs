//! The table of operations by name.

use crate::api::{ApiError, Operation, OperationId, Service};
use crate::faults::Delivery;
use crate::mock::MockAws;
use crate::shapes::{Encode, Member, View};

use super::{Protocol, Refusal, json, protocol, query, xml};

/// An entry for one operation of a service.
pub(super) struct Entry {
    /// The operation.
    pub(super) id: OperationId,
    /// Reads a request from a body.
    pub(super) read: fn(Member<'_>) -> Result<Box<dyn Typed>, Refusal>,
    /// Returns the constraints of the request.
    #[cfg(test)]
    pub(super) shape: fn() -> &'static crate::constraints::Shape,
}

impl Entry {
    const fn of<O: Operation>() -> Self {
        Self {
            id: OperationId::of::<O>(),
            read: read::<O>,
            #[cfg(test)]
            shape: O::shape,
        }
    }
}

/// A parsed request of any operation.
pub(super) trait Typed: Send + Sync {
    /// Returns the request as JSON text, as the journal records it.
    fn request(&self) -> String;

    /// Makes the call with the given request ID, and returns the response body.
    fn run(
        self: Box<Self>,
        mock: &MockAws,
        delivery: &Delivery,
        request_id: &str,
    ) -> Result<String, Refusal>;
}

impl<O: Operation> Typed for O {
    fn request(&self) -> String {
        crate::mock::json(&self.view())
    }

    fn run(
        self: Box<Self>,
        mock: &MockAws,
        delivery: &Delivery,
        request_id: &str,
    ) -> Result<String, Refusal> {
        let output = mock
            .carry_out(*self, delivery)
            .map_err(|error| Refusal::of_service(O::SERVICE, error))?;
        encode(OperationId::of::<O>(), &output, request_id).map_err(|error| {
            let error = ApiError::new("InternalFailure", error.to_string()).with_status(500);
            Refusal::of_service(O::SERVICE, error)
        })
    }
}

macro_rules! entries {
    ($($operation:ty),+ $(,)?) => { &[$(Entry::of::<$operation>()),+] };
}

static ECS: &[Entry] = crate::ecs::for_each_ecs_operation!(entries);
static ECR: &[Entry] = crate::ecr::for_each_ecr_operation!(entries);
static IAM: &[Entry] = crate::iam::for_each_iam_operation!(entries);
static LOGS: &[Entry] = crate::logs::for_each_logs_operation!(entries);
static STS: &[Entry] = crate::sts::for_each_sts_operation!(entries);

/// Returns every operation of a service.
pub(super) fn of_service(service: Service) -> &'static [Entry] {
    match service {
        Service::Ecs => ECS,
        Service::Ecr => ECR,
        Service::Iam => IAM,
        Service::Logs => LOGS,
        Service::Sts => STS,
    }
}

/// Returns the service's operation with the given name.
pub(super) fn find(service: Service, name: &str) -> Option<&'static Entry> {
    of_service(service).iter().find(|entry| entry.id.name == name)
}

/// Returns whether AWS has this operation but the mock does not implement it.
pub(super) fn is_not_implemented(service: Service, name: &str) -> bool {
    let names = match service {
        Service::Ecs => crate::ecs::NOT_IMPLEMENTED,
        Service::Ecr => crate::ecr::NOT_IMPLEMENTED,
        Service::Iam => crate::iam::NOT_IMPLEMENTED,
        Service::Logs => crate::logs::NOT_IMPLEMENTED,
        Service::Sts => crate::sts::NOT_IMPLEMENTED,
    };
    names.contains(&name)
}

fn read<O: Operation>(body: Member<'_>) -> Result<Box<dyn Typed>, Refusal> {
    match O::decode(body) {
        Ok(operation) => Ok(Box::new(operation)),
        Err(why) => Err(match protocol(O::SERVICE) {
            Protocol::Json => Refusal { message: why.0, ..json::malformed() },
            Protocol::Query(_) | Protocol::Bare => query::malformed(O::SERVICE, why),
        }),
    }
}

fn encode(
    operation: OperationId,
    output: &dyn Encode,
    request_id: &str,
) -> serde_json::Result<String> {
    let output = output.view();
    match protocol(operation.service) {
        // An operation without an output has an empty body.
        Protocol::Json | Protocol::Bare if output == View::Absent => Ok(String::new()),
        Protocol::Json | Protocol::Bare => serde_json::to_string(&output),
        Protocol::Query(namespace) => {
            Ok(xml::answer(namespace, operation.name, &output, request_id))
        }
    }
}
