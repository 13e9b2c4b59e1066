//! Backends that run outside this process and are called through the SDK: moto, an emulator at a
//! given endpoint, and AWS.

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

/// A backend that is reached through the SDK.
#[derive(Debug)]
struct External {
    name: &'static str,
    /// The endpoint URL, or `None` to let the SDK choose the endpoints.
    endpoint: Option<String>,
    lacks: fn(Capability) -> Option<String>,
    answers: Answers,
    /// How long a change may take to become visible.
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
            // moto occasionally answers concurrent calls with HTTP 500. Three attempts hide these
            // occasional errors, but an error that occurs every time is still reported.
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

    async fn fixture(&self, scenario: &Scenario, prefix: &str) -> Result<Fixture> {
        let config = infra_aws::sdk_config(&self.options()).await?;
        let providers = infra_aws::providers(&config)?;
        let location = providers.location().await?;
        let prefix = prefix.parse::<ProjectName>();
        let prefix = prefix.map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()));
        let mut fixture = Fixture::new(providers, location, prefix?)
            .with_answers(self.answers)
            .with_patience(self.patience);
        if scenario.needs().any(|need| need == Capability::SecondRegion) {
            let region = "eu-central-1".parse().ok();
            let options = ConnectOptions { region, ..self.options() };
            let config = infra_aws::sdk_config(&options).await?;
            fixture = fixture.with_second_region(infra_aws::providers(&config)?);
        }
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
    Entry { name, backend, required, requested: required, virtual_time: false, lacks: table }
}

/// Returns why emulators lack a capability, or `None` if they have it. Emulators are assumed to
/// lack every capability that cannot be set up through AWS's API, such as lag.
pub(super) fn emulators_lack(capability: Capability) -> Option<String> {
    match capability {
        Capability::Workloads => Some("cannot run tasks".to_owned()),
        Capability::CapacityProviders => Some("has no Auto Scaling groups".to_owned()),
        Capability::DeletionProtection => Some("has no PutLogGroupDeletionProtection".to_owned()),
        slow if slow.is_slowness() => Some("lag cannot be simulated".to_owned()),
        _ => None,
    }
}

/// Returns why a capability cannot or must not be used in a real account, or `None` if it can be
/// used.
fn aws_lacks(capability: Capability) -> Option<String> {
    match capability {
        Capability::Workloads | Capability::CapacityProviders | Capability::Images => {
            Some("would incur charges for compute or storage".to_owned())
        }
        Capability::IdentityProviders => {
            Some("would affect other roles that trust the same provider".to_owned())
        }
        Capability::KmsKeys => Some("no KMS key is created for the run".to_owned()),
        Capability::CloudMap => Some("no namespace is created for the run".to_owned()),
        Capability::StoredBytes => Some("takes hours to update the byte count".to_owned()),
        Capability::Bulk => Some("would use up the account's quotas".to_owned()),
        Capability::OtherAccounts => Some("no other account is available".to_owned()),
        Capability::SecondRegion => {
            Some("leftover resources are deleted in only one region".to_owned())
        }
        slow if slow.is_slowness() => Some("lag cannot be simulated".to_owned()),
        _ => None,
    }
}

/// Returns the entry for the moto server whose URL is in `ECS_FOUNDATION_CONFORMANCE_MOTO`.
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
    let missing = "run `cargo xtask conformance --backend moto`";
    entry(backend, required, missing, Some(emulators_lack))
}

/// Returns the entry for the emulator whose URL is in `ECS_FOUNDATION_CONFORMANCE_ENDPOINT`.
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
    let missing = "run `cargo xtask conformance --endpoint-url URL`";
    entry(backend, required, missing, None)
}

/// Returns the entry for the AWS account that the current credentials belong to. The backend is
/// available only if `ECS_FOUNDATION_CONFORMANCE_AWS` and `ECS_FOUNDATION_CONFORMANCE_RUN` are set.
/// The run's name identifies resources that the run leaves behind.
pub(super) fn aws() -> Entry {
    let required = variable("AWS").is_some() && variable("RUN").is_some();
    let backend = External {
        name: "aws",
        endpoint: None,
        lacks: aws_lacks,
        answers: Answers::Codes,
        patience: Duration::from_mins(2),
    };
    let missing = "run `cargo xtask conformance --backend aws --i-know-this-costs`";
    entry(backend, required, missing, None)
}
