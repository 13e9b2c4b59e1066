//! Tests for policy documents, including the errors for invalid documents.

use super::{Fixture, TRUST, refusal, some, trusting};
use crate::iam::CreatePolicyRequest;

fn statement(body: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{{body}}}}}"#)
}

fn identity(aws: &mut Fixture, document: &str) -> Option<String> {
    let request = CreatePolicyRequest {
        policy_name: some("p"),
        policy_document: some(document),
        ..Default::default()
    };
    let error = request.clone().run_or_error(aws)?;
    assert_eq!((error.0.as_str(), error.1), ("MalformedPolicyDocument", 400), "{document}");
    Some(error.2)
}

trait RunOrError {
    fn run_or_error(self, aws: &mut Fixture) -> Option<(String, u16, String)>;
}

impl<O: crate::api::Operation> RunOrError for O {
    /// Runs the operation, undoes its changes, and returns its error, if any.
    fn run_or_error(self, aws: &mut Fixture) -> Option<(String, u16, String)> {
        let world = aws.world.clone();
        let result = aws.run(self);
        aws.world = world;
        result.err().map(|error| (error.code.into_owned(), error.status, error.message))
    }
}

#[test]
fn the_first_error_in_an_identity_policy_is_reported() {
    let mut aws = Fixture::new();
    let syntax = "Syntax errors in policy.";
    let legacy = "The policy failed legacy parsing";
    let version = "Policy document must be version 2012-10-17 or greater.";
    let ok = r#""Effect":"Allow","Action":"s3:Get*","Resource":"*""#;
    let cases = [
        ("not json".to_owned(), syntax),
        ("null".to_owned(), syntax),
        (r#"{"Version":"2012-10-17"}"#.to_owned(), syntax),
        (r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(), syntax),
        (format!(r#"{{"Statement":{{{ok}}}}}"#), version),
        (format!(r#"{{"Version":"2008-10-17","Statement":{{{ok}}}}}"#), version),
        (format!(r#"{{"Version":"2013-10-17","Statement":{{{ok}}}}}"#), syntax),
        (format!(r#"{{"Version":"2012-10-17","X":1,"Statement":{{{ok}}}}}"#), syntax),
        (statement(&format!(r#"{ok},"Extra":1"#)), syntax),
        (statement(&format!(r#"{ok},"NotAction":"s3:*""#)), syntax),
        (statement(&format!(r#"{ok},"Sid":[]"#)), syntax),
        (statement(&format!(r#"{ok},"Condition":{{"Sounds":{{"a":"b"}}}}"#)), syntax),
        (statement(r#""Effect":"Perhaps","Action":"s3:Get*","Resource":"*""#), syntax),
        (statement(r#""Action":"s3:Get*","Resource":"*""#), syntax),
        (statement(r#""Effect":"allow","Action":"s3:Get*","Resource":"*""#), legacy),
        (statement(&format!(r#"{ok},"Condition":{{"DateLessThan":{{"a":"soon"}}}}"#)), legacy),
        (statement(r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3::b""#), legacy),
        (
            statement(&format!(r#"{ok},"Principal":"*""#)),
            "Policy document should not specify a principal.",
        ),
        (statement(r#""Effect":"Allow""#), "Policy statement must contain actions."),
        (statement(r#""Effect":"Allow","Action":"x""#), "Policy statement must contain resources."),
        (
            statement(r#""Effect":"Allow","Action":"x","Resource":"bucket""#),
            "Resource bucket must be in ARN format or \"*\".",
        ),
        (
            statement(r#""Effect":"Allow","Action":"x","Resource":"arn:moon:s3""#),
            "Partition \"moon\" is not valid for resource \"arn:moon:s3:*:*:*\".",
        ),
        (
            statement(r#""Effect":"Allow","Action":"x","Resource":"arn:aws""#),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            statement(r#""Effect":"Allow","Action":"x","Resource":"arn:aws:s3:eu-west-1::b""#),
            "Resource arn:aws:s3:eu-west-1::b can not contain region information.",
        ),
        (
            statement(
                r#""Effect":"Allow","Action":"x","Resource":"arn:aws:iam:eu-west-1::role/b""#,
            ),
            "IAM resource arn:aws:iam:eu-west-1::role/b cannot contain region information.",
        ),
        (
            statement(
                r#""Effect":"Allow","Action":"x","Resource":"arn:aws:iam::123456789012:thing""#,
            ),
            "IAM resource path must either be \"*\", root, or start with user/, federated-user/, \
             role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, \
             saml-provider/, oidc-provider/, report/, access-report/.",
        ),
        (
            statement(r#""Effect":"Allow","Action":"x","Resource":"*""#),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            statement(r#""Effect":"Allow","Action":"s3:a:b","Resource":"*""#),
            "Actions/Condition can contain only one colon.",
        ),
        (
            statement(r#""Effect":"Allow","Action":"s 3:a","Resource":"*""#),
            "Vendor s 3 is not valid",
        ),
        (
            statement(&format!(r#"{ok},"Sid":"not-one""#)),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
             expression [0-9A-Za-z]*",
        ),
        (
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{{ok},"Sid":"a"}},{{"Effect":"Deny","Sid":"a"}}]}}"#
            ),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
    ];
    for (document, message) in cases {
        assert_eq!(identity(&mut aws, &document).as_deref(), Some(message), "{document}");
    }
}

#[test]
fn valid_identity_policies_are_accepted() {
    let mut aws = Fixture::new();
    for body in [
        r#""Effect":"Allow","Action":"*","Resource":["*"]"#,
        r#""Effect":"Deny","NotAction":["iam:*","s3.x-y:Z"],"NotResource":"arn:aws:s3:::b/*""#,
        r#""Effect":"Allow","Action":"logs:PutLogEvents","Resource":"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo:*""#,
        r#""Effect":"Allow","Action":"a:b","Resource":["arn:aws:iam::*:role/x",null]"#,
        r#""Sid":"","Effect":"Allow","Action":"a:b","Resource":"*","Condition":{}"#,
        r#""Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a","b"]},"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"x:y":3}}"#,
        r#""Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-01-31T10:00:00Z"},"DateLessThan":{"aws:EpochTime":"1767225600"}}"#,
        r#""Effect":"Allow","Action":"s3:ListJobs","Resource":"arn:aws:s3:eu-west-1:123456789012:job/*""#,
    ] {
        let document = statement(body);
        assert_eq!(identity(&mut aws, &document), None, "{document}");
    }
    let document = r#"{"Statement":[{"Effect":"Deny","Action":"a:b","Resource":"*"}],"Id":"x","Version":"2012-10-17"}"#;
    assert_eq!(identity(&mut aws, document), None);
}

fn trust(aws: &mut Fixture, document: &str) -> Option<String> {
    let error = trusting("r", document).run_or_error(aws)?;
    assert_eq!((error.0.as_str(), error.1), ("MalformedPolicyDocument", 400), "{document}");
    Some(error.2)
}

#[test]
fn errors_in_trust_policies_have_their_own_messages() {
    let mut aws = Fixture::new();
    let service = r#""Principal":{"Service":"ecs-tasks.amazonaws.com"}"#;
    let assume = r#""Action":"sts:AssumeRole""#;
    let with = |principal: &str| {
        statement(&format!(r#""Effect":"Allow","Principal":{principal},{assume}"#))
    };
    let cases = [
        ("{".to_owned(), "This policy contains invalid Json"),
        (TRUST.replace("2012", "2013"), "The policy must contain a valid version string"),
        (
            r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
            "Could not parse the policy: Statement is empty!",
        ),
        (
            statement(&format!(r#""Effect":"Allow",{service},{assume},"Resource":"*""#)),
            "Has prohibited field Resource",
        ),
        (statement(&format!(r#""Effect":"Allow",{assume}"#)), "Missing required field Principal"),
        (with("{}"), "Missing required field Principal cannot be empty!"),
        (
            with(r#"{"AWS":[]}"#),
            "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed \
             in policy has a statement with no principals!",
        ),
        (with("\"*\""), "AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\"."),
        (
            with(r#"{"Service":"ecs-tasks"}"#),
            "Invalid principal in policy: \"SERVICE\":\"ecs-tasks\"",
        ),
        (
            with(r#"{"AWS":"arn:aws:iam::123456789012:role/ghost"}"#),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/ghost\"",
        ),
        (
            with(r#"{"AWS":"arn:aws:iam::123456789012:role/*"}"#),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/*\"",
        ),
        (with(r#"{"AWS":"12345"}"#), "Invalid principal in policy: \"AWS\":\"12345\""),
        (
            with(r#"{"Federated":"somewhere"}"#),
            "Invalid principal in policy: \"FEDERATED\":\"somewhere\"",
        ),
        (
            statement(&format!(r#""Effect":"Allow","NotPrincipal":{{"AWS":"*"}},{assume}"#)),
            "AssumeRole policy must not contain NotPrincipal field.",
        ),
        (statement(&format!(r#""Effect":"Allow",{service}"#)), "Missing required field Action"),
        (
            statement(&format!(
                r#""Effect":"Allow",{service},"Action":["sts:AssumeRole","s3:Get"]"#
            )),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (statement(&format!("{service},{assume}")), "Missing required field Effect"),
        (statement(&format!(r#""Effect":"allow",{service},{assume}"#)), "Invalid effect: allow"),
        (
            statement(&format!(r#""Effect":"Allow",{service},{assume},"Extra":1"#)),
            "Unknown field Extra",
        ),
        (
            statement(&format!(
                r#""Effect":"Allow",{service},{assume},"Condition":{{"X":{{"a":"b"}}}}"#
            )),
            "Syntax errors in policy.",
        ),
        (
            format!(
                r#"{{"Statement":[{{"Sid":"a","Effect":"Allow",{service},{assume}}},{{"Sid":"a","Effect":"Allow",{service},{assume}}}]}}"#
            ),
            "The Statement Ids in the policy are not unique",
        ),
    ];
    for (document, message) in cases {
        assert_eq!(trust(&mut aws, &document).as_deref(), Some(message), "{document}");
    }
    // An empty list is accepted beside another one.
    let account = r#"{"AWS":"arn:aws:iam::123456789012:root","Service":[]}"#;
    assert_eq!(trust(&mut aws, &with(account)), None);
}

#[test]
fn valid_trust_policies_are_accepted() {
    let mut aws = Fixture::new();
    let narrowed = r#""Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com"]},"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:123456789012:*"}}"#;
    let people = r#""Effect":"Allow","Principal":{"AWS":["*","123456789012","arn:aws:iam::210987654321:root","arn:aws:iam::123456789012:user/ops/admin"],"Federated":"arn:aws:iam::123456789012:saml-provider/people"},"Action":["STS:TagSession","sts:*"]"#;
    for body in [narrowed, people] {
        assert_eq!(trust(&mut aws, &statement(body)), None);
    }
    assert_eq!(trust(&mut aws, &TRUST.replace("2012-10-17", "2008-10-17")), None);
    let mut china = Fixture::at("cn-north-1");
    let cn = TRUST.replace("amazonaws.com", "amazonaws.com.cn");
    assert_eq!(trust(&mut china, &cn), None);
}

#[test]
fn a_trust_policy_has_at_most_2048_characters_without_white_space() {
    let mut aws = Fixture::new();
    let padded = |size: usize| {
        let sid = r#""Sid":"","#;
        let bare = TRUST.replace(r#""Effect""#, &format!(r#"{sid}"Effect""#));
        let fill = "x".repeat(size - bare.len());
        bare.replace(sid, &format!(r#""Sid":"{fill}","#))
    };
    assert_eq!(trust(&mut aws, &padded(2048).replace(',', " ,\n")), None);
    let words = "Cannot exceed quota for ACLSizePerRole: 2048";
    assert_eq!(aws.refused(trusting("r", &padded(2049))), refusal("LimitExceeded", 409, words));
}

#[test]
fn policies_cannot_name_resources_in_other_partitions() {
    let allow = |resource: &str| {
        statement(&format!(r#""Effect":"Allow","Action":"s3:Get*","Resource":"{resource}""#))
    };
    let own = [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
    ];
    for (region, here) in own {
        let mut aws = Fixture::at(region);
        assert_eq!(identity(&mut aws, &allow("arn:*:s3:::bucket/*")), None, "{region}");
        for (_, partition) in own {
            let resource = format!("arn:{partition}:s3:::bucket/*");
            let words =
                format!("Partition \"{partition}\" is not valid for resource \"{resource}\".");
            let expected = (partition != here).then_some(words);
            assert_eq!(identity(&mut aws, &allow(&resource)), expected, "{region}");
        }
    }
}

#[test]
fn placeholders_are_rejected_as_the_account_of_a_resource() {
    let mut aws = Fixture::new();
    let mut allow = |account: &str| {
        let resource = format!("arn:aws:iam::{account}:role/app");
        let body = format!(r#""Effect":"Allow","Action":"iam:Get*","Resource":"{resource}""#);
        identity(&mut aws, &statement(&body))
    };
    for good in [
        "",
        "*",
        "1234*",
        "????????????",
        "123456789012",
        "aws",
        "account-id",
        "xxx",
        "${aws:PrincipalAccount}",
    ] {
        assert_eq!(allow(good), None, "{good}");
    }
    for placeholder in
        ["ACCOUNT_ID", "<ID>", "${AWS::AccountId}", "${ACCOUNT}", "1234", "1234567890123"]
    {
        let legacy = Some("The policy failed legacy parsing");
        assert_eq!(allow(placeholder).as_deref(), legacy, "{placeholder}");
    }
}

#[test]
fn trust_policies_cannot_name_principals_in_other_partitions() {
    let mut aws = Fixture::new();
    for (kind, principal) in [
        ("AWS", "arn:aws-cn:iam::123456789012:root"),
        ("AWS", "arn:aws-us-gov:iam::210987654321:role/theirs"),
        ("AWS", "arn:aws-eusc:sts::210987654321:assumed-role/theirs/session"),
        ("AWS", "arn:aws:iam::210987654321:role/*"),
        ("AWS", "arn:aws:iam::210987654321:user/team-?"),
        ("Service", "ec2.amazonaws.com.cn"),
        ("Service", "ecs.c2s.ic.gov"),
        ("Federated", "arn:aws-cn:iam::123456789012:saml-provider/people"),
        ("Federated", "arn:aws:iam::ACCOUNT_ID:oidc-provider/example.com"),
    ] {
        let body = format!(
            r#""Effect":"Allow","Principal":{{"{kind}":"{principal}"}},"Action":"sts:AssumeRole""#
        );
        let words =
            format!("Invalid principal in policy: \"{}\":\"{principal}\"", kind.to_uppercase());
        assert_eq!(trust(&mut aws, &statement(&body)), Some(words));
    }
    let iso = r#""Effect":"Allow","Principal":{"Service":["ecs.c2s.ic.gov","ecs-tasks.amazonaws.com"]},"Action":"sts:AssumeRole""#;
    assert_eq!(trust(&mut Fixture::at("us-iso-east-1"), &statement(iso)), None);
}

#[test]
fn trust_policies_can_only_allow_actions_for_assuming_roles() {
    let mut aws = Fixture::new();
    let mut with = |action: &str| {
        let principal = r#""Principal":{"Service":"ecs-tasks.amazonaws.com"}"#;
        trust(&mut aws, &statement(&format!(r#""Effect":"Allow",{principal},"Action":"{action}""#)))
    };
    for good in ["sts:AssumeRole", "STS:tagsession", "sts:SetContext", "sts:AssumeRole*", "sts:*"] {
        assert_eq!(with(good), None, "{good}");
    }
    for bad in ["*", "sts:InvalidAction", "sts:TagSessions", "sts:GetCallerIdentity", "s3:*", "sts"]
    {
        let words = "AssumeRole policy may only specify STS AssumeRole actions.";
        assert_eq!(with(bad).as_deref(), Some(words), "{bad}");
    }
}

#[test]
fn trust_in_a_shared_provider_must_be_restricted() {
    let mut aws = Fixture::new();
    let mut with = |issuer: &str, condition: &str| {
        let provider = format!("arn:aws:iam::123456789012:oidc-provider/{issuer}");
        let body = format!(
            r#""Effect":"Allow","Principal":{{"Federated":"{provider}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}"#
        );
        trust(&mut aws, &statement(&body))
    };
    let github = "token.actions.githubusercontent.com";
    let words = "Trust policy with trusted principal \
                 arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com must evaluate, \
                 using StringEquals, StringLike or StringEqualsIgnoreCase, \
                 token.actions.githubusercontent.com:sub or \
                 token.actions.githubusercontent.com:job_workflow_ref which is not scoped to all.";
    for bad in [
        "{}",
        r#"{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#,
        r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"*"}}"#,
        r#"{"StringLike":{"token.actions.githubusercontent.com:repository":"o/r"}}"#,
        r#"{"StringNotEquals":{"token.actions.githubusercontent.com:sub":"repo:o/r:*"}}"#,
    ] {
        assert_eq!(with(github, bad).as_deref(), Some(words), "{bad}");
    }
    for good in [
        r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}}"#,
        r#"{"StringEquals":{"token.actions.githubusercontent.com:sub":["*","repo:o/r:ref:refs/heads/main"]}}"#,
        r#"{"ForAnyValue:StringLike":{"token.actions.githubusercontent.com:job_workflow_ref":"o/r/*"}}"#,
    ] {
        assert_eq!(with(github, good), None, "{good}");
    }
    assert!(with("gitlab.com", "{}").unwrap().contains(" gitlab.com:sub which is not scoped"));
    assert!(with("token.actions.githubusercontent.com/octo", "{}").is_some());
    assert_eq!(with("oidc.eks.us-east-1.amazonaws.com/id/ABC", "{}"), None);
}
