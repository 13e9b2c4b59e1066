//! The keys of `[repository]`.

use infra_core::foundation::LifecyclePolicy;
use serde_json::{Value as Json, json};

use super::super::partial::{PartialEncryption, PartialRepository};
use super::super::reader::{Reader, shorten};
use super::super::section::{Entry, Keys, Section, define_keys};
use super::super::value::Value;
use super::statement::RepositoryStatement;

impl Section for PartialRepository {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it.settings;
            name: "The name; by default PROJECT-ENVIRONMENT-app.";
            image_tag_mutability (it.mutability):
                "Whether a tag can be moved to another image. With _WITH_EXCLUSION, tags that match a filter are \
                 exempt.";
            image_tag_mutability_exclusion_filters (it.exclusion_filters):
                "The tags that are exempt from the mutability, with at most two * wildcards each.";
            scan_on_push: "Whether ECR scans images for vulnerabilities on push.";
            encryption (it.encryption): "The encryption of images. Changing it replaces the repository.";
            force_delete: "Whether destroy deletes the images too.";
            lifecycle_policy:
                "The lifecycle policy: \"unmanaged\" leaves it unchanged, \"none\" removes it; or a JSON document.";
            keep_last_images (it.keep_last_images):
                "The number of most recent images to keep, instead of a lifecycle_policy.";
            expire_untagged_after_days (it.expire_untagged_after_days):
                "The number of days to keep untagged images, instead of a lifecycle_policy.";
            policy_sid: "The statement ID (Sid) in the repository policy.";
            pull_actions [non_empty]: "The actions that the repository policy allows.";
            additional_pull_principals:
                "Who can pull images in addition to the execution role: accounts, or ARNs of roles and users.";
            statements: "Additional statements of the repository policy."
                => |it, statements: Vec<RepositoryStatement>| {
                    it.settings.statements = statements.into_iter().map(|it| it.0).collect();
                };
            tags: "Additional tags of the repository.";
        }
    }
}

impl Section for PartialEncryption {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            type (it.kind):
                "The encryption type: AES256 uses keys managed by Amazon S3; KMS and KMS_DSSE use a KMS key.";
            kms_key: "The ARN of the KMS key; by default the AWS managed key for ECR.";
        }
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
