//! Tests for customer managed policies and AWS managed policies.

use super::{ALLOW, EXECUTION, Fixture, START, create, decoded, refusal, some};
use crate::iam::document::check_identity_policy;
use crate::iam::{
    AttachRolePolicyRequest, CreatePolicyRequest, CreateRoleRequest, DeletePolicyRequest,
    DetachRolePolicyRequest, GetPolicyRequest, GetPolicyVersionRequest, ListPoliciesRequest,
    PutRolePermissionsBoundaryRequest, Tag, managed,
};

const OWN: &str = "arn:aws:iam::123456789012:policy/own";

fn policy(name: &str) -> CreatePolicyRequest {
    CreatePolicyRequest {
        policy_name: some(name),
        policy_document: some(ALLOW),
        ..Default::default()
    }
}

fn get(arn: &str) -> GetPolicyRequest {
    GetPolicyRequest { policy_arn: some(arn) }
}

fn version(arn: &str, version: &str) -> GetPolicyVersionRequest {
    GetPolicyVersionRequest { policy_arn: some(arn), version_id: some(version) }
}

fn delete(arn: &str) -> DeletePolicyRequest {
    DeletePolicyRequest { policy_arn: some(arn) }
}

#[test]
fn a_policy_is_created_read_and_deleted() {
    let mut aws = Fixture::new();
    let request = CreatePolicyRequest {
        path: some("/teams/"),
        description: some("for all"),
        tags: vec![Tag::new("a", "1"), Tag::new("A", "2")],
        ..policy("shared")
    };
    let created = aws.ok(request).policy;
    assert_eq!(created.arn, "arn:aws:iam::123456789012:policy/teams/shared");
    assert!(created.policy_id.starts_with("ANPA"));
    assert_eq!((created.description, created.default_version_id.as_str()), (None, "v1"));

    let shown = aws.ok(get(&created.arn)).policy;
    assert_eq!(shown.description.as_deref(), Some("for all"));
    assert_eq!((shown.create_date, shown.update_date), (START, START));
    assert_eq!(shown.tags.unwrap().len(), 2);
    let document = aws.ok(version(&created.arn, "v1")).policy_version;
    assert_eq!(decoded(&document.document.unwrap()), ALLOW);
    assert!(document.is_default_version);

    aws.ok(delete(&created.arn));
    let words = format!("Policy {} was not found.", created.arn);
    assert_eq!(aws.refused(get(&created.arn)), refusal("NoSuchEntity", 404, words.clone()));
    assert_eq!(aws.refused(delete(&created.arn)), refusal("NoSuchEntity", 404, words));
}

#[test]
fn get_policy_returns_an_empty_list_for_a_policy_without_tags() {
    let mut aws = Fixture::new();
    assert_eq!(aws.ok(policy("own")).policy.tags, None);
    assert_eq!(aws.ok(get(OWN)).policy.tags, Some(Vec::new()));
    assert_eq!(aws.ok(get(EXECUTION)).policy.tags, Some(Vec::new()));
}

#[test]
fn invalid_names_documents_sizes_and_tags_are_rejected() {
    let mut aws = Fixture::new();
    aws.ok(policy("own"));
    let words = "A policy called OWN already exists. Duplicate names are not allowed.";
    assert_eq!(aws.refused(policy("OWN")), refusal("EntityAlreadyExists", 409, words));
    let request = CreatePolicyRequest { policy_document: some("[]"), ..policy("bad") };
    let words = "Syntax errors in policy.";
    assert_eq!(aws.refused(request), refusal("MalformedPolicyDocument", 400, words));
    let long = ALLOW.replace('*', &format!("arn:aws:s3:::{}", "x".repeat(6144)));
    let request = CreatePolicyRequest { policy_document: some(&long), ..policy("long") };
    let words = "Cannot exceed quota for PolicySize: 6144";
    assert_eq!(aws.refused(request), refusal("LimitExceeded", 409, words));
    let tags = vec![Tag::new("a", "1"), Tag::new("a", "2")];
    let request = CreatePolicyRequest { tags, ..policy("tagged") };
    assert_eq!(aws.refused(request), refusal("InvalidInput", 400, "Duplicate tag keys found."));
    let (code, status, _) = aws.refused(CreatePolicyRequest { path: some("x"), ..policy("y") });
    assert_eq!((code.as_str(), status), ("ValidationError", 400));
}

#[test]
fn a_policy_of_a_service_linked_role_cannot_be_a_boundary() {
    let mut aws = Fixture::new();
    aws.role("app");
    let request = PutRolePermissionsBoundaryRequest {
        role_name: some("app"),
        permissions_boundary: some(
            "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy",
        ),
    };
    assert_eq!(aws.refused(request).0, "PolicyNotAttachable");
    assert_eq!(aws.get("app").permissions_boundary, None);
}

#[test]
fn uses_are_counted_and_prevent_deletion() {
    let mut aws = Fixture::new();
    aws.ok(policy("own"));
    aws.role("a");
    aws.ok(CreateRoleRequest { permissions_boundary: some(OWN), ..create("b") });
    let (role_name, policy_arn) = (some("a"), some(OWN));
    aws.ok(AttachRolePolicyRequest {
        role_name: role_name.clone(),
        policy_arn: policy_arn.clone(),
    });
    let shown = aws.ok(get(OWN)).policy;
    assert_eq!((shown.attachment_count, shown.permissions_boundary_usage_count), (1, 1));

    let conflict = refusal("DeleteConflict", 409, "Cannot delete a policy attached to entities.");
    assert_eq!(aws.refused(delete(OWN)), conflict);
    aws.ok(DetachRolePolicyRequest { role_name, policy_arn });
    assert_eq!(aws.refused(delete(OWN)), conflict);
    aws.ok(PutRolePermissionsBoundaryRequest {
        role_name: some("b"),
        permissions_boundary: some(EXECUTION),
    });
    aws.ok(delete(OWN));
}

#[test]
fn aws_managed_policies_can_be_read_but_not_deleted() {
    let mut aws = Fixture::new();
    let shown = aws.ok(get(EXECUTION)).policy;
    assert_eq!((shown.path.as_str(), shown.is_attachable), ("/service-role/", true));
    assert_eq!(shown.create_date.to_string(), "2017-11-16T18:48:22Z");
    let document = aws.ok(version(EXECUTION, "v1")).policy_version.document;
    assert!(decoded(&document.unwrap()).contains("ecr:GetAuthorizationToken"));
    let (code, status, words) = aws.refused(delete(EXECUTION));
    assert_eq!((code.as_str(), status), ("AccessDenied", 403));
    assert_eq!(words, "Cannot delete policies outside your own account.");

    let mut china = Fixture::at("cn-north-1");
    let arn = EXECUTION.replace("arn:aws:", "arn:aws-cn:");
    assert_eq!(china.ok(get(&arn)).policy.arn, arn);
}

#[test]
fn policy_versions_must_be_valid_and_exist() {
    let mut aws = Fixture::new();
    aws.ok(policy("own"));
    let words = "1 validation error detected: Value at 'versionId' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?";
    for bad in ["1", "v0", "v", "v1x"] {
        assert_eq!(aws.refused(version(OWN, bad)), refusal("ValidationError", 400, words));
    }
    let words = format!("Policy {OWN} version v9 does not exist or is not attachable.");
    assert_eq!(aws.refused(version(OWN, "v9")), refusal("NoSuchEntity", 404, words));
    let missing = "arn:aws:iam::aws:policy/NoSuchPolicy";
    let words = format!("Policy {missing} was not found.");
    assert_eq!(aws.refused(get(missing)), refusal("NoSuchEntity", 404, words));
}

#[test]
fn policies_are_listed_by_owner_path_and_use() {
    let mut aws = Fixture::new();
    aws.ok(policy("own"));
    aws.ok(CreatePolicyRequest { path: some("/teams/"), ..policy("shared") });
    aws.role("app");
    aws.ok(AttachRolePolicyRequest { role_name: some("app"), policy_arn: some(EXECUTION) });
    let mut names = |request: ListPoliciesRequest| {
        let page = aws.ok(request);
        page.policies.into_iter().map(|policy| policy.policy_name).collect::<Vec<_>>()
    };
    let local = ListPoliciesRequest { scope: some("Local"), ..Default::default() };
    assert_eq!(names(local.clone()), ["own", "shared"]);
    let teams = ListPoliciesRequest { path_prefix: some("/teams/"), ..local };
    assert_eq!(names(teams), ["shared"]);
    let used = ListPoliciesRequest { only_attached: Some(true), ..Default::default() };
    assert_eq!(names(used), ["AmazonECSTaskExecutionRolePolicy"]);
    let bounding = ListPoliciesRequest {
        policy_usage_filter: some("PermissionsBoundary"),
        ..Default::default()
    };
    assert!(names(bounding).is_empty());

    let page = ListPoliciesRequest { scope: some("AWS"), ..Default::default() };
    let first = aws.ok(page.clone());
    assert_eq!((first.policies.len(), first.is_truncated), (100, true));
    let oldest: Vec<_> = first.policies[..3].iter().map(|it| it.policy_name.as_str()).collect();
    assert_eq!(oldest, ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess"]);
    let second = aws.ok(ListPoliciesRequest { marker: first.marker, ..page });
    assert!(second.policies.len() == 100 && second.is_truncated);
    let odd = ListPoliciesRequest { scope: some("Mine"), ..Default::default() };
    let words = "1 validation error detected: Value at 'scope' failed to satisfy constraint: Member \
                 must satisfy enum value set";
    assert_eq!(aws.refused(odd), refusal("ValidationError", 400, words));
}

#[test]
fn the_list_of_aws_managed_policies_is_valid() {
    let aws = infra_core::arn::Partition::Aws;
    let all: Vec<_> = managed::all(aws).collect();
    assert_eq!(all.len(), 1582);
    for policy in &all {
        assert!(policy.path.starts_with('/') && policy.path.ends_with('/'), "{policy:?}");
        assert!(policy.update_date >= policy.create_date, "{policy:?}");
        assert_eq!(policy.policy_id.len(), 21);
        assert_eq!(managed::find(&policy.arn.parse().unwrap()).as_ref(), Some(policy));
    }
    let known = |path: &str| all.iter().any(|p| p.arn == format!("arn:aws:iam::aws:policy/{path}"));
    for path in [
        "service-role/AmazonECSTaskExecutionRolePolicy",
        "AmazonECS_FullAccess",
        "AmazonEC2ContainerRegistryReadOnly",
        "CloudWatchLogsFullAccess",
        "CloudWatchAgentServerPolicy",
        "AmazonSSMReadOnlyAccess",
        "SecretsManagerReadWrite",
        "AmazonS3ReadOnlyAccess",
        "AmazonRDSFullAccess",
        "AWSXRayDaemonWriteAccess",
        "AdministratorAccess",
        "ReadOnlyAccess",
        "PowerUserAccess",
        "job-function/ViewOnlyAccess",
    ] {
        assert!(known(path), "{path}");
    }
}

/// Checks the documents of all AWS managed policies. IAM accepts these documents, so the mock must
/// accept them as well.
#[test]
fn the_checks_accept_every_aws_managed_policy() {
    let mut refused = Vec::new();
    for partition in [infra_core::arn::Partition::Aws, infra_core::arn::Partition::AwsIsoB] {
        for policy in managed::all(partition) {
            let document = managed::document(&policy.arn.parse().unwrap()).unwrap();
            if let Err(why) = check_identity_policy(partition, &document) {
                refused.push((policy.arn, why.message));
            }
        }
    }
    assert_eq!(refused, []);
    let text = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess";
    let document = managed::document(&text.parse().unwrap()).unwrap();
    assert!(document.contains("xray:PutTraceSegments"), "{document}");
}
