//! ECR's rules for lifecycle policies.
//!
//! Source:
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>. For
//! most mistakes, ECR returns a generic schema error. The errors in this module name the broken
//! rule.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::names::InvalidValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rule {
    #[serde(rename = "rulePriority")]
    priority: u32,
    #[serde(default, rename = "description")]
    _description: String,
    selection: Selection,
    action: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Selection {
    tag_status: TagStatus,
    // ECR rejects null for these lists, so they are not of type `Option`, which would accept null.
    #[serde(default)]
    tag_pattern_list: Vec<String>,
    #[serde(default)]
    tag_prefix_list: Vec<String>,
    #[serde(default)]
    storage_class: StorageClass,
    count_type: CountType,
    #[serde(default)]
    count_unit: String,
    count_number: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TagStatus {
    Tagged,
    Untagged,
    Any,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StorageClass {
    #[default]
    Standard,
    Archive,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum CountType {
    ImageCountMoreThan,
    SinceImagePushed,
    SinceImagePulled,
    SinceImageTransitioned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, tag = "type", rename_all = "lowercase")]
enum Action {
    Expire {},
    #[serde(rename_all = "camelCase")]
    Transition {
        target_storage_class: StorageClass,
    },
}

/// Checks a lifecycle policy as `PutLifecyclePolicy` does.
///
/// # Errors
/// Returns the first of ECR's rules that the policy breaks.
pub(super) fn check(document: &Value) -> Result<(), InvalidValue> {
    let error =
        |rule: String| InvalidValue::new("lifecycle policy", &document.to_string(), rule, None);
    let length = document.to_string().chars().count();
    if !(100..=30_720).contains(&length) {
        return Err(error("ECR accepts a lifecycle policy of 100 to 30720 characters".to_owned()));
    }
    let Policy { rules } = Policy::deserialize(document).map_err(|why| error(why.to_string()))?;
    if !(1..=50).contains(&rules.len()) {
        return Err(error("a lifecycle policy must have 1 to 50 rules".to_owned()));
    }
    let mut priorities = BTreeSet::new();
    for rule in &rules {
        let at = |why: &str| error(format!("rule {}: {why}", rule.priority));
        if !priorities.insert(rule.priority) {
            return Err(at("another rule has the same priority"));
        }
        single(rule).map_err(at)?;
    }
    for class in [StorageClass::Standard, StorageClass::Archive] {
        let of_class = || rules.iter().filter(|rule| rule.selection.storage_class == class);
        let with = |status| of_class().filter(move |rule| rule.selection.tag_status == status);
        if with(TagStatus::Untagged).count() > 1 {
            return Err(error(
                "only one rule per storage class can select untagged images".to_owned(),
            ));
        }
        let last = of_class().map(|rule| rule.priority).max();
        if with(TagStatus::Any).any(|rule| Some(rule.priority) != last) {
            let why = "the rule with tagStatus any must have the highest rulePriority in its storage class";
            return Err(error(why.to_owned()));
        }
    }
    Ok(())
}

/// Checks a rule independently of the others.
fn single(rule: &Rule) -> Result<(), &'static str> {
    let Selection {
        tag_status,
        tag_pattern_list: patterns,
        tag_prefix_list: prefixes,
        storage_class,
        count_type,
        count_unit,
        count_number,
    } = &rule.selection;
    if rule.priority == 0 || *count_number == 0 {
        return Err("rulePriority and countNumber must be at least 1");
    }
    match (count_type, count_unit.as_str()) {
        (CountType::ImageCountMoreThan, "") => {}
        (CountType::ImageCountMoreThan, _) => {
            return Err("countType imageCountMoreThan cannot have a countUnit");
        }
        (_, "days") => {}
        _ => return Err("this countType requires countUnit \"days\""),
    }
    if *count_type == CountType::SinceImageTransitioned && *storage_class != StorageClass::Archive {
        return Err("countType sinceImageTransitioned requires storageClass \"archive\"");
    }
    if let Action::Transition { target_storage_class } = &rule.action
        && *target_storage_class != StorageClass::Archive
    {
        return Err("images can only be moved to the storage class \"archive\"");
    }
    match (tag_status, patterns.is_empty(), prefixes.is_empty()) {
        (TagStatus::Tagged, true, true) => {
            Err("tagStatus \"tagged\" requires tagPatternList or tagPrefixList")
        }
        (TagStatus::Tagged, false, false) => Err("use tagPatternList or tagPrefixList, not both"),
        (TagStatus::Tagged, ..) | (_, true, true) => {
            let wildcards = |pattern: &String| pattern.matches('*').count() > 4;
            let broken = patterns.iter().any(wildcards);
            if broken { Err("a tag pattern can contain at most four * wildcards") } else { Ok(()) }
        }
        _ => Err("tagPatternList and tagPrefixList require tagStatus tagged"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;

    fn rule(priority: u32, selection: &Value) -> Value {
        json!({
            "rulePriority": priority,
            "description": "keeps the repository small",
            "selection": selection,
            "action": {"type": "expire"},
        })
    }

    #[test]
    fn what_ecr_accepts_is_accepted() {
        let untagged = json!({"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14});
        let any = json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 20});
        let tagged = json!({"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": 5});
        let policy = json!({"rules": [rule(1, &untagged), rule(2, &tagged), rule(3, &any)]});
        assert_eq!(check(&policy), Ok(()));
    }

    #[test]
    fn what_ecr_refuses_is_refused_with_the_rule() {
        let any = json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 20});
        let with = |key: &str, value: Value| {
            let mut selection = any.clone();
            selection[key] = value;
            json!({"rules": [rule(1, &selection)]})
        };
        for (policy, words) in [
            (with("countNumber", json!(0)), "must be at least 1"),
            (with("countUnit", json!("days")), "cannot have a countUnit"),
            (with("countType", json!("sinceImagePushed")), "requires countUnit"),
            (with("tagStatus", json!("tagged")), "tagStatus \"tagged\" requires"),
            (with("tagPrefixList", json!(["v"])), "require tagStatus tagged"),
            (with("tagPrefixList", json!(null)), "invalid type: null"),
            (with("count", json!(1)), "unknown field"),
            (json!({"rules": [rule(1, &any), rule(1, &any)]}), "another rule"),
            (json!({"rules": [rule(1, &any), rule(2, &any)]}), "highest rulePriority"),
            (json!({"rules": []}), "100 to 30720"),
        ] {
            let error = check(&policy).unwrap_err();
            assert!(error.rule().contains(words), "{error}");
        }
    }
}
