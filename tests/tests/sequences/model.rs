//! The mock's operations as steps of a sequence. A step is a request that uses the mock's own types
//! and that an SDK client can also send.
//!
//! Names are drawn from a small set, so that steps interact: a resource that one step creates is
//! created again, changed, used and deleted by others.

#![allow(clippy::too_many_lines, reason = "all steps for a service are in one list")]

mod draw;
mod ecr;
mod ecs;
mod ecs_tasks;
mod iam;
mod logs;
mod sts;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;
use infra_mock::MockAws;
use infra_mock::api::{ApiResult, Operation, OperationId};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Value, json};

use crate::tree::Tree;

/// A placeholder for the pagination token in the operation's last answer.
pub(crate) const LAST_TOKEN: &str = "last-token";

/// A placeholder for the ID of the access key that was created last. Before the first key is
/// created, the placeholder itself is sent and serves as an unknown ID.
pub(crate) const LAST_KEY: &str = "LASTACCESSKEYCREATED";
/// A placeholder for the ID of the last SSH public key. Before the first upload, it serves as an
/// unknown ID.
pub(crate) const LAST_SSH_KEY: &str = "LASTSSHPUBLICKEYUPLOADED";
/// A placeholder for the ID of the last signing certificate. Before the first upload, it serves as
/// an unknown ID.
pub(crate) const LAST_CERTIFICATE: &str = "LASTSIGNINGCERTIFICATEUPLOADED";
/// A placeholder for the ID of the last service-specific credential. Before the first one is
/// created, it serves as an unknown ID.
pub(crate) const LAST_CREDENTIAL: &str = "LASTSERVICECREDENTIALCREATED";
/// A placeholder for the ID of the last service-linked role deletion. Before the first such
/// deletion, it serves as an unknown ID.
pub(crate) const LAST_DELETION: &str =
    "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/none";
/// A placeholder for the ARN of the last anomaly detector. Before the first one is created, it
/// serves as the ARN of an unknown detector.
pub(crate) const LAST_DETECTOR: &str =
    "arn:aws:logs:us-east-1:123456789012:anomaly-detector:00000000-0000-4000-8000-000000000000";

/// A placeholder for the ID of the last delivery. Before the first one is created, it serves as an
/// unknown ID.
pub(crate) const LAST_DELIVERY: &str = "LASTDELIVERYCREATED";

/// A placeholder for the ID of the last task set. Before the first one is created, it serves as an unknown ID.
pub(crate) const LAST_TASK_SET: &str = "ecs-svc/0000000000000000000";

/// The kinds of IDs that the server generates, each with the request member that contains the ID,
/// the placeholder for it, and its path in the answer.
const CHOSEN_IDS: &[(&str, &str, &[&str])] = &[
    ("AccessKeyId", LAST_KEY, &["accesskey", "accesskeyid"]),
    ("SSHPublicKeyId", LAST_SSH_KEY, &["sshpublickey", "sshpublickeyid"]),
    ("CertificateId", LAST_CERTIFICATE, &["certificate", "certificateid"]),
    (
        "ServiceSpecificCredentialId",
        LAST_CREDENTIAL,
        &["servicespecificcredential", "servicespecificcredentialid"],
    ),
    ("DeletionTaskId", LAST_DELETION, &["deletiontaskid"]),
    ("id", LAST_DELIVERY, &["delivery", "id"]),
    ("anomalyDetectorArn", LAST_DETECTOR, &["anomalydetectorarn"]),
    ("taskSet", LAST_TASK_SET, &["taskset", "id"]),
    ("primaryTaskSet", LAST_TASK_SET, &["taskset", "id"]),
    ("taskSets", LAST_TASK_SET, &["taskset", "id"]),
];

/// One SDK client per service.
#[derive(Debug)]
pub(crate) struct Clients {
    ecs: aws_sdk_ecs::Client,
    iam: aws_sdk_iam::Client,
    ecr: aws_sdk_ecr::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    sts: aws_sdk_sts::Client,
}

impl Clients {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            ecr: aws_sdk_ecr::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
        }
    }
}

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Answer(Tree),
    Refused {
        code: String,
        status: u16,
        message: String,
    },
    /// The answer was lost.
    Lost,
    /// The client rejected the request before sending it.
    Unsent(String),
}

impl Outcome {
    fn of_call(result: ApiResult<impl serde::Serialize>) -> Self {
        match result {
            Ok(output) => {
                let output =
                    serde_json::to_value(output).expect("outputs can be converted to JSON");
                Self::Answer(
                    Tree::of_json(&output).unwrap_or_else(|| Tree::Members(BTreeMap::new())),
                )
            }
            Err(error) => Self::Refused {
                code: error.code.into_owned(),
                status: error.status,
                message: error.message,
            },
        }
    }

    fn of_sdk<T: fmt::Debug, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> Self {
        let error = match result {
            Ok(output) => return Self::Answer(Tree::of_debug(&output)),
            Err(error) => error,
        };
        match &error {
            SdkError::ServiceError(refused) => Self::Refused {
                code: refused.err().code().unwrap_or_default().to_owned(),
                status: refused.raw().status().as_u16(),
                message: refused.err().message().unwrap_or_default().to_owned(),
            },
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => Self::Lost,
            _ => Self::Unsent(error.to_string()),
        }
    }

    /// Returns the pagination token of an answer.
    fn token(&self) -> Option<&str> {
        let Self::Answer(tree) = self else { return None };
        ["nexttoken", "marker", "nextforwardtoken"].iter().find_map(|name| tree.text(name))
    }
}

/// The pagination tokens and IDs that an access path has returned.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    tokens: BTreeMap<OperationId, String>,
    /// The last ID of each kind in [`CHOSEN_IDS`], by placeholder.
    ids: BTreeMap<&'static str, String>,
}

impl Memory {
    fn keep(&mut self, id: OperationId, outcome: &Outcome) {
        if let Some(token) = outcome.token() {
            self.tokens.insert(id, token.to_owned());
        }
        let Outcome::Answer(answer) = outcome else { return };
        for (_, placeholder, path) in CHOSEN_IDS {
            let found = path.iter().try_fold(answer, |tree, name| tree.member(name));
            if let Some(Tree::Text(chosen)) = found {
                self.ids.insert(placeholder, chosen.clone());
            }
        }
    }

    /// Returns the request with its placeholders replaced.
    fn resolve<O: BySdk>(&self, request: &O) -> O {
        let mut value = request.request();
        let mut is_asked = false;
        for name in ["nextToken", "Marker"] {
            if value.get(name).is_some_and(|token| token == LAST_TOKEN) {
                value[name] = self.tokens.get(&OperationId::of::<O>()).cloned().into();
                is_asked = true;
            }
        }
        for (name, placeholder, _) in CHOSEN_IDS {
            let Some(chosen) = self.ids.get(placeholder) else { continue };
            if value.get(name).is_some_and(|id| id == placeholder) {
                value[name] = chosen.clone().into();
                is_asked = true;
            } else if value.get(name).is_some_and(|ids| *ids == json!([placeholder])) {
                value[name] = json!([chosen]);
                is_asked = true;
            }
        }
        // Requests without placeholders are not converted, because a JSON round trip could lose information.
        if is_asked {
            serde_json::from_value(value).expect("tokens and IDs are strings")
        } else {
            request.clone()
        }
    }
}

/// A call that can be made through every access path.
///
/// The futures are not `Send`, because checking this for every SDK call takes most of the time that
/// the compiler needs for these tests.
#[async_trait(?Send)]
pub(crate) trait Step: fmt::Debug + Send + Sync {
    fn id(&self) -> OperationId;
    /// Returns the request as JSON, in the form that the service's API defines.
    fn request(&self) -> Value;
    /// Makes the call as a typed operation.
    async fn by_type(&self, mock: &MockAws, memory: &mut Memory) -> Outcome;
    /// Makes the call with an SDK client.
    async fn by_sdk(&self, clients: &Clients, memory: &mut Memory) -> Outcome;
}

/// An operation that an SDK client can send.
#[async_trait(?Send)]
trait BySdk: Operation {
    async fn send(self, clients: &Clients) -> Outcome;
}

#[async_trait(?Send)]
impl<O: BySdk> Step for O {
    fn id(&self) -> OperationId {
        OperationId::of::<O>()
    }

    fn request(&self) -> Value {
        serde_json::to_value(self).expect("requests can be converted to JSON")
    }

    async fn by_type(&self, mock: &MockAws, memory: &mut Memory) -> Outcome {
        let outcome = match mock.send(memory.resolve(self)).await {
            Some(result) => Outcome::of_call(result),
            None => Outcome::Lost,
        };
        memory.keep(self.id(), &outcome);
        outcome
    }

    async fn by_sdk(&self, clients: &Clients, memory: &mut Memory) -> Outcome {
        let outcome = memory.resolve(self).send(clients).await;
        memory.keep(self.id(), &outcome);
        outcome
    }
}

/// A step for any operation; clones share the step.
pub(crate) type AnyStep = Arc<dyn Step>;

/// Maps requests to calls of a service's SDK client. All members are listed, so that a new member
/// causes a compile error. Members listed after a semicolon are not yet supported by the SDK.
macro_rules! sent_by {
    ($client:ident: $($request:ident { $($member:ident),* $(,)? $(; $($unknown:ident),*)? } => $method:ident $(.$set:ident($value:expr))*;)+) => {
        $(#[async_trait::async_trait(?Send)]
        impl super::BySdk for $request {
            async fn send(self, clients: &super::Clients) -> super::Outcome {
                let Self { $($member,)* $($($unknown: _),*)? } = self;
                super::Outcome::of_sdk(clients.$client.$method()$(.$set($value))*.send().await)
            }
        })+

        /// The operations that this module draws.
        pub(super) const DRAWN: &[infra_mock::api::OperationId] =
            &[$(infra_mock::api::OperationId::of::<$request>()),+];
    };
}
use sent_by;

/// Returns every operation that sequences can contain.
pub(crate) fn operations() -> Vec<OperationId> {
    [
        ecs::DRAWN,
        ecs_tasks::DRAWN,
        &ecs_tasks::drawn_below(),
        iam::DRAWN,
        &iam::drawn_below(),
        ecr::DRAWN,
        &ecr::drawn_below(),
        logs::DRAWN,
        &logs::drawn_below(),
        sts::DRAWN,
    ]
    .concat()
}

/// The properties of the sequences to draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// The number of values per thousand that AWS rejects.
    pub(crate) odd: u32,
    /// The maximum number of steps in a sequence.
    pub(crate) longest: usize,
    /// The current time of the mock, in milliseconds.
    pub(crate) now: i64,
}

/// Draws sequences of calls to one service, or to several services that interact.
pub(crate) fn sequences(scope: Scope) -> impl Strategy<Value = Vec<AnyStep>> {
    let Scope { odd, longest, now } = scope;
    let several = |kinds: Vec<BoxedStrategy<AnyStep>>| vec(Union::new(kinds), 1..=longest).boxed();
    Union::new_weighted(vec![
        (3, several(vec![ecs::steps(odd)])),
        (2, several(vec![ecs::steps(odd), ecs_tasks::steps(odd)])),
        (3, several(vec![iam::steps(odd)])),
        (3, several(vec![ecr::steps(odd)])),
        (3, several(vec![logs::steps(odd, now)])),
        (1, several(vec![iam::steps(odd), ecr::steps(odd)])),
        (
            1,
            several(vec![
                ecs::steps(odd),
                ecs_tasks::steps(odd),
                iam::steps(odd),
                ecr::steps(odd),
                logs::steps(odd, now),
                sts::steps(odd),
            ]),
        ),
    ])
}

#[test]
fn every_operation_of_the_mock_is_drawn() {
    let drawn: Vec<String> = operations().iter().map(ToString::to_string).collect();
    for (service, names) in [
        ("ecs", infra_mock::ecs::OPERATIONS),
        ("iam", infra_mock::iam::OPERATIONS),
        ("ecr", infra_mock::ecr::OPERATIONS),
        ("logs", infra_mock::logs::OPERATIONS),
        ("sts", infra_mock::sts::OPERATIONS),
    ] {
        for name in names {
            assert!(drawn.contains(&format!("{service}:{name}")), "{service}:{name} is not drawn");
        }
    }
}
