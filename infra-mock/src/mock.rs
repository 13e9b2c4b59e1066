//! The mock's main type: a world, a clock, a caller, and a journal of every call.

mod builder;
mod control;
mod journal;
mod persistence;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use infra_core::arn::{AccountId, Location, Partition, Region};
use infra_core::policy::PolicyDocument;
use infra_core::provider::Providers;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, Semaphore};

pub use builder::MockBuilder;
pub use journal::JournalEntry;

use journal::{Journal, Recorded};
use persistence::Persistence;

use crate::access::{self, Permissions, UnusablePolicy};
use crate::api::{
    ApiError, ApiResult, Call, Caller, Operation, OperationId, Service, World, violation,
};
use crate::constraints::Shape;
use crate::ecr::token::Token;
use crate::faults::{Delivery, Faults, Replicas};
use crate::iam::{self, KeyHolder};
use crate::ids::Ids;
use crate::interceptor::Interceptor;
use crate::providers::MockProviders;
use crate::shapes::View;
use crate::snapshot::SnapshotError;
use crate::sts::{BadSession, Session};
use crate::time::{Clock, Timestamp};
use crate::{api, ecr, ecs};

/// The default account of a mock.
pub const DEFAULT_ACCOUNT: &str = "123456789012";

/// A mock AWS. Clones share the world, the clock and the journal.
///
/// ```
/// use infra_core::error::OrAbsent;
/// use infra_mock::MockAws;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockAws::new();
/// let providers = mock.providers();
/// let cluster = providers.clusters().describe_cluster(&"shop-dev-cluster".parse()?, false).await;
/// assert_eq!(cluster.or_absent()?, None);
/// assert_eq!(mock.journal()[0].operation, "DescribeClusters");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MockAws {
    shared: Arc<Shared>,
    caller: Arc<Caller>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    has_journal: bool,
    observer: Option<Observer>,
    /// Whether the mock panics on operations that it does not implement.
    panics: bool,
    /// The partition for regions that match no partition's pattern.
    fallback_partition: Partition,
    /// A permit for each hanging call that has not been reported yet.
    hung: Semaphore,
    /// Notifies hanging calls that they may continue.
    released: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    world: World,
    journal: Journal,
    persistence: Persistence,
    faults: Faults,
    replicas: Replicas,
    /// The container scripts, by container name.
    scripts: ecs::Scripts,
    /// The owners of access keys, by access key id.
    keys: BTreeMap<String, Holder>,
    /// Request ids come from a separate sequence, so that resource ids are the same on every access
    /// path.
    request_ids: Ids,
}

/// The owner of an access key.
#[derive(Clone, Debug)]
struct Holder {
    user_name: String,
    permissions: Permissions,
}

/// A callback for every call.
struct Observer(Box<dyn Fn(&JournalEntry) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

fn caller(location: Location, user_name: &str, permissions: Permissions) -> Caller {
    Caller {
        arn: location.global_arn("iam", format!("user/{user_name}")).to_string(),
        user_id: DEFAULT_USER_ID.to_owned(),
        permissions,
        location,
    }
}

/// The default user name of the caller.
const DEFAULT_USER: &str = "mock";

/// The unique id for callers who are not in the mock's IAM. It has the format of a user's id.
pub(crate) const DEFAULT_USER_ID: &str = "AIDAMOCKAWSMOCKAWSMOC";

impl Default for MockAws {
    fn default() -> Self {
        MockBuilder::default().build()
    }
}

impl MockAws {
    /// Creates an empty mock in us-east-1 with the system clock and no lag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a builder for a mock.
    pub fn builder() -> MockBuilder {
        MockBuilder::default()
    }

    /// Creates a mock from a snapshot file. Every change is saved to the file.
    ///
    /// # Errors
    /// Returns the same errors as [`MockBuilder::file`].
    pub fn open_file(path: &Path, region: Region) -> Result<Self, SnapshotError> {
        Ok(Self::builder().region(region).file(path)?.build())
    }

    /// Returns a handle to this mock for another account.
    pub fn in_account(&self, account_id: AccountId) -> Self {
        let region = self.caller.location.region.clone();
        self.at(&self.location(account_id, region))
    }

    /// Returns a handle to this mock for another region.
    pub fn in_region(&self, region: Region) -> Self {
        let account_id = self.caller.location.account_id.clone();
        self.at(&self.location(account_id, region))
    }

    /// Returns the location for an account and region. If the region matches no partition's
    /// pattern, the location is in the mock's default partition.
    pub(crate) fn location(&self, account_id: AccountId, region: Region) -> Location {
        let partition = region.partition().unwrap_or(self.shared.fallback_partition);
        Location { partition, account_id, region }
    }

    /// Returns a handle to this mock for the given account and region.
    pub(crate) fn at(&self, location: &Location) -> Self {
        if *location == self.caller.location {
            return self.clone();
        }
        let permissions = self.caller.permissions.clone();
        self.with_caller(caller(location.clone(), DEFAULT_USER, permissions))
    }

    fn with_caller(&self, caller: Caller) -> Self {
        Self { shared: Arc::clone(&self.shared), caller: Arc::new(caller) }
    }

    /// Returns a handle to this mock whose caller is the owner of the access key. If the key was
    /// neither issued by the mock nor registered with [`add_access_key`](Self::add_access_key),
    /// returns the same handle as [`at`](Self::at).
    pub(crate) fn by(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        service: Service,
        location: &Location,
    ) -> Result<Self, BadSession> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        if let Some(session) = token.and_then(Session::of_token) {
            session.check(access_key_id, now)?;
            if service == Service::Iam && session.is_barred_from_iam() {
                return Err(BadSession::Invalid);
            }
            return Ok(self.with_caller(session.caller(&state.world, location)));
        }
        if let Some(Holder { user_name, permissions }) = state.keys.get(access_key_id).cloned() {
            return Ok(self.with_caller(caller(location.clone(), &user_name, permissions)));
        }
        match iam::key_holder(&state.world, access_key_id, location) {
            Some(KeyHolder::User(caller)) => {
                let Location { partition: _, account_id, region } = &caller.location;
                let at = (now, service, region.as_str());
                iam::record_use(&mut state.world, (account_id, access_key_id), at);
                Ok(self.with_caller(caller))
            }
            Some(KeyHolder::Invalid) => Err(BadSession::Invalid),
            None => {
                drop(state);
                Ok(self.at(location))
            }
        }
    }

    /// Returns a handle to this mock whose caller is the principal that requested the token.
    pub(crate) fn with_token(&self, token: &Token, location: Location) -> Self {
        let state = self.lock();
        let caller = if token.user_id == DEFAULT_USER_ID {
            let user = token.user_name().unwrap_or(DEFAULT_USER);
            let holder = state.keys.values().find(|holder| holder.user_name == user);
            let permissions = holder.map_or(&self.caller.permissions, |holder| &holder.permissions);
            caller(location, user, permissions.clone())
        } else {
            token.principal(&state.world, location)
        };
        self.with_caller(caller)
    }

    /// Reads the ECR state of an account and region without making a call.
    pub(crate) fn in_ecr<T>(
        &self,
        location: &Location,
        read: impl FnOnce(&ecr::State) -> Option<T>,
    ) -> Option<T> {
        self.lock().world.ecr_of(location).and_then(read)
    }

    /// Returns a handle to this mock whose caller has only the permissions that these policies
    /// grant; see [`access`](crate::access).
    ///
    /// The policies apply to everything done through the returned handle: its calls, its
    /// [`providers`](Self::providers), SDK clients that use it, and servers that serve it.
    ///
    /// ```
    /// use infra_core::policy::PolicyDocument;
    /// use infra_mock::{MockAws, ecs};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let policy = r#"{"Version": "2012-10-17", "Statement": {
    ///     "Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}}"#;
    /// let mock = MockAws::new().with_policies([PolicyDocument::parse(policy)?])?;
    ///
    /// assert!(mock.call(ecs::DescribeClustersRequest::default()).is_ok());
    /// let refusal = mock.call(ecs::ListClustersRequest::default()).unwrap_err();
    /// assert_eq!(
    ///     refusal.to_string(),
    ///     "AccessDeniedException: User: arn:aws:iam::123456789012:user/mock is not authorized to perform: \
    ///      ecs:ListClusters on resource: * because no identity-based policy allows the ecs:ListClusters action"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error if IAM would not accept a policy as an identity-based policy, or if the
    /// mock cannot evaluate it.
    pub fn with_policies(
        &self,
        policies: impl IntoIterator<Item = PolicyDocument>,
    ) -> Result<Self, UnusablePolicy> {
        let permissions = Permissions::of(policies)?;
        Ok(self.with_caller(Caller { permissions, ..(*self.caller).clone() }))
    }

    /// Registers an access key for a user who has only the permissions that these policies grant.
    /// HTTP requests signed with this key count as calls by that user. Requests signed with an
    /// unknown key count as calls by the handle's caller. The secret key is not checked.
    ///
    /// # Errors
    /// Returns the same errors as [`with_policies`](Self::with_policies).
    pub fn add_access_key(
        &self,
        access_key_id: &str,
        user_name: &str,
        policies: impl IntoIterator<Item = PolicyDocument>,
    ) -> Result<(), UnusablePolicy> {
        let permissions = Permissions::of(policies)?;
        let holder = Holder { user_name: user_name.to_owned(), permissions };
        self.lock().keys.insert(access_key_id.to_owned(), holder);
        Ok(())
    }

    /// Returns the caller and its location.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Returns providers that call this mock.
    pub fn providers(&self) -> Providers {
        Providers::from_one(self.caller.location.region.clone(), MockProviders::new(self.clone()))
    }

    /// Returns providers that call this mock through an [interceptor](crate::interceptor).
    pub fn intercepted_by(&self, interceptor: Arc<dyn Interceptor>) -> Providers {
        let providers = MockProviders::intercepted(self.clone(), interceptor);
        Providers::from_one(self.caller.location.region.clone(), providers)
    }

    /// Makes a call without applying [faults](crate::faults).
    ///
    /// # Errors
    /// Returns the error that AWS would return. The world is unchanged, except for side effects
    /// that also occur in AWS.
    pub fn call<O: Operation>(&self, operation: O) -> ApiResult<O::Output> {
        self.carry_out(operation, &Delivery::default())
    }

    /// Makes a call to which [faults](crate::faults) apply, like a call through
    /// [`providers`](Self::providers). Returns `None` if the connection breaks before the response
    /// arrives.
    pub async fn send<O: Operation>(&self, operation: O) -> Option<ApiResult<O::Output>> {
        let delivery = self.delivery(OperationId::of::<O>());
        self.send_with(delivery, operation, |_| ()).await
    }

    /// Makes a call like [`send`](Self::send), but with the given delivery. Once the operation has
    /// run, `executed` is called with `true` if it succeeded, and otherwise with `false`.
    pub(crate) async fn send_with<O: Operation>(
        &self,
        delivery: Delivery,
        operation: O,
        executed: impl FnOnce(bool) + Send,
    ) -> Option<ApiResult<O::Output>> {
        let id = OperationId::of::<O>();
        let delivery = match self.deliver_request(delivery, id, &|| json(&operation.view())).await {
            Ok(delivery) => delivery,
            Err(stopped) => return stopped.into_answer(),
        };
        let result = self.carry_out(operation, &delivery);
        executed(result.is_ok());
        match self.deliver_response(delivery).await {
            Ok(()) => Some(result),
            Err(stopped) => stopped.into_answer(),
        }
    }

    /// Executes a delivered call.
    pub(crate) fn carry_out<O: Operation>(
        &self,
        operation: O,
        delivery: &Delivery,
    ) -> ApiResult<O::Output> {
        let mut execution = Execution { operation, output: None };
        self.execute(OperationId::of::<O>(), &mut execution, delivery)?;
        Ok(execution.output.expect("a call that succeeds has an output"))
    }

    /// Executes a delivered call. If the delivery hides the change from reads, the previous state
    /// is kept so that reads return it.
    fn execute(
        &self,
        id: OperationId,
        execution: &mut dyn Execute,
        delivery: &Delivery,
    ) -> ApiResult<()> {
        let now = self.shared.clock.now();
        let mut state = self.lock_at(now);
        let State { world, persistence, replicas, .. } = &mut *state;
        let OperationId { service, name, changes } = id;
        let request = execution.view();
        let located = match service {
            Service::Ecr => ecr::access::located(&self.caller, &request),
            _ => None,
        };
        let caller = located.as_ref().unwrap_or(&self.caller);
        let recorded = self.shared.has_journal.then(|| {
            let without_request = JournalEntry {
                at: now,
                service: service.id().into(),
                operation: name.into(),
                changes,
                request: serde_json::Value::Null,
                refused: None,
                fault: delivery.fault().map(Into::into),
            };
            Recorded::new(without_request, json(&request))
        });
        let violation = violation(id, execution.shape(), &request);
        drop(request);
        let place = &caller.location;
        let refusal = execution.refusal(&Call { caller, now, world: &mut *world });
        if let Some(refusal) = refusal {
            let result = Err(refusal);
            self.record_result(state, recorded, &result);
            return result;
        }
        if !changes && let Some(mut seen) = replicas.seen(service, place, now, world) {
            let mut call = Call { caller, now, world: &mut seen };
            let result = execution.perform(violation, &mut call);
            self.record_result(state, recorded, &result);
            return result;
        }
        // If the snapshot cannot be written, the change is undone, so that the file always matches
        // the world.
        let may_need_it = changes && (persistence.follows_changes() || delivery.stale.is_some());
        let before = may_need_it.then(|| world.clone());
        let mut call = Call { caller, now, world };
        let mut result = execution.perform(violation, &mut call);
        world.forget_if_empty(place);
        // In AWS, a rejected call can have side effects, so compare the states instead of checking
        // the result.
        if let Some(before) = before
            && *world != before
        {
            if let Err(error) = persistence.changed(world) {
                *world = before;
                result = Err(ApiError::new("InternalFailure", error.to_string()).with_status(500));
            } else if let Some(time) = delivery.stale {
                replicas.keep(service, place, before, now, time);
            }
        }
        self.record_result(state, recorded, &result);
        result
    }

    /// Returns the faults for the next call to an operation.
    pub(crate) fn delivery(&self, call: OperationId) -> Delivery {
        self.lock().faults.delivery(call)
    }

    /// Waits until a call hangs because of [`Fault::Hang`](crate::faults::Fault::Hang). Calls that
    /// are already hanging count too, but each call is reported only once.
    pub async fn until_hung(&self) {
        // The semaphore is never closed.
        if let Ok(hung) = self.shared.hung.acquire().await {
            hung.forget();
        }
    }

    /// Lets all hanging calls continue. If an operation has not been executed yet, it is executed
    /// now, and the journal gets a second entry for the call.
    pub fn release_hung(&self) {
        self.shared.released.notify_waiters();
    }

    /// Changes the world directly. This can create resources that no operation of the mock can
    /// create, such as container instances.
    ///
    /// # Errors
    /// Returns an error if the snapshot file cannot be written. The world is changed anyway.
    pub fn with_world<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> Result<T, SnapshotError> {
        let now = self.shared.clock.now();
        let mut state = self.lock_at(now);
        let State { world, scripts, persistence, .. } = &mut *state;
        let result = act(&mut Call { caller: &self.caller, now, world });
        ecs::settle(world, scripts, now);
        persistence.changed(world)?;
        Ok(result)
    }

    /// Returns a copy of the whole state.
    pub fn world(&self) -> World {
        self.lock_at(self.shared.clock.now()).world.clone()
    }

    /// Sets the behavior of all containers with this name, in every task definition, account and
    /// region. Tasks that have already started are not affected. A container that has no script
    /// runs until it is stopped.
    ///
    /// ```
    /// use infra_mock::MockAws;
    /// use infra_mock::ecs::Script;
    ///
    /// let mock = MockAws::new();
    /// mock.on_container("migrate", Script::exits(1).prints("cannot connect to the database"));
    /// ```
    pub fn on_container(&self, name: &str, script: ecs::Script) {
        self.lock().scripts.set(name, script);
    }

    /// Returns the recorded calls in order, including rejected ones. The journal keeps the last
    /// 100,000 calls, or fewer if their requests are large.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.lock().journal.entries()
    }

    /// Returns the recorded calls and clears the journal.
    pub fn take_journal(&self) -> Vec<JournalEntry> {
        std::mem::take(&mut self.lock().journal).entries()
    }

    /// Returns the journal's requests for one operation, in order, including those of rejected
    /// calls.
    ///
    /// ```
    /// use infra_mock::MockAws;
    /// use infra_mock::logs::{CreateLogGroupRequest, DeleteLogGroupRequest};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockAws::new();
    /// let log_group_name = Some("/shop".to_owned());
    /// mock.call(CreateLogGroupRequest { log_group_name, ..Default::default() })?;
    ///
    /// let created = mock.requests::<CreateLogGroupRequest>();
    /// assert_eq!(created.len(), 1);
    /// assert_eq!(created[0].log_group_name.as_deref(), Some("/shop"));
    /// assert_eq!(mock.requests::<DeleteLogGroupRequest>(), []);
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests<O: Operation>(&self) -> Vec<O> {
        self.lock().journal.calls().filter_map(Recorded::request).collect()
    }

    /// Returns the number of calls per operation. The keys have the form `service:Operation`.
    pub fn call_counts(&self) -> std::collections::BTreeMap<String, usize> {
        let mut counts = std::collections::BTreeMap::new();
        for call in self.lock().journal.calls() {
            let JournalEntry { service, operation, .. } = call.without_request();
            *counts.entry(format!("{service}:{operation}")).or_default() += 1;
        }
        counts
    }

    /// Deletes all resources and clears the journal. Fault rules are kept, and their call counts
    /// start again at zero.
    ///
    /// # Errors
    /// Returns an error if the snapshot file cannot be written.
    pub fn reset(&self) -> Result<(), SnapshotError> {
        let mut state = self.lock();
        let State {
            world,
            journal,
            persistence,
            faults,
            replicas,
            scripts: _,
            keys: _,
            request_ids: _,
        } = &mut *state;
        world.reset();
        *journal = Journal::default();
        faults.restart();
        replicas.clear();
        persistence.changed(world)
    }

    /// Returns the id of the next HTTP request.
    pub(crate) fn next_request_id(&self) -> String {
        self.lock().request_ids.uuid()
    }

    /// Records an HTTP request that was rejected before it reached an operation.
    pub(crate) fn record_refused(&self, service: &str, operation: &str, changes: bool, code: &str) {
        self.journalize_refused(service, operation, changes, code);
        let panics = self.shared.panics && code == crate::wire::NOT_IMPLEMENTED;
        assert!(!panics, "infra-mock does not implement {service}:{operation}");
    }

    fn journalize_refused(&self, service: &str, operation: &str, changes: bool, code: &str) {
        if !self.shared.has_journal {
            return;
        }
        // Clients can send names of any length; AWS's own names have fewer than 100 characters.
        let short = |name: &str| Cow::Owned(name.chars().take(128).collect());
        let entry = JournalEntry {
            at: self.shared.clock.now(),
            service: short(service),
            operation: short(operation),
            changes,
            request: serde_json::Value::Null,
            refused: Some(code.to_owned()),
            fault: None,
        };
        self.record(self.lock(), Recorded::new(entry, "null".to_owned()));
    }

    /// Records a call that was not executed because of a fault.
    pub(crate) fn record_stopped(
        &self,
        call: OperationId,
        request: String,
        refused: Option<String>,
        fault: Option<&'static str>,
    ) {
        if !self.shared.has_journal {
            return;
        }
        let OperationId { service, name, changes } = call;
        let entry = JournalEntry {
            at: self.shared.clock.now(),
            service: service.id().into(),
            operation: name.into(),
            changes,
            request: serde_json::Value::Null,
            refused,
            fault: fault.map(Into::into),
        };
        self.record(self.lock(), Recorded::new(entry, request));
    }

    /// Reports a hanging call.
    pub(crate) fn count_hung(&self) {
        self.shared.hung.add_permits(1);
    }

    /// Waits for [`release_hung`](Self::release_hung).
    pub(crate) fn released(&self) -> Notified<'_> {
        self.shared.released.notified()
    }

    fn record_result(
        &self,
        state: MutexGuard<'_, State>,
        recorded: Option<Recorded>,
        result: &ApiResult<()>,
    ) {
        if let Some(recorded) = recorded {
            let refused = result.as_ref().err().map(|error| error.code.to_string());
            self.record(state, recorded.refused(refused));
        }
    }

    fn record(&self, mut state: MutexGuard<'_, State>, recorded: Recorded) {
        match &self.shared.observer {
            None => state.journal.push(recorded),
            Some(Observer(tell)) => {
                let entry = recorded.entry();
                state.journal.push(recorded);
                // The state must be unlocked because the observer may call the mock.
                drop(state);
                tell(&entry);
            }
        }
    }

    /// Locks the state and applies all changes that are due by now.
    fn lock_at(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        let State { world, scripts, persistence, .. } = &mut *state;
        if ecs::settle(world, scripts, now) {
            // If the file cannot be written, the next change reports the error. Until then, the
            // file contains an earlier state; a mock that loads it applies the due changes again.
            let _ = persistence.changed(world);
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // If a test's closure panics, the world is still usable.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is executed at most once.
struct Execution<O: Operation> {
    operation: O,
    output: Option<O::Output>,
}

/// A call to any operation. Because [`MockAws::execute`] takes this trait object, it is compiled
/// once, not once per operation.
trait Execute {
    fn view(&self) -> View<'_>;

    fn shape(&self) -> &'static Shape;

    /// Returns the access-denied error, or `None` if the call is allowed.
    fn refusal(&self, call: &Call<'_>) -> Option<ApiError>;

    /// Executes the operation, unless the request violates the model, and keeps its output.
    fn perform(&mut self, violation: Option<ApiError>, call: &mut Call<'_>) -> ApiResult<()>;
}

impl<O: Operation> Execute for Execution<O> {
    fn view(&self) -> View<'_> {
        self.operation.view()
    }

    fn shape(&self) -> &'static Shape {
        O::shape()
    }

    fn refusal(&self, call: &Call<'_>) -> Option<ApiError> {
        access::refusal(O::SERVICE, &self.operation, call)
    }

    fn perform(&mut self, violation: Option<ApiError>, call: &mut Call<'_>) -> ApiResult<()> {
        self.output = Some(api::run(std::mem::take(&mut self.operation), violation, call)?);
        Ok(())
    }
}

/// Returns a request as JSON text.
pub(crate) fn json(request: &View<'_>) -> String {
    serde_json::to_string(request).unwrap_or_default()
}

/// Converts an operation to the type that the provider traits use.
pub(crate) fn named(
    service: Service,
    name: &'static str,
    changes: bool,
) -> infra_core::operation::Operation {
    if changes {
        infra_core::operation::Operation::write(service.id(), name)
    } else {
        infra_core::operation::Operation::read(service.id(), name)
    }
}
