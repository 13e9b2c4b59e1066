//! One case: a foundation, meddling, and lag; and what has to be true of it.

use std::time::Duration;

use infra_core::engine::{Detail, Goal, Plan, RunOptions, Stack};
use infra_core::foundation::{Foundation, FoundationSpec, ManagedPolicy};
use infra_core::policy::Statement;
use infra_core::provider::{
    CapacityProviders, ContainerInsights, Providers, Retention, RetentionDays, TagMutability,
};
use infra_mock::MockAws;
use infra_mock::api::Lag;
use infra_mock::time::TokioClock;
use proptest::prelude::{Just, Strategy, any, prop};
use proptest::prop_oneof;
use proptest::test_runner::TestCaseError;

use super::meddling::{self, Meddling};

/// What is drawn.
#[derive(Clone, Debug)]
pub(super) struct Case {
    foundation: Knobs,
    /// A second configuration, which the foundation is changed to in between.
    changed: Knobs,
    meddling: Vec<Meddling>,
    lag: Lag,
    seed: u64,
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
    let meddling = prop::collection::vec(meddling::strategy(), 0..8);
    (knobs(), knobs(), meddling, lag, any::<u64>()).prop_map(
        |(foundation, changed, meddling, lag, seed)| Case {
            foundation,
            changed,
            meddling,
            lag,
            seed,
        },
    )
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
        spec.task_role.role.max_session_duration = self.session;
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
        let report = self.stack.apply(&plan, &RunOptions::default()).await;
        let failures: Vec<String> = report.failures().map(|(_, error)| error.to_string()).collect();
        if !report.is_success() {
            return Err(TestCaseError::fail(format!("{what} failed: {failures:?}")));
        }
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

const PRESENT: Goal = Goal::Present { adopt: false };

impl Case {
    /// Plays the case through.
    pub(super) fn check(&self) -> Result<(), TestCaseError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        runtime.block_on(self.play())
    }

    async fn play(&self) -> Result<(), TestCaseError> {
        let mock = MockAws::builder()
            .seed(self.seed)
            .lag(self.lag.clone())
            .clock(TokioClock::default())
            .build();
        let providers = mock.providers();
        // A neighbour whose names begin like ours: whatever happens, nothing of it may change.
        let neighbour = Subject::new(self.changed.spec("dev-2"), &mock, &providers);
        neighbour.reach(PRESENT, "applying the neighbour").await?;

        let subject = Subject::new(self.foundation.spec("dev"), &mock, &providers);
        subject.reach(PRESENT, "the first apply").await?;
        for meddling in &self.meddling {
            meddling.act(&subject.foundation, &providers).await;
        }
        // A role that was deleted less than the lag ago is still known to ECR, which then binds a policy to
        // a role that is gone. Nobody can see that before the lag has passed; the next plan does.
        tokio::time::sleep(self.lag.iam_propagation).await;
        subject.reach(PRESENT, "apply after meddling").await?;
        let changed = Subject::new(self.changed.spec("dev"), &mock, &providers);
        changed.reach(PRESENT, "apply of the changed configuration").await?;

        let absent = Goal::Absent { force: true };
        changed.reach(absent, "destroy").await?;
        neighbour.is_at(PRESENT, "everything, in the neighbour").await
    }
}
