//! `PutResourcePolicy`, `DescribeResourcePolicies` and `DeleteResourcePolicy`.
//!
//! The mock stores and returns resource policies but does not evaluate them, because it does not
//! simulate any service that needs a resource policy to write logs. Comments that say "recorded"
//! refer to
//! <https://github.com/localstack/localstack/blob/e3b2b97e6ae4079d235263943f5084137e0f00ce/tests/aws/services/logs/test_logs_resource_policies.snapshot.json>.

use infra_core::policy::{PolicyDocument, PrincipalKind};
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    DeleteResourcePolicyRequest, DescribeResourcePoliciesRequest, PutResourcePolicyRequest,
    ResourcePolicy,
};
use crate::time::Timestamp;

use super::{check, limit_exceeded, long, no_group};

/// "An account can have a maximum of 10 policies without `resourceARN` and one per `LogGroup` `resourceARN`":
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html>.
const MAX_ACCOUNT_POLICIES: usize = 10;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredResourcePolicy {
    document: String,
    updated_at: Timestamp,
    /// The policy's revision ID, or `None` if the policy belongs to the account.
    revision: Option<String>,
}

/// The account or resource that a policy belongs to.
enum Scope {
    /// The account. The string is the name of the policy.
    Account(String),
    /// The log group with this ARN.
    Resource(String),
}

impl Scope {
    /// Returns the scope of a request, which must contain either a policy name or a resource ARN:
    /// <https://github.com/hashicorp/terraform-provider-aws/pull/46813>. AWS's message is not
    /// publicly documented.
    fn read(call: &mut Call<'_>, name: Option<String>, arn: Option<String>) -> ApiResult<Self> {
        match (name, arn) {
            (Some(name), None) if !name.is_empty() => Ok(Self::Account(name)),
            (None, Some(arn)) => {
                let arn = arn.strip_suffix(":*").unwrap_or(&arn).to_owned();
                let group = check::group_of_arn(call, &arn);
                let exists = |name: &String| call.logs().groups.contains_key(name);
                group.filter(exists).map(|_| Self::Resource(arn)).ok_or_else(no_group)
            }
            _ => {
                Err(check::invalid("Exactly one of policyName and resourceArn must be specified."))
            }
        }
    }
}

/// Checks a policy document. AWS returns the same message for an invalid document and for an
/// unknown principal: <https://github.com/hashicorp/terraform-provider-aws/issues/32260>.
fn check_document(document: &str) -> ApiResult<()> {
    let invalid = || check::invalid("Could not convert to persistable policy.");
    let policy = PolicyDocument::parse(document).map_err(|_| invalid())?;
    let is_usable = |principal: &str| {
        principal == "*" || principal.starts_with("arn:") || principal.parse::<u64>().is_ok()
    };
    let all = policy.statements().iter().all(|statement| {
        statement
            .principal()
            .is_some_and(|element| element.principals().of(PrincipalKind::Aws).all(is_usable))
    });
    if all { Ok(()) } else { Err(invalid()) }
}

/// Creates or replaces a resource policy.
impl Operation for PutResourcePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let document = self.policy_document.ok_or_else(|| {
            // The documentation requires this member, but the model does not; AWS's message is not
            // publicly documented.
            check::invalid("policyDocument must be specified.")
        })?;
        let scope = Scope::read(call, self.policy_name, self.resource_arn)?;
        check_document(&document)?;
        let now = call.now;
        match scope {
            Scope::Account(name) => {
                let policies = &mut call.logs().resource_policies;
                if !policies.contains_key(&name) && policies.len() >= MAX_ACCOUNT_POLICIES {
                    // This error was recorded.
                    return Err(limit_exceeded());
                }
                let policy = StoredResourcePolicy { document, updated_at: now, revision: None };
                let resource_policy = policy.of_account(&name);
                policies.insert(name, policy);
                Ok(Self::Output { resource_policy, revision_id: None })
            }
            Scope::Resource(arn) => {
                check_revision(call, &arn, self.expected_revision_id.as_deref())?;
                let revision = Some(call.world.ids.uuid());
                let policy =
                    StoredResourcePolicy { document, updated_at: now, revision: revision.clone() };
                let resource_policy = policy.of_resource(&arn);
                call.logs().group_policies.insert(arn, policy);
                Ok(Self::Output { resource_policy, revision_id: revision })
            }
        }
    }
}

/// Returns an error unless the policy has the revision that the caller expects. The rule comes from
/// the documentation of `expectedRevisionId`, and the message is the model's description of the
/// error.
fn check_revision(call: &mut Call<'_>, arn: &str, expected: Option<&str>) -> ApiResult<()> {
    let policy = call.logs().group_policies.get(arn);
    let current = policy.and_then(|policy| policy.revision.as_deref());
    if current == expected {
        return Ok(());
    }
    Err(ApiError::new(
        "OperationAbortedException",
        "Multiple concurrent requests to update the same resource were in conflict.",
    ))
}

impl StoredResourcePolicy {
    fn of_account(&self, name: &str) -> ResourcePolicy {
        ResourcePolicy {
            policy_name: Some(name.to_owned()),
            policy_scope: "ACCOUNT".to_owned(),
            ..self.shown()
        }
    }

    fn of_resource(&self, arn: &str) -> ResourcePolicy {
        ResourcePolicy {
            resource_arn: Some(arn.to_owned()),
            policy_scope: "RESOURCE".to_owned(),
            ..self.shown()
        }
    }

    fn shown(&self) -> ResourcePolicy {
        let Self { document, updated_at, revision } = self;
        ResourcePolicy {
            policy_document: document.clone(),
            last_updated_time: long(updated_at.millis()),
            revision_id: revision.clone(),
            ..ResourcePolicy::default()
        }
    }
}

/// Writes the policy document as AWS returns it from `DescribeResourcePolicies` (recorded): with a version, and with a
/// string instead of a list of one string. Longer lists are sorted, because AWS's order was not recorded.
fn normalized(policy: ResourcePolicy) -> ResourcePolicy {
    let document = PolicyDocument::parse(&policy.policy_document).map(|parsed| parsed.to_json());
    ResourcePolicy { policy_document: document.unwrap_or(policy.policy_document), ..policy }
}

/// Describes the resource policies of the account or of its log groups.
impl Operation for DescribeResourcePoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let arn = self.resource_arn.map(|arn| arn.strip_suffix(":*").unwrap_or(&arn).to_owned());
        let is_resource = arn.is_some() || self.policy_scope.as_deref() == Some("RESOURCE");
        let state = call.logs();
        let policies: Vec<(&String, ResourcePolicy)> = if is_resource {
            let all = state.group_policies.iter();
            let all = all.filter(|(of, _)| arn.as_ref().is_none_or(|arn| arn == *of));
            all.map(|(arn, policy)| (arn, normalized(policy.of_resource(arn)))).collect()
        } else {
            let all = state.resource_policies.iter();
            all.map(|(name, policy)| (name, normalized(policy.of_account(name)))).collect()
        };
        let listing = format!("resource policies {is_resource} {arn:?}");
        let page = check::page(&listing, policies, |(key, _)| key, self.next_token, self.limit)?;
        Ok(Self::Output {
            resource_policies: page.items.into_iter().map(|(_, policy)| policy).collect(),
            next_token: page.next_token,
        })
    }
}

/// Deletes a resource policy.
impl Operation for DeleteResourcePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let gone = |name: &str| {
            // This message was recorded for a policy that belongs to the account.
            let message = format!("Policy with name [{name}] does not exist.");
            ApiError::new("ResourceNotFoundException", message)
        };
        match Scope::read(call, self.policy_name, self.resource_arn)? {
            Scope::Account(name) => {
                let policy = call.logs().resource_policies.remove(&name);
                policy.map(drop).ok_or_else(|| gone(&name))
            }
            Scope::Resource(arn) => {
                if !call.logs().group_policies.contains_key(&arn) {
                    return Err(gone(&arn));
                }
                check_revision(call, &arn, self.expected_revision_id.as_deref())?;
                call.logs().group_policies.remove(&arn);
                Ok(())
            }
        }
    }
}
