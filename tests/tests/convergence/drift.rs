//! Each attribute changed behind the tool's back: the plan shows exactly that change, apply puts it right
//! with exactly the calls that it takes, and the next plan is empty.

mod attributes;
mod missing;
mod tags;

use infra_core::engine::Verdict;
use infra_core::foundation::FoundationSpec;
use tests::show::{changes, changing_sorted};
use tests::{Lab, PRESENT, spec};

/// A drift on a foundation that was complete.
struct Drift {
    /// How the foundation differs from the default one.
    given: fn(&mut FoundationSpec),
    /// What somebody does.
    happens: fn(&Lab),
    /// The lines of the plan that follows.
    plan: Vec<String>,
    /// The changing calls that put it right, by name.
    calls: Vec<&'static str>,
}

impl Drift {
    async fn check(self) {
        let Self { given, happens, plan: expected, calls } = self;
        let (lab, mut spec) = (Lab::new(), spec());
        given(&mut spec);
        lab.apply(&spec).await;
        lab.assert_converged(&spec).await;

        happens(&lab);
        let plan = lab.plan(&spec, PRESENT).await;
        assert_eq!(changes(&plan), expected);
        // What a plan would change is what a person is shown as different.
        let findings = lab.findings(&spec).await;
        assert!(
            findings.iter().any(|finding| finding.verdict == Verdict::Differs),
            "{findings:#?}"
        );

        lab.calls();
        let report = lab.carry_out(&spec, &plan).await;
        assert!(report.is_success(), "{report:#?}");
        assert_eq!(changing_sorted(&lab.calls()), calls);
        lab.assert_converged(&spec).await;
    }
}

/// One test a drift: its name, what is special about the foundation, what somebody does, and what follows.
macro_rules! drifts {
    ($($name:ident $(given $given:expr,)? by $happens:expr,
        plans [$($line:expr),* $(,)?] calls [$($call:expr),* $(,)?];
    )+) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let given: &[fn(&mut infra_core::foundation::FoundationSpec)] = &[$($given)?];
            let drift = crate::drift::Drift {
                given: given.first().copied().unwrap_or(|_| ()),
                happens: $happens,
                plan: vec![$(String::from($line)),*],
                calls: vec![$($call),*],
            };
            drift.check().await;
        }
    )+};
}
use drifts;
