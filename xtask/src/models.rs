//! Generates the mock's request and response types from AWS's own service models.
//!
//! `infra-mock/models/SERVICE.toml` lists the operations that the mock implements. Two checked-in
//! files are generated from this list and from botocore's model of the service.
//! `infra-mock/models/SERVICE.json` contains the model of those operations, without documentation.
//! `infra-mock/src/SERVICE/model.rs` contains the Rust code. The Rust code is generated from the
//! JSON file, so this step works offline.

mod changes;
mod code;
mod model;
mod names;
mod trim;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::process::{Result, cannot, root, say};
use crate::python;

use self::model::Model;
use self::trim::Selection;

const SERVICES: [&str; 5] = ["ecr", "ecs", "iam", "logs", "sts"];

/// A Python program that prints the models of the services given as its arguments.
const DUMP: &str = "
import json, sys, botocore, botocore.loaders
loader = botocore.loaders.Loader()
models = {name: loader.load_service_model(name, 'service-2') for name in sys.argv[1:]}
json.dump({'version': botocore.__version__, 'models': models}, sys.stdout)
";

/// Options for the generator.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Python environment with botocore. If the environment does not exist, it is created with the
    /// newest botocore.
    #[arg(long, value_name = "FOLDER", default_value = "target/botocore")]
    venv: PathBuf,
    /// Update botocore to its newest release.
    #[arg(long)]
    upgrade: bool,
    /// Write nothing. Print how botocore's models of the implemented operations differ from the
    /// checked-in models, and fail if there are differences.
    #[arg(long)]
    check: bool,
    /// Generate only the code, from the checked-in models instead of botocore's models.
    #[arg(long, conflicts_with_all = ["check", "upgrade"])]
    offline: bool,
}

/// Writes the trimmed models and the code generated from them. With `--check`, only compares the
/// checked-in models with botocore's models.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.offline {
        return SERVICES.iter().try_for_each(|service| write_code(&checked_in(service)?, service));
    }
    let (version, models) = botocore(options)?;
    let mut changed = Vec::new();
    for service in SERVICES {
        let full = models.get(service).ok_or("botocore returned no model")?;
        let trimmed = trim::trim(service, full, &Selection::read(service)?, &version)?;
        if options.check {
            changed.extend(changes::between(&checked_in(service)?, &trimmed, service));
            continue;
        }
        write(&model_file(service), &format!("{}\n", pretty(&trimmed)?))?;
        write_code(&trimmed, service)?;
    }
    if changed.is_empty() {
        return Ok(());
    }
    for line in &changed {
        say(line);
    }
    Err(format!(
        "botocore {version} differs from the checked-in models in {} places",
        changed.len()
    ))
}

/// Checks that each service's list of operations, checked-in model and generated code are
/// consistent.
pub(crate) fn check_code() -> Result<()> {
    for service in SERVICES {
        let trimmed = checked_in(service)?;
        let selection = Selection::read(service)?;
        let model = Model::read(&trimmed)?;
        let listed: Vec<&str> = model.operations.keys().map(String::as_str).collect();
        let again = "run `cargo xtask models`";
        if listed != selection.operations.iter().map(String::as_str).collect::<Vec<_>>() {
            return Err(format!(
                "models/{service}.json and {service}.toml list different operations: {again}"
            ));
        }
        for (file, text) in code_files(&model, &selection, service)? {
            if fs::read_to_string(&file).unwrap_or_default() != text {
                return Err(format!(
                    "{} does not match models/{service}.json: {again}",
                    file.display()
                ));
            }
        }
    }
    Ok(())
}

fn write_code(trimmed: &Value, service: &str) -> Result<()> {
    let model = Model::read(trimmed)?;
    let files = code_files(&model, &Selection::read(service)?, service)?;
    files.iter().try_for_each(|(file, text)| write(file, text))
}

/// Returns the paths and contents of a service's generated files.
fn code_files(
    model: &Model,
    selection: &Selection,
    service: &str,
) -> Result<Vec<(PathBuf, String)>> {
    let code = format_rust(&code::of_service(model, selection, service)?)?;
    Ok(vec![(root().join(format!("infra-mock/src/{service}/model.rs")), code)])
}

fn model_file(service: &str) -> PathBuf {
    root().join(format!("infra-mock/models/{service}.json"))
}

fn checked_in(service: &str) -> Result<Value> {
    let file = model_file(service);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
}

fn pretty(value: &Value) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|error| error.to_string())
}

fn write(file: &Path, text: &str) -> Result<()> {
    let fail = |error: std::io::Error| format!("{}: {error}", file.display());
    if fs::read_to_string(file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    fs::write(file, text).map_err(fail)?;
    say(&format!("wrote {}", file.display()));
    Ok(())
}

/// Returns botocore's version and its models.
fn botocore(options: &Options) -> Result<(String, BTreeMap<String, Value>)> {
    let python = python::with_package(&options.venv, "botocore", options.upgrade)?;
    let mut command = Command::new(&python);
    command.args(["-c", DUMP]).args(SERVICES);
    let output = command.output().map_err(cannot(&python.display().to_string()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let all: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let version = all["version"].as_str().unwrap_or_default().to_owned();
    let models =
        serde_json::from_value(all["models"].clone()).map_err(|error| error.to_string())?;
    Ok((version, models))
}

/// Formats the code with rustfmt.
fn format_rust(code: &str) -> Result<String> {
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024", "--config-path"]).arg(root());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(cannot("rustfmt"))?;
    if let Some(mut input) = child.stdin.take() {
        let code = code.to_owned();
        // Write the code in a separate thread. Otherwise, both programs could wait for each other,
        // because rustfmt may start to write before it has read all of the code.
        std::thread::spawn(move || input.write_all(code.as_bytes()));
    }
    let output = child.wait_with_output().map_err(cannot("rustfmt"))?;
    if !output.status.success() {
        return Err("rustfmt cannot parse the generated code".to_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
