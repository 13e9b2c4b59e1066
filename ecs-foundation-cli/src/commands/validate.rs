//! `validate`: checks the configuration without connecting to AWS.

use clap::Args;
use infra_core::names::EnvironmentName;
use serde::Serialize;

use crate::config::{self, Config, Setting, Sources};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Printer, Shape};
use crate::render::{GOOD, paint};

/// The arguments of `validate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation validate            every environment in the file\n  \
        ecs-foundation validate -e prod    one environment")]
pub(crate) struct ValidateArgs {}

/// The JSON output of `validate`.
#[derive(Serialize)]
struct ValidJson<'a> {
    format_version: &'static str,
    valid: bool,
    environments: Vec<&'a EnvironmentName>,
}

/// Validates the given environment, or every environment in the file.
pub(super) fn run(sources: &Sources, printer: &Printer) -> Result<Exit, Failure> {
    let configs = if sources.overrides.get(Setting::Environment).is_some() {
        vec![config::load(sources)?]
    } else {
        let all = config::load_all(sources)?;
        all.into_iter().map(|(_, config)| config).collect::<Result<Vec<Config>, _>>()?
    };
    if printer.is_json() {
        let environments = configs.iter().map(|config| &config.spec.environment).collect();
        let document = ValidJson { format_version: "1.0", valid: true, environments };
        printer.json(&document, Shape::Document);
        return Ok(Exit::Success);
    }
    let names: Vec<String> = configs.iter().map(|config| config.spec.base_name()).collect();
    let file = configs.iter().find_map(|config| config.file.as_ref());
    let origin = file.map(|file| format!(" in {}", file.display())).unwrap_or_default();
    printer.data(&format!("{} {}{origin}\n", paint(GOOD.bold(), "Valid:"), names.join(", ")));
    Ok(Exit::Success)
}
