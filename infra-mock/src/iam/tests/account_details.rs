//! Tests for `GetAccountAuthorizationDetails`.

use serde_json::{Value, json};

use super::{ALLOW, EXECUTION, Fixture};
use crate::iam::{
    AddUserToGroupRequest, AttachRolePolicyRequest, CreateGroupRequest, CreateUserRequest,
    GetAccountAuthorizationDetailsRequest, PutUserPolicyRequest, add_instance_profile,
};

#[test]
fn all_principals_are_listed_with_their_policies() {
    let mut aws = Fixture::new();
    aws.role("app");
    let own = aws.policy("own");
    add_instance_profile(&mut aws.call(), "web", "app").unwrap();
    aws.does::<AttachRolePolicyRequest>(json!({"RoleName": "app", "PolicyArn": EXECUTION}));
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    aws.does::<CreateUserRequest>(json!({"UserName": "bob"}));
    aws.does::<CreateGroupRequest>(json!({"GroupName": "ops"}));
    aws.does::<AddUserToGroupRequest>(json!({"GroupName": "ops", "UserName": "ada"}));
    let embedded = json!({"UserName": "ada", "PolicyName": "p", "PolicyDocument": ALLOW});
    aws.does::<PutUserPolicyRequest>(embedded);
    let all = aws.does::<GetAccountAuthorizationDetailsRequest>(json!({}));
    let ada = &all["UserDetailList"][0];
    assert_eq!(ada["GroupList"], json!(["ops"]));
    assert_eq!(ada["UserPolicyList"][0]["PolicyName"], "p");
    assert_eq!(all["UserDetailList"][1].get("UserPolicyList"), None);
    assert_eq!(all["GroupDetailList"][0]["GroupPolicyList"], json!([]));
    let role = &all["RoleDetailList"][0];
    assert_eq!(role["AttachedManagedPolicies"][0]["PolicyArn"], EXECUTION);
    assert_eq!(role["InstanceProfileList"][0]["Roles"][0]["RoleName"], "app");
    let arns: Vec<_> = all["Policies"].as_array().unwrap().iter().map(|p| &p["Arn"]).collect();
    assert_eq!(arns, [&Value::from(own), &Value::from(EXECUTION)]);
    assert_eq!(all["Policies"][0]["PolicyVersionList"][0]["VersionId"], "v1");
}

#[test]
fn the_listing_has_filters_and_pages() {
    let mut aws = Fixture::new();
    for name in ["a", "b", "c"] {
        aws.role(name);
    }
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    let roles = aws.does::<GetAccountAuthorizationDetailsRequest>(json!({"Filter": ["Role"]}));
    assert_eq!(roles["UserDetailList"], json!([]));
    assert_eq!(roles["RoleDetailList"].as_array().unwrap().len(), 3);
    let first = aws.does::<GetAccountAuthorizationDetailsRequest>(json!({"MaxItems": 2}));
    assert_eq!(first["UserDetailList"].as_array().unwrap().len(), 1);
    assert_eq!(first["RoleDetailList"].as_array().unwrap().len(), 1);
    let rest = json!({"Marker": first["Marker"]});
    let rest = aws.does::<GetAccountAuthorizationDetailsRequest>(rest);
    assert_eq!(rest["RoleDetailList"].as_array().unwrap().len(), 2);
    assert_eq!(rest["IsTruncated"], false);
}
