//! Tests for CloudWatch Logs Insights queries.

use std::time::Duration;

use serde_json::{Value, json};

use crate::logs::{
    AssociateKmsKeyRequest, CreateLogGroupRequest, CreateLogStreamRequest, DescribeQueriesRequest,
    GetLogGroupFieldsRequest, GetLogRecordRequest, GetQueryResultsRequest,
    ListLogGroupsForQueryRequest, PutLogEventsRequest, StartQueryRequest, StopQueryRequest,
};
use crate::testing::{Bench, START};

use super::with_group;

/// Returns a test bench with five events in two streams: two events with JSON and three with plain
/// text.
fn with_events() -> Bench {
    let mut bench = with_group();
    let json = |status: u32, path: &str, took: f64| {
        json!({"status": status, "request": {"path": path}, "took": took, "ok": status < 400})
            .to_string()
    };
    for (stream, events) in [
        ("json", vec![json(200, "/", 1.5), json(404, "/none", 0.5)]),
        ("text", vec!["ERROR one".to_owned(), "INFO two".to_owned(), "ERROR three".to_owned()]),
    ] {
        let name = json!({"logGroupName": "/ecs/demo", "logStreamName": stream});
        bench.ok::<CreateLogStreamRequest>(name);
        let offset = if stream == "json" { 0 } else { 60_000 };
        let events: Vec<Value> = (0_u64..)
            .zip(events)
            .map(|(n, message)| json!({"timestamp": START + offset + n, "message": message}))
            .collect();
        bench.ok::<PutLogEventsRequest>(json!({
            "logGroupName": "/ecs/demo", "logStreamName": stream, "logEvents": events,
        }));
    }
    bench
}

fn query(text: &str) -> Value {
    json!({
        "logGroupName": "/ecs/demo",
        "startTime": START / 1000 - 1,
        "endTime": START / 1000 + 60,
        "queryString": text,
    })
}

/// Runs a query, and returns each row of its results as a string. The field `@ptr` is omitted.
fn rows(bench: &mut Bench, text: &str) -> Vec<String> {
    let id = bench.ok::<StartQueryRequest>(query(text));
    let answer = bench.ok::<GetQueryResultsRequest>(id);
    assert_eq!(answer["status"], "Complete");
    let shown = |row: &Value| {
        let fields = row.as_array().unwrap().iter().filter(|field| field["field"] != "@ptr");
        let fields = fields.map(|field| {
            let (name, value) =
                (field["field"].as_str().unwrap(), field["value"].as_str().unwrap());
            format!("{name}={value}")
        });
        fields.collect::<Vec<_>>().join(" ")
    };
    answer["results"].as_array().unwrap().iter().map(shown).collect()
}

#[test]
fn commands_filter_sort_and_show_events() {
    let mut bench = with_events();
    for (text, expected) in [
        (
            "fields @message | filter @message like /ERR.R/",
            vec!["@message=ERROR three", "@message=ERROR one"],
        ),
        (
            "filter @message like 'two' # a comment\n | fields @timestamp, @logStream as stream",
            vec!["@timestamp=2026-01-01 00:01:00.001 stream=text"],
        ),
        (
            "filter status >= 300 | display request.path, status",
            vec!["request.path=/none status=404"],
        ),
        ("filter status = 200 and not (ok = 0) | display took", vec!["took=1.5"]),
        ("filter ispresent(status) | sort took | display took", vec!["took=0.5", "took=1.5"]),
        (
            "filter ispresent(status) | sort status desc | limit 1 | display status",
            vec!["status=404"],
        ),
        ("filter status in [404, 500] | display status", vec!["status=404"]),
        ("filter status not in [404] and ispresent(status) | display status", vec!["status=200"]),
        (
            "filter @message not like 'ERROR' and isempty(status) | display @message",
            vec!["@message=INFO two"],
        ),
        ("filter `request.path` = '/' | display status", vec!["status=200"]),
        ("filter took > -1 or took < 1 | dedup @logStream | display took", vec!["took=0.5"]),
    ] {
        assert_eq!(rows(&mut bench, text), expected, "{text}");
    }
    let all = rows(&mut bench, "");
    assert_eq!(all.len(), 5);
    assert_eq!(all[0], "@timestamp=2026-01-01 00:01:00.002 @message=ERROR three");
}

#[test]
fn stats_count_and_aggregate_groups() {
    let mut bench = with_events();
    for (text, expected) in [
        ("stats count(*)", vec!["count(*)=5"]),
        (
            "stats count() as n by @logStream | sort n",
            vec!["@logStream=json n=2", "@logStream=text n=3"],
        ),
        (
            "stats sum(took), avg(took) as mean, min(took), max(status)",
            vec!["sum(took)=2 mean=1 min(took)=0.5 max(status)=404"],
        ),
        (
            "stats count(*) by bin(1m) | sort count(*) desc",
            vec![
                "bin(1m)=2026-01-01 00:01:00.000 count(*)=3",
                "bin(1m)=2026-01-01 00:00:00.000 count(*)=2",
            ],
        ),
        ("filter status = 1 | stats count(*), avg(took)", vec!["count(*)=0"]),
        (
            "stats count_distinct(@logStream) as streams, count(status) as json",
            vec!["streams=2 json=2"],
        ),
    ] {
        assert_eq!(rows(&mut bench, text), expected, "{text}");
    }
}

#[test]
fn results_are_paginated_with_statistics_and_pointers() {
    let mut bench = with_events();
    let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let target = "arn:aws:logs:us-east-1:123456789012:query-result:*";
    bench.ok::<AssociateKmsKeyRequest>(json!({"resourceIdentifier": target, "kmsKeyId": key}));
    let mut request = query("filter @logStream = 'text'");
    request["limit"] = json!(2);
    let id = bench.ok::<StartQueryRequest>(request)["queryId"].clone();
    let first = bench.ok::<GetQueryResultsRequest>(json!({"queryId": id, "maxItems": 1}));
    assert_eq!(first["encryptionKey"], key);
    assert_eq!(first["results"][0][2]["field"], "@ptr");
    let expected = json!({
        "recordsMatched": 3.0,
        "recordsScanned": 5.0,
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": first["statistics"]["bytesScanned"],
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": 1.0,
    });
    assert_eq!(first["statistics"], expected);
    let next = json!({"queryId": id, "maxItems": 1, "nextToken": first["nextToken"]});
    let second = bench.ok::<GetQueryResultsRequest>(next);
    assert_eq!(second["results"][0][1]["value"], "INFO two");
    assert_eq!(second.get("nextToken"), None);
}

#[test]
fn queries_are_described_until_their_results_expire() {
    let mut bench = with_events();
    let id = bench.ok::<StartQueryRequest>(query("fields @message"))["queryId"].clone();
    let seconds = START / 1000;
    let text = format!(
        "SOURCE \"/ecs/demo\" START={}000 END={}999 | fields @message",
        seconds - 1,
        seconds + 60
    );
    let expected = json!([{
        "queryLanguage": "CWLI",
        "queryId": id,
        "queryString": text,
        "status": "Complete",
        "createTime": START,
        "logGroupName": "/ecs/demo",
    }]);
    let found = bench.ok::<DescribeQueriesRequest>(json!({"logGroupName": "/ecs/demo"}));
    assert_eq!(found["queries"], expected);
    let found = bench.ok::<DescribeQueriesRequest>(json!({"status": "Scheduled"}));
    assert_eq!(found["queries"], json!([]));
    let stop = json!({"queryId": id});
    let error = bench.err::<StopQueryRequest>(stop.clone());
    assert_eq!(error, "InvalidParameterException: The specified query is not running.");
    bench.wait(Duration::from_hours(7 * 24));
    bench.ok::<StartQueryRequest>(query("limit 1"));
    let error = bench.err::<GetQueryResultsRequest>(stop.clone());
    assert!(error.starts_with("ResourceNotFoundException: "), "{error}");
    assert!(bench.err::<StopQueryRequest>(stop).starts_with("ResourceNotFoundException: "));
}

#[test]
fn several_log_groups_are_queried_together() {
    let mut bench = with_events();
    bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": "other"}));
    let mut request = query("stats count(*) by @log");
    request["logGroupName"] = Value::Null;
    request["logGroupIdentifiers"] =
        json!(["other", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo"]);
    let id = bench.ok::<StartQueryRequest>(request.clone());
    let answer = bench.ok::<GetQueryResultsRequest>(id);
    assert_eq!(answer["results"][0][0]["value"], "123456789012:/ecs/demo");
    assert_eq!(answer["statistics"]["logGroupsScanned"], 2.0);
    request["logGroupNames"] = json!(["other"]);
    let error = bench.err::<StartQueryRequest>(request);
    assert!(error.contains("Exactly one of"), "{error}");
}

#[test]
fn invalid_and_unsupported_queries_are_rejected() {
    let mut bench = with_events();
    let mut refused = |text: &str| bench.err::<StartQueryRequest>(query(text));
    for (text, found) in [
        ("fields @timestamp | count()", "count"),
        ("filter", "<EOF>"),
        ("filter a ~ 1", "~ 1"),
        ("sort a up", "up"),
        ("limit x", "x"),
        ("stats count(*", "<EOF>"),
        ("filter a like /(/", "("),
        ("stats count(*) by bin(0x)", "0x"),
    ] {
        let words = format!("MalformedQueryException: mismatched input '{found}'");
        let error = refused(text);
        assert!(error.starts_with(&words), "{text}: {error}");
    }
    for (text, what) in [
        ("parse @message 'x=*' as x", "the command parse"),
        ("filter strlen(@message) > 1", "the function strlen"),
        ("stats pct(took, 99)", "the function pct"),
    ] {
        let words = format!("NotImplemented: infra-mock does not implement {what} in queries");
        assert_eq!(refused(text), words);
    }
    let mut sql = query("SELECT 1");
    sql["queryLanguage"] = json!("SQL");
    let words = "NotImplemented: infra-mock does not implement the language SQL in queries";
    assert_eq!(bench.err::<StartQueryRequest>(sql), words);
    let mut gone = query("limit 1");
    gone["logGroupName"] = json!("none");
    let error = bench.err::<StartQueryRequest>(gone);
    let words =
        "ResourceNotFoundException: Log group 'none' does not exist for account ID '123456789012'";
    assert!(error.starts_with(words), "{error}");
    let mut backwards = query("limit 1");
    backwards["endTime"] = json!(0);
    let error = bench.err::<StartQueryRequest>(backwards);
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
}

#[test]
fn a_query_runs_until_its_lag_passes_or_it_is_stopped() {
    let mut bench = with_events();
    bench.world.lag.log_query = Duration::from_secs(5);
    let ids = [(); 2].map(|()| bench.ok::<StartQueryRequest>(query("limit 1")));
    assert_eq!(bench.ok::<GetQueryResultsRequest>(ids[0].clone())["status"], "Running");
    let running = bench.ok::<DescribeQueriesRequest>(json!({"status": "Running"}));
    assert_eq!(running["queries"].as_array().unwrap().len(), 2);
    assert_eq!(bench.ok::<StopQueryRequest>(ids[0].clone()), json!({"success": true}));
    bench.wait(Duration::from_secs(5));
    let status = ids.map(|id| bench.ok::<GetQueryResultsRequest>(id)["status"].clone());
    assert_eq!(status, ["Cancelled", "Complete"]);
}

#[test]
fn a_record_has_every_field_of_its_event() {
    let mut bench = with_events();
    let id = bench.ok::<StartQueryRequest>(query("filter status = 404 | fields took"));
    let found = bench.ok::<GetQueryResultsRequest>(id.clone());
    let pointer = found["results"][0][1]["value"].as_str().unwrap().to_owned();
    let record = bench.ok::<GetLogRecordRequest>(json!({"logRecordPointer": pointer}));
    let record = &record["logRecord"];
    assert_eq!((&record["request.path"], &record["took"]), (&json!("/none"), &json!("0.5")));
    assert_eq!((&record["@logStream"], &record["@ptr"]), (&json!("json"), &json!(pointer)));
    let groups = bench.ok::<ListLogGroupsForQueryRequest>(id);
    assert_eq!(groups, json!({"logGroupIdentifiers": ["/ecs/demo"]}));
    for (pointer, words) in [
        ("none", "InvalidParameterException: Invalid logRecordPointer"),
        ("a:b:c:d:e", "InvalidParameterException: Invalid logRecordPointer"),
        (
            "1:/ecs/demo:json:1767225600001:2",
            "ResourceNotFoundException: The specified log record does not exist.",
        ),
    ] {
        let request = json!({"logRecordPointer": pointer});
        assert_eq!(bench.err::<GetLogRecordRequest>(request), words);
    }
    let gone = json!({"queryId": "none"});
    let words = "ResourceNotFoundException: The specified query does not exist.";
    assert_eq!(bench.err::<ListLogGroupsForQueryRequest>(gone), words);
}

#[test]
fn fields_have_the_percentage_of_recent_events_that_contain_them() {
    let mut bench = with_events();
    let request = json!({"logGroupName": "/ecs/demo", "time": START / 1000});
    let found = bench.ok::<GetLogGroupFieldsRequest>(request);
    let fields = found["logGroupFields"].as_array().unwrap();
    let percent = |name: &str| {
        fields.iter().find(|field| field["name"] == name).map(|field| field["percent"].clone())
    };
    assert_eq!((percent("@message"), percent("status")), (Some(json!(100)), Some(json!(40))));
    assert_eq!((percent("@ptr"), fields.len()), (None, 9));
    bench.wait(Duration::from_hours(1));
    let request = json!({"logGroupIdentifier": "/ecs/demo"});
    let found = bench.ok::<GetLogGroupFieldsRequest>(request);
    assert_eq!(found, json!({"logGroupFields": []}));
    let gone = json!({"logGroupName": "/none"});
    assert_eq!(bench.err::<GetLogGroupFieldsRequest>(gone), super::no_group());
}
