//! The keys of `[repository]`.

use infra_core::foundation::LifecyclePolicy;
use serde_json::{Value as Json, json};

use super::super::partial::{PartialEncryption, PartialRepository};
use super::super::reader::{Reader, shorten};
use super::super::section::{Entry, Keys, Section};
use super::super::value::Value;
use super::statement::RepositoryStatement;

impl Section for PartialRepository {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("name", "The name; by default PROJECT-ENVIRONMENT-app.", |it| {
            &mut it.settings.name
        });
        keys.key(
            "image_tag_mutability",
            "Whether a tag can be moved to another image. With _WITH_EXCLUSION, tags that match a filter are exempt.",
            |it| &mut it.mutability,
        );
        keys.key(
            "image_tag_mutability_exclusion_filters",
            "The tags that are exempt from the mutability, with at most two * wildcards each.",
            |it| &mut it.exclusion_filters,
        );
        keys.key("scan_on_push", "Whether ECR scans images for vulnerabilities on push.", |it| {
            &mut it.settings.scan_on_push
        });
        keys.key(
            "encryption",
            "The encryption of images. Changing it replaces the repository.",
            |it| &mut it.encryption,
        );
        keys.key("force_delete", "Whether destroy deletes the images too.", |it| {
            &mut it.settings.force_delete
        });
        keys.key(
            "lifecycle_policy",
            "The lifecycle policy: \"unmanaged\" leaves it unchanged, \"none\" removes it; or a JSON document.",
            |it| &mut it.settings.lifecycle_policy,
        );
        let about = "The number of most recent images to keep, instead of a lifecycle_policy.";
        keys.key("keep_last_images", about, |it| &mut it.keep_last_images);
        let about = "The number of days to keep untagged images, instead of a lifecycle_policy.";
        keys.key("expire_untagged_after_days", about, |it| &mut it.expire_untagged_after_days);
        keys.key("policy_sid", "The statement ID (Sid) in the repository policy.", |it| {
            &mut it.settings.policy_sid
        });
        keys.key("pull_actions", "The actions that the repository policy allows.", |it| {
            &mut it.settings.pull_actions
        })
        .non_empty();
        keys.key(
            "additional_pull_principals",
            "Who can pull images in addition to the execution role: accounts, or ARNs of roles and users.",
            |it| &mut it.settings.additional_pull_principals,
        );
        keys.set(
            "statements",
            "Additional statements of the repository policy.",
            |it, statements: Vec<RepositoryStatement>| {
                it.settings.statements = statements.into_iter().map(|it| it.0).collect();
            },
        );
        keys.key("tags", "Additional tags of the repository.", |it| &mut it.settings.tags);
    }
}

impl Section for PartialEncryption {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("type", "The encryption type: AES256 uses keys managed by Amazon S3; KMS and KMS_DSSE use a KMS key.", |it| {
            &mut it.kind
        });
        keys.key(
            "kms_key",
            "The ARN of the KMS key; by default the AWS managed key for ECR.",
            |it| &mut it.kms_key,
        );
    }
}

impl Value for LifecyclePolicy {
    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^\s*([{\[]|none\s*$|unmanaged\s*$)" })
    }

    fn read(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Self> {
        let text = reader.text(entry, |text| Ok(text.to_owned()))?;
        match text.trim() {
            "unmanaged" => return Some(Self::Unmanaged),
            "none" => return Some(Self::None),
            _ => {}
        }
        let example =
            "write '''{\"rules\": [...]}''', \"none\", or \"unmanaged\" to leave it unchanged";
        if !text.trim_start().starts_with(['{', '[']) {
            let message = format!("{:?} is not a valid lifecycle policy", shorten(&text));
            let error = entry.error(message).hint(example);
            reader.error(error);
            return None;
        }
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(document) if document.get("rules").is_some_and(serde_json::Value::is_array) => {
                Some(Self::Document(document))
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
                    None => format!(" (line {line}, column {column} of the policy)"),
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
}
