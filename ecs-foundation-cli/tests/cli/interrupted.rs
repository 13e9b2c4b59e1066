//! Tests that interrupt the built program at each call, and check that the next run finishes the
//! work. The resulting state must be the same as after an uninterrupted run.
//!
//! Each interruption happens at an exact point, so the tests do not depend on timing. A fault rule
//! makes the mock hang during a call, before or after the call takes effect. The test interrupts
//! the program once the mock reports that the call hangs.
//!
//! `cargo test --workspace --test cli interrupted -- --nocapture` prints the number of interruption
//! points.

mod denied;
mod killed;
mod memory;
mod server;
mod stopped;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use infra_core::engine::{Detail, Goal, RunOptions};
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_core::provider::{ContainerInsights, Providers, RetentionDays};
use infra_core::tags::Tags;
use infra_mock::faults::{Fault, Rule};
use infra_mock::{JournalEntry, MockAws};
use serde_json::Value;

use crate::sandbox::{CONFIG, Run, Sandbox, wait};

/// How long a test waits for a call to hang. After this time, the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// The number of concurrent runs. Concurrency saves time, because a run whose server was killed
/// spends most of its time waiting.
const CONCURRENT_RUNS: usize = 4;

/// The environment of another foundation with a similar name. That foundation must never change.
const NEIGHBOR: &str = "dev-2";

/// A command, its configuration, and the resources that exist before the command runs.
struct Scenario {
    name: &'static str,
    line: &'static str,
    /// Lines to append to the configuration.
    config: &'static str,
    prepare: fn(&MockAws),
}

const CREATE: Scenario =
    Scenario { name: "create", line: "apply --yes", config: "", prepare: |_| () };

const DESTROY: Scenario = Scenario {
    name: "destroy",
    line: "destroy --yes",
    config: "",
    prepare: |mock| make_foundation(mock, "dev"),
};

/// Updates every resource in place. In most resources, several attributes change.
const UPDATE: Scenario = Scenario {
    name: "update",
    line: "apply --yes",
    config: r#"
[tags]
team = "platform"
[cluster]
container_insights = "enhanced"
capacity_providers = ["FARGATE"]
[execution_role]
description = "lets ECS pull"
max_session_duration = 7200
additional_managed_policies = ["AWSXRayDaemonWriteAccess"]
[execution_role.trust]
source_accounts = ["own"]
[task_role]
log_actions = ["logs:PutLogEvents"]
[repository]
image_tag_mutability = "IMMUTABLE"
scan_on_push = false
additional_pull_principals = ["210987654321"]
lifecycle_policy = '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":20},"action":{"type":"expire"}}]}'
[log_group]
retention_in_days = 30
"#,
    prepare: |mock| make_foundation(mock, "dev"),
};

/// Changes attributes that cannot be updated in place. The program must replace each resource with
/// such a change, and all resources that depend on this resource.
const REPLACE: Scenario = Scenario {
    name: "replace",
    line: "apply --yes",
    config: r#"
[execution_role]
path = "/team/"
[task_role]
path = "/team/"
[repository.encryption]
type = "KMS"
[log_group]
class = "INFREQUENT_ACCESS"
"#,
    prepare: |mock| make_foundation(mock, "dev"),
};

const ADOPT: Scenario = Scenario {
    name: "adopt",
    line: "apply --adopt --yes",
    config: "",
    prepare: |mock| {
        make_foundation(mock, "dev");
        wait(make_unmanaged(&mock.providers()));
    },
};

/// Creates a foundation for the project `demo` without running the program.
fn make_foundation(mock: &MockAws, environment: &str) {
    let spec = FoundationSpec::new("demo".parse().unwrap(), environment.parse().unwrap());
    let (providers, options) = (mock.providers(), RunOptions::default());
    wait(async {
        let location = providers.location().await.unwrap();
        let stack = Foundation::new(spec, location).unwrap().stack(&providers);
        let observation = stack.observe(Detail::Attributes, &options).await.unwrap();
        let plan = stack.plan(&observation, Goal::Present { adopt: false });
        assert!(stack.apply(&plan, &options).await.unwrap().is_success());
    });
}

/// Changes the Name tags and some settings of the resources, as if someone else had created them.
pub(crate) async fn make_unmanaged(providers: &Providers) {
    let location = providers.location().await.unwrap();
    let theirs = Tags::observed([("Name".to_owned(), "theirs".to_owned())]);
    let (clusters, roles) = (providers.clusters(), providers.roles());
    let (repositories, log_groups) = (providers.repositories(), providers.log_groups());
    let arn = |service, resource: &str| location.arn(service, resource);

    let cluster = "demo-dev-cluster".parse().unwrap();
    clusters.tag_cluster(&arn("ecs", "cluster/demo-dev-cluster"), &theirs).await.unwrap();
    clusters.update_cluster(&cluster, &ContainerInsights::Disabled.into()).await.unwrap();
    for role in ["demo-dev-ecs-execution-role", "demo-dev-ecs-task-role"] {
        roles.tag_role(&role.parse().unwrap(), &theirs).await.unwrap();
    }
    let task_role = "demo-dev-ecs-task-role".parse().unwrap();
    roles.delete_role_policy(&task_role, "demo-dev-ecs-task-policy").await.unwrap();
    let repository = "demo-dev-app".parse().unwrap();
    repositories.tag_repository(&arn("ecr", "repository/demo-dev-app"), &theirs).await.unwrap();
    repositories.put_image_scanning_configuration(&repository, false).await.unwrap();
    repositories.delete_repository_policy(&repository).await.unwrap();
    let (log_group, days) = ("/ecs/demo-dev".parse().unwrap(), RetentionDays::new(30).unwrap());
    log_groups.tag_log_group(&arn("logs", "log-group:/ecs/demo-dev"), &theirs).await.unwrap();
    log_groups.put_retention_policy(&log_group, days).await.unwrap();
}

/// A call in a run, identified by its operation and its position among the calls to that operation.
#[derive(Clone, Debug)]
struct Point {
    operation: String,
    nth: u64,
    changes: bool,
    /// Whether an earlier call in the run changed something.
    changed_before: bool,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.operation, self.nth)
    }
}

impl Point {
    /// Returns a rule that injects the fault only into this call.
    fn rule(&self, fault: Fault) -> Rule {
        Rule::new(fault).on(&self.operation).unwrap().nth(self.nth)
    }
}

/// The moment just before or just after a call takes effect.
#[derive(Clone, Debug)]
struct Moment {
    point: Point,
    took_effect: bool,
}

impl Moment {
    /// Returns two moments for each of these calls: before and after the call takes effect.
    fn around(points: &[Point]) -> Vec<Self> {
        let both = |point: &Point| {
            [false, true].map(|took_effect| Self { point: point.clone(), took_effect })
        };
        points.iter().flat_map(both).collect()
    }

    fn rule(&self) -> Rule {
        self.point.rule(Fault::Hang { took_effect: self.took_effect })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.took_effect { "after" } else { "before" };
        write!(f, "{side} {}", self.point)
    }
}

/// The calls of an uninterrupted run, and the state before and after the run.
struct Uninterrupted {
    scenario: &'static Scenario,
    points: Vec<Point>,
    /// The number of calls that change something.
    changing: usize,
    /// The number of steps in the plan.
    steps: usize,
    /// The state before the run.
    begin: Vec<String>,
    end: Vec<String>,
}

impl Scenario {
    /// Returns a sandbox with the initial state of the scenario.
    fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::served(MockAws::builder());
        self.set_up(&sandbox);
        sandbox
    }

    fn set_up(&self, sandbox: &Sandbox) {
        sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{}", self.config));
        let mock = sandbox.mock();
        make_foundation(&mock, NEIGHBOR);
        (self.prepare)(&mock);
        mock.take_journal();
    }

    /// Returns the number of calls needed to plan the scenario.
    fn calls_of_plan(&self) -> usize {
        let sandbox = self.sandbox();
        let line = match self.line.strip_prefix("apply --yes") {
            Some(flags) => format!("plan{flags}"),
            None => self.line.replace("destroy --yes", "plan --destroy"),
        };
        sandbox.run(&line).succeeds();
        sandbox.calls().len()
    }

    fn uninterrupted(&'static self) -> Uninterrupted {
        self.uninterrupted_with("")
    }

    /// Runs the scenario with additional flags and without an interruption.
    fn uninterrupted_with(&'static self, flags: &str) -> Uninterrupted {
        let sandbox = self.sandbox();
        let begin = everything(&sandbox.mock());
        let run = sandbox.run(&format!("{} --format json {flags}", self.line)).succeeds();
        let calls = sandbox.calls();
        let end = everything(&sandbox.mock());
        if self.line.starts_with("apply") {
            sandbox.run("plan --detailed-exitcode").succeeds();
        } else {
            sandbox.run("destroy --yes").succeeds().says("Nothing to destroy.");
        }
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut changed_before = false;
        let points = calls.iter().map(|call| {
            let operation = format!("{}:{}", call.service, call.operation);
            let nth = counts.entry(operation.clone()).or_default();
            *nth += 1;
            let point = Point { operation, nth: *nth, changes: call.changes, changed_before };
            changed_before |= call.changes;
            point
        });
        let points = points.collect();
        let changing = calls.iter().filter(|call| call.changes).count();
        let steps = usize::try_from(summary(&run)["done"].as_u64().unwrap()).unwrap();
        Uninterrupted { scenario: self, points, changing, steps, begin, end }
    }
}

impl Uninterrupted {
    /// Returns the calls that change something.
    fn changing_points(&self) -> Vec<Point> {
        self.points.iter().filter(|point| point.changes).cloned().collect()
    }

    /// Returns the first call that changes something, and all later calls.
    fn points_from_the_first_change(&self) -> Vec<Point> {
        let begun = |point: &&Point| point.changes || point.changed_before;
        self.points.iter().filter(begun).cloned().collect()
    }

    /// Runs the program again and checks that it reaches the same state as the uninterrupted run.
    #[track_caller]
    fn assert_completed_by_the_next_run(&self, sandbox: &Sandbox) {
        let mock = sandbox.mock();
        if everything(&mock) == self.begin {
            // The interrupted run changed nothing, so the next run would be identical to the
            // uninterrupted run.
            return;
        }
        let before = mock.journal();
        sandbox.run(self.scenario.line).succeeds();
        let journal = mock.journal();
        let again = journal[before.len()..].iter().filter(|call| call.changes).count();
        assert!(again <= self.changing, "{again} changing calls: {journal:#?}");
        let touched = journal.iter().find(|call| {
            call.changes && call.request.to_string().contains(&format!("demo-{NEIGHBOR}"))
        });
        assert!(touched.is_none(), "the other foundation was changed: {touched:#?}");
        assert_same(&everything(&mock), &self.end);
    }
}

/// Returns the complete state of the mock as lines of text, without times. Names replace IDs,
/// because IDs depend on the order of calls.
fn everything(mock: &MockAws) -> Vec<String> {
    let world = serde_json::to_value(mock.world()).unwrap();
    let mut ids = Vec::new();
    let accounts = world["accounts"].as_object().unwrap();
    for account in accounts.values() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all = |value: &Value| value.as_object().cloned().unwrap_or_default().into_iter();
        ids.extend(all(&account["iam"]["roles"]).map(|(name, role)| (text(&role["id"]), name)));
        let keys = all(&account["regions"])
            .filter_map(|(_, region)| region["ecr"]["managed_key"].as_str().map(str::to_owned));
        ids.extend(keys.map(|key| (key, "aws/ecr".to_owned())));
    }
    let mut text = serde_json::to_string_pretty(&timeless(world)).unwrap();
    for (id, name) in ids {
        text = text.replace(&id, &format!("id of {name}"));
    }
    text.lines().map(str::to_owned).collect()
}

fn timeless(value: Value) -> Value {
    /// The JSON members that contain times, the next IDs to assign, or the history of deleted
    /// resources.
    const TRANSIENT: &[&str] = &[
        "ids",
        "lag",
        "created",
        "created_at",
        "changed_at",
        "settles_at",
        "departed",
        "deleted",
        "lifecycle_set_at",
        "lifecycle_evaluated_at",
    ];
    match value {
        Value::Object(members) => {
            let lasting = members.into_iter().filter(|(name, value)| match name.as_str() {
                // The last change to a cluster matters only if it was a deletion.
                "change" => value == "Delete",
                name => !TRANSIENT.contains(&name),
            });
            lasting.map(|(name, value)| (name, timeless(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(timeless).collect(),
        other => other,
    }
}

#[track_caller]
fn assert_same(found: &[String], expected: &[String]) {
    let without = |all: &[String], others: &[String]| -> Vec<String> {
        all.iter().filter(|line| !others.contains(line)).cloned().collect()
    };
    let (more, less) = (without(found, expected), without(expected, found));
    assert!(found == expected, "unexpected: {more:#?}; missing: {less:#?}");
}

/// Starts the program without waiting for it.
pub(crate) fn start(sandbox: &Sandbox, line: &str) -> Child {
    let mut command = sandbox.command(line);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until one of the program's calls hangs.
#[track_caller]
pub(crate) fn await_hung(mock: &MockAws, child: &mut Child) {
    let hung = wait(async {
        for _ in 0..PATIENCE.as_millis() / 50 {
            if tokio::time::timeout(Duration::from_millis(50), mock.until_hung()).await.is_ok() {
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                return false;
            }
        }
        false
    });
    if !hung {
        let _ = child.kill();
        panic!("no call hangs: {:#?}", mock.journal());
    }
}

fn ended(child: Child) -> Run {
    Run::of(&child.wait_with_output().unwrap())
}

/// Runs `attempt` for each point, several at a time. If any attempts fail, panics with a list of
/// their points.
#[expect(clippy::print_stdout, reason = "the tests report the number of points")]
fn each<T: fmt::Display + Sync>(what: &str, points: &[T], attempt: impl Fn(&T) + Sync) {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..CONCURRENT_RUNS {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if catch_unwind(AssertUnwindSafe(|| attempt(point))).is_err() {
                        failed.lock().unwrap().push(point.to_string());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("{what}: {} points", points.len());
    assert!(!points.is_empty(), "{what}: nothing was tried");
    assert!(failed.is_empty(), "{what}: {} of {} failed: {failed:#?}", failed.len(), points.len());
}

/// Counts the calls that change something, except those that the mock refused.
fn accepted(calls: &[JournalEntry]) -> usize {
    calls.iter().filter(|call| call.changes && call.refused.is_none()).count()
}

/// Returns the summary, which is the last event in a run's output.
#[track_caller]
fn summary(run: &Run) -> Value {
    let last = run.stdout.lines().last().unwrap_or_else(|| panic!("no events: {run:#?}"));
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(last["event"], "summary", "{run:#?}");
    last
}

/// Checks that a summary accounts for every step, and that it reports the exact number of changes
/// that took effect.
#[track_caller]
fn assert_true(summary: &Value, steps: usize, accepted: usize) {
    let count = |name: &str| usize::try_from(summary[name].as_u64().unwrap()).unwrap();
    assert_eq!(count("done") + count("failed") + count("not_tried"), steps, "{summary:#}");
    let errors = summary["errors"].as_array().cloned().unwrap_or_default();
    assert_eq!(errors.len(), count("failed"), "{summary:#}");
    let made = errors.iter().filter(|error| error["effect"] == "done").count();
    assert_eq!(count("done") + made, accepted, "{summary:#}");
}
