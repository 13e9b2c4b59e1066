//! Tests for the effect of every fault on the caller, and for the text format of rules.

use std::time::Duration;

use infra_core::arn::Region;
use infra_core::error::{Effect, ErrorKind, OrAbsent};
use infra_core::names::RoleName;
use infra_core::policy::PolicyDocument;
use infra_core::provider::{Providers, RoleSpec};
use infra_core::tags::Tags;

use super::{Delivery, Fault, Faults, Outcome, Rule};
use crate::api::{OperationId, Service};
use crate::iam::{CreateRoleRequest, GetRoleRequest};
use crate::mock::MockAws;
use crate::time::TokioClock;

fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

fn mock(rules: &[&str]) -> MockAws {
    let builder = MockAws::builder().seed(3).clock(TokioClock::default());
    rules.iter().fold(builder, |builder, text| builder.fault(rule(text))).build()
}

fn name() -> RoleName {
    "app".parse().unwrap()
}

async fn create(providers: &Providers) -> infra_core::Result<()> {
    let trust = PolicyDocument::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"Service":"ecs-tasks.amazonaws.com"}}}"#,
    );
    let spec = RoleSpec {
        name: name(),
        path: "/".parse().unwrap(),
        trust: trust.unwrap(),
        description: None,
        max_session_duration: 3600,
        permissions_boundary: None,
        tags: Tags::default(),
    };
    providers.roles().create_role(&spec).await.map(drop)
}

async fn is_there(providers: &Providers) -> bool {
    providers.roles().get_role(&name()).await.or_absent().unwrap().is_some()
}

#[tokio::test]
async fn early_failures_have_no_effect_and_late_failures_do() {
    let cases = [
        ("throttle", ErrorKind::Throttled, Some("Throttling"), Effect::None, false),
        ("server-error", ErrorKind::Service, Some("ServiceFailure"), Effect::Unknown, false),
        ("server-error-after", ErrorKind::Service, Some("ServiceFailure"), Effect::Unknown, true),
        ("cut-before", ErrorKind::Connection, None, Effect::Unknown, false),
        ("cut-after", ErrorKind::Connection, None, Effect::Unknown, true),
        ("refuse=AccessDenied", ErrorKind::AccessDenied, Some("AccessDenied"), Effect::None, false),
    ];
    for (fault, kind, code, effect, took_effect) in cases {
        let mock = mock(&[&format!("{fault}@iam:CreateRole#1")]);
        let providers = mock.providers();
        let error = create(&providers).await.unwrap_err();
        assert_eq!((error.kind(), error.code(), error.effect()), (kind, code, effect), "{fault}");
        assert_eq!(is_there(&providers).await, took_effect, "{fault}");
        let entry = &mock.journal()[0];
        assert_eq!(entry.operation, "CreateRole");
        assert_eq!(entry.request["RoleName"], "app");
        assert_eq!(entry.fault.as_deref(), fault.split('=').next(), "{fault}");
        // The rule applies only to the first call.
        assert_eq!(create(&providers).await.is_ok(), !took_effect, "{fault}");
    }
}

#[tokio::test]
async fn hanging_call_never_returns_and_is_reported_once() {
    for (fault, took_effect) in [("hang-before", false), ("hang-after", true)] {
        let mock = mock(&[&format!("{fault}@changes#1")]);
        let providers = mock.providers();
        tokio::select! {
            biased;
            result = create(&providers) => panic!("{fault}: {result:?}"),
            () = mock.until_hung() => {}
        }
        assert_eq!(is_there(&providers).await, took_effect, "{fault}");
        tokio::select! {
            biased;
            () = mock.until_hung() => panic!("{fault} is reported twice"),
            () = tokio::task::yield_now() => {}
        }
    }
}

#[tokio::test]
async fn hanging_call_continues_after_release() {
    for fault in ["hang-before", "hang-after"] {
        let mock = mock(&[&format!("{fault}@changes#1")]);
        let providers = mock.providers();
        let release = async {
            mock.until_hung().await;
            assert_eq!(is_there(&providers).await, fault == "hang-after");
            mock.release_hung();
        };
        let (created, ()) = tokio::join!(create(&providers), release);
        created.unwrap();
        assert!(is_there(&providers).await, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn delays_add_up_and_stay_within_bounds() {
    let mock = mock(&["delay=1s-3s@reads", "delay=10s@iam:GetRole"]);
    let providers = mock.providers();
    let begin = tokio::time::Instant::now();
    create(&providers).await.unwrap();
    assert_eq!(begin.elapsed(), Duration::ZERO);
    let mut seen = Vec::new();
    for _ in 0..20 {
        let begin = tokio::time::Instant::now();
        assert!(is_there(&providers).await);
        seen.push(begin.elapsed());
    }
    assert!(seen.iter().all(|time| (11..=13).contains(&time.as_secs())), "{seen:?}");
    let (least, most) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
    assert!(most.abs_diff(*least) > Duration::from_millis(500), "the delays vary: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn change_takes_effect_halfway_through_its_delay() {
    let mock = mock(&["delay=10s@iam:CreateRole"]);
    let providers = mock.providers();
    let looks = async {
        tokio::time::sleep(Duration::from_millis(4900)).await;
        let before = is_there(&providers).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        (before, is_there(&providers).await)
    };
    let (created, looks) = tokio::join!(create(&providers), looks);
    created.unwrap();
    assert_eq!(looks, (false, true));
}

#[tokio::test(start_paused = true)]
async fn stale_change_is_hidden_from_reads_but_not_from_writes() {
    let mock = mock(&["stale=5s@iam:CreateRole"]);
    let providers = mock.providers();
    create(&providers).await.unwrap();
    assert!(!is_there(&providers).await);
    assert_eq!(create(&providers).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    // IAM is global, so the change is hidden in every region.
    let other_region: Region = "eu-west-1".parse().unwrap();
    assert!(!is_there(&mock.in_region(other_region).providers()).await);
    tokio::time::sleep(Duration::from_millis(4999)).await;
    assert!(!is_there(&providers).await);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(is_there(&providers).await);
}

#[tokio::test(start_paused = true)]
async fn lagging_service_shows_changes_in_order() {
    let mock = mock(&["stale=10s@iam:CreateRole", "stale=10s@iam:TagRole"]);
    let providers = mock.providers();
    let tags = Tags::observed([("a".to_owned(), "b".to_owned())]);
    create(&providers).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    providers.roles().tag_role(&name(), &tags).await.unwrap();
    assert!(!is_there(&providers).await);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(providers.roles().get_role(&name()).await.unwrap().tags.is_empty());
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(providers.roles().get_role(&name()).await.unwrap().tags, tags);
}

#[tokio::test]
async fn clear_ends_faults_and_reset_restarts_the_count() {
    let mock = mock(&["throttle@iam:CreateRole#1"]);
    let providers = mock.providers();
    create(&providers).await.unwrap_err();
    create(&providers).await.unwrap();
    mock.reset().unwrap();
    create(&providers).await.unwrap_err();
    mock.add_fault(rule("cut-before@reads"));
    providers.roles().get_role(&name()).await.unwrap_err();
    mock.clear_faults();
    create(&providers).await.unwrap();
    assert!(is_there(&providers).await);
}

#[tokio::test]
async fn direct_calls_bypass_faults() {
    let mock = mock(&["cut-before"]);
    let refused = mock.call(GetRoleRequest { role_name: Some("app".to_owned()) });
    assert_eq!(refused.unwrap_err().code, "NoSuchEntity");
}

const CREATE: OperationId = OperationId::of::<CreateRoleRequest>();
const GET: OperationId = OperationId::of::<GetRoleRequest>();

fn deliveries(builder: Faults, calls: &[OperationId]) -> Vec<(OperationId, Delivery)> {
    let mut faults = builder;
    let mut deliveries: Vec<_> = calls.iter().map(|&call| (call, faults.delivery(call))).collect();
    deliveries.sort_by_key(|(call, _)| *call);
    deliveries
}

fn faults(seed: u64, rules: &[&str]) -> Faults {
    let mut faults = Faults::new(seed);
    for text in rules {
        faults.add(rule(text));
    }
    faults
}

#[test]
fn draws_do_not_depend_on_the_order_of_different_operations() {
    let rules = ["throttle%30", "delay=1ms-9s%50", "stale=1s@changes%50"];
    let alternating = [CREATE, GET].repeat(50);
    let in_turn = [[CREATE; 50], [GET; 50]].concat();
    let drawn = deliveries(faults(7, &rules), &alternating);
    assert_eq!(drawn, deliveries(faults(7, &rules), &in_turn));
    assert_ne!(drawn, deliveries(faults(8, &rules), &in_turn));
    let throttled = drawn
        .iter()
        .filter(|(_, delivery)| matches!(delivery.outcome, Outcome::Refused("throttle", _)));
    let throttled = throttled.count();
    assert!((15..=45).contains(&throttled), "{throttled} of 100");
}

#[test]
fn first_rule_with_an_outcome_decides() {
    let mut faults = faults(0, &["delay=2s", "cut-after@iam:*#2-", "throttle"]);
    let first = faults.delivery(GET);
    assert!(matches!(first.outcome, Outcome::Refused("throttle", _)), "{first:?}");
    let second = faults.delivery(CREATE);
    assert_eq!(second.outcome, Outcome::Cut { took_effect: true });
    assert_eq!(second.delay, Duration::from_secs(2));
    assert_eq!(second.fault(), Some("cut-after"));
}

#[test]
fn each_service_has_its_own_throttling_and_failure_errors() {
    for service in Service::ALL {
        let call = OperationId { service, name: "Any", changes: true };
        let code = |text: &str| match faults(0, &[text]).delivery(call).outcome {
            Outcome::Refused(_, error) => (error.code.to_string(), error.status),
            other => panic!("{other:?}"),
        };
        let (throttled, failed) = match service {
            Service::Iam => ("Throttling", "ServiceFailure"),
            Service::Sts => ("Throttling", "InternalFailure"),
            Service::Logs => ("ThrottlingException", "ServiceUnavailableException"),
            Service::Ecs | Service::Ecr => ("ThrottlingException", "ServerException"),
        };
        assert_eq!(code("throttle"), (throttled.to_owned(), 400), "{service}");
        assert_eq!(code("server-error"), (failed.to_owned(), 500), "{service}");
    }
}

#[test]
fn rules_round_trip_through_text() {
    let cases = [
        ("throttle", "throttle@*"),
        ("server-error-after@ecs:*", "server-error-after@ecs:*"),
        ("cut-before@iam:CreateRole#1", "cut-before@iam:CreateRole#1"),
        ("hang-after@changes#2-4", "hang-after@changes#2-4"),
        ("refuse=AccessDenied@iam:Put*#3-%12.5", "refuse=AccessDenied@iam:Put*#3-%12.5"),
        ("delay=1500ms", "delay=1s 500ms@*"),
        ("delay=20ms-80ms@reads%0", "delay=20ms-80ms@reads%0"),
        ("stale=2m@logs:*", "stale=2m@logs:*"),
    ];
    for (text, written) in cases {
        let rule: Rule = text.parse().unwrap();
        assert_eq!(rule.to_string(), written);
        assert_eq!(written.parse::<Rule>().unwrap(), rule, "{text}");
    }
    assert_eq!(rule("throttle"), Rule::new(Fault::Throttle));
    assert_eq!(rule("throttle#2%50"), Rule::new(Fault::Throttle).percent(50.0).nth(2));
}

#[test]
fn invalid_rule_is_rejected_with_the_invalid_part() {
    let cases = [
        ("", r#""" in fault rule: unknown fault, expected throttle"#),
        ("slow", r#""slow" in fault rule"#),
        ("refuse=", r#""refuse=" in fault rule"#),
        ("delay", r#""delay" in fault rule"#),
        ("delay=fast", r#""delay=fast" in fault rule: expected number"#),
        ("delay=3s-1s", "the minimum is longer than the maximum"),
        ("throttle@ec2:*", r#""ec2:*" in fault rule: unknown service, expected"#),
        ("throttle@iam:Createrole", "the mock does not implement this operation"),
        ("throttle@CreateRole", "expected *, reads, changes or SERVICE:OPERATION"),
        ("throttle#0", "call numbers start at 1"),
        ("throttle#3-2", "the first call number is greater than the last"),
        ("throttle%101", "expected a percentage"),
        ("throttle%NaN", "expected a percentage"),
        ("stale=1s@reads", "stale applies only to write operations"),
        ("stale=1s@iam:Get*", "stale applies only to write operations"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Rule>().unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
        assert!(error.hint().starts_with("the format is FAULT"));
    }
}

#[test]
fn lags_are_parsed_from_text() {
    let mut lag = crate::api::Lag::default();
    lag.set("iam-propagation=90s").unwrap();
    lag.set("log-group=2s").unwrap();
    assert_eq!(lag.iam_propagation, Duration::from_secs(90));
    assert_eq!(lag.log_group, Duration::from_secs(2));
    for (text, expected) in [
        ("iam=1s", "unknown kind, expected iam-propagation,"),
        ("log-group", "expected KIND=TIME"),
        ("log-group=soon", "expected number"),
    ] {
        let error = lag.set(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn refuse_fault_has_the_status_of_its_code() {
    for (code, status) in
        [("NoSuchEntity", 404), ("DeleteConflict", 409), ("ServerException", 500), ("Other", 400)]
    {
        let rule: Rule = format!("refuse={code}").parse().unwrap();
        let Fault::Refuse(error) = rule.fault() else { panic!("{rule}") };
        assert_eq!((error.code.as_ref(), error.status), (code, status));
    }
}
