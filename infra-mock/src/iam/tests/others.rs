//! Tests for service-linked roles, users and instance profiles.

use super::{Fixture, START, decoded, no_role, refusal, some};
use crate::iam::{
    CreateServiceLinkedRoleRequest, GetUserRequest, ListAttachedRolePoliciesRequest,
    ListInstanceProfilesForRoleRequest, add_instance_profile, add_user,
    ensure_ecs_service_linked_role, state,
};

fn linked(service: &str) -> CreateServiceLinkedRoleRequest {
    CreateServiceLinkedRoleRequest { aws_service_name: some(service), ..Default::default() }
}

#[test]
fn the_service_linked_role_of_ecs_is_created_once() {
    let mut aws = Fixture::new();
    let role = aws.ok(linked("ecs.amazonaws.com")).role;
    assert_eq!(
        role.arn,
        "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    );
    let trust = decoded(&role.assume_role_policy_document.unwrap());
    assert!(trust.contains(r#""Service":"ecs.amazonaws.com""#), "{trust}");
    let attached = ListAttachedRolePoliciesRequest {
        role_name: some("AWSServiceRoleForECS"),
        ..Default::default()
    };
    assert_eq!(
        aws.ok(attached).attached_policies[0].policy_arn,
        "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"
    );
    let words = "Service role name AWSServiceRoleForECS has been taken in this account, please try a \
                 different suffix.";
    assert_eq!(aws.refused(linked("ecs.amazonaws.com")), refusal("InvalidInput", 400, words));
}

#[test]
fn service_linked_roles_are_created_only_for_known_services() {
    let mut aws = Fixture::new();
    let suffixed =
        CreateServiceLinkedRoleRequest { custom_suffix: some("x"), ..linked("ecs.amazonaws.com") };
    let words = "Custom suffix is not allowed for ecs.amazonaws.com";
    assert_eq!(aws.refused(suffixed), refusal("InvalidInput", 400, words));
    let (code, status, _) = aws.refused(linked("unknown.amazonaws.com"));
    assert_eq!((code.as_str(), status), ("NotImplemented", 501));
    aws.ok(linked("elasticloadbalancing.amazonaws.com"));
    let inspector = aws.ok(linked("inspector.amazonaws.com")).role;
    assert_eq!(inspector.role_name, "AWSServiceRoleForAmazonInspector");
    let sso = aws.ok(linked("sso.amazonaws.com")).role;
    assert_eq!((sso.role_name.as_str(), sso.description), ("AWSServiceRoleForSSO", None));
    let description = aws.get("AWSServiceRoleForSSO").description.unwrap();
    assert!(description.starts_with("Service-linked role used by AWS SSO"), "{description}");
    let suffix = |custom_suffix| CreateServiceLinkedRoleRequest {
        custom_suffix,
        ..linked("autoscaling.amazonaws.com")
    };
    assert_eq!(aws.ok(suffix(None)).role.role_name, "AWSServiceRoleForAutoScaling");
    assert_eq!(aws.ok(suffix(some("web"))).role.role_name, "AWSServiceRoleForAutoScaling_web");
}

#[test]
fn ecs_creates_its_role_and_knows_its_creation_time() {
    let mut aws = Fixture::new();
    assert_eq!(state(&aws.call()).ecs_service_linked_role(), None);
    assert_eq!(ensure_ecs_service_linked_role(&mut aws.call()), START);
    aws.now = aws.now.after(std::time::Duration::from_mins(1));
    assert_eq!(ensure_ecs_service_linked_role(&mut aws.call()), START);
    assert_eq!(state(&aws.call()).ecs_service_linked_role(), Some(START));
    assert!(aws.get("AWSServiceRoleForECS").description.is_some());
}

#[test]
fn get_user_without_a_name_returns_the_calling_user() {
    let mut aws = Fixture::new();
    let user = aws.ok(GetUserRequest::default()).user;
    assert_eq!((user.path.as_str(), user.user_name.as_deref()), ("/ops/", Some("admin")));
    assert_eq!(user.user_id, "AIDAADMIN");
    let named = GetUserRequest { user_name: some("Admin") };
    assert_eq!(aws.ok(named).user, user);
}

#[test]
fn get_user_returns_added_users() {
    let mut aws = Fixture::new();
    let jane = GetUserRequest { user_name: some("jane") };
    let words = "The user with name jane cannot be found.";
    assert_eq!(aws.refused(jane.clone()), refusal("NoSuchEntity", 404, words));
    add_user(&mut aws.call(), "jane").unwrap();
    let user = aws.ok(jane).user;
    assert_eq!(user.arn, "arn:aws:iam::123456789012:user/jane");
    assert!(user.user_id.starts_with("AIDA"));
    assert_eq!(add_user(&mut aws.call(), "Jane").unwrap_err().code, "EntityAlreadyExists");
    let bad = GetUserRequest { user_name: some("a b") };
    assert_eq!(aws.refused(bad).0, "ValidationError");
}

#[test]
fn callers_other_than_users_must_name_a_user() {
    let mut aws = Fixture::new();
    aws.caller.arn = "arn:aws:sts::123456789012:assumed-role/deploy/ci".to_owned();
    let words = "Must specify userName when calling with non-User credentials";
    assert_eq!(aws.refused(GetUserRequest::default()), refusal("ValidationError", 400, words));
    aws.caller.arn = "arn:aws:iam::123456789012:root".to_owned();
    let root = aws.ok(GetUserRequest::default()).user;
    assert_eq!((root.user_name, root.arn), (None, aws.caller.arn.clone()));
}

#[test]
fn instance_profiles_return_their_role() {
    let mut aws = Fixture::new();
    let list = ListInstanceProfilesForRoleRequest { role_name: some("app"), ..Default::default() };
    assert_eq!(aws.refused(list.clone()), no_role("app"));
    assert_eq!(add_instance_profile(&mut aws.call(), "p", "app").unwrap_err().code, "NoSuchEntity");
    aws.role("app");
    assert!(aws.ok(list.clone()).instance_profiles.is_empty());
    add_instance_profile(&mut aws.call(), "one", "app").unwrap();
    add_instance_profile(&mut aws.call(), "two", "app").unwrap();
    let doubled = add_instance_profile(&mut aws.call(), "ONE", "app").unwrap_err();
    assert_eq!(doubled.message, "Instance Profile ONE already exists.");
    let page = aws.ok(ListInstanceProfilesForRoleRequest { max_items: Some(1), ..list.clone() });
    assert!(page.is_truncated);
    let profile = &page.instance_profiles[0];
    assert_eq!(profile.arn, "arn:aws:iam::123456789012:instance-profile/one");
    assert!(profile.instance_profile_id.starts_with("AIPA"));
    assert_eq!(profile.roles[0].role_name, "app");
    let rest = aws.ok(ListInstanceProfilesForRoleRequest { marker: page.marker, ..list });
    assert_eq!(rest.instance_profiles.len(), 1);
}
