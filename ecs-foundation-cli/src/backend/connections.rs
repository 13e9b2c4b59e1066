//! Connections and identities that the environments of a run share.
//!
//! Environments with the same settings share one connection, and environments with the same credentials share one
//! identity call.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use infra_core::arn::{Location, Partition, Region};
use infra_core::engine::CallLimit;
use infra_core::error::Error;
use infra_core::provider::{CallerIdentity, Providers};
use infra_mock::{MockAws, MockBuilder};
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use super::Connection;
use crate::config::{AssumeRole, Backend, Config, EndpointUrl, MissingServices};
use crate::failure::Failure;
use crate::printer::Printer;

/// The connections of a run.
#[derive(Debug)]
pub(crate) struct Connections {
    /// The printer for the backends' prompts and notes. It prints immediately, whereas the printer
    /// of an environment waits until the output of all earlier environments is complete.
    printer: Arc<Printer>,
    /// The lock is held while connecting, so that only one environment at a time can prompt for an
    /// MFA code.
    open: AsyncMutex<Open>,
    identities: Mutex<Vec<(Credentials, Arc<Identity>)>>,
}

/// The result of the identity call for one set of credentials.
type Identity = OnceCell<Result<CallerIdentity, Error>>;

#[derive(Debug, Default)]
struct Open {
    connections: Vec<(Access, Connection)>,
    mocks: Mocks,
}

/// The open mocks, each with its state file. A file can be opened only once, so all regions that
/// use a file share its mock.
#[derive(Debug, Default)]
pub(super) struct Mocks(Vec<(PathBuf, MockAws)>);

impl Mocks {
    /// Returns the mock for a state file. If the file is not open yet, opens it with `builder`.
    pub(super) fn open(&mut self, file: &Path, builder: MockBuilder) -> Result<MockAws, Failure> {
        if let Some((_, mock)) = self.0.iter().find(|(other, _)| other == file) {
            return Ok(mock.clone());
        }
        let mock = builder.file(file).map_err(|error| super::unusable(&error))?.build();
        self.0.push((file.to_owned(), mock.clone()));
        Ok(mock)
    }
}

/// The settings that a connection depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Access {
    credentials: Credentials,
    region: Option<Region>,
    missing_services: MissingServices,
    memory_file: PathBuf,
}

/// The settings that determine which credentials are used. These include the partition instead of
/// the region, because the same credentials work in all regions of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Credentials {
    backend: Backend,
    partition: Option<Partition>,
    profile: Option<String>,
    assume_role: Option<AssumeRole>,
    endpoint_url: Option<EndpointUrl>,
    ca_bundle: Option<PathBuf>,
    /// The state file of the memory backend, which contains the account ID.
    memory_file: Option<PathBuf>,
}

impl Access {
    fn of(config: &Config) -> Self {
        Self {
            credentials: Credentials::of(config, config.partition),
            region: config.region.clone(),
            missing_services: config.missing_services,
            memory_file: config.memory_file.clone(),
        }
    }
}

impl Credentials {
    fn of(config: &Config, partition: Option<Partition>) -> Self {
        Self {
            backend: config.backend,
            partition,
            profile: config.profile.clone(),
            assume_role: config.assume_role.clone(),
            endpoint_url: config.endpoint_url.clone(),
            ca_bundle: config.ca_bundle.clone(),
            memory_file: (config.backend == Backend::Memory).then(|| config.memory_file.clone()),
        }
    }
}

impl Connections {
    pub(crate) fn new(printer: Arc<Printer>) -> Self {
        let (open, identities) = (AsyncMutex::default(), Mutex::default());
        Self { printer, open, identities }
    }

    /// Connects, or reuses the connection of an environment with the same settings.
    pub(crate) async fn connect(&self, config: &Config) -> Result<Connection, Failure> {
        let access = Access::of(config);
        let mut open = self.open.lock().await;
        if let Some((_, connection)) = open.connections.iter().find(|(other, _)| *other == access) {
            return Ok(connection.clone());
        }
        let connection = super::connect(config, &mut open.mocks, &self.printer).await?;
        open.connections.push((access, connection.clone()));
        Ok(connection)
    }

    /// Returns the account and region. Environments with the same credentials share one identity
    /// call. If this call fails, every environment that uses the credentials reports the error.
    /// `failure` converts the error to a failure.
    pub(crate) async fn location(
        &self,
        config: &Config,
        providers: &Providers,
        limit: &CallLimit,
        failure: impl Fn(&Error) -> Failure,
    ) -> Result<Location, Failure> {
        let partition = config.partition.or_else(|| providers.region().partition());
        let identity = self.identity(Credentials::of(config, partition));
        let call = || limit.within(providers.identity().caller_identity());
        let identity = identity.get_or_init(call).await.as_ref().map_err(failure)?;
        Ok(Location {
            partition: identity.arn.partition,
            account_id: identity.account_id.clone(),
            region: providers.region().clone(),
        })
    }

    fn identity(&self, credentials: Credentials) -> Arc<Identity> {
        let mut identities = self.identities.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, identity)) = identities.iter().find(|(other, _)| *other == credentials) {
            return Arc::clone(identity);
        }
        let identity = Arc::<Identity>::default();
        identities.push((credentials, Arc::clone(&identity)));
        identity
    }
}
