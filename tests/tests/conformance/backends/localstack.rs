//! Backends that use LocalStack, alone or combined with the mock. LocalStack runs in a container
//! that testcontainers starts.

use std::sync::Arc;

use async_trait::async_trait;
use infra_aws::ConnectOptions;
use infra_core::conformance::{
    Backend, Capability, ExternalActor, ExternalChange, Fixture, Scenario,
};
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::ProjectName;
use infra_mock::api::Service;
use infra_mock::localstack::LocalStack;
use infra_mock::localstack::container::{Container, Options};
use tests::ScenarioMock;
use tokio::runtime::Runtime;

use super::Entry;
use super::external::emulators_lack;
use super::external_actor::BySdk;
use crate::{say, variable};

/// A LocalStack container that stops when this value is dropped.
#[derive(Debug)]
pub(crate) struct Started {
    runtime: Runtime,
    container: Option<Container>,
}

impl Started {
    fn start() -> std::result::Result<Self, String> {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime =
            runtime.worker_threads(1).enable_all().build().map_err(|error| error.to_string())?;
        let container = runtime.block_on(Container::start(&Options::from_env()));
        let container = container.map_err(|error| {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        })?;
        Ok(Self { runtime, container: Some(container) })
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let stopped = self.container.take().map(|it| self.runtime.block_on(it.stop()));
        if let Some(Err(error)) = stopped {
            say(&format!("error: {error}"));
        }
    }
}

/// Returns the entries for LocalStack, and the container. The caller must keep the container until
/// the run ends.
pub(super) fn entries() -> (Vec<Entry>, Option<Started>) {
    const ALONE: &str = "localstack";
    const WITH_MOCK: &str = "localstack-with-mock";
    let missing = "run `cargo xtask localstack`, which installs whatever is missing";
    let entry = |name, backend, lacks| {
        let requested = variable("LOCALSTACK").is_some();
        Entry {
            name,
            backend,
            required: requested,
            requested,
            virtual_time: false,
            lacks: Some(lacks),
        }
    };
    let unavailable = |why: &str| {
        let why = || Err(why.to_owned());
        vec![entry(ALONE, why(), alone_lacks as _), entry(WITH_MOCK, why(), with_mock_lacks as _)]
    };
    if variable("LOCALSTACK").is_none() {
        return (unavailable(missing), None);
    }
    let started = match Started::start() {
        Ok(started) => started,
        Err(why) => return (unavailable(&why), None),
    };
    let Some(localstack) = started.container.as_ref().map(Container::localstack) else {
        return (unavailable(missing), None);
    };
    say(&format!("{localstack} runs in a container"));
    let alone = Alone { localstack: localstack.clone() };
    let with_mock = WithMock { localstack: localstack.clone() };
    let entries = vec![
        entry(ALONE, Ok(Arc::new(alone) as _), alone_lacks as _),
        entry(WITH_MOCK, Ok(Arc::new(with_mock) as _), with_mock_lacks as _),
    ];
    (entries, Some(started))
}

/// LocalStack alone, called through the SDK.
#[derive(Debug)]
struct Alone {
    localstack: LocalStack,
}

/// LocalStack, called through the SDK. The mock provides the services that LocalStack lacks.
#[derive(Debug)]
struct WithMock {
    localstack: LocalStack,
}

/// Returns why LocalStack lacks a capability, or `None` if LocalStack has it. The result applies to
/// the image that needs no auth token. The table in docs/conformance.md was made with that image.
fn alone_lacks(capability: Capability) -> Option<String> {
    lacks(capability, |service| matches!(service, Service::Iam | Service::Logs | Service::Sts))
}

fn lacks(capability: Capability, has: impl Fn(Service) -> bool) -> Option<String> {
    let (service, name) = match capability {
        Capability::Clusters => (Service::Ecs, "ECS"),
        Capability::Repositories | Capability::Images => (Service::Ecr, "ECR"),
        _ => return emulators_lack(capability),
    };
    (!has(service)).then(|| format!("{name} requires a LocalStack auth token"))
}

/// Returns why LocalStack combined with the mock lacks a capability, or `None` if the combination
/// has it. Lag can be simulated in services that the mock provides, but not in services that
/// LocalStack provides.
fn with_mock_lacks(capability: Capability) -> Option<String> {
    match capability {
        Capability::SlowRoles | Capability::SlowLogGroups | Capability::DeletionProtection => {
            emulators_lack(capability)
        }
        Capability::SecondRegion => Some("the mock has only one region".to_owned()),
        _ => None,
    }
}

fn options(localstack: &LocalStack) -> ConnectOptions {
    ConnectOptions {
        endpoint_url: Some(localstack.url().to_owned()),
        region: "us-east-1".parse().ok(),
        placeholder_keys: true,
        max_attempts: Some(1),
        app_name: Some("ecs-foundation-conformance".to_owned()),
        ..ConnectOptions::default()
    }
}

#[async_trait]
impl Backend for Alone {
    fn name(&self) -> &'static str {
        "localstack"
    }

    fn lacks(&self, capability: Capability) -> Option<String> {
        lacks(capability, |service| self.localstack.has(service))
    }

    async fn fixture(&self, _: &Scenario, prefix: &str) -> Result<Fixture> {
        let config = infra_aws::sdk_config(&options(&self.localstack)).await?;
        let providers = self.localstack.providers(&infra_aws::providers(&config)?);
        let location = providers.location().await?;
        let prefix = prefix.parse::<ProjectName>();
        let prefix = prefix.map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()));
        let fixture = Fixture::new(providers, location, prefix?);
        Ok(fixture.with_external_actor(Arc::new(BySdk::new(&config))))
    }
}

#[async_trait]
impl Backend for WithMock {
    fn name(&self) -> &'static str {
        "localstack-with-mock"
    }

    fn lacks(&self, capability: Capability) -> Option<String> {
        with_mock_lacks(capability)
    }

    async fn fixture(&self, scenario: &Scenario, prefix: &str) -> Result<Fixture> {
        let config = infra_aws::sdk_config(&options(&self.localstack)).await?;
        let sdk = infra_aws::providers(&config)?;
        let location = sdk.location().await?;
        let backend =
            ScenarioMock::of(self.localstack.mock_beside(&sdk).await?, location.clone(), scenario);
        let providers = self.localstack.providers_beside(&sdk, &backend.mock);
        let prefix = prefix.parse::<ProjectName>();
        let prefix = prefix.map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()));
        let others = Others { by_sdk: BySdk::new(&config), in_memory: backend };
        Ok(Fixture::new(providers, location, prefix?).with_external_actor(Arc::new(others)))
    }
}

/// An external actor that makes each change in LocalStack or in the mock, depending on the service.
#[derive(Debug)]
struct Others {
    by_sdk: BySdk,
    in_memory: ScenarioMock,
}

#[async_trait]
impl ExternalActor for Others {
    async fn act(&self, change: &ExternalChange) -> Result<()> {
        match change {
            ExternalChange::AddLogStream { .. }
            | ExternalChange::AddInstanceProfile { .. }
            | ExternalChange::RemoveInstanceProfile { .. }
            | ExternalChange::CreatePolicy { .. }
            | ExternalChange::DeletePolicy { .. }
            | ExternalChange::AddIdentityProvider { .. } => self.by_sdk.act(change).await,
            _ => self.in_memory.act(change).await,
        }
    }
}
