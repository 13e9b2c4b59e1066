//! Versions of managed policies.
//!
//! For recorded AWS responses, see `document.rs`.

use std::collections::BTreeMap;

use infra_core::arn::Arn;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    CreatePolicyVersionRequest, DeletePolicyVersionRequest, GetPolicyVersionRequest,
    ListPolicyVersionsRequest, PolicyVersion, SetDefaultPolicyVersionRequest,
};
use crate::time::Timestamp;

use super::check::{delete_conflict, limit_exceeded, no_such_entity, policy_arn};
use super::document::check_identity_policy;
use super::page::{Page, page};
use super::policy::{check_size, find, not_found, record, record_mut};
use super::{PolicyRecord, encoded, managed};

/// The maximum number of versions per policy:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_VERSIONS: usize = 5;

/// The versions of a policy. The document of the default version is in the policy's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Versions {
    /// The number of the default version.
    default: u32,
    /// The creation time of the default version, or `None` if the default version has never
    /// been changed.
    default_created: Option<Timestamp>,
    /// The number of the latest version. Numbers are never reused.
    latest: u32,
    /// The creation time of the latest version, or `None` if the latest version is the first
    /// version.
    updated: Option<Timestamp>,
    /// The document and creation time of every version except the default, by version number.
    others: BTreeMap<u32, (String, Timestamp)>,
}

impl Default for Versions {
    fn default() -> Self {
        Self {
            default: 1,
            default_created: None,
            latest: 1,
            updated: None,
            others: BTreeMap::new(),
        }
    }
}

impl PolicyRecord {
    pub(super) fn default_version(&self) -> String {
        format!("v{}", self.versions.default)
    }

    /// Returns the time at which the policy's latest version was created. Making another version
    /// the default does not change this time:
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html>.
    pub(super) fn updated(&self) -> Timestamp {
        self.versions.updated.unwrap_or(self.created)
    }

    /// Returns the number of versions.
    pub(super) fn version_count(&self) -> usize {
        self.versions.others.len() + 1
    }

    /// Returns all versions, newest first.
    pub(super) fn all_versions(&self) -> Vec<PolicyVersion> {
        let Versions { default, default_created, others, latest: _, updated: _ } = &self.versions;
        let default_created = default_created.unwrap_or(self.created);
        let mut all: BTreeMap<u32, (&str, Timestamp)> =
            others.iter().map(|(n, (document, created))| (*n, (&**document, *created))).collect();
        all.insert(*default, (&self.document, default_created));
        let shown = |(number, (document, created)): (u32, (&str, Timestamp))| PolicyVersion {
            document: Some(encoded(document)),
            version_id: format!("v{number}"),
            is_default_version: number == *default,
            create_date: created,
        };
        all.into_iter().rev().map(shown).collect()
    }

    fn add_version(&mut self, document: &str, now: Timestamp, as_default: bool) {
        self.versions.latest += 1;
        self.versions.updated = Some(now);
        let number = self.versions.latest;
        self.versions.others.insert(number, (document.to_owned(), now));
        if as_default {
            self.set_default(number);
        }
    }

    fn set_default(&mut self, number: u32) {
        let created = self.created;
        let versions = &mut self.versions;
        let Some((document, since)) = versions.others.remove(&number) else { return };
        let old_document = std::mem::replace(&mut self.document, document);
        let old_since = versions.default_created.replace(since).unwrap_or(created);
        versions.others.insert(versions.default, (old_document, old_since));
        versions.default = number;
    }
}

fn no_version(arn: &str, version: &str) -> ApiError {
    no_such_entity(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

/// Returns the number in a version ID such as `v2`.
fn number(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.parse().ok()
}

/// Returns an error for an AWS managed policy, which cannot be changed:
/// <https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_managed_policies.snapshot.json>.
fn check_own(arn: &Arn, words: &str) -> ApiResult<()> {
    if arn.account_id == "aws" {
        return Err(ApiError::new("AccessDenied", words).with_status(403));
    }
    Ok(())
}

/// Adds a version to a customer managed policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>
impl Operation for CreatePolicyVersionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let document = self.policy_document.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        // AWS's message is not publicly documented, so the mock's message is modeled on the
        // recorded message for DeletePolicyVersion.
        check_own(&arn, "Cannot create policy versions for policies outside your own account.")?;
        let policy = record(call, &arn).ok_or_else(|| not_found(&text))?;
        check_identity_policy(call.location().partition, &document)?;
        check_size(&document)?;
        if policy.version_count() >= MAX_VERSIONS {
            return Err(limit_exceeded(format!(
                "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you \
                 must delete an existing version."
            )));
        }
        let now = call.now;
        let as_default = self.set_as_default == Some(true);
        let policy = record_mut(call, &arn).ok_or_else(|| not_found(&text))?;
        policy.add_version(&document, now, as_default);
        let policy_version = PolicyVersion {
            document: None,
            version_id: format!("v{}", policy.versions.latest),
            is_default_version: as_default,
            create_date: now,
        };
        Ok(Self::Output { policy_version })
    }
}

/// Returns a version of a managed policy, including the version's document.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>
impl Operation for GetPolicyVersionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let version = self.version_id.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        let missing = || no_version(&text, &version);
        let policy_version = if let Some(record) = record(call, &arn) {
            let mut all = record.all_versions().into_iter();
            all.find(|one| one.version_id == version).ok_or_else(missing)?
        } else {
            let policy = find(call, &arn).filter(|policy| policy.default_version_id == version);
            let policy = policy.ok_or_else(missing)?;
            PolicyVersion {
                document: Some(encoded(&managed::document(&arn).ok_or_else(missing)?)),
                version_id: version.clone(),
                is_default_version: true,
                create_date: policy.update_date,
            }
        };
        Ok(Self::Output { policy_version })
    }
}

/// Lists the versions of a managed policy, newest first. For AWS managed policies, the mock has only the default
/// version.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html>
impl Operation for ListPolicyVersionsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        let policy = find(call, &arn).ok_or_else(|| not_found(&text))?;
        let all = match record(call, &arn) {
            Some(record) => record.all_versions(),
            None => vec![PolicyVersion {
                document: None,
                version_id: policy.default_version_id,
                is_default_version: true,
                create_date: policy.update_date,
            }],
        };
        // `page` needs sort keys, so use each version's place in the list.
        let keyed = all.into_iter().enumerate().map(|(place, version)| {
            (format!("{place:02}"), PolicyVersion { document: None, ..version })
        });
        let Page { items: versions, is_truncated, marker } =
            page(Self::NAME, keyed, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { versions, is_truncated, marker })
    }
}

/// Sets the default version of a managed policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html>
impl Operation for SetDefaultPolicyVersionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let version = self.version_id.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        check_own(&arn, "Cannot update policies outside your own account.")?;
        let policy = record(call, &arn).ok_or_else(|| no_version(&text, &version))?;
        let known = policy.all_versions().iter().any(|one| one.version_id == version);
        let number =
            number(&version).filter(|_| known).ok_or_else(|| no_version(&text, &version))?;
        if let Some(policy) = record_mut(call, &arn) {
            policy.set_default(number);
        }
        Ok(())
    }
}

/// Deletes a version of a managed policy. The default version cannot be deleted.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html>
impl Operation for DeletePolicyVersionRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let version = self.version_id.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        check_own(&arn, "Cannot delete policy versions for policies outside your own account.")?;
        let policy = record(call, &arn).ok_or_else(|| not_found(&text))?;
        if policy.default_version() == version {
            return Err(delete_conflict("Cannot delete the default version of a policy."));
        }
        let number = number(&version).filter(|number| policy.versions.others.contains_key(number));
        let number = number.ok_or_else(|| no_version(&text, &version))?;
        if let Some(policy) = record_mut(call, &arn) {
            policy.versions.others.remove(&number);
        }
        Ok(())
    }
}
