//! The LocalStack backend, with the built-in mock for services that LocalStack does not provide.

use std::sync::Arc;

use infra_aws::ConnectOptions;
use infra_core::error::Error;
use infra_mock::localstack::{IMAGE, LocalStack, listed};

use super::{Connection, Mocks, aws, emulated_region};
use crate::config::{Config, EndpointUrl, MissingServices};
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Printer;

/// The default URL of LocalStack.
const URL: &str = "http://localhost:4566";

/// Connects to LocalStack. If LocalStack lacks a service, this function uses the built-in mock for
/// the service or returns an error, depending on `missing_services`.
pub(super) async fn connect(
    config: &Config,
    mocks: &mut Mocks,
    printer: &Arc<Printer>,
) -> Result<Connection, Failure> {
    let url = match config.endpoint_url.clone() {
        Some(url) => url,
        None => ambient_url()?,
    };
    let mut options =
        ConnectOptions { placeholder_keys: true, ..super::options(config, Some(&url), printer) };
    if options.region.is_none() {
        options.region = Some(emulated_region()?);
    }
    let sdk = aws(options).await?;
    let asked = if url.is_https() {
        LocalStack::ask_through(url.as_str(), &sdk).await
    } else {
        LocalStack::ask(url.as_str()).await
    };
    let localstack = asked.map_err(|error| unreachable(&error))?;
    let missing = localstack.missing();
    if missing.is_empty() {
        printer.talk_once(&format!(
            "note: backend localstack: nothing is created in AWS; all services run in {localstack}\n"
        ));
        return Ok(Connection { providers: sdk, in_memory: missing });
    }
    if config.missing_services == MissingServices::Error {
        return Err(lacking(&localstack));
    }
    let file = &config.memory_file;
    printer.talk_once(&format!(
        "note: backend localstack: nothing is created in AWS; {} {} state saved in {}; all other services run in \
         {localstack}\n",
        listed(&missing),
        if missing.len() == 1 { "runs in memory, with its" } else { "run in memory, with their" },
        file.display()
    ));
    let builder = localstack.mock_beside(&sdk).await.map_err(|error| Failure::aws([&error]))?;
    let mock = mocks.open(file, builder)?.in_region(sdk.region().clone());
    let providers = localstack.providers_beside(&sdk, &mock);
    Ok(Connection { providers, in_memory: missing })
}

/// Returns the endpoint from `AWS_ENDPOINT_URL`, or LocalStack's default URL.
fn ambient_url() -> Result<EndpointUrl, Failure> {
    const VARIABLE: &str = "AWS_ENDPOINT_URL";
    let given = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty());
    given.as_deref().unwrap_or(URL).parse().map_err(|error| {
        let problem = Problem::of(&error).note(format!("set by {VARIABLE}"));
        Failure::new(Kind::Configuration, problem)
    })
}

fn unreachable(error: &Error) -> Failure {
    let help = format!(
        "start LocalStack with `docker run --rm -p 4566:4566 {IMAGE}`, or pass the URL of a running instance with --endpoint-url"
    );
    Failure::new(Kind::Backend, Problem::of(error).help(help))
}

fn lacking(localstack: &LocalStack) -> Failure {
    let missing = localstack.missing();
    let problem = Problem::new(format!("{localstack} does not provide {}", listed(&missing)))
        .note("without an auth token, LocalStack provides IAM, CloudWatch Logs and STS, but not ECS or ECR")
        .help(format!(
            "use the built-in mock for {} with --missing-services memory, or start a LocalStack image that provides \
             {}, such as localstack/localstack-pro with LOCALSTACK_AUTH_TOKEN",
            listed(&missing),
            if missing.len() == 1 { "it" } else { "them" },
        ));
    Failure::new(Kind::Backend, problem)
}
