//! Creates a foundation in LocalStack, using the mock for the services that LocalStack lacks. Run
//! the example with `cargo run --package tests --example localstack` on a machine with a Docker
//! engine.

use infra_aws::ConnectOptions;
use infra_core::engine::{Detail, Goal, RunOptions};
use infra_core::foundation::{Foundation, FoundationSpec};
use infra_mock::localstack::container::{Container, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let container = Container::start(&Options::from_env()).await?;
    let localstack = container.localstack();
    let options = ConnectOptions {
        endpoint_url: Some(localstack.url().to_owned()),
        region: Some("us-east-1".parse()?),
        placeholder_keys: true,
        ..ConnectOptions::default()
    };
    let sdk = infra_aws::connect(&options).await?;
    let memory = localstack.mock_beside(&sdk).await?.build();
    let providers = localstack.providers_beside(&sdk, &memory);

    let spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
    let foundation = Foundation::new(spec, providers.location().await?)?;
    let (stack, options) = (foundation.stack(&providers), RunOptions::default());
    for goal in [Goal::Present { adopt: false }, Goal::Absent { force: false }] {
        let found = stack.observe(Detail::Contents, &options).await?;
        stack.apply(&stack.plan(&found, goal), &options).await?.into_result()?;
    }
    container.stop().await?;
    Ok(())
}
