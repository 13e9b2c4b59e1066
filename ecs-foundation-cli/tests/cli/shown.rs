//! Tests that the program applies only a plan that the user has seen, even if AWS changes while a
//! prompt is open.

use infra_mock::MockAws;

use crate::interrupted::make_unmanaged;
use crate::sandbox::{Sandbox, wait};
use crate::terminal::{Seen, answering};

/// Runs a command, makes a change in AWS while the prompt is open, and then answers the prompt.
fn changed_before_the_answer(
    sandbox: &Sandbox,
    line: &str,
    answer: &str,
    change: impl Fn(),
) -> Seen {
    let mut answers = vec![answer.to_owned()];
    answering(sandbox.command(line), 100, || {
        change();
        answers.pop()
    })
}

#[test]
fn destroy_refuses_what_changed_hands_while_it_asked() {
    let sandbox = Sandbox::served(MockAws::builder());
    sandbox.run("apply --yes").succeeds();
    let mock = sandbox.mock();
    let seen = changed_before_the_answer(&sandbox, "destroy", "yes\n", || {
        wait(make_unmanaged(&mock.providers()));
        mock.take_journal();
    });
    assert_eq!(seen.code, Some(1), "{seen:#?}");
    for text in [
        "AWS has changed since the plan was shown; nothing was changed",
        "ecr_repository.app: was delete, is now no-op",
        "cloudwatch_log_group.ecs: was delete, is now no-op",
    ] {
        assert!(seen.screen.contains(text), "{text:?} is not in {}", seen.screen);
    }
    assert!(mock.journal().iter().all(|call| !call.changes), "{:#?}", mock.journal());
}

#[test]
fn apply_refuses_what_appeared_while_it_asked() {
    let sandbox = Sandbox::served(MockAws::builder());
    let mock = sandbox.mock();
    let seen = changed_before_the_answer(&sandbox, "apply", "yes\n", || {
        sandbox.run("apply --yes").succeeds();
        mock.take_journal();
    });
    assert_eq!(seen.code, Some(1), "{seen:#?}");
    assert!(seen.screen.contains("ecs_cluster.main: was create, is now no-op"), "{seen:#?}");
    assert!(mock.journal().iter().all(|call| !call.changes), "{:#?}", mock.journal());
}

#[test]
fn what_stayed_the_same_is_done_and_read_twice_only_where_somebody_was_asked() {
    let sandbox = Sandbox::served(MockAws::builder());
    let mock = sandbox.mock();
    let reads = |line: &str, answer: Option<&str>| {
        mock.take_journal();
        if let Some(answer) = answer {
            let seen = changed_before_the_answer(&sandbox, line, answer, || {});
            assert_eq!(seen.code, Some(0), "{seen:#?}");
        } else {
            sandbox.run(line).succeeds();
        }
        let journal = mock.take_journal();
        journal.iter().filter(|call| call.operation == "DescribeRepositories").count()
    };
    // A run with a prompt reads the resources twice: once for the plan that is shown, and once for
    // the plan that is applied.
    let (asked, told) = (reads("apply", Some("yes\n")), {
        sandbox.run("destroy --yes").succeeds();
        reads("apply --yes", None)
    });
    assert_eq!(asked, told + 1);
}
