//! Tests for users, their policies, access keys and passwords.

use serde_json::{Value, json};

use super::{ALLOW, Fixture, decoded};
use crate::iam::{
    AddUserToGroupRequest, AttachUserPolicyRequest, CreateAccessKeyRequest, CreateGroupRequest,
    CreateLoginProfileRequest, CreateUserRequest, DeleteAccessKeyRequest,
    DeleteLoginProfileRequest, DeleteUserPermissionsBoundaryRequest, DeleteUserPolicyRequest,
    DeleteUserRequest, DetachUserPolicyRequest, GetAccessKeyLastUsedRequest,
    GetLoginProfileRequest, GetUserPolicyRequest, GetUserRequest, ListAccessKeysRequest,
    ListAttachedUserPoliciesRequest, ListGroupsForUserRequest, ListUserPoliciesRequest,
    ListUserTagsRequest, ListUsersRequest, PutUserPermissionsBoundaryRequest, PutUserPolicyRequest,
    RemoveUserFromGroupRequest, TagUserRequest, UntagUserRequest, UpdateAccessKeyRequest,
    UpdateAccountPasswordPolicyRequest, UpdateLoginProfileRequest, UpdateUserRequest,
};

const OWN: &str = "arn:aws:iam::123456789012:policy/own";
const NOBODY: &str = "NoSuchEntity 404: The user with name nobody cannot be found.";

fn ada() -> Value {
    json!({"UserName": "ada"})
}

fn with(more: Value) -> Value {
    let mut request = more;
    request["UserName"] = "ada".into();
    request
}

fn world() -> Fixture {
    let mut aws = Fixture::new();
    aws.does::<CreateUserRequest>(ada());
    aws.policy("own");
    aws
}

#[test]
fn a_user_is_created_read_listed_and_deleted() {
    let mut aws = Fixture::new();
    aws.policy("own");
    let all = json!({
        "UserName": "Ada",
        "Path": "/ops/",
        "PermissionsBoundary": OWN,
        "Tags": [{"Key": "Team", "Value": "x"}],
    });
    let user = aws.does::<CreateUserRequest>(all)["User"].clone();
    assert_eq!(user["Arn"], "arn:aws:iam::123456789012:user/ops/Ada");
    assert!(user["UserId"].as_str().unwrap().starts_with("AIDA"));
    assert_eq!(user["PermissionsBoundary"]["PermissionsBoundaryArn"], OWN);
    assert_eq!(aws.does::<GetUserRequest>(ada())["User"], user);
    let listed = aws.does::<ListUsersRequest>(json!({"PathPrefix": "/op"}));
    assert_eq!(listed["Users"][0]["UserName"], "Ada");
    assert_eq!(listed["Users"][0].get("Tags"), None);
    assert_eq!(listed["IsTruncated"], false);
    assert_eq!(aws.does::<ListUsersRequest>(json!({"PathPrefix": "/x"}))["Users"], json!([]));
    let taken = "EntityAlreadyExists 409: User with name ada already exists.";
    assert_eq!(aws.says::<CreateUserRequest>(ada()), taken);
    aws.does::<DeleteUserRequest>(ada());
    let gone = "NoSuchEntity 404: The user with name ada cannot be found.";
    assert_eq!(aws.says::<GetUserRequest>(ada()), gone);
    assert_eq!(aws.says::<DeleteUserRequest>(ada()), gone);
}

#[test]
fn invalid_names_and_paths_have_their_own_messages() {
    let mut aws = Fixture::new();
    assert_eq!(
        aws.says::<CreateUserRequest>(json!({"UserName": "a b"})),
        "ValidationError 400: The specified value for userName is invalid. It must contain only alphanumeric characters \
         and/or the following: +=,.@_-"
    );
    assert_eq!(
        aws.says::<CreateUserRequest>(json!({"UserName": "a b", "Path": ""})),
        "ValidationError 400: 1 validation error detected: Value at 'path' failed to satisfy constraint: Member must \
         have length greater than or equal to 1"
    );
    assert_eq!(
        aws.says::<CreateUserRequest>(json!({"UserName": "a", "Path": "ops"})),
        "ValidationError 400: The specified value for path is invalid. It must begin and end with / and contain only \
         alphanumeric characters and/or / characters."
    );
}

#[test]
fn a_renamed_user_keeps_its_keys_groups_and_policies() {
    let mut aws = world();
    let key = aws.does::<CreateAccessKeyRequest>(ada())["AccessKey"]["AccessKeyId"].clone();
    aws.does::<CreateGroupRequest>(json!({"GroupName": "ops"}));
    aws.does::<AddUserToGroupRequest>(with(json!({"GroupName": "ops"})));
    aws.does::<AttachUserPolicyRequest>(with(json!({"PolicyArn": OWN})));
    let id = aws.does::<GetUserRequest>(ada())["User"]["UserId"].clone();
    aws.does::<UpdateUserRequest>(with(json!({"NewUserName": "eve", "NewPath": "/x/"})));
    let eve = json!({"UserName": "eve"});
    let user = aws.does::<GetUserRequest>(eve.clone())["User"].clone();
    assert_eq!(user["Arn"], "arn:aws:iam::123456789012:user/x/eve");
    assert_eq!(user["UserId"], id);
    let keys = aws.does::<ListAccessKeysRequest>(eve.clone());
    assert_eq!(keys["AccessKeyMetadata"][0]["AccessKeyId"], key);
    assert_eq!(keys["AccessKeyMetadata"][0]["UserName"], "eve");
    let groups = aws.does::<ListGroupsForUserRequest>(eve.clone());
    assert_eq!(groups["Groups"][0]["GroupName"], "ops");
    let attached = aws.does::<ListAttachedUserPoliciesRequest>(eve);
    assert_eq!(attached["AttachedPolicies"][0]["PolicyName"], "own");
    aws.does::<CreateUserRequest>(ada());
    let taken = "EntityAlreadyExists 409: User with name EVE already exists.";
    assert_eq!(aws.says::<UpdateUserRequest>(with(json!({"NewUserName": "EVE"}))), taken);
    assert_eq!(aws.says::<UpdateUserRequest>(json!({"UserName": "nobody"})), NOBODY);
}

#[test]
fn a_user_with_credentials_groups_or_policies_cannot_be_deleted() {
    let mut aws = world();
    aws.does::<AttachUserPolicyRequest>(with(json!({"PolicyArn": OWN})));
    aws.does::<PutUserPolicyRequest>(with(json!({"PolicyName": "p", "PolicyDocument": ALLOW})));
    let key = aws.does::<CreateAccessKeyRequest>(ada())["AccessKey"]["AccessKeyId"].clone();
    aws.does::<CreateLoginProfileRequest>(with(json!({"Password": "Correct-horse-1"})));
    aws.does::<CreateGroupRequest>(json!({"GroupName": "ops"}));
    aws.does::<AddUserToGroupRequest>(with(json!({"GroupName": "ops"})));
    let refused = |aws: &mut Fixture, what: &str| {
        let words = format!("DeleteConflict 409: Cannot delete entity, must {what} first.");
        assert_eq!(aws.says::<DeleteUserRequest>(ada()), words);
    };
    refused(&mut aws, "detach all policies");
    aws.does::<DetachUserPolicyRequest>(with(json!({"PolicyArn": OWN})));
    refused(&mut aws, "delete policies");
    aws.does::<DeleteUserPolicyRequest>(with(json!({"PolicyName": "p"})));
    refused(&mut aws, "delete access keys");
    aws.does::<DeleteAccessKeyRequest>(with(json!({"AccessKeyId": key})));
    refused(&mut aws, "delete login profile");
    aws.does::<DeleteLoginProfileRequest>(ada());
    refused(&mut aws, "remove users from group");
    aws.does::<RemoveUserFromGroupRequest>(with(json!({"GroupName": "ops"})));
    aws.does::<DeleteUserRequest>(ada());
}

#[test]
fn the_tag_keys_of_a_user_are_unique_regardless_of_case() {
    let mut aws = world();
    aws.does::<TagUserRequest>(with(json!({"Tags": [{"Key": "Team", "Value": "x"}]})));
    aws.does::<TagUserRequest>(with(json!({"Tags": [{"Key": "team", "Value": "y"}]})));
    let tags = aws.does::<ListUserTagsRequest>(ada());
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "y"}]));
    aws.does::<UntagUserRequest>(with(json!({"TagKeys": ["TEAM", "none"]})));
    assert_eq!(aws.does::<ListUserTagsRequest>(ada())["Tags"], json!([]));
    let nobody = json!({"UserName": "nobody", "Tags": [{"Key": "a", "Value": "b"}]});
    assert_eq!(aws.says::<TagUserRequest>(nobody), NOBODY);
    let nobody = json!({"UserName": "nobody", "TagKeys": ["a"]});
    assert_eq!(aws.says::<UntagUserRequest>(nobody), NOBODY);
}

#[test]
fn policies_are_attached_to_a_user_and_embedded_in_it() {
    let mut aws = world();
    let none = "arn:aws:iam::123456789012:policy/none";
    assert_eq!(
        aws.says::<AttachUserPolicyRequest>(with(json!({"PolicyArn": none}))),
        format!("NoSuchEntity 404: Policy {none} does not exist or is not attachable.")
    );
    assert_eq!(
        aws.says::<DetachUserPolicyRequest>(with(json!({"PolicyArn": OWN}))),
        format!("NoSuchEntity 404: Policy {OWN} was not found.")
    );
    for number in 0..10 {
        let arn = aws.policy(&format!("p{number}"));
        aws.does::<AttachUserPolicyRequest>(with(json!({"PolicyArn": arn})));
    }
    assert_eq!(
        aws.says::<AttachUserPolicyRequest>(with(json!({"PolicyArn": OWN}))),
        "LimitExceeded 409: Cannot exceed quota for PoliciesPerUser: 10"
    );
    let embed =
        |name: &str, document: &str| with(json!({"PolicyName": name, "PolicyDocument": document}));
    aws.does::<PutUserPolicyRequest>(embed("p", ALLOW));
    let shown = aws.does::<GetUserPolicyRequest>(with(json!({"PolicyName": "p"})));
    assert_eq!(decoded(shown["PolicyDocument"].as_str().unwrap()), ALLOW);
    assert_eq!(aws.does::<ListUserPoliciesRequest>(ada())["PolicyNames"], json!(["p"]));
    let long = ALLOW.replace("\"*\"", &format!("\"arn:aws:s3:::{}\"", "x".repeat(2000)));
    assert_eq!(
        aws.says::<PutUserPolicyRequest>(embed("q", &long)),
        "LimitExceeded 409: Maximum policy size of 2048 bytes exceeded for user ada"
    );
    let missing = "NoSuchEntity 404: The user policy with name none cannot be found.";
    let none = with(json!({"PolicyName": "none"}));
    assert_eq!(aws.says::<GetUserPolicyRequest>(none.clone()), missing);
    assert_eq!(aws.says::<DeleteUserPolicyRequest>(none), missing);
}

#[test]
fn the_boundary_of_a_user_is_set_read_and_removed() {
    let mut aws = world();
    aws.does::<PutUserPermissionsBoundaryRequest>(with(json!({"PermissionsBoundary": OWN})));
    let user = aws.does::<GetUserRequest>(ada())["User"].clone();
    assert_eq!(user["PermissionsBoundary"]["PermissionsBoundaryArn"], OWN);
    aws.does::<DeleteUserPermissionsBoundaryRequest>(ada());
    assert_eq!(aws.does::<GetUserRequest>(ada())["User"].get("PermissionsBoundary"), None);
    let linked = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
    let words =
        aws.says::<PutUserPermissionsBoundaryRequest>(with(json!({"PermissionsBoundary": linked})));
    assert!(words.starts_with("PolicyNotAttachable 400"), "{words}");
}

#[test]
fn a_user_has_at_most_two_access_keys_that_can_be_deactivated() {
    let mut aws = world();
    let key = aws.does::<CreateAccessKeyRequest>(ada())["AccessKey"].clone();
    let id = key["AccessKeyId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("AKIA") && id.len() == 20, "{id}");
    assert_eq!(key["SecretAccessKey"].as_str().unwrap().len(), 40);
    aws.does::<CreateAccessKeyRequest>(ada());
    assert_eq!(
        aws.says::<CreateAccessKeyRequest>(ada()),
        "LimitExceeded 409: Cannot exceed quota for AccessKeysPerUser: 2"
    );
    let set = with(json!({"AccessKeyId": id, "Status": "Inactive"}));
    aws.does::<UpdateAccessKeyRequest>(set);
    let keys = aws.does::<ListAccessKeysRequest>(ada())["AccessKeyMetadata"].clone();
    let of_id = |key: &&Value| key["AccessKeyId"] == id.as_str();
    assert_eq!(keys.as_array().unwrap().iter().find(of_id).unwrap()["Status"], "Inactive");
    let used = aws.does::<GetAccessKeyLastUsedRequest>(json!({"AccessKeyId": id}));
    let never = json!({"ServiceName": "N/A", "Region": "N/A"});
    assert_eq!(used, json!({"UserName": "ada", "AccessKeyLastUsed": never}));
    let none = "AKIAIOSFODNN7EXAMPLE";
    assert_eq!(
        aws.says::<DeleteAccessKeyRequest>(with(json!({"AccessKeyId": none}))),
        format!("NoSuchEntity 404: The Access Key with id {none} cannot be found.")
    );
    let words = aws.says::<GetAccessKeyLastUsedRequest>(json!({"AccessKeyId": none}));
    assert!(words.ends_with("on resource: access key AKIAIOSFODNN7EXAMPLE"), "{words}");
    assert_eq!(
        aws.says::<UpdateAccessKeyRequest>(with(json!({"AccessKeyId": id, "Status": "on"}))),
        "ValidationError 400: 1 validation error detected: Value at 'status' failed to satisfy constraint: Member must \
         satisfy enum value set"
    );
    aws.caller.arn = "arn:aws:sts::123456789012:assumed-role/app/session".to_owned();
    assert_eq!(
        aws.says::<ListAccessKeysRequest>(json!({})),
        "ValidationError 400: Must specify userName when calling with non-User credentials"
    );
    aws.caller.arn = "arn:aws:iam::123456789012:user/ada".to_owned();
    aws.does::<DeleteAccessKeyRequest>(json!({"AccessKeyId": id}));
    let left = aws.does::<ListAccessKeysRequest>(json!({}));
    assert_eq!(left["AccessKeyMetadata"].as_array().unwrap().len(), 1);
}

#[test]
fn passwords_must_follow_the_account_password_policy() {
    let mut aws = world();
    let violation =
        "PasswordPolicyViolation 400: Password does not conform to the account password policy.";
    let password = |text: &str| with(json!({"Password": text}));
    assert_eq!(aws.says::<CreateLoginProfileRequest>(password("lowercase")), violation);
    let given = with(json!({"Password": "Correct-horse-1", "PasswordResetRequired": true}));
    let profile = aws.does::<CreateLoginProfileRequest>(given)["LoginProfile"].clone();
    assert_eq!(profile["PasswordResetRequired"], true);
    assert_eq!(aws.does::<GetLoginProfileRequest>(ada())["LoginProfile"], profile);
    assert_eq!(
        aws.says::<CreateLoginProfileRequest>(password("Correct-horse-1")),
        "EntityAlreadyExists 409: Login Profile for user ada already exists."
    );
    aws.does::<UpdateAccountPasswordPolicyRequest>(json!({"MinimumPasswordLength": 20}));
    assert_eq!(aws.says::<UpdateLoginProfileRequest>(password("Correct-horse-1")), violation);
    aws.does::<UpdateLoginProfileRequest>(with(json!({"PasswordResetRequired": false})));
    let shown = aws.does::<GetLoginProfileRequest>(ada());
    assert_eq!(shown["LoginProfile"]["PasswordResetRequired"], false);
    aws.does::<DeleteLoginProfileRequest>(ada());
    let missing = "NoSuchEntity 404: Login Profile for User ada cannot be found.";
    assert_eq!(aws.says::<GetLoginProfileRequest>(ada()), missing);
    assert_eq!(aws.says::<DeleteLoginProfileRequest>(ada()), missing);
    assert_eq!(aws.says::<UpdateLoginProfileRequest>(ada()), missing);
}
