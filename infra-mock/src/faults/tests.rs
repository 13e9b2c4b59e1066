//! Every fault as a caller meets it, and rules as text.

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
async fn a_refusal_comes_before_the_operation_and_a_late_failure_after_it() {
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
        // The rule is for the first call alone.
        assert_eq!(create(&providers).await.is_ok(), !took_effect, "{fault}");
    }
}

#[tokio::test]
async fn a_call_that_hangs_never_comes_back_and_is_told_of_once() {
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
            () = mock.until_hung() => panic!("{fault} is told of twice"),
            () = tokio::task::yield_now() => {}
        }
    }
}

#[tokio::test]
async fn a_call_that_hangs_goes_on_once_it_is_released() {
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
async fn delays_add_up_and_stay_within_their_bounds() {
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
    assert!(most.abs_diff(*least) > Duration::from_millis(500), "they are spread: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_takes_effect_halfway_through_its_delay() {
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
async fn a_stale_change_is_unseen_by_reads_of_its_service_for_its_time_and_real_for_changes() {
    let mock = mock(&["stale=5s@iam:CreateRole"]);
    let providers = mock.providers();
    create(&providers).await.unwrap();
    assert!(!is_there(&providers).await);
    assert_eq!(create(&providers).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    // IAM is one over all regions, and so is what it does not show.
    let elsewhere: Region = "eu-west-1".parse().unwrap();
    assert!(!is_there(&mock.in_region(elsewhere).providers()).await);
    tokio::time::sleep(Duration::from_millis(4999)).await;
    assert!(!is_there(&providers).await);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(is_there(&providers).await);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_lags_shows_its_changes_in_their_order() {
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
async fn clearing_ends_faults_and_resetting_counts_anew() {
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
async fn the_mock_s_own_calls_meet_no_faults() {
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
fn draws_follow_from_the_seed_whatever_the_order_of_different_operations() {
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
fn the_first_rule_with_an_outcome_decides() {
    let mut faults = faults(0, &["delay=2s", "cut-after@iam:*#2-", "throttle"]);
    let first = faults.delivery(GET);
    assert!(matches!(first.outcome, Outcome::Refused("throttle", _)), "{first:?}");
    let second = faults.delivery(CREATE);
    assert_eq!(second.outcome, Outcome::Cut { took_effect: true });
    assert_eq!(second.delay, Duration::from_secs(2));
    assert_eq!(second.fault(), Some("cut-after"));
}

#[test]
fn each_service_throttles_and_fails_in_its_own_words() {
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
fn rules_are_read_and_written_as_text() {
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
fn what_is_no_rule_is_refused_with_the_part_that_is_wrong() {
    let cases = [
        ("", r#""" in a rule for faults: it is none of throttle"#),
        ("slow", r#""slow" in a rule"#),
        ("refuse=", r#""refuse=" in a rule"#),
        ("delay", r#""delay" in a rule"#),
        ("delay=fast", r#""delay=fast" in a rule for faults: expected number"#),
        ("delay=3s-1s", "the first time is longer than the second"),
        ("throttle@ec2:*", r#""ec2:*" in a rule for faults: its service is none of"#),
        ("throttle@iam:Createrole", "the mock has no such operation"),
        ("throttle@CreateRole", "it is none of *, reads, changes and SERVICE:OPERATION"),
        ("throttle#0", "it is no number of a call"),
        ("throttle#3-2", "its first call comes after its last"),
        ("throttle%101", "it is no percentage"),
        ("throttle%NaN", "it is no percentage"),
        ("stale=1s@reads", "nothing that reads can stay unseen"),
        ("stale=1s@iam:Get*", "nothing that reads can stay unseen"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Rule>().unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
        assert!(error.hint().starts_with("a rule is FAULT"));
    }
}

#[test]
fn lags_are_set_by_text() {
    let mut lag = crate::api::Lag::default();
    lag.set("iam-propagation=90s").unwrap();
    lag.set("log-group=2s").unwrap();
    assert_eq!(lag.iam_propagation, Duration::from_secs(90));
    assert_eq!(lag.log_group, Duration::from_secs(2));
    for (text, expected) in [
        ("iam=1s", "its kind is none of iam-propagation"),
        ("log-group", "it is not of the form KIND=TIME"),
        ("log-group=soon", "expected number"),
    ] {
        let error = lag.set(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_refused_to_order_has_the_status_of_its_code() {
    for (code, status) in
        [("NoSuchEntity", 404), ("DeleteConflict", 409), ("ServerException", 500), ("Other", 400)]
    {
        let rule: Rule = format!("refuse={code}").parse().unwrap();
        let Fault::Refuse(error) = rule.fault() else { panic!("{rule}") };
        assert_eq!((error.code.as_ref(), error.status), (code, status));
    }
}
