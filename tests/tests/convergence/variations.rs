//! Tests for changed settings. The conformance suite changes each setting; these tests cover the
//! effects that the suite cannot check.

mod replacements;

use std::collections::BTreeSet;

use infra_core::foundation::ManagedPolicy;
use infra_core::provider::{Retention, RetentionDays};
use infra_mock::iam;
use tests::parts::everything;
use tests::show::changes;
use tests::{ABSENT, Lab, spec};

#[tokio::test(start_paused = true)]
async fn every_retention_period_that_aws_allows_is_set_and_read_back() {
    let (lab, mut spec) = (Lab::new(), spec());
    lab.apply(&spec).await;
    let mut before = 14;
    for days in RetentionDays::ALLOWED.into_iter().filter(|days| *days != 14) {
        spec.log_group.retention = Retention::Days(RetentionDays::new(days).unwrap());
        let plan = lab.apply(&spec).await;
        let line = format!("cloudwatch_log_group.ecs update retention_in_days: {before} -> {days}");
        assert_eq!(changes(&plan), [line]);
        lab.assert_converged(&spec).await;
        before = days;
    }
}

#[tokio::test(start_paused = true)]
async fn managed_policies_with_the_same_name_are_distinguished() {
    let (lab, mut spec) = (Lab::new(), spec());
    // The account contains a policy with the same name as an AWS managed policy.
    lab.act(iam::CreatePolicyRequest {
        policy_name: Some("AWSXRayDaemonWriteAccess".to_owned()),
        policy_document: Some(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"xray:*","Resource":"*"}}"#
                .to_owned(),
        ),
        ..Default::default()
    });
    let arns = [
        "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "arn:aws:iam::123456789012:policy/AWSXRayDaemonWriteAccess",
    ];
    let mut policies: Vec<ManagedPolicy> =
        arns.iter().map(|arn| ManagedPolicy::Arn(arn.parse().unwrap())).collect();
    policies.push(ManagedPolicy::AwsManaged("AmazonSSMReadOnlyAccess".to_owned()));
    spec.task_role.role.additional_managed_policies = policies;
    let plan = lab.apply(&spec).await;
    let addresses: Vec<&str> = plan.changes.iter().map(|change| change.address.as_str()).collect();
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len(), "{addresses:?}");
    for key in arns.iter().copied().chain(["AmazonSSMReadOnlyAccess"]) {
        let address = format!("iam_role_policy_attachment.ecs_task_role_policy[{key:?}]");
        assert!(addresses.contains(&address.as_str()), "{addresses:?}");
    }
    lab.assert_converged(&spec).await;
    lab.run(&spec, ABSENT).await;
    assert_eq!(everything(&lab), [""; 0]);
}
