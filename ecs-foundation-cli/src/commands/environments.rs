//! `--all-environments`: runs a command concurrently for every environment in the file.
//!
//! Each environment is a separate foundation. Environments can be in different accounts and
//! regions. All environments together make at most `parallelism` calls at a time. Environments with
//! the same credentials share one call that identifies the caller. The output lists the
//! environments in the order of the file and ends with a summary. If one environment fails, the
//! others continue, but the exit code reports the failure.

mod change;
mod slot;
mod summary;

use std::num::NonZeroUsize;
use std::sync::Arc;

use infra_core::engine::{CallLimit, Goal, Plan, RunOptions, Summary};
use infra_core::names::{EnvironmentName, ServiceName};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Context, Session, destroy, ensure_executable, plan, verify};
use crate::args::{Command, PlanArgs};
use crate::backend::Connections;
use crate::config::{self, Config, Sources};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::printer::{Printer, Shape};
use crate::progress::Tally;
use crate::render::{BOLD, PlanJson, paint};

use self::change::Change;
pub(super) use self::slot::Place;
use self::slot::Slot;
use self::summary::{Row, Verdict, Words, add, counts};

/// Every environment in the file.
#[derive(Debug)]
pub(super) struct Environments {
    shared: Arc<Shared>,
    each: Vec<Environment>,
}

#[derive(Debug)]
struct Environment {
    name: EnvironmentName,
    config: Result<Box<Config>, Failure>,
}

/// The connections, limits and options that the environments share.
#[derive(Debug)]
struct Shared {
    printer: Arc<Printer>,
    interrupt: Interrupt,
    connections: Connections,
    service: Option<ServiceName>,
    parallelism: NonZeroUsize,
    limit: CallLimit,
}

/// An environment with a plan that can be applied.
#[derive(Debug)]
struct Planned {
    config: Box<Config>,
    session: Session,
    plan: Plan,
}

/// The JSON output of `plan --all-environments`.
#[derive(Serialize)]
struct PlansJson {
    format_version: &'static str,
    /// The plan for each environment. If planning failed, the environment's name and the error.
    environments: Vec<Value>,
    summary: Summary,
}

/// The JSON output of `verify --all-environments`.
#[derive(Serialize)]
struct VerifiedJson {
    format_version: &'static str,
    ok: bool,
    /// The findings for each environment. If verification failed, the environment's name and the
    /// error.
    environments: Vec<Value>,
}

impl Environments {
    /// Loads the configuration of each environment. If a configuration is invalid, its errors are
    /// reported later, when the command runs.
    pub(super) fn load(
        sources: &Sources,
        command: &Command,
        printer: &Arc<Printer>,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let each = config::load_all(sources)?.into_iter().map(|(name, config)| Environment {
            name,
            config: config.map(Box::new).map_err(Failure::from),
        });
        let each: Vec<_> = each.collect();
        let configs = each.iter().filter_map(|environment| environment.config.as_ref().ok());
        let parallelism = configs.filter_map(|config| config.parallelism).max();
        let parallelism = parallelism.unwrap_or(RunOptions::default().parallelism);
        let shared = Shared {
            printer: Arc::clone(printer),
            interrupt: interrupt.clone(),
            connections: Connections::new(Arc::clone(printer)),
            service: command.selected_service().cloned(),
            parallelism,
            limit: CallLimit::new(parallelism),
        };
        Ok(Self { shared: Arc::new(shared), each })
    }

    /// Runs a command with `--all-environments`.
    pub(super) async fn run(self, command: &Command) -> Result<Exit, Failure> {
        match command {
            Command::Plan(args) => self.plan(args).await,
            Command::Verify(_) => self.verify().await,
            Command::Apply(args) => {
                let goal = Goal::Present { adopt: args.adopt };
                self.change(&Change { goal, yes: args.yes }).await
            }
            Command::Destroy(args) => {
                let goal = Goal::Absent { force: args.force };
                self.change(&Change { goal, yes: args.yes }).await
            }
            _ => unreachable!("other commands do not accept --all-environments"),
        }
    }

    async fn plan(self, args: &PlanArgs) -> Result<Exit, Failure> {
        let Self { shared, each } = self;
        let printer = &shared.printer;
        let goal = args.goal();
        let plan = |environment: Environment, slot: Slot| {
            let shared = Arc::clone(&shared);
            async move {
                let name = environment.name.clone();
                heading(&slot.printer, &name);
                let show = |session: &Session, plan: &Plan| {
                    if !slot.printer.is_json() {
                        slot.printer.show(&text(goal, session, plan));
                    }
                };
                let made = shared.plan(environment, goal, &slot, show).await;
                let made = made.map(|Planned { session, plan, .. }| {
                    // A JSON document can be large, so build it only if it will be printed.
                    let document = slot.printer.is_json().then(|| {
                        serde_json::to_value(PlanJson::new(&session.target, &plan))
                            .unwrap_or_default()
                    });
                    (plan.summary(), plan.steps.is_empty(), document)
                });
                (name, reported(made, &slot.printer))
            }
        };
        let made = shared.concurrently("planning", each, plan).await;
        let (mut rows, mut documents, mut summary) = (Vec::new(), Vec::new(), Summary::default());
        for (name, made) in made {
            match made {
                Ok((counted, is_empty, document)) => {
                    add(&mut summary, counted);
                    documents.extend(document);
                    let verdict = if is_empty { Verdict::Same } else { Verdict::Changed };
                    rows.push(Row { name, verdict, text: counts(counted) });
                }
                Err(failure) => {
                    documents.push(failed_document(&name, &failure));
                    rows.push(Row::failed(name, &failure)?);
                }
            }
        }
        if printer.is_json() {
            let document = PlansJson { format_version: "1.0", environments: documents, summary };
            printer.json(&document, Shape::Document);
        } else {
            printer.show(&summary::text(&rows, Words::PLAN));
        }
        let has = |verdict| rows.iter().any(|row| row.verdict == verdict);
        Ok(match (has(Verdict::Failed), has(Verdict::Changed) && args.detailed_exitcode) {
            (true, _) => Exit::Failure,
            (false, true) => Exit::Changes,
            (false, false) => Exit::Success,
        })
    }

    async fn verify(self) -> Result<Exit, Failure> {
        let Self { shared, each } = self;
        let printer = &shared.printer;
        let verify = |environment: Environment, slot: Slot| {
            let shared = Arc::clone(&shared);
            async move {
                let Environment { name, config } = environment;
                heading(&slot.printer, &name);
                let verified = match config {
                    Ok(config) => verify::verify(&shared.context(&config, &slot)).await,
                    Err(failure) => Err(failure),
                };
                let verified = verified.map(|verified| {
                    let document = slot.printer.is_json().then(|| verified.document());
                    (verified.ok, verified.differs, document)
                });
                (name, reported(verified, &slot.printer))
            }
        };
        let verified = shared.concurrently("verifying", each, verify).await;
        let (mut rows, mut documents) = (Vec::new(), Vec::new());
        for (name, verified) in verified {
            match verified {
                Ok((ok, differs, document)) => {
                    documents.extend(document);
                    let (verdict, text) = match differs {
                        0 => (Verdict::Same, format!("{ok} attributes match")),
                        _ => (
                            Verdict::Changed,
                            format!("{differs} of {} attributes differ", ok + differs),
                        ),
                    };
                    rows.push(Row { name, verdict, text });
                }
                Err(failure) => {
                    documents.push(failed_document(&name, &failure));
                    rows.push(Row::failed(name, &failure)?);
                }
            }
        }
        let ok = rows.iter().all(|row| row.verdict == Verdict::Same);
        if printer.is_json() {
            let document = VerifiedJson { format_version: "1.0", ok, environments: documents };
            printer.json(&document, Shape::Document);
        } else {
            printer.show(&summary::text(&rows, Words::VERIFY));
        }
        Ok(if ok { Exit::Success } else { Exit::Failure })
    }
}

impl Shared {
    fn context<'c>(&'c self, config: &'c Config, slot: &'c Slot) -> Context<'c> {
        let Self { printer: _, interrupt, connections, service, parallelism: _, limit } = self;
        let (service, Slot { printer, place }) = (service.as_ref(), slot);
        let place = Some(place);
        Context { printer, interrupt, config, service, limit, connections, place }
    }

    /// Plans one environment and prints the plan.
    async fn plan(
        &self,
        environment: Environment,
        goal: Goal,
        slot: &Slot,
        show: impl Fn(&Session, &Plan),
    ) -> Result<Planned, Failure> {
        let config = environment.config?;
        let context = self.context(&config, slot);
        let session = context.open().await?;
        let plan = context.plan(&session, goal).await?;
        show(&session, &plan);
        ensure_executable(&plan)?;
        Ok(Planned { config, session, plan })
    }

    /// Runs `work` on all items in concurrent tasks, using all cores. The results and the output
    /// are in the same order as the items.
    ///
    /// An environment always has at least one call in progress, unless it is waiting for a change
    /// to take effect in AWS. Processing more environments at once than the maximum number of
    /// concurrent calls would therefore save no time. It would only use more memory.
    async fn concurrently<I, T, F>(
        &self,
        doing: &'static str,
        items: Vec<I>,
        work: impl Fn(I, Slot) -> F,
    ) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let places = Arc::new(Semaphore::new(self.parallelism.get()));
        let tally = Arc::new(Tally::start(&self.printer, doing, items.len()));
        let printers = self.printer.sections(items.len());
        let mut tasks = JoinSet::new();
        for (index, (item, printer)) in items.into_iter().zip(printers).enumerate() {
            let slot = Slot::free(Arc::clone(&printer), &places).await;
            let place = slot.place.clone();
            let (work, tally) = (work(item, slot), Arc::clone(&tally));
            tasks.spawn(async move {
                let result = work.await;
                // `work` can drop its slot before it has finished. This clone keeps the place
                // occupied until then.
                drop(place);
                printer.end_section();
                tally.count();
                (index, result)
            });
        }
        let mut results = tasks.join_all().await;
        results.sort_unstable_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

/// Prints a failure unless it is an interruption. An interruption is reported only once, for all
/// environments.
fn reported<T>(result: Result<T, Failure>, printer: &Printer) -> Result<T, Failure> {
    result.inspect_err(|failure| {
        if failure.exit() == Exit::Failure {
            failure.report(printer);
        }
    })
}

fn failed_document(name: &EnvironmentName, failure: &Failure) -> Value {
    json!({ "environment": name, "error": failure.data()["error"].take() })
}

/// Formats a plan as text.
fn text(goal: Goal, session: &Session, made: &Plan) -> String {
    match goal {
        Goal::Absent { .. } => destroy::text(session, made),
        _ => plan::text(session, made),
    }
}

/// Prints the heading above an environment's results.
fn heading(printer: &Printer, name: &EnvironmentName) {
    if !printer.is_json() {
        printer.data(&title(name));
    }
}

fn title(name: &EnvironmentName) -> String {
    format!("{}\n", paint(BOLD, format!("== {name} ==")))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Write};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use infra_core::engine::{Address, CallLimit, Event, Silent};
    use infra_core::operation::ecr;
    use tokio::time::{Instant, sleep};

    use super::{Shared, Slot};
    use crate::backend::Connections;
    use crate::interrupt::Interrupt;
    use crate::printer::{Io, Printer, Style};

    /// Captures what is written to a stream.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns a `Shared` that allows `parallelism` concurrent calls, and its captured standard
    /// output.
    fn shared(parallelism: usize) -> (Shared, Written) {
        let written = Written::default();
        let io = Io {
            stdin: Box::new(Cursor::new("")),
            stdout: Box::new(written.clone()),
            stderr: Box::new(Written::default()),
            can_ask: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            columns: None,
        };
        let printer = Arc::new(Printer::new(io, Style::default()));
        let parallelism = parallelism.try_into().unwrap();
        let shared = Shared {
            printer: Arc::clone(&printer),
            interrupt: Interrupt::default(),
            connections: Connections::new(printer),
            service: None,
            parallelism,
            limit: CallLimit::new(parallelism),
        };
        (shared, written)
    }

    #[tokio::test(start_paused = true)]
    async fn environments_run_concurrently_within_the_limit_and_print_in_order() {
        let (shared, written) = shared(2);
        let start = Instant::now();
        let work = |seconds: u64, slot: Slot| async move {
            slot.printer.data(&format!("{seconds} s: begin\n"));
            sleep(Duration::from_secs(seconds)).await;
            slot.printer.data(&format!("{seconds} s: end\n"));
            start.elapsed().as_secs()
        };
        let ends = shared.concurrently("testing", vec![4, 1, 2, 3], work).await;
        // The first task occupies one of the two places, so the other tasks run one after another.
        assert_eq!(ends, [4, 1, 3, 6]);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let section = |seconds| format!("{seconds} s: begin\n{seconds} s: end\n");
        assert_eq!(text, [4, 1, 2, 3].map(section).concat());
    }

    #[tokio::test(start_paused = true)]
    async fn an_environment_that_waits_for_aws_leaves_its_place_to_the_next() {
        let (shared, _) = shared(1);
        let start = Instant::now();
        let work = |(), slot: Slot| async move {
            sleep(Duration::from_secs(1)).await;
            slot.place.left_by(Arc::new(Silent)).emit(&Event::Waiting {
                address: &Address::new("ecr_repository_policy", "app"),
                operation: ecr::SET_REPOSITORY_POLICY,
                reason: "the role to become visible",
                elapsed: Duration::ZERO,
                limit: Duration::from_mins(2),
            });
            sleep(Duration::from_secs(10)).await;
            start.elapsed().as_secs()
        };
        assert_eq!(shared.concurrently("testing", vec![(); 3], work).await, [11, 12, 13]);
    }
}
