//! Compares the three access paths: typed operations, SDK clients that call the mock in process,
//! and SDK clients that call the mock server.

use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use infra_mock::MockAws;
use infra_mock::api::{Lag, World};
use infra_mock::faults::Rule;
use infra_mock::server::MockServer;
use infra_mock::time::{ManualClock, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::model::{AnyStep, Clients, Memory, Outcome, Scope, sequences};
use super::tree::Tree;
use super::{listed, runner, runtime, sockets};

/// How many of every thousand drawn values are invalid on AWS.
const ODD: u32 = 60;
const ACCOUNT: &str = infra_mock::DEFAULT_ACCOUNT;
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A sequence and the conditions under which it runs.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    lag: Lag,
    faults: Vec<Rule>,
    steps: Vec<AnyStep>,
    /// The number of seconds that pass before each step. If there are more steps than pauses, no
    /// time passes before the remaining steps.
    pauses: Vec<u64>,
}

fn cases(with_faults: bool) -> impl Strategy<Value = Case> {
    let lag = (0..20_u64, 0..20_u64, 0..20_u64, 0..20_u64, 0..20_u64).prop_map(
        |(iam, role, capacity, group, task)| Lag {
            iam_propagation: Duration::from_secs(iam),
            service_linked_role: Duration::from_secs(role),
            capacity_providers: Duration::from_secs(capacity),
            log_group: Duration::from_secs(group),
            log_query: Duration::from_secs(group),
            task_provisioning: Duration::from_secs(task),
            task_pending: Duration::from_secs(task),
            task_stopping: Duration::from_secs(task),
        },
    );
    let lag = prop_oneof![Just(Lag::default()), lag];
    let rule = prop::sample::select(vec![
        "throttle%20",
        "server-error@reads%30",
        "server-error-after@changes%20",
        "cut-before%15",
        "cut-after@changes%20",
        "refuse=OperationAbortedException@logs:*%30",
        "stale=7s%40",
        "delay=1us-9us%30",
        "cut-after@iam:Create*#1",
    ]);
    let rule = rule.prop_map(|rule| rule.parse().expect("the rule is valid"));
    let faults = if with_faults { vec(rule, 1..4).boxed() } else { Just(Vec::new()).boxed() };
    let now = i64::try_from(START.millis()).expect("the time fits an i64");
    let steps = sequences(Scope { odd: ODD, longest: 30, now });
    (any::<u64>(), lag, faults, steps, vec(prop_oneof![4 => Just(0), 1 => 1..9_u64], 0..30))
        .prop_map(|(seed, lag, faults, steps, pauses)| Case { seed, lag, faults, steps, pauses })
}

impl Case {
    fn mock(&self) -> (MockAws, ManualClock) {
        let clock = ManualClock::at(START);
        let builder = MockAws::builder().seed(self.seed).lag(self.lag.clone()).clock(clock.clone());
        let builder = self.faults.iter().cloned().fold(builder, infra_mock::MockBuilder::fault);
        (builder.build(), clock)
    }

    /// Creates a mock and runs the sequence through the given access path.
    async fn run(&self, access_path: &AccessPath) -> (Vec<Outcome>, World) {
        let (mock, clock) = self.mock();
        let mut memory = Memory::default();
        let mut outcomes = Vec::new();
        let opened = access_path.open(&mock).await;
        for (at, step) in self.steps.iter().enumerate() {
            clock.advance(Duration::from_secs(self.pauses.get(at).copied().unwrap_or_default()));
            outcomes.push(match &opened {
                Opened::Types => step.by_type(&mock, &mut memory).await,
                Opened::Sdk(clients, _) => step.by_sdk(clients, &mut memory).await,
            });
            // The download URL of a layer can contain the address of the server, so only the part
            // after the account ID is compared.
            if let Some(Outcome::Answer(Tree::Members(members))) = outcomes.last_mut()
                && let Some(Tree::Text(url)) = members.get_mut("downloadurl")
            {
                let key = url.split_once(ACCOUNT).map(|(_, key)| key.to_owned());
                *url = key.expect("the URL contains the account");
            }
        }
        if let Opened::Sdk(_, Some(server)) = opened {
            server.shutdown().await;
        }
        (outcomes, mock.world())
    }

    async fn check(&self) -> Result<(), TestCaseError> {
        let (typed, world) = self.run(&AccessPath::Types).await;
        let (in_process, second) = self.run(&AccessPath::InProcess).await;
        let (served, third) = self.run(&AccessPath::Server).await;
        for (at, step) in self.steps.iter().enumerate() {
            let [typed, in_process, served] = [&typed[at], &in_process[at], &served[at]];
            let context = || format!("step {at}, {step:?}, of\n{}", listed(&self.steps));
            prop_assert_eq!(
                in_process,
                served,
                "the in-process client and the server returned different responses: {}",
                context()
            );
            let is_same = match (in_process, typed) {
                (Outcome::Answer(sdk), Outcome::Answer(typed)) => sdk.matches(typed),
                _ => in_process == typed,
            };
            prop_assert!(
                is_same,
                "in-process: {:#?}\ntyped: {:#?}\n{}",
                in_process,
                typed,
                context()
            );
        }
        prop_assert!(
            world == second,
            "the typed operations and the in-process client produced different worlds"
        );
        prop_assert!(
            world == third,
            "the typed operations and the server produced different worlds"
        );
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
enum AccessPath {
    Types,
    InProcess,
    Server,
}

enum Opened {
    Types,
    Sdk(Clients, Option<MockServer>),
}

impl AccessPath {
    async fn open(self, mock: &MockAws) -> Opened {
        let config = mock.sdk_config().to_builder().retry_config(RetryConfig::disabled());
        match self {
            Self::Types => Opened::Types,
            Self::InProcess => Opened::Sdk(Clients::new(&config.build()), None),
            Self::Server => {
                let server = MockServer::start(mock.clone()).await.expect("a port is free");
                let config = config.http_client(sockets()).endpoint_url(server.url()).build();
                Opened::Sdk(Clients::new(&config), Some(server))
            }
        }
    }
}

fn check(with_faults: bool) {
    let runtime = runtime();
    let mut runner = runner(32);
    runner
        .run(&cases(with_faults), |case| runtime.block_on(case.check()))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn sequences_give_the_same_results_on_every_access_path() {
    check(false);
}

#[test]
fn faults_from_one_seed_are_the_same_on_every_access_path() {
    check(true);
}
