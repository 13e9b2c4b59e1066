//! A deploy script that uses the AWS SDK. The tests run the script against the mock, in the same
//! process. The script registers a task definition, updates a service, and uses the SDK's own
//! waiter to wait until the service is stable. If the service does not become stable, the script
//! rolls the update back.
//!
//! On AWS, the waits take minutes. On the mock, the waits take milliseconds, because the mock uses
//! tokio's paused clock. Run the example with `cargo run -p tests --example deploy`.

use std::error::Error;
use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::client::Waiters;
use aws_sdk_ecs::types::{
    AwsVpcConfiguration, ContainerDefinition, NetworkConfiguration, NetworkMode,
};
use infra_mock::api::Lag;
use infra_mock::ecs::Script;
use infra_mock::time::TokioClock;
use infra_mock::{MockAws, ecs};

/// The outcome of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The service runs the new task definition.
    Deployed(String),
    /// The service runs the previous task definition again.
    RolledBack(String),
}

/// Deploys an image to a service. This function does not depend on the mock.
///
/// # Errors
/// Returns an error if AWS refuses a call.
pub async fn deploy(
    client: &Client,
    cluster: &str,
    service: &str,
    image: &str,
) -> Result<Outcome, Box<dyn Error>> {
    let found = client.describe_services().cluster(cluster).services(service).send().await?;
    let current = found.services().first().ok_or("the service does not exist")?;
    let former = current.task_definition().unwrap_or_default().to_owned();

    let container =
        ContainerDefinition::builder().name("app").image(image).memory(256).essential(true).build();
    let registered = client
        .register_task_definition()
        .family("app")
        .network_mode(NetworkMode::Awsvpc)
        .cpu("256")
        .memory("512")
        .container_definitions(container)
        .send()
        .await?;
    let new = registered
        .task_definition()
        .and_then(|definition| definition.task_definition_arn())
        .ok_or("the response has no ARN")?
        .to_owned();

    if update(client, cluster, service, &new).await? {
        return Ok(Outcome::Deployed(new));
    }
    update(client, cluster, service, &former).await?;
    Ok(Outcome::RolledBack(former))
}

/// Updates the service, and returns whether it became stable within ten minutes.
async fn update(
    client: &Client,
    cluster: &str,
    service: &str,
    task_definition: &str,
) -> Result<bool, Box<dyn Error>> {
    client
        .update_service()
        .cluster(cluster)
        .service(service)
        .task_definition(task_definition)
        .send()
        .await?;
    let stable = client.wait_until_services_stable().cluster(cluster).services(service);
    Ok(stable.wait(Duration::from_mins(10)).await.is_ok())
}

/// Creates a mock with a cluster and a service that runs two tasks. The tasks take as long to start
/// as on Fargate.
///
/// # Errors
/// Returns an error if the mock refuses a call.
pub async fn stage() -> Result<(MockAws, Client), Box<dyn Error>> {
    let lag = Lag {
        task_provisioning: Duration::from_secs(3),
        task_pending: Duration::from_secs(17),
        task_stopping: Duration::from_secs(30),
        ..Lag::default()
    };
    let mock = MockAws::builder().clock(TokioClock::default()).lag(lag).build();
    mock.on_container("app", Script::runs().prints("listening on port 80"));
    mock.call(ecs::CreateClusterRequest {
        cluster_name: Some("shop".to_owned()),
        capacity_providers: Some(vec!["FARGATE".to_owned()]),
        default_capacity_provider_strategy: Some(vec![ecs::CapacityProviderStrategyItem::new(
            "FARGATE", 0, 1,
        )]),
        ..ecs::CreateClusterRequest::default()
    })?;
    let client = Client::new(&mock.sdk_config());
    let container = ContainerDefinition::builder().name("app").image("shop:1").memory(256).build();
    client
        .register_task_definition()
        .family("app")
        .network_mode(NetworkMode::Awsvpc)
        .cpu("256")
        .memory("512")
        .container_definitions(container)
        .send()
        .await?;
    let vpc = AwsVpcConfiguration::builder().subnets("subnet-1").build()?;
    client
        .create_service()
        .cluster("shop")
        .service_name("web")
        .task_definition("app")
        .desired_count(2)
        .network_configuration(NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
        .send()
        .await?;
    Ok((mock, client))
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout, reason = "an example prints its results")]
async fn main() -> Result<(), Box<dyn Error>> {
    tokio::time::pause();
    let (_mock, client) = stage().await?;
    let good = deploy(&client, "shop", "web", "shop:2").await?;
    println!("{good:?}");
    // This image does not exist in ECR, so the new tasks never start.
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:3";
    let bad = deploy(&client, "shop", "web", image).await?;
    println!("{bad:?}");
    Ok(())
}
