//! The conformance suite on LocalStack, in a container that testcontainers starts; what is missing for that is
//! done first: a Docker engine, and LocalStack's image.

mod api;
mod engine;

use std::path::PathBuf;
use std::process::Command;

use crate::conformance;
use crate::process::{self, Result, cargo, root, say};

use self::engine::{Engine, Found};

/// The image of the last version of LocalStack that needs no token.
const IMAGE: &str = "localstack/localstack:4.14.0";

/// The same with all services, for whom has a token.
const IMAGE_WITH_TOKEN: &str = "localstack/localstack-pro:4.14.0";

/// Options of the run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where no engine can be had (nobody is root here, or this is no Debian), say so and succeed.
    #[arg(long)]
    if_possible: bool,
    /// The file whose table is brought up to date: docs/conformance.md.
    #[arg(long, value_name = "FILE", conflicts_with = "arguments")]
    table: Option<PathBuf>,
    /// What else the tests are told, for instance a filter; by default all scenarios on LocalStack are run.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Does what is missing, and runs the tests that need LocalStack.
pub(crate) fn run(options: &Options) -> Result<()> {
    let engine = match Engine::find()? {
        Found::Engine(engine) => engine,
        Found::Impossible(why) if options.if_possible => {
            say(&format!("LocalStack was not run, since no Docker engine can be had here: {why}"));
            return Ok(());
        }
        Found::Impossible(why) => {
            return Err(format!(
                "no Docker engine can be had here: {why}; start one, or set DOCKER_HOST"
            ));
        }
    };
    let image = image();
    provide(&engine, &image)?;
    tests(options, &engine, &image)
    // An engine of our own ends here, and its containers with it.
}

/// The image that is run: the one that is asked for, or by whether there is a token.
fn image() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let has_token = variable("LOCALSTACK_AUTH_TOKEN").is_some();
    let usual = if has_token { IMAGE_WITH_TOKEN } else { IMAGE };
    variable("INFRA_MOCK_LOCALSTACK_IMAGE").unwrap_or_else(|| usual.to_owned())
}

/// Sees to it that the engine has the image. One that somebody else has started may pull it; for one of our own, it is
/// built from packages, since there may be no registry of containers to be reached.
fn provide(engine: &Engine, image: &str) -> Result<()> {
    if engine.has_image(image)? {
        return Ok(());
    }
    if !engine.is_own() || image != IMAGE {
        say(&format!("the engine lacks the image {image}, and will try to pull it"));
        return Ok(());
    }
    engine::install_missing(&["mmdebstrap"])?;
    let mut script = Command::new(root().join("tests/localstack/image.sh"));
    script.arg(image).env("DOCKER_HOST", engine.host());
    // Another client may come first on the PATH, which need not go with this engine.
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
