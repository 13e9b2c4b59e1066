//! Tests of `graph`, with golden files in the Mermaid, DOT and SVG formats.

use std::path::Path;

use crate::sandbox::Sandbox;

/// Checks that a text matches a file in `tests/golden`. If `UPDATE_GOLDEN` is set, writes the text
/// to the file first.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("the golden file");
    }
    let expected = std::fs::read_to_string(&path).expect("the golden file");
    assert_eq!(text, expected, "{name}; review it, then run again with UPDATE_GOLDEN=1");
}

#[test]
fn the_graph_of_a_new_foundation_matches_the_golden_files() {
    let sandbox = Sandbox::new();
    for (format, file) in [("mermaid", "graph.mmd"), ("dot", "graph.dot"), ("svg", "graph.svg")] {
        let line = format!("graph -q --format {format}");
        let first = sandbox.run(&line).succeeds();
        assert_eq!(first.stderr, "");
        assert_eq!(sandbox.run(&line).stdout, first.stdout, "{format} is the same each time");
        golden(file, &first.stdout);
    }
    assert_eq!(sandbox.run("graph -q").stdout, sandbox.run("graph -q --format mermaid").stdout);
}

#[test]
fn nodes_show_their_planned_action() {
    let sandbox = Sandbox::applied();
    let unchanged = sandbox.run("graph --format json").succeeds().json();
    let nodes = unchanged["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 9);
    assert!(nodes.iter().all(|node| node["action"] == "no-op"), "{nodes:#?}");

    let config = format!(
        "{}[cluster]\ncontainer_insights = \"disabled\"\n[repository.encryption]\ntype = \"KMS\"\n",
        crate::sandbox::CONFIG
    );
    sandbox.write("ecs-foundation.toml", &config);
    let dot = sandbox.run("graph --format dot").succeeds().stdout;
    assert!(dot.contains(r##""ecs_cluster.main" [label="ecs_cluster.main\ndemo-dev-cluster\nupdate", fillcolor="#fff3c4""##), "{dot}");
    assert!(dot.contains(r"ecr_repository.app\ndemo-dev-app\nreplace"), "{dot}");
    assert!(
        dot.contains(r#""iam_role.ecs_execution_role" -> "ecr_repository_policy.app";"#),
        "{dot}"
    );
    let mermaid = sandbox.run("graph --destroy").succeeds().stdout;
    assert!(mermaid.contains("classDef delete fill:#ffd7d5"), "{mermaid}");
}

#[test]
fn with_no_plan_no_connection_is_made_and_nodes_have_no_color() {
    let sandbox = Sandbox::new();
    let run =
        sandbox.run("graph --no-plan --backend aws --endpoint-url http://127.0.0.1:1").succeeds();
    assert_eq!(run.stderr, "");
    assert_eq!(run.stdout.lines().filter(|line| line.contains("-->")).count(), 5, "{}", run.stdout);
    assert!(!run.stdout.contains("classDef"), "{}", run.stdout);
    assert!(run.stdout.contains("n0[\"ecs_cluster.main<br/>demo-dev-cluster\"]"), "{}", run.stdout);
}

#[test]
fn unmanaged_resources_are_marked() {
    let sandbox = Sandbox::new();
    let mock = sandbox.mock();
    mock.call(infra_mock::ecs::CreateClusterRequest {
        cluster_name: Some("demo-dev-cluster".to_owned()),
        ..Default::default()
    })
    .unwrap();
    drop(mock);
    sandbox.run("graph").succeeds().shows("ecs_cluster.main<br/>demo-dev-cluster<br/>not managed");
}

#[test]
fn graph_formats_are_only_for_graph() {
    let sandbox = Sandbox::new();
    sandbox.run("plan --format svg").fails().says("are available only for `graph`");
    sandbox.run("graph --format env").fails().says("mermaid, dot, svg, json");
    sandbox.run("graph --no-plan --destroy").fails().says("cannot be used with");
}
