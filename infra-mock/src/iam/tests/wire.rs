//! Tests for the serialized forms of requests, responses and state.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Fixture, TRUST};
use crate::api::World;
use crate::iam::{CreateRoleRequest, CreateServiceLinkedRoleRequest, GetRoleRequest, OPERATIONS};

#[test]
fn requests_and_responses_use_the_wire_names() {
    let request: CreateRoleRequest = serde_json::from_value(json!({
        "RoleName": "app",
        "AssumeRolePolicyDocument": TRUST,
        "MaxSessionDuration": 3600,
        "Tags": [{"Key": "Name", "Value": "app"}],
    }))
    .unwrap();
    let mut aws = Fixture::new();
    aws.ok(request);
    let shown = aws.ok(GetRoleRequest { role_name: Some("app".to_owned()) });
    let shown = serde_json::to_value(shown).unwrap();
    let role = shown.get("Role").unwrap().as_object().unwrap();
    let keys: Vec<_> =
        role.keys().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(
        keys,
        [
            "Arn",
            "AssumeRolePolicyDocument",
            "CreateDate",
            "MaxSessionDuration",
            "Path",
            "RoleId",
            "RoleLastUsed",
            "RoleName",
            "Tags",
        ]
    );
    assert_eq!(role["CreateDate"], "2026-01-01T00:00:00Z");
    let request: CreateServiceLinkedRoleRequest =
        serde_json::from_value(json!({"AWSServiceName": "ecs.amazonaws.com"})).unwrap();
    assert!(request.aws_service_name.is_some());
}

#[test]
fn the_state_survives_a_snapshot() {
    let mut aws = Fixture::new();
    let role = aws.role("app");
    aws.role("gone");
    aws.ok(crate::iam::DeleteRoleRequest { role_name: Some("gone".to_owned()) });
    let text = serde_json::to_string(&aws.world).unwrap();
    let loaded: World = serde_json::from_str(&text).unwrap();
    assert_eq!(loaded, aws.world);
    aws.world = loaded;
    assert_eq!(aws.get("app").role_id, role.role_id);
}

#[test]
fn every_operation_is_implemented_once() {
    let distinct: BTreeSet<_> = OPERATIONS.iter().collect();
    assert_eq!(distinct.len(), OPERATIONS.len());
    assert!(OPERATIONS.contains(&"CreateRole") && OPERATIONS.contains(&"GetPolicyVersion"));
}
