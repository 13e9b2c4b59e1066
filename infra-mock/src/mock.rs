//! The mock as its users hold it: a world, a clock, who calls, and a journal of every call.

mod builder;
mod control;
mod journal;
mod keeping;

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

use journal::Journal;
use keeping::Keeping;

use crate::access::{self, Permissions, UnusablePolicy};
use crate::api::{
    ApiError, ApiResult, Call, Caller, Operation, OperationId, Service, World, perform,
};
use crate::faults::{Delivery, Faults, Replicas};
use crate::ids::Ids;
use crate::interceptor::Interceptor;
use crate::providers::AccessPath;
use crate::snapshot::SnapshotError;
use crate::time::Clock;

/// The account that a mock is in where nobody says otherwise.
pub const DEFAULT_ACCOUNT: &str = "123456789012";

/// A mock AWS. `Clone` shares the world, the clock and the journal.
///
/// ```
/// use infra_core::error::OrAbsent;
/// use infra_mock::MockAws;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockAws::new();
/// let providers = mock.providers();
/// let cluster = providers.clusters().describe_cluster(&"shop-dev-cluster".parse()?).await;
/// assert_eq!(cluster.or_absent()?, None);
/// assert_eq!(mock.journal()[0].operation, "DescribeClusters");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MockAws {
    shared: Arc<Shared>,
    caller: Caller,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    has_journal: bool,
    observer: Option<Observer>,
    /// The partition of regions that match the pattern of none.
    fallback_partition: Partition,
    /// A permit for each call that hangs and was not yet asked for.
    hung: Semaphore,
    /// Tells the calls that hang that they may go on.
    released: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    world: World,
    journal: Journal,
    keeping: Keeping,
    faults: Faults,
    replicas: Replicas,
    /// Who calls with an access key, by its id.
    keys: BTreeMap<String, Holder>,
    /// The ids of requests are drawn apart from those of resources, which so come out the same behind
    /// every access path.
    request_ids: Ids,
}

/// Whose an access key is.
#[derive(Clone, Debug)]
struct Holder {
    user_name: String,
    permissions: Permissions,
}

/// Who is told of every call.
struct Observer(Box<dyn Fn(&JournalEntry) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

fn caller(location: Location, user_name: &str, permissions: Permissions) -> Caller {
    Caller {
        arn: location.global_arn("iam", format!("user/{user_name}")).to_string(),
        // The form of a user's unique id; it names nobody.
        user_id: "AIDAMOCKAWSMOCKAWSMOC".to_owned(),
        permissions,
        location,
    }
}

/// The user who calls where nobody says otherwise.
const DEFAULT_USER: &str = "mock";

impl Default for MockAws {
    fn default() -> Self {
        MockBuilder::default().build()
    }
}

impl MockAws {
    /// An empty AWS in us-east-1, on the machine's clock, that settles at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// A mock with other beginnings.
    pub fn builder() -> MockBuilder {
        MockBuilder::default()
    }

    /// A mock that starts from a snapshot file, and saves to it after every change.
    ///
    /// # Errors
    /// As [`MockBuilder::file`].
    pub fn open_file(path: &Path, region: Region) -> Result<Self, SnapshotError> {
        Ok(Self::builder().region(region).file(path)?.build())
    }

    /// The same AWS, called in another region.
    pub fn in_region(&self, region: Region) -> Self {
        let account_id = self.caller.location.account_id.clone();
        self.at(self.location(account_id, region))
    }

    /// That account and region, in the region's partition or, where it matches none, in the mock's own.
    pub(crate) fn location(&self, account_id: AccountId, region: Region) -> Location {
        let partition = region.partition().unwrap_or(self.shared.fallback_partition);
        Location { partition, account_id, region }
    }

    /// The same AWS, called in that account and region.
    pub(crate) fn at(&self, location: Location) -> Self {
        let permissions = self.caller.permissions.clone();
        let caller = caller(location, DEFAULT_USER, permissions);
        Self { shared: Arc::clone(&self.shared), caller }
    }

    /// The same AWS, called in that account and region by whoever holds the access key.
    pub(crate) fn by(&self, access_key_id: &str, location: Location) -> Self {
        let holder = self.lock().keys.get(access_key_id).cloned();
        let Some(Holder { user_name, permissions }) = holder else { return self.at(location) };
        let caller = caller(location, &user_name, permissions);
        Self { shared: Arc::clone(&self.shared), caller }
    }

    /// The same AWS, called by somebody who may do what these policies together allow; see
    /// [`access`](crate::access).
    ///
    /// It holds for what is done through the handle that this gives: its calls, its
    /// [`providers`](Self::providers), SDK clients on it, and a server that serves it.
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
    /// IAM would not take a policy for an identity, or the mock cannot evaluate it.
    pub fn with_policies(
        &self,
        policies: impl IntoIterator<Item = PolicyDocument>,
    ) -> Result<Self, UnusablePolicy> {
        let mut other = self.clone();
        other.caller.permissions = Permissions::of(policies)?;
        Ok(other)
    }

    /// Gives an access key to a user, who may do what these policies together allow. Requests over HTTP that are
    /// signed with it are this user's; those with any other key stay the handle's own caller's. The secret key is
    /// not checked.
    ///
    /// # Errors
    /// As [`with_policies`](Self::with_policies).
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

    /// Who calls, and where.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The provider traits, on this mock.
    pub fn providers(&self) -> Providers {
        Providers::from_one(self.caller.location.region.clone(), AccessPath::new(self.clone()))
    }

    /// The provider traits, on this mock, each call of which a [interceptor](crate::interceptor) decides on.
    pub fn directed_by(&self, interceptor: Arc<dyn Interceptor>) -> Providers {
        let access_path = AccessPath::directed(self.clone(), interceptor);
        Providers::from_one(self.caller.location.region.clone(), access_path)
    }

    /// Makes one call, past the [faults](crate::faults) that access paths have.
    ///
    /// # Errors
    /// What AWS answers in this state; the world is then as it was.
    pub fn call<O: Operation>(&self, operation: O) -> ApiResult<O::Output> {
        self.carry_out(operation, &Delivery::default())
    }

    /// Makes one call as the access paths do, through the [faults](crate::faults) of its way to the mock and back; nothing
    /// where the connection breaks before the answer comes.
    pub async fn send<O: Operation>(&self, operation: O) -> Option<ApiResult<O::Output>> {
        let delivery = self.delivery(OperationId::of::<O>());
        self.send_with(delivery, operation, |_| ()).await
    }

    /// The same with a delivery that is already known; `carried_out` is told whether the call was accepted.
    pub(crate) async fn send_with<O: Operation>(
        &self,
        delivery: Delivery,
        operation: O,
        carried_out: impl FnOnce(bool) + Send,
    ) -> Option<ApiResult<O::Output>> {
        let request = || serde_json::to_value(&operation).unwrap_or_default();
        let delivery = match self.bring_with(delivery, OperationId::of::<O>(), request).await {
            Ok(delivery) => delivery,
            Err(stopped) => return stopped.into_answer(),
        };
        let result = self.carry_out(operation, &delivery);
        carried_out(result.is_ok());
        match self.bring_back(delivery).await {
            Ok(()) => Some(result),
            Err(stopped) => stopped.into_answer(),
        }
    }

    /// Makes one call that has come through, and keeps what its delivery hides from others.
    pub(crate) fn carry_out<O: Operation>(
        &self,
        operation: O,
        delivery: &Delivery,
    ) -> ApiResult<O::Output> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        let State { world, keeping, replicas, .. } = &mut *state;
        let entry = self.shared.has_journal.then(|| JournalEntry {
            at: now,
            service: O::SERVICE.id().into(),
            operation: O::NAME.into(),
            changes: O::CHANGES,
            request: serde_json::Value::Null,
            refused: None,
            fault: delivery.fault().map(Into::into),
        });
        let request = serde_json::to_value(&operation).unwrap_or_default();
        let place = &self.caller.location;
        let refusal =
            access::refusal(&operation, &Call { caller: &self.caller, now, world: &mut *world });
        if let Some(refusal) = refusal {
            let result = Err(refusal);
            self.record_result(state, entry, request, &result);
            return result;
        }
        if !O::CHANGES
            && let Some(mut seen) = replicas.seen(O::SERVICE, place, now, world)
        {
            let mut call = Call { caller: &self.caller, now, world: &mut seen };
            let result = perform(operation, &request, &mut call);
            self.record_result(state, entry, request, &result);
            return result;
        }
        // A snapshot that cannot be written undoes the change, so that file and world never part.
        let may_need_it = O::CHANGES && (keeping.follows_changes() || delivery.stale.is_some());
        let before = may_need_it.then(|| world.clone());
        let mut call = Call { caller: &self.caller, now, world };
        let mut result = perform(operation, &request, &mut call);
        world.forget_if_empty(place);
        // A refused call can leave something behind, as on AWS, so the result does not decide.
        if let Some(before) = before
            && *world != before
        {
            if let Err(error) = keeping.changed(world) {
                *world = before;
                result = Err(ApiError::new("InternalFailure", error.to_string()).with_status(500));
            } else if let Some(time) = delivery.stale {
                replicas.keep(O::SERVICE, place, before, now, time);
            }
        }
        self.record_result(state, entry, request, &result);
        result
    }

    /// What happens to the next call of an operation on its way.
    pub(crate) fn delivery(&self, call: OperationId) -> Delivery {
        self.lock().faults.delivery(call)
    }

    /// Waits until a call has come to a [`Fault::Hang`](crate::faults::Fault::Hang), now or before; each
    /// such call is reported once.
    pub async fn until_hung(&self) {
        // The semaphore is never closed.
        if let Ok(hung) = self.shared.hung.acquire().await {
            hung.forget();
        }
    }

    /// Lets every call that hangs now go on, as if nothing had been: what hangs before it was carried out is
    /// carried out now, and so comes into the journal once more.
    pub fn release_hung(&self) {
        self.shared.released.notify_waiters();
    }

    /// Does with the world what no operation does, such as putting in a running service.
    ///
    /// # Errors
    /// The snapshot file could not be written; the world has changed all the same.
    pub fn with_world<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> Result<T, SnapshotError> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        let State { world, keeping, .. } = &mut *state;
        let result = act(&mut Call { caller: &self.caller, now, world });
        keeping.changed(world)?;
        Ok(result)
    }

    /// A copy of everything there is.
    pub fn world(&self) -> World {
        self.lock().world.clone()
    }

    /// Every call so far, refused ones included, in order; of a long run the last ones, which are 100,000 or fewer
    /// where they are large.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.lock().journal.entries().cloned().collect()
    }

    /// Takes the journal and starts a new one.
    pub fn take_journal(&self) -> Vec<JournalEntry> {
        std::mem::take(&mut self.lock().journal).into_entries()
    }

    /// How many calls of each operation there were, as `service:Operation`.
    pub fn call_counts(&self) -> std::collections::BTreeMap<String, usize> {
        let mut counts = std::collections::BTreeMap::new();
        for entry in self.lock().journal.entries() {
            *counts.entry(format!("{}:{}", entry.service, entry.operation)).or_default() += 1;
        }
        counts
    }

    /// Forgets every resource and the journal. Rules for faults stay, and begin to count anew.
    ///
    /// # Errors
    /// The snapshot file could not be written.
    pub fn reset(&self) -> Result<(), SnapshotError> {
        let mut state = self.lock();
        let State { world, journal, keeping, faults, replicas, keys: _, request_ids: _ } =
            &mut *state;
        world.reset();
        *journal = Journal::default();
        faults.restart();
        replicas.clear();
        keeping.changed(world)
    }

    /// The id of the next request that comes over HTTP.
    pub(crate) fn next_request_id(&self) -> String {
        self.lock().request_ids.uuid()
    }

    /// Puts a request into the journal that was refused before it came to a call.
    pub(crate) fn record_refused(&self, service: &str, operation: &str, changes: bool, code: &str) {
        if !self.shared.has_journal {
            return;
        }
        // Names come from outside; the longest of AWS has less than a hundred letters.
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
        self.record(self.lock(), entry);
    }

    /// Puts a call into the journal that a fault kept from being carried out.
    pub(crate) fn record_stopped(
        &self,
        call: OperationId,
        request: serde_json::Value,
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
            request,
            refused,
            fault: fault.map(Into::into),
        };
        self.record(self.lock(), entry);
    }

    /// A call hangs.
    pub(crate) fn count_hung(&self) {
        self.shared.hung.add_permits(1);
    }

    /// Waits for [`release_hung`](Self::release_hung).
    pub(crate) fn released(&self) -> Notified<'_> {
        self.shared.released.notified()
    }

    fn record_result<T>(
        &self,
        state: MutexGuard<'_, State>,
        entry: Option<JournalEntry>,
        request: serde_json::Value,
        result: &ApiResult<T>,
    ) {
        if let Some(entry) = entry {
            let refused = result.as_ref().err().map(|error| error.code.to_string());
            self.record(state, JournalEntry { request, refused, ..entry });
        }
    }

    fn record(&self, mut state: MutexGuard<'_, State>, entry: JournalEntry) {
        match &self.shared.observer {
            None => state.journal.push(entry),
            Some(Observer(tell)) => {
                state.journal.push(entry.clone());
                // It may call the mock.
                drop(state);
                tell(&entry);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic of a test's own closure leaves a world that is as good as any.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The operation as the provider traits name it.
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
