//! AWS is eventually consistent: a new resource may not be visible yet, and a resource cannot be
//! changed while an earlier change is in progress. These tests show that each wait in the retry
//! table is necessary, sufficient and bounded. The tests run in virtual time.

use std::time::Duration;

use infra_core::engine::{Goal, Outcome, Report, RetryTable};
use infra_core::error::{Effect, ErrorKind};
use infra_core::foundation::{FoundationSpec, retry_table};
use infra_core::operation::{iam as iam_operation, logs as logs_operation};
use infra_core::provider::ContainerInsights;
use infra_mock::api::{ApiError, Lag};
use infra_mock::faults::{self, Rule};
use infra_mock::{MockAws, ecs, iam};
use tests::parts::{CLUSTER, Part, TASK_ROLE, everything};
use tests::show::failures;
use tests::{ABSENT, Fault, Faulty, Lab, PRESENT, Script, spec};
use tokio::time::{Instant, sleep};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Lag in every service.
const SLOW: Lag = Lag {
    iam_propagation: seconds(30),
    service_linked_role: seconds(45),
    capacity_providers: seconds(90),
    log_group: seconds(20),
    log_query: Duration::ZERO,
    task_provisioning: Duration::ZERO,
    task_pending: Duration::ZERO,
    task_stopping: Duration::ZERO,
};

/// Creates a mock AWS in which a new role takes time to become visible to other services.
fn slow_iam() -> Lab {
    Lab::with_lag(Lag { iam_propagation: seconds(30), ..Lag::default() })
}

#[tokio::test(start_paused = true)]
async fn apply_waits_until_a_new_role_has_propagated() {
    let lab = slow_iam();
    let begin = Instant::now();
    lab.apply(&spec()).await;
    let elapsed = begin.elapsed();
    assert!(elapsed >= seconds(30) && elapsed < seconds(36), "{elapsed:?}");
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn the_first_cluster_of_an_account_waits_for_the_service_linked_role() {
    let lab = Lab::with_lag(Lag { service_linked_role: seconds(45), ..Lag::default() });
    let begin = Instant::now();
    lab.apply(&spec()).await;
    let elapsed = begin.elapsed();
    assert!(elapsed >= seconds(45) && elapsed < seconds(51), "{elapsed:?}");
    lab.assert_converged(&spec()).await;

    // Creating the account's second cluster needs no wait.
    let mut other = spec();
    other.environment = "qa".parse().unwrap();
    let begin = Instant::now();
    lab.apply(&other).await;
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn apply_waits_until_a_new_cluster_is_provisioned() {
    let lab = Lab::with_lag(Lag { capacity_providers: seconds(90), ..Lag::default() });
    let begin = Instant::now();
    lab.apply(&spec()).await;
    let elapsed = begin.elapsed();
    assert!(elapsed >= seconds(90) && elapsed < seconds(96), "{elapsed:?}");
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn apply_sets_the_retention_of_a_log_group_that_is_still_changing() {
    let lab = Lab::with_lag(Lag { log_group: seconds(20), ..Lag::default() });
    let begin = Instant::now();
    lab.apply(&spec()).await;
    let elapsed = begin.elapsed();
    assert!(elapsed >= seconds(20) && elapsed < seconds(26), "{elapsed:?}");
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn concurrent_waits_take_as_long_as_the_longest_chain() {
    let lab = Lab::with_lag(SLOW);
    let begin = Instant::now();
    lab.apply(&spec()).await;
    // The run waits for the service-linked role, and then for the cluster's capacity providers.
    let elapsed = begin.elapsed();
    assert!(elapsed >= seconds(135) && elapsed < seconds(147), "{elapsed:?}");
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn a_foundation_is_changed_and_destroyed_with_lag_in_every_service() {
    let (lab, mut varied) = (Lab::with_lag(SLOW), spec());
    lab.apply(&spec()).await;
    varied.cluster.container_insights = ContainerInsights::Enhanced;
    varied.cluster.capacity.default_strategy.clear();
    varied.execution_role.role.path = "/team/".parse().unwrap();
    varied.log_group.class = infra_core::provider::LogGroupClass::InfrequentAccess;
    lab.apply(&varied).await;
    lab.assert_converged(&varied).await;
    lab.destroy(&varied).await;
    assert_eq!(everything(&lab), [""; 0]);
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn destroy_waits_eight_minutes_for_a_cluster_to_be_deleted() {
    let lab = Lab::with_lag(Lag { capacity_providers: seconds(480), ..Lag::default() });
    lab.apply(&spec()).await;
    let begin = Instant::now();
    lab.destroy(&spec()).await;
    assert!(begin.elapsed() >= seconds(480), "{:?}", begin.elapsed());
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn apply_waits_for_a_cluster_being_deleted_and_creates_it_again() {
    let lab = Lab::with_lag(Lag { capacity_providers: seconds(60), ..Lag::default() });
    lab.apply(&spec()).await;
    Part::Cluster.remove(&lab);
    let plan = lab.apply(&spec()).await;
    assert_eq!(plan.summary().create, 2, "the plan creates the cluster and its capacity providers");
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn destroy_waits_for_a_cluster_being_deleted() {
    let lab = Lab::with_lag(Lag { capacity_providers: seconds(60), ..Lag::default() });
    lab.apply(&spec()).await;
    Part::Cluster.remove(&lab);
    lab.destroy(&spec()).await;
    assert!(lab.plan(&spec(), ABSENT).await.is_empty());
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_next_apply_grants_access_to_a_role_that_was_created_again() {
    let lab = slow_iam();
    lab.apply(&spec()).await;
    // For a while after the role is deleted, the repository policy still contains the role's ARN.
    // The next apply therefore sees no difference in the policy.
    Part::ExecutionRole.remove(&lab);
    lab.apply(&spec()).await;
    sleep(seconds(60)).await;
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
}

/// How long AWS keeps refusing a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasts {
    /// The refusal lasts for less than the retry limit.
    AWhile,
    /// The refusal lasts for longer than every retry limit.
    TooLong,
}

impl Lasts {
    const fn or(self, a_while: Duration) -> Duration {
        match self {
            Self::AWhile => a_while,
            Self::TooLong => seconds(3600),
        }
    }
}

/// A situation that a row of the retry table handles. The fields describe the state of AWS, the
/// specification and the run.
struct Situation {
    row: &'static str,
    /// Creates the mock AWS and the specification.
    arrange: fn(Lasts) -> (Lab, FoundationSpec),
    /// Whether the default foundation exists before the run.
    prepared: bool,
    /// The external change that is made between planning and applying.
    happens: fn(&Lab),
    /// The external change that ends the situation, if the situation does not end on its own.
    passes: fn(&MockAws),
    goal: Goal,
}

impl Situation {
    async fn run(&self, table: RetryTable, lasts: Lasts) -> (Lab, Report, Duration) {
        let (mut lab, spec) = (self.arrange)(lasts);
        let patient = lab.options.clone();
        if self.prepared {
            // The default foundation is created without faults or lag.
            let lag = lab.with_world(|call| std::mem::take(&mut call.world.lag));
            lab.through(|inner| inner).apply(&tests::spec()).await;
            lab.with_world(|call| call.world.lag = lag);
        }
        let plan = lab.plan(&spec, self.goal).await;
        (self.happens)(&lab);
        lab.options.retry = Some(table);
        let mock = lab.mock.clone();
        let later = self.passes;
        let passing = tokio::spawn(async move {
            if lasts == Lasts::AWhile {
                sleep(seconds(20)).await;
                later(&mock);
            }
        });
        let begin = Instant::now();
        let report = lab.carry_out(&spec, &plan).await;
        let elapsed = begin.elapsed();
        passing.abort();
        lab.options = patient;
        (lab, report, elapsed)
    }

    async fn passes(self) {
        let (lab, report, elapsed) = self.run(retry_table(), Lasts::AWhile).await;
        assert!(report.is_success(), "{:#?}", failures(&report));
        assert!(elapsed > Duration::ZERO && elapsed < seconds(180), "{elapsed:?}");
        self.assert_goal_reached(&lab, Lasts::AWhile).await;
    }

    async fn assert_goal_reached(&self, lab: &Lab, lasts: Lasts) {
        let (_, spec) = (self.arrange)(lasts);
        if self.goal == PRESENT {
            lab.assert_converged(&spec).await;
        } else {
            assert_eq!(everything(lab), [""; 0]);
        }
    }

    async fn fails_without_its_row(self) {
        let table = retry_table().without(self.row);
        let (_, report, elapsed) = self.run(table, Lasts::AWhile).await;
        assert!(!report.is_success());
        assert!(report.failures().all(|(_, error)| error.kind() != ErrorKind::Timeout));
        assert_eq!(elapsed, Duration::ZERO);
    }

    /// Checks that the run fails at the row's time limit if the situation lasts too long. The error
    /// must state what the run waited for, how long the run waited, and what to do. The error must
    /// contain AWS's own error as its source. Once the situation has ended, the next run must
    /// succeed.
    async fn times_out(self) {
        let table = retry_table();
        let (lab, report, elapsed) = self.run(table.clone(), Lasts::TooLong).await;
        let row = table.rows().iter().find(|row| row.name == self.row).unwrap();
        assert_eq!(elapsed, row.limit);
        let minutes = row.limit.as_secs() / 60;
        let minutes =
            if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") };
        let mut culprits = Vec::new();
        for (step, error) in report.failures() {
            assert_eq!(error.kind(), ErrorKind::Timeout);
            assert_eq!(error.message(), format!("waited {minutes} for {}", row.waiting_for));
            assert_eq!(error.hint(), Some(row.hint));
            assert_eq!(error.operation(), Some(step.operation));
            assert_eq!(error.resource(), Some(step.address.as_str()));
            assert_eq!(error.effect(), Effect::None);
            assert!(error.answer().is_some_and(|answer| answer.code().is_some()), "{error:#?}");
            culprits.push(step.address.clone());
        }
        assert!(!culprits.is_empty(), "{report:#?}");
        for other in &report.steps {
            if let Outcome::NotTried { because } = &other.outcome {
                assert!(because.as_ref().is_some_and(|it| culprits.contains(it)), "{report:#?}");
            }
        }

        sleep(Lasts::TooLong.or(Duration::ZERO)).await;
        lab.with_world(|call| call.world.lag = Lag::default());
        (self.passes)(&lab.mock);
        let plain = lab.through(|inner| inner);
        let (_, spec) = (self.arrange)(Lasts::AWhile);
        plain.run(&spec, self.goal).await;
        self.assert_goal_reached(&plain, Lasts::AWhile).await;
    }
}

fn nothing(_: &Lab) {}
fn passes_by_itself(_: &MockAws) {}

/// Returns a mock AWS that refuses an operation three times or, for [`Lasts::TooLong`], a thousand
/// times.
fn refusing(
    lasts: Lasts,
    operation: infra_core::operation::Operation,
    code: &'static str,
    message: &'static str,
) -> Lab {
    let times = if lasts == Lasts::AWhile { 3 } else { 1000 };
    let refusal = || Fault::Refuse(code, message);
    let script = (0..times).fold(Script::new(), |script, _| script.fault(operation, refusal()));
    Lab::new().through(|inner| Faulty::providers(inner, &script))
}

/// Changes the capacity providers outside ecs-foundation. The cluster is busy while the change is
/// in progress.
fn changes_the_cluster(lab: &Lab) {
    lab.act(ecs::PutClusterCapacityProvidersRequest {
        cluster: Some(CLUSTER.to_owned()),
        capacity_providers: Some(vec!["FARGATE".to_owned(), "FARGATE_SPOT".to_owned()]),
        default_capacity_provider_strategy: Some(vec![ecs::CapacityProviderStrategyItem::new(
            "FARGATE", 1, 100,
        )]),
    });
}

fn busy_cluster(lasts: Lasts) -> (Lab, FoundationSpec) {
    let lag = Lag { capacity_providers: lasts.or(seconds(60)), ..Lag::default() };
    (Lab::with_lag(lag), spec())
}

fn debug_policy() -> iam::AttachRolePolicyRequest {
    iam::AttachRolePolicyRequest {
        role_name: Some(TASK_ROLE.to_owned()),
        policy_arn: Some("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess".to_owned()),
    }
}

/// Defines three tests for each row, in a module named after the situation.
macro_rules! rows {
    ($($name:ident: $row:expr, $arrange:expr, prepared $prepared:expr,
        $happens:expr, $passes:expr, $goal:expr;
    )+) => {
        /// The rows of the retry table that these tests cover.
        const TESTED: &[&str] = &[$($row),+];

        $(fn $name() -> Situation {
            Situation {
                row: $row,
                arrange: $arrange,
                prepared: $prepared,
                happens: $happens,
                passes: $passes,
                goal: $goal,
            }
        }

        mod $name {
            #[tokio::test(start_paused = true)]
            async fn is_retried_until_it_ends() {
                super::$name().passes().await;
            }

            #[tokio::test(start_paused = true)]
            async fn fails_immediately_without_its_row() {
                super::$name().fails_without_its_row().await;
            }

            #[tokio::test(start_paused = true)]
            async fn times_out_at_its_limit() {
                super::$name().times_out().await;
            }
        })+
    };
}

rows! {
    principal_not_known_to_ecr_yet: "repository-policy-principal",
        |lasts| {
            let lag = Lag { iam_propagation: lasts.or(seconds(30)), ..Lag::default() };
            (Lab::with_lag(lag), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;

    service_linked_role_not_usable_yet: "service-linked-role",
        |lasts| {
            let lag = Lag { service_linked_role: lasts.or(seconds(45)), ..Lag::default() };
            (Lab::with_lag(lag), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;

    cluster_changing: "cluster-changing",
        |lasts| {
            let (lab, mut spec) = busy_cluster(lasts);
            spec.cluster.capacity.default_strategy.clear();
            (lab, spec)
        },
        prepared true, changes_the_cluster, passes_by_itself, PRESENT;

    cluster_not_active_yet: "cluster-not-active",
        |lasts| {
            let operation = infra_core::operation::ecs::CREATE_CLUSTER;
            (refusing(lasts, operation, "ClientException", "Cluster was not ACTIVE."), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;

    capacity_provider_used_by_a_task: "capacity-provider-in-use",
        |_| {
            let mut spec = spec();
            spec.cluster.capacity.providers.remove("FARGATE_SPOT");
            (Lab::new(), spec)
        },
        prepared true,
        |lab| {
            let capacity_provider = Some("FARGATE_SPOT".to_owned());
            let task = ecs::TaskFixture { capacity_provider, ..ecs::TaskFixture::default() };
            assert!(lab.with_world(|call| call.ecs().add_task(CLUSTER, "spot", task)));
        },
        |mock| assert!(mock.with_world(|call| call.ecs().remove_task(CLUSTER, "spot")).unwrap()),
        PRESENT;

    cluster_draining: "cluster-draining",
        busy_cluster, prepared true, changes_the_cluster, passes_by_itself, ABSENT;

    role_changed_concurrently: "role-concurrent-modification",
        |lasts| {
            let operation = iam_operation::PUT_ROLE_POLICY;
            (refusing(lasts, operation, "ConcurrentModification", "try again"), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;

    principal_not_known_to_iam_yet: "trust-principal",
        |lasts| {
            let message = "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/new\"";
            (refusing(lasts, iam_operation::CREATE_ROLE, "MalformedPolicyDocument", message), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;

    policy_attached_concurrently: "role-delete-conflict",
        |_| (Lab::new(), spec()), prepared true,
        |lab| lab.act(debug_policy()),
        |mock| {
            let iam::AttachRolePolicyRequest { role_name, policy_arn } = debug_policy();
            mock.call(iam::DetachRolePolicyRequest { role_name, policy_arn }).unwrap();
        },
        ABSENT;

    log_group_changing: "log-group-changing",
        |lasts| {
            let lag = Lag { log_group: lasts.or(seconds(20)), ..Lag::default() };
            (Lab::with_lag(lag), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;

    tags_not_evaluated_yet: "retention-denied-by-tags",
        |lasts| {
            let message = "User is not authorized to perform: logs:PutRetentionPolicy because no \
                         identity-based policy allows the logs:PutRetentionPolicy action";
            let operation = logs_operation::PUT_RETENTION_POLICY;
            (refusing(lasts, operation, "AccessDeniedException", message), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;

    new_role_not_visible_yet: "stale-not-found",
        |lasts| {
            let message = "The role with name demo-dev-ecs-execution-role cannot be found.";
            (refusing(lasts, iam_operation::ATTACH_ROLE_POLICY, "NoSuchEntity", message), spec())
        },
        prepared false, nothing, passes_by_itself, PRESENT;
}

#[test]
fn every_row_of_the_retry_table_is_tested() {
    let table = retry_table();
    let rows: Vec<&str> = table.rows().iter().map(|row| row.name).collect();
    assert_eq!(rows, TESTED);
}

#[tokio::test(start_paused = true)]
async fn a_principal_that_never_appears_times_out_with_an_error_that_names_the_wait() {
    let (lab, mut spec) = (Lab::new(), spec());
    let ghost = "arn:aws:iam::123456789012:role/ghost";
    spec.repository.additional_pull_principals = vec![ghost.parse().unwrap()];
    let begin = Instant::now();
    let report = lab.attempt(&spec, PRESENT).await;
    assert_eq!(begin.elapsed(), seconds(120));
    let failed: Vec<_> = report.failures().collect();
    let [(step, error)] = &failed[..] else { panic!("{failed:#?}") };
    assert_eq!(step.address.as_str(), "ecr_repository_policy.app");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let expected = "ecr:SetRepositoryPolicy for ecr_repository_policy.app: waited 2 minutes for IAM \
                    to make the role known to ECR";
    assert_eq!(error.to_string(), expected);
    let hint = "check that every principal in the repository policy exists, then run again";
    assert_eq!(error.hint(), Some(hint));
    assert!(failures(&report)[0].contains("Principal not found"), "{:?}", failures(&report));
    // All other steps have succeeded, and the next plan does not repeat them.
    assert_eq!(report.done(), 8);
    assert_eq!(lab.plan(&spec, PRESENT).await.summary().no_op, 8);
}

#[tokio::test(start_paused = true)]
async fn a_nonexistent_service_principal_times_out_with_an_error_that_names_it() {
    let lab = Lab::new();
    // A specification cannot contain a nonexistent service principal, so a fault simulates AWS's
    // refusal.
    let words = "Invalid principal in policy: \"SERVICE\":\"ecs-tasks.amazonaws.co\"";
    let refusal = faults::Fault::Refuse(ApiError::new("MalformedPolicyDocument", words));
    lab.mock.add_fault(Rule::new(refusal).on("iam:CreateRole").unwrap());
    let begin = Instant::now();
    let report = lab.attempt(&spec(), PRESENT).await;
    assert_eq!(begin.elapsed(), seconds(120));
    let failures = failures(&report);
    assert_eq!(failures.len(), 2);
    for failure in failures {
        assert!(failure.contains("waited 2 minutes for IAM to find the principal"), "{failure}");
        assert!(failure.contains("ecs-tasks.amazonaws.co"), "{failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn services_started_after_the_plan_time_out_the_cluster_deletion() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let plan = lab.plan(&spec(), ABSENT).await;
    lab.with_world(|call| call.ecs().add_service(CLUSTER, "web", ecs::ServiceFixture::default()));
    let begin = Instant::now();
    let report = lab.carry_out(&spec(), &plan).await;
    assert_eq!(begin.elapsed(), seconds(600));
    let failures = failures(&report);
    assert_eq!(failures.len(), 1);
    let expected =
        "waited 10 minutes for the cluster's services, tasks and attachments to be removed";
    assert!(failures[0].contains(expected), "{failures:?}");
    assert!(failures[0].contains("ClusterContainsServicesException"), "{failures:?}");
}

#[tokio::test(start_paused = true)]
async fn a_role_is_deleted_once_the_detachments_of_an_earlier_run_have_propagated() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    // These two removals simulate an earlier run that was killed before deleting the roles.
    Part::ExecutionRoleAttachment.remove(&lab);
    Part::TaskRolePolicy.remove(&lab);
    let message = "Cannot delete entity, must detach all policies first.";
    let refusal = || Fault::Refuse("DeleteConflict", message);
    let operation = iam_operation::DELETE_ROLE;
    let script = Script::new().fault(operation, refusal()).fault(operation, refusal());
    lab.through(|inner| Faulty::providers(inner, &script)).destroy(&spec()).await;
    assert!(script.is_done());
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn destroy_waits_for_a_draining_service() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let draining = ecs::ServiceFixture {
        status: ecs::ServiceStatus::Draining,
        ..ecs::ServiceFixture::default()
    };
    lab.with_world(|call| call.ecs().add_service(CLUSTER, "web", draining));
    let mock = lab.mock.clone();
    let drained = async move {
        sleep(seconds(180)).await;
        mock.with_world(|call| call.ecs().remove_service(CLUSTER, "web")).unwrap();
    };
    let begin = Instant::now();
    let spec = spec();
    let (_, ()) = tokio::join!(lab.destroy(&spec), drained);
    let elapsed = begin.elapsed();
    assert!(elapsed >= seconds(180) && elapsed < seconds(186), "{elapsed:?}");
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_makes_few_calls() {
    let lab = slow_iam();
    lab.apply(&spec()).await;
    let attempts = lab.calls().iter().filter(|it| it.operation == "SetRepositoryPolicy").count();
    // The first attempt is made immediately. The delays before the next attempts are 0.25, 0.5, 1,
    // 2 and 4 seconds, and all later delays are 5 seconds. Jitter can shorten each delay.
    assert!(attempts <= 13, "{attempts}");
}
