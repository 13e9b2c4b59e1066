//! Backends outside this process, by the SDK: moto, any emulator at an endpoint, AWS itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use infra_aws::ConnectOptions;
use infra_core::conformance::{Answers, Backend, Capability, Fixture, Scenario};
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::ProjectName;

use super::Entry;
use super::external_actor::BySdk;
use crate::variable;

/// A backend that the SDK reaches.
#[derive(Debug)]
struct External {
    name: &'static str,
    /// Its URL; `None` is where the environment leads.
    endpoint: Option<String>,
    lacks: fn(Capability) -> Option<String>,
    answers: Answers,
    /// How long a change may take to show.
    patience: Duration,
}

impl External {
    fn options(&self) -> ConnectOptions {
        let region = std::env::var("AWS_REGION").ok().and_then(|region| region.parse().ok());
        let emulator = self.endpoint.is_some();
        ConnectOptions {
            endpoint_url: self.endpoint.clone(),
            region: region.or_else(|| emulator.then(|| "us-east-1".parse().ok()).flatten()),
            placeholder_keys: emulator,
            // moto now and then answers HTTP 500 to calls that come together; what fails each time does so thrice.
            max_attempts: emulator.then_some(3),
            app_name: Some("ecs-foundation-conformance".to_owned()),
            ..ConnectOptions::default()
        }
    }
}

#[async_trait]
impl Backend for External {
    fn name(&self) -> &str {
        self.name
    }

    fn lacks(&self, capability: Capability) -> Option<String> {
        (self.lacks)(capability)
    }

    async fn fixture(&self, _: &Scenario, prefix: &str) -> Result<Fixture> {
        let config = infra_aws::sdk_config(&self.options()).await?;
        let providers = infra_aws::providers(&config)?;
        let location = providers.location().await?;
        let prefix = prefix.parse::<ProjectName>();
        let prefix = prefix.map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()));
        let fixture = Fixture::new(providers, location, prefix?)
            .with_answers(self.answers)
            .with_patience(self.patience);
        Ok(fixture.with_external_actor(Arc::new(BySdk::new(&config))))
    }
}

fn entry(
    backend: External,
    required: bool,
    missing: &str,
    table: Option<fn(Capability) -> Option<String>>,
) -> Entry {
    let name = backend.name;
    let backend: std::result::Result<Arc<dyn Backend>, String> =
        if required { Ok(Arc::new(backend)) } else { Err(missing.to_owned()) };
    Entry { name, backend, required, asked: required, virtual_time: false, lacks: table }
}

/// What cannot be put into an emulator by calls to AWS's API, or not be had of it.
pub(super) fn emulators_lack(capability: Capability) -> Option<String> {
    match capability {
        Capability::Workloads => Some("it runs no tasks".to_owned()),
        Capability::CapacityProviders => Some("it has no Auto Scaling group".to_owned()),
        slow if slow.is_slowness() => Some("it cannot be made slow".to_owned()),
        _ => None,
    }
}

/// What is not to be done in a real account, or cannot.
fn aws_lacks(capability: Capability) -> Option<String> {
    match capability {
        Capability::Workloads | Capability::CapacityProviders | Capability::Images => {
            Some("it would cost more than calls".to_owned())
        }
        Capability::KmsKeys => Some("no key is made for it".to_owned()),
        Capability::StoredBytes => Some("it counts bytes some hours later".to_owned()),
        Capability::Bulk => Some("quotas are others' too".to_owned()),
        Capability::OtherAccounts => Some("no other account is known".to_owned()),
        slow if slow.is_slowness() => Some("it cannot be made slow".to_owned()),
        _ => None,
    }
}

/// moto, at `ECS_FOUNDATION_CONFORMANCE_MOTO`.
pub(super) fn moto() -> Entry {
    let endpoint = variable("MOTO");
    let required = endpoint.is_some();
    let backend = External {
        name: "moto",
        endpoint,
        lacks: emulators_lack,
        answers: Answers::Kinds,
        patience: Duration::ZERO,
    };
    let missing = "`cargo xtask conformance --backend moto` installs, starts and asks it";
    entry(backend, required, missing, Some(emulators_lack))
}

/// Any emulator, at `ECS_FOUNDATION_CONFORMANCE_ENDPOINT`.
pub(super) fn endpoint() -> Entry {
    let endpoint = variable("ENDPOINT");
    let required = endpoint.is_some();
    let backend = External {
        name: "endpoint",
        endpoint,
        lacks: emulators_lack,
        answers: Answers::Kinds,
        patience: Duration::ZERO,
    };
    let missing = "`cargo xtask conformance --endpoint-url URL` asks an emulator that runs";
    entry(backend, required, missing, None)
}

/// The account that the credentials lead to, where `ECS_FOUNDATION_CONFORMANCE_AWS` says so. Without the name of
/// the run nothing is done: what it leaves behind could not be told from another's.
pub(super) fn aws() -> Entry {
    let required = variable("AWS").is_some() && variable("RUN").is_some();
    let backend = External {
        name: "aws",
        endpoint: None,
        lacks: aws_lacks,
        answers: Answers::Codes,
        patience: Duration::from_mins(2),
    };
    let missing = "`cargo xtask conformance --backend aws --i-know-this-costs` asks a real account";
    entry(backend, required, missing, None)
}
