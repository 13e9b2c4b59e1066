//! The settings of a log group, its desired state, and the code that derives the desired state from
//! the settings.

use serde::Serialize;

use crate::arn::Arn;
use crate::engine::Address;
use crate::foundation::resolve::Resolver;
use crate::foundation::service::Naming;
use crate::names::LogGroupName;
use crate::provider::{LogGroupClass, LogGroupSpec, Retention, RetentionDays};
use crate::resource::UnmanagedAction;
use crate::tags::Tags;
use crate::values::{KeyArn, Template};

/// The log group's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogGroupSettings {
    /// The name; `None` means `/ecs/BASE`.
    pub name: Option<LogGroupName>,
    /// How long events are kept.
    pub retention: Retention,
    /// The ARN of the KMS key that encrypts the log events.
    pub kms_key: Option<Template<KeyArn>>,
    /// The log group class. Changing the class replaces the log group.
    pub class: LogGroupClass,
    /// Whether deletion protection is on; `None` keeps the current setting.
    pub deletion_protection: Option<bool>,
    /// Whether destroying the foundation keeps the log group and its events.
    pub skip_destroy: bool,
    /// Additional tags.
    pub tags: Tags,
}

impl Default for LogGroupSettings {
    fn default() -> Self {
        Self {
            name: None,
            retention: Retention::Days(RetentionDays::FOURTEEN),
            kms_key: None,
            class: LogGroupClass::Standard,
            deletion_protection: None,
            skip_destroy: false,
            tags: Tags::new(),
        }
    }
}

/// The desired state of the log group.
#[derive(Clone, Debug)]
pub struct DesiredLogGroup {
    /// Its address.
    pub address: Address,
    /// The path of the log group's settings, such as `log_group` or `services.worker.log_group`.
    pub setting: String,
    /// The attributes set at creation, including the common tags, the Environment tag and the Name
    /// tag.
    pub spec: LogGroupSpec,
    /// Its ARN, without `:*`.
    pub arn: Arn,
    /// How long events are kept.
    pub retention: Retention,
    /// Whether deletion protection is on; `None` keeps the current setting.
    pub deletion_protection: Option<bool>,
    /// Whether the log group and its events are kept when the foundation is destroyed.
    pub skip_destroy: bool,
    /// What to do with tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
}

impl Resolver<'_> {
    pub(in crate::foundation) fn log_group(
        &mut self,
        naming: Naming<'_>,
        settings: &LogGroupSettings,
    ) -> Option<DesiredLogGroup> {
        let (base, setting) = (self.spec.base_name(), naming.setting("log_group"));
        let default = naming.log_group(&base);
        let name = self.name(&format!("{setting}.name"), settings.name.as_ref(), default)?;
        let environment = self.spec.environment.as_str();
        let name_tag = naming.logs(&base);
        let key = settings.kms_key.as_ref().map(|key| key.resolve(self.location)).transpose();
        let key = self.keep(&format!("{setting}.kms_key_id"), key)?;
        let more = [("Environment", environment)];
        Some(DesiredLogGroup {
            address: naming.addresses().log_group,
            arn: self.location.arn("logs", format!("log-group:{name}")),
            spec: LogGroupSpec {
                tags: self.tags(&setting, &settings.tags, &name_tag, &more)?,
                name,
                class: settings.class.clone(),
                kms_key: key.map(Arn::from),
            },
            setting,
            retention: settings.retention,
            deletion_protection: settings.deletion_protection,
            skip_destroy: settings.skip_destroy,
            unmanaged_tags: self.spec.unmanaged.tags,
        })
    }
}
