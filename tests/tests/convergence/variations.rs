//! Every setting of the configuration changed on a complete foundation: the plan changes just that, and
//! nothing is left to do after it; the same on the way back to the default, and from nothing.

mod replacements;
mod settings;

use std::collections::BTreeSet;

use infra_core::foundation::{FoundationSpec, ManagedPolicy};
use infra_mock::iam;
use tests::parts::everything;
use tests::show::{changes, outline};
use tests::{ABSENT, Lab, PRESENT, spec};

/// One way in which a configuration can differ from the default.
struct Variation {
    vary: fn(&mut FoundationSpec),
    /// The lines of the plan on a complete foundation.
    plan: Vec<String>,
    /// The outline of the plan on the way back, where it is not the one of the way there.
    back: Option<Vec<&'static str>>,
}

impl Variation {
    fn spec(&self) -> FoundationSpec {
        let mut spec = spec();
        (self.vary)(&mut spec);
        spec
    }

    /// An AWS with a capacity provider of an Auto Scaling group.
    fn lab() -> Lab {
        let lab = Lab::new();
        lab.with_world(|call| call.ecs().add_capacity_provider("spare"));
        lab
    }

    /// There and back on a complete foundation.
    async fn changes_just_that(self) {
        let (lab, default, varied) = (Self::lab(), spec(), self.spec());
        lab.apply(&default).await;

        let there = lab.plan(&varied, PRESENT).await;
        assert_eq!(changes(&there), self.plan);
        assert!(lab.carry_out(&varied, &there).await.is_success());
        lab.assert_converged(&varied).await;

        let back = lab.plan(&default, PRESENT).await;
        match self.back {
            Some(expected) => assert_eq!(outline(&back), expected),
            None => assert_eq!(outline(&back), outline(&there)),
        }
        assert!(lab.carry_out(&default, &back).await.is_success());
        lab.assert_converged(&default).await;
    }

    /// From nothing, and to nothing again.
    async fn comes_from_nothing(self) {
        let (lab, varied) = (Self::lab(), self.spec());
        let plan = lab.apply(&varied).await;
        assert!(plan.summary().create >= 8, "{:?}", plan.summary());
        lab.assert_converged(&varied).await;
        lab.run(&varied, ABSENT).await;
        let kept = usize::from(varied.log_group.skip_destroy);
        assert_eq!(everything(&lab).len(), kept, "{:?}", everything(&lab));
    }
}

/// Two tests a variation, in a module of its name.
macro_rules! variations {
    ($($name:ident by $vary:expr,
        plans [$($line:expr),* $(,)?] $(back [$($back:expr),* $(,)?])?;
    )+) => {$(
        fn $name() -> crate::variations::Variation {
            let back: &[Vec<&'static str>] = &[$(vec![$($back),*])?];
            crate::variations::Variation {
                vary: $vary,
                plan: vec![$(String::from($line)),*],
                back: back.first().cloned(),
            }
        }

        mod $name {
            #[tokio::test(start_paused = true)]
            async fn changes_just_that() {
                super::$name().changes_just_that().await;
            }

            #[tokio::test(start_paused = true)]
            async fn is_made_from_nothing() {
                super::$name().comes_from_nothing().await;
            }
        }
    )+};
}
use variations;

#[tokio::test(start_paused = true)]
async fn policies_of_one_name_are_told_apart() {
    let (lab, mut spec) = (Lab::new(), spec());
    // One of AWS's and one of the account's.
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
