//! What every service of the mock is built of: the world, one call on it, and AWS's way to refuse.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use infra_core::arn::{AccountId, Arn, Location};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Permissions};
use crate::constraints::Shape;
use crate::ids::Ids;
use crate::time::Timestamp;
use crate::{constraints, ecr, ecs, iam, logs, sts};

/// A refusal as the service writes it: code, HTTP status and words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The code on the wire, for instance `NoSuchEntity`.
    pub code: Cow<'static, str>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The words for the reader.
    pub message: String,
}

impl ApiError {
    /// A refusal with status 400, which all but IAM use for nearly everything.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 400, message: message.into() }
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// What an operation gives back.
pub type ApiResult<T> = Result<T, ApiError>;

/// The five services that the mock has. What is asked of another is refused by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Amazon Elastic Container Service.
    Ecs,
    /// AWS Identity and Access Management.
    Iam,
    /// Amazon Elastic Container Registry.
    Ecr,
    /// Amazon CloudWatch Logs.
    Logs,
    /// AWS Security Token Service.
    Sts,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ecs, Self::Iam, Self::Ecr, Self::Logs, Self::Sts];

    /// The service as SigV4 scopes and IAM actions spell it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Iam => "iam",
            Self::Ecr => "ecr",
            Self::Logs => "logs",
            Self::Sts => "sts",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// An error of a service's model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// The code on the wire, for instance `NoSuchEntity`.
    pub code: &'static str,
    /// The HTTP status of the answer.
    pub status: u16,
}

impl ErrorCode {
    pub(crate) const fn new(code: &'static str, status: u16) -> Self {
        Self { code, status }
    }

    /// The refusal with this code and the service's words.
    pub fn because(self, message: impl Into<String>) -> ApiError {
        ApiError::new(self.code, message).with_status(self.status)
    }
}

/// What AWS's model says of an operation. The request is the type, its members are AWS's by AWS's names.
///
/// `cargo xtask models` generates the implementations.
pub trait Definition:
    Clone + fmt::Debug + Default + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The service that offers the operation.
    const SERVICE: Service;
    /// Its name in the API reference, for instance `CreateCluster`.
    const NAME: &'static str;
    /// Whether it changes something.
    const CHANGES: bool;
    /// The errors that the model lists for it.
    const ERRORS: &'static [ErrorCode];
    /// The response.
    type Output: Clone + fmt::Debug + Serialize + Send + 'static;

    /// What the request has to satisfy.
    fn shape() -> &'static Shape;
}

/// An operation that the mock implements.
pub trait Operation: Definition + Access {
    /// Carries the operation out for a caller whom [`Access`] lets pass. The request satisfies the model: every required
    /// member is present, and every length, range, pattern and enumeration holds, except where the service's
    /// `violations.rs` says that AWS does not check it.
    ///
    /// # Errors
    /// What AWS answers in this state; the world is then as it was.
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output>;
}

/// Checks a request, which also comes as the value that its service gets, and carries the operation out.
///
/// # Errors
/// What AWS answers in this state; the world is then as it was.
pub(crate) fn perform<O: Operation>(
    operation: O,
    request: &serde_json::Value,
    call: &mut Call<'_>,
) -> ApiResult<O::Output> {
    settle::<O>(call);
    let broken = constraints::broken(O::shape(), request);
    let refusal = match O::SERVICE {
        Service::Ecr => ecr::violations::refusal(O::NAME, broken),
        Service::Ecs => ecs::violations::refusal(O::NAME, broken),
        Service::Iam => iam::violations::refusal(O::NAME, &broken),
        Service::Logs => logs::violations::refusal(O::NAME, &broken),
        Service::Sts => sts::violations::refusal(O::NAME, &broken),
    };
    refusal.map_or_else(|| operation.run(call), Err)
}

/// Lets the service of an operation catch up with the time.
pub(crate) fn settle<O: Operation>(call: &mut Call<'_>) {
    if O::SERVICE == Service::Ecr {
        ecr::settle(call);
    }
}

/// Bytes, which the protocols carry as base64.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob(pub Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// An operation as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationId {
    /// The service that offers it.
    pub service: Service,
    /// Its name in the API reference.
    pub name: &'static str,
    /// Whether it changes something.
    pub changes: bool,
}

impl OperationId {
    /// That of a request's type.
    pub const fn of<O: Operation>() -> Self {
        Self { service: O::SERVICE, name: O::NAME, changes: O::CHANGES }
    }
}

/// As IAM actions spell it: `iam:CreateRole`.
impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

/// Who calls, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account and region.
    pub location: Location,
    /// The ARN of the principal.
    pub arn: String,
    /// The principal's unique id.
    pub user_id: String,
    /// What it may do.
    pub permissions: Permissions,
}

/// How slowly the world settles. The default is at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lag {
    /// How long a new role stays unknown to other services (and a deleted one known).
    pub iam_propagation: Duration,
    /// How long ECS cannot assume its service-linked role after it made it, which is on the first
    /// `CreateCluster` of an account.
    pub service_linked_role: Duration,
    /// How long a cluster's attachments stay `UPDATE_IN_PROGRESS` after its capacity providers changed.
    pub capacity_providers: Duration,
    /// How long a log group that was just changed answers `OperationAbortedException`.
    pub log_group: Duration,
    /// How long a query of CloudWatch Logs Insights runs.
    pub log_query: Duration,
}

impl Lag {
    /// Each of them by the name that [`set`](Self::set) knows it by.
    pub fn kinds(&self) -> [(&'static str, Duration); 5] {
        let Self { iam_propagation, service_linked_role, capacity_providers, log_group, log_query } =
            *self;
        [
            ("iam-propagation", iam_propagation),
            ("service-linked-role", service_linked_role),
            ("capacity-providers", capacity_providers),
            ("log-group", log_group),
            ("log-query", log_query),
        ]
    }

    /// Sets one of them as text: `iam-propagation=30s`; the others are `service-linked-role`,
    /// `capacity-providers`, `log-group` and `log-query`.
    ///
    /// # Errors
    /// There is no such lag, or what follows is no time; nothing is set then.
    pub fn set(&mut self, text: &str) -> Result<(), LagError> {
        let fail = |why: String| LagError { text: text.to_owned(), why };
        let (kind, time) = text
            .split_once('=')
            .ok_or_else(|| fail("it is not of the form KIND=TIME".to_owned()))?;
        let Self { iam_propagation, service_linked_role, capacity_providers, log_group, log_query } =
            self;
        let lag = match kind {
            "iam-propagation" => iam_propagation,
            "service-linked-role" => service_linked_role,
            "capacity-providers" => capacity_providers,
            "log-group" => log_group,
            "log-query" => log_query,
            _ => {
                return Err(fail(
                    "its kind is none of iam-propagation, service-linked-role, capacity-providers, \
                     log-group and log-query"
                        .to_owned(),
                ));
            }
        };
        *lag = humantime::parse_duration(time).map_err(|error| fail(error.to_string()))?;
        Ok(())
    }
}

/// Why a text sets no [`Lag`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no lag: {why}")]
pub struct LagError {
    text: String,
    why: String,
}

/// Everything there is, in every account and region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    accounts: BTreeMap<AccountId, Account>,
    pub(crate) ids: Ids,
    /// How slowly changes settle.
    pub lag: Lag,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Account {
    iam: iam::State,
    regions: BTreeMap<String, Regional>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Regional {
    ecs: ecs::State,
    ecr: ecr::State,
    logs: logs::State,
}

impl World {
    /// An empty world whose ids follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { accounts: BTreeMap::new(), ids: Ids::new(seed), lag: Lag::default() }
    }

    /// IAM of an account that somebody has used.
    pub(crate) fn iam_of(&self, account: &AccountId) -> Option<&iam::State> {
        self.accounts.get(account).map(|account| &account.iam)
    }

    /// Forgets an account and region in which there is nothing: looking leaves no trace.
    pub(crate) fn forget_if_empty(&mut self, location: &Location) {
        let Some(account) = self.accounts.get_mut(&location.account_id) else { return };
        let region = location.region.as_str();
        if account.regions.get(region) == Some(&Regional::default()) {
            account.regions.remove(region);
        }
        if *account == Account::default() {
            self.accounts.remove(&location.account_id);
        }
    }

    /// This world with a service as it was in an older one, there where a caller meets it.
    pub(crate) fn with_older(&self, older: &Self, service: Service, place: &Location) -> Self {
        let mut mixed = self.clone();
        let region = place.region.as_str();
        let before = older.accounts.get(&place.account_id).cloned().unwrap_or_default();
        let there = before.regions.get(region).cloned().unwrap_or_default();
        let account = mixed.accounts.entry(place.account_id.clone()).or_default();
        let here = account.regions.entry(region.to_owned()).or_default();
        match service {
            Service::Iam => account.iam = before.iam,
            Service::Ecs => here.ecs = there.ecs,
            Service::Ecr => here.ecr = there.ecr,
            Service::Logs => here.logs = there.logs,
            // It keeps nothing.
            Service::Sts => {}
        }
        mixed
    }

    /// Forgets everything but the position of the ids.
    pub fn reset(&mut self) {
        self.accounts.clear();
    }
}

/// One call: who makes it, when, and the world it is made on.
#[derive(Debug)]
pub struct Call<'a> {
    /// Who calls, and where.
    pub caller: &'a Caller,
    /// When.
    pub now: Timestamp,
    /// What it is made on.
    pub world: &'a mut World,
}

impl Call<'_> {
    /// The account and region of the call.
    pub fn location(&self) -> &Location {
        &self.caller.location
    }

    /// IAM of the account; it is one over all regions.
    pub fn iam(&mut self) -> &mut iam::State {
        &mut self.account().iam
    }

    /// ECS of the account in the region.
    pub fn ecs(&mut self) -> &mut ecs::State {
        &mut self.regional().ecs
    }

    /// ECR of the account in the region.
    pub fn ecr(&mut self) -> &mut ecr::State {
        &mut self.regional().ecr
    }

    /// CloudWatch Logs of the account in the region.
    pub fn logs(&mut self) -> &mut logs::State {
        &mut self.regional().logs
    }

    /// IAM of any account that somebody has used, to look principals up.
    pub fn iam_of(&self, account: &AccountId) -> Option<&iam::State> {
        self.world.iam_of(account)
    }

    /// ECS of the account in the region, to read: that leaves no trace of either in the world.
    pub(crate) fn ecs_seen(&self) -> Option<&ecs::State> {
        self.regional_seen().map(|regional| &regional.ecs)
    }

    /// ECR of the account in the region, to read.
    pub(crate) fn ecr_seen(&self) -> Option<&ecr::State> {
        self.regional_seen().map(|regional| &regional.ecr)
    }

    /// CloudWatch Logs of the account in the region, to read.
    pub(crate) fn logs_seen(&self) -> Option<&logs::State> {
        self.regional_seen().map(|regional| &regional.logs)
    }

    /// An ARN of the caller's account and region.
    pub fn arn(&self, service: &str, resource: impl Into<String>) -> Arn {
        self.location().arn(service, resource)
    }

    fn account(&mut self) -> &mut Account {
        let id = &self.caller.location.account_id;
        if !self.world.accounts.contains_key(id) {
            self.world.accounts.insert(id.clone(), Account::default());
        }
        self.world.accounts.get_mut(id).expect("the account was inserted above")
    }

    fn regional_seen(&self) -> Option<&Regional> {
        let Location { partition: _, account_id, region } = &self.caller.location;
        self.world.accounts.get(account_id)?.regions.get(region.as_str())
    }

    fn regional(&mut self) -> &mut Regional {
        let region = self.caller.location.region.as_str().to_owned();
        self.account().regions.entry(region).or_default()
    }
}
