//! Tests for instance profiles.

use serde_json::{Value, json};

use super::Fixture;
use crate::iam::{
    AddRoleToInstanceProfileRequest, CreateInstanceProfileRequest, DeleteInstanceProfileRequest,
    DeleteRoleRequest, GetInstanceProfileRequest, ListInstanceProfileTagsRequest,
    ListInstanceProfilesForRoleRequest, ListInstanceProfilesRequest,
    RemoveRoleFromInstanceProfileRequest, TagInstanceProfileRequest, UntagInstanceProfileRequest,
};

const NONE: &str = "NoSuchEntity 404: Instance Profile none cannot be found.";

fn named(name: &str) -> Value {
    json!({"InstanceProfileName": name})
}

fn held(profile: &str, role: &str) -> Value {
    json!({"InstanceProfileName": profile, "RoleName": role})
}

#[test]
fn an_instance_profile_is_created_read_listed_and_deleted() {
    let mut aws = Fixture::new();
    let tags = json!([{"Key": "k", "Value": "v"}]);
    let request = json!({"InstanceProfileName": "web", "Path": "/x/", "Tags": tags});
    let profile = aws.does::<CreateInstanceProfileRequest>(request)["InstanceProfile"].clone();
    assert_eq!(profile["Arn"], "arn:aws:iam::123456789012:instance-profile/x/web");
    assert!(profile["InstanceProfileId"].as_str().unwrap().starts_with("AIPA"));
    assert_eq!((&profile["Roles"], &profile["Tags"]), (&json!([]), &tags));
    assert_eq!(aws.does::<GetInstanceProfileRequest>(named("web"))["InstanceProfile"], profile);
    aws.does::<CreateInstanceProfileRequest>(named("plain"));
    let plain = aws.does::<GetInstanceProfileRequest>(named("plain"));
    assert_eq!(plain["InstanceProfile"]["Tags"], json!([]));
    let listed = aws.does::<ListInstanceProfilesRequest>(json!({"PathPrefix": "/x/"}));
    assert_eq!(listed["InstanceProfiles"].as_array().unwrap().len(), 1);
    assert_eq!(listed["InstanceProfiles"][0].get("Tags"), None);
    assert_eq!(
        aws.says::<CreateInstanceProfileRequest>(named("WEB")),
        "EntityAlreadyExists 409: Instance Profile WEB already exists."
    );
    aws.does::<DeleteInstanceProfileRequest>(named("web"));
    assert_eq!(aws.says::<GetInstanceProfileRequest>(named("none")), NONE);
    assert_eq!(aws.says::<DeleteInstanceProfileRequest>(named("none")), NONE);
}

#[test]
fn neither_a_profile_with_a_role_nor_its_role_can_be_deleted() {
    let mut aws = Fixture::new();
    aws.role("app");
    aws.role("other");
    aws.does::<CreateInstanceProfileRequest>(named("web"));
    aws.does::<AddRoleToInstanceProfileRequest>(held("web", "app"));
    let role =
        aws.does::<GetInstanceProfileRequest>(named("web"))["InstanceProfile"]["Roles"][0].clone();
    assert_eq!(role["RoleName"], "app");
    assert_eq!(role.get("MaxSessionDuration"), None);
    let of_role = aws.does::<ListInstanceProfilesForRoleRequest>(json!({"RoleName": "app"}));
    assert_eq!(of_role["InstanceProfiles"][0]["InstanceProfileName"], "web");
    assert_eq!(
        aws.says::<AddRoleToInstanceProfileRequest>(held("web", "other")),
        "LimitExceeded 409: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    );
    let conflict =
        "DeleteConflict 409: Cannot delete entity, must remove roles from instance profile first.";
    assert_eq!(aws.says::<DeleteInstanceProfileRequest>(named("web")), conflict);
    assert_eq!(aws.says::<DeleteRoleRequest>(json!({"RoleName": "app"})), conflict);
    assert_eq!(
        aws.says::<RemoveRoleFromInstanceProfileRequest>(held("web", "other")),
        "NoSuchEntity 404: Role other in Instance Profile web cannot be found."
    );
    assert_eq!(aws.says::<AddRoleToInstanceProfileRequest>(held("none", "app")), NONE);
    assert_eq!(aws.says::<RemoveRoleFromInstanceProfileRequest>(held("none", "app")), NONE);
    let no_role = "NoSuchEntity 404: The role with name none cannot be found.";
    assert_eq!(aws.says::<AddRoleToInstanceProfileRequest>(held("web", "none")), no_role);
    assert_eq!(aws.says::<RemoveRoleFromInstanceProfileRequest>(held("web", "none")), no_role);
    aws.does::<RemoveRoleFromInstanceProfileRequest>(held("web", "app"));
    aws.does::<DeleteRoleRequest>(json!({"RoleName": "app"}));
    aws.does::<DeleteInstanceProfileRequest>(named("web"));
}

#[test]
fn tags_of_an_instance_profile_are_set_and_removed() {
    let mut aws = Fixture::new();
    aws.does::<CreateInstanceProfileRequest>(named("web"));
    let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
    aws.does::<TagInstanceProfileRequest>(json!({"InstanceProfileName": "web", "Tags": tags}));
    assert_eq!(aws.does::<ListInstanceProfileTagsRequest>(named("web"))["Tags"], tags);
    let untag = json!({"InstanceProfileName": "web", "TagKeys": ["a"]});
    aws.does::<UntagInstanceProfileRequest>(untag);
    let left = aws.does::<ListInstanceProfileTagsRequest>(named("web"));
    assert_eq!(left["Tags"], json!([{"Key": "b", "Value": "2"}]));
    let none = json!({"InstanceProfileName": "none", "Tags": tags});
    assert_eq!(aws.says::<TagInstanceProfileRequest>(none), NONE);
    let none = json!({"InstanceProfileName": "none", "TagKeys": ["a"]});
    assert_eq!(aws.says::<UntagInstanceProfileRequest>(none), NONE);
    assert_eq!(aws.says::<ListInstanceProfileTagsRequest>(named("none")), NONE);
}
