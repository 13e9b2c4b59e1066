//! Tests for attached and embedded policies of roles.

use super::{ALLOW, EXECUTION, Fixture, decoded, no_role, refusal, some};
use crate::iam::{
    AttachRolePolicyRequest, DeleteRolePolicyRequest, DetachRolePolicyRequest,
    GetRolePolicyRequest, ListAttachedRolePoliciesRequest, ListRolePoliciesRequest,
    PutRolePolicyRequest,
};

fn attach(role: &str, arn: &str) -> AttachRolePolicyRequest {
    AttachRolePolicyRequest { role_name: some(role), policy_arn: some(arn) }
}

fn detach(role: &str, arn: &str) -> DetachRolePolicyRequest {
    DetachRolePolicyRequest { role_name: some(role), policy_arn: some(arn) }
}

fn put(role: &str, policy: &str, document: &str) -> PutRolePolicyRequest {
    PutRolePolicyRequest {
        role_name: some(role),
        policy_name: some(policy),
        policy_document: some(document),
    }
}

/// Returns a policy document with the given number of characters, not counting white space.
fn document(size: usize) -> String {
    let empty = ALLOW.replace('*', "arn:aws:s3:::");
    empty.replace("s3:::", &format!("s3:::{}", "x".repeat(size - empty.len())))
}

fn list(role: &str) -> ListAttachedRolePoliciesRequest {
    ListAttachedRolePoliciesRequest { role_name: some(role), ..Default::default() }
}

#[test]
fn managed_policies_are_attached_listed_and_detached() {
    let mut aws = Fixture::new();
    aws.role("app");
    let own = aws.policy("own");
    aws.ok(attach("app", EXECUTION));
    aws.ok(attach("app", &own));
    aws.ok(attach("app", &own));
    let page = aws.ok(list("app"));
    let names: Vec<_> = page.attached_policies.iter().map(|p| p.policy_name.as_str()).collect();
    assert_eq!(names, ["AmazonECSTaskExecutionRolePolicy", "own"]);

    let services =
        ListAttachedRolePoliciesRequest { path_prefix: some("/service-role/"), ..list("app") };
    let services = aws.ok(services).attached_policies;
    assert_eq!(services.len(), 1);
    assert_eq!(services[0].policy_arn, EXECUTION);

    let first = ListAttachedRolePoliciesRequest { max_items: Some(1), ..list("app") };
    let first = aws.ok(first);
    assert!(first.is_truncated);
    let rest = ListAttachedRolePoliciesRequest { marker: first.marker, ..list("app") };
    assert_eq!(aws.ok(rest).attached_policies.len(), 1);

    aws.ok(detach("app", EXECUTION));
    let words = format!("Policy {EXECUTION} was not found.");
    assert_eq!(aws.refused(detach("app", EXECUTION)), refusal("NoSuchEntity", 404, words));
    assert_eq!(aws.ok(list("app")).attached_policies.len(), 1);
}

#[test]
fn only_existing_policies_can_be_attached() {
    let mut aws = Fixture::new();
    aws.role("app");
    for ghost in [
        "arn:aws:iam::aws:policy/Foo",
        // The policy's name is right, but its path is missing:
        // https://github.com/aws/aws-cdk/issues/19830
        "arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy",
        "arn:aws:iam::123456789012:policy/nonexistent-policy",
        "arn:aws:iam::210987654321:policy/somewhere-else",
    ] {
        let words = format!("Policy {ghost} does not exist or is not attachable.");
        assert_eq!(aws.refused(attach("app", ghost)), refusal("NoSuchEntity", 404, words));
    }
    let linked = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
    let words = "Cannot attach a Service Role Policy to a Customer Role.";
    assert_eq!(aws.refused(attach("app", linked)), refusal("PolicyNotAttachable", 400, words));
}

#[test]
fn invalid_policy_arns_are_rejected() {
    let mut aws = Fixture::new();
    aws.role("app");
    let not_valid = |code, arn| refusal(code, 400, format!("ARN {arn} is not valid."));
    let text = "longpolicynamebutnoarn";
    assert_eq!(aws.refused(attach("app", text)), not_valid("ValidationError", text));
    assert_eq!(aws.refused(detach("app", text)), not_valid("ValidationError", text));
    for arn in [
        "arn:aws:iam::123456789012:role/app",
        "arn:aws:s3::aws:policy/AdministratorAccess",
        "arn:aws:iam:us-east-1:aws:policy/AdministratorAccess",
    ] {
        assert_eq!(aws.refused(attach("app", arn)), not_valid("InvalidInput", arn));
    }
    for arn in ["arn:aws-cn:iam::aws:policy/AdministratorAccess", "arn:mars:iam::aws:policy/x"] {
        let partition = refusal("ValidationError", 400, "Invalid ARN partition");
        assert_eq!(aws.refused(attach("app", arn)), partition);
        assert_eq!(aws.refused(detach("app", arn)), partition);
    }
    let words = "1 validation error detected: Value at 'policyArn' failed to satisfy constraint: \
                 Member must have length greater than or equal to 20";
    assert_eq!(aws.refused(attach("app", "short")), refusal("ValidationError", 400, words));
}

#[test]
fn a_role_can_have_ten_managed_policies() {
    let mut aws = Fixture::new();
    aws.role("app");
    for i in 0..10 {
        let arn = aws.policy(&format!("policy{i}"));
        aws.ok(attach("app", &arn));
    }
    let words = "Cannot exceed quota for PoliciesPerRole: 10";
    assert_eq!(aws.refused(attach("app", EXECUTION)), refusal("LimitExceeded", 409, words));
    aws.ok(attach("app", "arn:aws:iam::123456789012:policy/policy0"));
}

#[test]
fn embedded_policies_are_put_read_replaced_and_deleted() {
    let mut aws = Fixture::new();
    aws.role("app");
    aws.ok(put("app", "b", ALLOW));
    aws.ok(put("app", "a", ALLOW));
    let other = ALLOW.replace("Put", "Get");
    aws.ok(put("APP", "a", &other));
    let get = GetRolePolicyRequest { role_name: some("app"), policy_name: some("a") };
    let shown = aws.ok(get.clone());
    assert_eq!((shown.role_name.as_str(), shown.policy_name.as_str()), ("app", "a"));
    assert_eq!(decoded(&shown.policy_document), other);
    assert!(!shown.policy_document.contains(['"', '{', '*', ':']));

    let list = ListRolePoliciesRequest { role_name: some("app"), ..Default::default() };
    assert_eq!(aws.ok(list.clone()).policy_names, ["a", "b"]);
    let first = aws.ok(ListRolePoliciesRequest { max_items: Some(1), ..list.clone() });
    let second = aws.ok(ListRolePoliciesRequest { marker: first.marker, ..list });
    assert_eq!((first.policy_names, second.policy_names), (vec!["a".into()], vec!["b".into()]));

    let delete = DeleteRolePolicyRequest { role_name: some("app"), policy_name: some("a") };
    aws.ok(delete.clone());
    let words = "The role policy with name a cannot be found.";
    assert_eq!(aws.refused(get), refusal("NoSuchEntity", 404, words));
    assert_eq!(aws.refused(delete), refusal("NoSuchEntity", 404, words));
}

#[test]
fn the_embedded_policies_of_a_role_share_a_quota() {
    let mut aws = Fixture::new();
    aws.role("app");
    aws.ok(put("app", "a", &document(10_000)));
    aws.ok(put("app", "b", &document(240)));
    let exceeded =
        refusal("LimitExceeded", 409, "Maximum policy size of 10240 bytes exceeded for role app");
    assert_eq!(aws.refused(put("app", "b", &document(241))), exceeded);
    assert_eq!(aws.refused(put("app", "c", ALLOW)), exceeded);
    // Neither white space nor the policy that is being replaced counts toward the limit.
    aws.ok(put("app", "b", &document(240).replace(',', " ,\n\t")));
    aws.ok(put("app", "a", &document(9_999)));
}

#[test]
fn errors_name_the_missing_role() {
    let mut aws = Fixture::new();
    let (role_name, policy_name) = (some("ghost"), some("a"));
    let ghost = no_role("ghost");
    assert_eq!(aws.refused(attach("ghost", EXECUTION)), ghost);
    assert_eq!(aws.refused(detach("ghost", EXECUTION)), ghost);
    assert_eq!(aws.refused(list("ghost")), ghost);
    assert_eq!(aws.refused(put("ghost", "a", ALLOW)), ghost);
    let get =
        GetRolePolicyRequest { role_name: role_name.clone(), policy_name: policy_name.clone() };
    assert_eq!(aws.refused(get), ghost);
    let delete = DeleteRolePolicyRequest { role_name: role_name.clone(), policy_name };
    assert_eq!(aws.refused(delete), ghost);
    let list = ListRolePoliciesRequest { role_name, ..Default::default() };
    assert_eq!(aws.refused(list), ghost);
}

#[test]
fn a_policy_is_checked_before_it_is_embedded() {
    let mut aws = Fixture::new();
    aws.role("app");
    let words = "Syntax errors in policy.";
    assert_eq!(aws.refused(put("app", "a", "{}")), refusal("MalformedPolicyDocument", 400, words));
    let long = "p".repeat(129);
    let words = "1 validation error detected: Value at 'policyName' failed to satisfy constraint: \
                 Member must have length less than or equal to 128";
    assert_eq!(aws.refused(put("app", &long, ALLOW)), refusal("ValidationError", 400, words));
}
