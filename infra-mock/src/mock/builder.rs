//! What a mock starts with.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use infra_core::arn::{AccountId, Location, Partition, Region};
use tokio::sync::{Notify, Semaphore};

use crate::access::Permissions;
use crate::api::{Lag, World};
use crate::faults::{Faults, Replicas, Rule};
use crate::ids::Ids;
use crate::snapshot::{SnapshotError, SnapshotFile};
use crate::time::{Clock, SystemClock};

use super::journal::{Journal, JournalEntry};
use super::{DEFAULT_ACCOUNT, DEFAULT_USER, Keeping, MockAws, Observer, Shared, State, caller};

/// What a mock starts with.
#[derive(Debug)]
pub struct MockBuilder {
    seed: u64,
    lag: Lag,
    clock: Arc<dyn Clock>,
    region: Region,
    partition: Partition,
    account_id: AccountId,
    keeping: Keeping,
    world: Option<World>,
    has_journal: bool,
    rules: Vec<Rule>,
    observer: Option<Observer>,
}

impl Default for MockBuilder {
    fn default() -> Self {
        Self {
            seed: 0,
            lag: Lag::default(),
            clock: Arc::new(SystemClock),
            region: "us-east-1".parse().expect("us-east-1 is a region"),
            partition: Partition::Aws,
            account_id: DEFAULT_ACCOUNT.parse().expect("the default account is twelve digits"),
            keeping: Keeping::Nowhere,
            world: None,
            has_journal: true,
            rules: Vec::new(),
            observer: None,
        }
    }
}

impl MockBuilder {
    /// The seed that ids and draws for faults follow from.
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

    /// The partition of regions that match the pattern of none, `aws` by default.
    pub fn partition(mut self, partition: Partition) -> Self {
        self.partition = partition;
        self
    }

    /// The account of the caller.
    pub fn account(mut self, account_id: AccountId) -> Self {
        self.account_id = account_id;
        self
    }

    /// Starts from that world, whose lag gives way to the builder's.
    pub fn world(mut self, world: World) -> Self {
        self.world = Some(world);
        self
    }

    /// Keeps no journal and tells no observer, for simulations that play a run a million times.
    pub fn without_journal(mut self) -> Self {
        self.has_journal = false;
        self
    }

    /// Starts from a snapshot file, and saves to it after every change.
    ///
    /// # Errors
    /// The file is damaged, newer than this crate, in use, or cannot be read or written; it is left as it
    /// is.
    pub fn file(mut self, path: &Path) -> Result<Self, SnapshotError> {
        let (file, world) = SnapshotFile::open(path)?;
        self.keeping = Keeping::EachChange(file);
        self.world = world;
        Ok(self)
    }

    /// Starts from a snapshot file, and saves to it when [`MockAws::save`] is called.
    ///
    /// # Errors
    /// As [`file`](Self::file).
    pub fn file_on_request(mut self, path: &Path) -> Result<Self, SnapshotError> {
        let (file, world) = SnapshotFile::open(path)?;
        self.keeping = Keeping::OnRequest(file);
        self.world = world;
        Ok(self)
    }

    /// Adds a rule for [faults](crate::faults), after those that there are.
    pub fn fault(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Who is told of every call once it is in the journal. The call waits for it.
    pub fn observer(mut self, observer: impl Fn(&JournalEntry) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer(Box::new(observer)));
        self
    }

    /// The mock, as it was described; with a file, what the file holds is in it.
    pub fn build(self) -> MockAws {
        let Self {
            seed,
            lag,
            clock,
            region,
            partition: fallback_partition,
            account_id,
            keeping,
            world,
            has_journal,
            rules,
            observer,
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
            keeping,
            faults,
            replicas: Replicas::default(),
            keys: BTreeMap::new(),
            request_ids,
        });
        let (hung, released) = (Semaphore::new(0), Notify::new());
        let shared =
            Shared { clock, has_journal, observer, fallback_partition, hung, released, state };
        let caller = caller(location, DEFAULT_USER, Permissions::default());
        MockAws { shared: Arc::new(shared), caller }
    }
}
