//! Tests that the providers use the caller's account and the client's region.

use infra_core::arn::Partition;
use infra_core::error::OrAbsent;
use infra_mock::MockAws;

use super::{Aws, cluster, of, role};

#[tokio::test]
async fn location_is_the_caller_account_in_the_client_region() {
    for (region, partition) in [
        ("eu-west-1", Partition::Aws),
        ("cn-north-1", Partition::AwsCn),
        ("us-gov-west-1", Partition::AwsUsGov),
        ("eusc-de-east-1", Partition::AwsEusc),
        ("us-iso-east-1", Partition::AwsIso),
        ("us-isob-east-1", Partition::AwsIsoB),
        ("eu-isoe-west-1", Partition::AwsIsoE),
        ("us-isof-south-1", Partition::AwsIsoF),
    ] {
        let mock = MockAws::builder().account(of("111122223333")).region(of(region)).build();
        let providers = infra_aws::providers(&mock.sdk_config()).unwrap();
        let location = providers.location().await.unwrap();
        assert_eq!(location.account_id.as_str(), "111122223333");
        assert_eq!(location.region.as_str(), region);
        assert_eq!(location.partition, partition);
    }
}

#[tokio::test]
async fn clusters_are_regional_and_roles_are_global() {
    let aws = Aws::new();
    let other_region = aws.mock.in_region(of("ap-south-1")).sdk_config();
    let other_region = infra_aws::providers(&other_region).unwrap();
    aws.providers.clusters().create_cluster(&cluster()).await.unwrap();
    aws.providers.roles().create_role(&role()).await.unwrap();
    let cluster = other_region.clusters().describe_cluster(&of("main"), false).await;
    assert_eq!(cluster.or_absent().unwrap(), None);
    let role = other_region.roles().get_role(&of("app")).await.unwrap();
    assert_eq!(role.arn, of("arn:aws:iam::123456789012:role/app"));
}
