//! Tests for the log group's deletion protection and for the account's retention policy.

use infra_core::engine::{Goal, Verdict};
use infra_core::foundation::FoundationSpec;
use infra_core::provider::LogGroupClass;
use infra_mock::external_change::ExternalChange;
use infra_mock::logs;
use tests::parts::LOG_GROUP;
use tests::show::{blockers, changes, changing_sorted, notices};
use tests::{ABSENT, FORCE, Lab, PRESENT, some, spec};

const ADDRESS: &str = "cloudwatch_log_group.ecs";

/// Enables the log group's deletion protection, as another program would.
fn protect(lab: &Lab) {
    lab.act(logs::PutLogGroupDeletionProtectionRequest {
        log_group_identifier: some(LOG_GROUP),
        deletion_protection_enabled: Some(true),
    });
}

/// Checks that deletion protection is the plan's only blocker, and that applying the plan is
/// refused without changing anything.
async fn assert_blocked(lab: &Lab, spec: &FoundationSpec, goal: Goal) {
    let plan = lab.plan(spec, goal).await;
    assert_eq!(blockers(&plan), [format!("{ADDRESS}: the log group has deletion protection")]);
    assert!(plan.blockers[0].hint.contains("--no-deletion-protection-enabled"));
    lab.calls();
    lab.refused(spec, &plan).await;
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_protected_log_group_blocks_its_deletion_and_replacement_before_the_first_change() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    protect(&lab);
    // The configuration does not set deletion protection, so turning it on does not count as a
    // difference.
    lab.assert_converged(&spec()).await;
    for goal in [ABSENT, FORCE] {
        assert_blocked(&lab, &spec(), goal).await;
    }
    let mut varied = spec();
    varied.log_group.class = LogGroupClass::InfrequentAccess;
    assert_blocked(&lab, &varied, PRESENT).await;

    // With `skip_destroy`, the log group is kept, so its protection does not block the destroy.
    let mut kept = spec();
    kept.log_group.skip_destroy = true;
    lab.destroy(&kept).await;
}

#[tokio::test(start_paused = true)]
async fn deletion_protection_is_turned_on_and_off_as_configured() {
    let (lab, mut on, mut off) = (Lab::new(), spec(), spec());
    on.log_group.deletion_protection = Some(true);
    off.log_group.deletion_protection = Some(false);
    lab.apply(&on).await;
    lab.assert_converged(&on).await;
    lab.assert_converged(&spec()).await;
    assert_blocked(&lab, &on, ABSENT).await;

    let plan = lab.apply(&off).await;
    assert_eq!(changes(&plan), [format!("{ADDRESS} update deletion_protection: true -> false")]);
    lab.assert_converged(&off).await;
    let plan = lab.apply(&on).await;
    assert_eq!(changes(&plan), [format!("{ADDRESS} update deletion_protection: false -> true")]);
    lab.apply(&off).await;
    lab.destroy(&off).await;
}

#[tokio::test(start_paused = true)]
async fn the_retention_of_an_account_policy_is_reported_and_is_not_a_difference() {
    for days in [Some(90), None] {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        let name = "central".to_owned();
        lab.mock.seed(&ExternalChange::RetentionPolicy { name, days }).unwrap();
        let plan = lab.plan(&spec(), PRESENT).await;
        assert!(plan.is_empty());
        let notice =
            "its retention is set by the account policy `central`, not by the configuration";
        assert_eq!(notices(&plan), [format!("{ADDRESS}: {notice}")]);
        lab.assert_converged(&spec()).await;
        let findings = lab.findings(&spec()).await;
        let of = |attribute: &str| {
            let finding = findings.iter().find(|finding| finding.attribute == attribute).unwrap();
            (finding.found.clone(), finding.verdict)
        };
        let expected = if days.is_some() { "90 days" } else { "never expire" };
        assert_eq!(of("Retention"), (expected.to_owned(), Verdict::Info));
        assert_eq!(of("Retention policy"), ("central".to_owned(), Verdict::Info));
        lab.destroy(&spec()).await;
        // A new log group still gets the configured retention, which takes effect once the account
        // policy is deleted.
        assert!(changes(&lab.apply(&spec()).await).len() > 8);
        lab.assert_converged(&spec()).await;
    }
}
