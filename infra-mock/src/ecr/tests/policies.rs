//! Repository policies, the principals in them, and lifecycle policies.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ecr::{
    CreateRepositoryRequest, DeleteLifecyclePolicyRequest, DeleteRepositoryPolicyRequest,
    GetLifecyclePolicyRequest, GetRepositoryPolicyRequest, PutLifecyclePolicyRequest,
    SetRepositoryPolicyRequest,
};
use crate::iam::{CreateRoleRequest, DeleteRoleRequest};
use crate::testing::Bench;

use super::refused;

const ROLE: &str = "arn:aws:iam::123456789012:role/puller";

fn created() -> Bench {
    let mut bench = Bench::new();
    bench.ok::<CreateRepositoryRequest>(json!({"repositoryName": "app"}));
    bench
}

fn name() -> Value {
    json!({"repositoryName": "app"})
}

fn create_role(bench: &mut Bench) -> String {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        }],
    });
    let answer = bench.ok::<CreateRoleRequest>(json!({
        "RoleName": "puller",
        "AssumeRolePolicyDocument": trust.to_string(),
    }));
    answer["Role"]["RoleId"].as_str().unwrap().to_owned()
}

fn policy(principal: &Value) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "AllowPull",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
        }],
    })
}

fn set(bench: &mut Bench, policy: &Value) -> Result<Value, String> {
    let request = json!({"repositoryName": "app", "policyText": policy.to_string()});
    bench.run::<SetRepositoryPolicyRequest>(request)
}

/// Returns the principal in the current policy.
fn principal(bench: &mut Bench) -> Value {
    let answer = bench.ok::<GetRepositoryPolicyRequest>(name());
    let policy: Value = serde_json::from_str(answer["policyText"].as_str().unwrap()).unwrap();
    policy["Statement"][0]["Principal"].clone()
}

fn invalid_policy(rule: &str) -> String {
    let words = format!("Invalid parameter at 'PolicyText' failed to satisfy constraint: '{rule}'");
    refused("InvalidParameterException", &words)
}

fn not_found() -> String {
    invalid_policy("Principal not found")
}

#[test]
fn a_policy_is_set_read_and_removed() {
    let mut bench = created();
    create_role(&mut bench);
    let answer = set(&mut bench, &policy(&json!({"AWS": ROLE}))).unwrap();
    let text = answer["policyText"].as_str().unwrap();
    assert!(
        text.starts_with("{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n"),
        "{text}"
    );
    assert_eq!(answer["registryId"], "123456789012");
    assert_eq!(bench.ok::<GetRepositoryPolicyRequest>(name()), answer);
    assert_eq!(bench.ok::<DeleteRepositoryPolicyRequest>(name()), answer);
    let words = "Repository policy does not exist for the repository with name 'app' in the registry \
                 with id '123456789012'";
    let gone = refused("RepositoryPolicyNotFoundException", words);
    assert_eq!(bench.err::<GetRepositoryPolicyRequest>(name()), gone);
    assert_eq!(bench.err::<DeleteRepositoryPolicyRequest>(name()), gone);
}

#[test]
fn a_policy_for_a_missing_role_is_refused() {
    let mut bench = created();
    assert_eq!(set(&mut bench, &policy(&json!({"AWS": ROLE}))).unwrap_err(), not_found());
    for ghost in [
        "arn:aws:iam::123456789012:user/nobody",
        "arn:aws:sts::123456789012:assumed-role/puller/session",
        "AROADBQP57FF2AEXAMPLE",
    ] {
        let result = set(&mut bench, &policy(&json!({"AWS": [ghost]})));
        assert_eq!(result.unwrap_err(), not_found(), "{ghost}");
    }
}

#[test]
fn a_role_is_found_once_it_has_propagated() {
    let mut bench = created();
    bench.world.lag.iam_propagation = Duration::from_secs(10);
    create_role(&mut bench);
    let policy = policy(&json!({"AWS": ROLE}));
    assert_eq!(set(&mut bench, &policy).unwrap_err(), not_found());
    bench.wait(Duration::from_millis(9_999));
    assert_eq!(set(&mut bench, &policy).unwrap_err(), not_found());
    bench.wait(Duration::from_millis(1));
    set(&mut bench, &policy).unwrap();
}

#[test]
fn a_deleted_role_is_shown_as_its_id_even_if_it_is_created_again() {
    let mut bench = created();
    let id = create_role(&mut bench);
    set(&mut bench, &policy(&json!({"AWS": ROLE}))).unwrap();
    assert_eq!(principal(&mut bench), json!({"AWS": ROLE}));
    bench.ok::<DeleteRoleRequest>(json!({"RoleName": "puller"}));
    assert_eq!(principal(&mut bench), json!({"AWS": id}));
    assert_ne!(create_role(&mut bench), id);
    assert_eq!(principal(&mut bench), json!({"AWS": id}));
    // ECR rejects the ID of the deleted role, but the policy can be set again with the role's ARN.
    assert_eq!(set(&mut bench, &policy(&json!({"AWS": id}))).unwrap_err(), not_found());
    set(&mut bench, &policy(&json!({"AWS": ROLE}))).unwrap();
    assert_eq!(principal(&mut bench), json!({"AWS": ROLE}));
}

#[test]
fn a_role_can_be_named_by_its_id_or_by_a_session() {
    let mut bench = created();
    let id = create_role(&mut bench);
    set(&mut bench, &policy(&json!({"AWS": id}))).unwrap();
    assert_eq!(principal(&mut bench), json!({"AWS": ROLE}));
    let session = "arn:aws:sts::123456789012:assumed-role/puller/ci";
    set(&mut bench, &policy(&json!({"AWS": session}))).unwrap();
    assert_eq!(principal(&mut bench), json!({"AWS": session}));
    bench.ok::<DeleteRoleRequest>(json!({"RoleName": "puller"}));
    assert_eq!(principal(&mut bench), json!({"AWS": format!("{id}:ci")}));
}

#[test]
fn principals_other_than_roles_are_accepted() {
    let mut bench = created();
    let root = "arn:aws:iam::210987654321:root";
    let theirs = "arn:aws:iam::210987654321:role/theirs";
    for (given, read) in [
        (json!("*"), json!("*")),
        (json!({"AWS": "*"}), json!({"AWS": "*"})),
        (json!({"AWS": root}), json!({"AWS": root})),
        (json!({"AWS": "210987654321"}), json!({"AWS": root})),
        // No call has used this account, so the mock cannot know whether the role exists.
        (json!({"AWS": theirs}), json!({"AWS": theirs})),
        (json!({"Service": "lambda.amazonaws.com"}), json!({"Service": "lambda.amazonaws.com"})),
    ] {
        set(&mut bench, &policy(&given)).unwrap();
        assert_eq!(principal(&mut bench), read);
    }
}

#[test]
fn invalid_repository_policies_are_refused() {
    let mut bench = created();
    let invalid = invalid_policy("Invalid repository policy provided");
    let good = policy(&json!("*"));
    let with = |member: &str, value: Value| {
        let mut policy = good.clone();
        policy["Statement"][0][member] = value;
        policy
    };
    let mut without_principal = good.clone();
    without_principal["Statement"][0].as_object_mut().unwrap().remove("Principal");
    for bad in [
        json!("no object"),
        json!({"Version": "2012-10-17"}),
        without_principal,
        with("Resource", json!("*")),
        with("Action", json!("s3:GetObject")),
        with("Principal", json!({"AWS": "arn:aws:iam::123456789012:*"})),
        with("Principal", json!({"AWS": []})),
        with("Principal", json!({"Service": "lambda"})),
        with("Effect", json!("Perhaps")),
        with("Extra", json!("x")),
    ] {
        assert_eq!(set(&mut bench, &bad).unwrap_err(), invalid, "{bad}");
    }
    let request = json!({"repositoryName": "app", "policyText": "x".repeat(10_241)});
    let words = "Invalid parameter at 'policyText' failed to satisfy constraint: 'Member must have \
                 length less than or equal to 10240'";
    assert_eq!(
        bench.err::<SetRepositoryPolicyRequest>(request),
        refused("InvalidParameterException", words)
    );
    let request = json!({"repositoryName": "other", "policyText": good.to_string()});
    assert!(
        bench
            .err::<SetRepositoryPolicyRequest>(request)
            .starts_with("RepositoryNotFoundException: ")
    );
}

fn rule(priority: i32, selection: &Value) -> Value {
    json!({
        "rulePriority": priority,
        "description": "padding that makes the policy reach the minimum length of 100",
        "selection": selection,
        "action": {"type": "expire"},
    })
}

fn put(bench: &mut Bench, policy: &Value) -> Result<Value, String> {
    let request = json!({"repositoryName": "app", "lifecyclePolicyText": policy.to_string()});
    bench.run::<PutLifecyclePolicyRequest>(request)
}

fn untagged() -> Value {
    json!({
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 14,
    })
}

fn any() -> Value {
    json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10})
}

#[test]
fn a_lifecycle_policy_is_put_read_and_removed() {
    let mut bench = created();
    let policy = json!({"rules": [rule(1, &untagged()), rule(2, &any())]});
    let put = put(&mut bench, &policy).unwrap();
    assert_eq!(put["lifecyclePolicyText"], policy.to_string());
    let read = bench.ok::<GetLifecyclePolicyRequest>(name());
    assert_eq!(read["lifecyclePolicyText"], policy.to_string());
    assert_eq!(read["lastEvaluatedAt"], 0.0);
    assert_eq!(bench.ok::<DeleteLifecyclePolicyRequest>(name()), read);
    let words = "Lifecycle policy does not exist for the repository with name 'app' in the registry \
                 with id '123456789012'";
    let gone = refused("LifecyclePolicyNotFoundException", words);
    assert_eq!(bench.err::<GetLifecyclePolicyRequest>(name()), gone);
    assert_eq!(bench.err::<DeleteLifecyclePolicyRequest>(name()), gone);
}

#[test]
fn a_lifecycle_policy_can_archive_images() {
    let archive = json!({"type": "transition", "targetStorageClass": "archive"});
    let mut unused = rule(
        1,
        &json!({
            "tagStatus": "any",
            "countType": "sinceImagePulled",
            "countUnit": "days",
            "countNumber": 90,
        }),
    );
    unused["action"] = archive;
    let archived = json!({
        "tagStatus": "any",
        "storageClass": "archive",
        "countType": "sinceImageTransitioned",
        "countUnit": "days",
        "countNumber": 90,
    });
    put(&mut created(), &json!({"rules": [unused, rule(2, &archived)]})).unwrap();
}

#[test]
fn invalid_lifecycle_policies_get_the_messages_of_ecr() {
    let failure = |words: &str| {
        let words = format!(
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle \
             policy validation failure: {words}'"
        );
        refused("InvalidParameterException", &words)
    };
    let no_schema = failure("instance failed to match exactly one schema (matched 0 out of 4)\n");
    let with = |member: &str, value: Value| {
        let mut selection = untagged();
        selection[member] = value;
        json!({"rules": [rule(1, &selection)]})
    };
    let mut null_in_action = rule(1, &any());
    null_in_action["action"]["targetStorageClass"] = json!(null);
    let tagged = |patterns: Value, prefixes: Value| {
        let selection = json!({
            "tagStatus": "tagged",
            "tagPatternList": patterns,
            "tagPrefixList": prefixes,
            "countType": "imageCountMoreThan",
            "countNumber": 1,
        });
        json!({"rules": [rule(1, &selection)]})
    };
    let list = vec!["long enough to reach the minimum length of a lifecycle policy"; 3];
    let cases = [
        (json!(list), failure("Could not map policyString into LifecyclePolicy.")),
        (json!({"rules": [], "filler": list}), no_schema.clone()),
        (with("countUnit", json!(null)), no_schema.clone()),
        (with("countUnit", json!("weeks")), no_schema.clone()),
        (with("countType", json!("imageCountMoreThan")), no_schema.clone()),
        (with("countNumber", json!(0)), no_schema.clone()),
        (with("tagStatus", json!("maybe")), no_schema.clone()),
        (with("more", json!(1)), no_schema.clone()),
        (json!({"rules": [rule(0, &untagged())]}), no_schema.clone()),
        (json!({"rules": [null_in_action]}), no_schema),
        (
            tagged(json!([]), json!([])),
            failure("Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED."),
        ),
        (
            json!({"rules": [rule(1, &any()), rule(2, &untagged())]}),
            failure("Rule for tagStatus=ANY must have the lowest priority per storage class"),
        ),
        (
            json!({"rules": [rule(1, &untagged()), rule(2, &untagged())]}),
            failure("Only one rule can select Untagged images per storage class"),
        ),
        (
            json!({"rules": [rule(1, &untagged()), rule(1, &any())]}),
            failure("Rule priorities must be unique"),
        ),
    ];
    let mut bench = created();
    for (policy, words) in cases {
        assert_eq!(put(&mut bench, &policy).unwrap_err(), words, "{policy}");
    }
    for refused in [
        tagged(json!(["a"]), json!(["a"])),
        tagged(json!(["*a*b*c*d*"]), json!([])),
        with("tagPrefixList", json!(["a"])),
    ] {
        assert!(put(&mut bench, &refused).is_err(), "{refused}");
    }
    put(&mut bench, &tagged(json!(["*a*b*c*"]), json!([]))).unwrap();
    let words = "Invalid parameter at 'lifecyclePolicyText' failed to satisfy constraint: 'Member must \
                 have length greater than or equal to 100'";
    assert_eq!(
        put(&mut bench, &json!({})).unwrap_err(),
        refused("InvalidParameterException", words)
    );
}
