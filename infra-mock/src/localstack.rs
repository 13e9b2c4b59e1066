//! Combines LocalStack with the mock: detects which of the five services LocalStack provides, and
//! mocks the others.
//!
//! LocalStack's free edition includes IAM, CloudWatch Logs and STS; ECS and ECR require a paid
//! edition. Call [`LocalStack::ask`] first to find out which services are available. Calls to
//! available services go through SDK-based providers, such as those in infra-aws. There
//! are two options for missing services:
//! - With [`LocalStack::providers`], a call fails with an error that names the missing service and
//!   explains how to get it.
//! - With [`LocalStack::providers_beside`], a [`MockAws`] handles the call. The mock looks up roles
//!   in LocalStack, so repository policies can refer to them.
//!
//! With the `localstack` feature, `container::Container` starts LocalStack in a container.

#[cfg(feature = "localstack")]
pub mod container;
mod health;
mod roles;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::InvalidValue;
use infra_core::provider::{Providers, Unsupported};

use crate::api::Service;
use crate::mock::{MockAws, MockBuilder};
use crate::providers::MockProviders;

use self::roles::RoleAwareRepositories;

/// The image for the last LocalStack version that requires no auth token.
pub const IMAGE: &str = "localstack/localstack:4.14.0";

/// An image that contains all services, for the same LocalStack version. This image requires an
/// auth token.
pub const IMAGE_WITH_TOKEN: &str = "localstack/localstack-pro:4.14.0";

/// The hint in the error for a call to a missing service.
const HINT: &str = "start a LocalStack image that includes the service (localstack/localstack-pro, \
                    with LOCALSTACK_AUTH_TOKEN), or use the in-memory mock for the service";

/// A running LocalStack and its available services.
///
/// ```no_run
/// use infra_core::provider::Providers;
/// use infra_mock::localstack::LocalStack;
/// /// `sdk` contains SDK-based providers that use this LocalStack as their endpoint.
/// async fn bundle(sdk: &Providers) -> infra_core::Result<Providers> {
///     let localstack = LocalStack::ask("http://localhost:4566").await?;
///     let memory = localstack.mock_beside(sdk).await?.build();
///     Ok(localstack.providers_beside(sdk, &memory))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalStack {
    url: String,
    /// The version that the health endpoint reported, or `None` if the endpoint was not queried.
    version: Option<String>,
    services: BTreeSet<Service>,
}

impl LocalStack {
    /// Queries `/_localstack/health` at a plain HTTP URL to detect which services LocalStack
    /// provides.
    ///
    /// # Errors
    /// Returns [`Connection`](ErrorKind::Connection) if the server cannot be reached,
    /// [`Unsupported`](ErrorKind::Unsupported) if the server is not LocalStack, and
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the URL is not a plain HTTP URL.
    pub async fn ask(url: &str) -> Result<Self> {
        health::ask(url).await
    }

    /// Calls a read operation of each service through SDK-based providers to detect which services
    /// LocalStack provides. Use this method if LocalStack is behind HTTPS, because only the
    /// providers can verify LocalStack's certificate.
    ///
    /// # Errors
    /// Returns any error from the providers, with two exceptions: [`NotFound`](ErrorKind::NotFound)
    /// means that the service is available, and [`Unsupported`](ErrorKind::Unsupported) means that
    /// the service is missing.
    pub async fn ask_through(url: &str, sdk: &Providers) -> Result<Self> {
        health::ask_through(url, sdk).await
    }

    /// Returns the URL of this LocalStack.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns whether a service is available.
    pub fn has(&self, service: Service) -> bool {
        self.services.contains(&service)
    }

    /// Returns the services that the mock has but this LocalStack lacks.
    pub fn missing(&self) -> Vec<Service> {
        Service::ALL.into_iter().filter(|service| !self.has(*service)).collect()
    }

    /// Returns the error message for the given missing services.
    fn lacks(&self, services: &[Service]) -> String {
        format!("{self} lacks {}", listed(services))
    }

    /// Returns an error that lists all missing services, or `None` if no service is missing.
    pub fn error_of_missing(&self) -> Option<Error> {
        let missing = self.missing();
        let error = || Error::new(ErrorKind::Unsupported, self.lacks(&missing)).with_hint(HINT);
        (!missing.is_empty()).then(error)
    }

    /// Returns a provider bundle that calls the available services through `sdk`. The providers in
    /// `sdk` must use this LocalStack as their endpoint. A call to a missing service returns an
    /// error of kind [`Unsupported`](ErrorKind::Unsupported), with a hint that explains how to get
    /// the service.
    pub fn providers(&self, sdk: &Providers) -> Providers {
        let lacking = |service| Arc::new(Unsupported::new(self.lacks(&[service])).with_hint(HINT));
        let mut bundle = sdk.clone();
        for service in self.missing() {
            let lacking = lacking(service);
            bundle = match service {
                Service::Ecs => bundle.with_clusters(lacking),
                Service::Iam => bundle.with_roles(lacking),
                Service::Ecr => bundle.with_repositories(lacking),
                Service::Logs => bundle.with_log_groups(lacking),
                Service::Sts => bundle.with_identity(lacking),
            };
        }
        bundle
    }

    /// Returns a builder for a mock in the account and region of `sdk`, so that ARNs in LocalStack
    /// and in the mock contain the same account ID.
    ///
    /// # Errors
    /// Returns an error if LocalStack's account cannot be determined.
    pub async fn mock_beside(&self, sdk: &Providers) -> Result<MockBuilder> {
        let mut builder = MockAws::builder().region(sdk.region().clone());
        let account = if self.has(Service::Sts) {
            Some(sdk.location().await?.account_id)
        } else {
            // LocalStack uses this account unless the access key is an account ID.
            let account = "000000000000".parse();
            account
                .map(Some)
                .map_err(|error: InvalidValue| Error::new(ErrorKind::Other, error.to_string()))?
        };
        if let Some(account) = account {
            builder = builder.account(account);
        }
        Ok(builder)
    }

    /// Returns a provider bundle that calls the available services through `sdk`, and the missing
    /// services in `memory`. Create `memory` with [`mock_beside`](Self::mock_beside).
    ///
    /// If LocalStack provides IAM but not ECR, the bundle uses LocalStack to look up the roles that
    /// a repository policy names, both when the policy is set and when the policy is read.
    /// As in AWS, a policy that names a nonexistent role is rejected, and the ID of a deleted role
    /// replaces its ARN in the policy.
    pub fn providers_beside(&self, sdk: &Providers, memory: &MockAws) -> Providers {
        let providers = Arc::new(MockProviders::new(memory.clone()));
        let mut bundle = sdk.clone();
        for service in self.missing() {
            let providers = Arc::clone(&providers);
            bundle = match service {
                Service::Ecs => bundle.with_clusters(providers),
                Service::Iam => bundle.with_roles(providers),
                Service::Ecr if self.has(Service::Iam) => {
                    let repositories = RoleAwareRepositories::new(memory.clone(), sdk.clone());
                    bundle.with_repositories(Arc::new(repositories))
                }
                Service::Ecr => bundle.with_repositories(providers),
                Service::Logs => bundle.with_log_groups(providers),
                Service::Sts => bundle.with_identity(providers),
            };
        }
        bundle
    }
}

/// Formats the version and the URL, such as `LocalStack 4.14.0 at http://localhost:4566`.
impl fmt::Display for LocalStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, version, services: _ } = self;
        match version {
            Some(version) => write!(f, "LocalStack {version} at {url}"),
            None => write!(f, "LocalStack at {url}"),
        }
    }
}

/// Formats a list of service names, such as `ECS and ECR`.
pub fn listed(services: &[Service]) -> String {
    let name = |service: &Service| match service {
        Service::Ecs => "ECS",
        Service::Iam => "IAM",
        Service::Ecr => "ECR",
        Service::Logs => "CloudWatch Logs",
        Service::Sts => "STS",
    };
    let names: Vec<_> = services.iter().map(name).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests;
