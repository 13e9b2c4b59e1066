use std::fmt::Debug;

use regex_lite::Regex;
use serde_json::Value as Json;

use super::{
    Action, BucketName, CapacityProviderName, ConditionOperator, GitHubEnvironment, GitHubRef,
    GitHubRepository, KeyArn, KeyPrefix, NamespaceArn, PolicyArn, PullPrincipal, ResourcePattern,
    RoleDescription, ServicePrincipal, SessionDuration, SingleRegionKeyArn, SourceArn, StatementId,
    TagFilter, Template, Value, nearest,
};
use crate::names::{
    ClusterName, EnvironmentName, LogGroupName, PolicyName, RepositoryName, RoleName, RolePath,
};
use crate::provider::ServiceConnectNamespace;

/// Checks that `T` accepts the `good` texts and rejects the `bad` texts, and that the schema of `T`
/// accepts every `good` text.
#[track_caller]
fn check<T: Value + Debug>(good: &[&str], bad: &[&str]) {
    for text in good {
        text.parse::<T>().unwrap();
        assert!(accepts(&T::schema(), text), "the schema rejects {text:?}");
    }
    for text in bad {
        assert!(text.parse::<T>().is_err(), "{text:?}");
    }
}

/// Returns whether the schema of a text value accepts a string.
fn accepts(schema: &Json, text: &str) -> bool {
    let length = text.chars().count();
    let pattern = |schema: &Json| {
        schema["pattern"].as_str().is_none_or(|it| Regex::new(it).unwrap().is_match(text))
    };
    schema["enum"].as_array().is_none_or(|words| words.contains(&text.into()))
        && schema["anyOf"].as_array().is_none_or(|all| all.iter().any(|one| accepts(one, text)))
        && schema["maxLength"].as_u64().is_none_or(|max| length as u64 <= max)
        && pattern(schema)
        && (schema["not"].is_null() || !accepts(&schema["not"], text))
}

#[test]
fn a_description_is_in_latin_1() {
    let (longest, longer) = ("x".repeat(1000), "x".repeat(1001));
    let good = ["", "pulls images\n\tand writes logs", "für Aufgaben: ¡ÿ!", &longest];
    check::<RoleDescription>(&good, &["“quoted”", "日本", "a\u{a0}b", "\u{7f}", &longer]);
}

#[test]
fn a_pull_principal_is_an_account_or_an_arn_of_iam_or_sts() {
    let good = [
        "123456789012",
        "arn:aws:iam::123456789012:role/deployer",
        "arn:aws:sts::123456789012:assumed-role/deployer/session",
    ];
    let bad = ["", "*", "12345", "deployer", "arn:aws:s3:::bucket", "arn:mars:iam::aws:role/x"];
    check::<PullPrincipal>(&good, &bad);
    check::<Template<PullPrincipal>>(
        &["{account_id}", "arn:{partition}:iam::{account_id}:role/deployer"],
        &["{account}", "{region}"],
    );
}

#[test]
fn arns_are_of_their_kind() {
    let account = "us-east-1:123456789012";
    check::<KeyArn>(
        &[&format!("arn:aws:kms:{account}:key/1234abcd")],
        &[
            &format!("arn:aws:kms:{account}:alias/logs"),
            &format!("arn:aws:logs:{account}:key/x"),
            "x",
        ],
    );
    check::<SingleRegionKeyArn>(
        &[&format!("arn:aws:kms:{account}:key/1234abcd")],
        &[
            &format!("arn:aws:kms:{account}:key/mrk-1234"),
            &format!("arn:aws:kms:{account}:alias/x"),
            "x",
        ],
    );
    let namespace = format!("arn:aws:servicediscovery:{account}:namespace/ns-1");
    check::<NamespaceArn>(
        &[&namespace],
        &["shop", "", &format!("arn:aws:servicediscovery:{account}:service/srv-1")],
    );
    check::<ServiceConnectNamespace>(&[&namespace, ""], &["shop", "ns-1"]);
    assert_eq!("".parse(), Ok(ServiceConnectNamespace::None));
    check::<PolicyArn>(
        &["arn:aws:iam::aws:policy/x", "arn:aws:iam::123456789012:policy/a/b"],
        &["arn:aws:iam::123456789012:role/x", "arn:aws:iam:us-east-1:123456789012:policy/x", ""],
    );
}

#[test]
fn a_bucket_name_keeps_the_rules_of_s3() {
    let good = ["abc", "a.b-c", "1-2-3", &"x".repeat(63)];
    let bad = [
        "ab",
        "Abc",
        "a_b",
        "-ab",
        "ab.",
        "a..b",
        "10.0.0.1",
        "xn--abc",
        "abc-s3alias",
        "abc--x-s3",
        "{account_id}",
        &"x".repeat(64),
    ];
    check::<BucketName>(&good, &bad);
    check::<Template<BucketName>>(&["logs-{account_id}-{region}"], &["logs-{account}", "Logs"]);
    check::<KeyPrefix>(&["exec", "a/b/", "日本"], &["", " ", &"x".repeat(1025)]);
}

#[test]
fn a_capacity_provider_is_of_fargate_or_one_s_own() {
    let good = ["FARGATE", "FARGATE_SPOT", "spot-2", "my_asg"];
    let bad = ["", "fargate", "FARGATE_FAST", "aws-x", "ECS", "a b", &"x".repeat(256)];
    check::<CapacityProviderName>(&good, &bad);
    let error = "FARGATE-SPOT".parse::<CapacityProviderName>().unwrap_err();
    assert_eq!(error.suggestion(), Some("FARGATE_SPOT"));
}

#[test]
fn an_exclusion_filter_has_two_wildcards_at_most() {
    let good = ["latest", "v*", "*", "**", "v*.*", "a_b-c.d", "*a*b"];
    check::<TagFilter>(&good, &["", "*.*.*", "***", "a/b", "a b", &"x".repeat(129)]);
}

#[test]
fn a_repository_of_github_has_an_owner_and_both_ids_or_none() {
    let good = ["octo-org/octo-repo", "a/b", "O_1/r.js", "octo-org@123456/octo-repo@456789", "0/-"];
    let bad = [
        "",
        "octo-org",
        "octo-org/",
        "/octo-repo",
        "a/b/c",
        "octo-org@1/octo-repo",
        "octo-org/octo-repo@1",
        "octo-org@/octo-repo@",
        "octo-org@x/octo-repo@1",
        "-a/b",
        "octo-org/*",
        "octo org/b",
        "é/b",
        "repo:a/b",
    ];
    check::<GitHubRepository>(&good, &bad);
    for (text, suggestion) in [
        ("https://github.com/octo-org/octo-repo", Some("octo-org/octo-repo")),
        ("https://github.com/octo-org/octo-repo.git", Some("octo-org/octo-repo")),
        ("git@github.com:octo-org/octo-repo.git", Some("octo-org/octo-repo")),
        ("repo:octo-org@1/octo-repo@2:ref:refs/heads/main", Some("octo-org@1/octo-repo@2")),
        ("https://gitlab.com/a/b", None),
    ] {
        let error = text.parse::<GitHubRepository>().unwrap_err();
        assert_eq!(error.suggestion(), suggestion, "{text}");
    }
}

#[test]
fn refs_are_those_that_git_accepts_with_wildcards() {
    let good = [
        "main",
        "release/*",
        "v1.2.3",
        "v?.*",
        "*",
        "a-b_c/d+e@f",
        "feature/#1",
        "refs/x",
        "{a}",
        "a./b",
    ];
    let bad = [
        "",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a.",
        "a..b",
        "a/.b",
        "a.lock/b",
        "a@{b",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a[b",
        "a\\b",
        "$a",
        "${aws:username}",
        "é",
        "refs/heads/main",
        "refs/tags/v1",
    ];
    check::<GitHubRef>(&good, &bad);
    let error = "refs/heads/main".parse::<GitHubRef>().unwrap_err();
    assert_eq!(error.suggestion(), Some("main"));
}

#[test]
fn an_environment_of_github_has_255_characters_at_most() {
    let longest = "x".repeat(255);
    let good = ["production", "EU: production", "prod*", "a/b", "x", &longest];
    check::<GitHubEnvironment>(&good, &["", " x", "x ", "é", "a\tb", "$x", &"x".repeat(256)]);
}

#[test]
fn parts_of_statements_keep_the_rules_of_iam() {
    check::<Action>(
        &["*", "s3:*", "logs:Put?ogEvents"],
        &["", "s3:", ":Get", "s3", "s3:Gét", "a:b:c", "*:*"],
    );
    check::<StatementId>(&["Read1"], &["", "a b", "a-b", "é"]);
    assert_eq!("a-b".parse::<StatementId>().unwrap_err().suggestion(), Some("ab"));
    let resources = [
        "*",
        "arn:*:s3:::bucket",
        "arn:aws:s3:::größe/*",
        "arn:aws:iam::aws:policy/x",
        "arn:aws:sns:*:1234*:topic",
        "arn:aws:s3:::a/${aws:username}",
    ];
    let bad = [
        "",
        "bucket",
        "arn:*",
        "arn:aws:s3",
        "arn:aws:s*:::x",
        "arn:mars:s3:::x",
        "arn:aws:s3:us-east-1::x",
        "arn:aws:s3:::日本",
        "arn:aws:iam::ACCOUNT_ID:role/x",
        "arn:aws:iam:us-east-1:123456789012:role/x",
        "arn:aws:iam::123456789012:x",
    ];
    check::<ResourcePattern>(&resources, &bad);
    check::<SourceArn>(&["arn:aws:ecs:us-east-1:123456789012:*"], &["*", "cluster/*"]);
    check::<ServicePrincipal>(&["ecs-tasks.amazonaws.com"], &["ecs-tasks", "Ecs.amazonaws.com"]);
    let operators = ["StringEquals", "NullIfExist", "ForAnyValue:StringLikeIfExists", "Null"];
    let of = |text: &str| text.parse::<ConditionOperator>().is_ok();
    assert_eq!(operators.map(of), [true, false, true, true]);
    assert!(!of("NullIfExists"));
}

#[test]
fn a_number_out_of_bounds_suggests_the_nearest() {
    for (text, suggestion) in [
        ("3599", Some("3600")),
        ("43201", Some("43200")),
        ("-1", Some("3600")),
        ("99999999999999999999", Some("43200")),
        ("many", None),
        ("", None),
    ] {
        let error = text.parse::<SessionDuration>().unwrap_err();
        assert_eq!(error.suggestion(), suggestion, "{text}");
        assert_eq!(error.rule(), "use a whole number from 3600 to 43200");
    }
    assert_eq!(SessionDuration::new(3600).unwrap().get(), 3600);
}

#[test]
fn the_schemas_of_names_accept_what_the_types_accept() {
    check::<EnvironmentName>(&["a", "a-b", "a_b", "a1"], &["", "A", "a--b", "-a", "a_-b"]);
    check::<ClusterName>(&["a", "A_-1"], &["", "a.b"]);
    check::<RoleName>(&["a", "+=,.@-_", &"x".repeat(64)], &["", "a/b", &"x".repeat(65)]);
    check::<PolicyName>(&["a", &"x".repeat(128)], &["", "a/b"]);
    check::<RepositoryName>(
        &["ab", "a/b", "0/1", "team/app", "a.b", "a__b", "a--b"],
        &["a", "", "a//b", "a..b"],
    );
    check::<LogGroupName>(&["/aws/x", "a#b"], &["aws/x", "", "a b"]);
    check::<RolePath>(&["/", "/a/", "/a/b/"], &["", "//", "/a", "/a b/"]);
}

#[test]
fn a_wrong_placeholder_is_refused_with_the_right_one() {
    type Key = Template<KeyArn>;
    let text = |account: &str| format!("arn:aws:kms:us-east-1:{account}:key/1");
    let error = text("{acount_id}").parse::<Key>().unwrap_err();
    assert_eq!(error.value(), "{acount_id}");
    assert_eq!(error.suggestion(), Some(text("{account_id}").as_str()));
    // A policy variable is not a placeholder.
    let resource: Template<ResourcePattern> = "arn:aws:s3:::b/${aws:username}".parse().unwrap();
    assert_eq!(resource.as_str(), "arn:aws:s3:::b/${aws:username}");
}

#[test]
fn only_near_words_are_suggested() {
    let known = ["region", "profile", "retention_in_days"];
    assert_eq!(nearest("Region", known), Some("region"));
    assert_eq!(nearest("regoin", known), Some("region"));
    assert_eq!(nearest("retention-days", known), Some("retention_in_days"));
    assert_eq!(nearest("colour", known), None);
    assert_eq!(nearest(&"r".repeat(1000), known), None);
}
