//! Looks up the roles that services assume. For example, Amazon ECS assumes the roles of its tasks.

use infra_core::arn::AccountId;
use infra_core::policy::PolicyDocument;

use crate::api::Call;

use super::RoleRecord;
use super::holder::document;

/// The properties that a service needs in order to assume a role.
#[derive(Clone, Debug)]
pub(crate) struct ServiceRole {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// The unique ID of the role.
    pub(crate) id: String,
    pub(crate) trust: Option<PolicyDocument>,
    /// The documents of the role's inline and attached policies. Attached policies that do not
    /// exist in the mock are omitted.
    pub(crate) policies: Vec<PolicyDocument>,
    /// The document of the role's permissions boundary, if it has one.
    pub(crate) boundary: Option<PolicyDocument>,
}

/// Returns the role with the given ARN, or `None` if the role does not exist or has not propagated
/// to services yet.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
pub(crate) fn service_role(call: &Call<'_>, arn: &str) -> Option<ServiceRole> {
    let account: AccountId = arn.split(':').nth(4)?.parse().ok()?;
    let state = call.iam_of(&account)?;
    let record = state.roles.values().find(|role| role.arn == arn)?;
    if call.now.since(record.created) < call.world.lag.iam_propagation {
        return None;
    }
    let RoleRecord { name, arn, id, trust, boundary, inline, attached, .. } = record;
    let parsed = |text: &str| PolicyDocument::parse(text).ok();
    let managed = |arn: &str| document(state, arn).as_deref().and_then(parsed);
    let inline = inline.values().filter_map(|text| parsed(text));
    Some(ServiceRole {
        name: name.clone(),
        arn: arn.clone(),
        id: id.clone(),
        trust: parsed(trust),
        policies: inline.chain(attached.keys().filter_map(|arn| managed(arn))).collect(),
        boundary: boundary.as_deref().and_then(managed),
    })
}
