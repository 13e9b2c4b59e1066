//! A mock AWS and the ways in which tests go at it.

use infra_core::arn::Region;
use infra_core::engine::{
    Detail, Finding, Goal, Observation, Plan, Report, RunOptions, Stack, Verdict,
};
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_core::provider::Providers;
use infra_mock::api::{Call, Lag, Operation};
use infra_mock::time::TokioClock;
use infra_mock::{JournalEntry, MockAws};

/// Everything as the configuration says.
pub const PRESENT: Goal = Goal::Present { adopt: false };
/// That, and what is there but not ours is taken over.
pub const ADOPT: Goal = Goal::Present { adopt: true };
/// Nothing of ours.
pub const ABSENT: Goal = Goal::Absent { force: false };
/// That, whatever others put on our resources.
pub const FORCE: Goal = Goal::Absent { force: true };

/// The foundation `demo-dev` with every default.
pub fn spec() -> FoundationSpec {
    let name = "the names of the tests are valid";
    FoundationSpec::new("demo".parse().expect(name), "dev".parse().expect(name))
}

/// A text as AWS's requests hold texts.
pub fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A mock AWS, the providers that lead to it, and how runs go about their calls.
#[derive(Debug)]
pub struct Lab {
    /// The mock, to change things behind the tool's back and to read the journal.
    pub mock: MockAws,
    /// What the engine calls.
    pub providers: Providers,
    /// How runs go about their calls.
    pub options: RunOptions,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// An empty AWS in us-east-1 that settles at once, on tokio's time.
    pub fn new() -> Self {
        Self::with_lag(Lag::default())
    }

    /// An empty AWS that settles slowly.
    pub fn with_lag(lag: Lag) -> Self {
        Self::on(MockAws::builder().seed(7).clock(TokioClock::default()).lag(lag).build())
    }

    /// An empty AWS in another region.
    pub fn in_region(region: &str) -> Self {
        let region: Region = region.parse().expect("the test names a region");
        Self::on(MockAws::builder().seed(7).clock(TokioClock::default()).region(region).build())
    }

    fn on(mock: MockAws) -> Self {
        Self { providers: mock.providers(), mock, options: RunOptions::default() }
    }

    /// The same AWS through other providers.
    pub fn through(&self, wrap: impl FnOnce(Providers) -> Providers) -> Self {
        Self {
            mock: self.mock.clone(),
            providers: wrap(self.mock.providers()),
            options: self.options.clone(),
        }
    }

    /// The foundation in the place where the caller's identity leads.
    pub async fn foundation(&self, spec: &FoundationSpec) -> Foundation {
        let location = self.providers.location().await.expect("the mock says who calls");
        Foundation::new(spec.clone(), location).expect("the specification keeps every rule")
    }

    async fn stack(&self, spec: &FoundationSpec) -> Stack {
        self.foundation(spec).await.stack(&self.providers)
    }

    async fn observe(&self, stack: &Stack, detail: Detail) -> Observation {
        stack.observe(detail, &self.options).await.expect("every read succeeds")
    }

    /// Observes and plans, as much of it as the command line would for that goal.
    pub async fn plan(&self, spec: &FoundationSpec, goal: Goal) -> Plan {
        let stack = self.stack(spec).await;
        let detail = match goal {
            Goal::Absent { .. } => Detail::Contents,
            _ => Detail::Attributes,
        };
        let observation = self.observe(&stack, detail).await;
        stack.plan(&observation, goal)
    }

    /// Carries a plan out, whatever comes of it.
    pub async fn carry_out(&self, spec: &FoundationSpec, plan: &Plan) -> Report {
        self.stack(spec).await.apply(plan, &self.options).await
    }

    /// Plans towards a goal and carries the plan out, whatever comes of it.
    pub async fn attempt(&self, spec: &FoundationSpec, goal: Goal) -> Report {
        let plan = self.plan(spec, goal).await;
        self.carry_out(spec, &plan).await
    }

    /// Plans towards a goal and carries the plan out.
    ///
    /// # Panics
    /// A step did not succeed.
    pub async fn run(&self, spec: &FoundationSpec, goal: Goal) -> Plan {
        let plan = self.plan(spec, goal).await;
        let report = self.carry_out(spec, &plan).await;
        assert!(report.is_success(), "{report:#?}");
        plan
    }

    /// Makes everything as the configuration says.
    ///
    /// # Panics
    /// A step did not succeed.
    pub async fn apply(&self, spec: &FoundationSpec) -> Plan {
        self.run(spec, PRESENT).await
    }

    /// Removes what is ours.
    ///
    /// # Panics
    /// A step did not succeed.
    pub async fn destroy(&self, spec: &FoundationSpec) -> Plan {
        self.run(spec, ABSENT).await
    }

    /// Everything as it is found, beside what is expected.
    pub async fn findings(&self, spec: &FoundationSpec) -> Vec<Finding> {
        let stack = self.stack(spec).await;
        let observation = self.observe(&stack, Detail::Contents).await;
        stack.inspect(&observation)
    }

    /// Checks that nothing is left to do, and that every finding says so too.
    ///
    /// # Panics
    /// Something is left to do.
    pub async fn assert_converged(&self, spec: &FoundationSpec) {
        let plan = self.plan(spec, PRESENT).await;
        assert!(plan.is_empty(), "{:#?}", super::show::changes(&plan));
        assert_eq!(super::show::outline(&plan), [""; 0]);
        let mut findings = self.findings(spec).await;
        findings.retain(|finding| finding.verdict == Verdict::Differs);
        assert_eq!(findings, []);
    }

    /// Makes a call that is not the tool's.
    ///
    /// # Panics
    /// AWS refuses it.
    pub fn act<O: Operation>(&self, request: O) -> O::Output {
        match self.mock.call(request) {
            Ok(output) => output,
            Err(refusal) => panic!("{}: {refusal}", O::NAME),
        }
    }

    /// Does with the world what no operation does.
    ///
    /// # Panics
    /// Never: a mock without a file has nothing to save.
    pub fn with_world<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> T {
        self.mock.with_world(act).expect("a mock without a file saves nothing")
    }

    /// The calls since they were last taken.
    pub fn calls(&self) -> Vec<JournalEntry> {
        self.mock.take_journal()
    }
}
