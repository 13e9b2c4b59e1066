//! Errors of what is no key, and values of the wrong type.

use super::super::super::Setting;
use super::super::flags;
use super::{none, shop, shows};

#[test]
fn a_missing_project_name_says_how_to_give_one() {
    shows(
        r#"region = "eu-west-1"
"#,
        &none(),
        r#"
error: there is no project name
 |
 = note: every name begins with it
 = help: write project_name = "NAME" at the top of ecs-foundation.toml, or give --project-name NAME or ECS_FOUNDATION_PROJECT_NAME=NAME
"#,
    );
}

#[test]
fn an_upper_case_project_name_is_refused_with_one_that_would_do() {
    shows(
        r#"project_name = "My Shop"
"#,
        &none(),
        r#"
error: "My Shop" is not a valid project name
 --> ecs-foundation.toml:1:16
  |
1 | project_name = "My Shop"
  |                ^^^^^^^^^
  |
  = note: use lower-case letters, digits and single hyphens or underscores between them (ECR repository names take no upper case)
  = help: write "my-shop"
"#,
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
    shows(
        &shop(
            r"[log_group]
retention_days = 30
",
        ),
        &none(),
        r"
error: unknown key `retention_days` in [log_group]
 --> ecs-foundation.toml:3:1
  |
3 | retention_days = 30
  | ^^^^^^^^^^^^^^
  |
  = help: did you mean `retention_in_days`?
",
    );
}

#[test]
fn a_key_in_the_wrong_table_is_sent_to_its_own() {
    shows(
        &shop(
            r"retention_in_days = 30
",
        ),
        &none(),
        r"
error: unknown key `retention_in_days`
 --> ecs-foundation.toml:2:1
  |
2 | retention_in_days = 30
  | ^^^^^^^^^^^^^^^^^
  |
  = help: write it in [log_group]
",
    );
}

#[test]
fn a_key_that_resembles_none_is_refused_with_those_that_there_are() {
    shows(
        &shop(
            r#"[unmanaged]
colour = "red"
"#,
        ),
        &none(),
        r#"
error: unknown key `colour` in [unmanaged]
 --> ecs-foundation.toml:3:1
  |
3 | colour = "red"
  | ^^^^^^
  |
  = note: the keys here are `tags`, `policies`
"#,
    );
}

#[test]
fn a_setting_of_the_top_within_a_table_is_sent_there() {
    shows(
        r#"[cluster]
project_name = "shop"
"#,
        &none(),
        r#"
error: unknown key `project_name` in [cluster]
 --> ecs-foundation.toml:2:1
  |
2 | project_name = "shop"
  | ^^^^^^^^^^^^
  |
  = help: write it at the top, before the first table

error: there is no project name
 |
 = note: every name begins with it
 = help: write project_name = "NAME" at the top of ecs-foundation.toml, or give --project-name NAME or ECS_FOUNDATION_PROJECT_NAME=NAME

error: the configuration has 2 errors
"#,
    );
}

#[test]
fn a_number_in_quotes_is_a_wrong_type() {
    shows(
        &shop(
            r#"parallelism = "4"
"#,
        ),
        &none(),
        r#"
error: `parallelism` is a string, where an integer belongs
 --> ecs-foundation.toml:2:15
  |
2 | parallelism = "4"
  |               ^^^
  |
  = help: write 4 without quotes
"#,
    );
}

#[test]
fn a_boolean_in_quotes_is_a_wrong_type() {
    shows(
        &shop(
            r#"[repository]
scan_on_push = "true"
"#,
        ),
        &none(),
        r#"
error: `scan_on_push` is a string, where a boolean belongs
 --> ecs-foundation.toml:3:16
  |
3 | scan_on_push = "true"
  |                ^^^^^^
  |
  = help: write true without quotes
"#,
    );
}

#[test]
fn a_string_for_a_list_is_a_wrong_type() {
    shows(
        &shop(
            r#"cluster.capacity_providers = "FARGATE"
"#,
        ),
        &none(),
        r#"
error: `capacity_providers` is a string, where a list belongs
 --> ecs-foundation.toml:2:30
  |
2 | cluster.capacity_providers = "FARGATE"
  |                              ^^^^^^^^^
  |
  = help: write ["FARGATE"]
"#,
    );
}

#[test]
fn a_table_for_a_list_of_tables_is_a_wrong_type() {
    shows(
        &shop(
            r#"[task_role.statements]
actions = ["s3:*"]
"#,
        ),
        &none(),
        r"
error: `statements` is a table, where a list belongs
 --> ecs-foundation.toml:2:12
  |
2 | [task_role.statements]
  |            ^^^^^^^^^^
  |
  = help: write [[task_role.statements]]
",
    );
}

#[test]
fn an_account_without_quotes_is_a_wrong_type() {
    shows(
        &shop(
            r"[task_role.trust]
source_accounts = [123456789012]
",
        ),
        &none(),
        r#"
error: `source_accounts[0]` is an integer, where a string belongs
 --> ecs-foundation.toml:3:20
  |
3 | source_accounts = [123456789012]
  |                    ^^^^^^^^^^^^
  |
  = help: write "123456789012", in quotes
"#,
    );
}

#[test]
fn a_tag_that_is_no_string_is_a_wrong_type() {
    shows(
        &shop(
            r"[tags]
level = 4
",
        ),
        &none(),
        r#"
error: `level` is an integer, where a string belongs
 --> ecs-foundation.toml:3:9
  |
3 | level = 4
  |         ^
  |
  = help: write "4", in quotes
"#,
    );
}

#[test]
fn a_key_in_the_wrong_table_of_an_environment_is_sent_to_its_own() {
    shows(
        &shop(
            r"[environments.prod]
retention_in_days = 30
",
        ),
        &none(),
        r"
error: unknown key `retention_in_days` in [environments.prod]
 --> ecs-foundation.toml:3:1
  |
3 | retention_in_days = 30
  | ^^^^^^^^^^^^^^^^^
  |
  = help: write it in [environments.prod.log_group]
",
    );
}

#[test]
fn what_is_not_toml_is_shown_where_it_stops_to_be() {
    shows(
        r#"project_name = shop
[cluster
name = "a"
name = "b"
"#,
        &none(),
        r"
error: this is not TOML: string values must be quoted, expected literal string
 --> ecs-foundation.toml:1:16
  |
1 | project_name = shop
  |                ^^^^

error: this is not TOML: unclosed table, expected `]`
 --> ecs-foundation.toml:2:9
  |
2 | [cluster
  |         ^

error: the configuration has 2 errors
",
    );
}

#[test]
fn a_key_that_is_there_twice_is_refused() {
    shows(
        &shop(
            r#"region = "eu-west-1"
region = "eu-west-2"
"#,
        ),
        &none(),
        r#"
error: this is not TOML: duplicate key
 --> ecs-foundation.toml:3:1
  |
3 | region = "eu-west-2"
  | ^^^^^^
"#,
    );
}

#[test]
fn all_errors_are_shown_at_once() {
    shows(
        r#"project_name = "Shop"
regoin = "eu-west-1"

[log_group]
retention_in_days = 15

[task_role]
name = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"

[tags]
"aws:owner" = "me"
"#,
        &flags(&[(Setting::Backend, "azure")]),
        r#"
error: "Shop" is not a valid project name
 --> ecs-foundation.toml:1:16
  |
1 | project_name = "Shop"
  |                ^^^^^^
  |
  = note: use lower-case letters, digits and single hyphens or underscores between them (ECR repository names take no upper case)
  = help: write "shop"

error: unknown key `regoin`
 --> ecs-foundation.toml:2:1
  |
2 | regoin = "eu-west-1"
  | ^^^^^^
  |
  = help: did you mean `region`?

error: 15 is not a valid retention
 --> ecs-foundation.toml:5:21
  |
5 | retention_in_days = 15
  |                     ^^
  |
  = note: CloudWatch Logs keeps events for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days, or never deletes them
  = help: write 30

error: "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" is not a valid role name
 --> ecs-foundation.toml:8:8
  |
8 | name = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: it has 65 characters, at most 64 are allowed
  = help: write "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"

error: "aws:owner" is not a valid tag key
  --> ecs-foundation.toml:11:1
   |
11 | "aws:owner" = "me"
   | ^^^^^^^^^^^
   |
   = note: keys that begin with aws: are reserved for AWS

error: "azure" is not a valid backend
 |
 | --backend azure
 |           ^^^^^
 |
 = note: use "aws", "memory" or "localstack"

error: the configuration has 6 errors
"#,
    );
}
