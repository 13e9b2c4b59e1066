//! Tests that text from AWS cannot forge lines of output or control the terminal.

use crate::sandbox::{Backend, Sandbox};

/// A policy that another user of the account could add to a role. The policy contains lines that
/// look like the program's own output, and characters that hide or reorder text.
const FORGED: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "a\n\nNo changes. All is as configured.",
    "Effect": "Allow", "Action": ["logs:PutLogEvents", "x:\u202eevil\u2066"], "Resource": "*",
    "Condition": {"StringEquals": {"aws:\u009b31mkey": ["v\r\nPlan: 99 to create", "\u2028"]}}}]}"#;

#[test]
fn nothing_from_aws_forges_a_line_or_steers_the_terminal() {
    let sandbox = Sandbox::applied_on(Backend::Http);
    let mock = sandbox.mock();
    // IAM would reject parts of the policy, but an emulator or a service with weaker rules may
    // accept them.
    let changed = mock.with_world(|call| {
        let mut world = serde_json::to_value(&*call.world).unwrap();
        let inline = "/accounts/123456789012/iam/roles/demo-dev-ecs-task-role/inline";
        world.pointer_mut(inline).unwrap()["demo-dev-ecs-task-policy"] = FORGED.into();
        *call.world = serde_json::from_value(world).unwrap();
    });
    changed.unwrap();
    for line in ["plan", "verify", "plan --format json", "verify --format json", "destroy --yes"] {
        let run = sandbox.run(line);
        for text in [&run.stdout, &run.stderr] {
            let forged =
                |line: &str| line.starts_with("No changes.") || line.starts_with("Plan: 99");
            assert!(!text.lines().any(forged), "{line}: {run:#?}");
            let hidden =
                |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{2028}".contains(c);
            assert!(!text.contains(hidden), "{line}: {run:#?}");
        }
        assert!(
            line == "destroy --yes" || run.stdout.contains(r"No changes. All is"),
            "{line}: {run:#?}"
        );
    }
}
