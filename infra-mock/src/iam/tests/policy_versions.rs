//! Tests for managed policies: their versions, their tags, and the principals that use them.

use serde_json::{Value, json};

use super::{ALLOW, Fixture, decoded};
use crate::iam::{
    AttachGroupPolicyRequest, AttachRolePolicyRequest, AttachUserPolicyRequest, CreateGroupRequest,
    CreatePolicyVersionRequest, CreateUserRequest, DeletePolicyRequest, DeletePolicyVersionRequest,
    GetPolicyRequest, GetPolicyVersionRequest, ListEntitiesForPolicyRequest, ListPolicyTagsRequest,
    ListPolicyVersionsRequest, PutUserPermissionsBoundaryRequest, SetDefaultPolicyVersionRequest,
    TagPolicyRequest, UntagPolicyRequest,
};

const OWN: &str = "arn:aws:iam::123456789012:policy/own";
const NONE: &str = "arn:aws:iam::123456789012:policy/none";
const AWS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn version(arn: &str, id: &str) -> Value {
    json!({"PolicyArn": arn, "VersionId": id})
}

fn document(action: &str) -> String {
    ALLOW.replace("logs:PutLogEvents", action)
}

fn created(action: &str, as_default: bool) -> Value {
    json!({"PolicyArn": OWN, "PolicyDocument": document(action), "SetAsDefault": as_default})
}

/// Returns the IDs of the versions, with an asterisk after the default version.
fn versions(aws: &mut Fixture) -> Vec<String> {
    let listed = aws.does::<ListPolicyVersionsRequest>(json!({"PolicyArn": OWN}));
    let id = |version: &Value| {
        let star = if version["IsDefaultVersion"] == true { "*" } else { "" };
        assert_eq!(version.get("Document"), None);
        format!("{}{star}", version["VersionId"].as_str().unwrap())
    };
    listed["Versions"].as_array().unwrap().iter().map(id).collect()
}

fn text(aws: &mut Fixture, id: &str) -> String {
    let shown = aws.does::<GetPolicyVersionRequest>(version(OWN, id));
    decoded(shown["PolicyVersion"]["Document"].as_str().unwrap())
}

#[test]
fn policy_versions_are_created_read_set_as_default_and_deleted() {
    let mut aws = Fixture::new();
    aws.policy("own");
    let answer = aws.does::<CreatePolicyVersionRequest>(created("s3:GetObject", false));
    assert_eq!(answer["PolicyVersion"]["VersionId"], "v2");
    assert_eq!(versions(&mut aws), ["v2", "v1*"]);
    aws.does::<CreatePolicyVersionRequest>(created("s3:PutObject", true));
    assert_eq!(versions(&mut aws), ["v3*", "v2", "v1"]);
    assert_eq!(text(&mut aws, "v1"), ALLOW);
    assert_eq!(text(&mut aws, "v3"), document("s3:PutObject"));
    let policy = aws.does::<GetPolicyRequest>(json!({"PolicyArn": OWN}));
    assert_eq!(policy["Policy"]["DefaultVersionId"], "v3");

    aws.does::<SetDefaultPolicyVersionRequest>(version(OWN, "v2"));
    assert_eq!(versions(&mut aws), ["v3", "v2*", "v1"]);
    assert_eq!(text(&mut aws, "v2"), document("s3:GetObject"));
    let more = "DeleteConflict 409: This policy has more than one version. Before you delete a policy, you must \
                delete the policy's versions. The default version is deleted with the policy.";
    assert_eq!(aws.says::<DeletePolicyRequest>(json!({"PolicyArn": OWN})), more);
    aws.does::<DeletePolicyVersionRequest>(version(OWN, "v3"));
    aws.does::<DeletePolicyVersionRequest>(version(OWN, "v1"));
    assert_eq!(versions(&mut aws), ["v2*"]);
    let next = aws.does::<CreatePolicyVersionRequest>(created("s3:GetObject", false));
    assert_eq!(next["PolicyVersion"]["VersionId"], "v4", "version numbers are not reused");
    aws.does::<DeletePolicyVersionRequest>(version(OWN, "v4"));
    aws.does::<DeletePolicyRequest>(json!({"PolicyArn": OWN}));
}

#[test]
fn invalid_version_requests_fail_as_in_aws() {
    let mut aws = Fixture::new();
    aws.policy("own");
    let missing = |arn: &str, id: &str| {
        format!("NoSuchEntity 404: Policy {arn} version {id} does not exist or is not attachable.")
    };
    let not_found = format!("NoSuchEntity 404: Policy {NONE} was not found.");
    assert_eq!(aws.says::<GetPolicyVersionRequest>(version(OWN, "v9")), missing(OWN, "v9"));
    assert_eq!(aws.says::<GetPolicyVersionRequest>(version(NONE, "v1")), missing(NONE, "v1"));
    assert_eq!(aws.says::<SetDefaultPolicyVersionRequest>(version(OWN, "v4")), missing(OWN, "v4"));
    assert_eq!(
        aws.says::<SetDefaultPolicyVersionRequest>(version(NONE, "v1")),
        missing(NONE, "v1")
    );
    assert_eq!(aws.says::<DeletePolicyVersionRequest>(version(OWN, "v9")), missing(OWN, "v9"));
    assert_eq!(
        aws.says::<DeletePolicyVersionRequest>(version(OWN, "v1")),
        "DeleteConflict 409: Cannot delete the default version of a policy."
    );
    assert_eq!(aws.says::<ListPolicyVersionsRequest>(json!({"PolicyArn": NONE})), not_found);
    assert_eq!(
        aws.says::<SetDefaultPolicyVersionRequest>(version(OWN, "first")),
        "ValidationError 400: 1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member \
         must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
    );
    assert_eq!(
        aws.says::<DeletePolicyVersionRequest>(version(AWS, "v1")),
        "AccessDenied 403: Cannot delete policy versions for policies outside your own account."
    );
    assert_eq!(
        aws.says::<SetDefaultPolicyVersionRequest>(version(AWS, "v1")),
        "AccessDenied 403: Cannot update policies outside your own account."
    );
    let bad = json!({"PolicyArn": OWN, "PolicyDocument": "{}"});
    let malformed = "MalformedPolicyDocument 400: Syntax errors in policy.";
    assert_eq!(aws.says::<CreatePolicyVersionRequest>(bad), malformed);
    for _ in 0..4 {
        aws.does::<CreatePolicyVersionRequest>(created("s3:GetObject", false));
    }
    assert_eq!(
        aws.says::<CreatePolicyVersionRequest>(created("s3:GetObject", false)),
        "LimitExceeded 409: A managed policy can have up to 5 versions. Before you create a new version, you must \
         delete an existing version."
    );
}

#[test]
fn aws_managed_policies_have_one_version() {
    let mut aws = Fixture::new();
    let listed = aws.does::<ListPolicyVersionsRequest>(json!({"PolicyArn": AWS}));
    assert_eq!(listed["Versions"].as_array().unwrap().len(), 1);
    assert_eq!(listed["Versions"][0]["IsDefaultVersion"], true);
}

#[test]
fn policy_tags_are_set_removed_and_listed_in_pages() {
    let mut aws = Fixture::new();
    aws.policy("own");
    let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]);
    aws.does::<TagPolicyRequest>(json!({"PolicyArn": OWN, "Tags": tags}));
    let page = aws.does::<ListPolicyTagsRequest>(json!({"PolicyArn": OWN, "MaxItems": 1}));
    assert_eq!(page["Tags"], json!([{"Key": "A", "Value": "2"}]));
    assert_eq!(page["IsTruncated"], true);
    let rest = json!({"PolicyArn": OWN, "Marker": page["Marker"]});
    assert_eq!(aws.does::<ListPolicyTagsRequest>(rest)["Tags"][0]["Key"], "a");
    aws.does::<UntagPolicyRequest>(json!({"PolicyArn": OWN, "TagKeys": ["a", "none"]}));
    let left = aws.does::<ListPolicyTagsRequest>(json!({"PolicyArn": OWN}));
    assert_eq!(left["Tags"], json!([{"Key": "A", "Value": "2"}]), "keys are case-sensitive");

    let not_found = format!("NoSuchEntity 404: Policy {NONE} was not found.");
    let tag = json!([{"Key": "a", "Value": "1"}]);
    assert_eq!(aws.says::<TagPolicyRequest>(json!({"PolicyArn": NONE, "Tags": tag})), not_found);
    let untag = json!({"PolicyArn": NONE, "TagKeys": ["a"]});
    assert_eq!(aws.says::<UntagPolicyRequest>(untag), not_found);
    let aws_owned = "arn:aws:iam::aws:policy/AdministratorAccess";
    let no_tags = "InvalidInput 400: Tags not supported for policies in this domain";
    assert_eq!(aws.says::<TagPolicyRequest>(json!({"PolicyArn": aws_owned, "Tags": tag})), no_tags);
    let untag = json!({"PolicyArn": aws_owned, "TagKeys": ["a"]});
    assert_eq!(aws.says::<UntagPolicyRequest>(untag), no_tags);
    let twice = json!([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]);
    assert_eq!(
        aws.says::<TagPolicyRequest>(json!({"PolicyArn": OWN, "Tags": twice})),
        "InvalidInput 400: Duplicate tag keys found."
    );
    let many: Vec<_> = (0..50).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    assert_eq!(
        aws.says::<TagPolicyRequest>(json!({"PolicyArn": OWN, "Tags": many})),
        "LimitExceeded 409: The number of tags has reached the maximum limit."
    );
}

#[test]
fn a_policy_in_use_lists_its_users_and_cannot_be_deleted() {
    let mut aws = Fixture::new();
    aws.policy("own");
    aws.role("app");
    aws.does::<CreateUserRequest>(json!({"UserName": "ada", "Path": "/ops/"}));
    aws.does::<CreateUserRequest>(json!({"UserName": "bob"}));
    aws.does::<CreateGroupRequest>(json!({"GroupName": "ops"}));
    aws.does::<AttachRolePolicyRequest>(json!({"RoleName": "app", "PolicyArn": OWN}));
    aws.does::<AttachUserPolicyRequest>(json!({"UserName": "ada", "PolicyArn": OWN}));
    aws.does::<AttachGroupPolicyRequest>(json!({"GroupName": "ops", "PolicyArn": OWN}));
    let bound = json!({"UserName": "bob", "PermissionsBoundary": OWN});
    aws.does::<PutUserPermissionsBoundaryRequest>(bound);
    let shown = aws.does::<GetPolicyRequest>(json!({"PolicyArn": OWN}));
    assert_eq!(shown["Policy"]["AttachmentCount"], 3);
    assert_eq!(shown["Policy"]["PermissionsBoundaryUsageCount"], 1);
    assert_eq!(
        aws.says::<DeletePolicyRequest>(json!({"PolicyArn": OWN})),
        "DeleteConflict 409: Cannot delete a policy attached to entities."
    );

    let mut names = |more: Value| {
        let mut request = json!({"PolicyArn": OWN});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = aws.does::<ListEntitiesForPolicyRequest>(request);
        let mut all = Vec::new();
        for (list, name) in [
            ("PolicyGroups", "GroupName"),
            ("PolicyRoles", "RoleName"),
            ("PolicyUsers", "UserName"),
        ] {
            let items = answer[list].as_array().unwrap();
            all.extend(items.iter().map(|item| item[name].as_str().unwrap().to_owned()));
        }
        all
    };
    assert_eq!(names(json!({})), ["ops", "app", "ada", "bob"]);
    assert_eq!(names(json!({"EntityFilter": "Role"})), ["app"]);
    assert_eq!(names(json!({"EntityFilter": "LocalManagedPolicy"})), [""; 0]);
    assert_eq!(names(json!({"PathPrefix": "/ops/"})), ["ada"]);
    assert_eq!(names(json!({"PolicyUsageFilter": "PermissionsBoundary"})), ["bob"]);
    assert_eq!(names(json!({"PolicyUsageFilter": "PermissionsPolicy"})), ["ops", "app", "ada"]);
    assert_eq!(names(json!({"MaxItems": 2})), ["ops", "app"]);
    assert_eq!(
        aws.says::<ListEntitiesForPolicyRequest>(json!({"PolicyArn": NONE})),
        format!("NoSuchEntity 404: Policy {NONE} does not exist or is not attachable.")
    );
}
