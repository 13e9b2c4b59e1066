//! The place where a scenario runs.

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

/// How much of a refusal a backend has of AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answers {
    /// The kind of error, and that nothing has changed: what every provider promises.
    #[default]
    Kinds,
    /// AWS's error code and HTTP status too.
    Codes,
    /// AWS's words too.
    Words,
}

/// Something that a scenario may have made.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Leftover {
    Cluster(ClusterName),
    Role(RoleName),
    Repository(RepositoryName),
    LogGroup(LogGroupName),
}

/// The place where one scenario runs, once: providers, names of its own, and what removes them.
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
}

impl Fixture {
    /// A place on `providers`, which work at `location`. Every name begins with `prefix`, which is at most 24
    /// characters long and nobody else's.
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
        }
    }

    /// The same place with somebody else in it.
    pub fn with_external_actor(mut self, external_actor: Arc<dyn ExternalActor>) -> Self {
        self.external_actor = Some(external_actor);
        self
    }

    /// The same place, where refusals have more of AWS than their kind.
    pub fn with_answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// The same place, where a change may take that long to show. Without it, it shows at once.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same place, tidied by other providers than those under test.
    pub fn with_caretaker(mut self, caretaker: Providers) -> Self {
        self.caretaker = caretaker;
        self
    }

    /// The same place, which keeps something alive until the scenario has ended, such as a server.
    pub fn keeping(mut self, kept: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(kept));
        self
    }

    /// The providers under test.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// The clusters under test.
    pub fn clusters(&self) -> &dyn ClusterProvider {
        self.providers.clusters()
    }

    /// The roles under test.
    pub fn roles(&self) -> &dyn RoleProvider {
        self.providers.roles()
    }

    /// The repositories under test.
    pub fn repositories(&self) -> &dyn RepositoryProvider {
        self.providers.repositories()
    }

    /// The log groups under test.
    pub fn log_groups(&self) -> &dyn LogGroupProvider {
        self.providers.log_groups()
    }

    /// Where they work.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// What every name begins with.
    pub fn prefix(&self) -> &ProjectName {
        &self.prefix
    }

    /// A cluster's name; the cluster is removed at the end.
    ///
    /// # Errors
    /// The prefix makes no valid name.
    pub fn cluster(&self, name: &str) -> Verdict<ClusterName> {
        let name: ClusterName = format!("{}-{name}", self.prefix).parse()?;
        self.leaves(Leftover::Cluster(name.clone()));
        Ok(name)
    }

    /// A role's name; the role is removed at the end with all that is on it.
    ///
    /// # Errors
    /// The prefix makes no valid name.
    pub fn role(&self, name: &str) -> Verdict<RoleName> {
        let name: RoleName = format!("{}-{name}", self.prefix).parse()?;
        self.leaves(Leftover::Role(name.clone()));
        Ok(name)
    }

    /// A repository's name; the repository is removed at the end with its images.
    ///
    /// # Errors
    /// The prefix makes no valid name.
    pub fn repository(&self, name: &str) -> Verdict<RepositoryName> {
        let name: RepositoryName = format!("{}-{name}", self.prefix).parse()?;
        self.leaves(Leftover::Repository(name.clone()));
        Ok(name)
    }

    /// A log group's name, `/PREFIX/NAME`; the group is removed at the end with its events.
    ///
    /// # Errors
    /// The prefix makes no valid name.
    pub fn log_group(&self, name: &str) -> Verdict<LogGroupName> {
        let name: LogGroupName = format!("/{}/{name}", self.prefix).parse()?;
        self.leaves(Leftover::LogGroup(name.clone()));
        Ok(name)
    }

    /// A log group of that name, which begins with the prefix somewhere; it is removed at the end as well.
    pub(super) fn own_log_group(&self, name: LogGroupName) -> LogGroupName {
        self.leaves(Leftover::LogGroup(name.clone()));
        name
    }

    /// The ARN of a policy that AWS manages.
    pub fn aws_policy(&self, path_and_name: &str) -> Arn {
        Arn::aws_managed_policy(self.location.partition, path_and_name)
    }

    /// The ARN of a KMS key of the account, of which there are any number.
    pub fn kms_key(&self, number: u8) -> Arn {
        self.location.arn("kms", format!("key/{number:08}-2222-3333-4444-555555555555"))
    }

    /// A text with the names and places of this fixture: `PREFIX`, `PARTITION`, `REGION`, `ACCOUNT`, and `KEY_1`
    /// and `KEY_2` for the ARNs of keys stand for them.
    pub fn text(&self, pattern: &str) -> String {
        let Location { partition, account_id, region } = &self.location;
        let text = pattern.replace("PREFIX", self.prefix.as_str());
        let text = text.replace("PARTITION", partition.id()).replace("REGION", region.as_str());
        let text = text.replace("ACCOUNT", account_id.as_str());
        let text = text.replace("KEY_1", &self.kms_key(1).to_string());
        text.replace("KEY_2", &self.kms_key(2).to_string())
    }

    /// Has somebody do something; what can be undone is undone at the end.
    ///
    /// # Errors
    /// It could not be done.
    pub async fn act(&self, change: ExternalChange) -> Verdict {
        let Some(external_actor) = &self.external_actor else {
            return Err(Failure::new(format!("the backend has nobody to do this: {change:?}")));
        };
        if let Some(inverse) = change.inverse() {
            self.undo.lock().unwrap_or_else(PoisonError::into_inner).push(inverse);
        }
        Ok(external_actor.act(&change).await?)
    }

    /// Lets ten seconds and one pass: what a backend that is slow to order takes to settle.
    ///
    /// # Errors
    /// The backend does not do that.
    pub async fn pass(&self) -> Verdict {
        self.act(ExternalChange::Pass { time: Duration::from_secs(11) }).await
    }

    /// How long a change may take to show, counted from now.
    pub fn patience(&self) -> Patience {
        Patience { left: self.patience, next: Duration::from_millis(500) }
    }

    /// Expects AWS's refusal: its kind, that nothing has changed, and as much of `answer`
    /// (`STATUS CODE: WORDS`) as the backend has.
    ///
    /// # Errors
    /// The call succeeded, or failed otherwise.
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

    /// Expects that what is asked for is not there. To some operations that is no error of AWS's, so that the
    /// words are the provider's own.
    ///
    /// # Errors
    /// The call succeeded, or failed otherwise.
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

    /// Removes what the scenario may have left: what others did, then what it made, roles last, because
    /// policies of other resources name them.
    pub(super) async fn clean_up(&self, slow: bool) -> std::result::Result<(), String> {
        let (mut problems, mut policies) = (BTreeSet::new(), Vec::new());
        if let Some(external_actor) = &self.external_actor {
            let undo =
                std::mem::take(&mut *self.undo.lock().unwrap_or_else(PoisonError::into_inner));
            for change in undo.into_iter().rev() {
                // Roles hold them until the end.
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
        Err(format!("left behind:\n  {}", problems.join("\n  ")))
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

    /// Deletes until it is gone: other changes may still be under way.
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

/// The error of a call that is to fail as that kind, and to have changed nothing.
#[track_caller]
fn failed<T: Debug>(outcome: Result<T>, operation: Operation, kind: ErrorKind) -> Verdict<Error> {
    let error = match outcome {
        Ok(value) => {
            let message = format!("{operation} should fail as {kind:?}, and gave {value:?}");
            return Err(Failure::new(message));
        }
        Err(error) => error,
    };
    let found = (error.operation(), error.kind(), error.effect());
    if found == (Some(operation), kind, Effect::None) {
        return Ok(error);
    }
    let message = format!("{operation} should fail as {kind:?} without an effect: {error:#?}");
    Err(Failure::new(message))
}

/// The time that a change may still take to show.
#[derive(Debug)]
pub struct Patience {
    left: Duration,
    next: Duration,
}

impl Patience {
    /// Waits a little, longer each time; `false` at once where no time is left.
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
