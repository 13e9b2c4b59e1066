//! Tests for calls to repositories in other accounts. The repository policy and the caller's policies
//! must both allow such a call:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>.

use serde_json::json;

use crate::api::Operation;
use crate::ecr::{
    CreateRepositoryRequest, DescribeImagesRequest, DescribeRepositoriesRequest,
    ListTagsForResourceRequest, PutImageTagMutabilityRequest, SetRepositoryPolicyRequest,
};
use crate::mock::MockAws;

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
