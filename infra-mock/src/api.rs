//! The building blocks that all services of the mock share: the world, a call, and AWS's errors.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use infra_core::arn::{AccountId, Arn, Location};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Permissions};
use crate::constraints::Shape;
use crate::ids::Ids;
use crate::shapes::{Decode, Encode, View};
use crate::time::Timestamp;
use crate::{constraints, ecr, ecs, iam, logs, sts};

/// An error as the service returns it: code, HTTP status and message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The error code, such as `NoSuchEntity`.
    pub code: Cow<'static, str>,
    /// The HTTP status of the response.
    pub status: u16,
    /// The error message.
    pub message: String,
}

impl ApiError {
    /// Creates an error with status 400, which all services except IAM use for nearly all errors.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 400, message: message.into() }
    }

    /// Sets the HTTP status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// The result of an operation.
pub type ApiResult<T> = Result<T, ApiError>;

/// The five services that the mock implements. Requests to other services are rejected.
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
    /// Every service of the mock.
    pub const ALL: [Self; 5] = [Self::Ecs, Self::Iam, Self::Ecr, Self::Logs, Self::Sts];

    /// Returns the service's name as it is written in SigV4 scopes and IAM actions.
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

/// An error from a service's model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// The error code, such as `NoSuchEntity`.
    pub code: &'static str,
    /// The HTTP status of the response.
    pub status: u16,
}

impl ErrorCode {
    pub(crate) const fn new(code: &'static str, status: u16) -> Self {
        Self { code, status }
    }

    /// Creates an error with this code and the given message.
    pub fn because(self, message: impl Into<String>) -> ApiError {
        ApiError::new(self.code, message).with_status(self.status)
    }
}

/// An operation as AWS's model defines it. The operation's request type implements this trait. The
/// members of the request type have AWS's names.
///
/// `cargo xtask models` generates the implementations.
pub trait Definition:
    Clone
    + fmt::Debug
    + Default
    + Encode
    + Decode
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// The service that offers the operation.
    const SERVICE: Service;
    /// The operation's name in the API reference, such as `CreateCluster`.
    const NAME: &'static str;
    /// Whether the operation changes state.
    const CHANGES: bool;
    /// The errors that the model lists for the operation.
    const ERRORS: &'static [ErrorCode];
    /// The response.
    type Output: Clone + fmt::Debug + Encode + Serialize + Send + 'static;

    /// Returns the constraints that the request must satisfy.
    fn shape() -> &'static Shape;
}

/// An operation that the mock implements.
pub trait Operation: Definition + Access {
    /// Executes the operation. The mock has already checked the permissions from [`Access`], and
    /// the request satisfies the model: all required members are present, and all lengths, ranges,
    /// patterns and enumeration values are valid, except where the service's `violations.rs` says
    /// that AWS does not check them.
    ///
    /// # Errors
    /// Returns the error that AWS would return in this state, and leaves the world unchanged.
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output>;
}

/// Checks a request and executes the operation.
///
/// # Errors
/// Returns the error that AWS would return in this state, and leaves the world unchanged.
pub(crate) fn perform<O: Operation>(operation: O, call: &mut Call<'_>) -> ApiResult<O::Output> {
    let violation = violation(OperationId::of::<O>(), O::shape(), &operation.view());
    run(operation, violation, call)
}

/// Executes the operation, unless the request violates the model.
pub(crate) fn run<O: Operation>(
    operation: O,
    violation: Option<ApiError>,
    call: &mut Call<'_>,
) -> ApiResult<O::Output> {
    settle(O::SERVICE, call);
    violation.map_or_else(|| operation.run(call), Err)
}

/// Returns the service's error for a request that violates the model.
pub(crate) fn violation(
    operation: OperationId,
    shape: &Shape,
    request: &View<'_>,
) -> Option<ApiError> {
    let OperationId { service, name, .. } = operation;
    let broken = constraints::broken(shape, request);
    match service {
        Service::Ecr => ecr::violations::refusal(name, &broken),
        Service::Ecs => ecs::violations::refusal(name, broken),
        Service::Iam => iam::violations::refusal(broken),
        Service::Logs => logs::violations::refusal(name, &broken),
        Service::Sts => sts::violations::refusal(name, &broken),
    }
}

/// Applies all changes that are now due in a service.
pub(crate) fn settle(service: Service, call: &mut Call<'_>) {
    if service == Service::Ecr {
        ecr::settle(call);
    }
}

/// Bytes that the protocols encode as base64.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob(pub Vec<u8>);

/// The identity of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationId {
    /// The service that offers the operation.
    pub service: Service,
    /// The operation's name in the API reference.
    pub name: &'static str,
    /// Whether the operation changes state.
    pub changes: bool,
}

impl OperationId {
    /// Returns the identity of the operation that a request type belongs to.
    pub const fn of<O: Operation>() -> Self {
        Self { service: O::SERVICE, name: O::NAME, changes: O::CHANGES }
    }
}

/// Formats the operation like an IAM action, such as `iam:CreateRole`.
impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

/// The principal that calls operations, and the account and region in which the operations run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account and region.
    pub location: Location,
    /// The ARN of the principal.
    pub arn: String,
    /// The principal's unique ID.
    pub user_id: String,
    /// The permissions of the principal.
    pub permissions: Permissions,
}

impl Caller {
    /// Returns the ID of the principal's own account.
    pub(crate) fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// Returns whether the call is located in an account other than the principal's own.
    pub(crate) fn is_foreign(&self) -> bool {
        self.account() != self.location.account_id.as_str()
    }
}

/// The delays before changes take effect. By default, all delays are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lag {
    /// How long other services take to recognize a new role or to stop recognizing a deleted one.
    pub iam_propagation: Duration,
    /// The time from the creation of ECS's service-linked role until ECS can assume it. ECS creates
    /// the role on the first `CreateCluster` call in an account.
    pub service_linked_role: Duration,
    /// How long a cluster's attachments stay `UPDATE_IN_PROGRESS` after its capacity providers have changed.
    pub capacity_providers: Duration,
    /// How long a log group rejects changes with `OperationAbortedException` after it has been
    /// changed.
    pub log_group: Duration,
    /// How long a CloudWatch Logs Insights query takes.
    pub log_query: Duration,
    /// How long a task stays PROVISIONING before its network interface is attached.
    ///
    /// In four measured starts on Fargate, the tasks stayed PROVISIONING for 3 s, and the
    /// containers were running after another 10 to 20 s. The tasks stopped 36 to 66 s after
    /// `StopTask`.
    pub task_provisioning: Duration,
    /// How long a task stays PENDING before its images are pulled and its containers run.
    pub task_pending: Duration,
    /// How long a task takes to become STOPPED after its containers have exited.
    pub task_stopping: Duration,
}

impl Lag {
    /// Returns each kind of lag with the name that [`set`](Self::set) accepts.
    fn fields(&mut self) -> [(&'static str, &mut Duration); 8] {
        let Self {
            iam_propagation,
            service_linked_role,
            capacity_providers,
            log_group,
            log_query,
            task_provisioning,
            task_pending,
            task_stopping,
        } = self;
        [
            ("iam-propagation", iam_propagation),
            ("service-linked-role", service_linked_role),
            ("capacity-providers", capacity_providers),
            ("log-group", log_group),
            ("log-query", log_query),
            ("task-provisioning", task_provisioning),
            ("task-pending", task_pending),
            ("task-stopping", task_stopping),
        ]
    }

    /// Returns the value of each kind of lag, with the name that [`set`](Self::set) accepts.
    pub fn kinds(&self) -> [(&'static str, Duration); 8] {
        self.clone().fields().map(|(name, time)| (name, *time))
    }

    /// Sets one kind of lag from a string such as `iam-propagation=30s`. The other kinds are `service-linked-role`,
    /// `capacity-providers`, `log-group`, `log-query`, `task-provisioning`, `task-pending` and `task-stopping`.
    ///
    /// # Errors
    /// Returns an error and sets nothing if the kind is unknown or the time is invalid.
    pub fn set(&mut self, text: &str) -> Result<(), LagError> {
        let fail = |why: String| LagError { text: text.to_owned(), why };
        let (kind, time) =
            text.split_once('=').ok_or_else(|| fail("expected KIND=TIME".to_owned()))?;
        let names = self.kinds().map(|(name, _)| name);
        let Some((_, lag)) = self.fields().into_iter().find(|(name, _)| *name == kind) else {
            let (last, others) = names.split_last().expect("there are several kinds");
            let why = format!("unknown kind, expected {} or {last}", others.join(", "));
            return Err(fail(why));
        };
        *lag = humantime::parse_duration(time).map_err(|error| fail(error.to_string()))?;
        Ok(())
    }
}

/// The reason why a string is not a valid [`Lag`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid lag {text:?}: {why}")]
pub struct LagError {
    text: String,
    why: String,
}

/// The state of every account and region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    accounts: BTreeMap<AccountId, Account>,
    pub(crate) ids: Ids,
    /// The delays before changes take effect.
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
    /// Creates an empty world whose IDs are determined by `seed`.
    pub fn new(seed: u64) -> Self {
        Self { accounts: BTreeMap::new(), ids: Ids::new(seed), lag: Lag::default() }
    }

    /// Returns the IAM state of an account, if the account has been used.
    pub(crate) fn iam_of(&self, account: &AccountId) -> Option<&iam::State> {
        self.accounts.get(account).map(|account| &account.iam)
    }

    /// Returns the mutable IAM state of an account, if the account has been used.
    pub(crate) fn iam_of_mut(&mut self, account: &AccountId) -> Option<&mut iam::State> {
        self.accounts.get_mut(account).map(|account| &mut account.iam)
    }

    /// Iterates over the accounts that have been used, each with its IAM state.
    pub(crate) fn iam_states(&self) -> impl Iterator<Item = (&AccountId, &iam::State)> {
        self.accounts.iter().map(|(id, account)| (id, &account.iam))
    }

    /// Iterates over the regions of an account, each with its ECS state.
    pub(crate) fn ecs_of(&self, account: &AccountId) -> impl Iterator<Item = (&str, &ecs::State)> {
        let regions = self.accounts.get(account).into_iter().flat_map(|account| &account.regions);
        regions.map(|(region, regional)| (region.as_str(), &regional.ecs))
    }

    /// Returns the ECR state of an account and region, if both have been used.
    pub(crate) fn ecr_of(&self, location: &Location) -> Option<&ecr::State> {
        let account = self.accounts.get(&location.account_id)?;
        account.regions.get(location.region.as_str()).map(|regional| &regional.ecr)
    }

    /// Iterates over the accounts and regions that have been used, each with its ECS state.
    pub(crate) fn ecs_everywhere(&self) -> impl Iterator<Item = (&AccountId, &str, &ecs::State)> {
        self.accounts.iter().flat_map(|(id, account)| {
            account.regions.iter().map(move |(region, here)| (id, region.as_str(), &here.ecs))
        })
    }

    /// Removes the account and the region if they are empty, so that reads leave no trace.
    pub(crate) fn forget_if_empty(&mut self, location: &Location) {
        // The empty states are created only once, because creating and dropping them after every
        // call would take 2 µs each time.
        static EMPTY: LazyLock<(Account, Regional)> = LazyLock::new(Default::default);
        let (empty_account, empty_region) = &*EMPTY;
        let Some(account) = self.accounts.get_mut(&location.account_id) else { return };
        let region = location.region.as_str();
        if account.regions.get(region) == Some(empty_region) {
            account.regions.remove(region);
        }
        if account == empty_account {
            self.accounts.remove(&location.account_id);
        }
    }

    /// Returns a copy of this world in which one service's state in the given account and region is
    /// replaced by the state from an older world.
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
            // STS has no state.
            Service::Sts => {}
        }
        mixed
    }

    /// Removes everything except the position of the ID generator.
    pub fn reset(&mut self) {
        self.accounts.clear();
    }
}

/// One call: the caller, the time, and the world that it reads or changes.
#[derive(Debug)]
pub struct Call<'a> {
    /// The caller, whose location is the account and region of the call.
    pub caller: &'a Caller,
    /// The time of the call.
    pub now: Timestamp,
    /// The world that the call reads or changes.
    pub world: &'a mut World,
}

impl Call<'_> {
    /// Returns the account and region of the call.
    pub fn location(&self) -> &Location {
        &self.caller.location
    }

    /// Returns the account's IAM state, which all regions share.
    pub fn iam(&mut self) -> &mut iam::State {
        &mut self.account().iam
    }

    /// Returns the ECS state of the account and region.
    pub fn ecs(&mut self) -> &mut ecs::State {
        &mut self.regional().ecs
    }

    /// Returns the ECR state of the account and region.
    pub fn ecr(&mut self) -> &mut ecr::State {
        &mut self.regional().ecr
    }

    /// Returns the CloudWatch Logs state of the account and region.
    pub fn logs(&mut self) -> &mut logs::State {
        &mut self.regional().logs
    }

    /// Returns an account's IAM state, for looking up principals, or `None` if the account has not
    /// been used.
    pub fn iam_of(&self, account: &AccountId) -> Option<&iam::State> {
        self.world.iam_of(account)
    }

    /// Returns the ECS state of the account and region, or `None` if they have not been used.
    pub(crate) fn ecs_seen(&self) -> Option<&ecs::State> {
        self.regional_seen().map(|regional| &regional.ecs)
    }

    /// Returns the ECR state of the account and region, or `None` if they have not been used.
    pub(crate) fn ecr_seen(&self) -> Option<&ecr::State> {
        self.regional_seen().map(|regional| &regional.ecr)
    }

    /// Returns the CloudWatch Logs state of the account and region, or `None` if they have not been
    /// used.
    pub(crate) fn logs_seen(&self) -> Option<&logs::State> {
        self.regional_seen().map(|regional| &regional.logs)
    }

    /// Creates an ARN in the caller's account and region.
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
