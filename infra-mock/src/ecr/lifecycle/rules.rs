//! The rules that a lifecycle policy must follow.
//!
//! The schema comes from
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>. If a
//! message is known from a public source, a comment next to it cites the source. The other messages
//! in this module imitate AWS's style.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The message for a policy that does not match AWS's schema. As in AWS, the message ends with a
/// line break: <https://github.com/hashicorp/terraform-provider-aws/pull/45909>.
const NO_SCHEMA: &str = "instance failed to match exactly one schema (matched 0 out of 4)\n";

/// The maximum number of rules:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>.
const MAX_RULES: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    rules: Vec<Rule>,
}

// No member is an `Option`, because AWS accepts a missing member but rejects null, which some
// templates generate (https://github.com/cloudposse/terraform-aws-ecr/issues/158).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "AWS defines these names")]
pub(super) struct Rule {
    pub(super) rule_priority: u32,
    #[serde(default)]
    #[expect(dead_code, reason = "this field exists only so that serde checks the type")]
    description: String,
    pub(super) selection: Selection,
    pub(super) action: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Selection {
    pub(super) tag_status: TagStatus,
    #[serde(default)]
    pub(super) tag_pattern_list: Vec<String>,
    #[serde(default)]
    pub(super) tag_prefix_list: Vec<String>,
    #[serde(default)]
    pub(super) storage_class: StorageClass,
    pub(super) count_type: CountType,
    #[serde(default)]
    count_unit: String,
    pub(super) count_number: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum TagStatus {
    Tagged,
    Untagged,
    Any,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum StorageClass {
    #[default]
    Standard,
    Archive,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum CountType {
    ImageCountMoreThan,
    SinceImagePushed,
    SinceImagePulled,
    SinceImageTransitioned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, tag = "type", rename_all = "camelCase")]
pub(super) enum Action {
    // This is a struct variant so that unknown members are rejected.
    Expire {},
    #[serde(rename_all = "camelCase")]
    Transition {
        target_storage_class: StorageClass,
    },
}

/// Parses the rules of a policy that [`check`] has accepted.
pub(super) fn read(text: &str) -> Option<Vec<Rule>> {
    serde_json::from_str(text).ok().map(|Policy { rules }| rules)
}

/// Checks a policy, and returns the message for the first violation.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    let json: serde_json::Value = serde_json::from_str(text)
        .ok()
        .filter(serde_json::Value::is_object)
        .ok_or("Could not map policyString into LifecyclePolicy.")?;
    let Policy { rules } = serde_json::from_value(json).map_err(|_| NO_SCHEMA)?;
    if rules.is_empty() || rules.len() > MAX_RULES || !rules.iter().all(has_schema) {
        return Err(NO_SCHEMA);
    }
    let priorities: BTreeSet<u32> = rules.iter().map(|rule| rule.rule_priority).collect();
    if priorities.len() < rules.len() {
        return Err("Rule priorities must be unique");
    }
    rules.iter().try_for_each(check_tags)?;
    for class in [StorageClass::Standard, StorageClass::Archive] {
        let of_class = || rules.iter().filter(|rule| rule.selection.storage_class == class);
        let with = |status| of_class().filter(move |rule| rule.selection.tag_status == status);
        // The rule for tagStatus=ANY is in
        // https://github.com/cloudposse/terraform-aws-ecr/pull/146.
        if with(TagStatus::Untagged).count() > 1 {
            return Err("Only one rule can select Untagged images per storage class");
        }
        let last = of_class().map(|rule| rule.rule_priority).max();
        if with(TagStatus::Any).any(|rule| Some(rule.rule_priority) != last) {
            return Err("Rule for tagStatus=ANY must have the lowest priority per storage class");
        }
    }
    Ok(())
}

/// Returns whether AWS's schema allows this combination of members in a rule.
fn has_schema(rule: &Rule) -> bool {
    let Selection { storage_class, count_type, count_unit, count_number, .. } = &rule.selection;
    let unit = match count_type {
        CountType::ImageCountMoreThan => "",
        _ => "days",
    };
    let class = match count_type {
        CountType::SinceImageTransitioned => StorageClass::Archive,
        _ => *storage_class,
    };
    let target = match &rule.action {
        Action::Expire {} => true,
        Action::Transition { target_storage_class } => {
            *target_storage_class == StorageClass::Archive
        }
    };
    rule.rule_priority > 0
        && *count_number > 0
        && count_unit == unit
        && *storage_class == class
        && target
}

fn check_tags(rule: &Rule) -> Result<(), &'static str> {
    let Selection { tag_status, tag_pattern_list: patterns, tag_prefix_list: prefixes, .. } =
        &rule.selection;
    match (tag_status, patterns.is_empty(), prefixes.is_empty()) {
        (TagStatus::Tagged, true, true) => {
            Err("Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.")
        }
        (TagStatus::Tagged, false, false) => {
            Err("Must not specify both tagPrefixList and tagPatternList.")
        }
        (TagStatus::Tagged, ..) | (_, true, true) => {
            // https://github.com/aws/aws-cdk/pull/28432
            if patterns.iter().any(|pattern| pattern.matches('*').count() > 4) {
                return Err("Must not specify more than four wildcards in a tagPatternList entry.");
            }
            Ok(())
        }
        _ => Err("Must not specify tagPrefixList or tagPatternList unless tagStatus=TAGGED."),
    }
}
