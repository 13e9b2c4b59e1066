//! Tests that the schema and the reader of the file accept the same keys and values.
//!
//! In addition, the `accept` helper of the other tests checks every valid configuration against the
//! schema.

use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use super::super::partial::Partial;
use super::super::schema::schema;
use super::super::section::paths;
use super::super::{Overrides, parse};
use super::spec::{REFERENCE, reference_in_full};

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&schema()).expect("the schema is valid"));

/// Returns the reason why the schema rejects a configuration, or `None` if the configuration is
/// valid.
pub(super) fn refusal(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).expect("the text is TOML");
    VALIDATOR.validate(&json(toml::Value::Table(table))).err().map(|error| error.to_string())
}

/// Converts TOML to JSON as TOML validators do. JSON has no dates, so dates become null, which no
/// key accepts.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(_) => Value::Null,
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(table) => {
            table.into_iter().map(|(key, value)| (key, json(value))).collect()
        }
        other => serde_json::to_value(other).expect("JSON can represent every other value"),
    }
}

/// Returns the definition that a schema node refers to, or the node itself if it is not a
/// reference.
fn resolve<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => schema.pointer(pointer).expect("a definition"),
        None => node,
    }
}

/// Returns whether the reader rejects the value at a path or any part of that value. Other errors
/// are ignored.
fn is_refused(text: &str, path: &str) -> bool {
    let of_path = |found: &str| {
        // The lists in the tested configurations have only one item, so every index is 0.
        let found = found.replace("[0]", "");
        let below = found.strip_prefix(path);
        // An error about a missing or duplicate key is reported for the table, not for the key.
        path.rsplit_once('.').is_some_and(|(table, _)| found == table)
            || below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    parse(text, "f", &Overrides::default())
        .is_err_and(|errors| errors.iter().any(|error| of_path(&error.path)))
}

#[test]
fn the_published_schema_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ecs-foundation.schema.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).expect("the schema");
    assert!(published == text, "review the change, then run again with UPDATE_GOLDEN=1");
}

#[test]
fn every_file_of_this_repository_keeps_it() {
    assert_eq!(refusal(REFERENCE), None);
    assert_eq!(refusal(&reference_in_full()), None);
}

/// Collects the path of every key in the schema. Conditions and tags can have any key, so the
/// schema does not list their keys.
fn schema_paths(schema: &Value, node: &Value, prefix: &str, found: &mut Vec<String>) {
    let node = resolve(schema, node);
    let node = node.get("items").map_or(node, |items| resolve(schema, items));
    for (key, value) in node["properties"].as_object().into_iter().flatten() {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        schema_paths(schema, value, &path, found);
        found.push(path);
    }
}

#[test]
fn it_has_every_key_and_no_other_and_each_says_what_it_is_for() {
    let schema = schema();
    let mut found = Vec::new();
    schema_paths(&schema, &schema, "", &mut found);
    let mut known = paths::<Partial>();
    found.sort();
    known.sort();
    assert_eq!(found, known);
    let environment = &schema["properties"]["environments"]["additionalProperties"]["properties"];
    let inner: Vec<&String> = environment.as_object().unwrap().keys().collect();
    let top = schema["properties"].as_object().unwrap().keys();
    let top: Vec<&String> =
        top.filter(|key| !["environment", "environments"].contains(&key.as_str())).collect();
    assert_eq!(inner, top);
    for path in known {
        let about = at(&schema, &path)["description"].as_str().unwrap_or_default();
        assert!(about.len() > 10 && about.ends_with('.'), "{path}: {about:?}");
    }
}

/// Returns the schema at a path.
fn at<'a>(schema: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(schema, |node, key| {
        let node = node.get("items").map_or(node, |items| resolve(schema, items));
        resolve(schema, &node["properties"][key])
    })
}

/// Returns a configuration that sets the value at a path and otherwise contains only required
/// values.
fn text(schema: &Value, path: &str, value: &str) -> String {
    let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
    let header = match table {
        "" => String::new(),
        table if at(schema, table).get("items").is_some() => format!("[[{table}]]\n"),
        table => format!("[{table}]\n"),
    };
    // The keys that tables in a list require. Each item contains the end of the list's path, the
    // key, and a value for the key.
    let needs = [
        ("default_capacity_provider_strategy", "capacity_provider", "'FARGATE'"),
        ("default_capacity_provider_strategy", "weight", "1"),
        ("role.statements", "actions", "['s3:*']"),
        ("role.statements", "resources", "['*']"),
        ("deployer.statements", "actions", "['s3:*']"),
        ("deployer.statements", "resources", "['*']"),
        ("repository.statements", "actions", "['ecr:*']"),
        ("repository.statements", "principals", "['123456789012']"),
    ];
    let more = needs.iter().filter(|(list, other, _)| {
        table.ends_with(list) && *other != key && format!("not_{other}") != key
    });
    let more: Vec<_> = more.map(|(_, key, value)| format!("{key} = {value}\n")).collect();
    let more = more.concat();
    let project = if path == "project_name" { "" } else { "project_name = 'shop'\n" };
    format!("{project}{header}{more}{key} = {value}\n")
}

/// Returns sample values for a path: values of every type, keywords, numbers at and next to the
/// bounds, and many different strings.
fn samples(schema: &Value, path: &str) -> Vec<String> {
    let node = at(schema, path);
    let mut samples: Vec<String> =
        ["1.5", "true", "1979-05-27", "[]", "{}", "[{}]", "[[]]", "''", "-1"]
            .map(str::to_owned)
            .into();
    let item = node.get("items").unwrap_or(node);
    let words = item["enum"].as_array().or_else(|| item["anyOf"][0]["enum"].as_array());
    let mut texts: Vec<String> = TEXTS.map(str::to_owned).into();
    for word in words.into_iter().flatten() {
        samples.extend(word.as_u64().map(|number| number.to_string()));
        samples.extend(word.as_u64().map(|number| (number + 1).to_string()));
        if let Some(word) = word.as_str() {
            texts.extend([
                word.to_owned(),
                word.to_uppercase(),
                word.to_lowercase(),
                format!("{word}x"),
            ]);
        }
    }
    for bound in ["minimum", "maximum"] {
        let around = |bound: u64| [bound.saturating_sub(1), bound, bound + 1];
        let numbers = item[bound].as_u64().map(around).into_iter().flatten();
        samples.extend(numbers.map(|number| number.to_string()));
    }
    for length in [1, 2, 36, 40, 41, 64, 65, 128, 129, 255, 256, 257, 512, 513, 1000, 1001] {
        texts.push("a".repeat(length));
    }
    // If a key does not accept strings, a few sample strings are enough.
    let is_section = item.get("properties").is_some();
    if is_section || ["integer", "boolean"].iter().any(|kind| item["type"] == *kind) {
        texts.truncate(3);
    }
    let is_list = node["type"] == "array";
    let is_table = node["type"] == "object";
    for text in &texts {
        let quoted = format!("{text:?}");
        if is_list || text == "a" {
            samples.push(format!("[{quoted}]"));
        }
        if is_table || text == "a" {
            samples.push(format!("{{ {quoted} = 'x' }}"));
            samples.push(format!("{{ x = {quoted} }}"));
            samples.push(format!("{{ {quoted} = {{ 'aws:username' = ['a', 1, true] }} }}"));
        }
        samples.push(quoted);
    }
    samples
}

const TEXTS: [&str; 61] = [
    " ",
    "a",
    "shop",
    "Shop",
    "a_b",
    "a-b",
    "a--b",
    "a__b",
    "a_-b",
    "-a",
    "a-",
    "a.b",
    "a b",
    "a/b",
    "a//b",
    "/a",
    "/a/",
    "/a/b/",
    "/",
    "//",
    "é",
    "x\ty",
    "a#b",
    "aws/x",
    "AWS:x",
    "aws:x",
    "Name",
    "name",
    "us-east-1",
    "us-gov-west-1",
    "us-east",
    "http://localhost:4566",
    "https://x",
    "ftp://x",
    "http://",
    "http://x y",
    "*",
    "s3:*",
    "s3:Get?bject",
    "s3:",
    ":Get",
    "logs:PutLogEvents",
    "own",
    "123456789012",
    "12345",
    "ecs-tasks.amazonaws.com",
    "Ecs.amazonaws.com",
    "a.b.c",
    "arn:aws:iam::123456789012:policy/x",
    "arn:aws:iam::123456789012:role/x",
    "arn:aws:kms:eu-west-1:123456789012:key/x",
    "arn:aws:s3:::b/*",
    "arn:*",
    "service-role/X",
    "0",
    "0.04048",
    "0.",
    ".5",
    "1234567890123",
    "{}",
    "StringEquals",
];

/// The keys whose rules a schema cannot fully express: the reader rejects some values that the
/// schema accepts. These rules concern JSON documents in strings, the parts of ARNs, ECR actions,
/// the number of items, and combinations of settings.
const LEFT_TO_THE_READER: &[&str] = &[
    // These keys require a role ARN, which an environment can inherit from the top level.
    "assume_role",
    "assume_role.session_name",
    "assume_role.external_id",
    "cluster.capacity_providers",
    "cluster.default_capacity_provider_strategy.capacity_provider",
    "cluster.execute_command.logging",
    "cluster.execute_command.cloudwatch_encryption",
    "cluster.execute_command.s3_bucket",
    "cluster.execute_command.s3_key_prefix",
    "cluster.execute_command.s3_encryption",
    "execution_role.permissions_boundary",
    "execution_role.statements.resources",
    "execution_role.statements.not_resources",
    "execution_role.trust.source_arns",
    "task_role.permissions_boundary",
    "task_role.statements.resources",
    "task_role.statements.not_resources",
    "task_role.trust.source_arns",
    "repository.encryption.kms_key",
    "repository.image_tag_mutability",
    "repository.image_tag_mutability_exclusion_filters",
    "repository.lifecycle_policy",
    // The Name tag is the repository name plus `-repo`, so the tag can be too long even if the
    // repository name is valid.
    "repository.name",
    "repository.policy_sid",
    "repository.pull_actions",
    "repository.statements.actions",
    "repository.statements.not_actions",
    // A statement that gives everyone access requires a condition.
    "repository.statements.principals",
    "cluster.default_capacity_provider_strategy.weight",
    // A deployer needs repositories and at least one branch, tag or environment. These settings can
    // be split between the top level and an environment's table.
    "deployer",
    "deployer.github",
    "deployer.github.branches",
    "deployer.permissions_boundary",
    "deployer.statements.resources",
    "deployer.statements.not_resources",
    "tags",
];

#[test]
fn each_value_of_each_key_is_accepted_or_refused_by_both() {
    let schema = schema();
    let mut known = paths::<Partial>();
    known.retain(|path| path != "environments");
    let (mut accepted, mut refused) = (0, 0);
    let mut apart = Vec::new();
    for path in &known {
        let lenient = LEFT_TO_THE_READER
            .iter()
            .any(|left| path == left || path.rsplit('.').next() == Some("tags"));
        let mut some = false;
        for sample in samples(&schema, path) {
            let text = text(&schema, path, &sample);
            let by_schema = refusal(&text).is_some();
            let by_reader = is_refused(&text, path);
            if by_schema && !by_reader {
                apart.push(format!("only the schema rejects {text}"));
            } else if by_reader && !by_schema && !lenient {
                apart.push(format!("only the reader rejects {text}"));
            }
            if by_schema {
                refused += 1;
            } else {
                accepted += 1;
                some = true;
            }
        }
        assert!(some, "no value was accepted for {path}");
    }
    assert_eq!(apart, [""; 0], "{}", apart.concat());
    assert!(accepted > 1000 && refused > 1000, "{accepted} {refused}");
}

#[test]
fn what_a_table_lacks_or_has_too_much_of_is_refused_by_both() {
    for wrong in [
        "colour = 'red'",
        "cluster.colour = 'red'",
        "environments.prod.environment = 'prod'",
        "environments.prod.colour = 'red'",
        "environments.Prod.region = 'us-east-1'",
        "environments.prod.log_group.retention_in_days = 15",
        "services.worker.log_group.retention_in_days = 15",
        "services.worker.colour = 'red'",
        "services.worker.cluster = {}",
        "services.app = {}",
        "deployer.colour = 'red'",
        "deployer.trust.services = ['ecs-tasks.amazonaws.com']",
        "deployer.github.repositories = []",
        "deployer.github.repositories = ['octo-org']",
        "deployer.github.branches = ['refs/heads/main']",
        "environments.prod.deployer.github.environments = ['']",
        "services.Worker = {}",
        "environments.prod.services.worker.repository.scan_on_push = 1",
        "[[cluster.default_capacity_provider_strategy]]\nweight = 1",
        "[[task_role.statements]]\nactions = ['s3:*']",
        "[[task_role.statements]]\nresources = ['*']",
        "[[task_role.statements]]\nactions = []\nresources = ['*']",
        "[[task_role.statements]]\nactions = ['s3:*']\nnot_actions = ['s3:*']\nresources = ['*']",
        "[[task_role.statements]]\nactions = ['s3:*']\nresources = ['*']\nconditions.StringEqual.x = 'y'",
        "[[task_role.statements]]\nactions = ['s3:*']\nresources = ['*']\nconditions.NullIfExists.x = 'y'",
        "[[task_role.statements]]\nactions = ['s3:*']\nresources = ['*']\nconditions.Bool.x = 1.5",
    ] {
        let text = format!("project_name = 'shop'\n{wrong}\n");
        assert!(parse(&text, "f", &Overrides::default()).is_err(), "{text}");
        assert!(refusal(&text).is_some(), "{text}");
    }
}
