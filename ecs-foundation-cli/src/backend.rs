//! Connects to the backend that the configuration selects.

mod connections;
mod localstack;

use std::sync::Arc;

use async_trait::async_trait;
use infra_aws::{AssumeRole, ConnectOptions, MfaPrompt};
use infra_core::arn::{Partition, Region};
use infra_core::provider::Providers;
use infra_mock::api::Service;
use infra_mock::{MockAws, SnapshotError};

use crate::config::{Backend, Config, EndpointUrl};
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Printer;
use crate::render::plain;

use self::connections::Mocks;

pub(crate) use self::connections::Connections;

/// The region for an emulator if no region is configured.
const EMULATED_REGION: &str = "us-east-1";

/// A connection to the configured backend.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// The providers for all services.
    pub(crate) providers: Providers,
    /// The services that the built-in mock provides because LocalStack does not.
    pub(crate) in_memory: Vec<Service>,
}

/// Connects to the configured backend. For AWS, this function makes no calls, except to assume a
/// role that requires an MFA code.
async fn connect(
    config: &Config,
    mocks: &mut Mocks,
    printer: &Arc<Printer>,
) -> Result<Connection, Failure> {
    let whole = |providers| Connection { providers, in_memory: Vec::new() };
    match config.backend {
        Backend::Memory => memory(config, mocks, printer).map(whole),
        Backend::Aws => {
            let options = options(config, config.endpoint_url.as_ref(), printer);
            aws(options).await.map(whole)
        }
        Backend::LocalStack => localstack::connect(config, mocks, printer).await,
    }
}

fn options(
    config: &Config,
    endpoint_url: Option<&EndpointUrl>,
    printer: &Arc<Printer>,
) -> ConnectOptions {
    // Retries rarely help with a local endpoint: if no server is listening now, one is unlikely to
    // start within seconds.
    let local = endpoint_url.is_some_and(EndpointUrl::is_loopback);
    ConnectOptions {
        max_attempts: local.then_some(2),
        region: config.region.clone(),
        profile: config.profile.clone(),
        endpoint_url: endpoint_url.map(|url| url.as_str().to_owned()),
        ca_bundle: config.ca_bundle.clone(),
        assume_role: config.assume_role.as_ref().map(|role| AssumeRole {
            role_arn: role.role_arn.to_string(),
            session_name: role.session_name.as_ref().map(ToString::to_string),
            external_id: role.external_id.as_ref().map(ToString::to_string),
        }),
        mfa_prompt: Some(Arc::new(Person(Arc::clone(printer)))),
        ..ConnectOptions::default()
    }
}

/// Asks for MFA codes on the terminal, if there is one.
#[derive(Debug)]
struct Person(Arc<Printer>);

#[async_trait]
impl MfaPrompt for Person {
    async fn code(&self, serial: &str) -> Option<String> {
        if !self.0.can_ask() {
            return None;
        }
        self.0.ask(&format!("MFA code for {}: ", plain(serial))).await.ok().flatten()
    }
}

async fn aws(options: ConnectOptions) -> Result<Providers, Failure> {
    // Boxed because the future contains the whole credential chain, which would otherwise take up
    // stack space in every caller.
    Box::pin(infra_aws::connect(&options)).await.map_err(|error| Failure::aws([&error]))
}

fn memory(config: &Config, mocks: &mut Mocks, printer: &Printer) -> Result<Providers, Failure> {
    let file = &config.memory_file;
    printer.talk_once(&format!(
        "note: backend memory: nothing is created in AWS; the state is saved in {}\n",
        file.display()
    ));
    let region = match &config.region {
        Some(region) => region.clone(),
        None => emulated_region()?,
    };
    let partition = partition(config, &region)?;
    let mock = mocks.open(file, MockAws::builder().partition(partition))?;
    Ok(mock.in_region(region).providers())
}

/// Returns the configured partition or, by default, the partition that the region belongs to.
pub(crate) fn partition(config: &Config, region: &Region) -> Result<Partition, Failure> {
    config.partition.or_else(|| region.partition()).ok_or_else(|| {
        let known = Partition::ALL.map(Partition::id).join(", ");
        let problem = Problem::new(format!("{region} does not belong to a known AWS partition"));
        let help = format!(
            "check the spelling of the region, or name its partition with --partition or `partition` in \
             the configuration: {known}"
        );
        Failure::new(Kind::Configuration, problem.help(help))
    })
}

/// Converts an error about the built-in mock's state file to a failure.
fn unusable(error: &SnapshotError) -> Failure {
    Failure::new(Kind::Backend, Problem::of(error).help(error.hint()))
}

fn emulated_region() -> Result<Region, Failure> {
    let region = EMULATED_REGION.parse::<Region>();
    region.map_err(|error| Failure::new(Kind::Configuration, Problem::of(&error)))
}
