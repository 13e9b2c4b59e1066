//! Examples of reading, writing, comparing and diffing documents.

use super::{
    ActionElement, AwsPrincipal, Effect, OrphanKind, PolicyDiff, PolicyDifference, PolicyDocument,
    PolicyText, PrincipalSet, Statement, Version,
};

const EXECUTION_ROLE: &str = "arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role";

fn trust() -> Statement {
    Statement::allow(["sts:AssumeRole"])
        .with_principal(PrincipalSet::service(["ecs-tasks.amazonaws.com"]))
}

fn parse(text: &str) -> PolicyDocument {
    PolicyDocument::parse(text).expect(text)
}

/// Wraps the text of one statement in a document.
fn around(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

fn statement(text: &str) -> Statement {
    parse(&around(text)).statements()[0].clone()
}

/// Returns the error from parsing a statement that consists of an effect and these members.
fn error(members: &str) -> String {
    let text = around(&format!(r#"{{"Effect":"Allow",{members}}}"#));
    PolicyDocument::parse(&text).expect_err(&text).to_string()
}

#[test]
fn trust_policy_is_written_in_aws_format() {
    assert_eq!(
        PolicyDocument::new([trust()]).to_json(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
    );
}

#[test]
fn trust_policy_with_conditions_is_written_with_them() {
    let narrowed = trust()
        .with_condition("StringEquals", "aws:SourceAccount", ["123456789012"])
        .with_condition("ArnLike", "aws:SourceArn", ["arn:aws:ecs:us-east-1:123456789012:*"]);
    assert_eq!(
        narrowed.to_json(),
        r#"{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:123456789012:*"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}"#
    );
    assert_ne!(narrowed, trust());
}

#[test]
fn task_policy_equals_terraform_jsonencode_output() {
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*";
    let ours =
        PolicyDocument::new([
            Statement::allow(["logs:CreateLogStream", "logs:PutLogEvents"]).with_resources([group])
        ]);
    let theirs = around(&format!(
        r#"{{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"{group}"}}"#
    ));
    assert_eq!(ours, parse(&theirs));
    assert_eq!(
        ours.to_json(),
        around(&format!(
            r#"{{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"{group}"}}"#
        ))
    );
}

#[test]
fn repository_policy_equals_terraform_jsonencode_output() {
    let ours = PolicyDocument::new([Statement::allow([
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "ecr:BatchCheckLayerAvailability",
    ])
    .with_sid("AllowPull")
    .with_principal(PrincipalSet::aws([EXECUTION_ROLE]))]);
    let theirs = around(&format!(
        r#"{{"Action":["ecr:GetDownloadUrlForLayer","ecr:BatchGetImage","ecr:BatchCheckLayerAvailability"],"Effect":"Allow","Principal":{{"AWS":"{EXECUTION_ROLE}"}},"Sid":"AllowPull"}}"#
    ));
    assert_eq!(ours, parse(&theirs));
    assert_eq!(ours.statements()[0].resource(), None);
}

#[test]
fn pretty_json_is_indented_and_equal_in_meaning() {
    let document = PolicyDocument::new([trust()]).with_id("demo");
    let pretty = document.to_json_pretty();
    assert!(
        pretty.starts_with("{\n  \"Version\": \"2012-10-17\",\n  \"Id\": \"demo\",\n"),
        "{pretty}"
    );
    assert_eq!(parse(&pretty), document);
}

#[test]
fn document_round_trips_through_serde() {
    let document = PolicyDocument::new([trust()]);
    let value = serde_json::to_value(&document).expect("a document serializes");
    let back: PolicyDocument = serde_json::from_value(value).expect("it deserializes again");
    assert_eq!(back, document);
    let error = serde_json::from_str::<Statement>(r#"{"Effect":"Allow"}"#).expect_err("no action");
    assert!(error.to_string().starts_with("Action: missing element"), "{error}");
}

#[test]
fn missing_version_means_2008_10_17() {
    let text = around(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let without = parse(&text.replace(r#""Version":"2012-10-17","#, ""));
    assert_eq!(without.version(), Version::V2008_10_17);
    assert_eq!(without, parse(&text.replace("2012", "2008")));
    assert_ne!(without, parse(&text));
}

#[test]
fn empty_sid_id_and_condition_count_as_absent() {
    let text = r#"{"Version":"2012-10-17","Id":"","Statement":{"Sid":"","Effect":"Allow","Action":"*","Condition":{"StringEquals":{}}}}"#;
    let document = PolicyDocument::new([Statement::allow(["*"])]);
    assert_eq!(parse(text), document);
    assert_eq!(document.clone().with_id("").to_json(), document.to_json());
    assert!(parse(text).statements()[0].condition().is_empty());
}

#[test]
fn documents_with_different_sid_or_id_differ() {
    let document = PolicyDocument::new([trust()]);
    assert_ne!(document, document.clone().with_id("x"));
    assert_ne!(trust(), trust().with_sid("x"));
}

#[test]
fn account_id_equals_its_root_arn_in_every_partition() {
    let id = trust().with_principal(PrincipalSet::aws(["123456789012"]));
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        let root = format!("arn:{partition}:iam::123456789012:root");
        assert_eq!(id, trust().with_principal(PrincipalSet::aws([root.clone()])));
        let both = PrincipalSet::aws([root, "123456789012".to_owned()]);
        assert_eq!(id, trust().with_principal(both));
    }
    for other in [
        "123456789013",
        "arn:aws:iam::123456789012:user/root",
        "arn:aws:iam::123456789012:root/x",
        "arn:aws:sts::123456789012:root",
        "arn:aws:iam:us-east-1:123456789012:root",
    ] {
        assert_ne!(id, trust().with_principal(PrincipalSet::aws([other])), "{other}");
    }
    // Only principals under "AWS" are normalized.
    let federated = |id| PrincipalSet::federated([id]);
    assert_ne!(
        trust().with_principal(federated("123456789012")),
        trust().with_principal(federated("arn:aws:iam::123456789012:root"))
    );
}

#[test]
fn everyone_differs_from_every_account() {
    let any = statement(r#"{"Effect":"Allow","Action":"*","Principal":"*"}"#);
    let accounts = statement(r#"{"Effect":"Allow","Action":"*","Principal":{"AWS":"*"}}"#);
    assert_ne!(any, accounts);
}

#[test]
fn condition_keys_ignore_case_but_values_do_not() {
    let with = |key: &str, value: &str| trust().with_condition("StringEquals", key, [value]);
    assert_eq!(with("aws:SourceArn", "a"), with("AWS:sourcearn", "a"));
    assert_ne!(with("aws:SourceArn", "a"), with("aws:SourceArn", "A"));
    let twice = with("aws:SourceArn", "a").with_condition("StringEquals", "AWS:SOURCEARN", ["b"]);
    assert_eq!(twice.condition().iter().count(), 1);
    assert_eq!(twice, trust().with_condition("StringEquals", "aws:SourceArn", ["b", "a"]));
}

#[test]
fn booleans_and_numbers_in_conditions_become_strings() {
    let bare = statement(
        r#"{"Effect":"Allow","Action":"*","Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":[10,-1,0.5]}}}"#,
    );
    let quoted = Statement::allow(["*"])
        .with_condition("Bool", "aws:SecureTransport", ["true"])
        .with_condition("NumericLessThan", "s3:max-keys", ["10", "-1", "0.5"]);
    assert_eq!(bare, quoted);
}

#[test]
fn effect_is_read_in_any_case() {
    let statement = statement(r#"{"Effect":"dENY","Action":"*"}"#);
    assert_eq!(statement.effect(), Effect::Deny);
    assert_eq!(statement.to_json(), r#"{"Effect":"Deny","Action":"*"}"#);
}

#[test]
fn empty_list_differs_from_a_missing_element() {
    let empty = statement(r#"{"Effect":"Allow","Action":[],"Resource":[],"Principal":{"AWS":[]}}"#);
    assert_eq!(empty.action(), &ActionElement::Action([].into()));
    assert_ne!(empty, Statement::allow([""; 0]));
    let none = Statement::allow([""; 0])
        .with_resources([""; 0])
        .with_principal(PrincipalSet::service([""; 0]));
    assert_eq!(empty, none);
}

#[test]
fn errors_name_position_problem_and_fix() {
    let cases = [
        (
            r#""Action":7"#,
            "Statement[0].Action: found a number; write a string or a list of strings",
        ),
        (
            r#""Action":["a",null]"#,
            "Statement[0].Action[1]: found null; write a string or a list of strings",
        ),
        (r#""Action":"""#, "Statement[0].Action: the string is empty; write a name or \"*\""),
        (r#""Sid":"x""#, "Statement[0].Action: missing element; add Action or NotAction"),
        (
            r#""Action":"*","NotAction":"*""#,
            "Statement[0]: Action and NotAction cannot be used together; keep one of them",
        ),
        (r#""Actions":"*""#, "Statement[0].Actions: unknown element; write Action"),
        (
            r#""Action":"*","resource":"*""#,
            "Statement[0].resource: unknown element; write Resource",
        ),
        (
            r#""Action":"*","Comment":"*""#,
            "Statement[0].Comment: unknown element; valid elements are Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition",
        ),
        (r#""Action":"*","Action":"*""#, "Statement[0].Action: duplicate key; remove one of them"),
        (
            r#""Action":"*","Principal":"123456789012""#,
            "Statement[0].Principal: a plain string must be \"*\", but this is \"123456789012\"; write \"*\", or an object like {\"AWS\": \"...\"}",
        ),
        (
            r#""Action":"*","Principal":{"Aws":"*"}"#,
            "Statement[0].Principal.Aws: unknown element; write AWS",
        ),
        (
            r#""Action":"*","Condition":{"Bool":{"aws:SecureTransport":{}}}"#,
            "Statement[0].Condition.Bool.aws:SecureTransport: found an object; write a string, a number or a boolean, or a list of these values",
        ),
        (
            r#""Action":"*","Condition":{"Bool":{"a:b":"x","A:B":"y"}}"#,
            "Statement[0].Condition.Bool.A:B: duplicate of \"a:b\"; condition keys are case-insensitive; remove one of them",
        ),
        (
            r#""Action":"*","Condition":{"NumericEquals":{"a:b":[1,36893488147419103232]}}"#,
            "Statement[0].Condition.NumericEquals.a:b[1]: this number has too many digits to be stored exactly; put it in quotes",
        ),
    ];
    for (members, message) in cases {
        assert_eq!(error(members), message);
    }
}

#[test]
fn errors_about_the_whole_document_name_it() {
    let cases = [
        ("[]", "policy document: found a list; write an object (elements: Version, Id, Statement)"),
        ("{}", "Statement: missing element; a policy needs at least one statement"),
        (
            r#"{"Statement":[]}"#,
            "Statement: the list is empty; a policy needs at least one statement",
        ),
        (
            r#"{"Statement":{"Effect":"No"}}"#,
            "Statement.Effect: unknown effect \"No\"; write \"Allow\" or \"Deny\"",
        ),
        (
            r#"{"Version":"2012-10-18"}"#,
            "Version: unknown version \"2012-10-18\"; write \"2012-10-17\", or \"2008-10-17\" for an old document",
        ),
        (
            r#"{"Version":"2012-10-17","Version":"2012-10-17"}"#,
            "Version: duplicate key; remove one of them",
        ),
        (r#"{"Id":null}"#, "Id: found null; write a string"),
    ];
    for (text, message) in cases {
        assert_eq!(PolicyDocument::parse(text).expect_err(text).to_string(), message);
    }
    let error = PolicyDocument::parse("{\n  \"Version\" 1}").expect_err("no colon");
    assert_eq!(error.path(), "");
    assert!(error.problem().contains("line 2 column 13"), "{error}");
    assert!(PolicyDocument::parse(&"[".repeat(100_000)).is_err());
}

#[test]
fn aws_principals_are_classified() {
    let classify = AwsPrincipal::classify;
    let user = "arn:aws-us-gov:iam::123456789012:user/path/ann";
    let session = "arn:aws:sts::123456789012:assumed-role/deployer/ann";
    assert_eq!(classify("*"), AwsPrincipal::Any);
    assert_eq!(classify("123456789012"), AwsPrincipal::Account("123456789012"));
    assert_eq!(classify("arn:aws:iam::123456789012:root"), AwsPrincipal::Account("123456789012"));
    assert_eq!(classify(EXECUTION_ROLE), AwsPrincipal::Role(EXECUTION_ROLE));
    assert_eq!(classify(user), AwsPrincipal::User(user));
    assert_eq!(classify(session), AwsPrincipal::AssumedRole(session));
    assert_eq!(
        classify("AROADBQP57FF2AEXAMPLE:s"),
        AwsPrincipal::RoleId("AROADBQP57FF2AEXAMPLE:s")
    );
    assert_eq!(classify("AIDAJQABLZS4A3QDU576Q"), AwsPrincipal::UserId("AIDAJQABLZS4A3QDU576Q"));
    for other in [
        "",
        "AROAd",
        "AIDAJQABLZS4A3QDU576Q:ann",
        "12345678901",
        "arn:aws:iam::123456789012:group/x",
        "arn:x",
    ] {
        assert_eq!(classify(other), AwsPrincipal::Other(other));
    }
}

#[test]
fn orphaned_principals_are_listed_with_their_statement() {
    let document = PolicyDocument::new([
        trust(),
        Statement::allow(["ecr:BatchGetImage"]).with_sid("AllowPull").with_principal(
            PrincipalSet::aws(["AROADBQP57FF2AEXAMPLE", "AIDAJQABLZS4A3QDU576Q", EXECUTION_ROLE]),
        ),
    ]);
    let orphans = document.orphaned_principals();
    assert_eq!(
        orphans.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "AIDAJQABLZS4A3QDU576Q: the user with this id was deleted",
            "AROADBQP57FF2AEXAMPLE: the role with this id was deleted",
        ]
    );
    assert_eq!(orphans[1].kind, OrphanKind::Role);
    assert_eq!((orphans[1].statement, orphans[1].sid.as_deref()), (1, Some("AllowPull")));
}

#[test]
fn diff_lists_added_removed_and_changed_statements() {
    let before = PolicyDocument::new([
        Statement::allow(["a:Kept"]),
        Statement::allow(["a:Gone"]),
        Statement::allow(["a:Old"]).with_sid("Named"),
    ])
    .with_version(Version::V2008_10_17);
    let after = PolicyDocument::new([
        Statement::allow(["a:New"]).with_sid("Named"),
        Statement::deny(["a:Come"]),
        Statement::allow(["A:kept"]),
    ])
    .with_id("id");
    let diff = PolicyDiff::between(&before, &after);
    assert_eq!(
        diff.to_string(),
        r#"~ Version: 2008-10-17 -> 2012-10-17
~ Id: (none) -> id
- {"Effect":"Allow","Action":"a:Gone"}
~ Named: {"Sid":"Named","Effect":"Allow","Action":"a:Old"} -> {"Sid":"Named","Effect":"Allow","Action":"a:New"}
+ {"Effect":"Deny","Action":"a:Come"}"#
    );
    assert_eq!(
        serde_json::to_string(&diff).expect("a diff serialises"),
        r#"{"version":{"before":"2008-10-17","after":"2012-10-17"},"id":{"before":null,"after":"id"},"removed":[{"Effect":"Allow","Action":"a:Gone"}],"changed":[{"sid":"Named","before":{"Sid":"Named","Effect":"Allow","Action":"a:Old"},"after":{"Sid":"Named","Effect":"Allow","Action":"a:New"}}],"added":[{"Effect":"Deny","Action":"a:Come"}]}"#
    );
}

#[test]
fn diff_pairs_statements_by_sid() {
    let named = |action: &str| {
        PolicyDocument::new(["One", "Two"].map(|sid| Statement::allow([action]).with_sid(sid)))
    };
    let PolicyDiff { version, id, removed, changed, added } =
        PolicyDiff::between(&named("a:Old"), &named("a:New"));
    assert_eq!((version, id, removed, added), (None, None, vec![], vec![]));
    assert_eq!(changed.iter().map(|change| &*change.sid).collect::<Vec<_>>(), ["One", "Two"]);
}

#[test]
fn unparsable_text_differs_with_a_reason() {
    let desired = PolicyDocument::new([trust()]);
    let observed = PolicyText::new("%7B");
    assert!(!observed.means_the_same(&desired));
    assert_eq!(observed.as_str(), "%7B");
    let difference = observed.difference_to(&desired).expect("different");
    assert!(matches!(difference, PolicyDifference::Unreadable(_)));
    assert!(difference.to_string().starts_with("the policy cannot be parsed: policy document: "));
    assert_eq!(observed, PolicyText::new("%7B"));
    assert_ne!(observed, PolicyText::new("%7b"));
}

#[test]
fn texts_compare_by_meaning_and_serialize_verbatim() {
    let text = PolicyText::from(PolicyDocument::new([trust()]));
    let pretty = PolicyText::new(PolicyDocument::new([trust()]).to_json_pretty());
    assert_ne!(text.as_str(), pretty.as_str());
    assert_eq!(text, pretty);
    let json = serde_json::to_string(&pretty).expect("a text serializes");
    let back: PolicyText = serde_json::from_str(&json).expect("it deserializes again");
    assert_eq!(back.as_str(), pretty.as_str());
}
