//! Checks that the mock's responses have the same members as recorded responses.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::{ALLOW, Fixture, TRUST, decoded};
use super::{OWN, does, with, world};
use crate::iam::{
    CreatePolicyRequest, CreateRoleRequest, CreateServiceLinkedRoleRequest, GetPolicyRequest,
    GetPolicyVersionRequest, GetRolePolicyRequest, GetRoleRequest, GetUserRequest,
    ListAttachedRolePoliciesRequest, ListInstanceProfilesForRoleRequest, ListPoliciesRequest,
    ListRolePoliciesRequest, ListRoleTagsRequest, ListRolesRequest, PutRolePolicyRequest,
    TagRoleRequest, UpdateRoleDescriptionRequest, add_user,
};

#[test]
fn responses_have_the_recorded_members() {
    let mut aws = world();
    let all = json!({
        "AssumeRolePolicyDocument": TRUST,
        "Description": "d",
        "PermissionsBoundary": OWN,
        "Tags": [{"Key": "k", "Value": ""}],
        "Path": "/teams/",
    });
    let created = does::<CreateRoleRequest>(&mut aws, &with("full", &all));
    add_user(&mut aws.call(), "ada").unwrap();
    let base = "Arn AssumeRolePolicyDocument CreateDate Path RoleId RoleName";
    let policy = "Arn AttachmentCount CreateDate DefaultVersionId IsAttachable Path \
                  PermissionsBoundaryUsageCount PolicyId PolicyName UpdateDate";
    let of = |name: &str| with(name, &json!({}));
    let teams = json!({"PathPrefix": "/teams/"});
    let described = with("app", &json!({"Description": "d"}));
    let new = json!({"PolicyName": "new", "PolicyDocument": ALLOW, "Description": "d"});
    let own = json!({"PolicyArn": OWN});
    let aws_s = json!({"PolicyArn": "arn:aws:iam::aws:policy/IAMUserChangePassword"});
    let local = json!({"Scope": "Local"});
    let version = json!({"PolicyArn": OWN, "VersionId": "v1"});
    let profiles = does::<ListInstanceProfilesForRoleRequest>(&mut aws, &of("profiled"));
    let profile = profiles["InstanceProfiles"][0].clone();
    let cases = [
        (created["Role"].clone(), format!("{base} PermissionsBoundary Tags")),
        (
            does::<GetRoleRequest>(&mut aws, &of("full"))["Role"].clone(),
            format!("{base} Description MaxSessionDuration PermissionsBoundary RoleLastUsed Tags"),
        ),
        (
            does::<GetRoleRequest>(&mut aws, &of("app"))["Role"].clone(),
            format!("{base} MaxSessionDuration RoleLastUsed"),
        ),
        (
            does::<ListRolesRequest>(&mut aws, &teams)["Roles"][0].clone(),
            format!("{base} Description MaxSessionDuration"),
        ),
        (
            does::<UpdateRoleDescriptionRequest>(&mut aws, &described)["Role"].clone(),
            format!("{base} Description"),
        ),
        (does::<CreatePolicyRequest>(&mut aws, &new)["Policy"].clone(), policy.to_owned()),
        (does::<GetPolicyRequest>(&mut aws, &own)["Policy"].clone(), format!("{policy} Tags")),
        (
            does::<GetPolicyRequest>(&mut aws, &aws_s)["Policy"].clone(),
            format!("{policy} Description Tags"),
        ),
        (does::<ListPoliciesRequest>(&mut aws, &local)["Policies"][0].clone(), policy.to_owned()),
        (
            does::<GetPolicyVersionRequest>(&mut aws, &version)["PolicyVersion"].clone(),
            "CreateDate Document IsDefaultVersion VersionId".to_owned(),
        ),
        (
            does::<GetUserRequest>(&mut aws, &json!({"UserName": "ada"}))["User"].clone(),
            "Arn CreateDate Path UserId UserName".to_owned(),
        ),
        (
            profile.clone(),
            "Arn CreateDate InstanceProfileId InstanceProfileName Path Roles".to_owned(),
        ),
        (profile["Roles"][0].clone(), base.to_owned()),
    ];
    for (answer, expected) in cases {
        let members: BTreeSet<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, expected.split_whitespace().collect(), "{answer}");
    }
}

#[test]
fn responses_have_the_recorded_values() {
    let mut aws = world();
    let get = |aws: &mut Fixture, arn: &str| {
        does::<GetPolicyRequest>(aws, &json!({"PolicyArn": arn}))["Policy"].clone()
    };
    let shown = get(&mut aws, "arn:aws:iam::aws:policy/IAMUserChangePassword");
    let words = "Provides the ability for an IAM user to change their own password.";
    assert_eq!((&shown["DefaultVersionId"], &shown["Description"]), (&json!("v5"), &json!(words)));
    let shown = get(&mut aws, "arn:aws:iam::aws:policy/job-function/SystemAdministrator");
    let words = "Grants full access permissions necessary for resources required for application and development \
                 operations.";
    assert_eq!((&shown["DefaultVersionId"], &shown["Description"]), (&json!("v12"), &json!(words)));
    assert_eq!(shown["Path"], "/job-function/");

    // CreatePolicy returns the tags in the order of the request. The tag keys of a policy are
    // case-sensitive.
    let tags = json!([{"Key": "abc", "Value": "1"}, {"Key": "z", "Value": "2"}, {"Key": "Z", "Value": "3"}]);
    let new = json!({"PolicyName": "new", "PolicyDocument": ALLOW, "Tags": tags});
    assert_eq!(does::<CreatePolicyRequest>(&mut aws, &new)["Policy"]["Tags"], tags);

    // The tag keys of a role are case-insensitive. Setting a tag again replaces the old spelling of
    // its key with the new one.
    for key in ["somekey", "Somekey"] {
        let tags = json!([{"Key": key, "Value": key}]);
        does::<TagRoleRequest>(&mut aws, &with("app", &json!({"Tags": tags})));
        let listed = does::<ListRoleTagsRequest>(&mut aws, &with("app", &json!({})));
        assert_eq!(listed, json!({"IsTruncated": false, "Tags": tags}));
    }

    // A document is returned exactly as it was sent, including its percent signs.
    let encoded = "arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fx";
    let document = ALLOW.replace('*', encoded);
    let policy = json!({"PolicyName": "p", "PolicyDocument": document});
    does::<PutRolePolicyRequest>(&mut aws, &with("app", &policy));
    let shown = does::<GetRolePolicyRequest>(&mut aws, &with("app", &json!({"PolicyName": "p"})));
    assert_eq!(decoded(shown["PolicyDocument"].as_str().unwrap()), document);

    for (service, name, policy) in [
        ("ecs.amazonaws.com", "AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
        (
            "elasticloadbalancing.amazonaws.com",
            "AWSServiceRoleForElasticLoadBalancing",
            "AWSElasticLoadBalancingServiceRolePolicy",
        ),
        (
            "replication.ecr.amazonaws.com",
            "AWSServiceRoleForECRReplication",
            "ECRReplicationServiceRolePolicy",
        ),
        (
            "pullthroughcache.ecr.amazonaws.com",
            "AWSServiceRoleForECRPullThroughCache",
            "AWSECRPullThroughCache_ServiceRolePolicy",
        ),
    ] {
        does::<CreateServiceLinkedRoleRequest>(&mut aws, &json!({"AWSServiceName": service}));
        let of = with(name, &json!({}));
        let role = does::<GetRoleRequest>(&mut aws, &of)["Role"].clone();
        let path = format!("/aws-service-role/{service}/");
        assert_eq!(role["Arn"], format!("arn:aws:iam::123456789012:role{path}{name}"));
        assert_eq!((&role["Path"], &role["MaxSessionDuration"]), (&json!(path), &json!(3600)));
        let attached = json!([{
            "PolicyArn": format!("arn:aws:iam::aws:policy/aws-service-role/{policy}"),
            "PolicyName": policy,
        }]);
        let listed = does::<ListAttachedRolePoliciesRequest>(&mut aws, &of);
        assert_eq!(listed, json!({"AttachedPolicies": attached, "IsTruncated": false}));
        let inline = does::<ListRolePoliciesRequest>(&mut aws, &of);
        assert_eq!(inline, json!({"IsTruncated": false, "PolicyNames": []}));
    }
}
