//! Tests of IAM roles, on answers as IAM gives them.

use aws_sdk_iam::Client;
use infra_core::error::ErrorKind;
use infra_core::names::{PolicyName, RoleName};
use infra_core::policy::{PolicyDocument, Statement};
use infra_core::provider::{RoleProvider, RoleSpec};

use super::{IamRoles, decoded};
use crate::testing::{answers, assert_error, client, of, query, query_error, tags};

const POLICY: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

/// `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`, as IAM gives it.
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
async fn a_role_is_read_with_all_that_it_has() {
    let answer = answers!(Client::get_role, if |request| request.role_name() == Some("app");
        query("GetRole", &role_xml(
            "<Description>for the app</Description><MaxSessionDuration>7200</MaxSessionDuration>\
             <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
             <PermissionsBoundaryArn>arn:aws:iam::aws:policy/Bound</PermissionsBoundaryArn>\
             </PermissionsBoundary><Tags><member><Key>Name</Key><Value>app</Value></member></Tags>")));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    let role = roles.get_role(&name()).await.unwrap();
    assert_eq!(role.name, name());
    assert_eq!(role.arn, of("arn:aws:iam::123456789012:role/team/app"));
    assert_eq!(role.id, "AROAEXAMPLE");
    assert_eq!(role.path, of("/team/"));
    assert!(role.trust.means_the_same(&document()), "{:?}", role.trust);
    assert_eq!(role.description.as_deref(), Some("for the app"));
    assert_eq!(role.max_session_duration, 7_200);
    assert_eq!(role.permissions_boundary.as_deref(), Some("arn:aws:iam::aws:policy/Bound"));
    assert_eq!(role.tags, tags([("Name", "app")]));
}

#[tokio::test]
async fn a_role_of_which_iam_says_little_has_the_defaults() {
    let answer = answers!(Client::get_role; query("GetRole", &role_xml("")));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    let role = roles.get_role(&name()).await.unwrap();
    assert_eq!(role.max_session_duration, 3_600);
    assert_eq!((role.description, role.permissions_boundary), (None, None));
    assert!(role.tags.is_empty());
}

#[tokio::test]
async fn a_role_that_is_not_there_is_not_found() {
    let message = "The role with name app cannot be found.";
    let answer = answers!(Client::get_role; query_error(404, "NoSuchEntity", message));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    let error = roles.get_role(&name()).await.unwrap_err();
    assert_error(&error, ErrorKind::NotFound, "NoSuchEntity", message, 404);
}

#[tokio::test]
async fn one_create_carries_all_that_the_role_is_to_be() {
    let answer = answers!(Client::create_role, if |request| {
            request.role_name() == Some("app")
                && request.path() == Some("/team/")
                && request.assume_role_policy_document() == Some(&document().to_json())
                && request.description() == Some("for the app")
                && request.max_session_duration() == Some(7_200)
                && request.permissions_boundary() == Some(POLICY)
                && request.tags().len() == 1
                && (request.tags()[0].key(), request.tags()[0].value()) == ("Name", "app")
        };
        query("CreateRole", &role_xml("")));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    let full = RoleSpec {
        description: Some("for the app".to_owned()),
        permissions_boundary: Some(of(POLICY)),
        tags: tags([("Name", "app")]),
        ..spec()
    };
    let role = roles.create_role(&full).await.unwrap();
    assert_eq!(role.max_session_duration, 7_200);
    assert_eq!(role.permissions_boundary.as_deref(), Some(POLICY));
}

#[tokio::test]
async fn a_create_sends_no_description_boundary_or_tags_where_there_are_none() {
    let answer = answers!(Client::create_role, if |request| {
            request.description.is_none()
                && request.permissions_boundary.is_none()
                && request.tags.is_none()
        };
        query("CreateRole", &role_xml("")));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    roles.create_role(&spec()).await.unwrap();
}

#[tokio::test]
async fn what_create_refuses_keeps_iam_s_words() {
    let cases = [
        (
            409,
            "EntityAlreadyExists",
            "Role with name app already exists.",
            ErrorKind::AlreadyExists,
        ),
        (
            400,
            "MalformedPolicyDocument",
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/new\"",
            ErrorKind::InvalidInput,
        ),
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
        assert_eq!(answer.num_calls(), 1, "{code} is not for the SDK to retry");
    }
}

#[tokio::test]
async fn concurrent_changes_are_told_for_every_changing_operation() {
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
async fn a_role_is_changed_by_name() {
    let done = |action| query(action, "");
    let update = answers!(Client::update_role, if |request| {
            request.role_name() == Some("app")
                && request.max_session_duration() == Some(43_200)
                && request.description.is_none()
        };
        done("UpdateRole"));
    let trust = answers!(Client::update_assume_role_policy, if |request| {
            request.role_name() == Some("app")
                && request.policy_document() == Some(&document().to_json())
        };
        done("UpdateAssumeRolePolicy"));
    let bound = answers!(Client::put_role_permissions_boundary, if |request| {
            request.role_name() == Some("app") && request.permissions_boundary() == Some(POLICY)
        };
        done("PutRolePermissionsBoundary"));
    let unbound = answers!(Client::delete_role_permissions_boundary, if |request| {
            request.role_name() == Some("app")
        };
        done("DeleteRolePermissionsBoundary"));
    let tag = answers!(Client::tag_role, if |request| {
            request.role_name() == Some("app")
                && (request.tags()[0].key(), request.tags()[0].value()) == ("Team", "a")
        };
        done("TagRole"));
    let untag = answers!(Client::untag_role, if |request| {
            request.role_name() == Some("app") && request.tag_keys() == ["Team"]
        };
        done("UntagRole"));
    let roles =
        IamRoles::new(client!(aws_sdk_iam; &update, &trust, &bound, &unbound, &tag, &untag));
    let name = name();
    roles.update_role(&name, 43_200, None).await.unwrap();
    roles.update_assume_role_policy(&name, &document()).await.unwrap();
    roles.put_role_permissions_boundary(&name, &of(POLICY)).await.unwrap();
    roles.delete_role_permissions_boundary(&name).await.unwrap();
    roles.tag_role(&name, &tags([("Team", "a")])).await.unwrap();
    roles.untag_role(&name, &["Team".to_owned()]).await.unwrap();
}

#[tokio::test]
async fn a_description_is_updated_where_one_is_given() {
    let answer = answers!(Client::update_role, if |request| request.description() == Some("new");
        query("UpdateRole", ""));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    roles.update_role(&name(), 3_600, Some("new")).await.unwrap();
}

#[tokio::test]
async fn policies_are_attached_put_read_and_taken_away() {
    let attach = answers!(Client::attach_role_policy, if |request| {
            request.role_name() == Some("app") && request.policy_arn() == Some(POLICY)
        };
        query("AttachRolePolicy", ""));
    let detach = answers!(Client::detach_role_policy, if |request| {
            request.role_name() == Some("app") && request.policy_arn() == Some(POLICY)
        };
        query("DetachRolePolicy", ""));
    let put = answers!(Client::put_role_policy, if |request| {
            request.role_name() == Some("app")
                && request.policy_name() == Some("inline")
                && request.policy_document() == Some(&document().to_json())
        };
        query("PutRolePolicy", ""));
    let get = answers!(Client::get_role_policy, if |request| {
            request.role_name() == Some("app") && request.policy_name() == Some("inline")
        };
        query("GetRolePolicy", &format!(
            "<RoleName>app</RoleName><PolicyName>inline</PolicyName>\
             <PolicyDocument>{ENCODED}</PolicyDocument>")));
    let delete = answers!(Client::delete_role_policy, if |request| {
            request.role_name() == Some("app") && request.policy_name() == Some("inline")
        };
        query("DeleteRolePolicy", ""));
    let roles = IamRoles::new(client!(aws_sdk_iam; &attach, &detach, &put, &get, &delete));
    let name = name();
    roles.attach_role_policy(&name, &of(POLICY)).await.unwrap();
    roles.detach_role_policy(&name, POLICY).await.unwrap();
    roles.put_role_policy(&name, &policy_name(), &document()).await.unwrap();
    let text = roles.get_role_policy(&name, &policy_name()).await.unwrap();
    assert!(text.means_the_same(&document()), "{text:?}");
    roles.delete_role_policy(&name, "inline").await.unwrap();
}

#[tokio::test]
async fn a_role_in_use_cannot_be_deleted() {
    let message = "Cannot delete entity, must detach all policies first.";
    let answer = answers!(Client::delete_role, if |request| request.role_name() == Some("app");
        query_error(409, "DeleteConflict", message), query("DeleteRole", ""));
    let roles = IamRoles::new(client!(aws_sdk_iam; &answer));
    let error = roles.delete_role(&name()).await.unwrap_err();
    assert_error(&error, ErrorKind::InUse, "DeleteConflict", message, 409);
    roles.delete_role(&name()).await.unwrap();
}

#[tokio::test]
async fn lists_go_on_to_their_last_page() {
    const MORE: &str = "<IsTruncated>true</IsTruncated><Marker>more</Marker>";
    const LAST: &str = "<IsTruncated>false</IsTruncated>";
    let attached = |name: &str| {
        format!(
            "<AttachedPolicies><member><PolicyName>{name}</PolicyName>\
             <PolicyArn>arn:aws:iam::aws:policy/{name}</PolicyArn></member></AttachedPolicies>"
        )
    };
    let profile = |name: &str| {
        format!(
            "<InstanceProfiles><member><Path>/</Path><InstanceProfileName>{name}</InstanceProfileName>\
             <InstanceProfileId>AIPA</InstanceProfileId><Arn>arn</Arn><Roles/>\
             <CreateDate>2026-01-02T03:04:05Z</CreateDate></member></InstanceProfiles>"
        )
    };
    let inline = |name: &str| format!("<PolicyNames><member>{name}</member></PolicyNames>");
    let page = |action: &'static str, marker: Option<&'static str>, body: String| {
        let rest = if marker.is_none() { MORE } else { LAST };
        query(action, &format!("{rest}{body}"))
    };
    let first = answers!(Client::list_attached_role_policies, if |r| r.marker().is_none();
        page("ListAttachedRolePolicies", None, attached("One")));
    let second = answers!(Client::list_attached_role_policies, if |r| r.marker() == Some("more");
        page("ListAttachedRolePolicies", Some("more"), attached("Two")));
    let names = answers!(Client::list_role_policies;
        page("ListRolePolicies", None, inline("one")),
        page("ListRolePolicies", Some("more"), inline("two")));
    let profiles = answers!(Client::list_instance_profiles_for_role;
        page("ListInstanceProfilesForRole", None, profile("one")),
        page("ListInstanceProfilesForRole", Some("more"), profile("two")));
    let roles = IamRoles::new(client!(aws_sdk_iam; &first, &second, &names, &profiles));
    let policies = roles.list_attached_role_policies(&name()).await.unwrap();
    let arns: Vec<_> = policies.iter().map(|policy| policy.arn.as_str()).collect();
    assert_eq!(arns, ["arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"]);
    assert_eq!(policies[1].name, "Two");
    assert_eq!(roles.list_role_policies(&name()).await.unwrap(), ["one", "two"]);
    assert_eq!(roles.list_instance_profiles_for_role(&name()).await.unwrap(), ["one", "two"]);
}

#[tokio::test]
async fn lists_of_a_role_that_is_not_there_are_not_found() {
    let message = "The role with name app cannot be found.";
    let gone = move || query_error(404, "NoSuchEntity", message);
    let attached = answers!(Client::list_attached_role_policies; gone());
    let inline = answers!(Client::list_role_policies; gone());
    let profiles = answers!(Client::list_instance_profiles_for_role; gone());
    let roles = IamRoles::new(client!(aws_sdk_iam; &attached, &inline, &profiles));
    for error in [
        roles.list_attached_role_policies(&name()).await.unwrap_err(),
        roles.list_role_policies(&name()).await.unwrap_err(),
        roles.list_instance_profiles_for_role(&name()).await.unwrap_err(),
    ] {
        assert_error(&error, ErrorKind::NotFound, "NoSuchEntity", message, 404);
    }
}

#[test]
fn encoded_documents_are_decoded_and_plain_ones_left_alone() {
    let decode = |text: &str| decoded(text.to_owned());
    assert!(decode(ENCODED).starts_with(r#"{"Version":"2012-10-17""#));
    // White space before the document, and signs that a form decoder would turn into something else.
    assert_eq!(decode("%20%0A%7B%22a%22%3A%22b+c%2Bd%25e%22%7D"), " \n{\"a\":\"b+c+d%e\"}");
    assert_eq!(decode("%7b%22a%22%3a%22%C3%A9%22%7d"), r#"{"a":"é"}"#);
    for plain in [r#"{"a":"100%25 + %7B"}"#, "\n{}", "", "not JSON"] {
        assert_eq!(decode(plain), plain);
    }
    assert_eq!(
        decode("%7B%FF%7D"),
        "%7B%FF%7D",
        "what is not UTF-8 stays for the parser to refuse"
    );
}
