//! Tests for sessions: who can start a session, and what the session is allowed to do. The tests
//! use both HTTP and typed calls.

use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use infra_core::policy::PolicyDocument;
use serde_json::{Value, json};

use super::Credentials;
use crate::api::Operation;
use crate::ecr::{CreateRepositoryRequest, SetRepositoryPolicyRequest};
use crate::ecs::CreateClusterRequest;
use crate::iam::{
    AttachRolePolicyRequest, CreateAccessKeyRequest, CreateOpenIDConnectProviderRequest,
    CreatePolicyRequest, CreateRoleRequest, CreateUserRequest, DeleteRoleRequest,
    GetAccessKeyLastUsedRequest, PutRolePermissionsBoundaryRequest, PutRolePolicyRequest,
    PutUserPermissionsBoundaryRequest, PutUserPolicyRequest, TagRoleRequest,
    UpdateAccessKeyRequest, UpdateAssumeRolePolicyRequest,
};
use crate::mock::MockAws;
use crate::sts::{
    AssumeRoleRequest, AssumeRoleWithWebIdentityRequest, GetAccessKeyInfoRequest,
    GetCallerIdentityRequest, GetFederationTokenRequest, GetSessionTokenRequest, OPERATIONS,
};
use crate::time::{ManualClock, Timestamp};
use crate::wire::{Request, Response};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const ROOT: &str = "arn:aws:iam::123456789012:root";
const USER: &str = "arn:aws:iam::123456789012:user/mock";
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn trust(principal: &Value, condition: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": principal,
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": condition,
    }]})
    .to_string()
}

fn allow(actions: &[&str]) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
    ]})
    .to_string()
}

fn does<O: Operation>(mock: &MockAws, request: Value) -> Value {
    let request: O = serde_json::from_value(request).unwrap();
    serde_json::to_value(mock.call(request).unwrap()).unwrap()
}

fn says<O: Operation>(mock: &MockAws, request: Value) -> String {
    let request: O = serde_json::from_value(request).unwrap();
    let error = mock.call(request).map(drop).unwrap_err();
    format!("{} {}: {}", error.code, error.status, error.message)
}

/// Returns a mock that contains the role `deploy`. The given principal can assume the role, and the
/// role may list clusters and assume other roles.
fn world(principal: &Value, condition: &Value) -> (MockAws, ManualClock) {
    let clock = ManualClock::at(START);
    let mock = MockAws::builder().clock(clock.clone()).build();
    let document = trust(principal, condition);
    does::<CreateRoleRequest>(
        &mock,
        json!({"RoleName": "deploy", "AssumeRolePolicyDocument": document}),
    );
    let policy = allow(&["ecs:ListClusters", "sts:AssumeRole"]);
    let embedded = json!({"RoleName": "deploy", "PolicyName": "p", "PolicyDocument": policy});
    does::<PutRolePolicyRequest>(&mock, embedded);
    (mock, clock)
}

fn assume(more: &Value) -> Value {
    let mut request = json!({"RoleArn": ROLE, "RoleSessionName": "ci"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn denied(action: &str) -> String {
    format!(
        "AccessDenied 403: User: {USER} is not authorized to perform: {action} on resource: {ROLE}"
    )
}

fn credentials(answer: &Value) -> Credentials {
    let text = |name: &str| answer["Credentials"][name].as_str().unwrap().to_owned();
    Credentials {
        access_key_id: text("AccessKeyId"),
        secret_access_key: text("SecretAccessKey"),
        session_token: text("SessionToken"),
        expiration: text("Expiration").parse().unwrap(),
    }
}

/// Sends a request signed with the given credentials.
fn send(
    mock: &MockAws,
    (key, token): (&str, Option<&str>),
    service: &str,
    target: &str,
    body: &str,
) -> Response {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, \
         Signature=0"
    );
    let kind = if target.is_empty() {
        "application/x-www-form-urlencoded"
    } else {
        "application/x-amz-json-1.1"
    };
    let mut headers = vec![
        ("authorization", authorization.as_str()),
        ("x-amz-date", "20260101T000000Z"),
        ("content-type", kind),
    ];
    headers.extend((!target.is_empty()).then_some(("x-amz-target", target)));
    headers.extend(token.map(|token| ("x-amz-security-token", token)));
    mock.answer(&Request { method: "POST", target: "/", headers, body: body.as_bytes() })
}

fn ecs(mock: &MockAws, session: &Credentials, operation: &str) -> Response {
    let target = format!("AmazonEC2ContainerServiceV20141113.{operation}");
    send(mock, (&session.access_key_id, Some(&session.session_token)), "ecs", &target, "{}")
}

fn identity(mock: &MockAws, session: &Credentials) -> String {
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let signer = (session.access_key_id.as_str(), Some(session.session_token.as_str()));
    send(mock, signer, "sts", "", body).body
}

#[test]
fn get_caller_identity_returns_the_caller_and_changes_no_state() {
    let mock = MockAws::new();
    let before = mock.world();
    let identity = does::<GetCallerIdentityRequest>(&mock, json!({}));
    assert_eq!(identity["Account"], "123456789012");
    assert_eq!(identity["Arn"], USER);
    assert_eq!(mock.world(), before);
    assert_eq!(OPERATIONS.len(), 6);
}

#[test]
fn a_session_has_the_permissions_of_its_role_until_it_expires() {
    let (mock, clock) = world(&json!({"AWS": ROOT}), &json!({}));
    let before = mock.world();
    let answer = does::<AssumeRoleRequest>(&mock, assume(&json!({"DurationSeconds": 900})));
    assert_eq!(mock.world(), before, "a session is stored only in its token");
    let arn = "arn:aws:sts::123456789012:assumed-role/deploy/ci";
    assert_eq!(answer["AssumedRoleUser"]["Arn"], arn);
    assert_eq!(answer.get("PackedPolicySize"), None);
    let session = credentials(&answer);
    assert!(session.access_key_id.starts_with("ASIA") && session.access_key_id.len() == 20);
    assert_eq!(session.expiration, START.after(Duration::from_mins(15)));
    let who = identity(&mock, &session);
    assert!(who.contains(arn) && who.contains(":ci</UserId>"), "{who}");
    assert_eq!(ecs(&mock, &session, "ListClusters").status, 200);
    let refused = ecs(&mock, &session, "CreateCluster").body;
    assert!(
        refused.contains(&format!("User: {arn} is not authorized to perform: ecs:CreateCluster"))
    );
    assert!(refused.contains("because no identity-based policy allows"), "{refused}");

    let stolen =
        Credentials { access_key_id: "ASIAAAAAAAAAAAAAAAAA".to_owned(), ..session.clone() };
    let invalid = ecs(&mock, &stolen, "ListClusters");
    assert!(invalid.body.contains("UnrecognizedClientException"), "{invalid:?}");
    clock.advance(Duration::from_mins(15));
    let expired = ecs(&mock, &session, "ListClusters");
    assert_eq!(expired.status, 400);
    assert!(expired.body.contains("ExpiredTokenException"), "{expired:?}");
    assert!(identity(&mock, &session).contains("<Code>ExpiredToken</Code>"));
    let codes: Vec<_> = mock.journal().into_iter().filter_map(|entry| entry.refused).collect();
    assert!(codes.contains(&"ExpiredTokenException".to_owned()), "{codes:?}");
}

#[test]
fn missing_roles_and_roles_without_trust_have_the_same_error() {
    let (mock, _) = world(&json!({"Service": "ecs-tasks.amazonaws.com"}), &json!({}));
    assert_eq!(says::<AssumeRoleRequest>(&mock, assume(&json!({}))), denied("sts:AssumeRole"));
    let none = assume(&json!({"RoleArn": format!("{ROLE}-none")}));
    let words = says::<AssumeRoleRequest>(&mock, none);
    assert!(words.ends_with("on resource: arn:aws:iam::123456789012:role/deploy-none"), "{words}");
    for bad in
        ["nothing-valid-in-here", "arn::b:::something/test-role", "arn:a::::something/test-role"]
    {
        let words = format!("ValidationError 400: {bad} is invalid");
        assert_eq!(says::<AssumeRoleRequest>(&mock, assume(&json!({"RoleArn": bad}))), words);
    }
}

#[test]
fn conditions_of_the_trust_policy_apply() {
    let condition =
        json!({"StringEquals": {"sts:ExternalId": "secret", "sts:RoleSessionName": "ci"}});
    let (mock, _) = world(&json!({"AWS": ROOT}), &condition);
    let refused = denied("sts:AssumeRole");
    assert_eq!(says::<AssumeRoleRequest>(&mock, assume(&json!({}))), refused);
    let wrong = assume(&json!({"ExternalId": "guess"}));
    assert_eq!(says::<AssumeRoleRequest>(&mock, wrong), refused);
    let other = assume(&json!({"ExternalId": "secret", "RoleSessionName": "other"}));
    assert_eq!(says::<AssumeRoleRequest>(&mock, other), refused);
    does::<AssumeRoleRequest>(&mock, assume(&json!({"ExternalId": "secret"})));

    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let document = trust(&json!({"AWS": ROOT}), &mfa);
    let update = json!({"RoleName": "deploy", "PolicyDocument": document});
    does::<UpdateAssumeRolePolicyRequest>(&mock, update);
    assert_eq!(says::<AssumeRoleRequest>(&mock, assume(&json!({}))), refused);
    let device = "arn:aws:iam::123456789012:mfa/mock";
    let code = assume(&json!({"SerialNumber": device, "TokenCode": "123456"}));
    does::<AssumeRoleRequest>(&mock, code);
}

#[test]
fn trust_in_the_account_needs_a_policy_and_trust_in_the_caller_does_not() {
    let limited = |mock: &MockAws, actions: &[&str]| {
        mock.with_policies([PolicyDocument::parse(&allow(actions)).unwrap()]).unwrap()
    };
    let (mock, _) = world(&json!({"AWS": ROOT}), &json!({}));
    let nobody = limited(&mock, &["ecs:*"]);
    assert_eq!(says::<AssumeRoleRequest>(&nobody, assume(&json!({}))), denied("sts:AssumeRole"));
    does::<AssumeRoleRequest>(&limited(&mock, &["sts:AssumeRole"]), assume(&json!({})));

    let (mock, _) = world(&json!({"AWS": USER}), &json!({}));
    does::<AssumeRoleRequest>(&limited(&mock, &["ecs:*"]), assume(&json!({})));
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:*","Resource":"*"}]}"#;
    let barred = mock.with_policies([PolicyDocument::parse(deny).unwrap()]).unwrap();
    assert_eq!(says::<AssumeRoleRequest>(&barred, assume(&json!({}))), denied("sts:AssumeRole"));
}

#[test]
fn session_policies_and_boundaries_limit_a_session() {
    let (mock, _) = world(&json!({"AWS": ROOT}), &json!({}));
    let policy = allow(&["ecs:DescribeClusters"]);
    let answer = does::<AssumeRoleRequest>(&mock, assume(&json!({"Policy": policy})));
    assert!(answer["PackedPolicySize"].as_i64().unwrap() > 0);
    let refused = ecs(&mock, &credentials(&answer), "ListClusters").body;
    assert!(
        refused.contains("because no session policy allows the ecs:ListClusters action"),
        "{refused}"
    );

    let document = allow(&["ecs:ListClusters"]);
    let made = does::<CreatePolicyRequest>(
        &mock,
        json!({"PolicyName": "narrow", "PolicyDocument": document}),
    );
    let arn = made["Policy"]["Arn"].clone();
    let arns = assume(&json!({"PolicyArns": [{"arn": arn}]}));
    let session = credentials(&does::<AssumeRoleRequest>(&mock, arns));
    assert_eq!(ecs(&mock, &session, "ListClusters").status, 200);
    let missing = json!({"PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/none"}]});
    let words = says::<AssumeRoleRequest>(&mock, assume(&missing));
    assert!(words.starts_with("MalformedPolicyDocument 400"), "{words}");
    let words = says::<AssumeRoleRequest>(&mock, assume(&json!({"Policy": "{}"})));
    assert!(words.starts_with("MalformedPolicyDocument 400"), "{words}");
    let long = allow(&[&format!("s3:{}", "x".repeat(3000))]);
    let words = says::<AssumeRoleRequest>(&mock, assume(&json!({"Policy": long})));
    assert!(words.starts_with("PackedPolicyTooLarge 400"), "{words}");
}

#[test]
fn a_session_lasts_as_long_as_its_role_allows() {
    let (mock, _) = world(&json!({"AWS": ROOT}), &json!({}));
    let words = says::<AssumeRoleRequest>(&mock, assume(&json!({"DurationSeconds": 7200})));
    let max = "ValidationError 400: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    assert_eq!(words, max);
    let words = says::<AssumeRoleRequest>(&mock, assume(&json!({"DurationSeconds": 1})));
    assert!(words.contains("at 'durationSeconds' failed to satisfy constraint"), "{words}");
}

#[test]
fn transitive_tags_and_the_source_identity_apply_to_chained_sessions() {
    let (mock, _) = world(&json!({"AWS": ROOT}), &json!({}));
    let role_tags = json!([{"Key": "Team", "Value": "ops"}]);
    does::<TagRoleRequest>(&mock, json!({"RoleName": "deploy", "Tags": role_tags}));
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "ecs:CreateCluster", "Resource": "*",
        "Condition": {"StringEquals": {
            "aws:PrincipalTag/Stage": "dev", "aws:PrincipalTag/Team": "ops", "aws:SourceIdentity": "ada",
        }},
    }, {"Effect": "Allow", "Action": ["sts:*", "iam:CreateServiceLinkedRole"], "Resource": "*"}]})
    .to_string();
    let embedded = json!({"RoleName": "deploy", "PolicyName": "p", "PolicyDocument": policy});
    does::<PutRolePolicyRequest>(&mock, embedded);
    let tags = json!([{"Key": "Stage", "Value": "dev"}]);
    let tagged = json!({"Tags": tags, "TransitiveTagKeys": ["Stage"], "SourceIdentity": "ada"});
    let answer = does::<AssumeRoleRequest>(&mock, assume(&tagged));
    assert_eq!(answer["SourceIdentity"], "ada");
    let first = credentials(&answer);
    assert_eq!(ecs(&mock, &first, "CreateCluster").status, 200);
    let plain = credentials(&does::<AssumeRoleRequest>(&mock, assume(&json!({}))));
    assert_eq!(ecs(&mock, &plain, "CreateCluster").status, 400);

    let chain = |more: &str| {
        let body = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=next{more}"
        );
        send(&mock, (&first.access_key_id, Some(&first.session_token)), "sts", "", &body)
    };
    let chained = chain("").body;
    let field = |name: &str| {
        let (_, rest) = chained.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let second = Credentials {
        access_key_id: field("AccessKeyId"),
        secret_access_key: field("SecretAccessKey"),
        session_token: field("SessionToken"),
        expiration: START,
    };
    assert_eq!(
        ecs(&mock, &second, "CreateCluster").status,
        200,
        "the second session inherits the transitive tags and the source identity"
    );
    let conflict = chain("&Tags.member.1.Key=stage&Tags.member.1.Value=prod").body;
    assert!(conflict.contains("conflicts with a transitive tag key"), "{conflict}");
    let long = chain("&DurationSeconds=3601").body;
    assert!(long.contains("exceeds the MaxSessionDuration"), "{long}");

    let twice = json!([{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]);
    assert_eq!(
        says::<AssumeRoleRequest>(&mock, assume(&json!({"Tags": twice}))),
        "InvalidParameterValue 400: Duplicate tag keys found. Please note that Tag keys are case insensitive."
    );
    assert_eq!(
        says::<AssumeRoleRequest>(&mock, assume(&json!({"TransitiveTagKeys": ["x"]}))),
        "InvalidParameterValue 400: The specified transitive tag key must be included in the requested tags."
    );
}

#[test]
fn trust_in_a_role_ends_when_the_role_is_replaced() {
    let (mock, _) = world(&json!({"AWS": ROOT}), &json!({}));
    let by_role = trust(&json!({"AWS": ROLE}), &json!({}));
    let create = json!({"RoleName": "target", "AssumeRolePolicyDocument": by_role});
    does::<CreateRoleRequest>(&mock, create);
    let session = credentials(&does::<AssumeRoleRequest>(&mock, assume(&json!({}))));
    let hop = |session: &Credentials| {
        let target = "arn:aws:iam::123456789012:role/target";
        let body =
            format!("Action=AssumeRole&Version=2011-06-15&RoleArn={target}&RoleSessionName=hop");
        let signer = (session.access_key_id.as_str(), Some(session.session_token.as_str()));
        send(&mock, signer, "sts", "", &body).status
    };
    assert_eq!(hop(&session), 200);
    does::<crate::iam::DeleteRolePolicyRequest>(
        &mock,
        json!({"RoleName": "deploy", "PolicyName": "p"}),
    );
    does::<DeleteRoleRequest>(&mock, json!({"RoleName": "deploy"}));
    assert_eq!(ecs(&mock, &session, "ListClusters").status, 400, "a deleted role grants nothing");
    let again = trust(&json!({"AWS": ROOT}), &json!({}));
    let create = json!({"RoleName": "deploy", "AssumeRolePolicyDocument": again});
    does::<CreateRoleRequest>(&mock, create);
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attach = json!({"RoleName": "deploy", "PolicyArn": admin});
    does::<AttachRolePolicyRequest>(&mock, attach);
    let session = credentials(&does::<AssumeRoleRequest>(&mock, assume(&json!({}))));
    assert_eq!(ecs(&mock, &session, "CreateCluster").status, 200);
    assert_eq!(hop(&session), 403);
}

#[test]
fn an_access_key_has_the_permissions_of_its_user() {
    let clock = ManualClock::at(START);
    let mock = MockAws::builder().clock(clock).build();
    does::<CreateUserRequest>(&mock, json!({"UserName": "ada"}));
    let key = does::<CreateAccessKeyRequest>(&mock, json!({"UserName": "ada"}));
    let id = key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned();
    let call = |operation: &str| {
        let target = format!("AmazonEC2ContainerServiceV20141113.{operation}");
        send(&mock, (&id, None), "ecs", &target, "{}").body
    };
    let refused = call("ListClusters");
    assert!(
        refused.contains("User: arn:aws:iam::123456789012:user/ada is not authorized"),
        "{refused}"
    );
    let policy = allow(&["ecs:*"]);
    let embedded = json!({"UserName": "ada", "PolicyName": "p", "PolicyDocument": policy});
    does::<PutUserPolicyRequest>(&mock, embedded);
    assert!(call("ListClusters").contains("clusterArns"));
    let narrow = allow(&["ecs:List*"]);
    let made =
        does::<CreatePolicyRequest>(&mock, json!({"PolicyName": "b", "PolicyDocument": narrow}));
    let bound = json!({"UserName": "ada", "PermissionsBoundary": made["Policy"]["Arn"]});
    does::<PutUserPermissionsBoundaryRequest>(&mock, bound);
    let refused = call("CreateCluster");
    assert!(
        refused.contains("because no permissions boundary allows the ecs:CreateCluster"),
        "{refused}"
    );
    let used = does::<GetAccessKeyLastUsedRequest>(&mock, json!({"AccessKeyId": id}));
    let expected = json!({
        "LastUsedDate": "2026-01-01T00:00:00Z", "ServiceName": "ecs", "Region": "us-east-1",
    });
    assert_eq!(used["AccessKeyLastUsed"], expected);
    let info = does::<GetAccessKeyInfoRequest>(&mock, json!({"AccessKeyId": id}));
    assert_eq!(info["Account"], "123456789012");
    let off = json!({"UserName": "ada", "AccessKeyId": id, "Status": "Inactive"});
    does::<UpdateAccessKeyRequest>(&mock, off);
    assert!(call("ListClusters").contains("UnrecognizedClientException"));
}

#[test]
fn the_session_of_a_user_cannot_call_iam_without_mfa() {
    let mock = MockAws::new();
    does::<CreateClusterRequest>(&mock, json!({}));
    let answer = does::<GetSessionTokenRequest>(&mock, json!({}));
    let session = credentials(&answer);
    assert_eq!(ecs(&mock, &session, "ListClusters").status, 200);
    assert!(identity(&mock, &session).contains(USER));
    let list = |session: &Credentials| {
        let signer = (session.access_key_id.as_str(), Some(session.session_token.as_str()));
        send(&mock, signer, "iam", "", "Action=ListRoles&Version=2010-05-08").body
    };
    assert!(list(&session).contains("<Code>InvalidClientTokenId</Code>"));
    let mfa = json!({"SerialNumber": "GAHT12345678", "TokenCode": "123456"});
    let session = credentials(&does::<GetSessionTokenRequest>(&mock, mfa));
    assert!(list(&session).contains("<Roles>"));
    let signer = (session.access_key_id.as_str(), Some(session.session_token.as_str()));
    let again = send(&mock, signer, "sts", "", "Action=GetSessionToken&Version=2011-06-15").body;
    assert!(again.contains("Cannot call GetSessionToken with session credentials"), "{again}");
    let padded = does::<GetSessionTokenRequest>(&mock, json!({"MinimumSessionTokenSize": 4000}));
    let padded = credentials(&padded);
    assert_eq!(padded.session_token.len(), 4000);
    assert_eq!(ecs(&mock, &padded, "ListClusters").status, 200);
}

#[test]
fn a_web_identity_needs_a_provider_an_audience_and_trust() {
    let clock = ManualClock::at(START);
    let mock = MockAws::builder().clock(clock).build();
    let provider = "arn:aws:iam::123456789012:oidc-provider/id.example.com";
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {"id.example.com:sub": "repo:shop/*"}},
    }]})
    .to_string();
    does::<CreateRoleRequest>(
        &mock,
        json!({"RoleName": "deploy", "AssumeRolePolicyDocument": document}),
    );
    let policy = allow(&["ecs:ListClusters"]);
    let embedded = json!({"RoleName": "deploy", "PolicyName": "p", "PolicyDocument": policy});
    does::<PutRolePolicyRequest>(&mock, embedded);
    let token = |sub: &str, aud: &str, exp: u64| {
        let claims = json!({"iss": "https://id.example.com", "sub": sub, "aud": aud, "exp": exp});
        format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
    };
    let later = START.millis() / 1000 + 60;
    let request = |token: String| assume(&json!({"WebIdentityToken": token}));
    let good = || request(token("repo:shop/app", "sts.amazonaws.com", later));
    assert_eq!(
        says::<AssumeRoleWithWebIdentityRequest>(&mock, good()),
        "InvalidIdentityToken 400: No OpenIDConnect provider found in your account for https://id.example.com"
    );
    let create = json!({"Url": "https://id.example.com", "ClientIDList": ["sts.amazonaws.com"]});
    does::<CreateOpenIDConnectProviderRequest>(&mock, create);
    let answer = does::<AssumeRoleWithWebIdentityRequest>(&mock, good());
    assert_eq!(answer["SubjectFromWebIdentityToken"], "repo:shop/app");
    assert_eq!(
        (&answer["Provider"], &answer["Audience"]),
        (&provider.into(), &"sts.amazonaws.com".into())
    );
    assert_eq!(ecs(&mock, &credentials(&answer), "ListClusters").status, 200);
    let other = request(token("repo:other/app", "sts.amazonaws.com", later));
    assert_eq!(
        says::<AssumeRoleWithWebIdentityRequest>(&mock, other),
        "AccessDenied 403: Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
    assert_eq!(
        says::<AssumeRoleWithWebIdentityRequest>(
            &mock,
            request(token("repo:shop/app", "x", later))
        ),
        "InvalidIdentityToken 400: Incorrect token audience"
    );
    let expired = request(token("repo:shop/app", "sts.amazonaws.com", later - 60));
    let words = says::<AssumeRoleWithWebIdentityRequest>(&mock, expired);
    assert!(
        words.starts_with("ExpiredTokenException 400: Token expired: current date/time"),
        "{words}"
    );
    let words = says::<AssumeRoleWithWebIdentityRequest>(&mock, request("none.of.it".to_owned()));
    assert!(words.starts_with("InvalidIdentityToken 400"), "{words}");
    let unsigned = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=ci&WebIdentityToken={}",
        token("repo:shop/app", "sts.amazonaws.com", later)
    );
    let headers = vec![("content-type", "application/x-www-form-urlencoded")];
    let answer =
        mock.answer(&Request { method: "POST", target: "/", headers, body: unsigned.as_bytes() });
    assert_eq!(answer.status, 200, "the request needs no signature: {}", answer.body);
}

#[test]
fn repository_policies_are_evaluated_together_with_those_of_a_session() {
    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/deploy/ci";
    let identity = Some("because no identity-based policy allows the ecr:ListImages action");
    let boundary = Some("because no permissions boundary allows the ecr:ListImages action");
    let session = Some("because no session policy allows the ecr:ListImages action");
    let denied = Some("with an explicit deny in a resource-based policy");
    // The columns are: the effect of the repository policy, its principal, the actions that the
    // role's policy allows, the actions that the boundary allows, the actions that the session
    // policy allows, and the reason that the error message must contain.
    for (effect, principal, role, limit, passed, expected) in [
        ("Allow", ROLE, "ecs:*", None, None, None),
        ("Allow", ROLE, "ecs:*", Some("ecs:*"), None, boundary),
        ("Allow", ROLE, "ecs:*", Some("ecr:*"), Some("ecs:*"), session),
        ("Allow", ROLE, "ecs:*", Some("ecr:*"), Some("ecr:*"), None),
        ("Allow", SESSION, "ecs:*", Some("ecs:*"), Some("ecs:*"), None),
        ("Allow", ROOT, "ecs:*", None, None, identity),
        ("Allow", ROOT, "ecr:*", None, None, None),
        ("Allow", "*", "ecs:*", None, None, None),
        ("Allow", USER, "ecs:*", None, None, identity),
        ("Deny", ROLE, "ecr:*", None, None, denied),
        ("Deny", SESSION, "ecr:*", None, None, denied),
        ("Deny", ROOT, "ecr:*", None, None, denied),
        ("Deny", USER, "ecr:*", None, None, None),
    ] {
        let (mock, _) = world(&json!({"AWS": ROOT}), &json!({}));
        does::<CreateUserRequest>(&mock, json!({"UserName": "mock"}));
        let embedded =
            json!({"RoleName": "deploy", "PolicyName": "p", "PolicyDocument": allow(&[role])});
        does::<PutRolePolicyRequest>(&mock, embedded);
        if let Some(limit) = limit {
            let policy = json!({"PolicyName": "limit", "PolicyDocument": allow(&[limit])});
            let policy = does::<CreatePolicyRequest>(&mock, policy);
            let arn = &policy["Policy"]["Arn"];
            let boundary = json!({"RoleName": "deploy", "PermissionsBoundary": arn});
            does::<PutRolePermissionsBoundaryRequest>(&mock, boundary);
        }
        does::<CreateRepositoryRequest>(&mock, json!({"repositoryName": "app"}));
        let text = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Principal": {"AWS": principal}, "Action": "ecr:ListImages"},
        ]});
        let policy = json!({"repositoryName": "app", "policyText": text.to_string()});
        does::<SetRepositoryPolicyRequest>(&mock, policy);
        let request = passed.map_or(json!({}), |passed| json!({"Policy": allow(&[passed])}));
        let started = credentials(&does::<AssumeRoleRequest>(&mock, assume(&request)));
        let signer = (started.access_key_id.as_str(), Some(started.session_token.as_str()));
        let target = "AmazonEC2ContainerRegistry_V20150921.ListImages";
        let answer = send(&mock, signer, "ecr", target, r#"{"repositoryName": "app"}"#);
        let case = format!("{effect} {principal}, {role}, {limit:?}, {passed:?}: {}", answer.body);
        assert_eq!(answer.status == 200, expected.is_none(), "{case}");
        assert!(answer.body.contains(expected.unwrap_or_default()), "{case}");
    }
}

#[test]
fn a_federated_user_has_the_permissions_that_the_user_and_the_session_policies_have() {
    let mock = MockAws::new();
    let actions = ["sts:GetFederationToken", "sts:TagSession", "ecs:ListClusters"];
    let own = PolicyDocument::parse(&allow(&actions)).unwrap();
    let user = mock.with_policies([own]).unwrap();
    let wide =
        json!({"Name": "bob", "Policy": allow(&["ecs:*"]), "Tags": [{"Key": "a", "Value": "b"}]});
    let answer = does::<GetFederationTokenRequest>(&user, wide);
    let arn = "arn:aws:sts::123456789012:federated-user/bob";
    let shown = json!({"FederatedUserId": "123456789012:bob", "Arn": arn});
    assert_eq!(answer["FederatedUser"], shown);
    assert!(answer["PackedPolicySize"].as_i64().unwrap() > 0);
    let session = credentials(&answer);
    assert!(identity(&mock, &session).contains(arn));
    assert_eq!(ecs(&mock, &session, "ListClusters").status, 200);
    let refused = ecs(&mock, &session, "DescribeClusters").body;
    assert!(refused.contains("because no identity-based policy allows"), "{refused}");
    // Without session policies, a federated user has no permissions.
    let bare = does::<GetFederationTokenRequest>(&mock, json!({"Name": "bob"}));
    assert_eq!(bare["PackedPolicySize"], 0);
    let bare = credentials(&bare);
    let refused = ecs(&mock, &bare, "ListClusters").body;
    assert!(refused.contains("because no session policy allows"), "{refused}");
    let signer = (bare.access_key_id.as_str(), Some(bare.session_token.as_str()));
    let again = "Action=GetFederationToken&Name=bob&Version=2011-06-15";
    let again = send(&mock, signer, "sts", "", again).body;
    assert!(again.contains("<Code>AccessDenied</Code>"), "{again}");
    for (call, resource) in [
        ("GetAccessKeyInfo&AccessKeyId=AKIAIOSFODNN7EXAMPLE", "*"),
        (
            "AssumeRole&RoleSessionName=ci&RoleArn=arn:aws:iam::123456789012:role/deploy",
            "arn:aws:iam::123456789012:role/deploy",
        ),
    ] {
        let body = format!("Action={call}&Version=2011-06-15");
        let refused = send(&mock, signer, "sts", "", &body).body;
        let words = format!("User: {arn} is not authorized to perform: sts:");
        assert!(refused.contains(&words) && refused.contains(resource), "{refused}");
    }
    let list = send(&mock, signer, "iam", "", "Action=ListRoles&Version=2010-05-08").body;
    assert!(list.contains("<Code>InvalidClientTokenId</Code>"), "{list}");
    let words = says::<GetFederationTokenRequest>(&mock, json!({"Name": "bob", "Policy": "{}"}));
    assert!(words.starts_with("MalformedPolicyDocument 400"), "{words}");
    let words = says::<GetFederationTokenRequest>(&mock, json!({"Name": "b:b"}));
    let quoted = "Value 'b:b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern";
    assert!(words.contains(quoted), "{words}");
}

#[test]
fn a_federated_user_is_limited_by_the_current_policies_of_its_user() {
    let mock = MockAws::new();
    does::<CreateUserRequest>(&mock, json!({"UserName": "ada"}));
    let put = |mock: &MockAws, actions: &[&str]| {
        let document = allow(actions);
        let request = json!({"UserName": "ada", "PolicyName": "own", "PolicyDocument": document});
        does::<PutUserPolicyRequest>(mock, request);
    };
    put(&mock, &["sts:*", "ecs:*"]);
    let key = does::<CreateAccessKeyRequest>(&mock, json!({"UserName": "ada"}));
    let key = key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned();
    let policy = percent_encoding::utf8_percent_encode(
        &allow(&["ecs:*"]),
        percent_encoding::NON_ALPHANUMERIC,
    )
    .to_string();
    let request = format!("Action=GetFederationToken&Name=bob&Version=2011-06-15&Policy={policy}");
    let answer = send(&mock, (&key, None), "sts", "", &request).body;
    let text = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
        rest.split_once(&format!("</{name}>")).unwrap().0.to_owned()
    };
    let credentials = Credentials {
        access_key_id: text("AccessKeyId"),
        secret_access_key: text("SecretAccessKey"),
        session_token: text("SessionToken"),
        expiration: text("Expiration").parse().unwrap(),
    };
    assert_eq!(ecs(&mock, &credentials, "ListClusters").status, 200);
    put(&mock, &["sts:*"]);
    let refused = ecs(&mock, &credentials, "ListClusters").body;
    assert!(refused.contains("because no identity-based policy allows"), "{refused}");
}
