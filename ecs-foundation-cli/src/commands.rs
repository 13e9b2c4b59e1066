//! The commands, and the code that they share for connecting, planning and confirming.

mod apply;
mod change;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod describe;
mod destroy;
mod environments;
pub(crate) mod export;
pub(crate) mod graph;
pub(crate) mod init;
pub(crate) mod mock;
mod output;
mod plan;
pub(crate) mod policy;
pub(crate) mod validate;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgMatches;
use infra_core::arn::{Location, Partition};
use infra_core::engine::{
    CallLimit, Detail, Events, Goal, Observation, Plan, RunOptions, Silent, Stack,
};
use infra_core::error::{Error, ErrorKind};
use infra_core::foundation::{Foundation, ServiceAddresses, ServiceSettings, address};
use infra_core::names::ServiceName;
use infra_core::provider::Providers;

use crate::args::{Cli, Command};
use crate::backend::{self, Connection, Connections};
use crate::config::{self, Config, Overrides, Sources};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::interrupt::Interrupt;
use crate::printer::Printer;
use crate::progress::{CallLog, Spinner};
use crate::render::Target;
use crate::saved_plan::{Agreed, SavedPlan};

use self::environments::{Environments, Place};

/// Runs one command.
pub(crate) async fn run(
    cli: &Cli,
    matches: &ArgMatches,
    printer: &Arc<Printer>,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    match &cli.command {
        // These commands do not use a foundation, so they need no configuration.
        Command::Mock(args) => {
            return mock::run(args, &cli.global, matches, printer, interrupt).await;
        }
        Command::Schema(_) => return Ok(describe::schema(printer)),
        Command::Completions(args) => return Ok(completions::run(args, printer)),
        Command::Man(args) => return describe::man(args, printer),
        _ => {}
    }
    let overrides = Overrides::from_matches(matches, |name| std::env::var_os(name));
    let file = file(cli);
    if let Command::Init(args) = &cli.command {
        let file = file.as_deref().unwrap_or(Path::new(config::DEFAULT_FILE));
        return init::run(args, file, &overrides, printer, interrupt).await;
    }
    let sources = Sources { file, overrides };
    match &cli.command {
        Command::Validate(_) => return validate::run(&sources, printer),
        Command::Environments(_) => return completions::environments(&sources, printer),
        command if command.is_for_all_environments() => {
            return Environments::load(&sources, command, printer, interrupt)?.run(command).await;
        }
        _ => {}
    }
    let config = config::load(&sources)?;
    let limit = CallLimit::new(config.parallelism.unwrap_or(RunOptions::default().parallelism));
    let connections = Connections::new(Arc::clone(printer));
    let (service, place) = (cli.command.selected_service(), None);
    let (config, limit, connections) = (&config, &limit, &connections);
    let context = Context { printer, interrupt, config, service, limit, connections, place };
    match &cli.command {
        Command::Plan(args) => plan::run(&context, args).await,
        Command::Apply(args) => apply::run(&context, args).await,
        Command::Output(args) => output::run(&context, args).await,
        Command::Verify(_) => verify::run(&context).await,
        Command::Destroy(args) => destroy::run(&context, args).await,
        Command::Policy(args) => policy::run(&context, args).await,
        Command::Graph(args) => graph::run(&context, args).await,
        Command::Export(args) => export::run(&context, args).await,
        Command::Cost(args) => cost::run(&context, args),
        Command::Init(_)
        | Command::Validate(_)
        | Command::Environments(_)
        | Command::Mock(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Man(_) => unreachable!("this command was handled above"),
    }
}

/// Returns the configuration file named by `--config` or `ECS_FOUNDATION_CONFIG`. An empty variable counts as unset,
/// as in the AWS CLI.
fn file(cli: &Cli) -> Option<PathBuf> {
    let variable = || std::env::var_os("ECS_FOUNDATION_CONFIG").filter(|value| !value.is_empty());
    cli.global.config.clone().or_else(|| variable().map(PathBuf::from))
}

/// The context in which a command runs for one environment. All environments share the connections
/// and the call limit.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    printer: &'a Arc<Printer>,
    interrupt: &'a Interrupt,
    config: &'a Config,
    /// The service selected with `--service`. If set, only this service's resources are changed.
    service: Option<&'a ServiceName>,
    limit: &'a CallLimit,
    connections: &'a Connections,
    /// The permission to process this environment, or `None` without `--all-environments`.
    place: Option<&'a Place>,
}

/// A foundation in an account, and the stack that manages it.
#[derive(Debug)]
pub(crate) struct Session {
    foundation: Foundation,
    target: Target,
    stack: Stack,
    /// The providers, if their account has not been confirmed yet.
    unconfirmed: Option<Providers>,
}

impl Context<'_> {
    /// Connects, looks up the account and region, and builds the foundation.
    ///
    /// If the configuration allows exactly one account, this method builds the foundation for that
    /// account without a lookup, and [`observe`](Self::observe) confirms the account later.
    async fn open(&self) -> Result<Session, Failure> {
        let open = async {
            let Connection { providers, in_memory } = self.connections.connect(self.config).await?;
            let partition = backend::partition(self.config, providers.region())?;
            let (location, unconfirmed) = if let [account_id] = &self.config.allowed_account_ids[..]
            {
                let (account_id, region) = (account_id.clone(), providers.region().clone());
                (Location { partition, account_id, region }, Some(providers.clone()))
            } else {
                let _spinner = Spinner::start(self.printer, "looking up the AWS account");
                (self.locate(&providers, self.config.partition).await?, None)
            };
            let mut spec = self.config.spec.clone();
            if let Some(name) = self.service {
                // Assume the default names for a service that was removed from the file.
                let settings = || ServiceSettings::new(&self.config.spec.environment);
                spec.services.entry(name.clone()).or_insert_with(settings);
            }
            let foundation = Foundation::new(spec, location)?;
            let mut stack = foundation.stack(&providers);
            let mut target = Target::of(&foundation, &in_memory);
            if let Some(name) = self.service {
                let ServiceAddresses { task_role, repository, log_group, .. } =
                    address::of_service(name);
                stack = stack.selecting([task_role, repository, log_group]);
                target.service = Some(name.to_string());
            }
            Ok(Session { foundation, target, stack, unconfirmed })
        };
        self.interrupt.unless_stopped(open).await.unwrap_or_else(|| Err(Failure::interrupted()))
    }

    /// Like [`open`](Self::open), but always confirms the account. This method is for commands that
    /// make no other calls.
    async fn open_and_confirm(&self) -> Result<Session, Failure> {
        let session = self.open().await?;
        let confirm = self.interrupt.unless_stopped(self.confirm_account(&session)).await;
        confirm.unwrap_or_else(|| Err(Failure::interrupted()))?;
        Ok(session)
    }

    /// Confirms that the credentials belong to the foundation's account. Only the first
    /// confirmation makes the identity call.
    async fn confirm_account(&self, session: &Session) -> Result<(), Failure> {
        let Some(providers) = &session.unconfirmed else { return Ok(()) };
        let partition = session.foundation.location().partition;
        self.locate(providers, Some(partition)).await.map(drop)
    }

    /// Looks up the account, and returns an error if the account is not allowed or is not in the
    /// expected partition.
    async fn locate(
        &self,
        providers: &Providers,
        expected: Option<Partition>,
    ) -> Result<Location, Failure> {
        let failure = |error: &_| self.unreachable(error);
        let location = self.connections.location(self.config, providers, self.limit, failure);
        let location = location.await?;
        self.check_account(&location)?;
        let Some(partition) = expected.filter(|expected| *expected != location.partition) else {
            return Ok(location);
        };
        let problem = Problem::new(format!(
            "the account is in partition {}, not {partition}",
            location.partition
        ));
        let help =
            "correct --partition or `partition` in the configuration, or use other credentials";
        Err(Failure::new(Kind::Configuration, problem.help(help)))
    }

    /// Returns an error if the configuration does not allow the account.
    fn check_account(&self, location: &Location) -> Result<(), Failure> {
        let allowed = &self.config.allowed_account_ids;
        let account = &location.account_id;
        if allowed.is_empty() || allowed.contains(account) {
            return Ok(());
        }
        let list: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        let problem = Problem::new(format!(
            "the credentials belong to account {account}, which is not allowed"
        ))
        .note(format!("allowed_account_ids allows only {}", list.join(", ")))
        .help("use credentials for an allowed account, or change allowed_account_ids");
        Err(Failure::new(Kind::Configuration, problem))
    }

    /// Converts an error from the identity call, and adds the endpoint if the connection failed.
    fn unreachable(&self, error: &Error) -> Failure {
        let failure = Failure::aws([error]);
        match &self.config.endpoint_url {
            Some(url) if error.kind() == ErrorKind::Connection => {
                failure.with_note(format!("the endpoint is {url}"))
            }
            _ => failure,
        }
    }

    /// Reads the current state from AWS.
    async fn observe(&self, session: &Session, detail: Detail) -> Result<Observation, Failure> {
        let events: Arc<dyn Events> = if self.printer.is_verbose() {
            Arc::new(CallLog(Arc::clone(self.printer)))
        } else {
            Arc::new(Silent)
        };
        let options = self.options(events);
        let observe = async {
            tokio::join!(self.confirm_account(session), session.stack.observe(detail, &options))
        };
        let _spinner = Spinner::start(self.printer, "reading the current state");
        match self.interrupt.unless_stopped(observe).await {
            Some((Ok(()), Ok(observed))) => Ok(observed),
            // A cancelled call can fail before `unless_stopped` notices the cancellation.
            Some(_) if self.interrupt.token().is_cancelled() => Err(Failure::interrupted()),
            // If the account could not be confirmed, report only that error, because the results
            // may come from another account.
            Some((Err(failure), _)) => Err(failure),
            Some((_, Err(errors))) => Err(errors.into()),
            None => Err(Failure::interrupted()),
        }
    }

    /// Reads the current state and makes a plan for a goal.
    async fn plan(&self, session: &Session, goal: Goal) -> Result<Plan, Failure> {
        let detail = match goal {
            // A destroy plan lists the contents that would be lost, such as images.
            Goal::Absent { .. } => Detail::Contents,
            _ => Detail::Attributes,
        };
        let observation = self.observe(session, detail).await?;
        Ok(session.stack.plan(&observation, goal))
    }

    fn options(&self, events: Arc<dyn Events>) -> RunOptions {
        let events = match self.place {
            Some(place) => place.left_by(events),
            None => events,
        };
        RunOptions {
            cancel: self.interrupt.token().clone(),
            events,
            limit: Some(self.limit.clone()),
            ..RunOptions::default()
        }
    }

    fn propose(&self, text: &str, yes: bool) {
        propose(self.printer, text, yes);
    }

    /// Asks for confirmation and returns the plan to apply. After a prompt, this method plans
    /// again, and returns an error if the new plan differs from the plan that was shown.
    async fn confirm(
        &self,
        session: &Session,
        (goal, plan): (Goal, Plan),
        question: &str,
        answer: &str,
        yes: bool,
    ) -> Result<Plan, Failure> {
        let asked = confirm(self.printer, self.interrupt, question, answer, yes).await?;
        match asked {
            Answer::Given => Ok(plan),
            Answer::Typed => self.plan_again(session, (goal, &plan)).await,
        }
    }

    /// Reads the current state and plans again after a prompt. Returns the new plan, or an error if
    /// it differs from the plan that was shown.
    async fn plan_again(
        &self,
        session: &Session,
        (goal, shown): (Goal, &Plan),
    ) -> Result<Plan, Failure> {
        let Session { foundation, target, .. } = session;
        let shown = SavedPlan::new(self.config, foundation, target, shown, goal);
        let now = self.plan(session, goal).await?;
        shown.check_plan(foundation, &now, Agreed::Shown)?;
        Ok(now)
    }
}

/// Prints the plan as a message. If a prompt follows, the plan is part of the prompt, so `--quiet` does not hide it.
fn propose(printer: &Printer, text: &str, yes: bool) {
    if printer.can_ask() && !yes {
        printer.alert(text);
    } else {
        printer.talk(text);
    }
}

/// How a change was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The change was confirmed by `--yes`, without a prompt.
    Given,
    /// The change was confirmed at the prompt.
    Typed,
}

/// Asks for confirmation unless `yes` is set. Any input other than `answer` cancels the command.
async fn confirm(
    printer: &Printer,
    interrupt: &Interrupt,
    question: &str,
    answer: &str,
    yes: bool,
) -> Result<Answer, Failure> {
    if yes {
        return Ok(Answer::Given);
    }
    if !printer.can_ask() {
        let problem =
            Problem::new("cannot ask for confirmation without a terminal; nothing was changed");
        let problem = problem.help("review the plan, then run again with --yes");
        return Err(Failure::new(Kind::Unconfirmed, problem));
    }
    let ask = printer.ask(question);
    let given = match interrupt.unless_stopped(ask).await {
        None => {
            // Start a new line after the prompt.
            printer.alert("\n");
            return Err(Failure::interrupted());
        }
        Some(Err(error)) => {
            let problem =
                Problem::new(format!("cannot read the answer: {error}; nothing was changed"));
            return Err(Failure::new(Kind::Unconfirmed, problem));
        }
        Some(Ok(given)) => given,
    };
    if given.as_deref() == Some(answer) {
        return Ok(Answer::Typed);
    }
    let problem = Problem::new("cancelled; nothing was changed");
    Err(Failure::new(Kind::Unconfirmed, problem))
}

/// Returns an error if the plan has conflicts or blockers.
fn ensure_executable(plan: &Plan) -> Result<(), Failure> {
    if !plan.conflicts.is_empty() {
        return Err(Failure::conflicts(&plan.conflicts));
    }
    if !plan.blockers.is_empty() {
        return Err(Failure::blockers(&plan.blockers));
    }
    Ok(())
}
