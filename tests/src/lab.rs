//! A mock AWS with helpers to plan, apply and inspect a foundation.

use infra_core::arn::Region;
use infra_core::engine::{
    Detail, Finding, Goal, Observation, Plan, Report, RunOptions, Stack, Verdict,
};
use infra_core::error::Errors;
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_core::provider::Providers;
use infra_mock::api::{Call, Lag, Operation};
use infra_mock::time::TokioClock;
use infra_mock::{JournalEntry, MockAws};

/// The goal of creating or updating every resource to match the configuration.
pub const PRESENT: Goal = Goal::Present { adopt: false };
/// Like [`PRESENT`], but also adopts existing resources that ecs-foundation does not manage.
pub const ADOPT: Goal = Goal::Present { adopt: true };
/// The goal of deleting every managed resource.
pub const ABSENT: Goal = Goal::Absent { force: false };
/// Like [`ABSENT`], but also deletes anything that would prevent deletion, such as unmanaged
/// policies on the roles.
pub const FORCE: Goal = Goal::Absent { force: true };

/// Returns the specification of the foundation `demo-dev`, with default settings.
pub fn spec() -> FoundationSpec {
    let name = "the names are valid";
    FoundationSpec::new("demo".parse().expect(name), "dev".parse().expect(name))
}

/// Returns the text as an `Option<String>`, the type of most request members.
pub fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A mock AWS, providers that call it, and options for runs.
#[derive(Debug)]
pub struct Lab {
    /// The mock, which tests use to make external changes and to read the journal.
    pub mock: MockAws,
    /// The providers that the engine calls.
    pub providers: Providers,
    /// The options of each run.
    pub options: RunOptions,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// Creates a lab with an empty mock AWS in us-east-1. The mock has no lag and follows tokio's
    /// clock.
    pub fn new() -> Self {
        Self::with_lag(Lag::default())
    }

    /// Creates a lab with an empty mock AWS that has the given lag.
    pub fn with_lag(lag: Lag) -> Self {
        Self::on(MockAws::builder().seed(7).clock(TokioClock::default()).lag(lag).build())
    }

    /// Creates a lab with an empty mock AWS in the given region.
    pub fn in_region(region: &str) -> Self {
        let region: Region = region.parse().expect("the test passes a valid region");
        Self::on(MockAws::builder().seed(7).clock(TokioClock::default()).region(region).build())
    }

    /// Returns a lab for the same AWS account in another region.
    pub fn elsewhere(&self, region: &str) -> Self {
        let region: Region = region.parse().expect("the test passes a valid region");
        Self::on(self.mock.in_region(region))
    }

    /// Wraps a mock.
    pub fn on(mock: MockAws) -> Self {
        Self { providers: mock.providers(), mock, options: RunOptions::default() }
    }

    /// Returns a lab that calls the same mock through wrapped providers.
    pub fn through(&self, wrap: impl FnOnce(Providers) -> Providers) -> Self {
        Self {
            mock: self.mock.clone(),
            providers: wrap(self.mock.providers()),
            options: self.options.clone(),
        }
    }

    /// Returns the foundation in the caller's account and region.
    pub async fn foundation(&self, spec: &FoundationSpec) -> Foundation {
        let location = self.providers.location().await.expect("the mock returns an identity");
        Foundation::new(spec.clone(), location).expect("the specification is valid")
    }

    async fn stack(&self, spec: &FoundationSpec) -> Stack {
        self.foundation(spec).await.stack(&self.providers)
    }

    async fn observe(&self, stack: &Stack, detail: Detail) -> Observation {
        stack.observe(detail, &self.options).await.expect("every read succeeds")
    }

    /// Reads the foundation in as much detail as the command-line program does, and creates a plan
    /// for a goal.
    pub async fn plan(&self, spec: &FoundationSpec, goal: Goal) -> Plan {
        let stack = self.stack(spec).await;
        let detail = match goal {
            Goal::Absent { .. } => Detail::Contents,
            _ => Detail::Attributes,
        };
        let observation = self.observe(&stack, detail).await;
        stack.plan(&observation, goal)
    }

    /// Applies a plan and returns the report, even if steps failed.
    ///
    /// # Panics
    /// Panics if the plan has conflicts or blockers.
    pub async fn carry_out(&self, spec: &FoundationSpec, plan: &Plan) -> Report {
        let report = self.stack(spec).await.apply(plan, &self.options).await;
        report.expect("the plan has neither conflicts nor blockers")
    }

    /// Applies a plan that has conflicts or blockers, and returns the reasons for the refusal.
    ///
    /// # Panics
    /// Panics if the plan is not refused.
    pub async fn refused(&self, spec: &FoundationSpec, plan: &Plan) -> Errors {
        let result = self.stack(spec).await.apply(plan, &self.options).await;
        result.expect_err("a plan with conflicts or blockers is refused")
    }

    /// Creates and applies a plan for a goal, and returns the report, even if steps failed.
    pub async fn attempt(&self, spec: &FoundationSpec, goal: Goal) -> Report {
        let plan = self.plan(spec, goal).await;
        self.carry_out(spec, &plan).await
    }

    /// Creates and applies a plan for a goal, and returns the plan.
    ///
    /// # Panics
    /// Panics if a step fails.
    pub async fn run(&self, spec: &FoundationSpec, goal: Goal) -> Plan {
        let plan = self.plan(spec, goal).await;
        let report = self.carry_out(spec, &plan).await;
        assert!(report.is_success(), "{report:#?}");
        plan
    }

    /// Creates or updates every resource to match the configuration.
    ///
    /// # Panics
    /// Panics if a step fails.
    pub async fn apply(&self, spec: &FoundationSpec) -> Plan {
        self.run(spec, PRESENT).await
    }

    /// Deletes every managed resource.
    ///
    /// # Panics
    /// Panics if a step fails.
    pub async fn destroy(&self, spec: &FoundationSpec) -> Plan {
        self.run(spec, ABSENT).await
    }

    /// Compares every attribute with its expected value.
    pub async fn findings(&self, spec: &FoundationSpec) -> Vec<Finding> {
        let stack = self.stack(spec).await;
        let observation = self.observe(&stack, Detail::Contents).await;
        stack.inspect(&observation)
    }

    /// Checks that the plan is empty and that no finding reports a difference.
    ///
    /// # Panics
    /// Panics if the plan contains a change or if a finding reports a difference.
    pub async fn assert_converged(&self, spec: &FoundationSpec) {
        let plan = self.plan(spec, PRESENT).await;
        assert!(plan.is_empty(), "{:#?}", super::show::changes(&plan));
        assert_eq!(super::show::outline(&plan), [""; 0]);
        let mut findings = self.findings(spec).await;
        findings.retain(|finding| finding.verdict == Verdict::Differs);
        assert_eq!(findings, []);
    }

    /// Makes an API call to the mock directly, as another program would.
    ///
    /// # Panics
    /// Panics if AWS refuses the call.
    pub fn act<O: Operation>(&self, request: O) -> O::Output {
        match self.mock.call(request) {
            Ok(output) => output,
            Err(refusal) => panic!("{}: {refusal}", O::NAME),
        }
    }

    /// Changes the mock's state directly. The function can make changes that no API operation can
    /// make.
    ///
    /// # Panics
    /// Never panics, because a mock without a snapshot file has nothing to save.
    pub fn with_world<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> T {
        self.mock.with_world(act).expect("a mock without a snapshot file has nothing to save")
    }

    /// Returns all calls in the journal, and clears the journal.
    pub fn calls(&self) -> Vec<JournalEntry> {
        self.mock.take_journal()
    }
}
