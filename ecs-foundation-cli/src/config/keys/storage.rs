//! The keys of what keeps data: the repository and the log group.

use infra_core::foundation::LifecyclePolicy;
use infra_core::provider::{LogGroupClass, Retention, RetentionDays};
use toml::de::DeValue;

use super::super::draft::{EncryptionDraft, LogGroupDraft, RepositoryDraft};
use super::super::reader::{Reader, put, shorten};
use super::super::section::{Entry, Key, Section};
use super::super::{checks, shape};
use super::{known, tags};

const MUTABILITIES: &[&str] =
    &["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"];
const ENCRYPTIONS: &[&str] = &["AES256", "KMS", "KMS_DSSE"];
const CLASSES: &[&str] = &["STANDARD", "INFREQUENT_ACCESS"];

impl Section for RepositoryDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value(
            "name",
            "Its name; by default PROJECT-ENVIRONMENT-app.",
            shape::repository_name,
            |r, e, repository| put(&mut repository.settings.name, r.parse(e).map(Some)),
        ),
        Key::value(
            "image_tag_mutability",
            "Whether a tag can be given to another image; with _WITH_EXCLUSION not for the tags that match a \
             filter.",
            || shape::one_of(MUTABILITIES),
            |r, e, repository| {
                let known = known("tag mutability", MUTABILITIES);
                put(&mut repository.mutability, r.text(e, known).map(Some));
            },
        ),
        Key::value(
            "image_tag_mutability_exclusion_filters",
            "The tags to which the mutability does not apply, with at most two wildcards * each.",
            || shape::list(&shape::exclusion_filter()),
            |r, e, repository| {
                put(&mut repository.exclusion_filters, r.texts(e, checks::exclusion_filter));
            },
        ),
        Key::value(
            "scan_on_push",
            "Whether ECR looks for vulnerabilities in what is pushed.",
            shape::boolean,
            |r, e, repository| put(&mut repository.settings.scan_on_push, r.boolean(e)),
        ),
        Key::section::<EncryptionDraft>(
            "encryption",
            "How images are encrypted. Another encryption makes a new repository.",
            |r, e, repository| r.section(e, &mut repository.encryption),
        ),
        Key::value(
            "force_delete",
            "Whether destroy takes the images with it.",
            shape::boolean,
            |r, e, repository| put(&mut repository.settings.force_delete, r.boolean(e)),
        ),
        Key::value(
            "lifecycle_policy",
            "\"unmanaged\" leaves alone what is there, \"none\" removes it; or a document in JSON.",
            shape::lifecycle_policy,
            |r, e, repository| {
                put(&mut repository.settings.lifecycle_policy, lifecycle_policy(r, e));
            },
        ),
        Key::value(
            "policy_sid",
            "The id of the statement of the repository policy.",
            shape::something,
            |r, e, repository| {
                let sid = r.text(e, checks::something("statement id"));
                put(&mut repository.settings.policy_sid, sid);
            },
        ),
        Key::value(
            "pull_actions",
            "What the repository policy allows.",
            || shape::some(&shape::action()),
            |r, e, repository| {
                let rule = "the repository policy allows at least one action";
                put(&mut repository.settings.pull_actions, r.some_texts(e, rule, checks::action));
            },
        ),
        Key::value(
            "additional_pull_principals",
            "Who can pull beside the execution role: accounts, or ARNs of roles and users.",
            || shape::list(&shape::principal()),
            |r, e, repository| {
                let principals = r.texts(e, checks::principal);
                put(&mut repository.settings.additional_pull_principals, principals);
            },
        ),
        Key::value("tags", "More tags of the repository.", shape::tags, |r, e, repository| {
            tags(r, e, &mut repository.settings.tags);
        }),
    ];
}

impl Section for EncryptionDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value(
            "type",
            "AES256 uses keys of Amazon S3, KMS and KMS_DSSE a KMS key.",
            || shape::one_of(ENCRYPTIONS),
            |r, e, encryption| {
                let known = known("encryption type", ENCRYPTIONS);
                put(&mut encryption.kind, r.text(e, known).map(Some));
            },
        ),
        Key::value(
            "kms_key",
            "The ARN of the KMS key; by default AWS's own for ECR.",
            shape::something,
            |r, e, encryption| {
                put(&mut encryption.kms_key, r.text(e, checks::something("KMS key")).map(Some));
            },
        ),
    ];
}

impl Section for LogGroupDraft {
    const KEYS: &'static [Key<Self>] = &[
        Key::value(
            "name",
            "Its name; by default /ecs/PROJECT-ENVIRONMENT.",
            shape::log_group_name,
            |r, e, log_group| put(&mut log_group.settings.name, r.parse(e).map(Some)),
        ),
        Key::value(
            "retention_in_days",
            "How long events are kept, or \"never\" for no end. The environments prod and production keep 30 \
             days or more.",
            shape::retention,
            |r, e, log_group| put(&mut log_group.retention, retention(r, e).map(Some)),
        ),
        Key::value(
            "kms_key_id",
            "The ARN of the KMS key that encrypts the events.",
            shape::log_key,
            |r, e, log_group| {
                put(&mut log_group.settings.kms_key, r.text(e, checks::log_key).map(Some));
            },
        ),
        Key::value(
            "class",
            "What the events cost, and what can be done with them. Another class makes a new log group.",
            || shape::one_of(CLASSES),
            |r, e, log_group| {
                let class = r.text(e, known("log group class", CLASSES));
                put(&mut log_group.settings.class, class.map(LogGroupClass::from));
            },
        ),
        Key::value(
            "skip_destroy",
            "Whether destroy leaves the log group and its events.",
            shape::boolean,
            |r, e, log_group| put(&mut log_group.settings.skip_destroy, r.boolean(e)),
        ),
        Key::value("tags", "More tags of the log group.", shape::tags, |r, e, log_group| {
            tags(r, e, &mut log_group.settings.tags);
        }),
    ];
}

fn retention(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Retention> {
    match entry.value.get_ref() {
        DeValue::String(text) if text == "never" => Some(Retention::Never),
        DeValue::String(text) if text.parse::<u32>().is_err() => {
            let error = entry
                .error(format!("{:?} is not a valid retention", shorten(text)))
                .rule("a retention is a number of days, or \"never\" to keep events for ever")
                .hint("write 30, or \"never\"");
            reader.error(error);
            None
        }
        DeValue::Integer(number) if number.as_str() == "0" => {
            let error = entry
                .error("0 is not a valid retention")
                .rule("a log group keeps events for at least a day")
                .hint("write \"never\" to keep events for ever");
            reader.error(error);
            None
        }
        _ => {
            let days = reader.number(entry, "retention", 1..=u32::MAX)?;
            match RetentionDays::new(days) {
                Ok(days) => Some(Retention::Days(days)),
                Err(error) => {
                    reader.invalid(entry, &error);
                    None
                }
            }
        }
    }
}

fn lifecycle_policy(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<LifecyclePolicy> {
    let text = reader.text(entry, |text| Ok(text.to_owned()))?;
    match text.trim() {
        "unmanaged" => return Some(LifecyclePolicy::Unmanaged),
        "none" => return Some(LifecyclePolicy::None),
        _ => {}
    }
    let example = "write '''{\"rules\": [...]}''', \"none\", or \"unmanaged\" to leave it alone";
    if !text.trim_start().starts_with(['{', '[']) {
        let message = format!("{:?} is not a valid lifecycle policy", shorten(&text));
        let error = entry.error(message).hint(example);
        reader.error(error);
        return None;
    }
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(document) if document.get("rules").is_some_and(serde_json::Value::is_array) => {
            Some(LifecyclePolicy::Document(document))
        }
        Ok(_) => {
            let error = entry
                .error("the lifecycle policy has no list of rules")
                .rule("a lifecycle policy is a JSON object with a list of rules")
                .hint(example);
            reader.error(error);
            None
        }
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let span = reader.inside(entry, &text, line, column);
            let place = match span {
                Some(_) => String::new(),
                None => format!(", at line {line}, column {column} of it"),
            };
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            let error = entry
                .error_at(
                    span.unwrap_or_else(|| entry.span()),
                    format!("the lifecycle policy is not JSON{place}"),
                )
                .rule(reason);
            reader.error(error);
            None
        }
    }
}
