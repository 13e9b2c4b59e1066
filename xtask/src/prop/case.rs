//! Draws and checks convergence cases. A case consists of two configurations of a foundation,
//! external changes, lag, faults, and what the program does while the faults occur.

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

use super::external_changes::{self, ExternalChange};
use crate::sim::clock::VirtualClock;
use crate::sim::fault::{CallFault, PERMANENT, Strike};
use crate::sim::recorder::Recorder;
use crate::sim::runner::{check_report, runtime, until_crash};

/// A drawn case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    foundation: Knobs,
    /// A second configuration, which is applied later.
    changed: Knobs,
    /// The external changes before the faults begin, or `None` to start without a foundation.
    external_changes: Option<Vec<ExternalChange>>,
    activity: Activity,
    /// The faults, each with the number of the affected call, counted from 1. All of these faults
    /// are injected into each process.
    faults: Vec<(u32, CallFault)>,
    lag: Lag,
    seed: u64,
}

/// What the program does while faults occur.
#[derive(Clone, Copy, Debug)]
enum Activity {
    /// One apply.
    Apply,
    /// An apply that is cancelled at its nth call.
    Cancelled(u32),
    /// One destroy.
    Destroy,
    /// Two concurrent applies of the same foundation.
    TwoApplies,
    /// A concurrent apply and destroy of the same foundation.
    ApplyAndDestroy,
    /// Two concurrent applies, one for each configuration.
    TwoConfigurations,
    /// Two concurrent applies, one of them for another foundation in the same account.
    OtherFoundation,
    /// An apply while an unmanaged log group has the name of the foundation's log group.
    NameConflict,
}

/// The settings that a case varies.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each field is an independent setting")]
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

/// Returns a strategy that draws cases.
pub(super) fn strategy() -> impl Strategy<Value = Case> {
    let seconds = |most: u64| (0..=most).prop_map(Duration::from_secs);
    // Each lag is shorter than the corresponding limit in the retry table, because every case must
    // converge.
    let lag = (seconds(90), seconds(90), seconds(300), seconds(60)).prop_map(
        |(iam_propagation, service_linked_role, capacity_providers, log_group)| Lag {
            iam_propagation,
            service_linked_role,
            capacity_providers,
            log_group,
            ..Lag::default()
        },
    );
    let external_changes =
        prop::option::of(prop::collection::vec(external_changes::strategy(), 0..8));
    let faults = prop::collection::vec((1_u32..60, fault()), 0..5);
    let drawn = (knobs(), knobs(), external_changes, activity(), faults, lag, any::<u64>());
    drawn.prop_map(|(foundation, changed, external_changes, activity, faults, lag, seed)| Case {
        foundation,
        changed,
        external_changes,
        activity,
        faults,
        lag,
        seed,
    })
}

fn activity() -> impl Strategy<Value = Activity> {
    prop_oneof![
        3 => Just(Activity::Apply),
        2 => (1_u32..30).prop_map(Activity::Cancelled),
        2 => Just(Activity::Destroy),
        2 => Just(Activity::TwoApplies),
        2 => Just(Activity::ApplyAndDestroy),
        2 => Just(Activity::TwoConfigurations),
        1 => Just(Activity::OtherFoundation),
        1 => Just(Activity::NameConflict),
    ]
}

fn fault() -> impl Strategy<Value = CallFault> {
    let times = || 1..=PERMANENT;
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
        let valid = "the property tests use valid names";
        let mut spec =
            FoundationSpec::new("shop".parse().expect(valid), environment.parse().expect(valid));
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

/// A foundation on the mock AWS.
struct Subject {
    foundation: Foundation,
    stack: Stack,
}

impl Subject {
    fn new(spec: FoundationSpec, mock: &MockAws, providers: &Providers) -> Self {
        let foundation = Foundation::new(spec, mock.caller().location.clone())
            .expect("the property tests use valid specifications");
        let stack = foundation.stack(providers);
        Self { foundation, stack }
    }

    async fn plan(&self, goal: Goal) -> Result<Plan, TestCaseError> {
        let options = RunOptions::default();
        let observation = self.stack.observe(Detail::Contents, &options).await;
        let observation = observation.map_err(|errors| {
            TestCaseError::fail(format!("cannot read the current state: {errors}"))
        })?;
        Ok(self.stack.plan(&observation, goal))
    }

    async fn reach(&self, goal: Goal, what: &str) -> Result<(), TestCaseError> {
        let plan = self.plan(goal).await?;
        if !plan.is_executable() {
            let Plan { conflicts, blockers, .. } = plan;
            let reason = format!("{what}: the plan is not executable: {conflicts:?} {blockers:?}");
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
        Err(TestCaseError::fail(format!("steps remain after {what}: {:#?}", left.steps)))
    }
}

/// An upper bound on the duration of a run. It is long enough for every retry limit to be used up
/// and for every fault to occur.
const LONGEST_RUN: Duration = Duration::from_hours(1);

fn is_bounded(begin: Instant, what: &str) -> Result<(), TestCaseError> {
    let took = begin.elapsed();
    if took <= LONGEST_RUN {
        return Ok(());
    }
    Err(TestCaseError::fail(format!("{what} took {took:?}, more than {LONGEST_RUN:?}")))
}

/// A process that runs the program. The call numbers of the faults count only this process's calls.
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
        let providers = mock.intercepted_by(Arc::clone(&recorder) as _);
        let subject = Subject::new(spec, mock, &providers);
        Self { recorder, subject, providers, goal, stops_at: None }
    }

    /// Runs the process until it ends or crashes. The run may fail, but its report must be true.
    /// The run must take no longer than [`LONGEST_RUN`] and must start no calls after a
    /// cancellation.
    async fn run(&self, what: &str) -> Result<(), TestCaseError> {
        let begin = Instant::now();
        let report = until_crash(&self.recorder, self.report()).await;
        is_bounded(begin, what)?;
        let calls = self.recorder.calls();
        if let Some(Some(report)) = report {
            let true_or = |why| TestCaseError::fail(format!("{what}: wrong report: {why}"));
            check_report(&report, &calls, true).map_err(true_or)?;
        }
        match self.recorder.begun_after_stop() {
            0 => Ok(()),
            more => {
                Err(TestCaseError::fail(format!("{what}: {more} calls after it was cancelled")))
            }
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

/// A duration that is longer than any stale read or role propagation in a case.
const SETTLED: Duration = Duration::from_mins(3);

impl Case {
    /// Runs the case and checks that the foundation converges.
    pub(super) fn check(&self) -> Result<(), TestCaseError> {
        let case = async {
            let hangs = Duration::from_hours(24);
            let result = tokio::time::timeout(hangs, Box::pin(self.run())).await;
            result.unwrap_or_else(|_| Err(TestCaseError::fail("the case hangs")))
        };
        runtime().block_on(case)
    }

    async fn run(&self) -> Result<(), TestCaseError> {
        let mock = MockAws::builder()
            .seed(self.seed)
            .lag(self.lag.clone())
            .clock(VirtualClock::start())
            .without_journal()
            .build();
        let providers = mock.providers();
        // A neighboring foundation. Its base name starts with the base name of the foundation under
        // test, and none of its resources may ever change.
        let neighbor = Subject::new(self.changed.spec("dev-2"), &mock, &providers);
        neighbor.reach(PRESENT, "creating the neighbor").await?;

        let subject = Subject::new(self.foundation.spec("dev"), &mock, &providers);
        if let Some(external_changes) = &self.external_changes {
            subject.reach(PRESENT, "the first apply").await?;
            for external_changes in external_changes {
                external_changes.act(&subject.foundation, &providers).await;
            }
            // Wait until ECR no longer recognizes deleted roles. Until then, ECR would accept a
            // policy that refers to a deleted role, and only a later plan would correct the policy.
            tokio::time::sleep(self.lag.iam_propagation).await;
        }
        self.run_activity(&mock).await?;
        tokio::time::sleep(SETTLED).await;

        subject.reach(PRESENT, "the apply after the activity").await?;
        let changed = Subject::new(self.changed.spec("dev"), &mock, &providers);
        changed.reach(PRESENT, "the apply of the changed configuration").await?;
        changed.reach(FORCE, "the destroy").await?;
        neighbor.is_at(PRESENT, "the whole case, in the neighboring foundation").await
    }

    /// Runs the activity while faults occur.
    async fn run_activity(&self, mock: &MockAws) -> Result<(), TestCaseError> {
        let spec = || self.foundation.spec("dev");
        let one = Process::new(self, spec(), mock, PRESENT);
        let beside = |spec, goal| Process::new(self, spec, mock, goal);
        let other = match self.activity {
            Activity::Apply => return one.run("an apply").await,
            Activity::Cancelled(nth) => {
                let one = Process { stops_at: Some(nth), ..one };
                return one.run("a cancelled apply").await;
            }
            Activity::Destroy => return beside(spec(), FORCE).run("a destroy").await,
            Activity::NameConflict => return self.run_with_name_conflict(mock, &one).await,
            Activity::TwoApplies => beside(spec(), PRESENT),
            Activity::ApplyAndDestroy => beside(spec(), FORCE),
            Activity::TwoConfigurations => beside(self.changed.spec("dev"), PRESENT),
            Activity::OtherFoundation => beside(self.changed.spec("qa"), PRESENT),
        };
        let (one, other) = futures_util::join!(
            one.run("the first of two runs"),
            other.run("the second of two runs")
        );
        one.and(other)
    }

    /// Applies the foundation while an unmanaged log group has the name of the foundation's log
    /// group. The run must change nothing.
    async fn run_with_name_conflict(
        &self,
        mock: &MockAws,
        one: &Process,
    ) -> Result<(), TestCaseError> {
        let name: LogGroupName = "/ecs/shop-dev".parse().expect("the name is valid");
        // Wait until earlier changes to a log group with this name have taken effect.
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
        one.run("an apply with a name conflict").await?;
        if mock.world() != before {
            return Err(TestCaseError::fail("something was changed despite the name conflict"));
        }
        tokio::time::sleep(SETTLED).await;
        let gone = groups.delete_log_group(&name).await;
        gone.map_err(|error| {
            TestCaseError::fail(format!("cannot delete the unmanaged log group: {error}"))
        })
    }
}
