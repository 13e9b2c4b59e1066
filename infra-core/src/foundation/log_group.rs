//! The log group and how long it keeps events.

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::arn::Arn;
use crate::engine::{
    Address, Calls, ChangeKind, Component, Declaration, Detail, Draft, FieldChange, Finding, Goal,
    Phase,
};
use crate::error::{ErrorKind, OrAbsent, Result};
use crate::operation::logs;
use crate::provider::{LogGroup, LogGroupSpec, Providers, Retention};
use crate::tags::Tags;

use super::address;
use super::desired::DesiredLogGroup;
use super::ownership::{
    GONE_WITHIN, Standing, TagChanges, TagStep, accept_found, counted, tag_findings, tags_to_set,
};

/// Log streams are counted up to here: a busy group holds more than anybody wants to page through.
const STREAMS_SHOWN: u64 = 500;

#[derive(Debug)]
pub(super) struct LogGroupComponent {
    desired: DesiredLogGroup,
    providers: Providers,
    main: Address,
}

#[derive(Debug, Default)]
pub(super) struct ObservedLogGroup {
    group: Option<LogGroup>,
    tags: Tags,
    streams: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LogGroupAction {
    Create(LogGroupSpec),
    SetRetention(Retention),
    SetKey(Option<Arn>),
    Tag(Tags),
    Untag(Vec<String>),
    Delete,
}

impl LogGroupComponent {
    pub(super) fn new(desired: DesiredLogGroup, providers: &Providers) -> Self {
        Self { desired, providers: providers.clone(), main: address::log_group() }
    }

    fn name(&self) -> &str {
        self.desired.spec.name.as_str()
    }

    /// What only a new log group can have.
    fn fixed_differences(&self, found: &LogGroup) -> Vec<FieldChange> {
        let wanted = &self.desired.spec.class;
        let change = FieldChange::new("class", &found.class, wanted);
        (found.class != *wanted).then_some(change).into_iter().collect()
    }

    fn key_difference(&self, found: &LogGroup) -> Option<FieldChange> {
        let wanted = self.desired.spec.kms_key.as_ref().map(Arn::to_string);
        (found.kms_key != wanted).then(|| FieldChange::new("kms_key_id", &found.kms_key, &wanted))
    }

    fn retention_difference(&self, found: &LogGroup) -> Option<FieldChange> {
        let wanted = self.desired.retention;
        let same = found.retention_days == retention_days(wanted);
        (!same).then(|| {
            let before = found.retention_days.map_or(Value::from("never"), Value::from);
            FieldChange::new("retention_in_days", before, wanted)
        })
    }

    fn plan_create(
        &self,
        kind: ChangeKind,
        changed: Vec<FieldChange>,
        draft: &mut Draft<LogGroupAction>,
    ) {
        let LogGroupSpec { name, class, kms_key, tags } = &self.desired.spec;
        let fields = if kind == ChangeKind::Create {
            let mut fields = vec![
                FieldChange::set("retention_in_days", self.desired.retention),
                FieldChange::set("class", class),
            ];
            fields.extend(kms_key.as_ref().map(|key| FieldChange::set("kms_key_id", key)));
            fields.extend(tags_to_set(tags));
            fields
        } else {
            changed
        };
        draft.change(&self.main, name.as_str(), kind, fields);
        let create = LogGroupAction::Create(self.desired.spec.clone());
        draft.step(&self.main, Phase::Establish, logs::CREATE_LOG_GROUP, create);
        // A new log group keeps its events for ever until it is told otherwise.
        if self.desired.retention != Retention::Never {
            self.plan_retention(draft);
        }
    }

    fn plan_retention(&self, draft: &mut Draft<LogGroupAction>) {
        let operation = match self.desired.retention {
            Retention::Days(_) => logs::PUT_RETENTION_POLICY,
            Retention::Never => logs::DELETE_RETENTION_POLICY,
        };
        let action = LogGroupAction::SetRetention(self.desired.retention);
        draft.step(&self.main, Phase::Adjust, operation, action);
    }

    fn plan_replace(&self, fixed: Vec<FieldChange>, draft: &mut Draft<LogGroupAction>) {
        if self.desired.skip_destroy {
            let hint = "set log_group.skip_destroy = false, or take the change back";
            let message = "changing the class replaces the log group, and skip_destroy keeps it";
            draft.blocker(&self.main, message, hint);
        }
        draft.notice(&self.main, "replacing the log group deletes its events");
        draft.step(&self.main, Phase::Remove, logs::DELETE_LOG_GROUP, LogGroupAction::Delete);
        self.plan_create(ChangeKind::Replace, fixed, draft);
    }

    fn plan_present(
        &self,
        found: &LogGroup,
        found_tags: &Tags,
        standing: &Standing,
        draft: &mut Draft<LogGroupAction>,
    ) {
        let spec = &self.desired.spec;
        let fixed = self.fixed_differences(found);
        standing.guard(&self.main, &fixed, draft);
        if !fixed.is_empty() {
            return self.plan_replace(fixed, draft);
        }
        let mut fields = Vec::new();
        if let Some(change) = self.retention_difference(found) {
            fields.push(change);
            self.plan_retention(draft);
        }
        if let Some(change) = self.key_difference(found) {
            fields.push(change);
            let operation = match spec.kms_key {
                Some(_) => logs::ASSOCIATE_KMS_KEY,
                None => logs::DISASSOCIATE_KMS_KEY,
            };
            let action = LogGroupAction::SetKey(spec.kms_key.clone());
            draft.step(&self.main, Phase::Adjust, operation, action);
        }
        let tags = TagChanges::between(found_tags, &spec.tags, self.desired.unmanaged_tags);
        tags.plan(&self.main, draft, |draft, change| match change {
            TagStep::Set(tags) => {
                let action = LogGroupAction::Tag(tags);
                draft.step(&self.main, Phase::Adjust, logs::TAG_RESOURCE, action)
            }
            TagStep::Remove(keys) => {
                let action = LogGroupAction::Untag(keys);
                draft.step(&self.main, Phase::Adjust, logs::UNTAG_RESOURCE, action)
            }
        });
        fields.extend(tags.fields);
        draft.change(&self.main, self.name(), standing.action(&fields), fields);
    }

    fn plan_delete(
        &self,
        group: &LogGroup,
        streams: Option<u64>,
        draft: &mut Draft<LogGroupAction>,
    ) {
        if self.desired.skip_destroy {
            draft.notice(&self.main, "left with its events, as log_group.skip_destroy says");
            draft.change(&self.main, self.name(), ChangeKind::NoOp, Vec::new());
            return;
        }
        if streams.is_some_and(|streams| streams > 0) {
            let bytes = counted(group.stored_bytes, "byte");
            let streams = match streams.unwrap_or_default() {
                1 => "1 log stream".to_owned(),
                streams => format!("{} log streams", shown(streams)),
            };
            let message = format!("deletes {streams} with {bytes} of events");
            draft.notice(&self.main, message);
        }
        draft.change(&self.main, self.name(), ChangeKind::Delete, Vec::new());
        draft.step(&self.main, Phase::Remove, logs::DELETE_LOG_GROUP, LogGroupAction::Delete);
    }

    async fn create(&self, spec: &LogGroupSpec, calls: &Calls<'_>) -> Result<()> {
        let groups = self.providers.log_groups();
        match calls.call(logs::CREATE_LOG_GROUP, || groups.create_log_group(spec)).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let describe = || groups.describe_log_group(&spec.name);
                let found = calls.read_back(logs::DESCRIBE_LOG_GROUPS, describe).await?;
                let list = || groups.list_log_group_tags(&self.desired.arn);
                let tags = calls.read_back(logs::LIST_TAGS_FOR_RESOURCE, list).await?;
                let mut differences = self.fixed_differences(&found);
                differences.extend(self.key_difference(&found));
                accept_found(&tags, &spec.tags, &differences)
                    .map_err(|judged| judged.for_resource(self.main.as_str()).with_source(error))
            }
            result => result,
        }
    }
}

#[async_trait]
impl Component for LogGroupComponent {
    type Observed = ObservedLogGroup;
    type Action = LogGroupAction;

    fn declarations(&self) -> Vec<Declaration> {
        let (address, name) = (self.main.clone(), self.name().to_owned());
        vec![Declaration { address, name, depends_on: Vec::new() }]
    }

    async fn observe(&self, detail: Detail, calls: &Calls<'_>) -> Result<ObservedLogGroup> {
        let (name, groups) = (&self.desired.spec.name, self.providers.log_groups());
        let describe = async {
            calls
                .call(logs::DESCRIBE_LOG_GROUPS, || groups.describe_log_group(name))
                .await
                .or_absent()
        };
        let list = async {
            let list = || groups.list_log_group_tags(&self.desired.arn);
            calls.call(logs::LIST_TAGS_FOR_RESOURCE, list).await.or_absent()
        };
        let count = async {
            if detail == Detail::Attributes {
                return Ok(None);
            }
            calls
                .call(logs::DESCRIBE_LOG_STREAMS, || groups.count_log_streams(name, STREAMS_SHOWN))
                .await
                .or_absent()
        };
        let (group, tags, streams) = futures_util::try_join!(describe, list, count)?;
        Ok(ObservedLogGroup { group, tags: tags.unwrap_or_default(), streams })
    }

    fn plan(&self, goal: Goal, observed: &ObservedLogGroup, draft: &mut Draft<LogGroupAction>) {
        let ObservedLogGroup { group, tags, streams } = observed;
        let standing = Standing::of(goal, group.as_ref().map(|_| tags), &self.desired.spec.tags);
        match (goal, group, standing) {
            (Goal::Present { .. }, None, _) => {
                self.plan_create(ChangeKind::Create, Vec::new(), draft);
            }
            (Goal::Present { .. }, Some(_), Standing::Foreign { reason }) => {
                draft.conflict(&self.main, self.name(), reason);
            }
            (Goal::Present { .. }, Some(found), standing) => {
                self.plan_present(found, tags, &standing, draft);
            }
            (Goal::Absent { .. }, Some(found), Standing::Ours) => {
                self.plan_delete(found, *streams, draft);
            }
            (Goal::Absent { .. }, _, standing) => {
                if let Standing::Foreign { reason } = standing {
                    draft.notice(&self.main, format!("left, it is not ours: {reason}"));
                }
                draft.change(&self.main, self.name(), ChangeKind::NoOp, Vec::new());
            }
        }
    }

    async fn perform(&self, action: &LogGroupAction, calls: &Calls<'_>) -> Result<()> {
        let (name, arn) = (&self.desired.spec.name, &self.desired.arn);
        let groups = self.providers.log_groups();
        match action {
            LogGroupAction::Create(spec) => self.create(spec, calls).await,
            LogGroupAction::SetRetention(Retention::Days(days)) => {
                let put = || groups.put_retention_policy(name, *days);
                calls.call(logs::PUT_RETENTION_POLICY, put).await
            }
            LogGroupAction::SetRetention(Retention::Never) => {
                let delete = || groups.delete_retention_policy(name);
                calls.call(logs::DELETE_RETENTION_POLICY, delete).await
            }
            LogGroupAction::SetKey(Some(key)) => {
                calls.call(logs::ASSOCIATE_KMS_KEY, || groups.associate_kms_key(name, key)).await
            }
            LogGroupAction::SetKey(None) => {
                let disassociate = || groups.disassociate_kms_key(name);
                calls.call(logs::DISASSOCIATE_KMS_KEY, disassociate).await
            }
            LogGroupAction::Tag(tags) => {
                calls.call(logs::TAG_RESOURCE, || groups.tag_log_group(arn, tags)).await
            }
            LogGroupAction::Untag(keys) => {
                calls.call(logs::UNTAG_RESOURCE, || groups.untag_log_group(arn, keys)).await
            }
            LogGroupAction::Delete => {
                calls.delete(logs::DELETE_LOG_GROUP, || groups.delete_log_group(name)).await?;
                let describe = || groups.describe_log_group(name);
                calls.until_absent(logs::DESCRIBE_LOG_GROUPS, GONE_WITHIN, describe).await
            }
        }
    }

    fn inspect(&self, observed: &ObservedLogGroup) -> Vec<Finding> {
        let LogGroupSpec { name, class, kms_key, tags } = &self.desired.spec;
        let Some(group) = &observed.group else {
            return vec![Finding::equal(&self.main, "Log group", name.as_str(), "absent")];
        };
        let main = &self.main;
        let found_days = group
            .retention_days
            .map_or_else(|| Retention::Never.to_string(), |days| format!("{days} days"));
        let key = |key: Option<&str>| key.unwrap_or("none").to_owned();
        let mut findings = vec![
            Finding::equal(main, "Log group", name.as_str(), group.name.as_str()),
            Finding::compared(
                main,
                "Retention",
                self.desired.retention.to_string(),
                found_days,
                self.retention_difference(group).is_none(),
            ),
            Finding::equal(main, "Log class", class.as_str(), group.class.as_str()),
            Finding::equal(
                main,
                "KMS key",
                key(kms_key.as_ref().map(Arn::to_string).as_deref()),
                key(group.kms_key.as_deref()),
            ),
        ];
        if let Some(streams) = observed.streams {
            findings.push(Finding::info(main, "Log streams", shown(streams)));
            findings.push(Finding::info(main, "Stored bytes", group.stored_bytes.to_string()));
        }
        let changes = TagChanges::between(&observed.tags, tags, self.desired.unmanaged_tags);
        findings.extend(tag_findings(main, tags, &observed.tags, &changes));
        findings
    }
}

fn retention_days(retention: Retention) -> Option<u32> {
    match retention {
        Retention::Days(days) => Some(days.days()),
        Retention::Never => None,
    }
}

fn shown(streams: u64) -> String {
    if streams < STREAMS_SHOWN { streams.to_string() } else { format!("{STREAMS_SHOWN} or more") }
}
