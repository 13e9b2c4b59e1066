//! The mock AWS as a backend for conformance scenarios. Scenarios can reach the mock through any of
//! its access paths.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use infra_core::arn::{AccountId, Arn, Location, Region};
use infra_core::conformance::{
    Answers, Capability, ExternalActor, ExternalChange, Fixture, Scenario,
};
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::ProjectName;
use infra_core::provider::Providers;
use infra_mock::api::{ApiError, Call, Lag};
use infra_mock::ecs::{ContainerInstance, ServiceFixture, TaskFixture, TaskStatus};
use infra_mock::iam::{
    CreateOpenIDConnectProviderRequest, CreatePolicyRequest, DeletePolicyRequest,
};
use infra_mock::time::{ManualClock, TokioClock};
use infra_mock::{MockAws, MockBuilder, ecr, iam};

/// A mock AWS with the lag that a scenario needs, and with methods to make the scenario's external
/// changes.
#[derive(Clone, Debug)]
pub struct ScenarioMock {
    /// The mock.
    pub mock: MockAws,
    location: Location,
    /// The clock that [`ExternalChange::Pass`] advances, or `None` if the scenario needs no lag.
    clock: Option<ManualClock>,
}

impl ScenarioMock {
    /// Creates an empty mock AWS in eu-west-1. This is not the default region, so scenarios can
    /// detect code that ignores the region. Changes take effect immediately unless the scenario
    /// needs them to be slow.
    pub fn new(scenario: &Scenario) -> Self {
        let region: Region = "eu-west-1".parse().expect("eu-west-1 is a region");
        let account_id: AccountId = "210987654321".parse().expect("210987654321 is an account ID");
        let location = Location::new(account_id.clone(), region)
            .expect("eu-west-1 belongs to a known partition");
        let builder = MockAws::builder().seed(5).region(location.region.clone());
        Self::of(builder.account(account_id), location, scenario)
    }

    /// Creates the mock from a builder that is already configured for `location`.
    pub fn of(builder: MockBuilder, location: Location, scenario: &Scenario) -> Self {
        const TEN_SECONDS: Duration = Duration::from_secs(10);
        let mut lag = Lag::default();
        for need in scenario.needs() {
            match need {
                Capability::SlowClusters => lag.capacity_providers = TEN_SECONDS,
                Capability::SlowRoles => lag.iam_propagation = TEN_SECONDS,
                Capability::SlowLogGroups => lag.log_group = TEN_SECONDS,
                Capability::SlowServiceLinkedRole => lag.service_linked_role = TEN_SECONDS,
                _ => {}
            }
        }
        if lag == Lag::default() {
            let mock = builder.clock(TokioClock::default()).build();
            return Self { mock, location, clock: None };
        }
        let clock = ManualClock::at(TokioClock::START);
        let mock = builder.lag(lag).clock(clock.clone()).build();
        Self { mock, location, clock: Some(clock) }
    }

    /// Returns the fixture for a scenario. The `providers` must call this mock.
    ///
    /// # Panics
    /// Panics if the prefix is not a valid project name.
    pub fn fixture(&self, providers: Providers, prefix: &str) -> Fixture {
        let prefix: ProjectName = prefix.parse().expect("the prefix is a valid project name");
        Fixture::new(providers, self.location.clone(), prefix)
            .with_external_actor(Arc::new(self.clone()))
            .with_answers(Answers::Words)
    }

    /// Returns a handle that calls this mock in a second region.
    pub fn in_second_region(&self) -> MockAws {
        self.mock.in_region("eu-central-1".parse().expect("eu-central-1 is a region"))
    }

    fn with_world<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> T {
        self.mock.with_world(act).expect("a mock without a snapshot file has nothing to save")
    }

    /// Makes an external change in the mock. Fails if the resource to change does not exist.
    fn done(&self, change: &ExternalChange, act: impl FnOnce(&mut Call<'_>) -> bool) -> Result<()> {
        if self.with_world(act) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotFound,
            format!("the resource to change does not exist: {change:?}"),
        ))
    }

    fn push(
        &self,
        repository: &str,
        image: usize,
        tags: &[String],
    ) -> std::result::Result<(), ApiError> {
        // The mock identifies an image by its manifest, so every image needs a unique manifest.
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","annotations":{{"image":"{image}"}}}}"#
        );
        let untagged = tags.is_empty().then_some(None);
        for image_tag in tags.iter().cloned().map(Some).chain(untagged) {
            self.mock.call(ecr::PutImageRequest {
                repository_name: Some(repository.to_owned()),
                image_manifest: Some(manifest.clone()),
                image_tag,
                ..Default::default()
            })?;
        }
        Ok(())
    }
}

fn refused(refusal: &ApiError) -> Error {
    Error::new(ErrorKind::Other, format!("{}: {}", refusal.code, refusal.message))
}

#[async_trait]
impl ExternalActor for ScenarioMock {
    async fn act(&self, change: &ExternalChange) -> Result<()> {
        match change {
            ExternalChange::AddService { cluster, service, capacity_provider } => {
                self.done(change, |call| {
                    let capacity_provider = capacity_provider.clone();
                    let with = ServiceFixture { capacity_provider, ..ServiceFixture::default() };
                    call.ecs().add_service(cluster.as_str(), service, with)
                })
            }
            ExternalChange::RemoveService { cluster, service } => {
                self.with_world(|call| call.ecs().remove_service(cluster.as_str(), service));
                Ok(())
            }
            ExternalChange::AddTask { cluster, task, pending } => self.done(change, |call| {
                let status = if *pending { TaskStatus::Pending } else { TaskStatus::Running };
                call.ecs().add_task(
                    cluster.as_str(),
                    task,
                    TaskFixture { status, ..TaskFixture::default() },
                )
            }),
            ExternalChange::RemoveTask { cluster, task } => {
                self.with_world(|call| call.ecs().remove_task(cluster.as_str(), task));
                Ok(())
            }
            ExternalChange::AddContainerInstance { cluster, instance } => {
                self.done(change, |call| {
                    let with = ContainerInstance::default();
                    call.ecs().add_container_instance(cluster.as_str(), instance, with)
                })
            }
            ExternalChange::RemoveContainerInstance { cluster, instance } => {
                self.with_world(|call| {
                    call.ecs().remove_container_instance(cluster.as_str(), instance)
                });
                Ok(())
            }
            ExternalChange::PushImage { repository, image, tags } => {
                self.push(repository.as_str(), *image, tags).map_err(|refusal| refused(&refusal))
            }
            ExternalChange::AddLogStream { group, stream, event } => self.done(change, |call| {
                let now = call.now;
                let events = event.as_deref().map(|text| (now, text));
                call.logs().add_stream(group.as_str(), stream, events, now).is_some()
            }),
            ExternalChange::AddInstanceProfile { profile, role } => self
                .with_world(|call| iam::add_instance_profile(call, profile, role.as_str()))
                .map_err(|refusal| refused(&refusal)),
            ExternalChange::RemoveInstanceProfile { profile, role: _ } => {
                self.with_world(|call| iam::remove_instance_profile(call, profile));
                Ok(())
            }
            ExternalChange::CreatePolicy { policy } => {
                let (path, name) = path_and_name(policy);
                let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}"#;
                let request = CreatePolicyRequest {
                    policy_name: Some(name),
                    path: Some(path),
                    policy_document: Some(document.to_owned()),
                    ..CreatePolicyRequest::default()
                };
                self.mock.call(request).map(drop).map_err(|refusal| refused(&refusal))
            }
            ExternalChange::DeletePolicy { policy } => {
                let policy_arn = Some(policy.to_string());
                match self.mock.call(DeletePolicyRequest { policy_arn }) {
                    Err(refusal) if refusal.code != "NoSuchEntity" => Err(refused(&refusal)),
                    _ => Ok(()),
                }
            }
            ExternalChange::AddIdentityProvider { issuer, client_ids } => {
                let request = CreateOpenIDConnectProviderRequest {
                    url: Some(format!("https://{issuer}")),
                    client_id_list: client_ids.clone(),
                    ..CreateOpenIDConnectProviderRequest::default()
                };
                match self.mock.call(request) {
                    Err(refusal) if refusal.code != "EntityAlreadyExists" => Err(refused(&refusal)),
                    _ => Ok(()),
                }
            }
            ExternalChange::AddCapacityProvider { name } => {
                self.with_world(|call| call.ecs().add_capacity_provider(name));
                Ok(())
            }
            // Nothing needs to be undone, because the mock is dropped at the end of the scenario.
            ExternalChange::RemoveCapacityProvider { name: _ } => Ok(()),
            ExternalChange::Pass { time } => {
                let missing = "the scenario must declare that it needs a slow backend";
                let clock = self.clock.as_ref().ok_or(missing);
                clock.map_err(|why| Error::new(ErrorKind::Unsupported, why))?.advance(*time);
                Ok(())
            }
            other => Err(Error::new(
                ErrorKind::Unsupported,
                format!("unknown external change: {other:?}"),
            )),
        }
    }
}

/// Returns the path and the name from a policy's ARN, which ends with `policy/PATH/NAME`.
fn path_and_name(policy: &Arn) -> (String, String) {
    let name = policy.last_segment();
    let resource = &policy.resource;
    let path = resource.strip_prefix("policy").and_then(|rest| rest.strip_suffix(name));
    (path.unwrap_or("/").to_owned(), name.to_owned())
}
