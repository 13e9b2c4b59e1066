//! Compares the mock's responses with recorded AWS responses.
//!
//! The responses from March and June 2025 are in the file `test_iam`. The responses from February
//! 2026 are in `test_iam_roles`, `test_iam_policies`, `test_iam_managed_policies`,
//! `test_iam_instance_profiles` and `test_iam_users`. The folder is
//! <https://github.com/localstack/localstack/tree/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam>.
//! If two recordings contain different messages for the same request, the mock uses the newer
//! message.

mod answers;

use serde_json::{Value, json};

use super::{ALLOW, Fixture, TRUST};
use crate::api::Operation;
use crate::iam::{
    AttachRolePolicyRequest, CreatePolicyRequest, CreateRoleRequest,
    CreateServiceLinkedRoleRequest, DeletePolicyRequest, DeleteRolePolicyRequest,
    DeleteRoleRequest, DetachRolePolicyRequest, GetPolicyVersionRequest, GetRolePolicyRequest,
    GetRoleRequest, GetUserRequest, ListInstanceProfilesForRoleRequest, ListRoleTagsRequest,
    PutRolePermissionsBoundaryRequest, PutRolePolicyRequest, TagRoleRequest, UntagRoleRequest,
    UpdateAssumeRolePolicyRequest, UpdateRoleRequest, add_instance_profile,
};

const OWN: &str = "arn:aws:iam::123456789012:policy/own";
const USED: &str = "arn:aws:iam::123456789012:policy/used";
const NO_POLICY: &str = "arn:aws:iam::123456789012:policy/nonexistent-policy";

/// Returns a world with the policies `own` and `used`, and four roles: `app` has no policies,
/// `attached` has an attached policy, `inline` has an embedded policy, and `profiled` is in an
/// instance profile.
fn world() -> Fixture {
    let mut aws = Fixture::new();
    for name in ["app", "attached", "inline", "profiled"] {
        aws.role(name);
    }
    for name in ["own", "used"] {
        aws.policy(name);
    }
    does::<AttachRolePolicyRequest>(&mut aws, &with("attached", &json!({"PolicyArn": USED})));
    let inline = json!({"PolicyName": "p", "PolicyDocument": ALLOW});
    does::<PutRolePolicyRequest>(&mut aws, &with("inline", &inline));
    add_instance_profile(&mut aws.call(), "profile", "profiled").unwrap();
    aws
}

/// Returns a request that names a role and contains the members in `more`.
fn with(role: &str, more: &Value) -> Value {
    let mut request = json!({"RoleName": role});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn does<O: Operation>(aws: &mut Fixture, request: &Value) -> Value {
    let request: O = serde_json::from_value(request.clone()).unwrap();
    serde_json::to_value(aws.ok(request)).unwrap()
}

/// Runs a request that must fail, and returns the code, status and message of the error.
fn refuses<O: Operation>(aws: &mut Fixture, request: &Value) -> (String, u16, String) {
    aws.refused(serde_json::from_value::<O>(request.clone()).unwrap())
}

type Sent = fn(&mut Fixture, &Value) -> (String, u16, String);

#[track_caller]
fn all_are_refused(cases: &[(Sent, Value, &str, u16, &str)]) {
    for (send, request, code, status, words) in cases {
        let expected = ((*code).to_owned(), *status, (*words).to_owned());
        assert_eq!(send(&mut world(), request), expected, "{request}");
    }
}

#[test]
fn missing_resources_have_the_recorded_errors() {
    let none = "The role with name nonexistent-role cannot be found.";
    let policy = &json!({"PolicyName": "p", "PolicyDocument": ALLOW});
    let boundary = &json!({"PermissionsBoundary": OWN});
    let on_no_role: [(Sent, &Value); 11] = [
        (refuses::<GetRoleRequest>, &json!({})),
        (refuses::<UpdateRoleRequest>, &json!({"Description": "d"})),
        (refuses::<DeleteRoleRequest>, &json!({})),
        (refuses::<TagRoleRequest>, &json!({"Tags": [{"Key": "k", "Value": "v"}]})),
        (refuses::<UntagRoleRequest>, &json!({"TagKeys": ["k"]})),
        (refuses::<ListRoleTagsRequest>, &json!({})),
        (refuses::<PutRolePolicyRequest>, policy),
        (refuses::<GetRolePolicyRequest>, &json!({"PolicyName": "p"})),
        (refuses::<DeleteRolePolicyRequest>, &json!({"PolicyName": "p"})),
        (refuses::<PutRolePermissionsBoundaryRequest>, boundary),
        (refuses::<ListInstanceProfilesForRoleRequest>, &json!({})),
    ];
    let on_no_role = on_no_role
        .map(|(send, more)| (send, with("nonexistent-role", more), "NoSuchEntity", 404, none));
    all_are_refused(&on_no_role);

    let no_inline = "The role policy with name non-existent-policy cannot be found.";
    let name = json!({"PolicyName": "non-existent-policy"});
    let arn = json!({"PolicyArn": NO_POLICY});
    let not_found = "Policy arn:aws:iam::123456789012:policy/nonexistent-policy was not found.";
    let not_attachable = "Policy arn:aws:iam::123456789012:policy/nonexistent-policy does not exist or is not attachable.";
    let no_scope = "Scope ARN: arn:aws:iam::123456789012:policy/nonexistent-policy does not exist or is not attachable.";
    let bounded = json!({"PermissionsBoundary": NO_POLICY, "AssumeRolePolicyDocument": TRUST});
    let missing: [(Sent, Value, &str); 12] = [
        (refuses::<GetRolePolicyRequest>, with("app", &name), no_inline),
        (refuses::<DeleteRolePolicyRequest>, with("app", &name), no_inline),
        (refuses::<AttachRolePolicyRequest>, with("app", &arn), not_attachable),
        (refuses::<DetachRolePolicyRequest>, with("app", &arn), not_found),
        (
            refuses::<DetachRolePolicyRequest>,
            with("app", &json!({"PolicyArn": OWN})),
            "Policy arn:aws:iam::123456789012:policy/own was not found.",
        ),
        (
            refuses::<DetachRolePolicyRequest>,
            with("app", &json!({"PolicyArn": "arn:aws:iam::aws:policy/Nonexistent"})),
            "Policy arn:aws:iam::aws:policy/Nonexistent was not found.",
        ),
        (refuses::<DeletePolicyRequest>, arn, not_found),
        (
            refuses::<PutRolePermissionsBoundaryRequest>,
            with("app", &json!({"PermissionsBoundary": NO_POLICY})),
            no_scope,
        ),
        (refuses::<CreateRoleRequest>, with("new", &bounded), no_scope),
        (
            refuses::<GetPolicyVersionRequest>,
            json!({"PolicyArn": NO_POLICY, "VersionId": "v1"}),
            "Policy arn:aws:iam::123456789012:policy/nonexistent-policy version v1 does not exist or is not \
             attachable.",
        ),
        (
            refuses::<GetPolicyVersionRequest>,
            json!({"PolicyArn": OWN, "VersionId": "v9"}),
            "Policy arn:aws:iam::123456789012:policy/own version v9 does not exist or is not attachable.",
        ),
        (
            refuses::<GetUserRequest>,
            json!({"UserName": "nonexistent-user"}),
            "The user with name nonexistent-user cannot be found.",
        ),
    ];
    all_are_refused(
        &missing.map(|(send, request, words)| (send, request, "NoSuchEntity", 404, words)),
    );
}

#[test]
fn conflicts_have_the_recorded_errors() {
    let role = json!({"AssumeRolePolicyDocument": TRUST});
    all_are_refused(&[
        (
            refuses::<CreateRoleRequest>,
            with("app", &role),
            "EntityAlreadyExists",
            409,
            "Role with name app already exists.",
        ),
        (
            refuses::<CreatePolicyRequest>,
            json!({"PolicyName": "own", "PolicyDocument": ALLOW}),
            "EntityAlreadyExists",
            409,
            "A policy called own already exists. Duplicate names are not allowed.",
        ),
        (
            refuses::<DeleteRoleRequest>,
            with("attached", &json!({})),
            "DeleteConflict",
            409,
            "Cannot delete entity, must detach all policies first.",
        ),
        (
            refuses::<DeleteRoleRequest>,
            with("inline", &json!({})),
            "DeleteConflict",
            409,
            "Cannot delete entity, must delete policies first.",
        ),
        (
            refuses::<DeleteRoleRequest>,
            with("profiled", &json!({})),
            "DeleteConflict",
            409,
            "Cannot delete entity, must remove roles from instance profile first.",
        ),
        (
            refuses::<DeletePolicyRequest>,
            json!({"PolicyArn": USED}),
            "DeleteConflict",
            409,
            "Cannot delete a policy attached to entities.",
        ),
        (
            refuses::<DeletePolicyRequest>,
            json!({"PolicyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}),
            "AccessDenied",
            403,
            "Cannot delete policies outside your own account.",
        ),
        (
            refuses::<CreateServiceLinkedRoleRequest>,
            json!({"AWSServiceName": "replication.ecr.amazonaws.com", "CustomSuffix": "testsuffix"}),
            "InvalidInput",
            400,
            "Custom suffix is not allowed for replication.ecr.amazonaws.com",
        ),
    ]);
}

#[test]
fn invalid_arns_versions_and_trust_policies_have_the_recorded_errors() {
    let no_boundary = json!({
        "PermissionsBoundary": "arn:aws:iam::123456789012:not_a_policy/invalid",
        "AssumeRolePolicyDocument": TRUST,
    });
    let not_valid = "ARN arn:aws:iam::123456789012:not_a_policy/invalid is not valid.";
    let trust =
        |from: &str, to: &str| with("app", &json!({"PolicyDocument": TRUST.replace(from, to)}));
    all_are_refused(&[
        (
            refuses::<AttachRolePolicyRequest>,
            with("app", &json!({"PolicyArn": "longpolicynamebutnoarn"})),
            "ValidationError",
            400,
            "ARN longpolicynamebutnoarn is not valid.",
        ),
        (
            refuses::<PutRolePermissionsBoundaryRequest>,
            with("app", &json!({"PermissionsBoundary": no_boundary["PermissionsBoundary"]})),
            "InvalidInput",
            400,
            not_valid,
        ),
        (refuses::<CreateRoleRequest>, with("new", &no_boundary), "InvalidInput", 400, not_valid),
        (
            refuses::<GetPolicyVersionRequest>,
            json!({"PolicyArn": OWN, "VersionId": "invalid-version"}),
            "ValidationError",
            400,
            "1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
        ),
        (
            refuses::<UpdateAssumeRolePolicyRequest>,
            with("app", &json!({"PolicyDocument": "not json"})),
            "MalformedPolicyDocument",
            400,
            "This policy contains invalid Json",
        ),
        (
            refuses::<UpdateAssumeRolePolicyRequest>,
            trust("sts:AssumeRole", "s3:GetObject"),
            "MalformedPolicyDocument",
            400,
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            refuses::<UpdateAssumeRolePolicyRequest>,
            trust(r#""Effect""#, r#""Resource":"*","Effect""#),
            "MalformedPolicyDocument",
            400,
            "Has prohibited field Resource",
        ),
    ]);
}

#[test]
fn invalid_tags_have_the_recorded_errors() {
    let tag = |key: &str, value: &str| json!([{"Key": key, "Value": value}]);
    let many: Vec<_> = (0..51).map(|n| json!({"Key": n.to_string(), "Value": "v"})).collect();
    let broken = |member: &str, rule: &str| {
        let words = format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: {rule}"
        );
        ("ValidationError", words)
    };
    let pattern = r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+";
    let upto = |most: usize| format!("Member must have length less than or equal to {most}");
    let role_doubled = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    let policy_doubled = "Duplicate tag keys found.";
    let doubled =
        |one: &str, other: &str| json!([{"Key": one, "Value": "1"}, {"Key": other, "Value": "2"}]);
    let cases = [
        (json!(many), broken("tags", &upto(50))),
        (tag(&"k".repeat(129), "v"), broken("tags.1.member.key", &upto(128))),
        (tag("k", &"v".repeat(257)), broken("tags.1.member.value", &upto(256))),
        (tag("k?", "v"), broken("tags.1.member.key", pattern)),
        (doubled("k", "k"), ("InvalidInput", String::new())),
    ];
    let request = |tags: &Value| {
        json!({
            "RoleName": "app",
            "PolicyName": "new",
            "PolicyDocument": ALLOW,
            "AssumeRolePolicyDocument": TRUST,
            "Tags": tags,
        })
    };
    let operations: [(Sent, &str); 3] = [
        (refuses::<CreateRoleRequest>, role_doubled),
        (refuses::<TagRoleRequest>, role_doubled),
        (refuses::<CreatePolicyRequest>, policy_doubled),
    ];
    for (send, doubled) in operations {
        for (tags, (code, words)) in &cases {
            let words = if words.is_empty() { doubled } else { words };
            all_are_refused(&[(send, request(tags), code, 400, words)]);
        }
    }
    for (send, words) in &operations[..2] {
        all_are_refused(&[(*send, request(&doubled("k", "K")), "InvalidInput", 400, words)]);
    }

    let item = format!(
        "Member must satisfy constraint: [{}, Member must have length greater than or equal to 1, {pattern}, Member \
         must not be null]",
        upto(128)
    );
    let keys: Vec<_> = (0..51).map(|n| n.to_string()).collect();
    for (keys, rule) in
        [(json!(keys), upto(50)), (json!(["k".repeat(129)]), item.clone()), (json!(["k?"]), item)]
    {
        let (code, words) = broken("tagKeys", &rule);
        let request = with("app", &json!({"TagKeys": keys}));
        all_are_refused(&[(refuses::<UntagRoleRequest>, request, code, 400, &words)]);
    }
}
