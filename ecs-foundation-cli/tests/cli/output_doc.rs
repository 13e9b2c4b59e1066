//! Tests that `docs/output.md` documents everything that the program prints.

use std::collections::{BTreeMap, BTreeSet};

use ecs_foundation_cli::Exit;
use infra_mock::MockAws;
use infra_mock::api::Lag;
use infra_mock::faults::Rule;
use serde_json::Value;

use crate::sandbox::Sandbox;

const DOC: &str = include_str!("../../../docs/output.md");

/// Returns the code blocks of one kind. The first string of each pair is the rest of the line that
/// names the kind, such as flags or a command. The second string is the text of the block.
fn blocks(kind: &str) -> Vec<(&'static str, &'static str)> {
    let blocks = DOC.split("```").skip(1).step_by(2);
    let blocks = blocks.filter_map(|block| block.split_once('\n'));
    let blocks: Vec<_> = blocks
        .filter_map(|(head, text)| {
            let rest = head.strip_prefix(kind)?;
            (rest.is_empty() || rest.starts_with(' ')).then(|| (rest.trim(), text))
        })
        .collect();
    assert!(!blocks.is_empty(), "the page contains no {kind} block");
    blocks
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Checks recursively that a value has the documented types and keys. An object or list that is
/// empty in the documentation matches any object or list.
#[track_caller]
fn assert_shape(documented: &Value, real: &Value) {
    match (documented, real) {
        (Value::Object(documented), Value::Object(real)) => {
            if documented.is_empty() {
                return;
            }
            let keys =
                |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(documented), keys(real));
            for (key, value) in documented {
                assert_shape(value, &real[key]);
            }
        }
        (Value::Array(documented), Value::Array(real)) => {
            for value in documented {
                assert_shape(value, real.first().expect("an item"));
            }
        }
        (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Null, _)
        | (_, Value::Null) => {}
        (documented, real) => panic!("{documented} does not match {real}"),
    }
}

#[test]
fn documents_have_the_documented_shape() {
    let sandbox = Sandbox::new();
    for (flags, text) in blocks("json plan") {
        let real = sandbox.run(&format!("plan {flags} --format json -q")).succeeds().json();
        assert_shape(&read(text), &real);
    }
    sandbox.run("apply --yes").succeeds();
    for (flags, text) in blocks("json verify") {
        let real = sandbox.run(&format!("verify {flags} --format json -q")).succeeds().json();
        assert_shape(&read(text), &real);
    }
    for (_, text) in blocks("json output") {
        let real = sandbox.run("output --format json -q").succeeds().json();
        for (name, value) in read(text).as_object().unwrap() {
            assert_eq!(&real[name], value);
        }
    }
}

#[test]
fn text_output_and_errors_match_the_documentation() {
    let sandbox = Sandbox::applied();
    for (flags, text) in blocks("text output") {
        let run = sandbox.run(&format!("output {flags} -q")).succeeds();
        assert_eq!(run.stdout, text, "{flags}");
    }
    for (line, text) in blocks("json error") {
        let run = sandbox.run(&format!("{line} --format json")).fails();
        assert_eq!(read(run.stderr.trim()), read(text));
    }
}

/// For each event in the output, adds its set of keys to `seen` under the kind of the event.
fn events(stdout: &str, seen: &mut BTreeMap<String, BTreeSet<Vec<String>>>) {
    for line in stdout.lines() {
        let event = read(line);
        let keys = event.as_object().unwrap().keys().cloned().collect();
        seen.entry(event["event"].as_str().unwrap().to_owned()).or_default().insert(keys);
    }
}

#[test]
fn every_event_is_documented_and_every_documented_event_occurs() {
    let mut seen = BTreeMap::new();
    let lag = Lag { iam_propagation: std::time::Duration::from_millis(500), ..Lag::default() };
    let sandbox = Sandbox::served(MockAws::builder().lag(lag));
    let line = "apply --yes -v --format json --all-environments";
    events(&sandbox.run(line).succeeds().stdout, &mut seen);
    let rule: Rule = "refuse=AccessDeniedException@ecr:CreateRepository".parse().unwrap();
    let sandbox = Sandbox::served(MockAws::builder().fault(rule));
    events(&sandbox.run("apply --yes -v --format json").fails().stdout, &mut seen);

    let mut documented: BTreeMap<String, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (_, text) in blocks("json event") {
        events(text, &mut documented);
    }
    // The documentation describes the error of a failed step in words, without an example.
    let finished = seen.get_mut("finished").unwrap();
    assert!(finished.iter().any(|keys| keys.contains(&"error".to_owned())));
    finished.retain(|keys| !keys.contains(&"error".to_owned()));
    assert_eq!(seen, documented);
}

#[test]
fn every_exit_code_is_documented() {
    let codes = [
        Exit::Success,
        Exit::Failure,
        Exit::Changes,
        Exit::HungUp,
        Exit::Interrupted,
        Exit::Terminated,
    ];
    let rows: Vec<&str> = DOC
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" |").map(|(code, _)| code))
        .filter(|code| code.parse::<u8>().is_ok())
        .collect();
    assert_eq!(rows, codes.map(|code| code.code().to_string()));
}
