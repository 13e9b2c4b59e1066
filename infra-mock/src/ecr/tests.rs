//! Tests for ECR, with requests and responses in the JSON format that clients use.

mod images;
mod layers;
mod other_accounts;
mod policies;
mod registry;
mod repositories;

use crate::testing::Bench;

/// Returns the expected text of an error: its code and message.
fn refused(code: &str, message: &str) -> String {
    format!("{code}: {message}")
}

#[test]
fn the_state_survives_a_snapshot() {
    let mut bench = Bench::new();
    let request = serde_json::json!({
        "repositoryName": "app",
        "tags": [{"Key": "a", "Value": "1"}],
        "encryptionConfiguration": {"encryptionType": "KMS"},
    });
    bench.ok::<super::CreateRepositoryRequest>(request);
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*"}}"#;
    let request = serde_json::json!({"repositoryName": "app", "policyText": policy});
    bench.ok::<super::SetRepositoryPolicyRequest>(request);
    let now = bench.now;
    bench.call().ecr().push_image("app", Some("latest"), now).unwrap();
    let text = serde_json::to_string(bench.call().ecr()).unwrap();
    let read: super::State = serde_json::from_str(&text).unwrap();
    assert_eq!(read, *bench.call().ecr());
}

#[test]
fn every_operation_is_listed_once() {
    let names: std::collections::BTreeSet<_> = super::OPERATIONS.iter().collect();
    assert_eq!((names.len(), super::OPERATIONS.len()), (55, 55));
}
