//! Errors of environments, flags and variables.

use super::super::super::Setting;
use super::super::{flags, variables};
use super::{none, shop, shows};

#[test]
fn an_endpoint_needs_its_scheme() {
    shows(
        &shop(
            r#"endpoint_url = "localhost:4566"
"#,
        ),
        &none(),
        r#"
error: "localhost:4566" is not a valid endpoint URL
 --> ecs-foundation.toml:2:16
  |
2 | endpoint_url = "localhost:4566"
  |                ^^^^^^^^^^^^^^^^
  |
  = note: a URL reads http://HOST:PORT or https://HOST:PORT
  = help: write "http://localhost:4566"
"#,
    );
}

#[test]
fn production_keeps_its_logs_for_thirty_days() {
    shows(
        &shop(
            r#"[log_group]
retention_in_days = 14
[environments.prod]
region = "eu-west-1"
"#,
        ),
        &flags(&[(Setting::Environment, "prod")]),
        r"
error: 14 is too short for the environment prod
 --> ecs-foundation.toml:3:21
  |
3 | retention_in_days = 14
  |                     ^^
  |
  = note: production keeps its logs 30 days or more
  = help: write 30 or more, for this environment alone under [environments.prod.log_group]
",
    );
}

#[test]
fn an_environment_that_is_not_declared_is_refused() {
    shows(
        &shop(
            r"[environments.prod]
[environments.staging]
",
        ),
        &flags(&[(Setting::Environment, "prdo")]),
        r#"
error: the file declares no environment "prdo"
 |
 | --environment prdo
 |               ^^^^
 |
 = note: its environments are dev, prod, staging
 = help: did you mean prod?
"#,
    );
}

#[test]
fn an_environment_that_is_not_chosen_is_checked_too() {
    shows(
        &shop(
            r"[environments.prod.log_group]
retention_in_day = 90
[environments.Test]
",
        ),
        &none(),
        r#"
error: unknown key `retention_in_day` in [environments.prod.log_group]
 --> ecs-foundation.toml:3:1
  |
3 | retention_in_day = 90
  | ^^^^^^^^^^^^^^^^
  |
  = help: did you mean `retention_in_days`?

error: "Test" is not a valid environment name
 --> ecs-foundation.toml:4:15
  |
4 | [environments.Test]
  |               ^^^^
  |
  = note: use lower-case letters, digits and single hyphens or underscores between them (ECR repository names take no upper case)
  = help: write [environments.test]

error: the configuration has 2 errors
"#,
    );
}

#[test]
fn an_environment_s_table_does_not_name_the_environment() {
    shows(
        &shop(
            r#"[environments.prod]
environment = "prod"
"#,
        ),
        &none(),
        r#"
error: `environment` cannot stand in [environments.prod]
 --> ecs-foundation.toml:3:1
  |
3 | environment = "prod"
  | ^^^^^^^^^^^
  |
  = note: `environment` belongs to the top of the file
  = help: leave it out
"#,
    );
}

#[test]
fn a_wrong_flag_is_shown_as_it_was_given() {
    shows(
        &shop(""),
        &flags(&[(Setting::Backend, "memroy"), (Setting::Region, "EU")]),
        r#"
error: "memroy" is not a valid backend
 |
 | --backend memroy
 |           ^^^^^^
 |
 = note: use "aws", "memory" or "localstack"
 = help: write --backend memory

error: "EU" is not a valid region
 |
 | --region EU
 |          ^^
 |
 = note: a region is lower-case words and a number joined by hyphens, like us-east-1

error: the configuration has 2 errors
"#,
    );
}

#[test]
fn a_wrong_variable_is_shown_as_it_was_given() {
    shows(
        &shop(""),
        &variables(&[("ECS_FOUNDATION_PARALLELISM", "many"), ("AWS_REGION", "eu")]),
        r#"
error: "eu" is not a valid region
 |
 | AWS_REGION=eu
 |            ^^
 |
 = note: a region is lower-case words and a number joined by hyphens, like us-east-1

error: "many" is not a valid parallelism
 |
 | ECS_FOUNDATION_PARALLELISM=many
 |                            ^^^^
 |
 = note: write a whole number from 1 on

error: the configuration has 2 errors
"#,
    );
}

#[test]
fn an_endpoint_by_flag_does_not_go_with_the_memory_backend() {
    shows(
        &shop(
            r#"backend = "memory"
"#,
        ),
        &flags(&[(Setting::EndpointUrl, "http://127.0.0.1:5000")]),
        r#"
error: the memory backend has no endpoint
 --> ecs-foundation.toml:2:11
  |
2 | backend = "memory"
  |           -------- the backend is chosen here
  |
 :::
  | --endpoint-url http://127.0.0.1:5000
  |                ^^^^^^^^^^^^^^^^^^^^^
  |
  = help: give --backend aws as well, or leave the endpoint out
"#,
    );
}

#[test]
fn missing_services_by_flag_go_with_localstack_alone() {
    shows(
        &shop(""),
        &flags(&[(Setting::MissingServices, "memory")]),
        r"
error: the aws backend has every service
 |
 | --missing-services memory
 |                    ^^^^^^
 |
 = help: give --backend localstack as well, or leave it out
",
    );
}

#[test]
fn a_wrong_way_with_missing_services_is_refused() {
    shows(
        &shop(
            r#"missing_services = "mock"
"#,
        ),
        &none(),
        r#"
error: "mock" is not a valid way with missing services
 --> ecs-foundation.toml:2:20
  |
2 | missing_services = "mock"
  |                    ^^^^^^
  |
  = note: use "error" or "memory"
"#,
    );
}
