//! LocalStack beside the mock: which of the five services a LocalStack has, and a bundle of providers in which
//! the mock is what it lacks.
//!
//! LocalStack's free edition has IAM, CloudWatch Logs and STS; ECS and ECR are in the paid one. So a
//! [`LocalStack`] is [asked](LocalStack::ask) first. What it has is called by SDK clients (those of the crate
//! `infra-aws`, or any other implementation of the provider traits), and what it lacks
//! - answers every call with an error that says what is missing and how to get it
//!   ([`LocalStack::providers`]), or
//! - is a [`MockAws`] ([`LocalStack::providers_beside`]), which sees the roles that are in LocalStack, so that a
//!   repository policy can name them.
//!
//! With the feature `localstack`, `container::Container` starts one in a container of its own.

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
use crate::providers::AccessPath;

use self::roles::SeeingRoles;

/// The image of the last version that needs no token.
pub const IMAGE: &str = "localstack/localstack:4.14.0";

/// The image of the same version with all services, which needs a token.
pub const IMAGE_WITH_TOKEN: &str = "localstack/localstack-pro:4.14.0";

/// What to do about a service that is missing, beside asking the mock.
const HINT: &str = "start an image of LocalStack that has it (with LOCALSTACK_AUTH_TOKEN, \
                    localstack/localstack-pro), or have it from the in-memory AWS beside LocalStack";

/// A LocalStack that runs, and what it has.
///
/// ```no_run
/// use infra_core::provider::Providers;
/// use infra_mock::localstack::LocalStack;
///
/// /// `sdk` are providers on the AWS SDK whose endpoint is this LocalStack's.
/// async fn bundle(sdk: &Providers) -> infra_core::Result<Providers> {
///     let localstack = LocalStack::ask("http://localhost:4566").await?;
///     let memory = localstack.mock_beside(sdk).await?.build();
///     Ok(localstack.providers_beside(sdk, &memory))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalStack {
    url: String,
    /// What it calls its version; nothing where it was not asked.
    version: Option<String>,
    services: BTreeSet<Service>,
}

impl LocalStack {
    /// Asks the LocalStack at a URL of plain HTTP which services it has, by `/_localstack/health`.
    ///
    /// # Errors
    /// [`Connection`](ErrorKind::Connection) where nothing answers,
    /// [`Unsupported`](ErrorKind::Unsupported) where something else than LocalStack does,
    /// [`InvalidInput`](ErrorKind::InvalidInput) where the URL is not one of plain HTTP.
    pub async fn ask(url: &str) -> Result<Self> {
        health::ask(url).await
    }

    /// Finds out which services a LocalStack has by a read of each, through providers that reach it. That is for
    /// one that is only reached by https, where certificates are those providers' business.
    ///
    /// # Errors
    /// Those of the providers, but for [`NotFound`](ErrorKind::NotFound) and
    /// [`Unsupported`](ErrorKind::Unsupported), which are what is asked for.
    pub async fn ask_through(url: &str, sdk: &Providers) -> Result<Self> {
        health::ask_through(url, sdk).await
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it has a service.
    pub fn has(&self, service: Service) -> bool {
        self.services.contains(&service)
    }

    /// The services that it lacks, of those that the mock has.
    pub fn missing(&self) -> Vec<Service> {
        Service::ALL.into_iter().filter(|service| !self.has(*service)).collect()
    }

    /// Why it does not do what these services do.
    fn lacks(&self, services: &[Service]) -> String {
        format!("{self} lacks {}", listed(services))
    }

    /// The error for what it lacks; `None` where it lacks nothing.
    pub fn error_of_missing(&self) -> Option<Error> {
        let missing = self.missing();
        let error = || Error::new(ErrorKind::Unsupported, self.lacks(&missing)).with_hint(HINT);
        (!missing.is_empty()).then(error)
    }

    /// A bundle of what it has, by `sdk`, whose endpoint is this LocalStack's. Every call to a service that it
    /// lacks is an error of kind [`Unsupported`](ErrorKind::Unsupported), which says what to do.
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

    /// A mock in the account and region that `sdk` leads to, so that what is in it and what is in LocalStack have
    /// ARNs of one account.
    ///
    /// # Errors
    /// LocalStack cannot be asked whose account it is.
    pub async fn mock_beside(&self, sdk: &Providers) -> Result<MockBuilder> {
        let mut builder = MockAws::builder().region(sdk.region().clone());
        let account = if self.has(Service::Sts) {
            Some(sdk.location().await?.account_id)
        } else {
            // LocalStack's own account, in which it is for keys that are no account's number.
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

    /// A bundle of what it has, by `sdk`, and of what it lacks from `memory`, which is best made by
    /// [`mock_beside`](Self::mock_beside).
    ///
    /// Where roles are LocalStack's and repositories the mock's, the mock looks at LocalStack for every role that a
    /// repository policy names, when the policy is set and when it is read: a policy for a role that does not
    /// exist is refused, and the id of a role that is gone is shown in its place, as on AWS.
    pub fn providers_beside(&self, sdk: &Providers, memory: &MockAws) -> Providers {
        let access_path = Arc::new(AccessPath::new(memory.clone()));
        let mut bundle = sdk.clone();
        for service in self.missing() {
            let access_path = Arc::clone(&access_path);
            bundle = match service {
                Service::Ecs => bundle.with_clusters(access_path),
                Service::Iam => bundle.with_roles(access_path),
                Service::Ecr if self.has(Service::Iam) => {
                    let seeing = SeeingRoles::new(memory.clone(), sdk.clone());
                    bundle.with_repositories(Arc::new(seeing))
                }
                Service::Ecr => bundle.with_repositories(access_path),
                Service::Logs => bundle.with_log_groups(access_path),
                Service::Sts => bundle.with_identity(access_path),
            };
        }
        bundle
    }
}

/// For instance `LocalStack 4.14.0 at http://localhost:4566`.
impl fmt::Display for LocalStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, version, services: _ } = self;
        match version {
            Some(version) => write!(f, "LocalStack {version} at {url}"),
            None => write!(f, "LocalStack at {url}"),
        }
    }
}

/// Services as people call them, for instance `ECS and ECR`.
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
