//! Tests for policy evaluation as described in the IAM User Guide, and for access-denied errors.

use infra_core::policy::PolicyDocument;

use super::evaluate::{self, Decision};
use super::{Context, Permissions};
use crate::mock::MockAws;
use crate::{ecr, ecs, iam, logs, sts};

fn document(statements: &str) -> PolicyDocument {
    if statements.is_empty() {
        return PolicyDocument::new([]);
    }
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    PolicyDocument::parse(&text).unwrap()
}

/// Evaluates one policy for an action on a resource.
fn decide(statements: &str, action: &str, resource: &str, context: &[(&str, &[&str])]) -> Decision {
    let mut known = Context::default();
    for (key, values) in context {
        known.set(key, values.iter().map(|value| (*value).to_owned()));
    }
    evaluate::decide(&[document(statements)], action, resource, &known)
}

/// Returns whether a statement with this condition applies in a context.
fn holds(condition: &str, context: &[(&str, &[&str])]) -> bool {
    let statement =
        format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#);
    decide(&statement, "ecs:X", "*", context) == Decision::Allowed
}

const CLUSTER: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/shop";

#[test]
fn access_is_denied_by_default_and_deny_overrides_allow() {
    let allow = r#"{"Effect":"Allow","Action":"ecs:*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"ecs:DeleteCluster","Resource":"*"}"#;
    let both = format!("{allow},{deny}");
    for (statements, action, expected) in [
        ("", "ecs:DeleteCluster", Decision::NotAllowed),
        (allow, "ecs:DeleteCluster", Decision::Allowed),
        (allow, "iam:GetRole", Decision::NotAllowed),
        (deny, "ecs:DeleteCluster", Decision::Denied),
        (&both, "ecs:DeleteCluster", Decision::Denied),
        (&both, "ecs:CreateCluster", Decision::Allowed),
    ] {
        assert_eq!(decide(statements, action, CLUSTER, &[]), expected, "{statements} {action}");
    }
}

#[test]
fn actions_are_case_insensitive_and_resources_are_not() {
    let allows = |actions: &str, resource: &str| {
        let statement = format!(r#"{{"Effect":"Allow",{actions},"Resource":"{resource}"}}"#);
        decide(&statement, "ecs:DeleteCluster", CLUSTER, &[]) == Decision::Allowed
    };
    for (actions, resource, expected) in [
        (r#""Action":"ECS:deletecluster""#, CLUSTER, true),
        (r#""Action":"ecs:Delete*""#, CLUSTER, true),
        (r#""Action":"ecs:?eleteCluster""#, CLUSTER, true),
        (r#""Action":"ecs:Delete?""#, CLUSTER, false),
        (r#""Action":["iam:*","*"]"#, CLUSTER, true),
        (r#""NotAction":"ecs:DeleteCluster""#, CLUSTER, false),
        (r#""NotAction":"ecs:Create*""#, CLUSTER, true),
        (r#""Action":"*""#, "arn:aws:ecs:us-east-1:123456789012:cluster/Shop", false),
        (r#""Action":"*""#, "arn:aws:ecs:*:*:cluster/sh?p", true),
        (r#""Action":"*""#, "arn:aws:ecs:eu-west-1:*:cluster/*", false),
        // Wildcards match colons.
        (r#""Action":"*""#, "arn:aws:ecs:*", true),
        (r#""Action":"*""#, "arn:aws:iam:*", false),
        // Missing parts of an ARN pattern act as wildcards.
        (r#""Action":"*""#, "arn:aws:ecs", true),
    ] {
        assert_eq!(allows(actions, resource), expected, "{actions} on {resource}");
    }
    let except = r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:ecs:*:*:cluster/shop"}"#;
    assert_eq!(decide(except, "ecs:X", CLUSTER, &[]), Decision::NotAllowed);
    assert_eq!(decide(except, "ecs:X", "arn:aws:ecs:a:b:cluster/x", &[]), Decision::Allowed);
}

#[test]
fn each_operator_follows_the_aws_documentation() {
    for (condition, value, expected) in [
        (r#"{"StringEquals":{"AWS:requesttag/Team":["a","b"]}}"#, "b", true),
        (r#"{"StringEquals":{"aws:RequestTag/team":"a"}}"#, "A", false),
        (r#"{"StringEquals":{"aws:RequestTag/team":"*"}}"#, "a", false),
        (r#"{"StringNotEquals":{"aws:RequestTag/team":["a","b"]}}"#, "b", false),
        (r#"{"StringNotEquals":{"aws:RequestTag/team":["a","b"]}}"#, "c", true),
        (r#"{"StringEqualsIgnoreCase":{"aws:RequestTag/team":"a"}}"#, "A", true),
        (r#"{"StringNotEqualsIgnoreCase":{"aws:RequestTag/team":"a"}}"#, "A", false),
        (r#"{"StringLike":{"aws:RequestTag/team":"plat*m"}}"#, "platform", true),
        (r#"{"StringNotLike":{"aws:RequestTag/team":"plat*"}}"#, "platform", false),
        (
            r#"{"ArnLike":{"aws:RequestTag/team":"arn:aws:iam::*:role/*"}}"#,
            "arn:aws:iam::1:role/a:b",
            true,
        ),
        // In ARN operators, wildcards match colons only in the last part.
        (
            r#"{"ArnEquals":{"aws:RequestTag/team":"arn:aws:*:role/a"}}"#,
            "arn:aws:iam::1:role/a",
            false,
        ),
        (
            r#"{"ArnNotLike":{"aws:RequestTag/team":"arn:aws:iam::*:role/*"}}"#,
            "arn:aws:iam::1:role/a",
            false,
        ),
        (r#"{"Bool":{"aws:RequestTag/team":"True"}}"#, "true", true),
        (r#"{"Bool":{"aws:RequestTag/team":false}}"#, "true", false),
        (r#"{"NumericLessThan":{"aws:RequestTag/team":"10"}}"#, "9", true),
        (r#"{"NumericGreaterThanEquals":{"aws:RequestTag/team":10}}"#, "9", false),
        (r#"{"NumericEquals":{"aws:RequestTag/team":"1"}}"#, "one", false),
        (r#"{"Null":{"aws:RequestTag/team":"true"}}"#, "a", false),
        (r#"{"Null":{"aws:RequestTag/team":"false"}}"#, "a", true),
    ] {
        assert_eq!(
            holds(condition, &[("aws:RequestTag/team", &[value])]),
            expected,
            "{condition} of {value}"
        );
    }
    // The key is absent.
    for (condition, expected) in [
        (r#"{"StringEquals":{"aws:RequestTag/team":"a"}}"#, false),
        (r#"{"StringNotEquals":{"aws:RequestTag/team":"a"}}"#, true),
        (r#"{"StringEqualsIfExists":{"aws:RequestTag/team":"a"}}"#, true),
        (r#"{"Null":{"aws:RequestTag/team":"true"}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"aws:RequestTag/team":"a"}}"#, true),
        (r#"{"ForAnyValue:StringEquals":{"aws:RequestTag/team":"a"}}"#, false),
    ] {
        assert_eq!(holds(condition, &[]), expected, "{condition}");
    }
    // All keys in a condition must match.
    let both = r#"{"StringEquals":{"a:b":"1","a:c":"2"}}"#;
    assert!(holds(both, &[("a:b", &["1"]), ("a:c", &["2"])]));
    assert!(!holds(both, &[("a:b", &["1"]), ("a:c", &["3"])]));
}

#[test]
fn set_operators_combine_values() {
    fn keys<'a>(values: &'a [&'a str]) -> [(&'static str, &'a [&'a str]); 1] {
        [("aws:TagKeys", values)]
    }
    let all = r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["Name","team"]}}"#;
    assert!(holds(all, &keys(&["Name", "team"])));
    assert!(holds(all, &keys(&["Name"])));
    assert!(!holds(all, &keys(&["Name", "cost"])));
    let any = r#"{"ForAnyValue:StringLike":{"aws:TagKeys":"te*"}}"#;
    assert!(holds(any, &keys(&["Name", "team"])));
    assert!(!holds(any, &keys(&["Name"])));
    let none = r#"{"ForAllValues:StringNotEquals":{"aws:TagKeys":"cost"}}"#;
    assert!(holds(none, &keys(&["Name"])));
    assert!(!holds(none, &keys(&["Name", "cost"])));
}

#[test]
fn variables_are_replaced_and_their_values_are_not_wildcards() {
    let own =
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:ecs:*:*:cluster/${aws:username}-*"}"#;
    let arn = |name: &str| format!("arn:aws:ecs:us-east-1:123456789012:cluster/{name}");
    let ada: &[(&str, &[&str])] = &[("aws:username", &["ada"])];
    assert_eq!(decide(own, "ecs:X", &arn("ada-shop"), ada), Decision::Allowed);
    assert_eq!(decide(own, "ecs:X", &arn("bob-shop"), ada), Decision::NotAllowed);
    assert_eq!(decide(own, "ecs:X", &arn("ada-shop"), &[]), Decision::NotAllowed);
    let star: &[(&str, &[&str])] = &[("aws:username", &["*"])];
    assert_eq!(decide(own, "ecs:X", &arn("bob-shop"), star), Decision::NotAllowed);
    let default = r#"{"StringEquals":{"a:b":"${aws:username, 'nobody'}"}}"#;
    assert!(holds(default, &[("a:b", &["nobody"])]));
    assert!(holds(r#"{"StringLike":{"a:b":"a${*}"}}"#, &[("a:b", &["a*"])]));
    assert!(!holds(r#"{"StringLike":{"a:b":"a${*}"}}"#, &[("a:b", &["ab"])]));
}

#[test]
fn invalid_identity_policies_and_unimplemented_operators_are_rejected() {
    for (statement, expected) in [
        (
            r#"{"Effect":"Allow","Action":"*","Principal":"*","Resource":"*"}"#,
            "statement 1 of the policy has a principal, which is allowed only in resource-based policies",
        ),
        (r#"{"Effect":"Allow","Action":"*"}"#, "statement 1 of the policy has no resource"),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}}"#,
            "statement 1 of the policy uses the condition operator DateLessThan, which the mock does not implement",
        ),
    ] {
        let refused = Permissions::of([document(statement)]).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
}

fn mock(statements: &str) -> MockAws {
    MockAws::new().with_policies([document(statements)]).unwrap()
}

#[test]
fn each_service_has_its_own_access_denied_error() {
    let mock = mock("");
    let who = "User: arn:aws:iam::123456789012:user/mock is not authorized to perform:";
    let refusal = mock.call(iam::GetRoleRequest { role_name: Some("app".to_owned()) }).unwrap_err();
    assert_eq!((refusal.code.as_ref(), refusal.status), ("AccessDenied", 403));
    assert_eq!(
        refusal.message,
        format!(
            "{who} iam:GetRole on resource: role app because no identity-based policy allows the iam:GetRole action"
        )
    );
    let refusal =
        mock.call(ecs::DeleteClusterRequest { cluster: Some("shop".to_owned()) }).unwrap_err();
    assert_eq!((refusal.code.as_ref(), refusal.status), ("AccessDeniedException", 400));
    assert_eq!(
        refusal.message,
        format!(
            "{who} ecs:DeleteCluster on resource: {CLUSTER} because no identity-based policy allows the ecs:DeleteCluster action"
        )
    );
    let refusal = mock.call(ecr::GetAuthorizationTokenRequest::default()).unwrap_err();
    assert_eq!((refusal.code.as_ref(), refusal.status), ("AccessDeniedException", 400));
    let name = Some("/app".to_owned());
    let refusal = mock.call(logs::DeleteLogGroupRequest { log_group_name: name }).unwrap_err();
    assert_eq!((refusal.code.as_ref(), refusal.status), ("AccessDeniedException", 400));
    assert!(refusal.message.contains(":log-group:/app:log-stream: because no"), "{refusal}");
    let refused: Vec<_> = mock.journal().into_iter().map(|entry| entry.refused).collect();
    assert_eq!(refused.len(), 4);
    assert!(
        refused
            .iter()
            .all(|code| code.as_deref().is_some_and(|code| code.starts_with("AccessDenied")))
    );
}

#[test]
fn explicit_deny_is_named_in_the_error() {
    let mock = mock(r#"{"Effect":"Deny","Action":"ecs:*","Resource":"*"}"#);
    let refusal = mock.call(ecs::ListClustersRequest::default()).unwrap_err();
    let end = "ecs:ListClusters on resource: * with an explicit deny in an identity-based policy";
    assert!(refusal.message.ends_with(end), "{refusal}");
}

#[test]
fn get_caller_identity_is_allowed_even_if_denied() {
    let mock = mock(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#);
    assert!(mock.call(sts::GetCallerIdentityRequest {}).is_ok());
}

#[test]
fn denied_call_changes_nothing() {
    let mock = mock(r#"{"Effect":"Allow","Action":"ecs:CreateCluster","Resource":"*"}"#);
    let before = mock.world();
    let request = ecs::CreateClusterRequest {
        cluster_name: Some("shop".to_owned()),
        tags: Some(vec![ecs::Tag::new("Name", "shop")]),
        ..Default::default()
    };
    let refusal = mock.call(request.clone()).unwrap_err();
    assert!(
        refusal.message.contains("perform: ecs:TagResource on resource: arn:aws:ecs"),
        "{refusal}"
    );
    assert_eq!(mock.world(), before);
    // Without tags, the call does not require `ecs:TagResource`. It still fails, because the caller
    // is not allowed to create the service-linked role.
    let refusal = mock.call(ecs::CreateClusterRequest { tags: None, ..request }).unwrap_err();
    assert_eq!(refusal.code, "InvalidParameterException");
    assert!(refusal.message.starts_with("Unable to assume the service linked role."), "{refusal}");
    assert_eq!(mock.world(), before);
}

#[test]
fn log_group_creation_with_tags_has_its_own_error() {
    let mock = mock(r#"{"Effect":"Allow","Action":"logs:CreateLogGroup","Resource":"*"}"#);
    let request = logs::CreateLogGroupRequest {
        log_group_name: Some("/app".to_owned()),
        tags: Some([("Name".to_owned(), "app".to_owned())].into()),
        ..Default::default()
    };
    let refusal = mock.call(request).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "AccessDeniedException: User with accountId: 123456789012 is not authorized to perform CreateLogGroup \
         with Tags. An additional permission \"logs:TagResource\" is required."
    );
}

#[test]
fn conditions_can_use_request_and_resource_tags() {
    let all = MockAws::new();
    for (name, team) in [("ours", "red"), ("theirs", "blue")] {
        all.call(ecs::CreateClusterRequest {
            cluster_name: Some(name.to_owned()),
            tags: Some(vec![ecs::Tag::new("team", team)]),
            ..Default::default()
        })
        .unwrap();
    }
    let policy = document(
        r#"{"Effect":"Allow","Action":"ecs:DeleteCluster","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}},
           {"Effect":"Allow","Action":"ecs:TagResource","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"cost"}}}"#,
    );
    let red = all.with_policies([policy]).unwrap();
    let delete =
        |name: &str| red.call(ecs::DeleteClusterRequest { cluster: Some(name.to_owned()) });
    assert_eq!(delete("theirs").unwrap_err().code, "AccessDeniedException");
    let tag = |key: &str| {
        red.call(ecs::TagResourceRequest {
            resource_arn: Some("arn:aws:ecs:us-east-1:123456789012:cluster/ours".to_owned()),
            tags: Some(vec![ecs::Tag::new(key, "1")]),
        })
    };
    assert_eq!(tag("team").unwrap_err().code, "AccessDeniedException");
    assert!(tag("cost").is_ok());
    assert!(delete("ours").is_ok());
}

#[test]
fn service_linked_role_creation_can_be_limited_to_a_service() {
    let policy = r#"{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Condition":{"StringLike":{"iam:AWSServiceName":"ecs.amazonaws.com"}},
        "Resource":"arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"}"#;
    let mock = mock(policy);
    let make = |service: &str| {
        let aws_service_name = Some(service.to_owned());
        mock.call(iam::CreateServiceLinkedRoleRequest { aws_service_name, ..Default::default() })
    };
    assert_eq!(make("elasticloadbalancing.amazonaws.com").unwrap_err().code, "AccessDenied");
    assert!(make("ecs.amazonaws.com").is_ok());
}
