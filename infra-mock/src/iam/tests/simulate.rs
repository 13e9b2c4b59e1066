//! Tests for the policy simulator.

use serde_json::{Value, json};

use super::Fixture;
use crate::iam::{
    AddUserToGroupRequest, AttachGroupPolicyRequest, CreateGroupRequest, CreatePolicyRequest,
    CreateUserRequest, PutUserPermissionsBoundaryRequest, PutUserPolicyRequest,
    SimulateCustomPolicyRequest, SimulatePrincipalPolicyRequest,
};

/// The policy document that was simulated for the recorded response.
const PUT: &str = r#"{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}}"#;
const BUCKET: &str = "arn:aws:s3:::bucket";
const ADA: &str = "arn:aws:iam::123456789012:user/ada";

fn document(effect: &str, action: &str, condition: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": action, "Resource": "*", "Condition": condition},
    ]})
    .to_string()
}

fn decisions(answer: &Value) -> Vec<&str> {
    let results = answer["EvaluationResults"].as_array().unwrap();
    results.iter().map(|result| result["EvalDecision"].as_str().unwrap()).collect()
}

#[test]
fn the_simulation_returns_the_recorded_response() {
    let mut aws = Fixture::new();
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    aws.does::<CreateGroupRequest>(json!({"GroupName": "ops"}));
    aws.does::<AddUserToGroupRequest>(json!({"GroupName": "ops", "UserName": "ada"}));
    let policy = json!({"PolicyName": "put", "PolicyDocument": PUT});
    let arn = aws.does::<CreatePolicyRequest>(policy)["Policy"]["Arn"].clone();
    aws.does::<AttachGroupPolicyRequest>(json!({"GroupName": "ops", "PolicyArn": arn}));
    let request = json!({
        "PolicySourceArn": ADA,
        "ActionNames": ["s3:PutObject", "s3:GetObjectVersion"],
        "ResourceArns": [BUCKET],
    });
    let answer = aws.does::<SimulatePrincipalPolicyRequest>(request);
    let matched = json!([{
        "SourcePolicyId": "put",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 1, "Column": 41},
        "EndPosition": {"Line": 1, "Column": 113},
    }]);
    assert_eq!(
        answer["EvaluationResults"][0],
        json!({
            "EvalActionName": "s3:PutObject",
            "EvalResourceName": BUCKET,
            "EvalDecision": "allowed",
            "MatchedStatements": matched,
            "MissingContextValues": [],
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": true},
            "EvalDecisionDetails": {},
            "ResourceSpecificResults": [{
                "EvalResourceName": BUCKET,
                "EvalResourceDecision": "allowed",
                "MatchedStatements": matched,
                "MissingContextValues": [],
            }],
        })
    );
    assert_eq!(decisions(&answer), ["allowed", "implicitDeny"]);
    assert_eq!(answer["EvaluationResults"][1]["MatchedStatements"], json!([]));
}

#[test]
fn boundaries_denies_and_context_affect_the_decision() {
    let mut aws = Fixture::new();
    aws.does::<CreateUserRequest>(json!({"UserName": "ada"}));
    let all = document("Allow", "s3:*", &json!({}));
    let embedded = json!({"UserName": "ada", "PolicyName": "all", "PolicyDocument": all});
    aws.does::<PutUserPolicyRequest>(embedded);
    let narrow =
        json!({"PolicyName": "b", "PolicyDocument": document("Allow", "s3:Get*", &json!({}))});
    let arn = aws.does::<CreatePolicyRequest>(narrow)["Policy"]["Arn"].clone();
    let bound = json!({"UserName": "ada", "PermissionsBoundary": arn});
    aws.does::<PutUserPermissionsBoundaryRequest>(bound);
    let actions = json!(["s3:GetObject", "s3:PutObject"]);
    let request = |more: Value| {
        let mut request = json!({"PolicySourceArn": ADA, "ActionNames": actions});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let answer = aws.does::<SimulatePrincipalPolicyRequest>(request(json!({})));
    assert_eq!(decisions(&answer), ["allowed", "implicitDeny"]);
    let detail = &answer["EvaluationResults"][1]["PermissionsBoundaryDecisionDetail"];
    assert_eq!(detail["AllowedByPermissionsBoundary"], false);
    let unbound = json!({"PolicyExclusionList": [{"PolicyType": "permission-boundary"}]});
    let answer = aws.does::<SimulatePrincipalPolicyRequest>(request(unbound));
    assert_eq!(decisions(&answer), ["allowed", "allowed"]);
    let identifier =
        json!({"PolicyName": "all", "AttachmentType": "user", "AttachmentName": "ada"});
    let without = json!({"PolicyExclusionList": [{"InlinePolicyIdentifier": identifier}]});
    let answer = aws.does::<SimulatePrincipalPolicyRequest>(request(without));
    assert_eq!(decisions(&answer), ["implicitDeny", "implicitDeny"]);
    for (name, excluded) in [
        ("none", json!({})),
        ("two", json!({"PolicyType": "inline", "PolicyArn": "arn:aws:iam::aws:policy/a"})),
        ("no ARN", json!({"PolicyArn": "a-text-of-twenty-letters"})),
        ("another place", json!({"PolicyArn": "arn:aws:iam::*:policy/a"})),
        ("two stars", json!({"PolicyArn": "arn:aws:iam::aws:policy/*a*"})),
    ] {
        let refused = request(json!({"PolicyExclusionList": [excluded]}));
        let refused = serde_json::from_value::<SimulatePrincipalPolicyRequest>(refused).unwrap();
        assert_eq!(aws.refused(refused).0, "InvalidInput", "{name}");
    }
    let deny = document("Deny", "s3:*", &json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}));
    let added = json!({"PolicyInputList": [deny]});
    let answer = aws.does::<SimulatePrincipalPolicyRequest>(request(added.clone()));
    assert_eq!(decisions(&answer), ["allowed", "implicitDeny"]);
    let missing = &answer["EvaluationResults"][0]["MissingContextValues"];
    assert_eq!(*missing, json!(["aws:MultiFactorAuthPresent"]));
    let mut given = added;
    given["ContextEntries"] = json!([{
        "ContextKeyName": "aws:MultiFactorAuthPresent",
        "ContextKeyValues": ["false"],
        "ContextKeyType": "boolean",
    }]);
    let answer = aws.does::<SimulatePrincipalPolicyRequest>(request(given));
    assert_eq!(decisions(&answer), ["explicitDeny", "explicitDeny"]);
    let source = &answer["EvaluationResults"][0]["MatchedStatements"][0]["SourcePolicyId"];
    assert_eq!(source, "PolicyInputList.1");
}

#[test]
fn request_policies_are_combined_with_resource_and_organization_policies() {
    let mut aws = Fixture::new();
    let custom = |policies: &[String], more: Value| {
        let mut request =
            json!({"PolicyInputList": policies, "ActionNames": ["s3:GetObject", "s3:PutObject"]});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let get = [document("Allow", "s3:GetObject", &json!({}))];
    let answer = aws.does::<SimulateCustomPolicyRequest>(custom(&get, json!({})));
    assert_eq!(decisions(&answer), ["allowed", "implicitDeny"]);
    let bucket_policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ADA}, "Action": "s3:PutObject", "Resource": "*"},
    ]})
    .to_string();
    let by = |caller: &str| json!({"ResourcePolicy": bucket_policy, "CallerArn": caller});
    let answer = aws.does::<SimulateCustomPolicyRequest>(custom(&get, by(ADA)));
    assert_eq!(decisions(&answer), ["allowed", "allowed"]);
    let other = "arn:aws:iam::123456789012:user/other";
    let answer = aws.does::<SimulateCustomPolicyRequest>(custom(&get, by(other)));
    assert_eq!(decisions(&answer), ["allowed", "implicitDeny"]);
    let level =
        json!({"ServiceControlPolicyInputList": [document("Allow", "s3:Put*", &json!({}))]});
    let organized = json!({"OrderedOrganizationPolicyInputList": [level]});
    let answer = aws.does::<SimulateCustomPolicyRequest>(custom(&get, organized));
    assert_eq!(decisions(&answer), ["implicitDeny", "implicitDeny"]);
    let detail = &answer["EvaluationResults"][0]["OrganizationsDecisionDetail"];
    assert_eq!(detail["AllowedByOrganizations"], false);
    let bounded =
        json!({"PermissionsBoundaryPolicyInputList": [document("Deny", "s3:*", &json!({}))]});
    let answer = aws.does::<SimulateCustomPolicyRequest>(custom(&get, bounded));
    assert_eq!(decisions(&answer), ["explicitDeny", "explicitDeny"]);
    let paged = aws.does::<SimulateCustomPolicyRequest>(custom(&get, json!({"MaxItems": 1})));
    assert_eq!(decisions(&paged), ["allowed"]);
    let rest =
        aws.does::<SimulateCustomPolicyRequest>(custom(&get, json!({"Marker": paged["Marker"]})));
    assert_eq!(decisions(&rest), ["implicitDeny"]);

    let words = aws.says::<SimulateCustomPolicyRequest>(custom(&["{}".to_owned()], json!({})));
    assert!(words.starts_with("InvalidInput 400: Invalid policy document"), "{words}");
    let alone = json!({"ResourcePolicy": bucket_policy});
    let words = aws.says::<SimulateCustomPolicyRequest>(custom(&get, alone));
    assert!(words.starts_with("InvalidInput 400"), "{words}");
    let none = json!({"PolicySourceArn": ADA, "ActionNames": ["s3:GetObject"]});
    let words = aws.says::<SimulatePrincipalPolicyRequest>(none);
    assert!(words.starts_with("NoSuchEntity 404"), "{words}");
}
