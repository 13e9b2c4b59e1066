//! The configuration of a new mock.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use infra_core::arn::{AccountId, Location, Partition, Region};
use tokio::sync::{Notify, Semaphore};

use crate::access::Permissions;
use crate::api::{Lag, World};
use crate::ecs::Scripts;
use crate::faults::{Faults, Replicas, Rule};
use crate::ids::Ids;
use crate::snapshot::{SnapshotError, SnapshotFile};
use crate::time::{Clock, SystemClock};

use super::journal::{Journal, JournalEntry};
use super::{DEFAULT_ACCOUNT, DEFAULT_USER, MockAws, Observer, Persistence, Shared, State, caller};

/// Configures a new mock.
#[derive(Debug)]
pub struct MockBuilder {
    seed: u64,
    lag: Lag,
    clock: Arc<dyn Clock>,
    region: Region,
    partition: Partition,
    account_id: AccountId,
    persistence: Persistence,
    world: Option<World>,
    has_journal: bool,
    rules: Vec<Rule>,
    observer: Option<Observer>,
    panics: bool,
}

impl Default for MockBuilder {
    fn default() -> Self {
        Self {
            seed: 0,
            lag: Lag::default(),
            clock: Arc::new(SystemClock),
            region: "us-east-1".parse().expect("us-east-1 is a region"),
            partition: Partition::Aws,
            account_id: DEFAULT_ACCOUNT.parse().expect("the default account id has twelve digits"),
            persistence: Persistence::Nowhere,
            world: None,
            has_journal: true,
            rules: Vec::new(),
            observer: None,
            panics: false,
        }
    }
}

impl MockBuilder {
    /// Sets the seed for ids and random faults.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how long changes take to become effective.
    pub fn lag(mut self, lag: Lag) -> Self {
        self.lag = lag;
        self
    }

    /// Sets the clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the caller's region.
    pub fn region(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// Sets the partition for regions that match no partition's pattern. The default is `aws`.
    pub fn partition(mut self, partition: Partition) -> Self {
        self.partition = partition;
        self
    }

    /// Sets the account of the caller.
    pub fn account(mut self, account_id: AccountId) -> Self {
        self.account_id = account_id;
        self
    }

    /// Starts with this world, but uses the builder's lag.
    pub fn world(mut self, world: World) -> Self {
        self.world = Some(world);
        self
    }

    /// Disables the journal and the observer, for simulations that repeat a run many times.
    pub fn without_journal(mut self) -> Self {
        self.has_journal = false;
        self
    }

    /// Starts with the content of a snapshot file, and saves every change to it.
    ///
    /// # Errors
    /// Returns an error if the file is damaged, was written by a newer version, is in use, or
    /// cannot be read or written. The file is not changed.
    pub fn file(mut self, path: &Path) -> Result<Self, SnapshotError> {
        let (file, world) = SnapshotFile::open(path)?;
        self.persistence = Persistence::EachChange(file);
        self.world = world;
        Ok(self)
    }

    /// Starts with the content of a snapshot file, and saves to it when [`MockAws::save`] is
    /// called.
    ///
    /// # Errors
    /// Returns the same errors as [`file`](Self::file).
    pub fn file_on_request(mut self, path: &Path) -> Result<Self, SnapshotError> {
        let (file, world) = SnapshotFile::open(path)?;
        self.persistence = Persistence::OnRequest(file);
        self.world = world;
        Ok(self)
    }

    /// Adds a [fault](crate::faults) rule after the existing ones.
    pub fn fault(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Sets a callback that runs after each call has been recorded. The call waits for the
    /// callback.
    pub fn observer(mut self, observer: impl Fn(&JournalEntry) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer(Box::new(observer)));
        self
    }

    /// Makes the mock panic when it receives a request for an operation that it does not implement,
    /// so that a test stops at that call. The request is still recorded in the journal. By default,
    /// the mock responds with status 501 and the code `NotImplemented`.
    ///
    /// ```should_panic
    /// use infra_mock::MockAws;
    /// use infra_mock::wire::Request;
    ///
    /// let mock = MockAws::builder().panic_if_not_implemented().build();
    /// let signature = "AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/s3/aws4_request";
    /// let headers = vec![("authorization", signature)];
    /// mock.answer(&Request { method: "GET", target: "/bucket", headers, body: b"" });
    /// ```
    pub fn panic_if_not_implemented(mut self) -> Self {
        self.panics = true;
        self
    }

    /// Creates the mock.
    pub fn build(self) -> MockAws {
        let Self {
            seed,
            lag,
            clock,
            region,
            partition: fallback_partition,
            account_id,
            persistence,
            world,
            has_journal,
            rules,
            observer,
            panics,
        } = self;
        let mut world = world.unwrap_or_else(|| World::new(seed));
        world.lag = lag;
        let partition = region.partition().unwrap_or(fallback_partition);
        let location = Location { partition, account_id, region };
        let request_ids = Ids::new(!seed);
        let mut faults = Faults::new(seed);
        for rule in rules {
            faults.add(rule);
        }
        let state = Mutex::new(State {
            world,
            journal: Journal::default(),
            persistence,
            faults,
            replicas: Replicas::default(),
            scripts: Scripts::default(),
            keys: BTreeMap::new(),
            request_ids,
        });
        let (hung, released) = (Semaphore::new(0), Notify::new());
        let shared = Shared {
            clock,
            has_journal,
            observer,
            panics,
            fallback_partition,
            hung,
            released,
            state,
        };
        let caller = caller(location, DEFAULT_USER, Permissions::default());
        MockAws { shared: Arc::new(shared), caller: Arc::new(caller) }
    }
}
