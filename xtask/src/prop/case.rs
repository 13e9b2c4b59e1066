//! One case: a foundation, external_changes, lag, faults, and who runs at once; and what has to be true of it.

use std::sync::Arc;
use std::time::Duration;

use infra_core::engine::{Detail, Goal, Plan, Report, RunOptions, Stack};
use infra_core::foundation::{Foundation, FoundationSpec, ManagedPolicy};
use infra_core::names::LogGroupName;
use infra_core::policy::Statement;
use infra_core::provider::{
    CapacityProviders, ContainerInsights, LogGroupClass, LogGroupSpec, Providers, Retention,
    RetentionDays, TagMutability,
};
use infra_core::tags::Tags;
use infra_mock::MockAws;
use infra_mock::api::Lag;
use proptest::prelude::{Just, Strategy, any, prop};
use proptest::prop_oneof;
use proptest::test_runner::TestCaseError;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::external_changes::{self, ExternalChanges};
use crate::sim::clock::VirtualClock;
use crate::sim::fault::{CallFault, FOR_GOOD, Strike};
use crate::sim::recorder::Recorder;
use crate::sim::runner::{judge_report, runtime, until_crash};

/// What is drawn.
#[derive(Clone, Debug)]
pub(super) struct Case {
    foundation: Knobs,
    /// A second configuration, which the foundation is changed to in between.
    changed: Knobs,
    /// What others do to it before the faults begin; without a foundation there is nothing to do it to.
    external_changes: Option<Vec<ExternalChanges>>,
    turn: Turn,
    /// What goes wrong with which call of each process, counted from its first.
    faults: Vec<(u32, CallFault)>,
    lag: Lag,
    seed: u64,
}

/// What goes on while things go wrong.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// One apply.
    Apply,
    /// One apply, which is stopped as it makes its nth call.
    Stopped(u32),
    /// One destroy.
    Destroy,
    /// Two applies of the same foundation at once.
    Twice,
    /// An apply and a destroy of the same foundation at once.
    Against,
    /// Two applies at once, of the two configurations.
    Apart,
    /// An apply of another foundation in the same account at the same time.
    Beside,
    /// An apply where somebody else has a log group of our name.
    Occupied,
}

/// The settings that a case varies.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one setting, drawn by itself")]
struct Knobs {
    insights: ContainerInsights,
    spot_only: bool,
    retention: Retention,
    immutable: bool,
    scan: bool,
    more_policies: bool,
    more_statements: bool,
    session: u32,
    team: Option<String>,
}

fn knobs() -> impl Strategy<Value = Knobs> {
    let insights = prop_oneof![
        Just(ContainerInsights::Enabled),
        Just(ContainerInsights::Enhanced),
        Just(ContainerInsights::Disabled),
    ];
    let days = prop::sample::select(RetentionDays::ALLOWED.to_vec())
        .prop_map(|days| RetentionDays::new(days).map_or(Retention::Never, Retention::Days));
    let retention = prop_oneof![4 => days, 1 => Just(Retention::Never)];
    let flags = any::<[bool; 5]>();
    let team = prop::option::of("[a-z]{1,8}");
    (insights, retention, flags, 3600_u32..=43_200, team).prop_map(
        |(insights, retention, flags, session, team)| {
            let [spot_only, immutable, scan, more_policies, more_statements] = flags;
            Knobs {
                insights,
                spot_only,
                retention,
                immutable,
                scan,
                more_policies,
                more_statements,
                session,
                team,
            }
        },
    )
}

/// Draws cases.
pub(super) fn strategy() -> impl Strategy<Value = Case> {
    let seconds = |most: u64| (0..=most).prop_map(Duration::from_secs);
    // Below the bounds of the retry table: what is drawn has to converge.
    let lag = (seconds(90), seconds(90), seconds(300), seconds(60)).prop_map(
        |(iam_propagation, service_linked_role, capacity_providers, log_group)| Lag {
            iam_propagation,
            service_linked_role,
            capacity_providers,
            log_group,
        },
    );
    let external_changes =
        prop::option::of(prop::collection::vec(external_changes::strategy(), 0..8));
    let faults = prop::collection::vec((1_u32..60, fault()), 0..5);
    let drawn = (knobs(), knobs(), external_changes, turn(), faults, lag, any::<u64>());
    drawn.prop_map(|(foundation, changed, external_changes, turn, faults, lag, seed)| Case {
        foundation,
        changed,
        external_changes,
        turn,
        faults,
        lag,
        seed,
    })
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        3 => Just(Turn::Apply),
        2 => (1_u32..30).prop_map(Turn::Stopped),
        2 => Just(Turn::Destroy),
        2 => Just(Turn::Twice),
        2 => Just(Turn::Against),
        2 => Just(Turn::Apart),
        1 => Just(Turn::Beside),
        1 => Just(Turn::Occupied),
    ]
}

fn fault() -> impl Strategy<Value = CallFault> {
    let times = || 1..=FOR_GOOD;
    prop_oneof![
        Just(CallFault::Refused),
        times().prop_map(CallFault::Throttled),
        times().prop_map(CallFault::Failed),
        times().prop_map(CallFault::FailedAfter),
        times().prop_map(CallFault::Reset),
        times().prop_map(CallFault::Lost),
        (1_u16..50).prop_map(CallFault::Slow),
        (1_u16..30).prop_map(CallFault::Stale),
        Just(CallFault::CrashBefore),
        Just(CallFault::CrashAfter),
    ]
}

impl Knobs {
    fn spec(&self, environment: &str) -> FoundationSpec {
        let parsed = "the names of the property tests are valid";
        let mut spec =
            FoundationSpec::new("shop".parse().expect(parsed), environment.parse().expect(parsed));
        spec.cluster.container_insights = self.insights.clone();
        if self.spot_only {
            let mut capacity = CapacityProviders::default();
            capacity.providers.insert("FARGATE_SPOT".to_owned());
            spec.cluster.capacity = capacity;
        }
        spec.log_group.retention = self.retention;
        if self.immutable {
            spec.repository.tag_mutability = TagMutability::Immutable;
        }
        spec.repository.scan_on_push = self.scan;
        if self.more_policies {
            let policy = ManagedPolicy::AwsManaged("AmazonSSMReadOnlyAccess".to_owned());
            spec.execution_role.role.additional_managed_policies.push(policy);
        }
        if self.more_statements {
            let statement = Statement::allow(["s3:GetObject"]).with_resources(["arn:aws:s3:::x/*"]);
            spec.execution_role.role.statements.push(statement.clone());
            spec.task_role.role.statements.push(statement);
        }
        spec.task_role.role.max_session_duration =
            self.session.to_string().parse().expect("a drawn session is valid");
        if let Some(team) = &self.team {
            spec.tags.set("Team", team).expect("a drawn tag is valid");
        }
        spec
    }
}

/// A foundation on the mock.
struct Subject {
    foundation: Foundation,
    stack: Stack,
}

impl Subject {
    fn new(spec: FoundationSpec, mock: &MockAws, providers: &Providers) -> Self {
        let foundation = Foundation::new(spec, mock.caller().location.clone())
            .expect("the specifications of the property tests are valid");
        let stack = foundation.stack(providers);
        Self { foundation, stack }
    }

    async fn plan(&self, goal: Goal) -> Result<Plan, TestCaseError> {
        let options = RunOptions::default();
        let observation = self.stack.observe(Detail::Contents, &options).await;
        let observation = observation
            .map_err(|errors| TestCaseError::fail(format!("observing failed: {errors}")))?;
        Ok(self.stack.plan(&observation, goal))
    }

    async fn reach(&self, goal: Goal, what: &str) -> Result<(), TestCaseError> {
        let plan = self.plan(goal).await?;
        if !plan.is_executable() {
            let Plan { conflicts, blockers, .. } = plan;
            let reason = format!("{what}: not executable: {conflicts:?} {blockers:?}");
            return Err(TestCaseError::fail(reason));
        }
        let begin = Instant::now();
        let report = self.stack.apply(&plan, &RunOptions::default()).await;
        let report = report.map_err(|errors| TestCaseError::fail(format!("{what}: {errors}")))?;
        let failures: Vec<String> = report.failures().map(|(_, error)| error.to_string()).collect();
        if !report.is_success() {
            return Err(TestCaseError::fail(format!("{what} failed: {failures:?}")));
        }
        is_bounded(begin, what)?;
        self.is_at(goal, what).await
    }

    async fn is_at(&self, goal: Goal, what: &str) -> Result<(), TestCaseError> {
        let left = self.plan(goal).await?;
        if left.is_empty() {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("after {what} there is still to do: {:#?}", left.steps)))
    }
}

/// No run takes longer: that is every bound of the retry table, one after the other, with the faults' own time.
const LONGEST_RUN: Duration = Duration::from_hours(1);

fn is_bounded(begin: Instant, what: &str) -> Result<(), TestCaseError> {
    let took = begin.elapsed();
    if took <= LONGEST_RUN {
        return Ok(());
    }
    Err(TestCaseError::fail(format!("{what} took {took:?}")))
}

/// A process of the program, with faults of its own.
struct Process {
    recorder: Arc<Recorder>,
    subject: Subject,
    providers: Providers,
    goal: Goal,
    stops_at: Option<u32>,
}

impl Process {
    fn new(case: &Case, spec: FoundationSpec, mock: &MockAws, goal: Goal) -> Self {
        let strikes = case.faults.iter().map(|(nth, fault)| Strike::overall(*fault, *nth));
        let recorder = Arc::new(Recorder::new(&strikes.collect::<Vec<_>>()));
        let providers = mock.directed_by(Arc::clone(&recorder) as _);
        let subject = Subject::new(spec, mock, &providers);
        Self { recorder, subject, providers, goal, stops_at: None }
    }

    /// Runs once, to its end or its death; how it ends is not the point here, but that its report is true, its time
    /// bounded, and that it calls nobody once it is stopped.
    async fn run(&self, what: &str) -> Result<(), TestCaseError> {
        let begin = Instant::now();
        let report = until_crash(&self.recorder, self.report()).await;
        is_bounded(begin, what)?;
        let calls = self.recorder.calls();
        if let Some(Some(report)) = report {
            let true_or = |why| TestCaseError::fail(format!("{what}: not true: {why}"));
            judge_report(&report, &calls, true).map_err(true_or)?;
        }
        match self.recorder.begun_after_stop() {
            0 => Ok(()),
            more => Err(TestCaseError::fail(format!("{what}: {more} calls after it was stopped"))),
        }
    }

    async fn report(&self) -> Option<Report> {
        let cancel = CancellationToken::new();
        if let Some(nth) = self.stops_at {
            self.recorder.stop_at(nth, cancel.clone());
        }
        let events = Arc::clone(&self.recorder) as _;
        let options = RunOptions { events, cancel, ..RunOptions::default() };
        self.providers.location().await.ok()?;
        let stack = &self.subject.stack;
        let observation = stack.observe(Detail::Contents, &options).await.ok()?;
        let plan = stack.plan(&observation, self.goal);
        stack.apply(&plan, &options).await.ok()
    }
}

const PRESENT: Goal = Goal::Present { adopt: false };
const FORCE: Goal = Goal::Absent { force: true };

/// Longer than any stale read of a case, and than a new role stays unknown.
const SETTLED: Duration = Duration::from_mins(3);

impl Case {
    /// Plays the case through.
    pub(super) fn check(&self) -> Result<(), TestCaseError> {
        let whole = async {
            let hangs = Duration::from_hours(24);
            let played = tokio::time::timeout(hangs, Box::pin(self.play())).await;
            played.unwrap_or_else(|_| Err(TestCaseError::fail("it hangs")))
        };
        runtime().block_on(whole)
    }

    async fn play(&self) -> Result<(), TestCaseError> {
        let mock = MockAws::builder()
            .seed(self.seed)
            .lag(self.lag.clone())
            .clock(VirtualClock::start())
            .without_journal()
            .build();
        let providers = mock.providers();
        // A neighbour whose names begin like ours: whatever happens, nothing of it may change.
        let neighbour = Subject::new(self.changed.spec("dev-2"), &mock, &providers);
        neighbour.reach(PRESENT, "applying the neighbour").await?;

        let subject = Subject::new(self.foundation.spec("dev"), &mock, &providers);
        if let Some(external_changes) = &self.external_changes {
            subject.reach(PRESENT, "the first apply").await?;
            for external_changes in external_changes {
                external_changes.act(&subject.foundation, &providers).await;
            }
            // A role that was deleted less than the lag ago is still known to ECR, which then binds a policy to
            // a role that is gone. Nobody can see that before the lag has passed; the next plan does.
            tokio::time::sleep(self.lag.iam_propagation).await;
        }
        self.play_turn(&mock).await?;
        tokio::time::sleep(SETTLED).await;

        subject.reach(PRESENT, "the apply after it").await?;
        let changed = Subject::new(self.changed.spec("dev"), &mock, &providers);
        changed.reach(PRESENT, "apply of the changed configuration").await?;
        changed.reach(FORCE, "destroy").await?;
        neighbour.is_at(PRESENT, "everything, in the neighbour").await
    }

    /// What goes on while things go wrong.
    async fn play_turn(&self, mock: &MockAws) -> Result<(), TestCaseError> {
        let spec = || self.foundation.spec("dev");
        let one = Process::new(self, spec(), mock, PRESENT);
        let beside = |spec, goal| Process::new(self, spec, mock, goal);
        let other = match self.turn {
            Turn::Apply => return one.run("an apply").await,
            Turn::Stopped(nth) => {
                let one = Process { stops_at: Some(nth), ..one };
                return one.run("an apply that is stopped").await;
            }
            Turn::Destroy => return beside(spec(), FORCE).run("a destroy").await,
            Turn::Occupied => return self.play_occupied(mock, &one).await,
            Turn::Twice => beside(spec(), PRESENT),
            Turn::Against => beside(spec(), FORCE),
            Turn::Apart => beside(self.changed.spec("dev"), PRESENT),
            Turn::Beside => beside(self.changed.spec("qa"), PRESENT),
        };
        let (one, other) =
            futures_util::join!(one.run("one of two runs"), other.run("the other of two runs"));
        one.and(other)
    }

    /// Somebody else has a log group of our name: the run leaves it alone, and makes nothing beside it.
    async fn play_occupied(&self, mock: &MockAws, one: &Process) -> Result<(), TestCaseError> {
        let name: LogGroupName = "/ecs/shop-dev".parse().expect("the name is valid");
        // What happened to a log group of that name before has settled.
        tokio::time::sleep(SETTLED).await;
        let providers = mock.providers();
        let groups = providers.log_groups();
        let arn = mock.caller().location.arn("logs", format!("log-group:{name}"));
        let tags = Tags::observed([("Name".to_owned(), "theirs".to_owned())]);
        let (class, kms_key) = (LogGroupClass::Standard, None);
        let spec = LogGroupSpec { name: name.clone(), class, kms_key, tags: tags.clone() };
        if groups.create_log_group(&spec).await.is_err() {
            let _ = groups.tag_log_group(&arn, &tags).await;
        }
        let before = mock.world();
        one.run("an apply where a name is taken").await?;
        if mock.world() != before {
            return Err(TestCaseError::fail("something was done although a name is taken"));
        }
        tokio::time::sleep(SETTLED).await;
        let gone = groups.delete_log_group(&name).await;
        gone.map_err(|error| TestCaseError::fail(format!("they cannot remove it: {error}")))
    }
}
