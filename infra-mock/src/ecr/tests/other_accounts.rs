//! Tests for calls to repositories in other accounts. The repository policy and the caller's policies
//! must both allow such a call:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>.

use serde_json::json;

use crate::api::{Operation, Service};
use crate::ecr::{
    CreateRepositoryRequest, DescribeImagesRequest, DescribeRepositoriesRequest,
    ListTagsForResourceRequest, PutImageTagMutabilityRequest, SetRepositoryPolicyRequest,
};
use crate::iam::{CreateRoleRequest, PutRolePolicyRequest};
use crate::mock::MockAws;
use crate::sts::AssumeRoleRequest;

const OWNER: &str = "111122223333";
const REPOSITORY: &str = "arn:aws:ecr:us-east-1:111122223333:repository/app";

fn call<O: Operation>(mock: &MockAws, request: serde_json::Value) -> Result<O::Output, String> {
    mock.call(serde_json::from_value::<O>(request).unwrap()).map_err(|error| error.to_string())
}

/// Creates the repository `app` in the account [`OWNER`], with a policy that contains the statements.
fn owner(mock: &MockAws, statements: &serde_json::Value) -> MockAws {
    let owner = mock.in_account(OWNER.parse().unwrap());
    call::<CreateRepositoryRequest>(&owner, json!({"repositoryName": "app"})).unwrap();
    set_policy(&owner, statements);
    owner
}

fn set_policy(owner: &MockAws, statements: &serde_json::Value) {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let request = json!({"repositoryName": "app", "policyText": text});
    call::<SetRepositoryPolicyRequest>(owner, request).unwrap();
}

fn allowing(principal: &str, action: &str) -> serde_json::Value {
    json!([{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action}])
}

fn images(mock: &MockAws) -> Result<(), String> {
    let request = json!({"registryId": OWNER, "repositoryName": "app"});
    call::<DescribeImagesRequest>(mock, request).map(|_| ())
}

fn denied(user: &str, action: &str, resource: &str, why: &str) -> Result<(), String> {
    Err(format!(
        "AccessDeniedException: User: {user} is not authorized to perform: {action} on resource: \
         {resource} because no {why} allows the {action} action"
    ))
}

#[test]
fn a_repository_policy_admits_another_account() {
    let mock = MockAws::new();
    let owner = owner(&mock, &allowing("123456789012", "ecr:Describe*"));
    let user = mock.caller().arn.clone();
    assert_eq!(images(&mock), Ok(()));
    let request = json!({"registryId": OWNER, "repositoryNames": ["app"]});
    let found = call::<DescribeRepositoriesRequest>(&mock, request).unwrap().repositories;
    assert_eq!(
        (found[0].repository_arn.as_str(), found[0].registry_id.as_str()),
        (REPOSITORY, OWNER)
    );
    let request =
        json!({"registryId": OWNER, "repositoryName": "app", "imageTagMutability": "IMMUTABLE"});
    assert_eq!(
        call::<PutImageTagMutabilityRequest>(&mock, request).map(|_| ()),
        denied(&user, "ecr:PutImageTagMutability", REPOSITORY, "resource-based policy")
    );
    let request = json!({"resourceArn": REPOSITORY});
    assert_eq!(
        call::<ListTagsForResourceRequest>(&mock, request.clone()).map(|_| ()),
        denied(&user, "ecr:ListTagsForResource", REPOSITORY, "resource-based policy")
    );
    set_policy(&owner, &allowing("123456789012", "ecr:ListTagsForResource"));
    assert_eq!(call::<ListTagsForResourceRequest>(&mock, request).map(|_| ()), Ok(()));
    assert_eq!(
        images(&mock),
        denied(&user, "ecr:DescribeImages", REPOSITORY, "resource-based policy")
    );
}

#[test]
fn a_missing_repository_of_another_account_is_not_disclosed() {
    let mock = MockAws::new();
    let user = mock.caller().arn.clone();
    assert_eq!(
        images(&mock),
        denied(&user, "ecr:DescribeImages", REPOSITORY, "resource-based policy")
    );
}

#[test]
fn the_policies_of_the_caller_must_allow_the_call_too() {
    let mock = MockAws::new();
    let _owner = owner(&mock, &allowing("123456789012", "ecr:*"));
    let limited = mock.with_policies([]).unwrap();
    let user = limited.caller().arn.clone();
    assert_eq!(
        images(&limited),
        denied(&user, "ecr:DescribeImages", REPOSITORY, "identity-based policy")
    );
}

#[test]
fn a_denial_in_the_repository_policy_wins() {
    let mock = MockAws::new();
    let statement = |effect: &str| json!({"Effect": effect, "Principal": "*", "Action": "ecr:*"});
    let _owner = owner(&mock, &json!([statement("Allow"), statement("Deny")]));
    let refusal = images(&mock).unwrap_err();
    assert!(refusal.ends_with("with an explicit deny in a resource-based policy"), "{refusal}");
}

#[test]
fn a_policy_can_exclude_an_account_or_admit_only_a_user_of_the_owner() {
    let mock = MockAws::new();
    let user = mock.caller().arn.clone();
    let owner = owner(&mock, &allowing("arn:aws:iam::111122223333:user/mock", "ecr:*"));
    let refusal = denied(&user, "ecr:DescribeImages", REPOSITORY, "resource-based policy");
    assert_eq!(images(&mock), refusal);
    let others =
        json!([{"Effect": "Allow", "NotPrincipal": {"AWS": "123456789012"}, "Action": "ecr:*"}]);
    set_policy(&owner, &others);
    assert_eq!(images(&mock), refusal);
    assert_eq!(images(&mock.in_account("999988887777".parse().unwrap())), Ok(()));
}

#[test]
fn a_role_that_was_created_after_the_policy_is_admitted() {
    let mock = MockAws::new();
    let _owner = owner(&mock, &allowing("arn:aws:iam::123456789012:role/reader", "ecr:*"));
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole",
    }});
    let request = json!({"RoleName": "reader", "AssumeRolePolicyDocument": trust.to_string()});
    let arn = call::<CreateRoleRequest>(&mock, request).unwrap().role.arn;
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Resource": "*", "Action": "ecr:*",
    }});
    let request =
        json!({"RoleName": "reader", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    call::<PutRolePolicyRequest>(&mock, request).unwrap();
    let request = json!({"RoleArn": arn, "RoleSessionName": "session"});
    let credentials = call::<AssumeRoleRequest>(&mock, request).unwrap().credentials;
    let (key, token) = (credentials.access_key_id, credentials.session_token);
    let location = mock.caller().location.clone();
    let session = mock.by(&key, Some(&token), Service::Ecr, &location).unwrap();
    assert_eq!(images(&session), Ok(()));
}
