//! Whatever comes in, an answer of AWS's goes out.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::{DATE, authorization, header};
use crate::api::Service;
use crate::mock::MockAws;
use crate::wire::{Request, Response, table};

/// Whether an answer is one that clients of AWS can read.
fn assert_readable(response: &Response) -> Result<(), TestCaseError> {
    prop_assert_eq!(header(response, "x-amzn-requestid").map(str::len), Some(36));
    prop_assert!((200..600).contains(&response.status));
    match header(response, "content-type") {
        Some("application/x-amz-json-1.1") => {
            let body: Value = if response.body.is_empty() && response.status == 200 {
                Value::Null
            } else {
                serde_json::from_str(&response.body)
                    .map_err(|error| TestCaseError::fail(error.to_string()))?
            };
            let code =
                body.get("__type").and_then(Value::as_str).is_some_and(|code| !code.is_empty());
            prop_assert_eq!(code, response.status != 200, "{:?}", response);
        }
        Some("text/xml") => {
            let is_error = response.status != 200;
            let kind = if is_error { "Error" } else { "Response xmlns=" };
            let is_bare = response.body.starts_with("<AccessDeniedException>")
                || response.body == "<UnknownOperationException/>\n";
            prop_assert!(response.body.contains(kind) || is_bare, "{:?}", response);
            prop_assert!(response.body.chars().all(is_xml_char), "{:?}", response);
        }
        other => return Err(TestCaseError::fail(format!("content type {other:?}"))),
    }
    Ok(())
}

/// <https://www.w3.org/TR/xml/#charsets>
fn is_xml_char(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn operation(service: Service) -> impl Strategy<Value = &'static str> {
    let names: Vec<&str> = table::of_service(service).iter().map(|entry| entry.id.name).collect();
    proptest::sample::select(names)
}

fn json_target() -> impl Strategy<Value = String> {
    prop_oneof![
        operation(Service::Ecs)
            .prop_map(|name| format!("AmazonEC2ContainerServiceV20141113.{name}")),
        operation(Service::Ecr)
            .prop_map(|name| format!("AmazonEC2ContainerRegistry_V20150921.{name}")),
        operation(Service::Logs).prop_map(|name| format!("Logs_20140328.{name}")),
        "[A-Za-z_0-9.]{0,40}",
    ]
}

/// JSON with the members that requests have, of whatever types.
fn json_body() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        proptest::sample::select(vec![
            "cluster",
            "clusterName",
            "clusters",
            "tags",
            "key",
            "value",
            "settings",
            "name",
            "resourceArn",
            "tagKeys",
            "maxResults",
            "nextToken",
            "repositoryName",
            "policyText",
            "imageIds",
            "imageManifest",
            "logGroupName",
            "retentionInDays",
            "logEvents",
            "timestamp",
            "message",
            "logStreamName",
            "capacityProviders",
            "defaultCapacityProviderStrategy",
            "base",
            "weight",
            "capacityProvider",
            "encryptionConfiguration",
            "lifecyclePolicyText",
            "limit",
            "startTime",
            "kmsKeyId",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[a-z/:*{}\"-]{0,20}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name.clone(), inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    });
    prop_oneof![
        8 => value.prop_map(|value| value.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..200),
    ]
}

fn form_body() -> impl Strategy<Value = Vec<u8>> {
    let name = "(RoleName|PolicyName|PolicyArn|Path|Tags|TagKeys|MaxItems|Marker|PolicyDocument|Description\
                |AssumeRolePolicyDocument|MaxSessionDuration|Scope|[a-z%&=.]{0,5})(\\.member|\\.[0-9]{1,3}\
                |\\.Key|\\.Value|\\.){0,4}";
    let pairs = vec((name, "[ -~]{0,30}|%[0-9A-F]{2}"), 0..6).prop_map(|pairs| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("&{name}={value}")).collect();
        pairs.concat().into_bytes()
    });
    prop_oneof![8 => pairs, 1 => vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_and_headers_of_any_kind_are_answered(
        method in "GET|POST|PUT|[A-Z]{0,5}",
        target in "/?\\PC{0,60}",
        content_type in "application/x-amz-json-1.1|application/x-www-form-urlencoded|\\PC{0,20}",
        amz_target in proptest::option::of("\\PC{0,40}"),
        authorization in proptest::option::of("(AWS4-HMAC-SHA256 )?(Credential=)?[\\PC/,= ]{0,60}"),
        body in vec(any::<u8>(), 0..400),
    ) {
        let mut headers = vec![("content-type", content_type.as_str()), ("x-amz-date", DATE)];
        headers.extend(amz_target.as_deref().map(|value| ("x-amz-target", value)));
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        let request = Request { method: &method, target: &target, headers, body: &body };
        assert_readable(&MockAws::new().answer(&request))?;
    }

    #[test]
    fn signed_json_of_any_kind_is_answered(calls in vec((json_target(), json_body()), 1..6)) {
        let mock = MockAws::new();
        for (target, body) in &calls {
            let service = match target.split('_').next() {
                Some("Logs") => "logs",
                Some("AmazonEC2ContainerRegistry") => "ecr",
                _ => "ecs",
            };
            let authorization = authorization("mock", "us-east-1", service);
            let headers = vec![
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", target.as_str()),
                ("x-amz-date", DATE),
                ("authorization", authorization.as_str()),
            ];
            assert_readable(&mock.answer(&Request { method: "POST", target: "/", headers, body }))?;
        }
    }

    #[test]
    fn signed_forms_of_any_kind_are_answered(calls in vec((operation(Service::Iam), form_body()), 1..6)) {
        let mock = MockAws::new();
        for (name, rest) in &calls {
            let authorization = authorization("mock", "us-east-1", "iam");
            let headers = vec![
                ("content-type", "application/x-www-form-urlencoded"),
                ("x-amz-date", DATE),
                ("authorization", authorization.as_str()),
            ];
            let mut body = format!("Action={name}&Version=2010-05-08").into_bytes();
            body.extend(rest);
            assert_readable(&mock.answer(&Request { method: "POST", target: "/", headers, body: &body }))?;
        }
    }
}
