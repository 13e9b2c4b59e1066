//! Field index policies: `PutIndexPolicy`, `DescribeIndexPolicies`, `DescribeFieldIndexes` and `DeleteIndexPolicy`.
//!
//! On AWS, indexes make queries faster. In the mock, they have no effect on queries. AWS's error
//! messages for these operations are not publicly documented.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{
    DeleteIndexPolicyRequest, DescribeFieldIndexesRequest, DescribeIndexPoliciesRequest,
    FieldIndex, IndexPolicy, PutIndexPolicyRequest,
};
use crate::paging;
use crate::time::Timestamp;

use super::queries::Fields;
use super::{State, StoredGroup, check, find, find_settled, long};

/// The fields that CloudWatch Logs indexes in every log group of the standard class. The source of this list and of the
/// rules for policy documents is
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutIndexPolicy.html>.
const DEFAULT_FIELDS: [&str; 5] =
    ["@aws.account", "@aws.region", "@logStream", "@source.log", "traceId"];

const MAX_FIELDS: usize = 20;
const MAX_NAME: usize = 100;

/// The index policy of a log group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredIndexPolicy {
    document: String,
    updated_at: Timestamp,
}

/// An index on a field.
#[derive(Clone, Debug, PartialEq)]
struct Index {
    field: String,
    kind: String,
    category: &'static str,
}

/// Returns the index type of each field that a policy document indexes, or `None` if the document
/// is invalid.
fn read(document: &str) -> Option<BTreeMap<String, String>> {
    let json: Value = serde_json::from_str(document).ok()?;
    let mut fields = BTreeMap::new();
    let mut add = |name: &str, kind: &str| {
        let is_valid = (1..=MAX_NAME).contains(&name.chars().count())
            && matches!(kind, "FIELD_INDEX" | "FACET");
        (is_valid && fields.insert(name.to_owned(), kind.to_owned()).is_none()).then_some(())
    };
    for (member, value) in json.as_object()? {
        match (member.as_str(), value) {
            ("Fields", Value::Array(names)) => {
                names.iter().try_for_each(|name| add(name.as_str()?, "FIELD_INDEX"))?;
            }
            ("FieldsV2", Value::Object(types)) => {
                types
                    .iter()
                    .try_for_each(|(name, field)| add(name, field.get("type")?.as_str()?))?;
            }
            _ => return None,
        }
    }
    (1..=MAX_FIELDS).contains(&fields.len()).then_some(fields)
}

impl State {
    /// Returns the policy document that determines the indexes of a log group. A log group's own
    /// policy overrides the account's policies.
    fn index_document<'s>(&'s self, name: &str, group: &'s StoredGroup) -> Option<&'s str> {
        match &group.index_policy {
            Some(policy) => Some(&policy.document),
            None => self.account_index_policy(name).map(|(_, policy)| policy.document()),
        }
    }

    /// Returns the indexes of a log group, sorted by field.
    fn indexes(&self, name: &str, group: &StoredGroup) -> Vec<Index> {
        let custom = self.index_document(name, group).and_then(read).unwrap_or_default();
        let is_standard = group.class == "STANDARD";
        let defaults =
            DEFAULT_FIELDS.iter().filter(|field| is_standard && !custom.contains_key(**field));
        let defaults = defaults.map(|field| (*field, "FIELD_INDEX", "DEFAULT"));
        let inactive =
            group.former_indexes.iter().filter(|(field, _)| !custom.contains_key(*field));
        let inactive = inactive.map(|(field, kind)| (field.as_str(), kind.as_str(), "INACTIVE"));
        let active = custom.iter().map(|(field, kind)| (field.as_str(), kind.as_str(), "CUSTOM"));
        let mut all: Vec<Index> = defaults
            .chain(inactive)
            .chain(active)
            .map(|(field, kind, category)| Index {
                field: field.to_owned(),
                kind: kind.to_owned(),
                category,
            })
            .collect();
        all.sort_by(|one, other| one.field.cmp(&other.field));
        all
    }

    /// Returns whether a log group has indexes on all the given fields.
    pub(super) fn has_indexes(&self, name: &str, group: &StoredGroup, fields: &[String]) -> bool {
        let indexes = self.indexes(name, group);
        let has = |field: &String| {
            indexes.iter().any(|index| index.field == *field && index.category != "INACTIVE")
        };
        fields.iter().all(has)
    }
}

impl StoredGroup {
    /// Replaces the log group's index policy. Indexes that only the old policy defines become
    /// inactive.
    fn replace_index_policy(&mut self, policy: Option<StoredIndexPolicy>) {
        if let Some(old) = std::mem::replace(&mut self.index_policy, policy) {
            self.former_indexes.extend(read(&old.document).unwrap_or_default());
        }
    }
}

/// Creates or replaces the index policy of a log group.
impl Operation for PutIndexPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name =
            check::group_of_identifier(call, &self.log_group_identifier.unwrap_or_default())?;
        let document = self.policy_document.unwrap_or_default();
        let (now, arn) = (call.now, call.arn("logs", format!("log-group:{name}")).to_string());
        let group = find_settled(call, &name)?;
        if group.class != "STANDARD" {
            return Err(check::invalid("The log group's class does not support index policies."));
        }
        if read(&document).is_none() {
            return Err(check::invalid("Invalid index policy document"));
        }
        let policy = StoredIndexPolicy { document, updated_at: now };
        let index_policy = policy.shown(&arn);
        group.replace_index_policy(Some(policy));
        Ok(Self::Output { index_policy })
    }
}

impl StoredIndexPolicy {
    fn shown(&self, arn: &str) -> IndexPolicy {
        let Self { document, updated_at } = self;
        IndexPolicy {
            log_group_identifier: arn.to_owned(),
            last_update_time: long(updated_at.millis()),
            policy_document: document.clone(),
            policy_name: None,
            source: "LOG_GROUP".to_owned(),
        }
    }
}

/// Describes a log group's own index policy, or the account policy that applies to the log group.
impl Operation for DescribeIndexPoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut index_policies = Vec::new();
        for identifier in self.log_group_identifiers.unwrap_or_default() {
            let name = check::group_of_identifier(call, &identifier)?;
            let arn = call.arn("logs", format!("log-group:{name}")).to_string();
            let own = find(call, &name)?.index_policy.as_ref().map(|policy| policy.shown(&arn));
            let of_account = || {
                let (policy_name, policy) = call.logs_seen()?.account_index_policy(&name)?;
                Some(IndexPolicy {
                    log_group_identifier: arn.clone(),
                    last_update_time: long(policy.updated_at().millis()),
                    policy_document: policy.document().to_owned(),
                    policy_name: Some(policy_name.to_owned()),
                    source: "ACCOUNT".to_owned(),
                })
            };
            index_policies.extend(own.or_else(of_account));
        }
        if self.next_token.is_some() {
            return Err(check::bad_token());
        }
        Ok(Self::Output { index_policies, next_token: None })
    }
}

/// Describes the field indexes of log groups.
impl Operation for DescribeFieldIndexesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        const PAGE: usize = 100;
        let identifiers = self.log_group_identifiers.unwrap_or_default();
        let categories = self
            .index_categories
            .unwrap_or_else(|| ["DEFAULT", "CUSTOM", "INACTIVE"].map(str::to_owned).to_vec());
        let names: BTreeSet<String> = identifiers
            .iter()
            .map(|identifier| check::group_of_identifier(call, identifier))
            .collect::<ApiResult<_>>()?;
        let now = call.now;
        let mut found = Vec::new();
        for name in &names {
            find(call, name)?;
            let arn = call.arn("logs", format!("log-group:{name}")).to_string();
            let state = call.logs();
            let Some(group) = state.groups.get(name) else { continue };
            let fields = Fields::of_group(state, name, 0..=u64::MAX, now);
            let streams = group.streams.values();
            let scanned = streams.filter_map(|stream| stream.last_ingestion).max();
            for index in state.indexes(name, group) {
                if !categories.iter().any(|category| category == index.category) {
                    continue;
                }
                let times = fields.times(&index.field);
                let key = format!("{name}\n{}", index.field);
                let shown = FieldIndex {
                    log_group_identifier: arn.clone(),
                    last_scan_time: scanned.map(|time| long(time.millis())),
                    first_event_time: times.map(|(first, _)| long(first)),
                    last_event_time: times.map(|(_, last)| long(last)),
                    r#type: index.kind,
                    index_category: index.category.to_owned(),
                    field_index_name: index.field,
                };
                found.push((key, shown));
            }
        }
        let listing = format!("field indexes {names:?} {categories:?}");
        let token = self.next_token.as_deref();
        let page = paging::page(&listing, found, |(key, _)| key, token, PAGE)
            .map_err(|_| check::bad_token())?;
        Ok(Self::Output {
            field_indexes: page.items.into_iter().map(|(_, index)| index).collect(),
            next_token: page.next_token,
        })
    }
}

/// Deletes a log group's index policy. In the mock, this operation and `DeleteDataProtectionPolicy`
/// succeed even if there is no policy to delete.
impl Operation for DeleteIndexPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name =
            check::group_of_identifier(call, &self.log_group_identifier.unwrap_or_default())?;
        find_settled(call, &name)?.replace_index_policy(None);
        Ok(Self::Output {})
    }
}
