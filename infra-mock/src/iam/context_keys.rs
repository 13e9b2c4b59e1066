//! The context keys that policies refer to, and for which the policy simulator needs values.

use infra_core::policy::{PolicyDocument, ResourceElement, Version};

use crate::api::{ApiResult, Call, Operation};
use crate::iam::{
    GetContextKeysForCustomPolicyRequest, GetContextKeysForPolicyResponse,
    GetContextKeysForPrincipalPolicyRequest,
};

use super::check::invalid_input;
use super::simulate::policies_of;

/// Adds the keys of a policy that are not in the list yet: the policy variables of its resources, and the keys and the
/// variables of its conditions, in the order of the example in
/// <https://docs.aws.amazon.com/cli/latest/reference/iam/get-context-keys-for-custom-policy.html>.
fn add_keys(all: &mut Vec<String>, text: &str) -> ApiResult<()> {
    // The code is from the model; no source shows the message.
    let document = PolicyDocument::parse(text)
        .map_err(|error| invalid_input(format!("Invalid policy document: {error}")))?;
    // Older policies have no variables:
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
            // Keys are not case-sensitive.
            if !all.iter().any(|its| its.eq_ignore_ascii_case(&key)) {
                all.push(key);
            }
        }
    }
    Ok(())
}

/// Returns the keys of the policy variables in a string, without their default values and without the escapes `${*}`,
/// `${?}` and `${$}`: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.
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

/// Returns the keys of the policies in the request.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>
impl Operation for GetContextKeysForCustomPolicyRequest {
    fn run(self, _: &mut Call<'_>) -> ApiResult<Self::Output> {
        let context_key_names = keys(self.policy_input_list)?;
        Ok(GetContextKeysForPolicyResponse { context_key_names })
    }
}

/// Returns the keys of the policies of a user (including its groups), a group or a role, and of the policies in the
/// request.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html>
impl Operation for GetContextKeysForPrincipalPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (held, _) = policies_of(call, &self.policy_source_arn.unwrap_or_default())?;
        let held = held.into_iter().map(|policy| policy.text);
        let context_key_names = keys(held.chain(self.policy_input_list))?;
        Ok(GetContextKeysForPolicyResponse { context_key_names })
    }
}
