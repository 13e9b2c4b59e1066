//! The context keys that policies refer to. The policy simulator needs values for these keys.

use infra_core::policy::{PolicyDocument, ResourceElement, Version};

use crate::api::{ApiResult, Call, Operation};
use crate::iam::{GetContextKeysForCustomPolicyRequest, GetContextKeysForPrincipalPolicyRequest};

use super::check::invalid_input;
use super::simulate::policies_of;

/// Adds to `all` the context keys that a policy refers to, except keys that `all` already contains.
/// The keys come from conditions, and from variables in resources and condition values. Their order
/// is the same as in the example in
/// <https://docs.aws.amazon.com/cli/latest/reference/iam/get-context-keys-for-custom-policy.html>.
fn add_keys(all: &mut Vec<String>, text: &str) -> ApiResult<()> {
    // The error code comes from the service model; AWS's message is not publicly documented.
    let document = PolicyDocument::parse(text)
        .map_err(|error| invalid_input(format!("Invalid policy document: {error}")))?;
    // Older versions of the policy language have no variables:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    let has_variables = document.version() == Version::V2012_10_17;
    let variables = |text: &str| if has_variables { variables(text) } else { Vec::new() };
    for statement in document.statements() {
        let resources = statement.resource().into_iter().flat_map(ResourceElement::values);
        let mut keys: Vec<String> = resources.flat_map(|text| variables(text)).collect();
        for (_, key, values) in statement.condition().iter() {
            keys.push(key.to_owned());
            keys.extend(values.iter().flat_map(|text| variables(text)));
        }
        for key in keys {
            // Context keys are not case-sensitive.
            if !all.iter().any(|its| its.eq_ignore_ascii_case(&key)) {
                all.push(key);
            }
        }
    }
    Ok(())
}

/// Returns the keys of the policy variables in a string. The variables' default values and the
/// escapes `${*}`, `${?}` and `${$}` are left out:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.
fn variables(text: &str) -> Vec<String> {
    let variables = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    let keys = variables.map(|(key, _)| key.split(',').next().unwrap_or_default().trim());
    keys.filter(|key| !matches!(*key, "" | "*" | "?" | "$")).map(str::to_owned).collect()
}

fn keys(texts: impl IntoIterator<Item = String>) -> ApiResult<Vec<String>> {
    let mut all = Vec::new();
    texts.into_iter().try_for_each(|text| add_keys(&mut all, &text))?;
    Ok(all)
}

/// Returns the context keys that the policies in the request refer to.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>
impl Operation for GetContextKeysForCustomPolicyRequest {
    fn run(self, _: &mut Call<'_>) -> ApiResult<Self::Output> {
        let context_key_names = keys(self.policy_input_list)?;
        Ok(Self::Output { context_key_names })
    }
}

/// Returns the context keys that a principal's policies and the policies in the request refer to.
/// The principal is a user, a group or a role. A user's policies include the policies of the user's
/// groups.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html>
impl Operation for GetContextKeysForPrincipalPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (held, _) = policies_of(call, &self.policy_source_arn.unwrap_or_default())?;
        let held = held.into_iter().map(|policy| policy.text);
        let context_key_names = keys(held.chain(self.policy_input_list))?;
        Ok(Self::Output { context_key_names })
    }
}
