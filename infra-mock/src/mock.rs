//! The mock as its users hold it: a world, a clock, who calls, and a journal of every call.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use infra_core::arn::{AccountId, Location, Region};
use infra_core::provider::Providers;
use serde::Serialize;

use crate::api::{ApiError, ApiResult, Call, Caller, Lag, Operation, Service, World};
use crate::door::Door;
use crate::ids::Ids;
use crate::snapshot::{SnapshotError, SnapshotFile};
use crate::time::{Clock, SystemClock, Timestamp};

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
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    world: World,
    journal: VecDeque<JournalEntry>,
    file: Option<SnapshotFile>,
    /// The ids of requests are drawn apart from those of resources, which so come out the same behind
    /// every door.
    request_ids: Ids,
}

/// One call that the mock was asked to make.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalEntry {
    /// When.
    pub at: Timestamp,
    /// The service, as IAM actions spell it.
    pub service: Cow<'static, str>,
    /// The operation, or what a request over HTTP called for that the mock does not have.
    pub operation: Cow<'static, str>,
    /// Whether the operation changes something.
    pub changes: bool,
    /// The request, in the form of its service; null where it could not be read.
    pub request: serde_json::Value,
    /// The code that it was refused with.
    pub refused: Option<String>,
}

/// What a mock starts with.
#[derive(Debug)]
pub struct MockBuilder {
    seed: u64,
    lag: Lag,
    clock: Arc<dyn Clock>,
    region: Region,
    account_id: AccountId,
    file: Option<SnapshotFile>,
    world: Option<World>,
}

impl Default for MockBuilder {
    fn default() -> Self {
        Self {
            seed: 0,
            lag: Lag::default(),
            clock: Arc::new(SystemClock),
            region: "us-east-1".parse().expect("us-east-1 is a region"),
            account_id: DEFAULT_ACCOUNT.parse().expect("the default account is twelve digits"),
            file: None,
            world: None,
        }
    }
}

impl MockBuilder {
    /// The seed that ids follow from.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How slowly changes settle.
    pub fn lag(mut self, lag: Lag) -> Self {
        self.lag = lag;
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The region of the caller.
    pub fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// The account of the caller.
    pub fn account(mut self, account_id: AccountId) -> Self {
        self.account_id = account_id;
        self
    }

    /// Starts from a snapshot file, and saves to it after every change.
    ///
    /// # Errors
    /// The file is damaged, newer than this crate, in use, or cannot be read or written; it is left as it
    /// is.
    pub fn file(mut self, path: &Path) -> Result<Self, SnapshotError> {
        let (file, world) = SnapshotFile::open(path)?;
        self.file = Some(file);
        self.world = world;
        Ok(self)
    }

    /// The mock.
    pub fn build(self) -> MockAws {
        let Self { seed, lag, clock, region, account_id, file, world } = self;
        let mut world = world.unwrap_or_else(|| World::new(seed));
        world.lag = lag;
        let location = Location { partition: region.partition(), account_id, region };
        let request_ids = Ids::new(!seed);
        let state = Mutex::new(State { world, journal: VecDeque::new(), file, request_ids });
        MockAws { shared: Arc::new(Shared { clock, state }), caller: caller(location) }
    }
}

fn caller(location: Location) -> Caller {
    Caller {
        arn: location.global_arn("iam", "user/mock").to_string(),
        // The form of a user's unique id; it names nobody.
        user_id: "AIDAMOCKAWSMOCKAWSMOC".to_owned(),
        location,
    }
}

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
        self.at(Location { partition: region.partition(), account_id, region })
    }

    /// The same AWS, called in that account and region.
    pub(crate) fn at(&self, location: Location) -> Self {
        Self { shared: Arc::clone(&self.shared), caller: caller(location) }
    }

    /// Who calls, and where.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The provider traits, on this mock.
    pub fn providers(&self) -> Providers {
        Providers::from_one(self.caller.location.region.clone(), Door::new(self.clone()))
    }

    /// Makes one call.
    ///
    /// # Errors
    /// What AWS answers in this state; the world is then as it was.
    pub fn call<O: Operation>(&self, operation: O) -> ApiResult<O::Output> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        let State { world, journal, file, request_ids: _ } = &mut *state;
        let mut entry = JournalEntry {
            at: now,
            service: O::SERVICE.id().into(),
            operation: O::NAME.into(),
            changes: O::CHANGES,
            request: serde_json::to_value(&operation).unwrap_or_default(),
            refused: None,
        };
        // A snapshot that cannot be written undoes the change, so that file and world never part.
        let before = (O::CHANGES && file.is_some()).then(|| world.clone());
        let mut call = Call { caller: &self.caller, now, world };
        let mut result = operation.run(&mut call);
        world.forget_if_empty(&self.caller.location);
        // A refused call can leave something behind, as on AWS, so the result does not decide.
        if let (Some(before), Some(file)) = (before, file)
            && *world != before
            && let Err(error) = file.save(world)
        {
            *world = before;
            result = Err(ApiError::new("InternalFailure", error.to_string()).with_status(500));
        }
        entry.refused = result.as_ref().err().map(|error| error.code.to_string());
        record(journal, entry);
        result
    }

    /// Does with the world what no operation does, such as putting in a running service.
    ///
    /// # Errors
    /// The snapshot file could not be written; the world has changed all the same.
    pub fn with_world<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> Result<T, SnapshotError> {
        let now = self.shared.clock.now();
        let mut state = self.lock();
        let State { world, journal: _, file, request_ids: _ } = &mut *state;
        let result = act(&mut Call { caller: &self.caller, now, world });
        if let Some(file) = file {
            file.save(world)?;
        }
        Ok(result)
    }

    /// A copy of everything there is.
    pub fn world(&self) -> World {
        self.lock().world.clone()
    }

    /// Every call so far, refused ones included, in order; of a long run the last 100,000.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.lock().journal.iter().cloned().collect()
    }

    /// Takes the journal and starts a new one.
    pub fn take_journal(&self) -> Vec<JournalEntry> {
        std::mem::take(&mut self.lock().journal).into()
    }

    /// How many calls of each operation there were, as `service:Operation`.
    pub fn call_counts(&self) -> std::collections::BTreeMap<String, usize> {
        let mut counts = std::collections::BTreeMap::new();
        for entry in &self.lock().journal {
            *counts.entry(format!("{}:{}", entry.service, entry.operation)).or_default() += 1;
        }
        counts
    }

    /// Forgets every resource and the journal.
    ///
    /// # Errors
    /// The snapshot file could not be written.
    pub fn reset(&self) -> Result<(), SnapshotError> {
        let mut state = self.lock();
        let State { world, journal, file, request_ids: _ } = &mut *state;
        world.reset();
        journal.clear();
        if let Some(file) = file {
            file.save(world)?;
        }
        Ok(())
    }

    /// The id of the next request that comes over HTTP.
    pub(crate) fn next_request_id(&self) -> String {
        self.lock().request_ids.uuid()
    }

    /// Puts a request into the journal that was refused before it came to a call.
    pub(crate) fn record_refused(&self, service: &str, operation: &str, changes: bool, code: &str) {
        // Names come from outside; the longest of AWS has less than a hundred letters.
        let short = |name: &str| Cow::Owned(name.chars().take(128).collect());
        let entry = JournalEntry {
            at: self.shared.clock.now(),
            service: short(service),
            operation: short(operation),
            changes,
            request: serde_json::Value::Null,
            refused: Some(code.to_owned()),
        };
        record(&mut self.lock().journal, entry);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic of a test's own closure leaves a world that is as good as any.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many calls a journal keeps, so that a mock that runs for days stays small.
const JOURNAL_KEPT: usize = 100_000;

fn record(journal: &mut VecDeque<JournalEntry>, entry: JournalEntry) {
    if journal.len() == JOURNAL_KEPT {
        journal.pop_front();
    }
    journal.push_back(entry);
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
