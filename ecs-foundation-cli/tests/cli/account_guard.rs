//! Tests that the program uses only the accounts in `allowed_account_ids`. The tests use a mock
//! server instead of AWS.

use infra_mock::faults::{Fault, Rule};
use infra_mock::sts::GetCallerIdentityRequest;
use infra_mock::{JournalEntry, MockAws};

use crate::interrupted::{await_hung, start};
use crate::sandbox::{CONFIG, Run, Sandbox};

/// Returns a sandbox with a server for account 123456789012 and a configuration that allows the
/// given accounts.
fn allowing(accounts: &str) -> Sandbox {
    let sandbox = Sandbox::served(MockAws::builder());
    sandbox.write("ecs-foundation.toml", &format!("allowed_account_ids = [{accounts}]\n{CONFIG}"));
    sandbox
}

/// Makes `GetCallerIdentity` hang, and checks whether `plan` makes other calls in the meantime.
#[track_caller]
fn assert_reads_beside_the_identity_call(accounts: &str, expected: bool) {
    let sandbox = allowing(accounts);
    let mock = sandbox.mock();
    let hang = Fault::Hang { took_effect: false };
    mock.add_fault(Rule::new(hang).on_operation::<GetCallerIdentityRequest>());
    let mut child = start(&sandbox, "plan");
    await_hung(&mock, &mut child);
    let is_read = |call: &JournalEntry| !call.is::<GetCallerIdentityRequest>();
    if expected {
        sandbox.await_call(is_read);
    }
    assert_eq!(mock.journal().iter().any(is_read), expected);
    mock.clear_faults();
    mock.release_hung();
    Run::of(&child.wait_with_output().unwrap()).succeeds().shows("Plan: 9 to create");
}

#[test]
fn reads_do_not_wait_for_the_identity_if_one_account_is_allowed() {
    assert_reads_beside_the_identity_call("'123456789012'", true);
    assert_reads_beside_the_identity_call("'123456789012', '210987654321'", false);
}

#[test]
fn another_account_is_refused_by_every_command_before_any_plan() {
    for accounts in ["'210987654321'", "'210987654321', '345678901234'"] {
        let sandbox = allowing(accounts);
        for line in [
            "plan",
            "apply --yes",
            "destroy --yes",
            "verify",
            "output",
            "policy --for apply",
            "export terraform",
        ] {
            let run = sandbox.run(line).fails();
            let run = run.says("the credentials belong to account 123456789012");
            assert_eq!(run.stdout, "", "{line}");
        }
        assert!(sandbox.calls().iter().all(|call| !call.changes));
    }
}

#[test]
fn each_command_asks_once_who_the_caller_is() {
    let sandbox = allowing("'123456789012'");
    for line in ["apply --yes", "plan", "verify", "policy --for apply", "destroy --yes"] {
        sandbox.run(line).succeeds();
        assert_eq!(sandbox.mock().requests::<GetCallerIdentityRequest>().len(), 1, "{line}");
        sandbox.calls();
    }
}
