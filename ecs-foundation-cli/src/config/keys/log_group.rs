//! The keys of `[log_group]`.

use infra_core::values::LogGroupClassName;

use super::super::partial::PartialLogGroup;
use super::super::section::{Keys, Section, define_keys};

impl Section for PartialLogGroup {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it.settings;
            name: "The name; by default /ecs/PROJECT-ENVIRONMENT.";
            retention_in_days (it.retention):
                "The number of days to keep events, or \"never\" to keep them forever. The environments prod and \
                 production require 30 days or more.";
            kms_key_id (it.settings.kms_key): "The ARN of the KMS key that encrypts the events.";
            class: "The class, which determines prices and features. Changing it replaces the log group."
                => |it, class: LogGroupClassName| it.settings.class = class.as_str().into();
            deletion_protection:
                "Whether AWS refuses to delete the log group. If not set, apply leaves it unchanged.";
            skip_destroy: "Whether destroy keeps the log group and its events.";
            tags: "Additional tags of the log group.";
        }
    }
}
