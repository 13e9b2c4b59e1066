//! The keys of `[log_group]`.

use infra_core::values::LogGroupClassName;

use super::super::partial::PartialLogGroup;
use super::super::section::{Keys, Section};

impl Section for PartialLogGroup {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("name", "The name; by default /ecs/PROJECT-ENVIRONMENT.", |it| {
            &mut it.settings.name
        });
        keys.key(
            "retention_in_days",
            "The number of days to keep events, or \"never\" to keep them forever. The environments prod and \
             production require 30 days or more.",
            |it| &mut it.retention,
        );
        keys.key("kms_key_id", "The ARN of the KMS key that encrypts the events.", |it| {
            &mut it.settings.kms_key
        });
        keys.set(
            "class",
            "The class, which determines prices and features. Changing it replaces the log group.",
            |it, class: LogGroupClassName| it.settings.class = class.as_str().into(),
        );
        let text =
            "Whether AWS refuses to delete the log group. If not set, apply leaves it unchanged.";
        keys.key("deletion_protection", text, |it| &mut it.settings.deletion_protection);
        keys.key("skip_destroy", "Whether destroy keeps the log group and its events.", |it| {
            &mut it.settings.skip_destroy
        });
        keys.key("tags", "Additional tags of the log group.", |it| &mut it.settings.tags);
    }
}
