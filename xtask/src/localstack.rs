//! Runs the conformance suite on LocalStack in a container started by testcontainers. If necessary,
//! the task first installs and starts a Docker engine, and builds LocalStack's image.

mod api;
mod engine;

use std::path::PathBuf;
use std::process::Command;

use crate::process::{self, Result, cargo, root, say};
use crate::{conformance, debian};

use self::engine::{Engine, Found};

/// The image of the last LocalStack version that does not require an auth token.
const IMAGE: &str = "localstack/localstack:4.14.0";

/// The image with all services, for users with an auth token.
const IMAGE_WITH_TOKEN: &str = "localstack/localstack-pro:4.14.0";

/// Options for the LocalStack tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Skip the tests and succeed if no Docker engine is available and none can be started.
    #[arg(long)]
    if_possible: bool,
    /// File that contains the table to update (docs/conformance.md).
    #[arg(long, value_name = "FILE", conflicts_with = "arguments")]
    table: Option<PathBuf>,
    /// Additional arguments for the tests, such as a filter (default: all scenarios on LocalStack).
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Sets up everything that is missing, and runs the tests that need LocalStack.
pub(crate) fn run(options: &Options) -> Result<()> {
    let engine = match Engine::find()? {
        Found::Engine(engine) => engine,
        Found::Impossible(why) if options.if_possible => {
            say(&format!("skipped LocalStack: no Docker engine is available: {why}"));
            return Ok(());
        }
        Found::Impossible(why) => {
            return Err(format!(
                "no Docker engine is available: {why}; start an engine or set DOCKER_HOST"
            ));
        }
    };
    let image = image();
    provide(&engine, &image)?;
    tests(options, &engine, &image)
    // `engine` is dropped here, which stops the Docker engine and its containers if this task
    // started the engine.
}

/// Returns the image that `INFRA_MOCK_LOCALSTACK_IMAGE` names. If the variable is not set, returns
/// the default image, which depends on whether there is an auth token.
fn image() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let has_token = variable("LOCALSTACK_AUTH_TOKEN").is_some();
    let usual = if has_token { IMAGE_WITH_TOKEN } else { IMAGE };
    variable("INFRA_MOCK_LOCALSTACK_IMAGE").unwrap_or_else(|| usual.to_owned())
}

/// Builds the default image from packages if this task started the engine and the engine does not
/// have the image. The image is built because a container registry may not be reachable. In all
/// other cases, the engine itself must pull a missing image.
fn provide(engine: &Engine, image: &str) -> Result<()> {
    if engine.has_image(image)? {
        return Ok(());
    }
    if !engine.is_own() || image != IMAGE {
        say(&format!("the Docker engine will try to pull the missing image {image}"));
        return Ok(());
    }
    debian::install_missing(&["mmdebstrap"])?;
    let mut script = Command::new(root().join("tests/localstack/image.sh"));
    script.arg(image).env("DOCKER_HOST", engine.host());
    // A different `docker` program on the PATH may not work with this engine.
    script.env("DOCKER", engine::CLIENT);
    process::run(&mut script)
}

fn tests(options: &Options, engine: &Engine, image: &str) -> Result<()> {
    let variables = |tests: &mut Command| {
        tests.env("DOCKER_HOST", engine.host()).env("INFRA_MOCK_LOCALSTACK_IMAGE", image);
        for (name, value) in conformance::KEYS {
            tests.env(name, value);
        }
    };
    let mut arguments = options.arguments.clone();
    if arguments.is_empty() && options.table.is_none() {
        arguments.push("localstack".to_owned());
    }
    let table = options.table.as_deref();
    let mut suite = conformance::suite(&arguments, table, &[("LOCALSTACK", "yes")]);
    variables(&mut suite);
    process::run(&mut suite)?;
    let mut containers = cargo(["test", "--workspace", "--test", "localstack"]);
    containers.env("ECS_FOUNDATION_TEST_LOCALSTACK", "yes");
    variables(&mut containers);
    process::run(&mut containers)
}
