//! Errors of the two roles.

use super::super::super::Setting;
use super::super::flags;
use super::{none, shop, shows};

#[test]
fn a_number_out_of_its_range_is_refused_with_the_nearest() {
    shows(
        &shop(
            r"[execution_role]
max_session_duration = 60
",
        ),
        &none(),
        r"
error: 60 is not a valid session duration in seconds
 --> ecs-foundation.toml:3:24
  |
3 | max_session_duration = 60
  |                        ^^
  |
  = note: a session duration in seconds is from 3600 to 43200
  = help: write 3600
",
    );
}

#[test]
fn a_role_name_over_64_characters_is_refused() {
    shows(
        &shop(
            r#"[task_role]
name = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
"#,
        ),
        &none(),
        r#"
error: "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" is not a valid role name
 --> ecs-foundation.toml:3:8
  |
3 | name = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: it has 65 characters, at most 64 are allowed
  = help: write "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
"#,
    );
}

#[test]
fn a_role_name_that_project_and_environment_make_too_long_is_placed_there() {
    shows(
        r#"project_name = "a-project-name-as-long-as-it-can-be"
environment = "an-environment"
"#,
        &none(),
        r#"
error: "a-project-name-as-long-as-it-can-be-an-environment-ecs-execution-role" is not a valid role name
 --> ecs-foundation.toml:1:16
  |
1 | project_name = "a-project-name-as-long-as-it-can-be"
  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the name begins with this
2 | environment = "an-environment"
  |               ---------------- and goes on with this
  |
  = note: it has 69 characters, at most 64 are allowed
  = help: write a shorter project name or environment than "a-project-name-as-long-as-it-can-be-an-environment", or set execution_role.name
"#,
    );
}

#[test]
fn the_same_is_placed_at_the_flag_that_made_it_too_long() {
    shows(
        r#"project_name = "a-project-name-as-long-as-it-can-be"
"#,
        &flags(&[(Setting::Environment, "an-environment")]),
        r#"
error: "a-project-name-as-long-as-it-can-be-an-environment-ecs-execution-role" is not a valid role name
 --> ecs-foundation.toml:1:16
  |
1 | project_name = "a-project-name-as-long-as-it-can-be"
  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the name begins with this
  |
 :::
  | --environment an-environment
  |               -------------- and goes on with this
  |
  = note: it has 69 characters, at most 64 are allowed
  = help: write a shorter project name or environment than "a-project-name-as-long-as-it-can-be-an-environment", or set execution_role.name
"#,
    );
}

#[test]
fn a_permissions_boundary_is_the_arn_of_a_policy() {
    shows(
        &shop(
            r#"[task_role]
permissions_boundary = "arn:aws:iam::123456789012:role/boundary"
"#,
        ),
        &none(),
        r#"
error: "arn:aws:iam::123456789012:role/boundary" is not a valid permissions boundary
 --> ecs-foundation.toml:3:24
  |
3 | permissions_boundary = "arn:aws:iam::123456789012:role/boundary"
  |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: the ARN of a managed policy reads arn:aws:iam::ACCOUNT:policy/NAME
"#,
    );
}

#[test]
fn a_managed_policy_is_an_arn_or_a_name() {
    shows(
        &shop(
            r#"[execution_role]
additional_managed_policies = ["AmazonSSMReadOnlyAccess", "arn:aws:iam:policy"]
"#,
        ),
        &none(),
        r#"
error: "arn:aws:iam:policy" is not a valid managed policy
 --> ecs-foundation.toml:3:59
  |
3 | additional_managed_policies = ["AmazonSSMReadOnlyAccess", "arn:aws:iam:policy"]
  |                                                           ^^^^^^^^^^^^^^^^^^^^
  |
  = note: the ARN of a managed policy reads arn:aws:iam::ACCOUNT:policy/NAME
"#,
    );
}

#[test]
fn a_statement_needs_actions_and_resources() {
    shows(
        &shop(
            r#"[[task_role.statements]]
sid = "Orders"
"#,
        ),
        &none(),
        r#"
error: a statement has no `actions`
 --> ecs-foundation.toml:2:1
  |
2 | [[task_role.statements]]
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write actions = ["..."]

error: a statement has no `resources`
 --> ecs-foundation.toml:2:1
  |
2 | [[task_role.statements]]
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write resources = ["..."]

error: the configuration has 2 errors
"#,
    );
}

#[test]
fn actions_and_not_actions_exclude_each_other() {
    shows(
        &shop(
            r#"[[task_role.statements]]
actions = ["s3:*"]
not_actions = ["s3:Put*"]
resources = ["*"]
"#,
        ),
        &none(),
        r"
error: a statement has both `actions` and `not_actions`
 --> ecs-foundation.toml:2:1
  |
2 | [[task_role.statements]]
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: keep one of them, or write two statements
",
    );
}

#[test]
fn what_is_no_action_and_no_resource_is_refused() {
    shows(
        &shop(
            r#"[[task_role.statements]]
actions = ["s3.GetObject"]
resources = ["my-bucket"]
"#,
        ),
        &none(),
        r#"
error: "s3.GetObject" is not a valid action
 --> ecs-foundation.toml:3:12
  |
3 | actions = ["s3.GetObject"]
  |            ^^^^^^^^^^^^^^
  |
  = note: an action reads SERVICE:OPERATION, like logs:PutLogEvents, with * and ? as wildcards

error: "my-bucket" is not a valid resource
 --> ecs-foundation.toml:4:14
  |
4 | resources = ["my-bucket"]
  |              ^^^^^^^^^^^
  |
  = note: write an ARN, with * and ? as wildcards, or "*" for all resources

error: the configuration has 2 errors
"#,
    );
}

#[test]
fn two_statements_cannot_have_one_sid() {
    shows(
        &shop(
            r#"[[task_role.statements]]
sid = "Read"
actions = ["s3:Get*"]
resources = ["*"]
[[task_role.statements]]
sid = "Read"
actions = ["s3:List*"]
resources = ["*"]
"#,
        ),
        &none(),
        r#"
error: two statements have the sid "Read"
 --> ecs-foundation.toml:7:7
  |
3 | sid = "Read"
  |       ------ it is here already
...
7 | sid = "Read"
  |       ^^^^^^
  |
  = note: the sids of a policy differ from each other
  = help: give one of them another sid, or none
"#,
    );
}

#[test]
fn a_sid_of_a_role_s_policy_is_letters_and_digits() {
    shows(
        &shop(
            r#"[[task_role.statements]]
sid = "Read all"
actions = ["s3:Get*"]
resources = ["*"]
"#,
        ),
        &none(),
        r#"
error: "Read all" is not a valid statement id
 --> ecs-foundation.toml:3:7
  |
3 | sid = "Read all"
  |       ^^^^^^^^^^
  |
  = note: IAM takes letters and digits alone
  = help: write "Readall"
"#,
    );
}

#[test]
fn an_unknown_condition_operator_is_refused() {
    shows(
        &shop(
            r#"[[task_role.statements]]
actions = ["s3:Get*"]
resources = ["*"]
conditions.StringEqual."aws:ResourceAccount" = "123456789012"
"#,
        ),
        &none(),
        r#"
error: unknown condition operator `StringEqual`
 --> ecs-foundation.toml:5:12
  |
5 | conditions.StringEqual."aws:ResourceAccount" = "123456789012"
  |            ^^^^^^^^^^^
  |
  = note: an operator is one of IAM's, like StringEquals or ArnLike, perhaps with ForAnyValue: or ForAllValues: before it or IfExists after it
  = help: did you mean `StringEquals`?
"#,
    );
}

#[test]
fn a_trust_policy_needs_a_service() {
    shows(
        &shop(
            r"task_role.trust.services = []
",
        ),
        &none(),
        r"
error: the list `services` is empty
 --> ecs-foundation.toml:2:28
  |
2 | task_role.trust.services = []
  |                            ^^
  |
  = note: at least one service has to be able to assume the role
",
    );
}

#[test]
fn what_is_no_service_or_account_is_refused() {
    shows(
        &shop(
            r#"[task_role.trust]
services = ["ecs-tasks"]
source_accounts = ["1234"]
source_arns = ["cluster/*"]
"#,
        ),
        &none(),
        r#"
error: "ecs-tasks" is not a valid service principal
 --> ecs-foundation.toml:3:13
  |
3 | services = ["ecs-tasks"]
  |             ^^^^^^^^^^^
  |
  = note: a service is named like ecs-tasks.amazonaws.com

error: "1234" is not a valid account id
 --> ecs-foundation.toml:4:20
  |
4 | source_accounts = ["1234"]
  |                    ^^^^^^
  |
  = note: use twelve digits, or "own" for the account that the foundation is in

error: "cluster/*" is not a valid source ARN
 --> ecs-foundation.toml:5:16
  |
5 | source_arns = ["cluster/*"]
  |                ^^^^^^^^^^^
  |
  = note: write an ARN, with * and ? as wildcards, like arn:aws:ecs:us-east-1:123456789012:*

error: the configuration has 3 errors
"#,
    );
}
