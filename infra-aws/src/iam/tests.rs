//! Tests with responses that the mock AWS never sends. The tests that use the mock are in
//! `tests/providers`.

use aws_sdk_iam::Client;
use infra_core::error::ErrorKind;
use infra_core::names::{PolicyName, RoleName};
use infra_core::policy::{PolicyDocument, Statement};
use infra_core::provider::{RoleProvider, RoleSpec};

use super::{IamRoles, decoded};
use crate::testing::{answers, assert_error, client, of, query, query_error, tags};

const POLICY: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

/// `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}` in IAM's
/// encoding.
const ENCODED: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A\
    %22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

fn role_xml(more: &str) -> String {
    format!(
        "<Role><Path>/team/</Path><RoleName>app</RoleName><RoleId>AROAEXAMPLE</RoleId>\
         <Arn>arn:aws:iam::123456789012:role/team/app</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate>\
         <AssumeRolePolicyDocument>{ENCODED}</AssumeRolePolicyDocument>{more}</Role>"
    )
}

fn name() -> RoleName {
    of("app")
}

fn policy_name() -> PolicyName {
    of("inline")
}

fn document() -> PolicyDocument {
    PolicyDocument::new([Statement::allow(["sts:AssumeRole"])])
}

fn spec() -> RoleSpec {
    RoleSpec {
        name: name(),
        path: of("/team/"),
        trust: document(),
        description: None,
        max_session_duration: 7_200,
        permissions_boundary: None,
        tags: tags([]),
    }
}

#[tokio::test]
async fn omitted_attributes_have_their_defaults() {
    let answer = answers!(Client::get_role; query("GetRole", &role_xml("")));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    let role = roles.get_role(&name()).await.unwrap();
    assert_eq!(role.max_session_duration, 3_600);
    assert_eq!((role.description, role.permissions_boundary), (None, None));
    assert!(role.tags.is_empty());
}

#[tokio::test]
async fn create_errors_keep_the_message_from_iam() {
    let cases = [
        (
            409,
            "LimitExceeded",
            "Cannot exceed quota for RolesPerAccount: 1000",
            ErrorKind::LimitExceeded,
        ),
        (
            409,
            "ConcurrentModification",
            "Request was rejected due to concurrent modification.",
            ErrorKind::ChangeInProgress,
        ),
        (
            403,
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/x is not authorized to perform: iam:CreateRole on \
             resource: arn:aws:iam::123456789012:role/team/app because no identity-based policy allows \
             the iam:CreateRole action",
            ErrorKind::AccessDenied,
        ),
    ];
    for (status, code, message, kind) in cases {
        let answer = answers!(Client::create_role; query_error(status, code, message));
        let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
        let error = roles.create_role(&spec()).await.unwrap_err();
        assert_error(&error, kind, code, message, status);
        assert_eq!(answer.num_calls(), 1, "the SDK does not retry {code}");
    }
}

#[tokio::test]
async fn concurrent_modification_is_recognized_for_every_write_operation() {
    let message = "The request was rejected because multiple requests to change this object were submitted \
                   simultaneously.";
    let busy = move || query_error(409, "ConcurrentModification", message);
    let update = answers!(Client::update_role; busy());
    let trust = answers!(Client::update_assume_role_policy; busy());
    let attach = answers!(Client::attach_role_policy; busy());
    let detach = answers!(Client::detach_role_policy; busy());
    let put = answers!(Client::put_role_policy; busy());
    let delete_inline = answers!(Client::delete_role_policy; busy());
    let delete = answers!(Client::delete_role; busy());
    let tag = answers!(Client::tag_role; busy());
    let untag = answers!(Client::untag_role; busy());
    let roles = IamRoles::new(client!(aws_sdk_iam; &update, &trust, &attach, &detach, &put,
        &delete_inline, &delete, &tag, &untag));
    let (name, policy) = (name(), of(POLICY));
    for outcome in [
        roles.update_role(&name, 3_600, None).await,
        roles.update_assume_role_policy(&name, &document()).await,
        roles.attach_role_policy(&name, &policy).await,
        roles.detach_role_policy(&name, POLICY).await,
        roles.put_role_policy(&name, &policy_name(), &document()).await,
        roles.delete_role_policy(&name, "inline").await,
        roles.delete_role(&name).await,
        roles.tag_role(&name, &tags([("a", "b")])).await,
        roles.untag_role(&name, &["a".to_owned()]).await,
    ] {
        let (kind, code) = (ErrorKind::ChangeInProgress, "ConcurrentModification");
        assert_error(&outcome.unwrap_err(), kind, code, message, 409);
    }
}

#[tokio::test]
async fn incomplete_page_does_not_end_the_list() {
    // The API reference for ListAttachedRolePolicies says: "IAM might return fewer than the
    // MaxItems number of results, even when there are more results available."
    const MORE: &str = "<IsTruncated>true</IsTruncated><Marker>more</Marker>";
    let page = |rest: &str, name: &str| {
        let policies = format!(
            "<AttachedPolicies><member><PolicyName>{name}</PolicyName>\
             <PolicyArn>arn:aws:iam::aws:policy/{name}</PolicyArn></member></AttachedPolicies>"
        );
        query("ListAttachedRolePolicies", &format!("{rest}{policies}"))
    };
    let first = answers!(Client::list_attached_role_policies, if |r| r.marker().is_none();
        page(MORE, "One"));
    let second = answers!(Client::list_attached_role_policies, if |r| r.marker() == Some("more");
        page("<IsTruncated>false</IsTruncated>", "Two"));
    let roles = IamRoles::new(client!(aws_sdk_iam; &first, &second));
    let policies = roles.list_attached_role_policies(&name()).await.unwrap();
    let arns: Vec<_> = policies.iter().map(|policy| policy.arn.as_str()).collect();
    assert_eq!(arns, ["arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"]);
    assert_eq!(policies[1].name, "Two");
}

#[tokio::test]
async fn failed_page_fails_the_list() {
    const MORE: &str = "<IsTruncated>true</IsTruncated><Marker>more</Marker>";
    let message = "The role with name app cannot be found.";
    let gone = move || query_error(404, "NoSuchEntity", message);
    let attached = answers!(Client::list_attached_role_policies;
        query("ListAttachedRolePolicies", &format!("<AttachedPolicies/>{MORE}")), gone());
    let inline = answers!(Client::list_role_policies;
        query("ListRolePolicies", &format!("<PolicyNames/>{MORE}")), gone());
    let profiles = answers!(Client::list_instance_profiles_for_role;
        query("ListInstanceProfilesForRole", &format!("<InstanceProfiles/>{MORE}")), gone());
    let roles = IamRoles::new(client!(aws_sdk_iam; &attached, &inline, &profiles));
    for error in [
        roles.list_attached_role_policies(&name()).await.unwrap_err(),
        roles.list_role_policies(&name()).await.unwrap_err(),
        roles.list_instance_profiles_for_role(&name()).await.unwrap_err(),
    ] {
        assert_error(&error, ErrorKind::NotFound, "NoSuchEntity", message, 404);
    }
}

#[tokio::test]
async fn identity_providers_without_audiences_have_an_empty_list() {
    let arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
    let (requested, message) = (arn.to_owned(), "OpenIDConnect Provider not found for arn");
    let body = "<Url>token.actions.githubusercontent.com</Url><CreateDate>2026-01-02T03:04:05Z</CreateDate>";
    let answer = answers!(Client::get_open_id_connect_provider,
        if move |r| r.open_id_connect_provider_arn() == Some(requested.as_str());
        query("GetOpenIDConnectProvider", body),
        query("GetOpenIDConnectProvider", "<CreateDate>2026-01-02T03:04:05Z</CreateDate>"),
        query_error(404, "NoSuchEntity", message));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    let found = roles.get_open_id_connect_provider(&of(arn)).await.unwrap();
    assert_eq!(found.url, "token.actions.githubusercontent.com");
    assert_eq!(found.client_ids, [""; 0]);
    let incomplete = roles.get_open_id_connect_provider(&of(arn)).await.unwrap_err();
    assert_eq!(incomplete.kind(), ErrorKind::Other);
    let absent = roles.get_open_id_connect_provider(&of(arn)).await.unwrap_err();
    assert_error(&absent, ErrorKind::NotFound, "NoSuchEntity", message, 404);
}

#[test]
fn encoded_documents_are_decoded_and_plain_ones_stay_unchanged() {
    let decode = |text: &str| decoded(text.to_owned());
    assert!(decode(ENCODED).starts_with(r#"{"Version":"2012-10-17""#));
    // The document starts with white space and contains `+`, which a form decoder would turn into a
    // space.
    assert_eq!(decode("%20%0A%7B%22a%22%3A%22b+c%2Bd%25e%22%7D"), " \n{\"a\":\"b+c+d%e\"}");
    assert_eq!(decode("%7b%22a%22%3a%22%C3%A9%22%7d"), r#"{"a":"é"}"#);
    for plain in [r#"{"a":"100%25 + %7B"}"#, "\n{}", "", "not JSON"] {
        assert_eq!(decode(plain), plain);
    }
    assert_eq!(decode("%7B%FF%7D"), "%7B%FF%7D", "invalid UTF-8 is not decoded");
}
