//! Tests for how services other than IAM resolve principals before and after a change propagates.

use std::time::Duration;

use super::{ACCOUNT, Fixture, decoded, some, trusting};
use crate::iam::{DeleteRoleRequest, Principal, add_user, resolve, shown, state};

const LAG: Duration = Duration::from_secs(10);

fn delete(aws: &mut Fixture, name: &str) {
    aws.ok(DeleteRoleRequest { role_name: some(name) });
}

fn trust_of(arn: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{arn}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

#[test]
fn a_new_role_is_unknown_to_other_services_until_it_propagates() {
    let mut aws = Fixture::lagging(LAG);
    let role = aws.role("app");
    assert_eq!(aws.get("app").role_id, role.role_id, "IAM itself knows the role immediately");
    assert_eq!(resolve(&aws.call(), &role.arn), Principal::Unknown);
    aws.now = aws.now.after(LAG);
    let known = Principal::Entity { id: role.role_id };
    assert_eq!(resolve(&aws.call(), &role.arn), known);
}

#[test]
fn a_deleted_role_is_known_until_the_deletion_propagates() {
    let mut aws = Fixture::lagging(LAG);
    let role = aws.role("app");
    aws.now = aws.now.after(LAG);
    delete(&mut aws, "app");
    let known = Principal::Entity { id: role.role_id.clone() };
    assert_eq!(resolve(&aws.call(), &role.arn), known);
    assert_eq!(shown(&aws.call(), &role.arn, &role.role_id), role.arn);
    aws.now = aws.now.after(LAG);
    assert_eq!(resolve(&aws.call(), &role.arn), Principal::Unknown);
    assert_eq!(shown(&aws.call(), &role.arn, &role.role_id), role.role_id);
    let call = aws.call();
    assert_eq!(state(&call).remembered_arn(&role.role_id), Some(role.arn.as_str()));
}

#[test]
fn without_lag_changes_are_visible_immediately() {
    let mut aws = Fixture::new();
    let role = aws.role("app");
    let known = Principal::Entity { id: role.role_id.clone() };
    assert_eq!(resolve(&aws.call(), &role.arn), known);
    assert_eq!(resolve(&aws.call(), &role.role_id), known);
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/session");
    assert_eq!(resolve(&aws.call(), &session), known);
    delete(&mut aws, "app");
    assert_eq!(resolve(&aws.call(), &role.arn), Principal::Unknown);
    assert_eq!(resolve(&aws.call(), &role.role_id), Principal::Unknown);
    assert_eq!(resolve(&aws.call(), &session), Principal::Unknown);
}

#[test]
fn a_recreated_role_is_a_different_principal() {
    let mut aws = Fixture::lagging(LAG);
    let old = aws.role("app");
    aws.now = aws.now.after(LAG);
    delete(&mut aws, "app");
    let new = aws.role("app");
    assert_eq!(resolve(&aws.call(), &old.arn), Principal::Entity { id: old.role_id.clone() });
    aws.now = aws.now.after(LAG);
    assert_eq!(resolve(&aws.call(), &old.arn), Principal::Entity { id: new.role_id.clone() });
    assert_eq!(shown(&aws.call(), &old.arn, &old.role_id), old.role_id);
    assert_eq!(shown(&aws.call(), &new.arn, &new.role_id), new.arn);
}

#[test]
fn other_kinds_of_principals_are_distinguished() {
    let mut aws = Fixture::new();
    aws.role("app");
    add_user(&mut aws.call(), "jane").unwrap();
    let jane = format!("arn:aws:iam::{ACCOUNT}:user/jane");
    assert!(matches!(resolve(&aws.call(), &jane), Principal::Entity { .. }));
    let own = aws.caller.arn.clone();
    assert_eq!(resolve(&aws.call(), &own), Principal::Entity { id: "AIDAADMIN".to_owned() });
    let cases = [
        ("*", Principal::Everyone),
        (ACCOUNT, Principal::Account),
        ("arn:aws:iam::210987654321:root", Principal::Account),
        ("arn:aws:iam::210987654321:role/theirs", Principal::OtherAccount),
        ("arn:aws:sts::210987654321:assumed-role/theirs/session", Principal::OtherAccount),
        ("arn:aws:iam::210987654321:role/their*", Principal::Unknown),
        ("arn:aws-cn:iam::210987654321:root", Principal::Unknown),
        ("arn:aws:iam::123456789012:role/ghost", Principal::Unknown),
        ("arn:aws:iam::123456789012:role/path/app", Principal::Unknown),
        ("arn:aws-cn:iam::123456789012:role/app", Principal::Unknown),
        ("AROAGHOST", Principal::Unknown),
        ("somebody", Principal::Unknown),
    ];
    for (text, who) in cases {
        assert_eq!(resolve(&aws.call(), text), who, "{text}");
    }
}

#[test]
fn a_trust_policy_needs_a_principal_that_has_propagated() {
    let mut aws = Fixture::lagging(LAG);
    let role = aws.role("app");
    let (code, _, message) = aws.refused(trusting("other", &trust_of(&role.arn)));
    assert_eq!(code, "MalformedPolicyDocument");
    assert_eq!(message, format!("Invalid principal in policy: \"AWS\":\"{}\"", role.arn));
    aws.now = aws.now.after(LAG);
    aws.ok(trusting("other", &trust_of(&role.arn)));
}

#[test]
fn a_trust_policy_shows_a_deleted_role_by_its_id() {
    let mut aws = Fixture::new();
    let role = aws.role("app");
    aws.ok(trusting("other", &trust_of(&role.arn)));
    let mut shown = || decoded(&aws.get("other").assume_role_policy_document.unwrap());
    assert_eq!(shown(), trust_of(&role.arn));
    delete(&mut aws, "app");
    aws.role("app");
    let shown = decoded(&aws.get("other").assume_role_policy_document.unwrap());
    assert_eq!(shown, trust_of(&role.role_id));
}
