//! Tests for groups, their members and their policies.

use serde_json::{Value, json};

use super::{ALLOW, Fixture, decoded};
use crate::iam::{
    AddUserToGroupRequest, AttachGroupPolicyRequest, CreateGroupRequest, CreateUserRequest,
    DeleteGroupPolicyRequest, DeleteGroupRequest, DetachGroupPolicyRequest, GetGroupPolicyRequest,
    GetGroupRequest, ListAttachedGroupPoliciesRequest, ListGroupPoliciesRequest,
    ListGroupsForUserRequest, ListGroupsRequest, PutGroupPolicyRequest, RemoveUserFromGroupRequest,
    UpdateGroupRequest,
};

const OWN: &str = "arn:aws:iam::123456789012:policy/own";
const NO_GROUP: &str = "NoSuchEntity 404: The group with name none cannot be found.";
const NO_USER: &str = "NoSuchEntity 404: The user with name nobody cannot be found.";

fn ops() -> Value {
    json!({"GroupName": "ops"})
}

fn member(group: &str, user: &str) -> Value {
    json!({"GroupName": group, "UserName": user})
}

fn world() -> Fixture {
    let mut aws = Fixture::new();
    aws.does::<CreateGroupRequest>(ops());
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    aws.policy("own");
    aws
}

#[test]
fn a_group_is_created_read_listed_renamed_and_deleted() {
    let mut aws = world();
    let group = aws.does::<GetGroupRequest>(ops())["Group"].clone();
    assert_eq!(group["Arn"], "arn:aws:iam::123456789012:group/ops");
    assert!(group["GroupId"].as_str().unwrap().starts_with("AGPA"));
    let taken = "EntityAlreadyExists 409: Group with name OPS already exists.";
    assert_eq!(aws.says::<CreateGroupRequest>(json!({"GroupName": "OPS"})), taken);
    aws.does::<CreateGroupRequest>(json!({"GroupName": "dev", "Path": "/x/"}));
    let listed = aws.does::<ListGroupsRequest>(json!({"PathPrefix": "/x/"}));
    assert_eq!(listed["Groups"][0]["GroupName"], "dev");
    let rename = json!({"GroupName": "dev", "NewGroupName": "ops"});
    let taken = "EntityAlreadyExists 409: Group with name ops already exists.";
    assert_eq!(aws.says::<UpdateGroupRequest>(rename), taken);
    let rename = json!({"GroupName": "dev", "NewGroupName": "devs", "NewPath": "/y/"});
    aws.does::<UpdateGroupRequest>(rename);
    let group = aws.does::<GetGroupRequest>(json!({"GroupName": "devs"}));
    assert_eq!(group["Group"]["Arn"], "arn:aws:iam::123456789012:group/y/devs");
    aws.does::<DeleteGroupRequest>(json!({"GroupName": "devs"}));
    let none = || json!({"GroupName": "none"});
    assert_eq!(aws.says::<GetGroupRequest>(none()), NO_GROUP);
    assert_eq!(aws.says::<UpdateGroupRequest>(none()), NO_GROUP);
    assert_eq!(aws.says::<DeleteGroupRequest>(none()), NO_GROUP);
}

#[test]
fn users_join_groups_and_leave_them() {
    let mut aws = world();
    aws.does::<AddUserToGroupRequest>(member("ops", "ada"));
    aws.does::<AddUserToGroupRequest>(member("ops", "ADA"));
    let group = aws.does::<GetGroupRequest>(ops());
    assert_eq!(group["Users"].as_array().unwrap().len(), 1);
    assert_eq!(group["Users"][0]["UserName"], "ada");
    let groups = aws.does::<ListGroupsForUserRequest>(json!({"UserName": "ada"}));
    assert_eq!(groups["Groups"][0]["GroupName"], "ops");
    assert_eq!(aws.says::<AddUserToGroupRequest>(member("ops", "nobody")), NO_USER);
    assert_eq!(aws.says::<AddUserToGroupRequest>(member("none", "ada")), NO_GROUP);
    assert_eq!(aws.says::<RemoveUserFromGroupRequest>(member("none", "ada")), NO_GROUP);
    assert_eq!(aws.says::<RemoveUserFromGroupRequest>(member("ops", "nobody")), NO_USER);
    for number in 0..9 {
        let name = format!("g{number}");
        aws.does::<CreateGroupRequest>(json!({"GroupName": name}));
        aws.does::<AddUserToGroupRequest>(member(&name, "ada"));
    }
    aws.does::<CreateGroupRequest>(json!({"GroupName": "last"}));
    assert_eq!(
        aws.says::<AddUserToGroupRequest>(member("last", "ada")),
        "LimitExceeded 409: Cannot exceed quota for GroupsPerUser: 10"
    );
    aws.does::<RemoveUserFromGroupRequest>(member("ops", "ada"));
    aws.does::<RemoveUserFromGroupRequest>(member("ops", "ada"));
    assert_eq!(aws.does::<GetGroupRequest>(ops())["Users"], json!([]));
    assert_eq!(aws.says::<ListGroupsForUserRequest>(json!({"UserName": "nobody"})), NO_USER);
}

#[test]
fn a_group_with_policies_cannot_be_deleted() {
    let mut aws = world();
    let own = || json!({"GroupName": "ops", "PolicyArn": OWN});
    let named = |name: &str| json!({"GroupName": "ops", "PolicyName": name});
    let embedded = json!({"GroupName": "ops", "PolicyName": "p", "PolicyDocument": ALLOW});
    aws.does::<AttachGroupPolicyRequest>(own());
    aws.does::<PutGroupPolicyRequest>(embedded);
    let attached = aws.does::<ListAttachedGroupPoliciesRequest>(ops());
    assert_eq!(attached["AttachedPolicies"], json!([{"PolicyName": "own", "PolicyArn": OWN}]));
    let shown = aws.does::<GetGroupPolicyRequest>(named("p"));
    assert_eq!(decoded(shown["PolicyDocument"].as_str().unwrap()), ALLOW);
    assert_eq!(aws.does::<ListGroupPoliciesRequest>(ops())["PolicyNames"], json!(["p"]));
    let missing = "NoSuchEntity 404: The group policy with name none cannot be found.";
    assert_eq!(aws.says::<GetGroupPolicyRequest>(named("none")), missing);
    assert_eq!(aws.says::<DeleteGroupPolicyRequest>(named("none")), missing);
    aws.does::<AddUserToGroupRequest>(member("ops", "ada"));
    let conflict =
        |what: &str| format!("DeleteConflict 409: Cannot delete entity, must {what} first.");
    assert_eq!(aws.says::<DeleteGroupRequest>(ops()), conflict("remove users from group"));
    aws.does::<RemoveUserFromGroupRequest>(member("ops", "ada"));
    assert_eq!(aws.says::<DeleteGroupRequest>(ops()), conflict("detach all policies"));
    aws.does::<DetachGroupPolicyRequest>(own());
    let not_found = format!("NoSuchEntity 404: Policy {OWN} was not found.");
    assert_eq!(aws.says::<DetachGroupPolicyRequest>(own()), not_found);
    assert_eq!(aws.says::<DeleteGroupRequest>(ops()), conflict("delete policies"));
    aws.does::<DeleteGroupPolicyRequest>(named("p"));
    aws.does::<DeleteGroupRequest>(ops());
}
