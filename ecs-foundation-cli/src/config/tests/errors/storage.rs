//! Errors of the repository, the log group and tags.

use super::{none, shop, shows};

#[test]
fn a_retention_of_fifteen_days_is_refused_with_the_next_longer_one() {
    shows(
        &shop(
            r"
[log_group]
retention_in_days = 15 # two weeks
",
        ),
        &none(),
        r"
error: 15 is not a valid retention
 --> ecs-foundation.toml:4:21
  |
4 | retention_in_days = 15 # two weeks
  |                     ^^
  |
  = note: CloudWatch Logs keeps events for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days, or never deletes them
  = help: write 30
",
    );
}

#[test]
fn retention_that_is_no_number_and_no_word_is_refused() {
    shows(
        &shop(
            r#"[log_group]
retention_in_days = "forever"
"#,
        ),
        &none(),
        r#"
error: "forever" is not a valid retention
 --> ecs-foundation.toml:3:21
  |
3 | retention_in_days = "forever"
  |                     ^^^^^^^^^
  |
  = note: a retention is a number of days, or "never" to keep events for ever
  = help: write 30, or "never"
"#,
    );
}

#[test]
fn a_retention_of_zero_says_how_to_keep_events_for_ever() {
    shows(
        &shop(
            r"[log_group]
retention_in_days = 0
",
        ),
        &none(),
        r#"
error: 0 is not a valid retention
 --> ecs-foundation.toml:3:21
  |
3 | retention_in_days = 0
  |                     ^
  |
  = note: a log group keeps events for at least a day
  = help: write "never" to keep events for ever
"#,
    );
}

#[test]
fn the_key_of_a_log_group_is_an_arn() {
    shows(
        &shop(
            r#"[log_group]
kms_key_id = "alias/logs"
"#,
        ),
        &none(),
        r#"
error: "alias/logs" is not a valid KMS key
 --> ecs-foundation.toml:3:14
  |
3 | kms_key_id = "alias/logs"
  |              ^^^^^^^^^^^^
  |
  = note: CloudWatch Logs wants the ARN of the key, arn:aws:kms:REGION:ACCOUNT:key/ID
"#,
    );
}

#[test]
fn a_key_does_not_go_with_aes256() {
    shows(
        &shop(
            r#"[repository.encryption]
kms_key = "alias/images"
"#,
        ),
        &none(),
        r#"
error: a KMS key does not go with the encryption AES256
 --> ecs-foundation.toml:3:11
  |
3 | kms_key = "alias/images"
  |           ^^^^^^^^^^^^^^
  |
  = note: AES256 uses keys of Amazon S3; the types KMS and KMS_DSSE use a KMS key
  = help: write type = "KMS", or leave kms_key out
"#,
    );
}

#[test]
fn a_log_group_of_class_delivery_is_refused() {
    shows(
        &shop(
            r#"[log_group]
class = "DELIVERY"
"#,
        ),
        &none(),
        r#"
error: "DELIVERY" is not a valid log group class
 --> ecs-foundation.toml:3:9
  |
3 | class = "DELIVERY"
  |         ^^^^^^^^^^
  |
  = note: use "STANDARD" or "INFREQUENT_ACCESS"
"#,
    );
}

#[test]
fn exclusion_filters_need_a_mutability_with_exclusion() {
    shows(
        &shop(
            r#"[repository]
image_tag_mutability = "IMMUTABLE"
image_tag_mutability_exclusion_filters = ["dev-*"]
"#,
        ),
        &none(),
        r#"
error: exclusion filters do not go with the tag mutability IMMUTABLE
 --> ecs-foundation.toml:4:42
  |
3 | image_tag_mutability = "IMMUTABLE"
  |                        ----------- without exclusion
4 | image_tag_mutability_exclusion_filters = ["dev-*"]
  |                                          ^^^^^^^^^
  |
  = help: write image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
"#,
    );
}

#[test]
fn a_mutability_with_exclusion_needs_filters() {
    shows(
        &shop(
            r#"[repository]
image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
"#,
        ),
        &none(),
        r#"
error: the tag mutability IMMUTABLE_WITH_EXCLUSION needs exclusion filters
 --> ecs-foundation.toml:3:24
  |
3 | image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
  |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: a mutability with exclusion has 1 to 5 filters
  = help: write image_tag_mutability_exclusion_filters = ["latest"], or another mutability
"#,
    );
}

#[test]
fn a_reserved_tag_is_refused() {
    shows(
        &shop(
            r#"[log_group.tags]
"aws:owner" = "me"
"#,
        ),
        &none(),
        r#"
error: "aws:owner" is not a valid tag key
 --> ecs-foundation.toml:3:1
  |
3 | "aws:owner" = "me"
  | ^^^^^^^^^^^
  |
  = note: keys that begin with aws: are reserved for AWS
"#,
    );
}

#[test]
fn the_name_tag_is_refused() {
    shows(
        &shop(
            r#"[tags]
Name = "mine"
"#,
        ),
        &none(),
        r#"
error: the tag `Name` cannot be set
 --> ecs-foundation.toml:3:1
  |
3 | Name = "mine"
  | ^^^^
  |
  = note: the Name tag tells whose a resource is, and follows from the resource's name
  = help: leave it out, or use another key
"#,
    );
}

#[test]
fn the_fifty_first_tag_of_a_resource_is_refused() {
    let tags: Vec<String> = (0..49).map(|tag| format!("tag{tag} = ''")).collect();
    shows(
        &shop(&format!("[tags]\n{}\n[cluster.tags]\nlast = 'one'\n", tags.join("\n"))),
        &none(),
        r"
error: too many tags for `log_group`
 --> ecs-foundation.toml:2:2
  |
2 | [tags]
  |  ^^^^
  |
  = note: a resource has at most 50 tags

error: too many tags for `cluster`
  --> ecs-foundation.toml:52:10
   |
52 | [cluster.tags]
   |          ^^^^
   |
   = note: a resource has at most 50 tags

error: the configuration has 2 errors
",
    );
}

#[test]
fn a_lifecycle_policy_that_is_no_json_is_placed_within_it() {
    shows(
        &shop(
            r#"[repository]
lifecycle_policy = '''
{
  "rules": [
    { "rulePriority": 1, }
  ]
}
'''
"#,
        ),
        &none(),
        r#"
error: the lifecycle policy is not JSON
 --> ecs-foundation.toml:6:26
  |
6 |     { "rulePriority": 1, }
  |                          ^
  |
  = note: trailing comma
"#,
    );
}

#[test]
fn a_lifecycle_policy_with_escapes_is_placed_by_its_own_lines() {
    shows(
        &shop(
            r#"[repository]
lifecycle_policy = "{\"rules\": }"
"#,
        ),
        &none(),
        r#"
error: the lifecycle policy is not JSON, at line 1, column 11 of it
 --> ecs-foundation.toml:3:20
  |
3 | lifecycle_policy = "{\"rules\": }"
  |                    ^^^^^^^^^^^^^^^
  |
  = note: expected value
"#,
    );
}

#[test]
fn a_lifecycle_policy_without_rules_is_refused() {
    shows(
        &shop(
            r#"[repository]
lifecycle_policy = '{"Rules": []}'
"#,
        ),
        &none(),
        r#"
error: the lifecycle policy has no list of rules
 --> ecs-foundation.toml:3:20
  |
3 | lifecycle_policy = '{"Rules": []}'
  |                    ^^^^^^^^^^^^^^^
  |
  = note: a lifecycle policy is a JSON object with a list of rules
  = help: write '''{"rules": [...]}''', "none", or "unmanaged" to leave it alone
"#,
    );
}

#[test]
fn a_lifecycle_policy_of_another_word_is_refused() {
    shows(
        &shop(
            r#"[repository]
lifecycle_policy = "default"
"#,
        ),
        &none(),
        r#"
error: "default" is not a valid lifecycle policy
 --> ecs-foundation.toml:3:20
  |
3 | lifecycle_policy = "default"
  |                    ^^^^^^^^^
  |
  = help: write '''{"rules": [...]}''', "none", or "unmanaged" to leave it alone
"#,
    );
}

#[test]
fn a_repository_policy_needs_an_action() {
    shows(
        &shop(
            r"repository.pull_actions = []
",
        ),
        &none(),
        r"
error: the list `pull_actions` is empty
 --> ecs-foundation.toml:2:27
  |
2 | repository.pull_actions = []
  |                           ^^
  |
  = note: the repository policy allows at least one action
",
    );
}

#[test]
fn a_filter_path_service_and_description_keep_the_rules_of_aws() {
    shows(
        &shop(
            r#"[repository]
image_tag_mutability = "MUTABLE_WITH_EXCLUSION"
image_tag_mutability_exclusion_filters = ["a*b*c*"]
additional_pull_principals = ["me"]
[task_role]
path = "shop"
description = "☃"
"#,
        ),
        &none(),
        r#"
error: "a*b*c*" is not a valid exclusion filter
 --> ecs-foundation.toml:4:43
  |
4 | image_tag_mutability_exclusion_filters = ["a*b*c*"]
  |                                           ^^^^^^^^
  |
  = note: a filter has 1 to 128 letters, digits and any of . _ -, and at most two wildcards *

error: "me" is not a valid principal
 --> ecs-foundation.toml:5:31
  |
5 | additional_pull_principals = ["me"]
  |                               ^^^^
  |
  = note: use the twelve digits of an account, or the ARN of a role or user, like arn:aws:iam::123456789012:role/deployer

error: "shop" is not a valid role path
 --> ecs-foundation.toml:7:8
  |
7 | path = "shop"
  |        ^^^^^^
  |
  = note: a path is / or begins and ends with /, as in /teams/platform/

error: "☃" is not a valid description
 --> ecs-foundation.toml:8:15
  |
8 | description = "☃"
  |               ^^^
  |
  = note: IAM takes at most 1000 characters of Latin-1

error: the configuration has 4 errors
"#,
    );
}
