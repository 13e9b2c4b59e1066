//! Tests that requests are routed to the right operation, account and region.

use super::{DATE, answer, authorization, ecs, header, iam, json, query};
use crate::api::Service;
use crate::mock::MockAws;
use crate::wire::Request;
use crate::wire::table;

#[test]
fn a_json_request_is_answered_in_json() {
    let response = ecs(&MockAws::new(), "ListClusters", "{}");
    assert_eq!((response.status, response.body.as_str()), (200, r#"{"clusterArns":[]}"#));
    assert_eq!(header(&response, "content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(header(&response, "x-amzn-requestid").map(str::len), Some(36));
}

#[test]
fn a_query_request_is_answered_in_xml_with_its_request_id() {
    let mock = MockAws::new();
    let response = query(&mock, "sts", "Action=GetCallerIdentity&Version=2011-06-15&Unheard=of");
    let request_id = header(&response, "x-amzn-requestid").unwrap();
    assert_eq!(
        response.body,
        format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  \
               <GetCallerIdentityResult>\n    \
                 <UserId>AIDAMOCKAWSMOCKAWSMOC</UserId>\n    \
                 <Account>123456789012</Account>\n    \
                 <Arn>arn:aws:iam::123456789012:user/mock</Arn>\n  \
               </GetCallerIdentityResult>\n  \
               <ResponseMetadata>\n    \
                 <RequestId>{request_id}</RequestId>\n  \
               </ResponseMetadata>\n\
             </GetCallerIdentityResponse>\n"
        )
    );
    assert_eq!(header(&response, "content-type"), Some("text/xml"));
}

#[test]
fn an_operation_without_an_output_has_no_result_element() {
    let mock = MockAws::new();
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22\
                 %2C%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Principal%22%3A%7B%22Service%22%3A%22\
                 ecs-tasks.amazonaws.com%22%7D%7D%5D%7D";
    let rest = format!("&RoleName=app&AssumeRolePolicyDocument={trust}&MaxSessionDuration=3600");
    assert_eq!(iam(&mock, "CreateRole", &rest).status, 200);
    let tagged = "&RoleName=app&Tags.member.1.Key=Name&Tags.member.1.Value=a+b";
    let response = iam(&mock, "TagRole", tagged);
    assert_eq!(response.status, 200);
    assert!(response.body.starts_with("<TagRoleResponse xmlns="), "{}", response.body);
    assert!(!response.body.contains("Result>"), "{}", response.body);
    assert!(iam(&mock, "ListRoleTags", "&RoleName=app").body.contains("<Value>a b</Value>"));
    let deleted = iam(&mock, "DeleteRole", "&RoleName=app");
    assert!(deleted.body.starts_with("<DeleteRoleResponse"), "{}", deleted.body);
}

#[test]
fn the_scope_of_the_signature_says_where() {
    let mock = MockAws::new();
    let target = "AmazonEC2ContainerServiceV20141113.CreateCluster";
    let made = |key: &str, region: &str| {
        let authorization = authorization(key, region, "ecs");
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
            ("x-amz-date", DATE),
            ("host", "ecs.ap-south-1.amazonaws.com"),
            ("authorization", &authorization),
        ];
        answer(&mock, &headers, r#"{"clusterName":"app"}"#).body
    };
    for (key, region, arn) in [
        ("mock", "us-east-1", "arn:aws:ecs:us-east-1:123456789012:cluster/app"),
        ("111122223333", "eu-west-1", "arn:aws:ecs:eu-west-1:111122223333:cluster/app"),
        ("11112222333", "cn-north-1", "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/app"),
        ("mock", "us-gov-west-1", "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:cluster/app"),
    ] {
        let body = made(key, region);
        assert!(body.contains(&format!("\"clusterArn\":\"{arn}\"")), "{body}");
    }
}

#[test]
fn a_presigned_url_is_a_signature_too() {
    let mock = MockAws::new();
    let target = "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                  &X-Amz-Credential=111122223333%2F20260101%2Fus-east-1%2Fsts%2Faws4_request\
                  &X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
                  &X-Amz-Signature=0123";
    let response = mock.answer(&Request { method: "GET", target, ..Request::default() });
    assert_eq!(response.status, 200);
    assert!(response.body.contains("<Account>111122223333</Account>"), "{}", response.body);
}

#[test]
fn every_operation_of_every_service_is_routed() {
    let services = [
        (Service::Ecs, "ecs", "AmazonEC2ContainerServiceV20141113"),
        (Service::Ecr, "ecr", "AmazonEC2ContainerRegistry_V20150921"),
        (Service::Logs, "logs", "Logs_20140328"),
    ];
    let mock = MockAws::new();
    for (service, scope, prefix) in services {
        for entry in table::of_service(service) {
            let response = json(&mock, scope, &format!("{prefix}.{}", entry.id.name), "{}");
            assert!(!response.body.contains("UnknownOperation"), "{} {response:?}", entry.id.name);
        }
    }
    for entry in table::of_service(Service::Iam) {
        let response = iam(&mock, entry.id.name, "");
        assert!(!response.body.contains("InvalidAction"), "{} {response:?}", entry.id.name);
    }
    let driven = mock.call_counts().len();
    let known = [Service::Ecs, Service::Ecr, Service::Logs, Service::Iam].map(|service| {
        let entries = table::of_service(service);
        assert!(entries.iter().all(|entry| table::find(service, entry.id.name).is_some()));
        entries.len()
    });
    assert_eq!(driven, known.iter().sum::<usize>());
}

#[test]
fn request_ids_follow_from_the_seed_and_leave_resources_alone() {
    let ids = |seed| {
        let mock = MockAws::builder().seed(seed).build();
        let first = iam(&mock, "ListRoles", "");
        let second = iam(&mock, "ListRoles", "");
        assert_eq!(mock.world(), MockAws::builder().seed(seed).build().world());
        [first, second].map(|answer| header(&answer, "x-amzn-requestid").map(str::to_owned))
    };
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
    assert_ne!(ids(1)[0], ids(1)[1]);
}
