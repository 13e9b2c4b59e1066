//! Tests for AWS's response to every kind of malformed request.

use super::{DATE, answer, authorization, ecs, header, iam, json, query};
use crate::mock::MockAws;
use crate::wire::{Request, Response};

#[track_caller]
fn assert_json(response: &Response, status: u16, body: &str) {
    assert_eq!((response.status, response.body.as_str()), (status, body));
    assert_eq!(header(response, "content-type"), Some("application/x-amz-json-1.1"));
    assert!(header(response, "x-amzn-requestid").is_some());
}

#[track_caller]
fn assert_query(response: &Response, status: u16, code: &str, message: Option<&str>) {
    let said = |name: &str| {
        let (_, rest) = response.body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
    };
    assert!(response.body.starts_with("<ErrorResponse xmlns=\"http"), "{}", response.body);
    let found = (response.status, said("Code"), said("Message"));
    assert_eq!(found, (status, Some(code), message));
    assert_eq!(said("Type"), Some(if status < 500 { "Sender" } else { "Receiver" }));
    assert_eq!(said("RequestId"), header(response, "x-amzn-requestid"));
    assert_eq!(header(response, "content-type"), Some("text/xml"));
}

#[test]
fn an_operation_that_the_mock_or_aws_does_not_have_is_refused_and_recorded() {
    let mock = MockAws::new();
    let unknown = r#"{"__type":"UnknownOperationException"}"#;
    assert_json(
        &ecs(&mock, "DiscoverPollEndpoint", "{}"),
        501,
        r#"{"__type":"NotImplemented","message":"infra-mock does not implement ecs:DiscoverPollEndpoint"}"#,
    );
    assert_query(
        &iam(&mock, "ListOrganizationsFeatures", ""),
        501,
        "NotImplemented",
        Some("infra-mock does not implement iam:ListOrganizationsFeatures"),
    );
    assert_json(&ecs(&mock, "CreateMoon", "{}"), 400, unknown);
    assert_json(
        &json(&mock, "sqs", "AmazonSQS.SendMessage", "{}"),
        501,
        r#"{"__type":"NotImplemented","message":"infra-mock does not implement sqs:SendMessage"}"#,
    );
    assert_query(
        &query(&mock, "ec2", "Action=DescribeRegions&Version=2016-11-15"),
        501,
        "NotImplemented",
        Some("infra-mock does not implement ec2:DescribeRegions"),
    );
    assert_query(
        &iam(&mock, "ListMoons", ""),
        400,
        "InvalidAction",
        Some("Could not find operation ListMoons for version 2010-05-08"),
    );
    assert_query(
        &query(&mock, "iam", "Action=GetUser"),
        400,
        "InvalidAction",
        Some("Could not find operation GetUser for version NO_VERSION_SPECIFIED"),
    );
    let record: Vec<_> = mock
        .journal()
        .into_iter()
        .map(|entry| {
            (entry.service.into_owned(), entry.operation.into_owned(), entry.refused.unwrap())
        })
        .collect();
    let record: Vec<_> =
        record.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    assert_eq!(
        record,
        [
            ("ecs", "DiscoverPollEndpoint", "NotImplemented"),
            ("iam", "ListOrganizationsFeatures", "NotImplemented"),
            ("ecs", "CreateMoon", "UnknownOperationException"),
            ("sqs", "SendMessage", "NotImplemented"),
            ("ec2", "DescribeRegions", "NotImplemented"),
            ("iam", "ListMoons", "InvalidAction"),
            ("iam", "GetUser", "InvalidAction"),
        ]
    );
}

#[test]
fn requests_of_other_protocols_are_recorded_by_service_and_path() {
    let mock = MockAws::new();
    let signed = |service: &str| authorization("mock", "us-east-1", service);
    let send = |method, target, headers: &[(&str, &str)]| {
        mock.answer(&Request { method, target, headers: headers.to_vec(), body: b"" })
    };
    let s3 = send("GET", "/bucket?list-type=2", &[("authorization", &signed("s3"))]);
    let message = Some("infra-mock does not implement s3:GET /bucket");
    assert_query(&s3, 501, "NotImplemented", message);
    let lambda = [("authorization", &*signed("lambda")), ("content-type", "application/json")];
    let expected = r#"{"__type":"NotImplemented","message":"infra-mock does not implement lambda:POST /2015-03-31/functions"}"#;
    assert_json(&send("POST", "/2015-03-31/functions", &lambda), 501, expected);
    let cbor = [("authorization", &*signed("monitoring")), ("content-type", "application/cbor")];
    let path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
    let message = Some("infra-mock does not implement monitoring:PutMetricData");
    assert_query(&send("POST", path, &cbor), 501, "NotImplemented", message);
    let presigned = "/key?X-Amz-Credential=a%2F20260101%2Fus-east-1%2Fs3%2Faws4_request";
    assert_eq!(send("PUT", presigned, &[]).status, 501);
    assert_eq!(send("PUT", "/key", &[]).status, 403);
    assert_eq!(send("DELETE", "/", &[("authorization", &signed("iam"))]).status, 403);
    let calls: Vec<_> = mock
        .journal()
        .into_iter()
        .map(|entry| format!("{}:{} {}", entry.service, entry.operation, entry.refused.unwrap()))
        .collect();
    assert_eq!(
        calls,
        [
            "s3:GET /bucket NotImplemented",
            "lambda:POST /2015-03-31/functions NotImplemented",
            "monitoring:PutMetricData NotImplemented",
            "s3:PUT /key NotImplemented",
            "unknown:PUT /key AccessDeniedException",
            "iam:DELETE / AccessDeniedException",
        ]
    );
}

#[test]
#[should_panic(expected = "infra-mock does not implement ecs:DiscoverPollEndpoint")]
fn an_operation_that_the_mock_does_not_have_panics_on_request() {
    ecs(&MockAws::builder().panic_if_not_implemented().build(), "DiscoverPollEndpoint", "{}");
}

#[test]
fn a_query_without_an_action_is_refused() {
    let message = Some("The request is missing an action or a required parameter.");
    assert_query(&query(&MockAws::new(), "iam", ""), 400, "MissingAction", message);
}

#[test]
fn a_body_that_is_no_json_object_is_refused() {
    let mock = MockAws::new();
    for body in ["", "{", "[]", "7", "null", "{\"a\": }", "\u{0}", &"[".repeat(100_000)] {
        let response = ecs(&mock, "ListClusters", body);
        assert_json(&response, 400, r#"{"__type":"SerializationException"}"#);
    }
    assert_eq!(mock.journal()[0].refused.as_deref(), Some("SerializationException"));
}

#[test]
fn members_of_another_type_are_refused_in_aws_s_words() {
    let mock = MockAws::new();
    let cases = [
        (
            "ListClusters",
            r#"{"maxResults":"3"}"#,
            "STRING_VALUE can not be converted to an Integer",
        ),
        ("ListClusters", r#"{"maxResults":true}"#, "TRUE_VALUE can not be converted to an Integer"),
        ("ListClusters", r#"{"nextToken":3}"#, "NUMBER_VALUE can not be converted to a String"),
        ("ListClusters", r#"{"nextToken":false}"#, "FALSE_VALUE can not be converted to a String"),
        ("ListClusters", r#"{"nextToken":[]}"#, "Start of list found where not expected"),
        (
            "ListClusters",
            r#"{"nextToken":{}}"#,
            "Start of structure or map found where not expected.",
        ),
        ("DescribeClusters", r#"{"clusters":"a"}"#, "Expected list or null"),
        (
            "DescribeClusters",
            r#"{"clusters":{}}"#,
            "Start of structure or map found where not expected.",
        ),
        ("CreateCluster", r#"{"tags":["a"]}"#, "Expected null"),
        ("CreateCluster", r#"{"configuration":[]}"#, "Start of list found where not expected"),
        (
            "ListAccountSettings",
            r#"{"effectiveSettings":"perhaps"}"#,
            "STRING_VALUE can not be converted to a Boolean",
        ),
    ];
    for (operation, body, words) in cases {
        let expected = format!(r#"{{"__type":"SerializationException","Message":"{words}"}}"#);
        assert_json(&ecs(&mock, operation, body), 400, &expected);
    }
    let bare = r#"{"__type":"SerializationException"}"#;
    assert_json(&ecs(&mock, "ListClusters", r#"{"maxResults":99999999999}"#), 400, bare);
    let target = "Logs_20140328.CreateLogGroup";
    let response = json(&mock, "logs", target, r#"{"logGroupName":"a","tags":"b"}"#);
    let words = r#"{"__type":"SerializationException","Message":"Expected map or null"}"#;
    assert_json(&response, 400, words);
}

#[test]
fn parameters_of_another_type_are_refused_in_query_as_well() {
    let mock = MockAws::new();
    let malformed = |operation, rest, words| {
        assert_query(&iam(&mock, operation, rest), 400, "MalformedInput", words);
    };
    malformed("ListRoles", "&MaxItems=many", None);
    malformed("ListRoles", "&MaxItems.member.1=1", Some("Start of list found where not expected"));
    malformed("ListRoles", "&Marker=a&Marker.b=c", Some("Start of list found where not expected"));
    let no_list = Some("Top level element may not be treated as a list");
    malformed("TagRole", "&RoleName=a&Tags.1.Key=k", no_list);
    malformed("TagRole", "&RoleName=a&Tags.member.x.Key=k", None);
    malformed("TagRole", "&RoleName=a&Tags=k", Some("Expected list or null"));
    malformed("TagRole", "&RoleName=a&Tags.member.1=k", Some("Expected null"));
    let response = iam(&mock, "GetRole", "&RoleName=%FF");
    let message = Some("The query string contains a syntax error.");
    assert_query(&response, 404, "MalformedQueryString", message);
}

#[test]
fn an_unknown_member_is_nothing_to_aws() {
    let response =
        ecs(&MockAws::new(), "ListClusters", r#"{"a":{"b":[1,"c",null]},"nextToken":null}"#);
    assert_eq!(response.status, 200);
}

#[test]
fn a_request_that_is_not_for_any_service_gets_the_front_end_s_answer() {
    let mock = MockAws::new();
    let nameless = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
                    authorized</Message>\n</AccessDeniedException>\n";
    let foreign = "<UnknownOperationException/>\n";
    let target = ("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListClusters");
    let plain = ("content-type", "text/plain");
    let cases = [
        ("GET", vec![target], 403, nameless),
        ("PUT", vec![], 403, nameless),
        ("POST", vec![target], 404, foreign),
        ("POST", vec![target, ("content-type", "application/json")], 404, foreign),
        ("POST", vec![plain], 404, foreign),
        ("POST", vec![("x-amz-target", ""), plain], 403, nameless),
    ];
    for (method, headers, status, body) in cases {
        let response = mock.answer(&Request { method, target: "/", headers, body: b"{}" });
        assert_eq!((response.status, response.body.as_str()), (status, body), "{method}");
        assert_eq!(header(&response, "content-type"), Some("text/xml"));
    }
}

fn with_authorization(
    mock: &MockAws,
    authorization: Option<&str>,
    date: Option<&str>,
) -> [Response; 2] {
    let common = [
        authorization.map(|value| ("authorization", value)),
        date.map(|value| ("x-amz-date", value)),
    ];
    let mut json = vec![
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListClusters"),
    ];
    let mut query = vec![("content-type", "application/x-www-form-urlencoded")];
    json.extend(common.iter().flatten());
    query.extend(common.iter().flatten());
    [answer(mock, &json, "{}"), answer(mock, &query, "Action=GetUser&Version=2010-05-08")]
}

#[test]
fn a_request_without_a_signature_is_refused() {
    let mock = MockAws::new();
    let [json, query] = with_authorization(&mock, None, Some(DATE));
    let body = r#"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#;
    assert_json(&json, 400, body);
    let message = Some("Request is missing Authentication Token");
    assert_query(&query, 403, "MissingAuthenticationToken", message);
    let codes: Vec<_> = mock.journal().into_iter().filter_map(|entry| entry.refused).collect();
    assert_eq!(codes, ["MissingAuthenticationTokenException", "MissingAuthenticationToken"]);
}

#[test]
fn an_incomplete_signature_is_refused() {
    let needs = "Authorization header requires 'Credential' parameter. Authorization header requires \
                 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.";
    let whole = authorization("mock", "us-east-1", "ecs");
    let cases = [
        ("Basic YTpi=", Some(DATE), format!("{needs} Authorization=Basic YTpi=")),
        ("token", Some(DATE), format!("{needs} Authorization=token")),
        (
            "Bearer token",
            Some(DATE),
            "'token' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer \
             token'."
                .to_owned(),
        ),
        (
            &whole,
            None,
            format!(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
                 Authorization={whole}"
            ),
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0",
            Some(DATE),
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got 'a/b/c/d'"
                .to_owned(),
        ),
    ];
    for (header, date, message) in cases {
        let [json, query] = with_authorization(&MockAws::new(), Some(header), date);
        let body = format!(r#"{{"__type":"IncompleteSignatureException","message":"{message}"}}"#);
        assert_json(&json, 400, &body);
        assert_query(&query, 400, "IncompleteSignature", Some(&message));
    }
}

#[test]
fn a_signature_for_something_else_is_refused() {
    let scoped = |scope: &str| {
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
    };
    let cases = [
        (
            "k/20260101/us-east-1/s3/aws4_request",
            "Credential should be scoped to correct service: 'SERVICE'. ",
        ),
        (
            "k/20260101/nowhere/SERVICE/aws4_request",
            "Credential should be scoped to a valid region, not 'nowhere'. ",
        ),
        (
            "k/20260101/us-east-1/SERVICE/aws3_request",
            "Credential should be scoped with a valid terminator: 'aws4_request'",
        ),
        (
            "k/20251231/us-east-1/SERVICE/aws4_request",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '20251231' != '20260101', from '20260101T000000Z'.",
        ),
    ];
    for (scope, message) in cases {
        let mock = MockAws::new();
        let header = scoped(&scope.replace("SERVICE", "ecs"));
        let [json, _] = with_authorization(&mock, Some(&header), Some(DATE));
        let message_there = message.replace("SERVICE", "ecs");
        let body =
            format!(r#"{{"__type":"InvalidSignatureException","message":"{message_there}"}}"#);
        assert_json(&json, 400, &body);
        let header = scoped(&scope.replace("SERVICE", "iam"));
        let [_, query] = with_authorization(&mock, Some(&header), Some(DATE));
        let message_there = message.replace("SERVICE", "iam");
        assert_query(&query, 403, "SignatureDoesNotMatch", Some(&message_there));
    }
}

#[test]
fn a_presigned_url_needs_all_of_its_parts_and_no_header() {
    let mock = MockAws::new();
    let target = "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                  &X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0";
    let request = Request { method: "GET", target, ..Request::default() };
    let message = "AWS query-string parameters must include 'X-Amz-Credential'. Re-examine the \
                   query-string parameters.";
    assert_query(&mock.answer(&request), 400, "IncompleteSignature", Some(message));
    let request = Request { headers: vec![("authorization", "x")], ..request };
    let message =
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
    assert_query(&mock.answer(&request), 403, "SignatureDoesNotMatch", Some(message));
}

#[test]
fn a_service_s_own_refusals_keep_code_status_and_words() {
    let mock = MockAws::new();
    let body = r#"{"__type":"ClusterNotFoundException","message":"Cluster not found."}"#;
    assert_json(&ecs(&mock, "DeleteCluster", r#"{"cluster":"none"}"#), 400, body);
    let message = Some("The role with name none cannot be found.");
    assert_query(&iam(&mock, "GetRole", "&RoleName=none"), 404, "NoSuchEntity", message);
}
