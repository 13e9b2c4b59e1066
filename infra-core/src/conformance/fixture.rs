//! The environment in which a scenario runs.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use super::check::{Failure, Verdict, equal};
use super::{ExternalActor, ExternalChange};
use crate::arn::{Arn, Location};
use crate::error::{Effect, Error, ErrorKind, OrAbsent, Result};
use crate::names::{ClusterName, LogGroupName, ProjectName, RepositoryName, RoleName};
use crate::operation::Operation;
use crate::provider::{
    ClusterProvider, LogGroupProvider, Providers, RepositoryProvider, RoleProvider,
};

/// How closely a backend must reproduce AWS's errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answers {
    /// The scenarios check only the kind of the error and that the call had no effect. Every
    /// provider must pass these checks.
    #[default]
    Kinds,
    /// The scenarios also check the error code and HTTP status.
    Codes,
    /// The scenarios also check the error message.
    Words,
}

/// A resource that a scenario may have created.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Leftover {
    Cluster(ClusterName),
    Role(RoleName),
    Repository(RepositoryName),
    LogGroup(LogGroupName),
}

/// The environment for one run of one scenario: providers, unique names, and cleanup.
#[derive(Debug)]
pub struct Fixture {
    providers: Providers,
    caretaker: Providers,
    location: Location,
    prefix: ProjectName,
    external_actor: Option<Arc<dyn ExternalActor>>,
    answers: Answers,
    patience: Duration,
    leftovers: Mutex<Vec<Leftover>>,
    undo: Mutex<Vec<ExternalChange>>,
    kept: Vec<Box<dyn Any + Send + Sync>>,
    second_region: Option<Box<Self>>,
}

impl Fixture {
    /// Creates an environment for `providers`, which work in `location`. All names contain
    /// `prefix`, which must be unique and at most 24 characters long.
    pub fn new(providers: Providers, location: Location, prefix: ProjectName) -> Self {
        Self {
            caretaker: providers.clone(),
            providers,
            location,
            prefix,
            external_actor: None,
            answers: Answers::default(),
            patience: Duration::ZERO,
            leftovers: Mutex::default(),
            undo: Mutex::default(),
            kept: Vec::new(),
            second_region: None,
        }
    }

    /// Adds an actor that makes changes without using the providers under test.
    pub fn with_external_actor(mut self, external_actor: Arc<dyn ExternalActor>) -> Self {
        self.external_actor = Some(external_actor);
        self
    }

    /// Sets how closely errors must match AWS's errors. By default, error codes, HTTP statuses and
    /// messages are not checked.
    pub fn with_answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// Sets how long a change may take to become visible. By default, a change must be visible
    /// immediately.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets the providers to use for cleanup instead of the providers under test.
    pub fn with_caretaker(mut self, caretaker: Providers) -> Self {
        self.caretaker = caretaker;
        self
    }

    /// Keeps a value, such as a running server, alive until the scenario ends.
    pub fn keeping(mut self, kept: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(kept));
        self
    }

    /// Adds a second fixture, which uses `providers` and their region. Both fixtures use the same
    /// account and the same prefix.
    pub fn with_second_region(mut self, providers: Providers) -> Self {
        let location = Location { region: providers.region().clone(), ..self.location.clone() };
        let second =
            Self { patience: self.patience, ..Self::new(providers, location, self.prefix.clone()) };
        self.second_region = Some(Box::new(second));
        self
    }

    /// Returns the fixture for another region of the same account.
    ///
    /// # Errors
    /// Fails if the backend has only one region.
    pub fn second_region(&self) -> Verdict<&Self> {
        let second = self.second_region.as_deref();
        second.ok_or_else(|| Failure::new("the backend has only one region"))
    }

    /// Returns the providers under test.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// Returns the cluster provider under test.
    pub fn clusters(&self) -> &dyn ClusterProvider {
        self.providers.clusters()
    }

    /// Returns the role provider under test.
    pub fn roles(&self) -> &dyn RoleProvider {
        self.providers.roles()
    }

    /// Returns the repository provider under test.
    pub fn repositories(&self) -> &dyn RepositoryProvider {
        self.providers.repositories()
    }

    /// Returns the log group provider under test.
    pub fn log_groups(&self) -> &dyn LogGroupProvider {
        self.providers.log_groups()
    }

    /// Returns the location that the providers work in.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Returns the prefix that all names contain.
    pub fn prefix(&self) -> &ProjectName {
        &self.prefix
    }

    /// Returns the cluster name `PREFIX-NAME`. The cluster is deleted when the scenario ends.
    ///
    /// # Errors
    /// Fails if the resulting name is invalid.
    pub fn cluster(&self, name: &str) -> Verdict<ClusterName> {
        let name: ClusterName = format!("{}-{name}", self.prefix).parse()?;
        self.leaves(Leftover::Cluster(name.clone()));
        Ok(name)
    }

    /// Returns the role name `PREFIX-NAME`. The role and its policies are deleted when the scenario
    /// ends.
    ///
    /// # Errors
    /// Fails if the resulting name is invalid.
    pub fn role(&self, name: &str) -> Verdict<RoleName> {
        let name: RoleName = format!("{}-{name}", self.prefix).parse()?;
        self.leaves(Leftover::Role(name.clone()));
        Ok(name)
    }

    /// Returns the repository name `PREFIX-NAME`. The repository and its images are deleted when
    /// the scenario ends.
    ///
    /// # Errors
    /// Fails if the resulting name is invalid.
    pub fn repository(&self, name: &str) -> Verdict<RepositoryName> {
        let name: RepositoryName = format!("{}-{name}", self.prefix).parse()?;
        self.leaves(Leftover::Repository(name.clone()));
        Ok(name)
    }

    /// Returns the log group name `/PREFIX/NAME`. The log group and its events are deleted when the
    /// scenario ends.
    ///
    /// # Errors
    /// Fails if the resulting name is invalid.
    pub fn log_group(&self, name: &str) -> Verdict<LogGroupName> {
        let name: LogGroupName = format!("/{}/{name}", self.prefix).parse()?;
        self.leaves(Leftover::LogGroup(name.clone()));
        Ok(name)
    }

    /// Registers a log group for deletion when the scenario ends. The log group's name must contain
    /// the prefix.
    pub(super) fn own_log_group(&self, name: LogGroupName) -> LogGroupName {
        self.leaves(Leftover::LogGroup(name.clone()));
        name
    }

    /// Returns the ARN of an AWS managed policy.
    pub fn aws_policy(&self, path_and_name: &str) -> Arn {
        Arn::aws_managed_policy(self.location.partition, path_and_name)
    }

    /// Returns the ARN of a KMS key in the account. Each number yields a different key.
    pub fn kms_key(&self, number: u8) -> Arn {
        self.location.arn("kms", format!("key/{number:08}-2222-3333-4444-555555555555"))
    }

    /// Returns the ARN of an AWS Cloud Map namespace in the account. Each number yields a different
    /// namespace.
    pub fn namespace(&self, number: u8) -> Arn {
        self.location.arn("servicediscovery", format!("namespace/ns-{number:016}"))
    }

    /// Replaces the placeholders `PREFIX`, `PARTITION`, `REGION` and `ACCOUNT` with this fixture's
    /// values, and the placeholders `KEY_1`, `KEY_2`, `NAMESPACE_1` and `NAMESPACE_2` with ARNs.
    pub fn text(&self, pattern: &str) -> String {
        let Location { partition, account_id, region } = &self.location;
        let text = pattern.replace("PREFIX", self.prefix.as_str());
        let text = text.replace("PARTITION", partition.id()).replace("REGION", region.as_str());
        let text = text.replace("ACCOUNT", account_id.as_str());
        let text = text.replace("KEY_1", &self.kms_key(1).to_string());
        let text = text.replace("KEY_2", &self.kms_key(2).to_string());
        let text = text.replace("NAMESPACE_1", &self.namespace(1).to_string());
        text.replace("NAMESPACE_2", &self.namespace(2).to_string())
    }

    /// Makes a change without using the providers under test. If possible, the change is undone
    /// when the scenario ends.
    ///
    /// # Errors
    /// Fails if the change cannot be made.
    pub async fn act(&self, change: ExternalChange) -> Verdict {
        let Some(external_actor) = &self.external_actor else {
            return Err(Failure::new(format!(
                "the backend has no external actor to make this change: {change:?}"
            )));
        };
        if let Some(inverse) = change.inverse() {
            self.undo.lock().unwrap_or_else(PoisonError::into_inner).push(inverse);
        }
        Ok(external_actor.act(&change).await?)
    }

    /// Advances time by 11 seconds. By then, all delayed changes have taken effect.
    ///
    /// # Errors
    /// Fails if the backend cannot advance time.
    pub async fn pass(&self) -> Verdict {
        self.act(ExternalChange::Pass { time: Duration::from_secs(11) }).await
    }

    /// Returns a new [`Patience`], which starts with this fixture's time limit.
    pub fn patience(&self) -> Patience {
        Patience { left: self.patience, next: Duration::from_millis(500) }
    }

    /// Asserts that a call failed with this kind of error and had no effect. `answer` is the error
    /// that AWS returns, in the form `STATUS CODE: MESSAGE`. Only the parts that the backend must
    /// reproduce are compared.
    ///
    /// # Errors
    /// Fails if the call succeeded or returned a different error.
    #[track_caller]
    pub fn refused<T: Debug>(
        &self,
        outcome: Result<T>,
        operation: Operation,
        kind: ErrorKind,
        answer: &str,
    ) -> Verdict {
        let error = failed(outcome, operation, kind)?;
        let (code, status) = (error.code().unwrap_or("-"), error.status().unwrap_or_default());
        let found = format!("{status} {code}: {}", error.message());
        match self.answers {
            Answers::Kinds => Ok(()),
            Answers::Codes => {
                let code = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
                equal(&code(&found), &code(answer))
            }
            Answers::Words => equal(found.as_str(), answer),
        }
    }

    /// Asserts that a call failed because the resource does not exist. The error's code, HTTP
    /// status and message are not checked: for some kinds of resources, AWS returns a successful
    /// response, and the provider itself creates the error.
    ///
    /// # Errors
    /// Fails if the call succeeded or returned a different error.
    #[track_caller]
    pub fn absent<T: Debug>(&self, outcome: Result<T>, operation: Operation) -> Verdict {
        failed(outcome, operation, ErrorKind::NotFound).map(drop)
    }

    fn leaves(&self, leftover: Leftover) {
        let mut leftovers = self.leftovers.lock().unwrap_or_else(PoisonError::into_inner);
        if !leftovers.contains(&leftover) {
            leftovers.push(leftover);
        }
    }

    /// Undoes external changes and deletes everything that the scenario created. Roles are deleted
    /// after the other resources, because the policies of repositories may refer to roles.
    pub(super) async fn clean_up(&self, slow: bool) -> std::result::Result<(), String> {
        let (mut problems, mut policies) = (BTreeSet::new(), Vec::new());
        if let Some(second) = &self.second_region
            && let Err(problem) = Box::pin(second.clean_up(slow)).await
        {
            problems.insert(format!("in {}: {problem}", second.location.region));
        }
        if let Some(external_actor) = &self.external_actor {
            let undo =
                std::mem::take(&mut *self.undo.lock().unwrap_or_else(PoisonError::into_inner));
            for change in undo.into_iter().rev() {
                // Delete managed policies after the roles that use them.
                if let ExternalChange::DeletePolicy { .. } = change {
                    policies.push(change);
                } else if let Err(error) = external_actor.act(&change).await.or_absent() {
                    problems.insert(format!("{change:?}: {error}"));
                }
            }
        }
        let leftovers =
            std::mem::take(&mut *self.leftovers.lock().unwrap_or_else(PoisonError::into_inner));
        let (roles, others): (Vec<_>, Vec<_>) =
            leftovers.iter().partition(|leftover| matches!(leftover, Leftover::Role(_)));
        for leftover in others.into_iter().chain(roles) {
            if let Err(error) = self.remove(leftover, slow).await {
                problems.insert(format!("{leftover:?}: {error}"));
            }
        }
        for (external_actor, change) in self
            .external_actor
            .iter()
            .flat_map(|it| policies.iter().map(move |change| (it, change)))
        {
            if let Err(error) = external_actor.act(change).await.or_absent() {
                problems.insert(format!("{change:?}: {error}"));
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        let problems: Vec<_> = problems.into_iter().collect();
        Err(format!("not cleaned up:\n  {}", problems.join("\n  ")))
    }

    async fn remove(&self, leftover: &Leftover, slow: bool) -> Result<()> {
        let care = &self.caretaker;
        match leftover {
            Leftover::Cluster(name) => {
                self.gone(slow, || care.clusters().delete_cluster(name)).await
            }
            Leftover::Repository(name) => {
                self.gone(slow, || care.repositories().delete_repository(name, true)).await
            }
            Leftover::LogGroup(name) => {
                self.gone(slow, || care.log_groups().delete_log_group(name)).await
            }
            Leftover::Role(name) => {
                let roles = care.roles();
                for policy in
                    roles.list_attached_role_policies(name).await.or_absent()?.unwrap_or_default()
                {
                    self.gone(slow, || roles.detach_role_policy(name, &policy.arn)).await?;
                }
                for policy in roles.list_role_policies(name).await.or_absent()?.unwrap_or_default()
                {
                    self.gone(slow, || roles.delete_role_policy(name, &policy)).await?;
                }
                self.gone(slow, || roles.delete_role(name)).await
            }
        }
    }

    /// Deletes a resource, and retries while the resource is in use or being changed.
    async fn gone<F: Future<Output = Result<()>>>(
        &self,
        slow: bool,
        delete: impl Fn() -> F,
    ) -> Result<()> {
        let mut patience = self.patience();
        let mut waited = false;
        loop {
            match delete().await.or_absent() {
                Ok(_) => return Ok(()),
                Err(error) if !error.is_retryable() && error.kind() != ErrorKind::InUse => {
                    return Err(error);
                }
                Err(error) => {
                    let lag = slow && !std::mem::replace(&mut waited, true);
                    if !(lag && self.pass().await.is_ok() || patience.wait().await) {
                        return Err(error);
                    }
                }
            }
        }
    }
}

/// Asserts that a call failed with an error of this kind and had no effect. Returns the error.
#[track_caller]
fn failed<T: Debug>(outcome: Result<T>, operation: Operation, kind: ErrorKind) -> Verdict<Error> {
    let error = match outcome {
        Ok(value) => {
            let message = format!("{operation} should fail with {kind:?}, but returned {value:?}");
            return Err(Failure::new(message));
        }
        Err(error) => error,
    };
    let found = (error.operation(), error.kind(), error.effect());
    if found == (Some(operation), kind, Effect::None) {
        return Ok(error);
    }
    let message = format!("{operation} should fail with {kind:?} and without effect: {error:#?}");
    Err(Failure::new(message))
}

/// How much longer a change may take to become visible.
#[derive(Debug)]
pub struct Patience {
    left: Duration,
    next: Duration,
}

impl Patience {
    /// Waits and returns `true`. Each call waits longer than the previous call, up to 5 seconds. If
    /// no time is left, returns `false` immediately.
    pub async fn wait(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        let wait = self.next.min(self.left);
        sleep(wait).await;
        self.left -= wait;
        self.next = (self.next * 2).min(Duration::from_secs(5));
        true
    }
}
