//! Tests that the deploy example deploys an image, and rolls back if the image cannot be pulled.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "the example has public items, and this test includes it as a module"
)]

#[path = "../examples/deploy.rs"]
mod deploy;

use deploy::{Outcome, deploy, stage};

const ARN: &str = "arn:aws:ecs:us-east-1:123456789012:task-definition/app";

#[tokio::test(start_paused = true)]
async fn the_script_deploys_and_rolls_back() {
    let (_mock, client) = stage().await.unwrap();
    let good = deploy(&client, "shop", "web", "shop:2").await.unwrap();
    assert_eq!(good, Outcome::Deployed(format!("{ARN}:2")));

    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:3";
    let bad = deploy(&client, "shop", "web", image).await.unwrap();
    assert_eq!(bad, Outcome::RolledBack(format!("{ARN}:2")));
    let found = client.describe_services().cluster("shop").services("web").send().await.unwrap();
    let service = &found.services()[0];
    assert_eq!((service.running_count(), service.deployments().len()), (2, 1));
}
