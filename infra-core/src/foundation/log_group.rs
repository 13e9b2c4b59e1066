//! The log group and its retention.

mod settings;

use async_trait::async_trait;
use serde_json::Value;

use crate::engine::{Address, Calls, Evidence, Remedy};
use crate::error::Result;
use crate::names::{LogGroupName, ServiceName};
use crate::operation::{Operation, logs};
use crate::provider::{LogGroup, LogGroupSpec, Providers, Retention};
use crate::resource::{
    Depth, Field, Identity, Notes, Operations, Ownership, Removal, Resource, TagChange, Tagging,
    Update, counted,
};
use crate::tags::Tags;

use super::FoundationSpec;
use super::address;
use super::resolve::Resolved;
use super::service::{DefaultNames, unused_default};
pub use settings::{DesiredLogGroup, LogGroupSettings};

/// The number of log streams at which counting stops. A busy log group can have too many streams to
/// list.
const STREAMS_SHOWN: u64 = 500;

#[derive(Debug)]
pub(super) struct LogGroupResource {
    desired: DesiredLogGroup,
    /// The base name, `PROJECT-ENVIRONMENT`.
    base_name: String,
    environment: String,
    /// The addresses of the foundation's cluster, roles and repositories.
    others: Vec<Address>,
    /// The default name, or `None` if one of the foundation's log groups has this name.
    default_name: Option<LogGroupName>,
    /// The names of all the foundation's log groups.
    configured: Vec<LogGroupName>,
    providers: Providers,
}

#[derive(Debug)]
pub(super) struct FoundLogGroup {
    group: LogGroup,
    tags: Option<Tags>,
}

impl LogGroupResource {
    pub(super) fn new(
        desired: &DesiredLogGroup,
        default: &DefaultNames,
        spec: &FoundationSpec,
        all: &Resolved,
        providers: &Providers,
    ) -> Self {
        let repositories = all.each_service().map(|service| &service.repository.address);
        let others = all.roles().map(|role| &role.address).chain(repositories).cloned();
        let configured: Vec<LogGroupName> =
            all.each_service().map(|service| service.log_group.spec.name.clone()).collect();
        Self {
            desired: desired.clone(),
            base_name: spec.base_name(),
            environment: spec.environment.to_string(),
            others: std::iter::once(address::cluster()).chain(others).collect(),
            default_name: default.log_group.parse().ok().filter(|name| !configured.contains(name)),
            configured,
            providers: providers.clone(),
        }
    }

    /// Returns the log group's environment, if the log group belongs to another foundation with the
    /// same base name. For example, project `a-b` with environment `c` and project `a` with
    /// environment `b-c` both have the base name `a-b-c`, and therefore the same resource names and
    /// Name tags. Any other wrong value of the Environment tag is an ordinary difference and is
    /// corrected.
    fn other_environment<'f>(&self, found: &'f FoundLogGroup) -> Option<&'f str> {
        let tags = found.tags.as_ref()?;
        let other = tags.get("Environment").filter(|other| *other != self.environment)?;
        let project = self.base_name.strip_suffix(other)?.strip_suffix('-')?;
        (!project.is_empty() && tags.name() == self.desired.spec.tags.name()).then_some(other)
    }
}

impl DesiredLogGroup {
    fn fields(&self, found: Option<&FoundLogGroup>) -> Vec<Field> {
        let LogGroupSpec { name: _, class, kms_key, tags: _ } = &self.spec;
        let (retention, group) = (self.retention, found.map(|found| &found.group));
        let days =
            |group: &LogGroup| group.retention_days.map_or(Value::from("never"), Value::from);
        let kept = Field::new("retention_in_days", "Retention", retention, group.map(days))
            .shown(retention_text)
            .updated_by(match retention {
                Retention::Days(_) => logs::PUT_RETENTION_POLICY,
                Retention::Never => logs::DELETE_RETENTION_POLICY,
            })
            // A new log group keeps its events forever.
            .set_after_create(retention != Retention::Never);
        let policy = group.and_then(|group| group.retention_policy.as_ref());
        let mut fields = vec![
            // If an account policy sets the retention, AWS returns the policy's value, which
            // PutRetentionPolicy cannot change.
            if policy.is_some() { kept.ignored() } else { kept },
            Field::new("class", "Log class", class, group.map(|group| &group.class)),
            Field::new("kms_key_id", "KMS key", kms_key, group.map(|group| &group.kms_key))
                .updated_by(match kms_key {
                    Some(_) => logs::ASSOCIATE_KMS_KEY,
                    None => logs::DISASSOCIATE_KMS_KEY,
                }),
        ];
        // If deletion protection is not configured, the current setting is kept.
        if let Some(wanted) = self.deletion_protection {
            let has = group.map(|group| group.deletion_protection);
            let field = Field::new("deletion_protection", "Deletion protection", wanted, has)
                .shown(|on| if *on == Value::Bool(true) { "on" } else { "off" }.to_owned())
                .updated_by(logs::PUT_LOG_GROUP_DELETION_PROTECTION);
            // A new log group is not protected.
            fields.push(field.set_after_create(wanted));
        }
        fields
    }

    /// Returns whether this operation updates a configured attribute of the log group.
    pub(super) fn is_updated_by(&self, operation: Operation) -> bool {
        self.fields(None).iter().any(|field| field.is_updated_by(operation))
    }
}

#[async_trait]
impl Resource for LogGroupResource {
    type Found = FoundLogGroup;
    /// The number of log streams.
    type Contents = Option<u64>;

    fn identity(&self) -> Identity {
        let operations = Operations {
            read: logs::DESCRIBE_LOG_GROUPS,
            create: logs::CREATE_LOG_GROUP,
            delete: logs::DELETE_LOG_GROUP,
        };
        let name = self.desired.spec.name.as_str();
        Identity::new(self.desired.address.clone(), "Log group", name, operations)
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.desired.spec.tags, logs::TAG_RESOURCE, logs::UNTAG_RESOURCE)
            .unmanaged(self.desired.unmanaged_tags)
    }

    fn tags(found: &FoundLogGroup) -> Option<&Tags> {
        found.tags.as_ref()
    }

    fn fields(&self, found: Option<&FoundLogGroup>) -> Vec<Field> {
        self.desired.fields(found)
    }

    fn notices(&self, found: &FoundLogGroup) -> Vec<String> {
        let policy = found.group.retention_policy.as_ref();
        let notice = |policy| {
            format!(
                "its retention is set by the account policy `{policy}`, not by the configuration"
            )
        };
        policy.map(notice).into_iter().collect()
    }

    /// Returns a notice for each log group that still exists although its service is no longer
    /// configured. Other resources of that service may also still exist.
    fn others(&self, found: &FoundLogGroup) -> Vec<String> {
        let default_group = DefaultNames::new(&self.base_name, None).log_group;
        let removed = found.group.below.iter().filter(|name| !self.configured.contains(name));
        let service = |name: &LogGroupName| {
            let service = name.as_str().strip_prefix(&default_group)?.strip_prefix('/')?;
            service.parse::<ServiceName>().ok()
        };
        let notice = |name: &LogGroupName| {
            service(name).map(|service| {
                format!(
                    "the log group {name} also exists, but the configuration has no service {service}; destroy the \
                     service {service} to delete its remaining resources"
                )
            })
        };
        removed.filter_map(notice).collect()
    }

    fn ownership(&self, found: &FoundLogGroup) -> Ownership {
        if let Some(other) = self.other_environment(found) {
            let environment = &self.environment;
            let reason = format!("its Environment tag is {other:?}, not {environment:?}");
            return Ownership::NotManaged { reason };
        }
        Ownership::by_name_tag(found.tags.as_ref().unwrap_or(&Tags::new()), &self.desired.spec.tags)
    }

    /// Marks all other resources as not managed if the log group belongs to another environment.
    /// Both foundations use the same names and Name tags, so only the log group's Environment tag
    /// distinguishes them.
    fn implies(&self, found: &FoundLogGroup, evidence: &mut Evidence) {
        let Some(other) = self.other_environment(found) else { return };
        let (name, environment) = (&self.desired.spec.name, &self.environment);
        let reason =
            format!("its log group {name} belongs to environment {other:?}, not {environment:?}");
        for address in &self.others {
            evidence.add_ownership(address, Ownership::NotManaged { reason: reason.clone() });
        }
    }

    fn obstacles(
        &self,
        found: &FoundLogGroup,
        streams: &Option<u64>,
        removal: Removal,
        notes: &mut Notes,
    ) {
        if found.group.deletion_protection {
            let name = &self.desired.spec.name;
            let hint = format!(
                "turn it off with `aws logs put-log-group-deletion-protection --log-group-identifier {name} \
                 --no-deletion-protection-enabled`"
            );
            notes.blocker("the log group has deletion protection", hint);
        }
        if removal == Removal::Replace {
            if self.desired.skip_destroy {
                let message =
                    "changing the class would replace the log group, but skip_destroy is on";
                let path = format!("{}.skip_destroy", self.desired.setting);
                let remedy = Remedy::setting(path, "false");
                notes.blocker_unless(message, "undo the change", remedy);
            }
            notes.notice("replacing the log group deletes its events");
        } else if streams.is_some_and(|streams| streams > 0) {
            let bytes = counted(found.group.stored_bytes, "byte");
            let streams = match streams.unwrap_or_default() {
                1 => "1 log stream".to_owned(),
                streams => format!("{} log streams", count_text(streams)),
            };
            notes.notice(format!("deletes {streams} with {bytes} of events"));
        }
    }

    fn kept(&self) -> Option<String> {
        self.desired
            .skip_destroy
            .then(|| "kept with its events, because skip_destroy is on".to_owned())
    }

    fn facts(&self, found: &FoundLogGroup, streams: &Option<u64>) -> Vec<(&'static str, String)> {
        let bytes = found.group.stored_bytes.to_string();
        let streams =
            streams.map(|streams| [("Log streams", count_text(streams)), ("Stored bytes", bytes)]);
        let policy = found.group.retention_policy.clone().map(|name| ("Retention policy", name));
        policy.into_iter().chain(streams.into_iter().flatten()).collect()
    }

    async fn read(&self, depth: Depth, calls: &Calls<'_>) -> Result<Option<FoundLogGroup>> {
        let (name, groups) = (&self.desired.spec.name, self.providers.log_groups());
        let tags = depth >= Depth::Identity;
        let (group, tags) = futures_util::try_join!(
            calls.find(logs::DESCRIBE_LOG_GROUPS, || groups.describe_log_group(name)),
            calls.find_if(tags, logs::LIST_TAGS_FOR_RESOURCE, || {
                groups.list_log_group_tags(&self.desired.arn)
            }),
        )?;
        Ok(group.map(|group| FoundLogGroup { group, tags }))
    }

    async fn contents(&self, calls: &Calls<'_>) -> Result<Option<u64>> {
        let (name, groups) = (&self.desired.spec.name, self.providers.log_groups());
        calls
            .find(logs::DESCRIBE_LOG_STREAMS, || groups.count_log_streams(name, STREAMS_SHOWN))
            .await
    }

    async fn leftover(&self, calls: &Calls<'_>) -> Result<Option<String>> {
        let Some(name) = &self.default_name else { return Ok(None) };
        let groups = self.providers.log_groups();
        let read = || groups.describe_log_group(name);
        let found = calls.find(logs::DESCRIBE_LOG_GROUPS, read).await?;
        Ok(found.map(|_| unused_default("log group", name)))
    }

    async fn create(&self, calls: &Calls<'_>) -> Result<()> {
        let groups = self.providers.log_groups();
        calls.call(logs::CREATE_LOG_GROUP, || groups.create_log_group(&self.desired.spec)).await
    }

    async fn update(&self, update: &Update, calls: &Calls<'_>) -> Result<()> {
        let DesiredLogGroup { spec, retention, deletion_protection, .. } = &self.desired;
        let (name, groups, operation) =
            (&spec.name, self.providers.log_groups(), update.operation());
        match (operation, retention, &spec.kms_key) {
            (logs::PUT_RETENTION_POLICY, Retention::Days(days), _) => {
                calls.call(operation, || groups.put_retention_policy(name, *days)).await
            }
            (logs::DELETE_RETENTION_POLICY, ..) => {
                calls.call(operation, || groups.delete_retention_policy(name)).await
            }
            (logs::ASSOCIATE_KMS_KEY, _, Some(key)) => {
                calls.call(operation, || groups.associate_kms_key(name, key)).await
            }
            (logs::DISASSOCIATE_KMS_KEY, ..) => {
                calls.call(operation, || groups.disassociate_kms_key(name)).await
            }
            (logs::PUT_LOG_GROUP_DELETION_PROTECTION, ..) => {
                let on = deletion_protection.ok_or_else(|| update.unknown())?;
                calls.call(operation, || groups.put_deletion_protection(name, on)).await
            }
            _ => Err(update.unknown()),
        }
    }

    async fn tag(&self, change: &TagChange, calls: &Calls<'_>) -> Result<()> {
        let (arn, groups) = (&self.desired.arn, self.providers.log_groups());
        let operation = self.tagging().operation(change);
        match change {
            TagChange::Set(tags) => calls.call(operation, || groups.tag_log_group(arn, tags)).await,
            TagChange::Remove(keys) => {
                calls.call(operation, || groups.untag_log_group(arn, keys)).await
            }
        }
    }

    async fn delete(&self, _force: bool, calls: &Calls<'_>) -> Result<()> {
        let (name, groups) = (&self.desired.spec.name, self.providers.log_groups());
        calls.delete(logs::DELETE_LOG_GROUP, || groups.delete_log_group(name)).await
    }
}

fn retention_text(value: &Value) -> String {
    match value.as_u64() {
        Some(days) => counted(days, "day"),
        None => Retention::Never.to_string(),
    }
}

fn count_text(streams: u64) -> String {
    if streams < STREAMS_SHOWN { streams.to_string() } else { format!("{STREAMS_SHOWN} or more") }
}
